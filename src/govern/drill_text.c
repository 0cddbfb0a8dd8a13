/* The pure parts of a drill: where text goes in a file, what it is, and what is said to a database. Nothing here reads or changes anything. */
#include "base/jw.h"
#include "govern/drill_int.h"
#include <sodium.h>

/* ---- JSON as bytes: an insertion must leave everything else as it stands ---- */

/* Behind white space and comments (editors' JSON). */
static size_t skip_blank(struct aisp_slice t, size_t i)
{
	for (;;) {
		while (i < t.n && (t.p[i] == ' ' || t.p[i] == '\t' || t.p[i] == '\n' || t.p[i] == '\r'))
			i++;
		if (i + 1 >= t.n || t.p[i] != '/' || (t.p[i + 1] != '/' && t.p[i + 1] != '*'))
			return i;
		const struct aisp_slice rest = aisp_slice_from(t, i + 2);
		const size_t end = t.p[i + 1] == '/' ? aisp_slice_chr(rest, '\n') : aisp_slice_find(rest, AISP_S("*/"));
		if (end == SIZE_MAX)
			return t.n;
		i += 2 + end + (t.p[i + 1] == '/' ? 1 : 2);
	}
}

/* Behind the string that begins at i. */
static size_t skip_string(struct aisp_slice t, size_t i)
{
	for (i++; i < t.n && t.p[i] != '"'; i++)
		i += t.p[i] == '\\';
	return i < t.n ? i + 1 : t.n;
}

/* Behind the value that begins at i: brackets are counted, not matched; what is broken ends the text. */
static size_t skip_value(struct aisp_slice t, size_t i)
{
	size_t depth = 0;

	while (i < t.n) {
		const char c = t.p[i];
		if (c == '"') {
			i = skip_string(t, i);
		} else if (c == '{' || c == '[') {
			depth++;
			i++;
		} else if (c == '}' || c == ']') {
			if (depth == 0)
				return i;
			depth--;
			i++;
		} else if (c == ',' && depth == 0) {
			return i;
		} else if (c == '/') {
			const size_t next = skip_blank(t, i);
			i = next > i ? next : i + 1;
			continue;
		} else {
			i++;
		}
		if (depth == 0 && (c == '"' || c == '}' || c == ']'))
			return i;
	}
	return i;
}

int aisp_drill__json_at(struct aisp_slice text, const char *key, char open, size_t *ret_at, bool *ret_empty, struct aisp_err *err)
{
	size_t i = skip_blank(text, aisp_slice_starts(text, AISP_S("\xef\xbb\xbf")) ? 3 : 0);

	if (i >= text.n || text.p[i] != '{')
		return aisp_fail(err, AISP_E_PARSE, "the file is no JSON object");
	i = skip_blank(text, i + 1);
	while (i < text.n && text.p[i] == '"') {
		const size_t end = skip_string(text, i);
		const struct aisp_slice name = aisp_slice_of(text.p + i + 1, end - i >= 2 ? end - i - 2 : 0);
		i = skip_blank(text, end);
		if (i >= text.n || text.p[i] != ':')
			break;
		i = skip_blank(text, i + 1);
		if (aisp_slice_eqz(name, key) && i < text.n && text.p[i] == open) {
			const size_t inside = skip_blank(text, i + 1);
			if (inside >= text.n)
				break;
			*ret_at = i + 1;
			*ret_empty = text.p[inside] == (open == '[' ? ']' : '}');
			return 0;
		}
		i = skip_blank(text, skip_value(text, i));
		if (i < text.n && text.p[i] == ',')
			i = skip_blank(text, i + 1);
	}
	return aisp_fail(err, AISP_E_PARSE, "the file has no member \"%s\" that could take it", key);
}

/* ---- What is planted ---- */

void aisp_drill__lines(struct aisp_slice name, const struct aisp_drill_pair *pairs, size_t n, struct aisp_buf *out)
{
	aisp_buf_printf(out, "# %.*s: a drill, see aisp help drill\n", AISP_FMT(name));
	for (size_t i = 0; i < n; i++)
		aisp_buf_printf(out, "%s=%.*s\n", pairs[i].name, (int)pairs[i].value.n, pairs[i].value.p);
}

static void put_cell(struct aisp_jw *w, struct aisp_slice name, struct aisp_slice lines)
{
	aisp_jw_obj(w);
	aisp_jw_kz(w, "cell_type", "code");
	aisp_jw_kstr(w, "id", name);
	aisp_jw_kint(w, "execution_count", 1);
	aisp_jw_key(w, "metadata");
	aisp_jw_obj(w);
	aisp_jw_end(w);
	aisp_jw_key(w, "outputs");
	aisp_jw_arr(w);
	aisp_jw_obj(w);
	aisp_jw_kz(w, "name", "stdout");
	aisp_jw_kz(w, "output_type", "stream");
	aisp_jw_key(w, "text");
	aisp_jw_arr(w);
	for (struct aisp_slice rest = lines; rest.n;) {
		const size_t end = aisp_slice_chr(rest, '\n');
		const size_t n = end == SIZE_MAX ? rest.n : end + 1;
		aisp_jw_str(w, aisp_slice_to(rest, n));
		rest = aisp_slice_from(rest, n);
	}
	aisp_jw_end(w);
	aisp_jw_end(w);
	aisp_jw_end(w);
	aisp_jw_key(w, "source");
	aisp_jw_arr(w);
	aisp_jw_z(w, "!env | sort");
	aisp_jw_end(w);
	aisp_jw_end(w);
}

static void put_server(struct aisp_jw *w, const struct aisp_drill_pair *pairs, size_t n)
{
	aisp_jw_obj(w);
	aisp_jw_kz(w, "command", "true");
	aisp_jw_key(w, "env");
	aisp_jw_obj(w);
	for (size_t i = 0; i < n; i++)
		aisp_jw_kstr(w, pairs[i].name, aisp_slice_of(pairs[i].value.p, pairs[i].value.n));
	aisp_jw_end(w);
	aisp_jw_end(w);
}

static void put_prompt(struct aisp_jw *w, struct aisp_slice name, struct aisp_slice lines, const char *when)
{
	AISP_DRILL_WIPEBUF struct aisp_buf text = {0};

	aisp_buf_init(&text, 1 << 20);
	aisp_buf_putz(&text, "My job cannot connect. These are its settings, what is wrong?\n");
	aisp_buf_put(&text, lines);
	aisp_jw_obj(w);
	aisp_jw_kstr(w, "id", name);
	aisp_jw_kz(w, "timestamp", when);
	aisp_jw_key(w, "messages");
	aisp_jw_arr(w);
	aisp_jw_obj(w);
	aisp_jw_kz(w, "role", "user");
	aisp_jw_kstr(w, "content", aisp_buf_slice(&text));
	aisp_jw_end(w);
	aisp_jw_end(w);
	aisp_jw_end(w);
}

/* As the first item of a container, or the whole file. */
static int into_json(const char *key, bool array, struct aisp_slice item, struct aisp_slice before, bool created, struct aisp_drill_insert *ret, struct aisp_err *err)
{
	bool empty = true;

	ret->at = 0;
	if (created) {
		aisp_buf_printf(&ret->bytes, "{\n\"%s\": %c\n%.*s\n%c%s}\n", key, array ? '[' : '{', (int)item.n, item.p, array ? ']' : '}',
				array ? ",\n\"metadata\": {},\n\"nbformat\": 4,\n\"nbformat_minor\": 5\n" : "\n");
		return 0;
	}
	int r = aisp_drill__json_at(before, key, array ? '[' : '{', &ret->at, &empty, err);
	if (r == 0)
		aisp_buf_printf(&ret->bytes, "\n%.*s%s", (int)item.n, item.p, empty ? "\n" : ",");
	return r;
}

int aisp_drill__insert(const char *place, struct aisp_slice name, const struct aisp_drill_pair *pairs, size_t n, struct aisp_slice before, bool created, const char *when,
                       struct aisp_drill_insert *ret, struct aisp_err *err)
{
	AISP_DRILL_WIPEBUF struct aisp_buf lines = {0}, item = {0};
	struct aisp_jw w;
	int r = 0;

	aisp_buf_init(&lines, 1 << 20);
	aisp_buf_init(&item, 1 << 20);
	aisp_buf_init(&ret->bytes, 1 << 20);
	aisp_drill__lines(name, pairs, n, &lines);
	aisp_jw_init(&w, &item, false);
	if (strcmp(place, "notebook") == 0) {
		put_cell(&w, name, aisp_buf_slice(&lines));
		r = into_json("cells", true, aisp_buf_slice(&item), before, created, ret, err);
	} else if (strcmp(place, "mcp") == 0) {
		size_t at;
		bool empty;
		aisp_buf_printf(&item, "\"%.*s\": ", AISP_FMT(name));
		put_server(&w, pairs, n);
		const bool servers = !created && aisp_drill__json_at(before, "mcpServers", '{', &at, &empty, NULL) < 0 && aisp_drill__json_at(before, "servers", '{', &at, &empty, NULL) == 0;
		r = into_json(servers ? "servers" : "mcpServers", false, aisp_buf_slice(&item), before, created, ret, err);
	} else { /* a log: one more line */
		put_prompt(&w, name, aisp_buf_slice(&lines), when);
		ret->at = before.n;
		aisp_buf_printf(&ret->bytes, "%s%.*s\n", before.n && before.p[before.n - 1] != '\n' ? "\n" : "", (int)item.n, item.p);
	}
	if (r == 0)
		r = aisp_buf_check(&ret->bytes, err);
	return r;
}

bool aisp_drill__without(struct aisp_slice text, struct aisp_slice planted, struct aisp_buf *out)
{
	const size_t at = planted.n ? aisp_slice_find(text, planted) : SIZE_MAX;

	if (at == SIZE_MAX)
		return false;
	aisp_buf_put(out, aisp_slice_to(text, at));
	aisp_buf_put(out, aisp_slice_from(text, at + planted.n));
	return true;
}

/* ---- PostgreSQL ---- */

static void put_base64(struct aisp_buf *out, const unsigned char *p, size_t n)
{
	char text[64];

	sodium_bin2base64(text, sizeof text, p, n, sodium_base64_VARIANT_ORIGINAL);
	aisp_buf_putz(out, text);
}

static void hmac(struct aisp_slice key, const unsigned char *p, size_t n, unsigned char ret[32])
{
	crypto_auth_hmacsha256_state s;

	crypto_auth_hmacsha256_init(&s, (const unsigned char *)key.p, key.n);
	crypto_auth_hmacsha256_update(&s, p, n);
	crypto_auth_hmacsha256_final(&s, ret);
}

int aisp_drill__scram(struct aisp_slice password, const unsigned char salt[16], struct aisp_buf *out, struct aisp_err *err)
{
	enum { ROUNDS = 4096 };
	unsigned char first[20], u[32], salted[32], key[32], stored[32];

	if (sodium_init() < 0)
		return aisp_fail(err, AISP_E_INTERNAL, "libsodium does not start");
	memcpy(first, salt, 16);
	memcpy(first + 16, (const unsigned char[]){0, 0, 0, 1}, 4);
	hmac(password, first, sizeof first, u);
	memcpy(salted, u, 32);
	for (int i = 1; i < ROUNDS; i++) { /* PBKDF2, one block (RFC 8018) */
		hmac(password, u, 32, u);
		for (int j = 0; j < 32; j++)
			salted[j] = (unsigned char)(salted[j] ^ u[j]);
	}
	const struct aisp_slice by = aisp_slice_of((const char *)salted, 32);
	hmac(by, (const unsigned char *)"Client Key", 10, key);
	crypto_hash_sha256(stored, key, 32);
	aisp_buf_printf(out, "SCRAM-SHA-256$%d:", ROUNDS);
	put_base64(out, salt, 16);
	aisp_buf_putc(out, '$');
	put_base64(out, stored, 32);
	hmac(by, (const unsigned char *)"Server Key", 10, key);
	aisp_buf_putc(out, ':');
	put_base64(out, key, 32);
	sodium_memzero(u, sizeof u);
	sodium_memzero(salted, sizeof salted);
	sodium_memzero(key, sizeof key);
	return aisp_buf_check(out, err);
}

void aisp_drill__ident(struct aisp_buf *out, struct aisp_slice name)
{
	aisp_buf_putc(out, '"');
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == '"')
			aisp_buf_putc(out, '"');
		aisp_buf_putc(out, name.p[i]);
	}
	aisp_buf_putc(out, '"');
}

void aisp_drill__literal(struct aisp_buf *out, struct aisp_slice text)
{
	aisp_buf_putz(out, "E'");
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\'' || text.p[i] == '\\')
			aisp_buf_putc(out, text.p[i]);
		aisp_buf_putc(out, text.p[i]);
	}
	aisp_buf_putc(out, '\'');
}

/* The parts of SCHEME://USERINFO@HOST/DATABASE?QUERY. */
struct parts {
	struct aisp_slice scheme, user, host, rest; /* rest: from the '/' or '?' on */
};
static bool take_apart(struct aisp_slice target, struct parts *ret)
{
	const size_t begin = aisp_slice_find(target, AISP_S("://"));
	if (begin == SIZE_MAX)
		return false;
	struct aisp_slice t = aisp_slice_from(target, begin + 3);
	size_t end = 0;
	while (end < t.n && t.p[end] != '/' && t.p[end] != '?')
		end++;
	const struct aisp_slice authority = aisp_slice_to(t, end);
	const size_t at = aisp_slice_rchr(authority, '@');
	*ret = (struct parts){.scheme = aisp_slice_to(target, begin), .user = at == SIZE_MAX ? (struct aisp_slice){0} : aisp_slice_to(authority, at),
			      .host = aisp_slice_from(authority, at == SIZE_MAX ? 0 : at + 1), .rest = aisp_slice_from(t, end)};
	return true;
}

int aisp_drill__pg_server(struct aisp_arena *mem, struct aisp_slice target, struct aisp_slice *ret_server, struct aisp_slice *ret_database, struct aisp_err *err)
{
	struct parts p;

	if (!take_apart(target, &p) || p.host.n == 0 || aisp_slice_chr(p.host, ',') != SIZE_MAX)
		return aisp_fail(err, AISP_E_USAGE, "a drill needs its PostgreSQL as postgres://USER@HOST:PORT/DATABASE, with one host");
	const size_t colon = aisp_slice_rchr(p.host, ':'), bracket = aisp_slice_rchr(p.host, ']');
	const bool port = colon != SIZE_MAX && (bracket == SIZE_MAX || colon > bracket);
	struct aisp_slice database = aisp_slice_starts(p.rest, AISP_S("/")) ? aisp_slice_from(p.rest, 1) : (struct aisp_slice){0};
	database = aisp_slice_to(database, aisp_slice_chr(database, '?'));
	*ret_server = aisp_arena_printf(mem, "%.*s%s", AISP_FMT(p.host), port ? "" : ":5432");
	*ret_database = aisp_arena_dup(mem, database.n ? database : AISP_S("postgres"));
	return ret_server->p && ret_database->p ? 0 : aisp_fail(err, AISP_E_NOMEM, "out of memory for a target");
}

int aisp_drill__pg_login(struct aisp_slice target, struct aisp_slice role, struct aisp_slice password, struct aisp_buf *out, struct aisp_err *err)
{
	struct parts p;

	if (!take_apart(target, &p))
		return aisp_fail(err, AISP_E_USAGE, "not a PostgreSQL target");
	aisp_buf_printf(out, "postgresql://%.*s:", AISP_FMT(role));
	aisp_buf_put(out, password);
	aisp_buf_printf(out, "@%.*s%.*s", AISP_FMT(p.host), AISP_FMT(p.rest));
	return aisp_buf_check(out, err);
}

/* ---- A row in a table that we do not know ---- */

static bool takes_text(struct aisp_slice type)
{
	return aisp_slice_eqz(type, "text") || aisp_slice_eqz(type, "character varying") || aisp_slice_eqz(type, "json") || aisp_slice_eqz(type, "jsonb");
}

/* How well a column's name fits a document; 0: not at all. */
static int rank(struct aisp_slice name)
{
	static const char *const names[] = {"content", "document", "page_content", "text", "chunk", "body", "prompt", "message", "messages", "request", "input", "response", "output"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (aisp_slice_eqz(name, names[i]))
			return 100 - (int)i;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (aisp_slice_findi(name, aisp_slice_z(names[i])) != SIZE_MAX)
			return 50 - (int)i;
	return 1;
}

/* Without the schema: "public.vector(8)" → "vector(8)". */
static struct aisp_slice base_type(struct aisp_slice type)
{
	const size_t dot = aisp_slice_rchr(aisp_slice_to(type, aisp_slice_chr(type, '(')), '.');
	return dot == SIZE_MAX ? type : aisp_slice_from(type, dot + 1);
}

/* A value that says nothing, for a column that must have one; false: we know none. */
static bool put_filler(struct aisp_slice type, struct aisp_buf *out)
{
	static const struct {
		const char *begins, *value;
	} fillers[] = {{"text", "'aisp-drill'"}, {"character", "'aisp-drill'"}, {"uuid", "gen_random_uuid()"}, {"jsonb", "'{}'"}, {"json", "'{}'"}, {"timestamp", "now()"},
		       {"date", "now()"}, {"boolean", "false"}, {"bigint", "0"}, {"integer", "0"}, {"smallint", "0"}, {"numeric", "0"}, {"double", "0"}, {"real", "0"}, {"bytea", "''"}};
	const struct aisp_slice full = type;
	uint64_t dimensions;

	type = base_type(type);
	if (aisp_slice_ends(type, AISP_S("[]"))) {
		aisp_buf_putz(out, "'{}'");
		return true;
	}
	const size_t open = aisp_slice_chr(type, '(');
	if (aisp_slice_starts(type, AISP_S("vector(")) || aisp_slice_starts(type, AISP_S("halfvec("))) {
		if (!aisp_slice_u64(aisp_slice_of(type.p + open + 1, type.n - open - 2), &dimensions) || dimensions > 16000)
			return false;
		aisp_buf_printf(out, "array_fill(0.001::real, ARRAY[%llu])::%.*s", (unsigned long long)dimensions, AISP_FMT(full));
		return true;
	}
	for (size_t i = 0; i < sizeof fillers / sizeof *fillers; i++)
		if (aisp_slice_starts(type, aisp_slice_z(fillers[i].begins))) {
			aisp_buf_putz(out, fillers[i].value);
			return true;
		}
	return false;
}

int aisp_drill__row(struct aisp_slice table, const struct aisp_doc *columns, struct aisp_slice text, struct aisp_buf *out, struct aisp_slice *ret_column, struct aisp_err *err)
{
	AISP_DRILL_WIPEBUF struct aisp_buf names = {0}, values = {0}, json = {0};
	const struct aisp_doc *best = NULL;
	int most = 0;

	for (uint32_t i = 0; i < aisp_doc_count(columns); i++) {
		const struct aisp_doc *c = aisp_doc_at(columns, i);
		const struct aisp_slice type = aisp_doc_getstr(c, "type");
		const bool whole = takes_text(type);
		int fit = whole && !aisp_slice_eqz(aisp_doc_getstr(c, "key"), "t") ? rank(aisp_doc_getstr(c, "name")) : 0;
		if (fit && aisp_slice_starts(type, AISP_S("json"))) /* only where nothing else is there */
			fit = fit > 50 ? fit - 49 : 1;
		if (fit > most) {
			most = fit;
			best = c;
		}
	}
	if (!best)
		return aisp_fail(err, AISP_E_USAGE, "the table %.*s has no column that takes a text", AISP_FMT(table));
	aisp_buf_init(&names, 1 << 20);
	aisp_buf_init(&values, 1 << 20);
	aisp_buf_init(&json, 1 << 20);
	for (uint32_t i = 0; i < aisp_doc_count(columns); i++) {
		const struct aisp_doc *c = aisp_doc_at(columns, i);
		const struct aisp_slice name = aisp_doc_getstr(c, "name"), type = aisp_doc_getstr(c, "type");
		/* an embedding that is not there would never be looked for: filled also where it need not be */
		if (c != best && !aisp_slice_eqz(aisp_doc_getstr(c, "required"), "t") && !aisp_slice_starts(base_type(type), AISP_S("vector(")))
			continue;
		if (names.n) {
			aisp_buf_putz(&names, ", ");
			aisp_buf_putz(&values, ", ");
		}
		aisp_drill__ident(&names, name);
		if (c == best && aisp_slice_starts(type, AISP_S("json"))) {
			aisp_buf_putc(&json, '"');
			aisp_json_escape(&json, text);
			aisp_buf_putc(&json, '"');
			aisp_drill__literal(&values, aisp_buf_slice(&json));
		} else if (c == best) {
			aisp_drill__literal(&values, text);
		} else if (!put_filler(type, &values)) {
			return aisp_fail(err, AISP_E_USAGE, "the table %.*s needs a value in column %.*s of type %.*s, and aisp knows none", AISP_FMT(table), AISP_FMT(name), AISP_FMT(type));
		}
	}
	aisp_buf_printf(out, "INSERT INTO %.*s (%.*s) VALUES (%.*s)", AISP_FMT(table), (int)names.n, names.p, (int)values.n, values.p);
	*ret_column = aisp_doc_getstr(best, "name");
	return aisp_buf_check(out, err);
}
