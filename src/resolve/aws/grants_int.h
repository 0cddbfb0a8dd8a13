/* Inside the grants: what is asked about, how equal questions are found, what comes out.
 *
 *   plan ─ domains: things of one type in one account, sorted by ARN     principals in classes (world.h)
 *            │                                                              │
 *            └──────────── for each class and row of effects.c ─────────────┘
 *                 patterns of all statements that name the action ─▶ runs of ARNs on which each pattern says the same
 *                 × attributes (region, policy, key, tags that somebody asks for) ─▶ groups: one decision each
 *                 ─▶ outs: (edge, statement, condition, scope) on runs of members ─▶ arrows and sets (sets.c)
 */
#pragma once
#include "base/vec.h"
#include "resolve/aws/effects.h"
#include "resolve/aws/world_int.h"
#include "resolve/resolve_int.h"

struct aisp_aws_target {
	struct aisp_slice arn;
	aisp_node node;
	uint32_t resource, role; /* one of them; the other NONE */
	uint32_t account, doc;   /* doc: its own policy, NONE */
	uint64_t attr, fine;     /* what a decision can depend on beside the ARN: without and with tags */
	uint32_t run, fine_run;  /* end of the run of members with the same attribute */
	bool specific;           /* its policy looks at who exactly asks */
	uint64_t lets;           /* bit of each row whose first action some Allow of its policy names, or whose policy is not known */
	bool any;                /* its policy may let in just anybody, or is not known */
};
struct aisp_aws_domain {
	struct aisp_slice type;
	uint32_t account;
	struct aisp_aws_target *t;
	uint32_t n;
	const struct aisp_aws_effect *const *rows;
	uint32_t n_rows;
	const struct aisp_slice *const *prefix; /* of each row: of each member, where the request is not about the ARN itself; else NULL */
	const uint32_t *policied; /* members whose policy may be enough alone */
	uint32_t n_policied;
	bool all_specific;        /* an RCP looks at who exactly asks */
};
struct aisp_aws_place {
	uint32_t domain, member;
};
struct aisp_aws_plan {
	const struct aisp_aws_world *w;
	struct aisp_arena *a;
	AISP_VEC(struct aisp_aws_domain) domains;
	uint32_t *first, *count;   /* of each account: its domains */
	AISP_VEC(struct aisp_aws_place) any; /* sorted; open to strangers to their account */
	AISP_VEC(struct aisp_aws_place) *named; /* of each account: foreign things that name it or somebody in it */
};
int aisp_aws__plan_make(const struct aisp_aws_world *w, struct aisp_aws_plan *ret, struct aisp_err *err);
void aisp_aws__plan_done(struct aisp_aws_plan *p);
bool aisp_aws__mentions(const struct aisp_aws_world *w, const struct aisp_aws_target *t, const struct aisp_aws_principal *p);

/* ---- Patterns against ARNs (spans.c) ---- */

struct aisp_aws_span {
	uint32_t lo, hi;
	uint64_t rel; /* equal for members that the pattern treats alike; never 0 */
};
/* Where in the domain the pattern has something to say about the row's requests; sorted, appended to the vector. */
struct aisp_aws_spans {
	struct aisp_aws_span *v;
	size_t n, cap;
};
int aisp_aws__spans(const struct aisp_aws_domain *d, uint32_t row, struct aisp_slice pattern, struct aisp_aws_spans *to);
/* The same for one member; 0: nothing. */
uint64_t aisp_aws__relation(const struct aisp_aws_domain *d, uint32_t row, uint32_t member, struct aisp_slice pattern, struct aisp_slice request);
/* The request's fixed begin for a member; *ret_part: any part behind it. */
struct aisp_slice aisp_aws__request(const struct aisp_aws_domain *d, uint32_t row, uint32_t member, struct aisp_arena *a, bool *ret_part);
/* What is left of the pattern behind the prefix: calls f for each way. */
void aisp_aws__rests(struct aisp_slice pattern, struct aisp_slice prefix, void (*f)(void *ctx, struct aisp_slice rest), void *ctx);

/* ---- Results ---- */

struct aisp_aws_seg {
	uint32_t domain, lo, hi, next; /* next: index + 1, 0 ends */
};
struct aisp_aws_out {
	enum aisp_edge_kind edge;
	struct aisp_slice control, condition, scope;
	uint32_t doc;       /* whose statement it is, NONE: nobody's */
	uint32_t statement;
	bool own;           /* statement of each member's own policy: control is the first member's */
	uint32_t first;     /* segs, index + 1 */
};
struct aisp_aws_outs {
	AISP_VEC(struct aisp_aws_out) out;
	AISP_VEC(struct aisp_aws_seg) segs;
	struct aisp_map by; /* hash → out + 1 */
};
struct aisp_aws_worker; /* scratch of one thread */
struct aisp_aws_worker *aisp_aws__worker_new(const struct aisp_aws_plan *p);
void aisp_aws__worker_free(struct aisp_aws_worker *w);
enum aisp_aws_pass { AISP_AWS__SHARED = 1, AISP_AWS__SPECIFIC = 2, AISP_AWS__BOTH = 3 };
/* All that a principal may do; texts lie in the worker's arena until it is freed. */
int aisp_aws__decide_all(struct aisp_aws_worker *w, uint32_t principal, enum aisp_aws_pass pass, struct aisp_aws_outs *to, struct aisp_err *err);
void aisp_aws__outs_done(struct aisp_aws_outs *o);

/* Arrows and sets. shared may be NULL. */
struct aisp_aws_emit;
struct aisp_aws_emit *aisp_aws__emit_new(struct aisp_resolve *r, const struct aisp_aws_plan *p, uint32_t direct_max);
void aisp_aws__emit_free(struct aisp_aws_emit *e);
void aisp_aws__emit(struct aisp_aws_emit *e, uint32_t principal, const struct aisp_aws_outs *shared, const struct aisp_aws_outs *own);

/* direct: up to how many things get an arrow each; 0: as many as is good. */
void aisp_resolve__aws_grants(struct aisp_resolve *r, const struct aisp_aws_world *w, uint32_t direct);
