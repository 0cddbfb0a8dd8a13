/* The smaller formats: XML, text forms, numbers, programs, zips. */
#include "fuzz_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct aisp_model_reader *const readers[] = {
	    &aisp_model__openvino_reader, &aisp_model__pmml_reader, &aisp_model__saved_model_text_reader, &aisp_model__torch7_reader, &aisp_model__mxnet_reader,
	    &aisp_model__xgboost_reader, &aisp_model__lightgbm_reader, &aisp_model__catboost_reader, &aisp_model__ggml_reader, &aisp_model__llamafile_reader,
	    &aisp_model__keras_zip_reader, &aisp_model__skops_reader, &aisp_model__executable_reader};

	fuzz_choose(readers, sizeof readers / sizeof *readers, data, size, AISP_S("model.bin"));
	return 0;
}
