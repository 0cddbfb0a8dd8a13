/* Decompression of one stream into a capped buffer: zlib, bzip2, lzma, zstd, lz4 behind one loop.
 *
 * Invariants: never more than the maximum is held; the ratio is checked as it unpacks, so a bomb costs what its packed bytes
 * may become under the ratio, not more. A broken end keeps what came before it.
 */
#include "scan/container/container_int.h"
#include "base/mem.h"
#include <bzlib.h>
#include <lz4frame.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

enum { STEP_IN = 64 << 10, STEP_OUT = 256 << 10, RATIO_FROM = 1 << 20, LZMA_MEMORY = 192 << 20, ZSTD_WINDOW_LOG = 27 };

enum step { STEP_MORE, STEP_END, STEP_BROKEN, STEP_NOMEM };

/* What a decoder is given and leaves: both runs shrink. */
struct run {
	const char *in;
	size_t n_in;
	char *out;
	size_t n_out;
};
struct decoder {
	enum aisp_container_method method;
	z_stream z;
	bz_stream bz;
	lzma_stream lz;
	ZSTD_DCtx *zstd;
	LZ4F_dctx *lz4;
	bool open;
};

static enum step open_raw_lzma(struct decoder *d, struct run *r)
{
	uint8_t props[5];
	lzma_filter filters[2] = {{.id = LZMA_FILTER_LZMA1}, {.id = LZMA_VLI_UNKNOWN}};

	if (r->n_in < 9 || aisp_le16(r->in + 2) != 5)
		return STEP_BROKEN;
	memcpy(props, r->in + 4, sizeof props);
	r->in += 9;
	r->n_in -= 9;
	if (lzma_properties_decode(&filters[0], NULL, props, sizeof props) != LZMA_OK)
		return STEP_BROKEN;
	lzma_options_lzma *options = filters[0].options;
	enum step s = options->dict_size <= LZMA_MEMORY && lzma_raw_decoder(&d->lz, filters) == LZMA_OK ? STEP_MORE : STEP_BROKEN;
	lzma_filters_free(filters, NULL);
	return s;
}

static enum step start(struct decoder *d, struct run *r)
{
	bool ok = false;

	switch (d->method) {
	case AISP_CONTAINER_RAW_DEFLATE:
		ok = inflateInit2(&d->z, -15) == Z_OK;
		break;
	case AISP_CONTAINER_DEFLATE_ZLIB:
		ok = inflateInit2(&d->z, 15) == Z_OK;
		break;
	case AISP_CONTAINER_DEFLATE_GZIP:
		ok = inflateInit2(&d->z, 15 + 16) == Z_OK;
		break;
	case AISP_CONTAINER_BZ2:
		ok = BZ2_bzDecompressInit(&d->bz, 0, 0) == BZ_OK;
		break;
	case AISP_CONTAINER_LZMA_XZ:
		ok = lzma_auto_decoder(&d->lz, LZMA_MEMORY, 0) == LZMA_OK;
		break;
	case AISP_CONTAINER_LZMA_ZIP: {
		enum step s = open_raw_lzma(d, r);
		d->open = s == STEP_MORE;
		return s;
	}
	case AISP_CONTAINER_ZSTANDARD:
		d->zstd = ZSTD_createDCtx();
		ok = d->zstd && !ZSTD_isError(ZSTD_DCtx_setParameter(d->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG));
		break;
	case AISP_CONTAINER_LZ4_FRAME:
		ok = !LZ4F_isError(LZ4F_createDecompressionContext(&d->lz4, LZ4F_VERSION));
		break;
	case AISP_CONTAINER_STORE:
	case AISP_CONTAINER_UNKNOWN_METHOD:
		break;
	}
	d->open = ok;
	return ok ? STEP_MORE : STEP_NOMEM;
}

static void stop(struct decoder *d)
{
	if (!d->open) {
		ZSTD_freeDCtx(d->zstd);
		return;
	}
	switch (d->method) {
	case AISP_CONTAINER_RAW_DEFLATE:
	case AISP_CONTAINER_DEFLATE_ZLIB:
	case AISP_CONTAINER_DEFLATE_GZIP:
		inflateEnd(&d->z);
		break;
	case AISP_CONTAINER_BZ2:
		BZ2_bzDecompressEnd(&d->bz);
		break;
	case AISP_CONTAINER_LZMA_XZ:
	case AISP_CONTAINER_LZMA_ZIP:
		lzma_end(&d->lz);
		break;
	case AISP_CONTAINER_ZSTANDARD:
		ZSTD_freeDCtx(d->zstd);
		break;
	case AISP_CONTAINER_LZ4_FRAME:
		LZ4F_freeDecompressionContext(d->lz4);
		break;
	case AISP_CONTAINER_STORE:
	case AISP_CONTAINER_UNKNOWN_METHOD:
		break;
	}
}

static enum step step_zlib(struct decoder *d, struct run *r)
{
	d->z.next_in = (unsigned char *)(uintptr_t)r->in;
	d->z.avail_in = (unsigned)r->n_in;
	d->z.next_out = (unsigned char *)r->out;
	d->z.avail_out = (unsigned)r->n_out;
	int got = inflate(&d->z, Z_NO_FLUSH);
	r->in += r->n_in - d->z.avail_in;
	r->n_in = d->z.avail_in;
	r->out += r->n_out - d->z.avail_out;
	r->n_out = d->z.avail_out;
	if (got == Z_STREAM_END && d->method == AISP_CONTAINER_DEFLATE_GZIP && r->n_in > 2 && (unsigned char)r->in[0] == 0x1f &&
	    (unsigned char)r->in[1] == 0x8b)
		return inflateReset(&d->z) == Z_OK ? STEP_MORE : STEP_BROKEN;
	if (got == Z_STREAM_END)
		return STEP_END;
	if (got == Z_MEM_ERROR)
		return STEP_NOMEM;
	return got == Z_OK || got == Z_BUF_ERROR ? STEP_MORE : STEP_BROKEN;
}

static enum step step_bzip2(struct decoder *d, struct run *r)
{
	d->bz.next_in = (char *)(uintptr_t)r->in;
	d->bz.avail_in = (unsigned)r->n_in;
	d->bz.next_out = r->out;
	d->bz.avail_out = (unsigned)r->n_out;
	int got = BZ2_bzDecompress(&d->bz);
	r->in += r->n_in - d->bz.avail_in;
	r->n_in = d->bz.avail_in;
	r->out += r->n_out - d->bz.avail_out;
	r->n_out = d->bz.avail_out;
	if (got == BZ_MEM_ERROR)
		return STEP_NOMEM;
	return got == BZ_STREAM_END ? STEP_END : got == BZ_OK ? STEP_MORE : STEP_BROKEN;
}

static enum step step_lzma(struct decoder *d, struct run *r)
{
	d->lz.next_in = (const uint8_t *)r->in;
	d->lz.avail_in = r->n_in;
	d->lz.next_out = (uint8_t *)r->out;
	d->lz.avail_out = r->n_out;
	lzma_ret got = lzma_code(&d->lz, LZMA_RUN);
	r->in += r->n_in - d->lz.avail_in;
	r->n_in = d->lz.avail_in;
	r->out += r->n_out - d->lz.avail_out;
	r->n_out = d->lz.avail_out;
	if (got == LZMA_MEM_ERROR)
		return STEP_NOMEM;
	return got == LZMA_STREAM_END ? STEP_END : got == LZMA_OK || got == LZMA_BUF_ERROR ? STEP_MORE : STEP_BROKEN;
}

static enum step step_zstd(struct decoder *d, struct run *r)
{
	ZSTD_inBuffer in = {r->in, r->n_in, 0};
	ZSTD_outBuffer out = {r->out, r->n_out, 0};
	size_t got = ZSTD_decompressStream(d->zstd, &out, &in);

	r->in += in.pos;
	r->n_in -= in.pos;
	r->out += out.pos;
	r->n_out -= out.pos;
	if (ZSTD_isError(got))
		return STEP_BROKEN;
	/* Several frames in a row are one content. */
	return got == 0 && (r->n_in < 4 || aisp_le32(r->in) != 0xfd2fb528u) ? STEP_END : STEP_MORE;
}

static enum step step_lz4(struct decoder *d, struct run *r)
{
	size_t n_in = r->n_in, n_out = r->n_out;
	size_t got = LZ4F_decompress(d->lz4, r->out, &n_out, r->in, &n_in, NULL);

	if (LZ4F_isError(got))
		return STEP_BROKEN;
	r->in += n_in;
	r->n_in -= n_in;
	r->out += n_out;
	r->n_out -= n_out;
	return got == 0 ? STEP_END : STEP_MORE;
}

static enum step step_any(struct decoder *d, struct run *r)
{
	switch (d->method) {
	case AISP_CONTAINER_RAW_DEFLATE:
	case AISP_CONTAINER_DEFLATE_ZLIB:
	case AISP_CONTAINER_DEFLATE_GZIP:
		return step_zlib(d, r);
	case AISP_CONTAINER_BZ2:
		return step_bzip2(d, r);
	case AISP_CONTAINER_LZMA_XZ:
	case AISP_CONTAINER_LZMA_ZIP:
		return step_lzma(d, r);
	case AISP_CONTAINER_ZSTANDARD:
		return step_zstd(d, r);
	case AISP_CONTAINER_LZ4_FRAME:
		return step_lz4(d, r);
	case AISP_CONTAINER_STORE:
	case AISP_CONTAINER_UNKNOWN_METHOD:
		break;
	}
	return STEP_BROKEN;
}

static bool over(const struct aisp_unpacked *to, uint64_t max, uint32_t ratio)
{
	return to->out.n >= max || (to->out.n > RATIO_FROM && to->out.n / ratio > to->consumed);
}

/* One block of packed bytes. False ends the loop. */
static bool feed(struct decoder *d, struct run *r, uint64_t max, uint32_t ratio, struct aisp_unpacked *to, enum step *ret_step)
{
	for (;;) {
		size_t before_in = r->n_in;
		size_t want = max - to->out.n < STEP_OUT ? (size_t)(max - to->out.n) : STEP_OUT;
		if (want == 0)
			return to->cut = true, false;
		r->out = aisp_buf_room(&to->out, want);
		if (!r->out)
			return *ret_step = STEP_NOMEM, false;
		r->n_out = want;
		*ret_step = d->open ? STEP_MORE : start(d, r);
		if (*ret_step == STEP_MORE)
			*ret_step = step_any(d, r);
		to->out.n += want - r->n_out;
		to->consumed += before_in - r->n_in;
		if (*ret_step != STEP_MORE)
			return false;
		if (over(to, max, ratio))
			return to->cut = true, false;
		if (r->n_in == 0 && r->n_out > 0)
			return true;
		if (before_in == r->n_in && r->n_out == want)
			return r->n_in == 0;
	}
}

int aisp_container__unpack(enum aisp_container_method method, const struct aisp_input *in, uint64_t max, uint32_t ratio,
                           struct aisp_unpacked *to, struct aisp_err *err)
{
	struct decoder d = {.method = method, .lz = LZMA_STREAM_INIT};
	char *AISP_AUTOFREE block = aisp_mem_alloc(STEP_IN);
	enum step s = STEP_MORE;
	uint64_t at = 0;
	int r = 0;

	if (!block)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while unpacking");
	aisp_buf_init(&to->out, (size_t)max + 1);
	while (at < in->size) {
		size_t n = 0;
		r = aisp_input_read_some(in, at, block, STEP_IN, &n, err);
		if (r < 0)
			break;
		at += n;
		struct run io = {.in = block, .n_in = n};
		if (!feed(&d, &io, max, ratio, to, &s))
			break;
	}
	stop(&d);
	if (r < 0)
		return r;
	if (s == STEP_NOMEM || to->out.bad == AISP_E_NOMEM)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while unpacking");
	to->broken = s == STEP_BROKEN || (s == STEP_MORE && !to->cut && at < in->size);
	to->truncated = s == STEP_MORE && !to->cut && !to->broken;
	return 0;
}
