/* OpenGraph: the payload that BloodHound Community Edition 9 ingests (bloodhound.specterops.io, "OpenGraph" → schema),
 * and the extension document that makes its path search work on our kinds.
 *
 * Rules of the ingest that shape this file: ids with colons are lost by its search, so an id is the upper-case hex
 * digest of ours, which stands in property aisp_id; at most three kinds a node; properties are flat, lists of one type
 * and not empty, and never `objectid`; edge kinds are [A-Za-z0-9_]+.
 */
#include "base/hash.h"
#include "show/evidence.h"
#include "show/formats.h"
#include "show/show_int.h"
#include <stdio.h>

#define PREFIX "AISPM_"

static void put_kind(struct aisp_jw *w, const char *name)
{
	char kind[96];

	snprintf(kind, sizeof kind, PREFIX "%s", name);
	aisp_jw_z(w, kind);
}

static void put_id(struct aisp_jw *w, const char *key, const struct aisp_snapshot *s, aisp_node n)
{
	struct aisp_slice id = aisp_show__id(s, n);
	struct aisp_digest digest = aisp_digest_of(id.p, id.n);
	char hex[33];

	aisp_digest_hex(&digest, hex);
	for (int i = 0; i < 32; i++)
		if (hex[i] >= 'a')
			hex[i] = (char)(hex[i] - 'a' + 'A');
	aisp_jw_kz(w, key, hex);
}

/* Names that the ingest changes, drops or refuses, and those that we write ourselves. */
static bool is_taken(struct aisp_slice key)
{
	static const char *const taken[] = {
		"objectid",  "name",        "operatingsystem", "distinguishedname", "environmentid", "lastseen",
		"reconcile", "displayname", "aisp_id",         "aisp_kind",         "confidence",    "sensitivity",
		"gated",     "stale",       "evidence",        "aliases",           "control",       "condition"};

	for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
		if (aisp_slice_eqi(key, aisp_slice_z(taken[i])))
			return true;
	return false;
}

/* Property names are letters, digits and underscores there. */
static void put_key(struct aisp_jw *w, struct aisp_slice key)
{
	char name[128];
	int n = snprintf(name, sizeof name, "%s%.*s", is_taken(key) ? "own_" : "", AISP_FMT(key));

	for (int i = 0; i < n && i < (int)sizeof name - 1; i++)
		if (!((name[i] >= 'a' && name[i] <= 'z') || (name[i] >= 'A' && name[i] <= 'Z') ||
		      (name[i] >= '0' && name[i] <= '9')))
			name[i] = '_';
	aisp_jw_key(w, name);
}

static void put_prop(struct aisp_jw *w, const struct aisp_snapshot *s, const struct aisp_prop *p)
{
	struct aisp_slice key = aisp_snapshot_text(s, p->key), item,
			  list = p->type == AISP_PROP_LIST ? aisp_snapshot_text(s, p->s) : (struct aisp_slice){0};

	if (aisp_slice_eqz(key, "name") || (p->type == AISP_PROP_LIST && list.n == 0))
		return;
	put_key(w, key);
	switch (p->type) {
	case AISP_PROP_BOOL:
		aisp_jw_bool(w, p->b);
		break;
	case AISP_PROP_INT:
		aisp_jw_int(w, p->i);
		break;
	case AISP_PROP_REAL:
		aisp_jw_real(w, p->r);
		break;
	case AISP_PROP_LIST:
		aisp_jw_arr(w);
		while (aisp_slice_split(&list, '\n', &item))
			aisp_jw_str(w, item);
		aisp_jw_end(w);
		break;
	default:
		aisp_jw_str(w, aisp_snapshot_text(s, p->s));
	}
}

static void put_props(struct aisp_jw *w, const struct aisp_snapshot *s, uint32_t at, uint32_t n)
{
	for (uint32_t i = 0; i < n && at + i < s->n_props; i++) {
		bool seen = false;

		for (uint32_t j = 0; j < i && !seen; j++)
			seen = s->props[at + j].key == s->props[at + i].key;
		if (!seen)
			put_prop(w, s, &s->props[at + i]);
	}
}

static void put_evidence(struct aisp_jw *w, const struct aisp_snapshot *s, uint32_t at, uint32_t n)
{
	struct aisp_buf text;

	if (n == 0)
		return;
	aisp_buf_init(&text, 0);
	aisp_jw_key(w, "evidence");
	aisp_jw_arr(w);
	for (uint32_t i = 0; i < n && at + i < s->n_evidence; i++) {
		aisp_buf_clear(&text);
		aisp_show__evidence_text(s, &s->evidence[at + i], &text);
		if (text.bad)
			w->out->bad = text.bad;
		aisp_jw_str(w, aisp_buf_slice(&text));
	}
	aisp_jw_end(w);
	aisp_buf_done(&text);
}

static void put_aliases(struct aisp_jw *w, const struct aisp_show_aliases *a, aisp_node n)
{
	if (a->at[n] == a->at[n + 1])
		return;
	aisp_jw_key(w, "aliases");
	aisp_jw_arr(w);
	for (uint32_t i = a->at[n]; i < a->at[n + 1]; i++)
		aisp_jw_str(w, aisp_snapshot_text(a->s, a->s->aliases[a->rows[i]].alias));
	aisp_jw_end(w);
}

static void put_node(struct aisp_jw *w, const struct aisp_snapshot *s, const struct aisp_show_aliases *a, aisp_node n)
{
	const struct aisp_snode *node = &s->nodes[n];
	const struct aisp_node_kind_row *kind = &aisp_node_kinds[node->kind];

	aisp_jw_obj(w);
	put_id(w, "id", s, n);
	aisp_jw_key(w, "kinds");
	aisp_jw_arr(w);
	put_kind(w, kind->opengraph);
	if (kind->flags & AISP_NK_IDENTITY)
		put_kind(w, "Identity");
	else if (kind->flags & AISP_NK_ASSET)
		put_kind(w, kind->flags & AISP_NK_AI ? "AIAsset" : "Asset");
	aisp_jw_end(w);
	aisp_jw_key(w, "properties");
	aisp_jw_obj(w);
	aisp_jw_kstr(w, "name", aisp_show__name(s, n));
	aisp_jw_kstr(w, "aisp_id", aisp_show__id(s, n));
	aisp_jw_kz(w, "aisp_kind", kind->name);
	aisp_jw_kz(w, "confidence", aisp_confidence_name(node->confidence));
	aisp_jw_kz(w, "sensitivity", aisp_sensitivity_name(node->sensitivity));
	aisp_jw_kbool(w, "gated", (node->flags & AISP_NF_GATED) != 0);
	aisp_jw_kbool(w, "stale", (node->flags & AISP_NF_STALE) != 0);
	put_aliases(w, a, n);
	put_evidence(w, s, node->ev_at, node->ev_n);
	put_props(w, s, node->prop_at, node->prop_n);
	aisp_jw_end(w);
	aisp_jw_end(w);
}

static void put_end_of(struct aisp_jw *w, const char *key, const struct aisp_snapshot *s, aisp_node n)
{
	aisp_jw_key(w, key);
	aisp_jw_obj(w);
	aisp_jw_kz(w, "match_by", "id");
	put_id(w, "value", s, n);
	aisp_jw_end(w);
}

static void put_edge(struct aisp_jw *w, const struct aisp_snapshot *s, aisp_edge e)
{
	const struct aisp_sedge *edge = &s->edges[e];
	struct aisp_slice control = aisp_snapshot_text(s, edge->control),
			  condition = aisp_snapshot_text(s, edge->condition);

	aisp_jw_obj(w);
	put_end_of(w, "start", s, edge->from);
	put_end_of(w, "end", s, edge->to);
	aisp_jw_key(w, "kind");
	put_kind(w, aisp_edge_kinds[edge->kind].opengraph);
	aisp_jw_key(w, "properties");
	aisp_jw_obj(w);
	aisp_jw_kz(w, "confidence", aisp_confidence_name(edge->confidence));
	if (control.n > 0)
		aisp_jw_kstr(w, "control", control);
	if (condition.n > 0)
		aisp_jw_kstr(w, "condition", condition);
	put_evidence(w, s, edge->ev_at, edge->ev_n);
	put_props(w, s, edge->prop_at, edge->prop_n);
	aisp_jw_end(w);
	aisp_jw_end(w);
}

static int write(const struct aisp_report *r, enum aisp_view view, struct aisp_buf *out, struct aisp_err *err)
{
	const struct aisp_snapshot *s = r->snapshot;
	AISP_CLEANUP(aisp_show__aliases_done) struct aisp_show_aliases a = {0};
	struct aisp_jw w;
	int e = aisp_show__aliases(s, &a, err);

	(void)view;
	if (e < 0)
		return e;
	aisp_jw_init(&w, out, true);
	aisp_jw_obj(&w);
	aisp_jw_key(&w, "metadata");
	aisp_jw_obj(&w);
	aisp_jw_kz(&w, "source_kind", PREFIX "Base");
	aisp_jw_end(&w);
	aisp_jw_key(&w, "graph");
	aisp_jw_obj(&w);
	aisp_jw_key(&w, "nodes");
	aisp_jw_arr(&w);
	for (aisp_node n = 1; n <= s->n_nodes; n++)
		put_node(&w, s, &a, n);
	aisp_jw_end(&w);
	aisp_jw_key(&w, "edges");
	aisp_jw_arr(&w);
	for (aisp_edge i = 1; i <= s->n_edges; i++)
		put_edge(&w, s, i);
	aisp_jw_end(&w);
	aisp_jw_end(&w);
	aisp_jw_end(&w);
	aisp_buf_putc(out, '\n');
	return aisp_buf_check(out, err);
}

/* Does anything flow along (or against) edges of this kind? */
static bool flows(enum aisp_edge_kind kind, bool back)
{
	for (size_t i = 0; i < aisp_flow_row_count; i++)
		if (aisp_flow_rows[i].edge == kind && aisp_flow_rows[i].back == back)
			return true;
	return false;
}

static void put_node_kinds(struct aisp_jw *w)
{
	static const char *const groups[][3] = {
		{"AIAsset", "AI asset", "a model, agent, tool, store or data set of an AI system"},
		{"Asset", "Asset", "a thing worth protecting or watching"},
		{"Identity", "Identity", "whoever can act"},
	};
	char name[96];

	aisp_jw_key(w, "node_kinds");
	aisp_jw_arr(w);
	for (int k = 1; k < AISP_NODE_KIND_END; k++) {
		const struct aisp_node_kind_row *row = &aisp_node_kinds[k];

		aisp_jw_obj(w);
		snprintf(name, sizeof name, PREFIX "%s", row->opengraph);
		aisp_jw_kz(w, "name", name);
		aisp_jw_kz(w, "display_name", aisp_show__kind_title((enum aisp_node_kind)k, true));
		aisp_jw_kz(w, "description", row->description);
		aisp_jw_kbool(w, "is_display_kind", true);
		aisp_jw_kz(w, "icon", row->icon);
		aisp_jw_kz(w, "color", row->colour);
		aisp_jw_end(w);
	}
	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
		aisp_jw_obj(w);
		snprintf(name, sizeof name, PREFIX "%s", groups[i][0]);
		aisp_jw_kz(w, "name", name);
		aisp_jw_kz(w, "display_name", groups[i][1]);
		aisp_jw_kz(w, "description", groups[i][2]);
		aisp_jw_kbool(w, "is_display_kind", false);
		aisp_jw_end(w);
	}
	aisp_jw_end(w);
}

static void put_edge_kinds(struct aisp_jw *w)
{
	char name[96], description[256];

	aisp_jw_key(w, "relationship_kinds");
	aisp_jw_arr(w);
	for (int k = 1; k < AISP_EDGE_KIND_END; k++) {
		bool back = flows((enum aisp_edge_kind)k, true);

		aisp_jw_obj(w);
		snprintf(name, sizeof name, PREFIX "%s", aisp_edge_kinds[k].opengraph);
		snprintf(description, sizeof description, "%s%s", aisp_edge_kinds[k].description,
			 back ? " (influence also flows backwards; `aisp path` follows it)" : "");
		aisp_jw_kz(w, "name", name);
		aisp_jw_kz(w, "description", description);
		aisp_jw_kbool(w, "is_traversable", flows((enum aisp_edge_kind)k, false));
		aisp_jw_end(w);
	}
	aisp_jw_end(w);
}

static int write_schema(const struct aisp_report *r, enum aisp_view view, struct aisp_buf *out, struct aisp_err *err)
{
	struct aisp_jw w;

	(void)r, (void)view;
	aisp_jw_init(&w, out, true);
	aisp_jw_obj(&w);
	aisp_jw_key(&w, "schema");
	aisp_jw_obj(&w);
	aisp_jw_kz(&w, "name", "aisp");
	aisp_jw_kz(&w, "display_name", "AI security posture (aisp)");
	aisp_jw_kz(&w, "version", "v1.0.0");
	aisp_jw_kz(&w, "namespace", "AISPM");
	aisp_jw_end(&w);
	put_node_kinds(&w);
	put_edge_kinds(&w);
	aisp_jw_key(&w, "environments");
	aisp_jw_arr(&w);
	aisp_jw_end(&w);
	aisp_jw_key(&w, "relationship_findings");
	aisp_jw_arr(&w);
	aisp_jw_end(&w);
	aisp_jw_end(&w);
	aisp_buf_putc(out, '\n');
	return aisp_buf_check(out, err);
}

const struct aisp_format aisp_format_opengraph = {
	.name = "opengraph",
	.suffix = "json",
	.description = "BloodHound OpenGraph payload of the whole graph",
	.views = AISP_VIEW_BIT(SCAN) | AISP_VIEW_BIT(GRAPH),
	.write = write,
};
const struct aisp_format aisp_format_opengraph_schema = {
	.name = "opengraph-schema",
	.suffix = "json",
	.description = "BloodHound extension that makes path search work on aisp's kinds",
	.views = AISP_VIEW_BIT(SCAN) | AISP_VIEW_BIT(GRAPH),
	.write = write_schema,
};
