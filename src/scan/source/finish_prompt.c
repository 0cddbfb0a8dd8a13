/* System prompts in what is handed to a model or agent: a text, a prompt object, or messages. */
#include "scan/source/finish.h"

static struct phit *at(struct program *P, uint32_t hit)
{
	return P->hits.v[hit - 1];
}

/* What a name is bound to first, in its scope or one around; NULL if nothing. */
static struct sx *first_bound(const struct sscope *s, struct aisp_slice name)
{
	for (; s; s = s->parent)
		for (const struct sbind *b = s->kind == SSCOPE_CLASS ? NULL : s->binds; b; b = b->next)
			if (aisp_slice_eq(b->name, name) && !b->adds && b->value)
				return b->value;
	return NULL;
}

/* The expression a value comes from: through names and imports to where it is written. */
static struct sx *source_of(struct program *P, struct sx *x)
{
	for (unsigned i = 0; x && x->in && i < 8; i++) {
		struct sx *to = NULL;

		if (x->kind == SX_IMPORT && x->symbol->n) {
			struct aisp_source_module *m = aisp_source__find_module(P, x->in->mod, x->s);

			if (m)
				aisp_source__need(P, m);
			to = m && m->top ? first_bound(m->top, *x->symbol) : NULL;
		} else if (x->kind == SX_NAME) {
			to = first_bound(x->in, x->s);
		}
		if (!to)
			return x;
		if (to->kind == SX_STR || to->kind == SX_CONCAT)
			to->a = x; /* remembers its name */
		x = to;
	}
	return x;
}

static struct sx *arg_expr(const struct row *row, const struct sx *call, const char *name)
{
	struct aisp_slice spec = aisp_slice_z(row->roles), item, alt;
	size_t n = strlen(name);
	uint64_t want, pos;

	while (call->kind == SX_CALL && aisp_slice_split(&spec, ' ', &item)) {
		if (item.n <= n || item.p[n] != '=' || memcmp(item.p, name, n) != 0)
			continue;
		item = aisp_slice_from(item, n + 1);
		while (aisp_slice_split(&item, ',', &alt)) {
			pos = 0;
			for (uint32_t i = 0; i < call->n; i++) {
				const struct sx_arg *a = &call->args[i];

				if (a->name.n ? aisp_slice_eq(a->name, alt)
				              : alt.n > 1 && alt.p[0] == '#' && aisp_slice_u64(aisp_slice_from(alt, 1), &want) && pos++ == want)
					return a->value;
				for (uint32_t k = 0; a->value->kind == SX_DICT && k < a->value->n; k++)
					if (aisp_slice_eq(a->value->args[k].name, alt))
						return a->value->args[k].value;
			}
		}
	}
	return NULL;
}

/* The name of a text: of the constant it is, else "OWNER.prompt". */
static struct aisp_slice prompt_name(struct program *P, const struct phit *owner, const struct sx *src, const struct sx *x)
{
	struct aisp_slice s = {NULL, 0};

	if (src && src != x && src->a && (src->kind == SX_STR || src->kind == SX_CONCAT) && src->a->s.n)
		return src->a->kind == SX_IMPORT ? *src->a->symbol : src->a->s;
	if (owner->call && owner->call->kind == SX_CALL && owner->call->s.n && owner->call->s.p[0] != '\002')
		s = aisp_arena_printf(P->a, "%.*s.prompt", AISP_FMT(owner->call->s));
	return s.p ? s : AISP_S("prompt");
}

/* The prompt that is this text at this place already; 0 if none. */
static uint32_t same_prompt(const struct program *P, const struct sscope *scope, uint32_t line, struct aisp_slice text)
{
	for (size_t i = 0; scope && i < P->hits.n; i++) {
		const struct aisp_source_hit *e = &P->hits.v[i]->h;

		if (e->kind == AISP_SOURCE_PROMPT && e->module == scope->mod->index && e->line == line && aisp_slice_eq(e->value.text, text))
			return (uint32_t)i + 1;
	}
	return 0;
}

/* A prompt of this text; the same text under the same name is the same prompt. */
static void prompt_text(struct program *P, uint32_t owner, const struct sval *v, struct sx *x)
{
	const struct phit *o = at(P, owner);
	struct sx *src = x ? source_of(P, x) : NULL;
	struct sscope *scope = src && src->in ? src->in : o->scope;
	uint32_t line = src ? src->line : o->h.line, h;

	if ((v->kind != SV_STR && v->kind != SV_TEXT) || v->s.n < 4)
		return;
	h = same_prompt(P, scope, line, v->s);
	if (!h) {
		h = aisp_source__hit_new(P, AISP_SOURCE_PROMPT, NULL, NULL, scope, prompt_name(P, o, src, x), line);
		if (!h)
			return;
		at(P, h)->finished = true;
		at(P, h)->h.value = aisp_source__value_of(P, v);
	}
	aisp_source__relate(P, owner, AISP_SOURCE_ROLE_FOLLOWS, h);
}

static void prompts(struct program *P, uint32_t owner, const struct sval *v, struct sx *x, bool plain, unsigned depth);

static bool is_system(const struct sval *who)
{
	return who->kind == SV_STR && (aisp_slice_eqz(who->s, "system") || aisp_slice_eqz(who->s, "developer"));
}

/* {"role": "system", "content": text} and Anthropic's {"type": "text", "text": text}. */
static void prompt_message(struct program *P, uint32_t owner, const struct sval *v, struct sx *x, unsigned depth)
{
	const struct sval *who = aisp_source__sv_member(v, AISP_S("role")), *what = aisp_source__sv_member(v, AISP_S("content"));
	struct sx *d = x ? source_of(P, x) : NULL, *written = NULL;

	if (!what)
		what = aisp_source__sv_member(v, AISP_S("text"));
	if (!what || (who && !is_system(who)))
		return;
	for (uint32_t i = 0; d && d->kind == SX_DICT && i < d->n; i++)
		if (aisp_slice_eqz(d->args[i].name, "content") || aisp_slice_eqz(d->args[i].name, "text"))
			written = d->args[i].value;
	prompts(P, owner, what, written, true, depth + 1);
}

/* Messages, alternatives, and ("system", text). */
static void prompt_list(struct program *P, uint32_t owner, const struct sval *v, struct sx *x, bool plain, unsigned depth)
{
	struct sx *l = x ? source_of(P, x) : NULL;
	bool parallel = l && l->kind == SX_LIST && l->n == v->n;

	if (v->kind == SV_LIST && v->n == 2 && v->items[0]->kind == SV_STR) {
		if (is_system(v->items[0]))
			prompts(P, owner, v->items[1], parallel ? l->kids[1] : NULL, true, depth + 1);
		return;
	}
	for (uint32_t i = 0; i < v->n; i++)
		prompts(P, owner, v->items[i], parallel ? l->kids[i] : NULL, plain && v->kind == SV_UNION, depth + 1);
}

/* System texts in what is handed over as a prompt: a text, a prompt object, or messages. */
static void prompts(struct program *P, uint32_t owner, const struct sval *v, struct sx *x, bool plain, unsigned depth)
{
	uint32_t h = aisp_source__hit_now(P, aisp_source__sv_hit(v));

	if (depth > 5 || !spend(P))
		return;
	if (h && at(P, h)->h.kind == AISP_SOURCE_PROMPT)
		aisp_source__relate(P, owner, AISP_SOURCE_ROLE_FOLLOWS, h);
	else if (v->kind == SV_DICT)
		prompt_message(P, owner, v, x, depth);
	else if (v->kind == SV_LIST || v->kind == SV_UNION)
		prompt_list(P, owner, v, x, plain, depth);
	else if (plain)
		prompt_text(P, owner, v, x);
}

void aisp_source__finish_prompts(struct program *P, uint32_t hit)
{
	struct phit *h = at(P, hit);
	const struct sval *v = aisp_source__role(P, h->row, h->call, "prompt");
	struct sx *x = v ? arg_expr(h->row, h->call, "prompt") : NULL;

	if (v)
		prompts(P, hit, v, x, true, 0);
	/* both system= and messages= */
	h = at(P, hit);
	for (uint32_t i = 0; h->call && h->call->kind == SX_CALL && i < h->call->n; i++) {
		struct sx_arg a = h->call->args[i];

		if (aisp_slice_eqz(a.name, "messages") && a.value != x)
			prompts(P, hit, aisp_source__eval(P, a.value), a.value, false, 0);
		h = at(P, hit);
	}
}
