/* Flatbuffers, reading only (the wire format of google/flatbuffers), and Arrow's schema in them (Schema.fbs of apache/arrow). */
#include "scan/tabular/arrow_int.h"

enum { DEPTH = 24, MAX_FIELDS = 20000 };

static bool in(const struct aisp_flat *f, size_t at, size_t n)
{
	return at <= f->n && n <= f->n - at;
}

size_t aisp_flat_root(const struct aisp_flat *f)
{
	size_t at = in(f, 0, 4) ? aisp_tabular__le32(f->p) : 0;

	return in(f, at, 4) ? at : 0;
}

size_t aisp_flat_field(const struct aisp_flat *f, size_t table, unsigned id)
{
	if (table == 0 || !in(f, table, 4))
		return 0;
	int64_t vtable = (int64_t)table - (int32_t)aisp_tabular__le32(f->p + table);
	if (vtable < 0 || !in(f, (size_t)vtable, 4))
		return 0;
	size_t v = (size_t)vtable, n = aisp_tabular__le16(f->p + v), slot = 4 + (size_t)2 * id;
	if (slot + 2 > n || !in(f, v, n))
		return 0;
	uint16_t offset = aisp_tabular__le16(f->p + v + slot);
	return offset && in(f, table + offset, 1) ? table + offset : 0;
}

int64_t aisp_flat_int(const struct aisp_flat *f, size_t table, unsigned id, unsigned size, int64_t otherwise)
{
	size_t at = aisp_flat_field(f, table, id);

	if (!at || !in(f, at, size))
		return otherwise;
	switch (size) {
	case 1:
		return f->p[at];
	case 2:
		return (int16_t)aisp_tabular__le16(f->p + at);
	case 4:
		return (int32_t)aisp_tabular__le32(f->p + at);
	default:
		return (int64_t)aisp_tabular__le64(f->p + at);
	}
}

static size_t follow(const struct aisp_flat *f, size_t at)
{
	if (!at || !in(f, at, 4))
		return 0;
	size_t to = at + aisp_tabular__le32(f->p + at);
	return to != at && in(f, to, 4) ? to : 0;
}

size_t aisp_flat_table(const struct aisp_flat *f, size_t table, unsigned id)
{
	return follow(f, aisp_flat_field(f, table, id));
}

struct aisp_flat_vec aisp_flat_vector(const struct aisp_flat *f, size_t table, unsigned id, unsigned size)
{
	struct aisp_flat_vec v = {0, 0};
	size_t at = aisp_flat_table(f, table, id);

	if (!at)
		return v;
	uint32_t n = aisp_tabular__le32(f->p + at);
	if (!in(f, at + 4, (size_t)n * size))
		return v;
	v.at = at + 4;
	v.n = n;
	return v;
}

struct aisp_slice aisp_flat_string(const struct aisp_flat *f, size_t table, unsigned id)
{
	struct aisp_flat_vec v = aisp_flat_vector(f, table, id, 1);

	return v.n ? aisp_slice_of((const char *)f->p + v.at, v.n) : AISP_S("");
}

size_t aisp_flat_element(const struct aisp_flat *f, struct aisp_flat_vec v, uint32_t i)
{
	return i < v.n ? follow(f, v.at + (size_t)4 * i) : 0;
}

/* ---- the schema ---- */
static struct aisp_arrow_kind kind_of(const struct aisp_flat *f, size_t field)
{
	struct aisp_arrow_kind k = {.type = (uint8_t)aisp_flat_int(f, field, 2, 1, 0)};
	size_t type = aisp_flat_table(f, field, 3);

	switch (k.type) {
	case AISP_AR_INT:
		k.bits = (int32_t)aisp_flat_int(f, type, 0, 4, 0);
		k.is_signed = aisp_flat_int(f, type, 1, 1, 0) != 0;
		break;
	case AISP_AR_FLOAT:
		k.bits = 16 << (aisp_flat_int(f, type, 0, 2, 0) & 3);
		break;
	case AISP_AR_DECIMAL:
		k.scale = (int32_t)aisp_flat_int(f, type, 1, 4, 0);
		k.bits = (int32_t)aisp_flat_int(f, type, 2, 4, 128);
		break;
	case AISP_AR_DATE:
		k.unit = (int32_t)aisp_flat_int(f, type, 0, 2, 1);
		k.bits = k.unit == 0 ? 32 : 64;
		break;
	case AISP_AR_TIME:
		k.unit = (int32_t)aisp_flat_int(f, type, 0, 2, 1);
		k.bits = (int32_t)aisp_flat_int(f, type, 1, 4, 32);
		break;
	case AISP_AR_TIMESTAMP:
	case AISP_AR_DURATION:
		k.unit = (int32_t)aisp_flat_int(f, type, 0, 2, k.type == AISP_AR_DURATION ? 1 : 0);
		k.bits = 64;
		break;
	case AISP_AR_INTERVAL:
		k.unit = (int32_t)aisp_flat_int(f, type, 0, 2, 0);
		k.bits = k.unit == 0 ? 32 : k.unit == 1 ? 64 : 128;
		break;
	case AISP_AR_UNION:
		k.unit = (int32_t)aisp_flat_int(f, type, 0, 2, 0);
		break;
	case AISP_AR_FIXED_BINARY:
	case AISP_AR_FIXED_LIST:
		k.width = (int32_t)aisp_flat_int(f, type, 0, 4, 0);
		break;
	default:
		break;
	}
	return k;
}

static const char *type_name(const struct aisp_arrow_kind *k)
{
	static const char *const names[] = {"", "null", "int", "float", "binary", "string", "bool", "decimal", "date", "time", "timestamp", "interval", "list", "struct", "union",
					    "binary", "list", "map", "duration", "binary", "string", "list", "run_end", "binary", "string", "list", "list"};

	if (k->type == AISP_AR_INT)
		return k->bits == 64 ? "int64" : k->bits == 32 ? "int32" : k->bits == 16 ? "int16" : "int8";
	return k->type < sizeof names / sizeof *names ? names[k->type] : "";
}

struct schema_reader {
	struct aisp_tabular__tab *t;
	struct aisp_tabular__table *table;
	const struct aisp_flat *f;
	char path[512];
	uint32_t fields;
};

static bool nested(uint8_t type)
{
	return type == AISP_AR_LIST || type == AISP_AR_STRUCT || type == AISP_AR_UNION || type == AISP_AR_FIXED_LIST || type == AISP_AR_MAP || type == AISP_AR_LARGE_LIST ||
	       type == AISP_AR_RUN_END || type == AISP_AR_LIST_VIEW || type == AISP_AR_LARGE_LIST_VIEW;
}

/* unnamed: the element of a list, whose name ("item") says nothing. */
static int read_field(struct schema_reader *x, size_t at, size_t path, bool unnamed, unsigned depth, struct aisp_arrow_field *ret)
{
	const struct aisp_flat *f = x->f;
	bool nomem = false;

	if (depth > DEPTH || ++x->fields > MAX_FIELDS)
		return aisp_fail(x->t->err, AISP_E_LIMIT, "the schema is too deep or too large");
	ret->name = aisp_flat_string(f, at, 0);
	ret->kind = kind_of(f, at);
	if (!unnamed && path + ret->name.n + 1 < sizeof x->path) {
		if (path)
			x->path[path++] = '.';
		if (ret->name.n)
			memcpy(x->path + path, ret->name.p, ret->name.n);
		path += ret->name.n;
	}
	size_t dictionary = aisp_flat_table(f, at, 4);
	if (dictionary) {
		size_t index = aisp_flat_table(f, dictionary, 1);
		ret->dictionary = true;
		ret->dictionary_id = aisp_flat_int(f, dictionary, 0, 8, 0);
		ret->index = (struct aisp_arrow_kind){.type = AISP_AR_INT, .bits = index ? (int32_t)aisp_flat_int(f, index, 0, 4, 32) : 32, .is_signed = !index || aisp_flat_int(f, index, 1, 1, 0)};
	}
	if (dictionary || !nested(ret->kind.type)) {
		ret->column = aisp_tabular__column_new(x->t, x->table, aisp_slice_of(x->path, path), aisp_slice_z(type_name(&ret->kind)), &nomem);
		return nomem ? aisp_tabular__nomem(x->t) : 0;
	}
	struct aisp_flat_vec children = aisp_flat_vector(f, at, 5, 4);
	bool list = ret->kind.type != AISP_AR_STRUCT && ret->kind.type != AISP_AR_UNION;
	ret->children = aisp_arena_zalloc(x->t->scratch, children.n ? children.n : 1, sizeof *ret->children);
	if (!ret->children)
		return aisp_tabular__nomem(x->t);
	int r = 0;
	for (; ret->n_children < children.n && r == 0; ret->n_children++)
		r = read_field(x, aisp_flat_element(f, children, ret->n_children), path, list, depth + 1, &ret->children[ret->n_children]);
	return r;
}

int aisp_arrow__schema(struct aisp_tabular__tab *t, struct aisp_tabular__table *table, const struct aisp_flat *f, size_t at, struct aisp_arrow_schema *ret)
{
	struct schema_reader x = {.t = t, .table = table, .f = f};
	struct aisp_flat_vec fields = aisp_flat_vector(f, at, 1, 4), meta = aisp_flat_vector(f, at, 2, 4);
	int r = 0;

	if (aisp_flat_int(f, at, 0, 2, 0) != 0)
		return aisp_fail(t->err, AISP_E_PARSE, "big-endian Arrow data");
	ret->fields = aisp_arena_zalloc(t->scratch, fields.n ? fields.n : 1, sizeof *ret->fields);
	if (!ret->fields)
		return aisp_tabular__nomem(t);
	for (ret->n = 0; ret->n < fields.n && r == 0; ret->n++)
		r = read_field(&x, aisp_flat_element(f, fields, ret->n), 0, false, 0, &ret->fields[ret->n]);
	for (uint32_t i = 0; i < meta.n && i < 64 && r == 0; i++) {
		size_t pair = aisp_flat_element(f, meta, i);
		r = aisp_tabular__metadata(t, aisp_flat_string(f, pair, 0), aisp_flat_string(f, pair, 1));
	}
	return r;
}
