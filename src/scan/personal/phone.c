/* Telephone numbers: international ones by country code and length (ITU-T E.164 and its list of assigned codes), national forms
 * of North America (NANP) and the forms that other countries write with a leading 0. Bare digits are none without context.
 */
#include "scan/personal/personal_int.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Country code, least and most digits behind it. Codes that are not listed are unassigned. */
static const struct {
	unsigned short code;
	unsigned char min, max;
} countries[] = {
	{1, 10, 10},  {7, 10, 10},  {20, 8, 10},  {27, 9, 9},   {30, 10, 10}, {31, 9, 9},   {32, 8, 9},   {33, 9, 9},   {34, 9, 9},   {36, 8, 9},
	{39, 6, 11},  {40, 9, 9},   {41, 9, 9},   {43, 4, 13},  {44, 9, 10},  {45, 8, 8},   {46, 7, 10},  {47, 8, 8},   {48, 9, 9},   {49, 6, 13},
	{51, 8, 9},   {52, 10, 11}, {53, 6, 8},   {54, 10, 11}, {55, 10, 11}, {56, 8, 9},   {57, 8, 10},  {58, 10, 10}, {60, 8, 10},  {61, 9, 9},
	{62, 8, 12},  {63, 8, 10},  {64, 8, 10},  {65, 8, 8},   {66, 8, 9},   {81, 9, 10},  {82, 8, 10},  {84, 8, 10},  {86, 10, 11}, {90, 10, 10},
	{91, 10, 10}, {92, 9, 10},  {93, 9, 9},   {94, 9, 9},   {95, 7, 10},  {98, 10, 10}, {211, 9, 9},  {212, 9, 9},  {213, 8, 9},  {216, 8, 8},
	{218, 8, 10}, {220, 7, 7},  {221, 9, 9},  {222, 8, 8},  {223, 8, 8},  {224, 8, 9},  {225, 8, 10}, {226, 8, 8},  {227, 8, 8},  {228, 8, 8},
	{229, 8, 10}, {230, 7, 8},  {231, 7, 9},  {232, 8, 8},  {233, 9, 9},  {234, 8, 10}, {235, 8, 8},  {236, 8, 8},  {237, 8, 9},  {238, 7, 7},
	{239, 7, 7},  {240, 9, 9},  {241, 7, 8},  {242, 9, 9},  {243, 7, 9},  {244, 9, 9},  {245, 7, 9},  {248, 7, 7},  {249, 9, 9},  {250, 8, 9},
	{251, 9, 9},  {252, 7, 9},  {253, 8, 8},  {254, 9, 10}, {255, 9, 9},  {256, 9, 9},  {257, 8, 8},  {258, 8, 9},  {260, 9, 9},  {261, 9, 9},
	{262, 9, 9},  {263, 8, 10}, {264, 8, 9},  {265, 7, 9},  {266, 8, 8},  {267, 7, 8},  {268, 8, 8},  {269, 7, 7},  {297, 7, 7},  {298, 6, 6},
	{299, 6, 6},  {350, 8, 8},  {351, 9, 9},  {352, 4, 11}, {353, 7, 9},  {354, 7, 9},  {355, 8, 9},  {356, 8, 8},  {357, 8, 8},  {358, 5, 12},
	{359, 7, 9},  {370, 8, 8},  {371, 8, 8},  {372, 7, 8},  {373, 8, 8},  {374, 8, 8},  {375, 9, 9},  {376, 6, 9},  {377, 8, 9},  {378, 6, 10},
	{380, 9, 9},  {381, 8, 9},  {382, 8, 8},  {383, 8, 9},  {385, 8, 9},  {386, 8, 8},  {387, 8, 8},  {389, 8, 8},  {420, 9, 9},  {421, 9, 9},
	{423, 7, 9},  {500, 5, 5},  {501, 7, 7},  {502, 8, 8},  {503, 8, 8},  {504, 8, 8},  {505, 8, 8},  {506, 8, 8},  {507, 7, 8},  {509, 8, 8},
	{590, 9, 9},  {591, 8, 8},  {592, 7, 7},  {593, 8, 9},  {594, 9, 9},  {595, 9, 9},  {596, 9, 9},  {597, 6, 7},  {598, 8, 8},  {599, 7, 8},
	{670, 7, 8},  {673, 7, 7},  {674, 7, 7},  {675, 8, 8},  {676, 5, 7},  {677, 5, 7},  {678, 5, 7},  {679, 7, 7},  {680, 7, 7},  {685, 5, 7},
	{686, 5, 8},  {687, 6, 6},  {689, 6, 8},  {691, 7, 7},  {692, 7, 7},  {800, 8, 8},  {850, 8, 10}, {852, 8, 8},  {853, 8, 8},  {855, 8, 9},
	{856, 8, 10}, {880, 8, 10}, {886, 8, 9},  {960, 7, 7},  {961, 7, 8},  {962, 8, 9},  {963, 8, 9},  {964, 8, 10}, {965, 8, 8},  {966, 8, 9},
	{967, 7, 9},  {968, 8, 8},  {970, 8, 9},  {971, 8, 9},  {972, 8, 9},  {973, 8, 8},  {974, 8, 8},  {975, 7, 8},  {976, 8, 8},  {977, 8, 10},
	{992, 9, 9},  {993, 8, 8},  {994, 9, 9},  {995, 9, 9},  {996, 9, 9},  {998, 9, 9}};

/* The digits of a number with the places where a group ends. */
struct digits {
	char c[18];
	unsigned char n, groups;
	unsigned char size[10]; /* digits of each group */
	size_t end[10];         /* in the text, behind each group */
	char seps[10];
};

static bool is_separator(struct aisp_slice s, size_t i)
{
	char c = s.p[i];

	return c == ' ' || c == '-' || c == '.' || c == '/' || c == '(' || c == ')';
}

static void collect(struct aisp_slice s, size_t at, struct digits *ret)
{
	size_t i = at;

	memset(ret, 0, sizeof *ret);
	while (i < s.n && ret->groups < 10) {
		size_t from = i;
		while (i < s.n && is_digit(s.p[i]) && ret->n < sizeof ret->c)
			ret->c[ret->n++] = s.p[i++];
		if (i == from || (i < s.n && is_digit(s.p[i])))
			return;
		ret->size[ret->groups] = (unsigned char)(i - from);
		ret->end[ret->groups++] = i;
		size_t seps = 0;
		ret->seps[ret->groups - 1] = i < s.n ? s.p[i] : 0;
		if (i + 1 < s.n && (unsigned char)s.p[i] == 0xc2 && (unsigned char)s.p[i + 1] == 0xa0)
			i += 2;
		while (i < s.n && seps < 3 && is_separator(s, i))
			i++, seps++;
	}
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool ends_well(struct aisp_slice s, size_t at)
{
	char c = at < s.n ? s.p[at] : ' ', next = at + 1 < s.n ? s.p[at + 1] : ' ';

	if (c == 'x' || c == 'e') /* extension */
		return is_digit(next) || next == 'x';
	if (is_letter(c) || c == '_' || c == '@' || c == '%' || c == '=' || (unsigned char)c >= 0x80)
		return false;
	if (c == '-')
		return !is_digit(next) && !is_letter(next);
	return !(c && strchr(".,/:", c) && is_digit(next));
}

static bool nanp(const char *c)
{
	/* Area codes N[0-8]X and exchanges NXX, neither N11; 37X and 96X are kept back. */
	return c[0] >= '2' && c[1] != '9' && !(c[1] == '1' && c[2] == '1') && !(c[0] == '3' && c[1] == '7') && !(c[0] == '9' && c[1] == '6') && c[3] >= '2' &&
	       !(c[4] == '1' && c[5] == '1');
}

/* The last group end at which between min and max digits (with the code) were seen. */
static size_t end_of(struct aisp_slice s, const struct digits *d, size_t min, size_t max)
{
	size_t best = 0, seen = 0;

	for (unsigned i = 0; i < d->groups; i++) {
		seen += d->size[i];
		if (seen >= min && seen <= max && ends_well(s, d->end[i]))
			best = d->end[i];
	}
	return best;
}

static bool international(struct aisp_slice s, size_t at, struct aisp_personal__found *ret)
{
	struct digits d;

	if (at < s.n && s.p[at] == '(')
		at++;
	collect(s, at, &d);
	/* "+44 (0)20 …": the 0 is not dialled */
	for (size_t code = 1; code <= 3 && d.n > code; code++) {
		unsigned value = aisp_personal__num(d.c, code);
		for (size_t i = 0; i < sizeof countries / sizeof *countries; i++) {
			if (countries[i].code != value)
				continue;
			size_t zero = d.c[code] == '0' && value != 39 ? 1 : 0;
			size_t end = end_of(s, &d, code + countries[i].min + zero, code + countries[i].max + zero);
			if (!end || (value == 1 && !nanp(d.c + 1)) || aisp_personal__same(d.c + code, d.n - code))
				return false;
			*ret = (struct aisp_personal__found){end, AISP_PERSONAL_LIKELY, "phone_e164", "country code and length of an international telephone number"};
			return true;
		}
	}
	return false;
}

/* North America: 3-3-4 in its usual writings. */
static bool north_america(struct aisp_slice s, size_t at, const struct digits *d, struct aisp_personal__found *ret)
{
	unsigned g = d->size[0] == 1 && d->c[0] == '1' ? 1 : 0;

	if (d->groups < g + 3 || d->size[g] != 3 || d->size[g + 1] != 3 || d->size[g + 2] != 4 || !nanp(d->c + g) || !ends_well(s, d->end[g + 2]))
		return false;
	char a = d->seps[g], b = d->seps[g + 1];
	bool bracket = at > 0 && s.p[at - 1] == '(' && a == ')', spaced = a == ' ' && !bracket && !g;
	if (strchr("/(", a) || strchr("/(", b) || (!bracket && a != b))
		return false;
	*ret = (struct aisp_personal__found){d->end[g + 2], spaced || memcmp(d->c + g, "555555", 6) == 0 ? AISP_PERSONAL_POSSIBLE : AISP_PERSONAL_LIKELY, "phone_nanp", "the writing of a North American telephone number"};
	return true;
}

/* Written with a leading 0: an area or mobile code. Five pairs are French. */
static bool national(struct aisp_slice s, const struct digits *d, struct aisp_personal__found *ret)
{
	size_t end = end_of(s, d, 7, 13), used = 0;
	unsigned groups = 0;

	if (!end || aisp_personal__same(d->c, d->n))
		return false;
	for (; groups < d->groups && d->end[groups] <= end; groups++)
		used += d->size[groups];
	bool zero = d->c[0] == '0' && d->c[1] != '0';
	*ret = (struct aisp_personal__found){end, 0, "phone_national", "the writing of a national telephone number"};
	if (zero && groups == 5 && used == 10 && memcmp(d->size, "\2\2\2\2", 4) == 0)
		*ret = (struct aisp_personal__found){end, AISP_PERSONAL_LIKELY, "phone_national", "the writing of a French telephone number"};
	else if (zero && groups >= 2 && groups <= 4 && d->size[0] >= 3 && d->size[0] <= 5 && used >= 9 && used <= 12)
		ret->certainty = AISP_PERSONAL_POSSIBLE;
	return true;
}

bool aisp_personal__phone(struct aisp_slice s, struct aisp_personal__found *ret)
{
	struct digits d;

	if (s.n < 7)
		return false;
	if (s.p[0] == '+')
		return international(s, 1 + (s.p[1] == ' '), ret);
	if (s.p[0] == '(' && s.p[1] == '+')
		return international(s, 2, ret);
	if (s.p[0] == '0' && s.p[1] == '0' && s.p[2] > '0' && international(s, 2, ret)) {
		ret->certainty = AISP_PERSONAL_POSSIBLE;
		return true;
	}
	size_t at = s.p[0] == '(' ? 1 : 0;
	if (!is_digit(s.p[at]))
		return false;
	collect(s, at, &d);
	if (north_america(s, at, &d, ret))
		return true;
	return !(at && d.seps[0] != ')') && national(s, &d, ret);
}
