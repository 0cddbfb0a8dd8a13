/* Where data lies: buckets, keys, secrets, tables, queues, search domains, databases. Each function takes any part of the thing that an
 * answer tells (its policy, its tags, its block of public access): what is not there says nothing.
 */
#include "collect/aws/facts_int.h"

/* ---- S3 ---- */

static void public_block(struct aisp_awsf__item *it, aisp_node n, const struct aisp_doc *d)
{
	static const char *const names[] = {"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (aisp_doc_bool(aisp_awsf__get(d, names[i]), false))
			aisp_emit_item(&it->f->e, n, "s3_block_public", aisp_slice_z(names[i]));
}

void aisp_awsf__account_block(struct aisp_awsf__item *it)
{
	struct aisp_slice account = aisp_awsf__str(it->about, "AccountId");

	public_block(it, aisp_awsf__account(it, account.n ? account : it->account), it->d);
}

/* What everybody was granted by ACL (https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html); access control lists of
 * accounts are noted only. */
static void acl(struct aisp_awsf__item *it)
{
	AISP_AWS__EACH(it, "Grants", in) {
		struct aisp_slice uri = aisp_awsf__str(in.d, "Grantee.URI"), right = aisp_awsf__str(in.d, "Permission");
		bool all = aisp_slice_ends(uri, AISP_S("/groups/global/AllUsers")), any = aisp_slice_ends(uri, AISP_S("/groups/global/AuthenticatedUsers"));
		if (!all && !any)
			continue;
		aisp_emit_item(&it->f->e, it->node, "acl", aisp_emit_fmt(&it->f->e, "%s:%.*s", all ? "AllUsers" : "AuthenticatedUsers", AISP_FMT(right)));
		aisp_node who = aisp_awsf__node(&in, AISP_NODE_GROUP, all ? AISP_S("aws:anonymous") : AISP_S("aws:anyone"));
		aisp_emit_strz(&it->f->e, who, "name", all ? "everybody (no credentials)" : "everybody with an AWS account");
		struct aisp_edge_in ctl = {.control = aisp_emit_fmt(&it->f->e, "%.*s#acl/%s/%.*s", AISP_FMT(it->arn), all ? "AllUsers" : "AuthenticatedUsers", AISP_FMT(right))};
		aisp_edge e = aisp_emit_edge_in(&it->f->e, who, AISP_EDGE_GRANTED, it->node, &ctl, &in.at);
		aisp_emit_edge_str(&it->f->e, e, "permission", right);
	}
}

void aisp_awsf__bucket(struct aisp_awsf__item *it)
{
	struct aisp_emit *e = &it->f->e;
	const struct aisp_doc *block = aisp_awsf__get(it->d, "PublicAccessBlockConfiguration");
	struct aisp_slice region = aisp_awsf__str(it->d, "BucketRegion|LocationConstraint");
	static const char rule[] = "ServerSideEncryptionConfiguration.Rules.ApplyServerSideEncryptionByDefault.KMSMasterKeyID|"
				   "BucketEncryption.ServerSideEncryptionConfiguration.ServerSideEncryptionByDefault.KMSMasterKeyID|"
				   "ServerSideEncryptionConfiguration.Rule.ApplyServerSideEncryptionByDefault.KMSMasterKeyID|Rule.ApplyServerSideEncryptionByDefault.KMSMasterKeyID";

	public_block(it, it->node, block ? block : it->d);
	if (aisp_slice_eqz(it->a->operation, "get-bucket-location") && !region.n)
		region = AISP_S("us-east-1");
	aisp_emit_str(e, it->node, "region", aisp_slice_eqz(region, "EU") ? AISP_S("eu-west-1") : region);
	aisp_awsf__kms(it, aisp_awsf__str(it->d, rule));
	aisp_emit_str(e, it->node, "object_ownership", aisp_awsf__str(it->d, "OwnershipControls.Rules.ObjectOwnership|OwnershipControls.Rule.ObjectOwnership|Rule.ObjectOwnership"));
	acl(it);
}

/* ---- KMS ---- */

void aisp_awsf__kms_key(struct aisp_awsf__item *it)
{
	aisp_emit_str(&it->f->e, it->node, "description", aisp_awsf__str(it->d, "Description"));
	aisp_emit_str(&it->f->e, it->node, "key_state", aisp_awsf__str(it->d, "KeyState"));
	aisp_emit_str(&it->f->e, it->node, "key_manager", aisp_awsf__str(it->d, "KeyManager"));
}

void aisp_awsf__kms_alias(struct aisp_awsf__item *it)
{
	struct aisp_slice key = aisp_awsf__str(it->d, "TargetKeyId|TargetKeyArn"), arn = aisp_awsf__str(it->d, "AliasArn|Arn");
	aisp_node n = key.n ? aisp_awsf__named_as(it, "kms:key", key) : 0;

	if (!n)
		return;
	aisp_emit_str(&it->f->e, n, "name", aisp_awsf__str(it->d, "AliasName|Name"));
	aisp_emit_alias(&it->f->e, n, arn);
}

void aisp_awsf__kms_grant(struct aisp_awsf__item *it)
{
	struct aisp_slice key = aisp_awsf__str_or_about(it, "KeyId"), who = aisp_awsf__str(it->d, "GranteePrincipal"), id = aisp_awsf__str(it->d, "GrantId");
	aisp_node n = aisp_awsf__named_as(it, "kms:key", key), to = aisp_slice_starts(who, AISP_S("arn:")) ? aisp_awsf__named(it, who) : 0;

	if (!n || !to)
		return;
	struct aisp_edge_in in = {.control = aisp_emit_fmt(&it->f->e, "%.*s#grant/%.*s", AISP_FMT(key), AISP_FMT(id))};
	aisp_edge e = aisp_emit_edge_in(&it->f->e, to, AISP_EDGE_GRANTED, n, &in, &it->at);
	AISP_AUTOBUF struct aisp_buf b = {0};
	aisp_buf_init(&b, 4096);
	AISP_AWS__EACH(it, "Operations", op)
		aisp_buf_printf(&b, "%s%.*s", b.n ? "," : "", AISP_FMT(aisp_doc_str(op.d)));
	if (!b.bad)
		aisp_emit_edge_str(&it->f->e, e, "operations", aisp_buf_slice(&b));
	if (aisp_doc_count(aisp_awsf__get(it->d, "Constraints")))
		aisp_emit_edge_str(&it->f->e, e, "constraints", AISP_S("encryption context"));
}

/* ---- Secrets ---- */

void aisp_awsf__secret(struct aisp_awsf__item *it)
{
	const bool whole = aisp_slice_eqz(it->a->operation, "list-secrets") || aisp_slice_eqz(it->a->operation, "describe-secret");

	aisp_emit_str(&it->f->e, it->node, "description", aisp_awsf__str(it->d, "Description"));
	/* "If the secret is encrypted with the AWS managed key, this field is omitted": API reference, SecretListEntry. */
	if (whole && !aisp_awsf__str(it->d, "KmsKeyId").n)
		aisp_awsf__kms(it, AISP_S("alias/aws/secretsmanager"));
	aisp_emit_str(&it->f->e, it->node, "last_used", aisp_awsf__str(it->d, "LastAccessedDate"));
	if (aisp_doc_bool(aisp_awsf__get(it->d, "RotationEnabled"), false))
		aisp_emit_bool(&it->f->e, it->node, "rotated", true);
}

void aisp_awsf__parameter(struct aisp_awsf__item *it)
{
	aisp_emit_str(&it->f->e, it->node, "parameter_type", aisp_awsf__str(it->d, "Type"));
}

/* ---- Tables, queues, repositories ---- */

void aisp_awsf__table(struct aisp_awsf__item *it)
{
	int64_t rows = aisp_doc_int(aisp_awsf__get(it->d, "ItemCount"), -1);

	if (rows >= 0)
		aisp_emit_int(&it->f->e, it->node, "rows_estimated", rows);
}

void aisp_awsf__glue_table(struct aisp_awsf__item *it)
{
	struct aisp_slice db = aisp_awsf__str_or_about(it, "DatabaseName"), name = aisp_awsf__str(it->d, "Name|TableInput.Name");
	struct aisp_slice at = aisp_awsf__str(it->d, "StorageDescriptor.Location|TableInput.StorageDescriptor.Location");

	if (!it->node && db.n && name.n) {
		it->t = aisp_awsf__type_find(AISP_S("glue:table"));
		it->arn = aisp_awsf__arn_make(it, it->t, aisp_emit_fmt(&it->f->e, "%.*s/%.*s", AISP_FMT(db), AISP_FMT(name)));
		it->node = it->arn.n ? aisp_awsf__node(it, AISP_NODE_TABLE, it->arn) : 0;
		aisp_emit_strz(&it->f->e, it->node, "aws_type", "glue:table");
		aisp_emit_str(&it->f->e, it->node, "account", it->account);
		aisp_emit_str(&it->f->e, it->node, "name", name);
	}
	if (!it->node)
		return;
	if (db.n)
		aisp_awsf__edge(it, aisp_awsf__named_as(it, "glue:database", db), AISP_EDGE_HAS_DATA, it->node, "");
	aisp_awsf__edge(it, it->node, AISP_EDGE_STORED_IN, aisp_awsf__bucket_of_uri(it, at), "");
}

void aisp_awsf__queue(struct aisp_awsf__item *it)
{
	if (aisp_awsf__is(it->d, "Attributes.SqsManagedSseEnabled", "true"))
		aisp_emit_bool(&it->f->e, it->node, "encrypted", true);
}

void aisp_awsf__repository(struct aisp_awsf__item *it)
{
	struct aisp_slice uri = aisp_awsf__str(it->d, "RepositoryUri|RepositoryUrl");

	if (uri.n && uri.n < 500) /* images of it are image://URI:TAG */
		aisp_emit_str(&it->f->e, it->node, "image_prefix", aisp_emit_fmt(&it->f->e, "image://%.*s", AISP_FMT(uri)));
}

/* ---- Search ---- */

void aisp_awsf__domain(struct aisp_awsf__item *it)
{
	struct aisp_emit *e = &it->f->e;
	const struct aisp_doc *vpc = aisp_awsf__get(it->d, "VPCOptions|VpcOptions");
	struct aisp_slice host = aisp_awsf__str(it->d, "Endpoint|Endpoints.vpc");
	bool inside = aisp_awsf__list_n(it, "VPCOptions.SubnetIds") > 0;

	aisp_emit_strz(e, it->node, "store", "opensearch");
	if (host.n && host.n < 250)
		aisp_emit_alias(e, it->node, aisp_emit_fmt(e, "https://%.*s", AISP_FMT(host)));
	if (inside)
		aisp_awsf__net_member(it, it->node, aisp_awsf__get(vpc, "SecurityGroupIds"), aisp_awsf__get(vpc, "SubnetIds"), false, 443);
	else if (aisp_awsf__get(it->d, "Endpoint|AccessPolicies"))
		aisp_awsf__edge(it, aisp_awsf__internet(it), AISP_EDGE_EXPOSES, it->node, "");
}

void aisp_awsf__aoss(struct aisp_awsf__item *it)
{
	struct aisp_slice host = aisp_awsf__str(it->d, "CollectionEndpoint"), name = aisp_awsf__str(it->d, "Name");

	aisp_emit_str(&it->f->e, it->node, "name", name);
	aisp_emit_strz(&it->f->e, it->node, "store", "opensearch");
	aisp_emit_str(&it->f->e, it->node, "collection_type", aisp_awsf__str(it->d, "Type"));
	if (host.n && host.n < 250)
		aisp_emit_alias(&it->f->e, it->node, host);
	if (name.n)
		aisp_awsf__name_put(it, "aoss", name, it->arn);
}

/* The collections that a rule's pattern names ("collection/docs-*", "index/docs/…"): who is let in by a data access policy is granted it as
 * written (rights of IAM are needed beside it), and a network policy opens them to the internet. */
static void aoss_named(struct aisp_awsf__item *it, struct aisp_slice pattern, const struct aisp_doc *who, bool open)
{
	struct aisp_graph *g = it->f->e.g;

	for (size_t k = 0; k < it->f->arns.n && k < 10000 && !it->f->e.bad; k++) {
		struct aisp_slice arn = it->f->arns.v[k];
		aisp_node n = aisp_slice_find(arn, AISP_S(":aoss:")) == SIZE_MAX ? 0 : aisp_graph_find(g, arn);
		if (!n || !aisp_slice_glob(pattern, aisp_graph_prop(g, n, "name")))
			continue;
		if (open)
			aisp_awsf__edge(it, aisp_awsf__internet(it), AISP_EDGE_EXPOSES, n, "AllowFromPublic");
		for (uint32_t i = 0; i < aisp_doc_count(who) && i < 500; i++) {
			struct aisp_slice arn_of = aisp_doc_str(aisp_doc_at(who, i));
			if (aisp_slice_starts(arn_of, AISP_S("arn:")))
				aisp_awsf__edge(it, aisp_awsf__named(it, arn_of), AISP_EDGE_GRANTED, n, "Principal");
		}
	}
}

static void aoss_rules(struct aisp_awsf__item *it, const struct aisp_doc *block)
{
	const struct aisp_doc *rules = aisp_awsf__get(block, "Rules"), *who = aisp_awsf__get(block, "Principal");
	bool open = aisp_doc_bool(aisp_awsf__get(block, "AllowFromPublic"), false);

	for (uint32_t r = 0; r < aisp_doc_count(rules) && r < 100; r++) {
		const struct aisp_doc *list = aisp_awsf__get(aisp_doc_at(rules, r), "Resource");
		for (uint32_t i = 0; i < aisp_doc_count(list) && i < 100; i++) {
			struct aisp_slice pattern = aisp_doc_str(aisp_doc_at(list, i));
			if (!aisp_slice_starts(pattern, AISP_S("collection/")) && !aisp_slice_starts(pattern, AISP_S("index/")))
				continue;
			pattern = aisp_slice_from(pattern, aisp_slice_chr(pattern, '/') + 1);
			pattern = aisp_slice_to(pattern, aisp_slice_chr(pattern, '/') == SIZE_MAX ? pattern.n : aisp_slice_chr(pattern, '/'));
			aoss_named(it, pattern, who, open);
		}
	}
}

/* Data access policies ([{Rules, Principal}]) and network policies ([{Rules, AllowFromPublic}]) are lists, not IAM documents. */
void aisp_awsf__aoss_policy(struct aisp_awsf__item *it)
{
	struct aisp_slice name = aisp_awsf__str(it->d, "name"), type = aisp_awsf__str(it->d, "type");
	const struct aisp_doc *policy = aisp_awsf__get(it->d, "policy"), *parsed = policy;
	const struct aisp_doc_limits limits = {.max_bytes = 1 << 20, .max_depth = 16, .max_values = 20000};

	if (!policy || !name.n || !type.n || name.n > 64 || type.n > 20)
		return;
	if (policy->type == AISP_DOC_STR && aisp_json_parse(it->f->arena, policy->s, &limits, &parsed, NULL) < 0)
		return;
	it->arn = aisp_emit_fmt(&it->f->e, "arn:%.*s:aoss:%.*s:%.*s:policy/%.*s/%.*s", AISP_FMT(it->partition), AISP_FMT(it->region), AISP_FMT(it->account), AISP_FMT(type),
				AISP_FMT(name));
	for (uint32_t i = 0; parsed->type == AISP_DOC_ARR && i < parsed->n && i < 100; i++)
		aoss_rules(it, &parsed->items[i]);
	if (parsed->type == AISP_DOC_OBJ)
		aoss_rules(it, parsed);
}

/* ---- Databases ---- */

/* The server's address is the id by which the database's own collector and connection strings know it. */
static void address(struct aisp_awsf__item *it, struct aisp_slice host, int64_t port)
{
	struct aisp_slice engine = aisp_awsf__str(it->d, "Engine");
	const struct aisp_doc *iam = aisp_awsf__get(it->d, "IAMDatabaseAuthenticationEnabled|EnableIAMDatabaseAuthentication");
	bool postgres = aisp_slice_find(engine, AISP_S("postgres")) != SIZE_MAX, mysql = aisp_slice_find(engine, AISP_S("mysql")) != SIZE_MAX || aisp_slice_find(engine, AISP_S("maria")) != SIZE_MAX;

	aisp_emit_str(&it->f->e, it->node, "engine", engine);
	aisp_emit_str(&it->f->e, it->node, "resource_id", aisp_awsf__str(it->d, "DbiResourceId|DbClusterResourceId|ClusterResourceId|ResourceId"));
	if (iam && iam->type == AISP_DOC_BOOL)
		aisp_emit_bool(&it->f->e, it->node, "iam_auth", iam->b);
	if (!host.n || host.n > 250)
		return;
	aisp_emit_str(&it->f->e, it->node, "host", host);
	if (!postgres && !mysql)
		return;
	const struct aisp_slice place = aisp_emit_fmt(&it->f->e, "%s://%.*s:%lld", postgres ? "postgres" : "mysql", AISP_FMT(host), (long long)(port > 0 && port < 65536 ? port : postgres ? 5432 : 3306));
	aisp_emit_alias(&it->f->e, it->node, place);
	aisp_emit_str(&it->f->e, it->node, "address", place);
}

/* The master user, and the secret in which RDS keeps its password: who reads the secret is that role of the database. */
static void master(struct aisp_awsf__item *it, struct aisp_slice host, int64_t port)
{
	struct aisp_emit *e = &it->f->e;
	struct aisp_slice user = aisp_awsf__str(it->d, "MasterUsername"), secret = aisp_awsf__str(it->d, "MasterUserSecret.SecretArn");
	if (!secret.n)
		return;
	const aisp_node kept = aisp_awsf__named(it, secret);
	aisp_awsf__edge(it, it->node, AISP_EDGE_TAKES_FROM, kept, "MasterUserSecret");
	if (!user.n || user.n > 63 || !host.n || host.n > 250 || aisp_slice_find(aisp_awsf__str(it->d, "Engine"), AISP_S("postgres")) == SIZE_MAX)
		return;
	const aisp_node credential = aisp_awsf__node(it, AISP_NODE_CREDENTIAL, aisp_emit_fmt(e, "credential://%.*s/password", AISP_FMT(secret)));
	const aisp_node role = aisp_awsf__node(it, AISP_NODE_DB_ROLE, aisp_emit_fmt(e, "postgres://%.*s:%lld#role/%.*s", AISP_FMT(host), (long long)(port > 0 && port < 65536 ? port : 5432), AISP_FMT(user)));
	aisp_emit_strz(e, credential, "credential_kind", "database login");
	aisp_emit_str(e, role, "name", user);
	aisp_emit_bool(e, role, "login", true);
	aisp_awsf__edge(it, kept, AISP_EDGE_HOLDS, credential, "MasterUserSecret");
	aisp_awsf__edge(it, credential, AISP_EDGE_AUTHENTICATES, role, "MasterUsername");
}

void aisp_awsf__db(struct aisp_awsf__item *it)
{
	const struct aisp_doc *ep = aisp_awsf__get(it->d, "Endpoint");
	struct aisp_slice host = aisp_awsf__str(it->d, "Endpoint.Address|Address");
	int64_t port = aisp_doc_int(aisp_awsf__get(ep, "Port"), aisp_doc_int(aisp_awsf__get(it->d, "Port"), 0));
	bool open = aisp_doc_bool(aisp_awsf__get(it->d, "PubliclyAccessible"), false);

	address(it, host, port);
	aisp_emit_bool(&it->f->e, it->node, "publicly_accessible", open);
	aisp_awsf__net_member(it, it->node, aisp_awsf__get(it->d, "VpcSecurityGroups|VpcSecurityGroupIds"), aisp_awsf__get(it->d, "DBSubnetGroup.Subnets"), open, (uint16_t)(port > 0 && port < 65536 ? port : 0));
	struct aisp_slice cluster = aisp_awsf__str(it->d, "DBClusterIdentifier|ClusterIdentifier");
	if (cluster.n)
		aisp_awsf__edge(it, aisp_awsf__named_as(it, "rds:cluster", cluster), AISP_EDGE_HAS_DATA, it->node, "");
	master(it, host, port);
}

void aisp_awsf__db_cluster(struct aisp_awsf__item *it)
{
	int64_t port = aisp_doc_int(aisp_awsf__get(it->d, "Port"), 0);

	address(it, aisp_awsf__str(it->d, "Endpoint"), port);
	master(it, aisp_awsf__str(it->d, "Endpoint"), port);
	aisp_awsf__net_member(it, it->node, aisp_awsf__get(it->d, "VpcSecurityGroups|VpcSecurityGroupIds"), NULL, aisp_doc_bool(aisp_awsf__get(it->d, "PubliclyAccessible"), false),
	                     (uint16_t)(port > 0 && port < 65536 ? port : 0));
}
