/* The policy that is put together again from a snapshot decides as the one that was scanned; explanations name it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "../files/dump.h"
#include "base/fs.h"
#include "policy.h"
#include "resolve/kubernetes/policy.h"
#include <fcntl.h>
#include <stdio.h>

static struct aisp_snapshot *scan(const char *name)
{
	struct aisp_snapshot *s = NULL;
	struct aisp_err err = {0};
	char path[512];

	snprintf(path, sizeof path, GOLDEN_DIR "/kubernetes/%s/in", name);
	if (scan_folder(path, name, &s, &err) < 0)
		fail_msg("%s", err.msg);
	return s;
}

static void test_same(void **state)
{
	static const char *const verbs[] = {"get", "create", "patch", "bind", "impersonate"}, *const names[] = {"", "s", "db-0", "web", "elsewhere", "reads-one"},
	                        *const spaces[] = {"", "open", "shut", "plain"};
	static const char *const resources[][3] = {{"", "secrets", ""}, {"", "pods", ""}, {"", "pods", "exec"}, {"apps", "deployments", ""},
	                                           {"rbac.authorization.k8s.io", "clusterroles", ""}, {"", "nodes", "proxy"}, {"", "users", ""}};
	struct aisp_snapshot *s = scan("escalation");
	struct aisp_kube_policy p;
	AISP_AUTOBUF struct aisp_buf text;
	struct world w;
	size_t yes = 0;

	(void)state;
	aisp_buf_init(&text, 0);
	assert_int_equal(aisp_fs_read(AT_FDCWD, GOLDEN_DIR "/kubernetes/escalation/in/all.yaml", false, 1 << 20, &text, NULL), 0);
	aisp_buf_putc(&text, '\0');
	world_open(&w, text.p);
	assert_int_equal(aisp_kube_policy_load(s, AISP_S("escalation"), w.a, &p, NULL), 0);
	assert_int_equal(p.unknown, 0);
	for (uint32_t u = 1; u <= aisp_rbac_subject_count(w.r, false); u++)
		for (size_t i = 0; i < sizeof verbs / sizeof *verbs * (sizeof names / sizeof *names) * 4 * 7; i++) {
			const char *const *r = resources[i % 7];
			struct aisp_rbac_request q = {.user = aisp_rbac_subject_at(w.r, false, u), .group = aisp_slice_z(r[0]), .resource = aisp_slice_z(r[1]),
			                              .sub = aisp_slice_z(r[2]), .ns = aisp_slice_z(spaces[i / 7 % 4]), .name = aisp_slice_z(names[i / 28 % 6]),
			                              .verb = aisp_slice_z(verbs[i / 168])};
			struct aisp_rbac_answer a, b;
			bool want = aisp_rbac_authorize(w.r, &q, &a);
			yes += want;
			assert_int_equal(aisp_rbac_authorize(p.rbac, &q, &b), want);
		}
	assert_true(yes > 20);
	aisp_kube_policy_done(&p);
	world_close(&w);
	aisp_snapshot_free(s);
}

static void expect(const struct aisp_snapshot *s, const char *who, const char *what, const char *action, const char *has)
{
	AISP_AUTOBUF struct aisp_buf out;
	struct aisp_err err = {0};
	aisp_node from = aisp_snapshot_find(s, aisp_slice_z(who)), to = aisp_snapshot_find(s, aisp_slice_z(what));

	aisp_buf_init(&out, 0);
	assert_true(from && to);
	assert_true(aisp_kube_explains(s, from, to));
	int code = aisp_kube_explain(s, from, to, aisp_slice_z(action), &out, &err);
	if (code < 0 && aisp_slice_find(aisp_slice_z(err.msg), aisp_slice_z(has)) == SIZE_MAX)
		fail_msg("%s %s: %s", who, action, err.msg);
	if (code == 0 && aisp_slice_find(aisp_buf_slice(&out), aisp_slice_z(has)) == SIZE_MAX)
		fail_msg("%s %s: \"%s\" is not in\n%s", who, action, has, out.p);
}

#define K "k8s://escalation/"

static void test_words(void **state)
{
	struct aisp_snapshot *s = scan("escalation");

	(void)state;
	expect(s, K "-/user/reads-one", K "open/secret/s", "get", ": allowed\n  RoleBinding open/reads-one");
	expect(s, K "-/user/reads-one", K "plain/secret/s", "get", "only in its own namespace");
	expect(s, K "-/user/reads-one", K "open/secret/s", "delete", "has the resource, not the verb");
	expect(s, K "-/user/attaches", K "open/statefulset/db", "create attach", "create pods/attach in open: allowed");
	expect(s, K "-/user/patches-web", K "open/deployment/web", "patch", ": allowed\n");
	expect(s, K "-/user/creates-shut", "k8s://escalation/shut", "create pods", ": allowed\n");
	expect(s, K "-/user/creates-shut", "k8s://escalation/open", "create pods", ": not allowed\n");
	expect(s, K "open/serviceaccount/app", K "open/secret/s", "get", "no binding names the caller");
	expect(s, K "open/secret/s", K "open/secret/s", "get", "is no user, group or service account");
	aisp_snapshot_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_same), cmocka_unit_test(test_words)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
