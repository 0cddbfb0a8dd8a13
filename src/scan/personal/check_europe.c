/* Check digits of European identity, tax and social security numbers.
 *
 * Sources: the issuing authorities' descriptions of the check digit of each number; where a country has none any more
 * (Denmark since 2007, parts of Korea) only what remains is checked: a date that exists.
 */
#include "scan/personal/personal_int.h"
#define W(...) ((const unsigned char[]){__VA_ARGS__})
#define weigh aisp_personal__weigh
#define num aisp_personal__num
#define all_digits(c, len) (n == (len) && aisp_personal__digits(c, n) && !aisp_personal__same(c, n))

static unsigned d(const char *c)
{
	return (unsigned)(*c - '0');
}

/* A date with a year of two digits. */
static bool yymmdd(const char *c)
{
	return aisp_personal__ymd(2000 + num(c, 2), num(c + 2, 2), num(c + 4, 2));
}
static bool ddmmyy(const char *c)
{
	return aisp_personal__ymd(2000 + num(c + 4, 2), num(c + 2, 2), num(c, 2));
}

bool aisp_personal__uk_nino(const char *c, size_t n)
{
	static const char *const never[] = {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"};

	if (n != 9 || !aisp_personal__digits(c + 2, 6) || c[8] < 'A' || c[8] > 'D' || strchr("DFIQUV", c[0]) || strchr("DFIOQUV", c[1]) ||
	    aisp_personal__digits(c, 1) || aisp_personal__digits(c + 1, 1))
		return false;
	for (size_t i = 0; i < sizeof never / sizeof *never; i++)
		if (memcmp(never[i], c, 2) == 0)
			return false;
	return true;
}

bool aisp_personal__uk_nhs(const char *c, size_t n)
{
	if (!all_digits(c, 10))
		return false;
	unsigned x = 11 - weigh(c, W(10, 9, 8, 7, 6, 5, 4, 3, 2), 9) % 11;
	return x != 10 && x % 11 == d(c + 9);
}

bool aisp_personal__uk_utr(const char *c, size_t n)
{
	return all_digits(c, 10) && "21987654321"[weigh(c + 1, W(6, 7, 8, 9, 10, 5, 4, 3, 2), 9) % 11] == c[0];
}

/* Eleven digits, of the first ten one occurs two or three times, at least one not at all (BZSt). */
bool aisp_personal__de_steuer(const char *c, size_t n)
{
	unsigned count[10] = {0}, twice = 0, thrice = 0, more = 0;

	if (!all_digits(c, 11) || c[0] == '0')
		return false;
	for (size_t i = 0; i < 10; i++)
		count[d(c + i)]++;
	for (size_t i = 0; i < 10; i++) {
		twice += count[i] == 2;
		thrice += count[i] == 3;
		more += count[i] > 3;
	}
	return more == 0 && ((twice == 1 && thrice == 0) || (twice == 0 && thrice == 1)) && aisp_personal__mod11_10(c, n);
}

/* ICAO 9303 check digit with weights 7, 3, 1. */
static unsigned icao(const char *c, size_t n)
{
	unsigned sum = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned v = c[i] >= '0' && c[i] <= '9' ? d(c + i) : c[i] >= 'A' && c[i] <= 'Z' ? (unsigned)(c[i] - 'A') + 10 : 0;
		sum += v * (unsigned)"\7\3\1"[i % 3];
	}
	return sum % 10;
}

bool aisp_personal__de_ausweis(const char *c, size_t n)
{
	unsigned letters = 0;

	if (n != 10 || !strchr("CFGHJKLMNPRTVWXYZ", c[0]) || !aisp_personal__digits(c + 9, 1))
		return false;
	for (size_t i = 0; i < 9; i++) {
		if (!strchr("CFGHJKLMNPRTVWXYZ0123456789", c[i]))
			return false;
		letters += c[i] > '9';
	}
	return letters < 9 && icao(c, 9) == d(c + 9);
}

bool aisp_personal__de_rvnr(const char *c, size_t n)
{
	static const unsigned char w[] = {2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1};
	char x[12];
	unsigned sum = 0;

	if (n != 12 || !aisp_personal__digits(c, 8) || !aisp_personal__digits(c + 9, 3) || c[8] < 'A' || c[8] > 'Z' ||
	    num(c + 2, 2) % 50 > 31 || num(c + 4, 2) > 12)
		return false;
	memcpy(x, c, 8);
	x[8] = (char)('0' + (c[8] - 'A' + 1) / 10);
	x[9] = (char)('0' + (c[8] - 'A' + 1) % 10);
	memcpy(x + 10, c + 9, 2);
	for (size_t i = 0; i < 12; i++) {
		unsigned p = d(x + i) * w[i];
		sum += p / 10 + p % 10;
	}
	return sum % 10 == d(c + 11);
}

bool aisp_personal__fr_nir(const char *c, size_t n)
{
	char x[15];

	if (n != 15)
		return false;
	memcpy(x, c, 15);
	if (x[5] == 'A' && x[6] == '2')
		return false;
	if (x[6] == 'A' || x[6] == 'B') { /* Corsica: 2A counts as 19, 2B as 18 */
		if (x[5] != '2')
			return false;
		x[5] = '1';
		x[6] = x[6] == 'A' ? '9' : '8';
	}
	if (!aisp_personal__digits(x, 15) || !strchr("123478", x[0]) || aisp_personal__same(x, 15))
		return false;
	unsigned month = num(x + 3, 2);
	if (!((month >= 1 && month <= 12) || (month >= 20 && month <= 42) || (month >= 50 && month <= 99)))
		return false;
	return 97 - aisp_personal__mod97(x, 13) == num(x + 13, 2);
}

bool aisp_personal__it_cf(const char *c, size_t n)
{
	static const unsigned char odd[] = {1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23};
	unsigned sum = 0;

	if (n != 16)
		return false;
	for (size_t i = 0; i < 16; i++) {
		bool digit = c[i] >= '0' && c[i] <= '9';
		bool number = i == 6 || i == 7 || i == 9 || i == 10 || (i >= 12 && i <= 14);
		/* A digit may be replaced by one of ten letters (omocodia). */
		if (number ? !digit && !strchr("LMNPQRSTUV", c[i]) : digit)
			return false;
	}
	if (!strchr("ABCDEHLMPRST", c[8]))
		return false;
	for (size_t i = 0; i < 15; i++) {
		unsigned v = c[i] <= '9' ? d(c + i) : (unsigned)(c[i] - 'A');
		sum += i % 2 ? v : odd[v];
	}
	return (unsigned)(c[15] - 'A') == sum % 26;
}

bool aisp_personal__es_dni(const char *c, size_t n)
{
	return n == 9 && aisp_personal__digits(c, 8) && !aisp_personal__same(c, 8) && "TRWAGMYFPDXBNJZSQVHLCKE"[num(c, 8) % 23] == c[8];
}

bool aisp_personal__es_nie(const char *c, size_t n)
{
	if (n != 9 || c[0] < 'X' || c[0] > 'Z' || !aisp_personal__digits(c + 1, 7) || aisp_personal__same(c + 1, 7))
		return false;
	return "TRWAGMYFPDXBNJZSQVHLCKE"[((unsigned)(c[0] - 'X') * 10000000 + num(c + 1, 7)) % 23] == c[8];
}

bool aisp_personal__pt_nif(const char *c, size_t n)
{
	if (!all_digits(c, 9) || !strchr("1235689", c[0]))
		return false;
	unsigned x = 11 - weigh(c, W(9, 8, 7, 6, 5, 4, 3, 2), 8) % 11;
	return (x > 9 ? 0 : x) == d(c + 8);
}

bool aisp_personal__nl_bsn(const char *c, size_t n)
{
	if (!all_digits(c, 9))
		return false;
	unsigned sum = weigh(c, W(9, 8, 7, 6, 5, 4, 3, 2), 8);
	return sum > 0 && (sum + 11 - d(c + 8)) % 11 == 0;
}

bool aisp_personal__be_nrn(const char *c, size_t n)
{
	if (!all_digits(c, 11) || num(c + 2, 2) > 12 || num(c + 4, 2) > 31)
		return false;
	unsigned check = num(c + 9, 2), old = 97 - num(c, 9) % 97;
	unsigned young = 97 - (unsigned)((2000000000ull + num(c, 9)) % 97);
	return check == old || check == young;
}

bool aisp_personal__at_svnr(const char *c, size_t n)
{
	if (!all_digits(c, 10) || c[0] == '0' || num(c + 4, 2) < 1 || num(c + 4, 2) > 31 || num(c + 6, 2) < 1 || num(c + 6, 2) > 15)
		return false;
	return weigh(c, W(3, 7, 9, 0, 5, 8, 4, 2, 1, 6), 10) % 11 == d(c + 3);
}

bool aisp_personal__ch_ahv(const char *c, size_t n)
{
	return n == 13 && aisp_personal__digits(c, n) && memcmp(c, "756", 3) == 0 &&
	       (10 - weigh(c, W(1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3), 12) % 10) % 10 == d(c + 12);
}

bool aisp_personal__pl_pesel(const char *c, size_t n)
{
	if (!all_digits(c, 11) || !aisp_personal__ymd(2000 + num(c, 2), num(c + 2, 2) % 20, num(c + 4, 2)))
		return false;
	return (10 - weigh(c, W(1, 3, 7, 9, 1, 3, 7, 9, 1, 3), 10) % 10) % 10 == d(c + 10);
}

bool aisp_personal__pl_nip(const char *c, size_t n)
{
	return all_digits(c, 10) && weigh(c, W(6, 5, 7, 2, 3, 4, 5, 6, 7), 9) % 11 == d(c + 9);
}

bool aisp_personal__se_pnr(const char *c, size_t n)
{
	if (n == 12 && (memcmp(c, "19", 2) == 0 || memcmp(c, "20", 2) == 0))
		return aisp_personal__se_pnr(c + 2, 10);
	if (!all_digits(c, 10))
		return false;
	unsigned day = num(c + 4, 2); /* a coordination number has 60 more */
	return aisp_personal__ymd(2000 + num(c, 2), num(c + 2, 2), day > 60 ? day - 60 : day) && aisp_personal__luhn(c, 10);
}

bool aisp_personal__no_fnr(const char *c, size_t n)
{
	if (!all_digits(c, 11))
		return false;
	unsigned day = num(c, 2) % 40, month = num(c + 2, 2) % 40;
	unsigned a = (11 - weigh(c, W(3, 7, 6, 1, 8, 9, 4, 5, 2), 9) % 11) % 11;
	unsigned b = (11 - weigh(c, W(5, 4, 3, 2, 7, 6, 5, 4, 3, 2), 10) % 11) % 11;
	return aisp_personal__ymd(2000, month, day) && a == d(c + 9) && b == d(c + 10);
}

bool aisp_personal__dk_cpr(const char *c, size_t n)
{
	return all_digits(c, 10) && ddmmyy(c);
}

bool aisp_personal__fi_hetu(const char *c, size_t n)
{
	char x[9];

	/* The sign of the century is a letter (A…F, U…Y) or was a hyphen. */
	if (n == 11 && strchr("ABCDEFUVWXY", c[6])) {
		memcpy(x, c, 6);
		memcpy(x + 6, c + 7, 3);
	} else if (n == 10) {
		memcpy(x, c, 9);
	} else {
		return false;
	}
	return aisp_personal__digits(x, 9) && ddmmyy(x) && "0123456789ABCDEFHJKLMNPRSTUVWXY"[num(x, 9) % 31] == c[n - 1];
}

bool aisp_personal__cz_rc(const char *c, size_t n)
{
	if (!all_digits(c, 10))
		return false;
	unsigned month = num(c + 2, 2) % 50;
	month = month > 20 ? month - 20 : month;
	unsigned mod = (unsigned)(((uint64_t)num(c, 9) * 10 + d(c + 9)) % 11);
	return aisp_personal__ymd(2000, month, num(c + 4, 2)) && (mod == 0 || (num(c, 9) % 11 == 10 && c[9] == '0'));
}

bool aisp_personal__ro_cnp(const char *c, size_t n)
{
	if (!all_digits(c, 13) || c[0] < '1' || c[0] == '9' || !aisp_personal__ymd(2000, num(c + 3, 2), num(c + 5, 2)))
		return false;
	unsigned county = num(c + 7, 2), x = weigh(c, W(2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9), 12) % 11;
	return ((county >= 1 && county <= 52) || county == 70) && (x == 10 ? 1 : x) == d(c + 12);
}

bool aisp_personal__bg_egn(const char *c, size_t n)
{
	if (!all_digits(c, 10))
		return false;
	return aisp_personal__ymd(2000, num(c + 2, 2) % 20, num(c + 4, 2)) &&
	       weigh(c, W(2, 4, 8, 5, 10, 9, 7, 3, 6), 9) % 11 % 10 == d(c + 9);
}

bool aisp_personal__hr_oib(const char *c, size_t n)
{
	return all_digits(c, 11) && aisp_personal__mod11_10(c, n);
}

bool aisp_personal__gr_amka(const char *c, size_t n)
{
	return all_digits(c, 11) && ddmmyy(c) && aisp_personal__luhn(c, n);
}

bool aisp_personal__gr_afm(const char *c, size_t n)
{
	return all_digits(c, 9) && weigh(c, W(0, 128, 64, 32, 16, 8, 4, 2), 8) + 256 * d(c) > 0 &&
	       (weigh(c, W(0, 128, 64, 32, 16, 8, 4, 2), 8) + 256 * d(c)) % 11 % 10 == d(c + 8);
}

bool aisp_personal__hu_taj(const char *c, size_t n)
{
	return all_digits(c, 9) && weigh(c, W(3, 7, 3, 7, 3, 7, 3, 7), 8) % 10 == d(c + 8);
}

bool aisp_personal__ie_pps(const char *c, size_t n)
{
	if ((n != 8 && n != 9) || !aisp_personal__digits(c, 7) || aisp_personal__same(c, 7))
		return false;
	for (size_t i = 7; i < n; i++)
		if (c[i] < 'A' || c[i] > 'W')
			return false;
	unsigned sum = weigh(c, W(8, 7, 6, 5, 4, 3, 2), 7) + (n == 9 && c[8] != 'W' ? 9 * (unsigned)(c[8] - 'A' + 1) : 0);
	return (c[7] == 'W' ? 0 : (unsigned)(c[7] - 'A' + 1)) == sum % 23;
}

bool aisp_personal__ee_ik(const char *c, size_t n)
{
	if (!all_digits(c, 11) || c[0] < '1' || c[0] > '8' || !yymmdd(c + 1))
		return false;
	unsigned x = weigh(c, W(1, 2, 3, 4, 5, 6, 7, 8, 9, 1), 10) % 11;
	if (x == 10)
		x = weigh(c, W(3, 4, 5, 6, 7, 8, 9, 1, 2, 3), 10) % 11 % 10;
	return x == d(c + 10);
}

bool aisp_personal__jmbg(const char *c, size_t n)
{
	if (!all_digits(c, 13) || !aisp_personal__ymd(2000, num(c + 2, 2), num(c, 2)) || (c[4] != '9' && c[4] != '0'))
		return false;
	unsigned x = 11 - weigh(c, W(7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2), 12) % 11;
	return (x > 9 ? 0 : x) == d(c + 12);
}

bool aisp_personal__ua_rnokpp(const char *c, size_t n)
{
	if (!all_digits(c, 10))
		return false;
	unsigned sum = weigh(c, W(0, 5, 7, 9, 4, 6, 10, 5, 7), 9) + 11 - d(c);
	return sum % 11 % 10 == d(c + 9);
}

bool aisp_personal__ru_inn(const char *c, size_t n)
{
	return all_digits(c, 12) && weigh(c, W(7, 2, 4, 10, 3, 5, 9, 4, 6, 8), 10) % 11 % 10 == d(c + 10) &&
	       weigh(c, W(3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8), 11) % 11 % 10 == d(c + 11);
}

bool aisp_personal__ru_snils(const char *c, size_t n)
{
	if (!all_digits(c, 11))
		return false;
	unsigned x = weigh(c, W(9, 8, 7, 6, 5, 4, 3, 2, 1), 9) % 101;
	return (x == 100 ? 0 : x) == num(c + 9, 2);
}

bool aisp_personal__is_kt(const char *c, size_t n)
{
	if (!all_digits(c, 10) || !ddmmyy(c) || !strchr("089", c[9]))
		return false;
	return (11 - weigh(c, W(3, 2, 7, 6, 5, 4, 3, 2), 8) % 11) % 11 == d(c + 8);
}

bool aisp_personal__tr_tckn(const char *c, size_t n)
{
	if (!all_digits(c, 11) || c[0] == '0')
		return false;
	unsigned odd = weigh(c, W(1, 0, 1, 0, 1, 0, 1, 0, 1), 9), even = weigh(c, W(0, 1, 0, 1, 0, 1, 0, 1), 8);
	unsigned ten = (odd * 7 + 100 - even) % 10;
	return ten == d(c + 9) && (odd + even + ten) % 10 == d(c + 10);
}
