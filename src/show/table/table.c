/* The terminal output: what a person sees after a command. Colours and cutting only on a terminal; every text of others
 * goes through aisp_buf_put_printable.
 */
#include "base/clock.h"
#include "show/formats.h"
#include "show/table/table_int.h"

enum { TOP_FINDINGS = 8, TOP_PATHS = 5, TOP_GAPS = 5, TOP_SOURCES = 8, INVENTORY_INDENT = 23 };

static void put_sources(struct aisp_tty *t)
{
	AISP_CLEANUP(aisp_grid__done)
	struct aisp_grid g = {.titles = {"source", "target", "outcome", "nodes", "edges", "gaps"},
			      .right = {[3] = true, [4] = true, [5] = true},
			      .shrinks = {true, true},
			      .n_columns = 6};
	AISP_CLEANUP(aisp_buf_done) struct aisp_buf b;
	size_t n = t->r->n_sources < TOP_SOURCES ? t->r->n_sources : TOP_SOURCES;

	aisp_buf_init(&b, 0);
	for (size_t i = 0; i < n; i++) {
		const struct aisp_report_source *s = &t->r->sources[i];
		const uint32_t counts[] = {s->nodes, s->edges, s->gaps};

		aisp_grid__add(&g, AISP_PAINT_DIM, s->kind);
		aisp_grid__add(&g, AISP_PAINT_PLAIN, s->target);
		aisp_grid__add(&g, aisp_slice_eqz(s->outcome, "ok") ? AISP_PAINT_GOOD : AISP_PAINT_HIGH, s->outcome);
		for (size_t c = 0; c < 3; c++) {
			aisp_show__number(&b, counts[c]);
			aisp_grid__add_buf(&g, c == 2 && s->gaps ? AISP_PAINT_MEDIUM : AISP_PAINT_PLAIN, &b);
		}
	}
	if (n > 0) {
		aisp_buf_putc(t->out, '\n');
		aisp_grid__print(&g, t, 2);
	}
	if (n < t->r->n_sources)
		aisp_buf_printf(t->out, "  … and %zu more sources\n", t->r->n_sources - n);
}

static void put_header(struct aisp_tty *t)
{
	char iso[AISP_ISO_LEN + 1];

	aisp_clock_iso(t->r->taken_us, iso);
	aisp_tty__text(t, AISP_PAINT_BOLD, t->r->title, t->cut ? t->width : 0, 0);
	aisp_buf_putc(t->out, '\n');
	aisp_tty__on(t, AISP_PAINT_DIM);
	aisp_buf_printf(t->out, "%.10s %.5s UTC", iso, iso + 11);
	if (t->r->scan_seconds > 0)
		aisp_buf_printf(t->out, " · %.*f s", t->r->scan_seconds < 10 ? 2 : 0, t->r->scan_seconds);
	aisp_buf_putz(t->out, " · aisp ");
	aisp_buf_put_printable(t->out, t->r->version);
	aisp_tty__off(t, AISP_PAINT_DIM);
	aisp_buf_putc(t->out, '\n');
	put_sources(t);
}

/* Most frequent kinds of a group first, wrapped between them: "6 tools · 3 agents · 1 model". */
static void put_kinds(struct aisp_tty *t, const struct aisp_show_counts *c, const char *group)
{
	bool done[AISP_NODE_KIND_END] = {false};
	size_t used = INVENTORY_INDENT;
	AISP_CLEANUP(aisp_buf_done) struct aisp_buf item;

	aisp_buf_init(&item, 0);
	for (int round = 1; round < AISP_NODE_KIND_END; round++) {
		int best = 0;

		for (int k = 1; k < AISP_NODE_KIND_END; k++)
			if (!done[k] && c->by_kind[k] > c->by_kind[best] &&
			    strcmp(aisp_node_kinds[k].group, group) == 0)
				best = k;
		if (best == 0)
			break;
		done[best] = true;
		aisp_buf_clear(&item);
		aisp_show__plural(&item, c->by_kind[best], aisp_show__kind_title((enum aisp_node_kind)best, true),
				  aisp_show__kind_title((enum aisp_node_kind)best, false));
		size_t w = item.n + (round > 1 ? 3 : 0);

		if (round > 1 && used + w > t->width) {
			aisp_buf_putc(t->out, '\n');
			aisp_buf_fill(t->out, ' ', INVENTORY_INDENT);
			used = INVENTORY_INDENT;
			w = item.n;
		} else if (round > 1) {
			aisp_tty__z(t, AISP_PAINT_DIM, " · ");
		}
		if (item.bad)
			t->out->bad = item.bad;
		aisp_buf_put(t->out, aisp_buf_slice(&item));
		used += w;
	}
	aisp_buf_putc(t->out, '\n');
}

/* Heading with what was counted. */
static void put_heading(struct aisp_tty *t, const char *title, const struct aisp_buf *aside)
{
	if (aside->bad)
		t->out->bad = aside->bad;
	aisp_tty__heading(t, title, aside->p ? aside->p : "");
}

static void put_inventory(struct aisp_tty *t, const struct aisp_show_counts *c)
{
	AISP_CLEANUP(aisp_buf_done) struct aisp_buf b;

	aisp_buf_init(&b, 0);
	aisp_show__plural(&b, c->nodes, "thing, ", "things, ");
	aisp_show__plural(&b, c->edges, "relation", "relations");
	put_heading(t, "INVENTORY", &b);
	for (size_t g = 0; g < aisp_show_group_count; g++) {
		uint32_t n = aisp_show__group_count(c, aisp_show_groups[g].name);

		if (n == 0)
			continue;
		aisp_buf_printf(t->out, "  %-14s", aisp_show_groups[g].title);
		aisp_tty__on(t, g == 0 ? AISP_PAINT_ACCENT : AISP_PAINT_BOLD);
		aisp_buf_printf(t->out, "%5u", n);
		aisp_tty__off(t, g == 0 ? AISP_PAINT_ACCENT : AISP_PAINT_BOLD);
		aisp_buf_putz(t->out, "  ");
		put_kinds(t, c, aisp_show_groups[g].name);
	}
	const struct aisp_report_owned *o = &t->r->owned;
	if (o->known && o->assets) {
		aisp_buf_printf(t->out, "  %-14s", "Owned");
		aisp_tty__on(t, AISP_PAINT_BOLD);
		aisp_buf_printf(t->out, "%4u%%", (unsigned)((uint64_t)o->owned * 100 / o->assets));
		aisp_tty__off(t, AISP_PAINT_BOLD);
		aisp_buf_printf(t->out, "  %u of %u assets, %u of %u AI assets", o->owned, o->assets, o->ai_owned, o->ai_assets);
		if (o->disputed)
			aisp_buf_printf(t->out, ", %u disputed", o->disputed);
		aisp_buf_putz(t->out, " (aisp own)\n");
	}
}

static int put_paths(struct aisp_tty *t, const char *title, size_t limit, struct aisp_err *err)
{
	size_t n = t->r->n_access, shown = limit && n > limit ? limit : n, rest = n - shown + t->r->n_access_left_out;

	if (title)
		aisp_tty__heading(t, title, n ? "from where, over what, to which data" : "");
	if (n == 0)
		aisp_tty__z(t, AISP_PAINT_DIM, t->r->incomplete ? "  none found in what could be read\n" : "  none\n");
	for (size_t i = 0; i < shown; i++) {
		if (i > 0)
			aisp_buf_putc(t->out, '\n');
		int r = aisp_table__path(t, &t->r->access[i], n > 1 ? i + 1 : 0, err);

		if (r < 0)
			return r;
	}
	if (rest > 0) {
		AISP_CLEANUP(aisp_buf_done) struct aisp_buf b;

		aisp_buf_init(&b, 0);
		aisp_buf_putz(&b, "… and ");
		aisp_show__number(&b, rest);
		aisp_buf_putz(&b, " more (aisp access --to REF, aisp path --from REF --to REF)");
		if (b.bad)
			t->out->bad = b.bad;
		aisp_buf_putz(t->out, "\n  ");
		aisp_tty__wrap(t, AISP_PAINT_DIM, aisp_buf_slice(&b), 2);
	}
	return AISP_OK;
}

/* "2 critical · 4 high" */
static void severities(const struct aisp_show_counts *c, struct aisp_buf *b)
{
	const char *before = ": ";

	aisp_show__number(b, c->findings);
	for (int s = AISP_SEV_CRITICAL; s >= AISP_SEV_INFO; s--)
		if (c->by_severity[s] > 0) {
			aisp_buf_printf(b, "%s%u %s", before, c->by_severity[s],
					aisp_severity_name((enum aisp_severity)s));
			before = " · ";
		}
}

static void put_findings(struct aisp_tty *t, const struct aisp_show_counts *c, size_t limit, bool whole)
{
	AISP_CLEANUP(aisp_buf_done) struct aisp_buf b;

	aisp_buf_init(&b, 0);
	severities(c, &b);
	put_heading(t, "FINDINGS", &b);
	aisp_table__findings(t, limit, whole);
}

static void put_gaps(struct aisp_tty *t, size_t limit)
{
	AISP_CLEANUP(aisp_buf_done) struct aisp_buf b;

	if (t->s->n_gaps == 0) {
		aisp_tty__heading(t, "COVERAGE", "everything that was asked for could be read");
		return;
	}
	aisp_buf_init(&b, 0);
	aisp_show__plural(&b, t->s->n_gaps, "gap: what aisp could not see", "gaps: what aisp could not see");
	put_heading(t, "COVERAGE", &b);
	aisp_table__gaps(t, limit);
}

static void put_end(struct aisp_tty *t, const struct aisp_show_counts *c)
{
	AISP_CLEANUP(aisp_buf_done) struct aisp_buf next;

	aisp_buf_init(&next, 0);
	aisp_buf_putc(t->out, '\n');
	if (t->r->incomplete)
		aisp_tty__wrap(t, AISP_PAINT_MEDIUM,
			       AISP_S("Incomplete: \"nothing found\" does not hold for what stands under COVERAGE."),
			       0);
	aisp_buf_printf(&next, "Next: %saisp assets · aisp access --to REF · aisp report%s",
			c->findings ? "aisp findings · " : "", c->gaps ? " · aisp gaps" : "");
	if (next.bad)
		t->out->bad = next.bad;
	aisp_tty__wrap(t, AISP_PAINT_DIM, aisp_buf_slice(&next), 0);
}

static int scan(struct aisp_tty *t, const struct aisp_show_counts *c, struct aisp_err *err)
{
	put_header(t);
	put_inventory(t, c);
	int r = put_paths(t, "WORST ACCESS PATHS", TOP_PATHS, err);

	if (r < 0)
		return r;
	put_findings(t, c, TOP_FINDINGS, false);
	put_gaps(t, TOP_GAPS);
	put_end(t, c);
	return AISP_OK;
}

static void access_counts(struct aisp_tty *t, const struct aisp_show_counts *c)
{
	aisp_buf_putc(t->out, '\n');
	aisp_show__plural(t->out, c->access, "answer", "answers");
	aisp_buf_printf(t->out, ": %u certain, %u possible", c->access_certain, c->access - c->access_certain);
	if (t->r->n_access_left_out > 0) {
		aisp_buf_putz(t->out, "; ");
		aisp_show__number(t->out, t->r->n_access_left_out);
		aisp_buf_putz(t->out, " left out by the limit");
	}
	aisp_buf_putc(t->out, '\n');
}

static int write(const struct aisp_report *r, enum aisp_view view, struct aisp_buf *out, struct aisp_err *err)
{
	AISP_AUTOTTY struct aisp_tty t;
	struct aisp_show_counts c;
	int e = AISP_OK;

	aisp_tty__init(&t, r, out);
	aisp_show__count(r, &c);
	if (view == AISP_VIEW_SCAN) {
		e = scan(&t, &c, err);
	} else if (view == AISP_VIEW_ASSETS || view == AISP_VIEW_IDENTITIES) {
		aisp_table__nodes(&t, view == AISP_VIEW_IDENTITIES);
	} else if (view == AISP_VIEW_FINDINGS) {
		put_findings(&t, &c, 0, true);
	} else if (view == AISP_VIEW_GAPS) {
		put_gaps(&t, 0);
	} else if (view == AISP_VIEW_ACCESS || view == AISP_VIEW_PATH) {
		e = put_paths(&t, NULL, 0, err);
		if (e == AISP_OK)
			access_counts(&t, &c);
	} else {
		return aisp_fail(
			err, AISP_E_USAGE,
			"the table format does not show the whole graph: use --format json, ndjson or opengraph");
	}
	return e < 0 ? e : aisp_buf_check(out, err);
}

const struct aisp_format aisp_format_table = {
	.name = "table",
	.suffix = "txt",
	.description = "for people at a terminal",
	.views = AISP_VIEW_BIT(SCAN) | AISP_VIEW_BIT(ASSETS) | AISP_VIEW_BIT(IDENTITIES) | AISP_VIEW_BIT(FINDINGS) |
		 AISP_VIEW_BIT(GAPS) | AISP_VIEW_BIT(ACCESS) | AISP_VIEW_BIT(PATH),
	.write = write,
};
