/* What stands encoded once more: base64 that is a value of its own (data of a Kubernetes Secret, a variable of a pipeline) and decodes to
 * text is looked through with our rules of issuers. One level, after the pass over the text itself, and not in source code, where
 * base64 is mostly something else. A hit's place is that of the base64; its value is what was found in it.
 *
 * Bounded: of a text without such values one byte in forty is looked at; no byte is decoded twice; 1 MiB at most of what holds something.
 */
#include "scan/secrets/engine_int.h"
#include <endian.h>

enum { RUN_MIN = 40, FOUND = 1024 };
#define DECODED_MAX AISP_SECRETS__DECODED_MAX

static const int8_t digits[128] = {
	['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,  ['I'] = 9,  ['J'] = 10, ['K'] = 11,
	['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22,
	['W'] = 23, ['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32, ['g'] = 33,
	['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44,
	['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48, ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55,
	['3'] = 56, ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64, ['-'] = 63, ['_'] = 64,
};

static inline unsigned digit(char c)
{
	return (unsigned char)c < 128 ? (unsigned)digits[(unsigned char)c] : 0;
}

/* The next run from *at on; false: none. */
static bool next_run(struct aisp_slice t, size_t *at, size_t *ret_end)
{
	const uint64_t ones = 0x0101010101010101ull;

	while (t.n - *at >= RUN_MIN) {
		size_t k = *at + RUN_MIN;
		uint64_t w;

		/* Most often one of the last eight bytes is a blank, a quote or the like: it is less than '+'. */
		memcpy(&w, t.p + k - 8, 8);
		w = le64toh(w);
		w = (w - '+' * ones) & ~w & 0x80 * ones;
		if (w) {
			*at = k - 8 + (size_t)__builtin_ctzll(w) / 8 + 1;
			continue;
		}
		while (k > *at && digit(t.p[k - 1]))
			k--;
		if (k == *at) {
			size_t end = *at + RUN_MIN;

			while (end < t.n && digit(t.p[end]))
				end++;
			*ret_end = end;
			return true;
		}
		*at = k;
	}
	return false;
}

static bool among(char c, const char *set)
{
	return c && strchr(set, c);
}

/* Does the run stand as a value: between quotes, behind an operator, alone on a line? */
static bool is_value(struct aisp_slice t, size_t from, size_t *end)
{
	for (int i = 0; i < 2 && *end < t.n && t.p[*end] == '='; i++)
		++*end;
	return (from == 0 || among(t.p[from - 1], " \t\r\n\"'`=:>,")) && (*end == t.n || among(t.p[*end], " \t\r\n\"'`<,;}])"));
}

/* To text at p, which has room for the run; how many bytes, 0 when it is no text. */
static size_t decode(struct aisp_slice run, char *p)
{
	unsigned bits = 0, have = 0;
	size_t n = 0;

	for (size_t i = 0; i < run.n && run.p[i] != '='; i++) {
		bits = (bits << 6 | (digit(run.p[i]) - 1)) & 0xffff;
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		unsigned c = bits >> have & 0xff;

		if ((c < ' ' || c >= 0x7f) && c != '\n' && c != '\r' && c != '\t')
			return 0;
		p[n++] = (char)c;
	}
	return n;
}

/* Our rules on what was decoded; the text of the scan is put aside. */
static int look(struct aisp_secrets_scratch *x, struct aisp_slice decoded)
{
	const struct aisp_secrets *s = x->s;
	struct aisp_slice text = x->text;
	size_t at = 0;
	int r = 0;

	if (++x->scan == 0) {
		memset(x->rules, 0, s->n * sizeof *x->rules);
		x->scan = 1;
	}
	x->text = x->generic.text = decoded;
	while (r == 0 && at < decoded.n) {
		size_t n = aisp_secrets__find(s->finder, decoded, &at, x->found, FOUND);

		aisp_secrets__sort(x->found, n);
		for (size_t i = 0; r == 0 && i < n; i++)
			for (uint32_t k = s->owner_at[x->found[i].lit]; r == 0 && k < s->owner_at[x->found[i].lit + 1]; k++)
				if (s->owners[k].kind == AISP_SECRETS__OWNER_RULE)
					r = aisp_secrets__try(x, s->owners[k].n, x->found[i].at, s->lits[x->found[i].lit].n);
	}
	x->text = x->generic.text = text;
	return r;
}

int aisp_secrets__decode(struct aisp_secrets_scratch *x)
{
	struct aisp_slice t = x->text;
	size_t used = 0, end;
	int r = 0;

	for (size_t from = 0; r == 0 && next_run(t, &from, &end); from = end) {
		size_t run_end = end, hits = x->n_hits;

		if (!is_value(t, from, &run_end) || run_end - from > DECODED_MAX - used)
			continue;
		if (!x->decoded)
			x->decoded = aisp_mem_alloc(DECODED_MAX); /* does not move: values and facts point into it */
		if (!x->decoded)
			return AISP_E_NOMEM;
		struct aisp_slice decoded = aisp_slice_of(x->decoded + used, decode(aisp_slice_of(t.p + from, run_end - from), x->decoded + used));

		r = decoded.n ? look(x, decoded) : 0;
		for (size_t i = hits; i < x->n_hits; i++) {
			struct aisp_secrets__hit *h = &x->hits[i];

			h->decoded = aisp_slice_of(decoded.p + h->h.at, h->h.n);
			h->h.at = h->h.match_at = from;
			h->h.n = h->h.match_n = run_end - from;
		}
		used += x->n_hits > hits ? decoded.n : 0;
	}
	return r;
}
