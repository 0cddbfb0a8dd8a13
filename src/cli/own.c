/* own: who owns what and why; claim, decline, escalate. */
#include "base/clock.h"
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

static void put_one(struct aisp_buf *out, const struct aisp_snapshot *s, aisp_node n, const struct aisp_owning *w, bool whole)
{
	const struct aisp_own_evidence *owner = w->owner;
	aisp_buf_printf(out, "%-18s ", aisp_node_kinds[s->nodes[n].kind].name);
	aisp_buf_put_printable(out, whole ? aisp_snapshot_text(s, s->nodes[n].id) : aisp_snapshot_text(s, s->nodes[n].name));
	aisp_buf_putz(out, "  ");
	aisp_buf_put_printable(out, owner ? owner->who : AISP_S("nobody"));
	if (owner) {
		aisp_buf_printf(out, "  (%s: ", aisp_own_rank_name(owner->rank));
		aisp_buf_put_printable(out, owner->why);
		aisp_buf_putc(out, ')');
	}
	if (w->disputed)
		aisp_buf_putz(out, "  DISPUTED");
	if (w->escalated_to.n) {
		aisp_buf_putz(out, "  to be decided by ");
		aisp_buf_put_printable(out, w->escalated_to);
	}
	aisp_buf_putc(out, '\n');
	for (size_t i = 0; whole && i < w->v.n; i++) {
		if (&w->v.v[i] == owner)
			continue;
		aisp_buf_printf(out, "  also %-11s ", aisp_own_rank_name(w->v.v[i].rank));
		aisp_buf_put_printable(out, w->v.v[i].who);
		aisp_buf_putz(out, w->v.v[i].declined ? "  declined: " : "  ");
		aisp_buf_put_printable(out, w->v.v[i].why);
		aisp_buf_putc(out, '\n');
	}
}

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

static int put_nodes(const struct aisp_options *o, const struct aisp_snapshot *s, struct aisp_owners *owners, aisp_node only, struct aisp_buf *out, struct aisp_jw *w, struct aisp_err *err)
{
	size_t shown = 0, left_out = 0;
	for (aisp_node n = only ? only : 1; n <= (only ? only : s->n_nodes); n++) {
		struct aisp_owning own = {0};
		if (!only && !listed(o, s, n))
			continue;
		if (o->limit && shown++ >= (size_t)o->limit) {
			left_out++;
			continue;
		}
		const int r = aisp_owners_of(owners, n, &own, err);
		if (r < 0)
			return r;
		w ? json_one(w, s, n, &own) : put_one(out, s, n, &own, only != 0);
		aisp_owning_done(&own);
	}
	if (left_out && !w)
		aisp_buf_printf(out, "… and %zu more (--limit)\n", left_out);
	return 0;
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
		r = put_nodes(o, s, owners, only, &out, json ? &w : NULL, err);
	if (r == 0 && json) {
		aisp_jw_end(&w);
		aisp_jw_end(&w);
		aisp_buf_putc(&out, '\n');
	} else if (r == 0 && !only) {
		aisp_buf_printf(&out, "\nOwned: %u of %u assets (%.0f%%), %u of %u AI assets (%.0f%%)%s\n", c.owned, c.assets, part(c.owned, c.assets), c.ai_owned, c.ai, part(c.ai_owned, c.ai),
		                c.owned < c.assets ? "; a namespace or repository alone does not count" : "");
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
