/* Ignore patterns: see ignore.h.
 *
 * A pattern is compiled to tokens and run as a set of states, so no pattern takes exponential time:
 *   'c' one byte; ? one byte but /; [..] one byte but /; * any run without /; ** / any folders or none; ** at the end: all
 */
#include "collect/files/ignore.h"
#include <ctype.h>

enum { PATTERN_MAX = 2048 }; /* a longer one matches nothing; tokens live on the stack */

/* T_DIRS stands at the begin of a component and may be skipped with the T_IN_DIR behind it, which stands inside one. */
enum kind { T_BYTE, T_ANY, T_CLASS, T_STAR, T_DIRS, T_IN_DIR, T_REST };
struct token {
	enum kind kind;
	unsigned char byte;
	uint32_t set[8]; /* T_CLASS: one bit a byte */
};

/* POSIX classes, as the C locale has them (git's are the same). */
static const struct {
	const char *name;
	int (*in)(int);
} classes[] = {{"alnum", isalnum}, {"alpha", isalpha}, {"blank", isblank}, {"cntrl", iscntrl}, {"digit", isdigit}, {"graph", isgraph},
               {"lower", islower}, {"print", isprint}, {"punct", ispunct}, {"space", isspace}, {"upper", isupper}, {"xdigit", isxdigit}};

static void set_range(struct token *t, unsigned from, unsigned to)
{
	for (unsigned c = from; c <= to && c < 256; c++)
		t->set[c / 32] |= 1u << (c % 32);
}

/* "[:name:]" at p[i]: sets its bytes, the position behind it; SIZE_MAX when there is no such class. */
static size_t add_class(struct aisp_slice p, size_t i, struct token *t, int *prev)
{
	size_t end = i + 2;

	while (end < p.n && p.p[end] != ']')
		end++;
	if (end >= p.n)
		return SIZE_MAX;
	if (end < i + 3 || p.p[end - 1] != ':') { /* "[:" and no ":]": an ordinary bracket */
		set_range(t, '[', '[');
		*prev = '[';
		return i + 1;
	}
	struct aisp_slice name = aisp_slice_of(p.p + i + 2, end - 1 - (i + 2));
	for (size_t k = 0; k < sizeof classes / sizeof *classes; k++) {
		if (!aisp_slice_eqz(name, classes[k].name))
			continue;
		for (unsigned b = 0; b < 128; b++)
			if (classes[k].in((int)b))
				set_range(t, b, b);
		*prev = -1;
		return end + 1;
	}
	return SIZE_MAX;
}

/* One byte, perhaps behind a backslash, at p[*i]; false at the end. *i moves behind it. */
static bool class_byte(struct aisp_slice p, size_t *i, unsigned char *ret)
{
	if (*i < p.n && p.p[*i] == '\\')
		++*i;
	if (*i >= p.n)
		return false;
	*ret = (unsigned char)p.p[(*i)++];
	return true;
}

/* p[i] is behind '['. Gives the position behind ']', or SIZE_MAX for a bracket that git refuses. */
static size_t compile_class(struct aisp_slice p, size_t i, struct token *t)
{
	bool negated = i < p.n && (p.p[i] == '!' || p.p[i] == '^');
	size_t first = i + negated;
	int prev = -1;

	*t = (struct token){.kind = T_CLASS};
	for (i = first; i < p.n && (p.p[i] != ']' || i == first);) {
		unsigned char c;
		if (p.p[i] == '-' && prev >= 0 && i + 1 < p.n && p.p[i + 1] != ']') {
			i++;
			if (!class_byte(p, &i, &c))
				return SIZE_MAX;
			set_range(t, (unsigned)prev, c);
			prev = -1;
		} else if (p.p[i] == '[' && i + 1 < p.n && p.p[i + 1] == ':') {
			i = add_class(p, i, t, &prev);
			if (i == SIZE_MAX)
				return SIZE_MAX;
		} else {
			if (!class_byte(p, &i, &c))
				return SIZE_MAX;
			prev = c;
			set_range(t, c, c);
		}
	}
	if (i >= p.n)
		return SIZE_MAX;
	for (size_t k = 0; negated && k < 8; k++)
		t->set[k] = ~t->set[k];
	t->set['/' / 32] &= ~(1u << ('/' % 32));
	return i + 1;
}

/* Stars at p[i]: T_DIRS for "**" and "/" at the begin of a component, T_REST for "**" at the end, else T_STAR. */
static size_t compile_stars(struct aisp_slice p, size_t i, struct token *t)
{
	size_t from = i;

	while (i < p.n && p.p[i] == '*')
		i++;
	*t = (struct token){.kind = T_STAR};
	if (i - from < 2 || (from > 0 && p.p[from - 1] != '/'))
		return i;
	if (i == p.n) {
		t->kind = T_REST;
	} else if (p.p[i] == '/') {
		t->kind = T_DIRS;
		i++;
	} else if (p.p[i] == '\\' && i + 1 < p.n && p.p[i + 1] == '/') {
		t->kind = T_DIRS;
		i += 2;
	}
	return i;
}

/* Number of tokens, or SIZE_MAX for a pattern that matches nothing. */
static size_t compile(struct aisp_slice p, struct token *out)
{
	size_t n = 0;

	for (size_t i = 0; i < p.n;) {
		struct token *t = &out[n++];
		switch (p.p[i]) {
		case '*':
			i = compile_stars(p, i, t);
			if (t->kind == T_DIRS)
				out[n++] = (struct token){.kind = T_IN_DIR};
			break;
		case '?':
			*t = (struct token){.kind = T_ANY};
			i++;
			break;
		case '[':
			i = compile_class(p, i + 1, t);
			if (i == SIZE_MAX)
				return SIZE_MAX;
			break;
		case '\\':
			if (++i >= p.n)
				return SIZE_MAX;
			__attribute__((fallthrough));
		default:
			*t = (struct token){.kind = T_BYTE, .byte = (unsigned char)p.p[i]};
			i++;
		}
	}
	return n;
}

/* Adds state s and those reached without a byte. */
static void enter(const struct token *t, size_t n, unsigned char *set, size_t s)
{
	while (!set[s]) {
		set[s] = 1;
		if (s == n || (t[s].kind != T_STAR && t[s].kind != T_DIRS && t[s].kind != T_REST))
			return;
		s += t[s].kind == T_DIRS ? 2 : 1;
	}
}

static void step(const struct token *t, size_t n, const unsigned char *now, unsigned char *next, unsigned char c)
{
	for (size_t s = 0; s < n; s++) {
		if (!now[s])
			continue;
		switch (t[s].kind) {
		case T_BYTE:
			if (t[s].byte == c)
				enter(t, n, next, s + 1);
			break;
		case T_ANY:
			if (c != '/')
				enter(t, n, next, s + 1);
			break;
		case T_CLASS:
			if (t[s].set[c / 32] >> (c % 32) & 1)
				enter(t, n, next, s + 1);
			break;
		case T_STAR:
			if (c != '/')
				enter(t, n, next, s);
			break;
		case T_REST:
			enter(t, n, next, s);
			break;
		case T_DIRS:
			enter(t, n, next, c == '/' ? s : s + 1);
			break;
		case T_IN_DIR:
			enter(t, n, next, c == '/' ? s - 1 : s);
			break;
		}
	}
}

bool aisp_ignore_wild(struct aisp_slice pattern, struct aisp_slice text)
{
	struct token t[PATTERN_MAX];
	unsigned char states[2 * (PATTERN_MAX + 1)], *now = states, *next = states + PATTERN_MAX + 1;
	size_t n = pattern.n > PATTERN_MAX ? SIZE_MAX : compile(pattern, t);

	if (n == SIZE_MAX)
		return false;
	memset(now, 0, n + 1);
	enter(t, n, now, 0);
	for (size_t i = 0; i < text.n; i++) {
		memset(next, 0, n + 1);
		step(t, n, now, next, (unsigned char)text.p[i]);
		unsigned char *swap = now;
		now = next;
		next = swap;
	}
	return now[n];
}

/* Without spaces at the end, unless a backslash stands before them (git's trim_trailing_spaces). */
static struct aisp_slice trim_spaces(struct aisp_slice line)
{
	size_t keep = 0;

	for (size_t i = 0; i < line.n; i++) {
		if (line.p[i] == '\\')
			i++;
		if (i >= line.n || line.p[i] != ' ' || line.p[i - (i > 0)] == '\\')
			keep = i + 1;
	}
	return aisp_slice_to(line, keep);
}

static bool parse_rule(struct aisp_slice line, struct aisp_ignore_rule *r)
{
	*r = (struct aisp_ignore_rule){0};
	if (line.n > 0 && line.p[0] == '!') {
		r->negated = true;
		line = aisp_slice_from(line, 1);
	}
	if (line.n > 0 && line.p[line.n - 1] == '/') {
		r->dir_only = true;
		line.n--;
	}
	r->basename = aisp_slice_chr(line, '/') == SIZE_MAX;
	if (line.n > 0 && line.p[0] == '/')
		line = aisp_slice_from(line, 1);
	r->pattern = line;
	return line.n > 0;
}

int aisp_ignore_parse(struct aisp_arena *a, struct aisp_slice base, struct aisp_slice text, struct aisp_ignore *ret,
                      struct aisp_err *err)
{
	size_t lines = 1;

	if (aisp_slice_starts(text, AISP_S("\xef\xbb\xbf")))
		text = aisp_slice_from(text, 3);
	for (size_t i = 0; i < text.n; i++)
		lines += text.p[i] == '\n';
	struct aisp_slice own = aisp_arena_dup(a, text), own_base = aisp_arena_dup(a, base), line;
	struct aisp_ignore_rule *rules = aisp_arena_zalloc(a, lines, sizeof *rules);
	if (!own.p || !own_base.p || !rules)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for ignore patterns");
	size_t n = 0;
	while (own.p && aisp_slice_split(&own, '\n', &line)) {
		if (own.p && line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		if (line.n == 0 || line.p[0] == '#')
			continue;
		n += parse_rule(trim_spaces(line), &rules[n]);
	}
	*ret = (struct aisp_ignore){.base = own_base, .rules = rules, .n = n};
	return 0;
}

enum aisp_ignore_verdict aisp_ignore_match(const struct aisp_ignore *ig, struct aisp_slice path, bool is_dir)
{
	if (!aisp_slice_starts(path, ig->base))
		return AISP_IGNORE_UNDECIDED;
	struct aisp_slice rel = aisp_slice_from(path, ig->base.n), name = aisp_slice_basename(path);
	for (size_t i = ig->n; i-- > 0;) {
		const struct aisp_ignore_rule *r = &ig->rules[i];
		if (r->dir_only && !is_dir)
			continue;
		if (aisp_ignore_wild(r->pattern, r->basename ? name : rel))
			return r->negated ? AISP_IGNORE_NO : AISP_IGNORE_YES;
	}
	return AISP_IGNORE_UNDECIDED;
}
