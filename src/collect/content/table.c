/* Tables in files: what their columns hold, and secrets among the sampled values. */
#include "collect/content/content_int.h"

static int look_at_column(struct aisp_content__run *run, const struct aisp_tabular_table *t, const struct aisp_tabular_column *c)
{
	const struct aisp_personal_column in = {.table = t->name, .name = c->name, .type = c->type, .values = c->values, .n_values = c->n_values};
	struct aisp_personal_verdict found[4];
	size_t n = aisp_personal_column(&in, found, 4);

	for (size_t i = 0; i < n; i++) {
		struct aisp_content_column out = {aisp_arena_dup(run->a, t->name), aisp_arena_dup(run->a, c->name), found[i]};
		if (!out.column.p || aisp_vec_push(&run->columns, out) < 0)
			return AISP_E_NOMEM;
	}
	return 0;
}

/* The sampled values as text, "name: value" a line, so that context counts. */
static int secrets_of_column(struct aisp_content__run *run, const struct aisp_tabular_table *t, const struct aisp_tabular_column *c)
{
	struct aisp_buf *b = &run->w->plain;
	struct aisp_slice inner = run->inner;
	int r;

	aisp_buf_clear(b);
	for (size_t i = 0; i < c->n_values; i++) {
		if (c->values[i].n < 8)
			continue;
		aisp_buf_put(b, c->name);
		aisp_buf_putz(b, ": ");
		aisp_buf_put(b, c->values[i]);
		aisp_buf_putc(b, '\n');
	}
	if (b->n == 0 || b->bad)
		return 0;
	run->inner = aisp_arena_printf(run->a, "%.*s%s%.*s%s%.*s", AISP_FMT(inner), inner.n ? "!" : "", AISP_FMT(t->name), t->name.n ? "." : "",
	                               AISP_FMT(c->name));
	if (!run->inner.p)
		return AISP_E_NOMEM;
	size_t before = run->secrets.n;
	r = aisp_content__text(run, aisp_buf_slice(b), AISP_CONTENT_SECRETS);
	for (size_t i = before; i < run->secrets.n; i++) /* lines of the sample mean nothing in the file */
		run->secrets.v[i].line = run->secrets.v[i].end_line = run->secrets.v[i].column = 0;
	run->inner = inner;
	return r;
}

static int look_at_tables(struct aisp_content__run *run, const struct aisp_tabular *t, bool text)
{
	const unsigned what = run->c->what;
	int r = 0;

	for (size_t i = 0; r == 0 && i < t->n_tables; i++)
		for (size_t j = 0; r == 0 && j < t->tables[i].n_columns; j++) {
			const struct aisp_tabular_column *c = &t->tables[i].columns[j];
			if (what & AISP_CONTENT_PERSONAL)
				r = look_at_column(run, &t->tables[i], c);
			if (r == 0 && !text && what & AISP_CONTENT_SECRETS && run->c->secrets)
				r = secrets_of_column(run, &t->tables[i], c);
		}
	if (r == 0 && run->depth == 0) {
		run->report.form = t->form;
		run->report.sampling = aisp_arena_dup(run->a, t->sampling);
	}
	return r == 0 && t->partial.n ? aisp_content__partial(run, "%.*s", AISP_FMT(t->partial)) : r;
}

int aisp_content__table(struct aisp_content__run *run, const struct aisp_input *in, enum aisp_tabular_form form)
{
	bool text = form == AISP_TABULAR_CSV || form == AISP_TABULAR_JSON || form == AISP_TABULAR_JSONL;
	struct aisp_arena *a = aisp_arena_new((size_t)512 << 20); /* sampled values: not kept */
	const struct aisp_tabular *t = NULL;
	struct aisp_err err = {0};
	int r = a ? aisp_tabular_read(in, form, NULL, a, &t, &err) : AISP_E_NOMEM;

	if (r == AISP_E_NOMEM && a && aisp_arena_full(a)) /* more than one table may take is no lack of memory */
		r = aisp_fail(&err, AISP_E_LIMIT, "its sample needs too much memory");
	if (r == 0)
		r = look_at_tables(run, t, text);
	else if (r != AISP_E_NOMEM) /* a text that is no table after all is looked at as text */
		r = text ? 0 : aisp_content__partial(run, "%s: %s", aisp_tabular_form_name(form), err.msg);
	aisp_arena_free(a);
	return r;
}
