/* decide: triage, accept, reject, reopen; and what was decided. */
#include "base/clock.h"
#include "base/fs.h"
#include "cli/decided.h"
#include "govern/policy.h"

/* ---- Deciding ---- */

static int read_action(const struct aisp_options *o, enum aisp_action *ret, struct aisp_err *err)
{
	const struct {
		bool on;
		enum aisp_action action;
	} flags[] = {{o->triage, AISP_ACTION_TRIAGE}, {o->accept, AISP_ACTION_ACCEPT}, {o->false_positive, AISP_ACTION_FALSE_POSITIVE}, {o->reopen, AISP_ACTION_REOPEN}};
	int n = 0;
	*ret = 0;
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (flags[i].on) {
			*ret = flags[i].action;
			n++;
		}
	return n > 1 ? aisp_fail(err, AISP_E_USAGE, "one decision at a time: --triage, --accept, --false-positive or --reopen") : 0;
}

static bool names(const char *word, const struct aisp_finding *f)
{
	return aisp_slice_eqz(f->rule->id, word) || (strlen(word) >= 4 && aisp_slice_starts(aisp_slice_z(f->fingerprint), aisp_slice_z(word)));
}

/* Every word must name something, and a part of a fingerprint only one finding. */
static int pick(const struct aisp_options *o, const struct aisp_findings *f, bool *chosen, struct aisp_err *err)
{
	for (size_t w = 0; w < o->args.n; w++) {
		const char *word = o->args.v[w];
		size_t n = 0;
		bool by_rule = false;
		for (size_t i = 0; i < f->n; i++)
			if (names(word, &f->v[i])) {
				chosen[i] = true;
				by_rule |= aisp_slice_eqz(f->v[i].rule->id, word);
				n++;
			}
		if (n == 0)
			return aisp_fail(err, AISP_E_USAGE, "no finding that is there now has the fingerprint (at least four digits of it) or the rule '%s'; 'aisp findings --all' lists them", word);
		if (n > 1 && !by_rule)
			return aisp_fail(err, AISP_E_USAGE, "%zu findings have a fingerprint that begins with '%s'; write more of it", n, word);
	}
	return 0;
}

struct done {
	const struct aisp_finding *f;
	uint64_t n;
};

static int put_done(const struct aisp_options *o, const struct aisp_verdict *v, const struct done *d, size_t n, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf out = {0};
	const bool json = o->format && strcmp(o->format, "json") == 0;
	struct aisp_jw w;
	aisp_buf_init(&out, 0);
	aisp_jw_init(&w, &out, true);
	if (json) {
		aisp_jw_obj(&w);
		aisp_jw_kz(&w, "schema", "aisp/decided/1");
		aisp_jw_kz(&w, "action", aisp_action_name(v->action));
		aisp_jw_key(&w, "decided");
		aisp_jw_arr(&w);
	}
	for (size_t i = 0; i < n; i++) {
		if (json) {
			aisp_jw_obj(&w);
			aisp_jw_kint(&w, "entry", (int64_t)d[i].n);
			aisp_jw_kz(&w, "fingerprint", d[i].f->fingerprint);
			aisp_jw_kstr(&w, "rule", d[i].f->rule->id);
			aisp_jw_end(&w);
			continue;
		}
		aisp_buf_printf(&out, "entry %-5llu %-14s %.12s  %.*s  ", (unsigned long long)d[i].n, aisp_action_name(v->action), d[i].f->fingerprint, AISP_FMT(d[i].f->rule->id));
		aisp_buf_put_printable(&out, d[i].f->message);
		aisp_buf_putc(&out, '\n');
	}
	if (json) {
		aisp_jw_end(&w);
		aisp_jw_end(&w);
		aisp_buf_putc(&out, '\n');
	}
	const int r = aisp_buf_check(&out, err);
	return r == 0 ? aisp_output(o, aisp_buf_slice(&out), err) : r;
}

static int decide(struct aisp_options *o, enum aisp_action action, struct aisp_err *err)
{
	const struct aisp_verdict v = {.action = action, .reason = aisp_slice_z(o->reason), .until = aisp_slice_z(o->until)};
	struct aisp_judged j = {0};
	struct aisp_govlog *log = NULL;
	int r = aisp_verdict_check(&v, err);
	if (r == 0)
		r = aisp_judged_open(o, &j, err);
	AISP_AUTOFREE bool *chosen = aisp_mem_zalloc(j.findings.n + 1, sizeof *chosen);
	AISP_AUTOFREE struct done *done = aisp_mem_zalloc(j.findings.n + 1, sizeof *done);
	size_t n = 0;

	if (r == 0 && (!chosen || !done))
		r = aisp_fail(err, AISP_E_NOMEM, "out of memory while deciding");
	if (r == 0)
		r = pick(o, &j.findings, chosen, err);
	if (r == 0)
		r = aisp_govlog_for(o, true, &log, err);
	for (size_t i = 0; r == 0 && i < j.findings.n; i++) {
		if (!chosen[i])
			continue;
		done[n].f = &j.findings.v[i];
		r = aisp_decisions_add(log, aisp_who(o), &v, j.s.snapshot, done[n].f, &done[n].n, err);
		n += r == 0;
	}
	aisp_govlog_close(log);
	if (r == 0)
		r = put_done(o, &v, done, n, err);
	aisp_judged_done(&j);
	return r;
}

/* ---- Listing ---- */

struct listing {
	const struct aisp_decisions *d;
	const struct aisp_findings *f;
};

static bool same_last(const struct aisp_decisions *d, const char *fingerprint, const struct aisp_decision *x)
{
	return aisp_decisions_last(d, aisp_slice_z(fingerprint)) == x;
}

/* The finding that the decision is about now; NULL: it is not found any more. */
static const struct aisp_finding *found_now(const struct listing *l, const struct aisp_decision *x)
{
	AISP_AUTOBUF struct aisp_buf where = {0};
	aisp_buf_init(&where, 64);
	aisp_buf_printf(&where, "entry %llu", (unsigned long long)x->n);
	for (size_t i = 0; i < l->f->n; i++)
		if (same_last(l->d, l->f->v[i].fingerprint, x) || (l->f->v[i].state && aisp_slice_eq(l->f->v[i].state->where, aisp_buf_slice(&where))))
			return &l->f->v[i];
	return NULL;
}

static void put_line(struct aisp_buf *out, const struct aisp_decision *x, const struct aisp_finding *f, const char *state)
{
	char at[AISP_ISO_LEN + 1];
	aisp_clock_iso(x->at_us, at);
	aisp_buf_printf(out, "%-15s %.12s  %-18.*s %.10s  ", state, x->fingerprint.p, AISP_FMT(x->rule), at);
	aisp_buf_put_printable(out, x->by);
	if (x->until.n)
		aisp_buf_printf(out, " until %.*s", AISP_FMT(x->until));
	aisp_buf_printf(out, "  (entry %llu)\n", (unsigned long long)x->n);
	const struct aisp_slice lines[] = {f && f->state ? f->state->why : (struct aisp_slice){0}, x->action == AISP_ACTION_PLAN ? x->plan : x->reason};
	for (size_t i = 0; i < 2; i++)
		if (lines[i].n) {
			aisp_buf_fill(out, ' ', 16);
			aisp_buf_put_printable(out, lines[i]);
			aisp_buf_putc(out, '\n');
		}
}

static void put_json(struct aisp_jw *w, const struct aisp_decision *x, const struct aisp_finding *f, const char *state)
{
	char at[AISP_ISO_LEN + 1];
	aisp_clock_iso(x->at_us, at);
	const struct {
		const char *key;
		struct aisp_slice text;
	} texts[] = {{"fingerprint", x->fingerprint}, {"rule", x->rule}, {"subject", x->subject}, {"by", x->by}, {"reason", x->reason}, {"until", x->until}, {"plan", x->plan},
	             {"why", f && f->state ? f->state->why : (struct aisp_slice){0}}};
	aisp_jw_obj(w);
	aisp_jw_kint(w, "entry", (int64_t)x->n);
	aisp_jw_kz(w, "at", at);
	aisp_jw_kz(w, "action", aisp_action_name(x->action));
	aisp_jw_kz(w, "state", state);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (texts[i].text.n)
			aisp_jw_kstr(w, texts[i].key, texts[i].text);
	aisp_jw_kz(w, "evidence", x->basis.digest);
	aisp_jw_end(w);
}

static int put_list(const struct aisp_options *o, const struct listing *l, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf out = {0};
	const bool json = o->format && strcmp(o->format, "json") == 0;
	struct aisp_jw w;
	size_t shown = 0, left_out = 0;
	aisp_buf_init(&out, 0);
	aisp_jw_init(&w, &out, true);
	if (json) {
		aisp_jw_obj(&w);
		aisp_jw_kz(&w, "schema", "aisp/decisions/1");
		aisp_jw_key(&w, "decisions");
		aisp_jw_arr(&w);
	}
	for (size_t i = aisp_decisions_count(l->d); i-- > 0;) {
		const struct aisp_decision *x = aisp_decisions_at(l->d, i);
		if (aisp_decisions_last(l->d, x->fingerprint) != x)
			continue; /* a later one stands */
		if (o->limit && shown == (size_t)o->limit) {
			left_out++;
			continue;
		}
		const struct aisp_finding *f = found_now(l, x);
		const char *state = f && f->state ? f->state->name : "resolved";
		json ? put_json(&w, x, f, state) : put_line(&out, x, f, state);
		shown++;
	}
	if (json) {
		aisp_jw_end(&w);
		aisp_jw_kint(&w, "left_out", (int64_t)left_out);
		aisp_jw_end(&w);
		aisp_buf_putc(&out, '\n');
	} else if (!shown) {
		aisp_buf_putz(&out, "Nothing was decided yet: aisp decide FINGERPRINT --accept --until DATE --reason TEXT\n");
	} else if (left_out) {
		aisp_buf_printf(&out, "… and %zu earlier ones\n", left_out);
	}
	const int r = aisp_buf_check(&out, err);
	return r == 0 ? aisp_output(o, aisp_buf_slice(&out), err) : r;
}

static int list(struct aisp_options *o, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf path = {0};
	struct aisp_judged j = {0};
	struct aisp_decisions *d = NULL;
	aisp_buf_init(&path, 8192);
	int r = aisp_log_path(aisp_session_store_path(o), &path, err);
	if (r == 0)
		r = aisp_decisions_load(path.p, &d, err);
	if (r == 0)
		r = aisp_judged_open(o, &j, err);
	if (r == 0)
		r = aisp_decisions_state(d, j.s.snapshot, j.s.store, aisp_clock_now_us(), &j.findings, err);
	if (r == 0) {
		const struct listing l = {.d = d, .f = &j.findings};
		r = put_list(o, &l, err);
	}
	aisp_decisions_free(d);
	aisp_judged_done(&j);
	return r;
}

int aisp_cmd_decide(struct aisp_options *o, struct aisp_err *err)
{
	enum aisp_action action;
	int r = read_action(o, &action, err);
	if (r < 0)
		return r;
	if (action && o->args.n == 0)
		return aisp_fail(err, AISP_E_USAGE, "decide about what? Name fingerprints or rules; 'aisp findings' shows them");
	if (!action && o->args.n)
		return aisp_fail(err, AISP_E_USAGE, "what is decided? Say --triage, --accept --until DATE, --false-positive or --reopen");
	return action ? decide(o, action, err) : list(o, err);
}
