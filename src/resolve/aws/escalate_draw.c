/* Which ways are tried for whom. Principals of one account only: across accounts one becomes a role by its trust alone (grants.c), or uses what a
 * resource policy shares, which the rows of taking over decide through the engine anyway. */
#include "base/hash.h"
#include "resolve/aws/escalate_int.h"
#include "resolve/aws/world_int.h"

static bool is_actor(const struct aisp_aws_principal *p)
{
	return (p->kind == AISP_IAM_USER || p->kind == AISP_IAM_ROLE) && p->form_of == AISP_AWS_NONE && !p->service_linked;
}

/* Of the actor's account, as x->members has them. */
static bool is_target(const struct aisp_aws_principal *p, const struct aisp_aws_way_row *row)
{
	return p->kind == row->target && !p->service_linked;
}

/* ---- Who and what is where ---- */

static void nomem(struct esc *x)
{
	aisp_resolve__fail(x->r, aisp_fail(x->r->err, AISP_E_NOMEM, "out of memory while looking for ways to escalate"));
}

/* Puts what `account_of` gives an account for into that account's heap. */
static void heap(struct esc *x, uint32_t n, uint32_t (*account_of)(const struct esc *x, uint32_t i, const void *what), const void *what, struct esc_heaps *ret)
{
	const uint32_t accounts = x->w->n_accounts;
	uint32_t *first = aisp_mem_zalloc((size_t)accounts + 2, sizeof *first), *v = aisp_mem_zalloc((size_t)n + 1, sizeof *v);
	aisp_mem_free(ret->first);
	aisp_mem_free(ret->v);
	*ret = (struct esc_heaps){first, v};
	if (!first || !v) {
		nomem(x);
		return;
	}
	for (uint32_t i = 0; i < n; i++) {
		const uint32_t a = account_of(x, i, what);
		if (a < accounts)
			first[a + 2]++;
	}
	for (uint32_t a = 2; a < accounts + 2; a++)
		first[a] += first[a - 1];
	for (uint32_t i = 0; i < n; i++) {
		const uint32_t a = account_of(x, i, what);
		if (a < accounts)
			v[first[a + 1]++] = i;
	}
}

static uint32_t account_of_member(const struct esc *x, uint32_t i, const void *what)
{
	const struct aisp_aws_principal *p = &x->w->principals[i];
	(void)what;
	return (p->kind == AISP_IAM_USER || p->kind == AISP_IAM_ROLE) && p->form_of == AISP_AWS_NONE ? p->account : AISP_AWS_NONE;
}

static uint32_t account_of_vehicle(const struct esc *x, uint32_t i, const void *type)
{
	return aisp_slice_eq(x->w->resources[i].type, *(const struct aisp_slice *)type) ? x->w->resources[i].account : AISP_AWS_NONE;
}

static void find_vehicles(struct esc *x, const struct aisp_aws_way_row *row)
{
	const struct aisp_slice type = aisp_slice_z(row->vehicle);
	x->n_shared = 0;
	if (!row->vehicle || x->r->bad)
		return;
	heap(x, x->w->n_resources, account_of_vehicle, &type, &x->vehicles);
	if (x->r->bad)
		return;
	for (uint32_t k = 0; k < x->vehicles.first[x->w->n_accounts]; k++) {
		const struct aisp_aws_resource *v = &x->w->resources[x->vehicles.v[k]];
		if (v->policy != AISP_AWS_NONE)
			x->shared[x->n_shared++] = x->vehicles.v[k];
	}
}

static void find_groups(struct esc *x)
{
	const uint32_t end = aisp_graph_node_count(x->r->g);
	for (aisp_node n = 1; n <= end && !x->r->bad; n++) {
		const struct aisp_node_view v = aisp_graph_node_at(x->r->g, n);
		struct aisp_arn arn;
		if (!v.alive || v.kind != AISP_NODE_GROUP || !aisp_arn_split(v.id, &arn))
			continue;
		if (aisp_vec_push(&x->groups, (struct esc_group){n, aisp_aws__account(x->w, arn.account)}) < 0)
			nomem(x);
	}
}

static void begin(struct esc *x)
{
	x->scratch = aisp_iam_scratch_new();
	x->shared = aisp_mem_zalloc((size_t)x->w->n_resources + 1, sizeof *x->shared);
	if (!x->scratch || !x->shared)
		nomem(x);
	heap(x, x->w->n_principals, account_of_member, NULL, &x->members);
	find_groups(x);
}

static void end(struct esc *x)
{
	aisp_buf_done(&x->text);
	aisp_map_done(&x->trusts);
	aisp_map_done(&x->gains);
	aisp_map_done(&x->mentions);
	aisp_vec_done(&x->trust_open);
	aisp_vec_done(&x->groups);
	aisp_mem_free(x->members.first);
	aisp_mem_free(x->members.v);
	aisp_mem_free(x->vehicles.first);
	aisp_mem_free(x->vehicles.v);
	aisp_mem_free(x->shared);
	aisp_iam_scratch_free(x->scratch);
}

static bool find_mention(struct esc *x, const struct aisp_aws_principal *p, const char *action)
{
	if (p->unread || p->any_policy)
		return true;
	for (uint32_t i = 0; i < p->identity.n; i++) {
		const struct aisp_aws_doc *d = &x->w->docs[p->identity.v[i]];
		const struct aisp_iam_pattern *patterns = NULL;
		size_t n = 0;
		if (!d->policy)
			return true;
		aisp_resolve__fail(x->r, aisp_iam_patterns(d->policy, aisp_slice_z(action), x->r->a, &patterns, &n, x->r->err));
		for (size_t k = 0; k < n && !x->r->bad; k++)
			if (patterns[k].allow)
				return true;
	}
	return false;
}

/* Could any statement of the principal allow the action on something? Spares the questions where none can. */
static bool mentions(struct esc *x, const struct aisp_aws_principal *p, const char *action)
{
	const struct aisp_key key = {p->class_of, aisp_hash64(action, strlen(action), 6)};
	uint32_t known = aisp_map_get(&x->mentions, key);
	if (!known) {
		known = find_mention(x, p, action) ? 2 : 1;
		aisp_resolve__fail(x->r, aisp_map_put(&x->mentions, key, known, x->r->err));
	}
	return known == 2;
}

static bool mentions_all(struct esc *x, const struct aisp_aws_way_row *row, const struct aisp_aws_principal *p)
{
	for (int i = 0; i < AISP_AWS_WAY_STEPS && row->steps[i].action; i++)
		if (!mentions(x, p, row->steps[i].action))
			return false;
	return true;
}

/* ---- Facts about a target ---- */

static uint32_t keys_of(struct esc *x, aisp_node user)
{
	uint32_t n = 0;
	for (aisp_edge e = aisp_resolve__in(x->r, user, AISP_EDGE_AUTHENTICATES, 0); e; e = aisp_resolve__in(x->r, user, AISP_EDGE_AUTHENTICATES, e))
		n++;
	return n;
}

/* Another version than the valid one that is known (get-account-authorization-details names them). */
static bool other_version(struct esc *x, const struct aisp_aws_principal *t)
{
	for (uint32_t i = 0; i < t->identity.n; i++) {
		uint64_t n = 0;
		const struct aisp_slice versions = aisp_graph_prop(x->r->g, x->w->docs[t->identity.v[i]].node, "versions");
		if (aisp_slice_u64(versions, &n) && n > 1)
			return true;
	}
	return false;
}

static bool holds(struct esc *x, const struct aisp_aws_way_row *row, uint32_t target, struct esc_answer *a)
{
	const struct aisp_aws_principal *t = &x->w->principals[target];
	if (!row->needs)
		return true;
	const struct aisp_slice needs = aisp_slice_z(row->needs), console = aisp_graph_prop(x->r->g, t->node, "console");
	if (aisp_slice_eqz(needs, "few-keys"))
		return keys_of(x, t->node) < 2;
	if (aisp_slice_eqz(needs, "full-keys"))
		return keys_of(x, t->node) >= 2;
	if (aisp_slice_eqz(needs, "other-version")) {
		if (other_version(x, t))
			aisp_esc__given(a, AISP_S("an older version of the policy allows more"));
		return other_version(x, t);
	}
	/* A password alone does not open an account with a second factor. */
	if (aisp_slice_eqz(aisp_graph_prop(x->r->g, t->node, "mfa"), "true"))
		return false;
	if (console.n == 0)
		aisp_esc__given(a, aisp_slice_eqz(needs, "console") ? AISP_S("the user has a password") : AISP_S("the user has no password yet"));
	return console.n == 0 || aisp_slice_eqz(console, aisp_slice_eqz(needs, "console") ? "true" : "false");
}

/* ---- The four kinds of ways ---- */

static bool pass(struct esc *x, uint32_t actor, uint32_t role, const char *service, struct esc_answer *a)
{
	const struct aisp_slice to = aisp_slice_z(service);
	const struct aisp_iam_key passed = {.name = AISP_S("iam:PassedToService"), .known = AISP_IAM_KNOWN, .values = &to, .n = 1};
	const struct aisp_aws_question q = {.principal = actor, .action = AISP_S("iam:PassRole"), .resource_arn = x->w->principals[role].arn, .extra = &passed, .n_extra = 1};
	return aisp_esc__ask(x, q, a);
}

/* A thing of this type in the account on which the steps are allowed: its index; NONE. *ret_any: is there one at all? */
static uint32_t vehicle_for(struct esc *x, const struct aisp_aws_way_row *row, uint32_t actor, bool *ret_any, struct esc_answer *a)
{
	const uint32_t account = x->w->principals[actor].account;
	*ret_any = false;
	for (uint32_t k = x->vehicles.first[account]; k < x->vehicles.first[account + 1]; k++) {
		const uint32_t i = x->vehicles.v[k];
		*ret_any = true;
		const size_t control = a->control.n, open = a->open.n;
		if (aisp_esc__steps(x, row, actor, AISP_AWS_NONE, i, a))
			return i;
		a->control.n = control;
		a->open.n = open;
	}
	return AISP_AWS_NONE;
}

static bool has_vehicle_step(const struct aisp_aws_way_row *row)
{
	for (int i = 0; i < AISP_AWS_WAY_STEPS && row->steps[i].action; i++)
		if (row->steps[i].on == AISP_AWS_ON_VEHICLE)
			return true;
	return false;
}

/* The steps beside passing the role, which are the same for every role. */
static bool new_steps(struct esc *x, const struct aisp_aws_way_row *row, uint32_t actor, struct esc_answer *a)
{
	bool any = true;
	if (!row->vehicle)
		return aisp_esc__steps(x, row, actor, AISP_AWS_NONE, AISP_AWS_NONE, a);
	if (has_vehicle_step(row))
		return vehicle_for(x, row, actor, &any, a) != AISP_AWS_NONE;
	const uint32_t account = x->w->principals[actor].account;
	if (x->vehicles.first[account] == x->vehicles.first[account + 1])
		aisp_esc__given(a, aisp_resolve__fmt(x->r, "there is a resource of type %s", row->vehicle));
	return aisp_esc__steps(x, row, actor, AISP_AWS_NONE, AISP_AWS_NONE, a);
}

static void draw_new(struct esc *x, const struct aisp_aws_way_row *row, uint32_t actor, struct esc_answer *steps, struct esc_answer *a)
{
	const struct aisp_aws_principal *p = &x->w->principals[actor];
	if (!mentions(x, p, "iam:PassRole"))
		return;
	aisp_esc__clear(steps);
	if (!new_steps(x, row, actor, steps))
		return;
	for (uint32_t k = x->members.first[p->account]; k < x->members.first[p->account + 1] && !x->r->bad; k++) {
		const uint32_t role = x->members.v[k];
		const struct aisp_aws_principal *t = &x->w->principals[role];
		if (role == actor || t->kind != AISP_IAM_ROLE)
			continue;
		aisp_esc__clear(a);
		if (!aisp_esc__trusts(x, role, row->service, a) || !pass(x, actor, role, row->service, a) || !aisp_esc__gains(x, actor, role))
			continue;
		if (steps->control.n && !(a->control.n && aisp_slice_find(aisp_buf_slice(&a->control), aisp_buf_slice(&steps->control)) != SIZE_MAX)) {
			aisp_buf_putz(&a->control, " and ");
			aisp_buf_put(&a->control, aisp_buf_slice(&steps->control));
		}
		aisp_esc__given(a, aisp_buf_slice(&steps->open));
		aisp_esc__draw(x, row, p->node, AISP_EDGE_CAN_ASSUME, t->node, a);
	}
}

static void draw_over(struct esc *x, const struct aisp_aws_way_row *row, uint32_t actor, uint32_t i, struct esc_answer *a)
{
	aisp_esc__clear(a);
	if (aisp_esc__steps(x, row, actor, AISP_AWS_NONE, i, a))
		aisp_esc__draw(x, row, x->w->principals[actor].node, AISP_EDGE_CAN_ASSUME, x->w->resources[i].node, a);
}

static void draw_existing(struct esc *x, const struct aisp_aws_way_row *row, uint32_t actor, struct esc_answer *a)
{
	const struct aisp_aws_principal *p = &x->w->principals[actor];
	const bool own = mentions_all(x, row, p);
	/* Without a policy of its own it is for its own account only, and for those whose policies name the actions. */
	for (uint32_t k = x->vehicles.first[p->account]; k < x->vehicles.first[p->account + 1] && !x->r->bad; k++) {
		const struct aisp_aws_resource *v = &x->w->resources[x->vehicles.v[k]];
		if (own || v->policy != AISP_AWS_NONE || v->unread)
			draw_over(x, row, actor, x->vehicles.v[k], a);
	}
	for (uint32_t k = 0; k < x->n_shared && !x->r->bad; k++)
		if (x->w->resources[x->shared[k]].account != p->account)
			draw_over(x, row, actor, x->shared[k], a);
}

/* iam-012: after the change the trust names the actor; what remains to be asked is that nothing denies the actor sts:AssumeRole. */
static bool may_then_assume(struct esc *x, uint32_t actor, uint32_t role)
{
	struct aisp_iam_decision d;
	const struct aisp_aws_question q = {.principal = actor, .action = AISP_S("sts:AssumeRole"), .resource_arn = x->w->principals[role].arn, .any_identity_policy = true, .quick = true};
	const int r = aisp_aws_ask(x->w, &q, x->scratch, &d, x->r->err);
	aisp_resolve__fail(x->r, r);
	return r >= 0 && !d.explicit_deny && !(d.verdict == AISP_IAM_DENIED && (d.by == AISP_IAM_L_SCP || d.by == AISP_IAM_L_RCP || d.by == AISP_IAM_L_BOUNDARY));
}

static void draw_become(struct esc *x, const struct aisp_aws_way_row *row, uint32_t actor, struct esc_answer *a)
{
	const struct aisp_aws_principal *p = &x->w->principals[actor];
	for (uint32_t k = x->members.first[p->account]; k < x->members.first[p->account + 1] && !x->r->bad; k++) {
		const uint32_t i = x->members.v[k];
		const struct aisp_aws_principal *t = &x->w->principals[i];
		if (i == actor || !is_target(t, row))
			continue;
		aisp_esc__clear(a);
		if (!holds(x, row, i, a) || !aisp_esc__steps(x, row, actor, i, AISP_AWS_NONE, a))
			continue;
		if (t->kind == AISP_IAM_ROLE && !may_then_assume(x, actor, i))
			continue;
		if (aisp_esc__gains(x, actor, i))
			aisp_esc__draw(x, row, p->node, AISP_EDGE_CAN_ASSUME, t->node, a);
	}
}

/* ---- Forms ---- */

/* The node of a form of `of`; made, with T ─CAN_ASSUME▶ form, when it is new. */
static aisp_node form_node(struct esc *x, uint32_t of, aisp_node group)
{
	struct aisp_resolve *r = x->r;
	const struct aisp_aws_principal *t = &x->w->principals[of];
	const struct aisp_slice base = aisp_graph_node_at(r->g, t->node).id;
	const struct aisp_slice id = group ? aisp_resolve__fmt(r, "%.*s#in/%.*s", AISP_FMT(base), AISP_FMT(aisp_slice_basename(aisp_graph_node_at(r->g, group).id)))
	                                   : aisp_resolve__fmt(r, "%.*s#any-policy", AISP_FMT(base));
	const aisp_node had = aisp_graph_find(r->g, id);
	if (had || r->bad)
		return had;
	const struct aisp_because why = {.join = "aws-form", .confidence = AISP_CONF_INFERRED, .node = t->node,
		.note = group ? AISP_S("what it would be in one more group") : AISP_S("what it could be with policies of its own wish, under the limits that stay")};
	const aisp_node n = aisp_resolve__node(r, aisp_graph_node_at(r->g, t->node).kind, id, &why);
	aisp_resolve__set(r, n, "form_of", base);
	aisp_resolve__set(r, n, "name", group ? aisp_resolve__fmt(r, "%.*s, in one more group", AISP_FMT(t->name)) : aisp_resolve__fmt(r, "%.*s, with any policy", AISP_FMT(t->name)));
	if (!r->bad)
		aisp_resolve__fail(r, aisp_graph_set_bool(r->g, n, r->source, "gated", true, r->err));
	aisp_resolve__edge(r, t->node, AISP_EDGE_CAN_ASSUME, n, &why);
	return r->bad ? 0 : n;
}

/* The policies of a group, as indices into the world's documents. */
static struct aisp_aws_refs docs_of_group(struct esc *x, aisp_node group)
{
	struct aisp_resolve *r = x->r;
	uint32_t n = 0, *v = NULL;
	for (int pass_no = 0; pass_no < 2 && !r->bad; pass_no++) {
		n = 0;
		for (aisp_edge e = aisp_resolve__out(r, group, AISP_EDGE_GRANTED, 0); e; e = aisp_resolve__out(r, group, AISP_EDGE_GRANTED, e))
			for (uint32_t i = 0; i < x->w->n_docs; i++)
				if (x->w->docs[i].node == aisp_resolve__to(r, e)) {
					if (v)
						v[n] = i;
					n++;
				}
		if (!v && !(v = aisp_arena_alloc(r->a, sizeof *v * (n + 1))))
			aisp_resolve__fail(r, aisp_fail(r->err, AISP_E_NOMEM, "out of memory while reading a group's policies"));
	}
	return (struct aisp_aws_refs){v, n};
}

static bool in_group(struct esc *x, aisp_node user, aisp_node group)
{
	return aisp_resolve__joined(x->r, user, AISP_EDGE_MEMBER_OF, group);
}

typedef void on_form(struct esc *x, const struct aisp_aws_way_row *row, uint32_t actor, uint32_t target, aisp_node group, const struct esc_answer *a);

static void policies_of(struct esc *x, const struct aisp_aws_way_row *row, uint32_t actor, uint32_t target, aisp_node group, struct esc_answer *a, on_form *f)
{
	aisp_esc__clear(a);
	x->group = group;
	if (holds(x, row, target, a) && aisp_esc__steps(x, row, actor, target, AISP_AWS_NONE, a))
		f(x, row, actor, target, group, a);
}

/* Every (actor, target) for which the row holds. */
static void each_policies(struct esc *x, const struct aisp_aws_way_row *row, uint32_t actor, struct esc_answer *a, on_form *f)
{
	const struct aisp_aws_principal *p = &x->w->principals[actor];
	const bool group = row->steps[0].on == AISP_AWS_ON_NEW_GROUP;
	for (uint32_t k = x->members.first[p->account]; k < x->members.first[p->account + 1] && !x->r->bad; k++) {
		const uint32_t i = x->members.v[k];
		const struct aisp_aws_principal *t = &x->w->principals[i];
		if (!is_target(t, row))
			continue;
		if (!group)
			policies_of(x, row, actor, i, 0, a, f);
		for (size_t g = 0; group && g < x->groups.n && !x->r->bad; g++)
			if (x->groups.v[g].account == p->account && !in_group(x, t->node, x->groups.v[g].node))
				policies_of(x, row, actor, i, x->groups.v[g].node, a, f);
	}
}

static void make_form(struct esc *x, const struct aisp_aws_way_row *row, uint32_t actor, uint32_t target, aisp_node group, const struct esc_answer *a)
{
	(void)row, (void)actor, (void)a;
	form_node(x, target, group);
}

static void draw_form(struct esc *x, const struct aisp_aws_way_row *row, uint32_t actor, uint32_t target, aisp_node group, const struct esc_answer *a)
{
	const aisp_node form = form_node(x, target, group);
	/* A form that gives its principal nothing has no arrows of its own, and this one leads nowhere. */
	if (form)
		aisp_esc__draw(x, row, x->w->principals[actor].node, AISP_EDGE_CAN_WRITE, form, a);
}

/* ---- Over all ---- */

static bool relevant(struct esc *x, const struct aisp_aws_way_row *row, uint32_t actor)
{
	const struct aisp_aws_principal *p = &x->w->principals[actor];
	if (!is_actor(p))
		return false;
	/* A resource policy alone can let one take a thing over; nothing but own policies lets one do the rest. */
	return row->way == AISP_AWS_EXISTING || mentions_all(x, row, p);
}

static void over_all(struct aisp_resolve *r, const struct aisp_aws_world *w, bool forms)
{
	struct esc x = {.r = r, .w = w};
	struct esc_answer a = {0}, steps = {0};
	begin(&x);
	for (size_t k = 0; k < aisp_aws_way_count && !r->bad; k++) {
		const struct aisp_aws_way_row *row = &aisp_aws_way_rows[k];
		if (forms != (row->way == AISP_AWS_POLICIES) && forms)
			continue;
		find_vehicles(&x, row);
		for (uint32_t actor = 0; actor < w->n_principals && !r->bad; actor++) {
			if (!relevant(&x, row, actor))
				continue;
			switch (row->way) {
			case AISP_AWS_NEW: draw_new(&x, row, actor, &steps, &a); break;
			case AISP_AWS_EXISTING: draw_existing(&x, row, actor, &a); break;
			case AISP_AWS_BECOME: draw_become(&x, row, actor, &a); break;
			case AISP_AWS_POLICIES: each_policies(&x, row, actor, &a, forms ? make_form : draw_form); break;
			}
		}
	}
	aisp_buf_done(&a.control);
	aisp_buf_done(&a.open);
	aisp_buf_done(&steps.control);
	aisp_buf_done(&steps.open);
	end(&x);
}

/* The group of a form "ARN#in/NAME": of that name, in its account. */
static aisp_node group_of_form(struct esc *x, uint32_t base, struct aisp_slice name)
{
	for (size_t g = 0; g < x->groups.n; g++)
		if (x->groups.v[g].account == x->w->principals[base].account && aisp_slice_eq(aisp_slice_basename(aisp_graph_node_at(x->r->g, x->groups.v[g].node).id), name))
			return x->groups.v[g].node;
	return 0;
}

void aisp_aws_escalate_forms(struct aisp_resolve *r, struct aisp_aws_world *w)
{
	const uint32_t before = aisp_graph_node_count(r->g);
	struct esc x = {.r = r, .w = w};
	over_all(r, w, true);
	find_groups(&x);
	const uint32_t last = aisp_graph_node_count(r->g);
	for (aisp_node f = before + 1; f <= last && !r->bad; f++) {
		const struct aisp_slice of = aisp_graph_prop(r->g, f, "form_of"), id = aisp_graph_node_at(r->g, f).id;
		const uint32_t base = of.n ? aisp_aws_principal_find(w, of) : AISP_AWS_NONE;
		struct aisp_aws_refs further = {0};
		uint32_t ret;
		if (base == AISP_AWS_NONE)
			continue;
		const bool any = aisp_slice_ends(id, AISP_S("#any-policy"));
		const aisp_node group = any ? 0 : group_of_form(&x, base, aisp_slice_from(id, of.n + sizeof "#in/" - 1));
		if (group)
			further = docs_of_group(&x, group);
		aisp_resolve__fail(r, aisp_aws_world_add_form(w, base, f, any, further, &ret, r->err));
	}
	aisp_vec_done(&x.groups);
}

void aisp_aws_escalate(struct aisp_resolve *r, const struct aisp_aws_world *w)
{
	over_all(r, w, false);
}
