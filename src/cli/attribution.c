/* See attribution.h. Untied uses are grouped by (identity or asset, reason, text); an asset that the log does not name is told by the action. */
#include "cli/attribution.h"
#include "base/map.h"
#include "base/vec.h"
#include "cli/columns.h"
#include <stdlib.h>

enum { SIDES = 2, REASONS = 6 };
struct group {
	int64_t events;
	aisp_sym text;
	unsigned side, why;
	bool action; /* the text is the action's, for want of another */
};
struct untied {
	struct aisp_symtab *texts;
	struct aisp_map at;
	AISP_VEC(struct group) v;
};
static const char *const words[REASONS] = {"tied", "no_name", "unknown", "ambiguous", "foreign", "service"};
static const char *const sides[SIDES] = {"identity", "asset"};
static const char *const to_do[REASONS] = {
	[AISP_UNTIED_UNKNOWN] = "deleted since, or not collected: `aisp gaps` tells what could not be read",
	[AISP_UNTIED_AMBIGUOUS] = "`aisp ingest --name` says of which cluster or server a log is",
	[AISP_UNTIED_FOREIGN] = "scan it too, or give its name with `aisp ingest --name`",
};

static int add(struct untied *t, unsigned side, unsigned why, struct aisp_slice text, struct aisp_slice action, int64_t events, struct aisp_err *err)
{
	const bool named = text.n > 0;
	aisp_sym sym = 0;
	text = named ? text : action;
	int r = text.n ? aisp_symtab_add(t->texts, text, &sym, err) : 0;
	if (r < 0)
		return r;
	const struct aisp_key key = {(uint64_t)side << 8 | why << 1 | named, sym};
	uint32_t at = aisp_map_get(&t->at, key);
	if (!at) {
		if (aisp_vec_push(&t->v, (struct group){.text = sym, .side = side, .why = why, .action = !named}) < 0)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory while listing what is not tied");
		at = (uint32_t)t->v.n;
		if ((r = aisp_map_put(&t->at, key, at, err)) < 0)
			return r;
	}
	t->v.v[at - 1].events += events;
	return 0;
}

static int by_reason(const void *a, const void *b)
{
	const struct group *x = a, *y = b;
	if (x->side != y->side || x->why != y->why)
		return x->side != y->side ? (int)x->side - (int)y->side : (int)x->why - (int)y->why;
	return x->events != y->events ? (x->events < y->events ? 1 : -1) : (x->text > y->text) - (x->text < y->text);
}

static int group_all(const struct aisp_usage *u, struct untied *t, struct aisp_err *err)
{
	int r = (t->texts = aisp_symtab_new()) ? 0 : aisp_fail(err, AISP_E_NOMEM, "out of memory");
	for (size_t i = 0; r == 0 && i < aisp_usage_count(u); i++) {
		const struct aisp_tied_use *x = aisp_usage_at(u, i);
		const int64_t events = x->use.done + x->use.denied + x->use.failed;
		if (x->identity_why)
			r = add(t, 0, x->identity_why, x->use.identity, x->use.action, events, err);
		if (r == 0 && x->asset_why)
			r = add(t, 1, x->asset_why, x->use.asset, x->use.action, events, err);
	}
	if (r == 0 && t->v.n)
		qsort(t->v.v, t->v.n, sizeof *t->v.v, by_reason);
	return r;
}

static void done(struct untied *t)
{
	aisp_symtab_free(t->texts);
	aisp_map_done(&t->at);
	aisp_vec_done(&t->v);
}

static double share(int64_t part, int64_t all)
{
	return all ? 100.0 * (double)part / (double)all : 0.0;
}

/* Groups of one reason begin at v[i]; gives where the next begin. */
static size_t put_reason(const struct untied *t, size_t i, int64_t events, unsigned width, struct aisp_buf *out)
{
	AISP_AUTOBUF struct aisp_buf names = {0};
	const struct group *first = &t->v.v[i];
	const bool nameless = first->why == AISP_UNTIED_NO_NAME;
	size_t end = i, shown = 0;
	aisp_buf_init(&names, 1 << 16);
	const char *text = nameless && first->side == 1 ? "the log does not say: the event names no thing" : aisp_untied_text((enum aisp_untied)first->why);
	const size_t before = out->n;
	aisp_buf_printf(out, "  %lld %s", (long long)events, text);
	if (to_do[first->why])
		aisp_buf_printf(&names, "(%s) ", to_do[first->why]);
	for (; end < t->v.n && t->v.v[end].side == first->side && t->v.v[end].why == first->why; end++) {
		if (!t->v.v[end].text || shown == AISP_UNTIED_SHOWN)
			continue;
		aisp_buf_putz(&names, shown++ ? ", " : "");
		aisp_cell(&names, aisp_symtab_get(t->texts, t->v.v[end].text), width > 30 ? width - 20 : 10, false);
		aisp_buf_printf(&names, " %lld×", (long long)t->v.v[end].events);
	}
	if (end - i > shown && shown)
		aisp_buf_printf(&names, ", … and %zu more", end - i - shown);
	aisp_note(out, aisp_buf_slice(&names), out->n - before, 6, width);
	return end;
}

int aisp_attribution_put(const struct aisp_usage *u, unsigned width, struct aisp_buf *out, struct aisp_err *err)
{
	const struct aisp_attribution a = aisp_usage_attribution(u);
	struct untied t = {0};
	int r = group_all(u, &t, err);
	AISP_AUTOBUF struct aisp_buf shares = {0};
	aisp_buf_init(&shares, 512);
	aisp_buf_printf(&shares, "are tied to an identity %.1f %%, to an asset %.1f %%, to both %.1f %%", share(a.identity_tied, a.events), share(a.asset_tied, a.events), share(a.both_tied, a.events));
	const size_t before = out->n;
	aisp_buf_printf(out, "attribution: of %lld events (of all time)", (long long)a.events);
	aisp_note(out, aisp_buf_slice(&shares), out->n - before, 2, width);
	for (size_t i = 0; r == 0 && i < t.v.n;) {
		const struct group *g = &t.v.v[i];
		if (i == 0 || t.v.v[i - 1].side != g->side)
			aisp_buf_printf(out, " %s not tied:\n", g->side ? "assets" : "identities");
		i = put_reason(&t, i, g->side ? a.asset_why[g->why] : a.identity_why[g->why], width, out);
	}
	done(&t);
	return r;
}

static void put_why(struct aisp_jw *w, const char *key, const int64_t *why)
{
	aisp_jw_key(w, key);
	aisp_jw_obj(w);
	for (int i = 0; i < REASONS; i++)
		aisp_jw_kint(w, words[i], why[i]);
	aisp_jw_end(w);
}

int aisp_attribution_json(const struct aisp_usage *u, struct aisp_jw *w, struct aisp_err *err)
{
	const struct aisp_attribution a = aisp_usage_attribution(u);
	struct untied t = {0};
	int r = group_all(u, &t, err);
	aisp_jw_key(w, "attribution");
	aisp_jw_obj(w);
	aisp_jw_kint(w, "events", a.events);
	aisp_jw_kint(w, "identity_tied", a.identity_tied);
	aisp_jw_kint(w, "asset_tied", a.asset_tied);
	aisp_jw_kint(w, "both_tied", a.both_tied);
	put_why(w, "identity", a.identity_why);
	put_why(w, "asset", a.asset_why);
	aisp_jw_key(w, "untied");
	aisp_jw_arr(w);
	for (size_t i = 0, first = 0; r == 0 && i < t.v.n; i++) {
		const struct group *g = &t.v.v[i];
		if (g->side != t.v.v[first].side || g->why != t.v.v[first].why)
			first = i;
		if (i - first >= AISP_UNTIED_LISTED)
			continue;
		aisp_jw_obj(w);
		aisp_jw_kz(w, "of", sides[g->side]);
		aisp_jw_kz(w, "why", words[g->why]);
		aisp_jw_kstr(w, g->action ? "action" : "text", g->text ? aisp_symtab_get(t.texts, g->text) : AISP_S(""));
		aisp_jw_kint(w, "events", g->events);
		aisp_jw_end(w);
	}
	aisp_jw_end(w);
	aisp_jw_end(w);
	done(&t);
	return r;
}
