/* SageMaker, Q Business, Kendra. */
#include "collect/aws/facts_int.h"

/* ---- Endpoints and models ---- */

static void data_capture(struct aisp_awsf__item *it)
{
	struct aisp_slice uri = aisp_awsf__str(it->d, "DataCaptureConfig.DestinationS3Uri");

	if (!uri.n || !aisp_doc_bool(aisp_awsf__get(it->d, "DataCaptureConfig.EnableCapture"), true))
		return;
	aisp_node n = aisp_awsf__node(it, AISP_NODE_PROMPT_LOG, aisp_emit_fmt(&it->f->e, "%.*s#data-capture", AISP_FMT(it->arn)));
	aisp_emit_str(&it->f->e, n, "name", aisp_emit_fmt(&it->f->e, "what %.*s is asked", AISP_FMT(it->name)));
	aisp_awsf__edge(it, it->node, AISP_EDGE_LOGS_TO, n, "DataCaptureConfig");
	aisp_awsf__edge(it, n, AISP_EDGE_STORED_IN, aisp_awsf__bucket_of_uri(it, uri), "DataCaptureConfig");
}

void aisp_awsf__sm_endpoint(struct aisp_awsf__item *it)
{
	struct aisp_slice config = aisp_awsf__str(it->d, "EndpointConfigName");

	aisp_emit_strz(&it->f->e, it->node, "auth", "required");
	aisp_emit_str(&it->f->e, it->node, "status", aisp_awsf__str(it->d, "EndpointStatus"));
	if (config.n) {
		aisp_node via = aisp_awsf__named_as(it, "sagemaker:endpoint-config", config);
		aisp_awsf__through(it, it->node, via, AISP_EDGE_SERVES, AISP_EDGE_SERVES);
		aisp_awsf__through(it, it->node, via, AISP_EDGE_RUNS_AS, AISP_EDGE_RUNS_AS);
		aisp_awsf__through(it, it->node, via, AISP_EDGE_LOADS, AISP_EDGE_LOADS);
	}
	data_capture(it);
}

void aisp_awsf__sm_config(struct aisp_awsf__item *it)
{
	data_capture(it);
	AISP_AWS__EACH(it, "ProductionVariants", in) {
		struct aisp_slice model = aisp_awsf__str(in.d, "ModelName");
		if (!model.n)
			continue;
		aisp_node n = aisp_awsf__named_as(&in, "sagemaker:model", model);
		aisp_awsf__edge(&in, it->node, AISP_EDGE_SERVES, n, "ProductionVariants");
		aisp_awsf__through(&in, it->node, n, AISP_EDGE_RUNS_AS, AISP_EDGE_RUNS_AS);
		aisp_awsf__through(&in, it->node, n, AISP_EDGE_LOADS, AISP_EDGE_LOADS);
	}
}

/* model.tar.gz may hold code/inference.py, which the container runs
 * (https://docs.aws.amazon.com/sagemaker/latest/dg/adapt-inference-container.html). */
static void container(struct aisp_awsf__item *it, const struct aisp_doc *d, const char *member, uint32_t i)
{
	struct aisp_emit *e = &it->f->e;
	struct aisp_awsf__item in = aisp_awsf__inner(it, d, member, i);
	struct aisp_slice image = aisp_awsf__str(d, "Image"), url = aisp_awsf__str(d, "ModelDataUrl|ModelDataSource.S3DataSource.S3Uri");

	if (image.n)
		aisp_awsf__edge(&in, it->node, AISP_EDGE_RUNS_IMAGE, aisp_emit_image(e, image, &in.at), member);
	aisp_node file = aisp_awsf__at_uri(&in, AISP_NODE_MODEL_FILE, url);
	if (file) {
		struct aisp_edge_in ctl = aisp_awsf__control(it, member);
		ctl.flags = aisp_slice_ends(url, AISP_S(".tar.gz")) ? AISP_EF_EXECUTES : 0;
		aisp_emit_edge_in(e, it->node, AISP_EDGE_LOADS, file, &ctl, &in.at);
	}
	aisp_awsf__environment(&in, it->node, it->arn, aisp_awsf__get(d, "Environment"), NULL);
}

void aisp_awsf__sm_model(struct aisp_awsf__item *it)
{
	const struct aisp_doc *one = aisp_awsf__get(it->d, "PrimaryContainer"), *vpc = aisp_awsf__get(it->d, "VpcConfig");

	one = one && one->type == AISP_DOC_ARR ? aisp_doc_at(one, 0) : one;
	if (one)
		container(it, one, "PrimaryContainer", UINT32_MAX);
	AISP_AWS__EACH(it, "Containers|Container", in)
		container(it, in.d, "Containers", i_in);
	if (vpc)
		aisp_awsf__net_member(it, it->node, aisp_awsf__get(vpc, "SecurityGroupIds"), aisp_awsf__get(vpc, "Subnets"), false, 0);
	aisp_emit_bool(&it->f->e, it->node, "network_isolation", aisp_doc_bool(aisp_awsf__get(it->d, "EnableNetworkIsolation"), false));
}

/* ---- Notebooks, domains ---- */

void aisp_awsf__notebook(struct aisp_awsf__item *it)
{
	struct aisp_emit *e = &it->f->e;
	struct aisp_slice direct = aisp_awsf__str(it->d, "DirectInternetAccess"), root = aisp_awsf__str(it->d, "RootAccess");

	aisp_emit_strz(e, it->node, "auth", "required"); /* its page asks for a presigned URL */
	if (direct.n)
		aisp_emit_strz(e, it->node, "public_network_access", aisp_slice_eqi(direct, AISP_S("Disabled")) ? "closed" : "open");
	if (root.n)
		aisp_emit_bool(e, it->node, "root_access", aisp_slice_eqi(root, AISP_S("Enabled")));
	aisp_emit_str(e, it->node, "status", aisp_awsf__str(it->d, "NotebookInstanceStatus"));
	aisp_emit_str(e, it->node, "lifecycle_config", aisp_awsf__str(it->d, "NotebookInstanceLifecycleConfigName"));
	aisp_awsf__net_member(it, it->node, aisp_awsf__get(it->d, "SecurityGroups|SecurityGroupIds"), aisp_awsf__get(it->d, "SubnetId"), false, 0);
}

void aisp_awsf__sm_domain(struct aisp_awsf__item *it)
{
	struct aisp_slice access = aisp_awsf__str(it->d, "AppNetworkAccessType");

	aisp_emit_str(&it->f->e, it->node, "name", aisp_awsf__str(it->d, "DomainName"));
	aisp_emit_strz(&it->f->e, it->node, "auth", "required");
	if (access.n)
		aisp_emit_strz(&it->f->e, it->node, "public_network_access", aisp_slice_eqz(access, "VpcOnly") ? "closed" : "open");
}

void aisp_awsf__sm_profile(struct aisp_awsf__item *it)
{
	struct aisp_slice domain = aisp_awsf__str(it->d, "DomainId"), name = aisp_awsf__str(it->d, "UserProfileName");
	aisp_node d = domain.n ? aisp_awsf__named_as(it, "sagemaker:domain", domain) : 0;

	if (!it->node && domain.n && name.n) {
		it->t = aisp_awsf__type_find(AISP_S("sagemaker:user-profile"));
		it->arn = aisp_awsf__arn_make(it, it->t, aisp_emit_fmt(&it->f->e, "%.*s/%.*s", AISP_FMT(domain), AISP_FMT(name)));
		it->node = it->arn.n ? aisp_awsf__node(it, AISP_NODE_NOTEBOOK, it->arn) : 0;
		aisp_emit_strz(&it->f->e, it->node, "aws_type", "sagemaker:user-profile");
		aisp_emit_str(&it->f->e, it->node, "account", it->account);
		struct aisp_slice role = aisp_awsf__str(it->d, "UserSettings.ExecutionRole");
		if (role.n)
			aisp_awsf__edge(it, it->node, AISP_EDGE_RUNS_AS, aisp_awsf__named(it, role), "UserSettings");
	}
	aisp_emit_str(&it->f->e, it->node, "name", name);
	aisp_emit_strz(&it->f->e, it->node, "auth", "required");
	aisp_awsf__edge(it, d, AISP_EDGE_CONTAINS, it->node, "");
	if (!aisp_awsf__str(it->d, "UserSettings.ExecutionRole").n) /* then the domain's */
		aisp_awsf__through(it, it->node, d, AISP_EDGE_RUNS_AS, AISP_EDGE_RUNS_AS);
}

/* ---- Jobs and data ---- */

void aisp_awsf__training_job(struct aisp_awsf__item *it)
{
	AISP_AWS__EACH(it, "InputDataConfig", in)
		aisp_awsf__edge(&in, it->node, AISP_EDGE_READS, aisp_awsf__at_uri(&in, AISP_NODE_DATASET, aisp_awsf__str(in.d, "DataSource.S3DataSource.S3Uri")), "InputDataConfig");
	aisp_node out = aisp_awsf__at_uri(it, AISP_NODE_MODEL_FILE, aisp_awsf__str(it->d, "ModelArtifacts.S3ModelArtifacts"));
	aisp_awsf__edge(it, it->node, AISP_EDGE_WRITES, out, "OutputDataConfig");
	AISP_AWS__EACH(it, "InputDataConfig", in)
		if (out)
			aisp_awsf__edge(&in, out, AISP_EDGE_TRAINED_ON, aisp_awsf__at_uri(&in, AISP_NODE_DATASET, aisp_awsf__str(in.d, "DataSource.S3DataSource.S3Uri")), "");
	aisp_awsf__environment(it, it->node, it->arn, aisp_awsf__get(it->d, "Environment"), NULL);
}

void aisp_awsf__processing_job(struct aisp_awsf__item *it)
{
	AISP_AWS__EACH(it, "ProcessingInputs", in)
		aisp_awsf__edge(&in, it->node, AISP_EDGE_READS, aisp_awsf__at_uri(&in, AISP_NODE_DATASET, aisp_awsf__str(in.d, "S3Input.S3Uri")), "ProcessingInputs");
	AISP_AWS__EACH(it, "ProcessingOutputConfig.Outputs", in)
		aisp_awsf__edge(&in, it->node, AISP_EDGE_WRITES, aisp_awsf__at_uri(&in, AISP_NODE_DATASET, aisp_awsf__str(in.d, "S3Output.S3Uri")), "ProcessingOutputConfig");
	aisp_awsf__environment(it, it->node, it->arn, aisp_awsf__get(it->d, "Environment"), NULL);
}

void aisp_awsf__feature_group(struct aisp_awsf__item *it)
{
	struct aisp_slice uri = aisp_awsf__str(it->d, "OfflineStoreConfig.S3StorageConfig.S3Uri");

	AISP_AWS__EACH(it, "FeatureDefinitions|FeatureDefinition", in)
		aisp_emit_item(&it->f->e, it->node, "columns", aisp_awsf__str(in.d, "FeatureName"));
	if (uri.n)
		aisp_awsf__edge(it, it->node, AISP_EDGE_STORED_IN, aisp_awsf__bucket_of_uri(it, uri), "OfflineStoreConfig");
}

/* ---- Q Business and Kendra ---- */

void aisp_awsf__q_application(struct aisp_awsf__item *it)
{
	aisp_emit_str(&it->f->e, it->node, "name", aisp_awsf__str(it->d, "DisplayName"));
	aisp_emit_strz(&it->f->e, it->node, "framework", "amazon-q-business");
	aisp_emit_strz(&it->f->e, it->node, "auth", "required");
}

/* A data source of an assistant or index: what people write there comes before its model. */
static void source(struct aisp_awsf__item *it, aisp_node of, struct aisp_slice of_arn, struct aisp_slice id, enum aisp_edge_kind kind)
{
	struct aisp_emit *e = &it->f->e;
	struct aisp_slice bucket = aisp_awsf__str(it->d, "Configuration.S3Configuration.BucketName|Configuration.ConnectionConfiguration.RepositoryEndpointMetadata.BucketName"
							  "|Configuration.TemplateConfiguration.Template.ConnectionConfiguration.RepositoryEndpointMetadata.BucketName");

	if (!of || !id.n || id.n > 200)
		return;
	it->arn = of_arn;
	aisp_node n = aisp_awsf__node(it, AISP_NODE_DATASET, aisp_emit_fmt(e, "%.*s#data-source/%.*s", AISP_FMT(of_arn), AISP_FMT(id)));
	aisp_emit_str(e, n, "name", aisp_awsf__str(it->d, "DisplayName|Name"));
	aisp_emit_str(e, n, "source_type", aisp_awsf__str(it->d, "Type"));
	aisp_awsf__edge(it, of, kind, n, "data-sources");
	struct aisp_slice role = aisp_awsf__str(it->d, "RoleArn");
	if (role.n)
		aisp_emit_str(e, n, "role", role);
	if (bucket.n)
		aisp_awsf__edge(it, n, AISP_EDGE_STORED_IN, aisp_awsf__named_as(it, "s3:bucket", bucket), "configuration");
}

void aisp_awsf__q_source(struct aisp_awsf__item *it)
{
	struct aisp_slice app = aisp_awsf__str_or_about(it, "ApplicationId"), arn = app.n ? aisp_awsf__arn_of(it, "qbusiness:application", app) : app;

	source(it, aisp_awsf__named(it, arn), arn, aisp_awsf__str(it->d, "DataSourceId"), AISP_EDGE_RETRIEVES_FROM);
}

void aisp_awsf__kendra_index(struct aisp_awsf__item *it)
{
	aisp_emit_str(&it->f->e, it->node, "name", aisp_awsf__str(it->d, "Name"));
}

void aisp_awsf__kendra_source(struct aisp_awsf__item *it)
{
	struct aisp_slice index = aisp_awsf__str_or_about(it, "IndexId"), arn = index.n ? aisp_awsf__arn_of(it, "kendra:index", index) : index;

	source(it, aisp_awsf__named(it, arn), arn, aisp_awsf__str(it->d, "Id"), AISP_EDGE_TRAINED_ON);
}
