/* The skim: imports of a file without parsing it, line by line, to decide whether a parse is worth its time. It may see an
 * import in a string that is none; that only costs a parse. The parse replaces what it wrote.
 */
#include "scan/source/skim.h"
#include "scan/source/rows.h"

bool aisp_source__skim_has_any(struct aisp_slice text, const char *tokens)
{
	struct aisp_slice rest = aisp_slice_z(tokens), t;

	while (aisp_slice_split(&rest, ' ', &t))
		if (t.n && memmem(text.p, text.n, t.p, t.n))
			return true;
	return false;
}

void aisp_source__skim_wants(struct skim *s, struct aisp_slice module)
{
	const char *tokens = NULL;

	if (!s->wanted && aisp_source__wants_module(s->m->lang, module, &tokens))
		s->wanted = !tokens || aisp_source__skim_has_any(s->text, tokens);
}

void aisp_source__skim_see(struct skim *s, struct aisp_slice module, struct aisp_slice name, uint32_t line)
{
	aisp_source__mention(&s->L, module, name, line);
	aisp_source__skim_wants(s, module);
}

static struct aisp_slice word(struct aisp_slice s, const char *more)
{
	size_t n = 0;

	while (n < s.n && ((s.p[n] | 32) >= 'a' && (s.p[n] | 32) <= 'z' ? true
	                   : (s.p[n] >= '0' && s.p[n] <= '9') || s.p[n] == '_' || strchr(more, s.p[n]) != NULL) &&
	       s.p[n])
		n++;
	return aisp_slice_to(s, n);
}

static void python_line(struct skim *s, struct aisp_slice l, uint32_t line)
{
	struct aisp_slice module, rest;

	if (aisp_slice_starts(l, AISP_S("from "))) {
		module = word(aisp_slice_trim(aisp_slice_from(l, 5)), ".");
		rest = aisp_slice_from(l, (size_t)(module.p - l.p) + module.n);
		if (!aisp_slice_starts(aisp_slice_trim(rest), AISP_S("import")))
			return;
		rest = aisp_slice_trim(aisp_slice_from(aisp_slice_trim(rest), 6));
		if (rest.n && rest.p[0] == '(')
			rest = aisp_slice_trim(aisp_slice_from(rest, 1));
		aisp_source__skim_see(s, module, word(rest, "*"), line);
		/* from google import genai: the symbol may be the module */
		if (word(rest, "").n && module.n && module.n + word(rest, "").n < 200) {
			char joined[256];
			size_t n = module.n;

			memcpy(joined, module.p, n);
			joined[n++] = '.';
			memcpy(joined + n, word(rest, "").p, word(rest, "").n);
			n += word(rest, "").n;
			aisp_source__skim_wants(s, aisp_slice_of(joined, n));
		}
	} else if (aisp_slice_starts(l, AISP_S("import "))) {
		rest = aisp_slice_from(l, 7);
		while (aisp_slice_split(&rest, ',', &module))
			aisp_source__skim_see(s, word(aisp_slice_trim(module), "."), aisp_slice_z(""), line);
	}
}

/* The string literal at the begin of s, without quotes. */
static struct aisp_slice quoted(struct aisp_slice s)
{
	size_t n;

	s = aisp_slice_trim(s);
	if (!s.n || (s.p[0] != '\'' && s.p[0] != '"' && s.p[0] != '`'))
		return aisp_slice_of(NULL, 0);
	n = aisp_slice_chr(aisp_slice_from(s, 1), s.p[0]);
	return n == SIZE_MAX || n > 200 ? aisp_slice_of(NULL, 0) : aisp_slice_of(s.p + 1, n);
}

static void javascript_line(struct skim *s, struct aisp_slice l, uint32_t line)
{
	static const char *const marks[] = {"require(", "import(", "from ", "from'", "from\"", NULL};
	struct aisp_slice q;

	if (aisp_slice_starts(l, AISP_S("import"))) {
		q = quoted(aisp_slice_from(l, 6));
		if (q.n)
			aisp_source__skim_see(s, q, aisp_slice_z(""), line);
	}
	for (int i = 0; marks[i]; i++) {
		struct aisp_slice mark = aisp_slice_z(marks[i]);
		size_t at = aisp_slice_find(l, mark);

		if (at == SIZE_MAX)
			continue;
		q = quoted(aisp_slice_from(l, at + mark.n - (mark.p[mark.n - 1] == '\'' || mark.p[mark.n - 1] == '"')));
		if (q.n)
			aisp_source__skim_see(s, q, aisp_slice_z(""), line);
	}
}

/* Could a line of JavaScript hold an import? Cheap, for most lines hold none. */
static bool maybe_import(struct aisp_slice l)
{
	return l.n < 2000 && (l.p[0] == 'i' || l.p[0] == '}' || l.p[0] == 'e' || l.p[0] == 'c' || l.p[0] == 'l' ||
	                      l.p[0] == 'v' || l.p[0] == 'm' || memmem(l.p, l.n, "require(", 8) ||
	                      memmem(l.p, l.n, "import(", 7));
}

int aisp_source__skim(struct aisp_source_module *m, struct aisp_slice text, struct aisp_arena *a, bool *ret_wanted,
                      struct aisp_err *err)
{
	bool python = aisp_source__is_python(m->lang);
	struct skim s = {.m = m, .text = text, .L = {.m = m, .a = a, .text = text}};
	struct aisp_slice rest = text, l;
	uint32_t line = 0;

	if (aisp_source__is_shaped(m->lang)) {
		aisp_source__skim_shape(&s);
		rest.n = 0;
	}
	while (rest.n && aisp_slice_split(&rest, '\n', &l)) {
		line++;
		while (l.n && (*l.p == ' ' || *l.p == '\t'))
			l = aisp_slice_from(l, 1);
		if (l.n < 6)
			continue;
		if (python && (l.p[0] == 'i' || l.p[0] == 'f'))
			python_line(&s, l, line);
		else if (!python && maybe_import(l))
			javascript_line(&s, l, line);
	}
	if (!s.wanted && aisp_source__family(m->lang) == SFAMILY_JAVASCRIPT)
		s.wanted = aisp_source__skim_has_any(text, aisp_source__global_tokens);
	if (s.L.bad < 0)
		return aisp_arena_full(a) ? aisp_fail(err, AISP_E_LIMIT, "the code needs more memory than its cap")
		                          : aisp_fail(err, AISP_E_NOMEM, "out of memory");
	*ret_wanted = s.wanted;
	return 0;
}
