/* Matching: IAM's wildcards, ARNs, and values of conditions (numbers, dates, addresses).
 * Rules: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
#include "access/aws/iam_int.h"
#include <arpa/inet.h>
#include <stdlib.h>

/* Length of the character at s.p[i]; a byte that is no UTF-8 is one. */
static size_t step(struct aisp_slice s, size_t i)
{
	uint32_t cp = 0;
	size_t n = 1;

	if ((unsigned char)s.p[i] >= 0x80)
		n = aisp_slice_utf8(aisp_slice_from(s, i), &cp);
	return n ? n : 1;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static inline bool glob(struct aisp_slice p, struct aisp_slice t, char many, char one, bool fold)
{
	size_t i = 0, j = 0, star = SIZE_MAX, back = 0;

	while (j < t.n) {
		if (i < p.n && p.p[i] == many) {
			star = ++i;
			back = j;
		} else if (i < p.n && p.p[i] == one) {
			i++;
			j += step(t, j);
		} else if (i < p.n && (fold ? lower(p.p[i]) == lower(t.p[j]) : p.p[i] == t.p[j])) {
			i++;
			j++;
		} else if (star != SIZE_MAX) {
			i = star;
			back += step(t, back);
			j = back;
		} else {
			return false;
		}
	}
	while (i < p.n && p.p[i] == many)
		i++;
	return i == p.n;
}

bool aisp_iam_match(struct aisp_slice pattern, struct aisp_slice text, bool ignore_case)
{
	return glob(pattern, text, '*', '?', ignore_case);
}

/* Each run of text between two colons of an ARN's head; a run that ends with a star goes on behind the colon. */
bool aisp_iam__glob(struct aisp_slice form, struct aisp_slice text)
{
	size_t i = 0, j = 0, star = SIZE_MAX, back = 0, near = SIZE_MAX, near_back = 0;

	while (j < text.n || i < form.n) {
		char c = i < form.n ? form.p[i] : 0;
		if (c == AISP_IAM__STAR) {
			star = ++i;
			back = j;
			near = SIZE_MAX;
		} else if (c == AISP_IAM__SEGMENT_STAR) {
			near = ++i;
			near_back = j;
		} else if (j < text.n && i < form.n && (c == AISP_IAM__ONE || (c == AISP_IAM__SEGMENT_ONE && text.p[j] != ':'))) {
			i++;
			j += step(text, j);
		} else if (j < text.n && i < form.n && c == text.p[j]) {
			i++;
			j++;
		} else if (near != SIZE_MAX && near_back < text.n && text.p[near_back] != ':') {
			i = near;
			near_back += step(text, near_back);
			j = near_back;
		} else if (star != SIZE_MAX && back < text.n) {
			i = star;
			back += step(text, back);
			j = back;
			near = SIZE_MAX;
		} else {
			return false;
		}
	}
	return true;
}

bool aisp_arn_split(struct aisp_slice arn, struct aisp_arn *ret)
{
	struct aisp_slice part[6], rest = arn;

	for (size_t i = 0; i < 5; i++) {
		size_t at = aisp_slice_chr(rest, ':');
		if (at == SIZE_MAX)
			return false;
		part[i] = aisp_slice_to(rest, at);
		rest = aisp_slice_from(rest, at + 1);
	}
	part[5] = rest;
	if (!aisp_slice_eqz(part[0], "arn"))
		return false;
	*ret = (struct aisp_arn){.partition = part[1], .service = part[2], .region = part[3], .account = part[4], .resource = part[5]};
	return true;
}

/* Segment by segment, the sixth with all that follows: a wildcard does not cross a colon before it. */
bool aisp_iam__glob_arn(struct aisp_slice form, struct aisp_slice text)
{
	for (unsigned i = 0; i < 5; i++) {
		size_t f = aisp_slice_chr(form, ':'), t = aisp_slice_chr(text, ':');
		if (f == SIZE_MAX || t == SIZE_MAX || !aisp_iam__glob(aisp_slice_to(form, f), aisp_slice_to(text, t)))
			return false;
		form = aisp_slice_from(form, f + 1);
		text = aisp_slice_from(text, t + 1);
	}
	return aisp_iam__glob(form, text);
}

static bool special(char c)
{
	return c > 0 && c <= AISP_IAM__LAST_SPECIAL;
}

/* Common prefix and suffix up to the first and last wildcard must agree; what lies between is taken as possible. */
bool aisp_iam__overlap(struct aisp_slice a, struct aisp_slice b)
{
	bool wild_a = false, wild_b = false;

	for (size_t i = 0; i < a.n && !wild_a; i++)
		wild_a = special(a.p[i]);
	for (size_t i = 0; i < b.n && !wild_b; i++)
		wild_b = special(b.p[i]);
	if (!wild_a)
		return wild_b ? aisp_iam__glob(b, a) : aisp_slice_eq(a, b);
	if (!wild_b)
		return aisp_iam__glob(a, b);
	for (size_t i = 0; i < a.n && i < b.n; i++) {
		if (special(a.p[i]) || special(b.p[i]))
			break;
		if (a.p[i] != b.p[i])
			return false;
	}
	for (size_t i = 1; i <= a.n && i <= b.n; i++) {
		char x = a.p[a.n - i], y = b.p[b.n - i];
		if (special(x) || special(y))
			break;
		if (x != y)
			return false;
	}
	return true;
}

bool aisp_iam__number(struct aisp_slice s, double *ret)
{
	char z[64];
	char *end = NULL;

	s = aisp_slice_trim(s);
	if (s.n == 0 || s.n >= sizeof z)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!strchr("0123456789+-.", s.p[i]))
			return false;
	memcpy(z, s.p, s.n);
	z[s.n] = 0;
	*ret = strtod(z, &end);
	return *end == 0;
}

static bool digits(struct aisp_slice *s, unsigned n, int *ret)
{
	int v = 0;

	if (s->n < n)
		return false;
	for (unsigned i = 0; i < n; i++) {
		if (s->p[i] < '0' || s->p[i] > '9')
			return false;
		v = v * 10 + (s->p[i] - '0');
	}
	*s = aisp_slice_from(*s, n);
	*ret = v;
	return true;
}

static bool take(struct aisp_slice *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = aisp_slice_from(*s, 1);
	return true;
}

/* Days since 1970-01-01 of a date of the proleptic Gregorian calendar. */
static int64_t days(int y, int m, int d)
{
	int64_t yy = m <= 2 ? y - 1 : y;
	int64_t era = (yy >= 0 ? yy : yy - 399) / 400, yoe = yy - era * 400;
	int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1, doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + doe - 719468;
}

/* "T10:00:00.5Z", "T10:00+02:00": seconds to add; false when it is none. */
static bool date_time(struct aisp_slice *s, double *ret)
{
	int h = 0, mi = 0, sec = 0;
	double part = 0, unit = 0.1;

	if (!take(s, 'T') || !digits(s, 2, &h) || !take(s, ':') || !digits(s, 2, &mi))
		return false;
	if (take(s, ':') && !digits(s, 2, &sec))
		return false;
	if (take(s, '.'))
		for (int d = 0; digits(s, 1, &d); unit /= 10)
			part += d * unit;
	*ret = h * 3600 + mi * 60 + sec + part;
	if (h > 24 || mi > 59 || sec > 60)
		return false;
	if (take(s, 'Z'))
		return true;
	int sign = take(s, '+') ? -1 : take(s, '-') ? 1 : 0;
	if (sign) {
		if (!digits(s, 2, &h))
			return false;
		take(s, ':');
		if (!digits(s, 2, &mi))
			return false;
		*ret += sign * (h * 3600 + mi * 60);
	}
	return true;
}

bool aisp_iam__date(struct aisp_slice s, double *ret_seconds)
{
	int y = 0, m = 0, d = 0;
	double add = 0;
	struct aisp_slice in = s;

	if (!(digits(&s, 4, &y) && take(&s, '-') && digits(&s, 2, &m) && take(&s, '-') && digits(&s, 2, &d)))
		return aisp_iam__number(in, ret_seconds);
	if (m < 1 || m > 12 || d < 1 || d > 31 || (s.n && !date_time(&s, &add)) || s.n)
		return false;
	*ret_seconds = (double)days(y, m, d) * 86400 + add;
	return true;
}

bool aisp_iam__cidr(struct aisp_slice s, struct aisp_iam__cidr *ret)
{
	char z[64];
	size_t slash = aisp_slice_chr(s, '/');
	struct aisp_slice host = slash == SIZE_MAX ? s : aisp_slice_to(s, slash);
	uint64_t bits = 0;

	if (host.n == 0 || host.n >= sizeof z)
		return false;
	memcpy(z, host.p, host.n);
	z[host.n] = 0;
	*ret = (struct aisp_iam__cidr){.n = 4};
	if (inet_pton(AF_INET, z, ret->from) != 1) {
		ret->n = 16;
		if (inet_pton(AF_INET6, z, ret->from) != 1)
			return false;
	}
	if (slash == SIZE_MAX)
		bits = 8 * ret->n;
	else if (!aisp_slice_u64(aisp_slice_from(s, slash + 1), &bits) || bits > 8 * ret->n)
		return false;
	ret->bits = (unsigned)bits;
	for (unsigned i = 0; i < ret->n; i++) {
		unsigned keep = bits >= 8 * (i + 1) ? 8 : bits <= 8 * i ? 0 : (unsigned)bits - 8 * i;
		unsigned mask = keep == 8 ? 0xff : (0xff00u >> keep) & 0xff;
		ret->from[i] = (unsigned char)(ret->from[i] & mask);
		ret->to[i] = (unsigned char)(ret->from[i] | (~mask & 0xff));
	}
	return true;
}

static bool ip_in(struct aisp_slice value, struct aisp_slice range)
{
	struct aisp_iam__cidr v, r;

	return aisp_iam__cidr(value, &v) && aisp_iam__cidr(range, &r) && v.n == r.n && memcmp(v.from, r.from, r.n) >= 0 &&
	       memcmp(v.to, r.to, r.n) <= 0;
}

static bool ordered(enum aisp_iam__op op, double v, double w)
{
	switch (op) {
	case AISP_IAM__NUM_EQ: case AISP_IAM__DATE_EQ: return v >= w && v <= w;
	case AISP_IAM__NUM_LT: case AISP_IAM__DATE_LT: return v < w;
	case AISP_IAM__NUM_LE: case AISP_IAM__DATE_LE: return v <= w;
	case AISP_IAM__NUM_GT: case AISP_IAM__DATE_GT: return v > w;
	default: return v >= w;
	}
}

/* The lower case of the letters of Latin-1, Latin Extended-A, Greek and Cyrillic. */
static uint32_t fold(uint32_t c)
{
	if ((c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7) || (c >= 0x391 && c <= 0x3a9 && c != 0x3a2) || (c >= 0x410 && c <= 0x42f))
		return c + 32;
	if (c >= 0x400 && c <= 0x40f)
		return c + 80;
	if ((c >= 0x100 && c <= 0x137 && c != 0x130) || (c >= 0x14a && c <= 0x177))
		return c | 1;
	return c;
}

static bool same_but_case(struct aisp_slice a, struct aisp_slice b)
{
	while (a.n && b.n) {
		uint32_t x = (unsigned char)a.p[0], y = (unsigned char)b.p[0];
		size_t m = x < 0x80 ? 1 : aisp_slice_utf8(a, &x), n = y < 0x80 ? 1 : aisp_slice_utf8(b, &y);
		if (fold(x) != fold(y))
			return false;
		a = aisp_slice_from(a, m ? m : 1);
		b = aisp_slice_from(b, n ? n : 1);
	}
	return a.n == b.n;
}

static bool six_segments(struct aisp_slice s)
{
	unsigned colons = 0;

	for (size_t i = 0; i < s.n && colons < 5; i++)
		colons += s.p[i] == ':';
	return colons == 5;
}

bool aisp_iam__comparable(enum aisp_iam__op op, struct aisp_slice value, struct aisp_slice form)
{
	struct aisp_iam__cidr c;
	double v = 0;

	switch (op) {
	case AISP_IAM__NUM_EQ: return aisp_iam__number(value, &v) && aisp_iam__number(form, &v);
	case AISP_IAM__DATE_EQ: return aisp_iam__date(value, &v) && aisp_iam__date(form, &v);
	case AISP_IAM__IP: return aisp_iam__cidr(value, &c) && aisp_iam__cidr(form, &c);
	case AISP_IAM__ARN: return six_segments(value) && six_segments(form);
	default: return true; /* the others have no negation, or compare any text */
	}
}

bool aisp_iam__compare(enum aisp_iam__op op, struct aisp_slice value, struct aisp_slice form)
{
	double v = 0, w = 0;

	switch (op) {
	case AISP_IAM__STR_EQ: case AISP_IAM__BINARY: return aisp_slice_eq(value, form);
	case AISP_IAM__STR_EQI: return same_but_case(value, form);
	case AISP_IAM__BOOL:
		return aisp_slice_eqi(value, form) && (aisp_slice_eqi(form, AISP_S("true")) || aisp_slice_eqi(form, AISP_S("false")));
	case AISP_IAM__STR_LIKE: return aisp_iam__glob(form, value);
	case AISP_IAM__ARN: return aisp_iam__glob_arn(form, value);
	case AISP_IAM__IP: return ip_in(value, form);
	case AISP_IAM__NULL: return false;
	case AISP_IAM__DATE_EQ: case AISP_IAM__DATE_LT: case AISP_IAM__DATE_LE: case AISP_IAM__DATE_GT: case AISP_IAM__DATE_GE:
		return aisp_iam__date(value, &v) && aisp_iam__date(form, &w) && ordered(op, v, w);
	default:
		return aisp_iam__number(value, &v) && aisp_iam__number(form, &w) && ordered(op, v, w);
	}
}
