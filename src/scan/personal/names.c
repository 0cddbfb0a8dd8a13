/* Names of columns and keys: what they say, in English, German, French, Spanish, Italian, Portuguese, Dutch (and what the rows
 * of identifiers are called).
 *
 * A phrase counts where it is the head of the name: "email_sent_at", "phone_type" and "is_diabetic_flag" tell of something else.
 * Index: the first word of each phrase (and the phrase written as one word) → phrases.
 */
#include "scan/personal/personal_int.h"
#include <pthread.h>

static const struct {
	enum aisp_personal_class cls;
	const char *detector;
	bool strong, free_text;
	const char *phrases;
} vocabulary[] = {
	{AISP_PERSONAL_EMAIL, "email", true, false,
	 "email|e_mail|mail_address|mailaddress|email_address|emailaddress|e_mail_address|emailid|email_id|mail_id|courriel|adresse_mail|adresse_email|adresse_electronique|correo|correo_electronico|correo_e|e_mail_adresse|mailadresse|emailadresse|emailadres|posta_elettronica|indirizzo_email|endereco_de_email|email1|email2|user_email|upn|user_principal_name|replyto|reply_to"},
	{AISP_PERSONAL_EMAIL, "email", false, false, "mail|sender|recipient|cc_address|bcc|username|login|user_name|from_address|to_address"},
	{AISP_PERSONAL_PHONE, "phone", true, false,
	 "phone|phone_number|phonenumber|phone_no|phonenum|phone_num|telephone|telephone_number|tel|tel_no|telno|tel_number|mobile|mobile_number|mobile_no|mobile_phone|mobilephone|cell|cellphone|cell_phone|cell_number|msisdn|fax|fax_number|whatsapp|contact_number|contact_no|telefon|telefonnummer|telefonnr|tel_nr|telnr|handy|handynummer|rufnummer|mobilnummer|mobiltelefon|mobilfunknummer|telephone_portable|numero_telephone|numero_de_telephone|num_tel|tel_portable|telefono|telefono_movil|movil|celular|numero_de_telefono|numero_telefono|cellulare|telefone|telemovel|numero_de_telefone|telefoon|telefoonnummer|mobiel|gsm|gsm_nummer|phone1|phone2|home_phone|work_phone|homephone|workphone|dayphone|landline|emergency_contact_phone|caller_number|caller_id|callerid|ani"},
	{AISP_PERSONAL_NAME, "person_name", true, false,
	 "first_name|firstname|fname|f_name|last_name|lastname|lname|l_name|full_name|fullname|given_name|givenname|given_names|family_name|familyname|middle_name|middlename|mname|middle_initial|maiden_name|surname|sur_name|forename|forenames|customer_name|contact_name|employee_name|patient_name|person_name|client_name|student_name|cardholder|cardholder_name|card_holder|card_holder_name|name_on_card|account_holder|account_holder_name|holder_name|recipient_name|sender_name|author_name|beneficiary_name|borrower_name|applicant_name|candidate_name|doctor_name|physician_name|guardian_name|mother_name|mothers_maiden_name|mother_maiden_name|father_name|spouse_name|next_of_kin|nextofkin|emergency_contact_name|passenger_name|guest_name|member_name|subscriber_name|driver_name|tenant_name|owner_name|buyer_name|seller_name|victim_name|legal_name|preferred_name|nick_name|nickname|reviewer_name|teacher_name|manager_name|"
	 "vorname|nachname|familienname|zuname|rufname|geburtsname|vollstandiger_name|kundenname|ansprechpartner|kontoinhaber|mitarbeitername|patientenname|nom_de_famille|nom_famille|prenom|prenoms|nom_prenom|nom_complet|nom_client|nom_naissance|nom_de_naissance|titulaire|nombre_completo|apellido|apellidos|primer_apellido|segundo_apellido|nombre_cliente|nombre_y_apellidos|cognome|nome_completo|nome_cognome|nominativo|sobrenome|apelido|nome_cliente|primeiro_nome|ultimo_nome|voornaam|achternaam|volledige_naam|tussenvoegsel|voorletters|klantnaam|tilltalsnamn|efternamn|fornamn|etternavn|fornavn|efternavn|imie|nazwisko|imie_i_nazwisko|etunimi|sukunimi|jmeno|prijmeni|isim|soyad|soyisim|姓名|氏名|이름|成员姓名"},
	{AISP_PERSONAL_NAME, "person_name", false, false, "name|nom|nombre|nome|naam|username|user_name|display_name|displayname|contact|author|owner|assignee|initials"},
	{AISP_PERSONAL_BIRTH_DATE, "birth_date", true, false,
	 "dob|d_o_b|date_of_birth|dateofbirth|birth_date|birthdate|birth_day|birthday|birth_dt|birthdt|bday|birth|date_birth|born|born_on|birth_year|year_of_birth|yob|birthyear|patient_dob|geburtsdatum|geburtstag|geb_datum|gebdatum|geb_dat|geboren_am|geburtsjahr|date_de_naissance|date_naissance|datenaissance|naissance|ddn|fecha_nacimiento|fecha_de_nacimiento|fechanacimiento|fec_nac|f_nacimiento|nacimiento|data_nascita|data_di_nascita|datanascita|nascita|data_nascimento|data_de_nascimento|datanascimento|nascimento|dt_nasc|dt_nascimento|geboortedatum|geboorte_datum|gebdat|fodselsdato|fodelsedatum|syntymaaika|data_urodzenia|datum_narozeni|dogum_tarihi|生年月日|出生日期|생년월일"},
	{AISP_PERSONAL_ADDRESS, "address", true, false,
	 "address|addr|home_address|street|street_address|streetaddress|street_name|streetname|address_line|address1|address2|addr1|addr2|address_1|address_2|line1_address|mailing_address|billing_address|shipping_address|ship_address|postal_address|residence|residential_address|house_number|house_no|apartment|apt_no|postcode|post_code|postal_code|postalcode|zip|zipcode|zip_code|plz|postleitzahl|anschrift|adresse|strasse|strassenname|hausnummer|hausnr|hnr|wohnort|wohnadresse|lieferadresse|rechnungsadresse|code_postal|codepostal|adresse_postale|rue|numero_rue|domicile|direccion|calle|codigo_postal|cod_postal|cp_postal|domicilio|indirizzo|via_e_numero|cap_postale|codice_postale|endereco|morada|rua|logradouro|cep|bairro|adres|straat|straatnaam|huisnummer|woonplaats|woonadres|gata|gatuadress|postnummer|adresse_ligne|address_street|地址|住所|주소"},
	{AISP_PERSONAL_ADDRESS, "address", false, false, "city|town|ort|ville|ciudad|citta|cidade|stad|plaats|place_of_birth|birthplace|birth_place|geburtsort|lieu_de_naissance|lieu_naissance|luogo_di_nascita|lugar_de_nacimiento|geboorteplaats|county|region|cap|location_address"},
	{AISP_PERSONAL_NATIONAL_ID, "national_id", true, false,
	 "ssn|ssn4|ssn_last4|last4_ssn|social_security|social_security_number|social_sec_num|socialsecurity|sozialversicherungsnummer|national_id|nationalid|national_id_number|national_identity_number|national_identification|nationalidnumber|tax_id|taxid|tax_number|taxpayer_id|tax_identification_number|tax_file_number|identity_number|identity_card|id_card|id_card_number|idcard|id_document|identification_number|government_id|citizen_id|passport|passport_number|passport_no|passportno|passportnumber|passport_num|reisepass|reisepassnummer|passnummer|passeport|numero_passeport|pasaporte|numero_pasaporte|passaporto|passaporte|paspoort|paspoortnummer|driver_license|drivers_license|driver_license_number|drivers_license_number|driving_license|driving_licence|driverslicense|driverlicense|dl_number|license_number_driver|fuhrerschein|fuhrerscheinnummer|permis_conduire|permis_de_conduire|licencia_conducir|licencia_de_conducir|patente_guida|patente_di_guida|rijbewijs|rijbewijsnummer|visa_number|alien_number|personalausweis|personalausweisnummer|ausweisnummer|steuernummer|steuer_id|steuerid|codice_fiscale|codicefiscale|cod_fiscale|numero_identidad|numero_documento|documento_identidad|nro_documento|carte_identite|numero_securite_sociale|num_secu|numero_secu|bsn|burgerservicenummer|rijksregisternummer|personnummer|mykad|aadhaar|aadhar|aadhaar_number|身份证|身份证号|voter_id|voterid"},
	{AISP_PERSONAL_NATIONAL_ID, "national_id", false, false, "tin|nin|id_number|idnumber|id_no|personal_number|personal_id|documento|document_number|document_no|license_number|licence_number|license_no|nid|national_number|sin"},
	{AISP_PERSONAL_PAYMENT_CARD, "luhn_card", true, false,
	 "credit_card|creditcard|credit_card_number|creditcardnumber|credit_card_no|card_number|cardnumber|card_no|card_num|cardno|cardnum|cc_number|ccnumber|cc_num|ccnum|cc_no|ccn|debit_card|debit_card_number|payment_card|primary_account_number|kreditkarte|kreditkartennummer|kartennummer|carte_bancaire|numero_carte|numero_de_carte|carte_credit|tarjeta|numero_tarjeta|tarjeta_credito|tarjeta_de_credito|numero_de_tarjeta|carta_credito|carta_di_credito|numero_carta|cartao_credito|numero_cartao|cartao_de_credito|creditcardnummer|kaartnummer|cvv|cvc|cvv2|cvc2|card_cvv|card_cvc|card_security_code|card_pin|card_last4|card_expiry|card_expiration"},
	{AISP_PERSONAL_PAYMENT_CARD, "luhn_card", false, false, "card|cc|pan|karte|carte|carta|cartao"},
	{AISP_PERSONAL_BANK_ACCOUNT, "bank_account", true, false,
	 "iban|iban_number|bank_account|bank_account_number|bankaccount|bankaccountnumber|account_number|accountnumber|account_no|accountno|acct_number|acct_no|acct_num|acctnum|acct_nbr|routing_number|routing_no|aba_number|aba_routing|sort_code|sortcode|bsb|bsb_number|ifsc|ifsc_code|clabe|swift_code|bic|bic_code|swift|bankverbindung|kontonummer|konto_nr|kontonr|bankleitzahl|blz|numero_compte|numero_de_compte|compte_bancaire|rib|cuenta_bancaria|numero_cuenta|numero_de_cuenta|conto_corrente|numero_conto|conta_bancaria|numero_conta|rekeningnummer|bankrekening|crypto_wallet|wallet_address|bitcoin_address|btc_address|eth_address|direct_debit_account"},
	{AISP_PERSONAL_BANK_ACCOUNT, "bank_account", false, false, "account_num|acct|account|konto|compte|cuenta|conto|conta"},
	{AISP_PERSONAL_HEALTH, "health", true, false,
	 "diagnosis|diagnoses|diagnosis_code|diagnosis_codes|primary_diagnosis|secondary_diagnosis|icd|icd10|icd_10|icd9|icd_9|icd_code|icd10_code|dx_code|medical|medical_history|medical_condition|medical_conditions|medical_record|medical_record_number|medical_record_no|medical_notes|clinical_notes|mrn|patient_mrn|patient_id|patientid|patient_number|medication|medications|medicine|prescription|prescriptions|drug_name|drug|dosage|allergy|allergies|symptom|symptoms|treatment|treatments|blood_type|blood_group|bloodtype|blood_pressure|systolic|diastolic|heart_rate|heartrate|bmi|glucose|hba1c|cholesterol|hiv_status|hiv|pregnant|pregnancy|pregnancy_status|is_pregnant|disability|disabilities|disability_status|vaccination|vaccination_status|vaccinated|immunization|immunizations|health_condition|health_status|health_insurance|health_insurance_number|health_card_number|insurance_member_id|health_plan|medicare|medicare_number|medicaid|medicaid_id|nhs_number|nhs_no|nhsnumber|npi|npi_number|mental_health|disease|diseases|lab_result|lab_results|test_result_medical|chronic_condition|chronic_conditions|comorbidities|procedure_code_cpt|cpt_code|surgery|hospital_admission|chief_complaint|smoker|smoking_status|alcohol_use|"
	 "diagnose|diagnosen|medikament|medikamente|medikation|krankheit|krankheiten|blutgruppe|allergie|allergien|behandlung|krankenversichertennummer|krankenversicherung|krankenkasse|versichertennummer|schwangerschaft|behinderung|vorerkrankungen|schwerbehinderung|diagnostic|traitement|medicament|medicaments|maladie|groupe_sanguin|antecedents|antecedents_medicaux|diagnostico|medicamento|medicamentos|enfermedad|enfermedades|grupo_sanguineo|tipo_sangre|alergia|alergias|tratamiento|historia_clinica|historial_medico|diagnosi|farmaco|farmaci|malattia|gruppo_sanguigno|terapia|patologia|patologie|doenca|doencas|tipo_sanguineo|medicatie|ziekte|bloedgroep|behandeling|medicijn|medicijnen|aandoening"},
	{AISP_PERSONAL_HEALTH, "health", false, false, "condition|conditions|patient|therapy|weight_kg|height_cm|weight|dx|rx|insurance_id|member_id|policy_number|health|claim_code|sick_leave|sick_days|krankheitstage"},
	{AISP_PERSONAL_BIOMETRIC, "biometric", true, false,
	 "biometric|biometrics|biometric_data|biometric_template|biometric_hash|fingerprint_template|fingerprint_data|finger_print|fingerprints|fingerprint_image|left_thumb|right_thumb|iris|iris_scan|iris_code|iris_template|retina|retina_scan|face_template|face_embedding|face_encoding|face_vector|face_id|faceprint|face_print|facial_recognition|facial_features|voiceprint|voice_print|voice_template|speaker_embedding|palm_print|palmprint|hand_geometry|gait_signature|dna|dna_sequence|genome|genome_sequence|genotype|genetic|genetic_data|genetic_marker|snp|rsid|fingerabdruck|empreinte_digitale|huella_dactilar|huella|impronta_digitale|impressao_digital|vingerafdruk|gesichtsbild|minutiae"},
	{AISP_PERSONAL_BIOMETRIC, "biometric", false, false, "fingerprint|signature_image|face_image|selfie"},
	{AISP_PERSONAL_SPECIAL, "special_category", true, false,
	 "religion|religious|religious_affiliation|religious_belief|religious_beliefs|faith|denomination|ethnicity|ethnic_group|ethnic_origin|ethnic|race|racial_origin|race_ethnicity|sexual_orientation|sexualorientation|sexuality|sex_life|gender_identity|political_party|political_affiliation|political_opinion|political_opinions|political_views|party_affiliation|party_membership|party_registration|trade_union|union_member|union_membership|trade_union_membership|philosophical_belief|caste|tribe|criminal_record|criminal_records|criminal_history|conviction|convictions|immigration_status|asylum_status|"
	 "konfession|religionszugehorigkeit|glaube|ethnie|ethnische_herkunft|ethnische_zugehorigkeit|sexuelle_orientierung|parteimitgliedschaft|partei|gewerkschaft|gewerkschaftsmitglied|gewerkschaftszugehorigkeit|politische_meinung|kirchensteuer|vorstrafen|origine_ethnique|orientation_sexuelle|opinion_politique|opinions_politiques|appartenance_syndicale|syndicat|confession|etnia|origen_etnico|orientacion_sexual|afiliacion_politica|afiliacion_sindical|sindicato|partido_politico|raza|religione|orientamento_sessuale|etnia_origine|iscrizione_sindacale|partito_politico|religiao|orientacao_sexual|filiacao_sindical|raca|raca_cor|geloof|godsdienst|etniciteit|seksuele_geaardheid|vakbondslid|vakbondslidmaatschap|politieke_voorkeur"},
	{AISP_PERSONAL_SPECIAL, "special_category", false, false, "orientation|gender|sex|nationality|marital_status"},
	{AISP_PERSONAL_IP_ADDRESS, "ip", true, false, "ip|ip_address|ipaddress|ip_addr|ipaddr|ipv4|ipv6|client_ip|clientip|user_ip|remote_ip|remote_addr|remoteaddr|source_ip|src_ip|srcip|dst_ip|dest_ip|login_ip|last_login_ip|last_ip|signup_ip|registration_ip|x_forwarded_for|forwarded_for|c_ip|ip_adresse|adresse_ip|direccion_ip|indirizzo_ip|endereco_ip|ip_adres|host_ip|peer_ip"},
	{AISP_PERSONAL_DEVICE, "device_id", true, false, "mac|mac_address|macaddress|mac_addr|macaddr|wifi_mac|bluetooth_mac|bluetooth_address|imei|imei1|imei2|imsi|imeisv|meid|iccid|udid|device_id|deviceid|device_identifier|device_uuid|device_fingerprint|android_id|advertising_id|advertisingid|ad_id|adid|idfa|idfv|gaid|aaid|maid|cookie_id|browser_fingerprint|vin|vehicle_identification_number|license_plate|licence_plate|number_plate|plate_number|kennzeichen|plaque_immatriculation|matricula|targa|kenteken|geratekennung|gerate_id"},
	{AISP_PERSONAL_LOCATION, "location", true, false, "latitude|longitude|geolocation|geo_location|gps|gps_coordinates|gps_location|gps_lat|gps_lon|gps_lng|lat_lng|latlng|lat_long|latlong|lat_lon|latlon|lonlat|lnglat|coordinates|coords|geo_coordinates|geopoint|geo_point|breitengrad|langengrad|koordinaten|standort|coordonnees|coordenadas|latitud|longitud|coordinate|latitudine|longitudine|breedtegraad|lengtegraad|lat|lng|lon|last_location|current_location|home_location"},
	{AISP_PERSONAL_LOCATION, "location", false, false, "long|geo|location|position|geom|geometry|point"},
	{AISP_PERSONAL_FINANCIAL, "financial", true, false,
	 "salary|base_salary|annual_salary|monthly_salary|income|annual_income|household_income|monthly_income|wage|wages|hourly_wage|compensation|bonus|net_worth|networth|credit_score|creditscore|fico|fico_score|credit_rating|credit_limit|account_balance|loan_amount|debt|tax_paid|pension|pay_grade|payroll|gehalt|jahresgehalt|monatsgehalt|bruttogehalt|nettogehalt|lohn|einkommen|kontostand|bonitat|schufa|schufa_score|salaire|salaire_brut|salaire_net|salaire_annuel|revenu|revenus|solde|salario|sueldo|ingresos|ingreso_mensual|saldo|stipendio|reddito|retribuzione|salario_mensal|renda|renda_mensal|ordenado|vencimento|salaris|loon|inkomen|bruto_salaris|saldo_rekening"},
	{AISP_PERSONAL_FINANCIAL, "financial", false, false, "balance|earnings|loan|mortgage|credit|renta"},
	{AISP_PERSONAL_CREDENTIAL, "credential", true, false,
	 "password|passwd|pwd|passwort|kennwort|passcode|passphrase|mot_de_passe|motdepasse|mdp|contrasena|clave_acceso|senha|parola|wachtwoord|password_hash|passwordhash|hashed_password|encrypted_password|password_digest|password_salt|api_key|apikey|api_secret|api_token|apitoken|secret|secret_key|secretkey|client_secret|access_token|accesstoken|refresh_token|refreshtoken|session_token|auth_token|authtoken|bearer_token|id_token|private_key|privatekey|access_key|access_key_id|secret_access_key|ssh_key|otp_secret|totp_secret|mfa_secret|two_factor_secret|recovery_code|recovery_codes|backup_codes|security_answer|security_question_answer|signing_key|encryption_key|webhook_secret|connection_string|oauth_token|jwt|pin_code_hash|pin_hash|reset_token|reset_password_token|remember_token|remember_me_token|device_token|passwort_hash"},
	{AISP_PERSONAL_CREDENTIAL, "credential", false, false, "token|credentials|credential|auth|pin|salt"},
	{AISP_PERSONAL_NONE, "free_text", true, true, "content|body|message|messages|text|notes|note|comment|comments|transcript|prompt|completion|answer|description|question|response|query|input|output|instruction|conversation|remarks|bemerkung|kommentar|nachricht|commentaire|comentario|nota|opmerking"},
};
enum { N_VOCABULARY = sizeof vocabulary / sizeof *vocabulary };

/* Behind a phrase these say that the column is about something else. */
static const char about[] =
	"at|count|cnt|counter|type|types|kind|verified|enabled|disabled|flag|status|state|template|subject|sent|opened|clicked|bounced|confirmed|confirmation|valid|validated|validation|is_valid|optin|opt|preference|preferences|notification|notifications|alerts|length|len|"
	"format|formatted_date|domain|provider|time|timestamp|ts|version|index|idx|rank|level|label|labels|column|regex|pattern|validator|size|limit_reached|rate|max|min|avg|mean|sum|total|required|visible|hidden|policy|country_id|changed|updated|created|requested|required_at|expires|expired|expires_at|expiry|ttl|attempts|failed|failures|"
	"used|usage|consent|source|channel|campaign|list|list_id|queue|server|host|port|client|service|gateway|carrier|model|brand|color|category|class|code_type|group_id|schema|table|path|url|uri|link|icon|image_url|file|filename|folder|dir|condition|operator|token_count|tokens|per|id_fk|fk|pk|ref|reset|reset_at|last|updated_at|strength|hint|age|error|errors|"
	"unit|units|currency|range|band|bucket|percentile|quota|weight|width|height|field|fields|mask|encoding|encoder|score_version|threshold|loss|accuracy|dtype|shape|dim|dims|layer|layers|proj|distance|delta|offset|locked|shared|public|private_flag|allowed|blocked|blacklist|whitelist|method|mode|function|handler|manager_id|num|n|protocol|ms|bytes|hour|days|deliverable|deliverability|unsubscribed|subscribed|thread|thread_id";
static const char about_before[] =
	"is|has|had|num|number_of|count|total|avg|mean|max|min|sum|n|no_of|enable|disable|allow|use|require|requires|show|hide|send|should|can|needs|invalid|valid|missing|unique|distinct|file|product|company|host|server|domain|model|event|table|column|field|class|function|package|module|variable|project|repo|repository|branch|group|role|team|tag|category|brand|app|application|service|device|image|font|display_mode|currency|bus|memory|base|start|end|block|register|input_token|output_token|cancel|cancelled|html|web|contract|email_template|organization|organisation|org|business|shop|store|merchant|vendor|supplier|hotel|restaurant|school|university|hospital|bank|city_of|state|country|region";
static const char persons[] =
	"user|users|customer|customers|employee|employees|patient|patients|person|persons|people|contact|contacts|client|clients|member|members|student|students|staff|candidate|candidates|applicant|applicants|lead|leads|subscriber|subscribers|guest|guests|passenger|passengers|driver|drivers|teacher|teachers|profile|profiles|account_holder|beneficiary|beneficiaries|donor|donors|author|authors|citizen|citizens|voter|voters|crm|hr|payroll|kunde|kunden|mitarbeiter|patienten|personen|personal|clientes|empleado|empleados|usuarios|utilisateurs|salaries|employes|dipendenti|clienti|pazienti|utenti|funcionarios|pacientes|klanten|medewerkers|gebruikers|cardholder|borrower|tenant|tenants|buyer|seller|recipient|sender|owner|resident|residents";

/* ---- index ---- */
enum { ENTRIES = 6000, SLOTS = 8192 };
static struct entry {
	const char *phrase;
	uint8_t n;
	bool joined; /* to be compared without its "_" */
	int16_t vocabulary, row; /* one of them is -1 */
	uint16_t next;
} entries[ENTRIES];
static uint16_t slots[SLOTS];
static unsigned n_entries;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static uint32_t hash_word(const char *p, size_t n, bool skip)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < n; i++)
		if (!skip || p[i] != '_')
			h = (h ^ (unsigned char)p[i]) * 16777619u;
	return h;
}

static void add(const char *phrase, size_t n, int voc, int row)
{
	const char *gap = memchr(phrase, '_', n);

	for (unsigned joined = 0; joined < (gap ? 2u : 1u); joined++) {
		if (n_entries == ENTRIES || n > 60 || (joined && n < 6))
			return;
		uint32_t h = joined ? hash_word(phrase, n, true) : hash_word(phrase, gap ? (size_t)(gap - phrase) : n, false);
		entries[n_entries] = (struct entry){phrase, (uint8_t)n, joined, (int16_t)voc, (int16_t)row, slots[h % SLOTS]};
		slots[h % SLOTS] = (uint16_t)++n_entries;
	}
}

static void build(void)
{
	for (size_t i = 0; i < aisp_personal__n_rows; i++)
		for (const char *p = aisp_personal__rows[i].words; *p;) {
			size_t n = strcspn(p, "|");
			if (aisp_personal__rows[i].cls != AISP_PERSONAL_ADDRESS)
				add(p, n, -1, (int)i);
			p += n + (p[n] == '|');
		}
	for (int i = 0; i < N_VOCABULARY; i++)
		for (const char *p = vocabulary[i].phrases; *p;) {
			size_t n = strcspn(p, "|");
			add(p, n, i, -1);
			p += n + (p[n] == '|');
		}
}

/* Does the entry stand in w at `at`? Its length there, 0 otherwise. */
static size_t matches(const struct entry *e, const struct aisp_personal__words *w, size_t at)
{
	size_t i = 0, k = at;

	for (; i < e->n && k < w->n; i++) {
		if (e->joined && e->phrase[i] == '_')
			continue;
		if (w->p[k++] != e->phrase[i])
			return 0;
	}
	return i == e->n && k < w->n && w->p[k] == '_' ? k - at : 0;
}

struct match {
	const struct entry *e;
	size_t at, n;
};

/* Words of rows that alone mean too many things for a column. */
static bool weak_word(const char *phrase, size_t n)
{
	static const char weak[] = "|contact|card|cards|payment|visa|discover|charged|pay|paid|social|sin|run|rut|nit|rc|r_c|cf|ni|ird|tin|fin|eid|kt|tz|pan|cc|inn|nik|nin|uid|nas|rtn|ach|routing|dni|nif|nie|tc_no|said|singapore|thailand|malaysia|"
				   "mexico|ecuador|egypt|saudi|taiwan|hong_kong|south_africa|income_tax|documento|identidad|extranjero|patient|medicare|handset|carta|carte|karte|tarjeta|cartao|pps|abn|inter|rfc|nss|secu|vitale|sss|dea|provider_id|member_id|subscriber_id|insurance_id|diag|diagnostic|run|patente|id_number|id_no|identity_no|"
				   "diagnosi|cap|tel|postal|ref|self_assessment|hmrc|beneficiary|emirates|egyptian|iqama|zehut|umid|bvn|npi|aba|bic|swift|ipn|avs|ahv|ssn_no_check|emso|taj|oib|nip|fnr|pnr|cpr|cnp|egn|ktp|nric|amka|afm|utr|nino|nhs|ppsn|mbi|npi|idnr|tax_code|device_id|android_id|cedula|contribuinte|perso|ausweis|chart_number|pass_nr|account_num|sofi|";
	char key[40];

	if (n + 2 >= sizeof key)
		return false;
	key[0] = '|';
	memcpy(key + 1, phrase, n);
	key[n + 1] = '|';
	key[n + 2] = 0;
	return strstr(weak, key) != NULL;
}

static size_t collect(const struct aisp_personal__words *w, struct match *ret, size_t max)
{
	size_t found = 0;

	for (size_t at = 1; at < w->n; at++) {
		if (w->p[at - 1] != '_')
			continue;
		const char *end = memchr(w->p + at, '_', w->n - at);
		uint32_t h = hash_word(w->p + at, end ? (size_t)(end - (w->p + at)) : 0, false);
		for (uint16_t i = slots[h % SLOTS]; i && found < max; i = entries[i - 1].next) {
			size_t n = matches(&entries[i - 1], w, at);
			if (n)
				ret[found++] = (struct match){&entries[i - 1], at, n};
		}
	}
	return found;
}

static bool word_in(struct aisp_slice word, const char *list)
{
	struct aisp_personal__words w;

	if (word.n + 2 >= sizeof w.p)
		return false;
	w.p[0] = '_';
	memcpy(w.p + 1, word.p, word.n);
	w.p[word.n + 1] = '_';
	w.n = word.n + 2;
	return aisp_personal__has_word(&w, list);
}

/* What stands around the phrase: -1 it is about something else, 0 not sure, 1 the phrase is the head. */
static int head(const struct aisp_personal__words *w, const struct match *m)
{
	static const char neutral[] =
		"number|numbers|no|nr|nbr|value|values|text|str|string|raw|primary|secondary|home|work|main|full|line|line1|line2|enc|encrypted|masked|clean|cleaned|normalized|original|plain|plaintext|col|of|customer|user|client|patient|employee|member|contact|personal|business|old|new|current|previous|1|2|3|4|address|addr|"
		"hash|hashed|sha256|md5|prefix|suffix|last4|last_4|usd|eur|gbp|amount|gross|net|annual|monthly|yearly|date|dt|day|year|code|codes|id|s|en|de|fr|es|it|pt|nl|us|uk|latin|kana|first|last|name|names|alt|alternate|alternative|emergency|billing|shipping|mailing|street|the|json|list|array|data|info|details|private|mobile|x|y";
	struct aisp_slice behind = aisp_slice_of(w->p + m->at + m->n, w->n - m->at - m->n), before = aisp_slice_of(w->p, m->at), word;
	int sure = 1;

	while (aisp_slice_split(&behind, '_', &word)) {
		if (word.n == 0)
			continue;
		if (word_in(word, about))
			return -1;
		if (!word_in(word, neutral))
			sure = 0;
	}
	/* The word right before. */
	before = before.n ? aisp_slice_to(before, before.n - 1) : before;
	size_t gap = aisp_slice_rchr(before, '_');
	word = aisp_slice_from(before, gap == SIZE_MAX ? 0 : gap + 1);
	if (word.n && word_in(word, about_before))
		return word_in(word, "is|has") ? -1 : 0;
	return sure;
}

static bool overlapped(const struct match *m, const struct match *all, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (all[i].n > m->n && all[i].at <= m->at && all[i].at + all[i].n >= m->at + m->n)
			return true;
	return false;
}

static struct aisp_personal__name name_from(const struct match *m)
{
	const struct entry *e = m->e;

	if (e->vocabulary >= 0)
		return (struct aisp_personal__name){vocabulary[e->vocabulary].cls, vocabulary[e->vocabulary].detector, e->phrase, vocabulary[e->vocabulary].strong,
						    vocabulary[e->vocabulary].free_text};
	const struct aisp_personal__row *row = &aisp_personal__rows[e->row];
	return (struct aisp_personal__name){row->cls, row->name, e->phrase, !weak_word(e->phrase, e->n), false};
}

/* A plain "name" is a person's where the table or the path says so. */
static bool helped(const struct aisp_personal__name *name, struct aisp_slice table, struct aisp_slice parents)
{
	struct aisp_personal__words t, p;

	aisp_personal__fold(table, &t);
	aisp_personal__fold(parents, &p);
	bool person = aisp_personal__has_word(&t, persons) || aisp_personal__has_word(&p, persons);
	if (name->cls == AISP_PERSONAL_HEALTH)
		person = aisp_personal__has_word(&t, "patient|medical|clinical|health|hospital|ehr|emr|fhir|patienten|pacientes|pazienti") || aisp_personal__has_word(&p, "patient|medical|clinical|health");
	return person;
}

/* One phrase in its surroundings; false when it tells of something else. */
static bool meaning_of(const struct match *m, const struct aisp_personal__words *w, struct aisp_slice table, struct aisp_slice parents, struct aisp_personal__name *ret)
{
	int where = head(w, m);
	bool whole = m->n + 2 == w->n;

	*ret = name_from(m);
	if (where < 0 && !(ret->cls == AISP_PERSONAL_HEALTH && whole))
		return false;
	if (where == 0)
		ret->strong = false;
	if (ret->strong || ret->free_text)
		return true;
	/* A weak word for a name counts as the whole name only. */
	if (ret->cls == AISP_PERSONAL_NAME && !whole)
		return false;
	bool helps = ret->cls == AISP_PERSONAL_NAME || ret->cls == AISP_PERSONAL_HEALTH || ret->cls == AISP_PERSONAL_ADDRESS;
	ret->strong = whole && helps && helped(ret, table, parents);
	return true;
}

/* The words of the last part of a path; "customer.email.value": one that says nothing gives way to the part before. */
static struct aisp_slice words_of(struct aisp_slice name, struct aisp_personal__words *ret)
{
	size_t dot = aisp_slice_rchr(name, '.');
	struct aisp_slice parents = dot == SIZE_MAX ? aisp_slice_of(NULL, 0) : aisp_slice_to(name, dot);

	aisp_personal__fold(aisp_slice_to(dot == SIZE_MAX ? name : aisp_slice_from(name, dot + 1), 120), ret);
	if (parents.n && word_in(aisp_slice_of(ret->p + 1, ret->n > 2 ? ret->n - 2 : 0), "value|item|element|text|string|number|raw|list_element|key_value")) {
		size_t before = aisp_slice_rchr(parents, '.');
		aisp_personal__fold(aisp_slice_to(aisp_slice_from(parents, before == SIZE_MAX ? 0 : before + 1), 120), ret);
	}
	return parents;
}

size_t aisp_personal__name_of(struct aisp_slice table, struct aisp_slice name, struct aisp_personal__name *ret, size_t max)
{
	struct aisp_personal__words w;
	struct match all[24];
	size_t n_ret = 0;

	pthread_once(&once, build);
	struct aisp_slice parents = words_of(name, &w);
	size_t n = collect(&w, all, sizeof all / sizeof *all);
	for (size_t i = 0; i < n; i++) {
		struct aisp_personal__name found;
		size_t k = 0;
		if (overlapped(&all[i], all, n) || !meaning_of(&all[i], &w, table, parents, &found))
			continue;
		while (k < n_ret && !(ret[k].cls == found.cls && ret[k].detector == found.detector))
			k++;
		if (k < n_ret)
			ret[k].strong |= found.strong;
		else if (n_ret < max)
			ret[n_ret++] = found;
	}
	return n_ret;
}
