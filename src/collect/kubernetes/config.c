/* kubeconfig: which server, as whom. https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/ */
#include "base/doc.h"
#include "base/fs.h"
#include "collect/kubernetes/live_int.h"
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>

enum { MAX_CONFIG = 8 << 20, MAX_FILES = 64, MAX_PEM = 1 << 20 };
static const char pod_folder[] = "/var/run/secrets/kubernetes.io/serviceaccount";

int aisp_kl_config_init(struct aisp_kl_config *c, struct aisp_err *err)
{
	*c = (struct aisp_kl_config){.arena = aisp_arena_new((size_t)256 << 20)};
	return c->arena ? 0 : aisp_fail(err, AISP_E_NOMEM, "out of memory for a kubeconfig");
}

static void wipe(struct aisp_slice *s)
{
	if (s->n)
		explicit_bzero((char *)(uintptr_t)s->p, s->n);
	*s = (struct aisp_slice){0};
}

void aisp_kl_config_done(struct aisp_kl_config *c)
{
	wipe(&c->key);
	wipe(&c->token);
	wipe(&c->password);
	aisp_arena_freep(&c->arena);
}

struct aisp_slice aisp_kl_base64(struct aisp_arena *a, struct aisp_slice s)
{
	size_t n = 0;
	char *out = s.n > MAX_PEM * 2 ? NULL : aisp_arena_alloc(a, s.n + 1);

	if (!out || s.n == 0 || sodium_base642bin((unsigned char *)out, s.n, s.p, s.n, "\r\n ", &n, NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
		return (struct aisp_slice){0};
	out[n] = '\0';
	return aisp_slice_of(out, n);
}

/* The named entry of clusters, contexts or users in the first file that has it; its inner object. */
static const struct aisp_doc *entry(const struct aisp_kl_file *files, size_t n, const char *list, const char *inner, struct aisp_slice name,
                                    const struct aisp_kl_file **ret_file)
{
	for (size_t f = 0; f < n; f++) {
		const struct aisp_doc *items = aisp_doc_get(files[f].doc, list);
		for (uint32_t i = 0; items && items->type == AISP_DOC_ARR && i < items->n; i++)
			if (aisp_slice_eq(aisp_doc_getstr(&items->items[i], "name"), name)) {
				if (ret_file)
					*ret_file = &files[f];
				return aisp_doc_get(&items->items[i], inner);
			}
	}
	return NULL;
}

static int no_context(const struct aisp_kl_file *files, size_t n, struct aisp_slice name, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf names;

	aisp_buf_init(&names, 512);
	for (size_t f = 0; f < n; f++) {
		const struct aisp_doc *items = aisp_doc_get(files[f].doc, "contexts");
		for (uint32_t i = 0; items && items->type == AISP_DOC_ARR && i < items->n && names.n < 400; i++) {
			aisp_buf_putz(&names, names.n ? ", " : "");
			aisp_buf_put_printable(&names, aisp_slice_to(aisp_doc_getstr(&items->items[i], "name"), 80));
		}
	}
	if (name.n == 0)
		return aisp_fail(err, AISP_E_NOTFOUND, "the kubeconfig names no current context: say one (kube:CONTEXT); there are: %.*s", AISP_FMT(aisp_buf_slice(&names)));
	return aisp_fail(err, AISP_E_NOTFOUND, "the kubeconfig has no context \"%.*s\"; there are: %.*s", AISP_FMT(name), AISP_FMT(aisp_buf_slice(&names)));
}

static struct aisp_slice path_in(struct aisp_kl_config *c, const struct aisp_kl_file *f, struct aisp_slice path)
{
	if (path.n == 0 || path.p[0] == '/' || f->dir.n == 0)
		return aisp_arena_dup(c->arena, path);
	return aisp_arena_printf(c->arena, "%.*s/%.*s", AISP_FMT(f->dir), AISP_FMT(path));
}

static int bad_data(struct aisp_err *err, const char *what)
{
	return aisp_fail(err, AISP_E_PARSE, "%s in the kubeconfig is not base64", what);
}

static int take_cluster(struct aisp_kl_config *c, const struct aisp_kl_file *f, const struct aisp_doc *d, struct aisp_err *err)
{
	struct aisp_slice data = aisp_doc_getstr(d, "certificate-authority-data");

	c->server = aisp_doc_getstr(d, "server");
	while (c->server.n && c->server.p[c->server.n - 1] == '/')
		c->server.n--;
	if (!aisp_slice_starts(c->server, AISP_S("https://")) && !aisp_slice_starts(c->server, AISP_S("http://")))
		return aisp_fail(err, AISP_E_PARSE, "the cluster \"%.*s\" of the kubeconfig has no server URL", AISP_FMT(c->cluster));
	c->tls_name = aisp_doc_getstr(d, "tls-server-name");
	c->proxy = aisp_doc_getstr(d, "proxy-url");
	c->insecure = aisp_doc_bool(aisp_doc_get(d, "insecure-skip-tls-verify"), false);
	c->ca_file = path_in(c, f, aisp_doc_getstr(d, "certificate-authority"));
	if (data.n && !(c->ca = aisp_kl_base64(c->arena, data)).p)
		return bad_data(err, "certificate-authority-data");
	return 0;
}

static int take_user(struct aisp_kl_config *c, const struct aisp_kl_file *f, const struct aisp_doc *d, struct aisp_err *err)
{
	struct aisp_slice cert = aisp_doc_getstr(d, "client-certificate-data"), key = aisp_doc_getstr(d, "client-key-data");

	c->token = aisp_doc_getstr(d, "token");
	c->token_file = path_in(c, f, aisp_doc_getstr(d, "tokenFile"));
	c->username = aisp_doc_getstr(d, "username");
	c->password = aisp_doc_getstr(d, "password");
	c->cert_file = path_in(c, f, aisp_doc_getstr(d, "client-certificate"));
	c->key_file = path_in(c, f, aisp_doc_getstr(d, "client-key"));
	c->exec = aisp_doc_get(d, "exec");
	c->auth_provider = aisp_doc_str(aisp_doc_path(d, "auth-provider.name"));
	if (cert.n && !(c->cert = aisp_kl_base64(c->arena, cert)).p)
		return bad_data(err, "client-certificate-data");
	if (key.n && !(c->key = aisp_kl_base64(c->arena, key)).p)
		return bad_data(err, "client-key-data");
	return 0;
}

int aisp_kl_config_resolve(const struct aisp_kl_file *files, size_t n, struct aisp_slice context, struct aisp_kl_config *c, struct aisp_err *err)
{
	const struct aisp_kl_file *cluster_file = NULL, *user_file = NULL;

	for (size_t f = 0; f < n && context.n == 0; f++)
		context = aisp_doc_getstr(files[f].doc, "current-context");
	const struct aisp_doc *d = context.n ? entry(files, n, "contexts", "context", context, NULL) : NULL;
	if (!d)
		return no_context(files, n, context, err);
	c->context = aisp_arena_dup(c->arena, context);
	c->cluster = aisp_doc_getstr(d, "cluster");
	c->user = aisp_doc_getstr(d, "user");
	c->ns = aisp_doc_getstr(d, "namespace");
	const struct aisp_doc *cluster = entry(files, n, "clusters", "cluster", c->cluster, &cluster_file);
	const struct aisp_doc *user = entry(files, n, "users", "user", c->user, &user_file);
	if (!cluster || c->cluster.n == 0)
		return aisp_fail(err, AISP_E_PARSE, "the context \"%.*s\" names the cluster \"%.*s\", which the kubeconfig does not have", AISP_FMT(context), AISP_FMT(c->cluster));
	if (!user && c->user.n)
		return aisp_fail(err, AISP_E_PARSE, "the context \"%.*s\" names the user \"%.*s\", which the kubeconfig does not have", AISP_FMT(context), AISP_FMT(c->user));
	int r = take_cluster(c, cluster_file, cluster, err);
	return r == 0 && user ? take_user(c, user_file, user, err) : r;
}

/* Files. */

static int read_text(struct aisp_kl_config *c, struct aisp_slice path, size_t max, struct aisp_slice *ret, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf text;

	aisp_buf_init(&text, max);
	int r = aisp_fs_read(AT_FDCWD, path.p, false, max, &text, err);
	if (r == 0) {
		*ret = aisp_arena_dup(c->arena, aisp_buf_slice(&text));
		r = ret->p || text.n == 0 ? 0 : aisp_fail(err, AISP_E_NOMEM, "out of memory for a kubeconfig");
	}
	if (text.p)
		explicit_bzero(text.p, text.n);
	return r;
}

static int read_config(struct aisp_kl_config *c, struct aisp_slice path, struct aisp_kl_file *ret, struct aisp_err *err)
{
	static const struct aisp_doc_limits limits = {.max_bytes = MAX_CONFIG, .max_depth = 64, .max_values = 1 << 20};
	struct aisp_docs docs = {0};
	struct aisp_slice text = {0};
	int r = read_text(c, path, MAX_CONFIG, &text, err);

	if (r == 0)
		r = aisp_yaml_parse(c->arena, text, &limits, &docs, err);
	wipe(&text);
	if (r == 0 && (docs.n == 0 || docs.docs[0].type != AISP_DOC_OBJ))
		r = aisp_fail(err, AISP_E_PARSE, "not a kubeconfig");
	if (r < 0)
		return aisp_wrap(err, r, "while reading the kubeconfig %.*s", AISP_FMT(path));
	*ret = (struct aisp_kl_file){aisp_slice_dirname(path), &docs.docs[0]};
	return 0;
}

/* What Kubernetes hands to every pod. */
static int in_cluster(struct aisp_kl_config *c, struct aisp_err *err)
{
	const char *host = getenv("KUBERNETES_SERVICE_HOST"), *port = getenv("KUBERNETES_SERVICE_PORT");

	if (!host || !port)
		return aisp_fail(err, AISP_E_NOTFOUND, "no kubeconfig: neither $KUBECONFIG nor ~/.kube/config is there, and this is no pod; say kube:CONTEXT?kubeconfig=PATH");
	c->context = c->cluster = AISP_S("in-cluster");
	c->server = aisp_arena_printf(c->arena, strchr(host, ':') ? "https://[%s]:%s" : "https://%s:%s", host, port);
	c->ca_file = aisp_arena_printf(c->arena, "%s/ca.crt", pod_folder);
	c->token_file = aisp_arena_printf(c->arena, "%s/token", pod_folder);
	return c->server.p && c->ca_file.p && c->token_file.p ? 0 : aisp_fail(err, AISP_E_NOMEM, "out of memory for a kubeconfig");
}

int aisp_kl_config_load(const struct aisp_kl_target *t, struct aisp_kl_config *c, struct aisp_err *err)
{
	struct aisp_kl_file files[MAX_FILES];
	const char *list = getenv("KUBECONFIG"), *home = getenv("HOME");
	struct aisp_slice rest, path;
	size_t n = 0;
	int r = 0;

	if (t->kubeconfig.n)
		rest = aisp_arena_dup(c->arena, t->kubeconfig);
	else if (list && *list)
		rest = aisp_arena_dup(c->arena, aisp_slice_z(list));
	else
		rest = aisp_arena_printf(c->arena, "%s/.kube/config", home ? home : "");
	if (!rest.p)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a kubeconfig");
	while (r == 0 && n < MAX_FILES && aisp_slice_split(&rest, ':', &path)) {
		struct aisp_err why = {0};
		struct aisp_slice z = aisp_arena_dup(c->arena, path);
		if (path.n == 0 || !z.p)
			continue;
		r = read_config(c, z, &files[n], &why);
		n += r == 0;
		if (r == AISP_E_NOTFOUND && !t->kubeconfig.n)
			r = 0; /* as kubectl: a file of the list that is not there counts as empty */
		else if (r < 0 && err)
			*err = why;
	}
	if (r < 0)
		return r;
	return n == 0 ? in_cluster(c, err) : aisp_kl_config_resolve(files, n, t->context, c, err);
}

static int read_part(struct aisp_kl_config *c, struct aisp_slice path, struct aisp_slice *to, const char *what, struct aisp_err *err)
{
	if (path.n == 0 || to->n)
		return 0;
	int r = read_text(c, path, MAX_PEM, to, err);
	return r < 0 ? aisp_wrap(err, r, "while reading the %s %.*s", what, AISP_FMT(path)) : 0;
}

int aisp_kl_config_credentials(const struct aisp_kl_target *t, struct aisp_kl_config *c, struct aisp_err *err)
{
	int r = read_part(c, c->ca_file, &c->ca, "certificate authority", err);

	if (r == 0)
		r = read_part(c, c->cert_file, &c->cert, "client certificate", err);
	if (r == 0)
		r = read_part(c, c->key_file, &c->key, "client key", err);
	if (r == 0 && c->token_file.n) { /* goes before a token that stands in the file */
		c->token = (struct aisp_slice){0};
		r = read_part(c, c->token_file, &c->token, "token", err);
		c->token = aisp_slice_trim(c->token);
	}
	if (r < 0)
		return r;
	if (c->auth_provider.n)
		return aisp_fail(err, AISP_E_USAGE, "the user \"%.*s\" signs in by the auth-provider \"%.*s\", which Kubernetes has dropped: make a token "
		                                    "(kubectl create token ACCOUNT) and give a kubeconfig with it", AISP_FMT(c->user), AISP_FMT(c->auth_provider));
	if (!c->exec || c->token.n || c->cert.n)
		return 0;
	if (!t->run_exec)
		return aisp_fail(err, AISP_E_USAGE, "the user \"%.*s\" signs in by running \"%.*s\", and programs are not run unasked: add run_exec=yes to the target, or make "
		                                    "a token (kubectl create token ACCOUNT) and give a kubeconfig with it", AISP_FMT(c->user), AISP_FMT(aisp_doc_getstr(c->exec, "command")));
	return aisp_kl_exec(c->exec, c, err);
}
