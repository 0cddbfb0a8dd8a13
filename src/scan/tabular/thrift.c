/* Thrift's compact protocol, reading only (thrift-compact-protocol.md of Apache Thrift). */
#include "scan/tabular/thrift.h"

static uint64_t varint(struct aisp_thrift *t)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 64 && t->p < t->end; shift += 7) {
		uint8_t b = *t->p++;
		v |= (uint64_t)(b & 0x7f) << shift;
		if (!(b & 0x80))
			return v;
	}
	t->bad = true;
	return 0;
}

static int64_t zigzag(uint64_t v)
{
	return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

bool aisp_thrift_next(struct aisp_thrift *t, struct aisp_thrift_field *f)
{
	if (t->bad || t->p >= t->end) {
		t->bad = true;
		return false;
	}
	uint8_t b = *t->p++;
	if (b == 0)
		return false;
	f->type = b & 15;
	int id = b >> 4 ? f->id + (b >> 4) : (int)(int16_t)zigzag(varint(t));
	f->id = id > 32767 ? 32767 : id;
	return !t->bad;
}

int64_t aisp_thrift_int(struct aisp_thrift *t, int type)
{
	if (type == AISP_THRIFT_TRUE || type == AISP_THRIFT_FALSE)
		return type == AISP_THRIFT_TRUE;
	if (type == AISP_THRIFT_BYTE) {
		if (t->p >= t->end) {
			t->bad = true;
			return 0;
		}
		return (int8_t)*t->p++;
	}
	if (type < AISP_THRIFT_I16 || type > AISP_THRIFT_I64) {
		aisp_thrift_skip(t, type, 0);
		return 0;
	}
	return zigzag(varint(t));
}

struct aisp_slice aisp_thrift_binary(struct aisp_thrift *t)
{
	uint64_t n = varint(t);

	if (t->bad || n > (uint64_t)(t->end - t->p)) {
		t->bad = true;
		return aisp_slice_of(NULL, 0);
	}
	struct aisp_slice s = aisp_slice_of((const char *)t->p, (size_t)n);
	t->p += n;
	return s;
}

uint32_t aisp_thrift_list(struct aisp_thrift *t, int *ret_type)
{
	*ret_type = 0;
	if (t->p >= t->end) {
		t->bad = true;
		return 0;
	}
	uint8_t b = *t->p++;
	uint64_t n = b >> 4 == 15 ? varint(t) : (uint64_t)(b >> 4);
	*ret_type = b & 15;
	if (t->bad || n > (uint64_t)(t->end - t->p)) {
		t->bad |= n > 0;
		return 0;
	}
	return (uint32_t)n;
}

static void skip_map(struct aisp_thrift *t, unsigned depth)
{
	uint64_t n = varint(t);

	if (n == 0 || t->bad || t->p >= t->end)
		return;
	uint8_t types = *t->p++;
	if (n > (uint64_t)(t->end - t->p)) {
		t->bad = true;
		return;
	}
	for (uint64_t i = 0; i < n && !t->bad; i++) {
		aisp_thrift_skip(t, types >> 4, depth + 1);
		aisp_thrift_skip(t, types & 15, depth + 1);
	}
}

void aisp_thrift_skip(struct aisp_thrift *t, int type, unsigned depth)
{
	struct aisp_thrift_field f = {0, 0};
	int item;
	uint32_t n;

	if (depth > 24)
		t->bad = true;
	if (t->bad)
		return;
	switch (type) {
	case AISP_THRIFT_TRUE:
	case AISP_THRIFT_FALSE:
		return;
	case AISP_THRIFT_BYTE:
	case AISP_THRIFT_DOUBLE: {
		size_t size = type == AISP_THRIFT_BYTE ? 1 : 8;
		t->bad |= (size_t)(t->end - t->p) < size;
		if (!t->bad)
			t->p += size;
		return;
	}
	case AISP_THRIFT_I16:
	case AISP_THRIFT_I32:
	case AISP_THRIFT_I64:
		(void)varint(t);
		return;
	case AISP_THRIFT_BINARY:
		(void)aisp_thrift_binary(t);
		return;
	case AISP_THRIFT_LIST:
	case AISP_THRIFT_SET:
		n = aisp_thrift_list(t, &item);
		/* A bool in a list is one byte. */
		if (item == AISP_THRIFT_TRUE || item == AISP_THRIFT_FALSE)
			item = AISP_THRIFT_BYTE;
		for (uint32_t i = 0; i < n && !t->bad; i++)
			aisp_thrift_skip(t, item, depth + 1);
		return;
	case AISP_THRIFT_MAP:
		skip_map(t, depth);
		return;
	case AISP_THRIFT_STRUCT:
		while (aisp_thrift_next(t, &f))
			aisp_thrift_skip(t, f.type, depth + 1);
		return;
	default:
		t->bad = true;
	}
}
