/* base/http.h against a real (small) server. */
#include "base/clock.h"
#include "base/http.h"
#include "base/mem.h"
#include "base_test.h"
#include "../../lib/httpd.h"

struct seen {
	int answers;
	long status;
	enum aisp_code why;
	char body[256], server[32], type[64];
	struct aisp_http *h;
	int more; /* requests to add from within done */
	char url[128];
	bool stop;
};

static int on_done(void *ctx, long status, struct aisp_slice type, struct aisp_slice body, const struct aisp_err *why, struct aisp_err *err)
{
	struct seen *s = ctx;

	s->answers++;
	s->status = status;
	s->why = why ? why->code : AISP_OK;
	snprintf(s->body, sizeof s->body, "%.*s", AISP_FMT(aisp_slice_to(body, 200)));
	snprintf(s->type, sizeof s->type, "%.*s", AISP_FMT(type));
	snprintf(s->server, sizeof s->server, "%.*s", AISP_FMT(aisp_http_header(s->h, "x-server")));
	if (s->stop)
		return aisp_fail(err, AISP_E_CONFLICT, "stopped by the test");
	if (s->more-- > 0) {
		const struct aisp_http_request q = {.url = aisp_slice_z(s->url), .done = on_done, .ctx = s};
		return aisp_http_add(s->h, &q, err);
	}
	return 0;
}

struct site {
	struct httpd d;
	int n;
};

static void on_ask(void *ctx, const struct httpd_request *q, int *status, struct aisp_buf *headers, struct aisp_buf *body)
{
	struct site *s = ctx;
	int n = s->n++;

	aisp_buf_putz(headers, "Content-Type: text/x-test\r\nX-Server: one\r\n");
	if (strcmp(q->path, "/flaky") == 0) {
		*status = n == 0 ? 503 : n == 1 ? 429 : n == 2 ? -1 : 200;
		aisp_buf_putz(headers, n == 1 ? "Retry-After: 1\r\n" : "");
		aisp_buf_printf(body, "try %d", n);
	} else if (strcmp(q->path, "/never") == 0) {
		*status = 500;
	} else if (strcmp(q->path, "/throttle") == 0) {
		*status = n < 2 ? 400 : 200;
		aisp_buf_putz(body, n < 2 ? "Throttling" : "fine");
	} else if (strcmp(q->path, "/redirect") == 0) {
		*status = 302;
		aisp_buf_putz(headers, "Location: /plain\r\n");
	} else if (strcmp(q->path, "/long") == 0) {
		aisp_buf_fill(body, 'x', 5000);
	} else if (strcmp(q->path, "/slow") == 0) {
		usleep(700000);
	} else if (strcmp(q->path, "/echo") == 0) {
		const char *a = strstr(q->head, "X-Signed:"), *b = strstr(q->head, "X-Given:");
		aisp_buf_printf(body, "%s|%.12s|%.11s|%s", q->method, a ? a : "", b ? b : "", q->body);
	} else {
		aisp_buf_putz(body, "plain");
	}
}

static int sign(void *ctx, struct aisp_http_request *q, struct aisp_buf *headers, struct aisp_err *err)
{
	(void)ctx, (void)err;
	aisp_buf_printf(headers, "X-Signed: %zu\nX-Other: 1\n", q->body.n);
	return 0;
}

static bool is_throttle(void *ctx, long status, struct aisp_slice body)
{
	(void)ctx;
	return status == 400 && aisp_slice_eqz(body, "Throttling");
}

/* One request to the path; what was seen of it. */
static struct seen ask_with(const struct aisp_http_options *o, const char *path, struct aisp_http_request q, int *ret_asked)
{
	struct site site = {.d = {.answer = on_ask}};
	struct seen s = {0};

	site.d.ctx = &site;
	assert_true(httpd_start(&site.d));
	assert_int_equal(aisp_http_new(o, &s.h, NULL), 0);
	snprintf(s.url, sizeof s.url, "http://127.0.0.1:%d%s", site.d.port, path);
	q.url = aisp_slice_z(s.url);
	q.done = on_done;
	q.ctx = &s;
	assert_int_equal(aisp_http_add(s.h, &q, NULL), 0);
	assert_int_equal(aisp_http_run(s.h, NULL), 0);
	assert_int_equal(s.answers, 1);
	if (ret_asked)
		*ret_asked = (int)aisp_http_sent(s.h);
	aisp_http_free(s.h);
	httpd_stop(&site.d);
	return s;
}

static void test_tries(void **state)
{
	(void)state;
	int sent;
	uint64_t began = aisp_clock_mono_ns();
	struct seen s = ask_with(NULL, "/flaky", (struct aisp_http_request){0}, &sent);

	assert_int_equal(s.status, 200);
	assert_string_equal(s.body, "try 3"); /* 503, 429 with Retry-After, a lost connection */
	assert_int_equal(sent, 4);
	assert_true(aisp_clock_mono_ns() - began > UINT64_C(1000000000)); /* Retry-After: 1 */
	assert_string_equal(s.server, "one");
	assert_string_equal(s.type, "text/x-test");

	s = ask_with(&(struct aisp_http_options){.max_retries = 2}, "/never", (struct aisp_http_request){0}, &sent);
	assert_int_equal(s.status, 500);
	assert_int_equal(sent, 3);
	s = ask_with(NULL, "/throttle", (struct aisp_http_request){.again = is_throttle}, &sent);
	assert_string_equal(s.body, "fine");
	assert_int_equal(sent, 3);
	s = ask_with(NULL, "/throttle", (struct aisp_http_request){0}, &sent);
	assert_int_equal(s.status, 400);
	assert_int_equal(sent, 1);
}

static void test_forms(void **state)
{
	(void)state;
	const char *const headers[] = {"X-Given: ab", NULL};
	struct seen s = ask_with(NULL, "/echo", (struct aisp_http_request){.method = "POST", .body = AISP_S("hello"), .headers = headers, .sign = sign}, NULL);
	assert_string_equal(s.body, "POST|X-Signed: 5\r|X-Given: ab|hello");
	s = ask_with(NULL, "/echo", (struct aisp_http_request){.method = "PUT"}, NULL);
	assert_string_equal(s.body, "PUT|||");
	s = ask_with(NULL, "/redirect", (struct aisp_http_request){0}, NULL);
	assert_int_equal(s.status, 302);
	s = ask_with(&(struct aisp_http_options){.max_answer = 4999}, "/long", (struct aisp_http_request){0}, NULL);
	assert_int_equal(s.status, 0);
	assert_int_equal(s.why, AISP_E_LIMIT);
	s = ask_with(&(struct aisp_http_options){.max_answer = 5000}, "/long", (struct aisp_http_request){0}, NULL);
	assert_int_equal(s.status, 200);
	int sent;
	s = ask_with(&(struct aisp_http_options){.timeout_ms = 150}, "/slow", (struct aisp_http_request){0}, &sent);
	assert_int_equal(s.why, AISP_E_TIMEOUT);
	assert_int_equal(sent, 2); /* a slow request is tried only once more */
	s = ask_with(&(struct aisp_http_options){.deadline_ns = aisp_clock_mono_ns() + 100000000}, "/slow", (struct aisp_http_request){0}, NULL);
	assert_int_equal(s.why, AISP_E_TIMEOUT);
}

static void test_refused(void **state)
{
	(void)state;
	struct aisp_http *h;
	struct aisp_err err = {0};
	const char *const broken[] = {"X: a\r\nY: b", NULL};
	static const char *const bad[] = {"http://example.invalid/", "ftp://127.0.0.1/", "file:///etc/passwd", "https://u:p@127.0.0.1/", "nonsense", "", "http://127.0.0.1.example.com/"};

	assert_int_equal(aisp_http_new(NULL, &h, NULL), 0);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(aisp_http_add(h, &(struct aisp_http_request){.url = aisp_slice_z(bad[i])}, &err), AISP_E_USAGE);
	assert_int_equal(aisp_http_add(h, &(struct aisp_http_request){.url = AISP_S("https://127.0.0.1/"), .headers = broken}, &err), AISP_E_USAGE);
	aisp_http_free(h);

	struct seen s = {0};
	assert_int_equal(aisp_http_new(&(struct aisp_http_options){.max_retries = 1}, &s.h, NULL), 0);
	assert_int_equal(aisp_http_add(s.h, &(struct aisp_http_request){.url = AISP_S("https://no-such-name.invalid/"), .done = on_done, .ctx = &s}, NULL), 0);
	assert_int_equal(aisp_http_run(s.h, NULL), 0);
	assert_int_equal(s.why, AISP_E_NOTFOUND);
	assert_int_equal(aisp_http_add(s.h, &(struct aisp_http_request){.url = AISP_S("http://127.0.0.1:1/"), .done = on_done, .ctx = &s}, NULL), 0);
	assert_int_equal(aisp_http_run(s.h, NULL), 0);
	assert_int_equal(s.why, AISP_E_REMOTE);
	aisp_http_free(s.h);
}

static void test_many(void **state)
{
	(void)state;
	struct site site = {.d = {.answer = on_ask}};
	struct seen s = {.more = 150};

	site.d.ctx = &site;
	assert_true(httpd_start(&site.d));
	snprintf(s.url, sizeof s.url, "http://127.0.0.1:%d/plain", site.d.port);
	assert_int_equal(aisp_http_new(NULL, &s.h, NULL), 0);
	for (int i = 0; i < 50; i++)
		assert_int_equal(aisp_http_add(s.h, &(struct aisp_http_request){.url = aisp_slice_z(s.url), .done = on_done, .ctx = &s}, NULL), 0);
	assert_int_equal(aisp_http_run(s.h, NULL), 0);
	assert_int_equal(s.answers, 200);
	/* a run that is stopped forgets what was queued */
	s.stop = true;
	for (int i = 0; i < 20; i++)
		assert_int_equal(aisp_http_add(s.h, &(struct aisp_http_request){.url = aisp_slice_z(s.url), .done = on_done, .ctx = &s}, NULL), 0);
	assert_int_equal(aisp_http_run(s.h, NULL), AISP_E_CONFLICT);
	assert_int_equal(s.answers, 201);
	assert_int_equal(aisp_http_run(s.h, NULL), 0);
	aisp_http_free(s.h);
	/* rate: 5 requests at 20 a second take 200 ms at least */
	s = (struct seen){.more = 0};
	uint64_t began = aisp_clock_mono_ns();
	snprintf(s.url, sizeof s.url, "http://127.0.0.1:%d/plain", site.d.port);
	assert_int_equal(aisp_http_new(&(struct aisp_http_options){.max_per_s = 20}, &s.h, NULL), 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(aisp_http_add(s.h, &(struct aisp_http_request){.url = aisp_slice_z(s.url), .done = on_done, .ctx = &s}, NULL), 0);
	assert_int_equal(aisp_http_run(s.h, NULL), 0);
	assert_true(aisp_clock_mono_ns() - began >= UINT64_C(200000000));
	aisp_http_free(s.h);
	httpd_stop(&site.d);
}

/* Every allocation fails once: nothing leaks, nothing crashes. */
static void test_memory(void **state)
{
	(void)state;
	struct site site = {.d = {.answer = on_ask}};

	site.d.ctx = &site;
	assert_true(httpd_start(&site.d));
	for (uint64_t n = 1; n < 400; n += n < 60 ? 1 : 13) {
		struct seen s = {0};
		size_t live = aisp_mem_live();
		struct aisp_err err = {0};
		snprintf(s.url, sizeof s.url, "http://127.0.0.1:%d/plain", site.d.port);
		aisp_fault_set(n, false);
		int r = aisp_http_new(&(struct aisp_http_options){.ca_pem = AISP_S("x")}, &s.h, &err);
		if (r == 0) {
			r = aisp_http_add(s.h, &(struct aisp_http_request){.url = aisp_slice_z(s.url), .done = on_done, .ctx = &s}, &err);
			r = r == 0 ? aisp_http_run(s.h, &err) : r;
			aisp_http_free(s.h);
		}
		aisp_fault_set(0, false);
		assert_true(r <= 0 && (r == 0) == (s.answers == 1));
		assert_true(aisp_mem_live() <= live + 4); /* the server's own buffers */
	}
	httpd_stop(&site.d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_forms), cmocka_unit_test(test_refused), cmocka_unit_test(test_many), cmocka_unit_test(test_tries),
					   cmocka_unit_test(test_memory)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
