/* The statements for the graph: who may do what, each once, complete together with "can become" (assume.c).
 *
 * A role R holds a right either because a grant names it, or because a grant names another role g (the origin) whose
 * rights R inherits, or PUBLIC. Where g's own right gives at least as much, following "R can become g", or "R is in the
 * group of g" (INHERIT without SET), gives it already, so it is not repeated: 2,000 members of one group cost one
 * statement, not 2,000. It is repeated where it differs: schema USAGE that only R has, row security that treats R
 * otherwise.
 *
 * pg_database_owner is the database's owner under another name; a right of its is stated as the owner's.
 */
#include "access/postgres/engine_int.h"
#include <stdlib.h>

struct decider {
	const struct aisp_pg_engine *e;
	int (*f)(void *ctx, const struct aisp_pg_right *r, struct aisp_err *err);
	void *ctx;
	uint8_t *uses; /* by role: 0 not asked, 1 no, 2 yes; of `schema` */
	uint32_t schema;
	struct aisp_buf mine, theirs; /* predicates */
	struct aisp_buf part;
	enum aisp_code bad; /* a predicate could not be put together */
};

/* What is granted to whom on one object; items of one grantee are joined. */
struct source {
	uint32_t grantee;
	unsigned privs;
	enum aisp_pg_basis basis;
};
typedef AISP_VEC(struct source) sources;

struct object {
	enum aisp_pg_class class;
	uint32_t number, column, schema;
};

static bool uses_schema(struct decider *d, uint32_t role, uint32_t schema)
{
	if (d->schema != schema) {
		memset(d->uses, 0, d->e->n_roles + 1);
		d->schema = schema;
	}
	if (d->uses[role] == 0)
		d->uses[role] = aisp_pg_uses_schema(d->e, role, schema) ? 2 : 1;
	return d->uses[role] == 2;
}

/* What of INSERT, UPDATE, DELETE can be done through a view: what its form allows and the one it is checked as may do.
 */
static unsigned view_writes(const struct aisp_pg_engine *e, uint32_t role, uint32_t view, unsigned privs)
{
	const struct aisp_pg_table *t = &e->m->tables.v[view];
	unsigned below = 0;
	for (uint32_t i = 0; i < t->dep_n; i++) {
		const struct aisp_pg_dep *dep = &e->m->deps.v[t->dep_at + i];
		below |= aisp_pg_any_column_mask(e, t->invoker ? role : t->owner, dep->table);
	}
	return privs & t->updatable & below;
}

static enum aisp_pg_rows one_command(struct decider *d, uint32_t role, uint32_t table, unsigned priv,
				     struct aisp_buf *out)
{
	static const struct {
		unsigned priv;
		char cmd;
	} commands[] = {{AISP_PG_SELECT, 'r'}, {AISP_PG_INSERT, 'a'}, {AISP_PG_UPDATE, 'w'}, {AISP_PG_DELETE, 'd'}};
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (commands[i].priv == priv)
			return aisp_pg_rows(d->e, role, table, commands[i].cmd, out);
	return AISP_PG_ROWS_ALL; /* TRUNCATE knows no row security */
}

/* Narrows privs to what some row can be done with; *ret_rows is the widest of them, the predicate in `out`. */
static unsigned through_policies(struct decider *d, uint32_t role, uint32_t table, unsigned privs,
				 enum aisp_pg_rows *ret_rows, struct aisp_buf *out)
{
	enum aisp_pg_rows widest = AISP_PG_ROWS_NONE;
	aisp_buf_clear(out);
	for (unsigned i = 0; i < AISP_PG_PRIV_COUNT; i++) {
		unsigned bit = 1u << i;
		if (!(privs & bit))
			continue;
		aisp_buf_clear(&d->part);
		enum aisp_pg_rows rows = one_command(d, role, table, bit, &d->part);
		if (rows == AISP_PG_ROWS_NONE)
			privs &= ~bit;
		if (rows == AISP_PG_ROWS_FILTERED &&
		    aisp_slice_find(aisp_buf_slice(out), aisp_buf_slice(&d->part)) == SIZE_MAX) {
			if (out->n)
				aisp_buf_putz(out, "; or: ");
			aisp_buf_put(out, aisp_buf_slice(&d->part));
		}
		if (rows > widest)
			widest = rows;
		if (d->part.bad || out->bad)
			d->bad = d->part.bad ? d->part.bad : out->bad;
	}
	if (widest == AISP_PG_ROWS_ALL)
		aisp_buf_clear(out);
	*ret_rows = widest;
	return privs;
}

/* Of these privileges, which can a session of the role really use? */
static unsigned usable(struct decider *d, uint32_t role, const struct object *o, unsigned privs,
		       enum aisp_pg_rows *ret_rows, struct aisp_buf *out)
{
	*ret_rows = AISP_PG_ROWS_ALL;
	aisp_buf_clear(out);
	if (!privs || !uses_schema(d, role, o->schema))
		return 0;
	if (o->class != AISP_PG_CLASS_TABLE)
		return privs;
	const struct aisp_pg_table *t = &d->e->m->tables.v[o->number];
	if (t->kind == 'v') {
		if (!aisp_pg_view_ok(d->e, role, o->number))
			return 0;
		if (privs & AISP_PG_WRITES)
			privs = view_writes(d->e, role, o->number, privs);
	}
	return privs && t->rls ? through_policies(d, role, o->number, privs, ret_rows, out) : privs;
}

/* Does becoming `g` give at least what the role itself has? Its own predicate is in d->mine. */
static bool follows_from(struct decider *d, uint32_t g, const struct object *o, unsigned privs, enum aisp_pg_rows rows)
{
	if (aisp_pg__super(d->e, g))
		return true;
	enum aisp_pg_rows theirs;
	unsigned has = usable(d, g, o, privs, &theirs, &d->theirs);
	if ((has & privs) != privs)
		return false;
	return theirs == AISP_PG_ROWS_ALL ||
	       (theirs == rows && aisp_slice_eq(aisp_buf_slice(&d->mine), aisp_buf_slice(&d->theirs)));
}

/* Who that is: for pg_database_owner the owner of the database, else the role itself. */
static uint32_t behind(const struct aisp_pg_engine *e, uint32_t role)
{
	return role == e->dbowner && role <= e->n_roles ? e->m->databases.v[e->m->current_db].owner : role;
}

/* States the right of `role`, decided for a session that is `as` (the role itself, or pg_database_owner), unless it
 * follows from that of `become`. */
static int state(struct decider *d, uint32_t role, uint32_t as, uint32_t become, const struct source *s,
		 const struct object *o, struct aisp_err *err)
{
	enum aisp_pg_rows rows;
	if (role == 0 || role > d->e->n_roles || aisp_pg__super(d->e, role))
		return AISP_OK;
	unsigned privs = usable(d, as, o, s->privs, &rows, &d->mine);
	if (!privs)
		return AISP_OK;
	/* policies look at the role itself, so nobody has a group's rights as another one does where rows are filtered
	 */
	bool alike = o->class != AISP_PG_CLASS_TABLE || !d->e->m->tables.v[o->number].rls;
	bool grouped = alike && aisp_pg_has_group(d->e, become) && !aisp_pg__super(d->e, become);
	bool reached = become && become != as && (grouped || aisp_pg_can_set(d->e, role, become, 0));
	if (reached && follows_from(d, become, o, privs, rows))
		return AISP_OK;
	int r = aisp_buf_check(&d->mine, err);
	if (r < 0)
		return r;
	struct aisp_pg_right right = {.role = role,
				      .origin = s->grantee,
				      .object = o->number,
				      .column = o->column,
				      .privs = privs,
				      .shared = alike && become == 0 && as == role && s->grantee,
				      .basis = s->basis,
				      .rows = rows,
				      .predicate = aisp_buf_slice(&d->mine)};
	return d->f(d->ctx, &right, err);
}

/* Is the same right, from PUBLIC, already stated for a role that this one can become? Parents come before in no order,
 * so only one with a smaller number counts: then no two can each be left out because of the other. */
static bool public_follows(struct decider *d, uint32_t role, const struct source *s, const struct object *o)
{
	enum aisp_pg_rows rows;
	unsigned privs = usable(d, role, o, s->privs, &rows, &d->mine);
	const struct aisp_pg_lists *sets = &d->e->sets;
	for (uint32_t i = sets->at[role]; privs && i < sets->at[role + 1]; i++)
		if (sets->v[i] < role && follows_from(d, sets->v[i], o, privs, rows))
			return true;
	return false;
}

static int state_public(struct decider *d, const struct source *s, const struct object *o, struct aisp_err *err)
{
	bool rls = o->class == AISP_PG_CLASS_TABLE && d->e->m->tables.v[o->number].rls;
	enum aisp_pg_rows rows;
	unsigned all = rls ? 0 : usable(d, AISP_PG_PUBLIC, o, s->privs, &rows, &d->mine);
	int r = AISP_OK;
	if (all) {
		struct aisp_pg_right right = {.object = o->number,
					      .column = o->column,
					      .privs = all,
					      .basis = s->basis,
					      .rows = AISP_PG_ROWS_ALL};
		r = d->f(d->ctx, &right, err);
	}
	struct source rest = *s;
	rest.privs &= ~all;
	for (uint32_t role = 1; r == AISP_OK && rest.privs && role <= d->e->n_roles; role++) {
		if (role == d->e->dbowner)
			r = state(d, behind(d->e, role), role, behind(d->e, role), &rest, o, err);
		else if (!public_follows(d, role, &rest, o))
			r = state(d, role, role, 0, &rest, o, err);
	}
	return r;
}

static int state_source(struct decider *d, const struct source *s, const struct object *o, struct aisp_err *err)
{
	if (s->grantee == AISP_PG_PUBLIC)
		return state_public(d, s, o, err);
	uint32_t who = behind(d->e, s->grantee);
	if (who == 0 || who > d->e->n_roles)
		return AISP_OK;
	int r = AISP_OK;
	bool at_once = aisp_pg_has_privs(d->e, who, s->grantee, d->e->m->current_db);
	if (at_once)
		r = state(d, who, who, 0, s, o, err);
	if (r == AISP_OK && who != s->grantee) /* the owner may also SET ROLE pg_database_owner */
		r = state(d, who, s->grantee, at_once ? who : 0, s, o, err); /* not shared: `as` is not `role` */
	const struct aisp_pg_lists *havers = &d->e->havers;
	for (uint32_t i = havers->at[who]; r == AISP_OK && i < havers->at[who + 1]; i++)
		if (aisp_pg_has_privs(d->e, havers->v[i], s->grantee, d->e->m->current_db))
			r = state(d, havers->v[i], havers->v[i], who, s, o, err);
	return r;
}

static int add_source(sources *to, uint32_t grantee, unsigned privs, enum aisp_pg_basis basis, struct aisp_err *err)
{
	for (size_t i = 0; i < to->n; i++) {
		if (to->v[i].grantee == grantee && to->v[i].basis == basis) {
			to->v[i].privs |= privs;
			return AISP_OK;
		}
	}
	if (privs && aisp_vec_push(to, (struct source){grantee, privs, basis}) < 0)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for rights");
	return AISP_OK;
}

static int by_grantee(const void *x, const void *y)
{
	const struct source *a = x, *b = y;
	return a->grantee != b->grantee ? (a->grantee > b->grantee) - (a->grantee < b->grantee)
					: (int)a->basis - (int)b->basis;
}

/* Who is named for these privileges; predefined roles count as named on every table. */
static int find_sources(const struct aisp_pg_engine *e, const struct object *o, uint32_t owner, uint32_t acl,
			unsigned wanted, sources *to, struct aisp_err *err)
{
	struct aisp_pg_aclitem defaults[2];
	struct aisp_pg_acl items = aisp_pg__items(e, o->column ? AISP_PG_CLASS_COLUMN : o->class, owner, acl, defaults);
	int r = AISP_OK;
	to->n = 0;
	for (uint32_t i = 0; r == AISP_OK && i < items.n; i++) {
		const struct aisp_pg_aclitem *item = &items.items[i];
		enum aisp_pg_basis basis = AISP_PG_BASIS_GRANT;
		if (item->grantee && item->grantee == owner)
			basis = AISP_PG_BASIS_OWNER; /* taken away from itself, it could grant it to itself again */
		else if (!acl)
			basis = AISP_PG_BASIS_DEFAULT;
		r = add_source(to, item->grantee, item->privs & wanted, basis, err);
	}
	if (r == AISP_OK && o->class == AISP_PG_CLASS_TABLE && !o->column && e->read_all != AISP_PG_NOBODY)
		r = add_source(to, e->read_all, wanted & AISP_PG_SELECT, AISP_PG_BASIS_PREDEFINED, err);
	if (r == AISP_OK && o->class == AISP_PG_CLASS_TABLE && !o->column && e->write_all != AISP_PG_NOBODY)
		r = add_source(to, e->write_all, wanted & (AISP_PG_INSERT | AISP_PG_UPDATE | AISP_PG_DELETE),
			       AISP_PG_BASIS_PREDEFINED, err);
	if (to->n > 1)
		qsort(to->v, to->n, sizeof *to->v, by_grantee);
	return r;
}

static int state_object(struct decider *d, const struct object *o, uint32_t owner, uint32_t acl, unsigned wanted,
			sources *scratch, struct aisp_err *err)
{
	int r = find_sources(d->e, o, owner, acl, wanted, scratch, err);
	for (size_t i = 0; r == AISP_OK && i < scratch->n; i++)
		r = state_source(d, &scratch->v[i], o, err);
	return r == AISP_OK && d->bad
		       ? aisp_fail(err, d->bad, "the row security predicates of a table take too much memory")
		       : r;
}

/* Tables decided alike: the rights of the first are remembered and said again for the others. */
struct range {
	size_t at, n;
};
struct memo {
	AISP_VEC(struct aisp_pg_right) rights;
	struct aisp_map first; /* (schema, owner, acl) → 1 + place in ranges */
	AISP_VEC(struct range) ranges;
};

static int remember(void *ctx, const struct aisp_pg_right *right, struct aisp_err *err)
{
	struct memo *memo = ctx;
	if (aisp_vec_push(&memo->rights, *right) < 0)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for rights");
	memo->rights.v[memo->rights.n - 1].predicate = (struct aisp_slice){0};
	return AISP_OK;
}

static const unsigned wanted_kinds[2] = {AISP_PG_SELECT, AISP_PG_WRITES};

static int plain_first(struct decider *d, struct memo *memo, const struct object *o, const struct aisp_pg_table *t,
		       struct aisp_key key, sources *scratch, struct aisp_err *err)
{
	struct decider aside = *d;
	aside.f = remember;
	aside.ctx = memo;
	struct range range = {memo->rights.n, 0};
	int r = AISP_OK;
	for (int k = 0; r == AISP_OK && k < 2; k++)
		r = state_object(&aside, o, t->owner, t->acl, wanted_kinds[k], scratch, err);
	/* buffers and the schema's answers may have moved on */
	d->mine = aside.mine;
	d->theirs = aside.theirs;
	d->part = aside.part;
	d->schema = aside.schema;
	d->bad = aside.bad;
	range.n = memo->rights.n - range.at;
	if (r == AISP_OK && aisp_vec_push(&memo->ranges, range) < 0)
		r = aisp_fail(err, AISP_E_NOMEM, "out of memory for rights");
	return r == AISP_OK ? aisp_map_put(&memo->first, key, (uint32_t)memo->ranges.n, err) : r;
}

static int state_plain(struct decider *d, struct memo *memo, const struct object *o, const struct aisp_pg_table *t,
		       sources *scratch, struct aisp_err *err)
{
	struct aisp_key key = {(uint64_t)t->schema << 32 | t->owner, t->acl};
	uint32_t known = aisp_map_get(&memo->first, key);
	if (!known) {
		int r = plain_first(d, memo, o, t, key, scratch, err);
		if (r < 0)
			return r;
		known = (uint32_t)memo->ranges.n;
	}
	struct range range = memo->ranges.v[known - 1];
	int r = AISP_OK;
	for (size_t i = 0; r == AISP_OK && i < range.n; i++) {
		struct aisp_pg_right right = memo->rights.v[range.at + i];
		right.object = o->number;
		r = d->f(d->ctx, &right, err);
	}
	return r;
}

static bool has_column_acls(const struct aisp_pg_model *m, const struct aisp_pg_table *t)
{
	for (uint32_t i = 0; i < t->col_n; i++)
		if (m->columns.v[t->col_at + i].acl)
			return true;
	return false;
}

static int state_table(struct decider *d, struct memo *memo, uint32_t table, sources *scratch, struct aisp_err *err)
{
	const struct aisp_pg_model *m = d->e->m;
	const struct aisp_pg_table *t = &m->tables.v[table];
	struct object o = {AISP_PG_CLASS_TABLE, table, 0, t->schema};
	bool columns = has_column_acls(m, t);
	if (!columns && !t->rls && t->kind != 'v')
		return state_plain(d, memo, &o, t, scratch, err);
	int r = AISP_OK;
	for (int k = 0; r == AISP_OK && k < 2; k++)
		r = state_object(d, &o, t->owner, t->acl, wanted_kinds[k], scratch, err);
	for (uint32_t i = 0; r == AISP_OK && columns && i < t->col_n; i++) {
		o.column = t->col_at + i;
		uint32_t acl = m->columns.v[o.column].acl;
		for (int k = 0; r == AISP_OK && acl && k < 2; k++)
			r = state_object(d, &o, t->owner, acl, wanted_kinds[k], scratch, err);
	}
	return r;
}

static int decider_init(struct decider *d, const struct aisp_pg_engine *e,
			int (*f)(void *ctx, const struct aisp_pg_right *r, struct aisp_err *err), void *ctx,
			struct aisp_err *err)
{
	*d = (struct decider){.e = e, .f = f, .ctx = ctx};
	d->uses = aisp_mem_zalloc(e->n_roles + 1, 1);
	aisp_buf_init(&d->mine, 1u << 20);
	aisp_buf_init(&d->theirs, 1u << 20);
	aisp_buf_init(&d->part, 1u << 20);
	return d->uses ? AISP_OK : aisp_fail(err, AISP_E_NOMEM, "out of memory for rights");
}

static void decider_done(struct decider *d)
{
	aisp_mem_free(d->uses);
	aisp_buf_done(&d->mine);
	aisp_buf_done(&d->theirs);
	aisp_buf_done(&d->part);
}

struct place {
	uint32_t schema, table;
	struct aisp_slice name;
};

static int by_place(const void *x, const void *y)
{
	const struct place *a = x, *b = y;
	if (a->schema != b->schema)
		return (a->schema > b->schema) - (a->schema < b->schema);
	int c = aisp_slice_cmp(a->name, b->name);
	return c ? c : (a->table > b->table) - (a->table < b->table);
}

int aisp_pg_each_right(const struct aisp_pg_engine *e,
		       int (*f)(void *ctx, const struct aisp_pg_right *r, struct aisp_err *err), void *ctx,
		       struct aisp_err *err)
{
	const struct aisp_pg_model *m = e->m;
	struct decider d;
	struct memo memo = {0};
	sources scratch = {0};
	AISP_VEC(struct place) order = {0};
	int r = decider_init(&d, e, f, ctx, err);
	for (uint32_t i = 1; r == AISP_OK && i < m->tables.n; i++) {
		const struct aisp_pg_table *t = &m->tables.v[i];
		if (m->schemas.v[t->schema].system || t->kind == 'S')
			continue;
		if (aisp_vec_push(&order, (struct place){t->schema, i, t->name}) < 0)
			r = aisp_fail(err, AISP_E_NOMEM, "out of memory for rights");
	}
	if (order.n > 1)
		qsort(order.v, order.n, sizeof *order.v, by_place);
	for (size_t i = 0; r == AISP_OK && i < order.n; i++)
		r = state_table(&d, &memo, order.v[i].table, &scratch, err);
	aisp_vec_done(&order);
	aisp_vec_done(&scratch);
	aisp_vec_done(&memo.rights);
	aisp_vec_done(&memo.ranges);
	aisp_map_done(&memo.first);
	decider_done(&d);
	return r;
}

int aisp_pg_each_caller(const struct aisp_pg_engine *e, uint32_t function,
			int (*f)(void *ctx, const struct aisp_pg_right *r, struct aisp_err *err), void *ctx,
			struct aisp_err *err)
{
	const struct aisp_pg_function *fn = &e->m->functions.v[function];
	struct object o = {AISP_PG_CLASS_FUNCTION, function, 0, fn->schema};
	struct decider d;
	sources scratch = {0};
	int r = decider_init(&d, e, f, ctx, err);
	if (r == AISP_OK)
		r = state_object(&d, &o, fn->owner, fn->acl, AISP_PG_EXECUTE, &scratch, err);
	aisp_vec_done(&scratch);
	decider_done(&d);
	return r;
}
