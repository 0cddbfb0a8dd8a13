/* PostgreSQL: grants, memberships, attributes, ownership. Who granted what, with which options, is known from the store's GRANTED edges, so the undo gives back exactly that:
 * a grant is taken and given as its grantor (SET LOCAL ROLE inside one DO statement), a membership with its ADMIN, INHERIT and SET options (PostgreSQL 16; before: ADMIN only).
 * Source: PostgreSQL documentation, GRANT, REVOKE, aclexplode, pg_auth_members.
 */
#include "govern/plan_int.h"
#include <stdlib.h>

/* ---- Reading the texts ---- */

/* Position of a word outside quotes and parentheses; SIZE_MAX. */
static size_t outside(struct aisp_slice s, const char *word)
{
	const size_t n = strlen(word);
	bool quoted = false;
	unsigned depth = 0;
	for (size_t i = 0; i + n <= s.n; i++) {
		if (!quoted && depth == 0 && memcmp(s.p + i, word, n) == 0)
			return i;
		quoted ^= s.p[i] == '"';
		if (!quoted && s.p[i] == '(')
			depth++;
		if (!quoted && s.p[i] == ')' && depth)
			depth--;
	}
	return SIZE_MAX;
}

struct grant {
	struct aisp_slice privs, column, class, object, grantee; /* "SELECT, INSERT", "SELECT (c), UPDATE (c)"; column as written, empty: none */
};

/* The next privilege of such a list, without its column. */
static bool next_priv(struct aisp_slice *rest, struct aisp_slice *ret)
{
	if (rest->n == 0)
		return false;
	const size_t comma = outside(*rest, ",");
	*ret = comma == SIZE_MAX ? *rest : aisp_slice_to(*rest, comma);
	*rest = comma == SIZE_MAX ? (struct aisp_slice){0} : aisp_slice_from(*rest, comma + 1);
	const size_t open = aisp_slice_chr(*ret, '(');
	*ret = aisp_slice_trim(open == SIZE_MAX ? *ret : aisp_slice_to(*ret, open));
	return true;
}

static bool read_grant(struct aisp_slice c, struct grant *g)
{
	if (!aisp_slice_starts(c, AISP_S("GRANT ")))
		return false;
	c = aisp_slice_from(c, 6);
	const size_t on = outside(c, " ON ");
	if (on == SIZE_MAX)
		return false;
	const struct aisp_slice behind = aisp_slice_from(c, on + 4);
	const size_t to = outside(behind, " TO "), space = aisp_slice_chr(behind, ' ');
	if (to == SIZE_MAX || space >= to)
		return false;
	*g = (struct grant){.privs = aisp_slice_to(c, on), .class = aisp_slice_to(behind, space), .object = aisp_slice_of(behind.p + space + 1, to - space - 1),
			    .grantee = aisp_slice_from(behind, to + 4)};
	const size_t with = outside(g->grantee, " WITH ");
	if (with != SIZE_MAX)
		g->grantee = aisp_slice_to(g->grantee, with);
	const size_t open = aisp_slice_chr(g->privs, '(');
	if (open != SIZE_MAX) {
		const struct aisp_slice in = aisp_slice_from(g->privs, open + 1);
		const size_t close = outside(in, ")");
		if (close == SIZE_MAX)
			return false;
		g->column = aisp_slice_to(in, close);
	}
	return true;
}

static bool is_grant(struct aisp_slice c)
{
	struct grant g;
	return read_grant(c, &g);
}

/* Everybody's: who else lives by it is not in the list. */
static bool is_public(struct aisp_slice c)
{
	struct grant g;
	return read_grant(c, &g) && aisp_slice_eqz(g.grantee, "PUBLIC");
}

/* The way into all that a schema or database holds. */
static bool is_entrance(struct aisp_slice c)
{
	struct grant g;
	return read_grant(c, &g) && (aisp_slice_eqz(g.class, "SCHEMA") || aisp_slice_eqz(g.class, "DATABASE"));
}

struct member {
	struct aisp_slice role, member;
};
static bool read_member(struct aisp_slice c, struct member *m)
{
	if (!aisp_slice_starts(c, AISP_S("GRANT ")) || outside(c, " ON ") != SIZE_MAX)
		return false;
	const size_t to = outside(c, " TO ");
	if (to == SIZE_MAX || to <= 6)
		return false;
	*m = (struct member){aisp_slice_of(c.p + 6, to - 6), aisp_slice_from(c, to + 4)};
	return m->role.n && m->member.n;
}

static bool is_member(struct aisp_slice c)
{
	struct member m;
	return read_member(c, &m);
}

static const struct {
	const char *name, *column;
} attributes[] = {{"SUPERUSER", "rolsuper"}, {"CREATEROLE", "rolcreaterole"}, {"CREATEDB", "rolcreatedb"}, {"REPLICATION", "rolreplication"},
		  {"BYPASSRLS", "rolbypassrls"}, {"LOGIN", "rolcanlogin"}, {NULL, NULL}};

static bool read_attribute(struct aisp_slice c, struct aisp_slice *role, size_t *ret_row)
{
	const size_t at = aisp_slice_rchr(c, ' ');
	if (!aisp_slice_starts(c, AISP_S("ALTER ROLE ")) || at == SIZE_MAX || at <= 11)
		return false;
	*role = aisp_slice_of(c.p + 11, at - 11);
	for (size_t i = 0; attributes[i].name; i++)
		if (aisp_slice_eqz(aisp_slice_from(c, at + 1), attributes[i].name)) {
			*ret_row = i;
			return true;
		}
	return false;
}

static bool is_attribute(struct aisp_slice c)
{
	struct aisp_slice role;
	size_t row;
	return read_attribute(c, &role, &row);
}

static bool is_owner(struct aisp_slice c)
{
	return aisp_slice_starts(c, AISP_S("ALTER ")) && outside(c, " OWNER TO ") != SIZE_MAX;
}

/* ---- Where ---- */

struct place {
	struct aisp_slice server, database; /* "HOST:PORT"; empty: any database of it */
};
static bool place_of(struct aisp_slice id, struct place *ret)
{
	if (!aisp_slice_starts(id, AISP_S("postgres://")))
		return false;
	id = aisp_slice_from(id, 11);
	size_t end = 0;
	while (end < id.n && id.p[end] != '/' && id.p[end] != '#')
		end++;
	*ret = (struct place){aisp_slice_to(id, end), {0}};
	if (end < id.n && id.p[end] == '/') {
		const struct aisp_slice rest = aisp_slice_from(id, end + 1);
		size_t n = 0;
		while (n < rest.n && rest.p[n] != '/' && rest.p[n] != '#')
			n++;
		ret->database = aisp_slice_to(rest, n);
	}
	return ret->server.n > 0;
}

/* The places of the step's edges, each once; a place without database is left out where one with it is known. Few. */
enum { MOST_PLACES = 16 };
static size_t places(const struct aisp_maker *m, struct place v[MOST_PLACES])
{
	size_t n = 0;
	for (size_t i = 0; i < m->step->n_edges; i++) {
		const struct aisp_sedge *e = &m->s->edges[m->step->edges[i]];
		struct place p = {0}, q = {0};
		const bool has = place_of(aisp_snapshot_text(m->s, m->s->nodes[e->to].id), &p), from = place_of(aisp_snapshot_text(m->s, m->s->nodes[e->from].id), &q);
		if (!has && !from)
			continue;
		if (!has || (p.database.n == 0 && q.database.n))
			p = q;
		size_t k = 0;
		while (k < n && !(aisp_slice_eq(v[k].server, p.server) && (aisp_slice_eq(v[k].database, p.database) || p.database.n == 0)))
			k++;
		if (k < n)
			continue;
		for (k = 0; k < n && !(aisp_slice_eq(v[k].server, p.server) && v[k].database.n == 0); k++)
			;
		if (k < MOST_PLACES)
			v[k] = p;
		n += k == n && n < MOST_PLACES;
	}
	return n;
}

static struct aisp_slice version_of(const struct aisp_maker *m, const struct place *p)
{
	const struct aisp_slice id = aisp_arena_printf(m->a, "postgres://%.*s", AISP_FMT(p->server));
	const aisp_node n = id.p ? aisp_snapshot_find(m->s, id) : 0;
	return n ? aisp_snapshot_prop_str(m->s, n, "version") : (struct aisp_slice){0};
}

static bool at_least_16(struct aisp_slice version)
{
	uint64_t n = 0;
	size_t end = 0;
	while (end < version.n && version.p[end] >= '0' && version.p[end] <= '9')
		end++;
	return !aisp_slice_u64(aisp_slice_to(version, end), &n) || n >= 16;
}

/* ---- Writing SQL ---- */

static void put_ident(struct aisp_buf *b, struct aisp_slice raw)
{
	aisp_buf_putc(b, '"');
	for (size_t i = 0; i < raw.n; i++) {
		if (raw.p[i] == '"')
			aisp_buf_putc(b, '"');
		aisp_buf_putc(b, raw.p[i]);
	}
	aisp_buf_putc(b, '"');
}

static void put_literal(struct aisp_buf *b, struct aisp_slice s)
{
	const bool back = aisp_slice_chr(s, '\\') != SIZE_MAX;
	aisp_buf_putz(b, back ? " E'" : "'");
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\'' || s.p[i] == '\\')
			aisp_buf_putc(b, s.p[i]);
		aisp_buf_putc(b, s.p[i]);
	}
	aisp_buf_putc(b, '\'');
}

static struct aisp_slice arguments(struct aisp_maker *m, const struct place *p, struct aisp_slice sql)
{
	const struct aisp_slice a = aisp_step__json_str(m, p->server), b = aisp_step__json_str(m, p->database), c = aisp_step__json_str(m, sql);
	return a.p && b.p && c.p ? aisp_step__fmt(m, "{\"server\":%.*s,\"database\":%.*s,\"sql\":%.*s}", AISP_FMT(a), AISP_FMT(b), AISP_FMT(c)) : (struct aisp_slice){0};
}

static int add_sql(struct aisp_maker *m, enum aisp_step_list list, const struct place *p, struct aisp_slice sql, struct aisp_slice text)
{
	return sql.p && text.p ? aisp_step__add(m, list, AISP_STEP_POSTGRES, arguments(m, p, sql), text) : aisp_step__nomem(m);
}

static int check_sql(struct aisp_maker *m, const struct place *p, struct aisp_slice sql, struct aisp_slice before, struct aisp_slice after)
{
	const struct aisp_slice b = aisp_step__json_str(m, before), f = aisp_step__json_str(m, after);
	if (!sql.p || !b.p || !f.p)
		return aisp_step__nomem(m);
	return aisp_step__check(m, AISP_STEP_POSTGRES, arguments(m, p, sql), sql, aisp_step__fmt(m, "{\"at\":\"/0/granted\",\"equals\":%.*s}", AISP_FMT(b)),
				aisp_step__fmt(m, "{\"at\":\"/0/granted\",\"equals\":%.*s}", AISP_FMT(f)), (struct aisp_slice){0});
}

static struct aisp_slice edge_prop(const struct aisp_snapshot *s, const struct aisp_sedge *e, const char *key)
{
	for (uint32_t i = 0; i < e->prop_n; i++)
		if (aisp_slice_eqz(aisp_snapshot_text(s, s->props[e->prop_at + i].key), key))
			return aisp_snapshot_text(s, s->props[e->prop_at + i].s);
	return (struct aisp_slice){0};
}

static struct aisp_slice grantor_of(const struct aisp_snapshot *s, const struct aisp_sedge *e)
{
	for (uint32_t i = 0; i < e->ev_n; i++) {
		const struct aisp_slice note = aisp_snapshot_text(s, s->evidence[e->ev_at + i].note);
		if (aisp_slice_starts(note, AISP_S("granted by ")))
			return aisp_slice_from(note, 11);
	}
	return (struct aisp_slice){0};
}

static bool same_place(const struct aisp_snapshot *s, const struct aisp_sedge *e, const struct place *p)
{
	struct place q;
	return place_of(aisp_snapshot_text(s, s->nodes[e->to].id), &q) && aisp_slice_eq(q.server, p->server) &&
	       (q.database.n == 0 || p->database.n == 0 || aisp_slice_eq(q.database, p->database));
}

/* One entry of an access control list that gives some of what is to go. */
struct given {
	struct aisp_slice grantor, privs, grantable; /* grantor as in the catalogue */
	struct aisp_slice columns;                   /* "; GRANT SELECT (c) ON …": REVOKE of a table takes the same grantor's grants of its columns too; these stay */
};
enum { MOST_GIVEN = 64 };

/* Is `item` one of "A, B" or "A,B"? */
static bool has_item(struct aisp_slice list, struct aisp_slice item)
{
	struct aisp_slice part;
	while (next_priv(&list, &part))
		if (aisp_slice_eq(part, item))
			return true;
	return false;
}

static struct aisp_slice common(struct aisp_maker *m, struct aisp_slice wanted, struct aisp_slice list)
{
	struct aisp_slice part;
	aisp_buf_clear(&m->text);
	while (next_priv(&wanted, &part)) {
		if (has_item(list, part))
			aisp_buf_printf(&m->text, "%s%.*s", m->text.n ? ", " : "", AISP_FMT(part));
	}
	return aisp_arena_dup(m->a, aisp_buf_slice(&m->text));
}

static size_t find_given(struct aisp_maker *m, const struct grant *g, const struct place *p, struct given v[MOST_GIVEN])
{
	size_t n = 0;
	for (aisp_edge e = 1; e <= m->s->n_edges && n < MOST_GIVEN; e++) {
		const struct aisp_sedge *edge = &m->s->edges[e];
		struct grant have;
		if (edge->kind != AISP_EDGE_GRANTED || !edge->control || !read_grant(aisp_snapshot_text(m->s, edge->control), &have))
			continue;
		if (!aisp_slice_eq(have.class, g->class) || !aisp_slice_eq(have.object, g->object) || !aisp_slice_eq(have.grantee, g->grantee) ||
		    !aisp_slice_eq(have.column, g->column) || !same_place(m->s, edge, p))
			continue;
		const struct aisp_slice privs = common(m, g->privs, have.privs);
		if (privs.n && aisp_slice_find(grantor_of(m->s, edge), AISP_S("$aisp$")) == SIZE_MAX)
			v[n++] = (struct given){.grantor = grantor_of(m->s, edge), .privs = privs, .grantable = edge_prop(m->s, edge, "grantable")};
	}
	return n;
}

static void put_privs(struct aisp_buf *b, struct aisp_slice privs, struct aisp_slice column)
{
	struct aisp_slice part;
	bool any = false;
	while (next_priv(&privs, &part)) {
		aisp_buf_printf(b, "%s%.*s", any ? ", " : "", AISP_FMT(part));
		if (column.n)
			aisp_buf_printf(b, " (%.*s)", AISP_FMT(column));
		any = true;
	}
}

/* What the same grantor gave of the table's columns, as it has to be given again behind REVOKE. */
static struct aisp_slice columns_kept(struct aisp_maker *m, const struct grant *g, const struct place *p, const struct given *v)
{
	AISP_AUTOBUF struct aisp_buf b = {0};
	aisp_buf_init(&b, 1u << 20);
	for (aisp_edge e = 1; g->column.n == 0 && aisp_slice_eqz(g->class, "TABLE") && e <= m->s->n_edges; e++) {
		const struct aisp_sedge *edge = &m->s->edges[e];
		struct grant have;
		if (edge->kind != AISP_EDGE_GRANTED || !edge->control || !read_grant(aisp_snapshot_text(m->s, edge->control), &have) || have.column.n == 0)
			continue;
		if (!aisp_slice_eq(have.object, g->object) || !aisp_slice_eq(have.grantee, g->grantee) || !same_place(m->s, edge, p) || !aisp_slice_eq(grantor_of(m->s, edge), v->grantor))
			continue;
		const struct aisp_slice grantable = edge_prop(m->s, edge, "grantable");
		struct aisp_slice rest = common(m, v->privs, have.privs), part;
		while (rest.n && next_priv(&rest, &part)) {
				aisp_buf_printf(&b, "; GRANT %.*s (%.*s) ON %.*s %.*s TO %.*s%s", AISP_FMT(part), AISP_FMT(have.column), AISP_FMT(g->class), AISP_FMT(g->object), AISP_FMT(g->grantee),
					has_item(grantable, part) ? " WITH GRANT OPTION" : "");
		}
	}
	return b.bad ? (struct aisp_slice){0} : aisp_arena_dup(m->a, aisp_buf_slice(&b));
}

/* "REVOKE … FROM x" or "GRANT … TO x [WITH GRANT OPTION]" for each of the two parts: with and without grant option. */
static void put_grant(struct aisp_buf *b, const struct grant *g, const struct given *v, bool give)
{
	struct aisp_slice rest = v->privs, part;
	if (!give) {
		aisp_buf_putz(b, "REVOKE ");
		put_privs(b, v->privs, g->column);
		aisp_buf_printf(b, " ON %.*s %.*s FROM %.*s%.*s", AISP_FMT(g->class), AISP_FMT(g->object), AISP_FMT(g->grantee), AISP_FMT(v->columns));
		return;
	}
	for (bool first = true; next_priv(&rest, &part); first = false) {
		aisp_buf_putz(b, first ? "GRANT " : "; GRANT ");
		put_privs(b, part, g->column);
		aisp_buf_printf(b, " ON %.*s %.*s TO %.*s%s", AISP_FMT(g->class), AISP_FMT(g->object), AISP_FMT(g->grantee), has_item(v->grantable, part) ? " WITH GRANT OPTION" : "");
	}
}

/* As the one who granted it: only so is it that entry of the list which goes and comes back. */
static struct aisp_slice as_grantor(struct aisp_maker *m, const struct grant *g, const struct given *v, bool give)
{
	aisp_buf_clear(&m->text);
	aisp_buf_putz(&m->text, "DO $aisp$ BEGIN ");
	if (v->grantor.n) {
		aisp_buf_putz(&m->text, "SET LOCAL ROLE ");
		put_ident(&m->text, v->grantor);
		aisp_buf_putz(&m->text, "; ");
	}
	put_grant(&m->text, g, v, give);
	aisp_buf_putz(&m->text, "; RESET ROLE; END $aisp$");
	return aisp_arena_dup(m->a, aisp_buf_slice(&m->text));
}

static struct aisp_slice plain(struct aisp_maker *m, const struct grant *g, const struct given *v, bool give)
{
	aisp_buf_clear(&m->text);
	put_grant(&m->text, g, v, give);
	return aisp_arena_dup(m->a, aisp_buf_slice(&m->text));
}

static const struct {
	const char *class, *from, *cast; /* the list and its default; how the object is found */
} classes[] = {
	{"TABLE", "pg_catalog.pg_class o, aclexplode(coalesce(o.relacl, acldefault('r', o.relowner))) a WHERE o.oid = ", "::regclass"},
	{"SEQUENCE", "pg_catalog.pg_class o, aclexplode(coalesce(o.relacl, acldefault('s', o.relowner))) a WHERE o.oid = ", "::regclass"},
	/* the collector names the arguments, too, which regprocedure does not take */
	{"FUNCTION", "pg_catalog.pg_proc o JOIN pg_catalog.pg_namespace n ON n.oid = o.pronamespace, aclexplode(coalesce(o.proacl, acldefault('f', o.proowner))) a "
		     "WHERE format('%I.%I(%s)', n.nspname, o.proname, pg_get_function_identity_arguments(o.oid)) = ", ""},
	{"SCHEMA", "pg_catalog.pg_namespace o, aclexplode(coalesce(o.nspacl, acldefault('n', o.nspowner))) a WHERE o.oid = ", "::regnamespace"},
	{"DATABASE", "pg_catalog.pg_database o, aclexplode(coalesce(o.datacl, acldefault('d', o.datdba))) a WHERE quote_ident(o.datname) = ", ""},
};

/* What is granted now, one text: "app_owner SELECT, app_owner UPDATE*". Empty p: no such class. */
static struct aisp_slice question(struct aisp_maker *m, const struct grant *g)
{
	struct aisp_slice rest = g->privs, part;
	struct aisp_buf *b = &m->text;
	size_t i = 0;
	while (i < sizeof classes / sizeof *classes && !aisp_slice_eqz(g->class, classes[i].class))
		i++;
	if (i == sizeof classes / sizeof *classes)
		return (struct aisp_slice){0};
	aisp_buf_clear(b);
	aisp_buf_putz(b, "SELECT coalesce(string_agg(x, ', ' ORDER BY x COLLATE \"C\"), '') AS granted FROM (SELECT pg_get_userbyid(a.grantor)::text || ' ' || a.privilege_type || "
			 "CASE WHEN a.is_grantable THEN '*' ELSE '' END AS x FROM ");
	if (g->column.n) {
		aisp_buf_putz(b, "pg_catalog.pg_attribute o, aclexplode(o.attacl) a WHERE quote_ident(o.attname) = ");
		put_literal(b, g->column);
		aisp_buf_putz(b, " AND NOT o.attisdropped AND o.attrelid = ");
	} else {
		aisp_buf_putz(b, classes[i].from);
	}
	put_literal(b, g->object);
	aisp_buf_putz(b, g->column.n ? "::regclass" : classes[i].cast);
	if (aisp_slice_eqz(g->grantee, "PUBLIC")) {
		aisp_buf_putz(b, " AND a.grantee = 0");
	} else {
		aisp_buf_putz(b, " AND a.grantee = ");
		put_literal(b, g->grantee);
		aisp_buf_putz(b, "::regrole");
	}
	aisp_buf_putz(b, " AND a.privilege_type IN (");
	for (bool first = true; next_priv(&rest, &part); first = false) {
		aisp_buf_putz(b, first ? "" : ", ");
		put_literal(b, part);
	}
	aisp_buf_putz(b, ")) q");
	return aisp_arena_dup(m->a, aisp_buf_slice(b));
}

static int by_text(const void *a, const void *b)
{
	return aisp_slice_cmp(*(const struct aisp_slice *)a, *(const struct aisp_slice *)b);
}

/* What the question must answer before. */
static struct aisp_slice answer(struct aisp_maker *m, const struct given *v, size_t n)
{
	struct aisp_slice texts[MOST_GIVEN * 4], rest, part;
	size_t k = 0;
	for (size_t i = 0; i < n; i++)
		for (rest = v[i].privs; next_priv(&rest, &part) && k < sizeof texts / sizeof *texts; k++) {
				texts[k] = aisp_step__fmt(m, "%.*s %.*s%s", AISP_FMT(v[i].grantor), AISP_FMT(part), has_item(v[i].grantable, part) ? "*" : "");
		}
	qsort(texts, k, sizeof *texts, by_text);
	aisp_buf_clear(&m->text);
	for (size_t i = 0; i < k; i++)
		aisp_buf_printf(&m->text, "%s%.*s", i ? ", " : "", AISP_FMT(texts[i]));
	return aisp_arena_dup(m->a, aisp_buf_slice(&m->text));
}

static int grant_at(struct aisp_maker *m, const struct grant *g, const struct place *p)
{
	struct given v[MOST_GIVEN] = {0};
	size_t n = find_given(m, g, p, v);
	const bool known = n > 0;
	int r = 0;
	if (!known) /* a default: nobody granted it */
		v[n++] = (struct given){.privs = g->privs};
	for (size_t i = 0; known && i < n; i++) {
		v[i].columns = columns_kept(m, g, p, &v[i]);
		if (!v[i].columns.p)
			return aisp_step__nomem(m);
	}
	for (size_t i = 0; r == 0 && i < n; i++) {
		r = add_sql(m, AISP_DOES, p, as_grantor(m, g, &v[i], false), plain(m, g, &v[i], false));
		if (r == 0)
			r = add_sql(m, AISP_UNDOES, p, as_grantor(m, g, &v[i], true), plain(m, g, &v[i], true));
		if (r == 0 && v[i].grantable.n)
			r = aisp_step__note(m, "%.*s may grant it on; where it did, REVOKE refuses and says so", AISP_FMT(g->grantee));
	}
	const struct aisp_slice q = question(m, g);
	if (r < 0)
		return r;
	if (!q.p)
		return aisp_step__note(m, "aisp cannot check beforehand that it is still granted so");
	if (known)
		return check_sql(m, p, q, answer(m, v, n), AISP_S(""));
	return check_sql(m, p, aisp_step__fmt(m, "SELECT CASE granted WHEN '' THEN 'no' ELSE 'yes' END AS granted FROM (%.*s) g", AISP_FMT(q)), AISP_S("yes"), AISP_S("no"));
}

static int nowhere(struct aisp_maker *m)
{
	return aisp_step__manual(m, aisp_step__fmt(m, "Take back: %.*s (the server is not known)", AISP_FMT(m->step->control)));
}

static int fill_grant(struct aisp_maker *m)
{
	struct grant g;
	struct place at[MOST_PLACES];
	const size_t n = places(m, at);
	read_grant(m->step->control, &g);
	aisp_buf_clear(&m->text);
	put_privs(&m->text, g.privs, g.column);
	const struct aisp_slice privs = aisp_arena_dup(m->a, aisp_buf_slice(&m->text));
	int r = aisp_step__what(m, "%.*s on %.*s %.*s, granted to %.*s", AISP_FMT(privs), AISP_FMT(g.class), AISP_FMT(g.object), AISP_FMT(g.grantee));
	if (r == 0 && n == 0)
		return nowhere(m);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = grant_at(m, &g, &at[i]);
	return r;
}

/* ---- Memberships ---- */

static struct aisp_slice is_true(struct aisp_slice v)
{
	return aisp_slice_eqz(v, "true") ? AISP_S("true") : AISP_S("false");
}

static int membership(struct aisp_maker *m, const struct member *k, const struct place *p, const struct aisp_sedge *e, bool new, struct aisp_slice *ret_is)
{
	const struct aisp_slice grantor = grantor_of(m->s, e), admin = is_true(edge_prop(m->s, e, "admin")), inherit = is_true(edge_prop(m->s, e, "inherit")),
				set = is_true(edge_prop(m->s, e, "set"));
	aisp_buf_clear(&m->text);
	if (new && grantor.n) {
		aisp_buf_putz(&m->text, " GRANTED BY ");
		put_ident(&m->text, grantor);
	}
	const struct aisp_slice by = aisp_arena_dup(m->a, aisp_buf_slice(&m->text));
	const struct aisp_slice take = aisp_step__fmt(m, "REVOKE %.*s FROM %.*s%.*s", AISP_FMT(k->role), AISP_FMT(k->member), AISP_FMT(by));
	struct aisp_slice give;
	if (new)
		give = aisp_step__fmt(m, "GRANT %.*s TO %.*s WITH ADMIN %.*s, INHERIT %.*s, SET %.*s%.*s", AISP_FMT(k->role), AISP_FMT(k->member), AISP_FMT(admin), AISP_FMT(inherit),
				      AISP_FMT(set), AISP_FMT(by));
	else
		give = aisp_step__fmt(m, "GRANT %.*s TO %.*s%s", AISP_FMT(k->role), AISP_FMT(k->member), aisp_slice_eqz(admin, "true") ? " WITH ADMIN OPTION" : "");
	*ret_is = new ? aisp_step__fmt(m, "%.*s admin=%.*s inherit=%.*s set=%.*s", AISP_FMT(grantor), AISP_FMT(admin), AISP_FMT(inherit), AISP_FMT(set))
		      : aisp_step__fmt(m, "%.*s admin=%.*s", AISP_FMT(grantor), AISP_FMT(admin));
	int r = add_sql(m, AISP_DOES, p, take, take);
	return r == 0 ? add_sql(m, AISP_UNDOES, p, give, give) : r;
}

static int member_at(struct aisp_maker *m, const struct member *k, const struct place *p)
{
	struct aisp_slice is[MOST_GIVEN];
	const bool new = at_least_16(version_of(m, p));
	size_t n = 0;
	int r = 0;
	for (aisp_edge e = 1; r == 0 && e <= m->s->n_edges && n < MOST_GIVEN; e++) {
		const struct aisp_sedge *edge = &m->s->edges[e];
		if (edge->kind == AISP_EDGE_GRANTED && same_place(m->s, edge, p) && aisp_slice_eq(aisp_snapshot_text(m->s, edge->control), m->step->control))
			r = membership(m, k, p, edge, new, &is[n++]);
	}
	if (r == 0 && n == 0) {
		r = aisp_step__manual(m, aisp_step__fmt(m, "REVOKE %.*s FROM %.*s; with which options it was granted is not known, so aisp could not give it back exactly", AISP_FMT(k->role), AISP_FMT(k->member)));
		return r;
	}
	qsort(is, n, sizeof *is, by_text);
	aisp_buf_clear(&m->text);
	for (size_t i = 0; i < n; i++)
		aisp_buf_printf(&m->text, "%s%.*s", i ? ", " : "", AISP_FMT(is[i]));
	const struct aisp_slice want = aisp_arena_dup(m->a, aisp_buf_slice(&m->text));
	aisp_buf_clear(&m->text);
	aisp_buf_printf(&m->text, "SELECT coalesce(string_agg(x, ', ' ORDER BY x COLLATE \"C\"), '') AS granted FROM (SELECT pg_get_userbyid(grantor)::text || ' admin=' || admin_option%s AS x "
				  "FROM pg_catalog.pg_auth_members WHERE roleid = ", new ? " || ' inherit=' || inherit_option || ' set=' || set_option" : "");
	put_literal(&m->text, k->role);
	aisp_buf_putz(&m->text, "::regrole AND member = ");
	put_literal(&m->text, k->member);
	aisp_buf_putz(&m->text, "::regrole) q");
	return r == 0 ? check_sql(m, p, aisp_arena_dup(m->a, aisp_buf_slice(&m->text)), want, AISP_S("")) : r;
}

static int fill_member(struct aisp_maker *m)
{
	struct member k;
	struct place at[MOST_PLACES];
	const size_t n = places(m, at);
	read_member(m->step->control, &k);
	int r = aisp_step__what(m, "membership of role %.*s in %.*s", AISP_FMT(k.member), AISP_FMT(k.role));
	if (r == 0 && n == 0)
		return nowhere(m);
	for (size_t i = 0; r == 0 && i < n; i++) {
		size_t k2 = 0; /* memberships are the server's: once for each */
		while (k2 < i && !aisp_slice_eq(at[k2].server, at[i].server))
			k2++;
		if (k2 == i)
			r = member_at(m, &k, &(struct place){at[i].server, {0}});
	}
	return r;
}

/* ---- Attributes and owners ---- */

static int fill_attribute(struct aisp_maker *m)
{
	struct aisp_slice role;
	struct place at[MOST_PLACES];
	size_t row;
	const size_t n = places(m, at);
	read_attribute(m->step->control, &role, &row);
	int r = aisp_step__what(m, "attribute %s of role %.*s", attributes[row].name, AISP_FMT(role));
	if (r == 0 && n == 0)
		return nowhere(m);
	if (r == 0 && row == 0)
		r = aisp_step__note(m, "not the role that aisp connects as, and not the last superuser");
	for (size_t i = 0; r == 0 && i < n; i++) {
		if (i && aisp_slice_eq(at[i].server, at[i - 1].server))
			continue;
		const struct place p = {at[i].server, {0}};
		const struct aisp_slice take = aisp_step__fmt(m, "ALTER ROLE %.*s NO%s", AISP_FMT(role), attributes[row].name);
		const struct aisp_slice give = aisp_step__fmt(m, "ALTER ROLE %.*s %s", AISP_FMT(role), attributes[row].name);
		r = add_sql(m, AISP_DOES, &p, take, take);
		if (r == 0)
			r = add_sql(m, AISP_UNDOES, &p, give, give);
		aisp_buf_clear(&m->text);
		aisp_buf_printf(&m->text, "SELECT %s::text AS granted FROM pg_catalog.pg_roles WHERE oid = ", attributes[row].column);
		put_literal(&m->text, role);
		aisp_buf_putz(&m->text, "::regrole");
		if (r == 0)
			r = check_sql(m, &p, aisp_arena_dup(m->a, aisp_buf_slice(&m->text)), AISP_S("true"), AISP_S("false"));
	}
	return r;
}

static int fill_owner(struct aisp_maker *m)
{
	const struct aisp_slice c = m->step->control;
	const size_t at = outside(c, " OWNER TO ");
	const struct aisp_slice thing = aisp_slice_of(c.p + 6, at - 6);
	int r = aisp_step__what(m, "ownership of %.*s by %.*s", AISP_FMT(thing), AISP_FMT(aisp_slice_from(c, at + 10)));
	if (r == 0)
		r = aisp_step__note(m, "an owner can give itself back whatever is revoked");
	return r == 0 ? aisp_step__manual(m, aisp_step__fmt(m, "ALTER %.*s OWNER TO a role that no path reaches; aisp cannot choose which. Back: %.*s", AISP_FMT(thing), AISP_FMT(c))) : r;
}

const struct aisp_form aisp_forms__postgres[] = {
	{{"postgres.entrance", AISP_STEP_POSTGRES, 6, "GRANT CONNECT ON DATABASE support TO PUBLIC"}, is_entrance, fill_grant, NULL},
	{{"postgres.public", AISP_STEP_POSTGRES, 3, "GRANT EXECUTE ON FUNCTION app.mails(a integer) TO PUBLIC"}, is_public, fill_grant, NULL},
	{{"postgres.grant", AISP_STEP_POSTGRES, 1, "GRANT SELECT ON TABLE app.orders TO bot"}, is_grant, fill_grant, NULL},
	{{"postgres.membership", AISP_STEP_POSTGRES, 2, "GRANT readers TO bot"}, is_member, fill_member, NULL},
	{{"postgres.attribute", AISP_STEP_POSTGRES, 3, "ALTER ROLE bot SUPERUSER"}, is_attribute, fill_attribute, NULL},
	{{"postgres.owner", AISP_STEP_MANUAL, 5, "ALTER TABLE app.orders OWNER TO app"}, is_owner, fill_owner, NULL},
	{{NULL, 0, 0, NULL}, NULL, NULL, NULL},
};
