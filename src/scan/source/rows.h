/* What libraries' symbols mean: one row each. Adding an SDK's call is adding a row (rows_models.c, rows_agents.c,
 * rows_data.c, rows_web.c); nothing else names a library.
 *
 * A row stands at names of a module (py, js) or of a type that another row gives (on). Names are separated by spaces, may
 * be dotted ("chat.completions.create"), and "*" is any name. Roles say which argument means what:
 *
 *     "model=model,#0 base=base_url"     role=keyword,…  or #position
 *
 * In JavaScript a keyword is a member of an object literal among the arguments.
 */
#pragma once
#include "scan/source/source.h"

/* What calling (or for ENV reading, subclassing, decorating) the symbol does. */
enum row_does {
	DOES_NOTHING,   /* only gives a type */
	DOES_MODEL,     /* makes a client of one model, or calls a model: a MODEL hit */
	DOES_AGENT,
	DOES_TOOL,      /* also as decorator or base class */
	DOES_STORE,
	DOES_PROMPT,    /* text in role text */
	DOES_DB,
	DOES_SQL,       /* statement in role sql */
	DOES_HTTP,
	DOES_CODE,
	DOES_ENV,
	DOES_DATASET,
	DOES_MODEL_FILE,
	DOES_CONTENT,
	DOES_ROUTE,
	DOES_ROUTER,    /* an application or router object: a ROUTER hit, not given out */
	DOES_MIDDLEWARE,
	DOES_MCP_SERVER,
	DOES_MCP_CLIENT,
	DOES_LOG,
	DOES_TRAINING,
	DOES_QUERY,     /* reads from the receiver, a store */
	DOES_FILL,      /* writes into the receiver, a store */
	DOES_INVOKE,    /* runs the receiver, a model, chain or agent */
	DOES_SAME,      /* gives the receiver; links the arguments to it (roles) */
	DOES_PIPE,      /* the receiver (if any) joined with the arguments */
	DOES_LIST,      /* gives the list of its arguments or of its first argument */
	DOES_SETTINGS,  /* base class whose fields are environment variables */
	DOES_DEPENDS,   /* a route's dependency: role func */
	DOES_AUTH,      /* authenticates: as dependency, decorator or middleware */
	DOES_HARMLESS,  /* middleware that does not authenticate */
	DOES_REJECT,    /* an answer 401 or 403, when role status says so */
	DOES_TYPE,      /* a type constructor: Optional[X], Annotated[X, …] */
	DOES_MEMBER,    /* marks a method that gives one of the crew's agents */
	DOES_ENGINE,    /* an agent that answers from the receiver, a store */
	DOES_DB_OF,     /* gives the database in role db, else one that is only known by its type */
	DOES_FIRST,     /* gives its first argument (or role value) */
	DOES_CONST,     /* is the text `fixed`; with ROW_BARE */
};
enum {
	ROW_EMBEDDING = 1,
	ROW_EXECUTES = 2,    /* tool: input is code. Model file: the format runs code on loading, unless a role says safe */
	ROW_SAME_TYPE = 4,   /* gives: the receiver's type */
	ROW_BASE = 8,        /* subclasses are it */
	ROW_WHOLE_DB = 16,
	ROW_BARE = 32,       /* counts without a call: reading it is enough (process.env.X) */
	ROW_LOCAL = 64,      /* model: runs here; a path is a model file */
	ROW_PREFIXED = 128,  /* model: "provider/model" or "provider:model" */
	ROW_CHAT = 256,      /* model: each call is an invocation, so the function around it asks a model */
	ROW_WRITES = 512,    /* HTTP: sends */
	ROW_FN_IS_TOOL = 1024, /* a function among role tools is a tool */
	ROW_RETRIEVER = 2048,  /* tool: answers from the store in role store */
	ROW_CHAIN = 4096,      /* agent: only when it has tools or retrieval, else a chain */
	ROW_KEEPS = 32768,     /* model: added to the receiver, an agent, which goes on */
	ROW_ARGS = 16384,      /* counts only with arguments; else it gives its type */
	ROW_PATH_CODE = 8192,  /* model: only when the path is local; else a hub's model */
};
struct row {
	/* Modules, separated by spaces: dotted, but Go's and JavaScript's with slashes; "<global>" for what needs no import.
	 * Rust: crates; Ruby and PHP: the constant or namespace at the front. */
	const char *py, *js, *go, *java, *cs, *rs, *rb, *php;
	const char *on;      /* types, separated by spaces */
	const char *names;
	enum row_does does;
	const char *what;  /* provider, framework, store … */
	const char *roles;
	const char *gives; /* type of the result */
	const char *fixed; /* a value that is not in the code: URL of HTTP, model of a constructor */
	unsigned flags;
};
struct row_table {
	const struct row *rows;
	size_t n;
};
extern const struct row_table *const aisp_source__tables[]; /* NULL-terminated */
extern const struct row_table aisp_source__models, aisp_source__agents, aisp_source__data, aisp_source__web, aisp_source__rows_go,
	aisp_source__rows_java, aisp_source__rows_csharp, aisp_source__rows_rust, aisp_source__rows_ruby, aisp_source__rows_php;
/* Types that extend another: looked up there too. */
struct row_type {
	const char *type, *extends;
};
extern const struct row_type aisp_source__types[]; /* ends with type NULL */
/* Modules for which a file is parsed only when one of these tokens occurs in it ("" = never for them alone). */
struct row_weak {
	const char *module, *tokens;
};
extern const struct row_weak aisp_source__weak[];
struct row_weak_shaped {
	const char *module, *tokens;
	unsigned char family; /* enum sfamily */
};
extern const struct row_weak_shaped aisp_source__weak_shaped[]; /* the languages lowered by tables; ends with module NULL */
extern const char *const aisp_source__shaped_tokens[]; /* by family: tokens for which a file is parsed without any import */
extern const char aisp_source__global_tokens[]; /* JavaScript: without any import */

/* Paths: a node is a dotted path from a root that some row names. 0 is none. */
uint32_t aisp_source__module_node(enum aisp_source_lang lang, struct aisp_slice module, bool *ret_is_module);
uint32_t aisp_source__global_node(enum aisp_source_lang lang, struct aisp_slice name);
uint32_t aisp_source__type_node(const char *type);
uint32_t aisp_source__child(uint32_t node, struct aisp_slice name);
/* The child that some row names, alone or at the front of a path; 0 if none. */
uint32_t aisp_source__named_child(uint32_t node, struct aisp_slice name);
const struct row *aisp_source__row(uint32_t node); /* NULL if only a part of a path */
size_t aisp_source__node_count(void);
/* The names just below a node, one a call; *at begins as 0. False after the last. */
bool aisp_source__next_name(uint32_t node, uint32_t *at, struct aisp_slice *ret);
/* Is the module of interest; *ret_tokens as in row_weak, NULL when it is so always. */
bool aisp_source__wants_module(enum aisp_source_lang lang, struct aisp_slice module, const char **ret_tokens);
