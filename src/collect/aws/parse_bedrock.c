/* Bedrock: models, agents and their tools, knowledge bases, prompts, flows, AgentCore, and the log of what is asked. */
#include "collect/aws/facts_int.h"

/* ---- Models ---- */

/* Model ids as code spells them and ARNs are one: model://bedrock/ID. A cross-region profile "eu.anthropic.…" is that model's. */
aisp_node aisp_awsf__model(struct aisp_awsf__item *it, struct aisp_slice id_or_arn)
{
	struct aisp_emit *e = &it->f->e;
	struct aisp_slice id = id_or_arn, resource;

	if (!id.n || id.n > 512)
		return 0;
	if (aisp_awsf__arn_part(id_or_arn, 5, &resource)) {
		if (!aisp_slice_starts(resource, AISP_S("foundation-model/")))
			return aisp_awsf__named(it, id_or_arn);
		id = aisp_slice_from(resource, 17);
	}
	size_t dot = aisp_slice_chr(id, '.');
	struct aisp_slice first = aisp_slice_to(id, dot == SIZE_MAX ? 0 : dot);
	static const char *const areas[] = {"us", "eu", "apac", "global", "us-gov", "jp", "au", "ca"};
	struct aisp_slice profile = {0};
	for (size_t i = 0; i < sizeof areas / sizeof *areas; i++)
		if (aisp_slice_eqz(first, areas[i])) {
			profile = id;
			id = aisp_slice_from(id, dot + 1);
		}
	aisp_node n = aisp_awsf__node(it, AISP_NODE_MODEL, aisp_emit_fmt(e, "model://bedrock/%.*s", AISP_FMT(id)));
	aisp_emit_str(e, n, "name", id);
	aisp_emit_strz(e, n, "provider", "bedrock");
	aisp_emit_strz(e, n, "aws_type", "bedrock:foundation-model");
	if (it->region.n)
		aisp_emit_alias(e, n, aisp_emit_fmt(e, "arn:%.*s:bedrock:%.*s::foundation-model/%.*s", AISP_FMT(it->partition), AISP_FMT(it->region), AISP_FMT(id)));
	if (profile.n && it->region.n && it->account.n)
		aisp_emit_alias(e, n, aisp_awsf__arn_of(it, "bedrock:inference-profile", profile));
	return n;
}

/* Hundreds can be had in every account: only what something uses is a fact about it. */
void aisp_awsf__foundation_model(struct aisp_awsf__item *it)
{
	struct aisp_slice arn = aisp_awsf__str(it->d, "ModelArn");
	aisp_node n = arn.n ? aisp_graph_find(it->f->e.g, arn) : 0;

	if (!n)
		return;
	aisp_emit_str(&it->f->e, n, "model_name", aisp_awsf__str(it->d, "ModelName"));
	aisp_emit_str(&it->f->e, n, "model_provider", aisp_awsf__str(it->d, "ProviderName"));
	aisp_emit_str(&it->f->e, n, "lifecycle", aisp_awsf__str(it->d, "ModelLifecycle.Status"));
}

void aisp_awsf__custom_model(struct aisp_awsf__item *it)
{
	struct aisp_slice base = aisp_awsf__str(it->d, "BaseModelArn|BaseModelIdentifier");
	aisp_node data = aisp_awsf__at_uri(it, AISP_NODE_DATASET, aisp_awsf__str(it->d, "TrainingDataConfig.S3Uri"));

	aisp_emit_str(&it->f->e, it->node, "name", aisp_awsf__str(it->d, "ModelName|CustomModelName"));
	aisp_emit_str(&it->f->e, it->node, "base_model", base);
	aisp_awsf__edge(it, it->node, AISP_EDGE_TRAINED_ON, data, "trainingDataConfig");
}

void aisp_awsf__customization_job(struct aisp_awsf__item *it)
{
	struct aisp_slice made = aisp_awsf__str(it->d, "CustomModelArn|OutputModelArn");
	aisp_node data = aisp_awsf__at_uri(it, AISP_NODE_DATASET, aisp_awsf__str(it->d, "TrainingDataConfig.S3Uri")), model = made.n ? aisp_awsf__named(it, made) : 0;

	aisp_awsf__edge(it, it->node, AISP_EDGE_READS, data, "trainingDataConfig");
	aisp_awsf__edge(it, model, AISP_EDGE_TRAINED_ON, data, "");
	aisp_awsf__edge(it, it->node, AISP_EDGE_CALLS, aisp_awsf__model(it, aisp_awsf__str(it->d, "BaseModelArn")), "baseModelArn");
}

void aisp_awsf__provisioned(struct aisp_awsf__item *it)
{
	aisp_awsf__edge(it, it->node, AISP_EDGE_SERVES, aisp_awsf__model(it, aisp_awsf__str(it->d, "ModelArn|FoundationModelArn")), "modelArn");
	aisp_emit_strz(&it->f->e, it->node, "auth", "required");
}

void aisp_awsf__inference_profile(struct aisp_awsf__item *it)
{
	if (!it->t) { /* the list: Amazon's own profiles are everywhere and are only other names of models */
		if (aisp_awsf__is(it->d, "Type", "SYSTEM_DEFINED"))
			return;
		aisp_awsf__add_as(it, "bedrock:application-inference-profile");
		return;
	}
	AISP_AWS__EACH(it, "Models", in)
		aisp_awsf__edge(&in, it->node, AISP_EDGE_SERVES, aisp_awsf__model(&in, aisp_awsf__str(in.d, "ModelArn")), "models");
	aisp_emit_strz(&it->f->e, it->node, "auth", "required");
}

void aisp_awsf__guardrail(struct aisp_awsf__item *it)
{
	aisp_emit_str(&it->f->e, it->node, "status", aisp_awsf__str(it->d, "Status"));
	aisp_emit_str(&it->f->e, it->node, "version", aisp_awsf__str(it->d, "Version"));
}

/* https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html: one for an account and region. */
void aisp_awsf__invocation_logging(struct aisp_awsf__item *it)
{
	struct aisp_emit *e = &it->f->e;
	const struct aisp_doc *d = aisp_awsf__get(it->d, "LoggingConfig");
	struct aisp_slice bucket, group;

	d = d ? d->type == AISP_DOC_ARR ? aisp_doc_at(d, 0) : d : it->d;
	bucket = aisp_awsf__str(d, "S3Config.BucketName|CloudWatchConfig.LargeDataDeliveryS3Config.BucketName");
	group = aisp_awsf__str(d, "CloudWatchConfig.LogGroupName");
	if ((!bucket.n && !group.n) || !it->account.n || !it->region.n)
		return;
	it->arn = aisp_emit_fmt(e, "arn:%.*s:bedrock:%.*s:%.*s:model-invocation-logging", AISP_FMT(it->partition), AISP_FMT(it->region), AISP_FMT(it->account));
	aisp_node n = aisp_awsf__node(it, AISP_NODE_PROMPT_LOG, it->arn);
	aisp_emit_str(e, n, "name", aisp_emit_fmt(e, "model invocation log of %.*s", AISP_FMT(it->region)));
	aisp_emit_strz(e, n, "provider", "bedrock");
	aisp_emit_str(e, n, "account", it->account);
	aisp_emit_bool(e, n, "text_logged", aisp_doc_bool(aisp_awsf__get(d, "TextDataDeliveryEnabled"), true));
	aisp_awsf__edge(it, aisp_awsf__account(it, it->account), AISP_EDGE_CONTAINS, n, "");
	if (bucket.n)
		aisp_awsf__edge(it, n, AISP_EDGE_STORED_IN, aisp_awsf__named_as(it, "s3:bucket", bucket), "s3Config");
	if (group.n)
		aisp_awsf__edge(it, n, AISP_EDGE_STORED_IN, aisp_awsf__named_as(it, "logs:log-group", group), "cloudWatchConfig");
	if (aisp_vec_push(&it->f->logs, n) < 0)
		aisp_emit_fail(e, AISP_E_NOMEM, NULL);
}

/* ---- Agents ---- */

static void asks(struct aisp_awsf__item *it, aisp_node n)
{
	aisp_emit_strz(&it->f->e, n, "auth", "required");
	if (aisp_vec_push(&it->f->agents, n) < 0)
		aisp_emit_fail(&it->f->e, AISP_E_NOMEM, NULL);
}

void aisp_awsf__agent(struct aisp_awsf__item *it)
{
	struct aisp_emit *e = &it->f->e;
	struct aisp_slice guard = aisp_awsf__str(it->d, "GuardrailConfiguration.GuardrailIdentifier"), instruction = aisp_awsf__str(it->d, "Instruction");

	aisp_emit_str(e, it->node, "name", aisp_awsf__str(it->d, "AgentName"));
	aisp_emit_strz(e, it->node, "framework", "bedrock-agents");
	aisp_emit_str(e, it->node, "status", aisp_awsf__str(it->d, "AgentStatus"));
	asks(it, it->node);
	aisp_awsf__edge(it, it->node, AISP_EDGE_CALLS, aisp_awsf__model(it, aisp_awsf__str(it->d, "FoundationModel")), "foundationModel");
	if (guard.n)
		aisp_awsf__edge(it, it->node, AISP_EDGE_LIMITED_BY, aisp_awsf__named_as(it, "bedrock:guardrail", guard), "guardrailConfiguration");
	if (instruction.n) {
		aisp_node p = aisp_awsf__node(it, AISP_NODE_PROMPT, aisp_emit_fmt(e, "%.*s#instruction", AISP_FMT(it->arn)));
		aisp_emit_str(e, p, "name", aisp_emit_fmt(e, "instruction of %.*s", AISP_FMT(aisp_awsf__str(it->d, "AgentName"))));
		aisp_emit_int(e, p, "length", (int64_t)instruction.n);
		aisp_awsf__edge(it, it->node, AISP_EDGE_INSTRUCTED_BY, p, "instruction");
	}
	AISP_AWS__EACH(it, "ActionGroups", in) { /* CloudFormation writes them inside */
		in.about = NULL;
		aisp_awsf__action_group(&in);
	}
	AISP_AWS__EACH(it, "KnowledgeBases", in)
		aisp_awsf__agent_kb(&in);
}

/* The agent that an answer is about, or the one that the item lies in. */
static aisp_node agent_of(struct aisp_awsf__item *it)
{
	struct aisp_slice id = aisp_awsf__str_or_about(it, "AgentId|AgentIdentifier");

	if (it->node && it->t && strcmp(it->t->type, "bedrock:agent") == 0)
		return it->node;
	it->arn = id.n ? aisp_awsf__arn_of(it, "bedrock:agent", id) : id;
	return aisp_awsf__named(it, it->arn);
}

void aisp_awsf__collaborator(struct aisp_awsf__item *it)
{
	aisp_node agent = agent_of(it);
	struct aisp_slice alias = aisp_awsf__str(it->d, "agentDescriptor.aliasArn");

	if (alias.n)
		aisp_awsf__edge(it, agent, AISP_EDGE_CALLS, aisp_awsf__named(it, alias), "collaborators");
}

void aisp_awsf__agent_alias(struct aisp_awsf__item *it)
{
	aisp_node agent = 0;
	struct aisp_slice id = aisp_awsf__str(it->d, "AgentAliasId"), of = aisp_awsf__str_or_about(it, "AgentId");

	if (!it->node) {
		agent = agent_of(it);
		if (!agent || !id.n || aisp_slice_starts(id, AISP_S("TSTALIAS")))
			return;
		it->arn = aisp_awsf__arn_of(it, "bedrock:agent-alias", aisp_emit_fmt(&it->f->e, "%.*s/%.*s", AISP_FMT(of), AISP_FMT(id)));
		it->node = it->arn.n ? aisp_awsf__node(it, AISP_NODE_INFERENCE_ENDPOINT, it->arn) : 0;
		aisp_emit_str(&it->f->e, it->node, "name", aisp_awsf__str(it->d, "AgentAliasName"));
		aisp_emit_strz(&it->f->e, it->node, "aws_type", "bedrock:agent-alias");
		aisp_emit_str(&it->f->e, it->node, "account", it->account);
	} else if (of.n) {
		agent = aisp_awsf__named_as(it, "bedrock:agent", of);
	}
	aisp_emit_strz(&it->f->e, it->node, "auth", "required");
	aisp_awsf__edge(it, it->node, AISP_EDGE_SERVES, agent, "");
}

void aisp_awsf__action_group(struct aisp_awsf__item *it)
{
	struct aisp_emit *e = &it->f->e;
	aisp_node agent = agent_of(it);
	struct aisp_slice name = aisp_awsf__str(it->d, "ActionGroupName|Name"), id = aisp_awsf__str(it->d, "ActionGroupId"), own = it->arn;
	struct aisp_slice signature = aisp_awsf__str(it->d, "ParentActionSignature|ParentActionGroupSignature"), lambda = aisp_awsf__str(it->d, "ActionGroupExecutor.Lambda");

	id = id.n ? id : name;
	if (!agent || !id.n || id.n > 200 || aisp_slice_eqz(signature, "AMAZON.UserInput"))
		return;
	aisp_node n = aisp_awsf__node(it, AISP_NODE_TOOL, aisp_emit_fmt(e, "%.*s#action-group/%.*s", AISP_FMT(own), AISP_FMT(id)));
	aisp_emit_str(e, n, "name", name);
	aisp_emit_str(e, n, "description", aisp_awsf__str(it->d, "Description"));
	aisp_emit_strz(e, n, "framework", "bedrock-agents");
	if (aisp_awsf__is(it->d, "ActionGroupState", "DISABLED")) {
		aisp_emit_bool(e, n, "disabled", true);
		return;
	}
	aisp_emit_str(e, n, "signature", signature);
	if (aisp_slice_eqz(signature, "AMAZON.CodeInterpreter"))
		aisp_emit_bool(e, n, "executes_code", true);
	aisp_awsf__edge(it, agent, AISP_EDGE_HAS_TOOL, n, "actionGroups");
	if (lambda.n)
		aisp_awsf__edge(it, n, AISP_EDGE_CALLS, aisp_awsf__named_as(it, "lambda:function", lambda), "actionGroupExecutor");
	AISP_AWS__EACH(it, "FunctionSchema.Functions", in)
		aisp_emit_item(e, n, "functions", aisp_awsf__str(in.d, "Name"));
	struct aisp_slice bucket = aisp_awsf__str(it->d, "ApiSchema.S3.S3BucketName");
	if (bucket.n)
		aisp_emit_str(e, n, "schema_bucket", bucket);
}

void aisp_awsf__agent_kb(struct aisp_awsf__item *it)
{
	aisp_node agent = agent_of(it), kb;
	struct aisp_slice id = aisp_awsf__str(it->d, "KnowledgeBaseId");

	if (!agent || !id.n || aisp_awsf__is(it->d, "KnowledgeBaseState", "DISABLED"))
		return;
	kb = aisp_awsf__named_as(it, "bedrock:knowledge-base", id);
	aisp_awsf__edge(it, agent, AISP_EDGE_RETRIEVES_FROM, kb, "knowledgeBases");
	/* what the base was filled from comes out of it too */
	aisp_awsf__through(it, agent, kb, AISP_EDGE_TRAINED_ON, AISP_EDGE_RETRIEVES_FROM);
}

/* ---- Knowledge bases ---- */

static void stored_in(struct aisp_awsf__item *it, const struct aisp_doc *s)
{
	static const char *const arns[] = {"OpensearchServerlessConfiguration.CollectionArn", "RdsConfiguration.ResourceArn", "OpensearchManagedClusterConfiguration.DomainArn",
					   "NeptuneAnalyticsConfiguration.GraphArn", "S3VectorsConfiguration.VectorBucketArn|S3VectorsConfiguration.IndexArn"};
	struct aisp_emit *e = &it->f->e;
	struct aisp_slice secret = aisp_awsf__str(s, "RdsConfiguration.CredentialsSecretArn|PineconeConfiguration.CredentialsSecretArn|RedisEnterpriseCloudConfiguration.CredentialsSecretArn|MongoDbAtlasConfiguration.CredentialsSecretArn");
	struct aisp_slice outside = aisp_awsf__str(s, "PineconeConfiguration.ConnectionString|RedisEnterpriseCloudConfiguration.Endpoint|MongoDbAtlasConfiguration.Endpoint");

	for (size_t i = 0; i < sizeof arns / sizeof *arns; i++) {
		struct aisp_slice arn = aisp_awsf__str(s, arns[i]);
		if (arn.n)
			aisp_awsf__edge(it, it->node, AISP_EDGE_STORED_IN, aisp_awsf__named(it, arn), "storageConfiguration");
	}
	aisp_emit_str(e, it->node, "store", aisp_awsf__str(s, "Type"));
	aisp_emit_str(e, it->node, "collection", aisp_awsf__str(s, "OpensearchServerlessConfiguration.VectorIndexName|OpensearchManagedClusterConfiguration.VectorIndexName|MongoDbAtlasConfiguration.CollectionName"));
	aisp_emit_str(e, it->node, "table", aisp_awsf__str(s, "RdsConfiguration.TableName"));
	aisp_emit_str(e, it->node, "db_name", aisp_awsf__str(s, "RdsConfiguration.DatabaseName|MongoDbAtlasConfiguration.DatabaseName"));
	if (secret.n)
		aisp_awsf__edge(it, it->node, AISP_EDGE_MOUNTS, aisp_awsf__named(it, secret), "credentialsSecretArn");
	if (outside.n && outside.n < 300 && aisp_slice_chr(outside, '@') == SIZE_MAX) {
		size_t scheme = aisp_slice_find(outside, AISP_S("://"));
		struct aisp_slice host = aisp_slice_from(outside, scheme == SIZE_MAX ? 0 : scheme + 3);
		host = aisp_slice_to(host, aisp_slice_chr(host, '/') == SIZE_MAX ? host.n : aisp_slice_chr(host, '/'));
		aisp_node n = host.n ? aisp_awsf__node(it, AISP_NODE_EXTERNAL_SERVICE, aisp_emit_fmt(e, "https://%.*s", AISP_FMT(host))) : 0;
		aisp_emit_str(e, n, "name", host);
		aisp_awsf__edge(it, it->node, AISP_EDGE_STORED_IN, n, "storageConfiguration");
	}
}

void aisp_awsf__knowledge_base(struct aisp_awsf__item *it)
{
	const struct aisp_doc *storage = aisp_awsf__get(it->d, "StorageConfiguration");
	struct aisp_slice embed = aisp_awsf__str(it->d, "KnowledgeBaseConfiguration.VectorKnowledgeBaseConfiguration.EmbeddingModelArn");
	struct aisp_slice kendra = aisp_awsf__str(it->d, "KnowledgeBaseConfiguration.KendraKnowledgeBaseConfiguration.KendraIndexArn");

	aisp_emit_str(&it->f->e, it->node, "name", aisp_awsf__str(it->d, "Name"));
	aisp_emit_str(&it->f->e, it->node, "description", aisp_awsf__str(it->d, "Description"));
	if (embed.n)
		aisp_awsf__edge(it, it->node, AISP_EDGE_CALLS, aisp_awsf__model(it, embed), "embeddingModelArn");
	if (kendra.n)
		aisp_awsf__edge(it, it->node, AISP_EDGE_STORED_IN, aisp_awsf__named(it, kendra), "kendraIndexArn");
	if (storage)
		stored_in(it, storage->type == AISP_DOC_ARR ? aisp_doc_at(storage, 0) : storage);
}

void aisp_awsf__data_source(struct aisp_awsf__item *it)
{
	struct aisp_emit *e = &it->f->e;
	struct aisp_slice kb = aisp_awsf__str_or_about(it, "KnowledgeBaseId"), id = aisp_awsf__str(it->d, "DataSourceId"), type = aisp_awsf__str(it->d, "DataSourceConfiguration.Type");
	struct aisp_slice bucket = aisp_awsf__str(it->d, "DataSourceConfiguration.S3Configuration.BucketArn");
	struct aisp_slice kb_arn = kb.n ? aisp_awsf__arn_of(it, "bedrock:knowledge-base", kb) : kb;
	aisp_node base = aisp_awsf__named(it, kb_arn);

	id = id.n ? id : aisp_awsf__str(it->d, "Name");
	if (!base || !id.n || id.n > 200)
		return;
	it->arn = kb_arn;
	aisp_node n = aisp_awsf__node(it, AISP_NODE_DATASET, aisp_emit_fmt(e, "%.*s#data-source/%.*s", AISP_FMT(kb_arn), AISP_FMT(id)));
	aisp_emit_str(e, n, "name", aisp_awsf__str(it->d, "Name"));
	aisp_emit_str(e, n, "source_type", type);
	aisp_awsf__edge(it, base, AISP_EDGE_TRAINED_ON, n, "dataSources");
	if (bucket.n)
		aisp_awsf__edge(it, n, AISP_EDGE_STORED_IN, aisp_awsf__named(it, bucket), "s3Configuration");
	AISP_AWS__EACH(it, "DataSourceConfiguration.S3Configuration.InclusionPrefixes", in)
		aisp_emit_item(e, n, "prefixes", aisp_doc_str(in.d));
	AISP_AWS__EACH(it, "DataSourceConfiguration.WebConfiguration.SourceConfiguration.UrlConfiguration.SeedUrls", in) {
		struct aisp_slice url = aisp_awsf__str(in.d, "Url");
		if (!url.n || url.n > 500)
			continue;
		aisp_node web = aisp_awsf__node(&in, AISP_NODE_CONTENT, aisp_emit_fmt(e, "content://web/%.*s", AISP_FMT(url)));
		aisp_emit_str(e, web, "name", url);
		aisp_awsf__edge(&in, n, AISP_EDGE_TRAINED_ON, web, "webConfiguration");
	}
}

/* ---- Prompts and flows ---- */

void aisp_awsf__prompt(struct aisp_awsf__item *it)
{
	aisp_emit_str(&it->f->e, it->node, "name", aisp_awsf__str(it->d, "Name"));
}

void aisp_awsf__flow(struct aisp_awsf__item *it)
{
	asks(it, it->node);
	aisp_emit_strz(&it->f->e, it->node, "framework", "bedrock-flows");
	AISP_AWS__EACH(it, "Definition.Nodes", in) {
		const struct aisp_doc *c = aisp_awsf__get(in.d, "Configuration");
		struct aisp_slice model = aisp_awsf__str(c, "Prompt.SourceConfiguration.Inline.ModelId|KnowledgeBase.ModelId"), prompt = aisp_awsf__str(c, "Prompt.SourceConfiguration.Resource.PromptArn");
		struct aisp_slice kb = aisp_awsf__str(c, "KnowledgeBase.KnowledgeBaseId"), lambda = aisp_awsf__str(c, "LambdaFunction.LambdaArn"), alias = aisp_awsf__str(c, "Agent.AgentAliasArn");
		struct aisp_slice bucket = aisp_awsf__str(c, "Retrieval.ServiceConfiguration.S3.BucketName");
		aisp_awsf__edge(&in, it->node, AISP_EDGE_CALLS, aisp_awsf__model(&in, model), "definition/nodes");
		if (prompt.n)
			aisp_awsf__edge(&in, it->node, AISP_EDGE_INSTRUCTED_BY, aisp_awsf__named(&in, prompt), "definition/nodes");
		if (kb.n) {
			aisp_node n = aisp_awsf__named_as(&in, "bedrock:knowledge-base", kb);
			aisp_awsf__edge(&in, it->node, AISP_EDGE_RETRIEVES_FROM, n, "definition/nodes");
			aisp_awsf__through(&in, it->node, n, AISP_EDGE_TRAINED_ON, AISP_EDGE_RETRIEVES_FROM);
		}
		if (lambda.n || alias.n)
			aisp_awsf__edge(&in, it->node, AISP_EDGE_CALLS, aisp_awsf__named(&in, lambda.n ? lambda : alias), "definition/nodes");
		if (bucket.n)
			aisp_awsf__edge(&in, it->node, AISP_EDGE_READS, aisp_awsf__named_as(&in, "s3:bucket", bucket), "definition/nodes");
	}
}

/* ---- AgentCore ---- */

void aisp_awsf__runtime(struct aisp_awsf__item *it)
{
	struct aisp_emit *e = &it->f->e;
	const struct aisp_doc *net = aisp_awsf__get(it->d, "NetworkConfiguration"), *env = aisp_awsf__get(it->d, "EnvironmentVariables");
	struct aisp_slice image = aisp_awsf__str(it->d, "AgentRuntimeArtifact.ContainerConfiguration.ContainerUri");
	struct aisp_awsf__item in = aisp_awsf__inner(it, env ? env : it->d, "environmentVariables", UINT32_MAX);

	asks(it, it->node);
	aisp_emit_str(e, it->node, "name", aisp_awsf__str(it->d, "AgentRuntimeName"));
	aisp_emit_strz(e, it->node, "framework", "bedrock-agentcore");
	aisp_emit_str(e, it->node, "network_mode", aisp_awsf__str(net, "NetworkMode"));
	if (image.n)
		aisp_awsf__edge(it, it->node, AISP_EDGE_RUNS_IMAGE, aisp_emit_image(e, image, &it->at), "containerUri");
	aisp_awsf__environment(&in, it->node, it->arn, env, NULL);
	aisp_emit_str(e, it->node, "authorizer", aisp_awsf__str(it->d, "AuthorizerConfiguration.CustomJWTAuthorizer.DiscoveryUrl"));
	if (aisp_awsf__is(net, "NetworkMode", "VPC"))
		aisp_awsf__net_member(it, it->node, aisp_awsf__get(net, "NetworkModeConfig.SecurityGroups|VpcConfig.SecurityGroups"), aisp_awsf__get(net, "NetworkModeConfig.Subnets|VpcConfig.Subnets"), false, 0);
}

void aisp_awsf__gateway(struct aisp_awsf__item *it)
{
	struct aisp_emit *e = &it->f->e;
	struct aisp_slice url = aisp_awsf__str(it->d, "GatewayUrl"), auth = aisp_awsf__str(it->d, "AuthorizerType");

	aisp_emit_str(e, it->node, "name", aisp_awsf__str(it->d, "Name"));
	aisp_emit_str(e, it->node, "authorizer", auth);
	if (auth.n) {
		aisp_emit_strz(e, it->node, "auth", aisp_slice_eqi(auth, AISP_S("NONE")) ? "none" : "required");
		aisp_awsf__edge(it, aisp_awsf__internet(it), AISP_EDGE_EXPOSES, it->node, "gatewayUrl");
	}
	if (url.n && url.n < 500)
		aisp_emit_alias(e, it->node, aisp_slice_ends(url, AISP_S("/")) ? aisp_slice_to(url, url.n - 1) : url);
}

void aisp_awsf__gateway_target(struct aisp_awsf__item *it)
{
	struct aisp_emit *e = &it->f->e;
	struct aisp_slice of = aisp_awsf__str_or_about(it, "GatewayArn|GatewayIdentifier"), id = aisp_awsf__str(it->d, "TargetId"), lambda = aisp_awsf__str(it->d, "TargetConfiguration.Mcp.Lambda.LambdaArn");
	aisp_node gateway = of.n ? aisp_awsf__named_as(it, "bedrock-agentcore:gateway", of) : 0;

	if (!gateway || !id.n || id.n > 200)
		return;
	it->arn = aisp_emit_dup(e, aisp_graph_node_at(e->g, aisp_graph_node_now(e->g, gateway)).id);
	aisp_node n = aisp_awsf__node(it, AISP_NODE_TOOL, aisp_emit_fmt(e, "%.*s#target/%.*s", AISP_FMT(it->arn), AISP_FMT(id)));
	aisp_emit_str(e, n, "name", aisp_awsf__str(it->d, "Name"));
	aisp_emit_str(e, n, "description", aisp_awsf__str(it->d, "Description"));
	aisp_awsf__edge(it, gateway, AISP_EDGE_HAS_TOOL, n, "targets");
	if (lambda.n)
		aisp_awsf__edge(it, n, AISP_EDGE_CALLS, aisp_awsf__named(it, lambda), "targetConfiguration");
	AISP_AWS__EACH(it, "TargetConfiguration.Mcp.Lambda.ToolSchema.InlinePayload", in)
		aisp_emit_item(e, n, "functions", aisp_awsf__str(in.d, "Name"));
}

/* Code interpreters and browsers: Amazon's own ("aws.codeinterpreter.v1") and custom ones. */
void aisp_awsf__code_tool(struct aisp_awsf__item *it)
{
	struct aisp_emit *e = &it->f->e;
	struct aisp_slice arn = aisp_awsf__str(it->d, "CodeInterpreterArn|BrowserArn");

	if (!it->t) {
		const struct aisp_awsf__type *t = aisp_awsf__type_of_arn(arn);
		if (t && t->kind == AISP_NODE_TOOL)
			aisp_awsf__add_as(it, t->type);
		return;
	}
	aisp_emit_str(e, it->node, "name", aisp_awsf__str(it->d, "Name"));
	aisp_emit_str(e, it->node, "network_mode", aisp_awsf__str(it->d, "NetworkConfiguration.NetworkMode"));
	if (strncmp(it->t->type, "bedrock-agentcore:code-interpreter", 34) == 0)
		aisp_emit_bool(e, it->node, "executes_code", true);
}

void aisp_awsf__memory(struct aisp_awsf__item *it)
{
	aisp_emit_str(&it->f->e, it->node, "name", aisp_awsf__str(it->d, "Name"));
}

/* ---- What a workload is told to ask ---- */

/* A workload hands its callers' words to an agent that runs elsewhere: a call to the one is a call to the other, but whoever acts as the workload does not act as
 * the agent (SERVES from the workload would say so). So what stands between them is a thing of its own. */
static void passes_on(struct aisp_awsf__item *it, aisp_node from, aisp_node agent)
{
	struct aisp_emit *e = &it->f->e;
	struct aisp_slice a = aisp_emit_dup(e, aisp_graph_node_at(e->g, aisp_graph_node_now(e->g, from)).id), b = aisp_graph_node_at(e->g, agent).id;
	struct aisp_slice name = aisp_graph_prop(e->g, agent, "name");
	aisp_node n = aisp_awsf__node(it, AISP_NODE_ENDPOINT, aisp_emit_fmt(e, "%.*s#asks/%.*s", AISP_FMT(a), AISP_FMT(aisp_slice_basename(b))));

	aisp_emit_str(e, n, "name", aisp_emit_fmt(e, "calls to %.*s", AISP_FMT(name.n ? name : aisp_slice_basename(b))));
	aisp_emit_strz(e, n, "auth", "none");
	aisp_awsf__edge(it, from, AISP_EDGE_ROUTES_TO, n, "");
	aisp_awsf__edge(it, n, AISP_EDGE_SERVES, agent, "");
}

void aisp_awsf__mentions_finish(struct aisp_aws_facts *f)
{
	static const char *const types[] = {"bedrock:agent", "bedrock:flow", "bedrock:knowledge-base", "sagemaker:endpoint"};
	struct aisp_graph *g = f->e.g;

	for (size_t i = 0; i < f->mentions.n && !f->e.bad; i++) {
		const struct aisp_awsf__mention *m = &f->mentions.v[i];
		struct aisp_awsf__item it = {.f = f, .account = m->account, .region = m->region, .partition = AISP_S("aws"), .at = m->at};
		for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
			struct aisp_slice arn = aisp_awsf__arn_of(&it, types[t], m->value);
			aisp_node to = arn.n ? aisp_graph_find(g, arn) : 0;
			if (!to || to == aisp_graph_node_now(g, m->node))
				continue;
			enum aisp_node_kind kind = aisp_graph_node_at(g, to).kind;
			if (kind != AISP_NODE_AGENT && kind != AISP_NODE_COLLECTION && kind != AISP_NODE_INFERENCE_ENDPOINT && kind != AISP_NODE_MODEL)
				break;
			it.at.confidence = AISP_CONF_INFERRED;
			it.at.note = AISP_S("its environment names it, so it passes its callers' words on");
			if (kind == AISP_NODE_AGENT)
				passes_on(&it, m->node, to);
			else
				aisp_awsf__edge(&it, m->node, kind == AISP_NODE_COLLECTION ? AISP_EDGE_READS : AISP_EDGE_CALLS, to, "");
			break;
		}
	}
}
