/* HDF5 and Keras, TensorFlow, ONNX, configurations, R, XML: what runs or reaches out, and the same shape without it. Files in
 * fuzz/corpus/hdf5 whose names begin with "real_" and those of tests/accuracy/model/files-real were written by h5py, onnx, gguf
 * and safetensors.
 */
#include "fmt_build.h"

static struct scanned scan_file(const char *name, const char *as)
{
	struct aisp_arena *a = aisp_arena_new(4 << 20);
	char path[512];
	struct scanned s;

	snprintf(path, sizeof path, "%s/%s", SOURCE_DIR, name);
	s = scan_bytes(slurp(a, path), as);
	aisp_arena_free(a);
	return s;
}

static void test_real(void **state)
{
	static const struct {
		const char *file, *as;
		enum aisp_model_format format;
		const char *what; /* NULL: clean */
	} rows[] = {
	    {"tests/accuracy/model/files-real/keras_earliest.h5", "x.h5", AISP_MODEL_HDF5, NULL},
	    {"tests/accuracy/model/files-real/keras_latest.h5", "x.h5", AISP_MODEL_HDF5, NULL},
	    {"tests/accuracy/model/files-real/ok.onnx", "x", AISP_MODEL_ONNX, NULL},
	    {"tests/accuracy/model/files-real/ok.gguf", "x", AISP_MODEL_GGUF, NULL},
	    {"tests/accuracy/model/files-real/ok_be.gguf", "x", AISP_MODEL_GGUF, NULL},
	    {"tests/accuracy/model/files-real/ok.safetensors", "x", AISP_MODEL_SAFETENSORS, NULL},
	    {"fuzz/corpus/hdf5/real_bad_ext_latest_h5", "x", AISP_MODEL_HDF5, "external link: /etc/passwd"},
	    {"fuzz/corpus/hdf5/real_bad_raw_latest_h5", "x", AISP_MODEL_HDF5, "external storage: /etc/hostname"},
	    {"fuzz/corpus/hdf5/real_bad_raw_earliest_h5", "x", AISP_MODEL_HDF5, "external storage: /etc/hostname"},
	    {"fuzz/corpus/hdf5/real_bad_vds_h5", "x", AISP_MODEL_HDF5, "virtual dataset: /var/lib/x.h5"},
	    {"fuzz/corpus/hdf5/real_dense_latest_h5", "x", AISP_MODEL_HDF5, "Lambda"},
	    {"fuzz/corpus/hdf5/real_dense_latest_h5", "x", AISP_MODEL_HDF5, "/etc/passwd"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct scanned s = scan_file(rows[i].file, rows[i].as);

		assert_non_null(s.rep);
		if (s.rep->format != rows[i].format || (rows[i].what ? worst(&s, NULL, rows[i].what) < AISP_MODEL_HIGH : s.rep->state != AISP_MODEL_CLEAN))
			fail_msg("%s: format %d, state %d", rows[i].file, s.rep->format, s.rep->state);
		scan_done(&s);
	}
}

static void test_keras(void **state)
{
	static const struct {
		const char *json;
		const char *rule;
		int severity;
	} rows[] = {
	    {"{\"module\":\"keras.layers\",\"class_name\":\"Dense\",\"config\":{\"units\":3},\"registered_name\":null}", NULL, -1},
	    {"{\"module\":\"keras.layers\",\"class_name\":\"StringLookup\",\"config\":{\"vocabulary\":[\"a\"]},\"registered_name\":null}", NULL, -1},
	    {"{\"module\":\"os\",\"class_name\":\"function\",\"config\":\"system\",\"registered_name\":\"system\"}", "keras-module", AISP_MODEL_HIGH},
	    {"{\"module\":\"keras.utils\",\"class_name\":\"function\",\"config\":\"get_file\",\"registered_name\":\"get_file\"}", "keras-gadget", AISP_MODEL_HIGH},
	    {"{\"module\":\"some.pkg\",\"class_name\":\"Layer\",\"config\":{},\"registered_name\":null}", "keras-module", AISP_MODEL_MEDIUM},
	    {"{\"module\":\"keras.layers\",\"class_name\":\"StringLookup\",\"config\":{\"vocabulary\":\"/etc/passwd\"},\"registered_name\":null}", "keras-file", AISP_MODEL_HIGH},
	    {"{\"class_name\":\"Sequential\",\"config\":{\"layers\":[{\"class_name\":\"Lambda\",\"config\":{\"name\":\"l\",\"function\":[\"not base64!\",null,null]}}]}}", "keras-lambda",
	     AISP_MODEL_HIGH},
	    {"{\"module\":\"keras.layers\",\"class_name\":\"TorchModuleWrapper\",\"config\":{},\"registered_name\":null}", "keras-gadget", AISP_MODEL_HIGH},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct scanned s = scan_bytes(aisp_slice_z(rows[i].json), "config.json");

		assert_non_null(s.rep);
		if (worst(&s, rows[i].rule, NULL) != rows[i].severity)
			fail_msg("%s: %d", rows[i].json, worst(&s, rows[i].rule, NULL));
		scan_done(&s);
	}
}

static void put_node(struct aisp_buf *graph, unsigned field, const char *name, const char *op, const char *text)
{
	struct aisp_buf AISP_AUTOBUF node = {0}, AISP_AUTOBUF tensor = {0}, AISP_AUTOBUF value = {0}, AISP_AUTOBUF attr = {0};

	aisp_buf_init(&node, 1 << 16);
	aisp_buf_init(&tensor, 1 << 16);
	aisp_buf_init(&value, 1 << 16);
	aisp_buf_init(&attr, 1 << 16);
	pb_z(&node, 1, name);
	pb_z(&node, 2, op);
	if (text) {
		pb_int(&tensor, 1, 7);
		pb_z(&tensor, 8, text);
		pb_close(&value, 8, &tensor);
		pb_z(&attr, 1, "value");
		pb_close(&attr, 2, &value);
		pb_close(&node, 5, &attr);
	} else {
		pb_z(&node, 3, "path");
	}
	pb_close(graph, field, &node);
}

/* A SavedModel whose operation stands in the graph, or in a function of its library. */
static struct scanned scan_saved(const char *op, bool in_function)
{
	struct aisp_buf AISP_AUTOBUF graph = {0}, AISP_AUTOBUF f = {0}, AISP_AUTOBUF lib = {0}, AISP_AUTOBUF info = {0}, AISP_AUTOBUF meta = {0}, AISP_AUTOBUF all = {0};

	aisp_buf_init(&graph, 1 << 16);
	aisp_buf_init(&f, 1 << 16);
	aisp_buf_init(&lib, 1 << 16);
	aisp_buf_init(&info, 1 << 16);
	aisp_buf_init(&meta, 1 << 16);
	aisp_buf_init(&all, 1 << 16);
	put_node(&graph, 1, "x", "Placeholder", NULL);
	put_node(in_function ? &f : &graph, in_function ? 3 : 1, "path", "Const", "/etc/passwd");
	put_node(in_function ? &f : &graph, in_function ? 3 : 1, "n", op, NULL);
	pb_close(&lib, 1, &f);
	pb_close(&graph, 2, &lib);
	pb_z(&info, 5, "2.15.0");
	pb_close(&meta, 1, &info);
	pb_close(&meta, 2, &graph);
	pb_int(&all, 1, 1);
	pb_close(&all, 2, &meta);
	return scan_bytes(aisp_buf_slice(&all), "saved_model.pb");
}

static void test_tensorflow(void **state)
{
	static const char *const bad[] = {"ReadFile", "WriteFile", "MatchingFiles", "PyFunc", "EagerPyFunc", "ImmutableConst", "TextLineDataset"};
	static const char *const good[] = {"SaveV2", "RestoreV2", "MergeV2Checkpoints", "ShardedFilename", "MatMul", "PrintV2"};

	(void)state;
	for (int in_function = 0; in_function < 2; in_function++) {
		for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
			struct scanned s = scan_saved(bad[i], in_function);

			assert_int_equal(s.rep->format, AISP_MODEL_SAVED_MODEL);
			assert_int_equal(worst(&s, "tensorflow-op", "/etc/passwd"), AISP_MODEL_CRITICAL);
			scan_done(&s);
		}
		for (size_t i = 0; i < sizeof good / sizeof *good - 1; i++) {
			struct scanned s = scan_saved(good[i], in_function);

			assert_int_equal(s.rep->state, AISP_MODEL_CLEAN);
			assert_true(has_fact(&s, "framework_version", "tensorflow 2.15.0"));
			scan_done(&s);
		}
	}
}

static struct scanned scan_onnx(const char *location, const char *op, const char *domain)
{
	struct aisp_buf AISP_AUTOBUF entry = {0}, AISP_AUTOBUF tensor = {0}, AISP_AUTOBUF node = {0}, AISP_AUTOBUF graph = {0}, AISP_AUTOBUF opset = {0}, AISP_AUTOBUF all = {0};

	aisp_buf_init(&entry, 1 << 16);
	aisp_buf_init(&tensor, 1 << 16);
	aisp_buf_init(&node, 1 << 16);
	aisp_buf_init(&graph, 1 << 16);
	aisp_buf_init(&opset, 1 << 16);
	aisp_buf_init(&all, 1 << 16);
	pb_int(&tensor, 1, 4);
	pb_int(&tensor, 2, 1);
	pb_z(&tensor, 8, "w");
	pb_z(&entry, 1, "location");
	pb_z(&entry, 2, location);
	pb_close(&tensor, 13, &entry);
	pb_int(&tensor, 14, 1);
	pb_z(&node, 1, "x");
	pb_z(&node, 4, op);
	pb_z(&node, 7, domain);
	pb_close(&graph, 1, &node);
	pb_z(&graph, 2, "g");
	pb_close(&graph, 5, &tensor);
	pb_int(&opset, 2, 17);
	pb_int(&all, 1, 8);
	pb_close(&all, 7, &graph);
	pb_close(&all, 8, &opset);
	return scan_bytes(aisp_buf_slice(&all), "m.onnx");
}

static void test_onnx(void **state)
{
	static const struct {
		const char *location, *op, *domain;
		int worst;
	} rows[] = {
	    {"w.bin", "MatMul", "", -1},
	    {"weights/w.bin", "Attention", "com.microsoft", -1},
	    {"w.bin", "Mine", "org.example", AISP_MODEL_LOW},
	    {"/etc/passwd", "MatMul", "", AISP_MODEL_HIGH},
	    {"a/../../b", "MatMul", "", AISP_MODEL_HIGH},
	    {"a..b", "MatMul", "", -1},
	    {"C:\\x", "MatMul", "", AISP_MODEL_HIGH},
	    {"https://x.example/w", "MatMul", "", AISP_MODEL_HIGH},
	    {"w.bin", "PythonOp", "com.microsoft", AISP_MODEL_HIGH},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct scanned s = scan_onnx(rows[i].location, rows[i].op, rows[i].domain);

		assert_int_equal(s.rep->format, AISP_MODEL_ONNX);
		if (worst(&s, NULL, NULL) != rows[i].worst)
			fail_msg("%s %s: %d", rows[i].location, rows[i].op, worst(&s, NULL, NULL));
		scan_done(&s);
	}
}

static void test_configs(void **state)
{
	static const struct {
		const char *path, *text, *rule;
		int severity;
	} rows[] = {
	    {"config.json", "{\"model_type\": \"llama\", \"hidden_size\": 3}", NULL, -1},
	    {"config.json", "{\"model_type\": \"x\", \"auto_map\": {\"AutoModel\": \"modeling_x.X\"}}", "repository-code", AISP_MODEL_LOW},
	    {"config.json", "{\"model_type\": \"x\", \"auto_map\": {\"AutoModel\": \"org/repo--modeling_x.X\"}}", "remote-code", AISP_MODEL_MEDIUM},
	    {"a.yaml", "m:\n  _target_: torch.nn.Linear\n", NULL, -1},
	    {"a.yaml", "m:\n - x:\n    _target_: os.system\n", "config-target", AISP_MODEL_HIGH},
	    {"model_index.json", "{\"_diffusers_version\": \"1\", \"unet\": [\"diffusers\", \"U\"]}", NULL, -1},
	    {"model_index.json", "{\"_diffusers_version\": \"1\", \"unet\": [\"subprocess\", \"Popen\"]}", "config-class", AISP_MODEL_HIGH},
	    {"m.pmml", "<PMML version=\"4.4\"><Header/></PMML>", NULL, -1},
	    {"m.pmml", "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><PMML version=\"4.4\">&a;</PMML>", "xml-entity", AISP_MODEL_HIGH},
	    {"m.pmml", "<PMML version=\"4.4\"><Extension>os.system('id')</Extension></PMML>", "pmml-extension", AISP_MODEL_HIGH},
	    {"m.xml", "<net name=\"x\" version=\"11\"><layers><layer id=\"0\" type=\"Const\" version=\"opset1\"><data offset=\"0\"/></layer></layers></net>", NULL, -1},
	    {"m.xml", "<net name=\"x\" version=\"11\"><layers><layer id=\"0\" type=\"C\" version=\"opset1\"><data lib=\"x.so\"/></layer></layers></net>", "openvino-library", AISP_MODEL_HIGH},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct scanned s = scan_bytes(aisp_slice_z(rows[i].text), rows[i].path);

		assert_non_null(s.rep);
		if (worst(&s, rows[i].rule, NULL) != rows[i].severity)
			fail_msg("%s: %d", rows[i].text, worst(&s, rows[i].rule, NULL));
		scan_done(&s);
	}
	/* No model's business. */
	struct scanned s = scan_bytes(AISP_S("{\"name\": \"left-pad\", \"version\": \"1.0.0\"}"), "package.json");
	assert_null(s.rep);
	scan_done(&s);
	s = scan_bytes(AISP_S("#!/bin/sh\necho hello\n"), "run.sh");
	assert_null(s.rep);
	scan_done(&s);
}

/* promise(system("id")), in XDR: flags, value UNBOUND, expression. */
static void test_r(void **state)
{
	static const char head[] = "X\n\0\0\0\2\0\4\3\1\0\2\3\0";
	static const char promise[] = "\0\0\4\5\0\0\0\xfd\0\0\0\xfc\0\0\0\6\0\0\0\1\0\4\0\x09\0\0\0\6system\0\0\0\2\0\0\0\x10\0\0\0\1\0\4\0\x09\0\0\0\2id\0\0\0\xfe";
	static const char evaluated[] = "\0\0\0\5\0\0\0\xfe\0\0\0\6\0\0\0\1\0\4\0\x09\0\0\0\6system\0\0\0\xfe";
	struct aisp_buf AISP_AUTOBUF b = {0};
	struct scanned s;

	(void)state;
	aisp_buf_init(&b, 1 << 16);
	aisp_buf_put(&b, aisp_slice_of(head, sizeof head - 1));
	aisp_buf_put(&b, aisp_slice_of(promise, sizeof promise - 1));
	s = scan_bytes(aisp_buf_slice(&b), "x.rds");
	assert_int_equal(s.rep->format, AISP_MODEL_R_DATA);
	assert_int_equal(worst(&s, "r-promise", "system(\"id\")"), AISP_MODEL_CRITICAL);
	assert_int_equal(s.rep->state, AISP_MODEL_FINDINGS);
	scan_done(&s);
	s = scan_bytes(aisp_slice_to(aisp_buf_slice(&b), b.n - 10), "x.rds");
	assert_int_equal(s.rep->state, AISP_MODEL_PARTIAL);
	scan_done(&s);
	aisp_buf_clear(&b);
	aisp_buf_put(&b, aisp_slice_of(head, sizeof head - 1));
	aisp_buf_put(&b, aisp_slice_of(evaluated, sizeof evaluated - 1));
	s = scan_bytes(aisp_buf_slice(&b), "x.rds");
	assert_int_equal(worst(&s, "r-promise", NULL), -1);
	scan_done(&s);
}

/* Every allocation fails once: the code is NOMEM or the answer is whole; nothing leaks. */
static void test_memory(void **state)
{
	static const char text[] = "{\"model_type\":\"x\",\"chat_template\":\"{% set a = '__cla' ~ 'ss__' %}{{ x[a] }}\",\"auto_map\":{\"A\":\"b.C\"}}";
	size_t live = aisp_mem_live();

	(void)state;
	for (uint64_t nth = 1; nth < 400; nth++) {
		struct aisp_arena *a = aisp_arena_new(0);
		struct aisp_input in = aisp_input_mem(aisp_slice_of(text, sizeof text - 1));
		const struct aisp_model_report *rep = NULL;
		struct aisp_err err = {0};
		int r;

		aisp_fault_set(nth, false);
		r = aisp_model_scan(&in, AISP_S("tokenizer_config.json"), NULL, a, &rep, &err);
		aisp_fault_set(0, false);
		if (r == 0)
			assert_true(rep == NULL || rep->state != AISP_MODEL_CLEAN);
		aisp_arena_free(a);
		assert_int_equal(aisp_mem_live(), live);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_real), cmocka_unit_test(test_keras),   cmocka_unit_test(test_tensorflow), cmocka_unit_test(test_onnx),
	    cmocka_unit_test(test_configs), cmocka_unit_test(test_r), cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
