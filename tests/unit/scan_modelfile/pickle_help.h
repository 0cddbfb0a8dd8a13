/* Scans bytes and finds the worst issue. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "base/buf.h"
#include "base/mem.h"
#include "scan/modelfile/modelfile.h"
#include <stdio.h>

struct scanned {
	struct aisp_arena *a;
	const struct aisp_model_report *rep; /* NULL: no model file */
	int r;
};
static inline struct scanned scan_bytes(struct aisp_slice bytes, const char *path, const struct aisp_model_limits *limits)
{
	struct scanned s = {.a = aisp_arena_new(0)};
	struct aisp_input in = aisp_input_mem(bytes);

	s.r = aisp_model_scan(&in, aisp_slice_z(path), limits, s.a, &s.rep, NULL);
	return s;
}
static inline void scanned_done(struct scanned *s)
{
	aisp_arena_free(s->a);
}
/* -1: no issue */
static inline int worst(const struct scanned *s)
{
	return s->rep && s->rep->n_issues ? (int)s->rep->issues[0].severity : -1;
}
static inline const struct aisp_model_issue *issue_of(const struct scanned *s, const char *rule)
{
	for (size_t i = 0; s->rep && i < s->rep->n_issues; i++)
		if (strcmp(s->rep->issues[i].rule, rule) == 0)
			return &s->rep->issues[i];
	return NULL;
}
/* A literal with NULs in it, in a table. */
#define BYTES(lit) {(lit), sizeof(lit) - 1}
