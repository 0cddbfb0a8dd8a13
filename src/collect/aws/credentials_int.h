/* Inside the credentials: the provider's parts. */
#pragma once
#include "collect/aws/live_int.h"

struct aisp_aws_provider {
	struct aisp_arena *arena;  /* names, no secrets */
	struct aisp_secret files[2]; /* text of the config and credentials file */
	struct aisp_aws_profiles profiles;
	struct aisp_http *http, *near; /* near: for the machine's own services, with short limits; made on first use */
	const struct aisp_aws_target *target;
	struct aisp_slice profile, region, endpoint;
	bool profile_asked; /* named by the target or AWS_PROFILE */
	char *ca;
	uint64_t deadline_ns;
	int64_t skew_us;
	struct aisp_aws_credentials now; /* current; id NULL: none yet */
	bool busy;
	/* assumed by another provider's credentials */
	struct aisp_aws_provider *by;
	struct aisp_slice role, external_id;
};

/* One request, by one of the two pools; body is appended to `out`. *ret_status 0 never: no answer is an error. */
struct aisp_aws__near_question {
	struct aisp_http *http;
	const char *method;
	struct aisp_slice url, body;
	const char *const *headers;
	int (*sign)(void *ctx, struct aisp_http_request *q, struct aisp_buf *headers, struct aisp_err *err);
	void *sign_ctx;
};
/* New credentials of these texts; token may be empty. */
int aisp_aws__credentials_set(struct aisp_aws_credentials *c, struct aisp_slice id, struct aisp_slice key, struct aisp_slice token, int64_t expires_us, struct aisp_slice from,
			      struct aisp_err *err);
int aisp_aws__near(struct aisp_aws_provider *p, struct aisp_err *err); /* makes p->near */
/* The sources. Each 0 with *c filled, AISP_E_NOTFOUND when it does not apply here (err untouched), or a failure. */
int aisp_aws__from_web_identity(struct aisp_aws_provider *p, struct aisp_slice file, struct aisp_slice role, struct aisp_slice session, struct aisp_aws_credentials *c,
				struct aisp_err *err);
int aisp_aws__from_role(struct aisp_aws_provider *p, const struct aisp_aws_credentials *by, struct aisp_slice role, struct aisp_slice external_id, struct aisp_slice session,
			struct aisp_aws_credentials *c, struct aisp_err *err);
int aisp_aws__from_sso(struct aisp_aws_provider *p, struct aisp_slice profile, struct aisp_aws_credentials *c, struct aisp_err *err);
int aisp_aws__from_container(struct aisp_aws_provider *p, struct aisp_aws_credentials *c, struct aisp_err *err);
int aisp_aws__from_instance(struct aisp_aws_provider *p, struct aisp_aws_credentials *c, struct aisp_err *err);
int aisp_aws__from_process(struct aisp_aws_provider *p, struct aisp_slice command, struct aisp_aws_credentials *c, struct aisp_err *err);
/* {"AccessKeyId", "SecretAccessKey", "Token" or "SessionToken", "Expiration"} as containers, instances and processes give it. Wipes nothing of the text. */
int aisp_aws__credentials_of_json(struct aisp_slice json, struct aisp_slice from, struct aisp_aws_credentials *c, struct aisp_err *err);
int64_t aisp_aws__time(struct aisp_slice iso); /* 0: not a time; fractions and offsets "+00:00" are taken */
const char *aisp_aws__env(const char *name); /* NULL when unset or empty */
void aisp_aws__wipe_buf(struct aisp_buf *b);
