/* Check digits that many numbers share, and the payment card. Pure arithmetic over letters and digits.
 *
 * Sources: Luhn (ISO/IEC 7812-1 annex B), Verhoeff (1969), MOD 97-10 and MOD 11,10 (ISO/IEC 7064); issuer ranges of ISO/IEC
 * 7812 as the card schemes publish them.
 */
#include "scan/personal/personal_int.h"

bool aisp_personal__digits(const char *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (c[i] < '0' || c[i] > '9')
			return false;
	return true;
}

bool aisp_personal__same(const char *c, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (c[i] != c[0])
			return false;
	return true;
}

unsigned aisp_personal__num(const char *c, size_t n)
{
	unsigned x = 0;

	for (size_t i = 0; i < n && i < 9; i++)
		x = x * 10 + (unsigned)(c[i] - '0');
	return x;
}

unsigned aisp_personal__weigh(const char *c, const unsigned char *w, size_t n)
{
	unsigned sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (unsigned)(c[i] - '0') * w[i];
	return sum;
}

bool aisp_personal__luhn(const char *c, size_t n)
{
	unsigned sum = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned d = (unsigned)(c[n - 1 - i] - '0');
		if (i % 2) {
			d *= 2;
			if (d > 9)
				d -= 9;
		}
		sum += d;
	}
	return n > 0 && sum % 10 == 0;
}

bool aisp_personal__verhoeff(const char *c, size_t n)
{
	static const unsigned char mul[10][10] = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 2, 3, 4, 0, 6, 7, 8, 9, 5},
						  {2, 3, 4, 0, 1, 7, 8, 9, 5, 6}, {3, 4, 0, 1, 2, 8, 9, 5, 6, 7},
						  {4, 0, 1, 2, 3, 9, 5, 6, 7, 8}, {5, 9, 8, 7, 6, 0, 4, 3, 2, 1},
						  {6, 5, 9, 8, 7, 1, 0, 4, 3, 2}, {7, 6, 5, 9, 8, 2, 1, 0, 4, 3},
						  {8, 7, 6, 5, 9, 3, 2, 1, 0, 4}, {9, 8, 7, 6, 5, 4, 3, 2, 1, 0}};
	static const unsigned char perm[8][10] = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 5, 7, 6, 2, 8, 3, 0, 9, 4},
						  {5, 8, 0, 3, 7, 9, 6, 1, 4, 2}, {8, 9, 1, 6, 0, 4, 3, 5, 2, 7},
						  {9, 4, 5, 3, 1, 2, 6, 8, 7, 0}, {4, 2, 8, 6, 5, 7, 3, 9, 0, 1},
						  {2, 7, 9, 3, 8, 0, 6, 4, 1, 5}, {7, 0, 4, 6, 9, 1, 3, 2, 5, 8}};
	unsigned char x = 0;

	for (size_t i = 0; i < n; i++)
		x = mul[x][perm[i % 8][(unsigned)(c[n - 1 - i] - '0')]];
	return n > 0 && x == 0;
}

unsigned aisp_personal__mod97(const char *c, size_t n)
{
	unsigned mod = 0;

	for (size_t i = 0; i < n; i++) {
		if (c[i] >= '0' && c[i] <= '9')
			mod = mod * 10 + (unsigned)(c[i] - '0');
		else
			mod = mod * 100 + (unsigned)(c[i] - 'A') + 10;
		mod %= 97;
	}
	return mod;
}

bool aisp_personal__mod11_10(const char *c, size_t n)
{
	unsigned p = 10;

	for (size_t i = 0; i + 1 < n; i++) {
		p = (p + (unsigned)(c[i] - '0')) % 10;
		p = (p ? p : 10) * 2 % 11;
	}
	return n > 1 && (p + (unsigned)(c[n - 1] - '0')) % 10 == 1;
}

bool aisp_personal__ymd(unsigned y, unsigned m, unsigned d)
{
	static const unsigned char days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (m < 1 || m > 12 || d < 1 || d > days[m - 1])
		return false;
	return !(m == 2 && d == 29 && (y % 4 || (y % 100 == 0 && y % 400)));
}

/* Issuer ranges: first and last prefix (six digits) and the lengths that occur, as bits. */
#define L(n) (1u << ((n) - 12))
static const struct {
	unsigned from, to, lengths;
} issuers[] = {
	{340000, 349999, L(15)},                         /* American Express */
	{370000, 379999, L(15)},                         /* American Express */
	{400000, 499999, L(13) | L(16) | L(19)},         /* Visa */
	{510000, 559999, L(16)},                         /* Mastercard */
	{222100, 272099, L(16)},                         /* Mastercard */
	{300000, 305999, L(14)},                         /* Diners Club */
	{309500, 309599, L(14)},                         /* Diners Club */
	{360000, 369999, L(14)},                         /* Diners Club */
	{380000, 399999, L(14)},                         /* Diners Club */
	{601100, 601199, L(16) | L(19)},                 /* Discover */
	{644000, 659999, L(16) | L(19)},                 /* Discover */
	{352800, 358999, L(16) | L(17) | L(18) | L(19)}, /* JCB */
	{620000, 629999, L(16) | L(17) | L(18) | L(19)}, /* UnionPay */
	{500000, 509999, L(13) | L(14) | L(15) | L(16) | L(18) | L(19)}, /* Maestro, Elo */
	{560000, 589999, L(13) | L(14) | L(15) | L(16) | L(18) | L(19)}, /* Maestro */
	{600000, 609999, L(16)},                         /* RuPay, Hipercard */
	{630000, 639999, L(13) | L(16) | L(18) | L(19)}, /* Maestro */
	{670000, 679999, L(13) | L(16) | L(18) | L(19)}, /* Maestro */
	{220000, 220499, L(16)},                         /* Mir */
	{810000, 817199, L(16)},                         /* RuPay */
	{979200, 979289, L(16)},                         /* Troy */
};

bool aisp_personal__card(const char *c, size_t n)
{
	if (n < 13 || n > 19 || !aisp_personal__digits(c, n) || !aisp_personal__luhn(c, n) || aisp_personal__same(c + 1, n - 1))
		return false;
	unsigned prefix = aisp_personal__num(c, 6);
	for (size_t i = 0; i < sizeof issuers / sizeof *issuers; i++)
		if (prefix >= issuers[i].from && prefix <= issuers[i].to)
			return issuers[i].lengths & L(n);
	return false;
}

bool aisp_personal__card_test(const char *c, size_t n)
{
	/* Published by payment services for their sandboxes. */
	static const char *const tests[] = {
		"4111111111111111", "4242424242424242", "4000056655665556", "5555555555554444", "2223003122003222", "5200828282828210",
		"5105105105105100", "378282246310005",  "371449635398431",  "378734493671000",  "6011111111111117", "6011000990139424",
		"3056930009020004", "30569309025904",   "38520000023237",   "36227206271667",   "3566002020360505", "3530111333300000",
		"6200000000000005", "4012888888881881", "4222222222222",    "5610591081018250", "6331101999990016", "4917610000000000",
		"5019717010103742", "4000000000000002", "4000000000009995", "4000002500003155", "4000000000003220", "4000000000000077",
		"5454545454545454", "4444333322221111", "4005519200000004", "4009348888881881", "4012000033330026", "4500600000000061"};

	for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
		if (strlen(tests[i]) == n && memcmp(tests[i], c, n) == 0)
			return true;
	return false;
}

bool aisp_personal__imei(const char *c, size_t n)
{
	return n == 15 && aisp_personal__digits(c, n) && !aisp_personal__same(c, n) && aisp_personal__luhn(c, n);
}

bool aisp_personal__bic(const char *c, size_t n)
{
	static const char countries[] =
		"AD AE AL AR AT AU AZ BA BE BG BH BR BY CA CH CL CN CO CR CY CZ DE DK DO EE EG ES FI FO FR GB GE GI GL GR GT HK HR HU ID IE "
		"IL IN IQ IS IT JO JP KE KR KW KZ LB LC LI LT LU LV MA MC MD ME MK MR MT MU MX MY NG NL NO NZ PE PH PK PL PS PT QA RO RS RU "
		"SA SC SE SG SI SK SM ST SV TH TL TN TR TW UA US UY VA VE VG VN XK ZA";

	if (n != 8 && n != 11)
		return false;
	for (size_t i = 0; i < 6; i++)
		if (c[i] < 'A' || c[i] > 'Z')
			return false;
	for (size_t i = 0; i + 1 < sizeof countries - 1; i += 3)
		if (countries[i] == c[4] && countries[i + 1] == c[5])
			return true;
	return false;
}
