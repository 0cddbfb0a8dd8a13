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
		return sv_unknown(P, "a text that is too long");
	s = aisp_arena_dup(P->a, aisp_buf_slice(b));
	if (!s.p || b->bad) {
		P->bad = AISP_E_NOMEM;
		return sv_unknown(P, "not known");
	}
	return sv_new(P, (struct sval){.kind = whole ? SV_STR : SV_TEXT, .s = s});
}

const struct sval *sv_concat(struct program *P, struct sx *x)
{
	AISP_AUTOBUF struct aisp_buf b = {0};
	const struct sval *vals[64];
	bool whole = true;
	size_t n = 0;

	for (uint32_t i = 0; i < x->n && n < 64; i++)
		vals[n++] = eval(P, x->kids[i]);
	if (n == 2 && (vals[0]->kind == SV_LIST || vals[1]->kind == SV_LIST))
		return vals[0]->kind == SV_LIST ? sv_added(P, vals[0], vals[1]) : vals[1];
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
			const struct sval *v = sv_unknown(P, "not known");

			for (uint32_t k = 0; k < x->n; k++)
				if (key.n && aisp_slice_eq(x->args[k].name, key))
					v = eval(P, x->args[k].value);
			put_part(&b, v, &whole);
			i += end;
		} else {
			aisp_buf_putc(&b, rest.p[0]);
		}
	}
	return text_done(P, &b, whole);
}

/* Methods of text and lists that keep the value. */
const struct sval *sv_text_method(struct program *P, struct sx *x)
{
	static const char *const keep[] = {"strip", "rstrip", "lstrip", "trim", "trimEnd", "toString", "copy",
	                                   "unwrap", "get_secret_value", "as_posix", "dedent", NULL};
	struct aisp_slice m = x->a->s;
	const struct sval *recv;
	bool percent = aisp_slice_eqz(m, "%");

	if (percent || aisp_slice_eqz(m, "format")) {
		recv = eval(P, x->a->a);
		return recv->kind == SV_STR || recv->kind == SV_TEXT ? formatted(P, recv, x, percent) : NULL;
	}
	if (aisp_slice_eqz(m, "get") && x->n) { /* settings.get("model", "gpt-4o") on a dict that we know */
		recv = eval(P, x->a->a);
		if (recv->kind == SV_DICT) {
			const struct sval *k = eval(P, x->args[0].value), *v;

			v = k->kind == SV_STR ? sv_member(recv, k->s) : NULL;
			return v ? v : x->n > 1 ? eval(P, x->args[1].value) : sv_unknown(P, "not known");
		}
	}
	if (aisp_slice_eqz(m, "concat") && x->n == 1) {
		recv = eval(P, x->a->a);
		return recv->kind == SV_LIST ? sv_added(P, recv, eval(P, x->args[0].value)) : NULL;
	}
	if (aisp_slice_eqz(m, "values") && x->n == 0) {
		recv = eval(P, x->a->a);
		return recv->kind == SV_DICT ? recv : NULL;
	}
	for (int i = 0; keep[i]; i++) {
		if (!aisp_slice_eqz(m, keep[i]))
			continue;
		recv = eval(P, x->a->a);
		return recv->kind == SV_STR || recv->kind == SV_ENV || recv->kind == SV_TEXT || recv->kind == SV_LIST ||
		                       recv->kind == SV_DICT
		               ? recv
		               : NULL;
	}
	return NULL;
}
