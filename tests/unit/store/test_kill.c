/* A scan that is being saved is killed at any moment: what is found afterwards is one of the whole scans before it, or itself
 * whole, and saving goes on from there.
 */
#include "graph_test.h"
#include "store/store.h"
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { KILLS = 200, NODES = 60 };

/* Version v is known by its nodes: all of them hold v, and there are NODES + v of them. */
static struct aisp_snapshot *version(int v)
{
	struct aisp_graph *g = aisp_graph_new();
	uint16_t a = a_source(g, "a");
	struct aisp_err err;
	aisp_node last = 0;
	char id[40];

	for (int i = 0; i < NODES + v; i++) {
		snprintf(id, sizeof id, "node/%d", i);
		aisp_node n = a_node(g, a, AISP_NODE_TABLE, id);

		aisp_graph_set_int(g, n, a, "version", v, &err);
		snprintf(id, sizeof id, "text of %d in %d", i, v);
		if (last)
			an_edge(g, a, last, AISP_EDGE_CAN_READ, n, id, "");
		last = n;
	}
	return frozen(g);
}

static int save(struct aisp_store *st, int v, struct aisp_err *err)
{
	struct aisp_snapshot *s = version(v);
	const struct aisp_store_outcome outcome = {AISP_S("a"), true};
	const struct aisp_store_save in = {.finished_us = v, .outcomes = &outcome, .n_outcomes = 1};
	int64_t run;
	int r = aisp_store_save(st, s, &in, &run, err);

	aisp_snapshot_free(s);
	return r;
}

static void child(const char *path, int v, int ready)
{
	struct aisp_store *st = NULL;
	struct aisp_err err;

	if (aisp_store_open(path, AISP_STORE_CREATE, &st, &err) < 0 || write(ready, "", 1) != 1)
		_exit(1);
	for (;;)
		if (save(st, v++, &err) < 0)
			_exit(1);
}

/* The version that the store holds, 0 if no scan; the checks are that it is whole. */
static int version_of(const char *path)
{
	struct aisp_snapshot *s = NULL;
	struct aisp_store *st = NULL;
	struct aisp_err err = {0};
	int v = 0, r = aisp_store_open(path, AISP_STORE_CREATE, &st, &err);

	if (r < 0)
		fail_msg("open: %s", err.msg);
	r = aisp_store_load(st, 0, &s, &err);
	if (r == 0) {
		v = (int)s->taken_us;
		struct aisp_snapshot *want = version(v);
		char *a = dumped(want), *b = dumped(s);

		assert_string_equal(a, b);
		free(a);
		free(b);
		aisp_snapshot_free(want);
		aisp_snapshot_free(s);
	} else if (r != AISP_E_NOTFOUND) {
		fail_msg("load: %s", err.msg);
	}
	aisp_store_close(st);
	return v;
}

static void test_kill(void **state)
{
	char dir[] = "/tmp/aisp-kill-XXXXXX", path[64], other[80];
	uint32_t random = 12345;
	int v = 0, moved = 0, ready[2];
	char byte;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/s.db", dir);
	assert_int_equal(pipe(ready), 0);
	for (int i = 0; i < KILLS; i++) {
		pid_t pid = fork();

		if (pid == 0)
			child(path, v % 20 + 1, ready[1]);
		random = random * 1664525U + 1013904223U;
		struct timespec pause = {0, (long)(random >> 8) * 5};

		/* Every fourth one is killed while it opens the store. */
		if (i % 4)
			assert_int_equal(read(ready[0], &byte, 1), 1);
		nanosleep(&pause, NULL);
		kill(pid, SIGKILL);
		int status;

		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		int now = version_of(path);

		assert_true(now > 0 || v == 0);
		moved += now != v;
		v = now;
	}
	close(ready[0]);
	close(ready[1]);
	/* The kills must have hit at different stages, else this tests nothing. */
	assert_true(moved > KILLS / 20);
	unlink(path);
	snprintf(other, sizeof other, "%s-wal", path);
	unlink(other);
	snprintf(other, sizeof other, "%s-shm", path);
	unlink(other);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_kill)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
