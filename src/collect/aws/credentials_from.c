/* The sources of credentials that have to be asked: STS, Identity Center, container, instance, a program.
 *
 * Refusals become AISP_E_ACCESS with what to do; answers are read with bounds and wiped. Only the places named by the vendor are asked.
 */
#include "base/clock.h"
#include "base/fs.h"
#include "collect/aws/credentials_int.h"
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER_MAX = 1 << 20, TOKEN_MAX = 1 << 16, CACHE_FILES_MAX = 1000, PROCESS_MS = 30000 };
static const struct aisp_doc_limits small_doc = {.max_bytes = ANSWER_MAX, .max_depth = 16, .max_values = 10000};

/* ---- One request ---- */

struct asked {
	struct aisp_buf *out;
	long status;
	struct aisp_err why;
	int (*sign)(void *ctx, struct aisp_http_request *q, struct aisp_buf *headers, struct aisp_err *err);
	void *sign_ctx;
	struct aisp_http *http;
	char date[64];
};

static int on_done(void *ctx, long status, struct aisp_slice type, struct aisp_slice body, const struct aisp_err *why, struct aisp_err *err)
{
	struct asked *a = ctx;

	(void)type, (void)err;
	a->status = status;
	if (why)
		a->why = *why;
	snprintf(a->date, sizeof a->date, "%.*s", AISP_FMT(aisp_slice_to(aisp_http_header(a->http, "Date"), 60)));
	aisp_buf_put(a->out, body);
	return 0;
}

static int on_sign(void *ctx, struct aisp_http_request *q, struct aisp_buf *headers, struct aisp_err *err)
{
	struct asked *a = ctx;

	return a->sign ? a->sign(a->sign_ctx, q, headers, err) : 0;
}

static int ask(const struct aisp_aws__near_question *q, struct aisp_buf *out, long *ret_status, char ret_date[64], struct aisp_err *err)
{
	struct asked a = {.out = out, .sign = q->sign, .sign_ctx = q->sign_ctx, .http = q->http};
	const struct aisp_http_request r = {.method = q->method, .url = q->url, .body = q->body, .headers = q->headers, .sign = on_sign, .done = on_done, .ctx = &a};
	int bad = aisp_http_add(q->http, &r, err);

	if (bad == 0)
		bad = aisp_http_run(q->http, err);
	if (bad == 0 && a.status == 0)
		bad = aisp_fail(err, a.why.code ? a.why.code : AISP_E_REMOTE, "%s", a.why.msg);
	if (bad == 0)
		bad = aisp_buf_check(out, err);
	if (bad == 0)
		*ret_status = a.status;
	if (ret_date)
		memcpy(ret_date, a.date, sizeof a.date);
	return bad;
}

/* ---- Times and JSON ---- */

int64_t aisp_aws__time(struct aisp_slice iso)
{
	char z[32];
	int64_t us;
	size_t cut = 0;

	while (cut < iso.n && iso.p[cut] != '.' && iso.p[cut] != '+' && iso.p[cut] != 'Z')
		cut++;
	if (iso.n < 19 || cut != 19) /* "UTC" behind it is Identity Center's old way */
		return 0;
	snprintf(z, sizeof z, "%.*sZ", AISP_FMT(aisp_slice_to(iso, cut)));
	return aisp_clock_parse(z, &us) < 0 ? 0 : us;
}

int aisp_aws__credentials_of_json(struct aisp_slice json, struct aisp_slice from, struct aisp_aws_credentials *c, struct aisp_err *err)
{
	struct aisp_arena *a AISP_CLEANUP(aisp_arena_freep) = aisp_arena_new(ANSWER_MAX * 4);
	const struct aisp_doc *d = NULL;

	if (!a)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for AWS credentials");
	int r = aisp_json_parse(a, json, &small_doc, &d, err);
	if (r < 0)
		return aisp_fail(err, r == AISP_E_NOMEM ? AISP_E_NOMEM : AISP_E_ACCESS, "the AWS credentials from %.*s are not JSON", AISP_FMT(from)); /* the text may hold a secret */
	struct aisp_slice token = aisp_doc_getstr(d, "SessionToken").n ? aisp_doc_getstr(d, "SessionToken") : aisp_doc_getstr(d, "Token");
	struct aisp_slice ends = aisp_doc_getstr(d, "Expiration"), id = aisp_doc_getstr(d, "AccessKeyId"), key = aisp_doc_getstr(d, "SecretAccessKey");
	r = aisp_aws__credentials_set(c, id, key, token, ends.n ? aisp_aws__time(ends) : 0, from, err);
	if (key.n)
		explicit_bzero((char *)(uintptr_t)key.p, key.n);
	if (token.n)
		explicit_bzero((char *)(uintptr_t)token.p, token.n);
	return r;
}

/* ---- STS ---- */

struct sts {
	struct aisp_aws_provider *p;
	const struct aisp_aws_credentials *by;
	struct aisp_aws_endpoint e;
	struct aisp_slice host;
	struct aisp_slice body;
};

static int sign_sts(void *ctx, struct aisp_http_request *q, struct aisp_buf *headers, struct aisp_err *err)
{
	struct sts *s = ctx;
	static const struct aisp_slice type = {"content-type:application/x-www-form-urlencoded", 46};
	const struct aisp_aws_sign sign = {.method = AISP_S("POST"), .host = s->host, .path = AISP_S("/"), .body = q->body, .region = s->e.sign_region,
					   .service = s->e.sign_service, .headers = &type, .n_headers = 1, .credentials = s->by,
					   .now_us = aisp_clock_now_us() + aisp_aws__provider_skew_us(s->p)};

	return aisp_aws__sign(&sign, headers, err);
}

/* Host (and port) of a URL. */
static struct aisp_slice host_of(struct aisp_slice url)
{
	size_t at = aisp_slice_find(url, AISP_S("://"));

	url = aisp_slice_from(url, at == SIZE_MAX ? 0 : at + 3);
	return aisp_slice_to(url, aisp_slice_chr(url, '/'));
}

/* Reads {Credentials {…}} of the answer, or says why it was refused. *ret_skew: our clock was off and is corrected: ask again. */
static int read_sts(struct sts *s, struct aisp_slice body, long status, const char *date, struct aisp_slice what, struct aisp_slice role, struct aisp_aws_credentials *c, bool *ret_skew,
		    struct aisp_err *err)
{
	struct aisp_arena *a AISP_CLEANUP(aisp_arena_freep) = aisp_arena_new(ANSWER_MAX * 8);
	struct aisp_doc *d = NULL;
	int64_t skew;

	if (!a)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for AWS credentials");
	int r = aisp_aws__xml_answer(a, AISP_S("sts"), what, body, &d, err);
	if (r < 0)
		return aisp_fail(err, r == AISP_E_NOMEM ? AISP_E_NOMEM : AISP_E_REMOTE, "STS (%s) answered with status %ld and no XML", s->e.host, status);
	struct aisp_slice code = aisp_doc_str(aisp_doc_path(d, "Error.Code")), message = aisp_doc_str(aisp_doc_path(d, "Error.Message"));
	*ret_skew = status != 200 && aisp_aws__is_skew(code, aisp_slice_z(date), aisp_clock_now_us(), &skew);
	if (*ret_skew) {
		aisp_aws__provider_set_skew(s->p, skew);
		return aisp_fail(err, AISP_E_ACCESS, "the clock of this machine is off");
	}
	if (status != 200)
		return aisp_fail(err, AISP_E_ACCESS, "the role %.*s cannot be assumed: %.*s: %.*s", AISP_FMT(aisp_slice_to(role, 200)), AISP_FMT(aisp_slice_to(code, 60)),
				 AISP_FMT(aisp_slice_to(message, 300)));
	const struct aisp_doc *k = aisp_doc_get(d, "Credentials");
	struct aisp_slice from = aisp_arena_printf(s->p->arena, "role %.*s", AISP_FMT(aisp_slice_to(role, 200)));
	struct aisp_slice key = aisp_doc_getstr(k, "SecretAccessKey"), token = aisp_doc_getstr(k, "SessionToken");
	r = aisp_aws__credentials_set(c, aisp_doc_getstr(k, "AccessKeyId"), key, token, aisp_aws__time(aisp_doc_getstr(k, "Expiration")), from, err);
	if (key.n)
		explicit_bzero((char *)(uintptr_t)key.p, key.n);
	if (token.n)
		explicit_bzero((char *)(uintptr_t)token.p, token.n);
	return r;
}

static int ask_sts(struct sts *s, struct aisp_slice what, struct aisp_slice role, struct aisp_aws_credentials *c, struct aisp_err *err)
{
	static const char *const headers[] = {"Content-Type: application/x-www-form-urlencoded", NULL};
	AISP_AUTOBUF struct aisp_buf url = {0};
	long status = 0;
	char date[64] = "";
	bool again = true;

	int r = aisp_aws__endpoint(AISP_S("sts"), s->p->region, (struct aisp_slice){0}, false, &s->e, err);
	if (r < 0)
		return r;
	aisp_buf_init(&url, 8192);
	if (s->p->endpoint.n)
		aisp_buf_printf(&url, "%.*s/", AISP_FMT(s->p->endpoint));
	else
		aisp_buf_printf(&url, "https://%s/", s->e.host);
	s->host = host_of(aisp_buf_slice(&url));
	const struct aisp_aws__near_question q = {.http = s->p->http, .method = "POST", .url = aisp_buf_slice(&url), .body = s->body, .headers = headers, .sign = s->by ? sign_sts : NULL, .sign_ctx = s};
	for (int i = 0; i < 2 && again; i++) {
		AISP_CLEANUP(aisp_aws__wipe_buf) struct aisp_buf out = {0};
		aisp_buf_init(&out, ANSWER_MAX);
		again = false;
		r = ask(&q, &out, &status, date, err);
		if (r == 0)
			r = read_sts(s, aisp_buf_slice(&out), status, date, what, role, c, &again, err);
	}
	return r;
}

static void put_param(struct aisp_buf *b, const char *name, struct aisp_slice value)
{
	aisp_buf_printf(b, "&%s=", name);
	aisp_aws__encode(b, value, false);
}

int aisp_aws__from_role(struct aisp_aws_provider *p, const struct aisp_aws_credentials *by, struct aisp_slice role, struct aisp_slice external_id, struct aisp_slice session,
			struct aisp_aws_credentials *c, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf body = {0};

	aisp_buf_init(&body, 65536);
	aisp_buf_putz(&body, "Action=AssumeRole&Version=2011-06-15");
	put_param(&body, "RoleArn", role);
	put_param(&body, "RoleSessionName", session.n ? session : AISP_S("aisp"));
	if (external_id.n)
		put_param(&body, "ExternalId", external_id);
	struct sts s = {.p = p, .by = by, .body = aisp_buf_slice(&body)};
	int r = aisp_buf_check(&body, err);
	return r < 0 ? r : ask_sts(&s, AISP_S("assume-role"), role, c, err);
}

int aisp_aws__from_web_identity(struct aisp_aws_provider *p, struct aisp_slice file, struct aisp_slice role, struct aisp_slice session, struct aisp_aws_credentials *c,
				struct aisp_err *err)
{
	AISP_CLEANUP(aisp_aws__wipe_buf) struct aisp_buf body = {0}, token = {0};
	struct aisp_slice path = aisp_arena_dup(p->arena, file);

	if (!path.p)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for AWS credentials");
	aisp_buf_init(&token, TOKEN_MAX);
	aisp_buf_init(&body, TOKEN_MAX * 4);
	int r = aisp_fs_read(AT_FDCWD, path.p, false, TOKEN_MAX, &token, err);
	if (r < 0)
		return aisp_wrap(err, r, "while reading the web identity's token");
	aisp_buf_putz(&body, "Action=AssumeRoleWithWebIdentity&Version=2011-06-15");
	put_param(&body, "RoleArn", role);
	put_param(&body, "RoleSessionName", session.n ? session : AISP_S("aisp"));
	put_param(&body, "WebIdentityToken", aisp_slice_trim(aisp_buf_slice(&token)));
	struct sts s = {.p = p, .body = aisp_buf_slice(&body)};
	r = aisp_buf_check(&body, err);
	return r < 0 ? r : ask_sts(&s, AISP_S("assume-role-with-web-identity"), role, c, err);
}

/* ---- Identity Center: the token that `aws sso login` left ---- */

struct sso_token {
	struct aisp_secret value;
	int64_t expires_us;
	char region[64];
};

static void sso_token_done(struct sso_token *t)
{
	if (t->value.p)
		aisp_secret_done(&t->value);
}

/* One file of ~/.aws/sso/cache. The newest token of the start URL wins. What is no token is passed over. */
static int read_sso_file(int dir, const char *name, struct aisp_slice start_url, struct sso_token *best, struct aisp_err *err)
{
	AISP_CLEANUP(aisp_aws__wipe_buf) struct aisp_buf text = {0};
	struct aisp_arena *a AISP_CLEANUP(aisp_arena_freep) = aisp_arena_new(ANSWER_MAX * 4);
	const struct aisp_doc *d = NULL;

	if (!a)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for AWS credentials");
	aisp_buf_init(&text, ANSWER_MAX);
	if (aisp_fs_read(dir, name, true, ANSWER_MAX, &text, NULL) < 0 || aisp_json_parse(a, aisp_buf_slice(&text), &small_doc, &d, NULL) < 0)
		return 0;
	struct aisp_slice token = aisp_doc_getstr(d, "accessToken"), url = aisp_doc_getstr(d, "startUrl"), region = aisp_doc_getstr(d, "region");
	int64_t ends = aisp_aws__time(aisp_doc_getstr(d, "expiresAt"));
	int r = 0;
	while (url.n && url.p[url.n - 1] == '/')
		url.n--;
	if (token.n && aisp_slice_eq(url, start_url) && (!best->value.p || ends > best->expires_us)) {
		sso_token_done(best);
		best->value = (struct aisp_secret){0};
		r = aisp_secret_init(&best->value, token, err);
		best->expires_us = ends;
		snprintf(best->region, sizeof best->region, "%.*s", AISP_FMT(aisp_slice_to(region, 60)));
	}
	if (token.n)
		explicit_bzero((char *)(uintptr_t)token.p, token.n);
	return r;
}

static int find_sso_token(struct aisp_aws_provider *p, struct aisp_slice start_url, struct sso_token *best, struct aisp_err *err)
{
	const char *home = aisp_aws__env("HOME");
	struct aisp_slice path = aisp_arena_printf(p->arena, "%s/.aws/sso/cache", home ? home : "");
	DIR *dir = path.p && home ? opendir(path.p) : NULL;
	struct dirent *e;
	int r = 0;

	for (int n = 0; dir && r == 0 && n < CACHE_FILES_MAX && (e = readdir(dir)) != NULL; n++)
		if (aisp_slice_ends(aisp_slice_z(e->d_name), AISP_S(".json")))
			r = read_sso_file(dirfd(dir), e->d_name, start_url, best, err);
	if (dir)
		closedir(dir);
	return r;
}

static int ask_sso(struct aisp_aws_provider *p, const struct sso_token *t, struct aisp_slice region, struct aisp_slice account, struct aisp_slice role, struct aisp_aws_credentials *c,
		   struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf url = {0};
	AISP_CLEANUP(aisp_aws__wipe_buf) struct aisp_buf header = {0}, out = {0};
	struct aisp_arena *a AISP_CLEANUP(aisp_arena_freep) = aisp_arena_new(ANSWER_MAX * 4);
	const struct aisp_doc *d = NULL;
	long status = 0;

	if (!a)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for AWS credentials");
	aisp_buf_init(&url, 8192);
	aisp_buf_init(&header, TOKEN_MAX);
	aisp_buf_init(&out, ANSWER_MAX);
	if (p->endpoint.n)
		aisp_buf_printf(&url, "%.*s", AISP_FMT(p->endpoint));
	else
		aisp_buf_printf(&url, "https://portal.sso.%.*s.%s", AISP_FMT(region), aisp_slice_starts(region, AISP_S("cn-")) ? "amazonaws.com.cn" : "amazonaws.com");
	aisp_buf_putz(&url, "/federation/credentials?role_name=");
	aisp_aws__encode(&url, role, false);
	put_param(&url, "account_id", account);
	if (aisp_buf_room(&header, t->value.n + 64)) {
		aisp_buf_putz(&header, "x-amz-sso_bearer_token: ");
		aisp_buf_put(&header, aisp_slice_of(t->value.p, t->value.n));
		aisp_buf_putc(&header, '\0');
	}
	int r = aisp_buf_check(&header, err);
	const char *const headers[] = {header.p, NULL};
	const struct aisp_aws__near_question q = {.http = p->http, .method = "GET", .url = aisp_buf_slice(&url), .headers = headers};
	if (r == 0)
		r = ask(&q, &out, &status, NULL, err);
	if (r == 0 && status != 200)
		r = aisp_fail(err, AISP_E_ACCESS, "Identity Center refused credentials for the role '%.*s' in %.*s (status %ld); is the session still good? (aws sso login)", AISP_FMT(role),
			      AISP_FMT(account), status);
	if (r == 0)
		r = aisp_json_parse(a, aisp_buf_slice(&out), &small_doc, &d, NULL) < 0 ? aisp_fail(err, AISP_E_REMOTE, "Identity Center's answer is not JSON") : 0;
	if (r < 0)
		return r;
	const struct aisp_doc *k = aisp_doc_get(d, "roleCredentials");
	struct aisp_slice key = aisp_doc_getstr(k, "secretAccessKey"), token = aisp_doc_getstr(k, "sessionToken");
	int64_t ends_ms = aisp_doc_int(aisp_doc_get(k, "expiration"), 0);
	r = aisp_aws__credentials_set(c, aisp_doc_getstr(k, "accessKeyId"), key, token, ends_ms > 0 && ends_ms < INT64_MAX / 1000 ? ends_ms * 1000 : 0, AISP_S("Identity Center"), err);
	if (key.n)
		explicit_bzero((char *)(uintptr_t)key.p, key.n);
	if (token.n)
		explicit_bzero((char *)(uintptr_t)token.p, token.n);
	return r;
}

int aisp_aws__from_sso(struct aisp_aws_provider *p, struct aisp_slice profile, struct aisp_aws_credentials *c, struct aisp_err *err)
{
	struct aisp_slice session = aisp_aws__profile_get(&p->profiles, "profile", profile, "sso_session");
	const char *kind = session.n ? "sso-session" : "profile";
	struct aisp_slice section = session.n ? session : profile, url = aisp_aws__profile_get(&p->profiles, kind, section, "sso_start_url");
	struct aisp_slice region = aisp_aws__profile_get(&p->profiles, kind, section, "sso_region");
	struct aisp_slice account = aisp_aws__profile_get(&p->profiles, "profile", profile, "sso_account_id");
	struct aisp_slice role = aisp_aws__profile_get(&p->profiles, "profile", profile, "sso_role_name");
	AISP_CLEANUP(sso_token_done) struct sso_token token = {0};

	if (!url.n || !account.n || !role.n)
		return aisp_fail(err, AISP_E_USAGE, "the AWS profile '%.*s' is one of Identity Center and lacks one of sso_start_url (or its sso-session), sso_account_id, sso_role_name",
				 AISP_FMT(profile));
	while (url.n && url.p[url.n - 1] == '/')
		url.n--;
	int r = find_sso_token(p, url, &token, err);
	if (r < 0)
		return r;
	if (!token.value.p || token.expires_us < aisp_clock_now_us() + p->skew_us)
		return aisp_fail(err, AISP_E_ACCESS, "the Identity Center session of the AWS profile '%.*s' %s; sign in with: aws sso login --profile %.*s", AISP_FMT(profile),
				 token.value.p ? "has ended" : "does not exist", AISP_FMT(profile));
	if (!region.n)
		region = aisp_slice_z(token.region);
	if (!aisp_aws__is_region(region))
		return aisp_fail(err, AISP_E_USAGE, "the AWS profile '%.*s' has no sso_region that is one", AISP_FMT(profile));
	return ask_sso(p, &token, region, account, role, c, err);
}

/* ---- Container and instance ---- */

static int ask_near(struct aisp_aws_provider *p, const char *method, struct aisp_slice url, const char *header, struct aisp_buf *out, long *ret_status, struct aisp_err *err)
{
	const char *const headers[] = {header, NULL};
	int r = aisp_aws__near(p, err);
	const struct aisp_aws__near_question q = {.http = p->near, .method = method, .url = url, .headers = headers};

	return r < 0 ? r : ask(&q, out, ret_status, NULL, err);
}

/* Where a token may go: this machine, the agents' link-local addresses, or anywhere by https. */
static bool may_ask_container(struct aisp_slice url)
{
	struct aisp_slice host = host_of(url);
	struct in_addr v4;
	char z[64];

	if (aisp_slice_starts(url, AISP_S("https://")))
		return true;
	if (!aisp_slice_starts(url, AISP_S("http://")))
		return false;
	if (host.n && host.p[0] == '[')
		host = aisp_slice_to(host, aisp_slice_chr(host, ']') + 1);
	else
		host = aisp_slice_to(host, aisp_slice_chr(host, ':'));
	snprintf(z, sizeof z, "%.*s", AISP_FMT(aisp_slice_to(host, 60)));
	return strcmp(z, "localhost") == 0 || strcmp(z, "[::1]") == 0 || strcmp(z, "169.254.170.2") == 0 || strcmp(z, "169.254.170.23") == 0 || strcmp(z, "[fd00:ec2::23]") == 0 ||
	       (inet_pton(AF_INET, z, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127);
}

int aisp_aws__from_container(struct aisp_aws_provider *p, struct aisp_aws_credentials *c, struct aisp_err *err)
{
	const char *relative = aisp_aws__env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"), *full = aisp_aws__env("AWS_CONTAINER_CREDENTIALS_FULL_URI");
	const char *token = aisp_aws__env("AWS_CONTAINER_AUTHORIZATION_TOKEN"), *file = aisp_aws__env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
	AISP_AUTOBUF struct aisp_buf url = {0};
	AISP_CLEANUP(aisp_aws__wipe_buf) struct aisp_buf header = {0}, text = {0}, out = {0};
	long status = 0;
	int r = 0;

	if (!relative && !full)
		return AISP_E_NOTFOUND;
	aisp_buf_init(&url, 8192);
	aisp_buf_init(&header, TOKEN_MAX * 2);
	aisp_buf_init(&text, TOKEN_MAX);
	aisp_buf_init(&out, ANSWER_MAX);
	aisp_buf_putz(&url, relative ? "http://169.254.170.2" : "");
	aisp_buf_putz(&url, relative ? relative : full);
	if (!may_ask_container(aisp_buf_slice(&url)))
		return aisp_fail(err, AISP_E_USAGE, "AWS_CONTAINER_CREDENTIALS_FULL_URI leads neither to this machine nor by https anywhere; it is not asked");
	if (file) /* read anew each time: it changes */
		r = aisp_fs_read(AT_FDCWD, file, false, TOKEN_MAX, &text, err);
	if (r < 0)
		return aisp_wrap(err, r, "while reading AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
	if (aisp_buf_room(&header, TOKEN_MAX + 32)) {
		aisp_buf_putz(&header, "Authorization: ");
		aisp_buf_put(&header, file ? aisp_slice_trim(aisp_buf_slice(&text)) : aisp_slice_z(token));
	}
	r = ask_near(p, "GET", aisp_buf_slice(&url), file || token ? header.p : NULL, &out, &status, err);
	if (r == 0 && status != 200)
		r = aisp_fail(err, AISP_E_ACCESS, "the container's agent refused credentials (status %ld)", status);
	return r < 0 ? r : aisp_aws__credentials_of_json(aisp_buf_slice(&out), AISP_S("the container"), c, err);
}

int aisp_aws__from_instance(struct aisp_aws_provider *p, struct aisp_aws_credentials *c, struct aisp_err *err)
{
	const char *off = aisp_aws__env("AWS_EC2_METADATA_DISABLED"), *other = aisp_aws__env("AWS_EC2_METADATA_SERVICE_ENDPOINT");
	struct aisp_slice base = aisp_slice_z(other ? other : "http://169.254.169.254");
	AISP_CLEANUP(aisp_aws__wipe_buf) struct aisp_buf token = {0}, header = {0}, out = {0}, role = {0};
	AISP_AUTOBUF struct aisp_buf url = {0};
	long status = 0;

	if (off && strcasecmp(off, "true") == 0)
		return AISP_E_NOTFOUND;
	while (base.n && base.p[base.n - 1] == '/')
		base.n--;
	aisp_buf_init(&token, TOKEN_MAX);
	aisp_buf_init(&header, TOKEN_MAX + 64);
	aisp_buf_init(&out, ANSWER_MAX);
	aisp_buf_init(&role, TOKEN_MAX);
	aisp_buf_init(&url, 8192);
	aisp_buf_printf(&url, "%.*s/latest/api/token", AISP_FMT(base));
	/* nobody there: this is no instance. The old way without a token is not tried: it may be answered by anybody who forwards requests */
	if (ask_near(p, "PUT", aisp_buf_slice(&url), "X-aws-ec2-metadata-token-ttl-seconds: 21600", &token, &status, NULL) < 0 || status != 200)
		return AISP_E_NOTFOUND;
	aisp_buf_printf(&header, "X-aws-ec2-metadata-token: %.*s", AISP_FMT(aisp_slice_trim(aisp_buf_slice(&token))));
	aisp_buf_clear(&url);
	aisp_buf_printf(&url, "%.*s/latest/meta-data/iam/security-credentials/", AISP_FMT(base));
	int r = ask_near(p, "GET", aisp_buf_slice(&url), header.p, &role, &status, err);
	if (r == 0 && status == 404)
		return AISP_E_NOTFOUND; /* an instance without a profile */
	if (r == 0 && status != 200)
		r = aisp_fail(err, AISP_E_ACCESS, "the instance's metadata service refused to name a role (status %ld)", status);
	if (r == 0) {
		struct aisp_slice name = aisp_buf_slice(&role);
		aisp_aws__encode(&url, aisp_slice_trim(aisp_slice_to(name, aisp_slice_chr(name, '\n'))), false);
		r = ask_near(p, "GET", aisp_buf_slice(&url), header.p, &out, &status, err);
	}
	if (r == 0 && status != 200)
		r = aisp_fail(err, AISP_E_ACCESS, "the instance's metadata service refused credentials (status %ld)", status);
	return r < 0 ? r : aisp_aws__credentials_of_json(aisp_buf_slice(&out), AISP_S("the instance"), c, err);
}

/* ---- credential_process ---- */

static int read_pipe(int fd, struct aisp_buf *out, uint64_t deadline_ns)
{
	char chunk[4096];

	for (;;) {
		uint64_t now = aisp_clock_mono_ns();
		struct pollfd w = {.fd = fd, .events = POLLIN};
		if (now >= deadline_ns || poll(&w, 1, (int)((deadline_ns - now) / 1000000) + 1) <= 0)
			return AISP_E_TIMEOUT;
		ssize_t n = read(fd, chunk, sizeof chunk);
		if (n > 0)
			aisp_buf_put(out, aisp_slice_of(chunk, (size_t)n));
		explicit_bzero(chunk, sizeof chunk);
		if (n <= 0 || out->bad)
			return n < 0 ? AISP_E_IO : 0;
	}
}

int aisp_aws__from_process(struct aisp_aws_provider *p, struct aisp_slice command, struct aisp_aws_credentials *c, struct aisp_err *err)
{
	AISP_CLEANUP(aisp_aws__wipe_buf) struct aisp_buf out = {0};
	struct aisp_slice z = aisp_arena_dup(p->arena, command);
	char *argv[] = {(char[]){"sh"}, (char[]){"-c"}, (char *)(uintptr_t)z.p, NULL};
	posix_spawn_file_actions_t fa;
	int fd[2], status = 0;
	pid_t pid;

	aisp_buf_init(&out, TOKEN_MAX * 2);
	if (!z.p || !aisp_buf_room(&out, TOKEN_MAX) || pipe2(fd, O_CLOEXEC) < 0)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for credential_process");
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_adddup2(&fa, fd[1], 1);
	posix_spawn_file_actions_addopen(&fa, 0, "/dev/null", O_RDONLY, 0);
	int bad = posix_spawn(&pid, "/bin/sh", &fa, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&fa);
	close(fd[1]);
	int r = bad ? AISP_E_IO : read_pipe(fd[0], &out, aisp_clock_mono_ns() + PROCESS_MS * UINT64_C(1000000));
	close(fd[0]);
	if (!bad && r < 0)
		kill(pid, SIGKILL);
	if (!bad)
		waitpid(pid, &status, 0);
	if (r < 0 || status != 0 || out.bad)
		return aisp_fail(err, r == AISP_E_TIMEOUT ? AISP_E_TIMEOUT : AISP_E_ACCESS, "credential_process %s", r == AISP_E_TIMEOUT ? "did not end in 30 s" : "failed");
	return aisp_aws__credentials_of_json(aisp_buf_slice(&out), AISP_S("credential_process"), c, err);
}

/* ---- A clock that is off ---- */

bool aisp_aws__is_skew(struct aisp_slice code, struct aisp_slice date, int64_t now_us, int64_t *ret_skew_us)
{
	static const char *const codes[] = {"RequestTimeTooSkewed", "InvalidSignatureException", "SignatureDoesNotMatch", "RequestExpired", "RequestInTheFuture", "AuthFailure"};
	struct tm tm = {0};
	char z[64];
	bool named = false;

	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		named = named || aisp_slice_eqz(code, codes[i]);
	snprintf(z, sizeof z, "%.*s", AISP_FMT(aisp_slice_to(date, 60)));
	if (!named || !strptime(z, "%a, %d %b %Y %H:%M:%S GMT", &tm))
		return false;
	int64_t skew = (int64_t)timegm(&tm) * 1000000 - now_us;
	if (skew > -INT64_C(240000000) && skew < INT64_C(240000000)) /* within four minutes it is not the clock */
		return false;
	*ret_skew_us = skew;
	return true;
}
