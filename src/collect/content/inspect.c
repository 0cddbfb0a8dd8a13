/* See inspect.h. */
#include "collect/content/inspect.h"
#include "base/clock.h"
#include "base/jw.h"
#include "base/task.h"
#include "base/vec.h"
#include "collect/files/repo.h"
#include "collect/git/history.h"
#include "collect/verify/verify.h"
#include "collect/worker/worker.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WORKERS_MAX = 64, MIB = 1024 * 1024 };

struct inspect {
	const struct aisp_inspect *in;
	struct aisp_watch *watch;
	int root;
	const struct aisp_walk *walk;
	struct aisp_history *history;
	struct aisp_content_worker *workers[WORKERS_MAX];
	struct aisp_arena *arenas[WORKERS_MAX];
	struct aisp_buf *lines; /* one an item */
	AISP_VEC(uint32_t) holders; /* blobs with hits, ascending */
	_Atomic uint64_t bytes, files, blobs;
	uint64_t deadline_ns;
	pthread_mutex_t box_lock;
};

static void put_gap(struct aisp_buf *out, struct aisp_slice path, enum aisp_code code, const char *why)
{
	struct aisp_jw w;

	aisp_jw_init(&w, out, false);
	aisp_jw_obj(&w);
	aisp_jw_kz(&w, "what", "gap");
	aisp_jw_kstr(&w, "path", path);
	aisp_jw_kz(&w, "code", aisp_code_name(code));
	aisp_jw_kz(&w, "why", why);
	aisp_jw_end(&w);
	aisp_buf_putc(out, '\n');
}

static int ready(struct inspect *s, unsigned worker, struct aisp_err *err)
{
	if (!s->arenas[worker])
		s->arenas[worker] = aisp_arena_new((size_t)256 * MIB);
	if (!s->arenas[worker])
		return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	return s->workers[worker] ? 0 : aisp_content_worker_new(s->in->content, &s->workers[worker], err);
}

static int open_file(struct inspect *s, const char *path, struct aisp_input *ret, struct aisp_err *err)
{
	struct stat st;
	int fd = openat(s->root, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return aisp_fail(err, aisp_code_from_errno(errno), "%s", strerror(errno));
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return aisp_fail(err, AISP_E_ACCESS, "not a regular file");
	}
	*ret = aisp_input_fd(fd, 0, (uint64_t)st.st_size);
	return 0;
}

/* Credentials that the parent asks about; their values go no further. */
static void hand_over(struct inspect *s, const struct aisp_content_report *report)
{
	if (!s->in->box)
		return;
	pthread_mutex_lock(&s->box_lock);
	aisp_verify_box_add(s->in->box, report);
	pthread_mutex_unlock(&s->box_lock);
	aisp_verify_wipe(report);
}

static int one_file(struct inspect *s, size_t i, unsigned worker)
{
	const struct aisp_walk_file *f = &s->walk->files.v[i];
	const struct aisp_content_report *report;
	struct aisp_input in;
	struct aisp_err err = {0};
	enum aisp_code code;
	const char *why;
	struct aisp_jw w;

	if (aisp_watch_skip(s->watch, f->path, &code, &why)) {
		put_gap(&s->lines[i], f->path, code, why);
		return 0;
	}
	if (aisp_clock_mono_ns() > s->deadline_ns) {
		put_gap(&s->lines[i], f->path, AISP_E_TIMEOUT, "the time ran out before this file");
		return 0;
	}
	int r = ready(s, worker, &err);
	if (r < 0)
		return r;
	r = open_file(s, f->path.p, &in, &err);
	if (r == 0) {
		r = aisp_content_scan(s->in->content, s->workers[worker], f->path, &in, s->arenas[worker], &report, &err);
		close(in.fd);
	}
	if (r == AISP_E_NOMEM)
		return r;
	if (r < 0) {
		put_gap(&s->lines[i], f->path, (enum aisp_code)r, err.msg);
	} else {
		aisp_jw_init(&w, &s->lines[i], false);
		aisp_content_write(report, f->path, &w);
		hand_over(s, report);
		atomic_fetch_add(&s->files, 1);
		atomic_fetch_add(&s->bytes, in.size);
	}
	aisp_arena_reset(s->arenas[worker]);
	return 0;
}

static int each_file(void *ctx, size_t i, unsigned worker)
{
	struct inspect *s = ctx;

	aisp_watch_begin(s->watch, worker, s->walk->files.v[i].path);
	int r = one_file(s, i, worker);
	aisp_watch_end(s->watch, worker);
	if (worker == 0)
		aisp_progress_step(s->in->progress, i + 1, s->walk->files.n);
	return r;
}

static int each_blob(void *ctx, size_t i, unsigned worker, const struct aisp_history_blob *blob)
{
	struct inspect *s = ctx;
	const struct aisp_content_report *report;
	struct aisp_err err = {0};
	struct aisp_jw w;
	enum aisp_code code;
	const char *why;
	int r = ready(s, worker, &err);

	if (r < 0)
		return r;
	if (aisp_watch_skip(s->watch, aisp_slice_of(blob->id, 40), &code, &why)) {
		put_gap(&s->lines[i], blob->path, code, why);
		return 0;
	}
	aisp_watch_begin(s->watch, worker, aisp_slice_of(blob->id, 40));
	r = aisp_content_text(s->in->content, s->workers[worker], aisp_slice_z(blob->commit_id), blob->path, blob->text, s->arenas[worker], &report, &err);
	if (r == 0) {
		aisp_jw_init(&w, &s->lines[i], false);
		aisp_content_write(report, blob->path, &w);
		hand_over(s, report);
		atomic_fetch_add(&s->files, 1);
		atomic_fetch_add(&s->bytes, blob->text.n);
	} else if (r != AISP_E_NOMEM) {
		put_gap(&s->lines[i], blob->path, (enum aisp_code)r, err.msg);
		r = 0;
	}
	aisp_arena_reset(s->arenas[worker]);
	aisp_watch_end(s->watch, worker);
	const uint64_t done = atomic_fetch_add(&s->blobs, 1) + 1;
	if (worker == 0)
		aisp_progress_step(s->in->progress, done, aisp_history_size(s->history));
	return r;
}

/* Each line of a blob gets the commit's members behind its own. */
static int put_commit_lines(struct inspect *s, size_t i, const struct aisp_history_trace *t, struct aisp_buf *out, struct aisp_err *err)
{
	struct aisp_slice rest = aisp_buf_slice(&s->lines[i]), line;
	struct aisp_history_commit c = {0};
	AISP_AUTOBUF struct aisp_buf more = {0};
	struct aisp_jw w;
	char iso[AISP_ISO_LEN + 1];

	aisp_buf_init(&more, 1 << 16);
	aisp_jw_init(&w, &more, false);
	aisp_jw_obj(&w);
	if (t->first != UINT32_MAX) {
		int r = aisp_history_commit(s->history, t->first, &c, err);
		if (r < 0)
			return r;
		aisp_clock_iso(c.time_s * 1000000, iso);
		aisp_jw_kz(&w, "commit", c.id);
		aisp_jw_kstr(&w, "author", c.author);
		aisp_jw_kz(&w, "date", iso);
	}
	aisp_jw_kint(&w, "commits", t->commits);
	aisp_jw_kbool(&w, "in_head", t->in_head);
	aisp_jw_end(&w);
	while (rest.p && aisp_slice_split(&rest, '\n', &line)) {
		if (line.n < 2)
			continue;
		aisp_buf_put(out, aisp_slice_to(line, line.n - 1));
		aisp_buf_putc(out, ',');
		aisp_buf_put(out, aisp_slice_from(aisp_buf_slice(&more), 1));
		aisp_buf_putc(out, '\n');
	}
	return 0;
}

static int put_history(struct inspect *s, struct aisp_buf *out, struct aisp_err *err)
{
	for (size_t i = 0; i < aisp_history_size(s->history); i++)
		if (s->lines[i].n && aisp_vec_push(&s->holders, (uint32_t)i) < 0)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	struct aisp_history_trace *traces = aisp_mem_zalloc(s->holders.n + 1, sizeof *traces);
	if (!traces)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	int r = s->holders.n ? aisp_history_trace(s->history, s->holders.v, s->holders.n, traces, err) : 0;
	for (size_t i = 0; r == 0 && i < s->holders.n; i++)
		r = put_commit_lines(s, s->holders.v[i], &traces[i], out, err);
	aisp_mem_free(traces);
	return r;
}

static void put_history_gaps(struct inspect *s, struct aisp_buf *out)
{
	struct aisp_history_counts n;
	char text[160];

	aisp_history_count(s->history, &n);
	if (n.shallow)
		put_gap(out, AISP_S(".git"), AISP_E_NOTFOUND, "a shallow clone: the history ends where it was cut off; fetch it with git fetch --unshallow");
	if (n.missing) {
		snprintf(text, sizeof text, "%u objects are missing or damaged (a partial clone?)", n.missing);
		put_gap(out, AISP_S(".git"), AISP_E_NOTFOUND, text);
	}
	if (n.too_large) {
		snprintf(text, sizeof text, "%u blobs over 64 MiB were passed over", n.too_large);
		put_gap(out, AISP_S(".git"), AISP_E_LIMIT, text);
	}
	if (n.out_of_time)
		put_gap(out, AISP_S(".git"), AISP_E_TIMEOUT, "the time ran out before all objects were read");
}

static int make_lines(struct inspect *s, size_t n, struct aisp_err *err)
{
	s->lines = aisp_mem_zalloc(n + 1, sizeof *s->lines);
	return s->lines ? 0 : aisp_fail(err, AISP_E_NOMEM, "out of memory");
}

static void done(struct inspect *s, size_t n)
{
	for (size_t i = 0; s->lines && i < n; i++)
		aisp_buf_done(&s->lines[i]);
	aisp_mem_free(s->lines);
	for (size_t i = 0; i < WORKERS_MAX; i++) {
		aisp_content_worker_free(s->workers[i]);
		aisp_arena_free(s->arenas[i]);
	}
	aisp_vec_done(&s->holders);
	aisp_history_free(s->history);
}

static int run_history(struct inspect *s, struct aisp_buf *out, struct aisp_err *err)
{
	const struct aisp_history_options o = {.unreachable = s->in->unreachable, .deadline_ns = s->deadline_ns};
	int r = aisp_history_open(s->in->path, &o, &s->history, err);

	if (r == 0)
		r = make_lines(s, aisp_history_size(s->history), err);
	if (r == 0)
		r = aisp_history_each(s->history, each_blob, s, err);
	if (r == 0)
		r = put_history(s, out, err);
	if (r == 0)
		put_history_gaps(s, out);
	done(s, s->history ? aisp_history_size(s->history) : 0);
	return r;
}

static int run_files(struct inspect *s, struct aisp_buf *out, struct aisp_err *err)
{
	struct aisp_arena *a = aisp_arena_new((size_t)2048 * MIB);
	struct aisp_target t = {.text = aisp_slice_z(s->in->path)};
	struct aisp_walk walk = {0};
	struct aisp_repo repo = {0};
	int r = a ? aisp_repo_open(&t, a, &repo, &s->root, err) : aisp_fail(err, AISP_E_NOMEM, "out of memory");

	if (r == 0 && repo.only.n)
		r = aisp_repo_single(s->root, repo.only, a, &walk, err);
	else if (r == 0)
		r = aisp_walk_run(&walk, a, s->root, &(struct aisp_walk_options){.everything = s->in->ignored}, err);
	s->walk = &walk;
	if (r == 0)
		r = make_lines(s, walk.files.n, err);
	if (r == 0)
		r = aisp_task_each(walk.files.n, each_file, s, err);
	for (size_t i = 0; r == 0 && i < walk.files.n; i++)
		aisp_buf_put(out, aisp_buf_slice(&s->lines[i]));
	for (size_t i = 0; r == 0 && i < walk.gaps.n; i++) {
		struct aisp_slice why = aisp_arena_dup(a, walk.gaps.v[i].detail);
		put_gap(out, walk.gaps.v[i].path, walk.gaps.v[i].why, why.p ? why.p : "");
	}
	done(s, walk.files.n);
	aisp_walk_done(&walk);
	if (s->root >= 0)
		close(s->root);
	aisp_arena_free(a);
	return r;
}

int aisp_inspect_run(const struct aisp_inspect *in, struct aisp_watch *watch, struct aisp_buf *out, struct aisp_err *err)
{
	struct inspect s = {.in = in, .watch = watch, .root = -1, .box_lock = PTHREAD_MUTEX_INITIALIZER};
	struct aisp_jw w;

	if (in->box) /* a child that died may have left some */
		aisp_verify_box_clear(in->box);
	s.deadline_ns = aisp_clock_mono_ns() + (uint64_t)(in->timeout_s ? in->timeout_s : 3600) * 1000000000u;
	int r = in->history ? run_history(&s, out, err) : run_files(&s, out, err);
	if (r < 0)
		return r;
	aisp_jw_init(&w, out, false);
	aisp_jw_obj(&w);
	aisp_jw_kz(&w, "what", "summary");
	aisp_jw_kz(&w, "read", in->history ? "history" : "files");
	aisp_jw_kint(&w, in->history ? "blobs" : "files", (int64_t)s.files);
	aisp_jw_kint(&w, "bytes", (int64_t)s.bytes);
	aisp_jw_end(&w);
	aisp_buf_putc(out, '\n');
	return aisp_buf_check(out, err);
}
