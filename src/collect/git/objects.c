/* Commits and trees of a history: from its packs where that goes, else from libgit2; and libgit2's own reading of commits through
 * the same packs. See history_int.h. */
#include "collect/git/history_int.h"
#include <git2/sys/odb_backend.h>
#include <stdio.h>

enum { COMMITS_KEPT_MAX = 16 << 20, TREES_KEPT_MAX = 48 << 20, OBJECT_MAX = 64 << 20, FIRST = 10 /* before libgit2's own, which are 1 and 2 */ };

struct source {
	git_odb_backend base; /* first */
	struct aisp_packs *packs;
	struct aisp_objects *objects;
};

/* AISP_PACK_… are git's numbers, and libgit2's too. */
static int source_read(void **ret, size_t *ret_n, git_object_t *ret_type, git_odb_backend *b, const git_oid *id)
{
	struct source *s = (struct source *)b;
	const struct aisp_object *o;

	if (aisp_objects_get(s->objects, id->id, &o) < 0)
		return GIT_ENOTFOUND;
	size_t n = o->text.n;
	char *copy = git_odb_backend_data_alloc(b, n + 1);
	if (copy) {
		memcpy(copy, o->text.p, n);
		copy[n] = 0;
		*ret = copy;
		*ret_n = n;
		*ret_type = (git_object_t)o->type;
	}
	aisp_objects_put(s->objects, o);
	return copy ? 0 : GIT_ERROR;
}

static int source_exists(git_odb_backend *b, const git_oid *id)
{
	struct aisp_pack_at at;

	return aisp_packs_find(((struct source *)b)->packs, id->id, &at);
}

/* libgit2's own backend names them all. */
static int source_foreach(git_odb_backend *b, git_odb_foreach_cb f, void *ctx)
{
	(void)b, (void)f, (void)ctx;
	return 0;
}

static void source_free(git_odb_backend *b)
{
	aisp_mem_free(b);
}

static int add_source(struct aisp_history *h, struct aisp_err *err)
{
	struct source *s = aisp_mem_zalloc(1, sizeof *s);

	if (!s || git_odb_init_backend(&s->base, GIT_ODB_BACKEND_VERSION) < 0) {
		aisp_mem_free(s);
		return aisp_history__nomem(err);
	}
	s->base.read = source_read;
	s->base.exists = source_exists;
	s->base.foreach = source_foreach;
	s->base.free = source_free;
	s->packs = h->packs;
	s->objects = h->objects;
	if (git_odb_add_backend(h->odb, &s->base, FIRST) == 0)
		return 0;
	aisp_mem_free(s);
	return aisp_history__nomem(err);
}

int aisp_history__objects_open(struct aisp_history *h, struct aisp_err *err)
{
	char path[4096];
	int r = git_repository_odb(&h->odb, h->repo);

	if (r < 0)
		return aisp_history__fail(err, r, "open the object store");
	snprintf(path, sizeof path, "%sobjects", git_repository_commondir(h->repo));
	r = aisp_packs_open(path, &h->packs, err);
	if (r < 0)
		return r;
	h->objects = aisp_objects_new(h->packs, COMMITS_KEPT_MAX, OBJECT_MAX);
	h->tree_objects = aisp_objects_new(h->packs, TREES_KEPT_MAX, OBJECT_MAX);
	return h->objects && h->tree_objects ? add_source(h, err) : aisp_history__nomem(err);
}

void aisp_history__objects_done(struct aisp_history *h)
{
	git_odb_free(h->odb);
	aisp_objects_free(h->objects);
	aisp_objects_free(h->tree_objects);
	aisp_packs_free(h->packs);
}

int aisp_history__tree_open(struct aisp_history *h, const git_oid *id, struct aisp_history__tree *ret, struct aisp_err *err)
{
	*ret = (struct aisp_history__tree){0};
	int r = aisp_objects_get(h->tree_objects, id->id, &ret->own);
	if (r == AISP_E_NOMEM)
		return aisp_history__nomem(err);
	if (r == 0) {
		ret->rest = ret->own->text;
		if (ret->own->type == AISP_PACK_TREE)
			return 0;
	} else if (git_odb_read(&ret->other, h->odb, id) == 0) {
		ret->rest = aisp_slice_of(git_odb_object_data(ret->other), git_odb_object_size(ret->other));
		if (git_odb_object_type(ret->other) == GIT_OBJECT_TREE)
			return 0;
	}
	aisp_history__tree_close(h, ret);
	return AISP_E_NOTFOUND;
}

void aisp_history__tree_close(struct aisp_history *h, struct aisp_history__tree *t)
{
	if (t->own)
		aisp_objects_put(h->tree_objects, t->own);
	git_odb_object_free(t->other);
	*t = (struct aisp_history__tree){0};
}

/* "mode name\0" and 20 bytes of id. */
bool aisp_history__tree_next(struct aisp_history__tree *t, struct aisp_history__item *ret, bool *ret_damaged)
{
	const char *p = t->rest.p, *end = p + t->rest.n;
	unsigned mode = 0;

	*ret_damaged = false;
	if (t->rest.n == 0)
		return false;
	*ret_damaged = true;
	for (; p < end && *p >= '0' && *p <= '7' && mode <= 0xffff; p++)
		mode = mode << 3 | (unsigned)(*p - '0');
	if (p == t->rest.p || p == end || *p != ' ')
		return false;
	const char *name = ++p, *zero = memchr(p, 0, (size_t)(end - p));
	if (!zero || zero == name || end - zero <= GIT_OID_RAWSZ)
		return false;
	ret->name = name;
	memcpy(ret->id.id, zero + 1, GIT_OID_RAWSZ);
	ret->type = (mode & 0170000) == 0160000 ? GIT_OBJECT_COMMIT : (mode & 0170000) == 0040000 ? GIT_OBJECT_TREE : GIT_OBJECT_BLOB;
	t->rest = aisp_slice_of(zero + 1 + GIT_OID_RAWSZ, (size_t)(end - zero - 1 - GIT_OID_RAWSZ));
	*ret_damaged = false;
	return true;
}

bool aisp_history__is_commit(struct aisp_history *h, const git_oid *id)
{
	const struct aisp_object *o;

	if (aisp_objects_get(h->objects, id->id, &o) < 0)
		return false;
	bool is = o->type == AISP_PACK_COMMIT;
	aisp_objects_put(h->objects, o);
	return is;
}

int aisp_history__commit_tree(struct aisp_history *h, const git_oid *id, git_oid *ret, struct aisp_err *err)
{
	enum { HEX = GIT_OID_HEXSZ, BEFORE = 5 };
	const struct aisp_object *o;
	git_commit *c = NULL;
	int r = aisp_objects_get(h->objects, id->id, &o);

	if (r == AISP_E_NOMEM)
		return aisp_history__nomem(err);
	if (r == 0) {
		bool good = o->type == AISP_PACK_COMMIT && o->text.n > BEFORE + HEX && memcmp(o->text.p, "tree ", BEFORE) == 0 &&
		            o->text.p[BEFORE + HEX] == '\n' && git_oid_fromstrn(ret, o->text.p + BEFORE, HEX) == 0;
		aisp_objects_put(h->objects, o);
		if (good)
			return 0;
	}
	if (git_commit_lookup(&c, h->repo, id) < 0)
		return AISP_E_NOTFOUND;
	*ret = *git_commit_tree_id(c);
	git_commit_free(c);
	return 0;
}
