/* Kubernetes: one request as the kubeconfig's user. */
#include "base/clock.h"
#include "collect/kubernetes/live_int.h"
#include "govern/act_int.h"
#include <stdio.h>

static const char accept_json[] = "Accept: application/json";

struct cluster {
	struct aisp_kl_target target;
	struct aisp_kl_config config;
	struct aisp_http *http;
	const char *headers[4];
	bool ready; /* credentials were read */
};

void aisp_act__kube_close(struct aisp_act__target *t)
{
	struct cluster *c = t->state;

	aisp_http_free(c->http);
	for (size_t i = 1; i < 4 && c->headers[i]; i++)
		explicit_bzero((char *)(uintptr_t)c->headers[i], strlen(c->headers[i]));
	aisp_kl_config_done(&c->config);
	aisp_mem_free(c);
	t->state = NULL;
}

static int cluster_of(struct aisp_act__target *t, struct cluster **ret, struct aisp_err *err)
{
	if (!t->state) {
		struct cluster *c = aisp_mem_zalloc(1, sizeof *c);
		if (!c)
			return aisp_act__no_memory(err);
		t->state = c;
		int r = aisp_kl_target_parse(t->text, &c->target, err);
		if (r == 0)
			r = aisp_kl_config_init(&c->config, err);
		if (r == 0)
			r = aisp_kl_config_load(&c->target, &c->config, err);
		if (r < 0) {
			aisp_act__kube_close(t);
			return r;
		}
	}
	*ret = t->state;
	return 0;
}

static int find_cluster(struct aisp_act *a, struct aisp_slice name, struct cluster **ret, struct aisp_err *err)
{
	char form[300];

	for (size_t i = 0; i < a->targets.n; i++) {
		struct cluster *c = NULL;
		if (a->targets.v[i].kind != AISP_ACT_KUBERNETES)
			continue;
		int r = cluster_of(&a->targets.v[i], &c, err);
		if (r < 0)
			return r;
		if (aisp_slice_eq(name, c->config.cluster) || (a->targets.v[i].alias.n && aisp_slice_eq(name, a->targets.v[i].alias))) {
			*ret = c;
			return 0;
		}
	}
	snprintf(form, sizeof form, "kube:CONTEXT");
	return aisp_act__no_target(a, "cluster", name, form, err);
}

static int open_cluster(struct cluster *c, struct aisp_err *err)
{
	int r = 0;

	if (c->ready)
		return 0;
	r = aisp_kl_config_credentials(&c->target, &c->config, err);
	if (r == 0)
		r = aisp_kl_headers(&c->config, accept_json, c->headers, err);
	if (r == 0)
		r = aisp_kl_open(&c->config, 0, AISP_ACT_TIMEOUT_MS, 1, &c->http, err);
	c->ready = r == 0;
	return r;
}

struct answer {
	long status;
	struct aisp_slice body;
	struct aisp_arena *mem;
	struct aisp_err why;
};

static int on_done(void *ctx, long status, struct aisp_slice type, struct aisp_slice body, const struct aisp_err *why, struct aisp_err *err)
{
	struct answer *a = ctx;

	(void)type;
	a->status = status;
	if (why)
		a->why = *why;
	else if (!(a->body = aisp_arena_dup(a->mem, body)).p)
		return aisp_act__no_memory(err);
	return 0;
}

/* "/apis/…" with a query perhaps; nothing that leads elsewhere. */
static bool is_path(struct aisp_slice p)
{
	for (size_t i = 0; i < p.n; i++)
		if ((unsigned char)p.p[i] <= ' ' || (unsigned char)p.p[i] >= 0x7f || p.p[i] == '#' || p.p[i] == '\\')
			return false;
	return (aisp_slice_starts(p, AISP_S("/api/")) || aisp_slice_starts(p, AISP_S("/apis/"))) && aisp_slice_find(aisp_slice_to(p, aisp_slice_chr(p, '?')), AISP_S("..")) == SIZE_MAX;
}

/* Does it change nothing? dryRun=All is asked, reviews only answer. */
static bool is_read(const char *method, struct aisp_slice path)
{
	size_t mark = aisp_slice_chr(path, '?');
	struct aisp_slice query = mark == SIZE_MAX ? (struct aisp_slice){0} : aisp_slice_from(path, mark + 1), part;
	path = aisp_slice_to(path, mark);
	if (strcmp(method, "GET") == 0)
		return true;
	while (query.p && aisp_slice_split(&query, '&', &part))
		if (aisp_slice_eqz(part, "dryRun=All"))
			return true;
	return strcmp(method, "POST") == 0 && (aisp_slice_ends(path, AISP_S("/subjectaccessreviews")) || aisp_slice_ends(path, AISP_S("/selfsubjectaccessreviews")) ||
					       aisp_slice_ends(path, AISP_S("/localsubjectaccessreviews")) || aisp_slice_ends(path, AISP_S("/tokenreviews")));
}

static int send(struct cluster *c, const char *method, struct aisp_slice path, const char *content_type, struct aisp_slice body, bool once, struct answer *answer, struct aisp_err *err)
{
	struct aisp_slice type = aisp_arena_printf(answer->mem, "Content-Type: %s", content_type ? content_type : "application/json");
	struct aisp_slice url = aisp_arena_printf(answer->mem, "%.*s%.*s", AISP_FMT(c->config.server), AISP_FMT(path));
	const char *headers[6] = {0};
	size_t n = 0;

	if (!type.p || !url.p)
		return aisp_act__no_memory(err);
	if (c->config.tls_name.n) { /* the name that the certificate has; the pool connects to the kubeconfig's address */
		size_t sep = aisp_slice_find(c->config.server, AISP_S("://"));
		struct aisp_slice rest = aisp_slice_from(c->config.server, sep + 3), host = aisp_slice_to(rest, aisp_slice_chr(rest, '/'));
		size_t colon = aisp_slice_ends(host, AISP_S("]")) ? SIZE_MAX : aisp_slice_rchr(host, ':');
		url = aisp_arena_printf(answer->mem, "https://%.*s%.*s%.*s%.*s", AISP_FMT(c->config.tls_name), AISP_FMT(aisp_slice_from(host, colon == SIZE_MAX ? host.n : colon)),
					AISP_FMT(aisp_slice_from(rest, host.n)), AISP_FMT(path));
		if (!url.p)
			return aisp_act__no_memory(err);
	}
	for (; c->headers[n] && n < 3; n++)
		headers[n] = c->headers[n];
	if (body.n)
		headers[n++] = type.p;
	const struct aisp_http_request q = {.method = method, .url = url, .body = body, .headers = headers, .done = on_done, .ctx = answer, .once = once};
	int r = aisp_http_add(c->http, &q, err);
	return r == 0 ? aisp_http_run(c->http, err) : r;
}

int aisp_act_kube(struct aisp_act *a, struct aisp_slice cluster, const char *method, struct aisp_slice path, const char *content_type, struct aisp_slice body, struct aisp_arena *mem,
		  long *ret_status, const struct aisp_doc **ret_answer, struct aisp_err *err)
{
	static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
	struct answer answer = {.mem = mem};
	struct cluster *c = NULL;
	const struct aisp_doc *d = NULL;
	bool known = false;

	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		known = known || strcmp(method, methods[i]) == 0;
	if (!known || !is_path(path))
		return aisp_fail(err, AISP_E_USAGE, "'%.10s %.*s' is no request to the Kubernetes API", method, AISP_FMT(aisp_slice_to(path, 200)));
	const bool read = is_read(method, path);
	int r = read ? 0 : aisp_act__is_dry(a, "a request to the Kubernetes API", err);
	if (r == 0)
		r = find_cluster(a, cluster, &c, err);
	if (r == 0)
		r = open_cluster(c, err);
	if (r == 0)
		r = send(c, method, path, content_type, body, !read, &answer, err);
	if (r < 0)
		return r;
	if (answer.status == 0)
		return aisp_fail(err, answer.why.code ? answer.why.code : AISP_E_REMOTE, "cluster %.*s: %s", AISP_FMT(cluster), answer.why.msg);
	if (answer.status == 401)
		return aisp_fail(err, AISP_E_ACCESS, "cluster %.*s does not know who we are (401): are the credentials of its kubeconfig user still valid?", AISP_FMT(cluster));
	if (answer.status >= 500)
		return aisp_fail(err, AISP_E_REMOTE, "cluster %.*s answered with status %ld", AISP_FMT(cluster), answer.status);
	r = aisp_act__json(mem, answer.body.n ? answer.body : AISP_S("{}"), &d, err);
	if (r == AISP_E_PARSE && answer.status >= 400) /* "404 page not found" */
		r = aisp_act__json(mem, AISP_S("{}"), &d, err);
	if (r < 0)
		return aisp_wrap(err, r, "in the answer of cluster %.*s", AISP_FMT(cluster));
	*ret_status = answer.status;
	if (ret_answer)
		*ret_answer = d;
	return 0;
}
