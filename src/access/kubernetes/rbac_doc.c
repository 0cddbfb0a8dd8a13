/* Roles and bindings from documents: see rbac.h. */
#include "access/kubernetes/rbac.h"

static bool texts(struct aisp_arena *a, const struct aisp_doc *list, struct aisp_slices *ret)
{
	size_t n = list && list->type == AISP_DOC_ARR ? list->n : 0;
	struct aisp_slice *v = aisp_arena_zalloc(a, n + 1, sizeof *v);

	if (!v)
		return false;
	for (size_t i = 0; i < n; i++) {
		v[i] = aisp_doc_str(&list->items[i]);
		if (!v[i].p)
			v[i] = AISP_S("");
	}
	*ret = (struct aisp_slices){v, n};
	return true;
}

static struct aisp_slice text(const struct aisp_doc *d)
{
	struct aisp_slice s = aisp_doc_str(d);

	return s.p ? s : AISP_S("");
}

static bool read_labels(struct aisp_arena *a, const struct aisp_doc *map, struct aisp_labels *ret)
{
	size_t n = map && map->type == AISP_DOC_OBJ ? map->n : 0;
	struct aisp_label *v = aisp_arena_zalloc(a, n + 1, sizeof *v);

	for (size_t i = 0; v && i < n; i++)
		v[i] = (struct aisp_label){map->members[i].key, text(&map->members[i].value)};
	*ret = (struct aisp_labels){v, n};
	return v != NULL;
}

static bool read_expression(struct aisp_arena *a, const struct aisp_doc *d, struct aisp_requirement *ret)
{
	static const struct {
		const char *name;
		enum aisp_selector_op op;
	} ops[] = {{"In", AISP_SEL_IN}, {"NotIn", AISP_SEL_NOT_IN}, {"Exists", AISP_SEL_EXISTS}, {"DoesNotExist", AISP_SEL_NOT_EXISTS}};
	struct aisp_slices values;

	if (!texts(a, aisp_doc_get(d, "values"), &values))
		return false;
	*ret = (struct aisp_requirement){.key = aisp_doc_getstr(d, "key"), .op = AISP_SEL_INVALID, .values = values.v, .n = values.n};
	for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
		if (aisp_slice_eqz(aisp_doc_getstr(d, "operator"), ops[i].name))
			ret->op = ops[i].op;
	return true;
}

static bool read_selector(struct aisp_arena *a, const struct aisp_doc *d, struct aisp_selector *ret)
{
	const struct aisp_doc *labels = aisp_doc_get(d, "matchLabels"), *exprs = aisp_doc_get(d, "matchExpressions");
	size_t n = 0, n_labels = labels && labels->type == AISP_DOC_OBJ ? labels->n : 0;
	size_t n_exprs = exprs && exprs->type == AISP_DOC_ARR ? exprs->n : 0;
	struct aisp_requirement *v = aisp_arena_zalloc(a, n_labels + n_exprs + 1, sizeof *v);

	for (size_t i = 0; v && i < n_labels; i++) {
		struct aisp_slice *value = aisp_arena_zalloc(a, 1, sizeof *value);
		if (!value)
			return false;
		*value = text(&labels->members[i].value);
		v[n++] = (struct aisp_requirement){.key = labels->members[i].key, .op = AISP_SEL_IN, .values = value, .n = 1};
	}
	for (size_t i = 0; v && i < n_exprs; i++)
		if (!read_expression(a, &exprs->items[i], &v[n++]))
			return false;
	*ret = (struct aisp_selector){v, n};
	return v != NULL;
}

static bool read_rule(struct aisp_arena *a, const struct aisp_doc *d, bool cluster, struct aisp_rbac_rule *ret)
{
	return texts(a, aisp_doc_get(d, "verbs"), &ret->verbs) && texts(a, aisp_doc_get(d, "apiGroups"), &ret->groups) &&
	       texts(a, aisp_doc_get(d, "resources"), &ret->resources) && texts(a, aisp_doc_get(d, "resourceNames"), &ret->names) &&
	       texts(a, cluster ? aisp_doc_get(d, "nonResourceURLs") : NULL, &ret->urls);
}

static struct aisp_slice namespace_of(const struct aisp_doc *d)
{
	struct aisp_slice ns = text(aisp_doc_path(d, "metadata.namespace"));

	return ns.n ? ns : AISP_S("default");
}

/* A saved object of a running cluster holds what the aggregation controller wrote. In a manifest, rules beside an aggregation
 * rule are overwritten: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles */
static bool rules_are_kept(const struct aisp_doc *d)
{
	const struct aisp_doc *rule = aisp_doc_get(d, "aggregationRule");

	return !rule || rule->type != AISP_DOC_OBJ || text(aisp_doc_path(d, "metadata.uid")).n > 0;
}

int aisp_rbac_read_role(struct aisp_arena *a, const struct aisp_doc *d, struct aisp_rbac_role *ret, struct aisp_err *err)
{
	struct aisp_slice kind = aisp_doc_getstr(d, "kind");
	bool cluster = aisp_slice_eqz(kind, "ClusterRole");
	const struct aisp_doc *rules = aisp_doc_get(d, "rules"), *selectors = aisp_doc_path(d, "aggregationRule.clusterRoleSelectors");
	struct aisp_rbac_role role = {.ns = cluster ? AISP_S("") : namespace_of(d), .name = text(aisp_doc_path(d, "metadata.name"))};

	if (!cluster && !aisp_slice_eqz(kind, "Role"))
		return aisp_fail(err, AISP_E_PARSE, "no Role and no ClusterRole");
	size_t n = rules && rules->type == AISP_DOC_ARR && rules_are_kept(d) ? rules->n : 0;
	size_t n_sel = cluster && selectors && selectors->type == AISP_DOC_ARR ? selectors->n : 0;
	struct aisp_rbac_rule *v = aisp_arena_zalloc(a, n + 1, sizeof *v);
	struct aisp_selector *sel = aisp_arena_zalloc(a, n_sel + 1, sizeof *sel);
	bool ok = v && sel && read_labels(a, aisp_doc_path(d, "metadata.labels"), &role.labels);
	for (size_t i = 0; ok && i < n; i++)
		ok = read_rule(a, &rules->items[i], cluster, &v[i]);
	for (size_t i = 0; ok && i < n_sel; i++)
		ok = read_selector(a, &selectors->items[i], &sel[i]);
	if (!ok)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while reading a role");
	role.rules = v;
	role.n_rules = n;
	role.aggregates = sel;
	role.n_aggregates = n_sel;
	*ret = role;
	return 0;
}

static enum aisp_rbac_subject_kind subject_kind(struct aisp_slice kind)
{
	if (aisp_slice_eqz(kind, "User"))
		return AISP_RBAC_USER;
	if (aisp_slice_eqz(kind, "Group"))
		return AISP_RBAC_GROUP;
	return aisp_slice_eqz(kind, "ServiceAccount") ? AISP_RBAC_SERVICE_ACCOUNT : AISP_RBAC_NOBODY;
}

int aisp_rbac_read_binding(struct aisp_arena *a, const struct aisp_doc *d, struct aisp_rbac_binding *ret, struct aisp_err *err)
{
	struct aisp_slice kind = aisp_doc_getstr(d, "kind"), role_kind = text(aisp_doc_path(d, "roleRef.kind"));
	bool cluster = aisp_slice_eqz(kind, "ClusterRoleBinding");
	const struct aisp_doc *subjects = aisp_doc_get(d, "subjects");
	size_t n = subjects && subjects->type == AISP_DOC_ARR ? subjects->n : 0;

	if (!cluster && !aisp_slice_eqz(kind, "RoleBinding"))
		return aisp_fail(err, AISP_E_PARSE, "no RoleBinding and no ClusterRoleBinding");
	struct aisp_rbac_subject *v = aisp_arena_zalloc(a, n + 1, sizeof *v);
	if (!v)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while reading a binding");
	for (size_t i = 0; i < n; i++) {
		const struct aisp_doc *s = &subjects->items[i];
		v[i] = (struct aisp_rbac_subject){.kind = subject_kind(aisp_doc_getstr(s, "kind")), .name = text(aisp_doc_get(s, "name"))};
		if (v[i].kind == AISP_RBAC_SERVICE_ACCOUNT)
			v[i].ns = text(aisp_doc_get(s, "namespace"));
	}
	*ret = (struct aisp_rbac_binding){.ns = cluster ? AISP_S("") : namespace_of(d), .name = text(aisp_doc_path(d, "metadata.name")),
	                                  .to_cluster_role = aisp_slice_eqz(role_kind, "ClusterRole"), .subjects = v, .n_subjects = n};
	if (ret->to_cluster_role || aisp_slice_eqz(role_kind, "Role"))
		ret->role = text(aisp_doc_path(d, "roleRef.name"));
	return 0;
}
