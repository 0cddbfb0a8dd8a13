/* Paths as drawings: see chain.h. A path has tens of hops, so simple searches are good enough. */
#include "show/chain.h"

void aisp_chain__done(struct aisp_chain *c)
{
	aisp_mem_free(c->stations);
	aisp_mem_free(c->arrows);
	aisp_mem_free(c->concluded);
	aisp_mem_free(c->at);
	*c = (struct aisp_chain){0};
}

static uint32_t new_station(struct aisp_chain *c, aisp_node node, uint32_t row)
{
	c->stations[c->n_stations] = (struct aisp_station){.node = node, .row = row, .alive = true};
	return (uint32_t)c->n_stations++;
}

static void new_arrow(struct aisp_chain *c, uint32_t from, uint32_t to, size_t hop)
{
	c->arrows[c->n_arrows++] = (struct aisp_arrow){from, to, (uint32_t)hop};
}

/* The station where `mode` on `node` was gained before hop `i`; where the node alone is known, there; else a new start.
 */
static uint32_t premise(struct aisp_chain *c, const struct aisp_path *p, size_t i, aisp_node node, enum aisp_mode mode)
{
	for (size_t j = i; j-- > 0;)
		if (p->hops[j].to == node && p->hops[j].gain == mode)
			return c->at[j];
	for (size_t j = i; j-- > 0;)
		if (p->hops[j].to == node)
			return c->at[j];
	return new_station(c, node, p->hops[i].branch);
}

/* Lets the arrows of `gone` arrive at `kept`: two facts about the same thing meet. */
static void merge(struct aisp_chain *c, size_t n_hops, uint32_t kept, uint32_t gone)
{
	if (c->stations[gone].row < c->stations[kept].row)
		c->stations[kept].row = c->stations[gone].row;
	c->stations[gone].alive = false;
	for (size_t a = 0; a < c->n_arrows; a++) {
		if (c->arrows[a].to == gone)
			c->arrows[a].to = kept;
		if (c->arrows[a].from == gone)
			c->arrows[a].from = kept;
	}
	for (size_t j = 0; j < n_hops; j++)
		if (c->at[j] == gone)
			c->at[j] = kept;
}

static uint32_t add_seed(struct aisp_chain *c, const struct aisp_path *p, size_t i)
{
	const struct aisp_hop *h = &p->hops[i];
	uint32_t start = UINT32_MAX;

	for (size_t j = i; j-- > 0 && start == UINT32_MAX;)
		if (p->hops[j].to == h->from && p->hops[j].what == 0)
			start = c->at[j];
	if (start == UINT32_MAX)
		start = new_station(c, h->from, h->branch);
	if (h->from == h->to)
		return start;
	uint32_t there = new_station(c, h->to, h->branch);

	new_arrow(c, start, there, i);
	return there;
}

static uint32_t add_edge(struct aisp_chain *c, const struct aisp_path *p, size_t i)
{
	uint32_t from = premise(c, p, i, p->hops[i].from, p->hops[i].have);
	uint32_t to = new_station(c, p->hops[i].to, p->hops[i].branch);

	new_arrow(c, from, to, i);
	return to;
}

static uint32_t add_inside(struct aisp_chain *c, const struct aisp_path *p, size_t i)
{
	const struct aisp_hop *h = &p->hops[i];
	uint32_t here = premise(c, p, i, h->to, h->have);

	if (h->side >= 0 && (size_t)h->side < i) {
		uint32_t other = c->at[h->side];

		if (other != here && c->stations[other].node == h->to)
			merge(c, i, here, other);
	}
	return here;
}

/* Columns by relaxing; a circle (which an explanation does not have) ends it after n rounds. */
static void set_columns(struct aisp_chain *c)
{
	bool changed = true;

	for (size_t round = 0; changed && round <= c->n_stations; round++) {
		changed = false;
		for (size_t a = 0; a < c->n_arrows; a++) {
			uint32_t want = c->stations[c->arrows[a].from].column + 1;

			if (c->stations[c->arrows[a].to].column < want && want < c->n_stations) {
				c->stations[c->arrows[a].to].column = want;
				changed = true;
			}
		}
	}
}

/* A start or part of a side branch stands right before what it leads to, not far away at the left. */
static void pull_right(struct aisp_chain *c)
{
	for (size_t i = c->n_stations; i-- > 0;) {
		struct aisp_station *st = &c->stations[i];
		uint32_t nearest = UINT32_MAX;

		for (size_t a = 0; a < c->n_arrows; a++)
			if (c->arrows[a].from == i && c->stations[c->arrows[a].to].column < nearest)
				nearest = c->stations[c->arrows[a].to].column;
		if (st->alive && st->row > 0 && nearest != UINT32_MAX && nearest > st->column + 1)
			st->column = nearest - 1;
	}
}

static void number_rows(struct aisp_chain *c)
{
	uint32_t next = 0;

	for (uint32_t row = 0; row <= UINT8_MAX; row++) {
		bool used = false;

		for (size_t i = 0; i < c->n_stations; i++)
			if (c->stations[i].alive && c->stations[i].row == row) {
				c->stations[i].row = next;
				used = true;
			}
		next += used;
	}
	c->n_rows = next;
}

/* The main line first, then branch by branch; within each as they were derived. */
static void sort_arrows(struct aisp_chain *c, const struct aisp_path *p)
{
	for (size_t i = 1; i < c->n_arrows; i++)
		for (size_t j = i; j > 0 && p->hops[c->arrows[j].hop].branch < p->hops[c->arrows[j - 1].hop].branch;
		     j--) {
			struct aisp_arrow swap = c->arrows[j];

			c->arrows[j] = c->arrows[j - 1];
			c->arrows[j - 1] = swap;
		}
}

static void finish(struct aisp_chain *c, const struct aisp_path *p)
{
	sort_arrows(c, p);
	for (size_t a = 0; a < c->n_arrows; a++) {
		c->stations[c->arrows[a].from].n_out++;
		c->stations[c->arrows[a].to].n_in++;
	}
	set_columns(c);
	pull_right(c);
	number_rows(c);
	for (uint32_t st = 0; st < c->n_stations; st++) {
		c->stations[st].first = (uint32_t)c->n_concluded;
		for (uint32_t i = 0; i < p->n; i++)
			if (p->hops[i].what == 2 && c->at[i] == st)
				c->concluded[c->n_concluded++] = i;
		c->stations[st].n_concluded = (uint32_t)c->n_concluded - c->stations[st].first;
		if (c->stations[st].alive && c->stations[st].column + 1 > c->n_columns)
			c->n_columns = c->stations[st].column + 1;
	}
}

int aisp_chain__make(const struct aisp_path *path, struct aisp_chain *ret_chain, struct aisp_err *err)
{
	size_t n = path->n ? path->n : 1;
	struct aisp_chain c = {.stations = aisp_mem_zalloc(2 * n, sizeof *c.stations),
			       .arrows = aisp_mem_zalloc(n, sizeof *c.arrows),
			       .concluded = aisp_mem_zalloc(n, sizeof *c.concluded),
			       .at = aisp_mem_zalloc(n, sizeof *c.at)};

	if (!c.stations || !c.arrows || !c.concluded || !c.at) {
		aisp_chain__done(&c);
		return aisp_fail(err, AISP_E_NOMEM, "out of memory: drawing a path of %zu hops", path->n);
	}
	for (size_t i = 0; i < path->n; i++) {
		unsigned what = path->hops[i].what;

		c.at[i] = what == 0   ? add_seed(&c, path, i)
			  : what == 1 ? add_edge(&c, path, i)
				      : add_inside(&c, path, i);
	}
	finish(&c, path);
	*ret_chain = c;
	return AISP_OK;
}

bool aisp_chain__is_last_arrival(const struct aisp_chain *c, size_t arrow)
{
	for (size_t a = arrow + 1; a < c->n_arrows; a++)
		if (c->arrows[a].to == c->arrows[arrow].to)
			return false;
	return true;
}

void aisp_chain__conclusions(const struct aisp_chain *c, const struct aisp_path *path, uint32_t station,
			     struct aisp_buf *out)
{
	const struct aisp_station *st = &c->stations[station];

	for (uint32_t i = 0; i < st->n_concluded; i++) {
		aisp_buf_putz(out, out->n ? " ⇒ " : "⇒ ");
		aisp_buf_putz(out, aisp_mode_name(path->hops[c->concluded[st->first + i]].gain));
	}
}

void aisp_chain__modes(const struct aisp_chain *c, const struct aisp_path *path, size_t arrow, struct aisp_buf *out)
{
	aisp_buf_putz(out, aisp_mode_name(path->hops[c->arrows[arrow].hop].gain));
	if (aisp_chain__is_last_arrival(c, arrow))
		aisp_chain__conclusions(c, path, c->arrows[arrow].to, out);
}
