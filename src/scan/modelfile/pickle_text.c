/* Symbolic values as text: for messages, and to follow names and data that are put together while loading (joined strings,
 * base64, hex, compressed bytes).
 */
#include "base/mem.h"
#include "scan/container/container.h"
#include "scan/modelfile/pickle_int.h"

enum { DEPTH_MAX = 12, SHOWN_TEXT = 160, SHOWN_KIDS = 6, UNPACKED_MAX = 8 << 20 };

static bool text_at(struct aisp_pickle *p, const struct aisp_pk_val *v, size_t max, struct aisp_buf *to, int depth);

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static void put_utf8(struct aisp_buf *to, uint32_t cp)
{
	if (cp < 0x80) {
		aisp_buf_putc(to, (char)cp);
	} else if (cp < 0x800) {
		aisp_buf_putc(to, (char)(0xc0 | cp >> 6));
		aisp_buf_putc(to, (char)(0x80 | (cp & 0x3f)));
	} else if (cp < 0x10000) {
		aisp_buf_putc(to, (char)(0xe0 | cp >> 12));
		aisp_buf_putc(to, (char)(0x80 | (cp >> 6 & 0x3f)));
		aisp_buf_putc(to, (char)(0x80 | (cp & 0x3f)));
	} else {
		aisp_buf_putc(to, (char)(0xf0 | (cp >> 18 & 7)));
		aisp_buf_putc(to, (char)(0x80 | (cp >> 12 & 0x3f)));
		aisp_buf_putc(to, (char)(0x80 | (cp >> 6 & 0x3f)));
		aisp_buf_putc(to, (char)(0x80 | (cp & 0x3f)));
	}
}

/* \xHH, \uHHHH, \UHHHHHHHH at s.p[0] == the letter: the code point and the length used, or 0. */
static size_t hex_escape(struct aisp_slice s, size_t digits, uint32_t *ret_cp)
{
	uint32_t cp = 0;

	if (s.n < 1 + digits)
		return 0;
	for (size_t i = 1; i <= digits; i++) {
		int d = hex_digit(s.p[i]);
		if (d < 0)
			return 0;
		cp = cp << 4 | (uint32_t)d;
	}
	*ret_cp = cp;
	return 1 + digits;
}

/* What stands behind a backslash in a Python literal. Returns the bytes used. */
static size_t unescape_one(struct aisp_slice s, struct aisp_buf *to)
{
	static const char from[] = "ntrabfv0\\'\"", to_chars[] = "\n\t\r\a\b\f\v\0\\'\"";
	uint32_t cp = 0;
	size_t used = 0;

	if (s.p[0] == 'x')
		used = hex_escape(s, 2, &cp);
	if (used) {
		aisp_buf_putc(to, (char)cp);
		return used;
	}
	if (s.p[0] >= '0' && s.p[0] <= '7') {
		while (used < 3 && used < s.n && s.p[used] >= '0' && s.p[used] <= '7')
			cp = cp * 8 + (uint32_t)(s.p[used++] - '0');
		aisp_buf_putc(to, (char)cp);
		return used;
	}
	const char *at = memchr(from, s.p[0], sizeof from - 1);
	if (at) {
		aisp_buf_putc(to, to_chars[at - from]);
		return 1;
	}
	aisp_buf_putc(to, '\\');
	return 0;
}

static void put_quoted(struct aisp_slice s, struct aisp_buf *to)
{
	s = aisp_slice_trim(s);
	if (s.n >= 2 && (s.p[0] == '\'' || s.p[0] == '"'))
		s = aisp_slice_of(s.p + 1, s.p[s.n - 1] == s.p[0] ? s.n - 2 : s.n - 1);
	for (size_t i = 0; i < s.n;) {
		if (s.p[i] != '\\' || i + 1 == s.n) {
			aisp_buf_putc(to, s.p[i++]);
			continue;
		}
		i += 1 + unescape_one(aisp_slice_from(s, i + 1), to);
	}
}

static void put_unicode_escapes(struct aisp_slice s, struct aisp_buf *to)
{
	for (size_t i = 0; i < s.n;) {
		uint32_t cp;
		size_t used = 0;
		if (s.p[i] == '\\' && i + 1 < s.n && (s.p[i + 1] == 'u' || s.p[i + 1] == 'U'))
			used = hex_escape(aisp_slice_from(s, i + 1), s.p[i + 1] == 'u' ? 4 : 8, &cp);
		if (used) {
			put_utf8(to, cp & 0x1fffff);
			i += 1 + used;
		} else if ((unsigned char)s.p[i] >= 0x80) {
			put_utf8(to, (unsigned char)s.p[i++]);
		} else {
			aisp_buf_putc(to, s.p[i++]);
		}
	}
}

static bool literal(struct aisp_pickle *p, const struct aisp_pk_val *v, size_t max, struct aisp_buf *to)
{
	struct aisp_buf AISP_AUTOBUF raw = {0};
	size_t n = v->n < max ? v->n : max;

	if (v->form == AISP_PK_OWN) {
		aisp_buf_put(to, aisp_slice_of((const char *)(uintptr_t)v->a, n));
		return true;
	}
	if (v->form == AISP_PK_RAW)
		return aisp_input_append(p->in, v->a, n, to, NULL) == 0;
	if (aisp_input_append(p->in, v->a, n, &raw, NULL) < 0)
		return false;
	if (v->form == AISP_PK_QUOTED)
		put_quoted(aisp_buf_slice(&raw), to);
	else
		put_unicode_escapes(aisp_buf_slice(&raw), to);
	return true;
}

/* ---- codecs ---- */

static int base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

static void from_base64(struct aisp_slice s, struct aisp_buf *to)
{
	uint32_t bits = 0;
	int n = 0;

	for (size_t i = 0; i < s.n; i++) {
		int d = base64_digit(s.p[i]);
		if (d < 0)
			continue;
		bits = (bits << 6 | (uint32_t)d) & 0xffffff;
		n += 6;
		if (n >= 8) {
			n -= 8;
			aisp_buf_putc(to, (char)(bits >> n & 0xff));
		}
	}
}

static void from_hex(struct aisp_slice s, struct aisp_buf *to)
{
	int high = -1;

	for (size_t i = 0; i < s.n; i++) {
		int d = hex_digit(s.p[i]);
		if (d < 0)
			continue;
		if (high >= 0)
			aisp_buf_putc(to, (char)(high << 4 | d));
		high = high >= 0 ? -1 : d;
	}
}

/* Text as bytes of code points below 256: how Python 3 writes bytes in protocols 0 to 2. */
static void to_latin1(struct aisp_slice s, struct aisp_buf *to)
{
	while (s.n) {
		uint32_t cp;
		size_t n = aisp_slice_utf8(s, &cp);
		aisp_buf_putc(to, n && cp < 256 ? (char)cp : s.p[0]);
		s = aisp_slice_from(s, n ? n : 1);
	}
}

static void rot13(struct aisp_slice s, struct aisp_buf *to)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (c >= 'a' && c <= 'z')
			c = (char)('a' + (c - 'a' + 13) % 26);
		else if (c >= 'A' && c <= 'Z')
			c = (char)('A' + (c - 'A' + 13) % 26);
		aisp_buf_putc(to, c);
	}
}

static int keep(void *ctx, const struct aisp_container_member *m)
{
	struct aisp_buf *to = ctx;

	return m->input.size ? aisp_input_append(&m->input, 0, (size_t)m->input.size, to, NULL) : 0;
}

static bool unpack(struct aisp_slice s, struct aisp_buf *to)
{
	struct aisp_input in = aisp_input_mem(s);
	enum aisp_container_form form = aisp_container_detect(&in);
	struct aisp_container_limits limits = {.max_member = UNPACKED_MAX, .max_total = UNPACKED_MAX};

	if (form == AISP_CONTAINER_NONE || form == AISP_CONTAINER_ZIP || form == AISP_CONTAINER_TAR)
		return false;
	return aisp_container_each(&in, form, &limits, NULL, keep, to, NULL, NULL) == 0;
}

static bool by_codec(struct aisp_slice codec, struct aisp_slice s, struct aisp_buf *to)
{
	if (aisp_slice_findi(codec, AISP_S("base64")) != SIZE_MAX)
		from_base64(s, to);
	else if (aisp_slice_findi(codec, AISP_S("hex")) != SIZE_MAX)
		from_hex(s, to);
	else if (aisp_slice_findi(codec, AISP_S("rot")) != SIZE_MAX)
		rot13(s, to);
	else if (aisp_slice_findi(codec, AISP_S("latin")) != SIZE_MAX || aisp_slice_findi(codec, AISP_S("8859")) != SIZE_MAX)
		to_latin1(s, to);
	else if (aisp_slice_eqi(codec, AISP_S("zlib")) || aisp_slice_eqi(codec, AISP_S("zip")) || aisp_slice_eqi(codec, AISP_S("bz2")) ||
	         aisp_slice_eqi(codec, AISP_S("zlib_codec")) || aisp_slice_eqi(codec, AISP_S("bz2_codec")))
		return unpack(s, to);
	else
		aisp_buf_put(to, s);
	return true;
}

/* ---- calls that only compute ---- */

static bool join(struct aisp_pickle *p, const struct aisp_pk_node *n, size_t max, struct aisp_buf *to, int depth)
{
	const struct aisp_pk_node *parts = n->n > 1 ? aisp_pk_node(&n->kids[1]) : NULL;

	if (!parts)
		return false;
	for (uint32_t i = 0; i < parts->n; i++)
		if ((i && !text_at(p, &n->kids[0], max, to, depth)) || !text_at(p, &parts->kids[i], max, to, depth))
			return false;
	return true;
}

static bool numbers(const struct aisp_pk_val *v, struct aisp_buf *to)
{
	const struct aisp_pk_node *n = aisp_pk_node(v);

	if (!n || (v->kind != AISP_PK_LIST && v->kind != AISP_PK_TUPLE))
		return false;
	for (uint32_t i = 0; i < n->n; i++)
		if (n->kids[i].kind != AISP_PK_INT)
			return false;
		else
			aisp_buf_putc(to, (char)n->kids[i].a);
	return true;
}

static bool is_one_of(struct aisp_slice name, const char *words)
{
	struct aisp_slice rest = aisp_slice_z(words), one;

	while (aisp_slice_split(&rest, ' ', &one))
		if (aisp_slice_eq(one, name))
			return true;
	return false;
}

static bool decode(struct aisp_pickle *p, struct aisp_slice last, const struct aisp_pk_node *n, size_t max, struct aisp_buf *to, int depth)
{
	struct aisp_buf AISP_AUTOBUF from = {0}, AISP_AUTOBUF codec = {0};

	if (!text_at(p, &n->kids[0], max, &from, depth))
		return false;
	struct aisp_slice s = aisp_buf_slice(&from);
	if (is_one_of(last, "encode decode str.encode bytes.decode bytes bytearray str")) {
		if (n->n > 1 && !text_at(p, &n->kids[1], 64, &codec, depth))
			return false;
		return by_codec(aisp_buf_slice(&codec), s, to);
	}
	if (aisp_slice_find(last, AISP_S("b64")) != SIZE_MAX || aisp_slice_find(last, AISP_S("base64")) != SIZE_MAX) {
		from_base64(s, to);
		return true;
	}
	if (is_one_of(last, "unhexlify a2b_hex bytes.fromhex bytearray.fromhex fromhex b16decode")) {
		from_hex(s, to);
		return true;
	}
	if (is_one_of(last, "decompress")) {
		return unpack(s, to);
	}
	if (is_one_of(last, "intern _latin_1_decode str.strip bytes.strip str.lower strip")) {
		aisp_buf_put(to, s);
		return true;
	}
	return false;
}

static bool computed(struct aisp_pickle *p, const struct aisp_pk_val *v, size_t max, struct aisp_buf *to, int depth)
{
	const struct aisp_pk_node *n = aisp_pk_node(v);

	if (n->head.kind != AISP_PK_GLOBAL || n->n == 0)
		return false;
	const struct aisp_pk_global *g = &p->globals.v[n->head.n];
	if (aisp_slice_eqz(g->qualname, "str.join") || aisp_slice_eqz(g->qualname, "bytes.join"))
		return join(p, n, max, to, depth);
	if (is_one_of(g->qualname, "concat add iadd str.__add__") && n->n == 2)
		return text_at(p, &n->kids[0], max, to, depth) && text_at(p, &n->kids[1], max, to, depth);
	if (is_one_of(g->qualname, "bytes bytearray") && numbers(&n->kids[0], to))
		return true;
	if (aisp_slice_eqz(g->qualname, "chr") && n->kids[0].kind == AISP_PK_INT) {
		put_utf8(to, (uint32_t)n->kids[0].a & 0x1fffff);
		return true;
	}
	return decode(p, g->qualname, n, max, to, depth);
}

static bool text_at(struct aisp_pickle *p, const struct aisp_pk_val *v, size_t max, struct aisp_buf *to, int depth)
{
	if (depth > DEPTH_MAX || to->n > max)
		return false;
	if (v->kind == AISP_PK_STR || v->kind == AISP_PK_BYTES)
		return literal(p, v, max, to);
	if (v->kind == AISP_PK_CALL)
		return computed(p, v, max, to, depth + 1);
	return false;
}

bool aisp_pk_text(struct aisp_pickle *p, const struct aisp_pk_val *v, size_t max, struct aisp_buf *to)
{
	return text_at(p, v, max, to, 0) && to->bad == 0;
}

bool aisp_pk_has_text(const struct aisp_pk_val *v, int depth)
{
	const struct aisp_pk_node *n = aisp_pk_node(v);

	if (v->kind == AISP_PK_STR || v->kind == AISP_PK_BYTES)
		return v->n > 0;
	for (uint32_t i = 0; n && depth < 4 && i < n->n; i++)
		if (aisp_pk_has_text(&n->kids[i], depth + 1))
			return true;
	return false;
}

/* ---- for people ---- */

static void describe_kids(struct aisp_pickle *p, const struct aisp_pk_node *n, const char *open, const char *close, int depth,
                          struct aisp_buf *to)
{
	aisp_buf_putz(to, open);
	for (uint32_t i = 0; i < n->n && i < SHOWN_KIDS; i++) {
		if (i)
			aisp_buf_putz(to, ", ");
		aisp_pk_describe(p, &n->kids[i], depth + 1, to);
	}
	if (n->n > SHOWN_KIDS)
		aisp_buf_putz(to, ", ...");
	aisp_buf_putz(to, close);
}

static void describe_node(struct aisp_pickle *p, const struct aisp_pk_val *v, const struct aisp_pk_node *n, int depth, struct aisp_buf *to)
{
	if (v->kind == AISP_PK_CALL || v->kind == AISP_PK_NEW) {
		aisp_pk_describe(p, &n->head, depth + 1, to);
		describe_kids(p, n, "(", ")", depth, to);
	} else if (v->kind == AISP_PK_TUPLE) {
		describe_kids(p, n, "(", n->n == 1 ? ",)" : ")", depth, to);
	} else if (v->kind == AISP_PK_LIST) {
		describe_kids(p, n, "[", "]", depth, to);
	} else {
		describe_kids(p, n, "{", "}", depth, to);
	}
}

void aisp_pk_describe(struct aisp_pickle *p, const struct aisp_pk_val *v, int depth, struct aisp_buf *to)
{
	const struct aisp_pk_node *n = aisp_pk_node(v);

	if (to->n > 4 * SHOWN_TEXT || depth > 6) {
		aisp_buf_putz(to, "...");
		return;
	}
	if (n) {
		describe_node(p, v, n, depth, to);
	} else if (v->kind == AISP_PK_STR || v->kind == AISP_PK_BYTES) {
		aisp_buf_putz(to, v->kind == AISP_PK_BYTES ? "b'" : "'");
		literal(p, v, SHOWN_TEXT, to);
		aisp_buf_putz(to, v->n > SHOWN_TEXT ? "...'" : "'");
	} else if (v->kind == AISP_PK_INT) {
		aisp_buf_printf(to, "%lld", (long long)(int64_t)v->a);
	} else if (v->kind == AISP_PK_GLOBAL) {
		const struct aisp_pk_global *g = &p->globals.v[v->n];
		aisp_buf_put(to, g->module);
		if (g->qualname.n) {
			aisp_buf_putc(to, '.');
			aisp_buf_put(to, g->qualname);
		}
	} else {
		aisp_buf_putz(to, v->kind == AISP_PK_NONE ? "None" : v->kind == AISP_PK_DATA ? "..." : "?");
	}
}
