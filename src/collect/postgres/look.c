/* What the sampled cells of a table say: classes of personal data by the shared detectors (scan/personal), secrets by the rules
 * that the caller handed in (scan/secrets). Pure. What goes into the capture are classes, counts and reasons; of a secret its
 * rule, fingerprint and redacted preview.
 *
 * Two classes have no detector there: prose, and the hashes of stored passwords in a column whose name does not say so.
 */
#include "collect/postgres/postgres_int.h"
#include <stdio.h>

enum { MAX_VERDICTS = 8, MAX_SECRETS = 1000, MAX_TEXT = 64 << 20, TEXT_ROOM = 2 << 20, MAX_KEY = 80, MIN_SECRET = 8 };

static const char *const certainties[] = {"", "possible", "likely", "sure"};

/* ---- Prose and stored passwords ---- */

static bool is_free_text(struct aisp_slice s)
{
	unsigned spaces = 0;
	for (size_t i = 0; i < s.n; i++)
		spaces += s.p[i] == ' ';
	return s.n >= 60 && spaces >= 8 && s.p[0] != '{' && s.p[0] != '[';
}

static bool is_password_hash(struct aisp_slice s)
{
	static const char *const prefixes[] = {"$2a$", "$2b$", "$2y$", "$argon2", "SCRAM-SHA-256$", "pbkdf2_sha256$"};
	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
		if (aisp_slice_starts(s, aisp_slice_z(prefixes[i])) && s.n >= 20)
			return true;
	return false;
}

bool aisp_pgc_names_free_text(struct aisp_slice column, struct aisp_slice type)
{
	static const char *const types[] = {"text", "character", "varchar", "citext", "json", "name", "xml", "bytea"};
	static const char *const names[] = {"content",  "body",       "message", "notes",      "comment",
					    "comments", "transcript", "prompt",  "completion", "answer"};
	size_t dot = aisp_slice_rchr(type, '.');
	bool holds = false;
	type = dot == SIZE_MAX ? type : aisp_slice_from(type, dot + 1);
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		holds = holds || aisp_slice_starts(type, aisp_slice_z(types[i]));
	for (struct aisp_slice word; holds && aisp_slice_split(&column, '_', &word);)
		for (size_t i = 0; i < sizeof names / sizeof *names; i++)
			if (aisp_slice_eqi(word, aisp_slice_z(names[i])))
				return true;
	return false;
}

/* ---- Classes ---- */

static int put(struct aisp_pgc_look *look, const struct aisp_pgc_cells *k, struct aisp_slice num, const char *class,
	       const struct aisp_personal_verdict *v, struct aisp_err *err)
{
	char counts[2][16];
	for (int i = 0; i < 2; i++)
		(void)snprintf(counts[i], sizeof counts[i], "%u", i ? v->matched : v->looked_at);
	struct aisp_slice cells[] = {k->oid,
				     num,
				     aisp_slice_z(class),
				     aisp_slice_z(v->detector),
				     aisp_slice_z(certainties[v->certainty]),
				     aisp_slice_z(v->by_name ? "t" : "f"),
				     aisp_slice_z(v->by_values ? "t" : "f"),
				     aisp_slice_z(counts[0]),
				     aisp_slice_z(counts[1]),
				     aisp_slice_z(v->reason)};
	return aisp_pgc_rowset_push(look->cap->arena, cells, sizeof cells / sizeof *cells,
				    &look->cap->rows[AISP_PGC_Q_personal], err);
}

static int put_count(struct aisp_pgc_look *look, const struct aisp_pgc_cells *k, struct aisp_slice num, uint32_t looked_at,
		     struct aisp_err *err)
{
	const struct aisp_personal_verdict nothing = {.detector = "", .looked_at = looked_at};
	return put(look, k, num, "", &nothing, err);
}

/* One of the two own classes, when enough of the values show it. */
static int put_own(struct aisp_pgc_look *look, const struct aisp_pgc_cells *k, uint32_t column, const char *class,
		   const char *detector, uint32_t n, uint32_t matched, struct aisp_err *err)
{
	struct aisp_personal_verdict v = {.detector = detector, .certainty = AISP_PERSONAL_LIKELY, .by_values = true, .looked_at = n,
					  .matched = matched};
	(void)snprintf(v.reason, sizeof v.reason, "%u of %u sampled values look like it", matched, n);
	return put(look, k, k->num[column], class, &v, err);
}

static int own_classes(struct aisp_pgc_look *look, const struct aisp_pgc_cells *k, uint32_t column, bool is_credential,
		       struct aisp_err *err)
{
	const struct aisp_slice *values = &k->v[column * AISP_PGC_SAMPLE_ROWS];
	uint32_t n = 0, prose = 0, hashes = 0;
	int r = AISP_OK;
	for (uint32_t i = 0; i < k->n_rows; i++) {
		struct aisp_slice v = aisp_slice_trim(values[i]);
		n += values[i].p != NULL;
		prose += is_free_text(v);
		hashes += is_password_hash(v);
	}
	if (hashes && hashes * 20 >= n && !is_credential)
		r = put_own(look, k, column, "credential", "password_hash", n, hashes, err);
	else if (prose && prose * 10 >= n * 3)
		r = put_own(look, k, column, "free_text", "free_text", n, prose, err);
	return r;
}

static int classes(struct aisp_pgc_look *look, const struct aisp_pgc_cells *k, uint32_t column, struct aisp_err *err)
{
	struct aisp_personal_verdict found[MAX_VERDICTS];
	const struct aisp_personal_column in = {.table = k->table, .name = k->name[column], .type = k->type[column],
						.values = &k->v[column * AISP_PGC_SAMPLE_ROWS], .n_values = k->n_rows};
	size_t n = aisp_personal_column(&in, found, MAX_VERDICTS);
	/* that it was looked at, so that its name alone does not count again */
	int r = put_count(look, k, k->num[column], k->n_rows, err);
	bool is_credential = false;
	for (size_t i = 0; r == AISP_OK && i < n; i++) {
		if (found[i].cls == AISP_PERSONAL_NONE)
			continue;
		is_credential = is_credential || (found[i].cls == AISP_PERSONAL_CREDENTIAL && found[i].certainty >= AISP_PERSONAL_LIKELY);
		r = put(look, k, k->num[column], aisp_personal_class_name(found[i].cls), &found[i], err);
	}
	return r == AISP_OK ? own_classes(look, k, column, is_credential, err) : r;
}

/* ---- Secrets ---- */

/* The lines of one column, while they are scanned. */
struct lines {
	struct aisp_pgc_look *look;
	const struct aisp_pgc_cells *k;
	uint32_t column;
	uint32_t first, n_cut; /* first: the table's first row in the answer */
	size_t cut[AISP_PGC_SAMPLE_ROWS]; /* ends in the text of values that were cut */
};

static bool is_known(const struct lines *l, struct aisp_slice fingerprint)
{
	const struct aisp_pgc_rowset *rs = &l->look->cap->rows[AISP_PGC_Q_secrets];
	for (uint32_t i = l->first; i < rs->n_rows; i++)
		if (aisp_slice_eq(aisp_pgc_cell(rs, i, 1), l->k->num[l->column]) && aisp_slice_eq(aisp_pgc_cell(rs, i, 7), fingerprint))
			return true;
	return rs->n_rows - l->first >= MAX_SECRETS;
}

static int on_secret(void *ctx, const struct aisp_secret_hit *hit)
{
	struct lines *l = ctx;
	struct aisp_pgc_capture *cap = l->look->cap;
	char fp[AISP_FINGERPRINT_LEN + 1], value_fp[AISP_FINGERPRINT_LEN + 1], preview[AISP_PREVIEW_MAX];
	if (hit->certainty < AISP_SECRET_LIKELY)
		return AISP_OK;
	for (uint32_t i = 0; i < l->n_cut; i++)
		if (hit->at + hit->n == l->cut[i])
			return AISP_OK; /* its rest was not read: the fingerprint would be of nothing */
	aisp_content_fingerprint(l->look->content->fpkey, hit->kind, hit->value, fp, value_fp);
	aisp_preview(hit->value, preview);
	if (is_known(l, aisp_slice_z(fp)))
		return AISP_OK;
	struct aisp_slice cells[] = {l->k->oid,
				     l->k->num[l->column],
				     aisp_slice_z(hit->rule),
				     aisp_slice_z(hit->issuer),
				     aisp_slice_z(aisp_secret_kind_name(hit->kind)),
				     aisp_slice_z(certainties[hit->certainty]),
				     aisp_slice_z(hit->severity),
				     aisp_slice_z(fp),
				     aisp_slice_z(value_fp),
				     aisp_slice_z(preview)};
	return aisp_pgc_rowset_push(cap->arena, cells, sizeof cells / sizeof *cells, &cap->rows[AISP_PGC_Q_secrets], NULL);
}

static uint32_t column_called(const struct aisp_pgc_cells *k, const char *const *names)
{
	for (size_t i = 0; names[i]; i++)
		for (uint32_t c = 0; c < k->n_columns; c++)
			if (aisp_slice_eqi(k->name[c], aisp_slice_z(names[i])))
				return c;
	return UINT32_MAX;
}

/* In a table of settings the name of a value stands beside it: the column of these names, UINT32_MAX when there is none. */
static uint32_t key_column(const struct aisp_pgc_cells *k, uint32_t column)
{
	static const char *const keys[] = {"key", "setting_key", "config_key", "setting", "name", "setting_name", "parameter", "param", "variable", "option", "property", NULL};
	static const char *const values[] = {"value", "val", "setting_value", "config_value", "data", "content", NULL};
	for (size_t i = 0; values[i]; i++)
		if (aisp_slice_eqi(k->name[column], aisp_slice_z(values[i])))
			return column_called(k, keys);
	return UINT32_MAX;
}

/* The values as text, "name: value" a line, so that context counts. */
static void put_lines(struct lines *l)
{
	const struct aisp_pgc_cells *k = l->k;
	struct aisp_buf *b = &l->look->text;
	uint32_t keys = key_column(k, l->column);
	aisp_buf_clear(b);
	for (uint32_t i = 0; i < k->n_rows; i++) {
		struct aisp_slice v = k->v[l->column * AISP_PGC_SAMPLE_ROWS + i];
		struct aisp_slice key = keys == UINT32_MAX ? (struct aisp_slice){0} : k->v[keys * AISP_PGC_SAMPLE_ROWS + i];
		if (v.n < MIN_SECRET)
			continue;
		bool named = key.n && key.n <= MAX_KEY && aisp_slice_chr(key, '\n') == SIZE_MAX;
		aisp_buf_put(b, named ? key : k->name[l->column]);
		aisp_buf_putz(b, ": ");
		aisp_buf_put(b, v);
		if (v.n >= k->cell_max)
			l->cut[l->n_cut++] = b->n;
		aisp_buf_putc(b, '\n');
	}
}

static int secrets(struct aisp_pgc_look *look, const struct aisp_pgc_cells *k, struct aisp_err *err)
{
	bool cut_short = false;
	struct lines l = {.look = look, .k = k, .first = look->cap->rows[AISP_PGC_Q_secrets].n_rows};
	int r = AISP_OK;
	for (l.column = 0; r == AISP_OK && l.column < k->n_columns; l.column++) {
		l.n_cut = 0;
		put_lines(&l);
		r = aisp_buf_check(&look->text, NULL);
		if (r == AISP_OK && look->text.n)
			r = aisp_secrets_scan(look->content->secrets, look->scratch, AISP_S(""), aisp_buf_slice(&look->text), on_secret,
					      &l, NULL);
		cut_short = cut_short || r == AISP_E_LIMIT;
		r = r == AISP_E_LIMIT ? AISP_OK : r;
	}
	look->cut_short += cut_short;
	return r < 0 ? aisp_fail(err, (enum aisp_code)r, "cannot look for secrets in sampled values") : AISP_OK;
}

/* ---- All of it ---- */

int aisp_pgc_look_init(struct aisp_pgc_look *look, const struct aisp_content *content, struct aisp_pgc_capture *cap,
		       struct aisp_err *err)
{
	*look = (struct aisp_pgc_look){.cap = cap};
	aisp_buf_init(&look->text, MAX_TEXT);
	int r = aisp_pgc_rowset_begin(cap->arena, aisp_pgc_queries[AISP_PGC_Q_personal].columns, &cap->rows[AISP_PGC_Q_personal], err);
	if (r < 0 || !content || !content->secrets || !content->fpkey || !(content->what & AISP_CONTENT_SECRETS))
		return r;
	look->content = content;
	/* all at once: a buffer that grows leaves what it held behind */
	if (!aisp_buf_room(&look->text, TEXT_ROOM))
		return aisp_buf_check(&look->text, err);
	r = aisp_secrets_scratch_new(content->secrets, &look->scratch, err);
	if (r == AISP_OK)
		r = aisp_pgc_rowset_begin(cap->arena, aisp_pgc_queries[AISP_PGC_Q_secrets].columns, &cap->rows[AISP_PGC_Q_secrets], err);
	return r;
}

void aisp_pgc_look_done(struct aisp_pgc_look *look)
{
	if (look->text.p)
		explicit_bzero(look->text.p, look->text.cap);
	aisp_buf_done(&look->text);
	aisp_secrets_scratch_free(look->scratch);
	look->scratch = NULL;
}

int aisp_pgc_look_table(struct aisp_pgc_look *look, const struct aisp_pgc_cells *cells, struct aisp_err *err)
{
	int r = put_count(look, cells, AISP_S("0"), cells->n_rows, err);
	for (uint32_t i = 0; r == AISP_OK && i < cells->n_columns; i++)
		r = classes(look, cells, i, err);
	return r == AISP_OK && look->content ? secrets(look, cells, err) : r;
}
