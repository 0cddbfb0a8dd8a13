/* Programs that carry a model (llamafile: an executable with a zip of GGUF files behind it), and programs that pass for a model by
 * their name. Ordinary programs are none of this folder's business.
 */
#include "scan/container/container.h"
#include "scan/modelfile/fmt.h"

static const char *program(struct aisp_slice head)
{
	if (aisp_model__prefixed(head, "MZqFpD"))
		return "APE executable";
	if (aisp_model__prefixed(head, "jartsr='"))
		return "APE executable";
	if (aisp_model__prefixed(head, "\x7f" "ELF"))
		return "ELF executable";
	if (head.n > 64 && head.p[0] == 'M' && head.p[1] == 'Z') {
		uint32_t pe = aisp_le32(head.p + 60);

		return pe < head.n - 4 && memcmp(head.p + pe, "PE\0\0", 4) == 0 ? "Windows executable" : NULL;
	}
	if (head.n > 8 && (aisp_le32(head.p) == 0xfeedface || aisp_le32(head.p) == 0xfeedfacf || (aisp_be32(head.p) == 0xcafebabe && aisp_be32(head.p + 4) < 20)))
		return "macOS executable";
	if (aisp_model__prefixed(head, "#!/") || aisp_model__prefixed(head, "#! /"))
		return "script";
	if (aisp_model__prefixed(head, "<?php") || aisp_model__prefixed(head, "@echo off"))
		return "script";
	return NULL;
}

static bool model_name(struct aisp_slice path)
{
	static const char *const ends[] = {".pkl", ".pickle", ".pt", ".pth", ".ckpt", ".bin", ".safetensors", ".gguf", ".ggml", ".onnx", ".h5", ".hdf5", ".keras", ".pb",
	                                   ".tflite", ".joblib", ".npy", ".npz", ".mlmodel", ".t7", ".rds", ".rdata", ".model", ".nemo", ".mar", ".skops", ".pmml", ".params",
	                                   ".ort", ".cbm", ".ubj", ".bst", ".pdmodel", ".pdparams", ".dill", ".msgpack", ".engine", ".weights", ".caffemodel", ".llamafile", NULL};

	for (const char *const *e = ends; *e; e++)
		if (aisp_model__suffixed_i(path, *e))
			return true;
	return false;
}

static int detect(const struct aisp_input *in, struct aisp_slice head, struct aisp_slice path)
{
	const char *kind = program(head);

	if (!kind)
		return 0;
	if (aisp_model__zip_has(in, "*.gguf") || aisp_model__suffixed_i(path, ".llamafile"))
		return 92;
	return model_name(path) ? 85 : 0;
}

static bool member(struct aisp_model_run *run, void *ctx, const struct aisp_container_member *m)
{
	unsigned *models = ctx;
	struct aisp_slice base = aisp_slice_basename(m->name);

	if (aisp_model__suffixed_i(base, ".gguf"))
		++*models;
	if (aisp_slice_eqz(base, ".args")) {
		struct aisp_slice args = aisp_model__bytes(run, &m->input, 0, 64 << 10);
		static const char *const odd[] = {"http://", "https://", "/etc/", "--rpc", "--ssl", "| sh", "curl ", "--api-key", NULL};

		aisp_model__fact(run, "arguments", aisp_slice_trim(args));
		for (const char *const *o = odd; *o; o++)
			if (aisp_model__contains(args, *o)) {
				aisp_model__issue(run, "llamafile-arguments", AISP_MODEL_MEDIUM, m->name, 0, aisp_slice_trim(args), "arguments that the program is started with", "");
				break;
			}
		return true;
	}
	/* The runtime brings its own helpers. */
	return aisp_model__prefixed(m->name, "usr/share/zoneinfo") || aisp_model__prefixed(m->name, "llama.cpp/") || aisp_model__prefixed(m->name, ".symtab");
}

static void scan(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice path)
{
	struct aisp_slice head = aisp_model__bytes(run, in, 0, 4096);
	const char *kind = program(head), *hint;
	bool behind = aisp_model__zip_has(in, "*.gguf");
	unsigned models = 0;

	if (!kind)
		return;
	if (behind || aisp_model__suffixed_i(path, ".llamafile")) {
		aisp_model__issue(run, "executable-model", AISP_MODEL_MEDIUM, AISP_S(""), 0, aisp_slice_z(kind), "an executable that carries a model: starting the model runs it", "");
		if (behind)
			aisp_model__zip_members(run, in, member, &models);
		aisp_model__fact_u64(run, "models", models);
	} else {
		aisp_model__issue(run, "executable", AISP_MODEL_HIGH, AISP_S(""), 0, aisp_slice_z(kind), "a program under the name of a model", "");
		aisp_model__zip_behind(run, in);
	}
	hint = strcmp(kind, "script") == 0 ? aisp_model__code_hint(aisp_model__bytes(run, in, 0, 1 << 20)) : NULL;
	if (hint)
		aisp_model__issue(run, "executable-script", AISP_MODEL_CRITICAL, AISP_S(""), 0, aisp_slice_z(hint), "what the script does", "");
}

static void executable_scan(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice path)
{
	scan(run, in, path);
}

static int executable_detect(const struct aisp_input *in, struct aisp_slice head, struct aisp_slice path)
{
	return detect(in, head, path) == 85 ? 85 : 0;
}

static int llamafile_detect(const struct aisp_input *in, struct aisp_slice head, struct aisp_slice path)
{
	return detect(in, head, path) == 92 ? 92 : 0;
}

const struct aisp_model_reader aisp_model__executable_reader = {AISP_MODEL_EXECUTABLE, executable_detect, executable_scan};
const struct aisp_model_reader aisp_model__llamafile_reader = {AISP_MODEL_LLAMAFILE, llamafile_detect, scan};
