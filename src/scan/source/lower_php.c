/* PHP: the table of its forms, and its use declarations. */
#include "scan/source/lower_shape.h"

static const struct shape shapes[] = {
	{"program", S_SEQ}, {"php_tag", S_SKIP}, {"text", S_SKIP}, {"text_interpolation", S_SKIP}, {"namespace_definition", S_SEQ},
	{"namespace_name", S_SKIP}, {"namespace_use_declaration", S_IMPORT}, {"const_declaration", S_DECL}, {"const_element", S_VAR},
	{"class_declaration", S_CLASS}, {"interface_declaration", S_CLASS}, {"trait_declaration", S_CLASS}, {"enum_declaration", S_CLASS},
	{"declaration_list", S_SEQ}, {"enum_declaration_list", S_SEQ}, {"enum_case", S_SKIP}, {"use_declaration", S_SKIP}, {"base_clause", S_BASES},
	{"class_interface_clause", S_BASES}, {"attribute_list", S_MARKS}, {"attribute_group", S_MARKS}, {"attribute", S_MARK},
	{"visibility_modifier", S_WORD}, {"readonly_modifier", S_WORD}, {"static_modifier", S_SKIP}, {"final_modifier", S_SKIP},
	{"abstract_modifier", S_SKIP}, {"var_modifier", S_SKIP}, {"property_declaration", S_DECL}, {"property_element", S_VAR},
	{"method_declaration", S_FUNC}, {"function_definition", S_FUNC}, {"formal_parameters", S_PARAMS}, {"simple_parameter", S_PARAM},
	{"property_promotion_parameter", S_PARAM}, {"variadic_parameter", S_PARAM_REST}, {"compound_statement", S_BLOCK},
	{"colon_block", S_SEQ}, {"expression_statement", S_EXPR}, {"echo_statement", S_EXPR}, {"if_statement", S_BRANCH}, {"else_clause", S_BRANCH},
	{"else_if_clause", S_BRANCH}, {"while_statement", S_BRANCH}, {"for_statement", S_BRANCH}, {"try_statement", S_BRANCH},
	{"catch_clause", S_BRANCH}, {"type_list", S_SKIP}, {"finally_clause", S_BRANCH}, {"foreach_statement", S_EACH}, {"return_statement", S_RETURN},
	{"name", S_NAME}, {"variable_name", S_NAME}, {"qualified_name", S_QUAL}, {"relative_scope", S_THIS}, {"string", S_STR},
	{"encapsed_string", S_STR}, {"string_content", S_PIECE}, {"string_value", S_PIECE}, {"escape_sequence", S_PIECE}, {"heredoc", S_PASS},
	{"heredoc_start", S_SKIP}, {"heredoc_end", S_SKIP}, {"heredoc_body", S_STR}, {"nowdoc", S_PASS}, {"nowdoc_body", S_STR}, {"nowdoc_string", S_PIECE},
	{"shell_command_expression", S_SHELL}, {"integer", S_NUM}, {"float", S_NUM}, {"boolean", S_SKIP}, {"null", S_NULL},
	{"function_call_expression", S_CALL}, {"member_call_expression", S_CALL}, {"nullsafe_member_call_expression", S_CALL},
	{"scoped_call_expression", S_CALL}, {"object_creation_expression", S_NEW}, {"arguments", S_ARGS}, {"argument", S_ARG},
	{"variadic_unpacking", S_SPREAD}, {"member_access_expression", S_ATTR}, {"nullsafe_member_access_expression", S_ATTR},
	{"scoped_property_access_expression", S_ATTR}, {"class_constant_access_expression", S_ATTR}, {"subscript_expression", S_INDEX},
	{"array_creation_expression", S_ARRAY}, {"array_element_initializer", S_EXPRS}, {"pair", S_EXPRS}, {"binary_expression", S_BINARY},
	{"conditional_expression", S_COND}, {"assignment_expression", S_ASSIGN}, {"augmented_assignment_expression", S_ASSIGN},
	{"parenthesized_expression", S_PASS}, {"cast_expression", S_LAST}, {"cast_type", S_SKIP}, {"unary_op_expression", S_PASS},
	{"error_suppression_expression", S_PASS}, {"clone_expression", S_PASS}, {"anonymous_function", S_LAMBDA},
	{"anonymous_function_use_clause", S_SKIP}, {"arrow_function", S_LAMBDA}, {"named_type", S_PASS}, {"optional_type", S_PASS},
	{"union_type", S_PASS}, {"primitive_type", S_SKIP}, {"static_scope", S_SKIP}, {NULL, 0},
};

static void clause(struct lower *L, struct kid k, struct aisp_slice prefix)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct aisp_slice path = {NULL, 0}, alias = {NULL, 0}, last;
	size_t dot;

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i);

		if (c.field == F_alias)
			alias = aisp_source__node_text(L, c.node);
		else if (c.named && !path.n)
			path = aisp_source__shape_path(L, c.node);
	}
	aisp_source__kids_done(L, ks);
	if (prefix.n && path.n && prefix.n + path.n < 400)
		path = aisp_arena_printf(L->a, "%.*s.%.*s", AISP_FMT(prefix), AISP_FMT(path));
	if (path.n && path.p[0] == '.')
		path = aisp_slice_from(path, 1);
	if (!path.n)
		return;
	dot = aisp_slice_rchr(path, '.');
	last = dot == SIZE_MAX ? path : aisp_slice_from(path, dot + 1);
	aisp_source__shape_bind_import(L, k, alias.n ? alias : last, dot == SIZE_MAX ? path : aisp_slice_to(path, dot),
	                               dot == SIZE_MAX ? aisp_slice_z("") : last);
}

static void import(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct aisp_slice prefix = {NULL, 0};

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i);
		const char *type = ts_node_type(c.node);
		struct kids in;

		if (strcmp(type, "namespace_name") == 0) {
			prefix = aisp_source__shape_path(L, c.node);
		} else if (strcmp(type, "namespace_use_clause") == 0) {
			clause(L, c, prefix);
		} else if (strcmp(type, "namespace_use_group") == 0) {
			in = aisp_source__kids_of(L, c.node);
			for (size_t j = 0; j < in.n; j++)
				if (kid_at(L, in, j).named)
					clause(L, kid_at(L, in, j), prefix);
			aisp_source__kids_done(L, in);
		}
	}
	aisp_source__kids_done(L, ks);
}

const struct shape_lang aisp_source__php = {.shapes = shapes, .import = import, .constructor = "__construct"};
