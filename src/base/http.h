/* HTTP requests of collectors, over libcurl: many at a time, each with limits on time and size, with retry and rate control.
 *
 * Only what the caller names is contacted; redirects are not followed. Answers are bytes; nothing of a request or answer is logged. Credentials lie in
 * struct aisp_secret and are wiped. Not for: the verification of credentials (collect/verify), which has its own.
 */
#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"

/* Starts libcurl with memory that is wiped when it is given back; pools do this by themselves. Each true answer needs one stop. */
bool aisp_http_start(void);
void aisp_http_stop(void);

struct aisp_http; /* a pool: connections are reused */
struct aisp_http_options {
	const char *ca_file;            /* PEM; NULL: the system's */
	struct aisp_slice ca_pem, cert_pem, key_pem; /* client certificate (Kubernetes); empty: none. Copied, the key wiped on free */
	bool insecure;                  /* do not check the server's certificate (the user asked for it) */
	const char *proxy;              /* NULL: none */
	const char *connect_to;         /* "HOST:PORT:OTHER-HOST:OTHER-PORT": where to connect in place of HOST, which the certificate must name; NULL: none */
	unsigned max_parallel;          /* 0: 8 */
	unsigned timeout_ms;            /* a request; 0: 30,000 */
	size_t max_answer;              /* bytes; 0: 64 MiB */
	unsigned max_retries;           /* of 429, 500, 502, 503, 504, throttling and lost connections; 0: 5; waits 2^n × 100 ms with jitter, at most 20 s; Retry-After is followed. A fault
	                                 * without a word of throttling (500, 502, 504): 3 at most; no answer in time, an unknown name: once more */
	double max_per_s;               /* rate; 0: none */
	bool allow_http;                /* http:// also to what is not loopback (the caller named the endpoint); else only https */
	const char *user_agent;         /* NULL: "aisp" */
	uint64_t deadline_ns;           /* aisp_clock_mono_ns() after which everything gives up; 0: none */
};
int aisp_http_new(const struct aisp_http_options *o, struct aisp_http **ret, struct aisp_err *err);
void aisp_http_free(struct aisp_http *h);
void aisp_http_freep(struct aisp_http **h);

struct aisp_http_request {
	const char *method;        /* "GET" */
	struct aisp_slice url, body;
	const char *const *headers; /* "Name: value", NULL-terminated; copied and wiped */
	/* Called once per try, just before sending, to add headers that depend on the moment (a signature), each as "Name: value\n"; may be NULL. A
	 * negative return is given to `done` as the reason. */
	int (*sign)(void *ctx, struct aisp_http_request *q, struct aisp_buf *headers /* lines */, struct aisp_err *err);
	/* Is this answer one to try again? Beside the status codes above; may be NULL. */
	bool (*again)(void *ctx, long status, struct aisp_slice body);
	/* The answer; called in the thread that runs aisp_http_run, in order of arrival. status 0: none, `why` says it (AISP_E_REMOTE; AISP_E_NOTFOUND: the host's
	 * name does not resolve; AISP_E_TIMEOUT; AISP_E_LIMIT: longer than max_answer); else `why` is NULL. Slices live for the call. It may
	 * add further requests. A negative return stops the run. */
	int (*done)(void *ctx, long status, struct aisp_slice content_type, struct aisp_slice body, const struct aisp_err *why, struct aisp_err *err);
	void *ctx;
	bool once; /* sent at most once, over a connection of its own: for what changes something */
};
/* Queues a copy. AISP_E_USAGE: not an https URL (or http where that is allowed), or a header with a line break. */
int aisp_http_add(struct aisp_http *h, const struct aisp_http_request *q, struct aisp_err *err);
/* A header of the answer that `again` or `done` is called for; empty: not there. Names are compared without case. */
struct aisp_slice aisp_http_header(const struct aisp_http *h, const char *name);
/* Works until the queue is empty. After a failure what was queued is forgotten (without `done`). */
int aisp_http_run(struct aisp_http *h, struct aisp_err *err);
uint64_t aisp_http_sent(const struct aisp_http *h); /* requests, tries included */
