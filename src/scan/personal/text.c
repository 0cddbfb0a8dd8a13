/* Personal data in running text: one pass over the bytes; each place where a number, an address or a key may begin is handed to
 * the parsers and rows; what they find waits until nothing later can overlap it, and the best of each overlap is told.
 *
 * Linear: a candidate looks at no more than some hundred bytes around it.
 */
#include "scan/personal/personal_int.h"

enum { PENDING = 48 };
struct scan {
	struct aisp_slice text;
	aisp_personal_sink *sink;
	void *ctx;
	struct aisp_personal_hit pending[PENDING];
	unsigned n;
	size_t end;    /* the greatest end among the pending */
	size_t lined;  /* the line number is known up to here */
	uint32_t line;
	int r;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}
static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}
static bool is_alpha(char c)
{
	return is_upper(c) || (c >= 'a' && c <= 'z');
}
static bool is_alnum(char c)
{
	return is_digit(c) || is_alpha(c);
}
static bool is_wordy(char c)
{
	return is_alpha(c) || (unsigned char)c >= 0x80;
}

static bool better(const struct aisp_personal_hit *a, const struct aisp_personal_hit *b)
{
	if (a->certainty != b->certainty)
		return a->certainty > b->certainty;
	return a->n > b->n;
}

static void flush(struct scan *s)
{
	/* By place; of two that overlap the better stays. Few are ever pending. */
	for (unsigned i = 1; i < s->n; i++) {
		struct aisp_personal_hit hit = s->pending[i];
		unsigned k = i;
		for (; k > 0 && s->pending[k - 1].at > hit.at; k--)
			s->pending[k] = s->pending[k - 1];
		s->pending[k] = hit;
	}
	for (unsigned i = 0; i < s->n && s->r == 0; i++) {
		struct aisp_personal_hit *hit = &s->pending[i];
		bool beaten = hit->n == 0;
		for (unsigned k = i + 1; k < s->n && !beaten && s->pending[k].at < hit->at + hit->n; k++) {
			if (s->pending[k].n == 0)
				continue;
			beaten = better(&s->pending[k], hit);
			if (!beaten)
				s->pending[k].n = 0;
		}
		if (beaten)
			continue;
		for (; s->lined < hit->at; s->lined++)
			s->line += s->text.p[s->lined] == '\n';
		hit->line = s->line;
		s->r = s->sink(s->ctx, hit);
	}
	s->n = 0;
	s->end = 0;
}

static void push(struct scan *s, enum aisp_personal_class cls, size_t at, const struct aisp_personal__found *f)
{
	struct aisp_personal_hit hit = {.cls = cls, .detector = f->detector, .certainty = f->certainty, .at = at, .n = f->n, .reason = f->reason};

	if (!f->certainty || f->n == 0 || at < s->lined)
		return;
	if (s->n == PENDING)
		flush(s);
	s->pending[s->n++] = hit;
	if (at + f->n > s->end)
		s->end = at + f->n;
}

/* ---- rows ---- */
struct place {
	size_t at;
	bool known; /* the context was made */
	struct aisp_personal__words words;
};

static const struct aisp_personal__words *words_at(struct scan *s, struct place *p, size_t end)
{
	if (!p->known) {
		aisp_personal__context(s->text, p->at, end, &p->words);
		p->known = true;
	}
	return &p->words;
}

static void judge_row(struct scan *s, struct place *p, const struct aisp_personal__row *row, const struct aisp_personal__span *span, unsigned e, bool split)
{
	size_t n = span->ends[e].n, end = p->at + span->ends[e].end;
	struct aisp_personal__found f = {span->ends[e].end, split ? row->alone_split : row->alone_bare, row->name, "the form of it"};

	if (row->valid && !row->valid(span->compact, n))
		return;
	const struct aisp_personal__words *w = words_at(s, p, end);
	bool near = aisp_personal__speaks(w, row->words);
	if (near && row->valid && row->chance >= 8) {
		f.certainty = AISP_PERSONAL_SURE;
		f.reason = "check digits, and its name before it";
	} else if (near) {
		f.certainty = AISP_PERSONAL_LIKELY;
		f.reason = "its form, and its name before it";
	} else if (f.certainty && aisp_personal__denies(w)) {
		if (row->chance < 1000 || row->cls == AISP_PERSONAL_PAYMENT_CARD)
			f.certainty = row->alone_split == AISP_PERSONAL_LIKELY && split ? AISP_PERSONAL_POSSIBLE : 0;
		f.reason = "its form, but other words before it";
	} else if (f.certainty >= AISP_PERSONAL_LIKELY) {
		f.reason = row->chance >= 8 ? "its form and its check digits" : "its form";
	}
	if (row->cls == AISP_PERSONAL_PAYMENT_CARD && row->valid && aisp_personal__card_test(span->compact, n)) {
		f.certainty = f.certainty > AISP_PERSONAL_LIKELY ? AISP_PERSONAL_LIKELY : f.certainty;
		f.reason = "a card number that is published for tests";
	}
	push(s, row->cls, p->at, &f);
}

/* Is what stands before `at` a key ("passport no.: ", "MRN #", "passport number is ")? */
static bool behind_key(struct aisp_slice text, size_t at)
{
	size_t i = at;

	while (i > 0 && at - i < 6 && (text.p[i - 1] == ' ' || text.p[i - 1] == '"' || text.p[i - 1] == '\'' || text.p[i - 1] == '*' || text.p[i - 1] == '\t'))
		i--;
	return i > 0 && (is_wordy(text.p[i - 1]) || strchr(":=#>.(|", text.p[i - 1]));
}

static void judge_word_rows(struct scan *s, struct place *p, const struct aisp_personal__span *span)
{
	size_t n = span->ends[0].n;

	if (!span->ends[0].any || n < 5 || n > 18 || span->ends[0].digits < 4 || n - span->ends[0].digits > 6 || !behind_key(s->text, p->at))
		return;
	const struct aisp_personal__words *w = words_at(s, p, p->at + span->ends[0].end);
	if (w->n < 4)
		return;
	for (size_t i = 0; i < aisp_personal__n_rows; i++) {
		const struct aisp_personal__row *row = &aisp_personal__rows[i];
		unsigned min = 0, max = 0;
		if (row->shapes[0] != '*')
			continue;
		const char *q = row->shapes + 1;
		while (is_digit(*q))
			min = min * 10 + (unsigned)(*q++ - '0');
		for (q++; is_digit(*q); q++)
			max = max * 10 + (unsigned)(*q - '0');
		if (n < min || n > max || !aisp_personal__speaks(w, row->words))
			continue;
		/* The name must be near: only a few short words between. */
		size_t last = aisp_personal__last_word(w, row->words);
		if (w->n - last > 18)
			continue;
		struct aisp_personal__found f = {span->ends[0].end, AISP_PERSONAL_LIKELY, row->name, "its name right before it"};
		push(s, row->cls, p->at, &f);
	}
}

static void number_rows(struct scan *s, struct place *p)
{
	struct aisp_personal__span span;
	bool split;

	aisp_personal__span_of(s->text, p->at, false, &span);
	for (unsigned e = span.n_ends; e-- > 0;) {
		uint16_t at = 0;
		const struct aisp_personal__row *row;
		if (span.ends[e].digits == 0 && span.ends[e].n < 8)
			continue;
		size_t len = span.ends[e].end;
		if (s->text.p[p->at + len - 1] == ')' && span.ends[e].n < len)
			len--; /* the shape has no closing bracket */
		while ((row = aisp_personal__row_of(span.ends[e].shape, len, &at, &split)))
			judge_row(s, p, row, &span, e, split);
		if (span.ends[e].any && span.ends[e].digits < span.ends[e].n)
			for (at = 0; (row = aisp_personal__row_of(span.ends[e].any, len, &at, &split));)
				judge_row(s, p, row, &span, e, true);
	}
	if (span.n_ends)
		judge_word_rows(s, p, &span);
}

/* ---- things with a parser ---- */
typedef bool parser(struct aisp_slice, struct aisp_personal__found *);

/* Runs a parser; its words make it likely (or at all), other words make it less. */
static bool parsed(struct scan *s, struct place *p, parser *parse, enum aisp_personal_class cls, const char *words, const char *with)
{
	struct aisp_personal__found f;

	if (!parse(aisp_slice_from(s->text, p->at), &f))
		return false;
	const struct aisp_personal__words *w = words_at(s, p, p->at + f.n);
	if (words && aisp_personal__speaks(w, words)) {
		if (f.certainty < AISP_PERSONAL_LIKELY)
			f.reason = with;
		if (f.certainty < AISP_PERSONAL_LIKELY && !(parse == aisp_personal__ipv4 || parse == aisp_personal__ipv6))
			f.certainty = AISP_PERSONAL_LIKELY;
		else if (f.certainty == 0)
			f.certainty = AISP_PERSONAL_POSSIBLE;
	} else if (f.certainty && aisp_personal__denies(w)) {
		f.certainty = f.certainty == AISP_PERSONAL_LIKELY ? AISP_PERSONAL_POSSIBLE : 0;
	}
	push(s, cls, p->at, &f);
	return f.certainty != 0;
}

static bool before_ok(struct aisp_slice text, size_t at)
{
	if (at == 0)
		return true;
	char c = text.p[at - 1], before = at > 1 ? text.p[at - 2] : ' ';
	if (is_alnum(c) || c == '_' || c == '@' || c == '$' || c == '%' || ((unsigned char)c == 0xa3 && (unsigned char)before == 0xc2))
		return false;
	if (c == '.' || c == ',')
		return !is_digit(before) && !is_alpha(before);
	if (c == '-' || c == '+' || c == '/' || c == ':')
		return !is_digit(before) && !(c == '-' && is_alpha(before));
	return true;
}

static void phone_at(struct scan *s, size_t at)
{
	struct place p = {.at = at};

	if (at > 0 && !before_ok(s->text, at) && s->text.p[at - 1] != ':')
		return;
	parsed(s, &p, aisp_personal__phone, AISP_PERSONAL_PHONE, aisp_personal__words_phone, "a word for telephone before it");
}

static void date_at(struct scan *s, struct place *p)
{
	struct aisp_personal__found f;

	if (!aisp_personal__date(aisp_slice_from(s->text, p->at), &f))
		return;
	const struct aisp_personal__words *w = words_at(s, p, p->at + f.n);
	size_t last = aisp_personal__last_word(w, aisp_personal__words_birth);
	if (last == SIZE_MAX || w->n - last > 34)
		return;
	/* another date between: "born 1 May 1980, joined 2 June 2001" */
	if (aisp_personal__has_word(w, "joined|created|updated|expires|expiry|issued|died|since|hired|started") &&
	    aisp_personal__last_word(w, "joined|created|updated|expires|expiry|issued|died|since|hired|started") > last)
		return;
	f.certainty = AISP_PERSONAL_LIKELY;
	f.reason = "a date, and a word for birth before it";
	push(s, AISP_PERSONAL_BIRTH_DATE, p->at, &f);
}

static void geo_at(struct scan *s, struct place *p)
{
	struct aisp_slice rest = aisp_slice_from(s->text, p->at);
	struct aisp_personal__found f;
	size_t n;

	if (aisp_personal__geo_pair(rest, &f)) {
		parsed(s, p, aisp_personal__geo_pair, AISP_PERSONAL_LOCATION, aisp_personal__words_location, "a word for a place before it");
	} else if ((n = aisp_personal__decimal(rest, 180, 4))) {
		const struct aisp_personal__words *w = words_at(s, p, p->at + n);
		size_t last = aisp_personal__last_word(w, "latitude|longitude|lat|lng|lon|breitengrad|langengrad|latitud|longitud|latitudine|longitudine");
		if (last != SIZE_MAX && w->n - last < 6) {
			f = (struct aisp_personal__found){n, AISP_PERSONAL_LIKELY, "geo_coordinate", "a latitude or longitude"};
			push(s, AISP_PERSONAL_LOCATION, p->at, &f);
		}
	}
}

static void number_at(struct scan *s, size_t at)
{
	struct place p = {.at = at};

	if (!before_ok(s->text, at))
		return;
	struct aisp_slice rest = aisp_slice_from(s->text, at);
	bool dotted = rest.n > 7 && memchr(rest.p, '.', 4);
	if (dotted && parsed(s, &p, aisp_personal__ipv4, AISP_PERSONAL_IP_ADDRESS, aisp_personal__words_ip, "a word for an IP address before it"))
		return;
	number_rows(s, &p);
	date_at(s, &p);
	if (dotted)
		geo_at(s, &p);
	if (rest.n >= 7 && !(at > 0 && (s->text.p[at - 1] == '(' || s->text.p[at - 1] == '+')))
		phone_at(s, at);
}

/* Words of hexadecimal digits may begin a MAC or an IPv6 address. */
static bool hex_at(struct scan *s, size_t at)
{
	struct aisp_slice rest = aisp_slice_from(s->text, at);
	struct place p = {.at = at};
	size_t i = 0;

	if (at > 0 && (s->text.p[at - 1] == ':' || s->text.p[at - 1] == '-' || s->text.p[at - 1] == '.'))
		return false;
	while (i < rest.n && i < 5 && (is_digit(rest.p[i]) || ((rest.p[i] | 32) >= 'a' && (rest.p[i] | 32) <= 'f')))
		i++;
	if (i == 0 || i > 4 || i >= rest.n || (rest.p[i] != ':' && rest.p[i] != '-'))
		return false;
	if (i == 2 && parsed(s, &p, aisp_personal__mac, AISP_PERSONAL_DEVICE, NULL, NULL))
		return true;
	return rest.p[i] == ':' && parsed(s, &p, aisp_personal__ipv6, AISP_PERSONAL_IP_ADDRESS, aisp_personal__words_ip, "a word for an IP address before it");
}

/* ---- terms: only with a person beside them ---- */
static void term_at(struct scan *s, size_t at, size_t end, enum aisp_personal__term term)
{
	static const struct {
		enum aisp_personal_class cls;
		const char *detector, *words, *reason;
	} rows[] = {
		[AISP_PERSONAL__TERM_DISEASE] = {AISP_PERSONAL_HEALTH, "diagnosis",
						 "patient|patients|diagnosed|diagnosis|diagnoses|dx|suffers|suffering|suffered|history_of|treated_for|treatment_for|admitted|positive_for|tested_positive|allergic|condition|conditions|she_has|he_has|she_is|i_have|my|his|her|"
						 "hospitalized|medical_history|comorbidities|comorbidity|chronic|diagnostiziert|diagnose|leidet|patientin|diagnostic|atteint|souffre|diagnosticado|diagnosticada|padece|paciente|paziente|affetto|affetta|diagnosi|diagnosticato|diagnosticata|gediagnosticeerd|lijdt|medical_condition",
						 "a disease, and words for a person who has it"},
		[AISP_PERSONAL__TERM_MEDICINE] = {AISP_PERSONAL_HEALTH, "medication",
						  "patient|prescribed|prescription|taking|takes|medication|medications|meds|dose|dosage|mg|treated_with|rx|started_on|currently_on|allergic_to|verschrieben|medikament|nimmt|prescrit|prend|recetado|toma|medicamento|prescritto|assume|voorgeschreven|his|her|my",
						  "a medicine, and words for a person who takes it"},
		[AISP_PERSONAL__TERM_RELIGION] = {AISP_PERSONAL_SPECIAL, "religion",
						  "religion|religious|faith|practicing|practising|devout|identifies_as|converted_to|religious_affiliation|konfession|glaube|confession|religione|religiao|denomination|belief|beliefs|she_is|he_is|i_am|is_a|geloof",
						  "a religion, and words for a person who has it"},
		[AISP_PERSONAL__TERM_ETHNIC] = {AISP_PERSONAL_SPECIAL, "ethnicity", "ethnicity|ethnic|race|racial|ethnic_origin|racial_origin|ethnic_group|identifies_as|ethnie|etnia|herkunft|ethnische_herkunft|raza|razza|raca", "an ethnic group, and words for it before it"},
		[AISP_PERSONAL__TERM_ORIENTATION] = {AISP_PERSONAL_SPECIAL, "sexual_orientation",
						     "sexual_orientation|orientation|sexuality|identifies_as|came_out|openly|sexuelle_orientierung|orientation_sexuelle|orientacion_sexual|orientamento_sessuale|gender_identity|she_is|he_is|i_am", "a sexual orientation, and words for a person"},
		[AISP_PERSONAL__TERM_POLITICS] = {AISP_PERSONAL_SPECIAL, "politics",
						  "political|politics|party|political_party|political_affiliation|political_views|political_opinion|votes|voted|voter|registered|party_affiliation|trade_union|union_member|union|member_of|partei|parteimitglied|gewerkschaft|parti_politique|afiliacion_politica|partido|syndicat|sindicato|union_membership", "a party or union, and words for a member"},
		[AISP_PERSONAL__TERM_BIOMETRIC] = {AISP_PERSONAL_BIOMETRIC, "biometric", "template|templates|biometric|biometrics|enrolled|patient_s|employee|his|her|subject", "a biometric feature, and words for a person"},
		[AISP_PERSONAL__TERM_STREET_JOINED] = {0},
	};
	struct aisp_personal__words w, behind;

	if (term > AISP_PERSONAL__TERM_BIOMETRIC || !rows[term].words)
		return;
	size_t from = at > 64 ? at - 64 : 0;
	for (size_t i = at; i > from; i--)
		if (s->text.p[i - 1] == '\n') {
			from = i;
			break;
		}
	aisp_personal__fold(aisp_slice_of(s->text.p + from, at - from), &w);
	aisp_personal__fold(aisp_slice_of(s->text.p + end, s->text.n - end < 16 ? s->text.n - end : 16), &behind);
	bool near = aisp_personal__has_word(&w, rows[term].words);
	if (term == AISP_PERSONAL__TERM_MEDICINE)
		near |= aisp_personal__has_word(&behind, "mg|mcg|ml|tablet|prescribed");
	if (term == AISP_PERSONAL__TERM_BIOMETRIC)
		near = aisp_personal__has_word(&behind, "template|scan|data|hash|sequence|enrolled") && aisp_personal__has_word(&w, "his|her|employee|user|biometric|patient|customer|subject");
	if (!near)
		return;
	struct aisp_personal__found f = {end - at, AISP_PERSONAL_LIKELY, rows[term].detector, rows[term].reason};
	push(s, rows[term].cls, at, &f);
}

static void street_at(struct scan *s, size_t at)
{
	struct aisp_personal__found f;
	size_t begin;

	if (!aisp_personal__address(s->text, at, &begin, &f))
		return;
	if (f.certainty < AISP_PERSONAL_LIKELY) {
		struct aisp_personal__words w;
		aisp_personal__context(s->text, begin, begin + f.n, &w);
		if (aisp_personal__has_word(&w, aisp_personal__words_address)) {
			f.certainty = AISP_PERSONAL_LIKELY;
			f.reason = "a street and a house number, and a word for address before it";
		}
	}
	push(s, AISP_PERSONAL_ADDRESS, begin, &f);
}

/* ---- key: value ---- */
/* Words of types, placeholders and roles are nobody's name. */
static bool is_word_for(struct aisp_slice v)
{
	static const char types[] = "|string|str|text|int|none|null|true|false|optional|any|char|varchar|required|name|unknown|n/a|tbd|test|user|admin|anonymous|default|undefined|nil|number|boolean|object|void|the|value|example|guest|system|root|service|";
	char low[26];

	if (v.n > 22)
		return true;
	low[0] = '|';
	for (size_t i = 0; i < v.n; i++)
		low[i + 1] = (char)(is_upper(v.p[i]) ? v.p[i] + 32 : v.p[i]);
	low[v.n + 1] = '|';
	low[v.n + 2] = 0;
	return strstr(types, low) != NULL;
}

/* Counts the words of a name; 0 when something else is in it. *ret_capital: those with a capital. */
static unsigned name_words(struct aisp_slice v, unsigned *ret_capital)
{
	unsigned words = 0;

	*ret_capital = 0;
	for (size_t i = 0; i < v.n;) {
		size_t from = i;
		while (i < v.n && (is_wordy(v.p[i]) || v.p[i] == '\'' || v.p[i] == '-' || v.p[i] == '.'))
			i++;
		if (i == from)
			return 0;
		words++;
		*ret_capital += is_upper(v.p[from]) || (unsigned char)v.p[from] >= 0xc3;
		/* "Lee, Ann" */
		if (words == 1 && i + 1 < v.n && v.p[i] == ',' && v.p[i + 1] == ' ')
			i++;
		while (i < v.n && v.p[i] == ' ')
			i++;
	}
	return words;
}

static bool name_like(struct aisp_slice v)
{
	unsigned capital, words = v.n < 2 || v.n > 60 ? 0 : name_words(v, &capital);

	if (words < 1 || words > 5 || capital * 2 < words || !(is_wordy(v.p[v.n - 1]) || v.p[v.n - 1] == '.'))
		return false;
	return words > 1 || !is_word_for(v);
}

/* Where a value without quotes ends within v: "John Smith, age: 3", "John Smith. He …" */
static size_t plain_end(struct aisp_slice v)
{
	for (size_t k = 0; k < v.n; k++) {
		char next = k + 1 < v.n ? v.p[k + 1] : '\n';
		if (v.p[k] == '/' || (v.p[k] == ',' && (next != ' ' || memchr(v.p + k, ':', v.n - k))) || (v.p[k] == '.' && k > 2 && (next == ' ' || next == '\n')))
			return k;
	}
	return v.n;
}

/* The value behind `at` ("key: value"): text, quoted or up to the end of the line or field. */
static struct aisp_slice value_at(struct aisp_slice text, size_t at, bool *ret_quoted)
{
	size_t i = at;

	while (i < text.n && i - at < 4 && (text.p[i] == ' ' || text.p[i] == '\t' || text.p[i] == '*'))
		i++;
	char quote = i < text.n && (text.p[i] == '"' || text.p[i] == '\'') ? text.p[i] : 0;
	size_t from = quote ? ++i : i;
	while (i < text.n && i - from < 64 && text.p[i] != '\n' && (quote ? text.p[i] != quote : !strchr("\r\t|;{}<>()[]=\"", text.p[i])))
		i++;
	struct aisp_slice v = aisp_slice_of(text.p + from, i - from);
	*ret_quoted = quote && i < text.n && text.p[i] == quote;
	if (quote)
		return *ret_quoted ? v : aisp_slice_of(v.p, 0);
	return aisp_slice_trim(aisp_slice_to(v, plain_end(v)));
}

/* The key before the separator at `at`; n = 0 when there is none. */
static struct aisp_slice key_before(struct aisp_slice text, size_t at)
{
	size_t end = at, begin;

	while (end > 0 && at - end < 3 && memchr("\"' *", text.p[end - 1], 4))
		end--;
	begin = end;
	while (begin > 0 && end - begin < 32 && (is_alnum(text.p[begin - 1]) || (unsigned char)text.p[begin - 1] >= 0x80 || memchr("_- '/.", text.p[begin - 1], 6)))
		begin--;
	struct aisp_slice key = aisp_slice_of(text.p + begin, end - begin);
	if (key.n < 3 || key.n > 31 || (begin > 0 && text.p[begin - 1] == '$'))
		key.n = 0;
	/* A sentence before the key is none of it. */
	size_t dot = aisp_slice_rchr(key, '.');
	return dot == SIZE_MAX ? key : aisp_slice_trim(aisp_slice_from(key, dot + 1));
}

static bool value_fits(const struct aisp_personal__name *name, struct aisp_slice v, bool quoted)
{
	bool word = is_wordy(v.p[0]);

	switch (name->cls) {
	case AISP_PERSONAL_NAME:
		return name_like(v);
	case AISP_PERSONAL_SPECIAL:
	case AISP_PERSONAL_HEALTH:
		return word && v.n > 2 && (quoted || !memchr(v.p, '.', v.n)) && aisp_personal__fits(name->cls, name->detector, v);
	case AISP_PERSONAL_FINANCIAL:
		return !word && aisp_personal__fits(name->cls, name->detector, v);
	case AISP_PERSONAL_ADDRESS:
		return word && name_like(v) && memchr(v.p, ' ', v.n);
	default:
		return false;
	}
}

static void key_at(struct scan *s, size_t at)
{
	struct aisp_slice text = s->text;
	struct aisp_personal__name meaning[2];
	char sep = text.p[at], next = at + 1 < text.n ? text.p[at + 1] : ' ';
	bool quoted = false;

	if (next == sep || next == '=' || next == '/' || next == '>')
		return;
	struct aisp_slice value = value_at(text, at + 1, &quoted);
	if (value.n < 2 || !(quoted || (sep == ':' && (is_upper(value.p[0]) || is_digit(value.p[0]) || (unsigned char)value.p[0] >= 0x80))))
		return;
	struct aisp_slice key = key_before(text, at);
	size_t n = key.n ? aisp_personal__name_of(aisp_slice_of(NULL, 0), key, meaning, 2) : 0;
	for (size_t i = 0; i < n; i++) {
		struct aisp_personal__found f = {value.n, AISP_PERSONAL_LIKELY, meaning[i].detector, "the key before it"};
		if (meaning[i].strong && value_fits(&meaning[i], value, quoted))
			push(s, meaning[i].cls, (size_t)(value.p - text.p), &f);
	}
}

/* ---- words ---- */
struct word {
	size_t end;
	bool digits, small, other;
};

static struct word word_of(struct aisp_slice text, size_t at)
{
	struct word w = {.end = at};
	unsigned char lead = 0;

	for (; w.end < text.n && w.end - at < 80; w.end++) {
		char c = text.p[w.end];
		if (!is_alnum(c) && (unsigned char)c < 0x80)
			break;
		/* Scripts without spaces: a number may stand right behind. */
		if ((unsigned char)c >= 0xc0)
			lead = (unsigned char)c;
		else if ((unsigned char)c < 0x80 && lead >= 0xd0)
			break;
		w.digits |= is_digit(c);
		w.small |= c >= 'a' && c <= 'z';
		w.other |= (unsigned char)c >= 0x80;
	}
	return w;
}

static void letters_at(struct scan *s, struct place *p, const struct word *w)
{
	size_t n = w->end - p->at;
	enum aisp_personal__term term = n >= 2 && n < 28 ? aisp_personal__term_of(aisp_slice_of(s->text.p + p->at, n)) : 0;

	if (term >= AISP_PERSONAL__TERM_STREET_AFTER)
		street_at(s, p->at);
	else if (term == AISP_PERSONAL__TERM_MONTH)
		date_at(s, p);
	else if (term)
		term_at(s, p->at, w->end, term);
	if (!w->small && !w->other && n <= 11 && before_ok(s->text, p->at))
		number_rows(s, p);
}

static void iban_at(struct scan *s, struct place *p)
{
	struct aisp_personal__found f;
	struct aisp_slice rest = aisp_slice_from(s->text, p->at);

	if (rest.n < 4 || !is_alpha(rest.p[1]) || !is_digit(rest.p[2]) || !is_digit(rest.p[3]) || !aisp_personal__iban(rest, &f))
		return;
	if (aisp_personal__speaks(words_at(s, p, p->at + f.n), "iban|konto|account|bank|compte|cuenta|conto|conta|rekening|ibans|transfer|payment|uberweisung|virement")) {
		f.certainty = AISP_PERSONAL_SURE;
		f.reason = "check digits of an IBAN, and a word for it before it";
	}
	push(s, AISP_PERSONAL_BANK_ACCOUNT, p->at, &f);
}

/* A word (of letters, digits, other scripts) that begins at `at`; its end. */
static size_t word_at(struct scan *s, size_t at)
{
	struct word w = word_of(s->text, at);
	struct place p = {.at = at};

	if (w.end - at <= 4 && hex_at(s, at))
		return w.end;
	if (!w.digits) {
		letters_at(s, &p, &w);
	} else if (before_ok(s->text, at)) {
		iban_at(s, &p);
		number_rows(s, &p);
	}
	return w.end;
}

static size_t digits_at(struct scan *s, size_t at)
{
	struct aisp_slice text = s->text;
	size_t i = at;

	while (i < text.n && i - at < 80 && is_alnum(text.p[i]))
		i++;
	if (i - at <= 4 && hex_at(s, at))
		return i;
	if (i - at < 64)
		number_at(s, at);
	return i;
}

static size_t mrz_at(struct scan *s, size_t at)
{
	struct aisp_personal__found f;

	if (!aisp_personal__mrz(aisp_slice_from(s->text, at), &f))
		return at;
	push(s, AISP_PERSONAL_NATIONAL_ID, at, &f);
	return at + f.n;
}

static void sign_at(struct scan *s, size_t i)
{
	struct aisp_slice text = s->text;
	struct place p = {.at = i};
	char next = i + 1 < text.n ? text.p[i + 1] : ' ';

	if (text.p[i] == '-') {
		if (is_digit(next) && (i == 0 || !is_alnum(text.p[i - 1])))
			geo_at(s, &p);
	} else if (i + 7 < text.n && (is_digit(next) || (next == '+' && text.p[i] == '(') || (next == '(' && text.p[i] == '+'))) {
		phone_at(s, i);
	}
}

/* What may begin at a byte. */
static size_t step(struct scan *s, size_t i)
{
	struct aisp_personal__found f;
	size_t from;
	char c = s->text.p[i];

	if (is_digit(c))
		return digits_at(s, i);
	if (is_wordy(c))
		return word_at(s, i);
	if (c == '+' || c == '(' || c == '-')
		sign_at(s, i);
	else if (c == '@' && i > 0 && aisp_personal__email(s->text, i, &from, &f))
		push(s, AISP_PERSONAL_EMAIL, from, &f);
	else if ((c == ':' || c == '=') && i > 2)
		key_at(s, i);
	return i + 1;
}

int aisp_personal_text(struct aisp_slice text, aisp_personal_sink *sink, void *ctx, struct aisp_err *err)
{
	struct scan s = {.text = text, .sink = sink, .ctx = ctx, .line = 1};

	(void)err; /* only the sink fails, and it told its own */
	for (size_t i = 0; i < text.n && s.r == 0;) {
		/* A later find may still reach back some 100 bytes (an address to its number). */
		if (s.n && i > s.end + 140)
			flush(&s);
		bool begin = i == 0 || !(is_alnum(text.p[i - 1]) || (unsigned char)text.p[i - 1] >= 0x80);
		if (begin && is_alnum(text.p[i])) {
			size_t end = mrz_at(&s, i);
			if (end > i) {
				i = end;
				continue;
			}
		}
		i = step(&s, i);
	}
	if (s.r == 0)
		flush(&s);
	return s.r;
}
