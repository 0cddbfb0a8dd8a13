/* The live Kubernetes collector without a server: targets, kubeconfigs, pages, watches, captures. The server is in
 * tests/blackbox/test_kube_live.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/doc.h"
#include "base/fs.h"
#include "base/mem.h"
#include "collect/kubernetes/live_int.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void targets(void **state)
{
	struct aisp_kl_target t;
	struct aisp_err err = {0};

	(void)state;
	assert_int_equal(aisp_kl_target_parse(AISP_S("kube:arn:aws:eks:x:1:cluster/y?namespace=a,b&secret_keys=yes&watch=7"), &t, &err), 0);
	assert_true(aisp_slice_eqz(t.context, "arn:aws:eks:x:1:cluster/y"));
	assert_int_equal(t.n_namespaces, 2);
	assert_true(aisp_slice_eqz(t.namespaces[1], "b") && t.secret_keys && !t.run_exec && t.watch_s == 7 && t.page == 500);
	assert_int_equal(aisp_kl_target_parse(AISP_S("kube:?watch=0"), &t, &err), AISP_E_USAGE);
	assert_int_equal(aisp_kl_target_parse(AISP_S("kube:?namespace=a,,b"), &t, &err), AISP_E_USAGE);
	assert_int_equal(aisp_kl_target_parse(AISP_S("kube:x?kubeconfg=/y"), &t, &err), AISP_E_USAGE);
	assert_non_null(strstr(err.msg, "kubeconfg"));
}

static const char first_file[] = "current-context: one\n"
                                 "clusters: [{name: c, cluster: {server: 'https://k.example:6443///', certificate-authority: pki/ca.crt, tls-server-name: inner}}]\n"
                                 "contexts: [{name: one, context: {cluster: c, user: u, namespace: shop}}, {name: lost, context: {cluster: nowhere, user: u}}]\n";
static const char second_file[] = "current-context: two\n"
                                  "clusters: [{name: c, cluster: {server: 'https://other.example'}}, {name: d, cluster: {server: 'https://d.example', certificate-authority-data: cGVt}}]\n"
                                  "users: [{name: u, user: {token: first, client-key: /abs/key}}, {name: p, user: {auth-provider: {name: gcp}}}, {name: x, user: {exec: {command: get-it}}}]\n"
                                  "contexts: [{name: two, context: {cluster: d, user: p}}, {name: three, context: {cluster: d, user: x}}]\n";

static int resolve(struct aisp_kl_config *c, const char *context, struct aisp_err *err)
{
	struct aisp_docs a, b;
	struct aisp_kl_file files[2];

	if (aisp_yaml_parse(c->arena, aisp_slice_z(first_file), NULL, &a, err) < 0 || aisp_yaml_parse(c->arena, aisp_slice_z(second_file), NULL, &b, err) < 0)
		return err->code;
	files[0] = (struct aisp_kl_file){AISP_S("/home/u/.kube"), &a.docs[0]};
	files[1] = (struct aisp_kl_file){AISP_S("/etc/kube"), &b.docs[0]};
	return aisp_kl_config_resolve(files, 2, aisp_slice_z(context), c, err);
}

static void kubeconfigs_are_merged(void **state)
{
	struct aisp_kl_config c;
	struct aisp_err err = {0};

	(void)state;
	assert_int_equal(aisp_kl_config_init(&c, &err), 0);
	assert_int_equal(resolve(&c, "", &err), 0);
	assert_true(aisp_slice_eqz(c.server, "https://k.example:6443")); /* the first file's cluster c */
	assert_true(aisp_slice_eqz(c.token, "first"));                   /* the second's user u */
	assert_true(aisp_slice_eqz(c.ca_file, "/home/u/.kube/pki/ca.crt"));
	assert_true(aisp_slice_eqz(c.key_file, "/abs/key"));
	assert_true(aisp_slice_eqz(c.tls_name, "inner") && aisp_slice_eqz(c.ns, "shop"));
	aisp_kl_config_done(&c);
}

static void kubeconfigs_that_do_not_do(void **state)
{
	struct aisp_kl_target t;
	struct aisp_kl_config c;
	struct aisp_err err = {0};

	(void)state;
	assert_int_equal(aisp_kl_target_parse(AISP_S("kube:"), &t, &err), 0);
	assert_int_equal(aisp_kl_config_init(&c, &err), 0);
	assert_int_equal(resolve(&c, "nine", &err), AISP_E_NOTFOUND);
	assert_non_null(strstr(err.msg, "one, lost, two, three"));
	assert_int_equal(resolve(&c, "lost", &err), AISP_E_PARSE);
	assert_int_equal(resolve(&c, "two", &err), 0);
	assert_true(aisp_slice_eqz(c.ca, "pem"));
	assert_int_equal(aisp_kl_config_credentials(&t, &c, &err), AISP_E_USAGE); /* auth-provider */
	assert_non_null(strstr(err.msg, "kubectl create token"));
	c = (struct aisp_kl_config){.arena = c.arena};
	assert_int_equal(resolve(&c, "three", &err), 0);
	assert_int_equal(aisp_kl_config_credentials(&t, &c, &err), AISP_E_USAGE);
	assert_non_null(strstr(err.msg, "run_exec=yes"));
	aisp_kl_config_done(&c);
}

static struct aisp_kl_list *list_of(struct aisp_kl_capture *cap, const char *resource)
{
	for (size_t i = 0; i < aisp_kl_row_count; i++)
		if (strcmp(aisp_kl_rows[i].resource, resource) == 0 && aisp_kl_rows[i].group[0] == '\0')
			return &cap->lists[i];
	return NULL;
}

static const char secrets_page[] =
	"{\"kind\":\"SecretList\",\"metadata\":{\"resourceVersion\":\"41\",\"continue\":\"next\"},\"items\":[{\"metadata\":{\"name\":\"s\",\"namespace\":\"n\","
	"\"annotations\":{\"kubectl.kubernetes.io/last-applied-configuration\":\"{canary}\",\"kept\":\"1\"},\"managedFields\":[{}]},\"data\":{\"password\":\"Y2FuYXJ5\"}}]}";

static void a_page(void **state)
{
	struct aisp_kl_capture cap;
	struct aisp_slice more;
	struct aisp_err err = {0};

	(void)state;
	assert_int_equal(aisp_kl_capture_init(&cap, &err), 0);
	struct aisp_kl_list *l = list_of(&cap, "secrets");
	l->api_version = AISP_S("v1");
	assert_int_equal(aisp_kl_page(&cap, l, aisp_slice_z(secrets_page), &more, &err), 0);
	assert_true(aisp_slice_eqz(more, "next") && aisp_slice_eqz(l->resource_version, "41"));
	assert_int_equal(l->items.n, 1);
	const struct aisp_doc *d = l->items.v[0], *notes = aisp_doc_path(d, "metadata.annotations");
	assert_true(aisp_slice_eqz(aisp_doc_getstr(d, "kind"), "Secret") && aisp_slice_eqz(aisp_doc_getstr(d, "apiVersion"), "v1"));
	assert_null(aisp_doc_path(d, "metadata.managedFields"));
	assert_int_equal(aisp_doc_count(notes), 1);
	assert_int_equal(aisp_kl_page(&cap, l, AISP_S("{\"kind\":\"SecretList\",\"items\":[7]}"), &more, &err), AISP_E_REMOTE);
	assert_int_equal(aisp_kl_page(&cap, l, AISP_S("{\"kind\":\"Status\"}"), &more, &err), AISP_E_REMOTE);
	assert_int_equal(aisp_kl_page(&cap, l, AISP_S("{\"kind\":\"Secr"), &more, &err), AISP_E_PARSE);
	assert_int_equal(l->items.n, 1);
	aisp_kl_capture_done(&cap);
}

static void a_watch(void **state)
{
	static const char events[] = "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\",\"namespace\":\"n\"}}}\n"
	                             "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"b\",\"namespace\":\"n\"}}}\n"
	                             "{\"type\":\"MODIFIED\",\"object\":{\"metadata\":{\"name\":\"a\",\"namespace\":\"n\"},\"spec\":{\"x\":1}}}\n"
	                             "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"9\"}}}\n"
	                             "{\"type\":\"DELETED\",\"object\":{\"metadata\":{\"name\":\"b\",\"namespace\":\"n\"}}}\n";
	struct aisp_kl_capture cap;
	struct aisp_err err = {0};
	size_t n = 0;

	(void)state;
	assert_int_equal(aisp_kl_capture_init(&cap, &err), 0);
	struct aisp_kl_list *l = list_of(&cap, "pods");
	l->api_version = AISP_S("v1");
	assert_int_equal(aisp_kl_events(&cap, l, aisp_slice_z(events), &n, &err), 0);
	assert_int_equal(n, 4);
	assert_int_equal(l->items.n, 1);
	assert_int_equal(aisp_doc_int(aisp_doc_path(l->items.v[0], "spec.x"), 0), 1);
	assert_int_equal(aisp_kl_events(&cap, l, AISP_S("{\"type\":\"ERROR\",\"object\":{\"code\":410,\"message\":\"too old\"}}\n"), &n, &err), AISP_E_CONFLICT);
	aisp_kl_capture_done(&cap);
}

static void a_capture(void **state)
{
	char dir[] = "/tmp/aisp-kube-XXXXXX", path[64];
	struct aisp_kl_capture cap, again;
	struct aisp_slice more;
	struct aisp_err err = {0};
	AISP_AUTOBUF struct aisp_buf text;

	(void)state;
	aisp_buf_init(&text, 1 << 20);
	assert_non_null(mkdtemp(dir));
	assert_int_equal(aisp_kl_capture_init(&cap, &err), 0);
	cap.key = AISP_S("kube:c");
	cap.cluster = AISP_S("c");
	struct aisp_kl_list *l = list_of(&cap, "secrets");
	l->api_version = AISP_S("v1");
	assert_int_equal(aisp_kl_page(&cap, l, aisp_slice_z(secrets_page), &more, &err), 0);
	assert_int_equal(aisp_kl_gap(&cap, AISP_S("pods"), AISP_E_ACCESS, AISP_S("forbidden"), &err), 0);
	assert_int_equal(aisp_kl_capture_write(&cap, dir, &err), 0);
	snprintf(path, sizeof path, "%s/secrets-1.json", dir);
	assert_int_equal(aisp_fs_read(-100, path, true, 1 << 20, &text, &err), 0);
	assert_true(aisp_slice_find(aisp_buf_slice(&text), AISP_S("password")) != SIZE_MAX);
	assert_true(aisp_slice_find(aisp_buf_slice(&text), AISP_S("Y2FuYXJ5")) == SIZE_MAX); /* keys only */
	assert_true(aisp_slice_find(aisp_buf_slice(&text), AISP_S("canary")) == SIZE_MAX);
	assert_true(aisp_kl_is_capture(dir));
	assert_int_equal(aisp_kl_capture_init(&again, &err), 0);
	assert_int_equal(aisp_kl_capture_read(&again, dir, &err), 0);
	assert_true(aisp_slice_eqz(again.key, "kube:c") && again.gaps.n == 1 && again.gaps.v[0].why == AISP_E_ACCESS);
	assert_int_equal(list_of(&again, "secrets")->items.n, 1);
	aisp_kl_capture_done(&again);
	unlink(path); /* a list that is gone is a gap, not the end */
	assert_int_equal(aisp_kl_capture_init(&again, &err), 0);
	assert_int_equal(aisp_kl_capture_read(&again, dir, &err), 0);
	assert_int_equal(again.gaps.n, 2);
	aisp_kl_capture_done(&again);
	aisp_kl_capture_done(&cap);
	snprintf(path, sizeof path, "%s/capture.json", dir);
	unlink(path);
	rmdir(dir);
}

static int once(void)
{
	struct aisp_kl_capture cap;
	struct aisp_kl_config c;
	struct aisp_slice more;
	struct aisp_err err = {0};
	int r = aisp_kl_capture_init(&cap, &err);

	if (r < 0)
		return r;
	struct aisp_kl_list *l = list_of(&cap, "secrets");
	l->api_version = AISP_S("v1");
	r = aisp_kl_page(&cap, l, aisp_slice_z(secrets_page), &more, &err);
	aisp_kl_capture_done(&cap);
	if (r == 0)
		r = aisp_kl_config_init(&c, &err);
	if (r < 0)
		return r;
	r = resolve(&c, "one", &err);
	aisp_kl_config_done(&c);
	return r;
}

/* Every allocation fails once. */
static void memory_ends(void **state)
{
	const size_t before = aisp_mem_live();

	(void)state;
	aisp_fault_set(1000000, false);
	assert_int_equal(once(), 0);
	const uint64_t calls = aisp_fault_count();
	aisp_fault_set(0, false);
	for (uint64_t n = 1; n <= calls; n++) {
		aisp_fault_set(n, true);
		int r = once();
		aisp_fault_set(0, false);
		assert_true(r == AISP_E_NOMEM || r == AISP_E_LIMIT || r == 0);
		assert_int_equal(aisp_mem_live(), before);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(targets),  cmocka_unit_test(kubeconfigs_are_merged), cmocka_unit_test(kubeconfigs_that_do_not_do), cmocka_unit_test(a_page),
		cmocka_unit_test(a_watch),  cmocka_unit_test(a_capture),              cmocka_unit_test(memory_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
