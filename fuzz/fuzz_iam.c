/* AWS policies and decisions: a case (tests/oracle/aws/case.h) as JSON. Whatever it is: quick and full decisions agree, and an answer given
 * with keys left open holds when they are absent and when each has one of the texts of the case. */
#include "../tests/oracle/aws/case.h"
#include "fuzz_doc.h"
#include "../tests/oracle/aws/case.c"

static void check_code(int r, const struct aisp_err *err)
{
	FUZZ_CHECK(r == 0 || ((r == AISP_E_PARSE || r == AISP_E_LIMIT) && (int)err->code == r && err->msg[0]));
}

static bool ask(const struct aws_case *c, struct aisp_iam_scratch *s, enum aisp_iam_verdict *ret)
{
	struct aisp_iam_decision full, quick;
	struct aisp_err err = {0};
	int r = aisp_iam_decide(&c->request, &c->bearing, s, true, &quick, &err), r2;

	check_code(r, &err);
	err = (struct aisp_err){0};
	r2 = aisp_iam_decide(&c->request, &c->bearing, s, false, &full, &err);
	check_code(r2, &err);
	if (r < 0 || r2 < 0)
		return false;
	FUZZ_CHECK(quick.verdict == full.verdict && quick.by == full.by && quick.explicit_deny == full.explicit_deny);
	FUZZ_CHECK((full.verdict == AISP_IAM_CONDITIONAL) == (full.open.n > 0));
	FUZZ_CHECK(!full.explicit_deny || full.verdict == AISP_IAM_DENIED);
	for (uint32_t i = 0; i < full.n_steps; i++)
		FUZZ_CHECK(full.steps[i].open.n == 0 || full.steps[i].open.p != NULL);
	*ret = full.verdict;
	return true;
}

/* The world in which every open key has this value, or (p NULL) is not there. */
static void close_keys(struct aws_case *c, struct aisp_arena *a, const struct aisp_slice *value)
{
	struct aisp_iam_key *keys = aisp_arena_alloc(a, (c->request.context.n + 1) * sizeof *keys);

	if (!keys)
		return;
	for (size_t i = 0; i < c->request.context.n; i++) {
		keys[i] = c->request.context.keys[i];
		if (keys[i].known == AISP_IAM_UNKNOWN) {
			keys[i].known = value->p ? AISP_IAM_KNOWN : AISP_IAM_ABSENT;
			keys[i].values = value;
			keys[i].n = value->p ? 1 : 0;
		}
	}
	c->request.context.keys = keys;
	c->request.context.otherwise = AISP_IAM_ABSENT;
}

static void worlds(const struct aws_case *c, struct aisp_arena *a, struct aisp_iam_scratch *s, const struct aisp_doc *doc, enum aisp_iam_verdict open)
{
	static const struct aisp_slice values[] = {{NULL, 0}, {"true", 4}, {"a", 1}, {"10.0.0.1", 8}, {"5", 1}, {"2026-01-01", 10}, {"team-a", 6}};
	enum aisp_iam_verdict v;

	(void)doc;
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		struct aws_case world = *c;
		close_keys(&world, a, &values[i]);
		if (ask(&world, s, &v) && open != AISP_IAM_CONDITIONAL)
			FUZZ_CHECK(v == open);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum aisp_iam_use uses[] = {AISP_IAM_IDENTITY, AISP_IAM_SCP, AISP_IAM_RCP, AISP_IAM_RESOURCE, AISP_IAM_TRUST, AISP_IAM_ENDPOINT};
	struct aisp_slice text = aisp_slice_of((const char *)data, size);
	struct aisp_arena *a = aisp_arena_new((size_t)128 << 20);
	struct aisp_iam_scratch *s = aisp_iam_scratch_new();
	const struct aisp_doc *doc = NULL;
	struct aws_case c;
	enum aisp_iam_verdict v;

	for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
		const struct aisp_iam_policy *p = NULL;
		struct aisp_err err = {0};
		int r = aisp_iam_policy_parse(a, text, uses[i], &p, &err);
		check_code(r, &err);
		FUZZ_CHECK((r == 0) == (p != NULL));
		for (uint32_t k = 0; p && k < aisp_iam_statements(p); k++)
			FUZZ_CHECK(aisp_slice_starts(aisp_iam_statement_pointer(p, k), AISP_S("/Statement")));
	}
	if (aisp_json_parse(a, text, &fuzz_limits, &doc, NULL) == 0 && aws_case_read(a, doc, &c, NULL) == 0 && ask(&c, s, &v))
		worlds(&c, a, s, doc, v);
	aisp_iam_scratch_free(s);
	aisp_arena_free(a);
	return 0;
}
