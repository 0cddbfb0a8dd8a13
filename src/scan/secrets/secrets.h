/* Secrets: credentials in text. Pure: bytes in, hits out; nothing is looked up outside.
 *
 *   rules (rules/secrets/…toml, built in; users' gitleaks files) ─▶ aisp_secrets (immutable, shared by all threads)
 *   text ─▶ one pass for the anchors of all rules ─▶ PCRE2 on a window around each ─▶ entropy, checksum, structure,
 *           stop words, placeholders ─▶ hits, in order of position, overlapping ones reduced to the best
 *
 * Not for: reading files, archives or git (the collectors), deciding whether a credential works (verification).
 * Invariant: a hit's value is borrowed from the text and goes nowhere else; it is never in a message.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

/* What is said of a credential. Columns: symbol, name */
#define AISP_SECRET_KINDS(X)                                                                                           \
	X(API_KEY, "api_key")                                                                                          \
	X(TOKEN, "token")                                                                                              \
	X(PASSWORD, "password")                                                                                        \
	X(PRIVATE_KEY, "private_key")                                                                                  \
	X(CONNECTION_STRING, "connection_string")                                                                      \
	X(WEBHOOK, "webhook")                                                                                          \
	X(COOKIE, "cookie")                                                                                            \
	X(OTHER, "other")
enum aisp_secret_kind {
	AISP_SECRET_KIND_NONE,
#define X(sym, name) AISP_SECRET_##sym,
	AISP_SECRET_KINDS(X)
#undef X
	AISP_SECRET_KIND_END
};
const char *aisp_secret_kind_name(enum aisp_secret_kind k);
enum aisp_secret_kind aisp_secret_kind_find(struct aisp_slice name);

enum aisp_secret_certainty {
	AISP_SECRET_POSSIBLE = 1, /* by its context and look only */
	AISP_SECRET_LIKELY = 2,   /* an issuer's format, or context and look both strong */
	AISP_SECRET_SURE = 3,     /* checksum or structure proves the format */
};

/* Who it proves, as far as the value itself says: AWS account, host, role, project, e-mail. */
struct aisp_secret_fact {
	const char *key; /* static: "account", "host", "port", "database", "user", "project", "issuer_url", "subject", "expires" … */
	struct aisp_slice value; /* never secret; borrowed from the text or the scratch while the sink runs */
};
enum { AISP_SECRET_FACTS_MAX = 8 };

struct aisp_secret_hit {
	const char *rule;        /* id, lives as long as the rules */
	const char *description;
	const char *issuer;      /* "openai", "aws", … or "" */
	const char *severity;    /* "critical", "high", "medium", "low" */
	enum aisp_secret_kind kind;
	enum aisp_secret_certainty certainty;
	struct aisp_slice value; /* the secret; borrowed while the sink runs. (UTF-16 text: all offsets are in its UTF-8 form.)
	                          * Of a private key over lines, the characters of its base64 alone: one value however it is wrapped. */
	size_t at, n;            /* the secret in the text; of a value in base64 (decode.c) the base64 */
	size_t match_at, match_n; /* the whole match, the secret within */
	uint32_t line, column, end_line, end_column; /* 1-based, columns in bytes; of the secret */
	double entropy;          /* Shannon, bits a byte, of the secret */
	struct aisp_secret_fact facts[AISP_SECRET_FACTS_MAX];
	uint32_t n_facts;
};
/* Return 0 to go on, a negative code to stop (given back by the scan). */
typedef int aisp_secret_sink(void *ctx, const struct aisp_secret_hit *hit);

struct aisp_secrets; /* compiled rules: immutable, shared */
struct aisp_secrets_config {
	const struct aisp_slice *rule_files; /* texts of users' gitleaks TOML files, later ones over earlier */
	size_t n_rule_files;
	bool no_builtin;                     /* only the users' rules */
	bool all_hits;                       /* overlapping hits of several rules are all given, as gitleaks does */
};
/* AISP_E_USAGE with file, rule and reason when a user's rule is wrong; AISP_E_NOMEM; AISP_E_INTERNAL. */
int aisp_secrets_new(const struct aisp_secrets_config *config, struct aisp_secrets **ret, struct aisp_err *err);
void aisp_secrets_free(struct aisp_secrets *s);
size_t aisp_secrets_count(const struct aisp_secrets *s);

struct aisp_secrets_scratch; /* working memory of one thread */
int aisp_secrets_scratch_new(const struct aisp_secrets *s, struct aisp_secrets_scratch **ret, struct aisp_err *err);
void aisp_secrets_scratch_free(struct aisp_secrets_scratch *x); /* wipes */

/* Of which commit the next texts are (hex, copied; n = 0: of none), for allowlists that name commits. */
void aisp_secrets_scratch_commit(struct aisp_secrets_scratch *x, struct aisp_slice commit);
/* Is what this rule (a hit's `rule`) found allowed in that commit? For callers who scan a blob once and learn later in which commits it
 * stands. Lists that ask for more than the commit (condition = "AND") are known to the scan only. */
bool aisp_secrets_commit_allowed(const struct aisp_secrets *s, const char *rule, struct aisp_slice commit);

/* Scans one text of any size (not only UTF-8; a path of n = 0 is fine). `path` is for rules and allowlists with paths and for
 * what the file's type says about the context. Bounded: time is linear in the text but for a capped amount of work a hit.
 * AISP_E_LIMIT is given when a cap cut work short (hits so far were reported); else what the sink returned; AISP_E_NOMEM. */
int aisp_secrets_scan(const struct aisp_secrets *s, struct aisp_secrets_scratch *x, struct aisp_slice path,
                      struct aisp_slice text, aisp_secret_sink *sink, void *ctx, struct aisp_err *err);

/* The path that a users' file names in [extend], for the caller to read and to give before this one; n = 0: none. */
struct aisp_slice aisp_secrets_extend_path(struct aisp_arena *a, struct aisp_slice text);

/* Runs the samples of all rules (of one, when rule.n > 0). `report` is told of each sample that does not do what it should, and of rules
 * without samples; what = NULL at the end of a rule that is well. Returns 0 also when samples failed; *ret_failed counts them. */
typedef void aisp_secrets_report(void *ctx, const char *rule, const char *what, struct aisp_slice template);
int aisp_secrets_test_rules(const struct aisp_secrets *s, struct aisp_slice rule, aisp_secrets_report *report, void *ctx,
                            size_t *ret_failed, struct aisp_err *err);
/* A template (docs/scanners.md) becomes text; for corpora and tests. `check` may be empty. */
struct aisp_buf;
int aisp_secrets_expand(struct aisp_slice template, struct aisp_slice check, uint64_t seed, struct aisp_buf *out, struct aisp_err *err);
