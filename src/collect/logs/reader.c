/* A stream: from bytes to events. See reader.h; unpack.c and cut.c do the two halves of the work.
 *
 *   window:  │ consumed │ s->pos … records … │ a record whose end is not there yet │ s->n … room │
 */
#include "base/clock.h"
#include "base/hash.h"
#include "collect/logs/envelope.h"
#include "collect/logs/logs_int.h"
#include "collect/logs/reader_int.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 256 << 10, ODD_CHUNK = 8 << 10, RETRY_MAX = 64 << 10, IDLE_MS = 500, STREAM_ARENA = 32 << 20, RECORD_ARENA = 96 << 20, RECOGNISED = 50 };

struct aisp_log_stream {
	struct aisp_log_read at;
	struct aisp_log_parser parser;
	struct aisp_log_to to;
	const struct aisp_log_format *kind;
	struct aisp_log__unpack *unpack;
	struct aisp_log__cut cut;
	struct aisp_log__envelope *envelope; /* NULL: records lie in the stream as they are */
	struct aisp_arena *carrier;  /* the envelope at hand */
	int64_t carrier_at;          /* where it begins */
	struct aisp_buf inner;       /* first messages of envelopes */
	struct aisp_buf path, key;
	char *window;
	size_t pos, n, cap, fast;    /* fast: how much block() gets; small after a record that it did not understand */
	int64_t begun_at;            /* unpacked offset of window[0] */
	struct stat sb;
	bool regular, started, begun, over, dropping; /* over: nothing more will be read (done, or broken) */
	bool ok;                     /* no gap that leaves something unread */
	int64_t gaps;
	int sink_failed;
	uint64_t record_hash;        /* of the record whose events are given */
	uint32_t record_events;
};

static int nomem(struct aisp_err *err)
{
	return aisp_fail(err, AISP_E_NOMEM, "out of memory while reading logs");
}

static void gap(struct aisp_log_stream *s, int64_t offset, const char *why)
{
	if (s->gaps++ < AISP_LOG_GAPS && s->to.gap)
		s->to.gap(s->to.ctx, &s->at, offset, why);
}

/* ---- opening ---- */

static int open_fd(struct aisp_log_stream *s, const char *path, struct aisp_err *err)
{
	int fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0 || fstat(fd, &s->sb) < 0) {
		int e = errno;
		if (fd >= 0)
			close(fd);
		return aisp_fail(err, aisp_code_from_errno(e), "%s cannot be read: %s", path, strerror(e));
	}
	s->regular = S_ISREG(s->sb.st_mode);
	if (s->regular)
		posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	if (s->regular || strcmp(path, "-") == 0 || S_ISFIFO(s->sb.st_mode)) {
		if (!s->regular && strcmp(path, "-") != 0)
			fcntl(fd, F_SETFL, 0); /* a named pipe: wait for its writer */
		return fd;
	}
	close(fd);
	return aisp_fail(err, AISP_E_ACCESS, "%s is neither a file nor a folder", path);
}

static void make_key(struct aisp_log_stream *s)
{
	struct aisp_slice first = aisp_log__unpack_first(s->unpack);
	const size_t nl = aisp_log__is_packed(s->unpack) ? SIZE_MAX : aisp_slice_chr(first, '\n');

	/* Up to the first line's end, so that it stays the same while the file grows. */
	if (nl != SIZE_MAX)
		first = aisp_slice_to(first, nl);
	if (!s->regular || strcmp(s->path.p, "-") == 0)
		return;
	aisp_buf_clear(&s->key);
	aisp_buf_printf(&s->key, "%llx:%llx:%016llx", (unsigned long long)s->sb.st_dev, (unsigned long long)s->sb.st_ino, (unsigned long long)aisp_hash64(first.p, first.n, 7));
	s->at.file = aisp_buf_slice(&s->key);
}

int aisp_log_open(const char *path, const struct aisp_log_format *kind, struct aisp_slice name, const struct aisp_log_to *to, struct aisp_log_stream **ret, struct aisp_err *err)
{
	struct aisp_log_stream *s = aisp_mem_zalloc(1, sizeof *s);
	int r;

	if (!s)
		return nomem(err);
	s->kind = kind;
	s->to = *to;
	s->ok = true;
	s->fast = SIZE_MAX;
	aisp_buf_init(&s->path, 1 << 16);
	aisp_buf_init(&s->key, 128);
	aisp_buf_putz(&s->path, path);
	s->parser.name = name;
	s->parser.record = aisp_arena_new(RECORD_ARENA);
	s->parser.stream = aisp_arena_new(STREAM_ARENA);
	r = s->path.bad || !s->parser.record || !s->parser.stream ? nomem(err) : open_fd(s, path, err);
	if (r >= 0)
		r = aisp_log__unpack_new(r, s->regular ? s->sb.st_size : 0, &s->unpack, err);
	if (r < 0) {
		aisp_log_close(s);
		return r;
	}
	s->at.path = aisp_buf_slice(&s->path);
	*ret = s;
	return 0;
}

void aisp_log_close(struct aisp_log_stream *s)
{
	if (!s)
		return;
	if (s->begun && s->at.format->end)
		s->at.format->end(&s->parser);
	aisp_log__unpack_free(s->unpack);
	aisp_arena_free(s->parser.record);
	aisp_arena_free(s->parser.stream);
	aisp_arena_free(s->carrier);
	aisp_log__envelope_free(s->envelope);
	aisp_buf_done(&s->inner);
	aisp_buf_done(&s->path);
	aisp_buf_done(&s->key);
	aisp_mem_free(s->window);
	aisp_mem_free(s);
}

const struct aisp_log_read *aisp_log_state(const struct aisp_log_stream *s)
{
	return &s->at;
}

bool aisp_log_is_replaced(const struct aisp_log_stream *s)
{
	struct stat now, open_one;

	if (!s->regular || fstat(aisp_log__unpack_fd(s->unpack), &open_one) < 0)
		return false;
	if (!aisp_log__is_packed(s->unpack) && open_one.st_size < s->at.offset)
		return true;
	return stat(s->path.p, &now) < 0 || now.st_dev != open_one.st_dev || now.st_ino != open_one.st_ino;
}

/* ---- bytes ---- */

static struct aisp_slice rest(const struct aisp_log_stream *s)
{
	return aisp_slice_of(s->window + s->pos, s->n - s->pos);
}

static int make_room(struct aisp_log_stream *s, size_t more, struct aisp_err *err)
{
	if (s->pos) {
		memmove(s->window, s->window + s->pos, s->n - s->pos);
		s->begun_at += (int64_t)s->pos;
		s->n -= s->pos;
		s->pos = 0;
	}
	if (s->cap - s->n >= more)
		return 0;
	size_t cap = s->cap ? s->cap : CHUNK + RETRY_MAX;
	while (cap - s->n < more)
		cap *= 2;
	char *p = aisp_mem_resize(s->window, cap, 1);
	if (!p)
		return nomem(err);
	s->window = p;
	s->cap = cap;
	return 0;
}

/* stdin and pipes may have nothing for long: say where we stand, so that what was read is not kept back. */
static int wait_for_input(struct aisp_log_stream *s, struct aisp_err *err)
{
	struct pollfd p = {.fd = aisp_log__unpack_fd(s->unpack), .events = POLLIN};

	while (!s->regular) {
		int n = poll(&p, 1, IDLE_MS);

		if (n > 0)
			break;
		int r = s->started && s->to.mark ? s->to.mark(s->to.ctx, &s->at, err) : 0;
		if (r < 0) {
			s->sink_failed = r;
			return r;
		}
	}
	return 0;
}

/* Some more bytes; *ret_end: there are none now. Broken packing ends the stream with a gap. */
static int fill(struct aisp_log_stream *s, bool *ret_end, struct aisp_err *err)
{
	struct aisp_err why = {0};
	size_t got = 0;
	int r = make_room(s, CHUNK, err);

	if (r < 0 || (r = wait_for_input(s, err)) < 0)
		return r;
	r = aisp_log__unpack_read(s->unpack, s->window + s->n, CHUNK, &got, &why);
	if (r == AISP_E_NOMEM)
		return nomem(err);
	if (r < 0) {
		s->ok = false;
		s->over = true;
		s->at.torn = 1;
		gap(s, s->begun_at + (int64_t)s->n, why.msg);
	}
	s->n += got;
	s->at.bytes += (int64_t)got;
	*ret_end = got == 0;
	return 0;
}

/* ---- events ---- */

static int on_event(void *ctx, const struct aisp_use_event *e, struct aisp_err *err)
{
	struct aisp_log_stream *s = ctx;
	struct aisp_use_event with;
	uint64_t id[2];

	if (!e->id.n) {
		with = *e;
		id[0] = s->record_hash;
		id[1] = s->record_events++;
		with.id = aisp_slice_of((const char *)id, sizeof id);
		e = &with;
	}
	int r = s->to.event(s->to.ctx, &s->at, e, err);
	if (r < 0)
		s->sink_failed = r;
	return r;
}

/* id: of the record in its own log, where that is known; then it is told by this alone, wherever it lies. */
static int give(struct aisp_log_stream *s, struct aisp_slice text, struct aisp_slice id, struct aisp_err *why)
{
	static const struct aisp_doc_limits limits = {.max_bytes = AISP_LOG_RECORD_MAX, .max_depth = 128, .max_values = 1 << 20};
	const struct aisp_log_format *f = s->at.format;
	const struct aisp_doc *doc = NULL;
	int r = 0;

	/* Where records go by in blocks they have ids of their own, and what has none is told by its content. */
	s->record_hash = aisp_hash64(text.p, text.n, f->block ? 0 : s->at.chain);
	s->record_events = 0;
	s->parser.place = s->record_hash;
	if (!f->block)
		s->at.chain = s->record_hash;
	if (id.n)
		s->record_hash = s->parser.place = aisp_hash64(id.p, id.n, 1);
	if (f->json)
		r = aisp_json_parse(s->parser.record, text, &limits, &doc, why);
	if (r == 0)
		r = f->record(&s->parser, text, doc, on_event, s, why);
	aisp_arena_reset(s->parser.record);
	return r;
}

static int on_one(struct aisp_log_stream *s, struct aisp_slice text, struct aisp_slice id, int64_t offset, struct aisp_err *err)
{
	struct aisp_err why = {0};

	s->at.records++;
	int r = give(s, text, id, &why);
	if (s->sink_failed) {
		if (err)
			*err = why;
		return s->sink_failed;
	}
	if (r < 0) {
		s->at.not_understood++;
		gap(s, offset, why.msg);
	}
	return 0;
}

static int on_message(void *ctx, struct aisp_slice text, struct aisp_slice id, struct aisp_err *err)
{
	struct aisp_log_stream *s = ctx;

	return on_one(s, text, id, s->carrier_at, err);
}

static int on_record(struct aisp_log_stream *s, struct aisp_slice text, int64_t offset, struct aisp_err *err)
{
	struct aisp_err why = {0};

	if (!s->envelope)
		return on_one(s, text, (struct aisp_slice){0}, offset, err);
	s->carrier_at = offset;
	int r = aisp_log__envelope_open(s->envelope, s->carrier, text, on_message, s, &why);
	aisp_arena_reset(s->carrier);
	if (s->sink_failed) {
		if (err)
			*err = why;
		return s->sink_failed;
	}
	if (r < 0) {
		s->at.not_understood++;
		gap(s, offset, why.msg);
	}
	return 0;
}

static void consume(struct aisp_log_stream *s, size_t n)
{
	s->pos += n;
	s->at.offset = s->begun_at + (int64_t)s->pos;
}

static int fast(struct aisp_log_stream *s, struct aisp_err *err)
{
	const struct aisp_log_format *f = s->at.format;

	while (f->block && !s->envelope && s->pos < s->n && !s->cut.scanned && !s->cut.tail) {
		const struct aisp_slice text = aisp_slice_to(rest(s), s->fast);
		size_t used = 0;
		int r = f->block(&s->parser, text, on_event, s, &used, err);

		if (r < 0)
			return r;
		consume(s, used);
		if (used * 2 < text.n || used == 0)
			return 0;
		if (s->fast < CHUNK)
			s->fast *= 2;
		else
			s->fast = SIZE_MAX;
	}
	return 0;
}

/* A record over the limit: it is passed over, keeping the scanner's state and a byte. */
static void drop(struct aisp_log_stream *s)
{
	if (!s->dropping)
		gap(s, s->at.offset, "a record of more than 16 MiB; it is passed over");
	s->at.not_understood += !s->dropping;
	s->dropping = true;
	s->pos = s->n - 1;
	s->cut.scanned = 1;
	if (s->cut.shape == AISP_LOG__MESSAGES || s->cut.shape == AISP_LOG__WHOLE) {
		s->ok = false;
		s->over = true;
	}
}

/* All whole records of the window. */
static int records(struct aisp_log_stream *s, bool last, struct aisp_err *err)
{
	for (;;) {
		struct aisp_slice record = {0};
		size_t used = 0;
		int r = fast(s, err);

		if (r < 0)
			return r;
		switch (aisp_log__cut_next(&s->cut, rest(s), last, &record, &used)) {
		case AISP_LOG__RECORD:
			if (!used)
				return 0;
			r = s->dropping ? 0 : on_record(s, record, s->begun_at + (int64_t)s->pos, err);
			if (r < 0)
				return r;
			s->dropping = false;
			s->fast = ODD_CHUNK;
			break;
		case AISP_LOG__SKIP:
			if (!used)
				return 0;
			break;
		default:
			if (s->n - s->pos > AISP_LOG_RECORD_MAX)
				drop(s);
			/* Let the fast path have it when it is whole, unless it is long. */
			else if (s->at.format->block && !s->envelope && s->cut.scanned < RETRY_MAX && !s->dropping)
				s->cut = (struct aisp_log__cut){.shape = s->cut.shape, .array = s->cut.array, .tail = s->cut.tail, .depth = s->cut.tail ? s->cut.depth : 0};
			return 0;
		}
		consume(s, used);
	}
}

static int mark(struct aisp_log_stream *s, bool end, struct aisp_err *err)
{
	struct aisp_err why = {0};

	if (s->begun && s->at.format->flush && (end || (s->to.due && s->to.due(s->to.ctx)))) {
		s->at.format->flush(&s->parser, on_event, s, &why);
		aisp_arena_reset(s->parser.record);
		if (s->sink_failed) {
			if (err)
				*err = why;
			return s->sink_failed;
		}
	}
	return s->to.mark ? s->to.mark(s->to.ctx, &s->at, err) : 0;
}

/* ---- beginning and end ---- */

static const struct aisp_log_format *recognise(struct aisp_slice head)
{
	const struct aisp_log_format *best = NULL;
	int most = RECOGNISED - 1;

	for (const struct aisp_log_format *f = aisp_log_formats; f->name; f++) {
		const int score = f->recognise(head);

		if (score > most) {
			most = score;
			best = f;
		}
	}
	return best;
}

/* Messages of an envelope tell the format. *ret_empty: it is one, and nothing is in it. */
static int recognise_carried(struct aisp_log_stream *s, struct aisp_slice head, bool lines, bool *ret_empty, struct aisp_err *err)
{
	int r = aisp_log__envelope_new(head, lines, &s->envelope, err);

	if (r < 0 || !s->envelope)
		return r;
	aisp_buf_done(&s->inner);
	aisp_buf_init(&s->inner, 2 * AISP_LOG_HEAD + 2);
	if ((r = aisp_log__envelope_head(s->envelope, head, &s->inner, err)) < 0)
		return r;
	const struct aisp_slice inner = aisp_buf_slice(&s->inner);
	s->at.format = s->kind ? s->kind : recognise(inner);
	/* Rows of a table are CloudTrail's, also where they lack what it is recognised by. */
	if (!s->at.format && aisp_log__envelope_kind(s->envelope) == AISP_LOG__CARRIER_CSV)
		s->at.format = aisp_log_format_find(AISP_S("cloudtrail"));
	*ret_empty = !inner.n && !lines && head.n < AISP_LOG_HEAD;
	if (s->at.format && !(s->carrier = aisp_arena_new(RECORD_ARENA)))
		return nomem(err);
	if (!s->at.format) {
		aisp_log__envelope_free(s->envelope);
		s->envelope = NULL;
	}
	return 0;
}

static int find_format(struct aisp_log_stream *s, struct aisp_slice head, bool *ret_empty, struct aisp_err *err)
{
	int r = recognise_carried(s, head, false, ret_empty, err);

	if (r == 0 && !s->at.format && s->kind && s->kind->json) /* a JSON log's line does not begin with a time */
		r = recognise_carried(s, head, true, ret_empty, err);
	if (r == 0 && !s->at.format)
		s->at.format = s->kind ? s->kind : recognise(head);
	return r == 0 && !s->at.format && !*ret_empty ? recognise_carried(s, head, true, ret_empty, err) : r;
}

static int skip_to(struct aisp_log_stream *s, int64_t offset, struct aisp_err *err)
{
	bool end = false;

	if (offset <= (int64_t)s->n) {
		s->pos = (size_t)offset;
	} else if (aisp_log__unpack_seek(s->unpack, offset)) {
		s->pos = s->n = 0;
		s->begun_at = offset;
	} else {
		while (!end && s->begun_at + (int64_t)s->n < offset) {
			s->pos = s->n;
			int r = fill(s, &end, err);
			if (r < 0)
				return r;
		}
		if (s->begun_at + (int64_t)s->n < offset)
			offset = s->begun_at + (int64_t)s->n;
		s->pos = (size_t)(offset - s->begun_at);
	}
	s->at.offset = offset;
	return 0;
}

static int begin_parser(struct aisp_log_stream *s, struct aisp_slice head, struct aisp_err *err)
{
	struct aisp_err why = {0};

	s->parser.format = s->at.format;
	s->begun = true;
	s->cut.shape = s->envelope ? aisp_log__envelope_shape(s->envelope) : aisp_log__shape_of(s->at.format, head);
	s->cut.lists = aisp_log__envelope_kind(s->envelope) == AISP_LOG__CARRIER_JSON;
	if (s->envelope)
		head = aisp_buf_slice(&s->inner);
	int r = s->at.format->begin ? s->at.format->begin(&s->parser, head, &why) : 0;
	if (r == AISP_E_NOMEM)
		return nomem(err);
	if (r < 0) {
		gap(s, 0, why.msg);
		s->ok = false;
		s->over = true;
	}
	return 0;
}

/* Recognises, asks where to begin and goes there. *ret_wait: too little is there to tell. */
static int start(struct aisp_log_stream *s, bool last, bool *ret_wait, struct aisp_err *err)
{
	bool end = false, done = false;
	int64_t offset = 0;
	uint64_t chain = 0;
	int r;

	while (!end && !s->over && s->n < AISP_LOG_HEAD)
		if ((r = fill(s, &end, err)) < 0)
			return r;
	const struct aisp_slice head = aisp_slice_to(rest(s), AISP_LOG_HEAD);
	*ret_wait = false;
	if (s->over || !s->n) {
		*ret_wait = !s->n && !last;
		s->over |= !*ret_wait;
		return 0;
	}
	if ((r = find_format(s, head, &done, err)) < 0)
		return r;
	if (!s->at.format && done) {
		*ret_wait = !last;
		s->over |= last;
		return 0;
	}
	done = false;
	if (!s->at.format) {
		*ret_wait = !last && s->n < AISP_LOG_HEAD;
		if (!*ret_wait) {
			s->ok = false;
			s->over = true;
			gap(s, 0, "not a log that is known; --kind says what it is");
		}
		return 0;
	}
	make_key(s);
	if ((r = s->to.start ? s->to.start(s->to.ctx, &s->at, s->regular ? s->sb.st_size : 0, &offset, &chain, &done, err) : 0) < 0)
		return r;
	s->started = true;
	s->at.chain = chain;
	s->over |= done;
	if (done || (r = begin_parser(s, head, err)) < 0)
		return r;
	return skip_to(s, offset, err);
}

/* What is left at the end without its end. */
static int tail(struct aisp_log_stream *s, struct aisp_err *err)
{
	struct aisp_slice left = rest(s);
	const size_t n = left.n;
	bool whole = s->dropping || aisp_slice_trim(left).n == 0;
	int r = 0;

	if (!n)
		return 0;
	/* In a stream that is over (packed, or a pipe) a text's last line may lack its end; a JSON value shows whether it is whole. */
	if (!whole && s->cut.shape == AISP_LOG__LINES && s->at.format->json && !s->envelope) {
		struct aisp_log__cut c = {.shape = AISP_LOG__VALUES};
		struct aisp_slice record;
		size_t used;

		whole = aisp_log__cut_next(&c, left, false, &record, &used) == AISP_LOG__RECORD;
	} else if (!whole && (s->cut.shape == AISP_LOG__LINES || s->cut.shape == AISP_LOG__CSV || s->cut.shape == AISP_LOG__ENTRIES)) {
		whole = !s->cut.quoted && (!s->regular || aisp_log__is_packed(s->unpack));
	}
	if (!whole) {
		s->at.torn = 1;
		gap(s, s->at.offset, "the last record is not whole; it is read when its rest is there");
		return 0;
	}
	left = aisp_slice_trim(left);
	if (left.n && !s->dropping)
		r = on_record(s, left, s->at.offset, err);
	consume(s, n);
	return r;
}

static int finish(struct aisp_log_stream *s, bool last, struct aisp_err *err)
{
	int r = 0;

	if (last && s->begun && !s->over && (r = tail(s, err)) < 0)
		return r;
	/* A file that was read to its end needs not be opened again while its size stays. */
	if (s->begun && s->regular && s->ok && !s->at.torn && (!s->over || aisp_log__is_packed(s->unpack)))
		s->at.size = s->sb.st_size;
	return s->started ? mark(s, true, err) : 0;
}

int aisp_log_read(struct aisp_log_stream *s, bool last, bool *ret_ok, struct aisp_err *err)
{
	bool end = false, wait = false;
	int r = 0;

	*ret_ok = s->ok;
	if (!s->started && !s->over && (r = start(s, last, &wait, err)) < 0)
		return r;
	while (r == 0 && !s->over && !wait && !end) {
		if ((r = records(s, false, err)) == 0 && !s->over && (r = mark(s, false, err)) == 0)
			r = fill(s, &end, err);
	}
	if (r == 0 && last && s->begun && !s->over)
		r = records(s, true, err);
	if (r == 0)
		r = finish(s, last, err);
	*ret_ok = s->ok && !s->at.torn;
	return r;
}
