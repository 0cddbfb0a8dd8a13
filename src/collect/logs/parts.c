/* What parsers of log formats share: safe fields, times, heads of streams, addresses and paths, held events. See formats_int.h. */
#include "base/hash.h"
#include "collect/logs/formats_int.h"
#include <stdlib.h>

/* Controls, DEL, hidden code points and broken UTF-8: what must not be in a field. */
static size_t clean_part(struct aisp_slice s, bool *ret_clean)
{
	size_t i = 0;

	*ret_clean = true;
	while (i < s.n) {
		unsigned char c = (unsigned char)s.p[i];
		uint32_t cp = c;
		size_t n = c < 0x80 ? 1 : aisp_slice_utf8(aisp_slice_from(s, i), &cp);

		if (n == 0 || cp < 0x20 || cp == 0x7f || (n > 1 && aisp_cp_is_hidden(cp))) {
			*ret_clean = false;
			n = n ? n : 1;
		}
		if (i + n > AISP_LOG_FIELD_MAX)
			break;
		i += n;
	}
	return i;
}
static struct aisp_slice clean(struct aisp_arena *a, struct aisp_slice s)
{
	bool ok;
	size_t n = clean_part(s, &ok), o = 0;
	char *to;

	if (ok)
		return aisp_slice_to(s, n);
	to = aisp_arena_alloc(a, n + 1);
	if (!to)
		return aisp_slice_of("", 0);
	for (size_t i = 0; i < n;) {
		struct aisp_slice rest = aisp_slice_from(aisp_slice_to(s, n), i);
		uint32_t cp = (unsigned char)s.p[i];
		size_t k = cp < 0x80 ? 1 : aisp_slice_utf8(rest, &cp);

		if (k == 0 || cp < 0x20 || cp == 0x7f || (k > 1 && aisp_cp_is_hidden(cp))) {
			to[o++] = '?';
			i += k ? k : 1;
			continue;
		}
		memcpy(to + o, s.p + i, k);
		o += k;
		i += k;
	}
	to[o] = 0;
	return aisp_slice_of(to, o);
}
int aisp_log__emit(struct aisp_log_parser *p, const struct aisp_use_event *e, aisp_use_sink *sink, void *ctx, struct aisp_err *err)
{
	struct aisp_use_event c = *e;

	c.identity = clean(p->record, e->identity);
	c.via = clean(p->record, e->via);
	c.credential = clean(p->record, e->credential);
	c.action = clean(p->record, e->action);
	c.asset = clean(p->record, e->asset);
	c.origin = clean(p->record, e->origin);
	c.from = clean(p->record, e->from);
	c.id = clean(p->record, e->id);
	return sink(ctx, &c, err);
}

/* --- times --- */

static bool digits(struct aisp_slice s, size_t at, size_t n, int *ret)
{
	int v = 0;

	if (s.n < at + n)
		return false;
	for (size_t i = at; i < at + n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		v = v * 10 + (s.p[i] - '0');
	}
	*ret = v;
	return true;
}
/* Seconds since 1970 of a civil date (proleptic Gregorian): days from civil, after Hinnant's published algorithm. */
static int64_t civil_us(int y, int mo, int d, int h, int mi, int se)
{
	int64_t era, yoe, doy, doe;

	if (y < 1970 || y > 9999 || mo < 1 || mo > 12 || d < 1 || d > 31 || h > 23 || mi > 59 || se > 60)
		return 0;
	y -= mo <= 2;
	era = y / 400;
	yoe = y - era * 400;
	doy = (153 * (mo + (mo > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return ((era * 146097 + doe - 719468) * 86400 + h * 3600 + mi * 60 + se) * 1000000;
}
static const struct zone {
	const char *name;
	int minutes;
} zones[] = {
	{"Z", 0}, {"UTC", 0}, {"GMT", 0}, {"WET", 0}, {"WEST", 60}, {"BST", 60}, {"CET", 60}, {"CEST", 120}, {"EET", 120}, {"EEST", 180}, {"MSK", 180}, {"SAST", 120}, {"IST", 330},
	{"PKT", 300}, {"WIB", 420}, {"HKT", 480}, {"SGT", 480}, {"PST", -480}, {"PDT", -420}, {"MST", -420}, {"MDT", -360}, {"CST", -360}, {"CDT", -300}, {"EST", -300}, {"EDT", -240},
	{"AST", -240}, {"ADT", -180}, {"BRT", -180}, {"JST", 540}, {"KST", 540}, {"AEST", 600}, {"AEDT", 660}, {"ACST", 570}, {"AWST", 480}, {"NZST", 720}, {"NZDT", 780}, {"AKST", -540},
	{"AKDT", -480}, {"HST", -600},
};
/* "+02", "+0200", "+02:00": bytes used, 0 when it is none, SIZE_MAX out of range. */
static size_t offset(struct aisp_slice z, int *ret_minutes)
{
	int h = 0, m = 0;
	size_t n = 3;

	if (!digits(z, 1, 2, &h))
		return 0;
	if (digits(z, 3, 2, &m))
		n = 5;
	else if (z.n > 3 && z.p[3] == ':' && digits(z, 4, 2, &m))
		n = 6;
	if (h > 15 || m > 59)
		return SIZE_MAX;
	*ret_minutes = (h * 60 + m) * (z.p[0] == '-' ? -1 : 1);
	return n;
}
/* A zone behind a time: bytes used, or SIZE_MAX when it is a name that is not known. */
static size_t zone(struct aisp_slice s, int *ret_minutes)
{
	size_t blank = s.n && s.p[0] == ' ' ? 1 : 0, n = 0;
	struct aisp_slice z = aisp_slice_from(s, blank);

	*ret_minutes = 0;
	if (z.n && (z.p[0] == '+' || z.p[0] == '-')) {
		n = offset(z, ret_minutes);
		return n && n != SIZE_MAX ? blank + n : n;
	}
	while (n < z.n && n < 6 && z.p[n] >= 'A' && z.p[n] <= 'Z')
		n++;
	if (n == 0)
		return 0;
	for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
		if (aisp_slice_eqz(aisp_slice_to(z, n), zones[i].name)) {
			*ret_minutes = zones[i].minutes;
			return blank + n;
		}
	return n >= 3 && n <= 5 ? SIZE_MAX : 0;
}
/* "2026-01-02T03:04:05": its first 19 bytes; 0 when it is none. */
static int64_t date_time(struct aisp_slice s)
{
	int y, mo, d, h, mi, se;

	if (!digits(s, 0, 4, &y) || !digits(s, 5, 2, &mo) || !digits(s, 8, 2, &d) || !digits(s, 11, 2, &h) || !digits(s, 14, 2, &mi) || !digits(s, 17, 2, &se) || s.p[4] != '-' ||
	    s.p[7] != '-' || (s.p[10] != 'T' && s.p[10] != ' ' && s.p[10] != 't') || s.p[13] != ':' || s.p[16] != ':')
		return 0;
	return civil_us(y, mo, d, h, mi, se);
}
int64_t aisp_log__when(struct aisp_slice s, size_t *ret_used)
{
	int64_t us = date_time(s), scale = 100000;
	size_t at = 19, n;
	int minutes;

	if (!us)
		return 0;
	if (at < s.n && (s.p[at] == '.' || s.p[at] == ','))
		for (at++; at < s.n && s.p[at] >= '0' && s.p[at] <= '9'; at++, scale /= 10)
			us += (s.p[at] - '0') * scale;
	n = zone(aisp_slice_from(s, at), &minutes);
	if (n == SIZE_MAX)
		us = 0;
	else if (us)
		us -= (int64_t)minutes * 60000000;
	if (ret_used)
		*ret_used = at + (n == SIZE_MAX ? 0 : n);
	return us > 0 ? us : 0;
}
int64_t aisp_log__clf_time(struct aisp_slice s)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int y, d, h, mi, se, minutes = 0;
	int64_t us;

	if (!digits(s, 0, 2, &d) || !digits(s, 7, 4, &y) || !digits(s, 12, 2, &h) || !digits(s, 15, 2, &mi) || !digits(s, 18, 2, &se) || s.p[2] != '/' || s.p[6] != '/' || s.p[11] != ':' ||
	    s.p[14] != ':' || s.p[17] != ':')
		return 0;
	for (int m = 0; m < 12; m++)
		if (memcmp(months + m * 3, s.p + 3, 3) == 0) {
			if (zone(aisp_slice_from(s, 20), &minutes) == SIZE_MAX)
				return 0;
			us = civil_us(y, m + 1, d, h, mi, se);
			us -= us ? (int64_t)minutes * 60000000 : 0;
			return us > 0 ? us : 0;
		}
	return 0;
}
static int64_t epoch(double v)
{
	if (!(v > 0) || v > 9.2e18)
		return 0;
	if (v < 1e11)
		v *= 1e6;  /* seconds */
	else if (v < 1e14)
		v *= 1e3;  /* milliseconds */
	else if (v >= 1e17)
		v /= 1e3;  /* nanoseconds */
	return (int64_t)v;
}
int64_t aisp_log__doc_time(const struct aisp_doc *d)
{
	uint64_t n;

	if (!d)
		return 0;
	if (d->type == AISP_DOC_INT)
		return d->i >= 100000000000000000 ? d->i / 1000 : epoch((double)d->i);
	if (d->type == AISP_DOC_REAL)
		return epoch(d->r);
	if (d->type != AISP_DOC_STR || d->s.n > 64)
		return 0;
	if (aisp_slice_u64(d->s, &n))
		return n >= 100000000000000000u ? (int64_t)(n / 1000) : epoch((double)n);
	if (d->s.n > 11 && d->s.p[10] == '.') {
		char *end;
		double v = strtod(d->s.p, &end);

		return end == d->s.p + d->s.n ? epoch(v) : 0;
	}
	return d->s.n > 3 && d->s.p[2] == '/' ? aisp_log__clf_time(d->s) : aisp_log__when(d->s, NULL);
}

/* --- heads --- */

/* Closes a JSON text that is cut off: up to the last comma outside of strings, then what is open. */
static struct aisp_slice close_json(struct aisp_arena *a, struct aisp_slice s)
{
	enum { DEPTH = 32 };
	char open[DEPTH], at_cut[DEPTH];
	size_t depth = 0, cut = 0, cut_depth = 0;
	bool string = false;
	char *to;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (string) {
			i += c == '\\';
			string = c != '"';
			continue;
		}
		if (c == '"')
			string = true;
		if ((c == '{' || c == '[') && depth < DEPTH)
			open[depth++] = c == '{' ? '}' : ']';
		else if (c == '{' || c == '[')
			break;
		if ((c == '}' || c == ']') && depth && --depth == 0)
			return aisp_slice_to(s, i + 1);
		if (c == ',' && depth) {
			cut = i;
			cut_depth = depth;
			memcpy(at_cut, open, depth);
		}
	}
	to = cut ? aisp_arena_alloc(a, cut + cut_depth) : NULL;
	if (!to)
		return aisp_slice_of("", 0);
	memcpy(to, s.p, cut);
	for (size_t i = 0; i < cut_depth; i++)
		to[cut + i] = at_cut[cut_depth - 1 - i];
	return aisp_slice_of(to, cut + cut_depth);
}
const struct aisp_doc *aisp_log__head(struct aisp_arena *a, struct aisp_slice head)
{
	const struct aisp_doc_limits limits = {.max_bytes = 1 << 17, .max_depth = 64, .max_values = 40000};
	const struct aisp_doc *d = NULL;
	struct aisp_slice s = aisp_slice_trim(head);

	if (aisp_slice_starts(s, AISP_S("\xef\xbb\xbf")))
		s = aisp_slice_trim(aisp_slice_from(s, 3));
	if (!s.n || (s.p[0] != '{' && s.p[0] != '['))
		return NULL;
	return aisp_json_parse(a, close_json(a, s), &limits, &d, NULL) < 0 ? NULL : d;
}
int aisp_log__recognise(struct aisp_slice head, int (*test)(const struct aisp_doc *d))
{
	struct aisp_arena *a = aisp_arena_new((size_t)8 << 20);
	const struct aisp_doc *d = a ? aisp_log__head(a, head) : NULL;
	int score = 0;

	if (d && d->type == AISP_DOC_ARR)
		d = aisp_doc_at(d, 0);
	if (d && d->type == AISP_DOC_OBJ)
		score = test(d);
	aisp_arena_free(a);
	return score;
}
int aisp_log__recognise_lines(struct aisp_slice head, int score, bool (*test)(struct aisp_slice line))
{
	struct aisp_slice rest = head, line;
	int seen = 0;

	while (seen < 5 && aisp_slice_split(&rest, '\n', &line)) {
		bool whole = rest.p != NULL || seen == 0;

		line = aisp_slice_trim(line);
		if (!line.n)
			continue;
		if (!whole)
			break;
		if (!test(line))
			return 0;
		seen++;
	}
	return seen ? score : 0;
}

/* --- values --- */

struct aisp_slice aisp_log__first(const struct aisp_doc *d, const char *const *keys)
{
	for (; *keys; keys++) {
		struct aisp_slice s = aisp_doc_getstr(d, *keys);

		if (s.n && !aisp_slice_eqz(s, "-"))
			return s;
	}
	return aisp_slice_of("", 0);
}
struct aisp_slice aisp_log__text(struct aisp_arena *a, const struct aisp_doc *d)
{
	if (d && d->type == AISP_DOC_INT)
		return aisp_arena_printf(a, "%lld", (long long)d->i);
	return aisp_doc_str(d);
}
int aisp_log__each(const struct aisp_doc *d, const char *list, int (*f)(void *ctx, const struct aisp_doc *d), void *ctx)
{
	const struct aisp_doc *in = list ? aisp_doc_get(d, list) : NULL;
	int r = 0;

	if (d && d->type == AISP_DOC_ARR)
		in = d;
	if (!in || in->type != AISP_DOC_ARR)
		return f(ctx, d);
	for (uint32_t i = 0; i < in->n; i++) {
		int one = f(ctx, &in->items[i]);

		if (one < 0 && one != AISP_E_PARSE)
			return one;
		r = one < 0 ? one : r;
	}
	return r;
}
/* 1 digit, 2 lower, 3 upper case letter, 0 else. */
static int kind_of(char c)
{
	if (c >= '0' && c <= '9')
		return 1;
	return (c | 32) >= 'a' && (c | 32) <= 'z' ? ((c & 32) ? 2 : 3) : 0;
}
/* A segment that names one thing of many (number, UUID, hash, token), not a place. */
static bool is_identifier(struct aisp_slice s)
{
	size_t number = 0, letter = 0, odd = 0, turns = 0;
	int last = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		int kind = kind_of(c);

		number += kind == 1;
		letter += kind > 1;
		odd += c && strchr("%:@=;", c);
		turns += kind && last && kind != last;
		last = kind ? kind : last;
	}
	return odd > 0 || s.n > 64 || (number >= 4 && letter == 0) || (s.n >= 16 && number >= 3 && turns >= 4) || (s.n >= 24 && turns >= 6);
}
struct aisp_slice aisp_log__path(struct aisp_arena *a, struct aisp_slice uri)
{
	struct aisp_slice rest, part, out = aisp_slice_of("", 0);
	size_t end = 0;
	int n = 0;

	while (end < uri.n && uri.p[end] != '?' && uri.p[end] != '#' && uri.p[end] != ';')
		end++;
	if (!uri.n || uri.p[0] != '/')
		return out;
	rest = aisp_slice_of(uri.p + 1, end ? end - 1 : 0);
	while (n < 2 && rest.n && aisp_slice_split(&rest, '/', &part)) {
		if (!part.n)
			continue;
		out = is_identifier(part) ? aisp_arena_printf(a, "%.*s/*", AISP_FMT(out)) : aisp_arena_printf(a, "%.*s/%.*s", AISP_FMT(out), AISP_FMT(part));
		if (!out.p)
			return aisp_slice_of("", 0);
		n++;
	}
	return n ? out : AISP_S("/");
}
struct aisp_slice aisp_log__product(struct aisp_slice ua)
{
	size_t n = 0;

	while (n < ua.n && n < 64 && ua.p[n] != '/' && ua.p[n] != ' ' && ua.p[n] != '(')
		n++;
	return n == 1 && ua.p[0] == '-' ? aisp_slice_of("", 0) : aisp_slice_to(ua, n);
}
struct aisp_slice aisp_log__address(struct aisp_slice s)
{
	size_t colon = aisp_slice_rchr(s, ':'), close;

	s = aisp_slice_trim(s);
	if (s.n == 1 && s.p[0] == '-')
		return aisp_slice_of("", 0);
	if (s.n && s.p[0] == '[' && (close = aisp_slice_chr(s, ']')) != SIZE_MAX && close > 1 && aisp_slice_chr(s, ':') < close)
		return aisp_slice_of(s.p + 1, close - 1);
	if (colon != SIZE_MAX && aisp_slice_chr(s, ':') == colon)
		return aisp_slice_to(s, colon);
	return s;
}
struct aisp_slice aisp_log__session(struct aisp_slice arn)
{
	size_t role = aisp_slice_find(arn, AISP_S(":assumed-role/")), slash = aisp_slice_rchr(arn, '/');

	if (role == SIZE_MAX || slash <= role + 13)
		return aisp_slice_of("", 0);
	return aisp_slice_from(arn, slash + 1);
}
bool aisp_log__says_denied(struct aisp_slice m)
{
	static const char *const words[] = {"permission denied", "access denied", "accessdenied", "permissiondenied", "permission_denied", "forbidden", "unauthorized", "unauthenticated",
	                                    "not authorized", "not allowed", "authenticationerror"};

	m = aisp_slice_to(m, 2048);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (aisp_slice_findi(m, aisp_slice_z(words[i])) != SIZE_MAX)
			return true;
	return false;
}
enum aisp_use_outcome aisp_log__http_outcome(int64_t status)
{
	if (status == 401 || status == 403 || status == 407)
		return AISP_USE_DENIED;
	return status >= 400 || status <= 0 ? AISP_USE_FAILED : AISP_USE_DONE;
}

/* --- held events --- */

int aisp_log__held_init(struct aisp_log_held *h, struct aisp_arena *a, struct aisp_err *err)
{
	h->slots = aisp_arena_zalloc(a, AISP_LOG_HELD_SLOTS, sizeof *h->slots);
	if (!h->slots)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for the events that a log's parser holds");
	return 0;
}
static struct aisp_slice keep(struct aisp_log_held_slot *s, struct aisp_slice text)
{
	size_t n = text.n < AISP_LOG_FIELD_MAX ? text.n : AISP_LOG_FIELD_MAX;
	char *at = s->text + s->n;

	if (n > AISP_LOG_HELD_TEXT - s->n)
		n = AISP_LOG_HELD_TEXT - s->n;
	if (n)
		memcpy(at, text.p, n);
	s->n += (uint32_t)n;
	return aisp_slice_of(at, n);
}
int aisp_log__held_drop(struct aisp_log_parser *p, struct aisp_log_held *h, struct aisp_log_held_slot *s, bool emit, aisp_use_sink *sink, void *ctx, struct aisp_err *err)
{
	h->key[s - h->slots] = 0;
	return emit ? aisp_log__emit(p, &s->e, sink, ctx, err) : 0;
}
int aisp_log__held_put(struct aisp_log_parser *p, struct aisp_log_held *h, uint64_t key, uint32_t kind, const struct aisp_use_event *e, aisp_use_sink *sink, void *ctx,
                       struct aisp_err *err)
{
	struct aisp_log_held_slot *s = &h->slots[h->next];
	int r = h->key[h->next] ? aisp_log__held_drop(p, h, s, true, sink, ctx, err) : 0;

	if (r < 0)
		return r;
	h->key[h->next] = key ? key : 1;
	h->next = (h->next + 1) % AISP_LOG_HELD_SLOTS;
	s->n = 0;
	s->kind = kind;
	s->e = *e;
	h->of_place = h->place == p->place ? h->of_place + 1 : 0;
	h->place = p->place;
	s->e.id = keep(s, e->id.n ? e->id : aisp_arena_printf(p->record, "%016llx.%u", (unsigned long long)p->place, h->of_place));
	s->e.identity = keep(s, e->identity);
	s->e.action = keep(s, e->action);
	s->e.asset = keep(s, e->asset);
	s->e.from = keep(s, e->from);
	s->e.via = keep(s, e->via);
	s->e.credential = keep(s, e->credential);
	s->e.origin = keep(s, e->origin);
	return 0;
}
struct aisp_log_held_slot *aisp_log__held_find(struct aisp_log_held *h, uint64_t key, uint32_t *at)
{
	key = key ? key : 1;
	while (*at < AISP_LOG_HELD_SLOTS) {
		uint32_t i = (*at)++;

		if (h->key[i] == key)
			return &h->slots[i];
	}
	return NULL;
}
int aisp_log__held_all(struct aisp_log_parser *p, struct aisp_log_held *h, aisp_use_sink *sink, void *ctx, struct aisp_err *err)
{
	int r = 0;

	for (uint32_t i = 0; i < AISP_LOG_HELD_SLOTS && r >= 0; i++) {
		uint32_t slot = (h->next + i) % AISP_LOG_HELD_SLOTS;

		if (h->key[slot])
			r = aisp_log__held_drop(p, h, &h->slots[slot], true, sink, ctx, err);
	}
	return r;
}
