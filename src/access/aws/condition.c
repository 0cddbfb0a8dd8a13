/* Condition blocks: keys of the request, variables, operators. Three values: true, false, or an expression that stays open.
 * Rules: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html and reference_policies_variables.html
 */
#include "access/aws/iam_int.h"
#include "base/buf.h"

static const struct derived_row {
	const char *name;
	enum aisp_iam__derived d;
} derived[] = {
	{"aws:PrincipalArn", AISP_IAM__D_PRINCIPAL_ARN}, {"aws:PrincipalAccount", AISP_IAM__D_PRINCIPAL_ACCOUNT},
	{"aws:PrincipalType", AISP_IAM__D_PRINCIPAL_TYPE}, {"aws:userid", AISP_IAM__D_USERID}, {"aws:username", AISP_IAM__D_USERNAME},
	{"aws:ResourceAccount", AISP_IAM__D_RESOURCE_ACCOUNT}, {"aws:PrincipalIsAWSService", AISP_IAM__D_IS_SERVICE},
	{"aws:PrincipalServiceName", AISP_IAM__D_SERVICE_NAME},
};

enum aisp_iam__derived aisp_iam__derived_of(struct aisp_slice key)
{
	for (size_t i = 0; i < sizeof derived / sizeof *derived; i++)
		if (aisp_slice_eqi(key, aisp_slice_z(derived[i].name)))
			return derived[i].d;
	return AISP_IAM__D_NONE;
}

static void set(struct aisp_iam__found *f, struct aisp_slice value)
{
	if (!value.n)
		return; /* stays unknown */
	f->known = AISP_IAM_KNOWN;
	f->one = value;
	f->values = &f->one;
	f->n = 1;
}

static void absent(struct aisp_iam__found *f)
{
	f->known = AISP_IAM_ABSENT;
}

static void principal_type(const struct aisp_iam__run *r, struct aisp_iam__found *f)
{
	switch (r->q->principal.kind) {
	case AISP_IAM_ANONYMOUS: set(f, AISP_S("Anonymous")); break;
	case AISP_IAM_ROOT: set(f, AISP_S("Account")); break;
	case AISP_IAM_USER: set(f, AISP_S("User")); break;
	case AISP_IAM_ROLE: case AISP_IAM_SESSION: set(f, AISP_S("AssumedRole")); break;
	case AISP_IAM_FEDERATED_USER: set(f, AISP_S("FederatedUser")); break;
	default: break;
	}
}

static void username(const struct aisp_iam__run *r, struct aisp_iam__found *f)
{
	struct aisp_slice arn = r->q->principal.arn;
	size_t slash = aisp_slice_rchr(arn, '/');

	if (r->q->principal.kind == AISP_IAM_USER && slash != SIZE_MAX)
		set(f, aisp_slice_from(arn, slash + 1));
	else if (r->q->principal.kind != AISP_IAM_ANY_AWS && r->q->principal.kind != AISP_IAM_USER)
		absent(f);
}

/* "AROAID:" and the session's name, which nobody knows. */
static void session_id(const struct aisp_iam__run *r, struct aisp_iam__found *f)
{
	f->prefix = true;
	if (aisp_slice_chr(f->one, ':') != SIZE_MAX)
		return;
	f->one = aisp_arena_printf(r->s->arena, "%.*s:", AISP_FMT(f->one));
	if (!f->one.p) {
		r->s->failed = true;
		absent(f);
	}
}

static void derive(const struct aisp_iam__run *r, enum aisp_iam__derived d, struct aisp_iam__found *f)
{
	const struct aisp_iam_principal *p = &r->q->principal;
	bool nobody = p->kind == AISP_IAM_ANONYMOUS || p->kind == AISP_IAM_SERVICE || p->kind == AISP_IAM_FEDERATED;

	*f = (struct aisp_iam__found){.known = AISP_IAM_UNKNOWN};
	switch (d) {
	case AISP_IAM__D_PRINCIPAL_ARN:
		if (nobody)
			absent(f);
		else
			set(f, p->kind == AISP_IAM_SESSION ? p->role_arn : p->arn);
		break;
	case AISP_IAM__D_PRINCIPAL_ACCOUNT:
		if (p->kind == AISP_IAM_ANONYMOUS)
			set(f, AISP_S("anonymous"));
		else if (nobody)
			absent(f);
		else
			set(f, p->account);
		break;
	case AISP_IAM__D_PRINCIPAL_TYPE: principal_type(r, f); break;
	case AISP_IAM__D_USERID:
		if (p->kind == AISP_IAM_ANONYMOUS)
			set(f, AISP_S("anonymous"));
		else
			set(f, p->kind == AISP_IAM_ROOT && !p->user_id.n ? p->account : p->user_id);
		if (p->kind == AISP_IAM_ROLE && f->known == AISP_IAM_KNOWN)
			session_id(r, f);
		break;
	case AISP_IAM__D_USERNAME: username(r, f); break;
	case AISP_IAM__D_RESOURCE_ACCOUNT: set(f, r->account); break;
	case AISP_IAM__D_IS_SERVICE: set(f, p->kind == AISP_IAM_SERVICE ? AISP_S("true") : AISP_S("false")); break;
	case AISP_IAM__D_SERVICE_NAME:
		if (p->kind == AISP_IAM_SERVICE)
			set(f, p->name);
		else
			absent(f);
		break;
	case AISP_IAM__D_NONE: break;
	}
}

void aisp_iam__lookup(const struct aisp_iam__run *r, struct aisp_slice key, enum aisp_iam__derived d, struct aisp_iam__found *ret)
{
	const struct aisp_iam_context *c = &r->q->context;

	for (size_t i = 0; i < c->n; i++)
		if (aisp_slice_eqi(c->keys[i].name, key)) {
			*ret = (struct aisp_iam__found){c->keys[i].known, c->keys[i].values, c->keys[i].n, false, c->keys[i].multivalued || c->keys[i].n != 1, {0}};
			return;
		}
	if (d != AISP_IAM__D_NONE)
		derive(r, d, ret);
	else
		*ret = (struct aisp_iam__found){.known = c->otherwise};
}

/* ---- Variables ---- */

static enum aisp_iam__expanded variable(const struct aisp_iam__run *r, struct aisp_slice body)
{
	size_t at = aisp_slice_chr(body, AISP_IAM__DEFAULT);
	struct aisp_slice name = at == SIZE_MAX ? body : aisp_slice_to(body, at);
	struct aisp_iam__found f;

	aisp_iam__lookup(r, name, aisp_iam__derived_of(name), &f);
	if (f.known == AISP_IAM_UNKNOWN || f.prefix)
		return AISP_IAM__OPEN;
	if (f.known == AISP_IAM_KNOWN && f.n == 1 && !f.list) {
		aisp_buf_put(&r->s->text, f.values[0]);
		return AISP_IAM__EXPANDED;
	}
	if (at == SIZE_MAX || f.known == AISP_IAM_KNOWN)
		return AISP_IAM__NO_VALUE;
	aisp_buf_put(&r->s->text, aisp_slice_from(body, at + 1));
	return AISP_IAM__EXPANDED;
}

enum aisp_iam__expanded aisp_iam__expand(const struct aisp_iam__run *r, const struct aisp_iam__pat *p, struct aisp_slice *ret_form)
{
	enum aisp_iam__expanded e = AISP_IAM__EXPANDED;

	if (p->kind != AISP_IAM__PAT_VAR) {
		*ret_form = p->form;
		return e;
	}
	aisp_buf_clear(&r->s->text);
	for (size_t i = 0; i < p->form.n; i++) {
		if (p->form.p[i] != AISP_IAM__VAR) {
			aisp_buf_putc(&r->s->text, p->form.p[i]);
			continue;
		}
		size_t len = aisp_slice_chr(aisp_slice_from(p->form, i), AISP_IAM__END);
		enum aisp_iam__expanded mine = variable(r, aisp_slice_of(p->form.p + i + 1, len - 1));
		if (mine == AISP_IAM__NO_VALUE)
			return mine;
		if (mine == AISP_IAM__OPEN)
			e = mine;
		i += len;
	}
	if (e == AISP_IAM__OPEN)
		return e;
	if (aisp_buf_check(&r->s->text, NULL) < 0)
		r->s->failed = true;
	*ret_form = aisp_arena_dup(r->s->arena, aisp_buf_slice(&r->s->text));
	if (!ret_form->p)
		r->s->failed = true;
	return r->s->failed ? AISP_IAM__NO_VALUE : AISP_IAM__EXPANDED;
}

/* ---- Operators ---- */

enum truth { NO, YES, MAYBE };

/* May a text that begins with the value be what the form names? What they have in common up to the first wildcard decides. */
static enum truth begins(enum aisp_iam__op op, struct aisp_slice value, struct aisp_slice form)
{
	int fold = op == AISP_IAM__STR_EQI ? 32 : 0;
	size_t k = 0;

	if (op != AISP_IAM__STR_LIKE && op != AISP_IAM__STR_EQ && op != AISP_IAM__STR_EQI)
		return NO;
	if (op == AISP_IAM__STR_LIKE && form.n && form.p[form.n - 1] == AISP_IAM__STAR && aisp_iam__glob(form, value))
		return YES;
	while (k < form.n && k < value.n && form.p[k] != AISP_IAM__STAR && form.p[k] != AISP_IAM__ONE && (form.p[k] | fold) == (value.p[k] | fold))
		k++;
	return k == value.n || (k < form.n && (form.p[k] == AISP_IAM__STAR || form.p[k] == AISP_IAM__ONE)) ? MAYBE : NO;
}

static enum truth negate(enum truth t)
{
	return t == MAYBE ? MAYBE : t == YES ? NO : YES;
}

/* Does the condition, with its negation, hold for this value? */
static enum truth holds(const struct aisp_iam__run *r, const struct aisp_iam__cond *c, struct aisp_slice value, bool prefix)
{
	enum truth t = NO;

	for (uint32_t i = 0; i < c->n && t != YES; i++) {
		struct aisp_slice form = {0};
		enum aisp_iam__expanded e = aisp_iam__expand(r, &c->values[i], &form);
		if (e == AISP_IAM__OPEN)
			t = MAYBE;
		if (e != AISP_IAM__EXPANDED)
			continue; /* a variable without a value is like nothing */
		if (c->negated && !aisp_iam__comparable(c->op, value, form))
			return NO;
		enum truth mine = prefix ? begins(c->op, value, form) : aisp_iam__compare(c->op, value, form) ? YES : NO;
		t = mine == NO ? t : mine;
	}
	return c->negated ? negate(t) : t;
}

static aisp_iam__x open_condition(const struct aisp_iam__run *r, const struct aisp_iam__cond *c, bool opaque)
{
	struct aisp_iam__atom none = {.kind = AISP_IAM__A_ABSENT, .key = c->key}, base = {.kind = AISP_IAM__A_COND, .key = c->key, .opaque = opaque};
	struct aisp_iam__cond *turned = NULL;
	struct aisp_iam_scratch *s = r->s;
	aisp_iam__x x;

	base.cond = c;
	/* Nothing is unequal to what is no number, date, address or ARN. */
	for (uint32_t i = 0; i < c->n && c->negated && !opaque && c->quant == AISP_IAM__ONE_VALUE; i++)
		if (c->values[i].kind != AISP_IAM__PAT_VAR && !aisp_iam__comparable(c->op, c->values[i].form, c->values[i].form))
			return aisp_iam__atom_add(s, &none);
	/* "some value is not in the set" is "not every value is in it", and the other way round. */
	if (c->negated && c->quant != AISP_IAM__ONE_VALUE) {
		turned = aisp_arena_alloc(s->arena, sizeof *turned);
		if (!turned) {
			s->failed = true;
			return AISP_IAM__FALSE;
		}
		*turned = *c;
		turned->quant = c->quant == AISP_IAM__FOR_ALL ? AISP_IAM__FOR_ANY : AISP_IAM__FOR_ALL;
		base.cond = turned;
	}
	x = aisp_iam__atom_add(s, &base);
	if (c->negated)
		x = aisp_iam__not(s, x);
	if (c->if_exists && c->quant == AISP_IAM__ONE_VALUE && !c->negated && !opaque)
		x = aisp_iam__or(s, aisp_iam__atom_add(s, &none), x);
	return x;
}

static aisp_iam__x null_condition(const struct aisp_iam__run *r, const struct aisp_iam__cond *c, const struct aisp_iam__found *f)
{
	struct aisp_iam__atom none = {.kind = AISP_IAM__A_ABSENT, .key = c->key};
	bool is_absent = f->known == AISP_IAM_ABSENT;
	aisp_iam__x x = AISP_IAM__FALSE;

	for (uint32_t i = 0; i < c->n; i++) {
		bool wants_absent = aisp_slice_eqi(c->values[i].form, AISP_S("true"));
		if (!wants_absent && !aisp_slice_eqi(c->values[i].form, AISP_S("false")))
			continue;
		if (f->known == AISP_IAM_UNKNOWN) {
			aisp_iam__x a = aisp_iam__atom_add(r->s, &none);
			x = aisp_iam__or(r->s, x, wants_absent ? a : aisp_iam__not(r->s, a));
		} else if (wants_absent == is_absent) {
			return AISP_IAM__TRUE;
		}
	}
	return x;
}

static enum truth known_condition(const struct aisp_iam__run *r, const struct aisp_iam__cond *c, const struct aisp_iam__found *f)
{
	enum truth all = YES, any = NO;

	/* An operator for one value does not hold for a list, whatever is in it. */
	if (c->quant == AISP_IAM__ONE_VALUE)
		return f->list || f->n != 1 ? NO : holds(r, c, f->values[0], f->prefix);
	for (uint32_t i = 0; i < f->n; i++) {
		enum truth t = holds(r, c, f->values[i], f->prefix);
		any = t == YES || any == NO ? (t == NO ? any : t) : any;
		all = t == NO || all == YES ? (t == YES ? all : t) : all;
	}
	return c->quant == AISP_IAM__FOR_ALL ? all : any;
}

static aisp_iam__x condition(const struct aisp_iam__run *r, const struct aisp_iam__cond *c)
{
	struct aisp_iam__found f;
	enum truth t;

	aisp_iam__lookup(r, c->key, c->derived, &f);
	if (c->op == AISP_IAM__NULL)
		return null_condition(r, c, &f);
	if (f.known == AISP_IAM_UNKNOWN)
		return open_condition(r, c, false);
	/* IfExists says nothing beside ForAllValues and ForAnyValue: those ask for values one by one. */
	if (f.known == AISP_IAM_ABSENT)
		return c->quant == AISP_IAM__FOR_ALL || (c->quant == AISP_IAM__ONE_VALUE && (c->negated || c->if_exists));
	t = known_condition(r, c, &f);
	return t == MAYBE ? open_condition(r, c, true) : t == YES;
}

aisp_iam__x aisp_iam__conditions(const struct aisp_iam__run *r, const struct aisp_iam__stmt *st)
{
	aisp_iam__x x = AISP_IAM__TRUE;

	for (uint32_t i = 0; i < st->n_conds && x != AISP_IAM__FALSE; i++)
		x = aisp_iam__and(r->s, x, condition(r, &st->conds[i]));
	return x;
}
