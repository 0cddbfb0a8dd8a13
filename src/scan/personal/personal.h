/* Personal and other sensitive data in texts and columns. Pure. Values never leave: a hit has a place, a class and a reason.
 *
 * Two questions: what is in this running text (aisp_personal_text), and what does this column hold, by its name, its type
 * and a sample of its values (aisp_personal_column). A detector is a row: class, pattern or parser, validator (check digits),
 * context words, column names.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "graph/kinds.h"

/* Columns: symbol, name (as in the property data_classes), sensitivity, description */
#define AISP_PERSONAL_CLASSES(X)                                                                                       \
	X(NAME, "name", AISP_SENS_CONFIDENTIAL, "a person's name")                                                     \
	X(EMAIL, "email", AISP_SENS_CONFIDENTIAL, "e-mail address")                                                    \
	X(PHONE, "phone", AISP_SENS_CONFIDENTIAL, "telephone number")                                                  \
	X(ADDRESS, "address", AISP_SENS_CONFIDENTIAL, "postal address or a part that places a person")                 \
	X(BIRTH_DATE, "birth_date", AISP_SENS_CONFIDENTIAL, "date of birth")                                           \
	X(NATIONAL_ID, "national_id", AISP_SENS_RESTRICTED, "national identity, tax or social security number, passport, licence") \
	X(PAYMENT_CARD, "payment_card", AISP_SENS_RESTRICTED, "payment card number")                                   \
	X(BANK_ACCOUNT, "bank_account", AISP_SENS_RESTRICTED, "IBAN or other account number")                          \
	X(HEALTH, "health", AISP_SENS_RESTRICTED, "diagnosis, medication, health record number")                       \
	X(BIOMETRIC, "biometric", AISP_SENS_RESTRICTED, "biometric template or genetic data")                          \
	X(SPECIAL, "special_category", AISP_SENS_RESTRICTED, "religion, ethnicity, sexual orientation, politics, union") \
	X(IP_ADDRESS, "ip_address", AISP_SENS_CONFIDENTIAL, "IP address of a person's device")                         \
	X(DEVICE, "device_id", AISP_SENS_CONFIDENTIAL, "MAC, IMEI, advertising id")                                    \
	X(LOCATION, "location", AISP_SENS_CONFIDENTIAL, "geographic position")                                         \
	X(FINANCIAL, "financial", AISP_SENS_CONFIDENTIAL, "salary, income, credit score, balance")                     \
	X(CREDENTIAL, "credential", AISP_SENS_RESTRICTED, "password, key or token among the data")
enum aisp_personal_class {
	AISP_PERSONAL_NONE,
#define X(sym, ...) AISP_PERSONAL_##sym,
	AISP_PERSONAL_CLASSES(X)
#undef X
	AISP_PERSONAL_END
};
const char *aisp_personal_class_name(enum aisp_personal_class c);
enum aisp_sensitivity aisp_personal_class_sensitivity(enum aisp_personal_class c);

enum aisp_personal_certainty {
	AISP_PERSONAL_POSSIBLE = 1, /* the look only */
	AISP_PERSONAL_LIKELY = 2,   /* look and context, or check digits */
	AISP_PERSONAL_SURE = 3,     /* check digits and context */
};

struct aisp_personal_hit {
	enum aisp_personal_class cls;
	const char *detector; /* static: "us_ssn", "iban", "luhn_card" */
	enum aisp_personal_certainty certainty;
	size_t at, n;         /* in the text */
	uint32_t line;
	const char *reason;   /* static: "check digits and the word \"ssn\" before it" */
};
typedef int aisp_personal_sink(void *ctx, const struct aisp_personal_hit *hit);
/* Hits in order of position; overlapping ones reduced to the best. Linear time. */
int aisp_personal_text(struct aisp_slice text, aisp_personal_sink *sink, void *ctx, struct aisp_err *err);

struct aisp_personal_column {
	struct aisp_slice table, name; /* name may be a path: "customer.contact.mail" */
	struct aisp_slice type;        /* as the source names it; n = 0: unknown */
	const struct aisp_slice *values; /* sampled; p NULL = null */
	size_t n_values;
};
struct aisp_personal_verdict {
	enum aisp_personal_class cls; /* NONE: nothing found */
	const char *detector;
	enum aisp_personal_certainty certainty;
	uint32_t looked_at, matched; /* non-null values looked at, and those that fit */
	bool by_name, by_values;
	char reason[160]; /* "name \"ssn\"; 97 of 100 sampled values have valid check digits" */
};
/* A column may hold several classes (free text): up to max verdicts, the best first. Returns how many. */
size_t aisp_personal_column(const struct aisp_personal_column *col, struct aisp_personal_verdict *ret, size_t max);
