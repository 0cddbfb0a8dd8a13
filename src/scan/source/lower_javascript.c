/* Expressions of JavaScript, TypeScript and TSX → the common form. Grammars: tree-sitter-javascript 0.23,
 * tree-sitter-typescript 0.23.
 */
#include "scan/source/lower_javascript.h"

const char *const aisp_source__javascript_kinds[] = {"",
#define X(n) #n,
                                        KINDS(X)
#undef X
                                                NULL};
const char *const aisp_source__javascript_fields[] = {"",
#define X(n) #n,
                                         FIELDS(X)
#undef X
                                                 NULL};

struct sx *aisp_source__js_walk(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	sx_vec v = {0};
	struct sx *x = aisp_source__sx_new(L, SX_UNKNOWN, k.node);
	uint32_t n;
	struct sx **p;

	for (size_t i = 0; i < ks.n; i++)
		if (kid_at(L, ks, i).named)
			aisp_source__sxs_add(L, &v, aisp_source__js_expr(L, kid_at(L, ks, i)));
	aisp_source__kids_done(L, ks);
	p = aisp_source__sxs_take(L, &v, &n);
	if (x) {
		x->kids = p;
		x->n = n;
	}
	return x;
}

struct sx *aisp_source__js_only_kid(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct sx *x = NULL;

	for (size_t i = 0; i < ks.n && !x; i++)
		if (kid_at(L, ks, i).named)
			x = aisp_source__js_expr(L, kid_at(L, ks, i));
	aisp_source__kids_done(L, ks);
	return x;
}

static struct sx *as_kind(struct sx *x, enum sx_kind kind)
{
	if (x)
		x->kind = (uint8_t)kind;
	return x;
}

static struct sx *spread(struct lower *L, struct kid k)
{
	struct sx *inner = aisp_source__js_only_kid(L, k), *x = aisp_source__sx_new(L, SX_SPREAD, k.node);

	if (x)
		x->a = inner;
	return x;
}

/* 'text', "text" and `text ${x}`. */
static struct sx *string(struct lower *L, struct kid k)
{
	struct aisp_slice whole = aisp_source__node_text(L, k.node);
	struct kids ks;
	sx_vec v = {0};
	struct sx *x;
	uint32_t at = ts_node_start_byte(k.node) + 1;
	uint32_t end = ts_node_end_byte(k.node) - (whole.n >= 2 ? 1 : 0);

	if (k.kind == K_string)
		return aisp_source__sx_str(L, k.node,
		              aisp_source__unescape(L, whole.n >= 2 ? aisp_slice_of(whole.p + 1, whole.n - 2) : aisp_slice_z("")));
	ks = aisp_source__kids_of(L, k.node);
	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i);
		uint32_t from = ts_node_start_byte(c.node);
		struct sx *part;

		if (c.kind != K_template_substitution)
			continue;
		if (from > at)
			aisp_source__sxs_add(L, &v, aisp_source__sx_str(L, k.node, aisp_source__unescape(L, aisp_slice_of(L->text.p + at, from - at))));
		part = aisp_source__js_only_kid(L, c);
		aisp_source__sxs_add(L, &v, part ? part : aisp_source__sx_new(L, SX_UNKNOWN, c.node));
		at = ts_node_end_byte(c.node);
	}
	if (end > at && end <= L->text.n)
		aisp_source__sxs_add(L, &v, aisp_source__sx_str(L, k.node, aisp_source__unescape(L, aisp_slice_of(L->text.p + at, end - at))));
	aisp_source__kids_done(L, ks);
	if (v.n == 0)
		x = aisp_source__sx_str(L, k.node, aisp_slice_z(""));
	else if (v.n == 1 && v.v[0]->kind == SX_STR)
		x = v.v[0];
	else
		x = aisp_source__sx_kids(L, SX_CONCAT, k.node, v.v, v.n);
	aisp_vec_done(&v);
	return x;
}

static struct sx *call(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct kid f, as;
	struct sx *x = aisp_source__sx_new(L, SX_CALL, k.node);
	arg_vec v = {0};

	if (!x || !(aisp_source__kid_field(L, ks, F_function, &f) || aisp_source__kid_field(L, ks, F_constructor, &f))) {
		aisp_source__kids_done(L, ks);
		return x;
	}
	x->is_new = k.kind == K_new_expression;
	if (f.kind != K_import)
		x->a = aisp_source__js_expr(L, f);
	if (aisp_source__kid_field(L, ks, F_arguments, &as)) {
		struct kids ks2 = aisp_source__kids_of(L, as.node);

		if (as.kind == K_template_string) { /* sql`…` */
			aisp_source__args_add(L, &v, (struct sx_arg){.value = string(L, as)});
			ks2.n = 0;
		}
		for (size_t i = 0; i < ks2.n; i++) {
			struct kid c = kid_at(L, ks2, i);
			struct sx_arg arg = {0};

			if (!c.named)
				continue;
			arg.value = aisp_source__js_expr(L, c);
			if (arg.value && arg.value->kind == SX_SPREAD) {
				arg.value = arg.value->a;
				arg.spread = true;
			}
			aisp_source__args_add(L, &v, arg);
		}
		aisp_source__kids_done(L, ks2);
	}
	aisp_source__kids_done(L, ks);
	x->args = aisp_source__args_take(L, &v, &x->n);
	if ((f.kind == K_import ||
	     (x->a && x->a->kind == SX_NAME && aisp_slice_eqz(x->a->s, "require") && !x->is_new)) &&
	    x->n >= 1 && x->args[0].value->kind == SX_STR) {
		struct aisp_slice module = x->args[0].value->s;

		aisp_source__mention(L, module, aisp_slice_z(""), x->line);
		return aisp_source__sx_import(L, k.node, module, aisp_slice_z(""));
	}
	return x;
}

struct aisp_slice aisp_source__js_key_text(struct lower *L, struct kid k)
{
	struct aisp_slice s = aisp_source__node_text(L, k.node);

	if (k.kind == K_string && s.n >= 2)
		return aisp_slice_of(s.p + 1, s.n - 2);
	if (k.kind == K_computed_property_name)
		return aisp_slice_of(NULL, 0);
	return s;
}

static struct sx *object(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct sx *x = aisp_source__sx_new(L, SX_DICT, k.node);
	arg_vec v = {0};

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i), key, val;
		struct kids ks2 = {0};
		struct sx_arg arg = {0};

		if (!c.named)
			continue;
		ks2 = aisp_source__kids_of(L, c.node);
		if (c.kind == K_shorthand_property_identifier) {
			arg.name = aisp_source__node_text(L, c.node);
			arg.value = aisp_source__sx_name(L, c.node, arg.name);
		} else if (c.kind == K_spread_element) {
			arg.value = aisp_source__js_only_kid(L, c);
			arg.spread = true;
		} else if (c.kind == K_pair && aisp_source__kid_field(L, ks2, F_key, &key) && aisp_source__kid_field(L, ks2, F_value, &val)) {
			arg.name = aisp_source__js_key_text(L, key);
			arg.computed = !arg.name.n;
			arg.value = val.kind == K_arrow_function || val.kind == K_function_expression
			                    ? aisp_source__js_function(L, val, arg.name)
			                    : aisp_source__js_expr(L, val);
		} else if (c.kind == K_method_definition && aisp_source__kid_field(L, ks2, F_name, &key)) {
			arg.name = aisp_source__js_key_text(L, key);
			arg.value = aisp_source__js_function(L, c, arg.name);
		}
		aisp_source__kids_done(L, ks2);
		aisp_source__args_add(L, &v, arg);
	}
	aisp_source__kids_done(L, ks);
	if (x)
		x->args = aisp_source__args_take(L, &v, &x->n);
	else
		aisp_vec_done(&v);
	return x;
}

static struct sx *member(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct kid o, p;
	bool index = k.kind == K_subscript_expression;
	struct sx *x = aisp_source__sx_new(L, index ? SX_INDEX : SX_ATTR, k.node);

	if (x && aisp_source__kid_field(L, ks, F_object, &o) && aisp_source__kid_field(L, ks, index ? F_index : F_property, &p)) {
		x->a = aisp_source__js_expr(L, o);
		if (index) {
			struct sx *i = aisp_source__js_expr(L, p);

			x->kids = aisp_source__lower_alloc(L, sizeof *x->kids);
			if (x->kids && i) {
				x->kids[0] = i;
				x->n = 1;
			}
		} else {
			x->s = aisp_source__node_text(L, p.node);
		}
	}
	aisp_source__kids_done(L, ks);
	return x;
}

static struct sx *binary(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct kid l, r, op;
	struct sx *x = NULL;

	if (aisp_source__kid_field(L, ks, F_left, &l) && aisp_source__kid_field(L, ks, F_right, &r) && aisp_source__kid_field(L, ks, F_operator, &op)) {
		struct aisp_slice o = aisp_source__node_text(L, op.node);
		struct sx *two[2] = {aisp_source__js_expr(L, l), aisp_source__js_expr(L, r)};
		bool either = aisp_slice_eqz(o, "||") || aisp_slice_eqz(o, "??");

		if (two[0] && two[1])
			x = aisp_source__sx_kids(L, either ? SX_OR : aisp_slice_eqz(o, "+") ? SX_CONCAT : SX_UNKNOWN, k.node, two, 2);
	}
	aisp_source__kids_done(L, ks);
	return x;
}

void aisp_source__js_root(struct lower *L, struct sx *x)
{
	if (L->scope)
		aisp_source__root_add(L, &L->scope->roots_tail, x);
}

static struct sx *attr_of(struct lower *L, TSNode at, struct sx *of, struct aisp_slice name)
{
	struct sx *x = aisp_source__sx_new(L, SX_ATTR, at);

	if (x) {
		x->a = of;
		x->s = name;
	}
	return x;
}

/* One parameter: an identifier, or a pattern whose names are parts of the parameter. */
static void param(struct lower *L, struct sscope *s, struct kid k, struct sparam *p)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct kid c, target = k;

	if (k.kind == K_assignment_pattern) {
		if (aisp_source__kid_field(L, ks, F_right, &c))
			p->dflt = aisp_source__js_expr(L, c);
		if (aisp_source__kid_field(L, ks, F_left, &c))
			target = c;
	} else if (k.kind == K_required_parameter || k.kind == K_optional_parameter) {
		if (aisp_source__kid_field(L, ks, F_value, &c))
			p->dflt = aisp_source__js_expr(L, c);
		if (aisp_source__kid_field(L, ks, F_type, &c))
			p->annot = aisp_source__js_only_kid(L, c);
		if (aisp_source__kid_field(L, ks, F_type, &c))
			p->type = aisp_source__node_text(L, c.node);
		if (aisp_source__kid_field(L, ks, F_pattern, &c) || aisp_source__kid_field(L, ks, F_name, &c))
			target = c;
	}
	aisp_source__kids_done(L, ks);
	p->rest = target.kind == K_rest_pattern;
	if (target.kind == K_identifier) {
		p->name = aisp_source__node_text(L, target.node);
	} else if (target.kind == K_object_pattern || target.kind == K_array_pattern) {
		p->name = aisp_arena_printf(L->a, "\001%u", s->n_params);
		if (!p->name.p)
			L->bad = AISP_E_NOMEM;
		aisp_source__js_assign(L, target, aisp_source__sx_name(L, target.node, p->name), NULL, ts_node_start_byte(k.node));
	}
}

static void params(struct lower *L, struct sscope *s, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	uint32_t n = 0;

	for (size_t i = 0; i < ks.n; i++)
		n += kid_at(L, ks, i).named;
	if (k.kind == K_identifier)
		n = 1;
	s->params = n ? aisp_source__lower_alloc(L, n * sizeof *s->params) : NULL;
	if (s->params && k.kind == K_identifier) {
		s->params[0].name = aisp_source__node_text(L, k.node);
		s->n_params = 1;
		n = 0;
	}
	for (size_t i = 0; s->params && i < ks.n && s->n_params < n; i++) {
		struct sparam *p = &s->params[s->n_params];

		if (!kid_at(L, ks, i).named)
			continue;
		param(L, s, kid_at(L, ks, i), p);
		s->n_params++;
		aisp_source__js_root(L, p->dflt);
	}
	aisp_source__kids_done(L, ks);
}

struct sx *aisp_source__js_function(struct lower *L, struct kid k, struct aisp_slice given)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct sx *x = aisp_source__sx_new(L, SX_FUNC, k.node);
	struct kid name, c;
	uint32_t outer = L->block;
	struct sscope *s = aisp_source__scope_push(L, SSCOPE_FUNC, aisp_source__kid_field(L, ks, F_name, &name) ? aisp_source__js_key_text(L, name) : given, k.node);

	if (x && s) {
		x->scope = s;
		s->self_expr = x;
		s->is_lambda = !s->name.n;
		if (aisp_source__kid_field(L, ks, F_parameters, &c) || aisp_source__kid_field(L, ks, F_parameter, &c))
			params(L, s, c);
		if (aisp_source__kid_field(L, ks, F_body, &c)) {
			if (c.kind == K_statement_block)
				aisp_source__js_each_stmt(L, c.node);
			else
				aisp_source__root_add(L, &s->returns_tail, aisp_source__js_expr(L, c));
		}
	}
	aisp_source__scope_pop(L, s, outer);
	aisp_source__kids_done(L, ks);
	return x;
}

static void class_member(struct lower *L, struct sscope *cls, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct kid name, v;
	struct sx *x = NULL;

	if (!aisp_source__kid_field(L, ks, F_name, &name) && !aisp_source__kid_field(L, ks, F_property, &name)) {
		aisp_source__kids_done(L, ks);
		return;
	}
	if (k.kind == K_method_definition)
		x = aisp_source__js_function(L, k, aisp_source__js_key_text(L, name));
	else if (aisp_source__kid_field(L, ks, F_value, &v))
		x = v.kind == K_arrow_function ? aisp_source__js_function(L, v, aisp_source__js_key_text(L, name)) : aisp_source__js_expr(L, v);
	aisp_source__kids_done(L, ks);
	if (!x)
		return;
	(void)aisp_source__bind(L, cls, aisp_source__js_key_text(L, name), x, ts_node_end_byte(k.node));
	aisp_source__root_add(L, &cls->roots_tail, x);
}

struct sx *aisp_source__js_class_(struct lower *L, struct kid k, struct aisp_slice given)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct sx *x = aisp_source__sx_new(L, SX_CLASS, k.node), *base = NULL;
	struct kid name, body;
	uint32_t outer = L->block;
	struct sscope *s;

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i), v;
		struct kids ks2;

		if (c.kind != K_class_heritage)
			continue;
		ks2 = aisp_source__kids_of(L, c.node);
		for (size_t j = 0; j < ks2.n && !base; j++) {
			struct kid h = kid_at(L, ks2, j);
			struct kids ks3 = aisp_source__kids_of(L, h.node);

			if (h.kind == K_extends_clause && aisp_source__kid_field(L, ks3, F_value, &v))
				base = aisp_source__js_expr(L, v);
			else if (h.named && h.kind != K_extends_clause)
				base = aisp_source__js_expr(L, h);
			aisp_source__kids_done(L, ks3);
		}
		aisp_source__kids_done(L, ks2);
	}
	s = aisp_source__scope_push(L, SSCOPE_CLASS, aisp_source__kid_field(L, ks, F_name, &name) ? aisp_source__node_text(L, name.node) : given, k.node);
	if (x && s && aisp_source__kid_field(L, ks, F_body, &body)) {
		struct kids ks2 = aisp_source__kids_of(L, body.node);

		x->scope = s;
		s->self_expr = x;
		if (base && (s->bases = aisp_source__lower_alloc(L, sizeof *s->bases))) {
			s->bases[0].value = base;
			s->n_bases = 1;
		}
		for (size_t i = 0; i < ks2.n; i++)
			if (kid_at(L, ks2, i).named)
				class_member(L, s, kid_at(L, ks2, i));
		aisp_source__kids_done(L, ks2);
	} else if (x) {
		x->kind = SX_UNKNOWN;
	}
	aisp_source__scope_pop(L, s, outer);
	aisp_source__kids_done(L, ks);
	return x;
}

void aisp_source__js_add_to(struct lower *L, struct sx *target, struct sx *value, uint32_t pos)
{
	struct sbind *b = NULL;
	struct sscope *cls;

	if (!target || !value)
		return;
	if (target->kind == SX_NAME)
		b = aisp_source__bind(L, L->scope, target->s, value, pos);
	else if (target->kind == SX_ATTR && target->a && target->a->kind == SX_NAME &&
	         aisp_slice_eqz(target->a->s, "this") && (cls = aisp_source__class_around(L->scope)))
		b = aisp_source__bind(L, cls, target->s, value, pos);
	if (b)
		b->adds = true;
}

/* this.x = v; module.exports = v; exports.x = v; tools.x = v */
static void assign_member(struct lower *L, struct kid target, struct sx *value, uint32_t pos)
{
	struct sx *t = aisp_source__js_expr(L, target);
	struct sscope *cls, *top = L->scope;
	struct aisp_slice on;

	while (top && top->parent)
		top = top->parent;
	if (!t || t->kind != SX_ATTR || !t->a)
		return;
	on = t->a->s;
	if (t->a->kind == SX_NAME && aisp_slice_eqz(on, "this")) {
		cls = aisp_source__class_around(L->scope);
		if (cls)
			(void)aisp_source__bind(L, cls, t->s, value, pos);
	} else if (t->a->kind == SX_NAME && aisp_slice_eqz(on, "module") && aisp_slice_eqz(t->s, "exports")) {
		(void)aisp_source__bind(L, top, AISP_S("\001exports"), value, pos);
	} else if ((t->a->kind == SX_NAME || t->a->kind == SX_ATTR) && aisp_slice_eqz(on, "exports")) {
		(void)aisp_source__bind(L, top, t->s, value, pos);
	} else if (t->a->kind == SX_NAME && value) {
		struct sx *d = aisp_source__sx_new(L, SX_DICT, target.node);
		struct sx_arg *arg = aisp_source__lower_alloc(L, sizeof *arg);

		if (!d || !arg)
			return;
		arg->name = t->s;
		arg->value = value;
		d->args = arg;
		d->n = 1;
		aisp_source__js_add_to(L, t->a, d, pos);
	}
}

static void assign_pattern(struct lower *L, struct kid target, struct sx *value, uint32_t pos)
{
	struct kids ks = aisp_source__kids_of(L, target.node);
	uint32_t at = 0;

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i), key, val;
		struct kids ks2;
		struct sx *part, *dflt, *two[2];

		if (!c.named)
			continue;
		if (target.kind == K_array_pattern) {
			part = aisp_source__sx_new(L, SX_PART, c.node);
			if (part) {
				part->a = value;
				part->n = at++;
				aisp_source__js_assign(L, c, part, NULL, pos);
			}
			continue;
		}
		ks2 = aisp_source__kids_of(L, c.node);
		if (c.kind == K_shorthand_property_identifier_pattern) {
			struct aisp_slice n = aisp_source__node_text(L, c.node);

			(void)aisp_source__bind(L, L->scope, n, attr_of(L, c.node, value, n), pos);
		} else if (c.kind == K_pair_pattern && aisp_source__kid_field(L, ks2, F_key, &key) && aisp_source__kid_field(L, ks2, F_value, &val)) {
			aisp_source__js_assign(L, val, attr_of(L, c.node, value, aisp_source__js_key_text(L, key)), NULL, pos);
		} else if (c.kind == K_object_assignment_pattern && aisp_source__kid_field(L, ks2, F_left, &key) &&
		           aisp_source__kid_field(L, ks2, F_right, &val)) {
			dflt = aisp_source__js_expr(L, val);
			two[0] = attr_of(L, c.node, value, aisp_source__node_text(L, key.node));
			two[1] = dflt;
			part = two[0] && dflt ? aisp_source__sx_kids(L, SX_OR, c.node, two, 2) : NULL;
			if (key.kind == K_shorthand_property_identifier_pattern)
				(void)aisp_source__bind(L, L->scope, aisp_source__node_text(L, key.node), part, pos);
		}
		aisp_source__kids_done(L, ks2);
	}
	aisp_source__kids_done(L, ks);
}

void aisp_source__js_assign(struct lower *L, struct kid target, struct sx *value, struct sx *annot, uint32_t pos)
{
	struct kids ks;
	struct kid l;
	struct sbind *b;

	if (!aisp_source__lower_enter(L))
		return;
	switch (target.kind) {
	case K_identifier:
		b = aisp_source__bind(L, L->scope, aisp_source__node_text(L, target.node), value, pos);
		if (b)
			b->annot = annot;
		break;
	case K_member_expression:
		assign_member(L, target, value, pos);
		break;
	case K_object_pattern:
	case K_array_pattern:
		assign_pattern(L, target, value, pos);
		break;
	case K_assignment_pattern:
		ks = aisp_source__kids_of(L, target.node);
		if (aisp_source__kid_field(L, ks, F_left, &l))
			aisp_source__js_assign(L, l, value, NULL, pos);
		aisp_source__kids_done(L, ks);
		break;
	default:
		break;
	}
	L->depth--;
}

static struct sx *assignment(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct kid l, r, op;
	struct sx *v = NULL;

	if (aisp_source__kid_field(L, ks, F_left, &l) && aisp_source__kid_field(L, ks, F_right, &r)) {
		v = aisp_source__js_expr(L, r);
		if (k.kind == K_assignment_expression) {
			aisp_source__js_assign(L, l, v, NULL, ts_node_end_byte(k.node));
		} else if (aisp_source__kid_field(L, ks, F_operator, &op)) {
			if (aisp_slice_eqz(aisp_source__node_text(L, op.node), "+="))
				aisp_source__js_add_to(L, aisp_source__js_expr(L, l), v, ts_node_end_byte(k.node));
			else if (aisp_slice_eqz(aisp_source__node_text(L, op.node), "?\?=") ||
			         aisp_slice_eqz(aisp_source__node_text(L, op.node), "||="))
				aisp_source__js_assign(L, l, v, NULL, ts_node_end_byte(k.node));
		}
	}
	aisp_source__kids_done(L, ks);
	return v;
}

static struct sx *ternary(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct kid c, a, b;
	struct sx *x = NULL;

	if (aisp_source__kid_field(L, ks, F_condition, &c) && aisp_source__kid_field(L, ks, F_consequence, &a) &&
	    aisp_source__kid_field(L, ks, F_alternative, &b)) {
		struct sx *two[2] = {aisp_source__js_expr(L, a), aisp_source__js_expr(L, b)};

		aisp_source__js_root(L, aisp_source__js_expr(L, c));
		if (two[0] && two[1])
			x = aisp_source__sx_kids(L, SX_COND, k.node, two, 2);
	}
	aisp_source__kids_done(L, ks);
	return x;
}

static struct sx *leaf(struct lower *L, struct kid k)
{
	struct sx *x;

	switch (k.kind) {
	case K_number:
		x = aisp_source__sx_new(L, SX_NUM, k.node);
		if (x)
			x->s = aisp_source__node_text(L, k.node);
		return x;
	case K_true:
	case K_false:
		x = aisp_source__sx_new(L, SX_BOOL, k.node);
		if (x)
			x->n = k.kind == K_true;
		return x;
	case K_null:
	case K_undefined:
		return aisp_source__sx_new(L, SX_NULL, k.node);
	default:
		return aisp_source__sx_name(L, k.node, aisp_source__node_text(L, k.node));
	}
}

static struct sx *expr_in(struct lower *L, struct kid k)
{
	switch (k.kind) {
	case K_number:
	case K_true:
	case K_false:
	case K_null:
	case K_undefined:
	case K_identifier:
	case K_type_identifier:
	case K_this:
	case K_super:
	case K_shorthand_property_identifier:
		return leaf(L, k);
	case K_string:
	case K_template_string:
		return string(L, k);
	case K_member_expression:
	case K_subscript_expression:
		return member(L, k);
	case K_call_expression:
	case K_new_expression:
		return call(L, k);
	case K_assignment_expression:
	case K_augmented_assignment_expression:
		return assignment(L, k);
	case K_object:
		return object(L, k);
	case K_array:
		return as_kind(aisp_source__js_walk(L, k), SX_LIST);
	case K_spread_element:
		return spread(L, k);
	case K_binary_expression:
		return binary(L, k);
	case K_ternary_expression:
		return ternary(L, k);
	case K_await_expression:
	case K_parenthesized_expression:
	case K_as_expression:
	case K_satisfies_expression:
	case K_non_null_expression:
	case K_generic_type:
		return aisp_source__js_only_kid(L, k);
	case K_function_expression:
	case K_generator_function:
	case K_arrow_function:
		return aisp_source__js_function(L, k, aisp_slice_z(""));
	case K_class:
		return aisp_source__js_class_(L, k, aisp_slice_z(""));
	case K_type_annotation:
	case K_type_arguments:
	case K_type_parameters:
	case K_interface_declaration:
	case K_type_alias_declaration:
	case K_ambient_declaration:
		return NULL;
	case K_statement_block:
	case K_expression_statement:
	case K_lexical_declaration:
	case K_function_declaration:
	case K_class_declaration:
	case K_return_statement:
	case K_if_statement:
		aisp_source__js_stmt(L, k);
		return NULL;
	default:
		return aisp_source__js_walk(L, k);
	}
}

struct sx *aisp_source__js_expr(struct lower *L, struct kid k)
{
	struct sx *x;

	if (!aisp_source__lower_enter(L))
		return aisp_source__sx_new(L, SX_UNKNOWN, k.node);
	x = expr_in(L, k);
	L->depth--;
	return x;
}
