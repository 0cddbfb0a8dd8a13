/* Builds a world from a graph or snapshot (see world.h). Answers are in ask.c. */
#include "base/hash.h"
#include "resolve/aws/world_int.h"
#include <stdlib.h>

enum { ORG_DEPTH = 16, LEVELS_MAX = ORG_DEPTH };

struct making {
	struct aisp_aws_inside *in;
	struct aisp_aws_view v;
	struct aisp_arena *a;
	uint32_t *doc_of;              /* node → doc + 1 */
	AISP_VEC(struct aisp_aws_account) accounts;
	AISP_VEC(struct aisp_aws_principal) principals;
	AISP_VEC(struct aisp_aws_resource) resources;
	AISP_VEC(struct aisp_aws_doc) docs;
	AISP_VEC(uint32_t) refs;       /* scratch */
	struct aisp_map classes;
	int bad;
	struct aisp_err *err;
};

static void fail(struct making *m, int code)
{
	if (code < 0 && m->bad == 0)
		m->bad = code;
}

static void nomem(struct making *m)
{
	if (m->bad == 0)
		m->bad = aisp_fail(m->err, AISP_E_NOMEM, "out of memory for the AWS world; scan fewer accounts at a time");
}

static void *zalloc(struct making *m, size_t n, size_t size)
{
	void *p = m->bad ? NULL : aisp_arena_zalloc(m->a, n ? n : 1, size);
	if (!p)
		nomem(m);
	return p;
}

static struct aisp_slice list(struct making *m, aisp_node n, const char *key)
{
	return aisp_aws__list(&m->v, n, key, m->a);
}

static bool is_true(struct making *m, aisp_node n, const char *key)
{
	return aisp_slice_eqz(aisp_aws__prop(&m->v, n, key), "true");
}

static unsigned unread(struct making *m, aisp_node n)
{
	static const struct {
		const char *word;
		unsigned bit;
	} words[] = {{"identity", AISP_IAM_UNREAD_IDENTITY}, {"boundary", AISP_IAM_UNREAD_BOUNDARY}, {"resource", AISP_IAM_UNREAD_RESOURCE},
	             {"trust", AISP_IAM_UNREAD_RESOURCE}, {"scp", AISP_IAM_UNREAD_SCP}, {"rcp", AISP_IAM_UNREAD_RCP}};
	struct aisp_slice lines = list(m, n, "unread");
	unsigned bits = 0;
	for (size_t i = 0; lines.n && i < sizeof words / sizeof *words; i++)
		if (aisp_aws__has_line(lines, aisp_slice_z(words[i].word)))
			bits |= words[i].bit;
	return bits;
}

/* ---- Accounts ---- */

static struct aisp_key account_key(struct aisp_slice id)
{
	return (struct aisp_key){aisp_hash64(id.p, id.n, 7), id.n};
}

uint32_t aisp_aws__account(const struct aisp_aws_world *w, struct aisp_slice id)
{
	const uint32_t at = aisp_map_get(&aisp_aws__in(w)->accounts_by_id, account_key(id));
	return at ? at - 1 : AISP_AWS_NONE;
}

static uint32_t account(struct making *m, struct aisp_slice id)
{
	const uint32_t had = aisp_map_get(&m->in->accounts_by_id, account_key(id));
	if (had || m->bad)
		return had ? had - 1 : 0;
	if (aisp_vec_push(&m->accounts, (struct aisp_aws_account){.id = id}) < 0)
		nomem(m);
	fail(m, aisp_map_put(&m->in->accounts_by_id, account_key(id), (uint32_t)m->accounts.n, m->err));
	return m->bad ? 0 : (uint32_t)m->accounts.n - 1;
}

static void add_account(struct making *m, aisp_node n, struct aisp_slice id)
{
	struct aisp_arn arn;
	if (!aisp_arn_split(id, &arn) || !aisp_slice_eqz(arn.service, "iam"))
		return;
	const uint32_t at = account(m, arn.account);
	if (m->bad)
		return;
	struct aisp_aws_account *a = &m->accounts.v[at];
	a->node = n;
	a->known = !is_true(m, n, "foreign");
	a->management = is_true(m, n, "management");
	a->unread = unread(m, n);
	a->s3_block_public = aisp_aws__has_line(list(m, n, "s3_block_public"), AISP_S("RestrictPublicBuckets"));
	const struct aisp_aws_principal root = {.node = n, .kind = AISP_IAM_ROOT, .arn = id, .name = AISP_S("root"), .account = at, .trust = AISP_AWS_NONE, .form_of = AISP_AWS_NONE};
	if (aisp_vec_push(&m->principals, root) < 0)
		nomem(m);
}

/* ---- First pass: nodes ---- */

static bool is_iam(struct aisp_slice id, const char *what)
{
	struct aisp_arn arn;
	return aisp_arn_split(id, &arn) && aisp_slice_eqz(arn.service, "iam") && aisp_slice_starts(arn.resource, aisp_slice_z(what));
}

/* What code declares and what is known live too: the live one counts (resolve/declared.c). */
static bool is_declared_only(const struct making *m, aisp_node n)
{
	return aisp_aws__prop(&m->v, n, "live").n > 0;
}

static void add_principal(struct making *m, aisp_node n, struct aisp_slice id, enum aisp_iam_principal_kind kind)
{
	struct aisp_arn arn;
	struct aisp_aws_principal p = {.node = n, .kind = kind, .arn = id, .trust = AISP_AWS_NONE, .form_of = AISP_AWS_NONE};
	if (!aisp_arn_split(id, &arn) || aisp_slice_chr(id, '#') != SIZE_MAX || is_declared_only(m, n))
		return;
	p.name = aisp_slice_basename(arn.resource);
	p.path = aisp_aws__prop(&m->v, n, "path");
	if (p.path.n == 0) {
		const size_t from = aisp_slice_chr(arn.resource, '/');
		p.path = from == SIZE_MAX ? AISP_S("/") : aisp_slice_of(arn.resource.p + from, arn.resource.n - from - p.name.n);
	}
	p.unique_id = aisp_aws__prop(&m->v, n, "unique_id");
	p.account = account(m, arn.account);
	p.tags = list(m, n, "tags");
	p.unread = unread(m, n);
	p.service_linked = is_true(m, n, "service_linked") || aisp_slice_starts(p.path, AISP_S("/aws-service-role/"));
	if (aisp_vec_push(&m->principals, p) < 0)
		nomem(m);
}

static enum aisp_iam_use use_of(struct aisp_slice type)
{
	static const struct {
		const char *name;
		enum aisp_iam_use use;
	} uses[] = {{"scp", AISP_IAM_SCP}, {"rcp", AISP_IAM_RCP}, {"resource", AISP_IAM_RESOURCE}, {"trust", AISP_IAM_TRUST}, {"endpoint", AISP_IAM_ENDPOINT}};
	for (size_t i = 0; i < sizeof uses / sizeof *uses; i++)
		if (aisp_slice_eqz(type, uses[i].name))
			return uses[i].use;
	return AISP_IAM_IDENTITY;
}

static void add_doc(struct making *m, aisp_node n, struct aisp_slice id)
{
	const struct aisp_aws_doc d = {.node = n, .id = id, .type = aisp_aws__prop(&m->v, n, "policy_type")};
	if (aisp_vec_push(&m->docs, d) < 0)
		nomem(m);
	else
		m->doc_of[n] = (uint32_t)m->docs.n;
}

static void add_resource_as(struct making *m, aisp_node n, enum aisp_node_kind kind, struct aisp_slice its_arn, struct aisp_slice type)
{
	struct aisp_aws_resource r = {.node = n, .kind = kind, .arn = its_arn, .type = type, .policy = AISP_AWS_NONE, .kms_key = AISP_AWS_NONE};
	struct aisp_arn arn;
	if (!aisp_arn_split(r.arn, &arn) || is_declared_only(m, n))
		return;
	const struct aisp_slice owner = aisp_aws__prop(&m->v, n, "account");
	const bool base_model = aisp_slice_eqz(type, "bedrock:foundation-model"); /* nobody's, in every region */
	r.region = base_model ? arn.region : aisp_aws__prop(&m->v, n, "region");
	if (r.region.n == 0)
		r.region = arn.region;
	r.account = account(m, owner.n && !base_model ? owner : arn.account);
	r.tags = list(m, n, "tags");
	r.unread = unread(m, n);
	r.s3_block_public = aisp_aws__has_line(list(m, n, "s3_block_public"), AISP_S("RestrictPublicBuckets"));
	const struct aisp_slice key = aisp_aws__prop(&m->v, n, "kms_key");
	r.url_auth = aisp_aws__prop(&m->v, n, "url_auth");
	r.aws_key = aisp_slice_find(key, AISP_S(":alias/aws/")) != SIZE_MAX;
	if (key.n && !r.aws_key && aisp_slice_starts(key, AISP_S("arn:")))
		r.kms_arn = key;
	if (aisp_vec_push(&m->resources, r) < 0)
		nomem(m);
}

static void add_resource(struct making *m, aisp_node n, enum aisp_node_kind kind, struct aisp_slice id, struct aisp_slice type)
{
	add_resource_as(m, n, kind, aisp_slice_starts(id, AISP_S("arn:")) ? id : aisp_aws__prop(&m->v, n, "arn"), type);
}

/* A base model is one node for all regions ("model://bedrock/ID"); requests name it by its ARN in a region, which is an alias of it. */
static void add_base_model(struct making *m, aisp_node n, enum aisp_node_kind kind, struct aisp_slice id, struct aisp_slice type)
{
	static const char regions[] = "us-east-1 us-east-2 us-west-1 us-west-2 eu-west-1 eu-west-2 eu-west-3 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 "
		"ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-7 ap-south-1 ap-south-2 ap-east-1 "
		"ap-east-2 ca-central-1 ca-west-1 sa-east-1 me-south-1 me-central-1 il-central-1 af-south-1 mx-central-1 us-gov-west-1 us-gov-east-1 cn-north-1 cn-northwest-1";
	struct aisp_slice rest = aisp_slice_z(regions), region;
	const struct aisp_slice name = aisp_slice_from(id, sizeof "model://bedrock/" - 1);
	while (aisp_slice_split(&rest, ' ', &region) && !m->bad) {
		const char *partition = aisp_slice_starts(region, AISP_S("us-gov-")) ? "aws-us-gov" : aisp_slice_starts(region, AISP_S("cn-")) ? "aws-cn" : "aws";
		const struct aisp_slice arn = aisp_arena_printf(m->a, "arn:%s:bedrock:%.*s::foundation-model/%.*s", partition, AISP_FMT(region), AISP_FMT(name));
		if (!arn.p)
			nomem(m);
		else if ((m->v.g ? aisp_graph_find(m->v.g, arn) : aisp_snapshot_find(m->v.s, arn)) == n)
			add_resource_as(m, n, kind, arn, type);
	}
}

static void first_pass(struct making *m)
{
	const uint32_t end = aisp_aws__nodes(&m->v);
	for (aisp_node n = 1; n <= end && !m->bad; n++) {
		enum aisp_node_kind kind;
		struct aisp_slice id, type;
		if (!aisp_aws__node(&m->v, n, &kind, &id))
			continue;
		switch (kind) {
		case AISP_NODE_POLICY:
			add_doc(m, n, id);
			break;
		case AISP_NODE_ACCOUNT:
			if (is_iam(id, "root"))
				add_account(m, n, id);
			break;
		case AISP_NODE_USER:
		case AISP_NODE_ROLE:
			if (is_iam(id, kind == AISP_NODE_USER ? "user/" : "role/"))
				add_principal(m, n, id, kind == AISP_NODE_USER ? AISP_IAM_USER : AISP_IAM_ROLE);
			break;
		case AISP_NODE_GROUP:
			if (aisp_slice_eqz(id, "aws:anonymous") || aisp_slice_eqz(id, "aws:anyone")) {
				const bool none = aisp_slice_eqz(id, "aws:anonymous");
				const struct aisp_aws_principal p = {.node = n, .kind = none ? AISP_IAM_ANONYMOUS : AISP_IAM_ANY_AWS, .arn = id, .name = id,
					.account = account(m, AISP_S("")), .trust = AISP_AWS_NONE, .form_of = AISP_AWS_NONE};
				if (aisp_vec_push(&m->principals, p) < 0)
					nomem(m);
			}
			break;
		default:
			if ((type = aisp_aws__prop(&m->v, n, "aws_type")).n)
				add_resource(m, n, kind, id, type);
			if (type.n && aisp_slice_starts(id, AISP_S("model://bedrock/")))
				add_base_model(m, n, kind, id, type);
			break;
		}
	}
}

static int by_principal_arn(const void *a, const void *b)
{
	return aisp_slice_cmp(((const struct aisp_aws_principal *)a)->arn, ((const struct aisp_aws_principal *)b)->arn);
}

static int by_resource_arn(const void *a, const void *b)
{
	const struct aisp_aws_resource *x = a, *y = b;
	const int c = aisp_slice_cmp(x->arn, y->arn);
	return c ? c : (x->node > y->node) - (x->node < y->node);
}

/* ---- Documents ---- */

static void compile(struct making *m)
{
	struct aisp_aws_inside *in = m->in;
	in->texts = zalloc(m, m->docs.n, sizeof *in->texts);
	in->text_of = zalloc(m, m->docs.n, sizeof *in->text_of);
	in->control = zalloc(m, m->docs.n, sizeof *in->control);
	in->trust = zalloc(m, m->docs.n, sizeof *in->trust);
	for (size_t i = 0; i < m->docs.n && !m->bad; i++) {
		struct aisp_aws_doc *d = &m->docs.v[i];
		const struct aisp_slice json = aisp_aws__prop(&m->v, d->node, "document");
		in->text_of[i] = AISP_AWS_NONE;
		in->trust[i] = (struct aisp_iam_named){d->id, NULL};
		if (json.n == 0) {
			d->bad = AISP_S("its document was not read");
			continue;
		}
		fail(m, aisp_aws__text(in, json, use_of(d->type), &in->text_of[i], m->err));
		if (m->bad)
			return;
		const struct aisp_aws_text *t = &in->texts[in->text_of[i]];
		d->policy = in->trust[i].policy = t->policy;
		d->bad = t->bad;
		in->control[i] = zalloc(m, t->n_st, sizeof **in->control);
		for (uint32_t k = 0; k < t->n_st && !m->bad; k++) {
			in->control[i][k] = aisp_arena_printf(m->a, "%.*s#%.*s", AISP_FMT(d->id), AISP_FMT(aisp_iam_statement_pointer(t->policy, k)));
			if (!in->control[i][k].p)
				nomem(m);
		}
	}
}

/* ---- Second pass: what belongs to whom ---- */

static int by_number(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static struct aisp_aws_refs keep_refs(struct making *m)
{
	uint32_t n = 0;
	if (m->refs.n)
		qsort(m->refs.v, m->refs.n, sizeof *m->refs.v, by_number);
	for (size_t i = 0; i < m->refs.n; i++)
		if (i == 0 || m->refs.v[i] != m->refs.v[i - 1])
			m->refs.v[n++] = m->refs.v[i];
	uint32_t *v = zalloc(m, n, sizeof *v);
	if (!v)
		return (struct aisp_aws_refs){0};
	if (n)
		memcpy(v, m->refs.v, n * sizeof *v);
	return (struct aisp_aws_refs){v, n};
}

static void collect_refs(struct making *m, aisp_node n, enum aisp_edge_kind kind, const char *type)
{
	uint32_t at = 0;
	for (aisp_node to = aisp_aws__out(&m->v, n, kind, &at); to; to = aisp_aws__out(&m->v, n, kind, &at)) {
		const uint32_t d = m->doc_of[to];
		if (d && (!type || aisp_slice_eqz(m->docs.v[d - 1].type, type)) && aisp_vec_push(&m->refs, d - 1) < 0)
			nomem(m);
	}
}

static uint32_t governed_by(struct making *m, aisp_node n)
{
	m->refs.n = 0;
	collect_refs(m, n, AISP_EDGE_GOVERNED_BY, NULL);
	return m->refs.n ? m->refs.v[0] : AISP_AWS_NONE;
}

static struct aisp_iam_set set_of(struct making *m, struct aisp_aws_refs refs, bool any)
{
	struct aisp_iam_named *v = zalloc(m, refs.n + 1, sizeof *v);
	if (!v)
		return (struct aisp_iam_set){0};
	for (uint32_t i = 0; i < refs.n; i++)
		v[i] = (struct aisp_iam_named){m->docs.v[refs.v[i]].id, m->docs.v[refs.v[i]].policy};
	v[refs.n] = (struct aisp_iam_named){AISP_S("a policy of its own wish"), m->in->allow_all};
	return (struct aisp_iam_set){v, refs.n + any};
}

static void join_principals(struct making *m)
{
	struct aisp_aws_inside *in = m->in;
	in->cap_principals = (uint32_t)m->principals.n;
	in->n_sorted = in->cap_principals;
	in->principals = zalloc(m, m->principals.n, sizeof *in->principals);
	in->identity = zalloc(m, m->principals.n, sizeof *in->identity);
	in->boundary = zalloc(m, m->principals.n, sizeof *in->boundary);
	for (size_t i = 0; i < m->principals.n && !m->bad; i++) {
		struct aisp_aws_principal *p = &m->principals.v[i];
		uint32_t at = 0;
		m->refs.n = 0;
		if (p->kind == AISP_IAM_USER || p->kind == AISP_IAM_ROLE)
			collect_refs(m, p->node, AISP_EDGE_GRANTED, NULL);
		if (p->kind == AISP_IAM_USER)
			for (aisp_node g = aisp_aws__out(&m->v, p->node, AISP_EDGE_MEMBER_OF, &at); g; g = aisp_aws__out(&m->v, p->node, AISP_EDGE_MEMBER_OF, &at))
				collect_refs(m, g, AISP_EDGE_GRANTED, NULL);
		p->identity = keep_refs(m);
		m->refs.n = 0;
		if (p->kind == AISP_IAM_USER || p->kind == AISP_IAM_ROLE)
			collect_refs(m, p->node, AISP_EDGE_LIMITED_BY, NULL);
		p->boundary = keep_refs(m);
		if (p->kind == AISP_IAM_ROLE)
			p->trust = governed_by(m, p->node);
		/* One source only names the role and says so; another has told all of it. */
		if (p->trust != AISP_AWS_NONE && p->unread & AISP_IAM_UNREAD_RESOURCE)
			p->unread &= ~(unsigned)(AISP_IAM_UNREAD_RESOURCE | AISP_IAM_UNREAD_IDENTITY);
		in->identity[i] = set_of(m, p->identity, false);
		in->boundary[i] = set_of(m, p->boundary, false);
		if (!m->bad)
			in->principals[i] = *p;
	}
	in->w.principals = in->principals;
	in->w.n_principals = in->n_sorted;
}

static void join_resources(struct making *m)
{
	const uint32_t end = aisp_aws__nodes(&m->v);
	uint32_t *at_node = aisp_mem_zalloc(end + 1, sizeof *at_node);
	if (!at_node) {
		nomem(m);
		return;
	}
	for (size_t i = 0; i < m->resources.n; i++)
		at_node[m->resources.v[i].node] = (uint32_t)i + 1;
	for (size_t i = 0; i < m->resources.n && !m->bad; i++) {
		struct aisp_aws_resource *r = &m->resources.v[i];
		r->policy = governed_by(m, r->node);
		if (r->kms_arn.n) {
			const aisp_node key = m->v.g ? aisp_graph_find(m->v.g, r->kms_arn) : aisp_snapshot_find(m->v.s, r->kms_arn);
			if (key && key <= end && at_node[key])
				r->kms_key = at_node[key] - 1;
		}
	}
	aisp_mem_free(at_node);
	struct aisp_aws_resource *v = zalloc(m, m->resources.n, sizeof *v);
	if (v && m->resources.n)
		memcpy(v, m->resources.v, m->resources.n * sizeof *v);
	m->in->w.resources = v;
	m->in->w.n_resources = v ? (uint32_t)m->resources.n : 0;
}

/* ---- The organisation ---- */

static void levels(struct making *m, const aisp_node *chain, uint32_t n, const char *type, struct aisp_aws_levels *ret)
{
	ret->v = zalloc(m, n, sizeof *ret->v);
	ret->docs = zalloc(m, n, sizeof *ret->docs);
	for (uint32_t i = 0; i < n && !m->bad; i++) {
		enum aisp_node_kind kind;
		m->refs.n = 0;
		collect_refs(m, chain[i], AISP_EDGE_LIMITED_BY, type);
		if (m->refs.n == 0)
			continue; /* that kind of policy is not in use, or was not told */
		ret->docs[ret->n] = keep_refs(m);
		ret->v[ret->n].policies = set_of(m, ret->docs[ret->n], false);
		aisp_aws__node(&m->v, chain[i], &kind, &ret->v[ret->n].name);
		ret->n++;
	}
}

static void org_of(struct making *m, struct aisp_aws_account *a, struct aisp_aws_org *o)
{
	aisp_node chain[ORG_DEPTH];
	uint32_t n = 0;
	enum aisp_node_kind kind;
	struct aisp_slice id;
	for (aisp_node at = a->node; at && n < ORG_DEPTH;) {
		uint32_t edge = 0;
		aisp_node up = 0;
		chain[ORG_DEPTH - ++n] = at;
		for (aisp_node p = aisp_aws__into(&m->v, at, AISP_EDGE_CONTAINS, &edge); p && !up; p = aisp_aws__into(&m->v, at, AISP_EDGE_CONTAINS, &edge))
			if (aisp_aws__node(&m->v, p, &kind, &id) && kind == AISP_NODE_ACCOUNT && p != at)
				up = p;
		at = up;
	}
	const aisp_node *top = chain + ORG_DEPTH - n;
	o->id = aisp_aws__prop(&m->v, a->node, "organization_id");
	for (uint32_t i = 0; i < n && o->id.n == 0; i++)
		o->id = aisp_aws__prop(&m->v, top[i], "organization_id");
	if (n > 1 && aisp_aws__node(&m->v, top[0], &kind, &id) && aisp_slice_find(id, AISP_S(":root/o-")) != SIZE_MAX) {
		/* arn:aws:organizations::M:root/o-x/r-y, …:ou/o-x/ou-z → o-x/r-y/ou-z/ */
		struct aisp_slice path = aisp_slice_from(id, aisp_slice_find(id, AISP_S(":root/o-")) + 6);
		if (o->id.n == 0)
			o->id = aisp_slice_to(path, aisp_slice_chr(path, '/'));
		path = aisp_arena_printf(m->a, "%.*s/", AISP_FMT(path));
		for (uint32_t i = 1; i + 1 < n && path.p; i++) {
			aisp_aws__node(&m->v, top[i], &kind, &id);
			path = aisp_arena_printf(m->a, "%.*s%.*s/", AISP_FMT(path), AISP_FMT(aisp_slice_basename(id)));
		}
		if (!path.p)
			nomem(m);
		o->path = path;
	}
	if (a->management)
		return; /* neither SCPs nor RCPs bind it */
	levels(m, top, n, "scp", &o->scp);
	levels(m, top, n, "rcp", &o->rcp);
	a->scp = o->scp.v;
	a->n_scp = o->scp.n;
	a->rcp = o->rcp.v;
	a->n_rcp = o->rcp.n;
}

static void organise(struct making *m)
{
	m->in->orgs = zalloc(m, m->accounts.n, sizeof *m->in->orgs);
	for (size_t i = 0; i < m->accounts.n && !m->bad; i++)
		if (m->accounts.v[i].node)
			org_of(m, &m->accounts.v[i], &m->in->orgs[i]);
	struct aisp_aws_account *v = zalloc(m, m->accounts.n, sizeof *v);
	if (v && m->accounts.n)
		memcpy(v, m->accounts.v, m->accounts.n * sizeof *v);
	m->in->w.accounts = v;
	m->in->w.n_accounts = v ? (uint32_t)m->accounts.n : 0;
}

/* ---- Classes ---- */

struct looking {
	const struct aisp_aws_inside *in;
	struct aisp_slice arn;
	uint64_t h;
	bool by_self, by_tags;
};

/* Whether a pattern fits an ARN, in each sense that an operator may give it. */
static unsigned fits(struct aisp_slice pattern, struct aisp_slice arn)
{
	struct aisp_arn p, a;
	unsigned bits = aisp_slice_eq(pattern, arn) | (unsigned)aisp_slice_eqi(pattern, arn) << 1 | (unsigned)aisp_iam_match(pattern, arn, false) << 2;
	if (aisp_arn_split(pattern, &p) && aisp_arn_split(arn, &a))
		for (int no_case = 0; no_case < 2; no_case++)
			bits |= (unsigned)(aisp_iam_match(p.partition, a.partition, no_case) && aisp_iam_match(p.service, a.service, no_case) &&
					   aisp_iam_match(p.region, a.region, no_case) && aisp_iam_match(p.account, a.account, no_case) &&
					   aisp_iam_match(p.resource, a.resource, no_case))
				<< (3 + no_case);
	return bits;
}

static void look(struct looking *l, struct aisp_aws_refs refs)
{
	for (uint32_t i = 0; i < refs.n; i++) {
		const uint32_t n = l->in->text_of[refs.v[i]];
		l->h = aisp_hash_mix(l->h ^ (refs.v[i] + 1));
		if (n == AISP_AWS_NONE)
			continue;
		const struct aisp_aws_text *t = &l->in->texts[n];
		l->by_self |= t->by_whole_principal;
		l->by_tags |= t->by_principal_tags;
		for (uint32_t k = 0; k < t->principal_arns.n; k++)
			l->h = aisp_hash_mix(l->h ^ (fits(t->principal_arns.v[k], l->arn) + 0x300U));
	}
	l->h = aisp_hash_mix(l->h + 0x51);
}

/* Gives a principal the number of the first for whom all that decisions depend on is equal. */
static int classify(struct aisp_aws_inside *in, struct aisp_map *classes, uint32_t i, struct aisp_err *err)
{
	struct aisp_aws_principal *p = &in->principals[i];
	const struct aisp_aws_levels *scp = &in->orgs[p->account].scp;
	uint64_t h[2];
	for (uint64_t k = 0; k < 2; k++) {
		struct looking l = {in, p->arn, 0, p->kind != AISP_IAM_USER && p->kind != AISP_IAM_ROLE, false};
		l.h = aisp_hash_mix(p->account * 64ULL + (unsigned)p->kind * 4U + p->service_linked * 2U + p->any_policy + (k << 40) + 1);
		l.h = aisp_hash_mix(l.h ^ p->unread);
		look(&l, p->identity);
		look(&l, p->boundary);
		for (uint32_t n = 0; n < scp->n; n++)
			look(&l, scp->docs[n]);
		if (l.by_tags) {
			const uint32_t t = p->trust == AISP_AWS_NONE ? AISP_AWS_NONE : in->text_of[p->trust];
			l.h = aisp_hash_mix(l.h ^ aisp_hash64(p->tags.p, p->tags.n, k) ^ (t != AISP_AWS_NONE && in->texts[t].tag_session));
		}
		if (l.by_self)
			l.h = aisp_hash_mix(l.h ^ (0xabcdef00ULL + i));
		h[k] = l.h;
	}
	const struct aisp_key key = {h[0], h[1]};
	const uint32_t had = aisp_map_get(classes, key);
	p->class_of = had ? had - 1 : i;
	return had ? 0 : aisp_map_put(classes, key, i + 1, err);
}

/* Grants of KMS: a key's GRANTED edges with their operations. */
static void key_grants(struct making *m)
{
	struct aisp_aws_inside *in = m->in;
	AISP_VEC(struct aisp_aws_key_grant) all = {0};
	for (uint32_t i = 0; m->v.g && i < in->w.n_resources && !m->bad; i++) {
		uint32_t e = 0;
		if (!aisp_slice_eqz(in->w.resources[i].type, "kms:key"))
			continue;
		for (aisp_node who = aisp_aws__into(&m->v, in->w.resources[i].node, AISP_EDGE_GRANTED, &e); who && !m->bad; who = aisp_aws__into(&m->v, in->w.resources[i].node, AISP_EDGE_GRANTED, &e)) {
			const struct aisp_key key = {who, in->w.resources[i].node}, some = {0, in->w.resources[i].node};
			const struct aisp_aws_key_grant one = {.operations = aisp_arena_dup(m->a, aisp_graph_edge_prop(m->v.g, e, "operations")),
				.constrained = aisp_graph_edge_prop(m->v.g, e, "constraints").n > 0, .next = aisp_map_get(&in->key_grants, key)};
			if (aisp_vec_push(&all, one) < 0)
				nomem(m);
			else
				fail(m, aisp_map_put(&in->key_grants, key, (uint32_t)all.n, m->err));
			fail(m, m->bad ? m->bad : aisp_map_put(&in->key_grants, some, 1, m->err));
		}
	}
	struct aisp_aws_key_grant *v = zalloc(m, all.n + 1, sizeof *v);
	if (v && all.n)
		memcpy(v, all.v, all.n * sizeof *v);
	in->grants = v;
	aisp_vec_done(&all);
}

static void done(struct making *m)
{
	aisp_vec_done(&m->accounts);
	aisp_vec_done(&m->principals);
	aisp_vec_done(&m->resources);
	aisp_vec_done(&m->docs);
	aisp_vec_done(&m->refs);
	aisp_map_done(&m->classes);
	aisp_mem_free(m->doc_of);
}

static void make(struct making *m)
{
	static const char everything[] = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}";
	struct aisp_aws_inside *in = m->in;
	m->doc_of = aisp_mem_zalloc((size_t)aisp_aws__nodes(&m->v) + 1, sizeof *m->doc_of);
	if (!m->doc_of)
		nomem(m);
	else
		first_pass(m);
	if (m->bad || (m->principals.n == 0 && m->resources.n == 0))
		return;
	fail(m, aisp_iam_policy_parse(m->a, aisp_slice_z(everything), AISP_IAM_IDENTITY, &in->allow_all, m->err));
	if (m->principals.n)
		qsort(m->principals.v, m->principals.n, sizeof *m->principals.v, by_principal_arn);
	if (m->resources.n)
		qsort(m->resources.v, m->resources.n, sizeof *m->resources.v, by_resource_arn);
	compile(m);
	struct aisp_aws_doc *docs = zalloc(m, m->docs.n, sizeof *docs);
	if (docs && m->docs.n)
		memcpy(docs, m->docs.v, m->docs.n * sizeof *docs);
	in->w.docs = docs;
	in->w.n_docs = docs ? (uint32_t)m->docs.n : 0;
	join_resources(m);
	join_principals(m);
	organise(m);
	key_grants(m);
	for (uint32_t i = 0; i < in->w.n_principals && !m->bad; i++)
		fail(m, classify(in, &m->classes, i, m->err));
}

int aisp_aws_world_make(const struct aisp_graph *g, const struct aisp_snapshot *s, struct aisp_aws_world **ret, struct aisp_err *err)
{
	struct making m = {.v = {g, s}, .err = err};
	m.a = aisp_arena_new(0);
	if (!m.a)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for the AWS world");
	m.in = aisp_arena_zalloc(m.a, 1, sizeof *m.in);
	if (m.in) {
		m.in->w.arena = m.a;
		make(&m);
	} else
		nomem(&m);
	done(&m);
	if (m.bad) {
		if (m.in)
			aisp_aws_world_free(&m.in->w);
		else
			aisp_arena_free(m.a);
		return m.bad;
	}
	*ret = &m.in->w;
	return 0;
}

void aisp_aws_world_free(struct aisp_aws_world *w)
{
	if (!w)
		return;
	struct aisp_aws_inside *in = (struct aisp_aws_inside *)w;
	aisp_map_done(&in->accounts_by_id);
	aisp_map_done(&in->by_words);
	aisp_map_done(&in->forms);
	aisp_map_done(&in->key_grants);
	aisp_arena_free(w->arena);
}

static bool takes_away(const struct aisp_aws_inside *in, uint32_t doc)
{
	const uint32_t n = in->text_of[doc];
	const struct aisp_aws_text *t = n == AISP_AWS_NONE ? NULL : &in->texts[n];
	bool denies = !t || !t->policy;
	for (uint32_t i = 0; !denies && i < t->n_st; i++)
		denies = !t->st[i].allow;
	return denies;
}

int aisp_aws_world_add_form(struct aisp_aws_world *w, uint32_t base, aisp_node node, bool any_policy, struct aisp_aws_refs further, uint32_t *ret, struct aisp_err *err)
{
	struct aisp_aws_inside *in = (struct aisp_aws_inside *)w;
	const uint32_t n = w->n_principals;
	struct aisp_aws_principal p = in->principals[base];
	uint32_t *refs = aisp_arena_alloc(w->arena, ((size_t)p.identity.n + further.n + 1) * sizeof *refs);
	struct aisp_iam_named *named = aisp_arena_zalloc(w->arena, (size_t)p.identity.n + further.n + 1, sizeof *named);
	if (!refs || !named)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for the AWS world");
	if (n == in->cap_principals) {
		const uint32_t cap = n + n / 2 + 16;
		struct aisp_aws_principal *ps = aisp_arena_zalloc(w->arena, cap, sizeof *ps);
		struct aisp_iam_set *identity = aisp_arena_zalloc(w->arena, cap, sizeof *identity), *boundary = aisp_arena_zalloc(w->arena, cap, sizeof *boundary);
		if (!ps || !identity || !boundary)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory for the AWS world");
		memcpy(ps, in->principals, n * sizeof *ps);
		memcpy(identity, in->identity, n * sizeof *identity);
		memcpy(boundary, in->boundary, n * sizeof *boundary);
		in->principals = ps;
		in->identity = identity;
		in->boundary = boundary;
		in->cap_principals = cap;
		w->principals = ps;
	}
	uint32_t k = 0;
	/* Who may give itself Allow * on * gets nothing from what else allows: only what denies, or was not read, counts. */
	for (uint32_t i = 0; i < p.identity.n; i++)
		if (!any_policy || takes_away(in, p.identity.v[i]))
			refs[k++] = p.identity.v[i];
	for (uint32_t i = 0; i < further.n; i++)
		if (!any_policy || takes_away(in, further.v[i]))
			refs[k++] = further.v[i];
	for (uint32_t i = 0; i < k; i++)
		named[i] = (struct aisp_iam_named){w->docs[refs[i]].id, w->docs[refs[i]].policy};
	named[k] = (struct aisp_iam_named){AISP_S("a policy of its own wish"), in->allow_all};
	p.node = node;
	p.identity = (struct aisp_aws_refs){refs, k};
	p.any_policy = any_policy;
	p.form_of = base;
	in->principals[n] = p;
	in->identity[n] = (struct aisp_iam_set){named, k + any_policy};
	in->boundary[n] = in->boundary[base];
	w->n_principals = n + 1;
	*ret = n;
	return classify(in, &in->forms, n, err);
}

struct whole { /* a principal with its sets, for sorting */
	struct aisp_aws_principal p;
	struct aisp_iam_set identity, boundary;
};

static int by_whole_arn(const void *a, const void *b)
{
	return aisp_slice_cmp(((const struct whole *)a)->p.arn, ((const struct whole *)b)->p.arn);
}

int aisp_aws__add_strangers(struct aisp_aws_world *w, const struct aisp_aws_principal *v, uint32_t n, struct aisp_err *err)
{
	struct aisp_aws_inside *in = (struct aisp_aws_inside *)w;
	const uint32_t had = w->n_principals, all = had + n;
	struct whole *sorted = aisp_mem_zalloc((size_t)all + 1, sizeof *sorted);
	struct aisp_aws_principal *ps = aisp_arena_zalloc(w->arena, (size_t)all + 1, sizeof *ps);
	struct aisp_iam_set *identity = aisp_arena_zalloc(w->arena, (size_t)all + 1, sizeof *identity), *boundary = aisp_arena_zalloc(w->arena, (size_t)all + 1, sizeof *boundary);
	struct aisp_iam_named *own = aisp_arena_zalloc(w->arena, 1, sizeof *own);
	if (!sorted || !ps || !identity || !boundary || !own) {
		aisp_mem_free(sorted);
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for the AWS world");
	}
	*own = (struct aisp_iam_named){AISP_S("a policy of its own wish"), in->allow_all};
	for (uint32_t i = 0; i < had; i++)
		sorted[i] = (struct whole){in->principals[i], in->identity[i], in->boundary[i]};
	for (uint32_t i = 0; i < n; i++) {
		sorted[had + i] = (struct whole){.p = v[i], .identity = {own, 0}};
		sorted[had + i].p.class_of = had + i;
	}
	qsort(sorted, all, sizeof *sorted, by_whole_arn);
	for (uint32_t i = 0; i < all; i++) {
		ps[i] = sorted[i].p;
		identity[i] = sorted[i].identity;
		boundary[i] = sorted[i].boundary;
	}
	aisp_mem_free(sorted);
	in->principals = ps;
	in->identity = identity;
	in->boundary = boundary;
	in->cap_principals = in->n_sorted = all;
	w->principals = ps;
	w->n_principals = all;
	return 0;
}

int aisp_aws__add_account(struct aisp_aws_world *w, const struct aisp_aws_account *a, uint32_t *ret, struct aisp_err *err)
{
	struct aisp_aws_inside *in = (struct aisp_aws_inside *)w;
	const uint32_t n = w->n_accounts;
	struct aisp_aws_account *v = aisp_arena_zalloc(w->arena, (size_t)n + 1, sizeof *v);
	struct aisp_aws_org *o = aisp_arena_zalloc(w->arena, (size_t)n + 1, sizeof *o);
	if (!v || !o)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for the AWS world");
	if (n) {
		memcpy(v, w->accounts, n * sizeof *v);
		memcpy(o, in->orgs, n * sizeof *o);
	}
	v[n] = *a;
	const int r = aisp_map_put(&in->accounts_by_id, account_key(a->id), n + 1, err);
	if (r < 0)
		return r;
	w->accounts = v;
	in->orgs = o;
	w->n_accounts = n + 1;
	*ret = n;
	return 0;
}

static uint32_t find(const void *v, uint32_t n, size_t size, size_t arn_at, struct aisp_slice arn)
{
	uint32_t lo = 0, hi = n;
	while (lo < hi) {
		const uint32_t mid = lo + (hi - lo) / 2;
		const struct aisp_slice *at = (const struct aisp_slice *)((const char *)v + mid * size + arn_at);
		const int c = aisp_slice_cmp(*at, arn);
		if (c == 0)
			return mid;
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return AISP_AWS_NONE;
}

uint32_t aisp_aws_principal_find(const struct aisp_aws_world *w, struct aisp_slice arn)
{
	return find(w->principals, aisp_aws__in(w)->n_sorted, sizeof *w->principals, offsetof(struct aisp_aws_principal, arn), arn);
}

uint32_t aisp_aws_resource_find(const struct aisp_aws_world *w, struct aisp_slice arn)
{
	return find(w->resources, w->n_resources, sizeof *w->resources, offsetof(struct aisp_aws_resource, arn), arn);
}
