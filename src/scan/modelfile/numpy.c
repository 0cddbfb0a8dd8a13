/* NumPy: .npy (numpy.lib.format) and .npz. Arrays are data, but those of dtype object are a pickle. */
#include "scan/modelfile/archive_int.h"

enum { HEADER_MAX = 1 << 20 };

static const struct aisp_slice magic = {"\x93NUMPY", 6};

static int detect(const struct aisp_input *in, struct aisp_slice head, struct aisp_slice path)
{
	(void)path;
	if (aisp_slice_starts(head, magic))
		return 95;
	if (!aisp_slice_starts(head, aisp_slice_of("PK\3\4", 4)))
		return 0;
	struct aisp_names k = aisp_model__names_in(in, AISP_CONTAINER_ZIP);
	return k.n_npy && 2 * k.n_npy >= k.n && !k.torch_data ? 80 : 0;
}

/* The header is a Python literal; 'O' as a type code anywhere in descr means objects. */
static bool has_objects(struct aisp_slice header)
{
	size_t at = aisp_slice_find(header, AISP_S("descr"));
	struct aisp_slice rest = at == SIZE_MAX ? header : aisp_slice_from(header, at);
	size_t end = aisp_slice_find(rest, AISP_S("fortran_order"));

	rest = aisp_slice_to(rest, end);
	for (size_t i = 0; i + 1 < rest.n; i++)
		if (rest.p[i] == 'O' && i > 0 && (strchr("'\"|<>=", rest.p[i - 1]) || (rest.p[i - 1] >= '0' && rest.p[i - 1] <= '9')) &&
		    (strchr("'\"", rest.p[i + 1]) || (rest.p[i + 1] >= '0' && rest.p[i + 1] <= '9')))
			return true;
	return aisp_slice_find(rest, AISP_S("object")) != SIZE_MAX;
}

static void scan_npy(struct aisp_model_run *run, const struct aisp_input *in)
{
	unsigned char h[12] = {0};
	size_t n = 0;

	if (aisp_input_read_some(in, 0, h, sizeof h, &n, NULL) < 0 || n < 10) {
		aisp_model__partial(run, "the header ends before its end");
		return;
	}
	bool wide = h[6] >= 2;
	uint64_t length = wide ? (uint64_t)h[8] | (uint64_t)h[9] << 8 | (uint64_t)h[10] << 16 | (uint64_t)h[11] << 24 : (uint64_t)h[8] | (uint64_t)h[9] << 8;
	uint64_t from = wide ? 12 : 10;
	if (length > HEADER_MAX || from + length > in->size) {
		aisp_model__partial(run, "the header is longer than the file or a limit");
		return;
	}
	struct aisp_slice header = aisp_model__take(run, in, from, (size_t)length);
	if (!header.p)
		return;
	if (aisp_slice_find(header, AISP_S("__")) != SIZE_MAX || aisp_slice_find(header, AISP_S("import")) != SIZE_MAX)
		aisp_model__issue(run, "numpy-header", AISP_MODEL_HIGH, AISP_S(""), from, header, "old readers evaluate the header, which is more than a literal", "");
	if (!has_objects(header))
		return;
	struct aisp_input rest = aisp_input_part(in, from + length, in->size);
	aisp_model__issue(run, "numpy-objects", AISP_MODEL_INFO, AISP_S(""), from, header,
	                  "an array of objects is a pickle: it is unpickled when loaded with allow_pickle", "CVE-2019-6446");
	aisp_model__pickle(run, &rest, AISP_S(""));
}

static void scan(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice path)
{
	char head[6];
	size_t n = 0;

	(void)path;
	if (aisp_input_read_some(in, 0, head, sizeof head, &n, NULL) == 0 && aisp_slice_eq(aisp_slice_of(head, n), magic))
		scan_npy(run, in);
	else
		aisp_model__members(run, in, AISP_CONTAINER_ZIP, NULL, NULL);
}

const struct aisp_model_reader aisp_model__numpy_reader = {AISP_MODEL_NUMPY, detect, scan};
