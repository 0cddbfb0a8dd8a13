/* Ruby: the table of its forms. Its constants are seen everywhere, so nothing is bound by require. */
#include "scan/source/lower_shape.h"

static const struct shape shapes[] = {
	{"program", S_SEQ}, {"module", S_MODULE}, {"class", S_CLASS}, {"singleton_class", S_SEQ}, {"superclass", S_BASES}, {"body_statement", S_SEQ},
	{"block_body", S_SEQ}, {"method", S_FUNC}, {"singleton_method", S_FUNC}, {"method_parameters", S_PARAMS}, {"block_parameters", S_PARAMS},
	{"lambda_parameters", S_PARAMS}, {"optional_parameter", S_PARAM}, {"keyword_parameter", S_PARAM}, {"splat_parameter", S_PARAM_REST},
	{"hash_splat_parameter", S_PARAM_REST}, {"block_parameter", S_PARAM}, {"destructured_parameter", S_SKIP}, {"lambda", S_LAMBDA},
	{"do_block", S_SEQ}, {"block", S_SEQ}, {"begin", S_SEQ}, {"begin_block", S_SEQ}, {"then", S_SEQ}, {"do", S_SEQ}, {"else", S_SEQ},
	{"ensure", S_SEQ}, {"if", S_BRANCH}, {"unless", S_BRANCH}, {"elsif", S_BRANCH}, {"while", S_BRANCH}, {"until", S_BRANCH},
	{"case", S_BRANCH}, {"when", S_BRANCH}, {"rescue", S_BRANCH}, {"exceptions", S_SKIP}, {"exception_variable", S_SKIP},
	{"if_modifier", S_BRANCH}, {"unless_modifier", S_BRANCH}, {"while_modifier", S_BRANCH}, {"rescue_modifier", S_PASS}, {"for", S_EACH},
	{"in", S_PASS}, {"return", S_RETURN}, {"yield", S_EXPR}, {"identifier", S_NAME}, {"constant", S_NAME}, {"self", S_THIS},
	{"super", S_SKIP}, {"instance_variable", S_MEMBER_NAME}, {"class_variable", S_MEMBER_NAME}, {"global_variable", S_NAME},
	{"string", S_STR}, {"bare_string", S_STR}, {"chained_string", S_STR}, {"string_content", S_PIECE}, {"escape_sequence", S_PIECE},
	{"interpolation", S_HOLE}, {"simple_symbol", S_SYMBOL}, {"hash_key_symbol", S_SYMBOL}, {"bare_symbol", S_STR}, {"delimited_symbol", S_STR},
	{"heredoc_beginning", S_HEREDOC}, {"heredoc_body", S_HEREDOC_BODY}, {"heredoc_content", S_PIECE}, {"heredoc_end", S_SKIP},
	{"regex", S_SKIP}, {"subshell", S_SHELL}, {"integer", S_NUM}, {"float", S_NUM}, {"true", S_TRUE}, {"false", S_FALSE}, {"nil", S_NULL},
	{"call", S_CALL}, {"argument_list", S_ARGS}, {"pair", S_PAIR}, {"hash", S_DICT}, {"array", S_LIST}, {"string_array", S_LIST},
	{"symbol_array", S_LIST}, {"splat_argument", S_SPREAD}, {"hash_splat_argument", S_SPREAD}, {"block_argument", S_PASS},
	{"scope_resolution", S_ATTR}, {"element_reference", S_INDEX}, {"binary", S_BINARY}, {"unary", S_PASS}, {"conditional", S_COND},
	{"assignment", S_ASSIGN}, {"operator_assignment", S_ASSIGN}, {"left_assignment_list", S_LIST}, {"right_assignment_list", S_LIST},
	{"parenthesized_statements", S_PASS}, {"comment", S_WALK}, {NULL, 0},
};

const struct shape_lang aisp_source__ruby = {.shapes = shapes, .last_is_result = true, .open_classes = true, .constructor = "initialize"};
