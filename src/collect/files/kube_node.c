/* Nodes of the cluster as machines, and what running pods tell of the workloads that made them: images' digests, machines. */
#include "collect/files/kube_int.h"

/* "aws:///eu-west-1a/i-0abc" and the like: the cloud's own name of the machine. */
static void alias_of(struct aisp_kube *k, aisp_node n, struct aisp_slice provider)
{
	size_t last = aisp_slice_rchr(provider, '/');
	struct aisp_slice id = last == SIZE_MAX ? provider : aisp_slice_from(provider, last + 1);

	if (aisp_slice_starts(provider, AISP_S("aws:///")) && aisp_slice_starts(id, AISP_S("i-")))
		aisp_emit_alias(k->e, n, aisp_emit_fmt(k->e, "aws:%.*s", AISP_FMT(id)));
	else if (aisp_slice_starts(provider, AISP_S("gce://")) || aisp_slice_starts(provider, AISP_S("azure:///")))
		aisp_emit_alias(k->e, n, provider);
}

static void add_node(struct aisp_kube *k, struct kube_object *o)
{
	struct aisp_emit *e = k->e;
	struct aisp_place at = aisp_kube__place(k, o, NULL, "");
	struct aisp_labels labels = aisp_kube__labels(k, aisp_doc_path(o->d, "metadata.labels"));
	const struct aisp_doc *addresses = aisp_doc_path(o->d, "status.addresses"), *capacity = aisp_doc_path(o->d, "status.capacity");
	struct aisp_slice provider = aisp_doc_str(aisp_doc_path(o->d, "spec.providerID"));
	uint64_t gpus = 0;

	o->node = aisp_emit_node(e, AISP_NODE_MACHINE, o->id, &at);
	aisp_emit_str(e, o->node, "name", o->name);
	aisp_emit_edge(e, k->cluster, AISP_EDGE_CONTAINS, o->node, &at);
	aisp_emit_edge(e, aisp_emit_file(e, o->path), AISP_EDGE_DEFINES, o->node, &at);
	aisp_emit_str(e, o->node, "provider_id", provider);
	aisp_emit_str(e, o->node, "instance_type", aisp_labels_get(&labels, AISP_S("node.kubernetes.io/instance-type")));
	aisp_emit_str(e, o->node, "zone", aisp_labels_get(&labels, AISP_S("topology.kubernetes.io/zone")));
	aisp_emit_str(e, o->node, "kubelet_version", aisp_doc_str(aisp_doc_path(o->d, "status.nodeInfo.kubeletVersion")));
	aisp_emit_str(e, o->node, "os_image", aisp_doc_str(aisp_doc_path(o->d, "status.nodeInfo.osImage")));
	for (size_t i = 0; i < labels.n; i++)
		aisp_emit_item(e, o->node, "labels", aisp_emit_fmt(e, "%.*s=%.*s", AISP_FMT(labels.v[i].key), AISP_FMT(labels.v[i].value)));
	for (uint32_t i = 0; addresses && addresses->type == AISP_DOC_ARR && i < addresses->n; i++)
		aisp_emit_item(e, o->node, "addresses", aisp_doc_getstr(&addresses->items[i], "address"));
	if (aisp_slice_u64(aisp_doc_getstr(capacity, "nvidia.com/gpu"), &gpus) && gpus < 100000)
		aisp_emit_int(e, o->node, "gpus", (int64_t)gpus);
	alias_of(k, o->node, provider);
}

void aisp_kube__add_nodes(struct aisp_kube *k)
{
	for (size_t i = 0; i < k->objects.n && !k->e->bad; i++)
		if (aisp_slice_eqz(k->objects.v[i].kind, "node"))
			add_node(k, &k->objects.v[i]);
}

/* "docker.io/library/nginx@sha256:…" or "docker-pullable://…": without what the runtime puts before it. */
static struct aisp_slice digest_of(struct aisp_slice image_id)
{
	size_t sep = aisp_slice_find(image_id, AISP_S("://"));

	if (sep != SIZE_MAX)
		image_id = aisp_slice_from(image_id, sep + 3);
	return aisp_slice_find(image_id, AISP_S("@sha256:")) == SIZE_MAX ? (struct aisp_slice){0} : image_id;
}

static void add_status(struct aisp_kube *k, const struct kube_object *o, aisp_node workload)
{
	static const char *const lists[] = {"containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"};
	const struct aisp_doc *status = aisp_doc_get(o->d, "status");
	struct aisp_place at = aisp_kube__place(k, o, status, "/status");

	aisp_emit_item(k->e, workload, "nodes", aisp_doc_str(aisp_doc_path(o->d, "spec.nodeName")));
	for (size_t l = 0; l < 3; l++) {
		const struct aisp_doc *list = aisp_doc_get(status, lists[l]);
		for (uint32_t i = 0; list && list->type == AISP_DOC_ARR && i < list->n; i++) {
			struct aisp_slice digest = digest_of(aisp_doc_getstr(&list->items[i], "imageID")), image = aisp_doc_getstr(&list->items[i], "image");
			if (digest.n == 0)
				continue;
			aisp_emit_item(k->e, workload, "image_digests", digest);
			if (image.n && !aisp_slice_starts(image, AISP_S("sha256:")))
				aisp_emit_item(k->e, aisp_emit_image(k->e, image, &at), "digests", aisp_slice_from(digest, aisp_slice_rchr(digest, '@') + 1));
		}
	}
}

void aisp_kube__add_pods(struct aisp_kube *k)
{
	for (size_t i = 0; i < k->objects.n && !k->e->bad; i++) {
		const struct kube_object *o = &k->objects.v[i];
		if (aisp_slice_eqz(o->kind, "pod"))
			add_status(k, o, aisp_kube__maker(k, o)->node);
	}
}
