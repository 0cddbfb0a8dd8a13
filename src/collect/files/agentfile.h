/* Files in which people instruct or define coding agents: CLAUDE.md, AGENTS.md, .cursor/rules, .claude/agents/x.md,
 * SKILL.md, … One row a pattern in aisp_agent_files.
 *
 *   file ─DEFINES▶ prompt;  where the file defines an agent: file ─DEFINES▶ agent ─INSTRUCTED_BY▶ prompt,
 *   agent ─HAS_TOOL▶ tool (from the front matter), agent ─CALLS▶ model
 */
#pragma once
#include "collect/files/emit.h"

enum aisp_agent_file_kind { AISP_AGENT_FILE_INSTRUCTIONS, AISP_AGENT_FILE_AGENT, AISP_AGENT_FILE_SKILL, AISP_AGENT_FILE_COMMAND };
struct aisp_agent_file {
	const char *pattern; /* glob over the end of the path; "**" "/" in front is meant */
	enum aisp_agent_file_kind kind;
	const char *product;  /* "Claude Code" */
	const char *provider; /* of the models that the front matter names; or NULL */
};
extern const struct aisp_agent_file aisp_agent_files[];
extern const size_t aisp_agent_file_count;
const struct aisp_agent_file *aisp_agent_file_of(struct aisp_slice path); /* NULL if none */
void aisp_agent_file_add(struct aisp_emit *e, struct aisp_slice path, struct aisp_slice text);
