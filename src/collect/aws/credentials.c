/* Where credentials come from: the default chain of the vendor's tools (https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html).
 *
 *   aws:PROFILE  the profile only: role (by source_profile or credential_source), web identity, SSO, keys, credential_process by choice
 *   aws:         environment ▶ profile of AWS_PROFILE or "default" ▶ web identity ▶ container ▶ instance (IMDSv2)
 *
 * credential_process is run only when the target says so: a file of a user's folder shall not make a scan run programs. Nothing here writes anything.
 */
#include "collect/aws/credentials_int.h"
#include "base/clock.h"
#include "base/fs.h"
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

enum { FILE_MAX = 4 << 20, RENEW_S = 300, ROLE_DEPTH = 5 };

const char *aisp_aws__env(const char *name)
{
	const char *v = getenv(name);

	return v && *v ? v : NULL;
}

void aisp_aws__wipe_buf(struct aisp_buf *b)
{
	if (b->p)
		sodium_memzero(b->p, b->cap);
	aisp_buf_done(b);
}

static int new_secret(struct aisp_slice text, struct aisp_secret **ret, struct aisp_err *err)
{
	struct aisp_secret *s = aisp_mem_zalloc(1, sizeof *s);
	int r = s ? aisp_secret_init(s, text, err) : aisp_fail(err, AISP_E_NOMEM, "out of memory for a secret");

	if (r < 0)
		aisp_mem_free(s);
	else
		*ret = s;
	return r;
}

static void free_secret(struct aisp_secret *s)
{
	if (s)
		aisp_secret_done(s);
	aisp_mem_free(s);
}

void aisp_aws__credentials_done(struct aisp_aws_credentials *c)
{
	free_secret(c->id);
	free_secret(c->key);
	free_secret(c->token);
	*c = (struct aisp_aws_credentials){0};
}

/* Of what a header may hold; a key with a line break would be another header. */
static bool is_plain(struct aisp_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return false;
	return s.n < 16384;
}

int aisp_aws__credentials_set(struct aisp_aws_credentials *c, struct aisp_slice id, struct aisp_slice key, struct aisp_slice token, int64_t expires_us, struct aisp_slice from,
			      struct aisp_err *err)
{
	struct aisp_aws_credentials n = {.expires_us = expires_us, .from = from};

	if (!id.n || !key.n || !is_plain(id) || !is_plain(key) || !is_plain(token))
		return aisp_fail(err, AISP_E_ACCESS, "the AWS credentials from %.*s are incomplete or hold bytes that no key has", AISP_FMT(from));
	int r = new_secret(id, &n.id, err);
	if (r == 0)
		r = new_secret(key, &n.key, err);
	if (r == 0 && token.n)
		r = new_secret(token, &n.token, err);
	if (r < 0) {
		aisp_aws__credentials_done(&n);
		return r;
	}
	aisp_aws__credentials_done(c);
	*c = n;
	return 0;
}

/* ---- Files ---- */

static int read_file(struct aisp_aws_provider *p, size_t which, const char *variable, const char *name, struct aisp_err *err)
{
	AISP_CLEANUP(aisp_aws__wipe_buf) struct aisp_buf text = {0};
	const char *home = aisp_aws__env("HOME"), *path = aisp_aws__env(variable);
	struct aisp_slice own = path ? aisp_slice_z(path) : home ? aisp_arena_printf(p->arena, "%s/.aws/%s", home, name) : (struct aisp_slice){0};

	if (own.n == 0)
		return 0;
	aisp_buf_init(&text, FILE_MAX);
	int r = aisp_fs_read(AT_FDCWD, own.p, false, FILE_MAX, &text, err);
	if (r == AISP_E_NOTFOUND)
		return 0;
	if (r == 0 && text.n)
		r = aisp_secret_init(&p->files[which], aisp_buf_slice(&text), err);
	if (r == 0 && text.n)
		r = aisp_aws__profiles_parse(aisp_slice_of(p->files[which].p, p->files[which].n), which == 1, &p->profiles, err);
	return r < 0 ? aisp_wrap(err, r, "while reading %s", own.p) : 0;
}

static struct aisp_slice setting(const struct aisp_aws_provider *p, struct aisp_slice profile, const char *key)
{
	return aisp_aws__profile_get(&p->profiles, "profile", profile, key);
}

/* Region, endpoint and authorities: target, environment, profile. */
static int read_settings(struct aisp_aws_provider *p, struct aisp_err *err)
{
	const char *region = aisp_aws__env("AWS_REGION") ? aisp_aws__env("AWS_REGION") : aisp_aws__env("AWS_DEFAULT_REGION");
	const char *endpoint = aisp_aws__env("AWS_ENDPOINT_URL"), *ignore = aisp_aws__env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), *ca = aisp_aws__env("AWS_CA_BUNDLE");
	struct aisp_slice said = setting(p, p->profile, "region");

	p->region = p->target->n_regions ? p->target->regions[0] : region ? aisp_slice_z(region) : said.n ? said : AISP_S("us-east-1");
	p->endpoint = p->target->endpoint;
	if (!p->endpoint.n && !(ignore && strcmp(ignore, "true") == 0))
		p->endpoint = endpoint ? aisp_slice_z(endpoint) : setting(p, p->profile, "endpoint_url");
	while (p->endpoint.n && p->endpoint.p[p->endpoint.n - 1] == '/')
		p->endpoint.n--;
	p->region = aisp_arena_dup(p->arena, p->region);
	p->endpoint = aisp_arena_dup(p->arena, p->endpoint);
	struct aisp_slice ca_file = ca ? aisp_slice_z(ca) : setting(p, p->profile, "ca_bundle");
	if (ca_file.n && (ca_file = aisp_arena_dup(p->arena, ca_file)).p)
		p->ca = (char *)(uintptr_t)ca_file.p;
	if (!p->region.p || !p->endpoint.p)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for AWS settings");
	if (!aisp_aws__is_region(p->region))
		return aisp_fail(err, AISP_E_USAGE, "'%.*s' is no AWS region; set AWS_REGION or region= of the target", AISP_FMT(aisp_slice_to(p->region, 60)));
	return 0;
}

static int make_pools(struct aisp_aws_provider *p, struct aisp_err *err)
{
	const struct aisp_http_options o = {.ca_file = p->ca, .proxy = aisp_aws__env("HTTPS_PROXY") ? aisp_aws__env("HTTPS_PROXY") : aisp_aws__env("https_proxy"), .max_parallel = 2,
					    .timeout_ms = 20000, .max_answer = 1 << 20, .max_retries = 3, .deadline_ns = p->deadline_ns, .allow_http = p->endpoint.n > 0};

	return aisp_http_new(&o, &p->http, err);
}

int aisp_aws__near(struct aisp_aws_provider *p, struct aisp_err *err)
{
	/* http to a link-local address: the machine's own service, which has no certificate */
	const struct aisp_http_options o = {.max_parallel = 1, .timeout_ms = 1000, .max_answer = 1 << 20, .max_retries = 1, .deadline_ns = p->deadline_ns, .allow_http = true};

	return p->near ? 0 : aisp_http_new(&o, &p->near, err);
}

int aisp_aws__provider_new(const struct aisp_aws_target *t, uint64_t deadline_ns, struct aisp_aws_provider **ret, struct aisp_err *err)
{
	struct aisp_aws_provider *p = aisp_mem_zalloc(1, sizeof *p);
	const char *named = aisp_aws__env("AWS_PROFILE") ? aisp_aws__env("AWS_PROFILE") : aisp_aws__env("AWS_DEFAULT_PROFILE");

	if (p)
		p->arena = aisp_arena_new(16u << 20);
	if (!p || !p->arena) {
		aisp_mem_free(p);
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for AWS credentials");
	}
	p->target = t;
	p->deadline_ns = deadline_ns;
	int r = read_file(p, 0, "AWS_CONFIG_FILE", "config", err);
	if (r == 0)
		r = read_file(p, 1, "AWS_SHARED_CREDENTIALS_FILE", "credentials", err);
	p->profile = t->profile.n ? t->profile : named ? aisp_slice_z(named) : AISP_S("default");
	p->profile_asked = t->profile.n || named;
	if (r == 0 && p->profile_asked && !aisp_aws__profile_is(&p->profiles, "profile", p->profile))
		r = aisp_fail(err, AISP_E_USAGE, "the AWS profile '%.*s' is neither in ~/.aws/config nor in ~/.aws/credentials", AISP_FMT(aisp_slice_to(p->profile, 100)));
	if (r == 0)
		r = read_settings(p, err);
	if (r == 0)
		r = make_pools(p, err);
	if (r < 0)
		aisp_aws__provider_free(p);
	else
		*ret = p;
	return r;
}

int aisp_aws__provider_assume(struct aisp_aws_provider *by, struct aisp_slice role, struct aisp_slice external_id, struct aisp_aws_provider **ret, struct aisp_err *err)
{
	struct aisp_aws_provider *p = aisp_mem_zalloc(1, sizeof *p);

	if (p)
		p->arena = aisp_arena_new(1u << 20);
	if (!p || !p->arena) {
		aisp_mem_free(p);
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for AWS credentials");
	}
	p->by = by;
	p->target = by->target;
	p->region = aisp_arena_dup(p->arena, by->region);
	p->endpoint = aisp_arena_dup(p->arena, by->endpoint);
	p->role = aisp_arena_dup(p->arena, role);
	p->external_id = aisp_arena_dup(p->arena, external_id);
	p->deadline_ns = by->deadline_ns;
	p->ca = by->ca;
	int r = p->region.p && p->endpoint.p && p->role.p && p->external_id.p ? make_pools(p, err) : aisp_fail(err, AISP_E_NOMEM, "out of memory for AWS credentials");
	if (r < 0)
		aisp_aws__provider_free(p);
	else
		*ret = p;
	return r;
}

void aisp_aws__provider_free(struct aisp_aws_provider *p)
{
	if (!p)
		return;
	aisp_aws__credentials_done(&p->now);
	aisp_http_free(p->http);
	aisp_http_free(p->near);
	aisp_vec_done(&p->profiles.all);
	for (size_t i = 0; i < 2; i++)
		if (p->files[i].p)
			aisp_secret_done(&p->files[i]);
	aisp_arena_free(p->arena);
	aisp_mem_free(p);
}

void aisp_aws__provider_freep(struct aisp_aws_provider **p)
{
	aisp_aws__provider_free(*p);
	*p = NULL;
}

struct aisp_slice aisp_aws__provider_region(const struct aisp_aws_provider *p)
{
	return p->region;
}

struct aisp_slice aisp_aws__provider_endpoint(const struct aisp_aws_provider *p)
{
	return p->endpoint;
}

const char *aisp_aws__provider_ca(const struct aisp_aws_provider *p)
{
	return p->ca;
}

int64_t aisp_aws__provider_skew_us(const struct aisp_aws_provider *p)
{
	return p->by ? aisp_aws__provider_skew_us(p->by) : p->skew_us;
}

void aisp_aws__provider_set_skew(struct aisp_aws_provider *p, int64_t us)
{
	(p->by ? p->by : p)->skew_us = us;
}

/* "arn:aws:iam::123456789012:role/x": the account. */
static struct aisp_slice account_of(struct aisp_slice arn)
{
	struct aisp_slice part = {0};

	for (int i = 0; i < 5; i++)
		if (!aisp_slice_split(&arn, ':', &part))
			return (struct aisp_slice){0};
	return part.n == 12 ? part : (struct aisp_slice){0};
}

struct aisp_slice aisp_aws__provider_account(const struct aisp_aws_provider *p)
{
	const struct aisp_aws_target *t = p->target;
	bool environment = !t->profile.n && aisp_aws__env("AWS_ACCESS_KEY_ID");
	struct aisp_slice role, sso;

	if (t->role.n && !t->n_accounts)
		return account_of(t->role);
	if (environment)
		return (struct aisp_slice){0};
	role = setting(p, p->profile, "role_arn");
	sso = setting(p, p->profile, "sso_account_id");
	return role.n ? account_of(role) : sso.n == 12 ? sso : (struct aisp_slice){0};
}

/* ---- The chain ---- */

static int from_environment(struct aisp_aws_credentials *c, struct aisp_err *err)
{
	const char *id = aisp_aws__env("AWS_ACCESS_KEY_ID"), *key = aisp_aws__env("AWS_SECRET_ACCESS_KEY"), *token = aisp_aws__env("AWS_SESSION_TOKEN");

	if (!id)
		return AISP_E_NOTFOUND;
	if (!key)
		return aisp_fail(err, AISP_E_USAGE, "AWS_ACCESS_KEY_ID is set, but not AWS_SECRET_ACCESS_KEY");
	return aisp_aws__credentials_set(c, aisp_slice_z(id), aisp_slice_z(key), aisp_slice_z(token), 0, AISP_S("environment"), err);
}

static int from_machine(struct aisp_aws_provider *p, struct aisp_aws_credentials *c, struct aisp_err *err)
{
	int r = aisp_aws__from_container(p, c, err);

	return r == AISP_E_NOTFOUND ? aisp_aws__from_instance(p, c, err) : r;
}

static int from_web_environment(struct aisp_aws_provider *p, struct aisp_aws_credentials *c, struct aisp_err *err)
{
	const char *file = aisp_aws__env("AWS_WEB_IDENTITY_TOKEN_FILE"), *role = aisp_aws__env("AWS_ROLE_ARN"), *session = aisp_aws__env("AWS_ROLE_SESSION_NAME");

	if (!file)
		return AISP_E_NOTFOUND;
	if (!role)
		return aisp_fail(err, AISP_E_USAGE, "AWS_WEB_IDENTITY_TOKEN_FILE is set, but not AWS_ROLE_ARN");
	return aisp_aws__from_web_identity(p, aisp_slice_z(file), aisp_slice_z(role), aisp_slice_z(session), c, err);
}

static int from_profile(struct aisp_aws_provider *p, struct aisp_slice profile, unsigned depth, struct aisp_aws_credentials *c, struct aisp_err *err);

static int from_source(struct aisp_aws_provider *p, struct aisp_slice source, struct aisp_aws_credentials *c, struct aisp_err *err)
{
	int r = aisp_slice_eqz(source, "Environment")           ? from_environment(c, err)
		: aisp_slice_eqz(source, "EcsContainer")        ? aisp_aws__from_container(p, c, err)
		: aisp_slice_eqz(source, "Ec2InstanceMetadata") ? aisp_aws__from_instance(p, c, err)
								: aisp_fail(err, AISP_E_USAGE, "credential_source '%.*s' is none of Environment, EcsContainer, Ec2InstanceMetadata",
									    AISP_FMT(aisp_slice_to(source, 60)));

	return r == AISP_E_NOTFOUND ? aisp_fail(err, AISP_E_ACCESS, "credential_source %.*s gives no credentials here", AISP_FMT(source)) : r;
}

static int from_profile_role(struct aisp_aws_provider *p, struct aisp_slice profile, struct aisp_slice role, unsigned depth, struct aisp_aws_credentials *c, struct aisp_err *err)
{
	struct aisp_slice source = setting(p, profile, "source_profile"), way = setting(p, profile, "credential_source"), web = setting(p, profile, "web_identity_token_file");
	struct aisp_slice session = setting(p, profile, "role_session_name");
	AISP_CLEANUP(aisp_aws__credentials_done) struct aisp_aws_credentials by = {0};
	int r;

	if (web.n)
		return aisp_aws__from_web_identity(p, web, role, session, c, err);
	if (setting(p, profile, "mfa_serial").n)
		return aisp_fail(err, AISP_E_ACCESS,
				 "the AWS profile '%.*s' needs a one-time code (mfa_serial), which a scan cannot type: make a session first (aws sts assume-role … or aws configure "
				 "export-credentials) and set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN",
				 AISP_FMT(profile));
	if (!source.n == !way.n)
		return aisp_fail(err, AISP_E_USAGE, "the AWS profile '%.*s' has role_arn and needs one of source_profile and credential_source", AISP_FMT(profile));
	if (way.n)
		r = from_source(p, way, &by, err);
	else if (aisp_slice_eq(source, profile)) /* its own keys */
		r = aisp_aws__credentials_set(&by, setting(p, profile, "aws_access_key_id"), setting(p, profile, "aws_secret_access_key"), setting(p, profile, "aws_session_token"), 0,
					      profile, err);
	else
		r = from_profile(p, source, depth + 1, &by, err);
	if (r < 0)
		return aisp_wrap(err, r, "for the AWS profile '%.*s'", AISP_FMT(profile));
	return aisp_aws__from_role(p, &by, role, setting(p, profile, "external_id"), session, c, err);
}

static int from_profile(struct aisp_aws_provider *p, struct aisp_slice profile, unsigned depth, struct aisp_aws_credentials *c, struct aisp_err *err)
{
	struct aisp_slice role = setting(p, profile, "role_arn"), id = setting(p, profile, "aws_access_key_id"), process = setting(p, profile, "credential_process");

	if (depth > ROLE_DEPTH)
		return aisp_fail(err, AISP_E_USAGE, "the AWS profiles lead through more than %d source_profile, or in a circle", ROLE_DEPTH);
	if (depth && !aisp_aws__profile_is(&p->profiles, "profile", profile))
		return aisp_fail(err, AISP_E_USAGE, "the AWS profile '%.*s' (a source_profile) does not exist", AISP_FMT(aisp_slice_to(profile, 100)));
	if (role.n)
		return from_profile_role(p, profile, role, depth, c, err);
	if (setting(p, profile, "sso_session").n || setting(p, profile, "sso_start_url").n)
		return aisp_aws__from_sso(p, profile, c, err);
	struct aisp_slice from = aisp_arena_printf(p->arena, "profile %.*s", AISP_FMT(profile));
	if (id.n)
		return aisp_aws__credentials_set(c, id, setting(p, profile, "aws_secret_access_key"), setting(p, profile, "aws_session_token"), 0, from, err);
	if (process.n && p->target->run_process)
		return aisp_aws__from_process(p, process, c, err);
	if (process.n)
		return aisp_fail(err, AISP_E_ACCESS, "the AWS profile '%.*s' gets its credentials from a program (credential_process); aisp runs it only when told so: aws:%.*s?run_credential_process=yes",
				 AISP_FMT(profile), AISP_FMT(profile));
	return AISP_E_NOTFOUND;
}

static int from_chain(struct aisp_aws_provider *p, struct aisp_aws_credentials *c, struct aisp_err *err)
{
	int r = p->target->profile.n ? AISP_E_NOTFOUND : from_environment(c, err);

	if (r == AISP_E_NOTFOUND && aisp_aws__profile_is(&p->profiles, "profile", p->profile))
		r = from_profile(p, p->profile, 0, c, err);
	if (r == AISP_E_NOTFOUND && p->target->profile.n)
		return aisp_fail(err, AISP_E_ACCESS, "the AWS profile '%.*s' has no credentials: neither keys, role_arn, sso_session nor web_identity_token_file", AISP_FMT(p->profile));
	if (r == AISP_E_NOTFOUND)
		r = from_web_environment(p, c, err);
	if (r == AISP_E_NOTFOUND)
		r = from_machine(p, c, err);
	if (r == AISP_E_NOTFOUND)
		return aisp_fail(err, AISP_E_ACCESS,
				 "no AWS credentials were found: not in the environment (AWS_ACCESS_KEY_ID), nor in the profile '%.*s', nor from a web identity, a container or an instance",
				 AISP_FMT(p->profile));
	return r;
}

static int renew(struct aisp_aws_provider *p, struct aisp_aws_credentials *c, struct aisp_err *err)
{
	AISP_CLEANUP(aisp_aws__credentials_done) struct aisp_aws_credentials own = {0};
	const struct aisp_aws_credentials *by = NULL;

	if (p->by) {
		int r = aisp_aws__provider_get(p->by, &by, err);
		return r < 0 ? r : aisp_aws__from_role(p, by, p->role, p->external_id, (struct aisp_slice){0}, c, err);
	}
	if (!p->target->role.n || p->target->n_accounts)
		return from_chain(p, c, err);
	int r = from_chain(p, &own, err);
	return r < 0 ? r : aisp_aws__from_role(p, &own, p->target->role, p->target->external_id, (struct aisp_slice){0}, c, err);
}

int aisp_aws__provider_get(struct aisp_aws_provider *p, const struct aisp_aws_credentials **ret, struct aisp_err *err)
{
	const int64_t now = aisp_clock_now_us() + aisp_aws__provider_skew_us(p);

	if (!p->now.id || (p->now.expires_us && p->now.expires_us - now < RENEW_S * INT64_C(1000000))) {
		AISP_CLEANUP(aisp_aws__credentials_done) struct aisp_aws_credentials fresh = {0};
		int r = renew(p, &fresh, err);
		/* what is left of the old ones is better than nothing */
		if (r < 0 && !(p->now.id && p->now.expires_us > now))
			return r;
		if (r == 0) {
			aisp_aws__credentials_done(&p->now);
			p->now = fresh;
			fresh = (struct aisp_aws_credentials){0};
		}
	}
	*ret = &p->now;
	return 0;
}
