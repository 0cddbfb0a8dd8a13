/* Answers of AWS: XML by the shape of an operation (the first two bytes choose it) and by looks, JSON with other names, error codes, pages joined. */
#include "collect/aws/live_int.h"
#include "fuzz_doc.h"

/* The document is whole: depth, and every text readable to its end. */
static uint64_t walk(const struct aisp_doc *d, unsigned depth)
{
	uint64_t n = 1;

	FUZZ_CHECK(depth < 200);
	if (d->type == AISP_DOC_STR)
		for (size_t i = 0; i < d->s.n; i++)
			n += d->s.p[i] == '\0';
	for (uint32_t i = 0; i < aisp_doc_count(d); i++) {
		if (d->type == AISP_DOC_OBJ)
			FUZZ_CHECK(aisp_slice_is_utf8(d->members[i].key));
		n += walk(d->type == AISP_DOC_ARR ? &d->items[i] : &d->members[i].value, depth + 1);
	}
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aisp_arena *a = aisp_arena_new((size_t)64 << 20);
	struct aisp_slice text = {(const char *)data, size}, service = {0}, operation = {0};
	struct aisp_doc *d = NULL;
	const struct aisp_doc *json = NULL, *other = NULL;
	struct aisp_err err = {0};
	char code[128];

	if (size > 2) {
		const struct aisp_aws_shape_root *root = &aisp_aws_shape_roots[((size_t)data[0] | (size_t)data[1] << 8) % aisp_aws_shape_root_count];
		service = aisp_slice_z(root->service);
		operation = aisp_slice_z(root->operation);
		text = aisp_slice_from(text, 2);
	}
	int r = aisp_aws__xml_answer(a, service, operation, text, &d, &err);
	FUZZ_CHECK(r == 0 || (err.code == (enum aisp_code)r && err.msg[0]));
	FUZZ_CHECK((r == 0) == (d != NULL));
	if (d)
		FUZZ_CHECK(d->type == AISP_DOC_OBJ && walk(d, 0) > 0);
	d = NULL;
	const int looks = aisp_aws_xml_parse(a, text, &d, NULL);
	FUZZ_CHECK((looks == 0) == (d != NULL) && (looks == r || looks == AISP_E_LIMIT || r == AISP_E_LIMIT));
	if (d)
		walk(d, 0);
	if (aisp_json_parse(a, text, &fuzz_limits, &json, NULL) == 0) {
		if (aisp_aws__json_answer(a, service, operation, json, &other, NULL) == 0)
			FUZZ_CHECK(other->type == json->type && aisp_doc_count(other) == aisp_doc_count(json));
		const struct aisp_doc *pages[2] = {json, json}, *joined = NULL;
		if (aisp_aws__join_pages(a, pages, 2, "NextToken", &joined, NULL) == 0)
			walk(joined, 0);
	}
	struct aisp_slice found = aisp_aws__error_code((struct aisp_slice){0}, text, code);
	FUZZ_CHECK(found.n < sizeof code && strlen(code) == found.n);
	aisp_arena_free(a);
	return 0;
}
