/* What runs or is set up by a service in somebody's name: App Runner, CodeBuild, Glue, Batch, single tasks of ECS, launch templates, stack sets. Their role
 * is the type's common member where it is one; here stand image, environment, and whom they serve.
 */
#include "collect/aws/facts_int.h"

enum { SETTINGS_MAX = 2000, SIBLINGS_MAX = 500 };

/* ---- Settings in the shape of ECS: {name, value} and {name, valueFrom} ---- */

/* CodeBuild names a secret as ID[:JSON-KEY[:STAGE:VERSION]], where ID may be its name. */
static struct aisp_slice secret_ref(struct aisp_awsf__item *it, struct aisp_slice text)
{
	if (aisp_slice_starts(text, AISP_S("arn:")) || !text.n || text.n > 600)
		return text;
	size_t colon = aisp_slice_chr(text, ':');
	struct aisp_slice arn = aisp_awsf__arn_of(it, "secretsmanager:Secret", aisp_slice_to(text, colon));
	return arn.n && colon != SIZE_MAX ? aisp_emit_fmt(&it->f->e, "%.*s%.*s", AISP_FMT(arn), AISP_FMT(aisp_slice_from(text, colon))) : arn;
}

static struct aisp_member member(const char *key, struct aisp_slice value, uint32_t line)
{
	return (struct aisp_member){.key = aisp_slice_z(key), .line = line, .value = {.type = AISP_DOC_STR, .line = line, .s = value}};
}

/* A map, or a list of {name, value[, type]}; those of type PARAMETER_STORE and SECRETS_MANAGER, and all where all_secret, are references. */
static void environment(struct aisp_awsf__item *it, const struct aisp_doc *from, bool all_secret)
{
	uint32_t n = aisp_doc_count(from) < SETTINGS_MAX ? aisp_doc_count(from) : SETTINGS_MAX;
	struct aisp_doc *plain = n ? aisp_arena_zalloc(it->f->arena, (size_t)n * 2, sizeof *plain) : NULL, *secret = plain ? plain + n : NULL;
	struct aisp_member *m = n ? aisp_arena_zalloc(it->f->arena, (size_t)n * 2, sizeof *m) : NULL;
	struct aisp_doc a = {.type = AISP_DOC_ARR, .items = plain}, b = {.type = AISP_DOC_ARR, .items = secret};

	if (n && (!plain || !m))
		aisp_emit_fail(&it->f->e, AISP_E_NOMEM, NULL);
	if (!plain || !m)
		return;
	for (uint32_t i = 0; i < n; i++, m += 2) {
		const struct aisp_doc *d = from->type == AISP_DOC_ARR ? &from->items[i] : &from->members[i].value;
		struct aisp_slice name = from->type == AISP_DOC_ARR ? aisp_awsf__str(d, "name") : from->members[i].key;
		struct aisp_slice value = from->type == AISP_DOC_ARR ? aisp_awsf__str(d, "value") : aisp_doc_str(d);
		bool stored = aisp_awsf__is(d, "type", "SECRETS_MANAGER"), ref = all_secret || stored || aisp_awsf__is(d, "type", "PARAMETER_STORE");
		m[0] = member("name", name, aisp_doc_line(d));
		m[1] = member(ref ? "valueFrom" : "value", stored ? secret_ref(it, value) : value, aisp_doc_line(d));
		struct aisp_doc one = {.type = AISP_DOC_OBJ, .line = aisp_doc_line(d), .n = 2, .members = m};
		if (ref)
			secret[b.n++] = one;
		else
			plain[a.n++] = one;
	}
	struct aisp_awsf__item in = aisp_awsf__inner(it, from, "environment", UINT32_MAX);
	aisp_awsf__environment(&in, it->node, it->arn, &a, &b);
}

static void runs_image(struct aisp_awsf__item *it, const char *names)
{
	struct aisp_slice image = aisp_awsf__str(it->d, names);

	if (image.n && !aisp_slice_starts(image, AISP_S("aws/codebuild/"))) /* those are the vendor's own, in no registry */
		aisp_awsf__edge(it, it->node, AISP_EDGE_RUNS_IMAGE, aisp_emit_image(&it->f->e, image, &it->at), "image");
}

/* JSON in a text (Terraform) or the document itself; NULL: neither. */
static const struct aisp_doc *opened(struct aisp_awsf__item *it, const struct aisp_doc *d)
{
	const struct aisp_doc_limits limits = {.max_bytes = 1 << 20, .max_depth = 32, .max_values = 50000};

	if (d && d->type == AISP_DOC_STR) {
		int r = aisp_json_parse(it->f->arena, d->s, &limits, &d, NULL);
		if (r == AISP_E_NOMEM)
			aisp_emit_fail(&it->f->e, r, NULL);
		return r < 0 ? NULL : d;
	}
	return d;
}

/* ---- App Runner ---- */

/* Reached from everywhere unless it says otherwise; what its code asks of a caller is not known. */
void aisp_awsf__app_runner(struct aisp_awsf__item *it)
{
	struct aisp_emit *e = &it->f->e;
	struct aisp_slice url = aisp_awsf__str(it->d, "ServiceUrl"), id = {0};
	const struct aisp_doc *is_public = aisp_awsf__get(it->d, "NetworkConfiguration.IngressConfiguration.IsPubliclyAccessible");
	const struct aisp_doc *source = aisp_awsf__get(it->d, "SourceConfiguration");
	bool told = is_public || it->declared;

	runs_image(it, "SourceConfiguration.ImageRepository.ImageIdentifier");
	environment(it, aisp_awsf__get(source, "ImageRepository.ImageConfiguration.RuntimeEnvironmentVariables|CodeRepository.CodeConfiguration.CodeConfigurationValues.RuntimeEnvironmentVariables"), false);
	environment(it, aisp_awsf__get(source, "ImageRepository.ImageConfiguration.RuntimeEnvironmentSecrets|CodeRepository.CodeConfiguration.CodeConfigurationValues.RuntimeEnvironmentSecrets"), true);
	if (url.n && url.n < 300)
		id = aisp_slice_starts(url, AISP_S("https://")) ? url : aisp_emit_fmt(e, "https://%.*s", AISP_FMT(url));
	else if (told)
		id = aisp_emit_fmt(e, "%.*s#url", AISP_FMT(it->arn));
	if (!id.n)
		return;
	aisp_node n = aisp_awsf__node(it, AISP_NODE_ENDPOINT, id);
	aisp_emit_str(e, n, "name", url.n ? aisp_slice_from(id, 8) : aisp_emit_fmt(e, "URL of %.*s", AISP_FMT(it->name)));
	aisp_emit_strz(e, n, "auth", "unknown");
	aisp_emit_str(e, n, "account", it->account);
	aisp_awsf__edge(it, n, AISP_EDGE_ROUTES_TO, it->node, "");
	aisp_awsf__edge(it, n, AISP_EDGE_SERVES, it->node, "");
	if (told && aisp_doc_bool(is_public, true))
		aisp_awsf__edge(it, aisp_awsf__internet(it), AISP_EDGE_EXPOSES, n, "NetworkConfiguration/IngressConfiguration");
}

/* ---- CodeBuild, Glue, Batch ---- */

void aisp_awsf__build_project(struct aisp_awsf__item *it)
{
	const struct aisp_doc *vpc = aisp_awsf__get(it->d, "VpcConfig");

	runs_image(it, "Environment.Image");
	environment(it, aisp_awsf__get(it->d, "Environment.EnvironmentVariables|Environment.EnvironmentVariable"), false);
	if (aisp_awsf__is(it->d, "ProjectVisibility|Visibility", "PUBLIC_READ"))
		aisp_emit_bool(&it->f->e, it->node, "public", true); /* builds and their logs */
	if (aisp_doc_count(aisp_awsf__get(vpc, "Subnets")))
		aisp_awsf__net_member(it, it->node, aisp_awsf__get(vpc, "SecurityGroupIds"), aisp_awsf__get(vpc, "Subnets"), false, 0);
}

/* Whoever writes the script writes what it does. */
void aisp_awsf__glue_job(struct aisp_awsf__item *it)
{
	struct aisp_slice script = aisp_awsf__str(it->d, "Command.ScriptLocation");

	if (script.n)
		aisp_awsf__edge(it, it->node, AISP_EDGE_READS, aisp_awsf__bucket_of_uri(it, script), "Command/ScriptLocation");
	environment(it, aisp_awsf__get(it->d, "DefaultArguments"), false);
}

void aisp_awsf__dev_endpoint(struct aisp_awsf__item *it)
{
	if (aisp_awsf__str(it->d, "SubnetId").n)
		aisp_awsf__net_member(it, it->node, aisp_awsf__get(it->d, "SecurityGroupIds"), aisp_awsf__get(it->d, "SubnetId"), aisp_awsf__str(it->d, "PublicAddress").n > 0, 22);
}

void aisp_awsf__batch_job(struct aisp_awsf__item *it)
{
	const struct aisp_doc *c = opened(it, aisp_awsf__get(it->d, "ContainerProperties"));
	struct aisp_awsf__item in = aisp_awsf__inner(it, c ? c : it->d, "containerProperties", UINT32_MAX);
	struct aisp_slice role = aisp_awsf__str(c, "JobRoleArn");

	if (!c)
		return;
	if (role.n)
		aisp_awsf__edge(&in, it->node, AISP_EDGE_RUNS_AS, aisp_awsf__named_as(it, "iam:role", role), "jobRoleArn");
	runs_image(&in, "Image");
	aisp_awsf__environment(&in, it->node, it->arn, aisp_awsf__get(c, "Environment"), aisp_awsf__get(c, "Secrets"));
}

/* ---- Tasks of ECS ---- */

/* Tasks come and go, and their definition and service tell the rest: only those are kept into which a shell can be opened, or which have a role of their own. */
void aisp_awsf__ecs_task(struct aisp_awsf__item *it)
{
	struct aisp_slice def = aisp_awsf__str(it->d, "TaskDefinitionArn"), cluster = aisp_awsf__str(it->d, "ClusterArn");
	bool shell = aisp_doc_bool(aisp_awsf__get(it->d, "EnableExecuteCommand"), false), own = aisp_awsf__str(it->d, "Overrides.TaskRoleArn").n > 0;

	if (!it->t) {
		if ((shell || own) && !aisp_awsf__is(it->d, "LastStatus", "STOPPED"))
			aisp_awsf__add_as(it, "ecs:task");
		return;
	}
	aisp_node d = def.n ? aisp_awsf__named(it, def) : 0;
	aisp_emit_str(&it->f->e, it->node, "name", aisp_emit_fmt(&it->f->e, "%.*s (%.*s)", AISP_FMT(aisp_slice_basename(def)), AISP_FMT(aisp_slice_basename(it->arn))));
	aisp_emit_bool(&it->f->e, it->node, "execute_command", shell);
	if (!own)
		aisp_awsf__through(it, it->node, d, AISP_EDGE_RUNS_AS, AISP_EDGE_RUNS_AS);
	aisp_awsf__through(it, it->node, d, AISP_EDGE_RUNS_IMAGE, AISP_EDGE_RUNS_IMAGE);
	aisp_awsf__through(it, it->node, d, AISP_EDGE_HOLDS, AISP_EDGE_HOLDS);
	aisp_awsf__through(it, it->node, d, AISP_EDGE_SETS, AISP_EDGE_SETS);
	if (cluster.n)
		aisp_awsf__edge(it, aisp_awsf__named_as(it, "ecs:cluster", cluster), AISP_EDGE_CONTAINS, it->node, "");
}

/* ---- Launch templates and stack sets ---- */

/* Is another version of the template in this answer newer? */
static bool is_outdated(struct aisp_awsf__item *it)
{
	const struct aisp_doc *all = aisp_doc_get(it->a->doc, "LaunchTemplateVersions"), *number = aisp_awsf__get(it->d, "VersionNumber");
	struct aisp_slice id = aisp_awsf__str(it->d, "LaunchTemplateId");

	if (!number || number->type != AISP_DOC_INT || !all || all->type != AISP_DOC_ARR)
		return false;
	for (uint32_t i = 0; i < all->n && i < SIBLINGS_MAX; i++)
		if (aisp_doc_int(aisp_awsf__get(&all->items[i], "VersionNumber"), 0) > number->i && aisp_slice_eq(aisp_awsf__str(&all->items[i], "LaunchTemplateId"), id))
			return true;
	return false;
}

/* What is launched from it has this profile's role. Launches name the default version or the newest; older ones count for nothing. */
void aisp_awsf__launch_template(struct aisp_awsf__item *it)
{
	const struct aisp_doc *data = aisp_awsf__get(it->d, "LaunchTemplateData"), *d = data && data->type == AISP_DOC_OBJ ? data : it->d;
	const struct aisp_doc *profile = aisp_awsf__get(d, "IamInstanceProfile"), *is_default = aisp_awsf__get(it->d, "DefaultVersion");
	struct aisp_slice p = profile && profile->type == AISP_DOC_STR ? profile->s : aisp_awsf__str(profile, "Arn|Name");

	aisp_emit_str(&it->f->e, it->node, "name", aisp_awsf__str(it->d, "LaunchTemplateName|Name"));
	if (is_default && is_default->type == AISP_DOC_BOOL && !is_default->b && is_outdated(it))
		return;
	aisp_emit_str(&it->f->e, it->node, "imds", aisp_awsf__str(d, "MetadataOptions.HttpTokens"));
	if (p.n)
		aisp_awsf__through(it, it->node, aisp_awsf__named_as(it, "iam:instance-profile", p), AISP_EDGE_RUNS_AS, AISP_EDGE_RUNS_AS);
}

void aisp_awsf__stack_set(struct aisp_awsf__item *it)
{
	aisp_emit_str(&it->f->e, it->node, "name", aisp_awsf__str(it->d, "StackSetName|Name"));
	aisp_emit_str(&it->f->e, it->node, "execution_role", aisp_awsf__str(it->d, "ExecutionRoleName"));
	aisp_emit_str(&it->f->e, it->node, "permission_model", aisp_awsf__str(it->d, "PermissionModel"));
}
