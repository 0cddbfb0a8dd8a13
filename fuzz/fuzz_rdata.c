/* R's serialised data, plain and compressed. */
#include "fuzz_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_reader(&aisp_model__rdata_reader, data, size, AISP_S("model.rds"));
	return 0;
}
