/* See last.h. */
#include "collect/git/last.h"
#include "base/clock.h"
#include "collect/git/history_int.h"

enum { MAX_COMMITS = 5000, MAX_TREES = 60000, MAX_DEPTH = 64, MAX_PARENTS = 4, MAX_NAME = 256 };

struct walk {
	git_repository *repo;
	struct aisp_arena *a;
	struct aisp_last *v;
	size_t n, open;
	unsigned trees;
	const git_commit *commit;
	int bad;
};
/* The same folder in a commit and in its parents (NULL: not there). */
struct folder {
	git_tree *now, *before[MAX_PARENTS];
	unsigned n_before;
};

static void folder_done(struct folder *f)
{
	git_tree_free(f->now);
	for (unsigned i = 0; i < f->n_before; i++)
		git_tree_free(f->before[i]);
}

static void found(struct walk *w, struct aisp_last *l)
{
	const git_signature *by = git_commit_author(w->commit);
	l->author = aisp_arena_printf(w->a, "%s <%s>", by && by->name ? by->name : "", by && by->email ? by->email : "");
	l->time_s = git_commit_time(w->commit);
	git_oid_tostr(l->commit, sizeof l->commit, git_commit_id(w->commit));
	l->done = true;
	w->open--;
	if (!l->author.p)
		w->bad = AISP_E_NOMEM;
}

static git_tree *below(struct walk *w, git_tree *t, const char *name)
{
	const git_tree_entry *e = t ? git_tree_entry_byname(t, name) : NULL;
	git_tree *sub = NULL;
	if (!e || git_tree_entry_type(e) != GIT_OBJECT_TREE)
		return NULL;
	w->trees++;
	return git_tree_lookup(&sub, w->repo, git_tree_entry_id(e)) == 0 ? sub : NULL;
}

static bool changed(const struct folder *f, const char *name, const git_tree_entry *now)
{
	for (unsigned i = 0; i < f->n_before; i++) {
		const git_tree_entry *was = f->before[i] ? git_tree_entry_byname(f->before[i], name) : NULL;
		if (was && git_oid_equal(git_tree_entry_id(was), git_tree_entry_id(now)))
			return false;
	}
	return true;
}

/* The paths v[lo … hi) begin with the same `at` bytes, the folder f. */
static void look(struct walk *w, const struct folder *f, size_t lo, size_t hi, size_t at, unsigned depth)
{
	while (lo < hi && !w->bad && w->trees < MAX_TREES) {
		const struct aisp_slice rest = aisp_slice_from(w->v[lo].path, at);
		const size_t slash = aisp_slice_chr(rest, '/'), n = slash == SIZE_MAX ? rest.n : slash;
		const struct aisp_slice head = aisp_slice_to(rest, slash == SIZE_MAX ? n : n + 1);
		char name[MAX_NAME];
		bool open = false;
		size_t end = lo;
		/* A folder's paths stand together; a file stands alone. */
		for (; end < hi && (slash == SIZE_MAX ? end == lo : aisp_slice_starts(aisp_slice_from(w->v[end].path, at), head)); end++)
			open |= !w->v[end].done;
		if (open && n && n < sizeof name) {
			memcpy(name, rest.p, n);
			name[n] = 0;
			const git_tree_entry *now = git_tree_entry_byname(f->now, name);
			if (now && changed(f, name, now)) {
				if (slash == SIZE_MAX) {
					if (memcmp(git_tree_entry_id(now)->id, w->v[lo].oid, sizeof w->v[lo].oid) == 0)
						found(w, &w->v[lo]);
				} else if (depth < MAX_DEPTH) {
					struct folder sub = {.now = below(w, f->now, name), .n_before = f->n_before};
					for (unsigned i = 0; i < f->n_before; i++)
						sub.before[i] = below(w, f->before[i], name);
					if (sub.now)
						look(w, &sub, lo, end, at + n + 1, depth + 1);
					folder_done(&sub);
				}
			}
		}
		lo = end;
	}
}

static void look_commit(struct walk *w, git_commit *c, bool shallow)
{
	struct folder top = {.n_before = git_commit_parentcount(c)};
	bool whole = !(shallow && top.n_before == 0);
	if (top.n_before > MAX_PARENTS)
		top.n_before = MAX_PARENTS;
	for (unsigned i = 0; whole && i < top.n_before; i++) {
		git_commit *parent = NULL;
		whole = git_commit_parent(&parent, c, i) == 0 && git_commit_tree(&top.before[i], parent) == 0;
		git_commit_free(parent);
	}
	w->trees += 1 + top.n_before;
	w->commit = c;
	if (whole && git_commit_tree(&top.now, c) == 0)
		look(w, &top, 0, w->n, 0, 0);
	folder_done(&top);
}

/* What the paths hold in HEAD; a path that is not in HEAD is nobody's. */
static void set_contents(struct walk *w, git_commit *head)
{
	git_tree *tree = NULL;
	const bool ok = git_commit_tree(&tree, head) == 0;
	for (size_t i = 0; i < w->n; i++) {
		git_tree_entry *e = NULL;
		char path[4096];
		w->v[i].done = true;
		if (!ok || !w->v[i].path.n || w->v[i].path.n >= sizeof path || memchr(w->v[i].path.p, 0, w->v[i].path.n))
			continue;
		memcpy(path, w->v[i].path.p, w->v[i].path.n);
		path[w->v[i].path.n] = 0;
		if (git_tree_entry_bypath(&e, tree, path) == 0 && git_tree_entry_type(e) == GIT_OBJECT_BLOB) {
			memcpy(w->v[i].oid, git_tree_entry_id(e)->id, sizeof w->v[i].oid);
			w->v[i].done = false;
			w->open++;
		}
		git_tree_entry_free(e);
	}
	git_tree_free(tree);
}

int aisp_history_last(const char *repository, struct aisp_last *v, size_t n, uint64_t deadline_ns, struct aisp_arena *a, struct aisp_err *err)
{
	struct walk w = {.a = a, .v = v, .n = n};
	git_revwalk *walk = NULL;
	git_commit *c = NULL;
	git_oid id;
	int r = aisp_history__repo(repository, &w.repo, err);
	if (r < 0)
		return r;
	if (git_reference_name_to_id(&id, w.repo, "HEAD") == 0 && git_commit_lookup(&c, w.repo, &id) == 0) {
		set_contents(&w, c);
		git_commit_free(c);
		if (git_revwalk_new(&walk, w.repo) == 0 && git_revwalk_sorting(walk, GIT_SORT_TIME) == 0 && git_revwalk_push(walk, &id) == 0) {
			const bool shallow = git_repository_is_shallow(w.repo) > 0;
			for (unsigned k = 0; w.open && !w.bad && k < MAX_COMMITS && w.trees < MAX_TREES && git_revwalk_next(&id, walk) == 0; k++) {
				if (deadline_ns && aisp_clock_mono_ns() > deadline_ns)
					break;
				if (git_commit_lookup(&c, w.repo, &id) < 0)
					break;
				look_commit(&w, c, shallow);
				git_commit_free(c);
			}
		}
		git_revwalk_free(walk);
	}
	git_repository_free(w.repo);
	return w.bad ? aisp_fail(err, AISP_E_NOMEM, "out of memory while looking for who changed files last") : 0;
}
