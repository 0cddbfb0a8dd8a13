/* The comment before a declaration. Read backwards from its first line in the text: tree-sitter's comments are extras that may hang
 * anywhere in the tree.
 */
#include "base/buf.h"
#include "scan/source/lower.h"

enum { DOC_MAX = 1000, LINES_MAX = 40 };

/* The line that ends before *end; *end becomes its begin. */
static struct aisp_slice line_before(struct aisp_slice t, size_t *end)
{
	size_t to = *end, from;

	if (to && t.p[to - 1] == '\n')
		to--;
	for (from = to; from && t.p[from - 1] != '\n'; from--)
		;
	*end = from;
	return aisp_slice_trim(aisp_slice_of(t.p + from, to - from));
}

/* Without the comment's own marks, and without XML's tags. */
static void put_line(struct aisp_buf *b, struct aisp_slice s)
{
	bool tag = false;
	size_t n = b->n;

	while (s.n && strchr("/*#!", s.p[0]) && s.p[0])
		s = aisp_slice_from(s, 1);
	if (aisp_slice_ends(s, AISP_S("*/")))
		s = aisp_slice_to(s, s.n - 2);
	s = aisp_slice_trim(s);
	if (b->n && s.n)
		aisp_buf_putc(b, ' ');
	for (size_t i = 0; i < s.n && b->n < DOC_MAX; i++) {
		tag |= s.p[i] == '<';
		if (!tag)
			aisp_buf_putc(b, s.p[i]);
		tag &= s.p[i] != '>';
	}
	if (b->n == n + 1 && n)
		b->n = n;
}

static struct aisp_slice lines_text(struct lower *L, struct aisp_slice t, size_t from, size_t end)
{
	AISP_AUTOBUF struct aisp_buf b;
	struct aisp_slice rest = aisp_slice_of(t.p + from, end - from), line;

	aisp_buf_init(&b, DOC_MAX + 8);
	while (rest.n && b.n < DOC_MAX && aisp_slice_split(&rest, '\n', &line)) {
		struct aisp_slice s = aisp_slice_trim(line), bare = s;

		while (bare.n && strchr("/* ", bare.p[0]) && bare.p[0])
			bare = aisp_slice_from(bare, 1);
		if (bare.n && bare.p[0] == '@') /* @param and what follows */
			break;
		put_line(&b, s);
	}
	return b.n ? aisp_arena_dup(L->a, aisp_buf_slice(&b)) : aisp_slice_z("");
}

/* "///" of C# and Rust, "//" of Go, "#" of Ruby: the mark of a line that documents; NULL where blocks do. */
static const char *line_mark(enum aisp_source_lang lang)
{
	switch (lang) {
	case AISP_SOURCE_GO:
		return "//";
	case AISP_SOURCE_CSHARP:
	case AISP_SOURCE_RUST:
		return "///";
	case AISP_SOURCE_RUBY:
		return "#";
	default:
		return NULL;
	}
}

static bool is_mark(struct aisp_slice line, enum aisp_source_lang lang)
{
	if (lang == AISP_SOURCE_RUST || lang == AISP_SOURCE_PHP)
		return aisp_slice_starts(line, AISP_S("#["));
	return lang != AISP_SOURCE_RUBY && lang != AISP_SOURCE_GO && line.n && (line.p[0] == '@' || line.p[0] == '[');
}

struct aisp_slice aisp_source__doc_before(struct lower *L, uint32_t at)
{
	struct aisp_slice t = L->text, line = {NULL, 0};
	const char *mark = line_mark(L->m->lang);
	size_t end = at < t.n ? at : t.n, before, last;
	unsigned n = 0;

	while (end && t.p[end - 1] != '\n')
		end--;
	before = end;
	for (; before && n < 8; n++) { /* over annotations */
		end = before;
		line = line_before(t, &before);
		if (!is_mark(line, L->m->lang))
			break;
	}
	if (!line.n)
		return aisp_slice_z("");
	last = end;
	if (mark && aisp_slice_starts(line, aisp_slice_z(mark)) && !aisp_slice_starts(line, AISP_S("#["))) {
		for (n = 0; n < LINES_MAX; n++) {
			size_t from = before;
			struct aisp_slice up = before ? line_before(t, &from) : aisp_slice_z("");

			if (!aisp_slice_starts(up, aisp_slice_z(mark)))
				break;
			before = from;
		}
		return lines_text(L, t, before, last);
	}
	if (mark || !aisp_slice_ends(line, AISP_S("*/")))
		return aisp_slice_z("");
	for (n = 0; n < LINES_MAX && aisp_slice_find(line, AISP_S("/*")) == SIZE_MAX && before; n++)
		line = line_before(t, &before);
	return aisp_slice_starts(line, AISP_S("/**")) ? lines_text(L, t, before, last) : aisp_slice_z("");
}
