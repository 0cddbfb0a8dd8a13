/* Any model file, told by content. */
#include "fuzz_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_scan_model(data, size, "file");
	return 0;
}
