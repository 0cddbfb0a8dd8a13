/* Decisions out of the log, and what they mean for what is found now. */
#include "govern/decide.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/jw.h"
#include "base/map.h"
#include "base/mem.h"
#include "govern/decide_int.h"
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

struct aisp_decisions {
	struct aisp_arena *a;
	AISP_VEC(struct aisp_decision) v;
	struct aisp_map by_fingerprint; /* → number of the last one, from 1 */
};

static const char *const actions[] = {
	[AISP_ACTION_TRIAGE] = "triage", [AISP_ACTION_ACCEPT] = "accept", [AISP_ACTION_FALSE_POSITIVE] = "false-positive",
	[AISP_ACTION_PLAN] = "plan",     [AISP_ACTION_REOPEN] = "reopen",
};
enum { ACTIONS = sizeof actions / sizeof *actions };

const char *aisp_action_name(enum aisp_action a)
{
	return a > 0 && (int)a < ACTIONS ? actions[a] : "";
}

static enum aisp_action action_find(struct aisp_slice name)
{
	for (int i = 1; i < ACTIONS; i++)
		if (aisp_slice_eqz(name, actions[i]))
			return (enum aisp_action)i;
	return 0;
}

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A fingerprint is a digest already. False: it is none. */
static bool key_of(struct aisp_slice fingerprint, struct aisp_key *ret)
{
	uint64_t half[2] = {0, 0};
	if (fingerprint.n != 32)
		return false;
	for (size_t i = 0; i < 32; i++) {
		const int d = digit(fingerprint.p[i]);
		if (d < 0)
			return false;
		half[i / 16] = half[i / 16] << 4 | (uint64_t)d;
	}
	*ret = (struct aisp_key){half[0], half[1]};
	return true;
}

/* ---- Reading ---- */

static int read_list(struct aisp_arena *a, const struct aisp_doc *list, struct aisp_slice **ret, size_t *ret_n)
{
	const uint32_t n = list && list->type == AISP_DOC_ARR ? list->n : 0;
	struct aisp_slice *v = aisp_arena_zalloc(a, (size_t)n + 1, sizeof *v);
	if (!v)
		return AISP_E_NOMEM;
	for (uint32_t i = 0; i < n; i++)
		if (!(v[i] = aisp_arena_dup(a, aisp_doc_str(&list->items[i]))).p)
			return AISP_E_NOMEM;
	*ret = v;
	*ret_n = n;
	return 0;
}

int64_t aisp_decide__end_of(struct aisp_slice until)
{
	int64_t us = 0;
	char text[AISP_ISO_LEN + 1] = "";
	if (until.n == 0 || until.n > AISP_ISO_LEN)
		return 0;
	memcpy(text, until.p, until.n);
	if (aisp_clock_parse(text, &us) < 0)
		return 0;
	return us + (until.n == 10 ? (int64_t)24 * 3600 * 1000000 : 0); /* the day itself still counts */
}

static int remember(struct aisp_decisions *d, struct aisp_slice fingerprint, uint32_t number)
{
	struct aisp_key key;
	return key_of(fingerprint, &key) ? aisp_map_put(&d->by_fingerprint, key, number, NULL) : 0;
}

static int read_decision(void *ctx, const struct aisp_govlog_entry *e)
{
	struct aisp_decisions *d = ctx;
	const struct aisp_doc *evidence = aisp_doc_get(e->data, "evidence");
	struct aisp_decision x = {.n = e->n, .at_us = e->at_us};

	if (!aisp_slice_eqz(e->kind, "decide") || !(x.action = action_find(aisp_doc_getstr(e->data, "action"))))
		return 0;
	const struct {
		struct aisp_slice from, *to;
	} texts[] = {{e->by, &x.by}, {aisp_doc_getstr(e->data, "fingerprint"), &x.fingerprint}, {aisp_doc_getstr(e->data, "rule"), &x.rule},
	             {aisp_doc_getstr(e->data, "subject"), &x.subject}, {aisp_doc_getstr(e->data, "reason"), &x.reason},
	             {aisp_doc_getstr(e->data, "plan"), &x.plan}, {aisp_doc_getstr(e->data, "until"), &x.until}};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (!(*texts[i].to = aisp_arena_dup(d->a, texts[i].from)).p)
			return AISP_E_NOMEM;
	x.until_us = aisp_decide__end_of(x.until);
	const struct aisp_slice digest = aisp_doc_getstr(evidence, "digest");
	memcpy(x.basis.digest, digest.p ? digest.p : "", digest.n < sizeof x.basis.digest ? digest.n : 0);
	if (read_list(d->a, aisp_doc_get(evidence, "parts"), &x.basis.parts, &x.basis.n) < 0 ||
	    read_list(d->a, aisp_doc_get(e->data, "also"), &x.also, &x.n_also) < 0 || aisp_vec_push(&d->v, x) < 0)
		return AISP_E_NOMEM;
	const uint32_t number = (uint32_t)d->v.n;
	int r = remember(d, x.fingerprint, number);
	for (size_t i = 0; r == 0 && i < x.n_also; i++)
		r = remember(d, x.also[i], number);
	return r;
}

int aisp_decisions_load(const char *log_path, struct aisp_decisions **ret, struct aisp_err *err)
{
	struct aisp_decisions *d = aisp_mem_zalloc(1, sizeof *d);
	struct aisp_govlog *log = NULL;
	int r;

	if (!d || !(d->a = aisp_arena_new(0))) {
		aisp_mem_free(d);
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while reading the log of decisions");
	}
	if (access(log_path, F_OK) != 0 && errno == ENOENT) {
		*ret = d;
		return 0;
	}
	r = aisp_govlog_open(log_path, false, &log, err);
	if (r == 0) {
		r = aisp_govlog_each(log, read_decision, d, err);
		if (r == AISP_E_NOMEM)
			r = aisp_fail(err, AISP_E_NOMEM, "out of memory while reading the log of decisions");
		aisp_govlog_close(log);
	}
	if (r < 0) {
		aisp_decisions_free(d);
		return r;
	}
	*ret = d;
	return 0;
}

void aisp_decisions_free(struct aisp_decisions *d)
{
	if (!d)
		return;
	aisp_vec_done(&d->v);
	aisp_map_done(&d->by_fingerprint);
	aisp_arena_free(d->a);
	aisp_mem_free(d);
}

void aisp_decisions_freep(struct aisp_decisions **d)
{
	aisp_decisions_free(*d);
	*d = NULL;
}

size_t aisp_decisions_count(const struct aisp_decisions *d)
{
	return d->v.n;
}

const struct aisp_decision *aisp_decisions_at(const struct aisp_decisions *d, size_t i)
{
	return &d->v.v[i];
}

const struct aisp_decision *aisp_decisions_last(const struct aisp_decisions *d, struct aisp_slice fingerprint)
{
	struct aisp_key key;
	const uint32_t at = key_of(fingerprint, &key) ? aisp_map_get(&d->by_fingerprint, key) : 0;
	return at ? &d->v.v[at - 1] : NULL;
}

/* ---- Writing ---- */

int aisp_verdict_check(const struct aisp_verdict *v, struct aisp_err *err)
{
	const char *name = aisp_action_name(v->action);
	const bool needs_reason = v->action == AISP_ACTION_ACCEPT || v->action == AISP_ACTION_FALSE_POSITIVE || v->action == AISP_ACTION_REOPEN;

	if (needs_reason && !aisp_slice_trim(v->reason).n)
		return aisp_fail(err, AISP_E_USAGE, "--%s needs a --reason, which is kept in the log", name);
	if (v->action == AISP_ACTION_ACCEPT && !v->until.n)
		return aisp_fail(err, AISP_E_USAGE, "--accept needs --until DATE: the day after which the finding is open again");
	if (v->until.n && v->action != AISP_ACTION_ACCEPT)
		return aisp_fail(err, AISP_E_USAGE, "--until belongs to --accept");
	const int64_t end = aisp_decide__end_of(v->until);
	if (v->until.n && !end)
		return aisp_fail(err, AISP_E_USAGE, "--until takes a day such as 2027-01-31, not '%.*s'", AISP_FMT(v->until));
	if (v->until.n && end <= aisp_clock_now_us())
		return aisp_fail(err, AISP_E_USAGE, "--until %.*s has passed already", AISP_FMT(v->until));
	return 0;
}

static void put_strings(struct aisp_jw *w, const char *key, const struct aisp_slice *v, size_t n)
{
	aisp_jw_key(w, key);
	aisp_jw_arr(w);
	for (size_t i = 0; i < n; i++)
		aisp_jw_str(w, v[i]);
	aisp_jw_end(w);
}

static int put_finding(struct aisp_jw *w, const struct aisp_snapshot *s, const struct aisp_finding *f, struct aisp_arena *a, struct aisp_err *err)
{
	struct aisp_names names = {0};
	struct aisp_basis basis;
	struct aisp_slice *also = NULL;
	size_t n_also = 0;
	int r = aisp_basis_of(s, f, a, &basis, err);

	if (r == 0)
		r = aisp_names__make(s, a, &names, err);
	if (r == 0)
		r = aisp_names__fingerprints(&names, f, a, &also, &n_also, err);
	if (r < 0)
		return r;
	aisp_jw_kstr(w, "rule", f->rule->id);
	aisp_jw_kstr(w, "subject", aisp_snapshot_text(s, s->nodes[f->subject].id));
	if (n_also)
		put_strings(w, "also", also, n_also);
	aisp_jw_key(w, "evidence");
	aisp_jw_obj(w);
	aisp_jw_kz(w, "digest", basis.digest);
	put_strings(w, "parts", basis.parts, basis.n);
	aisp_jw_end(w);
	return 0;
}

static int write_entry(struct aisp_govlog *log, const char *by, const struct aisp_verdict *v, struct aisp_slice fingerprint, const struct aisp_snapshot *s,
                       const struct aisp_finding *f, uint64_t *ret_n, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf out = {0};
	struct aisp_arena *a = aisp_arena_new(0);
	struct aisp_jw w;
	int r = a ? 0 : aisp_fail(err, AISP_E_NOMEM, "out of memory while writing a decision");

	aisp_buf_init(&out, 1 << 20);
	aisp_jw_init(&w, &out, false);
	aisp_jw_obj(&w);
	aisp_jw_kz(&w, "action", aisp_action_name(v->action));
	aisp_jw_kstr(&w, "fingerprint", fingerprint);
	if (r == 0 && f)
		r = put_finding(&w, s, f, a, err);
	const struct {
		const char *key;
		struct aisp_slice text;
	} texts[] = {{"reason", v->reason}, {"until", v->until}, {"plan", v->plan}};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (texts[i].text.n)
			aisp_jw_kstr(&w, texts[i].key, texts[i].text);
	aisp_jw_end(&w);
	if (r == 0)
		r = aisp_buf_check(&out, err);
	if (r == 0)
		r = aisp_govlog_add(log, aisp_slice_z(by), AISP_S("decide"), aisp_buf_slice(&out), ret_n, err);
	aisp_arena_free(a);
	return r;
}

int aisp_decisions_add(struct aisp_govlog *log, const char *by, const struct aisp_verdict *v, const struct aisp_snapshot *s, const struct aisp_finding *f, uint64_t *ret_n,
                       struct aisp_err *err)
{
	const int r = aisp_verdict_check(v, err);
	return r < 0 ? r : write_entry(log, by, v, aisp_slice_z(f->fingerprint), s, f, ret_n, err);
}

int aisp_decisions_mark_planned(struct aisp_govlog *log, const char *by, struct aisp_slice fingerprint, struct aisp_slice plan, uint64_t *ret_n, struct aisp_err *err)
{
	const struct aisp_verdict v = {.action = AISP_ACTION_PLAN, .plan = plan};
	return write_entry(log, by, &v, fingerprint, NULL, NULL, ret_n, err);
}

int aisp_decisions_reopen(struct aisp_govlog *log, const char *by, struct aisp_slice fingerprint, struct aisp_slice reason, uint64_t *ret_n, struct aisp_err *err)
{
	const struct aisp_verdict v = {.action = AISP_ACTION_REOPEN, .reason = reason};
	return write_entry(log, by, &v, fingerprint, NULL, NULL, ret_n, err);
}
