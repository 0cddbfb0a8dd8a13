/* what-if (edges taken away or added) and diff (two moments). */
#include "cli/compare.h"

struct proposal {
	AISP_VEC(aisp_edge) removed;
	AISP_VEC(struct aisp_overlay_edge) added;
};

/* "FROM,KIND,TO": ends are REFs, which may themselves hold commas, so the kind in the middle decides. */
static int parse_edge(const struct aisp_snapshot *s, const char *text, struct aisp_overlay_edge *ret, struct aisp_err *err)
{
	for (const char *p = strchr(text, ','); p; p = strchr(p + 1, ',')) {
		const char *end = strchr(p + 1, ',');
		if (!end)
			break;
		const enum aisp_edge_kind kind = aisp_edge_kind_find(aisp_slice_of(p + 1, (size_t)(end - p - 1)));
		if (!kind)
			continue;
		*ret = (struct aisp_overlay_edge){.kind = kind};
		int r = aisp_snapshot_ref(s, aisp_slice_of(text, (size_t)(p - text)), &ret->from, err);
		return r < 0 ? r : aisp_snapshot_ref(s, aisp_slice_z(end + 1), &ret->to, err);
	}
	return aisp_fail(err, AISP_E_USAGE, "'%s' is no edge: FROM,KIND,TO is expected, with a kind such as CAN_READ ('aisp sql \"SELECT DISTINCT kind FROM edge\"' lists them)", text);
}

static int remove_edge(const struct aisp_snapshot *s, struct proposal *p, const char *text, struct aisp_err *err)
{
	struct aisp_overlay_edge want;
	int r = parse_edge(s, text, &want, err);
	size_t before = p->removed.n;
	for (aisp_edge e = r == 0 ? s->out_at[want.from] : 0; r == 0 && e < s->out_at[want.from + 1]; e++)
		if (s->edges[e].kind == want.kind && s->edges[e].to == want.to && aisp_vec_push(&p->removed, e) < 0)
			r = aisp_fail(err, AISP_E_NOMEM, "out of memory");
	if (r == 0 && p->removed.n == before)
		r = aisp_fail(err, AISP_E_NOTFOUND, "there is no edge '%s' to take away", text);
	return r;
}

/* All edges that a control object carries: its exact text, else a part of it that fits one control object only. */
static int remove_control(const struct aisp_snapshot *s, struct proposal *p, const char *text, struct aisp_err *err)
{
	aisp_sym found = aisp_symtab_find(s->syms, aisp_slice_z(text));
	bool used = false;
	for (aisp_edge e = 1; found && e <= s->n_edges; e++)
		used |= s->edges[e].control == found;
	found = used ? found : 0;
	for (aisp_edge e = 1; !used && e <= s->n_edges; e++) {
		const aisp_sym c = s->edges[e].control;
		if (!c || c == found || aisp_slice_findi(aisp_snapshot_text(s, c), aisp_slice_z(text)) == SIZE_MAX)
			continue;
		if (found)
			return aisp_fail(err, AISP_E_AMBIGUOUS, "'%s' fits several control objects, among them '%s' and '%s'; say more of it", text,
					 aisp_snapshot_z(s, found), aisp_snapshot_z(s, c));
		found = c;
	}
	if (!found)
		return aisp_fail(err, AISP_E_NOTFOUND, "no edge has a control object like '%s'; paths ('aisp path') name theirs", text);
	for (aisp_edge e = 1; e <= s->n_edges; e++)
		if (s->edges[e].control == found && aisp_vec_push(&p->removed, e) < 0)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	return 0;
}

static int read_proposal(const struct aisp_options *o, const struct aisp_snapshot *s, struct proposal *p, struct aisp_err *err)
{
	int r = 0;
	struct aisp_err first = {0};
	for (size_t i = 0; r == 0 && i < o->remove.n; i++) {
		r = remove_control(s, p, o->remove.v[i], &first);
		if (r == AISP_E_NOTFOUND && strchr(o->remove.v[i], ','))
			r = remove_edge(s, p, o->remove.v[i], err);
		else if (r < 0)
			aisp_fail(err, first.code, "%s", first.msg);
	}
	for (size_t i = 0; r == 0 && i < o->add.n; i++) {
		struct aisp_overlay_edge e;
		r = parse_edge(s, o->add.v[i], &e, err);
		if (r == 0 && aisp_vec_push(&p->added, e) < 0)
			r = aisp_fail(err, AISP_E_NOMEM, "out of memory");
	}
	return r;
}

static int put_changes(const struct aisp_options *o, const struct aisp_changes *c, const char *schema, size_t removed, size_t added, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf out = {0};
	struct aisp_jw w;
	aisp_buf_init(&out, 0);
	if (o->format && strcmp(o->format, "json") == 0) {
		aisp_jw_init(&w, &out, true);
		aisp_jw_obj(&w);
		aisp_jw_kz(&w, "schema", schema);
		aisp_jw_kint(&w, "edges_removed", (int64_t)removed);
		aisp_jw_kint(&w, "edges_added", (int64_t)added);
		aisp_jw_key(&w, "access");
		aisp_changes_json(c, &w);
		aisp_jw_end(&w);
		aisp_buf_putc(&out, '\n');
	} else {
		aisp_buf_printf(&out, "%zu edge%s taken away, %zu added\n", removed, removed == 1 ? "" : "s", added);
		aisp_changes_put(c, (size_t)o->limit, &out);
	}
	int r = aisp_buf_check(&out, err);
	return r == 0 ? aisp_output(o, aisp_buf_slice(&out), err) : r;
}

static const enum aisp_mode usual_modes[] = {AISP_MODE_READ, AISP_MODE_READ_VIA, AISP_MODE_WRITE, AISP_MODE_WRITE_VIA};

static int compare_modes(const struct aisp_options *o, const struct aisp_snapshot *a, const struct aisp_reach *ra, const struct aisp_snapshot *b,
                         const struct aisp_reach *rb, struct aisp_changes *c, struct aisp_err *err)
{
	const bool any = !o->mode || strcmp(o->mode, "any") == 0;
	int r = 0;
	if (!any)
		return aisp_compare(a, ra, b, rb, (enum aisp_mode)aisp_mode_find(aisp_slice_z(o->mode)), c, err);
	for (size_t i = 0; r == 0 && i < sizeof usual_modes / sizeof *usual_modes; i++)
		r = aisp_compare(a, ra, b, rb, usual_modes[i], c, err);
	return r;
}

int aisp_cmd_whatif(struct aisp_options *o, struct aisp_err *err)
{
	AISP_AUTOSESSION struct aisp_session s = {0};
	struct proposal p = {0};
	struct aisp_changes c = {0};
	struct aisp_reach *after = NULL;
	if (o->policies && o->remove.n == 0 && o->add.n == 0)
		return aisp_whatif_proposed(o, err);
	if (o->remove.n == 0 && o->add.n == 0)
		return aisp_fail(err, AISP_E_USAGE, "what-if needs at least one --remove CONTROL or --add FROM,KIND,TO, or --policies with the files that are proposed");
	int r = aisp_session_open(o, &s, err);
	if (r == 0)
		r = read_proposal(o, s.snapshot, &p, err);
	if (r == 0)
		r = aisp_session_reach(&s, err);
	const struct aisp_overlay overlay = {p.removed.v, p.removed.n, p.added.v, p.added.n};
	if (r == 0)
		r = aisp_reach_new(s.snapshot, &overlay, &after, err);
	if (r == 0)
		r = compare_modes(o, s.snapshot, s.reach, s.snapshot, after, &c, err);
	if (r == 0)
		r = put_changes(o, &c, "aisp/what-if/1", p.removed.n, p.added.n, err);
	aisp_reach_free(after);
	aisp_changes_done(&c);
	aisp_vec_done(&p.removed);
	aisp_vec_done(&p.added);
	return r;
}

/* Two moments. */
struct moments {
	struct aisp_store *store;
	int64_t run_a, run_b;
	struct aisp_snapshot *a, *b;
	struct aisp_reach *ra, *rb;
};

static int pick_moments(const struct aisp_options *o, struct moments *m, struct aisp_err *err)
{
	struct aisp_store_runs runs = {0};
	int r = aisp_store_runs(m->store, &runs, err);
	if (r == 0 && o->args.n > 2)
		r = aisp_fail(err, AISP_E_USAGE, "diff takes at most two moments");
	if (r == 0 && runs.n == 0)
		r = aisp_fail(err, AISP_E_USAGE, "there is no scan in the store yet");
	if (r == 0 && o->args.n == 0 && runs.n < 2)
		r = aisp_fail(err, AISP_E_USAGE, "there is only one scan in the store; scan again later and compare then");
	if (r == 0) {
		m->run_b = runs.v[0].run;
		m->run_a = runs.n > 1 ? runs.v[1].run : runs.v[0].run;
	}
	if (r == 0 && o->args.n > 0)
		r = aisp_session_run(m->store, o->args.v[0], &m->run_a, err);
	if (r == 0 && o->args.n > 1)
		r = aisp_session_run(m->store, o->args.v[1], &m->run_b, err);
	aisp_store_runs_done(&runs);
	return r;
}

static int open_moments(const struct aisp_options *o, struct moments *m, struct aisp_err *err)
{
	int r = aisp_store_open(aisp_session_store_path(o), AISP_STORE_READONLY, &m->store, err);
	if (r == AISP_E_NOTFOUND)
		r = aisp_fail(err, AISP_E_USAGE, "there is no store at %s: scan first", aisp_session_store_path(o));
	if (r == 0)
		r = pick_moments(o, m, err);
	if (r == 0)
		r = aisp_store_load(m->store, m->run_a, &m->a, err);
	if (r == 0)
		r = aisp_store_load(m->store, m->run_b, &m->b, err);
	if (r == 0)
		r = aisp_reach_new(m->a, NULL, &m->ra, err);
	return r == 0 ? aisp_reach_new(m->b, NULL, &m->rb, err) : r;
}

static void moments_done(struct moments *m)
{
	aisp_reach_free(m->ra);
	aisp_reach_free(m->rb);
	aisp_snapshot_free(m->a);
	aisp_snapshot_free(m->b);
	aisp_store_close(m->store);
}

static void put_nodes(struct aisp_buf *out, const struct aisp_snapshot *s, const aisp_node *v, uint32_t n, char sign, size_t limit)
{
	for (uint32_t i = 0; i < n && (!limit || i < limit); i++) {
		aisp_buf_printf(out, "  %c %-18s ", sign, aisp_node_kinds[s->nodes[v[i]].kind].name);
		aisp_buf_put_printable(out, aisp_snapshot_text(s, s->nodes[v[i]].id));
		aisp_buf_putc(out, '\n');
	}
	if (limit && n > limit)
		aisp_buf_printf(out, "  … and %zu more (--limit)\n", n - limit);
}

static void put_edges(struct aisp_buf *out, const struct aisp_snapshot *s, const aisp_edge *v, uint32_t n, char sign, size_t limit)
{
	for (uint32_t i = 0; i < n && (!limit || i < limit); i++) {
		const struct aisp_sedge *e = &s->edges[v[i]];
		aisp_buf_printf(out, "  %c ", sign);
		aisp_buf_put_printable(out, aisp_snapshot_text(s, s->nodes[e->from].id));
		aisp_buf_printf(out, "  %s  ", aisp_edge_kinds[e->kind].name);
		aisp_buf_put_printable(out, aisp_snapshot_text(s, s->nodes[e->to].id));
		aisp_buf_putc(out, '\n');
	}
	if (limit && n > limit)
		aisp_buf_printf(out, "  … and %zu more (--limit)\n", n - limit);
}

static void put_diff(const struct aisp_options *o, const struct moments *m, const struct aisp_diff *d, const struct aisp_changes *c, struct aisp_buf *out)
{
	const size_t limit = (size_t)o->limit;
	aisp_buf_printf(out, "From run %lld to run %lld\n\nThings: %u new, %u gone, %u changed\n", (long long)m->run_a, (long long)m->run_b,
			d->n_nodes_added, d->n_nodes_removed, d->n_nodes_changed);
	put_nodes(out, m->b, d->nodes_added, d->n_nodes_added, '+', limit);
	put_nodes(out, m->a, d->nodes_removed, d->n_nodes_removed, '-', limit);
	put_nodes(out, m->b, d->nodes_changed, d->n_nodes_changed, '~', limit);
	aisp_buf_printf(out, "\nRelations: %u new, %u gone\n", d->n_edges_added, d->n_edges_removed);
	put_edges(out, m->b, d->edges_added, d->n_edges_added, '+', limit);
	put_edges(out, m->a, d->edges_removed, d->n_edges_removed, '-', limit);
	aisp_buf_putc(out, '\n');
	aisp_changes_put(c, limit, out);
}

static void json_nodes(struct aisp_jw *w, const char *key, const struct aisp_snapshot *s, const aisp_node *v, uint32_t n)
{
	aisp_jw_key(w, key);
	aisp_jw_arr(w);
	for (uint32_t i = 0; i < n; i++) {
		aisp_jw_obj(w);
		aisp_jw_kstr(w, "id", aisp_snapshot_text(s, s->nodes[v[i]].id));
		aisp_jw_kz(w, "kind", aisp_node_kinds[s->nodes[v[i]].kind].name);
		aisp_jw_end(w);
	}
	aisp_jw_end(w);
}

static void json_edges(struct aisp_jw *w, const char *key, const struct aisp_snapshot *s, const aisp_edge *v, uint32_t n)
{
	aisp_jw_key(w, key);
	aisp_jw_arr(w);
	for (uint32_t i = 0; i < n; i++) {
		const struct aisp_sedge *e = &s->edges[v[i]];
		aisp_jw_obj(w);
		aisp_jw_kstr(w, "from", aisp_snapshot_text(s, s->nodes[e->from].id));
		aisp_jw_kz(w, "kind", aisp_edge_kinds[e->kind].name);
		aisp_jw_kstr(w, "to", aisp_snapshot_text(s, s->nodes[e->to].id));
		aisp_jw_kstr(w, "control", aisp_snapshot_text(s, e->control));
		aisp_jw_end(w);
	}
	aisp_jw_end(w);
}

static void json_diff(const struct moments *m, const struct aisp_diff *d, const struct aisp_changes *c, struct aisp_buf *out)
{
	struct aisp_jw w;
	aisp_jw_init(&w, out, true);
	aisp_jw_obj(&w);
	aisp_jw_kz(&w, "schema", "aisp/diff/1");
	aisp_jw_kint(&w, "from_run", m->run_a);
	aisp_jw_kint(&w, "to_run", m->run_b);
	json_nodes(&w, "nodes_added", m->b, d->nodes_added, d->n_nodes_added);
	json_nodes(&w, "nodes_removed", m->a, d->nodes_removed, d->n_nodes_removed);
	json_nodes(&w, "nodes_changed", m->b, d->nodes_changed, d->n_nodes_changed);
	json_edges(&w, "edges_added", m->b, d->edges_added, d->n_edges_added);
	json_edges(&w, "edges_removed", m->a, d->edges_removed, d->n_edges_removed);
	aisp_jw_key(&w, "access");
	aisp_changes_json(c, &w);
	aisp_jw_end(&w);
	aisp_buf_putc(out, '\n');
}

int aisp_cmd_diff(struct aisp_options *o, struct aisp_err *err)
{
	struct moments m = {0};
	struct aisp_diff d = {0};
	struct aisp_changes c = {0};
	AISP_AUTOBUF struct aisp_buf out = {0};
	aisp_buf_init(&out, 0);
	int r = open_moments(o, &m, err);
	if (r == 0)
		r = aisp_diff_make(m.a, m.b, &d, err);
	if (r == 0)
		r = compare_modes(o, m.a, m.ra, m.b, m.rb, &c, err);
	if (r == 0) {
		if (o->format && strcmp(o->format, "json") == 0)
			json_diff(&m, &d, &c, &out);
		else
			put_diff(o, &m, &d, &c, &out);
		r = aisp_buf_check(&out, err);
	}
	if (r == 0)
		r = aisp_output(o, aisp_buf_slice(&out), err);
	aisp_changes_done(&c);
	aisp_diff_done(&d);
	moments_done(&m);
	return r;
}
