/* Kind: the token of a Kubernetes service account aisp-drill-ID, bound to a Secret of the same name and of limited life. Containment: bindings that name it, then the Secret (the
 * token dies with it), then the account (its tokens die with its uid). An API server remembers a token for some seconds: that time is part of what is measured. */
#include "base/fs.h"
#include "base/jw.h"
#include "collect/kubernetes/live_int.h"
#include "govern/drill_int.h"
#include <sodium.h>

enum { LIFE_S = 3600 };
static const char reviews[] = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

static int call(struct aisp_drill *d, struct aisp_act *a, const char *method, struct aisp_slice path, struct aisp_slice body, long *ret_status, const struct aisp_doc **ret, struct aisp_err *err)
{
	const struct aisp_doc *answer = NULL;
	int r = path.p ? aisp_act_kube(a, aisp_drill__get(d, "cluster"), method, path, NULL, body, d->mem, ret_status, &answer, err) : aisp_fail(err, AISP_E_NOMEM, "out of memory for a drill");

	if (r == 0 && ret)
		*ret = answer;
	return r;
}

/* One that must succeed; `fine` is a further status that is. */
static int must(struct aisp_drill *d, const char *method, struct aisp_slice path, struct aisp_slice body, long fine, const struct aisp_doc **ret, struct aisp_err *err)
{
	const struct aisp_doc *answer = NULL;
	long status = 0;
	int r = call(d, d->act, method, path, body, &status, &answer, err);

	if (r == 0 && (status < 200 || status >= 300) && status != fine)
		r = aisp_fail(err, status == 403 ? AISP_E_ACCESS : AISP_E_REMOTE, "%s %.*s: %ld %.*s", method, AISP_FMT(path), status, AISP_FMT(aisp_slice_to(aisp_doc_getstr(answer, "message"), 300)));
	if (r == 0 && ret)
		*ret = answer;
	return r;
}

static int config_of(struct aisp_drill *d, struct aisp_kl_config *c, struct aisp_err *err)
{
	struct aisp_kl_target t;
	int r = aisp_kl_config_init(c, err);

	if (r == 0)
		r = aisp_kl_target_parse(aisp_slice_z(aisp_drill__target(d, "kube:")), &t, err);
	if (r == 0)
		r = aisp_kl_config_load(&t, c, err);
	return r;
}

static int prepare(struct aisp_drill *d, struct aisp_slice detail, struct aisp_err *err)
{
	struct aisp_kl_config c = {0};

	if (!aisp_drill__target(d, "kube:"))
		return aisp_fail(err, AISP_E_USAGE, "a kubernetes-token needs the cluster to make it in: --with kube:CONTEXT");
	for (size_t i = 0; i < detail.n; i++)
		if (!((detail.p[i] >= 'a' && detail.p[i] <= 'z') || (detail.p[i] >= '0' && detail.p[i] <= '9') || detail.p[i] == '-'))
			return aisp_fail(err, AISP_E_USAGE, "'%.*s' is no name of a namespace", AISP_FMT(detail));
	int r = config_of(d, &c, err);
	if (r == 0)
		r = aisp_drill__fact(d, "cluster", c.cluster, err);
	if (r == 0)
		r = aisp_drill__fact(d, "namespace", detail.n ? detail : c.ns.n ? c.ns : AISP_S("default"), err);
	if (r == 0)
		r = aisp_drill__fact(d, "account", d->name, err);
	if (r == 0)
		r = aisp_drill__fact(d, "credential", d->name, err);
	aisp_kl_config_done(&c);
	return r;
}

static struct aisp_slice path_of(struct aisp_drill *d, const char *resource, bool named, const char *more)
{
	return aisp_arena_printf(d->mem, "/api/v1/namespaces/%.*s/%s%s%.*s%s", AISP_FMT(aisp_drill__get(d, "namespace")), resource, named ? "/" : "", named ? (int)d->name.n : 0, d->name.p, more);
}

static int create(struct aisp_drill *d, struct aisp_err *err)
{
	struct aisp_slice meta = aisp_arena_printf(d->mem, "\"apiVersion\": \"v1\", \"metadata\": {\"name\": \"%.*s\", \"labels\": {\"aisp-drill\": \"%s\"}}", AISP_FMT(d->name), d->id);
	struct aisp_slice account = aisp_arena_printf(d->mem, "{\"kind\": \"ServiceAccount\", %.*s, \"automountServiceAccountToken\": false}", AISP_FMT(meta));
	struct aisp_slice secret = aisp_arena_printf(d->mem, "{\"kind\": \"Secret\", %.*s, \"type\": \"Opaque\"}", AISP_FMT(meta));
	const struct aisp_doc *made = NULL, *answer = NULL;

	if (!account.p || !secret.p)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a drill");
	int r = must(d, "POST", path_of(d, "serviceaccounts", false, ""), account, 0, NULL, err);
	if (r == 0)
		r = must(d, "POST", path_of(d, "secrets", false, ""), secret, 0, &made, err);
	if (r < 0)
		return r;
	struct aisp_slice ask = aisp_arena_printf(d->mem, "{\"kind\": \"TokenRequest\", \"apiVersion\": \"authentication.k8s.io/v1\", \"spec\": {\"expirationSeconds\": %d, \"boundObjectRef\": "
							  "{\"kind\": \"Secret\", \"apiVersion\": \"v1\", \"name\": \"%.*s\", \"uid\": \"%.*s\"}}}",
						  LIFE_S, AISP_FMT(d->name), AISP_FMT(aisp_doc_getstr(aisp_doc_get(made, "metadata"), "uid")));
	r = ask.p ? must(d, "POST", path_of(d, "serviceaccounts", true, "/token"), ask, 0, &answer, err) : aisp_fail(err, AISP_E_NOMEM, "out of memory for a drill");
	const struct aisp_slice token = aisp_doc_str(aisp_doc_path(answer, "status.token"));
	if (r == 0 && !token.n)
		r = aisp_fail(err, AISP_E_REMOTE, "the API server gave no token");
	return r == 0 ? aisp_drill__pair(d, "KUBE_TOKEN", token, token, err) : r;
}

static void put_base64(struct aisp_jw *w, struct aisp_drill *d, const char *key, struct aisp_slice s)
{
	const size_t n = sodium_base64_encoded_len(s.n, sodium_base64_VARIANT_ORIGINAL);
	char *text = aisp_arena_alloc(d->mem, n);

	if (text)
		aisp_jw_kz(w, key, sodium_bin2base64(text, n, (const unsigned char *)s.p, s.n, sodium_base64_VARIANT_ORIGINAL));
}

/* A kubeconfig that has the token in place of the user. */
static int put_config(struct aisp_drill *d, const struct aisp_kl_config *c, struct aisp_buf *out, struct aisp_err *err)
{
	struct aisp_jw w;

	aisp_jw_init(&w, out, false);
	aisp_jw_obj(&w);
	aisp_jw_kz(&w, "apiVersion", "v1");
	aisp_jw_kz(&w, "kind", "Config");
	aisp_jw_kz(&w, "current-context", "drill");
	aisp_jw_key(&w, "contexts");
	aisp_jw_arr(&w);
	aisp_jw_obj(&w);
	aisp_jw_kz(&w, "name", "drill");
	aisp_jw_key(&w, "context");
	aisp_jw_obj(&w);
	aisp_jw_kstr(&w, "cluster", c->cluster);
	aisp_jw_kz(&w, "user", "drill");
	for (int i = 0; i < 3; i++)
		aisp_jw_end(&w);
	aisp_jw_key(&w, "clusters");
	aisp_jw_arr(&w);
	aisp_jw_obj(&w);
	aisp_jw_kstr(&w, "name", c->cluster);
	aisp_jw_key(&w, "cluster");
	aisp_jw_obj(&w);
	aisp_jw_kstr(&w, "server", c->server);
	if (c->ca.n)
		put_base64(&w, d, "certificate-authority-data", c->ca);
	else if (c->ca_file.n)
		aisp_jw_kstr(&w, "certificate-authority", c->ca_file);
	if (c->tls_name.n)
		aisp_jw_kstr(&w, "tls-server-name", c->tls_name);
	if (c->proxy.n)
		aisp_jw_kstr(&w, "proxy-url", c->proxy);
	if (c->insecure)
		aisp_jw_kbool(&w, "insecure-skip-tls-verify", true);
	for (int i = 0; i < 3; i++)
		aisp_jw_end(&w);
	aisp_jw_key(&w, "users");
	aisp_jw_arr(&w);
	aisp_jw_obj(&w);
	aisp_jw_kz(&w, "name", "drill");
	aisp_jw_key(&w, "user");
	aisp_jw_obj(&w);
	aisp_jw_kstr(&w, "token", aisp_slice_of(d->pairs[0].value.p, d->pairs[0].value.n));
	for (int i = 0; i < 4; i++)
		aisp_jw_end(&w);
	return aisp_buf_check(out, err);
}

static int log_in(struct aisp_drill *d, struct aisp_act **ret, struct aisp_err *err)
{
	AISP_DRILL_WIPEBUF struct aisp_buf text = {0};
	struct aisp_kl_config c = {0};
	struct aisp_slice path = aisp_arena_printf(d->mem, "%s/kubeconfig", d->dir.p), target = aisp_arena_printf(d->mem, "kube:drill?kubeconfig=%s", path.p);

	aisp_buf_init(&text, 1 << 20);
	int r = target.p ? config_of(d, &c, err) : aisp_fail(err, AISP_E_NOMEM, "out of memory for a drill");
	if (r == 0)
		r = put_config(d, &c, &text, err);
	aisp_kl_config_done(&c);
	if (r == 0)
		r = aisp_fs_write(path.p, aisp_buf_slice(&text), 0600, err);
	return r == 0 ? aisp_act_new(&target.p, 1, true, ret, err) : r;
}

/* "May I get pods?": every authenticated account may ask that of itself. ret_allowed may be NULL. */
static int review(struct aisp_drill *d, struct aisp_act *a, const char *verb, const char *resource, bool *ret_allowed, struct aisp_err *err)
{
	struct aisp_slice body = aisp_arena_printf(d->mem, "{\"kind\": \"SelfSubjectAccessReview\", \"apiVersion\": \"authorization.k8s.io/v1\", \"spec\": {\"resourceAttributes\": "
							   "{\"namespace\": \"%.*s\", \"verb\": \"%s\", \"resource\": \"%s\"}}}", AISP_FMT(aisp_drill__get(d, "namespace")), verb, resource);
	const struct aisp_doc *answer = NULL;
	long status = 0;
	int r = body.p ? call(d, a, "POST", aisp_slice_z(reviews), body, &status, &answer, err) : aisp_fail(err, AISP_E_NOMEM, "out of memory for a drill");

	if (r == 0 && status != 201 && status != 403)
		return aisp_fail(err, AISP_E_REMOTE, "the API server answered with status %ld", status);
	if (r == 0 && ret_allowed)
		*ret_allowed = aisp_doc_bool(aisp_doc_path(answer, "status.allowed"), false);
	return r;
}

static enum aisp_drill_answer try(struct aisp_drill *d, unsigned way, struct aisp_buf *why)
{
	struct aisp_act *a AISP_CLEANUP(aisp_act_freep) = NULL;
	struct aisp_err e = {0};

	(void)way;
	int r = log_in(d, &a, &e);
	if (r == 0)
		r = review(d, a, "get", "pods", NULL, &e);
	if (r == 0)
		return AISP_DRILL_WORKS;
	aisp_buf_putz(why, e.msg);
	return r == AISP_E_ACCESS ? AISP_DRILL_REFUSED : AISP_DRILL_UNKNOWN; /* 401 */
}

/* Does the graph say that something of this resource is reached? Ids have the kind in the singular. */
static bool predicted(const struct aisp_drill *d, const char *resource)
{
	const struct aisp_slice singular = aisp_slice_to(aisp_slice_z(resource), strlen(resource) - 1);

	for (size_t i = 0; i < d->reached.n; i++)
		if (d->reached.v[i].predicted && aisp_slice_find(d->reached.v[i].what, singular) != SIZE_MAX)
			return true;
	return false;
}

/* The list itself is asked for, with the token; predicted by the graph's word on things of that kind in this namespace. */
static int reach_try(struct aisp_drill *d, struct aisp_err *err)
{
	static const char *const resources[] = {"secrets", "configmaps", "pods", "services", "serviceaccounts"};
	struct aisp_act *a AISP_CLEANUP(aisp_act_freep) = NULL;
	int r = log_in(d, &a, err);

	for (size_t i = 0; r == 0 && i < sizeof resources / sizeof *resources; i++) {
		long status = 0;
		r = call(d, a, "GET", path_of(d, resources[i], false, "?limit=1"), (struct aisp_slice){0}, &status, NULL, err);
		if (r < 0 || status != 200)
			continue;
		struct aisp_slice what = aisp_arena_printf(d->mem, "list %s in %.*s", resources[i], AISP_FMT(aisp_drill__get(d, "namespace")));
		if (!what.p || aisp_vec_push(&d->reached, (struct aisp_drill_reached){.what = what, .tried = true, .answered = true, .predicted = predicted(d, resources[i])}) < 0)
			r = aisp_fail(err, AISP_E_NOMEM, "out of memory for a drill");
	}
	return r;
}

/* ---- Containment ---- */

static int unbind_one(struct aisp_drill *d, const struct aisp_doc *binding, const char *group, struct aisp_err *err)
{
	const struct aisp_doc *meta = aisp_doc_get(binding, "metadata"), *subjects = aisp_doc_get(binding, "subjects");
	const struct aisp_slice ns = aisp_doc_getstr(meta, "namespace");

	for (uint32_t i = 0; i < aisp_doc_count(subjects); i++) {
		const struct aisp_doc *s = aisp_doc_at(subjects, i);
		/* only one that is for this account alone: another's binding is not ours to delete */
		if (aisp_doc_count(subjects) != 1 || !aisp_slice_eqz(aisp_doc_getstr(s, "kind"), "ServiceAccount") || !aisp_slice_eq(aisp_doc_getstr(s, "name"), d->name))
			continue;
		return must(d, "DELETE", aisp_arena_printf(d->mem, "/apis/rbac.authorization.k8s.io/v1/%s%.*s%s%s/%.*s", ns.n ? "namespaces/" : "", AISP_FMT(ns), ns.n ? "/" : "", group,
							   AISP_FMT(aisp_doc_getstr(meta, "name"))), (struct aisp_slice){0}, 404, NULL, err);
	}
	return 0;
}

static int unbind(struct aisp_drill *d, struct aisp_err *err)
{
	static const char *const groups[] = {"rolebindings", "clusterrolebindings"};
	int r = 0;

	for (size_t g = 0; r == 0 && g < 2; g++) {
		const struct aisp_doc *list = NULL;
		r = must(d, "GET", aisp_arena_printf(d->mem, "/apis/rbac.authorization.k8s.io/v1/%s", groups[g]), (struct aisp_slice){0}, 0, &list, err);
		const struct aisp_doc *items = aisp_doc_get(list, "items");
		for (uint32_t i = 0; r == 0 && i < aisp_doc_count(items); i++)
			r = unbind_one(d, aisp_doc_at(items, i), groups[g], err);
	}
	return r;
}

static int delete_secret(struct aisp_drill *d, struct aisp_err *err)
{
	return must(d, "DELETE", path_of(d, "secrets", true, ""), (struct aisp_slice){0}, 404, NULL, err);
}

static int delete_account(struct aisp_drill *d, struct aisp_err *err)
{
	return must(d, "DELETE", path_of(d, "serviceaccounts", true, ""), (struct aisp_slice){0}, 404, NULL, err);
}

static int clean(struct aisp_drill *d, struct aisp_err *err)
{
	if (!aisp_drill__get(d, "account").n)
		return 0;
	int r = delete_secret(d, err);
	return r == 0 ? delete_account(d, err) : r;
}

static const struct aisp_drill_contain steps[] = {
	{"delete the bindings that are for this account alone", unbind},
	{"delete the Secret that the token is bound to", delete_secret},
	{"delete the service account", delete_account},
	{NULL, NULL},
};
const struct aisp_drill_kind aisp_drill__kube = {
	.name = "kubernetes-token", .what = "a bound token of a Kubernetes service account without bindings (kubernetes-token:NAMESPACE)",
	.made = "Kubernetes service account %s without bindings, and a token of an hour bound to a Secret of that name", .reach = "what the graph says, and lists that are tried with the token",
	.target = "kube:", .prepare = prepare, .create = create, .ways = {"API request with the token"}, .try = try, .reach_try = reach_try, .contain = steps, .clean = clean,
};
