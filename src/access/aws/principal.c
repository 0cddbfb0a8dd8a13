/* Whom a statement's Principal names, and in which way: that decides whether identity policies and limits still count.
 * Rules: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
#include "access/aws/iam_int.h"

/* "arn:aws:sts::1:assumed-role/NAME/SESSION" is a session of the role with this ARN? */
static bool session_of(struct aisp_slice session, struct aisp_slice role)
{
	struct aisp_arn a, b;
	size_t slash;

	if (!aisp_arn_split(session, &a) || !aisp_arn_split(role, &b) || !aisp_slice_eq(a.account, b.account))
		return false;
	a.resource = aisp_slice_from(a.resource, sizeof "assumed-role/" - 1);
	slash = aisp_slice_chr(a.resource, '/');
	return slash != SIZE_MAX && aisp_slice_eq(aisp_slice_to(a.resource, slash), aisp_slice_basename(b.resource));
}

static aisp_iam__x open_text(const struct aisp_iam__run *r, const char *what, struct aisp_slice value)
{
	struct aisp_iam__atom a = {.kind = AISP_IAM__A_TEXT};

	a.yes = aisp_arena_printf(r->s->arena, "%s is %.*s", what, AISP_FMT(value));
	a.no = aisp_arena_printf(r->s->arena, "%s is not %.*s", what, AISP_FMT(value));
	if (!a.yes.p || !a.no.p) {
		r->s->failed = true;
		return AISP_IAM__FALSE;
	}
	return aisp_iam__atom_add(r->s, &a);
}

static bool in_account(enum aisp_iam_principal_kind k)
{
	return k == AISP_IAM_ROOT || k == AISP_IAM_USER || k == AISP_IAM_ROLE || k == AISP_IAM_SESSION || k == AISP_IAM_FEDERATED_USER;
}

static aisp_iam__x session_named(const struct aisp_iam__run *r, const struct aisp_iam__princ *p)
{
	const struct aisp_iam_principal *q = &r->q->principal;

	if (q->kind == AISP_IAM_SESSION)
		return aisp_slice_eq(p->text, q->arn);
	if (q->kind == AISP_IAM_ROLE && session_of(p->text, q->arn))
		return open_text(r, "the session", p->text);
	return AISP_IAM__FALSE;
}

static aisp_iam__x canonical(const struct aisp_iam__run *r, const struct aisp_iam__princ *p)
{
	struct aisp_iam__found f;

	if (!in_account(r->q->principal.kind))
		return AISP_IAM__FALSE;
	aisp_iam__lookup(r, AISP_S("s3:CanonicalUserId"), AISP_IAM__D_NONE, &f);
	if (f.known == AISP_IAM_KNOWN)
		return f.n == 1 && aisp_slice_eq(f.values[0], p->text);
	return open_text(r, "the account's canonical user id", p->text);
}

static bool is_role(const struct aisp_iam_principal *q)
{
	return q->kind == AISP_IAM_ROLE || q->kind == AISP_IAM_SESSION;
}

static void unique_id(const struct aisp_iam_principal *q, const struct aisp_iam__princ *p, struct aisp_iam__ways *w)
{
	if (q->kind == AISP_IAM_USER && aisp_slice_eq(q->user_id, p->text))
		w->direct = AISP_IAM__TRUE;
	else if (is_role(q) && aisp_slice_eq(aisp_slice_to(q->user_id, aisp_slice_chr(q->user_id, ':')), p->text))
		w->role = AISP_IAM__TRUE;
}

static void name(const struct aisp_iam__run *r, const struct aisp_iam__princ *p, struct aisp_iam__ways *w)
{
	const struct aisp_iam_principal *q = &r->q->principal;
	struct aisp_iam_scratch *s = r->s;

	switch (p->kind) {
	case AISP_IAM__P_STAR: w->anyone = AISP_IAM__TRUE; break;
	case AISP_IAM__P_ACCOUNT:
		if (in_account(q->kind) && aisp_slice_eq(q->account, p->text))
			*(q->kind == AISP_IAM_ROOT ? &w->direct : &w->account) = AISP_IAM__TRUE;
		break;
	case AISP_IAM__P_ROLE:
		if (is_role(q) && aisp_slice_eq(q->kind == AISP_IAM_ROLE ? q->arn : q->role_arn, p->text))
			w->role = AISP_IAM__TRUE;
		break;
	case AISP_IAM__P_SESSION: w->direct = aisp_iam__or(s, w->direct, session_named(r, p)); break;
	case AISP_IAM__P_ARN:
		if ((q->kind == AISP_IAM_USER || q->kind == AISP_IAM_FEDERATED_USER) && aisp_slice_eq(q->arn, p->text))
			w->direct = AISP_IAM__TRUE;
		/* The user whose session it is: within boundary and session policy, as a role is. */
		else if (q->kind == AISP_IAM_FEDERATED_USER && q->role_arn.n && aisp_slice_eq(q->role_arn, p->text))
			w->role = AISP_IAM__TRUE;
		break;
	case AISP_IAM__P_ID: unique_id(q, p, w); break;
	case AISP_IAM__P_SERVICE: case AISP_IAM__P_FEDERATED:
		if (q->kind == (p->kind == AISP_IAM__P_SERVICE ? AISP_IAM_SERVICE : AISP_IAM_FEDERATED) && (aisp_slice_eq(q->name, p->text) || aisp_slice_eqz(p->text, "*")))
			w->direct = AISP_IAM__TRUE;
		break;
	case AISP_IAM__P_CANONICAL: w->account = aisp_iam__or(s, w->account, canonical(r, p)); break;
	}
}

aisp_iam__x aisp_iam__any_way(struct aisp_iam_scratch *s, const struct aisp_iam__ways *w)
{
	return aisp_iam__or(s, aisp_iam__or(s, w->direct, w->anyone), aisp_iam__or(s, w->role, w->account));
}

/* "The role ARN in the Principal element or in the aws:PrincipalArn condition key" (policy evaluation for requests within one account). */
static bool names_role_by_key(const struct aisp_iam__run *r, const struct aisp_iam__stmt *st)
{
	bool role = is_role(&r->q->principal);

	for (uint32_t i = 0; role && i < st->n_conds; i++)
		if (st->conds[i].derived == AISP_IAM__D_PRINCIPAL_ARN && !st->conds[i].negated && !st->conds[i].if_exists && st->conds[i].op != AISP_IAM__NULL)
			return true;
	return false;
}

struct aisp_iam__ways aisp_iam__principals(const struct aisp_iam__run *r, const struct aisp_iam__stmt *st)
{
	static const struct aisp_iam__ways everybody = {.anyone = AISP_IAM__TRUE};
	struct aisp_iam__ways w = {0};

	if (!st->has_principal)
		return everybody;
	/* A principal with a boundary is denied whatever NotPrincipal names. */
	if (st->not_principal && !st->allow && r->b->boundary)
		return everybody;
	for (uint32_t i = 0; i < st->n_principals; i++)
		name(r, &st->principals[i], &w);
	if (!st->not_principal) {
		if (w.anyone == AISP_IAM__TRUE && names_role_by_key(r, st)) {
			w.anyone = AISP_IAM__FALSE;
			w.role = AISP_IAM__TRUE;
		}
		return w;
	}
	/* An account in NotPrincipal spares its root user alone: who is meant must be named beside it. */
	w.account = AISP_IAM__FALSE;
	return (struct aisp_iam__ways){.anyone = aisp_iam__not(r->s, aisp_iam__any_way(r->s, &w))};
}
