/* The AWS part of a graph as one world: accounts, principals, resources and the documents that bear on them, compiled once each.
 * Built from a graph builder (while resolving) or from a snapshot (to explain); answers any request, and is the base of the edges
 * (grants.c), of the escalation paths (escalate.c) and of joins through roles' trust (federation.c).
 *
 * Shapes: docs/access.md, "Raw facts". Numbers of principals, resources and accounts are indices into the arrays.
 */
#pragma once
#include "access/aws/iam.h"
#include "graph/snapshot.h"

#define AISP_AWS_NONE UINT32_MAX

struct aisp_aws_doc { /* a policy node, compiled; policy NULL: unreadable or invalid */
	aisp_node node;
	struct aisp_slice id, type;
	const struct aisp_iam_policy *policy;
	struct aisp_slice bad; /* why it is NULL */
};
struct aisp_aws_refs { /* indices into docs */
	const uint32_t *v;
	uint32_t n;
};
struct aisp_aws_account {
	aisp_node node;
	struct aisp_slice id;       /* 12 digits */
	bool management, known;     /* known: we read it, not only its number in somebody's policy */
	const struct aisp_iam_level *scp, *rcp;
	uint32_t n_scp, n_rcp;
	unsigned unread;
	bool s3_block_public;
};
struct aisp_aws_principal {
	aisp_node node;
	enum aisp_iam_principal_kind kind; /* USER, ROLE, ROOT; and ANONYMOUS, ANY_AWS for everybody */
	struct aisp_slice arn, name, path, unique_id;
	uint32_t account;           /* index */
	struct aisp_slice tags;     /* lines k=v */
	struct aisp_aws_refs identity; /* attached, inline, and those of its groups */
	struct aisp_aws_refs boundary;
	uint32_t trust;             /* doc, NONE */
	bool service_linked;
	unsigned unread;
	uint32_t class_of;          /* principals with equal numbers have the same policies, limits and account */
	/* A form: what another principal would be after changing its own policies (escalate.h). NONE for real ones. Its arn, for requests, is the
	 * real principal's. Forms come last, and are no target of grants. */
	uint32_t form_of;
	bool any_policy;            /* has Allow * on * beside `identity` */
};
struct aisp_aws_resource {
	aisp_node node;
	enum aisp_node_kind kind;
	struct aisp_slice arn, type, region; /* type: "s3:bucket" */
	uint32_t account;
	struct aisp_slice tags;
	uint32_t policy;            /* doc, NONE */
	uint32_t kms_key;           /* resource, NONE */
	struct aisp_slice url_auth; /* of a function's URL: "NONE", "AWS_IAM"; empty: none known */
	struct aisp_slice kms_arn;  /* as written, also where no such key is known; empty: none, or one that AWS manages */
	bool aws_key;               /* encrypted with a key that AWS manages: of use to nobody in another account */
	bool s3_block_public;
	unsigned unread;
};
struct aisp_aws_world {
	struct aisp_arena *arena;
	const struct aisp_aws_doc *docs; uint32_t n_docs;
	const struct aisp_aws_account *accounts; uint32_t n_accounts;
	const struct aisp_aws_principal *principals; uint32_t n_principals;
	const struct aisp_aws_resource *resources; uint32_t n_resources; /* sorted by ARN */
};
/* Exactly one of g and s is given. Nodes with the property `form_of` are passed over. No AWS fact at all: an empty world, which costs one pass over the nodes. */
int aisp_aws_world_make(const struct aisp_graph *g, const struct aisp_snapshot *s, struct aisp_aws_world **ret, struct aisp_err *err);
void aisp_aws_world_free(struct aisp_aws_world *w);

/* A form of a principal (escalate.h): another principal like it with its own node, further policies (indices into docs; may be none), or any that it wishes. Only while nobody asks.
 * ret: its number. Forms for which all that decisions depend on is equal are one class. */
int aisp_aws_world_add_form(struct aisp_aws_world *w, uint32_t base, aisp_node node, bool any_policy, struct aisp_aws_refs further, uint32_t *ret, struct aisp_err *err);

uint32_t aisp_aws_principal_find(const struct aisp_aws_world *w, struct aisp_slice arn); /* NONE */
uint32_t aisp_aws_resource_find(const struct aisp_aws_world *w, struct aisp_slice arn);

/* One question about the world. resource_arn may name something inside a resource (an object of a bucket), something that is not there,
 * or "*"; its policy, account and key are those of the resource that it is or lies in. extra: further context (may be NULL). */
struct aisp_aws_question {
	uint32_t principal;
	struct aisp_slice action, resource_arn;
	const struct aisp_iam_key *extra;
	size_t n_extra;
	bool any_identity_policy; /* as if the principal had Allow * on * beside its own policies: what it could give itself */
	bool quick;
};
int aisp_aws_ask(const struct aisp_aws_world *w, const struct aisp_aws_question *q, struct aisp_iam_scratch *s, struct aisp_iam_decision *ret, struct aisp_err *err);
/* Name and pointer of the document behind a step of an answer: "arn:aws:iam::1:policy/p#/Statement/0". In the scratch's arena until its next use. */
struct aisp_slice aisp_aws_step_control(const struct aisp_aws_world *w, const struct aisp_aws_question *q, const struct aisp_iam_step *step, struct aisp_iam_scratch *s);
