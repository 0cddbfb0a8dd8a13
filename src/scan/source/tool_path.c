/* The path of a symbol as the imports give it, whether or not a row knows it. Unlike eval.c it follows only names, and says what
 * something is of, not what it holds.
 */
#include "base/buf.h"
#include "scan/source/tool.h"

enum { PATH_DEPTH = 14 };

static void cut(struct aisp_buf *b, size_t n)
{
	if (b->n > n) {
		b->n = n;
		b->p[n] = '\0';
	}
}

static bool path(struct program *P, struct sx *x, struct aisp_buf *out, unsigned depth);

static const struct sbind *bind_of(const struct sscope *s, struct aisp_slice name, const struct sx *use)
{
	const struct sbind *best = NULL;
	uint32_t n;
	struct sbind *const *list = aisp_source__binds_named(s, name, &n);

	for (uint32_t i = 0; i < n; i++)
		if (!list[i]->adds && (list[i]->value || list[i]->annot) && (!best || (s == use->in && list[i]->pos <= use->pos)))
			best = list[i];
	return best;
}

static bool bound(struct program *P, const struct sbind *b, struct aisp_buf *out, unsigned depth)
{
	size_t n = out->n;

	if (b->value && path(P, b->value, out, depth))
		return true;
	cut(out, n);
	return b->annot && path(P, b->annot, out, depth);
}

/* What stands for the object in a method: self, this. */
static bool is_self(const struct sx *x)
{
	const struct sscope *s = x->in;

	if (x->kind != SX_NAME || !s)
		return false;
	if (!aisp_source__is_python(s->mod->lang))
		return aisp_slice_eqz(x->s, "this") || aisp_slice_eqz(x->s, "self");
	while (s && s->kind == SSCOPE_FUNC && !(s->parent && s->parent->kind == SSCOPE_CLASS))
		s = s->parent;
	return s && s->kind == SSCOPE_FUNC && s->n_params && !s->is_static && aisp_slice_eq(s->params[0].name, x->s);
}

static struct sscope *class_around(struct sscope *s)
{
	while (s && s->kind != SSCOPE_CLASS)
		s = s->parent;
	return s;
}

static bool field(struct program *P, const struct sx *x, struct aisp_buf *out, unsigned depth)
{
	struct sscope *c = class_around(x->in);
	const struct sbind *b = c ? bind_of(c, x->s, x) : NULL;

	return b && bound(P, b, out, depth);
}

static bool import(struct program *P, const struct sx *x, struct aisp_buf *out, unsigned depth)
{
	struct aisp_source_module *from = x->in ? x->in->mod : NULL, *m;
	struct aisp_slice name = x->s;
	const struct sbind *b;

	if (!from || !x->s.n || x->s.p[0] == '\001')
		return false;
	m = aisp_source__is_shaped(from->lang) ? aisp_source__shape_find(P, from, x->s, *x->symbol) : aisp_source__find_module(P, from, x->s);
	if (m && m != from) {
		aisp_source__need(P, m);
		b = m->top && x->symbol->n ? bind_of(m->top, *x->symbol, x) : NULL;
		return b && bound(P, b, out, depth);
	}
	if (name.p[0] == '.')
		return false;
	if (aisp_slice_starts(name, AISP_S("node:")))
		name = aisp_slice_from(name, 5);
	aisp_buf_put(out, name);
	if (x->symbol->n && !aisp_slice_eqz(*x->symbol, "default")) {
		aisp_buf_putc(out, '.');
		aisp_buf_put(out, *x->symbol);
	}
	return true;
}

/* A name that nothing in the file binds: of those only what does something is worth saying. */
static bool global(struct program *P, struct sx *x, struct aisp_buf *out)
{
	static const char *const names[] = {"open", "eval", "exec", "compile", "fetch", "__import__", "system", "shell_exec", "passthru", "popen", "proc_open",
	                                    "unlink", "mail", "file_put_contents", "file_get_contents", "curl_exec", "rename", "rmdir", "mkdir", "process",
	                                    "window", "globalThis", "Deno", "Bun", "spawn", NULL};
	bool shaped = aisp_source__is_shaped(x->in->mod->lang), upper = x->s.p[0] >= 'A' && x->s.p[0] <= 'Z';
	const struct sval *v = aisp_source__eval(P, x);

	if (v->kind != SV_UNKNOWN && v->kind != SV_OBJ && v->kind != SV_LIB)
		return false;
	for (int i = 0; names[i]; i++)
		if (aisp_slice_eqz(x->s, names[i])) {
			aisp_buf_put(out, x->s);
			return true;
		}
	if (!shaped || !upper) /* File.Delete of a namespace that is used; Stripe::Refund */
		return false;
	aisp_buf_put(out, x->s);
	return true;
}

static bool name(struct program *P, struct sx *x, struct aisp_buf *out, unsigned depth)
{
	if (!x->s.n || !x->in)
		return false;
	for (struct sscope *s = x->in; s; s = s->parent) {
		const struct sbind *b = s->kind == SSCOPE_CLASS && s != x->in && !s->is_open ? NULL : bind_of(s, x->s, x);

		if (b)
			return b->value != x && bound(P, b, out, depth);
		for (uint32_t i = 0; i < s->n_params && s->kind == SSCOPE_FUNC; i++)
			if (aisp_slice_eq(s->params[i].name, x->s))
				return s->params[i].annot && path(P, s->params[i].annot, out, depth);
	}
	return global(P, x, out);
}

/* Not Client(), connect(), from_url(): those give a thing that does something. */
static bool gives_data(struct aisp_slice callee)
{
	static const char *const makers[] = {"client", "connect", "from", "create", "open", "build", "init", "session", "cursor", "new", "make", NULL};

	for (int i = 0; makers[i]; i++)
		if (aisp_slice_findi(callee, aisp_slice_z(makers[i])) != SIZE_MAX)
			return false;
	return callee.n && callee.p[0] >= 'a' && callee.p[0] <= 'z';
}

/* boto3.client("ses") is of the service; the answer of a function of the repository is what it returns. */
static bool answer(struct program *P, struct sx *x, struct aisp_buf *out, unsigned depth)
{
	static const char *const makers[] = {"client", "resource", "build", NULL};
	struct aisp_slice callee = x->a && (x->a->kind == SX_NAME || x->a->kind == SX_ATTR) ? x->a->s : aisp_slice_z("");
	const struct sval *f = x->a && x->a->kind == SX_NAME ? aisp_source__eval(P, x->a) : NULL;

	if (f && f->kind == SV_FUNC) {
		const struct sroot *r = f->scope->returns;

		return r && path(P, r->x, out, depth);
	}
	if (!path(P, x->a, out, depth))
		return false;
	P->path_answer |= gives_data(callee);
	for (int i = 0; makers[i]; i++) {
		if (!aisp_slice_eqz(callee, makers[i]) || !x->n || x->args[0].name.n || x->args[0].value->kind != SX_STR || x->args[0].value->s.n > 40)
			continue;
		cut(out, out->n > callee.n ? out->n - callee.n : 0);
		aisp_buf_put(out, x->args[0].value->s);
	}
	return true;
}

static bool attribute(struct program *P, struct sx *x, struct aisp_buf *out, unsigned depth)
{
	if (x->a && is_self(x->a))
		return field(P, x, out, depth);
	if (!path(P, x->a, out, depth))
		return false;
	aisp_buf_putc(out, '.');
	aisp_buf_put(out, x->s);
	return true;
}

static bool any_kid(struct program *P, struct sx *x, struct aisp_buf *out, unsigned depth)
{
	size_t n = out->n;

	for (uint32_t i = 0; i < x->n && i < 4; i++) {
		if (path(P, x->kids[i], out, depth))
			return true;
		cut(out, n);
	}
	return false;
}

static bool path(struct program *P, struct sx *x, struct aisp_buf *out, unsigned depth)
{
	size_t n = out->n;
	bool ok = false;

	if (!x || depth > PATH_DEPTH || out->bad || P->path_steps == 0)
		return false;
	P->path_steps--;
	switch (x->kind) {
	case SX_NAME:
		ok = name(P, x, out, depth + 1);
		break;
	case SX_ATTR:
		ok = attribute(P, x, out, depth + 1);
		break;
	case SX_CALL:
		ok = answer(P, x, out, depth + 1);
		break;
	case SX_IMPORT:
		ok = import(P, x, out, depth + 1);
		break;
	case SX_INDEX: /* Optional[X], Arc<X>; else an element */
		ok = path(P, x->a, out, depth + 1);
		if (x->n && (!ok || aisp_slice_starts(aisp_slice_from(aisp_buf_slice(out), n), AISP_S("typing")))) {
			cut(out, n);
			ok = path(P, x->kids[0], out, depth + 1);
		}
		break;
	case SX_OR:
	case SX_COND:
	case SX_PIPE:
		ok = any_kid(P, x, out, depth + 1);
		break;
	case SX_ITER:
	case SX_PART:
	case SX_SPREAD:
		ok = path(P, x->a, out, depth + 1);
		break;
	default:
		break;
	}
	if (!ok)
		cut(out, n);
	return ok && !out->bad;
}

bool aisp_source__path_of(struct program *P, struct sx *x, struct aisp_buf *out, unsigned depth)
{
	return path(P, x, out, depth);
}
