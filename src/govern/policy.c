/* Deciding policies: for each, all starts that fit against all targets that fit, by reach. */
#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "govern/policy_int.h"

enum { MAX_PAIRS = 5000, MAX_LEVELS = 16 };

/* ---- Selectors ---- */

static bool any_fits(const struct aisp_sel_list *l, struct aisp_slice s)
{
	for (size_t i = 0; s.n && i < l->n; i++)
		if (aisp_slice_glob(l->v[i], s))
			return true;
	return false;
}

/* A text property, or one item of a list. */
static bool prop_fits(const struct aisp_sel_list *l, const struct aisp_snapshot *s, aisp_node n, struct aisp_slice key)
{
	const struct aisp_snode *node = &s->nodes[n];
	for (uint32_t i = 0; i < node->prop_n; i++) {
		const struct aisp_prop *p = &s->props[node->prop_at + i];
		struct aisp_slice rest, item;
		if (!aisp_slice_eq(aisp_snapshot_text(s, p->key), key))
			continue;
		if (p->type == AISP_PROP_BOOL && any_fits(l, p->b ? AISP_S("true") : AISP_S("false")))
			return true;
		if (p->type != AISP_PROP_STR && p->type != AISP_PROP_LIST)
			continue;
		rest = aisp_snapshot_text(s, p->s);
		while (aisp_slice_split(&rest, '\n', &item))
			if (any_fits(l, item))
				return true;
	}
	return false;
}

static aisp_node parent(const struct aisp_snapshot *s, aisp_node n)
{
	for (uint32_t i = s->in_at[n]; i < s->in_at[n + 1]; i++) {
		const struct aisp_sedge *e = &s->edges[s->in_edges[i]];
		if (e->kind == AISP_EDGE_CONTAINS || e->kind == AISP_EDGE_HAS_DATA)
			return e->from;
	}
	return 0;
}

/* Of it, or of the nearest that contains it and says so. */
static bool inherited_fits(const struct aisp_sel_list *l, const struct aisp_snapshot *s, aisp_node n, const char *key)
{
	for (int i = 0; n && i < MAX_LEVELS; i++, n = parent(s, n))
		if (aisp_snapshot_prop_str(s, n, key).n)
			return prop_fits(l, s, n, aisp_slice_z(key));
	return false;
}

/* The owner that stands (own.h): the best evidence, and what says as much at the same place ("owner" and "team"); each of the owners of a CODEOWNERS rule. Who made it or changed it last is not
 * enough, nor is the name of a namespace. */
static bool owner_fits(const struct aisp_sel_list *l, struct aisp_sight *sight, aisp_node n)
{
	struct aisp_owning w = {0};
	bool fits = false;
	if (sight->bad || (sight->bad = aisp_owners_of(sight->owners, n, &w, NULL)) < 0)
		return false;
	for (size_t i = 0; aisp_own_counts(&w) && i < w.v.n; i++) {
		const struct aisp_own_evidence *ev = &w.v.v[i];
		struct aisp_slice rest = ev->who, one;
		if (ev->declined || ev->rank != w.owner->rank || ev->level != w.owner->level || (ev->rank == AISP_OWN_CLAIM && ev != w.owner))
			continue;
		fits |= any_fits(l, ev->who);
		while (ev->rank == AISP_OWN_CODEOWNERS && aisp_slice_split(&rest, ' ', &one))
			fits |= any_fits(l, one);
	}
	aisp_owning_done(&w);
	return fits;
}

static bool field_fits(enum aisp_sel_field f, const struct aisp_sel_list *l, struct aisp_sight *sight, aisp_node n)
{
	const struct aisp_snapshot *s = sight->s;
	const struct aisp_snode *node = &s->nodes[n];
	switch (f) {
	case AISP_SEL_KIND:
		return any_fits(l, aisp_slice_z(aisp_node_kinds[node->kind].name)) || any_fits(l, aisp_slice_z(aisp_node_kinds[node->kind].group));
	case AISP_SEL_NAME:
		return any_fits(l, aisp_snapshot_text(s, node->name));
	case AISP_SEL_ID:
		return any_fits(l, aisp_snapshot_text(s, node->id));
	case AISP_SEL_OWNER:
		return owner_fits(l, sight, n);
	case AISP_SEL_ENVIRONMENT:
		return inherited_fits(l, s, n, "environment");
	case AISP_SEL_TENANT:
		return inherited_fits(l, s, n, "tenant");
	case AISP_SEL_SYSTEM:
		return inherited_fits(l, s, n, "system");
	case AISP_SEL_SENSITIVITY:
		return node->sensitivity && any_fits(l, aisp_slice_z(aisp_sensitivity_name(node->sensitivity)));
	case AISP_SEL_DATA:
		return prop_fits(l, s, n, AISP_S("data_classes"));
	case AISP_SEL_LABEL:
		return prop_fits(l, s, n, AISP_S("labels")) || prop_fits(l, s, n, AISP_S("tags"));
	case AISP_SEL_ACTION:
		return prop_fits(l, s, n, AISP_S("actions"));
	default:
		return false;
	}
}

bool aisp_selector__fits(const struct aisp_selector *sel, struct aisp_sight *sight, aisp_node n)
{
	for (int f = 0; sel->said && f < AISP_SEL_FIELDS; f++)
		if (sel->fields[f].n && !field_fits((enum aisp_sel_field)f, &sel->fields[f], sight, n))
			return false;
	for (size_t i = 0; sel->said && i < sel->n_props; i++)
		if (!prop_fits(&sel->props[i].want, sight->s, n, sel->props[i].key))
			return false;
	if (sel->said && sel->is_public >= 0 && (sight->is_public && sight->is_public[n]) != (sel->is_public > 0))
		return false;
	return !sel->said || !sel->not || !aisp_selector__fits(sel->not, sight, n);
}

/* ---- Pairs ---- */

struct deciding {
	const struct aisp_policy *p;
	const struct aisp_snapshot *s;
	const struct aisp_reach *reach;
	struct aisp_sight *sight;
	int64_t now_us;
	AISP_VEC(struct aisp_actor) actors;
	AISP_VEC(aisp_node) targets;
	AISP_VEC(struct aisp_found) found;
	struct aisp_map seen; /* (start, target) → number of the pair */
	enum aisp_mode mode;
	size_t left_out;
};

static bool excepted(const struct deciding *d, aisp_node from, aisp_node to)
{
	for (size_t i = 0; i < d->p->n_except; i++) {
		const struct aisp_exception *x = &d->p->except[i];
		if (x->until_us && d->now_us >= x->until_us)
			continue;
		if (aisp_selector__fits(&x->from, d->sight, from) && aisp_selector__fits(&x->to, d->sight, to))
			return true;
	}
	return false;
}

static int pair(void *ctx, size_t actor, size_t target, bool certain)
{
	struct deciding *d = ctx;
	const aisp_node from = d->actors.v[actor].node, to = d->targets.v[target];
	const struct aisp_key key = {(uint64_t)from << 32 | to, 0};

	if (from == to || (d->p->certain && !certain) || excepted(d, from, to))
		return d->sight->bad;
	const uint32_t before = aisp_map_get(&d->seen, key);
	const struct aisp_found found = {.rule = &d->p->rule, .subject = to, .start = from, .target = to, .mode = d->mode, .certain = certain};
	if (before) {
		if (certain && !d->found.v[before - 1].certain)
			d->found.v[before - 1] = found;
		return 0;
	}
	if (d->found.n == MAX_PAIRS) {
		d->left_out++;
		return 0;
	}
	if (aisp_vec_push(&d->found, found) < 0)
		return AISP_E_NOMEM;
	return aisp_map_put(&d->seen, key, (uint32_t)d->found.n, NULL);
}

static int pick(struct deciding *d)
{
	const struct aisp_policy *p = d->p;
	for (aisp_node n = 1; n <= d->s->n_nodes; n++) {
		const unsigned flags = aisp_snode_flags(&d->s->nodes[n]) | (aisp_node_kinds[d->s->nodes[n].kind].flags & AISP_NK_START);
		const bool may = !(d->s->nodes[n].flags & AISP_NF_STAND_IN) && (p->from.fields[AISP_SEL_KIND].n || flags & (AISP_NK_IDENTITY | AISP_NK_NHI | AISP_NK_START));
		if (may && aisp_selector__fits(&p->from, d->sight, n) && aisp_vec_push(&d->actors, (struct aisp_actor){.node = n}) < 0)
			return AISP_E_NOMEM;
		if (aisp_selector__fits(&p->to, d->sight, n) && aisp_vec_push(&d->targets, n) < 0)
			return AISP_E_NOMEM;
	}
	return d->sight->bad;
}

static void put_message(struct deciding *d, const struct aisp_found *f, struct aisp_buf *out)
{
	aisp_buf_clear(out);
	aisp_buf_printf(out, "%s ", aisp_node_kinds[d->s->nodes[f->start].kind].name);
	aisp_buf_put_printable(out, aisp_snapshot_text(d->s, d->s->nodes[f->start].name));
	aisp_buf_printf(out, " holds %s on %s ", aisp_mode_name(f->mode), aisp_node_kinds[d->s->nodes[f->target].kind].name);
	aisp_buf_put_printable(out, aisp_snapshot_text(d->s, d->s->nodes[f->target].name));
	aisp_buf_printf(out, ", which %.*s forbids", AISP_FMT(d->p->rule.file));
	if (d->left_out && f == &d->found.v[0])
		aisp_buf_printf(out, " (and %zu further pairs that are not listed)", d->left_out);
	aisp_buf_putz(out, ".");
}

static int decide(struct deciding *d, struct aisp_findings *f, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf text = {0};
	int r = pick(d);
	aisp_buf_init(&text, 1 << 20);
	for (int m = 0; r == 0 && m < 32 && d->actors.n && d->targets.n; m++) {
		d->mode = (enum aisp_mode)m;
		if (d->p->modes & 1u << m)
			r = aisp_reach_pairs(d->reach, d->actors.v, d->actors.n, d->targets.v, d->targets.n, d->mode, pair, d, err);
	}
	for (size_t i = 0; r == 0 && i < d->found.n; i++) {
		put_message(d, &d->found.v[i], &text);
		d->found.v[i].message = aisp_arena_dup(f->arena, aisp_buf_slice(&text));
		r = d->found.v[i].message.p ? aisp_buf_check(&text, err) : AISP_E_NOMEM;
	}
	if (r == AISP_E_NOMEM)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while deciding policies");
	return r == 0 ? aisp_findings_add(f, d->s, d->reach, d->found.v, d->found.n, err) : r;
}

/* ---- All ---- */

static bool asks_public(const struct aisp_selector *s)
{
	return s->said && (s->is_public >= 0 || (s->not && s->not->is_public >= 0));
}

static bool asks_owner(const struct aisp_selector *s)
{
	return s->said && (s->fields[AISP_SEL_OWNER].n || (s->not && s->not->fields[AISP_SEL_OWNER].n));
}

static bool any_side(const struct aisp_policies *p, bool (*asks)(const struct aisp_selector *))
{
	for (size_t i = 0; i < p->v.n; i++) {
		if (asks(&p->v.v[i]->from) || asks(&p->v.v[i]->to))
			return true;
		for (size_t k = 0; k < p->v.v[i]->n_except; k++)
			if (asks(&p->v.v[i]->except[k].from) || asks(&p->v.v[i]->except[k].to))
				return true;
	}
	return false;
}

/* Public is what the internet may call, steer, read, change or act as; not what only a connection leads to. */
static int find_public(const struct aisp_snapshot *s, const struct aisp_reach *reach, uint8_t *ret, struct aisp_err *err)
{
	for (aisp_node n = s->kind_at[AISP_NODE_INTERNET]; n < s->kind_at[AISP_NODE_INTERNET + 1]; n++) {
		const struct aisp_actor actor = {.node = n};
		struct aisp_reach_answer *a = NULL;
		const int r = aisp_reach_forward(reach, &actor, 1, AISP_POSSIBLE, &a, err);
		if (r < 0)
			return r;
		for (aisp_node m = 1; m <= s->n_nodes; m++)
			ret[m] |= (aisp_reach_modes(a, 0, m) & ~(1u << AISP_MODE_NET)) != 0;
		aisp_reach_answer_free(a);
	}
	return 0;
}

static int look_around(const struct aisp_policies *p, const char *log_path, const struct aisp_reach *reach, struct aisp_sight *sight, struct aisp_err *err)
{
	int r = 0;
	if (any_side(p, asks_public)) {
		sight->is_public = aisp_mem_zalloc((size_t)sight->s->n_nodes + 1, 1);
		r = sight->is_public ? find_public(sight->s, reach, sight->is_public, err) : aisp_fail(err, AISP_E_NOMEM, "out of memory while deciding policies");
	}
	return r == 0 && any_side(p, asks_owner) ? aisp_owners_load(log_path, sight->s, &sight->owners, err) : r;
}

int aisp_policies_judge(const struct aisp_policies *p, const char *log_path, const struct aisp_snapshot *s, const struct aisp_reach *reach, struct aisp_findings *f, struct aisp_err *err)
{
	struct aisp_sight sight = {.s = s};
	if (!p || p->v.n == 0)
		return 0;
	int r = look_around(p, log_path, reach, &sight, err);
	for (size_t i = 0; r == 0 && i < p->v.n; i++) {
		struct deciding d = {.p = p->v.v[i], .s = s, .reach = reach, .sight = &sight, .now_us = aisp_clock_now_us()};
		r = decide(&d, f, err);
		aisp_vec_done(&d.actors);
		aisp_vec_done(&d.targets);
		aisp_vec_done(&d.found);
		aisp_map_done(&d.seen);
	}
	aisp_mem_free(sight.is_public);
	aisp_owners_free(sight.owners);
	return r;
}

bool aisp_policies_is(const struct aisp_finding *f)
{
	return aisp_slice_starts(f->rule->id, AISP_S("AISP-POLICY/"));
}
