/* AWS Config: snapshots, history files and get-resource-config-history. An item's `configuration` is the resource as its API or
 * CloudFormation spells it; `supplementaryConfiguration` has its policy and the like.
 * https://docs.aws.amazon.com/config/latest/developerguide/config-item-table.html
 */
#include "collect/aws/facts_int.h"

/* JSON in a text becomes a document. */
static const struct aisp_doc *opened(struct aisp_aws_facts *f, const struct aisp_doc *d)
{
	const struct aisp_doc_limits limits = {.max_bytes = 4 << 20, .max_depth = 64, .max_values = 200000};
	const struct aisp_doc *parsed = NULL;

	if (!d || d->type != AISP_DOC_STR)
		return d;
	int r = aisp_json_parse(f->arena, d->s, &limits, &parsed, NULL);
	if (r == AISP_E_NOMEM)
		aisp_emit_fail(&f->e, r, NULL);
	return r < 0 ? d : parsed;
}

/* The same object with its members opened. */
static const struct aisp_doc *opened_members(struct aisp_aws_facts *f, const struct aisp_doc *d)
{
	if (!d || d->type != AISP_DOC_OBJ || d->n == 0 || d->n > 1000)
		return NULL;
	struct aisp_member *m = aisp_arena_zalloc(f->arena, d->n, sizeof *m);
	struct aisp_doc *o = aisp_arena_zalloc(f->arena, 1, sizeof *o);
	if (!m || !o) {
		aisp_emit_fail(&f->e, AISP_E_NOMEM, NULL);
		return NULL;
	}
	for (uint32_t i = 0; i < d->n; i++) {
		m[i] = d->members[i];
		m[i].value = *opened(f, &d->members[i].value);
	}
	*o = *d;
	o->members = m;
	return o;
}

static const struct aisp_awsf__type *type_of(struct aisp_aws_facts *f, struct aisp_slice name)
{
	const struct aisp_awsf__type *t = aisp_awsf__type_spelt(aisp_emit_fmt(&f->e, "%.*s#config", AISP_FMT(name)));

	return t ? t : aisp_awsf__type_spelt(name);
}

static void add_item(struct aisp_aws_facts *f, const struct aisp_aws_answer *a, const struct aisp_doc *d, uint32_t i)
{
	struct aisp_slice arn = aisp_awsf__str(d, "ARN"), account = aisp_awsf__str(d, "AwsAccountId|AccountId"), region = aisp_awsf__str(d, "AwsRegion");
	const struct aisp_awsf__type *t = type_of(f, aisp_awsf__str(d, "ResourceType"));
	const struct aisp_doc *conf = opened(f, aisp_awsf__get(d, "Configuration")), *more = opened_members(f, aisp_awsf__get(d, "SupplementaryConfiguration"));

	if (!t || !conf || conf->type != AISP_DOC_OBJ || aisp_slice_starts(aisp_awsf__str(d, "ConfigurationItemStatus"), AISP_S("ResourceDeleted")))
		return;
	struct aisp_awsf__item it = aisp_awsf__item_of(f, a, conf, aisp_emit_fmt(&f->e, "/configurationItems/%u/configuration", i));
	it.t = t;
	it.declared = true; /* an item is complete: its empty lists are left out */
	it.account = aisp_awsf__is_account(account) ? account : it.account;
	it.region = region.n && region.n < 30 && !aisp_slice_eqz(region, "global") ? region : it.region;
	it.given = aisp_slice_starts(arn, AISP_S("arn:")) ? arn : (struct aisp_slice){0};
	aisp_awsf__item_add(&it);
	if (it.node)
		aisp_awsf__tags(&it, it.node, aisp_awsf__get(d, "Tags"));
	if (more && it.node) {
		struct aisp_awsf__item in = aisp_awsf__inner(&it, more, "supplementaryConfiguration", UINT32_MAX);
		in.given = it.arn;
		aisp_awsf__item_add(&in);
	}
}

void aisp_awsf__config(struct aisp_aws_facts *f, const struct aisp_aws_answer *a)
{
	const struct aisp_doc *list = aisp_doc_get(a->doc, "configurationItems");

	for (uint32_t i = 0; i < aisp_doc_count(list) && !f->e.bad; i++)
		add_item(f, a, aisp_doc_at(list, i), i);
}
