/* safetensors and GGUF: what a file must be, and each way in which it is not. */
#include "fmt_build.h"

struct row {
	const char *header;
	size_t data;
	int worst; /* -1: clean */
	const char *what;
};

static struct scanned scan_header(const char *header, size_t data)
{
	struct aisp_buf AISP_AUTOBUF b = {0};

	aisp_buf_init(&b, 1 << 20);
	put_le(&b, strlen(header), 8);
	aisp_buf_putz(&b, header);
	aisp_buf_fill(&b, '\7', data);
	return scan_bytes(aisp_buf_slice(&b), "m.safetensors");
}

static void test_safetensors(void **state)
{
	static const struct row rows[] = {
	    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]}}   ", 16, -1, NULL},
	    {"{\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[16,20]},\"a\":{\"shape\":[2,2],\"data_offsets\":[0,16],\"dtype\":\"F32\"}}", 20, -1, NULL},
	    {"{\"__metadata__\":{\"format\":\"pt\"},\"a\":{\"dtype\":\"F4\",\"shape\":[8],\"data_offsets\":[0,4]}}", 4, -1, NULL},
	    {"{}", 0, -1, NULL},
	    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]},\"b\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[8,16]}}", 16, AISP_MODEL_HIGH, "overlap"},
	    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[8,12]}}", 12, AISP_MODEL_HIGH, "hole"},
	    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}", 9, AISP_MODEL_HIGH, "behind the last tensor"},
	    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4,8]}}", 8, AISP_MODEL_HIGH, "same name"},
	    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,4]}}", 4, AISP_MODEL_HIGH, "overflows"},
	    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,4]}}", 4, AISP_MODEL_HIGH, "shape needs 12 bytes"},
	    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4,0]}}", 4, AISP_MODEL_HIGH, "before it begins"},
	    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[4]}}", 4, AISP_MODEL_HIGH, "missing"},
	    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[-4],\"data_offsets\":[0,4]}}", 4, AISP_MODEL_HIGH, "not what the format says"},
	    {"{\"__metadata__\":{\"a\":{\"b\":[1,2,{}]}},\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}", 4, AISP_MODEL_HIGH, "not a text"},
	    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4],\"x\":[[\"]\"]]}}", 4, AISP_MODEL_HIGH, "a field"},
	    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[400],\"data_offsets\":[0,400]}}", 100, AISP_MODEL_MEDIUM, "beyond"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct scanned s = scan_header(rows[i].header, rows[i].data);

		assert_non_null(s.rep);
		assert_int_equal(s.rep->format, AISP_MODEL_SAFETENSORS);
		if (worst(&s, NULL, rows[i].what) != rows[i].worst)
			fail_msg("row %zu: %d, not %d", i, worst(&s, NULL, rows[i].what), rows[i].worst);
		if (rows[i].worst < 0)
			assert_int_equal(s.rep->state, AISP_MODEL_CLEAN);
		scan_done(&s);
	}
}

static void test_safetensors_facts(void **state)
{
	struct scanned s = scan_header("{\"__metadata__\":{\"modelspec.author\":\"Ann \\u00e9\",\"modelspec.license\":\"MIT\"},"
	                               "\"a\":{\"dtype\":\"BF16\",\"shape\":[2,3],\"data_offsets\":[0,12]}}", 12);

	(void)state;
	assert_true(has_fact(&s, "author", "Ann \xc3\xa9"));
	assert_true(has_fact(&s, "license", "MIT"));
	assert_true(has_fact(&s, "parameters", "6"));
	assert_true(has_fact(&s, "quantisation", "BF16"));
	scan_done(&s);
}

static void test_safetensors_truncated(void **state)
{
	static const char header[] = "{\"a\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]}}";
	char whole[8 + sizeof header + 16];

	(void)state;
	memset(whole, 7, sizeof whole);
	memset(whole, 0, 8);
	whole[0] = (char)(sizeof header - 1);
	memcpy(whole + 8, header, sizeof header - 1);
	/* Never clean when a byte is missing. */
	for (size_t n = 0; n < 8 + sizeof header - 1 + 16; n++) {
		struct scanned s = scan_bytes(aisp_slice_of(whole, n), "m.safetensors");

		if (s.rep)
			assert_int_not_equal(s.rep->state, AISP_MODEL_CLEAN);
		scan_done(&s);
	}
}

/* ---- GGUF */

static void gguf_str(struct aisp_buf *b, const char *z)
{
	put_le(b, strlen(z), 8);
	aisp_buf_putz(b, z);
}

static void gguf_head(struct aisp_buf *b, uint64_t tensors, uint64_t keys)
{
	aisp_buf_init(b, 1 << 20);
	aisp_buf_putz(b, "GGUF");
	put_le(b, 3, 4);
	put_le(b, tensors, 8);
	put_le(b, keys, 8);
}

static void gguf_text(struct aisp_buf *b, const char *key, const char *value)
{
	gguf_str(b, key);
	put_le(b, 8, 4);
	gguf_str(b, value);
}

static void gguf_tensor(struct aisp_buf *b, const char *name, uint64_t dim, uint32_t type, uint64_t offset)
{
	gguf_str(b, name);
	put_le(b, 1, 4);
	put_le(b, dim, 8);
	put_le(b, type, 4);
	put_le(b, offset, 8);
}

static void gguf_data(struct aisp_buf *b, size_t n)
{
	aisp_buf_fill(b, 0, (32 - b->n % 32) % 32);
	aisp_buf_fill(b, '\5', n);
}

static void test_gguf(void **state)
{
	struct aisp_buf AISP_AUTOBUF b = {0};
	struct scanned s;

	(void)state;
	gguf_head(&b, 2, 3);
	gguf_text(&b, "general.architecture", "llama");
	gguf_text(&b, "general.license", "apache-2.0");
	gguf_text(&b, "tokenizer.chat_template", "{% for m in messages %}{{ m.content }}{% endfor %}");
	gguf_tensor(&b, "a", 256, 12, 0); /* Q4_K: 144 bytes, then aligned to 32 */
	gguf_tensor(&b, "b", 8, 0, 160);
	gguf_data(&b, 192);
	s = scan_bytes(aisp_buf_slice(&b), "x.gguf");
	assert_int_equal(s.rep->state, AISP_MODEL_CLEAN);
	assert_int_equal(worst(&s, NULL, NULL), -1);
	assert_true(has_fact(&s, "architecture", "llama"));
	assert_true(has_fact(&s, "license", "apache-2.0"));
	assert_true(has_fact(&s, "parameters", "264"));
	scan_done(&s);
	for (size_t n = 4; n < b.n - 32; n++) {
		s = scan_bytes(aisp_slice_to(aisp_buf_slice(&b), n), "x.gguf");
		assert_int_not_equal(s.rep->state, AISP_MODEL_CLEAN);
		scan_done(&s);
	}
}

static void test_gguf_template(void **state)
{
	struct aisp_buf AISP_AUTOBUF b = {0};
	struct scanned s;

	(void)state;
	gguf_head(&b, 0, 1);
	gguf_text(&b, "tokenizer.chat_template.tool_use", "{{ ''['__cla'~'ss__'].__mro__ }}");
	s = scan_bytes(aisp_buf_slice(&b), "x.gguf");
	assert_int_equal(worst(&s, "template", "__class__"), AISP_MODEL_HIGH);
	assert_true(aisp_slice_eqz(s.rep->issues[0].where, "tokenizer.chat_template.tool_use"));
	assert_true(aisp_slice_eqz(s.rep->issues[0].reference, "CVE-2024-34359"));
	scan_done(&s);
}

static void gguf_bad(void (*build)(struct aisp_buf *b), const char *what, const char *reference)
{
	struct aisp_buf AISP_AUTOBUF b = {0};
	struct scanned s;

	build(&b);
	s = scan_bytes(aisp_buf_slice(&b), "x.gguf");
	if (worst(&s, "gguf-structure", what) != AISP_MODEL_HIGH)
		fail_msg("%s was not found", what);
	if (reference)
		assert_true(aisp_slice_eqz(s.rep->issues[0].reference, reference));
	scan_done(&s);
}

static void long_text(struct aisp_buf *b)
{
	gguf_head(b, 0, 1);
	gguf_str(b, "k");
	put_le(b, 8, 4);
	put_le(b, UINT64_MAX, 8);
}
static void long_array(struct aisp_buf *b)
{
	gguf_head(b, 0, 1);
	gguf_str(b, "k");
	put_le(b, 9, 4);
	put_le(b, 4, 4);
	put_le(b, 1ull << 62, 8);
}
static void many_tensors(struct aisp_buf *b)
{
	gguf_head(b, 1ull << 60, 0);
}
static void many_keys(struct aisp_buf *b)
{
	gguf_head(b, 0, 1ull << 60);
}
static void huge_product(struct aisp_buf *b)
{
	gguf_head(b, 1, 0);
	gguf_str(b, "t");
	put_le(b, 2, 4);
	put_le(b, 1ull << 40, 8);
	put_le(b, 1ull << 40, 8);
	put_le(b, 0, 12);
}
static void overlapping(struct aisp_buf *b)
{
	gguf_head(b, 2, 0);
	gguf_tensor(b, "a", 16, 0, 0);
	gguf_tensor(b, "b", 16, 0, 32);
	gguf_data(b, 96);
}
static void alignment(struct aisp_buf *b)
{
	gguf_head(b, 0, 1);
	gguf_str(b, "general.alignment");
	put_le(b, 4, 4);
	put_le(b, 0, 4);
}

static void test_gguf_bad(void **state)
{
	(void)state;
	gguf_bad(long_text, "a text of", "CVE-2024-21825");
	gguf_bad(long_array, "an array of", "CVE-2024-21825");
	gguf_bad(many_tensors, "tensors", "CVE-2024-21836");
	gguf_bad(many_keys, "keys", "CVE-2024-23605");
	gguf_bad(huge_product, "overflows", "CVE-2024-21802");
	gguf_bad(overlapping, "overlap", NULL);
	gguf_bad(alignment, "alignment 0", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_safetensors), cmocka_unit_test(test_safetensors_facts), cmocka_unit_test(test_safetensors_truncated),
	    cmocka_unit_test(test_gguf),        cmocka_unit_test(test_gguf_template),     cmocka_unit_test(test_gguf_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
