/* What columns seem to hold: by their names always, by their sampled values where the scan looked. A table has the
 * classes of its columns and the highest of their sensitivities. Finding nothing says nothing: then there is no
 * sensitivity.
 */
#include "collect/postgres/postgres_int.h"

/* In how many of a hundred values a class must show before we believe it. */
static const unsigned char believe[AISP_PGC_DC_END] = {
	[AISP_PGC_DC_EMAIL] = 5, [AISP_PGC_DC_PHONE] = 50,     [AISP_PGC_DC_IP] = 30,        [AISP_PGC_DC_CARD] = 50,
	[AISP_PGC_DC_BANK] = 20, [AISP_PGC_DC_CREDENTIAL] = 5, [AISP_PGC_DC_FREE_TEXT] = 30,
};

struct found {
	unsigned by_name, by_value;
};

static int class_of(struct aisp_slice name)
{
	for (int c = 0; c < AISP_PGC_DC_END; c++)
		if (aisp_slice_eqz(name, aisp_pgc_data_classes[c].name))
			return c;
	return -1;
}

static uint32_t column_by_num(const struct aisp_pg_model *m, uint32_t table, uint64_t num)
{
	const struct aisp_pg_table *t = &m->tables.v[table];
	for (uint32_t i = 0; i < t->col_n; i++)
		if ((uint64_t)m->columns.v[t->col_at + i].num == num)
			return t->col_at + i;
	return 0;
}

static int evidence(struct aisp_pgc_emit *x, aisp_node n, enum aisp_confidence confidence, const char *field,
		    struct aisp_err *err)
{
	struct aisp_evidence_in ev = aisp_pgc_evidence(x, "pg_attribute", field, aisp_buf_slice(&x->note), confidence);
	int r = aisp_pgc_text_ok(x, err);
	return r == AISP_OK ? aisp_graph_node_evidence(x->c->graph, n, &ev, err) : r;
}

/* One line of counts: believed or not. Line with number 0 says how many rows were looked at. */
static int one_count(struct aisp_pgc_emit *x, uint32_t row, struct found *found, struct aisp_err *err)
{
	const struct aisp_pgc_rowset *rs = &x->cap->rows[AISP_PGC_Q_sample];
	uint64_t oid = 0, num = 0, rows = 0, values = 0, hits = 0;
	bool ok = aisp_slice_u64(aisp_pgc_cell(rs, row, 0), &oid) && aisp_slice_u64(aisp_pgc_cell(rs, row, 1), &num) &&
		  aisp_slice_u64(aisp_pgc_cell(rs, row, 2), &rows) &&
		  aisp_slice_u64(aisp_pgc_cell(rs, row, 3), &values) &&
		  aisp_slice_u64(aisp_pgc_cell(rs, row, 5), &hits) && oid <= UINT32_MAX && rows <= UINT32_MAX &&
		  hits <= UINT32_MAX && values <= UINT32_MAX;
	if (!ok)
		return aisp_fail(err, AISP_E_PARSE, "the answer to \"sample\", row %u: a number is none", row + 1);
	uint32_t table = aisp_pg_by_oid(x->m, AISP_PG_CLASS_TABLE, (uint32_t)oid);
	if (!table || !x->tables[table])
		return AISP_OK;
	if (num == 0)
		return aisp_graph_set_int(x->c->graph, x->tables[table], x->c->source, "sampled_rows", (int64_t)rows,
					  err);
	uint32_t column = column_by_num(x->m, table, num);
	int class = class_of(aisp_pgc_cell(rs, row, 4));
	if (!column || class < 0 || values == 0 || hits * 100 < values * believe[class])
		return AISP_OK;
	found[column].by_value |= 1u << class;
	aisp_buf_clear(&x->note);
	aisp_buf_printf(&x->note, "%llu of %llu sampled values look like %s", (unsigned long long)hits,
			(unsigned long long)values, aisp_pgc_data_classes[class].name);
	return evidence(x, x->columns[column], AISP_CONF_OBSERVED, "sample", err);
}

static int set_classes(struct aisp_pgc_emit *x, aisp_node n, unsigned classes, struct aisp_err *err)
{
	enum aisp_sensitivity highest = AISP_SENS_UNKNOWN;
	int r = AISP_OK;
	for (int c = 0; r == AISP_OK && c < AISP_PGC_DC_END; c++) {
		if (!(classes >> c & 1))
			continue;
		if (aisp_pgc_data_classes[c].sensitivity > highest)
			highest = aisp_pgc_data_classes[c].sensitivity;
		r = aisp_graph_add_item(x->c->graph, n, x->c->source, "data_classes",
					aisp_slice_z(aisp_pgc_data_classes[c].name), err);
	}
	if (r == AISP_OK && highest)
		r = aisp_graph_set_str(x->c->graph, n, x->c->source, "sensitivity",
				       aisp_slice_z(aisp_sensitivity_name(highest)), err);
	return r;
}

static int one_table(struct aisp_pgc_emit *x, uint32_t table, struct found *found, struct aisp_err *err)
{
	const struct aisp_pg_table *t = &x->m->tables.v[table];
	unsigned all = 0;
	int r = AISP_OK;
	for (uint32_t c = t->col_at; r == AISP_OK && c < t->col_at + t->col_n; c++) {
		unsigned classes = found[c].by_name | found[c].by_value;
		if (!classes)
			continue;
		all |= classes;
		aisp_buf_clear(&x->note);
		aisp_buf_printf(&x->note, "the name of the column suggests it");
		if (found[c].by_name)
			r = evidence(x, x->columns[c], AISP_CONF_INFERRED, "attname", err);
		if (r == AISP_OK)
			r = set_classes(x, x->columns[c], classes, err);
	}
	return r == AISP_OK ? set_classes(x, x->tables[table], all, err) : r;
}

int aisp_pgc_emit_personal(struct aisp_pgc_emit *x, struct aisp_err *err)
{
	struct found *found AISP_AUTOFREE = aisp_mem_zalloc(x->m->columns.n, sizeof *found);
	if (!found)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for data classes");
	for (uint32_t c = 1; c < x->m->columns.n; c++)
		found[c].by_name = aisp_pgc_classify_name(x->m->columns.v[c].name, x->m->columns.v[c].type);
	int r = AISP_OK;
	for (uint32_t i = 0; r == AISP_OK && i < x->cap->rows[AISP_PGC_Q_sample].n_rows; i++)
		r = one_count(x, i, found, err);
	for (uint32_t t = 1; r == AISP_OK && t < x->m->tables.n; t++)
		if (x->tables[t])
			r = one_table(x, t, found, err);
	return r;
}
