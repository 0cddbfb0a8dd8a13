/* Check digits of identity, tax, health and bank numbers of the Americas, Asia, Africa and Oceania.
 *
 * Sources: the issuing authorities' descriptions (SSA's rules for invalid SSN ranges, ABA routing check, CMS for NPI and MBI,
 * UIDAI for Aadhaar, GB 11643 for China, SAT for RFC, RENAPO for CURP, ATO, IRD …).
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
static bool letter(char c)
{
	return c >= 'A' && c <= 'Z';
}

bool aisp_personal__us_ssn(const char *c, size_t n)
{
	if (!all_digits(c, 9))
		return false;
	unsigned area = num(c, 3);
	return area != 0 && area != 666 && area < 900 && num(c + 3, 2) && num(c + 5, 4) && memcmp(c, "078051120", 9) && memcmp(c, "219099999", 9);
}

bool aisp_personal__us_itin(const char *c, size_t n)
{
	if (!all_digits(c, 9) || c[0] != '9')
		return false;
	unsigned group = num(c + 3, 2);
	return group >= 50 && group != 89 && group != 93 && !(group >= 66 && group <= 69);
}

bool aisp_personal__us_aba(const char *c, size_t n)
{
	if (!all_digits(c, 9))
		return false;
	unsigned first = num(c, 2);
	bool range = first <= 12 || (first >= 21 && first <= 32) || (first >= 61 && first <= 72) || first == 80;
	return range && num(c, 4) && weigh(c, W(3, 7, 1, 3, 7, 1, 3, 7, 1), 9) % 10 == 0;
}

bool aisp_personal__us_npi(const char *c, size_t n)
{
	char x[15];

	if (!all_digits(c, 10) || (c[0] != '1' && c[0] != '2'))
		return false;
	memcpy(x, "80840", 5);
	memcpy(x + 5, c, 10);
	return aisp_personal__luhn(x, 15);
}

bool aisp_personal__us_dea(const char *c, size_t n)
{
	if (n != 9 || !strchr("ABCDEFGHJKLMPRSTUX", c[0]) || !(letter(c[1]) || c[1] == '9') || !aisp_personal__digits(c + 2, 7))
		return false;
	unsigned sum = d(c + 2) + d(c + 4) + d(c + 6) + 2 * (d(c + 3) + d(c + 5) + d(c + 7));
	return sum > 0 && sum % 10 == d(c + 8);
}

/* Medicare beneficiary identifier: C A AN N A AN N A A N N without S, L, O, I, B, Z. */
bool aisp_personal__us_mbi(const char *c, size_t n)
{
	static const char form[] = "CAXNAXNAANN";

	if (n != 11 || c[0] < '1' || c[0] > '9')
		return false;
	for (size_t i = 1; i < 11; i++) {
		bool digit = c[i] >= '0' && c[i] <= '9', alpha = letter(c[i]) && !strchr("SLOIBZ", c[i]);
		if (!((digit && form[i] != 'A') || (alpha && form[i] != 'N')))
			return false;
	}
	return true;
}

bool aisp_personal__ca_sin(const char *c, size_t n)
{
	return all_digits(c, 9) && c[0] != '0' && c[0] != '8' && aisp_personal__luhn(c, n);
}

bool aisp_personal__br_cpf(const char *c, size_t n)
{
	if (!all_digits(c, 11))
		return false;
	unsigned a = weigh(c, W(10, 9, 8, 7, 6, 5, 4, 3, 2), 9) * 10 % 11 % 10;
	unsigned b = weigh(c, W(11, 10, 9, 8, 7, 6, 5, 4, 3, 2), 10) * 10 % 11 % 10;
	return a == d(c + 9) && b == d(c + 10);
}

bool aisp_personal__br_cnpj(const char *c, size_t n)
{
	if (!all_digits(c, 14))
		return false;
	unsigned a = weigh(c, W(5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2), 12) % 11;
	unsigned b = weigh(c, W(6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2), 13) % 11;
	return (a < 2 ? 0 : 11 - a) == d(c + 12) && (b < 2 ? 0 : 11 - b) == d(c + 13);
}

bool aisp_personal__ar_cuit(const char *c, size_t n)
{
	if (!all_digits(c, 11) || (c[0] != '2' && c[0] != '3'))
		return false;
	unsigned x = 11 - weigh(c, W(5, 4, 3, 2, 7, 6, 5, 4, 3, 2), 10) % 11;
	return x != 10 && x % 11 == d(c + 10);
}

bool aisp_personal__cl_rut(const char *c, size_t n)
{
	unsigned sum = 0;

	if (n < 8 || n > 9 || !aisp_personal__digits(c, n - 1) || aisp_personal__same(c, n - 1) || c[0] == '0')
		return false;
	for (size_t i = 0; i + 1 < n; i++)
		sum += d(c + n - 2 - i) * (unsigned)(2 + i % 6);
	return "0K987654321"[sum % 11] == c[n - 1];
}

bool aisp_personal__mx_curp(const char *c, size_t n)
{
	unsigned sum = 0;

	if (n != 18 || !aisp_personal__ymd(2000, num(c + 6, 2), num(c + 8, 2)) || !aisp_personal__digits(c + 4, 6) || !strchr("HMX", c[10]) ||
	    !aisp_personal__digits(c + 17, 1))
		return false;
	for (size_t i = 0; i < 17; i++) {
		/* The alphabet has Ñ between N and O. */
		unsigned v = c[i] <= '9' ? d(c + i) : (unsigned)(c[i] - 'A') + 10 + (c[i] > 'N');
		if (i < 4 && !letter(c[i]))
			return false;
		sum += v * (unsigned)(18 - i);
	}
	return (10 - sum % 10) % 10 == d(c + 17);
}

bool aisp_personal__mx_rfc(const char *c, size_t n)
{
	static const char set[] = "0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ ";
	unsigned sum = 0;

	if (n != 13 || !aisp_personal__digits(c + 4, 6) || !aisp_personal__ymd(2000, num(c + 6, 2), num(c + 8, 2)))
		return false;
	for (size_t i = 0; i < 12; i++) {
		const char *at = strchr(set, c[i]);
		if (!at || (i < 4 && !letter(c[i])))
			return false;
		sum += (unsigned)(at - set) * (unsigned)(13 - i);
	}
	unsigned x = sum % 11;
	char want = x == 0 ? '0' : x == 1 ? 'A' : (char)('0' + 11 - x);
	return c[12] == want;
}

bool aisp_personal__co_nit(const char *c, size_t n)
{
	if (!all_digits(c, 10))
		return false;
	unsigned x = weigh(c, W(41, 37, 29, 23, 19, 17, 13, 7, 3), 9) % 11;
	return (x > 1 ? 11 - x : x) == d(c + 9);
}

bool aisp_personal__ec_ci(const char *c, size_t n)
{
	if (!all_digits(c, 10) || num(c, 2) < 1 || (num(c, 2) > 24 && num(c, 2) != 30) || c[2] > '5')
		return false;
	return aisp_personal__luhn(c, 10);
}

bool aisp_personal__in_aadhaar(const char *c, size_t n)
{
	return all_digits(c, 12) && c[0] >= '2' && aisp_personal__verhoeff(c, n);
}

bool aisp_personal__in_pan(const char *c, size_t n)
{
	return n == 10 && letter(c[0]) && letter(c[1]) && letter(c[2]) && strchr("PCHFATBLJG", c[3]) && letter(c[4]) &&
	       aisp_personal__digits(c + 5, 4) && letter(c[9]) && num(c + 5, 4);
}

bool aisp_personal__cn_id(const char *c, size_t n)
{
	static const unsigned char w[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};

	if (n != 18 || !aisp_personal__digits(c, 17))
		return false;
	unsigned province = num(c, 2), year = num(c + 6, 4);
	if (province < 11 || province > 91 || year < 1900 || year > 2030 || !aisp_personal__ymd(year, num(c + 10, 2), num(c + 12, 2)))
		return false;
	return "10X98765432"[weigh(c, w, 17) % 11] == c[17];
}

bool aisp_personal__jp_my(const char *c, size_t n)
{
	if (!all_digits(c, 12))
		return false;
	unsigned x = weigh(c, W(6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2), 11) % 11;
	return (x <= 1 ? 0 : 11 - x) == d(c + 11);
}

/* Since October 2020 the last digits are random: the date and the digit of century and sex remain. */
bool aisp_personal__kr_rrn(const char *c, size_t n)
{
	if (!all_digits(c, 13) || c[6] < '1' || c[6] > '8' || !aisp_personal__ymd(2000 + num(c, 2), num(c + 2, 2), num(c + 4, 2)))
		return false;
	unsigned year = num(c, 2) + (strchr("3478", c[6]) ? 2000 : 1900);
	unsigned x = (11 - weigh(c, W(2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5), 12) % 11) % 10;
	return year >= 2020 || x == d(c + 12);
}

bool aisp_personal__tw_id(const char *c, size_t n)
{
	static const unsigned char code[] = {10, 11, 12, 13, 14, 15, 16, 17, 34, 18, 19, 20, 21, 22, 35, 23, 24, 25, 26, 27, 28, 29, 32, 30, 31, 33};

	if (n != 10 || !letter(c[0]) || !aisp_personal__digits(c + 1, 9) || !strchr("1289", c[1]) || aisp_personal__same(c + 2, 8))
		return false;
	unsigned x = code[c[0] - 'A'];
	return (x / 10 + x % 10 * 9 + weigh(c + 1, W(8, 7, 6, 5, 4, 3, 2, 1, 1), 9)) % 10 == 0;
}

bool aisp_personal__sg_nric(const char *c, size_t n)
{
	if (n != 9 || !strchr("STFGM", c[0]) || !aisp_personal__digits(c + 1, 7))
		return false;
	unsigned sum = weigh(c + 1, W(2, 7, 6, 5, 4, 3, 2), 7) + (c[0] == 'T' || c[0] == 'G' ? 4 : c[0] == 'M' ? 3 : 0);
	if (c[0] == 'M')
		return "KLJNPQRTUWX"[10 - sum % 11] == c[8];
	return (c[0] == 'S' || c[0] == 'T' ? "JZIHGFEDCBA" : "XWUTRQPNMLK")[sum % 11] == c[8];
}

bool aisp_personal__hk_id(const char *c, size_t n)
{
	bool two = n == 9;
	const char *digits = c + (two ? 2 : 1);

	if ((n != 8 && n != 9) || !letter(c[0]) || (two && !letter(c[1])) || !aisp_personal__digits(digits, 6))
		return false;
	unsigned sum = (two ? (unsigned)(c[0] - 'A' + 10) * 9 + (unsigned)(c[1] - 'A' + 10) * 8 : 36 * 9 + (unsigned)(c[0] - 'A' + 10) * 8) +
		       weigh(digits, W(7, 6, 5, 4, 3, 2), 6);
	unsigned x = (11 - sum % 11) % 11;
	return c[n - 1] == (x == 10 ? 'A' : (char)('0' + x));
}

bool aisp_personal__th_id(const char *c, size_t n)
{
	return all_digits(c, 13) && c[0] != '0' && c[0] != '9' &&
	       (11 - weigh(c, W(13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2), 12) % 11) % 10 == d(c + 12);
}

bool aisp_personal__my_nric(const char *c, size_t n)
{
	static const char never[] = " 00 17 18 19 20 69 70 73 80 81 94 95 96 97 ";
	char place[5] = {' ', 0, 0, ' ', 0};

	if (!all_digits(c, 12) || !aisp_personal__ymd(2000 + num(c, 2), num(c + 2, 2), num(c + 4, 2)))
		return false;
	memcpy(place + 1, c + 6, 2);
	return !strstr(never, place);
}

bool aisp_personal__id_nik(const char *c, size_t n)
{
	if (!all_digits(c, 16) || num(c, 2) < 11 || num(c, 2) > 97 || num(c + 12, 4) == 0)
		return false;
	unsigned day = num(c + 6, 2); /* women: 40 more */
	return aisp_personal__ymd(2000 + num(c + 10, 2), num(c + 8, 2), day > 40 ? day - 40 : day);
}

bool aisp_personal__au_tfn(const char *c, size_t n)
{
	if (n == 8 && aisp_personal__digits(c, n) && !aisp_personal__same(c, n))
		return weigh(c, W(10, 7, 8, 4, 6, 3, 5, 1), 8) % 11 == 0;
	return all_digits(c, 9) && weigh(c, W(1, 4, 3, 7, 5, 8, 6, 9, 10), 9) % 11 == 0;
}

bool aisp_personal__au_medicare(const char *c, size_t n)
{
	return (n == 10 || n == 11) && aisp_personal__digits(c, n) && c[0] >= '2' && c[0] <= '6' &&
	       weigh(c, W(1, 3, 7, 9, 1, 3, 7, 9), 8) % 10 == d(c + 8) && c[9] != '0';
}

bool aisp_personal__au_abn(const char *c, size_t n)
{
	return all_digits(c, 11) && c[0] != '0' && (weigh(c, W(10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19), 11) - 10) % 89 == 0;
}

bool aisp_personal__nz_ird(const char *c, size_t n)
{
	char x[9] = "0";

	if ((n != 8 && n != 9) || !aisp_personal__digits(c, n))
		return false;
	memcpy(x + (9 - n), c, n);
	unsigned value = num(x, 9);
	if (value < 10000000 || value > 150000000)
		return false;
	unsigned r = weigh(x, W(3, 2, 7, 6, 5, 4, 3, 2), 8) % 11;
	if (r == 1)
		r = 11 - weigh(x, W(7, 4, 3, 2, 5, 2, 7, 6), 8) % 11, r = r == 11 ? 0 : r;
	else
		r = r ? 11 - r : 0;
	return r == d(x + 8);
}

bool aisp_personal__za_id(const char *c, size_t n)
{
	return all_digits(c, 13) && aisp_personal__ymd(2000 + num(c, 2), num(c + 2, 2), num(c + 4, 2)) && c[10] <= '2' && aisp_personal__luhn(c, n);
}

bool aisp_personal__il_tz(const char *c, size_t n)
{
	return all_digits(c, 9) && aisp_personal__luhn(c, n);
}

bool aisp_personal__ae_id(const char *c, size_t n)
{
	return n == 15 && aisp_personal__digits(c, n) && memcmp(c, "784", 3) == 0 && (c[3] == '1' || c[3] == '2') && aisp_personal__luhn(c, n);
}

bool aisp_personal__sa_id(const char *c, size_t n)
{
	return all_digits(c, 10) && (c[0] == '1' || c[0] == '2') && aisp_personal__luhn(c, n);
}

bool aisp_personal__eg_id(const char *c, size_t n)
{
	return all_digits(c, 14) && (c[0] == '2' || c[0] == '3') && aisp_personal__ymd(2000 + num(c + 1, 2), num(c + 3, 2), num(c + 5, 2)) &&
	       num(c + 7, 2) >= 1 && num(c + 7, 2) <= 88;
}

bool aisp_personal__pk_cnic(const char *c, size_t n)
{
	return all_digits(c, 13) && c[0] >= '1' && c[0] <= '8';
}
