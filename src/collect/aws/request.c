/* An operation's request: method, URL and body from its row and its parameters; and what an answer's error is called. Pure. */
#include "base/jw.h"
#include "collect/aws/live_int.h"
#include <stdio.h>

enum { URL_MAX = 1 << 16, FILL_DEPTH = 8 };

static int no_memory(struct aisp_err *err)
{
	return aisp_fail(err, AISP_E_NOMEM, "out of memory for AWS requests");
}

/* ---- Parameters ---- */

static bool lookup(const struct aisp_doc *item, const struct aisp_doc *parent, struct aisp_slice account, struct aisp_slice name, struct aisp_doc *ret)
{
	char path[128];
	const struct aisp_doc *d;

	if (aisp_slice_eqz(name, "@account")) {
		*ret = (struct aisp_doc){.type = AISP_DOC_STR, .s = account};
		return account.n > 0;
	}
	snprintf(path, sizeof path, "%.*s", AISP_FMT(aisp_slice_to(name, 100)));
	d = aisp_slice_eqz(name, ".") ? item : aisp_doc_path(item, path);
	if (!d)
		d = aisp_doc_get(parent, path);
	if (!d || (d->type != AISP_DOC_STR && d->type != AISP_DOC_INT) || (d->type == AISP_DOC_STR && (d->s.n == 0 || d->s.n > 4096)))
		return false;
	*ret = *d;
	return true;
}

static int fill(struct aisp_arena *a, const struct aisp_doc *p, const struct aisp_doc *item, const struct aisp_doc *parent, struct aisp_slice account, unsigned depth,
		struct aisp_doc *ret, struct aisp_err *err)
{
	int r = 0;

	*ret = *p;
	if (depth > FILL_DEPTH)
		return aisp_fail(err, AISP_E_LIMIT, "parameters are nested too deep");
	if (p->type == AISP_DOC_STR && p->s.n > 2 && p->s.p[0] == '{' && p->s.p[p->s.n - 1] == '}') {
		struct aisp_slice name = aisp_slice_of(p->s.p + 1, p->s.n - 2);
		return lookup(item, parent, account, name, ret) ? 0 : aisp_fail(err, AISP_E_NOTFOUND, "the list gives no %.*s", AISP_FMT(name));
	}
	if (p->type == AISP_DOC_OBJ) {
		struct aisp_member *m = aisp_arena_zalloc(a, (size_t)p->n + 1, sizeof *m);
		for (uint32_t i = 0; m && r == 0 && i < p->n; i++) {
			m[i] = p->members[i];
			r = fill(a, &p->members[i].value, item, parent, account, depth + 1, &m[i].value, err);
		}
		ret->members = m;
		return m ? r : no_memory(err);
	}
	if (p->type == AISP_DOC_ARR) {
		struct aisp_doc *v = aisp_arena_zalloc(a, (size_t)p->n + 1, sizeof *v);
		for (uint32_t i = 0; v && r == 0 && i < p->n; i++)
			r = fill(a, &p->items[i], item, parent, account, depth + 1, &v[i], err);
		ret->items = v;
		return v ? r : no_memory(err);
	}
	return 0;
}

int aisp_aws__params_fill(struct aisp_arena *a, const struct aisp_doc *params, const struct aisp_doc *item, const struct aisp_doc *parent, struct aisp_slice account,
			  const struct aisp_doc **ret, struct aisp_err *err)
{
	struct aisp_doc *d = aisp_arena_zalloc(a, 1, sizeof *d);
	int r = d ? fill(a, params, item, parent, account, 0, d, err) : no_memory(err);

	if (r == 0)
		*ret = d;
	return r;
}

/* ---- The request ---- */

static void put_scalar(struct aisp_buf *out, const struct aisp_doc *d, bool encode)
{
	char text[32];
	struct aisp_slice s = aisp_doc_str(d);

	if (d->type == AISP_DOC_INT) {
		snprintf(text, sizeof text, "%lld", (long long)d->i);
		s = aisp_slice_z(text);
	}
	if (encode)
		aisp_aws__encode(out, s, false);
	else
		aisp_buf_put(out, s);
}

/* "Action=…&Version=…&Name=value" */
static void put_query_body(const struct aisp_aws__question *q, struct aisp_buf *out)
{
	aisp_buf_printf(out, "Action=%s&Version=%s", q->op->request, q->op->version);
	for (uint32_t i = 0; i < aisp_doc_count(q->about); i++) {
		aisp_buf_printf(out, "&%.*s=", AISP_FMT(q->about->members[i].key));
		put_scalar(out, &q->about->members[i].value, true);
	}
	if (q->token.n) {
		aisp_buf_printf(out, "&%s=", q->op->token_in);
		aisp_aws__encode(out, q->token, false);
	}
}

/* JSON of the parameters but those that the path has taken, and the token. */
static void put_json_body(const struct aisp_aws__question *q, const char *path, struct aisp_buf *out)
{
	struct aisp_jw w;
	char label[128];

	aisp_jw_init(&w, out, false);
	aisp_jw_obj(&w);
	for (uint32_t i = 0; i < aisp_doc_count(q->about); i++) {
		const struct aisp_member *m = &q->about->members[i];
		snprintf(label, sizeof label, "{%.*s}", AISP_FMT(aisp_slice_to(m->key, 100)));
		if (path && strstr(path, label))
			continue;
		aisp_jw_keys(&w, m->key);
		aisp_jw_doc(&w, &m->value);
	}
	if (q->token.n)
		aisp_jw_kstr(&w, q->op->token_in, q->token);
	aisp_jw_end(&w);
}

/* The path with its {labels} filled in, encoded once. */
static int put_path(const struct aisp_aws__question *q, struct aisp_slice form, struct aisp_buf *out, struct aisp_err *err)
{
	while (form.n) {
		size_t open = aisp_slice_chr(form, '{'), close = aisp_slice_chr(form, '}');
		aisp_buf_put(out, aisp_slice_to(form, open));
		if (open == SIZE_MAX || close == SIZE_MAX || close < open)
			break;
		struct aisp_slice name = aisp_slice_of(form.p + open + 1, close - open - 1);
		const struct aisp_doc *d = aisp_doc_gets(q->about, name);
		if (!d)
			return aisp_fail(err, AISP_E_INTERNAL, "%s %s: the path wants %.*s, which its parameters lack", q->op->service, q->op->operation, AISP_FMT(name));
		put_scalar(out, d, true);
		form = aisp_slice_from(form, close + 1);
	}
	return 0;
}

static void put_rest_query(const struct aisp_aws__question *q, const char *form, struct aisp_slice fixed, struct aisp_buf *out)
{
	char label[128];

	aisp_buf_put(out, fixed);
	for (uint32_t i = 0; i < aisp_doc_count(q->about); i++) {
		const struct aisp_member *m = &q->about->members[i];
		snprintf(label, sizeof label, "{%.*s}", AISP_FMT(aisp_slice_to(m->key, 100)));
		if (strstr(form, label))
			continue;
		aisp_buf_printf(out, "%s%.*s=", out->n ? "&" : "", AISP_FMT(m->key));
		put_scalar(out, &m->value, true);
	}
	if (q->token.n) {
		aisp_buf_printf(out, "%s%s=", out->n ? "&" : "", q->op->token_in);
		aisp_aws__encode(out, q->token, false);
	}
}

static int make_rest(struct aisp_aws__question *q, struct aisp_buf *path, struct aisp_buf *query, struct aisp_buf *body, struct aisp_err *err)
{
	struct aisp_slice form = aisp_slice_z(q->op->request), method;
	const bool s3control = strcmp(q->op->service, "s3control") == 0;

	aisp_slice_split(&form, ' ', &method);
	size_t mark = aisp_slice_chr(form, '?');
	struct aisp_slice fixed = mark == SIZE_MAX ? (struct aisp_slice){0} : aisp_slice_from(form, mark + 1);
	int r = put_path(q, aisp_slice_to(form, mark), path, err);
	if (aisp_slice_eqz(method, "POST"))
		put_json_body(q, q->op->request, body);
	else if (!s3control) /* its account goes into host and header */
		put_rest_query(q, q->op->request, fixed, query);
	return r;
}

static int keep(struct aisp_arena *a, struct aisp_buf *b, struct aisp_slice *to, struct aisp_err *err)
{
	int r = aisp_buf_check(b, err);

	if (r == 0 && !(*to = aisp_arena_dup(a, aisp_buf_slice(b))).p)
		r = no_memory(err);
	return r;
}

int aisp_aws__question_make(struct aisp_arena *a, struct aisp_slice base, struct aisp_aws__question *q, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf path = {0}, query = {0}, body = {0}, url = {0};
	const struct aisp_aws_op *op = q->op;

	aisp_buf_init(&path, URL_MAX);
	aisp_buf_init(&query, URL_MAX);
	aisp_buf_init(&body, 1 << 20);
	aisp_buf_init(&url, URL_MAX * 2);
	int r = aisp_aws__endpoint(aisp_slice_z(op->service), q->region, q->account, op->global, &q->endpoint, err);
	if (r < 0)
		return r;
	q->type = q->target = (struct aisp_slice){0};
	if (op->protocol == AISP_AWS_QUERY || op->protocol == AISP_AWS_EC2) {
		aisp_buf_putc(&path, '/');
		put_query_body(q, &body);
		q->type = AISP_S("content-type:application/x-www-form-urlencoded; charset=utf-8");
	} else if (op->protocol == AISP_AWS_JSON) {
		struct aisp_slice version = aisp_slice_z(op->version), prefix;
		aisp_slice_split(&version, '|', &prefix);
		aisp_buf_putc(&path, '/');
		put_json_body(q, NULL, &body);
		q->type = aisp_arena_printf(a, "content-type:application/x-amz-json-%.*s", AISP_FMT(version));
		q->target = aisp_arena_printf(a, "x-amz-target:%.*s.%s", AISP_FMT(prefix), op->request);
		r = q->type.p && q->target.p ? 0 : no_memory(err);
	} else {
		r = make_rest(q, &path, &query, &body, err);
		if (body.n)
			q->type = AISP_S("content-type:application/json");
		if (r == 0 && strcmp(op->service, "s3control") == 0 && !(q->target = aisp_arena_printf(a, "x-amz-account-id:%.*s", AISP_FMT(q->account))).p)
			r = no_memory(err);
	}
	if (base.n)
		aisp_buf_put(&url, base);
	else
		aisp_buf_printf(&url, "https://%s", q->endpoint.host);
	size_t begin = aisp_slice_find(aisp_buf_slice(&url), AISP_S("://")), n = url.n;
	aisp_buf_put(&url, aisp_buf_slice(&path));
	if (query.n)
		aisp_buf_printf(&url, "?%.*s", AISP_FMT(aisp_buf_slice(&query)));
	if (r == 0)
		r = keep(a, &url, &q->url, err);
	if (r == 0)
		r = keep(a, &path, &q->path, err);
	if (r == 0)
		r = keep(a, &query, &q->query, err);
	if (r == 0)
		r = keep(a, &body, &q->body, err);
	if (r == 0) {
		q->host = aisp_slice_from(aisp_slice_to(q->url, n), begin == SIZE_MAX ? 0 : begin + 3);
		q->host = aisp_slice_to(q->host, aisp_slice_chr(q->host, '/'));
	}
	return r;
}

/* ---- Errors ---- */

static struct aisp_slice between(struct aisp_slice s, const char *begin, const char *end)
{
	size_t at = aisp_slice_find(s, aisp_slice_z(begin));

	if (at == SIZE_MAX)
		return (struct aisp_slice){0};
	s = aisp_slice_from(s, at + strlen(begin));
	return aisp_slice_to(s, aisp_slice_find(s, aisp_slice_z(end)));
}

/* `"key" : "value"` in a text that is too small or too broken for a parser's care. */
static struct aisp_slice json_text(struct aisp_slice s, const char *key)
{
	struct aisp_slice v = between(s, key, ",");

	if (v.n == 0)
		return v;
	v = aisp_slice_trim(v);
	if (v.n < 2 || v.p[0] != ':')
		return (struct aisp_slice){0};
	v = aisp_slice_from(v, aisp_slice_chr(v, '"'));
	return v.n < 2 ? (struct aisp_slice){0} : aisp_slice_to(aisp_slice_from(v, 1), aisp_slice_chr(aisp_slice_from(v, 1), '"'));
}

struct aisp_slice aisp_aws__error_code(struct aisp_slice header, struct aisp_slice body, char ret_text[128])
{
	static const char *const keys[] = {"\"__type\"", "\"code\"", "\"Code\"", "\"errorCode\""};
	struct aisp_slice code = header;
	size_t n = 0;

	body = aisp_slice_to(body, 65536);
	if (!code.n)
		code = between(body, "<Code>", "</Code>");
	for (size_t i = 0; i < sizeof keys / sizeof *keys && !code.n; i++)
		code = json_text(body, keys[i]);
	/* "com.amazon.coral.service#AccessDeniedException", "AccessDeniedException:http://…" */
	size_t hash = aisp_slice_rchr(aisp_slice_to(code, aisp_slice_chr(code, ':')), '#');
	code = aisp_slice_to(code, aisp_slice_chr(code, ':'));
	code = aisp_slice_from(code, hash == SIZE_MAX ? 0 : hash + 1);
	for (size_t i = 0; i < code.n && n < 100; i++)
		if ((code.p[i] >= '0' && code.p[i] <= '9') || (code.p[i] >= 'A' && code.p[i] <= 'Z') || (code.p[i] >= 'a' && code.p[i] <= 'z') || code.p[i] == '.')
			ret_text[n++] = code.p[i];
	ret_text[n] = '\0';
	return aisp_slice_of(ret_text, n);
}

bool aisp_aws__has_word(const char *list, struct aisp_slice word)
{
	struct aisp_slice rest = aisp_slice_z(list), part;

	while (rest.n && aisp_slice_split(&rest, '|', &part))
		if (word.n && aisp_slice_eq(part, word))
			return true;
	return false;
}

/* As the vendor's tools do (https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html). */
bool aisp_aws__is_throttle(struct aisp_slice code)
{
	return aisp_aws__has_word("Throttling|ThrottlingException|ThrottledException|RequestThrottledException|TooManyRequestsException|RequestLimitExceeded|BandwidthLimitExceeded|"
				  "RequestThrottled|SlowDown|PriorRequestNotComplete|EC2ThrottledException|TransactionInProgressException|RequestTimeout|RequestTimeoutException|"
				  "ProvisionedThroughputExceededException",
				  code);
}

bool aisp_aws__is_denied(struct aisp_slice code, long status)
{
	return status == 401 || status == 403 ||
	       aisp_aws__has_word("AccessDenied|AccessDeniedException|UnauthorizedOperation|NotAuthorized|UnauthorizedException|AuthorizationError|AuthorizationErrorException|"
				  "ExpiredToken|ExpiredTokenException|InvalidClientTokenId|UnrecognizedClientException|OptInRequired|SubscriptionRequiredException|AuthFailure",
				  code);
}

/* ---- Pages ---- */

static bool is_list(const struct aisp_doc *d)
{
	return d && d->type == AISP_DOC_ARR;
}

/* The lists of this name of all pages, behind each other. */
static int join_lists(struct aisp_arena *a, const struct aisp_doc *const *pages, size_t n, struct aisp_slice key, struct aisp_doc *ret, struct aisp_err *err)
{
	uint64_t total = 0;

	for (size_t k = 0; k < n; k++)
		total += is_list(aisp_doc_gets(pages[k], key)) ? aisp_doc_gets(pages[k], key)->n : 0;
	struct aisp_doc *items = total < UINT32_MAX ? aisp_arena_zalloc(a, (size_t)total + 1, sizeof *items) : NULL;
	if (!items)
		return no_memory(err);
	ret->items = items;
	ret->n = (uint32_t)total;
	for (size_t k = 0; k < n; k++) {
		const struct aisp_doc *v = aisp_doc_gets(pages[k], key);
		if (!is_list(v) || v->n == 0)
			continue;
		memcpy(items, v->items, v->n * sizeof *items);
		items += v->n;
	}
	return 0;
}

int aisp_aws__join_pages(struct aisp_arena *a, const struct aisp_doc *const *pages, size_t n, const char *token_out, const struct aisp_doc **ret, struct aisp_err *err)
{
	const struct aisp_doc *last = n ? pages[n - 1] : NULL, *first = n > 1 ? pages[0] : NULL;
	struct aisp_doc *d = aisp_arena_zalloc(a, 1, sizeof *d);
	struct aisp_member *m = aisp_arena_zalloc(a, (size_t)aisp_doc_count(first) + aisp_doc_count(last) + 1, sizeof *m);
	uint32_t used = 0;
	int r = d && m ? 0 : no_memory(err);

	for (uint32_t i = 0; r == 0 && last && last->type == AISP_DOC_OBJ && i < last->n; i++) {
		if (token_out && aisp_slice_eqz(last->members[i].key, token_out))
			continue;
		m[used] = last->members[i];
		if (is_list(&m[used].value) && n > 1)
			r = join_lists(a, pages, n, m[used].key, &m[used].value, err);
		used++;
	}
	/* lists that the last page has not */
	for (uint32_t i = 0; r == 0 && first && first->type == AISP_DOC_OBJ && i < first->n; i++) {
		if (!is_list(&first->members[i].value) || aisp_doc_gets(last, first->members[i].key))
			continue;
		m[used] = first->members[i];
		r = join_lists(a, pages, n, m[used].key, &m[used].value, err);
		used++;
	}
	if (r < 0)
		return r;
	*d = (struct aisp_doc){.type = AISP_DOC_OBJ, .line = 1, .n = used, .members = m};
	*ret = d;
	return 0;
}
