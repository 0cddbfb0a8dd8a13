/* Logs: the first byte picks the row of formats.c (255: recognition by content), the second whether the stream is over; the rest is a file for the reader, as it is on disk.
 *
 * Promises: events are well formed and no longer than what was read allows; the position never leaves the stream; the fast path gives
 * the events of the ordinary way wherever that one understands everything.
 */
#include "base/hash.h"
#include "collect/logs/reader.h"
#include "fuzz.h"
#include <sys/mman.h>
#include <unistd.h>

struct got {
	uint64_t events, digest;
	int64_t offset, not_understood;
	bool ok;
};

static void mix(struct got *g, struct aisp_slice s)
{
	g->digest = aisp_hash64(s.p, s.n, g->digest);
}

static int on_event(void *ctx, const struct aisp_log_read *at, const struct aisp_use_event *e, struct aisp_err *err)
{
	struct got *g = ctx;

	(void)at;
	(void)err;
	FUZZ_CHECK(e->outcome >= AISP_USE_DONE && e->outcome <= AISP_USE_FAILED);
	FUZZ_CHECK(e->id.n > 0 && e->at_us >= 0);
	const struct aisp_slice texts[] = {e->identity, e->via, e->credential, e->action, e->asset, e->origin, e->from, e->sees};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		mix(g, texts[i]);
	g->digest ^= (uint64_t)e->at_us + (uint64_t)e->outcome;
	g->events++;
	return 0;
}

static struct got run(const uint8_t *data, size_t size, const struct aisp_log_format *kind)
{
	struct got g = {0};
	char path[64];
	const struct aisp_log_to to = {.ctx = &g, .event = on_event};
	struct aisp_log_stream *s = NULL;
	struct aisp_err err = {0};
	int fd = memfd_create("log", MFD_CLOEXEC);

	FUZZ_CHECK(fd >= 0 && (size == 0 || write(fd, data, size) == (ssize_t)size));
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	FUZZ_CHECK(aisp_log_open(path, kind, AISP_S("name"), &to, &s, &err) == 0);
	int r = aisp_log_read(s, true, &g.ok, &err);
	FUZZ_CHECK(r == 0 || r == AISP_E_NOMEM);
	const struct aisp_log_read *at = aisp_log_state(s);
	FUZZ_CHECK(at->offset >= 0 && at->offset <= at->bytes);
	g.offset = at->offset;
	g.not_understood = at->not_understood;
	aisp_log_close(s);
	close(fd);
	return g;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t n = 0;

	while (aisp_log_formats[n].name)
		n++;
	if (!size)
		return 0;
	const size_t pick = data[0] == 255 ? n : data[0] % n;
	const struct aisp_log_format *kind = pick < n ? &aisp_log_formats[pick] : NULL;
	const struct got a = run(data + 1, size - 1, kind);
	if (kind && kind->block) {
		struct aisp_log_format slow = *kind;

		slow.block = NULL;
		slow.end = NULL;
		const struct got b = run(data + 1, size - 1, &slow);
		if (b.not_understood == 0 && b.ok && a.ok && a.not_understood == 0)
			FUZZ_CHECK(a.events == b.events && a.digest == b.digest && a.offset == b.offset);
		FUZZ_CHECK(b.not_understood || !b.ok || (a.ok && a.not_understood == 0));
	}
	return 0;
}
