/* Tables in files: ARROW. */
#include "fuzz_tabular.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_table(data, size, AISP_TABULAR_ARROW);
	return 0;
}
