/* The common form of all languages that values are followed in; private to this folder.
 *
 *   module ─▶ scope (module) ─▶ scopes (functions, classes, lambdas)
 *     scope: binds  name ← expression, in order of the text, each with its block
 *            roots  expressions that are evaluated there
 *            returns, params, decorators, bases
 *   blocks form a tree: a branch, loop body or handler is a child of the block around it. A bind dominates a use when it
 *   comes before it and its block is the use's or around it.
 */
#pragma once
#include "scan/source/source.h"

enum sx_kind {
	SX_UNKNOWN, /* kids are still walked */
	SX_STR,     /* s */
	SX_NUM,     /* s as written */
	SX_BOOL,    /* n = 1 true */
	SX_NULL,
	SX_NAME,   /* s, in scope */
	SX_ATTR,   /* a.s */
	SX_CALL,   /* a(args) */
	SX_INDEX,  /* a[kids[0]] */
	SX_LIST,   /* kids */
	SX_DICT,   /* args */
	SX_CONCAT, /* kids */
	SX_OR,     /* kids: the first that is set */
	SX_COND,   /* kids: one of them */
	SX_PIPE,   /* kids: a | b */
	SX_FUNC,   /* func */
	SX_CLASS,  /* func */
	SX_COMP,   /* kids[0] made from each … */
	SX_ITER,   /* an element of a */
	SX_PART,   /* element n of a, from a destructuring */
	SX_IMPORT, /* s = module, *symbol = name or empty for the module itself */
	SX_SPREAD, /* …a */
};
struct sx_arg {
	struct aisp_slice name; /* keyword or key; empty for a positional argument */
	struct sx *value;
	bool spread;
	bool computed; /* DICT: the key is not a literal */
};
struct sval;
struct sx {
	uint8_t kind;
	uint8_t busy; /* being evaluated */
	bool is_new;  /* CALL: new */
	bool literal; /* CALL: T{field: value}, an object written down */
	bool hole;    /* CONCAT of a template */
	uint32_t line, pos, n, block;
	struct aisp_slice s; /* CALL, PIPE: the name it is bound to */
	struct sx *a;
	struct sx *outer;  /* CALL of a builder's chain: the call on its answer, x in x(…).outer(…); else NULL */
	struct sscope *in; /* where it stands */
	union {
		struct sx **kids;
		struct sx_arg *args;
		struct sscope *scope; /* FUNC, CLASS: what it is */
		struct aisp_slice *symbol; /* IMPORT */
	};
	const struct sval *memo;
};

struct sbind {
	struct sbind *next;
	struct aisp_slice name;
	struct sx *value; /* NULL: only declared (annotation) */
	struct sx *annot;
	uint32_t pos, block; /* pos = end of the statement */
	bool adds;           /* appended to a list, merged into a dict */
	bool binds_import;
};
struct sroot {
	struct sroot *next;
	struct sx *x;
};
struct sparam {
	struct aisp_slice name, type; /* type as written; empty for Python, whose annotation says it */
	struct sx *dflt, *annot;
	struct sx *pattern; /* JavaScript destructuring: a DICT of name → NAME */
	bool rest;          /* *args, **kwargs, ...rest */
};
enum sscope_kind { SSCOPE_MODULE, SSCOPE_FUNC, SSCOPE_CLASS };

struct sscope {
	enum sscope_kind kind;
	struct aisp_slice name, qual; /* qual "Bot.answer" */
	uint32_t line, id;            /* id: dense over the program, given by link */
	struct sscope *parent, *next, *kids, **kids_tail;
	struct aisp_source_module *mod;
	struct sbind *binds, **binds_tail;
	struct sbind **sorted; /* by name, pos; made by link */
	uint32_t n_binds;
	struct sroot *roots, **roots_tail;
	struct sroot *returns, **returns_tail;
	struct sroot *decorators, **decorators_tail;
	struct sx_arg *bases;
	uint32_t n_bases;
	struct sparam *params;
	uint32_t n_params;
	struct aisp_slice doc; /* docstring or the comment before it: at most about 1,000 bytes but for Python */
	struct aisp_slice *globals; /* Python: names declared global or nonlocal */
	uint32_t n_globals;
	bool is_lambda, is_static, is_exported;
	bool is_open; /* CLASS: its members are seen by their bare names from inside */
	struct sx *self_expr; /* the FUNC or CLASS expression that makes it */
	/* link's */
	const struct sval *result;
	uint32_t hit; /* 1 + index of the hit this class or function is */
	uint8_t busy, state;
};

struct sstar { /* from m import *, export * from m */
	struct sstar *next;
	struct aisp_slice module;
};
struct smention { /* every import, for the graph */
	struct smention *next;
	struct aisp_slice module, name;
	uint32_t line;
};
struct ssetting {
	struct ssetting *next;
	struct aisp_slice name, value;
};
struct sdecl {
	struct sdecl *next;
	struct aisp_slice name;
};
struct aisp_source_module {
	struct aisp_slice path;
	struct aisp_slice text; /* kept when not parsed, else empty */
	enum aisp_source_lang lang;
	const char *partial;
	bool parsed, too_late;
	struct sscope *top; /* NULL when not parsed */
	uint32_t *blocks;   /* parent of each; [0] = root */
	uint32_t n_blocks, cap_blocks;
	struct sstar *stars;
	struct smention *mentions, **mentions_tail;
	struct ssetting *settings; /* notebooks: %env */
	struct sdecl *decls; /* what the skim saw declared at the top (not Python, JavaScript) */
	struct aisp_source_limits limits;
	uint32_t index, seen; /* seen: link's */
	uint8_t library; /* link's: a package of the repository that is a known library itself: 1 no, 2 yes; 0 not known yet */
	struct sahead *ahead; /* parsed before it was asked for; NULL else */
};
/* What parsing a module ahead of its need gave; put into the module when it is needed. */
struct sahead {
	struct sscope *top;
	struct smention *mentions, **mentions_tail;
	struct sstar *stars;
	const char *partial;
	int r;
};

/* Parses m->text into m (aisp_source_read does it when the imports are of interest; link when another file asks). */
int aisp_source__parse(struct aisp_source_module *m, struct aisp_arena *a, struct aisp_err *err);
/* Scans the text for imports; true in *ret_wanted when one is of interest. Writes m->mentions. */
int aisp_source__skim(struct aisp_source_module *m, struct aisp_slice text, struct aisp_arena *a, bool *ret_wanted,
                      struct aisp_err *err);

/* Is a module (Python dotted or JavaScript specifier) named in the rows? */
bool aisp_source__knows_module(enum aisp_source_lang lang, struct aisp_slice module);
/* Languages that see each other's symbols. */
enum sfamily { SFAMILY_PYTHON, SFAMILY_JAVASCRIPT, SFAMILY_GO, SFAMILY_JAVA, SFAMILY_CSHARP, SFAMILY_RUST, SFAMILY_RUBY, SFAMILY_PHP, SFAMILY_END };
static inline enum sfamily aisp_source__family(enum aisp_source_lang l)
{
	static const unsigned char of[] = {
		[AISP_SOURCE_NONE] = SFAMILY_PYTHON,         [AISP_SOURCE_PYTHON] = SFAMILY_PYTHON,
		[AISP_SOURCE_NOTEBOOK] = SFAMILY_PYTHON,     [AISP_SOURCE_JAVASCRIPT] = SFAMILY_JAVASCRIPT,
		[AISP_SOURCE_TYPESCRIPT] = SFAMILY_JAVASCRIPT, [AISP_SOURCE_TSX] = SFAMILY_JAVASCRIPT,
		[AISP_SOURCE_GO] = SFAMILY_GO,               [AISP_SOURCE_JAVA] = SFAMILY_JAVA,
		[AISP_SOURCE_CSHARP] = SFAMILY_CSHARP,       [AISP_SOURCE_RUST] = SFAMILY_RUST,
		[AISP_SOURCE_RUBY] = SFAMILY_RUBY,           [AISP_SOURCE_PHP] = SFAMILY_PHP,
		[AISP_SOURCE_SPRING] = SFAMILY_JAVA,
	};
	return (enum sfamily)of[l];
}
/* Languages lowered by tables (lower_shape.h), whose files are joined by the names that they declare. */
static inline bool aisp_source__is_shaped(enum aisp_source_lang l)
{
	return aisp_source__family(l) >= SFAMILY_GO;
}
static inline bool aisp_source__is_python(enum aisp_source_lang l)
{
	return l == AISP_SOURCE_PYTHON || l == AISP_SOURCE_NOTEBOOK;
}
