/* Cutting a window of a stream into records. Every byte is looked at once: what was scanned without an end is remembered.
 *
 * Not for: whether a record is right; its parser says that.
 */
#include "collect/logs/logs_int.h"
#include "collect/logs/formats_int.h"
#include "collect/logs/reader_int.h"

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Goes over one JSON value from c->scanned; true at its end (behind it). A value that is no object and no array ends before a blank, comma or bracket. */
static bool scan_value(struct aisp_log__cut *c, struct aisp_slice w)
{
	size_t i = c->scanned;

	for (; i < w.n; i++) {
		const char ch = w.p[i];

		if (c->in_string) {
			if (c->escaped)
				c->escaped = false;
			else if (ch == '\\')
				c->escaped = true;
			else if (ch == '"')
				c->in_string = false;
			continue;
		}
		if (ch == '"') {
			c->in_string = true;
		} else if (ch == '{' || ch == '[') {
			c->depth++;
		} else if (ch == '}' || ch == ']') {
			if (c->depth <= 1) {
				c->scanned = i + (c->depth == 1);
				return true;
			}
			c->depth--;
		} else if (c->depth == 0 && (ch == ',' || blank(ch))) {
			break;
		}
	}
	c->scanned = i;
	return i < w.n;
}

static void again(struct aisp_log__cut *c)
{
	c->scanned = 0;
	c->depth = 0;
	c->in_string = c->escaped = c->quoted = false;
}

/* {"Records":[ at the beginning of the window: its length; 0: it is something else; SIZE_MAX: cannot be told yet. */
static size_t list_head(struct aisp_slice w, const char *name, bool last)
{
	const char *const parts[] = {"{", name, ":", "["};
	size_t i = 0;

	for (unsigned p = 0; p < 4; p++) {
		const struct aisp_slice part = aisp_slice_z(parts[p]);

		while (i < w.n && blank(w.p[i]))
			i++;
		const struct aisp_slice rest = aisp_slice_from(w, i);
		if (rest.n < part.n && !last && aisp_slice_starts(part, rest))
			return SIZE_MAX;
		if (!aisp_slice_starts(rest, part))
			return 0;
		i += part.n;
	}
	return i;
}

static size_t records_head(const struct aisp_log__cut *c, struct aisp_slice w, bool last)
{
	static const char *const of_envelopes[] = {"\"events\"", "\"Events\"", "\"results\"", NULL};
	size_t n = list_head(w, "\"Records\"", last);

	for (unsigned i = 0; n == 0 && c->lists && of_envelopes[i]; i++)
		n = list_head(w, of_envelopes[i], last);
	return n;
}

static int skip(size_t n, size_t *ret_used)
{
	*ret_used = n;
	return AISP_LOG__SKIP;
}

static size_t parted(struct aisp_slice w)
{
	size_t i = 0;

	while (i < w.n && (blank(w.p[i]) || w.p[i] == ','))
		i++;
	return i;
}

/* A value at the beginning of the window. */
static int cut_value(struct aisp_log__cut *c, struct aisp_slice w, bool last, struct aisp_slice *ret_record, size_t *ret_used)
{
	if (!scan_value(c, w) && !(last && w.n && c->depth == 0 && !c->in_string))
		return AISP_LOG__MORE;
	size_t n = c->scanned;

	again(c);
	if (n == 0) /* a closing bracket that nothing opened: one byte on, so that reading ends */
		return skip(1, ret_used);
	*ret_record = aisp_slice_to(w, n);
	*ret_used = n;
	return AISP_LOG__RECORD;
}

static int cut_values(struct aisp_log__cut *c, struct aisp_slice w, bool last, struct aisp_slice *ret_record, size_t *ret_used)
{
	const size_t n = c->scanned ? 0 : parted(w);

	if (n || !w.n)
		return n ? skip(n, ret_used) : AISP_LOG__MORE;
	if (!c->scanned) {
		size_t head = w.p[0] == '[' ? 1 : w.p[0] == '{' ? records_head(c, w, last) : 0;

		if (head == SIZE_MAX)
			return AISP_LOG__MORE;
		if (head) {
			c->shape = AISP_LOG__INSIDE;
			c->array = w.p[0] == '[';
			return skip(head, ret_used);
		}
	}
	return cut_value(c, w, last, ret_record, ret_used);
}

/* Behind {"Records":[…] up to the brace that closes it. */
static int cut_tail(struct aisp_log__cut *c, struct aisp_slice w, size_t *ret_used)
{
	if (!c->depth)
		c->depth = 1; /* the object's own */
	if (!scan_value(c, w)) {
		c->scanned = 0;
		return w.n ? skip(w.n, ret_used) : AISP_LOG__MORE;
	}
	const size_t n = c->scanned;
	again(c);
	c->tail = false;
	c->shape = AISP_LOG__VALUES;
	return skip(n ? n : 1, ret_used);
}

static int cut_inside(struct aisp_log__cut *c, struct aisp_slice w, bool last, struct aisp_slice *ret_record, size_t *ret_used)
{
	if (c->tail)
		return cut_tail(c, w, ret_used);
	const size_t n = c->scanned ? 0 : parted(w);

	if (n || !w.n)
		return n ? skip(n, ret_used) : AISP_LOG__MORE;
	if (!c->scanned && w.p[0] == ']') {
		c->tail = !c->array;
		if (c->array)
			c->shape = AISP_LOG__VALUES;
		return skip(1, ret_used);
	}
	return cut_value(c, w, last, ret_record, ret_used);
}

static int cut_line(struct aisp_log__cut *c, struct aisp_slice w, struct aisp_slice *ret_record, size_t *ret_used)
{
	const char *nl = w.n > c->scanned ? memchr(w.p + c->scanned, '\n', w.n - c->scanned) : NULL;

	if (!nl) {
		c->scanned = w.n;
		return AISP_LOG__MORE;
	}
	size_t n = (size_t)(nl - w.p);
	again(c);
	*ret_used = n + 1;
	if (n && w.p[n - 1] == '\r')
		n--;
	*ret_record = aisp_slice_to(w, n);
	return n ? AISP_LOG__RECORD : AISP_LOG__SKIP;
}

static int cut_csv(struct aisp_log__cut *c, struct aisp_slice w, struct aisp_slice *ret_record, size_t *ret_used)
{
	for (size_t i = c->scanned; i < w.n; i++) {
		if (w.p[i] == '"')
			c->quoted = !c->quoted; /* a doubled quote closes and opens again */
		if (w.p[i] != '\n' || c->quoted)
			continue;
		again(c);
		*ret_used = i + 1;
		*ret_record = aisp_slice_to(w, i && w.p[i - 1] == '\r' ? i - 1 : i);
		return ret_record->n ? AISP_LOG__RECORD : AISP_LOG__SKIP;
	}
	c->scanned = w.n;
	return AISP_LOG__MORE;
}

bool aisp_log__begins_entry(struct aisp_slice line)
{
	unsigned run = 0;

	if (!line.n || blank(line.p[0]))
		return false;
	/* "12:34" within the first 64 bytes, or seconds since 1970 as a run of ten digits (log_line_prefix %n) */
	for (size_t i = 0; i < line.n && i < 64; i++) {
		const bool digit = line.p[i] >= '0' && line.p[i] <= '9';

		if (line.p[i] == ':' && run == 2 && i + 2 < line.n && line.p[i + 1] >= '0' && line.p[i + 1] <= '5' && line.p[i + 2] >= '0' && line.p[i + 2] <= '9')
			return true;
		run = digit ? run + 1 : 0;
		if (run == 10)
			return true;
	}
	return false;
}

/* An entry ends where the next begins, so its end is only seen with the line behind it. */
static int cut_entry(struct aisp_log__cut *c, struct aisp_slice w, bool last, struct aisp_slice *ret_record, size_t *ret_used)
{
	for (;;) {
		const char *nl = w.n > c->scanned ? memchr(w.p + c->scanned, '\n', w.n - c->scanned) : NULL;
		size_t at = nl ? (size_t)(nl - w.p) + 1 : w.n;
		const char *end = nl && at < w.n ? memchr(w.p + at, '\n', w.n - at) : NULL;

		if (nl && ((end && aisp_log__begins_entry(aisp_slice_of(w.p + at, (size_t)(end - w.p) - at))) || (last && at == w.n))) {
			again(c);
			*ret_used = at;
			*ret_record = aisp_slice_trim(aisp_slice_to(w, at));
			return ret_record->n ? AISP_LOG__RECORD : AISP_LOG__SKIP;
		}
		if (!nl || !end)
			return AISP_LOG__MORE; /* c->scanned stays at the begin of the line whose follower is not known */
		c->scanned = at;
	}
}

static int cut_message(struct aisp_log__cut *c, struct aisp_slice w, struct aisp_slice *ret_record, size_t *ret_used)
{
	size_t skip, n;

	if (!c->depth)
		c->depth = (uint32_t)aisp_log__pb_framing(w);
	if (!aisp_log__pb_next((enum aisp_log_pb)c->depth, w, &skip, &n)) {
		if (n != SIZE_MAX)
			return AISP_LOG__MORE;
		skip = 0; /* broken: all that is left is one record, which will not be understood */
		n = w.n;
	}
	*ret_record = aisp_slice_of(w.p + skip, n);
	*ret_used = skip + n;
	return n ? AISP_LOG__RECORD : AISP_LOG__SKIP;
}

int aisp_log__cut_next(struct aisp_log__cut *c, struct aisp_slice w, bool last, struct aisp_slice *ret_record, size_t *ret_used)
{
	switch (c->shape) {
	case AISP_LOG__LINES:
		return cut_line(c, w, ret_record, ret_used);
	case AISP_LOG__CSV:
		return cut_csv(c, w, ret_record, ret_used);
	case AISP_LOG__VALUES:
		return cut_values(c, w, last, ret_record, ret_used);
	case AISP_LOG__INSIDE:
		return cut_inside(c, w, last, ret_record, ret_used);
	case AISP_LOG__ENTRIES:
		return cut_entry(c, w, last, ret_record, ret_used);
	case AISP_LOG__MESSAGES:
		return cut_message(c, w, ret_record, ret_used);
	case AISP_LOG__WHOLE:
		break;
	}
	*ret_record = w;
	*ret_used = w.n;
	return last && w.n ? AISP_LOG__RECORD : AISP_LOG__MORE;
}

static enum aisp_log__shape json_shape(struct aisp_slice head)
{
	struct aisp_log__cut c = {.shape = AISP_LOG__VALUES};
	const struct aisp_slice line = aisp_log__first_line(head);
	const size_t n = parted(head);

	head = aisp_slice_from(head, n);
	if (head.n && (head.p[0] == '[' || (head.p[0] == '{' && records_head(&c, head, true))))
		return AISP_LOG__VALUES;
	/* A first line that is a whole value, or that is longer than the head: lines. With more behind the value on its line they stand one behind the other, as Firehose and Kinesis put them. */
	const size_t first = parted(line);
	if (first == line.n)
		return AISP_LOG__VALUES;
	const struct aisp_slice begun = aisp_slice_from(line, first);
	if (!scan_value(&c, begun))
		return line.n == head.n ? AISP_LOG__LINES : AISP_LOG__VALUES;
	const struct aisp_slice behind = aisp_slice_from(begun, c.scanned);
	return parted(behind) == behind.n || begun.p[0] != '{' ? AISP_LOG__LINES : AISP_LOG__VALUES;
}

enum aisp_log__shape aisp_log__shape_of(const struct aisp_log_format *f, struct aisp_slice head)
{
	if (f->json)
		return json_shape(head);
	switch (f->framing) {
	case AISP_LOG_CSV:
		return AISP_LOG__CSV;
	case AISP_LOG_PROTOBUF:
		return aisp_log__pb_framing(head) ? AISP_LOG__MESSAGES : AISP_LOG__WHOLE;
	case AISP_LOG_ENTRIES:
		return AISP_LOG__ENTRIES;
	case AISP_LOG_LINES:
	case AISP_LOG_DOCUMENT:
	default:
		return AISP_LOG__LINES;
	}
}
