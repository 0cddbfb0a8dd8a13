/* get-account-authorization-details: users, groups, roles and managed policies of an account in one answer, complete. */
#include "collect/aws/facts_int.h"

static const struct {
	const char *member, *type;
} parts[] = {{"GroupDetailList", "iam:group"}, {"RoleDetailList", "iam:role"}, {"Policies", "iam:policy"}};

void aisp_awsf__gaad(struct aisp_awsf__item *it)
{
	for (size_t p = 0; p < sizeof parts / sizeof *parts; p++)
		AISP_AWS__EACH(it, parts[p].member, in)
			aisp_awsf__add_as(&in, parts[p].type);
	/* --filter leaves lists out: then those principals are not all */
	if (!aisp_awsf__get(it->d, "RoleDetailList") || !aisp_awsf__get(it->d, "Policies"))
		aisp_emit_gap(&it->f->e, it->at.path, AISP_E_LIMIT, AISP_S("get-account-authorization-details without roles or policies (--filter): what they allow is not known"));
}
