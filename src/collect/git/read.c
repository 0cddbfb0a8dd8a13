/* Reading the blobs of a history in parallel: those in packs by their trees of differences, the rest one by one from libgit2.
 * See history.h. */
#include "base/task.h"
#include "collect/git/history_int.h"

enum { WORKERS_MAX = 64, CHUNK = 64 };
static const size_t held_max = (size_t)192 << 20; /* of texts in all workers' hands */

struct reader {
	git_repository *repo;
	git_odb *odb;
	struct aisp_buf path;
};
struct each {
	struct aisp_history *h;
	int (*f)(void *ctx, size_t i, unsigned worker, const struct aisp_history_blob *blob);
	void *ctx;
	uint8_t *done;               /* by blob */
	AISP_VEC(uint32_t) left;     /* what is not, ascending */
	struct reader readers[WORKERS_MAX];
};

static int hand_out(void *ctx, uint32_t i, unsigned worker, struct aisp_slice text)
{
	struct each *e = ctx;
	struct reader *r = &e->readers[worker];
	const struct aisp_history__entry *b = &e->h->blobs.v[i];
	struct aisp_history_blob out = {.commit = b->commit, .text = text};

	git_oid_tostr(out.id, sizeof out.id, &b->oid);
	if (b->commit < e->h->commits.n)
		git_oid_tostr(out.commit_id, sizeof out.commit_id, &e->h->commits.v[b->commit]);
	if (!r->path.max)
		aisp_buf_init(&r->path, 1 << 16);
	aisp_buf_clear(&r->path);
	aisp_buf_put(&r->path, aisp_symtab_get(e->h->names, b->dir));
	aisp_buf_put(&r->path, aisp_symtab_get(e->h->names, b->name));
	out.path = aisp_buf_slice(&r->path);
	int q = aisp_buf_check(&r->path, NULL);
	return q < 0 ? q : e->f(e->ctx, i, worker, &out);
}

static int open_reader(struct each *e, struct reader *r)
{
	if (r->odb)
		return 0;
	if (!r->repo && aisp_history__repo(e->h->path, &r->repo, NULL) < 0)
		return AISP_E_IO;
	return git_repository_odb(&r->odb, r->repo) < 0 ? AISP_E_IO : 0;
}

static int read_blob(struct each *e, uint32_t i, unsigned worker)
{
	struct reader *r = &e->readers[worker];
	const git_oid *id = &e->h->blobs.v[i].oid;
	git_odb_object *object = NULL;
	size_t size;
	git_object_t type;

	if (git_odb_read_header(&size, &type, r->odb, id) < 0) {
		atomic_fetch_add(&e->h->missing, 1);
		return 0;
	}
	if (size > e->h->o.max_blob) {
		atomic_fetch_add(&e->h->too_large, 1);
		return 0;
	}
	if (git_odb_read(&object, r->odb, id) < 0) {
		atomic_fetch_add(&e->h->missing, 1);
		return 0;
	}
	int q = hand_out(e, i, worker, aisp_slice_of(git_odb_object_data(object), git_odb_object_size(object)));
	git_odb_object_free(object);
	return q;
}

static int read_chunk(void *ctx, size_t chunk, unsigned worker)
{
	struct each *e = ctx;
	int r = open_reader(e, &e->readers[worker]);

	for (size_t i = chunk * CHUNK; r == 0 && i < (chunk + 1) * CHUNK && i < e->left.n && aisp_history__in_time(e->h); i++)
		r = read_blob(e, e->left.v[i], worker);
	return r;
}

static bool go_on(void *ctx)
{
	return aisp_history__in_time(((struct each *)ctx)->h);
}

static int read_packs(struct each *e, struct aisp_err *err)
{
	const struct aisp_forest_options o = {.max_size = e->h->o.max_blob, .max_held = held_max / aisp_task_workers(), .f = hand_out,
	                                      .go_on = go_on, .ctx = e, .done = e->done};
	AISP_VEC(struct aisp_pack_want) want = {0};
	int r = 0;

	for (size_t i = 0; r == 0 && i < e->h->blobs.n; i++) {
		struct aisp_pack_want w = {.item = (uint32_t)i};
		if (aisp_packs_find(e->h->packs, e->h->blobs.v[i].oid.id, &w.at) && aisp_vec_push(&want, w) < 0)
			r = aisp_history__nomem(err);
	}
	if (r == 0)
		r = aisp_forest_each(e->h->packs, want.v, want.n, &o, err);
	aisp_vec_done(&want);
	return r;
}

static int read_left(struct each *e, struct aisp_err *err)
{
	for (size_t i = 0; i < e->h->blobs.n; i++)
		if (!e->done[i] && aisp_vec_push(&e->left, (uint32_t)i) < 0)
			return aisp_history__nomem(err);
	return aisp_task_each((e->left.n + CHUNK - 1) / CHUNK, read_chunk, e, err);
}

int aisp_history_each(struct aisp_history *h, int (*f)(void *ctx, size_t i, unsigned worker, const struct aisp_history_blob *blob),
                      void *ctx, struct aisp_err *err)
{
	struct each *e = aisp_mem_zalloc(1, sizeof *e);
	int r = 0;

	if (!e || !(e->done = aisp_mem_zalloc(h->blobs.n + 1, 1)))
		r = aisp_history__nomem(err);
	if (r == 0) {
		e->h = h;
		e->f = f;
		e->ctx = ctx;
		r = read_packs(e, err);
	}
	if (r == 0)
		r = read_left(e, err);
	for (size_t i = 0; e && i < WORKERS_MAX; i++) {
		git_odb_free(e->readers[i].odb);
		git_repository_free(e->readers[i].repo);
		aisp_buf_done(&e->readers[i].path);
	}
	if (e) {
		aisp_mem_free(e->done);
		aisp_vec_done(&e->left);
	}
	aisp_mem_free(e);
	return r;
}
