/* Inside the reader: records of a format that lie in something else. See envelope.c. */
#pragma once
#include "base/buf.h"
#include "collect/logs/reader_int.h"

enum aisp_log__carrier { AISP_LOG__CARRIER_NONE, AISP_LOG__CARRIER_JSON, AISP_LOG__CARRIER_CSV, AISP_LOG__CARRIER_LINES };
struct aisp_log__envelope;
/* By the beginning of the stream; *ret NULL: it carries nothing. lines: lines with a time in front, which only are meant when nothing else knows the stream. Only memory fails. */
int aisp_log__envelope_new(struct aisp_slice head, bool lines, struct aisp_log__envelope **ret, struct aisp_err *err);
void aisp_log__envelope_free(struct aisp_log__envelope *e);
enum aisp_log__carrier aisp_log__envelope_kind(const struct aisp_log__envelope *e);
enum aisp_log__shape aisp_log__envelope_shape(const struct aisp_log__envelope *e);
/* The first messages, a line each, as far as the head shows them. */
int aisp_log__envelope_head(const struct aisp_log__envelope *e, struct aisp_slice head, struct aisp_buf *out, struct aisp_err *err);
/* id: of the message in its own log, which stays whatever it is carried by; empty: none. Texts live until the sink returns. */
typedef int aisp_log__message_sink(void *ctx, struct aisp_slice text, struct aisp_slice id, struct aisp_err *err);
/* Gives what is in one carrier. AISP_E_PARSE: a part of it at least is none. a: for this one. */
int aisp_log__envelope_open(const struct aisp_log__envelope *e, struct aisp_arena *a, struct aisp_slice text, aisp_log__message_sink *f, void *ctx, struct aisp_err *err);
/* A row of a table of CloudTrail events as the record it was made of (trail_row.c). AISP_E_PARSE: it is none. */
int aisp_log__trail_row(struct aisp_arena *a, const struct aisp_slice *names, const struct aisp_slice *values, size_t n, struct aisp_slice *ret, struct aisp_err *err);
/* A CSV record's fields (postgres_forms.c). */
size_t aisp_log__csv(struct aisp_arena *a, struct aisp_slice text, struct aisp_slice *ret, size_t max);
