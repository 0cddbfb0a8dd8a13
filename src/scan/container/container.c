/* Containers: telling the form, the walk that all forms share, and streams that hold one content. */
#include "scan/container/container_int.h"
#include "base/mem.h"
#include <zlib.h>

enum { HEAD = 512, CRC_STORED_MAX = 1 << 20 };

const char *aisp_container_form_name(enum aisp_container_form f)
{
	static const char *const names[] = {"none", "zip", "tar", "gzip", "bzip2", "xz", "zstd", "lz4", "zlib", "7z", "other"};

	return (unsigned)f < sizeof names / sizeof *names ? names[f] : "none";
}

const char *aisp_container_oddity_name(unsigned bit)
{
	static const char *const names[] = {
#define X(sym, name) name,
		AISP_CONTAINER_ODDITIES(X)
#undef X
	};
	return bit < AISP_CONTAINER_BIT_END ? names[bit] : "";
}

bool aisp_container__escapes(struct aisp_slice name)
{
	struct aisp_slice part, rest = name;

	if (name.n == 0)
		return false;
	if (name.p[0] == '/' || name.p[0] == '\\' || (name.n > 1 && name.p[1] == ':'))
		return true;
	while (aisp_slice_split(&rest, '/', &part)) {
		struct aisp_slice inner = part, piece;
		while (aisp_slice_split(&inner, '\\', &piece))
			if (aisp_slice_eqz(piece, ".."))
				return true;
	}
	return false;
}

/* ---- detect ---- */

static bool is_zlib(const struct aisp_input *in, struct aisp_slice head)
{
	if (head.n < 8 || (head.p[0] & 0x0f) != 8 || ((unsigned char)head.p[0] >> 4) > 7 ||
	    (((unsigned)(unsigned char)head.p[0] << 8 | (unsigned char)head.p[1]) % 31) != 0 || (head.p[1] & 0x20))
		return false;
	/* Two bytes say little: some content must come out of it. */
	struct aisp_unpacked u = {0};
	struct aisp_input begin = aisp_input_part(in, 0, 4096);
	int r = aisp_container__unpack(AISP_CONTAINER_DEFLATE_ZLIB, &begin, 64 << 10, 1u << 30, &u, NULL);
	bool ok = r == 0 && !u.broken && u.out.n > 0;
	aisp_buf_done(&u.out);
	return ok;
}

enum aisp_container_form aisp_container_detect_head(const struct aisp_input *in)
{
	static const struct {
		struct aisp_slice magic;
		enum aisp_container_form form;
	} rows[] = {
		{{"PK\3\4", 4}, AISP_CONTAINER_ZIP},
		{{"PK\5\6", 4}, AISP_CONTAINER_ZIP},
		{{"\x1f\x8b\x08", 3}, AISP_CONTAINER_GZIP},
		{{"\xfd" "7zXZ\0", 6}, AISP_CONTAINER_XZ},
		{{"\x5d\0\0", 3}, AISP_CONTAINER_XZ},
		{{"\x28\xb5\x2f\xfd", 4}, AISP_CONTAINER_ZSTD},
		{{"\x04\x22\x4d\x18", 4}, AISP_CONTAINER_LZ4},
		{{"7z\xbc\xaf\x27\x1c", 6}, AISP_CONTAINER_7Z},
	};
	char bytes[HEAD];
	size_t n = 0;

	if (aisp_input_read_some(in, 0, bytes, sizeof bytes, &n, NULL) < 0)
		return AISP_CONTAINER_NONE;
	struct aisp_slice head = aisp_slice_of(bytes, n);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (aisp_slice_starts(head, rows[i].magic))
			return rows[i].form;
	if (n >= 10 && memcmp(bytes, "BZh", 3) == 0 && bytes[3] >= '1' && bytes[3] <= '9' &&
	    (memcmp(bytes + 4, "1AY&SY", 6) == 0 || memcmp(bytes + 4, "\x17\x72\x45\x38\x50\x90", 6) == 0))
		return AISP_CONTAINER_BZIP2;
	if (aisp_container__is_tar(in, 0))
		return AISP_CONTAINER_TAR;
	if (aisp_container__is_other(in, head))
		return AISP_CONTAINER_OTHER;
	return is_zlib(in, head) ? AISP_CONTAINER_ZLIB : AISP_CONTAINER_NONE;
}

enum aisp_container_form aisp_container_detect(const struct aisp_input *in)
{
	enum aisp_container_form form = aisp_container_detect_head(in);
	uint64_t end;

	return form == AISP_CONTAINER_NONE && aisp_container__zip_end(in, &end) ? AISP_CONTAINER_ZIP : form;
}

/* ---- handing out ---- */

static void check_crc(struct aisp_container_member *m, const struct aisp_container_pack *pack, struct aisp_slice content)
{
	if (pack->has_crc && (uint32_t)crc32(0, (const unsigned char *)content.p, (unsigned)content.n) != pack->crc)
		m->oddities |= AISP_ODDITY(BAD_CRC);
}

static int offer_stored(struct aisp_container_walk *w, struct aisp_container_member *m, const struct aisp_container_pack *pack,
                        uint64_t *ret_consumed)
{
	m->stored = true;
	m->input = pack->packed;
	m->size = pack->packed.size;
	if (ret_consumed)
		*ret_consumed = pack->packed.size;
	/* The sum of a large tensor is not worth reading it. */
	if (pack->has_crc && m->size <= CRC_STORED_MAX && !(m->oddities & AISP_ODDITY(TRUNCATED))) {
		struct aisp_buf AISP_AUTOBUF b = {0};
		int r = aisp_input_append(&pack->packed, 0, (size_t)m->size, &b, w->err);
		if (r == AISP_E_NOMEM)
			return r;
		if (r == 0)
			check_crc(m, pack, aisp_buf_slice(&b));
	}
	return w->sink(w->ctx, m);
}

static int offer_packed(struct aisp_container_walk *w, struct aisp_container_member *m, const struct aisp_container_pack *pack,
                        uint64_t *ret_consumed)
{
	struct aisp_unpacked u = {0};
	uint64_t left = w->limits.max_total - w->total;
	int r = aisp_container__unpack(pack->method, &pack->packed, left < w->limits.max_member ? left : w->limits.max_member,
	                               w->limits.max_ratio, &u, w->err);
	if (r == 0) {
		m->input = aisp_input_mem(aisp_buf_slice(&u.out));
		m->oddities |= (u.cut ? AISP_ODDITY(RATIO) : 0) | (u.truncated || u.broken ? AISP_ODDITY(TRUNCATED) : 0);
		if (u.out.n == 0 && (u.broken || u.truncated))
			m->why_not = pack->encrypted ? AISP_E_ACCESS : AISP_E_PARSE;
		if (!u.cut && !u.broken && !u.truncated) {
			m->size = u.out.n;
			check_crc(m, pack, aisp_buf_slice(&u.out));
		}
		w->total += u.out.n;
		w->oddities |= m->oddities;
		if (ret_consumed)
			*ret_consumed = u.consumed;
		r = w->sink(w->ctx, m);
	}
	aisp_buf_done(&u.out);
	return r;
}

int aisp_container__offer(struct aisp_container_walk *w, struct aisp_container_member *m, const struct aisp_container_pack *pack,
                          uint64_t *ret_consumed)
{
	if (ret_consumed)
		*ret_consumed = 0;
	if (w->members >= w->limits.max_members)
		return aisp_fail(w->err, AISP_E_LIMIT, "more than %u members", w->limits.max_members);
	w->members++;
	w->oddities |= m->oddities;
	if (aisp_container__escapes(m->name))
		m->oddities |= AISP_ODDITY(ESCAPES);
	if (w->wanted && !w->wanted(w->ctx, m))
		return 0;
	if (pack->method == AISP_CONTAINER_STORE)
		return offer_stored(w, m, pack, ret_consumed);
	if (pack->method == AISP_CONTAINER_UNKNOWN_METHOD) {
		m->oddities |= AISP_ODDITY(METHOD);
		m->why_not = AISP_E_PARSE;
		w->oddities |= m->oddities;
		return w->sink(w->ctx, m);
	}
	if (w->total >= w->limits.max_total) {
		w->oddities |= AISP_ODDITY(RATIO);
		return aisp_fail(w->err, AISP_E_LIMIT, "unpacks to more than %llu bytes", (unsigned long long)w->limits.max_total);
	}
	return offer_packed(w, m, pack, ret_consumed);
}

static int one_stream(struct aisp_container_walk *w, enum aisp_container_method method)
{
	struct aisp_container_member m = {.name = AISP_S("")};
	struct aisp_container_pack pack = {.method = method, .packed = *w->in};
	uint64_t consumed = 0;
	int r = aisp_container__offer(w, &m, &pack, &consumed);

	if (r == 0 && !(w->oddities & AISP_ODDITY(RATIO)) && consumed && consumed < w->in->size)
		w->oddities |= AISP_ODDITY(TRAILING);
	if (r == 0 && m.why_not == AISP_E_PARSE)
		return aisp_fail(w->err, AISP_E_PARSE, "nothing could be unpacked");
	return r;
}

static int each(struct aisp_container_walk *w, enum aisp_container_form form)
{
	switch (form) {
	case AISP_CONTAINER_ZIP:
		return aisp_container__zip(w);
	case AISP_CONTAINER_TAR:
		return aisp_container__tar(w);
	case AISP_CONTAINER_GZIP:
		return one_stream(w, AISP_CONTAINER_DEFLATE_GZIP);
	case AISP_CONTAINER_BZIP2:
		return one_stream(w, AISP_CONTAINER_BZ2);
	case AISP_CONTAINER_XZ:
		return one_stream(w, AISP_CONTAINER_LZMA_XZ);
	case AISP_CONTAINER_ZSTD:
		return one_stream(w, AISP_CONTAINER_ZSTANDARD);
	case AISP_CONTAINER_LZ4:
		return one_stream(w, AISP_CONTAINER_LZ4_FRAME);
	case AISP_CONTAINER_ZLIB:
		return one_stream(w, AISP_CONTAINER_DEFLATE_ZLIB);
	case AISP_CONTAINER_7Z:
	case AISP_CONTAINER_OTHER:
		return aisp_container__other(w);
	case AISP_CONTAINER_NONE:
		break;
	}
	return aisp_fail(w->err, AISP_E_PARSE, "no container");
}

int aisp_container_each(const struct aisp_input *in, enum aisp_container_form form, const struct aisp_container_limits *limits,
                        bool (*wanted)(void *ctx, const struct aisp_container_member *m), aisp_container_sink *sink, void *ctx,
                        unsigned *ret_oddities, struct aisp_err *err)
{
	struct aisp_container_walk w = {.in = in, .wanted = wanted, .sink = sink, .ctx = ctx, .err = err};

	if (limits)
		w.limits = *limits;
	if (!w.limits.max_member)
		w.limits.max_member = 64 << 20;
	if (!w.limits.max_total)
		w.limits.max_total = 1 << 30;
	if (!w.limits.max_members)
		w.limits.max_members = 100000;
	if (!w.limits.max_ratio)
		w.limits.max_ratio = 1000;
	int r = each(&w, form);
	if (ret_oddities)
		*ret_oddities = w.oddities;
	return r;
}
