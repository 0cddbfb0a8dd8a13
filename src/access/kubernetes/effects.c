/* What Kubernetes rights are worth: see effects.h. A subject's rights are its bindings and those of its groups by nature; each
 * rule of its own bindings is put against the rows, and where a power needs a second right all its rights are asked. */
#include "access/kubernetes/effects_int.h"
#include "base/mem.h"
#include "base/vec.h"

#define RBAC "rbac.authorization.k8s.io"
#define CERTIFICATES "certificates.k8s.io"

/* A role that is held, and where. */
struct right {
	enum aisp_rbac_reach reach;
	struct aisp_slice ns;
	uint32_t binding, subject, role; /* role NO_BINDING: every right */
	bool own;
};
enum { SEEN = AISP_RBAC_EFFECT_END * AISP_RBAC_TARGET_END * 4 };
struct engine {
	const struct aisp_rbac *r;
	struct aisp_rbac_world *w;
	int (*give)(void *, const struct aisp_rbac_power *);
	void *ctx;
	struct aisp_err *err;
	AISP_VEC(struct right) rights;
	/* What is looked at now. */
	const struct right *right;
	const struct aisp_rbac_rule *rule;
	struct aisp_rbac_at at;
	bool conditional; /* the pass for what holds only under a condition */
	unsigned char seen[SEEN]; /* of this right: 1 given without a condition, 2 with one */
};

static const struct aisp_slice star = {"*", 1}, nothing = {"", 0};
static const struct aisp_rbac_rule everything = {.verbs = {&star, 1}, .groups = {&star, 1}, .resources = {&star, 1}};

static bool has(const struct aisp_slices *list, struct aisp_slice text)
{
	for (size_t i = 0; i < list->n; i++)
		if (aisp_slice_eq(list->v[i], text))
			return true;
	return false;
}

static bool is_everything(const struct aisp_rbac_rule *rule)
{
	return rule->names.n == 0 && has(&rule->verbs, star) && has(&rule->groups, star) && has(&rule->resources, star);
}

static size_t rules_of(const struct engine *e, const struct right *x, const struct aisp_rbac_at **ret)
{
	*ret = NULL;
	return x->role == AISP_RBAC_NO_BINDING ? 1 : aisp_rbac_rules(e->r, x->role, ret);
}

static const struct aisp_rbac_rule *rule_at(const struct engine *e, const struct aisp_rbac_at *at)
{
	return at ? &aisp_rbac_policy(e->r)->roles[at->role].rules[at->rule] : &everything;
}

/* One of the verbs, on any name if `name` is NULL. */
static bool rule_allows(struct engine *e, const struct aisp_rbac_rule *rule, const char *verbs, struct aisp_rbac_request q,
                        const struct aisp_slice *name)
{
	struct aisp_slice rest = aisp_slice_z(verbs);

	e->w->budget -= e->w->budget > 0;
	q.name = name ? *name : rule->names.n ? rule->names.v[0] : nothing;
	while (aisp_slice_split(&rest, ' ', &q.verb))
		if (aisp_rbac_rule_allows(rule, &q))
			return true;
	return false;
}

static struct aisp_rbac_request ask(const char *group, const char *resource, const char *sub)
{
	return (struct aisp_rbac_request){.group = aisp_slice_z(group), .resource = aisp_slice_z(resource), .sub = aisp_slice_z(sub)};
}

/* Does a right reach there? An empty namespace asks for all of them, or, `cluster`, for what has none. */
static bool reaches(const struct right *x, bool cluster, struct aisp_slice ns)
{
	if (cluster)
		return x->reach == AISP_RBAC_CLUSTER;
	return x->reach != AISP_RBAC_ONE_NS || (ns.n && aisp_slice_eq(x->ns, ns));
}

/* The right by which the subject may do this, or NULL. */
static const struct right *can(struct engine *e, const char *verbs, struct aisp_rbac_request q, bool cluster, struct aisp_slice ns,
                               const struct aisp_slice *name)
{
	for (size_t i = 0; i < e->rights.n && e->w->budget; i++) {
		const struct right *x = &e->rights.v[i];
		const struct aisp_rbac_at *at;
		size_t n = reaches(x, cluster, ns) ? rules_of(e, x, &at) : 0;
		for (size_t a = 0; a < n; a++)
			if (rule_allows(e, rule_at(e, at ? &at[a] : NULL), verbs, q, name))
				return x;
	}
	return NULL;
}

/* A request to create has no name, so a rule with names does not fit it; but server-side apply asks for patch and create,
 * both with the name. */
static bool rule_creates(struct engine *e, const struct aisp_rbac_rule *rule, struct aisp_rbac_request q, bool cluster,
                         struct aisp_slice ns)
{
	if (!rule_allows(e, rule, "create", q, NULL))
		return false;
	if (rule->names.n == 0 || has(&rule->names, nothing))
		return true;
	for (size_t i = 0; i < rule->names.n; i++)
		if (can(e, "patch", q, cluster, ns, &rule->names.v[i]))
			return true;
	return false;
}

static const struct right *can_create(struct engine *e, struct aisp_rbac_request q, bool cluster, struct aisp_slice ns)
{
	for (size_t i = 0; i < e->rights.n && e->w->budget; i++) {
		const struct right *x = &e->rights.v[i];
		const struct aisp_rbac_at *at;
		size_t n = reaches(x, cluster, ns) ? rules_of(e, x, &at) : 0;
		for (size_t a = 0; a < n; a++)
			if (rule_creates(e, rule_at(e, at ? &at[a] : NULL), q, cluster, ns))
				return x;
	}
	return NULL;
}

/* The namespaces of the right that is looked at in which a second right is there too: for a right that holds everywhere
 * either everywhere at once or each namespace by itself. */
static int each_place(struct engine *e, const struct right *(*also)(struct engine *, struct aisp_slice),
                      int (*then)(struct engine *, struct aisp_slice, const struct right *))
{
	const struct right *second = also(e, e->right->ns);
	int code = 0;

	if (second || e->right->ns.n)
		return second ? then(e, e->right->ns, second) : 0;
	for (size_t i = 0; i < e->rights.n && code >= 0 && e->w->budget; i++) {
		const struct right *x = &e->rights.v[i];
		bool before = x->ns.n == 0;
		e->w->budget -= e->w->budget < i ? e->w->budget : i;
		for (size_t j = 0; j < i && !before; j++)
			before = aisp_slice_eq(e->rights.v[j].ns, x->ns);
		second = before ? NULL : also(e, x->ns);
		code = second ? then(e, x->ns, second) : 0;
	}
	return code;
}

static unsigned char *seen_of(struct engine *e, enum aisp_rbac_effect effect, enum aisp_rbac_target target, enum aisp_rbac_gain gain)
{
	return &e->seen[((unsigned)effect * AISP_RBAC_TARGET_END + (unsigned)target) * 4 + (unsigned)gain];
}

/* Tells a power, once. `p` has what differs from the right and rule at hand. */
static int tell(struct engine *e, struct aisp_rbac_power p)
{
	bool whole = p.names.n == 0 && !p.kind && aisp_slice_eq(p.ns, e->right->ns) && p.target != AISP_RBAC_HOLDER;
	unsigned char *seen = seen_of(e, p.effect, p.target, p.gain), as = p.condition ? 2 : 1;

	if ((p.condition != NULL) != e->conditional || *seen & (as | 1))
		return 0;
	if (whole)
		*seen |= as;
	p.binding = e->right->binding;
	p.subject = e->right->subject;
	p.at = e->at;
	return e->give(e->ctx, &p);
}

static struct aisp_rbac_power power(const struct engine *e, enum aisp_rbac_effect effect, enum aisp_rbac_target target)
{
	return (struct aisp_rbac_power){.effect = effect, .gain = aisp_rbac_effect_gain(effect), .target = target, .ns = e->right->ns,
	                                .second = AISP_RBAC_NO_BINDING, .held = AISP_RBAC_NO_BINDING};
}

/* Everything there is, in its reach. */
static int give_all(struct engine *e)
{
	static const struct {
		enum aisp_rbac_target target;
		enum aisp_rbac_gain gain;
		bool cluster;
	} all[] = {
		{AISP_RBAC_SECRET, AISP_RBAC_GAIN_READ, false},     {AISP_RBAC_SECRET, AISP_RBAC_GAIN_WRITE, false},
		{AISP_RBAC_CONFIG_MAP, AISP_RBAC_GAIN_READ, false}, {AISP_RBAC_CONFIG_MAP, AISP_RBAC_GAIN_WRITE, false},
		{AISP_RBAC_WORKLOAD, AISP_RBAC_GAIN_ACT, false},    {AISP_RBAC_WORKLOAD, AISP_RBAC_GAIN_CONNECT, false},
		{AISP_RBAC_SERVICE, AISP_RBAC_GAIN_CONNECT, false}, {AISP_RBAC_SERVICE, AISP_RBAC_GAIN_WRITE, false},
		{AISP_RBAC_ACCOUNT, AISP_RBAC_GAIN_ACT, false},     {AISP_RBAC_ACCOUNT, AISP_RBAC_GAIN_WRITE, false},
		{AISP_RBAC_USERS, AISP_RBAC_GAIN_ACT, true},        {AISP_RBAC_GROUPS, AISP_RBAC_GAIN_ACT, true},
		{AISP_RBAC_NODE, AISP_RBAC_GAIN_ACT, true},         {AISP_RBAC_MASTERS, AISP_RBAC_GAIN_ACT, true},
	};
	int code = 0;

	for (size_t i = 0; code >= 0 && i < sizeof all / sizeof *all; i++) {
		struct aisp_rbac_power p = power(e, AISP_RBAC_ALL, all[i].target);
		p.gain = all[i].gain;
		if (!all[i].cluster || e->right->reach == AISP_RBAC_CLUSTER)
			code = tell(e, p);
	}
	if (code >= 0 && e->right->reach != AISP_RBAC_CLUSTER) {
		struct aisp_rbac_power p = power(e, AISP_RBAC_POD_ON_NODE, AISP_RBAC_NODE);
		p.lifts = true;
		code = tell(e, p);
	}
	return code;
}

static int give_row(struct engine *e, const struct aisp_rbac__row *row)
{
	struct aisp_rbac_request q = ask(row->group, row->resource, row->sub);
	struct aisp_rbac_power p = power(e, row->effect, row->target);

	if (row->cluster && e->right->reach != AISP_RBAC_CLUSTER)
		return 0;
	if (row->naming == AISP_RBAC__CREATED ? !rule_creates(e, e->rule, q, row->cluster, e->right->ns)
	                                      : !rule_allows(e, e->rule, row->verbs, q, NULL))
		return 0;
	if (row->naming == AISP_RBAC__BY_NAME || row->naming == AISP_RBAC__BY_POD || row->naming == AISP_RBAC__BY_NODE)
		p.names = e->rule->names;
	p.names_pods = row->naming == AISP_RBAC__BY_POD;
	p.condition = row->condition;
	return tell(e, p);
}

/* Pods of one's own choice. */

static bool lifts(struct engine *e, struct aisp_slice ns)
{
	return can(e, "update patch", ask("", "namespaces", ""), ns.n == 0, ns, ns.n ? &ns : NULL) != NULL;
}

static int give_pods(struct engine *e, const char *condition)
{
	struct aisp_rbac_power p[4] = {
		power(e, AISP_RBAC_RUNS_AS, AISP_RBAC_ACCOUNT), power(e, AISP_RBAC_MOUNTS, AISP_RBAC_SECRET),
		power(e, AISP_RBAC_MOUNTS, AISP_RBAC_CONFIG_MAP), power(e, AISP_RBAC_POD_ON_NODE, AISP_RBAC_NODE),
	};
	int code = 0;

	if (*seen_of(e, AISP_RBAC_POD_ON_NODE, AISP_RBAC_NODE, AISP_RBAC_GAIN_ACT) & (condition ? 3 : 1))
		return 0;
	p[3].lifts = lifts(e, e->right->ns);
	for (size_t i = 0; code >= 0 && i < 4; i++) {
		p[i].condition = condition;
		code = tell(e, p[i]);
	}
	return code;
}

static int give_changes(struct engine *e, const struct aisp_rbac__maker *m, const char *condition)
{
	struct aisp_rbac_power p[4] = {
		power(e, AISP_RBAC_CHANGES_WORKLOAD, AISP_RBAC_WORKLOAD), power(e, AISP_RBAC_CHANGES_TO_RUN_AS, AISP_RBAC_ACCOUNT),
		power(e, AISP_RBAC_CHANGES_TO_MOUNT, AISP_RBAC_SECRET), power(e, AISP_RBAC_POD_ON_NODE, AISP_RBAC_NODE),
	};
	bool creates = *seen_of(e, AISP_RBAC_RUNS_AS, AISP_RBAC_ACCOUNT, AISP_RBAC_GAIN_ACT) & 1;
	int code = 0;

	p[0].names = e->rule->names;
	p[3].lifts = !creates && lifts(e, e->right->ns);
	for (size_t i = 0; code >= 0 && i < (creates ? 1 : 4); i++) {
		p[i].kind = m->kind;
		p[i].if_any = i > 0;
		p[i].if_names = e->rule->names;
		p[i].condition = condition;
		code = tell(e, p[i]);
	}
	return code;
}

static int give_makers(struct engine *e)
{
	bool execs = *seen_of(e, AISP_RBAC_EXECS, AISP_RBAC_WORKLOAD, AISP_RBAC_GAIN_ACT) & 1;
	int code = 0;

	for (size_t i = 0; code >= 0 && i < aisp_rbac__n_makers; i++) {
		const struct aisp_rbac__maker *m = &aisp_rbac__makers[i];
		struct aisp_rbac_request q = ask(m->group, m->resource, "");
		bool there = !m->custom || (e->w->installed && e->w->installed(e->w->ctx, m->group));
		const char *condition = there ? NULL : "only if the controller of this custom resource is installed";
		bool creates = rule_creates(e, e->rule, q, false, e->right->ns);
		if (creates)
			code = give_pods(e, condition);
		if (code >= 0 && m->changes && !(creates && execs) && rule_allows(e, e->rule, "update patch", q, NULL))
			code = give_changes(e, m, condition);
	}
	return code;
}

/* What needs two rights. */

static const struct right *reads_secrets(struct engine *e, struct aisp_slice ns)
{
	return can(e, "get list watch patch", ask("", "secrets", ""), false, ns, NULL);
}

static int then_token(struct engine *e, struct aisp_slice ns, const struct right *second)
{
	struct aisp_rbac_power p = power(e, AISP_RBAC_TOKEN_SECRET, AISP_RBAC_ACCOUNT);

	p.ns = ns;
	p.second = second->binding;
	return tell(e, p);
}

static const struct right *makes_volume_pods(struct engine *e, struct aisp_slice ns)
{
	const struct right *x = can_create(e, ask("", "persistentvolumeclaims", ""), false, ns);
	const struct right *pods = NULL;

	for (size_t i = 0; x && !pods && i < aisp_rbac__n_makers; i++)
		if (!aisp_rbac__makers[i].custom)
			pods = can_create(e, ask(aisp_rbac__makers[i].group, aisp_rbac__makers[i].resource, ""), false, ns);
	return pods;
}

static int then_volume(struct engine *e, struct aisp_slice ns, const struct right *second)
{
	struct aisp_rbac_power p = power(e, AISP_RBAC_VOLUME_OF_NODE, AISP_RBAC_NODE);

	p.ns = ns;
	p.second = second->binding;
	return tell(e, p);
}

static int give_stores(struct engine *e)
{
	int code = 0;

	if (rule_creates(e, e->rule, ask("", "secrets", ""), false, e->right->ns))
		code = each_place(e, reads_secrets, then_token);
	if (code >= 0 && e->right->reach == AISP_RBAC_CLUSTER &&
	    rule_creates(e, e->rule, ask("", "persistentvolumes", ""), true, nothing))
		code = each_place(e, makes_volume_pods, then_volume);
	if (code >= 0 && reaches(e->right, false, AISP_S("kube-system")) &&
	    rule_allows(e, e->rule, "update patch", ask("", "configmaps", ""), &AISP_S("aws-auth"))) {
		struct aisp_rbac_power p = power(e, AISP_RBAC_MAPS_AWS, AISP_RBAC_MASTERS);
		p.names = e->rule->names;
		p.condition = "only on EKS while its authentication mode reads the config map aws-auth";
		code = tell(e, p);
	}
	return code;
}

static int give_groups(struct engine *e)
{
	struct aisp_rbac_power p = power(e, AISP_RBAC_IMPERSONATES, AISP_RBAC_GROUPS);
	int code;

	if (e->right->reach != AISP_RBAC_CLUSTER || !rule_allows(e, e->rule, "impersonate", ask("", "groups", ""), NULL))
		return 0;
	const struct right *user = can(e, "impersonate", ask("", "users", ""), true, nothing, NULL);
	for (size_t i = 0; !user && i < e->rights.n; i++)
		user = can(e, "impersonate", ask("", "serviceaccounts", ""), false, e->rights.v[i].ns, NULL);
	p.names = e->rule->names;
	p.condition = user ? NULL : "only together with the right to impersonate a user";
	p.second = user ? user->binding : AISP_RBAC_NO_BINDING;
	code = tell(e, p);
	p.target = AISP_RBAC_MASTERS;
	p.names = (struct aisp_slices){0};
	if (code >= 0 && (e->rule->names.n == 0 || has(&e->rule->names, AISP_S("system:masters"))))
		code = tell(e, p);
	return code;
}

static bool may_approve(struct engine *e, const char *signer)
{
	struct aisp_slice name = aisp_slice_z(signer), domain = AISP_S("kubernetes.io/*");
	struct aisp_rbac_request q = ask(CERTIFICATES, "signers", "");

	return rule_allows(e, e->rule, "approve", q, &name) || rule_allows(e, e->rule, "approve", q, &domain);
}

/* Certificates of any user or group but system:masters, which admission refuses (CertificateSubjectRestriction). */
static int give_certificates(struct engine *e)
{
	static const enum aisp_rbac_target who[] = {AISP_RBAC_USERS, AISP_RBAC_GROUPS, AISP_RBAC_ACCOUNT, AISP_RBAC_NODE_USER};
	struct aisp_rbac_request q = ask(CERTIFICATES, "certificatesigningrequests", "");
	int code = 0;

	if (e->right->reach != AISP_RBAC_CLUSTER)
		return 0;
	bool client = may_approve(e, "kubernetes.io/kube-apiserver-client");
	bool kubelet = may_approve(e, "kubernetes.io/kube-apiserver-client-kubelet");
	if ((!client && !kubelet) || !can_create(e, q, true, nothing))
		return 0;
	q.sub = AISP_S("approval");
	const struct right *second = can(e, "update patch", q, true, nothing, NULL);
	for (size_t i = client ? 0 : 3; second && code >= 0 && i < 4; i++) {
		struct aisp_rbac_power p = power(e, AISP_RBAC_SIGNS, who[i]);
		p.second = second->binding;
		code = tell(e, p);
	}
	return code;
}

/* Binding itself to roles, and adding to roles that it has. */

static int give_held(struct engine *e, enum aisp_rbac_effect effect, uint32_t role, enum aisp_rbac_reach in, struct aisp_slice ns,
                     const struct right *second)
{
	struct aisp_rbac_power p = power(e, effect, AISP_RBAC_HOLDER);
	const struct aisp_rbac_at *at;

	p.ns = ns;
	p.second = second ? second->binding : AISP_RBAC_NO_BINDING;
	p.held = role;
	p.held_in = in;
	if (role == AISP_RBAC_NO_BINDING && in == AISP_RBAC_CLUSTER)
		p.target = AISP_RBAC_MASTERS;
	size_t n = role == AISP_RBAC_NO_BINDING ? 0 : aisp_rbac_rules(e->r, role, &at);
	for (size_t i = 0; i < n && in == AISP_RBAC_CLUSTER; i++)
		if (is_everything(rule_at(e, &at[i])))
			p.target = AISP_RBAC_MASTERS;
	return tell(e, p);
}

/* ClusterRoles that the rule names. */
static int bind_cluster_roles(struct engine *e, enum aisp_rbac_reach in, struct aisp_slice ns, const struct right *second)
{
	int code = 0;

	if (e->rule->names.n == 0)
		return give_held(e, AISP_RBAC_BINDS, AISP_RBAC_NO_BINDING, in, ns, second);
	for (size_t i = 0; code >= 0 && i < e->rule->names.n; i++) {
		size_t role = aisp_rbac_find_role(e->r, nothing, e->rule->names.v[i]);
		if (role != SIZE_MAX && role != e->right->role)
			code = give_held(e, AISP_RBAC_BINDS, (uint32_t)role, in, ns, second);
	}
	return code;
}

/* Roles of a namespace, or of each. */
static int bind_roles(struct engine *e, struct aisp_slice ns, const struct right *second)
{
	const struct aisp_rbac_policy *p = aisp_rbac_policy(e->r);
	int code = 0;

	for (size_t i = 0; code >= 0 && i < p->n_roles && e->w->budget; i++) {
		const struct aisp_rbac_role *role = &p->roles[i];
		e->w->budget--;
		if (role->ns.n == 0 || (ns.n && !aisp_slice_eq(ns, role->ns)) || i == e->right->role)
			continue;
		if (e->rule->names.n == 0 || has(&e->rule->names, role->name))
			code = give_held(e, AISP_RBAC_BINDS, (uint32_t)i, AISP_RBAC_ONE_NS, role->ns, second);
	}
	return code;
}

static const struct right *creates_bindings(struct engine *e, struct aisp_slice ns)
{
	return can_create(e, ask(RBAC, "rolebindings", ""), false, ns);
}

static int then_bind_cluster_role(struct engine *e, struct aisp_slice ns, const struct right *second)
{
	return bind_cluster_roles(e, ns.n ? AISP_RBAC_ONE_NS : AISP_RBAC_EVERY_NS, ns, second);
}

static int then_bind_role(struct engine *e, struct aisp_slice ns, const struct right *second)
{
	return bind_roles(e, ns, second);
}

/* Adding itself to bindings that are there: their roles stay. */
static int join_bindings(struct engine *e, bool cluster_roles)
{
	const struct aisp_rbac_policy *p = aisp_rbac_policy(e->r);
	int code = 0;

	for (size_t i = 0; code >= 0 && i < p->n_bindings && e->w->budget; i++) {
		const struct aisp_rbac_binding *b = &p->bindings[i];
		size_t role = aisp_rbac_role_of(e->r, i);
		bool cluster = b->ns.n == 0;
		e->w->budget--;
		if (role == SIZE_MAX || b->to_cluster_role != cluster_roles || role == e->right->role || !reaches(e->right, cluster, b->ns) ||
		    (e->rule->names.n && !has(&e->rule->names, b->role)))
			continue;
		const struct right *second = can(e, "update patch", ask(RBAC, cluster ? "clusterrolebindings" : "rolebindings", ""), cluster,
		                                 b->ns, &b->name);
		if (second)
			code = give_held(e, AISP_RBAC_BINDS, (uint32_t)role, cluster ? AISP_RBAC_CLUSTER : AISP_RBAC_ONE_NS, b->ns, second);
	}
	return code;
}

static int give_bind(struct engine *e)
{
	const struct right *second;
	int code = 0;

	if (rule_allows(e, e->rule, "bind", ask(RBAC, "clusterroles", ""), NULL)) {
		second = e->right->reach == AISP_RBAC_CLUSTER ? can_create(e, ask(RBAC, "clusterrolebindings", ""), true, nothing) : NULL;
		if (second)
			code = bind_cluster_roles(e, AISP_RBAC_CLUSTER, nothing, second);
		if (code >= 0)
			code = each_place(e, creates_bindings, then_bind_cluster_role);
		if (code >= 0 && !second)
			code = join_bindings(e, true);
	}
	if (code >= 0 && rule_allows(e, e->rule, "bind", ask(RBAC, "roles", ""), NULL)) {
		code = each_place(e, creates_bindings, then_bind_role);
		if (code >= 0)
			code = join_bindings(e, false);
	}
	return code;
}

/* May the rule at hand, with a right to change it, add to this role? */
static const struct right *may_add(struct engine *e, uint32_t role)
{
	const struct aisp_rbac_role *x = &aisp_rbac_policy(e->r)->roles[role];
	bool cluster = x->ns.n == 0;
	struct aisp_rbac_request q = ask(RBAC, cluster ? "clusterroles" : "roles", "");

	if (x->n_aggregates || !reaches(e->right, cluster, x->ns) || !rule_allows(e, e->rule, "escalate", q, &x->name))
		return NULL;
	return can(e, "update patch", q, cluster, x->ns, &x->name);
}

static int give_escalate(struct engine *e)
{
	int code = 0;

	if (!rule_allows(e, e->rule, "escalate", ask(RBAC, "clusterroles", ""), NULL) &&
	    !rule_allows(e, e->rule, "escalate", ask(RBAC, "roles", ""), NULL))
		return 0;
	for (size_t i = 0; code >= 0 && i < e->rights.n && e->w->budget; i++) {
		const struct right *x = &e->rights.v[i], *second = NULL;
		const struct aisp_rbac_at *at;
		size_t n = rules_of(e, x, &at);
		uint32_t last = AISP_RBAC_NO_BINDING;
		if (x->role != AISP_RBAC_NO_BINDING)
			second = may_add(e, x->role);
		for (size_t a = 0; at && a < n && !second; a++) { /* what it is aggregated from */
			if (at[a].role != last)
				second = may_add(e, at[a].role);
			last = at[a].role;
		}
		if (second)
			code = give_held(e, AISP_RBAC_ESCALATES, AISP_RBAC_NO_BINDING, x->reach, x->ns, second);
	}
	return code;
}

/* The loops. */

static int run_rule(struct engine *e)
{
	int code = 0;

	if (e->w->budget == 0)
		return aisp_fail(e->err, AISP_E_LIMIT, "more roles and bindings than are decided");
	if (is_everything(e->rule))
		return give_all(e);
	if (*seen_of(e, AISP_RBAC_ALL, AISP_RBAC_SECRET, AISP_RBAC_GAIN_READ))
		return 0;
	for (size_t i = 0; code >= 0 && i < aisp_rbac__n_rows; i++)
		code = give_row(e, &aisp_rbac__rows[i]);
	if (code >= 0)
		code = give_makers(e);
	if (code >= 0)
		code = give_stores(e);
	if (code >= 0)
		code = give_groups(e);
	if (code >= 0)
		code = give_certificates(e);
	if (code >= 0)
		code = give_bind(e);
	return code >= 0 ? give_escalate(e) : code;
}

/* Everything first, so that nothing is told beside it; then what is certain, then what depends. */
static int run_right(struct engine *e, const struct right *x)
{
	const struct aisp_rbac_at *at;
	size_t n = rules_of(e, x, &at);
	int code = 0;

	e->right = x;
	memset(e->seen, 0, sizeof e->seen);
	for (int pass = 0; pass < 3; pass++) {
		e->conditional = pass == 2;
		for (size_t i = 0; code >= 0 && i < n; i++) {
			e->at = at ? at[i] : (struct aisp_rbac_at){AISP_RBAC_NO_BINDING, 0};
			e->rule = rule_at(e, at ? &at[i] : NULL);
			if (is_everything(e->rule) == (pass == 0))
				code = run_rule(e);
		}
	}
	return code;
}

static int add_rights(struct engine *e, bool group, struct aisp_slice name, bool own)
{
	const struct aisp_rbac_bound *b = NULL;
	size_t n = aisp_rbac_bindings_of(e->r, group, name, &b);
	uint32_t last = AISP_RBAC_NO_BINDING;

	for (size_t i = 0; i < n; i++) {
		size_t role = aisp_rbac_role_of(e->r, b[i].binding);
		struct aisp_slice ns = aisp_rbac_policy(e->r)->bindings[b[i].binding].ns;
		struct right x = {.reach = ns.n ? AISP_RBAC_ONE_NS : AISP_RBAC_CLUSTER, .ns = ns, .binding = b[i].binding,
		                  .subject = b[i].subject, .role = (uint32_t)role, .own = own};
		if (role == SIZE_MAX || b[i].binding == last)
			continue;
		last = b[i].binding;
		if (aisp_vec_push(&e->rights, x) < 0)
			return aisp_fail(e->err, AISP_E_NOMEM, "out of memory while deciding RBAC");
	}
	return 0;
}

static int run(struct engine *e)
{
	int code = 0;

	for (size_t i = 0; code >= 0 && i < e->rights.n; i++)
		if (e->rights.v[i].own)
			code = run_right(e, &e->rights.v[i]);
	return code;
}

int aisp_rbac_powers(const struct aisp_rbac *r, bool group, struct aisp_slice name, struct aisp_rbac_world *w,
                     int (*give)(void *ctx, const struct aisp_rbac_power *p), void *ctx, struct aisp_err *err)
{
	struct aisp_slice groups[3] = {AISP_S("system:authenticated")};
	size_t n = group ? !aisp_slice_eq(name, AISP_S("system:unauthenticated")) : aisp_rbac_own_groups(w->a, name, groups);
	AISP_AUTOFREE struct engine *e = aisp_mem_zalloc(1, sizeof *e);

	if (!e)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while deciding RBAC");
	*e = (struct engine){.r = r, .w = w, .give = give, .ctx = ctx, .err = err};
	int code = add_rights(e, group, name, true);
	for (size_t i = 0; code >= 0 && i < n; i++)
		if (!group || !aisp_slice_eq(groups[i], name))
			code = add_rights(e, true, groups[i], false);
	if (code >= 0)
		code = run(e);
	aisp_vec_done(&e->rights);
	return code;
}

int aisp_rbac_powers_of_role(const struct aisp_rbac *r, uint32_t role, enum aisp_rbac_reach in, struct aisp_slice ns,
                             struct aisp_rbac_world *w, int (*give)(void *ctx, const struct aisp_rbac_power *p), void *ctx,
                             struct aisp_err *err)
{
	AISP_AUTOFREE struct engine *e = aisp_mem_zalloc(1, sizeof *e);

	if (!e)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while deciding RBAC");
	*e = (struct engine){.r = r, .w = w, .give = give, .ctx = ctx, .err = err};
	struct right x = {.reach = in, .ns = ns, .binding = AISP_RBAC_NO_BINDING, .role = role, .own = true};
	int code = aisp_vec_push(&e->rights, x) < 0 ? aisp_fail(err, AISP_E_NOMEM, "out of memory while deciding RBAC") : run(e);
	aisp_vec_done(&e->rights);
	return code;
}
