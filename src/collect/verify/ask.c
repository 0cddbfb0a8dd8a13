/* The requests, by libcurl (https://curl.se/libcurl/c/libcurl-multi.html). https with certificates checked, no redirect followed, no cookies, no .netrc,
 * answers capped, 10 s each, 4 at a time, at most 5 a second to one issuer; one that says "too often" is not asked again in this run.
 * libcurl's memory is wiped as it is freed, for it copies what goes into a request. */
#include "base/clock.h"
#include "base/http.h"
#include "collect/verify/verify_int.h"
#include <arpa/inet.h>
#include <curl/curl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

enum { PARALLEL = 4, REQUEST_MS = 10000, GAP_MS = 200, HEADERS_MAX = 64 * 1024, HEADER_NOTE = 128 };
#define NS_PER_MS UINT64_C(1000000)

/* http(s)://127.x.y.z or [::1], a port, and nothing else: no name that could lead elsewhere. */
static bool is_loopback(struct aisp_slice url)
{
	struct aisp_slice host, port = {0};
	struct in_addr v4;
	char text[16];
	uint64_t n;

	url = aisp_slice_starts(url, AISP_S("https://")) ? aisp_slice_from(url, 8)
	      : aisp_slice_starts(url, AISP_S("http://")) ? aisp_slice_from(url, 7) : (struct aisp_slice){0};
	size_t colon = aisp_slice_rchr(url, ':');
	host = url;
	if (colon != SIZE_MAX && (url.p[0] != '[' || (colon > 0 && url.p[colon - 1] == ']'))) {
		host = aisp_slice_to(url, colon);
		port = aisp_slice_from(url, colon + 1);
		if (!aisp_slice_u64(port, &n) || n == 0 || n > 65535)
			return false;
	}
	if (aisp_slice_eqz(host, "[::1]"))
		return true;
	if (host.n == 0 || host.n >= sizeof text)
		return false;
	memcpy(text, host.p, host.n);
	text[host.n] = '\0';
	return inet_pton(AF_INET, text, &v4) == 1 && (ntohl(v4.s_addr) >> 24) == 127;
}

int aisp_verify__base(const struct aisp_verify_row *row, struct aisp_buf *ret, bool *ret_override, struct aisp_err *err)
{
	char name[64];
	size_t n = (size_t)snprintf(name, sizeof name, "AISP_VERIFY_BASE_%s", row->issuer);

	for (size_t i = 0; i < n && i < sizeof name; i++)
		name[i] = name[i] >= 'a' && name[i] <= 'z' ? (char)(name[i] - 32) : name[i];
	const char *other = getenv(name);
	*ret_override = other && other[0];
	if (!*ret_override) {
		const char *path = strchr(row->url + strlen("https://"), '/');
		aisp_buf_put(ret, aisp_slice_of(row->url, (size_t)(path - row->url)));
		return aisp_buf_check(ret, err);
	}
	if (!is_loopback(aisp_slice_z(other)))
		return aisp_fail(err, AISP_E_USAGE, "%s is for tests: it takes http://127.0.0.1:PORT or [::1], no other address", name);
	aisp_buf_putz(ret, other);
	return aisp_buf_check(ret, err);
}

/* A request under way. */
struct call {
	CURL *easy; /* NULL: free */
	struct curl_slist *headers;
	struct aisp_verify__job *job;
	struct aisp_buf body;
	size_t header_bytes;
	bool too_long;
	char note[HEADER_NOTE]; /* of row->who_header */
};
struct asking {
	struct aisp_verify *v;
	CURLM *multi;
	struct call calls[PARALLEL];
	uint64_t next_ns[AISP_VERIFY__ISSUERS_MAX]; /* by place in v->issuers; UINT64_MAX: said "too often" */
	uint64_t deadline_ns;
	long request_ms;
	struct aisp_err *err;
};

static size_t on_body(char *p, size_t size, size_t n, void *ctx)
{
	struct call *c = ctx;

	if (n * size > AISP_VERIFY__ANSWER_MAX - c->body.n) {
		c->too_long = true;
		return 0;
	}
	aisp_buf_put(&c->body, aisp_slice_of(p, n * size));
	return c->body.bad ? 0 : n * size;
}

static size_t on_header(char *p, size_t size, size_t n, void *ctx)
{
	struct call *c = ctx;
	struct aisp_slice line = aisp_slice_of(p, n * size), want = aisp_slice_z(c->job->row->who_header);

	c->header_bytes += line.n;
	if (c->header_bytes > HEADERS_MAX) {
		c->too_long = true;
		return 0;
	}
	if (want.n && line.n > want.n && line.p[want.n] == ':' && aisp_slice_eqi(aisp_slice_to(line, want.n), want)) {
		struct aisp_slice value = aisp_slice_trim(aisp_slice_from(line, want.n + 1));
		snprintf(c->note, sizeof c->note, "%.*s", AISP_FMT(value));
	}
	return n * size;
}

/* before, the secret, behind as text of its own kind of memory; NULL when out of memory. */
static char *join(const char *before, const struct aisp_secret *s, const char *behind)
{
	size_t a = strlen(before), b = strlen(behind);
	char *p = aisp_mem_secret_alloc(a + s->n + b + 1);

	if (!p)
		return NULL;
	memcpy(p, before, a);
	if (s->n)
		memcpy(p + a, s->p, s->n);
	memcpy(p + a + s->n, behind, b + 1);
	return p;
}

static bool add_header(struct call *c, const char *line)
{
	struct curl_slist *more = curl_slist_append(c->headers, line);

	if (more)
		c->headers = more;
	return more != NULL;
}

/* The URL with the row's places filled. */
static char *make_url(const struct call *c, struct aisp_err *err)
{
	const struct aisp_verify_row *row = c->job->row;
	AISP_AUTOBUF struct aisp_buf base = {0};
	bool override;

	aisp_buf_init(&base, 1 << 12);
	if (aisp_verify__base(row, &base, &override, err) < 0)
		return NULL;
	aisp_buf_putz(&base, strchr(row->url + strlen("https://"), '/'));
	if (base.bad)
		return NULL;
	char *value = strstr(base.p, "{value}"), *other = strstr(base.p, "{other}");
	if (value || other) {
		*(value ? value : other) = '\0';
		return join(base.p, value ? &c->job->value : &c->job->other, (value ? value : other) + strlen("{value}"));
	}
	return join(base.p, &(const struct aisp_secret){0}, "");
}

/* Puts the credential into the request. */
static bool set_credential(struct call *c)
{
	const struct aisp_verify_row *row = c->job->row;
	const struct aisp_secret none = {0};
	char *text = NULL, *half = NULL;
	bool ok = true;

	if (row->send == AISP_VERIFY_HEADER) {
		text = join(row->before, &c->job->value, "");
		ok = text && add_header(c, text);
	} else if (row->send != AISP_VERIFY_PATH) {
		/* user and password apart: a colon in one cannot move the border */
		const bool sign = row->send == AISP_VERIFY_SIGV4;
		text = sign ? join("", &c->job->value, "") : row->before ? join(row->before, &none, "") : join("", &c->job->other, "");
		half = join("", sign ? &c->job->other : &c->job->value, "");
		ok = text && half && curl_easy_setopt(c->easy, CURLOPT_USERNAME, text) == CURLE_OK &&
		     curl_easy_setopt(c->easy, CURLOPT_PASSWORD, half) == CURLE_OK &&
		     (sign ? curl_easy_setopt(c->easy, CURLOPT_AWS_SIGV4, "aws:amz:us-east-1:sts")
		           : curl_easy_setopt(c->easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC)) == CURLE_OK;
	}
	aisp_mem_secret_free(text);
	aisp_mem_secret_free(half);
	return ok;
}

static bool set_headers(struct call *c)
{
	const struct aisp_verify_row *row = c->job->row;
	char type[96];

	snprintf(type, sizeof type, "Content-Type: %s", row->type ? row->type : "application/json");
	const bool own_accept = row->header && strncmp(row->header, "Accept:", 7) == 0;
	return (own_accept || add_header(c, "Accept: application/json")) && (!row->header || add_header(c, row->header)) &&
	       (!row->body || (add_header(c, type) && add_header(c, "Expect:")));
}

static bool set_limits(const struct asking *k, struct call *c, bool override)
{
	CURL *e = c->easy;
	CURLcode bad = CURLE_OK;

	/* Each option matters for safety: one that cannot be set means that nothing is sent. */
#define SET(option, value) bad = bad == CURLE_OK ? curl_easy_setopt(e, option, value) : bad
	SET(CURLOPT_PROTOCOLS_STR, override ? "http,https" : "https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_TIMEOUT_MS, k->request_ms);
	SET(CURLOPT_CONNECTTIMEOUT_MS, k->request_ms);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_VERBOSE, 0L);
	SET(CURLOPT_NOPROGRESS, 1L);
	SET(CURLOPT_USERAGENT, "aisp");
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, c);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, c);
	SET(CURLOPT_PRIVATE, c);
	if (override)
		SET(CURLOPT_NOPROXY, "*");
	if (c->job->row->body) {
		SET(CURLOPT_POST, 1L);
		SET(CURLOPT_POSTFIELDS, c->job->row->body);
		SET(CURLOPT_POSTFIELDSIZE, (long)strlen(c->job->row->body));
	}
#undef SET
	return bad == CURLE_OK;
}

static void end_call(struct asking *k, struct call *c)
{
	if (c->easy) {
		curl_multi_remove_handle(k->multi, c->easy);
		curl_easy_cleanup(c->easy);
	}
	curl_slist_free_all(c->headers);
	aisp_buf_done(&c->body);
	*c = (struct call){0};
}

static int begin_call(struct asking *k, struct call *c, struct aisp_verify__job *j)
{
	AISP_AUTOBUF struct aisp_buf base = {0};
	bool override = false;

	*c = (struct call){.job = j, .easy = curl_easy_init()};
	aisp_buf_init(&c->body, AISP_VERIFY__ANSWER_MAX);
	aisp_buf_init(&base, 1 << 12);
	int r = aisp_verify__base(j->row, &base, &override, k->err);
	char *url = r == 0 ? make_url(c, k->err) : NULL;
	bool ok = url && c->easy && set_headers(c) && set_credential(c) && set_limits(k, c, override) &&
	          curl_easy_setopt(c->easy, CURLOPT_URL, url) == CURLE_OK && curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, c->headers) == CURLE_OK &&
	          curl_multi_add_handle(k->multi, c->easy) == CURLM_OK;
	aisp_mem_secret_free(url);
	j->asked = ok;
	if (!ok)
		end_call(k, c);
	return r < 0 ? r : ok ? 0 : aisp_fail(k->err, AISP_E_NOMEM, "out of memory for a request to %s", j->row->issuer);
}

static size_t issuer_index(const struct asking *k, const struct aisp_verify__job *j)
{
	for (size_t i = 0; i < k->v->n_issuers; i++)
		if (aisp_slice_eqz(k->v->issuers[i], j->row->issuer))
			return i;
	return 0; /* only named issuers' jobs are taken */
}

static void settle(struct aisp_verify__job *j, const char *why)
{
	j->state = AISP_VERIFY_UNKNOWN;
	snprintf(j->why, sizeof j->why, "%s", why);
	aisp_secret_done(&j->value);
	aisp_secret_done(&j->other);
}

static void finish(struct asking *k, struct call *c, CURLcode result)
{
	struct aisp_verify__job *j = c->job;
	long status = 0;
	char why[AISP_VERIFY__WHY_MAX];

	curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
	aisp_clock_iso(aisp_clock_now_us(), j->at);
	if (result == CURLE_OK) {
		aisp_verify__judge(j, status, aisp_buf_slice(&c->body), aisp_slice_z(c->note));
		snprintf(why, sizeof why, "%s", j->why);
	} else if (c->too_long) {
		snprintf(why, sizeof why, "an answer longer than %d KiB", AISP_VERIFY__ANSWER_MAX / 1024);
	} else if (result == CURLE_OPERATION_TIMEDOUT) {
		snprintf(why, sizeof why, "no answer in time");
	} else {
		snprintf(why, sizeof why, "%s", curl_easy_strerror(result));
	}
	if (status == 429)
		k->next_ns[issuer_index(k, j)] = UINT64_MAX;
	const enum aisp_verify_state state = result == CURLE_OK ? j->state : AISP_VERIFY_UNKNOWN;
	settle(j, why);
	j->state = state;
	end_call(k, c);
}

/* Starts what may be started now. ret_open: jobs that are not yet answered. */
static int start_due(struct asking *k, size_t *ret_open)
{
	uint64_t now = aisp_clock_mono_ns();
	int r = 0;

	*ret_open = 0;
	for (size_t i = 0; r == 0 && i < k->v->jobs.n; i++) {
		struct aisp_verify__job *j = &k->v->jobs.v[i];
		uint64_t *next = &k->next_ns[issuer_index(k, j)];
		struct call *c = k->calls, *end = k->calls + PARALLEL;
		if (j->state != AISP_VERIFY_NONE)
			continue;
		if (!j->asked && *next == UINT64_MAX)
			settle(j, "the issuer limits how often it may be asked");
		else if (!j->asked && now > k->deadline_ns)
			settle(j, "the time ran out before it was asked");
		if (j->state != AISP_VERIFY_NONE)
			continue;
		++*ret_open;
		while (c < end && c->easy)
			c++;
		if (j->asked || c == end || now < *next)
			continue;
		r = begin_call(k, c, j);
		*next = now + GAP_MS * NS_PER_MS;
	}
	return r;
}

static int ask_all(struct asking *k)
{
	size_t open = 0;
	int running, left, r = start_due(k, &open);
	CURLMsg *m;

	while (r == 0 && open) {
		if (curl_multi_perform(k->multi, &running) != CURLM_OK || curl_multi_poll(k->multi, NULL, 0, 50, NULL) != CURLM_OK)
			return aisp_fail(k->err, AISP_E_NOMEM, "out of memory while asking issuers");
		while ((m = curl_multi_info_read(k->multi, &left)) != NULL) {
			struct call *c = NULL;
			if (m->msg != CURLMSG_DONE)
				continue;
			CURLcode result = m->data.result;
			if (curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &c) == CURLE_OK && c)
				finish(k, c, result);
		}
		r = start_due(k, &open);
	}
	return r;
}

int aisp_verify_ask(struct aisp_verify *v, uint64_t max_ms, struct aisp_err *err)
{
	struct asking k = {.v = v, .err = err, .request_ms = max_ms < REQUEST_MS ? (long)max_ms : REQUEST_MS};

	if (v->jobs.n == 0)
		return 0;
	k.deadline_ns = aisp_clock_mono_ns() + max_ms * NS_PER_MS;
	if (!aisp_http_start())
		return aisp_fail(err, AISP_E_NOMEM, "libcurl does not start");
	k.multi = curl_multi_init();
	int r = k.multi ? ask_all(&k) : aisp_fail(err, AISP_E_NOMEM, "out of memory while asking issuers");
	for (size_t i = 0; i < PARALLEL; i++)
		end_call(&k, &k.calls[i]);
	if (k.multi)
		curl_multi_cleanup(k.multi);
	aisp_http_stop();
	for (size_t i = 0; i < v->jobs.n; i++)
		if (v->jobs.v[i].state == AISP_VERIFY_NONE)
			settle(&v->jobs.v[i], "it could not be asked");
	return r;
}
