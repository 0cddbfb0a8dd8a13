/* safetensors files. */
#include "fuzz_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_reader(&aisp_model__safetensors_reader, data, size, AISP_S("model.safetensors"));
	return 0;
}
