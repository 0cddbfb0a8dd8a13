/* What escalate.c (questions, answers, edges) and escalate_draw.c (which ways, for whom) share. */
#pragma once
#include "base/buf.h"
#include "resolve/aws/escalate.h"

/* Numbers in heaps, one heap an account: of account i they are v[first[i]] … v[first[i + 1] - 1]. */
struct esc_heaps {
	uint32_t *first, *v;
};
struct esc_group {
	aisp_node node;
	uint32_t account;
};
struct esc {
	struct aisp_resolve *r;
	const struct aisp_aws_world *w;
	struct aisp_iam_scratch *scratch;
	struct aisp_buf text;   /* for one text at a time */
	aisp_node group;        /* ON_NEW_GROUP: the group asked about */
	struct aisp_map trusts; /* (role, service) → 1 no, 2 if, 3 yes */
	struct aisp_map gains;  /* (class, class) → 1 no, 2 yes */
	struct aisp_map mentions; /* (class, action) → 1 no, 2 yes */
	struct esc_heaps members;  /* principals that can be targets, forms not among them */
	struct esc_heaps vehicles; /* of the row at hand: things of its type */
	uint32_t *shared, n_shared; /* those of them that have a policy of their own, or one that could not be read */
	AISP_VEC(struct esc_group) groups;
	AISP_VEC(struct aisp_slice) trust_open; /* of role × service, where it is `if`; found through trusts: value - 3 */
};
/* What came out of several questions: joined controls and conditions. */
struct esc_answer {
	struct aisp_buf control, open;
};
void aisp_esc__clear(struct esc_answer *a);
/* Asks; adds statements and conditions to the answer. False: denied (or a failure, in r->bad). */
bool aisp_esc__ask(struct esc *x, struct aisp_aws_question q, struct esc_answer *a);
/* All steps of a row. vehicle: index of the resource, or NONE. */
bool aisp_esc__steps(struct esc *x, const struct aisp_aws_way_row *row, uint32_t actor, uint32_t target, uint32_t vehicle, struct esc_answer *a);
/* Adds a condition. */
void aisp_esc__given(struct esc_answer *a, struct aisp_slice condition);
void aisp_esc__draw(struct esc *x, const struct aisp_aws_way_row *row, aisp_node from, enum aisp_edge_kind kind, aisp_node to, const struct esc_answer *a);

/* escalate_gain.c */
/* May the service take on the role (its trust policy)? Adds what is open. */
bool aisp_esc__trusts(struct esc *x, uint32_t role, const char *service, struct esc_answer *a);
/* Has the target a right that the actor has not? Exact over the actions of the catalogue and witnesses of the target's own patterns. */
bool aisp_esc__gains(struct esc *x, uint32_t actor, uint32_t target);
