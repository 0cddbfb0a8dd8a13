/* What lower_python.c (expressions) and lower_python_stmt.c share. */
#pragma once
#include "scan/source/lower.h"

#define KINDS(X)                                                                                                       \
	X(module) X(expression_statement) X(assignment) X(augmented_assignment) X(import_statement)                    \
	X(import_from_statement) X(dotted_name) X(aliased_import) X(relative_import) X(wildcard_import)                \
	X(function_definition) X(class_definition) X(decorated_definition) X(decorator) X(return_statement)            \
	X(if_statement) X(elif_clause) X(else_clause) X(for_statement) X(while_statement) X(try_statement)             \
	X(except_clause) X(except_group_clause) X(finally_clause) X(with_statement) X(with_clause) X(with_item)        \
	X(match_statement) X(case_clause) X(block) X(global_statement) X(nonlocal_statement) X(identifier)             \
	X(attribute) X(call) X(argument_list) X(keyword_argument) X(list) X(tuple) X(set) X(dictionary) X(pair)        \
	X(expression_list) X(pattern_list) X(tuple_pattern) X(list_pattern) X(list_splat) X(dictionary_splat)          \
	X(list_splat_pattern) X(dictionary_splat_pattern) X(string) X(string_start) X(string_content) X(string_end)    \
	X(interpolation) X(concatenated_string) X(integer) X(float) X(true) X(false) X(none) X(binary_operator)        \
	X(boolean_operator) X(conditional_expression) X(lambda) X(subscript) X(await) X(parenthesized_expression)      \
	X(named_expression) X(list_comprehension) X(generator_expression) X(set_comprehension)                         \
	X(dictionary_comprehension) X(for_in_clause) X(if_clause) X(yield) X(type) X(generic_type) X(type_parameter)   \
	X(union_type) X(as_pattern) X(as_pattern_target) X(typed_parameter) X(default_parameter)                       \
	X(typed_default_parameter) X(ERROR)
#define FIELDS(X)                                                                                                      \
	X(left) X(right) X(type) X(name) X(alias) X(module_name) X(parameters) X(body) X(superclasses) X(definition)   \
	X(condition) X(consequence) X(alternative) X(value) X(object) X(attribute) X(function) X(arguments) X(key)     \
	X(operator) X(subscript) X(expression) X(return_type)
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

struct sx *aisp_source__py_expr(struct lower *L, struct kid k); /* NULL when nothing is left of it */
struct sx *aisp_source__py_walk(struct lower *L, struct kid k); /* all kids, as SX_UNKNOWN */
struct sx *aisp_source__py_only_kid(struct lower *L, struct kid k);
struct sx *aisp_source__py_function(struct lower *L, struct kid k);
struct sx *aisp_source__py_class_(struct lower *L, struct kid k);
void aisp_source__py_stmt(struct lower *L, struct kid k);
void aisp_source__py_each_stmt(struct lower *L, TSNode node);
void aisp_source__py_assign(struct lower *L, struct kid target, struct sx *value, struct sx *annot, uint32_t pos);
