/* Facts as rows of numbers (see facts.h for the layout). */
#include "store/sqlite/facts.h"
#include "base/hash.h"
#include <stddef.h>
#include <stdio.h>

#define COLUMN(name, field) {name, offsetof(struct fact, field)}

const struct fact_table aisp_store__fact_tables[FACT_TABLES] = {
	[FACT_NODE] = {"node", 7, {COLUMN("source", source), COLUMN("node", a), COLUMN("meta", meta), COLUMN("locator", locator),
	                           COLUMN("line", line), COLUMN("pointer", pointer), COLUMN("note", note)}, true},
	[FACT_EDGE] = {"edge", 10, {COLUMN("source", source), COLUMN("src", a), COLUMN("dst", b), COLUMN("meta", meta),
	                            COLUMN("control", control), COLUMN("cond", condition), COLUMN("locator", locator),
	                            COLUMN("line", line), COLUMN("pointer", pointer), COLUMN("note", note)}, true},
	[FACT_ALIAS] = {"alias", 3, {COLUMN("source", source), COLUMN("alias", a), COLUMN("node", b)}, false},
	[FACT_GAP] = {"gap", 4, {COLUMN("source", source), COLUMN("what", a), COLUMN("detail", b), COLUMN("meta", meta)}, false},
};

static void put_columns(struct aisp_buf *sql, const struct fact_table *t)
{
	for (unsigned i = 0; i < t->n_columns; i++)
		aisp_buf_printf(sql, ", %s", t->columns[i].name);
	if (t->has_extra)
		aisp_buf_putz(sql, ", extra");
}

int aisp_store__fact_select(sqlite3 *db, enum fact_table_id id, bool past, const char *where, sqlite3_stmt **ret_st, struct aisp_err *err)
{
	const struct fact_table *t = &aisp_store__fact_tables[id];
	AISP_AUTOBUF struct aisp_buf sql = {0};

	aisp_buf_putz(&sql, "SELECT id");
	put_columns(&sql, t);
	aisp_buf_printf(&sql, " FROM %s_%s %s", t->name, past ? "past" : "fact", where);
	int r = aisp_buf_check(&sql, err);

	return r < 0 ? r : aisp_store__sq_prepare(db, sql.p, ret_st, err);
}

void aisp_store__fact_read(sqlite3_stmt *st, const struct fact_table *t, struct fact *ret_fact, int64_t *ret_id)
{
	*ret_id = sqlite3_column_int64(st, 0);
	for (unsigned i = 0; i < t->n_columns; i++)
		*(uint32_t *)(void *)((char *)ret_fact + t->columns[i].at) = (uint32_t)sqlite3_column_int64(st, (int)i + 1);
	ret_fact->extra = NULL;
	ret_fact->extra_n = 0;
	if (t->has_extra && sqlite3_column_type(st, (int)t->n_columns + 1) == SQLITE_BLOB) {
		ret_fact->extra = sqlite3_column_blob(st, (int)t->n_columns + 1);
		ret_fact->extra_n = (uint32_t)sqlite3_column_bytes(st, (int)t->n_columns + 1);
	}
}

int aisp_store__fact_insert(sqlite3 *db, enum fact_table_id id, sqlite3_stmt **ret_st, struct aisp_err *err)
{
	const struct fact_table *t = &aisp_store__fact_tables[id];
	AISP_AUTOBUF struct aisp_buf sql = {0};

	aisp_buf_printf(&sql, "INSERT INTO %s_fact(id, from_run", t->name);
	put_columns(&sql, t);
	aisp_buf_putz(&sql, ") VALUES(?, ?");
	for (unsigned i = 0; i < t->n_columns + (t->has_extra ? 1 : 0); i++)
		aisp_buf_putz(&sql, ", ?");
	aisp_buf_putz(&sql, ")");
	int r = aisp_buf_check(&sql, err);

	return r < 0 ? r : aisp_store__sq_prepare(db, sql.p, ret_st, err);
}

int aisp_store__fact_write(sqlite3_stmt *st, enum fact_table_id id, int64_t row, const struct fact *f, int64_t run, struct aisp_err *err)
{
	const struct fact_table *t = &aisp_store__fact_tables[id];

	sqlite3_bind_int64(st, 1, row);
	sqlite3_bind_int64(st, 2, run);
	for (unsigned i = 0; i < t->n_columns; i++)
		sqlite3_bind_int64(st, (int)i + 3, *(const uint32_t *)(const void *)((const char *)f + t->columns[i].at));
	if (t->has_extra && f->extra_n)
		sqlite3_bind_blob(st, (int)t->n_columns + 3, f->extra, (int)f->extra_n, SQLITE_STATIC);
	else if (t->has_extra)
		sqlite3_bind_null(st, (int)t->n_columns + 3);
	return aisp_store__sq_run(st, err);
}

/* Digests. */

static struct aisp_key digest(const void *p, size_t n)
{
	struct aisp_digest d = aisp_digest_of(p, n);
	struct aisp_key key;

	memcpy(&key, d.b, sizeof key);
	return key;
}

struct aisp_key aisp_store__fact_digest(const struct fact *f)
{
	enum { HEAD = offsetof(struct fact, extra_n) };
	unsigned char buf[512];

	if (f->extra_n == 0)
		return digest(f, HEAD);
	/* Long ones are rare: their bytes are hashed first. */
	if (f->extra_n > sizeof buf - HEAD) {
		struct aisp_digest long_one = aisp_digest_of(f->extra, f->extra_n);

		memcpy(buf + HEAD, long_one.b, sizeof long_one.b);
		memcpy(buf, f, HEAD);
		return digest(buf, HEAD + sizeof long_one.b);
	}
	memcpy(buf, f, HEAD);
	memcpy(buf + HEAD, f->extra, f->extra_n);
	return digest(buf, HEAD + f->extra_n);
}

struct aisp_key aisp_store__fact_identity(const struct fact *f)
{
	/* a node is (source, id) whatever its kind; an edge (source, from, kind, to, control, condition) */
	uint32_t id[6] = {f->source, f->a, f->b, f->b ? f->meta & 255 : 0, f->control, f->condition};

	return digest(id, sizeof id);
}

/* Further evidence and properties. */

static void put_number(struct aisp_buf *b, uint64_t n)
{
	while (n >= 128) {
		aisp_buf_putc(b, (char)(n | 128));
		n >>= 7;
	}
	aisp_buf_putc(b, (char)n);
}

static uint64_t get_number(struct fact_extra *x)
{
	uint64_t n = 0;

	for (unsigned shift = 0; shift < 64 && x->p < x->end; shift += 7) {
		unsigned char c = *x->p++;

		n |= (uint64_t)(c & 127) << shift;
		if (c < 128)
			return n;
	}
	x->bad = true;
	return 0;
}

static void put_value(struct aisp_buf *b, const struct aisp_prop *p)
{
	uint64_t bits;

	switch (p->type) {
	case AISP_PROP_BOOL:
		put_number(b, p->b);
		break;
	case AISP_PROP_INT:
		put_number(b, (uint64_t)p->i << 1 ^ (p->i < 0 ? UINT64_MAX : 0));
		break;
	case AISP_PROP_REAL:
		memcpy(&bits, &p->r, sizeof bits);
		for (unsigned k = 0; k < 8; k++)
			aisp_buf_putc(b, (char)(bits >> 8 * k));
		break;
	default:
		put_number(b, p->s);
	}
}

void aisp_store__fact_extra_put(struct aisp_buf *b, const struct aisp_evidence *ev, uint32_t n_ev, const struct aisp_prop *props, uint32_t n_props)
{
	if (n_ev == 0 && n_props == 0)
		return;
	put_number(b, n_ev);
	for (uint32_t i = 0; i < n_ev; i++) {
		put_number(b, ev[i].form | (unsigned)ev[i].confidence << 4);
		put_number(b, ev[i].locator);
		put_number(b, ev[i].line);
		put_number(b, ev[i].pointer);
		put_number(b, ev[i].note);
	}
	put_number(b, n_props);
	for (uint32_t i = 0; i < n_props; i++) {
		put_number(b, props[i].key);
		put_number(b, props[i].type);
		put_value(b, &props[i]);
	}
}

void aisp_store__fact_extra_begin(struct fact_extra *x, const struct fact *f)
{
	*x = (struct fact_extra){.p = f->extra, .end = f->extra ? (const unsigned char *)f->extra + f->extra_n : NULL};
	if (f->extra_n)
		x->left = get_number(x);
}

bool aisp_store__fact_extra_evidence(struct fact_extra *x, struct aisp_evidence *ret_ev)
{
	if (x->left == 0 || x->bad) {
		x->left = x->p < x->end && !x->bad ? get_number(x) : 0;
		return false;
	}
	uint64_t how = get_number(x);

	x->left--;
	*ret_ev = (struct aisp_evidence){.form = how & 15, .confidence = how >> 4 & 15};
	ret_ev->locator = (aisp_sym)get_number(x);
	ret_ev->line = (uint32_t)get_number(x);
	ret_ev->pointer = (aisp_sym)get_number(x);
	ret_ev->note = (aisp_sym)get_number(x);
	return !x->bad;
}

static void get_value(struct fact_extra *x, struct aisp_prop *p)
{
	uint64_t bits = 0;

	if (p->type == AISP_PROP_REAL) {
		if (x->end - x->p < 8) {
			x->bad = true;
			return;
		}
		for (unsigned k = 0; k < 8; k++)
			bits |= (uint64_t)*x->p++ << 8 * k;
		memcpy(&p->r, &bits, sizeof p->r);
		return;
	}
	bits = get_number(x);
	if (p->type == AISP_PROP_BOOL)
		p->b = bits != 0;
	else if (p->type == AISP_PROP_INT)
		p->i = (int64_t)(bits >> 1 ^ (bits & 1 ? UINT64_MAX : 0));
	else
		p->s = (aisp_sym)bits;
}

bool aisp_store__fact_extra_prop(struct fact_extra *x, struct aisp_prop *ret_prop)
{
	if (x->left == 0 || x->bad)
		return false;
	x->left--;
	memset(ret_prop, 0, sizeof *ret_prop);
	ret_prop->key = (aisp_sym)get_number(x);
	ret_prop->type = (uint8_t)get_number(x);
	get_value(x, ret_prop);
	return !x->bad;
}

bool aisp_store__fact_first_evidence(const struct fact *f, struct aisp_evidence *ret_ev)
{
	*ret_ev = (struct aisp_evidence){.locator = f->locator, .pointer = f->pointer, .note = f->note, .line = f->line,
	                                 .form = f->meta >> 16 & 255, .confidence = (uint8_t)(f->meta >> 24)};
	return ret_ev->form != 0;
}
