/* Who may do what as CloudFormation and Terraform source declares it: roles, policies, bucket policies, functions. References inside one template or
 * module, pseudo parameters, defaults of parameters, Fn::Sub, Fn::Join and Fn::GetAtt are evaluated; so are jsonencode() and the data source
 * aws_iam_policy_document. A policy in which anything is left is without a document: what it says is left open.
 *
 * Account and region are not known from source: they are placeholders, "0000" and eight digits made from the repository's name and the folder, so that
 * things of one module are of one account and no other's.
 */
#include "base/hash.h"
#include "collect/aws/facts_int.h"

enum { MAX_DEPTH = 40, MAX_STEPS = 1000000 };

struct one {
	struct aisp_slice type, name, path; /* "aws_iam_role", "bot"; or "AWS::IAM::Role", logical id */
	const struct aisp_doc *d;
	bool data;
};
struct tmpl {
	struct aisp_aws_facts *f;
	const struct aisp_doc *root;  /* a CloudFormation template; NULL: Terraform */
	struct aisp_slice scope, account, region;
	AISP_VEC(struct one) all;
	bool open;                    /* something could not be evaluated */
	unsigned steps, nested;
};

static const struct aisp_doc *value(struct tmpl *t, const struct aisp_doc *d, unsigned depth);

static struct aisp_doc *text_doc(struct tmpl *t, struct aisp_slice s, uint32_t line)
{
	struct aisp_doc *n = aisp_arena_zalloc(t->f->arena, 1, sizeof *n);

	if (!n) {
		aisp_emit_fail(&t->f->e, AISP_E_NOMEM, NULL);
		return NULL;
	}
	n->type = AISP_DOC_STR;
	n->line = line;
	n->s = s;
	return n;
}

static const struct one *find(struct tmpl *t, struct aisp_slice type, struct aisp_slice name, bool data)
{
	t->steps += (unsigned)(t->all.n / 32);
	for (size_t i = 0; i < t->all.n && t->steps < MAX_STEPS; i++)
		if (aisp_slice_eq(t->all.v[i].name, name) && t->all.v[i].data == data && (t->root || aisp_slice_eq(t->all.v[i].type, type)))
			return &t->all.v[i];
	return NULL;
}

/* ---- What a reference gives ---- */

static struct aisp_awsf__item item_for(struct tmpl *t, const struct one *o, struct aisp_aws_answer *a)
{
	*a = (struct aisp_aws_answer){.path = o->path, .account = t->account, .region = t->region, .doc = o->d};
	struct aisp_slice pointer = t->root ? aisp_emit_fmt(&t->f->e, "/Resources/%.*s", AISP_FMT(o->name)) : aisp_emit_fmt(&t->f->e, "%.*s.%.*s", AISP_FMT(o->type), AISP_FMT(o->name));
	struct aisp_awsf__item it = aisp_awsf__item_of(t->f, a, o->d, pointer);

	it.declared = true;
	it.at.confidence = AISP_CONF_DECLARED;
	it.t = aisp_awsf__type_spelt(o->type);
	return it;
}

/* The name that the source gives, evaluated, else the logical one. Names that refer to each other in a circle are given up. */
static struct aisp_slice name_of(struct tmpl *t, const struct one *o, const struct aisp_awsf__type *type)
{
	const struct aisp_doc *d = aisp_awsf__get(o->d, type ? type->names : "Name");
	bool was = t->open;

	if (!d || t->nested >= 6)
		return o->name;
	t->open = false;
	t->nested++;
	struct aisp_slice s = aisp_doc_str(value(t, d, MAX_DEPTH / 2));
	t->nested--;
	if (t->open)
		s = (struct aisp_slice){0};
	t->open = was;
	return s.n ? s : o->name;
}

static struct aisp_slice reference(struct tmpl *t, const struct one *o, struct aisp_slice attribute)
{
	const struct aisp_awsf__type *type = aisp_awsf__type_spelt(o->type);
	struct aisp_aws_answer a;

	if (!type || !type->arn[0]) {
		t->open = true;
		return AISP_S("");
	}
	struct aisp_awsf__item it = item_for(t, o, &a);
	struct aisp_slice name = name_of(t, o, type);
	bool arn = aisp_slice_eqi(attribute, AISP_S("arn")) || aisp_slice_ends(attribute, AISP_S("Arn")) || aisp_slice_ends(attribute, AISP_S("_arn"));
	if (!attribute.n) /* Ref */
		arn = strcmp(type->type, "iam:policy") == 0 || strcmp(type->type, "sns:topic") == 0 || strcmp(type->type, "secretsmanager:Secret") == 0;
	return arn ? aisp_awsf__arn_make(&it, type, name) : name;
}

static struct aisp_slice pseudo(struct tmpl *t, struct aisp_slice name)
{
	const struct aisp_doc *p = aisp_doc_gets(aisp_doc_get(t->root, "Parameters"), name);
	size_t dot = aisp_slice_chr(name, '.');

	if (aisp_slice_eqz(name, "AWS::AccountId"))
		return t->account;
	if (aisp_slice_eqz(name, "AWS::Region"))
		return t->region;
	if (aisp_slice_eqz(name, "AWS::Partition"))
		return AISP_S("aws");
	if (aisp_slice_eqz(name, "AWS::URLSuffix"))
		return AISP_S("amazonaws.com");
	if (p && aisp_doc_getstr(p, "Default").n)
		return aisp_doc_getstr(p, "Default");
	const struct one *o = find(t, AISP_S(""), dot == SIZE_MAX ? name : aisp_slice_to(name, dot), false);
	if (o)
		return reference(t, o, dot == SIZE_MAX ? AISP_S("") : aisp_slice_from(name, dot + 1));
	t->open = true;
	return AISP_S("");
}

/* "aws_iam_role.bot.arn", "data.aws_caller_identity.current.account_id", "var.x" with a default. */
static struct aisp_slice terraform_name(struct tmpl *t, struct aisp_slice text)
{
	struct aisp_slice rest = aisp_slice_trim(text), a, b, c = {0};
	bool data = aisp_slice_starts(rest, AISP_S("data."));

	if (data)
		rest = aisp_slice_from(rest, 5);
	if (!aisp_slice_split(&rest, '.', &a) || !rest.p || !aisp_slice_split(&rest, '.', &b)) {
		t->open = true;
		return AISP_S("");
	}
	c = rest.p ? rest : c;
	if (data && aisp_slice_eqz(a, "aws_caller_identity") && aisp_slice_eqz(c, "account_id"))
		return t->account;
	if (data && aisp_slice_eqz(a, "aws_region"))
		return t->region;
	if (data && aisp_slice_eqz(a, "aws_partition"))
		return AISP_S("aws");
	const struct one *o = find(t, a, b, false);
	if (o && !data && c.n)
		return reference(t, o, c);
	if (aisp_slice_eqz(a, "var") && (o = find(t, a, b, true)) && aisp_doc_getstr(o->d, "default").n)
		return aisp_doc_getstr(o->d, "default");
	t->open = true;
	return AISP_S("");
}

/* ---- Evaluating ---- */

/* A text with "${…}" in it. */
static struct aisp_slice interpolate(struct tmpl *t, struct aisp_slice s)
{
	AISP_AUTOBUF struct aisp_buf b = {0};
	struct aisp_slice rest = s;
	size_t at;

	if (aisp_slice_find(s, AISP_S("${")) == SIZE_MAX)
		return s;
	aisp_buf_init(&b, 65536);
	while ((at = aisp_slice_find(rest, AISP_S("${"))) != SIZE_MAX && t->steps < MAX_STEPS) {
		struct aisp_slice inside = aisp_slice_from(rest, at + 2);
		size_t end = aisp_slice_chr(inside, '}');
		t->steps++;
		aisp_buf_put(&b, aisp_slice_to(rest, at));
		if (end == SIZE_MAX)
			break;
		inside = aisp_slice_to(inside, end);
		if (aisp_slice_starts(inside, AISP_S("!")) || aisp_slice_starts(inside, AISP_S("aws:")) || aisp_slice_starts(inside, AISP_S("saml:")))
			aisp_buf_printf(&b, "${%.*s}", AISP_FMT(aisp_slice_from(inside, inside.p[0] == '!'))); /* a policy variable */
		else
			aisp_buf_put(&b, t->root ? pseudo(t, aisp_slice_trim(inside)) : terraform_name(t, inside));
		rest = aisp_slice_from(rest, at + 2 + end + 1);
	}
	aisp_buf_put(&b, rest);
	if (b.bad == AISP_E_NOMEM)
		aisp_emit_fail(&t->f->e, AISP_E_NOMEM, NULL);
	if (b.bad)
		t->open = true;
	return b.bad ? s : aisp_emit_dup(&t->f->e, aisp_buf_slice(&b));
}

static struct aisp_slice join(struct tmpl *t, const struct aisp_doc *d, unsigned depth)
{
	const struct aisp_doc *list = aisp_doc_at(d, 1);
	struct aisp_slice by = aisp_doc_str(aisp_doc_at(d, 0)), none = {0};
	AISP_AUTOBUF struct aisp_buf b = {0};

	aisp_buf_init(&b, 65536);
	for (uint32_t i = 0; i < aisp_doc_count(list); i++) {
		const struct aisp_doc *v = value(t, aisp_doc_at(list, i), depth + 1);
		if (i)
			aisp_buf_put(&b, by);
		aisp_buf_put(&b, aisp_doc_str(v));
	}
	if (b.bad || !list || list->type != AISP_DOC_ARR) {
		t->open = true;
		return none;
	}
	return aisp_emit_dup(&t->f->e, aisp_buf_slice(&b));
}

/* One of CloudFormation's functions; NULL: d is none. */
static const struct aisp_doc *function(struct tmpl *t, const struct aisp_doc *d, unsigned depth)
{
	const struct aisp_doc *v = d->n == 1 ? &d->members[0].value : NULL;
	struct aisp_slice key = v ? d->members[0].key : (struct aisp_slice){0}, s;

	if (!v || !t->root)
		return NULL;
	if (aisp_slice_eqz(key, "Ref"))
		return text_doc(t, pseudo(t, aisp_doc_str(v)), d->line);
	if (aisp_slice_eqz(key, "Fn::Sub"))
		return text_doc(t, interpolate(t, v->type == AISP_DOC_ARR ? aisp_doc_str(aisp_doc_at(v, 0)) : aisp_doc_str(v)), d->line);
	if (aisp_slice_eqz(key, "Fn::Join"))
		return text_doc(t, join(t, v, depth), d->line);
	if (aisp_slice_eqz(key, "Fn::GetAtt")) {
		s = v->type == AISP_DOC_ARR ? aisp_emit_fmt(&t->f->e, "%.*s.%.*s", AISP_FMT(aisp_doc_str(aisp_doc_at(v, 0))), AISP_FMT(aisp_doc_str(aisp_doc_at(v, 1)))) : aisp_doc_str(v);
		return text_doc(t, pseudo(t, s), d->line);
	}
	if (aisp_slice_starts(key, AISP_S("Fn::"))) {
		t->open = true;
		return text_doc(t, AISP_S(""), d->line);
	}
	return NULL;
}

/* data "aws_iam_policy_document": statement blocks to a document. */
static const struct aisp_doc *put(struct tmpl *t, struct aisp_member *m, uint32_t *n, const char *key, const struct aisp_doc *v)
{
	if (v && !t->f->e.bad)
		m[(*n)++] = (struct aisp_member){.key = aisp_slice_z(key), .line = v->line, .value = *v};
	return v;
}

static const struct aisp_doc *object(struct tmpl *t, struct aisp_member *m, uint32_t n)
{
	struct aisp_doc *o = aisp_arena_zalloc(t->f->arena, 1, sizeof *o);

	if (!o) {
		aisp_emit_fail(&t->f->e, AISP_E_NOMEM, NULL);
		return NULL;
	}
	o->type = AISP_DOC_OBJ;
	o->n = n;
	o->members = m;
	return o;
}

static const struct aisp_doc *principals(struct tmpl *t, const struct aisp_doc *blocks)
{
	uint32_t count = blocks && blocks->type == AISP_DOC_ARR ? blocks->n : blocks ? 1 : 0, n = 0;
	struct aisp_member *m = count ? aisp_arena_zalloc(t->f->arena, count, sizeof *m) : NULL;

	for (uint32_t i = 0; m && i < count; i++) {
		const struct aisp_doc *b = blocks->type == AISP_DOC_ARR ? &blocks->items[i] : blocks;
		struct aisp_slice type = aisp_doc_getstr(b, "type");
		const struct aisp_doc *who = aisp_doc_get(b, "identifiers");
		if (aisp_slice_eqz(type, "*"))
			return text_doc(t, AISP_S("*"), b->line);
		if (type.n && who)
			m[n++] = (struct aisp_member){.key = type, .line = b->line, .value = *who};
	}
	return n ? object(t, m, n) : NULL;
}

static const struct aisp_doc *statement(struct tmpl *t, const struct aisp_doc *s)
{
	struct aisp_member *m = aisp_arena_zalloc(t->f->arena, 8, sizeof *m);
	uint32_t n = 0;

	if (!m) {
		aisp_emit_fail(&t->f->e, AISP_E_NOMEM, NULL);
		return NULL;
	}
	put(t, m, &n, "Sid", aisp_doc_get(s, "sid"));
	put(t, m, &n, "Effect", aisp_doc_get(s, "effect") ? aisp_doc_get(s, "effect") : text_doc(t, AISP_S("Allow"), s->line));
	put(t, m, &n, "Principal", principals(t, aisp_doc_get(s, "principals")));
	put(t, m, &n, aisp_doc_get(s, "not_actions") ? "NotAction" : "Action", aisp_doc_get(s, aisp_doc_get(s, "not_actions") ? "not_actions" : "actions"));
	put(t, m, &n, aisp_doc_get(s, "not_resources") ? "NotResource" : "Resource", aisp_doc_get(s, aisp_doc_get(s, "not_resources") ? "not_resources" : "resources"));
	if (aisp_doc_get(s, "condition") || aisp_doc_get(s, "not_principals") || aisp_doc_get(s, "dynamic"))
		t->open = true; /* conditions' blocks are not put together here */
	return object(t, m, n);
}

static const struct aisp_doc *policy_document(struct tmpl *t, const struct one *o, unsigned depth)
{
	const struct aisp_doc *list = aisp_doc_get(o->d, "statement");
	uint32_t count = list && list->type == AISP_DOC_ARR ? list->n : list ? 1 : 0;
	struct aisp_doc *items = aisp_arena_zalloc(t->f->arena, count ? count : 1, sizeof *items), arr = {.type = AISP_DOC_ARR, .n = count};
	struct aisp_member *m = aisp_arena_zalloc(t->f->arena, 2, sizeof *m);

	if (!items || !m) {
		aisp_emit_fail(&t->f->e, AISP_E_NOMEM, NULL);
		return NULL;
	}
	if (aisp_doc_get(o->d, "source_policy_documents") || aisp_doc_get(o->d, "override_policy_documents") || aisp_doc_get(o->d, "dynamic"))
		t->open = true;
	for (uint32_t i = 0; i < count; i++) {
		const struct aisp_doc *s = list->type == AISP_DOC_ARR ? &list->items[i] : list, *done = s->type == AISP_DOC_OBJ ? statement(t, s) : NULL;
		if (done)
			items[i] = *done;
	}
	arr.items = items;
	m[0] = (struct aisp_member){.key = AISP_S("Version"), .value = {.type = AISP_DOC_STR, .s = AISP_S("2012-10-17")}};
	m[1] = (struct aisp_member){.key = AISP_S("Statement"), .value = arr};
	return value(t, object(t, m, 2), depth + 1);
}

/* file("${path.module}/x.json"), and with a plain path, which counts from the folder of the root module: a policy that was read. NULL: not such. */
static const struct aisp_doc *from_file(struct tmpl *t, struct aisp_slice in)
{
	struct aisp_slice path = aisp_slice_starts(in, AISP_S("file(\"")) && aisp_slice_ends(in, AISP_S("\")")) ? aisp_slice_of(in.p + 6, in.n - 8) : (struct aisp_slice){0};

	if (aisp_slice_starts(path, AISP_S("${path.module}/")))
		path = aisp_slice_from(path, 15);
	else if (aisp_slice_starts(path, AISP_S("./")))
		path = aisp_slice_from(path, 2);
	if (!path.n || path.p[0] == '/' || aisp_slice_find(path, AISP_S("${")) != SIZE_MAX || aisp_slice_find(path, AISP_S("..")) != SIZE_MAX)
		return NULL;
	path = t->scope.n ? aisp_emit_fmt(&t->f->e, "%.*s/%.*s", AISP_FMT(t->scope), AISP_FMT(path)) : path;
	t->steps += (unsigned)(t->f->answers.n / 32);
	for (size_t i = 0; i < t->f->answers.n && t->steps < MAX_STEPS; i++)
		if (t->f->answers.v[i].form == AISP_AWS__DOCUMENT && aisp_slice_eq(t->f->answers.v[i].a.path, path))
			return t->f->answers.v[i].a.doc;
	return NULL;
}

/* "${jsonencode({…})}", "${data.aws_iam_policy_document.x.json}", "${file("x.json")}"; NULL: none of them. */
static const struct aisp_doc *encoded(struct tmpl *t, struct aisp_slice s, unsigned depth)
{
	const struct aisp_doc_limits limits = {.max_bytes = 1 << 20, .max_depth = 32, .max_values = 20000};
	const struct aisp_doc *d = NULL;
	struct aisp_slice in = aisp_slice_trim(s);

	if (t->root || !aisp_slice_starts(in, AISP_S("${")) || !aisp_slice_ends(in, AISP_S("}")))
		return NULL;
	in = aisp_slice_trim(aisp_slice_of(in.p + 2, in.n - 3));
	if (aisp_slice_starts(in, AISP_S("data.aws_iam_policy_document.")) && aisp_slice_ends(in, AISP_S(".json"))) {
		const struct one *o = find(t, AISP_S("aws_iam_policy_document"), aisp_slice_of(in.p + 29, in.n - 34), true);
		return o ? policy_document(t, o, depth) : NULL;
	}
	if (aisp_slice_starts(in, AISP_S("file(")))
		return from_file(t, in);
	if (!aisp_slice_starts(in, AISP_S("jsonencode(")) || !aisp_slice_ends(in, AISP_S(")")))
		return NULL;
	in = aisp_emit_fmt(&t->f->e, "x = %.*s\n", AISP_FMT(aisp_slice_of(in.p + 11, in.n - 12)));
	int r = aisp_hcl_parse(t->f->arena, in, &limits, &d, NULL);
	if (r == AISP_E_NOMEM)
		aisp_emit_fail(&t->f->e, r, NULL);
	return r < 0 ? NULL : value(t, aisp_doc_get(d, "x"), depth + 1);
}

static const struct aisp_doc *members(struct tmpl *t, const struct aisp_doc *d, unsigned depth)
{
	bool arr = d->type == AISP_DOC_ARR;
	struct aisp_doc *o = aisp_arena_zalloc(t->f->arena, 1, sizeof *o), *items = arr ? aisp_arena_zalloc(t->f->arena, d->n + 1, sizeof *items) : NULL;
	struct aisp_member *m = arr ? NULL : aisp_arena_zalloc(t->f->arena, d->n + 1, sizeof *m);

	if (!o || (arr ? !items : !m)) {
		aisp_emit_fail(&t->f->e, AISP_E_NOMEM, NULL);
		return d;
	}
	*o = *d;
	for (uint32_t i = 0; i < d->n; i++) {
		bool was = t->open, policy = !arr && aisp_slice_findi(d->members[i].key, AISP_S("policy")) != SIZE_MAX;
		t->open = policy ? false : t->open;
		const struct aisp_doc *v = value(t, arr ? &d->items[i] : &d->members[i].value, depth + 1);
		/* a policy that is only partly known is not known */
		if (policy && t->open && (v->type == AISP_DOC_OBJ || v->type == AISP_DOC_STR))
			v = text_doc(t, AISP_S("(unresolved)"), v->line);
		t->open = policy ? was : t->open;
		if (!v)
			return d;
		if (arr) {
			items[i] = *v;
		} else {
			m[i] = d->members[i];
			m[i].value = *v;
		}
	}
	if (arr)
		o->items = items;
	else
		o->members = m;
	return o;
}

/* YAML's short forms (!Ref Docs, !GetAtt Bot.Arn, !Sub "…") come as their text: a text that is exactly a resource of the template, or an attribute of
 * one, is taken for the reference. */
static struct aisp_slice short_form(struct tmpl *t, struct aisp_slice s)
{
	size_t dot = aisp_slice_chr(s, '.');
	struct aisp_slice head = dot == SIZE_MAX ? s : aisp_slice_to(s, dot);

	if (aisp_slice_find(s, AISP_S("${")) != SIZE_MAX)
		return interpolate(t, s);
	if (s.n && s.n < 256 && aisp_slice_chr(s, ' ') == SIZE_MAX && (aisp_slice_starts(s, AISP_S("AWS::")) || find(t, AISP_S(""), head, false)))
		return pseudo(t, s);
	return s;
}

static const struct aisp_doc *value(struct tmpl *t, const struct aisp_doc *d, unsigned depth)
{
	const struct aisp_doc *v;

	if (!d || depth > MAX_DEPTH || t->f->e.bad || ++t->steps > MAX_STEPS) {
		t->open = true;
		return d ? text_doc(t, AISP_S(""), d->line) : NULL;
	}
	if (d->type == AISP_DOC_STR) {
		v = encoded(t, d->s, depth);
		return v ? v : text_doc(t, t->root ? short_form(t, d->s) : interpolate(t, d->s), d->line);
	}
	if (d->type != AISP_DOC_ARR && d->type != AISP_DOC_OBJ)
		return d;
	v = d->type == AISP_DOC_OBJ ? function(t, d, depth) : NULL;
	return v ? v : members(t, d, depth);
}

/* ---- Resources ---- */

/* What is decided from: principals, their policies, and what has a policy of its own. AI resources are infra.c's. */
static bool wanted(const struct aisp_awsf__type *t)
{
	static const char *const types[] = {"iam:", "s3:bucket", "kms:key", "secretsmanager:", "sqs:", "sns:", "lambda:function"};

	for (size_t i = 0; t && i < sizeof types / sizeof *types; i++)
		if (strncmp(t->type, types[i], strlen(types[i])) == 0 && strcmp(t->type, "iam:access-key") != 0)
			return true;
	return false;
}

static void add(struct tmpl *t, const struct one *o)
{
	struct aisp_aws_answer a;
	struct aisp_awsf__item it = item_for(t, o, &a);

	if (o->data || !wanted(it.t))
		return;
	t->open = false;
	it.d = value(t, o->d, 0);
	if (!it.d || it.d->type != AISP_DOC_OBJ)
		return;
	struct aisp_slice name = name_of(t, o, it.t);
	if (it.t->arn[0] && !aisp_slice_eq(aisp_awsf__str(it.d, it.t->names), name))
		it.given = aisp_awsf__str(it.d, it.t->names).n ? (struct aisp_slice){0} : aisp_awsf__arn_make(&it, it.t, name);
	aisp_awsf__item_add(&it);
	struct aisp_slice dir = t->root ? o->path : aisp_slice_dirname(o->path);
	if (it.node)
		aisp_emit_alias(&t->f->e, it.node, aisp_emit_fmt(&t->f->e, "%s://%.*s/%.*s%s%.*s%s%.*s", t->root ? "cloudformation" : "terraform", AISP_FMT(t->f->repo), AISP_FMT(dir),
								 dir.n ? "/" : "", AISP_FMT(t->root ? AISP_S("") : o->type), t->root ? "" : ".", AISP_FMT(o->name)));
}

static void begin(struct tmpl *t, struct aisp_slice scope)
{
	uint64_t h = aisp_hash64(t->f->repo.p ? t->f->repo.p : "", t->f->repo.n, 17) ^ aisp_hash64(scope.p ? scope.p : "", scope.n, 18);

	t->scope = scope;
	t->account = aisp_emit_fmt(&t->f->e, "0000%08llu", (unsigned long long)(h % 100000000u));
	t->region = AISP_S("unknown-region-1");
}

static void finish(struct tmpl *t)
{
	bool any = false;

	for (size_t i = 0; i < t->all.n && !t->f->e.bad; i++) {
		any |= !t->all.v[i].data && wanted(aisp_awsf__type_spelt(t->all.v[i].type));
		add(t, &t->all.v[i]);
	}
	if (any) {
		aisp_node n = aisp_graph_find(t->f->e.g, aisp_emit_fmt(&t->f->e, "arn:aws:iam::%.*s:root", AISP_FMT(t->account)));
		aisp_emit_str(&t->f->e, n, "name", aisp_emit_fmt(&t->f->e, "account of %.*s/%.*s (not known)", AISP_FMT(t->f->repo), AISP_FMT(t->scope)));
		aisp_emit_bool(&t->f->e, n, "placeholder", true);
	}
	aisp_vec_done(&t->all);
}

static void keep(struct tmpl *t, const struct one *o)
{
	if (o->d->type == AISP_DOC_OBJ && t->all.n < 5000 && aisp_vec_push(&t->all, *o) < 0)
		aisp_emit_fail(&t->f->e, AISP_E_NOMEM, NULL);
}

void aisp_awsf__template(struct aisp_aws_facts *f, const struct aisp_aws_answer *a)
{
	static const struct aisp_doc none = {.type = AISP_DOC_OBJ};
	struct tmpl t = {.f = f, .root = a->doc};
	const struct aisp_doc *all = aisp_doc_get(a->doc, "Resources");

	begin(&t, a->path);
	for (uint32_t i = 0; all && all->type == AISP_DOC_OBJ && i < all->n; i++) {
		const struct aisp_doc *p = aisp_doc_get(&all->members[i].value, "Properties");
		keep(&t, &(struct one){.type = aisp_doc_getstr(&all->members[i].value, "Type"), .name = all->members[i].key, .path = a->path, .d = p ? p : &none});
	}
	finish(&t);
}

/* { type: { name: body } }, each of which may be a list of such. */
static const struct aisp_doc *nth(const struct aisp_doc *d, uint32_t i)
{
	return d->type == AISP_DOC_ARR ? aisp_doc_at(d, i) : i == 0 ? d : NULL;
}

/* How often the member's name is there, and whether this is the first of them. */
static uint32_t times(const struct aisp_doc *d, uint32_t at, bool *ret_first)
{
	uint32_t n = 0;

	*ret_first = true;
	for (uint32_t i = 0; i < d->n; i++)
		if (aisp_slice_eq(d->members[i].key, d->members[at].key)) {
			n++;
			*ret_first &= i >= at;
		}
	return n;
}

/* Blocks of one type, which HCL gives as members of one name, as a list: statement { … } statement { … }. */
static const struct aisp_doc *grouped(struct tmpl *t, const struct aisp_doc *d, unsigned depth)
{
	if (d->type != AISP_DOC_OBJ || d->n > 2000 || depth > 4 || (t->steps += d->n * d->n / 64) > MAX_STEPS)
		return d;
	struct aisp_member *m = aisp_arena_zalloc(t->f->arena, d->n + 1, sizeof *m);
	uint32_t n = 0;
	bool first;
	for (uint32_t i = 0; m && i < d->n; i++) {
		const uint32_t count = times(d, i, &first);
		if (!first)
			continue;
		m[n] = d->members[i];
		if (count == 1) {
			m[n].value = *grouped(t, &d->members[i].value, depth + 1);
			n++;
			continue;
		}
		struct aisp_doc *items = aisp_arena_zalloc(t->f->arena, count, sizeof *items);
		uint32_t k = 0;
		for (uint32_t j = i; items && j < d->n; j++)
			if (aisp_slice_eq(d->members[j].key, d->members[i].key))
				items[k++] = *grouped(t, &d->members[j].value, depth + 1);
		m[n++].value = (struct aisp_doc){.type = AISP_DOC_ARR, .line = d->members[i].value.line, .n = k, .items = items};
	}
	struct aisp_doc *o = aisp_arena_zalloc(t->f->arena, 1, sizeof *o);
	if (!m || !o) {
		aisp_emit_fail(&t->f->e, AISP_E_NOMEM, NULL);
		return d;
	}
	*o = (struct aisp_doc){.type = AISP_DOC_OBJ, .line = d->line, .n = n, .members = m};
	return o;
}

static void bodies(struct tmpl *t, struct aisp_slice path, struct aisp_slice type, const struct aisp_doc *names, bool data)
{
	const struct aisp_doc *d, *body;

	for (uint32_t k = 0; (d = nth(names, k)); k++)
		for (uint32_t n = 0; d->type == AISP_DOC_OBJ && n < d->n; n++)
			if ((body = nth(&d->members[n].value, 0)))
				keep(t, &(struct one){.type = type, .name = d->members[n].key, .path = path, .d = grouped(t, body, 0), .data = data});
}

static void types(struct tmpl *t, struct aisp_slice path, const struct aisp_doc *types_, bool data)
{
	const struct aisp_doc *d;

	for (uint32_t k = 0; (d = nth(types_, k)); k++)
		for (uint32_t i = 0; d->type == AISP_DOC_OBJ && i < d->n; i++)
			bodies(t, path, d->members[i].key, &d->members[i].value, data);
}

static void module_file(struct tmpl *t, const struct aisp_aws_answer *a)
{
	const struct aisp_doc *d = a->doc;

	for (uint32_t i = 0; d->type == AISP_DOC_OBJ && i < d->n; i++) {
		if (aisp_slice_eqz(d->members[i].key, "resource"))
			types(t, a->path, &d->members[i].value, false);
		else if (aisp_slice_eqz(d->members[i].key, "data"))
			types(t, a->path, &d->members[i].value, true);
		else if (aisp_slice_eqz(d->members[i].key, "variable"))
			bodies(t, a->path, AISP_S("var"), &d->members[i].value, true);
	}
}

/* The records are in order of paths, so a module's files of one folder stand together but for its sub-folders. */
void aisp_awsf__modules(struct aisp_aws_facts *f)
{
	for (size_t i = 0; i < f->answers.n && !f->e.bad; i++) {
		if (f->answers.v[i].form != AISP_AWS__MODULE)
			continue;
		struct aisp_slice dir = aisp_slice_dirname(f->answers.v[i].a.path);
		struct tmpl t = {.f = f};
		begin(&t, dir);
		for (size_t k = i; k < f->answers.n; k++)
			if (f->answers.v[k].form == AISP_AWS__MODULE && aisp_slice_eq(aisp_slice_dirname(f->answers.v[k].a.path), dir)) {
				module_file(&t, &f->answers.v[k].a);
				f->answers.v[k].form = AISP_AWS__NONE;
			}
		finish(&t);
	}
}
