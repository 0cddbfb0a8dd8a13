/* A case of the AWS engine as JSON, for the oracle's driver and the conformance tests:
 *
 *   {"principal": {"kind": "user", "arn": …, "role_arn": …, "account": …, "name": …, "user_id": …, "service_linked": true},
 *    "action": …, "resource": …, "resource_account": …,
 *    "context": {"key": "value", "list": ["a", "b"], "certainly absent": null}, "unknown": ["key"], "otherwise": "unknown",
 *    "identity": [POLICY], "boundary": [POLICY], "session": [POLICY], "endpoint": [POLICY],
 *    "scp": [[POLICY]], "rcp": [[POLICY]], "resource_policy": POLICY, "trust": true, "s3_block": true, "unread": 3}
 *
 * A POLICY that is null is attached, but could not be read.
 */
#pragma once
#include "access/aws/iam.h"

struct aws_case {
	struct aisp_iam_request request;
	struct aisp_iam_bearing bearing;
};
/* All that it needs lies in the arena; d must live as long. */
int aws_case_read(struct aisp_arena *a, const struct aisp_doc *d, struct aws_case *ret, struct aisp_err *err);
const char *aws_case_verdict(enum aisp_iam_verdict v);
