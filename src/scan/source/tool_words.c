/* What the model is told of a tool: its description and its parameters, as the code writes them. */
#include "base/buf.h"
#include "scan/source/finish.h"
#include "scan/source/tool.h"

enum { TEXT_MAX = 1000, PARAMS_MAX = 64, TYPE_MAX = 120 };

static struct phit *at(struct program *P, uint32_t hit)
{
	return P->hits.v[hit - 1];
}

/* Trimmed, and cut at a whole character. */
struct aisp_slice aisp_source__tool_text(struct aisp_slice s)
{
	s = aisp_slice_trim(s);
	if (s.n > TEXT_MAX) {
		s = aisp_slice_to(s, TEXT_MAX);
		while (s.n && ((unsigned char)s.p[s.n - 1] & 0xc0) == 0x80)
			s.n--;
		if (s.n && ((unsigned char)s.p[s.n - 1] & 0xc0) == 0xc0)
			s.n--;
	}
	return s;
}

/* What a name stands for, as written. */
static struct sx *written(struct sx *x)
{
	for (unsigned i = 0; i < 3 && x && x->kind == SX_NAME; i++) {
		struct sx *to = NULL;
		uint32_t n = 0;

		for (const struct sscope *s = x->in; s && !n; s = s->parent) {
			struct sbind *const *b = aisp_source__binds_named(s, x->s, &n);

			to = n ? b[0]->value : NULL;
		}
		if (!to || (to->kind != SX_DICT && to->kind != SX_CALL && to->kind != SX_ATTR && to->kind != SX_NAME))
			break;
		x = to;
	}
	return x;
}

static struct aisp_slice text_of(const struct sval *v)
{
	return v && (v->kind == SV_STR || v->kind == SV_TEXT) ? v->s : aisp_slice_z("");
}

static struct aisp_slice name_of(const struct sx *x)
{
	for (unsigned i = 0; x && i < 16; i++) {
		if (x->kind == SX_NAME || x->kind == SX_ATTR)
			return x->s;
		x = x->a;
	}
	return aisp_slice_z("");
}

/* A sentence among the positional arguments: @tool("Looks up an order"), server.tool("name", "Looks up an order", …). */
static struct aisp_slice sentence(struct program *P, const struct sx *call)
{
	for (uint32_t i = 0; call && call->kind == SX_CALL && i < call->n && i < 4; i++) {
		struct aisp_slice s = call->args[i].name.n ? aisp_slice_z("") : text_of(aisp_source__eval(P, call->args[i].value));
		size_t sp = aisp_slice_chr(s, ' ');

		if (sp != SIZE_MAX && aisp_slice_chr(aisp_slice_from(s, sp + 1), ' ') != SIZE_MAX)
			return s;
	}
	return aisp_slice_z("");
}

/* [Description("…")], @Tool("…"): a text of any length of the mark itself. */
static struct aisp_slice marked(struct program *P, const struct sscope *f)
{
	static const char *const names[] = {"Description", "DescriptionAttribute", "Tool", "P", NULL};
	static const struct row value = {.roles = "text=value,description,name,#0"};

	for (const struct sroot *d = f->decorators; d; d = d->next)
		for (int i = 0; names[i] && d->x->kind == SX_CALL; i++) {
			struct aisp_slice s = aisp_slice_eqz(name_of(d->x), names[i]) ? text_of(aisp_source__role(P, &value, d->x, "text")) : aisp_slice_z("");

			if (s.n)
				return s;
		}
	return aisp_slice_z("");
}

/* Go: AddTool(tool, f) with tool := mcp.NewTool("n", mcp.WithDescription("…"), mcp.WithString("p")): the call that describes it. */
static const struct sx *described_by(const struct sx *call)
{
	const struct sx *x = call && call->kind == SX_CALL && call->n && call->in && call->in->mod->lang == AISP_SOURCE_GO ? call->args[0].value : NULL;

	x = x ? written((struct sx *)(uintptr_t)x) : NULL;
	return x && x->kind == SX_CALL ? x : NULL;
}

static struct aisp_slice description(struct program *P, const struct phit *h)
{
	static const struct row words = {.roles = "text=description,desc,tool_description,toolDescription,description_override,#1.description,for"};
	struct aisp_slice s = text_of(aisp_source__role(P, &words, h->call, "text"));

	if (!s.n)
		s = text_of(aisp_source__role(P, &words, described_by(h->call), "text"));
	if (!s.n)
		s = sentence(P, h->call);
	if (!s.n && h->func)
		s = marked(P, h->func);
	if (!s.n && h->func && h->func->kind == SSCOPE_CLASS)
		s = text_of(aisp_source__class_attr(P, h->func, AISP_S("description"), 0));
	if (!s.n && h->func)
		s = h->func->doc;
	s = aisp_source__tool_text(s);
	if (aisp_slice_chr(s, '\001') == SIZE_MAX)
		return s;
	s = aisp_arena_dup(P->a, s); /* parts that are not known */
	for (size_t i = 0; s.p && i < s.n; i++)
		if (s.p[i] == '\001')
			((char *)(uintptr_t)s.p)[i] = ' ';
	return s;
}

/* A type as it is written, shortly. */
static void put_type(struct aisp_buf *b, const struct sx *x, unsigned depth)
{
	if (!x || depth > 6 || b->n > TYPE_MAX)
		return;
	switch (x->kind) {
	case SX_NAME:
		aisp_buf_put(b, x->s);
		break;
	case SX_ATTR:
		put_type(b, x->a, depth + 1);
		aisp_buf_putc(b, '.');
		aisp_buf_put(b, x->s);
		break;
	case SX_STR:
		aisp_buf_putc(b, '"');
		aisp_buf_put_printable(b, aisp_slice_to(x->s, x->s.n < 40 ? x->s.n : 40));
		aisp_buf_putc(b, '"');
		break;
	case SX_NULL:
		aisp_buf_putz(b, "None");
		break;
	case SX_INDEX:
		put_type(b, x->a, depth + 1);
		aisp_buf_putc(b, '[');
		for (uint32_t i = 0; i < x->n && i < 6; i++) {
			if (i)
				aisp_buf_putz(b, ", ");
			put_type(b, x->kids[i], depth + 1);
		}
		aisp_buf_putc(b, ']');
		break;
	case SX_PIPE:
		put_type(b, x->kids[0], depth + 1);
		aisp_buf_putz(b, " | ");
		put_type(b, x->n > 1 ? x->kids[1] : NULL, depth + 1);
		break;
	default:
		break;
	}
}

struct list {
	struct aisp_source_param v[PARAMS_MAX];
	uint32_t n;
};

static void add(struct list *l, struct aisp_slice name, struct aisp_slice type)
{
	for (uint32_t i = 0; i < l->n; i++)
		if (aisp_slice_eq(l->v[i].name, name))
			return;
	if (name.n && name.n <= 100 && l->n < PARAMS_MAX)
		l->v[l->n++] = (struct aisp_source_param){name, type};
}

static struct aisp_slice type_text(struct program *P, const struct sx *x)
{
	AISP_AUTOBUF struct aisp_buf b;

	aisp_buf_init(&b, 400);
	put_type(&b, x, 0);
	return b.n && !b.bad ? aisp_arena_dup(P->a, aisp_buf_slice(&b)) : aisp_slice_z("");
}

/* z.string().describe("…"): the first word after the library. */
static struct aisp_slice schema_type(const struct sx *x)
{
	struct aisp_slice s = aisp_slice_z("");

	for (unsigned i = 0; x && i < 16; i++, x = x->a)
		if (x->kind == SX_ATTR)
			s = x->s;
	return s;
}

static void add_members(struct list *l, const struct sx *d)
{
	for (uint32_t i = 0; d->kind == SX_DICT && i < d->n; i++)
		add(l, d->args[i].name, schema_type(d->args[i].value));
}

/* z.object({…}), or { a: z.string() } itself, or a class whose fields are the parameters. */
static void from_schema(struct program *P, struct list *l, struct sx *x, unsigned depth)
{
	const struct sval *v;

	x = written(x);
	if (!x || depth > 3)
		return;
	if (x->kind == SX_ATTR && aisp_slice_eqz(x->s, "shape")) {
		from_schema(P, l, x->a, depth + 1);
		return;
	}
	if (x->kind == SX_DICT) {
		add_members(l, x);
		return;
	}
	if (x->kind == SX_CALL && x->n && x->args[0].value->kind == SX_DICT) {
		add_members(l, x->args[0].value);
		return;
	}
	if (x->kind == SX_CALL && x->a && x->a->kind == SX_ATTR) { /* z.object({…}).strict() */
		from_schema(P, l, x->a->a, depth + 1);
		return;
	}
	v = aisp_source__eval(P, x);
	for (const struct sbind *b = v->kind == SV_CLASS ? v->scope->binds : NULL; b; b = b->next)
		if (b->annot && b->name.n && b->name.p[0] != '_' && !aisp_slice_eqz(b->name, "model_config"))
			add(l, b->name, type_text(P, b->annot));
}

static bool is_schema_key(struct aisp_slice s)
{
	static const char *const keys[] = {"parameters", "inputSchema", "schema", "args_schema", "paramsSchema", NULL};

	for (int i = 0; keys[i]; i++)
		if (aisp_slice_eqz(s, keys[i]))
			return true;
	return false;
}

/* The schema among the arguments of the call that makes the tool. */
static void from_call(struct program *P, struct list *l, const struct sx *call)
{
	for (uint32_t i = 0; call && call->kind == SX_CALL && i < call->n; i++) {
		const struct sx_arg *a = &call->args[i];
		const struct sx *d = a->name.n ? a->value : written(a->value);

		if (is_schema_key(a->name))
			from_schema(P, l, a->value, 0);
		for (uint32_t k = 0; !a->name.n && d->kind == SX_DICT && k < d->n; k++)
			if (is_schema_key(d->args[k].name))
				from_schema(P, l, d->args[k].value, 0);
		/* server.tool("n", "d", { a: z.number() }, f) */
		if (!a->name.n && d->kind == SX_DICT && d->n && d->args[0].value->kind == SX_CALL && i > 0 && !l->n)
			add_members(l, d);
	}
}

/* WithString("path"), WithNumber("n") */
static void from_options(struct list *l, const struct sx *call)
{
	static const char *const types[] = {"String", "Number", "Boolean", "Integer", "Object", "Array", NULL};

	for (uint32_t i = 1; call && i < call->n; i++) {
		const struct sx *o = call->args[i].value;
		struct aisp_slice name = o->kind == SX_CALL ? name_of(o->a) : aisp_slice_z("");

		if (!aisp_slice_starts(name, AISP_S("With")) || !o->n || o->args[0].value->kind != SX_STR)
			continue;
		for (int k = 0; types[k]; k++)
			if (aisp_slice_eqz(aisp_slice_from(name, 4), types[k]))
				add(l, o->args[0].value->s, aisp_slice_z(types[k]));
	}
}

static bool is_context(struct aisp_slice type)
{
	return aisp_slice_starts(type, AISP_S("RunContext")) || aisp_slice_starts(type, AISP_S("ToolContext")) || aisp_slice_starts(type, AISP_S("ToolRuntime")) || aisp_slice_eqz(type, "Context") ||
	       aisp_slice_eqz(type, "context.Context") || aisp_slice_eqz(type, "CancellationToken") || aisp_slice_ends(type, AISP_S("CallToolRequest")) || aisp_slice_starts(type, AISP_S("Context["));
}

static struct aisp_slice written_type(struct program *P, const struct sparam *p)
{
	struct aisp_slice t = p->type;

	if (t.n && t.p[0] == ':') /* TypeScript's annotation begins with it */
		t = aisp_slice_trim(aisp_slice_from(t, 1));
	if (t.n)
		return t.n <= TYPE_MAX && aisp_slice_chr(t, '\n') == SIZE_MAX ? t : aisp_slice_z("");
	return p->annot ? type_text(P, p->annot) : t;
}

static void destructured(struct list *l, const struct sscope *f, struct aisp_slice whole)
{
	for (const struct sbind *b = f->binds; b; b = b->next)
		if (b->value && b->value->kind == SX_ATTR && b->value->a && b->value->a->kind == SX_NAME && aisp_slice_eq(b->value->a->s, whole))
			add(l, b->value->s, aisp_slice_z(""));
}

static void from_function(struct program *P, struct list *l, const struct sscope *f)
{
	bool self = f->parent && f->parent->kind == SSCOPE_CLASS && !f->is_static && aisp_source__is_python(f->mod->lang);

	for (uint32_t i = self ? 1 : 0; i < f->n_params; i++) {
		const struct sparam *p = &f->params[i];
		struct aisp_slice type = written_type(P, p);

		if (p->name.n && p->name.p[0] == '\001') /* ({ city, days }) => … */
			destructured(l, f, p->name);
		else if (!is_context(type))
			add(l, p->name, type);
	}
}

/* The method of a tool's class that runs it. */
static const struct sscope *runs(const struct sscope *c)
{
	static const char *const names[] = {"_run", "forward", "run", "_call", "call", "execute", "invoke", "_arun", "__call__", NULL};

	for (int i = 0; names[i]; i++)
		for (const struct sscope *m = c->kids; m; m = m->next)
			if (aisp_slice_eqz(m->name, names[i]))
				return m;
	return NULL;
}

void aisp_source__tool_words(struct program *P, uint32_t hit)
{
	struct phit *h = at(P, hit);
	const struct sscope *f = h->func && h->func->kind == SSCOPE_CLASS ? runs(h->func) : h->func;
	struct aisp_source_param *copy;
	struct list l = {.n = 0};

	if (!h->h.description.n)
		h->h.description = description(P, h);
	if (h->h.n_params)
		return;
	from_call(P, &l, h->call);
	from_options(&l, described_by(h->call));
	if (!l.n && f)
		from_function(P, &l, f);
	copy = l.n ? aisp_arena_alloc(P->a, l.n * sizeof *copy) : NULL;
	if (l.n && !copy)
		P->bad = AISP_E_NOMEM;
	if (!copy)
		return;
	memcpy(copy, l.v, l.n * sizeof *copy);
	h->h.params = copy;
	h->h.n_params = l.n;
}
