/* What the files of the engine share. */
#pragma once
#include "access/postgres/engine.h"

/* Sorted numbers a role: v[at[r]] … v[at[r + 1] - 1]. */
struct aisp_pg_lists {
	uint32_t *at; /* n_roles + 2 */
	uint32_t *v;
};
/* What a view's reader must be allowed to: the view's own rights are decided once, the session's are collected. */
struct aisp_pg_view {
	uint8_t state; /* 0 not yet, 1 in work, 2 done */
	bool owner_ok;
	uint32_t need_at, need_n, call_at, call_n;
};
struct aisp_pg_engine {
	const struct aisp_pg_model *m;
	uint32_t n_roles;                                /* numbers 1 … n_roles */
	struct aisp_pg_lists privs, members, sets;       /* transitively, without the role itself */
	struct aisp_pg_lists havers;                     /* reverse of privs */
	uint32_t read_all, write_all, maintain, dbowner; /* role numbers, NOBODY if not there */
	struct aisp_pg_view *views;                      /* by table number */
	AISP_VEC(const struct aisp_pg_dep *) needs;      /* what sessions need, by view */
	AISP_VEC(uint32_t) calls;                        /* functions that sessions call, by view */
	AISP_VEC(struct aisp_pg_assume) assumes;
	uint8_t *groups; /* by role: it has one */
};

static inline size_t aisp_pg__list_n(const struct aisp_pg_lists *l, uint32_t role)
{
	return l->at[role + 1] - l->at[role];
}
bool aisp_pg__list_has(const struct aisp_pg_lists *l, uint32_t role, uint32_t other);
/* Is the role a superuser? False for PUBLIC and NOBODY. */
static inline bool aisp_pg__super(const struct aisp_pg_engine *e, uint32_t role)
{
	return role > 0 && role <= e->n_roles && e->m->roles.v[role].super;
}
/* The written items, or the default ones of the class in `defaults` (room for two). */
struct aisp_pg_acl aisp_pg__items(const struct aisp_pg_engine *e, enum aisp_pg_class class, uint32_t owner,
				  uint32_t acl, struct aisp_pg_aclitem defaults[2]);
int aisp_pg__views_prepare(struct aisp_pg_engine *e, struct aisp_err *err);
int aisp_pg__assumes_prepare(struct aisp_pg_engine *e, struct aisp_err *err);
