/* Content: all detectors of src/scan on one file, member or blob. Bytes in, a report out; the report holds no secret value and
 * no personal data, only places, kinds, fingerprints and redacted previews.
 *
 * Used by the files collector for every file of the walk, for git history, and by `aisp inspect`.
 * A big text is read in windows, an archive member by member, a model file where it matters.
 */
#pragma once
#include "base/arena.h"
#include "base/input.h"
#include "base/secret.h"
#include "scan/instructions/instructions.h"
#include "scan/modelfile/modelfile.h"
#include "scan/personal/personal.h"
#include "scan/secrets/secrets.h"
#include "scan/tabular/tabular.h"

enum {
	AISP_CONTENT_SECRETS = 1,
	AISP_CONTENT_PERSONAL = 2,
	AISP_CONTENT_MODEL = 4,
	AISP_CONTENT_INSTRUCTIONS = 8,
	AISP_CONTENT_ARCHIVES = 16, /* look inside archives for the above */
	AISP_CONTENT_ALL = 31,
};

struct aisp_connection;
struct aisp_content_secret {
	const char *rule, *description, *issuer, *severity; /* live as long as the rules */
	enum aisp_secret_kind kind;
	enum aisp_secret_certainty certainty;
	struct aisp_slice inner; /* member of an archive ("a.tar!b/c.env"), table.column, or "" */
	uint32_t line, column, end_line;
	double entropy;
	char fingerprint[AISP_FINGERPRINT_LEN + 1]; /* names the node: of the login for a connection string */
	char value_fp[AISP_FINGERPRINT_LEN + 1];    /* of the bare secret: the password in a connection string */
	char preview[AISP_PREVIEW_MAX];
	struct aisp_slice value; /* only of an issuer that is to be asked (aisp_content.verify): in the arena, for the caller to wipe; else empty */
	const struct aisp_secret_fact *facts;
	uint32_t n_facts;
	const struct aisp_connection *connection; /* of a connection string, without its password; NULL */
};
struct aisp_content_column {
	struct aisp_slice table, column;
	struct aisp_personal_verdict verdict;
};
/* Hits in running text, one row a class and detector. */
struct aisp_content_personal {
	enum aisp_personal_class cls;
	const char *detector, *reason;
	enum aisp_personal_certainty certainty; /* the best */
	uint32_t count, first_line;
	struct aisp_slice inner;
};
struct aisp_content_instruction {
	const char *rule, *severity, *reason;
	uint32_t line, column, end_line;
	struct aisp_slice excerpt, inner;
};
struct aisp_content_report {
	const struct aisp_content_secret *secrets; /* in order of place */
	size_t n_secrets;
	enum aisp_tabular_form form;
	struct aisp_slice sampling;
	const struct aisp_content_column *columns; /* those with a class */
	size_t n_columns;
	const struct aisp_content_personal *personal;
	size_t n_personal;
	const struct aisp_content_instruction *instructions;
	size_t n_instructions;
	const struct aisp_model_report *model; /* NULL: no model file */
	char sha256[65];                       /* of a model file up to the limit; "" else */
	const struct aisp_slice *partial;      /* what could not be read, and why */
	size_t n_partial;
};

struct aisp_content {
	const struct aisp_secrets *secrets; /* borrowed; NULL switches secrets off */
	const struct aisp_fpkey *fpkey;
	unsigned what;        /* AISP_CONTENT_… */
	uint64_t max_hash;    /* model files up to this size get a sha256; 0 = 64 MiB */
	bool all_texts;       /* personal data also in code and prose (aisp inspect) */
	const struct aisp_slice *verify; /* issuers whose credentials are handed out with their values; borrowed */
	size_t n_verify;
};
struct aisp_content_worker; /* working memory of one thread: at most about 40 MiB */
int aisp_content_worker_new(const struct aisp_content *c, struct aisp_content_worker **ret, struct aisp_err *err);
void aisp_content_worker_free(struct aisp_content_worker *w); /* wipes */

/* The report lives in the arena. AISP_E_NOMEM, AISP_E_IO (could not be read at all); all else is in `partial`. */
int aisp_content_scan(const struct aisp_content *c, struct aisp_content_worker *w, struct aisp_slice path,
                      const struct aisp_input *in, struct aisp_arena *a, const struct aisp_content_report **ret, struct aisp_err *err);
/* Secrets of a text in memory only: what git history asks. `commit`: for users' rules that permit some commits. */
int aisp_content_text(const struct aisp_content *c, struct aisp_content_worker *w, struct aisp_slice commit, struct aisp_slice path, struct aisp_slice text,
                      struct aisp_arena *a, const struct aisp_content_report **ret, struct aisp_err *err);

/* The fingerprint by which a credential's node is named: that of the login for a connection string, else of the value; so that
 * the same credential found by any collector is one node. */
void aisp_content_fingerprint(const struct aisp_fpkey *key, enum aisp_secret_kind kind, struct aisp_slice value,
                              char ret_fp[AISP_FINGERPRINT_LEN + 1], char ret_value_fp[AISP_FINGERPRINT_LEN + 1]);
/* Do lines from … to of the text (whole, so that the context counts) tell a secret, to the built-in rules? *eye: NULL at first, made at the first call; to be freed. When a limit cut the
 * look short, they do. AISP_E_NOMEM. */
struct aisp_content_eye;
int aisp_content_tells(struct aisp_content_eye **eye, struct aisp_slice path, struct aisp_slice text, uint32_t from, uint32_t to, bool *ret, struct aisp_err *err);
void aisp_content_eye_free(struct aisp_content_eye *e); /* wipes; NULL is fine */
/* The role in which a model would read a text with this path. */
enum aisp_text_role aisp_content_role(struct aisp_slice path);

struct aisp_jw;
/* The report as lines of JSON, one object a hit: "what" is secret, personal, instruction, model or gap. */
void aisp_content_write(const struct aisp_content_report *r, struct aisp_slice path, struct aisp_jw *w);
const char *aisp_content_severity(enum aisp_model_severity s);
const char *aisp_content_model_state(enum aisp_model_state s);
