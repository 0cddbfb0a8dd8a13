/* Rights in AWS that no policy document gives: access control lists of S3 that name everybody, and grants of KMS.
 * Sources: S3 User Guide, "Access control list overview", "Controlling ownership of objects", "Blocking public access"; KMS Developer Guide, "Grants".
 * Denies of policies hold against both: the engine is asked for them.
 */
#include "resolve/aws/acl.h"

struct lists {
	struct aisp_resolve *r;
	const struct aisp_aws_world *w;
	struct aisp_iam_scratch *scratch;
};

/* Does a policy deny it? What is left open is added to the condition. */
static bool denied(struct lists *x, uint32_t principal, uint32_t resource, const char *action, const char *part, struct aisp_slice *condition)
{
	const struct aisp_slice arn = aisp_resolve__fmt(x->r, "%.*s%s", AISP_FMT(x->w->resources[resource].arn), part);
	const struct aisp_aws_question q = {.principal = principal, .action = aisp_slice_z(action), .resource_arn = arn};
	struct aisp_iam_decision d = {0};
	const int r = x->r->bad ? x->r->bad : aisp_aws_ask(x->w, &q, x->scratch, &d, x->r->err);
	aisp_resolve__fail(x->r, r);
	if (r < 0 || d.explicit_deny)
		return true;
	for (uint32_t i = 0; i < d.n_steps; i++)
		if (d.steps[i].deny && d.steps[i].open.n)
			*condition = aisp_resolve__fmt(x->r, "%.*s%snot (%.*s)", AISP_FMT(*condition), condition->n ? " and " : "", AISP_FMT(d.steps[i].open));
	return false;
}

static void draw(struct lists *x, aisp_edge by, enum aisp_edge_kind kind, struct aisp_slice condition, const char *join, const char *note)
{
	struct aisp_resolve *r = x->r;
	const struct aisp_edge_view v = aisp_graph_edge_at(r->g, by);
	const struct aisp_edge_in in = {.control = v.control, .condition = condition};
	struct aisp_evidence_in ev = {.source = r->source, .form = AISP_EV_RULE, .confidence = AISP_CONF_OBSERVED, .locator = aisp_resolve__fmt(r, "aws:%s", join), .note = aisp_slice_z(note)}, first;
	aisp_edge e = 0;
	if (r->bad)
		return;
	aisp_resolve__fail(r, aisp_graph_add_edge(r->g, v.from, kind, v.to, &in, &ev, &e, r->err));
	if (!r->bad && aisp_graph_edge_first_evidence(r->g, by, &first)) {
		first.source = r->source;
		aisp_resolve__fail(r, aisp_graph_edge_evidence(r->g, e, &first, r->err));
	}
}

/* ---- S3 ---- */

static bool ignores(struct lists *x, aisp_node n)
{
	return n && aisp_aws__has_line(aisp_graph_list(x->r->g, n, "s3_block_public", x->r->a), AISP_S("IgnorePublicAcls"));
}

static void acl(struct lists *x, uint32_t principal, uint32_t bucket, aisp_edge by, struct aisp_slice permission)
{
	const bool all = aisp_slice_eqz(permission, "FULL_CONTROL"), list = all || aisp_slice_eqz(permission, "READ");
	const bool write = all || aisp_slice_eqz(permission, "WRITE"), rewrite = aisp_slice_eqz(permission, "WRITE_ACP");
	struct aisp_slice read_if = AISP_S("the objects' own ACLs allow it too"), write_if = {0};
	if (list && !denied(x, principal, bucket, "s3:GetObject", "/*", &read_if))
		draw(x, by, AISP_EDGE_CAN_READ, read_if, "acl", "the bucket's ACL lets them list it; objects have ACLs of their own");
	if ((write || rewrite) && !denied(x, principal, bucket, write ? "s3:PutObject" : "s3:PutBucketAcl", write ? "/*" : "", &write_if))
		draw(x, by, AISP_EDGE_CAN_WRITE, write_if, "acl", write ? "the bucket's ACL lets them write and delete objects" : "the bucket's ACL lets them change the ACL itself");
}

/* ---- KMS ---- */

static bool has_operation(struct aisp_slice list, const char *name)
{
	struct aisp_slice one;
	while (aisp_slice_split(&list, ',', &one))
		if (aisp_slice_eqz(aisp_slice_trim(one), name))
			return true;
	return false;
}

static void grant(struct lists *x, uint32_t principal, uint32_t key, aisp_edge by, struct aisp_slice operations)
{
	/* The same right, and so the same kind of arrow, as kms:Decrypt by policy (effects.c). */
	struct aisp_slice condition = aisp_graph_edge_prop(x->r->g, by, "constraints");
	if (condition.n)
		condition = aisp_resolve__fmt(x->r, "the grant's constraint holds: %.*s", AISP_FMT(condition));
	if (has_operation(operations, "Decrypt") && !denied(x, principal, key, "kms:Decrypt", "", &condition))
		draw(x, by, AISP_EDGE_CAN_CALL, condition, "kms-grant", "a grant on the key lets it decrypt");
}

/* ---- Over all ---- */

static uint32_t principal_at(const struct aisp_aws_world *w, const struct aisp_map *nodes, aisp_node n)
{
	const uint32_t at = aisp_map_get(nodes, (struct aisp_key){n, 1});
	return at && w->principals[at - 1].form_of == AISP_AWS_NONE ? at - 1 : AISP_AWS_NONE;
}

static void over_resource(struct lists *x, const struct aisp_map *nodes, uint32_t i)
{
	struct aisp_resolve *r = x->r;
	const struct aisp_aws_resource *v = &x->w->resources[i];
	const bool bucket = aisp_slice_eqz(v->type, "s3:bucket"), key = aisp_slice_eqz(v->type, "kms:key");
	if (!bucket && !key)
		return;
	if (bucket && (aisp_slice_eqz(aisp_graph_prop(r->g, v->node, "object_ownership"), "BucketOwnerEnforced") || ignores(x, v->node) || ignores(x, x->w->accounts[v->account].node)))
		return;
	for (aisp_edge e = aisp_resolve__in(r, v->node, AISP_EDGE_GRANTED, 0); e && !r->bad; e = aisp_resolve__in(r, v->node, AISP_EDGE_GRANTED, e)) {
		const uint32_t who = principal_at(x->w, nodes, aisp_resolve__from(r, e));
		const struct aisp_slice word = aisp_graph_edge_prop(r->g, e, bucket ? "permission" : "operations");
		if (who == AISP_AWS_NONE || word.n == 0)
			continue;
		const enum aisp_iam_principal_kind kind = x->w->principals[who].kind;
		if (key)
			grant(x, who, i, e, word);
		else if (kind == AISP_IAM_ANONYMOUS || kind == AISP_IAM_ANY_AWS)
			acl(x, who, i, e, word);
	}
}

void aisp_aws_lists(struct aisp_resolve *r, const struct aisp_aws_world *w)
{
	struct lists x = {.r = r, .w = w, .scratch = aisp_iam_scratch_new()};
	struct aisp_map nodes = {0};
	if (!x.scratch)
		aisp_resolve__fail(r, aisp_fail(r->err, AISP_E_NOMEM, "out of memory while reading S3 ACLs and KMS grants"));
	for (uint32_t i = 0; i < w->n_principals && !r->bad; i++)
		aisp_resolve__fail(r, aisp_map_put(&nodes, (struct aisp_key){w->principals[i].node, 1}, i + 1, r->err));
	for (uint32_t i = 0; i < w->n_resources && !r->bad; i++)
		over_resource(&x, &nodes, i);
	aisp_map_done(&nodes);
	aisp_iam_scratch_free(x.scratch);
}
