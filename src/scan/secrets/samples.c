/* Samples of rules: templates, so that nothing that looks like a credential is kept; expanded with a fixed sequence, and each rule must
 * find its positive ones and leave its negative ones.
 */
#include "scan/secrets/check_int.h"

enum { TEXT_MAX = 1 << 20, REPEAT_MAX = 65536 };

static const struct {
	const char *name, *alphabet;
} classes[] = {
	{"alnum", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"},
	{"lower", "abcdefghijklmnopqrstuvwxyz"},
	{"upper", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
	{"lowernum", "abcdefghijklmnopqrstuvwxyz0123456789"},
	{"uppernum", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"},
	{"base32", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"},
	{"hex", "0123456789abcdef"},
	{"HEX", "0123456789ABCDEF"},
	{"digit", "0123456789"},
	{"b64", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"},
	{"url", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"},
	{"print", "!#$%&()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_abcdefghijklmnopqrstuvwxyz{|}~"},
};

/* Between << and >>. false: is no template, stands for itself. */
static bool expand_one(struct aisp_slice s, enum aisp_secrets__check check, uint64_t *seed, struct aisp_buf *out)
{
	size_t colon = aisp_slice_chr(s, ':');
	struct aisp_slice name = aisp_slice_to(s, colon == SIZE_MAX ? s.n : colon);
	uint64_t n;

	if (aisp_slice_eqz(s, "check")) {
		AISP_AUTOBUF struct aisp_buf b;

		/* What stands before is read while `out` grows. */
		aisp_buf_init(&b, TEXT_MAX);
		aisp_secrets__check_sample(check, aisp_buf_slice(out), seed, &b);
		aisp_buf_put(out, aisp_buf_slice(&b));
		return true;
	}
	if (colon == SIZE_MAX || !aisp_slice_u64(aisp_slice_from(s, colon + 1), &n) || n > REPEAT_MAX)
		return false;
	for (size_t c = 0; c < sizeof classes / sizeof *classes; c++)
		if (aisp_slice_eqz(name, classes[c].name)) {
			aisp_secrets__put_random(out, seed, classes[c].alphabet, (size_t)n);
			return true;
		}
	return false;
}

static int expand(struct aisp_slice t, enum aisp_secrets__check check, uint64_t seed, struct aisp_buf *out)
{
	while (t.n) {
		size_t at = aisp_slice_find(t, AISP_S("<<")), end;

		aisp_buf_put(out, aisp_slice_to(t, at == SIZE_MAX ? t.n : at));
		if (at == SIZE_MAX)
			break;
		t = aisp_slice_from(t, at + 2);
		end = aisp_slice_find(t, AISP_S(">>"));
		if (end != SIZE_MAX && end < 32 && expand_one(aisp_slice_to(t, end), check, &seed, out))
			t = aisp_slice_from(t, end + 2);
		else
			aisp_buf_putz(out, "<<");
	}
	return aisp_buf_check(out, NULL);
}

int aisp_secrets_expand(struct aisp_slice template, struct aisp_slice check, uint64_t seed, struct aisp_buf *out, struct aisp_err *err)
{
	int r = expand(template, aisp_secrets__check_find(check), seed, out);

	return r < 0 ? aisp_fail(err, (enum aisp_code)r, "a template that becomes too long") : 0;
}

struct run {
	const struct aisp_secrets *s;
	struct aisp_secrets_scratch *x;
	struct aisp_buf text;
	aisp_secrets_report *report;
	void *ctx;
	size_t failed;
	const struct aisp_secrets__rule *rule;
	bool hit, proven, other;
};

static int note(void *ctx, const struct aisp_secret_hit *h)
{
	struct run *run = ctx;

	if (strcmp(h->rule, run->rule->id) == 0) {
		run->hit = true;
		run->proven |= h->certainty != AISP_SECRET_POSSIBLE || run->rule->certainty == AISP_SECRET_POSSIBLE;
	} else {
		run->other |= strncmp(h->rule, "generic-", 8) != 0;
	}
	return 0;
}

static void fail(struct run *run, const char *what, struct aisp_slice template)
{
	run->failed++;
	run->report(run->ctx, run->rule->id, what, template);
}

static int sample(struct run *run, const struct aisp_doc *d, bool positive, uint64_t seed, struct aisp_err *err)
{
	struct aisp_slice t = aisp_doc_str(d);
	int r;

	aisp_buf_clear(&run->text);
	if (expand(t, run->rule->check, seed, &run->text) < 0)
		return aisp_fail(err, AISP_E_NOMEM, "no memory for a sample");
	run->hit = run->proven = run->other = false;
	r = aisp_secrets_scan(run->s, run->x, run->rule->tests_path, aisp_buf_slice(&run->text), note, run, err);
	if (r < 0)
		return r;
	if (positive && !run->hit)
		fail(run, run->other ? "a positive sample is found by other rules only" : "a positive sample is not found", t);
	/* What has an issuer's form, but not its checksum, may be told as merely possible. */
	if (!positive && run->hit && run->proven)
		fail(run, "a negative sample is found", t);
	return 0;
}

static int one_rule(struct run *run, struct aisp_err *err)
{
	const struct aisp_secrets__rule *rule = run->rule;
	size_t before = run->failed;
	int r = 0;

	if (!aisp_doc_count(rule->positive))
		fail(run, "no positive sample", (struct aisp_slice){0});
	if (!aisp_doc_count(rule->negative))
		fail(run, "no negative sample", (struct aisp_slice){0});
	for (uint32_t i = 0; r == 0 && i < aisp_doc_count(rule->positive); i++)
		for (uint64_t seed = 1; r == 0 && seed <= 3; seed++)
			r = sample(run, aisp_doc_at(rule->positive, i), true, seed * 7919 + i, err);
	for (uint32_t i = 0; r == 0 && i < aisp_doc_count(rule->negative); i++)
		r = sample(run, aisp_doc_at(rule->negative, i), false, 104729 + i, err);
	if (r == 0 && run->failed == before)
		run->report(run->ctx, rule->id, NULL, (struct aisp_slice){0});
	return r;
}

int aisp_secrets_test_rules(const struct aisp_secrets *s, struct aisp_slice rule, aisp_secrets_report *report, void *ctx,
                            size_t *ret_failed, struct aisp_err *err)
{
	struct run run = {.s = s, .report = report, .ctx = ctx};
	bool found = rule.n == 0;
	int r = aisp_secrets_scratch_new(s, &run.x, err);

	if (r < 0)
		return r;
	aisp_buf_init(&run.text, TEXT_MAX);
	for (uint32_t i = 0; r == 0 && i < s->n; i++) {
		run.rule = &s->rules[i];
		if (rule.n ? !aisp_slice_eqz(rule, run.rule->id) : !run.rule->own)
			continue;
		found = true;
		r = one_rule(&run, err);
	}
	aisp_buf_done(&run.text);
	aisp_secrets_scratch_free(run.x);
	if (r == 0 && !found)
		return aisp_fail(err, AISP_E_NOTFOUND, "no rule %.*s", AISP_FMT(rule));
	if (r == 0)
		*ret_failed = run.failed;
	return r;
}
