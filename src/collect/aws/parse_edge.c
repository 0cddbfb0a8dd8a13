/* What takes calls and passes them on: API gateways, load balancers, endpoints of a VPC. */
#include "collect/aws/facts_int.h"

/* ---- API Gateway ---- */

static void api_host(struct aisp_awsf__item *it, struct aisp_slice id, bool is_private)
{
	struct aisp_emit *e = &it->f->e;

	if (id.n && id.n < 64 && it->region.n)
		aisp_emit_alias(e, it->node, aisp_emit_fmt(e, "https://%.*s.execute-api.%.*s.amazonaws.com", AISP_FMT(id), AISP_FMT(it->region)));
	aisp_emit_strz(e, it->node, "auth", "unknown");
	if (!is_private)
		aisp_awsf__edge(it, aisp_awsf__internet(it), AISP_EDGE_EXPOSES, it->node, "endpointConfiguration");
}

void aisp_awsf__rest_api(struct aisp_awsf__item *it)
{
	bool is_private = aisp_slice_eqz(aisp_doc_str(aisp_doc_at(aisp_awsf__get(it->d, "EndpointConfiguration.Types"), 0)), "PRIVATE");

	aisp_emit_str(&it->f->e, it->node, "name", aisp_awsf__str(it->d, "Name"));
	if (aisp_doc_bool(aisp_awsf__get(it->d, "DisableExecuteApiEndpoint"), false))
		aisp_emit_bool(&it->f->e, it->node, "default_endpoint_disabled", true);
	api_host(it, aisp_awsf__str(it->d, "Id"), is_private);
}

void aisp_awsf__http_api(struct aisp_awsf__item *it)
{
	aisp_emit_str(&it->f->e, it->node, "name", aisp_awsf__str(it->d, "Name"));
	aisp_emit_str(&it->f->e, it->node, "protocol", aisp_awsf__str(it->d, "ProtocolType"));
	api_host(it, aisp_awsf__str(it->d, "ApiId|Id"), false);
}

/* The function in "arn:aws:apigateway:R:lambda:path/2015-03-31/functions/ARN/invocations", or the ARN itself. */
static aisp_node integration(struct aisp_awsf__item *it, struct aisp_slice uri)
{
	size_t at = aisp_slice_find(uri, AISP_S("/functions/arn:"));

	if (at != SIZE_MAX) {
		uri = aisp_slice_from(uri, at + 11);
		if (aisp_slice_ends(uri, AISP_S("/invocations")))
			uri = aisp_slice_to(uri, uri.n - 12);
		return aisp_awsf__named(it, uri);
	}
	return aisp_slice_find(uri, AISP_S(":lambda:")) != SIZE_MAX || aisp_slice_find(uri, AISP_S(":elasticloadbalancing:")) != SIZE_MAX ? aisp_awsf__named(it, uri) : 0;
}

static aisp_node api_of(struct aisp_awsf__item *it, const char *type, const char *param)
{
	struct aisp_slice id = aisp_awsf__str(it->about, param);

	it->arn = id.n ? aisp_awsf__arn_of(it, type, id) : id;
	return aisp_awsf__named(it, it->arn);
}

/* One way in without a check makes the whole API open: which it is stands in the control object. */
static void way_in(struct aisp_awsf__item *it, aisp_node api, bool open, struct aisp_slice what)
{
	aisp_emit_strz(&it->f->e, api, open ? "open_route" : "checked_route", "yes");
	aisp_emit_item(&it->f->e, api, open ? "routes_without_auth" : "routes_with_auth", what);
	if (open)
		aisp_emit_strz(&it->f->e, api, "auth", "none");
	else if (!aisp_slice_eqz(aisp_graph_prop(it->f->e.g, api, "auth"), "none"))
		aisp_emit_strz(&it->f->e, api, "auth", "required");
}

void aisp_awsf__api_route(struct aisp_awsf__item *it)
{
	aisp_node api = api_of(it, "apigateway:Api", "ApiId");
	struct aisp_slice key = aisp_awsf__str(it->d, "RouteKey"), auth = aisp_awsf__str(it->d, "AuthorizationType");

	if (api && key.n)
		way_in(it, api, !auth.n || aisp_slice_eqz(auth, "NONE"), key);
}

void aisp_awsf__api_integration(struct aisp_awsf__item *it)
{
	aisp_node api = api_of(it, "apigateway:Api", "ApiId"), to = integration(it, aisp_awsf__str(it->d, "IntegrationUri"));

	aisp_awsf__edge(it, api, AISP_EDGE_ROUTES_TO, to, "integrations");
	aisp_awsf__edge(it, api, AISP_EDGE_SERVES, to, "integrations");
}

void aisp_awsf__api_resource(struct aisp_awsf__item *it)
{
	aisp_node api = api_of(it, "apigateway:RestApi", "RestApiId");
	const struct aisp_doc *methods = aisp_awsf__get(it->d, "ResourceMethods");
	struct aisp_slice path = aisp_awsf__str(it->d, "Path");

	for (uint32_t i = 0; api && methods && methods->type == AISP_DOC_OBJ && i < methods->n && i < 20; i++) {
		const struct aisp_doc *m = &methods->members[i].value;
		struct aisp_slice auth = aisp_awsf__str(m, "AuthorizationType");
		if (aisp_slice_eqz(methods->members[i].key, "OPTIONS"))
			continue; /* preflight of browsers, answered by the gateway itself */
		if (auth.n) /* only with --embed methods */
			way_in(it, api, aisp_slice_eqz(auth, "NONE") && !aisp_doc_bool(aisp_awsf__get(m, "ApiKeyRequired"), false),
			       aisp_emit_fmt(&it->f->e, "%.*s %.*s", AISP_FMT(methods->members[i].key), AISP_FMT(path)));
		aisp_node to = integration(it, aisp_awsf__str(m, "MethodIntegration.Uri"));
		aisp_awsf__edge(it, api, AISP_EDGE_ROUTES_TO, to, "resources");
		aisp_awsf__edge(it, api, AISP_EDGE_SERVES, to, "resources");
	}
}

/* ---- Load balancers ---- */

void aisp_awsf__load_balancer(struct aisp_awsf__item *it)
{
	struct aisp_emit *e = &it->f->e;
	struct aisp_slice dns = aisp_awsf__str(it->d, "DNSName");
	bool open = aisp_awsf__is(it->d, "Scheme", "internet-facing") || (aisp_awsf__get(it->d, "Internal") && !aisp_doc_bool(aisp_awsf__get(it->d, "Internal"), true));
	const struct aisp_doc *subnets = aisp_awsf__get(it->d, "AvailabilityZones|Subnets"), *groups = aisp_awsf__get(it->d, "SecurityGroups");

	if (dns.n && dns.n < 250)
		aisp_emit_alias(e, it->node, aisp_emit_fmt(e, "https://%.*s", AISP_FMT(dns)));
	aisp_emit_strz(e, it->node, "auth", "unknown");
	aisp_emit_strz(e, it->node, "scheme", open ? "internet-facing" : "internal");
	if (open && aisp_doc_count(groups) == 0) /* a network load balancer without groups lets all in */
		aisp_awsf__edge(it, aisp_awsf__internet(it), AISP_EDGE_EXPOSES, it->node, "Scheme");
	else
		aisp_awsf__net_member(it, it->node, groups, subnets, open, 0);
}

void aisp_awsf__listener(struct aisp_awsf__item *it)
{
	struct aisp_slice lb = aisp_awsf__str_or_about(it, "LoadBalancerArn");
	aisp_node n = lb.n ? aisp_awsf__named(it, lb) : 0;
	bool checked = false;

	it->arn = aisp_awsf__str(it->d, "ListenerArn|Arn");
	if (!n)
		return;
	AISP_AWS__EACH(it, "DefaultActions|DefaultAction", in)
		checked |= aisp_slice_starts(aisp_awsf__str(in.d, "Type"), AISP_S("authenticate-"));
	AISP_AWS__EACH(it, "DefaultActions|DefaultAction", in) {
		struct aisp_slice group = aisp_awsf__str(in.d, "TargetGroupArn");
		if (group.n)
			aisp_awsf__edge(&in, n, AISP_EDGE_ROUTES_TO, aisp_awsf__named(&in, group), "DefaultActions");
		AISP_AWS__EACH(&in, "ForwardConfig.TargetGroups", one)
			if (aisp_awsf__str(one.d, "TargetGroupArn").n)
				aisp_awsf__edge(&one, n, AISP_EDGE_ROUTES_TO, aisp_awsf__named(&one, aisp_awsf__str(one.d, "TargetGroupArn")), "DefaultActions");
	}
	if (checked)
		aisp_emit_strz(&it->f->e, n, "auth", "required");
	int64_t port = aisp_doc_int(aisp_awsf__get(it->d, "Port"), 0);
	if (port > 0 && port < 65536)
		aisp_emit_item(&it->f->e, n, "ports", aisp_emit_fmt(&it->f->e, "%lld", (long long)port));
}

void aisp_awsf__target_group(struct aisp_awsf__item *it)
{
	AISP_AWS__EACH(it, "LoadBalancerArns", in)
		if (aisp_doc_str(in.d).n)
			aisp_awsf__edge(&in, aisp_awsf__named(&in, aisp_doc_str(in.d)), AISP_EDGE_ROUTES_TO, it->node, "");
}

void aisp_awsf__target_health(struct aisp_awsf__item *it)
{
	struct aisp_slice group = aisp_awsf__str(it->about, "TargetGroupArn"), id = aisp_awsf__str(it->d, "Target.Id");
	aisp_node n = group.n ? aisp_awsf__named(it, group) : 0, to = 0;

	it->arn = group;
	if (aisp_slice_starts(id, AISP_S("i-")))
		to = aisp_awsf__named_as(it, "ec2:instance", id);
	else if (aisp_slice_starts(id, AISP_S("arn:")))
		to = aisp_awsf__named(it, id);
	aisp_awsf__edge(it, n, AISP_EDGE_ROUTES_TO, to, "targets");
}

/* ---- Endpoints of a VPC ---- */

void aisp_awsf__vpc_endpoint(struct aisp_awsf__item *it)
{
	struct aisp_emit *e = &it->f->e;
	const struct aisp_doc *policy = aisp_awsf__get(it->d, "PolicyDocument|Policy");

	aisp_emit_str(e, it->node, "service", aisp_awsf__str(it->d, "ServiceName"));
	aisp_emit_str(e, it->node, "vpc", aisp_awsf__str(it->d, "VpcId"));
	if (policy) {
		aisp_node p = aisp_awsf__policy(it, aisp_emit_fmt(e, "%.*s#policy", AISP_FMT(it->arn)), "endpoint", aisp_emit_fmt(e, "policy of %.*s", AISP_FMT(it->name)), policy);
		aisp_awsf__edge(it, it->node, AISP_EDGE_LIMITED_BY, p, "");
	}
}
