/* The AWS collector: the row. See docs/collectors/aws.md for what it reads and what it needs for it.
 *
 * Not for: deciding rights (access/aws over what resolve/aws makes of the facts).
 */
#include "collect/aws/live_int.h"

static const size_t memory_max = (size_t)8 << 30;

static bool is_live(struct aisp_slice text)
{
	return aisp_slice_starts(text, AISP_S("aws:"));
}

static int to_path(struct aisp_slice text, struct aisp_buf *path)
{
	if (memchr(text.p ? text.p : "", '\0', text.n))
		return AISP_E_USAGE;
	aisp_buf_put(path, text);
	while (path->n > 1 && path->p[path->n - 1] == '/')
		path->p[--path->n] = '\0';
	return path->bad == AISP_OK && path->n ? AISP_OK : AISP_E_USAGE;
}

static int recognise(struct aisp_slice text)
{
	AISP_AUTOBUF struct aisp_buf path = {0};

	aisp_buf_init(&path, 1u << 16);
	if (is_live(text))
		return 100;
	return to_path(text, &path) == AISP_OK && aisp_aws__is_capture(path.p) ? 100 : 0;
}

/* aws:ACCOUNT. The account is in the files or has to be asked for; where it cannot be had, the profile's name must do: the scan will fail and say why. */
static int live_key(const struct aisp_target *t, struct aisp_buf *out, struct aisp_err *err)
{
	struct aisp_arena *a AISP_CLEANUP(aisp_arena_freep) = aisp_arena_new(64u << 20);
	struct aisp_aws_provider *p AISP_CLEANUP(aisp_aws__provider_freep) = NULL;
	struct aisp_aws_target target = {0};
	struct aisp_slice account = {0};
	struct aisp_err why = {0};

	int r = a ? aisp_aws_target_parse(a, t->text, &target, err) : aisp_fail(err, AISP_E_NOMEM, "out of memory for a target");
	if (r == 0)
		r = aisp_aws__provider_new(&target, 0, &p, err);
	if (r < 0)
		return r;
	account = aisp_aws__provider_account(p);
	if (account.n == 0)
		r = aisp_aws__whoami(&target, a, &account, &why);
	if (r == AISP_E_NOMEM || r == AISP_E_USAGE)
		return aisp_fail(err, (enum aisp_code)r, "%s", why.msg);
	if (r == 0)
		aisp_buf_printf(out, "aws:%.*s", AISP_FMT(account));
	else
		aisp_buf_printf(out, "aws:profile/%.*s", AISP_FMT(target.profile.n ? target.profile : AISP_S("default")));
	return aisp_buf_check(out, err);
}

static int source_key(const struct aisp_target *t, struct aisp_buf *out, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf path = {0};

	if (is_live(t->text))
		return live_key(t, out, err);
	aisp_buf_init(&path, 1u << 16);
	if (to_path(t->text, &path) < 0)
		return aisp_fail(err, AISP_E_USAGE, "not an AWS target");
	aisp_buf_putz(out, "aws:");
	return aisp_aws__capture_account(path.p, out, err);
}

static bool at_rest(const struct aisp_target *t)
{
	return !is_live(t->text);
}

static int on_answer(void *ctx, const struct aisp_aws_answer *a, struct aisp_err *err)
{
	(void)err;
	aisp_aws_facts_add(ctx, a);
	return 0;
}

static int on_failed(void *ctx, const struct aisp_aws_answer *a, const struct aisp_aws_failure *f, struct aisp_err *err)
{
	(void)err;
	aisp_aws_facts_failed(ctx, a, f->detail.n ? f->detail : f->code, f->why); /* the sentence: operation, account, region, code, permission */
	return 0;
}

static int fetch_or_read(const struct aisp_collect *c, const struct aisp_target *t, struct aisp_arena *a, const struct aisp_aws_sink *to, struct aisp_slice *ret_note,
			 struct aisp_err *err)
{
	struct aisp_aws_fetch_result result = {0};
	AISP_AUTOBUF struct aisp_buf path = {0};
	struct aisp_aws_target target = {0};

	aisp_buf_init(&path, 1u << 16);
	if (!is_live(t->text))
		return to_path(t->text, &path) < 0 ? aisp_fail(err, AISP_E_USAGE, "not an AWS target") : aisp_aws__capture_read(path.p, a, to, ret_note, err);
	int r = aisp_aws_target_parse(a, t->text, &target, err);
	if (r == 0)
		r = aisp_aws__fetch(c, &target, a, to, &result, err);
	*ret_note = result.note;
	return r;
}

static int scan(const struct aisp_collect *c, const struct aisp_target *t, struct aisp_err *err)
{
	struct aisp_arena *a AISP_CLEANUP(aisp_arena_freep) = aisp_arena_new(memory_max);
	struct aisp_aws_facts *facts = NULL;
	struct aisp_slice note = {0};

	int r = a ? aisp_aws_facts_new(c, true, &facts, err) : aisp_fail(err, AISP_E_NOMEM, "out of memory for AWS");
	if (r < 0)
		return r;
	const struct aisp_aws_sink to = {.answer = on_answer, .failed = on_failed, .ctx = facts};
	r = fetch_or_read(c, t, a, &to, &note, err);
	if (r == 0)
		r = aisp_aws_facts_finish(facts, err);
	if (r == 0 && note.n)
		r = aisp_graph_add_gap(c->graph, c->source, AISP_S("aws:clock"), AISP_E_REMOTE, note, err);
	aisp_aws_facts_free(facts);
	return r;
}

static int capture(const struct aisp_collect *c, const struct aisp_target *t, const char *dir, struct aisp_err *err)
{
	struct aisp_arena *a AISP_CLEANUP(aisp_arena_freep) = aisp_arena_new(memory_max);
	struct aisp_aws_fetch_result result = {0};
	struct aisp_aws_capture *to = NULL;
	struct aisp_aws_target target = {0};

	if (!is_live(t->text))
		return aisp_fail(err, AISP_E_USAGE, "it is a capture already");
	int r = a ? aisp_aws_target_parse(a, t->text, &target, err) : aisp_fail(err, AISP_E_NOMEM, "out of memory for AWS");
	if (r == 0)
		r = aisp_aws__capture_new(dir, &to, err);
	if (r < 0)
		return r;
	const struct aisp_aws_sink sink = aisp_aws__capture_sink(to);
	r = aisp_aws__fetch(c, &target, a, &sink, &result, err);
	if (r == 0)
		r = aisp_aws__capture_finish(to, &result, err);
	aisp_aws__capture_free(to);
	return r;
}

const struct aisp_collector aisp_collector_aws = {
	.name = "aws",
	.target_form = "aws:[PROFILE][?region=REGION,…&role=ARN]",
	.description = "an AWS account or organisation: identities, policies, data stores, workloads, networks, and the AI services in full",
	.recognise = recognise,
	.source_key = source_key,
	.at_rest = at_rest,
	.scan = scan,
	.capture = capture,
};
