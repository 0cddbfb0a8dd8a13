/* What it takes to read, write, call or become a thing of AWS: one row a type and way. */
#pragma once
#include "base/arena.h"
#include "graph/kinds.h"

enum { AISP_AWS_EFFECT_ACTIONS = 4 };
struct aisp_aws_effect {
	const char *type; /* "s3:bucket", compared without case */
	enum aisp_edge_kind edge;
	const char *actions[AISP_AWS_EFFECT_ACTIONS]; /* all of them; rows with the same type and edge are alternatives */
	/* The resource of the request: %A the ARN, %P partition, %R region, %N account number, %I last part of the ARN. A star at the end: a
	 * part of it (an object); any part is enough, and which ones is the edge's scope. NULL: "%A". */
	const char *form;
	const char *kms;     /* action on the thing's own key that is needed too; NULL: none */
	const char *via;     /* service through which the key is used: "s3" */
	const char *given;   /* what no policy of IAM says and must hold besides; NULL */
};
extern const struct aisp_aws_effect aisp_aws_effects[];
extern const size_t aisp_aws_effect_count;
/* The request's resource for a row: whole, or up to the star (then *ret_part). p NULL: out of memory. */
struct aisp_slice aisp_aws__form(const struct aisp_aws_effect *row, struct aisp_slice arn, struct aisp_slice account, struct aisp_slice region, struct aisp_arena *a, bool *ret_part);
/* Types whose interface is open to the whole internet by design: authorised is connected. */
bool aisp_aws__is_open(struct aisp_slice type);
