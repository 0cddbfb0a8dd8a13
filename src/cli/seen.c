/* See seen.h. */
#include "cli/seen.h"
#include "base/clock.h"
#include "cli/config.h"
#include <unistd.h>

#define SEEN_US (INT64_C(90) * 86400000000) /* PCI DSS 8.2.6, Security Hub: what was not used for longer is not in use */

int aisp_usage_for_since(const struct aisp_options *o, const struct aisp_snapshot *s, struct aisp_uses *uses, int64_t since_us, struct aisp_usage **ret, struct aisp_err *err)
{
	AISP_CLEANUP(aisp_usage_freep) struct aisp_usage *u = NULL;
	struct aisp_config config = {0};
	const char *path = o->config ? o->config : access("aisp.yaml", R_OK) == 0 ? "aisp.yaml" : NULL;
	int r = path ? aisp_config_load(path, &config, err) : 0;
	if (r == 0)
		r = aisp_usage_make_since(s, uses, aisp_clock_now_us(), since_us, o->rules ? o->rules : config.rules, &u, err);
	for (size_t i = 0; r == 0 && i < config.usage_days.n; i++)
		r = aisp_usage_set_days(u, config.usage_days.v[i].of, config.usage_days.v[i].days, err);
	if (r == 0)
		*ret = AISP_TAKE(u);
	aisp_config_done(&config);
	return r;
}

int aisp_usage_for(const struct aisp_options *o, const struct aisp_snapshot *s, struct aisp_uses *uses, struct aisp_usage **ret, struct aisp_err *err)
{
	return aisp_usage_for_since(o, s, uses, 0, ret, err);
}

static int weigh(const struct aisp_options *o, struct aisp_uses *uses, const struct aisp_snapshot *s, struct aisp_findings *f, struct aisp_err *err)
{
	AISP_CLEANUP(aisp_usage_freep) struct aisp_usage *u = NULL;
	struct aisp_observations seen = {0};
	int r = aisp_usage_for(o, s, uses, &u, err);
	if (r == 0)
		r = aisp_usage_observations(u, &seen, err);
	return r == 0 ? aisp_findings_observe(f, s, &seen, aisp_clock_now_us() - SEEN_US, err) : r;
}

int aisp_findings_seen(const struct aisp_options *o, const char *store_path, const struct aisp_snapshot *s, struct aisp_findings *f, struct aisp_err *err)
{
	AISP_CLEANUP(aisp_uses_closep) struct aisp_uses *uses = NULL;
	struct aisp_err why = {0};
	int r = f->n ? aisp_uses_open(store_path, false, &uses, &why) : AISP_E_NOTFOUND;
	if (r == AISP_E_NOTFOUND)
		return 0;
	const bool opened = r == 0;
	if (r == 0)
		r = weigh(o, uses, s, f, &why);
	if (r == AISP_E_NOMEM || (opened && r == AISP_E_USAGE)) /* a wrong configuration is to be mended */
		return aisp_fail(err, why.code, "%s", why.msg);
	if (r < 0)
		aisp_log(AISP_LOG_WARN, "what logs said weighs nothing in the priorities: %s", why.msg);
	return 0;
}
