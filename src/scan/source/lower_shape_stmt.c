/* Statements, functions and classes of the languages lowered by tables (lower_shape.h). */
#include "scan/source/lower_shape.h"

static void root(struct lower *L, struct sx *x)
{
	if (L->scope)
		aisp_source__root_add(L, &L->scope->roots_tail, x);
}

struct aisp_slice aisp_source__shape_path(struct lower *L, TSNode node)
{
	struct aisp_slice s = aisp_source__node_text(L, node);
	char *out;
	size_t n = 0;

	if (s.n > 300)
		s = aisp_slice_to(s, 300);
	if (aisp_slice_chr(s, ':') == SIZE_MAX && aisp_slice_chr(s, '\\') == SIZE_MAX && aisp_slice_chr(s, ' ') == SIZE_MAX)
		return s;
	out = aisp_source__lower_alloc(L, s.n + 1);
	for (size_t i = 0; out && i < s.n; i++) {
		if (s.p[i] == ' ' || s.p[i] == '\n' || s.p[i] == '\t' || s.p[i] == '\r')
			continue;
		if (s.p[i] == '\\' || s.p[i] == ':') {
			if (n && out[n - 1] != '.')
				out[n++] = '.';
		} else {
			out[n++] = s.p[i];
		}
	}
	return aisp_slice_of(out, n);
}

void aisp_source__shape_bind_import(struct lower *L, struct kid at, struct aisp_slice name, struct aisp_slice module, struct aisp_slice symbol)
{
	struct sx *x = aisp_source__sx_import(L, at.node, module, symbol);
	struct sbind *b = aisp_source__bind(L, L->scope, name, x, ts_node_end_byte(at.node));

	if (b)
		b->binds_import = true;
	aisp_source__mention(L, module, symbol, aisp_source__node_line(L, at.node));
}

/* Statements below a node; the last expression is given when it is the result. */
static struct sx *each(struct lower *L, TSNode node, bool last_is_result)
{
	struct kids ks = aisp_source__kids_of(L, node);
	struct sx *last = NULL;

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i);
		struct sx *x;

		if (!c.named)
			continue;
		x = aisp_source__shape_expr(L, c);
		if (x && last)
			root(L, last);
		if (x)
			last = x;
	}
	aisp_source__kids_done(L, ks);
	if (last && !last_is_result) {
		root(L, last);
		last = NULL;
	}
	return last;
}

/* The class, made or opened again by its name in the scope at hand. */
static struct sscope *class_scope(struct lower *L, struct kid k, struct aisp_slice name, bool again, struct sx **ret_x)
{
	struct sscope *s = NULL;
	struct sx *x;

	for (struct sscope *o = L->scope ? L->scope->kids : NULL; o && again; o = o->next)
		if (o->kind == SSCOPE_CLASS && aisp_slice_eq(o->name, name))
			s = o;
	if (s) {
		L->scope = s;
		(void)aisp_source__block_push(L);
		*ret_x = NULL;
		return s;
	}
	x = aisp_source__sx_new(L, SX_CLASS, k.node);
	s = x ? aisp_source__scope_push(L, SSCOPE_CLASS, name, k.node) : NULL;
	if (!s)
		return NULL;
	x->scope = s;
	s->self_expr = x;
	s->is_open = L->shape->open_classes || k.kind == S_MODULE;
	*ret_x = x;
	return s;
}

/* Is the name a local of the function around, or of one around that in the same class? */
static bool is_local(const struct sscope *s, struct aisp_slice name)
{
	for (; s && s->kind == SSCOPE_FUNC; s = s->parent) {
		for (const struct sbind *b = s->binds; b; b = b->next)
			if (aisp_slice_eq(b->name, name))
				return true;
		for (uint32_t i = 0; i < s->n_params; i++)
			if (aisp_slice_eq(s->params[i].name, name))
				return true;
	}
	return false;
}

/* obj.name = value, obj["name"] = value: one more member of what obj is. */
static void assign_member(struct lower *L, struct sx *t, struct aisp_slice name, struct sx *value, uint32_t pos)
{
	struct sx *of = t->a;
	struct sscope *cls = aisp_source__class_around(L->scope);
	struct sbind *b;
	struct sx_arg *arg;
	struct sx *d;

	if (!of || !name.n || !value)
		return;
	if (of->kind == SX_NAME && cls && (aisp_slice_eqz(of->s, "this") || (L->receiver.n && aisp_slice_eq(of->s, L->receiver)))) {
		(void)aisp_source__bind(L, cls, name, value, pos);
		return;
	}
	d = of->kind == SX_NAME ? aisp_source__lower_alloc(L, sizeof *d) : NULL;
	arg = d ? aisp_source__lower_alloc(L, sizeof *arg) : NULL;
	if (!arg)
		return;
	*d = *t;
	d->kind = SX_DICT;
	d->a = NULL;
	d->s = aisp_slice_z("");
	d->args = arg;
	d->n = 1;
	arg->name = name;
	arg->value = value;
	b = aisp_source__bind(L, L->scope, of->s, d, pos);
	if (b)
		b->adds = true;
}

/* The scope that a bare name is written in: Java's and C#'s fields need no this. */
static struct sscope *home_of(struct lower *L, struct aisp_slice name, const struct sx *annot)
{
	struct sscope *to = L->scope, *cls = aisp_source__class_around(to);
	bool fields = L->shape->open_classes && L->m->lang != AISP_SOURCE_RUBY && !annot && cls && to->kind == SSCOPE_FUNC;

	return fields && !is_local(to, name) ? cls : to;
}

/* What the i-th of several targets gets. */
static struct sx *part_of(struct lower *L, struct sx *value, uint32_t i)
{
	struct sx *part;

	if (!value)
		return NULL;
	if (value->kind == SX_LIST && i < value->n)
		return value->kids[i];
	if (i == 0 && L->shape->multiple) /* v, err := f() */
		return value;
	part = aisp_source__lower_alloc(L, sizeof *part);
	if (!part)
		return NULL;
	*part = *value;
	part->kind = value->kind == SX_CALL && L->shape->multiple ? SX_UNKNOWN : SX_PART;
	part->a = part->kind == SX_PART ? value : NULL;
	part->n = part->kind == SX_PART ? i : 0;
	part->kids = NULL;
	part->outer = NULL;
	return part;
}

void aisp_source__shape_assign(struct lower *L, struct sx *target, struct sx *value, struct sx *annot, uint32_t pos)
{
	struct sbind *b;

	if (!target || !L->scope)
		return;
	switch (target->kind) {
	case SX_NAME:
		b = aisp_source__bind(L, home_of(L, target->s, annot), target->s, value, pos);
		if (b)
			b->annot = annot;
		break;
	case SX_ATTR:
		assign_member(L, target, target->s, value, pos);
		break;
	case SX_INDEX:
		if (target->n && target->kids[0]->kind == SX_STR)
			assign_member(L, target, target->kids[0]->s, value, pos);
		break;
	case SX_LIST:
	case SX_UNKNOWN: /* a, b = … */
		for (uint32_t i = 0; i < target->n; i++)
			if (target->kids[i]->kind == SX_NAME || target->kids[i]->kind == SX_ATTR)
				aisp_source__shape_assign(L, target->kids[i], part_of(L, value, i), annot, pos);
		break;
	default:
		break;
	}
}

/* a, b as a list; one expression as itself. */
static struct sx *side(struct lower *L, struct kid k)
{
	struct sx *x = aisp_source__shape_expr(L, k);

	if (x && k.kind == S_EXPRS && x->kind == SX_UNKNOWN) {
		x->kind = SX_LIST;
		if (x->n == 1)
			return x->kids[0];
	}
	return x;
}

/* target op value. */
static void assign_by(struct lower *L, struct aisp_slice op, struct sx *t, struct sx *v, uint32_t pos)
{
	struct sbind *b;

	if (aisp_slice_eqz(op, "+=") || aisp_slice_eqz(op, ".=") || aisp_slice_eqz(op, "<<")) {
		b = t && t->kind == SX_NAME && v ? aisp_source__bind(L, L->scope, t->s, v, pos) : NULL;
		if (b)
			b->adds = true;
	} else if (aisp_slice_eqz(op, "=") || aisp_slice_eqz(op, ":=") || aisp_slice_eqz(op, "||=") || aisp_slice_eqz(op, "?\?=")) {
		aisp_source__shape_assign(L, t, v, NULL, pos);
	}
}

struct sx *aisp_source__shape_assignment(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct kid l, r, op;
	struct sx *v = NULL, *t;

	if (aisp_source__kid_field(L, ks, F_left, &l) && aisp_source__kid_field(L, ks, F_right, &r)) {
		struct aisp_slice o = aisp_source__kid_field(L, ks, F_operator, &op) ? aisp_source__node_text(L, op.node) : AISP_S("=");

		v = side(L, r);
		t = side(L, l);
		assign_by(L, o, t, v, ts_node_end_byte(k.node));
		if (t && (t->kind == SX_ATTR || t->kind == SX_INDEX))
			root(L, t->a);
	}
	aisp_source__kids_done(L, ks);
	if (v && v->kind == SX_LIST && L->shape->multiple) {
		root(L, v);
		return NULL;
	}
	return v;
}

static struct sx *declared_type(struct lower *L, struct kids ks)
{
	struct kid t;

	if (aisp_source__kid_field(L, ks, F_type, &t))
		return aisp_source__shape_expr(L, t);
	return NULL;
}

static struct aisp_slice written_type(struct lower *L, struct kids ks)
{
	struct kid t;

	return aisp_source__kid_field(L, ks, F_type, &t) ? aisp_source__node_text(L, t.node) : aisp_slice_z("");
}

/* The annotations below S_MARKS, as calls. */
static void marks_in(struct lower *L, struct kid k, sx_vec *v)
{
	struct kids ks = aisp_source__kids_of(L, k.node);

	if (k.kind == S_MARK) {
		struct sx *x = aisp_source__sx_new(L, SX_CALL, k.node);
		arg_vec args = {0};
		struct kid n, as;

		for (size_t i = 0; x && i < ks.n && !x->a; i++) {
			n = kid_at(L, ks, i);
			if (n.named && n.kind != S_ARGS && n.kind != S_SKIP)
				x->a = aisp_source__shape_expr(L, n);
		}
		if (aisp_source__shape_kid(L, ks, S_ARGS, &as))
			aisp_source__shape_args(L, as, &args);
		if (x)
			x->args = aisp_source__args_take(L, &args, &x->n);
		aisp_vec_done(&args);
		aisp_source__sxs_add(L, v, x);
	} else {
		for (size_t i = 0; i < ks.n; i++)
			if (kid_at(L, ks, i).kind == S_MARK || kid_at(L, ks, i).kind == S_MARKS)
				marks_in(L, kid_at(L, ks, i), v);
	}
	aisp_source__kids_done(L, ks);
}

static void marks_of(struct lower *L, struct kids ks, sx_vec *v)
{
	for (size_t i = 0; i < ks.n; i++)
		if (kid_at(L, ks, i).kind == S_MARKS || kid_at(L, ks, i).kind == S_MARK)
			marks_in(L, kid_at(L, ks, i), v);
}

/* @Value("${…}") before a field or a parameter says where its value comes from. */
static struct sx *injected(struct lower *L, struct kids ks)
{
	sx_vec v = {0};
	struct sx *x = NULL;

	if (L->m->lang == AISP_SOURCE_JAVA)
		marks_of(L, ks, &v);
	for (size_t i = 0; i < v.n && !x; i++)
		if (v.v[i]->a && v.v[i]->a->kind == SX_NAME &&
		    (aisp_slice_eqz(v.v[i]->a->s, "Value") || aisp_slice_eqz(v.v[i]->a->s, "ConfigProperty")))
			x = v.v[i];
	aisp_vec_done(&v);
	return x;
}

enum { NAMES_MAX = 16 };

/* The names that a declaration gives; *ret_after: the child after the last of them. */
static size_t names_in(struct lower *L, struct kids ks, struct sx *names[NAMES_MAX], size_t *ret_after)
{
	size_t n = 0;

	*ret_after = ks.n;
	for (size_t i = 0; i < ks.n && n < NAMES_MAX; i++) {
		struct kid c = kid_at(L, ks, i);

		if (!c.named || (c.field != F_name && c.field != F_pattern && (*ret_after != ks.n || c.field || c.kind != S_NAME)))
			continue;
		names[n] = aisp_source__shape_expr(L, c);
		n += names[n] != NULL;
		*ret_after = i + 1;
	}
	return n;
}

static void bind_typed(struct lower *L, struct sx *name, struct sx *v, struct sx *annot, uint32_t pos)
{
	struct sbind *b = name->kind == SX_NAME ? aisp_source__bind(L, L->scope, name->s, v, pos) : NULL;

	if (b)
		b->annot = annot;
	else if (name->kind != SX_NAME)
		aisp_source__shape_assign(L, name, v, annot, pos);
}

/* One declared name: name [= value], with the type of the declaration. */
static void declare(struct lower *L, struct kid k, struct sx *annot, struct sx *dflt)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct kid value;
	struct sx *v = NULL, *names[NAMES_MAX];
	size_t after, n = names_in(L, ks, names, &after);

	if (aisp_source__kid_field(L, ks, F_value, &value))
		v = side(L, value);
	for (size_t i = after; i < ks.n && !v; i++) /* C#, PHP: the value has no field */
		if (kid_at(L, ks, i).named && !kid_at(L, ks, i).field)
			v = aisp_source__shape_expr(L, kid_at(L, ks, i));
	aisp_source__kids_done(L, ks);
	if (v && v->kind == SX_CALL && !v->a && annot) /* C#: new(…) */
		v->a = annot->kind == SX_INDEX ? annot->a : annot;
	if (!v)
		v = dflt;
	for (size_t i = 0; i < n; i++)
		bind_typed(L, names[i], n == 1 || (i == 0 && v && v->kind != SX_LIST) ? v : v && v->kind == SX_LIST && i < v->n ? v->kids[i] : NULL,
		           annot, ts_node_end_byte(k.node));
	root(L, v);
}

static void decl(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct sx *annot = declared_type(L, ks), *dflt = injected(L, ks);
	bool vars = false;

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i);

		if (c.kind == S_VAR) {
			declare(L, c, annot, dflt);
			vars = true;
		} else if (c.kind == S_DECL && !c.field) {
			decl(L, c);
			vars = true;
		}
	}
	aisp_source__kids_done(L, ks);
	if (!vars)
		declare(L, k, annot, dflt);
}

/* for (t in of): by the fields, in PHP the first child and the second. */
static bool loop_parts(struct lower *L, struct kids ks, struct kid *t, struct kid *of)
{
	size_t n = 0;

	if (L->m->lang != AISP_SOURCE_PHP)
		return (aisp_source__kid_field(L, ks, F_left, t) || aisp_source__kid_field(L, ks, F_pattern, t) || aisp_source__kid_field(L, ks, F_name, t)) &&
		       (aisp_source__kid_field(L, ks, F_right, of) || aisp_source__kid_field(L, ks, F_value, of));
	for (size_t i = 0; i < ks.n && n < 2; i++) {
		struct kid c = kid_at(L, ks, i);

		if (c.named && c.field != F_body)
			*(n++ ? t : of) = c;
	}
	return n == 2;
}

static void foreach(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct kid t, of, body;
	bool has = loop_parts(L, ks, &t, &of);
	struct sx *x = has ? aisp_source__shape_expr(L, of) : NULL, *target, *iter = x ? aisp_source__sx_new(L, SX_ITER, of.node) : NULL;
	uint32_t outer;

	if (iter) {
		iter->a = x;
		target = side(L, t);
		if (target && (target->kind == SX_LIST || target->kind == SX_UNKNOWN) && target->n)
			target = target->kids[target->n - 1]; /* for i, v */
		if (target && target->kind == SX_NAME)
			(void)aisp_source__bind(L, L->scope, target->s, iter, ts_node_end_byte(t.node));
		root(L, x);
	}
	outer = aisp_source__block_push(L);
	if (aisp_source__kid_field(L, ks, F_body, &body))
		root(L, aisp_source__shape_expr(L, body));
	L->block = outer;
	aisp_source__kids_done(L, ks);
}

static void branch(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i);
		bool part = c.field == F_then || c.field == F_else || c.field == F_body;
		uint32_t outer = L->block;

		if (!c.named)
			continue;
		if (part)
			(void)aisp_source__block_push(L);
		root(L, aisp_source__shape_expr(L, c));
		L->block = outer;
	}
	aisp_source__kids_done(L, ks);
}

static void returns(struct lower *L, struct kid k)
{
	struct sx *x = aisp_source__shape_first(L, k);

	if (x && x->kind == SX_UNKNOWN && x->n && L->shape->multiple) { /* return v, err */
		for (uint32_t i = 1; i < x->n; i++)
			root(L, x->kids[i]);
		x = x->kids[0];
	} else if (x && x->kind == SX_UNKNOWN && x->n == 1) {
		x = x->kids[0];
	}
	if (L->scope)
		aisp_source__root_add(L, &L->scope->returns_tail, x);
}

/* Functions */

static void param(struct lower *L, struct sscope *s, struct kid k, struct sparam *p)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct kid n, v;
	struct sx *name = NULL;

	if (k.kind == S_NAME)
		p->name = aisp_source__shape_name(L, k);
	p->annot = declared_type(L, ks);
	p->type = written_type(L, ks);
	if (aisp_source__kid_field(L, ks, F_name, &n) || aisp_source__kid_field(L, ks, F_pattern, &n)) {
		name = aisp_source__shape_expr(L, n);
		if (name && name->kind == SX_NAME)
			p->name = name->s;
		if (aisp_source__kid_field(L, ks, F_value, &v))
			p->dflt = aisp_source__shape_expr(L, v);
		for (size_t i = 0; i < ks.n && !p->dflt; i++) /* C#: the default has no field */
			if (kid_at(L, ks, i).named && !kid_at(L, ks, i).field && kid_at(L, ks, i).kind != S_MARKS)
				p->dflt = aisp_source__shape_expr(L, kid_at(L, ks, i));
	}
	if (!p->dflt)
		p->dflt = injected(L, ks);
	p->rest = k.kind == S_PARAM_REST;
	if (ts_node_child_count(k.node) && ks.n && kid_at(L, ks, 0).kind == S_WORD && s->parent && s->parent->kind == SSCOPE_CLASS && p->name.n) {
		struct sbind *b = aisp_source__bind(L, s->parent, p->name, aisp_source__sx_name(L, k.node, p->name), ts_node_end_byte(k.node));

		if (b) /* PHP: private Client $client */
			b->annot = p->annot;
	}
	aisp_source__kids_done(L, ks);
	root(L, p->dflt);
}

static void params(struct lower *L, struct sscope *s, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	size_t n = 0;

	for (size_t i = 0; i < ks.n; i++)
		n += kid_at(L, ks, i).named;
	if (k.kind == S_NAME)
		n = 1;
	s->params = n ? aisp_source__lower_alloc(L, n * sizeof *s->params) : NULL;
	if (s->params && k.kind == S_NAME)
		s->params[s->n_params++].name = aisp_source__shape_name(L, k);
	for (size_t i = 0; s->params && i < ks.n && s->n_params < n; i++) {
		struct kid c = kid_at(L, ks, i);

		if (!c.named || (c.kind != S_PARAM && c.kind != S_PARAM_REST && c.kind != S_NAME))
			continue;
		param(L, s, c, &s->params[s->n_params]);
		s->n_params += s->params[s->n_params].name.n > 0;
	}
	aisp_source__kids_done(L, ks);
}

static void body(struct lower *L, struct sscope *s, struct kid k)
{
	struct sx *x;
	bool block = k.kind == S_BLOCK || k.kind == S_SEQ;

	if (block)
		x = each(L, k.node, L->shape->last_is_result);
	else
		x = aisp_source__shape_expr(L, k);
	aisp_source__root_add(L, &s->returns_tail, x);
}

struct sx *aisp_source__shape_lambda(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct sx *x = aisp_source__sx_new(L, SX_FUNC, k.node);
	uint32_t outer = L->block;
	struct sscope *s = aisp_source__scope_push(L, SSCOPE_FUNC, aisp_slice_z(""), k.node);
	struct kid c;

	if (x && s) {
		x->scope = s;
		s->self_expr = x;
		s->is_lambda = true;
		if (aisp_source__kid_field(L, ks, F_parameters, &c))
			params(L, s, c);
		if (aisp_source__kid_field(L, ks, F_body, &c))
			body(L, s, c);
	}
	aisp_source__scope_pop(L, s, outer);
	aisp_source__kids_done(L, ks);
	return x;
}

/* The type that a Go method is for: func (a *Agent) …; its scope is opened. */
static bool open_receiver(struct lower *L, struct kid k, struct kid recv)
{
	struct kids ks = aisp_source__kids_of(L, recv.node), in;
	struct sx *x = NULL, *type = NULL;
	struct kid c, n;

	if (aisp_source__shape_kid(L, ks, S_PARAM, &c)) {
		in = aisp_source__kids_of(L, c.node);
		type = declared_type(L, in);
		if (aisp_source__kid_field(L, in, F_name, &n))
			L->receiver = aisp_source__shape_name(L, n);
		aisp_source__kids_done(L, in);
	}
	aisp_source__kids_done(L, ks);
	while (type && type->kind == SX_INDEX)
		type = type->a;
	if (!type || type->kind != SX_NAME)
		return false;
	if (!class_scope(L, k, type->s, true, &x))
		return false;
	if (x) { /* the type is declared later, or in another file */
		(void)aisp_source__bind(L, L->scope->parent, type->s, x, ts_node_start_byte(k.node));
		aisp_source__root_add(L, &L->scope->parent->roots_tail, x);
	}
	return true;
}

static void take_marks(struct lower *L, struct sscope *s, struct kids ks)
{
	sx_vec v = {0};

	for (uint32_t i = 0; i < L->n_marks; i++)
		aisp_source__root_add(L, &s->decorators_tail, L->marks[i]);
	L->n_marks = 0;
	marks_of(L, ks, &v);
	for (size_t i = 0; i < v.n; i++)
		aisp_source__root_add(L, &s->decorators_tail, v.v[i]);
	aisp_vec_done(&v);
}

static struct aisp_slice function_name(struct lower *L, struct kid k, struct kids ks)
{
	struct kid n;
	struct aisp_slice name = aisp_source__kid_field(L, ks, F_name, &n) ? aisp_source__shape_name(L, n) : aisp_slice_z("");

	if (k.kind == S_CTOR || (L->shape->constructor && aisp_slice_eqz(name, L->shape->constructor)))
		return AISP_S("constructor");
	return name;
}

static void function(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	uint32_t outer = L->block, inner;
	struct sscope *around = L->scope, *s;
	struct aisp_slice name = function_name(L, k, ks), receiver = L->receiver;
	struct sx *x = aisp_source__sx_new(L, SX_FUNC, k.node);
	struct kid c;
	bool method = aisp_source__kid_field(L, ks, F_object, &c) && c.kind == S_PARAMS && open_receiver(L, k, c);
	struct sscope *holder = L->scope;

	inner = L->block;
	s = x && name.n ? aisp_source__scope_push(L, SSCOPE_FUNC, name, k.node) : NULL;
	if (s) {
		x->scope = s;
		s->self_expr = x;
		take_marks(L, s, ks);
		if (method && L->receiver.n)
			(void)aisp_source__bind(L, s, L->receiver, aisp_source__sx_name(L, k.node, AISP_S("this")), ts_node_start_byte(k.node));
		if (aisp_source__kid_field(L, ks, F_parameters, &c) || aisp_source__shape_kid(L, ks, S_PARAMS, &c))
			params(L, s, c);
		if (aisp_source__kid_field(L, ks, F_body, &c))
			body(L, s, c);
		aisp_source__scope_pop(L, s, inner);
		(void)aisp_source__bind(L, holder, name, x, ts_node_end_byte(k.node));
		aisp_source__root_add(L, &holder->roots_tail, x);
	}
	L->scope = around;
	L->block = outer;
	L->receiver = receiver;
	aisp_source__kids_done(L, ks);
}

/* Classes */

static void bases_in(struct lower *L, struct kid k, sx_vec *v, unsigned depth)
{
	struct kids ks = aisp_source__kids_of(L, k.node);

	for (size_t i = 0; i < ks.n && depth < 4; i++) {
		struct kid c = kid_at(L, ks, i);

		if (c.named && c.kind == S_BASES)
			bases_in(L, c, v, depth + 1);
		else if (c.named && c.kind != S_ARGS)
			aisp_source__sxs_add(L, v, aisp_source__shape_expr(L, c));
	}
	aisp_source__kids_done(L, ks);
}

static void bases(struct lower *L, struct sscope *s, struct kids ks)
{
	sx_vec v = {0};
	struct sx_arg *list;

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i);

		if (c.named && c.kind == S_BASES)
			bases_in(L, c, &v, 0);
		else if (c.named && c.field == F_bases)
			aisp_source__sxs_add(L, &v, aisp_source__shape_expr(L, c));
	}
	list = v.n ? aisp_source__lower_alloc(L, (s->n_bases + v.n) * sizeof *list) : NULL;
	if (list) {
		if (s->n_bases)
			memcpy(list, s->bases, s->n_bases * sizeof *list);
		for (size_t i = 0; i < v.n; i++) {
			list[s->n_bases].value = v.v[i]->kind == SX_INDEX ? v.v[i]->a : v.v[i];
			s->n_bases += list[s->n_bases].value != NULL;
		}
		s->bases = list;
	}
	aisp_vec_done(&v);
}

/* C#: class A(IChatClient client), Java: record R(String name): members of these types. */
static void primary(struct lower *L, struct sscope *s, struct kids ks)
{
	struct kid c;
	struct kids in;

	if (!aisp_source__kid_field(L, ks, F_parameters, &c) && !aisp_source__shape_kid(L, ks, S_PARAMS, &c))
		return;
	in = aisp_source__kids_of(L, c.node);
	for (size_t i = 0; i < in.n; i++) {
		struct sparam p = {0};
		struct sbind *b;

		if (kid_at(L, in, i).kind != S_PARAM)
			continue;
		param(L, s, kid_at(L, in, i), &p);
		b = aisp_source__bind(L, s, p.name, p.dflt, ts_node_end_byte(c.node));
		if (b)
			b->annot = p.annot;
	}
	aisp_source__kids_done(L, in);
}

static void class_like(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	uint32_t outer = L->block;
	struct sscope *around = L->scope, *s = NULL;
	struct sx *x = NULL, *name = NULL;
	struct kid c, b;
	bool impl = k.kind == S_IMPL;

	if (aisp_source__kid_field(L, ks, impl ? F_type : F_name, &c))
		name = aisp_source__shape_expr(L, c);
	while (name && name->kind == SX_INDEX)
		name = name->a;
	if (name && (name->kind == SX_NAME || name->kind == SX_ATTR) && name->s.n)
		s = class_scope(L, k, name->s, impl || L->m->lang == AISP_SOURCE_RUBY || L->m->lang == AISP_SOURCE_GO, &x);
	if (s) {
		take_marks(L, s, ks);
		bases(L, s, ks);
		if (!impl)
			primary(L, s, ks);
		if (aisp_source__kid_field(L, ks, F_body, &b) || (k.kind == S_STRUCT && aisp_source__kid_field(L, ks, F_type, &b)))
			(void)each(L, b.node, false);
		if (x && around) {
			L->scope = around;
			L->block = outer;
			(void)aisp_source__bind(L, around, name->s, x, ts_node_end_byte(k.node));
			aisp_source__root_add(L, &around->roots_tail, x);
		}
	}
	L->scope = around;
	L->block = outer;
	aisp_source__kids_done(L, ks);
}

/* Go: type X struct {…}, interface {…}; of another type it is a name for that. */
static void type_like(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct kid t;
	bool fields = aisp_source__kid_field(L, ks, F_type, &t) && t.kind == S_SEQ;

	aisp_source__kids_done(L, ks);
	if (fields)
		class_like(L, k);
	else
		decl(L, k);
}

static void pending_marks(struct lower *L, struct kid k)
{
	sx_vec v = {0};

	marks_in(L, k, &v);
	for (size_t i = 0; i < v.n && L->n_marks < sizeof L->marks / sizeof *L->marks; i++)
		L->marks[L->n_marks++] = v.v[i];
	aisp_vec_done(&v);
}

struct sx *aisp_source__shape_stmt(struct lower *L, struct kid k)
{
	uint32_t outer = L->block;

	switch ((enum shape_form)k.kind) {
	case S_SEQ:
		(void)each(L, k.node, false);
		break;
	case S_BLOCK:
		(void)aisp_source__block_push(L);
		(void)each(L, k.node, false);
		L->block = outer;
		break;
	case S_EXPR:
		root(L, aisp_source__shape_first(L, k));
		break;
	case S_BRANCH:
		branch(L, k);
		break;
	case S_EACH:
		foreach(L, k);
		break;
	case S_DECL:
	case S_VAR:
		decl(L, k);
		break;
	case S_FUNC:
	case S_CTOR:
		function(L, k);
		break;
	case S_CLASS:
	case S_MODULE:
	case S_IMPL:
		class_like(L, k);
		break;
	case S_STRUCT:
		type_like(L, k);
		break;
	case S_RETURN:
		returns(L, k);
		break;
	case S_IMPORT:
		L->shape->import(L, k);
		break;
	case S_MARKS:
	case S_MARK:
		pending_marks(L, k);
		break;
	default:
		break;
	}
	return NULL;
}

void aisp_source__lower_shape(struct lower *L, TSNode top)
{
	struct sx *x = each(L, top, false);

	root(L, x);
}
