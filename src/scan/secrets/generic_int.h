/* Detection by context: what generic*.c share.
 *
 *   anchor ─▶ generic_parse.c: the name around it and the literal that it is given (a candidate)
 *          ─▶ generic_name.c: words of the name ─┐
 *             generic_value.c: look of the value ─┼▶ a set of yes/no features
 *             generic_file.c: kind of the file ───┘
 *          ─▶ generic_score.c: hard reasons to drop it, then the sum of the features' weights ─▶ a hit or none
 *
 * Invariant: nothing here allocates; every loop is bounded by the window of the anchor.
 */
#pragma once
#include "scan/secrets/generic_features.h"
#include "scan/secrets/secrets_int.h"

#define GENERIC_POSSIBLE 0.3 /* log odds from which a candidate is reported */
#define GENERIC_LIKELY 2.0
#define GENERIC_URL_POSSIBLE (-0.4) /* of a URL that a rule found: the scheme of a database or a queue speaks for it already */

enum { GENERIC_WINDOW = 4096, GENERIC_NAME_MAX = 80, GENERIC_VALUE_MAX = 1024, GENERIC_MULTI = 1 };

/* What the anchor is: how its place is read. */
enum generic_tag {
	GENERIC_TAG_NAME,   /* a part of a name: NAME op VALUE */
	GENERIC_TAG_KEY,    /* "key" with an operator behind it: only the end of a name */
	GENERIC_TAG_URL,    /* scheme://user:password@host */
	GENERIC_TAG_BASIC,  /* Basic BASE64 */
	GENERIC_TAG_BEARER, /* Bearer TOKEN */
	GENERIC_TAG_SQL,    /* IDENTIFIED BY 'x' */
	GENERIC_TAG_USER,   /* -u user:password, -u user -p password */
	GENERIC_TAG_MYSQL,  /* mysql -uroot -pPASSWORD */
	GENERIC_TAG_SSHPASS, /* sshpass -p PASSWORD */
	GENERIC_TAG_CHPASSWD, /* echo user:password | chpasswd */
};

enum generic_file {
	GENERIC_FILE_OTHER,
	GENERIC_FILE_CODE,
	GENERIC_FILE_SHELL,
	GENERIC_FILE_CONFIG,
	GENERIC_FILE_YAML,
	GENERIC_FILE_JSON,
	GENERIC_FILE_MARKUP,
	GENERIC_FILE_DOC,
	GENERIC_FILE_SQL,
	GENERIC_FILE_DATA,
	GENERIC_FILE_LOCK,
	GENERIC_FILE_STYLE,
};
/* The rest of generic_ctx.hints, above the file's kind (low 8 bits). */
enum {
	GENERIC_HINT_TEST = 1 << 8,
	GENERIC_HINT_EXAMPLE = 1 << 9,
	GENERIC_HINT_LOCALE = 1 << 10,
	GENERIC_HINT_DEPLOY = 1 << 11, /* docker-compose, .env, kubernetes: what stands there is used */
	GENERIC_HINT_VENDOR = 1 << 12,
	GENERIC_HINT_DOCS = 1 << 13,
	GENERIC_HINT_MINIFIED = 1 << 14,
	GENERIC_HINT_BARE = 1 << 15,  /* values without quotes are literals here */
};
unsigned aisp_secrets__generic_file_hints(struct aisp_slice path);

/* How name and value are joined. */
enum generic_form {
	GENERIC_AS_ASSIGN, /* = := ?= */
	GENERIC_AS_COLON,
	GENERIC_AS_ARROW,   /* => -> */
	GENERIC_AS_COMPARE, /* == != === */
	GENERIC_AS_CALL,    /* setPassword("x") */
	GENERIC_AS_COMMA,   /* put("password", "x") */
	GENERIC_AS_ELEMENT, /* <password>x</password> */
	GENERIC_AS_ATTRIBUTE, /* key="password" value="x" */
	GENERIC_AS_FLAG,    /* --password x */
	GENERIC_AS_SPACE,   /* password "x" */
	GENERIC_AS_IS,      /* password is x */
	GENERIC_AS_URL,
	GENERIC_AS_BASIC,
	GENERIC_AS_BEARER,
	GENERIC_AS_SQL,
	GENERIC_AS_COMMAND,
};
enum generic_quote {
	GENERIC_QUOTE_NONE,
	GENERIC_QUOTE_DOUBLE,
	GENERIC_QUOTE_SINGLE,
	GENERIC_QUOTE_BACKTICK,
	GENERIC_QUOTE_ESCAPED, /* \" or &quot; */
};

struct generic_features {
	uint64_t bits[(GENERIC_FEATURE_END + 63) / 64];
};
static inline void generic_set(struct generic_features *f, enum generic_feature k)
{
	f->bits[k >> 6] |= (uint64_t)1 << (k & 63);
}
static inline bool generic_has(const struct generic_features *f, enum generic_feature k)
{
	return (f->bits[k >> 6] >> (k & 63)) & 1;
}

/* One place where a value is given to a name. Slices are borrowed from the text. */
struct generic_candidate {
	struct aisp_slice name, value;
	size_t name_at, value_at, match_end;
	struct aisp_slice user, host; /* URL and commands */
	enum generic_form form;
	enum generic_quote quote;
	bool name_quoted, wrapped, wrapped_odd, concatenated, in_string, in_comment, truncated, typed, lined;
	size_t line_at, line_end; /* the line, cut to the window */
	struct generic_features features;
	double score;             /* log odds */
};

/* Reads the place of an anchor; how many candidates there are (GENERIC_MULTI at most). */
size_t aisp_secrets__generic_parse(struct aisp_secrets__generic_ctx *g, unsigned tag, size_t at,
                                   struct generic_candidate ret[static GENERIC_MULTI]);
/* The value at p behind an operator; false when there is no literal. (generic_value_parse.c) */
bool aisp_secrets__generic_literal(const struct aisp_secrets__generic_ctx *g, size_t p, struct generic_candidate *c);
/* Line and nesting of the name, when they are asked for: most places are done without. */
void aisp_secrets__generic_line(const struct aisp_secrets__generic_ctx *g, struct generic_candidate *c);
/* From the end of a name. */
bool aisp_secrets__generic_assignment(const struct aisp_secrets__generic_ctx *g, size_t p, struct generic_candidate *c);

void aisp_secrets__generic_name(struct aisp_slice name, struct generic_features *f);
/* words: as _no_literal gave it. */
void aisp_secrets__generic_value(struct aisp_slice value, unsigned words, struct generic_features *f);
/* True when the value cannot be a secret: a reference, a template, an expression, a placeholder. */
bool aisp_secrets__generic_no_literal(struct aisp_slice value, const struct generic_candidate *c, unsigned *ret_words);
/* Fills features and score; false when a hard reason drops the candidate, or, unless all are wanted, when no context can raise the
 * score to what is reported. */
bool aisp_secrets__generic_score(const struct aisp_secrets__generic_ctx *g, struct generic_candidate *c, bool all);
/* Parses and scores in full; for tests and for fitting the weights. */
size_t aisp_secrets__generic_judge(struct aisp_secrets__generic_ctx *g, unsigned tag, size_t at,
                                   struct generic_candidate ret[static GENERIC_MULTI]);

static inline bool generic_is_alpha(char c)
{
	return ((unsigned char)c | 32u) - (unsigned)'a' < 26u;
}
static inline bool generic_is_digit(char c)
{
	return (unsigned char)c - (unsigned)'0' < 10u;
}
static inline bool generic_is_name(char c)
{
	return generic_is_alpha(c) || generic_is_digit(c) || c == '_';
}
static inline char generic_lower(char c)
{
	return (char)((unsigned char)c - (unsigned)'A' < 26u ? c | 32 : c);
}
static inline bool generic_is_blank(char c)
{
	return c == ' ' || c == '\t';
}
/* Is c in this set of a few characters? */
static inline bool one_of(char c, const char *set)
{
	for (; *set; set++)
		if (*set == c)
			return true;
	return false;
}
