/* Statements of JavaScript, TypeScript and TSX → the common form: declarations, imports, exports, blocks. */
#include "scan/source/lower_javascript.h"

void aisp_source__js_each_stmt(struct lower *L, TSNode node)
{
	struct kids ks = aisp_source__kids_of(L, node);

	for (size_t i = 0; i < ks.n; i++)
		if (kid_at(L, ks, i).named)
			aisp_source__js_stmt(L, kid_at(L, ks, i));
	aisp_source__kids_done(L, ks);
}

static void js_branch(struct lower *L, struct kid k)
{
	uint32_t outer = aisp_source__block_push(L);

	aisp_source__js_stmt(L, k);
	L->block = outer;
}

static void declare(struct lower *L, struct kid k, bool aisp_source__exported)
{
	struct kids ks = aisp_source__kids_of(L, k.node);

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i), name, v, t;
		struct kids ks2;
		struct sx *x = NULL, *annot = NULL;

		if (c.kind != K_variable_declarator)
			continue;
		ks2 = aisp_source__kids_of(L, c.node);
		if (aisp_source__kid_field(L, ks2, F_name, &name)) {
			if (aisp_source__kid_field(L, ks2, F_value, &v))
				x = (v.kind == K_arrow_function || v.kind == K_function_expression) &&
				                    name.kind == K_identifier
				            ? aisp_source__js_function(L, v, aisp_source__node_text(L, name.node))
				            : aisp_source__js_expr(L, v);
			if (aisp_source__kid_field(L, ks2, F_type, &t))
				annot = aisp_source__js_only_kid(L, t);
			aisp_source__js_root(L, x);
			if (x && x->kind == SX_FUNC && x->scope)
				x->scope->is_exported = aisp_source__exported;
			if (x || annot)
				aisp_source__js_assign(L, name, x, annot, ts_node_end_byte(c.node));
		}
		aisp_source__kids_done(L, ks2);
	}
	aisp_source__kids_done(L, ks);
}

static void import_clause(struct lower *L, struct kid k, struct aisp_slice module, uint32_t pos)
{
	struct kids ks = aisp_source__kids_of(L, k.node);

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i), n, as;
		struct kids ks2 = aisp_source__kids_of(L, c.node);
		struct sbind *b = NULL;

		if (c.kind == K_named_imports) {
			import_clause(L, c, module, pos);
		} else if (c.kind == K_identifier) {
			aisp_source__mention(L, module, AISP_S("default"), aisp_source__node_line(L, c.node));
			b = aisp_source__bind(L, L->scope, aisp_source__node_text(L, c.node), aisp_source__sx_import(L, c.node, module, AISP_S("default")), pos);
		} else if (c.kind == K_namespace_import && ks2.n) {
			as = kid_at(L, ks2, ks2.n - 1);
			aisp_source__mention(L, module, aisp_slice_z(""), aisp_source__node_line(L, c.node));
			b = aisp_source__bind(L, L->scope, aisp_source__node_text(L, as.node), aisp_source__sx_import(L, c.node, module, aisp_slice_z("")), pos);
		} else if (c.kind == K_import_specifier && aisp_source__kid_field(L, ks2, F_name, &n)) {
			struct aisp_slice name = aisp_source__node_text(L, n.node);

			if (!aisp_source__kid_field(L, ks2, F_alias, &as))
				as = n;
			aisp_source__mention(L, module, name, aisp_source__node_line(L, c.node));
			b = aisp_source__bind(L, L->scope, aisp_source__node_text(L, as.node), aisp_source__sx_import(L, c.node, module, name), pos);
		}
		if (b)
			b->binds_import = true;
		aisp_source__kids_done(L, ks2);
	}
	aisp_source__kids_done(L, ks);
}

static void import(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct kid src;
	struct aisp_slice module;
	uint32_t pos = ts_node_start_byte(k.node);

	if (aisp_source__kid_field(L, ks, F_source, &src)) {
		module = aisp_source__js_key_text(L, src);
		aisp_source__mention(L, module, aisp_slice_z(""), aisp_source__node_line(L, k.node));
		for (size_t i = 0; i < ks.n; i++)
			if (kid_at(L, ks, i).kind == K_import_clause)
				import_clause(L, kid_at(L, ks, i), module, pos);
	}
	aisp_source__kids_done(L, ks);
}

static void export_names(struct lower *L, struct kid clause, struct aisp_slice module, uint32_t pos)
{
	struct kids ks = aisp_source__kids_of(L, clause.node);

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i), n, as;
		struct kids ks2;

		if (c.kind != K_export_specifier)
			continue;
		ks2 = aisp_source__kids_of(L, c.node);
		if (aisp_source__kid_field(L, ks2, F_name, &n)) {
			struct aisp_slice name = aisp_source__node_text(L, n.node), out = name;

			if (aisp_source__kid_field(L, ks2, F_alias, &as))
				out = aisp_source__node_text(L, as.node);
			if (module.n)
				(void)aisp_source__bind(L, L->scope, out, aisp_source__sx_import(L, c.node, module, name), pos);
			else if (!aisp_slice_eq(out, name))
				(void)aisp_source__bind(L, L->scope, out, aisp_source__sx_name(L, c.node, name), UINT32_MAX);
		}
		aisp_source__kids_done(L, ks2);
	}
	aisp_source__kids_done(L, ks);
}

static struct sx *define(struct lower *L, struct kid k)
{
	bool cls = k.kind == K_class_declaration || k.kind == K_abstract_class_declaration;
	struct sx *x = cls ? aisp_source__js_class_(L, k, aisp_slice_z("")) : aisp_source__js_function(L, k, aisp_slice_z(""));

	if (x && x->scope && (x->kind == SX_FUNC || x->kind == SX_CLASS))
		(void)aisp_source__bind(L, L->scope, x->scope->name, x, 0); /* hoisted */
	aisp_source__js_root(L, x);
	return x;
}

static struct sx *export_declaration(struct lower *L, struct kid d)
{
	struct sx *x = NULL;

	switch (d.kind) {
	case K_lexical_declaration:
	case K_variable_declaration:
		declare(L, d, true);
		break;
	case K_function_declaration:
	case K_generator_function_declaration:
	case K_class_declaration:
	case K_abstract_class_declaration:
		x = define(L, d);
		if (x && x->scope)
			x->scope->is_exported = true;
		break;
	default:
		aisp_source__js_stmt(L, d);
	}
	return x;
}

static struct sx *export_value(struct lower *L, struct kid d)
{
	bool function = d.kind == K_arrow_function || d.kind == K_function_expression;
	struct sx *x = function ? aisp_source__js_function(L, d, AISP_S("default")) : aisp_source__js_expr(L, d);

	aisp_source__js_root(L, x);
	return x;
}

static void export(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct kid src, d;
	struct aisp_slice module = aisp_slice_z("");
	uint32_t pos = ts_node_end_byte(k.node);
	struct sx *x = NULL;
	bool dflt = false, star = false, names = false;

	if (aisp_source__kid_field(L, ks, F_source, &src)) {
		module = aisp_source__js_key_text(L, src);
		aisp_source__mention(L, module, aisp_slice_z(""), aisp_source__node_line(L, k.node));
	}
	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i);
		struct aisp_slice t = c.named ? aisp_slice_z("") : aisp_source__node_text(L, c.node);

		dflt |= aisp_slice_eqz(t, "default");
		star |= aisp_slice_eqz(t, "*");
		names |= c.kind == K_export_clause;
		if (c.kind == K_export_clause)
			export_names(L, c, module, pos);
	}
	if (star && module.n)
		aisp_source__star_add(L, module);
	if (aisp_source__kid_field(L, ks, F_declaration, &d))
		x = export_declaration(L, d);
	else if (aisp_source__kid_field(L, ks, F_value, &d) && !names)
		x = export_value(L, d);
	if (dflt && x)
		(void)aisp_source__bind(L, L->scope, AISP_S("default"), x, pos);
	aisp_source__kids_done(L, ks);
}

static void for_in(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct kid l, r, b;

	if (aisp_source__kid_field(L, ks, F_left, &l) && aisp_source__kid_field(L, ks, F_right, &r)) {
		struct sx *it = aisp_source__sx_new(L, SX_ITER, k.node), *from = aisp_source__js_expr(L, r);

		aisp_source__js_root(L, from);
		if (it && from) {
			it->a = from;
			aisp_source__js_assign(L, l, it, NULL, ts_node_end_byte(r.node));
		}
	}
	if (aisp_source__kid_field(L, ks, F_body, &b))
		js_branch(L, b);
	aisp_source__kids_done(L, ks);
}

static bool is_branch(uint16_t field, uint16_t kind)
{
	return field == F_consequence || field == F_alternative || field == F_body || kind == K_catch_clause ||
	       kind == K_switch_case || kind == K_switch_default;
}

static void compound(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i);

		if (!c.named)
			continue;
		if (is_branch(c.field, c.kind) && k.kind != K_try_statement && k.kind != K_finally_clause &&
		    k.kind != K_switch_statement)
			js_branch(L, c);
		else if (c.kind == K_catch_clause)
			js_branch(L, c);
		else
			aisp_source__js_stmt(L, c);
	}
	aisp_source__kids_done(L, ks);
}

static void expression(struct lower *L, struct kid k)
{
	struct sx *x = aisp_source__js_only_kid(L, k);

	aisp_source__js_root(L, x);
	if (x && x->kind == SX_CALL && x->a && x->a->kind == SX_ATTR && x->a->a && x->n &&
	    (aisp_slice_eqz(x->a->s, "push") || aisp_slice_eqz(x->a->s, "unshift"))) {
		struct sx *items[16];
		size_t n = 0;

		for (uint32_t i = 0; i < x->n && n < 16; i++)
			items[n++] = x->args[i].value;
		aisp_source__js_add_to(L, x->a->a, aisp_source__sx_kids(L, SX_LIST, k.node, items, n), ts_node_end_byte(k.node));
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
			aisp_source__root_add(L, &L->scope->returns_tail, aisp_source__js_only_kid(L, k));
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
		aisp_source__js_each_stmt(L, k.node);
		break;
	default:
		aisp_source__js_root(L, aisp_source__js_expr(L, k));
	}
}

void aisp_source__js_stmt(struct lower *L, struct kid k)
{
	if (!aisp_source__lower_enter(L))
		return;
	stmt_in(L, k);
	L->depth--;
}

void aisp_source__lower_javascript(struct lower *L, TSNode top)
{
	aisp_source__js_each_stmt(L, top);
}
