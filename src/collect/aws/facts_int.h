/* Inside the parsers of collect/aws (names begin aisp_awsf__: f for facts; resolve/aws and the fetcher have aisp_aws__). A document is a tree of items; an item is one resource, principal or relation, whatever wrote it:
 * the API's answer ("RoleName"), AWS Config ("roleName"), Terraform's state ("role_name"), a CloudFormation template. So members are
 * looked up without regard to case and underscores, and one function per type of resource serves all of these.
 *
 *   answer ─▶ shape (shapes.c: where its items are) ─▶ item ─▶ type (types.c) ─▶ node, properties, RUNS_AS, policy, then `more`
 *   finish: what one item says of another (instance profiles, endpoint configurations, security groups) is joined
 *
 * Everything is kept as slices into the documents or the arena until finish. No failure is lost: emit is sticky.
 */
#pragma once
#include "base/map.h"
#include "collect/aws/parse.h"
#include "collect/files/emit.h"

struct aisp_awsf__item;
struct aisp_awsf__type {
	const char *type;          /* "lambda:function"; name in the catalogue of actions */
	enum aisp_node_kind kind;  /* NONE: a relation, only `more` is called */
	const char *arn;           /* behind "arn:PARTITION:", with {r} region, {a} account, {n} name */
	const char *names, *arns;  /* members, the first that is there: "FunctionName|Name" */
	const char *role, *kms, *policy;
	const char *provider;
	void (*more)(struct aisp_awsf__item *it);
};
extern const struct aisp_awsf__type aisp_awsf__types[];
extern const size_t aisp_awsf__type_count;
const struct aisp_awsf__type *aisp_awsf__type_find(struct aisp_slice type);
const struct aisp_awsf__type *aisp_awsf__type_of_arn(struct aisp_slice arn);
/* "aws_iam_role", "AWS::IAM::Role"; NULL: none of ours. */
const struct aisp_awsf__type *aisp_awsf__type_spelt(struct aisp_slice name);

struct aisp_awsf__shape {
	const char *service, *operation;
	const char *list;  /* path to the items through lists: "Reservations.Instances"; "": the answer itself */
	const char *type;  /* row of types.c, NULL: only `more` */
	const char *about; /* parameter with the name (or ARN) of the item asked about; NULL */
	const char *unread; /* what is not known of it when the operation fails */
	void (*more)(struct aisp_awsf__item *it); /* after the type's; NULL */
};
extern const struct aisp_awsf__shape aisp_awsf__shapes[];
extern const size_t aisp_awsf__shape_count;
const struct aisp_awsf__shape *aisp_awsf__shape_find(struct aisp_slice service, struct aisp_slice operation);

struct aisp_awsf__item {
	struct aisp_aws_facts *f;
	const struct aisp_aws_answer *a;
	const struct aisp_doc *d, *about; /* about: the question's parameters as a document; may be NULL */
	const struct aisp_awsf__type *t;   /* may be NULL */
	const struct aisp_awsf__shape *shape;
	struct aisp_place at;             /* of the item */
	struct aisp_slice account, region, partition;
	struct aisp_slice arn, name;
	aisp_node node;
	struct aisp_slice given;          /* the ARN, where what stands around the item says it (AWS Config) */
	bool declared;                    /* from a template, plan or state: what it does not say is not there */
};

/* What is known of a principal when all is read. */
enum { AISP_AWS__SEEN = 1, AISP_AWS__ATTACHED = 2, AISP_AWS__INLINE = 4, AISP_AWS__TRUST = 8, AISP_AWS__GROUPS = 16, AISP_AWS__DECLARED = 32, AISP_AWS__NAMED = 64 };
struct aisp_awsf__through { /* from gets the edges of this kind that via has, as edges of kind `as` */
	aisp_node from, via;
	enum aisp_edge_kind kind, as;
	struct aisp_place at;
};
struct aisp_awsf__port_range {
	uint16_t from, to;
};
/* The network, gathered from ec2's answers and decided in net.c. Ids are sg-…, subnet-…, vpc-… */
struct aisp_awsf__sg_rule {
	struct aisp_slice sg, cidr, peer; /* one of cidr, peer; of ::/0 too */
	struct aisp_awsf__port_range ports;
	bool tcp_like;                    /* tcp or all protocols */
	struct aisp_place at;
};
struct aisp_awsf__acl_rule {
	struct aisp_slice acl, cidr;
	int64_t number;
	bool allow, egress;
	struct aisp_awsf__port_range ports;
	bool tcp_like;
};
struct aisp_awsf__pair {
	struct aisp_slice a, b;
};
struct aisp_awsf__member { /* what has a place in the network: an instance, a database, a function */
	aisp_node node;
	struct aisp_slice sg, subnet, vpc; /* one security group and subnet each; several: several members */
	bool is_public;                    /* has a public address, or is told to have one */
	uint16_t port;                     /* 0: any */
	struct aisp_place at;
};
struct aisp_awsf__mention { /* a workload is handed this id or ARN */
	aisp_node node;
	struct aisp_slice value;
	struct aisp_place at;
	struct aisp_slice account, region;
};
struct aisp_awsf__assignment {
	aisp_node principal;
	struct aisp_slice account, permission_set;
	struct aisp_place at;
};
struct aisp_awsf__net {
	AISP_VEC(struct aisp_awsf__sg_rule) sg_rules;
	AISP_VEC(struct aisp_awsf__acl_rule) acl_rules;
	AISP_VEC(struct aisp_awsf__pair) acl_subnets;    /* subnet, acl */
	AISP_VEC(struct aisp_awsf__pair) route_subnets;  /* subnet, table */
	AISP_VEC(struct aisp_awsf__pair) main_tables;    /* vpc, table */
	AISP_VEC(struct aisp_awsf__pair) subnet_vpcs;    /* subnet, vpc */
	AISP_VEC(struct aisp_slice) open_tables;        /* with a route to an internet gateway */
	AISP_VEC(struct aisp_awsf__member) members;
	bool sgs_read, acls_read, routes_read;
	uint32_t steps;
};

enum aisp_awsf__form { AISP_AWS__NONE, AISP_AWS__ENVELOPE, AISP_AWS__ANSWER, AISP_AWS__CONFIG, AISP_AWS__TFSTATE, AISP_AWS__TFSHOW, AISP_AWS__TEMPLATE, AISP_AWS__MODULE,
	AISP_AWS__DOCUMENT }; /* a policy on its own, which a module may read with file() */
struct aisp_awsf__record { /* an answer that waits for finish; code: it failed */
	struct aisp_aws_answer a;
	enum aisp_awsf__form form;
	struct aisp_slice code;
	enum aisp_code why;
	int rank;
};
struct aisp_aws_facts {
	struct aisp_emit e;
	struct aisp_arena *arena;
	bool live;
	AISP_VEC(struct aisp_awsf__record) answers;
	AISP_VEC(struct aisp_awsf__through) through;
	AISP_VEC(uint8_t) known;         /* by node: AISP_AWS__… */
	AISP_VEC(aisp_node) principals;  /* nodes with bits, in order */
	AISP_VEC(aisp_node) agents;      /* bedrock agents, for the invocation log */
	AISP_VEC(aisp_node) logs;
	struct aisp_awsf__net net;
	struct aisp_slice account, region; /* when nothing nearer says */
	struct aisp_slice repo;            /* name of the folder that is scanned; empty: none */
	struct aisp_buf unknown;           /* operations without a parser */
	size_t n_unknown;
	bool org_seen, org_policies_seen;
	bool org_failed;                   /* some question about its policies was refused */
	AISP_VEC(aisp_node) org_members;   /* accounts that are told to be of the organisation */
	AISP_VEC(struct aisp_slice) org_policies; /* ids of SCPs and RCPs */
	struct aisp_slice org_account, org_id; /* "111122223333", "o-abc" */
	AISP_VEC(struct aisp_awsf__assignment) assignments; /* of IAM Identity Center */
	AISP_VEC(struct aisp_awsf__mention) mentions;
	struct aisp_map names;             /* account, type and name of IAM things with a path → index + 1 into arns */
	AISP_VEC(struct aisp_slice) arns;
};

/* ---- Documents ---- */

/* The member; alternatives with |, paths with dots; a list on the way is looked into at its first item. */
const struct aisp_doc *aisp_awsf__get(const struct aisp_doc *d, const char *names);
struct aisp_slice aisp_awsf__str(const struct aisp_doc *d, const char *names);
/* Text of a string or number; in the arena for a number. */
struct aisp_slice aisp_awsf__text(struct aisp_awsf__item *it, const char *names);
bool aisp_awsf__is(const struct aisp_doc *d, const char *names, const char *value); /* text, without case */
/* Keys equal but for case and underscores. */
bool aisp_awsf__same_key(struct aisp_slice a, struct aisp_slice b);
/* From the item, else from the question asked. */
struct aisp_slice aisp_awsf__str_or_about(const struct aisp_awsf__item *it, const char *names);

/* ---- ARNs ---- */

bool aisp_awsf__arn_part(struct aisp_slice arn, unsigned part, struct aisp_slice *ret); /* 1 partition … 5 resource */
struct aisp_slice aisp_awsf__arn_account(struct aisp_slice arn); /* 12 digits, or empty */
struct aisp_slice aisp_awsf__arn_make(struct aisp_awsf__item *it, const struct aisp_awsf__type *t, struct aisp_slice name);
/* The ARN itself, or one of this type with this name. Empty when neither is possible. */
/* A principal with a path: its name alone leads to its ARN from now on. */
void aisp_awsf__name_put(struct aisp_awsf__item *it, const char *type, struct aisp_slice name, struct aisp_slice arn);
struct aisp_slice aisp_awsf__arn_of(struct aisp_awsf__item *it, const char *type, struct aisp_slice text);
bool aisp_awsf__is_account(struct aisp_slice s);

/* ---- Nodes ---- */

aisp_node aisp_awsf__node(struct aisp_awsf__item *it, enum aisp_node_kind kind, struct aisp_slice id);
/* The node of something that is only named; its kind is that of its ARN's type. Lambda qualifiers and object keys are cut off. */
aisp_node aisp_awsf__named(struct aisp_awsf__item *it, struct aisp_slice arn);
aisp_node aisp_awsf__named_as(struct aisp_awsf__item *it, const char *type, struct aisp_slice arn_or_name);
aisp_node aisp_awsf__account(struct aisp_awsf__item *it, struct aisp_slice account);
/* An item that lies in another: it->d is d, at its place. */
struct aisp_awsf__item aisp_awsf__inner(const struct aisp_awsf__item *it, const struct aisp_doc *d, const char *member, uint32_t index);
void aisp_awsf__add_as(struct aisp_awsf__item *it, const char *type); /* the whole item as one of this type */
void aisp_awsf__item_add(struct aisp_awsf__item *it);                 /* it->t is set */
struct aisp_edge_in aisp_awsf__control(struct aisp_awsf__item *it, const char *member); /* "ARN#member" */
void aisp_awsf__edge(struct aisp_awsf__item *it, aisp_node from, enum aisp_edge_kind kind, aisp_node to, const char *member);
void aisp_awsf__tags(struct aisp_awsf__item *it, aisp_node n, const struct aisp_doc *tags);
void aisp_awsf__kms(struct aisp_awsf__item *it, struct aisp_slice key);
void aisp_awsf__through(struct aisp_awsf__item *it, aisp_node from, aisp_node via, enum aisp_edge_kind kind, enum aisp_edge_kind as);
void aisp_awsf__knows(struct aisp_aws_facts *f, aisp_node n, unsigned bits);
/* s3://bucket/key → the bucket's node. */
aisp_node aisp_awsf__bucket_of_uri(struct aisp_awsf__item *it, struct aisp_slice uri);
/* A dataset or model file at an S3 address, stored in its bucket. */
aisp_node aisp_awsf__at_uri(struct aisp_awsf__item *it, enum aisp_node_kind kind, struct aisp_slice uri);
aisp_node aisp_awsf__model(struct aisp_awsf__item *it, struct aisp_slice id_or_arn); /* of Bedrock */
aisp_node aisp_awsf__internet(struct aisp_awsf__item *it);
/* Environment variables: {NAME: value} or [{name, value}]; values never reach the graph in clear. secrets: ECS' [{name, valueFrom}]. */
void aisp_awsf__environment(struct aisp_awsf__item *it, aisp_node holder, struct aisp_slice holder_id, const struct aisp_doc *vars,
                           const struct aisp_doc *secrets);

/* ---- Policies ---- */

/* A policy node with its document (object or text, percent-escaped or not), normalised. Unreadable: a gap, and no `document`. */
aisp_node aisp_awsf__policy(struct aisp_awsf__item *it, struct aisp_slice id, const char *policy_type, struct aisp_slice name, const struct aisp_doc *document);
void aisp_awsf__resource_policy(struct aisp_awsf__item *it, aisp_node resource, struct aisp_slice arn, const struct aisp_doc *document);
void aisp_awsf__attach(struct aisp_awsf__item *it, aisp_node principal, struct aisp_slice principal_arn, struct aisp_slice policy_arn, struct aisp_slice name);
/* The list's items as items of their own; text items have no members. */
#define AISP_AWS__EACH(it_, member_, in_) \
	for (uint32_t i_##in_ = 0, n_##in_ = aisp_awsf__list_n((it_), (member_)); i_##in_ < n_##in_ && !(it_)->f->e.bad; i_##in_++) \
		for (struct aisp_awsf__item in_ = aisp_awsf__list_at((it_), (member_), i_##in_), *once_##in_ = &in_; once_##in_; once_##in_ = NULL)
uint32_t aisp_awsf__list_n(const struct aisp_awsf__item *it, const char *member);
struct aisp_awsf__item aisp_awsf__list_at(const struct aisp_awsf__item *it, const char *member, uint32_t i);
void aisp_awsf__inline(struct aisp_awsf__item *it, aisp_node principal, struct aisp_slice principal_arn, struct aisp_slice name, const struct aisp_doc *document);

/* ---- One function per kind of item; the types' and shapes' `more` ---- */

#define AISP_AWS__MORE(X) \
	X(user) X(group) X(role) X(managed_policy) X(policy_version) X(inline_policy) X(attached) X(user_groups) X(access_key) X(access_key_used) \
	X(login_profile) X(mfa_device) X(credential_report) X(instance_profile) X(identity_provider) X(service_credential) X(membership) X(users_groups) X(policy_attachment) \
	X(org_account) X(organization) X(org_unit) X(org_root) X(org_policy) X(org_targets) X(org_children) X(caller) X(sso_instance) X(permission_set) X(permission_set_part) \
	X(sso_assignment) X(sso_user) X(sso_group) X(sso_membership) X(bucket) X(account_block) X(kms_key) X(kms_alias) X(kms_grant) X(secret) X(parameter) \
	X(function) X(function_url) X(event_source) X(ecs_cluster) X(ecs_service) X(task_definition) X(eks_cluster) X(pod_identity) X(access_entry) X(instance) \
	X(security_group) X(sg_rule) X(network_acl) X(route_table) X(subnet) X(vpc_endpoint) X(interface) X(db) X(db_cluster) X(domain) X(aoss) X(aoss_policy) \
	X(table) X(queue) X(rest_api) X(http_api) X(api_route) X(api_integration) X(api_resource) X(load_balancer) X(listener) X(target_group) X(target_health) \
	X(repository) X(stack) X(glue_table) X(foundation_model) X(custom_model) X(provisioned) X(inference_profile) X(guardrail) X(invocation_logging) \
	X(customization_job) X(agent) X(action_group) X(agent_kb) X(knowledge_base) X(data_source) X(prompt) X(flow) X(runtime) X(gateway) X(gateway_target) \
	X(code_tool) X(memory) X(sm_endpoint) X(sm_config) X(sm_model) X(notebook) X(training_job) X(processing_job) X(feature_group) X(sm_domain) X(sm_profile) \
	X(q_application) X(q_source) X(kendra_index) X(kendra_source) X(function_permission) X(agent_alias) X(state_machine) X(ssm_instance) X(access_policy) X(collaborator) \
	X(app_runner) X(build_project) X(glue_job) X(dev_endpoint) X(batch_job) X(ecs_task) X(launch_template) X(stack_set)
#define X(name) void aisp_awsf__##name(struct aisp_awsf__item *it);
AISP_AWS__MORE(X)
#undef X

void aisp_awsf__mentions_finish(struct aisp_aws_facts *f);
void aisp_awsf__org_finish(struct aisp_aws_facts *f);
void aisp_awsf__net_finish(struct aisp_aws_facts *f);
void aisp_awsf__net_done(struct aisp_awsf__net *n);
/* The item has a place in the network. */
void aisp_awsf__net_member(struct aisp_awsf__item *it, aisp_node node, const struct aisp_doc *groups, const struct aisp_doc *subnets, bool is_public, uint16_t port);

/* ---- Whole documents of other kinds (config.c, gaad.c, tfstate.c) ---- */

enum aisp_awsf__form aisp_awsf__form_of(struct aisp_aws_facts *f, const struct aisp_doc *d, struct aisp_slice path, struct aisp_aws_answer *ret);
/* gaad.c: what get-account-authorization-details has beside the users. */
void aisp_awsf__gaad(struct aisp_awsf__item *it);
/* Base64 text (RFC 4648) in the arena; empty when it is none. */
struct aisp_slice aisp_awsf__unbase64(struct aisp_aws_facts *f, struct aisp_slice s);
void aisp_awsf__config(struct aisp_aws_facts *f, const struct aisp_aws_answer *a);
void aisp_awsf__tfstate(struct aisp_aws_facts *f, const struct aisp_aws_answer *a);
/* template.c: CloudFormation templates, and the Terraform modules (folders) among the records. */
void aisp_awsf__template(struct aisp_aws_facts *f, const struct aisp_aws_answer *a);
void aisp_awsf__modules(struct aisp_aws_facts *f);
void aisp_awsf__tfshow(struct aisp_aws_facts *f, const struct aisp_aws_answer *a);
/* An item of a whole document: account and region from it or from the answer. */
struct aisp_awsf__item aisp_awsf__item_of(struct aisp_aws_facts *f, const struct aisp_aws_answer *a, const struct aisp_doc *d, struct aisp_slice pointer);
