/* The identifiers that have a shape: one row each, and the index from a shape to its rows.
 *
 * A row's shapes use 9 for a digit, A for a letter and X for either (X only in words without separators); "*7-10" is any word
 * of that many characters with digits, which counts only right behind one of the row's words.
 */
#include "scan/personal/personal_int.h"
#include <pthread.h>

#define C(name) aisp_personal__##name
#define P AISP_PERSONAL_POSSIBLE
#define LK AISP_PERSONAL_LIKELY
#define ID AISP_PERSONAL_NATIONAL_ID
#define N9 "999999999"
#define N10 "9999999999"
#define N11 "99999999999"
#define N12 "999999999999"
#define N13 "9999999999999"
#define TAX "tax_id|tax_identification|tax_number|taxpayer|tax_no|tin|fiscal_number|fiscal_id|"
#define NAT "national_id|national_identity|identity_number|id_number|identity_card|id_card|national_number|personal_id|citizen_id|national_insurance|"

const struct aisp_personal__row aisp_personal__rows[] = {
	/* payment and banks */
	{"luhn_card", AISP_PERSONAL_PAYMENT_CARD,
	 "9999999999999|99999999999999|999999999999999|9999999999999999|99999999999999999|999999999999999999|9999999999999999999|"
	 "9999 9999 9999 9999|9999-9999-9999-9999|9999.9999.9999.9999|9999 999999 99999|9999-999999-99999|9999 999999 9999|9999-999999-9999|9999 9999 9999 9|9999 9999 9999 9999 999",
	 C(card), 40, LK, P,
	 "card|credit_card|debit_card|card_number|cardnumber|card_no|card_num|cc|cc_number|ccnumber|cc_num|ccn|ccnum|creditcard|credit_card_number|debitcard|pan|pan_number|payment|"
	 "visa|mastercard|amex|american_express|discover|maestro|kreditkarte|kartennummer|karte|kreditkartennummer|carte|carte_bancaire|carte_bleue|numero_de_carte|"
	 "tarjeta|numero_de_tarjeta|tarjeta_de_credito|carta|carta_di_credito|numero_carta|cartao|numero_do_cartao|cartao_de_credito|creditcardnummer|kaartnummer|charged|pay|paid|primary_account_number"},
	{"us_aba", AISP_PERSONAL_BANK_ACCOUNT, N9 "|9999-9999-9", C(us_aba), 40, 0, 0,
	 "routing|routing_number|routing_no|aba|aba_number|aba_routing|rtn|transit_number|bank_routing|ach"},
	{"bic", AISP_PERSONAL_BANK_ACCOUNT, "AAAAAAAA|AAAAAAAAAAA|XXXXXXXX|XXXXXXXXXXX", C(bic), 8, 0, 0, "bic|swift|swift_code|bic_code|bic_swift|swift_bic"},
	{"uk_sort_code", AISP_PERSONAL_BANK_ACCOUNT, "99-99-99|99 99 99|999999", NULL, 1, 0, 0, "sort_code|sortcode|bank_sort_code"},
	{"account_number", AISP_PERSONAL_BANK_ACCOUNT, "*6-17|999-9999-999999|9999 9999 9999|99999999 99|9999 9999 99 9999999999", NULL, 1, 0, 0,
	 "account_number|account_no|acct|acct_number|acct_no|acct_num|bank_account|account_num|accountnumber|kontonummer|kontonr|numero_de_compte|numero_de_cuenta|numero_cuenta|cuenta_bancaria|"
	 "numero_conto|conto_corrente|numero_da_conta|rekeningnummer|checking_account|savings_account|bankkonto"},
	{"card_cvv", AISP_PERSONAL_PAYMENT_CARD, "999|9999", NULL, 1, 0, 0, "cvv|cvc|cvv2|cvc2|card_verification|security_code|prufziffer_karte"},
	/* North America */
	{"us_ssn", ID, "999-99-9999|999 99 9999|999.99.9999|" N9, C(us_ssn), 1, P, 0,
	 "ssn|ssns|social_security|social_security_number|social_security_no|social|soc_sec|socialsecurity|socialsecuritynumber|ss_number|ss_no|ss_num|ssn_number|ssn_no|us_ssn|taxpayer_identification"},
	{"us_itin", ID, "999-99-9999|999 99 9999|" N9, C(us_itin), 20, P, 0, TAX "itin|individual_taxpayer|individual_taxpayer_identification|us_itin|ssn|taxpayer_identification"},
	{"ca_sin", ID, "999 999 999|999-999-999|" N9, C(ca_sin), 12, P, 0,
	 "sin|sin_number|sin_no|social_insurance|social_insurance_number|social_insurance_no|numero_d_assurance_sociale|assurance_sociale|nas|canada_sin|ca_sin"},
	{"us_mbi", AISP_PERSONAL_HEALTH, "9AA9AA9AA99|9A99AA9AA99|9AA9A99AA99|9A99A99AA99|9AA9-AA9-AA99|9A99-AA9-AA99|9AA9-A99-AA99|9A99-A99-AA99", C(us_mbi), 20, LK, 0,
	 "medicare|mbi|beneficiary|medicare_number|medicare_id|hicn"},
	{"us_npi", AISP_PERSONAL_HEALTH, N10, C(us_npi), 50, 0, 0, "npi|national_provider|npi_number|provider_id|provider_identifier"},
	{"us_dea", AISP_PERSONAL_HEALTH, "AA9999999|A99999999", C(us_dea), 10, 0, 0, "dea|dea_number|dea_no|drug_enforcement|dea_registration"},
	{"mx_curp", ID, "AAAA999999AAAAAAA9|AAAA999999AAAAAA99", C(mx_curp), 10, LK, 0, "curp|clave_unica|mexico|mx_curp"},
	{"mx_rfc", ID, "AAAA999999999|AAAA99999999A|AAAA9999999A9|AAAA9999999AA|AAAA999999A99|AAAA999999A9A|AAAA999999AA9|AAAA999999AAA", C(mx_rfc), 11, P, 0,
	 "rfc|registro_federal|contribuyentes|mx_rfc|" TAX},
	/* South America */
	{"br_cpf", ID, "999.999.999-99|" N11 "|999999999-99", C(br_cpf), 100, LK, 0, "cpf|cadastro_de_pessoas|cpf_cnpj|documento|br_cpf|cadastro_de_pessoas_fisicas|contribuinte"},
	{"br_cnpj", ID, "99.999.999/9999-99|99999999999999", C(br_cnpj), 100, LK, 0, "cnpj|cadastro_nacional|br_cnpj|cpf_cnpj"},
	{"ar_cuit", ID, "99-99999999-9|" N11, C(ar_cuit), 11, LK, 0, "cuit|cuil|cuit_cuil|ar_cuit|clave_unica_de_identificacion"},
	{"ar_dni", ID, "99.999.999|99999999", NULL, 1, 0, 0, "dni|documento_nacional|documento_nacional_de_identidad|nro_documento|numero_de_documento|pe_dni"},
	{"cl_rut", ID, "99.999.999-9|9.999.999-9|99.999.999-A|9.999.999-A|99999999-9|9999999-9|99999999-A|9999999-A|99999999A", C(cl_rut), 11, P, 0, "rut|rut_chileno|run|rol_unico|cl_rut|rut_number|cedula_de_identidad"},
	{"co_nit", ID, "999.999.999-9|999999999-9|" N10, C(co_nit), 11, P, 0, "nit|numero_de_identificacion_tributaria|co_nit|rut"},
	{"co_cc", ID, "9.999.999.999|99.999.999|" N10 "|99999999", NULL, 1, 0, 0, "cedula|cedula_de_ciudadania|ciudadania|cc_number|nuip|cedula_number|numero_de_cedula"},
	{"ec_ci", ID, N10, C(ec_ci), 25, 0, 0, "cedula|cedula_de_identidad|ecuador|ec_ci|cedula_de_ciudadania"},
	/* Europe */
	{"uk_nino", ID, "AA999999A|AA 99 99 99 A|AA-99-99-99-A|AA 999999 A|AA 9999 99A", C(uk_nino), 12, LK, P,
	 "national_insurance|national_insurance_number|national_insurance_no|nino|ni_number|ni_no|insurance_number|ni|uk_nino"},
	{"uk_nhs", AISP_PERSONAL_HEALTH, "999 999 9999|999-999-9999|" N10, C(uk_nhs), 11, P, 0, "nhs|nhs_number|nhs_no|national_health|national_health_service|patient|uk_nhs|hospital_number"},
	{"uk_utr", ID, N10 "|99999 99999", C(uk_utr), 11, 0, 0, "utr|unique_taxpayer|unique_taxpayer_reference|self_assessment|hmrc|tax_reference|" TAX},
	{"de_steuer_id", ID, N11 "|99 999 999 999|999 999 999 99", C(de_steuer), 120, P, 0,
	 "steuer_id|steueridentifikationsnummer|steuer_identifikationsnummer|steuerid|idnr|steuer_idnr|steueridnr|steuernummer|tin|tax_id|tax_identification|identifikationsnummer|steuerliche_identifikationsnummer|steuer_nr|de_steuer_id"},
	{"de_ausweis", ID, "XXXXXXXXXX", C(de_ausweis), 10, 0, 0, "personalausweis|ausweis|ausweisnummer|personalausweisnummer|perso|ausweis_nr|personalausweis_nr|reisepass|reisepassnummer|" NAT},
	{"de_ausweis_short", ID, "*9-9", NULL, 1, 0, 0, "personalausweis|ausweisnummer|personalausweisnummer|ausweis_nr|personalausweis_nr|perso_nr"},
	{"de_rvnr", ID, "99999999A999|99 999999 A 999|99999999 A 999", C(de_rvnr), 80, P, P,
	 "sozialversicherungsnummer|rentenversicherungsnummer|rvnr|svnr|sv_nummer|versicherungsnummer|rv_nummer|rentenversicherung|sozialversicherung"},
	{"fr_nir", ID, "999999999999999|9 99 99 99 999 999 99|9999999999999 99|99999A999999999|9 99 99 9A 999 999 99|99999A9999999 99|9.99.99.99.999.999.99", C(fr_nir), 400, LK, P,
	 "nir|insee|securite_sociale|numero_de_securite_sociale|numero_securite_sociale|no_secu|numero_secu|secu|num_secu|nss|carte_vitale|vitale|social_security|fr_nir|ssn"},
	{"it_codice_fiscale", ID, "AAAAAA99A99A999A|XXXXXXXXXXXXXXXX", C(it_cf), 26, LK, 0, "codice_fiscale|cod_fiscale|codfisc|cod_fisc|codicefiscale|cf|it_cf|tax_code|fiscal_code"},
	{"es_dni", ID, "99999999A|99999999-A|99.999.999-A|99999999 A|99.999.999 A", C(es_dni), 23, LK, P, "dni|nif|documento_nacional|documento_nacional_de_identidad|nif_nie|dni_nie|documento|identidad|es_dni|es_nif"},
	{"es_nie", ID, "A9999999A|A-9999999-A|A9999999-A|A-9999999A", C(es_nie), 100, LK, LK, "nie|extranjero|numero_de_identidad_de_extranjero|nif_nie|dni_nie|dni|documento|es_nie|identidad_de_extranjero"},
	{"pt_nif", ID, N9 "|999 999 999", C(pt_nif), 15, 0, 0, "nif|contribuinte|numero_de_contribuinte|numero_fiscal|numero_de_identificacao_fiscal|identificacao_fiscal|pt_nif|n_contribuinte"},
	{"nl_bsn", ID, N9 "|9999.99.999|999.999.999|9999 99 999|999 999 999", C(nl_bsn), 11, 0, 0,
	 "bsn|burgerservicenummer|sofi|sofinummer|burgerservice_nummer|bsn_nummer|nl_bsn|bsn_number|citizen_service_number"},
	{"be_nrn", ID, "99.99.99-999.99|" N11 "|99.99.99.999.99|99 99 99 999 99|999999-999-99|999999 999 99", C(be_nrn), 120, LK, 0,
	 "rijksregisternummer|rijksregister|registre_national|numero_national|numero_de_registre_national|nrn|insz|niss|rrn|nationaal_nummer|be_nrn|national_register_number|national_number"},
	{"at_svnr", ID, "9999 999999|" N10 "|9999-999999", C(at_svnr), 22, P, 0, "svnr|sv_nr|sozialversicherungsnummer|sozialversicherung|versicherungsnummer|sv_nummer|vsnr"},
	{"ch_ahv", ID, "999.9999.9999.99|" N13, C(ch_ahv), 10000, LK, LK, "ahv|avs|ahv_nummer|ahv_nr|numero_avs|sozialversicherungsnummer|ahvn13|navs13|no_avs"},
	{"pl_pesel", ID, N11, C(pl_pesel), 60, 0, 0, "pesel|numer_pesel|nr_pesel|pesel_number"},
	{"pl_nip", ID, "999-999-99-99|999-99-99-999|" N10, C(pl_nip), 11, P, 0, "nip|numer_nip|numer_identyfikacji_podatkowej|identyfikacji_podatkowej|nr_nip"},
	{"se_personnummer", ID, "999999-9999|99999999-9999|" N10 "|" N12, C(se_pnr), 270, LK, 0, "personnummer|personnr|person_nummer|samordningsnummer|pnr|swedish_personal|personal_identity_number|personal_number|se_personnummer"},
	{"no_fodselsnummer", ID, N11 "|999999 99999", C(no_fnr), 3000, LK, P, "fodselsnummer|fodselsnr|fnr|personnummer|d_nummer|norwegian_id|no_fnr|foedselsnummer"},
	{"dk_cpr", ID, "999999-9999|" N10, C(dk_cpr), 27, P, 0, "cpr|cpr_nummer|cpr_nr|cpr_number|personnummer|cprnr|dk_cpr"},
	{"fi_hetu", ID, "999999-999A|999999-9999|999999A999A|999999A9999", C(fi_hetu), 800, LK, LK, "hetu|henkilotunnus|henkilotunnuksen|sotu|personbeteckning|fi_hetu"},
	{"cz_rodne_cislo", ID, "999999/9999|" N10, C(cz_rc), 200, LK, 0, "rodne_cislo|rodnecislo|rc|r_c|birth_number|rodne_c|cislo_pojistence"},
	{"ro_cnp", ID, N13, C(ro_cnp), 600, P, P, "cnp|cod_numeric_personal|cod_numeric"},
	{"bg_egn", ID, N10, C(bg_egn), 200, 0, 0, "egn|егн|единен_граждански|edinen_grazhdanski"},
	{"hr_oib", ID, N11, C(hr_oib), 10, 0, 0, "oib|osobni_identifikacijski_broj|osobni_identifikacijski"},
	{"gr_amka", ID, N11, C(gr_amka), 270, 0, 0, "amka|αμκα|arithmos_mitroou"},
	{"gr_afm", ID, N9, C(gr_afm), 10, 0, 0, "afm|αφμ|greek_tax"},
	{"hu_taj", ID, N9 "|999 999 999|999-999-999", C(hu_taj), 10, 0, 0, "taj|taj_szam|tajszam|tarsadalombiztositasi"},
	{"ie_pps", ID, "9999999A|9999999AA", C(ie_pps), 23, P, 0, "pps|ppsn|pps_number|pps_no|personal_public_service"},
	{"ee_lt_code", ID, N11, C(ee_ik), 300, 0, 0, "isikukood|asmens_kodas|personal_code|isikukoodi|asmens_kodo"},
	{"lv_personas_kods", ID, "999999-99999", NULL, 1, 0, 0, "personas_kods|personas_koda|personal_code|pers_kods"},
	{"jmbg_emso", ID, N13, C(jmbg), 600, 0, 0, "jmbg|emso|jedinstveni_maticni_broj|maticni_broj|embg"},
	{"ua_rnokpp", ID, N10, C(ua_rnokpp), 11, 0, 0, "rnokpp|рнокпп|ипн|ідентифікаційний|іпн|ukrainian_tax|ipn"},
	{"ru_inn", ID, N12, C(ru_inn), 120, 0, 0, "inn|инн"},
	{"ru_snils", ID, "999-999-999 99|" N11, C(ru_snils), 100, LK, 0, "snils|снилс"},
	{"is_kennitala", ID, "999999-9999|" N10, C(is_kt), 900, P, 0, "kennitala|kt|kennitolu"},
	{"tr_tckn", ID, N11, C(tr_tckn), 100, 0, 0, "tckn|tc_kimlik|kimlik|kimlik_no|tc_kimlik_no|tc_no|kimlik_numarasi|t_c_kimlik"},
	/* Asia, Africa, Oceania */
	{"in_aadhaar", ID, "9999 9999 9999|9999-9999-9999|" N12, C(in_aadhaar), 12, P, 0, "aadhaar|aadhar|uidai|uid|aadhaar_number|aadhaar_no|aadhaar_card|आधार"},
	{"in_pan", ID, "AAAAA9999A", C(in_pan), 3, P, 0, "pan|pan_card|pan_number|pan_no|permanent_account|permanent_account_number|income_tax|in_pan"},
	{"cn_id", ID, "999999999999999999|99999999999999999A", C(cn_id), 2000, LK, LK, "身份证|身份证号|身份证号码|公民身份|居民身份|身分證|shenfenzheng|id_card|resident_identity|resident_id|id_no|idcard|sfz|chinese_id|id_number"},
	{"jp_my_number", ID, "9999 9999 9999|9999-9999-9999|" N12, C(jp_my), 10, 0, 0, "マイナンバー|個人番号|my_number|mynumber|individual_number|kojin_bango"},
	{"kr_rrn", ID, "999999-9999999|" N13, C(kr_rrn), 100, LK, 0, "주민등록번호|주민번호|주민등록|rrn|resident_registration|resident_registration_number|jumin"},
	{"tw_id", ID, "A999999999", C(tw_id), 25, P, P, "身分證|身份證|身分證字號|統一編號|taiwan|national_id|identity_card|id_card|tw_id"},
	{"sg_nric", ID, "A9999999A", C(sg_nric), 60, LK, LK, "nric|fin|nric_fin|ic_number|nric_no|singapore|identity_card|ic_no|nric_number|fin_number"},
	{"hk_id", ID, "A999999(9|AA999999(9|A999999(A|AA999999(A|A9999999|AA9999999|A999999A", C(hk_id), 11, P, 0, "hkid|hk_id|hong_kong_identity|hong_kong_id|identity_card|香港身份證|hkid_card|hong_kong"},
	{"th_id", ID, "9-9999-99999-99-9|9 9999 99999 99 9|" N13, C(th_id), 11, LK, 0, "เลขประจำตัวประชาชน|บัตรประชาชน|thai_id|thai_national|citizen_id|thai_identification|thailand|th_id|thai_citizen|national_id"},
	{"my_nric", ID, "999999-99-9999|" N12, C(my_nric), 30, LK, 0, "nric|mykad|kad_pengenalan|ic_number|ic_no|my_kad|malaysian_ic|no_kp|no_ic|identity_card|malaysia"},
	{"id_nik", ID, "9999999999999999|999999.999999.9999", C(id_nik), 60, 0, 0, "nik|nomor_induk_kependudukan|induk_kependudukan|ktp|no_ktp|nomor_ktp|nik_ktp"},
	{"au_tfn", ID, "999 999 999|999-999-999|" N9 "|99999999|99 999 999", C(au_tfn), 11, P, 0, "tfn|tax_file|tax_file_number|tax_file_no|au_tfn"},
	{"au_medicare", AISP_PERSONAL_HEALTH, "9999 99999 9|9999-99999-9|" N10 "|9999 99999 9 9|9999 99999 9-9|9999 99999 9/9", C(au_medicare), 22, P, 0, "medicare|medicare_number|medicare_card|medicare_no|au_medicare"},
	{"au_abn", ID, "99 999 999 999|" N11, C(au_abn), 89, P, 0, "abn|australian_business|australian_business_number"},
	{"nz_ird", ID, "99-999-999|999-999-999|999 999 999|99 999 999|99999999|" N9, C(nz_ird), 20, P, 0, "ird|ird_number|inland_revenue|ird_no|nz_ird"},
	{"za_id", ID, N13 "|999999 9999 99 9|999999 9999 999", C(za_id), 130, P, P, "sa_id|south_african_id|rsa_id|za_id|said|south_africa|id_number|identity_number|id_no|identity_no"},
	{"il_tz", ID, N9 "|99999999-9|9-9999999-9", C(il_tz), 10, 0, 0, "teudat_zehut|תעודת_זהות|ת_ז|ת.ז|mispar_zehut|israeli_id|israel_id|tz|zehut|מספר_זהות"},
	{"ae_id", ID, "999-9999-9999999-9|999999999999999", C(ae_id), 10000, LK, LK, "emirates_id|emirates|eid|الهوية|uae_id"},
	{"sa_id_number", ID, N10, C(sa_id), 50, 0, 0, "iqama|saudi|iqama_number|saudi_id|الهوية|رقم_الهوية"},
	{"eg_id", ID, "99999999999999", C(eg_id), 40, 0, 0, "egyptian|egypt|egyptian_national_id|الرقم_القومي|egypt_id"},
	{"pk_cnic", ID, "99999-9999999-9|" N13, C(pk_cnic), 1, P, 0, "cnic|nadra|cnic_number|cnic_no"},
	{"ng_nin", ID, N11, NULL, 1, 0, 0, "nin|nigerian_nin|nimc|bvn"},
	{"ph_sss", ID, "99-9999999-9|999-999-999-999|999-999-999", NULL, 1, 0, 0, "sss|sss_number|tin|tin_number|philhealth|umid|sss_no|tin_no"},
	{"vn_cccd", ID, N12, NULL, 1, 0, 0, "cccd|can_cuoc|can_cuoc_cong_dan|so_cccd|cmnd"},
	/* by the words beside them */
	{"passport", ID, "*7-10|AA 9999999|A 9999999|A-9999999", NULL, 1, 0, 0,
	 "passport|passport_number|passport_no|passport_num|passportnumber|passeport|numero_de_passeport|reisepass|reisepassnummer|reisepass_nr|pasaporte|numero_de_pasaporte|passaporto|numero_passaporto|"
	 "passaporte|numero_do_passaporte|paspoort|paspoortnummer|pass_nr|passnummer|护照|护照号|旅券|여권"},
	{"driving_licence", ID, "*6-18|A999-9999-9999|A999-999-99-999-9|A999-999-999-999|999 999 999|99-999-9999|999-999-999", NULL, 1, 0, 0,
	 "driver_license|drivers_license|driver_s_license|driving_licence|driving_license|driver_licence|drivers_licence|driver_s_licence|driver_license_number|drivers_license_number|dl_number|dl_no|license_number|licence_number|dln|"
	 "fuhrerschein|fuhrerscheinnummer|fuehrerschein|permis_de_conduire|numero_de_permis|permiso_de_conducir|licencia_de_conducir|carnet_de_conducir|patente_di_guida|patente|rijbewijs|rijbewijsnummer|carta_de_conducao|cnh|driver_license_no|driving_licence_number|driving_licence_no"},
	{"national_id", ID, "*6-18|99.999.999|999-999-999|9999-9999-9999|999999-9999", NULL, 1, 0, 0,
	 "national_id|national_identity|national_identity_number|national_id_number|national_identification|national_identification_number|identity_card_number|id_card_number|identity_number|citizen_id|"
	 "government_id|gov_id|carte_d_identite|numero_carte_identite|carta_d_identita|tax_identification_number|tax_id_number|tax_id|taxpayer_id|citizen_number|numero_de_identidad|documento_de_identidad"},
	{"mrn", AISP_PERSONAL_HEALTH, "*5-12|999-99-999|99-99-99|999-999-999|AAA-999999|AA-999999", NULL, 1, 0, 0,
	 "mrn|medical_record|medical_record_number|medical_record_no|medical_record_num|patient_id|patient_number|patient_no|patientenummer|patientennummer|health_record|chart_number|hospital_number|hospital_no|numero_de_dossier_medical|historia_clinica"},
	{"health_insurance", AISP_PERSONAL_HEALTH, "*8-14|AAA999999999|AAA 999999999", NULL, 1, 0, 0,
	 "health_insurance|health_insurance_number|insurance_member_id|member_id|subscriber_id|krankenversichertennummer|krankenversicherungsnummer|kvnr|versichertennummer|health_plan|health_card|health_card_number|insurance_id|policy_holder_id|medicaid|medicaid_id|zorgverzekering"},
	{"icd10", AISP_PERSONAL_HEALTH, "A99|A99.9|A99.99|A99.999|A9A|A9A.9|A99.9A|A99.99A|A99.999A|A99.A|A99.A9|A99.9A9A|A99.AA9A|A99.9AAA", NULL, 1, 0, 0,
	 "icd|icd_10|icd10|icd_10_cm|icd10cm|diagnosis|diagnoses|diagnosis_code|dx_code|diagnose|diagnostico|diagnosi|diagnosecode|primary_diagnosis|diagnosis_codes|icd_code"},
	/* devices */
	{"imei", AISP_PERSONAL_DEVICE, "999999999999999|99-999999-999999-9|99 999999 999999 9|999999-99-999999-9", C(imei), 10, 0, 0, "imei|imei_number|device_imei|handset|imei_no|imei1|imei2"},
	{"ad_id", AISP_PERSONAL_DEVICE, "XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX", NULL, 1, 0, 0, "idfa|gaid|aaid|advertising_id|ad_id|device_id|android_id|idfv|adid|maid"},
	/* places */
	{"postcode_us", AISP_PERSONAL_ADDRESS, "99999-9999|99999", NULL, 1, 0, 0, "zip|zip_code|zipcode|postal_code|postcode|plz|postleitzahl|code_postal|codigo_postal|cap|cep|post_code"},
	{"postcode_uk", AISP_PERSONAL_ADDRESS, "A9 9AA|A99 9AA|AA9 9AA|AA99 9AA|A9A 9AA|AA9A 9AA|A99AA|A999AA|AA99AA|AA999AA", NULL, 1, P, 0, "postcode|post_code|postal_code|zip|zip_code|postal"},
	{"postcode_ca", AISP_PERSONAL_ADDRESS, "A9A 9A9|A9A9A9", NULL, 1, P, 0, "postal_code|postcode|code_postal|zip|postal|zip_code"},
	{"postcode_other", AISP_PERSONAL_ADDRESS, "9999 AA|9999AA|99999-999|9999-999|99-999|999 99|9999|999999", NULL, 1, 0, 0, "postcode|postal_code|post_code|cep|codigo_postal|postleitzahl|plz|kod_pocztowy|postnummer|pin_code|pincode|codice_postale"},
};
const size_t aisp_personal__n_rows = sizeof aisp_personal__rows / sizeof *aisp_personal__rows;

/* ---- the index: slots by hash, rows of the same shape chained ---- */
enum { SHAPES = 640, SLOTS = 2048 };
static struct {
	uint32_t shape;
	uint16_t row, next; /* next: place in `shapes` + 1 */
	uint8_t n;
	bool split;
} shapes[SHAPES];
static uint16_t slots[SLOTS]; /* place in `shapes` + 1 */
static unsigned n_shapes;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void add_shape(struct aisp_slice s, size_t row)
{
	uint32_t h = AISP_PERSONAL__SHAPE0;
	bool split = false;

	if (n_shapes == SHAPES || s.n == 0 || s.p[0] == '*')
		return;
	for (size_t i = 0; i < s.n; i++) {
		h = aisp_personal__shape_add(h, s.p[i]);
		split |= s.p[i] != '9';
	}
	uint16_t *slot = &slots[h % SLOTS];
	shapes[n_shapes].shape = h;
	shapes[n_shapes].n = (uint8_t)s.n;
	shapes[n_shapes].row = (uint16_t)row;
	shapes[n_shapes].split = split;
	shapes[n_shapes].next = *slot;
	*slot = (uint16_t)++n_shapes;
}

static void build(void)
{
	for (size_t i = aisp_personal__n_rows; i-- > 0;) {
		struct aisp_slice rest = aisp_slice_z(aisp_personal__rows[i].shapes), part;
		while (aisp_slice_split(&rest, '|', &part))
			add_shape(part, i);
	}
}

const struct aisp_personal__row *aisp_personal__row_of(uint32_t shape, size_t n, uint16_t *at, bool *ret_split)
{
	pthread_once(&once, build);
	uint16_t i = *at ? shapes[*at - 1].next : slots[shape % SLOTS];
	for (; i; i = shapes[i - 1].next) {
		if (shapes[i - 1].shape != shape || shapes[i - 1].n != n)
			continue;
		*at = i;
		*ret_split = shapes[i - 1].split;
		return &aisp_personal__rows[shapes[i - 1].row];
	}
	return NULL;
}

const struct aisp_personal__row *aisp_personal__row_named(const char *name)
{
	for (size_t i = 0; i < aisp_personal__n_rows; i++)
		if (strcmp(aisp_personal__rows[i].name, name) == 0)
			return &aisp_personal__rows[i];
	return NULL;
}

/* ---- spans ---- */
static char shape_of(char c)
{
	return c >= '0' && c <= '9' ? '9' : (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ? 'A' : 0;
}

/* The group of letters and digits at `at`: its length, 0 when it cannot be part of a number. */
static size_t group_at(struct aisp_slice text, size_t at)
{
	size_t i = at;
	bool digit = false, small = false;

	for (; i < text.n && i - at <= AISP_PERSONAL__SPAN && shape_of(text.p[i]); i++) {
		digit |= shape_of(text.p[i]) == '9';
		small |= text.p[i] >= 'a';
	}
	return i - at > AISP_PERSONAL__SPAN || (small && !digit) ? 0 : i - at;
}

static bool ends_here(struct aisp_slice text, size_t at, bool whole)
{
	if (at >= text.n)
		return true;
	char c = text.p[at], after = at + 1 < text.n ? text.p[at + 1] : ' ';
	if (whole || shape_of(c) || c == '_' || c == '@' || (unsigned char)c == 0xc2)
		return false;
	if (c == '-' || c == '/' || c == '+' || c == '=' || c == '%')
		return !shape_of(after);
	if (c == '.' || c == ':' || c == ',')
		return shape_of(after) != '9';
	return true;
}

struct building {
	uint32_t shape, any;
	size_t n, digits, groups;
};

static void add_group(struct aisp_slice group, struct building *b, struct aisp_personal__span *ret)
{
	for (size_t k = 0; k < group.n; k++) {
		char c = group.p[k], s = shape_of(c);
		b->shape = aisp_personal__shape_add(b->shape, s);
		b->any = aisp_personal__shape_add(b->any, 'X');
		b->digits += s == '9';
		ret->compact[b->n++] = c >= 'a' ? (char)(c - 32) : c;
	}
	b->groups++;
}

static void add_end(const struct building *b, size_t end, struct aisp_personal__span *ret)
{
	ret->ends[ret->n_ends].shape = b->shape;
	ret->ends[ret->n_ends].any = b->groups == 1 ? b->any : 0;
	ret->ends[ret->n_ends].n = (uint16_t)b->n;
	ret->ends[ret->n_ends].digits = (uint16_t)b->digits;
	ret->ends[ret->n_ends++].end = (uint16_t)end;
}

/* May another group follow behind this character? A bracket holds one character: A123456(3). */
static bool goes_on(struct aisp_slice text, size_t i)
{
	if (i + 1 >= text.n)
		return false;
	if (text.p[i] == '(')
		return i + 2 < text.n && shape_of(text.p[i + 1]) && text.p[i + 2] == ')';
	return text.p[i] == ' ' || text.p[i] == '-' || text.p[i] == '.' || text.p[i] == '/';
}

void aisp_personal__span_of(struct aisp_slice text, size_t at, bool whole, struct aisp_personal__span *ret)
{
	struct building b = {.shape = AISP_PERSONAL__SHAPE0, .any = AISP_PERSONAL__SHAPE0};
	size_t i = at;

	ret->n_ends = 0;
	while (ret->n_ends < AISP_PERSONAL__ENDS && b.groups < 12) {
		size_t g = group_at(text, i);
		if (g == 0 || b.n + g > AISP_PERSONAL__SPAN || i - at + g > AISP_PERSONAL__SPAN)
			return;
		add_group(aisp_slice_of(text.p + i, g), &b, ret);
		i += g;
		bool closed = b.groups > 1 && text.p[i - g - 1] == '(';
		size_t end = closed ? i + 1 : i;
		if (ends_here(text, end, whole))
			add_end(&b, end - at, ret);
		if (closed || !goes_on(text, i))
			return;
		b.shape = aisp_personal__shape_add(b.shape, text.p[i++]);
	}
}
