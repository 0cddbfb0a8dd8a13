/* What a call in a pickle means: who is called (followed through getattr, partial, attrgetter and the like), with what, and how bad
 * that is. A call runs while the file is loaded; a reference alone does not.
 */
#include "base/mem.h"
#include "scan/modelfile/pickle_int.h"

enum { NAME_BYTES = 600, NEST_MAX = 6, NESTED_BYTES = 16 << 20, WHAT_BYTES = 1000 };

static struct aisp_pk_val call_at(struct aisp_pickle *p, struct aisp_pk_val f, struct aisp_pk_val args, enum aisp_pk_how how, uint64_t at,
                                  int depth);

static const struct aisp_pk_val unknown = {.kind = AISP_PK_UNKNOWN};

static struct aisp_pk_val kid(const struct aisp_pk_val *args, uint32_t i)
{
	const struct aisp_pk_node *n = aisp_pk_node(args);

	return n && args->kind != AISP_PK_DICT && i < n->n ? n->kids[i] : unknown;
}

static uint32_t count(const struct aisp_pk_val *args)
{
	const struct aisp_pk_node *n = aisp_pk_node(args);

	return n ? n->n : 0;
}

/* args without the first `from`. */
static struct aisp_pk_val rest_of(struct aisp_pickle *p, const struct aisp_pk_val *args, uint32_t from, uint64_t at)
{
	struct aisp_pk_val v = aisp_pk_make(p, AISP_PK_TUPLE, at);
	struct aisp_pk_node *n = aisp_pk_node(&v);

	for (uint32_t i = from; n && i < count(args); i++)
		aisp_pk_add(p, n, kid(args, i));
	return v;
}

static struct aisp_pk_val made(struct aisp_pickle *p, enum aisp_pk_kind kind, struct aisp_pk_val head, const struct aisp_pk_val *args,
                               enum aisp_pk_how how, uint64_t at)
{
	struct aisp_pk_val v = aisp_pk_make(p, kind, at);
	struct aisp_pk_node *n = aisp_pk_node(&v);
	const struct aisp_pk_node *a = aisp_pk_node(args);

	if (!n)
		return v;
	n->head = head;
	n->how = (uint8_t)how;
	n->danger = aisp_pk_danger(p, &head);
	if (a) {
		n->kids = a->kids; /* shared: a tuple does not change */
		n->n = a->n;
		n->cap = a->n;
		if (!n->danger)
			n->danger = a->danger;
	}
	return v;
}

static bool is(const struct aisp_pk_global *g, const char *modules, const char *names)
{
	struct aisp_slice rest = aisp_slice_z(modules), one;
	bool in = false;

	while (!in && aisp_slice_split(&rest, ' ', &one))
		in = aisp_slice_eq(one, g->module);
	for (rest = aisp_slice_z(names); in && aisp_slice_split(&rest, ' ', &one);)
		if (aisp_slice_eq(one, g->qualname))
			return true;
	return false;
}

/* ---- telling ---- */

static void put_call(struct aisp_pickle *p, const struct aisp_pk_val *f, const struct aisp_pk_val *args, struct aisp_buf *to)
{
	aisp_buf_init(to, 64 << 10);
	aisp_pk_describe(p, f, 0, to);
	if (aisp_pk_node(args) && args->kind == AISP_PK_TUPLE && count(args) != 1) {
		aisp_pk_describe(p, args, 0, to);
	} else {
		aisp_buf_putc(to, '(');
		struct aisp_pk_val one = kid(args, 0);
		if (count(args))
			aisp_pk_describe(p, &one, 1, to);
		aisp_buf_putc(to, ')');
	}
}

static void tell(struct aisp_pickle *p, const char *rule, enum aisp_model_severity severity, const struct aisp_pk_val *f,
                 const struct aisp_pk_val *args, const char *why, const char *reference, uint64_t at)
{
	struct aisp_buf AISP_AUTOBUF what = {0}, AISP_AUTOBUF clause = {0};

	put_call(p, f, args, &what);
	aisp_buf_init(&clause, 4096);
	aisp_buf_printf(&clause, "loading calls it: it %s", why);
	if (what.bad == AISP_E_NOMEM || clause.bad) {
		aisp_model__nomem(p->run);
		return;
	}
	aisp_pk_issue(p, rule, severity, at, aisp_buf_slice(&what), clause.p, reference);
}

static void tell_name(struct aisp_pickle *p, const char *rule, enum aisp_model_severity severity, const struct aisp_pk_global *g,
                      const char *why, const char *reference, uint64_t at)
{
	struct aisp_buf AISP_AUTOBUF what = {0};

	aisp_buf_put(&what, g->module);
	if (g->qualname.n)
		aisp_buf_putc(&what, '.');
	aisp_buf_put(&what, g->qualname);
	if (what.bad)
		aisp_model__nomem(p->run);
	else
		aisp_pk_issue(p, rule, severity, at, aisp_buf_slice(&what), why, reference);
}

/* ---- nested data ---- */

static bool begins_pickle(struct aisp_slice s)
{
	return s.n > 2 && (unsigned char)s.p[0] == 0x80 && (unsigned char)s.p[1] <= 5;
}

static void look_inside(struct aisp_pickle *p, struct aisp_slice bytes, const struct aisp_input *part, const char *name, bool pickled)
{
	struct aisp_input in = part ? *part : aisp_input_mem(bytes);

	if (p->run->depth >= p->run->limits.max_depth || p->run->depth >= NEST_MAX) {
		aisp_model__partial(p->run, "pickles within pickles deeper than %d", NEST_MAX);
		return;
	}
	if (pickled) {
		struct aisp_slice where = aisp_arena_printf(p->run->tmp, "%.*s%s%s", AISP_FMT(p->where), p->where.n ? "!" : "", name);
		p->run->depth++;
		aisp_model__pickle(p->run, &in, where.p ? where : p->where);
		p->run->depth--;
	} else {
		struct aisp_slice outer = p->run->where;
		if (p->where.n)
			p->run->where = aisp_model__place(p->run, p->where);
		aisp_model__inside(p->run, &in, aisp_slice_z(name));
		p->run->where = outer;
	}
}

/* Bytes given to something that loads them. False when they cannot be told. */
static bool load_nested(struct aisp_pickle *p, const struct aisp_pk_val *v, const char *name, bool pickled)
{
	struct aisp_buf AISP_AUTOBUF b = {0};

	if (v->kind == AISP_PK_BYTES && v->form == AISP_PK_RAW) {
		struct aisp_input part = aisp_input_part(p->in, v->a, v->n);
		char head[2] = {0};
		size_t n = 0;
		(void)aisp_input_read_some(&part, 0, head, 2, &n, NULL);
		look_inside(p, AISP_S(""), &part, name, pickled && !(n == 2 && head[0] == 'P' && head[1] == 'K'));
		return true;
	}
	aisp_buf_init(&b, NESTED_BYTES + 1);
	if (!aisp_pk_text(p, v, NESTED_BYTES, &b))
		return false;
	look_inside(p, aisp_buf_slice(&b), NULL, name, pickled);
	return true;
}

/* Arguments that are pickles themselves, of calls that may well load them. */
static void nested_arguments(struct aisp_pickle *p, const struct aisp_pk_val *args)
{
	for (uint32_t i = 0; i < count(args) && i < 8; i++) {
		struct aisp_pk_val v = kid(args, i);
		struct aisp_buf AISP_AUTOBUF b = {0};
		if (v.kind != AISP_PK_BYTES && v.kind != AISP_PK_CALL)
			continue;
		aisp_buf_init(&b, NESTED_BYTES + 1);
		if (aisp_pk_text(p, &v, 64, &b) && begins_pickle(aisp_buf_slice(&b)))
			(void)load_nested(p, &v, "argument", true);
	}
}

/* ---- code objects ---- */

/* A name in a code object that lets it run commands, open files or connections. */
static bool names_danger(struct aisp_pickle *p, const struct aisp_pk_val *v, int depth, struct aisp_buf *found)
{
	const struct aisp_pk_node *n = aisp_pk_node(v);

	if (v->kind == AISP_PK_STR && v->n && v->n < 64) {
		aisp_buf_clear(found);
		if (!aisp_pk_text(p, v, 64, found))
			return false;
		struct aisp_slice s = aisp_buf_slice(found);
		if (aisp_slice_eqz(s, "site") || aisp_slice_eqz(s, "code") || aisp_slice_eqz(s, "trace") || aisp_slice_eqz(s, "profile") ||
		    aisp_slice_eqz(s, "test") || aisp_slice_eqz(s, "cmd") || aisp_slice_eqz(s, "glob") || aisp_slice_eqz(s, "platform"))
			return false;
		return aisp_model__name(s, AISP_S("anything")).kind == AISP_NAME_DANGEROUS ||
		       aisp_model__name(AISP_S("builtins"), s).kind == AISP_NAME_DANGEROUS ||
		       aisp_model__name(AISP_S("local"), s).kind == AISP_NAME_DANGEROUS;
	}
	for (uint32_t i = 0; n && depth < 4 && i < n->n; i++)
		if (names_danger(p, &n->kids[i], depth + 1, found))
			return true;
	return false;
}

static void scan_sources(struct aisp_pickle *p, const struct aisp_pk_val *v, int depth)
{
	const struct aisp_pk_node *n = aisp_pk_node(v);
	struct aisp_buf AISP_AUTOBUF text = {0};

	if (v->kind == AISP_PK_STR && v->n > 16 && v->n < (1 << 20) && aisp_pk_text(p, v, 1 << 20, &text))
		aisp_model__python(p->run, p->where, v->a, aisp_buf_slice(&text));
	for (uint32_t i = 0; n && depth < 4 && i < n->n; i++)
		scan_sources(p, &n->kids[i], depth + 1);
}

static struct aisp_pk_val module_or_type(struct aisp_pickle *p, const struct aisp_pk_global *g, const struct aisp_pk_val *args, uint64_t at,
                                         bool *ret_done)
{
	struct aisp_buf AISP_AUTOBUF name = {0};
	struct aisp_pk_val first = kid(args, 0);
	bool type = aisp_slice_eqz(g->qualname, "_builtin_type") || aisp_slice_eqz(g->qualname, "_load_type");
	bool module = aisp_slice_eqz(g->qualname, "subimport") || aisp_slice_eqz(g->qualname, "_import_module");

	*ret_done = false;
	if ((!type && !module) || !aisp_pk_text(p, &first, NAME_BYTES, &name))
		return unknown;
	*ret_done = true;
	if (type)
		return aisp_pk_global_val(p, AISP_S("types.builtin"), aisp_buf_slice(&name), at);
	/* dill's takes "module.attribute" as well. */
	size_t dot = aisp_slice_rchr(aisp_buf_slice(&name), '.');
	if (dot != SIZE_MAX && aisp_slice_eqz(g->qualname, "_import_module"))
		return aisp_pk_global_val(p, aisp_slice_to(aisp_buf_slice(&name), dot), aisp_slice_from(aisp_buf_slice(&name), dot + 1), at);
	return aisp_pk_global_val(p, aisp_buf_slice(&name), AISP_S(""), at);
}

static void call_code(struct aisp_pickle *p, struct aisp_pk_val f, const struct aisp_pk_val *args, uint64_t at)
{
	const struct aisp_pk_global *g = &p->globals.v[f.n];
	struct aisp_buf AISP_AUTOBUF found = {0};

	if (is(g, "dill._dill dill.dill", "_eval_repr _unmarshal")) {
		tell(p, "pickle-call", AISP_MODEL_HIGH, &f, args, "evaluates text or code held in the file", "", at);
		return;
	}
	if (aisp_slice_starts(g->module, AISP_S("torch.fx")))
		scan_sources(p, args, 0);
	bool makes = aisp_slice_findi(g->qualname, AISP_S("code")) != SIZE_MAX || aisp_slice_starts(g->module, AISP_S("torch.fx"));
	if (names_danger(p, args, 0, &found) && makes) {
		struct aisp_buf AISP_AUTOBUF why = {0};
		aisp_buf_printf(&why, "makes a function of code held in the file, which uses %.*s", AISP_FMT(aisp_buf_slice(&found)));
		tell(p, "pickle-code", AISP_MODEL_HIGH, &f, args, why.p ? why.p : g->name.why, "", at);
	} else if (makes) {
		tell_name(p, "pickle-code", AISP_MODEL_MEDIUM, g, "functions are made of code held in the file; using the model runs it", "", at);
	}
}

/* ---- judgement of one call ---- */

static void needs_code(struct aisp_pickle *p, const struct aisp_pk_global *g, uint64_t at)
{
	struct aisp_buf AISP_AUTOBUF what = {0};

	aisp_buf_put(&what, g->module);
	aisp_buf_putc(&what, '.');
	aisp_buf_put(&what, g->qualname);
	if (what.bad)
		aisp_model__nomem(p->run);
	else
		aisp_pk_issue(p, "pickle-needs-code", AISP_MODEL_INFO, at, aisp_buf_slice(&what), "a class that the loading program must have", "");
}

static void call_unlisted(struct aisp_pickle *p, struct aisp_pk_val f, const struct aisp_pk_val *args, enum aisp_pk_how how, uint64_t at)
{
	const struct aisp_pk_global *g = &p->globals.v[f.n];
	enum aisp_callable_kind kind = g->name.kind;
	bool constructed = how == AISP_PK_NEWOBJ;

	if (kind == AISP_NAME_LIBRARY_CLASS)
		return;
	if (constructed && (kind == AISP_NAME_LIBRARY_FUNCTION || kind == AISP_NAME_LIBRARY_RISKY))
		return;
	if (kind == AISP_NAME_LOCAL_CLASS || (constructed && kind == AISP_NAME_LOCAL_FUNCTION)) {
		needs_code(p, g, at);
		nested_arguments(p, args);
		return;
	}
	if (kind == AISP_NAME_STANDARD_CLASS || (constructed && kind == AISP_NAME_STANDARD_FUNCTION)) {
		tell(p, "pickle-unknown-call", constructed ? AISP_MODEL_LOW : AISP_MODEL_MEDIUM, &f, args,
		     "is a class of Python's library that saved data seldom need", "", at);
		return;
	}
	nested_arguments(p, args);
	if (kind == AISP_NAME_STANDARD_FUNCTION)
		tell(p, "pickle-call", AISP_MODEL_HIGH, &f, args, "is a function of Python's library with no use in saved data", "", at);
	else if (kind == AISP_NAME_LIBRARY_RISKY)
		tell(p, "pickle-call", AISP_MODEL_HIGH, &f, args, "runs, loads or fetches something, by its name", "", at);
	else
		tell(p, "pickle-unknown-call", AISP_MODEL_MEDIUM, &f, args, "is a function that is not known here", "", at);
}

static void call_loader(struct aisp_pickle *p, struct aisp_pk_val f, const struct aisp_pk_val *args, uint64_t at)
{
	struct aisp_pk_val v = kid(args, 0);
	const struct aisp_pk_global *g = &p->globals.v[f.n];
	bool pickled = aisp_slice_eqz(g->qualname, "loads") || aisp_slice_eqz(g->qualname, "_loads");

	bool own = pickled && (aisp_slice_starts(g->module, AISP_S("cloudpickle")) || aisp_slice_starts(g->module, AISP_S("dill")));
	if (pickled)
		tell(p, "pickle-nested", own ? AISP_MODEL_MEDIUM : AISP_MODEL_HIGH, &f, args, "unpickles other data, which hides them from scanners",
		     "", at);
	if (!load_nested(p, &v, pickled ? "pickle.loads" : "data", pickled))
		tell(p, "pickle-call", AISP_MODEL_HIGH, &f, args, "unpickles data that are put together while loading", "", at);
}

/* Dangerous things handed to a harmless call: map, partial, defaultdict … call them later, or at once. */
static void passes_danger(struct aisp_pickle *p, struct aisp_pk_val f, const struct aisp_pk_val *args, uint64_t at)
{
	uint32_t d = aisp_pk_danger(p, args);

	if (!d)
		return;
	struct aisp_pk_global *g = &p->globals.v[d - 1];
	struct aisp_buf AISP_AUTOBUF why = {0};
	aisp_buf_printf(&why, "is given %.*s%s%.*s, which %s", AISP_FMT(g->module), g->qualname.n ? "." : "", AISP_FMT(g->qualname), g->name.why);
	g->told = true;
	tell(p, "pickle-passes", AISP_MODEL_HIGH, &f, args, why.p ? why.p : "is given something dangerous", g->name.reference, at);
}

static void record_extension(struct aisp_pickle *p, const struct aisp_pk_val *args, uint64_t at)
{
	struct aisp_buf AISP_AUTOBUF m = {0}, AISP_AUTOBUF q = {0};
	struct aisp_pk_val a = kid(args, 0), b = kid(args, 1), code = kid(args, 2);

	if (p->n_ext == sizeof p->ext / sizeof *p->ext || code.kind != AISP_PK_INT || !aisp_pk_text(p, &a, NAME_BYTES, &m) ||
	    !aisp_pk_text(p, &b, NAME_BYTES, &q))
		return;
	struct aisp_pk_val g = aisp_pk_global_val(p, aisp_buf_slice(&m), aisp_buf_slice(&q), at);
	if (g.kind == AISP_PK_GLOBAL) {
		p->ext[p->n_ext].code = (int64_t)code.a;
		p->ext[p->n_ext++].global = g.n;
	}
}

static void call_dangerous(struct aisp_pickle *p, struct aisp_pk_val f, const struct aisp_pk_val *args, enum aisp_pk_how how, uint64_t at)
{
	struct aisp_pk_global *g = &p->globals.v[f.n];
	struct aisp_buf AISP_AUTOBUF b = {0};
	enum aisp_model_severity severity = aisp_pk_has_text(args, 0) ? AISP_MODEL_CRITICAL : AISP_MODEL_HIGH;

	g->told = true;
	if (how == AISP_PK_NEWOBJ && severity == AISP_MODEL_CRITICAL)
		severity = AISP_MODEL_HIGH; /* __new__ alone, without __init__ */
	tell(p, "pickle-call", severity, &f, args, g->name.why, g->name.reference, at);
	struct aisp_pk_val first = kid(args, 0);
	if (is(g, "marshal", "loads") && aisp_pk_text(p, &first, NESTED_BYTES, &b))
		aisp_model__python(p->run, p->where, at, aisp_buf_slice(&b));
	if (is(g, "copyreg copy_reg", "add_extension"))
		record_extension(p, args, at);
	nested_arguments(p, args);
}

static void judge(struct aisp_pickle *p, struct aisp_pk_val f, const struct aisp_pk_val *args, enum aisp_pk_how how, uint64_t at)
{
	struct aisp_pk_global *g = &p->globals.v[f.n];

	g->called = true;
	if (g->qualname.n == 0) {
		tell(p, "pickle-unknown-call", AISP_MODEL_LOW, &f, args, "is a module, which cannot be called", "", at);
		return;
	}
	if (g->name.kind == AISP_NAME_DANGEROUS) {
		call_dangerous(p, f, args, how, at);
		return;
	}
	passes_danger(p, f, args, at);
	g = &p->globals.v[f.n];
	switch (g->name.kind) {
	case AISP_NAME_HARMLESS:
	case AISP_NAME_DANGEROUS:
		break;
	case AISP_NAME_LOADER:
		call_loader(p, f, args, at);
		break;
	case AISP_NAME_CODEC:
		if (!aisp_slice_eqz(g->module, "_codecs"))
			tell(p, "pickle-unpacks", AISP_MODEL_LOW, &f, args, "decodes or unpacks data while loading", "", at);
		break;
	case AISP_NAME_CODE:
		call_code(p, f, args, at);
		break;
	default:
		call_unlisted(p, f, args, how, at);
		break;
	}
}

/* ---- following ---- */

/* getattr(object, name) */
static struct aisp_pk_val attribute(struct aisp_pickle *p, struct aisp_pk_val object, struct aisp_slice name, uint64_t at)
{
	struct aisp_buf AISP_AUTOBUF path = {0};
	const struct aisp_pk_node *n = aisp_pk_node(&object);

	if ((object.kind == AISP_PK_CALL || object.kind == AISP_PK_NEW) && n && n->head.kind == AISP_PK_GLOBAL)
		object = n->head;
	if (object.kind != AISP_PK_GLOBAL) {
		/* Methods of plain data compute, but for what leads out of them. */
		const char *type = object.kind == AISP_PK_STR ? "str" : object.kind == AISP_PK_BYTES ? "bytes" : object.kind == AISP_PK_LIST ? "list"
		                 : object.kind == AISP_PK_DICT ? "dict" : object.kind == AISP_PK_TUPLE ? "tuple" : object.kind == AISP_PK_INT ? "int" : NULL;
		if (!type)
			return unknown;
		aisp_buf_printf(&path, "%s.%.*s", type, AISP_FMT(name));
		return path.bad ? unknown : aisp_pk_global_val(p, AISP_S("builtins"), aisp_buf_slice(&path), at);
	}
	struct aisp_slice module = p->globals.v[object.n].module, qualname = p->globals.v[object.n].qualname;
	if (qualname.n) {
		aisp_buf_put(&path, qualname);
		aisp_buf_putc(&path, '.');
	}
	aisp_buf_put(&path, name);
	return path.bad ? unknown : aisp_pk_global_val(p, module, aisp_buf_slice(&path), at);
}

static struct aisp_pk_val get_attribute(struct aisp_pickle *p, const struct aisp_pk_val *object, const struct aisp_pk_val *name,
                                        struct aisp_pk_val f, const struct aisp_pk_val *args, uint64_t at)
{
	struct aisp_buf AISP_AUTOBUF text = {0};

	if (!aisp_pk_text(p, name, NAME_BYTES, &text)) {
		tell(p, "pickle-call", AISP_MODEL_HIGH, &f, args, "reaches an attribute whose name is computed", "", at);
		return unknown;
	}
	struct aisp_pk_val got = attribute(p, *object, aisp_buf_slice(&text), at);
	struct aisp_slice s = aisp_buf_slice(&text);
	if (got.kind == AISP_PK_UNKNOWN && aisp_slice_starts(s, AISP_S("__")) && aisp_slice_ends(s, AISP_S("__")))
		tell(p, "pickle-call", AISP_MODEL_HIGH, &f, args, "reaches a special attribute, the way out of any object", "", at);
	return got;
}

/* object.name(…) for methodcaller and attrgetter made earlier; `c` is the node of their making. */
static struct aisp_pk_val call_getter(struct aisp_pickle *p, const struct aisp_pk_node *c, bool calls, struct aisp_pk_val made_by,
                                      const struct aisp_pk_val *args, enum aisp_pk_how how, uint64_t at, int depth)
{
	struct aisp_pk_val object = kid(args, 0), name = c->n ? c->kids[0] : unknown;
	struct aisp_pk_val got = get_attribute(p, &object, &name, made_by, args, at);

	if (!calls)
		return got;
	struct aisp_pk_val tuple = aisp_pk_make(p, AISP_PK_TUPLE, at);
	struct aisp_pk_node *n = aisp_pk_node(&tuple);
	for (uint32_t i = 1; n && i < c->n; i++)
		aisp_pk_add(p, n, c->kids[i]);
	return call_at(p, got, tuple, how, at, depth + 1);
}

/* The result of a call is called. */
static struct aisp_pk_val call_result(struct aisp_pickle *p, struct aisp_pk_val f, struct aisp_pk_val args, enum aisp_pk_how how, uint64_t at,
                                      int depth)
{
	const struct aisp_pk_node *c = aisp_pk_node(&f);

	if (c && c->head.kind == AISP_PK_GLOBAL) {
		const struct aisp_pk_global *g = &p->globals.v[c->head.n];
		if (is(g, "operator _operator", "attrgetter methodcaller"))
			return call_getter(p, c, aisp_slice_eqz(g->qualname, "methodcaller"), f, &args, how, at, depth);
		if (is(g, "functools _functools", "partial") && c->n) {
			struct aisp_pk_val all = aisp_pk_make(p, AISP_PK_TUPLE, at), head = c->kids[0];
			struct aisp_pk_node *n = aisp_pk_node(&all);
			for (uint32_t i = 1; n && i < c->n; i++)
				aisp_pk_add(p, n, c->kids[i]);
			for (uint32_t i = 0; n && i < count(&args); i++)
				aisp_pk_add(p, n, kid(&args, i));
			return call_at(p, head, all, how, at, depth + 1);
		}
		if (is(g, "operator _operator", "itemgetter"))
			return made(p, AISP_PK_CALL, f, &args, how, at);
		if (g->name.kind == AISP_NAME_CODE) {
			tell(p, "pickle-call", AISP_MODEL_HIGH, &f, &args, "is a function whose code is held in the file", "", at);
			return made(p, AISP_PK_CALL, f, &args, how, at);
		}
	}
	tell(p, "pickle-unknown-call", c && c->danger ? AISP_MODEL_HIGH : AISP_MODEL_MEDIUM, &f, &args, "is what an earlier call returned", "", at);
	return made(p, AISP_PK_CALL, f, &args, how, at);
}

/* copyreg._reconstructor(cls, base, state), copyreg.__newobj__(cls, …) */
static struct aisp_pk_val reconstruct(struct aisp_pickle *p, const struct aisp_pk_val *args, bool with_base, uint64_t at, int depth)
{
	struct aisp_pk_val cls = kid(args, 0), base = kid(args, 1), rest = rest_of(p, args, with_base ? 2 : 1, at);

	if (with_base && base.kind == AISP_PK_GLOBAL)
		judge(p, base, &rest, AISP_PK_NEWOBJ, at);
	return call_at(p, cls, rest, AISP_PK_NEWOBJ, at, depth + 1);
}

/* Calls that hand on, or are followed. False: an ordinary call. */
static bool follow(struct aisp_pickle *p, struct aisp_pk_val f, const struct aisp_pk_val *args, enum aisp_pk_how how, uint64_t at, int depth,
                   struct aisp_pk_val *ret)
{
	const struct aisp_pk_global *g = &p->globals.v[f.n];
	struct aisp_pk_val a = kid(args, 0), b = kid(args, 1);
	bool done = false;

	if (is(g, "builtins __builtin__", "getattr")) {
		*ret = get_attribute(p, &a, &b, f, args, at);
		return true;
	}
	if (is(g, "copyreg copy_reg", "_reconstructor __newobj__ __newobj_ex__")) {
		*ret = reconstruct(p, args, aisp_slice_eqz(g->qualname, "_reconstructor"), at, depth);
		return true;
	}
	if (is(g, "builtins __builtin__ functools itertools _functools", "map filter reduce imap ifilter starmap filterfalse sorted") &&
	    (a.kind == AISP_PK_GLOBAL || a.kind == AISP_PK_CALL)) {
		struct aisp_pk_val rest = rest_of(p, args, 1, at);
		(void)call_at(p, a, rest, AISP_PK_REDUCE, at, depth + 1);
		*ret = made(p, AISP_PK_CALL, f, args, how, at);
		return true;
	}
	if (g->name.kind == AISP_NAME_CODE) {
		*ret = module_or_type(p, g, args, at, &done);
		return done;
	}
	if (is(g, "builtins __builtin__ importlib importlib._bootstrap", "__import__ import_module _gcd_import")) {
		struct aisp_buf AISP_AUTOBUF name = {0};
		judge(p, f, args, how, at);
		*ret = aisp_pk_text(p, &a, NAME_BYTES, &name) ? aisp_pk_global_val(p, aisp_buf_slice(&name), AISP_S(""), at) : unknown;
		return true;
	}
	return false;
}

static struct aisp_pk_val call_at(struct aisp_pickle *p, struct aisp_pk_val f, struct aisp_pk_val args, enum aisp_pk_how how, uint64_t at,
                                  int depth)
{
	struct aisp_pk_val ret = unknown;
	enum aisp_pk_kind kind = how == AISP_PK_REDUCE ? AISP_PK_CALL : AISP_PK_NEW;

	if (depth > NEST_MAX) {
		tell(p, "pickle-call", AISP_MODEL_HIGH, &f, &args, "is hidden behind many calls", "", at);
		return ret;
	}
	if (f.kind == AISP_PK_GLOBAL) {
		if (how != AISP_PK_NEWOBJ && follow(p, f, &args, how, at, depth, &ret)) {
			p->globals.v[f.n].called = true;
			return ret;
		}
		judge(p, f, &args, how, at);
		return made(p, kind, f, &args, how, at);
	}
	if (f.kind == AISP_PK_CALL || f.kind == AISP_PK_NEW)
		return call_result(p, f, args, how, at, depth);
	if (f.kind == AISP_PK_UNKNOWN && p->forgot)
		aisp_model__partial(p->run, "a pickle calls something that was given up for memory");
	if (f.kind == AISP_PK_UNKNOWN)
		tell(p, "pickle-unknown-call", AISP_MODEL_MEDIUM, &f, &args, "cannot be told, because of how it is reached", "", at);
	return made(p, kind, f, &args, how, at);
}

struct aisp_pk_val aisp_pk_call(struct aisp_pickle *p, struct aisp_pk_val f, struct aisp_pk_val args, enum aisp_pk_how how, uint64_t at)
{
	return call_at(p, f, args, how, at, 0);
}

/* ---- state ---- */

/* A key of a state that changes how the object behaves from then on: a second BUILD calls its own __setstate__. */
static bool overwrites(struct aisp_pickle *p, const struct aisp_pk_node *state, struct aisp_buf *key)
{
	static const char *const keys[] = {"__setstate__", "__class__", "__getattr__", "__getattribute__", "__reduce__", "__reduce_ex__",
	                                   "__call__", "__del__", "__new__", "__init__", "__setattr__", "__globals__", "__code__"};

	for (uint32_t i = 0; i + 1 < state->n; i += 2) {
		aisp_buf_clear(key);
		if (state->kids[i].kind != AISP_PK_STR || state->kids[i].n > 32 || !aisp_pk_text(p, &state->kids[i], 64, key))
			continue;
		for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
			if (aisp_slice_eqz(aisp_buf_slice(key), keys[k]))
				return true;
	}
	return false;
}

static bool only_reads(const struct aisp_pk_global *g)
{
	return aisp_slice_eqz(g->module, "posixpath") || aisp_slice_eqz(g->module, "ntpath") || aisp_slice_eqz(g->module, "genericpath") ||
	       aisp_slice_starts(g->qualname, AISP_S("path."));
}

static void state_danger(struct aisp_pickle *p, const struct aisp_pk_val *object, const struct aisp_pk_val *state, uint64_t at)
{
	uint32_t d = aisp_pk_danger(p, state);
	struct aisp_buf AISP_AUTOBUF what = {0}, AISP_AUTOBUF why = {0};

	if (!d || p->globals.v[d - 1].told)
		return;
	struct aisp_pk_global *g = &p->globals.v[d - 1];
	struct aisp_pk_val v = {.kind = AISP_PK_GLOBAL, .n = d - 1};
	g->told = true;
	aisp_pk_describe(p, &v, 0, &what);
	aisp_buf_putz(&why, "loading puts it into an object (");
	aisp_pk_describe(p, object, 4, &why);
	aisp_buf_printf(&why, ") that may call it: it %s", g->name.why);
	if (why.bad || what.bad)
		return;
	aisp_pk_issue(p, "pickle-state", only_reads(g) ? AISP_MODEL_LOW : AISP_MODEL_HIGH, at, aisp_buf_slice(&what), why.p, g->name.reference);
}

/* What `object`'s class is, when it was made by a listed name. */
static const struct aisp_pk_global *class_of(struct aisp_pickle *p, const struct aisp_pk_val *object)
{
	const struct aisp_pk_node *n = aisp_pk_node(object);

	return n && n->head.kind == AISP_PK_GLOBAL ? &p->globals.v[n->head.n] : NULL;
}

/* joblib/numpy_pickle.py; the raw array stands behind this BUILD. */
static bool is_array_wrapper(const struct aisp_pk_global *g)
{
	return g && aisp_slice_eqz(g->qualname, "NumpyArrayWrapper") && aisp_slice_find(g->module, AISP_S("joblib")) != SIZE_MAX;
}

/* The dictionary in a state: itself, or the second of (None, slots). */
static const struct aisp_pk_node *dictionary(struct aisp_pickle *p, const struct aisp_pk_val *state, struct aisp_buf *key)
{
	const struct aisp_pk_node *s = aisp_pk_node(state);

	if (!s || s->n != 2 || state->kind != AISP_PK_TUPLE || s->kids[1].kind != AISP_PK_DICT)
		return s;
	return overwrites(p, aisp_pk_node(&s->kids[1]), key) ? aisp_pk_node(&s->kids[1]) : aisp_pk_node(&s->kids[0]);
}

void aisp_pk_build(struct aisp_pickle *p, struct aisp_pk_val *object, struct aisp_pk_val state, uint64_t at)
{
	struct aisp_pk_node *n = aisp_pk_node(object);
	struct aisp_buf AISP_AUTOBUF key = {0};

	if (object->kind == AISP_PK_GLOBAL) {
		tell_name(p, "pickle-overwrite", AISP_MODEL_HIGH, &p->globals.v[object->n],
		          "loading changes attributes of this class, function or module itself", "", at);
		return;
	}
	const struct aisp_pk_node *s = dictionary(p, &state, &key);
	if (s && overwrites(p, s, &key))
		aisp_pk_issue(p, "pickle-overwrite", AISP_MODEL_HIGH, at, aisp_buf_slice(&key),
		              "loading gives an object a special method, which the unpickler then calls", "");
	if (!n)
		return;
	const struct aisp_pk_global *g = class_of(p, object);
	if (g && g->name.kind == AISP_NAME_DANGEROUS && object->kind == AISP_PK_NEW && !n->has_state_told) {
		n->has_state_told = 1;
		tell_name(p, "pickle-call", AISP_MODEL_HIGH, g, "loading makes such an object and sets its state", g->name.reference, at);
	}
	state_danger(p, object, &state, at);
	n->state = state;
	if (is_array_wrapper(class_of(p, object)))
		p->joblib = aisp_pk_joblib_array(p, n) || p->joblib;
}

void aisp_pk_set_items(struct aisp_pickle *p, struct aisp_pk_val *target, uint64_t at)
{
	const struct aisp_pk_global *g = class_of(p, target);

	if (target->kind == AISP_PK_GLOBAL)
		tell_name(p, "pickle-overwrite", AISP_MODEL_HIGH, &p->globals.v[target->n], "loading changes items of this object of the program", "", at);
	else if (target->kind == AISP_PK_CALL && g && aisp_slice_eqz(g->module, "torch._utils"))
		tell_name(p, "pickle-items", AISP_MODEL_HIGH, g, "items are set on a tensor as if it were a dictionary, which corrupts memory",
		          "CVE-2026-24747", at);
}

void aisp_pk_tell_references(struct aisp_pickle *p)
{
	for (size_t i = 0; i < p->globals.n; i++) {
		struct aisp_pk_global *g = &p->globals.v[i];
		if (g->name.kind != AISP_NAME_DANGEROUS || g->called || g->told || g->qualname.n == 0)
			continue;
		if (p->broke_off && !only_reads(g))
			tell_name(p, "pickle-reference", AISP_MODEL_HIGH, g, "is named before the data break off, so what calls it was not seen",
			          g->name.reference, g->at);
		else
			tell_name(p, "pickle-reference", only_reads(g) ? AISP_MODEL_LOW : AISP_MODEL_MEDIUM, g,
			          "is named but not called while loading; what uses the data may call it", g->name.reference, g->at);
	}
}
