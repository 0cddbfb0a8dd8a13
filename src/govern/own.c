/* See own.h. */
#include "govern/own.h"
#include "base/clock.h"
#include "base/mem.h"
#include "govern/codeowners.h"
#include <errno.h>
#include <unistd.h>

enum { MAX_LEVELS = 16 };

struct said {
	struct aisp_slice action, subject, to, by, reason;
	uint64_t n;
	uint32_t before; /* the one before about the same node, as index + 1 */
};
/* Who made a node, by the first event that says so. */
struct maker {
	struct aisp_slice who, action, via, source;
	int64_t at_us;
	aisp_node node;
};
/* A repository that tells of the files of one source. */
struct repository {
	aisp_node node;
	struct aisp_slice *changes; /* lines of last_changes, sorted by path */
	size_t n_changes;
};
struct aisp_owners {
	const struct aisp_snapshot *s;
	struct aisp_arena *a, *now; /* now: of the last answer */
	AISP_VEC(struct said) said;
	uint32_t *last_said;            /* by node: index + 1 of the last entry about it */
	aisp_node *parents;             /* by node: what contains it */
	struct repository *repositories; /* by source */
	uint32_t *maker_of;             /* by node: index + 1; NULL: no usage */
	AISP_VEC(struct maker) makers;
};

const char *aisp_own_rank_name(enum aisp_own_rank r)
{
	static const char *const names[] = {"", "claim", "tag", "codeowners", "annotation", "creator", "committer", "namespace", "repository"};
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

/* What each node is in, in one pass: the first that contains it. */
static bool index_parents(struct aisp_owners *o)
{
	const struct aisp_snapshot *s = o->s;
	if (!(o->parents = aisp_arena_zalloc(o->a, (size_t)s->n_nodes + 1, sizeof *o->parents)))
		return false;
	for (aisp_edge e = 1; e <= s->n_edges; e++)
		if ((s->edges[e].kind == AISP_EDGE_CONTAINS || s->edges[e].kind == AISP_EDGE_HAS_DATA) && !o->parents[s->edges[e].to])
			o->parents[s->edges[e].to] = s->edges[e].from;
	return true;
}

static bool index_changes(struct aisp_owners *o, struct repository *repo)
{
	const struct aisp_slice text = aisp_snapshot_prop_str(o->s, repo->node, "last_changes");
	struct aisp_slice rest = text, line;
	size_t n = 0;
	while (aisp_slice_split(&rest, '\n', &line))
		n++;
	if (!(repo->changes = aisp_arena_zalloc(o->a, n + 1, sizeof *repo->changes)))
		return false;
	for (rest = text; aisp_slice_split(&rest, '\n', &line);)
		repo->changes[repo->n_changes++] = line;
	return true;
}

/* The repository of each source that says who owns or changed its files. */
static bool index_repositories(struct aisp_owners *o)
{
	const struct aisp_snapshot *s = o->s;
	if (!(o->repositories = aisp_arena_zalloc(o->a, (size_t)s->n_sources + 1, sizeof *o->repositories)))
		return false;
	for (aisp_node n = s->kind_at[AISP_NODE_REPOSITORY]; n < s->kind_at[AISP_NODE_REPOSITORY + 1]; n++)
		for (uint32_t i = 0; i < s->nodes[n].prop_n; i++) {
			const struct aisp_prop *p = &s->props[s->nodes[n].prop_at + i];
			const struct aisp_slice key = aisp_snapshot_text(s, p->key);
			if (!aisp_slice_eqz(key, "codeowners") && !aisp_slice_eqz(key, "last_changes"))
				continue;
			if (p->source > s->n_sources || o->repositories[p->source].node)
				continue;
			o->repositories[p->source].node = n;
			if (!index_changes(o, &o->repositories[p->source]))
				return false;
		}
	return true;
}

/* Entries by the node that they are about, the last first. */
static bool index_said(struct aisp_owners *o)
{
	if (!(o->last_said = aisp_arena_zalloc(o->a, (size_t)o->s->n_nodes + 1, sizeof *o->last_said)))
		return false;
	for (size_t i = 0; i < o->said.n; i++) {
		const aisp_node n = aisp_snapshot_find(o->s, o->said.v[i].subject);
		if (!n)
			continue;
		o->said.v[i].before = o->last_said[n];
		o->last_said[n] = (uint32_t)i + 1;
	}
	return true;
}

int aisp_owners_load(const char *log_path, const struct aisp_snapshot *s, struct aisp_owners **ret, struct aisp_err *err)
{
	struct aisp_owners *o = aisp_mem_zalloc(1, sizeof *o);
	struct aisp_govlog *log = NULL;
	int r = 0;

	if (!o || !(o->a = aisp_arena_new(0)) || !(o->now = aisp_arena_new(0))) {
		aisp_owners_free(o);
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while looking up owners");
	}
	o->s = s;
	if (log_path && (access(log_path, F_OK) == 0 || errno != ENOENT)) {
		r = aisp_govlog_open(log_path, false, &log, err);
		if (r == 0)
			r = aisp_govlog_each(log, read_said, o, err);
		aisp_govlog_close(log);
		if (r == AISP_E_NOMEM)
			r = aisp_fail(err, AISP_E_NOMEM, "out of memory while looking up owners");
	}
	if (r == 0 && (!index_parents(o) || !index_repositories(o) || !index_said(o)))
		r = aisp_fail(err, AISP_E_NOMEM, "out of memory while looking up owners");
	if (r < 0) {
		aisp_owners_free(o);
		return r;
	}
	*ret = o;
	return 0;
}

/* What makes a thing: "s3:CreateBucket", "ec2:RunInstances", "create deployments", "CREATE TABLE"; and what sets one up, when nothing better is known: "s3:PutBucketPolicy". 2, 1, 0. */
static int makes(struct aisp_slice action)
{
	static const char *const items[] = {"PutObject", "PutItem", "PutRecord", "PutEvents", "PutLogEvents", "PutMetricData"};
	const size_t colon = aisp_slice_chr(action, ':');
	const struct aisp_slice verb = colon == SIZE_MAX ? action : aisp_slice_from(action, colon + 1);
	if (colon == SIZE_MAX)
		return aisp_slice_eqi(aisp_slice_to(verb, 7), AISP_S("create ")) && aisp_slice_chr(verb, '/') == SIZE_MAX ? 2 : 0; /* "create pods/exec" is a use */
	if (aisp_slice_starts(verb, AISP_S("Create")) || aisp_slice_starts(verb, AISP_S("Run")))
		return 2;
	for (size_t i = 0; i < sizeof items / sizeof *items; i++)
		if (aisp_slice_starts(verb, aisp_slice_z(items[i])))
			return 0;
	return aisp_slice_starts(verb, AISP_S("Put")) ? 1 : 0;
}

int aisp_owners_add_usage(struct aisp_owners *o, const struct aisp_usage *u, struct aisp_err *err)
{
	if (!o->maker_of && !(o->maker_of = aisp_arena_zalloc(o->a, (size_t)o->s->n_nodes + 1, sizeof *o->maker_of)))
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while looking up owners");
	for (size_t i = 0; i < aisp_usage_count(u); i++) {
		const struct aisp_tied_use *t = aisp_usage_at(u, i);
		const int how = t->asset && t->use.done ? makes(t->use.action) : 0;
		if (!how || !t->use.identity.n)
			continue;
		struct maker *known = o->maker_of[t->asset] ? &o->makers.v[o->maker_of[t->asset] - 1] : NULL;
		const int before = known ? makes(known->action) : 0;
		const struct maker m = {.who = t->use.identity, .action = t->use.action, .via = t->use.via, .source = t->use.source, .at_us = t->use.first_us, .node = t->identity};
		if (known && (how < before || (how == before && known->at_us <= m.at_us)))
			continue;
		if (known)
			*known = m;
		else if (aisp_vec_push(&o->makers, m) < 0)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory while looking up owners");
		else
			o->maker_of[t->asset] = (uint32_t)o->makers.n;
	}
	return 0;
}

void aisp_owners_free(struct aisp_owners *o)
{
	if (!o)
		return;
	aisp_vec_done(&o->said);
	aisp_vec_done(&o->makers);
	aisp_arena_free(o->now);
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

/* Did `who` ever say that it is not theirs? */
static bool declined(const struct aisp_owners *o, aisp_node n, struct aisp_slice who)
{
	for (uint32_t i = o->last_said[n]; i; i = o->said.v[i - 1].before)
		if (aisp_slice_eqz(o->said.v[i - 1].action, "decline") && aisp_slice_eq(o->said.v[i - 1].to, who))
			return true;
	return false;
}

/* The last claim stands first; an earlier one of somebody else who did not decline disputes it. Who says what decides by their last word: one walk, the last entry first. */
static int add_claims(struct aisp_owners *o, aisp_node n, struct aisp_owning *w)
{
	enum { MAX_VOICES = 64 };
	struct aisp_slice heard[MAX_VOICES];
	size_t n_heard = 0;
	for (uint32_t i = o->last_said[n]; i; i = o->said.v[i - 1].before) {
		const struct said *x = &o->said.v[i - 1];
		bool known = false;
		if (aisp_slice_eqz(x->action, "escalate")) {
			if (!w->escalated_to.n && !w->v.n)
				w->escalated_to = x->to;
			continue;
		}
		for (size_t k = 0; k < n_heard; k++)
			known |= aisp_slice_eq(heard[k], x->to);
		if (known || n_heard == MAX_VOICES)
			continue;
		heard[n_heard++] = x->to;
		if (!aisp_slice_eqz(x->action, "claim"))
			continue;
		w->disputed |= w->v.n > 0;
		if (add(w, AISP_OWN_CLAIM, x->to, aisp_arena_printf(o->now, "claimed by %.*s (entry %llu)%s%.*s", AISP_FMT(x->by), (unsigned long long)x->n, x->reason.n ? ": " : "", AISP_FMT(x->reason))) < 0)
			return AISP_E_NOMEM;
	}
	return 0;
}

static const char *const tag_names[] = {"owner", "team", "backstage.io/owner", "owned-by"};

/* Items "owner=…" of a list property. */
static int add_items(struct aisp_owners *o, aisp_node at, const char *list, const char *called, enum aisp_own_rank rank, const char *of, struct aisp_slice from, struct aisp_owning *w)
{
	for (size_t t = 0; t < sizeof tag_names / sizeof *tag_names; t++) {
		struct aisp_slice rest = aisp_snapshot_prop_str(o->s, at, list), item;
		while (aisp_slice_split(&rest, '\n', &item)) {
			const size_t eq = aisp_slice_chr(item, '=');
			if (eq == SIZE_MAX || !aisp_slice_eqi(aisp_slice_to(item, eq), aisp_slice_z(tag_names[t])))
				continue;
			if (add(w, rank, aisp_slice_from(item, eq + 1), aisp_arena_printf(o->now, "%s %s%s%.*s", called, tag_names[t], of, AISP_FMT(from))) < 0)
				return AISP_E_NOMEM;
		}
	}
	return 0;
}

static int add_tags(struct aisp_owners *o, aisp_node at, bool inherited, struct aisp_owning *w)
{
	static const char *const lists[][2] = {{"tags", "tag"}, {"labels", "label"}, {"owner_labels", "label"}}, *const props[] = {"owner", "team", "owner_hint"};
	const struct aisp_slice from = inherited ? aisp_snapshot_text(o->s, o->s->nodes[at].name) : (struct aisp_slice){0};
	const char *of = inherited ? " of " : "";
	int r = 0;
	for (size_t i = 0; r == 0 && i < sizeof props / sizeof *props; i++)
		r = add(w, AISP_OWN_TAG, aisp_snapshot_prop_str(o->s, at, props[i]), aisp_arena_printf(o->now, "%s%s%.*s", props[i], of, AISP_FMT(from)));
	for (size_t l = 0; r == 0 && l < sizeof lists / sizeof *lists; l++)
		r = add_items(o, at, lists[l][0], lists[l][1], AISP_OWN_TAG, of, from, w);
	return r;
}

static int add_annotations(struct aisp_owners *o, aisp_node at, bool inherited, struct aisp_owning *w)
{
	const struct aisp_slice from = inherited ? aisp_snapshot_text(o->s, o->s->nodes[at].name) : (struct aisp_slice){0};
	return add_items(o, at, "owner_annotations", "annotation", AISP_OWN_ANNOTATION, inherited ? " of " : "", from, w);
}

/* What is said of something that it is in. */
static int add_from(struct aisp_owners *o, aisp_node at, unsigned level, int (*f)(struct aisp_owners *, aisp_node, bool, struct aisp_owning *), struct aisp_owning *w)
{
	const size_t before = w->v.n;
	const int r = f(o, at, true, w);
	for (size_t i = before; i < w->v.n; i++)
		w->v.v[i].level = level;
	return r;
}

static int add_maker(struct aisp_owners *o, aisp_node n, struct aisp_owning *w)
{
	const struct maker *m = o->maker_of && o->maker_of[n] ? &o->makers.v[o->maker_of[n] - 1] : NULL;
	char at[AISP_ISO_LEN + 1] = "";
	if (!m)
		return 0;
	aisp_clock_iso(m->at_us, at);
	return add(w, AISP_OWN_CREATOR, m->who, aisp_arena_printf(o->now, "%.*s on %.10s, in %.*s%s%.*s", AISP_FMT(m->action), at, AISP_FMT(m->source), m->via.n ? ", via " : "", AISP_FMT(m->via)));
}

/* The line of last_changes about a path; empty: none. */
static struct aisp_slice change_of(const struct repository *repo, struct aisp_slice path)
{
	size_t lo = 0, hi = repo->n_changes;
	while (lo < hi) {
		const size_t mid = lo + (hi - lo) / 2;
		const size_t tab = aisp_slice_chr(repo->changes[mid], '\t');
		const int c = aisp_slice_cmp(aisp_slice_to(repo->changes[mid], tab == SIZE_MAX ? repo->changes[mid].n : tab), path);
		if (c == 0)
			return repo->changes[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (struct aisp_slice){0};
}

static int add_committer(struct aisp_owners *o, aisp_node n, struct aisp_owning *w)
{
	const struct aisp_snapshot *s = o->s;
	for (uint32_t k = 0; k < s->nodes[n].ev_n; k++) {
		const struct aisp_evidence *ev = &s->evidence[s->nodes[n].ev_at + k];
		const aisp_node repo = ev->form == AISP_EV_FILE && ev->source <= s->n_sources ? o->repositories[ev->source].node : 0;
		struct aisp_slice rest = repo ? change_of(&o->repositories[ev->source], aisp_snapshot_text(s, ev->locator)) : (struct aisp_slice){0}, path, day, commit;
		if (aisp_slice_split(&rest, '\t', &path) && aisp_slice_split(&rest, '\t', &day) && aisp_slice_split(&rest, '\t', &commit) && rest.n)
			return add(w, AISP_OWN_COMMITTER, rest, aisp_arena_printf(o->now, "changed %.*s last, on %.*s (commit %.*s)", AISP_FMT(path), AISP_FMT(day), AISP_FMT(commit)));
	}
	return 0;
}

static int add_codeowners(struct aisp_owners *o, aisp_node n, struct aisp_owning *w)
{
	const struct aisp_snapshot *s = o->s;
	for (uint32_t k = 0; k < s->nodes[n].ev_n; k++) {
		const struct aisp_evidence *ev = &s->evidence[s->nodes[n].ev_at + k];
		const aisp_node repo = ev->form == AISP_EV_FILE && ev->source <= s->n_sources ? o->repositories[ev->source].node : 0;
		struct aisp_slice rule, owners;
		if (!repo)
			continue;
		owners = aisp_codeowners_of(aisp_snapshot_prop_str(s, repo, "codeowners"), aisp_snapshot_text(s, ev->locator), &rule);
		if (owners.n)
			return add(w, AISP_OWN_CODEOWNERS, owners, aisp_arena_printf(o->now, "%.*s: %.*s", AISP_FMT(aisp_snapshot_prop_str(s, repo, "codeowners_file")), AISP_FMT(rule)));
	}
	return 0;
}

static void mark_declined(const struct aisp_owners *o, aisp_node n, struct aisp_owning *w)
{
	for (size_t i = 0; i < w->v.n; i++) {
		struct aisp_own_evidence *ev = &w->v.v[i];
		ev->declined = ev->rank != AISP_OWN_CLAIM && declined(o, n, ev->who);
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

	aisp_arena_reset(o->now);
	int r = add_claims(o, n, &w);

	if (r == 0)
		r = add_tags(o, n, false, &w);
	while ((at = o->parents[at]) && n_up < MAX_LEVELS)
		up[n_up++] = at;
	for (size_t i = 0; r == 0 && i < n_up; i++)
		r = add_from(o, up[i], (unsigned)i + 1, add_tags, &w);
	if (r == 0)
		r = add_codeowners(o, n, &w);
	if (r == 0)
		r = add_annotations(o, n, false, &w);
	for (size_t i = 0; r == 0 && i < n_up; i++)
		r = add_from(o, up[i], (unsigned)i + 1, add_annotations, &w);
	if (r == 0)
		r = add_maker(o, n, &w);
	if (r == 0)
		r = add_committer(o, n, &w);
	for (size_t i = 0; r == 0 && i < n_up; i++)
		if (s->nodes[up[i]].kind == AISP_NODE_NAMESPACE || s->nodes[up[i]].kind == AISP_NODE_ACCOUNT)
			r = add(&w, AISP_OWN_NAMESPACE, aisp_snapshot_text(s, s->nodes[up[i]].name), aisp_arena_printf(o->now, "it is in %s %.*s", aisp_node_kinds[s->nodes[up[i]].kind].name,
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
		c.likely += w.owner && (w.owner->rank == AISP_OWN_CREATOR || w.owner->rank == AISP_OWN_COMMITTER);
		aisp_owning_done(&w);
	}
	*ret = c;
	return 0;
}
