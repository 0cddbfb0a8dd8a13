/* Decisions in words: see rbac.h. */
#include "access/kubernetes/rbac.h"

struct words {
	const struct aisp_rbac *r;
	const struct aisp_rbac_request *q;
	struct aisp_buf *out;
	size_t n;
};

static void put_scoped(struct aisp_buf *out, const char *kind, const char *cluster_kind, struct aisp_slice ns, struct aisp_slice name)
{
	aisp_buf_putz(out, ns.n ? kind : cluster_kind);
	aisp_buf_putc(out, ' ');
	if (ns.n) {
		aisp_buf_put_printable(out, ns);
		aisp_buf_putc(out, '/');
	}
	aisp_buf_put_printable(out, name);
}

static void put_list(struct aisp_buf *out, const char *what, const struct aisp_slices *list)
{
	if (list->n == 0)
		return;
	aisp_buf_printf(out, " %s [", what);
	for (size_t i = 0; i < list->n && i < 20; i++) {
		aisp_buf_putz(out, i ? ", " : "");
		aisp_buf_putz(out, list->v[i].n ? "" : "\"\"");
		aisp_buf_put_printable(out, list->v[i]);
	}
	if (list->n > 20)
		aisp_buf_printf(out, ", … %zu more", list->n - 20);
	aisp_buf_putc(out, ']');
}

static void put_rule(struct words *w, struct aisp_rbac_at at)
{
	const struct aisp_rbac_role *role = &aisp_rbac_policy(w->r)->roles[at.role];
	const struct aisp_rbac_rule *rule = &role->rules[at.rule];

	put_scoped(w->out, "Role", "ClusterRole", role->ns, role->name);
	aisp_buf_printf(w->out, " rules[%u]:", at.rule);
	put_list(w->out, "verbs", &rule->verbs);
	put_list(w->out, "apiGroups", &rule->groups);
	put_list(w->out, "resources", &rule->resources);
	put_list(w->out, "resourceNames", &rule->names);
	put_list(w->out, "nonResourceURLs", &rule->urls);
	aisp_buf_putc(w->out, '\n');
}

static int tell(void *ctx, const struct aisp_rbac_reason *reason)
{
	static const char *const lacks[] = {
		[AISP_RBAC_LACKS_NOTHING] = "allows it",
		[AISP_RBAC_LACKS_ROLE] = "refers to a role that is not there",
		[AISP_RBAC_LACKS_RULE] = "refers to a role without a rule",
		[AISP_RBAC_LACKS_VERB] = "has the resource, not the verb",
		[AISP_RBAC_LACKS_GROUP] = "has no rule for the API group",
		[AISP_RBAC_LACKS_RESOURCE] = "has the API group, not the resource",
		[AISP_RBAC_LACKS_NAME] = "is limited to other names",
		[AISP_RBAC_LACKS_URL] = "has no rule for the URL",
		[AISP_RBAC_LACKS_NAMESPACE] = "would allow it, but only in its own namespace",
	};
	struct words *w = ctx;
	const struct aisp_rbac_binding *b = &aisp_rbac_policy(w->r)->bindings[reason->binding];
	const struct aisp_rbac_subject *s = &b->subjects[reason->subject];

	if (w->n++ >= 50) {
		aisp_buf_putz(w->out, w->n == 51 ? "  …\n" : "");
		return 0;
	}
	aisp_buf_putz(w->out, "  ");
	put_scoped(w->out, "RoleBinding", "ClusterRoleBinding", b->ns, b->name);
	aisp_buf_printf(w->out, " (subject %zu, %s ", reason->subject,
	                s->kind == AISP_RBAC_GROUP ? "group" : s->kind == AISP_RBAC_USER ? "user" : "service account");
	aisp_buf_put_printable(w->out, s->name);
	aisp_buf_printf(w->out, ") %s\n", lacks[reason->lack]);
	if (reason->lack == AISP_RBAC_LACKS_ROLE || reason->lack == AISP_RBAC_LACKS_RULE)
		return 0;
	aisp_buf_putz(w->out, "    ");
	put_rule(w, reason->at);
	return 0;
}

static void put_request(const struct aisp_rbac_request *q, struct aisp_buf *out)
{
	aisp_buf_put_printable(out, q->user);
	aisp_buf_putc(out, ' ');
	aisp_buf_put_printable(out, q->verb);
	aisp_buf_putc(out, ' ');
	aisp_buf_put_printable(out, q->is_url ? q->url : q->resource);
	if (q->is_url)
		return;
	if (q->sub.n) {
		aisp_buf_putc(out, '/');
		aisp_buf_put_printable(out, q->sub);
	}
	if (q->group.n) {
		aisp_buf_putc(out, '.');
		aisp_buf_put_printable(out, q->group);
	}
	if (q->name.n) {
		aisp_buf_putz(out, " named ");
		aisp_buf_put_printable(out, q->name);
	}
	aisp_buf_putz(out, q->ns.n ? " in " : " for the whole cluster");
	aisp_buf_put_printable(out, q->ns);
}

int aisp_rbac_explain_text(const struct aisp_rbac *r, const struct aisp_rbac_request *q, struct aisp_buf *out)
{
	struct words w = {.r = r, .q = q, .out = out};
	struct aisp_rbac_answer a;
	bool yes = aisp_rbac_authorize(r, q, &a);

	put_request(q, out);
	aisp_buf_putz(out, yes ? ": allowed\n" : ": not allowed\n");
	if (a.before_rbac)
		aisp_buf_putz(out, "  group system:masters may do everything, before RBAC is asked\n");
	else
		aisp_rbac_explain(r, q, tell, &w);
	if (!yes && w.n == 0)
		aisp_buf_putz(out, "  no binding names the caller or one of its groups\n");
	return aisp_buf_check(out, NULL);
}
