/* JSON writing: a small state machine over a buffer. Text that is not UTF-8 is repaired (U+FFFD), never passed on.
 *
 *   aisp_jw_obj(&w); aisp_jw_key(&w, "id"); aisp_jw_str(&w, s); … aisp_jw_end(&w);
 */
#pragma once
#include "base/buf.h"

enum { AISP_JW_DEPTH = 160 }; /* deeper is AISP_E_LIMIT in the buffer; more than a document's default depth */
struct aisp_jw {
	struct aisp_buf *out;       /* borrowed */
	bool pretty;                /* two-space indent, one member a line */
	unsigned depth;
	bool has_item[AISP_JW_DEPTH]; /* at this depth something was written */
	bool is_obj[AISP_JW_DEPTH];
	bool after_key;
};
void aisp_jw_init(struct aisp_jw *w, struct aisp_buf *out, bool pretty);
void aisp_jw_obj(struct aisp_jw *w);
void aisp_jw_arr(struct aisp_jw *w);
void aisp_jw_end(struct aisp_jw *w); /* closes the innermost object or array */
void aisp_jw_key(struct aisp_jw *w, const char *key);
void aisp_jw_keys(struct aisp_jw *w, struct aisp_slice key);
void aisp_jw_str(struct aisp_jw *w, struct aisp_slice s);
void aisp_jw_z(struct aisp_jw *w, const char *z); /* NULL → null */
void aisp_jw_int(struct aisp_jw *w, int64_t i);
void aisp_jw_real(struct aisp_jw *w, double r);
void aisp_jw_bool(struct aisp_jw *w, bool b);
void aisp_jw_null(struct aisp_jw *w);
/* key and value in one call */
void aisp_jw_kstr(struct aisp_jw *w, const char *key, struct aisp_slice s);
void aisp_jw_kz(struct aisp_jw *w, const char *key, const char *z);
void aisp_jw_kint(struct aisp_jw *w, const char *key, int64_t i);
void aisp_jw_kbool(struct aisp_jw *w, const char *key, bool b);
/* A value tree as read by doc.h. */
struct aisp_doc;
void aisp_jw_doc(struct aisp_jw *w, const struct aisp_doc *d);
/* Only the escaped text of a JSON string, without quotes, for writers of other formats. */
void aisp_json_escape(struct aisp_buf *b, struct aisp_slice s);
