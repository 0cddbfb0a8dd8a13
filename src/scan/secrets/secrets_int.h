/* Inside scan/secrets: the engine and the detection by context ("generic") meet here.
 *
 *   engine.c finds the anchors of all rules and of generic in one pass
 *     ├─ a provider rule's anchor ─▶ PCRE2 on a window ─▶ checks ─▶ hits
 *     └─ generic's anchor         ─▶ aisp_secrets__generic() ─▶ hits by emit()
 *   hits ─▶ overlaps reduced ─▶ lines and columns ─▶ the caller's sink
 */
#pragma once
#include "scan/secrets/secrets.h"

/* generic.c: literals that the engine looks for, ASCII case ignored, in lower case; 3 to 32 bytes of printable ASCII. Rare and
 * long ones are cheap, short and common ones are not: "passw" rather than "pass". One place may be reported for several anchors
 * ("password" and "passw"); anchors that contain one another are allowed but cost time. */
struct aisp_secrets__anchor {
	const char *text;
	unsigned tag; /* generic's own */
};
extern const struct aisp_secrets__anchor aisp_secrets__anchors[]; /* ended by text NULL */

/* What generic keeps while one text is scanned. The engine sets path, text, arena and zeroes the rest, calls _generic_begin once,
 * then _generic for each anchor in order of `at` (positions where an anchor begins; never falling; equal ones are possible). */
struct aisp_secrets__generic_ctx {
	struct aisp_slice path;
	struct aisp_slice text;
	struct aisp_arena *arena; /* lives until the sinks ran; capped; for fact values that do not stand in the text */
	unsigned hints;           /* file type and so on: generic's own bits, set by _generic_begin */
	size_t done;              /* generic's own: judged up to here, anchors before it need no second look */
	size_t state[8];          /* generic's own: beginning of the current line, an open bracket, a budget … */
};
void aisp_secrets__generic_begin(struct aisp_secrets__generic_ctx *g);

/* Judges the place `at` of the anchor with this tag; calls emit for 0..n hits. Must be cheap: most anchors are no secrets (50–100 ns),
 * and look at no more than a bounded window (4 KiB each side). Returns 0, or what emit returned when that is negative.
 * A hit has: rule, description, issuer, severity, kind, certainty, at, n, match_at, match_n, facts. rule and the other strings
 * are static. The engine fills line, column, end_line, end_column and entropy, and drops hits on inline `aisp:allow` /
 * `gitleaks:allow`; placeholders (values_int.h) are generic's to judge, before it emits. */
int aisp_secrets__generic(struct aisp_secrets__generic_ctx *g, unsigned tag, size_t at, aisp_secret_sink *emit, void *emit_ctx);

/* Is it a kind of file where values in base64 are worth a look: configuration, data, documents, but not source code? */
bool aisp_secrets__generic_decodes(const struct aisp_secrets__generic_ctx *g);

/* A connection string that a rule has found, its "://" at `at`: what user, password, host and place say. AISP_SECRET_LIKELY or _POSSIBLE; 0:
 * no secret; -1: not to be read as one user, one password, one host. *ret_weak: a password that everybody uses. */
int aisp_secrets__generic_url(struct aisp_secrets__generic_ctx *g, size_t at, bool *ret_weak);

/* Shannon entropy of the bytes, bits a byte. */
double aisp_secrets__entropy(struct aisp_slice s);

/* Which of two hits on the same bytes stays: hits whose rule id begins with "generic-" give way to all others; then certainty,
 * then kind (a connection string beats the password in it: the fact is kept), then the longer secret. */

/* The checks that a rule may name (`check = "…"`). Columns: symbol, name. What <<check>> becomes in a sample is in brackets. */
#define AISP_SECRETS_CHECKS(X)                                                                                         \
	X(GITHUB, "github-crc32")          /* [6 characters over the 30 before] ghp_ gho_ ghu_ ghs_ ghr_ */               \
	X(NPM, "npm-crc32")                /* [6 characters over the 30 before] npm_ */                                  \
	X(GRAFANA, "grafana-crc32")        /* [8 hex digits over "glsa_" and 32 characters before the _] */               \
	X(GITLAB, "gitlab-routable")       /* [payload, dot, length and crc32] glpat- and the like of the routable kind */ \
	X(PYPI, "pypi-macaroon")           /* [all behind "pypi-"] */                                                   \
	X(JWT, "jwt")                      /* [the whole token] */                                                       \
	X(PEM, "pem")                      /* [the base64 between BEGIN and END lines] */                                 \
	X(CONNECTION, "connection-string") /* [a password] scheme://user:password@host/database */                       \
	X(AWS_KEY_ID, "aws-key-id")        /* [16 characters behind AKIA, ASIA …] account number as fact */                \
	X(AWS_SECRET, "aws-secret")        /* [40 characters] */                                                         \
	X(AWS_BEDROCK, "aws-bedrock")      /* [behind "ABSK": base64 of BedrockAPIKey-…] */                               \
	X(AZURE, "azure-signature")        /* [nothing: write the fixed signature, JQQJ99 …, into the sample] */            \
	X(GCP_JSON, "gcp-service-account") /* [the value of private_key] facts project, user from the JSON around it */    \
	X(BASE64_JSON, "base64-json")      /* [base64 of a JSON object] sntrys_, langfuse, supabase … */                   \
	X(BECH32, "bech32")                /* [the data and the checksum behind the 1] AGE-SECRET-KEY-1, nsec1 */          \
	X(BASE58, "base58check")           /* [the whole value] xprv…, WIF keys */                                        \
	X(LUHN, "luhn")                    /* [one digit] */                                                            \
	X(TELEGRAM, "telegram")            /* [35 characters behind the colon] id as fact */                              \
	X(DISCORD, "discord")              /* [the whole token: base64 of the id, time, hmac] */                          \
	X(SLACK, "slack")                  /* [all behind "xox?-"] team as fact */                                       \
	X(BASIC, "basic")                  /* [base64 of user:password] user as fact */                                  \
	X(UUID, "uuid")                    /* [a random UUID, version 4] */                                              \
	X(DISTINCT, "distinct")            /* [32 random characters] no structure, but many different characters */

/* Is id the name of a check? */
bool aisp_secrets__is_check(struct aisp_slice name);
