/* The cheapest derivation of a fact (node, mode) for one actor: Knuth's generalisation of Dijkstra's algorithm to rules
 * with several premises (Inf. Proc. Letters 6:1, 1977). An edge costs 1, an inside rule nothing, two premises together
 * what both cost. Walks the snapshot itself, not the flow graph, so that every step names its edge and row.
 *
 * With `outside` (what each fact still has to pay at least) the same search becomes A*: only what can lie on a
 * derivation no longer than the best is visited (Klein and Manning, "A* parsing", 2003).
 */
#include "reach/explain_int.h"

/* The queue ----------------------------------------------------------------------------------------------------- */

int aisp_queue__put(struct aisp_queue *q, uint32_t key, uint32_t slot)
{
	unsigned b = key == q->last ? 0 : 32 - (unsigned)__builtin_clz(key ^ q->last);
	q->n++;
	return aisp_vec_push(&q->bucket[b], (struct aisp_item){key, slot});
}

bool aisp_queue__take(struct aisp_queue *q, struct aisp_item *ret, int *ret_rc)
{
	if (q->n == 0)
		return false;
	if (q->bucket[0].n == 0) {
		unsigned b = 1;
		while (q->bucket[b].n == 0)
			b++;
		size_t n = q->bucket[b].n;
		q->last = q->bucket[b].v[0].key;
		for (size_t i = 1; i < n; i++)
			q->last = q->bucket[b].v[i].key < q->last ? q->bucket[b].v[i].key : q->last;
		q->bucket[b].n = 0;
		q->n -= n;
		for (size_t i = 0; i < n; i++) /* each goes to a lower bucket, so v stays as it is */
			if (aisp_queue__put(q, q->bucket[b].v[i].key, q->bucket[b].v[i].slot) < 0)
				*ret_rc = AISP_E_NOMEM;
	}
	if (*ret_rc < 0)
		return false;
	*ret = q->bucket[0].v[--q->bucket[0].n];
	q->n--;
	return true;
}

void aisp_queue__reset(struct aisp_queue *q)
{
	for (unsigned i = 0; i < 33; i++)
		q->bucket[i].n = 0;
	q->n = 0;
	q->last = 0;
}

void aisp_queue__done(struct aisp_queue *q)
{
	for (unsigned i = 0; i < 33; i++)
		aisp_vec_done(&q->bucket[i]);
}

/* The ways ------------------------------------------------------------------------------------------------------ */

void aisp_ways__init(struct aisp_ways *w, const struct aisp_reach *r)
{
	memset(w, 0, sizeof *w);
	for (size_t i = 0; i < aisp_flow_row_count; i++) {
		const struct aisp_flow_row *row = &aisp_flow_rows[i];
		for (unsigned from = 0; from < AISP_NK; from++) {
			uint64_t to = r->schema.to[from][row->edge];
			if (to && !row->back)
				w->out[from][row->have] = true;
			for (; row->back && to; to &= to - 1)
				w->in[__builtin_ctzll(to)][row->have] = true;
		}
	}
	for (unsigned k = 0; k < AISP_NK; k++)
		for (unsigned m = 0; m < AISP_MK; m++)
			if (r->layout.off[k][m] != AISP_NOT_LAID)
				w->mode_at[k][r->layout.off[k][m]] = (uint8_t)m;
}

static aisp_node locate(const struct aisp_derive *d, uint32_t slot, enum aisp_mode *ret_mode)
{
	const struct aisp_layout *l = &d->r->layout;
	aisp_node n = aisp_slot__node(d->r, slot);
	unsigned k = d->r->kind_of[n];
	*ret_mode = d->ways->mode_at[k][slot - l->base[k] - (n - l->first[k]) * l->width[k]];
	return n;
}

static uint32_t sum(uint32_t a, uint32_t b)
{
	uint32_t x = a + b;
	return x < AISP_COST_MAX ? x : AISP_COST_MAX;
}

/* Forward ------------------------------------------------------------------------------------------------------- */

int aisp_derive__init(struct aisp_derive *d, struct aisp_err *err)
{
	d->facts = aisp_mem_zalloc((size_t)d->r->n_slots + 1, sizeof *d->facts);
	return d->facts ? AISP_OK : aisp_fail(err, AISP_E_NOMEM, "out of memory for an explanation over %u slots", d->r->n_slots);
}

void aisp_derive__done(struct aisp_derive *d)
{
	aisp_mem_free(d->facts);
	aisp_vec_done(&d->touched);
	aisp_queue__done(&d->queue);
}

static bool banned(const struct aisp_derive *d, aisp_edge e)
{
	for (size_t i = 0; i < d->n_banned; i++)
		if (d->banned[i] == e)
			return true;
	return false;
}

/* Sixty-four worlds, in each of which one edge is missing: in which of them does each fact hold? */
struct aisp_trial {
	const aisp_edge *edges;
	size_t n;
	uint64_t filter; /* bit (e mod 64) of the edges: most are none of them */
	const uint32_t *outside;
	uint64_t *worlds; /* by slot */
	uint8_t *waits;
	uint32_t at, with; /* the premises at hand; UINT32_MAX = no second one */
	AISP_VEC(uint32_t) queue;
};

static uint64_t world_without(const struct aisp_trial *t, aisp_edge e)
{
	if (e == 0 || !(t->filter >> (e & 63) & 1))
		return 0;
	for (size_t i = 0; i < t->n; i++)
		if (t->edges[i] == e)
			return (uint64_t)1 << i;
	return 0;
}

static int hold_in_worlds(struct aisp_derive *d, uint32_t slot, aisp_edge e)
{
	struct aisp_trial *t = d->trial;
	uint64_t worlds = t->at == UINT32_MAX ? UINT64_MAX : t->worlds[t->at];
	if (t->with != UINT32_MAX)
		worlds &= t->worlds[t->with];
	worlds &= ~world_without(t, e);
	if (d->facts[slot].state != 2 || t->outside[slot] == UINT32_MAX || (t->worlds[slot] | worlds) == t->worlds[slot])
		return AISP_OK;
	t->worlds[slot] |= worlds;
	if (t->waits[slot])
		return AISP_OK;
	t->waits[slot] = 1;
	return aisp_vec_push(&t->queue, slot);
}

/* A step gives the slot at this cost; the cheapest stays, among equals the one with the lowest edge, then row. */
static int offer(struct aisp_derive *d, uint32_t slot, const struct aisp_fact *x)
{
	struct aisp_fact *f = &d->facts[slot];
	if (d->trial)
		return hold_in_worlds(d, slot, x->edge);
	if (f->state == 2 || (d->outside && d->outside[slot] == UINT32_MAX))
		return AISP_OK;
	if (f->state == 0 && !aisp_bit(d->useful, slot))
		return AISP_OK;
	if (f->state == 1) {
		if (x->cost > f->cost)
			return AISP_OK;
		if (x->cost == f->cost) {
			if (x->edge < f->edge || (x->edge == f->edge && x->row < f->row))
				*f = *x;
			return AISP_OK;
		}
	} else if (aisp_vec_push(&d->touched, slot) < 0) {
		return AISP_E_NOMEM;
	}
	*f = *x;
	return aisp_queue__put(&d->queue, d->outside ? sum(x->cost, d->outside[slot]) : x->cost, slot);
}

static int offer_seed(void *ctx, aisp_node n, enum aisp_mode m, bool sure, uint16_t row, aisp_edge e)
{
	struct aisp_derive *d = ctx;
	uint32_t slot;
	if ((d->certain && !sure) || !aisp_slot(d->r, n, m, &slot) || (e && banned(d, e)))
		return AISP_OK;
	return offer(d, slot, &(struct aisp_fact){.edge = e, .row = row, .what = 0, .state = 1});
}

static int follow(struct aisp_derive *d, const struct aisp_link *l, bool back, enum aisp_mode have, uint32_t cost)
{
	const struct aisp_rules *rules = &d->r->rules;
	unsigned key = l->kind * 2u + back;
	uint32_t slot;
	if (d->certain && !l->sure)
		return AISP_OK;
	for (unsigned i = rules->flow_at[key]; i < rules->flow_at[key + 1]; i++) {
		const struct aisp_flow_row *row = &aisp_flow_rows[rules->flow[i]];
		if (row->have != have || !aisp_guard__edge(row->guard, l->executes) || banned(d, l->e))
			continue;
		if (!aisp_slot(d->r, back ? l->from : l->to, row->gain, &slot))
			continue;
		struct aisp_fact x = {.cost = sum(cost, 1), .edge = l->e, .row = rules->flow[i], .what = 1, .state = 1};
		if (offer(d, slot, &x) < 0)
			return AISP_E_NOMEM;
	}
	return AISP_OK;
}

/* Does the inside row hold at the node for this search? */
static bool row_applies(const struct aisp_derive *d, const struct aisp_inside_row *row, aisp_node n)
{
	return aisp_guard__node(row->guard, d->r->s->nodes[n].flags) && (!d->certain || aisp_guard__sure(row->guard));
}

static int conclude(struct aisp_derive *d, aisp_node n, enum aisp_mode m, uint32_t cost)
{
	const struct aisp_rules *rules = &d->r->rules;
	unsigned kind = d->r->kind_of[n];
	for (unsigned i = rules->inside_at[kind]; i < rules->inside_at[kind + 1]; i++) {
		const struct aisp_inside_row *row = &aisp_inside_rows[rules->inside[i]];
		uint32_t slot, other;
		struct aisp_fact x = {.cost = cost, .row = rules->inside[i], .what = 2, .state = 1};
		if ((row->have != m && row->with != (int)m) || !row_applies(d, row, n) || !aisp_slot(d->r, n, row->gain, &slot))
			continue;
		if (row->with >= 0 && row->with != (int)row->have) {
			enum aisp_mode second = row->have == m ? (enum aisp_mode)row->with : row->have;
			if (!aisp_slot(d->r, n, second, &other) || d->facts[other].state != 2)
				continue;
			x.cost = sum(cost, d->facts[other].cost);
			if (d->trial)
				d->trial->with = other;
		}
		int rc = offer(d, slot, &x);
		if (d->trial)
			d->trial->with = UINT32_MAX;
		if (rc < 0)
			return rc;
	}
	return AISP_OK;
}

static int expand(struct aisp_derive *d, uint32_t slot)
{
	enum aisp_mode m;
	aisp_node n = locate(d, slot, &m);
	unsigned k = d->r->kind_of[n];
	uint32_t cost = d->facts[slot].cost;
	struct aisp_link l;
	int rc = conclude(d, n, m, cost);
	if (d->ways->out[k][m])
		for (struct aisp_links c = aisp_links__of(d->r, n, false); rc == 0 && aisp_links__next(&c, &l);)
			rc = follow(d, &l, false, m, cost);
	if (d->ways->in[k][m])
		for (struct aisp_links c = aisp_links__of(d->r, n, true); rc == 0 && aisp_links__next(&c, &l);)
			rc = follow(d, &l, true, m, cost);
	return rc;
}

int aisp_derive__run(struct aisp_derive *d, uint32_t target)
{
	struct aisp_item x;
	for (size_t i = 0; i < d->touched.n; i++)
		d->facts[d->touched.v[i]] = (struct aisp_fact){0};
	d->touched.n = 0;
	aisp_queue__reset(&d->queue);
	int rc = aisp_seed__each(d->r, d->actor, offer_seed, d);
	while (rc == 0 && d->budget && aisp_queue__take(&d->queue, &x, &rc)) {
		if (d->facts[x.slot].state == 2)
			continue;
		d->budget--;
		d->facts[x.slot].state = 2;
		if (x.slot == target)
			return AISP_OK;
		rc = expand(d, x.slot);
	}
	return rc;
}

int aisp_derive__needed(struct aisp_derive *d, uint32_t target, const uint32_t *outside, const aisp_edge *edges, size_t n,
                        uint64_t *ret_needed)
{
	struct aisp_trial t = {.edges = edges, .n = n < 64 ? n : 64, .outside = outside, .at = UINT32_MAX, .with = UINT32_MAX};
	int rc = AISP_E_NOMEM;
	for (size_t i = 0; i < t.n; i++)
		t.filter |= (uint64_t)1 << (edges[i] & 63);
	t.worlds = aisp_mem_zalloc((size_t)d->r->n_slots + 1, sizeof *t.worlds);
	t.waits = aisp_mem_zalloc((size_t)d->r->n_slots + 1, 1);
	d->trial = &t;
	if (t.worlds && t.waits)
		rc = aisp_seed__each(d->r, d->actor, offer_seed, d);
	for (size_t i = 0; rc == 0 && i < t.queue.n; i++) {
		t.at = t.queue.v[i];
		t.waits[t.at] = 0;
		rc = expand(d, t.at);
	}
	if (rc == 0)
		*ret_needed = ~t.worlds[target] & (t.n == 64 ? UINT64_MAX : ((uint64_t)1 << t.n) - 1);
	d->trial = NULL;
	aisp_mem_free(t.worlds);
	aisp_mem_free(t.waits);
	aisp_vec_done(&t.queue);
	return rc;
}

/* Backward ------------------------------------------------------------------------------------------------------ */

struct outward {
	const struct aisp_derive *d;
	uint32_t *outside;
	struct aisp_queue queue;
};

static int pay(struct outward *o, aisp_node n, enum aisp_mode m, uint32_t cost)
{
	uint32_t slot;
	if (!aisp_slot(o->d->r, n, m, &slot) || o->d->facts[slot].state != 2 || o->outside[slot] <= cost)
		return AISP_OK;
	o->outside[slot] = cost;
	return aisp_queue__put(&o->queue, cost, slot);
}

/* The premises from which an edge gives `gain` at the node at hand. */
static int pay_link(struct outward *o, const struct aisp_link *l, bool back, enum aisp_mode gain, uint32_t cost)
{
	const struct aisp_rules *rules = &o->d->r->rules;
	unsigned key = l->kind * 2u + back;
	int rc = AISP_OK;
	if (o->d->certain && !l->sure)
		return AISP_OK;
	for (unsigned i = rules->flow_at[key]; rc == 0 && i < rules->flow_at[key + 1]; i++) {
		const struct aisp_flow_row *row = &aisp_flow_rows[rules->flow[i]];
		if (row->gain == gain && aisp_guard__edge(row->guard, l->executes))
			rc = pay(o, back ? l->to : l->from, row->have, sum(cost, 1));
	}
	return rc;
}

static int pay_inside(struct outward *o, aisp_node n, enum aisp_mode gain, uint32_t cost)
{
	const struct aisp_reach *r = o->d->r;
	unsigned kind = r->kind_of[n];
	int rc = AISP_OK;
	for (unsigned i = r->rules.inside_at[kind]; rc == 0 && i < r->rules.inside_at[kind + 1]; i++) {
		const struct aisp_inside_row *row = &aisp_inside_rows[r->rules.inside[i]];
		uint32_t a, b;
		if (row->gain != gain || !row_applies(o->d, row, n) || !aisp_slot(r, n, row->have, &a))
			continue;
		if (row->with < 0 || row->with == (int)row->have) {
			rc = pay(o, n, row->have, cost);
			continue;
		}
		const struct aisp_fact *facts = o->d->facts;
		if (!aisp_slot(r, n, (enum aisp_mode)row->with, &b) || facts[a].state != 2 || facts[b].state != 2)
			continue;
		rc = pay(o, n, row->have, sum(cost, facts[b].cost));
		if (rc == 0)
			rc = pay(o, n, (enum aisp_mode)row->with, sum(cost, facts[a].cost));
	}
	return rc;
}

int aisp_derive__outside(const struct aisp_derive *d, uint32_t target, uint32_t *outside)
{
	struct outward o = {.d = d, .outside = outside};
	struct aisp_item x;
	struct aisp_link l;
	enum aisp_mode m;
	int rc = AISP_OK;
	memset(outside, 0xff, (size_t)d->r->n_slots * sizeof *outside);
	outside[target] = 0;
	rc = aisp_queue__put(&o.queue, 0, target);
	while (rc == 0 && aisp_queue__take(&o.queue, &x, &rc)) {
		if (outside[x.slot] != x.key)
			continue;
		aisp_node n = locate(d, x.slot, &m);
		rc = pay_inside(&o, n, m, x.key);
		for (struct aisp_links c = aisp_links__of(d->r, n, true); rc == 0 && aisp_links__next(&c, &l);)
			rc = pay_link(&o, &l, false, m, x.key);
		for (struct aisp_links c = aisp_links__of(d->r, n, false); rc == 0 && aisp_links__next(&c, &l);)
			rc = pay_link(&o, &l, true, m, x.key);
	}
	aisp_queue__done(&o.queue);
	return rc;
}

/* Writing a derivation down --------------------------------------------------------------------------------------- */

struct frame {
	size_t begin, at; /* of the chain: begin … at-1 are still to be written, from the end */
	uint32_t branch;
};
struct writer {
	struct aisp_derive *d;
	AISP_VEC(struct aisp_hop) hops;
	AISP_VEC(uint32_t) chain; /* slots */
	AISP_VEC(struct frame) frames;
	uint32_t branches;
};

/* The step that gives a slot, without indices; and the slots of its premises, UINT32_MAX = none. */
static struct aisp_hop step(const struct aisp_derive *d, uint32_t slot, uint32_t *ret_first, uint32_t *ret_second)
{
	const struct aisp_fact *f = &d->facts[slot];
	enum aisp_mode m;
	aisp_node n = locate(d, slot, &m);
	struct aisp_hop h = {.edge = f->edge, .from = n, .to = n, .have = m, .gain = m, .row = f->row, .what = f->what, .prev = -1, .side = -1};
	*ret_first = *ret_second = UINT32_MAX;
	if (f->edge)
		h.conditional = !aisp_reach__link(d->r, f->edge).sure;
	if (f->what == 0) {
		h.from = f->row == UINT16_MAX ? n : d->actor->node;
		return h;
	}
	if (f->what == 1) {
		struct aisp_link l = aisp_reach__link(d->r, f->edge);
		h.from = aisp_flow_rows[f->row].back ? l.to : l.from;
		h.have = aisp_flow_rows[f->row].have;
	} else {
		const struct aisp_inside_row *row = &aisp_inside_rows[f->row];
		h.have = row->have;
		h.conditional = !aisp_guard__sure(row->guard);
		if (row->with >= 0 && row->with != (int)row->have)
			(void)aisp_slot(d->r, n, (enum aisp_mode)row->with, ret_second);
	}
	(void)aisp_slot(d->r, h.from, h.have, ret_first);
	return h;
}

/* Begins a line that ends in the slot: back along first premises to a seed or to what is already written. */
static int begin_line(struct writer *w, uint32_t slot, uint32_t branch)
{
	struct frame f = {.begin = w->chain.n, .branch = branch};
	uint32_t first = slot, second;
	while (first != UINT32_MAX && w->d->facts[first].hop == 0) {
		if (aisp_vec_push(&w->chain, first) < 0)
			return AISP_E_NOMEM;
		(void)step(w->d, first, &first, &second);
	}
	f.at = w->chain.n;
	return aisp_vec_push(&w->frames, f);
}

static int write_step(struct writer *w, uint32_t slot, uint32_t branch)
{
	uint32_t first, second;
	struct aisp_hop h = step(w->d, slot, &first, &second);
	h.branch = branch < UINT8_MAX ? (uint8_t)branch : UINT8_MAX;
	h.prev = first == UINT32_MAX ? -1 : (int32_t)w->d->facts[first].hop - 1;
	h.side = second == UINT32_MAX ? -1 : (int32_t)w->d->facts[second].hop - 1;
	w->d->facts[slot].hop = (uint32_t)w->hops.n + 1;
	return aisp_vec_push(&w->hops, h);
}

static int write_lines(struct writer *w, uint32_t target)
{
	int rc = begin_line(w, target, 0);
	while (rc == 0 && w->frames.n) {
		struct frame *f = &w->frames.v[w->frames.n - 1];
		if (f->at == f->begin) {
			w->chain.n = f->begin;
			w->frames.n--;
			continue;
		}
		uint32_t slot = w->chain.v[f->at - 1], first, second;
		(void)step(w->d, slot, &first, &second);
		if (second != UINT32_MAX && w->d->facts[second].hop == 0) {
			rc = begin_line(w, second, ++w->branches);
			continue;
		}
		f->at--;
		rc = write_step(w, slot, f->branch);
	}
	return rc;
}

static void forget_hops(struct writer *w)
{
	for (size_t i = 0; i < w->d->touched.n; i++)
		w->d->facts[w->d->touched.v[i]].hop = 0;
}

int aisp_derive__path(struct aisp_derive *d, uint32_t target, struct aisp_path *ret)
{
	struct writer w = {.d = d};
	int rc = write_lines(&w, target);
	forget_hops(&w);
	aisp_vec_done(&w.chain);
	aisp_vec_done(&w.frames);
	if (rc < 0) {
		aisp_vec_done(&w.hops);
		return rc;
	}
	struct aisp_path p = {.hops = w.hops.v, .n = w.hops.n, .weight = d->facts[target].cost, .certain = true,
	                      .confidence = AISP_CONF_OBSERVED};
	for (size_t i = 0; i < p.n; i++) {
		const struct aisp_hop *h = &p.hops[i];
		p.cost += h->what == 1;
		p.certain = p.certain && !h->conditional;
		if (h->edge && !(h->edge & AISP_HOP_ADDED) && d->r->s->edges[h->edge].confidence < p.confidence)
			p.confidence = d->r->s->edges[h->edge].confidence;
	}
	*ret = p;
	return AISP_OK;
}
