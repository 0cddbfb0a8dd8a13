/* Words as a reader takes them. Every way of writing a word that a model still reads is folded into one: case, accents,
 * full-width and mathematical letters, Cyrillic and Greek look-alikes within a Latin word, digits for letters, letters with
 * spaces or hidden characters between, letters in scrambled order (for the few words that matter). A word that had to be
 * folded is marked.
 *
 * Chinese and Japanese characters are words of one character each; a URL is the word "url", an address "mail@". A dot, a
 * slash or "<" before a word stays part of it when it follows no letter: ".env", "<system".
 */
#include "scan/instructions/instructions_int.h"

struct reader {
	struct scan *s;
	struct window *w;
	size_t at;
	unsigned flags;      /* for the next word */
	bool quote, curly, code, listed, fenced;
	bool record;         /* in a string of an object */
	bool line_start;
	size_t newlines;
};

static bool is_alpha(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
static bool is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

struct aisp_slice aisp_instructions__word(const struct window *w, size_t i)
{
	return aisp_slice_of(w->norm + w->words[i].norm, w->words[i].norm_n);
}

/* Cyrillic and Greek letters that look like Latin ones; pairs of code point and letter, in order. */
static const struct {
	uint16_t cp;
	char c;
} alike[] = {{0x391, 'a'}, {0x392, 'b'}, {0x395, 'e'}, {0x396, 'z'}, {0x397, 'h'}, {0x399, 'i'}, {0x39A, 'k'}, {0x39C, 'm'}, {0x39D, 'n'},
	{0x39F, 'o'}, {0x3A1, 'p'}, {0x3A4, 't'}, {0x3A5, 'y'}, {0x3A7, 'x'}, {0x3B1, 'a'}, {0x3B5, 'e'}, {0x3B9, 'i'}, {0x3BA, 'k'},
	{0x3BD, 'v'}, {0x3BF, 'o'}, {0x3C1, 'p'}, {0x3C4, 't'}, {0x3C5, 'u'}, {0x3C7, 'x'}, {0x405, 's'}, {0x406, 'i'}, {0x408, 'j'},
	{0x410, 'a'}, {0x412, 'b'}, {0x415, 'e'}, {0x41A, 'k'}, {0x41C, 'm'}, {0x41D, 'h'}, {0x41E, 'o'}, {0x420, 'p'}, {0x421, 'c'},
	{0x422, 't'}, {0x423, 'y'}, {0x425, 'x'}, {0x430, 'a'}, {0x433, 'r'}, {0x435, 'e'}, {0x43A, 'k'}, {0x43E, 'o'}, {0x43F, 'n'},
	{0x440, 'p'}, {0x441, 'c'}, {0x443, 'y'}, {0x445, 'x'}, {0x455, 's'}, {0x456, 'i'}, {0x458, 'j'}, {0x501, 'd'}, {0x51B, 'q'},
	{0x51D, 'w'}, {0x4BB, 'h'}, {0x4CF, 'l'}, {0x578, 'n'}, {0x57D, 'u'}, {0x585, 'o'}};

char aisp_instructions__look_alike(uint32_t cp)
{
	for (size_t i = 0; i < sizeof alike / sizeof *alike; i++)
		if (alike[i].cp == cp)
			return alike[i].c;
	return 0;
}

/* Full-width, mathematical, circled and small-capital letters: always a disguise of the plain letter. */
static char disguised(uint32_t cp)
{
	if (cp >= 0xFF21 && cp <= 0xFF3A)
		return (char)('a' + (cp - 0xFF21));
	if (cp >= 0xFF41 && cp <= 0xFF5A)
		return (char)('a' + (cp - 0xFF41));
	if (cp >= 0x1D400 && cp <= 0x1D6A3)
		return (char)('a' + (cp - 0x1D400) % 26);
	if (cp >= 0x24B6 && cp <= 0x24E9)
		return (char)('a' + (cp - 0x24B6) % 26);
	if (cp >= 0x1F130 && cp <= 0x1F149)
		return (char)('a' + (cp - 0x1F130));
	if (cp >= 0x1F170 && cp <= 0x1F189)
		return (char)('a' + (cp - 0x1F170));
	return 0;
}

/* Latin letters with marks, from U+00C0 on: the plain letter. */
static char unaccented(uint32_t cp)
{
	static const char latin1[] = "aaaaaaaceeeeiiiidnooooo*ouuuuyysaaaaaaaceeeeiiiidnooooo/ouuuuyyy";
	static const char extended[] = "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllllllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

	if (cp >= 0xC0 && cp <= 0xFF)
		return latin1[cp - 0xC0] >= 'a' ? latin1[cp - 0xC0] : 0;
	if (cp >= 0x100 && cp < 0x100 + sizeof extended - 1)
		return extended[cp - 0x100];
	return 0;
}

static bool is_ideograph(uint32_t cp)
{
	return (cp >= 0x3041 && cp <= 0x30FF) || (cp >= 0x3400 && cp <= 0x9FFF) || (cp >= 0xF900 && cp <= 0xFAFF) ||
		(cp >= 0x20000 && cp <= 0x3FFFF);
}

static bool is_letter(uint32_t cp)
{
	return (cp >= 0xC0 && cp <= 0x24F && cp != 0xD7 && cp != 0xF7) || (cp >= 0x370 && cp <= 0x1FFF) || (cp >= 0xAC00 && cp <= 0xD7A3) ||
		(cp >= 0x1100 && cp <= 0x11FF) || (cp >= 0x2C00 && cp <= 0x2DFF) || (cp >= 0xA640 && cp <= 0xABFF);
}

static bool is_unseen(uint32_t cp)
{
	return cp == 0xAD || (cp >= 0x200B && cp <= 0x200F) || (cp >= 0x202A && cp <= 0x202E) || (cp >= 0x2060 && cp <= 0x206F) ||
		cp == 0xFEFF || cp == 0x180E || (cp >= 0xFE00 && cp <= 0xFE0F) || (cp >= 0xE0000 && cp <= 0xE01EF) || cp == 0x34F;
}

static void put(struct window *w, uint32_t cp)
{
	char *p = w->norm + w->n_norm;

	if (cp < 0x80) {
		*p = (char)cp;
		w->n_norm += 1;
	} else if (cp < 0x800) {
		p[0] = (char)(0xC0 | cp >> 6);
		p[1] = (char)(0x80 | (cp & 63));
		w->n_norm += 2;
	} else if (cp < 0x10000) {
		p[0] = (char)(0xE0 | cp >> 12);
		p[1] = (char)(0x80 | (cp >> 6 & 63));
		p[2] = (char)(0x80 | (cp & 63));
		w->n_norm += 3;
	} else {
		p[0] = (char)(0xF0 | cp >> 18);
		p[1] = (char)(0x80 | (cp >> 12 & 63));
		p[2] = (char)(0x80 | (cp >> 6 & 63));
		p[3] = (char)(0x80 | (cp & 63));
		w->n_norm += 4;
	}
}

static void add_word(struct reader *r, size_t at, size_t end, size_t norm, unsigned more)
{
	struct window *w = r->w;

	if (w->n_words == WINDOW || w->n_norm == norm)
		return;
	unsigned f = r->flags | more;

	f |= (r->quote || r->curly ? W_QUOTED : 0u) | (r->code ? W_QUOTED | W_CODE : 0u) | (r->fenced ? W_FENCED : 0u) | (r->listed ? W_LISTED : 0u) | (r->record ? W_RECORD | W_QUOTED : 0u);
	w->words[w->n_words++] = (struct iword){(uint32_t)at, (uint32_t)(end - at), (uint32_t)norm, (uint16_t)(w->n_norm - norm), (uint16_t)f};
	r->flags = 0;
}

/* ---- Words that are written in disguise ---- */

static const char *const keys[] = {"ignore", "ignoring", "disregard", "previous", "instructions", "instruction", "system", "prompt", "bypass",
	"override", "safety", "reveal", "guidelines", "restrictions", "forget", "assistant", "password"};

static bool is_key(const char *p, size_t n)
{
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (strlen(keys[i]) == n && memcmp(keys[i], p, n) == 0)
			return true;
	return false;
}

/* The key of which this is a scramble (first and last letter kept), or NULL. */
static const char *unscramble(const char *p, size_t n)
{
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		const char *k = keys[i];
		signed char count[26] = {0};
		bool same = strlen(k) == n && k[0] == p[0] && k[n - 1] == p[n - 1];

		for (size_t j = 0; same && j < n; j++) {
			same = p[j] >= 'a' && p[j] <= 'z';
			if (same) {
				count[p[j] - 'a']++;
				count[k[j] - 'a']--;
			}
		}
		for (size_t j = 0; same && j < 26; j++)
			same = count[j] == 0;
		if (same && memcmp(k, p, n) != 0)
			return k;
	}
	return NULL;
}

/* Digits and signs for letters: only when the outcome is a word that matters. */
static bool fold_leet(char *p, size_t n)
{
	static const char from[] = "013457@$!|", to[] = "oieastasii";
	char word[16];
	bool changed = false;

	if (n < 5 || n > sizeof word)
		return false;
	for (size_t i = 0; i < n; i++) {
		const char *f = p[i] ? strchr(from, p[i]) : NULL;

		word[i] = f ? to[f - from] : p[i];
		changed |= f != NULL;
	}
	if (!changed || !is_key(word, n))
		return false;
	memcpy(p, word, n);
	return true;
}

/* "i g n o r e" or "i-g-n-o-r-e": the words they spell are added; returns the end, or 0 when this is none. */
static size_t read_spaced(const struct window *w, size_t at, char sep, char letters[256], size_t *ret_end)
{
	size_t n = 0, i = at;

	while (i < w->n && n < 256 && is_alpha((unsigned char)w->text[i])) {
		unsigned char next = i + 1 < w->n ? (unsigned char)w->text[i + 1] : 0;

		if (is_alpha(next) || next >= 0x80)
			break;
		letters[n++] = (char)(w->text[i] | 32);
		*ret_end = i + 1;
		if (next != (unsigned char)sep)
			break;
		i += 2;
	}
	return n;
}

static size_t spaced(struct reader *r, size_t at)
{
	static const char *const parts[] = {"instructions", "instruction", "disregard", "previous", "ignore", "system", "prompt", "prior", "above",
		"forget", "reveal", "rules", "secret", "bypass", "safety", "user", "all", "the", "your", "and", "any"};
	struct window *w = r->w;
	char letters[256];
	size_t end = at;
	char sep = at + 1 < w->n ? w->text[at + 1] : 0;
	size_t n = sep && strchr(" -._*", sep) ? read_spaced(w, at, sep, letters, &end) : 0;

	if (n < 3)
		return 0;
	for (size_t k = 0; k < n;) {
		size_t take = 0, norm = w->n_norm;

		for (size_t p = 0; p < sizeof parts / sizeof *parts && !take; p++)
			if (strlen(parts[p]) <= n - k && memcmp(letters + k, parts[p], strlen(parts[p])) == 0)
				take = strlen(parts[p]);
		if (!take && k == 0 && n < 5)
			return 0;
		if (!take)
			take = n - k;
		memcpy(w->norm + w->n_norm, letters + k, take);
		w->n_norm += take;
		add_word(r, at, end, norm, W_FOLDED);
		k += take;
	}
	return end;
}

/* ---- Reading ---- */

static size_t url_end(const struct window *w, size_t at)
{
	while (at < w->n && (unsigned char)w->text[at] > ' ' && !strchr("\"'<>`)|]}", w->text[at]) &&
	       !(w->text[at] == '$' && at + 1 < w->n && w->text[at + 1] == '('))
		at++;
	return at;
}

static bool starts(const struct window *w, size_t at, const char *with)
{
	size_t n = strlen(with);

	return at + n <= w->n && memcmp(w->text + at, with, n) == 0;
}

static size_t special(struct reader *r, size_t at, const char *as, size_t end)
{
	size_t norm = r->w->n_norm;

	memcpy(r->w->norm + norm, as, strlen(as));
	r->w->n_norm += strlen(as);
	add_word(r, at, end, norm, 0);
	return end;
}

struct letters {
	bool latin, alike, disguised, other, unseen, digit;
	size_t alikes, n;
};

static size_t ascii_letter(struct window *w, size_t at, struct letters *l)
{
	unsigned char c = (unsigned char)w->text[at], next = at + 1 < w->n ? (unsigned char)w->text[at + 1] : 0;

	if (c == '\'' && l->n && is_alpha(next))
		return 1;
	if (!is_alpha(c) && !is_digit(c)) {
		bool leet = (c == '@' || c == '$') && is_alpha(next) && l->n && l->n < 3 && is_alpha((unsigned char)w->text[at - 1]);

		if (!leet)
			return 0;
	}
	l->latin |= is_alpha(c);
	l->digit |= !is_alpha(c);
	put(w, is_alpha(c) ? c | 32 : c);
	l->n++;
	return 1;
}

/* One letter at `at`: its length; 0 when the word ends here. What it folds to is put to norm. */
static size_t letter(struct reader *r, size_t at, struct letters *l)
{
	struct window *w = r->w;
	unsigned char c = (unsigned char)w->text[at];
	uint32_t cp;
	char folded;

	if (c < 0x80)
		return ascii_letter(w, at, l);
	size_t n = aisp_slice_utf8(aisp_slice_of(w->text + at, w->n - at), &cp);

	if (n == 0 || is_ideograph(cp))
		return 0;
	if (cp == 0x2019 && l->n && at + n < w->n && is_alpha((unsigned char)w->text[at + n]))
		return n;
	if (is_unseen(cp)) {
		l->unseen |= l->n != 0;
		return n;
	}
	if ((folded = disguised(cp))) {
		l->disguised = true;
	} else if ((folded = unaccented(cp))) {
		l->latin = true;
	} else if (!is_letter(cp)) {
		return 0;
	} else if (aisp_instructions__look_alike(cp)) {
		l->alike = true;
		l->alikes++;
	} else {
		l->other = true;
	}
	if (cp >= 0x410 && cp <= 0x42F)
		cp += 32;
	put(w, folded ? (uint32_t)folded : cp);
	l->n++;
	return n;
}

/* norm[from…] again, with look-alikes as what they look like. */
static void fold_alikes(struct window *w, size_t from)
{
	size_t to = from, end = w->n_norm;

	for (size_t i = from; i < end;) {
		uint32_t cp;
		size_t n = aisp_slice_utf8(aisp_slice_of(w->norm + i, end - i), &cp);

		if (n == 0)
			return;
		char c = cp < 0x80 ? (char)cp : aisp_instructions__look_alike(cp);

		if (c)
			w->norm[to++] = c;
		i += n;
	}
	w->n_norm = to;
}

static void finish_word(struct reader *r, size_t at, size_t end, size_t norm, const struct letters *l)
{
	struct window *w = r->w;
	bool mixed = l->latin && l->alike && !l->other;
	unsigned more = l->disguised || (l->unseen && l->latin && l->n > 3) ? W_FOLDED : 0u;

	if (mixed && l->n >= 4) {
		fold_alikes(w, norm);
		more = W_FOLDED;
		if (l->n - l->alikes >= 2 || l->n >= 5) {
			r->s->homoglyphs++;
			if (r->s->homoglyphs <= 8)
				aisp_instructions__hit(r->s, "homoglyph", r->s->role == AISP_TEXT_DATA && r->s->homoglyphs < 3 ? SEV_LOW : SEV_MEDIUM,
				                       w->base + at, end - at, "letters of another script within a Latin word",
				                       aisp_slice_of(w->norm + norm, w->n_norm - norm));
		}
	}
	char *p = w->norm + norm;
	size_t n = w->n_norm - norm;

	if (l->digit && l->latin && fold_leet(p, n))
		more = W_FOLDED;
	const char *key = n >= 6 && n <= 12 ? unscramble(p, n) : NULL;

	if (key) {
		memcpy(p, key, n);
		more = W_FOLDED;
	}
	add_word(r, at, end, norm, more);
}

static bool is_alnum_at(const struct window *w, size_t at)
{
	return is_alpha((unsigned char)w->text[at]) || is_digit((unsigned char)w->text[at]);
}

/* What of ".env", "<system", "</system" stands before the word: '.', '<' or 0. */
static char mark_before(const struct window *w, size_t at)
{
	char before = at ? w->text[at - 1] : ' ';

	if (before == '.' && (at < 2 || !is_alnum_at(w, at - 2)))
		return '.';
	return before == '<' || (before == '/' && at >= 2 && w->text[at - 2] == '<') ? '<' : 0;
}

static size_t read_word(struct reader *r, size_t at)
{
	struct window *w = r->w;
	struct letters l = {0};
	size_t norm = w->n_norm, i = at, n;
	char mark = mark_before(w, at);

	if (starts(w, at, "http://") || starts(w, at, "https://"))
		return special(r, at, "url", url_end(w, at));
	if (is_alpha((unsigned char)w->text[at]) && !(at && is_alnum_at(w, at - 1)) && (i = spaced(r, at)))
		return i;
	i = at;
	if (mark)
		put(w, (unsigned char)mark);
	while (i < w->n && i - at < 200 && (n = letter(r, i, &l)) > 0)
		i += n;
	if (i < w->n && w->text[i] == '@' && i + 1 < w->n && is_alpha((unsigned char)w->text[i + 1]) && l.n) {
		w->n_norm = norm;
		return special(r, at, "mail@", url_end(w, i));
	}
	if (l.n == 0) {
		w->n_norm = norm;
		return i > at ? i : at + 1;
	}
	finish_word(r, at, i, norm, &l);
	return i;
}

/* A list item, a row of a table, a block quote. */
static bool is_item(const struct window *w, size_t at)
{
	char c = at < w->n ? w->text[at] : '\n';
	size_t digits = at;

	if (c == '>' || c == '|')
		return true;
	if (c == '-' || c == '*' || c == '+')
		return at + 1 < w->n && w->text[at + 1] == ' ';
	while (digits < w->n && is_digit((unsigned char)w->text[digits]))
		digits++;
	return digits > at && digits < w->n && (w->text[digits] == '.' || w->text[digits] == ')');
}

/* At a line's begin: fences, list items, headings, tables, blank lines. */
static void begin_line(struct reader *r)
{
	struct window *w = r->w;
	size_t at = r->at;

	r->quote = r->code = false;
	while (at < w->n && (w->text[at] == ' ' || w->text[at] == '\t'))
		at++;
	if (starts(w, at, "```") || starts(w, at, "~~~"))
		r->fenced = !r->fenced;
	char c = at < w->n ? w->text[at] : '\n';
	bool item = is_item(w, at), blank = c == '\n' || c == '\r';

	if (item || blank || c == '#' || r->fenced)
		r->flags |= W_SENTENCE;
	if (blank) {
		r->flags |= W_PARAGRAPH;
		r->listed = r->curly = false;
	}
	if (c == '#')
		r->listed = false;
	if (item)
		r->listed = true;
	r->line_start = false;
}

static char next_mark(const struct window *w, size_t at)
{
	while (at < w->n && (w->text[at] == ' ' || w->text[at] == '\n' || w->text[at] == '\r' || w->text[at] == '\t'))
		at++;
	return at < w->n ? w->text[at] : ',';
}

static char last_mark(const struct window *w, size_t at)
{
	while (at && (w->text[at - 1] == ' ' || w->text[at - 1] == '\n' || w->text[at - 1] == '\r' || w->text[at - 1] == '\t'))
		at--;
	return at ? w->text[at - 1] : ',';
}

/* A quote of an object: behind ':', ',' or a bracket a string begins, before them it ends. Each string is a sentence of its own:
 * the value of a field is written by somebody else than the next. */
static void record_quote(struct reader *r)
{
	if (r->record && strchr(",:]})", next_mark(r->w, r->at + 1))) {
		r->record = false;
		r->flags |= W_SENTENCE;
	} else if (!r->record && strchr(",:[{(", last_mark(r->w, r->at))) {
		r->record = true;
		r->flags |= W_SENTENCE;
	}
}

static void quote_mark(struct reader *r, char c)
{
	struct window *w = r->w;

	if (c == '`') {
		r->code = !r->code;
	} else if (c == '"') {
		r->quote = !r->quote;
	} else if (c == '\'') {
		bool before = r->at && (is_alpha((unsigned char)w->text[r->at - 1]) || w->text[r->at - 1] == '.' || w->text[r->at - 1] == '!');
		bool after = r->at + 1 < w->n && (is_alpha((unsigned char)w->text[r->at + 1]) || w->text[r->at + 1] == '<');

		if (!before && after)
			r->quote = true;
		else if (before && !after)
			r->quote = false;
	}
}

static void entity(struct reader *r)
{
	const struct window *w = r->w;

	if (starts(w, r->at, "&ldquo;") || starts(w, r->at, "&laquo;"))
		r->curly = true;
	else if (starts(w, r->at, "&rdquo;") || starts(w, r->at, "&raquo;"))
		r->curly = false;
	else if (starts(w, r->at, "&quot;"))
		r->quote = !r->quote;
}

/* What a mark says about the word behind it. */
static unsigned mark_flags(char c, char next)
{
	if (c == '.' || c == '!' || c == '?' || c == ';')
		return next <= ' ' || strchr("\"')]*_<", next) ? W_SENTENCE : 0;
	if (c == '-')
		return next == ' ' || next == '-' ? W_BREAK : 0;
	if (c == '>')
		return W_SENTENCE;
	return c && strchr(",:()[]{}<", c) ? W_BREAK : c == '@' && is_alpha((unsigned char)next) ? W_BREAK : 0;
}

static void ascii_mark(struct reader *r, char c)
{
	struct window *w = r->w;
	char next = r->at + 1 < w->n ? w->text[r->at + 1] : '\n';

	if (c == '\n') {
		r->line_start = true;
		r->at++;
		return;
	}
	if (r->s->is_record && c == '\\' && next && strchr("nrt\"", next)) { /* of a string in JSON */
		r->flags |= next == 'n' ? W_SENTENCE : W_BREAK;
		r->at += 2;
		return;
	}
	if (r->s->is_record && (c == '"' || c == '\''))
		record_quote(r);
	else if (c == '"' || c == '`' || c == '\'')
		quote_mark(r, c);
	else if (c == '&')
		entity(r);
	r->flags |= mark_flags(c, next);
	if (c == '|' && next != '|' && !(r->listed && !r->code && !r->fenced))
		special(r, r->at, "<pipe", r->at + 1);
	r->at++;
}

static void wide_mark(struct reader *r, uint32_t cp, size_t n)
{
	switch (cp) {
	case 0x3002: case 0xFF01: case 0xFF1F: case 0xFF1B: case 0x964: case 0x61F: case 0x6D4:
		r->flags |= W_SENTENCE;
		break;
	case 0x3001: case 0xFF0C: case 0xFF1A: case 0x2014: case 0x2013: case 0x60C:
		r->flags |= W_BREAK;
		break;
	case 0x201E: case 0xAB: case 0x300C: case 0x300E: case 0x2018:
		r->curly = true;
		break;
	case 0x201C:
		r->curly = !r->curly || cp == 0;
		break;
	case 0x201D: case 0xBB: case 0x300D: case 0x300F: case 0x2019:
		r->curly = false;
		break;
	default:
		break;
	}
	r->at += n;
}

void aisp_instructions__words(struct scan *s, struct window *w)
{
	struct reader r = {.s = s, .w = w, .line_start = true, .fenced = w->fenced, .flags = W_SENTENCE | W_PARAGRAPH};
	size_t glue = SIZE_MAX;

	w->n_words = w->n_norm = 0;
	while (r.at < w->n) {
		uint32_t cp = (unsigned char)w->text[r.at];
		size_t n = 1;

		if (r.line_start)
			begin_line(&r);
		if (cp >= 0x80 && (n = aisp_slice_utf8(aisp_slice_of(w->text + r.at, w->n - r.at), &cp)) == 0) {
			r.at++;
			continue;
		}
		if (cp < 0x80 ? is_alpha((unsigned char)cp) || is_digit((unsigned char)cp) : is_letter(cp) || disguised(cp)) {
			r.at = read_word(&r, r.at);
		} else if (cp < 0x80) {
			ascii_mark(&r, (char)cp);
		} else if (is_ideograph(cp)) {
			size_t norm = w->n_norm;

			put(w, cp);
			add_word(&r, r.at, r.at + n, norm, glue == r.at ? W_GLUED : 0u);
			r.at += n;
			glue = r.at;
		} else {
			wide_mark(&r, cp, n);
		}
	}
	w->fenced = r.fenced;
}
