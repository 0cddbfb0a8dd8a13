/* aisp-ignore.yaml: what is refused and where; days, counts, patterns; a baseline hides exactly what it was written of. */
#include "base/buf.h"
#include "base/clock.h"
#include "judge/suppress.h"
#include "judge_test.h"

enum { N = 6 };
static struct aisp_rule rules[] = {{.id = {"AISP-A-001", 10}}, {.id = {"AISP-B-002", 10}}};
static struct aisp_err err;

struct set {
	struct aisp_snapshot *s;
	struct aisp_finding v[N];
	struct aisp_findings f;
	aisp_edge edges[2];
	struct aisp_hop hops[4];
};

/* Four findings about things at places of their own (the third and fourth alike but for the rule), and two along paths that
 * cross: the fifth goes b then a, the sixth only a. */
static void make(struct set *x)
{
	static const struct {
		const char *id, *name, *place;
	} things[] = {{"x://0", "plain", "src/a.env"}, {"x://1", "quo\"te*[x]?\\", "dir/\xc3\xbc \x01.env"}, {"x://2", "", "src/b.env"}, {"x://3", "bad\xff", "src/c"}};
	struct aisp_graph *g = aisp_graph_new();
	struct aisp_evidence_in ev = {.form = AISP_EV_FILE, .confidence = AISP_CONF_DECLARED, .line = 3};
	aisp_node n[4];

	memset(x, 0, sizeof *x);
	assert_int_equal(aisp_graph_source(g, AISP_S("files:t"), AISP_S("files"), AISP_S("t"), &ev.source, &err), 0);
	for (size_t i = 0; i < 4; i++) {
		ev.locator = aisp_slice_z(things[i].place);
		assert_int_equal(aisp_graph_add_node(g, AISP_NODE_TOOL, aisp_slice_z(things[i].id), &ev, &n[i], &err), 0);
		if (things[i].name[0])
			assert_int_equal(aisp_graph_set_str(g, n[i], ev.source, "name", aisp_slice_z(things[i].name), &err), 0);
	}
	ev.locator = AISP_S("path/b");
	assert_int_equal(aisp_graph_add_edge(g, n[0], AISP_EDGE_CALLS, n[1], NULL, &ev, NULL, &err), 0);
	ev.locator = AISP_S("path/a");
	assert_int_equal(aisp_graph_add_edge(g, n[0], AISP_EDGE_CALLS, n[2], NULL, &ev, NULL, &err), 0);
	assert_int_equal(aisp_graph_freeze(g, &x->s, &err), 0);
	for (size_t i = 0; i < N; i++)
		x->v[i] = (struct aisp_finding){.rule = &rules[i == 3], .subject = aisp_snapshot_find(x->s, aisp_slice_z(things[i < 4 ? i : 0].id))};
	for (aisp_edge e = 1; e <= x->s->n_edges; e++)
		x->hops[aisp_slice_eqz(aisp_snapshot_text(x->s, x->s->evidence[x->s->edges[e].ev_at].locator), "path/a")].edge = e;
	x->hops[2] = x->hops[1];
	x->v[4].path = (struct aisp_path){.hops = x->hops, .n = 2};
	x->v[5].path = (struct aisp_path){.hops = x->hops + 2, .n = 1};
	x->v[4].start = x->v[5].start = x->v[4].subject;
	x->f = (struct aisp_findings){.v = x->v, .n = N};
}

static int64_t at(const char *time)
{
	int64_t us = 0;

	assert_int_equal(aisp_clock_parse(time, &us), 0);
	return us;
}

/* How many of the findings the text hides at that time. */
static size_t hidden(const char *text, const char *now, struct aisp_suppressed *ret)
{
	struct aisp_suppressions *s = NULL;
	struct set x;

	make(&x);
	if (aisp_suppressions_parse(aisp_slice_z(text), "f.yaml", &s, &err) < 0)
		fail_msg("%s", err.msg);
	aisp_suppressions_apply(s, x.s, at(now), &x.f, ret);
	assert_int_equal(x.f.n + ret->hidden, N);
	aisp_suppressions_free(s);
	aisp_snapshot_free(x.s);
	return ret->hidden;
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"ignore:\n  - rule: A\n", "f.yaml:2: an entry needs a reason"},
		{"ignore:\n  - rule: A\n    reason: '  '\n", "f.yaml:2: an entry needs a reason"},
		{"ignore:\n\n  - reason: x\n", "f.yaml:3: an entry needs at least one of"},
		{"ignore:\n  - rule: A\n    reason: x\n    typo: y\n", "f.yaml:4: an entry has rule"},
		{"ignore:\n  - rule: A\n    reason: x\n    until: soon\n", "f.yaml:4: until is a day"},
		{"ignore:\n  - rule: A\n    reason: x\n    until: 2027-02-30\n", "f.yaml:4: until is a day"},
		{"ignore:\n  - rule: A\n    reason: x\n    count: many\n", "f.yaml:4: an entry has rule"},
		{"ignore:\n  - rule: A\n    reason: x\n    count: -1\n", "f.yaml:4: count is how many"},
		{"ignore:\n  - rule: [A]\n    reason: x\n", "f.yaml:2: an entry has rule"},
		{"ignore:\n  - A\n", "f.yaml:2: an entry is a mapping"},
		{"ignore: A\n", "f.yaml:1: the file has one list"},
		{"- A\n", "f.yaml:1: the file has one list"},
		{"ignore:\n  - {rule: A\n", "f.yaml: line "},
	};
	struct aisp_suppressions *s = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(aisp_suppressions_parse(aisp_slice_z(cases[i].text), "f.yaml", &s, &err), AISP_E_USAGE);
		assert_null(s);
		if (strncmp(err.msg, cases[i].message, strlen(cases[i].message)) != 0)
			fail_msg("%s gives %s", cases[i].text, err.msg);
	}
}

static void test_days(void **state)
{
	static const char text[] = "ignore:\n  - rule: \"*\"\n    reason: all\n    until: 2027-06-30\n";
	struct aisp_suppressed told;

	(void)state;
	assert_int_equal(hidden(text, "2027-06-30T23:59:59Z", &told), N);
	assert_int_equal(told.expired, 0);
	assert_int_equal(hidden(text, "2027-07-01T00:00:00Z", &told), 0);
	assert_int_equal(told.expired, 1);
	assert_true(aisp_slice_eqz(told.first_expired, "f.yaml:2 (all)") || told.first_expired.n > 0);
}

static void test_patterns(void **state)
{
	static const struct {
		const char *entry;
		size_t hidden, unused;
	} cases[] = {
		{"rule: \"AISP-A-*\"", 5, 0},           {"rule: AISP-B-002", 1, 0},      {"rule: AISP-C", 0, 1},
		{"path: src/*", 3, 0},                  {"path: \"**/*.env\"", 3, 0},    {"path: path/a", 2, 0},
		{"path: path/*\n    count: 1", 1, 0},   {"subject: plain", 3, 0},        {"subject: \"x://[0-2]\"", 5, 0},
		{"rule: \"*\"\n    count: 0", 0, 1},    {"rule: AISP-B-002\n    path: src/a.env", 0, 1},
	};
	char text[256];
	struct aisp_suppressed told;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(text, sizeof text, "ignore:\n  - %s\n    reason: r\n", cases[i].entry);
		if (hidden(text, "2026-01-01T00:00:00Z", &told) != cases[i].hidden || told.unused != cases[i].unused)
			fail_msg("%s hides %zu, unused %zu", cases[i].entry, told.hidden, told.unused);
	}
	assert_int_equal(hidden("ignore:\n", "2026-01-01T00:00:00Z", &told), 0);
	assert_int_equal(hidden("", "2026-01-01T00:00:00Z", &told), 0);
}

/* Each subset of the findings as a baseline hides those and no other, in whatever order they come. */
static void test_baseline(void **state)
{
	(void)state;
	for (unsigned mask = 0; mask < 1u << N; mask++) {
		struct set x;
		struct aisp_finding some[N], all[N];
		struct aisp_findings f = {.v = some}, g = {.v = all, .n = N};
		struct aisp_suppressions *s = NULL;
		struct aisp_suppressed told;
		AISP_AUTOBUF struct aisp_buf out = {0};

		make(&x);
		aisp_buf_init(&out, 0);
		for (size_t i = 0; i < N; i++) {
			all[i] = x.v[(i + mask) % N];
			if (mask >> i & 1)
				some[f.n++] = x.v[i];
		}
		assert_int_equal(aisp_suppressions_write(x.s, &f, at("2026-01-01T00:00:00Z"), &out, &err), 0);
		if (aisp_suppressions_parse(aisp_buf_slice(&out), "b", &s, &err) < 0)
			fail_msg("%s\n%.*s", err.msg, (int)out.n, out.p);
		aisp_suppressions_apply(s, x.s, at("2026-01-02T00:00:00Z"), &g, &told);
		for (size_t i = 0; i < g.n; i++)
			for (size_t k = 0; k < N; k++)
				if (mask >> k & 1 && g.v[i].subject == x.v[k].subject && g.v[i].rule == x.v[k].rule && g.v[i].path.n == x.v[k].path.n)
					fail_msg("mask %u: finding %zu is not hidden by\n%.*s", mask, k, (int)out.n, out.p);
		assert_int_equal(told.hidden, f.n);
		assert_int_equal(told.unused, 0);
		aisp_suppressions_free(s);
		aisp_snapshot_free(x.s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_refused), cmocka_unit_test(test_days), cmocka_unit_test(test_patterns),
	                                   cmocka_unit_test(test_baseline)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
