/* Big graphs out of a seed (see synthetic.h). */
#include "graph/synthetic.h"
#include "graph/graph_int.h"
#include <stdarg.h>
#include <stdio.h>

struct maker {
	const struct aisp_synthetic *spec;
	struct aisp_snapshot *s;
	aisp_sym *controls, *files;
	uint32_t n_controls, n_files;
	aisp_sym name, gated, condition, note;
	uint64_t random;
	struct aisp_err *err;
};

static uint64_t next_random(struct maker *m)
{
	m->random ^= m->random << 13;
	m->random ^= m->random >> 7;
	m->random ^= m->random << 17;
	return m->random;
}

static uint32_t below(struct maker *m, uint32_t n)
{
	return (uint32_t)(((next_random(m) >> 32) * n) >> 32);
}

/* Small numbers come far more often than large ones. */
static uint32_t skewed(struct maker *m, uint32_t n)
{
	uint64_t a = below(m, n), b = below(m, n);

	return next_random(m) & 3 ? below(m, n) : (uint32_t)(a * b / n * (below(m, 1000) + 1) / 1000);
}

static int intern(struct maker *m, aisp_sym *ret, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static int intern(struct maker *m, aisp_sym *ret, const char *fmt, ...)
{
	char text[128];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return aisp_symtab_add(m->s->syms, aisp_slice_of(text, (size_t)n), ret, m->err);
}

static int make_texts(struct maker *m)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < m->n_controls; i++)
		r = intern(m, &m->controls[i], "policies/team-%u.yaml#/statements/%u", i / 20, i % 20);
	for (uint32_t i = 0; r == 0 && i < m->n_files; i++)
		r = intern(m, &m->files[i], "deploy/cluster-%u/resources-%u.yaml", i / 50, i);
	if (r < 0 || (r = intern(m, &m->name, "name")) < 0 || (r = intern(m, &m->gated, "gated")) < 0 ||
	    (r = intern(m, &m->condition, "aws:SourceVpce equals vpce-1")) < 0)
		return r;
	return intern(m, &m->note, "written in the manifest");
}

static int make_sources(struct maker *m)
{
	struct aisp_snapshot *s = m->s;
	int r = 0;

	for (uint32_t i = 1; r == 0 && i <= s->n_sources; i++) {
		if ((r = intern(m, &s->sources[i].key, "synthetic:%u", i)) == 0)
			r = intern(m, &s->sources[i].kind, "synthetic");
		s->sources[i].target = s->sources[i].key;
		s->sources[i].collected_us = m->spec->taken_us;
	}
	return r;
}

static struct aisp_evidence evidence(struct maker *m, uint32_t i)
{
	struct aisp_evidence ev = {.locator = m->files[below(m, m->n_files)], .line = i % 100000 + 1,
	                           .source = (uint16_t)(i % m->s->n_sources + 1), .form = AISP_EV_FILE,
	                           .confidence = AISP_CONF_DECLARED};

	ev.note = i % 8 ? 0 : m->note;
	return ev;
}

static int make_node(struct maker *m, uint32_t i)
{
	struct aisp_snapshot *s = m->s;
	struct aisp_snode *n = &s->nodes[i + 1];
	unsigned kind = 1 + (unsigned)((uint64_t)i * (AISP_NODE_KIND_END - 1) / m->spec->n_nodes);
	int r = intern(m, &n->id, "%s://cluster-%03u/namespace-%02u/%08u", aisp_node_kinds[kind].name, i % 400, i % 37, i);

	n->kind = (uint8_t)kind;
	n->ev_at = s->n_evidence;
	n->ev_n = 1;
	s->evidence[s->n_evidence++] = evidence(m, i);
	if (r < 0 || i % 4)
		return r;
	n->prop_at = s->n_props;
	n->prop_n = 2;
	uint16_t source = s->evidence[n->ev_at].source;

	s->props[s->n_props++] = (struct aisp_prop){.key = m->gated, .type = AISP_PROP_BOOL, .source = source, .b = i % 8 == 0};
	s->props[s->n_props++] = (struct aisp_prop){.key = m->name, .type = AISP_PROP_STR, .source = source, .s = m->files[i % m->n_files]};
	return 0;
}

static void make_edge(struct maker *m, uint32_t i)
{
	struct aisp_snapshot *s = m->s;
	struct aisp_sedge *e = &s->edges[i + 1];

	e->from = 1 + skewed(m, s->n_nodes);
	e->to = 1 + skewed(m, s->n_nodes);
	e->kind = (uint8_t)(1 + below(m, AISP_EDGE_KIND_END - 1));
	e->control = i % 3 ? 0 : m->controls[below(m, m->n_controls)];
	e->condition = i % 50 ? 0 : m->condition;
	e->ev_at = s->n_evidence;
	e->ev_n = 1;
	s->evidence[s->n_evidence++] = evidence(m, i);
}

static int make(struct maker *m)
{
	struct aisp_snapshot *s = m->s;
	uint32_t n = m->spec->n_nodes, e = m->spec->n_edges;
	int r;

	m->n_controls = e / 100 + 1;
	m->n_files = n / 50 + 1;
	m->controls = aisp_mem_alloc(m->n_controls * sizeof *m->controls);
	m->files = aisp_mem_alloc(m->n_files * sizeof *m->files);
	s->n_sources = m->spec->n_sources ? m->spec->n_sources : 4;
	s->syms = aisp_symtab_new();
	s->nodes = aisp_mem_zalloc((size_t)n + 1, sizeof *s->nodes);
	s->edges = aisp_mem_zalloc((size_t)e + 1, sizeof *s->edges);
	s->evidence = aisp_mem_zalloc((size_t)n + e + 1, sizeof *s->evidence);
	s->props = aisp_mem_zalloc((size_t)n + 2, sizeof *s->props);
	s->sources = aisp_mem_zalloc((size_t)s->n_sources + 1, sizeof *s->sources);
	s->taken_us = m->spec->taken_us;
	if (!m->controls || !m->files || !s->syms || !s->nodes || !s->edges || !s->evidence || !s->props || !s->sources)
		return aisp_graph__nomem(m->err);
	if ((r = make_texts(m)) < 0 || (r = make_sources(m)) < 0)
		return r;
	for (uint32_t i = 0; i < n; i++)
		if ((r = make_node(m, i)) < 0)
			return r;
	s->n_nodes = n;
	for (uint32_t i = 0; n && i < e; i++)
		make_edge(m, i);
	s->n_edges = n ? e : 0;
	return aisp_snapshot_finish(s, m->err);
}

int aisp_synthetic_make(const struct aisp_synthetic *spec, struct aisp_snapshot **ret_snapshot, struct aisp_err *err)
{
	struct maker m = {.spec = spec, .random = (uint64_t)spec->seed * 0x9e3779b97f4a7c15ULL | 1, .err = err};

	m.s = aisp_mem_zalloc(1, sizeof *m.s);
	int r = m.s ? make(&m) : aisp_graph__nomem(err);

	aisp_mem_free(m.controls);
	aisp_mem_free(m.files);
	if (r < 0) {
		aisp_snapshot_free(m.s);
		return r;
	}
	*ret_snapshot = m.s;
	return 0;
}
