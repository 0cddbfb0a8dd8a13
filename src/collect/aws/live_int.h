/* Inside collect/aws: what the live half (target, credentials, signing, endpoints, scheduler, capture) shares. Parsers need none of it.
 *
 * Secrets are in struct aisp_secret or in buffers that are wiped; no message holds one.
 */
#pragma once
#include "base/http.h"
#include "collect/aws/aws_int.h"

/* ---- Signing (Signature Version 4: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html) ---- */

struct aisp_aws_sign {
	struct aisp_slice method, host;
	struct aisp_slice path;    /* as sent: percent-encoded once */
	struct aisp_slice query;   /* as sent: "a=b&c=d", percent-encoded; any order */
	struct aisp_slice body;
	struct aisp_slice region, service; /* "s3" signs the path as it is, all others encode it once more */
	const struct aisp_slice *headers;  /* further ones to be signed: "name: value" */
	size_t n_headers;
	bool send_hash;                    /* x-amz-content-sha256 */
	const struct aisp_aws_credentials *credentials;
	int64_t now_us;                    /* by the server's clock */
};
/* Appends "x-amz-date: …\n", the token's and the hash's line and "Authorization: …\n". */
int aisp_aws__sign(const struct aisp_aws_sign *s, struct aisp_buf *headers, struct aisp_err *err);
/* RFC 3986: all but A–Z a–z 0–9 - . _ ~ as %XX; a slash stays when keep_slash. */
void aisp_aws__encode(struct aisp_buf *out, struct aisp_slice text, bool keep_slash);

/* ---- Endpoints ---- */

struct aisp_aws_endpoint {
	char host[256];
	struct aisp_slice sign_service, sign_region;
};
struct aisp_slice aisp_aws__partition(struct aisp_slice region); /* "aws", "aws-cn", "aws-us-gov"; borrowed */
struct aisp_slice aisp_aws__home_region(struct aisp_slice partition); /* where the global services are signed for */
bool aisp_aws__is_region(struct aisp_slice region);                  /* "eu-central-1": safe to be part of a host's name */
/* service: the command line's name ("s3api"); account: for s3control. AISP_E_NOTFOUND: not a service of ours; AISP_E_USAGE: not a region's or account's form. */
int aisp_aws__endpoint(struct aisp_slice service, struct aisp_slice region, struct aisp_slice account, bool global, struct aisp_aws_endpoint *ret, struct aisp_err *err);

/* ---- Profile files: ~/.aws/config, ~/.aws/credentials ---- */

struct aisp_aws_setting {
	struct aisp_slice kind; /* "profile", "sso-session", "services" */
	struct aisp_slice section, key, value;
};
struct aisp_aws_profiles {
	AISP_VEC(struct aisp_aws_setting) all;
};
/* Adds what text says; slices point into it. is_credentials: sections are profiles without the word. What is no setting is passed over. AISP_E_LIMIT, AISP_E_NOMEM. */
int aisp_aws__profiles_parse(struct aisp_slice text, bool is_credentials, struct aisp_aws_profiles *p, struct aisp_err *err);
/* The last one said; empty when none is. */
struct aisp_slice aisp_aws__profile_get(const struct aisp_aws_profiles *p, const char *kind, struct aisp_slice section, const char *key);
bool aisp_aws__profile_is(const struct aisp_aws_profiles *p, const char *kind, struct aisp_slice section);

/* ---- Credentials ---- */

struct aisp_aws_provider; /* where credentials come from, so that they can be had again */
/* Reads environment and files; asks nobody yet. AISP_E_USAGE: a profile that does not exist or cannot be used, with the reason. deadline_ns: 0: none. */
int aisp_aws__provider_new(const struct aisp_aws_target *t, uint64_t deadline_ns, struct aisp_aws_provider **ret, struct aisp_err *err);
void aisp_aws__provider_free(struct aisp_aws_provider *p);
void aisp_aws__provider_freep(struct aisp_aws_provider **p);
/* Current credentials (borrowed until the next call or free): got or renewed when they end within five minutes. AISP_E_ACCESS: there are none, or they were refused. */
int aisp_aws__provider_get(struct aisp_aws_provider *p, const struct aisp_aws_credentials **ret, struct aisp_err *err);
/* Those of a role in an account of the organisation, by the provider's own. p must live on. */
int aisp_aws__provider_assume(struct aisp_aws_provider *p, struct aisp_slice role_arn, struct aisp_slice external_id, struct aisp_aws_provider **ret, struct aisp_err *err);
struct aisp_slice aisp_aws__provider_region(const struct aisp_aws_provider *p);   /* home region; never empty */
struct aisp_slice aisp_aws__provider_endpoint(const struct aisp_aws_provider *p); /* of target, environment or profile; empty: AWS itself */
const char *aisp_aws__provider_ca(const struct aisp_aws_provider *p);             /* file, or NULL */
/* The account, where files and target tell it without a question ("" else). */
struct aisp_slice aisp_aws__provider_account(const struct aisp_aws_provider *p);
void aisp_aws__credentials_done(struct aisp_aws_credentials *c);
/* How far the server's clock is ahead, as learnt from its refusals. */
int64_t aisp_aws__provider_skew_us(const struct aisp_aws_provider *p);
void aisp_aws__provider_set_skew(struct aisp_aws_provider *p, int64_t us);
/* From an answer's code and Date header: true (and the skew) when the refusal means that our clock is off. */
bool aisp_aws__is_skew(struct aisp_slice code, struct aisp_slice date, int64_t now_us, int64_t *ret_skew_us);

/* ---- XML (xml.c) ---- */

/* The answer of a service's operation by its shape (xml_shapes.c), as the command line prints it; "" and "": as aisp_aws_xml_parse. The result is inside
 * "…Response/…Result". An error document becomes {"Error": {"Code", "Message"}}. */
int aisp_aws__xml_answer(struct aisp_arena *a, struct aisp_slice service, struct aisp_slice operation, struct aisp_slice xml, struct aisp_doc **ret, struct aisp_err *err);
/* The same for JSON whose names are not those of the command line (API Gateway); others are given back as they are. */
int aisp_aws__json_answer(struct aisp_arena *a, struct aisp_slice service, struct aisp_slice operation, const struct aisp_doc *json, const struct aisp_doc **ret, struct aisp_err *err);

/* One line a shape (made by tests/lib/aws_shapes.py from the vendor's published model):
 *   structure  "{ wire=Name:TYPE wire=Name:TYPE "     list  "[item:TYPE" (item "": flattened)     map  "<key value:TYPE" (with "!" behind "<": flattened)
 *   TYPE  s text, b bool, i integer, d real, or the number of a shape */
struct aisp_aws_shape_root {
	const char *service, *operation; /* as on the command line */
	int shape;
};
extern const char *const aisp_aws_shapes[];
extern const struct aisp_aws_shape_root aisp_aws_shape_roots[];
extern const size_t aisp_aws_shape_count, aisp_aws_shape_root_count;

/* ---- Fetching (live.c) and where answers go ---- */

struct aisp_aws_failure {
	struct aisp_slice code;   /* "AccessDenied" */
	enum aisp_code why;
	struct aisp_slice detail; /* a sentence: operation, account, region, code, permission */
};
/* Takes answers: facts (scan) or files (capture). The answer's slices live for the call, its document for the fetch. */
struct aisp_aws_sink {
	int (*answer)(void *ctx, const struct aisp_aws_answer *a, struct aisp_err *err);
	int (*failed)(void *ctx, const struct aisp_aws_answer *a, const struct aisp_aws_failure *f, struct aisp_err *err);
	void *ctx;
};
struct aisp_aws_fetch_result {
	struct aisp_slice account; /* the caller's; in the arena */
	struct aisp_slice note;    /* what the user should know beside the gaps ("the clock of this machine is 400 s behind …"); may be empty */
	uint64_t requests;
};
/* Asks everything. Documents and texts are in the arena. Fails only when nothing can be had (no credentials, the caller's identity is refused). */
int aisp_aws__fetch(const struct aisp_collect *c, const struct aisp_aws_target *t, struct aisp_arena *a, const struct aisp_aws_sink *to, struct aisp_aws_fetch_result *ret,
		    struct aisp_err *err);
/* Only sts get-caller-identity. */
int aisp_aws__whoami(const struct aisp_aws_target *t, struct aisp_arena *a, struct aisp_slice *ret_account, struct aisp_err *err);

/* ---- Captures (capture.c): DIR/aws/ACCOUNT/REGION/SERVICE.OPERATION[.KEY].json and DIR/capture.json, written last ---- */

bool aisp_aws__is_capture(const char *dir);
int aisp_aws__capture_account(const char *dir, struct aisp_buf *out, struct aisp_err *err);
struct aisp_aws_capture; /* being written */
int aisp_aws__capture_new(const char *dir, struct aisp_aws_capture **ret, struct aisp_err *err);
void aisp_aws__capture_free(struct aisp_aws_capture *c);
struct aisp_aws_sink aisp_aws__capture_sink(struct aisp_aws_capture *c);
int aisp_aws__capture_finish(struct aisp_aws_capture *c, const struct aisp_aws_fetch_result *r, struct aisp_err *err);
/* Plays a capture into a sink; a file that cannot be read is a failure of its operation. */
int aisp_aws__capture_read(const char *dir, struct aisp_arena *a, const struct aisp_aws_sink *to, struct aisp_slice *ret_note, struct aisp_err *err);

/* ---- One request of an operation (request.c). Pure ---- */

struct aisp_aws__question {
	const struct aisp_aws_op *op;
	struct aisp_slice account, region; /* region: where it is asked and signed */
	const struct aisp_doc *about;      /* parameters, filled in; NULL: none */
	struct aisp_slice token;           /* of the next page; empty: the first */
	/* made by aisp_aws__question_make, in the arena */
	struct aisp_aws_endpoint endpoint;
	struct aisp_slice url, host, path, query, body, type, target; /* type: "content-type:…" or empty; target: "x-amz-target:…" */
};
/* Fills params with members of the item, of the question that listed it, and the account. AISP_E_NOTFOUND: a member is missing (named in err). */
int aisp_aws__params_fill(struct aisp_arena *a, const struct aisp_doc *params, const struct aisp_doc *item, const struct aisp_doc *parent, struct aisp_slice account,
			  const struct aisp_doc **ret, struct aisp_err *err);
int aisp_aws__question_make(struct aisp_arena *a, struct aisp_slice base /* endpoint's URL; empty: AWS */, struct aisp_aws__question *q, struct aisp_err *err);
/* The error's code out of header and body: "AccessDenied"; empty: none. In the arena or borrowed of the arguments. */
struct aisp_slice aisp_aws__error_code(struct aisp_slice header, struct aisp_slice body, char ret_text[128]);
bool aisp_aws__is_throttle(struct aisp_slice code);
bool aisp_aws__is_denied(struct aisp_slice code, long status);
/* "a|b|c" has the word. */
bool aisp_aws__has_word(const char *list, struct aisp_slice word);
/* Pages joined: lists of the same name behind each other, all else of the last; without the token. */
int aisp_aws__join_pages(struct aisp_arena *a, const struct aisp_doc *const *pages, size_t n, const char *token_out, const struct aisp_doc **ret, struct aisp_err *err);
