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
struct kube_namespace {
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
	AISP_VEC(struct kube_namespace) namespaces;
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
void *kube_alloc(struct aisp_kube *k, size_t count, size_t size);
#define KUBE_PUSH(k, vec, ...)                                                                                         \
	(aisp_vec_push((vec), __VA_ARGS__) < 0 ? (aisp_emit_fail((k)->e, AISP_E_NOMEM, NULL), false) : true)

struct aisp_place kube_place(struct aisp_kube *k, const struct kube_object *o, const struct aisp_doc *at, const char *pointer);
struct aisp_slice kube_id(struct aisp_kube *k, struct aisp_slice ns, const char *kind, struct aisp_slice name);
const struct kube_object *kube_find(const struct aisp_kube *k, struct aisp_slice id);
struct kube_namespace *kube_namespace(struct aisp_kube *k, struct aisp_slice name, const struct aisp_place *at);
struct aisp_labels kube_labels(struct aisp_kube *k, const struct aisp_doc *map);
/* matchLabels and matchExpressions. */
struct aisp_selector kube_selector(struct aisp_kube *k, const struct aisp_doc *d);
/* A plain map of labels, all of which must match. */
struct aisp_selector kube_selector_of_map(struct aisp_kube *k, const struct aisp_doc *map);
aisp_node kube_service_account(struct aisp_kube *k, struct aisp_slice ns, struct aisp_slice name, const struct aisp_place *at);
aisp_node kube_store(struct aisp_kube *k, bool secret, struct aisp_slice ns, struct aisp_slice name, const struct aisp_place *at,
                     struct aisp_slice *ret_id);
/* The value of a key of a Secret or ConfigMap among the files; p NULL when not known. */
struct aisp_slice kube_store_value(struct aisp_kube *k, const struct kube_object *store, struct aisp_slice key);
const struct aisp_doc *kube_annotation(const struct kube_object *o, const char *name);

void kube_add_stores(struct aisp_kube *k);    /* secrets and config maps */
void kube_add_workloads(struct aisp_kube *k);
void kube_read_policies(struct aisp_kube *k); /* fills policies, and isolation of workloads */
void kube_add_policies(struct aisp_kube *k);
void kube_add_services(struct aisp_kube *k);
void kube_add_ingresses(struct aisp_kube *k);
void kube_add_rbac(struct aisp_kube *k);

/* Is there a rule that lets addresses outside the cluster in to this workload? */
bool kube_lets_outside_in(const struct aisp_kube *k, const struct kube_workload *w);
