/* Inside git/: the lists of one history. */
#pragma once
#include "base/map.h"
#include "base/sym.h"
#include "base/vec.h"
#include "collect/git/history.h"
#include "collect/git/pack.h"
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
	struct aisp_packs *packs;
	struct aisp_objects *objects, *tree_objects; /* read commits, for libgit2 too; and trees. Two, for two threads at the begin */
	git_repository *repo;
	git_odb *odb;
	AISP_VEC(git_oid) commits; /* oldest first */
	AISP_VEC(git_oid) trees;   /* of each commit; zero when it is missing */
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

int aisp_history__repo(const char *path, git_repository **ret, struct aisp_err *err);
bool aisp_history__in_time(struct aisp_history *h);

/* A tree's entries one by one. */
struct aisp_history__tree {
	struct aisp_slice rest;
	const struct aisp_object *own;
	git_odb_object *other;
};
struct aisp_history__item {
	git_oid id;
	const char *name;
	git_object_t type;
};
/* Packs and what reads them beside libgit2: h->packs, h->objects, h->odb. */
int aisp_history__objects_open(struct aisp_history *h, struct aisp_err *err);
void aisp_history__objects_done(struct aisp_history *h);
/* AISP_E_NOTFOUND without a message: missing or no tree. */
int aisp_history__tree_open(struct aisp_history *h, const git_oid *id, struct aisp_history__tree *ret, struct aisp_err *err);
/* False at the end, and at what is damaged (*ret_damaged). */
bool aisp_history__tree_next(struct aisp_history__tree *t, struct aisp_history__item *ret, bool *ret_damaged);
void aisp_history__tree_close(struct aisp_history *h, struct aisp_history__tree *t);
/* True when it is known at once that this is a commit. */
bool aisp_history__is_commit(struct aisp_history *h, const git_oid *id);
/* The tree of a commit. As above. */
int aisp_history__commit_tree(struct aisp_history *h, const git_oid *id, git_oid *ret, struct aisp_err *err);

int aisp_history__fail(struct aisp_err *err, int r, const char *what);
int aisp_history__nomem(struct aisp_err *err);
