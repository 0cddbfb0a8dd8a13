/* Lists on a terminal: findings, gaps, assets, identities. */
#include "show/evidence.h"
#include "show/table/table_int.h"

static void more(struct aisp_tty *t, size_t n, const char *hint)
{
	if (n == 0)
		return;
	aisp_buf_putz(t->out, "  … and ");
	aisp_show__number(t->out, n);
	aisp_buf_putz(t->out, " more ");
	aisp_tty__z(t, AISP_PAINT_DIM, hint);
	aisp_buf_putc(t->out, '\n');
}

/* "accepted until 2027-01-31 by ada: replaced in January (entry 17)" */
static void put_state(struct aisp_tty *t, const struct aisp_finding_state *st, unsigned indent)
{
	AISP_CLEANUP(aisp_buf_done) struct aisp_buf line;

	aisp_buf_init(&line, 0);
	aisp_buf_putz(&line, strcmp(st->name, "false_positive") == 0 ? "false positive" : st->name);
	if (st->why.n) {
		aisp_buf_putz(&line, ": ");
		aisp_buf_put_printable(&line, st->why);
	} else {
		if (st->until.n)
			aisp_buf_printf(&line, " until %.*s", AISP_FMT(st->until));
		if (st->by.n) {
			aisp_buf_putz(&line, " by ");
			aisp_buf_put_printable(&line, st->by);
		}
		if (st->reason.n) {
			aisp_buf_putz(&line, ": ");
			aisp_buf_put_printable(&line, st->reason);
		}
	}
	if (st->where.n)
		aisp_buf_printf(&line, " (%.*s)", AISP_FMT(st->where));
	if (line.bad)
		t->out->bad = line.bad;
	aisp_buf_fill(t->out, ' ', indent);
	aisp_tty__wrap(t, AISP_PAINT_MEDIUM, aisp_buf_slice(&line), indent);
}

static void finding(struct aisp_tty *t, const struct aisp_finding *f, bool whole)
{
	const char *name = aisp_severity_name(f->severity);
	const struct aisp_evidence *ev = aisp_show__node_evidence(t->s, f->subject);
	AISP_CLEANUP(aisp_buf_done) struct aisp_buf line;
	enum { INDENT = 17 };

	aisp_buf_init(&line, 0);
	aisp_buf_putz(t->out, "  ");
	aisp_tty__z(t, aisp_tty__severity(f->severity), name);
	aisp_buf_fill(t->out, ' ', strlen(name) < 9 ? 9 - strlen(name) : 1);
	aisp_buf_printf(t->out, "%4d  ", f->priority);
	aisp_tty__text(t, AISP_PAINT_BOLD, f->rule->title, t->cut ? t->width - INDENT : 0, 0);
	aisp_buf_putc(t->out, '\n');
	aisp_buf_fill(t->out, ' ', INDENT);
	aisp_tty__wrap(t, AISP_PAINT_PLAIN, f->message, INDENT);
	aisp_buf_fill(t->out, ' ', INDENT);
	if (ev)
		aisp_show__evidence_place(t->s, ev, &line);
	aisp_buf_printf(&line, "%s%s · %s", ev ? " · " : "", f->certain ? "certain" : "possible",
			aisp_confidence_name(f->confidence));
	if (whole)
		aisp_buf_printf(&line, " · %.*s · %.12s", AISP_FMT(f->rule->id), f->fingerprint);
	if (line.bad)
		t->out->bad = line.bad;
	aisp_tty__text(t, AISP_PAINT_DIM, aisp_buf_slice(&line), t->cut ? t->width - INDENT : 0, 0);
	aisp_buf_putc(t->out, '\n');
	if (f->state && strcmp(f->state->name, "open") != 0)
		put_state(t, f->state, INDENT);
}

void aisp_table__findings(struct aisp_tty *t, size_t limit, bool whole)
{
	size_t n = t->r->findings ? t->r->findings->n : 0;

	if (limit == 0 || limit > n)
		limit = n;
	for (size_t i = 0; i < limit; i++)
		finding(t, &t->r->findings->v[i], whole);
	more(t, n - limit, "(aisp findings)");
	if (n == 0)
		aisp_tty__z(t, AISP_PAINT_DIM, "  none\n");
}

void aisp_table__gaps(struct aisp_tty *t, size_t limit)
{
	size_t n = t->s->n_gaps;
	enum { INDENT = 13, SOURCE = 20 };

	if (limit == 0 || limit > n)
		limit = n;
	for (size_t i = 0; i < limit; i++) {
		const struct aisp_gap_row *gap = &t->s->gaps[i];
		const char *why = aisp_code_name((enum aisp_code) - (int)gap->why);
		struct aisp_slice detail = aisp_snapshot_text(t->s, gap->detail);

		aisp_buf_putz(t->out, "  ");
		aisp_tty__text(t, AISP_PAINT_MEDIUM, aisp_slice_z(why), 0, INDENT - 2);
		aisp_tty__text(t, AISP_PAINT_BOLD, aisp_snapshot_text(t->s, gap->what),
			       t->cut ? t->width - INDENT - SOURCE : 0, 0);
		aisp_buf_putz(t->out, "  ");
		aisp_tty__text(t, AISP_PAINT_DIM, aisp_show__source(t->s, gap->source), t->cut ? SOURCE - 2 : 0, 0);
		aisp_buf_putc(t->out, '\n');
		if (detail.n > 0) {
			aisp_buf_fill(t->out, ' ', INDENT);
			aisp_tty__wrap(t, AISP_PAINT_PLAIN, detail, INDENT);
		}
	}
	more(t, n - limit, "(aisp gaps)");
}

/* "none", "required", "unknown" where a node says whether authentication is asked; for identities what they may. */
static void add_traits(struct aisp_tty *t, struct aisp_grid *g, aisp_node n, struct aisp_buf *b)
{
	static const char *const flags[] = {"superuser", "bypassrls", "createrole", "executes_code"};
	struct aisp_slice auth = aisp_snapshot_prop_str(t->s, n, "auth");
	const struct aisp_snode *node = &t->s->nodes[n];

	if (node->sensitivity)
		aisp_buf_putz(b, aisp_sensitivity_name(node->sensitivity));
	if (auth.n > 0) {
		aisp_buf_putz(b, b->n ? ", auth " : "auth ");
		aisp_buf_put(b, auth);
	}
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
		const struct aisp_prop *p = aisp_snapshot_prop(t->s, n, flags[i]);

		if (p && p->type == AISP_PROP_BOOL && p->b)
			aisp_buf_printf(b, "%s%s", b->n ? ", " : "", flags[i]);
	}
	if (node->flags & AISP_NF_STALE)
		aisp_buf_putz(b, b->n ? ", stale" : "stale");
	aisp_grid__add_buf(g, node->sensitivity >= AISP_SENS_CONFIDENTIAL ? AISP_PAINT_HIGH : AISP_PAINT_PLAIN, b);
}

static void add_node(struct aisp_tty *t, struct aisp_grid *g, aisp_node n, bool identities)
{
	AISP_CLEANUP(aisp_buf_done) struct aisp_buf b;
	const struct aisp_evidence *ev = aisp_show__node_evidence(t->s, n);
	const struct aisp_snode *node = &t->s->nodes[n];

	aisp_buf_init(&b, 0);
	aisp_grid__add(g, AISP_PAINT_DIM, aisp_slice_z(aisp_show__kind_title(node->kind, true)));
	aisp_grid__add(g, AISP_PAINT_BOLD, aisp_show__name(t->s, n));
	if (identities)
		aisp_grid__add(g, AISP_PAINT_PLAIN,
			       aisp_slice_z(aisp_node_kinds[node->kind].flags & AISP_NK_NHI ? "non-human"
					    : node->kind == AISP_NODE_USER                  ? "human"
											    : ""));
	add_traits(t, g, n, &b);
	aisp_grid__add(g, AISP_PAINT_PLAIN, aisp_slice_z(aisp_confidence_name(node->confidence)));
	if (ev)
		aisp_show__evidence_place(t->s, ev, &b);
	aisp_grid__add_buf(g, AISP_PAINT_DIM, &b);
	aisp_grid__add(g, AISP_PAINT_DIM, aisp_show__id(t->s, n));
}

void aisp_table__nodes(struct aisp_tty *t, bool identities)
{
	AISP_CLEANUP(aisp_grid__done)
	struct aisp_grid g = {.titles = {"kind", "name", "traits", "confidence", "evidence", "id"},
			      .shrinks = {false, true, false, false, true, true},
			      .n_columns = 6};

	if (identities)
		g = (struct aisp_grid){.titles = {"kind", "name", "human?", "traits", "confidence", "evidence", "id"},
				       .shrinks = {false, true, false, true, false, true, true},
				       .n_columns = 7};
	for (size_t i = 0; i < t->r->n_nodes; i++)
		if (t->r->nodes[i] && t->r->nodes[i] <= t->s->n_nodes)
			add_node(t, &g, t->r->nodes[i], identities);
	if (t->r->n_nodes > 0)
		aisp_grid__print(&g, t, 0);
	aisp_show__plural(t->out, t->r->n_nodes, identities ? "identity" : "asset",
			  identities ? "identities" : "assets");
	if (t->r->n_nodes_left_out > 0) {
		aisp_buf_putz(t->out, " shown; ");
		aisp_show__number(t->out, t->r->n_nodes_left_out);
		aisp_buf_putz(t->out, " left out by the limit");
	}
	aisp_buf_putc(t->out, '\n');
}
