/* pg_hba.conf: may some connection of this role to this database be let in? The first line that fits a connection's
 * type, address, database and role decides it. Addresses are not known here, so a line counts unless an earlier one
 * that fits every address of its type came first. Source: src/backend/libpq/hba.c (check_hba, check_role, check_db).
 */
#include "access/postgres/engine_int.h"

enum conn { CONN_LOCAL = 1, CONN_PLAIN = 2, CONN_SSL = 4, CONN_GSS = 8 };

static unsigned conn_types(struct aisp_slice type)
{
	static const struct {
		const char *name;
		unsigned types;
	} names[] = {{"local", CONN_LOCAL},    {"host", CONN_PLAIN | CONN_SSL | CONN_GSS},
		     {"hostssl", CONN_SSL},    {"hostnossl", CONN_PLAIN | CONN_GSS},
		     {"hostgssenc", CONN_GSS}, {"hostnogssenc", CONN_PLAIN | CONN_SSL}};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (aisp_slice_eqz(type, names[i].name))
			return names[i].types;
	return 0;
}

static bool user_fits(const struct aisp_pg_engine *e, uint32_t role, struct aisp_slice token)
{
	if (aisp_slice_eqz(token, "all") || (token.n && token.p[0] == '/'))
		return true; /* a regular expression counts as fitting */
	if (token.n && token.p[0] == '+') {
		uint32_t group = aisp_pg_role_by_name(e->m, aisp_slice_from(token, 1));
		/* is_member: a superuser is not taken as a member of everything here */
		return group == role || (group <= e->n_roles && group && aisp_pg__list_has(&e->members, role, group));
	}
	return aisp_slice_eq(token, e->m->roles.v[role].name);
}

static bool database_fits(const struct aisp_pg_engine *e, uint32_t role, uint32_t database, struct aisp_slice token)
{
	struct aisp_slice db = e->m->databases.v[database].name, user = e->m->roles.v[role].name;
	if (aisp_slice_eqz(token, "replication"))
		return false;
	if (aisp_slice_eqz(token, "all") || (token.n && token.p[0] == '/'))
		return true;
	if (aisp_slice_eqz(token, "sameuser"))
		return aisp_slice_eq(db, user);
	if (aisp_slice_eqz(token, "samerole") || aisp_slice_eqz(token, "samegroup")) {
		uint32_t group = aisp_pg_role_by_name(e->m, db);
		return group == role || (group <= e->n_roles && group && aisp_pg__list_has(&e->members, role, group));
	}
	return aisp_slice_eq(token, db);
}

static bool fits(const struct aisp_pg_engine *e, uint32_t role, uint32_t database, const struct aisp_pg_hba *h)
{
	bool user = false, db = false;
	for (uint32_t i = 0; !user && i < h->n_users; i++)
		user = user_fits(e, role, h->users[i]);
	for (uint32_t i = 0; user && !db && i < h->n_databases; i++)
		db = database_fits(e, role, database, h->databases[i]);
	return db;
}

static bool every_address(const struct aisp_pg_hba *h)
{
	return aisp_slice_eqz(h->address, "all");
}

static void put_method(struct aisp_slice method, struct aisp_buf *out)
{
	if (!out)
		return;
	struct aisp_slice rest = aisp_buf_slice(out), part;
	while (aisp_slice_split(&rest, ',', &part))
		if (aisp_slice_eq(aisp_slice_trim(part), method))
			return;
	if (out->n)
		aisp_buf_putz(out, ", ");
	aisp_buf_put(out, method);
}

bool aisp_pg_hba_admits(const struct aisp_pg_engine *e, uint32_t role, uint32_t database, struct aisp_buf *ret_auth)
{
	unsigned open = CONN_LOCAL | CONN_PLAIN | CONN_SSL | CONN_GSS;
	bool v4_decided = false, v6_decided = false, admits = false;
	for (size_t i = 0; i < e->m->hba.n && open; i++) {
		const struct aisp_pg_hba *h = &e->m->hba.v[i];
		unsigned types = conn_types(h->type) & open;
		bool v4 = aisp_slice_eqz(h->address, "0.0.0.0") && aisp_slice_eqz(h->netmask, "0.0.0.0");
		bool v6 = aisp_slice_eqz(h->address, "::") && aisp_slice_eqz(h->netmask, "::");
		if (!types || !fits(e, role, database, h))
			continue;
		if (!aisp_slice_eqz(h->method, "reject")) {
			admits = true;
			put_method(h->method, ret_auth);
		}
		if (types & CONN_LOCAL || every_address(h))
			open &= ~types;
		/* 0.0.0.0/0 and ::/0 together are every address too, when both stand in lines of type host */
		if (aisp_slice_eqz(h->type, "host")) {
			v4_decided = v4_decided || v4;
			v6_decided = v6_decided || v6;
			if (v4_decided && v6_decided)
				open &= CONN_LOCAL;
		}
	}
	return admits;
}
