/* Inside scan/tools: the rows of rules/sensitive-actions/ as tables, and the words of a name or description. */
#pragma once
#include "scan/tools/tools.h"

/* Lists end with NULL; a list that is NULL is no condition. How the conditions join: docs/scanners/tools.md. */
struct aisp_tool_row {
	const char *id;
	unsigned actions; /* 0: known to do nothing of interest */
	const char *const *calls, *const *not_calls;
	const char *const *servers, *const *tools;
	const char *const *verbs, *const *objects, *const *nots;
	const char *const *params, *const *desc, *const *finals, *const *nouns;
};
extern const struct aisp_tool_row aisp_tool__rows[];
extern const size_t aisp_tool__row_count;

struct aisp_tool_verb {
	const char *word;
	bool noun; /* also stands for a thing: message, order, post */
};
extern const struct aisp_tool_verb aisp_tool__verbs[];
extern const size_t aisp_tool__verb_count;

enum { TOOL_WORDS = 40, TOOL_CLAUSES = 10, TOOL_TEXT = 1200 };

/* "Create or update a file": two clauses, verbs create and update, both with the words behind them. */
struct tool_clause {
	const struct aisp_tool_verb *verb; /* never NULL */
	struct aisp_slice words[TOOL_WORDS]; /* lower case, without the verb */
	size_t n;
	bool of_name, negated;
};
struct tool_words {
	struct aisp_slice name;   /* without a prefix like mcp__server__; as given */
	struct aisp_slice server; /* given, or from such a prefix */
	struct aisp_slice tokens[TOOL_WORDS]; /* of the name, lower case */
	size_t n_tokens;
	struct aisp_slice text; /* first bytes of the description, lower case, words parted by one space, sentences by " . " */
	struct tool_clause clauses[TOOL_CLAUSES];
	size_t n_clauses;
	bool name_has_verb; /* one that stands for an action, not for a thing */
};
/* Lower-case copies are put into the arena. */
int aisp_tool__words(const struct aisp_tool_in *in, struct aisp_arena *a, struct tool_words *ret, struct aisp_err *err);
/* Splits snake_case, kebab-case and camelCase; returns how many words were put into ret (at most max). */
size_t aisp_tool__split(struct aisp_slice name, struct aisp_arena *a, struct aisp_slice *ret, size_t max);
/* Equal, or one is the other's plural with s. */
bool aisp_tool__same_noun(struct aisp_slice word, const char *noun);
/* `*` is any run of characters, everything else stands for itself; ASCII case ignored. */
bool aisp_tool__glob(const char *pattern, struct aisp_slice s);
