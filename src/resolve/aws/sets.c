/* Arrows. Few things get an arrow each; many become a set, cut so that principals share the sets:
 *
 *   domain, sorted      0 … 15 | 16 … 31 | 32 … 47 | 48 … 63 | 64 …        blocks of 16, 32, 64, … aligned: a set each, made when used;
 *                       └────── 32 ──────┴─────────┘                       a run of n members is O(log n) of them and some single things
 *
 *   principal ─CAN_READ▶ set ─INCLUDES▶ set, thing         more than a few blocks together become one set of their own, named by content
 */
#include "base/buf.h"
#include "base/hash.h"
#include "resolve/aws/grants_int.h"
#include <stdlib.h>

enum { LEAF_BITS = 4, DIRECT_BLOCKS = 8, WHOLE = 63 };

struct aisp_aws_emit {
	struct aisp_resolve *r;
	const struct aisp_aws_plan *plan;
	uint32_t direct_max;
	struct aisp_map blocks;  /* (domain, level, index) → node */
	struct aisp_map customs; /* digest of the parts → node */
	AISP_VEC(struct aisp_aws_seg) segs;
	AISP_VEC(aisp_node) parts;
	struct aisp_buf text;
};

struct aisp_aws_emit *aisp_aws__emit_new(struct aisp_resolve *r, const struct aisp_aws_plan *p, uint32_t direct_max)
{
	struct aisp_aws_emit *e = aisp_mem_zalloc(1, sizeof *e);
	if (!e)
		return NULL;
	*e = (struct aisp_aws_emit){.r = r, .plan = p, .direct_max = direct_max};
	aisp_buf_init(&e->text, 64 << 20);
	return e;
}

void aisp_aws__emit_free(struct aisp_aws_emit *e)
{
	if (!e)
		return;
	aisp_map_done(&e->blocks);
	aisp_map_done(&e->customs);
	aisp_vec_done(&e->segs);
	aisp_vec_done(&e->parts);
	aisp_buf_done(&e->text);
	aisp_mem_free(e);
}

static void fail(struct aisp_aws_emit *e, int code)
{
	aisp_resolve__fail(e->r, code);
}

static void nomem(struct aisp_aws_emit *e)
{
	fail(e, aisp_fail(e->r->err, AISP_E_NOMEM, "out of memory while drawing access in AWS; scan fewer accounts at a time"));
}

/* ---- Sets ---- */

static aisp_node new_set(struct aisp_aws_emit *e, const struct aisp_aws_domain *d, const struct aisp_digest *digest, uint32_t n, bool all)
{
	const struct aisp_evidence_in ev = {.source = e->r->source, .form = AISP_EV_RULE, .confidence = AISP_CONF_OBSERVED, .locator = AISP_S("aws-sets"),
		.note = AISP_S("things on which decisions are the same")};
	const struct aisp_slice account = e->plan->w->accounts[d->account].id;
	struct aisp_resolve *r = e->r;
	char hex[33];
	aisp_node node = 0;
	aisp_digest_hex(digest, hex);
	fail(e, aisp_graph_add_node(r->g, AISP_NODE_RESOURCE_SET, aisp_resolve__fmt(r, "aws:set/%.*s/%s", AISP_FMT(d->type), hex), &ev, &node, r->err));
	if (r->bad)
		return 0;
	aisp_resolve__set(r, node, "name", aisp_resolve__fmt(r, "%s%u %.*s of %.*s", all ? "all " : "", n, AISP_FMT(d->type), AISP_FMT(account)));
	fail(e, aisp_graph_set_int(r->g, node, r->source, "members", n, r->err));
	return node;
}

static void include(struct aisp_aws_emit *e, aisp_node set, aisp_node member)
{
	const struct aisp_evidence_in ev = {.source = e->r->source, .form = AISP_EV_RULE, .confidence = AISP_CONF_OBSERVED, .locator = AISP_S("aws-sets")};
	if (!e->r->bad && set && member)
		fail(e, aisp_graph_add_edge(e->r->g, set, AISP_EDGE_INCLUDES, member, NULL, &ev, NULL, e->r->err));
}

static struct aisp_digest digest_of(struct aisp_aws_emit *e, const struct aisp_aws_domain *d, uint32_t lo, uint32_t hi)
{
	aisp_buf_clear(&e->text);
	for (uint32_t i = lo; i < hi; i++) {
		aisp_buf_put(&e->text, d->t[i].arn);
		aisp_buf_putc(&e->text, '\n');
	}
	fail(e, aisp_buf_check(&e->text, e->r->err));
	return aisp_digest_of(e->text.p, e->text.n);
}

/* The set of members lo … hi, an aligned block (level: bits of its size) or the whole domain. Depth: at most 32. */
static aisp_node block(struct aisp_aws_emit *e, uint32_t domain, unsigned level, uint32_t lo, uint32_t hi)
{
	const struct aisp_aws_domain *d = &e->plan->domains.v[domain];
	const struct aisp_key key = {(uint64_t)domain << 8 | level, (uint64_t)lo + 1};
	const aisp_node had = aisp_map_get(&e->blocks, key);
	if (had || e->r->bad)
		return had;
	const struct aisp_digest digest = digest_of(e, d, lo, hi);
	if (e->r->bad)
		return 0;
	const aisp_node node = new_set(e, d, &digest, hi - lo, level == WHOLE);
	if (e->r->bad)
		return 0;
	fail(e, aisp_map_put(&e->blocks, key, node, e->r->err));
	if (level == LEAF_BITS) {
		for (uint32_t i = lo; i < hi; i++)
			include(e, node, d->t[i].node);
	} else if (level != WHOLE) {
		const uint32_t mid = lo + (1U << (level - 1));
		include(e, node, block(e, domain, level - 1, lo, mid));
		include(e, node, block(e, domain, level - 1, mid, hi));
	}
	return node;
}

static void part(struct aisp_aws_emit *e, aisp_node n)
{
	if (!e->r->bad && aisp_vec_push(&e->parts, n) < 0)
		nomem(e);
}

static void blocks_of(struct aisp_aws_emit *e, uint32_t domain, uint32_t lo, uint32_t hi)
{
	while (lo < hi && !e->r->bad) {
		unsigned level = lo ? (unsigned)__builtin_ctz(lo) : 31;
		while (level > 0 && (level > 30 || hi - lo < 1U << level))
			level--;
		if (level >= LEAF_BITS) {
			part(e, block(e, domain, level, lo, lo + (1U << level)));
			lo += 1U << level;
		} else
			part(e, e->plan->domains.v[domain].t[lo++].node);
	}
}

/* The whole domain, whatever its size, is one set that includes its blocks. */
static void whole_of(struct aisp_aws_emit *e, uint32_t domain)
{
	const struct aisp_aws_domain *d = &e->plan->domains.v[domain];
	const struct aisp_key key = {(uint64_t)domain << 8 | WHOLE, 1};
	const bool had = aisp_map_get(&e->blocks, key) != 0;
	const aisp_node node = block(e, domain, WHOLE, 0, d->n);
	const size_t base = e->parts.n;
	if (!had) {
		blocks_of(e, domain, 0, d->n);
		for (size_t i = base; i < e->parts.n; i++)
			include(e, node, e->parts.v[i]);
		e->parts.n = base;
	}
	part(e, node);
}

static int by_begin(const void *a, const void *b)
{
	const struct aisp_aws_seg *x = a, *y = b;
	if (x->domain != y->domain)
		return x->domain < y->domain ? -1 : 1;
	return (x->lo > y->lo) - (x->lo < y->lo);
}

/* The runs of an out, sorted and joined; gives how many members. */
static uint64_t gather(struct aisp_aws_emit *e, const struct aisp_aws_outs *outs, const struct aisp_aws_out *o)
{
	size_t n = 0;
	uint64_t members = 0;
	e->segs.n = 0;
	for (uint32_t s = o->first; s; s = outs->segs.v[s - 1].next)
		if (aisp_vec_push(&e->segs, outs->segs.v[s - 1]) < 0)
			nomem(e);
	if (e->segs.n)
		qsort(e->segs.v, e->segs.n, sizeof *e->segs.v, by_begin);
	for (size_t i = 0; i < e->segs.n; i++) {
		struct aisp_aws_seg *s = &e->segs.v[i], *last = n ? &e->segs.v[n - 1] : NULL;
		if (last && last->domain == s->domain && s->lo <= last->hi)
			last->hi = s->hi > last->hi ? s->hi : last->hi;
		else
			e->segs.v[n++] = *s;
	}
	e->segs.n = n;
	for (size_t i = 0; i < n; i++)
		members += e->segs.v[i].hi - e->segs.v[i].lo;
	return members;
}

static void make_parts(struct aisp_aws_emit *e)
{
	e->parts.n = 0;
	for (size_t i = 0; i < e->segs.n && !e->r->bad; i++) {
		const struct aisp_aws_seg *s = &e->segs.v[i];
		if (s->lo == 0 && s->hi == e->plan->domains.v[s->domain].n && s->hi >= 1U << LEAF_BITS)
			whole_of(e, s->domain);
		else
			blocks_of(e, s->domain, s->lo, s->hi);
	}
}

static void make_one(struct aisp_aws_emit *e, uint64_t members)
{
	const struct aisp_digest digest = aisp_digest_of(e->parts.v, e->parts.n * sizeof *e->parts.v);
	struct aisp_key key;
	memcpy(&key, digest.b, sizeof key);
	aisp_node node = aisp_map_get(&e->customs, key);
	if (!node) {
		/* Its id is made of what is in it, not of numbers of this scan. */
		aisp_buf_clear(&e->text);
		for (size_t i = 0; i < e->parts.n; i++) {
			aisp_buf_put(&e->text, aisp_graph_node_at(e->r->g, e->parts.v[i]).id);
			aisp_buf_putc(&e->text, '\n');
		}
		fail(e, aisp_buf_check(&e->text, e->r->err));
		const struct aisp_digest name = aisp_digest_of(e->text.p, e->text.n);
		const struct aisp_aws_domain *d = &e->plan->domains.v[e->segs.v[0].domain];
		bool mixed = false;
		for (size_t i = 1; i < e->segs.n; i++)
			mixed |= !aisp_slice_eq(e->plan->domains.v[e->segs.v[i].domain].type, d->type);
		struct aisp_aws_domain named = *d;
		if (mixed)
			named.type = AISP_S("things");
		node = new_set(e, &named, &name, members > UINT32_MAX ? UINT32_MAX : (uint32_t)members, false);
		for (size_t i = 0; i < e->parts.n; i++)
			include(e, node, e->parts.v[i]);
		if (!e->r->bad)
			fail(e, aisp_map_put(&e->customs, key, node, e->r->err));
	}
	e->parts.v[0] = node;
	e->parts.n = 1;
}

/* ---- Arrows ---- */

static void arrow(struct aisp_aws_emit *e, aisp_node from, aisp_node to, const struct aisp_aws_out *o, struct aisp_slice control, uint32_t doc)
{
	struct aisp_resolve *r = e->r;
	const struct aisp_edge_in in = {.control = control, .condition = o->condition};
	struct aisp_evidence_in ev = {0};
	aisp_edge edge = 0;
	const uint32_t before = aisp_graph_edge_count(r->g);
	if (r->bad || from == to)
		return;
	if (doc == AISP_AWS_NONE || !aisp_graph_node_first_evidence(r->g, e->plan->w->docs[doc].node, &ev))
		ev = (struct aisp_evidence_in){.form = AISP_EV_RULE, .confidence = AISP_CONF_INFERRED, .locator = AISP_S("aws-access")};
	else {
		const struct aisp_slice id = e->plan->w->docs[doc].id, at = aisp_slice_starts(control, id) ? aisp_slice_from(control, id.n + 1) : (struct aisp_slice){0};
		aisp_buf_clear(&e->text);
		aisp_buf_put(&e->text, ev.pointer);
		aisp_buf_put(&e->text, at);
		fail(e, aisp_buf_check(&e->text, r->err));
		ev.pointer = aisp_buf_slice(&e->text);
		ev.note = o->own ? AISP_S("allowed by this statement of its own policy") : AISP_S("allowed by this statement");
	}
	ev.source = r->source;
	if (!r->bad)
		fail(e, aisp_graph_add_edge(r->g, from, o->edge, to, &in, &ev, &edge, r->err));
	if (r->bad)
		return;
	const bool is_new = aisp_graph_edge_count(r->g) != before;
	if (o->scope.n && is_new)
		fail(e, aisp_graph_edge_set_str(r->g, edge, r->source, "scope", o->scope, r->err));
	else if (o->scope.n) {
		/* The same arrow for another part; one without a scope is the whole already. */
		const struct aisp_slice had = aisp_graph_edge_prop(r->g, edge, "scope");
		if (had.n && aisp_slice_find(had, o->scope) == SIZE_MAX)
			fail(e, aisp_graph_edge_set_str(r->g, edge, r->source, "scope", aisp_resolve__fmt(r, "%.*s, %.*s", AISP_FMT(had), AISP_FMT(o->scope)), r->err));
	}
}

static void emit_out(struct aisp_aws_emit *e, aisp_node from, const struct aisp_aws_outs *outs, const struct aisp_aws_out *o)
{
	const struct aisp_aws_inside *in = aisp_aws__in(e->plan->w);
	const uint64_t members = gather(e, outs, o);
	if (members == 0 || e->r->bad)
		return;
	if (members > e->direct_max) {
		make_parts(e);
		if (e->parts.n > DIRECT_BLOCKS)
			make_one(e, members);
		const struct aisp_slice control = !o->own ? o->control : aisp_resolve__fmt(e->r, "each one's own policy#/Statement/%u", o->statement);
		for (size_t i = 0; i < e->parts.n && !e->r->bad; i++)
			arrow(e, from, e->parts.v[i], o, control, o->doc);
		return;
	}
	for (size_t i = 0; i < e->segs.n; i++)
		for (uint32_t m = e->segs.v[i].lo; m < e->segs.v[i].hi && !e->r->bad; m++) {
			const struct aisp_aws_target *t = &e->plan->domains.v[e->segs.v[i].domain].t[m];
			const uint32_t doc = o->own ? t->doc : o->doc;
			const uint32_t text = o->own && doc != AISP_AWS_NONE ? in->text_of[doc] : AISP_AWS_NONE;
			struct aisp_slice control = o->control;
			if (text != AISP_AWS_NONE && o->statement < in->texts[text].n_st)
				control = in->control[doc][o->statement];
			arrow(e, from, t->node, o, control, doc);
		}
}

void aisp_aws__emit(struct aisp_aws_emit *e, uint32_t principal, const struct aisp_aws_outs *shared, const struct aisp_aws_outs *own)
{
	const aisp_node from = e->plan->w->principals[principal].node;
	const struct aisp_aws_outs *const both[2] = {shared, own};
	/* Whole things first: a scope must not be written on their arrows. */
	for (int scoped = 0; scoped < 2; scoped++)
		for (int k = 0; k < 2; k++)
			for (size_t i = 0; both[k] && i < both[k]->out.n && !e->r->bad; i++)
				if ((both[k]->out.v[i].scope.n != 0) == (scoped != 0))
					emit_out(e, from, both[k], &both[k]->out.v[i]);
}
