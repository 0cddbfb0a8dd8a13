/* Protobuf: ONNX, TensorFlow, CoreML, Paddle. */
#include "fuzz_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct aisp_model_reader *const readers[] = {&aisp_model__onnx_reader, &aisp_model__saved_model_reader, &aisp_model__coreml_reader, &aisp_model__paddle_reader};

	fuzz_choose(readers, sizeof readers / sizeof *readers, data, size, AISP_S(""));
	return 0;
}
