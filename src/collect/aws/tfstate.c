/* Terraform: the state file (version 3 and 4), and what `terraform show -json` prints of a state or a plan. Attributes are the resource as the provider spells
 * it; a plan's are declared, and what is only known after applying is not there.
 */
#include "collect/aws/facts_int.h"

static void add_resource(struct aisp_aws_facts *f, const struct aisp_aws_answer *a, struct aisp_slice type, const struct aisp_doc *attributes, struct aisp_slice pointer, bool plan)
{
	const struct aisp_awsf__type *t = aisp_awsf__type_spelt(type);
	struct aisp_slice arn = aisp_awsf__str(attributes, "Arn"), part;

	if (!t || !attributes || attributes->type != AISP_DOC_OBJ)
		return;
	struct aisp_awsf__item it = aisp_awsf__item_of(f, a, attributes, pointer);
	it.t = t;
	it.declared = true;
	it.at.confidence = plan ? AISP_CONF_DECLARED : AISP_CONF_OBSERVED;
	if (aisp_awsf__arn_part(arn, 3, &part) && part.n)
		it.region = part;
	if (aisp_awsf__arn_account(arn).n)
		it.account = aisp_awsf__arn_account(arn);
	aisp_awsf__item_add(&it);
}

void aisp_awsf__tfstate(struct aisp_aws_facts *f, const struct aisp_aws_answer *a)
{
	const struct aisp_doc *list = aisp_doc_get(a->doc, "resources");

	for (uint32_t i = 0; i < aisp_doc_count(list) && !f->e.bad; i++) {
		const struct aisp_doc *r = aisp_doc_at(list, i), *instances = aisp_doc_get(r, "instances");
		if (!aisp_slice_eqz(aisp_doc_getstr(r, "mode"), "managed"))
			continue;
		for (uint32_t k = 0; k < aisp_doc_count(instances) && !f->e.bad; k++)
			add_resource(f, a, aisp_doc_getstr(r, "type"), aisp_doc_get(aisp_doc_at(instances, k), "attributes"),
				     aisp_emit_fmt(&f->e, "/resources/%u/instances/%u", i, k), false);
	}
}

static void add_module(struct aisp_aws_facts *f, const struct aisp_aws_answer *a, const struct aisp_doc *m, bool plan, unsigned depth)
{
	const struct aisp_doc *list = aisp_doc_get(m, "resources"), *children = aisp_doc_get(m, "child_modules");

	for (uint32_t i = 0; i < aisp_doc_count(list) && !f->e.bad; i++) {
		const struct aisp_doc *r = aisp_doc_at(list, i);
		if (aisp_slice_eqz(aisp_doc_getstr(r, "mode"), "managed"))
			add_resource(f, a, aisp_doc_getstr(r, "type"), aisp_doc_get(r, "values"), aisp_doc_getstr(r, "address"), plan);
	}
	if (depth >= 32)
		return;
	for (uint32_t i = 0; i < aisp_doc_count(children) && !f->e.bad; i++)
		add_module(f, a, aisp_doc_at(children, i), plan, depth + 1);
}

void aisp_awsf__tfshow(struct aisp_aws_facts *f, const struct aisp_aws_answer *a)
{
	const struct aisp_doc *state = aisp_doc_path(a->doc, "values.root_module"), *plan = aisp_doc_path(a->doc, "planned_values.root_module");

	if (plan)
		add_module(f, a, plan, true, 0);
	else
		add_module(f, a, state, false, 0);
}
