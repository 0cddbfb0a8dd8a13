/* Who is said to own what in a repository: its CODEOWNERS file, kept as rules on the repository's node; govern/own.c asks them. */
#include "collect/files/owners.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/map.h"
#include "collect/git/history.h"
#include "collect/git/last.h"
#include <stdlib.h>

enum { MAX_BYTES = 3 << 20 /* GitHub does not read a larger one */, MAX_FILES = 4000, LAST_MS = 3000 };

void aisp_emit_owners(struct aisp_emit *e, int root)
{
	/* In the order in which GitHub looks; the first that is there counts. */
	static const char *const places[] = {".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"};
	AISP_AUTOBUF struct aisp_buf text = {0};
	aisp_buf_init(&text, MAX_BYTES + 1);
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		struct aisp_slice rest, line;
		aisp_buf_clear(&text);
		if (aisp_fs_read(root, places[i], true, MAX_BYTES, &text, NULL) < 0)
			continue;
		rest = aisp_buf_slice(&text);
		if (!rest.n || !aisp_slice_is_utf8(rest))
			return;
		aisp_emit_strz(e, e->repo_node, "codeowners_file", places[i]);
		AISP_AUTOBUF struct aisp_buf rules = {0};
		aisp_buf_init(&rules, MAX_BYTES + 1);
		while (aisp_slice_split(&rest, '\n', &line)) {
			line = aisp_slice_trim(line);
			if (line.n && line.p[0] != '#')
				aisp_buf_printf(&rules, "%.*s\n", AISP_FMT(line));
		}
		aisp_emit_str(e, e->repo_node, "codeowners", aisp_emit_fmt(e, "%.*s", AISP_FMT(aisp_slice_trim(aisp_buf_slice(&rules)))));
		return;
	}
}

static int by_path(const void *a, const void *b)
{
	return aisp_slice_cmp(((const struct aisp_last *)a)->path, ((const struct aisp_last *)b)->path);
}

/* The files that this source's nodes stand in, sorted, each once; in the arena. */
static struct aisp_last *files_of(struct aisp_emit *e, size_t *ret_n)
{
	struct aisp_last *v = aisp_arena_zalloc(e->a, MAX_FILES, sizeof *v);
	const uint32_t nodes = aisp_graph_node_count(e->g);
	struct aisp_slice last = {0};
	size_t n = 0, kept = 0;
	for (aisp_node i = 1; v && i <= nodes && n < MAX_FILES; i++) {
		struct aisp_evidence_in ev = {0};
		if (!aisp_graph_node_at(e->g, i).alive || !aisp_graph_node_first_evidence(e->g, i, &ev) || ev.form != AISP_EV_FILE || ev.source != e->source || !ev.locator.n ||
		    aisp_slice_eq(ev.locator, last))
			continue;
		last = v[n++].path = aisp_emit_dup(e, ev.locator);
	}
	if (v && n)
		qsort(v, n, sizeof *v, by_path);
	for (size_t i = 0; i < n; i++)
		if (!kept || !aisp_slice_eq(v[kept - 1].path, v[i].path))
			v[kept++] = v[i];
	*ret_n = kept;
	return v;
}

void aisp_emit_last_changes(struct aisp_emit *e, const char *path)
{
	AISP_AUTOBUF struct aisp_buf out = {0};
	struct aisp_err why = {0};
	size_t n = 0;
	if (e->bad || !path || !aisp_history_is(path))
		return;
	struct aisp_last *v = files_of(e, &n);
	const int r = v && !e->bad ? aisp_history_last(path, v, n, aisp_clock_mono_ns() + LAST_MS * 1000000ull, e->a, &why) : AISP_E_NOMEM;
	if (r == AISP_E_NOMEM)
		aisp_emit_fail(e, r, &why);
	if (r < 0)
		return; /* a damaged repository is no owner's fault, and hides no fact that matters */
	aisp_buf_init(&out, 4 << 20);
	for (size_t i = 0; i < n; i++) {
		char at[AISP_ISO_LEN + 1];
		if (!v[i].author.n || !aisp_slice_is_utf8(v[i].author) || aisp_slice_chr(v[i].path, '\t') != SIZE_MAX || aisp_slice_chr(v[i].path, '\n') != SIZE_MAX)
			continue;
		aisp_clock_iso(v[i].time_s > 0 && v[i].time_s < 253402300800 ? v[i].time_s * 1000000 : 0, at);
		aisp_buf_printf(&out, "%.*s\t%.10s\t%.12s\t", AISP_FMT(v[i].path), at, v[i].commit);
		aisp_buf_put_printable(&out, v[i].author);
		aisp_buf_putc(&out, '\n');
	}
	aisp_emit_str(e, e->repo_node, "last_changes", aisp_emit_dup(e, aisp_slice_trim(aisp_buf_slice(&out))));
}
