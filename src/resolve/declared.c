/* What infrastructure code declares and what is there in fact: one thing when type and name say so and only one live thing fits. The files then define the live
 * thing too, which is where a change is to be written, and the declared one, marked `live`, is passed over where access is decided: what is there counts.
 *
 * Not for: things without a name in the code (the cloud makes one up), or when two live things fit.
 */
#include "base/hash.h"
#include "base/map.h"
#include "resolve/resolve_int.h"

#define SEVERAL UINT32_MAX

struct declared {
	struct aisp_resolve *r;
	struct aisp_map placeholders; /* account ids that code stands for */
	struct aisp_map live;         /* type and name → node, SEVERAL */
};

static struct aisp_key key_of(struct aisp_slice a, struct aisp_slice b)
{
	return (struct aisp_key){aisp_hash64(a.p, a.n, 17) ^ aisp_hash64(b.p, b.n, 19), aisp_hash64(a.p, a.n, 23) + 31 * aisp_hash64(b.p, b.n, 29)};
}

static void keep_account(struct declared *d, aisp_node n)
{
	struct aisp_resolve *r = d->r;
	const struct aisp_slice id = aisp_graph_prop(r->g, n, "account_id");
	if (id.n && aisp_slice_eqz(aisp_graph_prop(r->g, n, "placeholder"), "true"))
		aisp_resolve__fail(r, aisp_map_put(&d->placeholders, key_of(id, AISP_S("")), 1, r->err));
}

/* Type and name of a thing of AWS; false when it has none, or is of the other side. */
static bool describe(const struct declared *d, aisp_node n, bool live, struct aisp_key *ret)
{
	const struct aisp_graph *g = d->r->g;
	const struct aisp_slice type = aisp_graph_prop(g, n, "aws_type"), name = aisp_graph_prop(g, n, "name"), account = aisp_graph_prop(g, n, "account");
	if (type.n == 0 || name.n == 0 || account.n == 0)
		return false;
	*ret = key_of(type, name);
	return (aisp_map_get(&d->placeholders, key_of(account, AISP_S(""))) == 0) == live;
}

static void join(struct declared *d, aisp_node n, aisp_node there)
{
	struct aisp_resolve *r = d->r;
	aisp_resolve__set(r, n, "live", aisp_graph_node_at(r->g, there).id);
	for (aisp_edge e = aisp_resolve__in(r, n, AISP_EDGE_DEFINES, 0); e && !r->bad; e = aisp_resolve__in(r, n, AISP_EDGE_DEFINES, e)) {
		const struct aisp_because why = {.join = "declared-to-live", .confidence = AISP_CONF_INFERRED, .from = {e},
			.note = AISP_S("the only live thing of the type and name that the code gives")};
		const aisp_node file = aisp_resolve__from(r, e);
		if (!aisp_resolve__joined(r, file, AISP_EDGE_DEFINES, there))
			aisp_resolve__edge(r, file, AISP_EDGE_DEFINES, there, &why);
	}
}

void aisp_resolve__declared(struct aisp_resolve *r)
{
	struct declared d = {.r = r};
	const uint32_t end = aisp_graph_node_count(r->g);
	struct aisp_key key;
	for (aisp_node n = 1; n <= end && !r->bad; n++)
		if (aisp_graph_node_at(r->g, n).alive && aisp_graph_node_at(r->g, n).kind == AISP_NODE_ACCOUNT)
			keep_account(&d, n);
	for (aisp_node n = 1; n <= end && !r->bad && d.placeholders.n; n++)
		if (aisp_graph_node_at(r->g, n).alive && describe(&d, n, true, &key))
			aisp_resolve__fail(r, aisp_map_put(&d.live, key, aisp_map_get(&d.live, key) ? SEVERAL : n, r->err));
	for (aisp_node n = 1; n <= end && !r->bad && d.live.n; n++)
		if (aisp_graph_node_at(r->g, n).alive && describe(&d, n, false, &key)) {
			const uint32_t there = aisp_map_get(&d.live, key);
			if (there && there != SEVERAL)
				join(&d, n, there);
		}
	aisp_map_done(&d.placeholders);
	aisp_map_done(&d.live);
}
