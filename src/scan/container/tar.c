/* Tar: old, ustar (POSIX.1), GNU long names, pax. After a broken header it goes on at the next good one; what follows the end
 * marker is looked at too, because some readers go on there.
 */
#include "scan/container/container_int.h"
#include "base/mem.h"

enum { BLOCK = 512, SEEK_MAX = 8 << 20, LONG_MAX_BYTES = 64 << 10 };

struct header {
	char type;
	uint64_t size;
	char name[101], prefix[156];
	bool ustar;
};

/* Octal, or GNU's base 256 (first bit set). */
static bool number(const char *p, size_t n, uint64_t *ret_n)
{
	uint64_t v = 0;
	size_t i = 0;

	if ((unsigned char)p[0] == 0x80) {
		for (i = 1; i < n; i++) {
			if (v >> 56)
				return false;
			v = v << 8 | (unsigned char)p[i];
		}
		*ret_n = v;
		return true;
	}
	while (i < n && (p[i] == ' ' || p[i] == 0))
		i++;
	for (; i < n && p[i] >= '0' && p[i] <= '7'; i++) {
		if (v >> 60)
			return false;
		v = v << 3 | (uint64_t)(p[i] - '0');
	}
	if (i < n && p[i] != ' ' && p[i] != 0)
		return false;
	*ret_n = v;
	return true;
}

static bool sum_is_good(const char *b)
{
	uint64_t stated;
	uint64_t plain = 256;
	int64_t with_sign = 256;

	if (!number(b + 148, 8, &stated))
		return false;
	for (size_t i = 0; i < BLOCK; i++) {
		if (i >= 148 && i < 156)
			continue;
		plain += (unsigned char)b[i];
		with_sign += (signed char)b[i];
	}
	return stated == plain || (int64_t)stated == with_sign;
}

static bool parse(const char *b, struct header *h)
{
	*h = (struct header){.type = b[156]};
	if (b[0] == 0 || !sum_is_good(b) || !number(b + 124, 12, &h->size))
		return false;
	memcpy(h->name, b, 100);
	h->ustar = memcmp(b + 257, "ustar", 5) == 0;
	if (h->ustar && memcmp(b + 257, "ustar  ", 7) != 0)
		memcpy(h->prefix, b + 345, 155);
	return true;
}

bool aisp_container__is_tar(const struct aisp_input *in, uint64_t at)
{
	char b[BLOCK];
	struct header h;

	return aisp_input_read(in, at, b, BLOCK, NULL) == 0 && parse(b, &h);
}

struct tar {
	struct aisp_container_walk *w;
	struct aisp_buf name; /* from a long-name or pax record, for the next member */
	uint64_t pax_size;
	bool has_pax_size, behind_end;
	uint64_t seek_left;
};

/* "23 path=a/b\n" … */
static void read_pax(struct tar *t, struct aisp_slice body)
{
	while (body.n) {
		size_t space = aisp_slice_chr(body, ' ');
		uint64_t n;
		if (space == SIZE_MAX || !aisp_slice_u64(aisp_slice_to(body, space), &n) || n <= space + 1 || n > body.n)
			return;
		struct aisp_slice rec = aisp_slice_of(body.p + space + 1, (size_t)n - space - 2), key;
		size_t eq = aisp_slice_chr(rec, '=');
		body = aisp_slice_from(body, (size_t)n);
		if (eq == SIZE_MAX)
			continue;
		key = aisp_slice_to(rec, eq);
		rec = aisp_slice_from(rec, eq + 1);
		if (aisp_slice_eqz(key, "path") || aisp_slice_eqz(key, "GNU.sparse.name")) {
			aisp_buf_clear(&t->name);
			aisp_buf_put(&t->name, rec);
		} else if (aisp_slice_eqz(key, "size")) {
			t->has_pax_size = aisp_slice_u64(rec, &t->pax_size);
		}
	}
}

static int special(struct tar *t, const struct header *h, uint64_t data)
{
	struct aisp_buf AISP_AUTOBUF body = {0};
	size_t n = h->size < LONG_MAX_BYTES ? (size_t)h->size : LONG_MAX_BYTES;

	if (data > t->w->in->size || n > t->w->in->size - data)
		n = data < t->w->in->size ? (size_t)(t->w->in->size - data) : 0;
	int r = aisp_input_append(t->w->in, data, n, &body, t->w->err);
	if (r < 0)
		return r;
	struct aisp_slice s = aisp_buf_slice(&body);
	if (h->type == 'L') {
		size_t z = aisp_slice_chr(s, 0);
		aisp_buf_clear(&t->name);
		aisp_buf_put(&t->name, z == SIZE_MAX ? s : aisp_slice_to(s, z));
	} else if (h->type != 'K') {
		read_pax(t, s);
	}
	return t->name.bad == AISP_E_NOMEM ? aisp_fail(t->w->err, AISP_E_NOMEM, "out of memory while reading a tar") : 0;
}

static int member(struct tar *t, const struct header *h, uint64_t data, uint64_t size)
{
	struct aisp_container_member m = {.offset = data, .size = size};
	struct aisp_container_pack pack = {.method = AISP_CONTAINER_STORE};

	if (t->name.n == 0) {
		if (h->prefix[0]) {
			aisp_buf_putz(&t->name, h->prefix);
			aisp_buf_putc(&t->name, '/');
		}
		aisp_buf_putz(&t->name, h->name);
	}
	if (t->name.bad)
		return aisp_fail(t->w->err, AISP_E_NOMEM, "out of memory while reading a tar");
	m.name = aisp_buf_slice(&t->name);
	if (h->type == '1' || h->type == '2')
		m.oddities |= AISP_ODDITY(LINK);
	if (h->type == 'S')
		m.oddities |= AISP_ODDITY(METHOD);
	if (t->behind_end)
		m.oddities |= AISP_ODDITY(UNLISTED);
	pack.packed = aisp_input_part(t->w->in, data, size);
	if (pack.packed.size < size)
		m.oddities |= AISP_ODDITY(TRUNCATED);
	return aisp_container__offer(t->w, &m, &pack, NULL);
}

/* The next header from `at` on; the input's size when there is none. */
static uint64_t seek(struct tar *t, uint64_t at)
{
	const struct aisp_input *in = t->w->in;

	for (; at < in->size && in->size - at >= BLOCK && t->seek_left >= BLOCK; at += BLOCK, t->seek_left -= BLOCK)
		if (aisp_container__is_tar(in, at))
			return at;
	return in->size;
}

static bool has_data(char type)
{
	return type != '1' && type != '2' && type != '3' && type != '4' && type != '5' && type != '6';
}

static int one(struct tar *t, const struct header *h, uint64_t *at)
{
	uint64_t data = *at + BLOCK;
	bool meta = h->type == 'L' || h->type == 'K' || h->type == 'x' || h->type == 'g' || h->type == 'X';
	uint64_t size = t->has_pax_size && !meta ? t->pax_size : h->size;
	int r = 0;

	if (!has_data(h->type))
		size = 0;
	if (meta)
		r = special(t, h, data);
	else if (h->type != '3' && h->type != '4' && h->type != '5' && h->type != '6')
		r = member(t, h, data, size);
	if (!meta) {
		aisp_buf_clear(&t->name);
		t->has_pax_size = false;
	}
	if (size > t->w->in->size)
		size = t->w->in->size;
	*at = data + (size + BLOCK - 1) / BLOCK * BLOCK;
	return r;
}

static int walk(struct tar *t)
{
	const struct aisp_input *in = t->w->in;
	uint64_t at = 0;
	int r = 0;

	while (r == 0 && at < in->size && in->size - at >= BLOCK) {
		char b[BLOCK];
		struct header h;
		r = aisp_input_read(in, at, b, BLOCK, t->w->err);
		if (r < 0)
			return r;
		if (parse(b, &h)) {
			r = one(t, &h, &at);
			continue;
		}
		t->behind_end = true;
		uint64_t next = seek(t, at + BLOCK);
		if (next == in->size && t->seek_left < BLOCK)
			t->w->oddities |= AISP_ODDITY(TRAILING);
		at = next;
	}
	if (!t->behind_end && r == 0)
		t->w->oddities |= AISP_ODDITY(TRUNCATED);
	return r;
}

int aisp_container__tar(struct aisp_container_walk *w)
{
	struct tar t = {.w = w, .seek_left = SEEK_MAX};

	aisp_buf_init(&t.name, LONG_MAX_BYTES + 1);
	int r = walk(&t);
	aisp_buf_done(&t.name);
	if (r == 0 && w->members == 0)
		w->oddities |= AISP_ODDITY(TRUNCATED);
	return r;
}
