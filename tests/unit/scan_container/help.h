/* Walks a container and remembers what was handed out; and a zip writer that can lie. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "base/mem.h"
#include "scan/container/container.h"
#include <stdio.h>

enum { SEEN_MAX = 64 };
struct seen {
	struct aisp_arena *a;
	size_t n;
	struct {
		struct aisp_slice name, content;
		unsigned oddities;
		bool stored;
		const char *at; /* where the input's memory is */
		enum aisp_code why_not;
	} v[SEEN_MAX];
	unsigned oddities;
	struct aisp_err err;
	int stop; /* returned by the sink */
};

static inline int seen_sink(void *ctx, const struct aisp_container_member *m)
{
	struct seen *s = ctx;
	struct aisp_buf AISP_AUTOBUF b = {0};

	if (s->n < SEEN_MAX) {
		aisp_input_append(&m->input, 0, (size_t)m->input.size, &b, NULL);
		s->v[s->n].name = aisp_arena_dup(s->a, m->name);
		s->v[s->n].content = aisp_arena_dup(s->a, aisp_buf_slice(&b));
		s->v[s->n].oddities = m->oddities;
		s->v[s->n].stored = m->stored;
		s->v[s->n].at = m->input.mem.p;
		s->v[s->n].why_not = m->why_not;
		s->n++;
	}
	return s->stop;
}
static inline int walk(struct seen *s, struct aisp_slice bytes, const struct aisp_container_limits *limits)
{
	struct aisp_input in = aisp_input_mem(bytes);

	s->a = s->a ? s->a : aisp_arena_new(0);
	s->n = 0;
	return aisp_container_each(&in, aisp_container_detect(&in), limits, NULL, seen_sink, s, &s->oddities, &s->err);
}
static inline void seen_done(struct seen *s)
{
	aisp_arena_free(s->a);
}

/* ---- writing ---- */

struct file {
	const char *name, *local_name; /* NULL: as name */
	struct aisp_slice packed;
	uint32_t size, crc;
	unsigned method, flags, local_flags;
	bool unlisted;
};
static inline void le(struct aisp_buf *b, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		aisp_buf_putc(b, (char)(i < 8 ? v >> (8 * i) & 0xff : 0));
}
static inline void zip_head(struct aisp_buf *b, const struct file *f, bool local, size_t at)
{
	const char *name = local && f->local_name ? f->local_name : f->name;

	le(b, local ? 0x04034b50 : 0x02014b50, 4);
	le(b, 20, local ? 2 : 4);
	le(b, local ? f->local_flags : f->flags, 2);
	le(b, f->method, 2);
	le(b, 0, 4);
	le(b, f->crc, 4);
	le(b, f->packed.n, 4);
	le(b, f->size, 4);
	le(b, strlen(name), 2);
	le(b, 0, 2);
	if (!local) {
		le(b, 0, 10);
		le(b, at, 4);
	}
	aisp_buf_putz(b, name);
}
static inline void zip_of(const struct file *f, size_t n, struct aisp_buf *b)
{
	struct aisp_buf AISP_AUTOBUF dir = {0};
	size_t listed = 0;

	for (size_t i = 0; i < n; i++) {
		size_t at = b->n;
		zip_head(b, &f[i], true, at);
		aisp_buf_put(b, f[i].packed);
		if (!f[i].unlisted) {
			zip_head(&dir, &f[i], false, at);
			listed++;
		}
	}
	size_t at = b->n;
	aisp_buf_put(b, aisp_buf_slice(&dir));
	le(b, 0x06054b50, 4);
	le(b, 0, 4);
	le(b, listed, 2);
	le(b, listed, 2);
	le(b, dir.n, 4);
	le(b, at, 4);
	le(b, 0, 2);
}
