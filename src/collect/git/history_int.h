/* Inside git/: the lists of one history. */
#pragma once
#include "base/map.h"
#include "base/sym.h"
#include "base/vec.h"
#include "collect/git/history.h"
#include <git2.h>
#include <stdatomic.h>

enum { AISP_HISTORY_DEPTH_MAX = 256 }; /* of folders */

struct aisp_history__entry {
	git_oid oid;
	aisp_sym dir, name;
	uint32_t commit;
};
struct aisp_history__top {
	git_oid oid;
	bool tree;
	aisp_sym name; /* of the reference */
};
struct aisp_history {
	struct aisp_history_options o;
	struct aisp_arena *a;
	char *path;
	git_repository *repo;
	AISP_VEC(git_oid) commits; /* oldest first */
	AISP_VEC(git_oid) tips;    /* commits that references lead to */
	AISP_VEC(struct aisp_history__top) tops; /* trees and blobs that tags name by themselves */
	AISP_VEC(struct aisp_history__entry) blobs;
	struct aisp_symtab *names; /* folders ("a/b/") and names of files */
	struct aisp_map seen; /* oid → anything: a blob or tree that was listed */
	uint32_t n_trees;
	_Atomic uint32_t too_large, missing;
	atomic_bool out_of_time;
	bool shallow;
};

/* The first 128 bits: enough to tell objects of one repository apart, and collisions of SHA-1 are no concern of a scanner. */
static inline struct aisp_key aisp_history__key(const git_oid *id)
{
	struct aisp_key k;

	memcpy(&k, id->id, sizeof k);
	return k;
}

int aisp_history__fail(struct aisp_err *err, int r, const char *what);
int aisp_history__nomem(struct aisp_err *err);
