/* Vocabularies: single words by what they are (a disease, a medicine, a religion, a kind of street …), and postal addresses in
 * running text, which need them.
 *
 * A term alone says nothing about a person: the text side wants a person beside it ("diagnosed with", "patient", "religion:").
 */
#include "scan/personal/personal_int.h"
#include <pthread.h>

static const struct {
	enum aisp_personal__term term;
	const char *words;
} vocabulary[] = {
	{AISP_PERSONAL__TERM_DISEASE,
	 "diabetes|diabetic|hypertension|cancer|carcinoma|lymphoma|leukemia|leukaemia|melanoma|tumor|tumour|asthma|copd|hiv|aids|hepatitis|tuberculosis|epilepsy|schizophrenia|bipolar|depression|depressive|anxiety|"
	 "autism|adhd|dementia|alzheimer|alzheimers|parkinson|parkinsons|stroke|arrhythmia|angina|infarction|pneumonia|bronchitis|arthritis|osteoporosis|psoriasis|eczema|migraine|anemia|anaemia|"
	 "hypothyroidism|hyperthyroidism|fibromyalgia|lupus|cirrhosis|pancreatitis|appendicitis|colitis|crohn|crohns|endometriosis|pregnant|pregnancy|miscarriage|chlamydia|gonorrhea|syphilis|herpes|"
	 "ptsd|anorexia|bulimia|alcoholism|sclerosis|fibrosis|hemophilia|obesity|gout|glaucoma|hyperlipidemia|hypercholesterolemia|thrombosis|embolism|sepsis|neuropathy|nephropathy|hernia|fracture|"
	 "krebs|diabete|cancro|asma|depresion|hipertension|hypertonie|bluthochdruck|schwangerschaft|schwanger|grossesse|enceinte|epilepsie|demenz|schlaganfall|herzinfarkt|kanker|hypertensie"},
	{AISP_PERSONAL__TERM_MEDICINE,
	 "metformin|insulin|lisinopril|atorvastatin|simvastatin|amlodipine|metoprolol|omeprazole|losartan|albuterol|salbutamol|gabapentin|hydrochlorothiazide|sertraline|levothyroxine|fluoxetine|citalopram|"
	 "escitalopram|venlafaxine|bupropion|trazodone|alprazolam|lorazepam|diazepam|clonazepam|zolpidem|oxycodone|hydrocodone|morphine|fentanyl|tramadol|methadone|buprenorphine|naloxone|adderall|ritalin|"
	 "methylphenidate|lithium|quetiapine|olanzapine|risperidone|aripiprazole|haloperidol|clozapine|warfarin|apixaban|rivaroxaban|clopidogrel|prednisone|prednisolone|amoxicillin|azithromycin|ciprofloxacin|"
	 "doxycycline|ibuprofen|acetaminophen|paracetamol|tamoxifen|methotrexate|adalimumab|humira|truvada|prep|zidovudine|lamotrigine|levetiracetam|carbamazepine|valproate|donepezil|sildenafil|viagra|"
	 "semaglutide|ozempic|chemotherapy|chemotherapie|radiotherapy|dialysis|prozac|zoloft|xanax|lipitor|furosemide|pantoprazole|ramipril|bisoprolol"},
	{AISP_PERSONAL__TERM_RELIGION,
	 "catholic|muslim|moslem|islam|islamic|jewish|judaism|hindu|hinduism|buddhist|buddhism|protestant|evangelical|orthodox|mormon|sikh|atheist|agnostic|christian|christianity|lutheran|baptist|methodist|"
	 "anglican|presbyterian|pentecostal|quaker|shia|sunni|jehovah|katholisch|evangelisch|muslimisch|judisch|konfessionslos|catholique|musulman|musulmana|juif|juive|protestante|catolico|catolica|judio|cattolico|cattolica|ebreo|hindou"},
	{AISP_PERSONAL__TERM_ETHNIC,
	 "caucasian|hispanic|latino|latina|latinx|african|asian|white|black|arab|roma|indigenous|aboriginal|maori|inuit|navajo|cherokee|kurdish|romani|sinti|mestizo|mulatto|biracial|multiracial|"
	 "gitano|gypsy|uyghur|tamil|berber|pacific|native|middle_eastern"},
	{AISP_PERSONAL__TERM_ORIENTATION,
	 "gay|lesbian|bisexual|homosexual|heterosexual|transgender|transsexual|queer|asexual|pansexual|nonbinary|straight|lgbt|lgbtq|intersex|homosexuel|lesbienne|lesbisch|schwul|bisexuell|homosexuell|lesbiana|hetero"},
	{AISP_PERSONAL__TERM_POLITICS,
	 "republican|democrat|labour|conservative|socialist|communist|libertarian|green|liberal|tory|marxist|anarchist|cdu|csu|spd|afd|fdp|vox|psoe|podemos|unionist|unison|verdi|teamsters|ufcw|seiu|aflcio"},
	{AISP_PERSONAL__TERM_BIOMETRIC, "fingerprint|fingerprints|faceprint|voiceprint|iris|retina|retinal|palmprint|genome|genotype|dna|minutiae|fingerabdruck|empreinte|huella"},
	{AISP_PERSONAL__TERM_MONTH,
	 "january|jan|januar|janvier|enero|ene|gennaio|gen|janeiro|januari|janv|janner|february|feb|februar|fevrier|febrero|febbraio|fevereiro|fev|februari|fevr|march|mar|marz|mars|"
	 "marzo|marco|maart|mrt|maerz|april|apr|avril|abril|aprile|abr|avr|may|mai|mayo|maggio|mag|maio|mei|june|jun|juni|juin|junio|giugno|giu|junho|july|jul|juli|juillet|julio|"
	 "luglio|lug|julho|juil|august|aug|aout|agosto|ago|augustus|september|sep|sept|septembre|septiembre|settembre|set|setembro|october|oct|oktober|okt|octobre|octubre|ottobre|"
	 "ott|outubro|out|november|nov|novembre|noviembre|novembro|december|dec|dezember|dez|decembre|diciembre|dic|dicembre|dezembro"},
	{AISP_PERSONAL__TERM_STREET_AFTER,
	 "street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|way|place|pl|square|sq|terrace|ter|parkway|pkwy|highway|hwy|circle|cir|crescent|cres|close|gardens|grove|trail|trl|row|mews|hill|walk|loop|plaza|alley"},
	{AISP_PERSONAL__TERM_STREET_BEFORE,
	 "rue|avenue|boulevard|chemin|impasse|allee|quai|route|cours|place|calle|avenida|av|avda|plaza|paseo|carrera|camino|carrer|ronda|via|viale|piazza|corso|largo|vicolo|strada|rua|travessa|praca|alameda|estrada|ulica|ul"},
};

enum { SLOTS = 2048 };
static struct {
	uint32_t hash;
	enum aisp_personal__term term;
} slots[SLOTS];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static uint32_t hash_of(const char *p, size_t n)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)p[i]) * 16777619u;
	return h ? h : 1;
}

static void build(void)
{
	for (size_t i = 0; i < sizeof vocabulary / sizeof *vocabulary; i++) {
		struct aisp_slice rest = aisp_slice_z(vocabulary[i].words), word;
		while (aisp_slice_split(&rest, '|', &word)) {
			uint32_t h = hash_of(word.p, word.n), at = h % SLOTS;
			while (slots[at].hash && slots[at].hash != h)
				at = (at + 1) % SLOTS;
			/* "place", "plaza": the first meaning stays */
			if (!slots[at].hash) {
				slots[at].hash = h;
				slots[at].term = vocabulary[i].term;
			}
		}
	}
}

static bool joined_street(const char *p, size_t n)
{
	static const char *const ends[] = {"strasse", "str", "weg", "platz", "allee", "gasse", "ring", "damm", "ufer", "straat", "laan", "plein", "gracht", "kade", "dreef", "singel", "gatan", "vagen", "gade", "vej", "veien", "katu"};

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		size_t e = strlen(ends[i]);
		if (n >= e && memcmp(p + n - e, ends[i], e) == 0 && (n >= e + 3 || (n == e && i < 2)))
			return true;
	}
	return false;
}

enum aisp_personal__term aisp_personal__term_of(struct aisp_slice word)
{
	char low[32];
	bool ascii = true;
	size_t n = word.n;

	if (n < 2 || n > 28)
		return AISP_PERSONAL__TERM_NONE;
	for (size_t i = 0; i < n; i++) {
		low[i] = (char)(word.p[i] >= 'A' && word.p[i] <= 'Z' ? word.p[i] + 32 : word.p[i]);
		ascii &= (unsigned char)low[i] < 0x80;
	}
	if (!ascii) {
		struct aisp_personal__words w;
		aisp_personal__fold(word, &w);
		if (w.n < 4 || w.n > 30)
			return AISP_PERSONAL__TERM_NONE;
		n = w.n - 2;
		memcpy(low, w.p + 1, n);
	}
	pthread_once(&once, build);
	uint32_t h = hash_of(low, n);
	for (uint32_t at = h % SLOTS; slots[at].hash; at = (at + 1) % SLOTS)
		if (slots[at].hash == h)
			return slots[at].term;
	return word.p[0] >= 'A' && word.p[0] <= 'Z' && joined_street(low, n) ? AISP_PERSONAL__TERM_STREET_JOINED : AISP_PERSONAL__TERM_NONE;
}

unsigned aisp_personal__month_of(struct aisp_slice word)
{
	static const char *const months[] = {
		"january|jan|januar|janvier|enero|ene|gennaio|gen|janeiro|januari|janv|janner", "february|feb|februar|fevrier|febrero|febbraio|fevereiro|fev|februari|fevr",
		"march|mar|marz|mars|marzo|marco|maart|mrt|maerz", "april|apr|avril|abril|aprile|abr|avr", "may|mai|mayo|maggio|mag|maio|mei",
		"june|jun|juni|juin|junio|giugno|giu|junho", "july|jul|juli|juillet|julio|luglio|lug|julho|juil", "august|aug|aout|agosto|ago|augustus",
		"september|sep|sept|septembre|septiembre|settembre|set|setembro", "october|oct|oktober|okt|octobre|octubre|ottobre|ott|outubro|out",
		"november|nov|novembre|noviembre|novembro", "december|dec|dezember|dez|decembre|diciembre|dic|dicembre|dezembro"};
	struct aisp_personal__words w;

	if (word.n < 3 || word.n > 14)
		return 0;
	aisp_personal__fold(word, &w);
	if (w.n < 3)
		return 0;
	for (unsigned i = 0; i < 12; i++)
		for (const char *p = months[i]; *p; p += strcspn(p, "|"), p += *p == '|')
			if (strcspn(p, "|") == w.n - 2 && memcmp(p, w.p + 1, w.n - 2) == 0)
				return i + 1;
	return 0;
}

/* ---- addresses ---- */
static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}
static bool is_upper(char c)
{
	return (c >= 'A' && c <= 'Z') || (unsigned char)c == 0xc3;
}
static bool in_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80 || c == '\'';
}

static char at_or(struct aisp_slice s, size_t i)
{
	return i < s.n ? s.p[i] : ' ';
}

static size_t digits_from(struct aisp_slice s, size_t at, size_t most)
{
	size_t i = at;

	while (i < s.n && i - at < most && is_digit(s.p[i]))
		i++;
	return i - at;
}

/* 10115 Berlin, 1012 AB Amsterdam, 00-950 Warszawa, 1000-001 Lisboa: the length of the number, 0 when it is none. */
static size_t number_and_place(struct aisp_slice s)
{
	size_t d = digits_from(s, 0, 7), n = d;

	if (at_or(s, d) == '-' && ((d == 2 && digits_from(s, 3, 4) == 3) || (d == 4 && digits_from(s, 5, 4) == 3)))
		n = d + 4;
	else if (d != 4 && d != 5)
		return 0;
	return at_or(s, n) == ' ' && is_upper(at_or(s, n + 1)) && in_word(at_or(s, n + 2)) ? n : 0;
}

/* NY 10001, NSW 2000 */
static size_t state_and_number(struct aisp_slice s)
{
	size_t k = 0;

	while (k < 4 && at_or(s, k) >= 'A' && at_or(s, k) <= 'Z')
		k++;
	if ((k != 2 && k != 3) || at_or(s, k) != ' ')
		return 0;
	size_t d = digits_from(s, k + 1, 6);
	return d == 5 || d == 4 ? k + 1 + d : 0;
}

/* SW1A 1AA, LS1 4AP, K1A 0B6 */
static size_t letters_and_digits(struct aisp_slice s)
{
	size_t k = !is_upper(at_or(s, 0)) ? 9 : is_upper(at_or(s, 1)) ? 2 : 1;

	if (k > 2 || !is_digit(at_or(s, k)))
		return 0;
	k += is_digit(at_or(s, k + 1)) || is_upper(at_or(s, k + 1)) ? 2 : 1;
	k += at_or(s, k) == ' ';
	if (!is_digit(at_or(s, k)) || !is_upper(at_or(s, k + 1)) || !(is_upper(at_or(s, k + 2)) || is_digit(at_or(s, k + 2))))
		return 0;
	return in_word(at_or(s, k + 3)) ? 0 : k + 3;
}

/* A postcode with its place or state within the rest of the line (and the next): where it ends, 0 when there is none. */
static size_t postcode_end(struct aisp_slice s, size_t at)
{
	size_t stop = at + 72 < s.n ? at + 72 : s.n, lines = 0;

	for (size_t i = at; i + 3 < stop && lines < 2; i++) {
		lines += s.p[i] == '\n';
		if (i > 0 && (in_word(s.p[i - 1]) || is_digit(s.p[i - 1]) || s.p[i - 1] == '-'))
			continue;
		struct aisp_slice rest = aisp_slice_from(s, i);
		size_t n = is_digit(s.p[i]) ? number_and_place(rest) : is_upper(s.p[i]) ? state_and_number(rest) : 0;
		if (!n && is_upper(s.p[i]))
			n = letters_and_digits(rest);
		if (n)
			return i + n;
	}
	return 0;
}

/* "12 bis", "12,", "No. 5" before `at`: where the number begins, SIZE_MAX when there is none. */
static size_t number_before(struct aisp_slice s, size_t at)
{
	size_t i = at;

	while (i > 0 && at - i < 3 && (s.p[i - 1] == ' ' || s.p[i - 1] == ','))
		i--;
	size_t end = i;
	if (i > 1 && in_word(s.p[i - 1]) && is_digit(s.p[i - 2])) /* 12b */
		i--;
	while (i > 0 && end - i < 7 && is_digit(s.p[i - 1]))
		i--;
	if (i == end || !is_digit(s.p[i]) || end - i > 6 || end == at || s.p[i] == '0')
		return SIZE_MAX;
	char before = i > 0 ? s.p[i - 1] : ' ';
	return in_word(before) || before == '.' || before == '_' ? SIZE_MAX : i;
}

/* " 12", " 12a", ", 12" behind `at`: its end, 0 when there is none. */
static size_t number_behind(struct aisp_slice s, size_t at)
{
	size_t i = at;

	while (i - at < 3 && i < s.n && (s.p[i] == ' ' || s.p[i] == ',' || s.p[i] == '.'))
		i++;
	struct aisp_slice rest = aisp_slice_from(s, i);
	if (aisp_slice_starts(rest, AISP_S("n\xc2\xba")) || aisp_slice_starts(rest, AISP_S("n\xc2\xb0")))
		i += at_or(s, i + 3) == ' ' ? 4u : 3u;
	size_t n = digits_from(s, i, 5);
	if (n == 0 || n > 4 || s.p[i] == '0' || i == at)
		return 0;
	i += n;
	if (in_word(at_or(s, i)) && !in_word(at_or(s, i + 1)))
		i++;
	char next = at_or(s, i);
	return in_word(next) || is_digit(next) || next == ':' || next == '%' ? 0 : i;
}

/* Back over one to four names of a street ("West 5th Main") to its number. */
static size_t english_begin(struct aisp_slice s, size_t at)
{
	size_t i = at;

	for (unsigned names = 0; names < 4; names++) {
		size_t end = i;
		while (end > 0 && at - end < 60 && (s.p[end - 1] == ' ' || s.p[end - 1] == '.'))
			end--;
		if (end == i)
			return SIZE_MAX;
		size_t from = end;
		while (from > 0 && end - from < 24 && (in_word(s.p[from - 1]) || is_digit(s.p[from - 1])))
			from--;
		if (from == end || !(is_upper(s.p[from]) || (is_digit(s.p[from]) && in_word(s.p[end - 1]))))
			return SIZE_MAX;
		size_t number = number_before(s, from);
		if (number != SIZE_MAX)
			return number;
		i = from;
	}
	return SIZE_MAX;
}

/* Over "de la Paix", "Mayor", "dei Fori": the end, 0 when no capitalised word comes. */
static size_t names_end(struct aisp_slice s, size_t at)
{
	size_t i = at, end = 0;

	for (unsigned words = 0; words < 6; words++) {
		size_t from = i;
		while (from < s.n && from - i < 2 && (s.p[from] == ' ' || s.p[from] == '.'))
			from++;
		size_t to = from;
		while (to < s.n && to - from < 24 && in_word(s.p[to]))
			to++;
		if (to == from || (from == i && words))
			break;
		if (is_upper(s.p[from]))
			end = to;
		else if (to - from > 4)
			break;
		i = to;
	}
	return end;
}

static bool southern(struct aisp_slice s, size_t at, size_t word_end, size_t *ret_at, size_t *ret_end)
{
	size_t end = names_end(s, word_end), begin = number_before(s, at);

	if (!end)
		return false;
	size_t behind = number_behind(s, end);
	if (begin == SIZE_MAX && !behind)
		return false;
	*ret_at = begin == SIZE_MAX ? at : begin;
	*ret_end = begin == SIZE_MAX ? behind : end;
	return true;
}

bool aisp_personal__address(struct aisp_slice s, size_t at, size_t *ret_at, struct aisp_personal__found *ret)
{
	size_t word_end = at, begin = SIZE_MAX, end = 0;

	while (word_end < s.n && in_word(s.p[word_end]))
		word_end++;
	enum aisp_personal__term term = aisp_personal__term_of(aisp_slice_of(s.p + at, word_end - at));
	if (term == AISP_PERSONAL__TERM_STREET_JOINED) {
		begin = at;
		end = number_behind(s, word_end);
	} else {
		if (is_upper(s.p[at]))
			begin = english_begin(s, at), end = word_end;
		if (begin == SIZE_MAX && !southern(s, at, word_end, &begin, &end))
			return false;
	}
	if (begin == SIZE_MAX || !end)
		return false;
	size_t post = postcode_end(s, end);
	*ret_at = begin;
	*ret = (struct aisp_personal__found){(post ? post : end) - begin, post ? AISP_PERSONAL_LIKELY : AISP_PERSONAL_POSSIBLE, "street_address",
					     post ? "a street, a house number and a postcode" : "a street and a house number"};
	return true;
}
