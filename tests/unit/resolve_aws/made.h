/* Small AWS worlds for tests: written into a graph as a collector would. */
#pragma once
#include "graph/graph.h"
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

struct made {
	struct aisp_graph *g;
	uint16_t source;
	struct aisp_err err;
};

static inline void made_ok(struct made *m, int r)
{
	if (r < 0)
		fail_msg("%s", m->err.msg);
}

static inline struct aisp_evidence_in made_at(const struct made *m)
{
	return (struct aisp_evidence_in){.source = m->source, .form = AISP_EV_API, .confidence = AISP_CONF_OBSERVED, .locator = AISP_S("aws://test"), .pointer = AISP_S("/PolicyDocument")};
}

static inline void made_new(struct made *m)
{
	m->g = aisp_graph_new();
	assert_non_null(m->g);
	made_ok(m, aisp_graph_source(m->g, AISP_S("aws:test"), AISP_S("aws"), AISP_S("test"), &m->source, &m->err));
}

static inline aisp_node made_node(struct made *m, enum aisp_node_kind kind, const char *id)
{
	const struct aisp_evidence_in ev = made_at(m);
	aisp_node n = 0;
	made_ok(m, aisp_graph_add_node(m->g, kind, aisp_slice_z(id), &ev, &n, &m->err));
	return n;
}

static inline void made_str(struct made *m, aisp_node n, const char *key, const char *v)
{
	made_ok(m, aisp_graph_set_str(m->g, n, m->source, key, aisp_slice_z(v), &m->err));
}

static inline void made_item(struct made *m, aisp_node n, const char *key, const char *v)
{
	made_ok(m, aisp_graph_add_item(m->g, n, m->source, key, aisp_slice_z(v), &m->err));
}

static inline void made_edge(struct made *m, aisp_node a, enum aisp_edge_kind kind, aisp_node b)
{
	const struct aisp_evidence_in ev = made_at(m);
	made_ok(m, aisp_graph_add_edge(m->g, a, kind, b, NULL, &ev, NULL, &m->err));
}

static inline aisp_node made_policy(struct made *m, const char *id, const char *type, const char *statements)
{
	char doc[16384];
	const aisp_node n = made_node(m, AISP_NODE_POLICY, id);
	snprintf(doc, sizeof doc, "{\"Version\":\"2012-10-17\",\"Statement\":[%s]}", statements);
	made_str(m, n, "document", doc);
	made_str(m, n, "policy_type", type);
	return n;
}

static inline aisp_node made_resource(struct made *m, enum aisp_node_kind kind, const char *arn, const char *type, const char *account, const char *region)
{
	const aisp_node n = made_node(m, kind, arn);
	made_str(m, n, "aws_type", type);
	made_str(m, n, "account", account);
	if (region)
		made_str(m, n, "region", region);
	return n;
}
