/* What kube_rbac.c, kube_power.c and kube_host.c share: the policy with where it stands, and the objects that rights are about. */
#pragma once
#include "access/kubernetes/effects.h"
#include "collect/files/kube_int.h"

struct aisp_kube__object { /* what a power can be about */
	struct aisp_slice ns, name; /* ns empty: has none */
	aisp_node node;
	uint32_t workload;          /* index into workloads */
};
struct aisp_kube__objects {
	AISP_VEC(struct aisp_kube__object) v; /* sorted by namespace, name */
	uint32_t *by_name;                    /* the same by name, namespace */
};
struct aisp_kube__pod {
	struct aisp_slice ns, name, machine; /* machine may be empty */
	uint32_t workload;
};
struct aisp_kube__holder { /* whoever holds a role, or every right */
	uint32_t role;
	enum aisp_rbac_reach in;
	struct aisp_slice ns;
	aisp_node node;
};
struct aisp_kube__targets { /* of a power without names: reused for every subject that has it */
	aisp_node set;              /* stands for more than a few */
	size_t at, n;               /* in pool */
};
struct aisp_kube__asked { /* is a controller of this API group there? */
	const char *group;
	bool yes;
};
struct aisp_kube__rights {
	struct aisp_kube *k;
	AISP_VEC(struct aisp_rbac_role) roles;
	AISP_VEC(const struct kube_object *) role_objects; /* NULL: built in */
	AISP_VEC(struct aisp_rbac_binding) bindings;
	AISP_VEC(const struct kube_object *) binding_objects;
	AISP_VEC(struct aisp_slice *) subject_controls; /* of each binding, of each subject */
	struct aisp_rbac_policy policy;
	struct aisp_rbac *rbac;
	struct aisp_rbac_world world;
	AISP_VEC(struct aisp_kube__asked) asked;

	struct aisp_kube__objects objects[AISP_RBAC_TARGET_END];
	AISP_VEC(struct aisp_kube__pod) pods; /* of workloads that are here, sorted by namespace, name */
	struct aisp_symtab *keys;             /* symbol - 1 = index into targets */
	AISP_VEC(struct aisp_kube__targets) targets;
	AISP_VEC(aisp_node) pool, hits;
	AISP_VEC(struct aisp_kube__holder) holders;
	struct aisp_symtab *holder_keys;      /* symbol - 1 = index into holders */
	aisp_node from, some_node;
	struct aisp_slice from_control;       /* of a holder's powers */
	bool guarded;                         /* an admission policy looks at pods */
	struct aisp_place anywhere;           /* where what is concluded from all of it stands */
};

/* kube_host.c */
void aisp_kube__add_node_users(struct aisp_kube *k); /* kubelets' identities; before objects are read */
void aisp_kube__draw_hosts(struct aisp_kube__rights *b); /* workloads' access to their node, what runs on a node, its metadata service */
/* The machine that stands for one that is not known. */
aisp_node aisp_kube__some_node(struct aisp_kube *k, const struct aisp_place *at);

/* kube_power.c */
void aisp_kube__read_objects(struct aisp_kube__rights *b);
void aisp_kube__done_objects(struct aisp_kube__rights *b);
/* Draws the arrows of one power from b->from. */
int aisp_kube__draw(void *ctx, const struct aisp_rbac_power *p);
/* The group system:masters is here: it may do everything, before RBAC is asked. */
void aisp_kube__add_masters(struct aisp_kube__rights *b);
/* Draws those of all holders that came up, and of those that come up by that. */
void aisp_kube__draw_holders(struct aisp_kube__rights *b);
void aisp_kube__to_nodes(struct aisp_kube__rights *b, aisp_node from, enum aisp_edge_kind kind, const struct aisp_edge_in *in,
                         const struct aisp_place *at);
void aisp_kube__draw_some_node(struct aisp_kube__rights *b);
bool aisp_kube__split_id(const struct aisp_kube *k, struct aisp_slice id, struct aisp_slice *ns, struct aisp_slice *kind, struct aisp_slice *name);
