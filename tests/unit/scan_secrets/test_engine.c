/* The scan: places, checks, overlaps, comments that permit, UTF-16, limits, no memory. */
#include "scan/secrets/check_int.h"
#include "scan/secrets/ignore.h"
#include "scan/secrets/values_int.h"
#include "scan/secrets/words_int.h"
#include "secrets_test.h"

static struct aisp_secrets *s;

static void places(void **state)
{
	const struct scanned *all = scan_template(s, "a.py", "x = 1\n\ny = \"ghp_<<alnum:30>><<check>>\"  # end\n", "github-crc32");
	const struct seen *x = seen_rule(all, "github-pat");

	(void)state;
	assert_non_null(x);
	assert_int_equal(all->n, 1);
	assert_int_equal(x->line, 3);
	assert_int_equal(x->column, 6);
	assert_int_equal(x->end_line, 3);
	assert_int_equal(x->end_column, 45);
	assert_int_equal(x->n, 40);
	assert_int_equal(x->certainty, AISP_SECRET_SURE);
	/* A wrong checksum: still told, as possible only. */
	x = seen_rule(scan_template(s, "a.py", "y = \"ghp_<<alnum:36>>\"\n", ""), "github-pat");
	assert_non_null(x);
	assert_int_equal(x->certainty, AISP_SECRET_POSSIBLE);
}

static void permitted(void **state)
{
	static const char *const comments[] = {"# gitleaks:allow", "// aisp:allow", "# gitleaks:allow because"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		char t[200];

		snprintf(t, sizeof t, "y = \"ghp_<<alnum:30>><<check>>\" %s\n", comments[i]);
		assert_int_equal(scan_template(s, "a.py", t, "github-crc32")->n, 0);
		snprintf(t, sizeof t, "%s\ny = \"ghp_<<alnum:30>><<check>>\"\n", comments[i]);
		assert_int_equal(scan_template(s, "a.py", t, "github-crc32")->n, 1);
	}
}

/* A token in a URL, a token in a header: one secret, one hit. */
static void one_hit(void **state)
{
	const struct scanned *all = scan_template(s, "a.sh", "git clone https://user:ghp_<<alnum:30>><<check>>@github.com/a/b\n", "github-crc32");

	(void)state;
	assert_int_equal(all->n, 1);
	assert_non_null(seen_rule(all, "github-pat"));
	all = scan_template(s, "a.sh", "curl -H 'Authorization: Bearer <<check>>' https://host.test\n", "jwt");
	assert_int_equal(all->n, 1);
	assert_int_equal(all->v[0].certainty, AISP_SECRET_SURE);
	assert_non_null(strstr(all->v[0].facts, "issuer_url=https://issuer.test"));
}

static void utf16(void **state)
{
	struct aisp_buf b, wide;

	(void)state;
	for (int big = 0; big < 2; big++) {
		aisp_buf_init(&b, 0);
		aisp_buf_init(&wide, 0);
		assert_int_equal(aisp_secrets_expand(AISP_S("\xc3\xa4\nkey: \"ghp_<<alnum:30>><<check>>\"\n"), AISP_S("github-crc32"), 1, &b, NULL), 0);
		aisp_buf_put(&wide, big ? AISP_S("\xfe\xff") : AISP_S("\xff\xfe"));
		for (size_t i = 2; i < b.n; i++) {
			unsigned char c = i == 2 ? 0xe4 : (unsigned char)b.p[i];

			if (i == 2)
				aisp_buf_put(&wide, big ? aisp_slice_of("\0\xe4", 2) : aisp_slice_of("\xe4\0", 2));
			aisp_buf_put(&wide, big ? aisp_slice_of((char[]){0, (char)c}, 2) : aisp_slice_of((char[]){(char)c, 0}, 2));
		}
		const struct seen *x = seen_rule(scan_text(s, "", aisp_buf_slice(&wide)), "github-pat");

		assert_non_null(x);
		assert_int_equal(x->n, 40);
		assert_int_equal(x->certainty, AISP_SECRET_SURE);
		aisp_buf_done(&b);
		aisp_buf_done(&wide);
	}
}

/* In the midst of bytes that are no text, and at both ends of it. */
static void binary(void **state)
{
	struct aisp_buf b;

	(void)state;
	for (size_t before = 0; before < 5000; before += 617) {
		aisp_buf_init(&b, 0);
		aisp_buf_fill(&b, '\0', before);
		assert_int_equal(aisp_secrets_expand(AISP_S("ghp_<<alnum:30>><<check>>"), AISP_S("github-crc32"), before, &b, NULL), 0);
		aisp_buf_fill(&b, '\x01', before % 3 ? 4000 : 0);
		const struct seen *x = seen_rule(scan_text(s, "", aisp_buf_slice(&b)), "github-pat");

		assert_non_null(x);
		assert_int_equal(x->at, before);
		aisp_buf_done(&b);
	}
}

/* What a published check says of a value with a right and with a wrong sum. */
static void checks(void **state)
{
	static const struct {
		const char *check, *template;
	} cases[] = {
		{"github-crc32", "ghp_<<alnum:30>><<check>>"}, {"npm-crc32", "npm_<<alnum:30>><<check>>"}, {"grafana-crc32", "glsa_<<alnum:32>>_<<check>>"},
		{"gitlab-routable", "glpat-<<check>>"}, {"pypi-macaroon", "pypi-<<check>>"}, {"jwt", "<<check>>"}, {"bech32", "AGE-SECRET-KEY-1<<check>>"},
		{"base58check", "<<check>>"}, {"aws-bedrock", "ABSK<<check>>"}, {"discord", "<<check>>"}, {"base64-json", "sntrys_<<check>>_<<alnum:43>>"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (uint64_t seed = 1; seed < 20; seed++) {
			struct aisp_arena *a = aisp_arena_new(0);
			struct aisp_secret_hit h = {0};
			struct aisp_buf b;
			enum aisp_secrets__check c = aisp_secrets__check_find(aisp_slice_z(cases[i].check));

			aisp_buf_init(&b, 0);
			assert_int_equal(aisp_secrets_expand(aisp_slice_z(cases[i].template), aisp_slice_z(cases[i].check), seed, &b, NULL), 0);
			struct aisp_secrets__checked x = {a, aisp_buf_slice(&b), aisp_buf_slice(&b), &h};

			if (aisp_secrets__check(c, aisp_buf_slice(&b), &x) != AISP_SECRETS__PROVEN)
				fail_msg("%s: %.*s is not proven", cases[i].check, AISP_FMT(aisp_buf_slice(&b)));
			size_t at = strcmp(cases[i].check, "discord") == 0 ? 0 : strcmp(cases[i].check, "jwt") == 0 ? 2 : b.n - (b.n > 60 ? 50 : 3);

			b.p[at] = (b.p[at] | 0x20) == 'k' ? 'm' : 'k';
			if (c != AISP_SECRETS__CHECK_AWS_BEDROCK && c != AISP_SECRETS__CHECK_PYPI && c != AISP_SECRETS__CHECK_BASE64_JSON &&
			    aisp_secrets__check(c, aisp_buf_slice(&b), &x) == AISP_SECRETS__PROVEN)
				fail_msg("%s: a changed value is proven", cases[i].check);
			aisp_buf_done(&b);
			aisp_arena_free(a);
		}
}

/* The account in an AWS key id: numbers known from the decoding's publication. */
static void account(void **state)
{
	const struct seen *x = seen_rule(scan_template(s, "", "aws_access_key_id = AKIA<<check>>\n", "aws-key-id"), "aws-access-key-id");

	(void)state;
	assert_non_null(x);
	assert_non_null(strstr(x->facts, "account=123456789012"));
}

static void values(void **state)
{
	static const char *const examples[] = {"", "${TOKEN}", "<your-token>", "{{ token }}", "AKIAIOSFODNN7EXAMPLE", "sk_live_xxxxxxxxxxxxxxxxxxxxxxxx", "ghp_000000000000000000000000000000000000",
	                                       "abcdefghijklmnopqrstuvwxyz", "sk-your_api_key_here", "abababababababababababab", "1234567890123456"};
	static const char *const places[] = {"changeme", "CHANGEME", "password", "your_password", "xxxx", "********", "%s", "$PASSWORD", "os.environ['X']", "null"};
	struct aisp_buf b;

	(void)state;
	for (size_t i = 0; i < sizeof examples / sizeof *examples; i++)
		if (!aisp_secrets__example(aisp_slice_z(examples[i])))
			fail_msg("%s is an example", examples[i]);
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		if (!aisp_secrets__placeholder(aisp_slice_z(places[i])))
			fail_msg("%s is a placeholder", places[i]);
	aisp_buf_init(&b, 0);
	for (uint64_t seed = 0; seed < 2000; seed++) {
		aisp_buf_clear(&b);
		assert_int_equal(aisp_secrets_expand(AISP_S("<<alnum:40>>"), AISP_S(""), seed, &b, NULL), 0);
		assert_false(aisp_secrets__example(aisp_buf_slice(&b)));
		assert_false(aisp_secrets__placeholder(aisp_slice_of(b.p, 12)));
	}
	aisp_buf_done(&b);
	assert_true(aisp_secrets__common_password(AISP_S("Password123")));
	assert_false(aisp_secrets__common_password(AISP_S("kR7vq2-wPz")));
}

static void ignored(void **state)
{
	struct aisp_arena *a = aisp_arena_new(0);
	struct aisp_secrets_ignore *ig = NULL;
	struct aisp_slice commit = AISP_S("0123456789abcdef0123456789abcdef01234567");
	size_t skipped = 0;

	(void)state;
	assert_int_equal(aisp_secrets_ignore_new(a,
	                                         AISP_S("# comment\nsrc/a.py:rule-a:3\n\nc\\d.py:rule-b:7\r\nnonsense\n"
	                                                "0123456789abcdef0123456789abcdef01234567:x:y.py:rule-c:9\n"),
	                                         &ig, &skipped, NULL),
	                 0);
	assert_int_equal(skipped, 1);
	assert_int_equal(aisp_secrets_ignore_find(ig, (struct aisp_slice){0}, AISP_S("src/a.py"), AISP_S("rule-a"), 3), 2);
	assert_int_equal(aisp_secrets_ignore_find(ig, commit, AISP_S("src/a.py"), AISP_S("rule-a"), 3), 2);
	assert_int_equal(aisp_secrets_ignore_find(ig, commit, AISP_S("src/a.py"), AISP_S("rule-a"), 4), 0);
	assert_int_equal(aisp_secrets_ignore_find(ig, commit, AISP_S("c/d.py"), AISP_S("rule-b"), 7), 4);
	assert_int_equal(aisp_secrets_ignore_find(ig, commit, AISP_S("x:y.py"), AISP_S("rule-c"), 9), 6);
	assert_int_equal(aisp_secrets_ignore_find(ig, (struct aisp_slice){0}, AISP_S("x:y.py"), AISP_S("rule-c"), 9), 0);
	assert_int_equal(aisp_secrets_ignore_find(NULL, commit, AISP_S("x"), AISP_S("y"), 1), 0);
	aisp_arena_free(a);
}

/* However the text is made, the work is bounded: a megabyte of anchors, of headers without end. */
static void hostile(void **state)
{
	static const char *const pieces[] = {"sk-", "-----BEGIN RSA PRIVATE KEY-----\n", "eyJ", "AKIA", "password=\"", "AAAAAAAAAAAAAAAA", "postgres://a:", "https://",
	                                     "token: ", "xoxb-1", "discord", "ghp_"};

	(void)state;
	for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
		struct aisp_buf b;

		aisp_buf_init(&b, 0);
		while (b.n < 300000)
			aisp_buf_putz(&b, pieces[i]);
		const struct scanned *all = scan_text(s, "a.txt", aisp_buf_slice(&b));

		assert_true(all->r == 0 || all->r == AISP_E_LIMIT);
		aisp_buf_done(&b);
	}
}

static int stop(void *ctx, const struct aisp_secret_hit *h)
{
	(void)ctx;
	(void)h;
	return AISP_E_IO;
}

static void stopped(void **state)
{
	struct aisp_secrets_scratch *x = NULL;
	struct aisp_buf b;

	(void)state;
	aisp_buf_init(&b, 0);
	assert_int_equal(aisp_secrets_expand(AISP_S("ghp_<<alnum:30>><<check>>"), AISP_S("github-crc32"), 3, &b, NULL), 0);
	assert_int_equal(aisp_secrets_scratch_new(s, &x, NULL), 0);
	assert_int_equal(aisp_secrets_scan(s, x, AISP_S(""), aisp_buf_slice(&b), stop, NULL, NULL), AISP_E_IO);
	aisp_secrets_scratch_free(x);
	aisp_buf_done(&b);
}

/* Each allocation fails once: a code, no leak. */
static void torture(void **state)
{
	static const char toml[] = "[[rules]]\nid = 'a'\nregex = '''(k[0-9]{4})'''\nkeywords = ['k']\n[[rules.allowlists]]\nstopwords = ['k1']\n";
	struct aisp_slice rules = AISP_S(toml);
	struct aisp_secrets_config c = {.rule_files = &rules, .n_rule_files = 1, .no_builtin = true};
	size_t live = aisp_mem_live();

	(void)state;
	for (uint64_t nth = 1; nth < 400; nth++) {
		struct aisp_secrets *t = NULL;
		struct aisp_secrets_scratch *x = NULL;
		struct scanned all = {0};

		aisp_fault_set(nth, false);
		int r = aisp_secrets_new(&c, &t, NULL);

		if (r == 0)
			r = aisp_secrets_scratch_new(t, &x, NULL);
		if (r == 0)
			r = aisp_secrets_scan(t, x, AISP_S(""), AISP_S("k2345 k1234"), seen_add, &all, NULL);
		aisp_fault_set(0, false);
		aisp_secrets_scratch_free(x);
		aisp_secrets_free(t);
		assert_true(r == 0 || r == AISP_E_NOMEM);
		if (r == 0)
			assert_int_equal(all.n, 1);
		assert_int_equal(aisp_mem_live(), live);
	}
}

/* `key: BASE64` of a template's text in a file of this name. */
static const struct scanned *scan_encoded(const char *path, const char *template, const char *before)
{
	struct aisp_buf plain, b;
	const struct scanned *all;

	aisp_buf_init(&plain, 0);
	aisp_buf_init(&b, 0);
	assert_int_equal(aisp_secrets_expand(aisp_slice_z(template), aisp_slice_z("github-crc32"), 7, &plain, NULL), 0);
	aisp_buf_putz(&b, "apiVersion: v1\ndata:\n  blob: ");
	aisp_buf_putz(&b, before);
	aisp_secrets__put_base64(&b, aisp_buf_slice(&plain), false);
	aisp_buf_putz(&b, "\nkind: Secret\n");
	all = scan_text(s, path, aisp_buf_slice(&b));
	aisp_buf_done(&b);
	aisp_buf_done(&plain);
	return all;
}

/* Values in base64: the place is that of the base64, the value what was in it. */
static void encoded(void **state)
{
	static const char token[] = "ghp_<<alnum:30>><<check>>", two[] = "A=ghp_<<alnum:30>><<check>>\nB=npm_<<alnum:36>>\n";
	const struct seen *x = seen_rule(scan_encoded("k8s/secret.yaml", token, ""), "github-pat");

	(void)state;
	assert_non_null(x);
	assert_int_equal(x->certainty, AISP_SECRET_SURE);
	assert_int_equal(x->line, 3);
	assert_int_equal(x->column, 9);
	assert_int_equal(x->n, 56);
	assert_int_equal(strlen(x->value), 40);
	assert_memory_equal(x->value, "ghp_", 4);
	assert_null(seen_rule(scan_encoded("k8s/secret.yaml", token, "x."), "github-pat")); /* no value of its own */
	assert_null(seen_rule(scan_encoded("main.go", token, ""), "github-pat"));
	const struct scanned *all = scan_encoded("deploy.yaml", two, "");

	assert_int_equal(all->n, 2); /* two secrets in one value */
	assert_string_not_equal(all->v[0].rule, all->v[1].rule);
	assert_int_equal(all->v[0].at, all->v[1].at);
}

/* Connection strings are judged by user, password and host: what everybody uses is nothing in code. */
static void urls(void **state)
{
	static const char weak[] = "x = 'postgres://postgres:postgres@localhost:5432/app'\n";
	static const char strong[] = "DATABASE_URL=postgres://app:<<alnum:16>>@db.corp-net.io:5432/app\n";
	const struct seen *x;

	(void)state;
	assert_null(seen_rule(scan_text(s, "src/app.js", aisp_slice_z(weak)), "postgresql-url"));
	x = seen_rule(scan_template(s, ".env", strong, ""), "postgresql-url");
	assert_non_null(x);
	assert_int_equal(x->certainty, AISP_SECRET_LIKELY);
}

/* What looks like something else in the lines of a private key is a part of it. */
static void enclosed(void **state)
{
	const struct scanned *all = scan_template(s, "k.pem", "-----BEGIN ENCRYPTED PRIVATE KEY-----\n<<b64:64>>\n<<b64:20>>\n"
	                                          "ghp_<<alnum:30>><<check>>\n<<b64:64>>\n-----END ENCRYPTED PRIVATE KEY-----\n", "github-crc32");

	(void)state;
	assert_int_equal(all->n, 1);
	assert_string_equal(all->v[0].rule, "private-key-encrypted");
}

/* Many words at once against one after the other. */
static void words(void **state)
{
	static const char *const list[] = {"id", "key", "pass", "passw", "...", "p@ss", "_here", "supersecret_", "\xe2\x80\xa6"};
	static const char *const pieces[] = {"Id", "kEy", "pass", "W", ".", "p@", "ss", "_he", "re", "SUPERsecret", "_", "\xe2\x80\xa6", "zz"};
	struct aisp_secrets__words *w = aisp_mem_zalloc(1, sizeof *w);
	uint64_t seed = 3;

	(void)state;
	for (unsigned i = 0; i < sizeof list / sizeof *list; i++)
		aisp_secrets__words_add(w, &list[i], 1, 1ull << i);
	for (int round = 0; round < 20000; round++) {
		struct aisp_buf b;
		uint64_t expected = 0;

		aisp_buf_init(&b, 0);
		/* Also longer than what is looked at in one step. */
		for (uint64_t n = aisp_secrets__random(&seed) % (round % 50 ? 8 : 600); n > 0; n--)
			aisp_buf_putz(&b, pieces[aisp_secrets__random(&seed) % (sizeof pieces / sizeof *pieces)]);
		for (unsigned i = 0; i < sizeof list / sizeof *list; i++)
			expected |= aisp_slice_findi(aisp_buf_slice(&b), aisp_slice_z(list[i])) != SIZE_MAX ? 1ull << i : 0;
		assert_int_equal(aisp_secrets__words_find(w, aisp_buf_slice(&b)), expected);
		aisp_buf_done(&b);
	}
	assert_true(aisp_secrets__is_word(AISP_S("PassW"), "passw"));
	assert_false(aisp_secrets__is_word(AISP_S("pass\0w"), "pass"));
	assert_false(aisp_secrets__is_word(AISP_S("pas"), "pass"));
	aisp_mem_free(w);
}

/* Runs of A: zeros in base64. An example only when they are most of the value. */
static void zeros(void **state)
{
	struct aisp_buf b;

	(void)state;
	aisp_buf_init(&b, 0);
	assert_int_equal(aisp_secrets_expand(AISP_S("AAAAAAAAAAAAAAAAAAAAA<<alnum:90>>"), AISP_S(""), 5, &b, NULL), 0);
	assert_false(aisp_secrets__example(aisp_buf_slice(&b)));
	aisp_buf_done(&b);
	assert_true(aisp_secrets__example(AISP_S("AKIAAAAAAAAAAAAAAAAA")));
	assert_true(aisp_secrets__example(AISP_S("ghp_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")));
	const struct scanned *all = scan_template(s, "a.env", "TWITTER_BEARER_TOKEN=AAAAAAAAAAAAAAAAAAAAA<<alnum:91>>\n", "");

	assert_non_null(seen_rule(all, "twitter-bearer-token"));
	assert_int_equal(all->v[0].n, 112);
}

/* A key is one value, whatever stands between its lines. */
static void wrapped(void **state)
{
	static const char *const begin_line = "-----BEGIN EC PRIVATE KEY-----", *const end_line = "-----END EC PRIVATE KEY-----";
	static const struct {
		const char *path, *before, *between, *after;
	} cases[] = {{"k.pem", "", "\n", "\n"}, {"k.pem", "", "\r\n", "\r\n"}, {"k.yaml", "a:\n  key: |\n                  ", "\n                  ", "\n"},
	             {"k.yaml", "key: |\n\t", "\n\t", "\n"}, {"k.json", "{\"key\": \"", "\\n", "\\n\"}"}, {"k.js", "const k = \"", "\\n\" +\n  \"", "\";\n"}};
	char value[512] = "";
	struct aisp_buf key;

	(void)state;
	aisp_buf_init(&key, 0);
	assert_int_equal(aisp_secrets_expand(AISP_S("<<check>>"), AISP_S("pem"), 11, &key, NULL), 0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct aisp_slice rest = aisp_buf_slice(&key), line;
		struct aisp_buf b;

		aisp_buf_init(&b, 0);
		aisp_buf_putz(&b, cases[i].before);
		aisp_buf_putz(&b, begin_line);
		for (size_t lines = 0; lines < 3 && aisp_slice_split(&rest, '\n', &line); lines++) {
			aisp_buf_putz(&b, cases[i].between);
			aisp_buf_put(&b, line);
		}
		aisp_buf_putz(&b, cases[i].between);
		aisp_buf_putz(&b, end_line);
		aisp_buf_putz(&b, cases[i].after);
		const struct scanned *all = scan_text(s, cases[i].path, aisp_buf_slice(&b));

		if (all->n != 1 || strcmp(all->v[0].rule, "private-key-ec") != 0)
			fail_msg("case %zu: %zu hits", i, all->n);
		if (!value[0])
			memcpy(value, all->v[0].value, sizeof value);
		assert_true(strlen(value) > 100);
		assert_string_equal(all->v[0].value, value);
		aisp_buf_done(&b);
	}
	aisp_buf_done(&key);
}

/* Rules with our keys, as if they were built in. */
static int load_own(const char *toml, struct aisp_secrets **ret, struct aisp_err *err)
{
	struct aisp_arena *a = aisp_arena_new(0);
	struct aisp_secrets *mine = aisp_arena_zalloc(a, 1, sizeof *mine);
	struct aisp_secrets__loader l = {.a = a};

	mine->arena = a;
	mine->no_generic = true;
	int r = aisp_secrets__load(&l, "test", aisp_slice_z(toml), true, err);

	r = r < 0 ? r : aisp_secrets__loaded(&l, mine, err);
	r = r < 0 ? r : aisp_secrets__index(mine, err);
	aisp_mem_free(l.rules);
	aisp_mem_free(l.allows);
	*ret = mine;
	return r;
}

/* What a rule is found by stands far behind the begin of its match: found up to 1,024 bytes behind, refused beyond. */
static void far_literal(void **state)
{
	static const char rule[] = "[[rules]]\nid = \"far\"\nregex = '''q[a-z ]{500,%d}[a-z ]{0,%d}zzqx_([0-9]{10})'''\nkeywords = [\"zzqx_\"]\n[rules.aisp]\nseverity = "
	                           "\"low\"\nkind = \"other\"\ncertainty = \"likely\"\npositive = [\"a\"]\nnegative = [\"b\"]\n";
	struct aisp_err err = {0};
	struct aisp_secrets *mine = NULL;
	char toml[512];

	(void)state;
	snprintf(toml, sizeof toml, rule, 900, 0);
	assert_int_equal(load_own(toml, &mine, &err), 0);
	struct aisp_buf b;

	aisp_buf_init(&b, 0);
	aisp_buf_putz(&b, "q");
	for (int i = 0; i < 80; i++)
		aisp_buf_putz(&b, " abcdefghi");
	aisp_buf_putz(&b, "zzqx_2718281828 ");
	assert_int_equal(scan_text(mine, "a.txt", aisp_buf_slice(&b))->n, 1);
	aisp_buf_done(&b);
	aisp_secrets_free(mine);
	snprintf(toml, sizeof toml, rule, 900, 900);
	assert_int_equal(load_own(toml, &mine, &err), AISP_E_USAGE);
	assert_non_null(strstr(err.msg, "zzqx_"));
	aisp_secrets_free(mine);
}

static int begin(void **state)
{
	(void)state;
	s = rules_of(NULL, true);
	return 0;
}

static int end(void **state)
{
	(void)state;
	aisp_secrets_free(s);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(places), cmocka_unit_test(permitted), cmocka_unit_test(one_hit), cmocka_unit_test(utf16),
	                                   cmocka_unit_test(binary), cmocka_unit_test(checks), cmocka_unit_test(account), cmocka_unit_test(values),
	                                   cmocka_unit_test(ignored), cmocka_unit_test(hostile), cmocka_unit_test(stopped), cmocka_unit_test(torture),
	                                   cmocka_unit_test(encoded), cmocka_unit_test(urls), cmocka_unit_test(enclosed), cmocka_unit_test(words),
	                                   cmocka_unit_test(zeros), cmocka_unit_test(wrapped), cmocka_unit_test(far_literal)};

	return cmocka_run_group_tests_name("secrets/engine", tests, begin, end);
}
