/* The backward cone of some components, and the part of the flow graph that lies in it. Components are in topological
 * order, so one sweep from high to low numbers suffices, with no reverse index; loops are swept until stable.
 */
#include "reach/reach_int.h"

/* What the component's entries lead to, in terms of cone bits. */
static uint8_t pull(const struct aisp_flow *f, const uint8_t *cone, uint32_t c)
{
	uint8_t bits = cone[c];
	for (uint32_t i = f->at[c]; i < f->at[c + 1]; i++) {
		uint32_t entry = f->to[i], number = entry & AISP_ENTRY_INDEX;
		if (entry & AISP_ENTRY_GATE)
			bits |= cone[f->gates[number].out] & AISP_CONE_THROUGH_GATES;
		else if (entry & AISP_ENTRY_POSSIBLE)
			bits |= cone[number] & (uint8_t)~AISP_CONE_ONLY_CERTAIN;
		else
			bits |= cone[number];
	}
	return bits;
}

static bool pull_range(const struct aisp_flow *f, uint8_t *cone, uint32_t begin, uint32_t end)
{
	bool changed = false;
	for (uint32_t c = end; c-- > begin;) {
		uint8_t bits = pull(f, cone, c);
		changed = changed || bits != cone[c];
		cone[c] = bits;
	}
	return changed;
}

void aisp_cone__spread(const struct aisp_flow *f, uint8_t *cone)
{
	uint32_t at = f->n_core;
	for (uint32_t i = f->n_loops; i-- > 0;) {
		const struct aisp_loop *l = &f->loops[i];
		if (at > l->end)
			pull_range(f, cone, l->end, at);
		while (pull_range(f, cone, l->begin, l->end))
			;
		at = l->begin;
	}
	pull_range(f, cone, 0, at);
}

uint64_t *aisp_cone__keep(const struct aisp_flow *f, const uint8_t *cone)
{
	uint64_t *keep = aisp_mem_zalloc((size_t)f->n / 64 + 1, sizeof *keep);
	for (uint32_t c = 0; keep && c < f->n; c++)
		if (cone[c])
			aisp_bit_set(keep, c);
	return keep;
}

struct part {
	const struct aisp_flow *f;
	const uint64_t *keep;
	const uint32_t *rank;
	struct aisp_flow out;
	AISP_VEC(uint32_t) to;
	AISP_VEC(struct aisp_gate) gates;
};

static int copy_list(struct part *p, uint32_t c)
{
	for (uint32_t i = p->f->at[c]; i < p->f->at[c + 1]; i++) {
		uint32_t entry = p->f->to[i], number = entry & AISP_ENTRY_INDEX, kind = entry & ~AISP_ENTRY_INDEX;
		const struct aisp_gate *g = kind & AISP_ENTRY_GATE ? &p->f->gates[number] : NULL;
		uint32_t out = g ? g->out : number;
		if (!aisp_bit(p->keep, out))
			continue;
		out = aisp_rank(p->keep, p->rank, out);
		if (g) {
			struct aisp_gate copy = {aisp_rank(p->keep, p->rank, g->a), aisp_rank(p->keep, p->rank, g->b), out};
			out = (uint32_t)p->gates.n;
			if (aisp_vec_push(&p->gates, copy) < 0)
				return AISP_E_NOMEM;
		}
		if (aisp_vec_push(&p->to, out | kind) < 0)
			return AISP_E_NOMEM;
	}
	return AISP_OK;
}

static int copy_lists(struct part *p, uint32_t n)
{
	uint32_t at = 0;
	p->out.at = aisp_mem_alloc(((size_t)n + 1) * sizeof *p->out.at);
	if (!p->out.at)
		return AISP_E_NOMEM;
	for (uint32_t c = 0; c < p->f->n; c++) {
		if (!aisp_bit(p->keep, c))
			continue;
		p->out.at[at++] = (uint32_t)p->to.n;
		if (copy_list(p, c) < 0)
			return AISP_E_NOMEM;
	}
	p->out.at[at] = (uint32_t)p->to.n;
	return AISP_OK;
}

static int copy_loops(struct part *p)
{
	p->out.loops = aisp_mem_alloc(((size_t)p->f->n_loops + 1) * sizeof *p->out.loops);
	if (!p->out.loops)
		return AISP_E_NOMEM;
	for (uint32_t i = 0; i < p->f->n_loops; i++) {
		struct aisp_loop l = {aisp_rank(p->keep, p->rank, p->f->loops[i].begin), aisp_rank(p->keep, p->rank, p->f->loops[i].end)};
		if (l.end > l.begin + 1)
			p->out.loops[p->out.n_loops++] = l;
	}
	return AISP_OK;
}

int aisp_flow__restrict(const struct aisp_flow *f, const uint64_t *keep, struct aisp_flow *ret, uint32_t **ret_rank,
                        struct aisp_err *err)
{
	AISP_AUTOFREE uint32_t *rank = aisp_mem_alloc(((size_t)f->n / 64 + 1) * sizeof *rank);
	uint32_t n = 0;
	for (uint32_t w = 0; rank && w <= f->n / 64; w++) {
		rank[w] = n;
		n += (uint32_t)__builtin_popcountll(keep[w]);
	}
	struct part p = {.f = f, .keep = keep, .rank = rank};
	int rc = rank && aisp_vec_reserve(&p.to, 1) == 0 ? copy_lists(&p, n) : AISP_E_NOMEM;
	if (rc == 0)
		rc = copy_loops(&p);
	p.out.n = n;
	p.out.n_core = rank ? aisp_rank(keep, rank, f->n_core) : 0;
	p.out.to = p.to.v;
	p.out.gates = p.gates.v;
	p.out.n_gates = (uint32_t)p.gates.n;
	if (rc < 0) {
		aisp_flow__done(&p.out);
		return aisp_fail(err, rc, "out of memory for the cone of the targets");
	}
	*ret = p.out;
	*ret_rank = AISP_TAKE(rank);
	return AISP_OK;
}
