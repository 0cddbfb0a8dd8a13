/* Constants of Jinja expressions: putting texts together as the engine would, and the look at what comes out: names that lead from a
 * value to the interpreter, however they were written.
 *
 * Invariant: a text that is built is at most BUILT_MAX bytes; a longer one is unknown.
 */
#include "base/buf.h"
#include "scan/modelfile/template_int.h"

enum { BUILT_MAX = 16 << 10 };

void aisp_jinja__put_cp(struct aisp_buf *b, uint32_t cp)
{
	if (cp < 0x80) {
		aisp_buf_putc(b, (char)cp);
	} else if (cp < 0x800) {
		aisp_buf_putc(b, (char)(0xc0 | cp >> 6));
		aisp_buf_putc(b, (char)(0x80 | (cp & 63)));
	} else if (cp < 0x10000) {
		aisp_buf_putc(b, (char)(0xe0 | cp >> 12));
		aisp_buf_putc(b, (char)(0x80 | (cp >> 6 & 63)));
		aisp_buf_putc(b, (char)(0x80 | (cp & 63)));
	} else if (cp < 0x110000) {
		aisp_buf_putc(b, (char)(0xf0 | cp >> 18));
		aisp_buf_putc(b, (char)(0x80 | (cp >> 12 & 63)));
		aisp_buf_putc(b, (char)(0x80 | (cp >> 6 & 63)));
		aisp_buf_putc(b, (char)(0x80 | (cp & 63)));
	}
}

struct aisp_jinja_val aisp_jinja__unknown(unsigned flags)
{
	struct aisp_jinja_val v = {.flags = flags & (AISP_JINJA_CONTENT | AISP_JINJA_DATE | AISP_JINJA_TRIGGER | AISP_JINJA_CLOCK)};

	return v;
}

static struct aisp_jinja_val text_of(struct aisp_jinja *j, struct aisp_buf *b, unsigned flags)
{
	struct aisp_jinja_val v = {.is_str = true, .flags = flags};

	v.s = aisp_arena_dup(j->run->a, aisp_buf_slice(b));
	if (!v.s.p || b->bad)
		return aisp_jinja__unknown(flags);
	return v;
}

static bool dunder(struct aisp_slice s)
{
	return s.n > 4 && s.n < 64 && memcmp(s.p, "__", 2) == 0 && memcmp(s.p + s.n - 2, "__", 2) == 0;
}

/* Attributes that lead from a value to the interpreter. */
bool aisp_jinja__leads_out(struct aisp_slice name)
{
	static const char *const names[] = {"func_globals", "func_code", "gi_frame", "gi_code", "gi_yieldfrom", "cr_frame", "cr_code", "ag_frame",
	    "ag_code", "f_globals", "f_builtins", "f_back", "f_locals", "tb_frame", "tb_next", "im_func", "im_self", "co_consts", "co_code",
	    "_TemplateReference__context", "_get_default_module", "popen", "check_output", "Popen", "subprocess", "importlib", "import_module",
	    "load_module", "_module", "get_flashed_messages", "url_for", "linecache", "_load_parser", NULL};

	return dunder(name) || aisp_model__one_of(name, names) || aisp_model__prefixed(name, "_TemplateReference");
}

void aisp_jinja__attribute(struct aisp_jinja *j, struct aisp_slice name, bool built, const char *at)
{
	if (!aisp_jinja__leads_out(name))
		return;
	aisp_jinja__issue(j, AISP_MODEL_HIGH, at, name,
	                  built ? "a hidden name (put together or escaped) leads from a value to the interpreter when the template is rendered"
	                        : "leads from a value to the interpreter: code runs when the template is rendered outside a sandbox");
}

/* A constant that is a name or a dotted path with such a name, whatever it is used for. */
void aisp_jinja__constant(struct aisp_jinja *j, const struct aisp_jinja_val *v, const char *at)
{
	struct aisp_slice rest = v->s, part;

	if (!v->is_str || v->s.n < 5 || v->s.n > 300)
		return;
	if (v->s.p[0] == '{' || aisp_slice_chr(v->s, '{') != SIZE_MAX) {
		size_t open = aisp_slice_find(v->s, AISP_S(".__"));

		if (open != SIZE_MAX && aisp_slice_chr(aisp_slice_from(v->s, open), '}') != SIZE_MAX && aisp_slice_chr(v->s, ' ') == SIZE_MAX)
			aisp_jinja__issue(j, AISP_MODEL_HIGH, at, v->s, "a format field that walks to the interpreter");
	}
	for (size_t i = 0; i < v->s.n; i++)
		if (!aisp_jinja__ident(v->s.p[i], false) && v->s.p[i] != '.')
			return;
	while (aisp_slice_split(&rest, '.', &part))
		if (dunder(part) || aisp_model__prefixed(part, "_TemplateReference"))
			aisp_jinja__attribute(j, part, v->flags & AISP_JINJA_BUILT, at);
}

/* ---- building texts from constants */

struct aisp_jinja_val aisp_jinja__concat(struct aisp_jinja *j, const char *at, const struct aisp_jinja_val *a, const struct aisp_jinja_val *c)
{
	struct aisp_buf AISP_AUTOBUF b = {0};
	struct aisp_jinja_val v;
	unsigned flags = (a->flags | c->flags) | AISP_JINJA_BUILT;

	if (!(a->is_str || a->is_num) || !(c->is_str || c->is_num))
		return aisp_jinja__unknown(flags);
	aisp_buf_init(&b, BUILT_MAX);
	for (int i = 0; i < 2; i++) {
		const struct aisp_jinja_val *p = i ? c : a;

		if (p->is_str)
			aisp_buf_put(&b, p->s);
		else
			aisp_buf_printf(&b, "%lld", (long long)p->num);
	}
	v = text_of(j, &b, flags);
	aisp_jinja__constant(j, &v, at);
	return v;
}

struct aisp_jinja_val aisp_jinja__join(struct aisp_jinja *j, const char *at, const struct aisp_jinja_val *list, struct aisp_slice sep)
{
	struct aisp_buf AISP_AUTOBUF b = {0};
	struct aisp_jinja_val v;

	if (!list->items)
		return aisp_jinja__unknown(list->flags);
	aisp_buf_init(&b, BUILT_MAX);
	for (size_t i = 0; i < list->n_items; i++) {
		if (!list->items[i].is_str)
			return aisp_jinja__unknown(list->flags);
		if (i)
			aisp_buf_put(&b, sep);
		aisp_buf_put(&b, list->items[i].s);
	}
	v = text_of(j, &b, AISP_JINJA_BUILT);
	aisp_jinja__constant(j, &v, at);
	return v;
}

/* "%s%c" % (…), "…"|aisp_jinja__format(…) and "{}{0}".format(…). */
struct aisp_jinja_val aisp_jinja__format(struct aisp_jinja *j, const char *at, const struct aisp_jinja_val *f, const struct aisp_jinja_val *args, size_t n, bool braces)
{
	struct aisp_buf AISP_AUTOBUF b = {0};
	struct aisp_jinja_val v;
	size_t used = 0;

	aisp_buf_init(&b, BUILT_MAX);
	for (size_t i = 0; i < f->s.n; i++) {
		char c = f->s.p[i];

		if (c != (braces ? '{' : '%') || i + 1 >= f->s.n) {
			aisp_buf_putc(&b, c);
			continue;
		}
		if (braces) {
			while (i < f->s.n && f->s.p[i] != '}')
				i++;
		} else if (f->s.p[++i] == '%') {
			aisp_buf_putc(&b, '%');
			continue;
		}
		if (used >= n)
			return aisp_jinja__unknown(0);
		if (args[used].is_str)
			aisp_buf_put(&b, args[used].s);
		else if (args[used].is_num && !braces && f->s.p[i] == 'c')
			aisp_jinja__put_cp(&b, (uint32_t)(args[used].num & 0x1fffff));
		else if (args[used].is_num)
			aisp_buf_printf(&b, "%lld", (long long)args[used].num);
		else
			return aisp_jinja__unknown(0);
		used++;
	}
	v = text_of(j, &b, AISP_JINJA_BUILT);
	aisp_jinja__constant(j, &v, at);
	return v;
}

struct aisp_jinja_val aisp_jinja__reversed(struct aisp_jinja *j, const char *at, const struct aisp_jinja_val *s)
{
	struct aisp_buf AISP_AUTOBUF b = {0};
	struct aisp_jinja_val v;

	if (!s->is_str)
		return aisp_jinja__unknown(s->flags);
	aisp_buf_init(&b, BUILT_MAX);
	for (size_t i = s->s.n; i > 0; i--)
		aisp_buf_putc(&b, s->s.p[i - 1]);
	v = text_of(j, &b, s->flags | AISP_JINJA_BUILT);
	aisp_jinja__constant(j, &v, at);
	return v;
}

struct aisp_jinja_val aisp_jinja__replaced(struct aisp_jinja *j, const char *at, const struct aisp_jinja_val *s, const struct aisp_jinja_val *args, size_t n)
{
	struct aisp_buf AISP_AUTOBUF b = {0};
	struct aisp_slice rest = s->s;
	struct aisp_jinja_val v;
	size_t found;

	if (!s->is_str || n < 2 || !args[0].is_str || !args[1].is_str || !args[0].s.n)
		return aisp_jinja__unknown(s->flags);
	aisp_buf_init(&b, BUILT_MAX);
	while ((found = aisp_slice_find(rest, args[0].s)) != SIZE_MAX) {
		aisp_buf_put(&b, aisp_slice_to(rest, found));
		aisp_buf_put(&b, args[1].s);
		rest = aisp_slice_from(rest, found + args[0].s.n);
	}
	aisp_buf_put(&b, rest);
	v = text_of(j, &b, s->flags | AISP_JINJA_BUILT);
	aisp_jinja__constant(j, &v, at);
	return v;
}

struct aisp_jinja_val aisp_jinja__cased(struct aisp_jinja *j, const char *at, const struct aisp_jinja_val *s, bool upper)
{
	struct aisp_buf AISP_AUTOBUF b = {0};
	struct aisp_jinja_val v;

	if (!s->is_str)
		return aisp_jinja__unknown(s->flags);
	aisp_buf_init(&b, BUILT_MAX);
	for (size_t i = 0; i < s->s.n; i++) {
		char c = s->s.p[i];

		if (upper && c >= 'a' && c <= 'z')
			c = (char)(c - 32);
		else if (!upper && c >= 'A' && c <= 'Z')
			c = (char)(c + 32);
		aisp_buf_putc(&b, c);
	}
	v = text_of(j, &b, s->flags | AISP_JINJA_BUILT);
	aisp_jinja__constant(j, &v, at);
	return v;
}
