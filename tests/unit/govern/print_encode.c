/* For tests/blackbox/test_act_model.py: without input the rows ("iam:GetRole query"); else lines "OPERATION PARAMETERS", and each as it would be sent, one JSON object a line. */
#include "base/jw.h"
#include "govern/act_int.h"
#include <stdio.h>
#include <stdlib.h>

static int print_one(struct aisp_slice line)
{
	struct aisp_arena *a AISP_CLEANUP(aisp_arena_freep) = aisp_arena_new(0);
	const size_t cut = aisp_slice_chr(line, ' ');
	const struct aisp_act__op *op = aisp_act__op_find(aisp_slice_to(line, cut));
	AISP_AUTOBUF struct aisp_buf out = {0};
	struct aisp_act__request q;
	const struct aisp_doc *params;
	struct aisp_err err = {0};
	struct aisp_jw w;
	if (!op || cut == SIZE_MAX || aisp_json_parse(a, aisp_slice_from(line, cut + 1), NULL, &params, &err) < 0 || aisp_act__encode(a, op, params, &q, &err) < 0)
		return fprintf(stderr, "%.*s: %s\n", AISP_FMT(line), err.msg), 1;
	aisp_buf_init(&out, 1 << 20);
	aisp_jw_init(&w, &out, false);
	aisp_jw_obj(&w);
	aisp_jw_kz(&w, "method", q.method);
	aisp_jw_kstr(&w, "path", q.path);
	aisp_jw_kstr(&w, "query", q.query);
	aisp_jw_kstr(&w, "body", q.body);
	aisp_jw_kstr(&w, "type", q.type);
	aisp_jw_kstr(&w, "target", q.target);
	aisp_jw_kstr(&w, "checksum", q.checksum);
	aisp_jw_end(&w);
	printf("%.*s\n", AISP_FMT(aisp_buf_slice(&out)));
	return 0;
}

int main(int argc, char **argv)
{
	static const char *const protocols[] = {"query", "ec2", "json", "rest-json", "rest-xml"};
	char *line = NULL;
	size_t cap = 0;
	int bad = 0;
	if (argc > 1 && strcmp(argv[1], "rows") == 0)
		for (size_t i = 0; i < aisp_act__op_count; i++)
			printf("%s %s %s\n", aisp_act__ops[i].name, protocols[aisp_act__ops[i].protocol], aisp_act__ops[i].reads ? "reads" : "changes");
	else
		for (ssize_t n; (n = getline(&line, &cap, stdin)) > 0;)
			bad |= print_one(aisp_slice_trim(aisp_slice_of(line, (size_t)n)));
	free(line);
	return bad;
}
