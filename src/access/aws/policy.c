/* Policy documents compiled: checked as AWS checks them when they are put, patterns prepared, statements indexed by action.
 * Grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 * A document that AWS would refuse is refused here; nothing of it is used. Not for: deciding (decide.c).
 */
#include "access/aws/iam_int.h"
#include "base/hash.h"
#include <stdlib.h>

struct compiler {
	struct aisp_arena *a;
	enum aisp_iam_use use;
	bool variables;
	uint32_t patterns;
	struct aisp_slice where; /* pointer of the statement, for messages */
	struct aisp_err *err;
};

static int refuse(struct compiler *c, const char *why)
{
	return aisp_fail(c->err, AISP_E_PARSE, "%.*s: %s", AISP_FMT(c->where), why);
}

static int no_memory(struct compiler *c)
{
	return aisp_arena_full(c->a) ? aisp_fail(c->err, AISP_E_LIMIT, "the policies do not fit into their memory cap") :
				       aisp_fail(c->err, AISP_E_NOMEM, "out of memory");
}

/* ---- Patterns ---- */

/* "${name}" or "${name, 'default'}" at s.p[i]: its length, 0 if it is none. */
static size_t variable(struct aisp_slice s, size_t i, struct aisp_slice *name, struct aisp_slice *otherwise, bool *has_default)
{
	size_t end, comma;
	struct aisp_slice in;

	if (i + 2 >= s.n || s.p[i] != '$' || s.p[i + 1] != '{')
		return 0;
	end = aisp_slice_chr(aisp_slice_from(s, i), '}');
	if (end == SIZE_MAX)
		return 0;
	in = aisp_slice_of(s.p + i + 2, end - 2);
	*has_default = false;
	comma = aisp_slice_chr(in, ',');
	if (comma != SIZE_MAX) {
		struct aisp_slice d = aisp_slice_trim(aisp_slice_from(in, comma + 1));
		/* ", 'default'" with its space; anything else is part of a name that no key has. */
		if (d.n >= 2 && d.p[0] == '\'' && d.p[d.n - 1] == '\'' && d.p == in.p + comma + 2) {
			*otherwise = aisp_slice_of(d.p + 1, d.n - 2);
			*has_default = true;
			in = aisp_slice_to(in, comma);
		}
	}
	*name = aisp_slice_trim(in);
	return name->n ? end + 1 : 0;
}

static size_t put_variable(char *form, size_t n, struct aisp_slice name, struct aisp_slice otherwise, bool has_default)
{
	form[n++] = AISP_IAM__VAR;
	memcpy(form + n, name.p, name.n);
	n += name.n;
	if (has_default) {
		form[n++] = AISP_IAM__DEFAULT;
		memcpy(form + n, otherwise.p, otherwise.n);
		n += otherwise.n;
	}
	form[n++] = AISP_IAM__END;
	return n;
}

static enum aisp_iam__pat_kind kind_of(struct aisp_slice form, bool has_var, uint32_t *fixed)
{
	uint32_t i = 0;

	while (i < form.n && !(form.p[i] > 0 && form.p[i] <= AISP_IAM__LAST_SPECIAL))
		i++;
	*fixed = i;
	if (has_var)
		return AISP_IAM__PAT_VAR;
	if (i == form.n)
		return AISP_IAM__PAT_EXACT;
	if (form.p[i] == AISP_IAM__STAR && i + 1 == form.n)
		return i == 0 ? AISP_IAM__PAT_ANY : AISP_IAM__PAT_PREFIX;
	return AISP_IAM__PAT_GLOB;
}

static int pattern(struct compiler *c, struct aisp_slice raw, bool wild, bool vars, struct aisp_iam__pat *ret)
{
	struct aisp_slice text = aisp_arena_dup(c->a, raw);
	char *form = aisp_arena_alloc(c->a, raw.n + 1);
	size_t n = 0;
	bool has_var = false;

	if (!text.p || !form)
		return no_memory(c);
	if (++c->patterns > AISP_IAM__MAX_PATTERNS || raw.n > 16384)
		return aisp_fail(c->err, AISP_E_LIMIT, "%.*s: more or longer patterns than fit any policy", AISP_FMT(c->where));
	for (size_t i = 0; i < text.n;) {
		struct aisp_slice name = {0}, otherwise = {0};
		bool has_default = false;
		size_t len = vars && c->variables ? variable(text, i, &name, &otherwise, &has_default) : 0;
		char ch = text.p[i];

		if (ch > 0 && ch <= AISP_IAM__LAST_SPECIAL)
			return refuse(c, "has a control character in it");
		if (len && name.n == 1 && strchr("*?$", name.p[0])) {
			form[n++] = name.p[0];
		} else if (len) {
			n = put_variable(form, n, name, otherwise, has_default);
			has_var = true;
		} else {
			form[n++] = wild && ch == '*' ? AISP_IAM__STAR : wild && ch == '?' ? AISP_IAM__ONE : ch;
		}
		i += len ? len : 1;
	}
	form[n] = 0;
	*ret = (struct aisp_iam__pat){.text = text, .form = aisp_slice_of(form, n)};
	ret->kind = kind_of(ret->form, has_var, &ret->fixed);
	return 0;
}

/* ---- Elements ---- */

/* A string or a list of strings: calls f for each; numbers and booleans too where a condition's values may be some. */
static int each_text(struct compiler *c, const struct aisp_doc *d, bool scalars, const char *what,
                     int (*f)(struct compiler *c, struct aisp_slice text, void *ctx, uint32_t i), void *ctx)
{
	uint32_t n = d->type == AISP_DOC_ARR ? d->n : 1;

	for (uint32_t i = 0; i < n; i++) {
		const struct aisp_doc *v = d->type == AISP_DOC_ARR ? &d->items[i] : d;
		struct aisp_slice text;
		int r;

		if (v->type == AISP_DOC_STR)
			text = v->s;
		else if (scalars && v->type == AISP_DOC_BOOL)
			text = aisp_slice_z(v->b ? "true" : "false");
		else if (scalars && v->type == AISP_DOC_INT)
			text = aisp_arena_printf(c->a, "%lld", (long long)v->i);
		else if (scalars && v->type == AISP_DOC_REAL)
			text = aisp_arena_printf(c->a, "%.15g", v->r);
		else
			return aisp_fail(c->err, AISP_E_PARSE, "%.*s: %s has a value that is no text", AISP_FMT(c->where), what);
		if (!text.p && v->type != AISP_DOC_STR)
			return no_memory(c);
		r = f(c, text, ctx, i);
		if (r < 0)
			return r;
	}
	return 0;
}

static uint32_t count(const struct aisp_doc *d)
{
	return d->type == AISP_DOC_ARR ? d->n : 1;
}

static bool is_service(struct aisp_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= 'A' && s.p[i] <= 'Z') || (s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '-'))
			return false;
	return s.n > 0;
}

static int one_action(struct compiler *c, struct aisp_slice text, void *ctx, uint32_t i)
{
	struct aisp_iam__pat *pats = ctx;
	char *p;
	size_t colon = aisp_slice_chr(text, ':');
	int r;

	if (!aisp_slice_eqz(text, "*") && !aisp_slice_eqz(text, "*:*") && (colon == SIZE_MAX || colon == 0 || colon + 1 == text.n || !is_service(aisp_slice_to(text, colon))))
		return refuse(c, "an Action must be \"*\" or service:action");
	r = pattern(c, text, true, false, &pats[i]);
	if (r < 0)
		return r;
	if (aisp_slice_eqz(text, "*:*"))
		pats[i].kind = AISP_IAM__PAT_ANY;
	p = (char *)(uintptr_t)pats[i].form.p;
	for (size_t k = 0; k < pats[i].form.n; k++)
		if (p[k] >= 'A' && p[k] <= 'Z')
			p[k] = (char)(p[k] + 32);
	return 0;
}

/* In an ARN's first five segments a wildcard stays within its segment, but a star at the end of one goes on behind the colon
 * (IAM User Guide, Resource element). "arn", partition and service know no case. */
static void segments(struct aisp_iam__pat *p)
{
	char *form = (char *)(uintptr_t)p->form.p;
	bool in_variable = false;

	for (size_t i = 0, colons = 0; i < p->form.n && colons < 5; i++) {
		in_variable = form[i] == AISP_IAM__VAR || (in_variable && form[i] != AISP_IAM__END);
		if (in_variable)
			continue;
		if (colons < 3 && form[i] >= 'A' && form[i] <= 'Z')
			form[i] = (char)(form[i] + 32);
		if (form[i] == ':')
			colons++;
		else if (form[i] == AISP_IAM__ONE)
			form[i] = AISP_IAM__SEGMENT_ONE;
		else if (form[i] == AISP_IAM__STAR && i + 1 < p->form.n && form[i + 1] != ':')
			form[i] = AISP_IAM__SEGMENT_STAR;
	}
}

static int one_resource(struct compiler *c, struct aisp_slice text, void *ctx, uint32_t i)
{
	struct aisp_iam__pat *p = &((struct aisp_iam__pat *)ctx)[i];
	bool is_arn = aisp_slice_eqi(aisp_slice_to(text, 4), AISP_S("arn:"));
	int r;

	if ((c->use == AISP_IAM_IDENTITY || c->use == AISP_IAM_SCP) && !aisp_slice_eqz(text, "*") && !is_arn)
		return refuse(c, "a Resource must be \"*\" or an ARN");
	if (text.n == 0)
		return refuse(c, "a Resource is empty");
	r = pattern(c, text, true, true, p);
	if (r == 0 && is_arn)
		segments(p);
	return r;
}

static int patterns(struct compiler *c, const struct aisp_doc *d, bool resources, struct aisp_iam__stmt *st)
{
	uint32_t n = count(d);
	struct aisp_iam__pat *v = aisp_arena_zalloc(c->a, n ? n : 1, sizeof *v);
	struct aisp_slice *texts = aisp_arena_zalloc(c->a, n ? n : 1, sizeof *texts);
	int r;

	if (!v || !texts)
		return no_memory(c);
	if (n == 0)
		return refuse(c, "a list of actions or resources is empty");
	r = each_text(c, d, false, resources ? "Resource" : "Action", resources ? one_resource : one_action, v);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < n; i++)
		texts[i] = v[i].text;
	*(resources ? &st->resources : &st->actions) = v;
	*(resources ? &st->resource_texts : &st->action_texts) = texts;
	*(resources ? &st->n_resources : &st->n_actions) = n;
	return 0;
}

static bool all_digits(struct aisp_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n == 12;
}

static bool is_id(struct aisp_slice s)
{
	if (s.n < 16 || s.n > 128 || s.p[0] != 'A')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= 'A' && s.p[i] <= 'Z') || (s.p[i] >= '0' && s.p[i] <= '9')))
			return false;
	return true;
}

static int aws_principal(struct compiler *c, struct aisp_slice text, struct aisp_iam__princ *p)
{
	struct aisp_arn arn;

	p->text = aisp_arena_dup(c->a, text);
	if (!p->text.p)
		return no_memory(c);
	if (aisp_slice_eqz(text, "*")) {
		p->kind = AISP_IAM__P_STAR;
	} else if (all_digits(text)) {
		p->kind = AISP_IAM__P_ACCOUNT;
	} else if (aisp_arn_split(p->text, &arn) && (aisp_slice_eqz(arn.service, "iam") || aisp_slice_eqz(arn.service, "sts")) && arn.resource.n) {
		if (aisp_slice_chr(arn.resource, '*') != SIZE_MAX || aisp_slice_chr(arn.resource, '?') != SIZE_MAX)
			return refuse(c, "a Principal cannot have wildcards");
		if (aisp_slice_eqz(arn.resource, "root")) {
			p->kind = AISP_IAM__P_ACCOUNT;
			p->text = arn.account;
		} else if (aisp_slice_starts(arn.resource, AISP_S("role/"))) {
			p->kind = AISP_IAM__P_ROLE;
		} else if (aisp_slice_starts(arn.resource, AISP_S("assumed-role/"))) {
			p->kind = AISP_IAM__P_SESSION;
		} else {
			p->kind = AISP_IAM__P_ARN;
		}
	} else if (is_id(text)) {
		p->kind = AISP_IAM__P_ID;
	} else {
		return refuse(c, "a Principal is neither \"*\", an account, an ARN nor a unique id");
	}
	return 0;
}

struct principals {
	struct aisp_iam__princ *v;
	uint32_t n;
	struct aisp_slice type;
};

static int one_principal(struct compiler *c, struct aisp_slice text, void *ctx, uint32_t i)
{
	struct principals *ps = ctx;
	struct aisp_iam__princ *p = &ps->v[ps->n];

	(void)i;
	ps->n++;
	if (aisp_slice_eqz(ps->type, "AWS"))
		return aws_principal(c, text, p);
	if (aisp_slice_eqz(ps->type, "Service"))
		p->kind = AISP_IAM__P_SERVICE;
	else if (aisp_slice_eqz(ps->type, "Federated"))
		p->kind = AISP_IAM__P_FEDERATED;
	else if (aisp_slice_eqz(ps->type, "CanonicalUser"))
		p->kind = AISP_IAM__P_CANONICAL;
	else
		return refuse(c, "a Principal is of no known type");
	p->text = aisp_arena_dup(c->a, text);
	return p->text.p ? 0 : no_memory(c);
}

static int principals(struct compiler *c, const struct aisp_doc *d, struct aisp_iam__stmt *st)
{
	struct principals ps = {0};
	uint32_t n = 0;

	if (d->type == AISP_DOC_STR) {
		if (!aisp_slice_eqz(d->s, "*"))
			return refuse(c, "a Principal that is a text must be \"*\"");
		ps.v = aisp_arena_zalloc(c->a, 1, sizeof *ps.v);
		if (!ps.v)
			return no_memory(c);
		ps.v[0] = (struct aisp_iam__princ){.kind = AISP_IAM__P_STAR, .text = AISP_S("*")};
		ps.n = 1;
	} else if (d->type == AISP_DOC_OBJ) {
		for (uint32_t i = 0; i < d->n; i++)
			n += count(&d->members[i].value);
		ps.v = aisp_arena_zalloc(c->a, n ? n : 1, sizeof *ps.v);
		if (!ps.v)
			return no_memory(c);
		for (uint32_t i = 0; i < d->n; i++) {
			int r;
			ps.type = d->members[i].key;
			r = each_text(c, &d->members[i].value, false, "Principal", one_principal, &ps);
			if (r < 0)
				return r;
		}
	}
	if (ps.n == 0)
		return refuse(c, "Principal is empty or of the wrong type");
	c->patterns += ps.n;
	st->principals = ps.v;
	st->n_principals = ps.n;
	st->has_principal = true;
	return 0;
}

/* ---- Conditions ---- */

static const struct operator_row {
	const char *name;
	enum aisp_iam__op op;
	bool negated;
} operators[] = {
	{"StringEquals", AISP_IAM__STR_EQ, false}, {"StringNotEquals", AISP_IAM__STR_EQ, true},
	{"StringEqualsIgnoreCase", AISP_IAM__STR_EQI, false}, {"StringNotEqualsIgnoreCase", AISP_IAM__STR_EQI, true},
	{"StringLike", AISP_IAM__STR_LIKE, false}, {"StringNotLike", AISP_IAM__STR_LIKE, true},
	{"NumericEquals", AISP_IAM__NUM_EQ, false}, {"NumericNotEquals", AISP_IAM__NUM_EQ, true},
	{"NumericLessThan", AISP_IAM__NUM_LT, false}, {"NumericLessThanEquals", AISP_IAM__NUM_LE, false},
	{"NumericGreaterThan", AISP_IAM__NUM_GT, false}, {"NumericGreaterThanEquals", AISP_IAM__NUM_GE, false},
	{"DateEquals", AISP_IAM__DATE_EQ, false}, {"DateNotEquals", AISP_IAM__DATE_EQ, true},
	{"DateLessThan", AISP_IAM__DATE_LT, false}, {"DateLessThanEquals", AISP_IAM__DATE_LE, false},
	{"DateGreaterThan", AISP_IAM__DATE_GT, false}, {"DateGreaterThanEquals", AISP_IAM__DATE_GE, false},
	{"Bool", AISP_IAM__BOOL, false}, {"BinaryEquals", AISP_IAM__BINARY, false},
	{"IpAddress", AISP_IAM__IP, false}, {"NotIpAddress", AISP_IAM__IP, true},
	{"ArnEquals", AISP_IAM__ARN, false}, {"ArnNotEquals", AISP_IAM__ARN, true},
	{"ArnLike", AISP_IAM__ARN, false}, {"ArnNotLike", AISP_IAM__ARN, true},
	{"Null", AISP_IAM__NULL, false},
};

static bool operator_of(struct aisp_slice name, struct aisp_iam__cond *ret)
{
	const struct aisp_slice any = AISP_S("ForAnyValue:"), all = AISP_S("ForAllValues:"), if_exists = AISP_S("IfExists");

	*ret = (struct aisp_iam__cond){0};
	if (name.n > any.n && aisp_slice_eqi(aisp_slice_to(name, any.n), any)) {
		ret->quant = AISP_IAM__FOR_ANY;
		name = aisp_slice_from(name, any.n);
	} else if (name.n > all.n && aisp_slice_eqi(aisp_slice_to(name, all.n), all)) {
		ret->quant = AISP_IAM__FOR_ALL;
		name = aisp_slice_from(name, all.n);
	}
	if (name.n > if_exists.n && aisp_slice_eqi(aisp_slice_from(name, name.n - if_exists.n), if_exists)) {
		ret->if_exists = true;
		name = aisp_slice_to(name, name.n - if_exists.n);
	}
	for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
		if (aisp_slice_eqi(name, aisp_slice_z(operators[i].name))) {
			ret->op = operators[i].op;
			ret->negated = operators[i].negated;
			return ret->op != AISP_IAM__NULL || !ret->if_exists;
		}
	return false;
}

struct values {
	struct aisp_iam__pat *v;
	enum aisp_iam__op op;
};

static int one_value(struct compiler *c, struct aisp_slice text, void *ctx, uint32_t i)
{
	struct values *vs = ctx;
	bool wild = vs->op == AISP_IAM__STR_LIKE || vs->op == AISP_IAM__ARN;
	/* "Policy variables: supported" stands at the string, ARN and Boolean operators only. */
	bool vars = wild || vs->op == AISP_IAM__STR_EQ || vs->op == AISP_IAM__STR_EQI || vs->op == AISP_IAM__BOOL;

	return pattern(c, text, wild, vars, &vs->v[i]);
}

static int conditions(struct compiler *c, const struct aisp_doc *d, struct aisp_iam__stmt *st)
{
	struct aisp_iam__cond *v;
	uint32_t n = 0;

	if (d->type != AISP_DOC_OBJ)
		return refuse(c, "Condition is no object");
	for (uint32_t i = 0; i < d->n; i++)
		n += aisp_doc_count(&d->members[i].value);
	v = aisp_arena_zalloc(c->a, n ? n : 1, sizeof *v);
	if (!v)
		return no_memory(c);
	for (uint32_t i = 0; i < d->n; i++) {
		const struct aisp_doc *keys = &d->members[i].value;
		struct aisp_iam__cond head;

		if (!operator_of(d->members[i].key, &head) || keys->type != AISP_DOC_OBJ)
			return aisp_fail(c->err, AISP_E_PARSE, "%.*s: the condition operator \"%.*s\" is not known", AISP_FMT(c->where), AISP_FMT(d->members[i].key));
		for (uint32_t k = 0; k < keys->n; k++) {
			const struct aisp_doc *value = &keys->members[k].value;
			struct values vs = {.v = aisp_arena_zalloc(c->a, count(value) ? count(value) : 1, sizeof *vs.v), .op = head.op};
			int r;

			head.key = aisp_arena_dup(c->a, keys->members[k].key);
			if (!vs.v || !head.key.p)
				return no_memory(c);
			r = each_text(c, value, true, "Condition", one_value, &vs);
			if (r < 0)
				return r;
			head.values = vs.v;
			head.n = count(value);
			head.derived = aisp_iam__derived_of(head.key);
			v[st->n_conds++] = head;
		}
	}
	st->conds = v;
	return 0;
}

/* ---- Statements ---- */

static int repeated(struct compiler *c, const struct aisp_doc *d)
{
	if (d->n > 32)
		return refuse(c, "has more elements than there are");
	for (uint32_t i = 0; i < d->n; i++)
		for (uint32_t k = 0; k < i; k++)
			if (aisp_slice_eq(d->members[i].key, d->members[k].key))
				return aisp_fail(c->err, AISP_E_PARSE, "%.*s: has \"%.*s\" twice", AISP_FMT(c->where), AISP_FMT(d->members[i].key));
	return 0;
}

static int elements(struct compiler *c, const struct aisp_doc *d, struct aisp_iam__stmt *st)
{
	for (uint32_t i = 0; i < d->n; i++) {
		struct aisp_slice key = d->members[i].key;
		const struct aisp_doc *v = &d->members[i].value;
		int r = 0;

		if (aisp_slice_eqz(key, "Sid") && v->type == AISP_DOC_STR) {
			st->sid = aisp_arena_dup(c->a, v->s);
			r = st->sid.p ? 0 : no_memory(c);
		} else if (aisp_slice_eqz(key, "Effect")) {
			st->allow = aisp_slice_eqz(aisp_doc_str(v), "Allow");
			if (!st->allow && !aisp_slice_eqz(aisp_doc_str(v), "Deny"))
				return refuse(c, "Effect is neither Allow nor Deny");
		} else if (aisp_slice_eqz(key, "Action") || aisp_slice_eqz(key, "NotAction")) {
			st->not_action = key.n > 6;
			r = st->actions ? refuse(c, "has both Action and NotAction") : patterns(c, v, false, st);
		} else if (aisp_slice_eqz(key, "Resource") || aisp_slice_eqz(key, "NotResource")) {
			st->not_resource = key.n > 8;
			r = st->resources ? refuse(c, "has both Resource and NotResource") : patterns(c, v, true, st);
			st->has_resource = true;
		} else if (aisp_slice_eqz(key, "Principal") || aisp_slice_eqz(key, "NotPrincipal")) {
			st->not_principal = key.n > 9;
			r = st->principals ? refuse(c, "has both Principal and NotPrincipal") : principals(c, v, st);
		} else if (aisp_slice_eqz(key, "Condition")) {
			r = conditions(c, v, st);
		} else {
			return aisp_fail(c->err, AISP_E_PARSE, "%.*s: the element \"%.*s\" is not known", AISP_FMT(c->where), AISP_FMT(key));
		}
		if (r < 0)
			return r;
	}
	return 0;
}

static int statement(struct compiler *c, const struct aisp_doc *d, struct aisp_iam__stmt *st)
{
	bool named = c->use == AISP_IAM_RESOURCE || c->use == AISP_IAM_TRUST || c->use == AISP_IAM_RCP || c->use == AISP_IAM_ENDPOINT;
	int r;

	if (d->type != AISP_DOC_OBJ)
		return refuse(c, "a statement is no object");
	r = repeated(c, d);
	if (r < 0)
		return r;
	r = elements(c, d, st);
	if (r < 0)
		return r;
	if (!aisp_doc_get(d, "Effect"))
		return refuse(c, "has no Effect");
	if (!st->actions)
		return refuse(c, "has no Action");
	if (named && !st->has_principal)
		return refuse(c, "has no Principal");
	if (!named && st->has_principal)
		return refuse(c, "has a Principal, which such a policy cannot have");
	if (c->use == AISP_IAM_TRUST && st->has_resource)
		return refuse(c, "has a Resource, which a trust policy cannot have");
	if (!named && !st->has_resource)
		return refuse(c, "has no Resource");
	return 0;
}

/* ---- Index ---- */

static int by_hash(const void *a, const void *b)
{
	const struct aisp_iam__entry *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->stmt != y->stmt ? (x->stmt < y->stmt ? -1 : 1) : (x->pat > y->pat) - (x->pat < y->pat);
}

static int make_index(struct compiler *c, struct aisp_iam_policy *p)
{
	uint32_t n = 0;
	struct aisp_iam__entry *e;
	uint32_t *rest;

	if (p->n <= 3)
		return 0;
	for (uint32_t i = 0; i < p->n; i++)
		n += p->stmts[i].n_actions;
	e = aisp_arena_zalloc(c->a, n, sizeof *e);
	rest = aisp_arena_zalloc(c->a, p->n, sizeof *rest);
	if (!e || !rest)
		return no_memory(c);
	n = 0;
	for (uint32_t i = 0; i < p->n; i++) {
		const struct aisp_iam__stmt *st = &p->stmts[i];
		bool always = st->not_action;
		for (uint32_t k = 0; k < st->n_actions && !always; k++)
			always = st->actions[k].kind == AISP_IAM__PAT_ANY || st->actions[k].fixed <= aisp_slice_chr(st->actions[k].form, ':');
		if (always) {
			rest[p->n_rest++] = i;
			continue;
		}
		for (uint32_t k = 0; k < st->n_actions; k++) {
			const struct aisp_iam__pat *a = &st->actions[k];
			size_t len = a->kind == AISP_IAM__PAT_EXACT ? a->form.n : aisp_slice_chr(a->form, ':') + 1;
			e[n++] = (struct aisp_iam__entry){aisp_hash64(a->form.p, len, 0), i, k};
		}
	}
	if (n)
		qsort(e, n, sizeof *e, by_hash);
	p->index = e;
	p->n_index = n;
	p->rest = rest;
	return 0;
}

static void mark(const struct aisp_iam_policy *p, const struct aisp_iam__run *r, uint64_t hash)
{
	uint32_t lo = 0, hi = p->n_index;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		if (p->index[mid].hash < hash)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < p->n_index && p->index[lo].hash == hash; lo++) {
		uint32_t st = p->index[lo].stmt;
		if (aisp_iam__pat_match(&p->stmts[st].actions[p->index[lo].pat], r->action))
			r->s->hits[st / 64] |= UINT64_C(1) << (st % 64);
	}
}

bool aisp_iam__action_match(const struct aisp_iam__stmt *st, struct aisp_slice lower)
{
	for (uint32_t i = 0; i < st->n_actions; i++)
		if (aisp_iam__pat_match(&st->actions[i], lower))
			return !st->not_action;
	return st->not_action;
}

void aisp_iam__candidates(const struct aisp_iam_policy *p, const struct aisp_iam__run *r)
{
	memset(r->s->hits, 0, ((size_t)p->n + 63) / 64 * sizeof *r->s->hits);
	if (p->n <= 3) {
		for (uint32_t i = 0; i < p->n; i++)
			if (aisp_iam__action_match(&p->stmts[i], r->action))
				r->s->hits[0] |= UINT64_C(1) << i;
		return;
	}
	mark(p, r, r->action_hash);
	mark(p, r, r->service_hash);
	for (uint32_t i = 0; i < p->n_rest; i++)
		if (aisp_iam__action_match(&p->stmts[p->rest[i]], r->action))
			r->s->hits[p->rest[i] / 64] |= UINT64_C(1) << (p->rest[i] % 64);
}

/* ---- Documents ---- */

static int top_level(struct compiler *c, const struct aisp_doc *doc, const struct aisp_doc **ret)
{
	*ret = NULL;
	c->where = AISP_S("/");
	if (!doc || doc->type != AISP_DOC_OBJ)
		return refuse(c, "a policy is a JSON object");
	int r = repeated(c, doc);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < doc->n; i++) {
		struct aisp_slice key = doc->members[i].key;
		const struct aisp_doc *v = &doc->members[i].value;
		if (aisp_slice_eqz(key, "Statement"))
			*ret = v;
		else if (aisp_slice_eqz(key, "Version") && aisp_slice_eqz(aisp_doc_str(v), "2012-10-17"))
			c->variables = true;
		else if (!(aisp_slice_eqz(key, "Version") && aisp_slice_eqz(aisp_doc_str(v), "2008-10-17")) && !aisp_slice_eqz(key, "Id"))
			return aisp_fail(c->err, AISP_E_PARSE, "a policy's \"%.*s\" is not known or has a wrong value", AISP_FMT(key));
	}
	if (!*ret || ((*ret)->type != AISP_DOC_ARR && (*ret)->type != AISP_DOC_OBJ))
		return refuse(c, "a policy has no Statement");
	return 0;
}

int aisp_iam_policy_of_doc(struct aisp_arena *a, const struct aisp_doc *doc, enum aisp_iam_use use, const struct aisp_iam_policy **ret, struct aisp_err *err)
{
	struct compiler c = {.a = a, .use = use, .err = err};
	const struct aisp_doc *list = NULL;
	struct aisp_iam__stmt *stmts;
	struct aisp_iam_policy *p;
	int r = top_level(&c, doc, &list);

	if (r < 0)
		return r;
	p = aisp_arena_zalloc(a, 1, sizeof *p);
	if (!p)
		return no_memory(&c);
	p->use = use;
	p->variables = c.variables;
	p->n = count(list);
	if (p->n > AISP_IAM__MAX_STATEMENTS)
		return aisp_fail(err, AISP_E_LIMIT, "a policy has %u statements, over %d", p->n, AISP_IAM__MAX_STATEMENTS);
	stmts = aisp_arena_zalloc(a, p->n ? p->n : 1, sizeof *stmts);
	if (!stmts)
		return no_memory(&c);
	for (uint32_t i = 0; i < p->n; i++) {
		c.where = list->type == AISP_DOC_ARR ? aisp_arena_printf(a, "/Statement/%u", i) : AISP_S("/Statement");
		if (!c.where.p)
			return no_memory(&c);
		stmts[i].pointer = c.where;
		r = statement(&c, list->type == AISP_DOC_ARR ? &list->items[i] : list, &stmts[i]);
		if (r < 0)
			return r;
	}
	p->stmts = stmts;
	r = make_index(&c, p);
	if (r < 0)
		return r;
	p->open_to_all = use == AISP_IAM_RESOURCE && aisp_iam__s3_public(p);
	*ret = p;
	return 0;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 32);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* IAM's API answers documents with percent escapes (RFC 3986). */
static struct aisp_slice unescape(struct aisp_arena *a, struct aisp_slice s)
{
	char *p = aisp_arena_alloc(a, s.n + 1);
	size_t n = 0;

	if (!p)
		return (struct aisp_slice){0};
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '%' && i + 2 < s.n && hex(s.p[i + 1]) >= 0 && hex(s.p[i + 2]) >= 0) {
			p[n++] = (char)(hex(s.p[i + 1]) * 16 + hex(s.p[i + 2]));
			i += 2;
		} else {
			p[n++] = s.p[i];
		}
	}
	return aisp_slice_of(p, n);
}

int aisp_iam_policy_parse(struct aisp_arena *a, struct aisp_slice json, enum aisp_iam_use use, const struct aisp_iam_policy **ret, struct aisp_err *err)
{
	static const struct aisp_doc_limits limits = {.max_bytes = AISP_IAM__MAX_BYTES, .max_depth = 16, .max_values = 200000};
	struct aisp_arena *tmp AISP_CLEANUP(aisp_arena_freep) = NULL;
	const struct aisp_doc *doc = NULL;
	int r;

	if (json.n > 3 * (size_t)AISP_IAM__MAX_BYTES)
		return aisp_fail(err, AISP_E_LIMIT, "a policy has %zu bytes", json.n);
	tmp = aisp_arena_new((size_t)64 << 20);
	if (!tmp)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	json = aisp_slice_trim(json);
	if (json.n && json.p[0] == '%')
		json = unescape(tmp, json);
	if (!json.p && json.n == 0)
		return aisp_fail(err, AISP_E_PARSE, "a policy is empty");
	r = aisp_json_parse(tmp, json, &limits, &doc, err);
	return r < 0 ? r : aisp_iam_policy_of_doc(a, doc, use, ret, err);
}

uint32_t aisp_iam_statements(const struct aisp_iam_policy *p)
{
	return p->n;
}

struct aisp_slice aisp_iam_statement_sid(const struct aisp_iam_policy *p, uint32_t i)
{
	return i < p->n ? p->stmts[i].sid : (struct aisp_slice){0};
}

bool aisp_iam_statement_allows(const struct aisp_iam_policy *p, uint32_t i)
{
	return i < p->n && p->stmts[i].allow;
}

struct aisp_slice aisp_iam_statement_pointer(const struct aisp_iam_policy *p, uint32_t i)
{
	return i < p->n ? p->stmts[i].pointer : (struct aisp_slice){0};
}

struct aisp_iam_lists aisp_iam_statement_lists(const struct aisp_iam_policy *p, uint32_t i)
{
	const struct aisp_iam__stmt *st = i < p->n ? &p->stmts[i] : NULL;

	if (!st)
		return (struct aisp_iam_lists){0};
	return (struct aisp_iam_lists){st->action_texts, st->resource_texts, st->n_actions, st->n_resources, st->not_action, st->not_resource, st->n_conds > 0};
}

int aisp_iam_patterns(const struct aisp_iam_policy *p, struct aisp_slice action, struct aisp_arena *a, const struct aisp_iam_pattern **ret, size_t *n, struct aisp_err *err)
{
	struct aisp_iam_pattern *v;
	char lower[256];
	size_t total = 0, k = 0;

	if (action.n > sizeof lower)
		return aisp_fail(err, AISP_E_LIMIT, "an action's name has %zu characters", action.n);
	for (size_t i = 0; i < action.n; i++)
		lower[i] = (char)(action.p[i] >= 'A' && action.p[i] <= 'Z' ? action.p[i] + 32 : action.p[i]);
	for (uint32_t i = 0; i < p->n; i++)
		total += p->stmts[i].n_resources + 1;
	v = aisp_arena_zalloc(a, total ? total : 1, sizeof *v);
	if (!v)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	for (uint32_t i = 0; i < p->n; i++) {
		const struct aisp_iam__stmt *st = &p->stmts[i];
		if (!aisp_iam__action_match(st, aisp_slice_of(lower, action.n)))
			continue;
		if (!st->has_resource)
			v[k++] = (struct aisp_iam_pattern){AISP_S("*"), i, st->allow, false};
		for (uint32_t m = 0; m < st->n_resources; m++)
			v[k++] = (struct aisp_iam_pattern){st->resources[m].text, i, st->allow, st->not_resource};
	}
	*ret = v;
	*n = k;
	return 0;
}
