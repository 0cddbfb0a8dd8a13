/* A capture: what AWS answered, as files that scan reads again to the same facts.
 *
 *   DIR/capture.json                                  written last: a folder without it is no capture
 *   DIR/aws/ACCOUNT/REGION/SERVICE.OPERATION[.KEY].json   one answer or refusal each, in the envelope of parse.h; REGION is "global" for global services
 *
 * Answers may hold what people wrote into descriptions, variables and tags: files are for the owner only (mode 0600).
 */
#include "base/clock.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/jw.h"
#include "collect/aws/live_int.h"
#include "collect/aws/parse.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

enum { FORMAT_VERSION = 1, HEADER_MAX = 1 << 20, FILES_MAX = 2000000, KEY_MAX = 60 };
static const size_t answer_max = (size_t)256 << 20;

struct aisp_aws_capture {
	struct aisp_buf dir;
	uint64_t n;
};

int aisp_aws__capture_new(const char *dir, struct aisp_aws_capture **ret, struct aisp_err *err)
{
	struct aisp_aws_capture *c = aisp_mem_zalloc(1, sizeof *c);

	if (!c)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a capture");
	aisp_buf_init(&c->dir, 1u << 16);
	aisp_buf_putz(&c->dir, dir);
	int r = aisp_buf_check(&c->dir, err);
	if (r < 0)
		aisp_aws__capture_free(c);
	else
		*ret = c;
	return r;
}

void aisp_aws__capture_free(struct aisp_aws_capture *c)
{
	if (c)
		aisp_buf_done(&c->dir);
	aisp_mem_free(c);
}

/* The first parameter's value as far as a file's name can hold it, and a hash of all. */
static void put_key(struct aisp_buf *out, struct aisp_slice about)
{
	char hex[33];
	struct aisp_digest d = aisp_digest_of(about.p, about.n);
	struct aisp_slice v = aisp_slice_from(about, aisp_slice_chr(about, ':') == SIZE_MAX ? about.n : aisp_slice_chr(about, ':') + 1);

	v = aisp_slice_from(v, aisp_slice_chr(v, '"') == SIZE_MAX ? v.n : aisp_slice_chr(v, '"') + 1);
	v = aisp_slice_to(v, aisp_slice_chr(v, '"'));
	for (size_t i = v.n > KEY_MAX ? v.n - KEY_MAX : 0; i < v.n; i++) {
		const char c = v.p[i];
		const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
		aisp_buf_putc(out, plain ? c : '_');
	}
	aisp_digest_hex(&d, hex);
	aisp_buf_printf(out, "-%.8s", hex);
}

static int put_path(const struct aisp_aws_capture *c, const struct aisp_aws_answer *a, struct aisp_buf *folder, struct aisp_buf *path, struct aisp_err *err)
{
	uint64_t n;

	if (a->account.n != 12 || !aisp_slice_u64(a->account, &n) || (a->region.n && !aisp_aws__is_region(a->region)))
		return aisp_fail(err, AISP_E_REMOTE, "an answer of no account or region");
	aisp_buf_printf(folder, "%.*s/aws/%.*s/%.*s", AISP_FMT(aisp_buf_slice(&c->dir)), AISP_FMT(a->account), AISP_FMT(a->region.n ? a->region : AISP_S("global")));
	aisp_buf_printf(path, "%.*s/%.*s.%.*s", AISP_FMT(aisp_buf_slice(folder)), AISP_FMT(a->service), AISP_FMT(a->operation));
	if (a->about.n) {
		aisp_buf_putc(path, '.');
		put_key(path, a->about);
	}
	aisp_buf_putz(path, ".json");
	int r = aisp_buf_check(folder, err);
	return r == 0 ? aisp_buf_check(path, err) : r;
}

static int write_one(struct aisp_aws_capture *c, const struct aisp_aws_answer *a, const struct aisp_aws_failure *f, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf folder = {0}, path = {0}, text = {0};
	struct aisp_arena *arena AISP_CLEANUP(aisp_arena_freep) = aisp_arena_new(16u << 20);
	const struct aisp_doc *about = NULL;
	struct aisp_jw w;

	aisp_buf_init(&folder, 1u << 16);
	aisp_buf_init(&path, 1u << 16);
	aisp_buf_init(&text, answer_max);
	int r = arena ? put_path(c, a, &folder, &path, err) : aisp_fail(err, AISP_E_NOMEM, "out of memory for a capture");
	if (r == 0 && a->about.n)
		r = aisp_json_parse(arena, a->about, NULL, &about, err);
	if (r < 0)
		return r;
	aisp_jw_init(&w, &text, true);
	aisp_jw_obj(&w);
	aisp_jw_kz(&w, "aisp", AISP_AWS_ENVELOPE);
	aisp_jw_kstr(&w, "service", a->service);
	aisp_jw_kstr(&w, "operation", a->operation);
	aisp_jw_kstr(&w, "account", a->account);
	aisp_jw_kstr(&w, "region", a->region);
	if (about) {
		aisp_jw_key(&w, "about");
		aisp_jw_doc(&w, about);
	}
	aisp_jw_key(&w, f ? "error" : "answer");
	if (f) {
		aisp_jw_obj(&w);
		aisp_jw_kstr(&w, "code", f->code);
		aisp_jw_kz(&w, "why", aisp_code_name(f->why));
		aisp_jw_kstr(&w, "detail", f->detail);
		aisp_jw_end(&w);
	} else {
		aisp_jw_doc(&w, a->doc);
	}
	aisp_jw_end(&w);
	aisp_buf_putc(&text, '\n');
	r = aisp_buf_check(&text, err);
	if (r == 0)
		r = aisp_fs_mkdirs(folder.p, err);
	if (r == 0)
		r = aisp_fs_write(path.p, aisp_buf_slice(&text), 0600, err);
	c->n += r == 0;
	return r;
}

static int on_answer(void *ctx, const struct aisp_aws_answer *a, struct aisp_err *err)
{
	return write_one(ctx, a, NULL, err);
}

static int on_failed(void *ctx, const struct aisp_aws_answer *a, const struct aisp_aws_failure *f, struct aisp_err *err)
{
	return write_one(ctx, a, f, err);
}

struct aisp_aws_sink aisp_aws__capture_sink(struct aisp_aws_capture *c)
{
	return (struct aisp_aws_sink){.answer = on_answer, .failed = on_failed, .ctx = c};
}

int aisp_aws__capture_finish(struct aisp_aws_capture *c, const struct aisp_aws_fetch_result *result, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf path = {0}, text = {0};
	char taken[AISP_ISO_LEN + 1];
	struct aisp_jw w;

	aisp_clock_iso(aisp_clock_now_us(), taken);
	aisp_buf_init(&path, 1u << 16);
	aisp_buf_init(&text, HEADER_MAX);
	aisp_buf_printf(&path, "%.*s/capture.json", AISP_FMT(aisp_buf_slice(&c->dir)));
	aisp_jw_init(&w, &text, true);
	aisp_jw_obj(&w);
	aisp_jw_kz(&w, "format", "aisp-capture");
	aisp_jw_kint(&w, "version", FORMAT_VERSION);
	aisp_jw_kz(&w, "kind", "aws");
	aisp_jw_kz(&w, "taken", taken);
	aisp_jw_kstr(&w, "account", result->account);
	aisp_jw_kint(&w, "answers", (int64_t)c->n);
	aisp_jw_kstr(&w, "note", result->note);
	aisp_jw_end(&w);
	aisp_buf_putc(&text, '\n');
	int r = aisp_buf_check(&path, err);
	if (r == 0)
		r = aisp_buf_check(&text, err);
	return r == 0 ? aisp_fs_write(path.p, aisp_buf_slice(&text), 0600, err) : r;
}

/* ---- Reading ---- */

/* The header in the arena. AISP_E_PARSE: no capture of AWS, or of another version. */
static int read_header(const char *dir, struct aisp_arena *a, const struct aisp_doc **ret, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf path = {0}, text = {0};
	const struct aisp_doc *d = NULL;
	uint64_t n;

	aisp_buf_init(&path, 1u << 16);
	aisp_buf_init(&text, HEADER_MAX);
	aisp_buf_printf(&path, "%s/capture.json", dir);
	int r = aisp_buf_check(&path, err);
	if (r == 0)
		r = aisp_fs_read(AT_FDCWD, path.p, true, HEADER_MAX, &text, err);
	if (r == 0)
		r = aisp_json_parse(a, aisp_buf_slice(&text), NULL, &d, err);
	if (r < 0)
		return r;
	struct aisp_slice account = aisp_doc_getstr(d, "account");
	if (!aisp_slice_eqz(aisp_doc_getstr(d, "format"), "aisp-capture") || !aisp_slice_eqz(aisp_doc_getstr(d, "kind"), "aws"))
		return aisp_fail(err, AISP_E_PARSE, "%s is not a capture of AWS", path.p);
	if (aisp_doc_int(aisp_doc_get(d, "version"), 0) != FORMAT_VERSION || account.n != 12 || !aisp_slice_u64(account, &n))
		return aisp_fail(err, AISP_E_PARSE, "%s: not of version %d, or without an account", path.p, FORMAT_VERSION);
	*ret = d;
	return 0;
}

bool aisp_aws__is_capture(const char *dir)
{
	struct aisp_arena *a AISP_CLEANUP(aisp_arena_freep) = aisp_arena_new(16u << 20);
	const struct aisp_doc *d = NULL;

	return a && read_header(dir, a, &d, NULL) == 0;
}

int aisp_aws__capture_account(const char *dir, struct aisp_buf *out, struct aisp_err *err)
{
	struct aisp_arena *a AISP_CLEANUP(aisp_arena_freep) = aisp_arena_new(16u << 20);
	const struct aisp_doc *d = NULL;
	int r = a ? read_header(dir, a, &d, err) : aisp_fail(err, AISP_E_NOMEM, "out of memory for a capture");

	if (r == 0)
		aisp_buf_put(out, aisp_doc_getstr(d, "account"));
	return r == 0 ? aisp_buf_check(out, err) : r;
}

struct names {
	AISP_VEC(struct aisp_slice) v;
	struct aisp_arena *a;
};

static int by_text(const void *a, const void *b)
{
	return aisp_slice_cmp(*(const struct aisp_slice *)a, *(const struct aisp_slice *)b);
}

/* Adds what is in the folder DIR/REL as REL/NAME, sorted; one that is not there adds nothing. */
static int list(const char *dir, struct aisp_slice rel, struct names *to, struct aisp_err *err)
{
	struct aisp_slice path = aisp_arena_printf(to->a, "%s/%.*s", dir, AISP_FMT(rel));
	DIR *d = path.p ? opendir(path.p) : NULL;
	size_t first = to->v.n;
	struct dirent *e;
	int r = path.p ? 0 : aisp_fail(err, AISP_E_NOMEM, "out of memory for a capture");

	while (d && r == 0 && (e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		struct aisp_slice name = aisp_arena_printf(to->a, "%.*s/%s", AISP_FMT(rel), e->d_name);
		if (to->v.n >= FILES_MAX)
			r = aisp_fail(err, AISP_E_LIMIT, "a capture of more than %d files", FILES_MAX);
		else if (!name.p || aisp_vec_push(&to->v, name) < 0)
			r = aisp_fail(err, AISP_E_NOMEM, "out of memory for a capture");
	}
	if (d)
		closedir(d);
	if (to->v.n > first)
		qsort(to->v.v + first, to->v.n - first, sizeof *to->v.v, by_text);
	return r;
}

static enum aisp_code code_of(struct aisp_slice name)
{
	for (int code = AISP_E_NOMEM; code >= AISP_E_INTERNAL; code--)
		if (aisp_slice_eqz(name, aisp_code_name((enum aisp_code)code)))
			return (enum aisp_code)code;
	return AISP_E_REMOTE;
}

static int play_doc(const struct aisp_doc *d, struct aisp_arena *a, const struct aisp_aws_sink *to, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf about = {0};
	struct aisp_jw w;
	struct aisp_aws_answer answer = {.service = aisp_doc_getstr(d, "service"), .operation = aisp_doc_getstr(d, "operation"), .account = aisp_doc_getstr(d, "account"),
					 .region = aisp_doc_getstr(d, "region"), .doc = aisp_doc_get(d, "answer")};
	const struct aisp_doc *said = aisp_doc_get(d, "about"), *error = aisp_doc_get(d, "error");

	if (said) {
		aisp_buf_init(&about, 1 << 20);
		aisp_jw_init(&w, &about, false);
		aisp_jw_doc(&w, said);
		int r = aisp_buf_check(&about, err);
		if (r < 0)
			return r;
		answer.about = aisp_arena_dup(a, aisp_buf_slice(&about));
		if (!answer.about.p)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory for a capture");
	}
	if (!error)
		return to->answer(to->ctx, &answer, err);
	const struct aisp_aws_failure f = {.code = aisp_doc_getstr(error, "code"), .why = code_of(aisp_doc_getstr(error, "why")), .detail = aisp_doc_getstr(error, "detail")};
	return to->failed(to->ctx, &answer, &f, err);
}

/* aws/ACCOUNT/REGION/SERVICE.OPERATION[.KEY].json: what an unreadable file would have told. */
static int play_broken(struct aisp_slice path, struct aisp_arena *a, const struct aisp_err *why, const struct aisp_aws_sink *to, struct aisp_err *err)
{
	struct aisp_aws_answer answer = {0};
	struct aisp_slice rest = aisp_slice_from(path, 4), file;

	if (!aisp_slice_split(&rest, '/', &answer.account) || !aisp_slice_split(&rest, '/', &answer.region))
		return 0;
	file = rest;
	if (!aisp_slice_split(&file, '.', &answer.service) || !aisp_slice_split(&file, '.', &answer.operation))
		return 0;
	if (aisp_slice_eqz(answer.region, "global"))
		answer.region = (struct aisp_slice){0};
	const struct aisp_aws_failure f = {.code = AISP_S("a file that cannot be read"), .why = why->code, .detail = aisp_arena_printf(a, "%.*s: %s", AISP_FMT(path), why->msg)};
	return f.detail.p ? to->failed(to->ctx, &answer, &f, err) : aisp_fail(err, AISP_E_NOMEM, "out of memory for a capture");
}

static int play_file(const char *dir, struct aisp_slice path, struct aisp_arena *a, const struct aisp_aws_sink *to, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf text = {0}, full = {0};
	const struct aisp_doc *d = NULL;
	struct aisp_err why = {0};

	aisp_buf_init(&text, answer_max);
	aisp_buf_init(&full, 1u << 16);
	aisp_buf_printf(&full, "%s/%.*s", dir, AISP_FMT(path));
	int r = aisp_buf_check(&full, &why);
	if (r == 0)
		r = aisp_fs_read(AT_FDCWD, full.p, true, answer_max, &text, &why);
	if (r == 0)
		r = aisp_json_parse(a, aisp_buf_slice(&text), &(const struct aisp_doc_limits){.max_bytes = answer_max, .max_values = 16000000}, &d, &why);
	if (r == 0 && (!aisp_slice_eqz(aisp_doc_getstr(d, "aisp"), AISP_AWS_ENVELOPE) || (!aisp_doc_get(d, "answer") && !aisp_doc_get(d, "error"))))
		r = aisp_fail(&why, AISP_E_PARSE, "not a captured answer");
	if (r == AISP_E_NOMEM)
		return aisp_fail(err, AISP_E_NOMEM, "%s", why.msg);
	return r < 0 ? play_broken(path, a, &why, to, err) : play_doc(d, a, to, err);
}

static int play_all(const char *dir, struct names *n, const struct aisp_aws_sink *to, int64_t want, struct aisp_err *err)
{
	size_t from = 0, until;
	int r = list(dir, AISP_S("aws"), n, err);
	int64_t played = 0;

	for (unsigned level = 0; r == 0 && level < 2; level++) /* accounts, then regions */
		for (until = n->v.n; r == 0 && from < until; from++)
			r = list(dir, n->v.v[from], n, err);
	for (; r == 0 && from < n->v.n; from++, played++)
		r = play_file(dir, n->v.v[from], n->a, to, err);
	if (r == 0 && played < want) {
		struct aisp_aws_answer answer = {.service = AISP_S("capture"), .operation = AISP_S("read")};
		const struct aisp_aws_failure f = {.code = AISP_S("files are missing"), .why = AISP_E_NOTFOUND,
						   .detail = aisp_arena_printf(n->a, "the capture had %lld answers, of which %lld are there", (long long)want, (long long)played)};
		r = to->failed(to->ctx, &answer, &f, err);
	}
	return r;
}

int aisp_aws__capture_read(const char *dir, struct aisp_arena *a, const struct aisp_aws_sink *to, struct aisp_slice *ret_note, struct aisp_err *err)
{
	struct names n = {.a = a};
	const struct aisp_doc *d = NULL;
	int r = read_header(dir, a, &d, err);

	if (r == 0)
		r = play_all(dir, &n, to, aisp_doc_int(aisp_doc_get(d, "answers"), 0), err);
	if (r == 0)
		*ret_note = aisp_doc_getstr(d, "note");
	aisp_vec_done(&n.v);
	return r < 0 ? aisp_wrap(err, r, "while reading the capture %s", dir) : r;
}
