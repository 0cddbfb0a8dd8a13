/* A small HTTP server on 127.0.0.1 for unit tests: one thread, one connection at a time, each answer made by the test's own function. */
#pragma once
#include "base/buf.h"
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct httpd_request {
	char method[16], path[2048];
	char head[16384]; /* the whole head */
	const char *body;
};
struct httpd {
	/* Appends body (and may set *status, and lines "Name: value\r\n" in headers). A negative status closes the connection without an answer. */
	void (*answer)(void *ctx, const struct httpd_request *q, int *status, struct aisp_buf *headers, struct aisp_buf *body);
	void *ctx;
	int listener, port, asked;
	volatile int stop;
	pthread_t thread;
};

static inline void httpd_serve(struct httpd *s, int fd)
{
	static char in[1 << 16];
	struct httpd_request q = {0};
	size_t n = 0, length = 0;
	char *end = NULL;
	int status = 200;

	while (!(end = n ? strstr(in, "\r\n\r\n") : NULL) || n < (size_t)(end + 4 - in) + length) {
		ssize_t got = n + 1 < sizeof in ? read(fd, in + n, sizeof in - 1 - n) : 0;
		if (got <= 0)
			return;
		n += (size_t)got;
		in[n] = '\0';
		if ((end = strstr(in, "\r\n\r\n")) != NULL) {
			const char *l = strcasestr(in, "\r\ncontent-length:");
			length = l && l < end ? strtoul(l + 17, NULL, 10) : 0;
		}
	}
	if (sscanf(in, "%15s %2047s", q.method, q.path) != 2)
		return;
	snprintf(q.head, sizeof q.head, "%.*s", (int)(end + 2 - in), in);
	q.body = end + 4;
	AISP_AUTOBUF struct aisp_buf headers = {0}, body = {0}, out = {0};
	s->asked++;
	s->answer(s->ctx, &q, &status, &headers, &body);
	if (status < 0)
		return;
	aisp_buf_printf(&out, "HTTP/1.1 %d x\r\nConnection: close\r\nContent-Length: %zu\r\n%.*s\r\n", status, body.n, AISP_FMT(aisp_buf_slice(&headers)));
	aisp_buf_put(&out, aisp_buf_slice(&body));
	for (size_t sent = 0; sent < out.n;) {
		ssize_t w = send(fd, out.p + sent, out.n - sent, MSG_NOSIGNAL);
		if (w <= 0)
			break;
		sent += (size_t)w;
	}
	shutdown(fd, SHUT_WR);
}

static inline void *httpd_run(void *p)
{
	struct httpd *s = p;

	while (!s->stop) {
		struct pollfd w = {.fd = s->listener, .events = POLLIN};
		if (poll(&w, 1, 20) <= 0)
			continue;
		int fd = accept(s->listener, NULL, NULL);
		if (fd < 0)
			continue;
		httpd_serve(s, fd);
		close(fd);
	}
	return NULL;
}

static inline bool httpd_start(struct httpd *s)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof a;

	s->stop = 0;
	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s->listener < 0 || bind(s->listener, (struct sockaddr *)&a, sizeof a) < 0 || listen(s->listener, 64) < 0 ||
	    getsockname(s->listener, (struct sockaddr *)&a, &n) < 0)
		return false;
	s->port = ntohs(a.sin_port);
	return pthread_create(&s->thread, NULL, httpd_run, s) == 0;
}

static inline void httpd_stop(struct httpd *s)
{
	s->stop = 1;
	pthread_join(s->thread, NULL);
	close(s->listener);
}
