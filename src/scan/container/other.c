/* Archives that libarchive reads: 7z, rar, cpio, ar, iso 9660, cab, lha. Members are unpacked in order into capped memory. */
#include "scan/container/container_int.h"
#include "base/mem.h"
#include <archive.h>
#include <archive_entry.h>

enum { BLOCK = 64 << 10, ISO_MAGIC_AT = 32769 };

struct source {
	const struct aisp_input *in;
	uint64_t at;
	char *block;
};

bool aisp_container__is_other(const struct aisp_input *in, struct aisp_slice head)
{
	static const struct aisp_slice magics[] = {{"Rar!\x1a\x07", 6}, {"070701", 6}, {"070702", 6}, {"070707", 6}, {"!<arch>\n", 8},
	                                           {"MSCF\0\0\0\0", 8}};
	char iso[5];

	for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
		if (aisp_slice_starts(head, magics[i]))
			return true;
	return in->size > ISO_MAGIC_AT + 5 && aisp_input_read(in, ISO_MAGIC_AT, iso, 5, NULL) == 0 && memcmp(iso, "CD001", 5) == 0;
}

static la_ssize_t on_read(struct archive *a, void *ctx, const void **ret_block)
{
	struct source *s = ctx;
	size_t n = 0;

	if (aisp_input_read_some(s->in, s->at, s->block, BLOCK, &n, NULL) < 0) {
		archive_set_error(a, ARCHIVE_FATAL, "read error");
		return -1;
	}
	*ret_block = s->block;
	s->at += n;
	return (la_ssize_t)n;
}

static la_int64_t on_skip(struct archive *a, void *ctx, la_int64_t n)
{
	struct source *s = ctx;
	(void)a;
	uint64_t left = s->in->size - s->at, take = n < 0 ? 0 : (uint64_t)n;

	if (take > left)
		take = left;
	s->at += take;
	return (la_int64_t)take;
}

static la_int64_t on_seek(struct archive *a, void *ctx, la_int64_t offset, int whence)
{
	struct source *s = ctx;
	(void)a;
	int64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? (int64_t)s->at : (int64_t)s->in->size;

	if ((offset > 0 && base > INT64_MAX - offset) || base + offset < 0 || (uint64_t)(base + offset) > s->in->size)
		return ARCHIVE_FATAL;
	s->at = (uint64_t)(base + offset);
	return (la_int64_t)s->at;
}

static int unpack(struct aisp_container_walk *w, struct archive *a, struct aisp_container_member *m, struct aisp_buf *out)
{
	uint64_t left = w->limits.max_total - w->total;
	uint64_t max = left < w->limits.max_member ? left : w->limits.max_member;
	uint64_t by_ratio = w->in->size > (1u << 20) / w->limits.max_ratio ? w->in->size * w->limits.max_ratio : 1u << 20;

	if (w->in->size < UINT64_MAX / w->limits.max_ratio && by_ratio < max)
		max = by_ratio;
	while (out->n < max) {
		size_t want = max - out->n < BLOCK ? (size_t)(max - out->n) : BLOCK;
		char *p = aisp_buf_room(out, want);
		if (!p)
			return aisp_fail(w->err, AISP_E_NOMEM, "out of memory while unpacking");
		la_ssize_t n = archive_read_data(a, p, want);
		if (n < 0) {
			m->oddities |= AISP_ODDITY(TRUNCATED);
			break;
		}
		if (n == 0)
			break;
		out->n += (size_t)n;
	}
	if (out->n >= max && max)
		m->oddities |= AISP_ODDITY(RATIO);
	w->total += out->n;
	return 0;
}

static int one(struct aisp_container_walk *w, struct archive *a, struct archive_entry *e)
{
	const char *name = archive_entry_pathname(e);
	struct aisp_container_member m = {.name = aisp_slice_z(name ? name : ""), .size = archive_entry_size_is_set(e) ? (uint64_t)archive_entry_size(e) : 0};
	struct aisp_buf AISP_AUTOBUF out = {0};
	int r = 0;

	if (archive_entry_filetype(e) == AE_IFDIR)
		return 0;
	if (w->members >= w->limits.max_members)
		return aisp_fail(w->err, AISP_E_LIMIT, "more than %u members", w->limits.max_members);
	w->members++;
	if (archive_entry_symlink(e) || archive_entry_hardlink(e))
		m.oddities |= AISP_ODDITY(LINK);
	if (archive_entry_is_encrypted(e))
		m.oddities |= AISP_ODDITY(ENCRYPTED);
	if (aisp_container__escapes(m.name))
		m.oddities |= AISP_ODDITY(ESCAPES);
	if (w->wanted && !w->wanted(w->ctx, &m))
		return 0;
	if (w->total >= w->limits.max_total) {
		w->oddities |= AISP_ODDITY(RATIO);
		return aisp_fail(w->err, AISP_E_LIMIT, "unpacks to more than %llu bytes", (unsigned long long)w->limits.max_total);
	}
	aisp_buf_init(&out, (size_t)w->limits.max_member + 1);
	r = unpack(w, a, &m, &out);
	if (r < 0)
		return r;
	if (out.n == 0 && (m.oddities & AISP_ODDITY(TRUNCATED)))
		m.why_not = m.oddities & AISP_ODDITY(ENCRYPTED) ? AISP_E_ACCESS : AISP_E_PARSE;
	m.input = aisp_input_mem(aisp_buf_slice(&out));
	w->oddities |= m.oddities;
	return w->sink(w->ctx, &m);
}

static int walk(struct aisp_container_walk *w, struct archive *a)
{
	for (;;) {
		struct archive_entry *e = NULL;
		int got = archive_read_next_header(a, &e);
		if (got == ARCHIVE_EOF)
			return 0;
		if (got < ARCHIVE_WARN) {
			w->oddities |= AISP_ODDITY(TRUNCATED);
			if (w->members)
				return 0;
			const char *why = archive_error_string(a);
			return aisp_fail(w->err, AISP_E_PARSE, "could not be read as an archive: %s", why ? why : "unknown form");
		}
		int r = one(w, a, e);
		if (r)
			return r;
	}
}

int aisp_container__other(struct aisp_container_walk *w)
{
	char *AISP_AUTOFREE block = aisp_mem_alloc(BLOCK);
	struct source s = {.in = w->in, .block = block};
	struct archive *a = block ? archive_read_new() : NULL;

	if (!a)
		return aisp_fail(w->err, AISP_E_NOMEM, "out of memory while reading an archive");
	archive_read_support_format_7zip(a);
	archive_read_support_format_rar(a);
	archive_read_support_format_rar5(a);
	archive_read_support_format_cpio(a);
	archive_read_support_format_ar(a);
	archive_read_support_format_iso9660(a);
	archive_read_support_format_cab(a);
	archive_read_set_read_callback(a, on_read);
	archive_read_set_skip_callback(a, on_skip);
	archive_read_set_seek_callback(a, on_seek);
	archive_read_set_callback_data(a, &s);
	int r;
	if (archive_read_open1(a) != ARCHIVE_OK) {
		const char *why = archive_error_string(a);
		r = aisp_fail(w->err, AISP_E_PARSE, "could not be read as an archive: %s", why ? why : "unknown form");
	} else {
		r = walk(w, a);
	}
	archive_read_free(a);
	return r;
}
