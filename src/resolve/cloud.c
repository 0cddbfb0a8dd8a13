/* Names in code and manifests that mean something in a cloud: a data set's bucket, an image's repository, a node's instance and the role that its metadata
 * service hands out. The name says where it lies, so no guess is needed; where the thing itself is not known, nothing is made up.
 */
#include "resolve/resolve_int.h"

static const char *const partitions[] = {"aws", "aws-cn", "aws-us-gov"};

static void keep(struct aisp_resolve *r, aisp_node n, aisp_node place, const char *join, const char *note)
{
	const struct aisp_because why = {.join = join, .confidence = AISP_CONF_INFERRED, .note = aisp_slice_z(note), .node = n};
	if (place && place != n && !aisp_resolve__joined(r, n, AISP_EDGE_STORED_IN, place))
		aisp_resolve__edge(r, n, AISP_EDGE_STORED_IN, place, &why);
}

/* "s3://bucket/key" */
static void bucket_of(struct aisp_resolve *r, aisp_node n)
{
	const struct aisp_slice id = aisp_graph_node_at(r->g, n).id;
	struct aisp_slice rest = aisp_slice_from(id, sizeof "s3://" - 1), bucket;
	if (!aisp_slice_starts(id, AISP_S("s3://")) || !aisp_slice_split(&rest, '/', &bucket) || bucket.n == 0)
		return;
	for (size_t i = 0; i < sizeof partitions / sizeof *partitions; i++)
		keep(r, n, aisp_graph_find(r->g, aisp_resolve__fmt(r, "arn:%s:s3:::%.*s", partitions[i], AISP_FMT(bucket))), "s3-url-to-bucket", "the URL names the bucket");
}

/* "image://ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG" */
static void repository_of(struct aisp_resolve *r, aisp_node n)
{
	const struct aisp_slice id = aisp_graph_node_at(r->g, n).id;
	struct aisp_slice name = aisp_slice_from(id, sizeof "image://" - 1), host, account, part, region;
	uint64_t digits;
	if (!aisp_slice_starts(id, AISP_S("image://")) || !aisp_slice_split(&name, '/', &host) || !aisp_slice_split(&host, '.', &account) || account.n != 12 ||
	    !aisp_slice_u64(account, &digits) || !aisp_slice_split(&host, '.', &part) || !aisp_slice_eqz(part, "dkr") || !aisp_slice_split(&host, '.', &part) ||
	    !aisp_slice_starts(part, AISP_S("ecr")) || !aisp_slice_split(&host, '.', &region) || !aisp_slice_starts(host, AISP_S("amazonaws.com")))
		return;
	const size_t digest = aisp_slice_chr(name, '@'), tag = aisp_slice_rchr(name, ':');
	if (digest != SIZE_MAX)
		name = aisp_slice_to(name, digest);
	else if (tag != SIZE_MAX)
		name = aisp_slice_to(name, tag);
	const size_t late = aisp_slice_chr(name, ':'); /* a tag before a digest */
	if (late != SIZE_MAX)
		name = aisp_slice_to(name, late);
	for (size_t i = 0; i < sizeof partitions / sizeof *partitions; i++)
		keep(r, n, aisp_graph_find(r->g, aisp_resolve__fmt(r, "arn:%s:ecr:%.*s:%.*s:repository/%.*s", partitions[i], AISP_FMT(region), AISP_FMT(account), AISP_FMT(name))),
		     "image-to-registry", "the image's name names the registry's repository");
}

/* "arn:aws:ec2:REGION:ACCOUNT:instance/i-…" is what a cluster calls aws:i-…: one machine. */
static void one_machine(struct aisp_resolve *r, aisp_node n)
{
	const struct aisp_slice id = aisp_graph_node_at(r->g, n).id, name = aisp_slice_basename(id);
	if (!aisp_slice_starts(id, AISP_S("arn:")) || aisp_slice_find(id, AISP_S(":instance/i-")) == SIZE_MAX || !aisp_slice_starts(name, AISP_S("i-")))
		return;
	const struct aisp_slice alias = aisp_resolve__fmt(r, "aws:%.*s", AISP_FMT(name));
	const aisp_node node = aisp_graph_find(r->g, alias);
	if (node && node != n && aisp_slice_starts(aisp_graph_node_at(r->g, node).id, AISP_S("k8s://")))
		aisp_resolve__fail(r, aisp_graph_add_alias(r->g, n, alias, r->source, r->err));
}

/* What a machine's metadata service hands out is a session of the machine's role. */
static void metadata_role(struct aisp_resolve *r, aisp_node n)
{
	const struct aisp_slice of = aisp_graph_prop(r->g, n, "metadata_of");
	const aisp_node machine = of.n ? aisp_graph_find(r->g, of) : 0;
	for (aisp_edge e = machine ? aisp_resolve__out(r, machine, AISP_EDGE_RUNS_AS, 0) : 0; e && !r->bad; e = aisp_resolve__out(r, machine, AISP_EDGE_RUNS_AS, e)) {
		const aisp_node role = aisp_resolve__to(r, e);
		const struct aisp_slice condition = aisp_graph_edge_at(r->g, e).condition;
		const struct aisp_because why = {.join = "metadata-to-role", .confidence = AISP_CONF_INFERRED, .from = {e}, .node = n,
			.note = AISP_S("the machine's metadata service gives out credentials of the machine's role"),
			.condition = condition.n ? aisp_resolve__fmt(r, "%.*s", AISP_FMT(condition)).p : NULL};
		if (aisp_graph_node_at(r->g, role).kind == AISP_NODE_ROLE && !aisp_resolve__joined(r, n, AISP_EDGE_AUTHENTICATES, role))
			aisp_resolve__edge(r, n, AISP_EDGE_AUTHENTICATES, role, &why);
	}
}

void aisp_resolve__cloud(struct aisp_resolve *r)
{
	static const enum aisp_node_kind of_buckets[] = {AISP_NODE_DATASET, AISP_NODE_MODEL_FILE, AISP_NODE_PROMPT_LOG, AISP_NODE_TRAINING_JOB};
	for (size_t i = 0; i < sizeof of_buckets / sizeof *of_buckets; i++)
		aisp_resolve__each(r, of_buckets[i], bucket_of);
	aisp_resolve__each(r, AISP_NODE_IMAGE, repository_of);
	aisp_resolve__each(r, AISP_NODE_MACHINE, one_machine);
	aisp_resolve__each(r, AISP_NODE_CREDENTIAL, metadata_role);
}
