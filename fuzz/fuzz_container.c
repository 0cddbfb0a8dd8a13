/* Any container: told by content, then walked; and compressed streams that are told to be one. */
#include "fuzz_container.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aisp_input in = aisp_input_mem(aisp_slice_of((const char *)data, size));
	enum aisp_container_form form = aisp_container_detect(&in);

	FUZZ_CHECK(aisp_container_form_name(form)[0]);
	if (form != AISP_CONTAINER_NONE)
		fuzz_walk_container(data, size, form);
	if (size)
		fuzz_walk_container(data + 1, size - 1, (enum aisp_container_form)(1 + data[0] % AISP_CONTAINER_OTHER));
	return 0;
}
