/* What Kubernetes rights are worth: for a subject of the policy (or for a role, once somebody holds it) the powers that follow,
 * each with the binding and rule that give it: secrets that can be read, pods that one can act in, identities and nodes that
 * one can become. A power says where it holds (a namespace or everywhere) and for which names; who knows the objects draws
 * the arrows.
 *
 * The rows are in effect_rows.c. Powers that need two rights (bind and create a binding, approve and create a certificate request)
 * are given only when the same subject has both, its groups by nature included. Effects on other subjects (what is given to
 * them, denial of service) are not powers. Pure.
 */
#pragma once
#include "access/kubernetes/rbac.h"

enum aisp_rbac_gain { AISP_RBAC_GAIN_READ, AISP_RBAC_GAIN_WRITE, AISP_RBAC_GAIN_ACT, AISP_RBAC_GAIN_CONNECT };
enum aisp_rbac_target {
	AISP_RBAC_SECRET,
	AISP_RBAC_CONFIG_MAP,
	AISP_RBAC_WORKLOAD,
	AISP_RBAC_SERVICE,
	AISP_RBAC_ACCOUNT, /* service account */
	AISP_RBAC_USERS,
	AISP_RBAC_GROUPS,  /* but system:masters */
	AISP_RBAC_NODE,    /* the machine */
	AISP_RBAC_NODE_USER, /* a kubelet's identity */
	AISP_RBAC_MASTERS, /* the group system:masters: everything */
	AISP_RBAC_HOLDER,  /* whoever holds `held` in `ns` */
	AISP_RBAC_TARGET_END
};

/* symbol, gain, text: "the subject …" */
#define AISP_RBAC_EFFECTS(X)                                                                                           \
	X(ALL, ACT, "may do everything")                                                                               \
	X(READS, READ, "may get, list, watch or patch it, which shows its content")                                    \
	X(WRITES, WRITE, "may update or patch it")                                                                     \
	X(EXECS, ACT, "may execute commands in its pods")                                                              \
	X(ATTACHES, ACT, "may attach to its pods' input")                                                              \
	X(ADDS_CONTAINER, ACT, "may add ephemeral containers to its pods")                                             \
	X(CHANGES_POD, ACT, "may change the image of its pods")                                                        \
	X(CHANGES_WORKLOAD, ACT, "may change what its pods run")                                                       \
	X(PROXIES_NODE, ACT, "may use the kubelet's API (nodes/proxy), which runs commands in every pod of the node")  \
	X(CONNECTS, CONNECT, "may open connections to it through the API server")                                      \
	X(REDIRECTS, WRITE, "may change where its connections lead")                                                   \
	X(MINTS_TOKEN, ACT, "may create tokens of the service account")                                                \
	X(TOKEN_SECRET, ACT, "may create a token secret of the service account and read it")                           \
	X(RUNS_AS, ACT, "may create pods in its namespace that run as it")                                             \
	X(MOUNTS, READ, "may create pods in its namespace that mount it")                                              \
	X(CHANGES_TO_RUN_AS, ACT, "may change workloads in its namespace so that they run as it")                      \
	X(CHANGES_TO_MOUNT, READ, "may change workloads in its namespace so that they mount it")                       \
	X(POD_ON_NODE, ACT, "may create pods with access to their node")                                               \
	X(VOLUME_OF_NODE, ACT, "may create volumes of a node's folders and pods that mount them")                      \
	X(IMPERSONATES, ACT, "may impersonate it")                                                                     \
	X(BINDS, ACT, "may bind itself to it")                                                                         \
	X(ESCALATES, ACT, "may add any right to a role that it has")                                                   \
	X(SIGNS, ACT, "may create and approve a client certificate of it")                                             \
	X(MUTATES, ACT, "may change pods while they are created (mutating admission)")                                 \
	X(SEES_WRITES, READ, "may see what is written (admission webhook)")                                            \
	X(MAPS_AWS, ACT, "may map an IAM identity of its own to it (config map aws-auth)") \
	X(UNREAD, ACT, "is bound to a role that could not be read")

enum aisp_rbac_effect {
#define X(sym, ...) AISP_RBAC_##sym,
	AISP_RBAC_EFFECTS(X)
#undef X
	AISP_RBAC_EFFECT_END
};
enum aisp_rbac_gain aisp_rbac_effect_gain(enum aisp_rbac_effect e);
const char *aisp_rbac_effect_text(enum aisp_rbac_effect e);
const char *aisp_rbac_effect_name(enum aisp_rbac_effect e); /* "RUNS_AS" */

#define AISP_RBAC_NO_BINDING UINT32_MAX
enum aisp_rbac_reach {
	AISP_RBAC_CLUSTER,   /* bound by a ClusterRoleBinding */
	AISP_RBAC_EVERY_NS,  /* in every namespace, but nothing that has none */
	AISP_RBAC_ONE_NS,
};
struct aisp_rbac_power {
	enum aisp_rbac_effect effect;
	enum aisp_rbac_gain gain;     /* of the effect, but for ALL */
	enum aisp_rbac_target target;
	struct aisp_slice ns;         /* where; empty: everywhere */
	struct aisp_slices names;     /* of the targets (NODE: of nodes; PROXIES_NODE: of the workloads' nodes); none: all */
	bool names_pods;              /* names are those of pods */
	const char *kind;             /* WORKLOAD: only of this kind ("deployment"); NULL: all */
	bool if_any;                  /* only if there is a workload of `kind`, named one of `if_names` (none: any) */
	struct aisp_slices if_names;
	bool lifts;                   /* POD_ON_NODE: it may change the namespace's Pod Security label */
	const char *condition;        /* static; NULL: holds without one */
	uint32_t binding, subject;    /* NO_BINDING for a holder's */
	struct aisp_rbac_at at;       /* the rule */
	uint32_t second;              /* the binding of a second right that was needed, or NO_BINDING */
	uint32_t held;                /* HOLDER: the role, or NO_BINDING: any role, so every right */
	enum aisp_rbac_reach held_in; /* HOLDER: ns says which namespace */
};
struct aisp_rbac_world {
	bool (*installed)(void *ctx, const char *group); /* is a controller of this API group known to be there? NULL: no */
	void *ctx;
	struct aisp_arena *a;
	uint64_t budget; /* steps that may still be taken; AISP_E_LIMIT when used up */
};
/* Calls `give` for each power of a user (a service account by its user name) or group, by its own bindings. Within one
 * binding, what holds without a condition comes first. A negative return of `give` stops and is given back; AISP_E_NOMEM. */
int aisp_rbac_powers(const struct aisp_rbac *r, bool group, struct aisp_slice name, struct aisp_rbac_world *w,
                     int (*give)(void *ctx, const struct aisp_rbac_power *p), void *ctx, struct aisp_err *err);
/* The powers of whoever holds a role. `role` NO_BINDING: every right there is. */
int aisp_rbac_powers_of_role(const struct aisp_rbac *r, uint32_t role, enum aisp_rbac_reach in, struct aisp_slice ns,
                             struct aisp_rbac_world *w, int (*give)(void *ctx, const struct aisp_rbac_power *p), void *ctx,
                             struct aisp_err *err);
