/* Python's statements → the common form: what is bound to which name, in which block. */
#include "scan/source/lower_python.h"

void aisp_source__py_each_stmt(struct lower *L, TSNode node)
{
	struct kids ks = aisp_source__kids_of(L, node);

	for (size_t i = 0; i < ks.n; i++)
		if (kid_at(L, ks, i).named)
			aisp_source__py_stmt(L, kid_at(L, ks, i));
	aisp_source__kids_done(L, ks);
}

static void py_branch(struct lower *L, TSNode node)
{
	uint32_t outer = aisp_source__block_push(L);

	aisp_source__py_each_stmt(L, node);
	L->block = outer;
}

static void root(struct lower *L, struct sx *x)
{
	if (L->scope)
		aisp_source__root_add(L, &L->scope->roots_tail, x);
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
	struct kids ks = aisp_source__kids_of(L, target.node);
	struct kid o, n;

	if (aisp_source__kid_field(L, ks, F_object, &o) && aisp_source__kid_field(L, ks, F_attribute, &n) && o.kind == K_identifier) {
		struct sscope *c = self_class(L, aisp_source__node_text(L, o.node));
		struct sbind *b = c ? aisp_source__bind(L, c, aisp_source__node_text(L, n.node), value, pos) : NULL;

		if (b)
			b->adds = adds;
	}
	aisp_source__kids_done(L, ks);
}

static void assign_parts(struct lower *L, struct kid target, struct sx *value, uint32_t pos)
{
	struct kids ks = aisp_source__kids_of(L, target.node);
	uint32_t at = 0;

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i);
		struct sx *part;

		if (!c.named)
			continue;
		part = aisp_source__sx_new(L, SX_PART, c.node);
		if (part) {
			part->a = value;
			part->n = at++;
			aisp_source__py_assign(L, c, part, NULL, pos);
		}
	}
	aisp_source__kids_done(L, ks);
}

/* tools["x"] = f: one more member of the dict. */
static void assign_member(struct lower *L, struct kid target, struct sx *value, uint32_t pos)
{
	struct kids ks = aisp_source__kids_of(L, target.node);
	struct kid v, key;

	if (aisp_source__kid_field(L, ks, F_value, &v) && aisp_source__kid_field(L, ks, F_subscript, &key) && v.kind == K_identifier && value) {
		struct sx *d = aisp_source__sx_new(L, SX_DICT, target.node), *kx = aisp_source__py_expr(L, key);
		struct sx_arg *arg = aisp_source__lower_alloc(L, sizeof *arg);
		struct sbind *b;

		if (d && arg) {
			arg->value = value;
			arg->computed = !kx || kx->kind != SX_STR;
			arg->name = arg->computed ? aisp_slice_z("") : kx->s;
			d->args = arg;
			d->n = 1;
			b = aisp_source__bind(L, bind_scope(L, aisp_source__node_text(L, v.node)), aisp_source__node_text(L, v.node), d, pos);
			if (b)
				b->adds = true;
		}
	}
	aisp_source__kids_done(L, ks);
}

void aisp_source__py_assign(struct lower *L, struct kid target, struct sx *value, struct sx *annot, uint32_t pos)
{
	struct sbind *b;

	switch (target.kind) {
	case K_identifier:
		b = aisp_source__bind(L, bind_scope(L, aisp_source__node_text(L, target.node)), aisp_source__node_text(L, target.node), value, pos);
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
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct kid l, r, t;
	struct sx *value = NULL, *annot = NULL;

	if (aisp_source__kid_field(L, ks, F_type, &t))
		annot = aisp_source__py_expr(L, t);
	if (aisp_source__kid_field(L, ks, F_right, &r))
		value = r.kind == K_assignment ? assignment(L, r) : aisp_source__py_expr(L, r);
	if (aisp_source__kid_field(L, ks, F_left, &l)) {
		aisp_source__py_assign(L, l, value, annot, ts_node_end_byte(k.node));
		if (l.kind == K_subscript)
			root(L, aisp_source__py_expr(L, l));
	}
	aisp_source__kids_done(L, ks);
	root(L, value);
	return value;
}

static void augmented(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct kid l, r, op;

	if (aisp_source__kid_field(L, ks, F_left, &l) && aisp_source__kid_field(L, ks, F_right, &r) && aisp_source__kid_field(L, ks, F_operator, &op)) {
		struct sx *v = aisp_source__py_expr(L, r);
		struct sscope *s = l.kind == K_identifier ? bind_scope(L, aisp_source__node_text(L, l.node)) : NULL;
		struct sbind *b;

		root(L, v);
		if (l.kind == K_attribute) {
			assign_attr(L, l, v, ts_node_end_byte(k.node), true);
		} else if (s && aisp_slice_eqz(aisp_source__node_text(L, op.node), "+=")) {
			b = aisp_source__bind(L, s, aisp_source__node_text(L, l.node), v, ts_node_end_byte(k.node));
			if (b)
				b->adds = true;
		}
	}
	aisp_source__kids_done(L, ks);
}

/* x.append(y), x.extend(ys): one more item of the list x. */
/* [v] */
static struct sx *list_of_one(struct lower *L, struct sx *v)
{
	struct sx *l = aisp_source__lower_alloc(L, sizeof *l);
	struct sx **kids = aisp_source__lower_alloc(L, sizeof *kids);

	if (!l || !kids || !v)
		return NULL;
	*l = *v;
	l->kind = SX_LIST;
	kids[0] = v;
	l->kids = kids;
	l->n = 1;
	return l;
}

static bool is_one_of(struct aisp_slice s, const char *const *names)
{
	for (; *names; names++)
		if (aisp_slice_eqz(s, *names))
			return true;
	return false;
}

/* x.append(y), x.extend(ys): one more item of the list x. */
static void append_like(struct lower *L, const struct sx *c, uint32_t pos)
{
	static const char *const one[] = {"append", "add", "insert", NULL}, *const many[] = {"extend", "update", NULL};
	struct sx *v, *recv;
	struct sbind *b = NULL;
	struct sscope *cls;

	if (!c || c->kind != SX_CALL || !c->a || c->a->kind != SX_ATTR || !c->a->a || c->n == 0)
		return;
	if (!is_one_of(c->a->s, one) && !is_one_of(c->a->s, many))
		return;
	v = c->args[c->n - 1].value;
	if (is_one_of(c->a->s, one))
		v = list_of_one(L, v);
	recv = c->a->a;
	if (recv->kind == SX_NAME)
		b = aisp_source__bind(L, bind_scope(L, recv->s), recv->s, v, pos);
	else if (recv->kind == SX_ATTR && recv->a && recv->a->kind == SX_NAME && (cls = self_class(L, recv->a->s)))
		b = aisp_source__bind(L, cls, recv->s, v, pos);
	if (b)
		b->adds = true;
}

static void import_one(struct lower *L, struct kid c, struct aisp_slice module, uint32_t pos)
{
	struct kids ks = aisp_source__kids_of(L, c.node);
	struct kid n, alias;
	struct aisp_slice name = aisp_source__node_text(L, c.node), as = name;
	struct sbind *b;

	if (c.kind == K_aliased_import && aisp_source__kid_field(L, ks, F_name, &n) && aisp_source__kid_field(L, ks, F_alias, &alias)) {
		name = aisp_source__node_text(L, n.node);
		as = aisp_source__node_text(L, alias.node);
	}
	aisp_source__kids_done(L, ks);
	if (!module.n) { /* import a.b.c [as x] */
		struct aisp_slice whole = name;

		if (c.kind != K_aliased_import) {
			as = aisp_slice_to(name, aisp_slice_chr(name, '.') == SIZE_MAX ? name.n : aisp_slice_chr(name, '.'));
			whole = as;
		}
		aisp_source__mention(L, name, aisp_slice_z(""), aisp_source__node_line(L, c.node));
		b = aisp_source__bind(L, bind_scope(L, as), as, aisp_source__sx_import(L, c.node, whole, aisp_slice_z("")), pos);
	} else {
		aisp_source__mention(L, module, name, aisp_source__node_line(L, c.node));
		b = aisp_source__bind(L, bind_scope(L, as), as, aisp_source__sx_import(L, c.node, module, name), pos);
	}
	if (b)
		b->binds_import = true;
}

static void import(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct kid m;
	struct aisp_slice module = aisp_slice_z("");
	uint32_t pos = ts_node_end_byte(k.node);

	if (aisp_source__kid_field(L, ks, F_module_name, &m))
		module = aisp_source__node_text(L, m.node);
	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i);

		if (c.field == F_name)
			import_one(L, c, module, pos);
		if (c.kind == K_wildcard_import) {
			aisp_source__star_add(L, module);
			aisp_source__mention(L, module, AISP_S("*"), aisp_source__node_line(L, k.node));
		}
	}
	aisp_source__kids_done(L, ks);
}

static void decorated(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	sx_vec v = {0};
	struct kid def;

	for (size_t i = 0; i < ks.n; i++)
		if (kid_at(L, ks, i).kind == K_decorator)
			aisp_source__sxs_add(L, &v, aisp_source__py_only_kid(L, kid_at(L, ks, i)));
	if (aisp_source__kid_field(L, ks, F_definition, &def)) {
		struct sx *x = def.kind == K_class_definition ? aisp_source__py_class_(L, def) : aisp_source__py_function(L, def);

		for (size_t i = 0; x && x->scope && i < v.n; i++) {
			aisp_source__root_add(L, &x->scope->decorators_tail, v.v[i]);
			x->scope->is_static |= v.v[i]->kind == SX_NAME && aisp_slice_eqz(v.v[i]->s, "staticmethod");
		}
		if (x && x->scope)
			(void)aisp_source__bind(L, L->scope, x->scope->name, x, ts_node_end_byte(k.node));
		root(L, x);
	}
	for (size_t i = 0; i < v.n; i++)
		root(L, v.v[i]);
	aisp_vec_done(&v);
	aisp_source__kids_done(L, ks);
}

static void with(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i), v, alias;
		struct kids ks2, ks3;

		if (c.kind == K_with_clause) {
			with(L, c);
		} else if (c.kind == K_with_item) {
			ks2 = aisp_source__kids_of(L, c.node);
			if (aisp_source__kid_field(L, ks2, F_value, &v) && v.kind == K_as_pattern) {
				ks3 = aisp_source__kids_of(L, v.node);
				if (ks3.n && aisp_source__kid_field(L, ks3, F_alias, &alias)) {
					struct sx *x = aisp_source__py_expr(L, kid_at(L, ks3, 0));
					struct kids ks4 = aisp_source__kids_of(L, alias.node);

					root(L, x);
					if (ks4.n)
						aisp_source__py_assign(L, kid_at(L, ks4, 0), x, NULL, ts_node_end_byte(v.node));
					aisp_source__kids_done(L, ks4);
				}
				aisp_source__kids_done(L, ks3);
			} else if (ks2.n) {
				root(L, aisp_source__py_expr(L, kid_at(L, ks2, 0)));
			}
			aisp_source__kids_done(L, ks2);
		} else if (c.kind == K_block) {
			aisp_source__py_each_stmt(L, c.node);
		}
	}
	aisp_source__kids_done(L, ks);
}

static void for_(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct kid l, r, c;

	if (aisp_source__kid_field(L, ks, F_left, &l) && aisp_source__kid_field(L, ks, F_right, &r)) {
		struct sx *it = aisp_source__sx_new(L, SX_ITER, k.node), *from = aisp_source__py_expr(L, r);

		root(L, from);
		if (it && from) {
			it->a = from;
			aisp_source__py_assign(L, l, it, NULL, ts_node_end_byte(r.node));
		}
	}
	if (aisp_source__kid_field(L, ks, F_body, &c))
		py_branch(L, c.node);
	if (aisp_source__kid_field(L, ks, F_alternative, &c))
		py_branch(L, c.node);
	aisp_source__kids_done(L, ks);
}

/* if, while, try, match and their clauses: expressions are evaluated, blocks are branches (but a try's body is not). */
static void compound(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i);

		if (!c.named)
			continue;
		switch (c.kind) {
		case K_block:
			if (k.kind == K_try_statement || k.kind == K_finally_clause)
				aisp_source__py_each_stmt(L, c.node);
			else
				py_branch(L, c.node);
			break;
		case K_elif_clause:
		case K_else_clause:
		case K_except_clause:
		case K_except_group_clause:
		case K_finally_clause:
		case K_case_clause:
			aisp_source__py_stmt(L, c);
			break;
		default:
			root(L, aisp_source__py_expr(L, c));
		}
	}
	aisp_source__kids_done(L, ks);
}

static void globals(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);

	for (size_t i = 0; i < ks.n && L->scope; i++) {
		struct aisp_slice *p;

		if (kid_at(L, ks, i).kind != K_identifier || L->scope->n_globals >= 64)
			continue;
		p = aisp_source__lower_alloc(L, (L->scope->n_globals + 1) * sizeof *p);
		if (!p)
			break;
		if (L->scope->n_globals)
			memcpy(p, L->scope->globals, L->scope->n_globals * sizeof *p);
		p[L->scope->n_globals++] = aisp_source__node_text(L, kid_at(L, ks, i).node);
		L->scope->globals = p;
	}
	aisp_source__kids_done(L, ks);
}

static void return_(struct lower *L, struct kid k)
{
	struct sx *x = aisp_source__py_only_kid(L, k);

	if (L->scope)
		aisp_source__root_add(L, &L->scope->returns_tail, x);
}

static void expression(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i);

		if (!c.named)
			continue;
		if (c.kind == K_assignment) {
			(void)assignment(L, c);
		} else if (c.kind == K_augmented_assignment) {
			augmented(L, c);
		} else if (c.kind != K_string) {
			struct sx *x = aisp_source__py_expr(L, c);

			root(L, x);
			append_like(L, x, ts_node_end_byte(c.node));
		}
	}
	aisp_source__kids_done(L, ks);
}

static void define(struct lower *L, struct kid k)
{
	struct sx *x = k.kind == K_class_definition ? aisp_source__py_class_(L, k) : aisp_source__py_function(L, k);

	if (x && x->scope)
		(void)aisp_source__bind(L, L->scope, x->scope->name, x, ts_node_end_byte(k.node));
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
		aisp_source__py_each_stmt(L, k.node);
		break;
	default:
		root(L, aisp_source__py_expr(L, k));
	}
}

void aisp_source__py_stmt(struct lower *L, struct kid k)
{
	if (!aisp_source__lower_enter(L))
		return;
	stmt_in(L, k);
	L->depth--;
}

void aisp_source__lower_python(struct lower *L, TSNode top)
{
	aisp_source__py_each_stmt(L, top);
}
