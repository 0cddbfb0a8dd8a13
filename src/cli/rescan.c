/* Which stored sources tell of the places that a plan changes, and how they are collected again. */
#include "cli/rescan.h"
#include "cli/asked.h"
#include "cli/config.h"
#include "cli/session.h"
#include <unistd.h>

struct rescan {
	struct aisp_arena *arena;
	struct aisp_config config;
	const struct aisp_options *o;
	AISP_VEC(struct aisp_target) with;
	AISP_VEC(struct aisp_again) chosen;
};

static bool is_live(struct aisp_slice s)
{
	static const char *const schemes[] = {"postgres:", "postgresql:", "aws:", "kube:"};
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
		if (aisp_slice_starts(s, aisp_slice_z(schemes[i])))
			return true;
	return false;
}

/* --with as a target: "ALIAS=postgres://…" is a target with a further name. */
static int read_with(struct rescan *x, struct aisp_err *err)
{
	for (size_t i = 0; i < x->o->with.n; i++) {
		struct aisp_slice s = aisp_slice_z(x->o->with.v[i]);
		struct aisp_target t = {.text = s};
		const size_t eq = aisp_slice_chr(s, '=');
		struct aisp_slice *alias = aisp_arena_zalloc(x->arena, 1, sizeof *alias);
		if (!alias)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory while collecting again");
		if (!is_live(s) && eq != SIZE_MAX && is_live(aisp_slice_from(s, eq + 1))) {
			*alias = aisp_slice_to(s, eq);
			t.text = aisp_slice_from(s, eq + 1);
			t.cluster = *alias;
			t.also_known_as = alias;
			t.n_also_known_as = 1;
		}
		if (aisp_vec_push(&x->with, t) < 0)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory while collecting again");
	}
	return 0;
}

static bool leads_to(const struct aisp_target *t, struct aisp_slice key)
{
	const struct aisp_collector *c = aisp_scan_collector(t->text);
	AISP_AUTOBUF struct aisp_buf b = {0};
	aisp_buf_init(&b, 4096);
	return c && c->source_key(t, &b, NULL) == 0 && aisp_slice_eq(aisp_buf_slice(&b), key);
}

static bool leads_again(const struct aisp_target *t, const struct aisp_asked *asked)
{
	const struct aisp_collector *c = aisp_scan_collector(t->text);
	return c && aisp_asked_leads(asked, c, t);
}

/* A target that leads to the source; NULL: only the store knows how. Those that make its very name first. */
static const struct aisp_target *find_way(const struct rescan *x, const struct aisp_store_source *s, const struct aisp_asked *asked, bool *ret_named)
{
	*ret_named = true;
	for (size_t i = 0; i < x->config.targets.n; i++)
		if (leads_to(&x->config.targets.v[i], s->key))
			return &x->config.targets.v[i];
	for (size_t i = 0; i < x->with.n; i++)
		if (leads_to(&x->with.v[i], s->key))
			return &x->with.v[i];
	*ret_named = false;
	for (size_t i = 0; i < x->config.targets.n; i++)
		if (leads_again(&x->config.targets.v[i], asked))
			return &x->config.targets.v[i];
	for (size_t i = 0; i < x->with.n; i++)
		if (leads_again(&x->with.v[i], asked))
			return &x->with.v[i];
	return NULL;
}

/* The text as the store shows it, if it still leads to the same place from here; else the whole path. */
static struct aisp_slice stored_text(const struct aisp_store_source *s, const struct aisp_asked *asked)
{
	const struct aisp_target t = {.text = s->target};
	return asked->path.n && !leads_again(&t, asked) ? asked->path : s->target;
}

/* How it is reached may differ from before; what it is called and what is looked at may not. */
static int target_of(const struct rescan *x, const struct aisp_store_source *s, const struct aisp_asked *asked, struct aisp_again *ret, struct aisp_err *err)
{
	bool named = false;
	int r = 0;
	const struct aisp_target *way = find_way(x, s, asked, &named);
	if (!way && aisp_slice_eqz(s->target, AISP_TARGET_HIDDEN))
		return aisp_fail(err, AISP_E_USAGE, "how %.*s is reached was not kept, for a password stood in it: name it with --with, or in aisp.yaml", AISP_FMT(s->key));
	struct aisp_again again = {.target = way ? *way : (struct aisp_target){.text = stored_text(s, asked)}, .known = asked->known};
	if (asked->known) {
		struct aisp_target *t = &again.target;
		r = way ? aisp_asked_text(x->arena, asked, t->text, &t->text, err) : 0;
		t->name = asked->name.n || !named ? asked->name : t->name;
		t->cluster = asked->cluster.n || !named ? asked->cluster : t->cluster;
		t->also_known_as = asked->also_known_as;
		t->n_also_known_as = asked->n_also_known_as;
		t->exclude = asked->exclude;
		t->n_exclude = asked->n_exclude;
		t->history = asked->history;
		t->unreachable = asked->unreachable;
		again.secret_rules = asked->secret_rules;
		again.n_secret_rules = asked->n_secret_rules;
		again.timeout_s = asked->timeout_s;
	}
	*ret = again;
	return r;
}

/* It must become the same source, or its facts would stand beside the old ones. What cannot be told now is said by collecting. */
static int check_name(const struct aisp_again *a, const struct aisp_store_source *s, struct aisp_err *err)
{
	const struct aisp_collector *c = aisp_scan_collector(a->target.text);
	AISP_AUTOBUF struct aisp_buf key = {0};
	struct aisp_err ignored = {0};
	aisp_buf_init(&key, 4096);
	if (!c)
		return aisp_fail(err, AISP_E_NOTFOUND, "the source %.*s cannot be collected again: %.*s is not there any more; scan it where it is now, or name it in aisp.yaml", AISP_FMT(s->key),
				 AISP_FMT(s->target));
	if (c->source_key(&a->target, &key, &ignored) < 0 || aisp_slice_eq(aisp_buf_slice(&key), s->key))
		return 0;
	return aisp_fail(err, AISP_E_CONFLICT, "collecting the source %.*s again would make another one, %s: give it its name in aisp.yaml (name:, cluster:), or scan it anew", AISP_FMT(s->key), key.p);
}

static bool tells_of(const struct aisp_store_source *s, const struct aisp_place *p)
{
	return aisp_slice_eq(p->system, s->kind) || (aisp_slice_eqz(p->system, "file") && aisp_slice_eqz(s->kind, "files"));
}

/* "/a/b" holds "/a/b" and "/a/b/c". */
static bool holds_path(struct aisp_slice folder, struct aisp_slice path)
{
	return folder.n && aisp_slice_starts(path, folder) && (path.n == folder.n || path.p[folder.n] == '/');
}

static bool names(const struct aisp_store_source *s, const struct aisp_asked *asked, const struct aisp_place *p)
{
	return tells_of(s, p) && p->name.n &&
	       (aisp_slice_find(s->key, p->name) != SIZE_MAX || aisp_slice_find(s->target, p->name) != SIZE_MAX || holds_path(asked->path, p->name));
}

/* Of the place's system: those that name it; where none does, all. */
static bool is_concerned(const struct aisp_store_sources *all, const struct aisp_asked *asked, size_t at, const struct aisp_place *places, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool any = false;
		for (size_t k = 0; k < all->n && !any; k++)
			any = names(&all->v[k], &asked[k], &places[i]);
		if (any ? names(&all->v[at], &asked[at], &places[i]) : tells_of(&all->v[at], &places[i]))
			return true;
	}
	return false;
}

static int choose(struct rescan *x, const struct aisp_store_sources *all, const struct aisp_place *places, size_t n, struct aisp_err *err)
{
	struct aisp_asked *asked = aisp_arena_zalloc(x->arena, all->n + 1, sizeof *asked);
	int r = asked ? 0 : aisp_fail(err, AISP_E_NOMEM, "out of memory while collecting again");
	for (size_t i = 0; r == 0 && i < all->n; i++)
		r = aisp_asked_read(x->arena, all->v[i].options, &asked[i], err);
	for (size_t i = 0; r == 0 && i < all->n; i++) {
		struct aisp_again again;
		if (!is_concerned(all, asked, i, places, n))
			continue;
		r = target_of(x, &all->v[i], &asked[i], &again, err);
		if (r == 0)
			r = check_name(&again, &all->v[i], err);
		if (r == 0 && aisp_vec_push(&x->chosen, again) < 0)
			r = aisp_fail(err, AISP_E_NOMEM, "out of memory while collecting again");
	}
	if (r < 0)
		return r;
	if (x->chosen.n == 0)
		return aisp_fail(err, AISP_E_NOTFOUND, "no source of the store tells of what the plan changes, so that nothing can be proved: scan it first ('aisp scan TARGET')");
	return 0;
}

int aisp_rescan(const struct aisp_options *o, const struct aisp_place *places, size_t n, int64_t *ret_run, struct aisp_err *err)
{
	struct rescan x = {.arena = aisp_arena_new(0), .o = o};
	struct aisp_store_sources all = {0};
	struct aisp_store *store = NULL;
	int r = x.arena ? 0 : aisp_fail(err, AISP_E_NOMEM, "out of memory while collecting again");

	if (r == 0 && access("aisp.yaml", R_OK) == 0)
		r = aisp_config_load("aisp.yaml", &x.config, err);
	if (r == 0)
		r = read_with(&x, err);
	if (r == 0)
		r = aisp_store_open(aisp_session_store_path(o), AISP_STORE_READONLY, &store, err);
	if (r == 0)
		r = aisp_store_sources(store, &all, err);
	aisp_store_close(store);
	if (r == 0)
		r = choose(&x, &all, places, n, err);
	if (r == 0)
		r = aisp_scan_again(o, x.chosen.v, x.chosen.n, ret_run, err);
	aisp_store_sources_done(&all);
	aisp_vec_done(&x.with);
	aisp_vec_done(&x.chosen);
	aisp_config_done(&x.config);
	aisp_arena_free(x.arena);
	return r;
}
