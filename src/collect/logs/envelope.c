/* What carries records of another format: CloudWatch Logs (subscriptions as Firehose and Kinesis hand them on, filter-log-events, get-log-events, Logs Insights, export tasks), CloudTrail's
 * look-ups (lookup-events, Lake), and rows of CloudTrail from Athena or Lake. The reader cuts the stream into carriers, opens each, and gives what is in it to the format's parser, as if it had
 * lain there alone: sums, duplicates and what is seen are those of the format.
 *
 *   {"messageType":"DATA_MESSAGE", …, "logEvents":[{"id", "timestamp", "message":"…"}]}    docs.aws.amazon.com/AmazonCloudWatch/latest/logs/ValidateLogEventFlow.html
 *   {"events":[{"timestamp", "message", "eventId"}]}                                        API_FilterLogEvents, API_GetLogEvents
 *   {"results":[[{"field":"@message", "value":"…"}]]}                                       API_GetQueryResults (CloudWatch Logs)
 *   2026-11-01T12:34:56.789Z MESSAGE                                                        S3Export.html
 *   {"Events":[{"CloudTrailEvent":"…"}]}, {"QueryResultRows":[[{"eventID":"…"}, …]]}        API_LookupEvents, API_GetQueryResults (CloudTrail)
 *   "eventid","eventname",…                                                                 Athena's and Lake's CSV
 *
 * Not for: what a message says. One stream carries one format; a message that its parser does not understand is a gap as always.
 */
#include "collect/logs/envelope.h"
#include "base/mem.h"
#include "collect/logs/formats_int.h"

enum { COLUMNS_MAX = 128, HEAD_MESSAGES = 64, LINE_TIME_MAX = 32 };
struct aisp_log__envelope {
	enum aisp_log__carrier kind;
	struct aisp_arena *kept;
	struct aisp_slice columns[COLUMNS_MAX]; /* of CSV; in kept */
	size_t n_columns;
};

/* ---- which one ---- */

static bool is_text(const struct aisp_doc *d, const char *key)
{
	const struct aisp_doc *v = aisp_doc_get(d, key);

	return v && v->type == AISP_DOC_STR;
}

static enum aisp_log__carrier of_doc(const struct aisp_doc *d)
{
	static const char *const lists[] = {"logEvents", "events"};
	const struct aisp_doc *item;

	if (d && d->type == AISP_DOC_ARR)
		d = aisp_doc_at(d, 0);
	if (aisp_slice_eqz(aisp_doc_getstr(d, "messageType"), "CONTROL_MESSAGE"))
		return AISP_LOG__CARRIER_JSON;
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		item = aisp_doc_at(aisp_doc_get(d, lists[i]), 0);
		if (is_text(item, "message") && (aisp_doc_get(item, "timestamp") || aisp_doc_get(item, "ingestionTime")))
			return AISP_LOG__CARRIER_JSON;
	}
	if (is_text(aisp_doc_at(aisp_doc_get(d, "Events"), 0), "CloudTrailEvent"))
		return AISP_LOG__CARRIER_JSON;
	item = aisp_doc_at(aisp_doc_at(aisp_doc_get(d, "results"), 0), 0);
	if (is_text(item, "field") && is_text(item, "value"))
		return AISP_LOG__CARRIER_JSON;
	return aisp_doc_get(d, "QueryStatus") && aisp_doc_get(d, "QueryResultRows") ? AISP_LOG__CARRIER_JSON : AISP_LOG__CARRIER_NONE;
}

static struct aisp_slice without_mark(struct aisp_slice head)
{
	return aisp_slice_starts(head, AISP_S("\xef\xbb\xbf")) ? aisp_slice_from(head, 3) : head;
}

static bool has_column(const struct aisp_slice *v, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (aisp_slice_eqi(v[i], aisp_slice_z(name)))
			return true;
	return false;
}

static size_t read_columns(struct aisp_arena *a, struct aisp_slice head, struct aisp_slice ret[COLUMNS_MAX])
{
	const struct aisp_slice line = aisp_log__first_line(without_mark(head));
	size_t n = line.n && line.n < 16384 ? aisp_log__csv(a, aisp_slice_trim(line), ret, COLUMNS_MAX) : 0;

	return has_column(ret, n, "eventJson") || (has_column(ret, n, "eventName") && has_column(ret, n, "eventSource") && has_column(ret, n, "eventTime")) ? n : 0;
}

/* "2026-11-01T12:34:56.789Z " in front of a message: its length; 0: none. */
static size_t line_time(struct aisp_slice line)
{
	const size_t n = aisp_slice_chr(aisp_slice_to(line, LINE_TIME_MAX), ' ');

	return n != SIZE_MAX && n >= 20 && line.p[n - 1] == 'Z' && line.p[10] == 'T' && aisp_log__time(aisp_slice_to(line, n)) ? n + 1 : 0;
}

static enum aisp_log__carrier carrier_of(struct aisp_arena *a, struct aisp_slice head, bool lines)
{
	struct aisp_slice columns[COLUMNS_MAX];
	const struct aisp_slice s = aisp_slice_trim(without_mark(head));

	if (lines)
		return line_time(aisp_log__first_line(s)) ? AISP_LOG__CARRIER_LINES : AISP_LOG__CARRIER_NONE;
	if (s.n && (s.p[0] == '{' || s.p[0] == '['))
		return of_doc(aisp_log__head(a, s));
	return read_columns(a, head, columns) ? AISP_LOG__CARRIER_CSV : AISP_LOG__CARRIER_NONE;
}

int aisp_log__envelope_new(struct aisp_slice head, bool lines, struct aisp_log__envelope **ret, struct aisp_err *err)
{
	struct aisp_arena *a = aisp_arena_new((size_t)8 << 20);
	struct aisp_log__envelope *e = NULL;
	const enum aisp_log__carrier kind = a ? carrier_of(a, head, lines) : AISP_LOG__CARRIER_NONE;

	*ret = NULL;
	if (a && kind != AISP_LOG__CARRIER_NONE)
		e = aisp_mem_zalloc(1, sizeof *e);
	if (e) {
		e->kind = kind;
		e->kept = a;
		e->n_columns = kind == AISP_LOG__CARRIER_CSV ? read_columns(a, head, e->columns) : 0;
		for (size_t i = 0; i < e->n_columns; i++) /* the head goes away */
			e->columns[i] = aisp_arena_dup(a, e->columns[i]);
		*ret = e;
		return 0;
	}
	const bool out = !a || kind != AISP_LOG__CARRIER_NONE;
	aisp_arena_free(a);
	return out ? aisp_fail(err, AISP_E_NOMEM, "out of memory while reading logs") : 0;
}

void aisp_log__envelope_free(struct aisp_log__envelope *e)
{
	if (!e)
		return;
	aisp_arena_free(e->kept);
	aisp_mem_free(e);
}

enum aisp_log__carrier aisp_log__envelope_kind(const struct aisp_log__envelope *e)
{
	return e ? e->kind : AISP_LOG__CARRIER_NONE;
}

/* ---- opening ---- */

struct opening {
	struct aisp_arena *a;
	aisp_log__message_sink *f;
	void *ctx;
	struct aisp_err *err;
};

static int give(const struct opening *o, struct aisp_slice text, struct aisp_slice id)
{
	text = aisp_slice_trim(text);
	return text.n ? o->f(o->ctx, text, id, o->err) : 0;
}

/* [{"field":"@timestamp","value":"…"},{"field":"@message","value":"…"}] */
static int open_fields(const struct opening *o, const struct aisp_doc *d)
{
	for (uint32_t i = 0; i < d->n; i++)
		if (aisp_slice_eqz(aisp_doc_getstr(&d->items[i], "field"), "@message"))
			return give(o, aisp_doc_getstr(&d->items[i], "value"), (struct aisp_slice){0});
	return aisp_fail(o->err, AISP_E_PARSE, "a row of a query of logs without @message");
}

/* [{"eventID":"…"},{"eventName":"…"}]: a row of CloudTrail Lake. */
static int open_row(const struct opening *o, const struct aisp_doc *d)
{
	struct aisp_slice names[COLUMNS_MAX], values[COLUMNS_MAX], text;
	size_t n = 0;

	for (uint32_t i = 0; i < d->n && n < COLUMNS_MAX; i++) {
		const struct aisp_doc *cell = &d->items[i];

		if (cell->type != AISP_DOC_OBJ || cell->n != 1)
			continue;
		names[n] = cell->members[0].key;
		values[n++] = aisp_doc_str(&cell->members[0].value);
	}
	int r = aisp_log__trail_row(o->a, names, values, n, &text, o->err);
	return r < 0 ? r : give(o, text, (struct aisp_slice){0});
}

/* EKS writes the audit log and four others into one group; those are no logs of use. docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html */
static bool is_other_of_eks(struct aisp_slice stream)
{
	static const char *const others[] = {"authenticator-", "kube-controller-manager-", "kube-scheduler-", "cloud-controller-manager-", "kube-apiserver-"};

	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (aisp_slice_starts(stream, aisp_slice_z(others[i])))
			return !aisp_slice_starts(stream, AISP_S("kube-apiserver-audit-"));
	return false;
}

static int open_one(const struct opening *o, const struct aisp_doc *d)
{
	if (is_other_of_eks(aisp_doc_getstr(d, "logStreamName")))
		return 0;
	if (d->type == AISP_DOC_ARR)
		return aisp_doc_get(aisp_doc_at(d, 0), "field") ? open_fields(o, d) : open_row(o, d);
	if (is_text(d, "CloudTrailEvent"))
		return give(o, aisp_doc_getstr(d, "CloudTrailEvent"), (struct aisp_slice){0});
	if (!is_text(d, "message"))
		return aisp_fail(o->err, AISP_E_PARSE, "an envelope of logs without a message");
	const struct aisp_slice id = aisp_doc_getstr(d, "id");
	return give(o, aisp_doc_getstr(d, "message"), id.n ? id : aisp_doc_getstr(d, "eventId"));
}

static int open_doc(const struct opening *o, const struct aisp_doc *d)
{
	static const char *const lists[] = {"logEvents", "events", "Events", "results", "QueryResultRows"};
	const struct aisp_doc *list = NULL;
	int r = 0;

	for (size_t i = 0; !list && d->type == AISP_DOC_OBJ && i < sizeof lists / sizeof *lists; i++)
		list = aisp_doc_get(d, lists[i]);
	if (aisp_slice_eqz(aisp_doc_getstr(d, "messageType"), "CONTROL_MESSAGE") || is_other_of_eks(aisp_doc_getstr(d, "logStream"))) /* is the destination there? */
		return 0;
	if (!list || list->type != AISP_DOC_ARR)
		return open_one(o, d);
	/* One that is broken does not hide the others. */
	for (uint32_t i = 0; i < list->n && (r == 0 || r == AISP_E_PARSE); i++) {
		const int now = open_one(o, &list->items[i]);
		r = now < 0 ? now : r;
	}
	return r;
}

static int open_csv(const struct aisp_log__envelope *e, const struct opening *o, struct aisp_slice text)
{
	struct aisp_slice values[COLUMNS_MAX], record;
	const size_t n = aisp_log__csv(o->a, without_mark(text), values, COLUMNS_MAX);
	size_t same = 0;

	if (n != e->n_columns)
		return aisp_fail(o->err, AISP_E_PARSE, "a row of %zu columns under a header of %zu", n, e->n_columns);
	while (same < n && aisp_slice_eq(values[same], e->columns[same]))
		same++;
	if (same == n) /* the header, also where files were put one behind the other */
		return 0;
	int r = aisp_log__trail_row(o->a, e->columns, values, n, &record, o->err);
	return r < 0 ? r : give(o, record, (struct aisp_slice){0});
}

int aisp_log__envelope_open(const struct aisp_log__envelope *e, struct aisp_arena *a, struct aisp_slice text, aisp_log__message_sink *f, void *ctx, struct aisp_err *err)
{
	static const struct aisp_doc_limits limits = {.max_bytes = AISP_LOG_RECORD_MAX, .max_depth = 64, .max_values = 1 << 20};
	const struct opening o = {a, f, ctx, err};
	const struct aisp_doc *doc = NULL;
	int r;

	switch (e->kind) {
	case AISP_LOG__CARRIER_JSON:
		r = aisp_json_parse(a, text, &limits, &doc, err);
		return r < 0 ? r : open_doc(&o, doc);
	case AISP_LOG__CARRIER_CSV:
		return open_csv(e, &o, text);
	case AISP_LOG__CARRIER_LINES:
		return give(&o, aisp_slice_from(text, line_time(text)), (struct aisp_slice){0});
	case AISP_LOG__CARRIER_NONE:
		break;
	}
	return aisp_fail(err, AISP_E_PARSE, "not an envelope of logs");
}

/* ---- the first messages, to tell the format by ---- */

struct heads {
	struct aisp_buf *out;
	size_t n;
};

static int take_head(void *ctx, struct aisp_slice text, struct aisp_slice id, struct aisp_err *err)
{
	struct heads *h = ctx;

	(void)id;
	(void)err;
	if (h->n++ < HEAD_MESSAGES && h->out->n < AISP_LOG_HEAD) {
		aisp_buf_put(h->out, aisp_slice_to(text, AISP_LOG_HEAD));
		aisp_buf_putc(h->out, '\n');
	}
	return 0;
}

int aisp_log__envelope_head(const struct aisp_log__envelope *e, struct aisp_slice head, struct aisp_buf *out, struct aisp_err *err)
{
	struct aisp_arena *a = aisp_arena_new((size_t)32 << 20);
	struct aisp_log__cut cut = {.shape = aisp_log__envelope_shape(e), .lists = e->kind == AISP_LOG__CARRIER_JSON};
	struct heads h = {out, 0};
	struct aisp_slice rest = without_mark(head), record;
	struct aisp_err why = {0};
	size_t used = 0;
	int r;

	if (!a)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while reading logs");
	while (h.n < HEAD_MESSAGES && rest.n && (r = aisp_log__cut_next(&cut, rest, false, &record, &used)) != AISP_LOG__MORE && used) {
		if (r == AISP_LOG__RECORD)
			aisp_log__envelope_open(e, a, record, take_head, &h, &why); /* what is broken is told when it is read */
		rest = aisp_slice_from(rest, used);
	}
	/* The first is longer than the head: up to where it is whole. */
	const struct aisp_doc *doc = h.n == 0 && e->kind == AISP_LOG__CARRIER_JSON ? aisp_log__head(a, rest) : NULL;
	if (doc)
		open_doc(&(struct opening){a, take_head, &h, &why}, doc);
	aisp_arena_free(a);
	return out->bad ? aisp_fail(err, AISP_E_NOMEM, "out of memory while reading logs") : 0;
}

enum aisp_log__shape aisp_log__envelope_shape(const struct aisp_log__envelope *e)
{
	return e->kind == AISP_LOG__CARRIER_CSV ? AISP_LOG__CSV : e->kind == AISP_LOG__CARRIER_LINES ? AISP_LOG__LINES : AISP_LOG__VALUES;
}
