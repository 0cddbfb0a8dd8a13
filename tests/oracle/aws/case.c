/* See case.h. */
#include "case.h"

static int policies(struct aisp_arena *a, const struct aisp_doc *d, enum aisp_iam_use use, struct aisp_iam_set *ret, struct aisp_err *err)
{
	uint32_t n = aisp_doc_count(d);
	struct aisp_iam_named *v = aisp_arena_zalloc(a, n + 1, sizeof *v);

	if (!v)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	if (n && d->type != AISP_DOC_ARR)
		return aisp_fail(err, AISP_E_PARSE, "policies are a list");
	for (uint32_t i = 0; i < n; i++) {
		const struct aisp_doc *one = aisp_doc_at(d, i);
		int r = 0;
		v[i].name = aisp_arena_printf(a, "p%u", i);
		if (one->type != AISP_DOC_NULL)
			r = aisp_iam_policy_of_doc(a, one, use, &v[i].policy, err);
		if (r < 0)
			return r;
	}
	*ret = (struct aisp_iam_set){v, n};
	return 0;
}

static int optional(struct aisp_arena *a, const struct aisp_doc *d, enum aisp_iam_use use, const struct aisp_iam_set **ret, struct aisp_err *err)
{
	struct aisp_iam_set *set;

	if (!d)
		return 0;
	set = aisp_arena_zalloc(a, 1, sizeof *set);
	if (!set)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	*ret = set;
	return policies(a, d, use, set, err);
}

static int levels(struct aisp_arena *a, const struct aisp_doc *d, enum aisp_iam_use use, const struct aisp_iam_level **ret, size_t *ret_n, struct aisp_err *err)
{
	uint32_t n = aisp_doc_count(d);
	struct aisp_iam_level *v = aisp_arena_zalloc(a, n + 1, sizeof *v);

	if (!v)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	if (n && d->type != AISP_DOC_ARR)
		return aisp_fail(err, AISP_E_PARSE, "levels are a list");
	for (uint32_t i = 0; i < n; i++) {
		int r = policies(a, aisp_doc_at(d, i), use, &v[i].policies, err);
		if (r < 0)
			return r;
	}
	*ret = v;
	*ret_n = n;
	return 0;
}

static void principal(const struct aisp_doc *d, struct aisp_iam_principal *ret)
{
	static const struct {
		const char *name;
		enum aisp_iam_principal_kind kind;
	} kinds[] = {{"anonymous", AISP_IAM_ANONYMOUS}, {"root", AISP_IAM_ROOT}, {"user", AISP_IAM_USER}, {"role", AISP_IAM_ROLE}, {"session", AISP_IAM_SESSION},
	             {"federated", AISP_IAM_FEDERATED}, {"federated_user", AISP_IAM_FEDERATED_USER}, {"service", AISP_IAM_SERVICE}, {"any", AISP_IAM_ANY_AWS}};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (aisp_slice_eqz(aisp_doc_getstr(d, "kind"), kinds[i].name))
			ret->kind = kinds[i].kind;
	ret->arn = aisp_doc_getstr(d, "arn");
	ret->role_arn = aisp_doc_getstr(d, "role_arn");
	ret->account = aisp_doc_getstr(d, "account");
	ret->name = aisp_doc_getstr(d, "name");
	ret->user_id = aisp_doc_getstr(d, "user_id");
	ret->service_linked = aisp_doc_bool(aisp_doc_get(d, "service_linked"), false);
}

static int context(struct aisp_arena *a, const struct aisp_doc *d, struct aisp_iam_context *ret, struct aisp_err *err)
{
	const struct aisp_doc *known = aisp_doc_get(d, "context"), *open = aisp_doc_get(d, "unknown");
	uint32_t n = known && known->type == AISP_DOC_OBJ ? known->n : 0, total = n + aisp_doc_count(open);
	struct aisp_iam_key *keys = aisp_arena_zalloc(a, total + 1, sizeof *keys);

	if (!keys)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	for (uint32_t i = 0; i < total; i++) {
		const struct aisp_doc *v = i < n ? &known->members[i].value : NULL;
		uint32_t count = v && v->type == AISP_DOC_ARR ? v->n : 1;
		struct aisp_slice *values = aisp_arena_zalloc(a, count + 1, sizeof *values);

		if (!values)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory");
		keys[i].name = v ? known->members[i].key : aisp_doc_str(aisp_doc_at(open, i - n));
		keys[i].known = !v ? AISP_IAM_UNKNOWN : v->type == AISP_DOC_NULL ? AISP_IAM_ABSENT : AISP_IAM_KNOWN;
		for (uint32_t k = 0; v && k < count; k++)
			values[k] = aisp_doc_str(v->type == AISP_DOC_ARR ? aisp_doc_at(v, k) : v);
		keys[i].values = values;
		keys[i].n = keys[i].known == AISP_IAM_KNOWN ? count : 0;
		keys[i].multivalued = v && v->type == AISP_DOC_ARR;
	}
	*ret = (struct aisp_iam_context){keys, total, aisp_slice_eqz(aisp_doc_getstr(d, "otherwise"), "unknown") ? AISP_IAM_UNKNOWN : AISP_IAM_ABSENT};
	return 0;
}

int aws_case_read(struct aisp_arena *a, const struct aisp_doc *d, struct aws_case *ret, struct aisp_err *err)
{
	struct aisp_iam_bearing *b = &ret->bearing;
	const struct aisp_doc *own = aisp_doc_get(d, "resource_policy");
	int r;

	*ret = (struct aws_case){0};
	principal(aisp_doc_get(d, "principal"), &ret->request.principal);
	ret->request.action = aisp_doc_getstr(d, "action");
	ret->request.resource = aisp_doc_getstr(d, "resource");
	ret->request.resource_account = aisp_doc_getstr(d, "resource_account");
	if ((r = context(a, d, &ret->request.context, err)) < 0 || (r = policies(a, aisp_doc_get(d, "identity"), AISP_IAM_IDENTITY, &b->identity, err)) < 0 ||
	    (r = optional(a, aisp_doc_get(d, "boundary"), AISP_IAM_IDENTITY, &b->boundary, err)) < 0 ||
	    (r = optional(a, aisp_doc_get(d, "session"), AISP_IAM_IDENTITY, &b->session, err)) < 0 ||
	    (r = optional(a, aisp_doc_get(d, "endpoint"), AISP_IAM_ENDPOINT, &b->endpoint, err)) < 0 ||
	    (r = levels(a, aisp_doc_get(d, "scp"), AISP_IAM_SCP, &b->scp, &b->n_scp, err)) < 0 ||
	    (r = levels(a, aisp_doc_get(d, "rcp"), AISP_IAM_RCP, &b->rcp, &b->n_rcp, err)) < 0)
		return r;
	if (own) {
		struct aisp_iam_named *named = aisp_arena_zalloc(a, 1, sizeof *named);
		if (!named)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory");
		named->name = AISP_S("resource");
		b->resource = named;
		if (own->type != AISP_DOC_NULL)
			r = aisp_iam_policy_of_doc(a, own, aisp_doc_bool(aisp_doc_get(d, "trust"), false) ? AISP_IAM_TRUST : AISP_IAM_RESOURCE, &named->policy, err);
	}
	b->s3_block_public_policy = aisp_doc_bool(aisp_doc_get(d, "s3_block"), false);
	b->unread = (unsigned)aisp_doc_int(aisp_doc_get(d, "unread"), 0);
	return r;
}

const char *aws_case_verdict(enum aisp_iam_verdict v)
{
	return v == AISP_IAM_ALLOWED ? "allowed" : v == AISP_IAM_DENIED ? "denied" : "conditional";
}
