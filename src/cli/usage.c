/* aisp usage: granted beside used; and with --out, what to do about rights that stand. */
#include "base/clock.h"
#include "base/jw.h"
#include "cli/attribution.h"
#include "cli/columns.h"
#include "cli/seen.h"
#include "cli/session.h"
#include "govern/jit.h"
#include "govern/usage.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_US INT64_C(86400000000)
struct asked {
	struct aisp_options *o;
	struct aisp_session s;
	struct aisp_uses *uses;
	struct aisp_usage *u;
	struct aisp_jit jit;
	bool *on;
	bool *of;            /* the REF, and what it has rights through: groups, roles */
	aisp_node ref;
	int64_t now_us, since_us;
	size_t shown, left_out, answers[3];
	unsigned width;      /* of the terminal */
	size_t what;         /* of that column */
};
static const char *const answer_names[] = {[AISP_NO_TELEMETRY] = "no telemetry", [AISP_NOT_USED] = "not used", [AISP_USED] = "used"};
static const char *const answer_words[] = {[AISP_NO_TELEMETRY] = "no_telemetry", [AISP_NOT_USED] = "not_used", [AISP_USED] = "used"};

/* What an edge gives, in the words of the modes. */
static const char *gives(unsigned kind)
{
	switch (kind) {
	case AISP_EDGE_CAN_READ:
	case AISP_EDGE_READS:
	case AISP_EDGE_RETRIEVES_FROM:
		return "read";
	case AISP_EDGE_CAN_WRITE:
	case AISP_EDGE_WRITES:
		return "write";
	case AISP_EDGE_CAN_ASSUME:
		return "act as";
	case AISP_EDGE_AUTHENTICATES:
		return "prove";
	case AISP_EDGE_CONNECTS_TO:
		return "connect";
	default:
		return "call";
	}
}

static struct aisp_slice id_of(const struct asked *a, aisp_node n)
{
	return aisp_snapshot_text(a->s.snapshot, a->s.snapshot->nodes[n].id);
}

/* --since: a moment, or so many days back. */
static int parse_since(struct asked *a, struct aisp_err *err)
{
	uint64_t days;
	if (!a->o->since)
		return 0;
	if (aisp_slice_u64(aisp_slice_z(a->o->since), &days) && days >= 1 && days <= 36500) {
		a->since_us = a->now_us - (int64_t)days * DAY_US;
		return 0;
	}
	if (aisp_clock_parse(a->o->since, &a->since_us) < 0 || a->since_us <= 0 || a->since_us > a->now_us)
		return aisp_fail(err, AISP_E_USAGE, "--since '%s' is no time in the past: 2026-08-01, 2026-08-01T10:00Z or a number of days is expected", a->o->since);
	return 0;
}

/* An identity's rights are also those of what it is a member of or bound to; a database role's those of the roles that it inherits. */
static int find_shares(struct asked *a, struct aisp_err *err)
{
	const struct aisp_snapshot *s = a->s.snapshot;
	AISP_VEC(aisp_node) todo = {0};
	a->of = aisp_mem_zalloc((size_t)s->n_nodes + 1, sizeof *a->of);
	int r = a->of && aisp_vec_push(&todo, a->ref) == 0 ? 0 : aisp_fail(err, AISP_E_NOMEM, "out of memory");
	while (r == 0 && todo.n) {
		const aisp_node n = todo.v[--todo.n];
		if (a->of[n])
			continue;
		a->of[n] = true;
		for (aisp_edge e = s->out_at[n]; r == 0 && e < s->out_at[n + 1]; e++) {
			const struct aisp_sedge *d = &s->edges[e];
			const bool role = d->kind == AISP_EDGE_CAN_ASSUME && s->nodes[n].kind == AISP_NODE_DB_ROLE && s->nodes[d->to].kind == AISP_NODE_DB_ROLE;
			if ((d->kind == AISP_EDGE_MEMBER_OF || d->kind == AISP_EDGE_BOUND_TO || role) && !a->of[d->to] && aisp_vec_push(&todo, d->to) < 0)
				r = aisp_fail(err, AISP_E_NOMEM, "out of memory");
		}
	}
	aisp_vec_done(&todo);
	return r;
}

static int open_all(struct asked *a, struct aisp_err *err)
{
	int r = a->o->args.n > 1 ? aisp_fail(err, AISP_E_USAGE, "usage takes one REF at most") : 0;
	a->now_us = aisp_clock_now_us();
	if (r == 0)
		r = parse_since(a, err);
	if (r == 0)
		r = aisp_session_open(a->o, &a->s, err);
	if (r == 0 && a->o->args.n)
		r = aisp_snapshot_ref(a->s.snapshot, aisp_slice_z(a->o->args.v[0]), &a->ref, err);
	if (r == 0 && a->ref)
		r = find_shares(a, err);
	if (r == 0)
		r = aisp_uses_open(aisp_session_store_path(a->o), false, &a->uses, err);
	if (r == AISP_E_NOTFOUND && !a->uses)
		r = a->ref || !a->o->args.n ? 0 : r;
	if (r == 0)
		r = aisp_usage_for_since(a->o, a->s.snapshot, a->uses, a->since_us, &a->u, err);
	if (r == 0)
		a->since_us = aisp_usage_since(a->u);
	if (r == 0)
		r = aisp_session_reach(&a->s, err);
	a->on = r == 0 ? aisp_mem_zalloc((size_t)a->s.snapshot->n_edges + 1, sizeof *a->on) : NULL;
	if (r == 0 && !a->on)
		r = aisp_fail(err, AISP_E_NOMEM, "out of memory");
	return r == 0 ? aisp_jit_paths(a->s.snapshot, a->s.reach, a->u, a->on, err) : r;
}

static bool is_kind(const struct asked *a, aisp_node n)
{
	const struct aisp_node_kind_row *k = &aisp_node_kinds[a->s.snapshot->nodes[n].kind];
	return strcmp(k->name, a->o->kind) == 0 || strcmp(k->group, a->o->kind) == 0;
}

static bool wanted(const struct asked *a, aisp_edge e)
{
	const struct aisp_sedge *d = &a->s.snapshot->edges[e];
	if (!aisp_usage_is_grant(a->u, e) || (a->o->kind && !is_kind(a, d->from) && !is_kind(a, d->to)))
		return false;
	if (!a->o->all && a->s.snapshot->nodes[d->to].kind == AISP_NODE_COLUMN && d->to != a->ref)
		return false;
	return a->ref ? a->of[d->from] || d->to == a->ref : a->o->all || a->on[e];
}

/* ---- as a table ---- */

static void put_day(struct aisp_buf *out, int64_t us)
{
	char iso[AISP_ISO_LEN + 1] = "-";
	if (us)
		aisp_clock_iso(us, iso);
	aisp_buf_printf(out, "%-10.10s", iso);
}

/* Two columns of marks, what is known of the columns before they are printed, and where a note begins that has no room behind its line. */
enum { ANSWER = 12, MAY = 7, TIMES = 6, DAY = 10, BEFORE = 2 + ANSWER + 2 + MAY + 2, BEHIND = 2 + TIMES + 2 + DAY, NOTE = 22, WHAT_LEAST = 20 };

/* As wide as what is shown in it, and as there is room; where there is much, a part is for the notes. */
static size_t what_width(const struct asked *a)
{
	const size_t room = a->width > BEFORE + BEHIND + WHAT_LEAST ? a->width - BEFORE - BEHIND : WHAT_LEAST;
	size_t most = 4;
	for (aisp_edge e = 1; e <= a->s.snapshot->n_edges && most < room; e++)
		if (wanted(a, e)) {
			const size_t n = aisp_cell_width(id_of(a, a->s.snapshot->edges[e].to));
			most = n > most ? n : most;
		}
	const size_t kept = room > 40 + NOTE ? room - NOTE : room;
	return most < kept ? most : kept;
}

static void put_identity(struct asked *a, aisp_node n, struct aisp_buf *out)
{
	const struct aisp_edge_use use = aisp_usage_of_node(a->u, n);
	AISP_AUTOBUF struct aisp_buf note = {0};
	aisp_buf_init(&note, 1 << 16);
	if (!a->shown) {
		aisp_buf_printf(out, "  %-*s  %-*s  ", ANSWER, "ANSWER", MAY, "MAY");
		aisp_cell(out, AISP_S("WHAT"), a->what, true);
		aisp_buf_printf(out, "  %*s  %-*s", TIMES, "TIMES", DAY, "LAST");
		aisp_note(out, BEFORE + a->what + BEHIND + 2 + 16 <= a->width ? AISP_S("FROM, OR WHY NOT") : AISP_S(""), BEFORE + a->what + BEHIND, 0, a->width);
	}
	aisp_buf_putc(out, '\n');
	aisp_buf_printf(&note, "(%s): %s", aisp_node_kinds[a->s.snapshot->nodes[n].kind].name, answer_names[use.answer]);
	if (use.answer == AISP_USED) {
		aisp_buf_printf(&note, ", %s%lld time%s, last ", use.at_least ? "at least " : "", (long long)use.count, use.count == 1 ? "" : "s");
		put_day(&note, use.last_us);
	} else if (*use.why) {
		aisp_buf_printf(&note, ": %s", use.why);
	}
	const size_t width = aisp_cell_width(id_of(a, n));
	aisp_cell(out, id_of(a, n), a->width, false);
	aisp_note(out, aisp_buf_slice(&note), width, 2, a->width);
}

static void put_control(struct asked *a, aisp_sym control, struct aisp_buf *out)
{
	aisp_buf_putz(out, " by ");
	aisp_cell(out, aisp_snapshot_text(a->s.snapshot, control), a->width - 4, false);
	aisp_buf_putc(out, '\n');
}

static void put_edge(struct asked *a, aisp_edge e, const struct aisp_edge_use *use, struct aisp_buf *out)
{
	const struct aisp_sedge *d = &a->s.snapshot->edges[e];
	AISP_AUTOBUF struct aisp_buf note = {0};
	struct aisp_slice why;
	char times[32];
	aisp_buf_init(&note, 1 << 16);
	aisp_buf_printf(out, "  %-*s  %-*s  ", ANSWER, answer_names[use->answer], MAY, gives(d->kind));
	aisp_cell(out, id_of(a, d->to), a->what, true);
	snprintf(times, sizeof times, "%s%lld", use->at_least ? "≥" : "", (long long)use->count);
	aisp_buf_fill(out, ' ', 2);
	const size_t digits = strlen(times) - (use->at_least ? 2 : 0); /* the mark is one column of three bytes */
	if (digits < TIMES)
		aisp_buf_fill(out, ' ', TIMES - digits);
	aisp_buf_printf(out, "%s  ", times);
	put_day(out, use->last_us);
	if (use->answer == AISP_USED && use->n_from) {
		aisp_buf_put(&note, use->from[0].address);
		if (use->n_from > 1)
			aisp_buf_printf(&note, " and %zu more", use->n_from - 1);
	} else if (use->answer == AISP_NOT_USED) {
		aisp_buf_printf(&note, "%lld days watched", (long long)(a->since_us ? (a->now_us - a->since_us) / DAY_US : aisp_usage_threshold(a->u, e, &why)));
	} else {
		aisp_buf_putz(&note, use->why);
	}
	if (use->denied)
		aisp_buf_printf(&note, "%s%lld refused", note.n ? ", " : "", (long long)use->denied);
	if (d->condition)
		aisp_buf_printf(&note, "%s(conditional)", note.n ? " " : "");
	aisp_note(out, aisp_buf_slice(&note), BEFORE + a->what + 2 + (digits > TIMES ? digits : TIMES) + 2 + DAY, BEFORE, a->width);
}

static int put_end_of_table(const struct asked *a, struct aisp_buf *out, struct aisp_err *err)
{
	if (a->left_out)
		aisp_buf_printf(out, "… and %zu more\n", a->left_out);
	aisp_buf_printf(out, "%s%zu used, %zu not used, %zu no telemetry%s\n", a->shown ? "\n" : "", a->answers[AISP_USED], a->answers[AISP_NOT_USED], a->answers[AISP_NO_TELEMETRY],
	                a->ref || a->o->all ? "" : " (rights on AI paths; --all shows every right)");
	if (a->since_us) {
		aisp_buf_putz(out, "times: since the beginning of ");
		put_day(out, a->since_us);
		aisp_buf_putz(out, ", by whole UTC days\n");
	}
	if (a->uses && aisp_usage_attribution(a->u).events)
		return aisp_attribution_put(a->u, a->width, out, err);
	aisp_buf_putz(out, "attribution: no log was ingested ('aisp ingest LOG…')\n");
	return 0;
}

/* ---- as JSON ---- */

static void put_ref(const struct asked *a, struct aisp_jw *w, const char *key, aisp_node n)
{
	const struct aisp_snode *x = &a->s.snapshot->nodes[n];
	aisp_jw_key(w, key);
	aisp_jw_obj(w);
	aisp_jw_kstr(w, "id", id_of(a, n));
	aisp_jw_kz(w, "kind", aisp_node_kinds[x->kind].name);
	aisp_jw_kstr(w, "name", aisp_snapshot_text(a->s.snapshot, x->name));
	aisp_jw_end(w);
}

static void put_time(struct aisp_jw *w, const char *key, int64_t us)
{
	char iso[AISP_ISO_LEN + 1];
	if (us)
		aisp_clock_iso(us, iso);
	aisp_jw_kz(w, key, us ? iso : NULL);
}

static void put_answer(const struct asked *a, struct aisp_jw *w, const struct aisp_edge_use *use)
{
	(void)a;
	aisp_jw_kz(w, "answer", answer_words[use->answer]);
	if (use->answer == AISP_NO_TELEMETRY)
		aisp_jw_kz(w, "why", use->why);
	aisp_jw_kint(w, "count", use->count);
	aisp_jw_kint(w, "refused", use->denied);
	aisp_jw_kbool(w, "at_least", use->at_least);
	aisp_jw_kint(w, "count_all", use->count_all);
	put_time(w, "first", use->first_us);
	put_time(w, "last", use->last_us);
	put_time(w, "watched_until", use->window_to_us);
	aisp_jw_key(w, "from");
	aisp_jw_arr(w);
	for (size_t i = 0; i < use->n_from; i++) {
		aisp_jw_obj(w);
		aisp_jw_kstr(w, "address", use->from[i].address);
		aisp_jw_kint(w, "count", use->from[i].count);
		aisp_jw_end(w);
	}
	aisp_jw_end(w);
}

static void put_edge_json(const struct asked *a, aisp_edge e, const struct aisp_edge_use *use, struct aisp_jw *w)
{
	const struct aisp_sedge *d = &a->s.snapshot->edges[e];
	struct aisp_slice why;
	const int64_t days = aisp_usage_threshold(a->u, e, &why);
	aisp_jw_obj(w);
	put_ref(a, w, "identity", d->from);
	aisp_jw_kz(w, "edge", aisp_edge_kinds[d->kind].name);
	put_ref(a, w, "asset", d->to);
	if (d->control)
		aisp_jw_kstr(w, "control", aisp_snapshot_text(a->s.snapshot, d->control));
	if (d->condition)
		aisp_jw_kstr(w, "condition", aisp_snapshot_text(a->s.snapshot, d->condition));
	aisp_jw_kbool(w, "ai_path", a->on[e]);
	put_answer(a, w, use);
	aisp_jw_kint(w, "threshold_days", days);
	aisp_jw_kstr(w, "threshold", why);
	aisp_jw_end(w);
}

static int put_end_of_json(const struct asked *a, struct aisp_jw *w, struct aisp_err *err)
{
	aisp_jw_end(w);
	aisp_jw_key(w, "summary");
	aisp_jw_obj(w);
	for (int i = AISP_USED; i >= 0; i--)
		aisp_jw_kint(w, answer_words[i], (int64_t)a->answers[i]);
	aisp_jw_kint(w, "left_out", (int64_t)a->left_out);
	aisp_jw_end(w);
	return aisp_attribution_json(a->u, w, err);
}

static void put_jit_json(const struct asked *a, struct aisp_jw *w)
{
	aisp_jw_key(w, "recommendations");
	aisp_jw_arr(w);
	for (size_t i = 0; i < a->jit.n; i++) {
		const struct aisp_jit_grant *g = &a->jit.v[i];
		struct aisp_slice rest = g->files, file;
		aisp_jw_obj(w);
		put_ref(a, w, "identity", g->identity);
		aisp_jw_kstr(w, "control", g->control);
		aisp_jw_kz(w, "advice", aisp_jit_advice_name(g->advice));
		aisp_jw_kstr(w, "reason", g->reason);
		aisp_jw_kstr(w, "risk", g->risk);
		aisp_jw_kint(w, "rights", (int64_t)g->n_edges);
		aisp_jw_kint(w, "used", (int64_t)g->used);
		aisp_jw_kint(w, "not_used", (int64_t)g->not_used);
		aisp_jw_kint(w, "no_telemetry", (int64_t)g->no_telemetry);
		aisp_jw_kstr(w, "folder", g->files.n ? g->folder : AISP_S(""));
		aisp_jw_key(w, "files");
		aisp_jw_arr(w);
		while (rest.n && aisp_slice_split(&rest, '\n', &file))
			if (file.n)
				aisp_jw_str(w, file);
		aisp_jw_end(w);
		aisp_jw_end(w);
	}
	aisp_jw_end(w);
}

static void put_jit(const struct asked *a, struct aisp_buf *out)
{
	size_t n[5] = {0};
	for (size_t i = 0; i < a->jit.n; i++)
		n[a->jit.v[i].advice]++;
	aisp_buf_printf(out, "advice for %zu grants on AI paths in %s: remove %zu, reduce %zu, just-in-time %zu, keep %zu\n", a->jit.n, a->o->out, n[AISP_JIT_REMOVE], n[AISP_JIT_REDUCE],
	                n[AISP_JIT_JUST_IN_TIME], n[AISP_JIT_KEEP]);
	for (size_t i = 0; i < a->jit.n; i++) {
		const struct aisp_jit_grant *g = &a->jit.v[i];
		if (g->advice == AISP_JIT_KEEP)
			continue;
		aisp_buf_printf(out, "  %-12s  %.*s: %.*s\n", aisp_jit_advice_name(g->advice), AISP_FMT(g->folder), AISP_FMT(g->reason));
	}
}

/* For people the rights of one identity stand by what gives them. */
struct shown {
	aisp_edge e;
	aisp_sym control;
};
typedef AISP_VEC(struct shown) shown_vec;

static int by_control(const void *a, const void *b)
{
	const struct shown *x = a, *y = b;
	return x->control != y->control ? (x->control < y->control ? -1 : 1) : (x->e > y->e) - (x->e < y->e);
}

static void put_rights(struct asked *a, aisp_node who, shown_vec *v, struct aisp_buf *out)
{
	if (v->n > 1)
		qsort(v->v, v->n, sizeof *v->v, by_control);
	for (size_t i = 0; i < v->n; i++) {
		const struct aisp_edge_use use = aisp_usage_of_edge(a->u, v->v[i].e);
		if (i == 0)
			put_identity(a, who, out);
		if (v->v[i].control && (i == 0 || v->v[i].control != v->v[i - 1].control))
			put_control(a, v->v[i].control, out);
		put_edge(a, v->v[i].e, &use, out);
		a->shown++;
	}
	v->n = 0;
}

static int put_all(struct asked *a, struct aisp_buf *out, struct aisp_jw *w, struct aisp_err *err)
{
	const struct aisp_snapshot *s = a->s.snapshot;
	shown_vec of_one = {0};
	size_t listed = 0;
	int r = 0;
	for (aisp_edge e = 1; r == 0 && e <= s->n_edges; e++) {
		if (!wanted(a, e))
			continue;
		const struct aisp_edge_use use = aisp_usage_of_edge(a->u, e);
		a->answers[use.answer]++;
		if (a->o->limit > 0 && listed >= (size_t)a->o->limit) {
			a->left_out++;
			continue;
		}
		listed++;
		if (w)
			put_edge_json(a, e, &use, w);
		else if (of_one.n && s->edges[of_one.v[0].e].from != s->edges[e].from)
			put_rights(a, s->edges[of_one.v[0].e].from, &of_one, out);
		if (!w && aisp_vec_push(&of_one, (struct shown){e, s->edges[e].control}) < 0)
			r = aisp_fail(err, AISP_E_NOMEM, "out of memory");
	}
	if (r == 0 && of_one.n)
		put_rights(a, s->edges[of_one.v[0].e].from, &of_one, out);
	aisp_vec_done(&of_one);
	return r;
}

static int print(struct asked *a, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf out = {0};
	struct aisp_jw w;
	const bool json = a->o->format && strcmp(a->o->format, "json") == 0;
	aisp_buf_init(&out, (size_t)2 << 30);
	aisp_jw_init(&w, &out, true);
	if (!json && a->o->format && strcmp(a->o->format, "table") != 0)
		return aisp_fail(err, AISP_E_USAGE, "usage answers as table or json");
	if (json) {
		aisp_jw_obj(&w);
		aisp_jw_kz(&w, "schema", "aisp/usage/1");
		put_time(&w, "now", a->now_us);
		put_time(&w, "since", a->since_us);
		if (a->ref) {
			const struct aisp_edge_use use = aisp_usage_of_node(a->u, a->ref);
			put_ref(a, &w, "of", a->ref);
			aisp_jw_key(&w, "as_a_whole");
			aisp_jw_obj(&w);
			put_answer(a, &w, &use);
			aisp_jw_end(&w);
		}
		aisp_jw_key(&w, "grants");
		aisp_jw_arr(&w);
	}
	a->width = aisp_columns(a->o);
	a->what = json ? 0 : what_width(a);
	int r = put_all(a, &out, json ? &w : NULL, err);
	if (r == 0)
		r = json ? put_end_of_json(a, &w, err) : put_end_of_table(a, &out, err);
	if (a->o->out)
		json ? put_jit_json(a, &w) : put_jit(a, &out);
	if (json) {
		aisp_jw_end(&w);
		aisp_buf_putc(&out, '\n');
	}
	if (r == 0)
		r = aisp_buf_check(&out, err);
	return r == 0 ? aisp_output(a->o, aisp_buf_slice(&out), err) : r;
}

int aisp_cmd_usage(struct aisp_options *o, struct aisp_err *err)
{
	struct asked a = {.o = o};
	int r = open_all(&a, err);
	if (r == 0 && o->out)
		r = aisp_jit_make(a.s.snapshot, a.s.reach, a.u, &a.jit, err);
	if (r == 0 && o->out)
		r = aisp_jit_write(&a.jit, a.s.snapshot, a.u, o->out, err);
	if (r == 0)
		r = print(&a, err);
	aisp_jit_done(&a.jit);
	aisp_mem_free(a.on);
	aisp_mem_free(a.of);
	aisp_usage_free(a.u);
	aisp_uses_close(a.uses);
	aisp_session_done(&a.s);
	return r;
}
