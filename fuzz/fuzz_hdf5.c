/* HDF5 files. */
#include "fuzz_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_reader(&aisp_model__hdf5_reader, data, size, AISP_S("model.h5"));
	return 0;
}
