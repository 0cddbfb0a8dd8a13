/* What parsers of log formats share: fields made safe, times, heads of streams, SQL's tables, events held until their outcome is known.
 *
 * Times are UTC microseconds. Nothing here keeps a literal, a prompt, a body or a token. */
#pragma once
#include "collect/logs/logs_int.h"

/* The rows. Framing: an entry (AISP_LOG_ENTRIES) goes on with each line that begins with a TAB, as PostgreSQL writes them. All JSON rows read lines as well as documents. record() of a JSON row takes a single record, an array of them, or the envelope that the format
 * itself has (EventList, {"resourceSpans":[…]}). */
#define AISP_LOG_ROW(name) \
	int aisp_log__##name##_recognise(struct aisp_slice head); \
	int aisp_log__##name##_record(struct aisp_log_parser *p, struct aisp_slice text, const struct aisp_doc *doc, aisp_use_sink *sink, void *ctx, struct aisp_err *err)
AISP_LOG_ROW(kube);
AISP_LOG_ROW(bedrock);
AISP_LOG_ROW(pgcsv);
AISP_LOG_ROW(pgjson);
AISP_LOG_ROW(pgtext);
AISP_LOG_ROW(otel);
AISP_LOG_ROW(otelpb);
AISP_LOG_ROW(litellm);
AISP_LOG_ROW(kong);
AISP_LOG_ROW(langfuse);
AISP_LOG_ROW(cfgateway);
AISP_LOG_ROW(portkey);
AISP_LOG_ROW(mcp);
AISP_LOG_ROW(httptext);
AISP_LOG_ROW(httpjson);
AISP_LOG_ROW(envoytext);
AISP_LOG_ROW(envoyjson);
int aisp_log__pg_flush(struct aisp_log_parser *p, aisp_use_sink *sink, void *ctx, struct aisp_err *err);
int aisp_log__mcp_flush(struct aisp_log_parser *p, aisp_use_sink *sink, void *ctx, struct aisp_err *err);
int aisp_log__otel_flush(struct aisp_log_parser *p, aisp_use_sink *sink, void *ctx, struct aisp_err *err);

/* How protobuf records lie in a stream (AISP_LOG_PROTOBUF). */
enum aisp_log_pb {
	AISP_LOG_PB_FIELDS = 1, /* one message: each top-level field (tag and all) is a record, so that any size is read in parts */
	AISP_LOG_PB_VARINT,     /* each message led by its length as a varint */
	AISP_LOG_PB_BE32,       /* … as 4 bytes, big-endian: the OpenTelemetry collector's file exporter */
};
enum aisp_log_pb aisp_log__pb_framing(struct aisp_slice head); /* by the stream's first bytes; 0: none of them */
/* The next record of `at`: how many bytes to step over, then how many are the record. False: not whole yet (at the end of the stream: torn), or *ret_len = SIZE_MAX: broken, nothing
 * further can be cut. */
bool aisp_log__pb_next(enum aisp_log_pb framing, struct aisp_slice at, size_t *ret_skip, size_t *ret_len);

enum {
	AISP_LOG_FIELD_MAX = 512,   /* bytes of one text of an event; longer is cut at a character */
	AISP_LOG_HELD_SLOTS = 256,  /* events held at once in one stream */
	AISP_LOG_HELD_TEXT = 2048,  /* bytes of texts of a held event */
};
/* Gives an event to the sink: control and broken characters become '?', long texts are cut. */
int aisp_log__emit(struct aisp_log_parser *p, const struct aisp_use_event *e, aisp_use_sink *sink, void *ctx, struct aisp_err *err);

/* "2026-01-02T03:04:05.678Z", "2026-01-02 03:04:05.678 CET", "…+02:00", "…+0200", "…+02"; no zone: UTC. 0: none, or an unknown zone's name. ret_used (may be NULL): bytes read. */
int64_t aisp_log__when(struct aisp_slice s, size_t *ret_used);
int64_t aisp_log__clf_time(struct aisp_slice s); /* "10/Oct/2000:13:55:36 -0700" */
/* A number of seconds, milliseconds, microseconds or nanoseconds since 1970 (told by its size; numeric text too), or a time as text. */
int64_t aisp_log__doc_time(const struct aisp_doc *d);

/* The first record of a JSON stream of which only the head is known: a document that is cut off is closed where its last whole value ends. NULL: no JSON. */
const struct aisp_doc *aisp_log__head(struct aisp_arena *a, struct aisp_slice head);
/* Recognise by a test of the first record, or of the first item of an array. */
int aisp_log__recognise(struct aisp_slice head, int (*test)(const struct aisp_doc *d));
/* Recognise by lines: how many of the first five whole lines (a last one counts when it is the only one) `test` takes; `score` when all, 0 when fewer. */
int aisp_log__recognise_lines(struct aisp_slice head, int score, bool (*test)(struct aisp_slice line));

/* First text among the members named; empty when none. Ends with NULL. */
struct aisp_slice aisp_log__first(const struct aisp_doc *d, const char *const *keys);
/* Text of a member that may be a string or an integer. */
struct aisp_slice aisp_log__text(struct aisp_arena *a, const struct aisp_doc *d);
/* Calls f for d, or for each item when d is an array; then for each item of the member `list` (may be NULL), when d has it. */
int aisp_log__each(const struct aisp_doc *d, const char *list, int (*f)(void *ctx, const struct aisp_doc *d), void *ctx);

/* A path without query, its first two segments; segments that look like an identifier or a secret become "*". */
struct aisp_slice aisp_log__path(struct aisp_arena *a, struct aisp_slice uri);
/* "Mozilla/5.0 (…)" → "Mozilla". */
struct aisp_slice aisp_log__product(struct aisp_slice user_agent);
/* "10.0.0.1:5432", "[::1]:80", "10.0.0.1" → the address. */
struct aisp_slice aisp_log__address(struct aisp_slice s);
/* The last part of arn:aws:sts::A:assumed-role/R/SESSION; else empty. */
struct aisp_slice aisp_log__session(struct aisp_slice arn);

/* SQL: verbs with the tables they touch; literals, comments and values are never looked into. */
enum { AISP_LOG_SQL_MAX = 16 };
struct aisp_log_sql {
	struct aisp_slice verb;  /* upper case, a constant */
	struct aisp_slice table; /* "schema.table" or "table" as the server folds names, in the arena; may be empty: the statement names none */
};
/* How many of ret[] were filled: 0 when the text is no statement that says something of use. */
size_t aisp_log__sql(struct aisp_arena *a, struct aisp_slice text, struct aisp_log_sql ret[AISP_LOG_SQL_MAX]);

/* Events held back, in a ring of fixed size; the oldest goes out when it is full. */
struct aisp_log_held {
	uint64_t key[AISP_LOG_HELD_SLOTS]; /* 0 = free */
	struct aisp_log_held_slot *slots;
	uint32_t next, of_place;
	uint64_t place; /* of the record whose events were held last, and how many those are: the id of what has none */
};
struct aisp_log_held_slot {
	struct aisp_use_event e;
	uint32_t kind;              /* the parser's */
	uint32_t n;
	char text[AISP_LOG_HELD_TEXT];
};
int aisp_log__held_init(struct aisp_log_held *h, struct aisp_arena *a, struct aisp_err *err);
/* Holds a copy of e. */
int aisp_log__held_put(struct aisp_log_parser *p, struct aisp_log_held *h, uint64_t key, uint32_t kind, const struct aisp_use_event *e, aisp_use_sink *sink, void *ctx, struct aisp_err *err);
/* The next slot of a key after *at (begin with 0), or NULL. */
struct aisp_log_held_slot *aisp_log__held_find(struct aisp_log_held *h, uint64_t key, uint32_t *at);
/* Frees a slot; emits it first when `emit`. */
int aisp_log__held_drop(struct aisp_log_parser *p, struct aisp_log_held *h, struct aisp_log_held_slot *s, bool emit, aisp_use_sink *sink, void *ctx, struct aisp_err *err);
int aisp_log__held_all(struct aisp_log_parser *p, struct aisp_log_held *h, aisp_use_sink *sink, void *ctx, struct aisp_err *err);

/* Is it there? Denied by its words ("permission denied", "forbidden", …)? */
bool aisp_log__says_denied(struct aisp_slice message);
static inline bool aisp_log__has(const struct aisp_doc *d, const char *key)
{
	return aisp_doc_get(d, key) != NULL;
}
enum aisp_use_outcome aisp_log__http_outcome(int64_t status);
