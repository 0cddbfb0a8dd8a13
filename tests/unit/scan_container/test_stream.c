/* Compressed streams, and what is told from the first bytes. */
#include "help.h"
#include <bzlib.h>
#include <lz4frame.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

enum { SIZE = 200000 };
static char text[SIZE];

static void make_text(void)
{
	for (size_t i = 0; i < SIZE; i++)
		text[i] = (char)('a' + (i * i / 7) % 26);
}

static size_t pack(enum aisp_container_form form, char *to, size_t cap)
{
	size_t n = 0;
	unsigned n32 = (unsigned)cap;
	z_stream z = {0};

	switch (form) {
	case AISP_CONTAINER_GZIP:
	case AISP_CONTAINER_ZLIB:
		assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, form == AISP_CONTAINER_GZIP ? 31 : 15, 8, Z_DEFAULT_STRATEGY), Z_OK);
		z.next_in = (unsigned char *)text;
		z.avail_in = SIZE;
		z.next_out = (unsigned char *)to;
		z.avail_out = n32;
		assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
		n = cap - z.avail_out;
		deflateEnd(&z);
		return n;
	case AISP_CONTAINER_BZIP2:
		assert_int_equal(BZ2_bzBuffToBuffCompress(to, &n32, text, SIZE, 9, 0, 0), BZ_OK);
		return n32;
	case AISP_CONTAINER_XZ:
		assert_int_equal(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC32, NULL, (const uint8_t *)text, SIZE, (uint8_t *)to, &n, cap), LZMA_OK);
		return n;
	case AISP_CONTAINER_ZSTD:
		return ZSTD_compress(to, cap, text, SIZE, 3);
	case AISP_CONTAINER_LZ4:
		return LZ4F_compressFrame(to, cap, text, SIZE, NULL);
	default:
		fail();
		return 0;
	}
}

static const enum aisp_container_form forms[] = {AISP_CONTAINER_GZIP, AISP_CONTAINER_ZLIB, AISP_CONTAINER_BZIP2,
                                                 AISP_CONTAINER_XZ,   AISP_CONTAINER_ZSTD, AISP_CONTAINER_LZ4};

static void all(void **state)
{
	static char packed[2 * SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		struct seen s = {0};
		size_t n = pack(forms[i], packed, sizeof packed - 10);
		struct aisp_input in = aisp_input_mem(aisp_slice_of(packed, n));
		assert_int_equal(aisp_container_detect(&in), forms[i]);
		assert_int_equal(walk(&s, aisp_slice_of(packed, n), NULL), 0);
		assert_int_equal(s.n, 1);
		assert_int_equal(s.v[0].name.n, 0);
		assert_int_equal(s.v[0].content.n, SIZE);
		assert_memory_equal(s.v[0].content.p, text, SIZE);
		assert_int_equal(s.oddities, 0);
		/* Half of it: what there is, and a word about it. */
		assert_int_equal(walk(&s, aisp_slice_of(packed, n / 2), NULL) <= 0, true);
		assert_true(s.oddities & AISP_ODDITY(TRUNCATED));
		/* Something behind it. */
		memset(packed + n, '#', 10);
		assert_int_equal(walk(&s, aisp_slice_of(packed, n + 10), NULL), 0);
		assert_true(s.oddities & (AISP_ODDITY(TRAILING) | AISP_ODDITY(TRUNCATED)));
		struct aisp_container_limits small = {.max_member = 100};
		assert_int_equal(walk(&s, aisp_slice_of(packed, n), &small), 0);
		assert_int_equal(s.v[0].content.n, 100);
		assert_true(s.oddities & AISP_ODDITY(RATIO));
		seen_done(&s);
	}
}

static void two_gzips(void **state)
{
	static char packed[2 * SIZE];
	struct seen s = {0};

	(void)state;
	size_t n = pack(AISP_CONTAINER_GZIP, packed, SIZE);
	memcpy(packed + n, packed, n);
	assert_int_equal(walk(&s, aisp_slice_of(packed, 2 * n), NULL), 0);
	assert_int_equal(s.v[0].content.n, 2 * SIZE);
	seen_done(&s);
}

static void none(void **state)
{
	static const char *const not[] = {"", "P", "text", "x\x9cnothing of the kind", "BZh9 but no block", "\x80\x04K\x01."};

	(void)state;
	for (size_t i = 0; i < sizeof not / sizeof *not; i++) {
		struct aisp_input in = aisp_input_mem(aisp_slice_z(not[i]));
		assert_int_equal(aisp_container_detect(&in), AISP_CONTAINER_NONE);
	}
	assert_string_equal(aisp_container_form_name(AISP_CONTAINER_ZSTD), "zstd");
	assert_string_equal(aisp_container_oddity_name(AISP_CONTAINER_BIT_BAD_CRC), "checksum is wrong");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(all), cmocka_unit_test(two_gzips), cmocka_unit_test(none)};

	make_text();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
