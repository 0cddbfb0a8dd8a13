/* One scan: what a thread keeps, and the steps. See engine.c. */
#pragma once
#include "scan/secrets/rules_int.h"

struct aisp_secrets__hit {
	struct aisp_secret_hit h;
	uint32_t rule;  /* number, or UINT32_MAX: generic */
	bool generic;
	bool unproven;  /* the rule's check does not hold */
	struct aisp_slice decoded; /* the value, where the text has its base64 */
};
struct aisp_secrets__rule_state { /* of one rule in one scan */
	size_t last_end;       /* of its last match */
	size_t tried;          /* last place, + 1, for literals that are one byte over and over */
	size_t key_at;         /* where its keywords were looked for last */
	uint32_t scan;         /* of which scan this is; else it counts as zero */
	uint8_t path;          /* 0 not asked, 1 fits, 2 not */
	uint8_t key;           /* 0 not asked, 1 there, 2 not */
	uint8_t marked;        /* users': a keyword stands in this fragment */
	uint8_t slow;          /* matches that were given up */
};
enum { AISP_SECRETS__BATCH = 2048, AISP_SECRETS__HITS_MAX = 65536, AISP_SECRETS__DECODED_MAX = 1 << 20 };
struct aisp_secrets_scratch {
	const struct aisp_secrets *s;
	struct aisp_secrets__matcher *m;
	struct aisp_arena *arena;
	struct aisp_secrets__rule_state *rules;
	struct aisp_secrets__found *found; /* [2 × BATCH] */
	struct aisp_secrets__hit *hits;
	size_t n_hits, cap_hits;
	struct aisp_buf utf8; /* of UTF-16 text */
	char *decoded;        /* [DECODED_MAX], once it is needed */
	char commit[65];      /* of the texts; "" none */
	/* the scan that runs */
	struct aisp_slice text, path;
	bool utf; /* has bytes over 127: users' rules count characters */
	uint32_t scan; /* its number */
	uint64_t work, work_max;
	bool cut; /* a cap was met */
	struct aisp_secrets__generic_ctx generic;
};
/* One of our rules where its literal of n bytes stands; users' rules on a fragment. Negative: stop. */
int aisp_secrets__try(struct aisp_secrets_scratch *x, uint32_t rule, size_t at, size_t n);
void aisp_secrets__sort(struct aisp_secrets__found *v, size_t n); /* by place */
/* decode.c: our rules on values that are base64 of text. */
int aisp_secrets__decode(struct aisp_secrets_scratch *x);
int aisp_secrets__fragment(struct aisp_secrets_scratch *x, size_t from, size_t to);
size_t aisp_secrets__fragment_end(struct aisp_slice text, size_t from);
bool aisp_secrets__path_fits(struct aisp_secrets_scratch *x, uint32_t rule);
/* A match is judged and kept, if it is one. subject begins at `base` in the text. 1 kept, 0 not. */
int aisp_secrets__confirm(struct aisp_secrets_scratch *x, uint32_t rule, size_t base, const struct aisp_secrets__span *groups,
                          struct aisp_secrets__hit *ret);
int aisp_secrets__keep(struct aisp_secrets_scratch *x, const struct aisp_secrets__hit *h);
/* reduce.c: order, overlaps, lines; then the sink. */
int aisp_secrets__deliver(struct aisp_secrets_scratch *x, aisp_secret_sink *sink, void *ctx);
/* utf16.c: 1 when the text was UTF-16 and stands in out now. */
int aisp_secrets__utf16(struct aisp_slice text, struct aisp_buf *out, struct aisp_err *err);
struct aisp_slice aisp_secrets__lines(struct aisp_slice text, size_t from, size_t to); /* the lines around, at most 4 KiB each side */
