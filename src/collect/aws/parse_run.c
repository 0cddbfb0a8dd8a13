/* What runs: functions, containers, machines, stacks. Their role is the type's common member; here stand environment, image, place in the
 * network and what calls them.
 */
#include "collect/aws/facts_int.h"

/* ---- Lambda ---- */

void aisp_awsf__function(struct aisp_awsf__item *it)
{
	struct aisp_emit *e = &it->f->e;
	const struct aisp_doc *conf = aisp_awsf__get(it->d, "Configuration"), *d = conf && conf->type == AISP_DOC_OBJ ? conf : it->d;
	const struct aisp_doc *vpc = aisp_awsf__get(d, "VpcConfig"), *env = aisp_awsf__get(d, "Environment.Variables");
	struct aisp_awsf__item in = aisp_awsf__inner(it, env ? env : d, "Environment/Variables", UINT32_MAX);

	aisp_awsf__environment(&in, it->node, it->arn, env, NULL);
	aisp_emit_str(e, it->node, "runtime", aisp_awsf__str(d, "Runtime"));
	aisp_emit_str(e, it->node, "handler", aisp_awsf__str(d, "Handler"));
	struct aisp_slice image = aisp_awsf__str(it->d, "Code.ImageUri|ImageUri");
	if (image.n)
		aisp_awsf__edge(it, it->node, AISP_EDGE_RUNS_IMAGE, aisp_emit_image(e, image, &it->at), "ImageUri");
	if (aisp_doc_count(aisp_awsf__get(vpc, "SubnetIds")))
		aisp_awsf__net_member(it, it->node, aisp_awsf__get(vpc, "SecurityGroupIds"), aisp_awsf__get(vpc, "SubnetIds"), false, 0);
	else if (aisp_awsf__get(d, "Runtime|Handler|PackageType"))
		aisp_emit_bool(e, it->node, "outside_vpc", true);
	struct aisp_slice dead = aisp_awsf__str(d, "DeadLetterConfig.TargetArn");
	if (dead.n)
		aisp_awsf__edge(it, it->node, AISP_EDGE_CONNECTS_TO, aisp_awsf__named(it, dead), "DeadLetterConfig");
}

/* Who may call it needs no signature when AuthType is NONE; then the function's policy must let everybody, which the decision looks at. */
void aisp_awsf__function_url(struct aisp_awsf__item *it)
{
	struct aisp_emit *e = &it->f->e;
	struct aisp_slice url = aisp_awsf__str(it->d, "FunctionUrl"), name = aisp_awsf__str_or_about(it, "FunctionArn|TargetFunctionArn|FunctionName");
	aisp_node f = name.n ? aisp_awsf__named_as(it, "lambda:function", name) : 0;
	bool none = aisp_awsf__is(it->d, "AuthType|AuthorizationType", "NONE");

	if (!f)
		return;
	struct aisp_slice arn = aisp_graph_node_at(e->g, aisp_graph_node_now(e->g, f)).id;
	/* Of several (its aliases may have one each) the open one counts. */
	if (none || !aisp_graph_prop(e->g, f, "url_auth").n)
		aisp_emit_strz(e, f, "url_auth", none ? "NONE" : "AWS_IAM");
	struct aisp_slice id = url.n && url.n < 500 ? aisp_slice_ends(url, AISP_S("/")) ? aisp_slice_to(url, url.n - 1) : url : aisp_emit_fmt(e, "%.*s#url", AISP_FMT(arn));
	aisp_node n = aisp_awsf__node(it, AISP_NODE_ENDPOINT, id);
	aisp_emit_str(e, n, "name", aisp_slice_starts(id, AISP_S("https://")) ? aisp_slice_from(id, 8) : aisp_emit_fmt(e, "URL of %.*s", AISP_FMT(name)));
	aisp_emit_strz(e, n, "auth", none ? "none" : "required");
	aisp_emit_strz(e, n, "aws_type", "lambda:function-url");
	aisp_emit_str(e, n, "account", it->account);
	it->arn = aisp_emit_dup(e, arn);
	aisp_awsf__edge(it, aisp_awsf__internet(it), AISP_EDGE_EXPOSES, n, "url/AuthType");
	aisp_awsf__edge(it, n, AISP_EDGE_ROUTES_TO, f, "url");
	aisp_awsf__edge(it, n, AISP_EDGE_SERVES, f, "url");
}

/* Streams and queues are polled by the function's role. */
void aisp_awsf__event_source(struct aisp_awsf__item *it)
{
	struct aisp_slice from = aisp_awsf__str(it->d, "EventSourceArn"), name = aisp_awsf__str(it->d, "FunctionArn|FunctionName");
	aisp_node f = name.n ? aisp_awsf__named_as(it, "lambda:function", name) : 0, q = from.n ? aisp_awsf__named(it, from) : 0;

	it->arn = aisp_emit_dup(&it->f->e, aisp_graph_node_at(it->f->e.g, aisp_graph_node_now(it->f->e.g, f)).id);
	aisp_awsf__edge(it, f, AISP_EDGE_CONNECTS_TO, q, "event-source");
	if (f && q)
		aisp_emit_item(&it->f->e, f, "triggers", from);
}

/* aws_lambda_permission is one statement of the function's policy; without the others the whole is not known, so it is only noted. */
void aisp_awsf__function_permission(struct aisp_awsf__item *it)
{
	struct aisp_slice name = aisp_awsf__str(it->d, "FunctionName|Function");
	aisp_node f = name.n ? aisp_awsf__named_as(it, "lambda:function", name) : 0;

	aisp_emit_item(&it->f->e, f, "invoked_by", aisp_awsf__str(it->d, "Principal"));
	aisp_emit_item(&it->f->e, f, "unread", AISP_S("resource"));
}

/* ---- Containers ---- */

void aisp_awsf__task_definition(struct aisp_awsf__item *it)
{
	struct aisp_emit *e = &it->f->e;
	struct aisp_slice exec = aisp_awsf__str(it->d, "ExecutionRoleArn");
	const struct aisp_doc *list = aisp_awsf__get(it->d, "ContainerDefinitions");
	const struct aisp_doc_limits limits = {.max_bytes = 1 << 20, .max_depth = 32, .max_values = 50000};

	if (exec.n) /* it starts the task and reads its secrets; code in the task does not have it */
		aisp_emit_str(e, it->node, "execution_role", exec);
	if (list && list->type == AISP_DOC_STR && aisp_json_parse(it->f->arena, list->s, &limits, &list, NULL) < 0) /* Terraform: JSON text */
		return;
	for (uint32_t i = 0; list && list->type == AISP_DOC_ARR && i < list->n && i < 100; i++) {
		struct aisp_awsf__item in = aisp_awsf__inner(it, &list->items[i], "containerDefinitions", i);
		aisp_node image = aisp_emit_image(e, aisp_awsf__str(in.d, "image"), &in.at);
		aisp_awsf__edge(&in, it->node, AISP_EDGE_RUNS_IMAGE, image, "containerDefinitions");
		aisp_awsf__environment(&in, it->node, it->arn, aisp_awsf__get(in.d, "environment"), aisp_awsf__get(in.d, "secrets"));
		if (aisp_doc_bool(aisp_awsf__get(in.d, "privileged"), false))
			aisp_emit_bool(e, it->node, "privileged", true);
	}
}

void aisp_awsf__ecs_service(struct aisp_awsf__item *it)
{
	struct aisp_slice task = aisp_awsf__str(it->d, "TaskDefinition"), cluster = aisp_awsf__str(it->d, "ClusterArn|Cluster");
	const struct aisp_doc *net = aisp_awsf__get(it->d, "NetworkConfiguration.AwsvpcConfiguration|NetworkConfiguration");
	bool open = aisp_awsf__is(net, "AssignPublicIp", "ENABLED") || aisp_doc_bool(aisp_awsf__get(net, "AssignPublicIp"), false);

	if (task.n) {
		aisp_node def = aisp_awsf__named(it, aisp_slice_starts(task, AISP_S("arn:")) ? task : aisp_awsf__arn_of(it, "ecs:task-definition", task));
		aisp_awsf__through(it, it->node, def, AISP_EDGE_RUNS_AS, AISP_EDGE_RUNS_AS);
		aisp_awsf__through(it, it->node, def, AISP_EDGE_RUNS_IMAGE, AISP_EDGE_RUNS_IMAGE);
		aisp_awsf__through(it, it->node, def, AISP_EDGE_HOLDS, AISP_EDGE_HOLDS);
		aisp_awsf__through(it, it->node, def, AISP_EDGE_SETS, AISP_EDGE_SETS);
	}
	if (cluster.n)
		aisp_awsf__edge(it, aisp_awsf__named_as(it, "ecs:cluster", cluster), AISP_EDGE_CONTAINS, it->node, "");
	if (net)
		aisp_awsf__net_member(it, it->node, aisp_awsf__get(net, "SecurityGroups"), aisp_awsf__get(net, "Subnets"), open, 0);
	AISP_AWS__EACH(it, "LoadBalancers", in) {
		struct aisp_slice group = aisp_awsf__str(in.d, "TargetGroupArn");
		if (group.n)
			aisp_awsf__edge(&in, aisp_awsf__named(&in, group), AISP_EDGE_ROUTES_TO, it->node, "loadBalancers");
	}
}

/* The cluster as Kubernetes knows it is another node (k8s://…); its name ties them. */
void aisp_awsf__eks_cluster(struct aisp_awsf__item *it)
{
	struct aisp_emit *e = &it->f->e;
	struct aisp_slice oidc = aisp_awsf__str(it->d, "Identity.Oidc.Issuer"), url = aisp_awsf__str(it->d, "Endpoint");
	bool open = aisp_doc_bool(aisp_awsf__get(it->d, "ResourcesVpcConfig.EndpointPublicAccess|VpcConfig.EndpointPublicAccess"), false);

	aisp_emit_str(e, it->node, "oidc_issuer", oidc);
	aisp_emit_str(e, it->node, "authentication_mode", aisp_awsf__str(it->d, "AccessConfig.AuthenticationMode"));
	if (!url.n || url.n > 300)
		return;
	aisp_node n = aisp_awsf__node(it, AISP_NODE_ENDPOINT, url);
	aisp_emit_str(e, n, "name", aisp_slice_from(url, aisp_slice_starts(url, AISP_S("https://")) ? 8 : 0));
	aisp_emit_strz(e, n, "auth", "required");
	aisp_awsf__edge(it, n, AISP_EDGE_SERVES, it->node, "");
	if (open)
		aisp_awsf__edge(it, aisp_awsf__internet(it), AISP_EDGE_EXPOSES, n, "resourcesVpcConfig/endpointPublicAccess");
}

/* A service account of the cluster has this role (EKS Pod Identity). The cluster's name is what its manifests are scanned as. */
void aisp_awsf__pod_identity(struct aisp_awsf__item *it)
{
	struct aisp_emit *e = &it->f->e;
	struct aisp_slice cluster = aisp_awsf__str_or_about(it, "ClusterName"), ns = aisp_awsf__str(it->d, "Namespace"), sa = aisp_awsf__str(it->d, "ServiceAccount");
	struct aisp_slice role = aisp_awsf__str(it->d, "RoleArn");

	if (!cluster.n || !ns.n || !sa.n || cluster.n + ns.n + sa.n > 600)
		return;
	aisp_node n = aisp_awsf__node(it, AISP_NODE_SERVICE_ACCOUNT, aisp_emit_fmt(e, "k8s://%.*s/%.*s/serviceaccount/%.*s", AISP_FMT(cluster), AISP_FMT(ns), AISP_FMT(sa)));
	aisp_emit_str(e, n, "name", sa);
	it->arn = aisp_awsf__str(it->d, "AssociationArn");
	if (role.n)
		aisp_awsf__edge(it, n, AISP_EDGE_CAN_ASSUME, aisp_awsf__named(it, role), "roleArn");
}

void aisp_awsf__access_entry(struct aisp_awsf__item *it)
{
	struct aisp_emit *e = &it->f->e;
	struct aisp_slice cluster = aisp_awsf__str_or_about(it, "ClusterName"), who = aisp_awsf__str_or_about(it, "PrincipalArn"), user = aisp_awsf__str(it->d, "Username");
	aisp_node n = aisp_slice_starts(who, AISP_S("arn:")) ? aisp_awsf__named(it, who) : 0;

	if (!n || !cluster.n || cluster.n > 200)
		return;
	it->arn = aisp_awsf__str(it->d, "AccessEntryArn");
	if (user.n && user.n < 500 && aisp_slice_find(user, AISP_S("{{")) == SIZE_MAX)
		aisp_awsf__edge(it, n, AISP_EDGE_CAN_ASSUME, aisp_awsf__node(it, AISP_NODE_USER, aisp_emit_fmt(e, "k8s://%.*s/-/user/%.*s", AISP_FMT(cluster), AISP_FMT(user))), "username");
	AISP_AWS__EACH(it, "KubernetesGroups", in) {
		struct aisp_slice g = aisp_doc_str(in.d);
		if (g.n && g.n < 500)
			aisp_awsf__edge(&in, n, AISP_EDGE_MEMBER_OF, aisp_awsf__node(&in, AISP_NODE_GROUP, aisp_emit_fmt(e, "k8s://%.*s/-/group/%.*s", AISP_FMT(cluster), AISP_FMT(g))), "kubernetesGroups");
	}
}

/* EKS' own policies are not IAM's: they stand on the principal as CLUSTER:POLICY:SCOPE. */
void aisp_awsf__access_policy(struct aisp_awsf__item *it)
{
	struct aisp_slice who = aisp_awsf__str(it->about, "principalArn"), policy = aisp_awsf__str(it->d, "policyArn");
	aisp_node n = aisp_slice_starts(who, AISP_S("arn:")) ? aisp_awsf__named(it, who) : 0;

	const struct aisp_slice cluster = aisp_awsf__str(it->about, "clusterName");
	/* The one that is all there is: https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html */
	if (n && aisp_slice_eqz(aisp_slice_basename(policy), "AmazonEKSClusterAdminPolicy") && aisp_awsf__is(it->d, "accessScope.type", "cluster") && cluster.n && cluster.n <= 200) {
		it->arn = aisp_awsf__str(it->about, "principalArn");
		aisp_awsf__edge(it, n, AISP_EDGE_MEMBER_OF, aisp_awsf__node(it, AISP_NODE_GROUP, aisp_emit_fmt(&it->f->e, "k8s://%.*s/-/group/system:masters", AISP_FMT(cluster))),
		                "access-policy/AmazonEKSClusterAdminPolicy");
	}
	if (policy.n)
		aisp_emit_item(&it->f->e, n, "eks_access", aisp_emit_fmt(&it->f->e, "%.*s:%.*s:%.*s", AISP_FMT(aisp_awsf__str(it->about, "clusterName")),
									 AISP_FMT(aisp_slice_basename(policy)), AISP_FMT(aisp_awsf__str(it->d, "accessScope.type"))));
}

/* ---- Machines ---- */

void aisp_awsf__instance(struct aisp_awsf__item *it)
{
	struct aisp_emit *e = &it->f->e;
	const struct aisp_doc *profile = aisp_awsf__get(it->d, "IamInstanceProfile");
	struct aisp_slice p = profile && profile->type == AISP_DOC_STR ? profile->s : aisp_awsf__str(profile, "Arn"), ip = aisp_awsf__str(it->d, "PublicIpAddress|PublicIp");
	const struct aisp_doc *subnet = aisp_awsf__get(it->d, "SubnetId");

	AISP_AWS__EACH(it, "Tags", in)
		if (aisp_awsf__is(in.d, "Key", "Name"))
			aisp_emit_str(e, it->node, "name", aisp_awsf__str(in.d, "Value"));
	aisp_emit_str(e, it->node, "state", aisp_awsf__str(it->d, "State.Name|InstanceState"));
	/* Without its metadata service nothing in the machine gets the role's credentials. */
	const bool no_imds = aisp_awsf__is(it->d, "MetadataOptions.HttpEndpoint", "disabled");
	aisp_emit_str(e, it->node, "imds", no_imds ? AISP_S("disabled") : aisp_awsf__str(it->d, "MetadataOptions.HttpTokens"));
	if (p.n && !no_imds)
		aisp_awsf__through(it, it->node, aisp_awsf__named_as(it, "iam:instance-profile", p), AISP_EDGE_RUNS_AS, AISP_EDGE_RUNS_AS);
	if (!aisp_awsf__is(it->d, "State.Name", "terminated"))
		aisp_awsf__net_member(it, it->node, aisp_awsf__get(it->d, "SecurityGroups|VpcSecurityGroupIds|SecurityGroupIds"), subnet, ip.n > 0, 0);
}

/* Systems Manager can run commands on it; which role may is decided, that it listens is this fact. */
void aisp_awsf__ssm_instance(struct aisp_awsf__item *it)
{
	struct aisp_slice id = aisp_awsf__str(it->d, "InstanceId");

	if (aisp_slice_starts(id, AISP_S("i-")))
		aisp_emit_str(&it->f->e, aisp_awsf__named_as(it, "ec2:instance", id), "ssm", aisp_awsf__str(it->d, "PingStatus"));
}

void aisp_awsf__stack(struct aisp_awsf__item *it)
{
	AISP_AWS__EACH(it, "Outputs", in)
		aisp_emit_item(&it->f->e, it->node, "outputs", aisp_awsf__str(in.d, "OutputKey"));
}

/* The definition names the functions it calls. */
void aisp_awsf__state_machine(struct aisp_awsf__item *it)
{
	struct aisp_slice text = aisp_awsf__str(it->d, "Definition|DefinitionString");

	for (unsigned left = 200; left && text.n; left--) {
		size_t at = aisp_slice_find(text, AISP_S("arn:aws:lambda:")), n = 0;
		if (at == SIZE_MAX)
			return;
		text = aisp_slice_from(text, at);
		while (n < text.n && n < 300 && text.p[n] != '"' && text.p[n] != '\\')
			n++;
		aisp_awsf__edge(it, it->node, AISP_EDGE_CALLS, aisp_awsf__named(it, aisp_slice_to(text, n)), "definition");
		text = aisp_slice_from(text, n);
	}
}
