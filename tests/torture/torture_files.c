/* Torture of the files collector: a whole scan of a small folder with one file of every kind, each allocation and each
 * wrapped I/O call failing. A failed read is a gap and the scan goes on; a failed allocation ends it.
 */
#include "torture.h"

#include "collect/collect.h"
#include "collect/files/walk.h"
#include "base/fs.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern const struct aisp_collector aisp_collector_files;

static char folder[] = "/tmp/aisp-torture-XXXXXX";

static const struct {
	const char *path, *text;
} files[] = {
	{".gitignore", "*.log\n!keep.log\n"},
	{"x.log", "x"},
	{".env", "DATABASE_URL=postgres://u:pw@h/d\nPGHOST=h\nPGUSER=u\nPGPASSWORD=pw\nOPENAI_API_KEY=sk-abcdefghijklmnopqrstuvwxyz\n"},
	{"Dockerfile", "FROM python:3\nENV TOKEN=abcdef A=1\nRUN curl \\\n -H x\nCMD [\"python\", \"app.py\"]\n"},
	{"docker-compose.yml", "services:\n  a: {build: ., environment: {P: '${PGPASSWORD}'}, ports: ['80:80'], env_file: .env}\n"},
	{"k8s.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {a: b}}\nspec: {containers: [{name: c, image: i, env: [{name: K, "
	             "valueFrom: {secretKeyRef: {name: s, key: k}}}]}]}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {k: v}\n"
	             "---\napiVersion: v1\nkind: Service\nmetadata: {name: v}\nspec: {selector: {a: b}, ports: [{port: 1}]}\n"
	             "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: n}\nspec: {podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}\n"
	             "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: b}\nroleRef: {kind: ClusterRole, name: edit}\nsubjects: [{kind: Group, name: g}]\n"},
	{".mcp.json", "{\"mcpServers\": {\"s\": {\"command\": \"npx\", \"args\": [\"a@1.0.0\"], \"env\": {\"API_KEY\": \"abcdef\"}}}}"},
	{"CLAUDE.md", "be good\n"},
	{"app.py", "import os\nfrom openai import OpenAI\nc = OpenAI(api_key=os.environ['OPENAI_API_KEY'])\nc.chat.completions.create(model='gpt-4o')\n"},
};

static int scan(void *ctx)
{
	struct aisp_graph *g = aisp_graph_new();
	struct aisp_fpkey key = {{1}};
	struct aisp_target t = {.text = aisp_slice_z(folder)};
	struct aisp_collect c = {.graph = g, .fpkey = &key};
	struct aisp_err err = {0};
	int r = AISP_E_NOMEM;

	(void)ctx;
	if (!g)
		return r;
	r = aisp_graph_source(g, AISP_S("k"), AISP_S("files"), AISP_S("t"), &c.source, &err);
	if (r == 0)
		r = aisp_collector_files.scan(&c, &t, &err);
	TORTURE_CHECK(r <= 0);
	TORTURE_CHECK(r == 0 || (err.code == r && err.msg[0]));
	TORTURE_CHECK(strstr(err.msg, "abcdef") == NULL);
	aisp_graph_free(g);
	return r;
}

static int key_of(void *ctx)
{
	AISP_AUTOBUF struct aisp_buf out = {0};
	struct aisp_target t = {.text = aisp_slice_z(folder)};
	struct aisp_err err = {0};

	(void)ctx;
	aisp_buf_init(&out, 0);
	int r = aisp_collector_files.source_key(&t, &out, &err);
	TORTURE_CHECK(r == 0 || (err.code == r && err.msg[0]));
	return r;
}

int main(void)
{
	char path[128];

	setenv("AISP_JOBS", "1", 1); /* faults are counted: one worker makes their order fixed */
	if (!mkdtemp(folder))
		return 2;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, files[i].path);
		if (aisp_fs_write(path, aisp_slice_z(files[i].text), 0600, NULL) < 0)
			return 2;
	}
	torture_may_succeed("scan of a folder", scan, NULL);
	torture_may_succeed("key of a source", key_of, NULL);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, files[i].path);
		unlink(path);
	}
	rmdir(folder);
	return torture_result();
}
