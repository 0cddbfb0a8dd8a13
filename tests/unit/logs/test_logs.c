/* The reader and the parsers of CloudTrail and flow logs: what events say, that both ways of reading say the same, that nothing depends on where reading was interrupted. */
#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"
#include "collect/logs/logs_int.h"
#include "collect/logs/reader.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

static char path[] = "/tmp/aisp-logs-XXXXXX";

struct got {
	struct aisp_buf text; /* "IDENTITY|VIA|CREDENTIAL|ACTION|ASSET|ORIGIN|FROM|OUTCOME|SECOND\n" each */
	unsigned events, gaps;
	int64_t offset;
	uint64_t chain;
};

static int on_event(void *ctx, const struct aisp_log_read *at, const struct aisp_use_event *e, struct aisp_err *err)
{
	struct got *g = ctx;
	const struct aisp_slice texts[] = {e->identity, e->via, e->credential, e->action, e->asset, e->origin, e->from};

	(void)at;
	(void)err;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		aisp_buf_put(&g->text, texts[i]);
		aisp_buf_putc(&g->text, '|');
	}
	aisp_buf_printf(&g->text, "%d|%lld\n", e->outcome, (long long)(e->at_us / 1000000));
	g->events++;
	return 0;
}

static int on_start(void *ctx, const struct aisp_log_read *at, int64_t size, int64_t *ret_offset, uint64_t *ret_chain, bool *ret_done, struct aisp_err *err)
{
	struct got *g = ctx;

	(void)at;
	(void)size;
	(void)err;
	*ret_offset = g->offset;
	*ret_chain = g->chain;
	*ret_done = false;
	return 0;
}

static void on_gap(void *ctx, const struct aisp_log_read *at, int64_t offset, const char *why)
{
	struct got *g = ctx;

	assert_true(offset >= 0 && offset <= at->bytes && why[0]);
	g->gaps++;
}

/* Reads bytes as a file, from g->offset on. */
static void read_bytes(struct aisp_slice bytes, const struct aisp_log_format *kind, bool last, struct got *g)
{
	const struct aisp_log_to to = {.ctx = g, .start = on_start, .event = on_event, .gap = on_gap};
	struct aisp_log_stream *s = NULL;
	struct aisp_err err;
	bool ok;

	assert_int_equal(aisp_fs_write(path, bytes, 0600, &err), 0);
	assert_int_equal(aisp_log_open(path, kind, AISP_S(""), &to, &s, &err), 0);
	assert_int_equal(aisp_log_read(s, last, &ok, &err), 0);
	g->offset = aisp_log_state(s)->offset;
	g->chain = aisp_log_state(s)->chain;
	aisp_log_close(s);
}

#define HEAD "{\"eventVersion\":\"1.09\",\"eventID\":\"e%d\",\"eventTime\":\"2025-11-01T00:00:00Z\",\"sourceIPAddress\":\"10.0.0.9\",\"awsRegion\":\"eu-central-1\",\"recipientAccountId\":\"111122223333\","
#define ROLE "\"userIdentity\":{\"type\":\"AssumedRole\",\"arn\":\"arn:aws:sts::111122223333:assumed-role/bot/pod-1\",\"accessKeyId\":\"ASIAABCDEFGHIJKLMNOP\"},"
#define USER "\"userIdentity\":{\"type\":\"IAMUser\",\"arn\":\"arn:aws:iam::111122223333:user/ann\",\"accessKeyId\":\"AKIAABCDEFGHIJKLMNOP\"},\"userAgent\":\"aws-cli/2.15 md\","
#define WHO "arn:aws:sts::111122223333:assumed-role/bot/pod-1|pod-1||"
#define WHERE "|111122223333/eu-central-1|10.0.0.9|"
#define AT "|1761955200\n"
static const struct { const char *event, *says; } cases[] = {
	{ROLE "\"eventSource\":\"s3.amazonaws.com\",\"eventName\":\"HeadObject\",\"requestParameters\":{\"bucketName\":\"b\"},\"resources\":[{\"ARN\":\"arn:aws:s3:::b/k/1\"},{\"ARN\":\"arn:aws:s3:::b\"}]}",
	 WHO "s3:GetObject|arn:aws:s3:::b" WHERE "1" AT},
	{ROLE "\"eventSource\":\"s3.amazonaws.com\",\"eventName\":\"ListObjectsV2\",\"requestParameters\":{\"x\":{\"bucketName\":\"no\"},\"bucketName\":\"b\"},\"errorCode\":\"AccessDenied\"}",
	 WHO "s3:ListBucket|arn:aws:s3:::b" WHERE "2" AT},
	{USER "\"eventSource\":\"lambda.amazonaws.com\",\"eventName\":\"CreateFunction20150331\",\"requestParameters\":{\"functionName\":\"f\"},\"errorCode\":\"ResourceConflictException\"}",
	 "arn:aws:iam::111122223333:user/ann|aws-cli|AKIAABCDEFGHIJKLMNOP|lambda:CreateFunction|arn:aws:lambda:eu-central-1:111122223333:function:f" WHERE "3" AT},
	{ROLE "\"eventSource\":\"bedrock.amazonaws.com\",\"eventName\":\"Converse\",\"requestParameters\":{\"modelId\":\"eu.anthropic.claude\"}}",
	 WHO "bedrock:InvokeModel|arn:aws:bedrock:eu-central-1:111122223333:inference-profile/eu.anthropic.claude" WHERE "1" AT},
	{ROLE "\"eventSource\":\"bedrock.amazonaws.com\",\"eventName\":\"InvokeModel\",\"requestParameters\":{\"modelId\":\"amazon.titan\"}}",
	 WHO "bedrock:InvokeModel|arn:aws:bedrock:eu-central-1::foundation-model/amazon.titan" WHERE "1" AT},
	{ROLE "\"eventSource\":\"sqs.amazonaws.com\",\"eventName\":\"SendMessageBatch\",\"requestParameters\":{\"queueUrl\":\"https://sqs.eu-central-1.amazonaws.com/444455556666/q\"}}",
	 WHO "sqs:SendMessage|arn:aws:sqs:eu-central-1:444455556666:q" WHERE "1" AT},
	{ROLE "\"eventSource\":\"dynamodb.amazonaws.com\",\"eventName\":\"Query\",\"resources\":[{\"ARN\":\"arn:aws:dynamodb:eu-central-1:111122223333:table/t/index/i\"}]}",
	 WHO "dynamodb:Query|arn:aws:dynamodb:eu-central-1:111122223333:table/t" WHERE "1" AT},
	{ROLE "\"eventSource\":\"kms.amazonaws.com\",\"eventName\":\"Decrypt\",\"requestParameters\":{\"keyId\":\"alias/k\"}}", WHO "kms:Decrypt|arn:aws:kms:eu-central-1:111122223333:alias/k" WHERE "1" AT},
	{"\"userIdentity\":{\"type\":\"WebIdentityUser\",\"userName\":\"system:serviceaccount:shop:bot\",\"identityProvider\":\"oidc\"},\"eventSource\":\"sts.amazonaws.com\",\"eventName\":\"AssumeRoleWithWebIdentity\","
	 "\"requestParameters\":{\"roleArn\":\"arn:aws:iam::111122223333:role/bot\"}}", "system:serviceaccount:shop:bot|oidc||sts:AssumeRoleWithWebIdentity|arn:aws:iam::111122223333:role/bot" WHERE "1" AT},
	{"\"userIdentity\":{\"type\":\"AWSService\",\"invokedBy\":\"lambda.amazonaws.com\"},\"eventSource\":\"sts.amazonaws.com\",\"eventName\":\"AssumeRole\",\"requestParameters\":null}",
	 "service:lambda.amazonaws.com|||sts:AssumeRole|" WHERE "1" AT},
	{"\"userIdentity\":{\"type\":\"AWSAccount\",\"accountId\":\"999988887777\"},\"eventSource\":\"s3.amazonaws.com\",\"eventName\":\"GetObject\"}", "account:999988887777|||s3:GetObject|" WHERE "1" AT},
	{ROLE "\"eventSource\":\"s3.amazonaws.com\",\"eventName\":\"GetObject\",\"eventCategory\":\"Insight\"}", ""},
	{ROLE "\"eventSource\":\"secretsmanager.amazonaws.com\",\"eventName\":\"GetSecretValue\",\"requestParameters\":{\"secretId\":\"a\\u002fb\"}}",
	 WHO "secretsmanager:GetSecretValue|arn:aws:secretsmanager:eu-central-1:111122223333:secret:a/b" WHERE "1" AT},
};
enum { CASES = sizeof cases / sizeof *cases };

static void all_cases(struct aisp_buf *text, const char *parted, struct aisp_buf *says)
{
	for (int round = 0; round < 30; round++)
		for (int i = 0; i < CASES; i++) {
			aisp_buf_printf(text, "%s" HEAD "%s", text->n > 20 ? parted : "", round * CASES + i, cases[i].event);
			aisp_buf_putz(says, cases[i].says);
		}
}

static void cloudtrail_test(void **state)
{
	const struct aisp_log_format *format = aisp_log_format_find(AISP_S("cloudtrail"));
	struct aisp_log_format slow = *format;

	(void)state;
	slow.block = NULL;
	slow.end = NULL;
	for (int shape = 0; shape < 3; shape++) {
		AISP_AUTOBUF struct aisp_buf text = {0}, says = {0};

		aisp_buf_putz(&text, shape == 0 ? "" : shape == 1 ? "{\"Records\":[" : "[");
		all_cases(&text, shape == 0 ? "\n" : ",", &says);
		aisp_buf_putz(&text, shape == 0 ? "\n" : shape == 1 ? "]}" : "]");
		const struct aisp_log_format *const ways[] = {NULL, format, &slow};
		for (int way = 0; way < 3; way++) {
			struct got g = {0};

			read_bytes(aisp_buf_slice(&text), ways[way], true, &g);
			assert_string_equal(g.text.p, says.p);
			assert_int_equal(g.gaps, 0);
			assert_int_equal(g.offset, text.n);
			aisp_buf_done(&g.text);
		}
	}
}

/* Read up to any place, then again from the position: the same events, and the same chain. */
static void interrupted_test(void **state)
{
	AISP_AUTOBUF struct aisp_buf text = {0}, says = {0};
	struct got whole = {0};

	(void)state;
	aisp_buf_putz(&text, "{\"Records\":[");
	for (int i = 0; i < CASES; i++) {
		aisp_buf_printf(&text, "%s" HEAD "%s", i ? ",\n" : "", i, cases[i].event);
		aisp_buf_putz(&says, cases[i].says);
	}
	aisp_buf_putz(&text, "]}\n");
	read_bytes(aisp_buf_slice(&text), NULL, true, &whole);
	assert_string_equal(whole.text.p, says.p);
	for (size_t cut = 1500; cut < text.n; cut += 37) {
		struct got g = {0};

		read_bytes(aisp_slice_to(aisp_buf_slice(&text), cut), NULL, false, &g);
		assert_true(g.offset <= (int64_t)cut);
		read_bytes(aisp_buf_slice(&text), NULL, true, &g);
		assert_string_equal(g.text.p, says.p);
		assert_int_equal(g.gaps, 0);
		aisp_buf_done(&g.text);
	}
	aisp_buf_done(&whole.text);
}

static void flow_test(void **state)
{
	static const char usual[] = "2 111122223333 eni-0a 10.0.0.1 10.0.0.2 50000 5432 6 1 40 1761955200 1761955260 ACCEPT OK\n"
		"2 111122223333 eni-0a 10.0.0.2 10.0.0.1 5432 50000 6 1 40 1761955200 1761955260 ACCEPT OK\n"
		"2 111122223333 eni-0a 10.0.0.1 10.0.0.2 50000 22 6 1 40 1761955200 1761955260 REJECT OK\n"
		"2 111122223333 eni-0a - - - - - - - 1761955200 1761955260 - NODATA\n"
		"2 111122223333 eni-0a what\n";
	static const char custom[] = "action dstaddr dstport srcaddr start account-id region instance-id pkt-srcaddr\n"
		"ACCEPT 2001:db8::1 443 10.0.0.1 1761955200 111122223333 eu-central-1 i-01 10.9.9.9\n";
	struct got g = {0};

	(void)state;
	read_bytes(aisp_slice_z(usual), NULL, true, &g);
	assert_string_equal(g.text.p, "10.0.0.1|eni-0a||connect|10.0.0.2:5432|111122223333|10.0.0.1|1|1761955200\n"
		"10.0.0.1|eni-0a||connect|10.0.0.2:22|111122223333|10.0.0.1|2|1761955200\n");
	assert_int_equal(g.gaps, 1);
	aisp_buf_done(&g.text);
	g = (struct got){0};
	read_bytes(aisp_slice_z(custom), NULL, true, &g);
	assert_string_equal(g.text.p, "10.9.9.9|i-01||connect|2001:db8::1:443|111122223333/eu-central-1|10.9.9.9|1|1761955200\n");
	aisp_buf_done(&g.text);
}

static void time_test(void **state)
{
	static const struct { const char *text; int64_t us; } times[] = {
		{"2025-11-01T00:00:00Z", 1761955200000000}, {"2025-11-01 00:00:00.5", 1761955200500000}, {"2025-11-01T01:00:00+01:00", 1761955200000000},
		{"2025-11-01 01:30:00.000250 +0130", 1761955200000250}, {"2024-02-29T23:59:59Z", 1709251199000000}, {"2025-13-01T00:00:00Z", 0}, {"2025-11-01T00:00", 0}, {"2025-11-01T00:00:00 what", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof times / sizeof *times; i++)
		assert_int_equal(aisp_log__time(aisp_slice_z(times[i].text)), times[i].us);
}

/* Every allocation fails once: an error or a gap, and nothing is left. */
static void torture_test(void **state)
{
	AISP_AUTOBUF struct aisp_buf text = {0};
	struct aisp_err err;

	(void)state;
	for (int i = 0; i < CASES; i++)
		aisp_buf_printf(&text, HEAD "%s\n", i, cases[i].event);
	assert_int_equal(aisp_fs_write(path, aisp_buf_slice(&text), 0600, &err), 0);
	const size_t live = aisp_mem_live();
	for (uint64_t n = 1;; n++) {
		struct aisp_log_to to = {.ctx = NULL};
		struct aisp_log_stream *s = NULL;
		bool ok = true;

		to.event = NULL;
		struct got g = {0};
		to = (struct aisp_log_to){.ctx = &g, .event = on_event};
		aisp_buf_init(&g.text, 0);
		aisp_buf_room(&g.text, 1 << 16);
		aisp_fault_set(n, false);
		int r = aisp_log_open(path, NULL, AISP_S(""), &to, &s, &err);
		if (r == 0)
			r = aisp_log_read(s, true, &ok, &err);
		const bool hit = aisp_fault_count() >= n;
		aisp_fault_set(0, false);
		aisp_log_close(s);
		aisp_buf_done(&g.text);
		assert_int_equal(aisp_mem_live(), live);
		assert_true(r == 0 || r == AISP_E_NOMEM);
		if (!hit) {
			assert_int_equal(r, 0);
			assert_int_equal(g.events, CASES - 1);
			break;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(cloudtrail_test), cmocka_unit_test(interrupted_test), cmocka_unit_test(flow_test), cmocka_unit_test(time_test), cmocka_unit_test(torture_test)};
	const int fd = mkstemp(path);

	if (fd < 0)
		return 1;
	close(fd);
	int r = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return r;
}
