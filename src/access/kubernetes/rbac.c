/* Kubernetes RBAC: see rbac.h. For each binding the rules of its role are put against the table of effects. */
#include "access/kubernetes/rbac.h"
#include "base/mem.h"
#include "base/vec.h"

/* How a rule's resourceNames meet an object. */
enum naming {
	BY_NAME,   /* the request names the object */
	BY_POD,    /* the request names a pod of the workload */
	UNNAMED,   /* the request has no name (create): a rule with resourceNames never fits */
};
/* What gives an effect: the request that is asked. `sub` is the subresource or "". */
static const struct effect_row {
	enum aisp_rbac_effect effect;
	enum aisp_rbac_object_kind object;
	const char *verb, *group, *resource, *sub;
	enum naming naming;
	const char *condition;
} effect_rows[] = {
#define WEBSOCKET "only if the API server is older than 1.35 or lets get requests upgrade to exec"
#define ALSO_USER "only together with the right to impersonate a user"
	{AISP_RBAC_READS, AISP_RBAC_OBJ_SECRET, "get", "", "secrets", "", BY_NAME, NULL},
	{AISP_RBAC_READS, AISP_RBAC_OBJ_SECRET, "list", "", "secrets", "", BY_NAME, NULL},
	{AISP_RBAC_READS, AISP_RBAC_OBJ_SECRET, "watch", "", "secrets", "", BY_NAME, NULL},
	{AISP_RBAC_EXECS, AISP_RBAC_OBJ_WORKLOAD, "create", "", "pods", "exec", BY_POD, NULL},
	{AISP_RBAC_EXECS, AISP_RBAC_OBJ_WORKLOAD, "create", "", "pods", "attach", BY_POD, NULL},
	{AISP_RBAC_EXECS, AISP_RBAC_OBJ_WORKLOAD, "get", "", "pods", "exec", BY_POD, WEBSOCKET},
	{AISP_RBAC_MINTS_TOKEN, AISP_RBAC_OBJ_SERVICE_ACCOUNT, "create", "", "serviceaccounts", "token", BY_NAME, NULL},
#define MAKES_PODS(group, resource)                                                                                    \
	{AISP_RBAC_RUNS_AS, AISP_RBAC_OBJ_SERVICE_ACCOUNT, "create", group, resource, "", UNNAMED, NULL},              \
		{AISP_RBAC_MOUNTS, AISP_RBAC_OBJ_SECRET, "create", group, resource, "", UNNAMED, NULL}
	MAKES_PODS("", "pods"),
	MAKES_PODS("", "replicationcontrollers"),
	MAKES_PODS("apps", "deployments"),
	MAKES_PODS("apps", "daemonsets"),
	MAKES_PODS("apps", "statefulsets"),
	MAKES_PODS("apps", "replicasets"),
	MAKES_PODS("batch", "jobs"),
	MAKES_PODS("batch", "cronjobs"),
	{AISP_RBAC_IMPERSONATES, AISP_RBAC_OBJ_SERVICE_ACCOUNT, "impersonate", "", "serviceaccounts", "", BY_NAME, NULL},
	{AISP_RBAC_IMPERSONATES, AISP_RBAC_OBJ_USER, "impersonate", "", "users", "", BY_NAME, NULL},
	{AISP_RBAC_IMPERSONATES, AISP_RBAC_OBJ_GROUP, "impersonate", "", "groups", "", BY_NAME, ALSO_USER},
};

const char *aisp_rbac_effect_text(enum aisp_rbac_effect e)
{
	static const char *const texts[AISP_RBAC_EFFECT_END] = {
		[AISP_RBAC_READS] = "may get, list or watch the secret",
		[AISP_RBAC_EXECS] = "may execute commands in its pods",
		[AISP_RBAC_MINTS_TOKEN] = "may create tokens of the service account",
		[AISP_RBAC_RUNS_AS] = "may create pods in its namespace that run as it",
		[AISP_RBAC_MOUNTS] = "may create pods in its namespace that mount it",
		[AISP_RBAC_IMPERSONATES] = "may impersonate it",
	};

	return (unsigned)e < AISP_RBAC_EFFECT_END ? texts[e] : "";
}

static bool has(const struct aisp_slices *list, const char *text)
{
	for (size_t i = 0; i < list->n; i++)
		if (aisp_slice_eqz(list->v[i], "*") || aisp_slice_eqz(list->v[i], text))
			return true;
	return false;
}

/* "*"; "pods/exec"; "*" "/exec". "pods" alone does not include "pods/exec". */
static bool has_resource(const struct aisp_slices *list, const char *resource, const char *sub)
{
	for (size_t i = 0; i < list->n; i++) {
		struct aisp_slice r = list->v[i];
		if (aisp_slice_eqz(r, "*"))
			return true;
		if (!sub[0]) {
			if (aisp_slice_eqz(r, resource))
				return true;
			continue;
		}
		size_t slash = aisp_slice_chr(r, '/');
		if (slash == SIZE_MAX || !aisp_slice_eqz(aisp_slice_from(r, slash + 1), sub))
			continue;
		struct aisp_slice of = aisp_slice_to(r, slash);
		if (aisp_slice_eqz(of, "*") || aisp_slice_eqz(of, resource))
			return true;
	}
	return false;
}

static bool names(const struct aisp_slices *list, struct aisp_slice name)
{
	for (size_t i = 0; i < list->n; i++)
		if (aisp_slice_eq(list->v[i], name))
			return true;
	return false;
}

static bool names_object(const struct aisp_rbac_rule *rule, enum naming naming, const struct aisp_rbac_object *o)
{
	if (rule->names.n == 0)
		return true;
	if (naming == BY_NAME)
		return names(&rule->names, o->name);
	for (size_t i = 0; naming == BY_POD && i < o->pods.n; i++)
		if (names(&rule->names, o->pods.v[i]))
			return true;
	return false;
}

static bool rule_gives(const struct aisp_rbac_rule *rule, const struct effect_row *row)
{
	return has(&rule->verbs, row->verb) && has(&rule->groups, row->group) &&
	       has_resource(&rule->resources, row->resource, row->sub);
}

struct decide {
	const struct aisp_rbac_policy *p;
	int (*found)(void *, const struct aisp_rbac_grant *);
	void *ctx;
	unsigned char *seen;    /* [object][effect][conditional]: given by this binding */
	unsigned char *visited; /* roles, for aggregation */
	size_t binding;
};

static int give(struct decide *d, size_t role, size_t rule, const struct effect_row *row, size_t object)
{
	const struct aisp_rbac_binding *b = &d->p->bindings[d->binding];
	size_t at = (object * AISP_RBAC_EFFECT_END + row->effect) * 2;
	struct aisp_rbac_grant g = {.effect = row->effect, .binding = d->binding, .role = role, .rule = rule,
	                            .object = object, .condition = row->condition};

	if (d->seen[at] || d->seen[at + (row->condition != NULL)])
		return 0;
	d->seen[at + (row->condition != NULL)] = 1;
	for (g.subject = 0; g.subject < b->n_subjects; g.subject++) {
		int r = d->found(d->ctx, &g);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Unconditional rows stand before conditional ones, so that a condition is told only where it is needed; the caller runs
 * the rules twice. */
static int run_rule(struct decide *d, size_t role, size_t rule_index, bool conditional)
{
	const struct aisp_rbac_rule *rule = &d->p->roles[role].rules[rule_index];
	struct aisp_slice ns = d->p->bindings[d->binding].ns;
	int r = 0;

	for (size_t i = 0; i < sizeof effect_rows / sizeof *effect_rows; i++) {
		const struct effect_row *row = &effect_rows[i];
		if ((row->condition != NULL) != conditional || !rule_gives(rule, row))
			continue;
		if (row->naming == UNNAMED && rule->names.n)
			continue;
		for (size_t o = 0; r == 0 && o < d->p->n_objects; o++) {
			const struct aisp_rbac_object *obj = &d->p->objects[o];
			if (obj->kind == row->object && (ns.n == 0 || aisp_slice_eq(ns, obj->ns)) &&
			    names_object(rule, row->naming, obj))
				r = give(d, role, rule_index, row, o);
		}
	}
	return r;
}

static int run_role(struct decide *d, size_t role, bool conditional)
{
	const struct aisp_rbac_role *self = &d->p->roles[role];
	int r = 0;

	if (d->visited[role])
		return 0;
	d->visited[role] = 1;
	for (size_t i = 0; r == 0 && i < self->n_rules; i++)
		r = run_rule(d, role, i, conditional);
	for (size_t s = 0; r == 0 && self->ns.n == 0 && s < self->n_aggregates; s++)
		for (size_t i = 0; r == 0 && i < d->p->n_roles; i++)
			if (d->p->roles[i].ns.n == 0 && aisp_selector_matches(&self->aggregates[s], &d->p->roles[i].labels))
				r = run_role(d, i, conditional);
	return r;
}

static int run_binding(struct decide *d)
{
	const struct aisp_rbac_binding *b = &d->p->bindings[d->binding];
	struct aisp_slice ns = b->to_cluster_role ? AISP_S("") : b->ns;
	int r = 0;

	if (!b->to_cluster_role && b->ns.n == 0)
		return 0; /* a ClusterRoleBinding refers to ClusterRoles only */
	for (size_t i = 0; i < d->p->n_roles; i++) {
		const struct aisp_rbac_role *role = &d->p->roles[i];
		if (!aisp_slice_eq(role->name, b->role) || !aisp_slice_eq(role->ns, ns))
			continue;
		for (int conditional = 0; r == 0 && conditional < 2; conditional++) {
			memset(d->visited, 0, d->p->n_roles);
			r = run_role(d, i, conditional);
		}
		return r;
	}
	return 0;
}

int aisp_rbac_decide(const struct aisp_rbac_policy *p, int (*found)(void *ctx, const struct aisp_rbac_grant *g), void *ctx,
                     struct aisp_err *err)
{
	size_t cells = p->n_objects * AISP_RBAC_EFFECT_END * 2;
	AISP_AUTOFREE unsigned char *seen = aisp_mem_zalloc(cells + 1, 1);
	AISP_AUTOFREE unsigned char *visited = aisp_mem_zalloc(p->n_roles + 1, 1);
	struct decide d = {.p = p, .found = found, .ctx = ctx, .seen = seen, .visited = visited};

	if (!seen || !visited)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while deciding RBAC");
	for (d.binding = 0; d.binding < p->n_bindings; d.binding++) {
		memset(seen, 0, cells);
		int r = run_binding(&d);
		if (r < 0)
			return r;
	}
	return 0;
}
