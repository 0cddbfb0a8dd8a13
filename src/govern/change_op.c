/* Operations and conditions of a plan file. */
#include "base/jw.h"
#include "govern/act_int.h"
#include "govern/change_int.h"
#include <stdio.h>

enum { DEPTH_MAX = 100 };

/* ---- Values ---- */

static const struct aisp_doc *saved_find(const struct aisp_saved *s, struct aisp_slice name)
{
	for (size_t i = s ? s->n : 0; i > 0; i--)
		if (aisp_slice_eq(s->v[i - 1].name, name))
			return s->v[i - 1].value;
	return NULL;
}

static int fill(struct aisp_arena *a, struct aisp_doc *d, const struct aisp_saved *saved, unsigned depth, bool *missing, struct aisp_err *err)
{
	int r = 0;

	if (depth > DEPTH_MAX)
		return aisp_fail(err, AISP_E_LIMIT, "an operation of the plan is nested too deep");
	if (d->type == AISP_DOC_OBJ && d->n == 1 && aisp_slice_eqz(d->members[0].key, "$saved")) {
		const struct aisp_doc *v = saved_find(saved, aisp_doc_str(&d->members[0].value));
		if (v)
			*d = *v;
		else
			*missing = true;
		return 0;
	}
	if (d->type == AISP_DOC_ARR && d->n) {
		struct aisp_doc *items = aisp_arena_zalloc(a, d->n, sizeof *items);
		if (!items)
			return aisp_act__no_memory(err);
		memcpy(items, d->items, d->n * sizeof *items);
		d->items = items;
		for (uint32_t i = 0; r == 0 && i < d->n; i++)
			r = fill(a, &items[i], saved, depth + 1, missing, err);
	} else if (d->type == AISP_DOC_OBJ && d->n) {
		struct aisp_member *m = aisp_arena_zalloc(a, d->n, sizeof *m);
		if (!m)
			return aisp_act__no_memory(err);
		memcpy(m, d->members, d->n * sizeof *m);
		d->members = m;
		for (uint32_t i = 0; r == 0 && i < d->n; i++)
			r = fill(a, &m[i].value, saved, depth + 1, missing, err);
	}
	return r;
}

int aisp_change__fill(struct aisp_arena *a, const struct aisp_doc *d, const struct aisp_saved *saved, const struct aisp_doc **ret, bool *ret_missing, struct aisp_err *err)
{
	struct aisp_doc *copy = aisp_arena_zalloc(a, 1, sizeof *copy);
	bool missing = false;

	if (!copy)
		return aisp_act__no_memory(err);
	*copy = *d;
	int r = fill(a, copy, saved, 0, &missing, err);
	if (r == 0) {
		*ret = copy;
		if (ret_missing)
			*ret_missing = missing;
	}
	return r;
}

/* One step of a pointer, ~0 and ~1 resolved. */
static bool unescape(struct aisp_slice part, char ret[256], size_t *ret_n)
{
	size_t n = 0;

	for (size_t i = 0; i < part.n; i++) {
		if (n + 1 >= 256)
			return false;
		const bool tilde = part.p[i] == '~' && i + 1 < part.n;
		ret[n++] = tilde ? (part.p[i + 1] == '1' ? '/' : '~') : part.p[i];
		i += tilde;
	}
	*ret_n = n;
	return true;
}

/* A text that holds a JSON object or array, as the value; else itself. */
static const struct aisp_doc *inside(const struct aisp_doc *d, struct aisp_arena *a)
{
	const struct aisp_doc *in = NULL;
	struct aisp_slice s = d && d->type == AISP_DOC_STR ? aisp_slice_trim(d->s) : (struct aisp_slice){0};

	if (s.n < 2 || (s.p[0] != '{' && s.p[0] != '[') || aisp_act__json(a, s, &in, NULL) < 0)
		return d;
	return in;
}

const struct aisp_doc *aisp_change__at(const struct aisp_doc *d, struct aisp_slice pointer, struct aisp_arena *a)
{
	struct aisp_slice part;
	char name[256];
	uint64_t i;
	size_t n;

	if (pointer.n && pointer.p[0] != '/')
		return NULL;
	pointer = aisp_slice_from(pointer, pointer.n ? 1 : 0);
	bool more = pointer.n > 0;
	while (d && more && aisp_slice_split(&pointer, '/', &part)) {
		d = inside(d, a);
		if (!unescape(part, name, &n))
			return NULL;
		part = aisp_slice_of(name, n);
		if (d->type == AISP_DOC_ARR)
			d = aisp_slice_u64(part, &i) && i < d->n ? &d->items[i] : NULL;
		else
			d = aisp_doc_gets(d, part);
	}
	return d;
}

static bool same_members(const struct aisp_doc *x, const struct aisp_doc *y, struct aisp_arena *a, unsigned depth)
{
	for (uint32_t i = 0; i < x->n; i++) {
		const struct aisp_doc *other = aisp_doc_gets(y, x->members[i].key);
		if (!other || !aisp_change__same(&x->members[i].value, other, a, depth + 1))
			return false;
	}
	return true;
}

bool aisp_change__same(const struct aisp_doc *x, const struct aisp_doc *y, struct aisp_arena *a, unsigned depth)
{
	if (depth > DEPTH_MAX)
		return false;
	if (x->type == AISP_DOC_STR && y->type == AISP_DOC_STR && aisp_slice_eq(x->s, y->s))
		return true;
	x = inside(x, a);
	y = inside(y, a);
	if (x->type != y->type)
		return false;
	switch (x->type) {
	case AISP_DOC_NULL:
		return true;
	case AISP_DOC_BOOL:
		return x->b == y->b;
	case AISP_DOC_INT:
		return x->i == y->i;
	case AISP_DOC_REAL:
		return !(x->r < y->r) && !(x->r > y->r);
	case AISP_DOC_STR:
		return aisp_slice_eq(x->s, y->s);
	case AISP_DOC_ARR:
		if (x->n != y->n)
			return false;
		for (uint32_t i = 0; i < x->n; i++)
			if (!aisp_change__same(&x->items[i], &y->items[i], a, depth + 1))
				return false;
		return true;
	default:
		return x->n == y->n && same_members(x, y, a, depth);
	}
}

/* An item of the array, or all members of the object. */
static bool has(const struct aisp_doc *d, const struct aisp_doc *part, struct aisp_arena *a)
{
	if (!d)
		return false;
	d = inside(d, a);
	if (d->type == AISP_DOC_ARR) {
		for (uint32_t i = 0; i < d->n; i++)
			if (aisp_change__same(&d->items[i], part, a, 0))
				return true;
		return false;
	}
	part = inside(part, a);
	if (d->type == AISP_DOC_OBJ && part->type == AISP_DOC_OBJ)
		return same_members(part, d, a, 0);
	return aisp_change__same(d, part, a, 0);
}

bool aisp_change__holds(const struct aisp_doc *condition, const struct aisp_answer *answer, struct aisp_arena *a)
{
	const struct aisp_doc *want;

	if (!condition)
		return true;
	if ((want = aisp_doc_get(condition, "digest")))
		return aisp_slice_eqz(aisp_doc_str(want), answer->digest); /* no file: "" */
	const struct aisp_doc *d = answer->absent ? NULL : aisp_change__at(answer->doc, aisp_doc_getstr(condition, "at"), a);
	const bool nothing = !d || d->type == AISP_DOC_NULL || (d->type == AISP_DOC_ARR && d->n == 0);
	if (aisp_doc_get(condition, "absent"))
		return nothing;
	if (aisp_doc_get(condition, "present"))
		return !nothing;
	if ((want = aisp_doc_get(condition, "equals")))
		return d && aisp_change__same(d, want, a, 0);
	if ((want = aisp_doc_get(condition, "has")))
		return has(d, want, a);
	if ((want = aisp_doc_get(condition, "lacks")))
		return !has(d, want, a);
	return false;
}

int aisp_change__save(struct aisp_arena *a, const struct aisp_doc *names, const struct aisp_doc *answer, struct aisp_saved *saved, struct aisp_err *err)
{
	for (uint32_t i = 0; i < aisp_doc_count(names) && names->type == AISP_DOC_OBJ; i++) {
		const struct aisp_doc *v = aisp_change__at(answer, aisp_doc_str(&names->members[i].value), a);
		if (!v)
			continue;
		if (saved->n == sizeof saved->v / sizeof *saved->v)
			return aisp_fail(err, AISP_E_LIMIT, "a step of the plan saves more than %zu values", saved->n);
		saved->v[saved->n].name = names->members[i].key;
		saved->v[saved->n++].value = v;
	}
	return 0;
}

/* ---- Operations ---- */

static int run_kube(struct aisp_act *act, const struct aisp_doc *p, bool read, struct aisp_arena *mem, struct aisp_answer *ret, struct aisp_err *err)
{
	const struct aisp_doc *body = aisp_doc_get(p, "body");
	struct aisp_slice method = aisp_doc_getstr(p, "method"), type = aisp_doc_getstr(p, "content_type");
	AISP_AUTOBUF struct aisp_buf text = {0};
	struct aisp_jw w;
	long status = 0;

	aisp_buf_init(&text, 1 << 20);
	if (body && body->type == AISP_DOC_STR) {
		aisp_buf_put(&text, body->s);
	} else if (body && body->type != AISP_DOC_NULL) {
		aisp_jw_init(&w, &text, false);
		aisp_jw_doc(&w, body);
	}
	if (aisp_buf_check(&text, err) < 0)
		return text.bad;
	if (read && !aisp_slice_eqz(method, "GET"))
		return aisp_fail(err, AISP_E_USAGE, "a check of the plan is no read: %.*s", AISP_FMT(aisp_slice_to(method, 20)));
	int r = aisp_act_kube(act, aisp_doc_getstr(p, "cluster"), method.n ? method.p : "GET", aisp_doc_getstr(p, "path"), type.n ? type.p : NULL, aisp_buf_slice(&text), mem, &status, &ret->doc, err);
	if (r < 0)
		return r;
	struct aisp_slice said = aisp_slice_to(aisp_doc_getstr(ret->doc, "message"), 300);
	ret->absent = status == 404;
	if (status < 300 || (read && status == 404))
		return 0;
	return aisp_fail(err, status == 403 ? AISP_E_ACCESS : status == 404 ? AISP_E_NOTFOUND : AISP_E_CONFLICT, "the API server refused %.*s %.*s (%ld): %.*s", AISP_FMT(method),
			 AISP_FMT(aisp_slice_to(aisp_doc_getstr(p, "path"), 200)), status, AISP_FMT(said));
}

/* {"path","expect","becomes"} with "cut": [from, end] or "insert": from. */
static int cut_of(const struct aisp_doc *p, struct aisp_slice name, struct aisp_act_cut *ret, struct aisp_err *err)
{
	const struct aisp_doc *cut = aisp_doc_get(p, "cut");
	const int64_t from = aisp_doc_int(cut ? aisp_doc_at(cut, 0) : aisp_doc_get(p, "insert"), -1), end = cut ? aisp_doc_int(aisp_doc_at(cut, 1), -1) : from;

	*ret = (struct aisp_act_cut){.name = name, .path = aisp_doc_getstr(p, "path"), .expect = aisp_doc_getstr(p, "expect"), .becomes = aisp_doc_getstr(p, "becomes")};
	if (from < 0 || end < from || (cut && end == from))
		return aisp_fail(err, AISP_E_USAGE, "an operation on %.*s says neither which bytes are cut out nor where they are put back", AISP_FMT(aisp_slice_to(ret->path, 200)));
	ret->from = (size_t)from;
	ret->end = (size_t)end;
	return 0;
}

static int run_file(struct aisp_act *act, const struct aisp_doc *p, bool read, struct aisp_slice name, struct aisp_answer *ret, struct aisp_err *err)
{
	struct aisp_act_cut c;
	struct aisp_err why = {0};

	if (!read) {
		int r = cut_of(p, name, &c, err);
		return r < 0 ? r : aisp_doc_get(p, "cut") ? aisp_act_file_cut(act, &c, err) : aisp_act_file_insert(act, &c, err);
	}
	int r = aisp_act_file_digest(act, aisp_doc_getstr(p, "path"), ret->digest, &why);
	if (r == AISP_E_NOTFOUND && strstr(why.msg, "--with") == NULL) {
		ret->absent = true;
		ret->digest[0] = '\0';
		return 0;
	}
	return r < 0 ? aisp_fail(err, (enum aisp_code)r, "%s", why.msg) : 0;
}

int aisp_change__forget(struct aisp_act *act, const struct aisp_doc *op, struct aisp_slice name, struct aisp_err *err)
{
	struct aisp_act_cut c;

	if (!aisp_slice_eqz(aisp_doc_getstr(op, "system"), "file"))
		return 0;
	int r = cut_of(aisp_doc_get(op, "arguments"), name, &c, err);
	return r == 0 ? aisp_act_file_forget(act, &c, err) : r;
}

int aisp_change__run(struct aisp_act *act, const struct aisp_doc *op, bool read, struct aisp_slice name, struct aisp_arena *mem, struct aisp_answer *ret, struct aisp_err *err)
{
	struct aisp_slice system = aisp_doc_getstr(op, "system");
	const struct aisp_doc *p = aisp_doc_get(op, "arguments");
	struct aisp_err why = {0};

	*ret = (struct aisp_answer){0};
	if (aisp_slice_eqz(system, "postgres"))
		return aisp_act_sql(act, aisp_doc_getstr(p, "server"), aisp_doc_getstr(p, "database"), aisp_doc_getstr(p, "sql"), read, mem, &ret->doc, err);
	if (aisp_slice_eqz(system, "kubernetes"))
		return run_kube(act, p, read, mem, ret, err);
	if (aisp_slice_eqz(system, "file"))
		return run_file(act, p, read, name, ret, err);
	if (!aisp_slice_eqz(system, "aws"))
		return aisp_fail(err, AISP_E_USAGE, "a person must do this: %.*s", AISP_FMT(aisp_doc_getstr(p, "text")));
	const struct aisp_act__op *row = aisp_act__op_find(aisp_doc_getstr(p, "operation"));
	if (read && row && !row->reads)
		return aisp_fail(err, AISP_E_USAGE, "a check of the plan is no read: %s", row->name);
	int r = aisp_act_aws(act, aisp_doc_getstr(p, "account"), aisp_doc_getstr(p, "region"), aisp_doc_getstr(p, "operation"), aisp_doc_get(p, "params"), mem, &ret->doc, &why);
	if (r == AISP_E_NOTFOUND && read && strstr(why.msg, "--with") == NULL) {
		ret->absent = true;
		return 0;
	}
	return r < 0 ? aisp_fail(err, (enum aisp_code)r, "%s", why.msg) : 0;
}

int aisp_change__checks(struct aisp_act *act, const struct aisp_doc *checks, struct aisp_saved *saved, struct aisp_arena *mem, bool *ret_before, bool *ret_after, struct aisp_slice *ret_text,
			struct aisp_err *err)
{
	struct aisp_saved here = {0};
	bool before = true, after = true;
	int r = 0;

	saved = saved ? saved : &here;
	for (uint32_t i = 0; r == 0 && i < aisp_doc_count(checks); i++) {
		const struct aisp_doc *check = NULL;
		struct aisp_answer answer;
		r = aisp_change__fill(mem, &checks->items[i], saved, &check, NULL, err);
		if (r == 0)
			r = aisp_change__run(act, check, true, (struct aisp_slice){0}, mem, &answer, err);
		if (r < 0)
			break;
		if (!aisp_change__holds(aisp_doc_get(check, "before"), &answer, mem)) {
			if (before && ret_text)
				*ret_text = aisp_doc_getstr(check, "text");
			before = false;
		}
		after = after && aisp_change__holds(aisp_doc_get(check, "after"), &answer, mem);
		if (!answer.absent)
			r = aisp_change__save(mem, aisp_doc_get(check, "save"), answer.doc, saved, err);
	}
	if (r == 0) {
		*ret_before = before;
		*ret_after = after;
	}
	return r;
}
