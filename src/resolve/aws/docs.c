/* Documents of a world: compiled once for equal words, and what decisions on them can depend on: which principals they name,
 * which condition keys and variables they have.
 */
#include "base/buf.h"
#include "base/hash.h"
#include "resolve/aws/world_int.h"
#include <stdio.h>

/* Keys whose values the caller decides, with the reason. What an actor can choose it will: such a condition is no protection.
 * A star stands for any rest. */
static const struct choice_row {
	const char *key, *why;
} choice_rows[] = {
	{"aws:useragent", "a header of the request"},
	{"aws:referer", "a header of the request"},
	{"aws:requesttag/*", "tags that the request brings"},
	{"aws:tagkeys", "tags that the request brings"},
	{"s3:prefix", "a parameter of the request"},
	{"s3:delimiter", "a parameter of the request"},
	{"s3:max-keys", "a parameter of the request"},
	{"s3:x-amz-*", "a header of the request"},
	{"s3:authtype", "how the request is signed"},
	{"s3:signatureversion", "how the request is signed"},
	{"s3:signatureage", "how old a presigned request is"},
	{"s3:tlsversion", "how the connection is made"},
	{"s3:requestobjecttag/*", "tags that the request brings"},
	{"s3:requestobjecttagkeys", "tags that the request brings"},
	{"sts:rolesessionname", "a parameter of the request"},
	{"sts:durationseconds", "a parameter of the request"},
	{"dynamodb:attributes", "a parameter of the request"},
	{"dynamodb:select", "a parameter of the request"},
	{"bedrock:guardrailidentifier", "a parameter of the request"},
	{"bedrock:promptrouterarn", "which router is asked"},
	{"bedrock:inferenceprofilearn", "which profile is asked"},
	{"iam:passedtoservice", "for whom the role is passed"},
	{"iam:awsservicename", "a parameter of the request"},
	{"iam:permissionsboundary", "a parameter of the request"},
	{"iam:policyarn", "a parameter of the request"},
	{"sns:protocol", "a parameter of the request"},
	{"sns:endpoint", "a parameter of the request"},
	{"secretsmanager:versionstage", "a parameter of the request"},
	{"secretsmanager:versionid", "a parameter of the request"},
	{"kms:encryptionalgorithm", "a parameter of the request"},
	{"lambda:functionurlauthtype", "how the function is called"},
	{"lambda:invokedviafunctionurl", "how the function is called"},
	{"aws:viaawsservice", "a direct request is not made through a service"},
};

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

const char *aisp_aws__choice(struct aisp_slice key)
{
	for (size_t i = 0; i < sizeof choice_rows / sizeof *choice_rows; i++) {
		const char *row = choice_rows[i].key;
		size_t k = 0;
		while (k < key.n && row[k] && row[k] == lower(key.p[k]))
			k++;
		if (row[k] == '*' || (row[k] == '\0' && k == key.n))
			return choice_rows[i].why;
	}
	return NULL;
}

/* ---- Reading one document ---- */

struct reading {
	struct aisp_aws_inside *in;
	struct aisp_arena *a;    /* of the world */
	struct aisp_aws_text *t;
	AISP_VEC(struct aisp_slice) accounts, arns, principals;
	AISP_VEC(struct aisp_slice) keys, values; /* of chosen keys: pairs */
	bool nomem;
};
enum { CHOICES_MAX = 64 };

static bool starts_i(struct aisp_slice s, const char *z)
{
	const size_t n = strlen(z);
	return s.n >= n && aisp_slice_eqi(aisp_slice_to(s, n), aisp_slice_of(z, n));
}

static void saw_key(struct aisp_aws_text *t, struct aisp_slice key)
{
	static const char *const of_principal[] = {"aws:principalarn", "aws:username", "aws:userid", "saml:", "aws:principalid"};
	const size_t colon = aisp_slice_chr(key, ':');
	for (size_t i = 0; i < sizeof of_principal / sizeof *of_principal; i++)
		if (starts_i(key, of_principal[i]))
			t->by_principal = t->by_whole_principal = true;
	if (starts_i(key, "aws:principaltag/"))
		t->by_principal_tags = true;
	if (colon != SIZE_MAX && (starts_i(aisp_slice_from(key, colon), ":resourcetag/") || starts_i(aisp_slice_from(key, colon), ":buckettag/")))
		t->by_resource_tags = true;
}

static void push(struct reading *r, void *vec, struct aisp_slice s)
{
	AISP_VEC(struct aisp_slice) *v = vec;
	if (aisp_vec_push(v, s) < 0)
		r->nomem = true;
}

static void note_tag_key(struct reading *r, struct aisp_slice key);

/* ${aws:PrincipalTag/team} and the like, anywhere in a text. */
static void saw_variables(struct reading *r, struct aisp_slice s)
{
	for (;;) {
		const size_t at = aisp_slice_find(s, AISP_S("${"));
		if (at == SIZE_MAX)
			return;
		s = aisp_slice_from(s, at + 2);
		const size_t end = aisp_slice_chr(s, '}'), comma = aisp_slice_chr(s, ',');
		if (end == SIZE_MAX)
			return;
		const struct aisp_slice key = aisp_slice_trim(aisp_slice_to(s, comma < end ? comma : end));
		saw_key(r->t, key);
		note_tag_key(r, key);
	}
}

/* aws:PrincipalArn beside texts without variables: all that counts is which of them fit. */
static bool saw_principal_arns(struct reading *r, struct aisp_slice op, struct aisp_slice key, const struct aisp_doc *values)
{
	const uint32_t n = values->type == AISP_DOC_ARR ? values->n : 1;
	if (!aisp_slice_eqi(key, AISP_S("aws:PrincipalArn")) || (!starts_i(op, "Arn") && !starts_i(op, "String")))
		return false;
	for (uint32_t i = 0; i < n; i++) {
		const struct aisp_doc *v = values->type == AISP_DOC_ARR ? &values->items[i] : values;
		if (v->type != AISP_DOC_STR || aisp_slice_find(aisp_doc_str(v), AISP_S("${")) != SIZE_MAX)
			return false;
	}
	for (uint32_t i = 0; i < n; i++)
		push(r, &r->principals, aisp_arena_dup(r->a, aisp_doc_str(values->type == AISP_DOC_ARR ? &values->items[i] : values)));
	r->t->by_principal = true;
	return true;
}

static void saw_condition(struct reading *r, struct aisp_slice op, struct aisp_slice key, const struct aisp_doc *values)
{
	const uint32_t n = values->type == AISP_DOC_ARR ? values->n : 1;
	if (!saw_principal_arns(r, op, key, values))
		saw_key(r->t, key);
	note_tag_key(r, key);
	for (uint32_t i = 0; i < n; i++) {
		const struct aisp_doc *one = values->type == AISP_DOC_ARR ? &values->items[i] : values;
		/* A truth or a number need not be written as text. */
		const struct aisp_slice v = one->type == AISP_DOC_BOOL ? aisp_slice_z(one->b ? "true" : "false")
			: one->type == AISP_DOC_INT ? aisp_arena_printf(r->a, "%lld", (long long)one->i) : aisp_doc_str(one);
		saw_variables(r, v);
		if (v.n && r->keys.n < CHOICES_MAX && aisp_aws__choice(key)) {
			push(r, &r->keys, aisp_arena_dup(r->a, key));
			push(r, &r->values, aisp_arena_dup(r->a, v));
		}
	}
}

static bool is_account(struct aisp_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n == 12;
}

static void saw_principal(struct reading *r, struct aisp_slice kind, struct aisp_slice s)
{
	struct aisp_arn arn;
	if (aisp_slice_eqz(kind, "Service") || aisp_slice_eqz(kind, "Federated") || aisp_slice_eqz(kind, "CanonicalUser"))
		return;
	if (is_account(s))
		push(r, &r->accounts, aisp_arena_dup(r->a, s));
	else if (aisp_arn_split(s, &arn) && is_account(arn.account) && aisp_slice_eqz(arn.resource, "root"))
		push(r, &r->accounts, aisp_arena_dup(r->a, arn.account));
	else if (aisp_arn_split(s, &arn) && is_account(arn.account)) {
		/* A session's role may be a stranger's too: both names. */
		push(r, &r->arns, aisp_arena_dup(r->a, s));
		if (aisp_slice_starts(arn.resource, AISP_S("assumed-role/")))
			r->t->anyone = true;
	} else if (aisp_slice_starts(s, AISP_S("A")) && s.n >= 16 && aisp_slice_chr(s, ':') == SIZE_MAX)
		push(r, &r->arns, aisp_arena_dup(r->a, s));
	else
		r->t->anyone = true;
}

static void read_principals(struct reading *r, const struct aisp_doc *p)
{
	if (!p)
		return;
	if (p->type != AISP_DOC_OBJ) {
		r->t->anyone = true;
		return;
	}
	for (uint32_t i = 0; i < p->n; i++) {
		const struct aisp_doc *v = &p->members[i].value;
		const uint32_t n = v->type == AISP_DOC_ARR ? v->n : 1;
		for (uint32_t k = 0; k < n; k++)
			saw_principal(r, p->members[i].key, aisp_doc_str(v->type == AISP_DOC_ARR ? &v->items[k] : v));
	}
}

/* Does a Deny look at more of a principal than its account? */
static bool names_somebody(const struct aisp_doc *p)
{
	for (uint32_t i = 0; p && p->type == AISP_DOC_OBJ && i < p->n; i++) {
		const struct aisp_doc *v = &p->members[i].value;
		for (uint32_t k = 0; k < (v->type == AISP_DOC_ARR ? v->n : 1); k++) {
			const struct aisp_slice s = aisp_doc_str(v->type == AISP_DOC_ARR ? &v->items[k] : v);
			if (!aisp_slice_eqz(s, "*") && !is_account(s) && !aisp_slice_ends(s, AISP_S(":root")))
				return true;
		}
	}
	return false;
}

static void read_statement(struct reading *r, const struct aisp_doc *st)
{
	const struct aisp_doc *cond = aisp_doc_get(st, "Condition");
	if (!aisp_slice_eqz(aisp_doc_getstr(st, "Effect"), "Deny")) {
		read_principals(r, aisp_doc_get(st, "Principal"));
		if (aisp_doc_get(st, "NotPrincipal"))
			r->t->anyone = r->t->by_principal = r->t->by_whole_principal = true;
	} else if (aisp_doc_get(st, "NotPrincipal") || names_somebody(aisp_doc_get(st, "Principal")))
		r->t->by_principal = r->t->by_whole_principal = true;
	for (uint32_t i = 0; cond && cond->type == AISP_DOC_OBJ && i < cond->n; i++) {
		const struct aisp_doc *op = &cond->members[i].value;
		for (uint32_t k = 0; op->type == AISP_DOC_OBJ && k < op->n; k++)
			saw_condition(r, cond->members[i].key, op->members[k].key, &op->members[k].value);
	}
}

/* ---- The tag keys of all documents ---- */

static bool has(struct aisp_aws_strings s, struct aisp_slice key)
{
	for (uint32_t i = 0; i < s.n; i++)
		if (aisp_slice_eqi(s.v[i], key))
			return true;
	return false;
}

enum { TAG_KEYS_MAX = 64 };

static void add_key(struct reading *r, struct aisp_aws_strings *to, struct aisp_slice key)
{
	if (has(*to, key) || to->n >= TAG_KEYS_MAX)
		return;
	struct aisp_slice *v = to->v ? (struct aisp_slice *)(uintptr_t)to->v : aisp_arena_alloc(r->a, TAG_KEYS_MAX * sizeof *v);
	const struct aisp_slice copy = aisp_arena_dup(r->a, key);
	if (!v || !copy.p) {
		r->nomem = true;
		return;
	}
	v[to->n++] = copy;
	to->v = v;
}

static void note_tag_key(struct reading *r, struct aisp_slice key)
{
	struct aisp_aws_text probe = {0};
	saw_key(&probe, key);
	if (probe.by_principal_tags)
		add_key(r, &r->in->principal_tags, key);
	if (probe.by_resource_tags)
		add_key(r, &r->in->resource_tags, key);
}

/* ---- Texts ---- */

static struct aisp_aws_strings keep(struct reading *r, void *vec)
{
	AISP_VEC(struct aisp_slice) *v = vec;
	struct aisp_aws_strings s = {0};
	struct aisp_slice *copy = v->n ? aisp_arena_alloc(r->a, v->n * sizeof *copy) : NULL;
	if (copy) {
		memcpy(copy, v->v, v->n * sizeof *copy);
		s = (struct aisp_aws_strings){copy, (uint32_t)v->n};
	} else if (v->n)
		r->nomem = true;
	return s;
}

static void keep_choices(struct reading *r)
{
	struct aisp_aws_choice *c = r->keys.n ? aisp_arena_zalloc(r->a, r->keys.n, sizeof *c) : NULL;
	uint32_t n = 0;
	if (!c) {
		r->nomem |= r->keys.n != 0;
		return;
	}
	for (size_t i = 0; i < r->keys.n; i++) {
		uint32_t at = 0;
		while (at < n && !aisp_slice_eqi(c[at].key, r->keys.v[i]))
			at++;
		if (at < n)
			continue;
		struct aisp_slice *values = aisp_arena_alloc(r->a, r->keys.n * sizeof *values);
		if (!values) {
			r->nomem = true;
			return;
		}
		c[n] = (struct aisp_aws_choice){.key = r->keys.v[i], .values = {values, 0}};
		for (size_t k = i; k < r->keys.n; k++)
			if (aisp_slice_eqi(r->keys.v[k], r->keys.v[i]))
				values[c[n].values.n++] = r->values.v[k];
		n++;
	}
	r->t->choices = c;
	r->t->n_choices = n;
}

static void read_statements(struct reading *r)
{
	static const struct aisp_slice all[] = {{"*", 1}};
	struct aisp_aws_text *t = r->t;
	const uint32_t n = aisp_iam_statements(t->policy);
	struct aisp_aws_statement *st = aisp_arena_zalloc(r->a, n + 1, sizeof *st);
	if (!st) {
		r->nomem = true;
		return;
	}
	for (uint32_t i = 0; i < n; i++) {
		const struct aisp_iam_lists l = aisp_iam_statement_lists(t->policy, i);
		st[i] = (struct aisp_aws_statement){.allow = aisp_iam_statement_allows(t->policy, i), .not_action = l.not_action, .not_resource = l.not_resource,
			.actions = {l.actions, (uint32_t)l.n_actions}, .resources = {l.resources, (uint32_t)l.n_resources}};
		if (l.n_resources == 0)
			st[i].resources = (struct aisp_aws_strings){all, 1};
		for (size_t k = 0; k < l.n_resources; k++)
			saw_variables(r, l.resources[k]);
		if (st[i].allow && aisp_aws__names_action(&st[i], AISP_S("sts:TagSession")))
			t->tag_session = true;
	}
	t->st = st;
	t->n_st = n;
}

bool aisp_aws__names_action(const struct aisp_aws_statement *st, struct aisp_slice action)
{
	for (uint32_t i = 0; i < st->actions.n; i++)
		if (aisp_iam_match(st->actions.v[i], action, true))
			return !st->not_action;
	return st->not_action;
}

static struct aisp_slice unescaped(struct aisp_arena *a, struct aisp_slice s)
{
	const struct aisp_slice t = aisp_slice_trim(s);
	char *out;
	size_t n = 0;
	if (t.n == 0 || t.p[0] != '%' || !(out = aisp_arena_alloc(a, t.n + 1)))
		return s;
	for (size_t i = 0; i < t.n; i++) {
		unsigned code;
		if (t.p[i] == '%' && i + 2 < t.n && sscanf((char[3]){t.p[i + 1], t.p[i + 2], 0}, "%2x", &code) == 1) {
			out[n++] = (char)code;
			i += 2;
		} else
			out[n++] = t.p[i];
	}
	return aisp_slice_of(out, n);
}

static int read_text(struct aisp_aws_inside *in, struct aisp_aws_text *t, enum aisp_iam_use use, struct aisp_err *err)
{
	struct reading r = {.in = in, .a = in->w.arena, .t = t};
	struct aisp_err why = {0};
	struct aisp_arena *own = aisp_arena_new(64 << 20);
	const struct aisp_doc *doc = NULL, *st;
	const struct aisp_doc_limits limits = {.max_depth = 64};
	if (!own)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while reading policies");
	int bad = aisp_iam_policy_parse(in->w.arena, t->text, use, &t->policy, &why);
	if (bad == 0)
		read_statements(&r);
	else {
		t->policy = NULL;
		t->bad = aisp_arena_dup(in->w.arena, aisp_slice_z(why.msg));
	}
	const int parsed = bad == AISP_E_NOMEM ? bad : aisp_json_parse(own, unescaped(own, t->text), &limits, &doc, &why);
	if (parsed == 0 && (st = aisp_doc_get(doc, "Statement"))) {
		for (uint32_t i = 0; i < (st->type == AISP_DOC_ARR ? st->n : 1); i++)
			read_statement(&r, st->type == AISP_DOC_ARR ? &st->items[i] : st);
		t->accounts = keep(&r, &r.accounts);
		t->arns = keep(&r, &r.arns);
		t->principal_arns = keep(&r, &r.principals);
		keep_choices(&r);
	}
	if (!t->policy)
		t->anyone = true; /* who knows whom it names */
	aisp_vec_done(&r.accounts);
	aisp_vec_done(&r.arns);
	aisp_vec_done(&r.principals);
	aisp_vec_done(&r.keys);
	aisp_vec_done(&r.values);
	aisp_arena_free(own);
	return r.nomem || bad == AISP_E_NOMEM || parsed == AISP_E_NOMEM ? aisp_fail(err, AISP_E_NOMEM, "out of memory while reading policies") : 0;
}

int aisp_aws__text(struct aisp_aws_inside *in, struct aisp_slice json, enum aisp_iam_use use, uint32_t *ret, struct aisp_err *err)
{
	const struct aisp_key key = {aisp_hash64(json.p, json.n, use), aisp_hash64(json.p, json.n, 100 + use)};
	const uint32_t had = aisp_map_get(&in->by_words, key);
	if (had) {
		*ret = had - 1;
		return 0;
	}
	struct aisp_aws_text *t = &in->texts[in->n_texts];
	*t = (struct aisp_aws_text){.text = json};
	int r = read_text(in, t, use, err);
	if (r == 0)
		r = aisp_map_put(&in->by_words, key, in->n_texts + 1, err);
	if (r < 0)
		return r;
	*ret = in->n_texts++;
	return 0;
}
