/* What the parts of the Kubernetes collector share. Objects live in one vector, in order of files; workloads, services and
 * policies point into it. */
#pragma once
#include "access/kubernetes/network.h"
#include "collect/files/kube.h"
#include "collect/files/settings.h"

struct kube_object {
	struct aisp_slice kind; /* lower case, singular: "deployment"; "service.serving.knative.dev" where another group has the name */
	struct aisp_slice group; /* "apps"; "" for the core */
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
	size_t ns;                  /* index into namespaces */
	bool in_isolated, out_isolated;
	bool admin_in, admin_out;   /* an administrator's policy speaks about it */
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
	size_t ns;      /* index into namespaces */
	bool governed;  /* an administrator's policy speaks about some of its workloads */
};
struct aisp_kube__namespace {
	struct aisp_slice name;
	struct aisp_labels labels;
	aisp_node node, network;
	aisp_node tenant;            /* whose it is; 0 = not said */
	const struct kube_object *o; /* NULL when only named */
	size_t workloads, n_workloads; /* in by_ns.workloads */
	size_t services, n_services;   /* in by_ns.services */
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
	AISP_VEC(struct aisp_net_admin) admins;
	AISP_VEC(const struct kube_object *) admin_objects;
	struct aisp_net_world *net;          /* from read_policies on */
	struct {
		uint32_t *workloads, *services; /* indices, grouped by namespace */
	} by_ns;
	struct aisp_symtab *ns_ids;          /* symbol of a name - 1 = index into namespaces */
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
/* Valid until the next namespace is made. */
struct aisp_kube__namespace *aisp_kube__namespace(struct aisp_kube *k, struct aisp_slice name, const struct aisp_place *at);
/* The controller that made it, if that is here; NULL. */
const struct kube_object *aisp_kube__controller(struct aisp_kube *k, const struct kube_object *o);
/* The topmost workload (deployment, job, …) that made this pod or workload, among those that are here; else itself. */
const struct kube_object *aisp_kube__maker(struct aisp_kube *k, const struct kube_object *o);

struct kube_template { /* where an object says what pods it makes */
	const char *path;               /* of spec, dotted: "spec.template.spec" */
	const struct aisp_doc *spec, *meta; /* meta may be NULL */
	const char *label;              /* with the object's name as value: what the controller adds to the pods; NULL: nothing */
};
aisp_node aisp_kube__add_workload(struct aisp_kube *k, struct kube_object *o, const struct kube_template *t);
int64_t aisp_kube__gpus(const struct aisp_doc *pod_spec); /* of all containers */
/* A container whose image is a known model server: an inference endpoint. */
void aisp_kube__add_server(struct aisp_kube *k, const struct kube_object *o, aisp_node workload, const struct aisp_doc *container,
                           const struct aisp_place *at);
void aisp_kube__add_pods(struct aisp_kube *k); /* what running pods tell of their workloads: images' digests, addresses, nodes */
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
void aisp_kube__read_policies(struct aisp_kube *k); /* fills policies, admins, net, by_ns.workloads and isolation of workloads */
void aisp_kube__parse_policy(struct aisp_kube *k, const struct kube_object *o);
void aisp_kube__parse_admin(struct aisp_kube *k, const struct kube_object *o);
void aisp_kube__add_policies(struct aisp_kube *k);
void aisp_kube__add_admitted(struct aisp_kube *k); /* what administrators' policies leave */
void aisp_kube__add_services(struct aisp_kube *k);
void aisp_kube__add_ingresses(struct aisp_kube *k);
void aisp_kube__add_gateways(struct aisp_kube *k);
void aisp_kube__add_nodes(struct aisp_kube *k);
void aisp_kube__add_ai(struct aisp_kube *k);        /* model servers and what trains: by image and by kind */
void aisp_kube__add_admission(struct aisp_kube *k);
void aisp_kube__add_rbac(struct aisp_kube *k);

aisp_node aisp_kube__internet(struct aisp_kube *k, const struct aisp_place *at);
aisp_node aisp_kube__unknown_network(struct aisp_kube *k, const struct aisp_place *at);
/* A condition when every pod behind it is isolated and no rule lets addresses outside the cluster in. */
struct aisp_slice aisp_kube__outside_condition(struct aisp_kube *k, const struct kube_service *s);
/* NULL when it is not here; after add_policies. */
const struct kube_service *aisp_kube__service(const struct aisp_kube *k, struct aisp_slice ns, struct aisp_slice name);
/* Is there a rule that lets addresses outside the cluster in to this workload? */
bool aisp_kube__lets_outside_in(const struct aisp_kube *k, const struct kube_workload *w);
