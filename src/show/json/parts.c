/* The objects of the JSON and NDJSON formats: see parts.h. `type` is the member by which NDJSON tells lines apart; NULL
 * leaves it out.
 */
#include "show/json/parts.h"
#include "base/clock.h"
#include "show/evidence.h"
#include <stdio.h>

struct aisp_json_view aisp_json__view(enum aisp_view view)
{
	return (struct aisp_json_view){
		.nodes = view == AISP_VIEW_ASSETS || view == AISP_VIEW_IDENTITIES,
		.all_nodes = view == AISP_VIEW_GRAPH,
		.edges = view == AISP_VIEW_GRAPH,
		.findings = view == AISP_VIEW_SCAN || view == AISP_VIEW_FINDINGS,
		.access = view == AISP_VIEW_SCAN || view == AISP_VIEW_ACCESS || view == AISP_VIEW_PATH,
		.gaps = view == AISP_VIEW_SCAN || view == AISP_VIEW_GAPS || view == AISP_VIEW_GRAPH,
	};
}

static void open_typed(struct aisp_jw *w, const char *type)
{
	aisp_jw_obj(w);
	if (type)
		aisp_jw_kz(w, "type", type);
}

static void put_time(struct aisp_jw *w, const char *key, int64_t us)
{
	char iso[AISP_ISO_LEN + 1];

	aisp_clock_iso(us, iso);
	aisp_jw_kz(w, key, iso);
}

static void put_optional(struct aisp_jw *w, const char *key, struct aisp_slice s)
{
	if (s.n > 0)
		aisp_jw_kstr(w, key, s);
}

static void put_ref(struct aisp_jw *w, const char *key, const struct aisp_snapshot *s, aisp_node n)
{
	aisp_jw_key(w, key);
	if (n == 0 || n > s->n_nodes) {
		aisp_jw_null(w);
		return;
	}
	aisp_jw_obj(w);
	aisp_jw_kstr(w, "id", aisp_show__id(s, n));
	aisp_jw_kz(w, "kind", aisp_node_kinds[s->nodes[n].kind].name);
	aisp_jw_kstr(w, "name", aisp_show__name(s, n));
	aisp_jw_end(w);
}

static void put_one_evidence(struct aisp_jw *w, const struct aisp_snapshot *s, const struct aisp_evidence *e)
{
	struct aisp_buf text;

	aisp_buf_init(&text, 0);
	aisp_show__evidence_text(s, e, &text);
	if (text.bad)
		w->out->bad = text.bad;
	aisp_jw_obj(w);
	aisp_jw_kstr(w, "source", aisp_show__source(s, e->source));
	aisp_jw_kz(w, "form", aisp_show__form_name(e->form));
	aisp_jw_kz(w, "confidence", aisp_confidence_name(e->confidence));
	aisp_jw_kstr(w, "locator", aisp_snapshot_text(s, e->locator));
	if (e->line)
		aisp_jw_kint(w, "line", e->line);
	put_optional(w, "pointer", aisp_snapshot_text(s, e->pointer));
	put_optional(w, "note", aisp_snapshot_text(s, e->note));
	aisp_jw_kstr(w, "text", aisp_buf_slice(&text));
	aisp_jw_end(w);
	aisp_buf_done(&text);
}

static void put_evidence(struct aisp_jw *w, const struct aisp_snapshot *s, uint32_t at, uint32_t n)
{
	aisp_jw_key(w, "evidence");
	aisp_jw_arr(w);
	for (uint32_t i = 0; i < n && at + i < s->n_evidence; i++)
		put_one_evidence(w, s, &s->evidence[at + i]);
	aisp_jw_end(w);
}

static void put_edge_evidence(struct aisp_jw *w, const struct aisp_snapshot *s, aisp_edge e)
{
	bool known = e && e <= s->n_edges;

	put_evidence(w, s, known ? s->edges[e].ev_at : 0, known ? s->edges[e].ev_n : 0);
}

static void put_summary(struct aisp_jw *w, const struct aisp_report *r)
{
	struct aisp_show_counts c;

	aisp_show__count(r, &c);
	aisp_jw_key(w, "summary");
	aisp_jw_obj(w);
	aisp_jw_kint(w, "nodes", c.nodes);
	aisp_jw_kint(w, "edges", c.edges);
	aisp_jw_kint(w, "assets", c.assets);
	aisp_jw_kint(w, "ai_assets", c.ai_assets);
	aisp_jw_kint(w, "identities", c.identities);
	aisp_jw_kint(w, "non_human_identities", c.nhis);
	aisp_jw_kint(w, "credentials", c.credentials);
	aisp_jw_kint(w, "sensitive_assets", c.sensitive);
	aisp_jw_key(w, "kinds");
	aisp_jw_obj(w);
	for (int k = 1; k < AISP_NODE_KIND_END; k++)
		if (c.by_kind[k] > 0)
			aisp_jw_kint(w, aisp_node_kinds[k].name, c.by_kind[k]);
	aisp_jw_end(w);
	aisp_jw_kint(w, "findings", c.findings);
	aisp_jw_key(w, "severities");
	aisp_jw_obj(w);
	for (int sev = AISP_SEV_CRITICAL; sev >= AISP_SEV_INFO; sev--)
		aisp_jw_kint(w, aisp_severity_name((enum aisp_severity)sev), c.by_severity[sev]);
	aisp_jw_end(w);
	aisp_jw_kint(w, "access", c.access);
	aisp_jw_kint(w, "access_certain", c.access_certain);
	aisp_jw_kint(w, "access_left_out", (int64_t)r->n_access_left_out);
	aisp_jw_kint(w, "listed", (int64_t)r->n_nodes);
	aisp_jw_kint(w, "left_out", (int64_t)r->n_nodes_left_out);
	aisp_jw_kint(w, "gaps", c.gaps);
	if (r->owned.known) {
		aisp_jw_key(w, "ownership");
		aisp_jw_obj(w);
		aisp_jw_kint(w, "assets", r->owned.assets);
		aisp_jw_kint(w, "owned", r->owned.owned);
		aisp_jw_kint(w, "ai_assets", r->owned.ai_assets);
		aisp_jw_kint(w, "ai_owned", r->owned.ai_owned);
		aisp_jw_kint(w, "disputed", r->owned.disputed);
		aisp_jw_end(w);
	}
	aisp_jw_end(w);
}

void aisp_json__head(struct aisp_jw *w, const struct aisp_report *r, enum aisp_view view)
{
	char schema[64];

	snprintf(schema, sizeof schema, "aisp/%s/1", aisp_show__view_name(view));
	aisp_jw_kz(w, "schema", schema);
	aisp_jw_kstr(w, "title", r->title);
	aisp_jw_kstr(w, "version", r->version);
	put_time(w, "taken", r->taken_us);
	aisp_jw_kbool(w, "incomplete", r->incomplete);
	put_summary(w, r);
}

void aisp_json__source(struct aisp_jw *w, const struct aisp_report_source *s, const char *type)
{
	open_typed(w, type);
	aisp_jw_kstr(w, "key", s->key);
	aisp_jw_kstr(w, "kind", s->kind);
	aisp_jw_kstr(w, "target", s->target);
	aisp_jw_kstr(w, "outcome", s->outcome);
	aisp_jw_kint(w, "nodes", s->nodes);
	aisp_jw_kint(w, "edges", s->edges);
	aisp_jw_kint(w, "gaps", s->gaps);
	aisp_jw_end(w);
}

static void put_list(struct aisp_jw *w, struct aisp_slice joined)
{
	struct aisp_slice item;

	aisp_jw_arr(w);
	while (joined.n > 0 && aisp_slice_split(&joined, '\n', &item))
		aisp_jw_str(w, item);
	aisp_jw_end(w);
}

static void put_value(struct aisp_jw *w, const struct aisp_snapshot *s, const struct aisp_prop *p)
{
	switch (p->type) {
	case AISP_PROP_STR:
		aisp_jw_str(w, aisp_snapshot_text(s, p->s));
		break;
	case AISP_PROP_LIST:
		put_list(w, aisp_snapshot_text(s, p->s));
		break;
	case AISP_PROP_BOOL:
		aisp_jw_bool(w, p->b);
		break;
	case AISP_PROP_INT:
		aisp_jw_int(w, p->i);
		break;
	case AISP_PROP_REAL:
		aisp_jw_real(w, p->r);
		break;
	default:
		aisp_jw_null(w);
	}
}

/* Properties stand sorted by source; of several sources' values the first one's stands. */
static void put_props(struct aisp_jw *w, const struct aisp_snapshot *s, uint32_t at, uint32_t n)
{
	aisp_jw_key(w, "properties");
	aisp_jw_obj(w);
	for (uint32_t i = 0; i < n && at + i < s->n_props; i++) {
		const struct aisp_prop *p = &s->props[at + i];
		bool seen = false;

		for (uint32_t j = 0; j < i && !seen; j++)
			seen = s->props[at + j].key == p->key;
		if (seen)
			continue;
		aisp_jw_keys(w, aisp_snapshot_text(s, p->key));
		put_value(w, s, p);
	}
	aisp_jw_end(w);
}

static void put_aliases(struct aisp_jw *w, const struct aisp_show_aliases *a, aisp_node n)
{
	aisp_jw_key(w, "aliases");
	aisp_jw_arr(w);
	for (uint32_t i = a->at[n]; i < a->at[n + 1]; i++)
		aisp_jw_str(w, aisp_snapshot_text(a->s, a->s->aliases[a->rows[i]].alias));
	aisp_jw_end(w);
}

void aisp_json__node(struct aisp_jw *w, const struct aisp_report *r, const struct aisp_show_aliases *a, aisp_node n,
		     const char *type)
{
	const struct aisp_snapshot *s = r->snapshot;
	const struct aisp_snode *node = &s->nodes[n];

	open_typed(w, type);
	aisp_jw_kstr(w, "id", aisp_show__id(s, n));
	aisp_jw_kz(w, "kind", aisp_node_kinds[node->kind].name);
	aisp_jw_kz(w, "group", aisp_node_kinds[node->kind].group);
	aisp_jw_kstr(w, "name", aisp_show__name(s, n));
	aisp_jw_kz(w, "confidence", aisp_confidence_name(node->confidence));
	aisp_jw_kz(w, "sensitivity", aisp_sensitivity_name(node->sensitivity));
	aisp_jw_kbool(w, "gated", (node->flags & AISP_NF_GATED) != 0);
	aisp_jw_kbool(w, "stale", (node->flags & AISP_NF_STALE) != 0);
	put_aliases(w, a, n);
	put_props(w, s, node->prop_at, node->prop_n);
	put_evidence(w, s, node->ev_at, node->ev_n);
	aisp_jw_end(w);
}

void aisp_json__edge(struct aisp_jw *w, const struct aisp_report *r, aisp_edge e, const char *type)
{
	const struct aisp_snapshot *s = r->snapshot;
	const struct aisp_sedge *edge = &s->edges[e];

	open_typed(w, type);
	aisp_jw_kstr(w, "from", aisp_show__id(s, edge->from));
	aisp_jw_kz(w, "kind", aisp_edge_kinds[edge->kind].name);
	aisp_jw_kstr(w, "to", aisp_show__id(s, edge->to));
	put_optional(w, "control", aisp_snapshot_text(s, edge->control));
	put_optional(w, "condition", aisp_snapshot_text(s, edge->condition));
	if (edge->flags & AISP_EF_EXECUTES)
		aisp_jw_kbool(w, "executes", true);
	aisp_jw_kz(w, "confidence", aisp_confidence_name(edge->confidence));
	put_props(w, s, edge->prop_at, edge->prop_n);
	put_evidence(w, s, edge->ev_at, edge->ev_n);
	aisp_jw_end(w);
}

static void put_mode(struct aisp_jw *w, const char *key, int mode)
{
	aisp_jw_kz(w, key, mode >= 0 ? aisp_mode_name((enum aisp_mode)mode) : NULL);
}

static void put_hop(struct aisp_jw *w, const struct aisp_snapshot *s, const struct aisp_hop *h)
{
	struct aisp_show_hop hop = aisp_show__hop(s, h);

	aisp_jw_obj(w);
	aisp_jw_kz(w, "step", hop.step);
	aisp_jw_kz(w, "edge", hop.edge ? aisp_edge_kinds[hop.edge].name : NULL);
	aisp_jw_kz(w, "direction", hop.edge ? (hop.back ? "backward" : "forward") : NULL);
	put_ref(w, "from", s, h->from);
	put_ref(w, "to", s, h->to);
	put_mode(w, "had", hop.have);
	put_mode(w, "had_too", hop.with);
	put_mode(w, "gained", (int)h->gain);
	aisp_jw_kz(w, "why", hop.why);
	aisp_jw_kint(w, "branch", h->branch);
	if (h->side >= 0)
		aisp_jw_kint(w, "side", h->side);
	aisp_jw_kbool(w, "certain", !h->conditional);
	put_optional(w, "condition", hop.condition);
	put_optional(w, "control", hop.control);
	if (hop.added)
		aisp_jw_kbool(w, "proposed", true);
	aisp_jw_kz(w, "confidence", hop.confidence ? aisp_confidence_name(hop.confidence) : NULL);
	put_edge_evidence(w, s, hop.number);
	aisp_jw_end(w);
}

static void put_path(struct aisp_jw *w, const struct aisp_snapshot *s, const struct aisp_path *p)
{
	aisp_jw_key(w, "path");
	if (p->n == 0) {
		aisp_jw_null(w);
		return;
	}
	aisp_jw_obj(w);
	aisp_jw_kbool(w, "certain", p->certain);
	aisp_jw_kz(w, "confidence", aisp_confidence_name(p->confidence));
	aisp_jw_kint(w, "edges", p->cost);
	aisp_jw_key(w, "hops");
	aisp_jw_arr(w);
	for (size_t i = 0; i < p->n; i++)
		put_hop(w, s, &p->hops[i]);
	aisp_jw_end(w);
	aisp_jw_end(w);
}

static void put_controls(struct aisp_jw *w, const struct aisp_rule *rule)
{
	aisp_jw_key(w, "controls");
	aisp_jw_arr(w);
	for (size_t i = 0; i < rule->n_controls; i++) {
		aisp_jw_obj(w);
		aisp_jw_kstr(w, "framework", rule->controls[i]->framework);
		aisp_jw_kstr(w, "id", rule->controls[i]->id);
		aisp_jw_kstr(w, "title", rule->controls[i]->title);
		aisp_jw_end(w);
	}
	aisp_jw_end(w);
}

static void put_terms(struct aisp_jw *w, const struct aisp_finding *f)
{
	aisp_jw_key(w, "terms");
	aisp_jw_arr(w);
	for (size_t i = 0; i < f->n_terms; i++) {
		aisp_jw_obj(w);
		aisp_jw_kstr(w, "what", f->terms[i].what);
		aisp_jw_kint(w, "points", f->terms[i].points);
		aisp_jw_end(w);
	}
	aisp_jw_end(w);
}

static void put_state(struct aisp_jw *w, const struct aisp_finding_state *st)
{
	const struct {
		const char *key;
		struct aisp_slice text;
	} texts[] = {{"reason", st->reason}, {"by", st->by}, {"until", st->until}, {"why", st->why}, {"where", st->where}};
	aisp_jw_key(w, "state");
	aisp_jw_obj(w);
	aisp_jw_kz(w, "name", st->name);
	aisp_jw_kbool(w, "hidden", st->hidden);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (texts[i].text.n)
			aisp_jw_kstr(w, texts[i].key, texts[i].text);
	aisp_jw_end(w);
}

void aisp_json__finding(struct aisp_jw *w, const struct aisp_report *r, const struct aisp_finding *f, const char *type)
{
	const struct aisp_snapshot *s = r->snapshot;
	bool known = f->subject && f->subject <= s->n_nodes;

	open_typed(w, type);
	aisp_jw_kz(w, "fingerprint", f->fingerprint);
	aisp_jw_kstr(w, "rule", f->rule->id);
	aisp_jw_kstr(w, "title", f->rule->title);
	aisp_jw_kz(w, "severity", aisp_severity_name(f->severity));
	aisp_jw_kint(w, "priority", f->priority);
	put_terms(w, f);
	aisp_jw_kstr(w, "message", f->message);
	aisp_jw_kbool(w, "certain", f->certain);
	aisp_jw_kz(w, "confidence", aisp_confidence_name(f->confidence));
	put_ref(w, "subject", s, f->subject);
	put_ref(w, "start", s, f->start);
	put_ref(w, "target", s, f->target);
	aisp_jw_kstr(w, "description", f->rule->description);
	aisp_jw_kstr(w, "remediation", f->rule->remediation);
	put_controls(w, f->rule);
	put_path(w, s, &f->path);
	put_evidence(w, s, known ? s->nodes[f->subject].ev_at : 0, known ? s->nodes[f->subject].ev_n : 0);
	if (f->state)
		put_state(w, f->state);
	aisp_jw_end(w);
}

/* The best evidence of each edge that was followed, each once. */
static void put_path_evidence(struct aisp_jw *w, const struct aisp_snapshot *s, const struct aisp_path *p)
{
	aisp_jw_key(w, "evidence");
	aisp_jw_arr(w);
	for (size_t i = 0; i < p->n; i++) {
		struct aisp_show_hop hop = aisp_show__hop(s, &p->hops[i]);
		const struct aisp_evidence *e = aisp_show__edge_evidence(s, hop.number);
		bool seen = false;

		for (size_t j = 0; j < i && !seen; j++)
			seen = p->hops[j].edge == p->hops[i].edge;
		if (e && !seen)
			put_one_evidence(w, s, e);
	}
	aisp_jw_end(w);
}

void aisp_json__access(struct aisp_jw *w, const struct aisp_report *r, const struct aisp_access_row *row,
		       const char *type)
{
	const struct aisp_snapshot *s = r->snapshot;

	open_typed(w, type);
	aisp_jw_kstr(w, "identity", aisp_show__id(s, row->actor));
	aisp_jw_kz(w, "kind", aisp_node_kinds[aisp_show__kind(s, row->actor)].name);
	aisp_jw_kstr(w, "name", aisp_show__name(s, row->actor));
	put_ref(w, "asset", s, row->target);
	aisp_jw_kz(w, "mode", aisp_mode_name(row->mode));
	aisp_jw_kz(w, "via", aisp_show__is_via(row->mode) ? "via_agent" : "direct");
	aisp_jw_kz(w, "certainty", row->certain ? "certain" : "possible");
	put_path(w, s, &row->path);
	put_path_evidence(w, s, &row->path);
	aisp_jw_end(w);
}

void aisp_json__gap(struct aisp_jw *w, const struct aisp_report *r, const struct aisp_gap_row *gap, const char *type)
{
	open_typed(w, type);
	aisp_jw_kstr(w, "source", aisp_show__source(r->snapshot, gap->source));
	aisp_jw_kz(w, "why", aisp_code_name((enum aisp_code) - (int)gap->why));
	aisp_jw_kstr(w, "what", aisp_snapshot_text(r->snapshot, gap->what));
	aisp_jw_kstr(w, "detail", aisp_snapshot_text(r->snapshot, gap->detail));
	aisp_jw_end(w);
}
