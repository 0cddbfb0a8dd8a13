/* Patterns against many sorted ARNs at once. Two members that leave a pattern in the same state behind their request's fixed begin are
 * the same to it, whatever part of them is asked for; so states, not yes and no, are what runs are cut by.
 */
#include "base/hash.h"
#include "resolve/aws/grants_int.h"

enum { PATTERN_MAX = 1024, WORDS = PATTERN_MAX / 64 + 1 };

struct states {
	uint64_t bits[WORDS];
};

static bool is_wild(char c)
{
	return c == '*' || c == '?';
}

static size_t fixed(struct aisp_slice p)
{
	size_t i = 0;
	while (i < p.n && !is_wild(p.p[i]))
		i++;
	return i;
}

/* Adds position j and what follows it for nothing. */
static void enter(struct states *s, struct aisp_slice p, size_t j)
{
	for (;;) {
		s->bits[j / 64] |= 1ULL << j % 64;
		if (j >= p.n || p.p[j] != '*')
			return;
		j++;
	}
}

/* Up to where in the pattern wildcards stay within their segment: what makes up an ARN's first five (as the engine compiles them, access/aws/policy.c). */
static size_t head(struct aisp_slice p)
{
	size_t colons = 0;
	if (!aisp_slice_starts(p, AISP_S("arn:")))
		return 0;
	for (size_t i = 0; i < p.n; i++)
		if (p.p[i] == ':' && ++colons == 5)
			return i;
	return p.n;
}

/* A star at a segment's end, or at the end of all, goes on behind the colon; another one, and any question mark, does not. */
static bool stays(struct aisp_slice p, size_t j, size_t in_head)
{
	return j < in_head && (p.p[j] == '?' || (p.p[j] == '*' && j + 1 < p.n && p.p[j + 1] != ':'));
}

/* Has the pattern any wildcard that stays in its segment? Else it is a plain one. */
static bool is_odd(struct aisp_slice p)
{
	const size_t h = head(p);
	for (size_t j = fixed(p); j < h; j++)
		if (stays(p, j, h))
			return true;
	return false;
}

/* The states behind the text; false: none. */
static bool consume(struct aisp_slice p, struct aisp_slice text, struct states *ret)
{
	const size_t f = fixed(p), same = f < text.n ? f : text.n, words = p.n / 64 + 1, in_head = head(p);
	struct states s, next;
	if (same && memcmp(p.p, text.p, same) != 0)
		return false;
	memset(s.bits, 0, sizeof s.bits);
	enter(&s, p, same);
	for (size_t i = same; i < text.n; i++) {
		uint64_t any = 0;
		memset(next.bits, 0, words * sizeof *next.bits);
		for (size_t w = 0; w < words; w++)
			for (uint64_t b = s.bits[w]; b; b &= b - 1) {
				const size_t j = w * 64 + (size_t)__builtin_ctzll(b);
				if (j >= p.n || (text.p[i] == ':' && stays(p, j, in_head)))
					continue;
				if (p.p[j] == '*')
					enter(&next, p, j);
				else if (p.p[j] == '?' || p.p[j] == text.p[i])
					enter(&next, p, j + 1);
				any = 1;
			}
		if (!any)
			return false;
		memcpy(s.bits, next.bits, words * sizeof *s.bits);
	}
	uint64_t any = 0;
	for (size_t w = 0; w < words; w++)
		any |= s.bits[w];
	*ret = s;
	return any != 0;
}

static uint64_t relation(struct aisp_slice p, struct aisp_slice prefix, bool part, uint32_t member)
{
	struct states s;
	const bool odd = is_odd(p);
	/* Without the segments a pattern matches more; that is told faster. */
	if (!part && (!odd || !aisp_iam_match(p, prefix, false)))
		return aisp_iam_match(p, prefix, false);
	if (p.n >= PATTERN_MAX)
		return aisp_hash_mix(member + 1ULL) | 1;
	if (!consume(p, prefix, &s))
		return 0;
	if (!part)
		return s.bits[p.n / 64] >> p.n % 64 & 1;
	return aisp_hash64(s.bits, (p.n / 64 + 1) * sizeof *s.bits, 5) | 1;
}

void aisp_aws__rests(struct aisp_slice p, struct aisp_slice prefix, void (*f)(void *ctx, struct aisp_slice rest), void *ctx)
{
	struct states s;
	if (p.n >= PATTERN_MAX || !consume(p, prefix, &s))
		return;
	for (size_t j = 0; j < p.n; j++) {
		/* Behind a star that is still open, the rest without it says less. */
		if (s.bits[j / 64] >> j % 64 & 1 && !(j > 0 && p.p[j - 1] == '*' && s.bits[(j - 1) / 64] >> (j - 1) % 64 & 1))
			f(ctx, aisp_slice_from(p, j));
	}
}

uint64_t aisp_aws__relation(const struct aisp_aws_domain *d, uint32_t row, uint32_t member, struct aisp_slice pattern, struct aisp_slice request)
{
	const struct aisp_aws_effect *e = d->rows[row];
	return relation(pattern, request, e->form && e->form[strlen(e->form) - 1] == '*', member);
}

struct aisp_slice aisp_aws__request(const struct aisp_aws_domain *d, uint32_t row, uint32_t member, struct aisp_arena *a, bool *ret_part)
{
	const struct aisp_aws_effect *e = d->rows[row];
	const struct aisp_slice arn = d->t[member].arn;
	*ret_part = e->form && e->form[strlen(e->form) - 1] == '*';
	if (d->prefix[row])
		return d->prefix[row][member];
	if (!e->form)
		return arn;
	const struct aisp_slice tail = aisp_slice_of(e->form + 2, strlen(e->form) - 3); /* "%A" … "*" */
	return aisp_arena_printf(a, "%.*s%.*s", AISP_FMT(arn), AISP_FMT(tail));
}

static int push(struct aisp_aws_spans *to, uint32_t lo, uint32_t hi, uint64_t rel)
{
	if (rel == 0 || lo >= hi)
		return 0;
	if (to->n && to->v[to->n - 1].hi == lo && to->v[to->n - 1].rel == rel) {
		to->v[to->n - 1].hi = hi;
		return 0;
	}
	return aisp_vec_push(to, (struct aisp_aws_span){lo, hi, rel});
}

/* First member whose ARN is not before the text (or, past: not begun by it and behind it). */
static uint32_t bound(const struct aisp_aws_domain *d, struct aisp_slice text, bool past)
{
	uint32_t lo = 0, hi = d->n;
	while (lo < hi) {
		const uint32_t mid = lo + (hi - lo) / 2;
		const struct aisp_slice arn = d->t[mid].arn;
		const int c = past && aisp_slice_starts(arn, text) ? -1 : aisp_slice_cmp(arn, text);
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* One by one: for forms that have little to do with the ARN, and patterns with wildcards in the middle. */
static int each(const struct aisp_aws_domain *d, uint32_t row, struct aisp_slice p, uint32_t lo, uint32_t hi, struct aisp_aws_spans *to)
{
	const struct aisp_aws_effect *e = d->rows[row];
	char text[2048];
	int r = 0;
	for (uint32_t i = lo; i < hi && r == 0; i++) {
		const bool part = e->form && e->form[strlen(e->form) - 1] == '*';
		struct aisp_slice q = d->prefix[row] ? d->prefix[row][i] : d->t[i].arn;
		uint64_t rel;
		if (!d->prefix[row] && e->form) {
			const size_t tail = strlen(e->form) - 3;
			if (q.n + tail > sizeof text) {
				rel = aisp_hash_mix(i + 1ULL) | 1;
				r = push(to, i, i + 1, rel);
				continue;
			}
			memcpy(text, q.p, q.n);
			memcpy(text + q.n, e->form + 2, tail);
			q = aisp_slice_of(text, q.n + tail);
		}
		rel = relation(p, q, part, i);
		r = push(to, i, i + 1, rel);
	}
	return r;
}

int aisp_aws__spans(const struct aisp_aws_domain *d, uint32_t row, struct aisp_slice p, struct aisp_aws_spans *to)
{
	const bool part = d->rows[row]->form && !d->prefix[row];
	const struct aisp_slice begin = aisp_slice_to(p, fixed(p)), rest = aisp_slice_from(p, begin.n);
	int r = 0;
	if (d->prefix[row])
		return each(d, row, p, 0, d->n, to);
	/* Members that the fixed begin goes deeper into than their ARN. */
	for (size_t i = 0; part && i < begin.n && r == 0; i++) {
		if (begin.p[i] != '/' && begin.p[i] != ':')
			continue;
		const uint32_t at = bound(d, aisp_slice_to(begin, i), false);
		for (uint32_t k = at; k < d->n && aisp_slice_eq(d->t[k].arn, aisp_slice_to(begin, i)) && r == 0; k++)
			r = each(d, row, p, k, k + 1, to);
	}
	if (r < 0)
		return r;
	const uint32_t lo = bound(d, begin, false), hi = rest.n ? bound(d, begin, true) : lo;
	if (rest.n == 0) {
		uint32_t end = lo;
		while (end < d->n && aisp_slice_eq(d->t[end].arn, begin))
			end++;
		return part ? 0 : push(to, lo, end, 1);
	}
	if (rest.n == 1 && rest.p[0] == '*')
		return push(to, lo, hi, part ? 3 : 1); /* always open from here on */
	return each(d, row, p, lo, hi, to);
}
