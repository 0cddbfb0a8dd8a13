/* Unpacking pages and buffers of tables. The size of the result is known before and never exceeded. */
#include "scan/tabular/tabular_int.h"
#include <brotli/decode.h>
#include <lz4.h>
#include <lz4frame.h>
#include <snappy-c.h>
#include <zlib.h>
#include <zstd.h>

static bool gzip(struct aisp_slice src, uint8_t *dst, size_t n, bool at_least)
{
	z_stream z = {.next_in = (Bytef *)(uintptr_t)src.p, .avail_in = (uInt)src.n, .next_out = dst, .avail_out = (uInt)n};

	if (src.n > UINT32_MAX || n > UINT32_MAX || inflateInit2(&z, 15 + 32) != Z_OK)
		return false;
	int r = Z_OK;
	/* Several members may follow one another. */
	while (z.avail_out && z.avail_in) {
		r = inflate(&z, Z_NO_FLUSH);
		if (r == Z_STREAM_END && z.avail_in && z.avail_out)
			r = inflateReset(&z);
		if (r != Z_OK)
			break;
	}
	bool full = z.avail_out == 0 && (r == Z_OK || r == Z_STREAM_END || at_least);
	inflateEnd(&z);
	return full;
}

static bool zstd(struct aisp_slice src, uint8_t *dst, size_t n)
{
	ZSTD_DStream *z = ZSTD_createDStream();
	ZSTD_inBuffer in = {src.p, src.n, 0};
	ZSTD_outBuffer out = {dst, n, 0};

	if (!z)
		return false;
	(void)ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, 27);
	while (out.pos < n) {
		size_t before = in.pos + out.pos, r = ZSTD_decompressStream(z, &out, &in);
		if (ZSTD_isError(r) || in.pos + out.pos == before)
			break;
	}
	ZSTD_freeDStream(z);
	return out.pos == n;
}

static bool lz4_frame(struct aisp_slice src, uint8_t *dst, size_t n)
{
	LZ4F_dctx *z = NULL;
	size_t at = 0, done = 0;

	if (LZ4F_isError(LZ4F_createDecompressionContext(&z, LZ4F_VERSION)))
		return false;
	while (done < n && at < src.n) {
		size_t in = src.n - at, out = n - done;
		size_t r = LZ4F_decompress(z, dst + done, &out, src.p + at, &in, NULL);
		if (LZ4F_isError(r) || (in == 0 && out == 0))
			break;
		at += in;
		done += out;
	}
	LZ4F_freeDecompressionContext(z);
	return done == n;
}

static bool lz4_block(struct aisp_slice src, uint8_t *dst, size_t n)
{
	if (src.n > INT32_MAX || n > INT32_MAX)
		return false;
	return LZ4_decompress_safe(src.p, (char *)dst, (int)src.n, (int)n) == (int)n;
}

static uint32_t be32(const char *p)
{
	const uint8_t *u = (const uint8_t *)p;

	return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3];
}

/* Blocks with two lengths before each, as Hadoop writes; else a bare block, else a frame. */
static bool lz4_hadoop(struct aisp_slice src, uint8_t *dst, size_t n)
{
	size_t at = 0, done = 0;

	while (done < n && src.n - at >= 8) {
		size_t out = be32(src.p + at), in = be32(src.p + at + 4);
		if (in > src.n - at - 8 || out > n - done || out == 0 || !lz4_block(aisp_slice_of(src.p + at + 8, in), dst + done, out))
			break;
		at += 8 + in;
		done += out;
	}
	return done == n || lz4_block(src, dst, n) || lz4_frame(src, dst, n);
}

bool aisp_tabular__unpack(enum aisp_tabular__codec codec, struct aisp_slice src, uint8_t *dst, size_t n, bool at_least)
{
	size_t size = n;

	if (n == 0)
		return true;
	if (src.n == 0)
		return false;
	switch (codec) {
	case AISP_TABULAR__RAW:
		if (src.n < n || (src.n > n && !at_least))
			return false;
		memcpy(dst, src.p, n);
		return true;
	case AISP_TABULAR__SNAPPY:
		return snappy_uncompressed_length(src.p, src.n, &size) == SNAPPY_OK && size == n &&
		       snappy_uncompress(src.p, src.n, (char *)dst, &size) == SNAPPY_OK && size == n;
	case AISP_TABULAR__GZIP:
		return gzip(src, dst, n, at_least);
	case AISP_TABULAR__BROTLI:
		return BrotliDecoderDecompress(src.n, (const uint8_t *)src.p, &size, dst) == BROTLI_DECODER_RESULT_SUCCESS && size == n;
	case AISP_TABULAR__LZ4_HADOOP:
		return lz4_hadoop(src, dst, n);
	case AISP_TABULAR__ZSTD:
		return zstd(src, dst, n);
	case AISP_TABULAR__LZ4_BLOCK:
		return lz4_block(src, dst, n);
	case AISP_TABULAR__LZ4_FRAME:
		return lz4_frame(src, dst, n);
	}
	return false;
}
