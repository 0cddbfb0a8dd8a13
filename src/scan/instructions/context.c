/* Told or described? A phrase is described when something near says so: a negation before it in its sentence, a word of
 * reporting (an attacker, for example, if a page says …) together with quotes, a list or a text that is about security,
 * or the file being a test. What is described is not a hit; what is only quoted counts less.
 */
#include "scan/instructions/instructions_int.h"

enum { NEGATION_REACH = 8, REPORT_REACH = 45, LIST_REACH = 120 };

static bool is_negated(const struct window *w, const unsigned *f, size_t from)
{
	size_t reach = 0;

	for (size_t i = from; !(w->words[i].flags & W_SENTENCE) && i-- > 0 && reach < NEGATION_REACH; reach++)
		if (f[i] & F_NOT)
			return true;
	return false;
}

/* "Never:" and then a list: the last sentence before the list forbids what the items say. */
static bool list_forbids(const struct window *w, const unsigned *f, size_t from)
{
	size_t i = from;

	while (i > 0 && from - i < LIST_REACH && w->words[i].flags & W_LISTED)
		i--;
	if (i == from || w->words[i].flags & W_LISTED)
		return false;
	for (size_t reach = 0; reach < 10; reach++, i--) {
		if (f[i] & F_NOT)
			return true;
		if (i == 0 || w->words[i].flags & W_SENTENCE)
			return false;
	}
	return false;
}

/* "asks you to …", "tries to make the model …": the word of reporting stands right before. */
static bool says_so(const struct window *w, const unsigned *f, size_t from)
{
	for (size_t i = from, reach = 0; i-- > 0 && reach < 5; reach++) {
		if (w->words[i + 1].flags & (W_SENTENCE | W_BREAK))
			return false;
		if (f[i] & F_REPORT)
			return true;
	}
	return false;
}

/* Words of reporting in the sentence before the phrase: 2; in the text shortly before it, or right behind it: 1. */
static int reported(const struct window *w, const unsigned *f, size_t from, size_t to)
{
	bool own = !(w->words[from].flags & W_SENTENCE);
	int found = 0;

	for (size_t i = from, reach = 0; i-- > 0 && reach < REPORT_REACH; reach++) {
		if (f[i] & F_REPORT) {
			found = own ? 2 : 1;
			break;
		}
		if (w->words[i].flags & W_SENTENCE)
			own = false;
	}
	for (size_t i = to; i < w->n_words && i < to + 14 && found < 1; i++) {
		if (w->words[i].flags & W_PARAGRAPH)
			break;
		if (f[i] & F_REPORT)
			found = 1;
	}
	return found;
}

/* What is only quoted counts less; code marks around a command are no quotes. */
static enum severity lowered(const struct scan *s, unsigned flags, bool quoted, enum severity sev)
{
	if (!quoted || s->is_code || sev <= SEV_LOW)
		return sev;
	if (s->role != AISP_TEXT_TOOL)
		return SEV_LOW;
	return flags & W_CODE ? sev : sev - 1;
}

static const char *in_context(const struct scan *s, const unsigned *f, size_t from, unsigned flags, bool quoted, int report)
{
	bool marked = quoted || flags & (W_LISTED | W_FENCED);

	if (report == 2 && (quoted || s->security >= 1 || (f[from] & F_COMMAND && marked)))
		return "described, not told";
	if (report && (quoted || (marked && s->security >= 1)))
		return "described, not told";
	if (s->security >= 2 && (quoted || flags & W_FENCED || (flags & W_LISTED && s->security >= 3)))
		return "in a text about security";
	return NULL;
}

/* Who names a file after a test must not get secrets out by it. */
static bool is_grave(const struct phrase *p)
{
	static const char *const rules[] = {"exfiltration", "exfiltration-url", "conceal"};

	for (size_t i = 0; p && i < sizeof rules / sizeof *rules; i++)
		if (strcmp(p->rule, rules[i]) == 0)
			return true;
	return false;
}

const char *aisp_instructions__described(const struct scan *s, const struct window *w, const unsigned *f, size_t from, size_t to,
                                         const struct phrase *p, enum severity *sev)
{
	unsigned flags = w->words[from].flags;
	bool shell = p && p->flags & P_SHELL;
	bool quoted = flags & W_QUOTED && !(shell && flags & W_CODE) && !(s->is_code && !s->security);

	if (s->is_drill || (s->is_test && !is_grave(p)))
		return "a test or example";
	if (is_negated(w, f, from) || list_forbids(w, f, from))
		return "forbidden, not told";
	if (says_so(w, f, from))
		return "what somebody may say, not told";
	const char *why = in_context(s, f, from, flags, quoted, reported(w, f, from, to));

	if (!why)
		*sev = lowered(s, flags, quoted, *sev);
	if (!why && s->is_test && *sev > SEV_LOW)
		*sev = s->security || *sev < SEV_HIGH ? SEV_LOW : *sev - 1;
	return why;
}
