/* Values: what an expression is known to be, in the whole program of one repository. Private to this folder. */
#pragma once
#include "base/vec.h"
#include "scan/source/rows.h"
#include "scan/source/source_int.h"

enum { EVAL_DEPTH = 150 };
enum { FUEL = 1000000 }; /* steps for following one scope, one hit, one route */

enum sval_kind {
	SV_UNKNOWN, /* s = reason */
	SV_NULL,
	SV_STR,    /* s */
	SV_TEXT,   /* s, with the byte 0x01 for each part that is not known */
	SV_OTHER,  /* a number or a boolean: s as written; b */
	SV_ENV,    /* s = variable; inner = default or NULL */
	SV_LIST,   /* items */
	SV_DICT,   /* members */
	SV_OBJ,    /* a library's thing: node, and the hit it is or comes from */
	SV_FUNC,   /* scope */
	SV_CLASS,  /* scope */
	SV_INST,   /* scope */
	SV_MODULE, /* of the repository */
	SV_LIB,    /* something of a library that no row knows: s = dotted path */
	SV_UNION,  /* items: one of these */
};
struct sv_member {
	struct aisp_slice key;
	const struct sval *value;
};
struct sval {
	enum sval_kind kind;
	bool b;
	uint32_t n;
	struct aisp_slice s;
	struct sx *made; /* INST: T{field: value} that wrote it down; NULL else */
	union {
		const struct sval *const *items;
		const struct sv_member *members;
		const struct sval *inner;
		struct sscope *scope;
		struct aisp_source_module *module;
		struct {
			uint32_t node, hit; /* hit: 1 + index */
		};
	};
};

/* What a row made at one place. */
struct phit {
	struct aisp_source_hit h;
	const struct row *row;
	struct sx *call;      /* NULL: a decorated function, a class */
	struct sscope *scope; /* where it stands */
	struct sscope *func;  /* TOOL, ROUTE: its function */
	uint32_t origin;      /* the receiver's hit */
	bool hidden;          /* helps to find others; not given out */
	bool bound;           /* AGENT: has tools or retrieval */
	bool merged;          /* continues as `into` */
	bool is_query, is_fill; /* of the store `origin`, or of itself */
	bool asks;            /* MODEL, AGENT, CHAIN: the call itself asks the model */
	bool finished;
	uint32_t into;
};
struct pedge { /* scope uses */
	struct sscope *from, *to; /* to NULL: a hit */
	uint32_t hit;
};
struct pdecl { /* a name that a file declares at its top */
	uint64_t key;
	uint32_t module;
};
struct psite { /* a call, by the last name of its callee */
	uint64_t name;
	struct sx *call;
};
struct program {
	struct aisp_source_module *const *mods;
	size_t n_mods;
	struct aisp_arena *a;
	struct aisp_symtab *paths; /* path → symbol = 1 + index of module, in order */
	AISP_VEC(struct phit *) hits; /* in the arena: their places do not change */
	AISP_VEC(struct aisp_source_relation) rels;
	AISP_VEC(struct aisp_source_import) imports;
	AISP_VEC(struct pedge) edges;
	AISP_VEC(struct psite) sites;
	AISP_VEC(struct pdecl) decls; /* sorted */
	AISP_VEC(struct aisp_source_text) texts;
	AISP_VEC(struct sscope *) scopes; /* by id */
	AISP_VEC(struct aisp_source_module *) wave; /* parsed ahead in one round */
	struct aisp_arena *const *workers;
	unsigned n_workers;
	size_t n_sites_sorted;
	uint32_t depth;
	uint64_t fuel; /* steps left in the module at hand */
	uint32_t stamp; /* of the search through star imports at hand */
	uint32_t path_steps; /* steps left for naming what a tool calls */
	bool path_answer;    /* the path named last goes over the answer of a function: what follows is its data */
	uint32_t cuts; /* how often following was broken off for depth */
	bool partial;
	int bad;
};

/* One step of work; false when there is none left, and whatever is being followed ends. */
static inline bool spend(struct program *P)
{
	if (P->fuel == 0)
		return false;
	P->fuel--;
	return true;
}

const struct sval *aisp_source__eval(struct program *P, struct sx *x);
const struct sval *aisp_source__sv_new(struct program *P, struct sval v);
const struct sval *aisp_source__sv_obj(struct program *P, uint32_t node, uint32_t hit);
const struct sval *aisp_source__sv_unknown(struct program *P, const char *reason);
const struct sval *aisp_source__sv_attr(struct program *P, const struct sval *v, struct aisp_slice name, struct sx *at);
const struct sval *aisp_source__sv_call(struct program *P, const struct sval *f, struct sx *x);
const struct sval *aisp_source__sv_result(struct program *P, struct sscope *f); /* what a function gives */
/* A list, dict or text with something appended. */
const struct sval *aisp_source__sv_added(struct program *P, const struct sval *base, const struct sval *more);
const struct sval *aisp_source__sv_concat(struct program *P, struct sx *x);
/* What a method of a text, list or dict gives; NULL when the call is none. */
const struct sval *aisp_source__sv_text_method(struct program *P, struct sx *x);
/* What a name bound in s means at `use` (NULL: from elsewhere); NULL when s does not bind it. */
const struct sval *aisp_source__name_in(struct program *P, struct sscope *s, struct aisp_slice name, const struct sx *use);
/* The binds of a name in a scope that is prepared, in order of the text. */
struct sbind *const *aisp_source__binds_named(const struct sscope *s, struct aisp_slice name, uint32_t *ret_n);
/* A name that a module gives to others; NULL if none. */
const struct sval *aisp_source__exported(struct program *P, struct aisp_source_module *m, struct aisp_slice name);
const struct sval *aisp_source__module_attr(struct program *P, struct aisp_source_module *m, struct aisp_slice name);
const struct sval *aisp_source__sv_union(struct program *P, const struct sval **items, size_t n);
bool aisp_source__sv_equal(const struct sval *a, const struct sval *b);
const struct sval *aisp_source__sv_member(const struct sval *dict, struct aisp_slice key);
uint32_t aisp_source__sv_hit(const struct sval *v); /* 1 + index, 0 none */
/* What stands for a module name in this file: a module of the repository, a library, or unknown. */
const struct sval *aisp_source__sv_import(struct program *P, struct aisp_source_module *from, struct aisp_slice module,
                             struct aisp_slice symbol);
struct aisp_source_module *aisp_source__find_module(struct program *P, const struct aisp_source_module *from, struct aisp_slice module);
/* Parses a file that was only skimmed. */
void aisp_source__need(struct program *P, struct aisp_source_module *m);
/* Parses what imports lead to, on several cores (ahead.c). */
void aisp_source__parse_ahead(struct program *P);
int aisp_source__take_ahead(struct aisp_source_module *m);
/* Numbers and sorts a module's scopes; once. */
void aisp_source__prepare(struct program *P, struct aisp_source_module *m);
/* The value of a class's attribute, its bases' too; NULL if none. */
const struct sval *aisp_source__class_attr(struct program *P, struct sscope *c, struct aisp_slice name, unsigned depth);

/* The environment variable behind a field of a settings class (docs.pydantic.dev, "Settings management"). */
struct aisp_slice aisp_settings__variable(struct program *P, struct sscope *c, struct aisp_slice field);

/* The row of a callable node, called (x) with a receiver; gives the result. */
const struct sval *aisp_source__row_apply(struct program *P, const struct row *row, uint32_t node, uint32_t origin, struct sx *x);
/* Values joined into a chain; gives what cannot be joined back as unknown. */
const struct sval *aisp_source__pipe_apply(struct program *P, struct sx *x, const struct sval *const *vals, size_t n);
/* What the decorators and bases make of a function or class; once. */
void aisp_source__scope_marks(struct program *P, struct sscope *s);
/* An argument by its role; NULL when it is not given. */
const struct sval *aisp_source__role(struct program *P, const struct row *row, const struct sx *call, const char *name);
uint32_t aisp_source__hit_new(struct program *P, enum aisp_source_kind kind, const struct row *row, struct sx *call,
                 struct sscope *scope, struct aisp_slice symbol, uint32_t line);
void aisp_source__relate(struct program *P, uint32_t from, enum aisp_source_role role, uint32_t to); /* 1 + indices */
uint32_t aisp_source__hit_now(const struct program *P, uint32_t hit); /* through merges */
/* Fills in what a hit's arguments say; hits may be added. */
void aisp_source__hit_finish(struct program *P, uint32_t hit);
struct aisp_source_value aisp_source__value_of(struct program *P, const struct sval *v);
/* Walks every expression of a scope, finding hits and uses. */
void aisp_source__walk_scope(struct program *P, struct sscope *s);
/* resolve.c: the languages lowered by tables */
void aisp_source__index_decls(struct program *P);
struct aisp_source_module *aisp_source__shape_find(struct program *P, const struct aisp_source_module *from, struct aisp_slice module,
                                                   struct aisp_slice symbol);
const struct sval *aisp_source__shape_import(struct program *P, struct aisp_source_module *from, struct aisp_slice module,
                                             struct aisp_slice symbol);
const struct sval *aisp_source__shape_module_attr(struct program *P, struct aisp_source_module *m, struct aisp_slice name);
const struct sval *aisp_source__shape_global(struct program *P, struct sx *x);
const struct sval *aisp_source__shape_member(struct program *P, struct sscope *c, struct aisp_slice name);
const struct sval *aisp_source__literal_field(struct program *P, struct sscope *c, struct aisp_slice field);
const struct sval *aisp_source__built(struct program *P, struct sx *x);
/* The value that a setter later in the chain gives, x().model("m"); NULL if none. */
const struct sval *aisp_source__chained(struct program *P, const struct sx *call, struct aisp_slice key);
const struct sval *aisp_source__option(struct program *P, const struct sx *arg, struct aisp_slice key);
/* Model, model, SetModel and with_model are the key "model". */
bool aisp_source__same_key(struct aisp_slice said, struct aisp_slice key);
const struct sval *aisp_source__member_like(const struct sval *d, struct aisp_slice key);
size_t aisp_source__first_site(const struct program *P, uint64_t name);

/* Functions that are agents, effects, routes and who serves what. */
void aisp_source__flow(struct program *P);
