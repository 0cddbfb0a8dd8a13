/* Chat templates. */
#include "fuzz_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_reader(&aisp_model__template_reader, data, size, AISP_S("chat_template.jinja"));
	return 0;
}
