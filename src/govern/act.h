/* The only place of aisp that changes anything: one operation on a live PostgreSQL, Kubernetes or AWS, or on a local file, at the request of apply, undo or drill. No policy here: who may do it,
 * whether it is still as planned, what it is for is the caller's. Nothing is retried that might have happened. No statement, token or key reaches a log or message.
 */
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "base/doc.h"
#include "base/err.h"
#include "base/slice.h"

struct aisp_act; /* connections, opened on first use */
/* targets: what the user lets us work with, in the forms of collectors: "postgres://USER@HOST:PORT/DB", "aws:PROFILE?…", "kube:CONTEXT?…", a folder. Passwords from where the
 * collectors take them (PGPASSWORD, .pgpass, profiles, kubeconfig). "NAME=TARGET" gives a target a further name: what a plan calls its server, account or cluster. dry: every operation that would change something answers AISP_E_ACCESS. */
int aisp_act_new(const char *const *targets, size_t n, bool dry, struct aisp_act **ret, struct aisp_err *err);
void aisp_act_free(struct aisp_act *a);
void aisp_act_freep(struct aisp_act **a);

/* server: "HOST:PORT" as in canonical ids, or an alias that the target was given; database: "" the target's. One statement; rows: array of objects (texts), in `mem`. A read runs in a read-only
 * transaction when `read`. AISP_E_NOTFOUND: no target leads there (the message says which --with would); AISP_E_ACCESS, AISP_E_REMOTE with the server's SQLSTATE and primary message. */
int aisp_act_sql(struct aisp_act *a, struct aisp_slice server, struct aisp_slice database, struct aisp_slice sql, bool read, struct aisp_arena *mem, const struct aisp_doc **ret_rows, struct aisp_err *err);
/* operation: "iam:PutRolePolicy", "s3:DeleteBucketPolicy": rows in act_encode.c say how it is sent (query, REST-XML, JSON 1.0/1.1) and whether it only reads; params: JSON object. Answer as the command line prints it, but policy documents are the text as it was put, so that
 * putting them back is byte for byte the same. account empty: the first target's; region empty: the home region. AISP_E_NOTFOUND also: the object is not there; AISP_E_CONFLICT: it exists
 * already, or is in use. */
int aisp_act_aws(struct aisp_act *a, struct aisp_slice account, struct aisp_slice region, struct aisp_slice operation, const struct aisp_doc *params, struct aisp_arena *mem, const struct aisp_doc **ret_answer, struct aisp_err *err);
/* cluster: as in canonical ids ("k8s://CLUSTER/…"), matched with the targets' contexts. path: "/apis/…". ret_status: HTTP; a 4xx is no failure of the call (but 401): the answer (a Status object) is given. Reviews and
 * what has dryRun=All in its query count as reads. */
int aisp_act_kube(struct aisp_act *a, struct aisp_slice cluster, const char *method, struct aisp_slice path, const char *content_type, struct aisp_slice body, struct aisp_arena *mem, long *ret_status, const struct aisp_doc **ret_answer, struct aisp_err *err);
/* Replaces a file's content as a whole: only when its present BLAKE2b-256 is `expect` (hex; empty: it must not exist), mode kept, written beside and renamed, fsync. bytes NULL-p: removes it.
 * AISP_E_CONFLICT: it is not as expected. The path must lie under one of the folders given as targets (links followed). */
int aisp_act_file(struct aisp_act *a, struct aisp_slice path, struct aisp_slice expect, struct aisp_slice bytes, struct aisp_err *err);
int aisp_act_file_digest(struct aisp_act *a, struct aisp_slice path, char ret_hex[65], struct aisp_err *err);
/* A part of a file, cut out and put back (act_file.c). The bytes stand in no plan and no log: while the change stands they lie in the keeping folder alone. */
struct aisp_act_cut {
	struct aisp_slice name;                  /* of plan and step, [0-9a-z-]: what is kept is named by it and by the file's digest */
	struct aisp_slice path, expect, becomes; /* digests before and after: BLAKE2b-256, hex */
	size_t from, end;                        /* bytes; putting back needs `from` alone */
};
/* The folder, made with mode 0700 at the first cut and removed with the last kept file. Without it cutting fails. */
int aisp_act_keep_in(struct aisp_act *a, struct aisp_slice folder, struct aisp_err *err);
/* Both do nothing when the file has the digest `becomes` already. AISP_E_CONFLICT: neither digest; AISP_E_USAGE: the range or what comes out is not as planned. Nothing is changed then. */
int aisp_act_file_cut(struct aisp_act *a, const struct aisp_act_cut *c, struct aisp_err *err);
int aisp_act_file_insert(struct aisp_act *a, const struct aisp_act_cut *c, struct aisp_err *err);
/* After the insert is proved, with its arguments: what was kept is overwritten and removed. Nothing kept is no failure. */
int aisp_act_file_forget(struct aisp_act *a, const struct aisp_act_cut *c, struct aisp_err *err);
