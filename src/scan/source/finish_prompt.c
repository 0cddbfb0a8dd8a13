/* System prompts in what is handed to a model or agent: a text, a prompt object, or messages. */
#include "scan/source/finish.h"

static struct phit *at(struct program *P, uint32_t hit)
{
	return P->hits.v[hit - 1];
}

/* The expression a value comes from: through names and imports to where it is written. */
static struct sx *source_of(struct program *P, struct sx *x)
{
	for (unsigned i = 0; x && i < 8; i++) {
		struct sscope *s = x->in;
		struct sx *to = NULL;

		if (x->kind == SX_IMPORT && x->symbol->n && s) {
			struct aisp_source_module *m = find_module(P, s->mod, x->s);

			if (!m)
				return x;
			need(P, m);
			for (const struct sbind *b = m->top ? m->top->binds : NULL; b && !to; b = b->next)
				if (aisp_slice_eq(b->name, *x->symbol))
					to = b->value;
		} else if (x->kind == SX_NAME) {
			for (; s && !to; s = s->parent)
				for (const struct sbind *b = s->kind == SSCOPE_CLASS ? NULL : s->binds; b && !to; b = b->next)
					if (aisp_slice_eq(b->name, x->s) && !b->adds)
						to = b->value;
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

/* A prompt of this text; the same text under the same name is the same prompt. */
static void prompt_text(struct program *P, uint32_t owner, const struct sval *v, struct sx *x)
{
	struct phit *o = at(P, owner);
	struct sx *src = x ? source_of(P, x) : NULL;
	struct sscope *scope = src && src->in ? src->in : o->scope;
	struct aisp_slice name = AISP_S("prompt");
	uint32_t line = src ? src->line : o->h.line, h;

	if (o->call && o->call->kind == SX_CALL && o->call->s.n && o->call->s.p[0] != '\002') {
		name = aisp_arena_printf(P->a, "%.*s.prompt", AISP_FMT(o->call->s));
		if (!name.p)
			name = AISP_S("prompt");
	}
	if (v->kind != SV_STR && v->kind != SV_TEXT)
		return;
	if (v->s.n < 4)
		return;
	if (src && src != x && src->a && (src->kind == SX_STR || src->kind == SX_CONCAT) && src->a->s.n)
		name = src->a->kind == SX_IMPORT ? *src->a->symbol : src->a->s;
	for (size_t i = 0; i < P->hits.n; i++) {
		const struct aisp_source_hit *e = &P->hits.v[i]->h;

		if (e->kind == AISP_SOURCE_PROMPT && scope && e->module == scope->mod->index && e->line == line &&
		    aisp_slice_eq(e->value.text, v->s)) {
			relate(P, owner, AISP_SOURCE_ROLE_FOLLOWS, (uint32_t)i + 1);
			return;
		}
	}
	h = hit_new(P, AISP_SOURCE_PROMPT, NULL, NULL, scope, name, line);
	if (!h)
		return;
	at(P, h)->finished = true;
	at(P, h)->h.value = value_of(P, v);
	relate(P, owner, AISP_SOURCE_ROLE_FOLLOWS, h);
}

/* System texts in what is handed over as a prompt: a text, a prompt object, or messages. */
static void prompts(struct program *P, uint32_t owner, const struct sval *v, struct sx *x, bool plain, unsigned depth)
{
	const struct sval *who, *what;
	uint32_t h = hit_now(P, sv_hit(v));

	if (!v || depth > 5 || !spend(P))
		return;
	if (h && at(P, h)->h.kind == AISP_SOURCE_PROMPT)
		relate(P, owner, AISP_SOURCE_ROLE_FOLLOWS, h);
	else if ((v->kind == SV_STR || v->kind == SV_TEXT) && plain)
		prompt_text(P, owner, v, x);
	if (v->kind == SV_DICT) {
		who = sv_member(v, AISP_S("role"));
		what = sv_member(v, AISP_S("content"));
		if (!what)
			what = sv_member(v, AISP_S("text"));
		if (what && (!who || (who->kind == SV_STR &&
		                      (aisp_slice_eqz(who->s, "system") || aisp_slice_eqz(who->s, "developer"))))) {
			struct sx *cx = NULL, *d = x ? source_of(P, x) : NULL;

			for (uint32_t i = 0; d && d->kind == SX_DICT && i < d->n; i++)
				if (aisp_slice_eqz(d->args[i].name, "content") || aisp_slice_eqz(d->args[i].name, "text"))
					cx = d->args[i].value;
			prompts(P, owner, what, cx, true, depth + 1);
		}
	}
	if (v->kind != SV_LIST && v->kind != SV_UNION)
		return;
	if (v->kind == SV_LIST && v->n == 2 && v->items[0]->kind == SV_STR) { /* ("system", text) */
		if (aisp_slice_eqz(v->items[0]->s, "system"))
			prompts(P, owner, v->items[1], x && x->kind == SX_LIST && x->n == 2 ? x->kids[1] : NULL, true, depth + 1);
		return;
	}
	for (uint32_t i = 0; i < v->n; i++) {
		struct sx *l = x ? source_of(P, x) : NULL;

		prompts(P, owner, v->items[i], l && l->kind == SX_LIST && i < l->n && v->n == l->n ? l->kids[i] : NULL,
		        plain && v->kind == SV_UNION, depth + 1);
	}
}

void finish_prompts(struct program *P, uint32_t hit)
{
	struct phit *h = at(P, hit);
	const struct sval *v = role(P, h->row, h->call, "prompt");
	struct sx *x = v ? arg_expr(h->row, h->call, "prompt") : NULL;

	if (v)
		prompts(P, hit, v, x, true, 0);
	/* both system= and messages= */
	h = at(P, hit);
	for (uint32_t i = 0; h->call && h->call->kind == SX_CALL && i < h->call->n; i++) {
		struct sx_arg a = h->call->args[i];

		if (aisp_slice_eqz(a.name, "messages") && a.value != x)
			prompts(P, hit, eval(P, a.value), a.value, false, 0);
		h = at(P, hit);
	}
}
