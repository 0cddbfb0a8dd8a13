/* Priority: a sum whose every term is shown. What a finding weighs by its severity, by what is reached, from where, and how
 * sure we are; no other numbers.
 */
#include "judge/judge_int.h"

static const int severity_points[] = {[AISP_SEV_INFO] = 0, [AISP_SEV_LOW] = 10, [AISP_SEV_MEDIUM] = 20, [AISP_SEV_HIGH] = 30,
                                      [AISP_SEV_CRITICAL] = 40};

static struct aisp_term severity_term(const struct aisp_finding *f)
{
	static const char *const names[] = {[AISP_SEV_INFO] = "severity info", [AISP_SEV_LOW] = "severity low",
	                                    [AISP_SEV_MEDIUM] = "severity medium", [AISP_SEV_HIGH] = "severity high",
	                                    [AISP_SEV_CRITICAL] = "severity critical"};
	return (struct aisp_term){aisp_slice_z(names[f->severity]), severity_points[f->severity]};
}

/* Of the target, or of the subject where there is none. */
static bool data_term(const struct aisp_snapshot *s, const struct aisp_finding *f, struct aisp_term *ret)
{
	unsigned subject = s->nodes[f->subject].sensitivity, target = f->target ? s->nodes[f->target].sensitivity : 0;
	bool reaches = target >= subject && f->target;
	switch (reaches ? target : subject) {
	case AISP_SENS_RESTRICTED:
		*ret = (struct aisp_term){reaches ? AISP_S("reaches restricted data") : AISP_S("concerns restricted data"), 20};
		return true;
	case AISP_SENS_CONFIDENTIAL:
		*ret = (struct aisp_term){reaches ? AISP_S("reaches confidential data") : AISP_S("concerns confidential data"), 15};
		return true;
	case AISP_SENS_INTERNAL:
		*ret = (struct aisp_term){reaches ? AISP_S("reaches internal data") : AISP_S("concerns internal data"), 5};
		return true;
	default:
		return false;
	}
}

static bool start_term(const struct aisp_snapshot *s, const struct aisp_finding *f, struct aisp_term *ret)
{
	if (!f->start)
		return false;
	switch (s->nodes[f->start].kind) {
	case AISP_NODE_INTERNET:
		*ret = (struct aisp_term){AISP_S("from the internet"), 20};
		break;
	case AISP_NODE_CONTENT:
		*ret = (struct aisp_term){AISP_S("from content that outsiders write"), 15};
		break;
	case AISP_NODE_TENANT:
		*ret = (struct aisp_term){AISP_S("from a tenant"), 15};
		break;
	case AISP_NODE_NETWORK:
		*ret = (struct aisp_term){AISP_S("from a network"), 10};
		break;
	default:
		*ret = (struct aisp_term){AISP_S("from an identity"), 5};
		break;
	}
	return true;
}

static struct aisp_term confidence_term(const struct aisp_finding *f)
{
	switch (f->confidence) {
	case AISP_CONF_OBSERVED:
		return (struct aisp_term){AISP_S("observed"), 5};
	case AISP_CONF_DECLARED:
		return (struct aisp_term){AISP_S("declared"), 4};
	case AISP_CONF_INFERRED:
		return (struct aisp_term){AISP_S("inferred"), 2};
	default:
		return (struct aisp_term){AISP_S("unresolved"), 0};
	}
}

int aisp_priority__set(const struct aisp_snapshot *s, struct aisp_arena *a, struct aisp_finding *f)
{
	enum { MAX_TERMS = 5 };
	struct aisp_term *t = aisp_arena_zalloc(a, MAX_TERMS, sizeof *t);
	if (!t)
		return AISP_E_NOMEM;
	size_t n = 0;
	t[n++] = severity_term(f);
	n += data_term(s, f, &t[n]);
	n += start_term(s, f, &t[n]);
	t[n++] = f->certain ? (struct aisp_term){AISP_S("certain"), 5} : (struct aisp_term){AISP_S("possible only"), 0};
	t[n++] = confidence_term(f);
	f->terms = t;
	f->n_terms = n;
	f->priority = 0;
	for (size_t i = 0; i < n; i++)
		f->priority += t[i].points;
	return 0;
}
