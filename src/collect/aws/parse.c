/* One item as facts, and one answer as items. See facts_int.h. */
#include "collect/aws/facts_int.h"
#include "collect/files/holder.h"

/* ---- Items ---- */

static struct aisp_slice api_locator(struct aisp_aws_facts *f, const struct aisp_aws_answer *a)
{
	return aisp_emit_fmt(&f->e, "aws://%.*s/%.*s/%.*s/%.*s", AISP_FMT(a->account), AISP_FMT(a->region), AISP_FMT(a->service), AISP_FMT(a->operation));
}

struct aisp_awsf__item aisp_awsf__item_of(struct aisp_aws_facts *f, const struct aisp_aws_answer *a, const struct aisp_doc *d, struct aisp_slice pointer)
{
	struct aisp_awsf__item it = {.f = f, .a = a, .d = d, .account = a->account, .region = a->region, .partition = AISP_S("aws")};
	const struct aisp_doc_limits limits = {.max_bytes = 65536, .max_depth = 16, .max_values = 1000};

	if (aisp_slice_starts(a->region, AISP_S("cn-")))
		it.partition = AISP_S("aws-cn");
	else if (aisp_slice_starts(a->region, AISP_S("us-gov-")))
		it.partition = AISP_S("aws-us-gov");
	if (a->about.n && aisp_json_parse(f->arena, a->about, &limits, &it.about, NULL) == AISP_E_NOMEM)
		aisp_emit_fail(&f->e, AISP_E_NOMEM, NULL);
	it.at = (struct aisp_place){.path = a->path.n ? a->path : api_locator(f, a), .line = a->path.n ? aisp_doc_line(d) : 0, .pointer = pointer};
	return it;
}

struct aisp_awsf__item aisp_awsf__inner(const struct aisp_awsf__item *it, const struct aisp_doc *d, const char *name, uint32_t index)
{
	struct aisp_awsf__item in = *it;

	in.given = (struct aisp_slice){0};
	in.d = d;
	in.at.line = it->a->path.n ? aisp_doc_line(d) : 0;
	in.at.pointer = index == UINT32_MAX ? aisp_emit_fmt(&it->f->e, "%.*s/%s", AISP_FMT(it->at.pointer), name)
	                                    : aisp_emit_fmt(&it->f->e, "%.*s/%s/%u", AISP_FMT(it->at.pointer), name, index);
	return in;
}

/* ---- Nodes ---- */

aisp_node aisp_awsf__node(struct aisp_awsf__item *it, enum aisp_node_kind kind, struct aisp_slice id)
{
	return id.n > 2048 ? 0 : aisp_emit_node(&it->f->e, kind, id, &it->at);
}

aisp_node aisp_awsf__account(struct aisp_awsf__item *it, struct aisp_slice account)
{
	if (!aisp_awsf__is_account(account))
		return 0;
	aisp_node n = aisp_awsf__node(it, AISP_NODE_ACCOUNT, aisp_emit_fmt(&it->f->e, "arn:%.*s:iam::%.*s:root", AISP_FMT(it->partition), AISP_FMT(account)));
	aisp_emit_str(&it->f->e, n, "account_id", account);
	return n;
}

/* What stands behind a name: a function's version is the function, an object its bucket, a log group's streams the group. */
static struct aisp_slice whole(struct aisp_slice arn, const struct aisp_awsf__type *t)
{
	struct aisp_slice resource;

	if (!t || !aisp_awsf__arn_part(arn, 5, &resource))
		return arn;
	size_t head = arn.n - resource.n;
	if (strcmp(t->type, "s3:bucket") == 0)
		return aisp_slice_to(arn, head + (aisp_slice_chr(resource, '/') == SIZE_MAX ? resource.n : aisp_slice_chr(resource, '/')));
	if (strcmp(t->type, "lambda:function") == 0) {
		size_t colon = aisp_slice_chr(aisp_slice_from(resource, 9), ':');
		return colon == SIZE_MAX ? arn : aisp_slice_to(arn, head + 9 + colon);
	}
	if (strcmp(t->type, "logs:log-group") == 0 && aisp_slice_ends(arn, AISP_S(":*")))
		return aisp_slice_to(arn, arn.n - 2);
	return arn;
}

aisp_node aisp_awsf__named(struct aisp_awsf__item *it, struct aisp_slice arn)
{
	const struct aisp_awsf__type *t = aisp_awsf__type_of_arn(arn);

	if (aisp_slice_find(arn, AISP_S("*")) != SIZE_MAX && !(t && strcmp(t->type, "logs:log-group") == 0))
		return 0;
	if (!aisp_slice_starts(arn, AISP_S("arn:")))
		return 0;
	struct aisp_slice id = whole(arn, t), account = aisp_awsf__arn_account(id), resource;
	if (aisp_slice_ends(id, AISP_S(":root")) && aisp_slice_find(id, AISP_S(":iam::")) != SIZE_MAX)
		return aisp_awsf__account(it, account);
	aisp_node n = aisp_awsf__node(it, t && t->kind ? t->kind : AISP_NODE_CLOUD_RESOURCE, id);
	if (t)
		aisp_emit_strz(&it->f->e, n, "aws_type", t->type);
	if (t && (t->kind == AISP_NODE_ROLE || t->kind == AISP_NODE_USER))
		aisp_awsf__knows(it->f, n, AISP_AWS__NAMED);
	aisp_emit_str(&it->f->e, n, "account", account);
	if (aisp_awsf__arn_part(id, 5, &resource) && aisp_graph_prop(it->f->e.g, n, "name").n == 0)
		aisp_emit_str(&it->f->e, n, "name", aisp_slice_from(resource, (aisp_slice_rchr(resource, '/') != SIZE_MAX ? aisp_slice_rchr(resource, '/') : aisp_slice_rchr(resource, ':')) + 1));
	return n;
}

aisp_node aisp_awsf__named_as(struct aisp_awsf__item *it, const char *type, struct aisp_slice arn_or_name)
{
	return aisp_awsf__named(it, aisp_awsf__arn_of(it, type, arn_or_name));
}

struct aisp_edge_in aisp_awsf__control(struct aisp_awsf__item *it, const char *member)
{
	struct aisp_slice of = it->arn.n ? it->arn : it->at.pointer;

	return (struct aisp_edge_in){.control = aisp_emit_fmt(&it->f->e, "%.*s#%s", AISP_FMT(of), member)};
}

void aisp_awsf__edge(struct aisp_awsf__item *it, aisp_node from, enum aisp_edge_kind kind, aisp_node to, const char *member)
{
	struct aisp_edge_in in = {0};

	if (!from || !to || from == to)
		return;
	if (member && member[0])
		in = aisp_awsf__control(it, member);
	aisp_emit_edge_in(&it->f->e, from, kind, to, &in, &it->at);
}

static bool is_one_of(struct aisp_slice s, const char *const *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (aisp_slice_eqi(s, aisp_slice_z(v[i])))
			return true;
	return false;
}

/* What the owner says of the data by a tag, in the words that are in use; NULL: nothing that we know. */
static const char *sensitivity_of(struct aisp_slice key, struct aisp_slice value)
{
	static const char *const keys[] = {"data-classification", "data_classification", "dataclassification", "data classification", "data-sensitivity", "classification", "confidentiality", "sensitivity"};
	static const struct {
		const char *value, *is;
	} words[] = {{"public", "public"}, {"internal", "internal"}, {"private", "confidential"}, {"sensitive", "confidential"}, {"confidential", "confidential"}, {"pii", "confidential"},
		     {"personal", "confidential"}, {"restricted", "restricted"}, {"highly confidential", "restricted"}, {"highly-confidential", "restricted"}, {"secret", "restricted"},
		     {"phi", "restricted"}, {"pci", "restricted"}};

	for (size_t i = 0; is_one_of(key, keys, sizeof keys / sizeof *keys) && i < sizeof words / sizeof *words; i++)
		if (aisp_slice_eqi(value, aisp_slice_z(words[i].value)))
			return words[i].is;
	return NULL;
}

void aisp_awsf__tags(struct aisp_awsf__item *it, aisp_node n, const struct aisp_doc *tags)
{
	for (uint32_t i = 0; tags && i < aisp_doc_count(tags) && i < 200; i++) {
		const struct aisp_doc *t = tags->type == AISP_DOC_ARR ? &tags->items[i] : &tags->members[i].value;
		struct aisp_slice k = tags->type == AISP_DOC_ARR ? aisp_awsf__str(t, "Key|TagKey") : tags->members[i].key;
		struct aisp_slice v = tags->type == AISP_DOC_ARR ? aisp_awsf__str(t, "Value|TagValue") : aisp_doc_str(t);
		if (k.n)
			aisp_emit_item(&it->f->e, n, "tags", aisp_emit_fmt(&it->f->e, "%.*s=%.*s", AISP_FMT(k), AISP_FMT(v)));
		const char *sensitivity = sensitivity_of(k, v);
		if (sensitivity)
			aisp_emit_strz(&it->f->e, n, "sensitivity", sensitivity);
		if (aisp_slice_eqi(k, AISP_S("environment")) || aisp_slice_eqi(k, AISP_S("owner")) || aisp_slice_eqi(k, AISP_S("system")))
			aisp_emit_str(&it->f->e, n, aisp_slice_eqi(k, AISP_S("owner")) ? "owner" : aisp_slice_eqi(k, AISP_S("system")) ? "system" : "environment", v);
	}
}

void aisp_awsf__kms(struct aisp_awsf__item *it, struct aisp_slice key)
{
	struct aisp_slice arn = key;

	if (!key.n || !it->node)
		return;
	if (!aisp_slice_starts(key, AISP_S("arn:")))
		arn = aisp_slice_starts(key, AISP_S("alias/"))
		          ? aisp_emit_fmt(&it->f->e, "arn:%.*s:kms:%.*s:%.*s:%.*s", AISP_FMT(it->partition), AISP_FMT(it->region), AISP_FMT(it->account), AISP_FMT(key))
		          : aisp_awsf__arn_of(it, "kms:key", key);
	aisp_emit_str(&it->f->e, it->node, "kms_key", arn);
}

aisp_node aisp_awsf__bucket_of_uri(struct aisp_awsf__item *it, struct aisp_slice uri)
{
	if (!aisp_slice_starts(uri, AISP_S("s3://")))
		return aisp_slice_starts(uri, AISP_S("arn:")) ? aisp_awsf__named(it, uri) : 0;
	struct aisp_slice name = aisp_slice_from(uri, 5);
	name = aisp_slice_to(name, aisp_slice_chr(name, '/') == SIZE_MAX ? name.n : aisp_slice_chr(name, '/'));
	return aisp_awsf__named_as(it, "s3:bucket", name);
}

aisp_node aisp_awsf__at_uri(struct aisp_awsf__item *it, enum aisp_node_kind kind, struct aisp_slice uri)
{
	aisp_node bucket = aisp_awsf__bucket_of_uri(it, uri), n = 0;

	if (!bucket || uri.n > 1100)
		return 0;
	n = aisp_awsf__node(it, kind, uri);
	aisp_emit_str(&it->f->e, n, "name", uri);
	aisp_awsf__edge(it, n, AISP_EDGE_STORED_IN, bucket, "");
	return n;
}

aisp_node aisp_awsf__internet(struct aisp_awsf__item *it)
{
	aisp_node n = aisp_emit_node(&it->f->e, AISP_NODE_INTERNET, AISP_S("internet"), &it->at);

	aisp_emit_strz(&it->f->e, n, "name", "the internet");
	return n;
}

/* ---- Environment ---- */

static void push_setting(struct aisp_awsf__item *it, struct aisp_setting *v, size_t *n, struct aisp_slice name, struct aisp_slice value)
{
	v[(*n)++] = (struct aisp_setting){.name = name, .value = value, .line = it->at.line,
	                                  .pointer = aisp_emit_fmt(&it->f->e, "%.*s/%.*s", AISP_FMT(it->at.pointer), AISP_FMT(name))};
}

/* An id of an agent or a flow, an ARN, or an endpoint's name: looked up when all is read. Never stored as such. */
static void mention(struct aisp_awsf__item *it, aisp_node holder, struct aisp_slice value)
{
	struct aisp_awsf__mention m = {.node = holder, .value = value, .at = it->at, .account = it->account, .region = it->region};

	if (value.n < 3 || value.n > 300 || aisp_slice_chr(value, '/') == 0)
		return;
	if (aisp_vec_push(&it->f->mentions, m) < 0)
		aisp_emit_fail(&it->f->e, AISP_E_NOMEM, NULL);
}

/* ECS: {name, valueFrom}, of arn:aws:secretsmanager:R:A:secret:NAME-XXXXXX[:json-key:…] or of a parameter. */
static void secret_setting(struct aisp_awsf__item *it, struct aisp_setting *v, size_t *n, const struct aisp_doc *d)
{
	struct aisp_slice name = aisp_awsf__str(d, "name"), from = aisp_awsf__str(d, "valueFrom"), key = {0}, arn = from, rest;

	if (!name.n || !from.n)
		return;
	if (aisp_awsf__arn_part(from, 5, &rest) && aisp_slice_starts(rest, AISP_S("secret:"))) {
		struct aisp_slice tail = aisp_slice_from(rest, 7);
		size_t colon = aisp_slice_chr(tail, ':');
		if (colon != SIZE_MAX) {
			key = aisp_slice_from(tail, colon + 1);
			key = aisp_slice_to(key, aisp_slice_chr(key, ':') == SIZE_MAX ? key.n : aisp_slice_chr(key, ':'));
			arn = aisp_slice_to(from, from.n - tail.n + colon);
		}
	}
	arn = aisp_awsf__arn_of(it, "ssm:parameter", arn);
	aisp_node store = aisp_awsf__named(it, arn);
	if (!store)
		return;
	push_setting(it, v, n, name, (struct aisp_slice){0});
	v[*n - 1].store_id = arn;
	v[*n - 1].store = store;
	v[*n - 1].store_key = key.n ? key : name;
	v[*n - 1].store_is_secret = true;
}

void aisp_awsf__environment(struct aisp_awsf__item *it, aisp_node holder, struct aisp_slice holder_id, const struct aisp_doc *vars, const struct aisp_doc *secrets)
{
	uint32_t n_vars = aisp_doc_count(vars), n_secrets = aisp_doc_count(secrets), max = 2000;
	size_t n = 0;

	n_vars = n_vars > max ? max : n_vars;
	n_secrets = n_secrets > max ? max : n_secrets;
	if (!holder || n_vars + n_secrets == 0)
		return;
	struct aisp_setting *v = aisp_arena_zalloc(it->f->arena, n_vars + n_secrets, sizeof *v);
	if (!v) {
		aisp_emit_fail(&it->f->e, AISP_E_NOMEM, NULL);
		return;
	}
	for (uint32_t i = 0; i < n_vars; i++) {
		const struct aisp_doc *d = vars->type == AISP_DOC_ARR ? &vars->items[i] : &vars->members[i].value;
		struct aisp_slice name = vars->type == AISP_DOC_ARR ? aisp_awsf__str(d, "name") : vars->members[i].key;
		struct aisp_slice value = vars->type == AISP_DOC_ARR ? aisp_awsf__str(d, "value") : aisp_doc_str(d);
		if (name.n && name.n < 512) {
			push_setting(it, v, &n, name, value);
			mention(it, holder, value);
		}
	}
	for (uint32_t i = 0; i < n_secrets && secrets->type == AISP_DOC_ARR; i++)
		secret_setting(it, v, &n, &secrets->items[i]);
	struct aisp_holder h = {.node = holder, .id = holder_id, .path = it->at.path, .acts = true};
	aisp_holder_add(&it->f->e, &h, v, n);
}

/* ---- One item ---- */

static void owner(struct aisp_awsf__item *it)
{
	struct aisp_slice part;

	if (aisp_awsf__arn_part(it->arn, 1, &part) && part.n && part.n < 20)
		it->partition = part;
	if (aisp_awsf__arn_account(it->arn).n)
		it->account = aisp_awsf__arn_account(it->arn);
	if (aisp_awsf__arn_part(it->arn, 3, &part) && part.n)
		it->region = part;
}

/* The region of an availability zone: us-east-1a, us-west-2-lax-1a. */
static struct aisp_slice region_of_zone(struct aisp_slice zone)
{
	unsigned dashes = 0;

	for (size_t i = 0; i < zone.n && i < 30; i++) {
		dashes += zone.p[i] == '-';
		if (dashes == 2 && zone.p[i] >= '0' && zone.p[i] <= '9')
			return aisp_slice_to(zone, i + 1);
	}
	return (struct aisp_slice){0};
}

static void find_name(struct aisp_awsf__item *it)
{
	struct aisp_slice about = it->shape && it->shape->about ? aisp_awsf__str(it->about, it->shape->about) : (struct aisp_slice){0};

	it->arn = it->d->type == AISP_DOC_STR ? it->d->s : aisp_awsf__str(it->d, it->t->arns);
	it->name = it->d->type == AISP_DOC_STR && !aisp_slice_starts(it->d->s, AISP_S("arn:")) ? it->d->s : aisp_awsf__text(it, it->t->names);
	if (!aisp_slice_starts(it->arn, AISP_S("arn:")))
		it->arn = (struct aisp_slice){0};
	if (it->given.n)
		it->arn = it->given;
	if (!it->arn.n && !it->name.n && about.n) {
		if (aisp_slice_starts(about, AISP_S("arn:")))
			it->arn = about;
		else
			it->name = about;
	}
	if (!it->arn.n && it->name.n)
		it->arn = aisp_awsf__arn_of(it, it->t->type, it->name);
	struct aisp_slice resource;
	if (!it->name.n && aisp_awsf__arn_part(it->arn, 5, &resource))
		it->name = aisp_slice_from(resource, (aisp_slice_rchr(resource, '/') != SIZE_MAX ? aisp_slice_rchr(resource, '/') : aisp_slice_rchr(resource, ':')) + 1);
}

static bool is_global(const char *arn_form)
{
	return strstr(arn_form, "{r}") == NULL;
}

static void common(struct aisp_awsf__item *it)
{
	struct aisp_emit *e = &it->f->e;
	const struct aisp_awsf__type *t = it->t;

	aisp_emit_str(e, it->node, "name", it->name);
	aisp_emit_strz(e, it->node, "aws_type", t->type);
	aisp_emit_str(e, it->node, "account", it->account);
	if (!is_global(t->arn))
		aisp_emit_str(e, it->node, "region", it->region);
	if (t->provider)
		aisp_emit_strz(e, it->node, "provider", t->provider);
	aisp_awsf__tags(it, it->node, aisp_awsf__get(it->d, "TagsAll|Tags|TagList|TagSet"));
	aisp_awsf__kms(it, aisp_awsf__str(it->d, t->kms));
	struct aisp_slice role = aisp_awsf__str(it->d, t->role);
	if (role.n)
		aisp_awsf__edge(it, it->node, AISP_EDGE_RUNS_AS, aisp_awsf__named_as(it, "iam:role", role), t->role[0] ? "role" : "");
	if (t->policy)
		aisp_awsf__resource_policy(it, it->node, it->arn, aisp_awsf__get(it->d, t->policy));
	if (it->account.n)
		aisp_awsf__edge(it, aisp_awsf__account(it, it->account), AISP_EDGE_CONTAINS, it->node, "");
}

void aisp_awsf__item_add(struct aisp_awsf__item *it)
{
	if (!it->t || it->f->e.bad)
		return;
	if (it->t->kind == AISP_NODE_NONE) {
		it->t->more(it);
		return;
	}
	if (!it->region.n)
		it->region = region_of_zone(aisp_awsf__str(it->d, "AvailabilityZone|Placement.AvailabilityZone"));
	find_name(it);
	if (!it->arn.n) {
		if (it->name.n)
			aisp_emit_gap(&it->f->e, aisp_emit_fmt(&it->f->e, "%s %.*s", it->t->type, AISP_FMT(it->name)), AISP_E_PARSE,
			              AISP_S("its account or region is not known: save sts get-caller-identity beside it"));
		return;
	}
	owner(it);
	it->node = aisp_awsf__node(it, it->t->kind, whole(it->arn, it->t));
	it->arn = whole(it->arn, it->t);
	if (!it->node)
		return;
	common(it);
	if (it->t->more)
		it->t->more(it);
}

void aisp_awsf__add_as(struct aisp_awsf__item *it, const char *type)
{
	it->t = aisp_awsf__type_find(aisp_slice_z(type));
	aisp_awsf__item_add(it);
}

/* ---- One answer ---- */

const struct aisp_awsf__shape *aisp_awsf__shape_find(struct aisp_slice service, struct aisp_slice operation)
{
	for (size_t i = 0; i < aisp_awsf__shape_count; i++)
		if (aisp_slice_eqz(operation, aisp_awsf__shapes[i].operation) && aisp_slice_eqz(service, aisp_awsf__shapes[i].service))
			return &aisp_awsf__shapes[i];
	return NULL;
}

bool aisp_aws__has_shape(struct aisp_slice service, struct aisp_slice operation)
{
	return aisp_awsf__shape_find(service, operation) != NULL;
}

static void add_item(struct aisp_awsf__item *it)
{
	if (it->shape->type) {
		it->t = aisp_awsf__type_find(aisp_slice_z(it->shape->type));
		aisp_awsf__item_add(it);
	}
	if (it->shape->more && (!it->shape->type || it->node))
		it->shape->more(it);
}

/* The items at the end of a path; a text in a list becomes an item too (DynamoDB's table names). */
static void add_list(struct aisp_awsf__item *it, struct aisp_slice list, unsigned depth)
{
	struct aisp_slice part;

	if (!list.n || depth > 4) {
		add_item(it);
		return;
	}
	aisp_slice_split(&list, '.', &part);
	const struct aisp_doc *v = aisp_doc_gets(it->d, part);
	char name[64];
	if (!v || part.n >= sizeof name)
		return;
	memcpy(name, part.p, part.n);
	name[part.n] = '\0';
	if (!list.p)
		list = (struct aisp_slice){0};
	if (v->type == AISP_DOC_OBJ) {
		struct aisp_awsf__item in = aisp_awsf__inner(it, v, name, UINT32_MAX);
		add_list(&in, list, depth + 1);
	}
	for (uint32_t i = 0; v->type == AISP_DOC_ARR && i < v->n && !it->f->e.bad; i++) {
		struct aisp_awsf__item in = aisp_awsf__inner(it, &v->items[i], name, i);
		add_list(&in, list, depth + 1);
	}
}

static void count_unknown(struct aisp_aws_facts *f, const struct aisp_aws_answer *a)
{
	f->n_unknown++;
	if (f->unknown.bad || f->unknown.n > 1500)
		return;
	if (f->unknown.n)
		aisp_buf_putz(&f->unknown, ", ");
	aisp_buf_printf(&f->unknown, "%.*s %.*s", AISP_FMT(a->service), AISP_FMT(a->operation));
}

void aisp_aws__parse(struct aisp_aws_facts *f, const struct aisp_aws_answer *a)
{
	const struct aisp_awsf__shape *s = aisp_awsf__shape_find(a->service, a->operation);

	if (!s) {
		count_unknown(f, a);
		return;
	}
	struct aisp_awsf__item it = aisp_awsf__item_of(f, a, a->doc, AISP_S(""));
	it.shape = s;
	if (a->doc->type != AISP_DOC_OBJ) {
		aisp_emit_gap(&f->e, it.at.path, AISP_E_PARSE, AISP_S("an answer is a JSON object; this is none"));
		return;
	}
	if (s->list[0] && !aisp_doc_gets(a->doc, aisp_slice_to(aisp_slice_z(s->list), strcspn(s->list, "."))) && a->doc->n)
		aisp_emit_gap(&f->e, it.at.path, AISP_E_PARSE,
		              aisp_emit_fmt(&f->e, "an answer of %s %s has the member %s; this has not", s->service, s->operation, s->list));
	/* --no-paginate and --max-items leave a token for what is not there */
	if (aisp_awsf__str(a->doc, "NextToken|NextMarker").n || aisp_doc_bool(aisp_awsf__get(a->doc, "IsTruncated"), false))
		aisp_emit_gap(&f->e, it.at.path, AISP_E_LIMIT, AISP_S("the answer is only the first page"));
	add_list(&it, aisp_slice_z(s->list), 0);
	if (strcmp(s->operation, "get-account-authorization-details") == 0)
		aisp_awsf__gaad(&it);
}
