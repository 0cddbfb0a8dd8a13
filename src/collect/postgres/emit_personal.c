/* What columns seem to hold: by their sampled values where the scan looked, else by their names. A table has the classes of
 * its columns and the highest of their sensitivities. Finding nothing says nothing: then there is no sensitivity.
 *
 * A verdict counts when it is likely or sure. A weak name ("city", "balance") counts only beside other personal data.
 */
#include "collect/postgres/postgres_int.h"

enum { FREE_TEXT = AISP_PERSONAL_END, N_CLASSES }; /* the classes as bits; prose has no detector of its own */
_Static_assert(N_CLASSES <= 32, "classes are kept as bits of an unsigned");

/* Who has one of these beside it is about a person. */
static const unsigned of_a_person = 1u << AISP_PERSONAL_NAME | 1u << AISP_PERSONAL_EMAIL | 1u << AISP_PERSONAL_PHONE |
				    1u << AISP_PERSONAL_ADDRESS | 1u << AISP_PERSONAL_BIRTH_DATE | 1u << AISP_PERSONAL_NATIONAL_ID;

struct found {
	unsigned sure, weak; /* weak: by a name that may mean other things too */
	bool looked_at;      /* by the detectors of today: then the name alone does not count again */
};

static const char *class_name(int class)
{
	return class == FREE_TEXT ? "free_text" : aisp_personal_class_name((enum aisp_personal_class)class);
}

static enum aisp_sensitivity class_sensitivity(int class)
{
	return class == FREE_TEXT ? AISP_SENS_INTERNAL : aisp_personal_class_sensitivity((enum aisp_personal_class)class);
}

static int class_of(struct aisp_slice name)
{
	for (int c = AISP_PERSONAL_NONE + 1; c < N_CLASSES; c++)
		if (aisp_slice_eqz(name, class_name(c)))
			return c;
	return aisp_slice_eqz(name, "income") ? AISP_PERSONAL_FINANCIAL : -1; /* its name in older captures */
}

static uint32_t column_by_num(const struct aisp_pg_model *m, uint32_t table, uint64_t num)
{
	const struct aisp_pg_table *t = &m->tables.v[table];
	for (uint32_t i = 0; i < t->col_n; i++)
		if ((uint64_t)m->columns.v[t->col_at + i].num == num)
			return t->col_at + i;
	return 0;
}

static int bad_number(enum aisp_pgc_query q, uint32_t row, struct aisp_err *err)
{
	return aisp_fail(err, AISP_E_PARSE, "the answer to \"%s\", row %u: a number is none", aisp_pgc_queries[q].name, row + 1);
}

int aisp_pgc_sampled_column(const struct aisp_pgc_emit *x, enum aisp_pgc_query q, uint32_t row, uint32_t *ret_table,
			    uint32_t *ret_column, struct aisp_err *err)
{
	const struct aisp_pgc_rowset *rs = &x->cap->rows[q];
	uint64_t oid = 0, num = 0;
	if (!aisp_slice_u64(aisp_pgc_cell(rs, row, 0), &oid) || !aisp_slice_u64(aisp_pgc_cell(rs, row, 1), &num) || oid > UINT32_MAX)
		return bad_number(q, row, err);
	uint32_t table = aisp_pg_by_oid(x->m, AISP_PG_CLASS_TABLE, (uint32_t)oid);
	*ret_table = table && x->tables[table] ? table : 0;
	*ret_column = *ret_table ? column_by_num(x->m, table, num) : 0;
	return AISP_OK;
}

static int evidence(struct aisp_pgc_emit *x, aisp_node n, enum aisp_confidence confidence, const char *field,
		    struct aisp_err *err)
{
	struct aisp_evidence_in ev = aisp_pgc_evidence(x, "pg_attribute", field, aisp_buf_slice(&x->note), confidence);
	int r = aisp_pgc_text_ok(x, err);
	return r == AISP_OK ? aisp_graph_node_evidence(x->c->graph, n, &ev, err) : r;
}

/* A class that counts, with its reason. */
static int believe(struct aisp_pgc_emit *x, uint32_t column, struct found *f, int class, bool by_values, struct aisp_slice reason,
		   struct aisp_err *err)
{
	f->sure |= 1u << class;
	aisp_buf_clear(&x->note);
	aisp_buf_printf(&x->note, "%s: %.*s", class_name(class), AISP_FMT(reason));
	return evidence(x, x->columns[column], by_values ? AISP_CONF_OBSERVED : AISP_CONF_INFERRED, by_values ? "sample" : "attname", err);
}

static int set_rows(struct aisp_pgc_emit *x, uint32_t table, uint64_t rows, struct aisp_err *err)
{
	return aisp_graph_set_int(x->c->graph, x->tables[table], x->c->source, "sampled_rows", (int64_t)rows, err);
}

/* ---- Verdicts on sampled values. The row with number 0 says how many rows of the table were looked at ---- */

static int one_verdict(struct aisp_pgc_emit *x, uint32_t row, struct found *found, struct aisp_err *err)
{
	const struct aisp_pgc_rowset *rs = &x->cap->rows[AISP_PGC_Q_personal];
	uint32_t table, column;
	uint64_t looked_at = 0, matched = 0;
	int r = aisp_pgc_sampled_column(x, AISP_PGC_Q_personal, row, &table, &column, err);
	if (r < 0)
		return r;
	if (!aisp_slice_u64(aisp_pgc_cell(rs, row, 7), &looked_at) || !aisp_slice_u64(aisp_pgc_cell(rs, row, 8), &matched) ||
	    looked_at > UINT32_MAX || matched > looked_at)
		return bad_number(AISP_PGC_Q_personal, row, err);
	if (table && aisp_slice_eqz(aisp_pgc_cell(rs, row, 1), "0"))
		return set_rows(x, table, looked_at, err);
	if (!column)
		return AISP_OK;
	int class = class_of(aisp_pgc_cell(rs, row, 2));
	struct aisp_slice certainty = aisp_pgc_cell(rs, row, 4);
	found[column].looked_at = true;
	if (class < 0)
		return AISP_OK;
	if (aisp_slice_eqz(certainty, "likely") || aisp_slice_eqz(certainty, "sure"))
		return believe(x, column, &found[column], class, aisp_slice_eqz(aisp_pgc_cell(rs, row, 6), "t"),
			       aisp_pgc_cell(rs, row, 9), err);
	/* a name that the values speak against does not count */
	if (aisp_slice_eqz(aisp_pgc_cell(rs, row, 5), "t") && matched * 2 >= looked_at)
		found[column].weak |= 1u << class;
	return AISP_OK;
}

/* Older captures: counts by class. In how many of a hundred values a class must show before we believe it. */
static uint64_t share_of(int class)
{
	switch (class) {
	case AISP_PERSONAL_EMAIL:
	case AISP_PERSONAL_CREDENTIAL:
		return 5;
	case AISP_PERSONAL_BANK_ACCOUNT:
		return 20;
	case AISP_PERSONAL_IP_ADDRESS:
	case FREE_TEXT:
		return 30;
	default:
		return 50;
	}
}

static int one_count(struct aisp_pgc_emit *x, uint32_t row, struct found *found, struct aisp_err *err)
{
	const struct aisp_pgc_rowset *rs = &x->cap->rows[AISP_PGC_Q_sample];
	uint32_t table, column;
	uint64_t rows = 0, values = 0, hits = 0;
	int r = aisp_pgc_sampled_column(x, AISP_PGC_Q_sample, row, &table, &column, err);
	if (r < 0)
		return r;
	if (!aisp_slice_u64(aisp_pgc_cell(rs, row, 2), &rows) || !aisp_slice_u64(aisp_pgc_cell(rs, row, 3), &values) ||
	    !aisp_slice_u64(aisp_pgc_cell(rs, row, 5), &hits) || rows > UINT32_MAX || hits > UINT32_MAX || values > UINT32_MAX)
		return bad_number(AISP_PGC_Q_sample, row, err);
	if (table && aisp_slice_eqz(aisp_pgc_cell(rs, row, 1), "0"))
		return set_rows(x, table, rows, err);
	int class = class_of(aisp_pgc_cell(rs, row, 4));
	if (!column || class < 0 || values == 0 || hits * 100 < values * share_of(class))
		return AISP_OK;
	aisp_buf_clear(&x->text);
	aisp_buf_printf(&x->text, "%llu of %llu sampled values look like it", (unsigned long long)hits, (unsigned long long)values);
	return believe(x, column, &found[column], class, true, aisp_buf_slice(&x->text), err);
}

static int one_secret(struct aisp_pgc_emit *x, uint32_t row, struct found *found, struct aisp_err *err)
{
	uint32_t column = 0;
	int r = aisp_pgc_emit_secret(x, row, &column, err);
	if (r < 0 || !column)
		return r;
	aisp_buf_clear(&x->text);
	aisp_buf_printf(&x->text, "a sampled value is found by the rule %.*s", AISP_FMT(aisp_pgc_cell(&x->cap->rows[AISP_PGC_Q_secrets], row, 2)));
	return believe(x, column, &found[column], AISP_PERSONAL_CREDENTIAL, true, aisp_buf_slice(&x->text), err);
}

/* ---- Names ---- */

static int by_name(struct aisp_pgc_emit *x, uint32_t table, uint32_t column, struct found *f, struct aisp_err *err)
{
	enum { MAX_VERDICTS = 8 };
	const struct aisp_pg_column *c = &x->m->columns.v[column];
	const struct aisp_personal_column in = {.table = x->m->tables.v[table].name, .name = c->name, .type = c->type};
	struct aisp_personal_verdict v[MAX_VERDICTS];
	size_t n = f->looked_at ? 0 : aisp_personal_column(&in, v, MAX_VERDICTS);
	int r = AISP_OK;
	for (size_t i = 0; r == AISP_OK && i < n; i++)
		if (v[i].certainty >= AISP_PERSONAL_LIKELY)
			r = believe(x, column, f, (int)v[i].cls, false, aisp_slice_z(v[i].reason), err);
		else
			f->weak |= 1u << v[i].cls;
	if (r == AISP_OK && aisp_pgc_names_free_text(c->name, c->type))
		r = believe(x, column, f, FREE_TEXT, false, AISP_S("the name of the column suggests it"), err);
	return r;
}

static int set_classes(struct aisp_pgc_emit *x, aisp_node n, unsigned classes, struct aisp_err *err)
{
	enum aisp_sensitivity highest = AISP_SENS_UNKNOWN;
	int r = AISP_OK;
	for (int c = 0; r == AISP_OK && c < N_CLASSES; c++) {
		if (!(classes >> c & 1))
			continue;
		if (class_sensitivity(c) > highest)
			highest = class_sensitivity(c);
		r = aisp_graph_add_item(x->c->graph, n, x->c->source, "data_classes", aisp_slice_z(class_name(c)), err);
	}
	if (r == AISP_OK && highest)
		r = aisp_graph_set_str(x->c->graph, n, x->c->source, "sensitivity",
				       aisp_slice_z(aisp_sensitivity_name(highest)), err);
	return r;
}

static int weak_names(struct aisp_pgc_emit *x, uint32_t column, struct found *f, struct aisp_err *err)
{
	int r = AISP_OK;
	for (int c = 0; r == AISP_OK && c < N_CLASSES; c++)
		if ((f->weak & ~f->sure) >> c & 1)
			r = believe(x, column, f, c, false,
				    AISP_S("the name of the column may mean it, and other columns hold personal data"), err);
	return r;
}

static int one_table(struct aisp_pgc_emit *x, uint32_t table, struct found *found, struct aisp_err *err)
{
	const struct aisp_pg_table *t = &x->m->tables.v[table];
	const uint32_t end = t->col_at + t->col_n;
	unsigned all = 0;
	int r = AISP_OK;
	for (uint32_t c = t->col_at; r == AISP_OK && c < end; c++) {
		r = by_name(x, table, c, &found[c], err);
		all |= found[c].sure;
	}
	const bool about_a_person = all & of_a_person;
	for (uint32_t c = t->col_at; r == AISP_OK && c < end; c++) {
		if (about_a_person)
			r = weak_names(x, c, &found[c], err);
		if (r == AISP_OK)
			r = set_classes(x, x->columns[c], found[c].sure, err);
		all |= found[c].sure;
	}
	return r == AISP_OK ? set_classes(x, x->tables[table], all, err) : r;
}

int aisp_pgc_emit_personal(struct aisp_pgc_emit *x, struct aisp_err *err)
{
	static const struct {
		enum aisp_pgc_query q;
		int (*row)(struct aisp_pgc_emit *, uint32_t, struct found *, struct aisp_err *);
	} sets[] = {{AISP_PGC_Q_sample, one_count}, {AISP_PGC_Q_personal, one_verdict}, {AISP_PGC_Q_secrets, one_secret}};
	struct found *found AISP_AUTOFREE = aisp_mem_zalloc(x->m->columns.n, sizeof *found);
	if (!found)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for data classes");
	int r = AISP_OK;
	for (size_t s = 0; s < sizeof sets / sizeof *sets; s++)
		for (uint32_t i = 0; r == AISP_OK && i < x->cap->rows[sets[s].q].n_rows; i++)
			r = sets[s].row(x, i, found, err);
	for (uint32_t t = 1; r == AISP_OK && t < x->m->tables.n; t++)
		if (x->tables[t])
			r = one_table(x, t, found, err);
	return r;
}
