/* How a source was asked for: as JSON in the store, and back (asked.h). */
#include "cli/asked.h"
#include "base/arena.h"
#include "base/jw.h"
#include <limits.h>
#include <stdlib.h>

static int nomem(struct aisp_err *err)
{
	return aisp_fail(err, AISP_E_NOMEM, "out of memory for a target's options");
}

/* ---- The options inside a target's text ---- */

/* "aws:PROFILE?a=b&c=d", "kube:…?…", "postgres://…?…", "postgres:a=b c=d": where they begin, and what stands between them. Others have none. */
static bool inner_options(struct aisp_slice text, struct aisp_slice *ret_head, struct aisp_slice *ret_options, char *ret_between)
{
	const bool url = aisp_slice_starts(text, AISP_S("postgres://")) || aisp_slice_starts(text, AISP_S("postgresql://"));
	size_t at = aisp_slice_chr(text, '?');

	*ret_between = '&';
	if (!url && aisp_slice_starts(text, AISP_S("postgres:"))) {
		*ret_between = ' ';
		at = sizeof "postgres:" - 1;
		*ret_head = aisp_slice_to(text, at);
		*ret_options = aisp_slice_from(text, at);
		return true;
	}
	if (!url && !aisp_slice_starts(text, AISP_S("aws:")) && !aisp_slice_starts(text, AISP_S("kube:")))
		return false;
	*ret_head = aisp_slice_to(text, at);
	*ret_options = at == SIZE_MAX ? (struct aisp_slice){0} : aisp_slice_from(text, at + 1);
	return true;
}

static bool is_one_of(struct aisp_slice part, const char *const *names, size_t n)
{
	const struct aisp_slice key = aisp_slice_to(part, aisp_slice_chr(part, '='));
	for (size_t i = 0; i < n; i++)
		if (aisp_slice_eqz(key, names[i]))
			return true;
	return false;
}

/* They say what is looked at, not how it is reached. */
static bool is_scope(struct aisp_slice part)
{
	static const char *const names[] = {"aisp_sample", "region", "accounts", "namespace", "secret_keys"};
	return is_one_of(part, names, sizeof names / sizeof *names);
}

static void put_scope(struct aisp_slice text, struct aisp_buf *out)
{
	struct aisp_slice head, options, part;
	char between;

	if (!inner_options(text, &head, &options, &between))
		return;
	while (options.n && aisp_slice_split(&options, between, &part))
		if (is_scope(part)) {
			if (out->n)
				aisp_buf_putc(out, '&');
			aisp_buf_put(out, part);
		}
}

static bool says(struct aisp_slice options, char between, const char *name)
{
	struct aisp_slice part;
	while (options.n && aisp_slice_split(&options, between, &part))
		if (is_one_of(part, &name, 1))
			return true;
	return false;
}

int aisp_asked_text(struct aisp_arena *a, const struct aisp_asked *asked, struct aisp_slice text, struct aisp_slice *ret, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf out = {0};
	struct aisp_slice head, options, part, scope = asked->scope;
	char between, next = '?';

	*ret = text;
	if (!inner_options(text, &head, &options, &between))
		return 0;
	aisp_buf_init(&out, 1u << 20);
	aisp_buf_put(&out, head);
	if (between == ' ')
		next = 0;
	for (int both = 0; both < 2; both++) {
		struct aisp_slice rest = both ? scope : options;
		while (rest.n && aisp_slice_split(&rest, both ? '&' : between, &part)) {
			if (!part.n || (!both && is_scope(part)))
				continue;
			if (next)
				aisp_buf_putc(&out, next);
			next = between;
			aisp_buf_put(&out, part);
		}
	}
	if (says(scope, '&', "accounts") && !says(options, between, "role"))
		return aisp_fail(err, AISP_E_USAGE, "the source was collected with accounts=…: the target that leads to it needs role=NAME, too");
	int r = aisp_buf_check(&out, err);
	if (r == 0)
		*ret = aisp_arena_dup(a, aisp_buf_slice(&out));
	explicit_bzero(out.p, out.n); /* it may hold a password */
	return r < 0 ? r : ret->p ? 0 : nomem(err);
}

/* ---- JSON ---- */

static bool absolute(struct aisp_slice text, char ret[PATH_MAX])
{
	char path[PATH_MAX];

	if (text.n == 0 || text.n >= sizeof path)
		return false;
	memcpy(path, text.p, text.n);
	path[text.n] = '\0';
	return realpath(path, ret) != NULL;
}

static void put_list(struct aisp_jw *w, const char *key, const struct aisp_slice *v, size_t n)
{
	if (!n)
		return;
	aisp_jw_key(w, key);
	aisp_jw_arr(w);
	for (size_t i = 0; i < n; i++)
		aisp_jw_str(w, v[i]);
	aisp_jw_end(w);
}

static void put_paths(struct aisp_jw *w, const char *key, const struct aisp_slice *v, size_t n)
{
	char path[PATH_MAX];

	if (!n)
		return;
	aisp_jw_key(w, key);
	aisp_jw_arr(w);
	for (size_t i = 0; i < n; i++)
		aisp_jw_str(w, absolute(v[i], path) ? aisp_slice_z(path) : v[i]);
	aisp_jw_end(w);
}

static void put_if(struct aisp_jw *w, const char *key, struct aisp_slice s)
{
	if (s.n)
		aisp_jw_kstr(w, key, s);
}

static bool is_at_rest(const struct aisp_collector *c, const struct aisp_target *t)
{
	return c->at_rest && c->at_rest(t);
}

int aisp_asked_json(const struct aisp_collector *c, const struct aisp_target *t, struct aisp_slice key, const struct aisp_slice *rules, size_t n_rules, int64_t timeout_s, struct aisp_buf *out,
		    struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf plain = {0}, scope = {0};
	struct aisp_target bare = *t;
	struct aisp_jw w;
	char path[PATH_MAX];
	int r = 0;

	aisp_buf_init(&plain, 4096);
	aisp_buf_init(&scope, 1u << 16);
	bare.name = bare.cluster = (struct aisp_slice){0};
	if (t->name.n || t->cluster.n)
		r = c->source_key(&bare, &plain, err);
	else
		aisp_buf_put(&plain, key);
	if (r < 0)
		return r;
	put_scope(t->text, &scope);
	aisp_jw_init(&w, out, false);
	aisp_jw_obj(&w);
	aisp_jw_kstr(&w, "plain", aisp_buf_slice(&plain));
	if (is_at_rest(c, t) && absolute(t->text, path))
		aisp_jw_kz(&w, "path", path);
	put_if(&w, "scope", aisp_buf_slice(&scope));
	put_if(&w, "name", t->name);
	put_if(&w, "cluster", t->cluster);
	put_list(&w, "also_known_as", t->also_known_as, t->n_also_known_as);
	put_list(&w, "exclude", t->exclude, t->n_exclude);
	put_paths(&w, "secret_rules", rules, n_rules);
	if (t->history)
		aisp_jw_kbool(&w, "history", true);
	if (t->unreachable)
		aisp_jw_kbool(&w, "unreachable", true);
	if (timeout_s)
		aisp_jw_kint(&w, "timeout_s", timeout_s);
	aisp_jw_end(&w);
	r = aisp_buf_check(&plain, err);
	if (r == 0)
		r = aisp_buf_check(&scope, err);
	return r == 0 ? aisp_buf_check(out, err) : r;
}

static int read_list(struct aisp_arena *a, const struct aisp_doc *d, const struct aisp_slice **ret, size_t *ret_n, struct aisp_err *err)
{
	struct aisp_slice *v = aisp_arena_zalloc(a, aisp_doc_count(d) + 1u, sizeof *v);

	if (!v)
		return nomem(err);
	for (uint32_t i = 0; i < aisp_doc_count(d); i++) {
		v[i] = aisp_arena_dup(a, aisp_doc_str(&d->items[i])); /* with a zero byte */
		if (!v[i].p)
			return nomem(err);
	}
	*ret = v;
	*ret_n = aisp_doc_count(d);
	return 0;
}

int aisp_asked_read(struct aisp_arena *a, struct aisp_slice json, struct aisp_asked *ret, struct aisp_err *err)
{
	const struct aisp_doc *d = NULL;

	*ret = (struct aisp_asked){0};
	if (!json.n)
		return 0;
	int r = aisp_json_parse(a, json, NULL, &d, err);
	if (r < 0)
		return aisp_wrap(err, r, "while reading a source's options in the store");
	struct aisp_asked x = {.plain = aisp_doc_getstr(d, "plain"), .path = aisp_doc_getstr(d, "path"), .scope = aisp_doc_getstr(d, "scope"), .name = aisp_doc_getstr(d, "name"),
			       .cluster = aisp_doc_getstr(d, "cluster"), .history = aisp_doc_bool(aisp_doc_get(d, "history"), false),
			       .unreachable = aisp_doc_bool(aisp_doc_get(d, "unreachable"), false), .timeout_s = aisp_doc_int(aisp_doc_get(d, "timeout_s"), 0), .known = true};
	r = read_list(a, aisp_doc_get(d, "also_known_as"), &x.also_known_as, &x.n_also_known_as, err);
	if (r == 0)
		r = read_list(a, aisp_doc_get(d, "exclude"), &x.exclude, &x.n_exclude, err);
	if (r == 0)
		r = read_list(a, aisp_doc_get(d, "secret_rules"), &x.secret_rules, &x.n_secret_rules, err);
	if (r == 0)
		*ret = x;
	return r;
}

bool aisp_asked_leads(const struct aisp_asked *asked, const struct aisp_collector *c, const struct aisp_target *t)
{
	AISP_AUTOBUF struct aisp_buf key = {0};
	struct aisp_target bare = *t;
	char path[PATH_MAX];

	if (!asked->known)
		return false;
	if (is_at_rest(c, t) && asked->path.n) /* folders may have one name and be two */
		return absolute(t->text, path) && aisp_slice_eqz(asked->path, path);
	if (aisp_slice_starts(asked->plain, AISP_S("files:")))
		return false;
	bare.name = bare.cluster = (struct aisp_slice){0};
	aisp_buf_init(&key, 4096);
	return c->source_key(&bare, &key, NULL) == 0 && aisp_slice_eq(aisp_buf_slice(&key), asked->plain);
}
