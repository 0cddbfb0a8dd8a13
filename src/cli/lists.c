/* The lists: assets, identities, findings, gaps, runs; and the whole graph: export and report. */
#include "cli/decided.h"
#include "govern/policy.h"
#include "judge/suppress.h"
#include "base/fs.h"
#include "base/clock.h"
#include <unistd.h>

enum { UNCUT = 2000 };

struct list {
	AISP_VEC(aisp_node) nodes;
	size_t left_out;
};

static bool is_kind(const struct aisp_node_kind_row *row, const char *kind)
{
	return !kind || strcmp(row->name, kind) == 0 || strcmp(row->group, kind) == 0;
}

static int check_kind(const char *kind, struct aisp_err *err)
{
	for (int k = 1; kind && k < AISP_NODE_KIND_END; k++)
		if (is_kind(&aisp_node_kinds[k], kind))
			return 0;
	return kind ? aisp_fail(err, AISP_E_USAGE, "there is no kind or group '%s'; 'aisp sql \"SELECT * FROM kind\"' lists them", kind) : 0;
}

static int pick(const struct aisp_options *o, const struct aisp_snapshot *s, unsigned flags, struct list *l, struct aisp_err *err)
{
	int r = 0;
	for (aisp_node n = 1; r == 0 && n <= s->n_nodes; n++) {
		const struct aisp_node_kind_row *row = &aisp_node_kinds[s->nodes[n].kind];
		/* A kind that is named outright is shown even if it is usually left out. */
		const bool named = o->kind && strcmp(row->name, o->kind) == 0;
		if (!is_kind(row, o->kind) || !(named || o->all || aisp_snode_flags(&s->nodes[n]) & flags))
			continue;
		if (o->limit > 0 && l->nodes.n == (size_t)o->limit)
			l->left_out++;
		else if (aisp_vec_push(&l->nodes, n) < 0)
			r = aisp_fail(err, AISP_E_NOMEM, "out of memory while listing");
	}
	return r;
}

static int list_nodes(struct aisp_options *o, unsigned flags, enum aisp_view view, const char *title, struct aisp_err *err)
{
	AISP_AUTOSESSION struct aisp_session s = {0};
	struct list l = {0};
	struct aisp_report report;
	int r = check_kind(o->kind, err);
	if (r == 0)
		r = aisp_session_open(o, &s, err);
	if (r == 0)
		r = pick(o, s.snapshot, flags, &l, err);
	if (r == 0) {
		aisp_report_init(o, s.snapshot, title, &report);
		if (!isatty(STDOUT_FILENO))
			report.width = UNCUT; /* what is read by other programs is not cut to a width */
		report.nodes = l.nodes.v;
		report.n_nodes = l.nodes.n;
		report.n_nodes_left_out = l.left_out;
		r = aisp_report_put(o, &report, view, err);
	}
	aisp_vec_done(&l.nodes);
	return r;
}

int aisp_cmd_assets(struct aisp_options *o, struct aisp_err *err)
{
	return list_nodes(o, AISP_NK_ASSET, AISP_VIEW_ASSETS, "assets", err);
}

int aisp_cmd_identities(struct aisp_options *o, struct aisp_err *err)
{
	return list_nodes(o, AISP_NK_IDENTITY | AISP_NK_NHI, AISP_VIEW_IDENTITIES, "identities", err);
}

/* Keeps what is at or above --severity, in place. */
static void keep_severe(struct aisp_findings *f, const char *severity)
{
	const enum aisp_severity least = severity ? aisp_severity_find(aisp_slice_z(severity)) : 0;
	size_t n = 0;
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].severity >= least)
			f->v[n++] = f->v[i];
	f->n = n;
}

static bool is_policy(void *ctx, const struct aisp_finding *f)
{
	(void)ctx;
	return aisp_policies_is(f);
}

static int write_baseline(const struct aisp_options *o, const struct aisp_judged *j, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf out = {0};

	aisp_buf_init(&out, 64 << 20);
	int r = aisp_suppressions_write(j->s.snapshot, &j->findings, aisp_clock_now_us(), &out, err);
	if (r == 0)
		r = aisp_fs_write(o->write_baseline, aisp_buf_slice(&out), 0644, err);
	if (r == 0 && !o->quiet)
		aisp_log(AISP_LOG_INFO, "%zu findings written to %s; review it, then name it with --ignore-file or as aisp-ignore.yaml",
			 j->findings.n, o->write_baseline);
	return r;
}

int aisp_cmd_findings(struct aisp_options *o, struct aisp_err *err)
{
	struct aisp_judged j = {0};
	struct aisp_report report;
	int r = aisp_judged_open(o, &j, err);
	if (r == 0) {
		keep_severe(&j.findings, o->severity);
		if (o->policies)
			aisp_findings_keep(&j.findings, is_policy, NULL);
		r = aisp_decided_for(o, NULL, aisp_session_store_path(o), j.s.store, j.s.snapshot, &j.findings, o->all && !o->write_baseline, err);
	}
	if (r == 0 && o->write_baseline) {
		r = write_baseline(o, &j, err);
		aisp_judged_done(&j);
		return r;
	}
	if (r == 0) {
		aisp_report_init(o, j.s.snapshot, "findings", &report);
		report.findings = &j.findings;
		r = aisp_report_put(o, &report, AISP_VIEW_FINDINGS, err);
	}
	if (r == 0 && o->fail_on) {
		report.incomplete = false; /* that is scan's to say */
		r = aisp_report_exit(&report, o->fail_on);
	}
	aisp_judged_done(&j);
	return r;
}

int aisp_cmd_gaps(struct aisp_options *o, struct aisp_err *err)
{
	AISP_AUTOSESSION struct aisp_session s = {0};
	struct aisp_report report;
	int r = aisp_session_open(o, &s, err);
	if (r < 0)
		return r;
	aisp_report_init(o, s.snapshot, "gaps", &report);
	return aisp_report_put(o, &report, AISP_VIEW_GAPS, err);
}

static int whole_graph(struct aisp_options *o, const char *title, enum aisp_view view, struct aisp_err *err)
{
	struct aisp_judged j = {0};
	struct aisp_report report;
	AISP_VEC(struct aisp_access_row) worst = {0};
	int r = aisp_judged_open(o, &j, err);
	for (size_t i = 0; r == 0 && i < j.findings.n; i++) {
		const struct aisp_finding *f = &j.findings.v[i];
		const int mode = aisp_mode_find(f->rule->path_mode);
		if (aisp_is_worth_drawing(j.s.snapshot, f) && mode >= 0 &&
		    aisp_vec_push(&worst, (struct aisp_access_row){f->start, f->target, (enum aisp_mode)mode, f->certain, f->path}) < 0)
			r = aisp_fail(err, AISP_E_NOMEM, "out of memory while listing paths");
	}
	if (r == 0) {
		aisp_report_init(o, j.s.snapshot, title, &report);
		report.findings = &j.findings;
		report.access = worst.v;
		report.n_access = worst.n;
		r = aisp_report_put(o, &report, view, err);
	}
	aisp_vec_done(&worst);
	aisp_judged_done(&j);
	return r;
}

int aisp_cmd_export(struct aisp_options *o, struct aisp_err *err)
{
	if (!o->format)
		return aisp_fail(err, AISP_E_USAGE, "export needs --format: opengraph, opengraph-schema, json, ndjson or sarif");
	return whole_graph(o, "export", strcmp(o->format, "sarif") == 0 ? AISP_VIEW_FINDINGS : AISP_VIEW_GRAPH, err);
}

int aisp_cmd_report(struct aisp_options *o, struct aisp_err *err)
{
	if (!o->format)
		o->format = "html";
	if (!o->output)
		o->output = "aisp-report.html";
	int r = whole_graph(o, "AI security posture", AISP_VIEW_SCAN, err);
	if (r == 0 && !o->quiet && strcmp(o->output, "-") != 0)
		aisp_log(AISP_LOG_INFO, "wrote %s", o->output);
	return r;
}

static void put_run(struct aisp_buf *out, const struct aisp_store_run *run)
{
	char started[AISP_ISO_LEN + 1];
	aisp_clock_iso(run->started_us, started);
	aisp_buf_printf(out, "%6lld  %s  %5.1f s  +%-8u -%-8u %u ok%s", (long long)run->run, started,
			(double)(run->finished_us - run->started_us) / 1e6, run->added, run->removed, run->sources_ok, run->sources_failed ? ", " : "");
	if (run->sources_failed)
		aisp_buf_printf(out, "%u failed", run->sources_failed);
	aisp_buf_putc(out, '\n');
}

static void put_run_json(struct aisp_jw *w, const struct aisp_store_run *run)
{
	char iso[AISP_ISO_LEN + 1];
	aisp_jw_obj(w);
	aisp_jw_kint(w, "run", run->run);
	aisp_clock_iso(run->started_us, iso);
	aisp_jw_kz(w, "started", iso);
	aisp_clock_iso(run->finished_us, iso);
	aisp_jw_kz(w, "finished", iso);
	aisp_jw_kint(w, "facts_added", run->added);
	aisp_jw_kint(w, "facts_removed", run->removed);
	aisp_jw_kint(w, "sources_ok", run->sources_ok);
	aisp_jw_kint(w, "sources_failed", run->sources_failed);
	aisp_jw_end(w);
}

int aisp_cmd_runs(struct aisp_options *o, struct aisp_err *err)
{
	struct aisp_store *store = NULL;
	struct aisp_store_runs runs = {0};
	AISP_AUTOBUF struct aisp_buf out = {0};
	aisp_buf_init(&out, 0);
	int r = aisp_store_open(aisp_session_store_path(o), AISP_STORE_READONLY, &store, err);
	if (r == AISP_E_NOTFOUND)
		r = aisp_fail(err, AISP_E_USAGE, "there is no store at %s: scan first", aisp_session_store_path(o));
	if (r == 0)
		r = aisp_store_runs(store, &runs, err);
	if (r == 0) {
		const bool json = o->format && strcmp(o->format, "json") == 0;
		const size_t n = o->limit > 0 && (size_t)o->limit < runs.n ? (size_t)o->limit : runs.n;
		struct aisp_jw w;
		aisp_jw_init(&w, &out, true);
		if (json)
			aisp_jw_arr(&w);
		else
			aisp_buf_putz(&out, "   run  started               lasted  facts              sources\n");
		for (size_t i = 0; i < n; i++)
			json ? put_run_json(&w, &runs.v[i]) : put_run(&out, &runs.v[i]);
		if (json)
			aisp_jw_end(&w);
		if (json)
			aisp_buf_putc(&out, '\n');
		else if (n < runs.n)
			aisp_buf_printf(&out, "… and %zu earlier runs\n", runs.n - n);
		r = aisp_buf_check(&out, err);
	}
	if (r == 0)
		r = aisp_output(o, aisp_buf_slice(&out), err);
	aisp_store_runs_done(&runs);
	aisp_store_close(store);
	return r;
}
