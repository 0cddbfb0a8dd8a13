/* One run of verification: which issuers were named, what a worker handed over, and what is said of a hit in the end. */
#include "collect/verify/verify_int.h"
#include <stdio.h>

static const struct aisp_verify_row *find_issuer(struct aisp_slice name)
{
	for (const struct aisp_verify_row *r = aisp_verify_rows; r->issuer; r++)
		if (aisp_slice_eqz(name, r->issuer))
			return r;
	return NULL;
}

bool aisp_verify__named(const struct aisp_verify *v, struct aisp_slice issuer)
{
	for (size_t i = 0; i < v->n_issuers; i++)
		if (aisp_slice_eq(v->issuers[i], issuer))
			return true;
	return false;
}

static int name_issuers(struct aisp_verify *v, struct aisp_err *err)
{
	struct aisp_slice rest = aisp_slice_z(v->list), name;

	while (rest.p && aisp_slice_split(&rest, ',', &name)) {
		name = aisp_slice_trim(name);
		const struct aisp_verify_row *row = find_issuer(name);
		if (!row)
			return aisp_fail(err, AISP_E_USAGE, "--verify takes names of issuers with commas; '%.*s' is none of them; 'aisp inspect --verify list' prints them",
			                 AISP_FMT(name));
		if (row->cannot)
			return aisp_fail(err, AISP_E_USAGE, "%s cannot be asked: %s", row->issuer, row->cannot);
		if (!aisp_verify__named(v, name) && v->n_issuers < AISP_VERIFY__ISSUERS_MAX)
			v->issuers[v->n_issuers++] = name;
	}
	return 0;
}

/* A base that is not allowed is found before anything is read. */
static int check_bases(const struct aisp_verify *v, struct aisp_err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < v->n_issuers; i++) {
		AISP_AUTOBUF struct aisp_buf base = {0};
		bool override;
		aisp_buf_init(&base, 1 << 12);
		r = aisp_verify__base(find_issuer(v->issuers[i]), &base, &override, err);
	}
	return r;
}

int aisp_verify_new(const char *list, const struct aisp_fpkey *key, struct aisp_verify **ret, struct aisp_err *err)
{
	struct aisp_verify *v = aisp_mem_zalloc(1, sizeof *v);
	size_t n = strlen(list) + 1;

	if (v)
		v->list = aisp_mem_alloc(n);
	if (!v || !v->list) {
		aisp_mem_free(v);
		return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	}
	memcpy(v->list, list, n);
	v->key = key;
	int r = name_issuers(v, err);
	if (r == 0)
		r = check_bases(v, err);
	if (r < 0) {
		aisp_verify_free(v);
		return r;
	}
	*ret = v;
	return 0;
}

static void wipe_job(struct aisp_verify__job *j)
{
	aisp_secret_done(&j->value);
	aisp_secret_done(&j->other);
}

void aisp_verify_free(struct aisp_verify *v)
{
	if (!v)
		return;
	for (size_t i = 0; i < v->jobs.n; i++)
		wipe_job(&v->jobs.v[i]);
	aisp_vec_done(&v->jobs);
	aisp_mem_free(v->list);
	aisp_mem_free(v);
}

const struct aisp_slice *aisp_verify_issuers(const struct aisp_verify *v, size_t *ret_n)
{
	*ret_n = v->n_issuers;
	return v->issuers;
}

/* What goes into a header or a URL has no white space, control or other byte that could end it. */
static bool is_plain(struct aisp_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] >= 0x7f)
			return false;
	return s.n > 0;
}

/* Into "{value}" and "{other}" of a URL only what cannot lead it elsewhere. */
static bool fits_url(const struct aisp_verify_row *row, const struct aisp_verify__record *r)
{
	static const char *const places[] = {"{value}", "{other}"};
	const struct aisp_slice parts[] = {r->value, r->other};

	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; strstr(row->url, places[k]) && i < parts[k].n; i++) {
			char c = parts[k].p[i];
			if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == ':' || c == '_' || c == '-'))
				return false;
		}
	return true;
}

static bool is_fingerprint(const struct aisp_verify *v, struct aisp_slice value, const char *fp)
{
	char mine[AISP_FINGERPRINT_LEN + 1];

	aisp_fingerprint(v->key, value, mine);
	return memcmp(mine, fp, AISP_FINGERPRINT_LEN) == 0;
}

/* The row of a record, when it is what was asked for: its issuer was named, its values are those of the fingerprints. */
static const struct aisp_verify_row *row_of(const struct aisp_verify *v, const struct aisp_verify__record *r)
{
	const struct aisp_verify_row *row = aisp_verify__named(v, r->issuer) ? aisp_verify_row_find(r->issuer, r->rule, r->value) : NULL;

	if (!row || !is_fingerprint(v, r->value, r->fp) || (r->other_fp[0] && !is_fingerprint(v, r->other, r->other_fp)))
		return NULL;
	return (row->other_rule || row->other_fact) == (r->other.n > 0) ? row : NULL;
}

static bool is_known(const struct aisp_verify *v, const struct aisp_verify_row *row, const struct aisp_verify__record *r)
{
	for (size_t i = 0; i < v->jobs.n; i++) {
		const struct aisp_verify__job *j = &v->jobs.v[i];
		if (j->row == row && memcmp(j->fp, r->fp, sizeof r->fp) == 0 && aisp_slice_eq(aisp_slice_of(j->other.p, j->other.n), r->other))
			return true;
	}
	return false;
}

static int take_one(void *ctx, const struct aisp_verify__record *r, struct aisp_err *err)
{
	struct aisp_verify *v = ctx;
	const struct aisp_verify_row *row = row_of(v, r);

	if (!row)
		return aisp_fail(err, AISP_E_REMOTE, "a worker handed over what it was not asked for; nothing was sent");
	if (!is_plain(r->value) || (r->other.n && !is_plain(r->other)) || !fits_url(row, r) || is_known(v, row, r))
		return 0; /* what is not plain no issuer takes: stays unknown */
	if (v->jobs.n >= AISP_VERIFY__RECORDS) {
		v->left_out++;
		return 0;
	}
	struct aisp_verify__job j = {.row = row};
	memcpy(j.fp, r->fp, sizeof j.fp);
	memcpy(j.other_fp, r->other_fp, sizeof j.other_fp);
	int rc = aisp_secret_init(&j.value, r->value, err);
	if (rc == 0 && r->other.n)
		rc = aisp_secret_init(&j.other, r->other, err);
	if (rc == 0 && aisp_vec_push(&v->jobs, j) < 0)
		rc = aisp_fail(err, AISP_E_NOMEM, "out of memory for credentials to verify");
	if (rc < 0)
		wipe_job(&j);
	return rc;
}

int aisp_verify_take(struct aisp_verify *v, struct aisp_verify_box *b, struct aisp_err *err)
{
	struct aisp_slice bytes;
	uint32_t count, left_out;

	aisp_verify__box_bytes(b, &bytes, &count, &left_out);
	int r = aisp_verify__read(bytes, count, take_one, v, err);
	aisp_verify_box_clear(b);
	v->left_out += left_out;
	return r;
}

/* The best that is known of a credential: it may have been asked about with several other halves. */
static const struct aisp_verify__job *best(const struct aisp_verify *v, struct aisp_slice fp)
{
	const struct aisp_verify__job *found = NULL;

	for (size_t i = 0; i < v->jobs.n; i++) {
		const struct aisp_verify__job *j = &v->jobs.v[i];
		if ((aisp_slice_eqz(fp, j->fp) || (j->other_fp[0] && aisp_slice_eqz(fp, j->other_fp))) && (!found || j->state > found->state))
			found = j;
	}
	return found;
}

static const char *why_not_asked(const struct aisp_verify *v, const struct aisp_doc *hit)
{
	struct aisp_slice issuer = aisp_doc_getstr(hit, "issuer"), rule = aisp_doc_getstr(hit, "rule");

	for (const struct aisp_verify_row *r = aisp_verify_rows; r->issuer; r++) {
		if (!aisp_slice_eqz(issuer, r->issuer) || r->cannot)
			continue;
		if (r->other_rule && (aisp_verify__in(r->rules, ' ', rule) || aisp_verify__in(r->other_rule, ' ', rule)))
			return "its other half does not stand beside it";
		if (aisp_verify__in(r->rules, ' ', rule) && !r->prefix)
			return v->left_out ? "more credentials than are asked about in one run" : "no issuer takes a key of this form";
	}
	return "no request reads whose such a credential is";
}

static bool is_named_hit(const struct aisp_verify *v, const struct aisp_doc *hit)
{
	return v && aisp_slice_eqz(aisp_doc_getstr(hit, "what"), "secret") && aisp_verify__named(v, aisp_doc_getstr(hit, "issuer"));
}

void aisp_verify_write(const struct aisp_verify *v, const struct aisp_doc *hit, struct aisp_jw *w)
{
	if (!is_named_hit(v, hit))
		return;
	const struct aisp_verify__job *j = best(v, aisp_doc_getstr(hit, "fingerprint"));
	aisp_jw_kz(w, "verified", aisp_verify_state_name(j ? j->state : AISP_VERIFY_UNKNOWN));
	if (!j) {
		aisp_jw_kz(w, "verified_why", why_not_asked(v, hit));
		return;
	}
	if (j->who[0])
		aisp_jw_kz(w, "verified_as", j->who);
	if (j->asked) {
		aisp_jw_kz(w, "verified_by", j->row->url);
		aisp_jw_kz(w, "verified_at", j->at);
	}
	if (j->why[0])
		aisp_jw_kz(w, "verified_why", j->why);
}

void aisp_verify_write_text(const struct aisp_verify *v, const struct aisp_doc *hit, struct aisp_buf *out)
{
	if (!is_named_hit(v, hit))
		return;
	const struct aisp_verify__job *j = best(v, aisp_doc_getstr(hit, "fingerprint"));
	aisp_buf_printf(out, "; verified: %s", aisp_verify_state_name(j ? j->state : AISP_VERIFY_UNKNOWN));
	if (!j)
		aisp_buf_printf(out, " (%s)", why_not_asked(v, hit));
	if (j && j->who[0])
		aisp_buf_printf(out, " as %s", j->who);
	if (j && j->asked)
		aisp_buf_printf(out, " at %s", j->at);
	if (j && j->why[0])
		aisp_buf_printf(out, " (%s)", j->why);
}
