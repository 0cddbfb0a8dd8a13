/* what-if --policies: the stored facts against those with proposed files in the place of their sources: which policies break or are mended, what access comes or goes.
 * Nothing is stored. */
#include "cli/compare.h"
#include "cli/decided.h"
#include "cli/rescan.h"
#include "govern/policy.h"

struct proposal {
	struct aisp_session base;
	struct aisp_snapshot *after;
	struct aisp_reach *reach;
	struct aisp_policies *policies;
	struct aisp_findings before, now;
	struct aisp_changes access;
	size_t broken, mended;
};

static int new_findings(struct aisp_findings *f, struct aisp_err *err)
{
	*f = (struct aisp_findings){.arena = aisp_arena_new(0)};
	return f->arena ? 0 : aisp_fail(err, AISP_E_NOMEM, "out of memory while comparing");
}

static bool has(const struct aisp_findings *f, const char *fingerprint)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->v[i].fingerprint, fingerprint) == 0)
			return true;
	return false;
}

static int read_targets(const struct aisp_options *o, struct proposal *p, struct aisp_err *err)
{
	AISP_VEC(struct aisp_target) targets = {0};
	int r = 0;
	for (size_t i = 0; r == 0 && i < o->args.n; i++)
		if (aisp_vec_push(&targets, (struct aisp_target){.text = aisp_slice_z(o->args.v[i]), .name = aisp_slice_z(o->name), .cluster = aisp_slice_z(o->cluster)}) < 0)
			r = aisp_fail(err, AISP_E_NOMEM, "out of memory while reading the targets");
	if (r == 0)
		r = aisp_scan_proposed(o, targets.v, targets.n, &p->after, err);
	aisp_vec_done(&targets);
	return r;
}

static int compare(const struct aisp_options *o, struct proposal *p, struct aisp_err *err)
{
	static const enum aisp_mode modes[] = {AISP_MODE_READ, AISP_MODE_READ_VIA, AISP_MODE_WRITE, AISP_MODE_WRITE_VIA};
	int r = aisp_reach_new(p->after, NULL, &p->reach, err);
	if (r == 0)
		r = new_findings(&p->before, err);
	if (r == 0)
		r = new_findings(&p->now, err);
	if (r == 0)
		r = aisp_policies_for(p->policies, aisp_session_store_path(o), p->base.snapshot, p->base.reach, &p->before, err);
	if (r == 0)
		r = aisp_policies_for(p->policies, aisp_session_store_path(o), p->after, p->reach, &p->now, err);
	/* An accepted break of a policy is no new one. */
	if (r == 0)
		r = aisp_decided_for(o, NULL, aisp_session_store_path(o), p->base.store, p->base.snapshot, &p->before, true, err);
	for (size_t i = 0; r == 0 && i < sizeof modes / sizeof *modes; i++)
		r = aisp_compare(p->base.snapshot, p->base.reach, p->after, p->reach, modes[i], &p->access, err);
	for (size_t i = 0; r == 0 && i < p->now.n; i++)
		p->broken += !has(&p->before, p->now.v[i].fingerprint);
	for (size_t i = 0; r == 0 && i < p->before.n; i++)
		p->mended += !has(&p->now, p->before.v[i].fingerprint);
	return r;
}

static void put_some(const struct aisp_findings *f, const struct aisp_findings *other, char sign, size_t limit, struct aisp_buf *out)
{
	size_t shown = 0, more = 0;
	for (size_t i = 0; i < f->n; i++) {
		if (has(other, f->v[i].fingerprint))
			continue;
		if (limit && shown == limit) {
			more++;
			continue;
		}
		aisp_buf_printf(out, "  %c %-8s %.*s  ", sign, aisp_severity_name(f->v[i].severity), AISP_FMT(f->v[i].rule->id));
		aisp_buf_put_printable(out, f->v[i].message);
		aisp_buf_putc(out, '\n');
		shown++;
	}
	if (more)
		aisp_buf_printf(out, "  … and %zu more (--limit)\n", more);
}

static void json_some(struct aisp_jw *w, const char *key, const struct aisp_findings *f, const struct aisp_findings *other)
{
	aisp_jw_key(w, key);
	aisp_jw_arr(w);
	for (size_t i = 0; i < f->n; i++) {
		if (has(other, f->v[i].fingerprint))
			continue;
		aisp_jw_obj(w);
		aisp_jw_kz(w, "fingerprint", f->v[i].fingerprint);
		aisp_jw_kstr(w, "policy", f->v[i].rule->id);
		aisp_jw_kz(w, "severity", aisp_severity_name(f->v[i].severity));
		aisp_jw_kbool(w, "certain", f->v[i].certain);
		aisp_jw_kstr(w, "message", f->v[i].message);
		aisp_jw_end(w);
	}
	aisp_jw_end(w);
}

static int put(const struct aisp_options *o, const struct proposal *p, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf out = {0};
	struct aisp_jw w;
	aisp_buf_init(&out, 0);
	if (o->format && strcmp(o->format, "json") == 0) {
		aisp_jw_init(&w, &out, true);
		aisp_jw_obj(&w);
		aisp_jw_kz(&w, "schema", "aisp/proposal/1");
		aisp_jw_kint(&w, "policies", (int64_t)aisp_policies_count(p->policies));
		json_some(&w, "broken", &p->now, &p->before);
		json_some(&w, "mended", &p->before, &p->now);
		aisp_jw_key(&w, "access");
		aisp_changes_json(&p->access, &w);
		aisp_jw_end(&w);
		aisp_buf_putc(&out, '\n');
	} else {
		aisp_buf_printf(&out, "%zu polic%s: %zu newly broken, %zu mended, %zu broken before and still\n", aisp_policies_count(p->policies),
		                aisp_policies_count(p->policies) == 1 ? "y" : "ies", p->broken, p->mended, p->now.n - p->broken);
		put_some(&p->now, &p->before, '+', (size_t)o->limit, &out);
		put_some(&p->before, &p->now, '-', (size_t)o->limit, &out);
		aisp_buf_putc(&out, '\n');
		aisp_changes_put(&p->access, (size_t)o->limit, &out);
	}
	const int r = aisp_buf_check(&out, err);
	return r == 0 ? aisp_output(o, aisp_buf_slice(&out), err) : r;
}

int aisp_whatif_proposed(struct aisp_options *o, struct aisp_err *err)
{
	struct proposal p = {0};
	bool found = false;
	int r = o->args.n ? 0 : aisp_fail(err, AISP_E_USAGE, "what-if --policies needs the folders or files that are proposed");
	if (r == 0)
		r = aisp_policies_load(o->config, &found, &p.policies, err);
	if (r == 0 && aisp_policies_count(p.policies) == 0)
		r = aisp_fail(err, AISP_E_USAGE, found ? "the configuration has no policies (docs/policies.md)" : "there is no aisp.yaml here that says policies; name one with --config");
	if (r == 0)
		r = aisp_session_open(o, &p.base, err);
	if (r == 0)
		r = aisp_session_reach(&p.base, err);
	if (r == 0)
		r = read_targets(o, &p, err);
	if (r == 0)
		r = compare(o, &p, err);
	if (r == 0)
		r = put(o, &p, err);
	const bool breaks = p.broken > 0;
	aisp_changes_done(&p.access);
	aisp_findings_done(&p.before);
	aisp_findings_done(&p.now);
	aisp_policies_free(p.policies);
	aisp_reach_free(p.reach);
	aisp_snapshot_free(p.after);
	aisp_session_done(&p.base);
	return r < 0 ? r : breaks ? AISP_EXIT_FINDINGS : AISP_EXIT_OK;
}
