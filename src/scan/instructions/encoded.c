/* base64 and hex in the text that decode to something a person could read; that is judged like the text itself. base64 may go
 * over lines: a long run to the end of a line, and what follows at the begin of the next. */
#include "scan/instructions/instructions_int.h"

enum { MIN_BASE64 = 32, MIN_HEX = 40, MIN_WRAPPED = 40, MAX_INDENT = 8, MAX_BLOBS = 64 };

static int base64_value(unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}
static int hex_value(unsigned char c)
{
	return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* Text: at least nine tenths printable, with spaces. */
static bool is_text(const char *p, size_t n)
{
	size_t good = 0, spaces = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		good += (c >= ' ' && c < 0x7F) || c == '\n' || c == '\t' || c >= 0xC2;
		spaces += c == ' ';
	}
	return n >= 16 && spaces >= 2 && good * 10 >= n * 9;
}

static size_t decode(struct aisp_slice in, bool hex, char *out)
{
	uint32_t bits = 0;
	unsigned have = 0, step = hex ? 4 : 6;
	size_t n = 0;

	for (size_t i = 0; i < in.n && n < MAX_DECODED; i++) {
		int v = hex ? hex_value((unsigned char)in.p[i]) : base64_value((unsigned char)in.p[i]);

		if (v < 0)
			continue; /* between lines */
		bits = (bits << step | (uint32_t)v) & 0xFFFF;
		have += step;
		if (have >= 8) {
			have -= 8;
			out[n++] = (char)(bits >> have & 0xFF);
		}
	}
	return n;
}

static void judge(struct scan *s, size_t at, size_t n, bool hex, char *room)
{
	size_t got = decode(aisp_slice_of(s->text.p + at, n), hex, room);

	if (!is_text(room, got))
		return;
	struct aisp_slice text = aisp_arena_dup(s->a, aisp_slice_of(room, got));

	if (!text.p) {
		s->nomem = true;
		return;
	}
	enum severity sev = aisp_instructions__judge_decoded(s, text);

	if (sev >= SEV_MEDIUM)
		aisp_instructions__hit(s, "encoded", SEV_HIGH, at, n, hex ? "hex that decodes to instructions" : "base64 that decodes to instructions", text);
}

static size_t run_end(struct aisp_slice t, size_t i)
{
	while (i < t.n && base64_value((unsigned char)t.p[i]) >= 0)
		i++;
	return i;
}

/* The end of base64 that begins at `at`, is a line long to `end` and goes on in lines no longer than the first. */
static size_t wrapped_end(struct aisp_slice t, size_t at, size_t end)
{
	size_t width = end - at;

	if (width < MIN_WRAPPED)
		return end;
	while (end - at < 2 * (size_t)MAX_DECODED) {
		size_t i = end, indent = 0;

		i += i < t.n && t.p[i] == '\r';
		if (i >= t.n || t.p[i] != '\n')
			break;
		for (i++; i < t.n && indent < MAX_INDENT && (t.p[i] == ' ' || t.p[i] == '\t'); indent++)
			i++;
		size_t stop = run_end(t, i);

		if (stop == i || stop - i > width)
			break;
		end = stop;
		if (stop - i < width)
			break;
	}
	return end;
}

void aisp_instructions__encoded(struct scan *s)
{
	struct aisp_slice t = s->text;
	char *room = aisp_arena_alloc(s->a, MAX_DECODED);
	size_t blobs = 0;

	s->nomem |= !room;
	for (size_t i = 0; room && i < t.n && blobs < MAX_BLOBS && !s->nomem;) {
		size_t end = i, digits = 0;

		while (end < t.n && base64_value((unsigned char)t.p[end]) >= 0)
			digits += hex_value((unsigned char)t.p[end++]) >= 0;
		size_t n = end - i;
		bool hex = n >= MIN_HEX && digits == n && n % 2 == 0;

		if (!hex && n >= MIN_BASE64) {
			end = wrapped_end(t, i, end);
			n = end - i;
		}
		if (hex || n >= MIN_BASE64) {
			/* "data:image/png;base64,…" and the like are no text. */
			judge(s, i, n, hex, room);
			blobs++;
		}
		i = end > i ? end : i + 1;
	}
}
