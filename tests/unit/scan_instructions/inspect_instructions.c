/* Reads lines "ROLE PATH FILE" (parted by tabs) from standard input; writes one JSON object for each hit in FILE, and
 * {"path", "done"} behind each: what tests/accuracy/instructions/evaluate.py runs.
 */
#include "base/arena.h"
#include "base/jw.h"
#include "base/mem.h"
#include "scan/instructions/instructions.h"
#include <stdio.h>
#include <stdlib.h>

struct out {
	struct aisp_slice path;
};

static int put(void *ctx, const struct aisp_instruction_hit *hit)
{
	const struct out *o = ctx;
	AISP_AUTOBUF struct aisp_buf b;
	struct aisp_jw w;

	aisp_buf_init(&b, 0);
	aisp_jw_init(&w, &b, false);
	aisp_jw_obj(&w);
	aisp_jw_kstr(&w, "path", o->path);
	aisp_jw_kz(&w, "rule", hit->rule);
	aisp_jw_kz(&w, "severity", hit->severity);
	aisp_jw_kint(&w, "line", hit->line);
	aisp_jw_kint(&w, "column", hit->column);
	aisp_jw_kint(&w, "end_line", hit->end_line);
	aisp_jw_kstr(&w, "excerpt", hit->excerpt);
	aisp_jw_kz(&w, "reason", hit->reason);
	aisp_jw_end(&w);
	puts(b.p ? b.p : "");
	return 0;
}

static struct aisp_slice read_file(const char *name)
{
	AISP_AUTOBUF struct aisp_buf b;
	FILE *f = fopen(name, "rb");
	char part[65536];
	size_t n;

	aisp_buf_init(&b, 0);
	while (f && (n = fread(part, 1, sizeof part, f)) > 0)
		aisp_buf_put(&b, aisp_slice_of(part, n));
	if (f)
		fclose(f);
	struct aisp_slice all = aisp_buf_slice(&b);

	aisp_buf_init(&b, 0);
	return all;
}

int main(void)
{
	static const char *const roles[] = {"data", "instruction", "tool", "prompt", "code"};
	struct aisp_err err = {0};
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	while ((n = getline(&line, &cap, stdin)) > 0) {
		struct aisp_slice rest = aisp_slice_trim(aisp_slice_of(line, (size_t)n)), role, path, file;

		if (!aisp_slice_split(&rest, '\t', &role) || !aisp_slice_split(&rest, '\t', &path) || !aisp_slice_split(&rest, '\t', &file))
			continue;
		((char *)(uintptr_t)file.p)[file.n] = 0;
		struct aisp_slice text = read_file(file.p);
		struct out o = {path};

		for (unsigned i = 0; i < 5; i++)
			if (aisp_slice_eqz(role, roles[i]) && aisp_instructions_scan((enum aisp_text_role)i, path, text, put, &o, &err) < 0)
				fprintf(stderr, "%.*s: %s\n", AISP_FMT(path), err.msg);
		aisp_mem_free((void *)(uintptr_t)text.p);
	}
	free(line);
	return 0;
}
