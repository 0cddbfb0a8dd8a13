/* AWS: the policy document with the statement narrowed to what is used (conditions kept), or for a person an eligibility and a permission set. The control object is
 * "POLICY-ID#/Statement/N"; the document is a property of the policy's node. Kept besides what is used: every action of which no log tells. */
#include "access/aws/iam.h"
#include "govern/jit_int.h"

struct narrow {
	struct aisp_jit_out *o;
	const struct aisp_doc *doc, *statement;
	uint32_t number;
	AISP_VEC(struct aisp_slice) actions, resources; /* what is kept */
	bool any_resource; /* some use or unwatched right names no resource */
	bool failed;
};

static void put_new(struct narrow *n, bool action, struct aisp_slice text)
{
	if (action) {
		for (size_t i = 0; i < n->actions.n; i++)
			if (aisp_slice_eqi(n->actions.v[i], text))
				return;
		n->failed = n->failed || aisp_vec_push(&n->actions, text) < 0;
	} else {
		for (size_t i = 0; i < n->resources.n; i++)
			if (aisp_slice_eq(n->resources.v[i], text))
				return;
		n->failed = n->failed || aisp_vec_push(&n->resources, text) < 0;
	}
}

/* Items of a text or a list of texts. */
static struct aisp_slice item(const struct aisp_doc *d, uint32_t i)
{
	return d && d->type == AISP_DOC_STR ? (i == 0 ? d->s : (struct aisp_slice){0}) : aisp_doc_str(aisp_doc_at(d, i));
}
static uint32_t items(const struct aisp_doc *d)
{
	return d && d->type == AISP_DOC_STR ? 1 : d && d->type == AISP_DOC_ARR ? d->n : 0;
}

static bool any_matches(const struct aisp_doc *patterns, struct aisp_slice text, bool ignore_case)
{
	for (uint32_t i = 0; i < items(patterns); i++)
		if (aisp_iam_match(item(patterns, i), text, ignore_case))
			return true;
	return false;
}

/* Does the statement speak of this action (Action, or everything but NotAction)? */
static bool has_action(const struct narrow *n, struct aisp_slice action)
{
	const struct aisp_doc *a = aisp_doc_get(n->statement, "Action");
	return a ? any_matches(a, action, true) : !any_matches(aisp_doc_get(n->statement, "NotAction"), action, true);
}

static bool has_resource(const struct narrow *n, struct aisp_slice arn)
{
	const struct aisp_doc *r = aisp_doc_get(n->statement, "Resource");
	const struct aisp_slice part = aisp_arena_printf(n->o->a, "%.*s/x", AISP_FMT(arn));
	if (!r && !aisp_doc_get(n->statement, "NotResource"))
		return true; /* a resource's own policy */
	return r ? any_matches(r, arn, false) || any_matches(r, part, false) : !any_matches(aisp_doc_get(n->statement, "NotResource"), arn, false);
}

/* The patterns of the statement that cover a thing; instead of "*" the thing itself, objects of a bucket with it. */
static void keep_resource(struct narrow *n, struct aisp_slice arn)
{
	const struct aisp_doc *r = aisp_doc_get(n->statement, "Resource");
	const struct aisp_slice part = aisp_arena_printf(n->o->a, "%.*s/*", AISP_FMT(arn));
	bool covered = false;
	for (uint32_t i = 0; i < items(r); i++) {
		const struct aisp_slice p = item(r, i);
		if (!aisp_slice_eqz(p, "*") && (aisp_iam_match(p, arn, false) || aisp_iam_match(p, part, false))) {
			put_new(n, false, p);
			covered = true;
		}
	}
	if (covered || !part.p)
		return;
	put_new(n, false, arn);
	if (aisp_slice_starts(arn, AISP_S("arn:aws:s3:::")) || aisp_slice_find(arn, AISP_S(":s3:::")) != SIZE_MAX)
		put_new(n, false, part);
}

static int see_use(void *ctx, const struct aisp_tied_use *t)
{
	struct narrow *n = ctx;
	if (!t->use.done || !has_action(n, t->use.action))
		return 0;
	if (aisp_slice_starts(t->use.asset, AISP_S("arn:"))) {
		if (!has_resource(n, t->use.asset))
			return 0; /* another statement let it */
		keep_resource(n, t->use.asset);
	} else {
		n->any_resource = true;
	}
	put_new(n, true, t->use.action);
	return n->failed ? AISP_E_NOMEM : 0;
}

static unsigned class_of_edge(unsigned kind)
{
	return kind == AISP_EDGE_CAN_READ ? AISP_USE_READ : kind == AISP_EDGE_CAN_WRITE ? AISP_USE_WRITE : kind == AISP_EDGE_CAN_CALL ? AISP_USE_CALL : AISP_USE_ACT;
}

static struct aisp_slice service_of(struct aisp_slice action)
{
	const size_t colon = aisp_slice_chr(action, ':');
	return aisp_slice_to(action, colon == SIZE_MAX ? action.n : colon);
}

/* A right that no log tells of stays: the statement's own patterns of that sort, and for wider ones ("*", "s3:*") the sort's actions. */
static void keep_unwatched(struct narrow *n, const struct aisp_sedge *d)
{
	struct aisp_arn arn;
	struct aisp_slice id = aisp_jit__id(n->o, d->to);
	const struct aisp_usage_rules *rules = &n->o->u->rules;
	const struct aisp_doc *a = aisp_doc_get(n->statement, "Action");
	if (aisp_slice_starts(id, AISP_S("model://bedrock/")))
		id = aisp_arena_printf(n->o->a, "arn:aws:bedrock:*::foundation-model/%.*s", AISP_FMT(aisp_slice_from(id, 16)));
	if (!aisp_arn_split(id, &arn)) {
		n->any_resource = true;
		return;
	}
	for (size_t i = 0; i < rules->actions.n; i++) {
		const struct aisp_usage_action *x = &rules->actions.v[i];
		if (!(x->as & class_of_edge(d->kind)) || !aisp_slice_eq(service_of(x->match), arn.service))
			continue;
		bool own = false;
		for (uint32_t k = 0; k < items(a); k++) {
			const struct aisp_slice p = item(a, k);
			if (!aisp_slice_eqz(p, "*") && !aisp_slice_ends(p, AISP_S(":*")) && (aisp_iam_match(p, x->match, true) || aisp_iam_match(x->match, p, true))) {
				put_new(n, true, p);
				own = true;
			}
		}
		if (!own && has_action(n, x->match))
			put_new(n, true, x->match);
	}
	keep_resource(n, id);
}

/* Actions that no edge stands for (listing, logging, tagging): kept unless they are management events that were watched. */
static void keep_others(struct narrow *n)
{
	const struct aisp_doc *a = aisp_doc_get(n->statement, "Action");
	const bool watched = aisp_usage_of_node(n->o->u, n->o->g->identity).answer != AISP_NO_TELEMETRY && aisp_usage_of_node(n->o->u, n->o->g->identity).window_us > 0;
	for (uint32_t i = 0; i < items(a); i++) {
		const struct aisp_slice p = item(a, i);
		bool data = false;
		for (size_t k = 0; k < n->o->u->rules.rows.n && !data; k++) {
			const struct aisp_usage_row *r = &n->o->u->rules.rows.v[k];
			for (size_t s = 0; s < r->n_services && r->proof == AISP_PROOF_ASSET; s++)
				data = data || aisp_slice_eq(r->services[s], service_of(p));
		}
		const bool wide = aisp_slice_eqz(p, "*") || aisp_slice_ends(p, AISP_S(":*"));
		const bool classed = aisp_usage__class(&n->o->u->rules, p) != 0;
		if (wide || classed || (watched && !data))
			continue;
		put_new(n, true, p);
		const struct aisp_doc *r = aisp_doc_get(n->statement, "Resource");
		for (uint32_t k = 0; k < items(r); k++)
			aisp_slice_eqz(item(r, k), "*") ? (void)(n->any_resource = true) : put_new(n, false, item(r, k));
	}
}

static void put_texts(struct aisp_jw *w, const struct aisp_slice *v, size_t n)
{
	aisp_jw_arr(w);
	for (size_t i = 0; i < n; i++)
		aisp_jw_str(w, v[i]);
	aisp_jw_end(w);
}

static void put_statement(struct narrow *n, struct aisp_jw *w)
{
	aisp_jw_obj(w);
	for (uint32_t i = 0; i < n->statement->n; i++) {
		const struct aisp_member *m = &n->statement->members[i];
		if (aisp_slice_eqz(m->key, "Action") || aisp_slice_eqz(m->key, "NotAction")) {
			aisp_jw_key(w, "Action");
			put_texts(w, n->actions.v, n->actions.n);
		} else if ((aisp_slice_eqz(m->key, "Resource") || aisp_slice_eqz(m->key, "NotResource")) && !n->any_resource && n->resources.n) {
			aisp_jw_key(w, "Resource");
			put_texts(w, n->resources.v, n->resources.n);
		} else {
			aisp_jw_keys(w, m->key);
			aisp_jw_doc(w, &m->value);
		}
	}
	aisp_jw_end(w);
}

/* The whole document with the statement narrowed, or left out when nothing is left of it. *ret_left: statements in it. */
static void put_document(struct narrow *n, struct aisp_jw *w, uint32_t *ret_left)
{
	const struct aisp_doc *list = aisp_doc_get(n->doc, "Statement");
	const uint32_t count = list && list->type == AISP_DOC_ARR ? list->n : 1;
	*ret_left = 0;
	aisp_jw_obj(w);
	for (uint32_t i = 0; i < n->doc->n; i++) {
		const struct aisp_member *m = &n->doc->members[i];
		aisp_jw_keys(w, m->key);
		if (!aisp_slice_eqz(m->key, "Statement")) {
			aisp_jw_doc(w, &m->value);
			continue;
		}
		aisp_jw_arr(w);
		for (uint32_t k = 0; k < count; k++) {
			if (k == n->number && !n->actions.n)
				continue;
			++*ret_left;
			if (k == n->number)
				put_statement(n, w);
			else
				aisp_jw_doc(w, aisp_doc_at(list, k));
		}
		aisp_jw_end(w);
	}
	aisp_jw_end(w);
}

/* How a document of this policy is put, and put back. */
static void tell_commands(struct aisp_jit_out *o, struct aisp_slice policy, uint32_t left)
{
	struct aisp_arn arn;
	const size_t hash = aisp_slice_chr(policy, '#');
	const struct aisp_slice owner = aisp_slice_to(policy, hash == SIZE_MAX ? policy.n : hash), part = hash == SIZE_MAX ? AISP_S("") : aisp_slice_from(policy, hash + 1);
	if (!aisp_arn_split(owner, &arn))
		return;
	const struct aisp_slice name = aisp_slice_basename(arn.resource);
	const size_t slash = aisp_slice_chr(arn.resource, '/');
	const struct aisp_slice kind = aisp_slice_to(arn.resource, slash == SIZE_MAX ? 0 : slash);
	if (aisp_slice_starts(part, AISP_S("inline/"))) {
		const struct aisp_slice inl = aisp_slice_from(part, 7);
		if (left)
			aisp_jit__step(o, "- `aws iam put-%.*s-policy --%.*s-name %.*s --policy-name %.*s --policy-document file://policy.reduced.json`", AISP_FMT(kind), AISP_FMT(kind), AISP_FMT(name), AISP_FMT(inl));
		else
			aisp_jit__step(o, "- nothing is left of the policy: `aws iam delete-%.*s-policy --%.*s-name %.*s --policy-name %.*s`", AISP_FMT(kind), AISP_FMT(kind), AISP_FMT(name), AISP_FMT(inl));
		aisp_jit__step(o, "- back: the same `put-%.*s-policy` with `file://policy.original.json`", AISP_FMT(kind));
	} else if (aisp_slice_eqz(part, "trust")) {
		aisp_jit__step(o, "- `aws iam update-assume-role-policy --role-name %.*s --policy-document file://policy.reduced.json`; back: the same with policy.original.json", AISP_FMT(name));
	} else if (aisp_slice_eqz(part, "policy") && aisp_slice_eqz(arn.service, "s3")) {
		aisp_jit__step(o, left ? "- `aws s3api put-bucket-policy --bucket %.*s --policy file://policy.reduced.json`" : "- nothing is left of it: `aws s3api delete-bucket-policy --bucket %.*s`", AISP_FMT(arn.resource));
		aisp_jit__step(o, "- back: `aws s3api put-bucket-policy --bucket %.*s --policy file://policy.original.json`", AISP_FMT(arn.resource));
	} else if (part.n) {
		aisp_jit__step(o, "- put policy.reduced.json as the resource's policy, with the service's own call (%.*s); policy.original.json is the way back", AISP_FMT(arn.service));
	} else if (aisp_slice_eqz(arn.account, "aws")) {
		aisp_jit__step(o, "- AWS's own policy cannot be changed: make policy.reduced.json a policy of yours (`aws iam create-policy --policy-name <POLICY-NAME> --policy-document file://policy.reduced.json`), attach it, then detach %.*s", AISP_FMT(owner));
		aisp_jit__placeholder(o, "<POLICY-NAME>", "a name of your choice for the customer-managed policy");
	} else {
		aisp_jit__step(o, "- `aws iam create-policy-version --policy-arn %.*s --policy-document file://policy.reduced.json --set-as-default`; back: `aws iam set-default-policy-version` with the present version. Others may be attached to it: README lists only this identity", AISP_FMT(owner));
	}
}

/* TEAM (aws-samples/iam-identity-center-team), schema.graphql: Eligibility. */
static int write_eligibility(struct aisp_jit_out *o, struct narrow *n)
{
	AISP_AUTOBUF struct aisp_buf b = {0}, p = {0};
	struct aisp_jw w;
	struct aisp_arn arn = {0};
	aisp_arn_split(aisp_jit__id(o, o->g->identity), &arn);
	aisp_buf_init(&b, 1 << 20);
	aisp_buf_init(&p, 1 << 20);
	aisp_jw_init(&w, &b, true);
	aisp_jw_obj(&w);
	aisp_jw_kz(&w, "id", "<IDENTITY-CENTER-ID>"); /* by which TEAM looks it up */
	aisp_jw_kz(&w, "name", o->s->nodes[o->g->identity].kind == AISP_NODE_GROUP ? "<IDENTITY-CENTER-GROUP>" : "<IDENTITY-CENTER-USER>");
	aisp_jw_kz(&w, "type", o->s->nodes[o->g->identity].kind == AISP_NODE_GROUP ? "Group" : "User");
	aisp_jw_key(&w, "accounts");
	aisp_jw_arr(&w);
	aisp_jw_obj(&w);
	aisp_jw_kstr(&w, "id", arn.account);
	aisp_jw_kz(&w, "name", "<ACCOUNT-NAME>");
	aisp_jw_end(&w);
	aisp_jw_end(&w);
	aisp_jw_key(&w, "ous");
	aisp_jw_arr(&w);
	aisp_jw_end(&w);
	aisp_jw_key(&w, "permissions");
	aisp_jw_arr(&w);
	aisp_jw_obj(&w);
	aisp_jw_kz(&w, "id", "<PERMISSION-SET-ARN>");
	aisp_jw_kz(&w, "name", "<PERMISSION-SET-NAME>");
	aisp_jw_end(&w);
	aisp_jw_end(&w);
	aisp_jw_kz(&w, "ticketNo", "<TICKET>");
	aisp_jw_kbool(&w, "approvalRequired", true);
	aisp_jw_key(&w, "duration");
	aisp_jw_str(&w, aisp_arena_printf(o->a, "%lld", (long long)((o->u->rules.grant_minutes + 59) / 60)));
	aisp_jw_end(&w);
	aisp_buf_putc(&b, '\n');
	aisp_jw_init(&w, &p, true);
	aisp_jw_obj(&w);
	aisp_jw_kz(&w, "Version", "2012-10-17");
	aisp_jw_key(&w, "Statement");
	aisp_jw_arr(&w);
	put_statement(n, &w);
	aisp_jw_end(&w);
	aisp_jw_end(&w);
	aisp_buf_putc(&p, '\n');
	aisp_jit__placeholder(o, "<IDENTITY-CENTER-USER>", "the person's user name in IAM Identity Center (or <IDENTITY-CENTER-GROUP>); an IAM user has none by itself");
	aisp_jit__placeholder(o, "<IDENTITY-CENTER-ID>", "the person's or group's id in the identity store: `aws identitystore get-user-id` or `get-group-id`");
	aisp_jit__placeholder(o, "<ACCOUNT-NAME>", "the account's name in the organisation");
	aisp_jit__placeholder(o, "<PERMISSION-SET-ARN>", "ARN of the permission set that you make with permission-set.json as its inline policy (and <PERMISSION-SET-NAME>)");
	aisp_jit__placeholder(o, "<TICKET>", "number of the change");
	int r = aisp_buf_check(&b, o->err);
	if (r == 0)
		r = aisp_buf_check(&p, o->err);
	if (r == 0)
		r = aisp_jit__file(o, "permission-set.json", aisp_buf_slice(&p), "inline policy of a permission set: `aws sso-admin put-inline-policy-to-permission-set`");
	return r == 0 ? aisp_jit__file(o, "team-eligibility.json", aisp_buf_slice(&b), "eligibility in TEAM (temporary elevated access management for Identity Center): asked for, approved, taken away by itself") : r;
}

static int write_policies(struct narrow *n, struct aisp_slice policy, struct aisp_slice original)
{
	struct aisp_jit_out *o = n->o;
	AISP_AUTOBUF struct aisp_buf b = {0}, whole = {0};
	struct aisp_jw w;
	uint32_t left = 0;
	aisp_buf_init(&b, 1 << 20);
	aisp_buf_init(&whole, 1 << 20);
	aisp_buf_put(&whole, original);
	aisp_buf_putc(&whole, '\n');
	int r = 0;
	if (o->g->advice == AISP_JIT_JUST_IN_TIME && (o->s->nodes[o->g->identity].kind == AISP_NODE_USER || o->s->nodes[o->g->identity].kind == AISP_NODE_GROUP))
		r = write_eligibility(o, n);
	if (o->g->advice == AISP_JIT_JUST_IN_TIME && o->l->holders.n == 1) /* what is used is asked for from now on */
		n->actions.n = 0;
	aisp_jw_init(&w, &b, true);
	put_document(n, &w, &left);
	aisp_buf_putc(&b, '\n');
	if (r == 0)
		r = aisp_buf_check(&b, o->err);
	if (r == 0)
		r = aisp_jit__file(o, "policy.original.json", aisp_buf_slice(&whole), "the policy as it stands");
	if (r == 0)
		r = aisp_jit__file(o, "policy.reduced.json", aisp_buf_slice(&b), n->actions.n ? "statement narrowed to what is used and to what no log tells of; conditions kept" : "without the statement");
	tell_commands(o, policy, left);
	if (r == 0 && n->actions.n)
		r = aisp_jit__terraform(o, n->actions.v, n->actions.n);
	if (any_matches(aisp_doc_get(n->statement, "Action"), AISP_S("x:AnyAction"), true))
		aisp_jit__step(o, "- The statement speaks of every action: what it gives on things that are not in the inventory is not in policy.reduced.json. Look at `aws iam generate-service-last-accessed-details` before.");
	if (o->l->holders.n > 1)
		aisp_jit__step(o, "- The statement gives to %zu identities (members of a group, or several); the uses of all of them are kept.", o->l->holders.n);
	return r;
}

static int narrow_all(struct narrow *n, struct aisp_slice policy, struct aisp_slice original)
{
	const struct aisp_snapshot *s = n->o->s;
	const aisp_sym control = s->edges[n->o->g->edges[0]].control;
	int r = aisp_jit__each_use(n->o, see_use, n);
	for (aisp_edge e = aisp_map_get(&n->o->l->first_edge, (struct aisp_key){0, control}); r == 0 && e; e = n->o->l->next_edge[e])
		if (aisp_usage_is_grant(n->o->u, e) && aisp_usage_of_edge(n->o->u, e).answer == AISP_NO_TELEMETRY)
			keep_unwatched(n, &s->edges[e]);
	keep_others(n);
	if (r < 0 || n->failed)
		r = aisp_fail(n->o->err, AISP_E_NOMEM, "out of memory while narrowing a policy");
	return r == 0 ? write_policies(n, policy, original) : r;
}

int aisp_jit__aws(struct aisp_jit_out *o)
{
	const size_t at = aisp_slice_find(o->g->control, AISP_S("#/Statement/"));
	uint64_t number;
	if (at == SIZE_MAX || !aisp_slice_u64(aisp_slice_from(o->g->control, at + 12), &number))
		return 0;
	const struct aisp_slice policy = aisp_slice_to(o->g->control, at);
	const aisp_node node = aisp_snapshot_find(o->s, policy);
	const struct aisp_slice original = node ? aisp_snapshot_prop_str(o->s, node, "document") : AISP_S("");
	struct narrow n = {.o = o, .number = (uint32_t)number};
	if (!original.n || number > 10000 || aisp_json_parse(o->a, original, NULL, &n.doc, NULL) < 0 || n.doc->type != AISP_DOC_OBJ) {
		aisp_jit__step(o, "- The policy's document is not in the store: scan with the right to read it.");
		return 0;
	}
	const struct aisp_doc *list = aisp_doc_get(n.doc, "Statement");
	n.statement = list && list->type == AISP_DOC_OBJ ? (number == 0 ? list : NULL) : aisp_doc_at(list, (uint32_t)number);
	if (!n.statement || n.statement->type != AISP_DOC_OBJ)
		return 0;
	const int r = narrow_all(&n, policy, original);
	aisp_vec_done(&n.actions);
	aisp_vec_done(&n.resources);
	return r;
}
