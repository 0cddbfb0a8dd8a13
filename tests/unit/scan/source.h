/* Helpers of the tests of scan/source: a program from texts in memory. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/jw.h"
#include "base/vec.h"
#include "scan/source/source.h"

struct unit {
	struct aisp_arena *a;
	AISP_VEC(struct aisp_source_module *) mods;
	struct aisp_source_facts f;
};

static inline void unit_file(struct unit *u, const char *path, struct aisp_slice text)
{
	struct aisp_source_module *m;
	struct aisp_err err = {0};

	if (!u->a)
		u->a = aisp_arena_new(0);
	if (aisp_source_read(aisp_slice_z(path), aisp_source_lang_of(aisp_slice_z(path)), text, NULL, u->a, &m, &err) < 0)
		fail_msg("%s: %s", path, err.msg);
	assert_int_equal(aisp_vec_push(&u->mods, m), 0);
}

static inline void unit_link(struct unit *u)
{
	struct aisp_err err = {0};

	if (aisp_source_link(u->mods.v, u->mods.n, u->a, &u->f, &err) < 0)
		fail_msg("%s", err.msg);
}

static inline void unit_done(struct unit *u)
{
	aisp_vec_done(&u->mods);
	aisp_arena_free(u->a);
}

/* The nth hit of a kind, or NULL. */
static inline const struct aisp_source_hit *unit_hit(const struct unit *u, enum aisp_source_kind kind, size_t nth)
{
	for (size_t i = 0; i < u->f.n_hits; i++)
		if (u->f.hits[i].kind == kind && nth-- == 0)
			return &u->f.hits[i];
	return NULL;
}
