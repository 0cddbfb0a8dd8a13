/* Rule sets: the files built into the program, then the user's over them. Everything wrong with a rule is found here, before
 * anything is judged: unknown keys and controls, SQL that does not compile, names in messages that nothing gives.
 */
#include "base/fs.h"
#include "judge/judge_int.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_RULE_BYTES = 1 << 20, MAX_CONTROLS = 64, MAX_RULE_FILES = 10000 };

static const char *const severities[] = {[AISP_SEV_INFO] = "info", [AISP_SEV_LOW] = "low", [AISP_SEV_MEDIUM] = "medium",
                                         [AISP_SEV_HIGH] = "high", [AISP_SEV_CRITICAL] = "critical"};

const char *aisp_severity_name(enum aisp_severity s)
{
	return s >= AISP_SEV_INFO && s <= AISP_SEV_CRITICAL ? severities[s] : "";
}

enum aisp_severity aisp_severity_find(struct aisp_slice name)
{
	for (enum aisp_severity s = AISP_SEV_INFO; s <= AISP_SEV_CRITICAL; s++)
		if (aisp_slice_eqz(name, severities[s]))
			return s;
	return (enum aisp_severity)0;
}

/* ---- One rule ---- */

int aisp_rules__broken(struct aisp_err *err, struct aisp_slice file, uint32_t line, const char *fmt, ...)
{
	char why[512];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	return aisp_fail(err, AISP_E_USAGE, "%.*s:%u: %s", AISP_FMT(file), line, why);
}

int aisp_rules__parse(struct aisp_rules *r, struct aisp_slice file, struct aisp_slice text, const struct aisp_doc **ret,
                      struct aisp_err *err)
{
	static const struct aisp_doc_limits limits = {.max_bytes = MAX_RULE_BYTES, .max_depth = 16, .max_values = 50000};
	struct aisp_docs docs = {NULL, 0};
	struct aisp_err why = {AISP_OK, ""};
	int e = aisp_yaml_parse(r->arena, text, &limits, &docs, &why);
	if (e == AISP_E_NOMEM)
		return aisp_fail(err, AISP_E_NOMEM, "%s", why.msg);
	if (e < 0)
		return aisp_fail(err, AISP_E_USAGE, "%.*s: %s", AISP_FMT(file), why.msg);
	if (docs.n != 1 || docs.docs[0].type != AISP_DOC_OBJ)
		return aisp_rules__broken(err, file, docs.n ? docs.docs[0].line : 1, "the file must hold one mapping");
	*ret = &docs.docs[0];
	return 0;
}

static bool is_rule_id(struct aisp_slice id)
{
	for (size_t i = 0; i < id.n; i++) {
		char c = id.p[i];
		bool word = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
		if (!word && (i == 0 || (c != '-' && c != '_' && c != '.')))
			return false;
	}
	return id.n >= 1 && id.n <= 64;
}

static int check_keys(struct aisp_slice file, const struct aisp_doc *d, struct aisp_err *err)
{
	static const char *const texts[] = {"id", "title", "severity", "description", "remediation", "message", "path_mode",
	                                    "one_per", "sql"};
	static const char *const others[] = {"controls", "samples"};
	for (uint32_t i = 0; i < d->n; i++) {
		const struct aisp_member *m = &d->members[i];
		bool text = false, other = false;
		for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
			text |= aisp_slice_eqz(m->key, texts[k]);
		for (size_t k = 0; k < sizeof others / sizeof *others; k++)
			other |= aisp_slice_eqz(m->key, others[k]);
		if (!text && !other)
			return aisp_rules__broken(err, file, m->line, "a rule has no '%.*s'", AISP_FMT(m->key));
		if (text && m->value.type != AISP_DOC_STR)
			return aisp_rules__broken(err, file, m->line, "%.*s must be text", AISP_FMT(m->key));
		for (uint32_t k = 0; k < i; k++)
			if (aisp_slice_eq(d->members[k].key, m->key))
				return aisp_rules__broken(err, file, m->line, "%.*s stands twice", AISP_FMT(m->key));
	}
	return 0;
}

static uint32_t line_of(const struct aisp_doc *d, const char *key)
{
	const struct aisp_doc *v = aisp_doc_get(d, key);
	return v ? v->line : d->line;
}

static int read_controls(struct aisp_rules *r, struct aisp_slice file, const struct aisp_doc *d, struct aisp_rule *rule,
                         struct aisp_err *err)
{
	const struct aisp_doc *list = aisp_doc_get(d, "controls");
	if (!list)
		return 0;
	if (list->type != AISP_DOC_ARR || list->n > MAX_CONTROLS)
		return aisp_rules__broken(err, file, list->line, "controls must be a list of at most %d framework:id", MAX_CONTROLS);
	const struct aisp_control **v = aisp_arena_zalloc(r->arena, list->n + 1u, sizeof *v);
	if (!v)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for rules");
	for (uint32_t i = 0; i < list->n; i++) {
		struct aisp_slice name = aisp_doc_str(&list->items[i]);
		v[i] = aisp_rules_control(r, name);
		if (!v[i])
			return aisp_rules__broken(err, file, list->items[i].line, "unknown control '%.*s'; rules/frameworks/ names "
			                          "them", AISP_FMT(name));
	}
	rule->controls = v;
	rule->n_controls = list->n;
	return 0;
}

static int read_choices(struct aisp_slice file, const struct aisp_doc *d, struct aisp_rule_full *f, struct aisp_err *err)
{
	static const char *const pers[] = {[AISP_PER_TARGET] = "target", [AISP_PER_SUBJECT] = "subject", [AISP_PER_ROW] = "row"};
	f->rule.severity = aisp_severity_find(aisp_doc_getstr(d, "severity"));
	if (!f->rule.severity)
		return aisp_rules__broken(err, file, line_of(d, "severity"), "severity must be info, low, medium, high or critical");
	f->rule.path_mode = aisp_doc_getstr(d, "path_mode");
	if (f->rule.path_mode.n && aisp_mode_find(f->rule.path_mode) < 0)
		return aisp_rules__broken(err, file, line_of(d, "path_mode"), "'%.*s' is no mode", AISP_FMT(f->rule.path_mode));
	struct aisp_slice per = aisp_doc_getstr(d, "one_per");
	if (!per.n)
		return 0;
	for (size_t i = 0; i < sizeof pers / sizeof *pers; i++)
		if (aisp_slice_eqz(per, pers[i])) {
			f->per = (enum aisp_one_per)i;
			return 0;
		}
	return aisp_rules__broken(err, file, line_of(d, "one_per"), "one_per must be target, subject or row");
}

static int compare(const void *a, const void *b)
{
	const struct aisp_rule_full *const *x = a, *const *y = b;
	return aisp_slice_cmp((*x)->rule.id, (*y)->rule.id);
}

/* A rule with the id of an earlier one takes its place. */
static int put_rule(struct aisp_rules *r, struct aisp_rule_full *f, struct aisp_err *err)
{
	for (size_t i = 0; i < r->rules.n; i++)
		if (aisp_slice_eq(r->rules.v[i]->rule.id, f->rule.id)) {
			r->rules.v[i] = f;
			return 0;
		}
	if (aisp_vec_push(&r->rules, f) < 0)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for rules");
	return 0;
}

int aisp_rule__add(struct aisp_rules *r, struct aisp_slice file, struct aisp_slice text, struct aisp_err *err)
{
	static const char *const needed[] = {"id", "title", "severity", "description", "remediation", "message", "sql"};
	const struct aisp_doc *d = NULL;
	int e = aisp_rules__parse(r, file, text, &d, err);
	if (e == 0)
		e = check_keys(file, d, err);
	if (e < 0)
		return e;
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		if (!aisp_slice_trim(aisp_doc_getstr(d, needed[i])).n)
			return aisp_rules__broken(err, file, d->line, "the rule needs '%s'", needed[i]);
	struct aisp_rule_full *f = aisp_arena_zalloc(r->arena, 1, sizeof *f);
	struct aisp_slice kept = aisp_arena_dup(r->arena, file);
	if (!f || !kept.p)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for rules");
	f->rule = (struct aisp_rule){.id = aisp_doc_getstr(d, "id"),
	                             .title = aisp_slice_trim(aisp_doc_getstr(d, "title")),
	                             .description = aisp_slice_trim(aisp_doc_getstr(d, "description")),
	                             .remediation = aisp_slice_trim(aisp_doc_getstr(d, "remediation")),
	                             .sql = aisp_doc_getstr(d, "sql"),
	                             .file = kept};
	f->message = aisp_slice_trim(aisp_doc_getstr(d, "message"));
	f->samples = aisp_doc_get(d, "samples");
	f->sql_line = line_of(d, "sql");
	if (!is_rule_id(f->rule.id))
		return aisp_rules__broken(err, file, line_of(d, "id"), "an id is letters, digits, '-', '_' and '.'");
	e = read_choices(file, d, f, err);
	if (e == 0)
		e = read_controls(r, file, d, &f->rule, err);
	return e < 0 ? e : put_rule(r, f, err);
}

/* ---- Checking against empty tables ---- */

void aisp_rule__columns(sqlite3_stmt *stmt, struct aisp_rule_columns *ret)
{
	struct aisp_rule_columns c = {-1, -1, -1, -1, -1, -1};
	struct {
		const char *name;
		int *at;
	} known[] = {{"subject", &c.subject}, {"start", &c.start}, {"target", &c.target},
	             {"severity", &c.severity}, {"mode", &c.mode}, {"certain", &c.certain}};
	for (int i = 0; i < sqlite3_column_count(stmt); i++) {
		const char *name = sqlite3_column_name(stmt, i);
		for (size_t k = 0; name && k < sizeof known / sizeof *known; k++)
			if (strcmp(name, known[k].name) == 0 && *known[k].at < 0)
				*known[k].at = i;
	}
	*ret = c;
}

bool aisp_rule__knows_name(sqlite3_stmt *stmt, struct aisp_slice name)
{
	static const struct {
		const char *name;
		size_t stem; /* the column that must be there */
	} always[] = {{"subject_id", 7}, {"subject_kind", 7}, {"start_id", 5}, {"start_kind", 5}, {"target_id", 6}, {"target_kind", 6}};
	for (size_t i = 0; i < sizeof always / sizeof *always; i++)
		if (aisp_slice_eqz(name, always[i].name))
			name.n = always[i].stem;
	for (int i = 0; i < sqlite3_column_count(stmt); i++) {
		const char *column = sqlite3_column_name(stmt, i);
		if (column && aisp_slice_eqz(name, column))
			return true;
	}
	return false;
}

bool aisp_message__next(struct aisp_slice *message, struct aisp_slice *ret_text, struct aisp_slice *ret_name)
{
	*ret_text = *ret_name = aisp_slice_of(NULL, 0);
	if (!message->n)
		return false;
	size_t open = aisp_slice_chr(*message, '{');
	size_t close = open == SIZE_MAX ? SIZE_MAX : aisp_slice_chr(aisp_slice_from(*message, open), '}');
	if (close == SIZE_MAX)
		open = message->n;
	if (open > 0) {
		*ret_text = aisp_slice_to(*message, open);
		*message = aisp_slice_from(*message, open);
	} else {
		*ret_name = aisp_slice_of(message->p + 1, close - 1);
		*message = aisp_slice_from(*message, close + 1);
	}
	return true;
}

static int check_statement(const struct aisp_rule_full *f, sqlite3_stmt *stmt, struct aisp_err *err)
{
	struct aisp_rule_columns c;
	aisp_rule__columns(stmt, &c);
	if (c.subject < 0)
		return aisp_rules__broken(err, f->rule.file, f->sql_line, "the query gives no column 'subject'");
	if (f->rule.path_mode.n && (c.start < 0 || c.target < 0))
		return aisp_rules__broken(err, f->rule.file, f->sql_line, "path_mode needs columns 'start' and 'target'");
	struct aisp_slice rest = f->message, text, name;
	while (aisp_message__next(&rest, &text, &name))
		if (name.n && !aisp_rule__knows_name(stmt, name))
			return aisp_rules__broken(err, f->rule.file, f->sql_line, "the message names {%.*s}, which the query does not give",
			                          AISP_FMT(name));
	return 0;
}

int aisp_rules__check(const struct aisp_rules *r, struct aisp_err *err)
{
	AISP_CLEANUP(aisp_sql_closep) struct aisp_sql *q = NULL;
	int e = aisp_sql_open(NULL, NULL, &q, err);
	for (size_t i = 0; e == 0 && i < r->rules.n; i++) {
		const struct aisp_rule_full *f = r->rules.v[i];
		struct aisp_err why = {AISP_OK, ""};
		sqlite3_stmt *stmt = NULL;
		e = aisp_sql_prepare(q, f->rule.sql, &stmt, &why);
		if (e == AISP_E_NOMEM)
			aisp_fail(err, AISP_E_NOMEM, "%s", why.msg);
		else if (e < 0)
			e = aisp_rules__broken(err, f->rule.file, f->sql_line, "%s", why.msg);
		else
			e = check_statement(f, stmt, err);
		sqlite3_finalize(stmt);
	}
	return e;
}

/* ---- The set ---- */

static bool is_yaml(const char *name)
{
	struct aisp_slice s = aisp_slice_z(name);
	return s.n > 0 && s.p[0] != '.' && !aisp_slice_eqz(s, "usage.yaml") && /* thresholds of use: govern/usage_rules.c */
	        (aisp_slice_ends(s, AISP_S(".yaml")) || aisp_slice_ends(s, AISP_S(".yml")));
}

static int by_name(const void *a, const void *b)
{
	return aisp_slice_cmp(*(const struct aisp_slice *)a, *(const struct aisp_slice *)b);
}

typedef int add_file(struct aisp_rules *r, struct aisp_slice file, struct aisp_slice text, struct aisp_err *err);

static int load_file(struct aisp_rules *r, const char *path, add_file *add, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf text = {0};
	aisp_buf_init(&text, MAX_RULE_BYTES + 1);
	int e = aisp_fs_read(AT_FDCWD, path, false, MAX_RULE_BYTES, &text, err);
	if (e == AISP_E_NOMEM)
		return e;
	if (e < 0) {
		aisp_wrap(err, e, "while reading the rule file %s", path);
		if (err)
			err->code = AISP_E_USAGE;
		return AISP_E_USAGE;
	}
	return add(r, aisp_slice_z(path), aisp_buf_slice(&text), err);
}

struct names {
	AISP_VEC(struct aisp_slice) all; /* in the set's arena */
};

static void names_done(struct names *n)
{
	aisp_vec_done(&n->all);
}

/* The YAML files of an open folder, sorted, so that the order on the disk does not matter. */
static int list_names(struct aisp_rules *r, const char *dir, DIR *d, struct names *out, struct aisp_err *err)
{
	for (;;) {
		errno = 0;
		const struct dirent *e = aisp_fault_hit() ? (errno = EIO, NULL) : readdir(d);
		if (!e && errno)
			return aisp_fail(err, AISP_E_IO, "rules folder %s: %s", dir, strerror(errno));
		if (!e)
			break;
		if (!is_yaml(e->d_name))
			continue;
		if (out->all.n == MAX_RULE_FILES)
			return aisp_fail(err, AISP_E_USAGE, "rules folder %s: more than %d files", dir, MAX_RULE_FILES);
		struct aisp_slice name = aisp_arena_dup(r->arena, aisp_slice_z(e->d_name));
		if (!name.p || aisp_vec_push(&out->all, name) < 0)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory for rules");
	}
	if (out->all.n)
		qsort(out->all.v, out->all.n, sizeof *out->all.v, by_name);
	return 0;
}

/* All YAML files of a folder in order of their names. A folder that is not there: AISP_E_NOTFOUND. */
static int load_folder(struct aisp_rules *r, const char *dir, add_file *add, struct aisp_err *err)
{
	AISP_CLEANUP(names_done) struct names names = {{NULL, 0, 0}};
	DIR *d = aisp_fault_hit() ? (errno = EIO, NULL) : opendir(dir);
	if (!d)
		return aisp_fail(err, errno == ENOENT ? AISP_E_NOTFOUND : AISP_E_USAGE, "rules folder %s: %s", dir, strerror(errno));
	int e = list_names(r, dir, d, &names, err);
	closedir(d);
	for (size_t i = 0; e == 0 && i < names.all.n; i++) {
		struct aisp_slice path = aisp_arena_printf(r->arena, "%s/%.*s", dir, AISP_FMT(names.all.v[i]));
		e = path.p ? load_file(r, path.p, add, err) : aisp_fail(err, AISP_E_NOMEM, "out of memory for rules");
	}
	return e;
}

/* DIR/frameworks and DIR/findings where they are there, and rules in DIR itself. */
static int load_user(struct aisp_rules *r, const char *dir, struct aisp_err *err)
{
	static const struct {
		const char *name;
		add_file *add;
	} parts[] = {{"/frameworks", aisp_framework__add}, {"/findings", aisp_rule__add}, {"", aisp_rule__add}};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		AISP_AUTOBUF struct aisp_buf path = {0};
		aisp_buf_init(&path, 4096);
		aisp_buf_printf(&path, "%s%s", dir, parts[i].name);
		struct aisp_err why = {AISP_OK, ""};
		int e = aisp_buf_check(&path, &why);
		if (e == 0)
			e = load_folder(r, path.p, parts[i].add, &why);
		if (e == AISP_E_NOTFOUND && parts[i].name[0])
			continue;
		if (e == AISP_E_NOTFOUND)
			return aisp_fail(err, AISP_E_USAGE, "there is no rules folder %s", dir);
		if (e < 0)
			return aisp_fail(err, (enum aisp_code)e, "%s", why.msg);
	}
	return 0;
}

static int load_builtin(struct aisp_rules *r, struct aisp_err *err)
{
	static const struct {
		const char *folder;
		add_file *add;
	} passes[] = {{"frameworks/", aisp_framework__add}, {"findings/", aisp_rule__add}};
	for (size_t p = 0; p < sizeof passes / sizeof *passes; p++)
		for (size_t i = 0; i < aisp_builtin_rule_count; i++) {
			const struct aisp_builtin *b = &aisp_builtin_rules[i];
			struct aisp_slice path = aisp_slice_z(b->path), text = {(const char *)b->data, b->n};
			if (!aisp_slice_starts(path, aisp_slice_z(passes[p].folder)))
				continue;
			int e = passes[p].add(r, path, text, err);
			if (e < 0)
				return e;
		}
	return 0;
}

static int finish(struct aisp_rules *r, struct aisp_err *err)
{
	if (r->rules.n)
		qsort(r->rules.v, r->rules.n, sizeof *r->rules.v, compare);
	r->view = aisp_arena_zalloc(r->arena, r->rules.n + 1, sizeof *r->view);
	if (!r->view)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for rules");
	for (size_t i = 0; i < r->rules.n; i++)
		r->view[i] = &r->rules.v[i]->rule;
	return aisp_rules__check(r, err);
}

int aisp_rules_load(const char *dir, struct aisp_rules **ret, struct aisp_err *err)
{
	AISP_CLEANUP(aisp_rules_freep) struct aisp_rules *r = aisp_mem_zalloc(1, sizeof *r);
	if (!r || !(r->arena = aisp_arena_new((size_t)256 << 20)))
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for rules");
	int e = load_builtin(r, err);
	if (e == 0 && dir)
		e = load_user(r, dir, err);
	if (e == 0)
		e = finish(r, err);
	if (e < 0)
		return e;
	*ret = AISP_TAKE(r);
	return 0;
}

void aisp_rules_free(struct aisp_rules *r)
{
	if (!r)
		return;
	aisp_vec_done(&r->rules);
	aisp_vec_done(&r->frameworks);
	aisp_arena_free(r->arena);
	aisp_mem_free(r);
}

void aisp_rules_freep(struct aisp_rules **r)
{
	aisp_rules_free(*r);
	*r = NULL;
}

size_t aisp_rules_count(const struct aisp_rules *r)
{
	return r->rules.n;
}

const struct aisp_rule *aisp_rules_at(const struct aisp_rules *r, size_t i)
{
	return i < r->rules.n ? r->view[i] : NULL;
}
