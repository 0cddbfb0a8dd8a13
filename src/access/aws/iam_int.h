/* Inside the AWS engine: compiled policies, the run of one decision, and its logic with open conditions.
 *
 *   policy ─ statements[n] ─ actions, resources: patterns; principals; conditions ─ values
 *          └ index: sorted (hash of "s3:getobject" or of "s3:", statement, pattern); rest: statements to look at always
 *
 * A pattern's form has one byte for each special thing: \1 any run of characters, \2 one character, \3 NAME \4 a variable,
 * \3 NAME \5 DEFAULT \4 one with a default, \6 and \7 as \1 and \2 but not across a colon. Documents with such bytes are
 * refused, so the rest of a form is itself.
 */
#pragma once
#include "access/aws/iam.h"
#include "base/buf.h"

enum { AISP_IAM__MAX_BYTES = 1 << 20, AISP_IAM__MAX_STATEMENTS = 4096, AISP_IAM__MAX_PATTERNS = 65536 };
enum {
	AISP_IAM__STAR = '\1', AISP_IAM__ONE = '\2', AISP_IAM__VAR = '\3', AISP_IAM__END = '\4', AISP_IAM__DEFAULT = '\5',
	AISP_IAM__SEGMENT_STAR = '\6', AISP_IAM__SEGMENT_ONE = '\7', AISP_IAM__LAST_SPECIAL = '\7',
};

enum aisp_iam__pat_kind { AISP_IAM__PAT_ANY, AISP_IAM__PAT_EXACT, AISP_IAM__PAT_PREFIX, AISP_IAM__PAT_GLOB, AISP_IAM__PAT_VAR };
struct aisp_iam__pat {
	struct aisp_slice text, form;
	enum aisp_iam__pat_kind kind;
	uint32_t fixed; /* bytes before the first wildcard */
};

enum aisp_iam__op { /* the positive ones; their negations are flags */
	AISP_IAM__STR_EQ, AISP_IAM__STR_EQI, AISP_IAM__STR_LIKE, AISP_IAM__NUM_EQ, AISP_IAM__NUM_LT, AISP_IAM__NUM_LE, AISP_IAM__NUM_GT,
	AISP_IAM__NUM_GE, AISP_IAM__DATE_EQ, AISP_IAM__DATE_LT, AISP_IAM__DATE_LE, AISP_IAM__DATE_GT, AISP_IAM__DATE_GE, AISP_IAM__BOOL,
	AISP_IAM__BINARY, AISP_IAM__IP, AISP_IAM__ARN, AISP_IAM__NULL,
};
enum aisp_iam__quant { AISP_IAM__ONE_VALUE, AISP_IAM__FOR_ANY, AISP_IAM__FOR_ALL };
enum aisp_iam__derived { /* keys that follow from the request */
	AISP_IAM__D_NONE, AISP_IAM__D_PRINCIPAL_ARN, AISP_IAM__D_PRINCIPAL_ACCOUNT, AISP_IAM__D_PRINCIPAL_TYPE, AISP_IAM__D_USERID,
	AISP_IAM__D_USERNAME, AISP_IAM__D_RESOURCE_ACCOUNT, AISP_IAM__D_IS_SERVICE, AISP_IAM__D_SERVICE_NAME,
};
struct aisp_iam__cond {
	enum aisp_iam__op op;
	enum aisp_iam__quant quant;
	bool negated, if_exists;
	enum aisp_iam__derived derived;
	struct aisp_slice key;
	const struct aisp_iam__pat *values;
	uint32_t n;
};
enum aisp_iam__princ_kind {
	AISP_IAM__P_STAR, AISP_IAM__P_ACCOUNT, AISP_IAM__P_ROLE, AISP_IAM__P_SESSION, AISP_IAM__P_ARN, AISP_IAM__P_ID, AISP_IAM__P_SERVICE,
	AISP_IAM__P_FEDERATED, AISP_IAM__P_CANONICAL,
};
struct aisp_iam__princ {
	enum aisp_iam__princ_kind kind;
	struct aisp_slice text; /* as written, but an account is its 12 digits */
};
struct aisp_iam__stmt {
	struct aisp_slice sid, pointer;
	bool allow, not_action, not_resource, not_principal, has_resource, has_principal;
	const struct aisp_iam__pat *actions, *resources;
	const struct aisp_slice *action_texts, *resource_texts; /* the same, as written */
	const struct aisp_iam__princ *principals;
	const struct aisp_iam__cond *conds;
	uint32_t n_actions, n_resources, n_principals, n_conds;
};
struct aisp_iam__entry {
	uint64_t hash;
	uint32_t stmt, pat;
};
struct aisp_iam_policy {
	enum aisp_iam_use use;
	bool variables; /* Version 2012-10-17 */
	bool open_to_all; /* S3's meaning of "public": Block Public Access shuts it */
	const struct aisp_iam__stmt *stmts;
	uint32_t n;
	const struct aisp_iam__entry *index;
	uint32_t n_index;
	const uint32_t *rest;
	uint32_t n_rest;
};

/* ---- Expressions over open conditions; 0 is false, 1 is true ---- */

typedef uint32_t aisp_iam__x;
enum { AISP_IAM__FALSE = 0, AISP_IAM__TRUE = 1 };
struct aisp_iam__atom {
	enum { AISP_IAM__A_COND, AISP_IAM__A_ABSENT, AISP_IAM__A_TEXT } kind;
	bool opaque; /* the key is known, a variable in the values is not: nothing follows from it */
	const struct aisp_iam__cond *cond;
	struct aisp_slice key;
	struct aisp_slice yes, no; /* TEXT */
};
struct aisp_iam__node {
	enum { AISP_IAM__N_ATOM, AISP_IAM__N_NOT, AISP_IAM__N_AND, AISP_IAM__N_OR } op;
	aisp_iam__x a, b; /* ATOM: a is the number of the atom */
};
struct aisp_iam_scratch {
	struct aisp_arena *arena;
	AISP_VEC(struct aisp_iam__atom) atoms;
	AISP_VEC(struct aisp_iam__node) nodes; /* the first two stand for false and true */
	AISP_VEC(struct aisp_iam_step) steps;
	struct aisp_buf text;
	uint64_t hits[AISP_IAM__MAX_STATEMENTS / 64];
	char action[256];
	bool failed; /* out of memory: the decision is none */
};
aisp_iam__x aisp_iam__and(struct aisp_iam_scratch *s, aisp_iam__x a, aisp_iam__x b);
aisp_iam__x aisp_iam__or(struct aisp_iam_scratch *s, aisp_iam__x a, aisp_iam__x b);
aisp_iam__x aisp_iam__not(struct aisp_iam_scratch *s, aisp_iam__x a);
aisp_iam__x aisp_iam__atom_add(struct aisp_iam_scratch *s, const struct aisp_iam__atom *atom);
/* 0, 1, or 2 when it is open: neither certain nor impossible, as far as can be told. */
unsigned aisp_iam__solve(struct aisp_iam_scratch *s, aisp_iam__x x);
/* In plain terms; in the arena of the scratch; empty for true. */
struct aisp_slice aisp_iam__text(struct aisp_iam_scratch *s, aisp_iam__x x);
/* Worlds that cannot be, as a bitmap over the values of n atoms; out has 2^n bits (at least one word). */
void aisp_iam__impossible(struct aisp_iam_scratch *s, const uint32_t *atoms, uint32_t n, uint64_t *out);
void aisp_iam__atom_text(struct aisp_buf *b, const struct aisp_iam__atom *a, bool negated);

/* ---- Values and patterns ---- */

/* Text against a form without variables. */
bool aisp_iam__glob(struct aisp_slice form, struct aisp_slice text);
bool aisp_iam__glob_arn(struct aisp_slice form, struct aisp_slice text);
/* Could one text match both forms? */
bool aisp_iam__overlap(struct aisp_slice a, struct aisp_slice b);
static inline bool aisp_iam__pat_begins(const struct aisp_iam__pat *p, struct aisp_slice text)
{
	return text.n >= p->fixed && (p->fixed == 0 || memcmp(text.p, p->form.p, p->fixed) == 0);
}
static inline bool aisp_iam__pat_match(const struct aisp_iam__pat *p, struct aisp_slice text)
{
	switch (p->kind) {
	case AISP_IAM__PAT_ANY: return true;
	case AISP_IAM__PAT_EXACT: return aisp_slice_eq(p->form, text);
	case AISP_IAM__PAT_PREFIX: return aisp_iam__pat_begins(p, text);
	case AISP_IAM__PAT_GLOB:
		return aisp_iam__pat_begins(p, text) &&
		       aisp_iam__glob(aisp_slice_from(p->form, p->fixed), aisp_slice_from(text, p->fixed));
	case AISP_IAM__PAT_VAR: break;
	}
	return false;
}
/* One value against one value of a condition whose variables are resolved. */
bool aisp_iam__compare(enum aisp_iam__op op, struct aisp_slice value, struct aisp_slice form);
/* Are both of the operator's type? A value that is no number is neither equal nor unequal to one. */
bool aisp_iam__comparable(enum aisp_iam__op op, struct aisp_slice value, struct aisp_slice form);
bool aisp_iam__number(struct aisp_slice s, double *ret);
bool aisp_iam__date(struct aisp_slice s, double *ret_seconds);
struct aisp_iam__cidr {
	unsigned char from[16], to[16];
	unsigned n; /* 4 or 16 */
	unsigned bits;
};
bool aisp_iam__cidr(struct aisp_slice s, struct aisp_iam__cidr *ret);

/* ---- One decision ---- */

struct aisp_iam__run {
	const struct aisp_iam_request *q;
	const struct aisp_iam_bearing *b;
	struct aisp_iam_scratch *s;
	bool quick;
	struct aisp_slice action, service; /* lower case */
	uint64_t action_hash, service_hash;
	struct aisp_slice account;         /* of the resource; empty if nobody knows */
	bool same_account;
};
struct aisp_iam__found { /* a key in the request */
	enum aisp_iam_known known;
	const struct aisp_slice *values;
	uint32_t n;
	bool prefix; /* the value goes on, nobody knows how (a role's aws:userid) */
	bool list;   /* of a key that has many values, even if it is one now */
	struct aisp_slice one;
};
enum aisp_iam__derived aisp_iam__derived_of(struct aisp_slice key);
void aisp_iam__lookup(const struct aisp_iam__run *r, struct aisp_slice key, enum aisp_iam__derived d, struct aisp_iam__found *ret);
enum aisp_iam__expanded { AISP_IAM__EXPANDED, AISP_IAM__NO_VALUE, AISP_IAM__OPEN };
/* A pattern with its variables' values; the form is in the scratch. */
enum aisp_iam__expanded aisp_iam__expand(const struct aisp_iam__run *r, const struct aisp_iam__pat *p, struct aisp_slice *ret_form);
aisp_iam__x aisp_iam__conditions(const struct aisp_iam__run *r, const struct aisp_iam__stmt *st);
/* Ways in which a statement's Principal names the requester: the user or session itself, as one of everybody, its role, its account. */
struct aisp_iam__ways {
	aisp_iam__x direct, anyone, role, account;
};
aisp_iam__x aisp_iam__any_way(struct aisp_iam_scratch *s, const struct aisp_iam__ways *w);
struct aisp_iam__ways aisp_iam__principals(const struct aisp_iam__run *r, const struct aisp_iam__stmt *st);
bool aisp_iam__action_match(const struct aisp_iam__stmt *st, struct aisp_slice lower);
/* Sets bits of s->hits for the statements that name the action. */
void aisp_iam__candidates(const struct aisp_iam_policy *p, const struct aisp_iam__run *r);
bool aisp_iam__s3_public(const struct aisp_iam_policy *p);
