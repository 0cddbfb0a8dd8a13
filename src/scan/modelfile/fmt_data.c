/* Formats that hold numbers: torch7, MXNet, XGBoost, LightGBM, CatBoost. Recognised by content, with what they say of themselves;
 * and the few parts of them that are not numbers.
 */
#include "base/doc.h"
#include "scan/modelfile/fmt.h"

enum { TEXT_MAX = 64 << 20 };

/* ---- torch7: binary (i32 type, …) or ASCII; objects by class name, functions as Lua bytecode */

static int torch7_detect(const struct aisp_input *in, struct aisp_slice head, struct aisp_slice path)
{
	bool named = aisp_model__suffixed_i(path, ".t7") || aisp_model__suffixed_i(path, ".th");

	(void)in;
	if (head.n < 12)
		return 0;
	/* type 4 (torch object), index, length of "V 1" = 3, "V 1" */
	if (aisp_le32(head.p) == 4 && head.n > 16 && aisp_le32(head.p + 8) == 3 && memcmp(head.p + 12, "V ", 2) == 0)
		return 90;
	if (aisp_model__prefixed(head, "4\n1\n3\nV "))
		return 90;
	return named && (aisp_le32(head.p) <= 8 || (head.p[0] >= '0' && head.p[0] <= '8' && head.p[1] == '\n')) ? 70 : 0;
}

static void torch7_scan(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice path)
{
	struct aisp_slice s = aisp_model__all(run, in, TEXT_MAX), rest = s;
	static const char *const words[] = {"os.execute", "io.popen", "loadstring", "dofile", "package.loadlib", "ffi.cdef", "ffi.load", "io.open", "require 'ffi'", NULL};
	static const struct {
		const char *a, *b;
	} consts[] = {{"execute", "os"}, {"popen", "io"}, {"loadstring", ""}, {"loadlib", "package"}, {"dofile", ""}};

	(void)path;
	/* Lua bytecode: "\x1bLJ" (LuaJIT) or "\x1bLua" */
	for (size_t i; (i = aisp_slice_chr(rest, '\x1b')) != SIZE_MAX && aisp_model__go_on(run); rest = aisp_slice_from(rest, i + 1)) {
		struct aisp_slice code = aisp_slice_from(rest, i);
		const char *name = NULL;

		if (!aisp_model__prefixed(code, "\x1bLJ") && !aisp_model__prefixed(code, "\x1bLua"))
			continue;
		for (size_t k = 0; k < sizeof consts / sizeof *consts && !name; k++)
			if (aisp_model__contains(code, consts[k].a) && aisp_model__contains(code, consts[k].b))
				name = consts[k].a;
		aisp_model__issue(run, "torch7-function", name ? AISP_MODEL_HIGH : AISP_MODEL_MEDIUM, AISP_S(""), (uint64_t)(code.p - s.p),
		                  name ? aisp_model__text(run, "Lua bytecode that uses %s", name) : AISP_S("Lua bytecode"), "a function is part of the model; unchecked bytecode can do anything", "");
	}
	for (const char *const *w = words; *w; w++) {
		size_t at = aisp_slice_find(s, aisp_slice_z(*w));

		if (at != SIZE_MAX)
			aisp_model__issue(run, "torch7-code", AISP_MODEL_HIGH, AISP_S(""), at, aisp_slice_to(aisp_slice_from(s, at), 150), "Lua code that runs commands or opens files", "");
	}
	aisp_model__fact(run, "producer", AISP_S("torch7"));
}

const struct aisp_model_reader aisp_model__torch7_reader = {AISP_MODEL_TORCH7, torch7_detect, torch7_scan};

/* ---- MXNet: NDArray lists (.params) and symbol JSON */

static int mxnet_detect(const struct aisp_input *in, struct aisp_slice head, struct aisp_slice path)
{
	(void)in;
	(void)path;
	if (head.n >= 24 && aisp_le64(head.p) == 0x112 && aisp_le64(head.p + 8) == 0)
		return 90;
	return head.n > 20 && head.p[0] == '{' && aisp_model__contains(aisp_slice_to(head, 200), "\"nodes\"") && aisp_model__contains(head, "\"op\"") &&
	               aisp_model__contains(head, "\"inputs\"") ? 60 : 0;
}

static void mxnet_scan(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice path)
{
	char first;
	const struct aisp_doc *d, *nodes;

	(void)path;
	if (!aisp_model__read(run, in, 0, &first, 1) || first != '{')
		return;
	d = aisp_model__json(run, aisp_model__all(run, in, TEXT_MAX));
	nodes = aisp_doc_get(d, "nodes");
	if (!d)
		aisp_model__partial(run, "the symbol file could not be read");
	for (uint32_t i = 0; i < aisp_doc_count(nodes); i++) {
		const struct aisp_doc *node = aisp_doc_at(nodes, i);
		struct aisp_slice op = aisp_doc_getstr(node, "op"), name = aisp_doc_getstr(node, "name");

		if (aisp_slice_eqz(op, "Custom") || aisp_slice_eqz(op, "_Native") || aisp_slice_eqz(op, "_NDArray") || aisp_slice_eqz(op, "_CustomFunction"))
			aisp_model__issue(run, "mxnet-custom", aisp_slice_eqz(op, "Custom") ? AISP_MODEL_MEDIUM : AISP_MODEL_HIGH, name, 0, op, "Python or native code of the loading program is called", "");
	}
}

const struct aisp_model_reader aisp_model__mxnet_reader = {AISP_MODEL_MXNET, mxnet_detect, mxnet_scan};

/* ---- XGBoost: JSON, UBJSON, the old binary */

static int xgboost_detect(const struct aisp_input *in, struct aisp_slice head, struct aisp_slice path)
{
	(void)in;
	(void)path;
	if (head.n > 20 && head.p[0] == '{' && (aisp_slice_find(head, AISP_S("learner")) != SIZE_MAX) &&
	    (aisp_model__contains(head, "gradient_booster") || aisp_model__contains(head, "learner_model_param") || aisp_model__contains(head, "feature_names") ||
	     aisp_model__contains(head, "attributes")))
		return 80;
	return aisp_model__prefixed(head, "binf") || aisp_model__prefixed(head, "bs64") ? 80 : 0;
}

static void text_hint(struct aisp_model_run *run, const struct aisp_input *in)
{
	struct aisp_slice s = aisp_model__bytes(run, in, 0, 1 << 20);
	const char *hint = aisp_model__code_hint(s);

	if (hint)
		aisp_model__issue(run, "metadata-code", AISP_MODEL_MEDIUM, AISP_S(""), 0, aisp_slice_z(hint), "text that looks like code stands where only data should be; nothing runs it on loading", "");
}

static void xgboost_scan(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice path)
{
	(void)path;
	aisp_model__fact(run, "producer", AISP_S("xgboost"));
	text_hint(run, in);
	aisp_model__zip_tail(run, in);
}

const struct aisp_model_reader aisp_model__xgboost_reader = {AISP_MODEL_XGBOOST, xgboost_detect, xgboost_scan};

/* ---- LightGBM: text */

static int lightgbm_detect(const struct aisp_input *in, struct aisp_slice head, struct aisp_slice path)
{
	(void)in;
	(void)path;
	return aisp_model__prefixed(head, "tree\nversion=") || (aisp_model__prefixed(head, "tree\n") && aisp_model__contains(head, "num_class=")) ? 90 : 0;
}

static void lightgbm_scan(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice path)
{
	struct aisp_slice head = aisp_model__bytes(run, in, 0, 4096), line;

	(void)path;
	aisp_model__fact(run, "producer", AISP_S("lightgbm"));
	while (aisp_slice_split(&head, '\n', &line)) {
		if (aisp_model__prefixed(line, "version="))
			aisp_model__fact(run, "framework_version", aisp_slice_from(line, 8));
		else if (aisp_model__prefixed(line, "objective="))
			aisp_model__fact(run, "architecture", aisp_slice_from(line, 10));
	}
	text_hint(run, in);
	aisp_model__zip_tail(run, in);
}

const struct aisp_model_reader aisp_model__lightgbm_reader = {AISP_MODEL_LIGHTGBM, lightgbm_detect, lightgbm_scan};

/* ---- CatBoost: "CBM1", u32 size, flatbuffer */

static int catboost_detect(const struct aisp_input *in, struct aisp_slice head, struct aisp_slice path)
{
	(void)in;
	(void)path;
	return aisp_model__prefixed(head, "CBM1") ? 90 : 0;
}

static void catboost_scan(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice path)
{
	char head[8];

	(void)path;
	aisp_model__fact(run, "producer", AISP_S("catboost"));
	if (!aisp_model__read(run, in, 0, head, 8) || aisp_le32(head + 4) > in->size - 8)
		aisp_model__partial(run, "the file is cut");
	aisp_model__zip_tail(run, in);
}

const struct aisp_model_reader aisp_model__catboost_reader = {AISP_MODEL_CATBOOST, catboost_detect, catboost_scan};
