/* The list of readers. The surest answer to detect() wins, at a tie the first. Each is aisp_model__NAME_reader. Formats outside the
 * Python-serialisation family are listed in fmt.h (AISP_MODEL_FMT_READERS) and join here by one line. */
#include "scan/modelfile/fmt.h"

#define PYTHON_READERS(X)                                                                                              \
	X(pickle)                                                                                                      \
	X(torch_zip)                                                                                                   \
	X(torchscript)                                                                                                 \
	X(torch_legacy)                                                                                                \
	X(joblib)                                                                                                      \
	X(numpy)                                                                                                       \
	X(mar)                                                                                                         \
	X(nemo)                                                                                                        \
	X(archive)
#define OTHER_READERS(X) AISP_MODEL_FMT_READERS(X)

#define X(name) extern const struct aisp_model_reader aisp_model__##name##_reader;
PYTHON_READERS(X)
OTHER_READERS(X)
#undef X

const struct aisp_model_reader *const aisp_model__readers[] = {
#define X(name) &aisp_model__##name##_reader,
	PYTHON_READERS(X) OTHER_READERS(X)
#undef X
	NULL,
};
