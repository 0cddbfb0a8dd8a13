/* Asking: account × region × operation, what a list's items need (`each`), pages, and what is asked instead when an operation is refused (`fallback_of`).
 *
 *   who am I ─▶ accounts ─▶ regions ─▶ every operation without `each` ─▶ answer ─▶ sink
 *                                                                           └─▶ for each item: the operations whose `each` it is
 *
 * One pool of connections for everything; answers are handled in the order in which they come, so nothing may depend on it. An operation that fails is told to
 * the sink and the rest goes on. A service that a region does not have is no gap: its name does not resolve, still does not when all else was asked, and the
 * region's EC2, which every region has, does resolve right then. Else names do not resolve here, and that is a gap.
 */
#include "base/clock.h"
#include "base/hash.h"
#include "base/jw.h"
#include "base/map.h"
#include "collect/aws/live_int.h"
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { TIMEOUT_S = 600, PARALLEL = 16, PAGES_MAX = 10000, ITEMS_MAX = 200000, QUESTIONS_MAX = 2000000, TRIES_MAX = 3, BLIND_S = 10 };
static const size_t memory_max = (size_t)64 << 20;

struct account {
	struct aisp_slice id;
	struct aisp_aws_provider *provider;
	bool own; /* provider is ours to free */
	AISP_VEC(struct aisp_slice) regions;
};
struct fetch;
/* One question, through all its pages and tries. */
struct question {
	struct fetch *f;
	struct aisp_aws__question q;
	struct aisp_slice seen_region; /* as told to the sink; empty: a global service */
	uint32_t account;              /* index */
	unsigned tries;                /* beyond those of the pool: clock, other region */
	bool doubtful;                 /* its host's name did not resolve once */
	AISP_VEC(const struct aisp_doc *) pages;
	/* When it is one of the questions before the real ones: who I am, which regions there are. */
	int (*then)(struct fetch *f, struct question *q, const struct aisp_doc *answer, struct aisp_slice code, const struct aisp_err *why, struct aisp_err *err);
};
struct fetch {
	const struct aisp_collect *c;
	const struct aisp_aws_target *t;
	struct aisp_arena *a;
	const struct aisp_aws_sink *to;
	struct aisp_http *http;
	AISP_VEC(struct account) accounts;
	AISP_VEC(struct question *) questions; /* all, to be freed */
	const struct aisp_doc **params;        /* of each row, parsed */
	struct aisp_map asked;                 /* so that nothing is asked twice */
	struct aisp_map absent;                /* service and region that do not exist */
	AISP_VEC(struct question *) doubtful;  /* asked again when all others are done */
	uint64_t blind_until_ns;               /* names do not resolve: not tried again before */
	struct aisp_slice base;
	struct aisp_buf note;
	uint64_t done;
	bool skew_said;
};

static int no_memory(struct fetch *f, struct aisp_err *err)
{
	return aisp_fail(err, aisp_arena_full(f->a) ? AISP_E_LIMIT : AISP_E_NOMEM, "out of memory for the answers of AWS");
}

static struct aisp_key key_of(struct aisp_slice text, uint64_t more)
{
	return (struct aisp_key){aisp_hash64(text.p, text.n, more), aisp_hash64(text.p, text.n, ~more)};
}

static struct account *account_at(struct fetch *f, uint32_t i)
{
	return &f->accounts.v[i];
}

static int send_question(struct fetch *f, struct question *q, struct aisp_err *err);
static int ask_each(struct fetch *f, const struct question *of, const struct aisp_doc *answer, struct aisp_err *err);
static int ask_instead(struct fetch *f, const struct question *of, struct aisp_err *err);

static struct aisp_aws_answer told_of(const struct question *q, const struct aisp_doc *doc)
{
	struct aisp_aws_answer a = {.service = aisp_slice_z(q->q.op->service), .operation = aisp_slice_z(q->q.op->operation), .account = q->q.account, .region = q->seen_region, .doc = doc};

	return a;
}

/* The parameters as JSON text in the arena. */
static int about_text(struct fetch *f, const struct aisp_doc *about, struct aisp_slice *ret, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf b = {0};
	struct aisp_jw w;

	*ret = (struct aisp_slice){0};
	if (aisp_doc_count(about) == 0)
		return 0;
	aisp_buf_init(&b, 1 << 20);
	aisp_jw_init(&w, &b, false);
	aisp_jw_doc(&w, about);
	int r = aisp_buf_check(&b, err);
	if (r == 0 && !(*ret = aisp_arena_dup(f->a, aisp_buf_slice(&b))).p)
		r = no_memory(f, err);
	return r;
}

/* ---- The end of a question ---- */

static int tell_answer(struct fetch *f, struct question *q, struct aisp_err *err)
{
	const struct aisp_doc *whole = q->pages.n ? q->pages.v[0] : NULL;
	struct aisp_aws_answer a;
	int r = 0;

	if (!whole)
		return 0;
	if (q->pages.n > 1 || (q->q.op->token_out && aisp_doc_get(whole, q->q.op->token_out)))
		r = aisp_aws__join_pages(f->a, q->pages.v, q->pages.n, q->q.op->token_out, &whole, err);
	if (r < 0 || q->then)
		return r < 0 ? r : q->then(f, q, whole, (struct aisp_slice){0}, NULL, err);
	a = told_of(q, whole);
	r = about_text(f, q->q.about, &a.about, err);
	if (r == 0)
		r = f->to->answer(f->to->ctx, &a, err);
	return r == 0 ? ask_each(f, q, whole, err) : r;
}

static int tell_failure(struct fetch *f, struct question *q, struct aisp_slice code, enum aisp_code why, struct aisp_slice more, struct aisp_err *err)
{
	struct aisp_aws_answer a = told_of(q, NULL);
	struct aisp_err reason;

	int r = tell_answer(f, q, err); /* the pages before it */
	if (r < 0)
		return r;
	aisp_fail(&reason, why, "%s %s in account %.*s%s%.*s: %.*s%s%.*s%s%s", q->q.op->service, q->q.op->operation, AISP_FMT(q->q.account), q->seen_region.n ? ", region " : "",
		  AISP_FMT(q->seen_region), AISP_FMT(code), more.n ? ": " : "", AISP_FMT(aisp_slice_to(more, 300)), why == AISP_E_ACCESS ? "; it needs " : "",
		  why == AISP_E_ACCESS ? q->q.op->permission : "");
	if (q->then)
		return q->then(f, q, NULL, code, &reason, err);
	struct aisp_aws_failure fail = {.code = aisp_arena_dup(f->a, code), .why = why, .detail = aisp_arena_dup(f->a, aisp_slice_z(reason.msg))};
	if (!fail.code.p || !fail.detail.p)
		return no_memory(f, err);
	r = about_text(f, q->q.about, &a.about, err);
	if (r == 0)
		r = f->to->failed(f->to->ctx, &a, &fail, err);
	return r == 0 ? ask_instead(f, q, err) : r;
}

static void free_question(struct question *q)
{
	aisp_vec_done(&q->pages);
}

/* ---- An answer ---- */

/* Signed for another region than the bucket's: which is it? */
static struct aisp_slice other_region(struct fetch *f, const struct question *q, long status, struct aisp_slice body)
{
	struct aisp_slice said = aisp_http_header(f->http, "x-amz-bucket-region");
	size_t at;

	if (strcmp(q->q.op->service, "s3api") != 0 || status < 300)
		return (struct aisp_slice){0};
	body = aisp_slice_to(body, 4096);
	if (!said.n && (at = aisp_slice_find(body, AISP_S("<Region>"))) != SIZE_MAX) {
		said = aisp_slice_from(body, at + 8);
		said = aisp_slice_to(said, aisp_slice_chr(said, '<'));
	}
	return aisp_aws__is_region(said) && !aisp_slice_eq(said, q->q.region) ? said : (struct aisp_slice){0};
}

static int read_answer(struct fetch *f, struct question *q, struct aisp_slice body, const struct aisp_doc **ret, struct aisp_err *why)
{
	const struct aisp_aws_op *op = q->q.op;
	struct aisp_slice service = aisp_slice_z(op->service), operation = aisp_slice_z(op->operation);
	const struct aisp_doc *d = NULL;
	struct aisp_doc *made = NULL;
	int r;

	if (strcmp(op->service, "s3api") == 0 && strcmp(op->operation, "get-bucket-policy") == 0) { /* the document itself */
		struct aisp_doc *doc = aisp_arena_zalloc(f->a, 1, sizeof *doc);
		struct aisp_member *m = aisp_arena_zalloc(f->a, 1, sizeof *m);
		struct aisp_slice text = aisp_arena_dup(f->a, body);
		if (!doc || !m || !text.p)
			return no_memory(f, why);
		*m = (struct aisp_member){.key = AISP_S("Policy"), .line = 1, .value = {.type = AISP_DOC_STR, .line = 1, .s = text}};
		*doc = (struct aisp_doc){.type = AISP_DOC_OBJ, .line = 1, .n = 1, .members = m};
		*ret = doc;
		return aisp_slice_is_utf8(body) && body.n ? 0 : aisp_fail(why, AISP_E_PARSE, "the policy is not UTF-8");
	}
	if (op->protocol == AISP_AWS_JSON || op->protocol == AISP_AWS_REST_JSON) {
		r = aisp_json_parse(f->a, body.n ? body : AISP_S("{}"), NULL, &d, why);
		return r == 0 ? aisp_aws__json_answer(f->a, service, operation, d, ret, why) : r;
	}
	r = aisp_aws__xml_answer(f->a, service, operation, body, &made, why);
	if (r == 0)
		*ret = made;
	return r;
}

static int take_page(struct fetch *f, struct question *q, struct aisp_slice body, struct aisp_err *err)
{
	const struct aisp_aws_op *op = q->q.op;
	const struct aisp_doc *d = NULL;
	struct aisp_err why = {0};
	int r = read_answer(f, q, body, &d, &why);

	if (r == AISP_E_NOMEM)
		return aisp_fail(err, AISP_E_NOMEM, "%s", why.msg);
	if (r == 0 && d->type != AISP_DOC_OBJ)
		r = aisp_fail(&why, AISP_E_PARSE, "not an object");
	if (r < 0)
		return tell_failure(f, q, AISP_S("an answer that cannot be read"), why.code, aisp_slice_z(why.msg), err);
	if (aisp_vec_push(&q->pages, d) < 0)
		return no_memory(f, err);
	struct aisp_slice token = op->token_out ? aisp_doc_getstr(d, op->token_out) : (struct aisp_slice){0};
	if (token.n && (q->pages.n >= PAGES_MAX || aisp_slice_eq(token, q->q.token)))
		return tell_failure(f, q, AISP_S("pages without end"), AISP_E_LIMIT, (struct aisp_slice){0}, err);
	if (!token.n)
		return tell_answer(f, q, err);
	q->q.token = token;
	return send_question(f, q, err);
}

static int take_refusal(struct fetch *f, struct question *q, long status, struct aisp_slice body, struct aisp_err *err)
{
	struct account *a = account_at(f, q->account);
	char text[128], shown[64];
	struct aisp_slice code = aisp_aws__error_code(aisp_http_header(f->http, "x-amzn-ErrorType"), body, text), other = other_region(f, q, status, body);
	int64_t skew;

	if (other.n && q->tries++ < TRIES_MAX) {
		q->q.region = q->seen_region = aisp_arena_dup(f->a, other);
		return q->q.region.p ? send_question(f, q, err) : no_memory(f, err);
	}
	if (aisp_aws__is_skew(code, aisp_http_header(f->http, "Date"), aisp_clock_now_us() + aisp_aws__provider_skew_us(a->provider), &skew) && q->tries++ < TRIES_MAX) {
		skew += aisp_aws__provider_skew_us(a->provider);
		aisp_aws__provider_set_skew(a->provider, skew);
		if (!f->skew_said)
			aisp_buf_printf(&f->note, "the clock of this machine is %lld s %s; requests were signed by the server's clock", (long long)((skew < 0 ? -skew : skew) / 1000000),
					skew < 0 ? "ahead" : "behind");
		f->skew_said = true;
		return send_question(f, q, err);
	}
	if (aisp_aws__has_word(q->q.op->absent, code)) { /* there is none: that is an answer */
		if (q->then || q->pages.n)
			return tell_answer(f, q, err);
		return 0;
	}
	if (!code.n) {
		snprintf(shown, sizeof shown, "status %ld", status);
		code = aisp_slice_z(shown);
	}
	enum aisp_code why = aisp_aws__is_denied(code, status) ? AISP_E_ACCESS : AISP_E_REMOTE;
	return tell_failure(f, q, code, why, (struct aisp_slice){0}, err);
}

/* Asks the system, not the pool, which remembers names for a while. */
static bool resolves(struct fetch *f, const char *host)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;

	if (aisp_clock_mono_ns() < f->blind_until_ns)
		return false;
	if (getaddrinfo(host, "443", &hints, &found) == 0) {
		freeaddrinfo(found);
		return true;
	}
	f->blind_until_ns = aisp_clock_mono_ns() + BLIND_S * UINT64_C(1000000000); /* a lookup that fails may take long, and it stops all else */
	return false;
}

/* Not offered in this region, or do names not resolve at all? */
static int name_unknown(struct fetch *f, struct question *q, const struct aisp_err *why, struct aisp_err *err)
{
	struct aisp_aws_endpoint sure = {0};
	char more[400];

	if (!q->doubtful) {
		q->doubtful = true;
		return aisp_vec_push(&f->doubtful, q) < 0 ? no_memory(f, err) : 0;
	}
	int r = aisp_aws__endpoint(AISP_S("ec2"), q->q.region, q->q.account, false, &sure, err);
	if (r < 0)
		return r;
	if (resolves(f, sure.host))
		return aisp_map_put(&f->absent, key_of(aisp_slice_z(q->q.endpoint.host), 1), 1, err);
	snprintf(more, sizeof more, "%.150s, nor does that of %.150s, which exists", why->msg, sure.host);
	return tell_failure(f, q, AISP_S("no answer"), AISP_E_REMOTE, aisp_slice_z(more), err);
}

/* Asks again what was put off. What is new is put off in its turn, but no question twice. */
static int ask_doubtful(struct fetch *f, struct aisp_err *err)
{
	int r = 0;

	for (size_t next = 0; r == 0 && next < f->doubtful.n;) {
		for (const size_t end = f->doubtful.n; r == 0 && next < end; next++)
			r = send_question(f, f->doubtful.v[next], err);
		if (r == 0)
			r = aisp_http_run(f->http, err);
	}
	return r;
}

static int on_done(void *ctx, long status, struct aisp_slice type, struct aisp_slice body, const struct aisp_err *why, struct aisp_err *err)
{
	struct question *q = ctx;
	struct fetch *f = q->f;

	(void)type;
	aisp_progress_step(f->c->progress, ++f->done, f->questions.n);
	if (status >= 200 && status < 300)
		return take_page(f, q, body, err);
	if (status)
		return take_refusal(f, q, status, body, err);
	if (why->code == AISP_E_NOMEM)
		return aisp_fail(err, AISP_E_NOMEM, "%s", why->msg);
	if (why->code == AISP_E_NOTFOUND && !f->base.n && !q->then)
		return name_unknown(f, q, why, err);
	struct aisp_slice code = why->code == AISP_E_TIMEOUT ? AISP_S("no answer in time") : why->code == AISP_E_LIMIT ? AISP_S("an answer that is too long")
				 : why->code == AISP_E_ACCESS ? AISP_S("no credentials") : AISP_S("no answer");
	return tell_failure(f, q, code, why->code, aisp_slice_z(why->msg), err);
}

static bool on_again(void *ctx, long status, struct aisp_slice body)
{
	struct question *q = ctx;
	char text[128];

	return status >= 400 && aisp_aws__is_throttle(aisp_aws__error_code(aisp_http_header(q->f->http, "x-amzn-ErrorType"), body, text));
}

/* ---- Sending ---- */

static int on_sign(void *ctx, struct aisp_http_request *r, struct aisp_buf *headers, struct aisp_err *err)
{
	struct question *q = ctx;
	struct aisp_aws_provider *p = account_at(q->f, q->account)->provider;
	const struct aisp_aws_credentials *c = NULL;
	struct aisp_slice more[2];
	size_t n = 0;
	int bad = aisp_aws__provider_get(p, &c, err);

	if (bad < 0)
		return bad;
	if (q->q.type.n)
		more[n++] = q->q.type;
	if (q->q.target.n)
		more[n++] = q->q.target;
	const struct aisp_aws_sign sign = {.method = aisp_slice_z(r->method), .host = q->q.host, .path = q->q.path, .query = q->q.query, .body = r->body, .headers = more, .n_headers = n,
					   .region = q->q.endpoint.sign_region, .service = q->q.endpoint.sign_service, .send_hash = true, .credentials = c,
					   .now_us = aisp_clock_now_us() + aisp_aws__provider_skew_us(p)};
	for (size_t i = 0; i < n; i++)
		aisp_buf_printf(headers, "%.*s\n", AISP_FMT(more[i]));
	aisp_buf_putz(headers, "Accept: application/json\n");
	return aisp_aws__sign(&sign, headers, err);
}

static int send_question(struct fetch *f, struct question *q, struct aisp_err *err)
{
	int r = aisp_aws__question_make(f->a, f->base, &q->q, err);

	if (r < 0)
		return r;
	if (aisp_map_get(&f->absent, key_of(aisp_slice_z(q->q.endpoint.host), 1)))
		return 0;
	const bool get = q->q.op->protocol == AISP_AWS_REST_XML || (q->q.op->protocol == AISP_AWS_REST_JSON && strncmp(q->q.op->request, "GET ", 4) == 0);
	const struct aisp_http_request h = {.method = get ? "GET" : "POST", .url = q->q.url, .body = q->q.body, .sign = on_sign, .again = on_again, .done = on_done, .ctx = q};
	return aisp_http_add(f->http, &h, err);
}

static int new_question(struct fetch *f, const struct aisp_aws_op *op, uint32_t account, struct aisp_slice region, const struct aisp_doc *about, struct question **ret,
			struct aisp_err *err)
{
	struct question *q = f->questions.n < QUESTIONS_MAX ? aisp_arena_zalloc(f->a, 1, sizeof *q) : NULL;

	if (f->questions.n >= QUESTIONS_MAX)
		return aisp_fail(err, AISP_E_LIMIT, "more than %d questions to AWS", QUESTIONS_MAX);
	if (!q || aisp_vec_push(&f->questions, q) < 0)
		return no_memory(f, err);
	q->f = f;
	q->q = (struct aisp_aws__question){.op = op, .account = account_at(f, account)->id, .region = region, .about = about};
	q->account = account;
	q->seen_region = op->global ? (struct aisp_slice){0} : region;
	*ret = q;
	return 0;
}

/* Asks an operation about an item (or about nothing), if that was not asked already. */
static int ask(struct fetch *f, size_t row, uint32_t account, struct aisp_slice region, const struct aisp_doc *item, const struct aisp_doc *parent, struct aisp_err *err)
{
	const struct aisp_doc *about = NULL;
	struct aisp_err missing = {0};
	struct aisp_slice text;
	struct question *q;
	int r = 0;

	if (f->params[row])
		r = aisp_aws__params_fill(f->a, f->params[row], item, parent, account_at(f, account)->id, &about, &missing);
	if (r == AISP_E_NOTFOUND)
		return 0; /* the item has no such part: there is nothing to be asked */
	if (r == 0)
		r = about_text(f, about, &text, err);
	if (r < 0)
		return r;
	struct aisp_slice id = aisp_arena_printf(f->a, "%zu %u %.*s %.*s", row, account, AISP_FMT(region), AISP_FMT(text));
	if (!id.p)
		return no_memory(f, err);
	if (aisp_map_get(&f->asked, key_of(id, 7)))
		return 0;
	r = aisp_map_put(&f->asked, key_of(id, 7), 1, err);
	if (r == 0)
		r = new_question(f, &aisp_aws_ops[row], account, region, about, &q, err);
	return r == 0 ? send_question(f, q, err) : r;
}

/* Is `op` (of the row's service, or said with its own) among those whose items the row is asked for? */
static bool is_each(const struct aisp_aws_op *row, const struct aisp_aws_op *op)
{
	char full[160];

	snprintf(full, sizeof full, "%s/%s", op->service, op->operation);
	return row->each && (aisp_aws__has_word(row->each, aisp_slice_z(full)) ||
			     (strcmp(row->service, op->service) == 0 && aisp_aws__has_word(row->each, aisp_slice_z(op->operation))));
}

static struct aisp_slice region_for(const struct question *of, const struct aisp_aws_op *row, const struct aisp_doc *item)
{
	struct aisp_slice bucket = aisp_doc_getstr(item, "BucketRegion");

	return strcmp(row->service, "s3api") == 0 && aisp_aws__is_region(bucket) ? bucket : of->q.region;
}

static int ask_each(struct fetch *f, const struct question *of, const struct aisp_doc *answer, struct aisp_err *err)
{
	const struct aisp_doc *list = of->q.op->list[0] ? aisp_doc_path(answer, of->q.op->list) : NULL;
	const bool one = list && list->type == AISP_DOC_OBJ;
	uint32_t n = list ? (one ? 1 : list->type == AISP_DOC_ARR ? list->n : 0) : 0;
	int r = 0;

	for (size_t row = 0; row < aisp_aws_op_count && n; row++) {
		if (!is_each(&aisp_aws_ops[row], of->q.op))
			continue;
		for (uint32_t i = 0; r == 0 && i < n && i < ITEMS_MAX; i++) {
			const struct aisp_doc *item = one ? list : &list->items[i];
			r = ask(f, row, of->account, region_for(of, &aisp_aws_ops[row], item), item, of->q.about, err);
		}
	}
	return r;
}

static int ask_instead(struct fetch *f, const struct question *of, struct aisp_err *err)
{
	int r = 0;

	for (size_t row = 0; r == 0 && row < aisp_aws_op_count; row++)
		if (aisp_aws_ops[row].fallback_of && strcmp(aisp_aws_ops[row].fallback_of, of->q.op->operation) == 0 && strcmp(aisp_aws_ops[row].service, of->q.op->service) == 0)
			r = ask(f, row, of->account, of->q.region, NULL, NULL, err);
	return r;
}

/* ---- Before the real questions ---- */

static const struct aisp_aws_op whoami_op = {.service = "sts", .operation = "get-caller-identity", .protocol = AISP_AWS_QUERY, .request = "GetCallerIdentity",
					     .version = "2011-06-15", .list = "", .permission = "no permission"};
static const struct aisp_aws_op regions_op = {.service = "ec2", .operation = "describe-regions", .protocol = AISP_AWS_EC2, .request = "DescribeRegions",
					      .version = "2016-11-15", .list = "Regions", .permission = "ec2:DescribeRegions"};

static int take_whoami(struct fetch *f, struct question *q, const struct aisp_doc *answer, struct aisp_slice code, const struct aisp_err *why, struct aisp_err *err)
{
	struct account *a = account_at(f, q->account);
	struct aisp_slice id = aisp_doc_getstr(answer, "Account");
	uint64_t n;

	(void)code;
	if (why)
		return aisp_fail(err, why->code, "AWS does not say who we are: %s", why->msg);
	if (id.n != 12 || !aisp_slice_u64(id, &n))
		return aisp_fail(err, AISP_E_REMOTE, "AWS does not say who we are: the answer of sts get-caller-identity names no account");
	a->id = q->q.account = id;
	if (!f->to)
		return 0;
	struct aisp_aws_answer told = told_of(q, answer);
	told.region = (struct aisp_slice){0};
	return f->to->answer(f->to->ctx, &told, err);
}

static int take_regions(struct fetch *f, struct question *q, const struct aisp_doc *answer, struct aisp_slice code, const struct aisp_err *why, struct aisp_err *err)
{
	struct account *a = account_at(f, q->account);
	const struct aisp_doc *list = aisp_doc_get(answer, "Regions");
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < aisp_doc_count(list); i++) {
		struct aisp_slice name = aisp_doc_getstr(aisp_doc_at(list, i), "RegionName"), in = aisp_doc_getstr(aisp_doc_at(list, i), "OptInStatus");
		if (aisp_aws__is_region(name) && !aisp_slice_eqz(in, "not-opted-in") && aisp_vec_push(&a->regions, name) < 0)
			r = no_memory(f, err);
	}
	if (r < 0 || a->regions.n)
		return r;
	/* the one we know must do, and it is said */
	if (aisp_vec_push(&a->regions, q->q.region) < 0)
		return no_memory(f, err);
	struct aisp_aws_answer told = told_of(q, NULL);
	const struct aisp_aws_failure fail = {.code = aisp_arena_dup(f->a, code.n ? code : AISP_S("no regions")), .why = why ? why->code : AISP_E_REMOTE,
					      .detail = aisp_arena_printf(f->a, "only the region %.*s is read: %s", AISP_FMT(q->q.region), why ? why->msg : "the list of regions is empty")};
	return fail.code.p && fail.detail.p ? f->to->failed(f->to->ctx, &told, &fail, err) : no_memory(f, err);
}

static int ask_first(struct fetch *f, const struct aisp_aws_op *op, uint32_t account, struct aisp_err *err,
		     int (*then)(struct fetch *f, struct question *q, const struct aisp_doc *answer, struct aisp_slice code, const struct aisp_err *why, struct aisp_err *err))
{
	struct question *q;
	int r = new_question(f, op, account, aisp_aws__provider_region(account_at(f, account)->provider), NULL, &q, err);

	if (r < 0)
		return r;
	q->then = then;
	r = send_question(f, q, err);
	return r == 0 ? aisp_http_run(f->http, err) : r;
}

static int ask_roots(struct fetch *f, uint32_t account, struct aisp_err *err)
{
	struct account *a = account_at(f, account);
	int r = 0;

	for (size_t row = 0; r == 0 && row < aisp_aws_op_count; row++) {
		const struct aisp_aws_op *op = &aisp_aws_ops[row];
		if (op->each || op->fallback_of)
			continue;
		for (size_t i = 0; r == 0 && i < (op->global ? 1 : a->regions.n); i++)
			r = ask(f, row, account, op->global ? aisp_aws__home_region(aisp_aws__partition(a->regions.v[0])) : a->regions.v[i], NULL, NULL, err);
	}
	return r;
}

/* Accounts of the organisation, each through the role. One that refuses is told and left out. */
static int add_accounts(struct fetch *f, struct aisp_aws_provider *main, struct aisp_err *err)
{
	const struct aisp_slice partition = aisp_aws__partition(aisp_aws__provider_region(main));
	int r = 0;

	for (size_t i = 0; r == 0 && i < f->t->n_accounts; i++) {
		struct account a = {.id = f->t->accounts[i], .own = true};
		const struct aisp_aws_credentials *c;
		struct aisp_err why = {0};
		if (aisp_slice_eq(a.id, f->accounts.v[0].id))
			continue;
		struct aisp_slice name = f->t->role, role;
		size_t slash = aisp_slice_find(name, AISP_S(":role/"));
		name = slash == SIZE_MAX ? name : aisp_slice_from(name, slash + 6);
		role = aisp_arena_printf(f->a, "arn:%.*s:iam::%.*s:role/%.*s", AISP_FMT(partition), AISP_FMT(a.id), AISP_FMT(name));
		r = role.p ? aisp_aws__provider_assume(main, role, f->t->external_id, &a.provider, err) : no_memory(f, err);
		if (r < 0)
			return r;
		if (aisp_aws__provider_get(a.provider, &c, &why) < 0) {
			struct aisp_aws_answer told = {.service = AISP_S("sts"), .operation = AISP_S("assume-role"), .account = a.id};
			const struct aisp_aws_failure fail = {.code = AISP_S("AccessDenied"), .why = why.code, .detail = aisp_arena_dup(f->a, aisp_slice_z(why.msg))};
			aisp_aws__provider_free(a.provider);
			r = why.code == AISP_E_NOMEM || !fail.detail.p ? no_memory(f, err) : f->to->failed(f->to->ctx, &told, &fail, err);
		} else if (aisp_vec_push(&f->accounts, a) < 0) {
			aisp_aws__provider_free(a.provider);
			r = no_memory(f, err);
		}
	}
	return r;
}

static int choose_regions(struct fetch *f, uint32_t account, struct aisp_err *err)
{
	struct account *a = account_at(f, account);
	int r = 0;

	for (size_t i = 0; r == 0 && i < f->t->n_regions; i++)
		r = aisp_vec_push(&a->regions, f->t->regions[i]) < 0 ? no_memory(f, err) : 0;
	return r < 0 || a->regions.n ? r : ask_first(f, &regions_op, account, err, take_regions);
}

/* ---- The fetch ---- */

static int parse_params(struct fetch *f, struct aisp_err *err)
{
	int r = 0;

	f->params = aisp_arena_zalloc(f->a, aisp_aws_op_count + 1, sizeof *f->params);
	if (!f->params)
		return no_memory(f, err);
	for (size_t i = 0; r == 0 && i < aisp_aws_op_count; i++)
		if (aisp_aws_ops[i].params)
			r = aisp_json_parse(f->a, aisp_slice_z(aisp_aws_ops[i].params), NULL, &f->params[i], err);
	return r < 0 ? aisp_wrap(err, r, "in the table of AWS operations") : 0;
}

static int begin(struct fetch *f, struct aisp_aws_provider **main, struct aisp_err *err)
{
	const uint64_t deadline = aisp_clock_mono_ns() + (f->c->timeout_s ? f->c->timeout_s : TIMEOUT_S) * UINT64_C(1000000000);
	const struct aisp_aws_credentials *c;

	aisp_buf_init(&f->note, 4096);
	int r = aisp_aws__provider_new(f->t, deadline, main, err);
	if (r < 0)
		return r;
	f->base = aisp_aws__provider_endpoint(*main);
	const char *proxy = getenv("HTTPS_PROXY") ? getenv("HTTPS_PROXY") : getenv("https_proxy");
	const struct aisp_http_options o = {.ca_file = aisp_aws__provider_ca(*main), .proxy = proxy && *proxy ? proxy : NULL, .max_parallel = PARALLEL, .max_answer = memory_max,
					    .max_retries = 8, .deadline_ns = deadline, .allow_http = f->base.n > 0};
	r = aisp_http_new(&o, &f->http, err);
	if (r == 0 && aisp_vec_push(&f->accounts, (struct account){.provider = *main}) < 0)
		r = no_memory(f, err);
	if (r == 0)
		r = aisp_aws__provider_get(*main, &c, err); /* once, here: a refusal is said once and by its reason */
	return r == 0 ? ask_first(f, &whoami_op, 0, err, take_whoami) : r;
}

static void end(struct fetch *f, struct aisp_aws_provider *main)
{
	aisp_http_free(f->http);
	for (size_t i = 0; i < f->questions.n; i++)
		free_question(f->questions.v[i]);
	aisp_vec_done(&f->questions);
	for (size_t i = f->accounts.n; i > 0; i--) {
		aisp_vec_done(&f->accounts.v[i - 1].regions);
		if (f->accounts.v[i - 1].own)
			aisp_aws__provider_free(f->accounts.v[i - 1].provider);
	}
	aisp_vec_done(&f->accounts);
	aisp_map_done(&f->asked);
	aisp_map_done(&f->absent);
	aisp_vec_done(&f->doubtful);
	aisp_buf_done(&f->note);
	aisp_aws__provider_free(main);
}

int aisp_aws__fetch(const struct aisp_collect *c, const struct aisp_aws_target *t, struct aisp_arena *a, const struct aisp_aws_sink *to, struct aisp_aws_fetch_result *ret,
		    struct aisp_err *err)
{
	struct fetch f = {.c = c, .t = t, .a = a, .to = to};
	struct aisp_aws_provider *main = NULL;
	int r = parse_params(&f, err);

	if (r == 0)
		r = begin(&f, &main, err);
	if (r == 0)
		r = add_accounts(&f, main, err);
	for (uint32_t i = 0; r == 0 && i < f.accounts.n; i++)
		r = choose_regions(&f, i, err);
	for (uint32_t i = 0; r == 0 && i < f.accounts.n; i++)
		r = ask_roots(&f, i, err);
	if (r == 0)
		r = aisp_http_run(f.http, err);
	if (r == 0)
		r = ask_doubtful(&f, err);
	if (r == 0) {
		ret->account = f.accounts.v[0].id;
		ret->note = f.note.n ? aisp_arena_dup(a, aisp_buf_slice(&f.note)) : (struct aisp_slice){0};
		ret->requests = aisp_http_sent(f.http);
	}
	end(&f, main);
	return r;
}

int aisp_aws__whoami(const struct aisp_aws_target *t, struct aisp_arena *a, struct aisp_slice *ret_account, struct aisp_err *err)
{
	const struct aisp_collect c = {.timeout_s = 60};
	struct fetch f = {.c = &c, .t = t, .a = a};
	struct aisp_aws_provider *main = NULL;
	int r = begin(&f, &main, err);

	if (r == 0)
		*ret_account = f.accounts.v[0].id;
	end(&f, main);
	return r;
}

bool aisp_aws_says_none(struct aisp_slice service, struct aisp_slice operation, struct aisp_slice code)
{
	for (size_t i = 0; i < aisp_aws_op_count; i++)
		if (aisp_slice_eqz(service, aisp_aws_ops[i].service) && aisp_slice_eqz(operation, aisp_aws_ops[i].operation) && aisp_aws__has_word(aisp_aws_ops[i].absent, code))
			return true;
	return false;
}
