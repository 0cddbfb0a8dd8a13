/* Words of a tool: the name split where programmers join words, the description cut into clauses, each with the verb that
 * leads it. Not a parser of English: only what stands where a description says what the tool does is read, which is the
 * begin of its first sentences.
 */
#include "scan/tools/tools_int.h"

enum { SENTENCES = 4, LEAD = 7, WORD_MAX = 32 };

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}
static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}
static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || is_upper(c) || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

bool aisp_tool__glob(const char *pattern, struct aisp_slice s)
{
	const char *star = NULL;
	size_t at = 0, mark = 0;

	while (at < s.n) {
		if (*pattern == '*') {
			star = pattern++;
			mark = at;
		} else if (*pattern && *pattern == lower(s.p[at])) {
			pattern++;
			at++;
		} else if (star) {
			pattern = star + 1;
			at = ++mark;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

bool aisp_tool__same_noun(struct aisp_slice word, const char *noun)
{
	struct aisp_slice n = aisp_slice_z(noun);

	if (word.n > 3 && word.p[word.n - 1] == 's')
		word.n--;
	if (n.n > 3 && n.p[n.n - 1] == 's')
		n.n--;
	return aisp_slice_eq(word, n);
}

static const struct aisp_tool_verb *find_verb(const char *word, size_t n)
{
	size_t lo = 0, hi = aisp_tool__verb_count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = aisp_slice_cmp(aisp_slice_of(word, n), aisp_slice_z(aisp_tool__verbs[mid].word));

		if (c == 0)
			return &aisp_tool__verbs[mid];
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

static bool ends(struct aisp_slice s, const char *with)
{
	return aisp_slice_ends(s, aisp_slice_z(with));
}

/* The verb of "sends", "deletes", "modifies", "creating", "running", "stopped". */
static const struct aisp_tool_verb *find_inflected(struct aisp_slice w)
{
	static const struct {
		const char *end, *instead;
	} forms[] = {{"ies", "y"}, {"ied", "y"}, {"es", ""}, {"s", ""}, {"ing", ""}, {"ing", "e"}, {"ed", ""}, {"ed", "e"}};
	char word[WORD_MAX + 2];
	const struct aisp_tool_verb *v = w.n && w.n <= WORD_MAX ? find_verb(w.p, w.n) : NULL;

	for (size_t i = 0; !v && w.n >= 4 && w.n <= WORD_MAX && i < sizeof forms / sizeof *forms; i++) {
		if (!ends(w, forms[i].end))
			continue;
		size_t n = w.n - strlen(forms[i].end);

		memcpy(word, w.p, n);
		if (*forms[i].instead)
			word[n++] = *forms[i].instead;
		v = find_verb(word, n);
		if (!v && !*forms[i].instead && n > 3 && word[n - 1] == word[n - 2])
			v = find_verb(word, n - 1);
	}
	return v;
}

size_t aisp_tool__split(struct aisp_slice name, struct aisp_arena *a, struct aisp_slice *ret, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < name.n && n < max;) {
		if (!is_word(name.p[i])) {
			i++;
			continue;
		}
		size_t end = i + 1;

		while (end < name.n && is_word(name.p[end]) && end - i < WORD_MAX) {
			bool hump = is_upper(name.p[end]) && !is_upper(name.p[end - 1]);
			bool last = is_upper(name.p[end]) && is_upper(name.p[end - 1]) && end + 1 < name.n && name.p[end + 1] >= 'a' &&
				name.p[end + 1] <= 'z';

			if (hump || last)
				break;
			end++;
		}
		char *p = aisp_arena_alloc(a, end - i);

		if (!p)
			return SIZE_MAX;
		for (size_t k = i; k < end; k++)
			p[k - i] = lower(name.p[k]);
		ret[n++] = aisp_slice_of(p, end - i);
		i = end;
	}
	return n;
}

static bool is_one_of(struct aisp_slice w, const char *const *list)
{
	for (; *list; list++)
		if (aisp_slice_eqz(w, *list))
			return true;
	return false;
}

static const char *const joins[] = {"and", "or", "then", "also", NULL};

static void add_clause(struct tool_words *w, const struct tool_clause *c)
{
	if (w->n_clauses < TOOL_CLAUSES)
		w->clauses[w->n_clauses++] = *c;
}

/* The first verb of name[from…to) that cannot be a thing, unless the only ones that there are can. */
static void clause_of_name(struct tool_words *w, size_t from, size_t to)
{
	struct tool_clause c = {.of_name = true};
	size_t at = from;

	for (size_t i = from; i < to; i++) {
		const struct aisp_tool_verb *v = find_verb(w->tokens[i].p, w->tokens[i].n);

		if (v && (!c.verb || !v->noun)) {
			c.verb = v;
			at = i;
			if (!v->noun)
				break;
		}
	}
	if (!c.verb)
		return;
	w->name_has_verb |= !c.verb->noun;
	for (size_t i = 0; i < w->n_tokens; i++)
		if (i != at)
			c.words[c.n++] = w->tokens[i];
	add_clause(w, &c);
}

static void read_name(struct tool_words *w)
{
	size_t from = 0;

	for (size_t i = 0; i <= w->n_tokens; i++)
		if (i == w->n_tokens || is_one_of(w->tokens[i], joins)) {
			if (i > from)
				clause_of_name(w, from, i);
			from = i + 1;
		}
}

/* ---- The description ---- */

static bool is_stop(struct aisp_slice t, size_t i)
{
	char c = t.p[i], next = i + 1 < t.n ? t.p[i + 1] : ' ';

	if (c == '.')
		return !is_word(next);
	return c == ';' || c == '!' || c == '?' || (c == '\n' && (next == '\n' || next == '-'));
}

/* A letter, or a mark within a word: "don't", "read-only", "server.tool". */
static bool stays(struct aisp_slice t, size_t i, bool after_letter)
{
	char c = t.p[i];

	return is_word(c) || (c == '\'' && after_letter) || ((c == '-' || c == '.') && i && is_word(t.p[i - 1]));
}

static int lower_text(struct aisp_slice text, struct aisp_arena *a, struct aisp_slice *ret, struct aisp_err *err)
{
	struct aisp_slice t = aisp_slice_to(text, TOOL_TEXT);
	size_t n = t.n, to = 0;
	char *p = aisp_arena_alloc(a, n * 3 + 1);

	if (!p)
		return aisp_fail(err, AISP_E_NOMEM, "no memory for a tool's description");
	for (size_t i = 0; i < n; i++) {
		char c = t.p[i];
		bool stop = is_stop(t, i);

		if (!stop && stays(t, i, to && p[to - 1] != ' ')) {
			p[to++] = lower(c);
			continue;
		}
		if (to && p[to - 1] != ' ')
			p[to++] = ' ';
		if (stop && to >= 2 && p[to - 2] != '.') {
			p[to++] = '.';
			p[to++] = ' ';
		} else if (c == ',' && to) {
			p[to++] = ',';
			p[to++] = ' ';
		}
	}
	*ret = aisp_slice_of(p, to);
	return 0;
}

static const char *const prefaces[] = {"this", "tool", "tools", "will", "can", "a", "an", "the", "use", "used", "to", "useful", "for", "when",
	"you", "need", "want", "be", "that", "which", "allows", "allow", "lets", "let", "function", "helper", "api", "endpoint", "action",
	"user", "agent", "llm", "model", "is", "it", "enables", "provides", "provide", "ability", "able", "way", "simple", "powerful",
	"please", "call", "asynchronously", "permanently", "safely", "securely", "quickly", "directly", "recursively", "automatically", "with", "us", "generic",
	"new", "just", "your", "input", "wrapper", "around", "portal", NULL};
static const char *const nots[] = {"not", "never", "don't", "doesn't", "cannot", "can't", "without", "no", "nothing", "won't", "instead", "avoid",
	"before", "after", "unless", "if", "once", NULL};

static const struct aisp_tool_verb *lead_verb(const struct tool_clause *c, struct aisp_slice word, bool joined, bool preface, size_t seen)
{
	if (preface || (!joined && (c->verb || seen >= LEAD)))
		return NULL;
	return find_inflected(word);
}

/* Reads one sentence: words up to the lead verb, then clauses joined by and, or, commas. */
static void read_sentence(struct tool_words *w, struct aisp_slice sentence)
{
	struct tool_clause c = {0};
	struct aisp_slice word, rest = sentence;
	size_t seen = 0;
	bool joined = true, negated = false;

	while (aisp_slice_split(&rest, ' ', &word)) {
		if (!word.n)
			continue;
		bool comma = aisp_slice_eqz(word, ",");

		if (comma || is_one_of(word, joins)) {
			joined = true;
			continue;
		}
		negated |= is_one_of(word, nots);
		bool preface = !c.verb && is_one_of(word, prefaces);
		const struct aisp_tool_verb *v = lead_verb(&c, word, joined, preface, seen);

		if (v) {
			if (c.verb)
				add_clause(w, &c);
			c = (struct tool_clause){.verb = v, .negated = negated};
		} else if (c.verb && c.n < 12) {
			c.words[c.n++] = word;
		} else if (!c.verb && !preface && ++seen >= LEAD) {
			return;
		}
		joined = !c.verb && preface;
	}
	if (c.verb)
		add_clause(w, &c);
}

static void read_description(struct tool_words *w)
{
	struct aisp_slice rest = w->text;

	for (int i = 0; i < SENTENCES && rest.n; i++) {
		size_t end = aisp_slice_find(rest, AISP_S(" . "));

		read_sentence(w, aisp_slice_to(rest, end == SIZE_MAX ? rest.n : end));
		rest = end == SIZE_MAX ? aisp_slice_of(NULL, 0) : aisp_slice_from(rest, end + 3);
	}
}

/* mcp__github__create_issue: server github, tool create_issue. */
static void split_prefix(struct tool_words *w)
{
	struct aisp_slice mcp = AISP_S("mcp__");

	if (!aisp_slice_starts(w->name, mcp))
		return;
	struct aisp_slice rest = aisp_slice_from(w->name, mcp.n);
	size_t end = aisp_slice_find(rest, AISP_S("__"));

	if (end == SIZE_MAX || end + 2 >= rest.n)
		return;
	if (!w->server.n)
		w->server = aisp_slice_to(rest, end);
	w->name = aisp_slice_from(rest, end + 2);
}

int aisp_tool__words(const struct aisp_tool_in *in, struct aisp_arena *a, struct tool_words *ret, struct aisp_err *err)
{
	*ret = (struct tool_words){.name = aisp_slice_to(in->name, 256), .server = aisp_slice_to(in->server, 512)};
	split_prefix(ret);
	ret->n_tokens = aisp_tool__split(ret->name, a, ret->tokens, TOOL_WORDS);
	if (ret->n_tokens == SIZE_MAX)
		return aisp_fail(err, AISP_E_NOMEM, "no memory for a tool's name");
	int r = lower_text(in->description, a, &ret->text, err);

	if (r < 0)
		return r;
	read_name(ret);
	read_description(ret);
	return 0;
}
