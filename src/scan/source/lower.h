/* Lowering: tree-sitter's tree → the common form. What both languages share; private to this folder.
 *
 * Failure is sticky in L->bad; the functions then give NULL and the callers go on without harm. Depth is bounded by
 * L->max_depth: below it an expression is SX_UNKNOWN and the module is marked partial.
 */
#pragma once
#include "base/vec.h"
#include "scan/source/source_int.h"
#include <tree_sitter/api.h>

struct kid {
	TSNode node;
	uint16_t kind;  /* of the language's own table of kinds */
	uint16_t field; /* of the language's own table of fields; 0 none */
	bool named;
};
struct kids {
	size_t first, n; /* in L->pool; valid until the pool grows, so read by kid_at */
};
struct lower {
	struct aisp_source_module *m;
	struct aisp_arena *a;
	struct aisp_slice text;
	const uint16_t *kind_of;  /* symbol → kind */
	const uint16_t *field_of; /* field id → field */
	uint32_t n_symbols, n_fields;
	struct sscope *scope;
	uint32_t block;
	uint32_t depth, max_depth;
	TSTreeCursor cursor;
	AISP_VEC(struct kid) pool;
	const uint32_t *line_map; /* notebooks: line of the text → line to report; NULL else */
	uint32_t n_lines;
	int bad;
};

/* The named and anonymous children of a node, without comments; give back with kids_done. */
struct kids kids_of(struct lower *L, TSNode node);
void kids_done(struct lower *L, struct kids k);
static inline struct kid kid_at(const struct lower *L, struct kids k, size_t i)
{
	return L->pool.v[k.first + i];
}
/* The first child with this field; false if none. */
bool kid_field(const struct lower *L, struct kids k, uint16_t field, struct kid *ret_kid);

struct aisp_slice node_text(const struct lower *L, TSNode node);
uint32_t node_line(const struct lower *L, TSNode node);

void *lower_alloc(struct lower *L, size_t n); /* zeroed */
struct sx *sx_new(struct lower *L, enum sx_kind kind, TSNode at);
struct sx *sx_str(struct lower *L, TSNode at, struct aisp_slice s);
struct sx *sx_kids(struct lower *L, enum sx_kind kind, TSNode at, struct sx *const *kids, size_t n);
struct sx *sx_name(struct lower *L, TSNode at, struct aisp_slice name);
struct sx *sx_import(struct lower *L, TSNode at, struct aisp_slice module, struct aisp_slice symbol);

struct sscope *scope_push(struct lower *L, enum sscope_kind kind, struct aisp_slice name, TSNode at);
void scope_pop(struct lower *L, struct sscope *s, uint32_t outer_block);
uint32_t block_push(struct lower *L); /* a new block inside the current; gives the current, to set back */
struct sbind *aisp_source__bind(struct lower *L, struct sscope *s, struct aisp_slice name, struct sx *value, uint32_t pos);
void root_add(struct lower *L, struct sroot ***tail, struct sx *x);
void mention(struct lower *L, struct aisp_slice module, struct aisp_slice name, uint32_t line);
void star_add(struct lower *L, struct aisp_slice module);
/* The class scope around a method, or NULL. */
struct sscope *class_around(struct sscope *s);
/* Text of a literal with its escapes resolved (\n, \", \uXXXX, …). */
struct aisp_slice unescape(struct lower *L, struct aisp_slice s);

/* One level deeper (leave with L->depth--); false at the limit. */
bool lower_enter(struct lower *L);

/* A growing list of expressions or arguments while one node is lowered. */
typedef AISP_VEC(struct sx *) sx_vec;
typedef AISP_VEC(struct sx_arg) arg_vec;
void sxs_add(struct lower *L, sx_vec *v, struct sx *x);
void args_add(struct lower *L, arg_vec *v, struct sx_arg a);
struct sx **sxs_take(struct lower *L, sx_vec *v, uint32_t *ret_n);
struct sx_arg *args_take(struct lower *L, arg_vec *v, uint32_t *ret_n);

void lower_python(struct lower *L, TSNode root);
void lower_javascript(struct lower *L, TSNode root);
extern const char *const python_kinds[], *const python_fields[];
extern const char *const javascript_kinds[], *const javascript_fields[];

const TSLanguage *tree_sitter_python(void);
const TSLanguage *tree_sitter_javascript(void);
const TSLanguage *tree_sitter_typescript(void);
const TSLanguage *tree_sitter_tsx(void);
