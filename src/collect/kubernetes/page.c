/* Answers of the API server, without the network: pages of lists, lines of watches, and what of an object is kept. */
#include "base/doc.h"
#include "collect/files/settings.h"
#include "collect/kubernetes/live_int.h"

enum { MAX_PAGE = 256 << 20 };

/* What is kept of an object's status, by kind; other kinds' status is kept whole. */
static const struct {
	const char *kind, *keys[8];
} statuses[] = {
	{"Pod", {"phase", "podIP", "podIPs", "hostIP", "containerStatuses", "initContainerStatuses", NULL, NULL}},
	{"Node", {"addresses", "capacity", "nodeInfo", NULL, NULL, NULL, NULL, NULL}},
	{"ReplicaSet", {NULL}}, {"Deployment", {NULL}}, {"StatefulSet", {NULL}}, {"DaemonSet", {NULL}}, {"Job", {NULL}}, {"CronJob", {NULL}},
	{"CustomResourceDefinition", {NULL}}, {"Workflow", {NULL}},
};

enum where { ROOT, METADATA, ANNOTATIONS, STATUS, CRD_SPEC, INSIDE };

static bool is_kept(const char *kind, enum where at, struct aisp_slice key)
{
	if (at == ROOT && (aisp_slice_eqz(key, "apiVersion") || aisp_slice_eqz(key, "kind")))
		return false; /* written by hand: items of lists have none */
	if (at == METADATA && aisp_slice_eqz(key, "managedFields"))
		return false;
	if (at == ANNOTATIONS && aisp_slice_eqz(key, "kubectl.kubernetes.io/last-applied-configuration"))
		return false; /* for a Secret it holds the values */
	if (at == CRD_SPEC)
		return !aisp_slice_eqz(key, "versions") && !aisp_slice_eqz(key, "validation");
	if (at != STATUS)
		return true;
	for (size_t s = 0; s < sizeof statuses / sizeof *statuses; s++) {
		if (strcmp(statuses[s].kind, kind) != 0)
			continue;
		for (size_t i = 0; i < 8 && statuses[s].keys[i]; i++)
			if (aisp_slice_eqz(key, statuses[s].keys[i]))
				return true;
		return false;
	}
	return true;
}

static enum where below(const char *kind, enum where at, struct aisp_slice key)
{
	if (at == ROOT && aisp_slice_eqz(key, "metadata"))
		return METADATA;
	if (at == ROOT && aisp_slice_eqz(key, "status"))
		return STATUS;
	if (at == ROOT && aisp_slice_eqz(key, "spec") && strcmp(kind, "CustomResourceDefinition") == 0)
		return CRD_SPEC;
	if (at == METADATA && aisp_slice_eqz(key, "annotations"))
		return ANNOTATIONS;
	return INSIDE;
}

static bool copy(struct aisp_arena *a, const struct aisp_doc *from, const char *kind, enum where at, unsigned depth, struct aisp_doc *to);

static bool copy_members(struct aisp_arena *a, const struct aisp_doc *from, const char *kind, enum where at, unsigned depth, struct aisp_member *m, uint32_t *n)
{
	for (uint32_t i = 0; i < from->n; i++) {
		const struct aisp_member *x = &from->members[i];
		if (!is_kept(kind, at, x->key))
			continue;
		m[*n] = (struct aisp_member){.key = aisp_arena_dup(a, x->key)};
		if (!m[*n].key.p || !copy(a, &x->value, kind, below(kind, at, x->key), depth + 1, &m[*n].value))
			return false;
		++*n;
	}
	return true;
}

/* Depth is that of a parsed document: capped by its parser. */
static bool copy(struct aisp_arena *a, const struct aisp_doc *from, const char *kind, enum where at, unsigned depth, struct aisp_doc *to)
{
	*to = *from;
	to->line = 0;
	if (depth > 200)
		return false;
	if (from->type == AISP_DOC_STR) {
		to->s = aisp_arena_dup(a, from->s);
		return to->s.p != NULL;
	}
	if (from->type == AISP_DOC_ARR) {
		struct aisp_doc *items = aisp_arena_zalloc(a, from->n + 1u, sizeof *items);
		for (uint32_t i = 0; items && i < from->n; i++)
			if (!copy(a, &from->items[i], kind, INSIDE, depth + 1, &items[i]))
				return false;
		to->items = items;
		return items != NULL;
	}
	if (from->type == AISP_DOC_OBJ) {
		struct aisp_member *m = aisp_arena_zalloc(a, from->n + 1u, sizeof *m);
		to->n = 0;
		to->members = m;
		return m && copy_members(a, from, kind, at, depth, m, &to->n);
	}
	return true;
}

const struct aisp_doc *aisp_kl_prune(struct aisp_arena *a, const struct aisp_doc *item, struct aisp_slice api_version, const char *kind)
{
	struct aisp_doc *d = aisp_arena_zalloc(a, 1, sizeof *d);
	struct aisp_member *m = d ? aisp_arena_zalloc(a, item->n + 2u, sizeof *m) : NULL;
	uint32_t n = 2;

	if (!m || item->type != AISP_DOC_OBJ)
		return NULL;
	/* copies: a Secret is wiped as a whole */
	m[0] = (struct aisp_member){.key = AISP_S("apiVersion"), .value = {.type = AISP_DOC_STR, .s = aisp_arena_dup(a, api_version)}};
	m[1] = (struct aisp_member){.key = AISP_S("kind"), .value = {.type = AISP_DOC_STR, .s = aisp_arena_dup(a, aisp_slice_z(kind))}};
	if (!m[0].value.s.p || !m[1].value.s.p)
		return NULL;
	if (!copy_members(a, item, kind, ROOT, 0, m, &n))
		return NULL;
	*d = (struct aisp_doc){.type = AISP_DOC_OBJ, .n = n, .members = m};
	return d;
}

static int no_room(const struct aisp_kl_capture *cap, struct aisp_err *err)
{
	return aisp_arena_full(cap->arena) ? aisp_fail(err, AISP_E_LIMIT, "the cluster has more objects than fit the cap of memory for one scan: scan it by namespaces")
	                                   : aisp_fail(err, AISP_E_NOMEM, "out of memory for a cluster's objects");
}

static int take_items(struct aisp_kl_capture *cap, struct aisp_kl_list *list, const struct aisp_doc *items, struct aisp_err *err)
{
	for (uint32_t i = 0; i < items->n; i++) {
		if (items->items[i].type != AISP_DOC_OBJ)
			return aisp_fail(err, AISP_E_REMOTE, "an item of the list is no object");
		const struct aisp_doc *d = aisp_kl_prune(cap->arena, &items->items[i], list->api_version, list->row->kind);
		if (!d || aisp_vec_push(&list->items, d) < 0)
			return no_room(cap, err);
	}
	return 0;
}

int aisp_kl_page(struct aisp_kl_capture *cap, struct aisp_kl_list *list, struct aisp_slice json, struct aisp_slice *ret_continue, struct aisp_err *err)
{
	static const struct aisp_doc_limits limits = {.max_bytes = MAX_PAGE, .max_values = 40000000};
	struct aisp_arena *page AISP_CLEANUP(aisp_arena_freep) = aisp_arena_new((size_t)2048 << 20);
	const struct aisp_doc *d = NULL;

	if (!page)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a cluster's objects");
	int r = aisp_json_parse(page, json, &limits, &d, err);
	if (r < 0)
		return aisp_wrap(err, r, "in the API server's list");
	const struct aisp_doc *items = aisp_doc_get(d, "items"), *meta = aisp_doc_get(d, "metadata");
	struct aisp_slice more = aisp_doc_getstr(meta, "continue");
	if (!aisp_slice_ends(aisp_doc_getstr(d, "kind"), AISP_S("List")) || (items && items->type != AISP_DOC_ARR && items->type != AISP_DOC_NULL))
		r = aisp_fail(err, AISP_E_REMOTE, "the API server's answer is no list");
	else if (items && items->type == AISP_DOC_ARR)
		r = take_items(cap, list, items, err);
	if (r == 0) {
		list->resource_version = aisp_arena_dup(cap->arena, aisp_doc_getstr(meta, "resourceVersion"));
		*ret_continue = aisp_arena_dup(cap->arena, more);
		list->present = true;
		if (more.n && !ret_continue->p)
			r = no_room(cap, err);
	}
	if (list->row->flags & AISP_KL_SECRET)
		aisp_doc_wipe(d);
	return r;
}

/* Watches. */

static bool same_object(const struct aisp_doc *a, const struct aisp_doc *b)
{
	const struct aisp_doc *x = aisp_doc_get(a, "metadata"), *y = aisp_doc_get(b, "metadata");

	return aisp_slice_eq(aisp_doc_getstr(x, "name"), aisp_doc_getstr(y, "name")) && aisp_slice_eq(aisp_doc_getstr(x, "namespace"), aisp_doc_getstr(y, "namespace"));
}

static int apply(struct aisp_kl_capture *cap, struct aisp_kl_list *list, const struct aisp_doc *event, size_t *n, struct aisp_err *err)
{
	struct aisp_slice type = aisp_doc_getstr(event, "type");
	const struct aisp_doc *o = aisp_doc_get(event, "object");
	size_t at = 0;

	if (aisp_slice_eqz(type, "ERROR"))
		return aisp_fail(err, AISP_E_CONFLICT, "the API server ended the watch: %.*s", AISP_FMT(aisp_doc_getstr(o, "message")));
	if (!o || o->type != AISP_DOC_OBJ || aisp_slice_eqz(type, "BOOKMARK"))
		return 0;
	const bool gone = aisp_slice_eqz(type, "DELETED");
	if (!gone && !aisp_slice_eqz(type, "ADDED") && !aisp_slice_eqz(type, "MODIFIED"))
		return aisp_fail(err, AISP_E_REMOTE, "the API server's watch has an event that is not known");
	++*n;
	while (at < list->items.n && !same_object(list->items.v[at], o))
		at++;
	if (gone) {
		if (at < list->items.n)
			memmove(&list->items.v[at], &list->items.v[at + 1], (--list->items.n - at) * sizeof *list->items.v);
		return 0;
	}
	const struct aisp_doc *d = aisp_kl_prune(cap->arena, o, list->api_version, list->row->kind);
	if (!d)
		return no_room(cap, err);
	if (at < list->items.n)
		list->items.v[at] = d;
	else if (aisp_vec_push(&list->items, d) < 0)
		return no_room(cap, err);
	return 0;
}

int aisp_kl_events(struct aisp_kl_capture *cap, struct aisp_kl_list *list, struct aisp_slice ndjson, size_t *ret_n, struct aisp_err *err)
{
	struct aisp_slice line;
	int r = 0;

	*ret_n = 0;
	while (r == 0 && aisp_slice_split(&ndjson, '\n', &line)) {
		struct aisp_arena *a AISP_CLEANUP(aisp_arena_freep) = NULL;
		const struct aisp_doc *d = NULL;
		if (aisp_slice_trim(line).n == 0)
			continue;
		a = aisp_arena_new((size_t)512 << 20);
		r = a ? aisp_json_parse(a, line, NULL, &d, err) : aisp_fail(err, AISP_E_NOMEM, "out of memory for a watch");
		if (r == 0)
			r = apply(cap, list, d, ret_n, err);
		if (d && list->row->flags & AISP_KL_SECRET)
			aisp_doc_wipe(d);
	}
	return r;
}
