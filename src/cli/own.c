/* own: who owns what and why; claim, decline, escalate. */
#include "base/clock.h"
#include "cli/columns.h"
#include "cli/decided.h"
#include "govern/own.h"

static int write_entry(struct aisp_options *o, const char *action, const struct aisp_snapshot *s, aisp_node n, uint64_t *ret_n, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf out = {0};
	struct aisp_govlog *log = NULL;
	struct aisp_jw w;
	aisp_buf_init(&out, 1 << 16);
	aisp_jw_init(&w, &out, false);
	aisp_jw_obj(&w);
	aisp_jw_kz(&w, "action", action);
	aisp_jw_kstr(&w, "subject", aisp_snapshot_text(s, s->nodes[n].id));
	aisp_jw_kz(&w, "to", o->to ? o->to : aisp_who(o));
	if (o->reason)
		aisp_jw_kz(&w, "reason", o->reason);
	aisp_jw_end(&w);
	int r = aisp_buf_check(&out, err);
	if (r == 0)
		r = aisp_govlog_for(o, true, &log, err);
	if (r == 0)
		r = aisp_govlog_add(log, aisp_slice_z(aisp_who(o)), AISP_S("own"), aisp_buf_slice(&out), ret_n, err);
	aisp_govlog_close(log);
	return r;
}

/* ---- as a table ---- */

enum { BASIS = 11, KIND_MOST = 20, LEAST = 16, WIDE = 100, WHY = 28 };
struct widths {
	size_t all, kind, asset, owner;
	size_t why; /* where there is room, a column of its own, cut; 0: behind the line or below it, whole */
};

static struct aisp_slice who(const struct aisp_owning *w)
{
	return w->owner ? w->owner->who : AISP_S("nobody");
}

static struct aisp_slice name_of(const struct aisp_snapshot *s, aisp_node n, bool whole)
{
	return aisp_snapshot_text(s, whole ? s->nodes[n].id : s->nodes[n].name);
}

/* Both as wide as they are; where there is no room for that, the wider one gives way first. */
static void share_room(struct widths *t)
{
	const size_t fixed = t->kind + BASIS + 6 + (t->why ? t->why + 2 : 0), room = t->all > fixed + 2 * LEAST ? t->all - fixed : 2 * LEAST;
	while (t->asset + t->owner > room && (t->asset > LEAST || t->owner > LEAST))
		*(t->asset >= t->owner ? &t->asset : &t->owner) -= 1;
}

static void put_header(struct aisp_buf *out, const struct widths *t)
{
	aisp_cell(out, AISP_S("KIND"), t->kind, true);
	aisp_buf_putz(out, "  ");
	aisp_cell(out, AISP_S("ASSET"), t->asset, true);
	aisp_buf_putz(out, "  ");
	aisp_cell(out, AISP_S("OWNER"), t->owner, true);
	aisp_buf_putz(out, "  ");
	aisp_cell(out, AISP_S("BASIS"), BASIS, true);
	const size_t at = t->kind + t->asset + t->owner + BASIS + 6;
	aisp_note(out, at + 5 <= t->all ? AISP_S("WHY") : AISP_S(""), at, 0, t->all);
}

static void put_one(struct aisp_buf *out, const struct aisp_snapshot *s, aisp_node n, const struct aisp_owning *w, const struct widths *t, bool whole)
{
	AISP_AUTOBUF struct aisp_buf note = {0};
	const struct aisp_own_evidence *owner = w->owner;
	aisp_buf_init(&note, 1 << 16);
	aisp_cell(out, aisp_slice_z(aisp_node_kinds[s->nodes[n].kind].name), t->kind, true);
	aisp_buf_putz(out, "  ");
	aisp_cell(out, name_of(s, n, whole), t->asset, true);
	aisp_buf_putz(out, "  ");
	aisp_cell(out, who(w), t->owner, true);
	aisp_buf_putz(out, "  ");
	aisp_cell(out, owner ? aisp_slice_z(aisp_own_rank_name(owner->rank)) : AISP_S("-"), BASIS, true);
	size_t at = t->kind + t->asset + t->owner + BASIS + 6;
	if (owner && t->why && !whole) {
		aisp_buf_putz(out, "  ");
		aisp_cell(out, owner->why, t->why, true);
		at += 2 + t->why;
	} else if (owner) {
		aisp_buf_put(&note, owner->why);
	} else if (w->v.n) {
		aisp_buf_printf(&note, "%zu declined", w->v.n);
	}
	if (w->disputed)
		aisp_buf_printf(&note, "%sDISPUTED", note.n ? "; " : "");
	if (w->escalated_to.n)
		aisp_buf_printf(&note, "%sto be decided by %.*s", note.n ? "; " : "", AISP_FMT(w->escalated_to));
	aisp_note(out, aisp_buf_slice(&note), at, t->kind + 2, t->all);
}

/* What else says whose it is. */
static void put_further(struct aisp_buf *out, const struct aisp_owning *w, const struct widths *t)
{
	for (size_t i = 0; i < w->v.n; i++) {
		const struct aisp_own_evidence *v = &w->v.v[i];
		if (v == w->owner)
			continue;
		const size_t before = out->n;
		aisp_buf_printf(out, "  %s %-11s ", w->owner ? "also" : "not ", aisp_own_rank_name(v->rank));
		aisp_cell(out, v->who, t->all - 20, false);
		AISP_AUTOBUF struct aisp_buf note = {0};
		aisp_buf_init(&note, 1 << 16);
		aisp_buf_put(&note, v->why);
		aisp_buf_putz(&note, v->declined ? ", declined" : "");
		aisp_note(out, aisp_buf_slice(&note), out->n - before, 19, t->all);
	}
}

/* ---- as JSON ---- */

static void json_one(struct aisp_jw *w, const struct aisp_snapshot *s, aisp_node n, const struct aisp_owning *own)
{
	aisp_jw_obj(w);
	aisp_jw_kstr(w, "id", aisp_snapshot_text(s, s->nodes[n].id));
	aisp_jw_kz(w, "kind", aisp_node_kinds[s->nodes[n].kind].name);
	if (own->owner)
		aisp_jw_kstr(w, "owner", own->owner->who);
	aisp_jw_kbool(w, "disputed", own->disputed);
	if (own->escalated_to.n)
		aisp_jw_kstr(w, "escalated_to", own->escalated_to);
	aisp_jw_key(w, "evidence");
	aisp_jw_arr(w);
	for (size_t i = 0; i < own->v.n; i++) {
		aisp_jw_obj(w);
		aisp_jw_kz(w, "rank", aisp_own_rank_name(own->v.v[i].rank));
		aisp_jw_kstr(w, "who", own->v.v[i].who);
		aisp_jw_kstr(w, "why", own->v.v[i].why);
		aisp_jw_kbool(w, "declined", own->v.v[i].declined);
		aisp_jw_end(w);
	}
	aisp_jw_end(w);
	aisp_jw_end(w);
}

static bool listed(const struct aisp_options *o, const struct aisp_snapshot *s, aisp_node n)
{
	const struct aisp_node_kind_row *row = &aisp_node_kinds[s->nodes[n].kind];
	if (o->kind)
		return strcmp(row->name, o->kind) == 0 || strcmp(row->group, o->kind) == 0;
	return o->all || aisp_snode_flags(&s->nodes[n]) & AISP_NK_ASSET;
}

struct putting {
	const struct aisp_options *o;
	const struct aisp_snapshot *s;
	struct aisp_owners *owners;
	aisp_node only;
	struct aisp_buf *out;
	struct aisp_jw *w;    /* NULL: a table */
	struct widths widths;
	bool measure;         /* only find the widths */
};

static void put_node(struct putting *p, aisp_node n, const struct aisp_owning *own)
{
	struct widths *t = &p->widths;
	if (p->measure) {
		const size_t kind = strlen(aisp_node_kinds[p->s->nodes[n].kind].name), asset = aisp_cell_width(name_of(p->s, n, p->only != 0)), owner = aisp_cell_width(who(own));
		t->kind = kind > t->kind ? kind : t->kind;
		t->asset = asset > t->asset ? asset : t->asset;
		t->owner = owner > t->owner ? owner : t->owner;
	} else if (p->w) {
		json_one(p->w, p->s, n, own);
	} else {
		put_one(p->out, p->s, n, own, t, p->only != 0);
		if (p->only)
			put_further(p->out, own, t);
	}
}

static int put_nodes(struct putting *p, struct aisp_err *err)
{
	size_t shown = 0, left_out = 0;
	for (aisp_node n = p->only ? p->only : 1; n <= (p->only ? p->only : p->s->n_nodes); n++) {
		struct aisp_owning own = {0};
		if (!p->only && !listed(p->o, p->s, n))
			continue;
		if (p->o->limit && shown++ >= (size_t)p->o->limit) {
			left_out++;
			continue;
		}
		const int r = aisp_owners_of(p->owners, n, &own, err);
		if (r < 0)
			return r;
		put_node(p, n, &own);
		aisp_owning_done(&own);
	}
	if (left_out && !p->w && !p->measure)
		aisp_buf_printf(p->out, "… and %zu more (--limit)\n", left_out);
	return 0;
}

static int put_table(struct putting *p, struct aisp_err *err)
{
	struct widths *t = &p->widths;
	*t = (struct widths){.all = aisp_columns(p->o), .kind = 4, .asset = 5, .owner = 6};
	p->measure = true;
	int r = put_nodes(p, err);
	p->measure = false;
	t->kind = t->kind > KIND_MOST ? KIND_MOST : t->kind;
	t->why = t->all >= WIDE && t->all < AISP_UNCUT && !p->only ? WHY : 0;
	share_room(t);
	if (r == 0 && t->asset > 5)
		put_header(p->out, t);
	return r == 0 ? put_nodes(p, err) : r;
}

static double part(uint32_t n, uint32_t of)
{
	return of ? 100.0 * n / of : 100.0;
}

static int show(const struct aisp_options *o, const struct aisp_snapshot *s, struct aisp_owners *owners, aisp_node only, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf out = {0};
	const bool json = o->format && strcmp(o->format, "json") == 0;
	struct aisp_own_coverage c;
	struct aisp_jw w;
	int r = aisp_owners_coverage(owners, &c, err);
	aisp_buf_init(&out, (size_t)1 << 30);
	aisp_jw_init(&w, &out, true);
	struct putting p = {.o = o, .s = s, .owners = owners, .only = only, .out = &out, .w = json ? &w : NULL};
	if (r == 0 && json) {
		aisp_jw_obj(&w);
		aisp_jw_kz(&w, "schema", "aisp/own/1");
		aisp_jw_key(&w, "coverage");
		aisp_jw_obj(&w);
		aisp_jw_kint(&w, "assets", c.assets);
		aisp_jw_kint(&w, "owned", c.owned);
		aisp_jw_kint(&w, "ai_assets", c.ai);
		aisp_jw_kint(&w, "ai_owned", c.ai_owned);
		aisp_jw_kint(&w, "disputed", c.disputed);
		aisp_jw_kint(&w, "likely", c.likely);
		aisp_jw_end(&w);
		aisp_jw_key(&w, "nodes");
		aisp_jw_arr(&w);
	}
	if (r == 0)
		r = json ? put_nodes(&p, err) : put_table(&p, err);
	if (r == 0 && json) {
		aisp_jw_end(&w);
		aisp_jw_end(&w);
		aisp_buf_putc(&out, '\n');
	} else if (r == 0 && !only) {
		const size_t before = out.n + 1;
		aisp_buf_printf(&out, "\nOwned: %u of %u assets (%.0f%%), %u of %u AI assets (%.0f%%)", c.owned, c.assets, part(c.owned, c.assets), c.ai_owned, c.ai, part(c.ai_owned, c.ai));
		aisp_note(&out, c.owned < c.assets ? AISP_S("(a namespace or repository alone does not count)") : AISP_S(""), out.n - before, 2, p.widths.all);
		if (c.likely)
			aisp_buf_printf(&out, "Likely: %u more, by who made them or changed their file last; --claim says so\n", c.likely);
		if (c.disputed)
			aisp_buf_printf(&out, "Disputed: %u; --escalate --to WHO names who decides\n", c.disputed);
	}
	if (r == 0)
		r = aisp_buf_check(&out, err);
	return r == 0 ? aisp_output(o, aisp_buf_slice(&out), err) : r;
}

/* What logs say of who made things is evidence too, where they were ingested. */
static int with_usage(struct aisp_options *o, const struct aisp_session *s, struct aisp_owners *owners, aisp_node only, struct aisp_err *err)
{
	struct aisp_uses *uses = NULL;
	struct aisp_usage *usage = NULL;
	struct aisp_err why = {0};
	int r = aisp_uses_open(aisp_session_store_path(o), false, &uses, &why);
	if (r < 0 && why.code != AISP_E_NOTFOUND)
		return aisp_fail(err, why.code, "%s", why.msg);
	r = uses ? aisp_usage_make(s->snapshot, uses, aisp_clock_now_us(), &usage, err) : 0;
	if (r == 0 && usage)
		r = aisp_owners_add_usage(owners, usage, err);
	if (r == 0)
		r = show(o, s->snapshot, owners, only, err);
	aisp_usage_free(usage);
	aisp_uses_close(uses);
	return r;
}

int aisp_cmd_own(struct aisp_options *o, struct aisp_err *err)
{
	AISP_AUTOSESSION struct aisp_session s = {0};
	AISP_AUTOBUF struct aisp_buf path = {0};
	struct aisp_owners *owners = NULL;
	const char *action = o->claim ? "claim" : o->decline ? "decline" : o->escalate ? "escalate" : NULL;
	aisp_node n = 0;
	uint64_t entry = 0;

	aisp_buf_init(&path, 8192);
	if (o->claim + o->decline + o->escalate > 1)
		return aisp_fail(err, AISP_E_USAGE, "one at a time: --claim, --decline or --escalate");
	if (o->args.n > 1 || (action && o->args.n == 0))
		return aisp_fail(err, AISP_E_USAGE, "own takes one asset: aisp own REF --claim --to TEAM");
	if (o->escalate && !o->to)
		return aisp_fail(err, AISP_E_USAGE, "--escalate needs --to: who is to decide whose it is");
	int r = aisp_session_open(o, &s, err);
	if (r == 0 && o->args.n)
		r = aisp_snapshot_ref(s.snapshot, aisp_slice_z(o->args.v[0]), &n, err);
	if (r == 0 && action)
		r = write_entry(o, action, s.snapshot, n, &entry, err);
	if (r == 0)
		r = aisp_log_path(aisp_session_store_path(o), &path, err);
	if (r == 0)
		r = aisp_owners_load(path.p, s.snapshot, &owners, err);
	if (r == 0)
		r = with_usage(o, &s, owners, n, err);
	aisp_owners_free(owners);
	return r;
}
