/* Go: the table of its forms, and its imports (go.dev/ref/spec). */
#include "scan/source/lower_shape.h"

static const struct shape shapes[] = {
	{"source_file", S_SEQ}, {"package_clause", S_SKIP}, {"import_declaration", S_SEQ}, {"import_spec_list", S_SEQ}, {"import_spec", S_IMPORT},
	{"const_declaration", S_SEQ}, {"var_declaration", S_SEQ}, {"var_spec_list", S_SEQ}, {"const_spec", S_DECL}, {"var_spec", S_DECL},
	{"type_declaration", S_SEQ}, {"type_spec", S_STRUCT}, {"type_alias", S_STRUCT}, {"struct_type", S_SEQ}, {"interface_type", S_SEQ},
	{"method_elem", S_SKIP}, {"type_elem", S_SKIP}, {"field_declaration_list", S_SEQ}, {"field_declaration", S_DECL},
	{"function_declaration", S_FUNC}, {"method_declaration", S_FUNC}, {"parameter_list", S_PARAMS}, {"parameter_declaration", S_PARAM},
	{"variadic_parameter_declaration", S_PARAM_REST}, {"func_literal", S_LAMBDA}, {"block", S_BLOCK}, {"expression_statement", S_EXPR},
	{"go_statement", S_EXPR}, {"defer_statement", S_EXPR}, {"if_statement", S_BRANCH}, {"for_statement", S_BRANCH}, {"range_clause", S_EACH},
	{"return_statement", S_RETURN}, {"short_var_declaration", S_ASSIGN}, {"assignment_statement", S_ASSIGN}, {"expression_list", S_EXPRS},
	{"expression_case", S_BRANCH}, {"default_case", S_BRANCH}, {"identifier", S_NAME}, {"field_identifier", S_NAME},
	{"type_identifier", S_NAME}, {"package_identifier", S_NAME}, {"blank_identifier", S_SKIP}, {"label_name", S_SKIP},
	{"interpreted_string_literal", S_STR}, {"raw_string_literal", S_RAW}, {"interpreted_string_literal_content", S_PIECE},
	{"escape_sequence", S_PIECE}, {"int_literal", S_NUM}, {"float_literal", S_NUM}, {"rune_literal", S_SKIP}, {"true", S_TRUE},
	{"false", S_FALSE}, {"nil", S_NULL}, {"call_expression", S_CALL}, {"argument_list", S_ARGS}, {"variadic_argument", S_SPREAD},
	{"selector_expression", S_ATTR}, {"qualified_type", S_ATTR}, {"index_expression", S_INDEX}, {"unary_expression", S_PASS},
	{"parenthesized_expression", S_PASS}, {"type_assertion_expression", S_PASS}, {"type_instantiation_expression", S_PASS},
	{"binary_expression", S_BINARY}, {"composite_literal", S_LITERAL}, {"literal_value", S_BODY}, {"keyed_element", S_PAIR},
	{"literal_element", S_PASS}, {"pointer_type", S_PASS}, {"generic_type", S_GENERIC}, {"type_arguments", S_EXPRS}, {"slice_type", S_SKIP},
	{"array_type", S_SKIP}, {"implicit_length_array_type", S_SKIP}, {"map_type", S_SKIP}, {"channel_type", S_SKIP},
	{"function_type", S_SKIP}, {"type_parameter_list", S_SKIP}, {NULL, 0},
};

/* The name that a package goes by when the import gives none: the last part of its path without version and the habits of
 * "go-x", "x-go" and "x.go"; "" when there is none. */
static struct aisp_slice package_name(struct aisp_slice path)
{
	static const char *const endings[] = {"-sdk-go", "-go", ".go", "-client-go", "-golang", NULL};
	struct aisp_slice base = aisp_slice_basename(path);
	size_t dot;

	if (base.n >= 2 && base.p[0] == 'v' && base.p[1] >= '0' && base.p[1] <= '9')
		base = aisp_slice_basename(aisp_slice_dirname(path));
	dot = aisp_slice_find(base, AISP_S(".v"));
	if (dot != SIZE_MAX)
		base = aisp_slice_to(base, dot);
	for (int i = 0; endings[i]; i++) {
		struct aisp_slice e = aisp_slice_z(endings[i]);

		if (base.n > e.n && aisp_slice_ends(base, e))
			return aisp_slice_to(base, base.n - e.n);
	}
	if (base.n > 3 && aisp_slice_starts(base, AISP_S("go-")))
		return aisp_slice_from(base, 3);
	return base;
}

static void import(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct kid path, name;
	struct aisp_slice module = {NULL, 0}, as;

	if (aisp_source__kid_field(L, ks, F_object, &path)) {
		module = aisp_source__node_text(L, path.node);
		module = module.n > 2 ? aisp_slice_of(module.p + 1, module.n - 2) : aisp_slice_of(NULL, 0);
	}
	as = aisp_source__kid_field(L, ks, F_name, &name) ? aisp_source__node_text(L, name.node) : package_name(module);
	aisp_source__kids_done(L, ks);
	if (!module.n)
		return;
	if (aisp_slice_eqz(as, "."))
		aisp_source__star_add(L, module);
	if (aisp_slice_chr(as, '-') != SIZE_MAX) /* mcp-golang → mcp, mcp_golang: what comes before the dash */
		as = aisp_slice_to(as, aisp_slice_chr(as, '-'));
	aisp_source__shape_bind_import(L, k, as, module, aisp_slice_z(""));
}

const struct shape_lang aisp_source__go = {.shapes = shapes, .import = import, .multiple = true};
