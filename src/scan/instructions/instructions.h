/* Instructions: text that models read (instruction files, tool descriptions, prompts, data that is retrieved), and what in it
 * is aimed at the model behind the reader's back. Pure.
 *
 * Text that describes an attack is not an attack: a document about prompt injection, a test, a quoted example or a rule that
 * forbids something gives no hit, or one of low severity with the reason.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

enum aisp_text_role {
	AISP_TEXT_DATA,        /* a document, a page, a row that may be retrieved */
	AISP_TEXT_INSTRUCTION, /* CLAUDE.md, .cursorrules, AGENTS.md, SKILL.md … */
	AISP_TEXT_TOOL,        /* name and description of a tool or MCP server */
	AISP_TEXT_PROMPT,      /* a system prompt in code */
	AISP_TEXT_CODE,        /* source code: only what is hidden is looked for (bidi, tags, zero width) */
};
struct aisp_instruction_hit {
	const char *rule;     /* static: "hidden-tags", "bidi", "zero-width", "override", "exfiltration-url", "conceal", "shadowing" … */
	const char *severity; /* static: "critical", "high", "medium", "low" */
	size_t at, n;
	uint32_t line, column, end_line;
	struct aisp_slice excerpt; /* printable, at most 160 bytes, hidden text decoded; borrowed while the sink runs */
	const char *reason;   /* static */
};
typedef int aisp_instruction_sink(void *ctx, const struct aisp_instruction_hit *hit);
int aisp_instructions_scan(enum aisp_text_role role, struct aisp_slice path, struct aisp_slice text,
                           aisp_instruction_sink *sink, void *ctx, struct aisp_err *err);

/* Tools that an agent or MCP client is given together: one that takes another's name, or whose description speaks of others. */
struct aisp_shadow_tool {
	struct aisp_slice server, name, description;
};
struct aisp_shadow_hit {
	uint32_t tool, other; /* indices; other = UINT32_MAX when none is named */
	const char *rule, *severity, *reason;
};
/* Written to the arena, in order of tool. */
int aisp_instructions_shadow(const struct aisp_shadow_tool *tools, size_t n, struct aisp_arena *a,
                             const struct aisp_shadow_hit **ret, size_t *ret_n, struct aisp_err *err);
