/* inspect: the content detectors alone on folders, files and git histories; nothing is stored. */
#include "base/clock.h"
#include "base/fs.h"
#include "base/jw.h"
#include "base/task.h"
#include "cli/session.h"
#include "collect/content/inspect.h"
#include "collect/verify/verify.h"
#include "collect/worker/collect.h"
#include "collect/worker/worker.h"
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static const struct {
	const char *name;
	unsigned bits;
} detectors[] = {
	{"secrets", AISP_CONTENT_SECRETS | AISP_CONTENT_ARCHIVES},
	{"personal", AISP_CONTENT_PERSONAL | AISP_CONTENT_ARCHIVES},
	{"model", AISP_CONTENT_MODEL},
	{"instructions", AISP_CONTENT_INSTRUCTIONS},
};

static int choose(const char *only, unsigned *ret, struct aisp_err *err)
{
	struct aisp_slice rest = aisp_slice_z(only), name;

	*ret = only ? 0 : AISP_CONTENT_ALL;
	while (only && rest.p && aisp_slice_split(&rest, ',', &name)) {
		unsigned bits = 0;
		for (size_t i = 0; i < sizeof detectors / sizeof *detectors; i++)
			if (aisp_slice_eqz(name, detectors[i].name))
				bits = detectors[i].bits;
		if (!bits)
			return aisp_fail(err, AISP_E_USAGE, "--only takes secrets, personal, model, instructions; '%.*s' is none of them", AISP_FMT(name));
		*ret |= bits;
	}
	return 0;
}

/* Equal secrets are recognised within this run; with a store at hand its key makes them comparable with what is stored. */
static void key_for(const struct aisp_options *o, struct aisp_fpkey *ret)
{
	AISP_AUTOBUF struct aisp_buf path = {0};

	aisp_buf_init(&path, 4096);
	if (aisp_store_key_path(aisp_session_store_path(o), &path, NULL) == 0 && access(path.p, R_OK) == 0 &&
	    aisp_fpkey_load(path.p, ret, NULL) == 0)
		return;
	(void)!sodium_init();
	randombytes_buf(ret->k, sizeof ret->k);
}

/* The users' rule files in the order in which later ones stand over earlier ones. */
struct rule_files {
	struct aisp_arena *a;
	AISP_VEC(struct aisp_slice) texts;
};
enum { RULES_BYTES_MAX = 16 << 20, EXTEND_MAX = 2 }; /* gitleaks follows [extend] twice */

/* One file, after the one that its [extend] names (as gitleaks: relative to the working directory). */
static int add_rule_file(struct rule_files *f, const char *path, unsigned depth, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf text = {0};

	aisp_buf_init(&text, RULES_BYTES_MAX);
	int r = aisp_fs_read(AT_FDCWD, path, false, RULES_BYTES_MAX, &text, err);
	if (r == AISP_E_NOTFOUND || r == AISP_E_ACCESS)
		return aisp_fail(err, AISP_E_USAGE, "cannot read the rules for secrets in %s", path);
	if (r < 0)
		return aisp_wrap(err, r, "while reading %s", path);
	struct aisp_slice kept = aisp_arena_dup(f->a, aisp_buf_slice(&text));
	if (!kept.p)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for rules");
	struct aisp_slice base = aisp_secrets_extend_path(f->a, kept);
	if (base.n && depth >= EXTEND_MAX)
		return aisp_fail(err, AISP_E_USAGE, "%s: [extend] leads further than %d files", path, EXTEND_MAX);
	base = base.n ? aisp_arena_dup(f->a, base) : base;
	r = base.n ? add_rule_file(f, base.p, depth + 1, err) : 0;
	if (r == 0 && aisp_vec_push(&f->texts, kept) < 0)
		r = aisp_fail(err, AISP_E_NOMEM, "out of memory for rules");
	return r;
}

int aisp_secrets_for(const struct aisp_options *o, const struct aisp_slice *configured, size_t n_configured, struct aisp_secrets **ret, struct aisp_err *err)
{
	struct rule_files files = {.a = aisp_arena_new((size_t)256 << 20)};
	int r = files.a ? 0 : aisp_fail(err, AISP_E_NOMEM, "out of memory for rules");

	for (size_t i = 0; r == 0 && i < n_configured; i++)
		r = add_rule_file(&files, configured[i].p, 0, err);
	for (size_t i = 0; r == 0 && i < o->secret_rules.n; i++)
		r = add_rule_file(&files, o->secret_rules.v[i], 0, err);
	const struct aisp_secrets_config config = {.rule_files = files.texts.v, .n_rule_files = files.texts.n};
	if (r == 0)
		r = aisp_secrets_new(&config, ret, err);
	aisp_vec_done(&files.texts);
	aisp_arena_free(files.a);
	return r;
}

static int run(void *ctx, struct aisp_watch *watch, struct aisp_buf *out, struct aisp_err *err)
{
	return aisp_inspect_run(ctx, watch, out, err);
}

/* Hits as people read them: place, what, why. */
static void put_row(const struct aisp_doc *d, const struct aisp_verify *v, struct aisp_buf *out)
{
	struct aisp_slice what = aisp_doc_getstr(d, "what"), inside = aisp_doc_getstr(d, "inside"), commit = aisp_doc_getstr(d, "commit");
	struct aisp_slice severity = aisp_doc_getstr(d, "severity"), rule = aisp_doc_getstr(d, "rule"), why = aisp_doc_getstr(d, "why");
	int64_t line = aisp_doc_int(aisp_doc_get(d, "line"), 0);

	if (aisp_slice_eqz(what, "summary"))
		return;
	aisp_buf_put_printable(out, aisp_doc_getstr(d, "path"));
	if (inside.n) {
		aisp_buf_putc(out, '!');
		aisp_buf_put_printable(out, inside);
	}
	if (line)
		aisp_buf_printf(out, ":%lld", (long long)line);
	if (commit.n)
		aisp_buf_printf(out, " @%.12s", commit.p);
	aisp_buf_printf(out, "\n  %.*s%s%.*s%s%.*s", AISP_FMT(what), severity.n ? " " : "", AISP_FMT(severity), rule.n ? " " : "", AISP_FMT(rule));
	if (!rule.n)
		rule = aisp_doc_getstr(d, "class").n ? aisp_doc_getstr(d, "class") : aisp_doc_getstr(d, "format");
	if (rule.n && !aisp_doc_getstr(d, "rule").n)
		aisp_buf_printf(out, " %.*s", AISP_FMT(rule));
	static const char *const texts[] = {"state", "description", "column", "preview", "certainty", "reason", "excerpt"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct aisp_slice s = aisp_doc_getstr(d, texts[i]);
		if (!s.n)
			continue;
		aisp_buf_putz(out, i == 0 ? ": " : "; ");
		aisp_buf_put_printable(out, s);
	}
	if (why.n) {
		aisp_buf_putz(out, ": ");
		aisp_buf_put_printable(out, why);
	}
	aisp_verify_write_text(v, d, out);
	aisp_buf_putc(out, '\n');
	const struct aisp_doc *issues = aisp_doc_get(d, "issues");
	for (uint32_t i = 0; i < aisp_doc_count(issues); i++) {
		const struct aisp_doc *x = aisp_doc_at(issues, i);
		aisp_buf_printf(out, "    %.*s %.*s: ", AISP_FMT(aisp_doc_getstr(x, "severity")), AISP_FMT(aisp_doc_getstr(x, "rule")));
		aisp_buf_put_printable(out, aisp_doc_getstr(x, "what"));
		aisp_buf_putz(out, " (");
		aisp_buf_put_printable(out, aisp_doc_getstr(x, "where"));
		aisp_buf_printf(out, " @%lld): ", (long long)aisp_doc_int(aisp_doc_get(x, "offset"), 0));
		aisp_buf_put_printable(out, aisp_doc_getstr(x, "why"));
		aisp_buf_putc(out, '\n');
	}
}

struct counts {
	uint32_t hits, gaps, over; /* over: at or above --fail-on */
};
static const char *const severities[] = {"info", "low", "medium", "high", "critical"};

static int rank(struct aisp_slice severity)
{
	for (int i = 0; i < 5; i++)
		if (aisp_slice_eqz(severity, severities[i]))
			return i;
	return 0;
}

static void count(const struct aisp_doc *d, int fail_on, struct counts *n)
{
	struct aisp_slice what = aisp_doc_getstr(d, "what");
	const struct aisp_doc *issues = aisp_doc_get(d, "issues");
	int worst = rank(aisp_doc_getstr(d, "severity"));

	if (aisp_slice_eqz(what, "summary"))
		return;
	if (aisp_slice_eqz(what, "gap")) {
		n->gaps++;
		return;
	}
	for (uint32_t i = 0; i < aisp_doc_count(issues); i++) {
		int r = rank(aisp_doc_getstr(aisp_doc_at(issues, i), "severity"));
		worst = r > worst ? r : worst;
	}
	n->hits += !aisp_slice_eqz(what, "model") || aisp_doc_count(issues) > 0;
	n->over += fail_on >= 0 && worst >= fail_on;
}

/* A hit with what its issuer says of it; what the worker would say of that does not count. */
static void put_hit(struct aisp_jw *w, const struct aisp_doc *d, const struct aisp_verify *v)
{
	if (!v || d->type != AISP_DOC_OBJ) {
		aisp_jw_doc(w, d);
		return;
	}
	aisp_jw_obj(w);
	for (uint32_t i = 0; i < d->n; i++) {
		if (aisp_slice_starts(d->members[i].key, AISP_S("verified")))
			continue;
		aisp_jw_keys(w, d->members[i].key);
		aisp_jw_doc(w, &d->members[i].value);
	}
	aisp_verify_write(v, d, w);
	aisp_jw_end(w);
}

/* The worker's lines are untrusted: each is read as JSON and written anew. */
/* Lines are printed apart: a chunk at a time, on all cores, and put together in order. */
struct chunk {
	struct aisp_slice lines;
	struct aisp_buf out;
	struct counts n;
	struct aisp_err err;
};
enum { CHUNK_BYTES = 1 << 18 };
struct printing {
	enum { PRINT_TEXT, PRINT_NDJSON, PRINT_JSON } form;
	const struct aisp_verify *verify;
	int fail_on;
	struct aisp_jw outer; /* PRINT_JSON: inside the list of results */
	AISP_VEC(struct chunk) chunks;
};

static int print_chunk(void *ctx, size_t i, unsigned worker)
{
	struct printing *p = ctx;
	struct chunk *c = &p->chunks.v[i];
	struct aisp_slice lines = c->lines, line;
	struct aisp_arena *a = aisp_arena_new((size_t)64 << 20);
	struct aisp_jw w = p->outer;
	int r = a ? 0 : aisp_fail(&c->err, AISP_E_NOMEM, "out of memory while printing");

	(void)worker;
	w.out = &c->out;
	while (r == 0 && lines.p && aisp_slice_split(&lines, '\n', &line)) {
		const struct aisp_doc *d = NULL;
		if (line.n == 0)
			continue;
		aisp_arena_reset(a);
		if ((r = aisp_json_parse(a, line, NULL, &d, &c->err)) < 0)
			break;
		count(d, p->fail_on, &c->n);
		if (p->form == PRINT_TEXT) {
			put_row(d, p->verify, &c->out);
			continue;
		}
		if (p->form == PRINT_NDJSON)
			aisp_jw_init(&w, &c->out, false);
		put_hit(&w, d, p->verify);
		if (p->form == PRINT_NDJSON)
			aisp_buf_putc(&c->out, '\n');
	}
	aisp_arena_free(a);
	return r;
}

static int cut_chunks(struct printing *p, struct aisp_slice lines, struct aisp_err *err)
{
	while (lines.n) {
		const size_t from = lines.n < CHUNK_BYTES ? lines.n : CHUNK_BYTES, more = aisp_slice_chr(aisp_slice_from(lines, from), '\n');
		const size_t n = more == SIZE_MAX ? lines.n : from + more + 1;
		if (aisp_vec_push(&p->chunks, (struct chunk){.lines = aisp_slice_to(lines, n)}) < 0)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory while printing");
		lines = aisp_slice_from(lines, n);
	}
	return 0;
}

static int join_chunks(struct printing *p, struct counts *n, struct aisp_buf *out, struct aisp_err *err)
{
	bool *has_item = p->form == PRINT_JSON ? &p->outer.has_item[p->outer.depth - 1] : NULL;
	int r = 0;
	for (size_t i = 0; i < p->chunks.n && r == 0; i++) {
		struct chunk *c = &p->chunks.v[i];
		r = aisp_buf_check(&c->out, err);
		if (has_item && *has_item && c->out.n)
			aisp_buf_putc(out, ',');
		aisp_buf_put(out, aisp_buf_slice(&c->out));
		if (has_item)
			*has_item |= c->out.n > 0;
		n->hits += c->n.hits;
		n->gaps += c->n.gaps;
		n->over += c->n.over;
	}
	return r;
}

static int show(const struct aisp_options *o, const struct aisp_verify *v, struct aisp_slice lines, int fail_on, struct counts *n, struct aisp_buf *out, struct aisp_err *err)
{
	const bool json = o->format && strcmp(o->format, "json") == 0, nd = o->format && strcmp(o->format, "ndjson") == 0;
	struct printing p = {.form = json ? PRINT_JSON : nd ? PRINT_NDJSON : PRINT_TEXT, .verify = v, .fail_on = fail_on};

	aisp_jw_init(&p.outer, out, json);
	if (json) {
		aisp_jw_obj(&p.outer);
		aisp_jw_kz(&p.outer, "schema", "aisp/inspect/1");
		aisp_jw_key(&p.outer, "results");
		aisp_jw_arr(&p.outer);
	}
	int r = cut_chunks(&p, lines, err);
	if (r == 0 && p.chunks.n == 1)
		r = print_chunk(&p, 0, 0);
	else if (r == 0 && p.chunks.n)
		r = aisp_task_each(p.chunks.n, print_chunk, &p, err);
	for (size_t i = 0; r < 0 && i < p.chunks.n; i++)
		if (p.chunks.v[i].err.code) {
			r = aisp_fail(err, p.chunks.v[i].err.code, "%s", p.chunks.v[i].err.msg);
			break;
		}
	if (r == 0)
		r = join_chunks(&p, n, out, err);
	if (json) {
		aisp_jw_end(&p.outer);
		aisp_jw_end(&p.outer);
		aisp_buf_putc(out, '\n');
	} else if (!nd) {
		aisp_buf_printf(out, "%s%u hits, %u gaps\n", n->hits || n->gaps ? "\n" : "", n->hits, n->gaps);
	}
	for (size_t i = 0; i < p.chunks.n; i++)
		aisp_buf_done(&p.chunks.v[i].out);
	aisp_vec_done(&p.chunks);
	return r;
}

static int inspect_one(const struct aisp_options *o, const struct aisp_content *c, struct aisp_verify_box *box, const char *path, struct aisp_buf *lines, struct aisp_err *err)
{
	struct aisp_progress progress;
	struct aisp_arena *a = aisp_arena_new(1 << 20);
	const struct aisp_target t = {.text = aisp_slice_z(path)};
	struct aisp_inspect in = {.content = c, .path = path, .history = o->history || o->unreachable, .unreachable = o->unreachable,
	                          .ignored = o->ignored, .timeout_s = (unsigned)o->timeout_s, .progress = &progress, .box = box};
	struct aisp_readable readable = {0};

	if (!a)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	aisp_collect_readable(&t, a, &readable);
	const struct aisp_worker w = {.run = run, .ctx = &in, .readable = readable.v, .n_readable = readable.n, .unconfined = o->no_sandbox};
	aisp_progress_start(&progress, !o->quiet && aisp_stderr_is_terminal(), path);
	int r = aisp_worker_run(&w, lines, err);
	aisp_progress_end(&progress);
	aisp_arena_free(a);
	return r;
}

/* With --verify the values come into this process: nobody may look into it, also not after a crash. */
static void close_to_others(bool closed)
{
	const struct rlimit none = {0, 0};

	if (closed)
		setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, closed ? 0 : 1, 0, 0, 0);
}

static int inspect_all(const struct aisp_options *o, const struct aisp_content *c, struct aisp_verify *v, struct aisp_buf *lines, struct aisp_err *err)
{
	struct aisp_verify_box *box = NULL;
	int r = 0;

	if (v) {
		close_to_others(true);
		r = aisp_verify_box_new(&box, err);
	}
	for (size_t i = 0; r == 0 && i < (o->args.n ? o->args.n : 1); i++) {
		r = inspect_one(o, c, box, o->args.n ? o->args.v[i] : ".", lines, err);
		if (r == 0 && v)
			r = aisp_verify_take(v, box, err);
	}
	aisp_verify_box_free(box);
	if (r == 0 && v)
		r = aisp_verify_ask(v, (uint64_t)(o->timeout_s ? o->timeout_s : 600) * 1000, err);
	return r;
}

static int list_issuers(const struct aisp_options *o, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf out = {0};

	aisp_buf_init(&out, 1 << 20);
	aisp_verify_list(&out, o->format && strcmp(o->format, "table") != 0);
	int r = aisp_buf_check(&out, err);
	return r < 0 ? r : aisp_output(o, aisp_buf_slice(&out), err);
}

static int check(const struct aisp_options *o, unsigned *ret_what, struct aisp_err *err)
{
	if (o->format && strcmp(o->format, "table") != 0 && strcmp(o->format, "json") != 0 && strcmp(o->format, "ndjson") != 0)
		return aisp_fail(err, AISP_E_USAGE, "inspect prints table, json or ndjson; for %s use aisp scan", o->format);
	int r = choose(o->only, ret_what, err);
	if (r == 0 && o->verify && !(*ret_what & AISP_CONTENT_SECRETS))
		r = aisp_fail(err, AISP_E_USAGE, "--verify asks about secrets, which --only %s leaves out", o->only);
	return r;
}

static int print(const struct aisp_options *o, const struct aisp_verify *v, struct aisp_slice lines, struct counts *n, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf out = {0};

	aisp_buf_init(&out, (size_t)4 << 30);
	int r = show(o, v, lines, o->fail_on && strcmp(o->fail_on, "never") ? rank(aisp_slice_z(o->fail_on)) : -1, n, &out, err);
	if (r == 0)
		r = aisp_buf_check(&out, err);
	return r < 0 ? r : aisp_output(o, aisp_buf_slice(&out), err);
}

int aisp_cmd_inspect(struct aisp_options *o, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf lines = {0};
	struct aisp_content c = {.all_texts = true};
	struct aisp_secrets *secrets = NULL;
	struct aisp_verify *verify = NULL;
	struct aisp_fpkey key;
	struct counts n = {0};

	if (o->verify && strcmp(o->verify, "list") == 0)
		return list_issuers(o, err);
	int r = check(o, &c.what, err);
	if (r == 0 && c.what & AISP_CONTENT_SECRETS)
		r = aisp_secrets_for(o, NULL, 0, &secrets, err);
	if (r == 0) {
		key_for(o, &key);
		c.fpkey = &key;
		c.secrets = secrets;
		aisp_buf_init(&lines, (size_t)4 << 30);
	}
	if (r == 0 && o->verify)
		r = aisp_verify_new(o->verify, &key, &verify, err);
	if (r == 0 && verify)
		c.verify = aisp_verify_issuers(verify, &c.n_verify);
	if (r == 0)
		r = inspect_all(o, &c, verify, &lines, err);
	if (r == 0)
		r = print(o, verify, aisp_buf_slice(&lines), &n, err);
	aisp_verify_free(verify);
	if (o->verify)
		close_to_others(false);
	aisp_secrets_free(secrets);
	return r < 0 ? r : n.gaps ? 3 : n.over ? 1 : 0;
}
