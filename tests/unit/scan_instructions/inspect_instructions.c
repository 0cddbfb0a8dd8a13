/* Reads lines "ROLE PATH FILE" (parted by tabs) from standard input; writes one JSON object for each hit in FILE, and
 * {"path", "done"} behind each: what tests/accuracy/instructions/evaluate.py runs. With --words it writes what the linear model
 * reads instead, one sentence a line: path, flags of its first word, words (tests/accuracy/instructions/fit.py).
 */
#include "base/arena.h"
#include "base/jw.h"
#include "base/mem.h"
#include "scan/instructions/instructions_int.h"
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

static void put_words(struct aisp_slice path, struct aisp_slice text)
{
	AISP_CLEANUP(aisp_arena_freep) struct aisp_arena *a = aisp_arena_new(64 << 20);
	struct scan s = {.path = path, .text = text, .a = a, .is_record = aisp_instructions__is_record(text)};
	struct window w = {.words = aisp_arena_alloc(a, (WINDOW + 1) * sizeof *w.words), .norm = aisp_arena_alloc(a, WINDOW * 4 + 16)};

	for (size_t at = 0; w.words && w.norm && at < text.n; at += w.n) {
		w.text = text.p + at;
		w.n = text.n - at < WINDOW ? text.n - at : WINDOW;
		aisp_instructions__words(&s, &w);
		for (size_t i = 0, from = 0; i < w.n_words; i++) {
			struct aisp_slice word = aisp_instructions__word(&w, i);

			if (i == 0 || w.words[i].flags & W_SENTENCE || i - from >= SENTENCE_MAX) {
				printf("%s%.*s\t%u\t", i ? "\n" : "", AISP_FMT(path), (unsigned)w.words[i].flags);
				from = i;
			}
			printf("%.*s ", AISP_FMT(word));
		}
		puts("");
	}
	aisp_vec_done(&s.hits);
}

int main(int argc, char **argv)
{
	bool only_words = argc > 1 && strcmp(argv[1], "--words") == 0;
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

		if (only_words)
			put_words(path, text);
		for (unsigned i = 0; i < 5 && !only_words; i++)
			if (aisp_slice_eqz(role, roles[i]) && aisp_instructions_scan((enum aisp_text_role)i, path, text, put, &o, &err) < 0)
				fprintf(stderr, "%.*s: %s\n", AISP_FMT(path), err.msg);
		aisp_mem_free((void *)(uintptr_t)text.p);
	}
	free(line);
	return 0;
}
