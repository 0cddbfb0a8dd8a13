/* Regular expressions of rules: Go's syntax (RE2) made into PCRE2's, and what can be known of every match without running it. */
#pragma once
#include "base/arena.h"
#include "base/buf.h"

/* BACK_MAX: how far behind the begin of a match the literal may stand by which one of our rules is found. */
enum { AISP_SECRETS__LIT_MAX = 24, AISP_SECRETS__SET_MAX = 64, AISP_SECRETS__BACK_MAX = 1024 };
#define AISP_SECRETS__INF UINT32_MAX

struct aisp_secrets__lit {
	uint8_t n;
	uint32_t fold; /* bit i: byte i is a letter, given in lower case, that stands for both */
	char s[AISP_SECRETS__LIT_MAX];
};
struct aisp_secrets__class { /* bytes */
	uint64_t bits[4];
};
static inline bool aisp_secrets__class_has(const struct aisp_secrets__class *k, unsigned c)
{
	return k->bits[c >> 6 & 3] >> (c & 63) & 1;
}
/* What follows a literal: at least n bytes of a class. */
struct aisp_secrets__after {
	const struct aisp_secrets__class *class; /* NULL: nothing is known */
	uint32_t n;
};
/* Texts of which one stands in every match, beginning pre_min..pre_max bytes behind the begin of the match. n = 0: none known. */
struct aisp_secrets__lits {
	const struct aisp_secrets__lit *v;
	uint32_t n, pre_min, pre_max;
	struct aisp_secrets__after after;
	double rate; /* how often to expect one, a byte of source text */
};
struct aisp_secrets__regex {
	struct aisp_slice pattern; /* for PCRE2; in the arena */
	bool utf;                  /* has characters or classes beyond ASCII */
	bool wide;                 /* has . or a negated class: counts characters of UTF-8 text otherwise than bytes */
	uint32_t groups;
	uint32_t min, max;         /* bytes of a match, for text in ASCII; INF */
	struct aisp_secrets__lits lits;
};
enum {
	AISP_SECRETS__OWN = 1, /* a rule of ours: lookaround is allowed, and a leading run of `[class]{0,n}` that matches nothing of use is left out */
};
/* AISP_E_USAGE with what is wrong; AISP_E_LIMIT (depth, length); AISP_E_NOMEM. */
int aisp_secrets__regex(struct aisp_arena *a, struct aisp_slice go, unsigned flags, struct aisp_secrets__regex *ret, struct aisp_err *err);
/* Expected occurrences a byte of source text, of byte c and of a literal. */
double aisp_secrets__byte_rate(unsigned char c);
double aisp_secrets__lit_rate(const struct aisp_secrets__lit *l);
