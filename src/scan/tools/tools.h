/* What a tool does: read, write, delete, pay, message, execute, network; from its name and signature, what its code calls,
 * and its description, with the reason for each. Rows in rules/sensitive-actions/. Pure.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

/* Columns: symbol, name, description */
#define AISP_TOOL_ACTIONS(X)                                                                                           \
	X(READ, "read", "returns data from a store, file, mailbox or service")                                         \
	X(READ_PRIVATE, "read_private", "the data it returns is personal, confidential or secret")                     \
	X(READ_UNTRUSTED, "read_untrusted", "the content it returns is written by outsiders")                          \
	X(WRITE, "write", "creates or changes data")                                                                   \
	X(DELETE, "delete", "destroys data or resources")                                                              \
	X(PAY, "pay", "moves money, buys or refunds")                                                                  \
	X(MESSAGE, "message", "sends mail, chat messages, tickets or posts to people")                                 \
	X(EXECUTE, "execute", "runs code, commands or queries of the caller's choice")                                 \
	X(NETWORK, "network", "sends requests to addresses of the caller's choice, or out of the organisation")        \
	X(IDENTITY, "identity", "grants rights, creates accounts, keys or tokens")                                     \
	X(DEPLOY, "deploy", "changes what runs: infrastructure, releases, pipelines")
enum aisp_tool_action_bit {
#define X(sym, ...) AISP_TOOL_BIT_##sym,
	AISP_TOOL_ACTIONS(X)
#undef X
	AISP_TOOL_BIT_END
};
#define AISP_TOOL(sym) (1u << AISP_TOOL_BIT_##sym)
const char *aisp_tool_action_name(unsigned bit);

struct aisp_tool_param {
	struct aisp_slice name, type, description;
};
/* All optional; borrowed. */
struct aisp_tool_in {
	struct aisp_slice name, description, server; /* server: package or URL of the MCP server it comes from */
	const struct aisp_tool_param *params;
	size_t n_params;
	const struct aisp_slice *calls; /* what its code calls, resolved: "stripe.Refund.create", "subprocess.run", "HTTP POST https://…",
	                                   "SQL INSERT invoices" */
	size_t n_calls;
	bool read_only_hint, destructive_hint, open_world_hint; /* MCP annotations, claims of the server */
};
struct aisp_tool_reason {
	enum aisp_tool_action_bit action;
	const char *row;          /* static: id of the row */
	struct aisp_slice because; /* "calls stripe.Refund.create" */
	bool seen;                /* from code (true) or only from words */
};
struct aisp_tool_verdict {
	unsigned actions; /* bits */
	const struct aisp_tool_reason *reasons; /* by action; the best reason of each first */
	size_t n_reasons;
};
int aisp_tool_classify(const struct aisp_tool_in *in, struct aisp_arena *a, struct aisp_tool_verdict *ret, struct aisp_err *err);
