/* Models in flatbuffers: TFLite (custom and Flex operators, metadata) and ONNX Runtime's .ort (operators). Field slots are those of
 * tensorflow/compiler/mlir/lite/schema/schema.fbs and onnxruntime/core/flatbuffers/schema/ort.fbs.
 */
#include "scan/modelfile/fmt.h"

enum { FLAT_MAX = 200 << 20, CODES_MAX = 100000 };

static struct aisp_fb flat(struct aisp_model_run *run, const struct aisp_input *in)
{
	struct aisp_fb fb = {aisp_model__all(run, in, FLAT_MAX)};

	return fb;
}

static void custom(struct aisp_model_run *run, struct aisp_slice name)
{
	static const char *const known[] = {"TFLite_Detection_PostProcess", "MaxPoolingWithArgmax2D", "MaxUnpooling2D", "Convolution2DTransposeBias", "TransformLandmarks",
	    "TransformTensorBilinear", "Landmarks2TransformMatrix", "AudioSpectrogram", "Mfcc", "Irfft2d", "Multinomial", "RandomStandardNormal", "RandomUniform",
	    "AvgPool3DGrad", "Roll", "TFSentencepieceTokenizeOp", "TFSentencepieceDetokenizeOp", "RaggedTensorToTensor", "NumericVerify", "edgetpu-custom-op",
	    "RFFT2D", "Atan2", "Sign", "Complex", "ethos-u", "UNPACK", "GENAI_OPS", "KmeansEmbeddingLookup", "NGrams", "RegexReplace", "TFMD", "stablehlo.scatter",
	    "tftext:WhitespaceTokenizer", "tftext:FastWordpieceTokenizer", "tftext:Ngrams", "PREDICT", "EXTRACT_FEATURES", "NORMALIZE", "Normalize", "custom_call.aten", NULL};

	if (aisp_model__prefixed(name, "Flex")) {
		aisp_model__tf_op(run, AISP_S("operator_codes"), aisp_slice_from(name, 4), aisp_slice_of(NULL, 0));
		return;
	}
	if (aisp_model__one_of(name, known) || aisp_model__prefixed(name, "tftext:") || aisp_model__prefixed(name, "aten."))
		return;
	aisp_model__tf_op(run, AISP_S("operator_codes"), name, aisp_slice_of(NULL, 0));
	aisp_model__issue(run, "tflite-custom-op", AISP_MODEL_MEDIUM, AISP_S("operator_codes"), 0, name,
	                  "native code from outside the runtime is needed to run this operator", "");
}

static void metadata(struct aisp_model_run *run, const struct aisp_fb *fb, uint32_t model)
{
	uint32_t n, first = aisp_fb__vector(fb, model, 6, &n);
	struct aisp_slice text = aisp_fb__string(fb, model, 3);
	const char *hint = aisp_model__code_hint(text);

	aisp_model__fact(run, "description", text);
	for (uint32_t i = 0; i < n && i < 100; i++)
		if (aisp_slice_eqz(aisp_fb__string(fb, aisp_fb__item(fb, first, n, i), 0), "min_runtime_version"))
			aisp_model__fact(run, "producer", AISP_S("TensorFlow Lite converter"));
	if (hint)
		aisp_model__issue(run, "metadata-code", AISP_MODEL_MEDIUM, AISP_S("description"), 0, text,
		                  "text that looks like code stands where only data should be; nothing runs it on loading", "");
}

/* Buffers are weights; a program or pickle in one is not. */
static void buffers(struct aisp_model_run *run, const struct aisp_fb *fb, uint32_t model)
{
	uint32_t n, first = aisp_fb__vector(fb, model, 4, &n);

	for (uint32_t i = 0; i < n && i < CODES_MAX && aisp_model__go_on(run); i++) {
		struct aisp_slice data = aisp_fb__string(fb, aisp_fb__item(fb, first, n, i), 0);

		if (data.n > 32 && (memcmp(data.p, "\x7f" "ELF", 4) == 0 || memcmp(data.p, "PK\3\4", 4) == 0 || memcmp(data.p, "#!/bin/", 7) == 0 ||
		                    memcmp(data.p, "MZ\x90\0", 4) == 0))
			aisp_model__issue(run, "tensor-payload", AISP_MODEL_MEDIUM, AISP_S("buffers"), (uint64_t)(data.p - fb->s.p), aisp_slice_z(aisp_model__payload_kind(data)),
			                  "a tensor's bytes begin as a program or archive does", "");
	}
}

static void tflite_scan(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice path)
{
	struct aisp_fb fb = flat(run, in);
	uint32_t model = aisp_fb__root(&fb), n, first;

	(void)path;
	if (!model) {
		aisp_model__partial(run, "the flatbuffer could not be read");
		return;
	}
	first = aisp_fb__vector(&fb, model, 1, &n);
	for (uint32_t i = 0; i < n && i < CODES_MAX && aisp_model__go_on(run); i++) {
		struct aisp_slice name = aisp_fb__string(&fb, aisp_fb__item(&fb, first, n, i), 1);

		if (name.n)
			custom(run, name);
	}
	if (!n)
		aisp_model__partial(run, "the model lists no operators");
	metadata(run, &fb, model);
	buffers(run, &fb, model);
	aisp_model__zip_behind(run, in);
}

static int tflite_detect(const struct aisp_input *in, struct aisp_slice head, struct aisp_slice path)
{
	(void)in;
	(void)path;
	return head.n >= 16 && memcmp(head.p + 4, "TFL3", 4) == 0 ? 95 : 0;
}

const struct aisp_model_reader aisp_model__tflite_reader = {AISP_MODEL_TFLITE, tflite_detect, tflite_scan};

/* ---- ORT: session { version, model { …, graph { initializers, node_args, nodes { name, doc, domain, since, index, op_type } } } } */

static void ort_scan(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice path)
{
	struct aisp_fb fb = flat(run, in);
	uint32_t session = aisp_fb__root(&fb), model = aisp_fb__table(&fb, session, 1), graph = aisp_fb__table(&fb, model, 7), n, first;

	(void)path;
	aisp_model__fact(run, "framework_version", aisp_fb__string(&fb, session, 0));
	aisp_model__fact(run, "producer", aisp_fb__string(&fb, model, 2));
	if (!graph) {
		aisp_model__partial(run, "the flatbuffer could not be read");
		return;
	}
	first = aisp_fb__vector(&fb, graph, 2, &n);
	for (uint32_t i = 0; i < n && i < CODES_MAX && aisp_model__go_on(run); i++) {
		uint32_t node = aisp_fb__item(&fb, first, n, i);
		struct aisp_slice op = aisp_fb__string(&fb, node, 5);

		if (aisp_model__contains(op, "PythonOp") || aisp_model__prefixed(op, "PyOp"))
			aisp_model__issue(run, "onnx-python", AISP_MODEL_HIGH, aisp_fb__string(&fb, node, 0), node, op, "the graph calls Python code when it is run", "");
	}
}

static int ort_detect(const struct aisp_input *in, struct aisp_slice head, struct aisp_slice path)
{
	(void)in;
	(void)path;
	return head.n >= 16 && memcmp(head.p + 4, "ORTM", 4) == 0 ? 95 : 0;
}

const struct aisp_model_reader aisp_model__ort_reader = {AISP_MODEL_ORT, ort_detect, ort_scan};
