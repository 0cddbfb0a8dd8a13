/* UTF-16 text with a byte order mark becomes UTF-8. */
#include "scan/secrets/engine_int.h"

static uint32_t unit(const unsigned char *p, bool big)
{
	return big ? (uint32_t)(p[0] << 8 | p[1]) : (uint32_t)(p[1] << 8 | p[0]);
}

static char *put(char *o, uint32_t cp)
{
	if (cp < 0x80) {
		*o++ = (char)cp;
		return o;
	}
	if (cp < 0x800) {
		*o++ = (char)(0xc0 | cp >> 6);
	} else {
		if (cp < 0x10000) {
			*o++ = (char)(0xe0 | cp >> 12);
		} else {
			*o++ = (char)(0xf0 | cp >> 18);
			*o++ = (char)(0x80 | (cp >> 12 & 0x3f));
		}
		*o++ = (char)(0x80 | (cp >> 6 & 0x3f));
	}
	*o++ = (char)(0x80 | (cp & 0x3f));
	return o;
}

int aisp_secrets__utf16(struct aisp_slice text, struct aisp_buf *out, struct aisp_err *err)
{
	const unsigned char *p = (const unsigned char *)text.p;
	bool big;

	if (text.n < 4 || !((p[0] == 0xff && p[1] == 0xfe && (p[2] || p[3])) || (p[0] == 0xfe && p[1] == 0xff)))
		return 0;
	big = p[0] == 0xfe;
	aisp_buf_clear(out);
	for (size_t at = 2; at + 1 < text.n;) {
		size_t end = text.n - at > 8192 ? at + 8192 : text.n;
		char *room = aisp_buf_room(out, 3 * 4096 + 8), *o = room;

		if (!room)
			return aisp_buf_check(out, err);
		for (; at + 1 < end; at += 2) {
			uint32_t cp = unit(p + at, big), low = at + 3 < text.n ? unit(p + at + 2, big) : 0;

			if (cp >> 10 == 0x36 && low >> 10 == 0x37) {
				cp = 0x10000 + ((cp & 0x3ff) << 10) + (low & 0x3ff);
				at += 2;
			} else if (cp >> 11 == 0x1b) {
				cp = 0xfffd;
			}
			o = put(o, cp);
		}
		out->n += (size_t)(o - room);
	}
	return out->n ? 1 : 0;
}
