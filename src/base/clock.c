/* Time: the clocks of the system, and the ISO 8601 forms we write and read. Days are counted with the proleptic Gregorian
 * calendar (Hinnant, "chrono-compatible low-level date algorithms").
 */
#include "base/clock.h"
#include "base/err.h"
#include "base/slice.h"
#include <stdlib.h>
#include <time.h>

static const int64_t second_us = 1000000, day_s = 86400;

int64_t aisp_clock_now_us(void)
{
	struct timespec ts = {0};
	const char *fixed = getenv("AISP_NOW");
	int64_t us;

	if (fixed && aisp_slice_i64(aisp_slice_z(fixed), &us))
		return us;
	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * second_us + ts.tv_nsec / 1000;
}

uint64_t aisp_clock_mono_ns(void)
{
	struct timespec ts = {0};

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec;
}

static int64_t days_from_civil(int64_t y, int64_t m, int64_t d)
{
	y -= m <= 2;
	int64_t era = (y >= 0 ? y : y - 399) / 400, yoe = y - era * 400;
	int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + doe - 719468;
}

static void civil_from_days(int64_t days, int64_t *ret_y, int64_t *ret_m, int64_t *ret_d)
{
	days += 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097, doe = days - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;

	*ret_d = doy - (153 * mp + 2) / 5 + 1;
	*ret_m = mp < 10 ? mp + 3 : mp - 9;
	*ret_y = yoe + era * 400 + (*ret_m <= 2);
}

static void put_digits(char *to, int64_t value, int width)
{
	for (int i = width - 1; i >= 0; i--, value /= 10)
		to[i] = (char)('0' + value % 10);
}

void aisp_clock_iso(int64_t us, char ret_iso[AISP_ISO_LEN + 1])
{
	/* Four digits hold the years 0000 to 9999; what lies outside is shown as the nearest of them. */
	static const int64_t first_s = -62167219200, last_s = 253402300799;
	int64_t s = us / second_us - (us % second_us < 0), y, m, d;

	s = s < first_s ? first_s : s > last_s ? last_s : s;
	int64_t days = s / day_s - (s % day_s < 0), of_day = s - days * day_s;

	civil_from_days(days, &y, &m, &d);
	memcpy(ret_iso, "0000-00-00T00:00:00Z", AISP_ISO_LEN + 1);
	put_digits(ret_iso, y, 4);
	put_digits(ret_iso + 5, m, 2);
	put_digits(ret_iso + 8, d, 2);
	put_digits(ret_iso + 11, of_day / 3600, 2);
	put_digits(ret_iso + 14, of_day / 60 % 60, 2);
	put_digits(ret_iso + 17, of_day % 60, 2);
}

/* `width` digits, then `after` (NUL = nothing); moves *p behind both. */
static bool digits(const char **p, int width, char after, int64_t *ret_n)
{
	int64_t n = 0;

	for (int i = 0; i < width; i++, (*p)++) {
		if (**p < '0' || **p > '9')
			return false;
		n = n * 10 + (**p - '0');
	}
	if (after && *(*p)++ != after)
		return false;
	*ret_n = n;
	return true;
}

static bool date_exists(int64_t y, int64_t m, int64_t d)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

	return m >= 1 && m <= 12 && d >= 1 && d <= days[m - 1] + (leap && m == 2);
}

int aisp_clock_parse(const char *text, int64_t *ret_us)
{
	int64_t y, m, d, hour = 0, minute = 0, second = 0;
	const char *p = text;

	if (!digits(&p, 4, '-', &y) || !digits(&p, 2, '-', &m) || !digits(&p, 2, '\0', &d) || !date_exists(y, m, d))
		return AISP_E_PARSE;
	if (*p) {
		if (*p++ != 'T' || !digits(&p, 2, ':', &hour) || !digits(&p, 2, '\0', &minute))
			return AISP_E_PARSE;
		if (*p == ':' && (p++, !digits(&p, 2, '\0', &second)))
			return AISP_E_PARSE;
		if (p[0] != 'Z' || p[1] || hour > 23 || minute > 59 || second > 59)
			return AISP_E_PARSE;
	}
	*ret_us = (days_from_civil(y, m, d) * day_s + hour * 3600 + minute * 60 + second) * second_us;
	return AISP_OK;
}
