/* A policy from YAML text, for tests. */
#pragma once
#include "access/kubernetes/effects.h"
#include "base/mem.h"

enum { MAX = 64 };
struct world {
	struct aisp_arena *a;
	struct aisp_rbac_role roles[MAX];
	struct aisp_rbac_binding bindings[MAX];
	struct aisp_rbac_policy p;
	struct aisp_rbac *r;
};

static inline void world_open(struct world *w, const char *yaml)
{
	struct aisp_docs docs;

	memset(w, 0, sizeof *w);
	w->a = aisp_arena_new(0);
	assert_non_null(w->a);
	assert_int_equal(aisp_yaml_parse(w->a, aisp_slice_z(yaml), NULL, &docs, NULL), 0);
	w->p = (struct aisp_rbac_policy){w->roles, 0, w->bindings, 0};
	for (size_t i = 0; i < docs.n; i++) {
		assert_true(w->p.n_roles < MAX && w->p.n_bindings < MAX);
		if (aisp_rbac_read_role(w->a, &docs.docs[i], &w->roles[w->p.n_roles], NULL) == 0)
			w->p.n_roles++;
		else if (aisp_rbac_read_binding(w->a, &docs.docs[i], &w->bindings[w->p.n_bindings], NULL) == 0)
			w->p.n_bindings++;
	}
	assert_int_equal(aisp_rbac_compile(&w->p, &w->r, NULL), 0);
}

static inline void world_close(struct world *w)
{
	aisp_rbac_free(w->r);
	aisp_arena_free(w->a);
}
