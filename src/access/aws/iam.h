/* AWS IAM: is this request allowed, decided as AWS decides.
 * Rules: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html and the pages beside it.
 *
 *   explicit Deny anywhere → RCP at every level → SCP at every level → resource policy → identity policies → boundary → session
 *
 * The answer is three-valued: allowed, denied, or allowed if … : a condition key whose value is not known, or a policy that could
 * not be read, is left open and named. A condition that is left open never turns into yes or no.
 *
 * Policies are compiled once and are then immutable and shared between threads; a decision allocates only from its scratch.
 * Not for: which principals and resources there are (resolve/aws), fetching (collect/aws).
 */
#pragma once
#include "base/arena.h"
#include "base/doc.h"
#include "base/err.h"
#include "base/vec.h"

/* ---- Policy documents ---- */

/* What a document is used as: some have elements that others may not have. */
enum aisp_iam_use {
	AISP_IAM_IDENTITY, /* also boundaries and session policies */
	AISP_IAM_SCP,
	AISP_IAM_RCP,
	AISP_IAM_RESOURCE, /* bucket, key, queue …; has Principal */
	AISP_IAM_TRUST,    /* a role's AssumeRolePolicyDocument */
	AISP_IAM_ENDPOINT, /* of a VPC endpoint */
};
struct aisp_iam_policy;
/* Compiles a document; what it needs lies in the arena. JSON, or JSON with percent escapes as IAM's API answers. AISP_E_PARSE with a message that
 * says which statement and why, AISP_E_LIMIT. A statement that AWS would refuse makes the whole document invalid. */
int aisp_iam_policy_parse(struct aisp_arena *a, struct aisp_slice json, enum aisp_iam_use use, const struct aisp_iam_policy **ret, struct aisp_err *err);
int aisp_iam_policy_of_doc(struct aisp_arena *a, const struct aisp_doc *doc, enum aisp_iam_use use, const struct aisp_iam_policy **ret, struct aisp_err *err);
uint32_t aisp_iam_statements(const struct aisp_iam_policy *p);
struct aisp_slice aisp_iam_statement_sid(const struct aisp_iam_policy *p, uint32_t i);    /* empty if none */
bool aisp_iam_statement_allows(const struct aisp_iam_policy *p, uint32_t i);
/* JSON pointer of a statement in its document: "/Statement/3", "/Statement" where it is not an array. In the arena of the policy. */
struct aisp_slice aisp_iam_statement_pointer(const struct aisp_iam_policy *p, uint32_t i);

/* ---- Requests ---- */

enum aisp_iam_known {
	AISP_IAM_ABSENT,  /* certainly not in the request */
	AISP_IAM_KNOWN,
	AISP_IAM_UNKNOWN, /* may be there, with any value */
};
struct aisp_iam_key {
	struct aisp_slice name; /* "aws:SourceIp"; compared without case */
	enum aisp_iam_known known;
	const struct aisp_slice *values;
	uint32_t n;
	bool multivalued; /* a key that has many values, even if it is one now: operators without ForAnyValue and ForAllValues do not hold for it */
};
struct aisp_iam_context {
	const struct aisp_iam_key *keys;
	size_t n;
	enum aisp_iam_known otherwise; /* keys not listed: ABSENT (as given) or UNKNOWN (left open) */
};
enum aisp_iam_principal_kind {
	AISP_IAM_ANONYMOUS,
	AISP_IAM_ROOT,      /* an account's root user; arn:aws:iam::ACCOUNT:root */
	AISP_IAM_USER,
	AISP_IAM_ROLE,      /* a role through any session of it: what every session may do */
	AISP_IAM_SESSION,   /* one assumed-role session; role_arn set */
	AISP_IAM_FEDERATED, /* name: provider's ARN or "accounts.google.com", as in Principal.Federated */
	AISP_IAM_FEDERATED_USER, /* GetFederationToken */
	AISP_IAM_SERVICE,   /* name: "lambda.amazonaws.com" */
	AISP_IAM_ANY_AWS,   /* somebody with an AWS account of their own, not further known: what "everybody in AWS" may do */
};
struct aisp_iam_principal {
	enum aisp_iam_principal_kind kind;
	struct aisp_slice arn, role_arn, name, account, user_id; /* role_arn of a GetFederationToken session: the user's; may be empty */
	bool service_linked; /* SCPs and RCPs do not bind it */
};
struct aisp_iam_request {
	struct aisp_iam_principal principal;
	struct aisp_slice action;           /* "s3:GetObject", any case */
	struct aisp_slice resource;         /* ARN or "*"; may contain * and ?: then the question is about one witness that no narrower pattern names */
	struct aisp_slice resource_account; /* empty: the principal's */
	struct aisp_iam_context context;    /* what follows from the principal (aws:PrincipalArn, aws:PrincipalAccount, …) and the resource is added where it is not listed */
};
struct aisp_iam_named {
	struct aisp_slice name; /* for the explanation: the policy's ARN or "inline NAME" */
	const struct aisp_iam_policy *policy; /* NULL: attached, but could not be read: decides "if" */
};
struct aisp_iam_set {
	const struct aisp_iam_named *v;
	size_t n;
};
struct aisp_iam_level { /* of the organisation, from root to account */
	struct aisp_slice name;
	struct aisp_iam_set policies;
};
enum { /* what could not be read at all; the decision is then at best conditional */
	AISP_IAM_UNREAD_IDENTITY = 1, AISP_IAM_UNREAD_RESOURCE = 2, AISP_IAM_UNREAD_BOUNDARY = 4, AISP_IAM_UNREAD_SCP = 8, AISP_IAM_UNREAD_RCP = 16,
};
/* All that bears on a request. */
struct aisp_iam_bearing {
	struct aisp_iam_set identity; /* attached, inline, of groups */
	const struct aisp_iam_set *boundary; /* NULL: none */
	const struct aisp_iam_set *session;  /* NULL: none */
	const struct aisp_iam_level *scp; size_t n_scp; /* of the principal's account; 0: no organisation (or its management account) */
	const struct aisp_iam_level *rcp; size_t n_rcp; /* of the resource's account; AWS' own RCPFullAWSAccess need not be listed */
	const struct aisp_iam_named *resource; /* the resource's (key's, role's trust) policy; NULL: it has none */
	const struct aisp_iam_set *endpoint;   /* VPC endpoint the request goes through; NULL: none */
	bool s3_block_public_policy; /* RestrictPublicBuckets and its kin hold for the bucket */
	unsigned unread; /* AISP_IAM_UNREAD_… */
};

/* ---- Decisions ---- */

enum aisp_iam_verdict { AISP_IAM_DENIED, AISP_IAM_CONDITIONAL, AISP_IAM_ALLOWED };
enum aisp_iam_layer {
	AISP_IAM_L_IDENTITY, AISP_IAM_L_RESOURCE, AISP_IAM_L_BOUNDARY, AISP_IAM_L_SESSION, AISP_IAM_L_SCP, AISP_IAM_L_RCP, AISP_IAM_L_ENDPOINT,
	AISP_IAM_L_S3_BLOCK, AISP_IAM_L_BUILTIN /* what AWS does without a document: GetCallerIdentity, an account's own root, service-linked roles */
};
const char *aisp_iam_layer_name(enum aisp_iam_layer l);
/* One statement that had a say. */
struct aisp_iam_step {
	enum aisp_iam_layer layer;
	uint8_t level;       /* of SCP, RCP */
	bool deny;           /* its effect */
	uint32_t policy;     /* index into the layer's set */
	uint32_t statement;
	struct aisp_slice open; /* what must hold for it to match, in plain terms ("aws:SourceIp is in 10.0.0.0/8"); empty: it matches */
};
struct aisp_iam_decision {
	enum aisp_iam_verdict verdict;
	enum aisp_iam_layer by;  /* which layer decided: for a denial the first that refuses; else the layer that grants (across accounts: RESOURCE) */
	bool explicit_deny;
	/* All statements that match or might, whether or not they changed the outcome: every Allow in its layer, every Deny. */
	const struct aisp_iam_step *steps;
	uint32_t n_steps;
	struct aisp_slice open; /* CONDITIONAL: the whole condition, joined with " and "; alternatives with " or " in parentheses */
};
struct aisp_iam_scratch;
struct aisp_iam_scratch *aisp_iam_scratch_new(void); /* one a thread; NULL: out of memory */
void aisp_iam_scratch_free(struct aisp_iam_scratch *s);
/* What is in ret lies in the scratch until its next use. Without steps (quick) only verdict, by and explicit_deny are set. */
int aisp_iam_decide(const struct aisp_iam_request *q, const struct aisp_iam_bearing *b, struct aisp_iam_scratch *s, bool quick,
                    struct aisp_iam_decision *ret, struct aisp_err *err);

/* ---- What the pieces are good for elsewhere ---- */

/* The resource patterns (Resource, NotResource negated) of the Allow statements that could ever allow this action, for finding witnesses and classes of resources. */
struct aisp_iam_pattern {
	struct aisp_slice text; /* with variables unresolved */
	uint32_t statement;
	bool allow, negated;    /* negated: everything but (NotResource) */
};
int aisp_iam_patterns(const struct aisp_iam_policy *p, struct aisp_slice action, struct aisp_arena *a, const struct aisp_iam_pattern **ret, size_t *n, struct aisp_err *err);
/* What a statement says, as written. Without an element its list is empty (a trust policy has no Resource). */
struct aisp_iam_lists {
	const struct aisp_slice *actions, *resources;
	size_t n_actions, n_resources;
	bool not_action, not_resource; /* the list is that of NotAction, NotResource */
	bool conditional;              /* it has a Condition */
};
struct aisp_iam_lists aisp_iam_statement_lists(const struct aisp_iam_policy *p, uint32_t i);
/* IAM wildcards: * and ? cross every character (Action, StringLike; a Resource's stay within an ARN's segments). n*m at worst, never recursive. */
bool aisp_iam_match(struct aisp_slice pattern, struct aisp_slice text, bool ignore_case);
struct aisp_arn {
	struct aisp_slice partition, service, region, account, resource; /* resource: all behind the fifth colon */
};
bool aisp_arn_split(struct aisp_slice arn, struct aisp_arn *ret);
