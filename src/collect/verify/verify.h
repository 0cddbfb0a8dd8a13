/* Verification: asking an issuer whose key this is. Off unless the user names the issuer (`aisp inspect --verify github`), and
 * only ever a request whose purpose is to say who a key is or to list what it may see. Nothing else in the program asks anyone.
 *
 *   confined worker: hits of named issuers ─▶ box (shared memory, not in core dumps, wiped) ─▶ parent: checks every bound and
 *   fingerprint, one request a distinct credential (libcurl) ─▶ valid | invalid | unknown, and as whom ─▶ added to printed hits
 *
 * Not for: deciding what a hit is (scan/secrets), guessing other installations of an issuer, using a key for anything.
 * Invariant: a value is in the worker's arena until it is in the box, in the box until it is in a struct aisp_secret, there until
 * it was asked about; each place is wiped. It is never in a message.
 */
#pragma once
#include "base/doc.h"
#include "base/jw.h"
#include "base/secret.h"
#include "collect/content/content.h"

enum aisp_verify_state { AISP_VERIFY_NONE, AISP_VERIFY_UNKNOWN, AISP_VERIFY_INVALID, AISP_VERIFY_VALID };
const char *aisp_verify_state_name(enum aisp_verify_state s);

/* How the credential goes into the request. */
enum aisp_verify_send {
	AISP_VERIFY_HEADER, /* behind `before`: "Authorization: Bearer " */
	AISP_VERIFY_BASIC,  /* basic auth: `before`, else the other half, is the user; the value is the password */
	AISP_VERIFY_PATH,   /* in the URL, for "{value}" */
	AISP_VERIFY_SIGV4,  /* AWS signature: the value is the key's id, the other half signs */
};
/* What an answer means. The first row with this status, whose path is there and (when words are given) is one of them, decides;
 * no row does: unknown. */
struct aisp_verify_answer {
	int status;
	const char *path;  /* dotted, numbers index arrays; "" is the whole; NULL: no JSON is asked for */
	const char *words; /* a|b|c; with ~ before a word: contains it; NULL: any but null and false */
	enum aisp_verify_state state;
};
enum { AISP_VERIFY_ANSWERS = 6, AISP_VERIFY_WHO = 3 };
/* One kind of credential of one issuer. */
struct aisp_verify_row {
	const char *issuer;    /* as in rules/secrets */
	const char *rules;     /* ids, separated by spaces */
	const char *prefix;    /* only values that begin so; NULL: all */
	const char *url;       /* GET, or POST when there is a body; "{value}", "{other}" are put in */
	const char *body;
	const char *type;      /* of the body; NULL: application/json */
	enum aisp_verify_send send;
	const char *before;
	const char *header;    /* one further header, or NULL */
	const char *other_rule; /* the other half is the nearest hit of one of these rules in the same file … */
	const char *other_fact; /* … or this fact of the hit */
	struct aisp_verify_answer answers[AISP_VERIFY_ANSWERS];
	const char *who[AISP_VERIFY_WHO]; /* paths of what names the principal */
	const char *who_header;           /* or this header of the answer */
	const char *elsewhere; /* why a refusal proves nothing: it then is unknown, with this reason */
	const char *reads;     /* what the request reads, for --verify list */
	const char *cannot;    /* why there is no request; then nothing else is set */
};
extern const struct aisp_verify_row aisp_verify_rows[]; /* issuer NULL ends it */
/* The row for a hit, or NULL. */
const struct aisp_verify_row *aisp_verify_row_find(struct aisp_slice issuer, struct aisp_slice rule, struct aisp_slice value);
/* The table: for people, or as JSON. */
void aisp_verify_list(struct aisp_buf *out, bool json);

/* The box: what the worker hands over. Shared with the child that is forked after it was made. */
struct aisp_verify_box;
int aisp_verify_box_new(struct aisp_verify_box **ret, struct aisp_err *err);
void aisp_verify_box_free(struct aisp_verify_box *b); /* wipes; NULL is fine */
void aisp_verify_box_clear(struct aisp_verify_box *b); /* wipes */
/* In the worker, one thread at a time: puts what can be asked about into the box, each credential once; what does not fit is counted. */
void aisp_verify_box_add(struct aisp_verify_box *b, const struct aisp_content_report *r);
/* In the worker: wipes the values of a report. */
void aisp_verify_wipe(const struct aisp_content_report *r);

/* One run of verification. */
struct aisp_verify;
/* `list`: names of issuers with commas. AISP_E_USAGE names the one that is not in the table or cannot be asked. The key is that of the
 * fingerprints (borrowed). */
int aisp_verify_new(const char *list, const struct aisp_fpkey *key, struct aisp_verify **ret, struct aisp_err *err);
void aisp_verify_free(struct aisp_verify *v);
const struct aisp_slice *aisp_verify_issuers(const struct aisp_verify *v, size_t *ret_n);
/* In the parent: takes what a worker put into the box and empties it. What does not keep to the form is AISP_E_REMOTE. */
int aisp_verify_take(struct aisp_verify *v, struct aisp_verify_box *b, struct aisp_err *err);
/* Asks about each credential that was taken, at most 4 at a time; values are wiped as they are answered. max_ms limits the whole, and each request where
 * it is below 10 s. What could not be learnt is "unknown" with a reason; the code is 0 but for AISP_E_NOMEM, AISP_E_USAGE
 * (AISP_VERIFY_BASE_… is no loopback address) and AISP_E_INTERNAL. */
int aisp_verify_ask(struct aisp_verify *v, uint64_t max_ms, struct aisp_err *err);
/* Adds "verified", "verified_as", "verified_by", "verified_at", "verified_why" to a hit of an issuer that was named. */
void aisp_verify_write(const struct aisp_verify *v, const struct aisp_doc *hit, struct aisp_jw *w);
/* The same for people: "; verified: valid as …". */
void aisp_verify_write_text(const struct aisp_verify *v, const struct aisp_doc *hit, struct aisp_buf *out);
