/* SARIF 2.1.0 (OASIS, errata 01) for code scanning: a rule each, a result each finding, its path as a code flow, and
 * coverage gaps as notifications of the invocation.
 *
 * GitHub's limits (docs.github.com, "SARIF support for code scanning", limits on objects) are respected: 25,000 results
 * and 20 tags a rule. What is cut is said in a notification. A result is shown there only when a file stands behind it;
 * the others have logical locations, which other readers show.
 */
#include "show/chain.h"
#include "show/evidence.h"
#include "show/formats.h"
#include "show/show_int.h"
#include <stdio.h>

enum { MOST_RESULTS = 25000, MOST_TAGS = 20 };

struct sarif {
	const struct aisp_report *r;
	const struct aisp_snapshot *s;
	struct aisp_jw w;
	const struct aisp_rule **rules; /* sorted by id, each once */
	size_t n_rules;
	uint8_t *has_files; /* by source */
	uint32_t root;      /* the first source with files */
};

static void sarif_done(struct sarif *x)
{
	aisp_mem_free(x->rules);
	aisp_mem_free(x->has_files);
}

/* Position of the rule, or where it would stand. */
static size_t rule_at(const struct sarif *x, const struct aisp_rule *rule, bool *ret_found)
{
	size_t low = 0, high = x->n_rules;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = aisp_slice_cmp(x->rules[mid]->id, rule->id);

		if (c == 0) {
			*ret_found = true;
			return mid;
		}
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	*ret_found = false;
	return low;
}

static int prepare(struct sarif *x, struct aisp_err *err)
{
	size_t n = x->r->findings ? x->r->findings->n : 0;

	x->rules = aisp_mem_zalloc(n + 1, sizeof *x->rules);
	x->has_files = aisp_mem_zalloc((size_t)x->s->n_sources + 1, 1);
	if (!x->rules || !x->has_files)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory: collecting the rules of %zu findings", n);
	for (size_t i = 0; i < n; i++) {
		bool found;
		size_t at = rule_at(x, x->r->findings->v[i].rule, &found);

		if (found)
			continue;
		memmove(x->rules + at + 1, x->rules + at, (x->n_rules - at) * sizeof *x->rules);
		x->rules[at] = x->r->findings->v[i].rule;
		x->n_rules++;
	}
	for (uint32_t i = 0; i < x->s->n_evidence; i++)
		if (x->s->evidence[i].form == AISP_EV_FILE && x->s->evidence[i].source <= x->s->n_sources)
			x->has_files[x->s->evidence[i].source] = 1;
	for (uint32_t i = x->s->n_sources; i > 0; i--)
		if (x->has_files[i])
			x->root = i;
	return AISP_OK;
}

static const char *level_of(enum aisp_severity s)
{
	return s >= AISP_SEV_HIGH ? "error" : s == AISP_SEV_MEDIUM ? "warning" : "note";
}

/* GitHub reads this number: over 9.0 critical, 7.0 high, 4.0 medium, 0.1 low. */
static const char *score_of(enum aisp_severity s)
{
	static const char *const scores[] = {"0.0",
					     [AISP_SEV_INFO] = "0.0",
					     [AISP_SEV_LOW] = "3.0",
					     [AISP_SEV_MEDIUM] = "5.5",
					     [AISP_SEV_HIGH] = "8.0",
					     [AISP_SEV_CRITICAL] = "9.5"};

	return (unsigned)s < sizeof scores / sizeof *scores ? scores[s] : scores[0];
}

static void put_text(struct aisp_jw *w, const char *key, struct aisp_slice text)
{
	aisp_jw_key(w, key);
	aisp_jw_obj(w);
	aisp_jw_kstr(w, "text", text);
	aisp_jw_end(w);
}

static void put_buf_text(struct aisp_jw *w, const char *key, struct aisp_buf *b)
{
	if (b->bad)
		w->out->bad = b->bad;
	put_text(w, key, aisp_buf_slice(b));
	aisp_buf_clear(b);
}

/* A relative URI reference: RFC 3986 3.3, with every segment's bytes percent-encoded but the unreserved ones. */
static void put_uri(struct aisp_buf *out, struct aisp_slice path)
{
	while (path.n > 0 && path.p[0] == '/')
		path = aisp_slice_from(path, 1);
	for (size_t i = 0; i < path.n; i++) {
		char c = path.p[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			     memchr("-._~/", c, 5);

		if (plain)
			aisp_buf_putc(out, c);
		else
			aisp_buf_printf(out, "%%%02X", (unsigned char)c);
	}
}

static void root_name(const struct sarif *x, uint32_t source, char name[32])
{
	if (source == x->root)
		snprintf(name, 32, "SRCROOT");
	else
		snprintf(name, 32, "SRCROOT_%u", source);
}

static void put_physical(struct sarif *x, const struct aisp_evidence *e)
{
	struct aisp_jw *w = &x->w;
	AISP_CLEANUP(aisp_buf_done) struct aisp_buf uri;
	char root[32];

	aisp_buf_init(&uri, 0);
	put_uri(&uri, aisp_snapshot_text(x->s, e->locator));
	if (uri.bad)
		w->out->bad = uri.bad;
	root_name(x, e->source, root);
	aisp_jw_key(w, "physicalLocation");
	aisp_jw_obj(w);
	aisp_jw_key(w, "artifactLocation");
	aisp_jw_obj(w);
	aisp_jw_kstr(w, "uri", aisp_buf_slice(&uri));
	aisp_jw_kz(w, "uriBaseId", root);
	aisp_jw_end(w);
	aisp_jw_key(w, "region");
	aisp_jw_obj(w);
	aisp_jw_kint(w, "startLine", e->line ? e->line : 1);
	aisp_jw_end(w);
	aisp_jw_end(w);
}

static void put_logical(struct sarif *x, aisp_node n)
{
	struct aisp_jw *w = &x->w;

	aisp_jw_key(w, "logicalLocations");
	aisp_jw_arr(w);
	aisp_jw_obj(w);
	aisp_jw_kstr(w, "name", aisp_show__name(x->s, n));
	aisp_jw_kstr(w, "fullyQualifiedName", aisp_show__id(x->s, n));
	aisp_jw_kz(w, "kind", aisp_node_kinds[aisp_show__kind(x->s, n)].name);
	aisp_jw_end(w);
	aisp_jw_end(w);
}

/* Members of a location object: file when there is one, and always which thing it is. */
static void put_place(struct sarif *x, const struct aisp_evidence *file, aisp_node n)
{
	if (file)
		put_physical(x, file);
	put_logical(x, n);
}

static const struct aisp_evidence *node_file(const struct sarif *x, aisp_node n)
{
	return n && n <= x->s->n_nodes ? aisp_show__file(x->s, x->s->nodes[n].ev_at, x->s->nodes[n].ev_n) : NULL;
}

static const struct aisp_evidence *edge_file(const struct sarif *x, aisp_edge e)
{
	return e && e <= x->s->n_edges ? aisp_show__file(x->s, x->s->edges[e].ev_at, x->s->edges[e].ev_n) : NULL;
}

/* Where people should look: the subject's file, else the first file on the path. */
static const struct aisp_evidence *finding_file(const struct sarif *x, const struct aisp_finding *f)
{
	const struct aisp_evidence *e = node_file(x, f->subject);

	for (size_t i = 0; !e && i < f->path.n; i++)
		e = edge_file(x, aisp_show__hop(x->s, &f->path.hops[i]).number);
	return e;
}

static void put_step(struct sarif *x, const struct aisp_chain *c, const struct aisp_path *path, size_t arrow)
{
	struct aisp_jw *w = &x->w;
	const struct aisp_hop *h = &path->hops[c->arrows[arrow].hop];
	struct aisp_show_hop hop = aisp_show__hop(x->s, h);
	AISP_CLEANUP(aisp_buf_done) struct aisp_buf text, modes;

	aisp_buf_init(&text, 0);
	aisp_buf_init(&modes, 0);
	aisp_chain__modes(c, path, arrow, &modes);
	aisp_buf_put_printable(&text, aisp_show__name(x->s, h->from));
	aisp_buf_printf(&text, " %s %s %s ", hop.back ? "←" : "→", hop.edge ? aisp_edge_kinds[hop.edge].name : hop.step,
			hop.back ? "←" : "→");
	aisp_buf_put_printable(&text, aisp_show__name(x->s, h->to));
	aisp_buf_printf(&text, ": gains %s (%s)%s", modes.p ? modes.p : "", hop.why,
			h->conditional ? ", possibly" : "");
	if (modes.bad)
		text.bad = modes.bad;
	aisp_jw_obj(w);
	aisp_jw_key(w, "location");
	aisp_jw_obj(w);
	put_place(x, edge_file(x, hop.number), h->to);
	put_buf_text(w, "message", &text);
	aisp_jw_end(w);
	aisp_jw_kint(w, "nestingLevel", h->branch);
	aisp_jw_kint(w, "executionOrder", (int64_t)arrow + 2);
	aisp_jw_kz(w, "importance", arrow + 1 == c->n_arrows ? "essential" : "important");
	aisp_jw_end(w);
}

static void put_start(struct sarif *x, aisp_node n)
{
	struct aisp_jw *w = &x->w;
	AISP_CLEANUP(aisp_buf_done) struct aisp_buf text;

	aisp_buf_init(&text, 0);
	aisp_buf_putz(&text, "starts at ");
	aisp_buf_put_printable(&text, aisp_show__name(x->s, n));
	aisp_jw_obj(w);
	aisp_jw_key(w, "location");
	aisp_jw_obj(w);
	put_place(x, node_file(x, n), n);
	put_buf_text(w, "message", &text);
	aisp_jw_end(w);
	aisp_jw_kint(w, "nestingLevel", 0);
	aisp_jw_kint(w, "executionOrder", 1);
	aisp_jw_kz(w, "importance", "essential");
	aisp_jw_end(w);
}

static int put_flow(struct sarif *x, const struct aisp_path *path, struct aisp_err *err)
{
	AISP_CLEANUP(aisp_chain__done) struct aisp_chain c = {0};
	int r = aisp_chain__make(path, &c, err);
	struct aisp_jw *w = &x->w;

	if (r < 0)
		return r;
	aisp_jw_key(w, "codeFlows");
	aisp_jw_arr(w);
	aisp_jw_obj(w);
	put_text(w, "message",
		 path->certain ? AISP_S("The access path; every step is certain.")
			       : AISP_S("The access path; some steps are possible only."));
	aisp_jw_key(w, "threadFlows");
	aisp_jw_arr(w);
	aisp_jw_obj(w);
	aisp_jw_key(w, "locations");
	aisp_jw_arr(w);
	put_start(x, path->hops[0].from);
	for (size_t a = 0; a < c.n_arrows; a++)
		put_step(x, &c, path, a);
	for (int i = 0; i < 5; i++)
		aisp_jw_end(w);
	return AISP_OK;
}

/* SARIF 2.1.0, 3.35: what was accepted or rejected is there, and suppressed. */
static void put_suppressions(struct aisp_jw *w, const struct aisp_finding_state *st)
{
	if (!st)
		return;
	aisp_jw_key(w, "suppressions");
	aisp_jw_arr(w);
	if (st->hidden) {
		aisp_jw_obj(w);
		aisp_jw_kz(w, "kind", "external");
		aisp_jw_kz(w, "status", "accepted");
		aisp_jw_kstr(w, "justification", st->reason);
		aisp_jw_end(w);
	}
	aisp_jw_end(w);
}

static int put_result(struct sarif *x, const struct aisp_finding *f, struct aisp_err *err)
{
	struct aisp_jw *w = &x->w;
	bool found;
	int r = AISP_OK;

	aisp_jw_obj(w);
	aisp_jw_kstr(w, "ruleId", f->rule->id);
	aisp_jw_kint(w, "ruleIndex", (int64_t)rule_at(x, f->rule, &found));
	aisp_jw_kz(w, "level", level_of(f->severity));
	aisp_jw_kz(w, "kind", "fail");
	put_text(w, "message", f->message);
	aisp_jw_key(w, "locations");
	aisp_jw_arr(w);
	aisp_jw_obj(w);
	put_place(x, finding_file(x, f), f->subject);
	aisp_jw_end(w);
	aisp_jw_end(w);
	aisp_jw_key(w, "partialFingerprints");
	aisp_jw_obj(w);
	aisp_jw_kz(w, "aisp/v1", f->fingerprint);
	aisp_jw_end(w);
	put_suppressions(w, f->state);
	if (f->path.n > 0)
		r = put_flow(x, &f->path, err);
	aisp_jw_kint(w, "rank", f->priority < 0 ? 0 : f->priority > 100 ? 100 : f->priority);
	aisp_jw_key(w, "properties");
	aisp_jw_obj(w);
	aisp_jw_kz(w, "severity", aisp_severity_name(f->severity));
	aisp_jw_kint(w, "priority", f->priority);
	aisp_jw_kbool(w, "certain", f->certain);
	aisp_jw_kz(w, "confidence", aisp_confidence_name(f->confidence));
	if (f->state)
		aisp_jw_kz(w, "state", f->state->name);
	aisp_jw_end(w);
	aisp_jw_end(w);
	return r;
}

static void put_help(struct aisp_jw *w, const struct aisp_rule *rule)
{
	AISP_CLEANUP(aisp_buf_done) struct aisp_buf b;
	struct aisp_slice fix = aisp_slice_trim(rule->remediation);

	aisp_buf_init(&b, 0);
	aisp_buf_printf(&b, "%.*s", AISP_FMT(aisp_slice_trim(rule->description)));
	if (fix.n > 0)
		aisp_buf_printf(&b, "\n\nHow to fix: %.*s", AISP_FMT(fix));
	aisp_jw_key(w, "help");
	aisp_jw_obj(w);
	aisp_jw_kstr(w, "text", b.n ? aisp_buf_slice(&b) : rule->title);
	if (b.bad)
		w->out->bad = b.bad;
	aisp_buf_clear(&b);
	aisp_buf_printf(&b, "%.*s", AISP_FMT(aisp_slice_trim(rule->description)));
	if (fix.n > 0)
		aisp_buf_printf(&b, "\n\n### How to fix\n\n%.*s", AISP_FMT(fix));
	if (rule->n_controls > 0)
		aisp_buf_putz(&b, "\n\n### Controls\n");
	for (size_t i = 0; i < rule->n_controls; i++)
		aisp_buf_printf(&b, "\n- %.*s %.*s: %.*s", AISP_FMT(rule->controls[i]->framework),
				AISP_FMT(rule->controls[i]->id), AISP_FMT(rule->controls[i]->title));
	if (b.bad)
		w->out->bad = b.bad;
	aisp_jw_kstr(w, "markdown", b.n ? aisp_buf_slice(&b) : rule->title);
	aisp_jw_end(w);
}

/* A "security" tag makes GitHub show the score; then the controls. */
static void put_tags(struct aisp_jw *w, const struct aisp_rule *rule)
{
	char tag[256];

	aisp_jw_key(w, "tags");
	aisp_jw_arr(w);
	aisp_jw_z(w, "security");
	aisp_jw_z(w, "ai");
	for (size_t i = 0; i < rule->n_controls && i + 2 < MOST_TAGS; i++) {
		snprintf(tag, sizeof tag, "%.*s/%.*s", AISP_FMT(rule->controls[i]->framework),
			 AISP_FMT(rule->controls[i]->id));
		aisp_jw_z(w, tag);
	}
	aisp_jw_end(w);
}

static void put_rule(struct aisp_jw *w, const struct aisp_rule *rule)
{
	aisp_jw_obj(w);
	aisp_jw_kstr(w, "id", rule->id);
	put_text(w, "shortDescription", rule->title);
	put_text(w, "fullDescription", rule->description.n ? aisp_slice_trim(rule->description) : rule->title);
	put_help(w, rule);
	aisp_jw_key(w, "defaultConfiguration");
	aisp_jw_obj(w);
	aisp_jw_kz(w, "level", level_of(rule->severity));
	aisp_jw_end(w);
	aisp_jw_key(w, "properties");
	aisp_jw_obj(w);
	put_tags(w, rule);
	aisp_jw_kz(w, "precision", "high");
	aisp_jw_kz(w, "security-severity", score_of(rule->severity));
	aisp_jw_end(w);
	aisp_jw_end(w);
}

/* A kind of notification. */
static void put_notice(struct aisp_jw *w, const char *id, struct aisp_slice text)
{
	aisp_jw_obj(w);
	aisp_jw_kz(w, "id", id);
	put_text(w, "shortDescription", text);
	put_text(w, "fullDescription", text);
	put_text(w, "help", text);
	aisp_jw_end(w);
}

static void put_tool(struct sarif *x)
{
	struct aisp_jw *w = &x->w;

	aisp_jw_key(w, "tool");
	aisp_jw_obj(w);
	aisp_jw_key(w, "driver");
	aisp_jw_obj(w);
	aisp_jw_kz(w, "name", "aisp");
	aisp_jw_kstr(w, "version", x->r->version);
	put_text(
		w, "fullDescription",
		AISP_S("AI security posture management: which identity can really reach which data, over which path."));
	aisp_jw_key(w, "rules");
	aisp_jw_arr(w);
	for (size_t i = 0; i < x->n_rules; i++)
		put_rule(w, x->rules[i]);
	aisp_jw_end(w);
	aisp_jw_key(w, "notifications");
	aisp_jw_arr(w);
	put_notice(w, "coverage-gap",
		   AISP_S("Something that could not be read, and why: \"nothing found\" does not hold for it."));
	put_notice(w, "results-cut",
		   AISP_S("Results that a limit of code scanning left out; the json format has them all."));
	aisp_jw_end(w);
	aisp_jw_end(w);
	aisp_jw_end(w);
}

static void put_notification(struct aisp_jw *w, const char *id, struct aisp_buf *text)
{
	aisp_jw_obj(w);
	aisp_jw_key(w, "descriptor");
	aisp_jw_obj(w);
	aisp_jw_kz(w, "id", id);
	aisp_jw_end(w);
	aisp_jw_kz(w, "level", "warning");
	put_buf_text(w, "message", text);
	aisp_jw_end(w);
}

static void put_invocation(struct sarif *x, size_t n_results)
{
	struct aisp_jw *w = &x->w;
	AISP_CLEANUP(aisp_buf_done) struct aisp_buf text;
	size_t n = x->r->findings ? x->r->findings->n : 0;
	bool ok = !x->r->incomplete;

	for (size_t i = 0; i < x->r->n_sources; i++)
		ok = ok && aisp_slice_eqz(x->r->sources[i].outcome, "ok");
	aisp_buf_init(&text, 0);
	aisp_jw_key(w, "invocations");
	aisp_jw_arr(w);
	aisp_jw_obj(w);
	aisp_jw_kbool(w, "executionSuccessful", ok);
	aisp_jw_key(w, "toolExecutionNotifications");
	aisp_jw_arr(w);
	for (uint32_t i = 0; i < x->s->n_gaps; i++) {
		const struct aisp_gap_row *gap = &x->s->gaps[i];

		aisp_buf_putz(&text, "Could not read ");
		aisp_buf_put_printable(&text, aisp_snapshot_text(x->s, gap->what));
		aisp_buf_printf(&text, " (%s): ", aisp_code_name((enum aisp_code) - (int)gap->why));
		aisp_buf_put_printable(&text, aisp_snapshot_text(x->s, gap->detail));
		put_notification(w, "coverage-gap", &text);
	}
	if (n_results < n) {
		aisp_buf_printf(
			&text,
			"%zu of %zu results were left out: code scanning takes %d. The json format has them all.",
			n - n_results, n, MOST_RESULTS);
		put_notification(w, "results-cut", &text);
	}
	aisp_jw_end(w);
	aisp_jw_end(w);
	aisp_jw_end(w);
}

static void put_roots(struct sarif *x)
{
	struct aisp_jw *w = &x->w;
	char name[32];

	if (x->root == 0)
		return;
	aisp_jw_key(w, "originalUriBaseIds");
	aisp_jw_obj(w);
	for (uint32_t i = 1; i <= x->s->n_sources; i++) {
		if (!x->has_files[i])
			continue;
		root_name(x, i, name);
		aisp_jw_key(w, name);
		aisp_jw_obj(w);
		put_text(w, "description", aisp_snapshot_text(x->s, x->s->sources[i].target));
		aisp_jw_end(w);
	}
	aisp_jw_end(w);
}

static int put_run(struct sarif *x, struct aisp_err *err)
{
	struct aisp_jw *w = &x->w;
	size_t n = x->r->findings ? x->r->findings->n : 0;
	size_t shown = n < MOST_RESULTS ? n : MOST_RESULTS;
	int r = AISP_OK;

	aisp_jw_obj(w);
	put_tool(x);
	put_invocation(x, shown);
	put_roots(x);
	aisp_jw_key(w, "automationDetails");
	aisp_jw_obj(w);
	aisp_jw_kz(w, "id", "aisp/");
	aisp_jw_end(w);
	aisp_jw_kz(w, "columnKind", "unicodeCodePoints");
	aisp_jw_key(w, "results");
	aisp_jw_arr(w);
	for (size_t i = 0; i < shown && r == AISP_OK; i++)
		r = put_result(x, &x->r->findings->v[i], err);
	aisp_jw_end(w);
	aisp_jw_end(w);
	return r;
}

static int write(const struct aisp_report *r, enum aisp_view view, struct aisp_buf *out, struct aisp_err *err)
{
	AISP_CLEANUP(sarif_done) struct sarif x = {.r = r, .s = r->snapshot};
	int e = prepare(&x, err);

	(void)view;
	if (e < 0)
		return e;
	aisp_jw_init(&x.w, out, true);
	aisp_jw_obj(&x.w);
	aisp_jw_kz(&x.w, "$schema",
		   "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json");
	aisp_jw_kz(&x.w, "version", "2.1.0");
	aisp_jw_key(&x.w, "runs");
	aisp_jw_arr(&x.w);
	e = put_run(&x, err);
	aisp_jw_end(&x.w);
	aisp_jw_end(&x.w);
	aisp_buf_putc(out, '\n');
	return e < 0 ? e : aisp_buf_check(out, err);
}

const struct aisp_format aisp_format_sarif = {
	.name = "sarif",
	.suffix = "sarif",
	.description = "SARIF 2.1.0, for code scanning",
	.views = AISP_VIEW_BIT(SCAN) | AISP_VIEW_BIT(FINDINGS),
	.write = write,
};
