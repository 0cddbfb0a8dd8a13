/* What the tests of judge/ share: a small graph told in one line a node or edge, and the program's ways to fail loudly. */
#pragma once
#include "base/mem.h"
#include "judge/judge.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct world {
	struct aisp_graph *graph;
	uint16_t source;
	struct aisp_snapshot *s;
	struct aisp_reach *reach;
};

static inline struct aisp_evidence_in some_evidence(const struct world *w)
{
	return (struct aisp_evidence_in){.source = w->source, .form = AISP_EV_FILE, .confidence = AISP_CONF_DECLARED,
	                                 .locator = AISP_S("app.py"), .line = 7, .pointer = AISP_S("main"), .note = AISP_S("seen")};
}

static inline void world_begin(struct world *w)
{
	*w = (struct world){.graph = aisp_graph_new()};
	assert_non_null(w->graph);
	assert_int_equal(aisp_graph_source(w->graph, AISP_S("files:test"), AISP_S("files"), AISP_S("test"), &w->source, NULL), 0);
}

static inline aisp_node add(struct world *w, const char *kind, const char *id)
{
	struct aisp_evidence_in ev = some_evidence(w);
	aisp_node n = 0;
	enum aisp_node_kind k = aisp_node_kind_find(aisp_slice_z(kind));

	assert_int_not_equal(k, 0);
	assert_int_equal(aisp_graph_add_node(w->graph, k, aisp_slice_z(id), &ev, &n, NULL), 0);
	return n;
}

static inline void set(struct world *w, aisp_node n, const char *key, const char *value)
{
	assert_int_equal(aisp_graph_set_str(w->graph, n, w->source, key, aisp_slice_z(value), NULL), 0);
}

static inline aisp_edge join(struct world *w, aisp_node from, const char *kind, aisp_node to)
{
	struct aisp_evidence_in ev = some_evidence(w);
	struct aisp_edge_in in = {.control = AISP_S("app.py#main")};
	aisp_edge e = 0;
	enum aisp_edge_kind k = aisp_edge_kind_find(aisp_slice_z(kind));

	assert_int_not_equal(k, 0);
	assert_int_equal(aisp_graph_add_edge(w->graph, from, k, to, &in, &ev, &e, NULL), 0);
	return e;
}

static inline void world_freeze(struct world *w)
{
	struct aisp_err err = {AISP_OK, ""};

	if (aisp_graph_freeze(AISP_TAKE(w->graph), &w->s, &err) < 0 || aisp_reach_new(w->s, NULL, &w->reach, &err) < 0)
		fail_msg("%s", err.msg);
}

static inline void world_end(struct world *w)
{
	aisp_reach_freep(&w->reach);
	aisp_snapshot_freep(&w->s);
	aisp_graph_freep(&w->graph);
}

/* A chatbot open to the internet over a table of restricted records, with the credential that its workload holds. */
static inline void world_chatbot(struct world *w)
{
	world_begin(w);
	aisp_node internet = add(w, "internet", "internet"), web = add(w, "endpoint", "https://bot.example.com/"),
	          app = add(w, "workload", "k8s://c/prod/deployment/support-bot"), bot = add(w, "agent", "agent://support-bot/app.py#agent"),
	          chunks = add(w, "collection", "collection://support-bot/app.py#store"),
	          table = add(w, "table", "postgres://db:5432/support/public/support_chunks"),
	          db = add(w, "database", "postgres://db:5432/support"), role = add(w, "db_role", "postgres://db:5432#role/bot"),
	          key = add(w, "credential", "credential://fp1:00"), dev = add(w, "tenant", "tenant://dev");
	struct aisp_evidence_in ev = some_evidence(w);
	aisp_edge maybe = 0;
	struct aisp_edge_in in = {.condition = AISP_S("only on Sundays")};

	set(w, web, "auth", "none");
	set(w, app, "auth", "none");
	set(w, app, "environment", "production");
	set(w, table, "sensitivity", "restricted");
	assert_int_equal(aisp_graph_add_item(w->graph, table, w->source, "data_classes", AISP_S("email"), NULL), 0);
	assert_int_equal(aisp_graph_add_item(w->graph, table, w->source, "data_classes", AISP_S("phone"), NULL), 0);
	assert_int_equal(aisp_graph_set_int(w->graph, table, w->source, "rows_estimated", 42, NULL), 0);
	assert_int_equal(aisp_graph_set_bool(w->graph, role, w->source, "login", true, NULL), 0);
	assert_int_equal(aisp_graph_add_alias(w->graph, table, AISP_S("sql://support-bot/support_chunks"), w->source, NULL), 0);
	assert_int_equal(aisp_graph_add_gap(w->graph, w->source, AISP_S("secrets"), AISP_E_ACCESS, AISP_S("403"), NULL), 0);
	join(w, internet, "EXPOSES", web);
	join(w, web, "ROUTES_TO", app);
	join(w, app, "SERVES", bot);
	join(w, bot, "RETRIEVES_FROM", chunks);
	join(w, chunks, "STORED_IN", table);
	join(w, db, "HAS_DATA", table);
	join(w, app, "HOLDS", key);
	join(w, key, "AUTHENTICATES", role);
	join(w, role, "CAN_READ", table);
	aisp_edge grant = join(w, role, "GRANTED", table);
	assert_int_equal(aisp_graph_edge_set_str(w->graph, grant, w->source, "action", AISP_S("SELECT"), NULL), 0);
	assert_int_equal(aisp_graph_add_edge(w->graph, dev, AISP_EDGE_EXPOSES, web, &in, &ev, &maybe, NULL), 0);
	world_freeze(w);
}
