/* "Can become": which role can act as which other one, in one step. See engine.h.
 *
 * Sources: check_role_membership_authorization, select_best_admin and check_role_grantor in commands/user.c and
 * utils/adt/acl.c: from 16 the ADMIN OPTION must be held by a role whose rights the session has (INHERIT chain); up to
 * 15 by any role it is a member of, and CREATEROLE stands for it. A superuser's membership only a superuser grants.
 */
#include "access/postgres/engine_int.h"
#include <stdlib.h>

enum { MAX_ASSUMES = 16 * 1024 * 1024 };

static int push(struct aisp_pg_engine *e, uint32_t from, uint32_t to, uint32_t via, enum aisp_pg_assume_why why,
		uint32_t membership, struct aisp_err *err)
{
	if (from == to || aisp_pg__super(e, from))
		return AISP_OK;
	if (e->assumes.n >= MAX_ASSUMES)
		return aisp_fail(err, AISP_E_LIMIT, "too many roles can become too many others");
	struct aisp_pg_assume a = {from, to, via, why, membership};
	return aisp_vec_push(&e->assumes, a) < 0 ? aisp_fail(err, AISP_E_NOMEM, "out of memory for memberships")
						 : AISP_OK;
}

/* The ADMIN OPTION of one membership: for its member, and from 16 for those that have the member's rights without being
 * able to become it. */
static int admin_of(struct aisp_pg_engine *e, uint32_t number, struct aisp_err *err)
{
	const struct aisp_pg_membership *mb = &e->m->memberships.v[number];
	if (aisp_pg__super(e, mb->role))
		return AISP_OK;
	int r = AISP_OK;
	if (!mb->set)
		r = push(e, mb->member, mb->role, mb->member, AISP_PG_ASSUME_ADMIN, number, err);
	for (uint32_t i = e->havers.at[mb->member]; r == AISP_OK && i < e->havers.at[mb->member + 1]; i++) {
		uint32_t other = e->havers.v[i];
		if (!aisp_pg_can_set(e, other, mb->member, 0))
			r = push(e, other, mb->role, mb->member, AISP_PG_ASSUME_ADMIN, number, err);
	}
	return r;
}

static int createrole(struct aisp_pg_engine *e, uint32_t from, struct aisp_err *err)
{
	int r = AISP_OK;
	for (uint32_t to = 1; r == AISP_OK && to <= e->n_roles; to++)
		if (!aisp_pg__super(e, to) && to != e->dbowner)
			r = push(e, from, to, from, AISP_PG_ASSUME_CREATEROLE, UINT32_MAX, err);
	return r;
}

static int by_ends(const void *x, const void *y)
{
	const struct aisp_pg_assume *a = x, *b = y;
	if (a->from != b->from)
		return (a->from > b->from) - (a->from < b->from);
	if (a->to != b->to)
		return (a->to > b->to) - (a->to < b->to);
	if (a->why != b->why)
		return (int)a->why - (int)b->why;
	return (a->membership > b->membership) - (a->membership < b->membership);
}

static int groups_prepare(struct aisp_pg_engine *e, struct aisp_err *err)
{
	e->groups = aisp_mem_zalloc(e->n_roles + 1, 1);
	if (!e->groups)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for memberships");
	for (uint32_t role = 1; role <= e->n_roles; role++)
		for (uint32_t i = e->havers.at[role]; i < e->havers.at[role + 1] && !e->groups[role]; i++)
			e->groups[role] =
				!aisp_pg__super(e, e->havers.v[i]) && !aisp_pg_can_set(e, e->havers.v[i], role, 0);
	return AISP_OK;
}

bool aisp_pg_has_group(const struct aisp_pg_engine *e, uint32_t role)
{
	return role > 0 && role <= e->n_roles && e->groups[role];
}

bool aisp_pg_joins_group(const struct aisp_pg_engine *e, uint32_t membership, bool of_group)
{
	const struct aisp_pg_membership *mb = &e->m->memberships.v[membership];
	if (!mb->inherit || mb->member == mb->role || !aisp_pg_has_group(e, mb->role))
		return false;
	if (of_group)
		return aisp_pg_has_group(e, mb->member);
	return !mb->set && !aisp_pg__super(e, mb->member); /* who can SET the role is in the group through it */
}

int aisp_pg__assumes_prepare(struct aisp_pg_engine *e, struct aisp_err *err)
{
	const struct aisp_pg_model *m = e->m;
	int r = groups_prepare(e, err);
	for (uint32_t i = 0; r == AISP_OK && i < m->memberships.n; i++) {
		const struct aisp_pg_membership *mb = &m->memberships.v[i];
		if (mb->set)
			r = push(e, mb->member, mb->role, 0, AISP_PG_ASSUME_SET, i, err);
		if (r == AISP_OK && mb->admin)
			r = admin_of(e, i, err);
	}
	for (uint32_t role = 1; r == AISP_OK && m->version_num < 160000 && role <= e->n_roles; role++)
		if (m->roles.v[role].createrole)
			r = createrole(e, role, err);
	if (e->assumes.n > 1)
		qsort(e->assumes.v, e->assumes.n, sizeof *e->assumes.v, by_ends);
	return r;
}

const struct aisp_pg_assume *aisp_pg_assumes(const struct aisp_pg_engine *e, size_t *ret_n)
{
	*ret_n = e->assumes.n;
	return e->assumes.v;
}
