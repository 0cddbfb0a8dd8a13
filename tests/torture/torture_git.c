/* Torture of the history reader: a small repository with a packed part and a loose one is opened, read and traced, each allocation of
 * ours failing once. (libgit2's own are not ours to fail.) */
#include "collect/git/history.h"
#include "torture.h"
#include <stdlib.h>

static char dir[] = "/tmp/aisp-torture-git-XXXXXX";

static int see(void *ctx, size_t i, unsigned worker, const struct aisp_history_blob *blob)
{
	size_t *n = ctx;

	(void)i, (void)worker;
	*n += blob->text.n > 0;
	return 0;
}

static int one(void *ctx)
{
	struct aisp_history *h = NULL;
	const struct aisp_history_options o = {.unreachable = true};
	struct aisp_history_trace traces[2];
	struct aisp_history_commit commit;
	struct aisp_err err = {0};
	size_t n = 0;

	(void)ctx;
	int r = aisp_history_open(dir, &o, &h, &err);
	TORTURE_CHECK((r == 0) == (h != NULL));
	if (r == 0)
		r = aisp_history_each(h, see, &n, &err);
	if (r == 0) {
		TORTURE_CHECK(n >= 40);
		r = aisp_history_trace(h, (uint32_t[]){0, 1}, 2, traces, &err);
	}
	if (r == 0)
		r = aisp_history_commit(h, traces[0].first, &commit, &err);
	aisp_history_free(h);
	return r;
}

int main(void)
{
	char command[1024];

	if (!mkdtemp(dir))
		return 1;
	setenv("AISP_JOBS", "1", 1);
	snprintf(command, sizeof command,
	         "cd %s && export GIT_CONFIG_NOSYSTEM=1 HOME=%s && git init -qb main . && git config user.name a && git config user.email a@example.org && mkdir d && "
	         "for i in $(seq 20); do seq $i 300 >a; seq $((i*2)) 200 >d/b; git add -A; git commit -qm $i; [ $i = 18 ] && git repack -qadf; done; true",
	         dir, dir);
	if (system(command) != 0)
		return 1;
	torture_may_succeed("git history", one, NULL);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command) || torture_result();
}
