/* What a column holds: its name and type say what may be, the sampled values decide.
 *
 * Check digits are weighed against chance: a tenth of all numbers passes Luhn, so a column of serial numbers has a tenth of
 * "cards"; only a share far above chance counts. Values are looked at and forgotten.
 */
#include "scan/personal/personal_int.h"
#include <math.h>
#include <stdio.h>

enum { MAX_ROWS = 128, MAX_NAMES = 12, MAX_FOUND = 24, MAX_VALUES = 4096 };
enum kind { K_EMAIL, K_PHONE, K_IP, K_MAC, K_IBAN, K_GEO, K_DATE, K_FLAG, K_INTEGER, K_MAC_TEST, K_N };

struct tally {
	uint32_t n; /* non-null, non-empty */
	uint32_t kind[K_N];
	uint32_t row[MAX_ROWS], row_split[MAX_ROWS];
	uint32_t text[AISP_PERSONAL_END]; /* values in whose text the class was found */
	enum aisp_personal_certainty text_best[AISP_PERSONAL_END];
	const char *text_detector[AISP_PERSONAL_END];
	uint32_t name_fits[MAX_NAMES];
	uint32_t long_text;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool words_of_list(struct aisp_slice v, const char *list)
{
	struct aisp_personal__words w;

	if (v.n > 40)
		return false;
	aisp_personal__fold(v, &w);
	return aisp_personal__has_word(&w, list);
}

static bool is_flag(struct aisp_slice v)
{
	static const char *const flags[] = {"true", "false", "yes", "no", "t", "f", "y", "n", "0", "1", "on", "off", "ja", "nein", "oui", "non", "si", "none", "null", "nan", "n/a", "-", "unknown"};

	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (aisp_slice_eqi(v, aisp_slice_z(flags[i])))
			return true;
	return false;
}

static unsigned count_digits(struct aisp_slice v)
{
	unsigned n = 0;

	for (size_t i = 0; i < v.n; i++)
		n += is_digit(v.p[i]);
	return n;
}

static bool numeric(struct aisp_slice v)
{
	unsigned digits = count_digits(v);
	size_t other = 0;

	for (size_t i = 0; i < v.n; i++)
		other += !is_digit(v.p[i]) && !memchr(".,-+ $%'eE", v.p[i], 11) && (unsigned char)v.p[i] < 0x80;
	return digits > 0 && other <= 3 && v.n < 32;
}

static bool whole_email(struct aisp_slice v)
{
	struct aisp_personal__found f;
	size_t at = aisp_slice_chr(v, '@'), begin;

	if (at == SIZE_MAX || v.n > 320 || !aisp_personal__email(v, at, &begin, &f))
		return false;
	/* "Jane Doe <jane@example.com>" too */
	return (begin == 0 && f.n == v.n) || (begin > 0 && v.p[begin - 1] == '<' && v.p[v.n - 1] == '>');
}

static bool whole_phone(struct aisp_slice v, bool loose)
{
	struct aisp_personal__found f;
	unsigned digits = count_digits(v);

	if (v.n > 30 || digits < 7 || digits > 15)
		return false;
	if (aisp_personal__phone(v, &f) && (f.n == v.n || v.p[f.n] == 'x' || v.p[f.n] == ' ') && f.certainty >= AISP_PERSONAL_LIKELY)
		return true;
	if (!loose)
		return false;
	for (size_t i = 0; i < v.n; i++)
		if (!is_digit(v.p[i]) && !memchr("+-()./ x#", v.p[i], 9) && v.p[i] != 'e' && v.p[i] != 't')
			return false;
	return true;
}

static bool name_value(struct aisp_slice v)
{
	size_t letters = 0, spaces = 0;

	if (v.n < 2 && v.n > 0)
		return (v.p[0] >= 'A' && v.p[0] <= 'Z'); /* an initial */
	if (v.n > 80)
		return false;
	for (size_t i = 0; i < v.n; i++) {
		char c = v.p[i];
		if (is_digit(c) || c == '/' || c == '\\' || c == '{' || c == '<' || c == '@' || c == '_' || c == ':' || c == '=')
			return false;
		letters += (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
		spaces += c == ' ';
	}
	return letters >= 2 && spaces <= 5;
}

static bool date_value(struct aisp_slice v)
{
	struct aisp_personal__found f;

	if (v.n > 40)
		return false;
	if (aisp_personal__date(v, &f))
		return true;
	/* Days or milliseconds since 1970, or a year. */
	return v.n >= 4 && v.n <= 13 && (aisp_personal__digits(v.p, v.n) || (v.p[0] == '-' && aisp_personal__digits(v.p + 1, v.n - 1)));
}

static bool id_value(struct aisp_slice v)
{
	size_t odd = 0;

	if (v.n < 4 || v.n > 40)
		return false;
	for (size_t i = 0; i < v.n; i++) {
		char c = v.p[i];
		bool alnum = is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'z');
		if (!alnum && !memchr(" -./*#()X", c, 9))
			return false;
		odd += !alnum;
	}
	return count_digits(v) >= 3 && odd <= 10;
}

static bool card_value(struct aisp_slice v)
{
	char c[20];
	size_t n = 0, stars = 0;

	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] == '*' || v.p[i] == 'X' || v.p[i] == 'x')
			stars++;
		else if (is_digit(v.p[i]) && n < sizeof c)
			c[n++] = v.p[i];
		else if (v.p[i] != ' ' && v.p[i] != '-')
			return false;
	}
	return stars ? stars >= 4 && n >= 4 : aisp_personal__card(c, n);
}

static bool device_value(struct aisp_slice v)
{
	struct aisp_personal__found f;
	unsigned hex = 0, digits = count_digits(v);

	if (aisp_personal__mac(v, &f))
		return true;
	for (size_t i = 0; i < v.n; i++)
		hex += is_digit(v.p[i]) || ((v.p[i] | 32) >= 'a' && (v.p[i] | 32) <= 'f') || v.p[i] == '-';
	return (hex == v.n && v.n >= 12 && v.n <= 64) || (v.n >= 5 && v.n <= 20 && digits >= 2) || (v.n >= 8 && v.n <= 64 && digits >= 3);
}

static bool place_value(struct aisp_slice v)
{
	struct aisp_personal__found f;

	return aisp_personal__decimal(v, 180, 1) == v.n || aisp_personal__geo_pair(v, &f) || aisp_slice_starts(v, AISP_S("POINT")) ||
	       (v.n > 8 && memchr("[({", v.p[0], 3) && count_digits(v) >= 4);
}

static bool address_value(struct aisp_slice v)
{
	return v.n >= 2 && v.n <= 200 && !is_flag(v) && !aisp_slice_starts(v, AISP_S("0x")) && aisp_slice_find(v, AISP_S("://")) == SIZE_MAX && !whole_email(v);
}

static bool secret_value(struct aisp_slice v)
{
	return v.n >= 4 && !is_flag(v) && !(aisp_personal__digits(v.p, v.n) && v.n < 6);
}

bool aisp_personal__fits(enum aisp_personal_class cls, const char *detector, struct aisp_slice v)
{
	struct aisp_personal__found f;

	if (v.n == 0)
		return false;
	switch (cls) {
	case AISP_PERSONAL_EMAIL:
		return whole_email(v);
	case AISP_PERSONAL_PHONE:
		return whole_phone(v, true);
	case AISP_PERSONAL_NAME:
		return name_value(v) && !is_flag(v);
	case AISP_PERSONAL_BIRTH_DATE:
		return date_value(v);
	case AISP_PERSONAL_ADDRESS:
		return address_value(v);
	case AISP_PERSONAL_PAYMENT_CARD:
		return strcmp(detector, "card_cvv") == 0 ? v.n <= 4 && v.n >= 3 && aisp_personal__digits(v.p, v.n) : card_value(v);
	case AISP_PERSONAL_BANK_ACCOUNT:
		return id_value(v) && v.n >= 6;
	case AISP_PERSONAL_NATIONAL_ID:
		return id_value(v);
	case AISP_PERSONAL_IP_ADDRESS:
		return aisp_personal__ipv4(v, &f) || aisp_personal__ipv6(v, &f) || aisp_slice_eqz(v, "::1");
	case AISP_PERSONAL_DEVICE:
		return device_value(v);
	case AISP_PERSONAL_LOCATION:
		return place_value(v);
	case AISP_PERSONAL_FINANCIAL:
		return numeric(v);
	case AISP_PERSONAL_CREDENTIAL:
		return secret_value(v);
	case AISP_PERSONAL_SPECIAL:
		return v.n < 80 && !numeric(v) && !words_of_list(v, "portrait|landscape|horizontal|vertical|condition|lap|marathon");
	case AISP_PERSONAL_HEALTH:
	case AISP_PERSONAL_BIOMETRIC:
		return v.n >= 1 && aisp_slice_find(v, AISP_S("://")) == SIZE_MAX;
	default:
		return false;
	}
}

/* ---- looking at values ---- */
struct in_text {
	struct tally *t;
	bool seen[AISP_PERSONAL_END];
};

static int on_text(void *ctx, const struct aisp_personal_hit *hit)
{
	struct in_text *x = ctx;

	if (hit->certainty < AISP_PERSONAL_LIKELY)
		return 0;
	if (!x->seen[hit->cls])
		x->t->text[hit->cls]++;
	x->seen[hit->cls] = true;
	if (hit->certainty > x->t->text_best[hit->cls]) {
		x->t->text_best[hit->cls] = hit->certainty;
		x->t->text_detector[hit->cls] = hit->detector;
	}
	return 0;
}

static void tally_rows(struct tally *t, struct aisp_slice v)
{
	struct aisp_personal__span span;
	const struct aisp_personal__row *row;
	bool split, seen[MAX_ROWS] = {false};

	if (v.n > AISP_PERSONAL__SPAN || v.n < 3)
		return;
	aisp_personal__span_of(v, 0, true, &span);
	if (!span.n_ends || span.ends[span.n_ends - 1].end != v.n)
		return;
	unsigned e = span.n_ends - 1;
	size_t len = v.n - (v.p[v.n - 1] == ')');
	for (unsigned pass = 0; pass < 2; pass++) {
		uint32_t shape = pass ? span.ends[e].any : span.ends[e].shape;
		uint16_t at = 0;
		while (shape && (row = aisp_personal__row_of(shape, len, &at, &split))) {
			size_t i = (size_t)(row - aisp_personal__rows);
			if (i >= MAX_ROWS || seen[i] || (row->valid && !row->valid(span.compact, span.ends[e].n)))
				continue;
			seen[i] = true;
			t->row[i]++;
			t->row_split[i] += split;
		}
	}
}

static void tally_forms(struct tally *t, struct aisp_slice v)
{
	struct aisp_personal__found f;

	if (whole_email(v))
		t->kind[K_EMAIL]++;
	else if (v.n <= 45 && (aisp_personal__ipv4(v, &f) || aisp_personal__ipv6(v, &f)) && f.n == v.n && f.certainty)
		t->kind[K_IP]++;
	else if (v.n == 17 && aisp_personal__mac(v, &f))
		t->kind[K_MAC]++;
	else if (v.n <= 44 && aisp_personal__iban(v, &f) && f.n == v.n)
		t->kind[K_IBAN]++;
	else if (v.n <= 44 && aisp_personal__geo_pair(v, &f) && f.n == v.n)
		t->kind[K_GEO]++;
	else if (whole_phone(v, false))
		t->kind[K_PHONE]++;
	if (is_flag(v))
		t->kind[K_FLAG]++;
	if (v.n < 20 && aisp_personal__digits(v.p, v.n))
		t->kind[K_INTEGER]++;
}

static void tally_value(struct tally *t, struct aisp_slice v, const struct aisp_personal__name *names, size_t n_names, size_t *text_left)
{
	v = aisp_slice_trim(v);
	/* Numbers that a reader made floats: "123456789.0" */
	if (v.n > 5 && v.n < 24 && v.p[v.n - 1] == '0' && v.p[v.n - 2] == '.' && aisp_personal__digits(v.p, v.n - 2))
		v.n -= 2;
	if (v.n == 0)
		return;
	t->n++;
	tally_forms(t, v);
	tally_rows(t, v);
	for (size_t i = 0; i < n_names; i++)
		t->name_fits[i] += aisp_personal__fits(names[i].cls, names[i].detector, v);
	bool prose = v.n >= 12 && memchr(v.p, ' ', v.n);
	t->long_text += prose && v.n >= 60;
	if ((prose || (v.n > 16 && (v.p[0] == '{' || v.p[0] == '['))) && v.n <= *text_left) {
		struct in_text x = {.t = t};
		*text_left -= v.n;
		(void)aisp_personal_text(v, on_text, &x, NULL);
	}
}

/* ---- verdicts ---- */
struct found {
	struct aisp_personal_verdict v[MAX_FOUND];
	size_t n;
};

static void put(struct found *f, const struct tally *t, enum aisp_personal_class cls, const char *detector, int certainty, uint32_t matched, bool by_name, const char *phrase)
{
	struct aisp_personal_verdict v = {.cls = cls, .detector = detector, .certainty = (enum aisp_personal_certainty)certainty, .looked_at = t->n, .matched = matched, .by_name = by_name, .by_values = matched > 0};
	char name[64] = "";

	if (certainty <= 0)
		return;
	if (by_name && phrase)
		(void)snprintf(name, sizeof name, "name \"%.*s\"; ", (int)strcspn(phrase, "|"), phrase);
	if (t->n == 0)
		(void)snprintf(v.reason, sizeof v.reason, "%sno values to look at", name);
	else
		(void)snprintf(v.reason, sizeof v.reason, "%s%u of %u sampled values %s", name, matched, t->n,
		               matched == 0 ? "look like it" : cls == AISP_PERSONAL_NONE ? "are text" : by_name ? "fit" : "have its form or check digits");
	for (size_t i = 0; i < f->n; i++) {
		struct aisp_personal_verdict *old = &f->v[i];
		if (old->cls != cls)
			continue;
		bool more = v.certainty > old->certainty || (v.certainty == old->certainty && v.matched > old->matched && !old->by_name);
		if (more) {
			v.by_name |= old->by_name;
			*old = v;
		}
		return;
	}
	if (f->n < MAX_FOUND)
		f->v[f->n++] = v;
}

/* How many values carry proof for this name: check digits or an exact form. */
static uint32_t proof(const struct tally *t, const struct aisp_personal__name *name, bool *ret_checkable)
{
	const struct aisp_personal__row *row = aisp_personal__row_named(name->detector);
	uint32_t best = 0;

	*ret_checkable = true;
	switch (name->cls) {
	case AISP_PERSONAL_EMAIL:
		return t->kind[K_EMAIL];
	case AISP_PERSONAL_IP_ADDRESS:
		return t->kind[K_IP];
	case AISP_PERSONAL_BANK_ACCOUNT:
		best = t->kind[K_IBAN];
		break;
	case AISP_PERSONAL_DEVICE:
		best = t->kind[K_MAC];
		break;
	case AISP_PERSONAL_PHONE:
		return t->kind[K_PHONE];
	default:
		break;
	}
	*ret_checkable = best > 0;
	for (size_t i = 0; i < aisp_personal__n_rows && i < MAX_ROWS; i++) {
		const struct aisp_personal__row *r = &aisp_personal__rows[i];
		bool mine = row ? r == row : r->cls == name->cls && name->cls != AISP_PERSONAL_ADDRESS;
		if (!mine || !r->valid || r->chance < 8 || t->row[i] <= best)
			continue;
		best = t->row[i];
		*ret_checkable = true;
	}
	if (row && row->valid && row->chance >= 8)
		*ret_checkable = true;
	return best;
}

static void by_name(struct found *f, const struct tally *t, const struct aisp_personal__name *name, uint32_t fits)
{
	bool checkable;
	uint32_t proven = proof(t, name, &checkable);
	double n = t->n, share = t->n ? fits / n : 0, sure = t->n ? proven / n : 0;
	int strong = name->strong ? AISP_PERSONAL_LIKELY : AISP_PERSONAL_POSSIBLE;

	if (name->free_text)
		return;
	if (t->n == 0) {
		put(f, t, name->cls, name->detector, strong, 0, true, name->phrase);
		return;
	}
	/* Yes and no is about the thing, not the thing itself; but a health flag is health data. */
	if (t->kind[K_FLAG] > 0.9 * n && !(name->cls == AISP_PERSONAL_HEALTH && name->strong))
		return;
	if (checkable && sure >= 0.7)
		put(f, t, name->cls, name->detector, name->strong || t->n >= 3 ? AISP_PERSONAL_SURE : AISP_PERSONAL_LIKELY, proven, true, name->phrase);
	else if (share >= 0.5)
		put(f, t, name->cls, name->detector, strong, fits, true, name->phrase);
	else if (name->strong && (share >= 0.05 || t->n < 3))
		put(f, t, name->cls, name->detector, share >= 0.2 ? AISP_PERSONAL_LIKELY : AISP_PERSONAL_POSSIBLE, fits, true, name->phrase);
	else if (name->strong)
		put(f, t, name->cls, name->detector, AISP_PERSONAL_POSSIBLE, fits, true, name->phrase);
}

/* How much more than chance a row's values are: digits of improbability, 0 when it does not count. Each value passes by
 * chance once in `chance`; a form with separators is evidence too. */
static double weight_of(const struct aisp_personal__row *r, uint32_t m, bool split)
{
	/* A date alone is no check digit: creation dates and order numbers have one too. */
	bool dated = strstr("dk_cpr my_nric id_nik eg_id pk_cnic bic", r->name) != NULL;
	double form = !split ? 0 : r->alone_split >= AISP_PERSONAL_LIKELY ? 3 : 1;

	if (r->chance < 3 || (dated && form < 3))
		return 0;
	return m * log10((double)r->chance) + form;
}

/* Rows whose values are beyond chance, without the name. */
static void rows_by_values(struct found *f, const struct tally *t, bool denied)
{
	size_t best = SIZE_MAX;
	double best_weight = denied ? 12 : 6;

	for (size_t i = 0; i < aisp_personal__n_rows && i < MAX_ROWS; i++) {
		const struct aisp_personal__row *r = &aisp_personal__rows[i];
		uint32_t m = t->row[i];
		bool split = t->row_split[i] * 2 > m;
		if (!r->valid || m < 2 || m < 0.85 * t->n)
			continue;
		if (strcmp(r->name, "us_ssn") == 0 && split && m >= 5 && !denied)
			put(f, t, r->cls, r->name, AISP_PERSONAL_LIKELY, m, false, NULL);
		double weight = weight_of(r, m, split);
		if (weight >= best_weight && (best == SIZE_MAX || weight > best_weight)) {
			best = i;
			best_weight = weight;
		}
	}
	if (best == SIZE_MAX)
		return;
	const struct aisp_personal__row *r = &aisp_personal__rows[best];
	bool sure = best_weight >= 12 && !denied && r->alone_split >= AISP_PERSONAL_LIKELY;
	put(f, t, r->cls, r->name, sure ? AISP_PERSONAL_SURE : AISP_PERSONAL_LIKELY, t->row[best], false, NULL);
}

static void by_values(struct found *f, const struct tally *t, bool denied, bool versions)
{
	static const struct {
		enum kind kind;
		enum aisp_personal_class cls;
		const char *detector;
		int top; /* the certainty when nearly all fit */
	} forms[] = {{K_EMAIL, AISP_PERSONAL_EMAIL, "email", AISP_PERSONAL_SURE},      {K_IBAN, AISP_PERSONAL_BANK_ACCOUNT, "iban", AISP_PERSONAL_SURE},
		     {K_IP, AISP_PERSONAL_IP_ADDRESS, "ip", AISP_PERSONAL_LIKELY},     {K_MAC, AISP_PERSONAL_DEVICE, "mac", AISP_PERSONAL_LIKELY},
		     {K_GEO, AISP_PERSONAL_LOCATION, "geo_pair", AISP_PERSONAL_LIKELY}, {K_PHONE, AISP_PERSONAL_PHONE, "phone", AISP_PERSONAL_LIKELY}};

	if (t->n == 0)
		return;
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		uint32_t m = t->kind[forms[i].kind];
		double share = (double)m / t->n;
		int top = share >= 0.8 && t->n >= 3 ? forms[i].top : AISP_PERSONAL_LIKELY;
		if (m == 0 || (share < 0.3 && forms[i].kind != K_EMAIL && forms[i].kind != K_IBAN))
			continue;
		if ((denied && forms[i].kind == K_PHONE) || (versions && forms[i].kind == K_IP))
			top = AISP_PERSONAL_POSSIBLE;
		put(f, t, forms[i].cls, forms[i].detector, top, m, false, NULL);
	}
	rows_by_values(f, t, denied);
	for (int c = 1; c < AISP_PERSONAL_END; c++)
		if (t->text[c])
			put(f, t, (enum aisp_personal_class)c, t->text_detector[c], (int)t->text_best[c], t->text[c], false, NULL);
}

static bool type_is(struct aisp_slice type, const char *list)
{
	for (const char *p = list; *p;) {
		size_t n = strcspn(p, "|");
		if (aisp_slice_findi(type, aisp_slice_of(p, n)) != SIZE_MAX)
			return true;
		p += n + (p[n] == '|');
	}
	return false;
}

/* Can a column of the type hold the class at all? */
static bool type_allows(struct aisp_slice type, enum aisp_personal_class cls)
{
	if (type.n == 0)
		return true;
	if (type_is(type, "bool"))
		return cls == AISP_PERSONAL_HEALTH;
	if (type_is(type, "date|time") && !type_is(type, "text|char|utf8|string"))
		return cls == AISP_PERSONAL_BIRTH_DATE;
	if (type_is(type, "int|float|double|decimal|numeric|real|money|number|serial") && !type_is(type, "point|interval"))
		return cls != AISP_PERSONAL_EMAIL && cls != AISP_PERSONAL_NAME && cls != AISP_PERSONAL_IP_ADDRESS && cls != AISP_PERSONAL_CREDENTIAL && cls != AISP_PERSONAL_SPECIAL;
	return true;
}

static size_t deliver(struct found *f, struct aisp_personal_verdict *ret, size_t max)
{
	for (size_t i = 1; i < f->n; i++) {
		struct aisp_personal_verdict v = f->v[i];
		size_t k = i;
		for (; k > 0 && (f->v[k - 1].certainty < v.certainty || (f->v[k - 1].certainty == v.certainty && f->v[k - 1].matched < v.matched)); k--)
			f->v[k] = f->v[k - 1];
		f->v[k] = v;
	}
	size_t n = f->n < max ? f->n : max;
	if (n)
		memcpy(ret, f->v, n * sizeof *ret);
	return n;
}

size_t aisp_personal_column(const struct aisp_personal_column *col, struct aisp_personal_verdict *ret, size_t max)
{
	struct aisp_personal__name names[MAX_NAMES];
	struct aisp_personal__words w;
	struct tally t = {0};
	struct found f = {.n = 0};
	size_t n_names = aisp_personal__name_of(col->table, col->name, names, MAX_NAMES), text_left = (size_t)4 << 20;

	for (size_t i = 0; i < col->n_values && i < MAX_VALUES; i++)
		if (col->values[i].p)
			tally_value(&t, col->values[i], names, n_names, &text_left);
	for (size_t i = 0; i < n_names; i++)
		if (type_allows(col->type, names[i].cls))
			by_name(&f, &t, &names[i], t.name_fits[i]);
	size_t dot = aisp_slice_rchr(col->name, '.');
	aisp_personal__fold(dot == SIZE_MAX ? col->name : aisp_slice_from(col->name, dot + 1), &w);
	by_values(&f, &t, aisp_personal__denies(&w), aisp_personal__has_word(&w, "version|release|oid|build|firmware"));
	return deliver(&f, ret, max);
}
