/* Rust: the table of its forms, and its use declarations. */
#include "scan/source/lower_shape.h"

static const struct shape shapes[] = {
	{"source_file", S_SEQ}, {"use_declaration", S_IMPORT}, {"extern_crate_declaration", S_SKIP}, {"mod_item", S_MODULE}, {"const_item", S_DECL},
	{"static_item", S_DECL}, {"let_declaration", S_DECL}, {"let_condition", S_DECL}, {"struct_item", S_CLASS}, {"enum_item", S_CLASS},
	{"union_item", S_CLASS}, {"trait_item", S_CLASS}, {"impl_item", S_IMPL}, {"declaration_list", S_SEQ}, {"field_declaration_list", S_SEQ},
	{"field_declaration", S_DECL}, {"enum_variant_list", S_SKIP}, {"ordered_field_declaration_list", S_SKIP}, {"type_item", S_DECL},
	{"associated_type", S_SKIP}, {"attribute_item", S_MARKS}, {"inner_attribute_item", S_SKIP}, {"attribute", S_MARK},
	{"function_item", S_FUNC}, {"function_signature_item", S_SKIP}, {"parameters", S_PARAMS}, {"closure_parameters", S_PARAMS},
	{"parameter", S_PARAM}, {"self_parameter", S_SKIP}, {"closure_expression", S_LAMBDA}, {"block", S_BLOCK}, {"async_block", S_LAST},
	{"unsafe_block", S_LAST}, {"expression_statement", S_EXPR}, {"if_expression", S_BRANCH}, {"else_clause", S_BRANCH},
	{"while_expression", S_BRANCH}, {"loop_expression", S_BRANCH}, {"match_expression", S_BRANCH}, {"match_block", S_SEQ},
	{"match_arm", S_BRANCH}, {"match_pattern", S_SKIP}, {"for_expression", S_EACH}, {"return_expression", S_RETURN},
	{"visibility_modifier", S_SKIP}, {"function_modifiers", S_SKIP}, {"mutable_specifier", S_SKIP}, {"lifetime", S_SKIP},
	{"identifier", S_NAME}, {"type_identifier", S_NAME}, {"field_identifier", S_NAME}, {"shorthand_field_identifier", S_NAME},
	{"self", S_THIS}, {"crate", S_NAME}, {"super", S_NAME}, {"metavariable", S_SKIP}, {"string_literal", S_STR}, {"raw_string_literal", S_STR},
	{"string_content", S_PIECE}, {"escape_sequence", S_PIECE}, {"char_literal", S_SKIP}, {"integer_literal", S_NUM}, {"float_literal", S_NUM},
	{"boolean_literal", S_SKIP}, {"unit_expression", S_NULL}, {"call_expression", S_CALL}, {"arguments", S_ARGS}, {"field_expression", S_ATTR},
	{"scoped_identifier", S_ATTR}, {"scoped_type_identifier", S_ATTR}, {"index_expression", S_INDEX}, {"generic_type", S_GENERIC},
	{"generic_function", S_PASS}, {"generic_type_with_turbofish", S_PASS}, {"type_arguments", S_EXPRS}, {"type_parameters", S_SKIP},
	{"where_clause", S_SKIP}, {"reference_type", S_PASS}, {"pointer_type", S_PASS}, {"abstract_type", S_PASS}, {"dynamic_type", S_PASS},
	{"bounded_type", S_PASS}, {"array_type", S_SKIP}, {"tuple_type", S_SKIP}, {"primitive_type", S_SKIP}, {"unit_type", S_SKIP},
	{"function_type", S_SKIP}, {"reference_expression", S_PASS}, {"try_expression", S_PASS}, {"await_expression", S_PASS},
	{"parenthesized_expression", S_PASS}, {"unary_expression", S_PASS}, {"type_cast_expression", S_PASS}, {"binary_expression", S_BINARY},
	{"assignment_expression", S_ASSIGN}, {"compound_assignment_expr", S_ASSIGN}, {"array_expression", S_LIST}, {"tuple_expression", S_LIST},
	{"tuple_pattern", S_LIST}, {"tuple_struct_pattern", S_LAST}, {"mut_pattern", S_PASS}, {"ref_pattern", S_PASS},
	{"reference_pattern", S_PASS}, {"captured_pattern", S_PASS}, {"struct_pattern", S_SKIP}, {"struct_expression", S_LITERAL},
	{"field_initializer_list", S_BODY}, {"field_initializer", S_PAIR}, {"shorthand_field_initializer", S_PAIR},
	{"base_field_initializer", S_SPREAD}, {"macro_invocation", S_MACRO}, {"token_tree", S_ARGS}, {"macro_definition", S_SKIP}, {NULL, 0},
};

/* prefix.path of a use; parts are joined by '.'. */
static struct aisp_slice joined(struct lower *L, struct aisp_slice prefix, struct aisp_slice path)
{
	struct aisp_slice s;

	if (!prefix.n || !path.n)
		return prefix.n ? prefix : path;
	if (prefix.n + path.n > 400)
		return prefix;
	s = aisp_arena_printf(L->a, "%.*s.%.*s", AISP_FMT(prefix), AISP_FMT(path));
	return s.p ? s : prefix;
}

static void use_name(struct lower *L, struct kid k, struct aisp_slice path, struct aisp_slice alias)
{
	size_t dot = aisp_slice_rchr(path, '.');
	struct aisp_slice module = dot == SIZE_MAX ? path : aisp_slice_to(path, dot);
	struct aisp_slice symbol = dot == SIZE_MAX ? aisp_slice_z("") : aisp_slice_from(path, dot + 1);

	if (path.n)
		aisp_source__shape_bind_import(L, k, alias.n ? alias : symbol.n ? symbol : path, module, symbol);
}

static void use(struct lower *L, struct kid k, struct aisp_slice prefix, unsigned depth)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	const char *type = ts_node_type(k.node);
	struct kid path, alias, list;
	bool has_path = aisp_source__kid_field(L, ks, F_object, &path);

	if (depth > 12 || !k.named) {
		aisp_source__kids_done(L, ks);
		return;
	}
	if (strcmp(type, "use_as_clause") == 0 && has_path && aisp_source__kid_field(L, ks, F_alias, &alias)) {
		use_name(L, k, joined(L, prefix, aisp_source__shape_path(L, path.node)), aisp_source__node_text(L, alias.node));
	} else if (strcmp(type, "use_wildcard") == 0) {
		struct aisp_slice p = ks.n ? joined(L, prefix, aisp_source__shape_path(L, kid_at(L, ks, 0).node)) : prefix;

		aisp_source__star_add(L, p);
		aisp_source__mention(L, p, AISP_S("*"), aisp_source__node_line(L, k.node));
	} else if (strcmp(type, "scoped_use_list") == 0 && aisp_source__kid_field(L, ks, F_list, &list)) {
		use(L, list, has_path ? joined(L, prefix, aisp_source__shape_path(L, path.node)) : prefix, depth + 1);
	} else if (strcmp(type, "use_list") == 0) {
		for (size_t i = 0; i < ks.n; i++)
			use(L, kid_at(L, ks, i), prefix, depth + 1);
	} else if (strcmp(type, "self") == 0) {
		use_name(L, k, prefix, aisp_slice_z(""));
	} else {
		use_name(L, k, joined(L, prefix, aisp_source__shape_path(L, k.node)), aisp_slice_z(""));
	}
	aisp_source__kids_done(L, ks);
}

static void import(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct kid arg;

	if (aisp_source__kid_field(L, ks, F_list, &arg))
		use(L, arg, aisp_slice_z(""), 0);
	aisp_source__kids_done(L, ks);
}

const struct shape_lang aisp_source__rust = {.shapes = shapes, .import = import, .last_is_result = true};
