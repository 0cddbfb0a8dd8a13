/* What stands between a request and the cluster's store: admission policies and webhooks as policy nodes of the cluster, and Pod
 * Security levels as properties of namespaces. They are written down, not decided: an escalation that one may stop is conditional.
 */
#include "collect/files/kube_int.h"

static void add_rules(struct aisp_kube *k, aisp_node n, const struct aisp_doc *rules)
{
	for (uint32_t i = 0; i < aisp_doc_count(rules) && i < 256; i++) {
		const struct aisp_doc *rule = aisp_doc_at(rules, i), *verbs = aisp_doc_get(rule, "operations"), *what = aisp_doc_get(rule, "resources");
		for (uint32_t v = 0; v < aisp_doc_count(verbs) && v < 16; v++)
			for (uint32_t r = 0; r < aisp_doc_count(what) && r < 64; r++)
				aisp_emit_item(k->e, n, "rules", aisp_emit_fmt(k->e, "%.*s %.*s", AISP_FMT(aisp_doc_str(aisp_doc_at(verbs, v))), AISP_FMT(aisp_doc_str(aisp_doc_at(what, r)))));
	}
}

static void add_webhooks(struct aisp_kube *k, aisp_node n, const struct aisp_doc *hooks)
{
	for (uint32_t i = 0; i < aisp_doc_count(hooks) && i < 256; i++) {
		const struct aisp_doc *h = aisp_doc_at(hooks, i), *service = aisp_doc_path(h, "clientConfig.service");
		struct aisp_slice url = aisp_doc_str(aisp_doc_path(h, "clientConfig.url"));
		add_rules(k, n, aisp_doc_get(h, "rules"));
		aisp_emit_item(k->e, n, "failure_policy", aisp_doc_getstr(h, "failurePolicy"));
		if (service)
			aisp_emit_item(k->e, n, "services", aisp_kube__id(k, aisp_doc_getstr(service, "namespace"), "service", aisp_doc_getstr(service, "name")));
		if (url.n && aisp_slice_chr(url, '@') == SIZE_MAX)
			aisp_emit_item(k->e, n, "urls", aisp_slice_to(url, aisp_slice_chr(url, '?')));
	}
}

static void add_policy(struct aisp_kube *k, struct kube_object *o)
{
	struct aisp_place at = aisp_kube__place(k, o, NULL, "");
	const struct aisp_doc *actions = aisp_doc_path(o->d, "spec.validationActions");

	o->node = aisp_emit_node(k->e, AISP_NODE_POLICY, o->id, &at);
	aisp_emit_str(k->e, o->node, "name", o->name);
	aisp_emit_strz(k->e, o->node, "policy_type", "admission");
	aisp_emit_str(k->e, o->node, "admission_kind", o->kind);
	aisp_emit_str(k->e, o->node, "policy", aisp_doc_str(aisp_doc_path(o->d, "spec.policyName")));
	for (uint32_t i = 0; i < aisp_doc_count(actions) && i < 16; i++)
		aisp_emit_item(k->e, o->node, "actions", aisp_doc_str(aisp_doc_at(actions, i)));
	add_rules(k, o->node, aisp_doc_path(o->d, "spec.matchConstraints.resourceRules"));
	aisp_emit_item(k->e, o->node, "failure_policy", aisp_doc_str(aisp_doc_path(o->d, "spec.failurePolicy")));
	add_webhooks(k, o->node, aisp_doc_get(o->d, "webhooks"));
	aisp_emit_edge(k->e, aisp_emit_file(k->e, o->path), AISP_EDGE_DEFINES, o->node, &at);
	aisp_emit_edge(k->e, k->cluster, AISP_EDGE_GOVERNED_BY, o->node, &at);
}

/* https://kubernetes.io/docs/concepts/security/pod-security-admission/ */
static void add_pod_security(struct aisp_kube *k, const struct aisp_kube__namespace *ns)
{
	static const char *const labels[][2] = {{"pod-security.kubernetes.io/enforce", "pod_security_enforce"},
	                                        {"pod-security.kubernetes.io/audit", "pod_security_audit"},
	                                        {"pod-security.kubernetes.io/warn", "pod_security_warn"}};

	for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
		aisp_emit_str(k->e, ns->node, labels[i][1], aisp_labels_get(&ns->labels, aisp_slice_z(labels[i][0])));
}

void aisp_kube__add_admission(struct aisp_kube *k)
{
	static const char *const kinds[] = {"validatingadmissionpolicy", "validatingadmissionpolicybinding", "mutatingadmissionpolicy",
	                                    "mutatingadmissionpolicybinding", "validatingwebhookconfiguration", "mutatingwebhookconfiguration"};

	for (size_t i = 0; i < k->objects.n && !k->e->bad; i++)
		for (size_t n = 0; n < sizeof kinds / sizeof *kinds; n++)
			if (aisp_slice_eqz(k->objects.v[i].kind, kinds[n]))
				add_policy(k, &k->objects.v[i]);
	for (size_t i = 0; i < k->namespaces.n && !k->e->bad; i++)
		add_pod_security(k, &k->namespaces.v[i]);
}
