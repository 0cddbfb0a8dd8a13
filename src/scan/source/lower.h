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
	const struct shape_lang *shape; /* the languages lowered by tables; NULL else */
	struct aisp_slice receiver;     /* Go: the method's receiver */
	struct sx *heredocs[8];         /* Ruby: their texts come later */
	uint32_t n_heredocs;
	struct sx *marks[16]; /* Rust: attributes before what they mark */
	uint32_t n_marks;
	int bad;
};

/* The named and anonymous children of a node, without comments; give back with kids_done. */
struct kids aisp_source__kids_of(struct lower *L, TSNode node);
void aisp_source__kids_done(struct lower *L, struct kids k);
static inline struct kid kid_at(const struct lower *L, struct kids k, size_t i)
{
	return L->pool.v[k.first + i];
}
/* The first child with this field; false if none. */
bool aisp_source__kid_field(const struct lower *L, struct kids k, uint16_t field, struct kid *ret_kid);

struct aisp_slice aisp_source__node_text(const struct lower *L, TSNode node);
uint32_t aisp_source__node_line(const struct lower *L, TSNode node);

void *aisp_source__lower_alloc(struct lower *L, size_t n); /* zeroed */
struct sx *aisp_source__sx_new(struct lower *L, enum sx_kind kind, TSNode at);
struct sx *aisp_source__sx_str(struct lower *L, TSNode at, struct aisp_slice s);
struct sx *aisp_source__sx_kids(struct lower *L, enum sx_kind kind, TSNode at, struct sx *const *kids, size_t n);
struct sx *aisp_source__sx_name(struct lower *L, TSNode at, struct aisp_slice name);
struct sx *aisp_source__sx_import(struct lower *L, TSNode at, struct aisp_slice module, struct aisp_slice symbol);

struct sscope *aisp_source__scope_push(struct lower *L, enum sscope_kind kind, struct aisp_slice name, TSNode at);
/* The text of the comment that documents what begins at this byte (JSDoc, XML, Go's, Rust's, Ruby's); empty when there is none. */
struct aisp_slice aisp_source__doc_before(struct lower *L, uint32_t at);
void aisp_source__scope_pop(struct lower *L, struct sscope *s, uint32_t outer_block);
uint32_t aisp_source__block_push(struct lower *L); /* a new block inside the current; gives the current, to set back */
struct sbind *aisp_source__bind(struct lower *L, struct sscope *s, struct aisp_slice name, struct sx *value, uint32_t pos);
void aisp_source__root_add(struct lower *L, struct sroot ***tail, struct sx *x);
void aisp_source__mention(struct lower *L, struct aisp_slice module, struct aisp_slice name, uint32_t line);
void aisp_source__star_add(struct lower *L, struct aisp_slice module);
/* The class scope around a method, or NULL. */
struct sscope *aisp_source__class_around(struct sscope *s);
/* Text of a literal with its escapes resolved (\n, \", \uXXXX, …). */
struct aisp_slice aisp_source__unescape(struct lower *L, struct aisp_slice s);

/* One level deeper (leave with L->depth--); false at the limit. */
bool aisp_source__lower_enter(struct lower *L);

/* A growing list of expressions or arguments while one node is lowered. */
typedef AISP_VEC(struct sx *) sx_vec;
typedef AISP_VEC(struct sx_arg) arg_vec;
void aisp_source__sxs_add(struct lower *L, sx_vec *v, struct sx *x);
void aisp_source__args_add(struct lower *L, arg_vec *v, struct sx_arg a);
struct sx **aisp_source__sxs_take(struct lower *L, sx_vec *v, uint32_t *ret_n);
struct sx_arg *aisp_source__args_take(struct lower *L, arg_vec *v, uint32_t *ret_n);

void aisp_source__lower_python(struct lower *L, TSNode root);
void aisp_source__lower_javascript(struct lower *L, TSNode root);
extern const char *const aisp_source__python_kinds[], *const aisp_source__python_fields[];
extern const char *const aisp_source__javascript_kinds[], *const aisp_source__javascript_fields[];

const TSLanguage *tree_sitter_python(void);
const TSLanguage *tree_sitter_javascript(void);
const TSLanguage *tree_sitter_typescript(void);
const TSLanguage *tree_sitter_tsx(void);
const TSLanguage *tree_sitter_go(void);
const TSLanguage *tree_sitter_java(void);
const TSLanguage *tree_sitter_c_sharp(void);
const TSLanguage *tree_sitter_rust(void);
const TSLanguage *tree_sitter_ruby(void);
const TSLanguage *tree_sitter_php(void);
