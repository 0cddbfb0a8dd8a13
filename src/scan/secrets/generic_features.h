/* What the detection by context asks of a candidate: yes or no, each with a weight in generic_weights.h (fitted by
 * tests/accuracy/secrets/fit.py, which reads the names here). Columns: symbol. */
#pragma once
#include <stdint.h>

#define GENERIC_FEATURES(X)                                                                                            \
	/* how it stands */                                                                                            \
	X(FORM_ASSIGN) X(FORM_COLON) X(FORM_ARROW) X(FORM_COMPARE) X(FORM_CALL) X(FORM_COMMA) X(FORM_ELEMENT)            \
	X(FORM_ATTRIBUTE) X(FORM_FLAG) X(FORM_SPACE) X(FORM_IS) X(FORM_URL) X(FORM_BASIC) X(FORM_BEARER) X(FORM_SQL)     \
	X(FORM_COMMAND) X(QUOTED) X(BARE) X(ESCAPED) X(BACKTICK) X(NAME_QUOTED) X(WRAPPED) X(WRAPPED_ODD) X(CONCATENATED)  \
	X(IN_STRING) X(IN_COMMENT) X(BARE_IN_CODE) X(BARE_IN_DOC) X(BARE_IN_STRING) X(BARE_SENTENCE) X(TYPED)             \
	/* the name */                                                                                                 \
	X(N_PASSWORD) X(N_PASS) X(N_SECRET) X(N_TOKEN) X(N_API) X(N_APIKEY) X(N_ACCESS) X(N_KEY) X(N_CRYPT) X(N_AUTH)        \
	X(N_CREDENTIAL) X(N_NONCE) X(N_SALT) X(N_CLIENT) X(N_PRIVATE) X(N_OTP) X(N_COOKIE) X(N_CSRF) X(N_NKEY) X(N_JWT)        \
	X(N_OAUTH) X(N_LAST_STRONG) X(N_ONLY_STRONG) X(N_ID) X(N_NAME) X(N_FILE) X(N_URL) X(N_TYPE) X(N_SIZE) X(N_POLICY)    \
	X(N_FIELD) X(N_LABEL) X(N_ACTION) X(N_STATE) X(N_HASH) X(N_PUBLIC) X(N_TEST) X(N_WRONG) X(N_TIME) X(N_AFFIX) X(N_BOOL)  \
	X(N_NEW) X(N_USER) X(N_DB) X(N_ROOT) X(N_HEADER) X(N_PARSE) X(N_PAGE) X(N_CACHE) X(N_MAP) X(N_CODE) X(N_UPPER) X(N_CAMEL)   \
	X(N_DOTTED) X(N_LONG) X(N_PLURAL) X(N_REMOTE) X(N_VALUE)                                                                              \
	/* the value */                                                                                                \
	X(V_LEN_3) X(V_LEN_4) X(V_LEN_6) X(V_LEN_8) X(V_LEN_10) X(V_LEN_13) X(V_LEN_16) X(V_LEN_20) X(V_LEN_24) X(V_LEN_32)     \
	X(V_LEN_40) X(V_LEN_64) X(V_LEN_100) X(V_LEN_300)                                                                  \
	X(V_LOWER) X(V_UPPER) X(V_ALPHA) X(V_DIGITS) X(V_LOWER_DIGIT) X(V_UPPER_DIGIT) X(V_ALNUM) X(V_HEX) X(V_HEX_LONG)      \
	X(V_BASE64) X(V_BASE64_LONG) X(V_BASE32) X(V_SYMBOL) X(V_SYMBOL_DIGIT) X(V_SPACE) X(V_WORDS_3) X(V_DOT) X(V_SLASH)      \
	X(V_UNDERSCORE) X(V_DASH) X(V_HIGH) X(V_COLON) X(V_TITLE) X(V_CAMEL) X(V_CONSTANT) X(V_SNAKE) X(V_KEBAB) X(V_DOTTED)      \
	X(V_PATH) X(V_URL) X(V_EMAIL) X(V_UUID) X(V_HOST) X(V_DATE) X(V_VERSION) X(V_NUMBER) X(V_IDENT) X(V_CALL) X(V_BRACKETS) \
	X(V_SENTENCE) X(V_PERCENT) X(V_ESCAPES) X(V_JWT) X(V_ALGORITHM)                                           \
	X(V_NATURAL_0) X(V_NATURAL_1) X(V_NATURAL_2) X(V_NATURAL_3) X(V_NATURAL_4) X(V_NO_VOWEL)                              \
	X(V_ENTROPY_0) X(V_ENTROPY_1) X(V_ENTROPY_2) X(V_ENTROPY_3) X(V_ENTROPY_4)                                              \
	X(V_SECRET_WORD) X(V_TEST_WORD) X(V_PLACE_WORD) X(V_CODE_WORD) X(V_COMMON) X(V_PLACEHOLDER) X(V_SAME_AS_NAME)              \
	X(V_SEQUENCE) X(V_REPEAT) X(V_LEET) X(V_TAIL_DIGITS) X(V_MIXED) X(V_DIGIT_RUNS) X(V_TRUNCATED)                              \
	/* where */                                                                                                    \
	X(F_OTHER) X(F_CODE) X(F_SHELL) X(F_CONFIG) X(F_YAML) X(F_JSON) X(F_MARKUP) X(F_DOC) X(F_SQL) X(F_DATA) X(F_LOCK) X(F_STYLE) \
	X(F_TEST) X(F_EXAMPLE) X(F_LOCALE) X(F_DEPLOY) X(F_VENDOR) X(F_DOCS) X(F_MINIFIED)                                      \
	X(C_LONG_LINE) X(C_EXAMPLE) X(C_ASSERT) X(C_USER) X(C_AFTER_COMMA) X(C_AFTER_CLOSE) X(C_AFTER_END) X(C_AFTER_TEXT)       \
	X(C_HOST_LOCAL) X(C_HOST_EXAMPLE) X(C_USER_SAME) X(C_CONNECTION) X(C_CURL) X(C_SCHEMA) X(C_TEMPLATE) X(C_CALL_HINT)           \
	/* groups of the above, and pairs */                                                                            \
	X(P_PASSWORD) X(P_KEY) X(P_DEFUSED) X(P_RANDOM) X(P_READABLE) X(P_SHORT) X(P_MIDDLE) X(P_MARKED) X(P_CONFIG) X(P_MIXED)          \
	X(P_WORD) X(P_LONG_RANDOM) X(P_STRONG) X(P_STRONG_WORD) X(P_CLEAN_PASSWORD) X(P_CLEAN_SECRET)                              \
	/* together */                                                                                                 \
	X(X_PASSWORD_WORD) X(X_PASSWORD_RANDOM) X(X_TOKEN_WORD) X(X_TOKEN_RANDOM) X(X_KEY_WORD) X(X_KEY_RANDOM) X(X_SECRET_WORD)    \
	X(X_SECRET_RANDOM) X(X_STRONG_LONG_RANDOM) X(X_STRONG_WORD_CODE) X(X_STRONG_WORD_CONFIG) X(X_COMMON_DEPLOY)               \
	X(X_PASSWORD_NUMBER) X(X_TOKEN_NUMBER) X(X_COMPARE_WORD) X(X_COMMA_WORD) X(X_CALL_WORD) X(X_DEFUSED_WORD) X(X_DEFUSED_RANDOM) \
	X(X_BARE_WORD) X(X_DOC_WORD) X(X_TEST_WORD) X(X_PASSWORD_NO_VOWEL) X(X_NAME_RANDOM_HEX) X(X_URL_WORD) X(X_URL_COMMON)       \
	X(X_KEY_SHORT) X(X_AUTH_RANDOM) X(X_AUTH_WORD) X(X_PASS_MIXED) X(X_FLAG_WORD) X(X_CLEAN) X(X_PASS_TAIL) X(X_PASS_CLEAN_WORD)   \
	X(X_CLEAN_CONFIG) X(X_CLEAN_CODE) X(X_PASS_CLEAN_MIXED) X(X_SECRET_CLEAN_WORD) X(X_URL_CLEAN)

enum generic_feature {
#define X(sym) GENERIC_##sym,
	GENERIC_FEATURES(X)
#undef X
	GENERIC_FEATURE_END
};
