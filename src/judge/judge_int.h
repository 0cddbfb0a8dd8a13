/* Inside judge: rule sets as loaded, samples, and running one rule. */
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "base/doc.h"
#include "base/vec.h"
#include "judge/frameworks.h"
#include "judge/sql.h"

/* How rows of one rule become findings; see docs/rules.md. */
enum aisp_one_per {
	AISP_PER_TARGET,  /* one per (subject, target): the best start stands, further ones are counted */
	AISP_PER_SUBJECT, /* one per subject: the best start and target stand, others are counted */
	AISP_PER_ROW,     /* one per (subject, start, target) */
};
struct aisp_rule_full {
	struct aisp_rule rule; /* first: what judge.h gives out */
	struct aisp_slice message;
	enum aisp_one_per per;
	const struct aisp_doc *samples; /* may be NULL */
	uint32_t sql_line;
};
struct aisp_rules {
	struct aisp_arena *arena;
	AISP_VEC(struct aisp_rule_full *) rules;      /* sorted by id */
	AISP_VEC(struct aisp_framework *) frameworks; /* sorted by id */
	const struct aisp_rule **view;                /* what aisp_rules_at gives */
};

/* A file of rules/, embedded when the program was built (tools/embed makes the table). */
struct aisp_builtin {
	const char *path; /* "findings/AISP-PATH-001.yaml" */
	const unsigned char *data;
	size_t n;
};
extern const struct aisp_builtin aisp_builtin_rules[];
extern const size_t aisp_builtin_rule_count;

/* Reads one framework or rule file into the set; a broken one is AISP_E_USAGE with file and line. */
int aisp_framework__add(struct aisp_rules *r, struct aisp_slice file, struct aisp_slice text, struct aisp_err *err);
int aisp_rule__add(struct aisp_rules *r, struct aisp_slice file, struct aisp_slice text, struct aisp_err *err);
/* Looks over all rules against empty tables: the SQL compiles, its columns fit the message. */
int aisp_rules__check(const struct aisp_rules *r, struct aisp_err *err);
/* The single document of a YAML text, an object. */
int aisp_rules__parse(struct aisp_rules *r, struct aisp_slice file, struct aisp_slice text, const struct aisp_doc **ret,
                      struct aisp_err *err);
/* "file:line: …" as AISP_E_USAGE. */
int aisp_rules__broken(struct aisp_err *err, struct aisp_slice file, uint32_t line, const char *fmt, ...)
        __attribute__((format(printf, 4, 5)));

/* Columns of a rule's rows that have a meaning of their own; -1 = the rule has none. */
struct aisp_rule_columns {
	int subject, start, target, severity, mode, certain;
};
void aisp_rule__columns(sqlite3_stmt *stmt, struct aisp_rule_columns *ret);
/* Is {name} in a message something the statement gives, or one of the names that always work? */
bool aisp_rule__knows_name(sqlite3_stmt *stmt, struct aisp_slice name);
/* Takes the next {name} or text out of a message: *ret_name or *ret_text is set, the other is empty. False at the end;
 * a { without } is text. */
bool aisp_message__next(struct aisp_slice *message, struct aisp_slice *ret_text, struct aisp_slice *ret_name);

/* Findings of a set of rules; aisp_judge is this for all. */
int aisp_judge__run(const struct aisp_rule *const *rules, size_t n_rules, const struct aisp_snapshot *s,
                    const struct aisp_reach *reach, struct aisp_findings *ret, struct aisp_err *err);
/* The terms of a finding's priority and their sum. */
int aisp_priority__set(const struct aisp_snapshot *s, struct aisp_arena *a, struct aisp_finding *f);
/* By priority (highest first), then rule and fingerprint. */
int aisp_finding__cmp(const void *a, const void *b);
