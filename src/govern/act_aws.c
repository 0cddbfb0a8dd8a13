/* AWS: one operation, signed as the collector signs. A change is sent once; only a refusal for being asked too often, which changed nothing, is followed by another try. */
#include "base/clock.h"
#include "collect/aws/live_int.h"
#include "govern/act_int.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { THROTTLED_MAX = 5 };

struct account {
	struct aisp_arena *arena; /* the parsed target, the account */
	struct aisp_aws_target target;
	struct aisp_aws_provider *provider;
	struct aisp_aws_provider *assumed[16]; /* of accounts of the organisation */
	struct aisp_slice assumed_id[16];
	size_t n_assumed;
	struct aisp_http *http;
	struct aisp_slice id;
};

void aisp_act__aws_close(struct aisp_act__target *t)
{
	struct account *c = t->state;

	aisp_http_free(c->http);
	while (c->n_assumed)
		aisp_aws__provider_free(c->assumed[--c->n_assumed]);
	aisp_aws__provider_free(c->provider);
	aisp_arena_free(c->arena);
	aisp_mem_free(c);
	t->state = NULL;
}

struct call {
	struct account *account;
	struct aisp_aws_provider *provider;
	const struct aisp_act__op *op;
	struct aisp_act__request request;
	struct aisp_aws_endpoint endpoint;
	struct aisp_slice url, host;
	struct aisp_arena *mem;
	/* the answer */
	long status;
	struct aisp_slice body, header; /* header: x-amzn-ErrorType */
	int64_t skew;
	bool skewed;
	struct aisp_err why;
};

static int on_sign(void *ctx, struct aisp_http_request *r, struct aisp_buf *headers, struct aisp_err *err)
{
	struct call *c = ctx;
	const struct aisp_aws_credentials *credentials = NULL;
	struct aisp_slice more[3];
	size_t n = 0;
	int bad = aisp_aws__provider_get(c->provider, &credentials, err);

	if (bad < 0)
		return bad;
	const struct aisp_slice own[] = {c->request.type, c->request.target, c->request.checksum};
	for (size_t i = 0; i < 3; i++)
		if (own[i].n)
			more[n++] = own[i];
	const struct aisp_aws_sign sign = {.method = aisp_slice_z(r->method), .host = c->host, .path = c->request.path, .query = c->request.query, .body = r->body, .headers = more,
					   .n_headers = n, .region = c->endpoint.sign_region, .service = c->endpoint.sign_service, .send_hash = true, .credentials = credentials,
					   .now_us = aisp_clock_now_us() + aisp_aws__provider_skew_us(c->provider)};
	for (size_t i = 0; i < n; i++)
		aisp_buf_printf(headers, "%.*s\n", AISP_FMT(more[i]));
	aisp_buf_putz(headers, "Accept: application/json\n");
	return aisp_aws__sign(&sign, headers, err);
}

static int on_done(void *ctx, long status, struct aisp_slice type, struct aisp_slice body, const struct aisp_err *why, struct aisp_err *err)
{
	struct call *c = ctx;
	char text[128];

	(void)type;
	c->status = status;
	if (why) {
		c->why = *why;
		return 0;
	}
	c->body = aisp_arena_dup(c->mem, body);
	c->header = aisp_arena_dup(c->mem, aisp_http_header(c->account->http, "x-amzn-ErrorType"));
	if (!c->body.p || !c->header.p)
		return aisp_act__no_memory(err);
	c->skewed = status >= 400 && aisp_aws__is_skew(aisp_aws__error_code(c->header, c->body, text), aisp_http_header(c->account->http, "Date"),
						       aisp_clock_now_us() + aisp_aws__provider_skew_us(c->provider), &c->skew);
	return 0;
}

/* ---- Accounts ---- */

static int open_account(struct aisp_act__target *t, struct account **ret, struct aisp_err *err)
{
	struct account *c = t->state;

	if (!c) {
		c = aisp_mem_zalloc(1, sizeof *c);
		if (!c)
			return aisp_act__no_memory(err);
		t->state = c;
		int r = (c->arena = aisp_arena_new(16 << 20)) ? aisp_aws_target_parse(c->arena, t->text, &c->target, err) : aisp_act__no_memory(err);
		if (r == 0)
			r = aisp_aws__provider_new(&c->target, 0, &c->provider, err);
		if (r == 0) {
			const char *proxy = getenv("HTTPS_PROXY") ? getenv("HTTPS_PROXY") : getenv("https_proxy");
			const struct aisp_http_options o = {.ca_file = aisp_aws__provider_ca(c->provider), .proxy = proxy && *proxy ? proxy : NULL, .max_parallel = 1,
							    .max_answer = AISP_ACT_ANSWER_MAX, .timeout_ms = AISP_ACT_TIMEOUT_MS, .max_retries = 5,
							    .allow_http = aisp_aws__provider_endpoint(c->provider).n > 0};
			r = aisp_http_new(&o, &c->http, err);
		}
		if (r < 0) {
			aisp_act__aws_close(t);
			return r;
		}
	}
	*ret = c;
	return 0;
}

static int know_account(struct account *c, struct aisp_err *err)
{
	if (c->id.n)
		return 0;
	int r = aisp_aws__whoami(&c->target, c->arena, &c->id, err);
	if (r == 0)
		c->id = aisp_arena_dup(c->arena, c->id);
	return r;
}

/* Credentials for the account by this target: its own, or a role's where it names the account. NULL: it does not lead there. */
static int provider_for(struct account *c, struct aisp_slice id, struct aisp_aws_provider **ret, struct aisp_err *err)
{
	*ret = NULL;
	for (size_t i = 0; i < c->n_assumed; i++)
		if (aisp_slice_eq(c->assumed_id[i], id))
			*ret = c->assumed[i];
	if (*ret)
		return 0;
	int r = know_account(c, err);
	if (r < 0)
		return r;
	if (aisp_slice_eq(c->id, id) || !id.n)
		*ret = c->provider;
	for (size_t i = 0; !*ret && i < c->target.n_accounts && c->n_assumed < 16; i++) {
		if (!aisp_slice_eq(c->target.accounts[i], id))
			continue;
		struct aisp_slice name = c->target.role;
		size_t slash = aisp_slice_find(name, AISP_S(":role/"));
		name = slash == SIZE_MAX ? name : aisp_slice_from(name, slash + 6);
		struct aisp_slice role = aisp_arena_printf(c->arena, "arn:%.*s:iam::%.*s:role/%.*s", AISP_FMT(aisp_aws__partition(aisp_aws__provider_region(c->provider))), AISP_FMT(id), AISP_FMT(name));
		r = role.p ? aisp_aws__provider_assume(c->provider, role, c->target.external_id, &c->assumed[c->n_assumed], err) : aisp_act__no_memory(err);
		if (r < 0)
			return r;
		c->assumed_id[c->n_assumed] = c->target.accounts[i];
		*ret = c->assumed[c->n_assumed++];
	}
	return 0;
}

static int find_account(struct aisp_act *a, struct aisp_slice id, struct call *call, struct aisp_err *err)
{
	for (size_t i = 0; i < a->targets.n; i++) {
		struct account *c = NULL;
		if (a->targets.v[i].kind != AISP_ACT_AWS)
			continue;
		int r = open_account(&a->targets.v[i], &c, err);
		if (r == 0)
			r = provider_for(c, a->targets.v[i].alias.n && aisp_slice_eq(a->targets.v[i].alias, id) ? (struct aisp_slice){0} : id, &call->provider, err);
		if (r < 0)
			return r;
		if (call->provider) {
			call->account = c;
			return 0;
		}
	}
	return aisp_act__no_target(a, "AWS account", id, "aws:PROFILE", err);
}

/* ---- The call ---- */

static int prepare(struct call *c, struct aisp_slice account, struct aisp_slice region, const struct aisp_doc *params, struct aisp_err *err)
{
	struct aisp_slice service = aisp_slice_to(aisp_slice_z(c->op->name), aisp_slice_chr(aisp_slice_z(c->op->name), ':')), base = aisp_aws__provider_endpoint(c->provider);

	if (aisp_slice_eqz(service, "s3"))
		service = AISP_S("s3api");
	if (!region.n && c->op->global)
		region = aisp_aws__home_region(aisp_aws__partition(aisp_aws__provider_region(c->provider)));
	if (!region.n)
		region = aisp_aws__provider_region(c->provider);
	int r = aisp_aws__endpoint(service, region, account, c->op->global, &c->endpoint, err);
	if (r == 0)
		r = aisp_act__encode(c->mem, c->op, params, &c->request, err);
	if (r < 0)
		return r;
	struct aisp_slice root = base.n ? base : aisp_arena_printf(c->mem, "https://%s", c->endpoint.host);
	c->url = aisp_arena_printf(c->mem, "%.*s%.*s%s%.*s", AISP_FMT(root), AISP_FMT(c->request.path), c->request.query.n ? "?" : "", AISP_FMT(c->request.query));
	if (!root.p || !c->url.p)
		return aisp_act__no_memory(err);
	c->host = aisp_slice_from(root, aisp_slice_find(root, AISP_S("://")) + 3);
	c->host = aisp_slice_to(c->host, aisp_slice_chr(c->host, '/'));
	return 0;
}

static int send_once(struct call *c, struct aisp_err *err)
{
	const struct aisp_http_request q = {.method = c->request.method, .url = c->url, .body = c->request.body, .sign = on_sign, .done = on_done, .ctx = c, .once = !c->op->reads};

	c->status = 0;
	c->skewed = false;
	c->why = (struct aisp_err){0};
	int r = aisp_http_add(c->account->http, &q, err);
	return r == 0 ? aisp_http_run(c->account->http, err) : r;
}

static int send_call(struct call *c, struct aisp_err *err)
{
	char text[128];
	int r = send_once(c, err);

	for (unsigned i = 0; r == 0 && i < THROTTLED_MAX && c->status >= 400; i++) {
		if (c->skewed)
			aisp_aws__provider_set_skew(c->provider, aisp_aws__provider_skew_us(c->provider) + c->skew);
		else if (c->status != 429 && !aisp_aws__is_throttle(aisp_aws__error_code(c->header, c->body, text)))
			break;
		else
			nanosleep(&(struct timespec){.tv_sec = 1 << i}, NULL);
		r = send_once(c, err);
	}
	return r;
}

/* The error's message, without what may be long. */
static struct aisp_slice message_of(struct aisp_slice body)
{
	size_t at = aisp_slice_find(body, AISP_S("<Message>"));
	struct aisp_slice m = at == SIZE_MAX ? (struct aisp_slice){0} : aisp_slice_from(body, at + 9);

	if (at != SIZE_MAX)
		return aisp_slice_to(aisp_slice_to(m, aisp_slice_chr(m, '<')), 300);
	at = aisp_slice_findi(body, AISP_S("\"message\""));
	if (at == SIZE_MAX)
		return m;
	m = aisp_slice_from(body, at + 9);
	m = aisp_slice_from(m, aisp_slice_chr(m, '"'));
	m = aisp_slice_from(m, 1);
	return aisp_slice_to(aisp_slice_to(m, aisp_slice_chr(m, '"')), 300);
}

static int refused(const struct call *c, struct aisp_slice account, struct aisp_err *err)
{
	static const char absent[] = "NoSuchEntity|NoSuchBucketPolicy|NoSuchBucket|NoSuchPublicAccessBlockConfiguration|ResourceNotFoundException|NotFoundException|NotFound|"
				     "InvalidPermission.NotFound|InvalidGroup.NotFound|InvalidSecurityGroupRuleId.NotFound|PolicyNotFoundException|AWS.SimpleQueueService.NonExistentQueue|QueueDoesNotExist";
	char text[128], shown[32];
	AISP_AUTOBUF struct aisp_buf said = {0};

	if (c->status == 0)
		return aisp_fail(err, c->why.code ? c->why.code : AISP_E_REMOTE, "%s in account %.*s: %s", c->op->name, AISP_FMT(account), c->why.msg);
	struct aisp_slice code = aisp_aws__error_code(c->header, c->body, text);
	if (!code.n) {
		snprintf(shown, sizeof shown, "status %ld", c->status);
		code = aisp_slice_z(shown);
	}
	aisp_buf_init(&said, 2048);
	aisp_buf_put_printable(&said, message_of(c->body));
	const enum aisp_code why = aisp_aws__is_denied(code, c->status) ? AISP_E_ACCESS : aisp_aws__has_word(absent, code) ? AISP_E_NOTFOUND
				   : aisp_aws__has_word("EntityAlreadyExists|DeleteConflict|ConcurrentModification|OperationAborted|ResourceConflictException|PreconditionFailedException", code)
				   ? AISP_E_CONFLICT : AISP_E_REMOTE;
	return aisp_fail(err, why, "%s in account %.*s: %.*s%s%.*s", c->op->name, AISP_FMT(account), AISP_FMT(code), said.n ? ": " : "", AISP_FMT(aisp_buf_slice(&said)));
}

/* The policy of a bucket is the answer itself. */
static int wrap_policy(struct aisp_arena *mem, struct aisp_slice body, const struct aisp_doc **ret, struct aisp_err *err)
{
	struct aisp_doc *d = aisp_arena_zalloc(mem, 1, sizeof *d);
	struct aisp_member *m = aisp_arena_zalloc(mem, 1, sizeof *m);

	if (!d || !m)
		return aisp_act__no_memory(err);
	if (!aisp_slice_is_utf8(body))
		return aisp_fail(err, AISP_E_PARSE, "the bucket's policy is not UTF-8");
	*m = (struct aisp_member){.key = AISP_S("Policy"), .line = 1, .value = {.type = AISP_DOC_STR, .line = 1, .s = body}};
	*d = (struct aisp_doc){.type = AISP_DOC_OBJ, .line = 1, .n = 1, .members = m};
	*ret = d;
	return 0;
}

static int read_answer(const struct call *c, const struct aisp_doc **ret, struct aisp_err *err)
{
	struct aisp_slice service = aisp_slice_to(aisp_slice_z(c->op->name), aisp_slice_chr(aisp_slice_z(c->op->name), ':'));
	const struct aisp_doc *d = NULL;
	struct aisp_doc *made = NULL;
	int r = 0;

	if (strcmp(c->op->name, "s3:GetBucketPolicy") == 0)
		return wrap_policy(c->mem, c->body, ret, err);
	const bool json = c->op->protocol == AISP_ACT_JSON || c->op->protocol == AISP_ACT_REST_JSON;
	const struct aisp_slice body = aisp_slice_trim(c->body);
	if (!body.n || (!json && !c->op->reads && body.p[0] != '<')) /* done; a word of the server beside it says nothing */
		return aisp_act__json(c->mem, AISP_S("{}"), ret, err);
	if (json) {
		r = aisp_act__json(c->mem, c->body, &d, err);
	} else {
		r = aisp_aws__xml_answer(c->mem, aisp_slice_eqz(service, "s3") ? AISP_S("s3api") : service, aisp_slice_z(c->op->command), c->body, &made, err);
		d = made;
	}
	return r == 0 ? aisp_act__plain_documents(c->mem, d, ret, err) : r;
}

int aisp_act_aws(struct aisp_act *a, struct aisp_slice account, struct aisp_slice region, struct aisp_slice operation, const struct aisp_doc *params, struct aisp_arena *mem,
		 const struct aisp_doc **ret_answer, struct aisp_err *err)
{
	struct call c = {.op = aisp_act__op_find(operation), .mem = mem};
	const struct aisp_doc *d = NULL;

	if (!c.op)
		return aisp_fail(err, AISP_E_USAGE, "aisp does not carry out the AWS operation '%.*s'", AISP_FMT(aisp_slice_to(operation, 80)));
	int r = c.op->reads ? 0 : aisp_act__is_dry(a, c.op->name, err);
	if (r == 0)
		r = find_account(a, account, &c, err);
	if (r == 0)
		r = prepare(&c, account.n ? account : c.account->id, region, params, err);
	if (r == 0)
		r = send_call(&c, err);
	if (r < 0)
		return r;
	if (c.status < 200 || c.status >= 300)
		return refused(&c, account, err);
	r = read_answer(&c, &d, err);
	if (r < 0)
		return aisp_wrap(err, r, "in the answer of %s", c.op->name);
	if (ret_answer)
		*ret_answer = d;
	return 0;
}
