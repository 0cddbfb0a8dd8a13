/* The compiled rules: see rules.c (from TOML), pattern.c (PCRE2), engine.c (who uses them). */
#pragma once
#include "base/doc.h"
#include "base/mem.h"
#include "scan/secrets/finder_int.h"
#include "scan/secrets/secrets_int.h"
#include <stdatomic.h>

/* A regular expression for PCRE2, compiled when it is first used, by whichever thread comes first. */
struct aisp_secrets__pattern {
	struct aisp_secrets__regex re; /* re.pattern.n = 0: none */
	bool limited;                  /* a last place to begin can be given */
	bool anchored;                 /* tried at one place (JIT knows no such option when it matches) */
	_Atomic(void *) code[2];       /* pcre2_code: bytes; UTF-8 */
};
struct aisp_secrets__allow {
	bool all; /* AND */
	enum { AISP_SECRETS__ON_SECRET, AISP_SECRETS__ON_MATCH, AISP_SECRETS__ON_LINE } target;
	struct aisp_secrets__pattern *paths, *regexes;
	struct aisp_slice *stopwords; /* lower case */
	struct aisp_slice *targets;   /* rule ids; only while loading */
	uint32_t n_paths, n_regexes, n_stopwords, n_targets, n_commits;
	struct aisp_slice *commits; /* lower case */
};
struct aisp_secrets__allows {
	struct aisp_secrets__allow *v;
	uint32_t n;
};
struct aisp_secrets__required {
	struct aisp_slice id;
	uint32_t rule;
	int64_t lines, columns; /* -1: anywhere in the fragment */
};
enum aisp_secrets__check {
	AISP_SECRETS__CHECK_NONE,
#define X(sym, name) AISP_SECRETS__CHECK_##sym,
	AISP_SECRETS_CHECKS(X)
#undef X
	AISP_SECRETS__CHECK_END
};
struct aisp_secrets__rule {
	const char *id, *description, *issuer, *severity;
	enum aisp_secret_kind kind;
	enum aisp_secret_certainty certainty;
	enum aisp_secrets__check check;
	bool own;          /* built in: windows; else gitleaks' way: fragments */
	bool skip_report;
	bool generic;      /* "generic" stands in its id */
	bool keyed;        /* own: tried where a keyword stands, not where a literal of the expression does */
	bool uniform;       /* its literals are one byte over and over: of a run only the begin is tried */
	bool needs_keyword; /* own: a keyword must stand in the text too */
	double entropy;
	uint32_t secret_group;
	uint32_t back, span; /* own: bytes before the anchor where a match may begin, at least; most bytes of a match from there */
	bool fixed;          /* own: the match begins exactly `back` bytes before its literal */
	struct aisp_secrets__pattern regex, path;
	struct aisp_slice *keywords; /* lower case */
	uint32_t n_keywords;
	struct aisp_secrets__allows allows;
	struct aisp_secrets__required *required;
	uint32_t n_required;
	bool is_required; /* some rule requires it */
	struct {
		const char *key;
		uint32_t group;
	} facts[AISP_SECRET_FACTS_MAX];
	uint32_t n_facts;
	const struct aisp_doc *positive, *negative;
	struct aisp_slice tests_path; /* of its samples; for rules with a path */
};

/* What stands behind a literal of the finder. */
enum aisp_secrets__owner_kind { AISP_SECRETS__OWNER_RULE, AISP_SECRETS__OWNER_KEYWORD, AISP_SECRETS__OWNER_GENERIC };
struct aisp_secrets__owner {
	uint32_t kind : 2;
	uint32_t n : 30; /* rule, or generic's tag */
};
struct aisp_secrets {
	struct aisp_arena *arena;
	struct aisp_secrets__rule *rules; /* sorted by id */
	uint32_t n;
	struct aisp_secrets__allows allows; /* of all rules */
	struct aisp_secrets__finder *finder;
	struct aisp_secrets__lit *lits;
	uint32_t n_lits;
	uint32_t *owner_at; /* owners of literal i: owners[owner_at[i]] … owners[owner_at[i + 1]] */
	struct aisp_secrets__owner *owners;
	uint32_t *users, n_users; /* users' rules, by number: those that run on fragments */
	bool always;              /* one of them has no keywords */
	bool no_generic;          /* only the users' rules */
	bool all_hits;
};

struct aisp_secrets__builtin {
	const char *name;
	const unsigned char *data;
	size_t n;
};
extern const struct aisp_secrets__builtin aisp_secrets__builtins[]; /* made by embed_rules; ended by name NULL */

/* Rules from one text. own: samples, lookaround and [rules.aisp]. */
struct aisp_secrets__loader {
	struct aisp_arena *a;
	struct aisp_secrets__rule **rules; /* in order of the texts */
	size_t n, cap;
	struct aisp_secrets__allow **allows;
	size_t n_allows, cap_allows;
};
int aisp_secrets__load(struct aisp_secrets__loader *l, const char *name, struct aisp_slice text, bool own, struct aisp_err *err);
int aisp_secrets__loaded(struct aisp_secrets__loader *l, struct aisp_secrets *s, struct aisp_err *err);
/* Literals, finder and windows of the rules. */
int aisp_secrets__index(struct aisp_secrets *s, struct aisp_err *err);

/* pattern.c. Compiles at once to see that PCRE2 takes it. */
int aisp_secrets__pattern_check(const struct aisp_secrets__pattern *p, struct aisp_err *err);
void aisp_secrets__pattern_done(struct aisp_secrets__pattern *p);
struct aisp_secrets__span {
	size_t from, to; /* to < from: did not take part */
};
enum { AISP_SECRETS__GROUPS = 16 };
struct aisp_secrets__matcher; /* of one thread */
int aisp_secrets__matcher_new(struct aisp_secrets__matcher **ret, struct aisp_err *err);
void aisp_secrets__matcher_free(struct aisp_secrets__matcher *m);
enum { AISP_SECRETS__NOT_BEGIN = 1, AISP_SECRETS__NOT_END = 2, AISP_SECRETS__UTF = 4 };
/* Looks for the expression in subject, beginning from..last (SIZE_MAX: anywhere; else the pattern must be `limited`). 1 found, 0 not, AISP_E_LIMIT when it took too long, AISP_E_NOMEM. */
int aisp_secrets__match(struct aisp_secrets__matcher *m, struct aisp_secrets__pattern *p, struct aisp_slice subject, size_t from,
                        size_t last, unsigned flags, struct aisp_secrets__span ret_groups[AISP_SECRETS__GROUPS]);

/* allow.c. One hit of a rule, for the allowlists. */
struct aisp_secrets__judged {
	struct aisp_slice secret, match, line, path;
	const char *commit; /* "" not known */
};
bool aisp_secrets__allowed(struct aisp_secrets__matcher *m, const struct aisp_secrets__allows *a, const struct aisp_secrets__judged *j);
bool aisp_secrets__path_allowed(struct aisp_secrets__matcher *m, const struct aisp_secrets__allows *a, struct aisp_slice path);

/* checks.c. */
enum aisp_secrets__verdict { AISP_SECRETS__WRONG, AISP_SECRETS__UNKNOWN, AISP_SECRETS__PROVEN };
struct aisp_secrets__checked {
	struct aisp_arena *arena;
	struct aisp_slice text;  /* around the hit */
	struct aisp_slice match;
	struct aisp_secret_hit *hit; /* at, n in text; facts are added */
};
enum aisp_secrets__verdict aisp_secrets__check(enum aisp_secrets__check c, struct aisp_slice secret, struct aisp_secrets__checked *x);
enum aisp_secrets__check aisp_secrets__check_find(struct aisp_slice name);
/* What <<check>> stands for, given what stands before it in the sample; `seed` for the random part. */
int aisp_secrets__check_sample(enum aisp_secrets__check c, struct aisp_slice before, uint64_t *seed, struct aisp_buf *out);
/* Adds a fact unless the hit has it or is full; value must live as long as the scan. */
void aisp_secrets__fact(struct aisp_secret_hit *h, const char *key, struct aisp_slice value);
