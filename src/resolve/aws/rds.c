/* RDS IAM database authentication. Who may rds-db:connect as a user of a server on which it is on has a token for the password of that user:
 *
 *   arn:aws:rds-db:REGION:ACCOUNT:dbuser:DbiResourceId/USER    of an instance; of Aurora the cluster's id (cluster-…), of a proxy its own (prx-…)
 *
 * and the server takes the token from whoever is a member of rds_iam (PostgreSQL). Where the database was not looked into, users that a policy names are
 * roles on that condition; a pattern is a call to the server on the condition that some user fits it.
 * Rules: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html and …IAMDBAuth.DBAccounts.html
 */
#include "resolve/aws/rds.h"

enum { WALK_MAX = 256, NAMED_MAX = 64 };

struct logins {
	struct aisp_resolve *r;
	const struct aisp_aws_world *w;
	struct aisp_iam_scratch *s;
	AISP_VEC(aisp_node) roles;       /* of databases, that may log in */
	AISP_VEC(uint32_t) principals;   /* whose own policies may let them connect */
	/* The server at hand */
	const struct aisp_aws_resource *server;
	struct aisp_slice address;       /* "postgres://HOST:PORT", as its roles' ids begin; empty: not known */
	struct aisp_slice users;         /* "arn:…:dbuser:ID/" */
	struct aisp_slice given;         /* what is not known of the server */
};

static struct aisp_slice both(struct logins *x, struct aisp_slice a, struct aisp_slice b)
{
	return a.n == 0 || b.n == 0 ? (a.n ? a : b) : aisp_resolve__fmt(x->r, "%.*s and %.*s", AISP_FMT(a), AISP_FMT(b));
}

/* ---- Who comes into question ---- */

static bool may_connect(const struct aisp_aws_inside *in, const struct aisp_aws_principal *p)
{
	if ((p->kind != AISP_IAM_USER && p->kind != AISP_IAM_ROLE) || !in->w.accounts[p->account].id.n)
		return false;
	if (p->any_policy)
		return true;
	for (uint32_t i = 0; i < p->identity.n; i++) {
		const uint32_t number = in->text_of[p->identity.v[i]];
		const struct aisp_aws_text *t = number == AISP_AWS_NONE ? NULL : &in->texts[number];
		for (uint32_t k = 0; t && k < t->n_st; k++)
			if (t->st[k].allow && aisp_aws__names_action(&t->st[k], AISP_S("rds-db:connect")))
				return true;
	}
	return false;
}

/* ---- Members of rds_iam ---- */

static bool is_rds_iam(struct aisp_slice id)
{
	const size_t at = aisp_slice_find(id, AISP_S("#role/"));
	const struct aisp_slice name = aisp_slice_from(id, at == SIZE_MAX ? id.n : at + 6);
	return aisp_slice_eqz(name, "rds_iam") || aisp_slice_eqz(name, "rds_iam#inherited");
}

/* Directly or through other roles, as "+rds_iam" in pg_hba.conf means. */
static bool in_rds_iam(struct logins *x, aisp_node role)
{
	aisp_node seen[WALK_MAX] = {role};
	struct aisp_resolve *r = x->r;
	for (size_t at = 0, n = 1; at < n; at++)
		for (aisp_edge e = aisp_graph_next_out(r->g, seen[at], 0); e; e = aisp_graph_next_out(r->g, seen[at], e)) {
			const struct aisp_edge_view v = aisp_graph_edge_at(r->g, e);
			const bool member = v.kind == AISP_EDGE_MEMBER_OF || (v.kind == AISP_EDGE_CAN_ASSUME && !aisp_slice_eqz(aisp_graph_edge_prop(r->g, e, "how"), "createrole"));
			const struct aisp_node_view to = aisp_graph_node_at(r->g, v.to);
			size_t k = 0;
			if (!member || (to.kind != AISP_NODE_DB_ROLE && to.kind != AISP_NODE_GROUP))
				continue;
			if (is_rds_iam(to.id))
				return true;
			while (k < n && seen[k] != v.to)
				k++;
			if (k == n && n < WALK_MAX)
				seen[n++] = v.to;
		}
	return false;
}

/* ---- Arrows ---- */

static void draw(struct logins *x, uint32_t principal, enum aisp_edge_kind kind, aisp_node to, struct aisp_slice arn, struct aisp_slice given)
{
	const struct aisp_aws_question q = {.principal = principal, .action = AISP_S("rds-db:connect"), .resource_arn = arn};
	struct aisp_resolve *r = x->r;
	struct aisp_iam_decision d = {0};
	if (r->bad)
		return;
	aisp_resolve__fail(r, aisp_aws_ask(x->w, &q, x->s, &d, r->err));
	if (r->bad || d.verdict == AISP_IAM_DENIED)
		return;
	const bool sure = d.verdict == AISP_IAM_ALLOWED;
	bool closed = false;
	for (uint32_t i = 0; i < d.n_steps; i++)
		closed |= d.steps[i].layer == AISP_IAM_L_IDENTITY && !d.steps[i].deny && d.steps[i].open.n == 0;
	for (uint32_t i = 0; i < d.n_steps && !r->bad; i++) {
		const struct aisp_iam_step *st = &d.steps[i];
		if (st->layer != AISP_IAM_L_IDENTITY || st->deny)
			continue;
		/* What is open in each of several statements may cancel out: then it is the whole that counts. */
		const struct aisp_slice open = sure ? (closed ? st->open : (struct aisp_slice){0}) : d.open;
		const uint32_t doc = aisp_aws__step_doc(x->w, &q, st);
		struct aisp_evidence_in ev = {0};
		struct aisp_edge_in in = {.control = aisp_resolve__fmt(r, "%.*s", AISP_FMT(aisp_aws_step_control(x->w, &q, st, x->s)))};
		aisp_edge e = 0;
		in.condition = both(x, aisp_resolve__fmt(r, "%.*s", AISP_FMT(open)), given);
		if (doc == AISP_AWS_NONE || !aisp_graph_node_first_evidence(r->g, x->w->docs[doc].node, &ev))
			ev = (struct aisp_evidence_in){.form = AISP_EV_RULE, .confidence = AISP_CONF_OBSERVED, .locator = AISP_S("aws:rds-iam")};
		ev.source = r->source;
		ev.note = AISP_S("IAM database authentication: a token of the identity is the password of the database's role");
		aisp_resolve__fail(r, aisp_graph_add_edge(r->g, x->w->principals[principal].node, kind, to, &in, &ev, &e, r->err));
		if (e && !r->bad)
			aisp_resolve__fail(r, aisp_graph_edge_set_str(r->g, e, r->source, "how", AISP_S("rds-iam"), r->err));
	}
}

static unsigned hex(char c)
{
	return c >= '0' && c <= '9' ? (unsigned)(c - '0') : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10 : 16;
}

/* "…#role/NAME", where a slash, hash or percent of the name is written as %2F. */
static struct aisp_slice name_of(struct logins *x, struct aisp_slice id, size_t begin)
{
	const struct aisp_slice in = aisp_slice_from(id, begin);
	char *out = aisp_arena_alloc(x->r->a, in.n + 1);
	size_t n = 0;
	if (!out) {
		aisp_resolve__fail(x->r, aisp_fail(x->r->err, AISP_E_NOMEM, "out of memory while joining identities of AWS to databases"));
		return (struct aisp_slice){0};
	}
	for (size_t i = 0; i < in.n; i++) {
		const bool coded = in.p[i] == '%' && i + 2 < in.n && hex(in.p[i + 1]) < 16 && hex(in.p[i + 2]) < 16;
		out[n++] = coded ? (char)(hex(in.p[i + 1]) << 4 | hex(in.p[i + 2])) : in.p[i];
		i += coded ? 2 : 0;
	}
	return aisp_slice_of(out, n);
}

/* A database that was looked into: its own roles decide. */
static void known_roles(struct logins *x)
{
	const struct aisp_slice begin = aisp_resolve__fmt(x->r, "%.*s#role/", AISP_FMT(x->address));
	for (size_t i = 0; i < x->roles.n && !x->r->bad; i++) {
		const aisp_node role = x->roles.v[i];
		if (!aisp_slice_starts(aisp_graph_node_at(x->r->g, role).id, begin) || !in_rds_iam(x, role))
			continue;
		const struct aisp_slice arn = aisp_resolve__fmt(x->r, "%.*s%.*s", AISP_FMT(x->users), AISP_FMT(name_of(x, aisp_graph_node_at(x->r->g, role).id, begin.n)));
		for (size_t k = 0; k < x->principals.n && !x->r->bad; k++)
			if (x->w->principals[x->principals.v[k]].account == x->server->account)
				draw(x, x->principals.v[k], AISP_EDGE_CAN_ASSUME, role, arn, x->given);
	}
}

/* A user that a policy names, of a database that was not looked into. */
static void named_user(struct logins *x, uint32_t principal, struct aisp_slice user)
{
	struct aisp_resolve *r = x->r;
	const struct aisp_because why = {.join = "aws-rds-iam", .confidence = AISP_CONF_INFERRED, .node = x->server->node, .note = AISP_S("a policy names it; the database was not looked into")};
	const struct aisp_slice given = both(x, aisp_resolve__fmt(r, "the database has the role %.*s, which may log in and was granted rds_iam", AISP_FMT(user)), x->given);
	const struct aisp_slice id = aisp_resolve__fmt(r, "%.*s#role/%.*s", AISP_FMT(x->address), AISP_FMT(user)), arn = aisp_resolve__fmt(r, "%.*s%.*s", AISP_FMT(x->users), AISP_FMT(user));
	const bool had = aisp_graph_find(r->g, id) != 0;
	const aisp_node role = r->bad ? 0 : aisp_resolve__node(r, AISP_NODE_DB_ROLE, id, &why);
	if (role && !had)
		aisp_resolve__set(r, role, "name", user);
	draw(x, principal, AISP_EDGE_CAN_ASSUME, role, arn, given);
}

static bool is_plain(struct aisp_slice user)
{
	for (size_t i = 0; i < user.n; i++)
		if (user.p[i] == '*' || user.p[i] == '?' || user.p[i] == '$' || user.p[i] == '/' || user.p[i] == '#')
			return false;
	return user.n > 0 && user.n <= 63;
}

/* Which users there are is not known: a call to the server, on the condition that one fits. */
static void fitting_users(struct logins *x, uint32_t principal, struct aisp_slice user)
{
	draw(x, principal, AISP_EDGE_CAN_CALL, x->server->node, aisp_resolve__fmt(x->r, "%.*s%.*s", AISP_FMT(x->users), AISP_FMT(user)),
	     both(x, aisp_resolve__fmt(x->r, "the database, which was not looked into, has a role that fits %.*s, may log in and was granted rds_iam", AISP_FMT(user)), x->given));
}

/* What the patterns of a principal's own policies say of users of this server. */
static void named_users(struct logins *x, uint32_t principal)
{
	const struct aisp_aws_inside *in = aisp_aws__in(x->w);
	const struct aisp_aws_principal *p = &x->w->principals[principal];
	struct aisp_slice done[NAMED_MAX];
	size_t n = 0;
	if (p->any_policy)
		fitting_users(x, principal, AISP_S("*"));
	for (uint32_t i = 0; i < p->identity.n && !x->r->bad; i++) {
		const uint32_t number = in->text_of[p->identity.v[i]];
		const struct aisp_aws_text *t = number == AISP_AWS_NONE ? NULL : &in->texts[number];
		for (uint32_t k = 0; t && k < t->n_st; k++)
			for (uint32_t j = 0; t->st[k].allow && j < t->st[k].resources.n && !x->r->bad; j++) {
				const struct aisp_slice res = aisp_aws__expand(x->w, principal, t->st[k].resources.v[j], x->r->a);
				const size_t slash = aisp_slice_rchr(res, '/');
				const bool users = !t->st[k].not_resource && slash != SIZE_MAX && aisp_slice_find(res, AISP_S("dbuser:")) != SIZE_MAX;
				const struct aisp_slice user = users ? aisp_slice_from(res, slash + 1) : AISP_S("*");
				size_t had = 0;
				if (!aisp_aws__names_action(&t->st[k], AISP_S("rds-db:connect")))
					continue;
				while (had < n && !aisp_slice_eq(done[had], user))
					had++;
				if (had < n || n == NAMED_MAX)
					continue;
				done[n++] = user;
				if (is_plain(user) && x->address.n)
					named_user(x, principal, user);
				else
					fitting_users(x, principal, user);
			}
	}
}

static struct aisp_slice prop(const struct logins *x, aisp_node n, const char *key)
{
	return aisp_graph_prop(x->r->g, n, key);
}

/* An instance of Aurora is asked for by its cluster's id. */
static aisp_node whose(const struct logins *x, aisp_node server)
{
	for (aisp_edge e = aisp_resolve__in(x->r, server, AISP_EDGE_HAS_DATA, 0); e; e = aisp_resolve__in(x->r, server, AISP_EDGE_HAS_DATA, e)) {
		const aisp_node from = aisp_resolve__from(x->r, e);
		if (aisp_slice_eqi(prop(x, from, "aws_type"), AISP_S("rds:cluster")))
			return from;
	}
	return server;
}

static void over_server(struct logins *x, uint32_t i)
{
	const struct aisp_aws_resource *v = &x->w->resources[i];
	const aisp_node of = whose(x, v->node);
	const struct aisp_slice on = prop(x, of, "iam_auth"), id = prop(x, of, "resource_id");
	struct aisp_arn arn = {0};
	if (aisp_slice_eqz(on, "false") || !aisp_arn_split(v->arn, &arn))
		return;
	x->server = v;
	x->given = on.n ? (struct aisp_slice){0} : AISP_S("IAM authentication is on at the server");
	if (id.n == 0)
		x->given = both(x, AISP_S("the user is one of this server, whose resource id is not known"), x->given);
	x->users = aisp_resolve__fmt(x->r, "arn:%.*s:rds-db:%.*s:%.*s:dbuser:%.*s/", AISP_FMT(arn.partition), AISP_FMT(v->region), AISP_FMT(x->w->accounts[v->account].id), AISP_FMT(id.n ? id : AISP_S("*")));
	x->address = aisp_resolve__fmt(x->r, "%.*s", AISP_FMT(prop(x, v->node, "address")));
	/* The collector of PostgreSQL always writes down the group of all. */
	if (x->address.n && aisp_graph_find(x->r->g, aisp_resolve__fmt(x->r, "%.*s#role/public", AISP_FMT(x->address)))) {
		known_roles(x);
		return;
	}
	for (size_t k = 0; k < x->principals.n && !x->r->bad; k++)
		if (x->w->principals[x->principals.v[k]].account == v->account)
			named_users(x, x->principals.v[k]);
}

static bool is_server(const struct aisp_aws_resource *v)
{
	return aisp_slice_eqi(v->type, AISP_S("rds:db")) || aisp_slice_eqi(v->type, AISP_S("rds:cluster")) || aisp_slice_eqi(v->type, AISP_S("rds:proxy"));
}

void aisp_aws_database_logins(struct aisp_resolve *r, const struct aisp_aws_world *w)
{
	struct logins x = {.r = r, .w = w};
	const uint32_t end = aisp_graph_node_count(r->g);
	bool any = false, ok = true;
	for (uint32_t i = 0; i < w->n_resources; i++)
		any |= is_server(&w->resources[i]);
	if (!any)
		return;
	for (uint32_t i = 0; i < w->n_principals && ok; i++)
		if (may_connect(aisp_aws__in(w), &w->principals[i]))
			ok = aisp_vec_push(&x.principals, i) >= 0;
	for (aisp_node n = 1; n <= end && ok; n++) {
		const struct aisp_node_view v = aisp_graph_node_at(r->g, n);
		if (v.alive && v.kind == AISP_NODE_DB_ROLE && aisp_slice_eqz(aisp_graph_prop(r->g, n, "login"), "true"))
			ok = aisp_vec_push(&x.roles, n) >= 0;
	}
	x.s = aisp_iam_scratch_new();
	if (!x.s || !ok)
		aisp_resolve__fail(r, aisp_fail(r->err, AISP_E_NOMEM, "out of memory while joining identities of AWS to databases"));
	for (uint32_t i = 0; i < w->n_resources && !r->bad; i++)
		if (is_server(&w->resources[i]))
			over_server(&x, i);
	aisp_iam_scratch_free(x.s);
	aisp_vec_done(&x.roles);
	aisp_vec_done(&x.principals);
}
