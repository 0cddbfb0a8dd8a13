/* access --explain IDENTITY RESOURCE ACTION: one decision as a chain of statements, for yes and for no.
 *
 * AWS principals and actions ("s3:GetObject") are decided anew from the documents in the store, Kubernetes' subjects and verbs ("create exec") from
 * its roles and bindings; anything else (roles of a database; read, write, call and act anywhere) is told by the edges that its engine left, each
 * with its control object and evidence.
 */
#include "base/jw.h"
#include "cli/explain.h"
#include "cli/session.h"
#include "resolve/aws/world_int.h"
#include "resolve/kubernetes/policy.h"
#include <stdio.h>

struct telling {
	const struct aisp_options *o;
	const struct aisp_snapshot *s;
	struct aisp_slice identity, resource, action;
	bool json;
	struct aisp_buf out;
	struct aisp_jw w;
};

static void line(struct telling *t, const char *label, struct aisp_slice v)
{
	if (v.n == 0)
		return;
	aisp_buf_printf(&t->out, "%-10s ", label);
	aisp_buf_put_printable(&t->out, v);
	aisp_buf_putc(&t->out, '\n');
}

static void head(struct telling *t, const char *engine, const char *verdict, struct aisp_slice by, struct aisp_slice condition)
{
	if (t->json) {
		aisp_jw_obj(&t->w);
		aisp_jw_kz(&t->w, "schema", "aisp/explain/1");
		aisp_jw_kz(&t->w, "version", aisp_version);
		aisp_jw_kstr(&t->w, "identity", t->identity);
		aisp_jw_kstr(&t->w, "resource", t->resource);
		aisp_jw_kstr(&t->w, "action", t->action);
		aisp_jw_kz(&t->w, "engine", engine);
		aisp_jw_kz(&t->w, "verdict", verdict);
		aisp_jw_kstr(&t->w, "by", by);
		aisp_jw_kstr(&t->w, "condition", condition);
		return;
	}
	line(t, "identity", t->identity);
	line(t, "resource", t->resource);
	line(t, "action", t->action);
	line(t, "verdict", aisp_slice_z(verdict));
	line(t, "by", by);
	line(t, "if", condition);
}

/* ---- AWS ---- */

struct aws {
	struct telling *t;
	const struct aisp_aws_world *w;
	const struct aisp_aws_question *q;
	const struct aisp_iam_decision *d;
};

static void statement(struct aws *a, const struct aisp_iam_step *step, uint32_t doc)
{
	const struct aisp_aws_inside *in = aisp_aws__in(a->w);
	const uint32_t text = in->text_of[doc];
	struct aisp_slice pointer = {0}, sid = {0};
	struct telling *t = a->t;
	if (text != AISP_AWS_NONE && step->statement < in->texts[text].n_st) {
		pointer = aisp_iam_statement_pointer(in->texts[text].policy, step->statement);
		sid = aisp_iam_statement_sid(in->texts[text].policy, step->statement);
	}
	if (t->json) {
		aisp_jw_obj(&t->w);
		aisp_jw_kz(&t->w, "effect", step->deny ? "Deny" : "Allow");
		aisp_jw_kstr(&t->w, "pointer", pointer);
		aisp_jw_kstr(&t->w, "sid", sid);
		aisp_jw_kstr(&t->w, "if", step->open);
		aisp_jw_end(&t->w);
		return;
	}
	aisp_buf_printf(&t->out, "    %s  ", step->deny ? "DENY " : "allow");
	aisp_buf_put_printable(&t->out, pointer);
	if (sid.n) {
		aisp_buf_putz(&t->out, "  ");
		aisp_buf_put_printable(&t->out, sid);
	}
	if (step->open.n) {
		aisp_buf_putz(&t->out, "  if ");
		aisp_buf_put_printable(&t->out, step->open);
	}
	aisp_buf_putc(&t->out, '\n');
}

static void document(struct aws *a, uint32_t doc, enum aisp_iam_layer layer, uint32_t level, uint32_t index)
{
	const struct aisp_aws_doc *d = &a->w->docs[doc];
	struct telling *t = a->t;
	uint32_t n = 0;
	if (t->json) {
		aisp_jw_obj(&t->w);
		aisp_jw_kstr(&t->w, "id", d->id);
		aisp_jw_kstr(&t->w, "unreadable", d->bad);
		aisp_jw_key(&t->w, "statements");
		aisp_jw_arr(&t->w);
	} else {
		aisp_buf_putz(&t->out, "  ");
		aisp_buf_put_printable(&t->out, d->id);
		aisp_buf_putc(&t->out, '\n');
	}
	for (uint32_t i = 0; i < a->d->n_steps; i++) {
		const struct aisp_iam_step *s = &a->d->steps[i];
		if (s->layer != layer || s->level != level || (layer != AISP_IAM_L_RESOURCE && s->policy != index))
			continue;
		statement(a, s, doc);
		n++;
	}
	if (t->json) {
		aisp_jw_end(&t->w);
		aisp_jw_end(&t->w);
	} else if (d->bad.n) {
		aisp_buf_putz(&t->out, "    could not be read: ");
		aisp_buf_put_printable(&t->out, d->bad);
		aisp_buf_putc(&t->out, '\n');
	} else if (n == 0)
		aisp_buf_putz(&t->out, "    no statement of it matches\n");
}

static void layer(struct aws *a, enum aisp_iam_layer l, uint32_t level, struct aisp_slice name, struct aisp_aws_refs docs, const char *none)
{
	struct telling *t = a->t;
	if (docs.n == 0 && !none)
		return;
	if (t->json) {
		aisp_jw_obj(&t->w);
		aisp_jw_kz(&t->w, "layer", aisp_iam_layer_name(l));
		aisp_jw_kstr(&t->w, "name", name);
		aisp_jw_key(&t->w, "documents");
		aisp_jw_arr(&t->w);
	} else {
		aisp_buf_printf(&t->out, "\n%s", aisp_iam_layer_name(l));
		if (name.n) {
			aisp_buf_putz(&t->out, " of ");
			aisp_buf_put_printable(&t->out, name);
		}
		aisp_buf_putc(&t->out, '\n');
		if (docs.n == 0)
			aisp_buf_printf(&t->out, "  %s\n", none);
	}
	for (uint32_t i = 0; i < docs.n; i++)
		document(a, docs.v[i], l, level, i);
	if (t->json) {
		aisp_jw_end(&t->w);
		aisp_jw_end(&t->w);
	}
}

static void layers(struct aws *a)
{
	const struct aisp_aws_inside *in = aisp_aws__in(a->w);
	const struct aisp_aws_principal *p = &a->w->principals[a->q->principal];
	const uint32_t at = aisp_aws__holder(a->w, a->q->resource_arn);
	const struct aisp_aws_resource *r = at == AISP_AWS_NONE ? NULL : &a->w->resources[at];
	const uint32_t role = aisp_slice_starts(a->q->action, AISP_S("sts:")) ? aisp_aws_principal_find(a->w, a->q->resource_arn) : AISP_AWS_NONE;
	const uint32_t own = role != AISP_AWS_NONE ? a->w->principals[role].trust : r ? r->policy : AISP_AWS_NONE;
	const struct aisp_slice none = {0};
	for (uint32_t i = 0; r && i < in->orgs[r->account].rcp.n; i++)
		layer(a, AISP_IAM_L_RCP, i, in->orgs[r->account].rcp.v[i].name, in->orgs[r->account].rcp.docs[i], NULL);
	for (uint32_t i = 0; i < in->orgs[p->account].scp.n; i++)
		layer(a, AISP_IAM_L_SCP, i, in->orgs[p->account].scp.v[i].name, in->orgs[p->account].scp.docs[i], NULL);
	layer(a, AISP_IAM_L_RESOURCE, 0, none, (struct aisp_aws_refs){&own, own != AISP_AWS_NONE}, r || role != AISP_AWS_NONE ? "it has none" : "the resource is not known; nothing is known of a policy of its own");
	layer(a, AISP_IAM_L_IDENTITY, 0, none, p->identity, "none is attached");
	layer(a, AISP_IAM_L_BOUNDARY, 0, none, p->boundary, NULL);
}

static int tell_aws(struct telling *t, const struct aisp_aws_world *w, uint32_t principal, struct aisp_err *err)
{
	static const char *const verdicts[] = {"denied", "allowed if", "allowed"};
	struct aisp_iam_scratch *s = aisp_iam_scratch_new();
	const struct aisp_aws_question q = {.principal = principal, .action = t->action, .resource_arn = t->resource};
	struct aisp_iam_decision d = {0};
	int r = s ? aisp_aws_ask(w, &q, s, &d, err) : aisp_fail(err, AISP_E_NOMEM, "out of memory while explaining access");
	if (r == 0) {
		struct aws a = {t, w, &q, &d};
		char by[128];
		snprintf(by, sizeof by, "%s%s", d.explicit_deny ? "an explicit Deny: " : d.verdict == AISP_IAM_DENIED ? "nothing allows it: " : "", aisp_iam_layer_name(d.by));
		head(t, "aws", verdicts[d.verdict], aisp_slice_z(by), d.verdict == AISP_IAM_CONDITIONAL ? d.open : (struct aisp_slice){0});
		if (t->json) {
			aisp_jw_key(&t->w, "layers");
			aisp_jw_arr(&t->w);
		}
		layers(&a);
		if (t->json) {
			aisp_jw_end(&t->w);
			aisp_jw_end(&t->w);
		}
	}
	aisp_iam_scratch_free(s);
	return r;
}

/* ---- Kubernetes ---- */

/* A workload acts as its service account. */
static aisp_node subject_of(const struct aisp_snapshot *s, aisp_node n)
{
	for (uint32_t e = s->out_at[n]; e < s->out_at[n + 1]; e++)
		if (s->edges[e].kind == AISP_EDGE_RUNS_AS && aisp_kube_cluster_of(s, aisp_snapshot_text(s, s->nodes[s->edges[e].to].id)).n)
			return s->edges[e].to;
	return n;
}

/* Read, write, call, assume and act are asked of the edges, also within a cluster. */
static bool is_mode(struct aisp_slice action)
{
	static const char *const words[] = {"read", "write", "call", "assume", "act"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (aisp_slice_eqi(action, aisp_slice_z(words[i])))
			return true;
	return false;
}

/* First line: the request and ": allowed" or ": not allowed"; behind it the bindings and rules that were looked at, a line each. */
static int tell_kube(struct telling *t, aisp_node from, aisp_node to, struct aisp_err *err)
{
	struct aisp_buf text;
	aisp_buf_init(&text, 16 << 20);
	const aisp_node subject = subject_of(t->s, from);
	if (subject != from)
		t->identity = aisp_snapshot_text(t->s, t->s->nodes[subject].id);
	int r = aisp_kube_explain(t->s, subject, to, t->action, &text, err);
	if (r == 0)
		r = aisp_buf_check(&text, err);
	if (r == 0) {
		struct aisp_slice rest = aisp_buf_slice(&text), one;
		(void)aisp_slice_split(&rest, '\n', &one);
		const bool yes = !aisp_slice_ends(one, AISP_S(": not allowed"));
		const size_t verdict = aisp_slice_rchr(one, ':');
		head(t, "kubernetes", yes ? "allowed" : "denied", aisp_slice_to(one, verdict), (struct aisp_slice){0});
		if (t->json) {
			aisp_jw_key(&t->w, "reasons");
			aisp_jw_arr(&t->w);
		} else
			aisp_buf_putc(&t->out, '\n');
		while (aisp_slice_split(&rest, '\n', &one)) {
			if (one.n && t->json)
				aisp_jw_str(&t->w, aisp_slice_trim(one));
			else if (one.n) {
				aisp_buf_put_printable(&t->out, one);
				aisp_buf_putc(&t->out, '\n');
			}
		}
		if (t->json) {
			aisp_jw_end(&t->w);
			aisp_jw_end(&t->w);
		}
	}
	aisp_buf_done(&text);
	return r;
}

/* ---- By edges ---- */

/* Modes that a word of a permission system stands for. */
static enum aisp_mode mode_of(struct aisp_slice action)
{
	static const struct {
		const char *word;
		enum aisp_mode mode;
	} words[] = {{"read", AISP_MODE_MAY_READ}, {"select", AISP_MODE_MAY_READ}, {"get", AISP_MODE_MAY_READ}, {"list", AISP_MODE_MAY_READ}, {"watch", AISP_MODE_MAY_READ},
	             {"write", AISP_MODE_MAY_WRITE}, {"insert", AISP_MODE_MAY_WRITE}, {"update", AISP_MODE_MAY_WRITE}, {"delete", AISP_MODE_MAY_WRITE}, {"create", AISP_MODE_MAY_WRITE},
	             {"patch", AISP_MODE_MAY_WRITE}, {"call", AISP_MODE_MAY_CALL}, {"connect", AISP_MODE_MAY_CALL}, {"execute", AISP_MODE_MAY_CALL}, {"invoke", AISP_MODE_MAY_CALL},
	             {"assume", AISP_MODE_MAY_ACT}, {"act", AISP_MODE_MAY_ACT}};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (aisp_slice_eqi(action, aisp_slice_z(words[i].word)))
			return words[i].mode;
	return AISP_MODE_END;
}

static void hop(struct telling *t, const struct aisp_hop *h)
{
	const struct aisp_snapshot *s = t->s;
	const struct aisp_sedge *e = &s->edges[h->edge];
	const struct aisp_evidence *ev = e->ev_n ? &s->evidence[e->ev_at] : NULL;
	const struct aisp_slice from = aisp_snapshot_text(s, s->nodes[e->from].id), to = aisp_snapshot_text(s, s->nodes[e->to].id), control = aisp_snapshot_text(s, e->control),
		condition = aisp_snapshot_text(s, e->condition), locator = ev ? aisp_snapshot_text(s, ev->locator) : (struct aisp_slice){0},
		pointer = ev ? aisp_snapshot_text(s, ev->pointer) : (struct aisp_slice){0}, note = ev ? aisp_snapshot_text(s, ev->note) : (struct aisp_slice){0};
	if (t->json) {
		aisp_jw_obj(&t->w);
		aisp_jw_kstr(&t->w, "from", from);
		aisp_jw_kz(&t->w, "kind", aisp_edge_kinds[e->kind].name);
		aisp_jw_kstr(&t->w, "to", to);
		aisp_jw_kstr(&t->w, "control", control);
		aisp_jw_kstr(&t->w, "if", condition);
		aisp_jw_kstr(&t->w, "locator", locator);
		aisp_jw_kint(&t->w, "line", ev ? ev->line : 0);
		aisp_jw_kstr(&t->w, "pointer", pointer);
		aisp_jw_kstr(&t->w, "note", note);
		aisp_jw_end(&t->w);
		return;
	}
	aisp_buf_putz(&t->out, "\n  ");
	aisp_buf_put_printable(&t->out, from);
	aisp_buf_printf(&t->out, " %s ", aisp_edge_kinds[e->kind].name);
	aisp_buf_put_printable(&t->out, to);
	aisp_buf_putc(&t->out, '\n');
	line(t, "    by", control);
	line(t, "    if", condition);
	line(t, "    at", locator);
	line(t, "    ", pointer);
	line(t, "    why", note);
}

static int tell_edges(struct telling *t, struct aisp_session *s, aisp_node from, aisp_node to, struct aisp_err *err)
{
	const enum aisp_mode mode = mode_of(t->action);
	const struct aisp_actor actor = {.node = from};
	struct aisp_paths paths = {0};
	if (mode == AISP_MODE_END)
		return aisp_fail(err, AISP_E_USAGE, "action \"%.*s\" is not known here; say read, write, call or act, for AWS an action like s3:GetObject, within a cluster a verb like get or \"create exec\"", AISP_FMT(t->action));
	int r = aisp_session_reach(s, err);
	if (r == 0)
		r = aisp_reach_explain(s->reach, &actor, to, mode, 3, &paths, err);
	if (r < 0)
		return r;
	const bool certain = paths.n && paths.paths[0].certain;
	head(t, "graph", paths.n == 0 ? "denied" : certain ? "allowed" : "allowed if", paths.n ? aisp_slice_z(aisp_mode_description(mode)) : AISP_S("no grant that was collected leads there"), (struct aisp_slice){0});
	if (t->json) {
		aisp_jw_key(&t->w, "chains");
		aisp_jw_arr(&t->w);
	}
	for (size_t i = 0; i < paths.n; i++) {
		if (t->json)
			aisp_jw_arr(&t->w);
		else if (paths.n > 1)
			aisp_buf_printf(&t->out, "\nway %zu%s", i + 1, paths.paths[i].certain ? "" : " (possible)");
		for (size_t k = 0; k < paths.paths[i].n; k++)
			if (paths.paths[i].hops[k].edge && !(paths.paths[i].hops[k].edge & AISP_HOP_ADDED))
				hop(t, &paths.paths[i].hops[k]);
		if (t->json)
			aisp_jw_end(&t->w);
	}
	if (t->json) {
		aisp_jw_end(&t->w);
		aisp_jw_end(&t->w);
	}
	aisp_paths_done(&paths);
	return 0;
}

/* ---- The command ---- */

static uint32_t principal_of(const struct aisp_aws_world *w, aisp_node n)
{
	for (uint32_t i = 0; i < w->n_principals; i++)
		if (w->principals[i].node == n)
			return i;
	return AISP_AWS_NONE;
}

/* "role/app", "app": the one principal whose ARN ends so. Its policies and things of like names are not meant. */
static aisp_node named(const struct aisp_aws_world *w, struct aisp_slice name)
{
	aisp_node found = 0;
	for (uint32_t i = 0; i < w->n_principals; i++) {
		const struct aisp_slice arn = w->principals[i].arn;
		if (!aisp_slice_ends(arn, name) || (arn.n > name.n && arn.p[arn.n - name.n - 1] != '/' && arn.p[arn.n - name.n - 1] != ':'))
			continue;
		if (found)
			return 0;
		found = w->principals[i].node;
	}
	return found;
}

static int explain(struct telling *t, struct aisp_session *s, struct aisp_aws_world *w, struct aisp_err *err)
{
	aisp_node from = named(w, t->identity), to = 0;
	struct aisp_err ignored;
	int r = from ? 0 : aisp_snapshot_ref(s->snapshot, t->identity, &from, err);
	if (r < 0)
		return r;
	t->identity = aisp_snapshot_text(t->s, s->snapshot->nodes[from].id);
	const bool is_aws = aisp_slice_chr(t->action, ':') != SIZE_MAX;
	/* An ARN may name what is inside a resource, or not there. */
	const bool arn = aisp_slice_starts(t->resource, AISP_S("arn:")) || aisp_slice_eqz(t->resource, "*");
	r = aisp_snapshot_ref(s->snapshot, t->resource, &to, is_aws && arn ? &ignored : err);
	if (r < 0 && !(is_aws && arn))
		return r;
	if (r == 0 && to && !(is_aws && arn))
		t->resource = aisp_snapshot_text(t->s, s->snapshot->nodes[to].id);
	if (!is_aws && !is_mode(t->action) && aisp_kube_explains(s->snapshot, from, to))
		return tell_kube(t, from, to, err);
	if (!is_aws)
		return tell_edges(t, s, from, to, err);
	const uint32_t principal = principal_of(w, from);
	if (principal == AISP_AWS_NONE)
		return aisp_fail(err, AISP_E_USAGE, "%.*s is no user, role or account of AWS; say read, write, call or act instead of %.*s", AISP_FMT(t->identity), AISP_FMT(t->action));
	return tell_aws(t, w, principal, err);
}

int aisp_cmd_explain(struct aisp_options *o, struct aisp_err *err)
{
	AISP_AUTOSESSION struct aisp_session s = {0};
	struct aisp_aws_world *w = NULL;
	struct telling t = {.o = o};
	if (o->args.n != 3)
		return aisp_fail(err, AISP_E_USAGE, "access --explain needs three words: IDENTITY RESOURCE ACTION, such as: role/app arn:aws:s3:::bucket/key s3:GetObject");
	if (o->format && strcmp(o->format, "json") != 0 && strcmp(o->format, "table") != 0)
		return aisp_fail(err, AISP_E_USAGE, "access --explain prints table or json, not %s", o->format);
	int r = aisp_session_open(o, &s, err);
	if (r < 0)
		return r;
	t.s = s.snapshot;
	t.identity = aisp_slice_z(o->args.v[0]);
	t.resource = aisp_slice_z(o->args.v[1]);
	t.action = aisp_slice_z(o->args.v[2]);
	t.json = o->format && strcmp(o->format, "json") == 0;
	aisp_buf_init(&t.out, 64 << 20);
	aisp_jw_init(&t.w, &t.out, true);
	r = aisp_aws_world_make(NULL, s.snapshot, &w, err);
	if (r == 0)
		r = explain(&t, &s, w, err);
	aisp_aws_world_free(w);
	if (r == 0 && t.json)
		aisp_buf_putc(&t.out, '\n');
	if (r == 0)
		r = aisp_buf_check(&t.out, err);
	if (r == 0)
		r = aisp_output(o, aisp_buf_slice(&t.out), err);
	aisp_buf_done(&t.out);
	return r;
}
