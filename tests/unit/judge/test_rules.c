/* Loading rules and frameworks, what is refused and with which words, and the samples beside every built-in rule. */
#include "base/fs.h"
#include "judge/frameworks.h"
#include "judge_test.h"
#include <unistd.h>

static int show_failures(void *ctx, const struct aisp_rule *rule, struct aisp_slice sample, bool ok, const char *detail)
{
	int *counts = ctx;

	counts[ok]++;
	if (!ok)
		print_error("%.*s, sample \"%.*s\": %s\n", AISP_FMT(rule->id), AISP_FMT(sample), detail);
	return 0;
}

static void samples_of_all_builtin_rules_hold(void **state)
{
	struct aisp_rules *r = NULL;
	struct aisp_err err = {AISP_OK, ""};
	int counts[2] = {0, 0};

	(void)state;
	if (aisp_rules_load(NULL, &r, &err) < 0)
		fail_msg("%s", err.msg);
	assert_true(aisp_rules_count(r) >= 30);
	if (aisp_rules_test(r, show_failures, counts, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(counts[0], 0);
	assert_true((size_t)counts[1] >= 2 * aisp_rules_count(r));
	aisp_rules_free(r);
}

static void builtin_rules_are_sorted_and_mapped(void **state)
{
	struct aisp_rules *r = NULL;
	struct aisp_err err = {AISP_OK, ""};

	(void)state;
	if (aisp_rules_load(NULL, &r, &err) < 0)
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < aisp_rules_count(r); i++) {
		const struct aisp_rule *x = aisp_rules_at(r, i);
		assert_true(x->n_controls >= 3);
		assert_true(x->remediation.n > 20 && x->description.n > 40);
		if (i)
			assert_true(aisp_slice_cmp(aisp_rules_at(r, i - 1)->id, x->id) < 0);
		for (size_t k = 1; k < x->n_controls; k++) /* no control stands twice */
			for (size_t m = 0; m < k; m++)
				assert_ptr_not_equal(x->controls[k], x->controls[m]);
	}
	assert_null(aisp_rules_at(r, aisp_rules_count(r)));
	assert_int_equal(aisp_rules_framework_count(r), 13);
	assert_null(aisp_rules_framework_at(r, 13));
	const struct aisp_control *c = aisp_rules_control(r, AISP_S("owasp-nhi-2025:NHI2:2025"));
	assert_non_null(c);
	assert_true(aisp_slice_eqz(c->title, "Secret Leakage"));
	assert_null(aisp_rules_control(r, AISP_S("owasp-nhi-2025:NHI2:2024")));
	assert_null(aisp_rules_control(r, AISP_S("NHI2")));
	aisp_rules_free(r);
}

/* ---- Rules of users ---- */

struct folder {
	char path[64], file[128];
};

static void write_rule(struct folder *f, const char *text)
{
	struct aisp_err err = {AISP_OK, ""};

	if (!f->path[0]) {
		strcpy(f->path, "/tmp/aisp-rules-XXXXXX");
		assert_non_null(mkdtemp(f->path));
		snprintf(f->file, sizeof f->file, "%s/mine.yaml", f->path);
	}
	if (aisp_fs_write(f->file, aisp_slice_z(text), 0600, &err) < 0)
		fail_msg("%s", err.msg);
}

static void remove_folder(struct folder *f)
{
	unlink(f->file);
	rmdir(f->path);
}

#define RULE(id, more)                                                                                                 \
	"id: " id "\ntitle: t\nseverity: low\ndescription: d\nremediation: r\nmessage: \"m {subject}\"\n" more

static void broken_rules_are_refused_with_file_line_and_reason(void **state)
{
	static const struct {
		const char *text, *says;
	} broken[] = {
		{"id: [", "mine.yaml"},
		{"- a\n- b\n", "must hold one mapping"},
		{"id: X\n", "the rule needs 'title'"},
		{RULE("X", "sql: SELECT 1 AS subject\nsqll: x\n"), "mine.yaml:8: a rule has no 'sqll'"},
		{RULE("X Y", "sql: SELECT 1 AS subject\n"), "mine.yaml:1: an id is"},
		{RULE("X", "sql: SELECT ref AS subjekt FROM node\n"), "gives no column 'subject'"},
		{RULE("X", "sql: SELEKT 1\n"), "mine.yaml:7: SQL: near \"SELEKT\""},
		{RULE("X", "sql: SELECT nope AS subject FROM node\n"), "no such column: nope"},
		{RULE("X", "sql: SELECT 1 AS subject; SELECT 2\n"), "one statement at a time"},
		{RULE("X", "sql: DELETE FROM node\n"), "mine.yaml:7: "},
		{RULE("X", "sql: SELECT 1 AS subject\npath_mode: read\n"), "path_mode needs columns"},
		{RULE("X", "sql: SELECT 1 AS subject\npath_mode: smell\n"), "mine.yaml:8: 'smell' is no mode"},
		{RULE("X", "sql: SELECT 1 AS subject\none_per: day\n"), "mine.yaml:8: one_per must be"},
		{RULE("X", "sql: SELECT 1 AS subject\ncontrols: [owasp-nhi-2025:NHI2]\n"), "unknown control 'owasp-nhi-2025:NHI2'"},
		{RULE("X", "sql: SELECT 1 AS subject\ncontrols: all\n"), "controls must be a list"},
		{"id: X\ntitle: t\nseverity: awful\ndescription: d\nremediation: r\nmessage: m\nsql: SELECT 1 AS subject\n",
	         "mine.yaml:3: severity must be"},
		{"id: X\ntitle: t\nseverity: low\ndescription: d\nremediation: r\nmessage: \"m {object}\"\nsql: SELECT 1 AS subject\n",
	         "the message names {object}"},
		{"id: X\ntitle: 7\nseverity: low\ndescription: d\nremediation: r\nmessage: m\nsql: SELECT 1 AS subject\n",
	         "mine.yaml:2: title must be text"},
	};
	struct folder f = {"", ""};

	(void)state;
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
		struct aisp_rules *r = NULL;
		struct aisp_err err = {AISP_OK, ""};
		write_rule(&f, broken[i].text);
		int e = aisp_rules_load(f.path, &r, &err);
		if (e != AISP_E_USAGE || err.code != AISP_E_USAGE || !strstr(err.msg, broken[i].says) || r)
			fail_msg("row %zu: code %d, \"%s\" does not say \"%s\"", i, e, err.msg, broken[i].says);
	}
	remove_folder(&f);
}

static void a_missing_folder_is_an_error_and_other_files_are_passed_over(void **state)
{
	struct folder f = {"", ""};
	struct aisp_rules *r = NULL;
	struct aisp_err err = {AISP_OK, ""};
	char other[128];

	(void)state;
	assert_int_equal(aisp_rules_load("/nonexistent/rules", &r, &err), AISP_E_USAGE);
	assert_non_null(strstr(err.msg, "/nonexistent/rules"));
	write_rule(&f, RULE("MINE-1", "sql: SELECT ref AS subject FROM node\n"));
	snprintf(other, sizeof other, "%s/README.md", f.path);
	assert_int_equal(aisp_fs_write(other, AISP_S("no rule"), 0600, NULL), 0);
	assert_int_equal(aisp_rules_load(f.path, &r, NULL), 0);
	aisp_rules_free(r);
	unlink(other);
	remove_folder(&f);
}

static void a_rule_of_the_user_takes_the_place_of_a_builtin_one(void **state)
{
	struct folder f = {"", ""};
	struct aisp_rules *r = NULL;
	size_t builtin = 0, seen = 0;

	(void)state;
	assert_int_equal(aisp_rules_load(NULL, &r, NULL), 0);
	builtin = aisp_rules_count(r);
	aisp_rules_freep(&r);
	write_rule(&f, RULE("AISP-PATH-001", "sql: SELECT ref AS subject FROM node WHERE kind = 'agent'\n"));
	assert_int_equal(aisp_rules_load(f.path, &r, NULL), 0);
	assert_int_equal(aisp_rules_count(r), builtin);
	for (size_t i = 0; i < builtin; i++)
		if (aisp_slice_eqz(aisp_rules_at(r, i)->id, "AISP-PATH-001")) {
			seen++;
			assert_int_equal(aisp_rules_at(r, i)->severity, AISP_SEV_LOW);
			assert_true(aisp_slice_ends(aisp_rules_at(r, i)->file, AISP_S("mine.yaml")));
		}
	assert_int_equal(seen, 1);
	aisp_rules_free(r);
	remove_folder(&f);
}

/* A sample that is wrong must be told, or the samples of all rules prove nothing. */
static int take_last(void *ctx, const struct aisp_rule *rule, struct aisp_slice sample, bool ok, const char *detail)
{
	if (aisp_slice_eqz(rule->id, "MINE-1"))
		snprintf(ctx, 512, "%s%.*s: %s", ok ? "ok " : "bad ", AISP_FMT(sample), detail);
	return 0;
}

static void wrong_samples_are_told(void **state)
{
	static const struct {
		const char *samples, *says;
	} wrong[] = {
		{"", "bad negative: there is no such sample"},
		{"samples:\n  positive:\n    - {name: a, nodes: {x: agent}}\n  negative:\n    - {name: b, nodes: {x: agent}}\n",
	         "bad b: must find nothing, but finds x"},
		{"samples:\n  negative:\n    - {name: b, nodes: {x: dragon}}\n", "bad b: line 10: unknown kind of node 'dragon'"},
		{"samples:\n  negative:\n    - {name: b, nodes: {x: tool}, edges: [x EATS x]}\n", "an edge is 'node KIND node'"},
		{"samples:\n  negative:\n    - {name: b, nodes: {x: tool}, edges: [x CALLS y]}\n", "unknown node 'y'"},
		{"samples:\n  negative: [{name: b}]\n", "a sample has a mapping 'nodes'"},
		{"samples:\n  negative: []\n  positive:\n    - {name: b, nodes: {x: tool}}\n", "bad negative"},
	};
	struct folder f = {"", ""};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct aisp_rules *r = NULL;
		struct aisp_err err = {AISP_OK, ""};
		char text[2048], last[512] = "";
		snprintf(text, sizeof text, RULE("MINE-1", "sql: SELECT ref AS subject FROM node WHERE kind = 'agent'\n%s"), wrong[i].samples);
		write_rule(&f, text);
		if (aisp_rules_load(f.path, &r, &err) < 0)
			fail_msg("%s", err.msg);
		assert_int_equal(aisp_rules_test(r, take_last, last, &err), 0);
		if (!strstr(last, wrong[i].says))
			fail_msg("row %zu: \"%s\" does not say \"%s\"", i, last, wrong[i].says);
		aisp_rules_free(r);
	}
	remove_folder(&f);
}

static void an_expectation_that_does_not_hold_is_told(void **state)
{
	struct folder f = {"", ""};
	struct aisp_rules *r = NULL;
	char last[512] = "";

	(void)state;
	write_rule(&f, RULE("MINE-1", "sql: SELECT ref AS subject FROM node WHERE kind = 'agent'\n"
	                              "samples: {negative: [{nodes: {x: tool}}], positive: [{name: p, nodes: {x: agent, y: agent}, "
	                              "expect: [{subject: x}]}]}\n"));
	assert_int_equal(aisp_rules_load(f.path, &r, NULL), 0);
	struct aisp_err err = {AISP_OK, ""};
	assert_int_equal(aisp_rules_test(r, take_last, last, &err), 0);
	assert_non_null(strstr(last, "ok "));
	aisp_rules_freep(&r);
	write_rule(&f, RULE("MINE-1", "sql: SELECT ref AS subject FROM node WHERE kind = 'agent'\n"
	                              "samples: {positive: [{name: p, nodes: {x: agent, y: agent}, expect: [{subject: x}]}]}\n"));
	assert_int_equal(aisp_rules_load(f.path, &r, NULL), 0);
	int counts[2] = {0, 0};
	assert_int_equal(aisp_rules_test(r, show_failures, counts, &err), 0);
	assert_int_equal(counts[0], 2); /* two findings instead of one; no negative sample */
	aisp_rules_free(r);
	remove_folder(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_of_all_builtin_rules_hold),
		cmocka_unit_test(builtin_rules_are_sorted_and_mapped),
		cmocka_unit_test(broken_rules_are_refused_with_file_line_and_reason),
		cmocka_unit_test(a_missing_folder_is_an_error_and_other_files_are_passed_over),
		cmocka_unit_test(a_rule_of_the_user_takes_the_place_of_a_builtin_one),
		cmocka_unit_test(wrong_samples_are_told),
		cmocka_unit_test(an_expectation_that_does_not_hold_is_told),
	};
	return cmocka_run_group_tests_name("judge/rules", tests, NULL, NULL);
}
