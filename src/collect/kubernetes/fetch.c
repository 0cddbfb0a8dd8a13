/* Fetching: every row's list, page by page, in parallel. What may not be read is a gap and stands in `unread`; the scan fails only
 * when nothing at all can be had. Nothing is changed: all requests are GETs.
 */
#include "base/clock.h"
#include "base/doc.h"
#include "collect/kubernetes/live_int.h"
#include <sodium.h>

enum { REQUEST_MS = 60000, PARALLEL = 8, MAX_RESTARTS = 2 };
static const char accept_json[] = "Accept: application/json";
static const char accept_metadata[] = "Accept: application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

int aisp_kl_open(const struct aisp_kl_config *c, uint64_t deadline_ns, unsigned timeout_ms, unsigned parallel, struct aisp_http **ret, struct aisp_err *err)
{
	struct aisp_http_options o = {.ca_pem = c->ca, .cert_pem = c->cert, .key_pem = c->key, .insecure = c->insecure, .max_parallel = parallel,
	                              .timeout_ms = timeout_ms, .max_answer = (size_t)256 << 20, .deadline_ns = deadline_ns};
	struct aisp_slice rest = aisp_slice_from(c->server, aisp_slice_find(c->server, AISP_S("://")) + 3);
	struct aisp_slice host = aisp_slice_to(rest, aisp_slice_chr(rest, '/')), proxy = {0}, to = {0};

	if (c->proxy.n) {
		proxy = aisp_arena_dup(c->arena, c->proxy);
		o.proxy = proxy.p;
	}
	if (c->tls_name.n) { /* ask for the name that the certificate has, connect to the address that the kubeconfig has */
		size_t colon = aisp_slice_ends(host, AISP_S("]")) ? SIZE_MAX : aisp_slice_rchr(host, ':');
		struct aisp_slice port = colon == SIZE_MAX ? AISP_S("443") : aisp_slice_from(host, colon + 1);
		to = aisp_arena_printf(c->arena, "%.*s:%.*s:%.*s:%.*s", AISP_FMT(c->tls_name), AISP_FMT(port), AISP_FMT(aisp_slice_to(host, colon)), AISP_FMT(port));
		o.connect_to = to.p;
	}
	return aisp_http_new(&o, ret, err);
}

/* The server's URL with the name that its certificate has. */
static struct aisp_slice asked_server(struct aisp_kl_config *c)
{
	size_t sep = aisp_slice_find(c->server, AISP_S("://"));
	struct aisp_slice rest = aisp_slice_from(c->server, sep + 3), host = aisp_slice_to(rest, aisp_slice_chr(rest, '/'));
	size_t colon = aisp_slice_ends(host, AISP_S("]")) ? SIZE_MAX : aisp_slice_rchr(host, ':');

	if (c->tls_name.n == 0)
		return c->server;
	return aisp_arena_printf(c->arena, "https://%.*s%.*s%.*s", AISP_FMT(c->tls_name), AISP_FMT(aisp_slice_from(host, colon == SIZE_MAX ? host.n : colon)),
	                         AISP_FMT(aisp_slice_from(rest, host.n)));
}

int aisp_kl_headers(struct aisp_kl_config *c, const char *accept, const char *ret_headers[4], struct aisp_err *err)
{
	struct aisp_slice h = {0};
	size_t n = 0;

	ret_headers[n++] = accept;
	if (c->token.n) {
		h = aisp_arena_printf(c->arena, "Authorization: Bearer %.*s", AISP_FMT(c->token));
	} else if (c->username.n) {
		struct aisp_slice both = aisp_arena_printf(c->arena, "%.*s:%.*s", AISP_FMT(c->username), AISP_FMT(c->password));
		size_t size = sodium_base64_encoded_len(both.n, sodium_base64_VARIANT_ORIGINAL);
		char *text = both.p ? aisp_arena_alloc(c->arena, size) : NULL;
		if (text)
			h = aisp_arena_printf(c->arena, "Authorization: Basic %s", sodium_bin2base64(text, size, (const unsigned char *)both.p, both.n, sodium_base64_VARIANT_ORIGINAL));
	}
	if ((c->token.n || c->username.n) && !h.p)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a request");
	if (h.p)
		ret_headers[n++] = h.p;
	ret_headers[n] = NULL;
	return 0;
}

struct aisp_slice aisp_kl_url(struct aisp_arena *a, struct aisp_slice server, struct aisp_slice api_version, const char *resource, struct aisp_slice ns)
{
	const char *root = aisp_slice_chr(api_version, '/') == SIZE_MAX ? "api" : "apis";

	if (ns.n)
		return aisp_arena_printf(a, "%.*s/%s/%.*s/namespaces/%.*s/%s", AISP_FMT(server), root, AISP_FMT(api_version), AISP_FMT(ns), resource);
	return aisp_arena_printf(a, "%.*s/%s/%.*s/%s", AISP_FMT(server), root, AISP_FMT(api_version), resource);
}

/* One list being read: a row, one namespace or all. */
struct job {
	struct fetch *f;
	struct aisp_kl_list *list;
	struct aisp_slice ns, next, base;
	size_t first;              /* items of this job begin here, if it must be begun again and is the list's only one */
	unsigned restarts;
	const struct aisp_doc *versions; /* of the group, still to try; NULL: only the one */
	uint32_t version;
};
struct fetch {
	struct aisp_kl_config *config;
	const struct aisp_kl_target *t;
	struct aisp_kl_capture *cap;
	struct aisp_http *http;
	struct aisp_progress *progress;
	struct aisp_slice server;
	const struct aisp_doc *groups; /* of /apis; NULL: could not be had */
	const char *headers[4], *metadata[4];
	struct aisp_err first;     /* the first refusal */
	size_t asked, answered, good;
};

static int ask(struct job *j, struct aisp_err *err);

static struct aisp_slice message_of(struct aisp_arena *a, struct aisp_slice body)
{
	static const struct aisp_doc_limits limits = {.max_bytes = 1 << 20, .max_depth = 16, .max_values = 4096};
	struct aisp_arena *own AISP_CLEANUP(aisp_arena_freep) = aisp_arena_new(8u << 20);
	const struct aisp_doc *d = NULL;

	if (!own || aisp_json_parse(own, body, &limits, &d, NULL) < 0)
		return (struct aisp_slice){0};
	return aisp_arena_dup(a, aisp_slice_to(aisp_doc_getstr(d, "message"), 300));
}

static int unread(struct job *j, enum aisp_code why, struct aisp_slice detail, struct aisp_err *err)
{
	struct aisp_kl_capture *cap = j->f->cap;
	struct aisp_slice name = aisp_kl_resource(cap, j->list->row), what = name;

	if (j->ns.n)
		what = aisp_arena_printf(cap->arena, "%.*s in namespace %.*s", AISP_FMT(name), AISP_FMT(j->ns));
	if (!name.p || !what.p || aisp_vec_push(&cap->unread, name) < 0)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a capture");
	if (j->f->first.code == 0)
		aisp_fail(&j->f->first, why, "%.*s: %.*s", AISP_FMT(what), AISP_FMT(detail));
	return aisp_kl_gap(cap, what, why, detail, err);
}

/* The next version of the group, where this one has not the resource. */
static int next_version(struct job *j, struct aisp_err *err)
{
	const struct aisp_doc *v = aisp_doc_at(j->versions, j->version++);

	if (!v)
		return 0; /* the cluster has no such kind */
	j->list->api_version = aisp_arena_dup(j->f->cap->arena, aisp_doc_getstr(v, "groupVersion"));
	j->base = aisp_kl_url(j->f->cap->arena, j->f->server, j->list->api_version, j->list->row->resource, j->ns);
	return j->base.p ? ask(j, err) : aisp_fail(err, AISP_E_NOMEM, "out of memory for a request");
}

/* The place in the list is too old. The server may offer to go on from a later state; else it is read again from the start. */
static int expired(struct job *j, struct aisp_slice body, struct aisp_err *err)
{
	static const struct aisp_doc_limits limits = {.max_bytes = 1 << 20, .max_depth = 16, .max_values = 4096};
	struct aisp_arena *own AISP_CLEANUP(aisp_arena_freep) = aisp_arena_new(8u << 20);
	const struct aisp_doc *d = NULL;

	if (j->restarts++ < MAX_RESTARTS && j->f->t->n_namespaces < 2) {
		j->list->items.n = j->first;
		j->next = (struct aisp_slice){0};
		return ask(j, err);
	}
	if (own && j->restarts < MAX_RESTARTS + 8 && aisp_json_parse(own, body, &limits, &d, NULL) == 0) {
		struct aisp_slice more = aisp_doc_getstr(aisp_doc_get(d, "metadata"), "continue");
		if (more.n) {
			j->next = aisp_arena_dup(j->f->cap->arena, more);
			int r = j->restarts == MAX_RESTARTS + 1
			            ? aisp_kl_gap(j->f->cap, aisp_kl_resource(j->f->cap, j->list->row), AISP_E_CONFLICT, AISP_S("the list changed while it was read: some objects may be missing"), err)
			            : 0;
			return r < 0 ? r : ask(j, err);
		}
	}
	return unread(j, AISP_E_CONFLICT, AISP_S("the list changed faster than it could be read; what was read of it counts"), err);
}

static int refused(struct job *j, long status, struct aisp_slice body, struct aisp_err *err)
{
	struct aisp_arena *a = j->f->cap->arena;
	struct aisp_slice detail = message_of(a, body);

	if (status == 404)
		return j->versions ? next_version(j, err) : 0;
	if (status == 410)
		return expired(j, body, err);
	if (status == 403 && j->ns.n == 0 && j->f->config->ns.n && j->f->t->n_namespaces == 0 && (j->list->row->flags & AISP_KL_NAMESPACED)) {
		int r = unread(j, AISP_E_ACCESS, detail.n ? detail : AISP_S("forbidden; only the context's namespace is read"), err);
		j->ns = j->f->config->ns; /* perhaps the one namespace */
		j->base = aisp_kl_url(a, j->f->server, j->list->api_version, j->list->row->resource, j->ns);
		return r < 0 || !j->base.p ? r : ask(j, err);
	}
	if (detail.n == 0)
		detail = aisp_arena_printf(a, "the API server answered with status %ld", status);
	return unread(j, status == 401 || status == 403 ? AISP_E_ACCESS : AISP_E_REMOTE, detail, err);
}

static int done(void *ctx, long status, struct aisp_slice type, struct aisp_slice body, const struct aisp_err *why, struct aisp_err *err)
{
	struct job *j = ctx;
	struct fetch *f = j->f;
	struct aisp_err bad = {0};
	struct aisp_slice more = {0};
	int r;

	(void)type;
	aisp_progress_step(f->progress, ++f->answered, f->asked);
	if (status == 0)
		return unread(j, why ? why->code : AISP_E_REMOTE, aisp_arena_dup(f->cap->arena, aisp_slice_z(why ? why->msg : "no answer")), err);
	if (status != 200)
		return refused(j, status, body, err);
	r = aisp_kl_page(f->cap, j->list, body, &more, &bad);
	if ((j->list->row->flags & AISP_KL_SECRET) && body.n)
		explicit_bzero((char *)(uintptr_t)body.p, body.n);
	if (r == AISP_E_NOMEM)
		return aisp_fail(err, AISP_E_NOMEM, "%s", bad.msg);
	if (r < 0)
		return unread(j, bad.code, aisp_arena_dup(f->cap->arena, aisp_slice_z(bad.msg)), err);
	f->good++;
	j->next = more;
	return more.n ? ask(j, err) : 0;
}

/* A list that is cut off is asked for again. */
static bool is_cut(void *ctx, long status, struct aisp_slice body)
{
	struct aisp_slice t = aisp_slice_trim(body);

	(void)ctx;
	return status == 200 && (t.n == 0 || t.p[t.n - 1] != '}');
}

static void put_escaped(struct aisp_buf *b, struct aisp_slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		const unsigned char c = (unsigned char)s.p[i];
		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.')
			aisp_buf_putc(b, (char)c);
		else
			aisp_buf_printf(b, "%%%02X", c);
	}
}

static int ask(struct job *j, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf url;
	struct fetch *f = j->f;

	aisp_buf_init(&url, 1u << 20);
	aisp_buf_printf(&url, "%.*s?limit=%u", AISP_FMT(j->base), f->t->page);
	if (j->next.n) {
		aisp_buf_putz(&url, "&continue=");
		put_escaped(&url, j->next);
	}
	int r = aisp_buf_check(&url, err);
	const bool metadata = (j->list->row->flags & AISP_KL_SECRET) && !f->cap->secret_keys;
	struct aisp_http_request q = {.method = "GET", .url = aisp_buf_slice(&url), .headers = metadata ? f->metadata : f->headers, .again = is_cut, .done = done, .ctx = j};
	f->asked++;
	return r < 0 ? r : aisp_http_add(f->http, &q, err);
}

/* Discovery: which groups and versions there are. */

struct one {
	struct fetch *f;
	long status;
	const struct aisp_doc *doc;
	struct aisp_err why;
};

static int one_done(void *ctx, long status, struct aisp_slice type, struct aisp_slice body, const struct aisp_err *why, struct aisp_err *err)
{
	struct one *o = ctx;

	(void)type;
	(void)err;
	o->status = status;
	if (why)
		o->why = *why;
	else if (status == 200)
		(void)aisp_json_parse(o->f->config->arena, body, NULL, &o->doc, &o->why);
	else
		aisp_fail(&o->why, status == 401 || status == 403 ? AISP_E_ACCESS : AISP_E_REMOTE, "status %ld", status);
	return 0;
}

static int get(struct fetch *f, const char *path, struct one *ret, struct aisp_err *err)
{
	struct aisp_slice url = aisp_arena_printf(f->config->arena, "%.*s%s", AISP_FMT(f->server), path);
	struct aisp_http_request q = {.method = "GET", .url = url, .headers = f->headers, .done = one_done, .ctx = ret};

	*ret = (struct one){.f = f};
	if (!url.p)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a request");
	int r = aisp_http_add(f->http, &q, err);
	return r < 0 ? r : aisp_http_run(f->http, err);
}

static int discover(struct fetch *f, struct aisp_err *err)
{
	struct one o;
	int r = get(f, "/version", &o, err);

	if (r < 0)
		return r;
	if (o.status == 0)
		return aisp_fail(err, o.why.code, "the API server %.*s gives no answer: %s", AISP_FMT(f->config->server), o.why.msg);
	if (o.status == 401)
		return aisp_fail(err, AISP_E_ACCESS, "the API server %.*s does not accept the credentials of the user \"%.*s\" (expired?)", AISP_FMT(f->config->server), AISP_FMT(f->config->user));
	f->cap->version = aisp_arena_dup(f->cap->arena, aisp_doc_getstr(o.doc, "gitVersion"));
	r = get(f, "/apis", &o, err);
	if (r < 0)
		return r;
	if (o.status == 401)
		return aisp_fail(err, AISP_E_ACCESS, "the API server %.*s does not accept the credentials of the user \"%.*s\" (expired?)", AISP_FMT(f->config->server), AISP_FMT(f->config->user));
	f->groups = aisp_doc_get(o.doc, "groups");
	return f->groups ? 0 : aisp_kl_gap(f->cap, AISP_S("discovery"), o.why.code ? o.why.code : AISP_E_REMOTE, AISP_S("which kinds the cluster has could not be read: only the built-in ones are listed"), err);
}

/* The versions of a group, preferred first; NULL when there is no such group. */
static const struct aisp_doc *versions_of(const struct fetch *f, const char *group)
{
	for (uint32_t i = 0; i < aisp_doc_count(f->groups); i++)
		if (aisp_slice_eqz(aisp_doc_getstr(aisp_doc_at(f->groups, i), "name"), group))
			return aisp_doc_get(aisp_doc_at(f->groups, i), "versions");
	return NULL;
}

static int start(struct fetch *f, struct aisp_kl_list *list, struct aisp_slice ns, struct aisp_err *err)
{
	const struct aisp_kl_row *row = list->row;
	struct aisp_arena *a = f->cap->arena;
	struct job *j = aisp_arena_zalloc(a, 1, sizeof *j);

	if (!j)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a request");
	*j = (struct job){.f = f, .list = list, .ns = ns};
	if (row->group[0] && f->groups) {
		j->versions = versions_of(f, row->group);
		return j->versions ? next_version(j, err) : 0;
	}
	if (!row->version[0])
		return 0;
	list->api_version = row->group[0] ? aisp_arena_printf(a, "%s/%s", row->group, row->version) : aisp_slice_z(row->version);
	j->base = aisp_kl_url(a, f->server, list->api_version, row->resource, ns);
	return j->base.p ? ask(j, err) : aisp_fail(err, AISP_E_NOMEM, "out of memory for a request");
}

static int list_all(struct fetch *f, struct aisp_err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < aisp_kl_row_count; i++) {
		const bool each = (aisp_kl_rows[i].flags & AISP_KL_NAMESPACED) && f->t->n_namespaces;
		for (size_t n = 0; r == 0 && n < (each ? f->t->n_namespaces : 1); n++)
			r = start(f, &f->cap->lists[i], each ? f->t->namespaces[n] : (struct aisp_slice){0}, err);
	}
	if (r == 0)
		r = aisp_http_run(f->http, err);
	if (r == 0 && f->good == 0)
		r = aisp_fail(err, f->first.code ? f->first.code : AISP_E_REMOTE, "nothing of the cluster could be read: %s", f->first.code ? f->first.msg : "no list was answered");
	return r;
}

static int names(const struct aisp_target *target, const struct aisp_kl_config *c, struct aisp_kl_capture *cap, struct aisp_err *err)
{
	cap->cluster = aisp_arena_dup(cap->arena, target->cluster.n ? target->cluster : c->cluster);
	cap->server = aisp_arena_dup(cap->arena, c->server);
	cap->key = aisp_arena_printf(cap->arena, "kube:%.*s", AISP_FMT(cap->cluster));
	return cap->cluster.p && cap->server.p && cap->key.p ? 0 : aisp_fail(err, AISP_E_NOMEM, "out of memory for a capture");
}

int aisp_kl_fetch(const struct aisp_collect *c, const struct aisp_target *target, struct aisp_kl_capture *cap, struct aisp_err *err)
{
	struct aisp_kl_config config __attribute__((cleanup(aisp_kl_config_done))) = {0};
	struct aisp_http *http AISP_CLEANUP(aisp_http_freep) = NULL;
	const uint64_t deadline_ns = aisp_clock_mono_ns() + (uint64_t)(c->timeout_s ? c->timeout_s : 600) * 1000000000u;
	struct aisp_kl_target t;
	struct fetch f = {.config = &config, .t = &t, .cap = cap, .progress = c->progress};
	int r = aisp_kl_target_parse(target->text, &t, err);

	if (r == 0)
		r = aisp_kl_config_init(&config, err);
	if (r == 0)
		r = aisp_kl_config_load(&t, &config, err);
	if (r == 0)
		r = names(target, &config, cap, err);
	if (r == 0)
		r = aisp_kl_config_credentials(&t, &config, err);
	if (r == 0)
		r = aisp_kl_headers(&config, accept_json, f.headers, err);
	if (r == 0)
		r = aisp_kl_headers(&config, accept_metadata, f.metadata, err);
	if (r == 0)
		r = aisp_kl_open(&config, deadline_ns, REQUEST_MS, PARALLEL, &http, err);
	f.http = http;
	f.server = asked_server(&config);
	cap->secret_keys = t.secret_keys;
	if (r == 0)
		r = discover(&f, err);
	if (r == 0)
		r = list_all(&f, err);
	if (r == 0 && t.watch_s) {
		config.server = f.server;
		r = aisp_kl_watch(&config, &t, deadline_ns, cap, err);
	}
	return r;
}
