/* Condensing: slots that certainly hold for the same actors become one component, and components are numbered so that
 * nearly every entry leads upwards: one sweep from low to high numbers is the fixpoint.
 *
 * Two levels of strongly connected components (Tarjan 1972):
 *   outer   over all entries: what depends on one another in any way. Gives the order.
 *   inner   inside an outer one, over plain certain entries only: these slots are equal in both certainties. Merged.
 * An outer component that is not one inner component is a loop: gates or possible-only entries close its cycles, and it
 * is swept until it is stable. Slots that give nothing come last and are never walked.
 *
 *   order   | group 1: slot slot | group 2: slot | …    topological; AISP_ENTRY_POSSIBLE marks a group's first slot
 */
#include "base/task.h"
#include "reach/reach_int.h"

#define FIRST 0x80000000u
enum { PARTS = 32 };

struct frame {
	uint32_t slot, next, low;
};
struct tarjan {
	const struct aisp_slots *s;
	const uint64_t *gives; /* bit a slot: has entries */
	uint32_t *seen;        /* 0 new, UINT32_MAX done, else number on the way */
	const uint32_t *group; /* inner: outer group by slot; NULL for outer */
	struct frame *frames;
	uint32_t *space;       /* the stack grows from the left, the finished groups from the right */
	uint32_t n_stack, finished_at, count;
};

static void enter(struct tarjan *t, uint32_t depth, uint32_t slot)
{
	t->seen[slot] = ++t->count;
	t->space[t->n_stack++] = slot;
	t->frames[depth] = (struct frame){slot, t->s->at[slot], t->count};
	for (uint32_t i = t->s->at[slot]; i < t->s->at[slot + 1] && i < t->s->at[slot] + 8; i++)
		__builtin_prefetch(&t->seen[t->s->to[i] & AISP_ENTRY_INDEX]);
}

/* The slot's component is complete: moves it to the finished ones. */
static void finish(struct tarjan *t, uint32_t slot)
{
	uint32_t x;
	do {
		x = t->space[--t->n_stack];
		t->seen[x] = UINT32_MAX;
		t->space[--t->finished_at] = x;
	} while (x != slot);
	t->space[t->finished_at] |= FIRST;
}

/* The next slot that the entry leads to and that is to be walked. */
static bool follow(const struct tarjan *t, uint32_t slot, uint32_t entry, uint32_t *ret_to)
{
	if (t->group && (entry & ~AISP_ENTRY_INDEX))
		return false;
	uint32_t to = entry & AISP_ENTRY_GATE ? t->s->gates[entry & AISP_ENTRY_INDEX].out : entry & AISP_ENTRY_INDEX;
	*ret_to = to;
	return t->group ? t->group[to] == t->group[slot] : aisp_bit(t->gives, to);
}

static void walk(struct tarjan *t, uint32_t root)
{
	uint32_t depth = 0, to;
	enter(t, 0, root);
	for (;;) {
		struct frame *f = &t->frames[depth];
		bool down = false;
		while (f->next < t->s->at[f->slot + 1]) {
			if (!follow(t, f->slot, t->s->to[f->next++], &to))
				continue;
			if (t->seen[to] == 0) {
				down = true;
				break;
			}
			if (t->seen[to] < f->low)
				f->low = t->seen[to];
		}
		if (down) {
			enter(t, ++depth, to);
			continue;
		}
		uint32_t low = f->low;
		if (low == t->seen[f->slot])
			finish(t, f->slot);
		if (depth == 0)
			return;
		if (low < t->frames[--depth].low)
			t->frames[depth].low = low;
	}
}

struct condense {
	struct aisp_slots *s;
	struct aisp_flow f;
	uint64_t *gives;
	uint32_t *seen, *space, *comp_of;
	uint32_t *order; /* in space */
	struct frame *frames;
	uint32_t n_order;
	AISP_VEC(struct aisp_loop) loops; /* as stretches of `order` first, then of components */
};

static int prepare(struct condense *c)
{
	size_t n = (size_t)c->s->n + 1;
	c->gives = aisp_mem_zalloc(n / 64 + 1, sizeof *c->gives);
	c->seen = aisp_mem_zalloc(n, sizeof *c->seen);
	c->comp_of = aisp_mem_zalloc(n, sizeof *c->comp_of);
	if (!c->gives || !c->seen || !c->comp_of)
		return AISP_E_NOMEM;
	for (uint32_t i = 0; i < c->s->n; i++)
		if (c->s->at[i] != c->s->at[i + 1]) {
			aisp_bit_set(c->gives, i);
			c->n_order++;
		}
	c->space = aisp_mem_alloc(((size_t)c->n_order + 1) * sizeof *c->space);
	c->frames = aisp_mem_alloc(((size_t)c->n_order + 1) * sizeof *c->frames);
	return c->space && c->frames ? AISP_OK : AISP_E_NOMEM;
}

static void outer(struct condense *c)
{
	struct tarjan t = {c->s, c->gives, c->seen, NULL, c->frames, c->space, 0, c->n_order, 0};
	for (uint32_t i = 0; i < c->s->n; i++)
		if (aisp_bit(c->gives, i) && t.seen[i] == 0)
			walk(&t, i);
	c->order = c->space;
}

static uint32_t group_end(const uint32_t *order, uint32_t begin, uint32_t n)
{
	uint32_t end = begin + 1;
	while (end < n && !(order[end] & FIRST))
		end++;
	return end;
}

/* Splits one outer group of several slots into its inner groups, in place. */
static int inner(struct condense *c, uint32_t begin, uint32_t end)
{
	uint32_t n = end - begin;
	AISP_AUTOFREE uint32_t *space = aisp_mem_alloc((size_t)n * sizeof *space);
	AISP_AUTOFREE uint32_t *members = aisp_mem_alloc((size_t)n * sizeof *members);
	if (!space || !members)
		return AISP_E_NOMEM;
	struct tarjan t = {c->s, c->gives, c->seen, c->comp_of, c->frames, space, 0, n, 0};
	for (uint32_t i = 0; i < n; i++) {
		members[i] = c->order[begin + i] & ~FIRST;
		c->seen[members[i]] = 0;
		c->comp_of[members[i]] = begin + 1; /* unique: where the outer group begins */
	}
	for (uint32_t i = 0; i < n; i++)
		if (c->seen[members[i]] == 0)
			walk(&t, members[i]);
	memcpy(c->order + begin, space, (size_t)n * sizeof *space);
	if (group_end(space, 0, n) == n)
		return AISP_OK;
	return aisp_vec_push(&c->loops, (struct aisp_loop){begin, end});
}

static int inner_all(struct condense *c)
{
	for (uint32_t i = 0; i < c->n_order;) {
		uint32_t end = group_end(c->order, i, c->n_order);
		if (end - i > 1 && inner(c, i, end) < 0)
			return AISP_E_NOMEM;
		i = end;
	}
	return AISP_OK;
}

/* Numbers the components: groups in order, then the slots that give nothing, in slot order. */
static void number(struct condense *c)
{
	uint32_t id = UINT32_MAX; /* before 0 */
	size_t loop = 0;
	for (uint32_t i = 0; i < c->n_order; i++) {
		id += c->order[i] >> 31;
		c->comp_of[c->order[i] & ~FIRST] = id;
		if (loop < c->loops.n && c->loops.v[loop].begin == i)
			c->loops.v[loop].begin = id;
		if (loop < c->loops.n && c->loops.v[loop].end == i + 1)
			c->loops.v[loop++].end = id + 1;
	}
	c->f.n_core = id + 1;
	c->f.n = c->f.n_core;
	for (uint32_t i = 0; i < c->s->n; i++)
		if (!aisp_bit(c->gives, i))
			c->comp_of[i] = c->f.n++;
}

/* The components' lists, in parts that run at once ---------------------------------------------------------------- */

struct part {
	AISP_VEC(uint32_t) to;
	uint32_t begin, end; /* of order */
	size_t to_at;
	uint32_t *stamp; /* by component: the last one that has it in its list, + 1 */
};
struct job {
	struct condense *c;
	struct part parts[PARTS];
	unsigned n_parts;
	uint32_t **stamps; /* by worker */
};

/* A possible-only entry behind a certain one to the same component is left out; before one it does no harm. */
static int put(struct part *p, uint32_t to, uint32_t possible, uint32_t from)
{
	if (to == from || p->stamp[to] == from + 1)
		return AISP_OK;
	if (!possible)
		p->stamp[to] = from + 1;
	return aisp_vec_push(&p->to, to | possible);
}

/* Gates whose inputs became one component are plain entries; those that give back what they take are none. */
static int put_gate(const struct condense *c, struct part *p, uint32_t entry, uint32_t from)
{
	const struct aisp_gate *g = &c->s->gates[entry & AISP_ENTRY_INDEX];
	uint32_t a = c->comp_of[g->a], b = c->comp_of[g->b], out = c->comp_of[g->out];
	if (out == a || out == b)
		return AISP_OK;
	if (a == b)
		return put(p, out, entry & AISP_ENTRY_POSSIBLE, from);
	return aisp_vec_push(&p->to, entry);
}

/* Appends the list of one component, whose slots stand at [begin, end) of the order. */
static int list(const struct condense *c, struct part *p, uint32_t begin, uint32_t end)
{
	uint32_t from = c->comp_of[c->order[begin] & ~FIRST];
	int rc = AISP_OK;
	for (uint32_t i = begin; i < end; i++) {
		uint32_t slot = c->order[i] & ~FIRST;
		for (uint32_t k = c->s->at[slot]; rc == 0 && k < c->s->at[slot + 1]; k++) {
			uint32_t entry = c->s->to[k];
			if (entry & AISP_ENTRY_GATE)
				rc = put_gate(c, p, entry, from);
			else
				rc = put(p, c->comp_of[entry & AISP_ENTRY_INDEX], entry & AISP_ENTRY_POSSIBLE, from);
		}
	}
	return rc;
}

static int list_part(void *ctx, size_t i, unsigned worker)
{
	struct job *j = ctx;
	struct part *p = &j->parts[i];
	struct condense *c = j->c;
	if (!j->stamps[worker] && !(j->stamps[worker] = aisp_mem_zalloc((size_t)c->f.n + 1, sizeof(uint32_t))))
		return AISP_E_NOMEM;
	p->stamp = j->stamps[worker];
	for (uint32_t k = p->begin; k < p->end;) {
		uint32_t end = group_end(c->order, k, c->n_order);
		size_t before = p->to.n;
		if (list(c, p, k, end) < 0)
			return AISP_E_NOMEM;
		c->f.at[c->comp_of[c->order[k] & ~FIRST] + 1] = (uint32_t)(p->to.n - before);
		k = end;
	}
	return AISP_OK;
}

static int join_part(void *ctx, size_t i, unsigned worker)
{
	(void)worker;
	struct job *j = ctx;
	struct part *p = &j->parts[i];
	if (p->to.n)
		memcpy(j->c->f.to + p->to_at, p->to.v, p->to.n * sizeof *p->to.v);
	aisp_vec_done(&p->to);
	return AISP_OK;
}

static void split(struct job *j)
{
	const struct condense *c = j->c;
	uint32_t at = 0;
	for (unsigned i = 0; i < j->n_parts; i++) {
		j->parts[i].begin = at;
		uint32_t want = (uint32_t)((uint64_t)c->n_order * (i + 1) / j->n_parts);
		at = want <= at ? at : want >= c->n_order ? c->n_order : group_end(c->order, want - 1, c->n_order);
		j->parts[i].end = at;
	}
}

static int join(struct job *j, struct aisp_err *err)
{
	struct aisp_flow *f = &j->c->f;
	size_t n = 0;
	for (unsigned i = 0; i < j->n_parts; i++) {
		j->parts[i].to_at = n;
		n += j->parts[i].to.n;
	}
	f->to = aisp_mem_alloc((n + 1) * sizeof *f->to);
	if (!f->to)
		return AISP_E_NOMEM;
	for (uint32_t i = 0; i < f->n; i++)
		f->at[i + 1] += f->at[i];
	return aisp_reach__tasks(j->n_parts, join_part, j, err);
}

static int lists(struct condense *c, struct aisp_err *err)
{
	unsigned workers = aisp_task_workers();
	struct job j = {.c = c, .n_parts = c->n_order > AISP_SMALL_EDGES ? PARTS : 1};
	j.stamps = aisp_mem_zalloc(workers, sizeof *j.stamps);
	c->f.at = aisp_mem_zalloc((size_t)c->f.n + 1, sizeof *c->f.at);
	int rc = j.stamps && c->f.at ? AISP_OK : AISP_E_NOMEM;
	split(&j);
	if (rc == 0)
		rc = aisp_reach__tasks(j.n_parts, list_part, &j, err);
	if (rc == 0)
		rc = join(&j, err);
	for (unsigned i = 0; i < j.n_parts; i++)
		aisp_vec_done(&j.parts[i].to);
	for (unsigned i = 0; j.stamps && i < workers; i++)
		aisp_mem_free(j.stamps[i]);
	aisp_mem_free(j.stamps);
	return rc;
}

static void map_gates(struct condense *c)
{
	for (uint32_t i = 0; i < c->s->n_gates; i++) {
		struct aisp_gate *g = &c->s->gates[i];
		*g = (struct aisp_gate){c->comp_of[g->a], c->comp_of[g->b], c->comp_of[g->out]};
	}
	c->f.gates = AISP_TAKE(c->s->gates);
	c->f.n_gates = c->s->n_gates;
}

static void condense_done(struct condense *c)
{
	aisp_mem_free(c->gives);
	aisp_mem_free(c->seen);
	aisp_mem_free(c->space);
	aisp_mem_free(c->frames);
	aisp_mem_free(c->comp_of);
	aisp_vec_done(&c->loops);
	aisp_flow__done(&c->f);
}

int aisp_flow__make(struct aisp_slots *s, struct aisp_flow *ret_flow, uint32_t **ret_comp_of, struct aisp_err *err)
{
	struct condense c = {.s = s};
	int rc = prepare(&c);
	if (rc == 0) {
		outer(&c);
		rc = inner_all(&c);
	}
	if (rc == 0) {
		number(&c);
		c.f.loops = AISP_TAKE(c.loops.v);
		c.f.n_loops = (uint32_t)c.loops.n;
		rc = lists(&c, err);
	}
	if (rc == 0) {
		map_gates(&c);
		*ret_flow = c.f;
		*ret_comp_of = AISP_TAKE(c.comp_of);
		memset(&c.f, 0, sizeof c.f);
	} else {
		aisp_fail(err, rc, "out of memory while condensing %u slots", s->n);
	}
	condense_done(&c);
	return rc;
}

void aisp_flow__done(struct aisp_flow *f)
{
	aisp_mem_free(f->at);
	aisp_mem_free(f->to);
	aisp_mem_free(f->gates);
	aisp_mem_free(f->loops);
	memset(f, 0, sizeof *f);
}
