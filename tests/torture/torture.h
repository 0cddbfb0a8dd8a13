/* Torture: every allocation and every wrapped I/O call of a piece of code is made to fail, one after the other.
 *
 * The code under test is a callback that does its work from nothing and cleans up after itself, whatever happens. It must give
 * back 0 or the negative code of the call that failed, and check itself that outputs are untouched on failure
 * (TORTURE_CHECK). For n = 1, 2, 3, … it runs with the nth call failing once, and then with all calls from the nth on failing,
 * until a run meets no fault any more. After each run with a fault the code must be negative, and no block may be left over.
 *
 *   static int one(void *ctx) { … }
 *   int main(void) { torture("what", one, NULL); return torture_result(); }
 *
 * Code that goes on after a failed call on purpose (a cache that could not grow) is given to torture_may_succeed.
 */
#pragma once
#include "base/err.h"
#include "base/mem.h"
#include <stdio.h>

static unsigned torture_failures;

#define TORTURE_CHECK(ok)                                                                                              \
	do {                                                                                                           \
		if (!(ok)) {                                                                                           \
			torture_failures++;                                                                            \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #ok);                        \
		}                                                                                                      \
	} while (0)

static inline void torture_one(const char *what, int (*f)(void *ctx), void *ctx, bool persistent, bool may_succeed)
{
	enum { ENDLESS = 1000000 };
	uint64_t n = 0;
	bool hit = true;

	for (n = 1; hit && n < ENDLESS && torture_failures < 20; n++) {
		size_t live = aisp_mem_live();

		aisp_fault_set(n, persistent);
		int r = f(ctx);

		hit = aisp_fault_count() >= n;
		aisp_fault_set(0, false);
		const char *wrong = hit && r >= 0 && !may_succeed ? "succeeds in spite of it"
		                    : r > 0                       ? "gives a positive code"
		                    : !hit && r < 0               ? "fails without a fault"
		                    : aisp_mem_live() != live     ? "leaks"
		                                                  : NULL;
		if (wrong) {
			torture_failures++;
			fprintf(stderr, "%s: call %llu fails%s: %s (code %d, %+lld blocks)\n", what, (unsigned long long)n,
			        persistent ? " and all after it" : "", wrong, r,
			        (long long)aisp_mem_live() - (long long)live);
		}
	}
	printf("%-24s %6llu calls failed %s\n", what, (unsigned long long)n - 2, persistent ? "for good" : "once");
}

static inline void torture(const char *what, int (*f)(void *ctx), void *ctx)
{
	torture_one(what, f, ctx, false, false);
	torture_one(what, f, ctx, true, false);
}

static inline void torture_may_succeed(const char *what, int (*f)(void *ctx), void *ctx)
{
	torture_one(what, f, ctx, false, true);
	torture_one(what, f, ctx, true, true);
}

static inline int torture_result(void)
{
	return torture_failures ? 1 : 0;
}
