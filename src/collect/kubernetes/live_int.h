/* What the parts of the live Kubernetes collector share.
 *
 *   target ─▶ kubeconfig (config.c) ─▶ connection ─▶ lists of every row (fetch.c), changes while they are read (watch.c)
 *          ─▶ capture: pruned objects and gaps (capture.c: as a folder) ─▶ emit.c: the parser of collect/files/kube.h
 */
#pragma once
#include "base/http.h"
#include "base/vec.h"
#include "collect/collect.h"

struct aisp_doc;
extern const struct aisp_collector aisp_collector_kubernetes;

/* "kube:CONTEXT?kubeconfig=PATH&namespace=a,b&run_exec=yes&secret_keys=yes&watch=SECONDS&page=N" */
struct aisp_kl_target {
	struct aisp_slice context, kubeconfig; /* empty: the current one; $KUBECONFIG or ~/.kube/config */
	struct aisp_slice namespaces[64];      /* none: all */
	size_t n_namespaces;
	bool run_exec, secret_keys;
	unsigned watch_s, page;                /* page: objects an answer; 500 */
};
/* Slices borrow from text. AISP_E_USAGE names the option that is wrong. */
int aisp_kl_target_parse(struct aisp_slice text, struct aisp_kl_target *ret, struct aisp_err *err);

/* How to reach one cluster as one user. Everything lies in the arena; secret parts are wiped by done. */
struct aisp_kl_config {
	struct aisp_arena *arena;
	struct aisp_slice context, cluster, user, ns; /* names; ns: the context's, may be empty */
	struct aisp_slice server;                     /* "https://host:port/path", no slash at the end */
	struct aisp_slice tls_name, proxy;
	struct aisp_slice ca, cert, key;              /* PEM */
	struct aisp_slice token, username, password;
	struct aisp_slice ca_file, cert_file, key_file, token_file; /* paths, still to be read */
	const struct aisp_doc *exec;                  /* user.exec, still to be run */
	struct aisp_slice auth_provider;              /* its name: not supported by kubectl itself any more */
	bool insecure;
};
int aisp_kl_config_init(struct aisp_kl_config *c, struct aisp_err *err);
void aisp_kl_config_done(struct aisp_kl_config *c);
struct aisp_kl_file { /* one kubeconfig file */
	struct aisp_slice dir;
	const struct aisp_doc *doc;
};
/* Pure: merges the files as kubectl does (of each name, and of current-context, the first stands) and takes the context's parts.
 * Relative paths in a file are relative to its folder. AISP_E_NOTFOUND with the names that there are; AISP_E_PARSE. */
int aisp_kl_config_resolve(const struct aisp_kl_file *files, size_t n, struct aisp_slice context, struct aisp_kl_config *c, struct aisp_err *err);
/* Reads $KUBECONFIG, ~/.kube/config or the target's file; else what a pod is given. Credentials are not read yet. */
int aisp_kl_config_load(const struct aisp_kl_target *t, struct aisp_kl_config *c, struct aisp_err *err);
/* Reads files of certificates and tokens, and runs the exec plugin when the target lets it. */
int aisp_kl_config_credentials(const struct aisp_kl_target *t, struct aisp_kl_config *c, struct aisp_err *err);
/* Base64 (PEM data in kubeconfigs) into the arena; p NULL when it is none. */
struct aisp_slice aisp_kl_base64(struct aisp_arena *a, struct aisp_slice s);
/* Runs a credential plugin (client.authentication.k8s.io) and takes token or certificate from its answer. */
int aisp_kl_exec(const struct aisp_doc *exec, struct aisp_kl_config *c, struct aisp_err *err);
int aisp_kl_exec_answer(struct aisp_slice json, struct aisp_kl_config *c, struct aisp_err *err);

/* What is listed. */
enum { AISP_KL_NAMESPACED = 1, AISP_KL_SECRET = 2 };
struct aisp_kl_row {
	const char *group, *version; /* version: when discovery cannot tell; "": only when discovery knows the group */
	const char *resource, *kind;
	unsigned flags;
};
extern const struct aisp_kl_row aisp_kl_rows[];
extern const size_t aisp_kl_row_count;

struct aisp_kl_list { /* the objects of one row, of all namespaces asked */
	const struct aisp_kl_row *row;
	AISP_VEC(const struct aisp_doc *) items;
	struct aisp_slice api_version; /* "apps/v1" */
	struct aisp_slice resource_version; /* of the last answer; for watches */
	bool present;
};
struct aisp_kl_gap {
	struct aisp_slice what, detail;
	enum aisp_code why;
};
struct aisp_kl_capture {
	struct aisp_arena *arena;
	struct aisp_kl_list *lists; /* one a row */
	AISP_VEC(struct aisp_kl_gap) gaps;
	AISP_VEC(struct aisp_slice) unread; /* resources that could not be read, "secrets", "deployments.apps" */
	struct aisp_slice key, cluster, server, version;
	bool secret_keys;
};
int aisp_kl_capture_init(struct aisp_kl_capture *cap, struct aisp_err *err);
void aisp_kl_capture_done(struct aisp_kl_capture *cap); /* wipes secrets' values */
int aisp_kl_gap(struct aisp_kl_capture *cap, struct aisp_slice what, enum aisp_code why, struct aisp_slice detail, struct aisp_err *err);
/* "deployments.apps", "pods" */
struct aisp_slice aisp_kl_resource(struct aisp_kl_capture *cap, const struct aisp_kl_row *row);

/* A copy of one object without what nobody needs (managedFields, the last applied manifest, most of status), with apiVersion and
 * kind. NULL: no memory. */
const struct aisp_doc *aisp_kl_prune(struct aisp_arena *a, const struct aisp_doc *item, struct aisp_slice api_version, const char *kind);
/* Puts a page of a list in. Pure. ret_continue: token of the next page, in the arena; empty: the last. */
int aisp_kl_page(struct aisp_kl_capture *cap, struct aisp_kl_list *list, struct aisp_slice json, struct aisp_slice *ret_continue, struct aisp_err *err);
/* Applies the lines of a watch to a list. Pure. A line that says the watch is too old is AISP_E_CONFLICT. */
int aisp_kl_events(struct aisp_kl_capture *cap, struct aisp_kl_list *list, struct aisp_slice ndjson, size_t *ret_n, struct aisp_err *err);

int aisp_kl_fetch(const struct aisp_collect *c, const struct aisp_target *target, struct aisp_kl_capture *cap, struct aisp_err *err);
/* "https://…/apis/apps/v1/namespaces/NS/deployments"; ns empty: all. */
struct aisp_slice aisp_kl_url(struct aisp_arena *a, struct aisp_slice server, struct aisp_slice api_version, const char *resource, struct aisp_slice ns);
/* HTTP as this user. `headers` are NULL-terminated and stay valid as long as the arena. */
int aisp_kl_open(const struct aisp_kl_config *c, uint64_t deadline_ns, unsigned timeout_ms, unsigned parallel, struct aisp_http **ret, struct aisp_err *err);
int aisp_kl_headers(struct aisp_kl_config *c, const char *accept, const char *ret_headers[4], struct aisp_err *err);
/* Follows changes of all lists for some seconds. */
int aisp_kl_watch(struct aisp_kl_config *c, const struct aisp_kl_target *t, uint64_t deadline_ns, struct aisp_kl_capture *cap, struct aisp_err *err);

int aisp_kl_capture_write(const struct aisp_kl_capture *cap, const char *dir, struct aisp_err *err);
int aisp_kl_capture_read(struct aisp_kl_capture *cap, const char *dir, struct aisp_err *err);
int aisp_kl_capture_read_header(struct aisp_kl_capture *cap, const char *dir, struct aisp_err *err);
int aisp_kl_capture_header(struct aisp_kl_capture *cap, struct aisp_slice json, struct aisp_err *err);
bool aisp_kl_is_capture(const char *dir);

int aisp_kl_emit(const struct aisp_collect *c, struct aisp_kl_capture *cap, struct aisp_err *err);
