/* Writing JSON: see jw.h. What is wrong in the use (a value without its key, too deep, an end too many) sticks in the
 * buffer as AISP_E_LIMIT or AISP_E_INTERNAL, so broken JSON is never handed on.
 *
 * Invariant: in what is written every code point that aisp_cp_is_hidden knows is escaped, so JSON is safe on a terminal.
 */
#include "base/jw.h"
#include "base/doc.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void aisp_jw_init(struct aisp_jw *w, struct aisp_buf *out, bool pretty)
{
	*w = (struct aisp_jw){.out = out, .pretty = pretty};
}

static void bad(struct aisp_jw *w, enum aisp_code code)
{
	if (!w->out->bad)
		w->out->bad = code;
}

static void newline(struct aisp_jw *w)
{
	if (!w->pretty)
		return;
	aisp_buf_putc(w->out, '\n');
	aisp_buf_fill(w->out, ' ', 2 * (size_t)w->depth);
}

/* What stands before an item: the comma, in pretty form the new line. */
static void before_item(struct aisp_jw *w)
{
	if (w->depth == 0)
		return;
	if (w->has_item[w->depth - 1])
		aisp_buf_putc(w->out, ',');
	w->has_item[w->depth - 1] = true;
	newline(w);
}

static void before_value(struct aisp_jw *w)
{
	if (w->after_key)
		w->after_key = false;
	else if (w->depth > 0 && w->is_obj[w->depth - 1])
		bad(w, AISP_E_INTERNAL);
	else
		before_item(w);
}

static void begin(struct aisp_jw *w, bool obj)
{
	before_value(w);
	if (w->depth >= AISP_JW_DEPTH) {
		bad(w, AISP_E_LIMIT);
		return;
	}
	aisp_buf_putc(w->out, obj ? '{' : '[');
	w->is_obj[w->depth] = obj;
	w->has_item[w->depth] = false;
	w->depth++;
}

void aisp_jw_obj(struct aisp_jw *w)
{
	begin(w, true);
}

void aisp_jw_arr(struct aisp_jw *w)
{
	begin(w, false);
}

void aisp_jw_end(struct aisp_jw *w)
{
	if (w->depth == 0 || w->after_key) {
		bad(w, AISP_E_INTERNAL);
		return;
	}
	w->depth--;
	if (w->has_item[w->depth])
		newline(w);
	aisp_buf_putc(w->out, w->is_obj[w->depth] ? '}' : ']');
}

void aisp_jw_keys(struct aisp_jw *w, struct aisp_slice key)
{
	if (w->depth == 0 || !w->is_obj[w->depth - 1] || w->after_key) {
		bad(w, AISP_E_INTERNAL);
		return;
	}
	before_item(w);
	aisp_buf_putc(w->out, '"');
	aisp_json_escape(w->out, key);
	aisp_buf_putz(w->out, w->pretty ? "\": " : "\":");
	w->after_key = true;
}

void aisp_jw_key(struct aisp_jw *w, const char *key)
{
	aisp_jw_keys(w, aisp_slice_z(key));
}

static void escape_cp(struct aisp_buf *b, uint32_t cp)
{
	static const char shorts[] = "\bb\ff\nn\rr\tt\"\"\\\\";

	for (size_t i = 0; shorts[i]; i += 2)
		if (cp == (unsigned char)shorts[i]) {
			aisp_buf_putc(b, '\\');
			aisp_buf_putc(b, shorts[i + 1]);
			return;
		}
	if (cp < 0x10000)
		aisp_buf_printf(b, "\\u%04x", (unsigned)cp);
	else
		aisp_buf_printf(b, "\\u%04x\\u%04x", (unsigned)(0xd800 + ((cp - 0x10000) >> 10)),
		                (unsigned)(0xdc00 + ((cp - 0x10000) & 0x3ff)));
}

static size_t plain_run(struct aisp_slice s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] >= ' ' && s.p[n] < 0x7f && s.p[n] != '"' && s.p[n] != '\\')
		n++;
	return n;
}

void aisp_json_escape(struct aisp_buf *b, struct aisp_slice s)
{
	while (s.n > 0 && !b->bad) {
		uint32_t cp = 0;
		size_t n = plain_run(s);

		if (n > 0) {
			aisp_buf_put(b, aisp_slice_to(s, n));
		} else if ((n = aisp_slice_utf8(s, &cp)) == 0) {
			n = 1;
			aisp_buf_putz(b, "\xef\xbf\xbd");
		} else if (cp == '"' || cp == '\\' || aisp_cp_is_hidden(cp)) {
			escape_cp(b, cp);
		} else {
			aisp_buf_put(b, aisp_slice_to(s, n));
		}
		s = aisp_slice_from(s, n);
	}
}

void aisp_jw_str(struct aisp_jw *w, struct aisp_slice s)
{
	before_value(w);
	aisp_buf_putc(w->out, '"');
	aisp_json_escape(w->out, s);
	aisp_buf_putc(w->out, '"');
}

void aisp_jw_z(struct aisp_jw *w, const char *z)
{
	if (z)
		aisp_jw_str(w, aisp_slice_z(z));
	else
		aisp_jw_null(w);
}

void aisp_jw_int(struct aisp_jw *w, int64_t i)
{
	before_value(w);
	aisp_buf_printf(w->out, "%lld", (long long)i);
}

/* The shortest of 15 to 17 digits that reads back as the same number; always with a point or an exponent, so that it
 * reads back as a real. What JSON has no form for (NaN, infinity) is null. */
void aisp_jw_real(struct aisp_jw *w, double r)
{
	char text[40];

	if (!isfinite(r)) {
		aisp_jw_null(w);
		return;
	}
	for (int precision = 15; precision <= 17; precision++) {
		snprintf(text, sizeof text, "%.*g", precision, r);
		if (precision == 17 || !(strtod(text, NULL) < r || strtod(text, NULL) > r))
			break;
	}
	before_value(w);
	aisp_buf_putz(w->out, text);
	if (!strpbrk(text, ".e"))
		aisp_buf_putz(w->out, ".0");
}

void aisp_jw_bool(struct aisp_jw *w, bool b)
{
	before_value(w);
	aisp_buf_putz(w->out, b ? "true" : "false");
}

void aisp_jw_null(struct aisp_jw *w)
{
	before_value(w);
	aisp_buf_putz(w->out, "null");
}

void aisp_jw_kstr(struct aisp_jw *w, const char *key, struct aisp_slice s)
{
	aisp_jw_key(w, key);
	aisp_jw_str(w, s);
}

void aisp_jw_kz(struct aisp_jw *w, const char *key, const char *z)
{
	aisp_jw_key(w, key);
	aisp_jw_z(w, z);
}

void aisp_jw_kint(struct aisp_jw *w, const char *key, int64_t i)
{
	aisp_jw_key(w, key);
	aisp_jw_int(w, i);
}

void aisp_jw_kbool(struct aisp_jw *w, const char *key, bool b)
{
	aisp_jw_key(w, key);
	aisp_jw_bool(w, b);
}

/* Recursion ends at AISP_JW_DEPTH: then the buffer has failed. */
void aisp_jw_doc(struct aisp_jw *w, const struct aisp_doc *d)
{
	if (w->out->bad)
		return;
	switch (d ? d->type : AISP_DOC_NULL) {
	case AISP_DOC_NULL:
		aisp_jw_null(w);
		break;
	case AISP_DOC_BOOL:
		aisp_jw_bool(w, d->b);
		break;
	case AISP_DOC_INT:
		aisp_jw_int(w, d->i);
		break;
	case AISP_DOC_REAL:
		aisp_jw_real(w, d->r);
		break;
	case AISP_DOC_STR:
		aisp_jw_str(w, d->s);
		break;
	case AISP_DOC_ARR:
		aisp_jw_arr(w);
		for (uint32_t i = 0; i < d->n; i++)
			aisp_jw_doc(w, &d->items[i]);
		aisp_jw_end(w);
		break;
	case AISP_DOC_OBJ:
		aisp_jw_obj(w);
		for (uint32_t i = 0; i < d->n; i++) {
			aisp_jw_keys(w, d->members[i].key);
			aisp_jw_doc(w, &d->members[i].value);
		}
		aisp_jw_end(w);
		break;
	}
}
