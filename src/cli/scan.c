/* scan and capture: targets → collectors → one builder → resolvers → snapshot → rules → store → report.
 *
 * A source that fails keeps its earlier facts (put back from the store, marked stale) and is a gap; sources of earlier
 * scans that are not named again keep theirs too. Everything is written in one transaction at the end.
 */
#include "base/clock.h"
#include "base/fs.h"
#include "cli/config.h"
#include "cli/decided.h"
#include "govern/own.h"
#include "govern/policy.h"
#include "cli/asked.h"
#include "cli/rescan.h"
#include "cli/seen.h"
#include "cli/session.h"
#include "collect/content/content.h"
#include "collect/worker/collect.h"
#include "resolve/resolve.h"
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

enum { WORST_PATHS = 5, DEFAULT_TIMEOUT_S = 600 };

struct job {
	const struct aisp_collector *collector;
	struct aisp_target target;
	struct aisp_buf key, asked; /* asked: how, as the store keeps it */
	const struct aisp_slice *secret_rules; /* collected again: the files of rules that were used before */
	size_t n_secret_rules;
	int64_t timeout_s;
	uint16_t source;
	bool ok, again;
};
struct scan {
	const struct aisp_options *o;
	struct aisp_config config;
	struct aisp_fpkey fpkey;
	struct aisp_store *store;
	struct aisp_graph *graph;
	struct aisp_snapshot *snapshot;
	struct aisp_reach *reach;
	struct aisp_rules *rules;
	struct aisp_policies *policies;
	struct aisp_secrets *secrets;
	struct aisp_content content;
	struct aisp_findings findings;
	AISP_VEC(struct job) jobs;
	AISP_VEC(struct aisp_slice) names, excludes; /* of the command line; targets borrow them */
	AISP_VEC(struct aisp_slice) secret_rules;    /* paths of all of them, of the configuration and the command line */
	AISP_VEC(struct aisp_report_source) sources;
	AISP_VEC(struct aisp_access_row) worst;
	struct aisp_progress progress;
	int64_t started_us, run;
	uint64_t started_ns;
	struct aisp_err failed; /* why the first source that failed did */
};

const struct aisp_collector *aisp_scan_collector(struct aisp_slice target)
{
	const struct aisp_collector *best = NULL;
	int most = 0;
	for (const struct aisp_collector *const *c = aisp_collectors; *c; c++) {
		const int score = (*c)->recognise(target);
		if (score > most) {
			most = score;
			best = *c;
		}
	}
	return best;
}

/* The text of a target as it may be shown: never the part before '@' of a URL, nor a password among its options. */
static void put_target(struct aisp_buf *out, struct aisp_slice text)
{
	const size_t scheme = aisp_slice_find(text, AISP_S("://"));
	const size_t at = aisp_slice_rchr(text, '@');
	if (aisp_slice_find(aisp_slice_from(text, scheme == SIZE_MAX || at == SIZE_MAX || at < scheme ? 0 : at), AISP_S("password")) != SIZE_MAX) {
		aisp_buf_put_printable(out, AISP_S(AISP_TARGET_HIDDEN));
	} else if (scheme == SIZE_MAX || at == SIZE_MAX || at < scheme) {
		aisp_buf_put_printable(out, text);
	} else {
		aisp_buf_put_printable(out, aisp_slice_to(text, scheme + 3));
		aisp_buf_put_printable(out, aisp_slice_from(text, at + 1));
	}
}

static int add_job(struct scan *s, const struct aisp_target *t, const struct aisp_again *again, struct aisp_err *err)
{
	struct job job = {.collector = aisp_scan_collector(t->text), .target = *t, .timeout_s = s->o->timeout_s};
	if (again) {
		job.again = again->known;
		job.secret_rules = again->secret_rules;
		job.n_secret_rules = again->n_secret_rules;
		job.timeout_s = job.timeout_s ? job.timeout_s : again->timeout_s;
	}
	AISP_AUTOBUF struct aisp_buf shown = {0};
	aisp_buf_init(&shown, 0);
	put_target(&shown, t->text);
	if (!job.collector)
		return aisp_fail(err, AISP_E_USAGE, "'%s' is no target that aisp knows: a file or directory, a capture, postgres://USER@HOST:PORT/DATABASE, aws:PROFILE or kube:CONTEXT",
				 shown.p ? shown.p : "");
	aisp_buf_init(&job.key, 4096);
	int r = job.collector->source_key(&job.target, &job.key, err);
	for (size_t i = 0; r == 0 && i < s->jobs.n; i++)
		if (aisp_slice_eq(aisp_buf_slice(&s->jobs.v[i].key), aisp_buf_slice(&job.key)))
			r = aisp_fail(err, AISP_E_USAGE, "two targets have the same name '%s'; give one of them a name of its own (name: in aisp.yaml, --name)", job.key.p);
	if (r == 0 && aisp_vec_push(&s->jobs, job) < 0)
		r = aisp_fail(err, AISP_E_NOMEM, "out of memory while reading the targets");
	if (r < 0)
		aisp_buf_done(&job.key);
	return r;
}

static int plan(struct scan *s, struct aisp_err *err)
{
	const char *config = s->o->config;
	if (!config && s->o->args.n == 0) {
		if (access("aisp.yaml", R_OK) != 0)
			return aisp_fail(err, AISP_E_USAGE, "nothing to scan: name a target ('aisp scan .') or write an aisp.yaml; see 'aisp help scan'");
		config = "aisp.yaml";
	}
	int r = config ? aisp_config_load(config, &s->config, err) : 0;
	for (size_t i = 0; r == 0 && i < s->config.targets.n; i++)
	{
		struct aisp_target *target = &s->config.targets.v[i]; /* the command line asks for more, never for less */
		target->history |= s->o->history;
		target->unreachable |= s->o->unreachable;
		r = add_job(s, target, NULL, err);
	}
	for (size_t i = 0; i < s->o->also_known_as.n && r == 0; i++)
		r = aisp_vec_push(&s->names, aisp_slice_z(s->o->also_known_as.v[i]));
	for (size_t i = 0; i < s->o->exclude.n && r == 0; i++)
		r = aisp_vec_push(&s->excludes, aisp_slice_z(s->o->exclude.v[i]));
	for (size_t i = 0; r == 0 && i < s->o->args.n; i++) {
		const struct aisp_target t = {.text = aisp_slice_z(s->o->args.v[i]), .name = aisp_slice_z(s->o->name), .cluster = aisp_slice_z(s->o->cluster),
			.also_known_as = s->names.v, .n_also_known_as = s->names.n, .exclude = s->excludes.v, .n_exclude = s->excludes.n,
			.history = s->o->history, .unreachable = s->o->unreachable};
		r = add_job(s, &t, NULL, err);
	}
	return r;
}

static int prepare(struct scan *s, struct aisp_err *err)
{
	struct aisp_options o = *s->o;
	if (!o.store && s->config.store)
		o.store = s->config.store;
	const char *path = aisp_session_store_path(&o);
	AISP_AUTOBUF struct aisp_buf dir = {0}, key = {0};
	aisp_buf_init(&dir, 4096);
	aisp_buf_init(&key, 4096);
	aisp_buf_put(&dir, aisp_slice_dirname(aisp_slice_z(path)));
	int r = aisp_store_key_path(path, &key, err);
	if (r == 0 && dir.n)
		r = aisp_fs_mkdirs(dir.p, err);
	if (r == 0)
		r = aisp_store_open(path, AISP_STORE_CREATE, &s->store, err);
	if (r == 0)
		r = aisp_fpkey_load(key.p, &s->fpkey, err);
	if (r == 0)
		r = aisp_rules_load(o.rules ? o.rules : s->config.rules, &s->rules, err);
	if (r == 0)
		r = aisp_secrets_for(s->o, s->config.secret_rules, s->config.n_secret_rules, &s->secrets, err);
	for (size_t i = 0; r == 0 && i < s->config.n_secret_rules; i++)
		r = aisp_vec_push(&s->secret_rules, s->config.secret_rules[i]);
	for (size_t i = 0; r == 0 && i < s->o->secret_rules.n; i++)
		r = aisp_vec_push(&s->secret_rules, aisp_slice_z(s->o->secret_rules.v[i]));
	s->content = (struct aisp_content){.secrets = s->secrets, .fpkey = &s->fpkey, .what = AISP_CONTENT_ALL};
	s->graph = r == 0 ? aisp_graph_new() : NULL;
	if (r == 0 && !s->graph)
		r = aisp_fail(err, AISP_E_NOMEM, "out of memory while preparing the scan");
	return r;
}

/* A failed source: its earlier facts stand, and the failure is a gap of its own. */
static int keep_earlier(struct scan *s, struct job *job, const struct aisp_err *why, struct aisp_err *err)
{
	struct aisp_slice key = aisp_buf_slice(&job->key);
	int r = aisp_store_load_source(s->store, key, s->graph, err);
	if (r == AISP_E_NOTFOUND)
		r = 0;
	if (r == 0)
		r = aisp_graph_add_gap(s->graph, job->source, key, why->code, aisp_slice_z(why->msg), err);
	return r;
}

/* Another scan may have used other rules than this one: what is collected again is looked at with those of before. */
static int own_rules(struct scan *s, const struct job *job, struct aisp_secrets **ret, struct aisp_err *err)
{
	static const struct aisp_options none = {0};
	bool same = job->n_secret_rules == s->secret_rules.n;
	for (size_t i = 0; same && i < job->n_secret_rules; i++) {
		char path[PATH_MAX];
		same = s->secret_rules.v[i].n < sizeof path && realpath(s->secret_rules.v[i].p, path) && aisp_slice_eqz(job->secret_rules[i], path);
	}
	return same ? 0 : aisp_secrets_for(&none, job->secret_rules, job->n_secret_rules, ret, err);
}

static int run_job(struct scan *s, struct job *job, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf shown = {0};
	aisp_buf_init(&shown, 0);
	put_target(&shown, job->target.text);
	int r = aisp_graph_source(s->graph, aisp_buf_slice(&job->key), aisp_slice_z(job->collector->name), aisp_buf_slice(&shown), &job->source, err);
	struct aisp_content content = s->content;
	struct aisp_secrets *own = NULL;
	if (r == 0 && job->again)
		r = own_rules(s, job, &own, err);
	if (own)
		content.secrets = own;
	if (r == 0)
		r = aisp_asked_json(job->collector, &job->target, aisp_buf_slice(&job->key), job->again ? job->secret_rules : s->secret_rules.v, job->again ? job->n_secret_rules : s->secret_rules.n,
				    job->timeout_s, &job->asked, err);
	if (r < 0) {
		aisp_secrets_free(own);
		return r;
	}
	struct aisp_err why = {0};
	const struct aisp_collect c = {.graph = s->graph, .source = job->source, .fpkey = &s->fpkey, .progress = &s->progress,
		.timeout_s = job->timeout_s ? (unsigned)job->timeout_s : DEFAULT_TIMEOUT_S, .content = &content};
	aisp_progress_start(&s->progress, !s->o->quiet && aisp_stderr_is_terminal(), job->key.p);
	r = aisp_collect_run(job->collector, &c, &job->target, s->o->no_sandbox, &why);
	aisp_progress_end(&s->progress);
	aisp_secrets_free(own);
	job->ok = r == 0;
	if (r == AISP_E_NOMEM || r == AISP_E_USAGE || r == AISP_E_INTERNAL)
		return aisp_fail(err, (enum aisp_code)r, "%s", why.msg);
	if (r < 0 && s->failed.code == AISP_OK)
		s->failed = why;
	return r < 0 ? keep_earlier(s, job, &why, err) : 0;
}

/* Sources of earlier scans that are not named now. */
static int keep_others(struct scan *s, struct aisp_err *err)
{
	struct aisp_store_sources known = {0};
	int r = aisp_store_sources(s->store, &known, err);
	for (size_t i = 0; r == 0 && i < known.n; i++) {
		bool named = aisp_slice_eqz(known.v[i].key, AISP_RESOLVE_SOURCE);
		for (size_t j = 0; j < s->jobs.n && !named; j++)
			named = aisp_slice_eq(known.v[i].key, aisp_buf_slice(&s->jobs.v[j].key));
		if (!named)
			r = aisp_store_load_source(s->store, known.v[i].key, s->graph, err);
	}
	aisp_store_sources_done(&known);
	return r;
}

static int collect(struct scan *s, struct aisp_err *err)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < s->jobs.n; i++)
		r = run_job(s, &s->jobs.v[i], err);
	if (r == 0)
		r = keep_others(s, err);
	if (r == 0)
		r = aisp_resolve(s->graph, err);
	struct aisp_graph *g = AISP_TAKE(s->graph);
	if (r == 0)
		return aisp_graph_freeze(g, &s->snapshot, err);
	aisp_graph_free(g);
	return r;
}

static bool source_failed(const struct scan *s, struct aisp_slice key)
{
	for (size_t i = 0; i < s->jobs.n; i++)
		if (aisp_slice_eq(key, aisp_buf_slice(&s->jobs.v[i].key)))
			return !s->jobs.v[i].ok;
	return false;
}

static void count_evidence(const struct aisp_snapshot *s, uint32_t at, uint32_t n, uint16_t source, uint32_t *count)
{
	for (uint32_t i = 0; i < n; i++)
		if (s->evidence[at + i].source == source) {
			++*count;
			return;
		}
}

/* A row a source: how much of the snapshot comes from it. */
static int count_sources(struct scan *s, struct aisp_err *err)
{
	const struct aisp_snapshot *snap = s->snapshot;
	for (uint16_t i = 1; i <= snap->n_sources; i++) {
		const struct aisp_source_row *row = &snap->sources[i];
		struct aisp_report_source out = {.key = aisp_snapshot_text(snap, row->key), .kind = aisp_snapshot_text(snap, row->kind),
			.target = aisp_snapshot_text(snap, row->target)};
		out.outcome = source_failed(s, out.key) ? AISP_S("failed") : row->stale ? AISP_S("stale") : AISP_S("ok");
		for (uint32_t n = 1; n <= snap->n_nodes; n++)
			count_evidence(snap, snap->nodes[n].ev_at, snap->nodes[n].ev_n, i, &out.nodes);
		for (uint32_t e = 1; e <= snap->n_edges; e++)
			count_evidence(snap, snap->edges[e].ev_at, snap->edges[e].ev_n, i, &out.edges);
		for (uint32_t g = 0; g < snap->n_gaps; g++)
			out.gaps += snap->gaps[g].source == i;
		if (aisp_vec_push(&s->sources, out) < 0)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory while counting");
	}
	return 0;
}

static int judge(struct scan *s, struct aisp_err *err)
{
	const struct aisp_options with_store = {.store = s->o->store ? s->o->store : s->config.store};
	int r = aisp_reach_new(s->snapshot, NULL, &s->reach, err);
	if (r == 0)
		r = aisp_judge(s->rules, s->snapshot, s->reach, &s->findings, err);
	if (r == 0)
		r = aisp_policies_load(s->o->config, NULL, &s->policies, err);
	if (r == 0)
		r = aisp_policies_for(s->policies, aisp_session_store_path(&with_store), s->snapshot, s->reach, &s->findings, err);
	if (r == 0)
		r = aisp_findings_seen(s->o, aisp_session_store_path(&with_store), s->snapshot, &s->findings, err);
	for (size_t i = 0; r == 0 && i < s->findings.n && s->worst.n < WORST_PATHS; i++) {
		const struct aisp_finding *f = &s->findings.v[i];
		const int mode = aisp_mode_find(f->rule->path_mode);
		if (!aisp_is_worth_drawing(s->snapshot, f) || mode < 0)
			continue;
		if (aisp_vec_push(&s->worst, (struct aisp_access_row){f->start, f->target, (enum aisp_mode)mode, f->certain, f->path}) < 0)
			r = aisp_fail(err, AISP_E_NOMEM, "out of memory while listing paths");
	}
	return r == 0 ? count_sources(s, err) : r;
}

/* What the store keeps of a finding beside its fingerprint. */
static struct aisp_slice finding_json(struct aisp_arena *a, const struct aisp_snapshot *snap, const struct aisp_finding *f)
{
	AISP_AUTOBUF struct aisp_buf out = {0};
	struct aisp_jw w;
	aisp_buf_init(&out, 1 << 20);
	aisp_jw_init(&w, &out, false);
	aisp_jw_obj(&w);
	aisp_jw_kstr(&w, "message", f->message);
	aisp_jw_kstr(&w, "start", aisp_snapshot_text(snap, snap->nodes[f->start].id));
	aisp_jw_kstr(&w, "target", aisp_snapshot_text(snap, snap->nodes[f->target].id));
	aisp_jw_kbool(&w, "certain", f->certain);
	aisp_jw_kz(&w, "confidence", aisp_confidence_name(f->confidence));
	aisp_jw_kint(&w, "priority", f->priority);
	aisp_jw_end(&w);
	return aisp_arena_dup(a, aisp_buf_slice(&out));
}

static void mark(const struct aisp_snapshot *snap, uint32_t at, uint32_t n, bool *used)
{
	for (uint32_t i = 0; i < n; i++)
		used[snap->evidence[at + i].source] = true;
}

/* The keys of all sources that a finding rests on: its subject's and those along its path. */
static struct aisp_slice finding_sources(struct aisp_arena *a, const struct aisp_snapshot *snap, const struct aisp_finding *f)
{
	AISP_AUTOBUF struct aisp_buf out = {0};
	bool *used = aisp_arena_zalloc(a, snap->n_sources + 1, sizeof *used);
	if (!used)
		return (struct aisp_slice){0};
	aisp_buf_init(&out, 1 << 20);
	mark(snap, snap->nodes[f->subject].ev_at, snap->nodes[f->subject].ev_n, used);
	for (size_t i = 0; i < f->path.n; i++) {
		const aisp_edge e = f->path.hops[i].edge;
		if (e && e <= snap->n_edges)
			mark(snap, snap->edges[e].ev_at, snap->edges[e].ev_n, used);
	}
	for (uint32_t i = 1; i <= snap->n_sources; i++)
		if (used[i]) {
			if (out.n)
				aisp_buf_putc(&out, '\n');
			aisp_buf_put(&out, aisp_snapshot_text(snap, snap->sources[i].key));
		}
	return aisp_arena_dup(a, aisp_buf_slice(&out));
}

static int save(struct scan *s, struct aisp_err *err)
{
	struct aisp_arena *a = aisp_arena_new(0);
	struct aisp_store_outcome *outcomes = a ? aisp_arena_zalloc(a, s->jobs.n + 2, sizeof *outcomes) : NULL;
	struct aisp_slice *options = outcomes ? aisp_arena_zalloc(a, s->jobs.n + 2, sizeof *options) : NULL;
	struct aisp_store_finding *kept = options ? aisp_arena_zalloc(a, s->findings.n + 1, sizeof *kept) : NULL;
	if (!kept) {
		aisp_arena_free(a);
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while storing the scan");
	}
	for (size_t i = 0; i < s->jobs.n; i++) {
		outcomes[i] = (struct aisp_store_outcome){aisp_buf_slice(&s->jobs.v[i].key), s->jobs.v[i].ok};
		options[i] = aisp_buf_slice(&s->jobs.v[i].asked);
	}
	outcomes[s->jobs.n] = (struct aisp_store_outcome){AISP_S(AISP_RESOLVE_SOURCE), true};
	for (size_t i = 0; i < s->findings.n; i++) {
		const struct aisp_finding *f = &s->findings.v[i];
		kept[i] = (struct aisp_store_finding){.fingerprint = aisp_slice_z(f->fingerprint), .rule = f->rule->id,
			.severity = aisp_slice_z(aisp_severity_name(f->severity)), .title = f->rule->title,
			.subject = aisp_snapshot_text(s->snapshot, s->snapshot->nodes[f->subject].id),
			.content = finding_json(a, s->snapshot, f), .sources = finding_sources(a, s->snapshot, f)};
	}
	const struct aisp_store_save in = {.started_us = s->started_us, .finished_us = aisp_clock_now_us(), .title = AISP_S("scan"),
		.outcomes = outcomes, .n_outcomes = s->jobs.n + 1, .options = options, .findings = kept, .n_findings = s->findings.n};
	int r = aisp_store_save(s->store, s->snapshot, &in, &s->run, err);
	aisp_arena_free(a);
	return r < 0 ? aisp_wrap(err, r, "while storing the scan") : 0;
}

static void scan_done(struct scan *s)
{
	aisp_findings_done(&s->findings);
	aisp_reach_free(s->reach);
	aisp_rules_free(s->rules);
	aisp_policies_free(s->policies);
	aisp_secrets_free(s->secrets);
	aisp_snapshot_free(s->snapshot);
	aisp_graph_free(s->graph);
	aisp_store_close(s->store);
	for (size_t i = 0; i < s->jobs.n; i++) {
		aisp_buf_done(&s->jobs.v[i].key);
		aisp_buf_done(&s->jobs.v[i].asked);
	}
	aisp_vec_done(&s->jobs);
	aisp_vec_done(&s->secret_rules);
	aisp_vec_done(&s->names);
	aisp_vec_done(&s->excludes);
	aisp_vec_done(&s->sources);
	aisp_vec_done(&s->worst);
	aisp_config_done(&s->config);
}

static int count_owned(const char *store_path, const struct aisp_snapshot *s, struct aisp_report_owned *ret, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf path = {0};
	struct aisp_owners *owners = NULL;
	struct aisp_own_coverage c;
	aisp_buf_init(&path, 8192);
	int r = aisp_log_path(store_path, &path, err);
	if (r == 0)
		r = aisp_owners_load(path.p, s, &owners, err);
	if (r == 0)
		r = aisp_owners_coverage(owners, &c, err);
	aisp_owners_free(owners);
	if (r == 0)
		*ret = (struct aisp_report_owned){true, c.assets, c.owned, c.ai, c.ai_owned, c.disputed};
	return r;
}

int aisp_cmd_scan(struct aisp_options *o, struct aisp_err *err)
{
	struct scan s = {.o = o, .started_us = aisp_clock_now_us(), .started_ns = aisp_clock_mono_ns()};
	int r = plan(&s, err);
	if (r == 0)
		r = prepare(&s, err);
	if (r == 0)
		r = collect(&s, err);
	if (r == 0)
		r = judge(&s, err);
	if (r == 0)
		r = save(&s, err);
	struct aisp_options with_store = {.store = o->store ? o->store : s.config.store};
	if (r == 0)
		r = aisp_decided_for(o, s.config.ignore_file, aisp_session_store_path(&with_store), s.store, s.snapshot, &s.findings, false, err);
	struct aisp_report_owned owned = {0};
	if (r == 0)
		r = count_owned(aisp_session_store_path(&with_store), s.snapshot, &owned, err);
	if (r == 0) {
		struct aisp_report report;
		aisp_report_init(o, s.snapshot, "scan", &report);
		report.owned = owned;
		report.findings = &s.findings;
		report.sources = s.sources.v;
		report.n_sources = s.sources.n;
		report.access = s.worst.v;
		report.n_access = s.worst.n;
		report.scan_seconds = (double)(aisp_clock_mono_ns() - s.started_ns) / 1e9;
		r = aisp_report_put(o, &report, AISP_VIEW_SCAN, err);
		if (r == 0)
			r = aisp_report_exit(&report, o->fail_on ? o->fail_on : s.config.fail_on);
	}
	scan_done(&s);
	return r;
}

int aisp_scan_again(const struct aisp_options *o, const struct aisp_again *v, size_t n, int64_t *ret_run, struct aisp_err *err)
{
	struct aisp_options own = *o;
	struct scan s = {.o = &own, .started_us = aisp_clock_now_us(), .started_ns = aisp_clock_mono_ns()};
	own.store = aisp_session_store_path(o); /* that of the question, whatever the configuration says */
	int r = access("aisp.yaml", R_OK) == 0 ? aisp_config_load("aisp.yaml", &s.config, err) : 0;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = add_job(&s, &v[i].target, &v[i], err);
	if (r == 0)
		r = prepare(&s, err);
	if (r == 0)
		r = collect(&s, err);
	if (r == 0)
		r = judge(&s, err);
	if (r == 0)
		r = save(&s, err);
	if (r == 0 && s.failed.code)
		r = aisp_fail(err, s.failed.code, "a source could not be collected again: %s", s.failed.msg);
	if (r == 0)
		*ret_run = s.run;
	scan_done(&s);
	return r;
}

static int says_what_is_new(const struct scan *s, struct aisp_err *err)
{
	for (size_t i = 0; i < s->jobs.n; i++) {
		struct aisp_store_sources known = {0};
		bool found = false;
		const int r = aisp_store_sources(s->store, &known, err);
		for (size_t k = 0; r == 0 && k < known.n && !found; k++)
			found = aisp_slice_eq(known.v[k].key, aisp_buf_slice(&s->jobs.v[i].key));
		aisp_store_sources_done(&known);
		if (r < 0)
			return r;
		if (!found && !s->o->quiet)
			aisp_log(AISP_LOG_WARN, "no stored source is called %s: all of it counts as new; --name says which one it replaces", s->jobs.v[i].key.p);
	}
	return 0;
}

int aisp_scan_proposed(const struct aisp_options *o, const struct aisp_target *targets, size_t n, struct aisp_snapshot **ret, struct aisp_err *err)
{
	struct scan s = {.o = o, .started_us = aisp_clock_now_us(), .started_ns = aisp_clock_mono_ns()};
	int r = 0;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = add_job(&s, &targets[i], NULL, err);
	if (r == 0)
		r = prepare(&s, err);
	if (r == 0)
		r = says_what_is_new(&s, err);
	if (r == 0)
		r = collect(&s, err);
	if (r == 0 && s.failed.code)
		r = aisp_fail(err, s.failed.code, "what is proposed could not be read: %s", s.failed.msg);
	if (r == 0)
		*ret = AISP_TAKE(s.snapshot);
	scan_done(&s);
	return r;
}

int aisp_cmd_capture(struct aisp_options *o, struct aisp_err *err)
{
	if (o->args.n != 1 || !o->out)
		return aisp_fail(err, AISP_E_USAGE, "capture needs one TARGET and --out DIR");
	AISP_VEC(struct aisp_slice) names = {0};
	for (size_t i = 0; i < o->also_known_as.n; i++)
		if (aisp_vec_push(&names, aisp_slice_z(o->also_known_as.v[i])) < 0)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory while reading the command line");
	const struct aisp_target t = {.text = aisp_slice_z(o->args.v[0]), .name = aisp_slice_z(o->name), .also_known_as = names.v, .n_also_known_as = names.n};
	const struct aisp_collector *c = aisp_scan_collector(t.text);
	struct aisp_progress progress;
	int r;
	if (!c)
		r = aisp_fail(err, AISP_E_USAGE, "this is no target that aisp knows; see 'aisp help scan'");
	else if (!c->capture)
		r = aisp_fail(err, AISP_E_USAGE, "'%s' is already at rest: scan it where it is, or copy it", o->args.v[0]);
	else {
		aisp_progress_start(&progress, !o->quiet && aisp_stderr_is_terminal(), "capturing");
		const struct aisp_collect ctx = {.progress = &progress, .timeout_s = o->timeout_s ? (unsigned)o->timeout_s : DEFAULT_TIMEOUT_S};
		r = c->capture(&ctx, &t, o->out, err);
		aisp_progress_end(&progress);
		if (r == 0 && !o->quiet)
			aisp_log(AISP_LOG_INFO, "captured into %s; scan it with: aisp scan %s", o->out, o->out);
	}
	aisp_vec_done(&names);
	return r;
}
