/* Statements of JavaScript, TypeScript and TSX → the common form: declarations, imports, exports, blocks. */
#include "scan/source/lower_javascript.h"

void js_each_stmt(struct lower *L, TSNode node)
{
	struct kids ks = kids_of(L, node);

	for (size_t i = 0; i < ks.n; i++)
		if (kid_at(L, ks, i).named)
			js_stmt(L, kid_at(L, ks, i));
	kids_done(L, ks);
}

static void js_branch(struct lower *L, struct kid k)
{
	uint32_t outer = block_push(L);

	js_stmt(L, k);
	L->block = outer;
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
				            ? js_function(L, v, node_text(L, name.node))
				            : js_expr(L, v);
			if (kid_field(L, ks2, F_type, &t))
				annot = js_only_kid(L, t);
			js_root(L, x);
			if (x && x->kind == SX_FUNC && x->scope)
				x->scope->is_exported = exported;
			if (x || annot)
				js_assign(L, name, x, annot, ts_node_end_byte(c.node));
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
			b = aisp_source__bind(L, L->scope, node_text(L, c.node), sx_import(L, c.node, module, AISP_S("default")), pos);
		} else if (c.kind == K_namespace_import && ks2.n) {
			as = kid_at(L, ks2, ks2.n - 1);
			mention(L, module, aisp_slice_z(""), node_line(L, c.node));
			b = aisp_source__bind(L, L->scope, node_text(L, as.node), sx_import(L, c.node, module, aisp_slice_z("")), pos);
		} else if (c.kind == K_import_specifier && kid_field(L, ks2, F_name, &n)) {
			struct aisp_slice name = node_text(L, n.node);

			if (!kid_field(L, ks2, F_alias, &as))
				as = n;
			mention(L, module, name, node_line(L, c.node));
			b = aisp_source__bind(L, L->scope, node_text(L, as.node), sx_import(L, c.node, module, name), pos);
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
		module = js_key_text(L, src);
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
				(void)aisp_source__bind(L, L->scope, out, sx_import(L, c.node, module, name), pos);
			else if (!aisp_slice_eq(out, name))
				(void)aisp_source__bind(L, L->scope, out, sx_name(L, c.node, name), UINT32_MAX);
		}
		kids_done(L, ks2);
	}
	kids_done(L, ks);
}

static struct sx *define(struct lower *L, struct kid k)
{
	bool cls = k.kind == K_class_declaration || k.kind == K_abstract_class_declaration;
	struct sx *x = cls ? js_class_(L, k, aisp_slice_z("")) : js_function(L, k, aisp_slice_z(""));

	if (x && x->scope && (x->kind == SX_FUNC || x->kind == SX_CLASS))
		(void)aisp_source__bind(L, L->scope, x->scope->name, x, 0); /* hoisted */
	js_root(L, x);
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
		js_stmt(L, d);
	}
	return x;
}

static struct sx *export_value(struct lower *L, struct kid d)
{
	bool function = d.kind == K_arrow_function || d.kind == K_function_expression;
	struct sx *x = function ? js_function(L, d, AISP_S("default")) : js_expr(L, d);

	js_root(L, x);
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
		module = js_key_text(L, src);
		mention(L, module, aisp_slice_z(""), node_line(L, k.node));
	}
	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i);
		struct aisp_slice t = c.named ? aisp_slice_z("") : node_text(L, c.node);

		dflt |= aisp_slice_eqz(t, "default");
		star |= aisp_slice_eqz(t, "*");
		names |= c.kind == K_export_clause;
		if (c.kind == K_export_clause)
			export_names(L, c, module, pos);
	}
	if (star && module.n)
		star_add(L, module);
	if (kid_field(L, ks, F_declaration, &d))
		x = export_declaration(L, d);
	else if (kid_field(L, ks, F_value, &d) && !names)
		x = export_value(L, d);
	if (dflt && x)
		(void)aisp_source__bind(L, L->scope, AISP_S("default"), x, pos);
	kids_done(L, ks);
}

static void for_in(struct lower *L, struct kid k)
{
	struct kids ks = kids_of(L, k.node);
	struct kid l, r, b;

	if (kid_field(L, ks, F_left, &l) && kid_field(L, ks, F_right, &r)) {
		struct sx *it = sx_new(L, SX_ITER, k.node), *from = js_expr(L, r);

		js_root(L, from);
		if (it && from) {
			it->a = from;
			js_assign(L, l, it, NULL, ts_node_end_byte(r.node));
		}
	}
	if (kid_field(L, ks, F_body, &b))
		js_branch(L, b);
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
			js_branch(L, c);
		else if (c.kind == K_catch_clause)
			js_branch(L, c);
		else
			js_stmt(L, c);
	}
	kids_done(L, ks);
}

static void expression(struct lower *L, struct kid k)
{
	struct sx *x = js_only_kid(L, k);

	js_root(L, x);
	if (x && x->kind == SX_CALL && x->a && x->a->kind == SX_ATTR && x->a->a && x->n &&
	    (aisp_slice_eqz(x->a->s, "push") || aisp_slice_eqz(x->a->s, "unshift"))) {
		struct sx *items[16];
		size_t n = 0;

		for (uint32_t i = 0; i < x->n && n < 16; i++)
			items[n++] = x->args[i].value;
		js_add_to(L, x->a->a, sx_kids(L, SX_LIST, k.node, items, n), ts_node_end_byte(k.node));
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
			root_add(L, &L->scope->returns_tail, js_only_kid(L, k));
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
		js_each_stmt(L, k.node);
		break;
	default:
		js_root(L, js_expr(L, k));
	}
}

void js_stmt(struct lower *L, struct kid k)
{
	if (!lower_enter(L))
		return;
	stmt_in(L, k);
	L->depth--;
}

void lower_javascript(struct lower *L, TSNode top)
{
	js_each_stmt(L, top);
}
