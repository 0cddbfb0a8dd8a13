/* Place: a commit with one file on a branch of its own, "aisp-drill/ID". The working tree, the index and other branches are not touched.
 *
 * Objects are built in the drill's own folder (libgit2 with a second store of loose objects), the same bytes for the same facts, and then copied into the repository; so the
 * names of all that may have come there are known again after a kill, and they are taken away as files. A pack that somebody made in between keeps them (git gc drops them).
 */
#include "base/fs.h"
#include "govern/drill_int.h"
#include <errno.h>
#include <fcntl.h>
#include <git2.h>
#include <git2/sys/odb_backend.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OBJECTS = 3, OBJECT_MAX = 64 << 20 }; /* blob, tree, commit */

static int git_fail(struct aisp_err *err, const char *what)
{
	const git_error *e = git_error_last();
	return aisp_fail(err, AISP_E_IO, "cannot %s: %s", what, e && e->message ? e->message : "libgit2 does not say why");
}

static int open_repository(struct aisp_drill *d, struct aisp_slice path, git_repository **ret, struct aisp_err *err)
{
	struct aisp_slice z = aisp_arena_dup(d->mem, path);

	if (!z.p || git_libgit2_init() < 0)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a repository");
	if (git_repository_open_ext(ret, z.p, GIT_REPOSITORY_OPEN_NO_SEARCH, NULL) < 0) {
		(void)git_fail(err, "open the repository");
		git_libgit2_shutdown();
		return aisp_fail(err, AISP_E_USAGE, "%s is no git repository that can be opened", z.p);
	}
	return 0;
}

static void close_repository(git_repository *r)
{
	git_repository_free(r);
	git_libgit2_shutdown();
}

/* REPO[:BRANCH]: the longest beginning that is a folder is the repository. */
static void cut(struct aisp_drill *d, struct aisp_slice detail, struct aisp_slice *ret_repo, struct aisp_slice *ret_branch)
{
	struct stat st;
	struct aisp_slice whole = aisp_arena_dup(d->mem, detail);
	const size_t colon = aisp_slice_rchr(detail, ':');

	*ret_repo = detail;
	*ret_branch = (struct aisp_slice){0};
	if (colon != SIZE_MAX && whole.p && stat(whole.p, &st) < 0) {
		*ret_repo = aisp_slice_to(detail, colon);
		*ret_branch = aisp_slice_from(detail, colon + 1);
	}
}

int aisp_drill__git_prepare(struct aisp_drill *d, struct aisp_slice detail, struct aisp_err *err)
{
	struct aisp_slice repo, branch;
	git_repository *git = NULL;
	git_object *base = NULL;
	char hex[GIT_OID_HEXSZ + 1], real[PATH_MAX];

	cut(d, detail, &repo, &branch);
	struct aisp_slice z = aisp_arena_dup(d->mem, repo), what = aisp_arena_printf(d->mem, "%.*s^{commit}", AISP_FMT(branch.n ? branch : AISP_S("HEAD")));
	if (!z.p || !what.p)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a drill");
	if (!realpath(z.p, real))
		return aisp_fail(err, AISP_E_USAGE, "there is no repository %s: %s", z.p, strerror(errno));
	int r = open_repository(d, aisp_slice_z(real), &git, err);
	if (r < 0)
		return r;
	if (git_revparse_single(&base, git, what.p) < 0)
		r = aisp_fail(err, AISP_E_USAGE, "the repository %s has no branch or commit %.*s to begin at", real, AISP_FMT(branch.n ? branch : AISP_S("HEAD")));
	if (r == 0) {
		git_oid_tostr(hex, sizeof hex, git_object_id(base));
		r = aisp_drill__fact(d, "path", aisp_slice_z(real), err);
	}
	if (r == 0)
		r = aisp_drill__fact(d, "parent", aisp_slice_z(hex), err);
	if (r == 0)
		r = aisp_drill__fact(d, "branch", aisp_arena_printf(d->mem, "aisp-drill/%s", d->id), err);
	if (r == 0)
		r = aisp_drill__fact(d, "when", aisp_arena_printf(d->mem, "%lld", (long long)(d->begun_us / 1000000)), err);
	git_object_free(base);
	close_repository(git);
	return r;
}

/* Builds the objects in the drill's folder: their names depend on facts and planted bytes alone. */
static int build(struct aisp_drill *d, git_repository *git, git_oid ret[OBJECTS], struct aisp_err *err)
{
	struct aisp_slice folder = aisp_arena_printf(d->mem, "%s/objects", d->dir.p), file = aisp_arena_printf(d->mem, "%.*s.env", AISP_FMT(d->name));
	git_odb *odb = NULL;
	git_odb_backend *own = NULL;
	git_commit *parent = NULL;
	git_tree *tree = NULL, *made = NULL;
	git_treebuilder *tb = NULL;
	git_signature *who = NULL;
	git_oid from;
	int64_t when = 0;
	int r = folder.p && file.p ? aisp_fs_mkdirs(folder.p, err) : aisp_fail(err, AISP_E_NOMEM, "out of memory for a drill");

	if (r < 0)
		return r;
	(void)aisp_slice_i64(aisp_drill__get(d, "when"), &when);
	if (git_repository_odb(&odb, git) < 0 || git_odb_backend_loose(&own, folder.p, -1, 0, 0700, 0600) < 0 || git_odb_add_backend(odb, own, 1000) < 0 ||
	    git_oid_fromstr(&from, aisp_drill__get(d, "parent").p) < 0 || git_commit_lookup(&parent, git, &from) < 0 || git_commit_tree(&tree, parent) < 0 ||
	    git_odb_write(&ret[0], odb, d->planted.p, d->planted.n, GIT_OBJECT_BLOB) < 0 || git_treebuilder_new(&tb, git, tree) < 0 ||
	    git_treebuilder_insert(NULL, tb, file.p, &ret[0], GIT_FILEMODE_BLOB) < 0 || git_treebuilder_write(&ret[1], tb) < 0 || git_tree_lookup(&made, git, &ret[1]) < 0 ||
	    git_signature_new(&who, "aisp drill", "aisp-drill@localhost", when, 0) < 0 ||
	    git_commit_create_v(&ret[2], git, NULL, who, who, NULL, d->name.p, made, 1, parent) < 0)
		r = git_fail(err, "build the drill's commit");
	git_signature_free(who);
	git_treebuilder_free(tb);
	git_tree_free(made);
	git_tree_free(tree);
	git_commit_free(parent);
	git_odb_free(odb);
	return r;
}

static struct aisp_slice object_path(struct aisp_drill *d, struct aisp_slice root, const git_oid *id)
{
	char hex[GIT_OID_HEXSZ + 1];

	git_oid_tostr(hex, sizeof hex, id);
	return aisp_arena_printf(d->mem, "%.*s/%.2s/%s", AISP_FMT(root), hex, hex + 2);
}

/* Into the repository: a copy beside, of a name that cleaning knows, then the rename. */
static int bring(struct aisp_drill *d, git_repository *git, const git_oid *id, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf bytes = {0};
	struct aisp_slice own = object_path(d, aisp_arena_printf(d->mem, "%s/objects", d->dir.p), id);
	struct aisp_slice root = aisp_arena_printf(d->mem, "%sobjects", git_repository_commondir(git)), to = object_path(d, root, id);
	struct aisp_slice temp = aisp_arena_printf(d->mem, "%s/tmp_%s", root.p, d->name.p), dir = to.p ? aisp_arena_dup(d->mem, aisp_slice_dirname(to)) : to;

	if (!own.p || !temp.p || !dir.p)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a drill");
	aisp_buf_init(&bytes, OBJECT_MAX);
	int r = aisp_fs_read(AT_FDCWD, own.p, true, OBJECT_MAX, &bytes, err);
	if (r < 0)
		return r;
	if (mkdir(dir.p, 0777) < 0 && errno != EEXIST)
		return aisp_fail(err, aisp_code_from_errno(errno), "cannot write into %s: %s", root.p, strerror(errno));
	(void)unlink(temp.p);
	const int fd = open(temp.p, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0444);
	if (fd < 0)
		return aisp_fail(err, aisp_code_from_errno(errno), "cannot write into %s: %s", root.p, strerror(errno));
	r = aisp_fs_put(fd, aisp_buf_slice(&bytes), err);
	if (close(fd) < 0 && r == 0)
		r = aisp_fail(err, AISP_E_IO, "cannot write into %s", root.p);
	if (r == 0 && rename(temp.p, to.p) < 0)
		r = aisp_fail(err, aisp_code_from_errno(errno), "cannot write into %s: %s", root.p, strerror(errno));
	return r;
}

int aisp_drill__git_plant(struct aisp_drill *d, struct aisp_err *err)
{
	AISP_DRILL_WIPEBUF struct aisp_buf lines = {0};
	git_repository *git = NULL;
	git_reference *ref = NULL;
	git_oid ids[OBJECTS];

	aisp_buf_init(&lines, 1 << 20);
	aisp_drill__lines(d->name, d->pairs, d->n_pairs, &lines);
	int r = aisp_secret_init(&d->planted, aisp_buf_slice(&lines), err);
	if (r == 0)
		r = aisp_drill__keep(d, err);
	if (r == 0)
		r = open_repository(d, aisp_drill__get(d, "path"), &git, err);
	if (r < 0)
		return r;
	r = build(d, git, ids, err);
	for (size_t i = 0; r == 0 && i < OBJECTS; i++)
		r = bring(d, git, &ids[i], err);
	struct aisp_slice name = aisp_arena_printf(d->mem, "refs/heads/%s", aisp_drill__get(d, "branch").p);
	close_repository(git); /* a fresh one sees only what is in the repository */
	git = NULL;
	if (r == 0)
		r = open_repository(d, aisp_drill__get(d, "path"), &git, err);
	if (r == 0 && (!name.p || git_reference_create(&ref, git, name.p, &ids[2], 0, d->name.p) < 0))
		r = git_fail(err, "make the drill's branch");
	git_reference_free(ref);
	if (git)
		close_repository(git);
	return r;
}

/* Files that a kill in the middle of a change of the reference may leave, and the folders made for them. */
static void remove_reference(struct aisp_drill *d, git_repository *git)
{
	static const char *const forms[] = {"%srefs/heads/%s", "%srefs/heads/%s.lock", "%slogs/refs/heads/%s", "%slogs/refs/heads/%s.lock"};
	static const char *const dirs[] = {"%srefs/heads/aisp-drill", "%slogs/refs/heads/aisp-drill"};
	git_reference *ref = NULL;
	struct aisp_slice name = aisp_arena_printf(d->mem, "refs/heads/%s", aisp_drill__get(d, "branch").p);
	char path[PATH_MAX];

	for (size_t i = 1; i < 4; i += 2) /* the locks first: they are a dead drill's, and would hold up the deletion */
		if (snprintf(path, sizeof path, forms[i], git_repository_commondir(git), aisp_drill__get(d, "branch").p) < (int)sizeof path)
			(void)unlink(path);
	if (name.p && git_reference_lookup(&ref, git, name.p) == 0)
		(void)git_reference_delete(ref); /* also from packed-refs */
	git_reference_free(ref);
	for (size_t i = 0; i < 4; i++)
		if (snprintf(path, sizeof path, forms[i], git_repository_commondir(git), aisp_drill__get(d, "branch").p) < (int)sizeof path)
			(void)unlink(path);
	for (size_t i = 0; i < 2; i++)
		if (snprintf(path, sizeof path, dirs[i], git_repository_commondir(git)) < (int)sizeof path)
			(void)rmdir(path); /* stays while another drill's branch is in it */
}

static int remove_objects(struct aisp_drill *d, git_repository *git, struct aisp_err *err)
{
	git_oid ids[OBJECTS];
	struct aisp_slice root = aisp_arena_printf(d->mem, "%sobjects", git_repository_commondir(git)), temp = aisp_arena_printf(d->mem, "%s/tmp_%s", root.p, d->name.p);

	if (!temp.p)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a drill");
	(void)unlink(temp.p);
	if (!d->planted.n)
		return 0; /* it never came to objects */
	int r = build(d, git, ids, err);
	for (size_t i = 0; r == 0 && i < OBJECTS; i++) {
		struct aisp_slice path = object_path(d, root, &ids[i]), dir = path.p ? aisp_arena_dup(d->mem, aisp_slice_dirname(path)) : path;
		if (!dir.p)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory for a drill");
		if (unlink(path.p) < 0 && errno != ENOENT)
			r = aisp_fail(err, aisp_code_from_errno(errno), "cannot remove %s: %s", path.p, strerror(errno));
		(void)rmdir(dir.p); /* empty: it was made for us, or was of no use */
	}
	return r;
}

int aisp_drill__git_clean(struct aisp_drill *d, struct aisp_err *err)
{
	git_repository *git = NULL;
	git_reference *ref = NULL;
	struct stat st;

	if (!aisp_drill__get(d, "path").n || (stat(aisp_drill__get(d, "path").p, &st) < 0 && errno == ENOENT))
		return 0; /* the repository is gone, and all with it */
	int r = open_repository(d, aisp_drill__get(d, "path"), &git, err);
	if (r < 0)
		return r;
	remove_reference(d, git);
	struct aisp_slice name = aisp_arena_printf(d->mem, "refs/heads/%s", aisp_drill__get(d, "branch").p);
	if (name.p && git_reference_lookup(&ref, git, name.p) == 0)
		r = aisp_fail(err, AISP_E_ACCESS, "cannot delete the branch %.*s of %.*s", AISP_FMT(aisp_drill__get(d, "branch")), AISP_FMT(aisp_drill__get(d, "path")));
	git_reference_free(ref);
	if (r == 0)
		r = remove_objects(d, git, err);
	close_repository(git);
	return r;
}
