/* The task pool: threads that take the next index until none is left.
 *
 * Indices are handed out in order and each one handed out is finished; so when something fails, every lower index has run, and
 * the lowest failure is the same in every run.
 */
#include "base/task.h"
#include "base/slice.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum { WORKERS_MAX = 64 };

struct pool {
	size_t n;
	int (*f)(void *ctx, size_t i, unsigned worker);
	void *ctx;
	atomic_size_t next;
	atomic_bool stop;
	pthread_mutex_t lock; /* of the two below */
	size_t bad_at;
	int bad;
};
struct worker {
	struct pool *pool;
	unsigned number;
	pthread_t thread;
};

unsigned aisp_task_workers(void)
{
	const char *jobs = getenv("AISP_JOBS");
	uint64_t n;

	if (!jobs || !aisp_slice_u64(aisp_slice_z(jobs), &n) || n == 0) {
		long cores = sysconf(_SC_NPROCESSORS_ONLN);

		n = cores > 0 ? (uint64_t)cores : 1;
	}
	return n < WORKERS_MAX ? (unsigned)n : WORKERS_MAX;
}

static void failed(struct pool *pool, size_t i, int r)
{
	pthread_mutex_lock(&pool->lock);
	if (pool->bad == 0 || i < pool->bad_at) {
		pool->bad_at = i;
		pool->bad = r;
	}
	pthread_mutex_unlock(&pool->lock);
	atomic_store(&pool->stop, true);
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct pool *pool = w->pool;

	while (!atomic_load(&pool->stop)) {
		size_t i = atomic_fetch_add(&pool->next, 1);

		if (i >= pool->n)
			break;
		int r = pool->f(pool->ctx, i, w->number);

		if (r < 0)
			failed(pool, i, r);
	}
	return NULL;
}

int aisp_task_each(size_t n, int (*f)(void *ctx, size_t i, unsigned worker), void *ctx, struct aisp_err *err)
{
	struct pool pool = {.n = n, .f = f, .ctx = ctx, .lock = PTHREAD_MUTEX_INITIALIZER};
	struct worker workers[WORKERS_MAX];
	unsigned want = aisp_task_workers(), started = 1;

	if (want > n)
		want = n ? (unsigned)n : 1;
	workers[0] = (struct worker){.pool = &pool};
	/* A thread that cannot be had is no failure: the others, at least this one, do its work. */
	for (; started < want; started++) {
		workers[started] = (struct worker){.pool = &pool, .number = started};
		if (pthread_create(&workers[started].thread, NULL, work, &workers[started]) != 0)
			break;
	}
	work(&workers[0]);
	for (unsigned i = 1; i < started; i++)
		pthread_join(workers[i].thread, NULL);
	if (pool.bad)
		return aisp_fail(err, (enum aisp_code)pool.bad, "task %zu of %zu failed (%s)", pool.bad_at, n,
		                 aisp_code_name((enum aisp_code)pool.bad));
	return AISP_OK;
}
