/* inspect_aws_live TARGET: asks an AWS target everything and prints one JSON object a line for each answer and each failure. */
#include "base/jw.h"
#include "collect/aws/live_int.h"
#include <stdio.h>

static void print(const struct aisp_aws_answer *a, const struct aisp_aws_failure *f)
{
	AISP_AUTOBUF struct aisp_buf out = {0};
	struct aisp_jw w;

	aisp_jw_init(&w, &out, false);
	aisp_jw_obj(&w);
	aisp_jw_kstr(&w, "service", a->service);
	aisp_jw_kstr(&w, "operation", a->operation);
	aisp_jw_kstr(&w, "account", a->account);
	aisp_jw_kstr(&w, "region", a->region);
	aisp_jw_kstr(&w, "about", a->about);
	if (f) {
		aisp_jw_kstr(&w, "code", f->code);
		aisp_jw_kz(&w, "why", aisp_code_name(f->why));
		aisp_jw_kstr(&w, "detail", f->detail);
	} else {
		aisp_jw_key(&w, "answer");
		aisp_jw_doc(&w, a->doc);
	}
	aisp_jw_end(&w);
	printf("%.*s\n", AISP_FMT(aisp_buf_slice(&out)));
}

static int on_answer(void *ctx, const struct aisp_aws_answer *a, struct aisp_err *err)
{
	(void)ctx, (void)err;
	print(a, NULL);
	return 0;
}

static int on_failed(void *ctx, const struct aisp_aws_answer *a, const struct aisp_aws_failure *f, struct aisp_err *err)
{
	(void)ctx, (void)err;
	print(a, f);
	return 0;
}

int main(int argc, char **argv)
{
	struct aisp_arena *a AISP_CLEANUP(aisp_arena_freep) = aisp_arena_new(0);
	const struct aisp_collect c = {.timeout_s = 120};
	const struct aisp_aws_sink to = {.answer = on_answer, .failed = on_failed};
	struct aisp_aws_fetch_result result = {0};
	struct aisp_aws_target t = {0};
	struct aisp_err err = {0};

	if (argc != 2 || !a)
		return 2;
	int r = aisp_aws_target_parse(a, aisp_slice_z(argv[1]), &t, &err);
	if (r == 0)
		r = aisp_aws__fetch(&c, &t, a, &to, &result, &err);
	if (r < 0)
		fprintf(stderr, "%s: %s\n", aisp_code_name(err.code), err.msg);
	else
		fprintf(stderr, "account %.*s, %llu requests. %.*s\n", AISP_FMT(result.account), (unsigned long long)result.requests, AISP_FMT(result.note));
	return r < 0;
}
