/* Plan files, and what the log says of each plan. */
#include "base/mem.h"
#include "govern/act_int.h"
#include "govern/change_int.h"
#include <sodium.h>
#include <stdio.h>

enum { STEPS_MAX = 10000 };

const char *aisp_change_status_name(enum aisp_change_status s)
{
	static const char *const names[] = {"not applied", "begun", "applied", "being taken back", "taken back"};
	return names[s];
}

const char *aisp_step_state_name(enum aisp_step_state s)
{
	static const char *const names[] = {"to do", "begun", "done", "being undone", "undone"};
	return names[s];
}

const char *aisp_look_name(enum aisp_look l)
{
	static const char *const names[] = {"", "as planned", "already so", "changed", "not looked at", "by hand"};
	return names[l];
}

/* ---- The file ---- */

static int wrong(struct aisp_err *err, const char *where, const char *what)
{
	return aisp_fail(err, AISP_E_USAGE, "this is no plan that aisp can carry out: %s %s; plans are written by 'aisp plan --save'", where, what);
}

static bool known_keys(const struct aisp_doc *d, const char *list)
{
	for (uint32_t i = 0; i < d->n; i++) {
		struct aisp_slice rest = aisp_slice_z(list), word;
		bool known = false;
		while (!known && aisp_slice_split(&rest, ' ', &word))
			known = aisp_slice_eq(word, d->members[i].key);
		if (!known)
			return false;
	}
	return true;
}

static bool is_type(const struct aisp_doc *d, const char *key, enum aisp_doc_type t)
{
	const struct aisp_doc *v = aisp_doc_get(d, key);
	return v && v->type == t;
}

static bool has_texts(const struct aisp_doc *d, const char *list)
{
	struct aisp_slice rest = aisp_slice_z(list), word;

	while (aisp_slice_split(&rest, ' ', &word)) {
		const struct aisp_doc *v = aisp_doc_gets(d, word);
		if (!v || v->type != AISP_DOC_STR)
			return false;
	}
	return true;
}

static bool is_hex(struct aisp_slice s, size_t n)
{
	bool hex = s.n == n;

	for (size_t i = 0; hex && i < s.n; i++)
		hex = (s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f');
	return hex;
}

/* A file's bytes never stand in a plan: only which go, and the digests before and after. */
static const char *wrong_cut(const struct aisp_doc *a)
{
	const struct aisp_doc *cut = aisp_doc_get(a, "cut"), *insert = aisp_doc_get(a, "insert");
	const int64_t from = cut ? aisp_doc_int(aisp_doc_at(cut, 0), -1) : aisp_doc_int(insert, -1), end = cut ? aisp_doc_int(aisp_doc_at(cut, 1), -1) : INT64_MAX;

	if (!is_hex(aisp_doc_getstr(a, "expect"), 64) || !is_hex(aisp_doc_getstr(a, "becomes"), 64))
		return "has a file operation without the digests expect and becomes (contents of files do not stand in plans)";
	if ((cut != NULL) == (insert != NULL) || (cut && (cut->type != AISP_DOC_ARR || cut->n != 2)) || from < 0 || end <= from)
		return "has a file operation without the bytes to cut out, or without the place where they are put back";
	return NULL;
}

static const char *wrong_operation(const struct aisp_doc *op, bool check)
{
	const struct {
		const char *system, *texts, *keys;
	} systems[] = {{"postgres", "server database sql", "server database sql"},
		       {"kubernetes", "cluster method path", "cluster method path content_type body"},
		       {"aws", "account region operation", "account region operation params"},
		       {"file", "path", check ? "path" : "path expect cut insert becomes"},
		       {"manual", "text", "text"}};
	if (op->type != AISP_DOC_OBJ || !known_keys(op, check ? "system arguments text save before after" : "system arguments text save") || !has_texts(op, "system text") ||
	    !is_type(op, "arguments", AISP_DOC_OBJ))
		return "has an operation that is not of the form {system, arguments, text}";
	if (check && (!is_type(op, "before", AISP_DOC_OBJ) || !is_type(op, "after", AISP_DOC_OBJ)))
		return "has a check without the conditions before and after";
	for (size_t i = 0; i < sizeof systems / sizeof *systems; i++)
		if (aisp_slice_eqz(aisp_doc_getstr(op, "system"), systems[i].system)) {
			const struct aisp_doc *a = aisp_doc_get(op, "arguments");
			if (!known_keys(a, systems[i].keys) || !has_texts(a, systems[i].texts))
				return "has an operation whose arguments are not those of its system";
			return !check && aisp_slice_eqz(aisp_doc_getstr(op, "system"), "file") ? wrong_cut(a) : NULL;
		}
	return "has an operation on a system that is not known";
}

static const char *wrong_list(const struct aisp_doc *step, const char *key, bool check)
{
	const struct aisp_doc *list = aisp_doc_get(step, key);
	const char *bad = list && list->type == AISP_DOC_ARR && list->n < STEPS_MAX ? NULL : "lacks does, undoes or checks";

	for (uint32_t i = 0; !bad && i < list->n; i++)
		bad = wrong_operation(&list->items[i], check);
	return bad;
}

static const char *wrong_step(const struct aisp_doc *s, uint32_t i)
{
	if (s->type != AISP_DOC_OBJ || !known_keys(s, "n control kind system what price automatic note does undoes checks definition patch edges shared_uses"))
		return "has members that are not known";
	if (aisp_doc_int(aisp_doc_get(s, "n"), 0) != (int64_t)i + 1 || !has_texts(s, "control what system") || !is_type(s, "automatic", AISP_DOC_BOOL))
		return "lacks its number, control, what, system or automatic";
	const char *bad = wrong_list(s, "does", false);
	if (!bad)
		bad = wrong_list(s, "undoes", false);
	if (!bad)
		bad = wrong_list(s, "checks", true);
	if (!bad && aisp_doc_bool(aisp_doc_get(s, "automatic"), false) && (aisp_doc_get(s, "undoes")->n == 0 || aisp_doc_get(s, "checks")->n == 0))
		bad = "is to be done by aisp, but has no undo or no check";
	return bad;
}

static int check_goals(const struct aisp_doc *list, const char *texts, const char *keys, struct aisp_err *err)
{
	if (!list || list->type != AISP_DOC_ARR || list->n > STEPS_MAX)
		return wrong(err, "goals or keeps", "are no list");
	for (uint32_t i = 0; i < list->n; i++)
		if (list->items[i].type != AISP_DOC_OBJ || !has_texts(&list->items[i], texts) || !known_keys(&list->items[i], keys))
			return wrong(err, "a goal or keep", "is not of the form that a plan has");
	return 0;
}

static int check_plan(const struct aisp_doc *d, struct aisp_err *err)
{
	const struct aisp_doc *steps = aisp_doc_get(d, "steps"), *approvals = aisp_doc_get(d, "approvals");
	char where[40];

	if (d->type != AISP_DOC_OBJ || !aisp_slice_eqz(aisp_doc_getstr(d, "schema"), "aisp/plan/1"))
		return wrong(err, "its member schema", "is not \"aisp/plan/1\"");
	if (!known_keys(d, "schema plan made_at store certainty goals keeps result steps other_access conditions approvals"))
		return wrong(err, "the file", "has members that are not known");
	if (!is_hex(aisp_doc_getstr(d, "plan"), 16) || !steps || steps->type != AISP_DOC_ARR || steps->n > STEPS_MAX)
		return wrong(err, "its id or its steps", "are missing");
	if (aisp_doc_count(approvals))
		return wrong(err, "approvals", "are not empty: they belong into the log ('aisp apply PLAN --approve'), not into the file");
	int r = check_goals(aisp_doc_get(d, "goals"), "start target mode", "start target mode finding rule closed", err);
	if (r == 0)
		r = check_goals(aisp_doc_get(d, "keeps"), "identity target mode", "identity target mode price why kept", err);
	for (uint32_t i = 0; r == 0 && i < steps->n; i++) {
		const char *bad = wrong_step(&steps->items[i], i);
		if (!bad)
			continue;
		(void)snprintf(where, sizeof where, "step %u", i + 1);
		r = wrong(err, where, bad);
	}
	return r;
}

int aisp_planfile_read(struct aisp_slice text, struct aisp_planfile *ret, struct aisp_err *err)
{
	static const struct aisp_doc_limits limits = {.max_bytes = 256 << 20, .max_depth = 100};
	struct aisp_planfile p = {.arena = aisp_arena_new(0)};
	unsigned char h[32];
	int r = p.arena ? aisp_json_parse(p.arena, text, &limits, &p.doc, err) : aisp_act__no_memory(err);

	if (r == AISP_E_PARSE)
		r = aisp_wrap(err, AISP_E_USAGE, "while reading the plan");
	if (r == 0)
		r = check_plan(p.doc, err);
	if (r < 0) {
		aisp_arena_free(p.arena);
		return r;
	}
	p.id = aisp_doc_getstr(p.doc, "plan");
	crypto_generichash(h, sizeof h, (const unsigned char *)text.p, text.n, NULL, 0);
	sodium_bin2hex(p.digest, sizeof p.digest, h, sizeof h);
	*ret = p;
	return 0;
}

void aisp_planfile_done(struct aisp_planfile *p)
{
	aisp_arena_free(p->arena);
	*p = (struct aisp_planfile){0};
}

/* ---- The log ---- */

struct loader {
	struct aisp_change_list *c;
	struct aisp_err *err;
};

/* A deep copy: the log's documents live for one call. */
static int copy(struct aisp_arena *a, const struct aisp_doc *from, struct aisp_doc *to, unsigned depth, struct aisp_err *err)
{
	int r = 0;

	*to = *from;
	if (depth > 150)
		return aisp_fail(err, AISP_E_LIMIT, "an entry of the log is nested too deep");
	if (from->type == AISP_DOC_STR) {
		to->s = aisp_arena_dup(a, from->s);
		return to->s.p ? 0 : aisp_act__no_memory(err);
	}
	if (from->type == AISP_DOC_ARR) {
		struct aisp_doc *items = aisp_arena_zalloc(a, from->n + 1u, sizeof *items);
		for (uint32_t i = 0; items && r == 0 && i < from->n; i++)
			r = copy(a, &from->items[i], &items[i], depth + 1, err);
		to->items = items;
		return items ? r : aisp_act__no_memory(err);
	}
	if (from->type == AISP_DOC_OBJ) {
		struct aisp_member *m = aisp_arena_zalloc(a, from->n + 1u, sizeof *m);
		for (uint32_t i = 0; m && r == 0 && i < from->n; i++) {
			m[i].key = aisp_arena_dup(a, from->members[i].key);
			r = m[i].key.p ? copy(a, &from->members[i].value, &m[i].value, depth + 1, err) : aisp_act__no_memory(err);
		}
		to->members = m;
		return m ? r : aisp_act__no_memory(err);
	}
	return 0;
}

static const struct aisp_doc *dup_doc(struct aisp_arena *a, const struct aisp_doc *d, struct aisp_err *err)
{
	struct aisp_doc *to = d ? aisp_arena_zalloc(a, 1, sizeof *to) : NULL;
	return to && copy(a, d, to, 0, err) == 0 ? to : NULL;
}

static void *grow(struct aisp_arena *a, void *v, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return v;
	void *new = aisp_arena_zalloc(a, *cap ? *cap * 2 : 8, size);
	if (new && n)
		memcpy(new, v, n * size);
	*cap = new ? (*cap ? *cap * 2 : 8) : *cap;
	return new;
}

struct aisp_change *aisp_change_list_find(struct aisp_change_list *c, struct aisp_slice id)
{
	for (size_t i = 0; i < c->n; i++)
		if (aisp_slice_eq(c->v[i].id, id))
			return &c->v[i];
	return NULL;
}

static struct aisp_change *change_of(struct aisp_change_list *c, struct aisp_slice id)
{
	struct aisp_change *found = aisp_change_list_find(c, id);
	if (found)
		return found;
	c->v = grow(c->arena, c->v, c->n, &c->cap, sizeof *c->v);
	if (!c->v)
		return NULL;
	c->v[c->n].id = aisp_arena_dup(c->arena, id);
	return c->v[c->n].id.p ? &c->v[c->n++] : NULL;
}

static int take_step(struct aisp_change_list *all, struct aisp_change *c, const struct aisp_doc *d, struct aisp_err *err)
{
	const int64_t n = aisp_doc_int(aisp_doc_get(d, "n"), 0);
	struct aisp_slice phase = aisp_doc_getstr(d, "phase");
	struct aisp_change_step *s = NULL;

	for (size_t i = 0; i < c->n_steps; i++)
		if (c->steps[i].n == n)
			s = &c->steps[i];
	if (!s) {
		c->steps = grow(all->arena, c->steps, c->n_steps, &c->cap_steps, sizeof *c->steps);
		if (!c->steps)
			return aisp_act__no_memory(err);
		s = &c->steps[c->n_steps++];
		*s = (struct aisp_change_step){.n = n};
	}
	if (aisp_slice_eqz(phase, "begin")) {
		s->state = AISP_STEP_BEGUN;
		s->was_done = false;
		s->what = aisp_arena_dup(all->arena, aisp_doc_getstr(d, "what"));
		s->undoes = dup_doc(all->arena, aisp_doc_get(d, "undoes"), err);
		s->checks = dup_doc(all->arena, aisp_doc_get(d, "checks"), err);
		return s->what.p && s->undoes && s->checks ? 0 : aisp_act__no_memory(err);
	}
	if (aisp_slice_eqz(phase, "saved") && s->undoes) { /* what an operation gave back fills in what its undo needs */
		struct aisp_saved saved = {0};
		const struct aisp_doc *values = dup_doc(all->arena, aisp_doc_get(d, "values"), err);
		for (uint32_t i = 0; i < aisp_doc_count(values) && i < 64; i++) {
			saved.v[i].name = values->members[i].key;
			saved.v[saved.n++].value = &values->members[i].value;
		}
		return aisp_change__fill(all->arena, s->undoes, &saved, &s->undoes, NULL, err);
	}
	if (aisp_slice_eqz(phase, "done")) {
		s->state = AISP_STEP_DONE;
		s->was_done = true;
	} else if (aisp_slice_eqz(phase, "undoing")) {
		s->state = AISP_STEP_UNDOING;
	} else if (aisp_slice_eqz(phase, "undone")) {
		s->state = AISP_STEP_UNDONE;
	}
	return 0;
}

static int take_apply(struct aisp_change_list *all, struct aisp_change *c, const struct aisp_govlog_entry *e, struct aisp_err *err)
{
	struct aisp_slice phase = aisp_doc_getstr(e->data, "phase");

	if (aisp_slice_eqz(phase, "begin")) {
		c->status = AISP_CHANGE_RUNNING;
		c->n_steps = 0;
		c->at_us = e->at_us;
		c->begin = dup_doc(all->arena, e->data, err);
		return c->begin ? 0 : aisp_act__no_memory(err);
	}
	if (aisp_slice_eqz(phase, "done")) {
		c->status = AISP_CHANGE_APPLIED;
		c->run = aisp_doc_int(aisp_doc_get(e->data, "run"), 0);
	}
	return 0;
}

static int take_approval(struct aisp_change_list *all, struct aisp_change *c, const struct aisp_govlog_entry *e, struct aisp_err *err)
{
	c->approvals = grow(all->arena, c->approvals, c->n_approvals, &c->cap_approvals, sizeof *c->approvals);
	if (!c->approvals)
		return aisp_act__no_memory(err);
	struct aisp_approval *p = &c->approvals[c->n_approvals];
	*p = (struct aisp_approval){aisp_arena_dup(all->arena, e->by), aisp_arena_dup(all->arena, aisp_doc_getstr(e->data, "digest")), e->at_us};
	c->n_approvals += p->by.p && p->digest.p;
	return p->by.p && p->digest.p ? 0 : aisp_act__no_memory(err);
}

static int take_entry(void *ctx, const struct aisp_govlog_entry *e)
{
	struct loader *l = ctx;
	struct aisp_slice id = aisp_doc_getstr(e->data, "plan");
	const char *kinds[] = {"plan", "apply", "step", "undo", "approve"};
	size_t k = 0;

	while (k < 5 && !aisp_slice_eqz(e->kind, kinds[k]))
		k++;
	if (k == 5 || id.n == 0)
		return 0;
	struct aisp_change *c = change_of(l->c, id);
	if (!c)
		return aisp_act__no_memory(l->err);
	if (k == 1)
		return take_apply(l->c, c, e, l->err);
	if (k == 2)
		return take_step(l->c, c, e->data, l->err);
	if (k == 4)
		return take_approval(l->c, c, e, l->err);
	if (k == 3)
		c->status = aisp_slice_eqz(aisp_doc_getstr(e->data, "phase"), "done") ? AISP_CHANGE_UNDONE : AISP_CHANGE_UNDOING;
	else if (!c->author.n && !(c->author = aisp_arena_dup(l->c->arena, e->by)).p)
		return aisp_act__no_memory(l->err);
	return 0;
}

int aisp_change_list_load(struct aisp_govlog *log, struct aisp_change_list *ret, struct aisp_err *err)
{
	struct aisp_change_list c = {.arena = aisp_arena_new(0)};
	struct loader l = {&c, err};
	int r = c.arena ? aisp_govlog_each(log, take_entry, &l, err) : aisp_act__no_memory(err);

	if (r < 0)
		aisp_arena_free(c.arena);
	else
		*ret = c;
	return r < 0 ? r : 0;
}

void aisp_change_list_done(struct aisp_change_list *c)
{
	aisp_arena_free(c->arena);
	*c = (struct aisp_change_list){0};
}
