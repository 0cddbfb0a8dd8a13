/* Opening the store, asking for a moment, writing the answer. */
#include "cli/session.h"
#include <fcntl.h>
#include "base/clock.h"
#include "base/fs.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { DEFAULT_WIDTH = 100 };

const char *aisp_session_store_path(const struct aisp_options *o)
{
	const char *path = o->store;
	if (!path)
		path = getenv("AISP_STORE");
	return path && *path ? path : ".aisp/aisp.db";
}

bool aisp_stderr_is_terminal(void)
{
	return isatty(STDERR_FILENO);
}

int aisp_session_run(struct aisp_store *store, const char *moment, int64_t *ret_run, struct aisp_err *err)
{
	uint64_t number;
	int64_t us;
	if (!moment || !*moment) {
		*ret_run = 0;
		return 0;
	}
	if (aisp_slice_u64(aisp_slice_z(moment), &number) && number > 0 && number < INT64_MAX) {
		*ret_run = (int64_t)number;
		return 0;
	}
	if (aisp_clock_parse(moment, &us) < 0)
		return aisp_fail(err, AISP_E_USAGE, "'%s' is no moment: a run number ('aisp runs' lists them), 2026-11-23 or 2026-11-23T10:00Z is expected", moment);
	int r = aisp_store_run_at(store, us, ret_run, err);
	if (r == 0 && *ret_run == 0)
		r = aisp_fail(err, AISP_E_USAGE, "no scan had finished at %s; 'aisp runs' lists the scans", moment);
	return r;
}

int aisp_session_open(const struct aisp_options *o, struct aisp_session *ret, struct aisp_err *err)
{
	const char *path = aisp_session_store_path(o);
	int64_t run = 0;
	int r = aisp_store_open(path, AISP_STORE_READONLY, &ret->store, err);
	if (r == AISP_E_NOTFOUND)
		return aisp_fail(err, AISP_E_USAGE, "there is no store at %s: scan first ('aisp scan .'), or name another with --store", path);
	if (r == 0)
		r = aisp_session_run(ret->store, o->at, &run, err);
	if (r == 0)
		r = aisp_store_load(ret->store, run, &ret->snapshot, err);
	return r;
}

int aisp_session_reach(struct aisp_session *s, struct aisp_err *err)
{
	return s->reach ? 0 : aisp_reach_new(s->snapshot, NULL, &s->reach, err);
}

void aisp_session_done(struct aisp_session *s)
{
	aisp_reach_free(s->reach);
	aisp_snapshot_free(s->snapshot);
	aisp_store_close(s->store);
}

static unsigned terminal_width(void)
{
	struct winsize size;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
		return size.ws_col;
	return DEFAULT_WIDTH;
}

/* The names of what was scanned: "support-bot, 127.0.0.1:5432/support" out of the sources' keys. */
static void put_names(const struct aisp_snapshot *s, char *ret, size_t cap)
{
	size_t n = 0;
	for (uint32_t i = 1; i <= s->n_sources && n < cap; i++) {
		struct aisp_slice key = aisp_snapshot_text(s, s->sources[i].key);
		const size_t colon = aisp_slice_chr(key, ':');
		if (aisp_slice_starts(key, AISP_S("aisp:")))
			continue;
		key = aisp_slice_from(key, colon == SIZE_MAX ? 0 : colon + 1);
		while (aisp_slice_starts(key, AISP_S("/")))
			key = aisp_slice_from(key, 1);
		const int w = snprintf(ret + n, cap - n, "%s%.*s", n ? ", " : "", AISP_FMT(key));
		n += w > 0 ? (size_t)w : 0;
	}
}

void aisp_report_init(const struct aisp_options *o, const struct aisp_snapshot *s, const char *title, struct aisp_report *ret)
{
	static char names[256]; /* one report a process */
	int n = snprintf(names, sizeof names, "%s", title);
	if (s && n >= 0 && (size_t)n + 4 < sizeof names) {
		n += snprintf(names + n, sizeof names - (size_t)n, " of ");
		put_names(s, names + n, sizeof names - (size_t)n);
	}
	*ret = (struct aisp_report){
		.snapshot = s,
		.title = aisp_slice_z(names),
		.version = aisp_slice_z(aisp_version),
		.taken_us = s ? s->taken_us : 0,
		.incomplete = s && s->n_gaps > 0,
		.width = terminal_width(),
		.color = isatty(STDOUT_FILENO) && !o->no_color && !o->output && !getenv("NO_COLOR"),
	};
}

bool aisp_is_worth_drawing(const struct aisp_snapshot *s, const struct aisp_finding *f)
{
	return f->path.n > 1 || (f->path.n == 1 && s->nodes[f->target].kind != AISP_NODE_CREDENTIAL);
}

int aisp_output(const struct aisp_options *o, struct aisp_slice bytes, struct aisp_err *err)
{
	if (o->output && strcmp(o->output, "-") != 0)
		return aisp_fs_write(o->output, bytes, 0644, err);
	int r = aisp_fs_put(STDOUT_FILENO, bytes, err);
	if (r < 0 && errno == EPIPE) /* the reader has seen enough: "aisp … | head" */
		return 0;
	return r < 0 ? aisp_wrap(err, r, "while writing the answer") : 0;
}

int aisp_report_put(const struct aisp_options *o, const struct aisp_report *r, enum aisp_view view, struct aisp_err *err)
{
	const char *name = o->format ? o->format : "table";
	const struct aisp_format *f = aisp_format_find(aisp_slice_z(name));
	AISP_AUTOBUF struct aisp_buf out = {0};
	if (!f)
		return aisp_fail(err, AISP_E_USAGE, "there is no format '%s'", name);
	if (!(f->views & 1u << view)) {
		AISP_AUTOBUF struct aisp_buf can = {0};
		aisp_buf_init(&can, 0);
		for (const struct aisp_format *const *p = aisp_formats; *p; p++)
			if ((*p)->views & 1u << view)
				aisp_buf_printf(&can, "%s%s", can.n ? ", " : "", (*p)->name);
		return aisp_fail(err, AISP_E_USAGE, "this answer has no form in '%s'; it can be had as %s", name, can.p ? can.p : "");
	}
	aisp_buf_init(&out, (size_t)4 << 30);
	int e = f->write(r, view, &out, err);
	if (e == 0)
		e = aisp_buf_check(&out, err);
	return e == 0 ? aisp_output(o, aisp_buf_slice(&out), err) : e;
}

int aisp_report_exit(const struct aisp_report *r, const char *fail_on)
{
	if (r->incomplete)
		return AISP_EXIT_INCOMPLETE;
	const enum aisp_severity least = fail_on ? aisp_severity_find(aisp_slice_z(fail_on)) : 0;
	for (size_t i = 0; least && r->findings && i < r->findings->n; i++)
		if (r->findings->v[i].severity >= least && !(r->findings->v[i].state && r->findings->v[i].state->hidden))
			return AISP_EXIT_FINDINGS;
	return AISP_EXIT_OK;
}
