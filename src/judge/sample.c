/* Samples beside a rule: small graphs in a short notation, built with the graph builder and judged by that rule alone.
 *
 *   positive:
 *     - name: what this shows
 *       nodes: {internet: internet, web: {kind: endpoint, auth: none}, bot: agent}     id: kind, or kind and properties
 *       edges: [internet EXPOSES web, {edge: web SERVES bot, condition: "…", confidence: inferred}]
 *       expect: [{subject: bot, start: internet}]     the findings, all of them; without it: at least one
 *   negative:
 *     - …                                              must give none
 */
#include "judge/judge_int.h"

struct sample {
	const struct aisp_doc *doc;
	struct aisp_graph *graph;
	uint16_t source;
	struct aisp_slice file;
};

static struct aisp_evidence_in evidence(const struct sample *s, const struct aisp_doc *d)
{
	enum aisp_confidence c = aisp_confidence_find(aisp_doc_getstr(d, "confidence"));
	return (struct aisp_evidence_in){.source = s->source, .form = AISP_EV_FILE, .confidence = c ? c : AISP_CONF_DECLARED,
	                                 .locator = s->file, .line = aisp_doc_line(d)};
}

static int wrong(struct aisp_err *err, uint32_t line, const char *what, struct aisp_slice s)
{
	return aisp_fail(err, AISP_E_USAGE, "line %u: %s '%.*s'", line, what, AISP_FMT(s));
}

static int set_prop(struct sample *s, aisp_node n, const struct aisp_member *m, struct aisp_err *err)
{
	char key[64];
	if (m->key.n >= sizeof key)
		return wrong(err, m->line, "the key is too long:", m->key);
	memcpy(key, m->key.p, m->key.n);
	key[m->key.n] = 0;
	switch (m->value.type) {
	case AISP_DOC_STR:
		return aisp_graph_set_str(s->graph, n, s->source, key, m->value.s, err);
	case AISP_DOC_BOOL:
		return aisp_graph_set_bool(s->graph, n, s->source, key, m->value.b, err);
	case AISP_DOC_INT:
		return aisp_graph_set_int(s->graph, n, s->source, key, m->value.i, err);
	case AISP_DOC_REAL:
		return aisp_graph_set_real(s->graph, n, s->source, key, m->value.r, err);
	case AISP_DOC_ARR: {
		int e = 0;
		for (uint32_t i = 0; e == 0 && i < m->value.n; i++)
			e = aisp_graph_add_item(s->graph, n, s->source, key, aisp_doc_str(&m->value.items[i]), err);
		return e;
	}
	default:
		return wrong(err, m->line, "a property is text, number, true, false or a list:", m->key);
	}
}

static int add_node(struct sample *s, const struct aisp_member *m, struct aisp_err *err)
{
	const struct aisp_doc *d = &m->value;
	struct aisp_slice name = d->type == AISP_DOC_STR ? d->s : aisp_doc_getstr(d, "kind");
	enum aisp_node_kind kind = aisp_node_kind_find(name);
	if (!kind)
		return wrong(err, m->line, "unknown kind of node", name);
	struct aisp_evidence_in ev = evidence(s, d);
	aisp_node n = 0;
	int e = aisp_graph_add_node(s->graph, kind, m->key, &ev, &n, err);
	for (uint32_t i = 0; e == 0 && d->type == AISP_DOC_OBJ && i < d->n; i++)
		if (!aisp_slice_eqz(d->members[i].key, "kind") && !aisp_slice_eqz(d->members[i].key, "confidence"))
			e = set_prop(s, n, &d->members[i], err);
	return e;
}

static int edge_props(struct sample *s, aisp_edge edge, const struct aisp_doc *props, struct aisp_err *err)
{
	int e = 0;
	for (uint32_t i = 0; e == 0 && i < aisp_doc_count(props) && props->type == AISP_DOC_OBJ; i++) {
		const struct aisp_member *m = &props->members[i];
		char key[64];
		if (m->key.n >= sizeof key)
			return wrong(err, m->line, "the key is too long:", m->key);
		memcpy(key, m->key.p, m->key.n);
		key[m->key.n] = 0;
		e = m->value.type == AISP_DOC_INT ? aisp_graph_edge_set_int(s->graph, edge, s->source, key, m->value.i, err)
		                                  : aisp_graph_edge_set_str(s->graph, edge, s->source, key, aisp_doc_str(&m->value), err);
	}
	return e;
}

static int add_edge(struct sample *s, const struct aisp_doc *d, struct aisp_err *err)
{
	struct aisp_slice text = d->type == AISP_DOC_STR ? d->s : aisp_doc_getstr(d, "edge");
	struct aisp_slice rest = aisp_slice_trim(text), part[3] = {{NULL, 0}, {NULL, 0}, {NULL, 0}};
	size_t n = 0;
	while (n < 3 && aisp_slice_split(&rest, ' ', &part[n]))
		n += part[n].n > 0;
	enum aisp_edge_kind kind = aisp_edge_kind_find(part[1]);
	if (n < 3 || rest.n || !kind)
		return wrong(err, d->line, "an edge is 'node KIND node', not", text);
	aisp_node from = aisp_graph_find(s->graph, part[0]), to = aisp_graph_find(s->graph, part[2]);
	if (!from || !to)
		return wrong(err, d->line, "unknown node", from ? part[2] : part[0]);
	struct aisp_edge_in in = {.control = aisp_doc_getstr(d, "control"), .condition = aisp_doc_getstr(d, "condition"),
	                          .flags = aisp_doc_bool(aisp_doc_get(d, "executes"), false) ? AISP_EF_EXECUTES : 0};
	struct aisp_evidence_in ev = evidence(s, d);
	aisp_edge edge = 0;
	int e = aisp_graph_add_edge(s->graph, from, kind, to, &in, &ev, &edge, err);
	return e < 0 ? e : edge_props(s, edge, aisp_doc_get(d, "props"), err);
}

/* Builds the snapshot of a sample. */
static int build(struct aisp_slice file, const struct aisp_doc *doc, struct aisp_snapshot **ret, struct aisp_err *err)
{
	const struct aisp_doc *nodes = aisp_doc_get(doc, "nodes"), *edges = aisp_doc_get(doc, "edges");
	if (!nodes || nodes->type != AISP_DOC_OBJ || (edges && edges->type != AISP_DOC_ARR))
		return aisp_fail(err, AISP_E_USAGE, "line %u: a sample has a mapping 'nodes' and a list 'edges'", aisp_doc_line(doc));
	struct sample s = {.doc = doc, .graph = aisp_graph_new(), .file = file};
	if (!s.graph)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a sample");
	int e = aisp_graph_source(s.graph, AISP_S("sample"), AISP_S("sample"), AISP_S("sample"), &s.source, err);
	for (uint32_t i = 0; e == 0 && i < nodes->n; i++)
		e = add_node(&s, &nodes->members[i], err);
	for (uint32_t i = 0; e == 0 && i < aisp_doc_count(edges); i++)
		e = add_edge(&s, &edges->items[i], err);
	if (e < 0) {
		aisp_graph_free(s.graph);
		return e;
	}
	return aisp_graph_freeze(s.graph, ret, err);
}

/* ---- Comparing ---- */

static bool is_node(const struct aisp_snapshot *s, const struct aisp_doc *want, const char *key, aisp_node n)
{
	const struct aisp_doc *d = aisp_doc_get(want, key);
	return !d || (n && aisp_snapshot_find(s, aisp_doc_str(d)) == n);
}

static bool is_expected(const struct aisp_snapshot *s, const struct aisp_finding *f, const struct aisp_doc *want)
{
	const struct aisp_doc *certain = aisp_doc_get(want, "certain"), *message = aisp_doc_get(want, "message"),
	                      *severity = aisp_doc_get(want, "severity");
	return is_node(s, want, "subject", f->subject) && is_node(s, want, "start", f->start) &&
	       is_node(s, want, "target", f->target) && (!certain || aisp_doc_bool(certain, false) == f->certain) &&
	       (!message || aisp_slice_eq(aisp_doc_str(message), f->message)) &&
	       (!severity || aisp_severity_find(aisp_doc_str(severity)) == f->severity);
}

static void list_findings(const struct aisp_snapshot *s, const struct aisp_findings *f, struct aisp_buf *out)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct aisp_finding *x = &f->v[i];
		aisp_buf_printf(out, "%s%s", i ? "; " : "", aisp_snapshot_z(s, s->nodes[x->subject].id));
		if (x->start)
			aisp_buf_printf(out, " from %s", aisp_snapshot_z(s, s->nodes[x->start].id));
		if (x->target)
			aisp_buf_printf(out, " to %s", aisp_snapshot_z(s, s->nodes[x->target].id));
		aisp_buf_printf(out, " (%s, %s): %.*s", aisp_severity_name(x->severity), x->certain ? "certain" : "possible",
		                AISP_FMT(x->message));
	}
}

/* What is wrong with the findings of a sample, put into `out`; nothing when all is as it should be. */
static void compare(const struct aisp_snapshot *s, const struct aisp_findings *f, const struct aisp_doc *sample, bool positive,
                    struct aisp_buf *out)
{
	const struct aisp_doc *expect = aisp_doc_get(sample, "expect");
	if (!positive) {
		if (f->n) {
			aisp_buf_printf(out, "must find nothing, but finds ");
			list_findings(s, f, out);
		}
		return;
	}
	if (!f->n) {
		aisp_buf_putz(out, "finds nothing");
		return;
	}
	bool ok = !expect || expect->n == f->n;
	for (uint32_t i = 0; ok && i < aisp_doc_count(expect); i++) {
		size_t hits = 0;
		for (size_t k = 0; k < f->n; k++)
			hits += is_expected(s, &f->v[k], aisp_doc_at(expect, i));
		ok = hits == 1;
	}
	if (!ok) {
		aisp_buf_putz(out, "does not find what is expected, but ");
		list_findings(s, f, out);
	}
	for (size_t i = 0; ok && i < f->n; i++)
		if (f->v[i].rule->path_mode.n && f->v[i].start && f->v[i].target && !f->v[i].path.n) {
			aisp_buf_putz(out, "no path explains ");
			list_findings(s, f, out);
			return;
		}
}

static int run_sample(const struct aisp_rule *rule, const struct aisp_doc *sample, bool positive, struct aisp_buf *out,
                      struct aisp_err *err)
{
	AISP_CLEANUP(aisp_snapshot_freep) struct aisp_snapshot *s = NULL;
	AISP_CLEANUP(aisp_reach_freep) struct aisp_reach *reach = NULL;
	AISP_CLEANUP(aisp_findings_done) struct aisp_findings f = {NULL, NULL, 0};
	int e = build(rule->file, sample, &s, err);
	if (e == 0)
		e = aisp_reach_new(s, NULL, &reach, err);
	if (e == 0)
		e = aisp_judge__run(&rule, 1, s, reach, &f, err);
	if (e < 0)
		return e;
	compare(s, &f, sample, positive, out);
	return 0;
}

static int test_sample(const struct aisp_rule *rule, const struct aisp_doc *sample, bool positive,
                       int (*report)(void *, const struct aisp_rule *, struct aisp_slice, bool, const char *), void *ctx,
                       struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf out = {0};
	struct aisp_err why = {AISP_OK, ""};
	aisp_buf_init(&out, 1 << 20);
	int e = run_sample(rule, sample, positive, &out, &why);
	if (e == AISP_E_NOMEM || e == AISP_E_INTERNAL)
		return aisp_fail(err, (enum aisp_code)e, "%s", why.msg);
	if (e < 0)
		aisp_buf_putz(&out, why.msg);
	if (out.bad == AISP_E_NOMEM)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a sample");
	return report(ctx, rule, aisp_doc_getstr(sample, "name"), out.n == 0, out.n ? out.p : "");
}

int aisp_rules_test(const struct aisp_rules *r,
                    int (*report)(void *ctx, const struct aisp_rule *rule, struct aisp_slice sample, bool ok, const char *detail),
                    void *ctx, struct aisp_err *err)
{
	int e = 0;
	for (size_t i = 0; e == 0 && i < r->rules.n; i++) {
		const struct aisp_rule_full *f = r->rules.v[i];
		for (int positive = 1; e == 0 && positive >= 0; positive--) {
			const char *name = positive ? "positive" : "negative";
			const struct aisp_doc *list = aisp_doc_get(f->samples, name);
			if (!list || list->type != AISP_DOC_ARR || !list->n)
				e = report(ctx, &f->rule, aisp_slice_z(name), false, "there is no such sample");
			for (uint32_t k = 0; e == 0 && list && list->type == AISP_DOC_ARR && k < list->n; k++)
				e = test_sample(&f->rule, &list->items[k], positive, report, ctx, err);
		}
	}
	return e;
}
