/* Which commits hold given blobs. A tree's answer is the set of those blobs below it; equal sets are one, so a commit costs
 * its changed trees only. See history.h. */
#include "base/hash.h"
#include "collect/git/history_int.h"
#include <stdlib.h>

struct set {
	uint32_t at, n; /* in items */
	uint32_t commits, first, last;
};
struct trace {
	struct aisp_history *h;
	struct aisp_map blobs;    /* oid → 1 + position in the question */
	struct aisp_map trees;    /* oid → 1 + set */
	struct aisp_map by_items; /* digest → 1 + set */
	AISP_VEC(struct set) sets; /* [0] is empty */
	AISP_VEC(uint32_t) items;
	struct aisp_err *err;
};

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* The set of these items (sorted, doubles removed here). */
static int set_of(struct trace *t, uint32_t *v, size_t n, uint32_t *ret)
{
	size_t m = 0;

	qsort(v, n, sizeof *v, by_number);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || v[i] != v[i - 1])
			v[m++] = v[i];
	if (m == 0) {
		*ret = 0;
		return 0;
	}
	struct aisp_digest d = aisp_digest_of(v, m * sizeof *v);
	struct aisp_key key;
	memcpy(&key, d.b, sizeof key);
	uint32_t have = aisp_map_get(&t->by_items, key);
	if (!have) {
		struct set s = {.at = (uint32_t)t->items.n, .n = (uint32_t)m, .first = UINT32_MAX};
		if (aisp_vec_reserve(&t->items, m) < 0 || aisp_vec_push(&t->sets, s) < 0)
			return aisp_history__nomem(t->err);
		memcpy(t->items.v + t->items.n, v, m * sizeof *v);
		t->items.n += m;
		have = (uint32_t)t->sets.n;
		int r = aisp_map_put(&t->by_items, key, have, t->err);
		if (r < 0)
			return r;
	}
	*ret = have - 1;
	return 0;
}

static int tree_set(struct trace *t, const git_oid *oid, unsigned depth, uint32_t *ret);

/* Adds what an entry leads to. */
static int add_entry(struct trace *t, const struct aisp_history__item *e, unsigned depth, uint32_t **v, size_t *n, size_t *cap)
{
	uint32_t set = 0, one = 0, *more;
	size_t count;

	if (e->type == GIT_OBJECT_TREE) {
		int r = tree_set(t, &e->id, depth + 1, &set);
		if (r < 0)
			return r;
		count = t->sets.v[set].n;
	} else {
		one = e->type == GIT_OBJECT_BLOB ? aisp_map_get(&t->blobs, aisp_history__key(&e->id)) : 0;
		count = one ? 1 : 0;
	}
	if (count == 0)
		return 0;
	if (*n + count > *cap) {
		*cap = (*n + count) * 2;
		more = aisp_mem_resize(*v, *cap, sizeof *more);
		if (!more)
			return aisp_history__nomem(t->err);
		*v = more;
	}
	if (e->type == GIT_OBJECT_TREE)
		memcpy(*v + *n, t->items.v + t->sets.v[set].at, count * sizeof **v);
	else
		(*v)[*n] = one - 1;
	*n += count;
	return 0;
}

static int tree_set(struct trace *t, const git_oid *oid, unsigned depth, uint32_t *ret)
{
	uint32_t have = aisp_map_get(&t->trees, aisp_history__key(oid));
	struct aisp_history__tree tree;
	struct aisp_history__item e;
	AISP_AUTOFREE uint32_t *v = NULL;
	size_t n = 0, cap = 0;
	bool damaged;

	*ret = have ? have - 1 : 0;
	if (have || depth > AISP_HISTORY_DEPTH_MAX)
		return 0;
	int r = aisp_history__tree_open(t->h, oid, &tree, t->err);
	if (r < 0)
		return r == AISP_E_NOTFOUND ? 0 : r;
	while (r == 0 && aisp_history__tree_next(&tree, &e, &damaged))
		r = add_entry(t, &e, depth, &v, &n, &cap);
	aisp_history__tree_close(t->h, &tree);
	if (r == 0)
		r = set_of(t, v, n, ret);
	return r < 0 ? r : aisp_map_put(&t->trees, aisp_history__key(oid), *ret + 1, t->err);
}

static int each_commit(struct trace *t)
{
	int r = 0;

	for (size_t i = 0; i < t->h->trees.n; i++) {
		uint32_t set;
		if (git_oid_is_zero(&t->h->trees.v[i]))
			continue;
		r = tree_set(t, &t->h->trees.v[i], 0, &set);
		if (r < 0)
			break;
		struct set *s = &t->sets.v[set];
		if (s->commits++ == 0)
			s->first = (uint32_t)i;
		s->last = (uint32_t)i;
	}
	return r;
}

static void mark_head(struct trace *t, struct aisp_history_trace *ret)
{
	git_object *tree = NULL;
	uint32_t set;

	if (git_revparse_single(&tree, t->h->repo, "HEAD^{tree}") < 0)
		return;
	if (tree_set(t, git_object_id(tree), 0, &set) == 0)
		for (uint32_t i = 0; i < t->sets.v[set].n; i++)
			ret[t->items.v[t->sets.v[set].at + i]].in_head = true;
	git_object_free(tree);
}

static void sum_up(const struct trace *t, struct aisp_history_trace *ret)
{
	for (size_t s = 1; s < t->sets.n; s++) {
		const struct set *set = &t->sets.v[s];
		for (uint32_t i = 0; set->commits && i < set->n; i++) {
			struct aisp_history_trace *one = &ret[t->items.v[set->at + i]];
			one->commits += set->commits;
			if (one->first == UINT32_MAX || set->first < one->first)
				one->first = set->first;
			if (one->last == UINT32_MAX || set->last > one->last)
				one->last = set->last;
		}
	}
}

int aisp_history_trace(struct aisp_history *h, const uint32_t *blobs, size_t n, struct aisp_history_trace *ret, struct aisp_err *err)
{
	struct trace t = {.h = h, .err = err};
	int r = aisp_vec_push(&t.sets, (struct set){0}) < 0 ? aisp_history__nomem(err) : 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		ret[i] = (struct aisp_history_trace){.first = UINT32_MAX, .last = UINT32_MAX};
		if (blobs[i] < h->blobs.n)
			r = aisp_map_put(&t.blobs, aisp_history__key(&h->blobs.v[blobs[i]].oid), (uint32_t)i + 1, err);
	}
	if (r == 0)
		r = each_commit(&t);
	if (r == 0) {
		sum_up(&t, ret);
		mark_head(&t, ret);
	}
	aisp_map_done(&t.blobs);
	aisp_map_done(&t.trees);
	aisp_map_done(&t.by_items);
	aisp_vec_done(&t.sets);
	aisp_vec_done(&t.items);
	return r;
}
