/* Kind: the API key of a mock HTTP service that this process runs on loopback while the drill lives: GET /v1/models answers with the key, all else is refused. Its access log is
 * of the "combined" form, with the key's name as user, so that the ways of detection are the real ones. It dies with the process, and the key with it. */
#include "base/clock.h"
#include "base/http.h"
#include "base/mem.h"
#include "govern/drill_int.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { KEY = 40, REQUEST_MAX = 16384, READ_MS = 2000 };

struct mock {
	int listener, log;
	unsigned port;
	pthread_t thread;
	atomic_bool stop, revoked;
	char key[KEY + 1], user[64];
};

static void note(const struct mock *m, const char *path, bool known, int status)
{
	char line[512], at[40];
	const time_t now = time(NULL);
	struct tm tm;

	(void)strftime(at, sizeof at, "%d/%b/%Y:%H:%M:%S +0000", gmtime_r(&now, &tm));
	const int n = snprintf(line, sizeof line, "127.0.0.1 - %s [%s] \"GET %s HTTP/1.1\" %d 2 \"-\" \"aisp\"\n", known ? m->user : "-", at, path, status);
	if (n > 0 && (size_t)n < sizeof line && write(m->log, line, (size_t)n) != n)
		return; /* a line that is missing is measured as not seen */
}

/* "GET /v1/models HTTP/1.1\r\n…Authorization: Bearer KEY\r\n" → status. */
static int answer_to(struct mock *m, const char *text, size_t n)
{
	char want[KEY + 32];
	const struct aisp_slice request = aisp_slice_of(text, n);

	snprintf(want, sizeof want, "\r\nAuthorization: Bearer %s\r\n", m->key);
	const bool known = aisp_slice_findi(request, AISP_S("\r\nAuthorization: Bearer ")) != SIZE_MAX && aisp_slice_find(request, aisp_slice_z(want)) != SIZE_MAX;
	const bool models = aisp_slice_starts(request, AISP_S("GET /v1/models "));
	const int status = !known || atomic_load(&m->revoked) ? 401 : models ? 200 : 403;
	note(m, models ? "/v1/models" : "/v1/other", known, status);
	sodium_memzero(want, sizeof want);
	return status;
}

static void serve_one(struct mock *m, int fd)
{
	char text[REQUEST_MAX], head[160];
	size_t n = 0;
	struct pollfd p = {.fd = fd, .events = POLLIN};

	while (n < sizeof text && aisp_slice_find(aisp_slice_of(text, n), AISP_S("\r\n\r\n")) == SIZE_MAX && poll(&p, 1, READ_MS) == 1) {
		const ssize_t got = recv(fd, text + n, sizeof text - n, 0);
		if (got <= 0)
			return;
		n += (size_t)got;
	}
	const int status = answer_to(m, text, n);
	const int len = snprintf(head, sizeof head, "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}", status, status == 200 ? "OK" : "Refused");
	(void)!send(fd, head, (size_t)len, MSG_NOSIGNAL);
	sodium_memzero(text, sizeof text);
}

static void *serve(void *ctx)
{
	struct mock *m = ctx;
	struct pollfd p = {.fd = m->listener, .events = POLLIN};

	while (!atomic_load(&m->stop)) {
		if (poll(&p, 1, 100) != 1)
			continue;
		const int fd = accept4(m->listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			continue;
		serve_one(m, fd);
		close(fd);
	}
	return NULL;
}

static int listen_on(struct mock *m, struct aisp_err *err)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof at;

	m->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (m->listener < 0 || bind(m->listener, (struct sockaddr *)&at, sizeof at) < 0 || listen(m->listener, 16) < 0 || getsockname(m->listener, (struct sockaddr *)&at, &n) < 0)
		return aisp_fail(err, AISP_E_IO, "cannot run the mock service on 127.0.0.1: %s", strerror(errno));
	m->port = ntohs(at.sin_port);
	return 0;
}

static int prepare(struct aisp_drill *d, struct aisp_slice detail, struct aisp_err *err)
{
	if (detail.n)
		return aisp_fail(err, AISP_E_USAGE, "mock-key takes nothing behind ':'");
	return aisp_drill__fact(d, "credential", d->name, err);
}

static int start(struct aisp_drill *d, struct mock *m, struct aisp_err *err)
{
	struct aisp_slice log = aisp_arena_printf(d->mem, "%s/access.log", d->dir.p);
	int r = log.p ? listen_on(m, err) : aisp_fail(err, AISP_E_NOMEM, "out of memory for a drill");

	if (r < 0)
		return r;
	m->log = open(log.p, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	snprintf(m->user, sizeof m->user, "%.*s", AISP_FMT(d->name));
	if (m->log < 0 || aisp_vec_push(&d->logs, log.p) < 0)
		return aisp_fail(err, AISP_E_IO, "cannot write the mock service's log: %s", strerror(errno));
	return 0;
}

static void end(struct aisp_drill *d)
{
	struct mock *m = d->open;

	if (!m)
		return;
	if (m->port) {
		atomic_store(&m->stop, true);
		pthread_join(m->thread, NULL);
	}
	if (m->listener >= 0)
		close(m->listener);
	if (m->log >= 0)
		close(m->log);
	sodium_memzero(m->key, sizeof m->key);
	aisp_mem_free(m);
	d->open = NULL;
}

static int create(struct aisp_drill *d, struct aisp_err *err)
{
	struct mock *m = aisp_mem_zalloc(1, sizeof *m);

	if (!m)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a drill");
	m->listener = m->log = -1;
	d->open = m;
	int r = aisp_drill__random(KEY, m->key) < 0 ? aisp_fail(err, AISP_E_INTERNAL, "libsodium does not start") : start(d, m, err);
	if (r == 0 && pthread_create(&m->thread, NULL, serve, m) != 0)
		r = aisp_fail(err, AISP_E_IO, "cannot run the mock service");
	if (r < 0) {
		m->port = 0; /* no thread to wait for */
		return r;
	}
	struct aisp_slice url = aisp_arena_printf(d->mem, "http://127.0.0.1:%u/v1", m->port);
	r = url.p ? aisp_drill__pair(d, "MODEL_API_BASE", url, AISP_S(""), err) : aisp_fail(err, AISP_E_NOMEM, "out of memory for a drill");
	return r == 0 ? aisp_drill__pair(d, "MODEL_API_KEY", aisp_slice_z(m->key), aisp_slice_z(m->key), err) : r;
}

static int take_status(void *ctx, long status, struct aisp_slice type, struct aisp_slice body, const struct aisp_err *why, struct aisp_err *err)
{
	(void)type;
	(void)body;
	(void)why;
	(void)err;
	*(long *)ctx = status;
	return 0;
}

static int get(struct aisp_drill *d, const char *path, long *ret_status, struct aisp_err *err)
{
	AISP_DRILL_WIPEBUF struct aisp_buf header = {0};
	struct mock *m = d->open;
	struct aisp_http *http = NULL;
	const struct aisp_http_options o = {.max_parallel = 1, .timeout_ms = 5000, .max_retries = 1};
	struct aisp_slice url = aisp_arena_printf(d->mem, "http://127.0.0.1:%u%s", m->port, path);

	aisp_buf_init(&header, 1024);
	aisp_buf_printf(&header, "Authorization: Bearer %.*s", (int)d->pairs[1].value.n, d->pairs[1].value.p);
	const char *const headers[] = {header.p, NULL};
	const struct aisp_http_request q = {.method = "GET", .url = url, .headers = headers, .done = take_status, .ctx = ret_status};
	int r = url.p ? aisp_http_new(&o, &http, err) : aisp_fail(err, AISP_E_NOMEM, "out of memory for a drill");
	if (r == 0)
		r = aisp_http_add(http, &q, err);
	if (r == 0)
		r = aisp_http_run(http, err);
	aisp_http_free(http);
	return r;
}

static enum aisp_drill_answer try(struct aisp_drill *d, unsigned way, struct aisp_buf *why)
{
	struct aisp_err e = {0};
	long status = 0;

	(void)way;
	const int r = get(d, "/v1/models", &status, &e);
	if (r < 0 || status == 0) {
		aisp_buf_printf(why, "%s", r < 0 ? e.msg : "no answer");
		return AISP_DRILL_UNKNOWN;
	}
	if (status != 200)
		aisp_buf_printf(why, "status %ld", status);
	return status == 200 ? AISP_DRILL_WORKS : AISP_DRILL_REFUSED;
}

static int reach_try(struct aisp_drill *d, struct aisp_err *err)
{
	static const struct {
		const char *path;
		bool given;
	} rights[] = {{"/v1/models", true}, {"/v1/other", false}};
	int r = 0;

	for (size_t i = 0; r == 0 && i < 2; i++) {
		long status = 0;
		r = get(d, rights[i].path, &status, err);
		if (r == 0 && aisp_vec_push(&d->reached, (struct aisp_drill_reached){.what = aisp_arena_printf(d->mem, "GET %s", rights[i].path), .predicted = rights[i].given, .tried = true,
										      .answered = status == 200}) < 0)
			r = aisp_fail(err, AISP_E_NOMEM, "out of memory for a drill");
	}
	return r;
}

static int revoke_key(struct aisp_drill *d, struct aisp_err *err)
{
	struct mock *m = d->open;

	(void)err;
	atomic_store(&m->revoked, true);
	return 0;
}

static int clean(struct aisp_drill *d, struct aisp_err *err)
{
	(void)d; /* the service ended with the process that ran it, or in `end`; no key outlives it */
	(void)err;
	return 0;
}

static const struct aisp_drill_contain steps[] = {{"revoke the key at the service", revoke_key}, {NULL, NULL}};
const struct aisp_drill_kind aisp_drill__mock = {
	.name = "mock-key", .what = "an API key of a mock HTTP service that aisp runs on 127.0.0.1 for the drill's time",
	.made = "mock HTTP service on 127.0.0.1 with one API key, named %s in its log", .reach = "what the mock gives to its key, and each of its paths tried",
	.prepare = prepare, .create = create, .ways = {"GET /v1/models with the key"}, .try = try, .reach_try = reach_try, .contain = steps, .clean = clean, .end = end,
};
