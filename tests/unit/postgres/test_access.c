/* The access engine on cases made by hand, each a rule of the manual. The rest is held against real servers
 * (tests/oracle/postgres). */
#include "access/postgres/engine.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct db {
	struct aisp_pg_model m;
	struct aisp_pg_engine *e;
	uint32_t oid;
};
enum { SUPER = 1, NOINHERIT = 2, LOGIN = 4, BYPASS = 8, CREATEROLE = 16 };

static uint32_t role(struct db *d, const char *name, unsigned flags)
{
	struct aisp_pg_role r = {.oid = ++d->oid,
				 .name = aisp_slice_z(name),
				 .super = flags & SUPER,
				 .inherit = !(flags & NOINHERIT),
				 .login = flags & LOGIN,
				 .bypassrls = flags & BYPASS,
				 .createrole = flags & CREATEROLE};
	if (strcmp(name, "pg_read_all_data") == 0)
		r.oid = AISP_PG_READ_ALL_OID;
	if (strcmp(name, "pg_database_owner") == 0)
		r.oid = AISP_PG_DBOWNER_OID;
	assert_int_equal(aisp_pg_add_role(&d->m, &r, NULL), 0);
	return (uint32_t)(d->m.roles.n - 1);
}

static uint32_t named(const struct db *d, const char *name)
{
	return aisp_pg_role_by_name(&d->m, aisp_slice_z(name));
}

/* options: i INHERIT, s SET, a ADMIN; up to 15 INHERIT is the member's */
static void grant_role(struct db *d, const char *what, const char *to, const char *options)
{
	struct aisp_pg_membership mb = {named(d, what),
					named(d, to),
					1,
					strchr(options, 'a') != NULL,
					strchr(options, 'i') != NULL,
					strchr(options, 's') != NULL};
	assert_int_equal(aisp_vec_push(&d->m.memberships, mb), 0);
}

static uint32_t acl(struct db *d, const char *text)
{
	uint32_t n = 0;
	assert_int_equal(aisp_pg_add_acl(&d->m, aisp_slice_z(text), &n, NULL), 0);
	return n;
}

static uint32_t schema(struct db *d, const char *name, const char *owner, const char *list)
{
	struct aisp_pg_schema s = {++d->oid, named(d, owner), acl(d, list), aisp_slice_z(name), false};
	assert_int_equal(aisp_vec_push(&d->m.schemas, s), 0);
	return (uint32_t)(d->m.schemas.n - 1);
}

static uint32_t table(struct db *d, uint32_t in, const char *name, const char *owner, char kind, const char *list)
{
	struct aisp_pg_table t = {.oid = ++d->oid,
				  .schema = in,
				  .owner = named(d, owner),
				  .acl = acl(d, list),
				  .name = aisp_slice_z(name),
				  .kind = kind,
				  .rows = -1,
				  .updatable = AISP_PG_INSERT | AISP_PG_UPDATE | AISP_PG_DELETE};
	assert_int_equal(aisp_vec_push(&d->m.tables, t), 0);
	return (uint32_t)(d->m.tables.n - 1);
}

static void column(struct db *d, uint32_t of, int num, const char *name, const char *list)
{
	struct aisp_pg_column c = {
		.table = of, .num = num, .name = aisp_slice_z(name), .type = AISP_S("text"), .acl = acl(d, list)};
	assert_int_equal(aisp_vec_push(&d->m.columns, c), 0);
}

static void policy(struct db *d, uint32_t on, const char *name, char cmd, bool permissive, uint32_t *to,
		   const char *using)
{
	struct aisp_pg_policy p = {.table = on,
				   .name = aisp_slice_z(name),
				   .cmd = cmd,
				   .permissive = permissive,
				   .roles = to,
				   .n_roles = 1,
				   .using_expr = aisp_slice_z(using)};
	d->m.tables.v[on].rls = true;
	assert_int_equal(aisp_vec_push(&d->m.policies, p), 0);
}

static void view_reads(struct db *d, uint32_t view, uint32_t what, int32_t *columns, uint32_t n)
{
	struct aisp_pg_dep dep = {view, what, columns, n};
	assert_int_equal(aisp_vec_push(&d->m.deps, dep), 0);
}

static void start(struct db *d, int version)
{
	memset(d, 0, sizeof *d);
	d->oid = 20000;
	assert_int_equal(aisp_pg_model_init(&d->m, version, NULL), 0);
	role(d, "postgres", SUPER | LOGIN);
	role(d, "owner", LOGIN);
	role(d, "app", LOGIN);
	role(d, "readers", 0);
	role(d, "pg_read_all_data", 0);
	role(d, "pg_database_owner", 0);
	struct aisp_pg_database db = {++d->oid, named(d, "owner"), 0, AISP_S("shop"), false, true};
	assert_int_equal(aisp_vec_push(&d->m.databases, db), 0);
	d->m.current_db = 1;
}

static void decide(struct db *d)
{
	aisp_pg_model_finish(&d->m);
	assert_int_equal(aisp_pg_engine_new(&d->m, &d->e, NULL), 0);
}

static void stop(struct db *d)
{
	aisp_pg_engine_free(d->e);
	aisp_pg_model_done(&d->m);
}

static bool reads(const struct db *d, const char *who, uint32_t what)
{
	return aisp_pg_table_mask(d->e, named(d, who), what) & AISP_PG_SELECT;
}

static void collect_item(struct aisp_buf *out, const struct aisp_pg_aclitem_text *it)
{
	aisp_buf_printf(out, "[%.*s|%x|%.*s]", AISP_FMT(it->grantee), it->privs, AISP_FMT(it->grantor));
}

static int on_item(void *ctx, const struct aisp_pg_aclitem_text *it, struct aisp_err *err)
{
	(void)err;
	collect_item(ctx, it);
	return 0;
}

static void acl_text(void **state)
{
	(void)state;
	static const struct {
		const char *text, *items; /* items NULL: refused */
	} cases[] = {
		{"{}", ""},
		{"{app=r/owner}", "[app|2|owner]"},
		{"{=X/owner,app=a*r/owner}", "[|80|owner][app|10003|owner]"},
		{"{\"\\\"we\\\"\\\"ird, =/\\\"=r/owner\"}", "[we\"ird, =/|2|owner]"},
		{"{\"\\\"a b\\\"=U/\\\"c d\\\"\"}", "[a b|100|c d]"},
		{"{app=?rZ/owner}", "[app|2|owner]"}, /* letters of a later version are passed over */
		{"{app=r}", NULL},
		{"{app}", NULL},
		{"{app=r/}", NULL},
		{"{app=r/owner,}", NULL},
		{"{NULL}", NULL},
		{"{\"app=r/owner}", NULL},
		{"{\"\\\"app=r/owner\"}", NULL},
		{"app=r/owner", NULL},
		{"", NULL},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		AISP_AUTOBUF struct aisp_buf out, scratch;
		aisp_buf_init(&out, 0);
		aisp_buf_init(&scratch, 0);
		int r = aisp_pg_acl_read(aisp_slice_z(cases[i].text), &scratch, on_item, &out, NULL);
		assert_int_equal(r, cases[i].items ? 0 : AISP_E_PARSE);
		if (cases[i].items && out.n)
			assert_string_equal(out.p, cases[i].items);
	}
}

static void owner_and_grants(void **state)
{
	(void)state;
	struct db d;
	start(&d, 150000);
	uint32_t s = schema(&d, "public", "owner", "{owner=UC/owner,=U/owner}");
	uint32_t own = table(&d, s, "own", "owner", 'r', NULL);
	uint32_t revoked = table(&d, s, "revoked", "owner", 'r', "{}");
	uint32_t given = table(&d, s, "given", "owner", 'r', "{owner=arwdDxt/owner,readers=r/owner}");
	grant_role(&d, "readers", "app", "is");
	decide(&d);
	assert_true(reads(&d, "owner", own));
	assert_false(reads(&d, "owner", revoked)); /* an owner that revoked from itself has nothing … */
	unsigned mask = aisp_pg_table_mask(d.e, named(&d, "owner"), revoked);
	assert_true(mask & AISP_PG_SELECT << AISP_PG_GOPT_SHIFT); /* … but may grant it again */
	assert_true(reads(&d, "app", given));
	assert_false(reads(&d, "app", own));
	assert_true(reads(&d, "postgres", revoked));
	assert_true(reads(&d, "pg_read_all_data", revoked));
	stop(&d);
}

static void inherit_and_set(void **state)
{
	(void)state;
	struct db d;
	start(&d, 160000);
	role(&d, "middle", 0);
	uint32_t s = schema(&d, "public", "owner", "{=U/owner}");
	uint32_t t = table(&d, s, "t", "owner", 'r', "{readers=r/owner}");
	grant_role(&d, "readers", "middle", "is");
	grant_role(&d, "middle", "app", "s");   /* SET without INHERIT */
	grant_role(&d, "middle", "owner", "i"); /* INHERIT without SET */
	decide(&d);
	assert_false(reads(&d, "app", t));
	assert_true(aisp_pg_can_set(d.e, named(&d, "app"), named(&d, "readers"), 0));
	assert_true(reads(&d, "owner", t));
	assert_false(aisp_pg_can_set(d.e, named(&d, "owner"), named(&d, "readers"), 0));
	assert_true(aisp_pg_is_member(d.e, named(&d, "owner"), named(&d, "readers"), 0));
	stop(&d);
}

static void database_owner(void **state)
{
	(void)state;
	for (int version = 150000; version <= 160000; version += 10000) {
		struct db d;
		start(&d, version);
		d.m.roles.v[named(&d, "owner")].inherit = false; /* matters up to 15 only */
		uint32_t s = schema(&d, "public", "pg_database_owner", NULL);
		decide(&d);
		bool uses = aisp_pg_uses_schema(d.e, named(&d, "owner"), s);
		assert_int_equal(uses, version >= 160000);
		assert_true(aisp_pg_can_set(d.e, named(&d, "owner"), named(&d, "pg_database_owner"), 1));
		assert_false(aisp_pg_uses_schema(d.e, named(&d, "app"), s));
		stop(&d);
	}
}

static void columns_add_up(void **state)
{
	(void)state;
	struct db d;
	start(&d, 160000);
	uint32_t s = schema(&d, "public", "owner", "{=U/owner}");
	uint32_t t = table(&d, s, "t", "owner", 'r', NULL);
	column(&d, t, 2, "b", "{app=r/owner}");
	column(&d, t, 1, "a", NULL);
	decide(&d);
	uint32_t app = named(&d, "app");
	assert_false(reads(&d, "app", t));
	assert_true(aisp_pg_any_column_mask(d.e, app, t) & AISP_PG_SELECT);
	assert_false(aisp_pg_column_mask(d.e, app, d.m.tables.v[t].col_at) & AISP_PG_SELECT);
	assert_true(aisp_pg_column_mask(d.e, app, d.m.tables.v[t].col_at + 1) & AISP_PG_SELECT);
	stop(&d);
}

static enum aisp_pg_rows rows(const struct db *d, const char *who, uint32_t t, char cmd, struct aisp_buf *out)
{
	aisp_buf_clear(out);
	return aisp_pg_rows(d->e, named(d, who), t, cmd, out);
}

static void row_security(void **state)
{
	(void)state;
	struct db d;
	AISP_AUTOBUF struct aisp_buf out;
	aisp_buf_init(&out, 0);
	start(&d, 160000);
	role(&d, "auditor", BYPASS);
	uint32_t everybody = AISP_PG_PUBLIC, readers = named(&d, "readers");
	uint32_t s = schema(&d, "public", "owner", "{=U/owner}");
	uint32_t none = table(&d, s, "none", "owner", 'r', NULL), some = table(&d, s, "some", "owner", 'r', NULL),
		 two = table(&d, s, "two", "owner", 'r', NULL);
	d.m.tables.v[none].rls = true;
	policy(&d, some, "mine", 'r', true, &everybody, "mine");
	policy(&d, two, "a", '*', true, &everybody, "a");
	policy(&d, two, "b", '*', true, &readers, "b");
	policy(&d, two, "c", 'r', false, &everybody, "c");
	grant_role(&d, "readers", "app", "is");
	decide(&d);
	assert_int_equal(rows(&d, "app", none, 'r', &out), AISP_PG_ROWS_NONE); /* no policy: no rows */
	assert_int_equal(rows(&d, "owner", none, 'r', &out), AISP_PG_ROWS_ALL);
	assert_int_equal(rows(&d, "auditor", none, 'r', &out), AISP_PG_ROWS_ALL);
	assert_int_equal(rows(&d, "postgres", none, 'r', &out), AISP_PG_ROWS_ALL);
	assert_int_equal(rows(&d, "pg_read_all_data", none, 'r', &out),
			 AISP_PG_ROWS_NONE); /* reads all tables, not past policies */
	assert_int_equal(rows(&d, "app", some, 'r', &out), AISP_PG_ROWS_FILTERED);
	assert_string_equal(out.p, "mine");
	assert_int_equal(rows(&d, "app", some, 'd', &out), AISP_PG_ROWS_NONE);
	assert_int_equal(rows(&d, "app", two, 'r', &out), AISP_PG_ROWS_FILTERED);
	assert_string_equal(out.p, "((a) OR (b)) AND (c)");
	assert_int_equal(rows(&d, "app", two, 'd', &out), AISP_PG_ROWS_FILTERED);
	assert_string_equal(out.p, "(a) OR (b)");
	d.m.tables.v[some].force_rls = true;
	assert_int_equal(rows(&d, "owner", some, 'r', &out), AISP_PG_ROWS_FILTERED);
	stop(&d);
}

static void views(void **state)
{
	(void)state;
	struct db d;
	start(&d, 160000);
	static int32_t first[] = {1};
	uint32_t s = schema(&d, "public", "owner", "{=U/owner}");
	uint32_t t = table(&d, s, "t", "owner", 'r', NULL);
	column(&d, t, 1, "a", "{readers=r/owner}");
	column(&d, t, 2, "b", NULL);
	uint32_t by_owner = table(&d, s, "v1", "owner", 'v', "{app=r/owner}"),
		 broken = table(&d, s, "v2", "app", 'v', "{app=r/app}");
	uint32_t invoker = table(&d, s, "v3", "owner", 'v', "{owner=r/owner,app=r/owner,readers=r/owner}"),
		 above = table(&d, s, "v4", "owner", 'v', "{app=r/owner}");
	d.m.tables.v[invoker].invoker = true;
	view_reads(&d, by_owner, t, NULL, 0);
	view_reads(&d, broken, t, NULL, 0);
	view_reads(&d, invoker, t, first, 1);
	view_reads(&d, above, invoker, first, 1);
	decide(&d);
	assert_true(aisp_pg_view_ok(d.e, named(&d, "app"), by_owner));
	assert_false(aisp_pg_view_ok(d.e, named(&d, "app"), broken)); /* its owner may not read the table */
	assert_false(aisp_pg_view_ok(d.e, named(&d, "app"), invoker));
	assert_true(aisp_pg_view_ok(d.e, named(&d, "readers"), invoker)); /* the one column is enough */
	assert_false(aisp_pg_view_ok(d.e, named(&d, "app"), above));      /* the session's rights, however deep */
	assert_true(aisp_pg_view_ok(d.e, named(&d, "readers"), above));
	stop(&d);
}

struct seen {
	struct aisp_buf text;
	const struct aisp_pg_model *m;
};

static int see(void *ctx, const struct aisp_pg_right *r, struct aisp_err *err)
{
	(void)err;
	struct seen *s = ctx;
	aisp_buf_printf(&s->text, "%.*s<%.*s %.*s ", AISP_FMT(aisp_pg_role_name(s->m, r->role)),
			AISP_FMT(aisp_pg_role_name(s->m, r->origin)), AISP_FMT(s->m->tables.v[r->object].name));
	aisp_pg_put_privs(r->privs, (struct aisp_slice){0}, ",", &s->text);
	aisp_buf_putz(&s->text, "; ");
	return 0;
}

static void statements(void **state)
{
	(void)state;
	struct db d;
	start(&d, 160000);
	role(&d, "silent", 0);
	uint32_t s = schema(&d, "public", "owner", "{=U/owner}"),
		 closed = schema(&d, "closed", "owner", "{app=U/owner}");
	table(&d, s, "t", "owner", 'r', "{readers=r/owner,=w/owner}");
	table(&d, s, "u", "owner", 'r', "{readers=r/owner,=w/owner}");
	table(&d, closed, "c", "owner", 'r', "{readers=r/owner}");
	grant_role(&d, "readers", "app", "is");
	grant_role(&d, "readers", "silent", "i");
	decide(&d);
	struct seen seen = {.m = &d.m};
	aisp_buf_init(&seen.text, 0);
	assert_int_equal(aisp_pg_each_right(d.e, see, &seen, NULL), 0);
	/* app reads t as readers, which it can become; silent cannot, but is in the group; in "closed" only app has
	 * USAGE */
	assert_true(aisp_pg_has_group(d.e, named(&d, "readers")));
	assert_false(aisp_pg_joins_group(d.e, 0, false));
	assert_true(aisp_pg_joins_group(d.e, 1, false));
	assert_string_equal(
		seen.text.p,
		"readers<readers t SELECT; pg_read_all_data<pg_read_all_data t SELECT; PUBLIC<PUBLIC t UPDATE; "
		"readers<readers u SELECT; pg_read_all_data<pg_read_all_data u SELECT; PUBLIC<PUBLIC u UPDATE; "
		"app<readers c SELECT; pg_read_all_data<pg_read_all_data c SELECT; ");
	aisp_buf_done(&seen.text);
	stop(&d);
}

static unsigned steps(const struct db *d, const char *from, const char *to)
{
	size_t n;
	const struct aisp_pg_assume *a = aisp_pg_assumes(d->e, &n);
	unsigned found = 0;
	for (size_t i = 0; i < n; i++)
		if (a[i].from == named(d, from) && a[i].to == named(d, to))
			found |= 1u << a[i].why;
	return found;
}

static void becoming(void **state)
{
	(void)state;
	for (int version = 150000; version <= 160000; version += 10000) {
		struct db d;
		start(&d, version);
		role(&d, "maker", CREATEROLE);
		role(&d, "heir", 0);
		grant_role(&d, "readers", "app", "a");    /* ADMIN only */
		grant_role(&d, "app", "heir", "i");       /* has app's rights, cannot become it */
		grant_role(&d, "postgres", "owner", "a"); /* only a superuser grants this one */
		decide(&d);
		assert_int_equal(steps(&d, "app", "readers"), 1u << AISP_PG_ASSUME_ADMIN);
		assert_int_equal(steps(&d, "heir", "readers"), 1u << AISP_PG_ASSUME_ADMIN);
		assert_int_equal(steps(&d, "owner", "postgres"), 0);
		assert_int_equal(steps(&d, "maker", "app"), version < 160000 ? 1u << AISP_PG_ASSUME_CREATEROLE : 0);
		assert_int_equal(steps(&d, "maker", "postgres"), 0);
		stop(&d);
	}
}

static void add_hba(struct db *d, const char *type, const char *databases, const char *users, const char *address,
		    const char *netmask, const char *method)
{
	struct aisp_pg_hba h = {.type = aisp_slice_z(type),
				.address = aisp_slice_z(address),
				.netmask = aisp_slice_z(netmask),
				.method = aisp_slice_z(method)};
	assert_int_equal(aisp_pg_split_array(d->m.arena, aisp_slice_z(databases), &h.databases, &h.n_databases, NULL),
			 0);
	assert_int_equal(aisp_pg_split_array(d->m.arena, aisp_slice_z(users), &h.users, &h.n_users, NULL), 0);
	assert_int_equal(aisp_vec_push(&d->m.hba, h), 0);
	d->m.hba_known = true;
}

static void connecting(void **state)
{
	(void)state;
	struct db d;
	AISP_AUTOBUF struct aisp_buf auth;
	aisp_buf_init(&auth, 0);
	start(&d, 160000);
	grant_role(&d, "readers", "app", "is");
	add_hba(&d, "local", "{all}", "{postgres}", NULL, NULL, "peer");
	add_hba(&d, "host", "{all}", "{+readers}", "10.0.0.0", "255.0.0.0", "scram-sha-256");
	add_hba(&d, "host", "{other}", "{all}", "all", NULL, "trust");
	add_hba(&d, "host", "{all}", "{all}", "all", NULL, "reject");
	add_hba(&d, "hostssl", "{all}", "{all}", "all", NULL, "cert");
	decide(&d);
	assert_true(aisp_pg_can_connect(d.e, named(&d, "app"), 1, &auth));
	assert_string_equal(auth.p, "scram-sha-256");
	aisp_buf_clear(&auth);
	assert_false(aisp_pg_can_connect(d.e, named(&d, "owner"), 1,
					 &auth)); /* the cert line stands behind a reject of all */
	assert_false(aisp_pg_can_connect(d.e, named(&d, "readers"), 1, &auth)); /* no LOGIN */
	assert_true(aisp_pg_can_connect(d.e, named(&d, "postgres"), 1, &auth));
	assert_string_equal(auth.p, "peer");
	stop(&d);
}

static void explaining(void **state)
{
	(void)state;
	struct db d;
	AISP_AUTOBUF struct aisp_buf out;
	aisp_buf_init(&out, 0);
	start(&d, 160000);
	uint32_t everybody = AISP_PG_PUBLIC, s = schema(&d, "public", "owner", "{=U/owner}");
	uint32_t t = table(&d, s, "t", "owner", 'r', "{readers=r/owner}");
	policy(&d, t, "mine", 'r', true, &everybody, "mine");
	grant_role(&d, "readers", "app", "is");
	decide(&d);
	bool yes = false;
	assert_int_equal(
		aisp_pg_explain(d.e, named(&d, "app"), AISP_PG_CLASS_TABLE, t, 0, AISP_PG_SELECT, &out, &yes, NULL), 0);
	assert_true(yes);
	assert_string_equal(
		out.p, "yes: database: CONNECT is by default open to PUBLIC\n"
		       "yes: schema: USAGE is granted to PUBLIC\n"
		       "yes: table: SELECT is granted to readers, whose rights it has through GRANT readers TO app\n"
		       "yes: row security: only rows where mine\n"
		       "so: yes");
	aisp_buf_clear(&out);
	assert_int_equal(
		aisp_pg_explain(d.e, named(&d, "app"), AISP_PG_CLASS_TABLE, t, 0, AISP_PG_DELETE, &out, &yes, NULL), 0);
	assert_false(yes);
	assert_non_null(strstr(
		out.p,
		"no: table: DELETE is granted neither to it, nor to a role it inherits from, nor to PUBLIC\nso: no"));
	stop(&d);
}

/* Memberships that go round, and views that read themselves, cannot be made in SQL but can stand in a capture. */
static void hostile_cycles(void **state)
{
	(void)state;
	struct db d;
	start(&d, 160000);
	grant_role(&d, "readers", "app", "isa");
	grant_role(&d, "app", "readers", "isa");
	uint32_t s = schema(&d, "public", "owner", "{=U/owner}");
	uint32_t a = table(&d, s, "a", "owner", 'v', "{owner=r/owner,app=r/owner,readers=r/owner}"),
		 b = table(&d, s, "b", "owner", 'v', "{owner=r/owner,app=r/owner}");
	view_reads(&d, a, b, NULL, 0);
	view_reads(&d, b, a, NULL, 0);
	decide(&d);
	struct seen seen = {.m = &d.m};
	aisp_buf_init(&seen.text, 0);
	assert_int_equal(aisp_pg_each_right(d.e, see, &seen, NULL), 0);
	assert_non_null(strstr(seen.text.p, "app<app b SELECT"));
	aisp_buf_done(&seen.text);
	stop(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(acl_text),       cmocka_unit_test(owner_and_grants), cmocka_unit_test(inherit_and_set),
		cmocka_unit_test(database_owner), cmocka_unit_test(columns_add_up),   cmocka_unit_test(row_security),
		cmocka_unit_test(views),          cmocka_unit_test(statements),       cmocka_unit_test(becoming),
		cmocka_unit_test(connecting),     cmocka_unit_test(explaining),       cmocka_unit_test(hostile_cycles),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
