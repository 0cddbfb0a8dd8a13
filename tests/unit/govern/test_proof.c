/* What counts as proof that a path is closed, and what does not. */
#include "base/mem.h"
#include "govern/proof.h"
#include "graph/snapshot.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* dev ─MEMBER_OF▶ readers ─CAN_READ▶ table, told by "db"; bot ─CAN_READ▶ table by "other". */
enum {
	MEMBER = 1, GRANT = 2, BOT = 4, TABLE = 8, DEV = 16, RENAMED = 32, OTHERS = 64,
	ALL = MEMBER | GRANT | BOT | TABLE | DEV | OTHERS,
	GAP = 128, STALE = 256, NO_SOURCE = 512, FILE_GAP = 1024, SAMPLES = 2048,
};
static const char grant[] = "GRANT SELECT ON TABLE t TO readers", member[] = "GRANT readers TO dev";

static aisp_node node(struct aisp_graph *g, enum aisp_node_kind kind, const char *id, uint16_t source)
{
	const struct aisp_evidence_in ev = {.source = source, .form = AISP_EV_API, .confidence = AISP_CONF_OBSERVED, .locator = aisp_slice_z(id)};
	aisp_node n = 0;
	struct aisp_err err;
	assert_int_equal(aisp_graph_add_node(g, kind, aisp_slice_z(id), &ev, &n, &err), 0);
	return n;
}

static void edge(struct aisp_graph *g, aisp_node from, enum aisp_edge_kind kind, aisp_node to, const char *control, uint16_t source)
{
	const struct aisp_evidence_in ev = {.source = source, .form = AISP_EV_API, .confidence = AISP_CONF_OBSERVED, .locator = AISP_S("catalogue")};
	const struct aisp_edge_in in = {.control = aisp_slice_z(control)};
	aisp_edge e;
	struct aisp_err err;
	assert_int_equal(aisp_graph_add_edge(g, from, kind, to, &in, &ev, &e, &err), 0);
}

static struct aisp_snapshot *world(unsigned what)
{
	struct aisp_graph *g = aisp_graph_new();
	struct aisp_snapshot *s = NULL;
	struct aisp_err err;
	uint16_t db = 0, other = 0, files = 0;
	assert_non_null(g);
	if (!(what & NO_SOURCE)) {
		assert_int_equal(aisp_graph_source(g, AISP_S("db"), AISP_S("postgres"), AISP_S("db"), &db, &err), 0);
		if (what & STALE)
			assert_int_equal(aisp_graph_source_state(g, db, true, 5, &err), 0);
	}
	assert_int_equal(aisp_graph_source(g, AISP_S("other"), AISP_S("postgres"), AISP_S("other"), &other, &err), 0);
	assert_int_equal(aisp_graph_source(g, AISP_S("files:x"), AISP_S("files"), AISP_S("x"), &files, &err), 0);
	node(g, AISP_NODE_FILE, "x/known.json", files);
	const aisp_node t = db && what & TABLE ? node(g, AISP_NODE_TABLE, what & RENAMED ? "t2" : "t", db) : 0;
	const aisp_node dev = db && what & DEV ? node(g, AISP_NODE_DB_ROLE, "dev", db) : 0, readers = db ? node(g, AISP_NODE_DB_ROLE, "readers", db) : 0;
	if (dev && what & MEMBER)
		edge(g, dev, AISP_EDGE_MEMBER_OF, readers, member, db);
	if (t && what & GRANT)
		edge(g, readers, AISP_EDGE_CAN_READ, t, grant, db);
	if (t && what & BOT)
		edge(g, node(g, AISP_NODE_DB_ROLE, "bot", other), AISP_EDGE_CAN_READ, t, "GRANT SELECT ON TABLE t TO bot", other);
	if (what & GAP)
		assert_int_equal(aisp_graph_add_gap(g, db, AISP_S("role memberships"), AISP_E_ACCESS, AISP_S("refused"), &err), 0);
	if (what & SAMPLES)
		assert_int_equal(aisp_graph_add_gap(g, db, AISP_S("db: sampled values"), AISP_E_TIMEOUT, AISP_S("3 columns"), &err), 0);
	if (what & FILE_GAP)
		assert_int_equal(aisp_graph_add_gap(g, files, AISP_S("y/new.json"), AISP_E_PARSE, AISP_S("no JSON"), &err), 0);
	assert_int_equal(aisp_graph_freeze(g, &s, &err), 0);
	return s;
}

/* 'c' closed, 'o' open, 'u' unknown; the words must be in the reason. */
static void prove(const char *goal, unsigned before, unsigned now, const char *fresh, const char *controls, char want, const char *words)
{
	struct aisp_arena *a = aisp_arena_new(0);
	struct aisp_snapshot *old = before ? world(before) : NULL, *s = world(now);
	struct aisp_reach *r = NULL;
	const struct aisp_doc *plan = NULL;
	struct aisp_proof p = {0};
	struct aisp_err err = {0};
	const struct aisp_slice keys[] = {aisp_slice_z(fresh), AISP_S("files:x")};
	const struct aisp_slice text = aisp_arena_printf(a, "{\"certainty\":\"possible\",\"goals\":[{\"start\":%s,\"mode\":\"may_read\",\"closed\":true}],\"controls\":[%s]}", goal, controls);
	assert_int_equal(aisp_json_parse(a, text, NULL, &plan, &err), 0);
	assert_int_equal(aisp_reach_new(s, NULL, &r, &err), 0);
	const struct aisp_proof_in in = {.s = s, .r = r, .plan = plan, .before = old, .fresh = keys, .n_fresh = 2};
	if (aisp_proof_make(&in, a, &p, &err) < 0)
		fail_msg("%s", err.msg);
	const char got = p.v[0].unknown ? 'u' : p.v[0].ok ? 'c' : 'o';
	if (got != want || (words && aisp_slice_find(p.v[0].why, aisp_slice_z(words)) == SIZE_MAX))
		fail_msg("%s before %x now %x: %c, not %c (%.*s)", goal, before, now, got, want, AISP_FMT(p.v[0].why));
	assert_int_equal(p.unknown, got == 'u');
	assert_int_equal(p.bad, got == 'o');
	aisp_reach_free(r);
	aisp_snapshot_free(s);
	aisp_snapshot_free(old);
	aisp_arena_free(a);
}

#define GOAL "\"dev\",\"target\":\"t\""
#define ANYTHING "\"GRANT SELECT ON TABLE t TO readers\",\"GRANT readers TO dev\""

static void test_ends_are_there(void **state)
{
	(void)state;
	prove(GOAL, ALL, ALL, "db", "\"GRANT readers TO dev\"", 'o', NULL);
	prove(GOAL, ALL, ALL & ~MEMBER, "db", "\"GRANT readers TO dev\"", 'c', NULL);
	prove(GOAL, 0, ALL & ~MEMBER, "db", "\"GRANT readers TO dev\"", 'c', NULL); /* nothing to compare with */
	prove(GOAL, ALL, ALL & ~GRANT, "db", "\"GRANT readers TO dev\"", 'c', NULL); /* somebody else's doing, but read whole */
	prove(GOAL, ALL, (ALL & ~MEMBER) | GAP, "db", "\"GRANT readers TO dev\"", 'u', "dev MEMBER_OF readers is not told any more, which proves nothing: the source db has a gap that was not there before (role memberships: refused)");
	prove(GOAL, ALL | GAP, (ALL & ~MEMBER) | GAP, "db", "\"GRANT readers TO dev\"", 'c', NULL); /* that gap was there before */
	prove(GOAL, ALL, (ALL & ~MEMBER) | STALE, "db", "\"GRANT readers TO dev\"", 'u', "could not be collected");
	prove(GOAL, ALL, (ALL & ~MEMBER) | SAMPLES, "db", "\"GRANT readers TO dev\"", 'c', NULL); /* hides no membership */
	prove(GOAL, ALL, (ALL & ~MEMBER) | FILE_GAP, "db", "\"GRANT readers TO dev\"", 'c', NULL);
	prove(GOAL, ALL, ALL | GAP, "db", "\"GRANT readers TO dev\"", 'o', NULL); /* open is open */
}

static void test_an_end_is_gone(void **state)
{
	(void)state;
	prove(GOAL, ALL, ALL & ~(unsigned)(TABLE | GRANT | BOT), "db", "\"GRANT readers TO dev\"", 'u', "t is not in the facts any more, and nothing in the plan takes it away: the source db");
	prove(GOAL, ALL, ALL | RENAMED, "db", "\"GRANT readers TO dev\"", 'u', "nothing in the plan takes it away");
	prove(GOAL, ALL, ALL & ~(unsigned)(DEV | MEMBER), "db", "\"GRANT readers TO dev\"", 'c', NULL); /* all that dev had was the membership */
	prove(GOAL, ALL, (ALL & ~(unsigned)(DEV | MEMBER)) | GAP, "db", "\"GRANT readers TO dev\"", 'u', "dev is not in the facts any more, but the source db, which told of it, has a gap");
	prove(GOAL, ALL, ALL & ~(unsigned)(DEV | MEMBER), "db", "\"GRANT SELECT ON TABLE t TO readers\"", 'u', "nothing in the plan");
	prove(GOAL, ALL, ALL & ~(unsigned)(TABLE | GRANT | BOT), "db", ANYTHING, 'u', "nothing in the plan"); /* bot read it, too */
	prove(GOAL, ALL & ~BOT, ALL & ~(unsigned)(TABLE | GRANT | BOT), "db", ANYTHING, 'c', NULL);
	prove(GOAL, ALL & ~BOT, ALL & ~(unsigned)(TABLE | GRANT | BOT), "db", "\"t\"", 'c', NULL); /* the plan names where it stood */
	prove(GOAL, ALL, ALL | NO_SOURCE, "db", ANYTHING, 'u', "db, which told of it, is no longer among the sources");
	prove(GOAL, 0, ALL & ~TABLE, "db", ANYTHING, 'u', "t is in no facts, neither now nor before");
	prove("\"dev\",\"target\":\"nowhere\"", ALL, ALL, "db", ANYTHING, 'u', "nowhere is in no facts");
}

/* What "other" told goes with an end that only "db" knew, though other was not asked. */
static void test_an_edge_that_lost_its_end(void **state)
{
	(void)state;
	prove("\"bot\",\"target\":\"t\"", ALL, ALL & ~(unsigned)(TABLE | GRANT | BOT), "db", "\"GRANT SELECT ON TABLE t TO bot\"", 'u', NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends_are_there),
		cmocka_unit_test(test_an_end_is_gone),
		cmocka_unit_test(test_an_edge_that_lost_its_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
