/* Shared by the fuzz targets of containers: walks one and checks what the header promises of each member. */
#pragma once
#include "fuzz.h"
#include "scan/container/container.h"

static const struct aisp_container_limits fuzz_container_limits = {.max_member = 1 << 20, .max_total = 4 << 20, .max_members = 2000, .max_ratio = 1000};

static int fuzz_member(void *ctx, const struct aisp_container_member *m)
{
	uint64_t *total = ctx;
	char first[64];
	size_t n = 0;

	FUZZ_CHECK(m->name.n == 0 || m->name.p);
	FUZZ_CHECK(m->why_not == AISP_OK || m->input.size == 0 || (m->oddities & AISP_ODDITY(METHOD)));
	FUZZ_CHECK(aisp_input_read_some(&m->input, 0, first, sizeof first, &n, NULL) == 0);
	FUZZ_CHECK(m->oddities < 1u << AISP_CONTAINER_BIT_END);
	if (!m->stored) {
		FUZZ_CHECK(m->input.size <= fuzz_container_limits.max_member + 1);
		*total += m->input.size;
		FUZZ_CHECK(*total <= fuzz_container_limits.max_total + 1);
	}
	return 0;
}

static inline void fuzz_walk_container(const uint8_t *data, size_t size, enum aisp_container_form form)
{
	struct aisp_input in = aisp_input_mem(aisp_slice_of((const char *)data, size));
	struct aisp_err err = {0};
	uint64_t total = 0;
	unsigned oddities = 0;
	int r = aisp_container_each(&in, form, &fuzz_container_limits, NULL, fuzz_member, &total, &oddities, &err);

	FUZZ_CHECK(r == 0 || (r == (int)err.code && err.msg[0]));
	FUZZ_CHECK(r == 0 || r == AISP_E_PARSE || r == AISP_E_LIMIT || r == AISP_E_NOMEM);
}
