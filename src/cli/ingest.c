/* ingest: logs in, uses out. Reads streams one after the other (or, with --follow, in turn), adds events to the batch and commits sums, digests and positions together.
 *
 * Invariants: what the summary counts is committed; a kill at any moment loses and doubles nothing, because positions stand in the same transaction as what was read before them.
 */
#include "base/clock.h"
#include "base/fs.h"
#include "base/jw.h"
#include "cli/session.h"
#include "collect/logs/reader.h"
#include "store/uses.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { PENDING_MAX = 2048, FOLLOWED_MAX = 512, GAPS_MAX = 50, POLL_MS = 200, COMMIT_MS = 1000, WALK_MS = 2000 };

struct followed {
	struct aisp_log_stream *stream;
	char *path;
	struct aisp_err refused;        /* why it cannot be opened, said once */
	int64_t not_understood, torn;   /* already committed */
	int64_t records_seen;           /* in the totals */
	bool ok, seen;                  /* seen: in this round of listing */
};
struct place {
	char *path, *why;
	int64_t offset; /* -1: the file as a whole */
};
struct totals {
	const struct aisp_log_format *format;
	int64_t files, not_understood, torn;
};
struct ingest {
	const struct aisp_options *o;
	const struct aisp_log_format *kind;
	struct aisp_uses *uses;
	struct aisp_arena *kept;                   /* paths and gaps */
	struct aisp_arena *pending_texts;
	AISP_VEC(struct aisp_uses_stream) pending; /* positions that the next commit writes */
	AISP_VEC(struct followed) followed;
	AISP_VEC(struct place) gaps;
	AISP_VEC(struct totals) totals;
	struct followed *now;                      /* whose stream is read */
	struct aisp_uses_stream stream;            /* of `now` */
	struct aisp_progress progress;
	int64_t bytes, files, unchanged, unread, gaps_left_out;
	uint64_t batch, added;                     /* AISP_INGEST_BATCH: commit after so many events, for tests; 0: when the batch is full */
	uint64_t begun_ns, committed_ns;
	bool uncommitted;
};

static volatile sig_atomic_t stopped;

static void on_signal(int signal)
{
	(void)signal;
	stopped = 1;
}

static int nomem(struct aisp_err *err)
{
	return aisp_fail(err, AISP_E_NOMEM, "out of memory while ingesting");
}

/* ---- what the reader tells ---- */

static struct totals *totals_of(struct ingest *in, const struct aisp_log_format *f)
{
	for (size_t i = 0; i < in->totals.n; i++)
		if (in->totals.v[i].format == f)
			return &in->totals.v[i];
	return aisp_vec_push(&in->totals, (struct totals){.format = f}) < 0 ? NULL : &in->totals.v[in->totals.n - 1];
}

static void add_gap(struct ingest *in, const char *path, int64_t offset, const char *why)
{
	struct place p = {.offset = offset};

	if (in->gaps.n == GAPS_MAX) {
		in->gaps_left_out++;
		return;
	}
	p.path = (char *)(uintptr_t)aisp_arena_dup(in->kept, aisp_slice_z(path)).p;
	p.why = (char *)(uintptr_t)aisp_arena_dup(in->kept, aisp_slice_z(why)).p;
	if (!p.path || !p.why || aisp_vec_push(&in->gaps, p) < 0)
		in->gaps_left_out++;
}

static void on_gap(void *ctx, const struct aisp_log_read *at, int64_t offset, const char *why)
{
	add_gap(ctx, at->path.p, offset, why);
}

static int on_start(void *ctx, const struct aisp_log_read *at, int64_t size, int64_t *ret_offset, uint64_t *ret_chain, bool *ret_done, struct aisp_err *err)
{
	struct ingest *in = ctx;
	struct aisp_uses_place place = {0};
	struct totals *t = totals_of(in, at->format);
	int r = at->file.n ? aisp_uses_position(in->uses, at->file, &place, err) : 0;

	if (r < 0 || !t)
		return r < 0 ? r : nomem(err);
	/* Several paths may lead to one file, and what was just read is not committed yet. */
	for (size_t i = 0; at->file.n && i < in->pending.n; i++)
		if (aisp_slice_eq(in->pending.v[i].file, at->file))
			place = (struct aisp_uses_place){.offset = in->pending.v[i].offset, .size = in->pending.v[i].size, .chain = in->pending.v[i].chain};
	t->files++;
	in->files++;
	in->stream = (struct aisp_uses_stream){.source = aisp_slice_z(at->format->name), .origin = aisp_slice_z(in->o->name), .sees = aisp_slice_z(at->format->sees), .file = at->file};
	*ret_done = place.size && place.size == size;
	in->unchanged += *ret_done;
	if (!*ret_done) {
		*ret_offset = place.offset;
		*ret_chain = place.chain;
	}
	return 0;
}

static int on_event(void *ctx, const struct aisp_log_read *at, const struct aisp_use_event *e, struct aisp_err *err)
{
	struct ingest *in = ctx;

	(void)at;
	in->added++;
	return aisp_uses_add(in->uses, &in->stream, e, err);
}

static int commit(struct ingest *in, struct aisp_err *err)
{
	int r = in->pending.n || in->uncommitted ? aisp_uses_commit(in->uses, in->pending.v, in->pending.n, err) : 0;

	in->pending.n = 0;
	aisp_arena_reset(in->pending_texts);
	in->uncommitted = false;
	in->added = 0;
	in->committed_ns = aisp_clock_mono_ns();
	return r;
}

static bool on_due(void *ctx)
{
	struct ingest *in = ctx;

	return aisp_uses_full(in->uses) || (in->batch && in->added >= in->batch) || in->pending.n >= PENDING_MAX || stopped || (in->o->follow && aisp_clock_mono_ns() - in->committed_ns > (uint64_t)COMMIT_MS * 1000000);
}

static int pend(struct ingest *in, const struct aisp_log_read *at, struct aisp_err *err)
{
	struct aisp_uses_stream s = in->stream;
	size_t i = in->pending.n;

	s.offset = at->offset;
	s.chain = at->chain;
	s.size = at->size;
	s.not_understood = at->not_understood - in->now->not_understood;
	s.torn = at->torn;
	in->now->not_understood = at->not_understood;
	while (i-- > 0)
		if (s.file.n && aisp_slice_eq(in->pending.v[i].file, s.file)) {
			s.file = in->pending.v[i].file;
			s.not_understood += in->pending.v[i].not_understood;
			in->pending.v[i] = s;
			return 0;
		}
	if (!s.file.n) { /* stdin is torn once */
		s.torn = at->torn - in->now->torn;
		in->now->torn = at->torn;
	}
	s.file = aisp_arena_dup(in->pending_texts, s.file);
	return !s.file.p || aisp_vec_push(&in->pending, s) < 0 ? nomem(err) : 0;
}

static int on_mark(void *ctx, const struct aisp_log_read *at, struct aisp_err *err)
{
	struct ingest *in = ctx;
	const bool due = on_due(in);
	int r = 0;

	in->uncommitted = true;
	aisp_progress_step(&in->progress, (uint64_t)(in->bytes + at->bytes) >> 20, 0);
	if (due)
		r = pend(in, at, err);
	if (r == 0 && due)
		r = commit(in, err);
	if (r == 0 && stopped)
		return aisp_fail(err, AISP_E_TIMEOUT, "interrupted");
	return r;
}

/* ---- streams ---- */

static int read_now(struct ingest *in, struct followed *f, bool last, struct aisp_err *err)
{
	const struct aisp_log_read *at = aisp_log_state(f->stream);
	bool ok = true;

	in->now = f;
	if (at->format)
		in->stream = (struct aisp_uses_stream){.source = aisp_slice_z(at->format->name), .origin = aisp_slice_z(in->o->name), .sees = aisp_slice_z(at->format->sees), .file = at->file};
	const int64_t before = at->bytes, misses = at->not_understood, torn = at->torn;
	int r = aisp_log_read(f->stream, last, &ok, err);

	in->bytes += at->bytes - before;
	if (at->format) {
		struct totals *t = totals_of(in, at->format);
		if (t) {
			t->not_understood += at->not_understood - misses;
			t->torn += at->torn - torn;
		}
		if (at->offset || at->not_understood || at->torn) {
			int p = pend(in, at, err);
			r = r < 0 ? r : p;
		}
	}
	in->unread += f->ok && !ok;
	f->ok = ok;
	return r;
}

static int open_now(struct ingest *in, const char *path, struct followed *ret, struct aisp_err *err)
{
	const struct aisp_log_to to = {.ctx = in, .start = on_start, .event = on_event, .due = on_due, .mark = on_mark, .gap = on_gap};
	struct aisp_err why = {0};

	ret->ok = true;
	ret->not_understood = ret->torn = 0;
	int r = aisp_log_open(path, in->kind, aisp_slice_z(in->o->name), &to, &ret->stream, &why);
	if (r == AISP_E_NOMEM)
		return nomem(err);
	if (r < 0 && strcmp(why.msg, ret->refused.msg) != 0) {
		add_gap(in, path, -1, why.msg);
		in->unread++;
		ret->refused = why;
	}
	return 0;
}

static int on_file(void *ctx, const char *path, struct aisp_err *err)
{
	struct ingest *in = ctx;
	struct followed f = {0};
	int r = open_now(in, path, &f, err);

	if (r < 0 || !f.stream)
		return r;
	r = read_now(in, &f, true, err);
	aisp_log_close(f.stream);
	return r;
}

/* ---- following ---- */

static int on_listed(void *ctx, const char *path, struct aisp_err *err)
{
	struct ingest *in = ctx;
	struct followed f = {.seen = true};

	for (size_t i = 0; i < in->followed.n; i++)
		if (strcmp(in->followed.v[i].path, path) == 0) {
			in->followed.v[i].seen = true;
			return 0;
		}
	if (in->followed.n == FOLLOWED_MAX)
		return on_file(in, path, err); /* read, but not followed */
	f.path = (char *)(uintptr_t)aisp_arena_dup(in->kept, aisp_slice_z(path)).p;
	return !f.path || aisp_vec_push(&in->followed, f) < 0 ? nomem(err) : 0;
}

static int list(struct ingest *in, int (*f)(void *ctx, const char *path, struct aisp_err *err), struct aisp_err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < in->o->args.n; i++) {
		struct aisp_err why = {0};

		r = aisp_log_walk(in->o->args.v[i], f, in, &why);
		if (r == AISP_E_ACCESS || r == AISP_E_NOTFOUND || r == AISP_E_LIMIT) { /* a folder that cannot be listed */
			add_gap(in, in->o->args.v[i], -1, why.msg);
			in->unread++;
			r = 0;
		} else if (r < 0 && err) {
			*err = why;
		}
	}
	return r;
}

static int step(struct ingest *in, struct followed *f, struct aisp_err *err)
{
	int r = 0;

	if (f->stream && aisp_log_is_replaced(f->stream)) {
		r = read_now(in, f, true, err);
		aisp_log_close(f->stream);
		f->stream = NULL;
	}
	if (r == 0 && !f->stream)
		r = open_now(in, f->path, f, err);
	return r == 0 && f->stream ? read_now(in, f, false, err) : r;
}

static void nap(void)
{
	const struct timespec t = {.tv_nsec = (long)POLL_MS * 1000000};

	nanosleep(&t, NULL);
}

static int follow(struct ingest *in, struct aisp_err *err)
{
	struct sigaction act = {.sa_handler = on_signal};
	uint64_t listed = 0;
	int r = 0;

	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	while (r == 0 && !stopped) {
		const uint64_t now = aisp_clock_mono_ns();

		if (!listed || now - listed > (uint64_t)WALK_MS * 1000000) {
			r = list(in, on_listed, err);
			listed = now;
		}
		for (size_t i = 0; r == 0 && !stopped && i < in->followed.n; i++)
			r = step(in, &in->followed.v[i], err);
		if (r == 0 && on_due(in) && (in->pending.n || in->uncommitted))
			r = commit(in, err);
		if (in->o->args.n == 1 && strcmp(in->o->args.v[0], "-") == 0)
			break; /* stdin's end is the end */
		if (!stopped)
			nap();
	}
	for (size_t i = 0; i < in->followed.n; i++)
		if (in->followed.v[i].stream && !stopped && r == 0)
			r = read_now(in, &in->followed.v[i], true, err);
	if (stopped)
		r = 0;
	return r;
}

/* ---- the answer ---- */

struct source_row {
	const struct aisp_log_format *format;
	struct totals t;
	struct aisp_uses_count c;
};

static void add_count(struct aisp_uses_count *to, const struct aisp_uses_count *c)
{
	to->events += c->events;
	to->duplicates += c->duplicates;
	to->uses += c->uses;
	if (c->first_us && (!to->first_us || c->first_us < to->first_us))
		to->first_us = c->first_us;
	if (c->last_us > to->last_us)
		to->last_us = c->last_us;
}

static struct source_row row_of(const struct ingest *in, const struct totals *t)
{
	struct source_row row = {.format = t->format, .t = *t};
	struct aisp_uses_count c;

	for (size_t i = 0; aisp_uses_counted(in->uses, i, &c); i++)
		if (aisp_slice_eqz(c.source, t->format->name))
			add_count(&row.c, &c);
	return row;
}

static void put_time(struct aisp_jw *w, const char *key, int64_t us)
{
	char iso[AISP_ISO_LEN + 1] = "";

	if (us)
		aisp_clock_iso(us, iso);
	aisp_jw_kz(w, key, us ? iso : NULL);
}

static void put_counts(struct aisp_jw *w, const struct source_row *row)
{
	aisp_jw_kint(w, "files", row->t.files);
	aisp_jw_kint(w, "events", row->c.events);
	aisp_jw_kint(w, "uses", row->c.uses);
	aisp_jw_kint(w, "duplicates", row->c.duplicates);
	aisp_jw_kint(w, "not_understood", row->t.not_understood);
	aisp_jw_kint(w, "torn", row->t.torn);
	put_time(w, "first", row->c.first_us);
	put_time(w, "last", row->c.last_us);
}

static void put_json(const struct ingest *in, double seconds, struct aisp_buf *out)
{
	struct aisp_jw w;
	struct source_row all = {0};

	aisp_jw_init(&w, out, true);
	aisp_jw_obj(&w);
	aisp_jw_kz(&w, "schema", "aisp/ingest/1");
	aisp_jw_key(&w, "sources");
	aisp_jw_arr(&w);
	for (size_t i = 0; i < in->totals.n; i++) {
		const struct source_row row = row_of(in, &in->totals.v[i]);

		aisp_jw_obj(&w);
		aisp_jw_kz(&w, "source", row.format->name);
		aisp_jw_kz(&w, "title", row.format->title);
		put_counts(&w, &row);
		aisp_jw_end(&w);
		add_count(&all.c, &row.c);
		all.t.files += row.t.files;
		all.t.not_understood += row.t.not_understood;
		all.t.torn += row.t.torn;
	}
	aisp_jw_end(&w);
	aisp_jw_key(&w, "summary");
	aisp_jw_obj(&w);
	put_counts(&w, &all);
	aisp_jw_kint(&w, "unchanged", in->unchanged);
	aisp_jw_kint(&w, "unread", in->unread);
	aisp_jw_kint(&w, "bytes", in->bytes);
	aisp_jw_key(&w, "seconds");
	aisp_jw_real(&w, seconds);
	aisp_jw_end(&w);
	aisp_jw_key(&w, "gaps");
	aisp_jw_arr(&w);
	for (size_t i = 0; i < in->gaps.n; i++) {
		aisp_jw_obj(&w);
		aisp_jw_kz(&w, "path", in->gaps.v[i].path);
		if (in->gaps.v[i].offset >= 0)
			aisp_jw_kint(&w, "offset", in->gaps.v[i].offset);
		aisp_jw_kz(&w, "reason", in->gaps.v[i].why);
		aisp_jw_end(&w);
	}
	aisp_jw_end(&w);
	aisp_jw_kint(&w, "gaps_left_out", in->gaps_left_out);
	aisp_jw_end(&w);
	aisp_buf_putc(out, '\n');
}

static void put_span(struct aisp_buf *out, int64_t first, int64_t last)
{
	char a[AISP_ISO_LEN + 1] = "", b[AISP_ISO_LEN + 1] = "";

	if (!last)
		return;
	aisp_clock_iso(first, a);
	aisp_clock_iso(last, b);
	aisp_buf_printf(out, "  %s … %s", a, b);
}

static void put_table(const struct ingest *in, double seconds, struct aisp_buf *out)
{
	int64_t events = 0;

	if (in->totals.n)
		aisp_buf_printf(out, "%-22s %7s %12s %9s %11s %14s %5s  %s\n", "SOURCE", "FILES", "EVENTS", "NEW USES", "DUPLICATES", "NOT UNDERSTOOD", "TORN", "TIME (UTC)");
	for (size_t i = 0; i < in->totals.n; i++) {
		const struct source_row row = row_of(in, &in->totals.v[i]);

		aisp_buf_printf(out, "%-22s %7lld %12lld %9lld %11lld %14lld %5lld", row.format->name, (long long)row.t.files, (long long)row.c.events, (long long)row.c.uses,
				(long long)row.c.duplicates, (long long)row.t.not_understood, (long long)row.t.torn);
		put_span(out, row.c.first_us, row.c.last_us);
		aisp_buf_putc(out, '\n');
		events += row.c.events + row.c.duplicates;
	}
	if (in->gaps.n)
		aisp_buf_putz(out, "\nNOT READ\n");
	for (size_t i = 0; i < in->gaps.n; i++) {
		aisp_buf_putz(out, "  ");
		aisp_buf_put_printable(out, aisp_slice_z(in->gaps.v[i].path));
		if (in->gaps.v[i].offset >= 0)
			aisp_buf_printf(out, ", byte %lld", (long long)in->gaps.v[i].offset);
		aisp_buf_putz(out, ": ");
		aisp_buf_put_printable(out, aisp_slice_z(in->gaps.v[i].why));
		aisp_buf_putc(out, '\n');
	}
	if (in->gaps_left_out)
		aisp_buf_printf(out, "  … and %lld more places\n", (long long)in->gaps_left_out);
	aisp_buf_printf(out, "\n%lld file%s (%lld unchanged, %lld not read), %.1f MB in %.2f s: %.0f events a second. `aisp usage` shows what was used.\n", (long long)in->files, in->files == 1 ? "" : "s",
			(long long)in->unchanged, (long long)in->unread, (double)in->bytes / 1e6, seconds, seconds > 0 ? (double)events / seconds : 0);
}

static int answer(struct ingest *in, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf out = {0};
	const double seconds = (double)(aisp_clock_mono_ns() - in->begun_ns) / 1e9;
	int64_t missed = in->unread;

	if (in->o->format && strcmp(in->o->format, "json") == 0)
		put_json(in, seconds, &out);
	else
		put_table(in, seconds, &out);
	for (size_t i = 0; i < in->totals.n; i++)
		missed += in->totals.v[i].not_understood;
	int r = aisp_buf_check(&out, err);
	if (r == 0)
		r = aisp_output(in->o, aisp_buf_slice(&out), err);
	return r < 0 ? r : missed ? AISP_EXIT_INCOMPLETE : AISP_EXIT_OK;
}

/* ---- the command ---- */

static int check(struct aisp_options *o, const struct aisp_log_format **ret_kind, struct aisp_err *err)
{
	if (o->args.n == 0)
		return aisp_fail(err, AISP_E_USAGE, "nothing to read: name log files or folders, or '-' for stdin; see 'aisp help ingest'");
	if (o->format && strcmp(o->format, "json") != 0 && strcmp(o->format, "table") != 0)
		return aisp_fail(err, AISP_E_USAGE, "ingest writes table or json, not '%s'", o->format);
	*ret_kind = o->kind ? aisp_log_format_find(aisp_slice_z(o->kind)) : NULL;
	if (o->kind && !*ret_kind) {
		AISP_AUTOBUF struct aisp_buf kinds = {0};
		aisp_log_kinds(&kinds);
		return aisp_fail(err, AISP_E_USAGE, "there is no kind of log '%s'; there are: %s", o->kind, kinds.p ? kinds.p : "");
	}
	return 0;
}

static int prepare(struct ingest *in, struct aisp_err *err)
{
	const char *path = aisp_session_store_path(in->o);
	AISP_AUTOBUF struct aisp_buf dir = {0};
	int r = 0;

	aisp_buf_init(&dir, 4096);
	if (!aisp_slice_u64(aisp_slice_z(getenv("AISP_INGEST_BATCH")), &in->batch))
		in->batch = 0;
	aisp_buf_put(&dir, aisp_slice_dirname(aisp_slice_z(path)));
	if (dir.n)
		r = aisp_fs_mkdirs(dir.p, err);
	if (r == 0 && (!(in->kept = aisp_arena_new(0)) || !(in->pending_texts = aisp_arena_new(0))))
		r = nomem(err);
	return r < 0 ? r : aisp_uses_open(path, true, &in->uses, err);
}

static void done(struct ingest *in)
{
	for (size_t i = 0; i < in->followed.n; i++)
		aisp_log_close(in->followed.v[i].stream);
	aisp_uses_close(in->uses);
	aisp_arena_free(in->kept);
	aisp_arena_free(in->pending_texts);
	aisp_vec_done(&in->pending);
	aisp_vec_done(&in->followed);
	aisp_vec_done(&in->gaps);
	aisp_vec_done(&in->totals);
}

int aisp_cmd_ingest(struct aisp_options *o, struct aisp_err *err)
{
	struct ingest in = {.o = o, .begun_ns = aisp_clock_mono_ns(), .committed_ns = aisp_clock_mono_ns()};
	int r = check(o, &in.kind, err);

	if (r == 0)
		r = prepare(&in, err);
	aisp_progress_start(&in.progress, r == 0 && !o->quiet && aisp_stderr_is_terminal(), "reading logs (MiB)");
	if (r == 0)
		r = o->follow ? follow(&in, err) : list(&in, on_file, err);
	if (r == 0)
		r = commit(&in, err);
	aisp_progress_end(&in.progress);
	if (r == 0)
		r = answer(&in, err);
	done(&in);
	return r;
}
