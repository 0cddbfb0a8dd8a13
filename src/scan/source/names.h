/* What a model's name alone says; private to this folder. */
#pragma once
#include "base/arena.h"

/* Does the text stand for a name that the reader has to put in: "<your-model-arn>", "YOUR_MODEL", "{deployment}"? */
bool aisp_source__is_placeholder(struct aisp_slice name);
/* Is the name plainly another maker's than of the company behind the client: claude-… in a client of OpenAI? `provider` is
 * "openai" or "anthropic"; false for all others. */
bool aisp_source__is_foreign(const char *provider, struct aisp_slice name);
/* For an Amazon resource name given as a model: the service ("bedrock", "sagemaker") into *ret_service; *name becomes the model's
 * name where the resource is one (a foundation model), else stays; *ret_kind is the resource's kind ("endpoint"), empty for
 * a foundation model. False when it is no ARN. docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
bool aisp_source__arn(struct aisp_slice *name, struct aisp_slice *ret_service, struct aisp_slice *ret_kind);
