/* What lower_javascript.c (expressions) and lower_javascript_stmt.c share. */
#pragma once
#include "scan/source/lower.h"

#define KINDS(X)                                                                                                       \
	X(program) X(expression_statement) X(lexical_declaration) X(variable_declaration) X(variable_declarator)       \
	X(import_statement) X(import_clause) X(namespace_import) X(named_imports) X(import_specifier)                  \
	X(import_require_clause) X(export_statement) X(export_clause) X(export_specifier) X(namespace_export)          \
	X(function_declaration) X(generator_function_declaration) X(function_expression) X(generator_function)         \
	X(arrow_function) X(class_declaration) X(abstract_class_declaration) X(class) X(class_heritage)                \
	X(extends_clause) X(class_body) X(method_definition) X(field_definition) X(public_field_definition)            \
	X(return_statement) X(if_statement) X(else_clause) X(for_statement) X(for_in_statement) X(while_statement)     \
	X(do_statement) X(try_statement) X(catch_clause) X(finally_clause) X(switch_statement) X(switch_body)          \
	X(switch_case) X(switch_default) X(statement_block) X(throw_statement) X(labeled_statement) X(identifier)      \
	X(property_identifier) X(private_property_identifier) X(shorthand_property_identifier)                         \
	X(shorthand_property_identifier_pattern) X(this) X(member_expression) X(subscript_expression)                  \
	X(call_expression) X(new_expression) X(arguments) X(assignment_expression) X(augmented_assignment_expression)  \
	X(object) X(pair) X(spread_element) X(array) X(string) X(string_fragment) X(escape_sequence)                   \
	X(template_string) X(template_substitution) X(number) X(true) X(false) X(null) X(undefined)                    \
	X(binary_expression) X(ternary_expression) X(await_expression) X(parenthesized_expression) X(as_expression)    \
	X(satisfies_expression) X(non_null_expression) X(type_assertion) X(sequence_expression) X(object_pattern)      \
	X(array_pattern) X(pair_pattern) X(object_assignment_pattern) X(assignment_pattern) X(rest_pattern)            \
	X(formal_parameters) X(required_parameter) X(optional_parameter) X(type_annotation) X(type_identifier)         \
	X(type_arguments) X(type_parameters) X(interface_declaration) X(type_alias_declaration) X(enum_declaration)    \
	X(ambient_declaration) X(generic_type) X(decorator) X(computed_property_name) X(import) X(super) X(ERROR)      \
	X(internal_module) X(yield_expression)
#define FIELDS(X)                                                                                                      \
	X(name) X(value) X(type) X(source) X(alias) X(declaration) X(parameters) X(parameter) X(body) X(property)      \
	X(object) X(index) X(function) X(arguments) X(constructor) X(left) X(right) X(key) X(operator) X(condition)    \
	X(consequence) X(alternative) X(handler) X(finalizer) X(pattern) X(initializer) X(increment) X(decorator)
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

struct sx *aisp_source__js_expr(struct lower *L, struct kid k); /* NULL when nothing is left of it */
struct sx *aisp_source__js_walk(struct lower *L, struct kid k); /* all kids, as SX_UNKNOWN */
struct sx *aisp_source__js_only_kid(struct lower *L, struct kid k);
struct sx *aisp_source__js_function(struct lower *L, struct kid k, struct aisp_slice given);
struct sx *aisp_source__js_class_(struct lower *L, struct kid k, struct aisp_slice given);
struct aisp_slice aisp_source__js_key_text(struct lower *L, struct kid k);
void aisp_source__js_root(struct lower *L, struct sx *x);
void aisp_source__js_stmt(struct lower *L, struct kid k);
void aisp_source__js_each_stmt(struct lower *L, TSNode node);
void aisp_source__js_assign(struct lower *L, struct kid target, struct sx *value, struct sx *annot, uint32_t pos);
/* One more item or member of what `target` names. */
void aisp_source__js_add_to(struct lower *L, struct sx *target, struct sx *value, uint32_t pos);
