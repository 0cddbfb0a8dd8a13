/* Drawing the ways of escalate.h. Every question goes to the engine; what is remembered between questions is only which role trusts which service
 * and whether one class of principals has a right that another has not. */
#include "resolve/aws/escalate.h"
#include "access/aws/catalogue.h"
#include "resolve/aws/escalate_int.h"

/* ---- Answers, joined ---- */

static bool has(struct aisp_slice text, struct aisp_slice part)
{
	return aisp_slice_find(text, part) != SIZE_MAX;
}

static void say(struct aisp_buf *b, struct aisp_slice text, const char *joint)
{
	if (text.n == 0)
		return;
	if (b->n)
		aisp_buf_putz(b, joint);
	aisp_buf_put(b, text);
}

void aisp_esc__clear(struct esc_answer *a)
{
	aisp_buf_clear(&a->control);
	aisp_buf_clear(&a->open);
}

/* The statements that grant: those of one layer are alternatives. */
static void add_controls(struct esc *x, const struct aisp_aws_question *q, const struct aisp_iam_decision *d, struct aisp_buf *to)
{
	struct aisp_buf *one = &x->text;
	aisp_buf_clear(one);
	uint32_t n = 0;
	for (uint32_t i = 0; i < d->n_steps; i++) {
		const struct aisp_iam_step *s = &d->steps[i];
		if (s->deny || (s->layer != AISP_IAM_L_IDENTITY && s->layer != AISP_IAM_L_RESOURCE))
			continue;
		const struct aisp_slice c = aisp_aws_step_control(x->w, q, s, x->scratch);
		if (c.n == 0)
			continue;
		say(one, c, " or ");
		n++;
	}
	if (n == 0)
		return;
	/* One term may serve several steps of a way. */
	struct aisp_slice term = aisp_buf_slice(one);
	if (n > 1)
		term = aisp_resolve__fmt(x->r, "(%.*s)", AISP_FMT(term));
	if (!has(aisp_buf_slice(to), term))
		say(to, term, " and ");
}

static bool add_decision(struct esc *x, const struct aisp_aws_question *q, const struct aisp_iam_decision *d, struct esc_answer *a)
{
	if (d->verdict == AISP_IAM_DENIED)
		return false;
	if (d->verdict == AISP_IAM_CONDITIONAL && !has(aisp_buf_slice(&a->open), d->open))
		say(&a->open, d->open, " and ");
	add_controls(x, q, d, &a->control);
	return true;
}

bool aisp_esc__ask(struct esc *x, struct aisp_aws_question q, struct esc_answer *a)
{
	struct aisp_iam_decision d;
	if (x->r->bad)
		return false;
	q.quick = true;
	int r = aisp_aws_ask(x->w, &q, x->scratch, &d, x->r->err);
	if (r < 0) {
		aisp_resolve__fail(x->r, r);
		return false;
	}
	if (d.verdict == AISP_IAM_DENIED)
		return false;
	q.quick = false;
	r = aisp_aws_ask(x->w, &q, x->scratch, &d, x->r->err);
	aisp_resolve__fail(x->r, r);
	return r >= 0 && add_decision(x, &q, &d, a);
}

/* ---- Something that does not exist yet ---- */

/* "lambda:${Region}:function:*" → "arn:aws:lambda:us-east-1:111122223333:function:*" */
static struct aisp_slice new_arn(struct esc *x, const char *form, struct aisp_slice account, struct aisp_slice partition)
{
	if (!*form)
		return AISP_S("*");
	const char *colon = strchr(form, ':'), *rest = strchr(colon + 1, ':');
	return aisp_resolve__fmt(x->r, "arn:%.*s:%.*s:us-east-1:%.*s%s", AISP_FMT(partition), (int)(colon - form), form,
	                         strncmp(rest, "::", 2) == 0 ? 0 : (int)account.n, account.p, strncmp(rest, "::", 2) == 0 ? rest + 1 : rest);
}

/* A text that the pattern matches and that no narrower one is likely to: its wildcards filled in. */
static struct aisp_slice witness(struct esc *x, struct aisp_slice pattern, struct aisp_slice like)
{
	struct aisp_buf *b = &x->text;
	struct aisp_arn arn;
	aisp_buf_clear(b);
	if (pattern.n == 1 && pattern.p[0] == '*')
		pattern = like;
	if (aisp_arn_split(pattern, &arn) && aisp_slice_eqz(arn.region, "*"))
		pattern = aisp_resolve__fmt(x->r, "arn:%.*s:%.*s:us-east-1:%.*s:%.*s", AISP_FMT(arn.partition), AISP_FMT(arn.service),
		                            AISP_FMT(arn.account), AISP_FMT(arn.resource));
	for (size_t i = 0; i < pattern.n; i++)
		if (pattern.p[i] == '*')
			aisp_buf_putz(b, "aisp-new");
		else
			aisp_buf_putc(b, pattern.p[i] == '?' ? 'x' : pattern.p[i]);
	return aisp_arena_dup(x->r->a, aisp_buf_slice(b));
}

/* The best of the things tried so far. */
struct trial {
	struct aisp_slice best;
	enum aisp_iam_verdict reached;
};

static void try_on(struct esc *x, struct aisp_aws_question q, struct aisp_slice arn, struct trial *t)
{
	struct aisp_iam_decision d;
	q.resource_arn = arn;
	q.quick = true;
	const int r = aisp_aws_ask(x->w, &q, x->scratch, &d, x->r->err);
	aisp_resolve__fail(x->r, r);
	if (r >= 0 && d.verdict > t->reached)
		*t = (struct trial){arn, d.verdict};
}

/* One witness for each pattern of a document that could allow the action on a thing of this form. */
static void try_patterns(struct esc *x, struct aisp_aws_question q, const struct aisp_aws_doc *doc, struct aisp_slice like, struct trial *t)
{
	const struct aisp_iam_pattern *patterns = NULL;
	size_t n = 0;
	if (!doc->policy)
		return;
	aisp_resolve__fail(x->r, aisp_iam_patterns(doc->policy, q.action, x->r->a, &patterns, &n, x->r->err));
	for (size_t k = 0; k < n && !x->r->bad && t->reached != AISP_IAM_ALLOWED; k++) {
		if (!patterns[k].allow || patterns[k].negated || has(patterns[k].text, AISP_S("${")))
			continue;
		const struct aisp_slice arn = witness(x, patterns[k].text, like);
		if (aisp_iam_match(like, arn, false)) /* else a pattern for another type of thing */
			try_on(x, q, arn, t);
	}
}

/* The ARN on which to ask for an action on something new: the first for which it is allowed, else the first that depends on a condition, else the plain one. */
static struct aisp_slice new_resource(struct esc *x, struct aisp_aws_question q, const char *form)
{
	const struct aisp_aws_principal *p = &x->w->principals[q.principal];
	const struct aisp_aws_action *known = aisp_aws_action_find(q.action);
	struct aisp_arn own = {0};
	aisp_arn_split(p->arn, &own);
	const struct aisp_slice like = known && known->n_types == 0 ? AISP_S("*") : new_arn(x, form, x->w->accounts[p->account].id, own.partition);
	if (like.n == 1)
		return like;
	const struct aisp_slice plain = witness(x, like, like);
	struct trial t = {plain, AISP_IAM_DENIED};
	try_on(x, q, plain, &t);
	for (uint32_t i = 0; i < p->identity.n && !x->r->bad && t.reached != AISP_IAM_ALLOWED; i++)
		try_patterns(x, q, &x->w->docs[p->identity.v[i]], like, &t);
	return t.best;
}

/* ---- The steps of a way ---- */

static bool is_customer_policy(const struct aisp_aws_doc *d)
{
	struct aisp_arn arn;
	return aisp_slice_eqz(d->type, "managed") && aisp_arn_split(d->id, &arn) && !aisp_slice_eqz(arn.account, "aws");
}

/* Any of the customer-managed policies of the target. */
static bool on_its_policy(struct esc *x, struct aisp_aws_question q, uint32_t target, struct esc_answer *a)
{
	const struct aisp_aws_principal *t = &x->w->principals[target];
	for (uint32_t i = 0; i < t->identity.n; i++) {
		const struct aisp_aws_doc *d = &x->w->docs[t->identity.v[i]];
		if (!is_customer_policy(d))
			continue;
		q.resource_arn = d->id;
		if (aisp_esc__ask(x, q, a))
			return true;
	}
	return false;
}

static bool on_its_group(struct esc *x, struct aisp_aws_question q, uint32_t target, struct esc_answer *a)
{
	const aisp_node n = x->w->principals[target].node;
	for (aisp_edge e = aisp_resolve__out(x->r, n, AISP_EDGE_MEMBER_OF, 0); e; e = aisp_resolve__out(x->r, n, AISP_EDGE_MEMBER_OF, e)) {
		q.resource_arn = aisp_graph_node_at(x->r->g, aisp_resolve__to(x->r, e)).id;
		if (aisp_slice_starts(q.resource_arn, AISP_S("arn:")) && aisp_esc__ask(x, q, a))
			return true;
	}
	return false;
}

bool aisp_esc__steps(struct esc *x, const struct aisp_aws_way_row *row, uint32_t actor, uint32_t target, uint32_t vehicle, struct esc_answer *a)
{
	bool ok = true;
	for (int i = 0; i < AISP_AWS_WAY_STEPS && row->steps[i].action && ok; i++) {
		const struct aisp_aws_way_step *s = &row->steps[i];
		struct aisp_aws_question q = {.principal = actor, .action = aisp_slice_z(s->action)};
		switch (s->on) {
		case AISP_AWS_ON_NEW:
			q.resource_arn = new_resource(x, q, s->arn);
			ok = aisp_esc__ask(x, q, a);
			break;
		case AISP_AWS_ON_VEHICLE:
			q.resource_arn = x->w->resources[vehicle].arn;
			ok = aisp_esc__ask(x, q, a);
			break;
		case AISP_AWS_ON_TARGET:
			q.resource_arn = x->w->principals[target].arn;
			ok = aisp_esc__ask(x, q, a);
			break;
		case AISP_AWS_ON_ITS_POLICY:
			ok = on_its_policy(x, q, target, a);
			break;
		case AISP_AWS_ON_ITS_GROUP:
			ok = on_its_group(x, q, target, a);
			break;
		case AISP_AWS_ON_NEW_GROUP:
			q.resource_arn = aisp_graph_node_at(x->r->g, x->group).id;
			ok = aisp_esc__ask(x, q, a);
			break;
		}
	}
	if (ok && row->given)
		say(&a->open, aisp_slice_z(row->given), " and ");
	return ok && !x->r->bad;
}

/* ---- Edges ---- */

/* The document of the first statement, where it was read. */
static void cite(struct esc *x, aisp_edge e, struct aisp_slice control)
{
	struct aisp_slice id = control;
	struct aisp_evidence_in ev;
	while (id.n && id.p[0] == '(')
		id = aisp_slice_from(id, 1);
	id = aisp_slice_to(id, aisp_slice_find(id, AISP_S("#/Statement")));
	const aisp_node n = aisp_graph_find(x->r->g, id);
	if (!n || x->r->bad || !aisp_graph_node_first_evidence(x->r->g, n, &ev))
		return;
	ev.source = x->r->source;
	ev.confidence = AISP_CONF_INFERRED;
	aisp_resolve__fail(x->r, aisp_graph_edge_evidence(x->r->g, e, &ev, x->r->err));
}

void aisp_esc__draw(struct esc *x, const struct aisp_aws_way_row *row, aisp_node from, enum aisp_edge_kind kind, aisp_node to, const struct esc_answer *a)
{
	struct aisp_resolve *r = x->r;
	if (r->bad)
		return;
	if (a->control.bad || a->open.bad) {
		aisp_resolve__fail(r, aisp_fail(r->err, AISP_E_NOMEM, "out of memory while drawing ways to escalate"));
		return;
	}
	const struct aisp_edge_in in = {.control = aisp_buf_slice(&a->control), .condition = aisp_buf_slice(&a->open)};
	const struct aisp_evidence_in ev = {.source = r->source, .form = AISP_EV_RULE, .confidence = AISP_CONF_INFERRED, .locator = aisp_resolve__fmt(r, "aws:%s", row->id),
	                                    .note = aisp_resolve__fmt(r, "can %s", row->how)};
	aisp_edge e = 0;
	aisp_resolve__fail(r, aisp_graph_add_edge(r->g, from, kind, to, &in, &ev, &e, r->err));
	if (r->bad)
		return;
	cite(x, e, in.control);
	const struct aisp_slice had = aisp_graph_edge_prop(r->g, e, "how"), id = aisp_slice_z(row->id);
	if (had.n == 0)
		aisp_resolve__fail(r, aisp_graph_edge_set_str(r->g, e, r->source, "how", id, r->err));
	else if (!has(had, id))
		aisp_resolve__fail(r, aisp_graph_edge_set_str(r->g, e, r->source, "how", aisp_resolve__fmt(r, "%.*s %s", AISP_FMT(had), row->id), r->err));
}
