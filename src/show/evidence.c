/* Evidence as text: see evidence.h. */
#include "show/evidence.h"

const char *aisp_show__form_name(unsigned form)
{
	static const char *const names[] = {"none",
					    [AISP_EV_FILE] = "file",
					    [AISP_EV_API] = "api",
					    [AISP_EV_LOG] = "log",
					    [AISP_EV_PROBE] = "probe",
					    [AISP_EV_RULE] = "rule"};

	return form < sizeof names / sizeof *names ? names[form] : names[0];
}

static struct aisp_slice text_of(const struct aisp_snapshot *s, aisp_sym sym)
{
	return aisp_snapshot_text(s, sym);
}

void aisp_show__evidence_place(const struct aisp_snapshot *s, const struct aisp_evidence *e, struct aisp_buf *out)
{
	if (e->form == AISP_EV_RULE && e->note) { /* from what it was concluded says more than which rule did */
		aisp_buf_put(out, text_of(s, e->note));
		return;
	}
	if (e->form == AISP_EV_LOG || e->form == AISP_EV_PROBE)
		aisp_buf_printf(out, "%s ", aisp_show__form_name(e->form));
	aisp_buf_put(out, text_of(s, e->locator));
	if (e->line)
		aisp_buf_printf(out, ":%u", e->line);
}

/* "locator:line pointer" */
static void put_pointed(const struct aisp_snapshot *s, const struct aisp_evidence *e, struct aisp_buf *out)
{
	if (e->form == AISP_EV_RULE)
		aisp_buf_put(out, text_of(s, e->locator));
	else
		aisp_show__evidence_place(s, e, out);
	if (e->pointer) {
		aisp_buf_putc(out, ' ');
		aisp_buf_put(out, text_of(s, e->pointer));
	}
}

void aisp_show__evidence_text(const struct aisp_snapshot *s, const struct aisp_evidence *e, struct aisp_buf *out)
{
	bool note_first = e->note && e->form == AISP_EV_API;

	if (note_first) {
		aisp_buf_put(out, text_of(s, e->note));
		aisp_buf_putz(out, " (");
		put_pointed(s, e, out);
		aisp_buf_putc(out, ')');
		return;
	}
	put_pointed(s, e, out);
	if (e->note) {
		aisp_buf_putz(out, " (");
		aisp_buf_put(out, text_of(s, e->note));
		aisp_buf_putc(out, ')');
	}
}

/* Higher is better to show: confidence first, then a file. */
static unsigned rank(const struct aisp_evidence *e)
{
	return e->confidence * 2U + (e->form == AISP_EV_FILE);
}

const struct aisp_evidence *aisp_show__best(const struct aisp_snapshot *s, uint32_t at, uint32_t n)
{
	const struct aisp_evidence *best = NULL;

	for (uint32_t i = 0; i < n && at + i < s->n_evidence; i++)
		if (!best || rank(&s->evidence[at + i]) > rank(best))
			best = &s->evidence[at + i];
	return best;
}

const struct aisp_evidence *aisp_show__file(const struct aisp_snapshot *s, uint32_t at, uint32_t n)
{
	const struct aisp_evidence *best = NULL;

	for (uint32_t i = 0; i < n && at + i < s->n_evidence; i++) {
		const struct aisp_evidence *e = &s->evidence[at + i];

		if (e->form == AISP_EV_FILE && (!best || rank(e) > rank(best)))
			best = e;
	}
	return best;
}

const struct aisp_evidence *aisp_show__node_evidence(const struct aisp_snapshot *s, aisp_node n)
{
	return n && n <= s->n_nodes ? aisp_show__best(s, s->nodes[n].ev_at, s->nodes[n].ev_n) : NULL;
}

const struct aisp_evidence *aisp_show__edge_evidence(const struct aisp_snapshot *s, aisp_edge e)
{
	return e && e <= s->n_edges ? aisp_show__best(s, s->edges[e].ev_at, s->edges[e].ev_n) : NULL;
}

void aisp_show__edge_place(const struct aisp_snapshot *s, aisp_edge e, struct aisp_buf *out)
{
	const struct aisp_evidence *ev = aisp_show__edge_evidence(s, e);

	if (!ev)
		return;
	struct aisp_slice control = text_of(s, s->edges[e].control);

	if (ev->form == AISP_EV_API && aisp_slice_starts(control, AISP_S("GRANT ")))
		aisp_buf_put(out, control);
	else
		aisp_show__evidence_place(s, ev, out);
}
