/* Python → the common form. Grammar: tree-sitter-python 0.23. */
#include "scan/source/lower.h"

#define KINDS(X)                                                                                                       \
	X(module) X(expression_statement) X(assignment) X(augmented_assignment) X(import_statement)                    \
	X(import_from_statement) X(dotted_name) X(aliased_import) X(relative_import) X(wildcard_import)                \
	X(function_definition) X(class_definition) X(decorated_definition) X(decorator) X(return_statement)            \
	X(if_statement) X(elif_clause) X(else_clause) X(for_statement) X(while_statement) X(try_statement)             \
	X(except_clause) X(except_group_clause) X(finally_clause) X(with_statement) X(with_clause) X(with_item)        \
	X(match_statement) X(case_clause) X(block) X(global_statement) X(nonlocal_statement) X(identifier)             \
	X(attribute) X(call) X(argument_list) X(keyword_argument) X(list) X(tuple) X(set) X(dictionary) X(pair)        \
	X(expression_list) X(pattern_list) X(tuple_pattern) X(list_pattern) X(list_splat) X(dictionary_splat)          \
	X(list_splat_pattern) X(dictionary_splat_pattern) X(string) X(string_start) X(string_content) X(string_end)    \
	X(interpolation) X(concatenated_string) X(integer) X(float) X(true) X(false) X(none) X(binary_operator)        \
	X(boolean_operator) X(conditional_expression) X(lambda) X(subscript) X(await) X(parenthesized_expression)      \
	X(named_expression) X(list_comprehension) X(generator_expression) X(set_comprehension)                         \
	X(dictionary_comprehension) X(for_in_clause) X(if_clause) X(yield) X(type) X(generic_type) X(type_parameter)   \
	X(union_type) X(as_pattern) X(as_pattern_target) X(typed_parameter) X(default_parameter)                       \
	X(typed_default_parameter) X(ERROR)
#define FIELDS(X)                                                                                                      \
	X(left) X(right) X(type) X(name) X(alias) X(module_name) X(parameters) X(body) X(superclasses) X(definition)   \
	X(condition) X(consequence) X(alternative) X(value) X(object) X(attribute) X(function) X(arguments) X(key)     \
	X(operator) X(subscript) X(expression) X(return_type)
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
const char *const python_kinds[] = {"",
#define X(n) #n,
                                    KINDS(X)
#undef X
                                            NULL};
const char *const python_fields[] = {"",
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

static void branch(struct lower *L, TSNode node)
{
	uint32_t outer = block_push(L);

	each_stmt(L, node);
	L->block = outer;
}

/* All kids as expressions, the way unknown nodes are walked. */
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

static struct sx *list(struct lower *L, struct kid k)
{
	struct sx *x = walk(L, k);

	if (x)
		x->kind = SX_LIST;
	return x;
}

static struct sx *spread(struct lower *L, struct kid k)
{
	struct sx *inner = walk(L, k), *x = sx_new(L, SX_SPREAD, k.node);

	if (!x || !inner || inner->n != 1)
		return inner;
	x->a = inner->kids[0];
	return x;
}

static void string_part(struct lower *L, struct kid c, bool raw, sx_vec *v)
{
	struct aisp_slice s = node_text(L, c.node);
	struct kids ks;
	struct kid e;

	if (c.kind == K_string_content) {
		sxs_add(L, v, sx_str(L, c.node, raw ? s : unescape(L, s)));
		return;
	}
	if (c.kind != K_interpolation)
		return;
	ks = kids_of(L, c.node);
	if (kid_field(L, ks, F_expression, &e)) {
		struct sx *x = expr(L, e);

		sxs_add(L, v, x ? x : sx_new(L, SX_UNKNOWN, c.node));
	}
	kids_done(L, ks);
}

static struct sx *string(struct lower *L, struct kid k)
{
	struct kids ks = kids_of(L, k.node);
	sx_vec v = {0};
	bool raw = false;
	struct sx *x = NULL;

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i);

		if (c.kind == K_string_start) {
			struct aisp_slice s = node_text(L, c.node);

			raw = aisp_slice_chr(s, 'r') != SIZE_MAX || aisp_slice_chr(s, 'R') != SIZE_MAX;
		} else {
			string_part(L, c, raw, &v);
		}
	}
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

	if (x && kid_field(L, ks, F_function, &f))
		x->a = expr(L, f);
	if (x && kid_field(L, ks, F_arguments, &as)) {
		struct kids ks2 = kids_of(L, as.node);

		if (as.kind != K_argument_list) {
			args_add(L, &v, (struct sx_arg){.value = expr(L, as)});
			ks2.n = 0;
		}
		for (size_t i = 0; i < ks2.n; i++) {
			struct kid c = kid_at(L, ks2, i);
			struct sx_arg arg = {0};

			if (!c.named)
				continue;
			if (c.kind == K_keyword_argument) {
				struct kids ks3 = kids_of(L, c.node);
				struct kid n, val;

				if (kid_field(L, ks3, F_name, &n) && kid_field(L, ks3, F_value, &val)) {
					arg.name = node_text(L, n.node);
					arg.value = expr(L, val);
				}
				kids_done(L, ks3);
			} else {
				arg.value = expr(L, c);
				arg.spread = c.kind == K_list_splat || c.kind == K_dictionary_splat;
				if (arg.value && arg.value->kind == SX_SPREAD)
					arg.value = arg.value->a;
			}
			args_add(L, &v, arg);
		}
		kids_done(L, ks2);
	}
	kids_done(L, ks);
	if (x)
		x->args = args_take(L, &v, &x->n);
	else
		aisp_vec_done(&v);
	return x;
}

static struct sx *dict(struct lower *L, struct kid k)
{
	struct kids ks = kids_of(L, k.node);
	struct sx *x = sx_new(L, SX_DICT, k.node);
	arg_vec v = {0};

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i), key, val;
		struct sx_arg arg = {0};
		struct kids ks2;

		if (!c.named)
			continue;
		if (c.kind == K_dictionary_splat) {
			arg.value = spread(L, c);
			if (arg.value && arg.value->kind == SX_SPREAD)
				arg.value = arg.value->a;
			arg.spread = true;
			args_add(L, &v, arg);
			continue;
		}
		ks2 = kids_of(L, c.node);
		if (kid_field(L, ks2, F_key, &key) && kid_field(L, ks2, F_value, &val)) {
			struct sx *kx = expr(L, key);

			arg.value = expr(L, val);
			if (kx && kx->kind == SX_STR)
				arg.name = kx->s;
			else
				arg.computed = true;
			args_add(L, &v, arg);
		}
		kids_done(L, ks2);
	}
	kids_done(L, ks);
	if (x)
		x->args = args_take(L, &v, &x->n);
	else
		aisp_vec_done(&v);
	return x;
}

static struct sx *attribute(struct lower *L, struct kid k)
{
	struct kids ks = kids_of(L, k.node);
	struct kid o, n;
	struct sx *x = sx_new(L, SX_ATTR, k.node);

	if (x && kid_field(L, ks, F_object, &o) && kid_field(L, ks, F_attribute, &n)) {
		x->a = expr(L, o);
		x->s = node_text(L, n.node);
	}
	kids_done(L, ks);
	return x;
}

static struct sx *subscript(struct lower *L, struct kid k, uint16_t value_kind)
{
	struct kids ks = kids_of(L, k.node);
	struct sx *x = sx_new(L, SX_INDEX, k.node);
	sx_vec v = {0};

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i);

		if (!c.named || !x)
			continue;
		if (c.field == F_value || (value_kind && c.kind == value_kind && !x->a)) {
			x->a = expr(L, c);
		} else if (c.kind == K_type_parameter) {
			struct sx *ps = walk(L, c);

			for (uint32_t j = 0; ps && j < ps->n; j++)
				sxs_add(L, &v, ps->kids[j]);
		} else {
			sxs_add(L, &v, expr(L, c));
		}
	}
	kids_done(L, ks);
	if (x)
		x->kids = sxs_take(L, &v, &x->n);
	else
		aisp_vec_done(&v);
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
		enum sx_kind kind = aisp_slice_eqz(o, "+")    ? SX_CONCAT
		                    : aisp_slice_eqz(o, "|")  ? SX_PIPE
		                    : aisp_slice_eqz(o, "or") ? SX_OR
		                                              : SX_UNKNOWN;

		if (aisp_slice_eqz(o, "%") && two[0] && (two[0]->kind == SX_STR || two[0]->kind == SX_CONCAT)) {
			struct sx *f = sx_new(L, SX_ATTR, k.node);
			struct sx_arg *arg = lower_alloc(L, sizeof *arg);

			x = sx_new(L, SX_CALL, k.node);
			if (x && f && arg) {
				f->a = two[0];
				f->s = AISP_S("%");
				arg->value = two[1];
				x->a = f;
				x->args = arg;
				x->n = two[1] ? 1 : 0;
			}
		} else if (two[0] && two[1]) {
			x = sx_kids(L, kind, k.node, two, 2);
		}
	}
	kids_done(L, ks);
	return x;
}

static void param(struct lower *L, struct kid k, struct sparam *p)
{
	struct kids ks = kids_of(L, k.node);
	struct kid c;

	if (k.kind == K_identifier)
		p->name = node_text(L, k.node);
	p->rest = k.kind == K_list_splat_pattern || k.kind == K_dictionary_splat_pattern;
	if (kid_field(L, ks, F_name, &c))
		p->name = node_text(L, c.node);
	if (kid_field(L, ks, F_value, &c))
		p->dflt = expr(L, c);
	if (kid_field(L, ks, F_type, &c))
		p->annot = expr(L, c);
	for (size_t i = 0; i < ks.n && !p->name.n; i++) {
		c = kid_at(L, ks, i);
		if (c.kind == K_identifier)
			p->name = node_text(L, c.node);
		if (c.kind == K_list_splat_pattern || c.kind == K_dictionary_splat_pattern)
			param(L, c, p);
	}
	kids_done(L, ks);
}

/* Parameters; defaults and annotations are expressions of the scope around. */
static void params(struct lower *L, struct sscope *s, TSNode node)
{
	struct kids ks = kids_of(L, node);
	struct sscope *inner = L->scope;
	uint32_t block = L->block;
	uint32_t n = 0;

	for (size_t i = 0; i < ks.n; i++)
		n += kid_at(L, ks, i).named;
	s->params = n ? lower_alloc(L, n * sizeof *s->params) : NULL;
	if (n && !s->params)
		n = 0;
	L->scope = s->parent;
	if (L->m->n_blocks)
		L->block = L->m->blocks[block];
	for (size_t i = 0; i < ks.n && s->n_params < n; i++) {
		struct sparam *p = &s->params[s->n_params];

		if (!kid_at(L, ks, i).named)
			continue;
		param(L, kid_at(L, ks, i), p);
		s->n_params++;
		if (L->scope)
			root_add(L, &L->scope->roots_tail, p->dflt);
		if (L->scope)
			root_add(L, &L->scope->roots_tail, p->annot);
	}
	L->scope = inner;
	L->block = block;
	kids_done(L, ks);
}

static void docstring(struct lower *L, struct sscope *s, TSNode body)
{
	struct kids ks = kids_of(L, body);

	if (ks.n && kid_at(L, ks, 0).kind == K_expression_statement) {
		struct kids ks2 = kids_of(L, kid_at(L, ks, 0).node);

		if (ks2.n == 1 && kid_at(L, ks2, 0).kind == K_string) {
			struct sx *x = string(L, kid_at(L, ks2, 0));

			if (x && x->kind == SX_STR)
				s->doc = x->s;
		}
		kids_done(L, ks2);
	}
	kids_done(L, ks);
}

static struct sx *function(struct lower *L, struct kid k)
{
	struct kids ks = kids_of(L, k.node);
	struct sx *x = sx_new(L, SX_FUNC, k.node);
	struct kid name, c;
	uint32_t outer = L->block;
	bool lambda = k.kind == K_lambda;
	struct sscope *s = scope_push(L, SSCOPE_FUNC,
	                              kid_field(L, ks, F_name, &name) ? node_text(L, name.node) : aisp_slice_z(""), k.node);

	if (x && s) {
		x->scope = s;
		s->self_expr = x;
		s->is_lambda = lambda;
		if (kid_field(L, ks, F_parameters, &c))
			params(L, s, c.node);
		if (kid_field(L, ks, F_body, &c)) {
			if (lambda) {
				root_add(L, &s->returns_tail, expr(L, c));
			} else {
				docstring(L, s, c.node);
				each_stmt(L, c.node);
			}
		}
	}
	scope_pop(L, s, outer);
	kids_done(L, ks);
	return x;
}

static struct sx *class_(struct lower *L, struct kid k)
{
	struct kids ks = kids_of(L, k.node);
	struct sx *x = sx_new(L, SX_CLASS, k.node);
	struct kid name, c, sup;
	uint32_t outer = L->block, n_bases = 0;
	struct sx_arg *bases = NULL;
	struct sscope *s;

	if (kid_field(L, ks, F_superclasses, &sup)) {
		struct kids ks2 = kids_of(L, sup.node);
		arg_vec v = {0};

		for (size_t i = 0; i < ks2.n; i++)
			if (kid_at(L, ks2, i).named && kid_at(L, ks2, i).kind != K_keyword_argument)
				args_add(L, &v, (struct sx_arg){.value = expr(L, kid_at(L, ks2, i))});
		bases = args_take(L, &v, &n_bases);
		kids_done(L, ks2);
	}
	s = scope_push(L, SSCOPE_CLASS, kid_field(L, ks, F_name, &name) ? node_text(L, name.node) : aisp_slice_z(""),
	               k.node);
	if (x && s) {
		x->scope = s;
		s->self_expr = x;
		s->bases = bases;
		s->n_bases = n_bases;
		if (kid_field(L, ks, F_body, &c)) {
			docstring(L, s, c.node);
			each_stmt(L, c.node);
		}
	}
	scope_pop(L, s, outer);
	kids_done(L, ks);
	return x;
}

static struct sx *comprehension(struct lower *L, struct kid k)
{
	struct kids ks = kids_of(L, k.node);
	struct kid body;
	sx_vec v = {0};
	struct sx *x;

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i), l, r;
		struct kids ks2;

		if (c.kind == K_if_clause)
			sxs_add(L, &v, walk(L, c));
		if (c.kind != K_for_in_clause)
			continue;
		ks2 = kids_of(L, c.node);
		if (kid_field(L, ks2, F_left, &l) && kid_field(L, ks2, F_right, &r)) {
			struct sx *it = sx_new(L, SX_ITER, c.node), *from = expr(L, r);

			if (it && from) {
				it->a = from;
				assign(L, l, it, NULL, ts_node_start_byte(k.node));
				sxs_add(L, &v, from);
			}
		}
		kids_done(L, ks2);
	}
	if (kid_field(L, ks, F_body, &body)) {
		struct sx *b = body.kind == K_pair ? walk(L, body) : expr(L, body);

		if (b && aisp_vec_push(&v, b) < 0)
			L->bad = AISP_E_NOMEM;
		if (b && v.n > 1) { /* the element first */
			memmove(v.v + 1, v.v, (v.n - 1) * sizeof *v.v);
			v.v[0] = b;
		}
	}
	kids_done(L, ks);
	x = sx_kids(L, SX_COMP, k.node, v.v, v.n);
	aisp_vec_done(&v);
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

static struct sx *conditional(struct lower *L, struct kid k)
{
	struct sx *x = walk(L, k);

	if (x && x->n == 3) { /* value, condition, otherwise */
		struct sx *c = x->kids[1];

		x->kind = SX_COND;
		x->kids[1] = x->kids[2];
		x->kids[2] = c;
		x->n = 2;
		if (L->scope)
			root_add(L, &L->scope->roots_tail, c);
	}
	return x;
}

static struct sx *named(struct lower *L, struct kid k)
{
	struct kids ks = kids_of(L, k.node);
	struct kid n, v;
	struct sx *x = NULL;

	if (kid_field(L, ks, F_name, &n) && kid_field(L, ks, F_value, &v)) {
		x = expr(L, v);
		assign(L, n, x, NULL, ts_node_end_byte(k.node));
	}
	kids_done(L, ks);
	return x;
}

static struct sx *leaf(struct lower *L, struct kid k)
{
	struct sx *x;

	switch (k.kind) {
	case K_integer:
	case K_float:
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
	case K_none:
		return sx_new(L, SX_NULL, k.node);
	default:
		return sx_name(L, k.node, node_text(L, k.node));
	}
}

static struct sx *expr_in(struct lower *L, struct kid k)
{
	struct sx *x;

	switch (k.kind) {
	case K_integer:
	case K_float:
	case K_true:
	case K_false:
	case K_none:
	case K_identifier:
		return leaf(L, k);
	case K_string:
		return string(L, k);
	case K_concatenated_string:
		x = walk(L, k);
		if (x)
			x->kind = SX_CONCAT;
		return x;
	case K_attribute:
		return attribute(L, k);
	case K_call:
		return call(L, k);
	case K_list:
	case K_tuple:
	case K_set:
	case K_expression_list:
	case K_pattern_list:
		return list(L, k);
	case K_dictionary:
		return dict(L, k);
	case K_list_splat:
	case K_dictionary_splat:
		return spread(L, k);
	case K_binary_operator:
	case K_boolean_operator:
		return binary(L, k);
	case K_conditional_expression:
		return conditional(L, k);
	case K_lambda:
		return function(L, k);
	case K_subscript:
		return subscript(L, k, 0);
	case K_generic_type:
		return subscript(L, k, K_identifier);
	case K_union_type:
		x = walk(L, k);
		if (x)
			x->kind = SX_PIPE;
		return x;
	case K_await:
	case K_parenthesized_expression:
	case K_type:
		return only_kid(L, k);
	case K_named_expression:
		return named(L, k);
	case K_list_comprehension:
	case K_generator_expression:
	case K_set_comprehension:
	case K_dictionary_comprehension:
		return comprehension(L, k);
	case K_yield:
		x = only_kid(L, k);
		if (L->scope && L->scope->kind == SSCOPE_FUNC)
			root_add(L, &L->scope->returns_tail, x);
		return x;
	case K_block:
	case K_assignment:
	case K_function_definition:
	case K_class_definition:
	case K_expression_statement:
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

static void root(struct lower *L, struct sx *x)
{
	if (L->scope)
		root_add(L, &L->scope->roots_tail, x);
}

static bool is_global(const struct sscope *s, struct aisp_slice name)
{
	for (uint32_t i = 0; i < s->n_globals; i++)
		if (aisp_slice_eq(s->globals[i], name))
			return true;
	return false;
}

/* The scope in which an assignment to this plain name binds. */
static struct sscope *bind_scope(struct lower *L, struct aisp_slice name)
{
	struct sscope *s = L->scope;

	if (!s || !is_global(s, name))
		return s;
	for (s = s->parent; s && s->parent; s = s->parent)
		for (struct sbind *b = s->kind == SSCOPE_FUNC ? s->binds : NULL; b; b = b->next)
			if (aisp_slice_eq(b->name, name))
				return s;
	return s;
}

/* The class whose attribute `self.x` means here, or NULL. */
static struct sscope *self_class(struct lower *L, struct aisp_slice name)
{
	struct sscope *f = L->scope;

	while (f && f->kind == SSCOPE_FUNC && f->parent && f->parent->kind == SSCOPE_FUNC)
		f = f->parent;
	if (!f || f->kind != SSCOPE_FUNC || !f->parent || f->parent->kind != SSCOPE_CLASS || f->n_params == 0)
		return NULL;
	return aisp_slice_eq(f->params[0].name, name) ? f->parent : NULL;
}

static void assign_attr(struct lower *L, struct kid target, struct sx *value, uint32_t pos, bool adds)
{
	struct kids ks = kids_of(L, target.node);
	struct kid o, n;

	if (kid_field(L, ks, F_object, &o) && kid_field(L, ks, F_attribute, &n) && o.kind == K_identifier) {
		struct sscope *c = self_class(L, node_text(L, o.node));
		struct sbind *b = c ? bind(L, c, node_text(L, n.node), value, pos) : NULL;

		if (b)
			b->adds = adds;
	}
	kids_done(L, ks);
}

static void assign_parts(struct lower *L, struct kid target, struct sx *value, uint32_t pos)
{
	struct kids ks = kids_of(L, target.node);
	uint32_t at = 0;

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i);
		struct sx *part;

		if (!c.named)
			continue;
		part = sx_new(L, SX_PART, c.node);
		if (part) {
			part->a = value;
			part->n = at++;
			assign(L, c, part, NULL, pos);
		}
	}
	kids_done(L, ks);
}

/* tools["x"] = f: one more member of the dict. */
static void assign_member(struct lower *L, struct kid target, struct sx *value, uint32_t pos)
{
	struct kids ks = kids_of(L, target.node);
	struct kid v, key;

	if (kid_field(L, ks, F_value, &v) && kid_field(L, ks, F_subscript, &key) && v.kind == K_identifier && value) {
		struct sx *d = sx_new(L, SX_DICT, target.node), *kx = expr(L, key);
		struct sx_arg *arg = lower_alloc(L, sizeof *arg);
		struct sbind *b;

		if (d && arg) {
			arg->value = value;
			arg->computed = !kx || kx->kind != SX_STR;
			arg->name = arg->computed ? aisp_slice_z("") : kx->s;
			d->args = arg;
			d->n = 1;
			b = bind(L, bind_scope(L, node_text(L, v.node)), node_text(L, v.node), d, pos);
			if (b)
				b->adds = true;
		}
	}
	kids_done(L, ks);
}

static void assign(struct lower *L, struct kid target, struct sx *value, struct sx *annot, uint32_t pos)
{
	struct sbind *b;

	switch (target.kind) {
	case K_identifier:
		b = bind(L, bind_scope(L, node_text(L, target.node)), node_text(L, target.node), value, pos);
		if (b)
			b->annot = annot;
		break;
	case K_attribute:
		assign_attr(L, target, value, pos, false);
		break;
	case K_subscript:
		assign_member(L, target, value, pos);
		break;
	case K_tuple_pattern:
	case K_list_pattern:
	case K_pattern_list:
	case K_tuple:
	case K_list:
		assign_parts(L, target, value, pos);
		break;
	default:
		break;
	}
}

static struct sx *assignment(struct lower *L, struct kid k)
{
	struct kids ks = kids_of(L, k.node);
	struct kid l, r, t;
	struct sx *value = NULL, *annot = NULL;

	if (kid_field(L, ks, F_type, &t))
		annot = expr(L, t);
	if (kid_field(L, ks, F_right, &r))
		value = r.kind == K_assignment ? assignment(L, r) : expr(L, r);
	if (kid_field(L, ks, F_left, &l)) {
		assign(L, l, value, annot, ts_node_end_byte(k.node));
		if (l.kind == K_subscript)
			root(L, expr(L, l));
	}
	kids_done(L, ks);
	root(L, value);
	return value;
}

static void augmented(struct lower *L, struct kid k)
{
	struct kids ks = kids_of(L, k.node);
	struct kid l, r, op;

	if (kid_field(L, ks, F_left, &l) && kid_field(L, ks, F_right, &r) && kid_field(L, ks, F_operator, &op)) {
		struct sx *v = expr(L, r);
		struct sscope *s = l.kind == K_identifier ? bind_scope(L, node_text(L, l.node)) : NULL;
		struct sbind *b;

		root(L, v);
		if (l.kind == K_attribute) {
			assign_attr(L, l, v, ts_node_end_byte(k.node), true);
		} else if (s && aisp_slice_eqz(node_text(L, op.node), "+=")) {
			b = bind(L, s, node_text(L, l.node), v, ts_node_end_byte(k.node));
			if (b)
				b->adds = true;
		}
	}
	kids_done(L, ks);
}

/* x.append(y), x.extend(ys): one more item of the list x. */
static void append_like(struct lower *L, const struct sx *c, uint32_t pos)
{
	static const char *const one[] = {"append", "add", "insert", NULL};
	struct sx *v, *recv;
	struct sbind *b = NULL;
	struct sscope *cls;
	bool many;

	if (!c || c->kind != SX_CALL || !c->a || c->a->kind != SX_ATTR || !c->a->a || c->n == 0)
		return;
	many = aisp_slice_eqz(c->a->s, "extend") || aisp_slice_eqz(c->a->s, "update");
	v = c->args[c->n - 1].value;
	for (int i = 0; !many; i++) {
		if (!one[i])
			return;
		if (aisp_slice_eqz(c->a->s, one[i]))
			break;
	}
	recv = c->a->a;
	if (!many && v) {
		struct sx *l = lower_alloc(L, sizeof *l);
		struct sx **kids = lower_alloc(L, sizeof *kids);

		if (!l || !kids)
			return;
		*l = *v;
		l->kind = SX_LIST;
		l->memo = NULL;
		kids[0] = v;
		l->kids = kids;
		l->n = 1;
		v = l;
	}
	if (recv->kind == SX_NAME)
		b = bind(L, bind_scope(L, recv->s), recv->s, v, pos);
	else if (recv->kind == SX_ATTR && recv->a && recv->a->kind == SX_NAME && (cls = self_class(L, recv->a->s)))
		b = bind(L, cls, recv->s, v, pos);
	if (b)
		b->adds = true;
}

static void import_one(struct lower *L, struct kid c, struct aisp_slice module, uint32_t pos)
{
	struct kids ks = kids_of(L, c.node);
	struct kid n, alias;
	struct aisp_slice name = node_text(L, c.node), as = name;
	struct sbind *b;

	if (c.kind == K_aliased_import && kid_field(L, ks, F_name, &n) && kid_field(L, ks, F_alias, &alias)) {
		name = node_text(L, n.node);
		as = node_text(L, alias.node);
	}
	kids_done(L, ks);
	if (!module.n) { /* import a.b.c [as x] */
		struct aisp_slice whole = name;

		if (c.kind != K_aliased_import) {
			as = aisp_slice_to(name, aisp_slice_chr(name, '.') == SIZE_MAX ? name.n : aisp_slice_chr(name, '.'));
			whole = as;
		}
		mention(L, name, aisp_slice_z(""), node_line(L, c.node));
		b = bind(L, bind_scope(L, as), as, sx_import(L, c.node, whole, aisp_slice_z("")), pos);
	} else {
		mention(L, module, name, node_line(L, c.node));
		b = bind(L, bind_scope(L, as), as, sx_import(L, c.node, module, name), pos);
	}
	if (b)
		b->binds_import = true;
}

static void import(struct lower *L, struct kid k)
{
	struct kids ks = kids_of(L, k.node);
	struct kid m;
	struct aisp_slice module = aisp_slice_z("");
	uint32_t pos = ts_node_end_byte(k.node);

	if (kid_field(L, ks, F_module_name, &m))
		module = node_text(L, m.node);
	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i);

		if (c.field == F_name)
			import_one(L, c, module, pos);
		if (c.kind == K_wildcard_import) {
			star_add(L, module);
			mention(L, module, AISP_S("*"), node_line(L, k.node));
		}
	}
	kids_done(L, ks);
}

static void decorated(struct lower *L, struct kid k)
{
	struct kids ks = kids_of(L, k.node);
	sx_vec v = {0};
	struct kid def;

	for (size_t i = 0; i < ks.n; i++)
		if (kid_at(L, ks, i).kind == K_decorator)
			sxs_add(L, &v, only_kid(L, kid_at(L, ks, i)));
	if (kid_field(L, ks, F_definition, &def)) {
		struct sx *x = def.kind == K_class_definition ? class_(L, def) : function(L, def);

		for (size_t i = 0; x && x->scope && i < v.n; i++) {
			root_add(L, &x->scope->decorators_tail, v.v[i]);
			x->scope->is_static |= v.v[i]->kind == SX_NAME && aisp_slice_eqz(v.v[i]->s, "staticmethod");
		}
		if (x && x->scope)
			(void)bind(L, L->scope, x->scope->name, x, ts_node_end_byte(k.node));
		root(L, x);
	}
	for (size_t i = 0; i < v.n; i++)
		root(L, v.v[i]);
	aisp_vec_done(&v);
	kids_done(L, ks);
}

static void with(struct lower *L, struct kid k)
{
	struct kids ks = kids_of(L, k.node);

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i), v, alias;
		struct kids ks2, ks3;

		if (c.kind == K_with_clause) {
			with(L, c);
		} else if (c.kind == K_with_item) {
			ks2 = kids_of(L, c.node);
			if (kid_field(L, ks2, F_value, &v) && v.kind == K_as_pattern) {
				ks3 = kids_of(L, v.node);
				if (ks3.n && kid_field(L, ks3, F_alias, &alias)) {
					struct sx *x = expr(L, kid_at(L, ks3, 0));
					struct kids ks4 = kids_of(L, alias.node);

					root(L, x);
					if (ks4.n)
						assign(L, kid_at(L, ks4, 0), x, NULL, ts_node_end_byte(v.node));
					kids_done(L, ks4);
				}
				kids_done(L, ks3);
			} else if (ks2.n) {
				root(L, expr(L, kid_at(L, ks2, 0)));
			}
			kids_done(L, ks2);
		} else if (c.kind == K_block) {
			each_stmt(L, c.node);
		}
	}
	kids_done(L, ks);
}

static void for_(struct lower *L, struct kid k)
{
	struct kids ks = kids_of(L, k.node);
	struct kid l, r, c;

	if (kid_field(L, ks, F_left, &l) && kid_field(L, ks, F_right, &r)) {
		struct sx *it = sx_new(L, SX_ITER, k.node), *from = expr(L, r);

		root(L, from);
		if (it && from) {
			it->a = from;
			assign(L, l, it, NULL, ts_node_end_byte(r.node));
		}
	}
	if (kid_field(L, ks, F_body, &c))
		branch(L, c.node);
	if (kid_field(L, ks, F_alternative, &c))
		branch(L, c.node);
	kids_done(L, ks);
}

/* if, while, try, match and their clauses: expressions are evaluated, blocks are branches (but a try's body is not). */
static void compound(struct lower *L, struct kid k)
{
	struct kids ks = kids_of(L, k.node);

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i);

		if (!c.named)
			continue;
		switch (c.kind) {
		case K_block:
			if (k.kind == K_try_statement || k.kind == K_finally_clause)
				each_stmt(L, c.node);
			else
				branch(L, c.node);
			break;
		case K_elif_clause:
		case K_else_clause:
		case K_except_clause:
		case K_except_group_clause:
		case K_finally_clause:
		case K_case_clause:
			stmt(L, c);
			break;
		default:
			root(L, expr(L, c));
		}
	}
	kids_done(L, ks);
}

static void globals(struct lower *L, struct kid k)
{
	struct kids ks = kids_of(L, k.node);

	for (size_t i = 0; i < ks.n && L->scope; i++) {
		struct aisp_slice *p;

		if (kid_at(L, ks, i).kind != K_identifier || L->scope->n_globals >= 64)
			continue;
		p = lower_alloc(L, (L->scope->n_globals + 1) * sizeof *p);
		if (!p)
			break;
		if (L->scope->n_globals)
			memcpy(p, L->scope->globals, L->scope->n_globals * sizeof *p);
		p[L->scope->n_globals++] = node_text(L, kid_at(L, ks, i).node);
		L->scope->globals = p;
	}
	kids_done(L, ks);
}

static void return_(struct lower *L, struct kid k)
{
	struct sx *x = only_kid(L, k);

	if (L->scope)
		root_add(L, &L->scope->returns_tail, x);
}

static void expression(struct lower *L, struct kid k)
{
	struct kids ks = kids_of(L, k.node);

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i);

		if (!c.named)
			continue;
		if (c.kind == K_assignment) {
			(void)assignment(L, c);
		} else if (c.kind == K_augmented_assignment) {
			augmented(L, c);
		} else if (c.kind != K_string) {
			struct sx *x = expr(L, c);

			root(L, x);
			append_like(L, x, ts_node_end_byte(c.node));
		}
	}
	kids_done(L, ks);
}

static void define(struct lower *L, struct kid k)
{
	struct sx *x = k.kind == K_class_definition ? class_(L, k) : function(L, k);

	if (x && x->scope)
		(void)bind(L, L->scope, x->scope->name, x, ts_node_end_byte(k.node));
	root(L, x);
}

static void stmt_in(struct lower *L, struct kid k)
{
	switch (k.kind) {
	case K_expression_statement:
		expression(L, k);
		break;
	case K_assignment:
		(void)assignment(L, k);
		break;
	case K_import_statement:
	case K_import_from_statement:
		import(L, k);
		break;
	case K_function_definition:
	case K_class_definition:
		define(L, k);
		break;
	case K_decorated_definition:
		decorated(L, k);
		break;
	case K_return_statement:
		return_(L, k);
		break;
	case K_if_statement:
	case K_elif_clause:
	case K_else_clause:
	case K_while_statement:
	case K_try_statement:
	case K_except_clause:
	case K_except_group_clause:
	case K_finally_clause:
	case K_match_statement:
	case K_case_clause:
		compound(L, k);
		break;
	case K_for_statement:
		for_(L, k);
		break;
	case K_with_statement:
		with(L, k);
		break;
	case K_global_statement:
	case K_nonlocal_statement:
		globals(L, k);
		break;
	case K_block:
	case K_module:
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

void lower_python(struct lower *L, TSNode top)
{
	each_stmt(L, top);
}
