/* A guess at what a column holds, by its name and by the form of its values. Pure; nothing of a value is kept.
 *
 * Sources: Luhn check digit (ISO/IEC 7812-1 annex B), IBAN check (ISO 13616: mod 97 is 1), addr-spec (RFC 5322, the
 * part of it that is used), E.164 for the length of phone numbers.
 */
#include "collect/postgres/postgres_int.h"
#include <arpa/inet.h>

const struct aisp_pgc_data_class_row aisp_pgc_data_classes[AISP_PGC_DC_END] = {
#define X(sym, name, sensitivity) [AISP_PGC_DC_##sym] = {name, AISP_SENS_##sensitivity},
	AISP_PGC_DATA_CLASSES(X)
#undef X
};

/* What a type can hold at all. */
enum type_group { TYPE_TEXT = 1, TYPE_NUMBER = 2, TYPE_DATE = 4, TYPE_NET = 8, TYPE_OTHER = 16 };

static enum type_group group_of(struct aisp_slice type)
{
	static const struct {
		const char *prefix;
		enum type_group group;
	} groups[] = {{"text", TYPE_TEXT},      {"character", TYPE_TEXT}, {"varchar", TYPE_TEXT},
		      {"citext", TYPE_TEXT},    {"json", TYPE_TEXT},      {"name", TYPE_TEXT},
		      {"xml", TYPE_TEXT},       {"bytea", TYPE_TEXT},     {"\"char\"", TYPE_OTHER},
		      {"int", TYPE_NUMBER},     {"big", TYPE_NUMBER},     {"small", TYPE_NUMBER},
		      {"numeric", TYPE_NUMBER}, {"real", TYPE_NUMBER},    {"double", TYPE_NUMBER},
		      {"money", TYPE_NUMBER},   {"date", TYPE_DATE},      {"timestamp", TYPE_DATE},
		      {"inet", TYPE_NET},       {"cidr", TYPE_NET},       {"point", TYPE_NUMBER}};
	size_t dot = aisp_slice_rchr(type, '.');
	if (dot != SIZE_MAX)
		type = aisp_slice_from(type, dot + 1);
	if (aisp_slice_starts(type, AISP_S("interval")))
		return TYPE_OTHER;
	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
		if (aisp_slice_starts(type, aisp_slice_z(groups[i].prefix)))
			return groups[i].group;
	return TYPE_OTHER;
}

/* Words are separated and ended by "_"; more than one word must follow one another. */
static const struct {
	const char *words;
	enum aisp_pgc_data_class class;
	unsigned types;
} by_name[] = {
	{"_email_", AISP_PGC_DC_EMAIL, TYPE_TEXT},
	{"_e_mail_", AISP_PGC_DC_EMAIL, TYPE_TEXT},
	{"_mail_", AISP_PGC_DC_EMAIL, TYPE_TEXT},
	{"_mailaddress_", AISP_PGC_DC_EMAIL, TYPE_TEXT},
	{"_phone_", AISP_PGC_DC_PHONE, TYPE_TEXT | TYPE_NUMBER},
	{"_telephone_", AISP_PGC_DC_PHONE, TYPE_TEXT | TYPE_NUMBER},
	{"_phonenumber_", AISP_PGC_DC_PHONE, TYPE_TEXT | TYPE_NUMBER},
	{"_mobile_", AISP_PGC_DC_PHONE, TYPE_TEXT | TYPE_NUMBER},
	{"_msisdn_", AISP_PGC_DC_PHONE, TYPE_TEXT | TYPE_NUMBER},
	{"_tel_", AISP_PGC_DC_PHONE, TYPE_TEXT | TYPE_NUMBER},
	{"_fax_", AISP_PGC_DC_PHONE, TYPE_TEXT | TYPE_NUMBER},
	{"_first_name_", AISP_PGC_DC_NAME, TYPE_TEXT},
	{"_firstname_", AISP_PGC_DC_NAME, TYPE_TEXT},
	{"_last_name_", AISP_PGC_DC_NAME, TYPE_TEXT},
	{"_lastname_", AISP_PGC_DC_NAME, TYPE_TEXT},
	{"_full_name_", AISP_PGC_DC_NAME, TYPE_TEXT},
	{"_fullname_", AISP_PGC_DC_NAME, TYPE_TEXT},
	{"_given_name_", AISP_PGC_DC_NAME, TYPE_TEXT},
	{"_family_name_", AISP_PGC_DC_NAME, TYPE_TEXT},
	{"_middle_name_", AISP_PGC_DC_NAME, TYPE_TEXT},
	{"_maiden_name_", AISP_PGC_DC_NAME, TYPE_TEXT},
	{"_customer_name_", AISP_PGC_DC_NAME, TYPE_TEXT},
	{"_contact_name_", AISP_PGC_DC_NAME, TYPE_TEXT},
	{"_employee_name_", AISP_PGC_DC_NAME, TYPE_TEXT},
	{"_surname_", AISP_PGC_DC_NAME, TYPE_TEXT},
	{"_vorname_", AISP_PGC_DC_NAME, TYPE_TEXT},
	{"_nachname_", AISP_PGC_DC_NAME, TYPE_TEXT},
	{"_address_", AISP_PGC_DC_ADDRESS, TYPE_TEXT},
	{"_street_", AISP_PGC_DC_ADDRESS, TYPE_TEXT},
	{"_postcode_", AISP_PGC_DC_ADDRESS, TYPE_TEXT | TYPE_NUMBER},
	{"_postal_code_", AISP_PGC_DC_ADDRESS, TYPE_TEXT | TYPE_NUMBER},
	{"_zip_", AISP_PGC_DC_ADDRESS, TYPE_TEXT | TYPE_NUMBER},
	{"_zipcode_", AISP_PGC_DC_ADDRESS, TYPE_TEXT | TYPE_NUMBER},
	{"_birth_", AISP_PGC_DC_BIRTH_DATE, TYPE_TEXT | TYPE_DATE},
	{"_birthday_", AISP_PGC_DC_BIRTH_DATE, TYPE_TEXT | TYPE_DATE},
	{"_birthdate_", AISP_PGC_DC_BIRTH_DATE, TYPE_TEXT | TYPE_DATE},
	{"_dob_", AISP_PGC_DC_BIRTH_DATE, TYPE_TEXT | TYPE_DATE},
	{"_ip_", AISP_PGC_DC_IP, TYPE_TEXT | TYPE_NET},
	{"_ipaddress_", AISP_PGC_DC_IP, TYPE_TEXT | TYPE_NET},
	{"_remote_addr_", AISP_PGC_DC_IP, TYPE_TEXT | TYPE_NET},
	{"_latitude_", AISP_PGC_DC_LOCATION, TYPE_TEXT | TYPE_NUMBER},
	{"_longitude_", AISP_PGC_DC_LOCATION, TYPE_TEXT | TYPE_NUMBER},
	{"_lat_", AISP_PGC_DC_LOCATION, TYPE_NUMBER},
	{"_lng_", AISP_PGC_DC_LOCATION, TYPE_NUMBER},
	{"_lon_", AISP_PGC_DC_LOCATION, TYPE_NUMBER},
	{"_geolocation_", AISP_PGC_DC_LOCATION, TYPE_TEXT | TYPE_NUMBER},
	{"_salary_", AISP_PGC_DC_INCOME, TYPE_TEXT | TYPE_NUMBER},
	{"_income_", AISP_PGC_DC_INCOME, TYPE_TEXT | TYPE_NUMBER},
	{"_wage_", AISP_PGC_DC_INCOME, TYPE_TEXT | TYPE_NUMBER},
	{"_card_number_", AISP_PGC_DC_CARD, TYPE_TEXT | TYPE_NUMBER},
	{"_cardnumber_", AISP_PGC_DC_CARD, TYPE_TEXT | TYPE_NUMBER},
	{"_card_no_", AISP_PGC_DC_CARD, TYPE_TEXT | TYPE_NUMBER},
	{"_credit_card_", AISP_PGC_DC_CARD, TYPE_TEXT | TYPE_NUMBER},
	{"_cc_number_", AISP_PGC_DC_CARD, TYPE_TEXT | TYPE_NUMBER},
	{"_cvv_", AISP_PGC_DC_CARD, TYPE_TEXT | TYPE_NUMBER},
	{"_cvc_", AISP_PGC_DC_CARD, TYPE_TEXT | TYPE_NUMBER},
	{"_iban_", AISP_PGC_DC_BANK, TYPE_TEXT},
	{"_bank_account_", AISP_PGC_DC_BANK, TYPE_TEXT | TYPE_NUMBER},
	{"_account_number_", AISP_PGC_DC_BANK, TYPE_TEXT | TYPE_NUMBER},
	{"_routing_number_", AISP_PGC_DC_BANK, TYPE_TEXT | TYPE_NUMBER},
	{"_sort_code_", AISP_PGC_DC_BANK, TYPE_TEXT | TYPE_NUMBER},
	{"_ssn_", AISP_PGC_DC_NATIONAL_ID, TYPE_TEXT | TYPE_NUMBER},
	{"_social_security_", AISP_PGC_DC_NATIONAL_ID, TYPE_TEXT | TYPE_NUMBER},
	{"_passport_", AISP_PGC_DC_NATIONAL_ID, TYPE_TEXT | TYPE_NUMBER},
	{"_national_id_", AISP_PGC_DC_NATIONAL_ID, TYPE_TEXT | TYPE_NUMBER},
	{"_tax_id_", AISP_PGC_DC_NATIONAL_ID, TYPE_TEXT | TYPE_NUMBER},
	{"_diagnosis_", AISP_PGC_DC_HEALTH, TYPE_TEXT},
	{"_medical_", AISP_PGC_DC_HEALTH, TYPE_TEXT},
	{"_prescription_", AISP_PGC_DC_HEALTH, TYPE_TEXT},
	{"_allergies_", AISP_PGC_DC_HEALTH, TYPE_TEXT},
	{"_blood_type_", AISP_PGC_DC_HEALTH, TYPE_TEXT},
	{"_password_", AISP_PGC_DC_CREDENTIAL, TYPE_TEXT},
	{"_passwd_", AISP_PGC_DC_CREDENTIAL, TYPE_TEXT},
	{"_secret_", AISP_PGC_DC_CREDENTIAL, TYPE_TEXT},
	{"_api_key_", AISP_PGC_DC_CREDENTIAL, TYPE_TEXT},
	{"_apikey_", AISP_PGC_DC_CREDENTIAL, TYPE_TEXT},
	{"_access_token_", AISP_PGC_DC_CREDENTIAL, TYPE_TEXT},
	{"_refresh_token_", AISP_PGC_DC_CREDENTIAL, TYPE_TEXT},
	{"_session_token_", AISP_PGC_DC_CREDENTIAL, TYPE_TEXT},
	{"_private_key_", AISP_PGC_DC_CREDENTIAL, TYPE_TEXT},
	{"_content_", AISP_PGC_DC_FREE_TEXT, TYPE_TEXT},
	{"_body_", AISP_PGC_DC_FREE_TEXT, TYPE_TEXT},
	{"_message_", AISP_PGC_DC_FREE_TEXT, TYPE_TEXT},
	{"_notes_", AISP_PGC_DC_FREE_TEXT, TYPE_TEXT},
	{"_comment_", AISP_PGC_DC_FREE_TEXT, TYPE_TEXT},
	{"_comments_", AISP_PGC_DC_FREE_TEXT, TYPE_TEXT},
	{"_transcript_", AISP_PGC_DC_FREE_TEXT, TYPE_TEXT},
	{"_prompt_", AISP_PGC_DC_FREE_TEXT, TYPE_TEXT},
	{"_completion_", AISP_PGC_DC_FREE_TEXT, TYPE_TEXT},
	{"_answer_", AISP_PGC_DC_FREE_TEXT, TYPE_TEXT},
};

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}
static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}
static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}
static bool is_alnum(char c)
{
	return is_lower(c) || is_upper(c) || is_digit(c);
}

/* "CustomerEmail2" → "_customer_email_" */
static size_t words_of(struct aisp_slice name, char *out, size_t size)
{
	size_t n = 0;
	out[n++] = '_';
	for (size_t i = 0; i < name.n && n + 3 < size; i++) {
		char c = name.p[i];
		if (is_upper(c) && i > 0 && is_lower(name.p[i - 1]) && out[n - 1] != '_')
			out[n++] = '_';
		if (is_upper(c))
			c = (char)(c + 32);
		if (is_lower(c))
			out[n++] = c;
		else if (out[n - 1] != '_')
			out[n++] = '_';
	}
	if (out[n - 1] != '_')
		out[n++] = '_';
	return n;
}

unsigned aisp_pgc_classify_name(struct aisp_slice column, struct aisp_slice type)
{
	char words[160];
	struct aisp_slice text = aisp_slice_of(words, words_of(column, words, sizeof words));
	enum type_group group = group_of(type);
	unsigned found = 0;
	for (size_t i = 0; i < sizeof by_name / sizeof *by_name; i++)
		if (by_name[i].types & group && aisp_slice_find(text, aisp_slice_z(by_name[i].words)) != SIZE_MAX)
			found |= 1u << by_name[i].class;
	/* email_address, ip_address, mac_address are no postal addresses */
	if (found & (1u << AISP_PGC_DC_EMAIL | 1u << AISP_PGC_DC_IP) ||
	    aisp_slice_find(text, AISP_S("_mac_")) != SIZE_MAX)
		found &= ~(1u << AISP_PGC_DC_ADDRESS);
	if (aisp_slice_find(text, AISP_S("_city_")) != SIZE_MAX && group == TYPE_TEXT && text.n == 6)
		found |= 1u << AISP_PGC_DC_ADDRESS;
	return found;
}

static bool email_char(char c)
{
	return is_alnum(c) || c == '.' || c == '_' || c == '%' || c == '+' || c == '-';
}

static bool has_email(struct aisp_slice s)
{
	for (size_t at = 0; at < s.n; at++) {
		if (s.p[at] != '@' || at == 0 || !email_char(s.p[at - 1]))
			continue;
		size_t end = at + 1, dot = 0;
		for (; end < s.n && (is_alnum(s.p[end]) || s.p[end] == '.' || s.p[end] == '-'); end++)
			if (s.p[end] == '.' && end + 2 < s.n && is_alnum(s.p[end + 1]) && is_alnum(s.p[end + 2]))
				dot = end;
		if (dot > at + 1)
			return true;
	}
	return false;
}

static bool is_card(struct aisp_slice s)
{
	unsigned sum = 0, n = 0, distinct = 0;
	for (size_t i = s.n; i-- > 0;) {
		if (s.p[i] == ' ' || s.p[i] == '-')
			continue;
		if (!is_digit(s.p[i]))
			return false;
		unsigned d = (unsigned)(s.p[i] - '0');
		distinct |= 1u << d;
		if (n++ % 2) {
			d *= 2;
			if (d > 9)
				d -= 9;
		}
		sum += d;
	}
	return n >= 13 && n <= 19 && sum % 10 == 0 && (distinct & (distinct - 1)) && s.p[0] >= '2' && s.p[0] <= '6';
}

static bool is_iban(struct aisp_slice s)
{
	char c[35];
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == ' ')
			continue;
		if (n == 34 || !(is_upper(s.p[i]) || is_digit(s.p[i])))
			return false;
		c[n++] = s.p[i];
	}
	if (n < 15 || !is_upper(c[0]) || !is_upper(c[1]) || !is_digit(c[2]) || !is_digit(c[3]))
		return false;
	unsigned mod = 0;
	for (size_t i = 0; i < n; i++) {
		char x = c[(i + 4) % n];
		mod = is_digit(x) ? mod * 10 + (unsigned)(x - '0') : mod * 100 + (unsigned)(x - 'A') + 10;
		mod %= 97;
	}
	return mod == 1;
}

static bool is_ip(struct aisp_slice s)
{
	char text[64];
	unsigned char bytes[16];
	s = aisp_slice_to(s, aisp_slice_chr(s, '/'));
	if (s.n < 3 || s.n >= sizeof text)
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

static bool is_phone(struct aisp_slice s)
{
	unsigned digits = 0;
	if (s.n < 8 || s.n > 24 || !(s.p[0] == '+' || s.p[0] == '(' || s.p[0] == '0'))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (is_digit(s.p[i]))
			digits++;
		else if (!memchr("+-()./ ", s.p[i], 7))
			return false;
	}
	return digits >= 8 && digits <= 15;
}

static bool is_credential(struct aisp_slice s)
{
	static const char *const prefixes[] = {"$2a$",  "$2b$",  "$2y$",        "$argon2",       "SCRAM-SHA-256$",
					       "sk-",   "ghp_",  "github_pat_", "glpat-",        "AKIA",
					       "xoxb-", "xoxp-", "-----BEGIN ", "pbkdf2_sha256$"};
	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
		if (aisp_slice_starts(s, aisp_slice_z(prefixes[i])) && s.n >= 20)
			return true;
	return false;
}

static bool is_free_text(struct aisp_slice s)
{
	unsigned spaces = 0;
	for (size_t i = 0; i < s.n; i++)
		spaces += s.p[i] == ' ';
	return s.n >= 60 && spaces >= 8 && s.p[0] != '{' && s.p[0] != '[';
}

unsigned aisp_pgc_classify_value(struct aisp_slice value)
{
	struct aisp_slice s = aisp_slice_trim(value);
	unsigned found = 0;
	if (s.n == 0)
		return 0;
	if (has_email(s))
		found |= 1u << AISP_PGC_DC_EMAIL;
	if (is_ip(s))
		return found | 1u << AISP_PGC_DC_IP;
	if (is_card(s))
		return found | 1u << AISP_PGC_DC_CARD;
	if (is_iban(s))
		return found | 1u << AISP_PGC_DC_BANK;
	if (is_phone(s))
		return found | 1u << AISP_PGC_DC_PHONE;
	if (is_credential(s))
		return found | 1u << AISP_PGC_DC_CREDENTIAL;
	return is_free_text(s) ? found | 1u << AISP_PGC_DC_FREE_TEXT : found;
}
