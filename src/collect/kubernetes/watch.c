/* Watches: what changes while the scan lasts, asked for once, for a bounded time, from where the lists were read.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
#include "collect/kubernetes/live_int.h"

enum { GRACE_MS = 30000, PARALLEL = 64 };

struct watcher {
	struct aisp_kl_capture *cap;
	struct aisp_kl_list *list;
	size_t *changes;
};

static int done(void *ctx, long status, struct aisp_slice type, struct aisp_slice body, const struct aisp_err *why, struct aisp_err *err)
{
	struct watcher *w = ctx;
	struct aisp_err bad = {0};
	size_t n = 0;
	int r;

	(void)type;
	if (status == 200)
		r = aisp_kl_events(w->cap, w->list, body, &n, &bad);
	else if (why)
		r = aisp_fail(&bad, why->code, "%s", why->msg);
	else
		r = aisp_fail(&bad, status == 403 ? AISP_E_ACCESS : AISP_E_REMOTE, "status %ld", status);
	if ((w->list->row->flags & AISP_KL_SECRET) && body.n)
		explicit_bzero((char *)(uintptr_t)body.p, body.n);
	*w->changes += n;
	if (r == AISP_E_NOMEM)
		return aisp_fail(err, AISP_E_NOMEM, "%s", bad.msg);
	if (r == 0)
		return 0;
	struct aisp_slice what = aisp_arena_printf(w->cap->arena, "changes of %s", w->list->row->resource);
	return aisp_kl_gap(w->cap, what, bad.code, aisp_slice_z(bad.msg), err);
}

static int start(struct aisp_http *http, struct aisp_kl_config *c, const struct aisp_kl_target *t, struct aisp_kl_capture *cap, struct aisp_kl_list *list,
                 struct aisp_slice ns, size_t *changes, struct aisp_err *err)
{
	const bool metadata = (list->row->flags & AISP_KL_SECRET) && !cap->secret_keys;
	struct watcher *w = aisp_arena_zalloc(cap->arena, 1, sizeof *w);
	struct aisp_slice base = aisp_kl_url(cap->arena, c->server, list->api_version, list->row->resource, ns);
	struct aisp_slice url = aisp_arena_printf(cap->arena, "%.*s?watch=1&allowWatchBookmarks=true&timeoutSeconds=%u&resourceVersion=%.*s", AISP_FMT(base), t->watch_s,
	                                          AISP_FMT(list->resource_version));
	const char *headers[4];
	struct aisp_http_request q = {.method = "GET", .url = url, .headers = headers, .done = done, .ctx = w};

	if (!w || !base.p || !url.p)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a watch");
	*w = (struct watcher){cap, list, changes};
	int r = aisp_kl_headers(c, metadata ? "Accept: application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1" : "Accept: application/json", headers, err);
	return r < 0 ? r : aisp_http_add(http, &q, err);
}

int aisp_kl_watch(struct aisp_kl_config *c, const struct aisp_kl_target *t, uint64_t deadline_ns, struct aisp_kl_capture *cap, struct aisp_err *err)
{
	struct aisp_http *http AISP_CLEANUP(aisp_http_freep) = NULL;
	size_t changes = 0;
	int r = aisp_kl_open(c, deadline_ns, t->watch_s * 1000 + GRACE_MS, PARALLEL, &http, err);

	for (size_t i = 0; r == 0 && i < aisp_kl_row_count; i++) {
		const bool each = (aisp_kl_rows[i].flags & AISP_KL_NAMESPACED) && t->n_namespaces;
		for (size_t n = 0; r == 0 && cap->lists[i].present && n < (each ? t->n_namespaces : 1); n++)
			r = start(http, c, t, cap, &cap->lists[i], each ? t->namespaces[n] : (struct aisp_slice){0}, &changes, err);
	}
	return r < 0 ? r : aisp_http_run(http, err);
}
