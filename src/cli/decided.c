/* See decided.h. */
#include "cli/decided.h"
#include "cli/seen.h"
#include "base/clock.h"
#include "base/fs.h"
#include "govern/policy.h"
#include "judge/suppress.h"
#include <fcntl.h>
#include <git2.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool from_git(char *ret, size_t cap)
{
	git_config *config = NULL;
	git_buf value = {0};
	bool found = false;
	if (git_libgit2_init() < 0)
		return false;
	if (git_config_open_default(&config) == 0) {
		found = git_config_get_string_buf(&value, config, "user.email") == 0 || git_config_get_string_buf(&value, config, "user.name") == 0;
		if (found)
			snprintf(ret, cap, "%s", value.ptr);
	}
	git_buf_dispose(&value);
	git_config_free(config);
	git_libgit2_shutdown();
	return found && ret[0];
}

const char *aisp_who(const struct aisp_options *o)
{
	static char name[256];
	const char *env = getenv("AISP_USER");
	const struct passwd *pw;
	if (o->by && o->by[0])
		return o->by;
	if (env && env[0])
		return env;
	if (from_git(name, sizeof name))
		return name;
	pw = getpwuid(getuid());
	snprintf(name, sizeof name, "%s", pw ? pw->pw_name : "unknown");
	return name;
}

int aisp_log_path(const char *store_path, struct aisp_buf *out, struct aisp_err *err)
{
	aisp_buf_printf(out, "%s.log", store_path);
	return aisp_buf_check(out, err);
}

int aisp_govlog_for(const struct aisp_options *o, bool write, struct aisp_govlog **ret, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf path = {0};
	aisp_buf_init(&path, 8192);
	const int r = aisp_log_path(aisp_session_store_path(o), &path, err);
	return r < 0 ? r : aisp_govlog_open(path.p, write, ret, err);
}

/* ---- States ---- */

static int mark_from_log(const char *store_path, struct aisp_store *store, const struct aisp_snapshot *s, struct aisp_findings *f, size_t *ret_hidden, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf path = {0};
	struct aisp_decisions *d = NULL;
	aisp_buf_init(&path, 8192);
	int r = aisp_log_path(store_path, &path, err);
	if (r == 0)
		r = aisp_decisions_load(path.p, &d, err);
	if (r == 0)
		r = aisp_decisions_state(d, s, store, aisp_clock_now_us(), f, err);
	aisp_decisions_free(d);
	for (size_t i = 0; r == 0 && i < f->n; i++)
		*ret_hidden += f->v[i].state->hidden;
	return r;
}

static int mark_from_file(const struct aisp_options *o, const char *configured, const struct aisp_snapshot *s, struct aisp_findings *f, bool all, struct aisp_err *err)
{
	const char *asked = o->ignore_file ? o->ignore_file : configured, *path = asked ? asked : "aisp-ignore.yaml";
	AISP_AUTOBUF struct aisp_buf text = {0};
	struct aisp_suppressions *list = NULL;
	struct aisp_suppressed n = {0};

	if (!asked && access(path, F_OK) != 0)
		return 0;
	aisp_buf_init(&text, 8 << 20);
	int r = aisp_fs_read(AT_FDCWD, path, false, 8 << 20, &text, err);
	if (r == AISP_E_NOTFOUND || r == AISP_E_ACCESS)
		return aisp_fail(err, AISP_E_USAGE, "cannot read %s, which says what findings are accepted", path);
	if (r == 0)
		r = aisp_suppressions_parse(aisp_buf_slice(&text), path, &list, err);
	if (r == 0)
		r = aisp_suppressions_mark(list, s, aisp_clock_now_us(), f, &n, err);
	if (r == 0 && !o->quiet && n.hidden)
		aisp_log(AISP_LOG_INFO, "%zu accepted findings are %s (%s)", n.hidden, all ? "marked" : "left out", path);
	if (r == 0 && !o->quiet && n.expired)
		aisp_log(AISP_LOG_WARN, "%zu entries have run out, their findings are back; the first: %.*s", n.expired, AISP_FMT(n.first_expired));
	if (r == 0 && o->verbose && n.unused)
		aisp_log(AISP_LOG_INFO, "%zu entries fit nothing any more; the first: %.*s", n.unused, AISP_FMT(n.first_unused));
	aisp_suppressions_free(list);
	return r;
}

static bool stands(void *ctx, const struct aisp_finding *f)
{
	(void)ctx;
	return !f->state || !f->state->hidden;
}

int aisp_decided_for(const struct aisp_options *o, const char *ignore_file, const char *store_path, struct aisp_store *store, const struct aisp_snapshot *s,
                     struct aisp_findings *f, bool all, struct aisp_err *err)
{
	size_t hidden = 0;
	int r = f->n ? mark_from_log(store_path, store, s, f, &hidden, err) : 0;
	if (r == 0 && hidden && !o->quiet)
		aisp_log(AISP_LOG_INFO, "%zu findings that were accepted or rejected are %s (aisp decide)", hidden, all ? "marked" : "left out");
	if (r == 0)
		r = mark_from_file(o, ignore_file, s, f, all, err);
	if (r == 0 && !all)
		aisp_findings_keep(f, stands, NULL);
	return r;
}

/* ---- Judged ---- */

int aisp_policies_for(const struct aisp_policies *p, const char *store_path, const struct aisp_snapshot *s, const struct aisp_reach *reach, struct aisp_findings *f, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf path = {0};
	aisp_buf_init(&path, 8192);
	const int r = aisp_log_path(store_path, &path, err);
	return r == 0 ? aisp_policies_judge(p, path.p, s, reach, f, err) : r;
}

int aisp_judged_open(struct aisp_options *o, struct aisp_judged *j, struct aisp_err *err)
{
	int r = aisp_session_open(o, &j->s, err);
	if (r == 0)
		r = aisp_session_reach(&j->s, err);
	if (r == 0)
		r = aisp_rules_load(o->rules, &j->rules, err);
	if (r == 0)
		r = aisp_judge(j->rules, j->s.snapshot, j->s.reach, &j->findings, err);
	if (r == 0)
		r = aisp_policies_load(o->config, NULL, &j->policies, err);
	if (r == 0)
		r = aisp_policies_for(j->policies, aisp_session_store_path(o), j->s.snapshot, j->s.reach, &j->findings, err);
	return r == 0 ? aisp_findings_seen(o, aisp_session_store_path(o), j->s.snapshot, &j->findings, err) : r;
}

void aisp_judged_done(struct aisp_judged *j)
{
	aisp_findings_done(&j->findings);
	aisp_policies_free(j->policies);
	aisp_rules_free(j->rules);
	aisp_session_done(&j->s);
}
