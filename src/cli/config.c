/* Reads aisp.yaml. Its form:
 *
 *   store: .aisp/aisp.db
 *   fail_on: high
 *   rules: my-rules
 *   secret_rules: [gitleaks.toml]
 *   ignore_file: aisp-ignore.yaml
 *   targets:
 *     - path: .                     # or capture folders
 *       name: support-bot
 *       cluster: acme
 *       exclude: [build/]
 *       history: true               # also what earlier commits held
 *     - url: postgres://aisp@db.example.com/app
 *       also_known_as: ["db.prod.svc:5432"]
 *   usage:
 *     days: {secret: 30, aws: 60}   # how long must be watched before "not used" is said
 */
#include "cli/config.h"
#include "base/doc.h"
#include "base/fs.h"
#include "govern/usage.h"
#include <fcntl.h>

enum { MAX_CONFIG_BYTES = 1 << 20 };

struct reader {
	struct aisp_config *config;
	const char *path;
	struct aisp_slice folder;
};

static int bad(const struct reader *r, uint32_t line, struct aisp_err *err, const char *what, struct aisp_slice key)
{
	return aisp_fail(err, AISP_E_USAGE, "%s:%u: %s '%.*s'", r->path, line, what, AISP_FMT(key));
}

static int want_text(const struct reader *r, const struct aisp_member *m, struct aisp_slice *ret, struct aisp_err *err)
{
	if (m->value.type != AISP_DOC_STR)
		return bad(r, m->line, err, "text is expected for", m->key);
	*ret = m->value.s;
	return 0;
}

static int want_list(const struct reader *r, const struct aisp_member *m, const struct aisp_slice **ret, size_t *ret_n, struct aisp_err *err)
{
	if (m->value.type != AISP_DOC_ARR)
		return bad(r, m->line, err, "a list is expected for", m->key);
	struct aisp_slice *list = aisp_arena_zalloc(r->config->arena, m->value.n ? m->value.n : 1, sizeof *list);
	if (!list)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while reading %s", r->path);
	for (uint32_t i = 0; i < m->value.n; i++) {
		if (m->value.items[i].type != AISP_DOC_STR)
			return bad(r, m->value.items[i].line, err, "text is expected in the list", m->key);
		list[i] = m->value.items[i].s;
	}
	*ret = list;
	*ret_n = m->value.n;
	return 0;
}

/* A path of the file, made relative to the working directory. */
static int resolve_path(const struct reader *r, struct aisp_slice path, struct aisp_slice *ret, struct aisp_err *err)
{
	if (path.n && path.p[0] == '/')
		*ret = path;
	else if (r->folder.n == 0)
		*ret = path;
	else
		*ret = aisp_arena_printf(r->config->arena, "%.*s/%.*s", AISP_FMT(r->folder), AISP_FMT(path));
	return ret->p ? 0 : aisp_fail(err, AISP_E_NOMEM, "out of memory while reading %s", r->path);
}

static int read_target_member(const struct reader *r, const struct aisp_member *m, struct aisp_target *t, struct aisp_err *err)
{
	struct aisp_slice key = m->key;
	if (aisp_slice_eqz(key, "path")) {
		struct aisp_slice path = {0};
		int e = want_text(r, m, &path, err);
		return e < 0 ? e : resolve_path(r, path, &t->text, err);
	}
	if (aisp_slice_eqz(key, "url"))
		return want_text(r, m, &t->text, err);
	if (aisp_slice_eqz(key, "name"))
		return want_text(r, m, &t->name, err);
	if (aisp_slice_eqz(key, "cluster"))
		return want_text(r, m, &t->cluster, err);
	if (aisp_slice_eqz(key, "exclude"))
		return want_list(r, m, &t->exclude, &t->n_exclude, err);
	if (aisp_slice_eqz(key, "also_known_as"))
		return want_list(r, m, &t->also_known_as, &t->n_also_known_as, err);
	if (aisp_slice_eqz(key, "history") || aisp_slice_eqz(key, "unreachable")) {
		if (m->value.type != AISP_DOC_BOOL)
			return bad(r, m->line, err, "true or false is expected for", key);
		*(aisp_slice_eqz(key, "history") ? &t->history : &t->unreachable) = m->value.b;
		return 0;
	}
	return bad(r, m->line, err, "a target has path, url, name, cluster, exclude, history, unreachable and also_known_as, but not", key);
}

static int read_target(const struct reader *r, const struct aisp_doc *d, struct aisp_err *err)
{
	struct aisp_target t = {0};
	if (d->type != AISP_DOC_OBJ)
		return bad(r, d->line, err, "a target is a mapping with a path or url; see", AISP_S("aisp help scan"));
	for (uint32_t i = 0; i < d->n; i++) {
		int e = read_target_member(r, &d->members[i], &t, err);
		if (e < 0)
			return e;
	}
	if (t.text.n == 0)
		return bad(r, d->line, err, "a target needs", AISP_S("path or url"));
	if (aisp_vec_push(&r->config->targets, t) < 0)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while reading %s", r->path);
	return 0;
}

static int read_approvals(const struct reader *r, const struct aisp_member *m, struct aisp_err *err)
{
	for (uint32_t i = 0; i < aisp_doc_count(&m->value) && m->value.type == AISP_DOC_OBJ; i++) {
		const struct aisp_member *part = &m->value.members[i];
		struct aisp_slice said = aisp_doc_str(&part->value); /* YAML 1.1's yes and no are texts */
		if (aisp_slice_eqz(part->key, "plans") && part->value.type == AISP_DOC_INT && part->value.i >= 0 && part->value.i <= 100)
			r->config->approvals = part->value.i;
		else if (aisp_slice_eqz(part->key, "other_than_author") && (part->value.type == AISP_DOC_BOOL || aisp_slice_eqz(said, "yes") || aisp_slice_eqz(said, "no")))
			r->config->approvals_by_others = aisp_doc_bool(&part->value, aisp_slice_eqz(said, "yes"));
		else
			return bad(r, part->line, err, "approvals are of the form {plans: 1, other_than_author: yes}, not", part->key);
	}
	return m->value.type == AISP_DOC_OBJ ? 0 : bad(r, m->line, err, "a mapping {plans: N, other_than_author: yes} is expected for", m->key);
}

static int read_usage(const struct reader *r, const struct aisp_member *m, struct aisp_err *err)
{
	const struct aisp_member *days = m->value.type == AISP_DOC_OBJ && m->value.n == 1 ? m->value.members : NULL;
	if (!days || !aisp_slice_eqz(days->key, "days") || days->value.type != AISP_DOC_OBJ)
		return bad(r, days ? days->line : m->line, err, "a mapping {days: {KIND: N}} is expected for", m->key);
	for (uint32_t i = 0; i < days->value.n; i++) {
		const struct aisp_member *one = &days->value.members[i];
		if (!aisp_usage_is_days_word(one->key))
			return bad(r, one->line, err, "usage.days names all, aws, kubernetes, postgres, identity, credential, asset, kinds of edges and of nodes, but not", one->key);
		if (one->value.type != AISP_DOC_INT || one->value.i < 1 || one->value.i > 3650)
			return bad(r, one->line, err, "a number of days from 1 to 3650 is expected for", one->key);
		if (aisp_vec_push(&r->config->usage_days, (struct aisp_config_days){one->key, one->value.i}) < 0)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory while reading %s", r->path);
	}
	return 0;
}

static int read_setting(const struct reader *r, const struct aisp_member *m, struct aisp_err *err)
{
	struct aisp_slice s = {0};
	int e;
	if (aisp_slice_eqz(m->key, "targets")) {
		if (m->value.type != AISP_DOC_ARR)
			return bad(r, m->line, err, "a list is expected for", m->key);
		for (uint32_t i = 0; i < m->value.n; i++)
			if ((e = read_target(r, &m->value.items[i], err)) < 0)
				return e;
		return 0;
	}
	if (aisp_slice_eqz(m->key, "approvals"))
		return read_approvals(r, m, err);
	if (aisp_slice_eqz(m->key, "usage"))
		return read_usage(r, m, err);
	if (aisp_slice_eqz(m->key, "secret_rules")) {
		const struct aisp_slice *list = NULL;
		if ((e = want_list(r, m, &list, &r->config->n_secret_rules, err)) < 0)
			return e;
		r->config->secret_rules = aisp_arena_zalloc(r->config->arena, r->config->n_secret_rules + 1, sizeof *list);
		if (!r->config->secret_rules)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory while reading %s", r->path);
		for (size_t i = 0; e == 0 && i < r->config->n_secret_rules; i++)
			e = resolve_path(r, list[i], &r->config->secret_rules[i], err);
		return e;
	}
	if (aisp_slice_eqz(m->key, "policies"))
		return 0; /* govern/policy.h reads and checks them */
	if ((e = want_text(r, m, &s, err)) < 0)
		return e;
	if (aisp_slice_eqz(m->key, "fail_on")) {
		r->config->fail_on = s.p;
		return 0;
	}
	const struct {
		const char *key, **to;
	} paths[] = {{"store", &r->config->store}, {"rules", &r->config->rules}, {"ignore_file", &r->config->ignore_file}};
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		if (!aisp_slice_eqz(m->key, paths[i].key))
			continue;
		e = resolve_path(r, s, &s, err);
		*paths[i].to = s.p;
		return e;
	}
	return bad(r, m->line, err, "aisp.yaml has targets, store, fail_on, rules, secret_rules, ignore_file, approvals, policies and usage, but not", m->key);
}

int aisp_config_load(const char *path, struct aisp_config *ret, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf text = {0};
	aisp_buf_init(&text, MAX_CONFIG_BYTES);
	int r = aisp_fs_read(AT_FDCWD, path, false, MAX_CONFIG_BYTES, &text, err);
	if (r < 0)
		return aisp_wrap(err, r, "while reading the configuration");
	struct aisp_config c = {.arena = aisp_arena_new(0)};
	struct aisp_docs docs;
	struct reader reader = {&c, path, aisp_slice_dirname(aisp_slice_z(path))};
	if (!c.arena)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while reading %s", path);
	r = aisp_yaml_parse(c.arena, aisp_buf_slice(&text), NULL, &docs, err);
	if (r == AISP_E_PARSE)
		r = aisp_wrap(err, AISP_E_USAGE, "in %s", path);
	if (r == 0 && (docs.n != 1 || docs.docs[0].type != AISP_DOC_OBJ))
		r = aisp_fail(err, AISP_E_USAGE, "%s: one mapping with targets is expected", path);
	for (uint32_t i = 0; r == 0 && i < docs.docs[0].n; i++)
		r = read_setting(&reader, &docs.docs[0].members[i], err);
	if (r < 0) {
		aisp_config_done(&c);
		return r;
	}
	*ret = c;
	return 0;
}

void aisp_config_done(struct aisp_config *c)
{
	aisp_vec_done(&c->targets);
	aisp_vec_done(&c->usage_days);
	aisp_arena_free(c->arena);
	c->arena = NULL;
}
