/* The network's written facts, gathered for net.c: who may connect is decided when all are there. */
#include "collect/aws/facts_int.h"

#define PUSH(it, vec, ...)                                                 \
	do {                                                               \
		if (aisp_vec_push(&(it)->f->net.vec, __VA_ARGS__) < 0)     \
			aisp_emit_fail(&(it)->f->e, AISP_E_NOMEM, NULL);   \
	} while (0)

static struct aisp_awsf__port_range ports(const struct aisp_doc *d, const char *from, const char *to)
{
	int64_t a = aisp_doc_int(aisp_awsf__get(d, from), 0), b = aisp_doc_int(aisp_awsf__get(d, to), 65535);

	if (a <= 0 && (b <= 0 || b >= 65535))
		return (struct aisp_awsf__port_range){0, 65535};
	return (struct aisp_awsf__port_range){(uint16_t)(a < 0 ? 0 : a > 65535 ? 65535 : a), (uint16_t)(b < 0 ? 0 : b > 65535 ? 65535 : b)};
}

/* tcp and "all"; udp and icmp open no service that we know. */
static bool tcp_like(const struct aisp_doc *d)
{
	struct aisp_slice p = aisp_awsf__str(d, "IpProtocol|Protocol");
	int64_t n = aisp_doc_int(aisp_awsf__get(d, "IpProtocol|Protocol"), 6);

	return p.n ? aisp_slice_eqi(p, AISP_S("tcp")) || aisp_slice_eqz(p, "-1") || aisp_slice_eqz(p, "6") || aisp_slice_eqi(p, AISP_S("all")) : n == 6 || n == -1;
}

static void rule(struct aisp_awsf__item *it, struct aisp_slice sg, struct aisp_slice cidr, struct aisp_slice peer)
{
	if (!sg.n || (!cidr.n && !peer.n) || sg.n > 64 || peer.n > 128 || cidr.n > 64)
		return;
	size_t slash = aisp_slice_rchr(peer, '/'); /* "ACCOUNT/sg-…" of a peered account */
	PUSH(it, sg_rules, (struct aisp_awsf__sg_rule){.sg = sg, .cidr = cidr, .peer = slash == SIZE_MAX ? peer : aisp_slice_from(peer, slash + 1),
						      .ports = ports(it->d, "FromPort", "ToPort"), .tcp_like = tcp_like(it->d), .at = it->at});
}

static struct aisp_slice text_or(const struct aisp_doc *d, const char *member)
{
	return d->type == AISP_DOC_STR ? d->s : aisp_awsf__str(d, member);
}

static void rules_of(struct aisp_awsf__item *it, struct aisp_slice sg)
{
	const struct aisp_doc *self = aisp_awsf__get(it->d, "Self");

	AISP_AWS__EACH(it, "IpRanges|CidrBlocks", in)
		rule(it, sg, text_or(in.d, "CidrIp"), (struct aisp_slice){0});
	AISP_AWS__EACH(it, "Ipv6Ranges|Ipv6CidrBlocks", in)
		rule(it, sg, text_or(in.d, "CidrIpv6"), (struct aisp_slice){0});
	AISP_AWS__EACH(it, "UserIdGroupPairs|SecurityGroups", in)
		rule(it, sg, (struct aisp_slice){0}, text_or(in.d, "GroupId"));
	rule(it, sg, aisp_awsf__str(it->d, "CidrIp|CidrIpv4"), (struct aisp_slice){0});
	rule(it, sg, aisp_awsf__str(it->d, "CidrIpv6"), (struct aisp_slice){0});
	rule(it, sg, (struct aisp_slice){0}, aisp_awsf__str(it->d, "SourceSecurityGroupId|ReferencedSecurityGroupId"));
	if (aisp_doc_bool(self, false))
		rule(it, sg, (struct aisp_slice){0}, sg);
}

void aisp_awsf__security_group(struct aisp_awsf__item *it)
{
	struct aisp_slice id = aisp_awsf__str(it->d, "GroupId|Id");

	it->f->net.sgs_read = true;
	aisp_emit_str(&it->f->e, it->node, "name", aisp_awsf__str(it->d, "GroupName|Name"));
	aisp_emit_str(&it->f->e, it->node, "vpc", aisp_awsf__str(it->d, "VpcId"));
	aisp_awsf__name_put(it, "sg", id, it->arn);
	AISP_AWS__EACH(it, "IpPermissions|SecurityGroupIngress|Ingress", in)
		rules_of(&in, id);
}

void aisp_awsf__sg_rule(struct aisp_awsf__item *it)
{
	if (!aisp_awsf__is(it->d, "Type", "egress"))
		rules_of(it, aisp_awsf__str(it->d, "SecurityGroupId|GroupId"));
}

void aisp_awsf__network_acl(struct aisp_awsf__item *it)
{
	struct aisp_slice acl = aisp_awsf__str(it->d, "NetworkAclId|Id");

	it->f->net.acls_read = true;
	AISP_AWS__EACH(it, "Associations", in)
		PUSH(it, acl_subnets, (struct aisp_awsf__pair){aisp_awsf__str(in.d, "SubnetId"), acl});
	AISP_AWS__EACH(it, "SubnetIds", in)
		PUSH(it, acl_subnets, (struct aisp_awsf__pair){aisp_doc_str(in.d), acl});
	AISP_AWS__EACH(it, "Entries", in)
		PUSH(it, acl_rules, (struct aisp_awsf__acl_rule){.acl = acl, .cidr = aisp_awsf__str(in.d, "CidrBlock|Ipv6CidrBlock"), .number = aisp_doc_int(aisp_awsf__get(in.d, "RuleNumber"), 32767),
								 .allow = aisp_awsf__is(in.d, "RuleAction", "allow"), .egress = aisp_doc_bool(aisp_awsf__get(in.d, "Egress"), false),
								 .ports = ports(aisp_awsf__get(in.d, "PortRange"), "From", "To"), .tcp_like = tcp_like(in.d)});
}

void aisp_awsf__route_table(struct aisp_awsf__item *it)
{
	struct aisp_slice table = aisp_awsf__str(it->d, "RouteTableId|Id"), subnet = aisp_awsf__str(it->d, "SubnetId");

	it->f->net.routes_read = true;
	if (subnet.n) { /* Terraform's association */
		PUSH(it, route_subnets, (struct aisp_awsf__pair){subnet, table});
		return;
	}
	AISP_AWS__EACH(it, "Routes|Route", in) {
		struct aisp_slice to = aisp_awsf__str(in.d, "DestinationCidrBlock|DestinationIpv6CidrBlock|CidrBlock|Ipv6CidrBlock");
		if ((aisp_slice_eqz(to, "0.0.0.0/0") || aisp_slice_eqz(to, "::/0")) && aisp_slice_starts(aisp_awsf__str(in.d, "GatewayId"), AISP_S("igw-")) &&
		    !aisp_awsf__is(in.d, "State", "blackhole"))
			PUSH(it, open_tables, table);
	}
	AISP_AWS__EACH(it, "Associations", in) {
		if (aisp_doc_bool(aisp_awsf__get(in.d, "Main"), false))
			PUSH(it, main_tables, (struct aisp_awsf__pair){aisp_awsf__str(it->d, "VpcId"), table});
		if (aisp_awsf__str(in.d, "SubnetId").n)
			PUSH(it, route_subnets, (struct aisp_awsf__pair){aisp_awsf__str(in.d, "SubnetId"), table});
	}
}

void aisp_awsf__subnet(struct aisp_awsf__item *it)
{
	PUSH(it, subnet_vpcs, (struct aisp_awsf__pair){aisp_awsf__str(it->d, "SubnetId|Id"), aisp_awsf__str(it->d, "VpcId")});
}

void aisp_awsf__interface(struct aisp_awsf__item *it)
{
	struct aisp_slice instance = aisp_awsf__str(it->d, "Attachment.InstanceId"), ip = aisp_awsf__str(it->d, "Association.PublicIp");

	if (instance.n)
		aisp_awsf__net_member(it, aisp_awsf__named_as(it, "ec2:instance", instance), aisp_awsf__get(it->d, "Groups|SecurityGroups"), aisp_awsf__get(it->d, "SubnetId"), ip.n > 0, 0);
}

/* ---- Members ---- */

static struct aisp_slice item_text(const struct aisp_doc *list, uint32_t i, const char *member)
{
	const struct aisp_doc *d = list && list->type == AISP_DOC_ARR ? aisp_doc_at(list, i) : i == 0 ? list : NULL;

	return d ? text_or(d, member) : (struct aisp_slice){0};
}

void aisp_awsf__net_member(struct aisp_awsf__item *it, aisp_node node, const struct aisp_doc *groups, const struct aisp_doc *subnets, bool is_public, uint16_t port)
{
	enum { MAX_GROUPS = 16, MAX_SUBNETS = 16 };
	uint32_t n_groups = aisp_doc_count(groups), n_subnets = subnets && subnets->type == AISP_DOC_ARR ? subnets->n : subnets ? 1 : 0;

	if (!node || (n_groups == 0 && !is_public))
		return;
	n_groups = n_groups ? n_groups < MAX_GROUPS ? n_groups : MAX_GROUPS : 1;
	n_subnets = n_subnets ? n_subnets < MAX_SUBNETS ? n_subnets : MAX_SUBNETS : 1;
	for (uint32_t g = 0; g < n_groups; g++)
		for (uint32_t s = 0; s < n_subnets; s++)
			PUSH(it, members, (struct aisp_awsf__member){.node = node, .sg = item_text(groups, g, "GroupId|VpcSecurityGroupId"),
								     .subnet = item_text(subnets, s, "SubnetId|SubnetIdentifier"), .is_public = is_public, .port = port, .at = it->at});
	for (uint32_t g = 0; groups && g < n_groups; g++)
		aisp_emit_item(&it->f->e, node, "security_groups", item_text(groups, g, "GroupId|VpcSecurityGroupId"));
	if (is_public)
		aisp_emit_bool(&it->f->e, node, "public_address", true);
}
