/* Requests over libcurl's multi interface (https://curl.se/libcurl/c/libcurl-multi.html).
 *
 *   aisp_http_add ─▶ queue ─▶ active (max_parallel) ─▶ answer ─▶ done
 *                      ▲                                │
 *                      └── later: backoff, Retry-After ◀┘ (429, 5xx, `again`, lost connection)
 *
 * A host that says "too often" is asked more slowly from then on, and faster again with each answer. libcurl's memory is wiped as it is freed, for it copies
 * what goes into a request. Invariant: a job is in exactly one of the two lists until its `done` returned.
 */
#include "base/http.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/vec.h"
#include <arpa/inet.h>
#include <curl/curl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <strings.h>
#include <time.h>

enum {
	PARALLEL = 8,
	TIMEOUT_MS = 30000,
	RETRIES = 5,
	BACKOFF_MS = 100,
	BACKOFF_MAX_MS = 20000,
	RETRY_AFTER_MAX_S = 60,
	HEADERS_MAX = 64 * 1024,
	FAULT_RETRIES = 3, /* of a server that fails without saying that it has too much to do */
	SLOW_RETRIES = 1, /* of requests that ran into their time limit, and of names that do not resolve */
	GAP_FIRST_MS = 50,
	GAP_MAX_MS = 1000,
	SLOW_DOWN_MS = 250, /* not slower again before this: requests under way all hear the same */
	POLL_MAX_MS = 500,
	HOSTS_MAX = 4096,
};
#define NS_PER_MS UINT64_C(1000000)
static const size_t answer_max = (size_t)64 << 20, request_max = (size_t)16 << 20;

/* ---- Memory for libcurl: a size before each block ---- */

union block {
	size_t n;
	long double aligned;
};

static void *wiping_alloc(size_t n)
{
	union block *b = n > SIZE_MAX - sizeof *b ? NULL : aisp_mem_alloc(sizeof *b + n);

	if (!b)
		return NULL;
	b->n = n;
	return b + 1;
}

static void wiping_free(void *p)
{
	union block *b = p;

	if (!p)
		return;
	b--;
	sodium_memzero(p, b->n);
	aisp_mem_free(b);
}

static void *wiping_resize(void *p, size_t n)
{
	void *fresh = wiping_alloc(n);

	if (fresh && p) {
		size_t old = ((union block *)p - 1)->n;
		memcpy(fresh, p, old < n ? old : n);
		wiping_free(p);
	}
	return fresh;
}

static char *wiping_dup(const char *z)
{
	size_t n = strlen(z) + 1;
	char *p = wiping_alloc(n);

	if (p)
		memcpy(p, z, n);
	return p;
}

static void *wiping_zalloc(size_t count, size_t size)
{
	void *p = size && count > SIZE_MAX / size ? NULL : wiping_alloc(count * size);

	if (p)
		memset(p, 0, count * size);
	return p;
}

bool aisp_http_start(void)
{
	return curl_global_init_mem(CURL_GLOBAL_DEFAULT, wiping_alloc, wiping_free, wiping_resize, wiping_dup, wiping_zalloc) == CURLE_OK;
}

void aisp_http_stop(void)
{
	curl_global_cleanup();
}

/* ---- Jobs ---- */

struct host { /* one a "scheme://host:port" */
	char *name;
	uint64_t next_ns, gap_ns, slowed_ns;
};
struct job {
	struct job *next, *prev;
	struct aisp_http *h;
	struct aisp_http_request q; /* its texts are ours */
	size_t host;                /* index */
	bool plain;                 /* http */
	char *text;                 /* all texts of q, one block */
	size_t text_n;
	const char **headers;
	size_t n_headers;
	unsigned tries;
	uint64_t ready_ns;
	/* The try under way */
	CURL *easy;
	struct curl_slist *list;
	struct aisp_buf body, head;
	bool too_long;
};
struct list {
	struct job *first, *last;
};
struct aisp_http {
	struct aisp_http_options o;
	char *ca_file, *proxy, *user_agent;
	struct curl_slist *connect_to;
	struct aisp_buf ca_pem, cert_pem, key_pem;
	CURLM *multi;
	struct list queue, active;
	unsigned n_active;
	AISP_VEC(struct host) hosts;
	const struct job *current; /* whose answer is told about */
	uint64_t sent, next_ns;    /* next_ns: by max_per_s */
	bool running, global;
};

static void put_last(struct list *l, struct job *j)
{
	j->next = NULL;
	j->prev = l->last;
	*(l->last ? &l->last->next : &l->first) = j;
	l->last = j;
}

static void cut(struct list *l, struct job *j)
{
	*(j->prev ? &j->prev->next : &l->first) = j->next;
	*(j->next ? &j->next->prev : &l->last) = j->prev;
	j->next = j->prev = NULL;
}

static void wipe_buf(struct aisp_buf *b)
{
	if (b->p)
		sodium_memzero(b->p, b->cap);
	aisp_buf_done(b);
}

/* Ends the try, not the job. */
static void end_try(struct job *j)
{
	if (j->easy) {
		curl_multi_remove_handle(j->h->multi, j->easy);
		curl_easy_cleanup(j->easy);
		j->easy = NULL;
	}
	curl_slist_free_all(j->list);
	j->list = NULL;
	wipe_buf(&j->body);
	wipe_buf(&j->head);
	j->too_long = false;
}

static void free_job(struct job *j)
{
	if (!j)
		return;
	end_try(j);
	if (j->text)
		sodium_memzero(j->text, j->text_n);
	aisp_mem_free(j->text);
	aisp_mem_free(j->headers);
	aisp_mem_free(j);
}

static void forget_all(struct aisp_http *h)
{
	struct list *lists[] = {&h->queue, &h->active};

	for (size_t i = 0; i < 2; i++)
		for (struct job *j = lists[i]->first; j;) {
			struct job *next = j->next;
			free_job(j);
			j = next;
		}
	h->queue = h->active = (struct list){0};
	h->n_active = 0;
}

/* ---- The pool ---- */

static char *dup_z(const char *z)
{
	size_t n = strlen(z) + 1;
	char *p = aisp_mem_alloc(n);

	if (p)
		memcpy(p, z, n);
	return p;
}

static int copy_options(struct aisp_http *h, const struct aisp_http_options *o, struct aisp_err *err)
{
	struct aisp_buf *to[] = {&h->ca_pem, &h->cert_pem, &h->key_pem};
	const struct aisp_slice from[] = {o->ca_pem, o->cert_pem, o->key_pem};

	h->o = *o;
	h->o.max_parallel = o->max_parallel ? o->max_parallel : PARALLEL;
	h->o.timeout_ms = o->timeout_ms ? o->timeout_ms : TIMEOUT_MS;
	h->o.max_answer = o->max_answer ? o->max_answer : answer_max;
	h->o.max_retries = o->max_retries ? o->max_retries : RETRIES;
	for (size_t i = 0; i < 3; i++) {
		aisp_buf_init(to[i], from[i].n + 1);
		if (from[i].n && !aisp_buf_room(to[i], from[i].n)) /* once, so that no copy is left behind by growing */
			return aisp_buf_check(to[i], err);
		aisp_buf_put(to[i], from[i]);
	}
	if ((o->ca_file && !(h->ca_file = dup_z(o->ca_file))) || (o->proxy && !(h->proxy = dup_z(o->proxy))) ||
	    !(h->user_agent = dup_z(o->user_agent ? o->user_agent : "aisp")))
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for HTTP");
	return 0;
}

int aisp_http_new(const struct aisp_http_options *o, struct aisp_http **ret, struct aisp_err *err)
{
	static const struct aisp_http_options defaults;
	struct aisp_http *h = aisp_mem_zalloc(1, sizeof *h);

	if (!h)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for HTTP");
	int r = copy_options(h, o ? o : &defaults, err);
	if (r == 0 && sodium_init() < 0)
		r = aisp_fail(err, AISP_E_INTERNAL, "libsodium does not start");
	if (r == 0) {
		h->global = aisp_http_start();
		h->multi = h->global ? curl_multi_init() : NULL;
		if (!h->multi || curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, (long)h->o.max_parallel * 2) != CURLM_OK)
			r = aisp_fail(err, AISP_E_NOMEM, "libcurl does not start");
	}
	if (r == 0 && o && o->connect_to && !(h->connect_to = curl_slist_append(NULL, o->connect_to)))
		r = aisp_fail(err, AISP_E_NOMEM, "out of memory for HTTP");
	if (r < 0)
		aisp_http_free(h);
	else
		*ret = h;
	return r;
}

void aisp_http_free(struct aisp_http *h)
{
	if (!h)
		return;
	forget_all(h);
	if (h->multi)
		curl_multi_cleanup(h->multi);
	curl_slist_free_all(h->connect_to); /* with the allocator that it came from */
	if (h->global)
		aisp_http_stop();
	for (size_t i = 0; i < h->hosts.n; i++)
		aisp_mem_free(h->hosts.v[i].name);
	aisp_vec_done(&h->hosts);
	wipe_buf(&h->ca_pem);
	wipe_buf(&h->cert_pem);
	wipe_buf(&h->key_pem);
	aisp_mem_free(h->ca_file);
	aisp_mem_free(h->proxy);
	aisp_mem_free(h->user_agent);
	aisp_mem_free(h);
}

void aisp_http_freep(struct aisp_http **h)
{
	aisp_http_free(*h);
	*h = NULL;
}

uint64_t aisp_http_sent(const struct aisp_http *h)
{
	return h->sent;
}

/* ---- Adding ---- */

static bool is_loopback(const char *host)
{
	struct in_addr v4;

	return strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 || (inet_pton(AF_INET, host, &v4) == 1 && (ntohl(v4.s_addr) >> 24) == 127);
}

static int find_host(struct aisp_http *h, const char *name, size_t *ret, struct aisp_err *err)
{
	for (size_t i = 0; i < h->hosts.n; i++)
		if (strcmp(h->hosts.v[i].name, name) == 0) {
			*ret = i;
			return 0;
		}
	if (h->hosts.n >= HOSTS_MAX)
		return aisp_fail(err, AISP_E_LIMIT, "more than %d hosts are asked", HOSTS_MAX);
	char *copy = dup_z(name);
	if (!copy || aisp_vec_push(&h->hosts, (struct host){.name = copy}) < 0) {
		aisp_mem_free(copy);
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for HTTP");
	}
	*ret = h->hosts.n - 1;
	return 0;
}

/* Scheme, host and port as libcurl reads them, so that it is libcurl's reading that is judged. */
static int read_url(struct job *j, struct aisp_err *err)
{
	CURLU *u = curl_url();
	char *scheme = NULL, *host = NULL, *port = NULL, name[300];
	int r = 0;

	if (!u)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for HTTP");
	CURLUcode bad = curl_url_set(u, CURLUPART_URL, j->q.url.p, CURLU_DISALLOW_USER);
	if (bad == CURLUE_OUT_OF_MEMORY)
		r = aisp_fail(err, AISP_E_NOMEM, "out of memory for HTTP");
	else if (bad != CURLUE_OK || curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK || curl_url_get(u, CURLUPART_HOST, &host, 0) != CURLUE_OK ||
		 curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) != CURLUE_OK)
		r = aisp_fail(err, AISP_E_USAGE, "not a URL that can be asked");
	else if (strcmp(scheme, "https") != 0 && (strcmp(scheme, "http") != 0 || !(j->h->o.allow_http || is_loopback(host))))
		r = aisp_fail(err, AISP_E_USAGE, "%.100s://%.200s is not asked: only https is (http on this machine, or where it is asked for)", scheme, host);
	else if ((size_t)snprintf(name, sizeof name, "%s://%s:%s", scheme, host, port) >= sizeof name)
		r = aisp_fail(err, AISP_E_USAGE, "the name of the host is too long");
	else
		r = find_host(j->h, name, &j->host, err);
	if (r == 0)
		j->plain = scheme[4] == '\0';
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(u);
	return r;
}

static char *put_text(char **at, const char *p, size_t n)
{
	char *to = *at;

	if (n)
		memcpy(to, p, n);
	to[n] = '\0';
	*at += n + 1;
	return to;
}

static bool is_line(struct aisp_slice s)
{
	return !memchr(s.p ? s.p : "", '\n', s.n) && !memchr(s.p ? s.p : "", '\r', s.n) && !memchr(s.p ? s.p : "", '\0', s.n);
}

static int copy_request(struct job *j, const struct aisp_http_request *q, struct aisp_err *err)
{
	const char *method = q->method ? q->method : "GET";
	size_t n = strlen(method) + q->url.n + q->body.n + 3;
	bool ok = is_line(aisp_slice_z(method)) && is_line(q->url) && q->url.n < request_max && q->body.n < request_max;

	for (; ok && q->headers && q->headers[j->n_headers]; j->n_headers++) {
		struct aisp_slice line = aisp_slice_z(q->headers[j->n_headers]);
		ok = is_line(line) && line.n < HEADERS_MAX && j->n_headers < 100;
		n += line.n + 1;
	}
	if (!ok)
		return aisp_fail(err, AISP_E_USAGE, "a request that cannot be sent: it is too long or has a line break within a line");
	j->text = aisp_mem_alloc(n);
	j->headers = aisp_mem_zalloc(j->n_headers + 1, sizeof *j->headers);
	if (!j->text || !j->headers)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a request");
	j->text_n = n;
	char *at = j->text;
	j->q = *q;
	j->q.method = put_text(&at, method, strlen(method));
	j->q.url = aisp_slice_of(put_text(&at, q->url.p, q->url.n), q->url.n);
	j->q.body = aisp_slice_of(put_text(&at, q->body.p, q->body.n), q->body.n);
	for (size_t i = 0; i < j->n_headers; i++)
		j->headers[i] = put_text(&at, q->headers[i], strlen(q->headers[i]));
	j->q.headers = j->headers;
	return 0;
}

int aisp_http_add(struct aisp_http *h, const struct aisp_http_request *q, struct aisp_err *err)
{
	struct job *j = aisp_mem_zalloc(1, sizeof *j);

	if (!j)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a request");
	j->h = h;
	int r = copy_request(j, q, err);
	if (r == 0)
		r = read_url(j, err);
	if (r < 0)
		free_job(j);
	else
		put_last(&h->queue, j);
	return r;
}

/* ---- One try ---- */

static size_t on_body(char *p, size_t size, size_t n, void *ctx)
{
	struct job *j = ctx;

	if (n * size > j->h->o.max_answer - j->body.n) {
		j->too_long = true;
		return 0;
	}
	aisp_buf_put(&j->body, aisp_slice_of(p, n * size));
	return j->body.bad ? 0 : n * size;
}

static size_t on_header(char *p, size_t size, size_t n, void *ctx)
{
	struct job *j = ctx;

	if (n * size >= 5 && memcmp(p, "HTTP/", 5) == 0)
		aisp_buf_clear(&j->head); /* a new answer (100, a proxy's) */
	aisp_buf_put(&j->head, aisp_slice_of(p, n * size));
	j->too_long = j->too_long || j->head.bad == AISP_E_LIMIT;
	return j->head.bad ? 0 : n * size;
}

static int set_headers(struct job *j, struct aisp_err *err)
{
	AISP_CLEANUP(wipe_buf) struct aisp_buf more = {0};
	struct aisp_slice rest, line;
	int r = 0;

	aisp_buf_init(&more, HEADERS_MAX);
	if (j->q.sign)
		r = j->q.sign(j->q.ctx, &j->q, &more, err);
	if (r == 0)
		r = aisp_buf_check(&more, err);
	for (size_t i = 0; r == 0 && j->headers[i]; i++) {
		struct curl_slist *l = curl_slist_append(j->list, j->headers[i]);
		j->list = l ? l : j->list;
		r = l ? 0 : aisp_fail(err, AISP_E_NOMEM, "out of memory for a request");
	}
	rest = aisp_buf_slice(&more);
	while (r == 0 && aisp_slice_split(&rest, '\n', &line)) {
		if (line.n == 0)
			continue;
		((char *)(uintptr_t)line.p)[line.n] = '\0'; /* over the line's end, or the buffer's NUL */
		struct curl_slist *l = curl_slist_append(j->list, line.p);
		j->list = l ? l : j->list;
		r = l ? 0 : aisp_fail(err, AISP_E_NOMEM, "out of memory for a request");
	}
	if (r == 0 && j->q.body.n) {
		struct curl_slist *l = curl_slist_append(j->list, "Expect:");
		j->list = l ? l : j->list;
		r = l ? 0 : aisp_fail(err, AISP_E_NOMEM, "out of memory for a request");
	}
	return r;
}

static long time_left_ms(const struct aisp_http *h, uint64_t now)
{
	uint64_t left = h->o.deadline_ns ? (h->o.deadline_ns > now ? (h->o.deadline_ns - now) / NS_PER_MS + 1 : 1) : UINT64_MAX;

	return (long)(left < h->o.timeout_ms ? left : h->o.timeout_ms);
}

/* Each option matters for safety: one that cannot be set means that nothing is sent. */
#define SET(option, value) bad = bad == CURLE_OK ? curl_easy_setopt(e, option, value) : bad

static CURLcode set_tls(const struct aisp_http *h, CURL *e)
{
	CURLcode bad = CURLE_OK;
	struct curl_blob ca = {h->ca_pem.p, h->ca_pem.n, CURL_BLOB_NOCOPY}, cert = {h->cert_pem.p, h->cert_pem.n, CURL_BLOB_NOCOPY},
			 key = {h->key_pem.p, h->key_pem.n, CURL_BLOB_NOCOPY};

	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_VERIFYPEER, h->o.insecure ? 0L : 1L);
	SET(CURLOPT_SSL_VERIFYHOST, h->o.insecure ? 0L : 2L);
	if (ca.len || h->ca_file)
		SET(CURLOPT_CAPATH, NULL); /* else the system's authorities would be believed too */
	if (ca.len)
		SET(CURLOPT_CAINFO_BLOB, &ca);
	else if (h->ca_file)
		SET(CURLOPT_CAINFO, h->ca_file);
	if (cert.len)
		SET(CURLOPT_SSLCERT_BLOB, &cert);
	if (key.len)
		SET(CURLOPT_SSLKEY_BLOB, &key);
	return bad;
}

static CURLcode set_options(struct job *j, uint64_t now)
{
	const struct aisp_http *h = j->h;
	CURL *e = j->easy;
	CURLcode bad = set_tls(h, e);

	SET(CURLOPT_PROTOCOLS_STR, j->plain ? "http" : "https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_TIMEOUT_MS, time_left_ms(h, now));
	SET(CURLOPT_CONNECTTIMEOUT_MS, time_left_ms(h, now));
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_PROXY, h->proxy ? h->proxy : "");
	SET(CURLOPT_CONNECT_TO, h->connect_to);
	SET(CURLOPT_USERAGENT, h->user_agent);
	SET(CURLOPT_ACCEPT_ENCODING, "gzip");
	SET(CURLOPT_PIPEWAIT, 1L);
	SET(CURLOPT_PATH_AS_IS, 1L);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, j);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, j);
	SET(CURLOPT_PRIVATE, j);
	if (j->q.once)
		SET(CURLOPT_FRESH_CONNECT, 1L); /* libcurl sends again by itself where a kept connection turns out to be closed */
	SET(CURLOPT_URL, j->q.url.p);
	SET(CURLOPT_HTTPHEADER, j->list);
	if (j->q.body.n || strcmp(j->q.method, "POST") == 0) {
		SET(CURLOPT_POST, 1L);
		SET(CURLOPT_POSTFIELDS, j->q.body.p);
		SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)j->q.body.n);
	}
	if (strcmp(j->q.method, "HEAD") == 0)
		SET(CURLOPT_NOBODY, 1L);
	else if (strcmp(j->q.method, "GET") != 0 && strcmp(j->q.method, "POST") != 0)
		SET(CURLOPT_CUSTOMREQUEST, j->q.method);
	return bad;
}
#undef SET

/* Moves the job from the queue to the active ones. A failure is the job's own. */
static int begin_try(struct job *j, uint64_t now, struct aisp_err *why)
{
	aisp_buf_init(&j->body, j->h->o.max_answer);
	aisp_buf_init(&j->head, HEADERS_MAX);
	int r = set_headers(j, why);
	if (r < 0)
		return r;
	j->easy = curl_easy_init();
	if (!j->easy || set_options(j, now) != CURLE_OK || curl_multi_add_handle(j->h->multi, j->easy) != CURLM_OK) {
		if (j->easy)
			curl_easy_cleanup(j->easy);
		j->easy = NULL;
		return aisp_fail(why, AISP_E_NOMEM, "out of memory for a request");
	}
	j->tries++;
	j->h->sent++;
	return 0;
}

/* ---- Answers ---- */

struct aisp_slice aisp_http_header(const struct aisp_http *h, const char *name)
{
	struct aisp_slice rest = h->current ? aisp_buf_slice(&h->current->head) : (struct aisp_slice){0}, line, want = aisp_slice_z(name);

	while (aisp_slice_split(&rest, '\n', &line))
		if (line.n > want.n && line.p[want.n] == ':' && aisp_slice_eqi(aisp_slice_to(line, want.n), want))
			return aisp_slice_trim(aisp_slice_from(line, want.n + 1));
	return (struct aisp_slice){0};
}

/* Retry-After in milliseconds: a number of seconds or a date (RFC 9110, 10.2.3); 0: none. */
static uint64_t retry_after_ms(const struct aisp_http *h)
{
	struct aisp_slice s = aisp_http_header(h, "Retry-After");
	char text[64];
	uint64_t seconds = 0;

	if (s.n == 0 || s.n >= sizeof text)
		return 0;
	if (!aisp_slice_u64(s, &seconds)) {
		snprintf(text, sizeof text, "%.*s", AISP_FMT(s));
		time_t then = curl_getdate(text, NULL), now = (time_t)(aisp_clock_now_us() / 1000000);
		seconds = then > now ? (uint64_t)(then - now) : 0;
	}
	return (seconds < RETRY_AFTER_MAX_S ? seconds : RETRY_AFTER_MAX_S) * 1000;
}

static bool is_lost(CURLcode c)
{
	return c == CURLE_COULDNT_CONNECT || c == CURLE_GOT_NOTHING || c == CURLE_RECV_ERROR || c == CURLE_SEND_ERROR || c == CURLE_PARTIAL_FILE ||
	       c == CURLE_HTTP2 || c == CURLE_HTTP2_STREAM || c == CURLE_SSL_CONNECT_ERROR;
}

/* A host that throttles is asked more slowly, one that answers faster again. */
static void pace(struct host *host, bool throttled, uint64_t now)
{
	if (!throttled) {
		host->gap_ns = host->gap_ns < NS_PER_MS ? 0 : host->gap_ns / 4 * 3;
		return;
	}
	if (now - host->slowed_ns <= SLOW_DOWN_MS * NS_PER_MS)
		return;
	host->slowed_ns = now;
	host->gap_ns = host->gap_ns ? host->gap_ns * 2 : GAP_FIRST_MS * NS_PER_MS;
	if (host->gap_ns > GAP_MAX_MS * NS_PER_MS)
		host->gap_ns = GAP_MAX_MS * NS_PER_MS;
	host->next_ns = now + host->gap_ns;
}

static uint64_t pause_ms(const struct job *j)
{
	const uint32_t wait = (uint32_t)BACKOFF_MS << (j->tries < 16 ? j->tries - 1 : 15), most = wait < BACKOFF_MAX_MS ? wait : BACKOFF_MAX_MS;
	const uint64_t asked = retry_after_ms(j->h);

	return asked ? asked + randombytes_uniform(100) : most / 2 + randombytes_uniform(most / 2 + 1);
}

/* How often a try may be repeated for this outcome; 0: it is final. */
static unsigned repeats(struct job *j, CURLcode result, long status, uint64_t now)
{
	if (result == CURLE_OPERATION_TIMEDOUT || result == CURLE_COULDNT_RESOLVE_HOST)
		return SLOW_RETRIES;
	if (result != CURLE_OK)
		return is_lost(result) ? UINT_MAX : 0;
	const bool said = j->q.again && j->q.again(j->q.ctx, status, aisp_buf_slice(&j->body)), throttled = said || status == 429 || status == 503;
	pace(&j->h->hosts.v[j->host], throttled, now);
	return throttled ? UINT_MAX : status == 500 || status == 502 || status == 504 ? FAULT_RETRIES : 0;
}

/* Shall it be tried again, and after how long? */
static bool wants_retry(struct job *j, CURLcode result, long status, uint64_t now, uint64_t *ret_wait_ms)
{
	const struct aisp_http *h = j->h;

	if (j->q.once || j->too_long || j->body.bad || j->head.bad)
		return false;
	const unsigned most = repeats(j, result, status, now);
	if (j->tries > most || j->tries > h->o.max_retries)
		return false;
	*ret_wait_ms = pause_ms(j);
	return !h->o.deadline_ns || now + *ret_wait_ms * NS_PER_MS < h->o.deadline_ns;
}

static void say_why(const struct job *j, CURLcode result, struct aisp_err *why)
{
	const char *host = j->h->hosts.v[j->host].name;

	if (j->too_long)
		aisp_fail(why, AISP_E_LIMIT, "the answer of %s is longer than %zu MiB", host, j->h->o.max_answer >> 20);
	else if (j->body.bad == AISP_E_NOMEM || j->head.bad == AISP_E_NOMEM || result == CURLE_OUT_OF_MEMORY)
		aisp_fail(why, AISP_E_NOMEM, "out of memory for an answer");
	else if (result == CURLE_OPERATION_TIMEDOUT)
		aisp_fail(why, AISP_E_TIMEOUT, "%s did not answer in time", host);
	else if (result == CURLE_COULDNT_RESOLVE_HOST)
		aisp_fail(why, AISP_E_NOTFOUND, "the name of %s does not resolve", host);
	else
		aisp_fail(why, AISP_E_REMOTE, "%s: %s", host, curl_easy_strerror(result));
}

/* Tells the job's owner and frees it. It is in no list any more. */
static int tell(struct job *j, long status, const struct aisp_err *why, struct aisp_err *err)
{
	struct aisp_slice none = {0};
	int r = 0;

	j->h->current = j;
	if (j->q.done)
		r = why ? j->q.done(j->q.ctx, 0, none, none, why, err)
			: j->q.done(j->q.ctx, status, aisp_http_header(j->h, "Content-Type"), aisp_buf_slice(&j->body), NULL, err);
	j->h->current = NULL;
	free_job(j);
	return r;
}

static int finish(struct job *j, CURLcode result, struct aisp_err *err)
{
	struct aisp_http *h = j->h;
	uint64_t now = aisp_clock_mono_ns(), wait_ms = 0;
	struct aisp_err why = {0};
	long status = 0;

	curl_easy_getinfo(j->easy, CURLINFO_RESPONSE_CODE, &status);
	cut(&h->active, j);
	h->n_active--;
	h->current = j;
	const bool retry = wants_retry(j, result, result == CURLE_OK ? status : 0, now, &wait_ms);
	h->current = NULL;
	if (retry) {
		end_try(j);
		j->ready_ns = now + wait_ms * NS_PER_MS;
		put_last(&h->queue, j);
		return 0;
	}
	if (result == CURLE_OK)
		return tell(j, status, NULL, err);
	say_why(j, result, &why);
	return tell(j, 0, &why, err);
}

/* ---- The run ---- */

/* Begins what may begin now; *ret_next: when the next one may. */
static int begin_due(struct aisp_http *h, uint64_t now, uint64_t *ret_next, struct aisp_err *err)
{
	int r = 0;

	*ret_next = UINT64_MAX;
	for (struct job *j = h->queue.first, *next; r == 0 && j && h->n_active < h->o.max_parallel; j = next) {
		struct host *host = &h->hosts.v[j->host];
		uint64_t ready = j->ready_ns > host->next_ns ? j->ready_ns : host->next_ns;
		ready = ready > h->next_ns ? ready : h->next_ns;
		next = j->next;
		if (ready > now) {
			*ret_next = ready < *ret_next ? ready : *ret_next;
			continue;
		}
		struct aisp_err why = {0};
		cut(&h->queue, j);
		if (begin_try(j, now, &why) < 0) {
			r = tell(j, 0, &why, err);
			next = h->queue.first;
			continue;
		}
		put_last(&h->active, j);
		h->n_active++;
		host->next_ns = host->gap_ns ? now + host->gap_ns : 0;
		h->next_ns = h->o.max_per_s > 0 ? now + (uint64_t)(1e9 / h->o.max_per_s) : 0;
	}
	return r;
}

static int give_up(struct aisp_http *h, struct aisp_err *err)
{
	struct aisp_err why;
	int r = 0;

	aisp_fail(&why, AISP_E_TIMEOUT, "the time for the whole source ran out");
	while (r == 0 && h->active.first) {
		struct job *j = h->active.first;
		cut(&h->active, j);
		h->n_active--;
		end_try(j);
		r = tell(j, 0, &why, err);
	}
	while (r == 0 && h->queue.first) {
		struct job *j = h->queue.first;
		cut(&h->queue, j);
		r = tell(j, 0, &why, err);
	}
	return r;
}

static int finish_all(struct aisp_http *h, struct aisp_err *err)
{
	int left, r = 0;
	CURLMsg *m;

	while (r == 0 && (m = curl_multi_info_read(h->multi, &left)) != NULL) {
		struct job *j = NULL;
		CURLcode result = m->data.result;
		if (m->msg == CURLMSG_DONE && curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &j) == CURLE_OK && j)
			r = finish(j, result, err);
	}
	return r;
}

static int run(struct aisp_http *h, struct aisp_err *err)
{
	int running, r = 0;

	while (r == 0 && (h->queue.first || h->active.first)) {
		uint64_t now = aisp_clock_mono_ns(), next;
		if (h->o.deadline_ns && now >= h->o.deadline_ns)
			return give_up(h, err);
		r = begin_due(h, now, &next, err);
		if (r < 0)
			return r;
		uint64_t wait_ms = next > now ? (next - now) / NS_PER_MS + 1 : 0;
		if (curl_multi_perform(h->multi, &running) != CURLM_OK)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory for HTTP");
		r = finish_all(h, err);
		if (r == 0 && (h->n_active || next != UINT64_MAX) && (h->n_active == 0 || running) &&
		    curl_multi_poll(h->multi, NULL, 0, (int)(wait_ms < POLL_MAX_MS ? wait_ms : POLL_MAX_MS), NULL) != CURLM_OK)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory for HTTP");
	}
	return r;
}

int aisp_http_run(struct aisp_http *h, struct aisp_err *err)
{
	if (h->running)
		return aisp_fail(err, AISP_E_INTERNAL, "the HTTP pool already runs");
	h->running = true;
	int r = run(h, err);
	if (r < 0)
		forget_all(h);
	h->running = false;
	return r;
}
