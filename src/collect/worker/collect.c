/* See collect.h. */
#include "collect/worker/collect.h"
#include "base/arena.h"
#include "base/fs.h"
#include "collect/worker/worker.h"
#include "graph/wire.h"
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

struct job {
	const struct aisp_collector *collector;
	const struct aisp_collect *c;
	const struct aisp_target *t;
};

/* In the child: a builder of its own, whose facts become the answer. */
static int run(void *ctx, struct aisp_watch *watch, struct aisp_buf *out, struct aisp_err *err)
{
	const struct job *job = ctx;
	struct aisp_collect c = *job->c;
	int r;

	c.graph = aisp_graph_new();
	c.watch = watch;
	if (!c.graph)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	r = aisp_graph_source(c.graph, AISP_S("worker"), AISP_S("worker"), AISP_S(""), &c.source, err);
	if (r == 0)
		r = job->collector->scan(&c, job->t, err);
	if (r == 0)
		r = aisp_graph_wire_write(c.graph, out, err);
	aisp_graph_free(c.graph);
	return r;
}

static void may_read(struct aisp_readable *r, struct aisp_slice path)
{
	if (path.n && r->n < AISP_READABLE_MAX)
		r->v[r->n++] = path;
}

static bool is_git_folder(struct aisp_slice dir, struct aisp_arena *a)
{
	struct aisp_slice objects = aisp_arena_printf(a, "%.*s/objects", AISP_FMT(dir)), head = aisp_arena_printf(a, "%.*s/HEAD", AISP_FMT(dir));
	struct stat st;

	return objects.p && head.p && lstat(objects.p, &st) == 0 && S_ISDIR(st.st_mode) && lstat(head.p, &st) == 0;
}

/* A worktree's .git is a file that names the folder "…/.git/worktrees/NAME", whose grandparent holds the objects. */
static void may_read_git(struct aisp_readable *r, struct aisp_slice top, struct aisp_arena *a)
{
	AISP_AUTOBUF struct aisp_buf text = {0};
	struct aisp_slice file = aisp_arena_printf(a, "%.*s/.git", AISP_FMT(top)), line;

	aisp_buf_init(&text, 0);
	if (!file.p || aisp_fs_read(AT_FDCWD, file.p, true, 4096, &text, NULL) < 0)
		return;
	line = aisp_slice_trim(aisp_buf_slice(&text));
	if (!aisp_slice_starts(line, AISP_S("gitdir:")))
		return;
	struct aisp_slice dir = aisp_slice_trim(aisp_slice_from(line, 7));
	dir = aisp_slice_starts(dir, AISP_S("/")) ? aisp_arena_dup(a, dir) : aisp_arena_printf(a, "%.*s/%.*s", AISP_FMT(top), AISP_FMT(dir));
	if (dir.p && aisp_slice_eqz(aisp_slice_basename(aisp_slice_dirname(dir)), "worktrees"))
		dir = aisp_slice_dirname(aisp_slice_dirname(dir));
	/* The file is the target's own word: it opens only what is a git folder. */
	if (dir.p && is_git_folder(dir, a))
		may_read(r, dir);
}

void aisp_collect_readable(const struct aisp_target *t, struct aisp_arena *a, struct aisp_readable *r)
{
	char real[PATH_MAX];
	struct stat st;
	struct aisp_slice given = aisp_arena_dup(a, t->text.n ? t->text : AISP_S(".")), path;

	if (!given.p || !realpath(given.p, real))
		return;
	path = aisp_arena_dup(a, aisp_slice_z(real));
	if (!path.p || stat(real, &st) != 0)
		return;
	if (!S_ISDIR(st.st_mode))
		path = aisp_slice_dirname(path);
	may_read(r, path.n ? path : AISP_S("/"));
	for (struct aisp_slice top = path; top.n; top = aisp_slice_dirname(top)) {
		struct aisp_slice git = aisp_arena_printf(a, "%.*s/.git", AISP_FMT(top));
		if (!git.p || stat(git.p, &st) != 0)
			continue;
		may_read(r, aisp_arena_dup(a, top));
		may_read_git(r, top, a);
		return;
	}
}

int aisp_collect_run(const struct aisp_collector *collector, const struct aisp_collect *c, const struct aisp_target *t,
                     bool unconfined, struct aisp_err *err)
{
	if (!collector->at_rest || !collector->at_rest(t))
		return collector->scan(c, t, err);
	struct job job = {collector, c, t};
	struct aisp_arena *a = aisp_arena_new(1 << 20);
	AISP_AUTOBUF struct aisp_buf out = {0};
	if (!a)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	struct aisp_readable readable = {0};
	aisp_collect_readable(t, a, &readable);
	const struct aisp_worker w = {.run = run, .ctx = &job, .readable = readable.v, .n_readable = readable.n, .unconfined = unconfined};
	aisp_buf_init(&out, (size_t)4 << 30);
	int r = aisp_worker_run(&w, &out, err);
	if (r == 0)
		r = aisp_graph_wire_read(c->graph, c->source, aisp_buf_slice(&out), err);
	aisp_arena_free(a);
	return r;
}
