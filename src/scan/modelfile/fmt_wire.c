/* Walkers for protobuf's wire format and for flatbuffers, as several model formats use them. Every step is checked against
 * the bounds; a field number or a type that does not exist ends the walk as broken.
 */
#include "scan/modelfile/fmt.h"

struct aisp_pb aisp_pb__of(struct aisp_slice s)
{
	struct aisp_pb pb = {.s = s};

	return pb;
}

/* At most ten bytes, the form every protobuf reader takes. */
static bool varint(struct aisp_slice *s, uint64_t *ret)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < 10 && i < s->n; i++) {
		unsigned char c = (unsigned char)s->p[i];

		v |= (uint64_t)(c & 0x7f) << (7 * i);
		if (!(c & 0x80)) {
			*s = aisp_slice_from(*s, i + 1);
			*ret = v;
			return true;
		}
	}
	return false;
}

bool aisp_pb__next(struct aisp_pb *pb)
{
	uint64_t key, n = 0;

	if (!pb->s.n || pb->broken)
		return false;
	pb->broken = true;
	if (!varint(&pb->s, &key) || key >> 3 == 0 || key >> 3 > 0x1fffffff)
		return false;
	pb->field = (uint32_t)(key >> 3);
	pb->wire = key & 7;
	pb->bytes = aisp_slice_of(NULL, 0);
	pb->value = 0;
	switch (pb->wire) {
	case 0:
		if (!varint(&pb->s, &pb->value))
			return false;
		break;
	case 1:
	case 5:
		n = pb->wire == 1 ? 8 : 4;
		if (pb->s.n < n)
			return false;
		pb->value = n == 8 ? aisp_le64(pb->s.p) : aisp_le32(pb->s.p);
		break;
	case 2:
		if (!varint(&pb->s, &n) || n > pb->s.n)
			return false;
		pb->bytes = aisp_slice_to(pb->s, (size_t)n);
		break;
	default:
		return false; /* groups are not in any of these formats */
	}
	pb->s = aisp_slice_from(pb->s, (size_t)n);
	pb->broken = false;
	return true;
}

struct aisp_slice aisp_pb__bytes(struct aisp_slice msg, uint32_t field)
{
	struct aisp_pb pb = aisp_pb__of(msg);

	while (aisp_pb__next(&pb))
		if (pb.field == field && pb.wire == 2)
			return pb.bytes;
	return aisp_slice_of(NULL, 0);
}

uint64_t aisp_pb__u64(struct aisp_slice msg, uint32_t field, uint64_t otherwise)
{
	struct aisp_pb pb = aisp_pb__of(msg);

	while (aisp_pb__next(&pb))
		if (pb.field == field && pb.wire == 0)
			return pb.value;
	return otherwise;
}

bool aisp_pbin__next(struct aisp_model_run *run, struct aisp_pbin *pb)
{
	char head[24];
	struct aisp_slice s, start;
	uint64_t key, left = pb->end - pb->pos;
	size_t want = left < sizeof head ? (size_t)left : sizeof head;

	if (pb->broken || !left)
		return false;
	pb->broken = true;
	if (!aisp_model__read(run, pb->in, pb->pos, head, want))
		return false;
	start = s = aisp_slice_of(head, want);
	if (!varint(&s, &key) || key >> 3 == 0 || key >> 3 > 0x1fffffff)
		return false;
	pb->field = (uint32_t)(key >> 3);
	pb->wire = key & 7;
	pb->n = pb->at = pb->value = 0;
	if (pb->wire == 0) {
		if (!varint(&s, &pb->value))
			return false;
	} else if (pb->wire == 1 || pb->wire == 5) {
		size_t n = pb->wire == 1 ? 8 : 4;

		if (s.n < n)
			return false;
		pb->value = n == 8 ? aisp_le64(s.p) : aisp_le32(s.p);
		s = aisp_slice_from(s, n);
	} else if (pb->wire == 2) {
		if (!varint(&s, &pb->n))
			return false;
	} else {
		return false;
	}
	pb->at = pb->pos + (start.n - s.n);
	if (pb->n > pb->end - pb->at)
		return false;
	pb->pos = pb->at + pb->n;
	pb->broken = false;
	return true;
}

struct aisp_pb_look aisp_pb__look(const struct aisp_input *in)
{
	struct aisp_pb_look look = {.ok = true};
	struct aisp_pbin pb = {.in = in, .end = in->size};
	unsigned n = 0;

	look.first_varint = UINT64_MAX;
	while (n++ < 64 && aisp_pbin__next(NULL, &pb)) {
		struct aisp_input part = aisp_input_part(in, pb.at, pb.n);

		look.high |= pb.field >= 200 && pb.field < 1000;
		if (pb.field < 64) {
			look.seen |= 1ull << pb.field;
			look.bytes |= pb.wire == 2 ? 1ull << pb.field : 0;
		}
		if (pb.field == 1 && pb.wire == 0)
			look.first_varint = pb.value;
		if (pb.wire == 2 && pb.field == 1 && !look.f1.size)
			look.f1 = part;
		if (pb.wire == 2 && pb.field == 2 && !look.f2.size)
			look.f2 = part;
		if (pb.wire == 2 && pb.field == 7 && !look.f7.size)
			look.f7 = part;
	}
	/* A message with a wrong end still is one: judged by what was before. */
	look.ok = n > (pb.broken ? 3u : 1u) && !(look.seen & 1);
	return look;
}

uint32_t aisp_fb__root(const struct aisp_fb *fb)
{
	uint32_t at = fb->s.n >= 8 ? aisp_le32(fb->s.p) : 0;

	return at >= 4 && fb->s.n >= 4 && at <= fb->s.n - 4 ? at : 0;
}

/* Where field `slot` of the table is; 0 when absent. `size`: bytes that must be there. */
static uint32_t slot_at(const struct aisp_fb *fb, uint32_t table, unsigned slot, uint32_t size)
{
	int64_t vtable;
	uint32_t vsize, off;

	if (table < 4 || table > fb->s.n || fb->s.n - table < 4)
		return 0;
	vtable = (int64_t)table - (int32_t)aisp_le32(fb->s.p + table);
	if (vtable < 0 || (uint64_t)vtable + 4 > fb->s.n)
		return 0;
	vsize = aisp_le16(fb->s.p + vtable);
	if (4 + 2 * slot + 2 > vsize || (uint64_t)vtable + 4 + 2 * slot + 2 > fb->s.n)
		return 0;
	off = aisp_le16(fb->s.p + vtable + 4 + 2 * slot);
	if (!off || (uint64_t)table + off + size > fb->s.n)
		return 0;
	return table + off;
}

static uint32_t follow(const struct aisp_fb *fb, uint32_t at)
{
	uint64_t to;

	if (!at)
		return 0;
	to = (uint64_t)at + aisp_le32(fb->s.p + at);
	return to > at && to + 4 <= fb->s.n ? (uint32_t)to : 0;
}

uint32_t aisp_fb__table(const struct aisp_fb *fb, uint32_t table, unsigned slot)
{
	return follow(fb, slot_at(fb, table, slot, 4));
}

uint32_t aisp_fb__vector(const struct aisp_fb *fb, uint32_t table, unsigned slot, uint32_t *ret_n)
{
	uint32_t at = follow(fb, slot_at(fb, table, slot, 4));

	*ret_n = at ? aisp_le32(fb->s.p + at) : 0;
	if (*ret_n > fb->s.n)
		*ret_n = 0;
	return *ret_n ? at + 4 : 0;
}

struct aisp_slice aisp_fb__string(const struct aisp_fb *fb, uint32_t table, unsigned slot)
{
	uint32_t n, at = aisp_fb__vector(fb, table, slot, &n);

	return at && n <= fb->s.n - at ? aisp_slice_of(fb->s.p + at, n) : aisp_slice_of(NULL, 0);
}

uint32_t aisp_fb__item(const struct aisp_fb *fb, uint32_t first, uint32_t n, uint32_t i)
{
	uint64_t at = (uint64_t)first + (uint64_t)i * 4;

	return first && i < n && at + 4 <= fb->s.n ? follow(fb, (uint32_t)at) : 0;
}

int32_t aisp_fb__i32(const struct aisp_fb *fb, uint32_t table, unsigned slot, int32_t otherwise)
{
	uint32_t at = slot_at(fb, table, slot, 4);

	return at ? (int32_t)aisp_le32(fb->s.p + at) : otherwise;
}

int8_t aisp_fb__i8(const struct aisp_fb *fb, uint32_t table, unsigned slot, int8_t otherwise)
{
	uint32_t at = slot_at(fb, table, slot, 1);

	return at ? (int8_t)fb->s.p[at] : otherwise;
}
