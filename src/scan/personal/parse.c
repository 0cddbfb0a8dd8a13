/* What has no fixed shape: e-mail, IP and MAC addresses, IBAN, dates, positions, passport lines.
 *
 * Each says how long it is and how sure its look alone makes it. Sources: RFC 5321/5322 (the part of addr-spec that is used),
 * RFC 6890 (special-purpose IP ranges), ISO 13616 (IBAN), ICAO 9303 (machine-readable lines).
 */
#include "scan/personal/personal_int.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}
static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
static bool is_alnum(char c)
{
	return is_digit(c) || is_alpha(c);
}
static int hex_of(char c)
{
	return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}
static char at_or(struct aisp_slice s, size_t i, char otherwise)
{
	return i < s.n ? s.p[i] : otherwise;
}
static bool one_of(struct aisp_slice word, const char *list)
{
	char low[24];

	if (word.n == 0 || word.n >= sizeof low)
		return false;
	for (size_t i = 0; i < word.n; i++)
		low[i] = (char)(word.p[i] >= 'A' && word.p[i] <= 'Z' ? word.p[i] + 32 : word.p[i]);
	for (const char *p = list; *p; p += strcspn(p, "|"), p += *p == '|')
		if (strcspn(p, "|") == word.n && memcmp(p, low, word.n) == 0)
			return true;
	return false;
}

/* ---- e-mail ---- */
static bool local_char(char c)
{
	return is_alnum(c) || (c && strchr("._%+-'!#$&*/=?^`{|}~", c)) || (unsigned char)c >= 0x80;
}

/* The domain from `at`: its end, 0 when it is none. */
static size_t domain_end(struct aisp_slice text, size_t at, size_t *ret_tld)
{
	size_t i = at, label = at, end = 0, labels = 0;

	for (; i < text.n && i - at <= 255; i++) {
		char c = text.p[i];
		if (c == '.') {
			if (i == label)
				break;
			label = i + 1;
			labels++;
			continue;
		}
		if (!is_alnum(c) && c != '-' && (unsigned char)c < 0xc3)
			break;
		if (labels > 0 && (is_alpha(c) || c == '-' || is_digit(c) || (unsigned char)c >= 0x80) && i + 1 > label + 1) {
			end = i + 1;
			*ret_tld = label;
		}
	}
	return end;
}

/* Where the part before the "@" begins: what stands in quotes, brackets or after "=" begins there. */
static size_t local_begin(struct aisp_slice text, size_t at)
{
	size_t from = at;

	while (from > 0 && at - from < 64 && local_char(text.p[from - 1]))
		from--;
	for (size_t i = from; i < at; i++)
		if (strchr("`{|=/&*?!^#$~", text.p[i]) || (text.p[i] == '\'' && i == from))
			from = i + 1;
	while (from < at && strchr(".'-+%", text.p[from]))
		from++;
	for (size_t i = from; i < at; i++)
		if (is_alnum(text.p[i]) || (unsigned char)text.p[i] >= 0x80)
			return text.p[at - 1] == '.' ? at : from;
	return at;
}

static bool top_level(struct aisp_slice top)
{
	static const char files[] = "png|jpg|jpeg|gif|svg|webp|ico|css|scss|less|js|mjs|ts|tsx|jsx|json|yaml|yml|toml|xml|html|htm|md|txt|py|rb|go|java|c|h|cpp|php|class|local|"
				    "lock|log|woff|ttf|pdf|zip|gz|tar|exe|dll|so|service|conf|cfg|ini|internal|lan|localdomain|arpa|corp";

	if (top.n < 2 || top.n > 24 || one_of(top, files))
		return false;
	for (size_t i = 0; i < top.n; i++)
		if (!is_alpha(top.p[i]) && (unsigned char)top.p[i] < 0x80)
			return aisp_slice_starts(top, AISP_S("xn--"));
	return true;
}

/* git@host:path, user:password@host, module@v1.2.3(…), https://user@host/ */
static bool no_mail(struct aisp_slice text, size_t from, size_t at, size_t end)
{
	char next = at_or(text, end, ' '), after = at_or(text, end + 1, ' ');
	struct aisp_slice before = aisp_slice_to(text, from);

	if (next == '@' || next == '(' || (from > 2 && memcmp(text.p + from - 3, "://", 3) == 0))
		return true;
	if (next == ':' && (one_of(aisp_slice_of(text.p + from, at - from), "git|hg|svn") || after == '/' || is_alnum(after)))
		return true;
	return next == '/' && (aisp_slice_ends(before, AISP_S("/")) || aisp_slice_ends(before, AISP_S(":"))) && !aisp_slice_ends(before, AISP_S("mailto:"));
}

static bool for_examples(struct aisp_slice domain, struct aisp_slice top)
{
	static const char *const domains[] = {"example.com", "example.org", "example.net", "domain.com", "email.com"};

	for (size_t i = 0; i < sizeof domains / sizeof *domains; i++)
		if (aisp_slice_eqi(domain, aisp_slice_z(domains[i])))
			return true;
	return one_of(top, "example|invalid|test|localhost");
}

bool aisp_personal__email(struct aisp_slice text, size_t at, size_t *ret_at, struct aisp_personal__found *ret)
{
	size_t tld = 0, from = local_begin(text, at), end = domain_end(text, at + 1, &tld);

	if (from == at || end == 0 || !is_alnum(text.p[at + 1]) || text.p[end - 1] == '-')
		return false;
	struct aisp_slice top = aisp_slice_of(text.p + tld, end - tld);
	if (!top_level(top) || no_mail(text, from, at, end))
		return false;
	bool example = for_examples(aisp_slice_of(text.p + at + 1, end - at - 1), top);
	bool role = one_of(aisp_slice_of(text.p + from, at - from), "noreply|no-reply|donotreply|do-not-reply|postmaster|mailer-daemon|git|webmaster|root|nobody");
	*ret_at = from;
	*ret = (struct aisp_personal__found){end - from, AISP_PERSONAL_LIKELY, "email", "the form of an e-mail address"};
	if (example || role) {
		ret->certainty = AISP_PERSONAL_POSSIBLE;
		ret->reason = example ? "the form of an e-mail address, in a domain for examples" : "the form of an e-mail address, but no person's";
	}
	return true;
}

/* ---- IP and MAC ---- */
/* RFC 6890 and public resolvers: ranges by first address and length of the prefix. */
static const struct {
	uint32_t from;
	uint8_t bits;
	bool private;
} ranges[] = {{0x0a000000, 8, true},   {0xac100000, 12, true},  {0xc0a80000, 16, true},  {0x64400000, 10, true},  {0x00000000, 8, false},  {0x7f000000, 8, false},
	      {0xe0000000, 3, false},  {0xa9fe0000, 16, false}, {0xc0000000, 24, false}, {0xc0000200, 24, false}, {0xc6120000, 15, false}, {0xc6336400, 24, false},
	      {0xcb007100, 24, false}, {0x08080800, 24, false}, {0x08080400, 24, false}, {0x01010101, 32, false}, {0x01000000, 24, false}, {0x09090900, 24, false}};

static bool special_v4(uint32_t address, bool *ret_private)
{
	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
		if ((address ^ ranges[i].from) >> (32 - ranges[i].bits) == 0) {
			*ret_private = ranges[i].private;
			return !ranges[i].private;
		}
	return (address & 0xffff) == 0 || (address & 0xff00ff) == 0;
}

/* Four numbers of 0 to 255 without leading zeros: the length, 0 when they are none. */
static size_t quad(struct aisp_slice s, uint32_t *ret, unsigned *ret_small)
{
	size_t i = 0;

	*ret = *ret_small = 0;
	for (unsigned k = 0; k < 4; k++) {
		size_t from = i;
		unsigned v = 0;
		while (i < s.n && i - from < 4 && is_digit(s.p[i]))
			v = v * 10 + (unsigned)(s.p[i++] - '0');
		if (i == from || v > 255 || (i - from > 1 && s.p[from] == '0'))
			return 0;
		if (k < 3 && at_or(s, i++, ' ') != '.')
			return 0;
		*ret = *ret << 8 | v;
		*ret_small += v < 20;
	}
	return i;
}

bool aisp_personal__ipv4(struct aisp_slice s, struct aisp_personal__found *ret)
{
	uint32_t address;
	unsigned small;
	bool private = false;
	size_t n = quad(s, &address, &small);
	char next = at_or(s, n, ' ');

	if (!n || is_alnum(next) || next == '_' || next == '-' || (next == '.' && is_alnum(at_or(s, n + 1, ' '))))
		return false;
	bool special = special_v4(address, &private), net = next == '/' && is_digit(at_or(s, n + 1, ' '));
	*ret = (struct aisp_personal__found){n, AISP_PERSONAL_POSSIBLE, "ipv4", NULL};
	if (private)
		ret->reason = "an address of a private network";
	else if (net || (address & 255) == 0)
		ret->reason = "a network, not a host";
	else if (small >= 3)
		ret->reason = "four small numbers: an address or a version";
	else
		*ret = (struct aisp_personal__found){n, AISP_PERSONAL_LIKELY, "ipv4", "a public IPv4 address"};
	if (special)
		ret->certainty = 0;
	return true;
}

/* The groups of an IPv6 address: how many, the end, and whether "::" was among them. */
static unsigned groups_v6(struct aisp_slice s, size_t *ret_n, bool *ret_gap, unsigned *ret_first)
{
	unsigned groups = 0;
	size_t i = 0;

	*ret_gap = false;
	while (i < s.n && groups < 9) {
		size_t from = i;
		unsigned v = 0;
		while (i < s.n && i - from < 5 && hex_of(s.p[i]) >= 0)
			v = v * 16 + (unsigned)hex_of(s.p[i++]);
		if (i - from > 4)
			return 0;
		if (i > from) {
			if (groups++ == 0)
				*ret_first = v;
		}
		if (at_or(s, i, ' ') != ':')
			break;
		if (at_or(s, i + 1, ' ') == ':') {
			if (*ret_gap)
				return 0;
			*ret_gap = true;
			i += 2;
			if (hex_of(at_or(s, i, ' ')) < 0)
				break;
			continue;
		}
		if (hex_of(at_or(s, i + 1, ' ')) < 0)
			break;
		i++;
	}
	*ret_n = i;
	return groups;
}

static bool starts_any(struct aisp_slice s, const char *list)
{
	for (const char *p = list; *p; p += strcspn(p, "|"), p += *p == '|')
		if (aisp_slice_starts(s, aisp_slice_of(p, strcspn(p, "|"))))
			return true;
	return false;
}

bool aisp_personal__ipv6(struct aisp_slice s, struct aisp_personal__found *ret)
{
	size_t n = 0;
	bool gap = false;
	unsigned first = 0, groups = groups_v6(s, &n, &gap, &first);

	if (groups < 2 || groups > 8 || (!gap && groups != 8) || (gap && groups == 8))
		return false;
	char next = at_or(s, n, ' ');
	if (is_alnum(next) || next == '_' || next == ':')
		return false;
	bool global = first >= 0x2000 && first <= 0x3fff, net = next == '/';
	*ret = (struct aisp_personal__found){n, AISP_PERSONAL_LIKELY, "ipv6", "a global IPv6 address"};
	if (global && !starts_any(s, "2001:db8:|2001:DB8:|2001:0db8:|2001:4860:4860:|2606:4700:4700:")) {
		if (net || groups < 3)
			ret->certainty = AISP_PERSONAL_POSSIBLE;
		return true;
	}
	if (groups == 8 && first < 0xfc00)
		return true;
	*ret = (struct aisp_personal__found){n, 0, "ipv6", "an IPv6 address of a special range"};
	return groups >= 3 && (global || first >= 0xfc00);
}

/* The six bytes of a MAC address. */
static bool six_bytes(struct aisp_slice s, char sep, unsigned *ret_any, unsigned *ret_all)
{
	*ret_any = 0;
	*ret_all = 0xff;
	for (size_t i = 0; i < 6; i++) {
		int a = hex_of(s.p[3 * i]), b = hex_of(s.p[3 * i + 1]);
		if (a < 0 || b < 0 || (i < 5 && s.p[3 * i + 2] != sep))
			return false;
		*ret_any |= (unsigned)(a * 16 + b);
		*ret_all &= (unsigned)(a * 16 + b);
	}
	return true;
}

bool aisp_personal__mac(struct aisp_slice s, struct aisp_personal__found *ret)
{
	unsigned any, all;
	char sep = at_or(s, 2, ' '), next = at_or(s, 17, ' ');

	if (s.n < 17 || (sep != ':' && sep != '-') || !six_bytes(s, sep, &any, &all))
		return false;
	if (is_alnum(next) || next == '_' || (next == sep && is_alnum(at_or(s, 18, ' '))) || any == 0 || all == 0xff)
		return false;
	bool doc = starts_any(s, "00:00:5E:00:53|00:00:5e:00:53|01:23:45:67:89|00:11:22:33:44|AA:BB:CC:DD:EE|aa:bb:cc:dd:ee|01:02:03:04:05");
	*ret = (struct aisp_personal__found){17, doc ? AISP_PERSONAL_POSSIBLE : AISP_PERSONAL_LIKELY, "mac", doc ? "the form of a MAC address, as examples use" : "the form of a MAC address"};
	return true;
}

/* ---- IBAN ---- */
static unsigned iban_length(const char *c)
{
	/* Country and length, ISO 13616 registry. */
	static const char table[] =
		"AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24FI18FK18FO18FR27GB22GE22GI23GL18GR27GT28"
		"HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MN20MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29PT25"
		"QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28TL23TN24TR26UA29VA22VG24XK20YE30";

	for (const char *p = table; *p; p += 4)
		if (p[0] == c[0] && p[1] == c[1])
			return (unsigned)(p[2] - '0') * 10 + (unsigned)(p[3] - '0');
	return 0;
}

/* The `want` letters and digits from the begin of s, without single spaces or hyphens: the end, 0 when others come. */
static size_t compact(struct aisp_slice s, unsigned want, char *out)
{
	size_t n = 0, i = 0;

	for (; n < want && i < s.n; i++) {
		char x = s.p[i];
		if ((x == ' ' || x == '-') && n > 3 && is_alnum(at_or(s, i + 1, ' ')))
			continue;
		if (!is_alnum(x))
			return 0;
		out[n++] = x >= 'a' ? (char)(x - 32) : x;
	}
	return n != want || is_alnum(at_or(s, i, ' ')) || at_or(s, i, ' ') == '_' ? 0 : i;
}

bool aisp_personal__iban(struct aisp_slice s, struct aisp_personal__found *ret)
{
	char c[34], turned[34];

	if (s.n < 15 || !is_alpha(s.p[0]) || !is_alpha(s.p[1]) || !is_digit(s.p[2]) || !is_digit(s.p[3]))
		return false;
	char country[2] = {(char)(s.p[0] & ~32), (char)(s.p[1] & ~32)};
	unsigned n = iban_length(country);
	size_t end = n ? compact(s, n, c) : 0;
	if (!end)
		return false;
	memcpy(turned, c + 4, n - 4);
	memcpy(turned + n - 4, c, 4);
	if (aisp_personal__mod97(turned, n) != 1 || aisp_personal__same(c + 4, n - 4))
		return false;
	*ret = (struct aisp_personal__found){end, AISP_PERSONAL_LIKELY, "iban", "country, length and check digits of an IBAN"};
	return true;
}

/* ---- dates ---- */
static size_t number(struct aisp_slice s, size_t at, size_t max, unsigned *ret)
{
	size_t i = at;

	*ret = 0;
	while (i < s.n && i - at < max && is_digit(s.p[i]))
		*ret = *ret * 10 + (unsigned)(s.p[i++] - '0');
	return i < s.n && is_digit(s.p[i]) ? 0 : i - at;
}

static bool year_ok(unsigned y)
{
	return y >= 1900 && y <= 2030;
}

/* 1985-03-12, 12.03.1985, 3/12/85 */
static size_t numeric_date(struct aisp_slice s)
{
	unsigned a, b, c;
	size_t i = number(s, 0, 4, &a), n;

	if (!i)
		return 0;
	char sep = at_or(s, i, ' ');
	if (sep != '-' && sep != '/' && sep != '.')
		return 0;
	if (!(n = number(s, i + 1, 2, &b)) || at_or(s, i + 1 + n, ' ') != sep)
		return 0;
	size_t third = i + n + 2;
	if (!(n = number(s, third, 4, &c)) || n == 3)
		return 0;
	if (i == 4)
		return n <= 2 && year_ok(a) && aisp_personal__ymd(a, b, c) ? third + n : 0;
	if (i > 2)
		return 0;
	if (n == 2 || n == 1)
		c = n == 2 ? 1900 + c : 0;
	return year_ok(c) && (aisp_personal__ymd(c, b, a) || aisp_personal__ymd(c, a, b)) ? third + n : 0;
}

static size_t word_at(struct aisp_slice s, size_t at)
{
	size_t i = at;

	while (i < s.n && i - at < 14 && (is_alpha(s.p[i]) || (unsigned char)s.p[i] >= 0x80))
		i++;
	return i - at;
}

static size_t over(struct aisp_slice s, size_t at, const char *any, size_t most)
{
	size_t i = at;

	while (i < s.n && i - at < most && s.p[i] && strchr(any, s.p[i]))
		i++;
	if (aisp_slice_starts(aisp_slice_from(s, i), AISP_S("de ")) || aisp_slice_starts(aisp_slice_from(s, i), AISP_S("of ")))
		i += 3;
	return i;
}

/* 12 March 1985, 12. März 1985, 12 de marzo de 1985, March 12, 1985 */
static size_t worded_date(struct aisp_slice s)
{
	unsigned day = 0, year = 0;
	size_t i = number(s, 0, 2, &day), n;

	if (i)
		i = over(s, i, ". stndrh-", 4);
	if (!(n = word_at(s, i)) || !aisp_personal__month_of(aisp_slice_of(s.p + i, n)))
		return 0;
	i = over(s, i + n, ".- ,", 3);
	if (!day) {
		if (!(n = number(s, i, 2, &day)))
			return 0;
		i = over(s, i + n, ", stndrh", 4);
	}
	return number(s, i, 4, &year) == 4 && year_ok(year) && day >= 1 && day <= 31 ? i + 4 : 0;
}

bool aisp_personal__date(struct aisp_slice s, struct aisp_personal__found *ret)
{
	size_t n = numeric_date(s);

	if (!n)
		n = worded_date(s);
	if (!n && s.n >= 8 && aisp_personal__digits(s.p, 8) && !is_digit(at_or(s, 8, ' '))) {
		unsigned y = aisp_personal__num(s.p, 4);
		n = year_ok(y) && aisp_personal__ymd(y, aisp_personal__num(s.p + 4, 2), aisp_personal__num(s.p + 6, 2)) ? 8 : 0;
	}
	if (!n || (is_alpha(at_or(s, n, ' ')) && at_or(s, n, ' ') != 'T'))
		return false;
	*ret = (struct aisp_personal__found){n, 0, "birth_date", "a date"};
	return true;
}

/* ---- positions ---- */
size_t aisp_personal__decimal(struct aisp_slice s, double max, unsigned min_places)
{
	size_t i = 0, places = 0;
	double v = 0, scale = 1;

	if (i < s.n && (s.p[i] == '-' || s.p[i] == '+'))
		i++;
	size_t from = i;
	while (i < s.n && i - from < 4 && is_digit(s.p[i]))
		v = v * 10 + (s.p[i++] - '0');
	if (i == from || at_or(s, i, ' ') != '.')
		return 0;
	for (i++; i < s.n && places < 20 && is_digit(s.p[i]); i++, places++)
		v += (s.p[i] - '0') * (scale /= 10);
	return places < min_places || v > max || is_alnum(at_or(s, i, ' ')) ? 0 : i;
}

bool aisp_personal__geo_pair(struct aisp_slice s, struct aisp_personal__found *ret)
{
	size_t a = aisp_personal__decimal(s, 90, 3), i = a;

	if (!a)
		return false;
	while (i < s.n && i - a < 4 && strchr(" ,;", s.p[i]))
		i++;
	size_t b = i > a ? aisp_personal__decimal(aisp_slice_from(s, i), 180, 3) : 0;
	if (!b || at_or(s, i + b, ' ') == ',')
		return false;
	*ret = (struct aisp_personal__found){i + b, 0, "geo_pair", "a latitude and a longitude"};
	return true;
}

/* ---- machine-readable lines of passports and identity cards (ICAO 9303): 2 lines of 44 or 36, 3 lines of 30 ---- */
static unsigned mrz_value(char c)
{
	return is_digit(c) ? (unsigned)(c - '0') : c == '<' ? 0 : (unsigned)(c - 'A') + 10;
}
static bool mrz_check(const char *p, size_t n)
{
	unsigned sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += mrz_value(p[i]) * (unsigned)"\7\3\1"[i % 3];
	return is_digit(p[n]) && sum % 10 == (unsigned)(p[n] - '0');
}

static bool mrz_long(struct aisp_slice s, size_t n, bool first, struct aisp_personal__found *ret)
{
	size_t filler = 0;

	/* number 0-8 check 9, nation, birth 13-18 check 19, sex, expiry 21-26 check 27 */
	if (mrz_check(s.p, 9) && mrz_check(s.p + 13, 6) && mrz_check(s.p + 21, 6)) {
		*ret = (struct aisp_personal__found){n, AISP_PERSONAL_SURE, "mrz", "three check digits of a passport's machine-readable line"};
		return true;
	}
	for (size_t i = 0; i < n; i++)
		filler += s.p[i] == '<';
	*ret = (struct aisp_personal__found){n, AISP_PERSONAL_LIKELY, "mrz", "the first machine-readable line of a passport"};
	return first && filler >= 4 && memchr(s.p + 5, '<', n - 5);
}

static bool mrz_short(struct aisp_slice s, size_t n, bool first, struct aisp_personal__found *ret)
{
	if (mrz_check(s.p, 6) && mrz_check(s.p + 8, 6)) {
		*ret = (struct aisp_personal__found){n, AISP_PERSONAL_SURE, "mrz", "check digits of an identity card's machine-readable line"};
		return true;
	}
	*ret = (struct aisp_personal__found){n, AISP_PERSONAL_LIKELY, "mrz", "the first machine-readable line of an identity card"};
	return first && mrz_check(s.p + 5, 9);
}

bool aisp_personal__mrz(struct aisp_slice s, struct aisp_personal__found *ret)
{
	size_t n = 0;

	while (n < s.n && n < 45 && (is_digit(s.p[n]) || (s.p[n] >= 'A' && s.p[n] <= 'Z') || s.p[n] == '<'))
		n++;
	if (n != 44 && n != 36 && n != 30)
		return false;
	bool first = strchr("PIACV", s.p[0]) && (s.p[0] != 'P' || s.p[1] == '<' || n == 44);
	return n == 30 ? mrz_short(s, n, first, ret) : mrz_long(s, n, first, ret);
}
