/* Inside verify/: the box's records, jobs, and what an answer means. */
#pragma once
#include "base/vec.h"
#include "collect/verify/verify.h"

enum {
	AISP_VERIFY__BOX = 1 << 20,
	AISP_VERIFY__RECORDS = 2048,
	AISP_VERIFY__VALUE_MAX = 4096,
	AISP_VERIFY__ANSWER_MAX = 64 * 1024,
	AISP_VERIFY__WHO_MAX = 160,
	AISP_VERIFY__WHY_MAX = 120,
	AISP_VERIFY__ISSUERS_MAX = 128,
};

/* A record in the box, borrowed from it. */
struct aisp_verify__record {
	char fp[AISP_FINGERPRINT_LEN + 1], other_fp[AISP_FINGERPRINT_LEN + 1]; /* other_fp "": the other half is no hit */
	struct aisp_slice issuer, rule, value, other;
};
typedef int aisp_verify__sink(void *ctx, const struct aisp_verify__record *r, struct aisp_err *err);
/* Reads records from bytes that a worker wrote. AISP_E_REMOTE when they do not keep to the form; else what the sink gives. */
int aisp_verify__read(struct aisp_slice bytes, uint32_t count, aisp_verify__sink *sink, void *ctx, struct aisp_err *err);
/* Appends one record; false when it does not fit. */
bool aisp_verify__put(char *bytes, size_t cap, uint32_t *used, const struct aisp_verify__record *r);
/* The box as the parent reads it, when the child is gone. */
void aisp_verify__box_bytes(const struct aisp_verify_box *b, struct aisp_slice *ret_bytes, uint32_t *ret_count, uint32_t *ret_left_out);

struct aisp_verify__job {
	const struct aisp_verify_row *row;
	char fp[AISP_FINGERPRINT_LEN + 1], other_fp[AISP_FINGERPRINT_LEN + 1];
	struct aisp_secret value, other; /* gone when answered */
	enum aisp_verify_state state;    /* NONE: not asked yet */
	bool asked;
	char who[AISP_VERIFY__WHO_MAX], why[AISP_VERIFY__WHY_MAX], at[24];
};
struct aisp_verify {
	const struct aisp_fpkey *key;
	struct aisp_slice issuers[AISP_VERIFY__ISSUERS_MAX];
	size_t n_issuers;
	char *list; /* owned; issuers borrow from it */
	AISP_VEC(struct aisp_verify__job) jobs;
	uint32_t left_out;
};
bool aisp_verify__named(const struct aisp_verify *v, struct aisp_slice issuer);
/* Is the word in a list with this separator? */
bool aisp_verify__in(const char *list, char sep, struct aisp_slice word);

/* What an HTTP answer means for the job: sets state, who, why. `header`: the value of row->who_header, or "". */
void aisp_verify__judge(struct aisp_verify__job *j, long status, struct aisp_slice body, struct aisp_slice header);
/* Where a row's request goes: https, or what AISP_VERIFY_BASE_<ISSUER> names if that is a loopback address (else AISP_E_USAGE). Without the path. */
int aisp_verify__base(const struct aisp_verify_row *row, struct aisp_buf *ret, bool *ret_override, struct aisp_err *err);
