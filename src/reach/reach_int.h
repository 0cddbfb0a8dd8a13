/* What the files of reach/ share: the rules by edge and node kind, the layout of modes, the compiled graph.
 *
 *   snapshot ──expand──► slot graph ──condense──► flow graph ──sweep──► answers
 *   (node, edge)         (node, mode)             components, in topological order
 *
 * A slot is one mode of one node. Slots are laid out by node kind: a kind's nodes have only the modes that can occur
 * on it, worked out from the table and from which edge kinds really enter and leave the kind.
 *
 *   slots   | USER 1: act | USER 2: act | … | TABLE 1: net read write may_read | TABLE 2: … |
 *             base[USER]                      base[TABLE], width[TABLE] = 4
 *
 * An entry of a slot's or component's list is 32 bits:   | possible only | gate | 30 bits: target or gate number |
 */
#pragma once
#include "base/vec.h"
#include "reach/reach.h"

enum {
	AISP_NK = AISP_NODE_KIND_END,
	AISP_EK = AISP_EDGE_KIND_END,
	AISP_MK = AISP_MODE_END,
	AISP_ROWS_MAX = 1024, /* rows of each table */
	AISP_NOT_LAID = 0xff, /* the mode cannot occur on the kind */
	AISP_SMALL_EDGES = 30000, /* below this, starting threads costs more than it saves */
};
#define AISP_ENTRY_POSSIBLE 0x80000000u /* counts for `possible` only */
#define AISP_ENTRY_GATE 0x40000000u     /* the number is a gate: both its inputs are needed */
#define AISP_ENTRY_INDEX 0x3fffffffu

/* The rows of semantics.c, found by kind. */
struct aisp_rules {
	uint16_t flow[AISP_ROWS_MAX]; /* row numbers by (edge kind, direction), in order of the table */
	uint16_t flow_at[AISP_EK * 2 + 1];
	uint16_t inside[AISP_ROWS_MAX]; /* row numbers by node kind, those of every kind repeated */
	uint16_t inside_at[AISP_NK + 1];
	uint16_t seed[AISP_ROWS_MAX];
	uint16_t seed_at[AISP_NK + 1];
};
int aisp_rules__init(struct aisp_rules *rules, struct aisp_err *err);

/* Which kinds are joined by which edges, and what flags the nodes of a kind have. */
struct aisp_schema {
	uint64_t to[AISP_NK][AISP_EK]; /* bit k: an edge of this kind goes from this kind to kind k */
	uint8_t some[AISP_NK];         /* flags that some node of the kind has */
	uint8_t all[AISP_NK];          /* flags that every node of the kind has */
};
struct aisp_layout {
	uint32_t base[AISP_NK + 1]; /* first slot of the kind */
	uint32_t first[AISP_NK];    /* first node of the kind */
	uint8_t width[AISP_NK];     /* slots a node */
	uint8_t off[AISP_NK][AISP_MK]; /* place of a mode among a node's slots, or AISP_NOT_LAID */
	uint16_t extra[AISP_NK];      /* modes that explicit seeds ask for beside the table's */
};
_Static_assert(AISP_NK <= 64 && AISP_MK <= 16, "the schema's bit sets are too small");

struct aisp_gate {
	uint32_t a, b, out;
};
/* A stretch of components that depend on one another through gates or possible-only edges: swept until stable. */
struct aisp_loop {
	uint32_t begin, end;
};
/* Components 0 … n-1; every entry leads to a higher number, but for those inside a loop. */
struct aisp_flow {
	uint32_t n, n_core; /* those from n_core on have no entries */
	uint32_t *at;       /* n + 1 */
	uint32_t *to;
	struct aisp_gate *gates;
	uint32_t n_gates;
	struct aisp_loop *loops;
	uint32_t n_loops;
};
void aisp_flow__done(struct aisp_flow *f);

struct aisp_reach {
	const struct aisp_snapshot *s; /* borrowed */
	struct aisp_rules rules;
	struct aisp_schema schema;
	struct aisp_layout layout;
	uint8_t *kind_of;                /* by node: one byte, so that a million kinds stay in the cache */
	uint64_t *removed;               /* bit an edge of the snapshot, NULL = none */
	struct aisp_overlay_edge *added; /* own copy */
	size_t n_added;
	uint64_t *touched; /* bit a node: an added edge ends here, NULL = none */
	uint32_t n_slots;
	uint32_t *comp_of; /* by slot */
	struct aisp_flow flow;
};

/* One edge as the rules see it. */
struct aisp_link {
	aisp_edge e; /* with AISP_HOP_ADDED for an added one */
	aisp_node from, to;
	uint8_t kind;
	bool executes, sure; /* sure = counts for `certain` */
};
/* The edges that leave (or enter, when `in`) a node, after the overlay. */
struct aisp_links {
	const struct aisp_reach *r;
	aisp_node n;
	bool in;
	uint32_t i, end;
	size_t added;
};
static inline bool aisp_bit(const uint64_t *bits, size_t i)
{
	return bits[i >> 6] >> (i & 63) & 1;
}
static inline void aisp_bit_set(uint64_t *bits, size_t i)
{
	bits[i >> 6] |= (uint64_t)1 << (i & 63);
}
static inline struct aisp_links aisp_links__of(const struct aisp_reach *r, aisp_node n, bool in)
{
	const uint32_t *at = in ? r->s->in_at : r->s->out_at;
	bool touched = r->touched && aisp_bit(r->touched, n);
	return (struct aisp_links){r, n, in, at[n], at[n + 1], touched ? 0 : r->n_added};
}
bool aisp_links__next_added(struct aisp_links *c, struct aisp_link *l);
static inline bool aisp_links__next(struct aisp_links *c, struct aisp_link *l)
{
	const struct aisp_snapshot *s = c->r->s;
	while (c->i < c->end) {
		aisp_edge e = c->in ? s->in_edges[c->i] : c->i;
		c->i++;
		if (c->r->removed && aisp_bit(c->r->removed, e))
			continue;
		const struct aisp_sedge *x = &s->edges[e];
		*l = (struct aisp_link){e, x->from, x->to, x->kind, (x->flags & AISP_EF_EXECUTES) != 0,
		                        x->condition == 0 && x->confidence > AISP_CONF_UNRESOLVED};
		return true;
	}
	return c->added < c->r->n_added && aisp_links__next_added(c, l);
}
/* Any edge by its number (with AISP_HOP_ADDED for added ones). */
struct aisp_link aisp_reach__link(const struct aisp_reach *r, aisp_edge e);

/* Does a row's guard let this edge, or a node with these flags, pass? */
bool aisp_guard__edge(enum aisp_guard g, bool executes);
bool aisp_guard__node(enum aisp_guard g, unsigned flags);
static inline bool aisp_guard__sure(enum aisp_guard g)
{
	return g != AISP_GUARD_NODE_AUTH_UNKNOWN;
}

/* Like aisp_task_each, but a single task runs here, without a thread. */
int aisp_reach__tasks(unsigned n, int (*f)(void *ctx, size_t i, unsigned worker), void *ctx, struct aisp_err *err);

/* Fills the schema's kinds and flags from the snapshot and overlay (reads every edge once). */
int aisp_schema__scan(struct aisp_reach *r, struct aisp_err *err);
/* Works the layout out; layout.extra must be set. AISP_E_LIMIT over 2^30 slots. */
int aisp_layout__make(const struct aisp_reach *r, struct aisp_layout *layout, uint32_t *ret_slots, struct aisp_err *err);
/* The slot of a mode of a node; false when the mode cannot occur there. */
static inline bool aisp_slot(const struct aisp_reach *r, aisp_node n, enum aisp_mode m, uint32_t *ret_slot)
{
	unsigned k = r->kind_of[n];
	const struct aisp_layout *l = &r->layout;
	if (l->off[k][m] == AISP_NOT_LAID)
		return false;
	*ret_slot = l->base[k] + (n - l->first[k]) * l->width[k] + l->off[k][m];
	return true;
}
/* The node of a slot. */
aisp_node aisp_slot__node(const struct aisp_reach *r, uint32_t slot);

/* The slot graph: what a slot gives, slot by slot. */
struct aisp_slots {
	uint32_t n;
	uint32_t *at; /* n + 1 */
	uint32_t *to;
	struct aisp_gate *gates;
	uint32_t n_gates;
};
int aisp_slots__make(const struct aisp_reach *r, struct aisp_slots *ret, struct aisp_err *err);
void aisp_slots__done(struct aisp_slots *s);
/* Condenses the slot graph; takes what it can reuse out of it. */
int aisp_flow__make(struct aisp_slots *s, struct aisp_flow *ret_flow, uint32_t **ret_comp_of, struct aisp_err *err);
/* The part of a flow graph whose components are in `keep`; ret_rank[c >> 6] counts those before the word. */
/* The components with any bit in the cone; NULL when out of memory. */
uint64_t *aisp_cone__keep(const struct aisp_flow *f, const uint8_t *cone);
int aisp_flow__restrict(const struct aisp_flow *f, const uint64_t *keep, struct aisp_flow *ret, uint32_t **ret_rank,
                        struct aisp_err *err);
static inline uint32_t aisp_rank(const uint64_t *keep, const uint32_t *rank, uint32_t c)
{
	uint64_t below = keep[c >> 6] & (((uint64_t)1 << (c & 63)) - 1);
	return rank[c >> 6] + (uint32_t)__builtin_popcountll(below);
}

/* Words a component: actors in words of 64, rounded up to 1, 2, 4 or 8; for both certainties side by side twice that.
 *   val[c × width] … possible words, then certain words */
enum aisp_which { AISP_WHICH_POSSIBLE, AISP_WHICH_CERTAIN, AISP_WHICH_BOTH };
struct aisp_sweep {
	const struct aisp_flow *f;
	uint64_t *val;   /* f->n × width */
	uint64_t *dirty; /* a bit a component */
	unsigned words, width;
	enum aisp_which which;
};
int aisp_sweep__init(struct aisp_sweep *w, const struct aisp_flow *f, size_t actors, enum aisp_which which, struct aisp_err *err);
void aisp_sweep__done(struct aisp_sweep *w);
void aisp_sweep__clear(struct aisp_sweep *w); /* for another batch */
void aisp_sweep__seed(struct aisp_sweep *w, uint32_t comp, size_t actor, bool sure);
void aisp_sweep__run(struct aisp_sweep *w);

/* Calls f for every seed of an actor. `row` is a row of aisp_seed_rows or UINT16_MAX for an explicit one; `e` is the
 * edge it stands on, or 0. */
typedef int aisp_seed_fn(void *ctx, aisp_node n, enum aisp_mode m, bool sure, uint16_t row, aisp_edge e);
int aisp_seed__each(const struct aisp_reach *r, const struct aisp_actor *a, aisp_seed_fn *f, void *ctx);
int aisp_actor__check(const struct aisp_reach *r, const struct aisp_actor *a, struct aisp_err *err);
/* When explicit seeds need modes that r has not laid out: a private engine that has them, else NULL. */
int aisp_reach__widen(const struct aisp_reach *r, const struct aisp_actor *actors, size_t n, struct aisp_reach **ret,
                      struct aisp_err *err);

/* The backward cone: a byte a component, set at the targets, then spread against the entries. The first two bits pass
 * every entry, gates as if one input were enough; the next three no gate; the last three no gate and only certain ones. */
enum {
	AISP_CONE_ANY = 1,
	AISP_CONE_ANY_2 = 2,
	AISP_CONE_POSSIBLE = 4,
	AISP_CONE_POSSIBLE_A = 8,
	AISP_CONE_POSSIBLE_B = 16,
	AISP_CONE_CERTAIN = 32,
	AISP_CONE_CERTAIN_A = 64,
	AISP_CONE_CERTAIN_B = 128,
	AISP_CONE_THROUGH_GATES = AISP_CONE_ANY | AISP_CONE_ANY_2,
	AISP_CONE_ONLY_CERTAIN = AISP_CONE_CERTAIN | AISP_CONE_CERTAIN_A | AISP_CONE_CERTAIN_B,
};
void aisp_cone__spread(const struct aisp_flow *f, uint8_t *cone);

/* Any number of actors with their seeds as components. */
struct aisp_crowd_seed {
	uint32_t comp;
	bool sure;
};
struct aisp_crowd {
	AISP_VEC(struct aisp_crowd_seed) seeds;
	AISP_VEC(size_t) seeds_at; /* an actor: its first seed */
};
int aisp_crowd__begin(struct aisp_crowd *c); /* the next actor; its seeds follow */
int aisp_crowd__seed(struct aisp_crowd *c, uint32_t comp, bool sure);
void aisp_crowd__done(struct aisp_crowd *c);
/* Sweeps all, both certainties, in batches; f gets them in order of actors and may end it with non-zero. */
typedef int aisp_crowd_fn(void *ctx, size_t first_actor, const struct aisp_sweep *w);
int aisp_crowd__run(const struct aisp_crowd *c, const struct aisp_flow *f, aisp_crowd_fn *emit, void *ctx, struct aisp_err *err);
