/* What each tool does, from what the graph knows of it: its name, the tables, services and agents that its code reaches, whether it
 * runs code; for MCP servers the package. Written as properties: actions (list), action_reasons (list). */
#pragma once
#include "collect/files/emit.h"

/* All tools and MCP servers of this builder; call it when the other facts are in. */
void aisp_tool_actions_add(struct aisp_emit *e);
