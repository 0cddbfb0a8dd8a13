/* What a log says happened, once: the form in which events go from a log's parser (collect/logs) to the store (store/uses.h). */
#pragma once
#include "base/err.h"
#include "base/slice.h"

enum aisp_use_outcome {
	AISP_USE_DONE = 1,
	AISP_USE_DENIED, /* was refused: an attempt, not a use */
	AISP_USE_FAILED, /* was let, and failed for another reason */
};
/* One thing that happened. Texts are the log's own words in the forms below (no lookup in the graph; that is govern/usage.h); empty: the log does not say.
 * Slices live until the sink returns. No text may hold a secret: SQL literals, prompts, arguments and bodies stay out. */
struct aisp_use_event {
	int64_t at_us;                  /* when it happened, UTC; 0: the log does not say */
	enum aisp_use_outcome outcome;
	/* Who: an ARN as CloudTrail gives it (arn:aws:sts::…:assumed-role/R/SESSION, …:user/U, "service:lambda.amazonaws.com", "account:1111…"); a Kubernetes user name; a database role
	 * "ROLE@DATABASE"; an agent's or service's name (OpenTelemetry: gen_ai.agent.name, else service.name); a gateway's key alias or user; an MCP client's name; an address. */
	struct aisp_slice identity;
	/* Further evidence of who is behind: role session's name, pod or node of a token (authentication.kubernetes.io/pod-name), application_name, service.name, user agent's product. */
	struct aisp_slice via;
	struct aisp_slice credential;   /* an identifier that is no secret: AKIA… id, key alias, token id; else empty */
	/* What: "s3:GetObject", "get secrets", "create pods/exec", "SELECT", "INSERT", "CONNECT", "chat", "execute_tool refund", "tools/call refund", "GET", "connect" */
	struct aisp_slice action;
	/* To what: an ARN (object keys are cut to the bucket, arn:aws:s3:::B), "NAMESPACE/RESOURCE[/NAME]", "DATABASE/SCHEMA.TABLE", "DATABASE/TABLE", model's name, tool's name, "HOST/PATH-PREFIX", "ADDRESS:PORT" */
	struct aisp_slice asset;
	struct aisp_slice origin;       /* whose log: account "111122223333/eu-central-1", cluster, server "HOST:PORT", service; else empty */
	struct aisp_slice from;         /* the address it came from */
	struct aisp_slice sees;         /* which telemetry this event shows to be on, where a format has several (CloudTrail: "aws-management", "aws-data"); empty: that of the format's row */
	struct aisp_slice id;           /* the event's own id, unique within format and origin; empty: none (then place and content stand for it) */
};
/* Takes one event. Negative: stop. */
typedef int aisp_use_sink(void *ctx, const struct aisp_use_event *e, struct aisp_err *err);
