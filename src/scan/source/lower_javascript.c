/* JavaScript, TypeScript and TSX → the common form. Grammars: tree-sitter-javascript 0.23, tree-sitter-typescript 0.23. */
#include "scan/source/lower.h"
#include <stdio.h>

#define KINDS(X)                                                                                                       \
	X(program) X(expression_statement) X(lexical_declaration) X(variable_declaration) X(variable_declarator)       \
	X(import_statement) X(import_clause) X(namespace_import) X(named_imports) X(import_specifier)                  \
	X(import_require_clause) X(export_statement) X(export_clause) X(export_specifier) X(namespace_export)          \
	X(function_declaration) X(generator_function_declaration) X(function_expression) X(generator_function)         \
	X(arrow_function) X(class_declaration) X(abstract_class_declaration) X(class) X(class_heritage)                \
	X(extends_clause) X(class_body) X(method_definition) X(field_definition) X(public_field_definition)            \
	X(return_statement) X(if_statement) X(else_clause) X(for_statement) X(for_in_statement) X(while_statement)     \
	X(do_statement) X(try_statement) X(catch_clause) X(finally_clause) X(switch_statement) X(switch_body)          \
	X(switch_case) X(switch_default) X(statement_block) X(throw_statement) X(labeled_statement) X(identifier)      \
	X(property_identifier) X(private_property_identifier) X(shorthand_property_identifier)                         \
	X(shorthand_property_identifier_pattern) X(this) X(member_expression) X(subscript_expression)                  \
	X(call_expression) X(new_expression) X(arguments) X(assignment_expression) X(augmented_assignment_expression)  \
	X(object) X(pair) X(spread_element) X(array) X(string) X(string_fragment) X(escape_sequence)                   \
	X(template_string) X(template_substitution) X(number) X(true) X(false) X(null) X(undefined)                    \
	X(binary_expression) X(ternary_expression) X(await_expression) X(parenthesized_expression) X(as_expression)    \
	X(satisfies_expression) X(non_null_expression) X(type_assertion) X(sequence_expression) X(object_pattern)      \
	X(array_pattern) X(pair_pattern) X(object_assignment_pattern) X(assignment_pattern) X(rest_pattern)            \
	X(formal_parameters) X(required_parameter) X(optional_parameter) X(type_annotation) X(type_identifier)         \
	X(type_arguments) X(type_parameters) X(interface_declaration) X(type_alias_declaration) X(enum_declaration)    \
	X(ambient_declaration) X(generic_type) X(decorator) X(computed_property_name) X(import) X(super) X(ERROR)      \
	X(internal_module) X(yield_expression)
#define FIELDS(X)                                                                                                      \
	X(name) X(value) X(type) X(source) X(alias) X(declaration) X(parameters) X(parameter) X(body) X(property)      \
	X(object) X(index) X(function) X(arguments) X(constructor) X(left) X(right) X(key) X(operator) X(condition)    \
	X(consequence) X(alternative) X(handler) X(finalizer) X(pattern) X(initializer) X(increment) X(decorator)
enum { K_none_,
#define X(n) K_##n,
       KINDS(X)
#undef X
};
enum { F_none_,
#define X(n) F_##n,
       FIELDS(X)
#undef X
};
const char *const javascript_kinds[] = {"",
#define X(n) #n,
                                        KINDS(X)
#undef X
                                                NULL};
const char *const javascript_fields[] = {"",
#define X(n) #n,
                                         FIELDS(X)
#undef X
                                                 NULL};

static struct sx *expr(struct lower *L, struct kid k);
static void stmt(struct lower *L, struct kid k);
static void assign(struct lower *L, struct kid target, struct sx *value, struct sx *annot, uint32_t pos);

static bool enter(struct lower *L)
{
	if (L->depth >= L->max_depth) {
		L->m->partial = "code nested deeper than the limit was left out";
		return false;
	}
	L->depth++;
	return L->bad == 0;
}

static void each_stmt(struct lower *L, TSNode node)
{
	struct kids ks = kids_of(L, node);

	for (size_t i = 0; i < ks.n; i++)
		if (kid_at(L, ks, i).named)
			stmt(L, kid_at(L, ks, i));
	kids_done(L, ks);
}

static void branch(struct lower *L, struct kid k)
{
	uint32_t outer = block_push(L);

	stmt(L, k);
	L->block = outer;
}

static struct sx *walk(struct lower *L, struct kid k)
{
	struct kids ks = kids_of(L, k.node);
	sx_vec v = {0};
	struct sx *x = sx_new(L, SX_UNKNOWN, k.node);
	uint32_t n;
	struct sx **p;

	for (size_t i = 0; i < ks.n; i++)
		if (kid_at(L, ks, i).named)
			sxs_add(L, &v, expr(L, kid_at(L, ks, i)));
	kids_done(L, ks);
	p = sxs_take(L, &v, &n);
	if (x) {
		x->kids = p;
		x->n = n;
	}
	return x;
}

static struct sx *only_kid(struct lower *L, struct kid k)
{
	struct kids ks = kids_of(L, k.node);
	struct sx *x = NULL;

	for (size_t i = 0; i < ks.n && !x; i++)
		if (kid_at(L, ks, i).named)
			x = expr(L, kid_at(L, ks, i));
	kids_done(L, ks);
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
	struct sx *inner = only_kid(L, k), *x = sx_new(L, SX_SPREAD, k.node);

	if (x)
		x->a = inner;
	return x;
}

/* 'text', "text" and `text ${x}`. */
static struct sx *string(struct lower *L, struct kid k)
{
	struct aisp_slice whole = node_text(L, k.node);
	struct kids ks;
	sx_vec v = {0};
	struct sx *x;
	uint32_t at = ts_node_start_byte(k.node) + 1;
	uint32_t end = ts_node_end_byte(k.node) - (whole.n >= 2 ? 1 : 0);

	if (k.kind == K_string)
		return sx_str(L, k.node,
		              unescape(L, whole.n >= 2 ? aisp_slice_of(whole.p + 1, whole.n - 2) : aisp_slice_z("")));
	ks = kids_of(L, k.node);
	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i);
		uint32_t from = ts_node_start_byte(c.node);
		struct sx *part;

		if (c.kind != K_template_substitution)
			continue;
		if (from > at)
			sxs_add(L, &v, sx_str(L, k.node, unescape(L, aisp_slice_of(L->text.p + at, from - at))));
		part = only_kid(L, c);
		sxs_add(L, &v, part ? part : sx_new(L, SX_UNKNOWN, c.node));
		at = ts_node_end_byte(c.node);
	}
	if (end > at && end <= L->text.n)
		sxs_add(L, &v, sx_str(L, k.node, unescape(L, aisp_slice_of(L->text.p + at, end - at))));
	kids_done(L, ks);
	if (v.n == 0)
		x = sx_str(L, k.node, aisp_slice_z(""));
	else if (v.n == 1 && v.v[0]->kind == SX_STR)
		x = v.v[0];
	else
		x = sx_kids(L, SX_CONCAT, k.node, v.v, v.n);
	aisp_vec_done(&v);
	return x;
}

static struct sx *call(struct lower *L, struct kid k)
{
	struct kids ks = kids_of(L, k.node);
	struct kid f, as;
	struct sx *x = sx_new(L, SX_CALL, k.node);
	arg_vec v = {0};

	if (!x || !(kid_field(L, ks, F_function, &f) || kid_field(L, ks, F_constructor, &f))) {
		kids_done(L, ks);
		return x;
	}
	x->is_new = k.kind == K_new_expression;
	if (f.kind != K_import)
		x->a = expr(L, f);
	if (kid_field(L, ks, F_arguments, &as)) {
		struct kids ks2 = kids_of(L, as.node);

		if (as.kind == K_template_string) { /* sql`…` */
			args_add(L, &v, (struct sx_arg){.value = string(L, as)});
			ks2.n = 0;
		}
		for (size_t i = 0; i < ks2.n; i++) {
			struct kid c = kid_at(L, ks2, i);
			struct sx_arg arg = {0};

			if (!c.named)
				continue;
			arg.value = expr(L, c);
			if (arg.value && arg.value->kind == SX_SPREAD) {
				arg.value = arg.value->a;
				arg.spread = true;
			}
			args_add(L, &v, arg);
		}
		kids_done(L, ks2);
	}
	kids_done(L, ks);
	x->args = args_take(L, &v, &x->n);
	if ((f.kind == K_import ||
	     (x->a && x->a->kind == SX_NAME && aisp_slice_eqz(x->a->s, "require") && !x->is_new)) &&
	    x->n >= 1 && x->args[0].value->kind == SX_STR) {
		struct aisp_slice module = x->args[0].value->s;

		mention(L, module, aisp_slice_z(""), x->line);
		return sx_import(L, k.node, module, aisp_slice_z(""));
	}
	return x;
}

static struct aisp_slice key_text(struct lower *L, struct kid k)
{
	struct aisp_slice s = node_text(L, k.node);

	if (k.kind == K_string && s.n >= 2)
		return aisp_slice_of(s.p + 1, s.n - 2);
	if (k.kind == K_computed_property_name)
		return aisp_slice_of(NULL, 0);
	return s;
}

static struct sx *function(struct lower *L, struct kid k, struct aisp_slice name);

static struct sx *object(struct lower *L, struct kid k)
{
	struct kids ks = kids_of(L, k.node);
	struct sx *x = sx_new(L, SX_DICT, k.node);
	arg_vec v = {0};

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i), key, val;
		struct kids ks2 = {0};
		struct sx_arg arg = {0};

		if (!c.named)
			continue;
		ks2 = kids_of(L, c.node);
		if (c.kind == K_shorthand_property_identifier) {
			arg.name = node_text(L, c.node);
			arg.value = sx_name(L, c.node, arg.name);
		} else if (c.kind == K_spread_element) {
			arg.value = only_kid(L, c);
			arg.spread = true;
		} else if (c.kind == K_pair && kid_field(L, ks2, F_key, &key) && kid_field(L, ks2, F_value, &val)) {
			arg.name = key_text(L, key);
			arg.computed = !arg.name.n;
			arg.value = val.kind == K_arrow_function || val.kind == K_function_expression
			                    ? function(L, val, arg.name)
			                    : expr(L, val);
		} else if (c.kind == K_method_definition && kid_field(L, ks2, F_name, &key)) {
			arg.name = key_text(L, key);
			arg.value = function(L, c, arg.name);
		}
		kids_done(L, ks2);
		args_add(L, &v, arg);
	}
	kids_done(L, ks);
	if (x)
		x->args = args_take(L, &v, &x->n);
	else
		aisp_vec_done(&v);
	return x;
}

static struct sx *member(struct lower *L, struct kid k)
{
	struct kids ks = kids_of(L, k.node);
	struct kid o, p;
	bool index = k.kind == K_subscript_expression;
	struct sx *x = sx_new(L, index ? SX_INDEX : SX_ATTR, k.node);

	if (x && kid_field(L, ks, F_object, &o) && kid_field(L, ks, index ? F_index : F_property, &p)) {
		x->a = expr(L, o);
		if (index) {
			struct sx *i = expr(L, p);

			x->kids = lower_alloc(L, sizeof *x->kids);
			if (x->kids && i) {
				x->kids[0] = i;
				x->n = 1;
			}
		} else {
			x->s = node_text(L, p.node);
		}
	}
	kids_done(L, ks);
	return x;
}

static struct sx *binary(struct lower *L, struct kid k)
{
	struct kids ks = kids_of(L, k.node);
	struct kid l, r, op;
	struct sx *x = NULL;

	if (kid_field(L, ks, F_left, &l) && kid_field(L, ks, F_right, &r) && kid_field(L, ks, F_operator, &op)) {
		struct aisp_slice o = node_text(L, op.node);
		struct sx *two[2] = {expr(L, l), expr(L, r)};
		bool either = aisp_slice_eqz(o, "||") || aisp_slice_eqz(o, "??");

		if (two[0] && two[1])
			x = sx_kids(L, either ? SX_OR : aisp_slice_eqz(o, "+") ? SX_CONCAT : SX_UNKNOWN, k.node, two, 2);
	}
	kids_done(L, ks);
	return x;
}

static void root(struct lower *L, struct sx *x)
{
	if (L->scope)
		root_add(L, &L->scope->roots_tail, x);
}

static struct sx *attr_of(struct lower *L, TSNode at, struct sx *of, struct aisp_slice name)
{
	struct sx *x = sx_new(L, SX_ATTR, at);

	if (x) {
		x->a = of;
		x->s = name;
	}
	return x;
}

/* One parameter: an identifier, or a pattern whose names are parts of the parameter. */
static void param(struct lower *L, struct sscope *s, struct kid k, struct sparam *p)
{
	struct kids ks = kids_of(L, k.node);
	struct kid c, target = k;

	if (k.kind == K_assignment_pattern) {
		if (kid_field(L, ks, F_right, &c))
			p->dflt = expr(L, c);
		if (kid_field(L, ks, F_left, &c))
			target = c;
	} else if (k.kind == K_required_parameter || k.kind == K_optional_parameter) {
		if (kid_field(L, ks, F_value, &c))
			p->dflt = expr(L, c);
		if (kid_field(L, ks, F_type, &c))
			p->annot = only_kid(L, c);
		if (kid_field(L, ks, F_pattern, &c) || kid_field(L, ks, F_name, &c))
			target = c;
	}
	kids_done(L, ks);
	p->rest = target.kind == K_rest_pattern;
	if (target.kind == K_identifier) {
		p->name = node_text(L, target.node);
	} else if (target.kind == K_object_pattern || target.kind == K_array_pattern) {
		p->name = aisp_arena_printf(L->a, "\001%u", s->n_params);
		if (!p->name.p)
			L->bad = AISP_E_NOMEM;
		assign(L, target, sx_name(L, target.node, p->name), NULL, ts_node_start_byte(k.node));
	}
}

static void params(struct lower *L, struct sscope *s, struct kid k)
{
	struct kids ks = kids_of(L, k.node);
	uint32_t n = 0;

	for (size_t i = 0; i < ks.n; i++)
		n += kid_at(L, ks, i).named;
	if (k.kind == K_identifier)
		n = 1;
	s->params = n ? lower_alloc(L, n * sizeof *s->params) : NULL;
	if (s->params && k.kind == K_identifier) {
		s->params[0].name = node_text(L, k.node);
		s->n_params = 1;
		n = 0;
	}
	for (size_t i = 0; s->params && i < ks.n && s->n_params < n; i++) {
		struct sparam *p = &s->params[s->n_params];

		if (!kid_at(L, ks, i).named)
			continue;
		param(L, s, kid_at(L, ks, i), p);
		s->n_params++;
		root(L, p->dflt);
	}
	kids_done(L, ks);
}

static struct sx *function(struct lower *L, struct kid k, struct aisp_slice given)
{
	struct kids ks = kids_of(L, k.node);
	struct sx *x = sx_new(L, SX_FUNC, k.node);
	struct kid name, c;
	uint32_t outer = L->block;
	struct sscope *s = scope_push(L, SSCOPE_FUNC, kid_field(L, ks, F_name, &name) ? key_text(L, name) : given, k.node);

	if (x && s) {
		x->scope = s;
		s->self_expr = x;
		s->is_lambda = !s->name.n;
		if (kid_field(L, ks, F_parameters, &c) || kid_field(L, ks, F_parameter, &c))
			params(L, s, c);
		if (kid_field(L, ks, F_body, &c)) {
			if (c.kind == K_statement_block)
				each_stmt(L, c.node);
			else
				root_add(L, &s->returns_tail, expr(L, c));
		}
	}
	scope_pop(L, s, outer);
	kids_done(L, ks);
	return x;
}

static void class_member(struct lower *L, struct sscope *cls, struct kid k)
{
	struct kids ks = kids_of(L, k.node);
	struct kid name, v;
	struct sx *x = NULL;

	if (!kid_field(L, ks, F_name, &name) && !kid_field(L, ks, F_property, &name)) {
		kids_done(L, ks);
		return;
	}
	if (k.kind == K_method_definition)
		x = function(L, k, key_text(L, name));
	else if (kid_field(L, ks, F_value, &v))
		x = v.kind == K_arrow_function ? function(L, v, key_text(L, name)) : expr(L, v);
	kids_done(L, ks);
	if (!x)
		return;
	(void)bind(L, cls, key_text(L, name), x, ts_node_end_byte(k.node));
	root_add(L, &cls->roots_tail, x);
}

static struct sx *class_(struct lower *L, struct kid k, struct aisp_slice given)
{
	struct kids ks = kids_of(L, k.node);
	struct sx *x = sx_new(L, SX_CLASS, k.node), *base = NULL;
	struct kid name, body;
	uint32_t outer = L->block;
	struct sscope *s;

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i), v;
		struct kids ks2;

		if (c.kind != K_class_heritage)
			continue;
		ks2 = kids_of(L, c.node);
		for (size_t j = 0; j < ks2.n && !base; j++) {
			struct kid h = kid_at(L, ks2, j);
			struct kids ks3 = kids_of(L, h.node);

			if (h.kind == K_extends_clause && kid_field(L, ks3, F_value, &v))
				base = expr(L, v);
			else if (h.named && h.kind != K_extends_clause)
				base = expr(L, h);
			kids_done(L, ks3);
		}
		kids_done(L, ks2);
	}
	s = scope_push(L, SSCOPE_CLASS, kid_field(L, ks, F_name, &name) ? node_text(L, name.node) : given, k.node);
	if (x && s && kid_field(L, ks, F_body, &body)) {
		struct kids ks2 = kids_of(L, body.node);

		x->scope = s;
		s->self_expr = x;
		if (base && (s->bases = lower_alloc(L, sizeof *s->bases))) {
			s->bases[0].value = base;
			s->n_bases = 1;
		}
		for (size_t i = 0; i < ks2.n; i++)
			if (kid_at(L, ks2, i).named)
				class_member(L, s, kid_at(L, ks2, i));
		kids_done(L, ks2);
	} else if (x) {
		x->kind = SX_UNKNOWN;
	}
	scope_pop(L, s, outer);
	kids_done(L, ks);
	return x;
}

static void add_to(struct lower *L, struct sx *target, struct sx *value, uint32_t pos)
{
	struct sbind *b = NULL;
	struct sscope *cls;

	if (!target || !value)
		return;
	if (target->kind == SX_NAME)
		b = bind(L, L->scope, target->s, value, pos);
	else if (target->kind == SX_ATTR && target->a && target->a->kind == SX_NAME &&
	         aisp_slice_eqz(target->a->s, "this") && (cls = class_around(L->scope)))
		b = bind(L, cls, target->s, value, pos);
	if (b)
		b->adds = true;
}

/* this.x = v; module.exports = v; exports.x = v; tools.x = v */
static void assign_member(struct lower *L, struct kid target, struct sx *value, uint32_t pos)
{
	struct sx *t = expr(L, target);
	struct sscope *cls, *top = L->scope;
	struct aisp_slice on;

	while (top && top->parent)
		top = top->parent;
	if (!t || t->kind != SX_ATTR || !t->a)
		return;
	on = t->a->s;
	if (t->a->kind == SX_NAME && aisp_slice_eqz(on, "this")) {
		cls = class_around(L->scope);
		if (cls)
			(void)bind(L, cls, t->s, value, pos);
	} else if (t->a->kind == SX_NAME && aisp_slice_eqz(on, "module") && aisp_slice_eqz(t->s, "exports")) {
		(void)bind(L, top, AISP_S("\001exports"), value, pos);
	} else if ((t->a->kind == SX_NAME || t->a->kind == SX_ATTR) && aisp_slice_eqz(on, "exports")) {
		(void)bind(L, top, t->s, value, pos);
	} else if (t->a->kind == SX_NAME && value) {
		struct sx *d = sx_new(L, SX_DICT, target.node);
		struct sx_arg *arg = lower_alloc(L, sizeof *arg);

		if (!d || !arg)
			return;
		arg->name = t->s;
		arg->value = value;
		d->args = arg;
		d->n = 1;
		add_to(L, t->a, d, pos);
	}
}

static void assign_pattern(struct lower *L, struct kid target, struct sx *value, uint32_t pos)
{
	struct kids ks = kids_of(L, target.node);
	uint32_t at = 0;

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i), key, val;
		struct kids ks2;
		struct sx *part, *dflt, *two[2];

		if (!c.named)
			continue;
		if (target.kind == K_array_pattern) {
			part = sx_new(L, SX_PART, c.node);
			if (part) {
				part->a = value;
				part->n = at++;
				assign(L, c, part, NULL, pos);
			}
			continue;
		}
		ks2 = kids_of(L, c.node);
		if (c.kind == K_shorthand_property_identifier_pattern) {
			struct aisp_slice n = node_text(L, c.node);

			(void)bind(L, L->scope, n, attr_of(L, c.node, value, n), pos);
		} else if (c.kind == K_pair_pattern && kid_field(L, ks2, F_key, &key) && kid_field(L, ks2, F_value, &val)) {
			assign(L, val, attr_of(L, c.node, value, key_text(L, key)), NULL, pos);
		} else if (c.kind == K_object_assignment_pattern && kid_field(L, ks2, F_left, &key) &&
		           kid_field(L, ks2, F_right, &val)) {
			dflt = expr(L, val);
			two[0] = attr_of(L, c.node, value, node_text(L, key.node));
			two[1] = dflt;
			part = two[0] && dflt ? sx_kids(L, SX_OR, c.node, two, 2) : NULL;
			if (key.kind == K_shorthand_property_identifier_pattern)
				(void)bind(L, L->scope, node_text(L, key.node), part, pos);
		}
		kids_done(L, ks2);
	}
	kids_done(L, ks);
}

static void assign(struct lower *L, struct kid target, struct sx *value, struct sx *annot, uint32_t pos)
{
	struct kids ks;
	struct kid l;
	struct sbind *b;

	if (!enter(L))
		return;
	switch (target.kind) {
	case K_identifier:
		b = bind(L, L->scope, node_text(L, target.node), value, pos);
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
		ks = kids_of(L, target.node);
		if (kid_field(L, ks, F_left, &l))
			assign(L, l, value, NULL, pos);
		kids_done(L, ks);
		break;
	default:
		break;
	}
	L->depth--;
}

static struct sx *assignment(struct lower *L, struct kid k)
{
	struct kids ks = kids_of(L, k.node);
	struct kid l, r, op;
	struct sx *v = NULL;

	if (kid_field(L, ks, F_left, &l) && kid_field(L, ks, F_right, &r)) {
		v = expr(L, r);
		if (k.kind == K_assignment_expression) {
			assign(L, l, v, NULL, ts_node_end_byte(k.node));
		} else if (kid_field(L, ks, F_operator, &op)) {
			if (aisp_slice_eqz(node_text(L, op.node), "+="))
				add_to(L, expr(L, l), v, ts_node_end_byte(k.node));
			else if (aisp_slice_eqz(node_text(L, op.node), "?\?=") ||
			         aisp_slice_eqz(node_text(L, op.node), "||="))
				assign(L, l, v, NULL, ts_node_end_byte(k.node));
		}
	}
	kids_done(L, ks);
	return v;
}

static struct sx *ternary(struct lower *L, struct kid k)
{
	struct kids ks = kids_of(L, k.node);
	struct kid c, a, b;
	struct sx *x = NULL;

	if (kid_field(L, ks, F_condition, &c) && kid_field(L, ks, F_consequence, &a) &&
	    kid_field(L, ks, F_alternative, &b)) {
		struct sx *two[2] = {expr(L, a), expr(L, b)};

		root(L, expr(L, c));
		if (two[0] && two[1])
			x = sx_kids(L, SX_COND, k.node, two, 2);
	}
	kids_done(L, ks);
	return x;
}

static struct sx *leaf(struct lower *L, struct kid k)
{
	struct sx *x;

	switch (k.kind) {
	case K_number:
		x = sx_new(L, SX_NUM, k.node);
		if (x)
			x->s = node_text(L, k.node);
		return x;
	case K_true:
	case K_false:
		x = sx_new(L, SX_BOOL, k.node);
		if (x)
			x->n = k.kind == K_true;
		return x;
	case K_null:
	case K_undefined:
		return sx_new(L, SX_NULL, k.node);
	default:
		return sx_name(L, k.node, node_text(L, k.node));
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
		return as_kind(walk(L, k), SX_LIST);
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
		return only_kid(L, k);
	case K_function_expression:
	case K_generator_function:
	case K_arrow_function:
		return function(L, k, aisp_slice_z(""));
	case K_class:
		return class_(L, k, aisp_slice_z(""));
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
		stmt(L, k);
		return NULL;
	default:
		return walk(L, k);
	}
}

static struct sx *expr(struct lower *L, struct kid k)
{
	struct sx *x;

	if (!enter(L))
		return sx_new(L, SX_UNKNOWN, k.node);
	x = expr_in(L, k);
	L->depth--;
	return x;
}

static void declare(struct lower *L, struct kid k, bool exported)
{
	struct kids ks = kids_of(L, k.node);

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i), name, v, t;
		struct kids ks2;
		struct sx *x = NULL, *annot = NULL;

		if (c.kind != K_variable_declarator)
			continue;
		ks2 = kids_of(L, c.node);
		if (kid_field(L, ks2, F_name, &name)) {
			if (kid_field(L, ks2, F_value, &v))
				x = (v.kind == K_arrow_function || v.kind == K_function_expression) &&
				                    name.kind == K_identifier
				            ? function(L, v, node_text(L, name.node))
				            : expr(L, v);
			if (kid_field(L, ks2, F_type, &t))
				annot = only_kid(L, t);
			root(L, x);
			if (x && x->kind == SX_FUNC && x->scope)
				x->scope->is_exported = exported;
			if (x || annot)
				assign(L, name, x, annot, ts_node_end_byte(c.node));
		}
		kids_done(L, ks2);
	}
	kids_done(L, ks);
}

static void import_clause(struct lower *L, struct kid k, struct aisp_slice module, uint32_t pos)
{
	struct kids ks = kids_of(L, k.node);

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i), n, as;
		struct kids ks2 = kids_of(L, c.node);
		struct sbind *b = NULL;

		if (c.kind == K_named_imports) {
			import_clause(L, c, module, pos);
		} else if (c.kind == K_identifier) {
			mention(L, module, AISP_S("default"), node_line(L, c.node));
			b = bind(L, L->scope, node_text(L, c.node), sx_import(L, c.node, module, AISP_S("default")), pos);
		} else if (c.kind == K_namespace_import && ks2.n) {
			as = kid_at(L, ks2, ks2.n - 1);
			mention(L, module, aisp_slice_z(""), node_line(L, c.node));
			b = bind(L, L->scope, node_text(L, as.node), sx_import(L, c.node, module, aisp_slice_z("")), pos);
		} else if (c.kind == K_import_specifier && kid_field(L, ks2, F_name, &n)) {
			struct aisp_slice name = node_text(L, n.node);

			if (!kid_field(L, ks2, F_alias, &as))
				as = n;
			mention(L, module, name, node_line(L, c.node));
			b = bind(L, L->scope, node_text(L, as.node), sx_import(L, c.node, module, name), pos);
		}
		if (b)
			b->binds_import = true;
		kids_done(L, ks2);
	}
	kids_done(L, ks);
}

static void import(struct lower *L, struct kid k)
{
	struct kids ks = kids_of(L, k.node);
	struct kid src;
	struct aisp_slice module;
	uint32_t pos = ts_node_start_byte(k.node);

	if (kid_field(L, ks, F_source, &src)) {
		module = key_text(L, src);
		mention(L, module, aisp_slice_z(""), node_line(L, k.node));
		for (size_t i = 0; i < ks.n; i++)
			if (kid_at(L, ks, i).kind == K_import_clause)
				import_clause(L, kid_at(L, ks, i), module, pos);
	}
	kids_done(L, ks);
}

static void export_names(struct lower *L, struct kid clause, struct aisp_slice module, uint32_t pos)
{
	struct kids ks = kids_of(L, clause.node);

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i), n, as;
		struct kids ks2;

		if (c.kind != K_export_specifier)
			continue;
		ks2 = kids_of(L, c.node);
		if (kid_field(L, ks2, F_name, &n)) {
			struct aisp_slice name = node_text(L, n.node), out = name;

			if (kid_field(L, ks2, F_alias, &as))
				out = node_text(L, as.node);
			if (module.n)
				(void)bind(L, L->scope, out, sx_import(L, c.node, module, name), pos);
			else if (!aisp_slice_eq(out, name))
				(void)bind(L, L->scope, out, sx_name(L, c.node, name), UINT32_MAX);
		}
		kids_done(L, ks2);
	}
	kids_done(L, ks);
}

static struct sx *define(struct lower *L, struct kid k)
{
	bool cls = k.kind == K_class_declaration || k.kind == K_abstract_class_declaration;
	struct sx *x = cls ? class_(L, k, aisp_slice_z("")) : function(L, k, aisp_slice_z(""));

	if (x && x->scope && (x->kind == SX_FUNC || x->kind == SX_CLASS))
		(void)bind(L, L->scope, x->scope->name, x, 0); /* hoisted */
	root(L, x);
	return x;
}

static void export(struct lower *L, struct kid k)
{
	struct kids ks = kids_of(L, k.node);
	struct kid src, d;
	struct aisp_slice module = aisp_slice_z("");
	uint32_t pos = ts_node_end_byte(k.node);
	struct sx *x = NULL;
	bool dflt = false, star = false, names = false;

	if (kid_field(L, ks, F_source, &src)) {
		module = key_text(L, src);
		mention(L, module, aisp_slice_z(""), node_line(L, k.node));
	}
	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i);
		struct aisp_slice t = c.named ? aisp_slice_z("") : node_text(L, c.node);

		dflt |= aisp_slice_eqz(t, "default");
		star |= aisp_slice_eqz(t, "*");
		if (c.kind == K_export_clause) {
			export_names(L, c, module, pos);
			names = true;
		}
	}
	if (star && module.n)
		star_add(L, module);
	if (kid_field(L, ks, F_declaration, &d)) {
		if (d.kind == K_lexical_declaration || d.kind == K_variable_declaration) {
			declare(L, d, true);
		} else if (d.kind == K_function_declaration || d.kind == K_generator_function_declaration ||
		           d.kind == K_class_declaration || d.kind == K_abstract_class_declaration) {
			x = define(L, d);
			if (x && x->scope)
				x->scope->is_exported = true;
		} else {
			stmt(L, d);
		}
	} else if (kid_field(L, ks, F_value, &d) && !names) {
		x = d.kind == K_arrow_function || d.kind == K_function_expression ? function(L, d, AISP_S("default"))
		                                                                 : expr(L, d);
		root(L, x);
	}
	if (dflt && x)
		(void)bind(L, L->scope, AISP_S("default"), x, pos);
	kids_done(L, ks);
}

static void for_in(struct lower *L, struct kid k)
{
	struct kids ks = kids_of(L, k.node);
	struct kid l, r, b;

	if (kid_field(L, ks, F_left, &l) && kid_field(L, ks, F_right, &r)) {
		struct sx *it = sx_new(L, SX_ITER, k.node), *from = expr(L, r);

		root(L, from);
		if (it && from) {
			it->a = from;
			assign(L, l, it, NULL, ts_node_end_byte(r.node));
		}
	}
	if (kid_field(L, ks, F_body, &b))
		branch(L, b);
	kids_done(L, ks);
}

static bool is_branch(uint16_t field, uint16_t kind)
{
	return field == F_consequence || field == F_alternative || field == F_body || kind == K_catch_clause ||
	       kind == K_switch_case || kind == K_switch_default;
}

static void compound(struct lower *L, struct kid k)
{
	struct kids ks = kids_of(L, k.node);

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i);

		if (!c.named)
			continue;
		if (is_branch(c.field, c.kind) && k.kind != K_try_statement && k.kind != K_finally_clause &&
		    k.kind != K_switch_statement)
			branch(L, c);
		else if (c.kind == K_catch_clause)
			branch(L, c);
		else
			stmt(L, c);
	}
	kids_done(L, ks);
}

static void expression(struct lower *L, struct kid k)
{
	struct sx *x = only_kid(L, k);

	root(L, x);
	if (x && x->kind == SX_CALL && x->a && x->a->kind == SX_ATTR && x->a->a && x->n &&
	    (aisp_slice_eqz(x->a->s, "push") || aisp_slice_eqz(x->a->s, "unshift"))) {
		struct sx *items[16];
		size_t n = 0;

		for (uint32_t i = 0; i < x->n && n < 16; i++)
			items[n++] = x->args[i].value;
		add_to(L, x->a->a, sx_kids(L, SX_LIST, k.node, items, n), ts_node_end_byte(k.node));
	}
}

static void stmt_in(struct lower *L, struct kid k)
{
	switch (k.kind) {
	case K_expression_statement:
		expression(L, k);
		break;
	case K_lexical_declaration:
	case K_variable_declaration:
		declare(L, k, false);
		break;
	case K_import_statement:
		import(L, k);
		break;
	case K_export_statement:
		export(L, k);
		break;
	case K_function_declaration:
	case K_generator_function_declaration:
	case K_class_declaration:
	case K_abstract_class_declaration:
		(void)define(L, k);
		break;
	case K_return_statement:
		if (L->scope)
			root_add(L, &L->scope->returns_tail, only_kid(L, k));
		break;
	case K_if_statement:
	case K_else_clause:
	case K_for_statement:
	case K_while_statement:
	case K_do_statement:
	case K_try_statement:
	case K_catch_clause:
	case K_finally_clause:
	case K_switch_statement:
	case K_switch_body:
	case K_switch_case:
	case K_switch_default:
	case K_labeled_statement:
		compound(L, k);
		break;
	case K_for_in_statement:
		for_in(L, k);
		break;
	case K_statement_block:
	case K_program:
	case K_internal_module:
	case K_ERROR:
		each_stmt(L, k.node);
		break;
	default:
		root(L, expr(L, k));
	}
}

static void stmt(struct lower *L, struct kid k)
{
	if (!enter(L))
		return;
	stmt_in(L, k);
	L->depth--;
}

void lower_javascript(struct lower *L, TSNode top)
{
	each_stmt(L, top);
}
