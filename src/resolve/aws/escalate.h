/* Ways by which one principal of AWS becomes another: passing a role to a service, changing code that runs as a role, making a credential,
 * changing policies or trust. One row a way (escalate_rows.c), most with their number in the public catalogue of such paths (pathfinding.cloud, Datadog).
 *
 *   new       passes a role to a service in something new:     P ─CAN_ASSUME▶ role           (role trusts the service; role has a right that P has not)
 *   existing  takes over something that is there:              P ─CAN_ASSUME▶ function, instance, … ─RUNS_AS▶ role
 *   become    gets a credential or session of a principal:     P ─CAN_ASSUME▶ user, role
 *   policies  changes what a principal T may do:               P ─CAN_WRITE▶ form of T, T ─CAN_ASSUME▶ form of T; who has both acts as the form
 *
 * A form of T is a node `ARN#any-policy` (T with Allow * on * beside its own policies, under its boundary, SCPs and denies) or `ARN#in/GROUP` (T in one more group).
 * The control object of an edge is a conjunction: "A and (B or C)": each term is a statement; without any one term the way is closed.
 */
#pragma once
#include "resolve/aws/world.h"
#include "resolve/resolve_int.h"

enum aisp_aws_way { AISP_AWS_NEW, AISP_AWS_EXISTING, AISP_AWS_BECOME, AISP_AWS_POLICIES };
/* On what a step's action is decided. */
enum aisp_aws_on {
	AISP_AWS_ON_NEW,     /* `arn` of the step or row, filled in: something that does not exist yet */
	AISP_AWS_ON_VEHICLE, /* existing: the thing */
	AISP_AWS_ON_TARGET,  /* the role, user, … */
	AISP_AWS_ON_ITS_POLICY, /* one of the customer-managed policies attached to the target (or to a group of it) */
	AISP_AWS_ON_ITS_GROUP,  /* one of the groups that the target is in */
	AISP_AWS_ON_NEW_GROUP,  /* a group that the target is not in */
};
struct aisp_aws_way_step {
	const char *action;
	enum aisp_aws_on on;
	const char *arn; /* ON_NEW: "lambda:${Region}:function:*" → arn:PARTITION:lambda:REGION:ACCOUNT:function:WITNESS; "" = "*" */
};
enum { AISP_AWS_WAY_STEPS = 5 };
struct aisp_aws_way_row {
	const char *id;       /* "lambda-001"; ours begin with "aisp-" */
	enum aisp_aws_way way;
	const char *service;  /* new: who must be trusted by the role and named to iam:PassRole */
	const char *vehicle;  /* existing: type of the thing ("lambda:function"); also where it must exist for a way that is otherwise `new` */
	enum aisp_iam_principal_kind target; /* become, policies: USER or ROLE */
	struct aisp_aws_way_step steps[AISP_AWS_WAY_STEPS]; /* beside iam:PassRole on the role, which every `new` way needs */
	const char *needs;    /* a fact about the target that must hold: "console", "no-console", "few-keys", "full-keys", "other-version"; NULL */
	const char *how;      /* in words, after "can": "change the function's code" */
	const char *given;    /* what must hold besides, which no policy says: becomes a condition; NULL */
};
extern const struct aisp_aws_way_row aisp_aws_way_rows[];
extern const size_t aisp_aws_way_count;

/* First, before the grants are worked out: adds the forms that somebody can give rise to, to graph and world. */
void aisp_aws_escalate_forms(struct aisp_resolve *r, struct aisp_aws_world *w);
/* Then: the edges. */
void aisp_aws_escalate(struct aisp_resolve *r, const struct aisp_aws_world *w);
