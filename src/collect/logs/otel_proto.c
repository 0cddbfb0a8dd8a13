/* OTLP protobuf: ExportTraceServiceRequest, by an own reader of the wire format: bounded, no recursion beyond the five levels that the message has.
 * https://protobuf.dev/programming-guides/encoding/, opentelemetry/proto/trace/v1/trace.proto
 *
 *   ExportTraceServiceRequest.1 ResourceSpans { 1 Resource { 1 KeyValue }, 2 ScopeSpans { 2 Span } }
 *   Span { 1 trace_id, 2 span_id, 4 parent_span_id, 5 name, 6 kind, 7 start_time_unix_nano (fixed64), 9 KeyValue, 15 Status { 3 code } }     KeyValue { 1 key, 2 AnyValue { 1 string, 3 int } } */
#include "collect/logs/otel_int.h"

struct field {
	uint32_t number, wire; /* wire: 0 varint, 1 fixed 64, 2 bytes, 5 fixed 32 */
	uint64_t n;
	struct aisp_slice bytes;
};

/* A varint: bytes used, 0 when it is not whole, SIZE_MAX when it is none. */
static size_t varint(struct aisp_slice s, uint64_t *ret)
{
	uint64_t v = 0;

	for (size_t i = 0; i < 10; i++) {
		if (i >= s.n)
			return 0;
		v |= (uint64_t)((unsigned char)s.p[i] & 0x7f) << (7 * i);
		if (!((unsigned char)s.p[i] & 0x80)) {
			*ret = v;
			return i == 9 && (unsigned char)s.p[i] > 1 ? SIZE_MAX : i + 1;
		}
	}
	return SIZE_MAX;
}
/* The next field of a message: 1, 0 at its end, AISP_E_PARSE when it is broken. */
static int next(struct aisp_slice *m, struct field *f)
{
	uint64_t tag, n = 0;
	size_t used;

	if (!m->n)
		return 0;
	used = varint(*m, &tag);
	if (!used || used == SIZE_MAX || tag >> 3 == 0 || tag >> 3 > 0x1fffffff)
		return AISP_E_PARSE;
	*m = aisp_slice_from(*m, used);
	*f = (struct field){.number = (uint32_t)(tag >> 3), .wire = (uint32_t)(tag & 7)};
	if (f->wire == 0 || f->wire == 2) {
		used = varint(*m, &n);
		if (!used || used == SIZE_MAX)
			return AISP_E_PARSE;
		*m = aisp_slice_from(*m, used);
		f->n = n;
		n = f->wire == 2 ? n : 0;
	} else if (f->wire == 1 || f->wire == 5) {
		n = f->wire == 1 ? 8 : 4;
		for (size_t i = 0; i < n && i < m->n; i++)
			f->n |= (uint64_t)(unsigned char)m->p[i] << (8 * i);
	} else {
		return AISP_E_PARSE;
	}
	if (n > m->n)
		return AISP_E_PARSE;
	f->bytes = aisp_slice_to(*m, (size_t)n);
	*m = aisp_slice_from(*m, (size_t)n);
	return 1;
}
static bool bytes(const struct field *f, uint32_t number)
{
	return f->number == number && f->wire == 2;
}
static int attribute(struct aisp_arena *a, struct aisp_slice kv, struct aisp_slice f[OT_FIELDS])
{
	struct aisp_slice key = {NULL, 0}, any = {NULL, 0}, v = {NULL, 0};
	enum aisp_otel_field k;
	struct field x;
	int r;

	while ((r = next(&kv, &x)) > 0) {
		if (bytes(&x, 1))
			key = x.bytes;
		else if (bytes(&x, 2))
			any = x.bytes;
	}
	k = aisp_otel__field(key);
	if (r < 0 || !k)
		return r;
	while ((r = next(&any, &x)) > 0) {
		if (bytes(&x, 1))
			v = x.bytes;
		else if (x.number == 3 && x.wire == 0)
			v = aisp_arena_printf(a, "%lld", (long long)(int64_t)x.n);
	}
	if (r >= 0 && v.n && !f[k].n)
		f[k] = v;
	return r;
}
static struct aisp_slice hex(struct aisp_arena *a, struct aisp_slice trace, struct aisp_slice span)
{
	static const char digit[] = "0123456789abcdef";
	size_t nt = trace.n < 16 ? trace.n : 16, ns = span.n < 16 ? span.n : 16, o = 0;
	char *to = aisp_arena_alloc(a, (nt + ns) * 2 + 1);

	if (!to)
		return aisp_slice_of("", 0);
	for (size_t i = 0; i < nt + ns; i++) {
		unsigned char c = (unsigned char)(i < nt ? trace.p[i] : span.p[i - nt]);

		to[o++] = digit[c >> 4];
		to[o++] = digit[c & 15];
	}
	return aisp_slice_of(to, o);
}
static int span(struct aisp_otel_ctx *c, struct aisp_slice m, const struct aisp_slice resource[OT_FIELDS])
{
	struct aisp_slice trace = {NULL, 0}, id = {NULL, 0}, parent = {NULL, 0}, status;
	struct aisp_otel_span s = {0};
	struct field x, y;
	int r;

	memcpy(s.f, resource, sizeof s.f);
	while ((r = next(&m, &x)) > 0) {
		if (bytes(&x, 1))
			trace = x.bytes;
		else if (bytes(&x, 2))
			id = x.bytes;
		else if (bytes(&x, 4))
			parent = x.bytes;
		else if (bytes(&x, 5))
			s.name = x.bytes;
		else if (x.number == 6 && x.wire == 0)
			s.kind = (int64_t)(x.n & 7);
		else if (x.number == 7 && x.wire == 1)
			s.at_us = (int64_t)(x.n / 1000);
		else if (bytes(&x, 9) && attribute(c->p->record, x.bytes, s.f) < 0)
			return AISP_E_PARSE;
		else if (bytes(&x, 15))
			for (status = x.bytes; next(&status, &y) > 0;)
				s.status = y.number == 3 && y.wire == 0 ? (int64_t)(y.n & 3) : s.status;
	}
	if (r < 0)
		return r;
	s.key = aisp_otel__key(trace, id);
	s.parent = aisp_otel__key(trace, parent);
	s.id = hex(c->p->record, trace, id);
	return aisp_otel__span(c, &s);
}
static int resource_spans(struct aisp_otel_ctx *c, struct aisp_slice m)
{
	struct aisp_slice all = m, inner, resource[OT_FIELDS] = {0};
	struct field x, y;
	int r;

	while ((r = next(&m, &x)) > 0) /* the resource may stand behind its spans */
		if (bytes(&x, 1))
			for (inner = x.bytes; next(&inner, &y) > 0;)
				if (bytes(&y, 1) && attribute(c->p->record, y.bytes, resource) < 0)
					return AISP_E_PARSE;
	if (r < 0)
		return r;
	while (next(&all, &x) > 0) {
		if (!bytes(&x, 2))
			continue;
		inner = x.bytes;
		while ((r = next(&inner, &y)) > 0) {
			if (bytes(&y, 2))
				r = span(c, y.bytes, resource);
			if (r < 0)
				return r;
		}
		if (r < 0)
			return r;
	}
	return 0;
}
int aisp_log__otelpb_record(struct aisp_log_parser *p, struct aisp_slice text, const struct aisp_doc *doc, aisp_use_sink *sink, void *ctx, struct aisp_err *err)
{
	struct aisp_otel_ctx c = {p, sink, ctx, err, 0};
	struct field x;
	int r = aisp_otel__begin(&c), settled;

	(void)doc;
	if (r < 0)
		return r;
	while ((r = next(&text, &x)) > 0) {
		if (bytes(&x, 1))
			r = resource_spans(&c, x.bytes);
		if (r < 0)
			break;
	}
	settled = r < 0 && r != AISP_E_PARSE ? r : aisp_otel__settle(&c);
	if (r == AISP_E_PARSE)
		return aisp_fail(err, AISP_E_PARSE, "no ExportTraceServiceRequest: the protobuf message is broken");
	return settled < 0 ? settled : r;
}

/* --- framing --- */

/* Looks like an ExportTraceServiceRequest: field 1, holding ResourceSpans whose first field is a Resource or ScopeSpans with fields of their own. */
static bool is_request(struct aisp_slice s)
{
	uint64_t n;
	size_t used;

	if (s.n < 4 || s.p[0] != 0x0a)
		return false;
	used = varint(aisp_slice_from(s, 1), &n);
	if (!used || used == SIZE_MAX || n > ((uint64_t)1 << 30) || s.n < 1 + used + 2)
		return false;
	s = aisp_slice_from(s, 1 + used); /* ResourceSpans */
	if (n == 0 || (s.p[0] != 0x0a && s.p[0] != 0x12))
		return false;
	used = varint(aisp_slice_from(s, 1), &n);
	if (!used || used == SIZE_MAX || n > ((uint64_t)1 << 30))
		return false;
	s = aisp_slice_from(s, 1 + used); /* Resource or ScopeSpans, may be empty */
	return n == 0 || (s.n && (s.p[0] == 0x0a || s.p[0] == 0x12 || s.p[0] == 0x10));
}
enum aisp_log_pb aisp_log__pb_framing(struct aisp_slice head)
{
	uint64_t n;
	size_t used = varint(head, &n);

	if (head.n > 8 && head.p[0] == 0 && is_request(aisp_slice_from(head, 4)))
		return AISP_LOG_PB_BE32;
	if (is_request(head))
		return AISP_LOG_PB_FIELDS;
	if (used && used != SIZE_MAX && n > 4 && n < ((uint64_t)1 << 30) && is_request(aisp_slice_from(head, used)))
		return AISP_LOG_PB_VARINT;
	return 0;
}
/* One top-level field, tag and all: its length. */
static bool whole_field(struct aisp_slice at, uint64_t *ret_n, bool *ret_broken)
{
	uint64_t tag, len = 0;
	size_t used = varint(at, &tag), body = used && used != SIZE_MAX ? varint(aisp_slice_from(at, used), &len) : used;

	*ret_broken = used == SIZE_MAX || body == SIZE_MAX || (used && (tag & 7) != 2) || len > ((uint64_t)1 << 30);
	*ret_n = *ret_broken ? 0 : used + body + len;
	return used && body && !*ret_broken;
}
bool aisp_log__pb_next(enum aisp_log_pb framing, struct aisp_slice at, size_t *ret_skip, size_t *ret_len)
{
	uint64_t n = 0;
	size_t used;

	*ret_skip = *ret_len = 0;
	if (!at.n)
		return false;
	if (framing == AISP_LOG_PB_BE32) {
		if (at.n < 4)
			return false;
		for (int i = 0; i < 4; i++)
			n = n << 8 | (unsigned char)at.p[i];
		*ret_skip = 4;
	} else if (framing == AISP_LOG_PB_VARINT) {
		used = varint(at, &n);
		if (used == SIZE_MAX)
			*ret_len = SIZE_MAX;
		if (!used || used == SIZE_MAX)
			return false;
		*ret_skip = used;
	} else {
		bool broken;

		if (!whole_field(at, &n, &broken)) {
			*ret_len = broken ? SIZE_MAX : 0;
			return false;
		}
	}
	if (n > ((uint64_t)1 << 30)) {
		*ret_len = SIZE_MAX;
		return false;
	}
	if (n > at.n - *ret_skip)
		return false;
	*ret_len = (size_t)n;
	return true;
}
int aisp_log__otelpb_recognise(struct aisp_slice head)
{
	return aisp_log__pb_framing(head) ? 75 : 0;
}
