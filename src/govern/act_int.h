/* What the parts of act share: the targets that the user allows, and what is open at each. */
#pragma once
#include "base/mem.h"
#include "base/vec.h"
#include "govern/act.h"

enum aisp_act__kind { AISP_ACT_POSTGRES = 1, AISP_ACT_AWS, AISP_ACT_KUBERNETES, AISP_ACT_FOLDER };
struct aisp_act__target {
	enum aisp_act__kind kind;
	struct aisp_slice alias; /* "ALIAS=postgres://…": a further name of the server, account or cluster; may be empty */
	struct aisp_slice text;  /* without it; may hold a password */
	void *state;             /* of act_sql.c, act_aws.c, act_kube.c; NULL: not opened yet */
};
struct aisp_act {
	struct aisp_arena *arena; /* texts of targets; wiped */
	AISP_VEC(struct aisp_act__target) targets;
	struct aisp_slice keep;  /* folder for what is cut out of files; empty: none */
	bool dry;
};
enum { AISP_ACT_TIMEOUT_MS = 60000, AISP_ACT_ANSWER_MAX = 16 << 20, AISP_ACT_FILE_MAX = 64 << 20 };

/* Appends what the user could name as --with, from the targets there are, to a message: "no --with leads to HOST:PORT; …". */
int aisp_act__no_target(const struct aisp_act *a, const char *what, struct aisp_slice name, const char *form, struct aisp_err *err);
int aisp_act__is_dry(const struct aisp_act *a, const char *what, struct aisp_err *err); /* 0, or AISP_E_ACCESS */
int aisp_act__no_memory(struct aisp_err *err);
/* The file's real name, links followed; it must lie under a folder that is a target. ret: PATH_MAX bytes. */
int aisp_act__real_path(const struct aisp_act *a, struct aisp_slice path, char *ret, struct aisp_err *err);
void aisp_act__digest(struct aisp_slice bytes, char ret_hex[65]);
/* JSON text of an answer, parsed into mem. */
int aisp_act__json(struct aisp_arena *mem, struct aisp_slice text, const struct aisp_doc **ret, struct aisp_err *err);
void aisp_act__sql_close(struct aisp_act__target *t);
void aisp_act__aws_close(struct aisp_act__target *t);
void aisp_act__kube_close(struct aisp_act__target *t);

/* ---- act_encode.c: an AWS operation as a request. Pure ---- */

struct aisp_act__op {
	const char *name;    /* "iam:PutRolePolicy" */
	enum { AISP_ACT_QUERY, AISP_ACT_EC2, AISP_ACT_JSON, AISP_ACT_REST_JSON, AISP_ACT_REST_XML } protocol;
	const char *request; /* REST: "PUT /{Bucket}?policy" */
	const char *version; /* QUERY, EC2: API version; JSON: "AmazonSQS|1.0" */
	const char *command; /* the command line's name, for the answer's shape: "get-role" */
	const char *body;    /* REST_XML: the member that is the body, as it is or as XML of this name */
	const char *query;   /* REST: members that go into the query: "Qualifier|RevisionId" */
	bool global, reads;
};
extern const struct aisp_act__op aisp_act__ops[];
extern const size_t aisp_act__op_count;
const struct aisp_act__op *aisp_act__op_find(struct aisp_slice name);
struct aisp_act__request {
	const char *method;
	struct aisp_slice path, query, body, type, target, checksum; /* type, target, checksum: whole header lines or empty; in the arena */
};
/* AISP_E_USAGE: a parameter that the path needs is missing or of a wrong form. */
int aisp_act__encode(struct aisp_arena *a, const struct aisp_act__op *op, const struct aisp_doc *params, struct aisp_act__request *ret, struct aisp_err *err);
/* The answer with the percent escapes of IAM's policy documents resolved: the text as it was put. */
int aisp_act__plain_documents(struct aisp_arena *a, const struct aisp_doc *d, const struct aisp_doc **ret, struct aisp_err *err);
