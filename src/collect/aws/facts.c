/* Facts: keeps the answers until finish, finds out of which account and region each is, parses them in order, joins. See aws_int.h. */
#include "collect/aws/facts_int.h"
#include "collect/aws/saved.h"
#include <stdlib.h>

int aisp_aws_facts_new(const struct aisp_collect *c, bool live, struct aisp_aws_facts **ret, struct aisp_err *err)
{
	struct aisp_aws_facts *f = aisp_mem_zalloc(1, sizeof *f);

	if (!f)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	f->arena = aisp_arena_new((size_t)2048 << 20);
	if (!f->arena) {
		aisp_mem_free(f);
		return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	}
	f->live = live;
	f->e = (struct aisp_emit){.g = c->graph, .source = c->source, .fpkey = c->fpkey, .a = f->arena,
	                          .form = live ? AISP_EV_API : AISP_EV_FILE, .confidence = AISP_CONF_OBSERVED};
	aisp_buf_init(&f->unknown, 2000);
	*ret = f;
	return 0;
}

void aisp_aws_facts_free(struct aisp_aws_facts *f)
{
	if (!f)
		return;
	aisp_vec_done(&f->answers);
	aisp_vec_done(&f->through);
	aisp_vec_done(&f->known);
	aisp_vec_done(&f->principals);
	aisp_vec_done(&f->agents);
	aisp_vec_done(&f->logs);
	aisp_vec_done(&f->assignments);
	aisp_vec_done(&f->org_members);
	aisp_vec_done(&f->org_policies);
	aisp_vec_done(&f->mentions);
	aisp_vec_done(&f->arns);
	aisp_map_done(&f->names);
	aisp_awsf__net_done(&f->net);
	aisp_buf_done(&f->unknown);
	aisp_arena_free(f->arena);
	aisp_mem_free(f);
}

static void keep(struct aisp_aws_facts *f, const struct aisp_awsf__record *given)
{
	struct aisp_awsf__record r = *given;

	r.a.service = aisp_emit_dup(&f->e, r.a.service);
	r.a.operation = aisp_emit_dup(&f->e, r.a.operation);
	r.a.account = aisp_emit_dup(&f->e, r.a.account);
	r.a.region = aisp_emit_dup(&f->e, r.a.region);
	r.a.about = aisp_emit_dup(&f->e, r.a.about);
	r.a.path = aisp_emit_dup(&f->e, r.a.path);
	r.code = aisp_emit_dup(&f->e, r.code);
	if (aisp_vec_push(&f->answers, r) < 0)
		aisp_emit_fail(&f->e, AISP_E_NOMEM, NULL);
}

void aisp_aws_facts_add(struct aisp_aws_facts *f, const struct aisp_aws_answer *a)
{
	if (a->doc)
		keep(f, &(struct aisp_awsf__record){.a = *a, .form = AISP_AWS__ANSWER});
}

void aisp_aws_facts_failed(struct aisp_aws_facts *f, const struct aisp_aws_answer *a, struct aisp_slice code, enum aisp_code why)
{
	keep(f, &(struct aisp_awsf__record){.a = *a, .code = code.n ? code : AISP_S("failed"), .why = why});
}

bool aisp_aws_saved_add(struct aisp_aws_facts *f, struct aisp_slice path, const struct aisp_doc *d)
{
	struct aisp_awsf__record r = {.a = {.path = path, .doc = d}};

	r.form = aisp_awsf__form_of(f, d, path, &r.a);
	if (r.form == AISP_AWS__NONE)
		return false;
	if (r.form == AISP_AWS__ENVELOPE && aisp_doc_get(d, "error")) {
		struct aisp_slice code = aisp_awsf__str(d, "error.code");
		aisp_aws_facts_failed(f, &r.a, code, aisp_awsf__is(d, "error.why", "timeout") ? AISP_E_TIMEOUT : AISP_E_ACCESS);
		return true;
	}
	if (r.form == AISP_AWS__ENVELOPE)
		r.form = AISP_AWS__ANSWER;
	keep(f, &r);
	return true;
}

void aisp_aws_template_add(struct aisp_aws_facts *f, struct aisp_slice repo, struct aisp_slice path, const struct aisp_doc *d)
{
	f->repo = repo;
	keep(f, &(struct aisp_awsf__record){.a = {.path = path, .doc = d}, .form = AISP_AWS__TEMPLATE});
}

void aisp_aws_module_add(struct aisp_aws_facts *f, struct aisp_slice repo, struct aisp_slice path, const struct aisp_doc *d)
{
	f->repo = repo;
	keep(f, &(struct aisp_awsf__record){.a = {.path = path, .doc = d}, .form = AISP_AWS__MODULE});
}

/* ---- Whose is it? ---- */

/* The first account and region in any ARN of a document, in order of the text; the tree is at most as deep as the parser lets it. */
static void look_for_arn(const struct aisp_doc *d, unsigned depth, unsigned *left, struct aisp_slice *account, struct aisp_slice *region)
{
	struct aisp_slice s = aisp_doc_str(d), part;

	if (depth > 6 || *left == 0 || (account->n && region->n))
		return;
	--*left;
	if (d->type == AISP_DOC_STR && aisp_slice_starts(s, AISP_S("arn:"))) {
		part = aisp_awsf__arn_account(s);
		if (part.n && !account->n)
			*account = part;
		if (part.n && !region->n && aisp_awsf__arn_part(s, 3, &part) && part.n && part.n < 25)
			*region = part;
	}
	for (uint32_t i = 0; i < aisp_doc_count(d); i++) {
		if (d->type == AISP_DOC_OBJ && aisp_slice_find(d->members[i].key, AISP_S("olicy")) != SIZE_MAX && d->members[i].value.type == AISP_DOC_OBJ)
			continue; /* a policy document names others' accounts */
		look_for_arn(d->type == AISP_DOC_ARR ? &d->items[i] : &d->members[i].value, depth + 1, left, account, region);
	}
}

static int by_text(const void *a, const void *b)
{
	return aisp_slice_cmp(*(const struct aisp_slice *)a, *(const struct aisp_slice *)b);
}

/* The most frequent; the first in byte order of equals. */
static struct aisp_slice most(struct aisp_slice *v, size_t n)
{
	struct aisp_slice best = {0};
	size_t best_n = 0;

	if (n)
		qsort(v, n, sizeof *v, by_text);
	for (size_t i = 0, j; i < n; i = j) {
		for (j = i; j < n && aisp_slice_eq(v[i], v[j]); j++)
			;
		if (j - i > best_n) {
			best = v[i];
			best_n = j - i;
		}
	}
	return best;
}

static void find_owner(struct aisp_aws_facts *f)
{
	AISP_VEC(struct aisp_slice) accounts = {0}, regions = {0};
	struct aisp_slice caller = {0};

	for (size_t i = 0; i < f->answers.n; i++) {
		struct aisp_aws_answer *a = &f->answers.v[i].a;
		struct aisp_slice account = {0}, region = {0};
		unsigned left = 4000;
		if (f->answers.v[i].form >= AISP_AWS__TEMPLATE)
			continue; /* the accounts that it names are others' as often as its own */
		if (a->doc)
			look_for_arn(a->doc, 0, &left, &account, &region);
		bool caller_is = aisp_slice_eqz(a->operation, "get-caller-identity");
		if (caller_is && !caller.n)
			caller = aisp_awsf__arn_account(aisp_doc_getstr(a->doc, "Arn"));
		/* a global service's ARNs have no region; organizations name other accounts */
		if (!a->account.n && !aisp_slice_eqz(a->service, "organizations"))
			a->account = account;
		if (!a->region.n)
			a->region = region;
		if ((a->account.n && aisp_vec_push(&accounts, a->account) < 0) || (a->region.n && aisp_vec_push(&regions, a->region) < 0))
			aisp_emit_fail(&f->e, AISP_E_NOMEM, NULL);
	}
	f->account = caller.n ? caller : most(accounts.v, accounts.n);
	f->region = most(regions.v, regions.n);
	aisp_vec_done(&accounts);
	aisp_vec_done(&regions);
	for (size_t i = 0; i < f->answers.n; i++) {
		struct aisp_aws_answer *a = &f->answers.v[i].a;
		if (f->answers.v[i].form >= AISP_AWS__TEMPLATE)
			continue;
		a->account = a->account.n ? a->account : f->account;
		a->region = a->region.n ? a->region : f->region;
	}
}

/* ---- Order ---- */

/* Lists, then what was asked about their items, then what failed. */
static int rank(const struct aisp_awsf__record *r)
{
	const struct aisp_awsf__shape *s = aisp_awsf__shape_find(r->a.service, r->a.operation);

	return r->code.n ? 2 : s && s->about ? 1 : 0;
}

static int by_question(const void *a, const void *b)
{
	const struct aisp_awsf__record *x = a, *y = b;
	int r = x->rank - y->rank;

	r = r ? r : aisp_slice_cmp(x->a.service, y->a.service);

	r = r ? r : aisp_slice_cmp(x->a.operation, y->a.operation);
	r = r ? r : aisp_slice_cmp(x->a.account, y->a.account);
	r = r ? r : aisp_slice_cmp(x->a.region, y->a.region);
	r = r ? r : aisp_slice_cmp(x->a.about, y->a.about);
	return r ? r : aisp_slice_cmp(x->a.path, y->a.path);
}

/* ---- What failed ---- */

static const char *unread_of(const struct aisp_awsf__shape *s)
{
	return s && s->unread ? s->unread : NULL;
}

static void add_failed(struct aisp_aws_facts *f, const struct aisp_awsf__record *r)
{
	const struct aisp_awsf__shape *s = aisp_awsf__shape_find(r->a.service, r->a.operation);
	struct aisp_awsf__item it = aisp_awsf__item_of(f, &r->a, r->a.doc, AISP_S(""));
	struct aisp_slice what = aisp_emit_fmt(&f->e, "aws %.*s %.*s%s%.*s%s%.*s", AISP_FMT(r->a.service), AISP_FMT(r->a.operation), r->a.region.n ? " in " : "",
	                                       AISP_FMT(r->a.region), r->a.about.n ? " " : "", AISP_FMT(r->a.about));

	aisp_emit_gap(&f->e, what, r->why ? r->why : AISP_E_REMOTE, r->code);
	if (aisp_slice_eqz(r->a.service, "organizations")) {
		f->org_policies_seen = true; /* asked */
		f->org_failed |= unread_of(s) != NULL;
		/* only that there are limits that we cannot read; which, nobody tells us */
		if (unread_of(s) && r->a.account.n) {
			aisp_node n = aisp_awsf__account(&it, r->a.account);
			aisp_emit_item(&f->e, n, "unread", AISP_S("scp"));
			aisp_emit_item(&f->e, n, "unread", AISP_S("rcp"));
		}
		return;
	}
	if (!unread_of(s) || !s->about || !s->type || !it.about)
		return;
	struct aisp_slice about = aisp_awsf__str(it.about, s->about);
	aisp_node n = about.n ? aisp_awsf__named(&it, aisp_awsf__arn_of(&it, s->type, about)) : 0;
	aisp_emit_item(&f->e, n, "unread", aisp_slice_z(unread_of(s)));
}

/* ---- Finishing ---- */

static void add_one(struct aisp_aws_facts *f, const struct aisp_awsf__record *r)
{
	if (r->code.n)
		add_failed(f, r);
	else if (r->form == AISP_AWS__CONFIG)
		aisp_awsf__config(f, &r->a);
	else if (r->form == AISP_AWS__TFSTATE)
		aisp_awsf__tfstate(f, &r->a);
	else if (r->form == AISP_AWS__TFSHOW)
		aisp_awsf__tfshow(f, &r->a);
	else if (r->form == AISP_AWS__TEMPLATE)
		aisp_awsf__template(f, &r->a);
	else if (r->form == AISP_AWS__MODULE || r->form == AISP_AWS__DOCUMENT)
		return; /* together, below */
	else
		aisp_aws__parse(f, &r->a);
}

/* Edges that one thing has because it is made from another: twice, for what is made from what is made. */
static void join(struct aisp_aws_facts *f)
{
	struct aisp_graph *g = f->e.g;

	for (unsigned round = 0; round < 2; round++)
		for (size_t i = 0; i < f->through.n && !f->e.bad; i++) {
			const struct aisp_awsf__through *t = &f->through.v[i];
			aisp_node via = aisp_graph_node_now(g, t->via);
			unsigned left = 1000;
			for (aisp_edge e = aisp_graph_next_out(g, via, 0); e && left; e = aisp_graph_next_out(g, via, e), left--) {
				struct aisp_edge_view v = aisp_graph_edge_at(g, e);
				if (v.kind != t->kind || v.to == aisp_graph_node_now(g, t->from))
					continue;
				struct aisp_edge_in in = {.control = aisp_emit_dup(&f->e, v.control)};
				aisp_emit_edge_in(&f->e, t->from, t->as, v.to, &in, &t->at);
			}
		}
}

/* The invocation log of an account and region records what all agents there are asked. */
static void join_logs(struct aisp_aws_facts *f)
{
	struct aisp_graph *g = f->e.g;

	for (size_t i = 0; i < f->agents.n; i++)
		for (size_t k = 0; k < f->logs.n && k < 100 && !f->e.bad; k++) {
			struct aisp_slice a = aisp_graph_node_at(g, f->agents.v[i]).id, l = aisp_graph_node_at(g, f->logs.v[k]).id, ra, rl;
			if (!aisp_slice_eq(aisp_awsf__arn_account(a), aisp_awsf__arn_account(l)) || !aisp_awsf__arn_part(a, 3, &ra) || !aisp_awsf__arn_part(l, 3, &rl) ||
			    !aisp_slice_eq(ra, rl))
				continue;
			struct aisp_evidence_in ev;
			if (!aisp_graph_node_first_evidence(g, f->logs.v[k], &ev))
				continue;
			struct aisp_place at = {.path = aisp_emit_dup(&f->e, ev.locator), .line = ev.line, .pointer = aisp_emit_dup(&f->e, ev.pointer),
			                        .note = AISP_S("model invocation logging records all calls of this account and region")};
			aisp_emit_edge(&f->e, f->agents.v[i], AISP_EDGE_LOGS_TO, f->logs.v[k], &at);
		}
}

/* Only named here, but an earlier source tells of it. */
static bool described(struct aisp_graph *g, aisp_node n)
{
	n = aisp_graph_node_now(g, n);
	for (aisp_edge e = aisp_graph_next_out(g, n, 0); e; e = aisp_graph_next_out(g, n, e)) {
		enum aisp_edge_kind k = aisp_graph_edge_at(g, e).kind;
		if (k == AISP_EDGE_GRANTED || k == AISP_EDGE_GOVERNED_BY)
			return true;
	}
	return false;
}

static bool all_of_groups(struct aisp_aws_facts *f, aisp_node user)
{
	const unsigned all = AISP_AWS__ATTACHED | AISP_AWS__INLINE;

	for (aisp_edge e = aisp_graph_next_out(f->e.g, user, 0); e; e = aisp_graph_next_out(f->e.g, user, e)) {
		const struct aisp_edge_view v = aisp_graph_edge_at(f->e.g, e);
		if (v.kind != AISP_EDGE_MEMBER_OF || aisp_slice_find(aisp_graph_node_at(f->e.g, v.to).id, AISP_S(":group/")) == SIZE_MAX)
			continue;
		const unsigned k = v.to < f->known.n ? f->known.v[v.to] : 0;
		const bool known = (k & all) == all || k & AISP_AWS__DECLARED || described(f->e.g, v.to);
		if (!known)
			return false;
	}
	return true;
}

/* A principal of which not all was read decides nothing as if it were complete. */
static void mark_unread(struct aisp_aws_facts *f)
{
	for (size_t i = 0; i < f->principals.n && !f->e.bad; i++) {
		aisp_node n = f->principals.v[i];
		unsigned k = f->known.v[n];
		enum aisp_node_kind kind = aisp_graph_node_at(f->e.g, aisp_graph_node_now(f->e.g, n)).kind;
		unsigned all = AISP_AWS__ATTACHED | AISP_AWS__INLINE | (kind == AISP_NODE_USER ? AISP_AWS__GROUPS : 0);
		if ((k & AISP_AWS__DECLARED) || (!(k & AISP_AWS__SEEN) && described(f->e.g, n)))
			continue;
		const bool groups = kind != AISP_NODE_USER || all_of_groups(f, aisp_graph_node_now(f->e.g, n));
		if (!groups)
			aisp_emit_gap(&f->e, aisp_graph_node_at(f->e.g, aisp_graph_node_now(f->e.g, n)).id, AISP_E_NOTFOUND, AISP_S("the policies of a group that it is in were not among the answers"));
		if ((k & all) != all || !groups)
			aisp_emit_item(&f->e, n, "unread", AISP_S("identity"));
		if (kind == AISP_NODE_ROLE && !(k & AISP_AWS__TRUST))
			aisp_emit_item(&f->e, n, "unread", AISP_S("trust"));
	}
}

void aisp_awsf__knows(struct aisp_aws_facts *f, aisp_node n, unsigned bits)
{
	if (!n || f->e.bad)
		return;
	if (n >= f->known.n) {
		size_t more = (size_t)n + 1 - f->known.n + 1024;
		if (aisp_vec_reserve(&f->known, more) < 0) {
			aisp_emit_fail(&f->e, AISP_E_NOMEM, NULL);
			return;
		}
		memset(f->known.v + f->known.n, 0, more);
		f->known.n += more;
	}
	if (!f->known.v[n] && aisp_vec_push(&f->principals, n) < 0)
		aisp_emit_fail(&f->e, AISP_E_NOMEM, NULL);
	f->known.v[n] |= (uint8_t)bits;
}

void aisp_awsf__through(struct aisp_awsf__item *it, aisp_node from, aisp_node via, enum aisp_edge_kind kind, enum aisp_edge_kind as)
{
	struct aisp_awsf__through t = {.from = from, .via = via, .kind = kind, .as = as, .at = it->at};

	if (from && via && from != via && aisp_vec_push(&it->f->through, t) < 0)
		aisp_emit_fail(&it->f->e, AISP_E_NOMEM, NULL);
}

int aisp_aws_facts_finish(struct aisp_aws_facts *f, struct aisp_err *err)
{
	find_owner(f);
	for (size_t i = 0; i < f->answers.n; i++)
		f->answers.v[i].rank = rank(&f->answers.v[i]);
	if (f->answers.n)
		qsort(f->answers.v, f->answers.n, sizeof *f->answers.v, by_question);
	for (size_t i = 0; i < f->answers.n && !f->e.bad; i++)
		add_one(f, &f->answers.v[i]);
	aisp_awsf__modules(f);
	aisp_awsf__org_finish(f);
	aisp_awsf__mentions_finish(f);
	aisp_awsf__net_finish(f);
	join(f);
	join_logs(f);
	mark_unread(f);
	if (f->n_unknown)
		aisp_emit_gap(&f->e, AISP_S("aws"), AISP_E_NOTFOUND,
		              aisp_emit_fmt(&f->e, "%zu answers of operations that are not read: %.*s", f->n_unknown, AISP_FMT(aisp_buf_slice(&f->unknown))));
	return aisp_emit_check(&f->e, err);
}
