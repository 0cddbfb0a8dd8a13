/* Inside the Jinja check: template.c cuts the source into text, statements and expressions; template_expr.c reads expressions. */
#pragma once
#include "scan/modelfile/fmt.h"

enum aisp_jinja_flag {
	AISP_JINJA_CONTENT = 1, /* comes from what a message says */
	AISP_JINJA_DATE = 2,    /* comes from the clock */
	AISP_JINJA_TRIGGER = 4, /* truth depends on a word in a message, or on the date */
	AISP_JINJA_NEG = 8,     /* … and is true when the word is absent */
	AISP_JINJA_BUILT = 16,  /* a text put together or decoded from pieces */
	AISP_JINJA_CLOCK = 32,  /* the trigger is the date */
};
struct aisp_jinja_val {
	bool is_str, is_num;
	int64_t num;
	struct aisp_slice s;                /* of a constant text */
	const struct aisp_jinja_val *items; /* of a list of constants; NULL otherwise */
	size_t n_items;
	unsigned flags;
	struct aisp_slice name;   /* it is this variable, untouched */
	struct aisp_slice method; /* last attribute taken */
};
struct aisp_jinja_var {
	struct aisp_slice name;
	struct aisp_jinja_val val;
};
struct aisp_jinja_if {
	unsigned flags;        /* of the condition */
	bool on;               /* the branch being read is the triggered one */
	bool reported;
	unsigned words;        /* literal words in that branch */
	uint64_t offset;
	struct aisp_slice cond;
	struct aisp_slice said; /* the longest literal in it */
};
struct aisp_jinja {
	struct aisp_model_run *run;
	struct aisp_slice where, src;
	struct aisp_jinja_var *vars; /* by index of vars_n; bounded */
	size_t n_vars;
	struct aisp_jinja_if ifs[64];
	unsigned n_ifs, deeper; /* ifs beyond the array */
	uint64_t loop_product;  /* of constant ranges around this place */
	uint64_t loops[64];
	unsigned n_loops;
	uint64_t steps;         /* left before the check gives up */
	bool silent;            /* in a condition: literals there are compared, not said */
};
/* An expression, all of `e` unless ret_rest is given. */
struct aisp_jinja_val aisp_jinja__expr(struct aisp_jinja *j, struct aisp_slice e, struct aisp_slice *ret_rest);
void aisp_jinja__set(struct aisp_jinja *j, struct aisp_slice name, const struct aisp_jinja_val *val);
const struct aisp_jinja_val *aisp_jinja__get(const struct aisp_jinja *j, struct aisp_slice name);
void aisp_jinja__issue(struct aisp_jinja *j, enum aisp_model_severity severity, const char *at, struct aisp_slice what, const char *why);
/* A literal that may reach the prompt. */
void aisp_jinja__said(struct aisp_jinja *j, struct aisp_slice text);
/* A literal behind which a value is put: is it a URL that carries the value away? */
void aisp_jinja__url_tail(struct aisp_jinja *j, struct aisp_slice text);
/* A branch that is taken under a condition begins and ends. */
void aisp_jinja__open(struct aisp_jinja *j, unsigned flags, const char *at, struct aisp_slice cond);
void aisp_jinja__close(struct aisp_jinja *j);
bool aisp_jinja__ident(char c, bool first);

/* ---- template_text.c: `at` is the place of the expression, for issues */
struct aisp_buf;
void aisp_jinja__put_cp(struct aisp_buf *b, uint32_t cp);
struct aisp_jinja_val aisp_jinja__unknown(unsigned flags);
/* The name of an attribute that leads from a value to the interpreter. */
bool aisp_jinja__leads_out(struct aisp_slice name);
/* An attribute is taken / a constant was seen: issues when it leads out. `built`: the name was put together or escaped. */
void aisp_jinja__attribute(struct aisp_jinja *j, struct aisp_slice name, bool built, const char *at);
void aisp_jinja__constant(struct aisp_jinja *j, const struct aisp_jinja_val *v, const char *at);
/* a ~ b; sep.join(list); f % args (braces: f.format(args)); the others as their names say. */
struct aisp_jinja_val aisp_jinja__concat(struct aisp_jinja *j, const char *at, const struct aisp_jinja_val *a, const struct aisp_jinja_val *c);
struct aisp_jinja_val aisp_jinja__join(struct aisp_jinja *j, const char *at, const struct aisp_jinja_val *list, struct aisp_slice sep);
struct aisp_jinja_val aisp_jinja__format(struct aisp_jinja *j, const char *at, const struct aisp_jinja_val *f, const struct aisp_jinja_val *args, size_t n,
                                         bool braces);
struct aisp_jinja_val aisp_jinja__reversed(struct aisp_jinja *j, const char *at, const struct aisp_jinja_val *s);
struct aisp_jinja_val aisp_jinja__replaced(struct aisp_jinja *j, const char *at, const struct aisp_jinja_val *s, const struct aisp_jinja_val *args, size_t n);
struct aisp_jinja_val aisp_jinja__cased(struct aisp_jinja *j, const char *at, const struct aisp_jinja_val *s, bool upper);
