/* sql, rules, and what the program says about itself. */
#include "cli/session.h"
#include "cli/seen.h"
#include "base/clock.h"
#include "base/jw.h"
#include "govern/usage.h"
#include "scan/secrets/secrets.h"

const char aisp_version[] = "0.1.0";
enum { SQL_TIMEOUT_MS = 60000, MAX_CELL = 60 };

/* Rows as they come: a table needs them all for its widths. */
struct sql {
	struct aisp_arena *a;
	AISP_VEC(const char *) cells; /* the header's first */
	int columns;
	size_t rows;
	struct aisp_err *err;
};

static int take_row(void *ctx, bool is_header, int n, const char *const *cells)
{
	struct sql *q = ctx;
	q->columns = n;
	q->rows += !is_header;
	for (int i = 0; i < n; i++) {
		struct aisp_slice s = {0};
		if (cells[i])
			s = aisp_arena_dup(q->a, aisp_slice_z(cells[i]));
		if ((cells[i] && !s.p) || aisp_vec_push(&q->cells, s.p) < 0)
			return aisp_fail(q->err, AISP_E_NOMEM, "the answer does not fit into memory; narrow the query or add LIMIT");
	}
	return 0;
}

/* Columns of a cell on a terminal: UTF-8 lead bytes. */
static size_t cell_width(struct aisp_slice s)
{
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

static int put_table(const struct sql *q, struct aisp_buf *out, struct aisp_err *err)
{
	const size_t columns = (size_t)q->columns, lines = columns ? q->cells.n / columns : 0;
	AISP_VEC(size_t) width = {0};
	for (size_t i = 0; i < q->cells.n; i++) {
		const size_t w = cell_width(aisp_slice_z(q->cells.v[i] ? q->cells.v[i] : "NULL"));
		if (i < columns && aisp_vec_push(&width, w) < 0)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory while printing");
		if (w > width.v[i % columns] && w <= MAX_CELL)
			width.v[i % columns] = w;
		else if (w > MAX_CELL)
			width.v[i % columns] = MAX_CELL;
	}
	for (size_t l = 0; l < lines; l++) {
		for (size_t c = 0; c < columns; c++) {
			const char *cell = q->cells.v[l * columns + c];
			const struct aisp_slice s = aisp_slice_z(cell ? cell : "NULL");
			const size_t w = cell_width(s);
			aisp_buf_put_printable(out, s);
			if (c + 1 < columns)
				aisp_buf_fill(out, ' ', (w < width.v[c] ? width.v[c] - w : 0) + 2);
		}
		aisp_buf_putc(out, '\n');
		for (size_t c = 0; l == 0 && c < columns; c++) {
			aisp_buf_fill(out, '-', width.v[c]);
			aisp_buf_putz(out, c + 1 < columns ? "  " : "\n");
		}
	}
	aisp_buf_printf(out, "%zu row%s\n", q->rows, q->rows == 1 ? "" : "s");
	aisp_vec_done(&width);
	return 0;
}

static void put_json(const struct sql *q, struct aisp_buf *out, bool lines)
{
	const size_t columns = (size_t)q->columns, n = columns ? q->cells.n / columns : 0;
	struct aisp_jw w;
	aisp_jw_init(&w, out, !lines);
	if (!lines)
		aisp_jw_arr(&w);
	for (size_t l = 1; l < n; l++) {
		aisp_jw_obj(&w);
		for (size_t c = 0; c < columns; c++)
			aisp_jw_kz(&w, q->cells.v[c] ? q->cells.v[c] : "", q->cells.v[l * columns + c]);
		aisp_jw_end(&w);
		if (lines) {
			aisp_buf_putc(out, '\n');
			aisp_jw_init(&w, out, false);
		}
	}
	if (!lines) {
		aisp_jw_end(&w);
		aisp_buf_putc(out, '\n');
	}
}

/* The rows of table `observation`, when the query speaks of it and something was ingested. */
static int look_at_uses(const struct aisp_options *o, const struct aisp_snapshot *s, struct aisp_usage **ret, struct aisp_observations *ret_seen, struct aisp_err *err)
{
	AISP_CLEANUP(aisp_uses_closep) struct aisp_uses *uses = NULL;
	if (aisp_slice_findi(aisp_slice_z(o->args.v[0]), AISP_S("observation")) == SIZE_MAX)
		return 0;
	int r = aisp_uses_open(aisp_session_store_path(o), false, &uses, err);
	if (r == AISP_E_NOTFOUND)
		return 0;
	if (r == 0)
		r = aisp_usage_for(o, s, uses, ret, err);
	return r == 0 ? aisp_usage_observations(*ret, ret_seen, err) : r;
}

int aisp_cmd_sql(struct aisp_options *o, struct aisp_err *err)
{
	AISP_AUTOSESSION struct aisp_session s = {0};
	AISP_AUTOBUF struct aisp_buf out = {0};
	AISP_CLEANUP(aisp_usage_freep) struct aisp_usage *usage = NULL;
	struct aisp_observations seen = {0};
	struct sql q = {.a = aisp_arena_new((size_t)4 << 30), .err = err};
	const bool json = o->format && strcmp(o->format, "json") == 0, lines = o->format && strcmp(o->format, "ndjson") == 0;
	int r = 0;
	aisp_buf_init(&out, (size_t)4 << 30);
	if (!q.a)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	if (o->args.n != 1)
		r = aisp_fail(err, AISP_E_USAGE, "sql needs one QUERY, in quotes; the tables are in docs/reference-tables.md");
	else if (o->format && !json && !lines && strcmp(o->format, "table") != 0)
		r = aisp_fail(err, AISP_E_USAGE, "sql answers as table, json or ndjson");
	if (r == 0)
		r = aisp_session_open(o, &s, err);
	if (r == 0)
		r = aisp_session_reach(&s, err);
	if (r == 0)
		r = look_at_uses(o, s.snapshot, &usage, &seen, err);
	if (r == 0)
		r = aisp_sql_query_observed(s.snapshot, s.reach, &seen, aisp_slice_z(o->args.v[0]), o->timeout_s ? (unsigned)o->timeout_s * 1000 : SQL_TIMEOUT_MS, take_row, &q, err);
	if (r == 0 && (json || lines))
		put_json(&q, &out, lines);
	else if (r == 0)
		r = put_table(&q, &out, err);
	if (r == 0)
		r = aisp_buf_check(&out, err);
	if (r == 0)
		r = aisp_output(o, aisp_buf_slice(&out), err);
	aisp_vec_done(&q.cells);
	aisp_arena_free(q.a);
	return r;
}

static void put_rule(struct aisp_buf *out, const struct aisp_rule *rule)
{
	aisp_buf_printf(out, "%.*s  %s\n%.*s\n\n%.*s\n\nFix\n%.*s\n\nControls\n", AISP_FMT(rule->id), aisp_severity_name(rule->severity),
			AISP_FMT(rule->title), AISP_FMT(aisp_slice_trim(rule->description)), AISP_FMT(aisp_slice_trim(rule->remediation)));
	for (size_t i = 0; i < rule->n_controls; i++)
		aisp_buf_printf(out, "  %-18.*s %-14.*s %.*s\n", AISP_FMT(rule->controls[i]->framework), AISP_FMT(rule->controls[i]->id), AISP_FMT(rule->controls[i]->title));
	aisp_buf_printf(out, "\nQuestion\n%.*s\n", AISP_FMT(aisp_slice_trim(rule->sql)));
}

struct rule_test {
	struct aisp_buf *out;
	size_t ok, bad;
};

static int take_test(void *ctx, const struct aisp_rule *rule, struct aisp_slice sample, bool ok, const char *detail)
{
	struct rule_test *t = ctx;
	t->ok += ok;
	t->bad += !ok;
	if (!ok)
		aisp_buf_printf(t->out, "FAIL  %.*s  %.*s: %s\n", AISP_FMT(rule->id), AISP_FMT(sample), detail ? detail : "");
	return 0;
}

static void take_secret(void *ctx, const char *rule, const char *what, struct aisp_slice template)
{
	struct rule_test *t = ctx;
	t->ok += what == NULL; /* a rule all of whose samples do what they should */
	t->bad += what != NULL;
	if (what)
		aisp_buf_printf(t->out, "FAIL  %s  %.*s: %s\n", rule, AISP_FMT(template), what);
}

/* The rules for secrets, by the templates beside them. Users' files have none: only what is built in is tested. */
static int test_secrets(struct rule_test *t, struct aisp_err *err)
{
	struct aisp_secrets *s = NULL;
	size_t failed = 0;
	const struct aisp_secrets_config config = {0};
	int r = aisp_secrets_new(&config, &s, err);
	if (r == 0)
		r = aisp_secrets_test_rules(s, (struct aisp_slice){0}, take_secret, t, &failed, err);
	aisp_secrets_free(s);
	return r;
}

static int rules_verb(struct aisp_options *o, const struct aisp_rules *rules, struct aisp_buf *out, struct aisp_err *err)
{
	const char *verb = o->args.n ? o->args.v[0] : "list";
	if (strcmp(verb, "list") == 0) {
		for (size_t i = 0; i < aisp_rules_count(rules); i++) {
			const struct aisp_rule *rule = aisp_rules_at(rules, i);
			aisp_buf_printf(out, "%-16.*s %-9s %.*s\n", AISP_FMT(rule->id), aisp_severity_name(rule->severity), AISP_FMT(rule->title));
		}
		return 0;
	}
	if (strcmp(verb, "show") == 0 && o->args.n == 2) {
		for (size_t i = 0; i < aisp_rules_count(rules); i++)
			if (aisp_slice_eqi(aisp_rules_at(rules, i)->id, aisp_slice_z(o->args.v[1]))) {
				put_rule(out, aisp_rules_at(rules, i));
				return 0;
			}
		return aisp_fail(err, AISP_E_USAGE, "there is no rule '%s'; 'aisp rules' lists them", o->args.v[1]);
	}
	if (strcmp(verb, "test") == 0) {
		struct rule_test t = {out, 0, 0};
		int r = aisp_rules_test(rules, take_test, &t, err);
		if (r == 0)
			r = test_secrets(&t, err);
		aisp_buf_printf(out, "%zu samples passed, %zu failed\n", t.ok, t.bad);
		return r < 0 ? r : t.bad ? AISP_EXIT_FAILED : 0;
	}
	return aisp_fail(err, AISP_E_USAGE, "rules takes list, show ID or test");
}

int aisp_cmd_rules(struct aisp_options *o, struct aisp_err *err)
{
	struct aisp_rules *rules = NULL;
	AISP_AUTOBUF struct aisp_buf out = {0};
	aisp_buf_init(&out, 0);
	int r = aisp_rules_load(o->rules, &rules, err);
	if (r == 0)
		r = rules_verb(o, rules, &out, err);
	if (r >= 0) {
		const int e = aisp_output(o, aisp_buf_slice(&out), err);
		r = e < 0 ? e : r;
	}
	aisp_rules_free(rules);
	return r;
}

int aisp_cmd_version(struct aisp_options *o, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf out = {0};
	aisp_buf_init(&out, 0);
	aisp_buf_printf(&out, "aisp %s\n", aisp_version);
	return aisp_output(o, aisp_buf_slice(&out), err);
}

int aisp_cmd_completion(struct aisp_options *o, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf out = {0};
	aisp_buf_init(&out, 0);
	if (o->args.n != 1)
		return aisp_fail(err, AISP_E_USAGE, "completion needs the shell: bash, zsh or fish");
	int r = aisp_help_completion(o->args.v[0], &out, err);
	return r < 0 ? r : aisp_output(o, aisp_buf_slice(&out), err);
}

int aisp_cmd_man(struct aisp_options *o, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf out = {0};
	aisp_buf_init(&out, 0);
	aisp_help_man(&out);
	return aisp_output(o, aisp_buf_slice(&out), err);
}

int aisp_cmd_help(struct aisp_options *o, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf out = {0};
	aisp_buf_init(&out, 0);
	if (o->args.n == 0) {
		aisp_help_all(&out);
		return aisp_output(o, aisp_buf_slice(&out), err);
	}
	const struct aisp_command *c = aisp_command_find(o->args.v[0]);
	if (!c)
		return aisp_fail(err, AISP_E_USAGE, "there is no command '%s'; see 'aisp help'", o->args.v[0]);
	aisp_help_command(c, &out);
	return aisp_output(o, aisp_buf_slice(&out), err);
}
