/* What the tests of graph/ and store/ share: short ways to add facts, and byte-wise equality of snapshots. */
#pragma once
#include "graph/snapshot.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

static inline struct aisp_evidence_in ev_at(uint16_t source, const char *locator, uint32_t line)
{
	return (struct aisp_evidence_in){.source = source, .form = AISP_EV_FILE, .confidence = AISP_CONF_DECLARED,
	                                 .locator = aisp_slice_z(locator), .line = line};
}

static inline uint16_t a_source(struct aisp_graph *g, const char *key)
{
	struct aisp_err err = {0};
	uint16_t source = 0;

	assert_int_equal(aisp_graph_source(g, aisp_slice_z(key), AISP_S("files"), aisp_slice_z(key), &source, &err), 0);
	return source;
}

static inline aisp_node a_node(struct aisp_graph *g, uint16_t source, enum aisp_node_kind kind, const char *id)
{
	struct aisp_evidence_in ev = ev_at(source, id, 1);
	struct aisp_err err = {0};
	aisp_node n = 0;

	assert_int_equal(aisp_graph_add_node(g, kind, aisp_slice_z(id), &ev, &n, &err), 0);
	assert_int_not_equal(n, 0);
	return n;
}

static inline aisp_edge an_edge(struct aisp_graph *g, uint16_t source, aisp_node from, enum aisp_edge_kind kind, aisp_node to,
                                const char *control, const char *condition)
{
	struct aisp_edge_in in = {.control = aisp_slice_z(control), .condition = aisp_slice_z(condition)};
	struct aisp_evidence_in ev = ev_at(source, "edges.txt", 7);
	struct aisp_err err = {0};
	aisp_edge e = 0;

	assert_int_equal(aisp_graph_add_edge(g, from, kind, to, &in, &ev, &e, &err), 0);
	assert_int_not_equal(e, 0);
	return e;
}

static inline void an_alias(struct aisp_graph *g, uint16_t source, aisp_node n, const char *alias)
{
	struct aisp_err err = {0};

	assert_int_equal(aisp_graph_add_alias(g, n, aisp_slice_z(alias), source, &err), 0);
}

static inline struct aisp_snapshot *frozen(struct aisp_graph *g)
{
	struct aisp_snapshot *s = NULL;
	struct aisp_err err = {0};
	int r = aisp_graph_freeze(g, &s, &err);

	if (r < 0)
		fail_msg("freeze: %s", err.msg);
	return s;
}

static inline struct aisp_slice id_of(const struct aisp_snapshot *s, aisp_node n)
{
	return aisp_snapshot_text(s, s->nodes[n].id);
}

/* The whole snapshot as text, every symbol as its text: equal texts are equal snapshots, however the symbols are numbered. */
static inline void dump_rows(FILE *f, const struct aisp_snapshot *s, uint32_t ev_at_, uint32_t ev_n, uint32_t prop_at, uint32_t prop_n)
{
	for (uint32_t i = ev_at_; i < ev_at_ + ev_n; i++) {
		const struct aisp_evidence *e = &s->evidence[i];

		fprintf(f, "  ev %s %u %u %s:%u %s (%s)\n", aisp_snapshot_z(s, s->sources[e->source].key), e->form, e->confidence,
		        aisp_snapshot_z(s, e->locator), e->line, aisp_snapshot_z(s, e->pointer), aisp_snapshot_z(s, e->note));
	}
	for (uint32_t i = prop_at; i < prop_at + prop_n; i++) {
		const struct aisp_prop *p = &s->props[i];
		bool text = p->type == AISP_PROP_STR || p->type == AISP_PROP_LIST;

		fprintf(f, "  prop %s %s %u %s %lld\n", aisp_snapshot_z(s, s->sources[p->source].key), aisp_snapshot_z(s, p->key),
		        p->type, text ? aisp_snapshot_z(s, p->s) : "",
		        text ? 0LL : p->type == AISP_PROP_BOOL ? (long long)p->b : (long long)p->i);
	}
}

static inline char *dumped(const struct aisp_snapshot *s)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	for (uint32_t i = 1; i <= s->n_nodes; i++) {
		const struct aisp_snode *x = &s->nodes[i];

		fprintf(f, "node %s %s name=%s conf=%u flags=%u sens=%u\n", aisp_node_kinds[x->kind].name, aisp_snapshot_z(s, x->id),
		        aisp_snapshot_z(s, x->name), x->confidence, x->flags, x->sensitivity);
		dump_rows(f, s, x->ev_at, x->ev_n, x->prop_at, x->prop_n);
	}
	for (uint32_t i = 1; i <= s->n_edges; i++) {
		const struct aisp_sedge *x = &s->edges[i];

		fprintf(f, "edge %s %s %s [%s] if [%s] conf=%u flags=%u\n", aisp_snapshot_z(s, s->nodes[x->from].id),
		        aisp_edge_kinds[x->kind].name, aisp_snapshot_z(s, s->nodes[x->to].id), aisp_snapshot_z(s, x->control),
		        aisp_snapshot_z(s, x->condition), x->confidence, x->flags);
		dump_rows(f, s, x->ev_at, x->ev_n, x->prop_at, x->prop_n);
	}
	for (uint32_t i = 0; i < s->n_aliases; i++)
		fprintf(f, "alias %s = %s by %s\n", aisp_snapshot_z(s, s->aliases[i].alias),
		        aisp_snapshot_z(s, s->nodes[s->aliases[i].node].id), aisp_snapshot_z(s, s->sources[s->aliases[i].source].key));
	for (uint32_t i = 0; i < s->n_gaps; i++)
		fprintf(f, "gap %s %s %u %s\n", aisp_snapshot_z(s, s->sources[s->gaps[i].source].key),
		        aisp_snapshot_z(s, s->gaps[i].what), s->gaps[i].why, aisp_snapshot_z(s, s->gaps[i].detail));
	fclose(f);
	return text;
}

/* The invariants of snapshot.h, checked one by one. */
static inline void assert_invariants(const struct aisp_snapshot *s)
{
	uint64_t seen_in = 0;

	for (uint32_t i = 1; i <= s->n_nodes; i++) {
		const struct aisp_snode *a = &s->nodes[i];

		assert_in_range(a->kind, 1, AISP_NODE_KIND_END - 1);
		assert_true(i >= s->kind_at[a->kind] && i < s->kind_at[a->kind + 1]);
		assert_true(s->out_at[i] <= s->out_at[i + 1]);
		assert_int_equal(aisp_snapshot_find(s, id_of(s, i)), i);
		if (i > 1 && a->kind == s->nodes[i - 1].kind)
			assert_true(aisp_slice_cmp(id_of(s, i - 1), id_of(s, i)) < 0);
		for (uint32_t e = s->out_at[i]; e < s->out_at[i + 1]; e++)
			assert_int_equal(s->edges[e].from, i);
		for (uint32_t k = s->in_at[i]; k < s->in_at[i + 1]; k++) {
			assert_int_equal(s->edges[s->in_edges[k]].to, i);
			assert_true(k == s->in_at[i] || s->in_edges[k - 1] < s->in_edges[k]);
			seen_in++;
		}
	}
	assert_int_equal(s->out_at[1], 1);
	assert_int_equal(s->out_at[s->n_nodes + 1], s->n_edges + 1);
	assert_int_equal(seen_in, s->n_edges);
	assert_int_equal(s->kind_at[AISP_NODE_KIND_END], s->n_nodes + 1);
	for (uint32_t i = 1; i <= s->n_edges; i++)
		assert_true(s->edges[i].ev_n > 0 && s->edges[i].confidence > 0);
}
