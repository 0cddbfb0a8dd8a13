/* Unpacking by content, as a stream: gzip (many members), zstd, bzip2, xz; anything else passes as it is. A small gzip file is unpacked at once, which is twice as fast.
 *
 * Invariants: memory is bounded (the packers' own windows are capped); what unpacks to far more than any log does is refused.
 */
#include "collect/logs/reader_int.h"
#include <bzlib.h>
#include <errno.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <lzma.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum {
	IN_SIZE = 128 << 10,
	WHOLE_IN = 4 << 20, WHOLE_OUT = 24 << 20, /* gzip files up to this are unpacked whole */
	FIRST = 256,
	WINDOW_LOG_MAX = 26, XZ_MEMORY = 80 << 20,
	RATIO_MAX = 2000,
};
static const int64_t ratio_from = (int64_t)1 << 30;

enum packing { PLAIN, GZIP, GZIP_WHOLE, ZSTD, BZIP2, XZ };
struct aisp_log__unpack {
	int fd;
	enum packing packing;
	bool begun, input_ended, open;  /* open: within a member or frame */
	char *in;
	size_t in_at, in_n, n_first;
	char first[FIRST];
	int64_t in_total, out_total, size;
	struct aisp_buf whole_in, whole;  /* GZIP_WHOLE */
	size_t whole_in_at, whole_at;
	struct libdeflate_decompressor *deflate;
	z_stream z;
	bz_stream bz;
	lzma_stream xz;
	ZSTD_DStream *zstd;
};

static int fill(struct aisp_log__unpack *z, struct aisp_err *err)
{
	while (z->in_at == z->in_n && !z->input_ended) {
		ssize_t n = read(z->fd, z->in, IN_SIZE);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return aisp_fail(err, AISP_E_IO, "it cannot be read: %s", strerror(errno));
		z->in_at = 0;
		z->in_n = (size_t)n;
		z->in_total += n;
		z->input_ended = n == 0;
	}
	return 0;
}

static bool begins(const struct aisp_log__unpack *z, const char *magic, size_t n)
{
	return z->n_first >= n && memcmp(z->first, magic, n) == 0;
}

static int set_up(struct aisp_log__unpack *z, struct aisp_err *err)
{
	bool ok = true;

	if (begins(z, "\x1f\x8b", 2)) {
		z->packing = z->size > 0 && z->size <= WHOLE_IN ? GZIP_WHOLE : GZIP;
		ok = inflateInit2(&z->z, 15 + 16) == Z_OK;
	} else if (begins(z, "\x28\xb5\x2f\xfd", 4)) {
		z->packing = ZSTD;
		z->zstd = ZSTD_createDStream();
		ok = z->zstd && !ZSTD_isError(ZSTD_DCtx_setParameter(z->zstd, ZSTD_d_windowLogMax, WINDOW_LOG_MAX));
	} else if (begins(z, "BZh", 3)) {
		z->packing = BZIP2;
		ok = BZ2_bzDecompressInit(&z->bz, 0, 0) == BZ_OK;
	} else if (begins(z, "\xfd" "7zXZ\0", 6)) {
		z->packing = XZ;
		ok = lzma_stream_decoder(&z->xz, XZ_MEMORY, LZMA_CONCATENATED) == LZMA_OK;
	}
	return ok ? 0 : aisp_fail(err, AISP_E_NOMEM, "out of memory while unpacking");
}

/* Reads ahead until the kind can be told. */
static int begin(struct aisp_log__unpack *z, struct aisp_err *err)
{
	while (z->in_n < FIRST && !z->input_ended) {
		ssize_t n = read(z->fd, z->in + z->in_n, IN_SIZE - z->in_n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return aisp_fail(err, aisp_code_from_errno(errno), "it cannot be read: %s", strerror(errno));
		z->in_n += (size_t)n;
		z->in_total += n;
		if (n == 0)
			break; /* a file may grow later */
	}
	z->n_first = z->in_n < FIRST ? z->in_n : FIRST;
	memcpy(z->first, z->in, z->n_first);
	return set_up(z, err);
}

int aisp_log__unpack_new(int fd, int64_t size, struct aisp_log__unpack **ret, struct aisp_err *err)
{
	struct aisp_log__unpack *z = aisp_mem_zalloc(1, sizeof *z);
	int r;

	if (z)
		*z = (struct aisp_log__unpack){.fd = fd, .size = size, .in = aisp_mem_alloc(IN_SIZE)};
	if (!z || !z->in) {
		aisp_mem_free(z);
		close(fd);
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while unpacking");
	}
	aisp_buf_init(&z->whole_in, WHOLE_IN + 1);
	aisp_buf_init(&z->whole, WHOLE_OUT);
	if ((r = begin(z, err)) < 0) {
		aisp_log__unpack_free(z);
		return r;
	}
	*ret = z;
	return 0;
}

void aisp_log__unpack_free(struct aisp_log__unpack *z)
{
	if (!z)
		return;
	if (z->packing == GZIP || z->packing == GZIP_WHOLE)
		inflateEnd(&z->z);
	else if (z->packing == BZIP2)
		BZ2_bzDecompressEnd(&z->bz);
	else if (z->packing == XZ)
		lzma_end(&z->xz);
	ZSTD_freeDStream(z->zstd);
	libdeflate_free_decompressor(z->deflate);
	aisp_buf_done(&z->whole_in);
	aisp_buf_done(&z->whole);
	aisp_mem_free(z->in);
	close(z->fd);
	aisp_mem_free(z);
}

/* One call of a decoder on z->in: takes and gives; *ret_over: a member or frame ended. False: broken. */
static bool inflate_some(struct aisp_log__unpack *z, char *to, size_t n, size_t *ret_n, bool *ret_over)
{
	z->z.next_in = (Bytef *)z->in + z->in_at;
	z->z.avail_in = (uInt)(z->in_n - z->in_at);
	z->z.next_out = (Bytef *)to;
	z->z.avail_out = (uInt)n;
	int r = inflate(&z->z, Z_NO_FLUSH);
	z->in_at = z->in_n - z->z.avail_in;
	*ret_n = n - z->z.avail_out;
	*ret_over = r == Z_STREAM_END;
	if (r == Z_STREAM_END)
		inflateReset(&z->z);
	return r == Z_OK || r == Z_STREAM_END || r == Z_BUF_ERROR;
}

static bool zstd_some(struct aisp_log__unpack *z, char *to, size_t n, size_t *ret_n, bool *ret_over)
{
	ZSTD_inBuffer in = {z->in, z->in_n, z->in_at};
	ZSTD_outBuffer out = {to, n, 0};
	size_t r = ZSTD_decompressStream(z->zstd, &out, &in);

	z->in_at = in.pos;
	*ret_n = out.pos;
	*ret_over = r == 0;
	return !ZSTD_isError(r);
}

static bool bzip2_some(struct aisp_log__unpack *z, char *to, size_t n, size_t *ret_n, bool *ret_over)
{
	z->bz.next_in = z->in + z->in_at;
	z->bz.avail_in = (unsigned)(z->in_n - z->in_at);
	z->bz.next_out = to;
	z->bz.avail_out = (unsigned)n;
	int r = BZ2_bzDecompress(&z->bz);
	z->in_at = z->in_n - z->bz.avail_in;
	*ret_n = n - z->bz.avail_out;
	*ret_over = r == BZ_STREAM_END;
	if (r == BZ_STREAM_END) {
		BZ2_bzDecompressEnd(&z->bz);
		z->bz = (bz_stream){0};
		return BZ2_bzDecompressInit(&z->bz, 0, 0) == BZ_OK;
	}
	return r == BZ_OK;
}

static bool xz_some(struct aisp_log__unpack *z, char *to, size_t n, size_t *ret_n, bool *ret_over)
{
	z->xz.next_in = (uint8_t *)z->in + z->in_at;
	z->xz.avail_in = z->in_n - z->in_at;
	z->xz.next_out = (uint8_t *)to;
	z->xz.avail_out = n;
	lzma_ret r = lzma_code(&z->xz, z->input_ended ? LZMA_FINISH : LZMA_RUN);
	z->in_at = z->in_n - z->xz.avail_in;
	*ret_n = n - z->xz.avail_out;
	*ret_over = r == LZMA_STREAM_END;
	return r == LZMA_OK || r == LZMA_STREAM_END || (r == LZMA_BUF_ERROR && !z->input_ended);
}

static bool decode_some(struct aisp_log__unpack *z, char *to, size_t n, size_t *ret_n, bool *ret_over)
{
	switch (z->packing) {
	case ZSTD:
		return zstd_some(z, to, n, ret_n, ret_over);
	case BZIP2:
		return bzip2_some(z, to, n, ret_n, ret_over);
	case XZ:
		return xz_some(z, to, n, ret_n, ret_over);
	case GZIP:
	case GZIP_WHOLE:
	case PLAIN:
	default:
		return inflate_some(z, to, n, ret_n, ret_over);
	}
}

static int decode(struct aisp_log__unpack *z, char *to, size_t n, size_t *ret_n, struct aisp_err *err)
{
	*ret_n = 0;
	while (*ret_n == 0) {
		bool over = false;
		int r = fill(z, err);

		if (r < 0)
			return r;
		if (z->in_at == z->in_n && z->input_ended && !(z->packing == XZ && z->open))
			return z->open ? aisp_fail(err, AISP_E_PARSE, "the packed file ends too soon") : 0;
		/* Zeros behind the last member are padding (gzip's manual, "tar"). */
		if (z->packing == GZIP && !z->open && z->in[z->in_at] == '\0') {
			z->in_at++;
			continue;
		}
		z->open = true;
		if (!decode_some(z, to, n, ret_n, &over))
			return aisp_fail(err, AISP_E_PARSE, "the packed file is broken behind byte %lld", (long long)(z->in_total - (int64_t)(z->in_n - z->in_at)));
		if (over)
			z->open = false;
		if (over && z->packing == XZ)
			z->in_at = z->in_n, z->input_ended = true;
	}
	return 0;
}

/* A small gzip file at once. Falls back to the stream when a member does not fit. */
static int whole_load(struct aisp_log__unpack *z, struct aisp_err *err)
{
	int r = 0;

	aisp_buf_put(&z->whole_in, aisp_slice_of(z->in, z->in_n));
	z->in_at = z->in_n;
	while (r == 0 && !z->whole_in.bad && (r = fill(z, err)) == 0 && z->in_at < z->in_n) {
		aisp_buf_put(&z->whole_in, aisp_slice_of(z->in + z->in_at, z->in_n - z->in_at));
		z->in_at = z->in_n;
	}
	if (r == 0 && z->whole_in.bad)
		r = aisp_fail(err, AISP_E_IO, "the file grew while it was read");
	z->deflate = libdeflate_alloc_decompressor();
	return r < 0 || z->deflate ? r : aisp_fail(err, AISP_E_NOMEM, "out of memory while unpacking");
}

/* The stream goes on with what is left of the packed bytes: they stand in memory, so they become its input. */
static void whole_to_stream(struct aisp_log__unpack *z)
{
	aisp_mem_free(z->in);
	z->in = z->whole_in.p;
	z->in_at = z->whole_in_at;
	z->in_n = z->whole_in.n;
	z->whole_in = (struct aisp_buf){0};
	z->packing = GZIP;
	z->input_ended = true;
}

static bool whole_member(struct aisp_log__unpack *z)
{
	size_t used = 0, made = 0, cap = WHOLE_OUT;
	const size_t left = z->whole_in.n - z->whole_in_at;
	uint32_t isize = 0;

	/* The last four bytes say how much the last member unpacks to; that is a good guess for the room of the first. */
	if (left >= 18)
		memcpy(&isize, z->whole_in.p + z->whole_in.n - 4, 4);
	if (isize <= WHOLE_OUT)
		cap = isize < 4096 ? 4096 : isize;
	aisp_buf_clear(&z->whole);
	z->whole_at = 0;
	char *to = aisp_buf_room(&z->whole, cap);
	if (!to || libdeflate_gzip_decompress_ex(z->deflate, z->whole_in.p + z->whole_in_at, left, to, cap, &used, &made) != LIBDEFLATE_SUCCESS)
		return false;
	z->whole.n = made;
	z->whole_in_at += used;
	return true;
}

static int whole_read(struct aisp_log__unpack *z, char *to, size_t n, size_t *ret_n, struct aisp_err *err)
{
	if (!z->begun) {
		int r = whole_load(z, err);
		if (r < 0)
			return r;
		z->begun = true;
	}
	*ret_n = 0;
	while (z->whole_at == z->whole.n) {
		if (z->whole_in_at == z->whole_in.n)
			return 0;
		if (!whole_member(z)) {
			whole_to_stream(z);
			return decode(z, to, n, ret_n, err);
		}
	}
	*ret_n = n < z->whole.n - z->whole_at ? n : z->whole.n - z->whole_at;
	memcpy(to, z->whole.p + z->whole_at, *ret_n);
	z->whole_at += *ret_n;
	return 0;
}

static int plain_read(struct aisp_log__unpack *z, char *to, size_t n, size_t *ret_n, struct aisp_err *err)
{
	if (z->in_at < z->in_n) {
		*ret_n = n < z->in_n - z->in_at ? n : z->in_n - z->in_at;
		memcpy(to, z->in + z->in_at, *ret_n);
		z->in_at += *ret_n;
		return 0;
	}
	for (;;) {
		ssize_t got = read(z->fd, to, n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return aisp_fail(err, AISP_E_IO, "it cannot be read: %s", strerror(errno));
		*ret_n = (size_t)got;
		return 0;
	}
}

int aisp_log__unpack_read(struct aisp_log__unpack *z, char *to, size_t n, size_t *ret_n, struct aisp_err *err)
{
	int r = z->packing == PLAIN ? plain_read(z, to, n, ret_n, err) : z->packing == GZIP_WHOLE ? whole_read(z, to, n, ret_n, err) : decode(z, to, n, ret_n, err);

	if (r < 0)
		return r;
	z->out_total += (int64_t)*ret_n;
	if (z->packing != PLAIN && z->out_total > ratio_from && z->out_total / RATIO_MAX > z->in_total)
		return aisp_fail(err, AISP_E_LIMIT, "it unpacks to more than %d times its size", RATIO_MAX);
	return 0;
}

bool aisp_log__is_packed(const struct aisp_log__unpack *z)
{
	return z->packing != PLAIN;
}

int aisp_log__unpack_fd(const struct aisp_log__unpack *z)
{
	return z->fd;
}

bool aisp_log__unpack_seek(struct aisp_log__unpack *z, int64_t offset)
{
	if (z->packing != PLAIN || lseek(z->fd, offset, SEEK_SET) < 0)
		return false;
	z->in_at = z->in_n = 0;
	return true;
}

struct aisp_slice aisp_log__unpack_first(const struct aisp_log__unpack *z)
{
	return aisp_slice_of(z->first, z->n_first);
}
