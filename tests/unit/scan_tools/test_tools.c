/* Tools: code beats words, words of known tools are not read, near misses. The corpus in tests/accuracy/tools/ measures the whole. */
#include "base/mem.h"
#include "scan/tools/tools.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct aisp_arena *arena;

static struct aisp_tool_verdict classify(const char *name, const char *description, const char *server, const char *call)
{
	struct aisp_slice calls[1] = {aisp_slice_z(call)};
	struct aisp_tool_in in = {.name = aisp_slice_z(name), .description = aisp_slice_z(description), .server = aisp_slice_z(server), .calls = calls,
		.n_calls = call ? 1 : 0, .read_only_hint = true};
	struct aisp_tool_verdict v;

	assert_int_equal(0, aisp_tool_classify(&in, arena, &v, NULL));
	return v;
}

static const struct aisp_tool_reason *why(const struct aisp_tool_verdict *v, enum aisp_tool_action_bit action)
{
	for (size_t i = 0; i < v->n_reasons; i++)
		if (v->reasons[i].action == action)
			return &v->reasons[i];
	return NULL;
}

static void code_beats_words(void **state)
{
	struct aisp_tool_verdict v = classify("get_invoice", "Looks up an invoice, read-only.", NULL, "SQL DELETE invoices");
	const struct aisp_tool_reason *r = why(&v, AISP_TOOL_BIT_DELETE);

	(void)state;
	assert_non_null(r);
	assert_true(r->seen);
	assert_string_equal("call.sql.delete", r->row);
	assert_true(aisp_slice_eqz(r->because, "calls SQL DELETE invoices"));
	assert_non_null(why(&v, AISP_TOOL_BIT_READ));
}

static void best_reason_first(void **state)
{
	struct aisp_tool_verdict v = classify("refund_order", "Refund an order.", NULL, "stripe.Refund.create");

	(void)state;
	assert_int_equal(AISP_TOOL(PAY), v.actions);
	assert_true(v.n_reasons >= 2);
	assert_true(v.reasons[0].seen);
	assert_false(v.reasons[v.n_reasons - 1].seen);
}

static void knows_servers(void **state)
{
	(void)state;
	assert_int_equal(AISP_TOOL(WRITE), classify("write_file", "", "@modelcontextprotocol/server-filesystem", NULL).actions);
	assert_int_equal(AISP_TOOL(WRITE) | AISP_TOOL(MESSAGE), classify("mcp__github__create_issue", "", NULL, NULL).actions);
	assert_int_equal(AISP_TOOL(EXECUTE), classify("Python_REPL", "", NULL, NULL).actions);
	assert_int_equal(0, classify("sequentialthinking", "Send and delete your thoughts.", "server-sequential-thinking", NULL).actions);
}

static void near_misses(void **state)
{
	static const struct {
		const char *name, *description;
		unsigned not;
	} rows[] = {
		{"send_query", "Sends a search query to the product index.", AISP_TOOL(MESSAGE)},
		{"run_report", "Runs a sales report and returns the figures.", AISP_TOOL(EXECUTE)},
		{"delete_whitespace", "Delete trailing whitespace.", AISP_TOOL(DELETE)},
		{"kill_ring", "Shows the kill ring.", AISP_TOOL(DELETE)},
		{"execute_search", "Executes a search.", AISP_TOOL(EXECUTE)},
		{"get_deleted_items", "Lists deleted items.", AISP_TOOL(DELETE)},
		{"validate_payment_form", "Check that the fields are well-formed.", AISP_TOOL(PAY)},
		{"explain_command", "Explain what a shell command does, without running it.", AISP_TOOL(EXECUTE)},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (classify(rows[i].name, rows[i].description, NULL, NULL).actions & rows[i].not)
			fail_msg("%s", rows[i].name);
}

static void reads_words(void **state)
{
	(void)state;
	assert_true(classify("deleteUser", "", NULL, NULL).actions & AISP_TOOL(DELETE));
	assert_true(classify("x", "Permanently deletes a page.", NULL, NULL).actions & AISP_TOOL(DELETE));
	assert_false(classify("x", "Shows a page. Does not delete anything.", NULL, NULL).actions & AISP_TOOL(DELETE));
	assert_true(classify("send-email", "", NULL, NULL).actions & AISP_TOOL(MESSAGE));
	assert_string_equal("read_untrusted", aisp_tool_action_name(AISP_TOOL_BIT_READ_UNTRUSTED));
	assert_string_equal("", aisp_tool_action_name(AISP_TOOL_BIT_END));
}

static void fails_whole(void **state)
{
	struct aisp_tool_param params[] = {{.name = AISP_S("sqlQuery")}, {.name = AISP_S("to")}};
	struct aisp_tool_in in = {.name = AISP_S("executeSql"), .description = AISP_S("Runs SQL."), .params = params, .n_params = 2};
	size_t live = aisp_mem_live();

	(void)state;
	for (uint64_t nth = 1; nth < 50; nth++) {
		struct aisp_tool_verdict v = {.actions = 77};

		aisp_fault_set(nth, true);
		struct aisp_arena *a = aisp_arena_new(0);
		int r = a ? aisp_tool_classify(&in, a, &v, NULL) : AISP_E_NOMEM;

		aisp_fault_set(0, false);
		aisp_arena_free(a);
		assert_int_equal(live, aisp_mem_live());
		if (r == 0)
			return;
		assert_int_equal(AISP_E_NOMEM, r);
		assert_int_equal(77, v.actions);
	}
	fail_msg("never came through");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(code_beats_words), cmocka_unit_test(best_reason_first), cmocka_unit_test(knows_servers),
		cmocka_unit_test(near_misses), cmocka_unit_test(reads_words), cmocka_unit_test(fails_whole)};

	arena = aisp_arena_new(0);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	aisp_arena_free(arena);
	return failed;
}
