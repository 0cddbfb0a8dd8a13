/* Inside collect/aws: fetching and parsing are apart.
 *
 *   target ─▶ credentials ─▶ operations (ops.c: one row each) ─▶ HTTP ─▶ answers in the shape of the AWS command line's JSON
 *                                                                         │            (capture: one file an answer)
 *   saved CLI output, get-account-authorization-details, Config snapshot ─┼─▶ parsers ─▶ raw facts (docs/access.md)
 *   Terraform state and plan, CloudFormation ─────────────────────────────┘
 *
 * An answer is a JSON object as `aws SERVICE OPERATION` prints it; pages joined. Live answers in XML are turned into that shape by xml.c. Policy documents
 * may be objects or text with percent escapes.
 */
#pragma once
#include "base/arena.h"
#include "base/doc.h"
#include "base/vec.h"
#include "collect/collect.h"

/* ---- Parsing: answers to facts. Pure ---- */

struct aisp_aws_facts; /* where parsers write: the builder with a sticky failure, and what later answers complete (a bucket's region, an instance profile's role) */
struct aisp_aws_answer {
	struct aisp_slice service, operation; /* "iam", "list-roles": as on the command line */
	struct aisp_slice account, region;    /* empty: not known (then the ARNs inside say it) */
	struct aisp_slice about;              /* parameters of the question, as JSON object: {"RoleName": "x"}; empty: none */
	struct aisp_slice path;               /* file it stands in, for evidence; empty: the API itself */
	const struct aisp_doc *doc;           /* borrowed until finish */
};
int aisp_aws_facts_new(const struct aisp_collect *c, bool live, struct aisp_aws_facts **ret, struct aisp_err *err);
void aisp_aws_facts_free(struct aisp_aws_facts *f);
/* An answer of any operation there is a row for; others are counted and named in one gap. */
/* Is the error among the operation's that say "there is none"? */
bool aisp_aws_says_none(struct aisp_slice service, struct aisp_slice operation, struct aisp_slice code);
void aisp_aws_facts_add(struct aisp_aws_facts *f, const struct aisp_aws_answer *a);
/* An operation that failed: becomes a gap, and the property `unread` of what it would have told about. code: "AccessDenied". */
void aisp_aws_facts_failed(struct aisp_aws_facts *f, const struct aisp_aws_answer *a, struct aisp_slice code, enum aisp_code why);
/* Writes all facts. */
int aisp_aws_facts_finish(struct aisp_aws_facts *f, struct aisp_err *err);

/* Which operation printed this document? By its top-level members: {"Roles": […]} is iam list-roles. Ambiguous ones ({"Functions": …} is lambda) by the shape of the first item. */
bool aisp_aws_recognise(const struct aisp_doc *d, struct aisp_slice *ret_service, struct aisp_slice *ret_operation);

/* One row an operation. A new type of resource is a row here, a row in types.c and a parser. */
struct aisp_aws_op {
	const char *service, *operation; /* "lambda", "list-functions" */
	/* How it is asked (live.c) */
	enum { AISP_AWS_QUERY, AISP_AWS_EC2, AISP_AWS_JSON, AISP_AWS_REST_JSON, AISP_AWS_REST_XML } protocol;
	const char *request;    /* QUERY, EC2, JSON: action ("ListRoles"); REST: "GET /2015-03-31/functions" with {Name} from the item asked about */
	const char *version;    /* QUERY, EC2: API version; JSON: target prefix ("AmazonSSM") with "|1.1" */
	const char *params;     /* further parameters, JSON; with {Name} from the item */
	const char *list;       /* path of the list in the answer: "Roles"; "" : the answer is one thing */
	const char *token_in, *token_out; /* paging; NULL: none */
	/* Asked once for each item of the list of this operation: "list-roles"; the {Names} come from its members. NULL: once a region (once an account for global services). */
	const char *each;
	const char *fallback_of; /* asked only when this operation of the same service failed */
	bool global;            /* one region only (iam, organizations, s3 list-buckets) */
	const char *absent;     /* error codes that mean "there is none": "NoSuchBucketPolicy|NoSuchEntity" */
	const char *permission; /* what the caller needs: "lambda:ListFunctions"; for the docs page */
	const char *unread;     /* what of the item asked about is not known when this fails: "identity", "resource"; NULL */
	void (*parse)(struct aisp_aws_facts *f, const struct aisp_aws_answer *a); /* parse.h */
};
extern const struct aisp_aws_op aisp_aws_ops[];
extern const size_t aisp_aws_op_count;

/* ---- Fetching ---- */

struct aisp_aws_credentials {
	struct aisp_secret *id, *key, *token; /* token may be NULL */
	int64_t expires_us;                   /* 0: never */
	struct aisp_slice from;               /* for messages: "profile dev", "environment" */
};
/* aws:PROFILE[?region=a,b&role=ARN&endpoint=URL]; "aws:" is the default chain: environment, profile, SSO cache, web identity, container, instance (IMDSv2). */
struct aisp_aws_target {
	struct aisp_slice profile, role, external_id, endpoint;
	const struct aisp_slice *regions;
	size_t n_regions; /* 0: all that are enabled */
	const struct aisp_slice *accounts; /* organisation: assume `role` in each of these; empty: only this account */
	size_t n_accounts;
	bool run_process; /* may run the profile's credential_process */
};
int aisp_aws_target_parse(struct aisp_arena *a, struct aisp_slice text, struct aisp_aws_target *ret, struct aisp_err *err);
/* XML of the query and REST protocols into the shape of the command line. Pure, bounded, no DTD, no entities but the five. */
int aisp_aws_xml_parse(struct aisp_arena *a, struct aisp_slice xml, struct aisp_doc **ret, struct aisp_err *err);

extern const struct aisp_collector aisp_collector_aws;
