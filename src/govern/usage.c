/* Granted beside used: ties uses to nodes, adds them up, and answers for an edge or a node: used, not used while somebody watched, or nobody watched. */
#include "access/aws/iam.h"
#include "base/clock.h"
#include "govern/usage_int.h"
#include <stdio.h>

#define DAY_US INT64_C(86400000000)
enum { MAX_USES = 4 << 20, MAX_WINDOWS = 1 << 20 };

const char *aisp_untied_text(enum aisp_untied u)
{
	static const char *const texts[] = {
		[AISP_TIED] = "tied",
		[AISP_UNTIED_NO_NAME] = "the log does not say",
		[AISP_UNTIED_UNKNOWN] = "not in the inventory",
		[AISP_UNTIED_AMBIGUOUS] = "several fit",
		[AISP_UNTIED_FOREIGN] = "of an account, cluster or server that was not scanned",
		[AISP_UNTIED_SERVICE] = "the system's or cloud's own",
	};
	return (unsigned)u < sizeof texts / sizeof *texts ? texts[u] : "";
}

void aisp_usage_free(struct aisp_usage *u)
{
	if (!u)
		return;
	aisp_usage__rules_done(&u->rules);
	aisp_vec_done(&u->uses);
	aisp_vec_done(&u->days);
	aisp_vec_done(&u->windows);
	aisp_vec_done(&u->next_database);
	aisp_vec_done(&u->sums);
	aisp_map_done(&u->index);
	aisp_map_done(&u->sum_at);
	aisp_map_done(&u->action_class);
	aisp_map_done(&u->covered);
	aisp_symtab_free(u->names);
	aisp_arena_free(u->a);
	aisp_mem_free(u);
}

void aisp_usage_freep(struct aisp_usage **u)
{
	aisp_usage_free(*u);
}

/* ---- reading the store ---- */

struct taking {
	struct aisp_usage *u;
	struct aisp_err *err;
};

/* Texts repeat: they are kept once, as symbols. */
static int keep(struct taking *t, struct aisp_slice *text)
{
	aisp_sym sym;
	int r = aisp_symtab_add(t->u->names, *text, &sym, t->err);
	if (r == 0)
		*text = aisp_symtab_get(t->u->names, sym);
	return r;
}

/* How much of it lies in the window. Days from days_from on are whole; of what was before only the sum is known, with its first and last. */
static void count_window(const struct aisp_usage *u, struct aisp_tied_use *t)
{
	const struct aisp_use *use = &t->use;
	const int64_t since = u->since_us / DAY_US;
	t->done = use->done;
	t->denied = use->denied;
	t->more = false;
	if (!since || (use->tried_first_us >= u->since_us && use->days_from))
		return;
	int64_t days = 0;
	t->done = t->denied = 0;
	for (size_t i = 0; i < use->n_days; i++) {
		days += use->days[i].done;
		if (use->days[i].day >= since) {
			t->done += use->days[i].done;
			t->denied += use->days[i].denied;
		}
	}
	t->more = since < use->days_from && use->tried_last_us >= u->since_us && days < use->done;
	/* The last is known to the microsecond. */
	if (!t->done && use->last_us >= u->since_us)
		t->done = 1;
}

static int take_use(void *ctx, const struct aisp_use *use)
{
	struct taking *t = ctx;
	struct aisp_usage *u = t->u;
	struct aisp_tied_use out = {.use = *use};
	struct aisp_slice *const texts[] = {&out.use.identity, &out.use.via, &out.use.credential, &out.use.action, &out.use.asset, &out.use.source, &out.use.origin};
	struct aisp_use_from *from = use->n_from ? aisp_arena_zalloc(u->a, use->n_from, sizeof *from) : NULL;
	int r = u->uses.n >= MAX_USES ? aisp_fail(t->err, AISP_E_LIMIT, "more than %d different uses are stored", MAX_USES) : 0;
	if (r == 0 && use->n_from && !from)
		r = aisp_fail(t->err, AISP_E_NOMEM, "out of memory while reading uses");
	for (size_t i = 0; r == 0 && i < sizeof texts / sizeof *texts; i++)
		r = keep(t, texts[i]);
	for (size_t i = 0; r == 0 && i < use->n_from; i++) {
		from[i] = use->from[i];
		r = keep(t, &from[i].address);
	}
	out.use.from = from;
	count_window(u, &out);
	out.use.days = NULL; /* lives no longer */
	out.use.n_days = 0;
	if (r == 0 && aisp_vec_push(&u->uses, out) < 0)
		r = aisp_fail(t->err, AISP_E_NOMEM, "out of memory while reading uses");
	return r;
}

static int take_window(void *ctx, const struct aisp_use_window *w)
{
	struct taking *t = ctx;
	struct aisp_usage *u = t->u;
	struct aisp_usage_window out = {.w = *w};
	int r = u->windows.n >= MAX_WINDOWS ? aisp_fail(t->err, AISP_E_LIMIT, "logs of more than %d origins are stored", MAX_WINDOWS) : keep(t, &out.w.source);
	if (r == 0)
		r = keep(t, &out.w.origin);
	if (r == 0)
		r = keep(t, &out.w.sees);
	const size_t slash = aisp_slice_chr(out.w.origin, '/');
	out.account = aisp_slice_to(out.w.origin, slash == SIZE_MAX ? out.w.origin.n : slash);
	out.region = slash == SIZE_MAX ? AISP_S("") : aisp_slice_from(out.w.origin, slash + 1);
	if (r == 0 && aisp_vec_push(&u->windows, out) < 0)
		r = aisp_fail(t->err, AISP_E_NOMEM, "out of memory while reading what was watched");
	/* All of one source see the same; the first stands for it. */
	return r == 0 && !aisp_usage__name(u, AISP_NS_SOURCE, 0, out.w.source) ? aisp_usage__name_put(u, AISP_NS_SOURCE, 0, out.w.source, (uint32_t)u->windows.n, t->err) : r;
}

/* ---- what was watched: (row of the rules, place) → the window that tells most ---- */

static bool has_word(struct aisp_slice words, struct aisp_slice word)
{
	struct aisp_slice one;
	while (words.n && aisp_slice_split(&words, ' ', &one)) {
		struct aisp_slice part;
		while (one.n && aisp_slice_split(&one, ',', &part))
			if (aisp_slice_eq(part, word))
				return true;
	}
	return false;
}

static int cover(struct aisp_usage *u, size_t row, aisp_node place, struct aisp_slice text, size_t window, struct aisp_err *err)
{
	aisp_sym sym;
	int r = aisp_symtab_add(u->names, text, &sym, err);
	if (r < 0)
		return r;
	const struct aisp_key key = {(uint64_t)row << 32 | place, sym};
	const uint32_t old = aisp_map_get(&u->covered, key);
	return old && u->windows.v[old - 1].w.days >= u->windows.v[window].w.days ? 0 : aisp_map_put(&u->covered, key, (uint32_t)window + 1, err);
}

static int cover_row(struct aisp_usage *u, size_t row, size_t window, struct aisp_err *err)
{
	const struct aisp_usage_row *r = &u->rules.rows.v[row];
	const struct aisp_usage_window *w = &u->windows.v[window];
	bool tells = false;
	for (size_t i = 0; i < r->n_sees; i++)
		tells = tells || has_word(w->w.sees, r->sees[i]);
	if (!tells)
		return 0;
	if (r->system == AISP_USYS_AWS) {
		int e = cover(u, row, 0, w->account, window, err);
		return e == 0 ? cover(u, row, 0, w->w.origin, window, err) : e;
	}
	if (r->system == AISP_USYS_ANY)
		return cover(u, row, 0, AISP_S(""), window, err);
	const aisp_node place = r->system == AISP_USYS_KUBERNETES ? aisp_usage__cluster(u, w->w.origin) : aisp_usage__server(u, w->w.origin);
	return place && place != AISP_NAME_MANY ? cover(u, row, place, AISP_S(""), window, err) : 0;
}

static int tie_all(struct aisp_usage *u, struct aisp_err *err)
{
	struct aisp_attribution *a = &u->attribution;
	int r = aisp_usage__names(u, err);
	for (size_t i = 0; r == 0 && i < u->windows.n; i++)
		for (size_t k = 0; r == 0 && k < u->rules.rows.n; k++)
			r = cover_row(u, k, i, err);
	for (size_t i = 0; r == 0 && i < u->uses.n; i++) {
		struct aisp_tied_use *t = &u->uses.v[i];
		const int64_t n = t->use.done + t->use.denied + t->use.failed;
		aisp_usage__who(u, t);
		aisp_usage__what(u, t);
		a->events += n;
		a->identity_tied += t->identity ? n : 0;
		a->asset_tied += t->asset ? n : 0;
		a->both_tied += t->identity && t->asset ? n : 0;
		a->identity_why[t->identity_why] += n;
		a->asset_why[t->asset_why] += n;
	}
	return r == 0 ? aisp_usage__sum_all(u, err) : r;
}

int aisp_usage_make_since(const struct aisp_snapshot *s, struct aisp_uses *uses, int64_t now_us, int64_t since_us, const char *rules_dir, struct aisp_usage **ret, struct aisp_err *err)
{
	__attribute__((cleanup(aisp_usage_freep))) struct aisp_usage *u = aisp_mem_zalloc(1, sizeof *u);
	if (!u || !(u->a = aisp_arena_new((size_t)4 << 30)) || !(u->names = aisp_symtab_new()))
		return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	struct taking t = {u, err};
	u->s = s;
	u->now_us = now_us;
	u->since_us = since_us > 0 ? since_us / DAY_US * DAY_US : 0;
	int r = aisp_usage__rules(&u->rules, u->a, rules_dir, err);
	if (r == 0 && uses)
		r = aisp_uses_windows(uses, take_window, &t, err);
	if (r == 0 && uses)
		r = aisp_uses_each(uses, take_use, &t, err);
	if (r == 0)
		r = tie_all(u, err);
	if (r == 0)
		*ret = AISP_TAKE(u);
	return r;
}

int aisp_usage_make_with(const struct aisp_snapshot *s, struct aisp_uses *uses, int64_t now_us, const char *rules_dir, struct aisp_usage **ret, struct aisp_err *err)
{
	return aisp_usage_make_since(s, uses, now_us, 0, rules_dir, ret, err);
}

int aisp_usage_make(const struct aisp_snapshot *s, struct aisp_uses *uses, int64_t now_us, struct aisp_usage **ret, struct aisp_err *err)
{
	return aisp_usage_make_with(s, uses, now_us, NULL, ret, err);
}

size_t aisp_usage_count(const struct aisp_usage *u)
{
	return u->uses.n;
}

const struct aisp_tied_use *aisp_usage_at(const struct aisp_usage *u, size_t i)
{
	return i < u->uses.n ? &u->uses.v[i] : NULL;
}

struct aisp_attribution aisp_usage_attribution(const struct aisp_usage *u)
{
	return u->attribution;
}

int aisp_usage_set_days(struct aisp_usage *u, struct aisp_slice of, int64_t days, struct aisp_err *err)
{
	struct aisp_usage_days row = aisp_usage__days_word(of);
	if (!row.level || days < 1 || days > 3650)
		return aisp_fail(err, AISP_E_USAGE, "'%.*s: %lld' is no threshold of use; docs/usage.md tells what can be set", AISP_FMT(of), (long long)days);
	row.days = days;
	return aisp_vec_push(&u->days, row) < 0 ? aisp_fail(err, AISP_E_NOMEM, "out of memory while setting thresholds") : 0;
}

int64_t aisp_usage_since(const struct aisp_usage *u)
{
	return u->since_us;
}

int aisp_usage_observations(struct aisp_usage *u, struct aisp_observations *ret, struct aisp_err *err)
{
	struct aisp_observation *v = aisp_arena_zalloc(u->a, u->uses.n + 1, sizeof *v);
	if (!v)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while listing what was seen");
	for (size_t i = 0; i < u->uses.n; i++) {
		const struct aisp_tied_use *t = &u->uses.v[i];
		const enum aisp_untied why = t->identity_why ? t->identity_why : t->asset_why;
		v[i] = (struct aisp_observation){.identity = t->identity, .workload = t->workload, .asset = t->asset, .action = t->use.action, .source = t->use.source, .count = t->use.done,
		                                 .refused = t->use.denied, .first_us = t->use.first_us, .last_us = t->use.last_us};
		if (why)
			v[i].reason = aisp_arena_printf(u->a, "%s: %s", t->identity_why ? "identity" : "asset", aisp_untied_text(why));
	}
	*ret = (struct aisp_observations){v, u->uses.n};
	return 0;
}

/* ---- answers ---- */

static struct aisp_slice id_of(const struct aisp_usage *u, aisp_node n)
{
	return aisp_snapshot_text(u->s, u->s->nodes[n].id);
}

static enum aisp_usage_system system_of(const struct aisp_usage *u, aisp_node what, aisp_node who)
{
	const struct aisp_slice id = id_of(u, what);
	if (aisp_slice_starts(id, AISP_S("arn:")) || aisp_slice_starts(id, AISP_S("credential://aws/")))
		return AISP_USYS_AWS;
	if (aisp_slice_starts(id, AISP_S("k8s://")))
		return AISP_USYS_KUBERNETES;
	if (aisp_slice_starts(id, AISP_S("postgres://")))
		return AISP_USYS_POSTGRES;
	return who && aisp_slice_starts(id, AISP_S("model://bedrock/")) && aisp_slice_starts(id_of(u, who), AISP_S("arn:")) ? AISP_USYS_AWS : AISP_USYS_ANY;
}

static const struct aisp_usage_row *row_for(const struct aisp_usage *u, unsigned of, aisp_node what, aisp_node who)
{
	const enum aisp_usage_system system = system_of(u, what, who);
	struct aisp_arn arn = {0};
	const bool split = aisp_arn_split(id_of(u, what), &arn);
	for (size_t i = 0; i < u->rules.rows.n; i++) {
		const struct aisp_usage_row *r = &u->rules.rows.v[i];
		if (!(r->of >> of & 1) || (r->system != AISP_USYS_ANY && r->system != system) || (r->kinds && !(r->kinds >> u->s->nodes[what].kind & 1)))
			continue;
		bool fits = r->n_services == 0;
		for (size_t k = 0; split && !fits && k < r->n_services; k++)
			fits = aisp_slice_eq(r->services[k], arn.service);
		if (fits)
			return r;
	}
	return NULL;
}

/* What is asked: the row that fits, and the days that it or the user wants. */
struct right {
	const struct aisp_usage_row *row;
	int64_t days;
	aisp_node what, who;
	unsigned class;
	bool own;  /* the days are the user's */
	bool tool; /* a tool or server that somebody has */
};

static struct right right_for(const struct aisp_usage *u, unsigned of, aisp_node what, aisp_node who, unsigned class)
{
	struct right q = {.row = row_for(u, of, what, who), .what = what, .who = who, .class = class, .tool = of == AISP_EDGE_HAS_TOOL};
	const unsigned system = u->days.n ? system_of(u, what, who) : 0, kind = u->s->nodes[what].kind;
	enum aisp_usage_level best = 0;
	if (!q.row)
		return q;
	q.days = q.row->days;
	for (size_t i = 0; i < u->days.n; i++) {
		const struct aisp_usage_days *d = &u->days.v[i];
		const unsigned is = d->level == AISP_DAYS_KIND ? kind : d->level == AISP_DAYS_OF ? of : d->level == AISP_DAYS_SYSTEM ? system : 0;
		if (d->which != is || d->level < best)
			continue;
		best = d->level;
		q.days = d->days;
		q.own = true;
	}
	return q;
}

static const struct aisp_usage_window *covered(const struct aisp_usage *u, const struct aisp_usage_row *row, aisp_node place, struct aisp_slice text)
{
	const aisp_sym sym = aisp_symtab_find(u->names, text);
	if (text.n && !sym)
		return NULL;
	const uint32_t at = aisp_map_get(&u->covered, (struct aisp_key){(uint64_t)(row - u->rules.rows.v) << 32 | place, sym});
	return at ? &u->windows.v[at - 1] : NULL;
}

/* Where the thing lies: account and region, cluster, server. */
static const struct aisp_usage_window *window_aws(const struct aisp_usage *u, const struct aisp_usage_row *row, aisp_node what, aisp_node who)
{
	struct aisp_arn arn = {0};
	struct aisp_slice account = aisp_snapshot_prop_str(u->s, what, "account"), region = aisp_snapshot_prop_str(u->s, what, "region");
	char text[256];
	if (aisp_arn_split(id_of(u, what), &arn)) {
		account = account.n ? account : arn.account;
		region = region.n ? region : arn.region;
	}
	if (!account.n && who && aisp_arn_split(id_of(u, who), &arn))
		account = arn.account;
	if (!account.n)
		return NULL;
	const int n = region.n ? snprintf(text, sizeof text, "%.*s/%.*s", AISP_FMT(account), AISP_FMT(region)) : 0;
	const struct aisp_usage_window *w = n > 0 && (size_t)n < sizeof text ? covered(u, row, 0, aisp_slice_of(text, (size_t)n)) : NULL;
	return w || region.n ? w : covered(u, row, 0, account);
}

static const struct aisp_usage_window *window_for(const struct aisp_usage *u, const struct aisp_usage_row *row, aisp_node what, aisp_node who)
{
	const struct aisp_slice id = id_of(u, what);
	if (row->system == AISP_USYS_AWS)
		return window_aws(u, row, what, who);
	if (row->system == AISP_USYS_ANY)
		return covered(u, row, 0, AISP_S(""));
	const size_t scheme = aisp_slice_find(id, AISP_S("://"));
	size_t end = scheme + 3;
	while (end < id.n && id.p[end] != '/' && id.p[end] != '#')
		end++;
	const aisp_node place = aisp_snapshot_find(u->s, aisp_slice_to(id, end));
	return place ? covered(u, row, place, AISP_S("")) : NULL;
}

/* A text that lives as long as the usage. */
static const char *said(const struct aisp_usage *u, const char *text)
{
	aisp_sym sym;
	return aisp_symtab_add(u->names, aisp_slice_z(text), &sym, NULL) == 0 ? aisp_symtab_z(u->names, sym) : "not enough was watched";
}

/* Calls of whoever has a tool or server, in the time that counts, that could have been of it. */
static const char *stray_calls(const struct aisp_usage *u, const struct right *q)
{
	const struct aisp_usage_sum *many = aisp_usage__sum(u, q->who, 0, AISP_SUM_CALL_AMBIGUOUS), *unknown = aisp_usage__sum(u, q->who, 0, AISP_SUM_CALL_UNKNOWN);
	const int64_t since = u->since_us ? u->since_us : u->now_us - q->days * DAY_US;
	if (many && many->last_us >= since)
		return "calls by who has it fit several tools: this may be one of them";
	/* The tools of a server are often not in the inventory. */
	return unknown && unknown->last_us >= since && u->s->nodes[q->what].kind == AISP_NODE_MCP_SERVER ? "calls by who has it fit no tool that is known: they may be of this server" : NULL;
}

/* Why silence means nothing here; NULL: it means something. */
static const char *no_telemetry(const struct aisp_usage *u, const struct right *q, const struct aisp_usage_window *w, int64_t days)
{
	const struct aisp_usage_row *row = q->row;
	const unsigned class = q->class;
	char text[256], day[AISP_ISO_LEN + 1];
	const struct aisp_usage_sum *proof = NULL;
	if (!row)
		return "no log that is understood tells of it";
	if (!w) {
		snprintf(text, sizeof text, "no log of this kind (%.*s) was ingested for it", AISP_FMT(row->sees[0]));
		return said(u, text);
	}
	if (u->now_us - w->w.last_us > u->rules.fresh_days * DAY_US) {
		aisp_clock_iso(w->w.last_us, day);
		snprintf(text, sizeof text, "the log ends on %.10s", day);
		return said(u, text);
	}
	if (w->w.days < days) {
		snprintf(text, sizeof text, "logs cover %lld of %lld days", (long long)w->w.days, (long long)days);
		return said(u, text);
	}
	if (row->proof == AISP_PROOF_ASSET)
		proof = aisp_usage__sum(u, q->what, 0, class ? AISP_SUM_ASSET_AS | class : AISP_SUM_ASSET);
	else if (row->proof == AISP_PROOF_IDENTITY)
		proof = aisp_usage__sum(u, q->who, 0, AISP_SUM_IDENTITY);
	if (row->proof == AISP_PROOF_ASSET && !proof)
		return class == AISP_USE_READ ? "no reading of it by anybody was seen: it may not be logged" : class == AISP_USE_WRITE ? "no change of it by anybody was seen: it may not be logged" : "no event on it by anybody was seen: it may not be logged";
	if (row->proof == AISP_PROOF_IDENTITY && !proof)
		return "nothing was ever seen of who has it: it may not be instrumented";
	return q->tool ? stray_calls(u, q) : NULL;
}

static struct aisp_edge_use answer(const struct aisp_usage *u, const struct aisp_usage_sum *sum, const struct right *q)
{
	struct aisp_edge_use out = {.why = ""};
	const struct aisp_usage_window *w = q->row ? window_for(u, q->row, q->what, q->who) : NULL;
	const int64_t since = u->since_us ? u->since_us : q->row ? u->now_us - q->days * DAY_US : 0;
	const int64_t days = u->since_us ? (u->now_us - u->since_us) / DAY_US : q->days;
	const char *why = no_telemetry(u, q, w, days);
	if (sum) {
		const struct aisp_use *x = &u->uses.v[sum->use].use;
		out.count = sum->count;
		out.count_all = sum->all;
		out.at_least = sum->more;
		out.denied = sum->denied;
		out.first_us = sum->first_us;
		out.last_us = sum->last_us;
		out.from = x->from;
		out.n_from = x->n_from;
	}
	if (w) {
		out.window_us = w->w.last_us > w->w.first_us ? w->w.last_us - w->w.first_us : 0;
		out.window_to_us = w->w.last_us;
	}
	if (sum && sum->all > 0 && (sum->last_us >= since || (why && !u->since_us))) {
		out.answer = AISP_USED;
	} else if (why) {
		out.why = why;
		out.window_us = out.window_to_us = 0;
	} else {
		out.answer = AISP_NOT_USED;
	}
	return out;
}

static unsigned class_of_edge(const struct aisp_usage *u, const struct aisp_sedge *d)
{
	const unsigned to = u->s->nodes[d->to].kind;
	switch (d->kind) {
	case AISP_EDGE_CAN_READ:
	case AISP_EDGE_READS:
	case AISP_EDGE_RETRIEVES_FROM:
		return AISP_USE_READ;
	case AISP_EDGE_CAN_WRITE:
	case AISP_EDGE_WRITES:
		return AISP_USE_WRITE;
	case AISP_EDGE_CAN_ASSUME:
		return AISP_USE_ACT;
	case AISP_EDGE_CAN_CALL:
		return to == AISP_NODE_DATABASE || to == AISP_NODE_DB_SERVER ? 0 : AISP_USE_CALL; /* who reads a table has connected */
	default:
		return 0; /* HAS_TOOL, CALLS, CONNECTS_TO: whatever was done */
	}
}

struct aisp_edge_use aisp_usage_of_edge(const struct aisp_usage *u, aisp_edge e)
{
	const struct aisp_sedge *d = &u->s->edges[e];
	const bool membership = d->kind == AISP_EDGE_MEMBER_OF || d->kind == AISP_EDGE_BOUND_TO || d->kind == AISP_EDGE_AUTHENTICATES ||
	                        (d->kind == AISP_EDGE_CAN_ASSUME && u->s->nodes[d->from].kind == AISP_NODE_DB_ROLE && u->s->nodes[d->to].kind == AISP_NODE_DB_ROLE);
	const struct aisp_usage_sum *sum = membership ? aisp_usage__sum(u, e, 0, AISP_SUM_EDGE) : aisp_usage__sum(u, d->from, d->to, class_of_edge(u, d));
	const struct right q = right_for(u, d->kind, d->to, d->from, membership ? 0 : class_of_edge(u, d));
	return answer(u, sum, &q);
}

struct aisp_edge_use aisp_usage_of_node(const struct aisp_usage *u, aisp_node n)
{
	const unsigned flags = aisp_snode_flags(&u->s->nodes[n]), kind = u->s->nodes[n].kind;
	const bool credential = kind == AISP_NODE_CREDENTIAL;
	const bool identity = !credential && (flags & (AISP_NK_IDENTITY | AISP_NK_NHI) || kind == AISP_NODE_MCP_CLIENT);
	const struct aisp_usage_sum *sum = aisp_usage__sum(u, n, 0, credential ? AISP_SUM_CREDENTIAL : identity ? AISP_SUM_IDENTITY : AISP_SUM_ASSET);
	aisp_node what = n;
	if (credential) /* whose it is says which log tells */
		for (aisp_edge e = u->s->out_at[n]; e < u->s->out_at[n + 1]; e++)
			if (u->s->edges[e].kind == AISP_EDGE_AUTHENTICATES)
				what = u->s->edges[e].to;
	const struct right q = right_for(u, credential ? AISP_OF_CREDENTIAL : identity ? AISP_OF_IDENTITY : AISP_OF_ASSET, what, n, 0);
	return answer(u, sum, &q);
}

int64_t aisp_usage_threshold(const struct aisp_usage *u, aisp_edge e, struct aisp_slice *ret_why)
{
	const struct right q = right_for(u, u->s->edges[e].kind, u->s->edges[e].to, u->s->edges[e].from, 0);
	*ret_why = q.own ? AISP_S("usage.days of aisp.yaml") : q.row ? q.row->why : AISP_S("");
	return q.days;
}

bool aisp_usage_is_grant(const struct aisp_usage *u, aisp_edge e)
{
	const struct aisp_sedge *d = &u->s->edges[e];
	const unsigned from = u->s->nodes[d->from].kind;
	if ((u->s->nodes[d->from].flags | u->s->nodes[d->to].flags) & AISP_NF_STAND_IN)
		return false;
	switch (d->kind) {
	case AISP_EDGE_CAN_READ:
	case AISP_EDGE_CAN_WRITE:
	case AISP_EDGE_CAN_CALL:
	case AISP_EDGE_CAN_ASSUME:
		return d->control != 0; /* else it comes with the kind of role */
	case AISP_EDGE_AUTHENTICATES:
	case AISP_EDGE_HAS_TOOL:
	case AISP_EDGE_RETRIEVES_FROM:
		return true;
	case AISP_EDGE_CALLS:
	case AISP_EDGE_READS:
	case AISP_EDGE_WRITES:
	case AISP_EDGE_CONNECTS_TO:
		return from == AISP_NODE_AGENT || from == AISP_NODE_TOOL || from == AISP_NODE_WORKLOAD || from == AISP_NODE_MCP_SERVER;
	default:
		return false;
	}
}
