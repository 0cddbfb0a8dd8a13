/* MCP client configurations, of every row, and agent files. The first byte chooses. */
#include "collect/files/agentfile.h"
#include "collect/files/mcp.h"
#include "fuzz_files.h"

static void config(struct fuzz_world *w, const struct aisp_mcp_client *row, struct aisp_slice text)
{
	struct aisp_slice path = aisp_slice_z(row->paths);
	struct aisp_docs docs = {0};
	const struct aisp_doc *doc = NULL;
	size_t bar = aisp_slice_chr(path, '|');

	path = aisp_slice_to(path, bar == SIZE_MAX ? path.n : bar);
	if (row->form == AISP_FORM_YAML)
		aisp_yaml_parse(w->a, text, &fuzz_limits, &docs, NULL);
	else if (row->form == AISP_FORM_TOML ? aisp_toml_parse(w->a, text, &fuzz_limits, &doc, NULL) == 0
	                                     : aisp_jsonc_parse(w->a, text, &fuzz_limits, &doc, NULL) == 0)
		docs = (struct aisp_docs){doc, 1};
	for (size_t i = 0; i < docs.n && i < 20; i++)
		aisp_mcp_add(&w->e, path, &docs.docs[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aisp_slice text = {(const char *)data, size};
	struct fuzz_world w;

	if (size < 1 || size > 65536)
		return 0;
	fuzz_begin(&w);
	text = aisp_slice_from(text, 1);
	size_t row = data[0] % (aisp_mcp_client_count + aisp_agent_file_count);
	if (row < aisp_mcp_client_count) {
		config(&w, &aisp_mcp_clients[row], text);
	} else {
		struct aisp_slice pattern = aisp_slice_z(aisp_agent_files[row - aisp_mcp_client_count].pattern);
		if (aisp_slice_ends(pattern, AISP_S("/**")))
			pattern = aisp_emit_fmt(&w.e, "%.*sx.md", (int)(pattern.n - 2), pattern.p);
		FUZZ_CHECK(aisp_agent_file_of(pattern) != NULL);
		aisp_agent_file_add(&w.e, pattern, text);
	}
	fuzz_end(&w, false);
	return 0;
}
