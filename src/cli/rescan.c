/* Which stored sources tell of the places that a plan changes, and how they are collected again. */
#include "cli/rescan.h"
#include "cli/config.h"
#include "cli/session.h"
#include <unistd.h>

struct rescan {
	struct aisp_arena *arena;
	struct aisp_config config;
	const struct aisp_options *o;
	AISP_VEC(struct aisp_target) with, chosen;
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

static struct aisp_target target_of(const struct rescan *x, const struct aisp_store_source *s)
{
	for (size_t i = 0; i < x->config.targets.n; i++)
		if (leads_to(&x->config.targets.v[i], s->key))
			return x->config.targets.v[i];
	for (size_t i = 0; i < x->with.n; i++)
		if (leads_to(&x->with.v[i], s->key))
			return x->with.v[i];
	return (struct aisp_target){.text = s->target};
}

static bool tells_of(const struct aisp_store_source *s, const struct aisp_place *p)
{
	return aisp_slice_eq(p->system, s->kind) || (aisp_slice_eqz(p->system, "file") && aisp_slice_eqz(s->kind, "files"));
}

static bool names(const struct aisp_store_source *s, const struct aisp_place *p)
{
	return tells_of(s, p) && p->name.n && (aisp_slice_find(s->key, p->name) != SIZE_MAX || aisp_slice_find(s->target, p->name) != SIZE_MAX);
}

/* Of the place's system: those that name it; where none does, all. */
static bool is_concerned(const struct aisp_store_sources *all, const struct aisp_store_source *s, const struct aisp_place *places, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool any = false;
		for (size_t k = 0; k < all->n && !any; k++)
			any = names(&all->v[k], &places[i]);
		if (any ? names(s, &places[i]) : tells_of(s, &places[i]))
			return true;
	}
	return false;
}

static int choose(struct rescan *x, const struct aisp_store_sources *all, const struct aisp_place *places, size_t n, struct aisp_err *err)
{
	for (size_t i = 0; i < all->n; i++)
		if (is_concerned(all, &all->v[i], places, n) && aisp_vec_push(&x->chosen, target_of(x, &all->v[i])) < 0)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory while collecting again");
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
