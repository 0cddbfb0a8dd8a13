/* Python's expressions → the common form. Grammar: tree-sitter-python 0.23. */
#include "scan/source/lower_python.h"

const char *const aisp_source__python_kinds[] = {"",
#define X(n) #n,
                                    KINDS(X)
#undef X
                                            NULL};
const char *const aisp_source__python_fields[] = {"",
#define X(n) #n,
                                     FIELDS(X)
#undef X
                                             NULL};

/* All kids as expressions, the way unknown nodes are walked. */
struct sx *aisp_source__py_walk(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	sx_vec v = {0};
	struct sx *x = aisp_source__sx_new(L, SX_UNKNOWN, k.node);
	uint32_t n;
	struct sx **p;

	for (size_t i = 0; i < ks.n; i++)
		if (kid_at(L, ks, i).named)
			aisp_source__sxs_add(L, &v, aisp_source__py_expr(L, kid_at(L, ks, i)));
	aisp_source__kids_done(L, ks);
	p = aisp_source__sxs_take(L, &v, &n);
	if (x) {
		x->kids = p;
		x->n = n;
	}
	return x;
}

static struct sx *list(struct lower *L, struct kid k)
{
	struct sx *x = aisp_source__py_walk(L, k);

	if (x)
		x->kind = SX_LIST;
	return x;
}

static struct sx *spread(struct lower *L, struct kid k)
{
	struct sx *inner = aisp_source__py_walk(L, k), *x = aisp_source__sx_new(L, SX_SPREAD, k.node);

	if (!x || !inner || inner->n != 1)
		return inner;
	x->a = inner->kids[0];
	return x;
}

static void string_part(struct lower *L, struct kid c, bool raw, sx_vec *v)
{
	struct aisp_slice s = aisp_source__node_text(L, c.node);
	struct kids ks;
	struct kid e;

	if (c.kind == K_string_content) {
		aisp_source__sxs_add(L, v, aisp_source__sx_str(L, c.node, raw ? s : aisp_source__unescape(L, s)));
		return;
	}
	if (c.kind != K_interpolation)
		return;
	ks = aisp_source__kids_of(L, c.node);
	if (aisp_source__kid_field(L, ks, F_expression, &e)) {
		struct sx *x = aisp_source__py_expr(L, e);

		aisp_source__sxs_add(L, v, x ? x : aisp_source__sx_new(L, SX_UNKNOWN, c.node));
	}
	aisp_source__kids_done(L, ks);
}

static struct sx *string(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	sx_vec v = {0};
	bool raw = false;
	struct sx *x = NULL;

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i);

		if (c.kind == K_string_start) {
			struct aisp_slice s = aisp_source__node_text(L, c.node);

			raw = aisp_slice_chr(s, 'r') != SIZE_MAX || aisp_slice_chr(s, 'R') != SIZE_MAX;
		} else {
			string_part(L, c, raw, &v);
		}
	}
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

	if (x && aisp_source__kid_field(L, ks, F_function, &f))
		x->a = aisp_source__py_expr(L, f);
	if (x && aisp_source__kid_field(L, ks, F_arguments, &as)) {
		struct kids ks2 = aisp_source__kids_of(L, as.node);

		if (as.kind != K_argument_list) {
			aisp_source__args_add(L, &v, (struct sx_arg){.value = aisp_source__py_expr(L, as)});
			ks2.n = 0;
		}
		for (size_t i = 0; i < ks2.n; i++) {
			struct kid c = kid_at(L, ks2, i);
			struct sx_arg arg = {0};

			if (!c.named)
				continue;
			if (c.kind == K_keyword_argument) {
				struct kids ks3 = aisp_source__kids_of(L, c.node);
				struct kid n, val;

				if (aisp_source__kid_field(L, ks3, F_name, &n) && aisp_source__kid_field(L, ks3, F_value, &val)) {
					arg.name = aisp_source__node_text(L, n.node);
					arg.value = aisp_source__py_expr(L, val);
				}
				aisp_source__kids_done(L, ks3);
			} else {
				arg.value = aisp_source__py_expr(L, c);
				arg.spread = c.kind == K_list_splat || c.kind == K_dictionary_splat;
				if (arg.value && arg.value->kind == SX_SPREAD)
					arg.value = arg.value->a;
			}
			aisp_source__args_add(L, &v, arg);
		}
		aisp_source__kids_done(L, ks2);
	}
	aisp_source__kids_done(L, ks);
	if (x)
		x->args = aisp_source__args_take(L, &v, &x->n);
	else
		aisp_vec_done(&v);
	return x;
}

static struct sx *dict(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct sx *x = aisp_source__sx_new(L, SX_DICT, k.node);
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
			aisp_source__args_add(L, &v, arg);
			continue;
		}
		ks2 = aisp_source__kids_of(L, c.node);
		if (aisp_source__kid_field(L, ks2, F_key, &key) && aisp_source__kid_field(L, ks2, F_value, &val)) {
			struct sx *kx = aisp_source__py_expr(L, key);

			arg.value = aisp_source__py_expr(L, val);
			if (kx && kx->kind == SX_STR)
				arg.name = kx->s;
			else
				arg.computed = true;
			aisp_source__args_add(L, &v, arg);
		}
		aisp_source__kids_done(L, ks2);
	}
	aisp_source__kids_done(L, ks);
	if (x)
		x->args = aisp_source__args_take(L, &v, &x->n);
	else
		aisp_vec_done(&v);
	return x;
}

static struct sx *attribute(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct kid o, n;
	struct sx *x = aisp_source__sx_new(L, SX_ATTR, k.node);

	if (x && aisp_source__kid_field(L, ks, F_object, &o) && aisp_source__kid_field(L, ks, F_attribute, &n)) {
		x->a = aisp_source__py_expr(L, o);
		x->s = aisp_source__node_text(L, n.node);
	}
	aisp_source__kids_done(L, ks);
	return x;
}

static struct sx *subscript(struct lower *L, struct kid k, uint16_t value_kind)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct sx *x = aisp_source__sx_new(L, SX_INDEX, k.node);
	sx_vec v = {0};

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i);

		if (!c.named || !x)
			continue;
		if (c.field == F_value || (value_kind && c.kind == value_kind && !x->a)) {
			x->a = aisp_source__py_expr(L, c);
		} else if (c.kind == K_type_parameter) {
			struct sx *ps = aisp_source__py_walk(L, c);

			for (uint32_t j = 0; ps && j < ps->n; j++)
				aisp_source__sxs_add(L, &v, ps->kids[j]);
		} else {
			aisp_source__sxs_add(L, &v, aisp_source__py_expr(L, c));
		}
	}
	aisp_source__kids_done(L, ks);
	if (x)
		x->kids = aisp_source__sxs_take(L, &v, &x->n);
	else
		aisp_vec_done(&v);
	return x;
}

static struct sx *binary(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct kid l, r, op;
	struct sx *x = NULL;

	if (aisp_source__kid_field(L, ks, F_left, &l) && aisp_source__kid_field(L, ks, F_right, &r) && aisp_source__kid_field(L, ks, F_operator, &op)) {
		struct aisp_slice o = aisp_source__node_text(L, op.node);
		struct sx *two[2] = {aisp_source__py_expr(L, l), aisp_source__py_expr(L, r)};
		enum sx_kind kind = aisp_slice_eqz(o, "+")    ? SX_CONCAT
		                    : aisp_slice_eqz(o, "|")  ? SX_PIPE
		                    : aisp_slice_eqz(o, "or") ? SX_OR
		                                              : SX_UNKNOWN;

		if (aisp_slice_eqz(o, "%") && two[0] && (two[0]->kind == SX_STR || two[0]->kind == SX_CONCAT)) {
			struct sx *f = aisp_source__sx_new(L, SX_ATTR, k.node);
			struct sx_arg *arg = aisp_source__lower_alloc(L, sizeof *arg);

			x = aisp_source__sx_new(L, SX_CALL, k.node);
			if (x && f && arg) {
				f->a = two[0];
				f->s = AISP_S("%");
				arg->value = two[1];
				x->a = f;
				x->args = arg;
				x->n = two[1] ? 1 : 0;
			}
		} else if (two[0] && two[1]) {
			x = aisp_source__sx_kids(L, kind, k.node, two, 2);
		}
	}
	aisp_source__kids_done(L, ks);
	return x;
}

static void param(struct lower *L, struct kid k, struct sparam *p)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct kid c;

	if (k.kind == K_identifier)
		p->name = aisp_source__node_text(L, k.node);
	p->rest = k.kind == K_list_splat_pattern || k.kind == K_dictionary_splat_pattern;
	if (aisp_source__kid_field(L, ks, F_name, &c))
		p->name = aisp_source__node_text(L, c.node);
	if (aisp_source__kid_field(L, ks, F_value, &c))
		p->dflt = aisp_source__py_expr(L, c);
	if (aisp_source__kid_field(L, ks, F_type, &c))
		p->annot = aisp_source__py_expr(L, c);
	for (size_t i = 0; i < ks.n && !p->name.n; i++) {
		c = kid_at(L, ks, i);
		if (c.kind == K_identifier)
			p->name = aisp_source__node_text(L, c.node);
		if (c.kind == K_list_splat_pattern || c.kind == K_dictionary_splat_pattern)
			param(L, c, p);
	}
	aisp_source__kids_done(L, ks);
}

/* Parameters; defaults and annotations are expressions of the scope around. */
static void params(struct lower *L, struct sscope *s, TSNode node)
{
	struct kids ks = aisp_source__kids_of(L, node);
	struct sscope *inner = L->scope;
	uint32_t block = L->block;
	uint32_t n = 0;

	for (size_t i = 0; i < ks.n; i++)
		n += kid_at(L, ks, i).named;
	s->params = n ? aisp_source__lower_alloc(L, n * sizeof *s->params) : NULL;
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
			aisp_source__root_add(L, &L->scope->roots_tail, p->dflt);
		if (L->scope)
			aisp_source__root_add(L, &L->scope->roots_tail, p->annot);
	}
	L->scope = inner;
	L->block = block;
	aisp_source__kids_done(L, ks);
}

static void docstring(struct lower *L, struct sscope *s, TSNode body)
{
	struct kids ks = aisp_source__kids_of(L, body);

	if (ks.n && kid_at(L, ks, 0).kind == K_expression_statement) {
		struct kids ks2 = aisp_source__kids_of(L, kid_at(L, ks, 0).node);

		if (ks2.n == 1 && kid_at(L, ks2, 0).kind == K_string) {
			struct sx *x = string(L, kid_at(L, ks2, 0));

			if (x && x->kind == SX_STR)
				s->doc = x->s;
		}
		aisp_source__kids_done(L, ks2);
	}
	aisp_source__kids_done(L, ks);
}

struct sx *aisp_source__py_function(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct sx *x = aisp_source__sx_new(L, SX_FUNC, k.node);
	struct kid name, c;
	uint32_t outer = L->block;
	bool lambda = k.kind == K_lambda;
	struct sscope *s = aisp_source__scope_push(L, SSCOPE_FUNC,
	                              aisp_source__kid_field(L, ks, F_name, &name) ? aisp_source__node_text(L, name.node) : aisp_slice_z(""), k.node);

	if (x && s) {
		x->scope = s;
		s->self_expr = x;
		s->is_lambda = lambda;
		if (aisp_source__kid_field(L, ks, F_parameters, &c))
			params(L, s, c.node);
		if (aisp_source__kid_field(L, ks, F_body, &c)) {
			if (lambda) {
				aisp_source__root_add(L, &s->returns_tail, aisp_source__py_expr(L, c));
			} else {
				docstring(L, s, c.node);
				aisp_source__py_each_stmt(L, c.node);
			}
		}
	}
	aisp_source__scope_pop(L, s, outer);
	aisp_source__kids_done(L, ks);
	return x;
}

struct sx *aisp_source__py_class_(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct sx *x = aisp_source__sx_new(L, SX_CLASS, k.node);
	struct kid name, c, sup;
	uint32_t outer = L->block, n_bases = 0;
	struct sx_arg *bases = NULL;
	struct sscope *s;

	if (aisp_source__kid_field(L, ks, F_superclasses, &sup)) {
		struct kids ks2 = aisp_source__kids_of(L, sup.node);
		arg_vec v = {0};

		for (size_t i = 0; i < ks2.n; i++)
			if (kid_at(L, ks2, i).named && kid_at(L, ks2, i).kind != K_keyword_argument)
				aisp_source__args_add(L, &v, (struct sx_arg){.value = aisp_source__py_expr(L, kid_at(L, ks2, i))});
		bases = aisp_source__args_take(L, &v, &n_bases);
		aisp_source__kids_done(L, ks2);
	}
	s = aisp_source__scope_push(L, SSCOPE_CLASS, aisp_source__kid_field(L, ks, F_name, &name) ? aisp_source__node_text(L, name.node) : aisp_slice_z(""),
	               k.node);
	if (x && s) {
		x->scope = s;
		s->self_expr = x;
		s->bases = bases;
		s->n_bases = n_bases;
		if (aisp_source__kid_field(L, ks, F_body, &c)) {
			docstring(L, s, c.node);
			aisp_source__py_each_stmt(L, c.node);
		}
	}
	aisp_source__scope_pop(L, s, outer);
	aisp_source__kids_done(L, ks);
	return x;
}

static struct sx *comprehension(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct kid body;
	sx_vec v = {0};
	struct sx *x;

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i), l, r;
		struct kids ks2;

		if (c.kind == K_if_clause)
			aisp_source__sxs_add(L, &v, aisp_source__py_walk(L, c));
		if (c.kind != K_for_in_clause)
			continue;
		ks2 = aisp_source__kids_of(L, c.node);
		if (aisp_source__kid_field(L, ks2, F_left, &l) && aisp_source__kid_field(L, ks2, F_right, &r)) {
			struct sx *it = aisp_source__sx_new(L, SX_ITER, c.node), *from = aisp_source__py_expr(L, r);

			if (it && from) {
				it->a = from;
				aisp_source__py_assign(L, l, it, NULL, ts_node_start_byte(k.node));
				aisp_source__sxs_add(L, &v, from);
			}
		}
		aisp_source__kids_done(L, ks2);
	}
	if (aisp_source__kid_field(L, ks, F_body, &body)) {
		struct sx *b = body.kind == K_pair ? aisp_source__py_walk(L, body) : aisp_source__py_expr(L, body);

		if (b && aisp_vec_push(&v, b) < 0)
			L->bad = AISP_E_NOMEM;
		if (b && v.n > 1) { /* the element first */
			memmove(v.v + 1, v.v, (v.n - 1) * sizeof *v.v);
			v.v[0] = b;
		}
	}
	aisp_source__kids_done(L, ks);
	x = aisp_source__sx_kids(L, SX_COMP, k.node, v.v, v.n);
	aisp_vec_done(&v);
	return x;
}

struct sx *aisp_source__py_only_kid(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct sx *x = NULL;

	for (size_t i = 0; i < ks.n && !x; i++)
		if (kid_at(L, ks, i).named)
			x = aisp_source__py_expr(L, kid_at(L, ks, i));
	aisp_source__kids_done(L, ks);
	return x;
}

static struct sx *conditional(struct lower *L, struct kid k)
{
	struct sx *x = aisp_source__py_walk(L, k);

	if (x && x->n == 3) { /* value, condition, otherwise */
		struct sx *c = x->kids[1];

		x->kind = SX_COND;
		x->kids[1] = x->kids[2];
		x->kids[2] = c;
		x->n = 2;
		if (L->scope)
			aisp_source__root_add(L, &L->scope->roots_tail, c);
	}
	return x;
}

static struct sx *named(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct kid n, v;
	struct sx *x = NULL;

	if (aisp_source__kid_field(L, ks, F_name, &n) && aisp_source__kid_field(L, ks, F_value, &v)) {
		x = aisp_source__py_expr(L, v);
		aisp_source__py_assign(L, n, x, NULL, ts_node_end_byte(k.node));
	}
	aisp_source__kids_done(L, ks);
	return x;
}

static struct sx *leaf(struct lower *L, struct kid k)
{
	struct sx *x;

	switch (k.kind) {
	case K_integer:
	case K_float:
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
	case K_none:
		return aisp_source__sx_new(L, SX_NULL, k.node);
	default:
		return aisp_source__sx_name(L, k.node, aisp_source__node_text(L, k.node));
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
		x = aisp_source__py_walk(L, k);
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
		return aisp_source__py_function(L, k);
	case K_subscript:
		return subscript(L, k, 0);
	case K_generic_type:
		return subscript(L, k, K_identifier);
	case K_union_type:
		x = aisp_source__py_walk(L, k);
		if (x)
			x->kind = SX_PIPE;
		return x;
	case K_await:
	case K_parenthesized_expression:
	case K_type:
		return aisp_source__py_only_kid(L, k);
	case K_named_expression:
		return named(L, k);
	case K_list_comprehension:
	case K_generator_expression:
	case K_set_comprehension:
	case K_dictionary_comprehension:
		return comprehension(L, k);
	case K_yield:
		x = aisp_source__py_only_kid(L, k);
		if (L->scope && L->scope->kind == SSCOPE_FUNC)
			aisp_source__root_add(L, &L->scope->returns_tail, x);
		return x;
	case K_block:
	case K_assignment:
	case K_function_definition:
	case K_class_definition:
	case K_expression_statement:
		aisp_source__py_stmt(L, k);
		return NULL;
	default:
		return aisp_source__py_walk(L, k);
	}
}

struct sx *aisp_source__py_expr(struct lower *L, struct kid k)
{
	struct sx *x;

	if (!aisp_source__lower_enter(L))
		return aisp_source__sx_new(L, SX_UNKNOWN, k.node);
	x = expr_in(L, k);
	L->depth--;
	return x;
}
