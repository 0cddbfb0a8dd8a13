/* C#: the table of its forms, and its using directives. */
#include "scan/source/lower_shape.h"

static const struct shape shapes[] = {
	{"compilation_unit", S_SEQ}, {"using_directive", S_IMPORT}, {"extern_alias_directive", S_SKIP}, {"global_statement", S_SEQ},
	{"file_scoped_namespace_declaration", S_SEQ}, {"namespace_declaration", S_SEQ}, {"declaration_list", S_SEQ}, {"class_declaration", S_CLASS},
	{"record_declaration", S_CLASS}, {"struct_declaration", S_CLASS}, {"record_struct_declaration", S_CLASS}, {"interface_declaration", S_CLASS},
	{"enum_declaration", S_SKIP}, {"delegate_declaration", S_SKIP}, {"base_list", S_BASES}, {"primary_constructor_base_type", S_PASS},
	{"attribute_list", S_MARKS}, {"attribute", S_MARK}, {"attribute_argument_list", S_ARGS}, {"attribute_argument", S_ARG},
	{"modifier", S_WORD}, {"field_declaration", S_DECL}, {"event_field_declaration", S_SKIP}, {"variable_declaration", S_DECL},
	{"variable_declarator", S_VAR}, {"property_declaration", S_DECL}, {"accessor_list", S_SKIP}, {"arrow_expression_clause", S_PASS},
	{"local_declaration_statement", S_SEQ}, {"using_statement", S_BRANCH}, {"lock_statement", S_BRANCH}, {"fixed_statement", S_BRANCH},
	{"constructor_declaration", S_CTOR}, {"constructor_initializer", S_SKIP}, {"method_declaration", S_FUNC},
	{"local_function_statement", S_FUNC}, {"parameter_list", S_PARAMS}, {"parameter", S_PARAM}, {"implicit_parameter", S_NAME},
	{"lambda_expression", S_LAMBDA}, {"anonymous_method_expression", S_LAMBDA}, {"block", S_BLOCK}, {"expression_statement", S_EXPR},
	{"if_statement", S_BRANCH}, {"while_statement", S_BRANCH}, {"for_statement", S_BRANCH}, {"try_statement", S_BRANCH},
	{"catch_clause", S_BRANCH}, {"catch_declaration", S_SKIP}, {"foreach_statement", S_EACH}, {"return_statement", S_RETURN},
	{"yield_statement", S_EXPR}, {"identifier", S_NAME}, {"this", S_THIS}, {"base", S_THIS}, {"string_literal", S_STR},
	{"verbatim_string_literal", S_RAW}, {"raw_string_literal", S_STR}, {"raw_string_content", S_PIECE}, {"raw_string_start", S_SKIP},
	{"raw_string_end", S_SKIP}, {"string_literal_content", S_PIECE}, {"string_content", S_PIECE}, {"escape_sequence", S_PIECE},
	{"interpolated_string_expression", S_STR}, {"interpolation_start", S_SKIP}, {"interpolation_quote", S_SKIP}, {"interpolation_brace", S_SKIP},
	{"interpolation_alignment_clause", S_SKIP}, {"interpolation_format_clause", S_SKIP}, {"interpolation", S_HOLE},
	{"character_literal", S_SKIP}, {"integer_literal", S_NUM}, {"real_literal", S_NUM}, {"boolean_literal", S_SKIP}, {"null_literal", S_NULL},
	{"invocation_expression", S_CALL}, {"argument_list", S_ARGS}, {"bracketed_argument_list", S_ARGS}, {"argument", S_ARG},
	{"member_access_expression", S_ATTR}, {"qualified_name", S_ATTR}, {"alias_qualified_name", S_LAST}, {"element_access_expression", S_INDEX},
	{"generic_name", S_GENERIC}, {"type_argument_list", S_EXPRS}, {"implicit_type", S_SKIP}, {"predefined_type", S_SKIP},
	{"nullable_type", S_PASS}, {"array_type", S_SKIP}, {"type_parameter_list", S_SKIP}, {"type_parameter_constraints_clause", S_SKIP},
	{"object_creation_expression", S_NEW}, {"implicit_object_creation_expression", S_NEW}, {"initializer_expression", S_BODY},
	{"anonymous_object_creation_expression", S_DICT}, {"implicit_array_creation_expression", S_LAST}, {"array_creation_expression", S_LAST},
	{"element_binding_expression", S_LIST}, {"collection_expression", S_LIST}, {"collection_element", S_PASS}, {"binary_expression", S_BINARY},
	{"conditional_expression", S_COND}, {"assignment_expression", S_ASSIGN}, {"await_expression", S_PASS}, {"parenthesized_expression", S_PASS},
	{"postfix_unary_expression", S_PASS}, {"prefix_unary_expression", S_PASS}, {"cast_expression", S_LAST}, {"as_expression", S_PASS},
	{"typeof_expression", S_PASS}, {"ref_expression", S_PASS}, {NULL, 0},
};

/* using A.B; using X = A.B.C; using static A.B.C; */
static void import(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct aisp_slice path = {NULL, 0}, alias = {NULL, 0};
	size_t dot;

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i);

		if (!c.named)
			continue;
		if (c.field == F_name)
			alias = aisp_source__node_text(L, c.node);
		else if (!path.n)
			path = aisp_source__shape_path(L, c.node);
	}
	aisp_source__kids_done(L, ks);
	dot = aisp_slice_rchr(path, '.');
	if (alias.n && dot != SIZE_MAX) {
		aisp_source__shape_bind_import(L, k, alias, aisp_slice_to(path, dot), aisp_slice_from(path, dot + 1));
	} else if (path.n) {
		aisp_source__star_add(L, path);
		aisp_source__mention(L, path, AISP_S("*"), aisp_source__node_line(L, k.node));
	}
}

const struct shape_lang aisp_source__csharp = {.shapes = shapes, .import = import, .open_classes = true};
