/* PyTorch files: zips, legacy, tars. */
#include "fuzz_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_scan_model(data, size, "model.pt");
	return 0;
}
