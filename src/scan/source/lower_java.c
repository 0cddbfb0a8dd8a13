/* Java: the table of its forms, and its imports. */
#include "scan/source/lower_shape.h"

static const struct shape shapes[] = {
	{"program", S_SEQ}, {"package_declaration", S_SKIP}, {"import_declaration", S_IMPORT}, {"class_declaration", S_CLASS},
	{"interface_declaration", S_CLASS}, {"record_declaration", S_CLASS}, {"enum_declaration", S_CLASS}, {"annotation_type_declaration", S_SKIP},
	{"class_body", S_SEQ}, {"interface_body", S_SEQ}, {"enum_body", S_SEQ}, {"enum_body_declarations", S_SEQ}, {"enum_constant", S_SKIP},
	{"constructor_body", S_SEQ}, {"static_initializer", S_SEQ}, {"superclass", S_BASES}, {"super_interfaces", S_BASES},
	{"extends_interfaces", S_BASES}, {"type_list", S_BASES}, {"modifiers", S_MARKS}, {"annotation", S_MARK}, {"marker_annotation", S_MARK},
	{"annotation_argument_list", S_ARGS}, {"element_value_pair", S_PAIR}, {"element_value_array_initializer", S_LIST},
	{"field_declaration", S_DECL}, {"constant_declaration", S_DECL}, {"local_variable_declaration", S_DECL}, {"variable_declarator", S_VAR},
	{"resource_specification", S_SEQ}, {"resource", S_DECL}, {"method_declaration", S_FUNC}, {"constructor_declaration", S_CTOR},
	{"compact_constructor_declaration", S_SKIP}, {"formal_parameters", S_PARAMS}, {"inferred_parameters", S_PARAMS},
	{"formal_parameter", S_PARAM}, {"spread_parameter", S_PARAM_REST}, {"receiver_parameter", S_SKIP}, {"throws", S_SKIP},
	{"block", S_BLOCK}, {"expression_statement", S_EXPR}, {"if_statement", S_BRANCH}, {"while_statement", S_BRANCH},
	{"do_statement", S_BRANCH}, {"for_statement", S_BRANCH}, {"try_statement", S_BRANCH}, {"try_with_resources_statement", S_BRANCH},
	{"catch_clause", S_BRANCH}, {"catch_formal_parameter", S_SKIP}, {"enhanced_for_statement", S_EACH}, {"return_statement", S_RETURN},
	{"yield_statement", S_EXPR}, {"identifier", S_NAME}, {"type_identifier", S_NAME}, {"this", S_THIS}, {"super", S_THIS},
	{"string_literal", S_STR}, {"string_fragment", S_PIECE}, {"multiline_string_fragment", S_PIECE}, {"escape_sequence", S_PIECE},
	{"string_interpolation", S_HOLE}, {"character_literal", S_SKIP}, {"decimal_integer_literal", S_NUM}, {"decimal_floating_point_literal", S_NUM},
	{"true", S_TRUE}, {"false", S_FALSE}, {"null_literal", S_NULL}, {"method_invocation", S_CALL}, {"argument_list", S_ARGS},
	{"object_creation_expression", S_NEW}, {"field_access", S_ATTR}, {"scoped_identifier", S_ATTR}, {"scoped_type_identifier", S_ATTR},
	{"array_access", S_INDEX}, {"generic_type", S_GENERIC}, {"type_arguments", S_EXPRS}, {"array_type", S_SKIP},
	{"array_creation_expression", S_LAST}, {"array_initializer", S_LIST}, {"dimensions", S_SKIP}, {"integral_type", S_SKIP},
	{"floating_point_type", S_SKIP}, {"boolean_type", S_SKIP}, {"void_type", S_SKIP}, {"type_parameters", S_SKIP}, {"wildcard", S_SKIP},
	{"binary_expression", S_BINARY}, {"ternary_expression", S_COND}, {"assignment_expression", S_ASSIGN}, {"parenthesized_expression", S_PASS},
	{"unary_expression", S_PASS}, {"cast_expression", S_LAST}, {"class_literal", S_PASS}, {"lambda_expression", S_LAMBDA}, {NULL, 0},
};

static void import(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct aisp_slice path = {NULL, 0};
	bool star = false;
	size_t dot;

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i);

		if (c.named && !path.n && (c.kind == S_ATTR || c.kind == S_NAME))
			path = aisp_source__shape_path(L, c.node);
		else if (c.named)
			star = true;
	}
	aisp_source__kids_done(L, ks);
	dot = aisp_slice_rchr(path, '.');
	if (star) {
		aisp_source__star_add(L, path);
		aisp_source__mention(L, path, AISP_S("*"), aisp_source__node_line(L, k.node));
	} else if (dot != SIZE_MAX) {
		aisp_source__shape_bind_import(L, k, aisp_slice_from(path, dot + 1), aisp_slice_to(path, dot), aisp_slice_from(path, dot + 1));
	}
}

const struct shape_lang aisp_source__java = {.shapes = shapes, .import = import, .open_classes = true};
