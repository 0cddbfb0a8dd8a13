/* review: who reaches an asset, asked item by item whether they should. A campaign and its answers are entries of the log, kind "review":
 *
 *   {"action":"new","asset":ID,"mode":"read","due":"2026-12-15","escalate_to":WHO,"items":[{"identity":ID,"certain":true,"path":"…","last_use":"…"}]}      its number is the campaign's id
 *   {"action":"answer","id":"17","item":"3","answer":"remove","reason":"…"}
 */
#include "base/clock.h"
#include "base/mem.h"
#include "cli/decided.h"
#include "cli/seen.h"
#include "govern/own.h"
#include "govern/usage.h"
#include <stdio.h>

enum { MAX_ITEMS = 2000, MAX_PATH = 320, MAX_LEVELS = 16 };

struct item {
	struct aisp_slice identity, path, last_use, answer, reason, by, hash;
	bool certain;
	uint64_t entry; /* of the answer; 0: none */
	int64_t at_us;
};
struct campaign {
	uint64_t n;
	int64_t at_us, due_us;
	struct aisp_slice asset, mode, due, by, escalate_to, hash;
	struct item *items;
	uint32_t n_items;
};
struct reviews {
	struct aisp_arena *a;
	AISP_VEC(struct campaign) v;
};

static void reviews_done(struct reviews *r)
{
	aisp_vec_done(&r->v);
	aisp_arena_free(r->a);
}

/* ---- Reading ---- */

static int64_t end_of(struct aisp_slice day)
{
	char text[AISP_ISO_LEN + 1] = "";
	int64_t us = 0;
	if (day.n != 10)
		return 0;
	memcpy(text, day.p, 10);
	return aisp_clock_parse(text, &us) < 0 ? 0 : us + (int64_t)24 * 3600 * 1000000;
}

static int read_new(struct reviews *r, const struct aisp_govlog_entry *e)
{
	const struct aisp_doc *list = aisp_doc_get(e->data, "items");
	struct campaign c = {.n = e->n, .at_us = e->at_us, .n_items = aisp_doc_count(list)};
	c.items = aisp_arena_zalloc(r->a, (size_t)c.n_items + 1, sizeof *c.items);
	c.asset = aisp_arena_dup(r->a, aisp_doc_getstr(e->data, "asset"));
	c.mode = aisp_arena_dup(r->a, aisp_doc_getstr(e->data, "mode"));
	c.due = aisp_arena_dup(r->a, aisp_doc_getstr(e->data, "due"));
	c.escalate_to = aisp_arena_dup(r->a, aisp_doc_getstr(e->data, "escalate_to"));
	c.by = aisp_arena_dup(r->a, e->by);
	c.hash = aisp_arena_dup(r->a, e->hash);
	c.due_us = end_of(c.due);
	for (uint32_t i = 0; c.items && i < c.n_items; i++) {
		const struct aisp_doc *d = aisp_doc_at(list, i);
		c.items[i] = (struct item){.identity = aisp_arena_dup(r->a, aisp_doc_getstr(d, "identity")), .path = aisp_arena_dup(r->a, aisp_doc_getstr(d, "path")),
			.last_use = aisp_arena_dup(r->a, aisp_doc_getstr(d, "last_use")), .certain = aisp_doc_bool(aisp_doc_get(d, "certain"), false)};
		if (!c.items[i].identity.p || !c.items[i].path.p || !c.items[i].last_use.p)
			return AISP_E_NOMEM;
	}
	return c.items && c.asset.p && c.mode.p && c.due.p && c.by.p && c.hash.p && c.escalate_to.p && aisp_vec_push(&r->v, c) == 0 ? 0 : AISP_E_NOMEM;
}

static struct campaign *find(struct reviews *r, struct aisp_slice id)
{
	uint64_t n;
	for (size_t i = 0; aisp_slice_u64(id, &n) && i < r->v.n; i++)
		if (r->v.v[i].n == n)
			return &r->v.v[i];
	return NULL;
}

static int read_entry(void *ctx, const struct aisp_govlog_entry *e)
{
	struct reviews *r = ctx;
	const struct aisp_slice action = aisp_doc_getstr(e->data, "action");
	uint64_t item = 0;
	if (!aisp_slice_eqz(e->kind, "review"))
		return 0;
	if (aisp_slice_eqz(action, "new"))
		return read_new(r, e);
	struct campaign *c = find(r, aisp_doc_getstr(e->data, "id"));
	if (!c || !aisp_slice_u64(aisp_doc_getstr(e->data, "item"), &item) || item == 0 || item > c->n_items)
		return 0;
	struct item *it = &c->items[item - 1];
	it->answer = aisp_arena_dup(r->a, aisp_doc_getstr(e->data, "answer"));
	it->reason = aisp_arena_dup(r->a, aisp_doc_getstr(e->data, "reason"));
	it->by = aisp_arena_dup(r->a, e->by);
	it->hash = aisp_arena_dup(r->a, e->hash);
	it->entry = e->n;
	it->at_us = e->at_us;
	return it->answer.p && it->reason.p && it->by.p && it->hash.p ? 0 : AISP_E_NOMEM;
}

static int load(const struct aisp_options *o, struct reviews *ret, struct aisp_err *err)
{
	struct aisp_govlog *log = NULL;
	if (!(ret->a = aisp_arena_new(0)))
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while reading reviews");
	int r = aisp_govlog_for(o, false, &log, err);
	if (r == AISP_E_NOTFOUND)
		return 0;
	if (r == 0)
		r = aisp_govlog_each(log, read_entry, ret, err);
	aisp_govlog_close(log);
	return r == AISP_E_NOMEM ? aisp_fail(err, AISP_E_NOMEM, "out of memory while reading reviews") : r;
}

/* ---- A new campaign ---- */

struct making {
	const struct aisp_options *o;
	struct aisp_session s;
	struct aisp_uses *uses;
	struct aisp_usage *usage;
	struct aisp_jw w;
	aisp_node asset;
	enum aisp_mode mode;
	int64_t *last_us; /* by node: when it last used the asset */
};

static bool reviewed(void *ctx, const struct aisp_snapshot *s, aisp_node n)
{
	(void)ctx;
	return (aisp_snode_flags(&s->nodes[n]) & (AISP_NK_IDENTITY | AISP_NK_NHI)) != 0;
}

static void put_path(const struct making *m, const struct aisp_path *p, struct aisp_buf *out)
{
	const struct aisp_snapshot *s = m->s.snapshot;
	for (size_t i = 0; i < p->n && out->n < MAX_PATH; i++) {
		const aisp_edge e = p->hops[i].edge;
		if (p->hops[i].branch || !e || e > s->n_edges)
			continue;
		if (!out->n)
			aisp_buf_put_printable(out, aisp_snapshot_text(s, s->nodes[s->edges[e].from].name));
		aisp_buf_printf(out, " %s ", aisp_edge_kinds[s->edges[e].kind].name);
		aisp_buf_put_printable(out, aisp_snapshot_text(s, s->nodes[s->edges[e].to].name));
	}
}

/* Is it the asset, or in it? */
static bool inside(const struct aisp_snapshot *s, aisp_node n, aisp_node asset)
{
	for (int level = 0; n && level < MAX_LEVELS; level++) {
		aisp_node up = 0;
		if (n == asset)
			return true;
		for (uint32_t i = s->in_at[n]; !up && i < s->in_at[n + 1]; i++) {
			const struct aisp_sedge *e = &s->edges[s->in_edges[i]];
			if (e->kind == AISP_EDGE_CONTAINS || e->kind == AISP_EDGE_HAS_DATA)
				up = e->from;
		}
		n = up;
	}
	return false;
}

/* When each identity, or the workload behind it, last used the asset or what is in it: one pass over the uses. */
static int read_uses(struct making *m, struct aisp_err *err)
{
	if (!(m->last_us = aisp_mem_zalloc((size_t)m->s.snapshot->n_nodes + 1, sizeof *m->last_us)))
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while looking up uses");
	for (size_t i = 0; i < aisp_usage_count(m->usage); i++) {
		const struct aisp_tied_use *u = aisp_usage_at(m->usage, i);
		if (!u->asset || !u->use.last_us || !inside(m->s.snapshot, u->asset, m->asset))
			continue;
		const aisp_node who[] = {u->identity, u->workload};
		for (int k = 0; k < 2; k++)
			if (who[k] && u->use.last_us > m->last_us[who[k]])
				m->last_us[who[k]] = u->use.last_us;
	}
	return 0;
}

/* When it was last used, "none seen" where the last right on the path was watched, else "no telemetry". */
static void put_last_use(const struct making *m, aisp_node identity, const struct aisp_path *p, char ret[40])
{
	struct aisp_edge_use use = aisp_usage_of_node(m->usage, m->asset);
	for (size_t i = p ? p->n : 0; i-- > 0;) {
		const aisp_edge e = p->hops[i].edge;
		if (p->hops[i].branch || !e || e > m->s.snapshot->n_edges || !aisp_usage_is_grant(m->usage, e))
			continue;
		use = aisp_usage_of_edge(m->usage, e);
		break;
	}
	if (m->last_us[identity])
		aisp_clock_iso(m->last_us[identity], ret);
	else if (use.answer != AISP_NO_TELEMETRY)
		memcpy(ret, "none seen", 10);
	else
		memcpy(ret, "no telemetry", 13);
}

static int put_item(struct making *m, aisp_node actor, bool certain, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf text = {0};
	struct aisp_paths paths = {0};
	const struct aisp_actor a = {.node = actor};
	char last[40];
	int r = aisp_reach_explain(m->s.reach, &a, m->asset, m->mode, 1, &paths, err);
	aisp_buf_init(&text, 1 << 16);
	if (r < 0)
		return r;
	if (paths.n)
		put_path(m, &paths.paths[0], &text);
	put_last_use(m, actor, paths.n ? &paths.paths[0] : NULL, last);
	aisp_paths_done(&paths);
	aisp_jw_obj(&m->w);
	aisp_jw_kstr(&m->w, "identity", aisp_snapshot_text(m->s.snapshot, m->s.snapshot->nodes[actor].id));
	aisp_jw_kbool(&m->w, "certain", certain);
	aisp_jw_kstr(&m->w, "path", aisp_buf_slice(&text));
	aisp_jw_kz(&m->w, "last_use", last);
	aisp_jw_end(&m->w);
	return aisp_buf_check(&text, err);
}

static int put_items(struct making *m, struct aisp_err *err)
{
	struct aisp_reached_by by = {0};
	int r = aisp_reach_reverse(m->s.reach, m->asset, m->mode, reviewed, NULL, &by, err);
	if (r == 0 && by.n > MAX_ITEMS)
		r = aisp_fail(err, AISP_E_LIMIT, "%zu identities reach it; one campaign holds at most %d: review its parts one by one", by.n, MAX_ITEMS);
	for (size_t i = 0; r == 0 && i < by.n; i++)
		if (by.actors[i] != m->asset)
			r = put_item(m, by.actors[i], by.certain[i], err);
	aisp_reached_by_done(&by);
	return r;
}

/* Whose the asset is decides what is overdue. */
static int put_escalation(struct making *m, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf path = {0};
	struct aisp_owners *owners = NULL;
	struct aisp_owning w = {0};
	aisp_buf_init(&path, 8192);
	int r = aisp_log_path(aisp_session_store_path(m->o), &path, err);
	if (r == 0)
		r = aisp_owners_load(path.p, m->s.snapshot, &owners, err);
	if (r == 0)
		r = aisp_owners_of(owners, m->asset, &w, err);
	if (r == 0)
		aisp_jw_kstr(&m->w, "escalate_to", w.escalated_to.n ? w.escalated_to : w.owner ? w.owner->who : (struct aisp_slice){0});
	aisp_owning_done(&w);
	aisp_owners_free(owners);
	return r;
}

static int make(struct making *m, struct aisp_buf *out, struct aisp_err *err)
{
	struct aisp_err why = {0};
	int r = aisp_session_open(m->o, &m->s, err);
	if (r == 0)
		r = aisp_session_reach(&m->s, err);
	if (r == 0)
		r = aisp_snapshot_ref(m->s.snapshot, aisp_slice_z(m->o->asset), &m->asset, err);
	if (r == 0 && aisp_uses_open(aisp_session_store_path(m->o), false, &m->uses, &why) < 0 && why.code != AISP_E_NOTFOUND)
		r = aisp_fail(err, why.code, "%s", why.msg);
	if (r == 0)
		r = aisp_usage_for(m->o, m->s.snapshot, m->uses, &m->usage, err);
	if (r == 0)
		r = read_uses(m, err);
	if (r < 0)
		return r;
	aisp_jw_init(&m->w, out, false);
	aisp_jw_obj(&m->w);
	aisp_jw_kz(&m->w, "action", "new");
	aisp_jw_kstr(&m->w, "asset", aisp_snapshot_text(m->s.snapshot, m->s.snapshot->nodes[m->asset].id));
	aisp_jw_kz(&m->w, "mode", aisp_mode_name(m->mode));
	aisp_jw_kz(&m->w, "due", m->o->due);
	r = put_escalation(m, err);
	aisp_jw_key(&m->w, "items");
	aisp_jw_arr(&m->w);
	if (r == 0)
		r = put_items(m, err);
	aisp_jw_end(&m->w);
	aisp_jw_end(&m->w);
	return r == 0 ? aisp_buf_check(out, err) : r;
}

static int append(const struct aisp_options *o, struct aisp_slice data, uint64_t *ret_n, struct aisp_err *err)
{
	struct aisp_govlog *log = NULL;
	int r = aisp_govlog_for(o, true, &log, err);
	if (r == 0)
		r = aisp_govlog_add(log, aisp_slice_z(aisp_who(o)), AISP_S("review"), data, ret_n, err);
	aisp_govlog_close(log);
	return r;
}

/* ---- Printing ---- */

static bool overdue(const struct campaign *c, const struct item *it)
{
	return !it->entry && c->due_us && aisp_clock_now_us() >= c->due_us;
}

static void put_campaign(struct aisp_buf *out, const struct campaign *c, bool whole)
{
	uint32_t open = 0, late = 0;
	for (uint32_t i = 0; i < c->n_items; i++) {
		open += !c->items[i].entry;
		late += overdue(c, &c->items[i]);
	}
	aisp_buf_printf(out, "review %llu  who holds %.*s on ", (unsigned long long)c->n, AISP_FMT(c->mode));
	aisp_buf_put_printable(out, c->asset);
	aisp_buf_printf(out, "  due %.*s  %u items, %u open", AISP_FMT(c->due), c->n_items, open);
	if (late) {
		aisp_buf_printf(out, ", %u OVERDUE: escalated to ", late);
		aisp_buf_put_printable(out, c->escalate_to.n ? c->escalate_to : AISP_S("nobody (the asset has no owner: aisp own)"));
	}
	aisp_buf_putc(out, '\n');
	for (uint32_t i = 0; whole && i < c->n_items; i++) {
		const struct item *it = &c->items[i];
		aisp_buf_printf(out, "%5u  %-8.*s %-8s  last use %-20.*s  ", i + 1, AISP_FMT(it->entry ? it->answer : overdue(c, it) ? AISP_S("OVERDUE") : AISP_S("open")),
		                it->certain ? "certain" : "possible", AISP_FMT(it->last_use));
		aisp_buf_put_printable(out, it->identity);
		aisp_buf_putz(out, "\n         ");
		aisp_buf_put_printable(out, it->path);
		aisp_buf_putc(out, '\n');
	}
}

static void json_campaign(struct aisp_jw *w, const struct campaign *c)
{
	char at[AISP_ISO_LEN + 1];
	aisp_jw_obj(w);
	aisp_jw_kint(w, "id", (int64_t)c->n);
	aisp_jw_kstr(w, "hash", c->hash);
	aisp_jw_kstr(w, "asset", c->asset);
	aisp_jw_kstr(w, "mode", c->mode);
	aisp_jw_kstr(w, "due", c->due);
	aisp_jw_kstr(w, "by", c->by);
	aisp_jw_kstr(w, "escalate_to", c->escalate_to);
	aisp_jw_key(w, "items");
	aisp_jw_arr(w);
	for (uint32_t i = 0; i < c->n_items; i++) {
		const struct item *it = &c->items[i];
		aisp_jw_obj(w);
		aisp_jw_kint(w, "item", i + 1);
		aisp_jw_kstr(w, "identity", it->identity);
		aisp_jw_kbool(w, "certain", it->certain);
		aisp_jw_kstr(w, "path", it->path);
		aisp_jw_kstr(w, "last_use", it->last_use);
		aisp_jw_kbool(w, "overdue", overdue(c, it));
		if (it->entry) {
			aisp_clock_iso(it->at_us, at);
			aisp_jw_kstr(w, "answer", it->answer);
			aisp_jw_kstr(w, "reason", it->reason);
			aisp_jw_kstr(w, "answered_by", it->by);
			aisp_jw_kz(w, "answered_at", at);
			aisp_jw_kint(w, "entry", (int64_t)it->entry);
			aisp_jw_kstr(w, "hash", it->hash);
		}
		aisp_jw_end(w);
	}
	aisp_jw_end(w);
	aisp_jw_end(w);
}

static int show(const struct aisp_options *o, const struct reviews *r, const struct campaign *only, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf out = {0};
	const bool json = o->format && strcmp(o->format, "json") == 0;
	struct aisp_jw w;
	bool late = false;
	aisp_buf_init(&out, (size_t)1 << 30);
	aisp_jw_init(&w, &out, true);
	if (json) {
		aisp_jw_obj(&w);
		aisp_jw_kz(&w, "schema", "aisp/review/1");
		aisp_jw_key(&w, "reviews");
		aisp_jw_arr(&w);
	}
	for (size_t i = 0; i < r->v.n; i++) {
		const struct campaign *c = &r->v.v[i];
		if (only && c != only)
			continue;
		for (uint32_t k = 0; k < c->n_items; k++)
			late |= overdue(c, &c->items[k]);
		json ? json_campaign(&w, c) : put_campaign(&out, c, only != NULL);
	}
	if (json) {
		aisp_jw_end(&w);
		aisp_jw_end(&w);
		aisp_buf_putc(&out, '\n');
	} else if (r->v.n == 0) {
		aisp_buf_putz(&out, "No review yet: aisp review new --asset REF --due DATE\n");
	}
	int e = aisp_buf_check(&out, err);
	if (e == 0)
		e = aisp_output(o, aisp_buf_slice(&out), err);
	return e < 0 ? e : late && o->fail_on_overdue ? AISP_EXIT_FINDINGS : AISP_EXIT_OK;
}

/* ---- The command ---- */

static int start(struct aisp_options *o, uint64_t *ret_n, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf data = {0};
	const int mode = aisp_mode_find(aisp_slice_z(o->mode ? o->mode : "read"));
	struct making m = {.o = o, .mode = mode < 0 ? AISP_MODE_READ : (enum aisp_mode)mode};
	if (mode < 0)
		return aisp_fail(err, AISP_E_USAGE, "a review asks who holds read, write, call or act (or another mode of 'aisp access'), not '%s'", o->mode);
	if (!o->asset || !o->due || !end_of(aisp_slice_z(o->due)))
		return aisp_fail(err, AISP_E_USAGE, "review new needs --asset REF and --due DATE (2026-12-15)");
	aisp_buf_init(&data, 1 << 20);
	int r = make(&m, &data, err);
	aisp_mem_free(m.last_us);
	aisp_usage_free(m.usage);
	aisp_uses_close(m.uses);
	aisp_session_done(&m.s);
	return r == 0 ? append(o, aisp_buf_slice(&data), ret_n, err) : r;
}

static int answer(struct aisp_options *o, struct reviews *r, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf data = {0};
	const char *id = o->args.v[1], *item = o->args.v[2], *what = o->args.v[3];
	const struct campaign *c = find(r, aisp_slice_z(id));
	struct aisp_jw w;
	uint64_t n = 0;
	if (!c)
		return aisp_fail(err, AISP_E_USAGE, "there is no review %s; 'aisp review' lists them", id);
	if (!aisp_slice_u64(aisp_slice_z(item), &n) || n == 0 || n > c->n_items)
		return aisp_fail(err, AISP_E_USAGE, "review %s has items 1 to %u, not '%s'", id, c->n_items, item);
	if (strcmp(what, "keep") != 0 && strcmp(what, "reduce") != 0 && strcmp(what, "remove") != 0)
		return aisp_fail(err, AISP_E_USAGE, "an answer is keep, reduce or remove, not '%s'", what);
	if (!o->reason)
		return aisp_fail(err, AISP_E_USAGE, "an answer needs a --reason, which is kept in the log");
	aisp_buf_init(&data, 1 << 20);
	aisp_jw_init(&w, &data, false);
	aisp_jw_obj(&w);
	aisp_jw_kz(&w, "action", "answer");
	aisp_jw_kz(&w, "id", id);
	aisp_jw_kz(&w, "item", item);
	aisp_jw_kz(&w, "answer", what);
	aisp_jw_kstr(&w, "identity", c->items[n - 1].identity);
	aisp_jw_kz(&w, "reason", o->reason);
	aisp_jw_end(&w);
	const int e = aisp_buf_check(&data, err);
	return e == 0 ? append(o, aisp_buf_slice(&data), &n, err) : e;
}

static int show_one(struct aisp_options *o, const char *which, struct aisp_err *err)
{
	AISP_CLEANUP(reviews_done) struct reviews all = {0};
	const int r = load(o, &all, err);
	const struct campaign *only = r == 0 && which ? find(&all, aisp_slice_z(which)) : NULL;
	if (r < 0)
		return r;
	if (which && !only)
		return aisp_fail(err, AISP_E_USAGE, "there is no review '%s'; 'aisp review' lists them", which);
	return show(o, &all, only, err);
}

/* ---- Evidence for others ---- */

/* A field of RFC 4180; what a table program would take for a formula is made text by an apostrophe. */
static void csv_field(struct aisp_buf *out, struct aisp_slice s, bool last)
{
	aisp_buf_putc(out, '"');
	if (s.n && strchr("=+-@", s.p[0]))
		aisp_buf_putc(out, '\'');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			aisp_buf_putc(out, '"');
		aisp_buf_putc(out, s.p[i]);
	}
	aisp_buf_putz(out, last ? "\"\r\n" : "\",");
}

static void csv_item(struct aisp_buf *out, const struct campaign *c, uint32_t i)
{
	const struct item *it = &c->items[i];
	char at[AISP_ISO_LEN + 1] = "";
	if (it->entry)
		aisp_clock_iso(it->at_us, at);
	aisp_buf_printf(out, "%llu,%u,", (unsigned long long)c->n, i + 1);
	const struct aisp_slice fields[] = {c->asset, c->mode, c->due, it->identity, it->certain ? AISP_S("certain") : AISP_S("possible"), it->path, it->last_use,
		it->entry ? it->answer : overdue(c, it) ? AISP_S("overdue") : AISP_S("open"), it->reason, it->by, aisp_slice_z(at)};
	for (size_t k = 0; k < sizeof fields / sizeof *fields; k++)
		csv_field(out, fields[k], false);
	if (it->entry)
		aisp_buf_printf(out, "%llu", (unsigned long long)it->entry);
	aisp_buf_putc(out, ',');
	csv_field(out, it->entry ? it->hash : c->hash, true);
}

/* JSON; one review a line with --format ndjson; CSV, one item a line, with --output FILE.csv. */
static int export(struct aisp_options *o, struct aisp_err *err)
{
	AISP_CLEANUP(reviews_done) struct reviews all = {0};
	AISP_AUTOBUF struct aisp_buf out = {0};
	const bool csv = o->output && aisp_slice_ends(aisp_slice_z(o->output), AISP_S(".csv")), lines = o->format && strcmp(o->format, "ndjson") == 0;
	struct aisp_jw w;
	int r = load(o, &all, err);
	const struct campaign *c = r == 0 ? find(&all, aisp_slice_z(o->args.v[1])) : NULL;
	if (r < 0)
		return r;
	if (!c)
		return aisp_fail(err, AISP_E_USAGE, "there is no review '%s'; 'aisp review' lists them", o->args.v[1]);
	if (!csv && !lines) {
		o->format = "json";
		return show(o, &all, c, err);
	}
	aisp_buf_init(&out, (size_t)1 << 30);
	if (csv) {
		aisp_buf_putz(&out, "review,item,asset,mode,due,identity,certainty,path,last_use,answer,reason,answered_by,answered_at,entry,hash\r\n");
		for (uint32_t i = 0; i < c->n_items; i++)
			csv_item(&out, c, i);
	} else {
		aisp_jw_init(&w, &out, false);
		json_campaign(&w, c);
		aisp_buf_putc(&out, '\n');
	}
	r = aisp_buf_check(&out, err);
	return r == 0 ? aisp_output(o, aisp_buf_slice(&out), err) : r;
}

static int answer_one(struct aisp_options *o, struct aisp_err *err)
{
	AISP_CLEANUP(reviews_done) struct reviews all = {0};
	const int r = load(o, &all, err);
	return r == 0 ? answer(o, &all, err) : r;
}

int aisp_cmd_review(struct aisp_options *o, struct aisp_err *err)
{
	const char *verb = o->args.n ? o->args.v[0] : "";
	uint64_t n = 0;
	char id[24];
	int r;
	if (o->args.n == 1 && strcmp(verb, "new") == 0) {
		r = start(o, &n, err);
		snprintf(id, sizeof id, "%llu", (unsigned long long)n);
		return r == 0 ? show_one(o, id, err) : r;
	}
	if (o->args.n == 4 && strcmp(verb, "answer") == 0) {
		r = answer_one(o, err);
		return r == 0 ? show_one(o, o->args.v[1], err) : r;
	}
	if (o->args.n == 2 && strcmp(verb, "export") == 0)
		return export(o, err);
	return o->args.n > 1 ? aisp_fail(err, AISP_E_USAGE, "review takes new, ID, answer ID ITEM keep|reduce|remove, or export ID") : show_one(o, o->args.n ? verb : NULL, err);
}
