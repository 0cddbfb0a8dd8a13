/* Inside scan/instructions.
 *
 *   bytes ──▶ hidden.c   what a reader cannot see (Unicode, terminal escapes)
 *         ──▶ markup.c   regions that are not shown: comments, styles, titles
 *         ──▶ encoded.c  base64 and hex that decode to text
 *         ──▶ words.c    words as a reader sees them: case, accents, look-alikes, leet, spaced letters folded
 *                └─▶ match.c  rows.c: phrases and features ──▶ context.c: told or described?
 *   all hits ──▶ scan.c  sorted, lines counted, handed to the sink
 */
#pragma once
#include "base/vec.h"
#include "scan/instructions/instructions.h"

enum severity { SEV_NONE, SEV_LOW, SEV_MEDIUM, SEV_HIGH, SEV_CRITICAL };
enum { MAX_HITS = 500, EXCERPT = 160, WINDOW = 64 << 10, MAX_REGIONS = 2000, MAX_DECODED = 8 << 10, SENTENCE_MAX = 90 };

/* Where a word stands. */
enum word_flag {
	W_SENTENCE = 1, /* first of a sentence, a list item, a paragraph */
	W_BREAK = 2,    /* behind a comma, a colon, a dash, a bracket */
	W_QUOTED = 4,
	W_FENCED = 8,   /* in a ``` block */
	W_LISTED = 16,  /* in a list item, a table row or a block quote */
	W_FOLDED = 32,  /* not written as it reads: look-alikes, leet, spaced or scrambled letters, hidden characters within */
	W_GLUED = 64,   /* directly behind the word before: one character of Chinese or Japanese text */
	W_PARAGRAPH = 128,
	W_CODE = 256,   /* `between backticks` */
	W_RECORD = 512, /* in a string of an object ({"key": "…"}), quoted too: a sentence of its own */
};
struct iword {
	uint32_t at;        /* of the window */
	uint32_t n;
	uint32_t norm;      /* of norm */
	uint16_t norm_n;
	uint16_t flags;
};
struct window {
	const char *text;
	size_t n, base; /* base: where the window begins in the whole text */
	struct iword *words;
	size_t n_words;
	char *norm;
	size_t n_norm;
	bool fenced; /* at its begin; carried to the next */
};

enum region_kind { R_COMMENT, R_STYLE, R_TITLE };
struct region {
	size_t at, end;
	enum region_kind kind;
};

struct ihit {
	const char *rule, *reason;
	enum severity severity;
	size_t at, n;
	int score; /* the best that the model gave a unit it stands in; INT32_MIN before */
	struct aisp_slice decoded; /* in the arena; empty: the text itself */
};
struct scan {
	enum aisp_text_role role;
	struct aisp_slice path, text;
	struct aisp_arena *a;
	AISP_VEC(struct ihit) hits;
	AISP_VEC(struct region) regions;
	bool nomem;
	unsigned depth;         /* 1 in decoded text */
	bool is_test, is_code;  /* by the path */
	bool is_record;         /* the text is an object or a list of them: quotes are the format's */
	bool is_drill;          /* by the path: attacks are its subject */
	bool is_template, subject_known;
	unsigned security;      /* how many different words of security writing the whole text has */
	unsigned homoglyphs;
};
void aisp_instructions__hit(struct scan *s, const char *rule, enum severity sev, size_t at, size_t n, const char *reason,
                            struct aisp_slice decoded);

void aisp_instructions__hidden(struct scan *s);
void aisp_instructions__markup(struct scan *s);
void aisp_instructions__encoded(struct scan *s);
void aisp_instructions__phrases(struct scan *s);
/* Is the text about chat templates or training data? Then marks of roles are its subject. */
bool aisp_instructions__is_template(struct scan *s);
/* Hits of decoded text: the worst of them, NONE when there is none. */
enum severity aisp_instructions__judge_decoded(struct scan *s, struct aisp_slice text);

/* {"… or [{'…: quotes are the format's, whatever the file is called. */
bool aisp_instructions__is_record(struct aisp_slice text);
/* Fills words and norm (room for WINDOW items and 4 × WINDOW bytes). */
void aisp_instructions__words(struct scan *s, struct window *w);
struct aisp_slice aisp_instructions__word(const struct window *w, size_t i);
/* Folds a code point to ASCII letters it looks like; 0 when it looks like none. */
char aisp_instructions__look_alike(uint32_t cp);

/* ---- Rows ---- */

/* What a word can be part of. */
enum feature {
	F_SEND = 1,          /* send, upload, post … as a command */
	F_SECRET_FILE = 2,   /* .ssh, .env, .aws … */
	F_SECRET = 4,        /* the conversation, the system prompt, the user's data */
	F_SHELL_SEND = 8,    /* curl, nc, scp … */
	F_DEST = 16,         /* a URL, a mail address, webhook, server */
	F_MODEL = 32,        /* assistant, LLM, Claude … */
	F_COMMAND = 64,      /* what one tells a model to do */
	F_REPORT = 128,      /* attacker, for example, detects … */
	F_NOT = 256,
	F_HOOK = 512,        /* before, after, whenever, always */
	F_ALTER = 1024,      /* change, replace … */
	F_TARGET = 2048,     /* recipient, account … */
	F_PASS = 4096,       /* pass, put, fill, include: into a parameter */
	F_PLACE = 8192,      /* parameter, argument, field */
	F_READ = 16384,
	F_SECURITY = 32768,  /* words of security writing */
	F_PERSON = 65536,    /* user, customer … */
	F_IMAGE = 131072,
	F_DANGER = 262144,   /* what is worth hiding: send, delete, secret, approve … */
	F_CRED = 524288,     /* api key, password … */
	F_URL_OPEN = 1048576, /* a URL whose query waits for a value */
	F_TEXT = 2097152,    /* comment, answer, description … */
	F_URGE = 4194304,    /* must, never, you … */
	F_REPO = 8388608,
};
struct phrase {
	const char *rule;
	const char *pattern; /* see match.c */
	const char *severity; /* a digit 0-4 for each role: data, instruction, tool, prompt */
	const char *reason;
	unsigned flags;
};
enum phrase_flag {
	P_SHELL = 1,   /* a command: code marks are no quotes */
	P_BOOST = 4,   /* one level up when what is worth hiding stands near */
	P_HOST = 8,    /* well-known installers are fine */
	P_FIRST = 32,    /* the first word begins a sentence or stands behind a comma, a colon */
	P_VOCATIVE = 16, /* the first word is spoken to: not bold, not before quoted speech */
};
struct feature_word {
	const char *pattern;
	unsigned features;
};
extern const struct phrase aisp_instructions__rows[];
extern const size_t aisp_instructions__row_count;
extern const struct feature_word aisp_instructions__features[];
extern const size_t aisp_instructions__feature_count;

/* ---- Matching and context ---- */

/* How many words from i on the pattern takes; 0 when it does not match there. */
size_t aisp_instructions__match(const struct window *w, size_t i, const char *pattern);
/* Calls each row and feature word that can begin with word i. Index built once. */
typedef void aisp_instructions_candidate(void *ctx, size_t i, const struct phrase *p, const struct feature_word *f);
void aisp_instructions__candidates(const struct window *w, size_t i, aisp_instructions_candidate *fn, void *ctx);

/* Why text at words [from, to) is not meant as a command: NULL when it is. features: per word. */
const char *aisp_instructions__described(const struct scan *s, const struct window *w, const unsigned *features, size_t from, size_t to,
                                         const struct phrase *p, enum severity *sev);

/* ---- The linear model (model.c) ---- */

/* What a table of weights is asked for at each word. */
enum model_kind { K_WORD, K_TWO, K_TWO_MEANT, K_THREE_MEANT, K_RECORD, K_OPENING, K_RECORD_OPENING, K_KINDS };
struct model {
	uint16_t *at[K_KINDS]; /* of each word of the window: number of its feature in the table + 1, or 0 */
	int8_t *groups;        /* its group, or -1 */
	uint32_t *seen;        /* of each feature: the unit that had it last */
	uint32_t unit;
	bool addressed;        /* of the unit that was scored last: somebody is spoken to */
};
bool aisp_instructions__model_init(struct model *m, struct aisp_arena *a, size_t room);
void aisp_instructions__model_window(struct model *m, const struct window *w);
/* 256 for one unit of log odds. *top: the group that weighs most, or -1. */
int aisp_instructions__model_score(struct model *m, const struct window *w, size_t from, size_t to, int *top);
const char *aisp_instructions__model_reason(int top);
/* Is what that group says that something is to be run? */
bool aisp_instructions__model_is_running(int top);
