/* What carries logs: the first byte says how the rest is taken: what an envelope is told by, lines with a time, or a row of a table (columns and values in turn, parted by line ends).
 *
 * Promises: messages are not empty and no longer than what they came in, as far as they are copied; a row that is read is JSON.
 */
#include "collect/logs/envelope.h"
#include "fuzz.h"

static size_t limit;

static int take(void *ctx, struct aisp_slice text, struct aisp_slice id, struct aisp_err *err)
{
	size_t *n = ctx;
	volatile char end = text.p[text.n - 1];

	(void)end;
	(void)err;
	FUZZ_CHECK(text.n > 0 && (!limit || (text.n <= limit && id.n <= limit)));
	*n += 1;
	return 0;
}

static void row(struct aisp_slice in)
{
	struct aisp_slice cell[64], ret = {0}, part;
	const struct aisp_doc *doc = NULL;
	struct aisp_arena *a = aisp_arena_new((size_t)64 << 20);
	size_t n = 0;

	FUZZ_CHECK(a);
	while (n < 64 && aisp_slice_split(&in, '\n', &part))
		cell[n++] = part;
	if (aisp_log__trail_row(a, cell, cell + n / 2, n / 2, &ret, NULL) == 0 && ret.n && ret.p[0] == '{' && ret.n < 1 << 18) {
		bool whole = false; /* a column eventJson is given through as it is */
		for (size_t i = 0; i < n; i++)
			whole = whole || (cell[i].p == ret.p);
		const int r = aisp_json_parse(a, ret, NULL, &doc, NULL);
		FUZZ_CHECK(whole || r == 0 || r == AISP_E_LIMIT);
	}
	aisp_arena_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aisp_log__envelope *e = NULL;
	struct aisp_log__cut cut = {0};
	struct aisp_buf heads = {0};
	size_t n = 0;

	if (!size)
		return 0;
	struct aisp_slice rest = aisp_slice_of((const char *)data + 1, size - 1), record = {0};
	if (data[0] % 3 == 2) {
		row(rest);
		return 0;
	}
	FUZZ_CHECK(aisp_log__envelope_new(rest, data[0] % 3 == 1, &e, NULL) == 0);
	if (!e)
		return 0;
	aisp_buf_init(&heads, 1 << 20);
	FUZZ_CHECK(aisp_log__envelope_head(e, rest, &heads, NULL) == 0);
	struct aisp_arena *a = aisp_arena_new((size_t)64 << 20);
	FUZZ_CHECK(a);
	cut.shape = aisp_log__envelope_shape(e);
	cut.lists = aisp_log__envelope_kind(e) == AISP_LOG__CARRIER_JSON;
	limit = aisp_log__envelope_kind(e) == AISP_LOG__CARRIER_LINES ? size : 0;
	for (size_t used = 0; rest.n && aisp_log__cut_next(&cut, rest, true, &record, &used) != AISP_LOG__MORE && used; rest = aisp_slice_from(rest, used)) {
		if (record.n)
			aisp_log__envelope_open(e, a, record, take, &n, NULL);
		aisp_arena_reset(a);
		record.n = 0;
	}
	aisp_arena_free(a);
	aisp_buf_done(&heads);
	aisp_log__envelope_free(e);
	return 0;
}
