/* Tables in files: JSON lines, and the same bytes as one JSON document. */
#include "fuzz_tabular.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_table(data, size, AISP_TABULAR_JSONL);
	fuzz_table(data, size, AISP_TABULAR_JSON);
	return 0;
}
