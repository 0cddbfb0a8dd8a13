/* Flatbuffers: TFLite, ORT. */
#include "fuzz_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct aisp_model_reader *const readers[] = {&aisp_model__tflite_reader, &aisp_model__ort_reader};

	fuzz_choose(readers, sizeof readers / sizeof *readers, data, size, AISP_S("model.tflite"));
	return 0;
}
