/* Signing, endpoints, targets, profiles, XML, requests: the pure half of the live AWS collector; and credentials against a small real server. */
#include "base/clock.h"
#include "collect/aws/credentials_int.h"
#include "collect/aws/parse.h"
#include "../../lib/httpd.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <cmocka.h>

static struct aisp_secret secret_of(const char *z)
{
	return (struct aisp_secret){(char *)(uintptr_t)z, strlen(z)};
}

/* ---- The vendor's published vectors (aws-sig-v4-test-suite) and answers of botocore 1.44 ---- */

static const char *signature(struct aisp_aws_sign s, const char *token)
{
	static char found[80];
	struct aisp_secret id = secret_of("AKIDEXAMPLE"), key = secret_of("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), tok = token ? secret_of(token) : (struct aisp_secret){0};
	const struct aisp_aws_credentials c = {&id, &key, token ? &tok : NULL, 0, {0}};
	AISP_AUTOBUF struct aisp_buf out = {0};

	s.credentials = &c;
	s.now_us = INT64_C(1440938160000000); /* 2015-08-30T12:36:00Z */
	s.region = AISP_S("us-east-1");
	assert_int_equal(aisp_aws__sign(&s, &out, NULL), 0);
	size_t at = aisp_slice_find(aisp_buf_slice(&out), AISP_S("Signature="));
	snprintf(found, sizeof found, "%.64s", out.p + at + 10);
	return found;
}

static void test_sign(void **state)
{
	(void)state;
	const struct aisp_slice host = AISP_S("example.amazonaws.com"), get = AISP_S("GET"), service = AISP_S("service");
	struct aisp_aws_sign s = {.method = get, .host = host, .path = AISP_S("/"), .service = service};

	assert_string_equal(signature(s, NULL), "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"); /* get-vanilla */
	s.query = AISP_S("Param2=value2&Param1=value1");
	assert_string_equal(signature(s, NULL), "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"); /* get-vanilla-query-order-key-case */
	s.query = AISP_S("");
	s.method = AISP_S("POST");
	assert_string_equal(signature(s, NULL), "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"); /* post-vanilla */
	const struct aisp_slice type = AISP_S("content-type:application/x-www-form-urlencoded; charset=utf-8");
	s = (struct aisp_aws_sign){.method = get, .host = AISP_S("iam.amazonaws.com"), .path = AISP_S("/"), .query = AISP_S("Action=ListUsers&Version=2010-05-08"),
				   .service = AISP_S("iam"), .headers = &type, .n_headers = 1};
	assert_string_equal(signature(s, NULL), "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"); /* the vendor's worked example */
	s = (struct aisp_aws_sign){.method = get, .host = host, .path = AISP_S("/a%20b/arn%3Aaws"), .query = AISP_S("b=2&a=%2F&a-b=1&flag"), .service = service};
	assert_string_equal(signature(s, "TOKEN/+=="), "5946e9244ce79ef75d07a52bd41ece8b148a1f243ec67c03d38d6322df4c47c7");
	s.service = AISP_S("s3");
	s.send_hash = true;
	assert_string_equal(signature(s, NULL), "18a78a18b93254657e30f00d8ede95f7e0fc0d69d67daad1f8269dcff1d19a1e");
}

static void test_endpoint(void **state)
{
	(void)state;
	static const struct {
		const char *service, *region;
		bool global;
		const char *host, *sign;
	} cases[] = {
		{"iam", "eu-west-1", true, "iam.amazonaws.com", "us-east-1"},
		{"iam", "cn-northwest-1", true, "iam.cn-north-1.amazonaws.com.cn", "cn-north-1"},
		{"iam", "us-gov-east-1", true, "iam.us-gov.amazonaws.com", "us-gov-west-1"},
		{"organizations", "cn-north-1", true, "organizations.cn-northwest-1.amazonaws.com.cn", "cn-northwest-1"},
		{"sagemaker", "eu-central-1", false, "api.sagemaker.eu-central-1.amazonaws.com", "eu-central-1"},
		{"bedrock-agent", "us-west-2", false, "bedrock-agent.us-west-2.amazonaws.com", "us-west-2"},
		{"qbusiness", "us-east-1", false, "qbusiness.us-east-1.api.aws", "us-east-1"},
		{"s3control", "us-east-1", true, "111122223333.s3-control.us-east-1.amazonaws.com", "us-east-1"},
	};
	struct aisp_aws_endpoint e;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(aisp_aws__endpoint(aisp_slice_z(cases[i].service), aisp_slice_z(cases[i].region), AISP_S("111122223333"), cases[i].global, &e, NULL), 0);
		assert_string_equal(e.host, cases[i].host);
		assert_true(aisp_slice_eqz(e.sign_region, cases[i].sign));
	}
	assert_int_equal(aisp_aws__endpoint(AISP_S("s3api"), AISP_S("evil.com/"), AISP_S(""), false, &e, NULL), AISP_E_USAGE);
	assert_int_equal(aisp_aws__endpoint(AISP_S("s3control"), AISP_S("us-east-1"), AISP_S("evil.com"), false, &e, NULL), AISP_E_USAGE);
	for (size_t i = 0; i < aisp_aws_op_count; i++) { /* every row has a place to be asked, and somebody who reads the answer */
		assert_true(aisp_aws__has_shape(aisp_slice_z(aisp_aws_ops[i].service), aisp_slice_z(aisp_aws_ops[i].operation)));
		assert_int_equal(aisp_aws__endpoint(aisp_slice_z(aisp_aws_ops[i].service), AISP_S("us-east-1"), AISP_S("111122223333"), aisp_aws_ops[i].global, &e, NULL), 0);
	}
}

static void test_target(void **state)
{
	(void)state;
	struct aisp_arena *a = aisp_arena_new(1 << 20);
	struct aisp_aws_target t;
	static const char *const bad[] = {"aws:?region=evil.com", "aws:?accounts=1", "aws:?accounts=111122223333", "aws:?role=admin", "aws:?key=x", "aws:?endpoint=ftp://x", "awsx:"};

	assert_int_equal(aisp_aws_target_parse(a, AISP_S("aws:my%20prof?region=eu-west-1,us-east-1&role=arn:aws:iam::111122223333:role/a/b&external_id=x%26y"), &t, NULL), 0);
	assert_true(aisp_slice_eqz(t.profile, "my prof") && t.n_regions == 2 && aisp_slice_eqz(t.external_id, "x&y") && !t.run_process);
	assert_int_equal(aisp_aws_target_parse(a, AISP_S("aws:?accounts=111122223333,444455556666&role=audit"), &t, NULL), 0);
	assert_int_equal(t.n_accounts, 2);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(aisp_aws_target_parse(a, aisp_slice_z(bad[i]), &t, NULL), AISP_E_USAGE);
	aisp_arena_free(a);
}

static void test_xml(void **state)
{
	(void)state;
	struct aisp_arena *a = aisp_arena_new(8 << 20);
	struct aisp_doc *d = NULL;
	const struct aisp_slice roles = AISP_S("<?xml version='1.0'?><ListRolesResponse xmlns='x'><ListRolesResult><IsTruncated>true</IsTruncated><Roles><member><RoleName>a&amp;b</RoleName>"
					       "<Tags><member><Key>k</Key><Value>true</Value></member></Tags><MaxSessionDuration>3600</MaxSessionDuration></member></Roles>"
					       "<Marker>m</Marker></ListRolesResult></ListRolesResponse>");

	assert_int_equal(aisp_aws__xml_answer(a, AISP_S("iam"), AISP_S("list-roles"), roles, &d, NULL), 0);
	const struct aisp_doc *role = aisp_doc_at(aisp_doc_get(d, "Roles"), 0);
	assert_true(aisp_slice_eqz(aisp_doc_getstr(role, "RoleName"), "a&b"));
	assert_int_equal(aisp_doc_int(aisp_doc_get(role, "MaxSessionDuration"), 0), 3600);
	assert_true(aisp_doc_bool(aisp_doc_get(d, "IsTruncated"), false));
	assert_true(aisp_slice_eqz(aisp_doc_getstr(aisp_doc_at(aisp_doc_get(role, "Tags"), 0), "Value"), "true")); /* text stays text */
	/* an empty list is a list */
	assert_int_equal(aisp_aws__xml_answer(a, AISP_S("iam"), AISP_S("list-roles"), AISP_S("<R><Roles/></R>"), &d, NULL), 0);
	assert_int_equal(aisp_doc_get(d, "Roles")->type, AISP_DOC_ARR);
	/* a member that is the root itself; a list without a wrapper */
	assert_int_equal(aisp_aws__xml_answer(a, AISP_S("s3api"), AISP_S("get-public-access-block"),
					      AISP_S("<PublicAccessBlockConfiguration><BlockPublicAcls>false</BlockPublicAcls></PublicAccessBlockConfiguration>"), &d, NULL), 0);
	assert_false(aisp_doc_bool(aisp_doc_path(d, "PublicAccessBlockConfiguration.BlockPublicAcls"), true));
	assert_int_equal(aisp_aws__xml_answer(a, AISP_S("s3api"), AISP_S("get-bucket-location"), AISP_S("<LocationConstraint xmlns=\"y\">EU</LocationConstraint>"), &d, NULL), 0);
	assert_true(aisp_slice_eqz(aisp_doc_getstr(d, "LocationConstraint"), "EU"));
	assert_int_equal(aisp_aws__xml_answer(a, AISP_S("s3api"), AISP_S("get-bucket-ownership-controls"),
					      AISP_S("<OwnershipControls><Rule><ObjectOwnership>x</ObjectOwnership></Rule><Rule><ObjectOwnership>y</ObjectOwnership></Rule></OwnershipControls>"), &d, NULL), 0);
	assert_int_equal(aisp_doc_count(aisp_doc_path(d, "OwnershipControls.Rules")), 2);
	assert_int_equal(aisp_aws__xml_answer(a, AISP_S("s3api"), AISP_S("get-bucket-acl"),
					      AISP_S("<AccessControlPolicy><AccessControlList><Grant><Grantee xmlns:xsi='z' xsi:type='Group'><URI>u</URI></Grantee></Grant></AccessControlList></AccessControlPolicy>"),
					      &d, NULL), 0);
	assert_true(aisp_slice_eqz(aisp_doc_getstr(aisp_doc_get(aisp_doc_at(aisp_doc_get(d, "Grants"), 0), "Grantee"), "Type"), "Group"));
	assert_int_equal(aisp_aws__xml_answer(a, AISP_S("ec2"), AISP_S("describe-regions"), AISP_S("<Response><Errors><Error><Code>X</Code></Error></Errors></Response>"), &d, NULL), 0);
	assert_true(aisp_slice_eqz(aisp_doc_str(aisp_doc_path(d, "Error.Code")), "X"));
	assert_int_equal(aisp_aws_xml_parse(a, AISP_S("<a><b>1</b><b>&#x41;</b><c><member>z</member></c><![CDATA[]]></a>"), &d, NULL), 0);
	assert_true(aisp_slice_eqz(aisp_doc_str(aisp_doc_at(aisp_doc_get(d, "b"), 1)), "A"));
	static const char *const bad[] = {"", "<a>", "<a></b>", "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "<a>&x;</a>", "<a/><b/>", "<a b=c/>", "<a", "x<a/>", "<a>&#0;</a>", "<a>&#xD800;</a>", "<a>\xff</a>"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(aisp_aws_xml_parse(a, aisp_slice_z(bad[i]), &d, NULL), AISP_E_PARSE);
	char deep[2000] = "";
	for (int i = 0; i < 100; i++)
		strcat(deep, "<a>");
	assert_int_equal(aisp_aws_xml_parse(a, aisp_slice_z(deep), &d, NULL), AISP_E_LIMIT);
	aisp_arena_free(a);
}

static void test_request(void **state)
{
	(void)state;
	struct aisp_arena *a = aisp_arena_new(8 << 20);
	const struct aisp_doc *p, *item, *parent, *about, *pages[2], *whole;
	char text[128];
	int64_t skew;

	assert_int_equal(aisp_json_parse(a, AISP_S("{\"agentId\":\"{agentId}\",\"v\":\"DRAFT\",\"n\":[\"{.}\"],\"acc\":\"{@account}\"}"), NULL, &p, NULL), 0);
	assert_int_equal(aisp_json_parse(a, AISP_S("[\"x/y z\"]"), NULL, &item, NULL), 0);
	assert_int_equal(aisp_json_parse(a, AISP_S("{\"agentId\":\"A1\"}"), NULL, &parent, NULL), 0);
	assert_int_equal(aisp_aws__params_fill(a, p, aisp_doc_at(item, 0), parent, AISP_S("111122223333"), &about, NULL), 0);
	assert_true(aisp_slice_eqz(aisp_doc_getstr(about, "agentId"), "A1") && aisp_slice_eqz(aisp_doc_str(aisp_doc_at(aisp_doc_get(about, "n"), 0)), "x/y z"));
	assert_int_equal(aisp_aws__params_fill(a, p, NULL, NULL, AISP_S("1"), &about, NULL), AISP_E_NOTFOUND);
	const struct aisp_aws_op op = {.service = "lambda", .operation = "get-policy", .protocol = AISP_AWS_REST_JSON, .request = "GET /f/{Name}/policy?q", .token_in = "Marker"};
	assert_int_equal(aisp_json_parse(a, AISP_S("{\"Name\":\"x/y z\",\"Other\":\"1&2\"}"), NULL, &about, NULL), 0);
	struct aisp_aws__question q = {.op = &op, .region = AISP_S("us-east-1"), .about = about, .token = AISP_S("t=")};
	assert_int_equal(aisp_aws__question_make(a, AISP_S(""), &q, NULL), 0);
	assert_true(aisp_slice_eqz(q.url, "https://lambda.us-east-1.amazonaws.com/f/x%2Fy%20z/policy?q&Other=1%262&Marker=t%3D"));
	assert_true(aisp_slice_eqz(q.host, "lambda.us-east-1.amazonaws.com"));
	assert_true(aisp_slice_eqz(aisp_aws__error_code(AISP_S(""), AISP_S("{\"__type\":\"com.amazon#AccessDeniedException\",\"m\":1}"), text), "AccessDeniedException"));
	assert_true(aisp_slice_eqz(aisp_aws__error_code(AISP_S("Throttling:http://x"), AISP_S(""), text), "Throttling"));
	assert_true(aisp_slice_eqz(aisp_aws__error_code(AISP_S(""), AISP_S("<E><Code>NoSuchBucket</Code></E>"), text), "NoSuchBucket"));
	assert_true(aisp_aws__is_throttle(AISP_S("SlowDown")) && !aisp_aws__is_throttle(AISP_S("Slow")) && !aisp_aws__is_throttle(AISP_S("")));
	assert_int_equal(aisp_json_parse(a, AISP_S("{\"L\":[1,2],\"T\":\"x\",\"Only\":[7]}"), NULL, &pages[0], NULL), 0);
	assert_int_equal(aisp_json_parse(a, AISP_S("{\"L\":[3],\"N\":false}"), NULL, &pages[1], NULL), 0);
	assert_int_equal(aisp_aws__join_pages(a, pages, 2, "T", &whole, NULL), 0);
	assert_true(aisp_doc_count(aisp_doc_get(whole, "L")) == 3 && aisp_doc_count(aisp_doc_get(whole, "Only")) == 1 && !aisp_doc_get(whole, "T"));
	assert_true(aisp_aws__is_skew(AISP_S("RequestTimeTooSkewed"), AISP_S("Sun, 30 Aug 2015 12:36:00 GMT"), INT64_C(1440930000000000), &skew));
	assert_int_equal(skew, INT64_C(8160000000));
	assert_false(aisp_aws__is_skew(AISP_S("AccessDenied"), AISP_S("Sun, 30 Aug 2015 12:36:00 GMT"), 0, &skew));
	assert_false(aisp_aws__is_skew(AISP_S("SignatureDoesNotMatch"), AISP_S("Sun, 30 Aug 2015 12:36:00 GMT"), INT64_C(1440938160000000), &skew));
	aisp_arena_free(a);
}

/* ---- Credentials, from a folder of its own and a real server ---- */

static char home[] = "/tmp/aisp-aws-XXXXXX";

static void write_home(const char *name, const char *text)
{
	char path[200];

	snprintf(path, sizeof path, "%s/%s", home, name);
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static void clear_environment(void)
{
	extern char **environ;

	for (size_t i = 0; environ[i];) {
		char name[64];
		snprintf(name, sizeof name, "%.*s", (int)strcspn(environ[i], "="), environ[i]);
		if (strncmp(name, "AWS_", 4) == 0)
			unsetenv(name);
		else
			i++;
	}
	setenv("HOME", home, 1);
	setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
}

/* Id (and token) of the credentials of a target, or the failure's message. */
static const char *id_of(const char *target)
{
	static char out[AISP_ERR_MSG_MAX];
	struct aisp_arena *a = aisp_arena_new(1 << 20);
	struct aisp_aws_provider *p = NULL;
	const struct aisp_aws_credentials *c = NULL;
	struct aisp_aws_target t;
	struct aisp_err err = {0};

	int r = aisp_aws_target_parse(a, aisp_slice_z(target), &t, &err);
	if (r == 0)
		r = aisp_aws__provider_new(&t, 0, &p, &err);
	if (r == 0)
		r = aisp_aws__provider_get(p, &c, &err);
	if (r == 0)
		snprintf(out, sizeof out, "%.*s/%.*s", AISP_FMT(aisp_slice_of(c->id->p, c->id->n)), AISP_FMT(c->token ? aisp_slice_of(c->token->p, c->token->n) : AISP_S("-")));
	else
		snprintf(out, sizeof out, "%s", err.msg);
	aisp_aws__provider_free(p);
	aisp_arena_free(a);
	return out;
}

static void on_ask(void *ctx, const struct httpd_request *q, int *status, struct aisp_buf *headers, struct aisp_buf *body)
{
	static const char json[] = "{\"AccessKeyId\":\"%s\",\"SecretAccessKey\":\"s\",\"Token\":\"%s\",\"Expiration\":\"2099-01-01T00:00:00Z\"}";

	(void)ctx, (void)headers;
	if (strcmp(q->path, "/latest/api/token") == 0) {
		*status = strcmp(q->method, "PUT") == 0 && strcasestr(q->head, "ttl-seconds: 21600") ? 200 : 405;
		aisp_buf_putz(body, "imds-token");
	} else if (strncmp(q->path, "/latest/meta-data/", 18) == 0 && !strcasestr(q->head, "x-aws-ec2-metadata-token: imds-token\r")) {
		*status = 401;
	} else if (strcmp(q->path, "/latest/meta-data/iam/security-credentials/") == 0) {
		aisp_buf_putz(body, "the-role\n");
	} else if (strcmp(q->path, "/latest/meta-data/iam/security-credentials/the-role") == 0) {
		aisp_buf_printf(body, json, "IMDS", "t1");
	} else if (strcmp(q->path, "/container") == 0) {
		*status = strcasestr(q->head, "\r\nauthorization: Basic abc\r") ? 200 : 401;
		aisp_buf_printf(body, json, "BOX", "t2");
	} else if (strncmp(q->path, "/federation/credentials?role_name=Read%20Only&account_id=111122223333", 60) == 0) {
		*status = strcasestr(q->head, "x-amz-sso_bearer_token: sso-token\r") ? 200 : 401;
		aisp_buf_putz(body, "{\"roleCredentials\":{\"accessKeyId\":\"SSO\",\"secretAccessKey\":\"s\",\"sessionToken\":\"t3\",\"expiration\":4070908800000}}");
	} else if (q->path[1] == '\0' && strstr(q->body, "Action=AssumeRole")) {
		const char *arn = strstr(q->body, "role%2F"), *signer = strstr(q->head, "Credential=");
		const bool web = strstr(q->body, "WithWebIdentity");
		if (strstr(q->body, "denied"))
			*status = 403, aisp_buf_putz(body, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>");
		else
			aisp_buf_printf(body, "<AssumeRole%sResponse><AssumeRole%sResult><Credentials><AccessKeyId>%.3s-by-%.*s</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>%s"
					"</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRole%sResult></AssumeRole%sResponse>", web ? "WithWebIdentity" : "",
					web ? "WithWebIdentity" : "", arn ? arn + 7 : "?", signer ? (int)strcspn(signer + 11, "/") : 4, signer ? signer + 11 : "none",
					strstr(q->body, "ExternalId=x%2F1") ? "ext" : strstr(q->body, "WebIdentityToken=jwt") ? "web" : "t4", web ? "WithWebIdentity" : "", web ? "WithWebIdentity" : "");
	} else {
		*status = 404;
	}
}

static void test_credentials(void **state)
{
	(void)state;
	struct httpd d = {.answer = on_ask};
	char url[100], text[400];

	assert_true(httpd_start(&d));
	clear_environment();
	assert_non_null(strstr(id_of("aws:"), "no AWS credentials were found"));
	assert_non_null(strstr(id_of("aws:nobody"), "neither in"));
	snprintf(url, sizeof url, "http://127.0.0.1:%d", d.port);
	/* instance, and only with its token */
	unsetenv("AWS_EC2_METADATA_DISABLED");
	setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", url, 1);
	assert_string_equal(id_of("aws:"), "IMDS/t1");
	/* container comes before it */
	snprintf(text, sizeof text, "%s/container", url);
	setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", text, 1);
	setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic abc", 1);
	assert_string_equal(id_of("aws:"), "BOX/t2");
	setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://example.com/x", 1);
	assert_non_null(strstr(id_of("aws:"), "it is not asked"));
	/* files */
	clear_environment();
	setenv("AWS_ENDPOINT_URL", url, 1);
	write_home(".aws/credentials", "[keys]\naws_access_key_id = KEYS # comment\naws_secret_access_key=a#b\n[default]\naws_access_key_id=DEF\naws_secret_access_key=x\n");
	write_home(".aws/config",
		   "[profile role]\nrole_arn=arn:aws:iam::111122223333:role/one\nsource_profile=keys\nexternal_id=x/1\ns3 =\n  role_arn = nested\n"
		   "[profile chain]\nrole_arn=arn:aws:iam::111122223333:role/two\nsource_profile=role\n[profile loop]\nrole_arn=arn:aws:iam::111122223333:role/two\nsource_profile=loop2\n"
		   "[profile loop2]\nrole_arn=arn:aws:iam::111122223333:role/two\nsource_profile=loop\n[profile mfa]\nrole_arn=arn:aws:iam::1:role/x\nsource_profile=keys\nmfa_serial=y\n"
		   "[profile sso]\nsso_session=corp\nsso_account_id=111122223333\nsso_role_name=Read Only\n[sso-session corp]\nsso_start_url=https://corp.example/start/\nsso_region=eu-west-1\n"
		   "[profile proc]\ncredential_process=echo '{\"Version\":1,\"AccessKeyId\":\"PROC\",\"SecretAccessKey\":\"s\"}'\n[profile empty]\n"
		   "[profile bad]\nrole_arn=arn:aws:iam::1:role/denied\nsource_profile=keys\n[profile env]\nrole_arn=arn:aws:iam::111122223333:role/two\ncredential_source=Environment\n");
	assert_string_equal(id_of("aws:"), "DEF/-");
	assert_string_equal(id_of("aws:keys"), "KEYS/-");
	assert_string_equal(id_of("aws:role"), "one-by-KEYS/ext");
	assert_string_equal(id_of("aws:chain"), "two-by-one-by-KEYS/t4");
	assert_non_null(strstr(id_of("aws:loop"), "circle"));
	assert_non_null(strstr(id_of("aws:mfa"), "one-time code"));
	assert_non_null(strstr(id_of("aws:bad"), "cannot be assumed: AccessDenied: no"));
	assert_non_null(strstr(id_of("aws:empty"), "has no credentials"));
	assert_non_null(strstr(id_of("aws:proc"), "run_credential_process=yes"));
	assert_string_equal(id_of("aws:proc?run_credential_process=yes"), "PROC/-");
	assert_string_equal(id_of("aws:keys?role=arn:aws:iam::111122223333:role/two"), "two-by-KEYS/t4");
	/* the environment comes first, but not before a profile that is named */
	setenv("AWS_ACCESS_KEY_ID", "ENV", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "s", 1);
	setenv("AWS_SESSION_TOKEN", "tok", 1);
	assert_string_equal(id_of("aws:"), "ENV/tok");
	assert_string_equal(id_of("aws:keys"), "KEYS/-");
	assert_string_equal(id_of("aws:env"), "two-by-ENV/t4");
	setenv("AWS_ACCESS_KEY_ID", "E\nX: y", 1);
	assert_non_null(strstr(id_of("aws:"), "no key has"));
	/* Identity Center */
	assert_non_null(strstr(id_of("aws:sso"), "aws sso login --profile sso"));
	write_home(".aws/sso/cache/a.json", "{\"startUrl\":\"https://corp.example/start\",\"accessToken\":\"old\",\"expiresAt\":\"2001-01-01T00:00:00Z\"}");
	assert_non_null(strstr(id_of("aws:sso"), "has ended"));
	write_home(".aws/sso/cache/b.json", "{\"startUrl\":\"https://corp.example/start\",\"accessToken\":\"sso-token\",\"expiresAt\":\"2099-01-01T00:00:00Z\",\"region\":\"eu-west-1\"}");
	write_home(".aws/sso/cache/c.json", "{ broken");
	assert_string_equal(id_of("aws:sso"), "SSO/t3");
	/* web identity */
	clear_environment();
	setenv("AWS_ENDPOINT_URL", url, 1);
	write_home(".aws/credentials", "");
	write_home("token", "jwt\n");
	snprintf(text, sizeof text, "%s/token", home);
	setenv("AWS_WEB_IDENTITY_TOKEN_FILE", text, 1);
	setenv("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/pod", 1);
	assert_string_equal(id_of("aws:"), "pod-by-none/web");
	httpd_stop(&d);
}

int main(void)
{
	char path[100];

	assert_non_null(mkdtemp(home));
	static const char *const folders[] = {"/.aws", "/.aws/sso", "/.aws/sso/cache"};
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "%s%s", home, folders[i]);
		mkdir(path, 0700);
	}
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_sign), cmocka_unit_test(test_endpoint), cmocka_unit_test(test_target), cmocka_unit_test(test_xml),
					   cmocka_unit_test(test_request), cmocka_unit_test(test_credentials)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
