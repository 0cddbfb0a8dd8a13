/* See own.h. */
#include "govern/own.h"
#include "base/mem.h"
#include "govern/codeowners.h"
#include <errno.h>
#include <unistd.h>

enum { MAX_LEVELS = 16 };

struct said {
	struct aisp_slice action, subject, to, by, reason;
	uint64_t n;
};
struct aisp_owners {
	const struct aisp_snapshot *s;
	struct aisp_arena *a;
	AISP_VEC(struct said) said;
};

const char *aisp_own_rank_name(enum aisp_own_rank r)
{
	static const char *const names[] = {"", "claim", "tag", "codeowners", "namespace", "repository"};
	return names[r];
}

static int read_said(void *ctx, const struct aisp_govlog_entry *e)
{
	struct aisp_owners *o = ctx;
	if (!aisp_slice_eqz(e->kind, "own"))
		return 0;
	const struct said x = {.action = aisp_arena_dup(o->a, aisp_doc_getstr(e->data, "action")), .subject = aisp_arena_dup(o->a, aisp_doc_getstr(e->data, "subject")),
		.to = aisp_arena_dup(o->a, aisp_doc_getstr(e->data, "to")), .by = aisp_arena_dup(o->a, e->by), .reason = aisp_arena_dup(o->a, aisp_doc_getstr(e->data, "reason")), .n = e->n};
	return x.action.p && x.subject.p && x.to.p && x.by.p && x.reason.p && aisp_vec_push(&o->said, x) == 0 ? 0 : AISP_E_NOMEM;
}

int aisp_owners_load(const char *log_path, const struct aisp_snapshot *s, struct aisp_owners **ret, struct aisp_err *err)
{
	struct aisp_owners *o = aisp_mem_zalloc(1, sizeof *o);
	struct aisp_govlog *log = NULL;
	int r = 0;

	if (!o || !(o->a = aisp_arena_new(0))) {
		aisp_mem_free(o);
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while looking up owners");
	}
	o->s = s;
	if (access(log_path, F_OK) == 0 || errno != ENOENT) {
		r = aisp_govlog_open(log_path, false, &log, err);
		if (r == 0)
			r = aisp_govlog_each(log, read_said, o, err);
		aisp_govlog_close(log);
		if (r == AISP_E_NOMEM)
			r = aisp_fail(err, AISP_E_NOMEM, "out of memory while looking up owners");
	}
	if (r < 0) {
		aisp_owners_free(o);
		return r;
	}
	*ret = o;
	return 0;
}

void aisp_owners_free(struct aisp_owners *o)
{
	if (!o)
		return;
	aisp_vec_done(&o->said);
	aisp_arena_free(o->a);
	aisp_mem_free(o);
}

void aisp_owning_done(struct aisp_owning *w)
{
	aisp_vec_done(&w->v);
}

static int add(struct aisp_owning *w, enum aisp_own_rank rank, struct aisp_slice who, struct aisp_slice why)
{
	if (!who.n)
		return 0;
	return why.p ? aisp_vec_push(&w->v, (struct aisp_own_evidence){.rank = rank, .who = who, .why = why}) : AISP_E_NOMEM;
}

static aisp_node parent(const struct aisp_snapshot *s, aisp_node n)
{
	for (uint32_t i = s->in_at[n]; i < s->in_at[n + 1]; i++) {
		const struct aisp_sedge *e = &s->edges[s->in_edges[i]];
		if (e->kind == AISP_EDGE_CONTAINS || e->kind == AISP_EDGE_HAS_DATA)
			return e->from;
	}
	return 0;
}

/* The last claim stands first; an earlier one of somebody else who did not decline disputes it. */
static int add_claims(struct aisp_owners *o, aisp_node n, struct aisp_owning *w)
{
	for (size_t i = o->said.n; i-- > 0;) {
		const struct said *x = &o->said.v[i];
		bool known = false, later_decline = false;
		if (aisp_snapshot_find(o->s, x->subject) != n)
			continue;
		if (aisp_slice_eqz(x->action, "escalate") && !w->escalated_to.n && !w->v.n)
			w->escalated_to = x->to;
		if (!aisp_slice_eqz(x->action, "claim"))
			continue;
		for (size_t k = i + 1; k < o->said.n; k++)
			later_decline |= aisp_slice_eqz(o->said.v[k].action, "decline") && aisp_slice_eq(o->said.v[k].to, x->to) && aisp_snapshot_find(o->s, o->said.v[k].subject) == n;
		for (size_t k = 0; k < w->v.n; k++)
			known |= aisp_slice_eq(w->v.v[k].who, x->to);
		if (known || later_decline)
			continue;
		w->disputed |= w->v.n > 0;
		if (add(w, AISP_OWN_CLAIM, x->to, aisp_arena_printf(o->a, "claimed by %.*s (entry %llu)%s%.*s", AISP_FMT(x->by), (unsigned long long)x->n, x->reason.n ? ": " : "", AISP_FMT(x->reason))) < 0)
			return AISP_E_NOMEM;
	}
	return 0;
}

static const char *const tag_names[] = {"owner", "team", "backstage.io/owner", "owned-by", "app.kubernetes.io/managed-by"};

static int add_tags(struct aisp_owners *o, aisp_node at, bool inherited, struct aisp_owning *w)
{
	static const char *const lists[] = {"tags", "labels"}, *const props[] = {"owner", "team", "owner_hint"};
	const struct aisp_slice from = inherited ? aisp_snapshot_text(o->s, o->s->nodes[at].name) : (struct aisp_slice){0};
	for (size_t i = 0; i < sizeof props / sizeof *props; i++)
		if (add(w, AISP_OWN_TAG, aisp_snapshot_prop_str(o->s, at, props[i]), aisp_arena_printf(o->a, "%s%s%.*s", props[i], inherited ? " of " : "", AISP_FMT(from))) < 0)
			return AISP_E_NOMEM;
	for (size_t t = 0; t < sizeof tag_names / sizeof *tag_names; t++)
		for (size_t l = 0; l < sizeof lists / sizeof *lists; l++) {
			struct aisp_slice rest = aisp_snapshot_prop_str(o->s, at, lists[l]), item;
			while (aisp_slice_split(&rest, '\n', &item)) {
				const size_t eq = aisp_slice_chr(item, '=');
				if (eq == SIZE_MAX || !aisp_slice_eqi(aisp_slice_to(item, eq), aisp_slice_z(tag_names[t])))
					continue;
				if (add(w, AISP_OWN_TAG, aisp_slice_from(item, eq + 1),
				        aisp_arena_printf(o->a, "%s %s%s%.*s", l ? "label" : "tag", tag_names[t], inherited ? " of " : "", AISP_FMT(from))) < 0)
					return AISP_E_NOMEM;
			}
		}
	return 0;
}

/* The repository whose source says so. */
static aisp_node repository_of(const struct aisp_snapshot *s, uint16_t source)
{
	for (aisp_node n = s->kind_at[AISP_NODE_REPOSITORY]; n < s->kind_at[AISP_NODE_REPOSITORY + 1]; n++)
		for (uint32_t k = 0; k < s->nodes[n].ev_n; k++)
			if (s->evidence[s->nodes[n].ev_at + k].source == source && aisp_snapshot_prop_str(s, n, "codeowners").n)
				return n;
	return 0;
}

static int add_codeowners(struct aisp_owners *o, aisp_node n, struct aisp_owning *w)
{
	const struct aisp_snapshot *s = o->s;
	for (uint32_t k = 0; k < s->nodes[n].ev_n; k++) {
		const struct aisp_evidence *ev = &s->evidence[s->nodes[n].ev_at + k];
		const aisp_node repo = ev->form == AISP_EV_FILE ? repository_of(s, ev->source) : 0;
		struct aisp_slice rule, owners;
		if (!repo)
			continue;
		owners = aisp_codeowners_of(aisp_snapshot_prop_str(s, repo, "codeowners"), aisp_snapshot_text(s, ev->locator), &rule);
		if (owners.n)
			return add(w, AISP_OWN_CODEOWNERS, owners, aisp_arena_printf(o->a, "%.*s: %.*s", AISP_FMT(aisp_snapshot_prop_str(s, repo, "codeowners_file")), AISP_FMT(rule)));
	}
	return 0;
}

static void mark_declined(const struct aisp_owners *o, aisp_node n, struct aisp_owning *w)
{
	for (size_t i = 0; i < w->v.n; i++) {
		struct aisp_own_evidence *ev = &w->v.v[i];
		for (size_t k = 0; k < o->said.n && ev->rank != AISP_OWN_CLAIM; k++)
			ev->declined |= aisp_slice_eqz(o->said.v[k].action, "decline") && aisp_slice_eq(o->said.v[k].to, ev->who) && aisp_snapshot_find(o->s, o->said.v[k].subject) == n;
		if (!ev->declined && !w->owner)
			w->owner = ev;
	}
}

int aisp_owners_of(struct aisp_owners *o, aisp_node n, struct aisp_owning *ret, struct aisp_err *err)
{
	struct aisp_owning w = {0};
	const struct aisp_snapshot *s = o->s;
	aisp_node at = n, up[MAX_LEVELS];
	size_t n_up = 0;
	int r = add_claims(o, n, &w);

	if (r == 0)
		r = add_tags(o, n, false, &w);
	while ((at = parent(s, at)) && n_up < MAX_LEVELS)
		up[n_up++] = at;
	for (size_t i = 0; r == 0 && i < n_up; i++)
		r = add_tags(o, up[i], true, &w);
	if (r == 0)
		r = add_codeowners(o, n, &w);
	for (size_t i = 0; r == 0 && i < n_up; i++)
		if (s->nodes[up[i]].kind == AISP_NODE_NAMESPACE || s->nodes[up[i]].kind == AISP_NODE_ACCOUNT)
			r = add(&w, AISP_OWN_NAMESPACE, aisp_snapshot_text(s, s->nodes[up[i]].name), aisp_arena_printf(o->a, "it is in %s %.*s", aisp_node_kinds[s->nodes[up[i]].kind].name,
			        AISP_FMT(aisp_snapshot_text(s, s->nodes[up[i]].id))));
	for (size_t i = 0; r == 0 && i < n_up; i++)
		if (s->nodes[up[i]].kind == AISP_NODE_REPOSITORY)
			r = add(&w, AISP_OWN_REPOSITORY, aisp_snapshot_text(s, s->nodes[up[i]].name), AISP_S("the repository that it is written in"));
	if (r < 0) {
		aisp_owning_done(&w);
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while looking up owners");
	}
	mark_declined(o, n, &w);
	*ret = w;
	return 0;
}

int aisp_owners_coverage(struct aisp_owners *o, struct aisp_own_coverage *ret, struct aisp_err *err)
{
	struct aisp_own_coverage c = {0};
	for (aisp_node n = 1; n <= o->s->n_nodes; n++) {
		const unsigned flags = aisp_snode_flags(&o->s->nodes[n]);
		struct aisp_owning w = {0};
		if (!(flags & AISP_NK_ASSET))
			continue;
		const int r = aisp_owners_of(o, n, &w, err);
		if (r < 0)
			return r;
		const bool owned = aisp_own_counts(&w);
		c.assets++;
		c.owned += owned;
		c.ai += (flags & AISP_NK_AI) != 0;
		c.ai_owned += (flags & AISP_NK_AI) && owned;
		c.disputed += w.disputed;
		aisp_owning_done(&w);
	}
	*ret = c;
	return 0;
}
