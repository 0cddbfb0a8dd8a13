/* RBAC: any roles and bindings, decided, explained and followed. What is allowed is allowed by the rule that is named; what is
 * explained agrees; powers stay inside the policy.
 */
#include "access/kubernetes/effects.h"
#include "base/mem.h"
#include "base/vec.h"
#include "fuzz.h"

struct all {
	AISP_VEC(struct aisp_rbac_role) roles;
	AISP_VEC(struct aisp_rbac_binding) bindings;
	struct aisp_rbac_policy p;
	struct aisp_rbac *r;
};

static int give(void *ctx, const struct aisp_rbac_power *p)
{
	const struct all *x = ctx;

	FUZZ_CHECK(p->binding == AISP_RBAC_NO_BINDING || p->binding < x->p.n_bindings);
	FUZZ_CHECK(p->second == AISP_RBAC_NO_BINDING || p->second < x->p.n_bindings);
	FUZZ_CHECK(p->at.role == AISP_RBAC_NO_BINDING || p->at.rule < x->p.roles[p->at.role].n_rules);
	FUZZ_CHECK(p->held == AISP_RBAC_NO_BINDING || p->held < x->p.n_roles);
	return 0;
}

static void ask(const struct all *x, const struct aisp_rbac_rule *rule, struct aisp_slice user, struct aisp_slice group, struct aisp_slice ns)
{
	AISP_AUTOBUF struct aisp_buf out;
	struct aisp_rbac_request q = {.user = user, .groups = {&group, 1}, .ns = ns, .is_url = rule->urls.n > 0};
	struct aisp_rbac_answer a;

	aisp_buf_init(&out, 1 << 20);
	q.verb = rule->verbs.n ? rule->verbs.v[0] : AISP_S("get");
	q.group = rule->groups.n ? rule->groups.v[0] : AISP_S("");
	q.name = rule->names.n ? rule->names.v[0] : AISP_S("");
	q.url = rule->urls.n ? rule->urls.v[0] : AISP_S("");
	q.resource = rule->resources.n ? rule->resources.v[0] : AISP_S("");
	size_t slash = aisp_slice_chr(q.resource, '/');
	q.sub = slash == SIZE_MAX ? AISP_S("") : aisp_slice_from(q.resource, slash + 1);
	q.resource = aisp_slice_to(q.resource, slash);
	bool yes = aisp_rbac_authorize(x->r, &q, &a);
	FUZZ_CHECK(!yes || a.before_rbac || aisp_rbac_rule_allows(&x->p.roles[a.at.role].rules[a.at.rule], &q));
	if (aisp_rbac_explain_text(x->r, &q, &out) == 0)
		FUZZ_CHECK((aisp_slice_find(aisp_buf_slice(&out), AISP_S(": allowed\n")) != SIZE_MAX) == yes);
}

static void follow(struct all *x, struct aisp_arena *a)
{
	struct aisp_rbac_world w = {.a = a, .budget = 200000};

	for (size_t b = 0; b < x->p.n_bindings && b < 20; b++) {
		const struct aisp_rbac_binding *y = &x->p.bindings[b];
		struct aisp_slice name = y->n_subjects ? y->subjects[0].name : AISP_S("");
		size_t role = aisp_rbac_role_of(x->r, b);
		for (size_t i = 0; role != SIZE_MAX && i < x->p.roles[role].n_rules && i < 5; i++)
			ask(x, &x->p.roles[role].rules[i], name, name, y->ns);
	}
	for (int group = 0; group < 2; group++)
		for (uint32_t i = 1; i <= aisp_rbac_subject_count(x->r, group) && i < 20; i++)
			aisp_rbac_powers(x->r, group, aisp_rbac_subject_at(x->r, group, i), &w, give, x, NULL);
	for (uint32_t i = 0; i < x->p.n_roles && i < 20; i++)
		aisp_rbac_powers_of_role(x->r, i, (enum aisp_rbac_reach)(i % 3), i % 3 == 2 ? AISP_S("n1") : AISP_S(""), &w, give, x, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aisp_arena *a = size > 65536 ? NULL : aisp_arena_new(256 << 20);
	struct aisp_doc_limits limits = {.max_bytes = 65536, .max_depth = 32, .max_values = 20000};
	struct aisp_docs docs = {0};
	struct all x = {0};

	if (!a)
		return 0;
	if (aisp_yaml_parse(a, aisp_slice_of((const char *)data, size), &limits, &docs, NULL) == 0)
		for (size_t i = 0; i < docs.n && i < 200; i++) {
			struct aisp_rbac_role role;
			struct aisp_rbac_binding binding;
			if (aisp_rbac_read_role(a, &docs.docs[i], &role, NULL) == 0)
				FUZZ_CHECK(aisp_vec_push(&x.roles, role) == 0);
			else if (aisp_rbac_read_binding(a, &docs.docs[i], &binding, NULL) == 0)
				FUZZ_CHECK(aisp_vec_push(&x.bindings, binding) == 0);
		}
	x.p = (struct aisp_rbac_policy){x.roles.v, x.roles.n, x.bindings.v, x.bindings.n};
	if (aisp_rbac_compile(&x.p, &x.r, NULL) == 0)
		follow(&x, a);
	aisp_rbac_free(x.r);
	aisp_vec_done(&x.roles);
	aisp_vec_done(&x.bindings);
	aisp_arena_free(a);
	return 0;
}
