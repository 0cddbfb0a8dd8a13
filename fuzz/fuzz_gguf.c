/* GGUF files. */
#include "fuzz_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_reader(&aisp_model__gguf_reader, data, size, AISP_S("model.gguf"));
	return 0;
}
