/* Who may connect to whom: see network.h. */
#include "access/kubernetes/network.h"
#include "base/sym.h"
#include <stdlib.h>

const struct aisp_net_options aisp_net_careful = {AISP_NET_IF, AISP_NET_IF, AISP_NET_IF};
static const struct aisp_net_options by_labels = {AISP_NET_NO, AISP_NET_NO, AISP_NET_YES};

struct space { /* one namespace's policies: indices[first .. first + n); sample: one of them */
	uint32_t sample, first, n;
};
struct aisp_net_world {
	const struct aisp_net_policy *policies;
	size_t n_policies;
	const struct aisp_net_admin *admins;
	const uint32_t *order; /* of admins: tier, priority, then as given */
	size_t n_admins, n_admin_tier;
	struct aisp_net_options options;
	uint32_t *indices; /* of policies, grouped by namespace */
	struct space *spaces;
	uint32_t *buckets; /* open addressing: index of a space + 1 */
	size_t n_buckets, n_spaces;
};

bool aisp_net_applies(const struct aisp_net_policy *p, const struct aisp_net_pod *pod, enum aisp_net_direction d)
{
	return (d == AISP_NET_IN ? p->ingress : p->egress) && !pod->host_network && !pod->outside && aisp_k8s_same(p->ns, pod->ns) &&
	       aisp_selector_matches(&p->pods, &pod->labels);
}

bool aisp_net_isolated(const struct aisp_net_policy *policies, size_t n, const struct aisp_net_pod *pod,
                       enum aisp_net_direction d)
{
	for (size_t i = 0; i < n; i++)
		if (aisp_net_applies(&policies[i], pod, d))
			return true;
	return false;
}

static enum aisp_net_answer least(enum aisp_net_answer a, enum aisp_net_answer b)
{
	return a < b ? a : b;
}

static bool labels_match(const struct aisp_net_peer *p, struct aisp_slice policy_ns, const struct aisp_net_pod *pod)
{
	if (p->has_ns ? !aisp_selector_matches(&p->ns, &pod->ns_labels) : !aisp_k8s_same(policy_ns, pod->ns))
		return false;
	return !p->has_pod || aisp_selector_matches(&p->pod, &pod->labels);
}

static bool in_blocks(const struct aisp_net_peer *p, const struct aisp_net_addr *a)
{
	bool in = false;

	for (size_t i = 0; i < p->n_blocks; i++)
		in |= aisp_net_cidr_has(&p->blocks[i], a);
	for (size_t i = 0; i < p->n_except; i++)
		in &= !aisp_net_cidr_has(&p->except[i], a);
	return in;
}

static enum aisp_net_answer in_range(const struct aisp_net_peer *p, const struct aisp_net_pod *pod, const struct aisp_net_options *o)
{
	bool any = false;

	for (size_t i = 0; i < pod->n_addrs; i++)
		any |= in_blocks(p, &pod->addrs[i]);
	if (pod->n_addrs == 0)
		return o->unknown_address;
	if (!any)
		return AISP_NET_NO;
	return pod->outside || pod->host_network ? AISP_NET_YES : o->pods_in_blocks;
}

static enum aisp_net_answer peer_is(const struct aisp_net_peer *p, struct aisp_slice policy_ns, const struct aisp_net_pod *pod,
                                    const struct aisp_net_options *o)
{
	if (p->is_unknown)
		return pod->outside || pod->host_network ? AISP_NET_IF : AISP_NET_NO;
	if (p->is_node) /* which node an address is of is not known here */
		return pod->outside || pod->host_network ? AISP_NET_IF : AISP_NET_NO;
	if (p->is_ip)
		return in_range(p, pod, o);
	if ((!p->has_ns && !p->has_pod) || pod->outside)
		return AISP_NET_NO;
	if (!labels_match(p, policy_ns, pod))
		return AISP_NET_NO;
	return pod->host_network ? o->host_pods : AISP_NET_YES;
}

static enum aisp_net_answer rule_peers(const struct aisp_net_rule *r, struct aisp_slice policy_ns, const struct aisp_net_pod *pod,
                                       const struct aisp_net_options *o)
{
	enum aisp_net_answer best = AISP_NET_NO;

	if (r->n_peers == 0)
		return AISP_NET_YES;
	for (size_t i = 0; i < r->n_peers && best < AISP_NET_YES; i++) {
		const enum aisp_net_answer a = peer_is(&r->peers[i], policy_ns, pod, o);
		if (a > best)
			best = a;
	}
	return best;
}

bool aisp_net_rule_admits(const struct aisp_net_rule *r, struct aisp_slice policy_ns, const struct aisp_net_pod *pod)
{
	return rule_peers(r, policy_ns, pod, &by_labels) == AISP_NET_YES;
}

static struct aisp_slice protocol_of(struct aisp_slice p)
{
	return p.n ? p : AISP_S("TCP");
}

static bool same_protocol(struct aisp_slice rule, struct aisp_slice asked)
{
	return (rule.n == 1 && rule.p[0] == '*') || aisp_k8s_same(protocol_of(rule), protocol_of(asked));
}

/* The number that a container of the destination gives the name. */
static bool named_port(const struct aisp_net_port *p, const struct aisp_net_pod *pod, const struct aisp_net_target *port)
{
	for (size_t k = 0; k < pod->n_ports; k++)
		if (aisp_k8s_same(pod->ports[k].name, p->name) && pod->ports[k].number == port->number &&
		    aisp_k8s_same(protocol_of(pod->ports[k].protocol), protocol_of(port->protocol)))
			return true;
	return false;
}

bool aisp_net_rule_port(const struct aisp_net_rule *r, const struct aisp_net_pod *pod, const struct aisp_net_target *port)
{
	for (size_t i = 0; i < r->n_ports; i++) {
		const struct aisp_net_port *p = &r->ports[i];
		if (p->never || !same_protocol(p->protocol, port->protocol))
			continue;
		if (p->name.n) {
			if (named_port(p, pod, port))
				return true;
			continue;
		}
		uint32_t end = p->end > p->number ? p->end : p->number;
		if (p->number == 0 || (port->number >= p->number && port->number <= end))
			return true;
	}
	return r->n_ports == 0;
}

static bool side_allows(const struct aisp_net_policy *policies, size_t n, enum aisp_net_direction d,
                        const struct aisp_net_pod *from, const struct aisp_net_pod *to, const struct aisp_net_target *port)
{
	const struct aisp_net_pod *self = d == AISP_NET_IN ? to : from, *other = d == AISP_NET_IN ? from : to;
	bool isolated = false;

	for (size_t i = 0; i < n; i++) {
		const struct aisp_net_policy *p = &policies[i];
		if (!aisp_net_applies(p, self, d))
			continue;
		isolated = true;
		const struct aisp_net_rule *rules = d == AISP_NET_IN ? p->in : p->out;
		for (size_t k = 0; k < (d == AISP_NET_IN ? p->n_in : p->n_out); k++)
			if (aisp_net_rule_admits(&rules[k], p->ns, other) && aisp_net_rule_port(&rules[k], to, port))
				return true;
	}
	return !isolated;
}

bool aisp_net_allows(const struct aisp_net_policy *policies, size_t n, const struct aisp_net_pod *from,
                     const struct aisp_net_pod *to, const struct aisp_net_target *port)
{
	return side_allows(policies, n, AISP_NET_OUT, from, to, port) && side_allows(policies, n, AISP_NET_IN, from, to, port);
}

/* The world: policies by namespace, administrators' policies in order. */

static uint64_t hash(struct aisp_slice s)
{
	uint64_t h = 14695981039346656037u;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 1099511628211u;
	return h ^ h >> 29;
}

/* The bucket of this namespace: its own or the first empty one. */
static size_t bucket_of(const struct aisp_net_world *w, struct aisp_slice ns)
{
	size_t b = (size_t)hash(ns) & (w->n_buckets - 1);

	while (w->buckets[b] && !aisp_k8s_same(w->policies[w->spaces[w->buckets[b] - 1].sample].ns, ns))
		b = (b + 1) & (w->n_buckets - 1);
	return b;
}

static bool index_policies(struct aisp_net_world *w, struct aisp_arena *a)
{
	size_t at = 0;

	for (w->n_buckets = 16; w->n_buckets < w->n_policies * 2;)
		w->n_buckets *= 2;
	w->buckets = aisp_arena_zalloc(a, w->n_buckets, sizeof *w->buckets);
	w->spaces = aisp_arena_zalloc(a, w->n_policies + 1, sizeof *w->spaces);
	w->indices = aisp_arena_zalloc(a, w->n_policies + 1, sizeof *w->indices);
	uint32_t *of = aisp_arena_zalloc(a, w->n_policies + 1, sizeof *of);
	if (!w->buckets || !w->spaces || !w->indices || !of)
		return false;
	for (size_t i = 0; i < w->n_policies; i++) {
		size_t b = bucket_of(w, w->policies[i].ns);
		if (!w->buckets[b]) {
			w->spaces[w->n_spaces].sample = (uint32_t)i;
			w->buckets[b] = (uint32_t)++w->n_spaces;
		}
		of[i] = w->buckets[b] - 1;
		w->spaces[of[i]].n++;
	}
	uint32_t *next = aisp_arena_zalloc(a, w->n_spaces + 1, sizeof *next);
	if (!next)
		return false;
	for (size_t s = 0; s < w->n_spaces; at += w->spaces[s++].n)
		next[s] = w->spaces[s].first = (uint32_t)at;
	for (size_t i = 0; i < w->n_policies; i++)
		w->indices[next[of[i]]++] = (uint32_t)i;
	return true;
}

static bool before(const struct aisp_net_admin *a, const struct aisp_net_admin *b)
{
	return a->tier != b->tier ? a->tier < b->tier : a->priority < b->priority;
}

/* Stable insertion: administrators' policies are few. */
static bool order_admins(struct aisp_net_world *w, struct aisp_arena *a)
{
	uint32_t *order = aisp_arena_zalloc(a, w->n_admins + 1, sizeof *order);

	if (!order)
		return false;
	for (size_t i = 0; i < w->n_admins; i++) {
		size_t k = i;
		for (; k > 0 && before(&w->admins[i], &w->admins[order[k - 1]]); k--)
			order[k] = order[k - 1];
		order[k] = (uint32_t)i;
		w->n_admin_tier += w->admins[i].tier == AISP_NET_ADMIN;
	}
	w->order = order;
	return true;
}

struct aisp_net_world *aisp_net_world_new(struct aisp_arena *a, const struct aisp_net_policy *policies, size_t n_policies,
                                          const struct aisp_net_admin *admins, size_t n_admins, const struct aisp_net_options *options)
{
	struct aisp_net_world *w = aisp_arena_zalloc(a, 1, sizeof *w);

	if (!w)
		return NULL;
	w->policies = policies;
	w->n_policies = n_policies;
	w->admins = admins;
	w->n_admins = n_admins;
	w->options = *options;
	return index_policies(w, a) && order_admins(w, a) ? w : NULL;
}

/* The place behind the last stands for "no policies". */
void aisp_net_place(const struct aisp_net_world *w, struct aisp_net_pod *pod)
{
	const uint32_t s = w->buckets[bucket_of(w, pod->ns)];

	pod->space = s ? s : (uint32_t)w->n_spaces + 1;
}

static const uint32_t *policies_of_pod(const struct aisp_net_world *w, const struct aisp_net_pod *pod, size_t *ret_n)
{
	if (!pod->space)
		return aisp_net_policies_of(w, pod->ns, ret_n);
	*ret_n = pod->space <= w->n_spaces ? w->spaces[pod->space - 1].n : 0;
	return pod->space <= w->n_spaces ? w->indices + w->spaces[pod->space - 1].first : w->indices;
}

const uint32_t *aisp_net_policies_of(const struct aisp_net_world *w, struct aisp_slice ns, size_t *ret_n)
{
	uint32_t s = w->buckets[bucket_of(w, ns)];

	*ret_n = s ? w->spaces[s - 1].n : 0;
	return s ? w->indices + w->spaces[s - 1].first : w->indices;
}

/* Deciding. */

struct asked {
	const struct aisp_net_world *w;
	enum aisp_net_direction d;
	const struct aisp_net_pod *self, *other, *to;
	const struct aisp_net_target *port;
};

static enum aisp_net_answer by_policies(const struct asked *q, bool *ret_isolated, struct aisp_net_why *why)
{
	enum aisp_net_answer best = AISP_NET_NO;
	size_t n;
	const uint32_t *list = policies_of_pod(q->w, q->self, &n);

	*ret_isolated = false;
	for (size_t i = 0; i < n && best < AISP_NET_YES; i++) {
		const struct aisp_net_policy *p = &q->w->policies[list[i]];
		const struct aisp_net_rule *rules = q->d == AISP_NET_IN ? p->in : p->out;
		if (!aisp_net_applies(p, q->self, q->d))
			continue;
		if (!*ret_isolated)
			*why = (struct aisp_net_why){AISP_NET_BY_ISOLATION, list[i], 0};
		*ret_isolated = true;
		for (size_t k = 0; k < (q->d == AISP_NET_IN ? p->n_in : p->n_out) && best < AISP_NET_YES; k++) {
			enum aisp_net_answer a = aisp_net_rule_port(&rules[k], q->to, q->port) ? rule_peers(&rules[k], p->ns, q->other, &q->w->options)
			                                                                      : AISP_NET_NO;
			if (a <= best)
				continue;
			best = a;
			*why = (struct aisp_net_why){AISP_NET_BY_POLICY, list[i], k};
		}
	}
	return *ret_isolated ? best : AISP_NET_YES;
}

bool aisp_net_selects(const struct aisp_net_admin *a, const struct aisp_net_pod *pod)
{
	const struct aisp_slice none = {0};

	return !pod->host_network && !pod->outside && (a->subject.has_ns || a->subject.has_pod) && labels_match(&a->subject, none, pod);
}

static bool has_unknown_port(const struct aisp_net_rule *r)
{
	for (size_t i = 0; i < r->n_ports; i++)
		if (r->ports[i].never)
			return true;
	return false;
}

/* What is said so far by rules that perhaps match: one that surely matches ends it. */
struct opinion {
	bool yes, no, pass; /* some rule that perhaps matches says so */
};

/* Walks one tier. True when a rule ends it: then *ret is its verdict (a Pass of the administrators' tier is no end of all: *ret_pass). */
static bool tier(const struct asked *q, size_t first, size_t last, struct opinion *maybe, bool *ret_allow, bool *ret_pass, struct aisp_net_why *why)
{
	const struct aisp_slice none = {0};

	for (size_t i = first; i < last; i++) {
		const uint32_t n = q->w->order[i];
		const struct aisp_net_admin *a = &q->w->admins[n];
		const struct aisp_net_rule *rules = q->d == AISP_NET_IN ? a->in : a->out;
		if (!aisp_net_selects(a, q->self))
			continue;
		for (size_t k = 0; k < (q->d == AISP_NET_IN ? a->n_in : a->n_out); k++) {
			const struct aisp_net_rule *r = &rules[k];
			enum aisp_net_answer m = r->n_peers ? rule_peers(r, none, q->other, &q->w->options) : AISP_NET_NO;
			if (!aisp_net_rule_port(r, q->to, q->port))
				m = has_unknown_port(r) ? least(m, AISP_NET_IF) : AISP_NET_NO;
			if (m == AISP_NET_NO)
				continue;
			if (m == AISP_NET_IF) {
				maybe->yes |= r->action == AISP_NET_ALLOW;
				maybe->no |= r->action == AISP_NET_DENY;
				maybe->pass |= r->action == AISP_NET_PASS;
				continue;
			}
			*why = (struct aisp_net_why){AISP_NET_BY_ADMIN, n, k};
			*ret_allow = r->action == AISP_NET_ALLOW;
			*ret_pass = r->action == AISP_NET_PASS;
			return true;
		}
	}
	return false;
}

static enum aisp_net_answer with(const struct opinion *maybe, enum aisp_net_answer a)
{
	return (maybe->yes && a != AISP_NET_YES) || (maybe->no && a != AISP_NET_NO) ? AISP_NET_IF : a;
}

enum aisp_net_answer aisp_net_side(const struct aisp_net_world *w, enum aisp_net_direction d, const struct aisp_net_pod *from,
                                   const struct aisp_net_pod *to, const struct aisp_net_target *port, struct aisp_net_why *ret_why)
{
	const struct asked q = {w, d, d == AISP_NET_IN ? to : from, d == AISP_NET_IN ? from : to, to, port};
	struct aisp_net_why own, *why = ret_why ? ret_why : &own;
	struct opinion maybe = {false, false, false};
	bool allow = true, pass = false, isolated;

	*why = (struct aisp_net_why){AISP_NET_BY_NOTHING, 0, 0};
	if (q.self->outside || q.self->host_network)
		return AISP_NET_YES;
	if (tier(&q, 0, w->n_admin_tier, &maybe, &allow, &pass, why) && !pass)
		return maybe.pass ? AISP_NET_IF : with(&maybe, allow ? AISP_NET_YES : AISP_NET_NO);
	enum aisp_net_answer a = by_policies(&q, &isolated, why);
	if (isolated)
		return with(&maybe, a);
	if (tier(&q, w->n_admin_tier, w->n_admins, &maybe, &allow, &pass, why) && !pass)
		return with(&maybe, allow ? AISP_NET_YES : AISP_NET_NO);
	return with(&maybe, AISP_NET_YES);
}

enum aisp_net_answer aisp_net_decide(const struct aisp_net_world *w, const struct aisp_net_pod *from, const struct aisp_net_pod *to,
                                     const struct aisp_net_target *port)
{
	const enum aisp_net_answer out = aisp_net_side(w, AISP_NET_OUT, from, to, port, NULL);

	return out == AISP_NET_NO ? out : least(out, aisp_net_side(w, AISP_NET_IN, from, to, port, NULL));
}

enum aisp_net_answer aisp_net_reaches_address(const struct aisp_net_world *w, const struct aisp_net_pod *from, struct aisp_slice address,
                                              const struct aisp_net_target *port)
{
	struct aisp_net_addr a;
	struct aisp_net_pod to = {.outside = true, .addrs = &a, .n_addrs = 1};

	if (!aisp_net_addr_parse(address, &a))
		return AISP_NET_IF;
	return aisp_net_side(w, AISP_NET_OUT, from, &to, port, NULL);
}
