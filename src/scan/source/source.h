/* Source: what code does with AI (Python and notebooks, JavaScript, TypeScript, Go, Java, C#, Rust, Ruby, PHP). Pure: bytes in, hits out; nothing is run, nothing is
 * looked up outside.
 *
 * Two steps, so that the costly one runs in parallel and the second one sees the whole repository:
 *
 *   aisp_source_read   one file → module      tree-sitter parse, lowered to a small common form (source_int.h). A file that
 *                                             imports nothing of interest is only scanned for its imports.
 *   aisp_source_link   all modules → facts    values and symbols followed through assignments, calls, classes and imports;
 *                                             a call counts only when its callee resolves to a symbol of a known library
 *                                             (rows.h), or to a value made from one.
 *
 * A value is literal, taken from an environment variable, or unresolved with the reason; never a guess.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

enum aisp_source_lang {
	AISP_SOURCE_NONE,
	AISP_SOURCE_PYTHON,
	AISP_SOURCE_NOTEBOOK, /* Jupyter: the code cells, as Python */
	AISP_SOURCE_JAVASCRIPT,
	AISP_SOURCE_TYPESCRIPT,
	AISP_SOURCE_TSX,
	AISP_SOURCE_GO,
	AISP_SOURCE_JAVA,
	AISP_SOURCE_CSHARP,
	AISP_SOURCE_RUST,
	AISP_SOURCE_RUBY,
	AISP_SOURCE_PHP,
	AISP_SOURCE_SPRING, /* application*.yml, .yaml, .properties: the settings of Spring AI and Quarkus LangChain4j */
};
/* By the extension: .py .ipynb .js .mjs .cjs .jsx .ts .mts .cts .tsx .go .java .cs .rs .rb .rake .php, and Spring's
 * application settings by their name; NONE else. */
enum aisp_source_lang aisp_source_lang_of(struct aisp_slice path);

struct aisp_source_limits {
	size_t max_bytes;    /* of the text; 0 = 4 MiB */
	size_t max_line;     /* longest line: a longer one means generated or minified; 0 = 20,000 */
	uint32_t max_depth;  /* nesting of the syntax tree that is followed; 0 = 200, at most 400 */
	uint64_t timeout_us; /* for the parse of one file; 0 = 5 s */
};

struct aisp_source_module; /* what one file says; lives in the arena it was read into */

/* Reads one file. `path` (relative to the repository, slashes) and `text` are copied. Thread-safe with one arena a thread.
 * AISP_E_LIMIT (too large, minified, too deep is only partly read and said by aisp_source_partial), AISP_E_TIMEOUT,
 * AISP_E_PARSE (a notebook that is no JSON), AISP_E_NOMEM. */
int aisp_source_read(struct aisp_slice path, enum aisp_source_lang lang, struct aisp_slice text,
                     const struct aisp_source_limits *limits, struct aisp_arena *a,
                     struct aisp_source_module **ret_module, struct aisp_err *err);
/* NULL, or why a part of the file could not be read ("nested deeper than 200"). */
const char *aisp_source_partial(const struct aisp_source_module *m);
struct aisp_slice aisp_source_path(const struct aisp_source_module *m);
/* False when the file held nothing of interest and was not parsed (yet). */
bool aisp_source_parsed(const struct aisp_source_module *m);

enum aisp_source_value_kind {
	AISP_SOURCE_ABSENT,     /* nothing was said */
	AISP_SOURCE_LITERAL,    /* text */
	AISP_SOURCE_FROM_ENV,   /* variable `env`; text = the default in the code, p NULL when none */
	AISP_SOURCE_UNRESOLVED, /* reason */
};
struct aisp_source_value {
	enum aisp_source_value_kind kind;
	struct aisp_slice text, env, reason;
};

/* Kinds of hits. Columns: symbol, name */
#define AISP_SOURCE_KINDS(X)                                                                                           \
	X(MODEL, "model")         /* value = model name, what = provider */                                            \
	X(AGENT, "agent")         /* what = framework */                                                               \
	X(CHAIN, "chain")         /* prompt and model joined without tools or retrieval */                             \
	X(TOOL, "tool")           /* name = as the model sees it */                                                    \
	X(STORE, "store")         /* vector store: value = collection, more = connection, what = store */              \
	X(PROMPT, "prompt")       /* value = text */                                                                   \
	X(DB, "database")         /* value = connection string or host, what = driver */                               \
	X(SQL, "sql")             /* value = statement; reads, writes = tables */                                      \
	X(HTTP, "http")           /* value = URL */                                                                    \
	X(CODE, "code")           /* runs code or commands: what = function */                                         \
	X(ENV, "env")             /* value = variable */                                                               \
	X(DATASET, "dataset")     /* value = name, path or URL; what = loader */                                       \
	X(MODEL_FILE, "model_file") /* value = path */                                                                 \
	X(CONTENT, "content")     /* content that outsiders write; what = loader */                                    \
	X(ROUTE, "route")         /* value = path, name = methods; auth */                                             \
	X(MCP_SERVER, "mcp_server") /* value = name */                                                                 \
	X(MCP_CLIENT, "mcp_client") /* uses a server: value = URL or command */                                        \
	X(LOG, "prompt_log")      /* records prompts: what = product */                                                \
	X(TRAINING, "training")   /* trains or tunes */
enum aisp_source_kind {
	AISP_SOURCE_KIND_NONE,
#define X(sym, name) AISP_SOURCE_##sym,
	AISP_SOURCE_KINDS(X)
#undef X
	AISP_SOURCE_KIND_END
};
const char *aisp_source_kind_name(enum aisp_source_kind k);

enum aisp_source_auth {
	AISP_SOURCE_AUTH_UNKNOWN,
	AISP_SOURCE_AUTH_NONE,
	AISP_SOURCE_AUTH_REQUIRED,
};

enum {
	AISP_SOURCE_F_EXECUTES = 1,  /* tool: its input is code; model file: the format runs code on loading */
	AISP_SOURCE_F_INFERRED = 2,  /* the receiver's type was not seen (SQL through a parameter) */
	AISP_SOURCE_F_EMBEDDING = 4, /* model: makes embeddings */
	AISP_SOURCE_F_DYNAMIC = 8,   /* SQL: a part of the statement is not known; reads and writes may be incomplete */
	AISP_SOURCE_F_VECTOR = 16,   /* SQL: a similarity search */
	AISP_SOURCE_F_RECEIVES = 32, /* database: only by its type; where it connects to is not said here */
	AISP_SOURCE_F_WHOLE_DB = 64, /* tool: chooses its own SQL */
	AISP_SOURCE_F_TABLE = 128,   /* store: value is the name of a table, not of a collection */
	AISP_SOURCE_F_WRITES = 256,  /* HTTP: sends */
};

struct aisp_source_param {
	struct aisp_slice name, type; /* as written; type may be empty */
};
struct aisp_source_hit {
	enum aisp_source_kind kind;
	uint32_t module; /* index into the modules given */
	uint32_t line;
	const char *what;           /* static: provider, framework, store, driver */
	const char *framework;      /* static: STORE: the library that keeps documents in it; else "" */
	struct aisp_slice symbol;   /* "Bot.answer.agent": stable within the file */
	struct aisp_slice scope;    /* enclosing symbol, "" at module level */
	struct aisp_slice name;     /* display name, if the code gives one */
	struct aisp_slice note;     /* "ChatOpenAI(model=\"gpt-4o\")", nothing secret */
	struct aisp_source_value value, more; /* see AISP_SOURCE_KINDS; MODEL: more = base URL */
	const struct aisp_slice *reads, *writes; /* SQL: tables, "schema.table" */
	uint32_t n_reads, n_writes;
	enum aisp_source_auth auth;
	unsigned flags;
	/* TOOL: what the model is told of it (at most 1,000 bytes), what it takes, and what its code calls: symbols of libraries as the
	 * imports name them, also over functions of the program ("stripe.Refund.create", "requests.post https://…"), at most 64. */
	struct aisp_slice description;
	const struct aisp_source_param *params;
	const struct aisp_slice *calls;
	uint32_t n_params, n_calls;
};

/* How one hit stands to another. Columns: symbol, name */
#define AISP_SOURCE_ROLES(X)                                                                                           \
	X(CALLS_MODEL, "model")                                                                                        \
	X(EMBEDS_WITH, "embedding")                                                                                    \
	X(HAS_TOOL, "tool")                                                                                            \
	X(CALLS_AGENT, "agent")                                                                                        \
	X(FOLLOWS, "prompt")                                                                                           \
	X(RETRIEVES, "retrieves")                                                                                      \
	X(FILLS, "fills")          /* writes documents into a store */                                                 \
	X(CONNECTS, "connects")    /* store, SQL, tool → database */                                                   \
	X(DOES, "does")            /* agent, tool, route → SQL, HTTP, CODE, CONTENT, DATASET, MODEL_FILE: in its code */ \
	X(LOGS, "logs")                                                                                                \
	X(SERVES, "serves")        /* route → agent, model, MCP server */                                              \
	X(TRAINS_ON, "trains_on")
enum aisp_source_role {
#define X(sym, name) AISP_SOURCE_ROLE_##sym,
	AISP_SOURCE_ROLES(X)
#undef X
	AISP_SOURCE_ROLE_END
};
const char *aisp_source_role_name(enum aisp_source_role r);

struct aisp_source_relation {
	uint32_t from, to; /* indices of hits */
	enum aisp_source_role role;
};
struct aisp_source_import {
	uint32_t from, to; /* indices of modules */
	uint32_t line;
};
/* A text in the code under a name: NAME = "…", f(name="…"), {"name": "…"}. For finding credentials; may be one. */
struct aisp_source_text {
	uint32_t module, line;
	struct aisp_slice name, text, scope;
};
struct aisp_source_facts {
	const struct aisp_source_hit *hits; /* by module, line, kind, symbol */
	size_t n_hits;
	const struct aisp_source_relation *relations; /* by from, role, to; no duplicates */
	size_t n_relations;
	const struct aisp_source_import *imports; /* by from, to; no duplicates */
	size_t n_imports;
	const struct aisp_source_text *texts; /* of the parsed files, in order; 8 to 1,024 bytes each */
	size_t n_texts;
	bool partial; /* a limit on work was reached; some values stay unresolved */
};
/* Overwrites the file's text in memory; the module and facts linked from it cannot be used after. */
void aisp_source_wipe(struct aisp_source_module *m);

/* Links the modules of one repository; they must be sorted by path and stay alive as long as the facts. `a` holds the facts
 * and parses of files that turned out to be needed. Not thread-safe on the same modules; once for each set. */
int aisp_source_link(struct aisp_source_module *const *modules, size_t n, struct aisp_arena *a,
                     struct aisp_source_facts *ret_facts, struct aisp_err *err);
/* The same on several cores: files that imports lead to are parsed ahead, each worker into its own arena, which must live as
 * long as the facts. The answer does not depend on their number (of at most 64; 0 = as above). */
int aisp_source_link_on(struct aisp_source_module *const *modules, size_t n, struct aisp_arena *a, struct aisp_arena *const *workers,
                        unsigned n_workers, struct aisp_source_facts *ret_facts, struct aisp_err *err);

/* Which tables a SQL text reads and writes; CTE names are left out. Pure. For SQL that is built at run time, put the byte
 * 0x01 where an unknown part stands. */
struct aisp_source_sql {
	struct aisp_slice *reads, *writes;
	uint32_t n_reads, n_writes;
	bool is_sql;  /* begins like a statement that we know */
	bool vector;  /* orders by or computes a vector distance */
	bool dynamic; /* a table's name, or what follows, is not known */
};
int aisp_source_sql(struct aisp_slice text, struct aisp_arena *a, struct aisp_source_sql *ret_sql, struct aisp_err *err);

/* The facts as JSON, for golden files and debugging. */
struct aisp_jw;
void aisp_source_write(const struct aisp_source_facts *facts, struct aisp_source_module *const *modules, size_t n,
                       struct aisp_jw *w);
