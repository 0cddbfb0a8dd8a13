/* What each tool does, from what the graph knows of it: its name, the tables, services and agents that its code reaches, whether it
 * runs code; for MCP servers the package. Written as properties: actions (list), action_reasons (list). */
#pragma once
#include "collect/files/emit.h"
#include "scan/instructions/instructions.h"

/* Orders to a model behind the reader's back, in a tool's description or a prompt: properties instruction_severity, instruction_rule,
 * instruction_reason, instruction_issues. The text is not kept. */
void aisp_tool_orders(struct aisp_emit *e, aisp_node n, enum aisp_text_role role, struct aisp_slice text);
/* All tools and MCP servers of this builder; call it when the other facts are in. */
void aisp_tool_actions_add(struct aisp_emit *e);
