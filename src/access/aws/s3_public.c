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

static bool is_fixed(struct aisp_slice text)
{
	const struct aisp_iam__pat p = {.text = text};

	return text.n == 0 || fixed_text(&p);
}

/* An access point's name may be a pattern while its account is fixed, and an account is a principal as much as its roles are. */
static bool fixed_arn(const struct aisp_iam__pat *v)
{
	struct aisp_arn arn;
	uint64_t n = 0;

	if (fixed_text(v))
		return true;
	return aisp_arn_split(v->text, &arn) && arn.account.n == 12 && aisp_slice_u64(arn.account, &n) && is_fixed(arn.partition) &&
	       is_fixed(arn.service) && is_fixed(arn.region);
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

static bool fixed_true(const struct aisp_iam__pat *v)
{
	return aisp_slice_eqi(v->form, AISP_S("true"));
}

enum { TEXT = 1, CASELESS = 2, ARN = 4, IP = 8, BOOL = 16, ANY_TEXT = TEXT | CASELESS | ARN };

static unsigned kind_of(enum aisp_iam__op op)
{
	switch (op) {
	case AISP_IAM__STR_EQ: case AISP_IAM__STR_LIKE: return TEXT;
	case AISP_IAM__STR_EQI: return CASELESS;
	case AISP_IAM__ARN: return ARN;
	case AISP_IAM__IP: return IP;
	case AISP_IAM__BOOL: return BOOL;
	default: return 0;
	}
}

/* S3's list of keys, and what of them counts as fixed with which operators. */
static const struct {
	const char *key;
	unsigned ops;
	bool (*fixed)(const struct aisp_iam__pat *v);
} keys[] = {
	{"aws:PrincipalIsAWSService", BOOL, fixed_true}, {"aws:SourceIp", IP, fixed_range}, {"aws:userid", TEXT | ARN, fixed_userid},
	{"s3:DataAccessPointArn", ANY_TEXT, fixed_arn}, {"aws:PrincipalArn", ARN, fixed_arn}, {"aws:PrincipalArn", TEXT | CASELESS, fixed_text},
	{"aws:SourceArn", ANY_TEXT, fixed_text}, {"aws:SourceVpc", ANY_TEXT, fixed_text}, {"aws:SourceVpce", ANY_TEXT, fixed_text},
	{"aws:SourceOwner", ANY_TEXT, fixed_text}, {"aws:SourceAccount", ANY_TEXT, fixed_text}, {"aws:SourceOrgID", ANY_TEXT, fixed_text},
	{"aws:PrincipalAccount", ANY_TEXT, fixed_text}, {"aws:PrincipalOrgID", ANY_TEXT, fixed_text}, {"aws:PrincipalOrgPaths", ANY_TEXT, fixed_text},
	{"aws:PrincipalServiceName", ANY_TEXT, fixed_text},
	{"s3:DataAccessPointAccount", ANY_TEXT, fixed_text}, {"s3:x-amz-server-side-encryption-aws-kms-key-id", ANY_TEXT, fixed_text},
};

static bool narrows(const struct aisp_iam__cond *c)
{
	unsigned kind = kind_of(c->op);
	size_t row = 0;

	/* An absent key satisfies what is negated, IfExists and ForAllValues. */
	if (c->negated || c->if_exists || c->quant == AISP_IAM__FOR_ALL || c->n == 0)
		return false;
	while (row < sizeof keys / sizeof *keys && !(keys[row].ops & kind && aisp_slice_eqi(c->key, aisp_slice_z(keys[row].key))))
		row++;
	if (row == sizeof keys / sizeof *keys)
		return false;
	for (uint32_t i = 0; i < c->n; i++)
		if (!keys[row].fixed(&c->values[i]))
			return false;
	return true;
}

/* Everybody, or everybody whom a public identity provider knows ("graph.facebook.com"); a provider with an ARN is an account's own. */
static bool is_everybody(const struct aisp_iam__princ *p)
{
	return p->kind == AISP_IAM__P_STAR || (p->kind == AISP_IAM__P_FEDERATED && !aisp_slice_starts(p->text, AISP_S("arn:")));
}

bool aisp_iam__s3_public(const struct aisp_iam_policy *p)
{
	for (uint32_t i = 0; i < p->n; i++) {
		const struct aisp_iam__stmt *st = &p->stmts[i];
		bool everybody = st->not_principal, narrow = false;

		for (uint32_t k = 0; k < st->n_principals; k++)
			everybody |= is_everybody(&st->principals[k]);
		for (uint32_t k = 0; k < st->n_conds; k++)
			narrow |= narrows(&st->conds[k]);
		if (st->allow && everybody && !narrow)
			return true;
	}
	return false;
}
