/* Inside usage: the rules (rules/usage.yaml), names of the snapshot, sums.
 *
 *   uses ─▶ usage_who.c, usage_what.c: text ─▶ node by names (usage_names.c) ─▶ usage_sum.c: identity and what it is part of × asset and what it is part of ─▶ usage.c: answers
 */
#pragma once
#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "govern/usage.h"

/* ---- rules ---- */
enum { AISP_USE_READ = 1, AISP_USE_WRITE = 2, AISP_USE_CALL = 4, AISP_USE_ACT = 8 };
enum aisp_usage_system { AISP_USYS_ANY, AISP_USYS_AWS, AISP_USYS_KUBERNETES, AISP_USYS_POSTGRES };
enum aisp_usage_proof { AISP_PROOF_NONE, AISP_PROOF_ASSET, AISP_PROOF_IDENTITY };
/* Bits behind the edge kinds, for nodes as a whole. */
enum { AISP_OF_IDENTITY = 61, AISP_OF_CREDENTIAL, AISP_OF_ASSET };
_Static_assert((int)AISP_EDGE_KIND_END < (int)AISP_OF_IDENTITY && (int)AISP_NODE_KIND_END <= 64, "bits of a row");
struct aisp_usage_row {
	uint64_t of, kinds; /* bits; kinds 0: all */
	enum aisp_usage_system system;
	enum aisp_usage_proof proof;
	const struct aisp_slice *services, *sees;
	size_t n_services, n_sees;
	int64_t days;
	struct aisp_slice why;
};
struct aisp_usage_action {
	unsigned as;
	struct aisp_slice match;
};
struct aisp_usage_rules {
	int64_t fresh_days, rare_per_30_days, grant_minutes;
	AISP_VEC(struct aisp_usage_action) actions;
	AISP_VEC(struct aisp_usage_row) rows;
};
extern const unsigned char *const aisp_usage__builtin;
extern const size_t aisp_usage__builtin_n;
/* Reads DIR/usage.yaml if dir is not NULL and it is there, else what is built in. AISP_E_USAGE with file and line. */
int aisp_usage__rules(struct aisp_usage_rules *r, struct aisp_arena *a, const char *dir, struct aisp_err *err);
int aisp_usage__rules_parse(struct aisp_usage_rules *r, struct aisp_arena *a, struct aisp_slice text, const char *file, struct aisp_err *err);
void aisp_usage__rules_done(struct aisp_usage_rules *r);
/* level 0: no such word. */
struct aisp_usage_days aisp_usage__days_word(struct aisp_slice word);
unsigned aisp_usage__class(const struct aisp_usage_rules *r, struct aisp_slice action); /* bits AISP_USE_…; 0: none */

/* ---- names: (name space, scope node, text) → node, or AISP_NAME_MANY ---- */
#define AISP_NAME_MANY UINT32_MAX
enum aisp_name_space {
	AISP_NS_ROLE = 1, /* "ACCOUNT/NAME" of AWS roles, whatever their path */
	AISP_NS_RUNS,     /* scope: role or service account; who runs as it: its name, id or "eks-CLUSTER-…"; "": the only one */
	AISP_NS_ACCOUNT,  /* account's number → its node or one of its things: it was scanned */
	AISP_NS_DATABASE, /* database's name → first of the chain of databases */
	AISP_NS_AGENT, AISP_NS_CLIENT, AISP_NS_SERVER, AISP_NS_WORKLOAD, AISP_NS_PERSON, AISP_NS_CREDENTIAL, AISP_NS_MODEL,
	AISP_NS_POD,      /* scope: namespace; workload's name */
	AISP_NS_TOOL,     /* scope: agent, MCP server, or 0 */
	AISP_NS_TABLE,    /* scope: database; "TABLE" */
	AISP_NS_HOST, AISP_NS_ADDRESS,
	AISP_NS_SECRET,   /* ARN of a secret without the six characters that are put behind its name */
	AISP_NS_SOURCE,   /* a log's source → its window's number + 1 */
};
/* A threshold that the user set: what decides is the most specific that fits. */
enum aisp_usage_level { AISP_DAYS_ALL = 1, AISP_DAYS_SYSTEM, AISP_DAYS_OF, AISP_DAYS_KIND };
struct aisp_usage_days {
	enum aisp_usage_level level;
	unsigned which; /* enum aisp_usage_system, bit of `of`, kind of node */
	int64_t days;
};
struct aisp_usage_window {
	struct aisp_use_window w; /* texts in the arena */
	aisp_node place;          /* cluster or server of the origin; 0 */
	struct aisp_slice account, region;
};
struct aisp_usage_sum {
	int64_t count, denied, all, first_us, last_us, best; /* count, denied: of the window; best: count of the use in `use` */
	uint32_t use;                                        /* index of the most frequent use */
	bool more;                                           /* see struct aisp_tied_use */
};
struct aisp_usage {
	const struct aisp_snapshot *s;
	struct aisp_arena *a;
	struct aisp_usage_rules rules;
	AISP_VEC(struct aisp_tied_use) uses;
	AISP_VEC(struct aisp_usage_window) windows;
	struct aisp_symtab *names;
	struct aisp_map index;
	AISP_VEC(uint32_t) next_database; /* by database's number from the kind's first: the next one of this name, 0 = end */
	AISP_VEC(struct aisp_usage_days) days; /* over those of the rules */
	aisp_node only_cluster, only_server;
	struct aisp_map sum_at;
	AISP_VEC(struct aisp_usage_sum) sums; /* [0] unused */
	struct aisp_map action_class;         /* names' symbol of an action → class + 1 */
	struct aisp_map covered;              /* (row, place) → window + 1, or AISP_NAME_MANY for none */
	int64_t now_us, since_us;
	struct aisp_attribution attribution;
};
int aisp_usage__names(struct aisp_usage *u, struct aisp_err *err);
int aisp_usage__name_put(struct aisp_usage *u, enum aisp_name_space ns, aisp_node scope, struct aisp_slice text, uint32_t value, struct aisp_err *err);
uint32_t aisp_usage__name(const struct aisp_usage *u, enum aisp_name_space ns, aisp_node scope, struct aisp_slice text);
/* What a name gives as an answer: TIED with *ret, AMBIGUOUS, or `otherwise`. */
enum aisp_untied aisp_usage__take(uint32_t found, enum aisp_untied otherwise, aisp_node *ret);

enum aisp_usage_plane { AISP_PLANE_OTHER, AISP_PLANE_AWS, AISP_PLANE_KUBERNETES, AISP_PLANE_POSTGRES, AISP_PLANE_HTTP };
enum aisp_usage_plane aisp_usage__plane(const struct aisp_usage *u, const struct aisp_use *use);
aisp_node aisp_usage__cluster(const struct aisp_usage *u, struct aisp_slice origin); /* 0: not known; AISP_NAME_MANY: several */
aisp_node aisp_usage__server(const struct aisp_usage *u, struct aisp_slice origin);
/* A pod's name without the parts that were put behind its workload's name, in its namespace; 0. */
uint32_t aisp_usage__pod(const struct aisp_usage *u, aisp_node ns, struct aisp_slice pod);
/* Fills identity, workload, identity_why. */
void aisp_usage__who(const struct aisp_usage *u, struct aisp_tied_use *t);
/* Fills asset, asset_why; after who. */
void aisp_usage__what(const struct aisp_usage *u, struct aisp_tied_use *t);
/* Is it of an AWS account of which nothing was scanned? account: its number, or an origin that begins with it ("111122223333/eu-central-1"); anything else is not. */
bool aisp_usage__is_foreign(const struct aisp_usage *u, struct aisp_slice account);
/* The node of text made by printf, 0. */
aisp_node aisp_usage__find(const struct aisp_usage *u, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* ---- sums ---- */
enum { AISP_SUM_IDENTITY = 0x100, AISP_SUM_ASSET, AISP_SUM_CREDENTIAL, AISP_SUM_EDGE, AISP_SUM_CALL_UNKNOWN, AISP_SUM_CALL_AMBIGUOUS, AISP_SUM_ASSET_AS = 0x200 /* | AISP_USE_…: of one sort */ };
int aisp_usage__sum_all(struct aisp_usage *u, struct aisp_err *err);
/* what: 0 any, AISP_USE_… of a pair; or AISP_SUM_… with b = 0. NULL: never seen. */
const struct aisp_usage_sum *aisp_usage__sum(const struct aisp_usage *u, uint32_t a, uint32_t b, unsigned what);
