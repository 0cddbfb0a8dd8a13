/* Many objects of packs: the trees that bases and differences make are gone down one by one, so that each base is made once and
 * lives only while its children are worked on.
 *
 *   wanted + all below which they stand ─▶ nodes ─▶ weights from the leaves up ─▶ tasks: a tree, or a heavy part of one
 *   a task: node, then its children, the heaviest last and with the node's text already given back: of n nodes at most
 *   log2(n) texts are held.
 *
 * A part that is a task of its own makes its first base again, from the root down. See pack.h. */
#include "base/map.h"
#include "base/mem.h"
#include "base/task.h"
#include "base/vec.h"
#include "collect/git/pack.h"
#include <stdlib.h>

enum { WORKERS_MAX = 64, SPARE = 8, SPARE_BYTES = 8 << 20, PARTS = 32, UNIT = 256, CUT_MIN = (1 << 20) / UNIT, HEAVY = (64 << 10) / UNIT };

struct node {
	uint64_t offset;
	uint32_t pack;
	uint32_t base, child, next; /* 1 + index */
	uint32_t want;              /* 1 + item */
	uint32_t weight;            /* of all below, in UNIT bytes */
};
struct task {
	uint32_t node, weight;
	uint64_t offset;
};
struct block {
	char *p;
	size_t n, cap;
};
struct frame {
	struct block text;
	uint32_t child; /* 1 + index: the next one */
};
struct worker {
	struct aisp_inflater *z;
	struct block spare[SPARE];
	size_t n_spare, spare_bytes, held;
	AISP_VEC(struct frame) frames;
	AISP_VEC(uint32_t) line;
	AISP_VEC(char) delta;
};
struct forest {
	struct aisp_packs *packs;
	const struct aisp_forest_options *o;
	AISP_VEC(struct node) nodes;
	AISP_VEC(uint32_t) order; /* bases before what is made from them */
	AISP_VEC(struct task) tasks;
	struct aisp_map by_place;
	struct worker workers[WORKERS_MAX];
	struct aisp_err *err;
};

static int nomem(struct aisp_err *err)
{
	return aisp_fail(err, AISP_E_NOMEM, "out of memory for the plan of a pack");
}

/* The node at a place and all that it is made from. One whose base is damaged is below nothing: nobody comes to it. */
static int add_node(struct forest *f, struct aisp_pack_at at, uint32_t *ret)
{
	struct aisp_pack_head head;
	uint32_t above = 0;

	for (*ret = 0;;) {
		struct aisp_key key = {at.offset, at.pack};
		uint32_t have = aisp_map_get(&f->by_place, key), me = have;
		if (!have) {
			struct node n = {.offset = at.offset, .pack = at.pack};
			if (f->nodes.n >= UINT32_MAX - 1 || aisp_vec_push(&f->nodes, n) < 0)
				return nomem(f->err);
			me = (uint32_t)f->nodes.n;
			if (aisp_map_put(&f->by_place, key, me, f->err) < 0)
				return AISP_E_NOMEM;
		}
		if (above) {
			struct node *up = &f->nodes.v[above - 1], *down = &f->nodes.v[me - 1];
			up->base = me;
			up->next = down->child;
			down->child = above;
		} else {
			*ret = me;
		}
		if (have)
			return 0;
		if (!aisp_packs_head(f->packs, at, &head))
			head = (struct aisp_pack_head){.base = 0};
		if (!head.base)
			return 0;
		at.offset = head.base;
		above = me;
	}
}

static int add_wanted(struct forest *f, const struct aisp_pack_want *want, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t node;
		int r = add_node(f, want[i].at, &node);
		if (r < 0)
			return r;
		if (!f->nodes.v[node - 1].want) /* an index may lie and name one place twice */
			f->nodes.v[node - 1].want = want[i].item + 1;
	}
	return 0;
}

/* All below a root, itself first. */
static int put_in_order(struct forest *f, uint32_t root)
{
	uint32_t at = root;

	for (;;) {
		if (aisp_vec_push(&f->order, at - 1) < 0)
			return nomem(f->err);
		uint32_t next = f->nodes.v[at - 1].child;
		while (!next && at != root) {
			next = f->nodes.v[at - 1].next;
			if (!next)
				at = f->nodes.v[at - 1].base;
		}
		if (!next)
			return 0;
		at = next;
	}
}

/* What is made from a base is about as large as it. Cheap when nobody wants it. Returns the sum. */
static uint64_t weigh(struct forest *f)
{
	struct aisp_pack_head head;
	uint64_t sum = 0;

	for (size_t i = 0; i < f->order.n; i++) {
		struct node *n = &f->nodes.v[f->order.v[i]];
		uint64_t size = n->base ? f->nodes.v[n->base - 1].weight : 0;
		if (!n->base && aisp_packs_head(f->packs, (struct aisp_pack_at){n->offset, n->pack}, &head))
			size = head.size / UNIT + 1;
		n->weight = size > UINT32_MAX / 2 ? UINT32_MAX / 2 : (uint32_t)size;
	}
	for (size_t i = 0; i < f->order.n; i++) {
		struct node *n = &f->nodes.v[f->order.v[i]];
		n->weight = n->want ? n->weight : n->weight / 8;
		sum += n->weight;
	}
	return sum;
}

static void unlink_child(struct forest *f, uint32_t me)
{
	uint32_t *at = &f->nodes.v[f->nodes.v[me - 1].base - 1].child;

	while (*at != me)
		at = &f->nodes.v[*at - 1].next;
	*at = f->nodes.v[me - 1].next;
	f->nodes.v[me - 1].next = 0;
}

/* The heaviest child goes to the end of the list. */
static void sort_children(struct forest *f, struct node *n)
{
	uint32_t best = n->child, last = 0;

	for (uint32_t c = n->child; c; c = f->nodes.v[c - 1].next) {
		if (f->nodes.v[c - 1].weight > f->nodes.v[best - 1].weight)
			best = c;
		last = c;
	}
	if (best == last)
		return;
	unlink_child(f, best);
	f->nodes.v[last - 1].next = best;
}

static int add_task(struct forest *f, uint32_t node)
{
	const struct node *n = &f->nodes.v[node];
	struct task t = {.node = node, .weight = n->weight, .offset = n->offset};

	return aisp_vec_push(&f->tasks, t) < 0 ? nomem(f->err) : 0;
}

/* The heavy ones first, so that no worker is left alone with one; the rest as they lie on the disk. */
static int by_weight(const void *a, const void *b)
{
	const struct task *x = a, *y = b;
	uint32_t p = x->weight > HEAVY ? x->weight : 0, q = y->weight > HEAVY ? y->weight : 0;

	if (p != q)
		return p > q ? -1 : 1;
	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static int make_tasks(struct forest *f)
{
	uint64_t cut = weigh(f) / ((uint64_t)aisp_task_workers() * PARTS);
	int r = 0;

	if (cut < CUT_MIN)
		cut = CUT_MIN;
	for (size_t i = f->order.n; r == 0 && i-- > 0;) {
		uint32_t me = f->order.v[i];
		struct node *n = &f->nodes.v[me];
		sort_children(f, n);
		if (n->base && n->weight < cut) {
			uint32_t *up = &f->nodes.v[n->base - 1].weight;
			*up = n->weight > UINT32_MAX - *up ? UINT32_MAX : *up + n->weight;
			continue;
		}
		r = add_task(f, me);
		if (n->base)
			unlink_child(f, me + 1);
	}
	if (f->tasks.n)
		qsort(f->tasks.v, f->tasks.n, sizeof *f->tasks.v, by_weight);
	return r;
}

static int plan(struct forest *f, const struct aisp_pack_want *want, size_t n)
{
	int r = add_wanted(f, want, n);

	for (size_t i = 0, all = f->nodes.n; r == 0 && i < all; i++)
		if (!f->nodes.v[i].base)
			r = put_in_order(f, (uint32_t)i + 1);
	aisp_packs_passed(f->packs, AISP_PACKS_ALL); /* heads lie everywhere */
	return r < 0 ? r : make_tasks(f);
}

/* Memory of texts: what was given back is taken again. */
static int take_block(struct forest *f, struct worker *w, size_t n, struct block *ret)
{
	size_t best = w->n_spare;

	if (n >= f->o->max_held || w->held > f->o->max_held - n)
		return AISP_E_LIMIT;
	for (size_t i = 0; i < w->n_spare; i++)
		if (w->spare[i].cap > n && (best == w->n_spare || w->spare[i].cap < w->spare[best].cap))
			best = i;
	if (best < w->n_spare) {
		*ret = w->spare[best];
		w->spare[best] = w->spare[--w->n_spare];
		w->spare_bytes -= ret->cap;
	} else {
		size_t cap = n + n / 4 + 4096;
		*ret = (struct block){.p = aisp_mem_alloc(cap), .cap = cap};
		if (!ret->p)
			return AISP_E_NOMEM;
	}
	ret->n = n;
	w->held += ret->cap;
	return 0;
}

static void give_block(struct worker *w, struct block *b)
{
	size_t least = 0;

	if (!b->p)
		return;
	w->held -= b->cap;
	for (size_t i = 1; i < w->n_spare; i++)
		if (w->spare[i].cap < w->spare[least].cap)
			least = i;
	if (w->n_spare == SPARE && w->spare[least].cap < b->cap) { /* the smallest goes */
		struct block small = w->spare[least];
		w->spare[least] = w->spare[--w->n_spare];
		w->spare_bytes -= small.cap;
		aisp_mem_free(small.p);
	}
	if (w->n_spare < SPARE && b->cap <= SPARE_BYTES - w->spare_bytes) {
		w->spare[w->n_spare++] = *b;
		w->spare_bytes += b->cap;
	} else {
		aisp_mem_free(b->p);
	}
	*b = (struct block){0};
}

static int make_whole(struct forest *f, struct worker *w, const struct node *n, const struct aisp_pack_head *head, struct block *ret)
{
	int r = head->size > f->o->max_size ? AISP_E_LIMIT : take_block(f, w, (size_t)head->size, ret);

	if (r < 0)
		return r;
	if (aisp_packs_inflate(f->packs, w->z, n->pack, head, ret->p))
		return 0;
	give_block(w, ret);
	return AISP_E_PARSE;
}

static int make_from(struct forest *f, struct worker *w, const struct node *n, const struct aisp_pack_head *head, const struct block *base,
                     struct block *ret)
{
	uint64_t base_n, size;

	if (!base->p || head->size > f->o->max_size + f->o->max_size / 4 + 64)
		return AISP_E_PARSE;
	w->delta.n = 0;
	if (aisp_vec_reserve(&w->delta, (size_t)head->size + 1) < 0)
		return AISP_E_NOMEM;
	struct aisp_slice delta = aisp_slice_of(w->delta.v, (size_t)head->size);
	if (!aisp_packs_inflate(f->packs, w->z, n->pack, head, w->delta.v) || !aisp_delta_begin(&delta, &base_n, &size) || base_n != base->n)
		return AISP_E_PARSE;
	int r = size > f->o->max_size ? AISP_E_LIMIT : take_block(f, w, (size_t)size, ret);
	if (r < 0)
		return r;
	if (aisp_delta_apply(delta, aisp_slice_of(base->p, base->n), ret->p, ret->n))
		return 0;
	give_block(w, ret);
	return AISP_E_PARSE;
}

/* One node's text. AISP_E_PARSE, AISP_E_LIMIT: it and what is made from it are left to others. */
static int make(struct forest *f, struct worker *w, uint32_t node, const struct block *base, struct block *ret)
{
	const struct node *n = &f->nodes.v[node];
	struct aisp_pack_head head;

	if (!aisp_packs_head(f->packs, (struct aisp_pack_at){n->offset, n->pack}, &head))
		return AISP_E_PARSE;
	return head.base ? make_from(f, w, n, &head, base, ret) : make_whole(f, w, n, &head, ret);
}

/* Makes a node and hands it out; then its children wait. */
static int visit(struct forest *f, struct worker *w, unsigned number, uint32_t node, const struct block *base)
{
	const struct node *n = &f->nodes.v[node];
	struct frame in = {.child = n->child};
	int r = make(f, w, node, base, &in.text);

	if (r < 0)
		return r == AISP_E_NOMEM ? r : 0;
	if (n->want) {
		f->o->done[n->want - 1] = 1;
		r = f->o->f(f->o->ctx, n->want - 1, number, aisp_slice_of(in.text.p, in.text.n));
	}
	if (r == 0 && in.child) {
		r = aisp_vec_push(&w->frames, in);
		if (r == 0)
			return 0;
	}
	give_block(w, &in.text);
	return r;
}

/* What the first node of a part is made from: from the root down, without handing anything out. */
static int make_base(struct forest *f, struct worker *w, uint32_t node, struct block *ret)
{
	struct block next = {0};
	int r = 0;

	w->line.n = 0;
	for (uint32_t at = f->nodes.v[node].base; at; at = f->nodes.v[at - 1].base)
		if (aisp_vec_push(&w->line, at - 1) < 0)
			return AISP_E_NOMEM;
	for (size_t i = w->line.n; r == 0 && i-- > 0;) {
		r = f->o->go_on(f->o->ctx) ? make(f, w, w->line.v[i], ret, &next) : AISP_E_TIMEOUT;
		give_block(w, ret);
		if (r == 0)
			*ret = next;
	}
	return r;
}

static int go_down(struct forest *f, struct worker *w, unsigned number)
{
	int r = 0;

	while (r == 0 && w->frames.n && f->o->go_on(f->o->ctx)) {
		struct frame *top = &w->frames.v[w->frames.n - 1];
		uint32_t child = top->child;
		struct block base = top->text;
		bool last = !f->nodes.v[child - 1].next;
		if (last)
			w->frames.n--;
		else
			top->child = f->nodes.v[child - 1].next;
		r = visit(f, w, number, child - 1, &base);
		if (last)
			give_block(w, &base);
	}
	while (w->frames.n)
		give_block(w, &w->frames.v[--w->frames.n].text);
	return r;
}

static int run_task(void *ctx, size_t i, unsigned number)
{
	struct forest *f = ctx;
	struct worker *w = &f->workers[number];
	uint32_t node = f->tasks.v[i].node;
	struct block base = {0};
	int r = 0;

	if (!w->z && !(w->z = aisp_inflater_new()))
		return AISP_E_NOMEM;
	if (!f->o->go_on(f->o->ctx))
		return 0;
	if (f->nodes.v[node].base)
		r = make_base(f, w, node, &base);
	if (r == 0)
		r = visit(f, w, number, node, &base);
	else if (r != AISP_E_NOMEM)
		return 0;
	give_block(w, &base);
	return r == 0 ? go_down(f, w, number) : r;
}

static void forest_done(struct forest *f)
{
	for (size_t i = 0; i < WORKERS_MAX; i++) {
		struct worker *w = &f->workers[i];
		aisp_inflater_free(w->z);
		while (w->n_spare)
			aisp_mem_free(w->spare[--w->n_spare].p);
		while (w->frames.n)
			aisp_mem_free(w->frames.v[--w->frames.n].text.p);
		aisp_vec_done(&w->frames);
		aisp_vec_done(&w->line);
		aisp_vec_done(&w->delta);
	}
	aisp_vec_done(&f->nodes);
	aisp_vec_done(&f->order);
	aisp_vec_done(&f->tasks);
	aisp_map_done(&f->by_place);
	aisp_mem_free(f);
}

int aisp_forest_each(struct aisp_packs *packs, const struct aisp_pack_want *want, size_t n, const struct aisp_forest_options *o,
                     struct aisp_err *err)
{
	struct forest *f = aisp_mem_zalloc(1, sizeof *f);

	if (!f)
		return nomem(err);
	f->packs = packs;
	f->o = o;
	f->err = err;
	int r = plan(f, want, n);
	if (r == 0)
		r = aisp_task_each(f->tasks.n, run_task, f, err);
	forest_done(f);
	return r;
}
