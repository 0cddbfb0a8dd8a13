/* The footer of a Parquet file: schema, and the row groups that are looked at (parquet.thrift of apache/parquet-format). */
#include "scan/tabular/parquet_int.h"
#include "scan/tabular/thrift.h"

enum { DEPTH = 32, MAX_LEAVES = 20000 };

struct element {
	struct aisp_slice name;
	int32_t type, length, repetition, children, converted, scale;
	enum aisp_parquet_logical logical;
	bool has_type, is_list, is_map;
};

static enum aisp_parquet_logical time_unit(struct aisp_thrift *t)
{
	struct aisp_thrift_field f = {0, 0}, u;
	enum aisp_parquet_logical unit = AISP_PQ_L_TIMESTAMP_US;

	while (aisp_thrift_next(t, &f)) {
		if (f.id != 2 || f.type != AISP_THRIFT_STRUCT) {
			aisp_thrift_skip(t, f.type, 0);
			continue;
		}
		u = (struct aisp_thrift_field){0, 0};
		while (aisp_thrift_next(t, &u)) {
			unit = u.id == 1 ? AISP_PQ_L_TIMESTAMP_MS : u.id == 3 ? AISP_PQ_L_TIMESTAMP_NS : AISP_PQ_L_TIMESTAMP_US;
			aisp_thrift_skip(t, u.type, 0);
		}
	}
	return unit;
}

static void decimal(struct aisp_thrift *t, struct element *e)
{
	struct aisp_thrift_field f = {0, 0};

	while (aisp_thrift_next(t, &f)) {
		if (f.id == 1)
			e->scale = (int32_t)aisp_thrift_int(t, f.type);
		else
			aisp_thrift_skip(t, f.type, 0);
	}
}

static void integer(struct aisp_thrift *t, struct element *e)
{
	struct aisp_thrift_field f = {0, 0};

	while (aisp_thrift_next(t, &f)) {
		if (f.id == 2)
			e->logical = aisp_thrift_int(t, f.type) ? e->logical : AISP_PQ_L_UINT;
		else
			aisp_thrift_skip(t, f.type, 0);
	}
}

static void logical(struct aisp_thrift *t, struct element *e)
{
	struct aisp_thrift_field f = {0, 0};

	while (aisp_thrift_next(t, &f)) {
		bool structure = f.type == AISP_THRIFT_STRUCT;
		e->is_map |= f.id == 2;
		e->is_list |= f.id == 3;
		if (f.id == 1 || f.id == 4 || f.id == 12)
			e->logical = AISP_PQ_L_STRING;
		else if (f.id == 6)
			e->logical = AISP_PQ_L_DATE;
		else if (f.id == 14)
			e->logical = AISP_PQ_L_UUID;
		else if (f.id == 5)
			e->logical = AISP_PQ_L_DECIMAL;
		if (f.id == 5 && structure)
			decimal(t, e);
		else if (f.id == 8 && structure)
			e->logical = time_unit(t);
		else if (f.id == 10 && structure)
			integer(t, e);
		else
			aisp_thrift_skip(t, f.type, 0);
	}
}

/* The older way to say it. */
static void converted(struct element *e)
{
	switch (e->converted) {
	case 0: case 4: case 19:
		e->logical = AISP_PQ_L_STRING;
		break;
	case 1: case 2:
		e->is_map = true;
		break;
	case 3:
		e->is_list = true;
		break;
	case 5:
		e->logical = AISP_PQ_L_DECIMAL;
		break;
	case 6:
		e->logical = AISP_PQ_L_DATE;
		break;
	case 9:
		e->logical = AISP_PQ_L_TIMESTAMP_MS;
		break;
	case 10:
		e->logical = AISP_PQ_L_TIMESTAMP_US;
		break;
	case 11: case 12: case 13: case 14:
		e->logical = AISP_PQ_L_UINT;
		break;
	default:
		break;
	}
}

static struct element read_element(struct aisp_thrift *t)
{
	struct element e = {.converted = -1};
	struct aisp_thrift_field f = {0, 0};

	while (aisp_thrift_next(t, &f)) {
		if (f.id == 4 && f.type == AISP_THRIFT_BINARY)
			e.name = aisp_thrift_binary(t);
		else if (f.id == 10 && f.type == AISP_THRIFT_STRUCT)
			logical(t, &e);
		else if (f.type < AISP_THRIFT_BYTE || f.type > AISP_THRIFT_I64) {
			aisp_thrift_skip(t, f.type, 0);
		} else {
			int32_t v = (int32_t)aisp_thrift_int(t, f.type);
			e.has_type |= f.id == 1;
			switch (f.id) {
			case 1: e.type = v; break;
			case 2: e.length = v; break;
			case 3: e.repetition = v; break;
			case 5: e.children = v; break;
			case 6: e.converted = v; break;
			case 7: e.scale = v; break;
			default: break;
			}
		}
	}
	if (e.logical == AISP_PQ_L_NONE)
		converted(&e);
	return e;
}

static const char *type_name(const struct element *e)
{
	static const char *const physical[] = {"boolean", "int32", "int64", "timestamp", "float", "double", "binary", "fixed"};
	static const char *const names[] = {NULL, "string", "date", "timestamp", "timestamp", "timestamp", "decimal", "uint", "uuid"};

	return names[e->logical] ? names[e->logical] : physical[e->type];
}

struct level {
	uint32_t left; /* children to come */
	uint8_t def, rep;
	uint16_t path; /* length of the path above */
	bool list;     /* inside a list or map: its helper groups have no name of their own */
};

static bool helper(struct aisp_slice name)
{
	static const char *const names[] = {"list", "element", "item", "bag", "array", "array_element", "key_value", "map", "entries"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (aisp_slice_eqz(name, names[i]))
			return true;
	return false;
}

static int add_leaf(struct aisp_tabular__tab *t, struct aisp_tabular__table *table, struct aisp_parquet_meta *m, size_t cap, const struct element *e,
                    struct aisp_slice path, const struct level *up)
{
	bool nomem = false;

	if (m->n_leaves == cap)
		return aisp_fail(t->err, AISP_E_LIMIT, "more than %d columns", MAX_LEAVES);
	if (e->type < 0 || e->type > AISP_PQ_FIXED || e->length < 0)
		return aisp_fail(t->err, AISP_E_PARSE, "a column has a type that Parquet does not know");
	struct aisp_tabular__column *c = aisp_tabular__column_new(t, table, path, aisp_slice_z(type_name(e)), &nomem);
	if (nomem)
		return aisp_tabular__nomem(t);
	m->leaves[m->n_leaves++] = (struct aisp_parquet_leaf){.path = c ? c->name : AISP_S(""), .type = e->type, .length = e->length, .scale = e->scale, .logical = e->logical, .max_def = up->def, .max_rep = up->rep, .column = c};
	return 0;
}

struct schema_walk {
	struct level stack[DEPTH];
	unsigned depth;
	char path[512];
};

/* The level of an element below `up`; *ret_n: length of its path, which is in w->path. */
static struct level level_of(struct schema_walk *w, const struct level *up, const struct element *e, size_t *ret_n)
{
	struct level own = *up;
	size_t to = own.path;

	own.def = (uint8_t)(own.def + (e->repetition != 0));
	own.rep = (uint8_t)(own.rep + (e->repetition == 2));
	if (!(up->list && helper(e->name)) && to + e->name.n + 1 < sizeof w->path) {
		if (to)
			w->path[to++] = '.';
		if (e->name.n)
			memcpy(w->path + to, e->name.p, e->name.n);
		to += e->name.n;
	}
	own.left = e->children > 0 ? (uint32_t)e->children : 0;
	own.path = (uint16_t)to;
	own.list = up->list || e->is_list || e->is_map || e->repetition == 2;
	*ret_n = to;
	return own;
}

static int read_schema(struct aisp_tabular__tab *t, struct aisp_tabular__table *table, struct aisp_thrift *in, struct aisp_parquet_meta *m)
{
	struct schema_walk w = {.depth = 0};
	int type, r = 0;
	uint32_t n = aisp_thrift_list(in, &type);
	size_t cap = n < MAX_LEAVES ? n : MAX_LEAVES, path;

	m->leaves = aisp_arena_zalloc(t->scratch, cap ? cap : 1, sizeof *m->leaves);
	if (!m->leaves)
		return aisp_tabular__nomem(t);
	for (uint32_t i = 0; i < n && r == 0; i++) {
		struct element e = read_element(in);
		if (in->bad)
			break;
		if (i == 0) {
			w.stack[w.depth++] = (struct level){.left = e.children < 0 ? 0 : (uint32_t)e.children};
			continue;
		}
		while (w.depth > 0 && w.stack[w.depth - 1].left == 0)
			w.depth--;
		if (w.depth == 0)
			break;
		struct level *up = &w.stack[w.depth - 1], own = level_of(&w, up, &e, &path);
		up->left--;
		if (e.children <= 0)
			r = e.has_type ? add_leaf(t, table, m, cap, &e, aisp_slice_of(w.path, path), &own) : 0;
		else if (w.depth == DEPTH)
			r = aisp_fail(t->err, AISP_E_LIMIT, "the schema is nested deeper than %d", DEPTH);
		else
			w.stack[w.depth++] = own;
	}
	return r == 0 && in->bad ? aisp_fail(t->err, AISP_E_PARSE, "the schema in the footer is broken") : r;
}

static void read_column_meta(struct aisp_thrift *in, struct aisp_parquet_chunk *c)
{
	struct aisp_thrift_field f = {0, 0};

	while (aisp_thrift_next(in, &f)) {
		if (f.type < AISP_THRIFT_BYTE || f.type > AISP_THRIFT_I64) {
			aisp_thrift_skip(in, f.type, 0);
			continue;
		}
		int64_t v = aisp_thrift_int(in, f.type);
		switch (f.id) {
		case 4: c->codec = (int32_t)v; break;
		case 5: c->n_values = v; break;
		case 7: c->packed = v; break;
		case 9: c->data_at = v; break;
		case 11: c->dictionary_at = v; break;
		default: break;
		}
	}
	c->there = true;
}

static void read_chunk(struct aisp_thrift *in, struct aisp_parquet_chunk *c)
{
	struct aisp_thrift_field f = {0, 0};

	while (aisp_thrift_next(in, &f)) {
		if (f.id == 3 && f.type == AISP_THRIFT_STRUCT) {
			read_column_meta(in, c);
			continue;
		}
		c->elsewhere |= f.id == 1;
		c->encrypted |= f.id == 8 || f.id == 9;
		aisp_thrift_skip(in, f.type, 0);
	}
}

static int read_group(struct aisp_tabular__tab *t, struct aisp_thrift *in, struct aisp_parquet_meta *m, struct aisp_parquet_group *g)
{
	struct aisp_thrift_field f = {0, 0};
	int type;

	g->chunks = aisp_arena_zalloc(t->scratch, m->n_leaves ? m->n_leaves : 1, sizeof *g->chunks);
	if (!g->chunks)
		return aisp_tabular__nomem(t);
	while (aisp_thrift_next(in, &f)) {
		if (f.id == 3 && f.type == AISP_THRIFT_I64) {
			g->rows = aisp_thrift_int(in, f.type);
		} else if (f.id == 1 && f.type == AISP_THRIFT_LIST) {
			uint32_t n = aisp_thrift_list(in, &type);
			for (uint32_t i = 0; i < n && !in->bad; i++) {
				struct aisp_parquet_chunk spare = {0};
				read_chunk(in, i < m->n_leaves ? &g->chunks[i] : &spare);
			}
		} else {
			aisp_thrift_skip(in, f.type, 0);
		}
	}
	return 0;
}

static int read_groups(struct aisp_tabular__tab *t, struct aisp_thrift *in, struct aisp_parquet_meta *m)
{
	uint64_t want[3];
	int type, r = 0;
	unsigned k = 0;
	uint32_t n = aisp_thrift_list(in, &type);
	unsigned picks = aisp_tabular__pick(n, want);

	m->n_groups = n;
	for (uint32_t i = 0; i < n && !in->bad && r == 0; i++) {
		if (k < picks && i == want[k]) {
			m->picked[k].index = i;
			r = read_group(t, in, m, &m->picked[k++]);
		} else {
			aisp_thrift_skip(in, AISP_THRIFT_STRUCT, 0);
		}
	}
	m->n_picked = in->bad ? 0 : k;
	return r;
}

static int read_pairs(struct aisp_tabular__tab *t, struct aisp_thrift *in)
{
	int type, r = 0;
	uint32_t n = aisp_thrift_list(in, &type);

	for (uint32_t i = 0; i < n && !in->bad && r == 0; i++) {
		struct aisp_thrift_field f = {0, 0};
		struct aisp_slice pair[3] = {{NULL, 0}, {NULL, 0}, {NULL, 0}};
		while (aisp_thrift_next(in, &f)) {
			if (f.type == AISP_THRIFT_BINARY && (f.id == 1 || f.id == 2))
				pair[f.id] = aisp_thrift_binary(in);
			else
				aisp_thrift_skip(in, f.type, 0);
		}
		r = aisp_tabular__metadata(t, pair[1], pair[2]);
	}
	return r;
}

int aisp_parquet__meta(struct aisp_tabular__tab *t, struct aisp_tabular__table *table, struct aisp_slice footer, struct aisp_parquet_meta *ret)
{
	struct aisp_thrift in = {(const uint8_t *)footer.p, (const uint8_t *)footer.p + footer.n, false};
	struct aisp_thrift_field f = {0, 0};
	bool schema = false;
	int r = 0;

	while (r == 0 && aisp_thrift_next(&in, &f)) {
		bool list = f.type == AISP_THRIFT_LIST;
		if (f.id == 2 && list && !schema) {
			r = read_schema(t, table, &in, ret);
			schema = true;
		} else if (f.id == 3 && f.type == AISP_THRIFT_I64) {
			ret->rows = aisp_thrift_int(&in, f.type);
		} else if (f.id == 4 && list && schema && !ret->n_groups) {
			r = read_groups(t, &in, ret);
		} else if (f.id == 5 && list) {
			r = read_pairs(t, &in);
		} else if (f.id == 6 && f.type == AISP_THRIFT_BINARY) {
			r = aisp_tabular__metadata(t, AISP_S("created_by"), aisp_thrift_binary(&in));
		} else {
			ret->encrypted |= f.id == 8;
			aisp_thrift_skip(&in, f.type, 0);
		}
	}
	if (r == 0 && !schema)
		return aisp_fail(t->err, AISP_E_PARSE, "the footer has no schema");
	if (r == 0 && in.bad)
		aisp_tabular__partial(t, "the footer is cut or broken");
	return r;
}
