/* Findings: what they say, how they are merged, weighed, sorted and recognised again. */
#include "base/fs.h"
#include "judge_test.h"
#include <unistd.h>

/* The built-in rules and one of our own, from a folder that is gone when this returns. */
static struct aisp_rules *load_with(const char *text)
{
	char dir[] = "/tmp/aisp-judge-XXXXXX", file[64];
	struct aisp_rules *r = NULL;
	struct aisp_err err = {AISP_OK, ""};

	if (text) {
		assert_non_null(mkdtemp(dir));
		snprintf(file, sizeof file, "%s/mine.yaml", dir);
		assert_int_equal(aisp_fs_write(file, aisp_slice_z(text), 0600, NULL), 0);
	}
	if (aisp_rules_load(text ? dir : NULL, &r, &err) < 0)
		fail_msg("%s", err.msg);
	if (text) {
		unlink(file);
		rmdir(dir);
	}
	return r;
}

static struct aisp_findings judged(const struct aisp_rules *r, const struct world *w)
{
	struct aisp_findings f = {NULL, NULL, 0};
	struct aisp_err err = {AISP_OK, ""};

	if (aisp_judge(r, w->s, w->reach, &f, &err) < 0)
		fail_msg("%s", err.msg);
	return f;
}

static const struct aisp_finding *find(const struct aisp_findings *f, const char *rule, size_t *ret_n)
{
	const struct aisp_finding *first = NULL;
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		if (aisp_slice_eqz(f->v[i].rule->id, rule) && n++ == 0)
			first = &f->v[i];
	if (ret_n)
		*ret_n = n;
	return first;
}

static void a_finding_names_what_where_and_why(void **state)
{
	struct world w;
	struct aisp_rules *r = load_with(NULL);

	(void)state;
	world_chatbot(&w);
	struct aisp_findings f = judged(r, &w);
	size_t n = 0;
	const struct aisp_finding *x = find(&f, "AISP-PATH-001", &n);
	assert_int_equal(n, 1);
	assert_int_equal(x->severity, AISP_SEV_CRITICAL);
	assert_true(x->certain);
	assert_int_equal(x->confidence, AISP_CONF_DECLARED);
	assert_int_equal(w.s->nodes[x->subject].kind, AISP_NODE_AGENT);
	assert_int_equal(w.s->nodes[x->start].kind, AISP_NODE_INTERNET);
	assert_int_equal(w.s->nodes[x->target].kind, AISP_NODE_TABLE);
	assert_int_equal(x->path.hops[x->path.n - 1].to, x->target);
	assert_int_equal(x->path.hops[x->path.n - 1].gain, AISP_MODE_READ_VIA);
	assert_int_equal(x->path.cost, 5);
	/* 40 critical, 20 restricted, 20 internet, 5 certain, 4 declared */
	assert_int_equal(x->priority, 89);
	assert_int_equal(x->n_terms, 5);
	int sum = 0;
	for (size_t i = 0; i < x->n_terms; i++)
		sum += x->terms[i].points;
	assert_int_equal(sum, x->priority);
	assert_true(aisp_slice_eqz(x->terms[1].what, "reaches restricted data"));
	assert_true(aisp_slice_eqz(x->terms[2].what, "from the internet"));
	assert_int_equal(strlen(x->fingerprint), 32);
	assert_ptr_equal(x, &f.v[0]); /* nothing here is worse */
	for (size_t i = 1; i < f.n; i++)
		assert_true(f.v[i - 1].priority >= f.v[i].priority);
	aisp_findings_done(&f);
	assert_int_equal(f.n, 0);
	aisp_rules_free(r);
	world_end(&w);
}

static void the_same_graph_gives_the_same_findings(void **state)
{
	struct world a, b;
	struct aisp_rules *r = load_with(NULL);

	(void)state;
	world_chatbot(&a);
	world_chatbot(&b);
	struct aisp_findings x = judged(r, &a), y = judged(r, &b);
	assert_int_equal(x.n, y.n);
	assert_true(x.n >= 3);
	for (size_t i = 0; i < x.n; i++) {
		assert_string_equal(x.v[i].fingerprint, y.v[i].fingerprint);
		assert_true(aisp_slice_eq(x.v[i].message, y.v[i].message));
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(x.v[i].fingerprint, x.v[k].fingerprint);
	}
	aisp_findings_done(&x);
	aisp_findings_done(&y);
	aisp_rules_free(r);
	world_end(&a);
	world_end(&b);
}

/* Three starts and two targets of one agent. */
static void world_of_many(struct world *w)
{
	world_begin(w);
	aisp_node bot = add(w, "agent", "bot"), internet = add(w, "internet", "internet"), one = add(w, "table", "one"),
	          two = add(w, "table", "two");
	set(w, one, "sensitivity", "internal");
	set(w, two, "sensitivity", "restricted");
	join(w, bot, "READS", one);
	join(w, bot, "READS", two);
	aisp_node app = add(w, "workload", "app");
	set(w, app, "auth", "none");
	join(w, app, "SERVES", bot);
	join(w, internet, "EXPOSES", app);
	join(w, add(w, "network", "lan"), "EXPOSES", app);
	join(w, add(w, "tenant", "tenant://a"), "EXPOSES", app);
	world_freeze(w);
}

#define MINE(more)                                                                                                     \
	"id: MINE\ntitle: t\nseverity: low\ndescription: d\nremediation: r\nmessage: \"{start} to {target}.\"\npath_mode: read_via\n" more \
	"sql: SELECT ref('bot') AS subject, start_ref AS start, asset AS target FROM exposure WHERE mode = 'read_via' AND asset_kind = 'table'\n"

static void one_per_decides_how_rows_are_merged(void **state)
{
	static const struct {
		const char *rule;
		size_t n;
		const char *first;
	} cases[] = {
		{MINE(""), 2, "internet to two (and 2 more starts)."},
		{MINE("one_per: target\n"), 2, "internet to two (and 2 more starts)."},
		{MINE("one_per: subject\n"), 1, "internet to two (and 2 more starts, 1 more target)."},
		{MINE("one_per: row\n"), 6, "internet to two."},
	};
	struct world w;

	(void)state;
	world_of_many(&w);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct aisp_rules *r = load_with(cases[i].rule);
		struct aisp_findings f = judged(r, &w);
		size_t n = 0;
		const struct aisp_finding *x = find(&f, "MINE", &n);
		assert_int_equal(n, cases[i].n);
		if (!aisp_slice_eqz(x->message, cases[i].first))
			fail_msg("case %zu: %.*s", i, AISP_FMT(x->message));
		aisp_findings_done(&f);
		aisp_rules_free(r);
	}
	world_end(&w);
}

/* The fingerprint holds as long as rule, subject, start and target are the same: not for another target, and independent of
 * what else is in the graph. */
static void fingerprints_are_of_ids_only(void **state)
{
	struct world w, more;
	struct aisp_rules *r = load_with(MINE(""));

	(void)state;
	world_of_many(&w);
	world_begin(&more);
	more.s = NULL;
	aisp_node bot = add(&more, "agent", "bot"), internet = add(&more, "internet", "internet"), two = add(&more, "table", "two"),
	          app = add(&more, "workload", "another-app");
	add(&more, "agent", "a-bot-before-it"); /* moves the numbers */
	set(&more, app, "auth", "none");
	join(&more, bot, "READS", two);
	join(&more, app, "SERVES", bot);
	join(&more, internet, "EXPOSES", app);
	world_freeze(&more);
	struct aisp_findings x = judged(r, &w), y = judged(r, &more);
	size_t n = 0, m = 0;
	const struct aisp_finding *a = find(&x, "MINE", &n), *b = find(&y, "MINE", &m);
	assert_int_equal(n, 2);
	assert_int_equal(m, 1);
	assert_int_not_equal(a[0].subject, b[0].subject);
	assert_string_equal(a[0].fingerprint, b[0].fingerprint);
	assert_true(b[0].priority < a[0].priority); /* the sensitivity is not known there */
	aisp_findings_done(&x);
	aisp_findings_done(&y);
	aisp_rules_free(r);
	world_end(&w);
	world_end(&more);
}

static void rules_that_fail_while_running_are_named(void **state)
{
	static const struct {
		const char *sql, *says;
	} broken[] = {
		{"SELECT 'no such id' AS subject", "'no such id', which is no node"},
		{"SELECT NULL AS subject", "subject is NULL"},
		{"SELECT ref AS subject, 'awful' AS severity FROM node", "severity gives 'awful'"},
		{"SELECT ref AS subject, 99999 AS target FROM node", "'99999', which is no node"},
		{"SELECT ref AS subject FROM node WHERE ref = ref('nothing of the kind')", "nothing of the kind"},
	};
	struct world w;

	(void)state;
	world_of_many(&w);
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
		char text[512];
		struct aisp_findings f = {NULL, NULL, 0};
		struct aisp_err err = {AISP_OK, ""};
		snprintf(text, sizeof text, "id: MINE\ntitle: t\nseverity: low\ndescription: d\nremediation: r\nmessage: m\nsql: \"%s\"\n", broken[i].sql);
		struct aisp_rules *r = load_with(text);
		assert_true(aisp_judge(r, w.s, w.reach, &f, &err) < 0);
		if (!strstr(err.msg, broken[i].says) || !strstr(err.msg, "rule MINE"))
			fail_msg("row %zu: %s", i, err.msg);
		assert_null(f.arena);
		aisp_rules_free(r);
	}
	world_end(&w);
}

static void names_from_outside_cannot_write_to_the_terminal(void **state)
{
	struct world w;
	struct aisp_rules *r = load_with("id: MINE\ntitle: t\nseverity: info\ndescription: d\nremediation: r\nmessage: \"{subject} {open} {x\"\n"
	                                 "sql: SELECT ref AS subject, 'a' || char(7) AS open FROM node WHERE kind = 'agent'\n");

	(void)state;
	world_begin(&w);
	set(&w, add(&w, "agent", "bot"), "name", "x\033[31my");
	world_freeze(&w);
	struct aisp_findings f = judged(r, &w);
	const struct aisp_finding *x = find(&f, "MINE", NULL);
	assert_non_null(x);
	assert_int_equal(aisp_slice_chr(x->message, '\033'), SIZE_MAX);
	assert_int_equal(aisp_slice_chr(x->message, 7), SIZE_MAX);
	assert_true(aisp_slice_ends(x->message, AISP_S(" {x")));
	assert_int_equal(x->n_terms, 3);
	aisp_findings_done(&f);
	aisp_rules_free(r);
	world_end(&w);
}

static void severities_have_names(void **state)
{
	(void)state;
	for (enum aisp_severity s = AISP_SEV_INFO; s <= AISP_SEV_CRITICAL; s++)
		assert_int_equal(aisp_severity_find(aisp_slice_z(aisp_severity_name(s))), s);
	assert_int_equal(aisp_severity_find(AISP_S("severe")), 0);
	assert_string_equal(aisp_severity_name((enum aisp_severity)9), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_finding_names_what_where_and_why),
		cmocka_unit_test(the_same_graph_gives_the_same_findings),
		cmocka_unit_test(one_per_decides_how_rows_are_merged),
		cmocka_unit_test(fingerprints_are_of_ids_only),
		cmocka_unit_test(rules_that_fail_while_running_are_named),
		cmocka_unit_test(names_from_outside_cannot_write_to_the_terminal),
		cmocka_unit_test(severities_have_names),
	};
	return cmocka_run_group_tests_name("judge/judge", tests, NULL, NULL);
}
