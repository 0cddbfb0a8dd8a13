/* Personal data: check digits against published or hand-made numbers, texts and columns with what they must and must not say. */
#include "base/mem.h"
#include "scan/personal/personal_int.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* ---- check digits: each of these is valid; with its last digit changed it is not ---- */
static void test_checks(void **state)
{
	static const struct {
		aisp_personal__check *valid;
		const char *name, *value;
	} rows[] = {
#define R(check, value) {aisp_personal__##check, #check, value}
		R(card, "4556737586899855"), R(card, "371449635398431"), R(us_aba, "021000021"), R(us_aba, "111000025"), R(us_npi, "1234567893"), R(uk_nhs, "9434765919"), R(uk_nhs, "4010232137"), R(uk_utr, "1123456789"),
		R(ca_sin, "130692544"), R(de_steuer, "86095742719"), R(de_steuer, "65929970489"), R(de_ausweis, "T220001293"), R(de_rvnr, "15070649C103"), R(fr_nir, "255081416802538"), R(it_cf, "RSSMRA85T10A562S"), R(it_cf, "MRTMTT91D08F205J"),
		R(es_dni, "12345678Z"), R(es_nie, "X1234567L"), R(pt_nif, "501442600"), R(nl_bsn, "111222333"), R(be_nrn, "85073003328"), R(at_svnr, "1237010180"), R(ch_ahv, "7569217076985"), R(pl_pesel, "44051401359"), R(pl_nip, "1234563218"),
		R(se_pnr, "8112189876"), R(fi_hetu, "131052308T"), R(cz_rc, "7801233540"), R(ro_cnp, "1800101221144"), R(bg_egn, "7523169263"), R(hr_oib, "33392005961"), R(gr_amka, "01013099997"), R(ie_pps, "1234567T"), R(ee_ik, "37605030299"),
		R(jmbg, "0101006500006"), R(ru_inn, "500100732259"), R(ru_snils, "11223344595"), R(is_kt, "1201743399"), R(tr_tckn, "17291716060"), R(br_cpf, "52998224725"), R(br_cnpj, "11222333000181"), R(ar_cuit, "20267565393"),
		R(cl_rut, "125319092"), R(mx_curp, "BOXW310820HNERXN09"), R(co_nit, "2131234321"), R(ec_ci, "1714307103"), R(in_aadhaar, "234123412346"), R(cn_id, "11010519491231002X"), R(jp_my, "123456789018"), R(tw_id, "A123456789"), R(sg_nric, "S1234567D"),
		R(hk_id, "A1234563"), R(th_id, "1101700230708"), R(au_tfn, "123456782"), R(au_medicare, "2123456701"), R(au_abn, "51824753556"), R(nz_ird, "49091850"), R(za_id, "8001015009087"), R(il_tz, "123456782"), R(ae_id, "784198012345678"), R(imei, "490154203237518"),
		R(us_dea, "AB1234563"), R(gr_afm, "094259216"),
#undef R
	};
	unsigned bad = 0;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char c[24];
		size_t n = strlen(rows[i].value), ok = 0;
		memcpy(c, rows[i].value, n + 1);
		if (!rows[i].valid(c, n)) {
			print_message("%s: %s should be valid\n", rows[i].name, c);
			bad++;
		}
		/* Of the ten last digits (or 26 letters) only one is right; two numbers have a check of two characters. */
		bool digit = c[n - 1] <= '9' && strcmp(rows[i].name, "cn_id") != 0, inner = strcmp(rows[i].name, "au_medicare") == 0 || strcmp(rows[i].name, "is_kt") == 0;
		for (char x = digit ? '0' : 'A'; x <= (digit ? '9' : 'Z'); x++) {
			c[inner ? n - 2 : n - 1] = x;
			ok += rows[i].valid(c, n);
		}
		if (ok > 1) {
			print_message("%s: %zu last characters are valid\n", rows[i].name, ok);
			bad++;
		}
	}
	assert_int_equal(bad, 0);
}

/* ---- texts ---- */
struct hits {
	struct aisp_personal_hit v[32];
	size_t n;
};

static int on_hit(void *ctx, const struct aisp_personal_hit *hit)
{
	struct hits *h = ctx;

	if (h->n < 32)
		h->v[h->n++] = *hit;
	return 0;
}

static void test_text(void **state)
{
	static const struct {
		const char *text, *cls; /* NULL: nothing likely */
		int certainty;
	} rows[] = {
		{"write to jane.roe@mailbox.org now", "email", 2}, {"a@b", NULL, 0}, {"pkg@1.2.3", NULL, 0}, {"git@github.com:a/b.git", NULL, 0}, {"postgres://u:p@db.acme.io/x", NULL, 0}, {"mail someone@example.com", NULL, 0},
		{"Tel: 030 1234567", "phone", 2}, {"(415) 555-2671", "phone", 2}, {"+33 6 12 34 56 78", "phone", 2}, {"+999 123 4567", NULL, 0}, {"part 415-555-2671", NULL, 0}, {"1234567890", NULL, 0},
		{"card 4556 7375 8689 9855", "payment_card", 3}, {"4556737586899855", NULL, 0}, {"card 4242 4242 4242 4242", "payment_card", 2}, {"card 4556 7375 8689 9854", NULL, 0}, {"order 4556-7375-8689-9855", NULL, 0},
		{"IBAN DE89 3704 0044 0532 0130 00", "bank_account", 3}, {"DE89370400440532013000", "bank_account", 2}, {"DE88370400440532013000", NULL, 0},
		{"SSN: 536-22-8726", "national_id", 2}, {"536-22-8726", NULL, 0}, {"SSN: 666-22-8726", NULL, 0}, {"Steuer-ID 86095742719", "national_id", 3}, {"86095742719", NULL, 0}, {"HKID A123456(3)", "national_id", 3},
		{"NHS number 943 476 5919", "health", 3}, {"Codice fiscale RSSMRA85T10A562S", "national_id", 3}, {"\xe8\xba\xab\xe4\xbb\xbd\xe8\xaf\x81\xef\xbc\x9a" "11010519491231002X", "national_id", 3},
		{"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "national_id", 2}, {"L898902C36UTO7408122F1204159ZE184226B<<<<<10", "national_id", 3}, {"passport no. C01X00T47", "national_id", 2},
		{"born on 12 March 1985", "birth_date", 2}, {"released on 12 March 1985", NULL, 0}, {"81.2.69.142", "ip_address", 2}, {"v81.2.69.142", NULL, 0}, {"127.0.0.1", NULL, 0}, {"std::a::b", NULL, 0}, {"2a02:1234:5::1", "ip_address", 2},
		{"3c:22:fb:01:02:03", "device_id", 2}, {"12:30:45", NULL, 0}, {"GPS 48.85837, 2.29448", "location", 2}, {"48.85837, 2.29448", NULL, 0}, {"First name: Ada", "name", 2}, {"first_name: str", NULL, 0},
		{"12 Oak Street, Austin, TX 73301", "address", 2}, {"Hauptstra\xc3\x9f" "e 5, 10115 Berlin", "address", 2}, {"12 rue de la Paix, 75002 Paris", "address", 2}, {"the street was closed", NULL, 0},
		{"The patient was diagnosed with asthma", "health", 2}, {"asthma is a disease", NULL, 0}, {"religion: hindu", "special_category", 2}, {"a hindu temple", NULL, 0}};
	unsigned bad = 0;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct hits h = {.n = 0};
		const struct aisp_personal_hit *best = NULL;
		assert_int_equal(aisp_personal_text(aisp_slice_z(rows[i].text), on_hit, &h, NULL), 0);
		for (size_t k = 0; k < h.n; k++)
			if (h.v[k].certainty >= AISP_PERSONAL_LIKELY && (!best || h.v[k].certainty > best->certainty))
				best = &h.v[k];
		bool right = rows[i].cls ? best && strcmp(aisp_personal_class_name(best->cls), rows[i].cls) == 0 && (int)best->certainty == rows[i].certainty : !best;
		if (!right) {
			print_message("\"%s\": wants %s %d, is %s %s %d\n", rows[i].text, rows[i].cls ? rows[i].cls : "nothing", rows[i].certainty, best ? aisp_personal_class_name(best->cls) : "nothing", best ? best->detector : "",
			              best ? (int)best->certainty : 0);
			bad++;
		}
	}
	assert_int_equal(bad, 0);
}

static void test_places(void **state)
{
	static const char text[] = "one\nmail a.b@mailbox.org\n\nSSN: 536-22-8726 and IBAN DE89 3704 0044 0532 0130 00";
	struct hits h = {.n = 0};

	(void)state;
	assert_int_equal(aisp_personal_text(AISP_S(text), on_hit, &h, NULL), 0);
	assert_int_equal(h.n, 3);
	assert_int_equal(h.v[0].line, 2);
	assert_memory_equal(text + h.v[0].at, "a.b@mailbox.org", h.v[0].n);
	assert_int_equal(h.v[1].line, 4);
	assert_memory_equal(text + h.v[1].at, "536-22-8726", 11);
	assert_int_equal(h.v[2].n, 27);
}

static int stop(void *ctx, const struct aisp_personal_hit *hit)
{
	(void)hit;
	++*(int *)ctx;
	return AISP_E_LIMIT;
}

static void test_sink_stops(void **state)
{
	int calls = 0;

	(void)state;
	assert_int_equal(aisp_personal_text(AISP_S("a.b@mailbox.org c.d@mailbox.org"), stop, &calls, NULL), AISP_E_LIMIT);
	assert_int_equal(calls, 1);
}

/* ---- columns ---- */
static void verdict(const char *table, const char *name, const char *type, const char *const *v, size_t n, const char *cls, int certainty)
{
	struct aisp_slice values[64];
	struct aisp_personal_verdict ret[4];

	for (size_t i = 0; i < n; i++)
		values[i] = aisp_slice_z(v[i]);
	struct aisp_personal_column col = {aisp_slice_z(table), aisp_slice_z(name), aisp_slice_z(type), values, n};
	size_t k = aisp_personal_column(&col, ret, 4);
	const char *is = k ? aisp_personal_class_name(ret[0].cls) : "";
	int got = k ? (int)ret[0].certainty : 0;
	if (cls ? strcmp(is, cls) != 0 || got != certainty : got > certainty)
		fail_msg("%s.%s: wants %s %d, is %s %d (%s)", table, name, cls ? cls : "at most", certainty, is, got, k ? ret[0].reason : "");
}

static void test_columns(void **state)
{
	static const char *const mails[] = {"a@mailbox.org", "b@mailbox.org", "c@mailbox.org", "d@mailbox.org"}, *const flags[] = {"true", "false", "true", "true"}, *const words[] = {"red", "green", "blue", "cyan"},
			 *const cards[] = {"4556737586899855", "5425233430109903", "371449635398431", "4024007103939509", "6011514433546201"}, *const names[] = {"Ann", "Bob", "Cid", "Dan"},
			 *const numbers[] = {"4556737586899855", "4556737586899856", "4556737586899857", "4556737586899858", "4556737586899859", "4556737586899860", "4556737586899861", "4556737586899862", "4556737586899863", "4556737586899864"},
			 *const prose[] = {"please call me back", "or write to jo.doe@mailbox.org today", "thanks a lot for all"}, *const ibans[] = {"DE89370400440532013000", "GB82WEST12345698765432", "FR1420041010050500013M02606"};

	(void)state;
	verdict("t", "email", "text", mails, 4, "email", 3);
	verdict("t", "c1", "text", mails, 4, "email", 3);
	verdict("t", "email", "text", words, 4, NULL, 1);
	verdict("t", "email_verified", "bool", flags, 4, NULL, 0);
	verdict("t", "email", "", NULL, 0, "email", 2);
	verdict("t", "card_number", "text", cards, 5, "payment_card", 3);
	verdict("t", "id", "bigint", numbers, 10, NULL, 0);
	verdict("t", "x", "text", ibans, 3, "bank_account", 3);
	verdict("users", "name", "text", names, 4, "name", 2);
	verdict("products", "name", "text", names, 4, NULL, 1);
	verdict("t", "customer.contact.mail", "text", mails, 4, "email", 3);
	verdict("t", "NACHNAME", "text", names, 4, "name", 2);
	verdict("t", "pr\xc3\xa9nom", "text", names, 4, "name", 2);
	verdict("t", "notes", "text", prose, 3, "email", 2);
	verdict("t", "webhook_secret", "text", mails, 0, "credential", 2);
	verdict("t", "max_tokens", "int", NULL, 0, NULL, 0);
	verdict("t", "created_at", "timestamp", NULL, 0, NULL, 0);
}

/* All that the older classifier of the PostgreSQL collector knew by name. */
static void test_older_names(void **state)
{
	static const struct {
		const char *cls, *names;
	} rows[] = {{"email", "email e_mail mailaddress"}, {"phone", "phone telephone phonenumber mobile msisdn tel fax"}, {"name", "first_name firstname last_name lastname full_name fullname given_name family_name middle_name maiden_name customer_name contact_name employee_name surname vorname nachname"},
		    {"address", "address street postcode postal_code zip zipcode"}, {"birth_date", "birth birthday birthdate dob"}, {"ip_address", "ip ipaddress remote_addr"}, {"location", "latitude longitude lat lng lon geolocation"}, {"financial", "salary income wage"},
		    {"payment_card", "card_number cardnumber card_no credit_card cc_number cvv cvc"}, {"bank_account", "iban bank_account account_number routing_number sort_code"}, {"national_id", "ssn social_security passport national_id tax_id"},
		    {"health", "diagnosis medical prescription allergies blood_type"}, {"credential", "password passwd secret api_key apikey access_token refresh_token session_token private_key"}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct aisp_slice rest = aisp_slice_z(rows[i].names), name;
		while (aisp_slice_split(&rest, ' ', &name)) {
			struct aisp_personal_column col = {.name = name};
			struct aisp_personal_verdict v[4];
			size_t n = aisp_personal_column(&col, v, 4);
			if (n == 0 || strcmp(aisp_personal_class_name(v[0].cls), rows[i].cls) != 0 || v[0].certainty < AISP_PERSONAL_LIKELY)
				fail_msg("%.*s is no %s (%s)", AISP_FMT(name), rows[i].cls, n ? aisp_personal_class_name(v[0].cls) : "nothing");
		}
	}
}

/* Each row can be found by one of its own names, so the index of names has room for all. */
static void test_rows_have_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < aisp_personal__n_rows; i++) {
		const struct aisp_personal__row *row = &aisp_personal__rows[i];
		struct aisp_personal__name names[12];
		struct aisp_slice word = aisp_slice_of(row->words, strcspn(row->words, "|"));
		bool found = row->cls == AISP_PERSONAL_ADDRESS;
		size_t n = aisp_personal__name_of(AISP_S(""), word, names, 12);
		for (size_t k = 0; k < n; k++)
			found |= names[k].cls == row->cls;
		if (!found)
			fail_msg("%s is not found by \"%.*s\"", row->name, AISP_FMT(word));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_checks),  cmocka_unit_test(test_text),        cmocka_unit_test(test_places),         cmocka_unit_test(test_sink_stops),
					   cmocka_unit_test(test_columns), cmocka_unit_test(test_older_names), cmocka_unit_test(test_rows_have_names)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
