/* See tokens.h. Invariant: no C++ exception leaves this file. */
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <simdjson.h>

extern "C" {
#include "base/mem.h"
#include "collect/logs/tokens.h"
}

static constexpr size_t first_capacity = 512 << 10, max_bytes = 64 << 20;

struct aisp_tokens {
	std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
	size_t capacity = 0;
};

static int find(aisp_tokens *t, aisp_slice text, aisp_err *err)
{
	simdjson::error_code e = simdjson::SUCCESS;

	if (text.n > t->capacity) {
		const size_t capacity = text.n > first_capacity ? text.n : first_capacity;

		t->capacity = 0;
		t->parser.reset();
		/* The depth is that of the second stage, which is not used. */
		e = simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, 1, t->parser);
		if (!e)
			t->capacity = capacity;
	}
	if (!e)
		e = t->parser->stage1(reinterpret_cast<const uint8_t *>(text.p), text.n, simdjson::stage1_mode::regular);
	if (e == simdjson::MEMALLOC)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory in the JSON parser");
	return e ? aisp_fail(err, AISP_E_PARSE, "not JSON: %s", simdjson::error_message(e)) : 0;
}

extern "C" aisp_tokens *aisp_tokens_new(void)
{
	if (aisp_fault_hit())
		return nullptr;
	return new (std::nothrow) aisp_tokens;
}

extern "C" void aisp_tokens_free(aisp_tokens *t)
{
	delete t;
}

extern "C" int aisp_tokens_find(aisp_tokens *t, aisp_slice text, const uint32_t **ret_at, uint32_t *ret_n, aisp_err *err)
{
	if (text.n > max_bytes)
		return aisp_fail(err, AISP_E_LIMIT, "JSON of %zu bytes is more than can be read at once", text.n);
	try {
		int r = find(t, text, err);

		if (r < 0)
			return r;
		*ret_at = t->parser->structural_indexes.get();
		*ret_n = t->parser->n_structural_indexes;
		return 0;
	} catch (...) {
		return aisp_fail(err, AISP_E_NOMEM, "out of memory in the JSON parser");
	}
}
