/* What S3 calls a public bucket policy: an Allow for everybody that no condition narrows to fixed values.
 * Rules: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html ("The meaning of public")
 */
#include "access/aws/iam_int.h"

static bool fixed_text(const struct aisp_iam__pat *v)
{
	for (size_t i = 0; i < v->text.n; i++)
		if (v->text.p[i] == '*' || v->text.p[i] == '?' || v->text.p[i] == '$')
			return false;
	return v->text.n > 0;
}

/* An ARN with a fixed account is nobody else's, whatever stands behind it. */
static bool fixed_arn(const struct aisp_iam__pat *v)
{
	struct aisp_arn arn;
	uint64_t n = 0;

	return fixed_text(v) || (aisp_arn_split(v->text, &arn) && arn.account.n == 12 && aisp_slice_u64(arn.account, &n));
}

/* A range wider than /8 (IPv4) or /32 (IPv6) counts as everybody; so do all private addresses but not fewer. */
static bool fixed_range(const struct aisp_iam__pat *v)
{
	struct aisp_iam__cidr c;

	return aisp_iam__cidr(v->form, &c) && c.bits >= (c.n == 4 ? 8u : 32u);
}

/* "AROAID:*" names one role. */
static bool fixed_userid(const struct aisp_iam__pat *v)
{
	size_t colon = aisp_slice_chr(v->text, ':');
	struct aisp_iam__pat head = {.text = aisp_slice_to(v->text, colon)};

	return fixed_text(v) || (colon != SIZE_MAX && fixed_text(&head));
}

static bool all_fixed(const struct aisp_iam__cond *c, bool (*fixed)(const struct aisp_iam__pat *v))
{
	for (uint32_t i = 0; i < c->n; i++)
		if (!fixed(&c->values[i]))
			return false;
	return true;
}

static bool narrows(const struct aisp_iam__cond *c)
{
	static const char *const keys[] = {
		"aws:SourceArn", "aws:SourceVpc", "aws:SourceVpce", "aws:SourceOwner", "aws:SourceAccount", "aws:PrincipalArn", "aws:PrincipalAccount",
		"aws:PrincipalOrgID", "aws:PrincipalServiceName", "s3:x-amz-server-side-encryption-aws-kms-key-id",
		"s3:DataAccessPointArn", "s3:DataAccessPointAccount", "aws:SourceOrgID",
	};
	bool exact = c->op == AISP_IAM__STR_EQ || c->op == AISP_IAM__STR_LIKE || c->op == AISP_IAM__ARN, text = exact || c->op == AISP_IAM__STR_EQI, known = false;

	if (c->negated || c->if_exists || c->quant != AISP_IAM__ONE_VALUE || c->n == 0)
		return false;
	if (c->op == AISP_IAM__BOOL && aisp_slice_eqi(c->key, AISP_S("aws:PrincipalIsAWSService")))
		return c->n == 1 && aisp_slice_eqi(c->values[0].form, AISP_S("true"));
	if (c->op == AISP_IAM__IP && aisp_slice_eqi(c->key, AISP_S("aws:SourceIp")))
		return all_fixed(c, fixed_range);
	if (exact && aisp_slice_eqi(c->key, AISP_S("aws:userid")))
		return all_fixed(c, fixed_userid);
	for (size_t i = 0; i < sizeof keys / sizeof *keys && text && !known; i++)
		known = aisp_slice_eqi(c->key, aisp_slice_z(keys[i]));
	return known && all_fixed(c, c->op == AISP_IAM__ARN ? fixed_arn : fixed_text);
}

bool aisp_iam__s3_public(const struct aisp_iam_policy *p)
{
	for (uint32_t i = 0; i < p->n; i++) {
		const struct aisp_iam__stmt *st = &p->stmts[i];
		bool everybody = st->not_principal, narrow = false;

		for (uint32_t k = 0; k < st->n_principals; k++)
			everybody |= st->principals[k].kind == AISP_IAM__P_STAR;
		for (uint32_t k = 0; k < st->n_conds; k++)
			narrow |= narrows(&st->conds[k]);
		if (st->allow && everybody && !narrow)
			return true;
	}
	return false;
}
