/* Is the candidate a secret? Hard reasons against it first; then the weights of its features are summed to log odds. The weights
 * (generic_weights.h) are fitted by tests/accuracy/secrets/fit.py on labelled places; each has a name, so a score can be explained. */
#include "scan/secrets/generic_int.h"
#include "scan/secrets/generic_weights.h"
#include "scan/secrets/words_int.h"
#include <pthread.h>

#define HAS(k) generic_has(f, GENERIC_##k)
#define SET(yes, k)                                                                                                    \
	do {                                                                                                           \
		if (yes)                                                                                               \
			generic_set(f, GENERIC_##k);                                                                   \
	} while (0)

static void set_file(unsigned hints, struct generic_features *f)
{
	static const enum generic_feature kinds[] = {GENERIC_F_OTHER, GENERIC_F_CODE, GENERIC_F_SHELL, GENERIC_F_CONFIG,
	        GENERIC_F_YAML, GENERIC_F_JSON,
	        GENERIC_F_MARKUP, GENERIC_F_DOC, GENERIC_F_SQL, GENERIC_F_DATA, GENERIC_F_LOCK, GENERIC_F_STYLE};
	generic_set(f, kinds[hints & 0xf]);
	SET(hints & GENERIC_HINT_TEST, F_TEST);
	SET(hints & GENERIC_HINT_EXAMPLE, F_EXAMPLE);
	SET(hints & GENERIC_HINT_LOCALE, F_LOCALE);
	SET(hints & GENERIC_HINT_DEPLOY, F_DEPLOY);
	SET(hints & GENERIC_HINT_VENDOR, F_VENDOR);
	SET(hints & GENERIC_HINT_DOCS, F_DOCS);
	SET(hints & GENERIC_HINT_MINIFIED, F_MINIFIED);
}

static void set_form(const struct aisp_secrets__generic_ctx *g, const struct generic_candidate *c, struct generic_features *f)
{
	unsigned file = g->hints & 0xff;
	generic_set(f, (enum generic_feature)((int)GENERIC_FORM_ASSIGN + (int)c->form));
	SET(c->quote == GENERIC_QUOTE_DOUBLE || c->quote == GENERIC_QUOTE_SINGLE, QUOTED);
	bool bare = c->quote == GENERIC_QUOTE_NONE && c->form < GENERIC_AS_URL;
	SET(bare, BARE);
	SET(bare && file == GENERIC_FILE_CODE, BARE_IN_CODE);
	SET(bare && file == GENERIC_FILE_DOC, BARE_IN_DOC);
	SET(bare && c->in_string, BARE_IN_STRING);
	SET(bare && aisp_slice_chr(c->value, ' ') != SIZE_MAX, BARE_SENTENCE);
	SET(c->quote == GENERIC_QUOTE_ESCAPED, ESCAPED);
	SET(c->quote == GENERIC_QUOTE_BACKTICK, BACKTICK);
	SET(c->name_quoted, NAME_QUOTED);
	SET(c->wrapped, WRAPPED);
	SET(c->wrapped_odd, WRAPPED_ODD);
	SET(c->concatenated, CONCATENATED);
	SET(c->in_string, IN_STRING);
	SET(c->in_comment, IN_COMMENT);
	SET(c->typed, TYPED);
	SET(c->truncated, V_TRUNCATED);
}

static void set_after(char next, struct generic_features *f)
{
	SET(next == ',', C_AFTER_COMMA);
	SET(next == ')' || next == '}' || next == ']', C_AFTER_CLOSE);
	SET(next == '\n' || next == '\r' || next == ';', C_AFTER_END);
	SET(next == ' ' || generic_is_alpha(next) || next == ':', C_AFTER_TEXT);
}

/* What stands in the line, near the value, in the host: a feature is its bit, counted from C_LONG_LINE. */
static struct aisp_secrets__words in_line, nearby, hosts;
#define BIT(k) ((uint64_t)1 << (GENERIC_##k - GENERIC_C_LONG_LINE))

static void context_fill(void)
{
	static const char *const example[] = {"example", "e.g."}, *const assertion[] = {"assert", "expect", "should", ".equal"};
	static const char *const connection[] = {"server=", "uid=", "dbname=", "data source"}, *const curl[] = {"curl "};
	static const char *const template[] = {"{{", "<%", "{%"}, *const call[] = {"get(", "getenv", "environ", "prompt", "find"};
	static const char *const user[] = {"user", "login", "email", "host"}, *const schema[] = {"\"type\"", "description", "schema"};
	static const char *const local[] = {"localhost", "127.0.0.1"}, *const other[] = {"example", "foo", "host.com", "domain"};
#define ADD(where, list, k) aisp_secrets__words_add(&where, list, sizeof(list) / sizeof(*list), BIT(k))
	ADD(in_line, example, C_EXAMPLE);
	ADD(in_line, assertion, C_ASSERT);
	ADD(in_line, connection, C_CONNECTION);
	ADD(in_line, curl, C_CURL);
	ADD(in_line, template, C_TEMPLATE);
	ADD(in_line, call, C_CALL_HINT);
	ADD(nearby, user, C_USER);
	ADD(nearby, schema, C_SCHEMA);
	ADD(hosts, local, C_HOST_LOCAL);
	ADD(hosts, other, C_HOST_EXAMPLE);
#undef ADD
}

/* What is known at once. */
static void set_around(const struct aisp_secrets__generic_ctx *g, const struct generic_candidate *c, struct generic_features *f)
{
	SET(c->line_end - c->line_at > 600, C_LONG_LINE);
	set_after(c->match_end < g->text.n ? g->text.p[c->match_end] : '\n', f);
	SET(c->host.n && aisp_slice_chr(c->host, '.') == SIZE_MAX, C_HOST_LOCAL);
	SET(c->user.n && aisp_slice_eqi(c->user, c->value), C_USER_SAME);
}

/* What must be looked for. */
static void set_context(const struct aisp_secrets__generic_ctx *g, const struct generic_candidate *c, struct generic_features *f)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	size_t a = c->line_at, e = c->line_end, from = c->name_at > a + 200 ? c->name_at - 200 : a;
	size_t to = e > c->name_at + 400 ? c->name_at + 400 : e;
	size_t near_at = c->name_at > 160 ? c->name_at - 160 : 0,
	       near_to = c->match_end + 120 < g->text.n ? c->match_end + 120 : g->text.n;
	pthread_once(&once, context_fill);
	uint64_t bits = aisp_secrets__words_find(&in_line, aisp_slice_of(g->text.p + from, to > from ? to - from : 0)) |
	                aisp_secrets__words_find(&nearby, aisp_slice_of(g->text.p + near_at, near_to - near_at)) |
	                aisp_secrets__words_find(&hosts, c->host);
	for (; bits; bits &= bits - 1)
		generic_set(f, (enum generic_feature)((int)GENERIC_C_LONG_LINE + __builtin_ctzll(bits)));
}

/* The most that set_context can add. */
static int context_most(const struct generic_candidate *c)
{
	int sum = 0;
	for (int k = GENERIC_C_LONG_LINE; k <= GENERIC_C_CALL_HINT; k++) {
		bool host = k == GENERIC_C_HOST_LOCAL || k == GENERIC_C_HOST_EXAMPLE;
		sum += generic_weights[k] > 0 && (!host || c->host.n) ? generic_weights[k] : 0;
	}
	return sum;
}

static int sum_of(const struct generic_features *f)
{
	int sum = generic_bias;
	for (size_t w = 0; w < sizeof(f->bits) / sizeof(*f->bits); w++)
		for (uint64_t b = f->bits[w]; b; b &= b - 1)
			sum += generic_weights[w * 64 + (size_t)__builtin_ctzll(b)];
	return sum;
}

/* The value repeats the name: password = "password", "dbPassword": "db_password". */
static bool same_as_name(struct aisp_slice name, struct aisp_slice value)
{
	size_t i = name.n, j = value.n, same = 0;
	while (i && j) {
		char a = generic_lower(name.p[i - 1]), b = generic_lower(value.p[j - 1]);
		if (!generic_is_alpha(a) && !generic_is_digit(a)) {
			i--;
		} else if (!generic_is_alpha(b) && !generic_is_digit(b)) {
			j--;
		} else if (a != b) {
			return false;
		} else {
			same++;
			i--;
			j--;
		}
	}
	return same >= 4 && j == 0;
}

/* Features that several others make: any of them. */
static const struct {
	uint16_t any, makes;
} groups[] = {
#define G(a, b) {GENERIC_##a, GENERIC_##b}
	G(N_PASSWORD, P_PASSWORD), G(N_PASS, P_PASSWORD), G(N_KEY, P_KEY), G(N_APIKEY, P_KEY), G(N_ID, P_DEFUSED), G(N_NAME, P_DEFUSED),
	G(N_FILE, P_DEFUSED), G(N_URL, P_DEFUSED), G(N_TYPE, P_DEFUSED), G(N_SIZE, P_DEFUSED), G(N_POLICY, P_DEFUSED), G(N_FIELD,
	        P_DEFUSED),
	G(N_LABEL, P_DEFUSED), G(N_ACTION, P_DEFUSED), G(N_STATE, P_DEFUSED), G(N_HASH, P_DEFUSED), G(N_PUBLIC, P_DEFUSED),
	        G(N_TIME, P_DEFUSED),
	G(N_AFFIX, P_DEFUSED), G(N_BOOL, P_DEFUSED), G(N_PAGE, P_DEFUSED), G(V_NATURAL_0, P_RANDOM), G(V_NATURAL_1, P_RANDOM),
	        G(V_MIXED, P_RANDOM),
	G(V_NO_VOWEL, P_RANDOM), G(V_HEX, P_RANDOM), G(V_DIGIT_RUNS, P_RANDOM), G(V_NATURAL_3, P_READABLE), G(V_NATURAL_4, P_READABLE),
	G(V_LEN_3, P_SHORT), G(V_LEN_4, P_SHORT), G(V_LEN_6, P_SHORT), G(V_LEN_8, P_SHORT), G(V_LEN_10, P_MIDDLE), G(V_LEN_13, P_MIDDLE),
	G(V_COMMON, P_MARKED), G(V_PLACEHOLDER, P_MARKED), G(V_TEST_WORD, P_MARKED), G(V_SECRET_WORD, P_MARKED), G(V_PLACE_WORD,
	        P_MARKED),
	G(V_CODE_WORD, P_MARKED), G(V_SAME_AS_NAME, P_MARKED), G(V_SPACE, P_MARKED), G(F_CONFIG, P_CONFIG), G(F_YAML, P_CONFIG),
	        G(F_SHELL, P_CONFIG),
	G(V_SYMBOL_DIGIT, P_MIXED), G(V_LEET, P_MIXED), G(V_MIXED, P_MIXED),
#undef G
};
/* Pairs whose sum is not the sum of the two. In order: a pair may use what an earlier one made. */
static const struct {
	uint16_t a, b, makes;
} pairs[] = {
#define T(x, y, z) {GENERIC_##x, GENERIC_##y, GENERIC_##z}
	T(P_PASSWORD, P_WORD, X_PASSWORD_WORD), T(P_PASSWORD, P_RANDOM, X_PASSWORD_RANDOM), T(N_TOKEN, P_WORD, X_TOKEN_WORD),
	        T(N_TOKEN, P_RANDOM, X_TOKEN_RANDOM),
	T(P_KEY, P_WORD, X_KEY_WORD), T(P_KEY, P_RANDOM, X_KEY_RANDOM), T(N_SECRET, P_WORD, X_SECRET_WORD), T(N_SECRET, P_RANDOM,
	        X_SECRET_RANDOM),
	T(N_AUTH, P_WORD, X_AUTH_WORD), T(N_AUTH, P_RANDOM, X_AUTH_RANDOM), T(P_WORD, FORM_COMPARE, X_COMPARE_WORD), T(P_WORD,
	        FORM_COMMA, X_COMMA_WORD),
	T(P_WORD, FORM_CALL, X_CALL_WORD), T(P_WORD, FORM_FLAG, X_FLAG_WORD), T(P_WORD, BARE, X_BARE_WORD), T(P_WORD, F_DOC, X_DOC_WORD),
	T(P_WORD, F_TEST, X_TEST_WORD), T(P_WORD, FORM_URL, X_URL_WORD), T(P_STRONG, P_LONG_RANDOM, X_STRONG_LONG_RANDOM),
	        T(N_LAST_STRONG, P_WORD, P_STRONG_WORD),
	T(P_STRONG_WORD, F_CODE, X_STRONG_WORD_CODE), T(P_STRONG_WORD, P_CONFIG, X_STRONG_WORD_CONFIG), T(V_COMMON, F_DEPLOY,
	        X_COMMON_DEPLOY),
	T(P_PASSWORD, V_DIGITS, X_PASSWORD_NUMBER), T(N_TOKEN, V_DIGITS, X_TOKEN_NUMBER), T(P_DEFUSED, P_WORD, X_DEFUSED_WORD),
	T(P_DEFUSED, P_RANDOM, X_DEFUSED_RANDOM), T(P_PASSWORD, V_NO_VOWEL, X_PASSWORD_NO_VOWEL), T(N_LAST_STRONG, V_HEX_LONG,
	        X_NAME_RANDOM_HEX),
	T(V_COMMON, FORM_URL, X_URL_COMMON), T(P_KEY, P_SHORT, X_KEY_SHORT), T(P_PASSWORD, P_MIXED, X_PASS_MIXED), T(X_CLEAN,
	        P_PASSWORD, P_CLEAN_PASSWORD),
	T(P_CLEAN_PASSWORD, V_TAIL_DIGITS, X_PASS_TAIL), T(P_CLEAN_PASSWORD, P_WORD, X_PASS_CLEAN_WORD), T(P_CLEAN_PASSWORD,
	        V_SYMBOL_DIGIT, X_PASS_CLEAN_MIXED),
	T(X_CLEAN, P_CONFIG, X_CLEAN_CONFIG), T(X_CLEAN, F_CODE, X_CLEAN_CODE), T(N_SECRET, X_CLEAN, P_CLEAN_SECRET),
	        T(P_CLEAN_SECRET, P_WORD, X_SECRET_CLEAN_WORD),
#undef T
};

static void set_together(struct generic_features *f)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++)
		if (generic_has(f, (enum generic_feature)groups[i].any))
			generic_set(f, (enum generic_feature)groups[i].makes);
	SET(HAS(P_READABLE) && !HAS(P_RANDOM) && !HAS(V_LEET), P_WORD);
	SET(HAS(P_RANDOM) && !HAS(P_SHORT) && !HAS(P_MIDDLE) && !HAS(V_SPACE), P_LONG_RANDOM);
	SET(HAS(N_LAST_STRONG) && !HAS(P_DEFUSED), P_STRONG);
	SET(HAS(P_STRONG) && !HAS(P_MARKED), X_CLEAN); /* no word of placeholders, tests or code */
	SET(HAS(FORM_URL) && !HAS(P_MARKED), X_URL_CLEAN);
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		if (generic_has(f, (enum generic_feature)pairs[i].a) && generic_has(f, (enum generic_feature)pairs[i].b))
			generic_set(f, (enum generic_feature)pairs[i].makes);
}

/* The part that is judged: what stands in a Basic header is its password. */
static bool basic_password(struct generic_candidate *c, char out[static 96], struct aisp_slice *ret)
{
	unsigned bits = 0, n_bits = 0;
	size_t n = 0;
	for (size_t i = 0; i < c->value.n && n < 96; i++) {
		char ch = c->value.p[i];
		unsigned v;
		if (ch == '=')
			break;
		if (generic_is_alpha(ch))
			v = (unsigned)(ch >= 'a' ? ch - 'a' + 26 : ch - 'A');
		else if (generic_is_digit(ch))
			v = (unsigned)(ch - '0') + 52u;
		else
			v = ch == '+' || ch == '-' ? 62u : 63u;
		bits = (bits << 6 | v) & 0xffffu;
		n_bits += 6;
		if (n_bits < 8)
			continue;
		n_bits -= 8;
		out[n] = (char)(bits >> n_bits & 0xffu);
		if ((unsigned char)out[n] < ' ' || out[n] == 0x7f)
			return false;
		n++;
	}
	struct aisp_slice all = aisp_slice_of(out, n);
	size_t colon = aisp_slice_chr(all, ':');
	if (colon == SIZE_MAX || (colon == 0 && n < 3))
		return false;
	*ret = aisp_slice_from(all, colon + 1);
	return ret->n > 0;
}

/* postgres/postgres where it is deployed: known to all, and still what opens the door. */
static bool deployed_default(const struct generic_features *f)
{
	return HAS(X_COMMON_DEPLOY) && HAS(P_PASSWORD) && HAS(N_LAST_STRONG) && !HAS(P_DEFUSED) && !HAS(V_PLACEHOLDER) &&
	        !HAS(F_TEST) && !HAS(F_EXAMPLE) &&
	       !HAS(F_DOCS) && (HAS(P_CONFIG) || HAS(F_JSON));
}

/* password_hash = "9f86d0…": what is stored in place of the secret. */
static bool stored_digest(const struct generic_features *f, struct aisp_slice v)
{
	static const uint8_t hex[] = {32, 40, 48, 56, 64, 96, 128}, base64[] = {24, 28, 44, 64, 88};
	if (!HAS(N_HASH) || HAS(N_LAST_STRONG))
		return false;
	for (size_t i = 0; HAS(V_HEX_LONG) && i < sizeof hex; i++)
		if (v.n == hex[i])
			return true;
	for (size_t i = 0; v.p[v.n - 1] == '=' && i < sizeof base64; i++)
		if (v.n == base64[i])
			return true;
	return false;
}

/* Anonymous FTP: the password says who asks, if anything. */
static bool anonymous(const struct generic_candidate *c)
{
	return c->form == GENERIC_AS_URL && aisp_slice_eqi(c->user, AISP_S("anonymous"));
}

bool aisp_secrets__generic_score(const struct aisp_secrets__generic_ctx *g, struct generic_candidate *c, bool all)
{
	const int least = (int)(GENERIC_POSSIBLE * 256);
	struct generic_features *f = &c->features;
	char decoded[96];
	struct aisp_slice v = c->value;
	unsigned words = 0;
	if (anonymous(c) || (c->form == GENERIC_AS_BASIC && !basic_password(c, decoded, &v)))
		return false;
	if (c->form != GENERIC_AS_BASIC && aisp_secrets__generic_no_literal(v, c, &words))
		return false;
	*f = (struct generic_features){0};
	if (c->form < GENERIC_AS_URL) {
		aisp_secrets__generic_name(c->name, f);
		SET(same_as_name(c->name, v), V_SAME_AS_NAME);
		if (HAS(N_PUBLIC) && !HAS(N_PASSWORD) && !HAS(N_SECRET) && !HAS(N_PRIVATE))
			return false; /* public keys and their tokens */
	}
	if (c->form != GENERIC_AS_BASIC) /* that it decodes to user:password says enough */
		aisp_secrets__generic_value(v, words, f);
	if (stored_digest(f, v))
		return false;
	set_form(g, c, f);
	set_file(g->hints, f);
	set_around(g, c, f);
	set_together(f);
	if (!all && sum_of(f) + context_most(c) < least && !deployed_default(f))
		return false;
	set_context(g, c, f);
	c->score = sum_of(f) / 256.0;
	if (c->score < GENERIC_POSSIBLE && deployed_default(f))
		c->score = GENERIC_POSSIBLE;
	return true;
}
