/* What the parts of the Kubernetes collector share. Objects live in one vector, in order of files; workloads, services and
 * policies point into it. */
#pragma once
#include "access/kubernetes/network.h"
#include "collect/files/kube.h"
#include "collect/files/settings.h"

struct kube_object {
	struct aisp_slice kind; /* lower case, singular: "deployment" */
	struct aisp_slice ns;   /* "-" for what has none */
	struct aisp_slice name;
	struct aisp_slice id;   /* k8s://CLUSTER/NS/KIND/NAME */
	struct aisp_slice path, pointer; /* pointer: "" or "/items/3" */
	const struct aisp_doc *d;
	aisp_node node;
};
struct kube_workload {
	const struct kube_object *o;
	const struct aisp_doc *spec, *meta; /* of the pod */
	struct aisp_slice spec_pointer;     /* "/spec/template/spec" */
	struct aisp_net_pod pod;
	bool in_isolated, out_isolated;
};
struct kube_target { /* one workload behind a service */
	size_t workload;                     /* index into workloads */
	const struct aisp_net_target *ports; /* of the workload, that the service leads to */
	size_t n_ports;
};
struct kube_service {
	const struct kube_object *o;
	const struct kube_target *targets;
	size_t n_targets;
};
struct kube_policy { /* beside policies[] */
	const struct kube_object *o;
};
struct aisp_kube__namespace {
	struct aisp_slice name;
	struct aisp_labels labels;
	aisp_node node, network;
	aisp_node tenant;            /* whose it is; 0 = not said */
	const struct kube_object *o; /* NULL when only named */
};
struct kube_folder { /* kustomization.yaml with a namespace */
	struct aisp_slice dir, ns;
};

struct aisp_kube {
	struct aisp_emit *e;
	AISP_VEC(struct kube_object) objects;
	AISP_VEC(struct kube_folder) folders;
	AISP_VEC(struct aisp_kube__namespace) namespaces;
	AISP_VEC(struct kube_workload) workloads;
	AISP_VEC(struct kube_service) services;
	AISP_VEC(struct aisp_net_policy) policies;
	AISP_VEC(const struct kube_object *) policy_objects;
	struct aisp_symtab *ids;             /* symbol of an id → first object */
	AISP_VEC(uint32_t) by_id;            /* [symbol - 1] = index + 1 */
	struct aisp_texts texts;             /* decoded values, wiped */
	aisp_node cluster, cluster_network;
	bool full; /* more objects than are taken; said once */
};

/* Sticky allocation for the parts: NULL after a failure. */
void *aisp_kube__alloc(struct aisp_kube *k, size_t count, size_t size);
#define KUBE_PUSH(k, vec, ...)                                                                                         \
	(aisp_vec_push((vec), __VA_ARGS__) < 0 ? (aisp_emit_fail((k)->e, AISP_E_NOMEM, NULL), false) : true)

struct aisp_place aisp_kube__place(struct aisp_kube *k, const struct kube_object *o, const struct aisp_doc *at, const char *pointer);
struct aisp_slice aisp_kube__id(struct aisp_kube *k, struct aisp_slice ns, const char *kind, struct aisp_slice name);
const struct kube_object *aisp_kube__find(const struct aisp_kube *k, struct aisp_slice id);
struct aisp_kube__namespace *aisp_kube__namespace(struct aisp_kube *k, struct aisp_slice name, const struct aisp_place *at);
struct aisp_labels aisp_kube__labels(struct aisp_kube *k, const struct aisp_doc *map);
/* matchLabels and matchExpressions. */
struct aisp_selector aisp_kube__selector(struct aisp_kube *k, const struct aisp_doc *d);
/* A plain map of labels, all of which must match. */
struct aisp_selector aisp_kube__selector_of_map(struct aisp_kube *k, const struct aisp_doc *map);
aisp_node aisp_kube__service_account(struct aisp_kube *k, struct aisp_slice ns, struct aisp_slice name, const struct aisp_place *at);
aisp_node aisp_kube__store(struct aisp_kube *k, bool secret, struct aisp_slice ns, struct aisp_slice name, const struct aisp_place *at,
                     struct aisp_slice *ret_id);
/* The value of a key of a Secret or ConfigMap among the files; p NULL when not known. */
struct aisp_slice aisp_kube__store_value(struct aisp_kube *k, const struct kube_object *store, struct aisp_slice key);
const struct aisp_doc *aisp_kube__annotation(const struct kube_object *o, const char *name);

void aisp_kube__add_stores(struct aisp_kube *k);    /* secrets and config maps */
void aisp_kube__add_workloads(struct aisp_kube *k);
void aisp_kube__read_policies(struct aisp_kube *k); /* fills policies, and isolation of workloads */
void aisp_kube__add_policies(struct aisp_kube *k);
void aisp_kube__add_services(struct aisp_kube *k);
void aisp_kube__add_ingresses(struct aisp_kube *k);
void aisp_kube__add_rbac(struct aisp_kube *k);

/* Is there a rule that lets addresses outside the cluster in to this workload? */
bool aisp_kube__lets_outside_in(const struct aisp_kube *k, const struct kube_workload *w);
