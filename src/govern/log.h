/* The append-only log of decisions: who decided what, when, on which evidence. A file of JSON lines beside the store ("<store>.log"); each entry has the BLAKE2b-256 of the one
 * before, and checkpoints are signed with Ed25519 (libsodium; secret key beside the store, mode 0600; the public key is in the first entry).
 *
 *   {"n":17,"at":"2026-11-23T07:00:00Z","by":"ada","kind":"decide","data":{…},"prev":"…","hash":"…"}
 *
 * Invariants: an entry that was acknowledged is on disk (fsync) and in the chain; a torn last line is cut off at the next opening, and that is itself an entry;
 * any change, removal, insertion or reordering is found by aisp_govlog_verify, save the removal of entries behind the last checkpoint that somebody keeps elsewhere.
 * One writer at a time (lock); readers never wait.
 */
#pragma once
#include "base/arena.h"
#include "base/doc.h"
#include "base/err.h"

struct aisp_govlog;
int aisp_govlog_open(const char *path, bool write, struct aisp_govlog **ret, struct aisp_err *err);
void aisp_govlog_close(struct aisp_govlog *l); /* writes a checkpoint if anything was added */
struct aisp_govlog_entry {
	uint64_t n;
	int64_t at_us;
	struct aisp_slice by, kind;
	struct aisp_slice hash;      /* of the entry, hexadecimal */
	const struct aisp_doc *data; /* object */
};
/* Appends and waits until it is on disk. data is a JSON object. */
int aisp_govlog_add(struct aisp_govlog *l, struct aisp_slice by, struct aisp_slice kind, struct aisp_slice data, uint64_t *ret_n, struct aisp_err *err);
/* Every entry in order, until f returns non-zero. */
int aisp_govlog_each(struct aisp_govlog *l, int (*f)(void *ctx, const struct aisp_govlog_entry *e), void *ctx, struct aisp_err *err);
struct aisp_govlog_report {
	uint64_t entries, checkpoints, last_signed;
	uint64_t wrong; /* number (line) of the first entry that is not as it was written; 0: none */
	char why[256];
};
/* Checks all: chain, numbers, signatures. public_key (32 bytes, may be NULL): the one that is expected. AISP_OK also when something is wrong: see report. */
int aisp_govlog_verify(const char *path, const unsigned char *public_key, struct aisp_govlog_report *ret, struct aisp_err *err);
