/* Model files: telling the format, running its reader, and the report.
 *
 * Not for: what a format means; each reader has its own file (readers.c lists them).
 * Invariants: an issue's texts are printable, cut and without credentials; when issues are over the limit the least severe
 * make place; a report is clean only when no reader said that it left something out.
 */
#include "scan/modelfile/modelfile_int.h"
#include "base/clock.h"
#include "base/mem.h"
#include <stdio.h>
#include <stdlib.h>

enum {
	HEAD_BYTES = 4096,
	WHAT_MAX = 200,
	FACT_MAX = 500,
	FACTS_MAX = 400,
	PLACE_MAX = 1000,
	TMP_BYTES_MAX = 256 << 20,
	TOKEN_MIN = 24, /* a run of token characters this long may be a credential */
};

const char *aisp_model_format_name(enum aisp_model_format f)
{
	static const char *const names[] = {
		"none",
#define X(sym, name, runs) name,
		AISP_MODEL_FORMATS(X)
#undef X
	};
	return (unsigned)f < AISP_MODEL_FORMAT_END ? names[f] : "none";
}

enum aisp_model_runs aisp_model_format_runs(enum aisp_model_format f)
{
	static const enum aisp_model_runs runs_of[] = {
		AISP_MODEL_DATA,
#define X(sym, name, runs) runs,
		AISP_MODEL_FORMATS(X)
#undef X
	};
	return (unsigned)f < AISP_MODEL_FORMAT_END ? runs_of[f] : AISP_MODEL_DATA;
}

bool aisp_model__nomem(struct aisp_model_run *run)
{
	if (!run->bad)
		run->bad = aisp_fail(&run->err, AISP_E_NOMEM, "out of memory while looking at a model file");
	return false;
}

/* ---- texts ---- */

static bool is_token(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static bool looks_secret(struct aisp_slice token)
{
	size_t digits = 0, upper = 0, lower = 0;

	if (token.n < TOKEN_MIN)
		return false;
	for (size_t i = 0; i < token.n; i++) {
		digits += token.p[i] >= '0' && token.p[i] <= '9';
		upper += token.p[i] >= 'A' && token.p[i] <= 'Z';
		lower += token.p[i] >= 'a' && token.p[i] <= 'z';
	}
	return digits >= 2 && upper + lower >= 4;
}

/* Appends `text` without what looks like a credential: long mixed tokens, and the password of a URL. */
static void put_redacted(struct aisp_buf *b, struct aisp_slice text)
{
	size_t i = 0;

	while (i < text.n) {
		size_t end = i;
		while (end < text.n && is_token(text.p[end]))
			end++;
		if (end == i) {
			aisp_buf_putc(b, text.p[i++]);
			continue;
		}
		struct aisp_slice token = aisp_slice_of(text.p + i, end - i);
		bool password = i > 0 && text.p[i - 1] == ':' && end < text.n && text.p[end] == '@';
		if (password) {
			aisp_buf_putz(b, "***");
		} else if (looks_secret(token)) {
			aisp_buf_put(b, aisp_slice_to(token, 4));
			aisp_buf_putz(b, "***");
		} else {
			aisp_buf_put(b, token);
		}
		i = end;
	}
}

/* A cut at a whole character. */
static struct aisp_slice cut(struct aisp_slice s, size_t max)
{
	if (s.n <= max)
		return s;
	size_t n = max;
	while (n > 0 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	return aisp_slice_to(s, n);
}

static struct aisp_slice printable(struct aisp_model_run *run, struct aisp_slice text, size_t max, bool redact)
{
	struct aisp_buf AISP_AUTOBUF plain = {0}, AISP_AUTOBUF shown = {0};

	aisp_buf_init(&plain, 64 << 10);
	aisp_buf_init(&shown, 64 << 10);
	if (redact)
		put_redacted(&plain, aisp_slice_to(text, 4 * max));
	else
		aisp_buf_put(&plain, aisp_slice_to(text, 4 * max));
	aisp_buf_put_printable(&shown, aisp_buf_slice(&plain));
	struct aisp_slice out = aisp_arena_dup(run->a, cut(aisp_buf_slice(&shown), max));
	if (!out.p || plain.bad || shown.bad) {
		aisp_model__nomem(run);
		return AISP_S("");
	}
	return out;
}

struct aisp_slice aisp_model__place(struct aisp_model_run *run, struct aisp_slice where)
{
	struct aisp_buf AISP_AUTOBUF b = {0};

	if (run->where.n == 0 || where.n == 0)
		return printable(run, run->where.n ? run->where : where, PLACE_MAX, false);
	aisp_buf_init(&b, 64 << 10);
	aisp_buf_put(&b, aisp_slice_to(run->where, PLACE_MAX));
	aisp_buf_putc(&b, '!');
	aisp_buf_put(&b, aisp_slice_to(where, PLACE_MAX));
	return printable(run, aisp_buf_slice(&b), PLACE_MAX, false);
}

/* ---- issues, facts, limits ---- */

static struct aisp_model_issue *room_for_issue(struct aisp_model_run *run, enum aisp_model_severity severity)
{
	size_t lowest = 0;

	if (run->n_issues < run->cap_issues)
		return &run->issues[run->n_issues++];
	run->over_issues++;
	for (size_t i = 1; i < run->n_issues; i++)
		if (run->issues[i].severity < run->issues[lowest].severity)
			lowest = i;
	return run->n_issues && run->issues[lowest].severity < severity ? &run->issues[lowest] : NULL;
}

void aisp_model__issue(struct aisp_model_run *run, const char *rule, enum aisp_model_severity severity, struct aisp_slice where,
                       uint64_t offset, struct aisp_slice what, const char *why, const char *reference)
{
	if (run->bad)
		return;
	struct aisp_model_issue made = {.rule = rule, .severity = severity, .offset = offset};
	made.where = aisp_model__place(run, where);
	made.what = printable(run, what, WHAT_MAX, true);
	made.why = aisp_arena_dup(run->a, aisp_slice_z(why));
	made.reference = aisp_arena_dup(run->a, aisp_slice_z(reference ? reference : ""));
	if (run->bad || !made.why.p || !made.reference.p) {
		aisp_model__nomem(run);
		return;
	}
	for (size_t i = 0; i < run->n_issues; i++) {
		struct aisp_model_issue *had = &run->issues[i];
		if (strcmp(had->rule, rule) == 0 && aisp_slice_eq(had->where, made.where) && aisp_slice_eq(had->what, made.what)) {
			if (severity > had->severity)
				*had = made;
			return;
		}
	}
	struct aisp_model_issue *at = room_for_issue(run, severity);
	if (at)
		*at = made;
}

void aisp_model__fact(struct aisp_model_run *run, const char *key, struct aisp_slice value)
{
	if (run->bad || value.n == 0 || run->n_facts == FACTS_MAX)
		return;
	struct aisp_slice shown = printable(run, value, FACT_MAX, true);
	for (size_t i = 0; i < run->n_facts; i++)
		if (strcmp(run->facts[i].key, key) == 0 && aisp_slice_eq(run->facts[i].value, shown))
			return;
	if (run->n_facts == run->cap_facts) {
		size_t cap = run->cap_facts ? 2 * run->cap_facts : 16;
		struct aisp_model_fact *more = aisp_arena_zalloc(run->a, cap, sizeof *more);
		if (!more) {
			aisp_model__nomem(run);
			return;
		}
		if (run->n_facts)
			memcpy(more, run->facts, run->n_facts * sizeof *more);
		run->facts = more;
		run->cap_facts = cap;
	}
	run->facts[run->n_facts++] = (struct aisp_model_fact){key, shown};
}

void aisp_model__partial(struct aisp_model_run *run, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	if (run->bad || run->partial.n)
		return;
	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	struct aisp_slice s = aisp_slice_z(n < 0 ? "could not be read" : text);
	run->partial = printable(run, s, sizeof text, false);
	if (run->where.n && !run->bad) {
		struct aisp_slice with = aisp_arena_printf(run->a, "%.*s: %.*s", AISP_FMT(aisp_model__place(run, AISP_S(""))),
		                                           AISP_FMT(run->partial));
		if (with.p)
			run->partial = with;
		else
			aisp_model__nomem(run);
	}
}

bool aisp_model__go_on(struct aisp_model_run *run)
{
	if (run->bad)
		return false;
	run->bytes_left = run->read < run->limits.max_bytes ? run->limits.max_bytes - run->read : 0;
	if (run->bytes_left == 0) {
		aisp_model__partial(run, "stopped after %llu bytes", (unsigned long long)run->read);
		return false;
	}
	if (run->next_look-- == 0) {
		run->next_look = 256;
		if (aisp_clock_mono_ns() > run->deadline_ns)
			run->deadline_ns = 0;
	}
	if (run->deadline_ns == 0) {
		aisp_model__partial(run, "stopped after %llu ms", (unsigned long long)run->limits.timeout_ms);
		return false;
	}
	return true;
}

struct aisp_slice aisp_model__take(struct aisp_model_run *run, const struct aisp_input *in, uint64_t at, size_t n)
{
	struct aisp_err err = {0};
	uint64_t left = at < in->size ? in->size - at : 0;
	size_t got = 0, take = left < n ? (size_t)left : n;

	if (in->fd < 0) {
		if (in->bytes_read)
			*in->bytes_read += take;
		return aisp_slice_of(take ? in->mem.p + at : "", take);
	}
	char *p = aisp_arena_alloc(run->tmp, take + 1);
	if (!p) {
		if (aisp_arena_full(run->tmp))
			aisp_model__partial(run, "needs more memory than it may have");
		else
			aisp_model__nomem(run);
		return (struct aisp_slice){0};
	}
	if (aisp_input_read_some(in, at, p, take, &got, &err) < 0) {
		aisp_model__partial(run, "%s", err.msg);
		return (struct aisp_slice){0};
	}
	p[got] = 0;
	return aisp_slice_of(p, got);
}

/* ---- detect, scan ---- */

static const struct aisp_model_reader *reader_of(const struct aisp_input *in, struct aisp_slice path)
{
	char head[HEAD_BYTES];
	size_t n = 0;
	int best = 0;
	const struct aisp_model_reader *found = NULL;

	if (aisp_input_read_some(in, 0, head, sizeof head, &n, NULL) < 0)
		return NULL;
	for (const struct aisp_model_reader *const *r = aisp_model__readers; *r; r++) {
		int sure = (*r)->detect(in, aisp_slice_of(head, n), path);
		if (sure > best) {
			best = sure;
			found = *r;
		}
	}
	return found;
}

enum aisp_model_format aisp_model_detect(const struct aisp_input *in, struct aisp_slice path)
{
	const struct aisp_model_reader *r = reader_of(in, path);

	return r ? r->format : AISP_MODEL_NONE;
}

void aisp_model__inside(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice name)
{
	struct aisp_input counted = *in;
	struct aisp_slice outer = run->where;

	if (!aisp_model__go_on(run) || in->size == 0)
		return;
	if (!counted.bytes_read)
		counted.bytes_read = &run->read;
	const struct aisp_model_reader *r = reader_of(&counted, name);
	if (!r)
		return;
	if (run->depth >= run->limits.max_depth) {
		aisp_model__partial(run, "%u containers deep, more were not opened", run->depth);
		return;
	}
	if (name.n)
		run->where = aisp_model__place(run, name);
	run->depth++;
	r->scan(run, &counted, name);
	run->depth--;
	run->where = outer;
}

static int by_weight(const void *va, const void *vb)
{
	const struct aisp_model_issue *a = va, *b = vb;

	if (a->severity != b->severity)
		return a->severity > b->severity ? -1 : 1;
	int c = aisp_slice_cmp(a->where, b->where);
	if (c)
		return c;
	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	c = strcmp(a->rule, b->rule);
	return c ? c : aisp_slice_cmp(a->what, b->what);
}

static void finish(struct aisp_model_run *run, struct aisp_model_report *rep)
{
	bool serious = false;

	if (run->n_issues)
		qsort(run->issues, run->n_issues, sizeof *run->issues, by_weight);
	if (run->over_issues && run->n_issues) {
		struct aisp_slice more = aisp_arena_printf(run->a, "%zu more", run->over_issues + 1);
		struct aisp_model_issue *last = &run->issues[run->n_issues - 1];
		*last = (struct aisp_model_issue){.rule = "more-issues", .severity = last->severity, .where = AISP_S(""),
			.what = more, .why = AISP_S("there are more issues than are listed"), .reference = AISP_S("")};
		if (!more.p)
			aisp_model__nomem(run);
	}
	for (size_t i = 0; i < run->n_issues; i++)
		serious |= run->issues[i].severity > AISP_MODEL_INFO;
	rep->issues = run->issues;
	rep->n_issues = run->n_issues;
	rep->facts = run->facts;
	rep->n_facts = run->n_facts;
	rep->partial = run->partial.n ? run->partial : AISP_S("");
	rep->state = run->partial.n ? AISP_MODEL_PARTIAL : serious ? AISP_MODEL_FINDINGS : AISP_MODEL_CLEAN;
	rep->bytes_read = run->read;
}

static int scan_with(const struct aisp_model_reader *r, const struct aisp_input *in, struct aisp_slice path,
                     struct aisp_model_run *run, struct aisp_model_report *rep)
{
	run->issues = aisp_arena_zalloc(run->a, run->limits.max_issues, sizeof *run->issues);
	run->cap_issues = run->limits.max_issues;
	if (!run->issues || !run->tmp)
		return aisp_model__nomem(run), run->bad;
	rep->format = r->format;
	r->scan(run, in, path);
	finish(run, rep);
	return run->bad;
}

int aisp_model_scan(const struct aisp_input *in, struct aisp_slice path, const struct aisp_model_limits *limits,
                    struct aisp_arena *a, const struct aisp_model_report **ret_report, struct aisp_err *err)
{
	struct aisp_model_run run = {.a = a};
	struct aisp_input counted = *in;
	struct aisp_err probe = {0};
	size_t n = 0;
	char first;

	if (limits)
		run.limits = *limits;
	if (!run.limits.max_bytes)
		run.limits.max_bytes = 512ull << 20;
	if (!run.limits.max_depth)
		run.limits.max_depth = 8;
	if (!run.limits.max_issues)
		run.limits.max_issues = 100;
	if (!run.limits.timeout_ms)
		run.limits.timeout_ms = 30000;
	run.deadline_ns = aisp_clock_mono_ns() + run.limits.timeout_ms * 1000000ull;
	counted.bytes_read = &run.read;
	int r = aisp_input_read_some(in, 0, &first, 1, &n, &probe);
	if (r < 0)
		return aisp_fail(err, probe.code, "%s", probe.msg);
	const struct aisp_model_reader *reader = reader_of(&counted, path);
	if (!reader) {
		*ret_report = NULL;
		return 0;
	}
	struct aisp_model_report *rep = aisp_arena_zalloc(a, 1, sizeof *rep);
	if (!rep)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while looking at a model file");
	run.tmp = aisp_arena_new(TMP_BYTES_MAX);
	r = scan_with(reader, &counted, path, &run, rep);
	aisp_arena_free(run.tmp);
	if (in->bytes_read)
		*in->bytes_read += run.read;
	if (r < 0)
		return aisp_fail(err, (enum aisp_code)r, "%s", run.err.msg);
	*ret_report = rep;
	return 0;
}
