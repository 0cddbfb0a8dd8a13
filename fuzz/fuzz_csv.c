/* Tables in files: CSV. */
#include "fuzz_tabular.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_table(data, size, AISP_TABULAR_CSV);
	return 0;
}
