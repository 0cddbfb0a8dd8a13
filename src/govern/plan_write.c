/* A plan as its file (docs/schema/plan.json) and for people. */
#include "base/clock.h"
#include "govern/plan_int.h"
#include <math.h>
#include <stdio.h>

static struct aisp_slice id_of(const struct aisp_plan *p, aisp_node n)
{
	return n ? aisp_snapshot_text(p->snapshot, p->snapshot->nodes[n].id) : AISP_S("");
}

static bool is_in(const size_t *v, size_t n, size_t i)
{
	for (size_t k = 0; k < n; k++)
		if (v[k] == i)
			return true;
	return false;
}

/* ---- JSON ---- */

struct writing {
	const struct aisp_plan *p;
	struct aisp_jw *w;
	struct aisp_arena *a;
	struct aisp_err *err;
	int r;
};

/* JSON text as a member: parsed, for what we made must be JSON, whatever names stand in it. */
static void raw(struct writing *x, const char *key, struct aisp_slice json)
{
	const struct aisp_doc *d = NULL;
	aisp_jw_key(x->w, key);
	if (x->r == 0)
		x->r = aisp_json_parse(x->a, json, NULL, &d, x->err);
	if (d)
		aisp_jw_doc(x->w, d);
	else
		aisp_jw_null(x->w);
}

static void real(struct aisp_jw *w, const char *key, double v)
{
	aisp_jw_key(w, key);
	if (isfinite(v))
		aisp_jw_real(w, v);
	else
		aisp_jw_null(w);
}

static void or_null(struct aisp_jw *w, const char *key, struct aisp_slice s)
{
	if (s.n)
		aisp_jw_kstr(w, key, s);
	else
		aisp_jw_kz(w, key, NULL);
}

static void put_head(struct writing *x, const char *id)
{
	const struct aisp_plan *p = x->p;
	char iso[AISP_ISO_LEN + 1];
	aisp_jw_kz(x->w, "schema", "aisp/plan/1");
	aisp_jw_kz(x->w, "plan", id);
	aisp_clock_iso(p->now_us, iso);
	aisp_jw_kz(x->w, "made_at", iso);
	aisp_jw_key(x->w, "store");
	aisp_jw_obj(x->w);
	aisp_jw_kint(x->w, "run", p->run);
	aisp_clock_iso(p->snapshot->taken_us, iso);
	aisp_jw_kz(x->w, "taken_at", iso);
	aisp_jw_kz(x->w, "facts", p->facts);
	aisp_jw_end(x->w);
	aisp_jw_kz(x->w, "certainty", p->certainty == AISP_CERTAIN ? "certain" : "possible");
}

static void put_goals(struct writing *x)
{
	const struct aisp_plan *p = x->p;
	aisp_jw_key(x->w, "goals");
	aisp_jw_arr(x->w);
	for (size_t i = 0; i < p->n_goals; i++) {
		const struct aisp_plan_goal *g = &p->goals[i];
		aisp_jw_obj(x->w);
		aisp_jw_kstr(x->w, "start", id_of(p, g->goal.actor.node));
		aisp_jw_kstr(x->w, "target", id_of(p, g->goal.target));
		aisp_jw_kz(x->w, "mode", aisp_mode_name(g->goal.mode));
		or_null(x->w, "finding", g->finding);
		or_null(x->w, "rule", g->rule);
		aisp_jw_kbool(x->w, "closed", !is_in(p->cut.open, p->cut.n_open, i));
		aisp_jw_end(x->w);
	}
	aisp_jw_end(x->w);
	aisp_jw_key(x->w, "keeps");
	aisp_jw_arr(x->w);
	for (size_t i = 0; i < p->n_keeps; i++) {
		const struct aisp_plan_keep *k = &p->keeps[i];
		aisp_jw_obj(x->w);
		aisp_jw_kstr(x->w, "identity", id_of(p, k->keep.use.actor.node));
		aisp_jw_kstr(x->w, "target", id_of(p, k->keep.use.target));
		aisp_jw_kz(x->w, "mode", aisp_mode_name(k->keep.use.mode));
		real(x->w, "price", k->keep.price);
		aisp_jw_kstr(x->w, "why", k->why);
		aisp_jw_kbool(x->w, "kept", !is_in(p->cut.lost, p->cut.n_lost, i));
		aisp_jw_end(x->w);
	}
	aisp_jw_end(x->w);
}

static void put_result(struct writing *x)
{
	const struct aisp_cut *c = &x->p->cut;
	aisp_jw_key(x->w, "result");
	aisp_jw_obj(x->w);
	aisp_jw_kbool(x->w, "closed", c->closed);
	aisp_jw_kbool(x->w, "proved", c->proved);
	real(x->w, "cost", isfinite(c->cost) ? c->cost : 1e300);
	real(x->w, "bound", c->bound);
	aisp_jw_kint(x->w, "rounds", c->rounds);
	aisp_jw_kint(x->w, "paths", c->paths);
	aisp_jw_end(x->w);
}

static void operation(struct writing *x, const struct aisp_operation *o)
{
	aisp_jw_kz(x->w, "system", aisp_step_system_name(o->system));
	raw(x, "arguments", o->json);
	aisp_jw_kstr(x->w, "text", o->text);
	if (o->save.n)
		raw(x, "save", o->save);
}

static void operations(struct writing *x, const char *key, const struct aisp_operation *v, size_t n)
{
	aisp_jw_key(x->w, key);
	aisp_jw_arr(x->w);
	for (size_t i = 0; i < n; i++) {
		aisp_jw_obj(x->w);
		operation(x, &v[i]);
		aisp_jw_end(x->w);
	}
	aisp_jw_end(x->w);
}

static void put_edges(struct writing *x, const struct aisp_step *st)
{
	const struct aisp_snapshot *s = x->p->snapshot;
	aisp_jw_key(x->w, "edges");
	aisp_jw_arr(x->w);
	for (size_t i = 0; i < st->n_edges; i++) {
		const struct aisp_sedge *e = &s->edges[st->edges[i]];
		aisp_jw_obj(x->w);
		aisp_jw_kstr(x->w, "from", id_of(x->p, e->from));
		aisp_jw_kz(x->w, "kind", aisp_edge_kinds[e->kind].name);
		aisp_jw_kstr(x->w, "to", id_of(x->p, e->to));
		aisp_jw_end(x->w);
	}
	aisp_jw_end(x->w);
}

static void put_step(struct writing *x, const struct aisp_step *st, size_t n)
{
	aisp_jw_obj(x->w);
	aisp_jw_kint(x->w, "n", (int64_t)n);
	aisp_jw_kstr(x->w, "control", st->control);
	aisp_jw_kstr(x->w, "kind", st->kind);
	aisp_jw_kz(x->w, "system", aisp_step_system_name(st->system));
	aisp_jw_kstr(x->w, "what", st->what);
	real(x->w, "price", st->price);
	aisp_jw_kbool(x->w, "automatic", st->automatic);
	aisp_jw_kstr(x->w, "note", st->note);
	operations(x, "does", st->does, st->n_does);
	operations(x, "undoes", st->undoes, st->n_undoes);
	aisp_jw_key(x->w, "checks");
	aisp_jw_arr(x->w);
	for (size_t i = 0; i < st->n_checks; i++) {
		aisp_jw_obj(x->w);
		operation(x, &st->checks[i]);
		raw(x, "before", st->expects[i]);
		raw(x, "after", st->expects_after[i]);
		aisp_jw_end(x->w);
	}
	aisp_jw_end(x->w);
	aisp_jw_key(x->w, "definition");
	if (st->definition.n) {
		aisp_jw_obj(x->w);
		aisp_jw_kstr(x->w, "file", st->definition);
		aisp_jw_kint(x->w, "line", st->definition_line);
		aisp_jw_end(x->w);
	} else {
		aisp_jw_null(x->w);
	}
	aisp_jw_kstr(x->w, "patch", st->patch);
	put_edges(x, st);
	aisp_jw_kint(x->w, "shared_uses", (int64_t)st->shared_uses);
	aisp_jw_end(x->w);
}

static void put_tail(struct writing *x)
{
	const struct aisp_plan *p = x->p;
	aisp_jw_key(x->w, "other_access");
	aisp_jw_arr(x->w);
	for (size_t i = 0; i < p->n_others; i++) {
		aisp_jw_obj(x->w);
		aisp_jw_kstr(x->w, "identity", id_of(p, p->others[i].identity));
		aisp_jw_kstr(x->w, "target", id_of(p, p->others[i].target));
		aisp_jw_kz(x->w, "mode", aisp_mode_name(p->others[i].mode));
		aisp_jw_kz(x->w, "certainty", p->others[i].certain ? "certain" : "possible");
		aisp_jw_end(x->w);
	}
	aisp_jw_end(x->w);
	aisp_jw_key(x->w, "conditions");
	aisp_jw_obj(x->w);
	aisp_jw_key(x->w, "until_resolved");
	aisp_jw_arr(x->w);
	for (size_t i = 0; i < p->n_until_resolved; i++)
		aisp_jw_str(x->w, p->until_resolved[i]);
	aisp_jw_end(x->w);
	aisp_jw_end(x->w);
	aisp_jw_key(x->w, "approvals");
	aisp_jw_arr(x->w);
	aisp_jw_end(x->w);
}

int aisp_plan_json(const struct aisp_plan *p, struct aisp_buf *out, struct aisp_err *err)
{
	struct aisp_jw w;
	struct writing x = {.p = p, .w = &w, .a = aisp_arena_new(0), .err = err};
	if (!x.a)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while writing a plan");
	aisp_jw_init(&w, out, true);
	aisp_jw_obj(&w);
	put_head(&x, p->id);
	put_goals(&x);
	put_result(&x);
	aisp_jw_key(&w, "steps");
	aisp_jw_arr(&w);
	for (size_t i = 0; i < p->n_steps; i++)
		put_step(&x, &p->steps[i], i + 1);
	aisp_jw_end(&w);
	put_tail(&x);
	aisp_jw_end(&w);
	aisp_buf_putc(out, '\n');
	aisp_arena_free(x.a);
	return x.r == 0 ? aisp_buf_check(out, err) : x.r;
}

/* ---- For people ---- */

struct page {
	const struct aisp_plan *p;
	struct aisp_buf *out;
	size_t width;
	bool color;
};

static void style(struct page *g, const char *code)
{
	if (g->color)
		aisp_buf_printf(g->out, "\033[%sm", code);
}

static void head(struct page *g, const char *text)
{
	aisp_buf_putc(g->out, '\n');
	style(g, "1");
	aisp_buf_putz(g->out, text);
	style(g, "0");
	aisp_buf_putc(g->out, '\n');
}

/* Words folded at the width, later lines indented as the first; what is longer than a line stays whole. */
static void fold(struct page *g, size_t indent, const char *lead, struct aisp_slice text)
{
	size_t column = indent + strlen(lead);
	struct aisp_slice word;
	aisp_buf_fill(g->out, ' ', indent);
	aisp_buf_putz(g->out, lead);
	for (bool first = true; aisp_slice_split(&text, ' ', &word); first = false) {
		if (!first && column + 1 + word.n > g->width) {
			aisp_buf_putc(g->out, '\n');
			column = indent + strlen(lead);
			aisp_buf_fill(g->out, ' ', column);
		} else if (!first) {
			aisp_buf_putc(g->out, ' ');
			column++;
		}
		aisp_buf_put_printable(g->out, word);
		column += word.n;
	}
	aisp_buf_putc(g->out, '\n');
}

/* "start  may read  target": short names, as in findings. */
static struct aisp_slice name_of(const struct page *g, aisp_node n)
{
	const struct aisp_snode *x = &g->p->snapshot->nodes[n];
	const struct aisp_slice name = aisp_snapshot_text(g->p->snapshot, x->name);
	return name.n ? name : aisp_snapshot_text(g->p->snapshot, x->id);
}

static void who(struct page *g, const char *mark, const struct aisp_cut_goal *u, struct aisp_slice tail)
{
	AISP_AUTOBUF struct aisp_buf b = {0};
	aisp_buf_init(&b, 1u << 16);
	const struct aisp_slice a = name_of(g, u->actor.node), t = name_of(g, u->target);
	aisp_buf_printf(&b, "%.*s  %s  %.*s%s%.*s", AISP_FMT(a), aisp_mode_name(u->mode), AISP_FMT(t), tail.n ? "   " : "", AISP_FMT(tail));
	aisp_buf_printf(g->out, "  %s ", mark);
	aisp_buf_put_printable(g->out, aisp_buf_slice(&b));
	aisp_buf_putc(g->out, '\n');
}

static void closes(struct page *g)
{
	const struct aisp_plan *p = g->p;
	head(g, p->cut.closed ? "CLOSES" : "CANNOT CLOSE EVERYTHING");
	for (size_t i = 0; i < p->n_goals; i++) {
		const struct aisp_plan_goal *q = &p->goals[i];
		const bool open = is_in(p->cut.open, p->cut.n_open, i);
		AISP_AUTOBUF struct aisp_buf b = {0};
		aisp_buf_init(&b, 4096);
		if (q->finding.n)
			aisp_buf_printf(&b, "%.*s %.*s", AISP_FMT(q->rule), AISP_FMT(aisp_slice_to(q->finding, 12)));
		if (open)
			aisp_buf_putz(&b, "  stays: some way has nothing that may be taken away");
		who(g, open ? "✗" : "✓", &q->goal, aisp_buf_slice(&b));
	}
}

/* A whole policy document in a command is nothing to read here. */
static void command(struct page *g, const char *lead, struct aisp_slice text)
{
	enum { SHOWN = 240 };
	AISP_AUTOBUF struct aisp_buf b = {0};
	size_t n = SHOWN;
	if (text.n <= SHOWN + SHOWN / 2) {
		fold(g, 4, lead, text);
		return;
	}
	while (n > 0 && ((unsigned char)text.p[n] & 0xc0) == 0x80) /* not within a letter */
		n--;
	aisp_buf_init(&b, 4096);
	aisp_buf_printf(&b, "%.*s… (whole in the plan file: --save, --format json)", AISP_FMT(aisp_slice_to(text, n)));
	fold(g, 4, lead, aisp_buf_slice(&b));
}

static void step(struct page *g, const struct aisp_step *st, size_t n)
{
	char lead[32];
	snprintf(lead, sizeof lead, "%2zu  ", n);
	style(g, "1");
	fold(g, 0, lead, st->what);
	style(g, "0");
	for (size_t i = 0; i < st->n_does; i++)
		command(g, st->automatic ? "do    " : "you   ", st->does[i].text);
	for (size_t i = 0; i < st->n_undoes; i++)
		command(g, "undo  ", st->undoes[i].text);
	if (st->definition.n) {
		AISP_AUTOBUF struct aisp_buf b = {0};
		aisp_buf_init(&b, 1u << 16);
		aisp_buf_printf(&b, "%.*s:%u%s", AISP_FMT(st->definition), st->definition_line, st->patch.n ? " (the plan file has the patch)" : "");
		fold(g, 4, "in    ", aisp_buf_slice(&b));
	}
	if (st->note.n)
		fold(g, 4, "note  ", st->note);
	if (st->n_edges > 1) {
		AISP_AUTOBUF struct aisp_buf b = {0};
		aisp_buf_init(&b, 256);
		aisp_buf_printf(&b, "%zu relations hang on it", st->n_edges);
		fold(g, 4, "also  ", aisp_buf_slice(&b));
	}
}

static void uses(struct page *g)
{
	const struct aisp_plan *p = g->p;
	if (p->n_keeps > p->cut.n_lost)
		head(g, "GOES ON WORKING");
	for (size_t i = 0; i < p->n_keeps; i++)
		if (!is_in(p->cut.lost, p->cut.n_lost, i))
			who(g, "✓", &p->keeps[i].keep.use, p->keeps[i].why);
	if (p->cut.n_lost)
		head(g, "LOST");
	for (size_t k = 0; k < p->cut.n_lost; k++) {
		const struct aisp_plan_keep *u = &p->keeps[p->cut.lost[k]];
		AISP_AUTOBUF struct aisp_buf b = {0};
		aisp_buf_init(&b, 4096);
		aisp_buf_printf(&b, "%.*s, price %g", AISP_FMT(u->why), u->keep.price);
		who(g, "✗", &u->keep.use, aisp_buf_slice(&b));
	}
}

static void also(struct page *g)
{
	enum { SHOWN = 10 };
	const struct aisp_plan *p = g->p;
	if (!p->n_others)
		return;
	head(g, "OTHER ACCESS TO SENSITIVE DATA THAT GOES TOO");
	for (size_t i = 0; i < p->n_others && i < SHOWN; i++)
		who(g, "-", &(struct aisp_cut_goal){{.node = p->others[i].identity}, p->others[i].target, p->others[i].mode}, p->others[i].certain ? AISP_S("") : AISP_S("(possible)"));
	if (p->n_others > SHOWN)
		aisp_buf_printf(g->out, "  … and %zu more (--format json)\n", p->n_others - SHOWN);
}

void aisp_plan_text(const struct aisp_plan *p, unsigned width, bool color, struct aisp_buf *out)
{
	struct page g = {p, out, width ? width : 100, color};
	size_t by_hand = 0;
	for (size_t i = 0; i < p->n_steps; i++)
		by_hand += !p->steps[i].automatic;
	style(&g, "1");
	aisp_buf_printf(out, "PLAN %s", p->id);
	style(&g, "0");
	aisp_buf_printf(out, "  %zu step%s", p->n_steps, p->n_steps == 1 ? "" : "s");
	if (by_hand)
		aisp_buf_printf(out, ", %zu of them by hand", by_hand);
	aisp_buf_printf(out, " · cost %g · ", p->cut.cost);
	if (p->cut.proved)
		aisp_buf_putz(out, "proved: nothing cheaper closes it\n");
	else
		aisp_buf_printf(out, "not proved: nothing below %g closes it\n", p->cut.bound);
	closes(&g);
	if (p->n_steps)
		head(&g, "CHANGES");
	else
		aisp_buf_putz(out, p->cut.closed ? "\nNothing to change: it is closed already.\n" : "");
	for (size_t i = 0; i < p->n_steps; i++)
		step(&g, &p->steps[i], i + 1);
	uses(&g);
	also(&g);
	if (p->n_until_resolved)
		head(&g, "STAYS REVOKED UNTIL RESOLVED");
	for (size_t i = 0; i < p->n_until_resolved; i++)
		fold(&g, 2, "", p->until_resolved[i]);
}
