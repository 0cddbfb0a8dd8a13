/* Text: concatenation, templates, and the methods of text, lists and dicts that keep or look up a value. */
#include "base/buf.h"
#include "scan/source/eval.h"

enum { TEXT_MAX = 65536, PARTS_MAX = 64 };

static void put_part(struct aisp_buf *b, const struct sval *v, bool *whole)
{
	if (v->kind == SV_STR || (v->kind == SV_OTHER && v->s.n)) {
		aisp_buf_put(b, v->s);
	} else if (v->kind == SV_TEXT) {
		aisp_buf_put(b, v->s);
		*whole = false;
	} else {
		aisp_buf_putc(b, '\001');
		*whole = false;
	}
}

static const struct sval *text_done(struct program *P, struct aisp_buf *b, bool whole)
{
	struct aisp_slice s;

	if (b->bad == AISP_E_LIMIT)
		return aisp_source__sv_unknown(P, "a text that is too long");
	s = aisp_arena_dup(P->a, aisp_buf_slice(b));
	if (!s.p || b->bad) {
		P->bad = AISP_E_NOMEM;
		return aisp_source__sv_unknown(P, "not known");
	}
	return aisp_source__sv_new(P, (struct sval){.kind = whole ? SV_STR : SV_TEXT, .s = s});
}

const struct sval *aisp_source__sv_concat(struct program *P, struct sx *x)
{
	AISP_AUTOBUF struct aisp_buf b = {0};
	const struct sval *vals[64];
	bool whole = true;
	size_t n = 0;

	for (uint32_t i = 0; i < x->n && n < 64; i++)
		vals[n++] = aisp_source__eval(P, x->kids[i]);
	if (n == 2 && (vals[0]->kind == SV_LIST || vals[1]->kind == SV_LIST))
		return vals[0]->kind == SV_LIST ? aisp_source__sv_added(P, vals[0], vals[1]) : vals[1];
	if (n == 1 && vals[0]->kind != SV_OTHER)
		return vals[0]; /* f"{x}", `${x}` */
	aisp_buf_init(&b, TEXT_MAX);
	for (size_t i = 0; i < n; i++)
		put_part(&b, vals[i], &whole);
	if (x->n > n) {
		aisp_buf_putc(&b, '\001');
		whole = false;
	}
	return text_done(P, &b, whole);
}

/* "…{a}…".format(a=x) and "…%s…" % x: what is filled in stays unknown unless it is a keyword that we know. */
static const struct sval *formatted(struct program *P, const struct sval *t, struct sx *x, bool percent)
{
	AISP_AUTOBUF struct aisp_buf b = {0};
	bool whole = t->kind == SV_STR;

	aisp_buf_init(&b, TEXT_MAX);
	for (size_t i = 0; i < t->s.n; i++) {
		struct aisp_slice rest = aisp_slice_from(t->s, i);
		size_t end;

		if (percent && rest.p[0] == '%' && rest.n > 1) {
			whole = false;
			aisp_buf_putc(&b, '\001');
			i++;
			if (rest.p[1] == '(' && (end = aisp_slice_chr(rest, ')')) != SIZE_MAX)
				i += end;
		} else if (!percent && rest.p[0] == '{' && (end = aisp_slice_chr(rest, '}')) != SIZE_MAX) {
			struct aisp_slice key = aisp_slice_of(rest.p + 1, end - 1);
			const struct sval *v = aisp_source__sv_unknown(P, "not known");

			for (uint32_t k = 0; k < x->n; k++)
				if (key.n && aisp_slice_eq(x->args[k].name, key))
					v = aisp_source__eval(P, x->args[k].value);
			put_part(&b, v, &whole);
			i += end;
		} else {
			aisp_buf_putc(&b, rest.p[0]);
		}
	}
	return text_done(P, &b, whole);
}

/* Methods of text and lists that keep the value. */
/* settings.get("model", "gpt-4o") on a dict that we know */
static const struct sval *get_member(struct program *P, struct sx *x, const struct sval *dict)
{
	const struct sval *k = aisp_source__eval(P, x->args[0].value), *v = k->kind == SV_STR ? aisp_source__sv_member(dict, k->s) : NULL;

	if (v)
		return v;
	return x->n > 1 ? aisp_source__eval(P, x->args[1].value) : aisp_source__sv_unknown(P, "not a member that is written here");
}

enum method { METHOD_NONE, METHOD_FORMAT, METHOD_PERCENT, METHOD_GET, METHOD_CONCAT, METHOD_VALUES, METHOD_KEEP, METHOD_OR };
static enum method method_of(const struct sx *x)
{
	static const struct {
		const char *name;
		enum method m;
		uint32_t args; /* at least */
	} rows[] = {
		{"format", METHOD_FORMAT, 0},    {"%", METHOD_PERCENT, 0},      {"get", METHOD_GET, 1},      {"concat", METHOD_CONCAT, 1},
		{"values", METHOD_VALUES, 0},    {"strip", METHOD_KEEP, 0},     {"rstrip", METHOD_KEEP, 0},  {"lstrip", METHOD_KEEP, 0},
		{"trim", METHOD_KEEP, 0},        {"trimEnd", METHOD_KEEP, 0},   {"copy", METHOD_KEEP, 0},    {"dedent", METHOD_KEEP, 0},
		{"toString", METHOD_KEEP, 0},    {"unwrap", METHOD_KEEP, 0},    {"as_posix", METHOD_KEEP, 0}, {"get_secret_value", METHOD_KEEP, 0},
	};

	/* The same in Go, Java, C#, Rust, Ruby, PHP; "or" gives its argument when there is nothing. */
	static const char *const keep[] = {"freeze", "to_s", "to_string", "to_owned", "into", "as_str", "clone", "String", "ToString", "unwrap", "expect",
	                                   "ok", "as_ref", "as_deref", "intern", "to_sym", "presence", "stripIndent", "Trim", "get", "orElseThrow",
	                                   "toUri", "iter", "collect", "toList", NULL};
	static const char *const or[] = {"unwrap_or", "unwrap_or_else", "orElse", "orElseGet", "unwrap_or_default", NULL};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (aisp_slice_eqz(x->a->s, rows[i].name))
			return x->n >= rows[i].args ? rows[i].m : METHOD_NONE;
	if (!x->in || !aisp_source__is_shaped(x->in->mod->lang))
		return METHOD_NONE;
	for (int i = 0; keep[i]; i++)
		if (aisp_slice_eqz(x->a->s, keep[i]))
			return METHOD_KEEP;
	for (int i = 0; or[i]; i++)
		if (aisp_slice_eqz(x->a->s, or[i]))
			return METHOD_OR;
	return METHOD_NONE;
}

/* env("X").unwrap_or("d"): the variable with a default. */
static const struct sval *or_else(struct program *P, struct sx *x, const struct sval *recv)
{
	const struct sval *d = x->n ? aisp_source__eval(P, x->args[0].value) : NULL;

	if (recv->kind != SV_ENV)
		return recv->kind == SV_STR ? recv : NULL;
	if (d && d->kind == SV_FUNC)
		d = aisp_source__sv_result(P, d->scope);
	if (!d || d->kind != SV_STR || recv->inner)
		return recv;
	return aisp_source__sv_new(P, (struct sval){.kind = SV_ENV, .s = recv->s, .inner = d});
}

/* Methods of text, lists and dicts that keep the value. */
const struct sval *aisp_source__sv_text_method(struct program *P, struct sx *x)
{
	enum method m = method_of(x);
	const struct sval *recv = m != METHOD_NONE ? aisp_source__eval(P, x->a->a) : NULL;
	bool text = recv && (recv->kind == SV_STR || recv->kind == SV_TEXT);

	switch (m) {
	case METHOD_FORMAT:
	case METHOD_PERCENT:
		return text ? formatted(P, recv, x, m == METHOD_PERCENT) : NULL;
	case METHOD_GET:
		return recv->kind == SV_DICT ? get_member(P, x, recv) : NULL;
	case METHOD_CONCAT:
		return recv->kind == SV_LIST ? aisp_source__sv_added(P, recv, aisp_source__eval(P, x->args[0].value)) : NULL;
	case METHOD_VALUES:
		return recv->kind == SV_DICT ? recv : NULL;
	case METHOD_KEEP:
		return text || recv->kind == SV_ENV || recv->kind == SV_LIST || recv->kind == SV_DICT ? recv : NULL;
	case METHOD_OR:
		return or_else(P, x, recv);
	case METHOD_NONE:
		break;
	}
	return NULL;
}
