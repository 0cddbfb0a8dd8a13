/* The skim of the languages lowered by tables: imports, and the names declared at the top, line by line. A declaration seen
 * where none is costs at most a parse.
 */
#include "scan/source/lower.h"
#include "scan/source/rows.h"
#include "scan/source/skim.h"

static bool is_word(char c)
{
	return ((c | 32) >= 'a' && (c | 32) <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

static struct aisp_slice word_at(struct aisp_slice s)
{
	size_t n = 0;

	while (s.n && (*s.p == ' ' || *s.p == '\t'))
		s = aisp_slice_from(s, 1);
	while (n < s.n && is_word(s.p[n]))
		n++;
	return aisp_slice_to(s, n);
}

static void declare(struct skim *s, struct aisp_slice name)
{
	struct sdecl *d = name.n && name.n < 100 ? aisp_source__lower_alloc(&s->L, sizeof *d) : NULL;

	if (!d)
		return;
	d->name = name;
	d->next = s->m->decls;
	s->m->decls = d;
}

/* A name after one of these words, at the begin of the line or after modifiers. */
static void declared_after(struct skim *s, struct aisp_slice l, const char *const *words)
{
	for (unsigned n = 0; l.n && n < 8; n++) {
		struct aisp_slice w = word_at(l);

		if (!w.n)
			return;
		l = aisp_slice_of(w.p + w.n, (size_t)(l.p + l.n - w.p) - w.n);
		for (int i = 0; words[i]; i++) {
			if (!aisp_slice_eqz(w, words[i]))
				continue;
			w = word_at(l);
			if (aisp_slice_eqz(w, "class") || aisp_slice_eqz(w, "struct") || aisp_slice_eqz(w, "fn")) /* record class, const fn */
				break;
			while (l.n > (size_t)(w.p + w.n - l.p) + 2 && w.p[w.n] == ':' && w.p[w.n + 1] == ':') { /* class A::B */
				l = aisp_slice_from(l, (size_t)(w.p + w.n - l.p) + 2);
				w = word_at(l);
			}
			declare(s, w);
			return;
		}
	}
}

/* The path after a keyword, to ';', '{', '=' or the end, with '.' between its parts. */
static struct aisp_slice path_after(struct aisp_slice l, size_t skip, char *out, size_t cap)
{
	size_t n = 0;

	for (size_t i = skip; i < l.n && n + 1 < cap; i++) {
		char c = l.p[i];

		if (is_word(c)) {
			out[n++] = c;
		} else if (c == '.' || c == ':' || c == '\\') {
			if (n && out[n - 1] != '.')
				out[n++] = '.';
		} else if (c != ' ' || n) {
			break;
		}
	}
	while (n && out[n - 1] == '.')
		n--;
	return aisp_slice_of(out, n);
}

static void import_path(struct skim *s, struct aisp_slice l, size_t skip, uint32_t line)
{
	char buf[256];
	struct aisp_slice p = path_after(l, skip, buf, sizeof buf);
	size_t dot;

	if (!p.n)
		return;
	aisp_source__skim_wants(s, p);
	p = aisp_arena_dup(s->L.a, p);
	dot = aisp_slice_rchr(p, '.');
	if (p.p && dot != SIZE_MAX && s->m->lang != AISP_SOURCE_CSHARP)
		aisp_source__mention(&s->L, aisp_slice_to(p, dot), aisp_slice_from(p, dot + 1), line);
	else if (p.p)
		aisp_source__mention(&s->L, p, AISP_S("*"), line);
}

static void go_line(struct skim *s, struct aisp_slice l, bool indented, uint32_t line)
{
	static const char *const words[] = {"func", "type", "var", "const", NULL};
	size_t open;

	if (!indented && *l.p == ')')
		s->group = 0;
	if (s->group == 'i' || aisp_slice_starts(l, AISP_S("import "))) {
		open = aisp_slice_chr(l, '"');
		if (open == SIZE_MAX) {
			if (aisp_slice_chr(l, '(') != SIZE_MAX)
				s->group = 'i';
			return;
		}
		l = aisp_slice_from(l, open + 1);
		open = aisp_slice_chr(l, '"');
		if (open != SIZE_MAX && open)
			aisp_source__skim_see(s, aisp_slice_to(l, open), aisp_slice_z(""), line);
		return;
	}
	if (indented) {
		if (s->group == 'd')
			declare(s, word_at(l));
		return;
	}
	if (aisp_slice_starts(l, AISP_S("func ("))) { /* a method: its type is found by it too */
		size_t close = aisp_slice_chr(l, ')');

		for (open = close == SIZE_MAX ? 0 : close; open && is_word(l.p[open - 1]); open--)
			;
		if (open && close != SIZE_MAX)
			declare(s, aisp_slice_of(l.p + open, close - open));
		return;
	}
	if (aisp_slice_starts(l, AISP_S("const (")) || aisp_slice_starts(l, AISP_S("var (")) || aisp_slice_starts(l, AISP_S("type (")))
		s->group = 'd';
	else
		declared_after(s, l, words);
}

static void jvm_line(struct skim *s, struct aisp_slice l, uint32_t line)
{
	static const char *const words[] = {"class", "interface", "record", "enum", "struct", NULL};
	bool cs = s->m->lang == AISP_SOURCE_CSHARP;

	if (cs && aisp_slice_starts(l, AISP_S("global using ")))
		l = aisp_slice_from(l, 7);
	if (aisp_slice_starts(l, cs ? AISP_S("using ") : AISP_S("import "))) {
		size_t skip = cs ? 6 : 7, eq = aisp_slice_chr(l, '=');

		if (aisp_slice_starts(aisp_slice_from(l, skip), AISP_S("static ")))
			skip += 7;
		if (cs && eq != SIZE_MAX)
			skip = eq + 1;
		import_path(s, l, skip, line);
		return;
	}
	if ((*l.p | 32) >= 'a' && (*l.p | 32) <= 'z')
		declared_after(s, l, words);
}

static void rust_line(struct skim *s, struct aisp_slice l, uint32_t line)
{
	static const char *const words[] = {"fn", "struct", "enum", "trait", "const", "static", "type", "mod", NULL};

	if (aisp_slice_starts(l, AISP_S("pub use ")))
		l = aisp_slice_from(l, 4);
	if (aisp_slice_starts(l, AISP_S("use ")))
		import_path(s, l, 4, line);
	else if ((*l.p | 32) >= 'a' && (*l.p | 32) <= 'z')
		declared_after(s, l, words);
}

static void ruby_line(struct skim *s, struct aisp_slice l)
{
	static const char *const words[] = {"class", "module", NULL};
	struct aisp_slice w;

	if (*l.p == 'c' || *l.p == 'm') {
		declared_after(s, l, words);
	} else if (*l.p >= 'A' && *l.p <= 'Z') {
		w = word_at(l);
		if (l.n > w.n + 2 && l.p[w.n] == ' ' && l.p[w.n + 1] == '=' && l.p[w.n + 2] != '=')
			declare(s, w);
	}
}

static void php_line(struct skim *s, struct aisp_slice l, uint32_t line)
{
	static const char *const words[] = {"class", "interface", "trait", "enum", "function", "const", NULL};

	if (aisp_slice_starts(l, AISP_S("use ")) && aisp_slice_chr(l, '\\') != SIZE_MAX)
		import_path(s, l, 4, line);
	else if (aisp_slice_starts(l, AISP_S("use ")))
		import_path(s, l, 4, line);
	else if ((*l.p | 32) >= 'a' && (*l.p | 32) <= 'z')
		declared_after(s, l, words);
}

void aisp_source__skim_shape(struct skim *s)
{
	struct aisp_slice rest = s->text, l;
	uint32_t line = 0;

	while (rest.n && aisp_slice_split(&rest, '\n', &l) && s->L.bad == 0) {
		bool indented = l.n && (*l.p == ' ' || *l.p == '\t');

		line++;
		while (l.n && (*l.p == ' ' || *l.p == '\t'))
			l = aisp_slice_from(l, 1);
		if (!l.n)
			continue;
		switch (s->m->lang) {
		case AISP_SOURCE_GO:
			go_line(s, l, indented, line);
			break;
		case AISP_SOURCE_RUST:
			rust_line(s, l, line);
			break;
		case AISP_SOURCE_RUBY:
			ruby_line(s, l);
			break;
		case AISP_SOURCE_PHP:
			php_line(s, l, line);
			break;
		default:
			jvm_line(s, l, line);
			break;
		}
	}
	if (!s->wanted)
		s->wanted = aisp_source__skim_has_any(s->text, aisp_source__shaped_tokens[aisp_source__family(s->m->lang)]);
}
