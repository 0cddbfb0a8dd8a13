/* From a capture to facts: the objects go to the parser of collect/files/kube.h; the cluster says what of it could not be read. */
#include "collect/files/kube.h"
#include "collect/kubernetes/live_int.h"

static void add_cluster(struct aisp_emit *e, const struct aisp_kl_capture *cap)
{
	struct aisp_slice id = aisp_emit_fmt(e, "k8s://%.*s", AISP_FMT(cap->cluster));
	struct aisp_place at = {.path = id};
	aisp_node n = aisp_emit_node(e, AISP_NODE_CLUSTER, id, &at);

	aisp_emit_str(e, n, "name", cap->cluster);
	aisp_emit_str(e, n, "server", cap->server);
	aisp_emit_str(e, n, "version", cap->version);
	for (size_t i = 0; i < cap->unread.n; i++)
		aisp_emit_item(e, n, "unread", cap->unread.v[i]);
	for (size_t i = 0; i < cap->gaps.n; i++)
		aisp_emit_gap(e, aisp_emit_fmt(e, "%.*s: %.*s", AISP_FMT(cap->key), AISP_FMT(cap->gaps.v[i].what)), cap->gaps.v[i].why, cap->gaps.v[i].detail);
}

int aisp_kl_emit(const struct aisp_collect *c, struct aisp_kl_capture *cap, struct aisp_err *err)
{
	struct aisp_emit e = {.g = c->graph, .source = c->source, .fpkey = c->fpkey, .a = cap->arena, .cluster = cap->cluster, .repo = cap->cluster,
	                      .form = AISP_EV_API, .confidence = AISP_CONF_OBSERVED};
	struct aisp_kube *k = aisp_kube_new(&e);

	if (!k)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a cluster");
	add_cluster(&e, cap);
	for (size_t i = 0; i < aisp_kl_row_count; i++)
		for (size_t n = 0; n < cap->lists[i].items.n; n++)
			aisp_kube_add(k, cap->key, cap->lists[i].items.v[n]);
	aisp_kube_finish(k);
	aisp_kube_free(k);
	int r = aisp_emit_check(&e, err);
	aisp_emit_done(&e);
	return r;
}
