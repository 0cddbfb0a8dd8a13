/* See suppress.h. */
#include "judge/suppress.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/doc.h"
#include "base/buf.h"
#include "base/vec.h"
#include <stdlib.h>

struct entry {
	struct aisp_slice rule, path, subject, reason, shown, by, until, where;
	int64_t until_us; /* 0: no end */
	int64_t left;     /* findings that it may still hide; -1: any number */
	bool used, expired;
};
struct aisp_suppressions {
	struct aisp_arena *a;
	AISP_VEC(struct entry) v;
};

void aisp_suppressions_free(struct aisp_suppressions *s)
{
	if (!s)
		return;
	aisp_vec_done(&s->v);
	aisp_arena_free(s->a);
	aisp_mem_free(s);
}

static int bad(const char *file, uint32_t line, const char *what, struct aisp_err *err)
{
	return aisp_fail(err, AISP_E_USAGE, "%s:%u: %s", file, line, what);
}

static int read_entry(struct aisp_suppressions *s, const struct aisp_doc *d, const char *file, struct aisp_err *err)
{
	struct entry e = {.left = -1};
	struct aisp_slice until = {0};
	uint32_t until_line = d->line;

	if (d->type != AISP_DOC_OBJ)
		return bad(file, d->line, "an entry is a mapping with rule, path or subject, and a reason", err);
	for (uint32_t i = 0; i < d->n; i++) {
		const struct aisp_member *m = &d->members[i];
		struct {
			const char *key;
			struct aisp_slice *to;
		} texts[] = {{"rule", &e.rule}, {"path", &e.path}, {"subject", &e.subject}, {"reason", &e.reason}, {"until", &until}, {"by", &e.by}};
		bool known = aisp_slice_eqz(m->key, "count") && m->value.type == AISP_DOC_INT;
		if (known && (e.left = m->value.i) < 0)
			return bad(file, m->line, "count is how many findings it may hide: 0 or more", err);
		if (aisp_slice_eqz(m->key, "until"))
			until_line = m->line;
		for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
			if (aisp_slice_eqz(m->key, texts[k].key) && m->value.type == AISP_DOC_STR) {
				*texts[k].to = m->value.s;
				known = true;
			}
		if (!known)
			return bad(file, m->line, "an entry has rule, path, subject, reason, until, by (texts) and count (a number)", err);
	}
	if (!aisp_slice_trim(e.reason).n)
		return bad(file, d->line, "an entry needs a reason", err);
	if (!e.rule.n && !e.path.n && !e.subject.n)
		return bad(file, d->line, "an entry needs at least one of rule, path and subject", err);
	if (until.n && aisp_clock_parse(until.p, &e.until_us) < 0)
		return bad(file, until_line, "until is a day: 2027-06-30", err);
	if (until.n == 10)
		e.until_us += (int64_t)24 * 3600 * 1000000; /* the day itself still counts */
	e.until = until;
	e.shown = aisp_arena_printf(s->a, "%s:%u (%.*s)", file, d->line, AISP_FMT(e.reason));
	e.where = aisp_slice_to(e.shown, e.shown.n - e.reason.n - 3); /* without " (reason)" */
	if (!e.shown.p || aisp_vec_push(&s->v, e) < 0)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while reading %s", file);
	return 0;
}

int aisp_suppressions_parse(struct aisp_slice text, const char *file, struct aisp_suppressions **ret, struct aisp_err *err)
{
	struct aisp_suppressions *s = aisp_mem_zalloc(1, sizeof *s);
	struct aisp_docs docs = {0};
	struct aisp_err why = {0};
	int r;

	if (!s || !(s->a = aisp_arena_new((size_t)64 << 20))) {
		aisp_mem_free(s);
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while reading %s", file);
	}
	r = aisp_yaml_parse(s->a, text, NULL, &docs, &why);
	if (r < 0)
		r = aisp_fail(err, r == AISP_E_NOMEM ? r : AISP_E_USAGE, "%s: %s", file, why.msg);
	for (size_t i = 0; r == 0 && i < docs.n; i++) {
		const struct aisp_doc *list = aisp_doc_get(&docs.docs[i], "ignore");
		if (docs.docs[i].type == AISP_DOC_NULL)
			continue;
		if (!list || (list->type != AISP_DOC_ARR && list->type != AISP_DOC_NULL))
			r = bad(file, docs.docs[i].line, "the file has one list, \"ignore\"", err);
		for (uint32_t k = 0; r == 0 && list->type == AISP_DOC_ARR && k < list->n; k++)
			r = read_entry(s, &list->items[k], file, err);
	}
	if (r < 0) {
		aisp_suppressions_free(s);
		return r;
	}
	*ret = s;
	return 0;
}

static bool in_evidence(const struct aisp_snapshot *s, uint32_t at, uint32_t n, struct aisp_slice glob)
{
	for (uint32_t i = 0; i < n; i++)
		if (s->evidence[at + i].form == AISP_EV_FILE && aisp_slice_glob(glob, aisp_snapshot_text(s, s->evidence[at + i].locator)))
			return true;
	return false;
}

/* The place that a baseline names it by: the first along its path, else (without a path from somewhere) its subject's. */
static struct aisp_slice first_path(const struct aisp_snapshot *s, const struct aisp_finding *f)
{
	for (size_t i = 0; i < f->path.n; i++) {
		aisp_edge e = f->path.hops[i].edge;
		for (uint32_t k = 0; e && e <= s->n_edges && k < s->edges[e].ev_n; k++)
			if (s->evidence[s->edges[e].ev_at + k].form == AISP_EV_FILE)
				return aisp_snapshot_text(s, s->evidence[s->edges[e].ev_at + k].locator);
	}
	for (uint32_t k = 0; (f->path.n == 0 || f->start == 0) && k < s->nodes[f->subject].ev_n; k++)
		if (s->evidence[s->nodes[f->subject].ev_at + k].form == AISP_EV_FILE)
			return aisp_snapshot_text(s, s->evidence[s->nodes[f->subject].ev_at + k].locator);
	return AISP_S("");
}

/* Does the finding rest on a place like this: its subject's, its start's, or one along its path? */
static bool path_fits(const struct aisp_snapshot *s, const struct aisp_finding *f, struct aisp_slice glob)
{
	for (size_t i = 0; i < f->path.n; i++) {
		aisp_edge e = f->path.hops[i].edge;
		if (e && e <= s->n_edges && in_evidence(s, s->edges[e].ev_at, s->edges[e].ev_n, glob))
			return true;
	}
	return (f->path.n == 0 || f->start == 0) && in_evidence(s, s->nodes[f->subject].ev_at, s->nodes[f->subject].ev_n, glob);
}

/* by_first: only its first place is asked. */
static bool fits(const struct entry *e, const struct aisp_snapshot *s, const struct aisp_finding *f, bool by_first)
{
	const struct aisp_snode *n = &s->nodes[f->subject];

	if (e->rule.n && !aisp_slice_glob(e->rule, f->rule->id))
		return false;
	if (e->subject.n && !aisp_slice_glob(e->subject, aisp_snapshot_text(s, n->id)) && !aisp_slice_glob(e->subject, aisp_snapshot_text(s, n->name)))
		return false;
	return !e->path.n || (by_first ? aisp_slice_glob(e->path, first_path(s, f)) : path_fits(s, f, e->path));
}

/* The entry that hides it; NULL if none does. */
static const struct entry *hides(struct aisp_suppressions *s, const struct aisp_snapshot *snap, int64_t now_us, const struct aisp_finding *f, bool by_first)
{
	for (size_t k = 0; k < s->v.n; k++) {
		struct entry *e = &s->v.v[k];
		if (e->left == 0 || !fits(e, snap, f, by_first))
			continue;
		e->used = true;
		e->expired = e->until_us && now_us >= e->until_us;
		if (e->expired)
			continue;
		e->left -= e->left > 0;
		return e;
	}
	return NULL;
}

static const struct aisp_finding_state *state_of(struct aisp_arena *a, const struct entry *e)
{
	struct aisp_finding_state *st = aisp_arena_zalloc(a, 1, sizeof *st);
	if (st)
		*st = (struct aisp_finding_state){.name = "accepted", .reason = aisp_arena_dup(a, e->reason), .by = aisp_arena_dup(a, e->by),
		                                  .until = aisp_arena_dup(a, e->until), .where = aisp_arena_dup(a, e->where), .hidden = true};
	return st;
}

/* Marks what is accepted, or takes it out; what stays keeps its order. SIZE_MAX: out of memory. */
static size_t pass(struct aisp_suppressions *s, const struct aisp_snapshot *snap, int64_t now_us, struct aisp_findings *f, bool by_first, bool mark)
{
	size_t kept = 0, hidden = 0;

	for (size_t i = 0; i < f->n; i++) {
		const bool done = f->v[i].state && f->v[i].state->hidden;
		const struct entry *e = done ? NULL : hides(s, snap, now_us, &f->v[i], by_first);
		hidden += e != NULL;
		if (e && mark && !(f->v[i].state = state_of(f->arena, e)))
			return SIZE_MAX;
		if (!e || mark)
			f->v[kept++] = f->v[i];
	}
	f->n = kept;
	return hidden;
}

static void count_entries(const struct aisp_suppressions *s, struct aisp_suppressed *ret)
{
	for (size_t k = s->v.n; k-- > 0;) {
		const struct entry *e = &s->v.v[k];
		if (e->expired) {
			ret->expired++;
			ret->first_expired = e->shown;
		} else if (!e->used) {
			ret->unused++;
			ret->first_unused = e->shown;
		}
	}
}

/* First by the place that a baseline would name, so that counts go to the findings that they were counted from. */
void aisp_suppressions_apply(struct aisp_suppressions *s, const struct aisp_snapshot *snap, int64_t now_us,
                             struct aisp_findings *f, struct aisp_suppressed *ret)
{
	*ret = (struct aisp_suppressed){0};
	ret->hidden = pass(s, snap, now_us, f, true, false);
	ret->hidden += pass(s, snap, now_us, f, false, false);
	count_entries(s, ret);
}

int aisp_suppressions_mark(struct aisp_suppressions *s, const struct aisp_snapshot *snap, int64_t now_us, struct aisp_findings *f,
                           struct aisp_suppressed *ret, struct aisp_err *err)
{
	struct aisp_suppressed out = {0};
	const size_t first = pass(s, snap, now_us, f, true, true), second = first == SIZE_MAX ? first : pass(s, snap, now_us, f, false, true);

	if (second == SIZE_MAX)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while marking accepted findings");
	out.hidden = first + second;
	count_entries(s, &out);
	*ret = out;
	return 0;
}

/* A baseline: findings of one rule about things of one name at one place are one entry. */

struct line {
	struct aisp_slice rule, path, subject;
};

/* Without a text comes last: an entry that names less must not use up its count on what another one names. */
static int text_cmp(struct aisp_slice a, struct aisp_slice b)
{
	return !a.n || !b.n ? (a.n == 0) - (b.n == 0) : aisp_slice_cmp(a, b);
}

static int line_cmp(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	int r = aisp_slice_cmp(x->rule, y->rule);

	if (r == 0)
		r = text_cmp(x->path, y->path);
	return r ? r : text_cmp(x->subject, y->subject);
}

/* A text as a pattern in double quotes that fits only itself; of bytes that are no UTF-8, which YAML cannot hold, any. */
static void put_exact(struct aisp_buf *out, const char *key, struct aisp_slice s)
{
	if (!s.n)
		return;
	aisp_buf_printf(out, "    %s: \"", key);
	for (size_t n; s.n; s = aisp_slice_from(s, n)) {
		uint32_t cp = 0;
		n = aisp_slice_utf8(s, &cp);
		if (n == 0) {
			aisp_buf_putc(out, '?');
			n = 1;
			continue;
		}
		if (cp < 0x80 && memchr("*?[]\\", (int)cp, 5))
			aisp_buf_putz(out, "\\\\");
		if (cp == '"' || cp == '\\')
			aisp_buf_putc(out, '\\');
		if (cp < 0x20 || (cp >= 0x7f && aisp_cp_is_hidden(cp)) || (cp >= 0x7f && cp < 0xa0) || cp == 0x2028 || cp == 0x2029 || cp == 0xfeff || cp >= 0xfffe)
			aisp_buf_printf(out, "\\U%08x", (unsigned)cp);
		else
			aisp_buf_put(out, aisp_slice_to(s, n));
	}
	aisp_buf_putz(out, "\"\n");
}

static struct aisp_slice subject_of(const struct aisp_snapshot *s, const struct aisp_snode *n)
{
	struct aisp_slice name = aisp_snapshot_text(s, n->name);

	return name.n ? name : aisp_snapshot_text(s, n->id);
}

int aisp_suppressions_write(const struct aisp_snapshot *snap, const struct aisp_findings *f, int64_t now_us, struct aisp_buf *out,
                            struct aisp_err *err)
{
	AISP_AUTOFREE struct line *v = aisp_mem_zalloc(f->n + 1, sizeof *v);
	char day[AISP_ISO_LEN + 1];

	if (!v)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for the baseline");
	for (size_t i = 0; i < f->n; i++)
		v[i] = (struct line){f->v[i].rule->id, first_path(snap, &f->v[i]), subject_of(snap, &snap->nodes[f->v[i].subject])};
	qsort(v, f->n, sizeof *v, line_cmp);
	aisp_clock_iso(now_us, day);
	aisp_buf_printf(out, "# Findings that stood on %.10s. Review each; give a better reason and a day (until) to what is really accepted.\nignore:\n", day);
	for (size_t i = 0, n; i < f->n; i += n) {
		for (n = 1; i + n < f->n && line_cmp(&v[i], &v[i + n]) == 0;)
			n++;
		aisp_buf_printf(out, "  - rule: %.*s\n", AISP_FMT(v[i].rule));
		put_exact(out, "path", v[i].path);
		put_exact(out, "subject", v[i].subject);
		aisp_buf_printf(out, "    count: %zu\n    reason: baseline of %.10s\n", n, day);
	}
	if (f->n == 0)
		aisp_buf_putz(out, "  []\n");
	return aisp_buf_check(out, err);
}
