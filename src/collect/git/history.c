/* See history.h. */
#include "collect/git/history_int.h"
#include "base/clock.h"
#include "base/task.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { AHEAD_MIN = 1000 }; /* objects in packs for which a second thread is worth its start */

int aisp_history__fail(struct aisp_err *err, int r, const char *what)
{
	const git_error *e = git_error_last();

	if (e && e->klass == GIT_ERROR_NOMEMORY)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while reading git objects");
	return aisp_fail(err, r == GIT_ENOTFOUND ? AISP_E_NOTFOUND : AISP_E_PARSE, "could not %s: %s", what,
	                 e && e->message ? e->message : "damaged repository");
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Only the repository's own configuration counts, and whoever owns the folder: nothing in it is run. */
static void set_up(void)
{
	git_libgit2_init();
	git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
	git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, GIT_CONFIG_LEVEL_SYSTEM, "");
	git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, GIT_CONFIG_LEVEL_GLOBAL, "");
	git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, GIT_CONFIG_LEVEL_XDG, "");
	git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, GIT_CONFIG_LEVEL_PROGRAMDATA, "");
	git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
	git_libgit2_opts(GIT_OPT_ENABLE_CACHING, 0);
}

bool aisp_history_is(const char *path)
{
	char inner[4096];
	struct stat st;

	if ((size_t)snprintf(inner, sizeof inner, "%s/.git", path) >= sizeof inner)
		return false;
	if (stat(inner, &st) == 0)
		return true;
	snprintf(inner, sizeof inner, "%s/objects", path);
	if (stat(inner, &st) != 0 || !S_ISDIR(st.st_mode))
		return false;
	snprintf(inner, sizeof inner, "%s/HEAD", path);
	return stat(inner, &st) == 0;
}

int aisp_history__repo(const char *path, git_repository **ret, struct aisp_err *err)
{
	pthread_once(&once, set_up);
	int r = git_repository_open_ext(ret, path, GIT_REPOSITORY_OPEN_NO_SEARCH, NULL);
	return r < 0 ? aisp_history__fail(err, r, "open the git repository") : 0;
}

void aisp_history_free(struct aisp_history *h)
{
	if (!h)
		return;
	git_repository_free(h->repo);
	aisp_history__objects_done(h);
	aisp_vec_done(&h->commits);
	aisp_vec_done(&h->trees);
	aisp_vec_done(&h->tips);
	aisp_vec_done(&h->tops);
	aisp_vec_done(&h->blobs);
	aisp_symtab_free(h->names);
	aisp_map_done(&h->seen);
	aisp_arena_free(h->a);
	aisp_mem_free(h);
}

int aisp_history__nomem(struct aisp_err *err)
{
	return aisp_fail(err, AISP_E_NOMEM, "out of memory for the list of git objects");
}

/* What a reference leads to, through tags. One that is broken hides no other. */
static int add_ref(struct aisp_history *h, git_reference *ref, struct aisp_err *err)
{
	const git_oid *direct = git_reference_target(ref);
	git_object *o = NULL;
	int r = 0;

	if (direct && aisp_history__is_commit(h, direct)) /* most are */
		return aisp_vec_push(&h->tips, *direct) < 0 ? aisp_history__nomem(err) : 0;
	if (git_reference_peel(&o, ref, GIT_OBJECT_ANY) < 0) {
		if (git_reference_type(ref) == GIT_REFERENCE_DIRECT)
			atomic_fetch_add(&h->missing, 1);
		return 0; /* a symbolic one may lead nowhere: HEAD of an empty repository */
	}
	git_object_t type = git_object_type(o);
	struct aisp_history__top top = {.oid = *git_object_id(o), .tree = type == GIT_OBJECT_TREE};
	git_object_free(o);
	if (type == GIT_OBJECT_COMMIT)
		return aisp_vec_push(&h->tips, top.oid) < 0 ? aisp_history__nomem(err) : 0;
	r = aisp_symtab_add(h->names, aisp_slice_z(git_reference_name(ref)), &top.name, err);
	return r == 0 && aisp_vec_push(&h->tops, top) < 0 ? aisp_history__nomem(err) : r;
}

static int list_refs(struct aisp_history *h, struct aisp_err *err)
{
	git_reference_iterator *all = NULL;
	git_reference *ref = NULL;
	int r = git_reference_iterator_new(&all, h->repo), q = 0;

	if (r < 0)
		return aisp_history__fail(err, r, "list the references");
	while (q == 0 && (r = git_reference_next(&ref, all)) == 0) {
		q = add_ref(h, ref, err);
		git_reference_free(ref);
	}
	git_reference_iterator_free(all);
	if (q == 0 && r != GIT_ITEROVER)
		atomic_fetch_add(&h->missing, 1);
	if (q == 0 && git_reference_lookup(&ref, h->repo, "HEAD") == 0) { /* may be detached */
		q = add_ref(h, ref, err);
		git_reference_free(ref);
	}
	return q;
}

/* All commits below the tips, oldest first. False when one is missing: then it lists none. */
static bool walk_commits(struct aisp_history *h, int *ret_r, struct aisp_err *err)
{
	git_revwalk *walk = NULL;
	git_oid oid;
	int r = git_revwalk_new(&walk, h->repo);

	*ret_r = r < 0 ? aisp_history__fail(err, r, "walk the commits") : 0;
	if (r == 0)
		git_revwalk_sorting(walk, GIT_SORT_TOPOLOGICAL | GIT_SORT_TIME | GIT_SORT_REVERSE);
	for (size_t i = 0; r == 0 && i < h->tips.n; i++)
		r = git_revwalk_push(walk, &h->tips.v[i]);
	while (r == 0 && (r = git_revwalk_next(&oid, walk)) == 0)
		if (aisp_vec_push(&h->commits, oid) < 0) {
			*ret_r = aisp_history__nomem(err);
			break;
		}
	git_revwalk_free(walk);
	return *ret_r < 0 || r == GIT_ITEROVER;
}

struct dated {
	git_oid oid;
	int64_t time_s;
	size_t at; /* in which it was met: parents after children */
};

static int by_date(const void *a, const void *b)
{
	const struct dated *x = a, *y = b;

	if (x->time_s != y->time_s)
		return x->time_s < y->time_s ? -1 : 1;
	return x->at > y->at ? -1 : x->at < y->at;
}

/* The same where commits are missing (a shallow clone, damage): by date. `out` is filled from the tips on. */
static int gather_commits(struct aisp_history *h, struct aisp_err *err)
{
	AISP_VEC(struct dated) out = {0};
	struct aisp_map met = {0};
	int r = 0;

	h->commits.n = 0;
	for (size_t i = 0; r == 0 && i < h->tips.n; i++)
		r = aisp_vec_push(&out, (struct dated){.oid = h->tips.v[i]}) < 0 ? aisp_history__nomem(err) : 0;
	size_t kept = 0;
	for (size_t i = 0; r == 0 && i < out.n; i++) {
		struct dated d = {.oid = out.v[i].oid, .at = i};
		git_commit *c = NULL;
		if (aisp_map_get(&met, aisp_history__key(&d.oid)))
			continue;
		r = aisp_map_put(&met, aisp_history__key(&d.oid), 1, err);
		if (r < 0 || git_commit_lookup(&c, h->repo, &d.oid) < 0) {
			atomic_fetch_add(&h->missing, !h->shallow);
			continue;
		}
		d.time_s = git_commit_time(c);
		for (unsigned p = 0; r == 0 && p < git_commit_parentcount(c); p++)
			r = aisp_vec_push(&out, (struct dated){.oid = *git_commit_parent_id(c, p)}) < 0 ? aisp_history__nomem(err) : 0;
		git_commit_free(c);
		out.v[kept++] = d;
	}
	if (r == 0 && kept)
		qsort(out.v, kept, sizeof *out.v, by_date);
	for (size_t i = 0; r == 0 && i < kept; i++)
		r = aisp_vec_push(&h->commits, out.v[i].oid) < 0 ? aisp_history__nomem(err) : 0;
	aisp_vec_done(&out);
	aisp_map_done(&met);
	return r;
}

struct begin {
	struct aisp_history *h;
	struct aisp_err *err;
};

/* The commits, and beside them the trees, which are needed next. */
static int list_or_read_ahead(void *ctx, size_t i, unsigned worker)
{
	struct begin *b = ctx;
	int r = 0;

	(void)worker;
	if (i == 1) {
		aisp_objects_read_ahead(b->h->tree_objects, AISP_PACK_TREE);
		return 0;
	}
	r = list_refs(b->h, b->err);
	if (r == 0 && !walk_commits(b->h, &r, b->err))
		r = gather_commits(b->h, b->err);
	return r;
}

static int list_commits(struct aisp_history *h, struct aisp_err *err)
{
	struct begin b = {.h = h, .err = err};
	bool ahead = aisp_task_workers() > 1 && aisp_packs_count(h->packs) >= AHEAD_MIN;
	struct aisp_err other = {0};

	return aisp_task_each(ahead ? 2 : 1, list_or_read_ahead, &b, &other); /* b.err says more */
}

static int add_blob(struct aisp_history *h, const git_oid *oid, aisp_sym dir, const char *name, uint32_t commit, struct aisp_err *err)
{
	struct aisp_history__entry b = {.oid = *oid, .dir = dir, .commit = commit};
	int r = aisp_symtab_add(h->names, aisp_slice_z(name), &b.name, err);

	if (r < 0)
		return r;
	if (aisp_vec_push(&h->blobs, b) < 0)
		return aisp_history__nomem(err);
	return aisp_map_put(&h->seen, aisp_history__key(oid), 1, err);
}

static int add_tree(struct aisp_history *h, const git_oid *oid, aisp_sym dir, uint32_t commit, unsigned depth, struct aisp_err *err);

static int add_folder(struct aisp_history *h, const git_oid *oid, aisp_sym dir, const char *name, uint32_t commit, unsigned depth, struct aisp_err *err)
{
	char path[4096];
	aisp_sym below;
	int n = snprintf(path, sizeof path, "%s%s/", aisp_symtab_z(h->names, dir), name);
	int r = aisp_symtab_add(h->names, aisp_slice_of(path, (size_t)n < sizeof path ? (size_t)n : sizeof path - 1), &below, err);

	return r < 0 ? r : add_tree(h, oid, below, commit, depth + 1, err);
}

static int add_items(struct aisp_history *h, struct aisp_history__tree *tree, aisp_sym dir, uint32_t commit, unsigned depth, struct aisp_err *err)
{
	struct aisp_history__item e;
	bool damaged = false;
	int r = 0;

	while (r == 0 && aisp_history__tree_next(tree, &e, &damaged)) {
		if (e.type == GIT_OBJECT_COMMIT || aisp_map_get(&h->seen, aisp_history__key(&e.id)))
			continue;
		if (e.type == GIT_OBJECT_TREE)
			r = add_folder(h, &e.id, dir, e.name, commit, depth, err);
		else
			r = add_blob(h, &e.id, dir, e.name, commit, err);
	}
	atomic_fetch_add(&h->missing, damaged);
	return r;
}

/* One tree with all below it that was not seen yet. Depth is bounded; the stack of a thread is not at stake. */
static int add_tree(struct aisp_history *h, const git_oid *oid, aisp_sym dir, uint32_t commit, unsigned depth, struct aisp_err *err)
{
	struct aisp_history__tree tree;
	int r = 0;

	if (aisp_map_get(&h->seen, aisp_history__key(oid)))
		return 0;
	if ((r = aisp_map_put(&h->seen, aisp_history__key(oid), UINT32_MAX, err)) < 0)
		return r;
	r = depth > AISP_HISTORY_DEPTH_MAX ? AISP_E_NOTFOUND : aisp_history__tree_open(h, oid, &tree, err);
	if (r == AISP_E_NOTFOUND) {
		atomic_fetch_add(&h->missing, 1);
		return 0;
	}
	if (r < 0)
		return r;
	h->n_trees++;
	r = add_items(h, &tree, dir, commit, depth, err);
	aisp_history__tree_close(h, &tree);
	return r;
}

bool aisp_history__in_time(struct aisp_history *h)
{
	if (h->o.deadline_ns && aisp_clock_mono_ns() > h->o.deadline_ns)
		atomic_store(&h->out_of_time, true);
	return !atomic_load(&h->out_of_time);
}

static int list_blobs(struct aisp_history *h, struct aisp_err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < h->commits.n && aisp_history__in_time(h); i++) {
		git_oid tree = {0};
		r = aisp_history__commit_tree(h, &h->commits.v[i], &tree, err);
		if (r == AISP_E_NOTFOUND) {
			atomic_fetch_add(&h->missing, 1);
			r = 0;
		} else if (r == 0) {
			r = add_tree(h, &tree, 0, (uint32_t)i, 0, err);
		}
		if (r == 0 && aisp_vec_push(&h->trees, tree) < 0)
			r = aisp_history__nomem(err);
	}
	for (size_t i = 0; r == 0 && i < h->tops.n; i++) {
		const struct aisp_history__top *t = &h->tops.v[i];
		if (t->tree)
			r = add_tree(h, &t->oid, 0, UINT32_MAX, 0, err);
		else if (!aisp_map_get(&h->seen, aisp_history__key(&t->oid)))
			r = add_blob(h, &t->oid, 0, aisp_symtab_z(h->names, t->name), UINT32_MAX, err);
	}
	return r;
}

struct others {
	struct aisp_history *h;
	git_odb *odb;
	struct aisp_err *err;
	int r;
};

static int add_other(const git_oid *id, void *ctx)
{
	struct others *o = ctx;
	size_t size;
	git_object_t type;

	if (aisp_map_get(&o->h->seen, aisp_history__key(id)))
		return 0;
	if (git_odb_read_header(&size, &type, o->odb, id) < 0 || type != GIT_OBJECT_BLOB)
		return 0;
	o->r = add_blob(o->h, id, 0, "", UINT32_MAX, o->err);
	return o->r;
}

static int list_unreachable(struct aisp_history *h, struct aisp_err *err)
{
	struct others o = {.h = h, .odb = h->odb, .err = err};
	int r = git_odb_foreach(o.odb, add_other, &o);

	if (o.r < 0)
		return o.r;
	return r < 0 ? aisp_history__fail(err, r, "list the object store") : 0;
}

/* Versions of one file together, the newest first: a pack keeps the newest whole and the older ones as differences to it, so
 * what one of them needs was read just before. */
static int by_path(const void *a, const void *b)
{
	const struct aisp_history__entry *x = a, *y = b;

	if (x->name != y->name)
		return x->name < y->name ? -1 : 1;
	if (x->dir != y->dir)
		return x->dir < y->dir ? -1 : 1;
	if (x->commit != y->commit)
		return x->commit > y->commit ? -1 : 1;
	return git_oid_cmp(&x->oid, &y->oid); /* unreachable ones come in the order of the disk */
}

int aisp_history_open(const char *path, const struct aisp_history_options *o, struct aisp_history **ret, struct aisp_err *err)
{
	struct aisp_history *h = aisp_mem_zalloc(1, sizeof *h);
	int r = 0;

	if (!h)
		return aisp_history__nomem(err);
	h->o = *o;
	if (!h->o.max_blob)
		h->o.max_blob = (uint64_t)64 << 20;
	h->a = aisp_arena_new((size_t)4 << 30);
	h->names = aisp_symtab_new();
	struct aisp_slice copy = h->a && h->names ? aisp_arena_dup(h->a, aisp_slice_z(path)) : (struct aisp_slice){0};
	if (!copy.p)
		r = aisp_history__nomem(err);
	h->path = (char *)copy.p;
	if (r == 0)
		r = aisp_history__repo(path, &h->repo, err);
	if (r == 0)
		r = aisp_history__objects_open(h, err);
	if (r == 0) {
		h->shallow = git_repository_is_shallow(h->repo) > 0;
		r = list_commits(h, err);
	}
	if (r == 0)
		r = list_blobs(h, err);
	if (r == 0 && o->unreachable && aisp_history__in_time(h))
		r = list_unreachable(h, err);
	if (r < 0) {
		aisp_history_free(h);
		return r;
	}
	if (h->blobs.n)
		qsort(h->blobs.v, h->blobs.n, sizeof *h->blobs.v, by_path);
	*ret = h;
	return 0;
}

size_t aisp_history_size(const struct aisp_history *h)
{
	return h->blobs.n;
}

void aisp_history_count(const struct aisp_history *h, struct aisp_history_counts *ret)
{
	*ret = (struct aisp_history_counts){.commits = (uint32_t)h->commits.n, .trees = h->n_trees, .blobs = (uint32_t)h->blobs.n,
	                                    .too_large = h->too_large, .missing = h->missing, .shallow = h->shallow,
	                                    .out_of_time = h->out_of_time};
}

int aisp_history_commit(struct aisp_history *h, uint32_t commit, struct aisp_history_commit *ret, struct aisp_err *err)
{
	git_commit *c = NULL;

	if (commit >= h->commits.n)
		return aisp_fail(err, AISP_E_NOTFOUND, "there is no commit %u", commit);
	int r = git_commit_lookup(&c, h->repo, &h->commits.v[commit]);
	if (r < 0)
		return aisp_history__fail(err, r, "read a commit");
	const git_signature *author = git_commit_author(c);
	const char *summary = git_commit_summary(c);
	struct aisp_history_commit out = {.time_s = git_commit_time(c)};
	git_oid_tostr(out.id, sizeof out.id, &h->commits.v[commit]);
	out.author = aisp_arena_printf(h->a, "%s <%s>", author ? author->name : "", author ? author->email : "");
	out.summary = aisp_arena_dup(h->a, aisp_slice_to(aisp_slice_z(summary ? summary : ""), 200));
	git_commit_free(c);
	if (!out.author.p || !out.summary.p)
		return aisp_history__nomem(err);
	*ret = out;
	return 0;
}
