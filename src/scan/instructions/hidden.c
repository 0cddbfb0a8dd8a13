/* What a reader cannot see: tag characters, bidirectional controls, zero-width characters, selectors and private characters that
 * carry bytes, terminal escapes. Each has honest uses, which are left alone: flags of England and the like, joiners in emoji
 * and in scripts that need them, isolates in lines that hold right-to-left text, a byte order mark, one selector behind a
 * character, colours in a log.
 *
 *   run = characters that show nothing, one behind another
 */
#include "base/buf.h"
#include "scan/instructions/instructions_int.h"

enum kind { K_NONE, K_TAG, K_ZERO, K_SELECTOR, K_PRIVATE, K_MATH, K_SHY, K_BIDI, K_FILLER };
enum { PRIVATE_RUN = 6, SOME = 4 };

struct run {
	size_t at, end, n, seen[K_FILLER + 1];
	uint32_t before; /* the visible character before it */
};
struct hider {
	struct scan *s;
	struct run run;
	uint32_t last;         /* visible character before the run */
	size_t zero_in_words, first_zero, last_zero;
	size_t line, depth;    /* where the line begins; bidi controls open in it */
	size_t bidi_at, bidi_end, overrides, controls;
	bool rtl, unbalanced;
};

static enum kind kind_of(uint32_t cp)
{
	static const struct {
		uint32_t from, to;
		enum kind kind;
	} rows[] = {{0xAD, 0xAD, K_SHY}, {0x34F, 0x34F, K_ZERO}, {0x61C, 0x61C, K_BIDI}, {0x115F, 0x1160, K_FILLER}, {0x180E, 0x180E, K_ZERO},
		{0x200B, 0x200D, K_ZERO}, {0x200E, 0x200F, K_BIDI}, {0x202A, 0x202E, K_BIDI}, {0x2060, 0x2060, K_ZERO}, {0x2061, 0x2064, K_MATH},
		{0x2066, 0x2069, K_BIDI}, {0x206A, 0x206F, K_ZERO}, {0x3164, 0x3164, K_FILLER}, {0xFE00, 0xFE0F, K_SELECTOR}, {0xFEFF, 0xFEFF, K_ZERO},
		{0xFFA0, 0xFFA0, K_FILLER}, {0xE0000, 0xE007F, K_TAG}, {0xE0100, 0xE01EF, K_SELECTOR}, {0xF0000, 0x10FFFF, K_PRIVATE}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows && rows[i].from <= cp; i++)
		if (cp <= rows[i].to)
			return rows[i].kind;
	return K_NONE;
}

static bool is_rtl(uint32_t cp)
{
	return (cp >= 0x590 && cp <= 0x8FF) || (cp >= 0xFB1D && cp <= 0xFDFF) || (cp >= 0xFE70 && cp <= 0xFEFC) || (cp >= 0x10800 && cp <= 0x10FFF) ||
		(cp >= 0x1E800 && cp <= 0x1EFFF);
}
/* Scripts whose writing uses joiners, or that part words by U+200B. */
static bool needs_joiners(uint32_t cp)
{
	return is_rtl(cp) || (cp >= 0x900 && cp <= 0x109F) || (cp >= 0x1780 && cp <= 0x18AF) || (cp >= 0x1900 && cp <= 0x1CFF) || (cp >= 0x2E80 && cp <= 0xA4CF) ||
		(cp >= 0xA800 && cp <= 0xD7FF) || (cp >= 0xF900 && cp <= 0xFAFF) || (cp >= 0xFF00 && cp <= 0xFFEF) || (cp >= 0x11000 && cp <= 0x11FFF);
}
static bool is_emoji(uint32_t cp)
{
	return (cp >= 0x2190 && cp <= 0x2BFF) || (cp >= 0x1F000 && cp <= 0x1FAFF) || cp == 0x20E3 || cp == 0xA9 || cp == 0xAE || cp == 0x203C || cp == 0x2049 ||
		cp == 0x3030 || cp == 0x303D || cp == 0x3297 || cp == 0x3299;
}
static bool is_latin(uint32_t cp)
{
	return (cp >= 'a' && cp <= 'z') || (cp >= 'A' && cp <= 'Z') || (cp >= '0' && cp <= '9');
}

/* ---- What a run says ---- */

static uint32_t next_cp(struct aisp_slice s, size_t *at)
{
	uint32_t cp;
	size_t n = aisp_slice_utf8(aisp_slice_from(s, *at), &cp);

	*at += n ? n : 1;
	return n ? cp : 0;
}

/* The bytes that the run carries as text: tags and private characters as ASCII, selectors as bytes, two kinds of zero-width
 * characters as bits. Empty when that gives no printable text. */
static struct aisp_slice decode(struct scan *s, const struct run *run)
{
	char *out = aisp_arena_alloc(s->a, EXCERPT + 1);
	size_t n = 0, bits = 0, printable = 0;
	unsigned byte = 0;
	uint32_t zero = 0;

	s->nomem |= !out;
	for (size_t at = run->at; out && at < run->end && n < EXCERPT;) {
		uint32_t cp = next_cp(s->text, &at), c = 0;

		switch (kind_of(cp)) {
		case K_TAG:
			c = cp - 0xE0000;
			break;
		case K_PRIVATE:
			c = cp & 0xFF;
			break;
		case K_SELECTOR:
			c = cp <= 0xFE0F ? cp - 0xFE00 : cp - 0xE0100 + 16;
			break;
		case K_ZERO:
			zero = zero ? zero : cp;
			byte = (byte << 1 | (cp != zero)) & 0xFF;
			if (++bits % 8)
				continue;
			c = byte;
			break;
		default:
			continue;
		}
		if (c >= ' ' && c < 0x7F)
			printable++;
		out[n++] = c >= ' ' && c < 0x7F ? (char)c : '.';
	}
	return n && printable * 10 >= n * 8 ? aisp_slice_of(out, n) : aisp_slice_of(NULL, 0);
}

static bool is_flag(const struct scan *s, const struct run *run)
{
	size_t at = run->at;
	uint32_t cp = 0;

	for (size_t i = 0; i < run->n; i++) {
		cp = next_cp(s->text, &at);
		bool part = (cp >= 0xE0030 && cp <= 0xE0039) || (cp >= 0xE0061 && cp <= 0xE007A);

		if (i + 1 < run->n && !part)
			return false;
	}
	return run->before == 0x1F3F4 && run->n <= 8 && cp == 0xE007F;
}

static void judge_run(struct hider *h)
{
	static const struct {
		const char *rule, *reason;
		size_t least;
	} rows[] = {
		[K_TAG] = {"hidden-tags", "text in tag characters, which no font shows", 1},
		[K_SELECTOR] = {"variation-selectors", "a run of variation selectors, which can carry bytes", SOME},
		[K_PRIVATE] = {"private-use", "a run of private-use characters, which can carry text", PRIVATE_RUN},
		[K_ZERO] = {"zero-width", "a run of zero-width characters, which can carry bits", SOME},
		[K_MATH] = {"invisible-math", "a run of invisible operators", SOME},
		[K_SHY] = {"soft-hyphen", "a run of soft hyphens", SOME},
		[K_FILLER] = {"zero-width", "a run of fillers, which show nothing", SOME},
	};
	struct run *run = &h->run;
	enum kind k = K_NONE;

	for (enum kind i = K_TAG; i <= K_FILLER; i++)
		if (i != K_BIDI && run->seen[i] > (k ? run->seen[k] : 0))
			k = i;
	if (!k || run->n < rows[k].least || (k == K_TAG && is_flag(h->s, run)))
		return;
	struct aisp_slice decoded = decode(h->s, run);
	enum severity sev = decoded.n >= 6 || k == K_TAG ? SEV_CRITICAL : run->n >= 12 ? SEV_HIGH : SEV_MEDIUM;

	if (k == K_TAG && run->n < 4)
		sev = SEV_MEDIUM;
	aisp_instructions__hit(h->s, rows[k].rule, sev, run->at, run->end - run->at, rows[k].reason, decoded);
}

/* A single zero-width character: within a Latin word it has no use. */
static void count_zero(struct hider *h, uint32_t after)
{
	struct run *run = &h->run;

	if (run->n > 3 || !run->seen[K_ZERO] + !run->seen[K_SHY] == 2 || !is_latin(run->before) || !is_latin(after) || run->at == 0)
		return;
	if (!run->seen[K_ZERO])
		return;
	if (!h->zero_in_words++)
		h->first_zero = run->at;
	h->last_zero = run->end;
}

static void end_run(struct hider *h, uint32_t after)
{
	if (!h->run.n)
		return;
	bool fine = h->run.n <= 3 && (needs_joiners(h->run.before) || needs_joiners(after) || is_emoji(h->run.before) || is_emoji(after));

	if (!fine || h->run.seen[K_TAG] || h->run.n >= SOME) {
		judge_run(h);
		count_zero(h, after);
	}
	h->run = (struct run){0};
}

/* ---- Bidirectional controls, line by line ---- */

static void end_line(struct hider *h, size_t end)
{
	struct scan *s = h->s;
	bool open = h->depth > 0 || h->unbalanced;

	if (h->controls && (h->overrides || !h->rtl)) {
		bool strict = s->role != AISP_TEXT_DATA;
		enum severity sev = h->overrides ? (strict ? SEV_HIGH : h->rtl ? SEV_LOW : SEV_MEDIUM) : open || h->controls > 4 ? (strict ? SEV_HIGH : SEV_MEDIUM) : SEV_LOW;

		if (h->overrides && h->rtl && !open && strict)
			sev = SEV_MEDIUM;
		aisp_instructions__hit(s, "bidi", sev, h->bidi_at, h->bidi_end - h->bidi_at, "controls that show text in another order than it is read", aisp_slice_of(NULL, 0));
	}
	h->rtl = h->unbalanced = false;
	h->depth = h->controls = h->overrides = 0;
	h->line = end;
}

static void on_bidi(struct hider *h, uint32_t cp, size_t at, size_t end)
{
	if (cp == 0x200E || cp == 0x200F || cp == 0x61C)
		return;
	if (!h->controls++)
		h->bidi_at = at;
	h->bidi_end = end;
	h->overrides += cp == 0x202D || cp == 0x202E;
	if (cp == 0x202C || cp == 0x2069) {
		h->unbalanced |= h->depth == 0;
		h->depth -= h->depth > 0;
	} else {
		h->depth++;
	}
}

/* ---- Terminal escapes ---- */

struct escape {
	size_t end;
	bool hides; /* shows the text behind it as nothing */
	char last;  /* says what it does: m is a colour */
};

/* ESC [ numbers letter */
static struct escape read_escape(struct aisp_slice t, size_t at)
{
	struct escape e = {.end = at + 2};
	unsigned v = 0;

	for (; e.end < t.n && e.end < at + 32; e.end++) {
		char c = t.p[e.end];

		if (c >= '0' && c <= '9') {
			v = v > 99 ? v : v * 10 + (unsigned)(c - '0');
			continue;
		}
		e.hides |= v == 8;
		v = 0;
		if (c != ';' && c != '?')
			break;
	}
	e.last = e.end < t.n ? t.p[e.end] : 0;
	e.hides &= e.last == 'm';
	return e;
}

/* Which escapes matter depends on where they stand: colours are fine in a log, but not in the description of a tool. */
static enum severity judge_escape(enum aisp_text_role role, const struct escape *e)
{
	bool told = role == AISP_TEXT_TOOL || role == AISP_TEXT_INSTRUCTION;

	if (e->hides)
		return SEV_HIGH;
	if (role == AISP_TEXT_CODE || (e->last == 'm' && !told))
		return SEV_NONE;
	return role == AISP_TEXT_DATA && strchr("ABCDEFGHJK", e->last) ? SEV_LOW : SEV_MEDIUM;
}

static size_t on_escape(struct hider *h, size_t at)
{
	struct scan *s = h->s;
	char kind = at + 1 < s->text.n ? s->text.p[at + 1] : 0;

	if (kind == ']')
		aisp_instructions__hit(s, "ansi-escape", s->role == AISP_TEXT_DATA ? SEV_LOW : SEV_MEDIUM, at, 2, "a command to the terminal", aisp_slice_of(NULL, 0));
	if (kind != '[')
		return at + 1;
	struct escape e = read_escape(s->text, at);

	aisp_instructions__hit(s, "ansi-escape", judge_escape(s->role, &e), at, s->text.n - at < 120 ? s->text.n - at : 120,
	                       e.hides ? "a terminal shows the text behind this as nothing" : "an escape sequence, which a terminal obeys and a reader does not see",
	                       aisp_slice_of(NULL, 0));
	return e.end;
}

/* ---- The pass ---- */

static void on_char(struct hider *h, uint32_t cp, size_t at, size_t n)
{
	enum kind k = cp >= 0x80 ? kind_of(cp) : K_NONE;

	if (k == K_BIDI)
		on_bidi(h, cp, at, at + n);
	h->rtl |= cp >= 0x590 && is_rtl(cp);
	if (k && k != K_BIDI && !(cp == 0xFEFF && at == 0)) {
		if (!h->run.n)
			h->run = (struct run){.at = at, .before = h->last};
		h->run.n++;
		h->run.seen[k]++;
		h->run.end = at + n;
		return;
	}
	end_run(h, cp);
	h->last = cp;
}

static bool is_plain(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	uint64_t high = v & 0x8080808080808080u;
	uint64_t x = v ^ 0x1B1B1B1B1B1B1B1Bu; /* no ESC */
	uint64_t esc = (x - 0x0101010101010101u) & ~x & 0x8080808080808080u;

	return !high && !esc;
}

void aisp_instructions__hidden(struct scan *s)
{
	struct hider h = {.s = s};
	struct aisp_slice t = s->text;
	size_t i = 0;

	while (i < t.n && !s->nomem) {
		if (t.n - i >= 8 && !h.run.n && !h.controls && !h.rtl && is_plain(t.p + i)) {
			i += 8;
			h.last = (unsigned char)t.p[i - 1];
			continue;
		}
		unsigned char c = (unsigned char)t.p[i];
		uint32_t cp = c;
		size_t n = c < 0x80 ? 1 : aisp_slice_utf8(aisp_slice_from(t, i), &cp);

		if (n == 0) {
			cp = 0xFFFD;
			n = 1;
		}
		on_char(&h, cp, i, n);
		if (cp == '\n')
			end_line(&h, i + 1);
		if (cp == 0x1B) {
			size_t end = on_escape(&h, i);

			n = end > i ? end - i : 1;
		}
		i += n;
	}
	end_run(&h, 0);
	end_line(&h, t.n);
	if (h.zero_in_words)
		aisp_instructions__hit(s, "zero-width", h.zero_in_words >= 3 ? SEV_HIGH : SEV_LOW, h.first_zero, h.last_zero - h.first_zero,
		                       "zero-width characters within words", aisp_slice_of(NULL, 0));
}
