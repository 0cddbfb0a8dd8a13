/* For the tests of model formats: small builders of bytes, and a scan of them. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "scan/modelfile/modelfile.h"
#include <stdio.h>
#include <stdlib.h>

struct scanned {
	struct aisp_arena *a;
	const struct aisp_model_report *rep;
};

static inline struct scanned scan_bytes(struct aisp_slice bytes, const char *path)
{
	struct scanned s = {.a = aisp_arena_new((size_t)512 << 20)};
	struct aisp_input in = aisp_input_mem(bytes);
	struct aisp_err err = {0};

	assert_int_equal(aisp_model_scan(&in, aisp_slice_z(path), NULL, s.a, &s.rep, &err), 0);
	return s;
}

static inline void scan_done(struct scanned *s)
{
	aisp_arena_free(s->a);
}

/* The worst issue of a rule (any rule when NULL) whose `what` has that text; -1 when there is none. */
static inline int worst(const struct scanned *s, const char *rule, const char *what)
{
	int found = -1;

	for (size_t i = 0; s->rep && i < s->rep->n_issues; i++) {
		const struct aisp_model_issue *is = &s->rep->issues[i];

		if ((!rule || strcmp(is->rule, rule) == 0) && (!what || aisp_slice_find(is->what, aisp_slice_z(what)) != SIZE_MAX) && (int)is->severity > found)
			found = (int)is->severity;
	}
	return found;
}

static inline bool has_fact(const struct scanned *s, const char *key, const char *value)
{
	for (size_t i = 0; s->rep && i < s->rep->n_facts; i++)
		if (strcmp(s->rep->facts[i].key, key) == 0 && aisp_slice_eqz(s->rep->facts[i].value, value))
			return true;
	return false;
}

/* A file of the repository, in memory from the arena. */
static inline struct aisp_slice slurp(struct aisp_arena *a, const char *path)
{
	FILE *f = fopen(path, "rb");
	char *p = aisp_arena_alloc(a, 1 << 20);
	size_t n;

	assert_non_null(f);
	assert_non_null(p);
	n = fread(p, 1, 1 << 20, f);
	fclose(f);
	return aisp_slice_of(p, n);
}

static inline void put_le(struct aisp_buf *b, uint64_t v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		aisp_buf_putc(b, (char)(i < 8 ? v >> 8 * i & 0xff : 0));
}

/* ---- protobuf */
static inline void pb_varint(struct aisp_buf *b, uint64_t v)
{
	for (; v > 127; v >>= 7)
		aisp_buf_putc(b, (char)((v & 127) | 128));
	aisp_buf_putc(b, (char)v);
}
static inline void pb_int(struct aisp_buf *b, unsigned field, uint64_t v)
{
	pb_varint(b, (uint64_t)field << 3);
	pb_varint(b, v);
}
static inline void pb_bytes(struct aisp_buf *b, unsigned field, struct aisp_slice s)
{
	pb_varint(b, (uint64_t)field << 3 | 2);
	pb_varint(b, s.n);
	aisp_buf_put(b, s);
}
static inline void pb_z(struct aisp_buf *b, unsigned field, const char *z)
{
	pb_bytes(b, field, aisp_slice_z(z));
}
/* Closes `inner` into `outer` as a field and empties it. */
static inline void pb_close(struct aisp_buf *outer, unsigned field, struct aisp_buf *inner)
{
	pb_bytes(outer, field, aisp_buf_slice(inner));
	aisp_buf_clear(inner);
}
