/* See content_scan.h. */
#include "collect/files/content_scan.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/task.h"
#include "collect/files/content_graph.h"
#include "collect/git/history.h"
#include "collect/worker/worker.h"
#include "scan/secrets/ignore.h"
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WORKERS_MAX = 64, MIB = 1024 * 1024 };

struct result {
	const struct aisp_content_report *report;
	enum aisp_code gap;
	struct aisp_slice detail;
};
struct blob {
	const struct aisp_content_report *report; /* NULL: nothing in it */
	struct aisp_slice path;
	uint32_t commit;
};
struct aisp_content_stage {
	const struct aisp_collect *c;
	const struct aisp_target *target;
	const struct aisp_walk *walk;
	int root;
	uint64_t deadline_ns;
	struct result *results; /* one a file */
	struct blob *blobs;     /* one a blob of the history */
	struct aisp_content_worker *workers[WORKERS_MAX];
	struct aisp_arena *arenas[WORKERS_MAX];
	/* Of the history: could not be looked at; only in part; no room for what is in them. */
	_Atomic uint32_t blobs_lost, blobs_partial, blobs_full;
};

static int ready(struct aisp_content_stage *s, unsigned worker, struct aisp_err *err)
{
	if (!s->arenas[worker])
		s->arenas[worker] = aisp_arena_new((size_t)512 * MIB);
	if (!s->arenas[worker])
		return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	return s->workers[worker] ? 0 : aisp_content_worker_new(s->c->content, &s->workers[worker], err);
}

static int open_file(int root, const char *path, struct aisp_input *ret, struct aisp_err *err)
{
	struct stat st;
	int fd = aisp_fault_hit() ? (errno = EIO, -1) : openat(root, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return aisp_fail(err, aisp_code_from_errno(errno), "%s", strerror(errno));
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return aisp_fail(err, AISP_E_ACCESS, "not a regular file");
	}
	*ret = aisp_input_fd(fd, 0, (uint64_t)st.st_size);
	return 0;
}

static int gap(struct aisp_content_stage *s, size_t i, unsigned worker, enum aisp_code why, const char *detail)
{
	s->results[i].gap = why;
	s->results[i].detail = aisp_arena_dup(s->arenas[worker], aisp_slice_z(detail));
	return s->results[i].detail.p ? 0 : AISP_E_NOMEM;
}

static int look(struct aisp_content_stage *s, size_t i, unsigned worker)
{
	const struct aisp_walk_file *f = &s->walk->files.v[i];
	struct aisp_err err = {0};
	struct aisp_input in;
	enum aisp_code code;
	const char *why;
	int r = ready(s, worker, &err);

	if (r < 0)
		return r;
	if (aisp_watch_skip(s->c->watch, f->path, &code, &why))
		return gap(s, i, worker, code, why);
	if (aisp_clock_mono_ns() > s->deadline_ns)
		return gap(s, i, worker, AISP_E_TIMEOUT, "the time for this source ran out before it was looked into");
	r = open_file(s->root, f->path.p, &in, &err);
	if (r < 0)
		return r == AISP_E_NOMEM ? r : gap(s, i, worker, (enum aisp_code)r, err.msg);
	r = aisp_content_scan(s->c->content, s->workers[worker], f->path, &in, s->arenas[worker], &s->results[i].report, &err);
	close(in.fd);
	if (r == AISP_E_NOMEM && aisp_arena_full(s->arenas[worker]))
		return gap(s, i, worker, AISP_E_LIMIT, "no room left for what was found; scan parts as targets of their own");
	return r < 0 && r != AISP_E_NOMEM ? gap(s, i, worker, (enum aisp_code)r, err.msg) : r;
}

static int each_file(void *ctx, size_t i, unsigned worker)
{
	struct aisp_content_stage *s = ctx;

	aisp_watch_begin(s->c->watch, worker, s->walk->files.v[i].path);
	int r = look(s, i, worker);
	aisp_watch_end(s->c->watch, worker);
	if (worker == 0)
		aisp_progress_step(s->c->progress, i + 1, s->walk->files.n);
	return r;
}

int aisp_content_stage_run(const struct aisp_collect *c, const struct aisp_target *target, int root, const struct aisp_walk *walk, uint64_t deadline_ns,
                           struct aisp_content_stage **ret, struct aisp_err *err)
{
	struct aisp_content_stage *s = aisp_mem_zalloc(1, sizeof *s);
	int r = 0;

	if (!s)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	*s = (struct aisp_content_stage){.c = c, .target = target, .walk = walk, .root = root, .deadline_ns = deadline_ns};
	s->results = aisp_mem_zalloc(walk->files.n + 1, sizeof *s->results);
	r = s->results ? aisp_task_each(walk->files.n, each_file, s, err) : aisp_fail(err, AISP_E_NOMEM, "out of memory");
	if (r < 0) {
		aisp_content_stage_free(s);
		return r;
	}
	*ret = s;
	return 0;
}

void aisp_content_stage_free(struct aisp_content_stage *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < WORKERS_MAX; i++) {
		aisp_content_worker_free(s->workers[i]);
		aisp_arena_free(s->arenas[i]);
	}
	aisp_mem_free(s->results);
	aisp_mem_free(s->blobs);
	aisp_mem_free(s);
}

/* History. */

static int each_blob(void *ctx, size_t i, unsigned worker, const struct aisp_history_blob *blob)
{
	struct aisp_content_stage *s = ctx;
	const struct aisp_content_report *report = NULL;
	struct aisp_err err = {0};
	enum aisp_code code;
	const char *why;
	int r = ready(s, worker, &err);

	if (r < 0)
		return r;
	if (aisp_watch_skip(s->c->watch, aisp_slice_of(blob->id, 40), &code, &why)) {
		atomic_fetch_add(&s->blobs_lost, 1);
		return 0;
	}
	aisp_watch_begin(s->c->watch, worker, aisp_slice_of(blob->id, 40));
	r = aisp_content_text(s->c->content, s->workers[worker], aisp_slice_z(blob->commit_id), blob->path, blob->text, s->arenas[worker], &report, &err);
	aisp_watch_end(s->c->watch, worker);
	if (r == 0 && report->n_secrets) {
		s->blobs[i] = (struct blob){report, aisp_arena_dup(s->arenas[worker], blob->path), blob->commit};
		r = s->blobs[i].path.p ? 0 : AISP_E_NOMEM;
	}
	if (r == AISP_E_NOMEM && aisp_arena_full(s->arenas[worker])) {
		s->blobs[i].report = NULL;
		atomic_fetch_add(&s->blobs_full, 1);
		return 0;
	}
	if (r < 0 && r != AISP_E_NOMEM) {
		atomic_fetch_add(&s->blobs_lost, 1);
		return 0;
	}
	if (r == 0 && report->n_partial)
		atomic_fetch_add(&s->blobs_partial, 1);
	return r;
}

static void history_gaps(const struct aisp_content_stage *s, struct aisp_emit *e, struct aisp_history *h)
{
	struct aisp_history_counts n;

	aisp_history_count(h, &n);
	if (n.shallow)
		aisp_emit_gap(e, AISP_S(".git"), AISP_E_NOTFOUND, AISP_S("a shallow clone: the history ends where it was cut off; git fetch --unshallow"));
	if (n.missing)
		aisp_emit_gap(e, AISP_S(".git"), AISP_E_NOTFOUND, aisp_emit_fmt(e, "%u objects are missing or damaged (a partial clone?)", n.missing));
	if (n.too_large)
		aisp_emit_gap(e, AISP_S(".git"), AISP_E_LIMIT, aisp_emit_fmt(e, "%u blobs over 64 MiB were passed over", n.too_large));
	if (s->blobs_lost)
		aisp_emit_gap(e, AISP_S(".git"), AISP_E_LIMIT, aisp_emit_fmt(e, "%u blobs could not be looked at: the process that read them died on them or hung, or they could not be read", s->blobs_lost));
	if (s->blobs_partial)
		aisp_emit_gap(e, AISP_S(".git"), AISP_E_LIMIT, aisp_emit_fmt(e, "%u blobs were only partly looked at (too much in one of them)", s->blobs_partial));
	if (s->blobs_full)
		aisp_emit_gap(e, AISP_S(".git"), AISP_E_LIMIT, aisp_emit_fmt(e, "no room left for what was found in %u blobs", s->blobs_full));
	if (n.out_of_time)
		aisp_emit_gap(e, AISP_S(".git"), AISP_E_TIMEOUT, AISP_S("the time for this source ran out before all of the history was read"));
	aisp_emit_int(e, e->repo_node, "commits", n.commits);
	aisp_emit_int(e, e->repo_node, "history_blobs", n.blobs);
}

static int add_blobs(struct aisp_content_stage *s, struct aisp_emit *e, struct aisp_content_graph *g, struct aisp_history *h,
                     const uint32_t *holders, const struct aisp_history_trace *traces, size_t n, struct aisp_err *err)
{
	char iso[AISP_ISO_LEN + 1];

	for (size_t i = 0; i < n; i++) {
		const struct blob *b = &s->blobs[holders[i]];
		struct aisp_content_commit out = {.commits = traces[i].commits, .in_head = traces[i].in_head};
		struct aisp_history_commit c;
		if (b->commit != UINT32_MAX) {
			int r = aisp_history_commit(h, b->commit, &c, err);
			if (r == AISP_E_NOMEM)
				return r;
			if (r == 0) {
				aisp_clock_iso(c.time_s * 1000000, iso);
				out.id = aisp_emit_fmt(e, "%s", c.id);
				out.date = aisp_emit_fmt(e, "%s", iso);
				out.author = c.author;
			}
		}
		aisp_content_graph_add_history(g, b->path, b->report, &out);
	}
	return 0;
}

static int trace_blobs(struct aisp_content_stage *s, struct aisp_emit *e, struct aisp_content_graph *g, struct aisp_history *h, struct aisp_err *err)
{
	size_t all = aisp_history_size(h), n = 0;
	AISP_AUTOFREE uint32_t *holders = aisp_mem_zalloc(all + 1, sizeof *holders);
	AISP_AUTOFREE struct aisp_history_trace *traces = NULL;
	int r = 0;

	if (!holders)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	for (size_t i = 0; i < all; i++)
		if (s->blobs[i].report)
			holders[n++] = (uint32_t)i;
	traces = aisp_mem_zalloc(n + 1, sizeof *traces);
	if (!traces)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	if (n)
		r = aisp_history_trace(h, holders, n, traces, err);
	return r < 0 ? r : add_blobs(s, e, g, h, holders, traces, n, err);
}

static int add_history(struct aisp_content_stage *s, struct aisp_emit *e, struct aisp_content_graph *g, const char *top, struct aisp_err *err)
{
	const struct aisp_history_options o = {.unreachable = s->target->unreachable, .deadline_ns = s->deadline_ns};
	struct aisp_history *h = NULL;
	struct aisp_err why = {0};

	if (!aisp_history_is(top)) {
		aisp_emit_gap(e, AISP_S(".git"), AISP_E_NOTFOUND, AISP_S("its history was asked for, but the folder is not the top of a git repository"));
		return 0;
	}
	int r = aisp_history_open(top, &o, &h, &why);
	if (r < 0 && r != AISP_E_NOMEM) {
		aisp_emit_gap(e, AISP_S(".git"), (enum aisp_code)r, aisp_slice_z(why.msg));
		return 0;
	}
	if (r == 0) {
		s->blobs = aisp_mem_zalloc(aisp_history_size(h) + 1, sizeof *s->blobs);
		r = s->blobs ? aisp_history_each(h, each_blob, s, err) : aisp_fail(err, AISP_E_NOMEM, "out of memory");
	}
	if (r == 0)
		r = trace_blobs(s, e, g, h, err);
	if (r == 0)
		history_gaps(s, e, h);
	aisp_history_free(h);
	return r;
}

/* .gitleaksignore at the top, which gitleaks' users bring along. */
static int read_ignore(struct aisp_content_stage *s, struct aisp_emit *e, struct aisp_secrets_ignore **ret, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf text = {0};
	struct aisp_err why = {0};
	size_t skipped = 0;

	aisp_buf_init(&text, 32 * MIB);
	int r = aisp_fs_read(s->root, ".gitleaksignore", true, 32 * MIB, &text, &why);
	if (r == AISP_E_NOTFOUND)
		return 0;
	if (r == 0)
		r = aisp_secrets_ignore_new(e->a, aisp_buf_slice(&text), ret, &skipped, &why);
	if (r == AISP_E_NOMEM)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for .gitleaksignore");
	if (r < 0)
		aisp_emit_gap(e, AISP_S(".gitleaksignore"), (enum aisp_code)r, aisp_slice_z(why.msg));
	if (r == 0 && skipped)
		aisp_emit_gap(e, AISP_S(".gitleaksignore"), AISP_E_PARSE, aisp_emit_fmt(e, "%zu lines are no fingerprint (file:rule:line)", skipped));
	return 0;
}

int aisp_content_stage_add(struct aisp_content_stage *s, struct aisp_emit *e, const char *top, struct aisp_err *err)
{
	struct aisp_secrets_ignore *ignore = NULL;
	int r = read_ignore(s, e, &ignore, err);
	struct aisp_content_graph *g = r == 0 ? aisp_content_graph_new(e, ignore) : NULL;

	if (r < 0)
		return r;
	if (!g)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	for (size_t i = 0; i < s->walk->files.n && !e->bad; i++) {
		const struct result *x = &s->results[i];
		if (x->gap)
			aisp_emit_gap(e, s->walk->files.v[i].path, x->gap, x->detail);
		else if (x->report)
			aisp_content_graph_add(g, s->walk->files.v[i].path, x->report);
	}
	if ((s->target->history || s->target->unreachable))
		r = add_history(s, e, g, top, err);
	aisp_content_graph_free(g);
	return r;
}
