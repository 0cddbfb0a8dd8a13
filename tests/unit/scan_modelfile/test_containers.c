/* Model files in containers: PyTorch's zips and tars, joblib, NumPy, archives; and what a scan of large ones reads. */
#include "../scan_container/help.h"
#include "pickle_help.h"
#include <zlib.h>

#define EVIL "\x80\x02" "cos\nsystem\nX\x02\0\0\0id\x85R."
#define GOOD "\x80\x02" "ccollections\nOrderedDict\n)R."

static struct file stored(const char *name, struct aisp_slice s)
{
	return (struct file){.name = name, .packed = s, .size = (uint32_t)s.n, .crc = (uint32_t)crc32(0, (const unsigned char *)s.p, (unsigned)s.n)};
}

static void torch(void **state)
{
	struct aisp_buf AISP_AUTOBUF b = {0};
	struct aisp_slice version = AISP_S("3\n"), storage = AISP_S("\0\0\x80?\0\0\0@");
	struct file f[] = {stored("archive/data.pkl", AISP_S(GOOD)), stored("archive/data/0", storage), stored("archive/version", version)};

	(void)state;
	zip_of(f, 3, &b);
	struct scanned s = scan_bytes(aisp_buf_slice(&b), "x", NULL);
	assert_int_equal(s.rep->format, AISP_MODEL_TORCH_ZIP);
	assert_int_equal(s.rep->state, AISP_MODEL_CLEAN);
	scanned_done(&s);

	f[0].packed = AISP_S(EVIL);
	f[0].size = sizeof EVIL - 1;
	aisp_buf_clear(&b);
	zip_of(f, 3, &b);
	s = scan_bytes(aisp_buf_slice(&b), "x", NULL);
	assert_int_equal(worst(&s), AISP_MODEL_CRITICAL);
	assert_true(aisp_slice_eqz(issue_of(&s, "pickle-call")->where, "archive/data.pkl"));
	assert_non_null(issue_of(&s, "zip-bad-crc"));
	scanned_done(&s);

	/* A pickle where a tensor should be. */
	f[0] = stored("archive/data.pkl", AISP_S(GOOD));
	f[1] = stored("archive/data/0", AISP_S(EVIL));
	aisp_buf_clear(&b);
	zip_of(f, 3, &b);
	s = scan_bytes(aisp_buf_slice(&b), "x", NULL);
	assert_int_equal(worst(&s), AISP_MODEL_CRITICAL);
	scanned_done(&s);
}

static void script(void **state)
{
	struct aisp_buf AISP_AUTOBUF b = {0}, AISP_AUTOBUF text = {0};

	(void)state;
	for (int evil = 0; evil < 2; evil++) {
		aisp_buf_clear(&b);
		aisp_buf_clear(&text);
		aisp_buf_putz(&text, "class M(Module):\n  def forward(self, x: Tensor) -> Tensor:\n    ");
		aisp_buf_putz(&text, evil ? "_0 = ops.aten.save(x, \"/tmp/x\")" : "y = torch.relu(x) # ops.aten.save(x)");
		aisp_buf_putz(&text, "\n    return x\n");
		struct file f[] = {stored("m/data.pkl", AISP_S(GOOD)), stored("m/code/__torch__.py", aisp_buf_slice(&text)),
		                   stored("m/constants.pkl", AISP_S("\x80\x02)."))};
		zip_of(f, 3, &b);
		struct scanned s = scan_bytes(aisp_buf_slice(&b), "x", NULL);
		assert_int_equal(s.rep->format, AISP_MODEL_TORCHSCRIPT);
		assert_int_equal(worst(&s), evil ? AISP_MODEL_HIGH : -1);
		scanned_done(&s);
	}
}

static void legacy(void **state)
{
	static const char head[] = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}.";
	struct aisp_buf AISP_AUTOBUF b = {0};

	(void)state;
	for (int evil = 0; evil < 2; evil++) {
		aisp_buf_clear(&b);
		aisp_buf_put(&b, aisp_slice_of(head, sizeof head - 1));
		aisp_buf_put(&b, evil ? AISP_S(EVIL) : AISP_S(GOOD));
		aisp_buf_put(&b, AISP_S("\x80\x02](X\x01\0\0\0" "0e."));
		aisp_buf_fill(&b, 7, 100);
		struct scanned s = scan_bytes(aisp_buf_slice(&b), "x", NULL);
		assert_int_equal(s.rep->format, AISP_MODEL_TORCH_LEGACY);
		assert_int_equal(worst(&s), evil ? AISP_MODEL_CRITICAL : -1);
		scanned_done(&s);
	}
}

static void numpy(void **state)
{
	(void)state;
	for (int objects = 0; objects < 2; objects++) {
		struct aisp_buf AISP_AUTOBUF b = {0};
		aisp_buf_put(&b, AISP_S("\x93NUMPY\x01\0\x3e\0"));
		aisp_buf_printf(&b, "{'descr': '%s', 'fortran_order': False, 'shape': (1,), }     \n", objects ? "|O" : "f8");
		assert_int_equal(b.n, 10 + 0x3e);
		aisp_buf_put(&b, AISP_S(EVIL));
		struct scanned s = scan_bytes(aisp_buf_slice(&b), "x", NULL);
		assert_int_equal(s.rep->format, AISP_MODEL_NUMPY);
		assert_int_equal(worst(&s), objects ? AISP_MODEL_CRITICAL : -1);
		scanned_done(&s);
	}
	struct scanned s = scan_bytes(AISP_S("\x93NUMPY\x01\0\xff\0{"), "x", NULL);
	assert_int_equal(s.rep->state, AISP_MODEL_PARTIAL);
	scanned_done(&s);
}

/* The raw array between the opcodes is skipped by its length, and what follows it is read. */
static void joblib(void **state)
{
	struct aisp_buf AISP_AUTOBUF b = {0};

	(void)state;
	for (int evil = 0; evil < 2; evil++) {
		aisp_buf_clear(&b);
		aisp_buf_put(&b, AISP_S("\x80\x03}(X\x01\0\0\0xcjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}(X\x08\0\0\0subclasscnumpy\nndarray\n"
		                       "X\x05\0\0\0shapeK\x02\x85X\x05\0\0\0dtypecnumpy\ndtype\nX\x02\0\0\0" "f8\x89\x88\x87R"
		                       "X\x1b\0\0\0numpy_array_alignment_bytesK\x10ub"));
		aisp_buf_put(&b, AISP_S("\x03\xff\xff\xff" "................")); /* STOP opcodes, were they read as such */
		aisp_buf_putz(&b, "X");
		aisp_buf_put(&b, AISP_S("\x01\0\0\0y"));
		aisp_buf_put(&b, evil ? AISP_S("cos\nsystem\nX\x02\0\0\0id\x85R") : AISP_S("N"));
		aisp_buf_putz(&b, "u.");
		struct scanned s = scan_bytes(aisp_buf_slice(&b), "x", NULL);
		assert_int_equal(s.rep->format, AISP_MODEL_JOBLIB);
		assert_int_equal(worst(&s), evil ? AISP_MODEL_CRITICAL : -1);
		assert_int_equal(s.rep->partial.n, 0);
		scanned_done(&s);
	}
}

static void nested(void **state)
{
	struct aisp_buf AISP_AUTOBUF in = {0}, AISP_AUTOBUF out = {0};
	struct file f = stored("readme", AISP_S(EVIL));

	(void)state;
	for (int depth = 0; depth < 12; depth++) {
		aisp_buf_clear(&out);
		zip_of(&f, 1, &out);
		struct scanned s = scan_bytes(aisp_buf_slice(&out), "x.zip", NULL);
		if (depth < 2)
			assert_int_equal(worst(&s), AISP_MODEL_CRITICAL);
		assert_true(!s.rep || s.rep->state != AISP_MODEL_CLEAN);
		scanned_done(&s);
		aisp_buf_clear(&in);
		aisp_buf_put(&in, aisp_buf_slice(&out));
		f = stored("inner", aisp_buf_slice(&in));
	}
	/* Zips without a model are none. */
	f = stored("notes.txt", AISP_S("nothing"));
	aisp_buf_clear(&out);
	zip_of(&f, 1, &out);
	struct scanned s = scan_bytes(aisp_buf_slice(&out), "x.zip", NULL);
	assert_null(s.rep);
	scanned_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(torch), cmocka_unit_test(script), cmocka_unit_test(legacy),
	                                   cmocka_unit_test(numpy), cmocka_unit_test(joblib), cmocka_unit_test(nested)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
