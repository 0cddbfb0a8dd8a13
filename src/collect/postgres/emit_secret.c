/* Secrets in sampled values: the column that holds one, and the credential. Of the value there are only a keyed fingerprint
 * and a redacted preview.
 *
 *   column ─HOLDS▶ credential://fp1:…
 */
#include "collect/postgres/postgres_int.h"

enum { C_RULE = 2, C_ISSUER, C_KIND, C_CERTAINTY, C_SEVERITY, C_FINGERPRINT, C_VALUE_FP, C_PREVIEW };

static bool is_fingerprint(struct aisp_slice s)
{
	if (s.n != AISP_FINGERPRINT_LEN || !aisp_slice_starts(s, AISP_S("fp1:")))
		return false;
	for (size_t i = 4; i < s.n; i++)
		if (!memchr("0123456789abcdef", s.p[i], 16))
			return false;
	return true;
}

static struct aisp_slice cell(const struct aisp_pgc_emit *x, uint32_t row, uint32_t column)
{
	return aisp_pgc_cell(&x->cap->rows[AISP_PGC_Q_secrets], row, column);
}

/* A node that files know already keeps what they say of it. */
static int describe(struct aisp_pgc_emit *x, uint32_t row, aisp_node n, struct aisp_err *err)
{
	static const struct {
		const char *key;
		uint32_t cell;
		bool known; /* not said again when the node is known */
	} props[] = {{"provider", C_ISSUER, true},    {"name", C_RULE, true},         {"fingerprint", C_VALUE_FP, true},
		     {"preview", C_PREVIEW, true},    {"secret_rule", C_RULE, false}, {"certainty", C_CERTAINTY, false},
		     {"secret_severity", C_SEVERITY, false}};
	const bool known = aisp_graph_prop(x->c->graph, n, "credential_kind").n > 0;
	struct aisp_slice issuer = cell(x, row, C_ISSUER);
	int r = AISP_OK;
	if (!known) {
		aisp_buf_clear(&x->text);
		aisp_buf_printf(&x->text, "%.*s%s%.*s", AISP_FMT(issuer), issuer.n ? "_" : "", AISP_FMT(cell(x, row, C_KIND)));
		r = aisp_pgc_text_ok(x, err);
		if (r == AISP_OK)
			r = aisp_graph_set_str(x->c->graph, n, x->c->source, "credential_kind", aisp_buf_slice(&x->text), err);
	}
	for (size_t i = 0; r == AISP_OK && i < sizeof props / sizeof *props; i++) {
		struct aisp_slice v = cell(x, row, props[i].cell);
		if (v.n && !(known && props[i].known))
			r = aisp_graph_set_str(x->c->graph, n, x->c->source, props[i].key, v, err);
	}
	return r;
}

static int hold(struct aisp_pgc_emit *x, uint32_t table, uint32_t column, aisp_node cred, const struct aisp_evidence_in *ev,
		struct aisp_err *err)
{
	const struct aisp_pg_table *t = &x->m->tables.v[table];
	aisp_buf_clear(&x->text);
	aisp_buf_printf(&x->text, "%.*s.%.*s.%.*s", AISP_FMT(x->m->schemas.v[t->schema].name), AISP_FMT(t->name),
			AISP_FMT(x->m->columns.v[column].name));
	const struct aisp_edge_in in = {.control = aisp_buf_slice(&x->text)};
	return aisp_pgc_edge(x, x->columns[column], AISP_EDGE_HOLDS, cred, &in, ev, NULL, err);
}

int aisp_pgc_emit_secret(struct aisp_pgc_emit *x, uint32_t row, uint32_t *ret_column, struct aisp_err *err)
{
	uint32_t table, column;
	struct aisp_slice certainty = cell(x, row, C_CERTAINTY), preview = cell(x, row, C_PREVIEW);
	int r = aisp_pgc_sampled_column(x, AISP_PGC_Q_secrets, row, &table, &column, err);
	if (r < 0)
		return r;
	if (!is_fingerprint(cell(x, row, C_FINGERPRINT)) || !is_fingerprint(cell(x, row, C_VALUE_FP)) ||
	    !aisp_secret_kind_find(cell(x, row, C_KIND)) || preview.n >= AISP_PREVIEW_MAX)
		return aisp_fail(err, AISP_E_PARSE, "the answer to \"secrets\", row %u: not what a scan writes of a secret", row + 1);
	if (!column || !(aisp_slice_eqz(certainty, "likely") || aisp_slice_eqz(certainty, "sure")))
		return AISP_OK;
	aisp_buf_clear(&x->id);
	aisp_buf_printf(&x->id, "credential://%.*s", AISP_FMT(cell(x, row, C_FINGERPRINT)));
	aisp_buf_clear(&x->note);
	aisp_buf_printf(&x->note, "%.*s (%.*s) in a sampled value", AISP_FMT(cell(x, row, C_RULE)), AISP_FMT(preview));
	const struct aisp_evidence_in ev =
		aisp_pgc_evidence(x, "pg_attribute", "sample", aisp_buf_slice(&x->note),
				  aisp_slice_eqz(certainty, "sure") ? AISP_CONF_OBSERVED : AISP_CONF_INFERRED);
	aisp_node cred = 0;
	r = aisp_pgc_text_ok(x, err);
	if (r == AISP_OK)
		r = aisp_graph_add_node(x->c->graph, AISP_NODE_CREDENTIAL, aisp_buf_slice(&x->id), &ev, &cred, err);
	if (r == AISP_OK)
		r = describe(x, row, cred, err);
	if (r == AISP_OK)
		r = hold(x, table, column, cred, &ev, err);
	if (r == AISP_OK)
		*ret_column = column;
	return r;
}
