/* aisp-ignore.yaml: any text is refused with its place, or read and applied to findings whose names come from the same bytes; and
 * the baseline written of those findings is read again and hides each of them. */
#include "base/buf.h"
#include "fuzz.h"
#include "graph/snapshot.h"
#include "judge/suppress.h"
#include <string.h>

enum { FINDINGS = 4 };

struct world {
	struct aisp_rule rules[2];
	struct aisp_finding v[FINDINGS];
	struct aisp_snapshot *s;
	bool exact; /* all names are UTF-8: a baseline's patterns fit only them */
};

/* Names and places cut from the input: quotes, control characters, what looks like a pattern. */
static void make(struct world *w, struct aisp_slice text)
{
	struct aisp_graph *g = aisp_graph_new();
	uint16_t source;

	*w = (struct world){.exact = true, .rules = {{.id = AISP_S("AISP-A-001")}, {.id = AISP_S("AISP-B-002")}}};
	FUZZ_CHECK(g && aisp_graph_source(g, AISP_S("files:fuzz"), AISP_S("files"), AISP_S("fuzz"), &source, NULL) == 0);
	for (size_t i = 0; i < FINDINGS; i++) {
		char id[16];
		aisp_node n;
		struct aisp_slice part = aisp_slice_from(text, text.n * i / FINDINGS);
		struct aisp_evidence_in ev = {.source = source, .form = AISP_EV_FILE, .confidence = AISP_CONF_DECLARED, .line = 1,
		                              .locator = i == 3 ? AISP_S("") : aisp_slice_to(part, 12)};
		snprintf(id, sizeof id, "x://%zu", i);
		FUZZ_CHECK(aisp_graph_add_node(g, AISP_NODE_TOOL, aisp_slice_z(id), &ev, &n, NULL) == 0);
		struct aisp_slice name = aisp_slice_to(aisp_slice_from(part, part.n > 9 ? 5 : 0), 9);
		FUZZ_CHECK(aisp_graph_set_str(g, n, source, "name", name, NULL) == 0);
		w->exact = w->exact && aisp_slice_is_utf8(name) && aisp_slice_is_utf8(ev.locator);
		w->v[i] = (struct aisp_finding){.rule = &w->rules[i % 2], .subject = n};
	}
	FUZZ_CHECK(aisp_graph_freeze(g, &w->s, NULL) == 0);
	for (size_t i = 0; i < FINDINGS; i++) {
		char id[16];
		snprintf(id, sizeof id, "x://%zu", i);
		w->v[i].subject = aisp_snapshot_find(w->s, aisp_slice_z(id));
		FUZZ_CHECK(w->v[i].subject);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aisp_slice text = {(const char *)data, size};
	struct aisp_suppressions *s = NULL;
	struct aisp_suppressed told;
	struct aisp_finding v[FINDINGS];
	struct aisp_err err = {0};
	struct aisp_buf out;
	struct world w;

	if (size > 65536)
		return 0;
	make(&w, text);
	struct aisp_findings f = {.v = v, .n = FINDINGS};
	memcpy(v, w.v, sizeof v);
	int r = aisp_suppressions_parse(text, "ignore.yaml", &s, &err);
	FUZZ_CHECK(r == 0 || r == AISP_E_USAGE);
	FUZZ_CHECK(r == 0 || strncmp(err.msg, "ignore.yaml:", 12) == 0);
	if (r == 0) {
		aisp_suppressions_apply(s, w.s, 1700000000000000, &f, &told);
		FUZZ_CHECK(f.n + told.hidden == FINDINGS);
		aisp_suppressions_free(s);
	}
	aisp_buf_init(&out, 0);
	f = (struct aisp_findings){.v = v, .n = FINDINGS};
	memcpy(v, w.v, sizeof v);
	FUZZ_CHECK(aisp_suppressions_write(w.s, &f, 1700000000000000, &out, NULL) == 0);
	r = aisp_suppressions_parse(aisp_buf_slice(&out), "b", &s, &err);
	if (r < 0)
		fprintf(stderr, "%s\n%.*s\n", err.msg, (int)out.n, out.p);
	FUZZ_CHECK(r == 0);
	aisp_suppressions_apply(s, w.s, 1700000000000000, &f, &told);
	if (f.n && w.exact)
		fprintf(stderr, "%.*s\n", (int)out.n, out.p);
	FUZZ_CHECK(f.n + told.hidden == FINDINGS && (!w.exact || (f.n == 0 && told.unused == 0)));
	aisp_suppressions_free(s);
	aisp_buf_done(&out);
	aisp_snapshot_free(w.s);
	return 0;
}
