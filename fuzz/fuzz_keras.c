/* Keras configurations and the JSON and YAML files beside models. */
#include "fuzz_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_reader(&aisp_model__config_reader, data, size, AISP_S("config.json"));
	return 0;
}
