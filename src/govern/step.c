/* Putting steps together: operations, checks, texts, and small changes of JSON values. */
#include "govern/plan_int.h"
#include <stdarg.h>

const char *aisp_step_system_name(enum aisp_step_system s)
{
	static const char *const names[] = {"manual", "postgres", "kubernetes", "aws", "file"};
	return (size_t)s < sizeof names / sizeof *names ? names[s] : "manual";
}

int aisp_step__nomem(struct aisp_maker *m)
{
	return aisp_fail(m->err, AISP_E_NOMEM, "out of memory while writing the steps of a plan");
}

static struct aisp_slice vfmt(struct aisp_maker *m, const char *fmt, va_list ap)
{
	AISP_AUTOBUF struct aisp_buf b = {0};
	aisp_buf_init(&b, 1u << 26);
	aisp_buf_vprintf(&b, fmt, ap);
	return b.bad ? (struct aisp_slice){0} : aisp_arena_dup(m->a, aisp_buf_slice(&b));
}

struct aisp_slice aisp_step__fmt(struct aisp_maker *m, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	const struct aisp_slice s = vfmt(m, fmt, ap);
	va_end(ap);
	return s;
}

int aisp_step__what(struct aisp_maker *m, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	m->step->what = vfmt(m, fmt, ap);
	va_end(ap);
	return m->step->what.p ? 0 : aisp_step__nomem(m);
}

int aisp_step__note(struct aisp_maker *m, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	const struct aisp_slice more = vfmt(m, fmt, ap);
	va_end(ap);
	if (!more.p)
		return aisp_step__nomem(m);
	if (m->step->note.n && aisp_slice_find(m->step->note, more) != SIZE_MAX)
		return 0;
	m->step->note = m->step->note.n ? aisp_step__fmt(m, "%.*s; %.*s", AISP_FMT(m->step->note), AISP_FMT(more)) : more;
	return m->step->note.p ? 0 : aisp_step__nomem(m);
}

struct aisp_slice aisp_step__json_str(struct aisp_maker *m, struct aisp_slice s)
{
	AISP_AUTOBUF struct aisp_buf b = {0};
	aisp_buf_init(&b, 1u << 26);
	aisp_buf_putc(&b, '"');
	aisp_json_escape(&b, s);
	aisp_buf_putc(&b, '"');
	return b.bad ? (struct aisp_slice){0} : aisp_arena_dup(m->a, aisp_buf_slice(&b));
}

/* Room for one more of n things; lists of steps are short. */
static void *grown(struct aisp_arena *a, const void *old, size_t n, size_t size)
{
	char *v = aisp_arena_alloc(a, (n + 1) * size);
	if (v && n)
		memcpy(v, old, n * size);
	return v;
}

int aisp_step__add(struct aisp_maker *m, enum aisp_step_list list, enum aisp_step_system system, struct aisp_slice json, struct aisp_slice text)
{
	struct aisp_step *st = m->step;
	struct aisp_operation **v = list == AISP_DOES ? &st->does : &st->undoes;
	size_t *n = list == AISP_DOES ? &st->n_does : &st->n_undoes;
	const struct aisp_operation op = {.system = system, .json = aisp_arena_dup(m->a, json), .text = aisp_arena_dup(m->a, text)};
	struct aisp_operation *more = grown(m->a, *v, *n, sizeof **v);
	if (!json.p || !more || !op.json.p || !op.text.p)
		return aisp_step__nomem(m);
	more[(*n)++] = op;
	*v = more;
	return 0;
}

int aisp_step__check(struct aisp_maker *m, enum aisp_step_system system, struct aisp_slice json, struct aisp_slice text, struct aisp_slice before, struct aisp_slice after,
                     struct aisp_slice save)
{
	struct aisp_step *st = m->step;
	struct aisp_operation *ops = grown(m->a, st->checks, st->n_checks, sizeof *ops);
	struct aisp_slice *b = grown(m->a, st->expects, st->n_checks, sizeof *b), *f = grown(m->a, st->expects_after, st->n_checks, sizeof *f);
	if (!json.p || !before.p || !after.p || !ops || !b || !f)
		return aisp_step__nomem(m);
	ops[st->n_checks] = (struct aisp_operation){.system = system, .json = aisp_arena_dup(m->a, json), .text = aisp_arena_dup(m->a, text)};
	b[st->n_checks] = aisp_arena_dup(m->a, before);
	f[st->n_checks] = aisp_arena_dup(m->a, after);
	if (save.n)
		ops[st->n_checks].save = aisp_arena_dup(m->a, save);
	if (!ops[st->n_checks].json.p || !b[st->n_checks].p || !f[st->n_checks].p)
		return aisp_step__nomem(m);
	st->checks = ops;
	st->expects = b;
	st->expects_after = f;
	st->n_checks++;
	return 0;
}

int aisp_step__manual(struct aisp_maker *m, struct aisp_slice text)
{
	struct aisp_step *st = m->step;
	const struct aisp_slice quoted = text.p ? aisp_step__json_str(m, text) : (struct aisp_slice){0};
	st->automatic = false;
	st->n_does = st->n_undoes = st->n_checks = 0;
	if (!quoted.p)
		return aisp_step__nomem(m);
	return aisp_step__add(m, AISP_DOES, AISP_STEP_MANUAL, aisp_step__fmt(m, "{\"text\":%.*s}", AISP_FMT(quoted)), text);
}

/* ---- JSON values ---- */

static bool token_is(struct aisp_slice token, struct aisp_slice key)
{
	size_t k = 0;
	for (size_t i = 0; i < token.n; i++, k++) {
		char c = token.p[i];
		if (c == '~' && i + 1 < token.n && (token.p[i + 1] == '0' || token.p[i + 1] == '1'))
			c = token.p[++i] == '0' ? '~' : '/';
		if (k >= key.n || key.p[k] != c)
			return false;
	}
	return k == key.n;
}

static const struct aisp_doc *child(const struct aisp_doc *d, struct aisp_slice token)
{
	uint64_t i;
	if (d && d->type == AISP_DOC_ARR)
		return aisp_slice_u64(token, &i) && i < d->n ? &d->items[i] : NULL;
	for (uint32_t k = 0; d && d->type == AISP_DOC_OBJ && k < d->n; k++)
		if (token_is(token, d->members[k].key))
			return &d->members[k].value;
	return NULL;
}

const struct aisp_doc *aisp_step__at(const struct aisp_doc *d, struct aisp_slice pointer)
{
	struct aisp_slice rest = pointer, token;
	if (pointer.n == 0)
		return d;
	if (pointer.p[0] != '/')
		return NULL;
	rest = aisp_slice_from(pointer, 1);
	if (rest.n == 0)
		rest = AISP_S("");
	while (d && aisp_slice_split(&rest, '/', &token))
		d = child(d, token);
	return d;
}

struct gone {
	const struct aisp_doc **v;
	size_t n;
};

static bool is_gone(const struct gone *g, const struct aisp_doc *d)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->v[i] == d)
			return true;
	return false;
}

static void put_without(struct aisp_jw *w, const struct aisp_doc *d, const struct gone *gone)
{
	if (d->type == AISP_DOC_OBJ) {
		aisp_jw_obj(w);
		for (uint32_t i = 0; i < d->n; i++) {
			if (is_gone(gone, &d->members[i].value))
				continue;
			aisp_jw_keys(w, d->members[i].key);
			put_without(w, &d->members[i].value, gone);
		}
		aisp_jw_end(w);
	} else if (d->type == AISP_DOC_ARR) {
		aisp_jw_arr(w);
		for (uint32_t i = 0; i < d->n; i++)
			if (!is_gone(gone, &d->items[i]))
				put_without(w, &d->items[i], gone);
		aisp_jw_end(w);
	} else {
		aisp_jw_doc(w, d);
	}
}

int aisp_step__without(struct aisp_maker *m, const struct aisp_doc *d, const struct aisp_slice *pointers, size_t n, struct aisp_slice *ret_json)
{
	struct gone gone = {aisp_arena_alloc(m->a, (n + 1) * sizeof *gone.v), 0};
	AISP_AUTOBUF struct aisp_buf b = {0};
	struct aisp_jw w;
	if (!gone.v)
		return aisp_step__nomem(m);
	for (; gone.n < n; gone.n++) {
		gone.v[gone.n] = aisp_step__at(d, pointers[gone.n]);
		if (!gone.v[gone.n] || gone.v[gone.n] == d)
			return AISP_E_NOTFOUND;
	}
	aisp_buf_init(&b, 1u << 24);
	aisp_jw_init(&w, &b, false);
	put_without(&w, d, &gone);
	*ret_json = b.bad ? (struct aisp_slice){0} : aisp_arena_dup(m->a, aisp_buf_slice(&b));
	return ret_json->p ? 0 : aisp_step__nomem(m);
}

struct aisp_slice aisp_step__compact(struct aisp_maker *m, const struct aisp_doc *d)
{
	AISP_AUTOBUF struct aisp_buf b = {0};
	struct aisp_jw w;
	aisp_buf_init(&b, 1u << 24);
	aisp_jw_init(&w, &b, false);
	aisp_jw_doc(&w, d);
	return b.bad ? (struct aisp_slice){0} : aisp_arena_dup(m->a, aisp_buf_slice(&b));
}

const struct aisp_evidence *aisp_step__file_evidence(const struct aisp_snapshot *s, uint32_t at, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (s->evidence[at + i].form == AISP_EV_FILE && s->evidence[at + i].locator)
			return &s->evidence[at + i];
	return NULL;
}

bool aisp_step__item(struct aisp_slice control, struct aisp_slice *ret_list, uint64_t *ret_index)
{
	const size_t cut = aisp_slice_rchr(control, '/');
	if (cut == SIZE_MAX || aisp_slice_find(aisp_slice_to(control, cut), AISP_S("#/")) == SIZE_MAX || !aisp_slice_u64(aisp_slice_from(control, cut + 1), ret_index))
		return false;
	*ret_list = aisp_slice_to(control, cut);
	return true;
}
