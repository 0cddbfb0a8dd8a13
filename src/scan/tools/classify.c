/* What a tool does, with the reason for each action. Three kinds of evidence, the best first: what its code calls (seen), that
 * it is a tool we know, and words: the verb and the object of its name and description, its parameters. Words of a known
 * tool are not read. Claims (a description that says read-only, the hints of MCP) never take away what another row gives.
 */
#include "scan/tools/tools_int.h"

enum { MAX_REASONS = 64, MAX_CALLS = 2000, MAX_PARAMS = 64, CALL_MAX = 400 };

static const char *const names[] = {
#define X(sym, name, ...) name,
	AISP_TOOL_ACTIONS(X)
#undef X
};

const char *aisp_tool_action_name(unsigned bit)
{
	return bit < AISP_TOOL_BIT_END ? names[bit] : "";
}

struct found {
	enum aisp_tool_action_bit action;
	const struct aisp_tool_row *row;
	struct aisp_slice because;
	int grade; /* 3 seen in code, 2 a known tool, 1 words of the name, 0 other words */
};
struct classify {
	const struct aisp_tool_in *in;
	struct tool_words w;
	struct aisp_slice params[MAX_PARAMS][2]; /* name in lower case with _, its last word */
	size_t n_params;
	struct aisp_arena *a;
	struct found found[MAX_REASONS];
	size_t n;
	bool nomem;
};

static void find(struct classify *c, const struct aisp_tool_row *row, int grade, const char *how, struct aisp_slice what)
{
	struct aisp_slice because = {NULL, 0};

	for (unsigned bit = 0; bit < AISP_TOOL_BIT_END; bit++) {
		if (!(row->actions >> bit & 1) || c->n == MAX_REASONS)
			continue;
		if (!because.p)
			because = aisp_arena_printf(c->a, "%s %.*s", how, AISP_FMT(aisp_slice_to(what, 160)));
		if (!because.p) {
			c->nomem = true;
			return;
		}
		c->found[c->n++] = (struct found){(enum aisp_tool_action_bit)bit, row, because, grade};
	}
}

static bool any_glob(const char *const *list, struct aisp_slice s)
{
	for (; list && *list; list++)
		if (aisp_tool__glob(*list, s))
			return true;
	return false;
}

static bool has_word(const char *const *list, struct aisp_slice word)
{
	for (; list && *list; list++)
		if (aisp_tool__same_noun(word, *list))
			return true;
	return false;
}

static bool any_word(const char *const *list, const struct aisp_slice *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (has_word(list, words[i]))
			return true;
	return false;
}

/* ---- Calls ---- */

static void by_calls(struct classify *c)
{
	size_t n = c->in->n_calls < MAX_CALLS ? c->in->n_calls : MAX_CALLS;

	for (size_t r = 0; r < aisp_tool__row_count; r++) {
		const struct aisp_tool_row *row = &aisp_tool__rows[r];

		for (size_t i = 0; row->calls && i < n; i++) {
			struct aisp_slice call = aisp_slice_to(c->in->calls[i], CALL_MAX);

			if (any_glob(row->calls, call) && !any_glob(row->not_calls, call)) {
				find(c, row, 3, "calls", call);
				break;
			}
		}
	}
}

/* ---- Known tools ---- */

static char squash_next(struct aisp_slice s, size_t *at)
{
	while (*at < s.n) {
		char ch = s.p[(*at)++];

		if (ch >= 'A' && ch <= 'Z')
			ch = (char)(ch + 32);
		if (ch != '_' && ch != '-' && ch != ' ' && ch != '.')
			return ch;
	}
	return 0;
}

/* Equal but for case and what joins words. */
static bool same_name(struct aisp_slice a, struct aisp_slice b)
{
	size_t i = 0, k = 0;
	char x, y;

	do {
		x = squash_next(a, &i);
		y = squash_next(b, &k);
	} while (x == y && x);
	return x == y;
}

static bool names_tool(const struct aisp_tool_row *row, struct aisp_slice name)
{
	for (const char *const *t = row->tools; t && *t; t++)
		if (same_name(aisp_slice_z(*t), name))
			return true;
	return false;
}

/* Rows of the server first; only when it has none, tools known by their name alone. */
static bool by_known(struct classify *c)
{
	bool known = false;

	for (int own = 1; own >= 0 && !known; own--)
		for (size_t r = 0; r < aisp_tool__row_count; r++) {
			const struct aisp_tool_row *row = &aisp_tool__rows[r];

			if (!row->tools || !!row->servers != !!own || (own && !any_glob(row->servers, c->w.server)))
				continue;
			if (!names_tool(row, c->w.name))
				continue;
			known = true;
			find(c, row, 2, own ? "known tool of that server:" : "known tool:", c->w.name);
		}
	return known;
}

/* ---- Words ---- */

/* "to|recipient": is one of these a parameter, or the last word of one? */
static bool has_param(const struct classify *c, const char *alternatives)
{
	struct aisp_slice rest = aisp_slice_z(alternatives), one;

	while (aisp_slice_split(&rest, '|', &one))
		for (size_t i = 0; i < c->n_params; i++)
			if (aisp_slice_eq(c->params[i][0], one) || (one.n > 2 && aisp_slice_eq(c->params[i][1], one)))
				return true;
	return false;
}

static bool has_params(const struct classify *c, const struct aisp_tool_row *row)
{
	for (const char *const *p = row->params; p && *p; p++)
		if (!has_param(c, *p))
			return false;
	return true;
}

/* Is there a "not" among the few words before? */
static bool negated(struct aisp_slice text, size_t at)
{
	static const char *const words[] = {" not ", " never ", "n't ", " without ", " no ", " instead ", " cannot ", "not ", "never "};
	size_t from = at > 32 ? at - 32 : 0;
	struct aisp_slice before = aisp_slice_of(text.p + from, at - from);
	size_t stop = aisp_slice_find(before, AISP_S(" . "));

	if (stop != SIZE_MAX)
		before = aisp_slice_from(before, stop + 2);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (aisp_slice_find(before, aisp_slice_z(words[i])) != SIZE_MAX)
			return true;
	return false;
}

static const char *has_phrase(const struct classify *c, const struct aisp_tool_row *row)
{
	struct aisp_slice text = c->w.text;

	for (const char *const *d = row->desc; d && *d; d++) {
		struct aisp_slice phrase = aisp_slice_z(*d);
		size_t at = aisp_slice_find(text, phrase);

		if (at == SIZE_MAX || (at && text.p[at - 1] != ' ') || (at + phrase.n < text.n && text.p[at + phrase.n] != ' '))
			continue;
		if (!negated(text, at))
			return *d;
	}
	return NULL;
}

static const struct tool_clause *has_clause(const struct classify *c, const struct aisp_tool_row *row)
{
	for (size_t i = 0; i < c->w.n_clauses; i++) {
		const struct tool_clause *k = &c->w.clauses[i];
		bool verb = false;

		for (const char *const *v = row->verbs; *v && !verb; v++)
			verb = k->negated ? false : strcmp(k->verb->word, *v) == 0;
		if (!verb || any_word(row->nots, k->words, k->n))
			continue;
		if (row->objects && !any_word(row->objects, k->words, k->n))
			continue;
		return k;
	}
	return NULL;
}

static bool has_final(const struct classify *c, const struct aisp_tool_row *row)
{
	return c->w.n_tokens > 1 && !c->w.name_has_verb && has_word(row->finals, c->w.tokens[c->w.n_tokens - 1]);
}

/* All conditions that the row has must hold. True when a clause of the name matched. */
static bool try_words(struct classify *c, const struct aisp_tool_row *row)
{
	const struct tool_clause *k = NULL;
	const char *phrase = NULL;

	if (row->params && !has_params(c, row))
		return false;
	if (row->finals && !has_final(c, row))
		return false;
	if (row->desc && !(phrase = has_phrase(c, row)))
		return false;
	if (row->verbs && !(k = has_clause(c, row)))
		return false;
	bool of_name = k ? k->of_name : row->finals != NULL;

	if (phrase)
		find(c, row, 0, "its description says", aisp_slice_z(phrase));
	else if (k && !k->of_name)
		find(c, row, 0, "its description says it does:", aisp_slice_z(k->verb->word));
	else if (row->params)
		find(c, row, 1, "name and parameters:", c->w.name);
	else
		find(c, row, 1, "name", c->w.name);
	return of_name;
}

/* Does the verb of the name belong to the rows of verbs that do nothing of interest? */
static bool is_pure(const struct classify *c)
{
	for (size_t r = 0; r < aisp_tool__row_count; r++) {
		const struct aisp_tool_row *row = &aisp_tool__rows[r];

		for (const char *const *v = row->actions ? NULL : row->verbs; v && *v; v++)
			if (c->w.n_clauses && c->w.clauses[0].of_name && strcmp(*v, c->w.clauses[0].verb->word) == 0)
				return true;
	}
	return false;
}

static void by_words(struct classify *c)
{
	size_t before = c->n;
	bool named = false;

	for (size_t r = 0; r < aisp_tool__row_count && !c->nomem; r++) {
		const struct aisp_tool_row *row = &aisp_tool__rows[r];

		if (!row->calls && !row->tools && row->actions)
			named |= try_words(c, row);
	}
	if (!named && is_pure(c))
		c->n = before;
}

/* ---- In and out ---- */

static void read_params(struct classify *c)
{
	for (size_t i = 0; i < c->in->n_params && c->n_params < MAX_PARAMS; i++) {
		struct aisp_slice words[8];
		size_t n = aisp_tool__split(aisp_slice_to(c->in->params[i].name, 64), c->a, words, 8);
		char joined[80];
		size_t at = 0;

		if (n == SIZE_MAX) {
			c->nomem = true;
			return;
		}
		for (size_t k = 0; k < n && at + words[k].n + 1 < sizeof joined; k++) {
			if (at)
				joined[at++] = '_';
			memcpy(joined + at, words[k].p, words[k].n);
			at += words[k].n;
		}
		if (!n)
			continue;
		struct aisp_slice name = aisp_arena_dup(c->a, aisp_slice_of(joined, at));

		c->nomem |= !name.p;
		c->params[c->n_params][0] = name;
		c->params[c->n_params++][1] = words[n - 1];
	}
}

static bool comes_before(const struct found *a, const struct found *b)
{
	return a->action != b->action ? a->action < b->action : a->grade > b->grade;
}

static int hand_over(struct classify *c, struct aisp_tool_verdict *ret, struct aisp_err *err)
{
	struct aisp_tool_reason *v = aisp_arena_zalloc(c->a, c->n + 1, sizeof *v);
	unsigned actions = 0;

	if (!v || c->nomem)
		return aisp_fail(err, AISP_E_NOMEM, "no memory for what a tool does");
	/* Insertion keeps the order of rows within one grade. */
	for (size_t i = 1; i < c->n; i++) {
		struct found f = c->found[i];
		size_t k = i;

		for (; k > 0 && comes_before(&f, &c->found[k - 1]); k--)
			c->found[k] = c->found[k - 1];
		c->found[k] = f;
	}
	for (size_t i = 0; i < c->n; i++) {
		const struct found *f = &c->found[i];

		v[i] = (struct aisp_tool_reason){f->action, f->row->id, f->because, f->grade == 3};
		actions |= 1u << f->action;
	}
	*ret = (struct aisp_tool_verdict){actions, v, c->n};
	return 0;
}

int aisp_tool_classify(const struct aisp_tool_in *in, struct aisp_arena *a, struct aisp_tool_verdict *ret, struct aisp_err *err)
{
	struct classify *c = aisp_arena_zalloc(a, 1, sizeof *c);

	if (!c)
		return aisp_fail(err, AISP_E_NOMEM, "no memory to classify a tool");
	c->in = in;
	c->a = a;
	int r = aisp_tool__words(in, a, &c->w, err);

	if (r < 0)
		return r;
	read_params(c);
	by_calls(c);
	if (!by_known(c))
		by_words(c);
	return hand_over(c, ret, err);
}
