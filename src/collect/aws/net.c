/* Who can open a connection, from what parse_net.c gathered. The rules: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security.html
 *
 *   from the internet:  public address, and the subnet's route table leads to an internet gateway, and its network ACL lets it in (and the answer
 *                       out), and one of its security groups lets 0.0.0.0/0 or ::/0 in          ─▶ internet EXPOSES it
 *   from a group:       things in group S ─ATTACHED_TO▶ GROUP#ingress/S ─ALLOWS▶ things in GROUP   (network ACLs inside a VPC are not looked at)
 *   from addresses:     private ones: the network of the VPC EXPOSES it, inferred; others are noted on the group only
 *
 * What was not read is not taken for closed: the edge is then unresolved and says which part is missing.
 */
#include "collect/aws/facts_int.h"
#include <stdlib.h>

void aisp_awsf__net_done(struct aisp_awsf__net *n)
{
	aisp_vec_done(&n->sg_rules);
	aisp_vec_done(&n->acl_rules);
	aisp_vec_done(&n->acl_subnets);
	aisp_vec_done(&n->route_subnets);
	aisp_vec_done(&n->main_tables);
	aisp_vec_done(&n->subnet_vpcs);
	aisp_vec_done(&n->open_tables);
	aisp_vec_done(&n->members);
}

/* ---- Sorted lookups ---- */

static int by_a(const void *x, const void *y)
{
	const struct aisp_awsf__pair *p = x, *q = y;
	int r = aisp_slice_cmp(p->a, q->a);

	return r ? r : aisp_slice_cmp(p->b, q->b);
}

static struct aisp_slice lookup(const struct aisp_awsf__pair *v, size_t n, struct aisp_slice a)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (aisp_slice_cmp(v[mid].a, a) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return a.n && lo < n && aisp_slice_eq(v[lo].a, a) ? v[lo].b : (struct aisp_slice){0};
}

static int by_slice(const void *x, const void *y)
{
	return aisp_slice_cmp(*(const struct aisp_slice *)x, *(const struct aisp_slice *)y);
}

static int by_sg(const void *x, const void *y)
{
	const struct aisp_awsf__member *p = x, *q = y;
	int r = aisp_slice_cmp(p->sg, q->sg);

	r = r ? r : (p->node > q->node) - (p->node < q->node);
	return r ? r : aisp_slice_cmp(p->subnet, q->subnet);
}

static int by_group(const void *x, const void *y)
{
	const struct aisp_awsf__sg_rule *p = x, *q = y;
	int r = aisp_slice_cmp(p->sg, q->sg);

	r = r ? r : aisp_slice_cmp(p->peer, q->peer);
	r = r ? r : aisp_slice_cmp(p->cidr, q->cidr);
	r = r ? r : p->ports.from - q->ports.from;
	r = r ? r : p->ports.to - q->ports.to;
	return r ? r : aisp_slice_cmp(p->at.pointer, q->at.pointer);
}

static int by_number(const void *x, const void *y)
{
	const struct aisp_awsf__acl_rule *p = x, *q = y;
	int r = aisp_slice_cmp(p->acl, q->acl);

	return r ? r : (p->number > q->number) - (p->number < q->number);
}

#define SORT(v_, by_)                                                  \
	do {                                                           \
		if ((v_).n)                                            \
			qsort((v_).v, (v_).n, sizeof *(v_).v, by_);    \
	} while (0)

/* Rules times members is the work; a limit, said once, keeps a hostile answer from making it endless. */
static bool step(struct aisp_aws_facts *f)
{
	if (f->e.bad || f->net.steps > 5000000)
		return false;
	if (++f->net.steps == 5000000)
		aisp_emit_gap(&f->e, AISP_S("aws network"), AISP_E_LIMIT, AISP_S("more security group rules and members than are worked out: 5,000,000 pairs"));
	return true;
}

/* The first rule of a group, and the first member. */
static size_t first_rule(const struct aisp_awsf__net *n, struct aisp_slice sg)
{
	size_t lo = 0, hi = n->sg_rules.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (aisp_slice_cmp(n->sg_rules.v[mid].sg, sg) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static size_t first_member(const struct aisp_awsf__net *n, struct aisp_slice sg)
{
	size_t lo = 0, hi = n->members.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (aisp_slice_cmp(n->members.v[mid].sg, sg) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* ---- The internet ---- */

static bool everywhere(struct aisp_slice cidr)
{
	return aisp_slice_eqz(cidr, "0.0.0.0/0") || aisp_slice_eqz(cidr, "::/0");
}

enum answer { NO, YES, UNKNOWN };

static enum answer routed(const struct aisp_awsf__net *n, const struct aisp_awsf__member *m)
{
	struct aisp_slice table = lookup(n->route_subnets.v, n->route_subnets.n, m->subnet);

	if (!n->routes_read || !m->subnet.n)
		return UNKNOWN;
	if (!table.n)
		table = lookup(n->main_tables.v, n->main_tables.n, lookup(n->subnet_vpcs.v, n->subnet_vpcs.n, m->subnet));
	if (!table.n)
		return UNKNOWN;
	return bsearch(&table, n->open_tables.v, n->open_tables.n, sizeof table, by_slice) ? YES : NO;
}

/* Rules are tried by number; the first that fits decides. One that covers only part of the ports decides for these. */
static bool acl_lets(const struct aisp_awsf__net *n, struct aisp_slice acl, bool egress, struct aisp_awsf__port_range want)
{
	size_t lo = 0, hi = n->acl_rules.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (aisp_slice_cmp(n->acl_rules.v[mid].acl, acl) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (size_t i = lo; i < n->acl_rules.n && i < lo + 1000 && aisp_slice_eq(n->acl_rules.v[i].acl, acl); i++) {
		const struct aisp_awsf__acl_rule *r = &n->acl_rules.v[i];
		if (r->egress != egress || !r->tcp_like || !everywhere(r->cidr))
			continue;
		if (r->ports.to < want.from || r->ports.from > want.to)
			continue;
		if (r->allow)
			return true;
		if (r->ports.from <= want.from && r->ports.to >= want.to)
			return false;
	}
	return false;
}

static enum answer acl_answer(const struct aisp_awsf__net *n, const struct aisp_awsf__member *m, struct aisp_awsf__port_range want)
{
	struct aisp_slice acl = lookup(n->acl_subnets.v, n->acl_subnets.n, m->subnet);

	if (!n->acls_read || !acl.n)
		return UNKNOWN;
	return acl_lets(n, acl, false, want) && acl_lets(n, acl, true, (struct aisp_awsf__port_range){1024, 65535}) ? YES : NO;
}

static struct aisp_slice missing(enum answer sg, enum answer route, enum answer acl)
{
	if (sg == UNKNOWN)
		return AISP_S("it has a public address; its security groups were not among the answers");
	if (route == UNKNOWN && acl == UNKNOWN)
		return AISP_S("public address and security group let the internet in; routes and network ACLs were not among the answers");
	if (route == UNKNOWN)
		return AISP_S("public address, security group and network ACL let the internet in; routes were not among the answers");
	if (acl == UNKNOWN)
		return AISP_S("public address, route and security group let the internet in; network ACLs were not among the answers");
	return AISP_S("public address, route to an internet gateway, network ACL and security group let the internet in");
}

static void open_to_internet(struct aisp_aws_facts *f, const struct aisp_awsf__member *m, const struct aisp_awsf__sg_rule *r, enum answer route, enum answer acl)
{
	enum answer sg = r ? YES : UNKNOWN;
	struct aisp_place at = r ? r->at : m->at, here = {.path = at.path};
	struct aisp_edge_in in = {0};

	at.note = missing(sg, route, acl);
	if (sg == UNKNOWN || route == UNKNOWN)
		at.confidence = AISP_CONF_UNRESOLVED;
	else if (acl == UNKNOWN) /* the default ACL lets all in */
		at.confidence = AISP_CONF_INFERRED;
	aisp_node internet = aisp_emit_node(&f->e, AISP_NODE_INTERNET, AISP_S("internet"), &here);
	aisp_emit_strz(&f->e, internet, "name", "the internet");
	if (r)
		in.control = aisp_emit_fmt(&f->e, "%.*s#ingress/%.*s/%u-%u", AISP_FMT(r->sg), AISP_FMT(r->cidr), r->ports.from, r->ports.to);
	aisp_edge e = aisp_emit_edge_in(&f->e, internet, AISP_EDGE_EXPOSES, m->node, &in, &at);
	if (r)
		aisp_emit_edge_str(&f->e, e, "ports", aisp_emit_fmt(&f->e, "%u-%u", r->ports.from, r->ports.to));
}

static void from_internet(struct aisp_aws_facts *f, const struct aisp_awsf__member *m)
{
	const struct aisp_awsf__net *n = &f->net;
	enum answer route = routed(n, m);

	if (route == NO)
		return;
	size_t at = first_rule(n, m->sg);
	bool known = n->sgs_read && m->sg.n;
	if (!known) {
		open_to_internet(f, m, NULL, route, UNKNOWN);
		return;
	}
	for (; at < n->sg_rules.n && aisp_slice_eq(n->sg_rules.v[at].sg, m->sg) && step(f); at++) {
		const struct aisp_awsf__sg_rule *r = &n->sg_rules.v[at];
		if (!r->tcp_like || !everywhere(r->cidr) || (m->port && (m->port < r->ports.from || m->port > r->ports.to)))
			continue;
		enum answer acl = acl_answer(n, m, m->port ? (struct aisp_awsf__port_range){m->port, m->port} : r->ports);
		if (acl != NO)
			open_to_internet(f, m, r, route, acl);
	}
}

/* ---- Inside ---- */

static aisp_node rule_node(struct aisp_aws_facts *f, const struct aisp_awsf__sg_rule *r)
{
	aisp_node n = aisp_emit_node(&f->e, AISP_NODE_NETWORK_RULE, aisp_emit_fmt(&f->e, "aws:%.*s#ingress/%.*s", AISP_FMT(r->sg), AISP_FMT(r->peer)), &r->at);

	aisp_emit_str(&f->e, n, "name", aisp_emit_fmt(&f->e, "%.*s lets %.*s in", AISP_FMT(r->sg), AISP_FMT(r->peer)));
	return n;
}

static void group_rule(struct aisp_aws_facts *f, const struct aisp_awsf__sg_rule *r)
{
	const struct aisp_awsf__net *n = &f->net;
	aisp_node rule = 0, last = 0;
	struct aisp_edge_in in = {.control = aisp_emit_fmt(&f->e, "%.*s#ingress/%.*s", AISP_FMT(r->sg), AISP_FMT(r->peer))};

	size_t to = first_member(n, r->sg), from = first_member(n, r->peer);
	if (to >= n->members.n || !aisp_slice_eq(n->members.v[to].sg, r->sg) || from >= n->members.n || !aisp_slice_eq(n->members.v[from].sg, r->peer))
		return;
	rule = rule_node(f, r);
	for (size_t i = from; i < n->members.n && aisp_slice_eq(n->members.v[i].sg, r->peer) && step(f); i++)
		if (n->members.v[i].node != last) {
			last = n->members.v[i].node;
			aisp_emit_edge_in(&f->e, last, AISP_EDGE_ATTACHED_TO, rule, &in, &r->at);
		}
	last = 0;
	for (size_t i = to; i < n->members.n && aisp_slice_eq(n->members.v[i].sg, r->sg) && step(f); i++) {
		const struct aisp_awsf__member *m = &n->members.v[i];
		if (m->node == last || (m->port && (m->port < r->ports.from || m->port > r->ports.to)))
			continue;
		last = m->node;
		aisp_emit_edge_in(&f->e, rule, AISP_EDGE_ALLOWS, m->node, &in, &r->at);
	}
}

static bool is_private(struct aisp_slice cidr)
{
	static const char *const begins[] = {"10.", "192.168.", "172.16.", "172.17.", "172.18.", "172.19.", "172.20.", "172.21.", "172.22.", "172.23.", "172.24.",
					     "172.25.", "172.26.", "172.27.", "172.28.", "172.29.", "172.30.", "172.31.", "fd", "fc"};

	for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
		if (aisp_slice_starts(cidr, aisp_slice_z(begins[i])))
			return true;
	return false;
}

static aisp_node network_of(struct aisp_aws_facts *f, const struct aisp_awsf__member *m)
{
	struct aisp_slice vpc = lookup(f->net.subnet_vpcs.v, f->net.subnet_vpcs.n, m->subnet);

	if (!vpc.n || vpc.n > 64)
		return 0;
	aisp_node n = aisp_emit_node(&f->e, AISP_NODE_NETWORK, aisp_emit_fmt(&f->e, "network://aws/%.*s", AISP_FMT(vpc)), &m->at);
	aisp_emit_str(&f->e, n, "name", vpc);
	return n;
}

static void address_rule(struct aisp_aws_facts *f, const struct aisp_awsf__sg_rule *r)
{
	const struct aisp_awsf__net *n = &f->net;
	struct aisp_place at = r->at;
	struct aisp_edge_in in = {.control = aisp_emit_fmt(&f->e, "%.*s#ingress/%.*s", AISP_FMT(r->sg), AISP_FMT(r->cidr))};

	at.confidence = AISP_CONF_INFERRED;
	at.note = aisp_emit_fmt(&f->e, "the security group lets %.*s in; which of it is in this VPC is not looked at", AISP_FMT(r->cidr));
	for (size_t i = first_member(n, r->sg); i < n->members.n && aisp_slice_eq(n->members.v[i].sg, r->sg) && step(f); i++) {
		const struct aisp_awsf__member *m = &n->members.v[i];
		if (!m->port || (m->port >= r->ports.from && m->port <= r->ports.to))
			aisp_emit_edge_in(&f->e, network_of(f, m), AISP_EDGE_EXPOSES, m->node, &in, &at);
	}
}

void aisp_awsf__net_finish(struct aisp_aws_facts *f)
{
	struct aisp_awsf__net *n = &f->net;

	SORT(n->sg_rules, by_group);
	SORT(n->members, by_sg);
	SORT(n->acl_subnets, by_a);
	SORT(n->route_subnets, by_a);
	SORT(n->main_tables, by_a);
	SORT(n->subnet_vpcs, by_a);
	SORT(n->open_tables, by_slice);
	SORT(n->acl_rules, by_number);
	for (size_t i = 0; i < n->members.n && !f->e.bad; i++) {
		const struct aisp_awsf__member *m = &n->members.v[i];
		if (m->is_public)
			from_internet(f, m);
		aisp_emit_edge(&f->e, m->node, AISP_EDGE_ATTACHED_TO, network_of(f, m), &m->at);
	}
	for (size_t i = 0; i < n->sg_rules.n && !f->e.bad; i++) {
		const struct aisp_awsf__sg_rule *r = &n->sg_rules.v[i];
		if (!r->tcp_like)
			continue;
		if (r->peer.n)
			group_rule(f, r);
		else if (is_private(r->cidr) || everywhere(r->cidr))
			address_rule(f, r);
	}
}
