/* What a patch would show: credentials that were found, what our scanner finds in these lines now, and the places in which configurations keep secrets (env, headers, arguments, addresses),
 * whatever stands there. In doubt a line is not shown: the patch is a help, a secret in a plan or in the log cannot be called back.
 */
#include "govern/shown.h"
#include "base/mem.h"
#include "collect/content/content.h"
#include "govern/range.h"

enum { MOST_DEEP = 128 };
static const char VALUES[] = "the lines hold values that may be secret (of a variable, header, argument or address), so they are not shown";

struct look {
	uint32_t from, to;
	bool found, hcl;
	uint32_t open; /* line of the last value that may be secret: it may go on until the next thing begins; 0: none */
};

static bool has_any(struct aisp_slice s, const char *const *words)
{
	for (; *words; words++)
		if (aisp_slice_findi(s, aisp_slice_z(*words)) != SIZE_MAX)
			return true;
	return false;
}

/* "${NAME}", "${env:NAME}", "$NAME", "{{ … }}": where the value stands, not the value. */
static bool is_reference(struct aisp_slice s)
{
	size_t i = 1;
	if (s.n < 2 || s.p[0] != '$')
		return false;
	const bool brace = s.p[1] == '{';
	if (brace) {
		i = 2;
		if (aisp_slice_starts(aisp_slice_from(s, 2), AISP_S("env:")))
			i = 6;
		else if (aisp_slice_starts(aisp_slice_from(s, 2), AISP_S("input:")))
			i = 8;
	}
	const size_t begin = i, end = brace ? s.n - 1 : s.n;
	while (i < end && ((s.p[i] >= 'A' && s.p[i] <= 'Z') || (s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') || strchr("_.-", s.p[i])))
		i++;
	return i == end && i > begin && (!brace || s.p[s.n - 1] == '}');
}

/* A key whose value is a secret by its name. */
static bool is_secret_key(struct aisp_slice key)
{
	static const char *const words[] = {"passw", "pwd", "passphrase", "secret", "token", "apikey", "api_key", "api-key", "access_key", "access-key", "accesskey", "private_key", "private-key", "privatekey",
					    "credential", "authorization", "bearer", "cookie", "dsn", "connection_string", "connectionstring", "connection-string", NULL};
	static const char *const names[] = {"name", "ref", "arn", NULL}; /* where it is, not what it is */
	for (const char *const *n = names; *n; n++)
		if (key.n > strlen(*n) && aisp_slice_eqi(aisp_slice_from(key, key.n - strlen(*n)), aisp_slice_z(*n)))
			return false;
	return has_any(key, words);
}

/* Of an object or list: all values in it count. in: what it is a member of. */
static bool holds_values(const struct aisp_doc *in, struct aisp_slice key, const struct aisp_doc *v)
{
	static const char *const words[] = {"env", "envs", "environment", "env_vars", "variables", "headers", "http_headers", "httpHeaders", "requestHeaders", "requestInit", "stringData",
					    "auth", "oauth", "credentials", "secrets", "defaultEnv", NULL};
	for (const char *const *w = words; *w && (v->type == AISP_DOC_OBJ || v->type == AISP_DOC_ARR); w++)
		if (aisp_slice_eqi(key, aisp_slice_z(*w)))
			return true;
	if ((aisp_slice_eqz(key, "data") || aisp_slice_eqz(key, "binaryData")) && aisp_doc_get(in, "kind")) /* Secret, ConfigMap; not a data source of Terraform */
		return true;
	return is_secret_key(key);
}

/* An address with user information or a query; a connection string of the other form. */
static bool is_telling(struct aisp_slice s)
{
	static const char *const words[] = {"password=", "passwd=", "pwd=", "token=", "secret=", "key=", "bearer ", "basic ", NULL};
	struct aisp_slice rest = s;
	for (size_t at; (at = aisp_slice_find(rest, AISP_S("://"))) != SIZE_MAX;) {
		rest = aisp_slice_from(rest, at + 3);
		for (size_t i = 0; i < rest.n && !memchr(" \t\r\n\"'<>", rest.p[i], 9); i++)
			if (rest.p[i] == '@' || rest.p[i] == '?' || rest.p[i] == '#')
				return true;
	}
	return has_any(s, words);
}

static bool is_arguments(struct aisp_slice key)
{
	static const char *const words[] = {"args", "arguments", "command", "cmd", "entrypoint", "runtimeArgs", "runtimeArguments", "packageArguments", NULL};
	for (const char *const *w = words; *w; w++)
		if (aisp_slice_eqi(key, aisp_slice_z(*w)))
			return true;
	return false;
}

/* --token, -H, --db-password */
static bool is_flag(struct aisp_slice s)
{
	static const char *const words[] = {"auth", "header", "key", "user", "login", "conn", "url", "uri", "env", "sas", "pin", NULL};
	return s.n > 1 && s.p[0] == '-' && (s.n == 2 || is_secret_key(s) || has_any(s, words)) && !aisp_slice_eqz(s, "-y");
}

static void close_open(struct look *l, uint32_t line)
{
	if (l->open && l->open <= l->to && (line <= l->open || line > l->from))
		l->found = true;
	l->open = 0;
}

/* Something begins in this line: what was open reached at most here. */
static void begins(struct look *l, uint32_t line)
{
	if (l->open && line > l->open)
		close_open(l, line);
}

static void secret_at(struct look *l, uint32_t line)
{
	begins(l, line);
	l->found = l->found || (line >= l->from && line <= l->to);
	if (!l->open || line < l->open)
		l->open = line;
}

/* A single value. */
static bool is_secret(const struct aisp_doc *d, struct aisp_slice key, bool values)
{
	if (d->type == AISP_DOC_INT || d->type == AISP_DOC_REAL)
		return values;
	if (d->type != AISP_DOC_STR || d->s.n == 0 || is_reference(d->s))
		return false;
	return values || is_telling(d->s) || (is_arguments(key) && (aisp_slice_chr(d->s, '=') != SIZE_MAX || is_secret_key(d->s)));
}

static void walk(struct look *l, const struct aisp_doc *d, struct aisp_slice key, bool values, unsigned depth);

static void walk_items(struct look *l, const struct aisp_doc *d, struct aisp_slice key, bool values, unsigned depth)
{
	const bool arguments = is_arguments(key);
	for (uint32_t i = 0; i < d->n; i++) {
		const struct aisp_doc *v = &d->items[i];
		const bool after = i > 0 && is_flag(aisp_doc_str(&d->items[i - 1]));
		const bool told = arguments && v->type == AISP_DOC_STR && (aisp_slice_chr(v->s, '=') != SIZE_MAX || aisp_slice_find(v->s, AISP_S(": ")) != SIZE_MAX || after);
		walk(l, v, arguments ? AISP_S("") : key, values || told, depth + 1);
	}
}

static void walk(struct look *l, const struct aisp_doc *d, struct aisp_slice key, bool values, unsigned depth)
{
	begins(l, d->line);
	if (depth > MOST_DEEP) {
		l->found = true;
	} else if (d->type == AISP_DOC_ARR) {
		walk_items(l, d, key, values, depth);
	} else if (d->type == AISP_DOC_OBJ) {
		const bool named = values && aisp_doc_get(d, "name"); /* {name: X, value: Y} */
		for (uint32_t i = 0; i < d->n; i++) {
			const struct aisp_slice k = d->members[i].key;
			const bool plain = named && (aisp_slice_eqz(k, "name") || aisp_slice_eqz(k, "valueFrom"));
			begins(l, d->members[i].line);
			walk(l, &d->members[i].value, k, !plain && (values || (!(l->hcl && depth == 0) && holds_values(d, k, &d->members[i].value))), depth + 1); /* HCL's "data" is a kind of block */
		}
	} else if (is_secret(d, key, values)) {
		secret_at(l, d->line);
	}
}

static bool ends(struct aisp_slice name, const char *a, const char *b)
{
	return aisp_slice_ends(name, aisp_slice_z(a)) || aisp_slice_ends(name, aisp_slice_z(b));
}

/* By its structure. False: it cannot be read as its name says. */
static bool look_inside(struct aisp_arena *a, struct aisp_slice name, struct aisp_slice text, struct look *l, int *ret_r)
{
	const struct aisp_doc *d = NULL;
	struct aisp_docs docs = {0};
	int r;
	if (ends(name, ".yaml", ".yml") || ends(name, ".template", ".yaml.tpl")) {
		r = aisp_yaml_parse(a, text, NULL, &docs, NULL);
	} else {
		l->hcl = ends(name, ".tf", ".hcl") || ends(name, ".tofu", ".tofu");
		r = ends(name, ".json", ".jsonc") ? aisp_jsonc_parse(a, text, NULL, &d, NULL)
		    : l->hcl			  ? aisp_hcl_parse(a, text, NULL, &d, NULL)
		    : ends(name, ".toml", ".toml") ? aisp_toml_parse(a, text, NULL, &d, NULL)
						   : AISP_E_PARSE;
		docs = (struct aisp_docs){d, d ? 1 : 0};
	}
	*ret_r = r == AISP_E_NOMEM ? r : 0;
	for (size_t i = 0; r == 0 && i < docs.n; i++)
		walk(l, &docs.docs[i], AISP_S(""), false, 0);
	if (l->open)
		close_open(l, UINT32_MAX);
	return r == 0;
}

/* Where a comment begins in a line, in any of the languages: outside of "…", unless a quote has no end. SIZE_MAX: nowhere. */
static size_t comment_of(struct aisp_slice line)
{
	bool quoted = false;
	size_t all = SIZE_MAX, outside = SIZE_MAX;
	if (aisp_slice_starts(aisp_slice_trim(line), AISP_S("*")))
		return 0;
	for (size_t i = 0; i < line.n; i++) {
		const char c = line.p[i], d = i + 1 < line.n ? line.p[i + 1] : 0;
		if (c == '\\' && quoted) {
			i++;
		} else if (c == '"') {
			quoted = !quoted;
		} else if (c == '#' || (c == '/' && (d == '*' || (d == '/' && !(i > 0 && line.p[i - 1] == ':'))))) {
			all = all == SIZE_MAX ? i : all;
			outside = outside == SIZE_MAX && !quoted ? i : outside;
		}
	}
	return quoted ? all : outside;
}

/* By its lines: comments that speak of secrets (what is before them was looked at by its structure), and marks that tell a scanner to be silent. */
static bool look_at_lines(struct aisp_slice text, uint32_t from, uint32_t to)
{
	struct aisp_slice rest = text, line;
	for (uint32_t n = 1; n <= to && rest.p && aisp_slice_split(&rest, '\n', &line); n++) {
		if (n < from)
			continue;
		const size_t at = comment_of(line);
		const struct aisp_slice said = at == SIZE_MAX ? AISP_S("") : aisp_slice_from(line, at);
		if (aisp_slice_find(line, AISP_S(":allow")) != SIZE_MAX || is_telling(said) || is_secret_key(said) || aisp_slice_chr(said, '=') != SIZE_MAX)
			return true;
	}
	return false;
}

/* A credential that a scan found there, whichever source told of it. */
static bool is_known(const struct aisp_maker *m, struct aisp_slice name, uint32_t from, uint32_t to)
{
	for (aisp_node n = m->s->kind_at[AISP_NODE_CREDENTIAL]; n < m->s->kind_at[AISP_NODE_CREDENTIAL + 1]; n++)
		for (uint32_t i = 0; i < m->s->nodes[n].ev_n; i++) {
			const struct aisp_evidence *ev = &m->s->evidence[m->s->nodes[n].ev_at + i];
			if (ev->form == AISP_EV_FILE && ev->line >= from && ev->line <= to && aisp_slice_eq(aisp_snapshot_text(m->s, ev->locator), name))
				return true;
		}
	return false;
}

int aisp_shown__hides(struct aisp_maker *m, struct aisp_slice name, struct aisp_slice text, uint32_t from, uint32_t to, const char **ret_why)
{
	AISP_CLEANUP(aisp_arena_freep) struct aisp_arena *a = aisp_arena_new(0);
	struct look l = {.from = from, .to = to};
	bool told = false;
	int r = a ? 0 : aisp_step__nomem(m);
	*ret_why = NULL;
	if (r == 0 && aisp_range_is_env(name))
		*ret_why = "values of variables are not shown";
	else if (r == 0 && is_known(m, name, from, to))
		*ret_why = "the lines hold a credential, so they are not shown; renew it too";
	else if (r == 0 && (!look_inside(a, name, text, &l, &r) || l.found || look_at_lines(text, from, to)))
		*ret_why = VALUES;
	if (r == 0 && !*ret_why)
		r = aisp_content_tells(m->eye, name, text, from, to, &told, m->err);
	if (told)
		*ret_why = "the lines look as if they held a credential, so they are not shown";
	return r;
}
