/* The driver of the joins, and how they write and walk. */
#include "resolve/resolve_int.h"
#include <stdarg.h>
#include <stdio.h>

void aisp_resolve__fail(struct aisp_resolve *r, int code)
{
	if (code < 0 && r->bad == 0)
		r->bad = code;
}

struct aisp_slice aisp_resolve__fmt(struct aisp_resolve *r, const char *fmt, ...)
{
	char text[4096];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (r->bad)
		return (struct aisp_slice){0};
	if (n < 0 || (size_t)n >= sizeof text) {
		aisp_resolve__fail(r, aisp_fail(r->err, AISP_E_LIMIT, "a name is longer than 4096 bytes while joining"));
		return (struct aisp_slice){0};
	}
	struct aisp_slice s = aisp_arena_dup(r->a, aisp_slice_of(text, (size_t)n));
	if (!s.p)
		aisp_resolve__fail(r, aisp_fail(r->err, AISP_E_NOMEM, "out of memory while joining"));
	return s;
}

/* The conclusion's own evidence, then the facts it rests on, none better known than the conclusion. */
static struct aisp_evidence_in own_evidence(const struct aisp_resolve *r, const struct aisp_because *why)
{
	return (struct aisp_evidence_in){.source = r->source, .form = AISP_EV_RULE, .confidence = why->confidence,
		.locator = aisp_slice_z(why->join), .note = why->note};
}

static void capped(const struct aisp_resolve *r, const struct aisp_because *why, struct aisp_evidence_in *ev)
{
	ev->source = r->source;
	if (ev->confidence > why->confidence)
		ev->confidence = why->confidence;
}

aisp_node aisp_resolve__node(struct aisp_resolve *r, enum aisp_node_kind kind, struct aisp_slice id, const struct aisp_because *why)
{
	const struct aisp_evidence_in ev = own_evidence(r, why);
	struct aisp_evidence_in more;
	aisp_node n = 0;
	if (r->bad || id.n == 0)
		return 0;
	aisp_resolve__fail(r, aisp_graph_add_node(r->g, kind, id, &ev, &n, r->err));
	for (int i = 0; i < 2 && !r->bad; i++)
		if (why->from[i] && aisp_graph_edge_first_evidence(r->g, why->from[i], &more)) {
			capped(r, why, &more);
			aisp_resolve__fail(r, aisp_graph_node_evidence(r->g, n, &more, r->err));
		}
	return r->bad ? 0 : n;
}

aisp_edge aisp_resolve__edge(struct aisp_resolve *r, aisp_node from, enum aisp_edge_kind kind, aisp_node to, const struct aisp_because *why)
{
	const struct aisp_evidence_in ev = own_evidence(r, why);
	const struct aisp_edge_in in = {.condition = aisp_slice_z(why->condition)};
	struct aisp_evidence_in more;
	aisp_edge e = 0;
	if (r->bad || !from || !to)
		return 0;
	aisp_resolve__fail(r, aisp_graph_add_edge(r->g, from, kind, to, &in, &ev, &e, r->err));
	for (int i = 0; i < 2 && !r->bad; i++)
		if (why->from[i] && aisp_graph_edge_first_evidence(r->g, why->from[i], &more)) {
			capped(r, why, &more);
			aisp_resolve__fail(r, aisp_graph_edge_evidence(r->g, e, &more, r->err));
		}
	if (!r->bad && why->node && aisp_graph_node_first_evidence(r->g, why->node, &more)) {
		capped(r, why, &more);
		aisp_resolve__fail(r, aisp_graph_edge_evidence(r->g, e, &more, r->err));
	}
	return r->bad ? 0 : e;
}

void aisp_resolve__set(struct aisp_resolve *r, aisp_node n, const char *key, struct aisp_slice v)
{
	if (!r->bad && n && v.n)
		aisp_resolve__fail(r, aisp_graph_set_str(r->g, n, r->source, key, v, r->err));
}

aisp_edge aisp_resolve__out(const struct aisp_resolve *r, aisp_node n, enum aisp_edge_kind kind, aisp_edge after)
{
	for (aisp_edge e = aisp_graph_next_out(r->g, n, after); e; e = aisp_graph_next_out(r->g, n, e))
		if (aisp_graph_edge_at(r->g, e).kind == kind)
			return e;
	return 0;
}

aisp_edge aisp_resolve__in(const struct aisp_resolve *r, aisp_node n, enum aisp_edge_kind kind, aisp_edge after)
{
	for (aisp_edge e = aisp_graph_next_in(r->g, n, after); e; e = aisp_graph_next_in(r->g, n, e))
		if (aisp_graph_edge_at(r->g, e).kind == kind)
			return e;
	return 0;
}

bool aisp_resolve__joined(const struct aisp_resolve *r, aisp_node from, enum aisp_edge_kind kind, aisp_node to)
{
	to = aisp_graph_node_now(r->g, to);
	for (aisp_edge e = aisp_resolve__out(r, from, kind, 0); e; e = aisp_resolve__out(r, from, kind, e))
		if (aisp_resolve__to(r, e) == to)
			return true;
	return false;
}

void aisp_resolve__each(struct aisp_resolve *r, enum aisp_node_kind kind, void (*f)(struct aisp_resolve *r, aisp_node n))
{
	const uint32_t end = aisp_graph_node_count(r->g);
	for (aisp_node n = 1; n <= end && !r->bad; n++) {
		const struct aisp_node_view v = aisp_graph_node_at(r->g, n);
		if (v.alive && v.kind == kind)
			f(r, n);
	}
}

int aisp_resolve(struct aisp_graph *g, struct aisp_err *err)
{
	struct aisp_resolve r = {.g = g, .err = err};
	r.bad = aisp_graph_source(g, AISP_S(AISP_RESOLVE_SOURCE), AISP_S("resolve"), AISP_S("joins across sources"), &r.source, err);
	if (r.bad < 0)
		return r.bad;
	r.a = aisp_arena_new(0);
	if (!r.a)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while joining");
	aisp_resolve__images(&r);
	aisp_resolve__paths(&r);
	aisp_resolve__cloud(&r);
	aisp_resolve__code(&r);
	aisp_resolve__models(&r);
	aisp_resolve__connections(&r);
	aisp_resolve__tables(&r);
	aisp_resolve__logs(&r);
	aisp_resolve__declared(&r);
	aisp_resolve__aws(&r);
	aisp_vec_done(&r.buildable);
	aisp_vec_done(&r.servers);
	aisp_arena_free(r.a);
	return r.bad;
}
