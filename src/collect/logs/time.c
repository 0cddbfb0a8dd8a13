/* Times as logs write them. Days by the proleptic Gregorian calendar (Hinnant, "chrono-compatible low-level date algorithms"). */
#include "collect/logs/logs_int.h"

static int two(const char *p)
{
	return p[0] >= '0' && p[0] <= '9' && p[1] >= '0' && p[1] <= '9' ? (p[0] - '0') * 10 + p[1] - '0' : -1;
}

int64_t aisp_log__time_of(int year, int month, int day, int hour, int minute, int second)
{
	if (year < 1970 || year > 2200 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 || hour > 24 || minute < 0 || minute > 59 || second < 0 || second > 60)
		return 0;
	const int64_t y = year - (month <= 2), era = y / 400, yoe = y - era * 400;
	const int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1, doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return ((era * 146097 + doe - 719468) * 86400 + (int64_t)hour * 3600 + minute * 60 + second) * 1000000;
}

/* "+01:00", "-0530", "+01": minutes; *ret_ok false when it is none. */
static int zone(struct aisp_slice s, bool *ret_ok)
{
	const int sign = s.n && s.p[0] == '-' ? -1 : 1;
	int h, m = 0;

	*ret_ok = s.n >= 3 && (s.p[0] == '+' || s.p[0] == '-') && (h = two(s.p + 1)) >= 0;
	if (!*ret_ok)
		return 0;
	s = aisp_slice_from(s, 3);
	if (s.n && s.p[0] == ':')
		s = aisp_slice_from(s, 1);
	if (s.n)
		m = s.n == 2 ? two(s.p) : -1;
	*ret_ok = h <= 14 && m >= 0 && m < 60;
	return sign * (h * 60 + m);
}

static bool has_form(const char *p)
{
	return p[4] == '-' && p[7] == '-' && (p[10] == 'T' || p[10] == ' ') && p[13] == ':' && p[16] == ':' && two(p) >= 0 && two(p + 2) >= 0;
}

/* ".123456", cut off s, as microseconds. */
static int64_t fraction(struct aisp_slice *s)
{
	int64_t us = 0, unit = 100000;
	size_t i = 1;

	if (!s->n || (s->p[0] != '.' && s->p[0] != ','))
		return 0;
	for (; i < s->n && s->p[i] >= '0' && s->p[i] <= '9'; i++, unit /= 10)
		us += (s->p[i] - '0') * unit;
	*s = aisp_slice_from(*s, i);
	return us;
}

int64_t aisp_log__time(struct aisp_slice s)
{
	if (s.n < 19 || !has_form(s.p))
		return 0;
	int64_t us = aisp_log__time_of(two(s.p) * 100 + two(s.p + 2), two(s.p + 5), two(s.p + 8), two(s.p + 11), two(s.p + 14), two(s.p + 17));

	s = aisp_slice_from(s, 19);
	const int64_t part = fraction(&s);
	us += us ? part : 0;
	if (s.n && s.p[0] == ' ')
		s = aisp_slice_from(s, 1);
	if (!s.n || aisp_slice_eqz(s, "Z") || aisp_slice_eqz(s, "UTC") || aisp_slice_eqz(s, "GMT"))
		return us;
	bool ok;
	const int minutes = zone(s, &ok);
	return us && ok ? us - (int64_t)minutes * 60000000 : 0;
}

struct aisp_slice aisp_log__first_line(struct aisp_slice s)
{
	const size_t nl = aisp_slice_chr(s, '\n');

	if (nl != SIZE_MAX)
		s = aisp_slice_to(s, nl);
	return s.n && s.p[s.n - 1] == '\r' ? aisp_slice_to(s, s.n - 1) : s;
}
