/* Inside the grants: one (principal, row, thing) decided down to the statements. */
#pragma once
#include "resolve/aws/grants_int.h"

enum { AISP_AWS__GIVES = 64 };
struct aisp_aws_gives {
	uint32_t doc, statement;
	bool own;
	struct aisp_slice condition, scope; /* scope empty: the whole */
};
struct aisp_aws_settle {
	const struct aisp_aws_world *w;
	struct aisp_iam_scratch *scratch;
	struct aisp_arena *a;            /* for texts that stay */
	struct aisp_err *err;
	int bad;
	uint64_t asked;
	/* The question */
	uint32_t principal;
	const struct aisp_aws_effect *row;
	const struct aisp_aws_target *t;
	const struct aisp_slice *patterns; /* of all statements that name the row's actions, beside the thing's own policy */
	uint32_t n_patterns;
	/* The answer */
	struct aisp_aws_gives v[AISP_AWS__GIVES];
	uint32_t n;
};
/* prefix: the request's resource, or with `part` what comes before the part. */
void aisp_aws__settle(struct aisp_aws_settle *s, struct aisp_slice prefix, bool part);
