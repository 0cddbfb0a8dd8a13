/* Tar archives: old, ustar, GNU, pax. */
#include "fuzz_container.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_walk_container(data, size, AISP_CONTAINER_TAR);
	return 0;
}
