/* Who is said to own what in a repository: its CODEOWNERS file, kept as rules on the repository's node; govern/own.c asks them. */
#include "collect/files/owners.h"
#include "base/fs.h"

enum { MAX_BYTES = 3 << 20 }; /* GitHub does not read a larger one */

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
