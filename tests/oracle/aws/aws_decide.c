/* Reads cases (case.h), one a line, from standard input; prints the decision of each as one JSON object a line.
 * Usage: aws_decide [--explain]. Every decision is made twice, quick and not: they must agree. */
#include "base/jw.h"
#include "case.h"
#include <stdio.h>
#include <stdlib.h>

static void explain(const struct aisp_iam_decision *d, struct aisp_jw *w)
{
	aisp_jw_key(w, "steps");
	aisp_jw_arr(w);
	for (uint32_t i = 0; i < d->n_steps; i++) {
		const struct aisp_iam_step *s = &d->steps[i];
		aisp_jw_obj(w);
		aisp_jw_kz(w, "layer", aisp_iam_layer_name(s->layer));
		aisp_jw_kint(w, "policy", s->policy);
		aisp_jw_kint(w, "statement", s->statement);
		aisp_jw_kbool(w, "deny", s->deny);
		aisp_jw_kstr(w, "open", s->open);
		aisp_jw_end(w);
	}
	aisp_jw_end(w);
}

static int one(struct aisp_arena *a, struct aisp_slice line, struct aisp_iam_scratch *s, bool with_steps, struct aisp_buf *out, struct aisp_err *err)
{
	const struct aisp_doc *doc = NULL;
	struct aws_case c;
	struct aisp_iam_decision d, quick;
	int r = aisp_json_parse(a, line, NULL, &doc, err);

	if (r < 0 || (r = aws_case_read(a, doc, &c, err)) < 0 || (r = aisp_iam_decide(&c.request, &c.bearing, s, true, &quick, err)) < 0 ||
	    (r = aisp_iam_decide(&c.request, &c.bearing, s, false, &d, err)) < 0)
		return r;
	if (quick.verdict != d.verdict || quick.by != d.by || quick.explicit_deny != d.explicit_deny)
		return aisp_fail(err, AISP_E_INTERNAL, "the quick decision differs");
	if (!with_steps) {
		aisp_buf_printf(out, "{\"verdict\":\"%s\",\"explicit\":%s}\n", aws_case_verdict(d.verdict), d.explicit_deny ? "true" : "false");
		return 0;
	}
	struct aisp_jw w;
	aisp_jw_init(&w, out, false);
	aisp_jw_obj(&w);
	aisp_jw_kz(&w, "verdict", aws_case_verdict(d.verdict));
	aisp_jw_kbool(&w, "explicit", d.explicit_deny);
	aisp_jw_kz(&w, "by", aisp_iam_layer_name(d.by));
	aisp_jw_kstr(&w, "open", d.open);
	explain(&d, &w);
	aisp_jw_end(&w);
	aisp_buf_putc(out, '\n');
	return 0;
}

int main(int argc, char **argv)
{
	bool with_steps = argc > 1 && strcmp(argv[1], "--explain") == 0;
	struct aisp_arena *a = aisp_arena_new(0);
	struct aisp_iam_scratch *s = aisp_iam_scratch_new();
	struct aisp_buf out;
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	if (!a || !s)
		return 1;
	aisp_buf_init(&out, 0);
	while ((n = getline(&line, &cap, stdin)) > 0) {
		struct aisp_err err = {0};
		aisp_arena_reset(a);
		if (one(a, aisp_slice_of(line, (size_t)n), s, with_steps, &out, &err) < 0)
			aisp_buf_printf(&out, "{\"verdict\":\"error\",\"explicit\":false,\"message\":\"%s\"}\n", aisp_code_name(err.code)), fprintf(stderr, "%s\n", err.msg);
		fwrite(out.p, 1, out.n, stdout);
		fflush(stdout);
		aisp_buf_clear(&out);
	}
	free(line);
	aisp_buf_done(&out);
	aisp_iam_scratch_free(s);
	aisp_arena_free(a);
	return 0;
}
