/* The master problem of the implicit hitting set, by COIN-OR CBC. */
#include "reach/cut_int.h"
#include <coin/Cbc_C_Interface.h>
#include <math.h>
#include <stdio.h>

static int nomem(struct aisp_err *err)
{
	return aisp_fail(err, AISP_E_NOMEM, "out of memory while solving for the smallest change");
}

void aisp_cut__master_done(struct cut_master *m)
{
	aisp_vec_done(&m->items);
	aisp_vec_done(&m->clauses);
	aisp_vec_done(&m->loss_items);
	aisp_vec_done(&m->losses);
	aisp_vec_done(&m->loss_use);
	aisp_mem_free(m->paid);
}

/* Columns: one for each control in use, for each term with several alternatives, and for each use that can be lost. */
struct columns {
	int *control, *term, *use; /* -1: none yet */
	int n;
	AISP_VEC(int) index;
	AISP_VEC(double) value;
};

static int column(Cbc_Model *m, struct columns *c, int *at, double price)
{
	if (*at < 0) {
		Cbc_addCol(m, "x", 0, isfinite(price) ? 1 : 0, isfinite(price) ? price : 0, 1, 0, NULL, NULL);
		*at = c->n++;
	}
	return *at;
}

static int put(struct columns *c, int index, double value)
{
	return aisp_vec_push(&c->index, index) < 0 || aisp_vec_push(&c->value, value) < 0 ? AISP_E_NOMEM : 0;
}

static void row(Cbc_Model *m, struct columns *c, char sense, double rhs)
{
	Cbc_addRow(m, "r", (int)c->index.n, c->index.v, c->value.v, sense, rhs);
	c->index.n = c->value.n = 0;
}

/* The column that is 1 when the term falls. */
static int term_column(const struct cut_graph *g, Cbc_Model *m, struct columns *c, uint32_t term, int *ret)
{
	const struct cut_range t = g->terms.v[term];
	const uint32_t first = g->alternatives.v[t.at];
	if (t.n == 1) {
		*ret = column(m, c, &c->control[first], g->prices.v[first]);
		return 0;
	}
	const bool fresh = c->term[term] < 0;
	*ret = column(m, c, &c->term[term], 0);
	for (uint32_t i = 0; fresh && i < t.n; i++) {
		const uint32_t a = g->alternatives.v[t.at + i];
		const int x = column(m, c, &c->control[a], g->prices.v[a]);
		if (put(c, *ret, 1) < 0 || put(c, x, -1) < 0)
			return AISP_E_NOMEM;
		row(m, c, 'L', 0);
	}
	return 0;
}

/* Two terms may be the same control. */
static bool has(const int *v, size_t n, int x)
{
	for (size_t i = 0; i < n; i++)
		if (v[i] == x)
			return true;
	return false;
}

static int add_clauses(const struct cut_graph *g, const struct cut_master *m, Cbc_Model *model, struct columns *c)
{
	AISP_VEC(int) cols = {0};
	int r = 0;
	for (size_t i = 0; r == 0 && i < m->clauses.n; i++) {
		cols.n = 0;
		for (uint32_t k = 0; r == 0 && k < m->clauses.v[i].n; k++) {
			int x;
			r = term_column(g, model, c, m->items.v[m->clauses.v[i].at + k], &x);
			if (r == 0 && !has(cols.v, cols.n, x))
				r = aisp_vec_push(&cols, x);
		}
		for (size_t k = 0; r == 0 && k < cols.n; k++)
			r = put(c, cols.v[k], 1);
		if (r == 0)
			row(model, c, 'G', 1);
	}
	aisp_vec_done(&cols);
	return r;
}

static int add_losses(const struct cut_graph *g, const struct cut_master *m, const struct aisp_cut_in *in, Cbc_Model *model, struct columns *c)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < m->losses.n; i++) {
		const uint32_t k = m->loss_use.v[i];
		const int z = column(model, c, &c->use[k], in->keep[k].price);
		for (uint32_t j = 0; r == 0 && j < m->losses.v[i].n; j++) {
			const uint32_t a = m->loss_items.v[m->losses.v[i].at + j];
			r = put(c, column(model, c, &c->control[a], g->prices.v[a]), 1);
		}
		if (r == 0)
			r = put(c, z, -1);
		if (r == 0)
			row(model, c, 'L', (double)m->losses.v[i].n - 1);
	}
	return r;
}

static void read_solution(const struct cut_graph *g, struct cut_master *m, const struct aisp_cut_in *in, Cbc_Model *model, const struct columns *c, struct cut_world *w)
{
	const double *x = Cbc_bestSolution(model);
	m->feasible = x != NULL || c->n == 0;
	m->optimal = c->n == 0 || Cbc_isProvenOptimal(model);
	for (size_t i = 0; i < g->controls.n; i++)
		w->taken[i] = x && c->control[i] >= 0 && x[c->control[i]] > 0.5;
	for (size_t k = 0; k < in->n_keep; k++)
		m->paid[k] = x && c->use[k] >= 0 && x[c->use[k]] > 0.5;
	m->value = x ? Cbc_getObjValue(model) : 0;
	m->bound = c->n == 0 ? 0 : m->optimal ? m->value : Cbc_getBestPossibleObjValue(model);
}

int aisp_cut__solve(const struct cut_graph *g, struct cut_master *m, const struct aisp_cut_in *in, struct cut_world *w, uint64_t max_ms, struct aisp_err *err)
{
	struct columns c = {0};
	char seconds[32];
	int r = AISP_E_NOMEM;
	Cbc_Model *model = Cbc_newModel();
	c.control = aisp_mem_alloc((g->controls.n + 1) * sizeof *c.control);
	c.term = aisp_mem_alloc((g->terms.n + 1) * sizeof *c.term);
	c.use = aisp_mem_alloc((in->n_keep + 1) * sizeof *c.use);
	if (!m->paid)
		m->paid = aisp_mem_zalloc(in->n_keep + 1, 1);
	if (model && c.control && c.term && c.use && m->paid) {
		memset(c.control, 0xff, (g->controls.n + 1) * sizeof *c.control);
		memset(c.term, 0xff, (g->terms.n + 1) * sizeof *c.term);
		memset(c.use, 0xff, (in->n_keep + 1) * sizeof *c.use);
		r = add_clauses(g, m, model, &c);
		if (r == 0)
			r = add_losses(g, m, in, model, &c);
	}
	if (r == 0 && c.n) {
		snprintf(seconds, sizeof seconds, "%.3f", (double)(max_ms ? max_ms : 1) / 1000);
		Cbc_setLogLevel(model, 0);
		Cbc_setParameter(model, "seconds", seconds);
		Cbc_setParameter(model, "threads", "0");
		Cbc_solve(model);
	}
	if (r == 0)
		read_solution(g, m, in, model, &c, w);
	if (model)
		Cbc_deleteModel(model);
	aisp_mem_free(c.control);
	aisp_mem_free(c.term);
	aisp_mem_free(c.use);
	aisp_vec_done(&c.index);
	aisp_vec_done(&c.value);
	return r < 0 ? nomem(err) : 0;
}
