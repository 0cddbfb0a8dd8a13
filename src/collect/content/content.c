/* See content.h. */
#include "collect/content/content_int.h"
#include "base/hash.h"
#include "collect/files/agentfile.h"
#include "collect/files/variable.h"
#include "scan/container/container.h"
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>

enum {
	MIB = 1024 * 1024,
	WINDOW = 16 * MIB,    /* of a big text */
	OVERLAP = 64 * 1024,  /* looked at twice, so that nothing is lost at a cut */
	HEAD = MIB,           /* of a binary model file: its metadata */
	DEPTH_MAX = 4,        /* archives inside archives */
	PARTIAL_MAX = 1000,   /* gaps told of one file */
};
#define UNPACKED_MAX ((uint64_t)512 * MIB) /* of all members of one file */

int aisp_content_worker_new(const struct aisp_content *c, struct aisp_content_worker **ret, struct aisp_err *err)
{
	struct aisp_content_worker *w = aisp_mem_zalloc(1, sizeof *w);
	int r = w ? 0 : aisp_fail(err, AISP_E_NOMEM, "out of memory for looking into files");

	if (r == 0 && c->secrets)
		r = aisp_secrets_scratch_new(c->secrets, &w->secrets, err);
	if (r < 0) {
		aisp_mem_free(w);
		return r;
	}
	aisp_buf_init(&w->window, WINDOW + OVERLAP + MIB);
	aisp_buf_init(&w->plain, WINDOW);
	*ret = w;
	return 0;
}

static void wipe(struct aisp_buf *b)
{
	if (b->p)
		explicit_bzero(b->p, b->cap);
	aisp_buf_done(b);
}

void aisp_content_worker_free(struct aisp_content_worker *w)
{
	if (!w)
		return;
	aisp_secrets_scratch_free(w->secrets);
	wipe(&w->window);
	wipe(&w->plain);
	aisp_mem_free(w);
}

int aisp_content__partial(struct aisp_content__run *run, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (run->partial.n > PARTIAL_MAX)
		return 0;
	if (run->partial.n == PARTIAL_MAX)
		snprintf(text, sizeof text, "and more than these %d gaps", PARTIAL_MAX);
	for (size_t i = 0; i < run->partial.n; i++)
		if (aisp_slice_eqz(run->partial.v[i], text))
			return 0;
	struct aisp_slice s = aisp_arena_dup(run->a, aisp_slice_z(text));
	return !s.p || aisp_vec_push(&run->partial, s) < 0 ? AISP_E_NOMEM : 0;
}

bool aisp_content__ends(struct aisp_slice path, const char *const *endings, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t m = strlen(endings[i]);
		if (path.n >= m && aisp_slice_eqi(aisp_slice_from(path, path.n - m), aisp_slice_z(endings[i])))
			return true;
	}
	return false;
}

#define ENDS(path, ...) \
	aisp_content__ends((path), (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

enum aisp_text_role aisp_content_role(struct aisp_slice path)
{
	if (aisp_agent_file_of(path) != NULL)
		return AISP_TEXT_INSTRUCTION;
	if (ENDS(path, ".md", ".mdx", ".txt", ".rst", ".adoc", ".html", ".htm", ".eml", ".csv", ".tsv", ".jsonl"))
		return AISP_TEXT_DATA;
	return AISP_TEXT_CODE;
}

void aisp_content_fingerprint(const struct aisp_fpkey *key, enum aisp_secret_kind kind, struct aisp_slice value,
                              char ret_fp[AISP_FINGERPRINT_LEN + 1], char ret_value_fp[AISP_FINGERPRINT_LEN + 1])
{
	struct aisp_connection c;

	if (kind == AISP_SECRET_CONNECTION_STRING && aisp_connection_parse(value, &c) && c.host[0] && c.password.n &&
	    aisp_connection_is_store(&c)) {
		aisp_connection_fingerprint(key, &c, ret_fp);
		aisp_fingerprint(key, c.password, ret_value_fp);
		return;
	}
	aisp_fingerprint(key, value, ret_fp);
	memcpy(ret_value_fp, ret_fp, AISP_FINGERPRINT_LEN + 1);
}

/* Zero bytes early on: not a text. */
static bool is_binary(struct aisp_slice head)
{
	bool wide = aisp_slice_starts(head, AISP_S("\xff\xfe")) || aisp_slice_starts(head, AISP_S("\xfe\xff"));

	return !wide && head.n && memchr(head.p, 0, head.n < 8000 ? head.n : 8000) != NULL;
}

/* Pictures, sound, film, fonts, compressed streams that no container reader took: their bytes are noise. */
static bool is_media(struct aisp_slice head)
{
	static const struct aisp_slice magics[] = {
		{"\x89PNG", 4}, {"\xff\xd8\xff", 3}, {"GIF8", 4}, {"RIFF", 4}, {"OggS", 4}, {"\x1a\x45\xdf\xa3", 4}, {"ID3", 3},
		{"wOFF", 4}, {"wOF2", 4}, {"\0\1\0\0\0", 5}, {"OTTO", 4}, {"%PDF-", 5}, {"fLaC", 4}, {"\0\0\1\0", 4}, {"BM", 2},
	};

	for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
		if (aisp_slice_starts(head, magics[i]))
			return magics[i].n > 2 || is_binary(head);
	return head.n > 12 && memcmp(head.p + 4, "ftyp", 4) == 0;
}

static uint32_t count_lines(struct aisp_slice s)
{
	uint32_t n = 0;

	for (const char *p = s.p, *end = s.p + s.n; p && (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
		n++;
	return n;
}

/* A text of any size, window by window; cuts are at line ends where there are any. */
static int scan_windows(struct aisp_content__run *run, const struct aisp_input *in, unsigned what)
{
	struct aisp_buf *b = &run->w->window;
	uint64_t at = 0;
	int r = 0;

	if (in->fd < 0 && in->size <= WINDOW)
		return aisp_content__text(run, aisp_slice_to(in->mem, (size_t)in->size), what);
	run->line_base = 0;
	run->new_from = 0;
	while (r == 0 && at < in->size) {
		size_t want = in->size - at < WINDOW ? (size_t)(in->size - at) : WINDOW;
		aisp_buf_clear(b);
		r = aisp_input_append(in, at, want, b, run->err);
		if (r < 0)
			return r;
		struct aisp_slice text = aisp_buf_slice(b);
		bool last = at + want >= in->size;
		r = aisp_content__text(run, text, what);
		size_t step = last ? want : want - OVERLAP;
		size_t nl = last ? SIZE_MAX : aisp_slice_rchr(aisp_slice_to(text, step), '\n');
		if (nl != SIZE_MAX && nl > WINDOW / 2)
			step = nl + 1;
		run->line_base += count_lines(aisp_slice_to(text, step));
		run->new_from = want - step;
		at += step;
	}
	run->line_base = 0;
	run->new_from = 0;
	return r;
}

/* Archives. */

static int scan_one(struct aisp_content__run *run, const struct aisp_input *in);

static bool wanted(void *ctx, const struct aisp_container_member *m)
{
	struct aisp_content__run *run = ctx;

	return m->size == 0 || m->size <= run->bytes_left;
}

static int scan_member(void *ctx, const struct aisp_container_member *m)
{
	struct aisp_content__run *run = ctx;
	struct aisp_slice path = run->path, inner = run->inner;
	int r = 0;

	if (m->why_not != AISP_OK)
		return aisp_content__partial(run, "%.*s: not read (%s)", AISP_FMT(m->name), aisp_code_name(m->why_not));
	if (m->input.size > run->bytes_left)
		return aisp_content__partial(run, "%.*s: more is packed in here than %llu MiB", AISP_FMT(m->name),
		                             (unsigned long long)(UNPACKED_MAX / MIB));
	if (!m->stored)
		run->bytes_left -= m->input.size;
	if (m->name.n) {
		run->inner = inner.n ? aisp_arena_printf(run->a, "%.*s!%.*s", AISP_FMT(inner), AISP_FMT(m->name)) : aisp_arena_dup(run->a, m->name);
		if (!run->inner.p)
			return AISP_E_NOMEM;
		run->path = run->inner;
	}
	run->depth++;
	r = scan_one(run, &m->input);
	run->depth--;
	if (r < 0 && r != AISP_E_NOMEM)
		r = aisp_content__partial(run, "%.*s: not read (%s)", AISP_FMT(run->inner), aisp_code_name((enum aisp_code)r));
	run->path = path;
	run->inner = inner;
	return r;
}

static int scan_archive(struct aisp_content__run *run, const struct aisp_input *in, enum aisp_container_form form)
{
	const struct aisp_container_limits limits = {.max_member = (uint64_t)64 * MIB, .max_total = UNPACKED_MAX};
	struct aisp_err err = {0};

	if (run->depth >= DEPTH_MAX)
		return aisp_content__partial(run, "archives more than %d deep inside each other", DEPTH_MAX);
	int r = aisp_container_each(in, form, &limits, wanted, scan_member, run, NULL, &err);
	if (r == AISP_E_NOMEM)
		return r;
	return r < 0 ? aisp_content__partial(run, "%s", err.msg) : 0;
}

/* One file or member. */

static int read_head(const struct aisp_input *in, char *to, size_t cap, struct aisp_slice *ret, struct aisp_err *err)
{
	size_t n;
	int r = aisp_input_read_some(in, 0, to, cap, &n, err);

	if (r == 0)
		*ret = aisp_slice_of(to, n);
	return r;
}

static int scan_model(struct aisp_content__run *run, const struct aisp_input *in, enum aisp_model_format format)
{
	const struct aisp_model_report *model = NULL;
	int r = aisp_model_scan(in, run->path, NULL, run->a, &model, run->err);

	if (r < 0 || !model)
		return r;
	if (run->depth == 0)
		run->report.model = model;
	else if (model->n_issues || model->state == AISP_MODEL_PARTIAL)
		r = aisp_content__partial(run, "%.*s: a %s file inside an archive; scan it unpacked", AISP_FMT(run->inner),
		                          aisp_model_format_name(format));
	if (model->state == AISP_MODEL_PARTIAL && r == 0)
		r = aisp_content__partial(run, "%.*s", AISP_FMT(model->partial));
	return r;
}

static int hash_file(struct aisp_content__run *run, const struct aisp_input *in)
{
	uint64_t max = run->c->max_hash ? run->c->max_hash : (uint64_t)64 * MIB;
	crypto_hash_sha256_state st;
	unsigned char sum[crypto_hash_sha256_BYTES], block[65536];
	int r = 0;

	if (in->size > max)
		return 0;
	crypto_hash_sha256_init(&st);
	for (uint64_t at = 0; r == 0 && at < in->size;) {
		size_t n = 0;
		r = aisp_input_read_some(in, at, block, sizeof block, &n, run->err);
		if (r == 0)
			crypto_hash_sha256_update(&st, block, n);
		at += n;
	}
	if (r < 0)
		return r;
	crypto_hash_sha256_final(&st, sum);
	sodium_bin2hex(run->report.sha256, sizeof run->report.sha256, sum, sizeof sum);
	return 0;
}

static bool is_text_format(enum aisp_model_format f)
{
	return f == AISP_MODEL_TEMPLATE || f == AISP_MODEL_CONFIG || f == AISP_MODEL_PMML || f == AISP_MODEL_OPENVINO;
}

static int scan_text_file(struct aisp_content__run *run, const struct aisp_input *in, struct aisp_slice head)
{
	unsigned what = run->c->what;
	enum aisp_tabular_form form = what & AISP_CONTENT_PERSONAL ? aisp_tabular_detect(in, run->path) : AISP_TABULAR_NONE;
	int r = 0;

	if (form != AISP_TABULAR_NONE) {
		r = aisp_content__table(run, in, form);
		what &= ~(unsigned)AISP_CONTENT_PERSONAL;
	} else if (!run->c->all_texts && !ENDS(run->path, ".txt", ".log", ".eml", ".vcf", ".ldif", ".sql", ".xml", ".mbox", ".ics")) {
		what &= ~(unsigned)AISP_CONTENT_PERSONAL;
	}
	if (is_media(head))
		return r;
	if (is_binary(head))
		what &= AISP_CONTENT_SECRETS;
	return r < 0 ? r : scan_windows(run, in, what);
}

static enum aisp_tabular_form binary_table(const struct aisp_content__run *run, const struct aisp_input *in, struct aisp_slice head)
{
	if (!is_binary(head) || !(run->c->what & (AISP_CONTENT_PERSONAL | AISP_CONTENT_SECRETS)))
		return AISP_TABULAR_NONE;
	enum aisp_tabular_form t = aisp_tabular_detect(in, run->path);
	return t == AISP_TABULAR_PARQUET || t == AISP_TABULAR_ARROW || t == AISP_TABULAR_SQLITE ? t : AISP_TABULAR_NONE;
}

static int scan_one(struct aisp_content__run *run, const struct aisp_input *in)
{
	char bytes[8192];
	struct aisp_slice head;
	const unsigned what = run->c->what;
	int r = read_head(in, bytes, sizeof bytes, &head, run->err);

	if (r < 0 || in->size == 0)
		return r;
	enum aisp_model_format model = what & AISP_CONTENT_MODEL ? aisp_model_detect(in, run->path) : AISP_MODEL_NONE;
	if (model != AISP_MODEL_NONE) {
		r = scan_model(run, in, model);
		if (r == 0 && run->depth == 0 && !is_text_format(model))
			r = hash_file(run, in);
	}
	enum aisp_container_form form = r == 0 ? aisp_container_detect(in) : AISP_CONTAINER_NONE;
	if (r < 0)
		return r;
	if (form != AISP_CONTAINER_NONE && (model == AISP_MODEL_NONE || model == AISP_MODEL_ARCHIVE))
		return what & AISP_CONTENT_ARCHIVES ? scan_archive(run, in, form) : 0;
	if (model != AISP_MODEL_NONE && !is_text_format(model)) {
		struct aisp_input part = aisp_input_part(in, 0, HEAD);
		return scan_windows(run, &part, what & AISP_CONTENT_SECRETS);
	}
	enum aisp_tabular_form table = binary_table(run, in, head);
	return table != AISP_TABULAR_NONE ? aisp_content__table(run, in, table) : scan_text_file(run, in, head);
}

static int finish(struct aisp_content__run *run, const struct aisp_content_report **ret)
{
	struct aisp_content_report *out = aisp_arena_zalloc(run->a, 1, sizeof *out);

	if (!out)
		return AISP_E_NOMEM;
	*out = run->report;
#define KEEP(field)                                                                                                    \
	if (run->field.n) {                                                                                            \
		void *p = aisp_arena_alloc(run->a, run->field.n * sizeof *run->field.v);                               \
		if (!p)                                                                                                \
			return AISP_E_NOMEM;                                                                           \
		memcpy(p, run->field.v, run->field.n * sizeof *run->field.v);                                          \
		out->field = p;                                                                                        \
		out->n_##field = run->field.n;                                                                         \
	}
	KEEP(secrets)
	KEEP(columns)
	KEEP(personal)
	KEEP(instructions)
	KEEP(partial)
#undef KEEP
	*ret = out;
	return 0;
}

static void clear(struct aisp_buf *b)
{
	if (b->p)
		explicit_bzero(b->p, b->n);
	aisp_buf_clear(b);
}

static int run_done(struct aisp_content__run *run, int r, const struct aisp_content_report **ret, struct aisp_err *err)
{
	if (r == 0)
		r = finish(run, ret);
	clear(&run->w->window);
	clear(&run->w->plain);
	aisp_vec_done(&run->secrets);
	aisp_vec_done(&run->columns);
	aisp_vec_done(&run->personal);
	aisp_vec_done(&run->instructions);
	aisp_vec_done(&run->partial);
	return r == AISP_E_NOMEM ? aisp_fail(err, r, "out of memory while looking into a file") : r;
}

int aisp_content_scan(const struct aisp_content *c, struct aisp_content_worker *w, struct aisp_slice path,
                      const struct aisp_input *in, struct aisp_arena *a, const struct aisp_content_report **ret, struct aisp_err *err)
{
	struct aisp_content__run run = {.c = c, .w = w, .a = a, .path = path, .bytes_left = UNPACKED_MAX, .err = err};

	return run_done(&run, scan_one(&run, in), ret, err);
}

int aisp_content_text(const struct aisp_content *c, struct aisp_content_worker *w, struct aisp_slice commit, struct aisp_slice path, struct aisp_slice text,
                      struct aisp_arena *a, const struct aisp_content_report **ret, struct aisp_err *err)
{
	struct aisp_content__run run = {.c = c, .w = w, .a = a, .path = path, .err = err};
	struct aisp_input in = aisp_input_mem(text);

	if (w->secrets)
		aisp_secrets_scratch_commit(w->secrets, commit);
	int r = is_media(text) ? 0 : scan_windows(&run, &in, AISP_CONTENT_SECRETS);
	if (w->secrets)
		aisp_secrets_scratch_commit(w->secrets, AISP_S(""));
	return run_done(&run, r, ret, err);
}
