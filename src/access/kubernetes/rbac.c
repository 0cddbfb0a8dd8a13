/* Kubernetes RBAC: see rbac.h.
 *
 *   users, groups: name ─▶ symbol ─▶ bound[first[s] … first[s + 1])   sorted: ClusterRoleBindings, then RoleBindings, as given
 *   bound ─▶ binding ─▶ role ─▶ ats[rules_at[role] … rules_at[role + 1])   its rules and those it aggregates
 *   rule ─▶ masks: one bit a verb and one a resource, so that most rules are passed over without comparing text
 */
#include "access/kubernetes/rbac.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/sym.h"
#include "base/vec.h"
#include <stdlib.h>

enum { MAX_ATS = 8 << 20 };

struct bound {
	uint32_t sym;
	struct aisp_rbac_bound at;
};
struct index { /* of users or of groups */
	struct aisp_symtab *names;
	AISP_VEC(struct bound) all;
	struct aisp_rbac_bound *bound; /* sorted by name */
	uint32_t *first;               /* [symbol], one more than there are symbols; 0 is the empty name */
};
struct masks {
	uint64_t verbs, resources;
};
struct aisp_rbac {
	const struct aisp_rbac_policy *p;
	struct index users, groups;
	struct aisp_symtab *role_names;
	struct aisp_map role_at;     /* (namespace's symbol or 0, name's symbol) → index + 1 */
	uint32_t *role_of;           /* of a binding: index + 1, 0: not there */
	AISP_VEC(struct aisp_rbac_at) ats;
	uint32_t *rules_at;
	struct masks **masks;        /* [role][rule], in one block */
	struct masks *mask_block;
};

static uint64_t bit(struct aisp_slice s)
{
	return 1ULL << (aisp_hash64(s.p, s.n, 7) & 63);
}

static bool is_star(struct aisp_slice s)
{
	return s.n == 1 && s.p[0] == '*';
}

/* Matching one rule. */

static bool has(const struct aisp_slices *list, struct aisp_slice text)
{
	for (size_t i = 0; i < list->n; i++)
		if (is_star(list->v[i]) || aisp_slice_eq(list->v[i], text))
			return true;
	return false;
}

/* "*"; "pods", "pods/exec" as asked; "*" "/exec". */
static bool resource_fits(struct aisp_slice r, const struct aisp_rbac_request *q)
{
	size_t n = q->resource.n;

	if (is_star(r))
		return true;
	if (q->sub.n == 0)
		return aisp_slice_eq(r, q->resource);
	if (r.n == n + 1 + q->sub.n && r.p[n] == '/' && aisp_slice_starts(r, q->resource) && aisp_slice_ends(r, q->sub))
		return true;
	return r.n == q->sub.n + 2 && r.p[0] == '*' && r.p[1] == '/' && aisp_slice_ends(r, q->sub);
}

static bool has_resource(const struct aisp_slices *list, const struct aisp_rbac_request *q)
{
	for (size_t i = 0; i < list->n; i++)
		if (resource_fits(list->v[i], q))
			return true;
	return false;
}

static bool has_name(const struct aisp_slices *list, struct aisp_slice name)
{
	for (size_t i = 0; i < list->n; i++)
		if (aisp_slice_eq(list->v[i], name))
			return true;
	return list->n == 0;
}

static bool has_url(const struct aisp_slices *list, struct aisp_slice url)
{
	for (size_t i = 0; i < list->n; i++) {
		struct aisp_slice u = list->v[i];
		if (is_star(u) || aisp_slice_eq(u, url))
			return true;
		if (u.n == 0 || u.p[u.n - 1] != '*')
			continue;
		while (u.n && u.p[u.n - 1] == '*')
			u.n--;
		if (aisp_slice_starts(url, u))
			return true;
	}
	return false;
}

/* What the rule lacks first, in the order in which the parts of a request narrow it. */
static enum aisp_rbac_lack rule_lacks(const struct aisp_rbac_rule *rule, const struct aisp_rbac_request *q)
{
	if (q->is_url) {
		if (!has_url(&rule->urls, q->url))
			return AISP_RBAC_LACKS_URL;
		return has(&rule->verbs, q->verb) ? AISP_RBAC_LACKS_NOTHING : AISP_RBAC_LACKS_VERB;
	}
	if (!has(&rule->groups, q->group))
		return AISP_RBAC_LACKS_GROUP;
	if (!has_resource(&rule->resources, q))
		return AISP_RBAC_LACKS_RESOURCE;
	if (!has(&rule->verbs, q->verb))
		return AISP_RBAC_LACKS_VERB;
	return has_name(&rule->names, q->name) ? AISP_RBAC_LACKS_NOTHING : AISP_RBAC_LACKS_NAME;
}

bool aisp_rbac_rule_allows(const struct aisp_rbac_rule *rule, const struct aisp_rbac_request *q)
{
	return rule_lacks(rule, q) == AISP_RBAC_LACKS_NOTHING;
}

/* Building. */

static int add_bound(struct aisp_rbac *r, struct aisp_buf *scratch, uint32_t b, uint32_t s, struct aisp_err *err)
{
	const struct aisp_rbac_binding *binding = &r->p->bindings[b];
	const struct aisp_rbac_subject *subject = &binding->subjects[s];
	struct index *x = subject->kind == AISP_RBAC_GROUP ? &r->groups : &r->users;
	struct aisp_slice name = subject->name;
	aisp_sym sym;
	int code;

	if (subject->kind == AISP_RBAC_SERVICE_ACCOUNT) {
		struct aisp_slice ns = subject->ns.n ? subject->ns : binding->ns;
		if (ns.n == 0)
			return 0;
		aisp_buf_clear(scratch);
		aisp_buf_putz(scratch, "system:serviceaccount:");
		aisp_buf_put(scratch, ns);
		aisp_buf_putc(scratch, ':');
		aisp_buf_put(scratch, name);
		if ((code = aisp_buf_check(scratch, err)) < 0)
			return code;
		name = aisp_buf_slice(scratch);
	}
	if (subject->kind == AISP_RBAC_NOBODY)
		return 0;
	if ((code = aisp_symtab_add(x->names, name, &sym, err)) < 0)
		return code;
	if (aisp_vec_push(&x->all, (struct bound){sym, {b, s}}) < 0)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while indexing RBAC");
	return 0;
}

/* Sorts by name, keeping the order in which subjects came (counting sort). */
static int finish_index(struct index *x, struct aisp_err *err)
{
	size_t names = aisp_symtab_count(x->names);

	x->first = aisp_mem_zalloc(names + 2, sizeof *x->first);
	x->bound = aisp_mem_zalloc(x->all.n + 1, sizeof *x->bound);
	if (!x->first || !x->bound)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while indexing RBAC");
	for (size_t i = 0; i < x->all.n; i++)
		x->first[x->all.v[i].sym]++;
	for (size_t i = 1; i <= names + 1; i++)
		x->first[i] += x->first[i - 1];
	/* first[s] is now where its run ends; filled from the back it becomes where it begins. */
	for (size_t i = x->all.n; i > 0; i--)
		x->bound[--x->first[x->all.v[i - 1].sym]] = x->all.v[i - 1].at;
	return 0;
}

static int index_subjects(struct aisp_rbac *r, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf scratch = {0};
	int code;

	aisp_buf_init(&scratch, 1 << 20);
	for (int cluster = 1; cluster >= 0; cluster--)
		for (size_t b = 0; b < r->p->n_bindings; b++)
			for (size_t s = 0; (r->p->bindings[b].ns.n == 0) == cluster && s < r->p->bindings[b].n_subjects; s++)
				if ((code = add_bound(r, &scratch, (uint32_t)b, (uint32_t)s, err)) < 0)
					return code;
	if ((code = finish_index(&r->users, err)) < 0)
		return code;
	return finish_index(&r->groups, err);
}

static int index_roles(struct aisp_rbac *r, struct aisp_err *err)
{
	int code;

	for (size_t i = 0; i < r->p->n_roles; i++) {
		aisp_sym ns, name;
		if ((code = aisp_symtab_add(r->role_names, r->p->roles[i].ns, &ns, err)) < 0 ||
		    (code = aisp_symtab_add(r->role_names, r->p->roles[i].name, &name, err)) < 0)
			return code;
		struct aisp_key key = {ns, name};
		if (name && !aisp_map_get(&r->role_at, key) && (code = aisp_map_put(&r->role_at, key, (uint32_t)i + 1, err)) < 0)
			return code;
	}
	for (size_t b = 0; b < r->p->n_bindings; b++) {
		const struct aisp_rbac_binding *x = &r->p->bindings[b];
		struct aisp_slice scope = x->to_cluster_role ? AISP_S("") : x->ns;
		aisp_sym ns = aisp_symtab_find(r->role_names, scope), name = aisp_symtab_find(r->role_names, x->role);
		if (!x->to_cluster_role && scope.n == 0)
			continue; /* a ClusterRoleBinding refers to ClusterRoles only */
		if (name && (ns || scope.n == 0))
			r->role_of[b] = aisp_map_get(&r->role_at, (struct aisp_key){ns, name});
	}
	return 0;
}

/* Follows aggregation breadth first; `seen` holds for which role a role was taken last. */
static int collect_rules(struct aisp_rbac *r, size_t role, uint32_t *seen, uint32_t *queue, struct aisp_err *err)
{
	size_t head = 0, tail = 0;

	queue[tail++] = (uint32_t)role;
	seen[role] = (uint32_t)role + 1;
	while (head < tail) {
		uint32_t at = queue[head++];
		const struct aisp_rbac_role *x = &r->p->roles[at];
		if (r->ats.n + x->n_rules > MAX_ATS)
			return aisp_fail(err, AISP_E_LIMIT, "the aggregated roles have more than %d rules", (int)MAX_ATS);
		for (size_t i = 0; i < x->n_rules; i++)
			if (aisp_vec_push(&r->ats, (struct aisp_rbac_at){at, (uint32_t)i}) < 0)
				return aisp_fail(err, AISP_E_NOMEM, "out of memory while indexing RBAC");
		for (size_t s = 0; x->ns.n == 0 && s < x->n_aggregates; s++)
			for (size_t o = 0; o < r->p->n_roles; o++)
				if (seen[o] != role + 1 && r->p->roles[o].ns.n == 0 &&
				    aisp_selector_matches(&x->aggregates[s], &r->p->roles[o].labels)) {
					seen[o] = (uint32_t)role + 1;
					queue[tail++] = (uint32_t)o;
				}
	}
	return 0;
}

static int flatten(struct aisp_rbac *r, struct aisp_err *err)
{
	AISP_AUTOFREE uint32_t *seen = aisp_mem_zalloc(r->p->n_roles + 1, sizeof *seen);
	AISP_AUTOFREE uint32_t *queue = aisp_mem_zalloc(r->p->n_roles + 1, sizeof *queue);

	if (!seen || !queue)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while indexing RBAC");
	for (size_t i = 0; i < r->p->n_roles; i++) {
		r->rules_at[i] = (uint32_t)r->ats.n;
		int code = collect_rules(r, i, seen, queue, err);
		if (code < 0)
			return code;
	}
	r->rules_at[r->p->n_roles] = (uint32_t)r->ats.n;
	return 0;
}

static struct masks masks_of(const struct aisp_rbac_rule *rule)
{
	struct masks m = {0};

	for (size_t i = 0; i < rule->verbs.n; i++)
		m.verbs |= is_star(rule->verbs.v[i]) ? UINT64_MAX : bit(rule->verbs.v[i]);
	for (size_t i = 0; i < rule->resources.n; i++) {
		struct aisp_slice s = rule->resources.v[i];
		size_t slash = aisp_slice_chr(s, '/');
		m.resources |= is_star(aisp_slice_to(s, slash)) ? UINT64_MAX : bit(s);
	}
	return m;
}

static int make_masks(struct aisp_rbac *r, struct aisp_err *err)
{
	size_t total = 0;

	for (size_t i = 0; i < r->p->n_roles; i++)
		total += r->p->roles[i].n_rules;
	r->masks = aisp_mem_zalloc(r->p->n_roles + 1, sizeof *r->masks);
	r->mask_block = aisp_mem_zalloc(total + 1, sizeof *r->mask_block);
	if (!r->masks || !r->mask_block)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while indexing RBAC");
	total = 0;
	for (size_t i = 0; i < r->p->n_roles; i++) {
		r->masks[i] = r->mask_block + total;
		for (size_t n = 0; n < r->p->roles[i].n_rules; n++)
			r->masks[i][n] = masks_of(&r->p->roles[i].rules[n]);
		total += r->p->roles[i].n_rules;
	}
	return 0;
}

static int build(struct aisp_rbac *r, struct aisp_err *err)
{
	int code;

	r->users.names = aisp_symtab_new();
	r->groups.names = aisp_symtab_new();
	r->role_names = aisp_symtab_new();
	r->role_of = aisp_mem_zalloc(r->p->n_bindings + 1, sizeof *r->role_of);
	r->rules_at = aisp_mem_zalloc(r->p->n_roles + 1, sizeof *r->rules_at);
	if (!r->users.names || !r->groups.names || !r->role_names || !r->role_of || !r->rules_at)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while indexing RBAC");
	if ((code = index_subjects(r, err)) < 0 || (code = index_roles(r, err)) < 0 || (code = flatten(r, err)) < 0)
		return code;
	return make_masks(r, err);
}

int aisp_rbac_compile(const struct aisp_rbac_policy *p, struct aisp_rbac **ret, struct aisp_err *err)
{
	struct aisp_rbac *r = aisp_mem_zalloc(1, sizeof *r);

	if (!r)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while indexing RBAC");
	r->p = p;
	int code = build(r, err);
	if (code < 0) {
		aisp_rbac_free(r);
		return code;
	}
	*ret = r;
	return 0;
}

static void free_index(struct index *x)
{
	aisp_symtab_free(x->names);
	aisp_vec_done(&x->all);
	aisp_mem_free(x->bound);
	aisp_mem_free(x->first);
}

void aisp_rbac_free(struct aisp_rbac *r)
{
	if (!r)
		return;
	free_index(&r->users);
	free_index(&r->groups);
	aisp_symtab_free(r->role_names);
	aisp_map_done(&r->role_at);
	aisp_vec_done(&r->ats);
	aisp_mem_free(r->role_of);
	aisp_mem_free(r->rules_at);
	aisp_mem_free(r->masks);
	aisp_mem_free(r->mask_block);
	aisp_mem_free(r);
}

void aisp_rbac_freep(struct aisp_rbac **r)
{
	aisp_rbac_free(*r);
}

const struct aisp_rbac_policy *aisp_rbac_policy(const struct aisp_rbac *r)
{
	return r->p;
}

size_t aisp_rbac_role_of(const struct aisp_rbac *r, size_t binding)
{
	return r->role_of[binding] ? r->role_of[binding] - 1 : SIZE_MAX;
}

size_t aisp_rbac_find_role(const struct aisp_rbac *r, struct aisp_slice ns, struct aisp_slice name)
{
	aisp_sym n = aisp_symtab_find(r->role_names, ns), m = aisp_symtab_find(r->role_names, name);
	uint32_t at = m && (n || ns.n == 0) ? aisp_map_get(&r->role_at, (struct aisp_key){n, m}) : 0;

	return at ? at - 1 : SIZE_MAX;
}

uint32_t aisp_rbac_subject_count(const struct aisp_rbac *r, bool group)
{
	return aisp_symtab_count(group ? r->groups.names : r->users.names);
}

struct aisp_slice aisp_rbac_subject_at(const struct aisp_rbac *r, bool group, uint32_t i)
{
	return aisp_symtab_get(group ? r->groups.names : r->users.names, i);
}

size_t aisp_rbac_rules(const struct aisp_rbac *r, size_t role, const struct aisp_rbac_at **ret)
{
	*ret = r->ats.n ? r->ats.v + r->rules_at[role] : NULL;
	return r->rules_at[role + 1] - r->rules_at[role];
}

size_t aisp_rbac_bindings_of(const struct aisp_rbac *r, bool group, struct aisp_slice name, const struct aisp_rbac_bound **ret)
{
	const struct index *x = group ? &r->groups : &r->users;
	aisp_sym sym = aisp_symtab_find(x->names, name);

	if (!sym && name.n)
		return 0;
	*ret = x->bound + x->first[sym];
	return x->first[sym + 1] - x->first[sym];
}

/* Deciding. */

struct asking {
	const struct aisp_rbac *r;
	const struct aisp_rbac_request *q;
	struct masks want;
	struct aisp_rbac_answer *a;
	bool cluster; /* the pass over ClusterRoleBindings */
};

static struct masks wanted(const struct aisp_rbac_request *q)
{
	struct masks m = {.verbs = bit(q->verb)};

	if (q->is_url)
		return m;
	if (q->sub.n == 0)
		m.resources = bit(q->resource);
	return m; /* with a subresource the text would have to be joined: verbs alone */
}

/* Is one of its rules enough? A binding that stands later than the one found is not asked. */
static bool ask_binding(struct asking *k, const struct aisp_rbac_bound *b)
{
	uint32_t role = k->r->role_of[b->binding];

	if (role == 0)
		return false;
	for (uint32_t i = k->r->rules_at[role - 1]; i < k->r->rules_at[role]; i++) {
		struct aisp_rbac_at at = k->r->ats.v[i];
		const struct masks *m = &k->r->masks[at.role][at.rule];
		if (!(m->verbs & k->want.verbs) || (m->resources & k->want.resources) != k->want.resources)
			continue;
		if (!aisp_rbac_rule_allows(&k->r->p->roles[at.role].rules[at.rule], k->q))
			continue;
		k->a->allowed = true;
		k->a->binding = b->binding;
		k->a->subject = b->subject;
		k->a->role = role - 1;
		k->a->at = at;
		return true;
	}
	return false;
}

static void ask_name(struct asking *k, bool group, struct aisp_slice name)
{
	const struct aisp_rbac_bound *b = NULL;
	size_t n = aisp_rbac_bindings_of(k->r, group, name, &b);

	for (size_t i = 0; i < n; i++) {
		struct aisp_slice ns = k->r->p->bindings[b[i].binding].ns;
		if (k->cluster && ns.n)
			return; /* ClusterRoleBindings stand first */
		if (!k->cluster && (ns.n == 0 || !aisp_slice_eq(ns, k->q->ns)))
			continue;
		if (k->a->allowed && b[i].binding > k->a->binding)
			return;
		if (k->a->allowed && b[i].binding == k->a->binding) {
			if (b[i].subject < k->a->subject)
				k->a->subject = b[i].subject;
			return;
		}
		if (ask_binding(k, &b[i]))
			return;
	}
}

bool aisp_rbac_authorize(const struct aisp_rbac *r, const struct aisp_rbac_request *q, struct aisp_rbac_answer *ret)
{
	struct asking k = {.r = r, .q = q, .want = wanted(q), .a = ret};

	*ret = (struct aisp_rbac_answer){0};
	for (size_t i = 0; i < q->groups.n; i++)
		if (aisp_slice_eq(q->groups.v[i], AISP_S("system:masters"))) {
			ret->allowed = ret->before_rbac = true;
			return true;
		}
	for (int pass = 0; pass < 2 && !ret->allowed; pass++) {
		k.cluster = pass == 0;
		if (!k.cluster && q->ns.n == 0)
			break;
		ask_name(&k, false, q->user);
		for (size_t i = 0; i < q->groups.n; i++)
			ask_name(&k, true, q->groups.v[i]);
	}
	return ret->allowed;
}

size_t aisp_rbac_own_groups(struct aisp_arena *a, struct aisp_slice user, struct aisp_slice ret[3])
{
	struct aisp_slice prefix = AISP_S("system:serviceaccount:"), rest = aisp_slice_from(user, prefix.n);
	size_t colon = aisp_slice_starts(user, prefix) ? aisp_slice_chr(rest, ':') : SIZE_MAX;

	if (aisp_slice_eq(user, AISP_S("system:anonymous"))) {
		ret[0] = AISP_S("system:unauthenticated");
		return 1;
	}
	ret[0] = AISP_S("system:authenticated");
	if (colon == SIZE_MAX)
		return 1;
	ret[1] = AISP_S("system:serviceaccounts");
	ret[2] = aisp_arena_printf(a, "system:serviceaccounts:%.*s", AISP_FMT(aisp_slice_to(rest, colon)));
	return 3;
}

/* Explaining. */

struct why {
	const struct aisp_rbac *r;
	const struct aisp_rbac_request *q;
	int (*tell)(void *, const struct aisp_rbac_reason *);
	void *ctx;
};

static int tell_binding(struct why *w, const struct aisp_rbac_bound *b, bool elsewhere)
{
	struct aisp_rbac_reason best = {.lack = AISP_RBAC_LACKS_RULE, .binding = b->binding, .subject = b->subject,
	                                .role = aisp_rbac_role_of(w->r, b->binding)};
	/* How near: what comes later in the order of narrowing. */
	static const int rank[] = {[AISP_RBAC_LACKS_NOTHING] = 9, [AISP_RBAC_LACKS_NAME] = 5, [AISP_RBAC_LACKS_VERB] = 4,
	                           [AISP_RBAC_LACKS_RESOURCE] = 3, [AISP_RBAC_LACKS_GROUP] = 2, [AISP_RBAC_LACKS_URL] = 2,
	                           [AISP_RBAC_LACKS_RULE] = 1};
	const struct aisp_rbac_at *at = NULL;
	size_t n = best.role == SIZE_MAX ? 0 : aisp_rbac_rules(w->r, best.role, &at);

	if (best.role == SIZE_MAX)
		best.lack = AISP_RBAC_LACKS_ROLE;
	for (size_t i = 0; i < n; i++) {
		enum aisp_rbac_lack lack = rule_lacks(&w->r->p->roles[at[i].role].rules[at[i].rule], w->q);
		if (rank[lack] > rank[best.lack]) {
			best.lack = lack;
			best.at = at[i];
		}
	}
	if (elsewhere && best.lack != AISP_RBAC_LACKS_NOTHING)
		return 0;
	if (elsewhere)
		best.lack = AISP_RBAC_LACKS_NAMESPACE;
	return w->tell(w->ctx, &best);
}

static int tell_name(struct why *w, bool group, struct aisp_slice name)
{
	const struct aisp_rbac_bound *b = NULL;
	size_t n = aisp_rbac_bindings_of(w->r, group, name, &b);
	int code = 0;

	for (size_t i = 0; code >= 0 && i < n; i++) {
		struct aisp_slice ns = w->r->p->bindings[b[i].binding].ns;
		code = tell_binding(w, &b[i], ns.n && !aisp_slice_eq(ns, w->q->ns));
	}
	return code;
}

int aisp_rbac_explain(const struct aisp_rbac *r, const struct aisp_rbac_request *q,
                      int (*tell)(void *ctx, const struct aisp_rbac_reason *reason), void *ctx)
{
	struct why w = {r, q, tell, ctx};
	struct aisp_rbac_answer a;
	int code;

	if (aisp_rbac_authorize(r, q, &a)) {
		struct aisp_rbac_reason yes = {.binding = a.binding, .subject = a.subject, .role = a.role, .at = a.at};
		return a.before_rbac ? 0 : tell(ctx, &yes);
	}
	code = tell_name(&w, false, q->user);
	for (size_t i = 0; code >= 0 && i < q->groups.n; i++)
		code = tell_name(&w, true, q->groups.v[i]);
	return code;
}
