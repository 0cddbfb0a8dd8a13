/* Verification without the network: what a worker hands over is read with every bound checked, and answers are judged. */
#include "collect/verify/verify_int.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static const struct aisp_fpkey key = {{1, 2, 3}};
static const char value_a[] = "aaaaaaaaAAAAAAAA11111111-first", value_b[] = "bbbbbbbbBBBBBBBB22222222-second";

struct seen {
	uint32_t n;
	struct aisp_verify__record r[8];
};

static int remember(void *ctx, const struct aisp_verify__record *r, struct aisp_err *err)
{
	struct seen *s = ctx;

	(void)err;
	if (s->n < 8)
		s->r[s->n] = *r;
	s->n++;
	return 0;
}

static uint32_t two_records(char *bytes, size_t cap)
{
	struct aisp_verify__record a = {.issuer = AISP_S("github"), .rule = AISP_S("github-pat"), .value = aisp_slice_z(value_a)};
	struct aisp_verify__record b = {.issuer = AISP_S("langfuse"), .rule = AISP_S("langfuse-secret-key"), .value = aisp_slice_z(value_b),
	                                .other = aisp_slice_z(value_a)};
	uint32_t used = 0;

	aisp_fingerprint(&key, a.value, a.fp);
	aisp_fingerprint(&key, b.value, b.fp);
	aisp_fingerprint(&key, b.other, b.other_fp);
	assert_true(aisp_verify__put(bytes, cap, &used, &a));
	assert_true(aisp_verify__put(bytes, cap, &used, &b));
	return used;
}

static void test_records_come_back(void **state)
{
	char bytes[1024];
	struct seen s = {0};
	struct aisp_err err;
	uint32_t used = two_records(bytes, sizeof bytes);

	(void)state;
	assert_int_equal(aisp_verify__read(aisp_slice_of(bytes, used), 2, remember, &s, &err), 0);
	assert_int_equal(s.n, 2);
	assert_true(aisp_slice_eqz(s.r[0].issuer, "github") && aisp_slice_eqz(s.r[0].value, value_a) && s.r[0].other.n == 0 && !s.r[0].other_fp[0]);
	assert_true(aisp_slice_eqz(s.r[1].rule, "langfuse-secret-key") && aisp_slice_eqz(s.r[1].other, value_a) && s.r[1].other_fp[0] == 'f');
}

static void test_what_does_not_fit_changes_nothing(void **state)
{
	char bytes[200], big[AISP_VERIFY__VALUE_MAX + 1] = {0};
	uint32_t used = 0;
	struct aisp_verify__record r = {.issuer = AISP_S("github"), .rule = AISP_S("github-pat"), .value = aisp_slice_of(big, sizeof big)};

	(void)state;
	assert_false(aisp_verify__put(bytes, sizeof bytes, &used, &r));
	r.value.n = 150;
	assert_false(aisp_verify__put(bytes, sizeof bytes, &used, &r));
	assert_int_equal(used, 0);
	r.value.n = 200 - 80 - 16;
	assert_true(aisp_verify__put(bytes, sizeof bytes, &used, &r));
	assert_int_equal(used, 200);
}

/* Cut anywhere, and a wrong count: an error, never a read behind the end (each cut is a block of its own for the sanitizer). */
static void test_cut_bytes(void **state)
{
	char bytes[1024];
	uint32_t used = two_records(bytes, sizeof bytes);
	struct aisp_err err;

	(void)state;
	for (uint32_t n = 0; n < used; n++) {
		struct seen s = {0};
		char *cut = aisp_mem_alloc(n + 1);
		memcpy(cut, bytes, n);
		assert_int_equal(aisp_verify__read(aisp_slice_of(cut, n), 2, remember, &s, &err), AISP_E_REMOTE);
		aisp_mem_free(cut);
	}
	struct seen s = {0};
	assert_int_equal(aisp_verify__read(aisp_slice_of(bytes, used), 1, remember, &s, &err), AISP_E_REMOTE);
	assert_int_equal(aisp_verify__read(aisp_slice_of(bytes, used), 3, remember, &s, &err), AISP_E_REMOTE);
	assert_int_equal(aisp_verify__read(aisp_slice_of(bytes, used), UINT32_MAX, remember, &s, &err), AISP_E_REMOTE);
}

static void inside(struct aisp_slice part, const char *bytes, uint32_t used)
{
	assert_true(part.p >= bytes && part.n <= used && (size_t)(part.p - bytes) + part.n <= used);
}

static void test_changed_bytes_stay_inside(void **state)
{
	char bytes[1024];
	uint32_t used = two_records(bytes, sizeof bytes), refused = 0;
	struct aisp_err err;

	(void)state;
	for (uint32_t i = 0; i < used; i++)
		for (int v = 0; v < 256; v += 5) {
			struct seen s = {0};
			char old = bytes[i];
			bytes[i] = (char)v;
			refused += aisp_verify__read(aisp_slice_of(bytes, used), 2, remember, &s, &err) < 0;
			for (uint32_t k = 0; k < s.n; k++) {
				inside(s.r[k].issuer, bytes, used);
				inside(s.r[k].rule, bytes, used);
				inside(s.r[k].value, bytes, used);
				inside(s.r[k].other, bytes, used);
			}
			bytes[i] = old;
		}
	assert_true(refused > 16 * 40); /* the lengths: nearly every change of the 16 bytes */
}

static struct aisp_content_secret hit(const char *issuer, const char *rule, const char *value, uint32_t line)
{
	struct aisp_content_secret s = {.issuer = issuer, .rule = rule, .value = aisp_slice_z(value), .line = line};

	aisp_fingerprint(&key, s.value, s.fingerprint);
	return s;
}

static struct aisp_verify *taken(const char *issuers, const struct aisp_content_secret *hits, size_t n, int want)
{
	const struct aisp_content_report report = {.secrets = hits, .n_secrets = n};
	struct aisp_verify_box *box;
	struct aisp_verify *v;
	struct aisp_err err;

	assert_int_equal(aisp_verify_new(issuers, &key, &v, &err), 0);
	assert_int_equal(aisp_verify_box_new(&box, &err), 0);
	aisp_verify_box_add(box, &report);
	aisp_verify_box_add(box, &report);
	assert_int_equal(aisp_verify_take(v, box, &err), want);
	struct aisp_slice rest;
	uint32_t count, left_out;
	aisp_verify__box_bytes(box, &rest, &count, &left_out);
	assert_int_equal(rest.n + count + left_out, 0);
	aisp_verify_box_free(box);
	return v;
}

static void test_each_credential_once(void **state)
{
	const struct aisp_content_secret hits[] = {hit("github", "github-pat", value_a, 1), hit("github", "github-pat", value_a, 9),
	                                           hit("github", "github-pat", value_b, 9), hit("github", "github-refresh-token", "x1234", 12),
	                                           hit("github", "github-pat", "new\r\nLine: x", 13)};
	struct aisp_verify *v = taken("github", hits, 5, 0);

	(void)state;
	assert_int_equal(v->jobs.n, 2);
	assert_true(aisp_slice_eqz(aisp_slice_of(v->jobs.v[0].value.p, v->jobs.v[0].value.n), value_a));
	aisp_verify_free(v);
}

static void test_an_issuer_that_was_not_named_is_refused(void **state)
{
	const struct aisp_content_secret hits[] = {hit("openai", "openai-project-key", value_a, 1)};
	struct aisp_verify *v = taken("github", hits, 1, AISP_E_REMOTE);

	(void)state;
	assert_int_equal(v->jobs.n, 0);
	aisp_verify_free(v);
}

static void test_a_wrong_fingerprint_is_refused(void **state)
{
	struct aisp_content_secret h = hit("github", "github-pat", value_a, 1);

	(void)state;
	h.value = aisp_slice_z(value_b);
	aisp_verify_free(taken("github", &h, 1, AISP_E_REMOTE));
}

static void test_halves_are_paired_by_place(void **state)
{
	const struct aisp_content_secret hits[] = {
		hit("aws", "aws-access-key-id", "AKIAFIRST", 1), hit("aws", "aws-secret-access-key", "secret-one", 2),
		hit("aws", "aws-access-key-id", "AKIASECOND", 10), hit("aws", "aws-secret-access-key", "secret-two", 11),
		hit("aws", "aws-access-key-id", "AKIAALONE", 90)};
	struct aisp_verify *v = taken("aws", hits, 5, 0);

	(void)state;
	assert_int_equal(v->jobs.n, 2);
	assert_true(aisp_slice_eqz(aisp_slice_of(v->jobs.v[0].other.p, v->jobs.v[0].other.n), "secret-one"));
	assert_true(aisp_slice_eqz(aisp_slice_of(v->jobs.v[1].other.p, v->jobs.v[1].other.n), "secret-two"));
	aisp_verify_free(v);
}

static void test_names_of_issuers(void **state)
{
	struct aisp_verify *v = NULL;
	struct aisp_err err;

	(void)state;
	assert_int_equal(aisp_verify_new("github,nobody", &key, &v, &err), AISP_E_USAGE);
	assert_non_null(strstr(err.msg, "nobody"));
	assert_int_equal(aisp_verify_new("pypi", &key, &v, &err), AISP_E_USAGE);
	assert_int_equal(aisp_verify_new("", &key, &v, &err), AISP_E_USAGE);
	assert_null(v);
}

static void test_only_loopback_may_stand_in(void **state)
{
	static const char *const good[] = {"http://127.0.0.1:8080", "https://127.1.2.3", "http://[::1]:9", "http://[::1]"};
	static const char *const bad[] = {"http://localhost:80", "http://10.0.0.1", "https://example.com", "http://127.0.0.1@example.com", "http://127.0.0.1:80/x",
	                                  "http://127.0.0.1.example.com", "ftp://127.0.0.1", "http://127.0.0.1:0", "http://127.0.0.1:99999", "http://[::2]", "x"};
	struct aisp_verify *v;
	struct aisp_err err;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		setenv("AISP_VERIFY_BASE_GITHUB", good[i], 1);
		assert_int_equal(aisp_verify_new("github", &key, &v, &err), 0);
		aisp_verify_free(v);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		setenv("AISP_VERIFY_BASE_GITHUB", bad[i], 1);
		assert_int_equal(aisp_verify_new("github", &key, &v, &err), AISP_E_USAGE);
	}
	unsetenv("AISP_VERIFY_BASE_GITHUB");
}

static void judge(const char *issuer, const char *rule, long status, const char *body, const char *header, const char *want_state, const char *want_who)
{
	struct aisp_verify__job j = {.row = aisp_verify_row_find(aisp_slice_z(issuer), aisp_slice_z(rule), AISP_S("glpat-figd_"))};
	struct aisp_err err;

	assert_non_null(j.row);
	assert_int_equal(aisp_secret_init(&j.value, aisp_slice_z(value_a), &err), 0);
	aisp_verify__judge(&j, status, aisp_slice_z(body), aisp_slice_z(header));
	if (strcmp(aisp_verify_state_name(j.state), want_state) != 0 || strcmp(j.who, want_who) != 0)
		fail_msg("%s %ld %s: %s as '%s', not %s as '%s'", issuer, status, body, aisp_verify_state_name(j.state), j.who, want_state, want_who);
	assert_true((j.state == AISP_VERIFY_UNKNOWN) == (j.why[0] != '\0'));
	aisp_secret_done(&j.value);
}

static void test_answers(void **state)
{
	(void)state;
	judge("github", "github-pat", 200, "{\"login\":\"octocat\",\"type\":\"User\"}", "", "valid", "octocat, User");
	judge("github", "github-pat", 401, "{\"message\":\"Bad credentials\"}", "", "invalid", "");
	judge("github", "github-pat", 200, "<html>login</html>", "", "unknown", "");
	judge("github", "github-pat", 200, "{\"login\":null}", "", "unknown", "");
	judge("github", "github-pat", 200, "{\"login\":", "", "unknown", "");
	judge("github", "github-pat", 200, "", "", "unknown", "");
	judge("github", "github-pat", 403, "{\"message\":\"API rate limit exceeded\"}", "", "unknown", "");
	judge("github", "github-pat", 429, "{}", "", "unknown", "");
	judge("github", "github-pat", 302, "{\"login\":\"octocat\"}", "", "unknown", "");
	judge("github", "github-pat", 503, "", "", "unknown", "");
	judge("github", "github-pat", 200, "{\"login\":[\"a\"]}", "", "valid", "");
	judge("openai", "openai-project-key", 200, "{\"object\":\"list\",\"data\":[]}", "acme-org", "valid", "acme-org");
	judge("openai", "openai-project-key", 403, "{\"error\":{\"message\":\"You have insufficient permissions. Missing scopes: api.model.read\"}}", "", "valid", "");
	judge("openai", "openai-project-key", 403, "{\"error\":{\"message\":\"Country, region, or territory not supported\"}}", "", "unknown", "");
	judge("slack", "slack-bot-token", 200, "{\"ok\":true,\"team\":\"Acme\",\"user\":\"bot\"}", "", "valid", "Acme, bot");
	judge("slack", "slack-bot-token", 200, "{\"ok\":false,\"error\":\"token_revoked\"}", "", "invalid", "");
	judge("slack", "slack-bot-token", 200, "{\"ok\":false,\"error\":\"fatal_error\"}", "", "unknown", "");
	judge("gitlab", "gitlab-pat", 401, "{\"message\":\"401 Unauthorized\"}", "", "unknown", "");
	judge("gitlab", "gitlab-pat", 200, "{\"name\":\"ci\",\"active\":true,\"user_id\":42}", "", "valid", "ci, 42");
	judge("cloudflare", "cloudflare-api-token", 200, "{\"result\":{\"id\":\"1\",\"status\":\"inactive\"}}", "", "unknown", "");
	judge("together", "together-api-key", 200, "[{\"id\":\"m\"}]", "", "valid", "");
	judge("wandb", "wandb-api-key", 200, "{\"data\":{\"viewer\":{\"id\":\"1\",\"username\":\"ada\"}}}", "", "valid", "ada");
	judge("aws", "aws-access-key-id", 403, "{\"Error\":{\"Code\":\"SignatureDoesNotMatch\"}}", "", "unknown", "");
	judge("aws", "aws-access-key-id", 403, "{\"Error\":{\"Code\":\"InvalidClientTokenId\"}}", "", "invalid", "");
	judge("vercel", "vercel-token", 403, "{\"error\":{\"code\":\"forbidden\",\"invalidToken\":true}}", "", "invalid", "");
}

/* Names are shown, so they are cut, made printable, and must not give the credential back. */
static void test_lying_names(void **state)
{
	char body[4096], name[2000];

	(void)state;
	judge("github", "github-pat", 200, "{\"login\":\"a\\u001b[2Jb\",\"type\":\"User\"}", "", "valid", "a\\x1B[2Jb, User");
	snprintf(body, sizeof body, "{\"login\":\"it is %s\",\"type\":\"User\"}", value_a);
	judge("github", "github-pat", 200, body, "", "valid", "User");
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	snprintf(body, sizeof body, "{\"login\":\"%s\"}", name);
	name[64] = '\0';
	judge("github", "github-pat", 200, body, "", "valid", name);
}

/* Everything once, with nobody listening. Gives the code; nothing may be left. */
static int whole_run(void)
{
	const struct aisp_content_secret hits[] = {hit("github", "github-pat", value_a, 1), hit("langfuse", "langfuse-secret-key", "sk-lf-1", 2),
	                                           hit("langfuse", "langfuse-public-key", "pk-lf-1", 3)};
	const struct aisp_content_report report = {.secrets = hits, .n_secrets = 3};
	struct aisp_verify_box *box = NULL;
	struct aisp_verify *v = NULL;
	struct aisp_err err = {0};
	int r = aisp_verify_new("github,langfuse", &key, &v, &err);

	if (r == 0)
		r = aisp_verify_box_new(&box, &err);
	if (r == 0) {
		aisp_verify_box_add(box, &report);
		r = aisp_verify_take(v, box, &err);
	}
	if (r == 0)
		r = aisp_verify_ask(v, 2000, &err);
	for (size_t i = 0; r == 0 && i < v->jobs.n; i++)
		assert_true(v->jobs.v[i].state == AISP_VERIFY_UNKNOWN && v->jobs.v[i].why[0] && !v->jobs.v[i].value.p && !v->jobs.v[i].other.p);
	assert_true(r == 0 || err.msg[0]);
	assert_null(strstr(err.msg, value_a));
	aisp_verify_box_free(box);
	aisp_verify_free(v);
	return r;
}

static void test_every_allocation_fails(void **state)
{
	uint64_t calls;

	(void)state;
	setenv("AISP_VERIFY_BASE_GITHUB", "http://127.0.0.1:1", 1);
	setenv("AISP_VERIFY_BASE_LANGFUSE", "http://127.0.0.1:1", 1);
	assert_int_equal(whole_run(), 0); /* once before, for what libraries keep */
	const size_t live = aisp_mem_live();
	for (int persistent = 0; persistent < 2; persistent++) {
		uint64_t n = 0;
		do {
			aisp_fault_set(++n, persistent);
			int r = whole_run();
			calls = aisp_fault_count();
			aisp_fault_set(0, false);
			if (r != 0 && r != AISP_E_NOMEM)
				fail_msg("call %llu failed: %d", (unsigned long long)n, r);
			assert_int_equal(aisp_mem_live(), live);
		} while (calls >= n);
		assert_true(n > 20);
	}
	unsetenv("AISP_VERIFY_BASE_GITHUB");
	unsetenv("AISP_VERIFY_BASE_LANGFUSE");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records_come_back),
		cmocka_unit_test(test_what_does_not_fit_changes_nothing),
		cmocka_unit_test(test_cut_bytes),
		cmocka_unit_test(test_changed_bytes_stay_inside),
		cmocka_unit_test(test_each_credential_once),
		cmocka_unit_test(test_an_issuer_that_was_not_named_is_refused),
		cmocka_unit_test(test_a_wrong_fingerprint_is_refused),
		cmocka_unit_test(test_halves_are_paired_by_place),
		cmocka_unit_test(test_names_of_issuers),
		cmocka_unit_test(test_only_loopback_may_stand_in),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_lying_names),
		cmocka_unit_test(test_every_allocation_fails),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
