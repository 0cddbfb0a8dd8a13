/* Regular expressions of rules: read once, in Go's syntax (RE2: no backreferences, no lookaround), written down for PCRE2, and on the
 * way reduced to what every match must hold (lits.c).
 *
 * Differences that are bridged: \s has no vertical tab, \v is one character, \z and $ mean the end of the text, names of groups, a
 * brace that is no repetition. Bounded: 64 KiB of pattern, 60 levels.
 */
#include "scan/secrets/lits_int.h"
#include <stdio.h>

enum { MAX_PATTERN = 1 << 16, MAX_DEPTH = 60, MAX_REPEAT = 1000 };
#define INF AISP_SECRETS__INF

struct rx {
	struct aisp_arena *a;
	const char *p, *end, *start;
	struct aisp_buf out;
	unsigned flags, depth;
	bool i, s, m, ungreedy;
	bool utf, wide;
	uint32_t groups;
	struct aisp_err *err;
};
struct info {
	uint32_t min, max;
	struct aisp_secrets__set exact;
	struct aisp_secrets__set head; /* one of these begins each match; where exact is empty */
	struct aisp_secrets__best best;
	bool trims; /* a plain class, for AISP_SECRETS__OWN */
	struct aisp_secrets__after class; /* of a class, repeated or not: what it begins with */
};
typedef struct aisp_secrets__class class_t;
static const struct aisp_secrets__after unknown;

static int bad(struct rx *x, const char *what)
{
	return aisp_fail(x->err, AISP_E_USAGE, "%s at byte %td of the regular expression", what, x->p - x->start);
}

static uint32_t add(uint32_t a, uint32_t b)
{
	return a == INF || b == INF || a + b > 1u << 30 ? INF : a + b;
}

static uint32_t mul(uint32_t a, uint32_t n)
{
	return !a || !n ? 0 : a == INF || n == INF || (uint64_t)a * n > 1u << 30 ? INF : a * n;
}

static bool peek(const struct rx *x, const char *z)
{
	size_t n = strlen(z);

	return (size_t)(x->end - x->p) >= n && memcmp(x->p, z, n) == 0;
}

static bool punct(char c)
{
	return (unsigned char)c < 128 && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z') && !(c >= '0' && c <= '9');
}

/* One code point, as PCRE2 writes it. */
static void put_cp(struct rx *x, uint32_t cp)
{
	if (cp > 127) {
		x->utf = true;
		aisp_buf_printf(&x->out, "\\x{%x}", cp);
	} else if (cp < 32 || cp == 127) {
		aisp_buf_printf(&x->out, "\\x%02x", cp);
	} else {
		if (punct((char)cp) && cp != '_')
			aisp_buf_putc(&x->out, '\\');
		aisp_buf_putc(&x->out, (char)cp);
	}
}

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

static int escape_hex(struct rx *x, uint32_t *ret_cp)
{
	uint32_t cp = 0;
	bool braces = x->p < x->end && *x->p == '{';
	int n = 0;

	x->p += braces;
	for (; x->p < x->end && hex(*x->p) >= 0 && (braces ? n < 6 : n < 2); x->p++, n++)
		cp = cp * 16 + (uint32_t)hex(*x->p);
	if ((braces && (x->p == x->end || *x->p++ != '}' || !n)) || (!braces && n != 2) || cp > 0x10ffff)
		return bad(x, "\\x needs two hex digits or {…}");
	*ret_cp = cp;
	return 0;
}

/* Behind the backslash: an escape that is one character. 1: is none. */
static int escape_char(struct rx *x, uint32_t *ret_cp)
{
	static const char from[] = "aftnrv", to[] = "\a\f\t\n\r\v";
	char c = *x->p;
	const char *at = strchr(from, c);

	if (punct(c)) {
		*ret_cp = (unsigned char)c;
	} else if (c && at) {
		*ret_cp = (unsigned char)to[at - from];
	} else if (c == 'x') {
		x->p++;
		return escape_hex(x, ret_cp);
	} else if (c == '0' || (c >= '1' && c <= '7' && x->p + 1 < x->end && x->p[1] >= '0' && x->p[1] <= '7')) {
		uint32_t cp = 0;

		for (int n = 0; n < 3 && x->p < x->end && *x->p >= '0' && *x->p <= '7'; n++)
			cp = cp * 8 + (uint32_t)(*x->p++ - '0');
		*ret_cp = cp;
		return 0;
	} else {
		return 1;
	}
	x->p++;
	return 0;
}

static void perl_class(char c, class_t *k)
{
	class_t pos = {0};

	switch (c | 0x20) {
	case 'd':
		aisp_secrets__class_add(&pos, '0', '9');
		break;
	case 'w':
		aisp_secrets__class_add(&pos, '0', '9');
		aisp_secrets__class_add(&pos, 'A', 'Z');
		aisp_secrets__class_add(&pos, 'a', 'z');
		aisp_secrets__class_add(&pos, '_', '_');
		break;
	default:
		aisp_secrets__class_add(&pos, '\t', '\n');
		aisp_secrets__class_add(&pos, '\f', '\r');
		aisp_secrets__class_add(&pos, ' ', ' ');
	}
	for (int i = 0; i < 4; i++)
		k->bits[i] |= c & 0x20 ? pos.bits[i] : ~pos.bits[i];
}

/* \d \s \w and their opposites; inside a class or as one. */
static void put_perl_class(struct rx *x, char c, bool inside)
{
	static const char space[] = "\\t\\n\\f\\r ";

	x->wide |= !(c & 0x20);
	if (c == 's') {
		aisp_buf_printf(&x->out, inside ? "%s" : "[%s]", space);
	} else if (c == 'S') {
		aisp_buf_printf(&x->out, inside ? "\\S\\x0b" : "[^%s]", space);
	} else {
		aisp_buf_putc(&x->out, '\\');
		aisp_buf_putc(&x->out, c);
	}
}

/* \pN, \p{Greek}: copied. */
static int unicode_class(struct rx *x)
{
	const char *from = x->p - 1;

	x->p++;
	if (x->p < x->end && *x->p == '{')
		while (x->p < x->end && *x->p != '}')
			x->p++;
	if (x->p == x->end)
		return bad(x, "\\p needs a name");
	x->p++;
	aisp_buf_put(&x->out, aisp_slice_of(from, (size_t)(x->p - from)));
	x->utf = x->wide = true;
	return 0;
}

static const struct {
	const char *name, *ranges;
} posix_classes[] = {
	{"alnum", "09AZaz"}, {"alpha", "AZaz"}, {"ascii", "\x01\x7f"}, {"blank", "\t\t  "}, {"cntrl", "\x01\x1f\x7f\x7f"}, {"digit", "09"},
	{"graph", "!~"}, {"lower", "az"}, {"print", " ~"}, {"punct", "!/:@[`{~"}, {"space", "\t\r  "}, {"upper", "AZ"},
	{"word", "09AZaz__"}, {"xdigit", "09AFaf"},
};

/* At "[:": 1 when it is no POSIX class. */
static int posix_class(struct rx *x, class_t *k)
{
	const char *from = x->p, *q = x->p + 2;
	bool negated = q < x->end && *q == '^';

	q += negated;
	for (size_t c = 0; c < sizeof posix_classes / sizeof *posix_classes; c++) {
		size_t n = strlen(posix_classes[c].name);
		class_t pos = {0};

		if ((size_t)(x->end - q) < n + 2 || memcmp(q, posix_classes[c].name, n) != 0 || q[n] != ':' || q[n + 1] != ']')
			continue;
		for (const char *r = posix_classes[c].ranges; *r; r += 2)
			aisp_secrets__class_add(&pos, (unsigned char)r[0], (unsigned char)r[1]);
		for (int i = 0; i < 4; i++)
			k->bits[i] |= negated ? ~pos.bits[i] : pos.bits[i];
		x->p = q + n + 2;
		aisp_buf_put(&x->out, aisp_slice_of(from, (size_t)(x->p - from)));
		return 0;
	}
	return 1;
}

/* One character of a class, escaped or not. 1: it was a class by itself (\d, \pL) and is written. */
static int class_char(struct rx *x, class_t *k, uint32_t *ret_cp)
{
	size_t n;

	if (*x->p == '\\') {
		if (++x->p == x->end)
			return bad(x, "a backslash at the end");
		if (strchr("dswDSW", *x->p)) {
			perl_class(*x->p, k);
			put_perl_class(x, *x->p++, true);
			return 1;
		}
		if (*x->p == 'p' || *x->p == 'P') {
			*k = (class_t){{~0ull, ~0ull, ~0ull, ~0ull}};
			int r = unicode_class(x);

			return r < 0 ? r : 1;
		}
		int r = escape_char(x, ret_cp);

		return r > 0 ? bad(x, "an unknown escape") : r;
	}
	n = aisp_slice_utf8(aisp_slice_of(x->p, (size_t)(x->end - x->p)), ret_cp);
	if (!n)
		return bad(x, "text that is not UTF-8");
	x->p += n;
	return 0;
}

static void class_range(class_t *k, uint32_t lo, uint32_t hi, bool nocase)
{
	aisp_secrets__class_add(k, lo, hi);
	if (hi > 127)
		aisp_secrets__class_add(k, 128, 255); /* bytes of UTF-8 */
	for (unsigned c = 'a'; nocase && c <= 'z'; c++)
		if (aisp_secrets__class_has(k, c) || aisp_secrets__class_has(k, c - 32)) {
			aisp_secrets__class_add(k, c, c);
			aisp_secrets__class_add(k, c - 32, c - 32);
		}
}

static int class_item(struct rx *x, class_t *k)
{
	uint32_t lo, hi;
	int r = class_char(x, k, &lo);

	if (r)
		return r;
	put_cp(x, lo);
	hi = lo;
	if (x->end - x->p >= 2 && x->p[0] == '-' && x->p[1] != ']') {
		x->p++;
		aisp_buf_putc(&x->out, '-');
		r = class_char(x, k, &hi);
		if (r || hi < lo)
			return r < 0 ? r : bad(x, "a wrong range in a class");
		put_cp(x, hi);
	}
	class_range(k, lo, hi, x->i);
	return 0;
}

/* info of one byte of a class. */
static int class_info(struct rx *x, const class_t *k, struct info *info)
{
	class_t *copy = aisp_arena_zalloc(x->a, 1, sizeof *copy);

	if (!copy)
		return AISP_E_NOMEM;
	*copy = *k;
	info->min = info->max = 1;
	info->trims = true;
	info->class = (struct aisp_secrets__after){copy, 1};
	return aisp_secrets__set_class(x->a, k, &info->exact);
}

/* Behind "[". */
static int char_class(struct rx *x, struct info *info)
{
	class_t k = {0};
	bool negated = x->p < x->end && *x->p == '^', first = true;

	aisp_buf_putz(&x->out, negated ? "[^" : "[");
	x->p += negated;
	for (;; first = false) {
		int r = 1;

		if (x->p == x->end)
			return bad(x, "a class without ]");
		if (*x->p == ']' && !first)
			break;
		if (peek(x, "[:"))
			r = posix_class(x, &k);
		if (r > 0)
			r = class_item(x, &k);
		if (r < 0)
			return r;
	}
	x->p++;
	aisp_buf_putc(&x->out, ']');
	x->wide |= negated;
	class_range(&k, 1, 0, x->i); /* both cases, of [[:lower:]] too */
	for (int i = 0; negated && i < 4; i++)
		k.bits[i] = ~k.bits[i];
	if (!x->utf)
		return class_info(x, &k, info);
	info->min = 1;
	info->max = 4;
	info->trims = true;
	return 0;
}

static int literal(struct rx *x, uint32_t cp, struct info *info)
{
	char one = (char)cp;

	put_cp(x, cp);
	info->min = info->max = 1;
	if (cp > 127) {
		info->max = 4;
		return 0;
	}
	return aisp_secrets__set_one(x->a, &one, 1, x->i, &info->exact);
}

static int set_of_class(struct rx *x, char c, struct info *info)
{
	class_t k = {0};

	perl_class(c, &k);
	put_perl_class(x, c, false);
	return class_info(x, &k, info);
}

static int quoted(struct rx *x, struct info *info);

/* Behind the backslash, outside a class. */
static int escape(struct rx *x, struct info *info)
{
	uint32_t cp;

	if (x->p == x->end)
		return bad(x, "a backslash at the end");
	char c = *x->p;

	if (strchr("dswDSW", c)) {
		x->p++;
		return set_of_class(x, c, info);
	}
	if (c == 'b' || c == 'B' || c == 'A' || c == 'z') {
		x->p++;
		aisp_buf_putz(&x->out, c == 'b' ? "\\b" : c == 'B' ? "\\B" : c == 'A' ? "(?-m:^)" : "(?-m:$)");
		return aisp_secrets__set_one(x->a, "", 0, false, &info->exact);
	}
	if (c == 'p' || c == 'P') {
		info->min = 1;
		info->max = 4;
		return unicode_class(x);
	}
	if (c == 'Q') {
		x->p++;
		return quoted(x, info);
	}
	int r = escape_char(x, &cp);

	return r > 0 ? bad(x, "an unknown escape") : r < 0 ? r : literal(x, cp, info);
}

static int alternation(struct rx *x, struct info *info, bool top);

/* (?i) and (?i: : 1 when the flags hold for the rest of the group around. */
static int group_flags(struct rx *x)
{
	const char *from = x->p;
	bool on = true;

	for (; x->p < x->end; x->p++) {
		switch (*x->p) {
		case 'i':
			x->i = on;
			break;
		case 's':
			x->s = on;
			break;
		case 'm':
			x->m = on;
			break;
		case 'U':
			x->ungreedy = on;
			break;
		case '-':
			on = false;
			break;
		case ':':
		case ')':
			x->p++;
			aisp_buf_putz(&x->out, "(?");
			aisp_buf_put(&x->out, aisp_slice_of(from, (size_t)(x->p - from)));
			return x->p[-1] == ')';
		default:
			return bad(x, "an unknown group");
		}
	}
	return bad(x, "a group without )");
}

/* Behind "(?": 1 when it was only flags. */
static int group_head(struct rx *x, bool *ret_zero)
{
	static const char *const look[] = {"<=", "<!", "=", "!"};

	for (size_t i = 0; i < 4; i++)
		if (peek(x, look[i])) {
			if (!(x->flags & AISP_SECRETS__OWN))
				return bad(x, "lookaround, which Go's expressions do not have,");
			x->p += strlen(look[i]);
			aisp_buf_printf(&x->out, "(?%s", look[i]);
			*ret_zero = true;
			return 0;
		}
	if (peek(x, "P<") || peek(x, "<")) {
		const char *close = memchr(x->p, '>', (size_t)(x->end - x->p));

		if (!close)
			return bad(x, "a name without >");
		x->p = close + 1;
		x->groups++;
		aisp_buf_putc(&x->out, '(');
		return 0;
	}
	return group_flags(x);
}

/* Behind "(". */
static int group(struct rx *x, struct info *info)
{
	bool i = x->i, s = x->s, m = x->m, ungreedy = x->ungreedy, zero = false;
	int r = 0;

	if (++x->depth > MAX_DEPTH)
		return aisp_fail(x->err, AISP_E_LIMIT, "a regular expression deeper than %d levels", MAX_DEPTH);
	if (x->p < x->end && *x->p == '?') {
		x->p++;
		r = group_head(x, &zero);
	} else {
		x->groups++;
		aisp_buf_putc(&x->out, '(');
	}
	if (r < 0)
		return r;
	x->depth -= r > 0;
	if (r > 0)
		return aisp_secrets__set_one(x->a, "", 0, false, &info->exact);
	r = alternation(x, info, false);
	if (r < 0)
		return r;
	if (x->p == x->end)
		return bad(x, "a group without )");
	x->p++;
	aisp_buf_putc(&x->out, ')');
	x->depth--;
	x->i = i;
	x->s = s;
	x->m = m;
	x->ungreedy = ungreedy;
	info->trims = false;
	info->class = info->min == info->max ? info->class : unknown;
	if (zero) {
		*info = (struct info){0};
		return aisp_secrets__set_one(x->a, "", 0, false, &info->exact);
	}
	return 0;
}

static int atom(struct rx *x, struct info *info)
{
	uint32_t cp;
	size_t n;

	switch (*x->p) {
	case '(':
		x->p++;
		return group(x, info);
	case '[':
		x->p++;
		return char_class(x, info);
	case '\\':
		x->p++;
		return escape(x, info);
	case '.':
		x->p++;
		aisp_buf_putc(&x->out, '.');
		info->min = info->max = 1;
		x->wide = info->trims = true;
		return 0;
	case '^':
	case '$':
		aisp_buf_putc(&x->out, *x->p++);
		return aisp_secrets__set_one(x->a, "", 0, false, &info->exact);
	case '*':
	case '+':
	case '?':
		return bad(x, "a repetition of nothing");
	default:
		n = aisp_slice_utf8(aisp_slice_of(x->p, (size_t)(x->end - x->p)), &cp);
		if (!n)
			return bad(x, "text that is not UTF-8");
		x->p += n;
		return literal(x, cp, info);
	}
}

static bool number(const char **p, const char *end, uint32_t *ret)
{
	uint32_t n = 0;
	const char *q = *p;

	for (; q < end && *q >= '0' && *q <= '9' && q - *p < 6; q++)
		n = n * 10 + (uint32_t)(*q - '0');
	if (q == *p)
		return false;
	*p = q;
	*ret = n;
	return true;
}

/* {m}, {m,}, {m,n}; false when the brace is a character. */
static bool braces(struct rx *x, uint32_t *min, uint32_t *max)
{
	const char *q = x->p + 1;

	if (!number(&q, x->end, min) || q == x->end)
		return false;
	*max = *min;
	if (*q == ',') {
		q++;
		*max = INF;
		if (q < x->end && *q != '}' && !number(&q, x->end, max))
			return false;
	}
	if (q == x->end || *q != '}')
		return false;
	x->p = q + 1;
	return true;
}

/* info of e{min,max}. */
static int repeated(struct rx *x, struct info *info, uint32_t min, uint32_t max)
{
	struct info one = *info;

	info->min = mul(one.min, min);
	info->max = max == INF ? (one.max ? INF : 0) : mul(one.max, max);
	info->exact.n = info->head.n = 0;
	info->best.set.n = 0;
	info->class.n = min;
	if (!min)
		info->class = unknown;
	if (min == 0 && max == 1 && one.exact.n) {
		struct aisp_secrets__set none;
		int r = aisp_secrets__set_one(x->a, "", 0, false, &none);

		return r < 0 ? r : aisp_secrets__set_union(x->a, &one.exact, &none, &info->exact);
	}
	if (min == 0)
		return 0;
	struct aisp_secrets__set all = one.exact;
	uint32_t copies = 1;

	for (; all.n && copies < min; copies++) {
		struct aisp_secrets__set more;
		int r = aisp_secrets__set_cross(x->a, &all, &one.exact, &more);

		if (r < 0)
			return r;
		if (!more.n)
			break;
		all = more;
	}
	if (one.exact.n && copies == min && min == max) {
		info->exact = all;
		return 0;
	}
	info->head = one.exact.n ? all : one.head;
	info->best = one.best;
	aisp_secrets__best_offer(&info->best, &info->head, 0, 0, unknown);
	return 0;
}

/* An atom and what repeats it. */
static int piece(struct rx *x, struct info *info)
{
	uint32_t min = 1, max = 1;
	int r = atom(x, info);
	const char *from = x->p;

	if (r < 0 || x->p == x->end)
		return r;
	if (*x->p == '*' || *x->p == '+' || *x->p == '?') {
		min = *x->p == '+';
		max = *x->p == '?' ? 1 : INF;
		x->p++;
	} else if (*x->p != '{' || !braces(x, &min, &max)) {
		return 0;
	}
	if (min > MAX_REPEAT || (max != INF && (max > MAX_REPEAT || max < min)))
		return bad(x, "a wrong number of repetitions");
	if (x->p < x->end && *x->p == '?')
		x->p++;
	if (x->p < x->end && (*x->p == '*' || *x->p == '+' || *x->p == '?'))
		return bad(x, "a repetition of a repetition");
	aisp_buf_put(&x->out, aisp_slice_of(from, (size_t)(x->p - from)));
	info->trims &= min == 0;
	return repeated(x, info, min, max);
}

/* What is known of `a` followed by `e`; *run is the set of exact texts that ends here, begun at run_min..run_max. */
static int join(struct rx *x, struct info *a, const struct info *e, struct aisp_secrets__set *run, uint32_t *run_min, uint32_t *run_max)
{
	struct aisp_secrets__set more = {0};
	int r = 0;

	if (e->exact.n && run->n)
		r = aisp_secrets__set_cross(x->a, run, &e->exact, &more);
	if (r < 0)
		return r;
	if (more.n > run->n) {
		/* Longer, but more of them: what there is may be better; so may what follows alone. */
		aisp_secrets__best_offer(&a->best, run, *run_min, *run_max, e->class);
		aisp_secrets__best_offer(&a->best, &e->exact, a->min, a->max, unknown);
	}
	if (!more.n) {
		struct aisp_secrets__set longer = {0};
		const struct aisp_secrets__set *head = e->exact.n ? &e->exact : &e->head;

		if (run->n && head->n)
			r = aisp_secrets__set_cross(x->a, run, head, &longer);
		if (r < 0)
			return r;
		if (a->exact.n)
			a->head = longer.n ? longer : *run;
		aisp_secrets__best_offer(&a->best, run, *run_min, *run_max, e->class);
		aisp_secrets__best_offer(&a->best, &longer, *run_min, *run_max, unknown);
		if (e->best.set.n)
			aisp_secrets__best_offer(&a->best, &e->best.set, add(a->min, e->best.pre_min), add(a->max, e->best.pre_max),
			                         e->best.after);
		more = e->exact;
		*run_min = a->min;
		*run_max = a->max;
		a->exact.n = 0;
		if (!more.n) {
			*run_min = add(a->min, e->min);
			*run_max = add(a->max, e->max);
			r = aisp_secrets__set_one(x->a, "", 0, false, &more);
		}
	}
	if (e->exact.n && e->min >= 3 && run->n > 1)
		aisp_secrets__best_offer(&a->best, &e->exact, a->min, a->max, unknown);
	*run = more;
	if (a->exact.n)
		a->exact = more;
	a->min = add(a->min, e->min);
	a->max = add(a->max, e->max);
	return r;
}

static int quoted(struct rx *x, struct info *info)
{
	struct aisp_secrets__set run;
	uint32_t run_min = 0, run_max = 0;
	int r = aisp_secrets__set_one(x->a, "", 0, false, &run);

	info->exact = run;
	while (r >= 0 && x->p < x->end && !peek(x, "\\E")) {
		struct info one = {0};
		uint32_t cp;
		size_t n = aisp_slice_utf8(aisp_slice_of(x->p, (size_t)(x->end - x->p)), &cp);

		if (!n)
			return bad(x, "text that is not UTF-8");
		x->p += n;
		r = literal(x, cp, &one);
		r = r < 0 ? r : join(x, info, &one, &run, &run_min, &run_max);
	}
	aisp_secrets__best_offer(&info->best, &run, run_min, run_max, unknown);
	if (x->p < x->end)
		x->p += 2;
	return r;
}

static int concatenation(struct rx *x, struct info *info, bool top)
{
	struct aisp_secrets__set run;
	uint32_t run_min = 0, run_max = 0;
	bool first = top && x->flags & AISP_SECRETS__OWN;
	int r = aisp_secrets__set_one(x->a, "", 0, false, &run);

	info->exact = run;
	while (r >= 0 && x->p < x->end && *x->p != '|' && *x->p != ')') {
		struct info e = {0};
		size_t out = x->out.n;

		if (!x->groups && peek(x, "(?i)")) {
			x->i = true;
			x->p += 4;
			aisp_buf_putz(&x->out, "(?i)");
			continue;
		}
		r = piece(x, &e);
		if (r < 0)
			return r;
		if (first && e.trims && e.min == 0 && e.max > 1 && e.max <= 256 && x->out.p && x->p < x->end && *x->p != '|') {
			x->out.n = out; /* it adds nothing to the secret, and its length would have to be tried at each place */
			first = false;
			continue;
		}
		first = false;
		r = join(x, info, &e, &run, &run_min, &run_max);
	}
	aisp_secrets__best_offer(&info->best, &run, run_min, run_max, unknown);
	return r;
}

static int alternation(struct rx *x, struct info *info, bool top)
{
	int r = concatenation(x, info, top && !memchr(x->p, '|', (size_t)(x->end - x->p)));

	info->trims = false;
	while (r >= 0 && x->p < x->end && *x->p == '|') {
		struct info e = {0}, both = {0};

		x->p++;
		aisp_buf_putc(&x->out, '|');
		r = concatenation(x, &e, false);
		if (r < 0)
			return r;
		both.min = info->min < e.min ? info->min : e.min;
		both.max = info->max > e.max ? info->max : e.max;
		r = aisp_secrets__set_union(x->a, &info->exact, &e.exact, &both.exact);
		struct aisp_secrets__set s = {0};

		if (r >= 0 && !both.exact.n)
			r = aisp_secrets__set_union(x->a, info->exact.n ? &info->exact : &info->head, e.exact.n ? &e.exact : &e.head, &both.head);
		if (r >= 0)
			r = aisp_secrets__set_union(x->a, &info->best.set, &e.best.set, &s);
		if (s.n)
			aisp_secrets__best_offer(&both.best, &s,
			                         info->best.pre_min < e.best.pre_min ? info->best.pre_min : e.best.pre_min,
			                         info->best.pre_max > e.best.pre_max ? info->best.pre_max : e.best.pre_max, unknown);
		*info = both;
	}
	return r;
}

int aisp_secrets__regex(struct aisp_arena *a, struct aisp_slice go, unsigned flags, struct aisp_secrets__regex *ret, struct aisp_err *err)
{
	struct rx x = {.a = a, .p = go.p, .end = go.p + go.n, .start = go.p, .flags = flags, .err = err};
	struct info info = {0};
	int r;

	if (go.n == 0 || go.n > MAX_PATTERN)
		return aisp_fail(err, go.n ? AISP_E_LIMIT : AISP_E_USAGE, "a regular expression of %zu bytes", go.n);
	aisp_buf_init(&x.out, 8 * MAX_PATTERN);
	r = alternation(&x, &info, true);
	if (r >= 0 && x.p < x.end)
		r = bad(&x, "a ) without (");
	if (r >= 0)
		r = aisp_buf_check(&x.out, err);
	struct aisp_slice pattern = r >= 0 ? aisp_arena_dup(a, aisp_buf_slice(&x.out)) : (struct aisp_slice){0};

	aisp_buf_done(&x.out);
	if (r < 0)
		return r == AISP_E_NOMEM ? aisp_fail(err, AISP_E_NOMEM, "no memory for a regular expression") : r;
	if (!pattern.p)
		return aisp_fail(err, AISP_E_NOMEM, "no memory for a regular expression");
	const struct aisp_secrets__best *b = &info.best;

	*ret = (struct aisp_secrets__regex){.pattern = pattern, .utf = x.utf, .wide = x.wide, .groups = x.groups, .min = info.min, .max = info.max};
	if (b->set.n && !x.utf)
		ret->lits = (struct aisp_secrets__lits){b->set.v, b->set.n, b->pre_min, b->pre_max, b->after, b->rate};
	return 0;
}
