/* Inside the personal detector: rows, validators, parsers and word lists that the text and the column side share.
 *
 *   rows.c     what identifiers look like (shapes), which check digits they have, which words stand beside them
 *   check*.c   the check digits
 *   parse.c    what is no fixed shape: e-mail, telephone, IP, date, IBAN, card …
 *   words.c    folding of text to words ("_e_mail_"), context
 *   terms.c    vocabularies: streets, diseases, medicines, religions …
 *   names.c    names of columns and keys, in several languages
 *   text.c     running text;  column.c  columns
 */
#pragma once
#include "scan/personal/personal.h"

/* ---- check digits: c has n upper-case letters and digits, no separators ---- */
typedef bool aisp_personal__check(const char *c, size_t n);
bool aisp_personal__luhn(const char *c, size_t n);
bool aisp_personal__verhoeff(const char *c, size_t n);
unsigned aisp_personal__mod97(const char *c, size_t n); /* letters as 10…35 */
/* Sum of c[i] × w[i] for the digits c[0…n). */
unsigned aisp_personal__weigh(const char *c, const unsigned char *w, size_t n);
bool aisp_personal__mod11_10(const char *c, size_t n); /* ISO 7064, the last digit is the check */
bool aisp_personal__digits(const char *c, size_t n);
bool aisp_personal__same(const char *c, size_t n);     /* all characters equal */
unsigned aisp_personal__num(const char *c, size_t n);  /* at most 9 digits */
bool aisp_personal__ymd(unsigned y, unsigned m, unsigned d);

/* Named validators; one each (the list generates the declarations). */
#define AISP_PERSONAL_CHECKS(X)                                                                                        \
	X(card) X(us_ssn) X(us_itin) X(us_aba) X(us_npi) X(us_dea) X(us_mbi) X(uk_nino) X(uk_nhs) X(uk_utr) X(ca_sin) X(de_steuer)     \
	X(de_ausweis) X(de_rvnr) X(fr_nir) X(it_cf) X(es_dni) X(es_nie) X(pt_nif) X(nl_bsn) X(be_nrn) X(at_svnr)       \
	X(ch_ahv) X(pl_pesel) X(pl_nip) X(se_pnr) X(no_fnr) X(dk_cpr) X(fi_hetu) X(cz_rc) X(ro_cnp) X(bg_egn)          \
	X(hr_oib) X(gr_amka) X(gr_afm) X(hu_taj) X(ie_pps) X(ee_ik) X(jmbg) X(ua_rnokpp) X(ru_inn) X(ru_snils)         \
	X(is_kt) X(tr_tckn) X(br_cpf) X(br_cnpj) X(ar_cuit) X(cl_rut) X(mx_curp) X(mx_rfc) X(co_nit) X(ec_ci) X(in_aadhaar)       \
	X(in_pan) X(cn_id) X(jp_my) X(kr_rrn) X(tw_id) X(sg_nric) X(hk_id) X(th_id) X(my_nric) X(id_nik) X(au_tfn)     \
	X(au_medicare) X(au_abn) X(nz_ird) X(za_id) X(il_tz) X(ae_id) X(sa_id) X(eg_id) X(pk_cnic) X(imei) X(bic)
#define X(name) bool aisp_personal__##name(const char *c, size_t n);
AISP_PERSONAL_CHECKS(X)
#undef X

/* ---- rows ---- */
struct aisp_personal__row {
	const char *name;
	enum aisp_personal_class cls;
	const char *shapes;          /* "999-99-9999|999999999": 9 a digit, A a letter, X either (only for words without separator) */
	aisp_personal__check *valid; /* NULL: the shape is all there is */
	uint32_t chance;             /* one in so many random strings of the shape is valid; 1 = no check digits */
	uint8_t alone_split;         /* certainty without context, written with separators or letters; 0 = none */
	uint8_t alone_bare;          /* the same for digits only */
	const char *words;           /* beside it, and as the name of a column: "ssn|social_security" */
};
extern const struct aisp_personal__row aisp_personal__rows[];
extern const size_t aisp_personal__n_rows;
/* Shapes are looked up by hash: start with AISP_PERSONAL__SHAPE0, add each character of the shape. */
#define AISP_PERSONAL__SHAPE0 2166136261u
static inline uint32_t aisp_personal__shape_add(uint32_t h, char c)
{
	return (h ^ (unsigned char)c) * 16777619u;
}
/* Walks the rows of a shape: *at = 0 to begin; NULL at the end. *ret_split: written with separators or letters. */
const struct aisp_personal__row *aisp_personal__row_of(uint32_t shape, size_t n, uint16_t *at, bool *ret_split);
const struct aisp_personal__row *aisp_personal__row_named(const char *name);

/* One candidate: groups of letters and digits with single separators. */
enum { AISP_PERSONAL__ENDS = 10, AISP_PERSONAL__SPAN = 40 };
struct aisp_personal__span {
	struct {
		uint32_t shape, any; /* any: the shape with X for all, 0 when it has separators */
		uint16_t end, n;     /* in the text from the begin; characters of compact up to here */
		uint16_t digits;
	} ends[AISP_PERSONAL__ENDS];
	unsigned n_ends;
	char compact[AISP_PERSONAL__SPAN];
};
/* The text from `at` read as groups. whole: only the end of the text counts as an end. */
void aisp_personal__span_of(struct aisp_slice text, size_t at, bool whole, struct aisp_personal__span *ret);

/* ---- parsers: length of what begins at s.p[0], 0 when it is none ---- */
struct aisp_personal__found {
	size_t n;
	enum aisp_personal_certainty certainty; /* by its look alone; 0 = only with context */
	const char *detector, *reason;
};
/* at is the place of the "@": *ret_at where the address begins. */
bool aisp_personal__email(struct aisp_slice text, size_t at, size_t *ret_at, struct aisp_personal__found *ret);
bool aisp_personal__ipv4(struct aisp_slice s, struct aisp_personal__found *ret);
bool aisp_personal__ipv6(struct aisp_slice s, struct aisp_personal__found *ret);
bool aisp_personal__mac(struct aisp_slice s, struct aisp_personal__found *ret);
bool aisp_personal__iban(struct aisp_slice s, struct aisp_personal__found *ret);
bool aisp_personal__phone(struct aisp_slice s, struct aisp_personal__found *ret);
bool aisp_personal__date(struct aisp_slice s, struct aisp_personal__found *ret); /* any date of 1900 … 2030 */
bool aisp_personal__geo_pair(struct aisp_slice s, struct aisp_personal__found *ret);
/* A number with min_places decimals, at most max in size: its length, 0 when it is none. */
size_t aisp_personal__decimal(struct aisp_slice s, double max, unsigned min_places);
bool aisp_personal__address(struct aisp_slice text, size_t at, size_t *ret_at, struct aisp_personal__found *ret);
bool aisp_personal__mrz(struct aisp_slice s, struct aisp_personal__found *ret);
bool aisp_personal__card_test(const char *c, size_t n); /* a number that payment services publish for tests */

/* ---- words ---- */
/* Folded text: "_customer_e_mail_": ASCII small letters and digits, accents dropped, camel case split, other scripts kept. */
enum { AISP_PERSONAL__WORDS = 256 };
struct aisp_personal__words {
	char p[AISP_PERSONAL__WORDS];
	size_t n;
};
void aisp_personal__fold(struct aisp_slice s, struct aisp_personal__words *ret);
/* Where the last of the "a|b_c" stands, SIZE_MAX when none; a plural s is allowed. */
size_t aisp_personal__last_word(const struct aisp_personal__words *w, const char *list);
static inline bool aisp_personal__has_word(const struct aisp_personal__words *w, const char *list)
{
	return aisp_personal__last_word(w, list) != SIZE_MAX;
}
/* What stands before (and, in brackets, behind) a place of a text. */
void aisp_personal__context(struct aisp_slice text, size_t at, size_t end, struct aisp_personal__words *ret);
/* Does the context speak of one of these words, and of nothing unfitting nearer? */
bool aisp_personal__speaks(const struct aisp_personal__words *w, const char *list);
/* Does it say that this is a number of something else (order, version, part …)? */
bool aisp_personal__denies(const struct aisp_personal__words *w);

/* ---- vocabularies ---- */
enum aisp_personal__term {
	AISP_PERSONAL__TERM_NONE,
	AISP_PERSONAL__TERM_DISEASE,
	AISP_PERSONAL__TERM_MEDICINE,
	AISP_PERSONAL__TERM_RELIGION,
	AISP_PERSONAL__TERM_ETHNIC,
	AISP_PERSONAL__TERM_ORIENTATION,
	AISP_PERSONAL__TERM_POLITICS,
	AISP_PERSONAL__TERM_BIOMETRIC,
	AISP_PERSONAL__TERM_MONTH,
	AISP_PERSONAL__TERM_STREET_AFTER,  /* Street, Ave: behind the name */
	AISP_PERSONAL__TERM_STREET_BEFORE, /* rue, via, calle: before the name */
	AISP_PERSONAL__TERM_STREET_JOINED, /* Hauptstraße, Kerkstraat: the number stands behind */
};
/* 1 … 12, 0: none. English, German, French, Spanish, Italian, Portuguese, Dutch, long or short. */
unsigned aisp_personal__month_of(struct aisp_slice word);
/* A single word, any case, ASCII or with accents. */
enum aisp_personal__term aisp_personal__term_of(struct aisp_slice word);
extern const char aisp_personal__words_email[], aisp_personal__words_phone[], aisp_personal__words_birth[],
	aisp_personal__words_address[], aisp_personal__words_ip[], aisp_personal__words_location[];

/* ---- names of columns and keys ---- */
struct aisp_personal__name {
	enum aisp_personal_class cls;
	const char *detector; /* static */
	const char *phrase;   /* what was recognised: static */
	bool strong;          /* the name alone says it */
	bool free_text;       /* a column of prose */
};
/* Up to max meanings of a name (a path: the last part counts, the parts before it and the table help). */
size_t aisp_personal__name_of(struct aisp_slice table, struct aisp_slice name, struct aisp_personal__name *ret, size_t max);
/* Can this value be of the class at all? For names that alone say what a column is. */
bool aisp_personal__fits(enum aisp_personal_class cls, const char *detector, struct aisp_slice value);
