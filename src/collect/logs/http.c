/* Access logs: nginx and Apache (common, combined, with a virtual host before), nginx and the like as JSON, Envoy and Istio as text and JSON.
 * https://httpd.apache.org/docs/current/mod/mod_log_config.html, https://nginx.org/en/docs/http/ngx_http_log_module.html,
 * https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage
 *
 * Invariant: the query, the referer and a path beyond its second segment never leave this file. */
#include "collect/logs/formats_int.h"

struct request {
	struct aisp_slice method, uri, host;
};

/* A "quoted" text at *at, with \" and \x22 inside left as they are. */
static bool quoted(struct aisp_slice s, size_t *at, struct aisp_slice *ret)
{
	size_t i = *at;

	if (i >= s.n || s.p[i] != '"')
		return false;
	for (i++; i < s.n && s.p[i] != '"'; i++)
		i += s.p[i] == '\\' && i + 1 < s.n;
	if (i >= s.n)
		return false;
	*ret = aisp_slice_of(s.p + *at + 1, i - *at - 1);
	*at = i + 1;
	return true;
}
static bool is_method(struct aisp_slice m)
{
	for (size_t i = 0; i < m.n; i++)
		if (!((m.p[i] >= 'A' && m.p[i] <= 'Z') || m.p[i] == '-' || m.p[i] == '_'))
			return false;
	return m.n >= 3 && m.n <= 20;
}
/* The host of an absolute URI, with no user in it; the URI becomes its path. */
static void absolute(struct request *r)
{
	size_t scheme = aisp_slice_find(aisp_slice_to(r->uri, 12), AISP_S("://")), slash, user;

	if (scheme == SIZE_MAX)
		return;
	r->host = aisp_slice_from(r->uri, scheme + 3);
	slash = aisp_slice_chr(r->host, '/');
	r->uri = slash == SIZE_MAX ? AISP_S("/") : aisp_slice_from(r->host, slash);
	r->host = aisp_slice_to(r->host, slash);
	r->host = aisp_slice_to(r->host, aisp_slice_chr(r->host, '?'));
	user = aisp_slice_rchr(r->host, '@');
	r->host = user == SIZE_MAX ? r->host : aisp_slice_from(r->host, user + 1);
}
/* "GET /a/b?c HTTP/1.1"; false for what a scanner sent instead of HTTP. */
static bool request_line(struct aisp_slice s, struct request *r)
{
	size_t first = aisp_slice_chr(s, ' '), last = aisp_slice_rchr(s, ' ');

	if (first == SIZE_MAX)
		return false;
	r->method = aisp_slice_to(s, first);
	if (last == first || !aisp_slice_starts(aisp_slice_from(s, last + 1), AISP_S("HTTP/")))
		last = s.n;
	r->uri = aisp_slice_of(s.p + first + 1, last - first - 1);
	if (!is_method(r->method))
		return false;
	absolute(r);
	if (aisp_slice_eqz(r->method, "CONNECT")) {
		r->host = r->uri;
		r->uri = aisp_slice_of("", 0);
	}
	return true;
}
static int give(struct aisp_log_parser *p, struct aisp_use_event *e, const struct request *r, int64_t status, struct aisp_slice user, aisp_use_sink *sink, void *ctx, struct aisp_err *err)
{
	if (user.n && !aisp_slice_eqz(user, "-") && !aisp_slice_eqz(user, "\"\""))
		e->identity = user;
	else
		e->identity = e->from;
	e->origin = p->name;
	e->action = r->method;
	e->asset = aisp_arena_printf(p->record, "%.*s%.*s", AISP_FMT(r->host), AISP_FMT(aisp_log__path(p->record, r->uri)));
	e->outcome = aisp_log__http_outcome(status);
	return aisp_log__emit(p, e, sink, ctx, err);
}
static struct aisp_slice word(struct aisp_slice s, size_t *at)
{
	size_t from;

	while (*at < s.n && s.p[*at] == ' ')
		++*at;
	from = *at;
	while (*at < s.n && s.p[*at] != ' ')
		++*at;
	return aisp_slice_of(s.p + from, *at - from);
}
static bool status_of(struct aisp_slice w, uint64_t *ret)
{
	return w.n <= 3 && aisp_slice_u64(w, ret) && (*ret == 0 || (*ret >= 100 && *ret <= 599));
}

/* --- common and combined --- */

struct combined {
	struct aisp_slice vhost, address, user, time, request, agent;
	uint64_t status;
};
static bool is_address(struct aisp_slice s)
{
	bool dot = false;

	for (size_t i = 0; i < s.n; i++) {
		if (!((s.p[i] >= '0' && s.p[i] <= '9') || ((s.p[i] | 32) >= 'a' && (s.p[i] | 32) <= 'z') || strchr(".:-_", s.p[i])) || !s.p[i])
			return false;
		dot = dot || s.p[i] == '.' || s.p[i] == ':';
	}
	return s.n > 1 && (dot || s.n > 3);
}
/* [VHOST:PORT] ADDRESS IDENT USER, up to `open`, the blank before the time. */
static bool before_time(struct aisp_slice line, size_t open, struct combined *c)
{
	size_t at = 0, before;
	struct aisp_slice w = word(line, &at), ident;

	before = at;
	ident = word(line, &before);
	if (is_address(w) && aisp_slice_chr(w, ':') != SIZE_MAX && is_address(ident) && before < open && aisp_slice_find(aisp_slice_from(line, before), AISP_S(" - ")) == 0) {
		c->vhost = w; /* %v:%p before the address */
		w = ident;
		at = before;
	}
	c->address = w;
	ident = word(line, &at);
	if (!is_address(w) || !ident.n || at >= open)
		return false;
	c->user = aisp_slice_trim(aisp_slice_of(line.p + at, open - at)); /* may hold blanks */
	return true;
}
static bool combined(struct aisp_slice line, struct combined *c)
{
	size_t at, open = aisp_slice_find(line, AISP_S(" [")), before;
	struct aisp_slice referer;

	*c = (struct combined){0};
	if (open == SIZE_MAX || open > 1024 || !before_time(line, open, c))
		return false;
	at = open + 2;
	before = aisp_slice_chr(aisp_slice_from(line, at), ']');
	if (before == SIZE_MAX || before > 40)
		return false;
	c->time = aisp_slice_of(line.p + at, before);
	at += before + 1;
	if (!aisp_log__clf_time(c->time) || at >= line.n || line.p[at++] != ' ' || !quoted(line, &at, &c->request) || !status_of(word(line, &at), &c->status))
		return false;
	word(line, &at); /* bytes */
	at++;
	if (at < line.n && quoted(line, &at, &referer) && at < line.n && line.p[at] == ' ') {
		at++;
		quoted(line, &at, &c->agent);
	}
	return true;
}
static bool is_combined(struct aisp_slice line)
{
	struct combined c;

	return combined(line, &c);
}
int aisp_log__httptext_recognise(struct aisp_slice head)
{
	return aisp_log__recognise_lines(head, 85, is_combined);
}
int aisp_log__httptext_record(struct aisp_log_parser *p, struct aisp_slice text, const struct aisp_doc *doc, aisp_use_sink *sink, void *ctx, struct aisp_err *err)
{
	struct request r = {0};
	struct combined c;
	struct aisp_use_event e = {0};
	size_t colon;

	(void)doc;
	text = aisp_slice_trim(text);
	if (!text.n)
		return 0;
	if (!combined(text, &c))
		return aisp_fail(err, AISP_E_PARSE, "no line of an access log in the common or combined format");
	if (!request_line(c.request, &r))
		return 0; /* no HTTP: nothing was used */
	if (!r.host.n && c.vhost.n) {
		colon = aisp_slice_rchr(c.vhost, ':');
		r.host = aisp_slice_to(c.vhost, colon);
	}
	e.at_us = aisp_log__clf_time(c.time);
	e.from = c.address;
	e.via = aisp_log__product(c.agent);
	return give(p, &e, &r, (int64_t)c.status, c.user, sink, ctx, err);
}

/* --- JSON of nginx and others: names as they are commonly chosen, each by nginx's variable --- */

static const char *const k_method[] = {"request_method", "method", "verb", NULL};
static const char *const k_uri[] = {"request_uri", "uri", "path", "url", NULL};
static const char *const k_line[] = {"request", "request_line", NULL};
static const char *const k_from[] = {"remote_addr", "client_ip", "remote_ip", "clientip", "client", "remote_address", NULL};
static const char *const k_user[] = {"remote_user", "user", "auth_user", NULL};
static const char *const k_host[] = {"upstream_addr", "upstream", "host", "http_host", "server_name", "domain", NULL};
static const char *const k_agent[] = {"http_user_agent", "user_agent", "agent", NULL};
static const char *const k_id[] = {"request_id", "req_id", NULL};
static const char *const k_time[] = {"time_iso8601", "@timestamp", "timestamp", "time_local", "time", "msec", "ts", NULL};

static int64_t status_json(const struct aisp_doc *d, const char *a, const char *b)
{
	const struct aisp_doc *v = aisp_doc_get(d, a);
	uint64_t n;

	v = v ? v : aisp_doc_get(d, b);
	if (v && v->type == AISP_DOC_INT)
		return v->i;
	return aisp_slice_u64(aisp_doc_str(v), &n) && n < 1000 ? (int64_t)n : -1;
}
static bool json_request(const struct aisp_doc *d, struct request *r)
{
	struct aisp_slice line = aisp_log__first(d, k_line);

	if (line.n && request_line(line, r))
		return true;
	r->method = aisp_log__first(d, k_method);
	r->uri = aisp_log__first(d, k_uri);
	if (!is_method(r->method) || !r->uri.n)
		return false;
	absolute(r);
	return true;
}
static int json_test(const struct aisp_doc *d)
{
	struct request r = {0};

	if (aisp_log__has(d, "response_code") || aisp_log__has(d, "jsonrpc") || aisp_log__has(d, "level"))
		return 0;
	return status_json(d, "status", "status_code") >= 0 && aisp_log__first(d, k_from).n && json_request(d, &r) ? 70 : 0;
}
int aisp_log__httpjson_recognise(struct aisp_slice head)
{
	return aisp_log__recognise(head, json_test);
}
int aisp_log__httpjson_record(struct aisp_log_parser *p, struct aisp_slice text, const struct aisp_doc *d, aisp_use_sink *sink, void *ctx, struct aisp_err *err)
{
	struct request r = {0};
	struct aisp_use_event e = {0};
	int64_t status = status_json(d, "status", "status_code");

	(void)text;
	if (!d || status < 0)
		return aisp_fail(err, AISP_E_PARSE, "no access log entry: no status");
	if (!json_request(d, &r))
		return 0;
	if (!r.host.n)
		r.host = aisp_log__first(d, k_host);
	r.host = aisp_slice_trim(aisp_slice_to(r.host, aisp_slice_chr(r.host, ','))); /* several upstreams were tried: the first */
	for (size_t i = 0; k_time[i] && !e.at_us; i++)
		e.at_us = aisp_log__doc_time(aisp_doc_get(d, k_time[i]));
	e.from = aisp_log__address(aisp_log__first(d, k_from));
	e.via = aisp_log__product(aisp_log__first(d, k_agent));
	e.id = aisp_log__first(d, k_id);
	return give(p, &e, &r, status, aisp_log__first(d, k_user), sink, ctx, err);
}

/* --- Envoy and Istio --- */

/* "outbound|8080|v1|reviews.shop.svc.cluster.local" → the service; else the upstream's address; else the authority. */
static struct aisp_slice upstream(struct aisp_slice cluster, struct aisp_slice address, struct aisp_slice authority)
{
	size_t bar = aisp_slice_rchr(cluster, '|');

	if (aisp_slice_starts(cluster, AISP_S("outbound|")) && bar + 1 < cluster.n)
		return aisp_slice_from(cluster, bar + 1);
	if (authority.n && !aisp_slice_eqz(authority, "-"))
		return authority;
	return aisp_slice_eqz(address, "-") ? aisp_slice_of("", 0) : address;
}
/* Who sent it: the peer's address; behind a proxy what the proxy itself appended, the last. */
static struct aisp_slice client(struct aisp_slice peer, struct aisp_slice forwarded)
{
	size_t comma = aisp_slice_rchr(forwarded, ',');

	if (forwarded.n && !aisp_slice_eqz(forwarded, "-"))
		return aisp_slice_trim(comma == SIZE_MAX ? forwarded : aisp_slice_from(forwarded, comma + 1));
	return aisp_log__address(peer);
}
struct envoy {
	struct aisp_slice time, request, quote[5], rest; /* the last five quoted: forwarded for, user agent, request id, authority, upstream */
	uint64_t status;
};
static bool envoy_line(struct aisp_slice line, struct envoy *v)
{
	size_t at, close = aisp_slice_chr(line, ']'), n = 0;
	struct aisp_slice q;

	*v = (struct envoy){0};
	if (line.n < 30 || line.p[0] != '[' || close == SIZE_MAX || close > 40)
		return false;
	v->time = aisp_slice_of(line.p + 1, close - 1);
	at = close + 2;
	if (!aisp_log__when(v->time, NULL) || !quoted(line, &at, &v->request) || !status_of(word(line, &at), &v->status))
		return false;
	while (at < line.n && n < 12) {
		if (line.p[at] != '"') {
			at++;
			continue;
		}
		if (!quoted(line, &at, &q))
			return false;
		memmove(v->quote, v->quote + 1, sizeof v->quote - sizeof *v->quote);
		v->quote[4] = q;
		v->rest = aisp_slice_from(line, at);
		n++;
	}
	return n >= 5;
}
static bool is_envoy(struct aisp_slice line)
{
	struct envoy v;

	return envoy_line(line, &v);
}
int aisp_log__envoytext_recognise(struct aisp_slice head)
{
	return aisp_log__recognise_lines(head, 90, is_envoy);
}
int aisp_log__envoytext_record(struct aisp_log_parser *p, struct aisp_slice text, const struct aisp_doc *doc, aisp_use_sink *sink, void *ctx, struct aisp_err *err)
{
	struct request r = {0};
	struct aisp_use_event e = {0};
	struct aisp_slice cluster, peer;
	struct envoy v;
	size_t at = 0;

	(void)doc;
	text = aisp_slice_trim(text);
	if (!text.n)
		return 0;
	if (!envoy_line(text, &v))
		return aisp_fail(err, AISP_E_PARSE, "no line of Envoy's access log in its default format");
	if (!request_line(v.request, &r))
		return 0; /* TCP */
	cluster = word(v.rest, &at); /* Istio: cluster, upstream local, downstream local, downstream remote address */
	word(v.rest, &at);
	word(v.rest, &at);
	peer = word(v.rest, &at);
	r.host = upstream(cluster, v.quote[4], v.quote[3]);
	e.at_us = aisp_log__when(v.time, NULL);
	e.from = client(peer, v.quote[0]);
	e.via = aisp_log__product(v.quote[1]);
	e.id = aisp_slice_eqz(v.quote[2], "-") ? aisp_slice_of("", 0) : v.quote[2];
	return give(p, &e, &r, (int64_t)v.status, aisp_slice_of("", 0), sink, ctx, err);
}
static const char *const k_envoy_time[] = {"start_time", "timestamp", NULL};
static const char *const k_envoy_path[] = {"path", "x_envoy_original_path", "x-envoy-original-path", NULL};

static int envoy_test(const struct aisp_doc *d)
{
	return aisp_log__has(d, "response_code") && aisp_log__has(d, "method") && aisp_log__has(d, "path") && (aisp_log__has(d, "response_flags") || aisp_log__has(d, "upstream_host")) ? 85 : 0;
}
int aisp_log__envoyjson_recognise(struct aisp_slice head)
{
	return aisp_log__recognise(head, envoy_test);
}
int aisp_log__envoyjson_record(struct aisp_log_parser *p, struct aisp_slice text, const struct aisp_doc *d, aisp_use_sink *sink, void *ctx, struct aisp_err *err)
{
	struct request r = {.method = aisp_doc_getstr(d, "method"), .uri = aisp_log__first(d, k_envoy_path)};
	int64_t status = status_json(d, "response_code", "status");
	struct aisp_use_event e = {0};

	(void)text;
	if (!d || status < 0)
		return aisp_fail(err, AISP_E_PARSE, "no entry of Envoy's access log: no response_code");
	if (!is_method(r.method))
		return 0; /* TCP */
	absolute(&r);
	r.host = upstream(aisp_doc_getstr(d, "upstream_cluster"), aisp_doc_getstr(d, "upstream_host"), r.host.n ? r.host : aisp_doc_getstr(d, "authority"));
	for (size_t i = 0; k_envoy_time[i] && !e.at_us; i++)
		e.at_us = aisp_log__doc_time(aisp_doc_get(d, k_envoy_time[i]));
	e.from = client(aisp_doc_getstr(d, "downstream_remote_address"), aisp_doc_getstr(d, "x_forwarded_for"));
	e.via = aisp_log__product(aisp_doc_getstr(d, "user_agent"));
	e.id = aisp_doc_getstr(d, "request_id");
	return give(p, &e, &r, status, aisp_slice_of("", 0), sink, ctx, err);
}
