/* The command line: commands and options are rows, from which parsing, help, completion and the man page come.
 * The contract is DESIGN section 7. Exit codes: 0 fine, 1 findings at or above --fail-on, 2 wrong usage, 3 incomplete, 4 failed.
 */
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/slice.h"
#include "base/vec.h"

enum aisp_exit { AISP_EXIT_OK = 0, AISP_EXIT_FINDINGS = 1, AISP_EXIT_USAGE = 2, AISP_EXIT_INCOMPLETE = 3, AISP_EXIT_FAILED = 4 };
extern const char aisp_version[];

/* Values of all options; each command uses those it lists. */
struct aisp_options {
	const char *format, *store, *config, *out, *fail_on, *mode, *to, *from, *kind, *rules, *severity, *at, *name, *cluster, *output, *only, *ignore_file, *write_baseline, *verify;
	const char *since, *until, *reason, *by, *asset, *due, *key, *save, *place;
	AISP_VEC(const char *) remove, add, also_known_as, exclude, secret_rules, keep, price, with, until_resolved;
	int64_t limit, paths, timeout_s, watch;
	bool quiet, no_color, help, certain, all, verbose, schema, no_sandbox, history, unreachable, ignored, explain;
	bool follow, accept, triage, false_positive, reopen, claim, decline, escalate, fail_on_overdue, policies, execute, approve, force;
	AISP_VEC(const char *) args; /* what is not an option */
};
enum aisp_option_type { AISP_OPT_FLAG, AISP_OPT_TEXT, AISP_OPT_INT, AISP_OPT_LIST };
struct aisp_option {
	const char *name;      /* "format" → --format */
	char letter;           /* 0 = none */
	enum aisp_option_type type;
	size_t at;             /* offsetof in struct aisp_options */
	const char *value;     /* for help: "FORMAT"; completion: words between | are proposed, FILE and DIR complete paths */
	const char *help;
};
struct aisp_command {
	const char *name;
	const char *usage;     /* behind the name: "[TARGET…]" */
	const char *summary;   /* one line */
	const char *text;      /* further lines for help and man page; may be NULL */
	const char *options;   /* names, separated by spaces; the global ones are added */
	const char *examples;  /* lines; may be NULL */
	int (*run)(struct aisp_options *o, struct aisp_err *err); /* exit code, or a negative code with err set */
};
extern const struct aisp_option aisp_option_rows[];
extern const struct aisp_command aisp_command_rows[]; /* name NULL ends it */
const struct aisp_command *aisp_command_find(const char *name);
const struct aisp_option *aisp_option_find(struct aisp_slice name);
bool aisp_command_has(const struct aisp_command *c, const struct aisp_option *o);

/* Parses argv after the command's name. AISP_E_USAGE names the word and what is expected. */
int aisp_options_parse(const struct aisp_command *c, int argc, char **argv, struct aisp_options *ret, struct aisp_err *err);
void aisp_options_done(struct aisp_options *o);

/* help.c: everything written from the rows. */
void aisp_help_all(struct aisp_buf *out);
void aisp_help_command(const struct aisp_command *c, struct aisp_buf *out);
void aisp_help_man(struct aisp_buf *out);
int aisp_help_completion(const char *shell, struct aisp_buf *out, struct aisp_err *err);

/* commands */
int aisp_cmd_scan(struct aisp_options *o, struct aisp_err *err);
int aisp_cmd_capture(struct aisp_options *o, struct aisp_err *err);
int aisp_cmd_assets(struct aisp_options *o, struct aisp_err *err);
int aisp_cmd_identities(struct aisp_options *o, struct aisp_err *err);
int aisp_cmd_findings(struct aisp_options *o, struct aisp_err *err);
int aisp_cmd_gaps(struct aisp_options *o, struct aisp_err *err);
int aisp_cmd_access(struct aisp_options *o, struct aisp_err *err);
int aisp_cmd_path(struct aisp_options *o, struct aisp_err *err);
int aisp_cmd_whatif(struct aisp_options *o, struct aisp_err *err);
int aisp_cmd_diff(struct aisp_options *o, struct aisp_err *err);
int aisp_cmd_inspect(struct aisp_options *o, struct aisp_err *err);
int aisp_cmd_ingest(struct aisp_options *o, struct aisp_err *err);
int aisp_cmd_usage(struct aisp_options *o, struct aisp_err *err);
int aisp_cmd_decide(struct aisp_options *o, struct aisp_err *err);
int aisp_cmd_own(struct aisp_options *o, struct aisp_err *err);
int aisp_cmd_review(struct aisp_options *o, struct aisp_err *err);
int aisp_cmd_audit(struct aisp_options *o, struct aisp_err *err);
int aisp_cmd_plan(struct aisp_options *o, struct aisp_err *err);
int aisp_cmd_apply(struct aisp_options *o, struct aisp_err *err);
int aisp_cmd_undo(struct aisp_options *o, struct aisp_err *err);
int aisp_cmd_verify(struct aisp_options *o, struct aisp_err *err);
int aisp_cmd_drill(struct aisp_options *o, struct aisp_err *err);
int aisp_cmd_sql(struct aisp_options *o, struct aisp_err *err);
int aisp_cmd_rules(struct aisp_options *o, struct aisp_err *err);
int aisp_cmd_export(struct aisp_options *o, struct aisp_err *err);
int aisp_cmd_report(struct aisp_options *o, struct aisp_err *err);
int aisp_cmd_runs(struct aisp_options *o, struct aisp_err *err);
int aisp_cmd_version(struct aisp_options *o, struct aisp_err *err);
int aisp_cmd_completion(struct aisp_options *o, struct aisp_err *err);
int aisp_cmd_man(struct aisp_options *o, struct aisp_err *err);
int aisp_cmd_help(struct aisp_options *o, struct aisp_err *err);
