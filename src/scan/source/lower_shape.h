/* Lowering by tables: Go, Java, C#, Rust, Ruby and PHP share their forms, so each language is a table from its grammar's
 * node types to a form (shape), a reading of its imports, and a few habits. Private to this folder.
 *
 *   lower_shape.c        expressions            lower_shape_stmt.c   statements, functions, classes
 *   lower_shape_text.c   strings, macros        lower_go.c …         one table each
 */
#pragma once
#include "scan/source/lower.h"

enum shape_form {
	S_WALK, /* not in the table: the children are walked */
	S_SKIP, /* nothing of it counts (types that name nothing, labels) */
	S_PASS, /* stands for its first expression: parentheses, await, &x, x? */
	S_LAST, /* stands for its last expression: casts, Some(x) */
	S_QUAL, /* A\B, A::B as one text */
	S_NAME,
	S_THIS,
	S_MEMBER_NAME, /* @x: a member of this */
	S_STR,         /* kids S_PIECE, S_HOLE */
	S_RAW,         /* a text without escapes or parts */
	S_SYMBOL,      /* :name */
	S_PIECE,
	S_HOLE,
	S_SHELL,       /* `command` */
	S_HEREDOC,     /* begins here */
	S_HEREDOC_BODY,
	S_NUM,
	S_TRUE,
	S_FALSE,
	S_NULL,
	S_CALL,
	S_NEW,
	S_ATTR,
	S_INDEX,
	S_GENERIC, /* Name<Type> */
	S_BINARY,
	S_COND,
	S_ASSIGN,
	S_LIST,
	S_DICT,
	S_ARRAY, /* PHP: list or dict by its elements */
	S_PAIR,
	S_SPREAD,
	S_ARG,     /* one argument with a name or without */
	S_ARGS,    /* arguments */
	S_LITERAL, /* T{…} */
	S_BODY,    /* the braces of S_LITERAL */
	S_LAMBDA,
	S_MACRO,
	S_SEQ,    /* its children are statements */
	S_BLOCK,  /* the same, in a block of their own */
	S_EXPR,   /* an expression as a statement */
	S_BRANCH, /* conditions are evaluated, parts are blocks */
	S_EACH,
	S_DECL,
	S_VAR, /* one declared name inside of S_DECL */
	S_FUNC,
	S_CTOR,
	S_CLASS,
	S_MODULE, /* a class scope whose members see each other, opened again by its name */
	S_STRUCT, /* Go: a type that has fields */
	S_IMPL,   /* Rust: methods for a type declared elsewhere */
	S_PARAMS,
	S_PARAM,
	S_PARAM_REST,
	S_BASES,
	S_RETURN,
	S_IMPORT,
	S_MARKS, /* annotations, attributes: S_MARK inside */
	S_MARK,
	S_EXPRS, /* a, b */
	S_WORD,  /* a modifier */
};
enum shape_field {
	F_none,
	F_name,
	F_object,
	F_callee,
	F_arguments,
	F_left,
	F_right,
	F_operator,
	F_type,
	F_value,
	F_body,
	F_parameters,
	F_condition,
	F_then,
	F_else,
	F_key,
	F_initializer,
	F_pattern,
	F_index,
	F_alias,
	F_bases,
	F_block,
	F_prefix,
	F_marks,
	F_list,
	F_declarator,
	F_result,
};
struct shape {
	const char *node; /* of the grammar */
	uint16_t form;    /* enum shape_form */
};
struct shape_lang {
	const struct shape *shapes; /* ends with node NULL */
	void (*import)(struct lower *L, struct kid k);
	bool last_is_result; /* a body's last expression is what it gives */
	bool open_classes;   /* members are seen by bare names; a bare name that no local has is a member */
	bool multiple;       /* a, b := f() */
	const char *constructor; /* name of a method that is one; NULL when the grammar says it */
};
extern const struct shape_lang aisp_source__go, aisp_source__java, aisp_source__csharp, aisp_source__rust, aisp_source__ruby,
	aisp_source__php;
/* Fields of the grammars by what they mean; ends with name NULL. */
struct shape_field_name {
	const char *name;
	uint16_t field;
};
extern const struct shape_field_name aisp_source__shape_fields[];

void aisp_source__lower_shape(struct lower *L, TSNode root);
int aisp_source__lower_settings(struct lower *L, struct aisp_err *err); /* lower_spring.c */

/* The expression; NULL for a statement (which has put its own roots), and for what says nothing. */
struct sx *aisp_source__shape_expr(struct lower *L, struct kid k);
struct sx *aisp_source__shape_walk(struct lower *L, struct kid k);  /* all kids, as SX_UNKNOWN */
struct sx *aisp_source__shape_first(struct lower *L, struct kid k); /* the first child that is an expression */
/* The first child of a form; false if none. */
bool aisp_source__shape_kid(const struct lower *L, struct kids ks, enum shape_form form, struct kid *ret_kid);
struct sx *aisp_source__shape_string(struct lower *L, struct kid k);
struct sx *aisp_source__shape_macro(struct lower *L, struct kid k);
/* The arguments below a node, added to v; a Rust token tree too. */
void aisp_source__shape_args(struct lower *L, struct kid k, arg_vec *v);
struct sx *aisp_source__shape_attr(struct lower *L, TSNode at, struct sx *of, struct aisp_slice name);
struct aisp_slice aisp_source__shape_name(struct lower *L, struct kid k); /* an identifier's text, without $ or @ */
struct sx *aisp_source__shape_lambda(struct lower *L, struct kid k);
struct sx *aisp_source__shape_stmt(struct lower *L, struct kid k); /* forms from S_SEQ on */
void aisp_source__shape_assign(struct lower *L, struct sx *target, struct sx *value, struct sx *annot, uint32_t pos);
struct sx *aisp_source__shape_assignment(struct lower *L, struct kid k);
/* The text of a dotted path with '.' between its parts, whatever the language writes; may be empty. */
struct aisp_slice aisp_source__shape_path(struct lower *L, TSNode node);
/* name ← module.symbol, and the mention for the graph. */
void aisp_source__shape_bind_import(struct lower *L, struct kid at, struct aisp_slice name, struct aisp_slice module, struct aisp_slice symbol);
