/* CloudTrail events for bench/run: gen_cloudtrail N > file. NDJSON of about 1 KB each, always the same; 120 roles, each with a few buckets, tables, models and addresses. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t state = 42;

static unsigned below(unsigned n)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned)((state >> 33) % n);
}

static void put_target(unsigned own, const char *region, const char *account)
{
	const unsigned what = below(20), which = own + below(3);

	if (what < 11) {
		static const char *const names[] = {"GetObject", "GetObject", "PutObject", "HeadObject"};
		const unsigned bucket = which % 60, key = below(100000);
		printf("\"eventSource\":\"s3.amazonaws.com\",\"eventName\":\"%s\",\"requestParameters\":{\"bucketName\":\"company-data-%03u\",\"key\":\"year=2025/part-%05u.parquet\"},"
		       "\"resources\":[{\"type\":\"AWS::S3::Object\",\"ARN\":\"arn:aws:s3:::company-data-%03u/year=2025/part-%05u.parquet\"},{\"accountId\":\"%s\",\"type\":\"AWS::S3::Bucket\","
		       "\"ARN\":\"arn:aws:s3:::company-data-%03u\"}],\"managementEvent\":false,\"eventCategory\":\"Data\",", names[below(4)], bucket, key, bucket, key, account, bucket);
	} else if (what < 15) {
		static const char *const names[] = {"GetItem", "Query", "PutItem"};
		printf("\"eventSource\":\"dynamodb.amazonaws.com\",\"eventName\":\"%s\",\"requestParameters\":{\"tableName\":\"orders-%02u\",\"key\":{\"id\":{}}},\"resources\":[{\"accountId\":\"%s\","
		       "\"type\":\"AWS::DynamoDB::Table\",\"ARN\":\"arn:aws:dynamodb:%s:%s:table/orders-%02u\"}],\"managementEvent\":false,\"eventCategory\":\"Data\",", names[below(3)], which % 20, account,
		       region, account, which % 20);
	} else if (what < 18) {
		printf("\"eventSource\":\"bedrock.amazonaws.com\",\"eventName\":\"InvokeModel\",\"requestParameters\":{\"modelId\":\"anthropic.claude-3-%u-sonnet-20241022-v2:0\"},"
		       "\"additionalEventData\":{\"inferenceRegion\":\"%s\"},\"managementEvent\":true,\"eventCategory\":\"Management\",", own % 3, region);
	} else {
		printf("\"eventSource\":\"sts.amazonaws.com\",\"eventName\":\"AssumeRole\",\"requestParameters\":{\"roleArn\":\"arn:aws:iam::%s:role/svc-%03u\",\"roleSessionName\":\"svc-%03u-session\","
		       "\"durationSeconds\":3600},\"managementEvent\":true,\"eventCategory\":\"Management\",", account, which % 120, which % 120);
	}
}

static void put_event(uint64_t i)
{
	static const char *const accounts[] = {"111122223333", "444455556666"}, *const regions[] = {"eu-central-1", "us-east-1"};
	const unsigned x = below(120), y = below(120), role = x * y / 120, own = role * 2654435761U >> 7;
	const char *account = accounts[role % 2], *region = regions[below(2)];
	const time_t at = 1761955200 + (time_t)(i / 200) - (time_t)below(60);
	struct tm tm;
	char when[32];

	gmtime_r(&at, &tm);
	strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &tm);
	printf("{\"eventVersion\":\"1.09\",\"userIdentity\":{\"type\":\"AssumedRole\",\"principalId\":\"AROASVC%09u:svc-%03u-session\",\"arn\":\"arn:aws:sts::%s:assumed-role/svc-%03u/svc-%03u-session\","
	       "\"accountId\":\"%s\",\"accessKeyId\":\"ASIA%08X%08X\",\"sessionContext\":{\"sessionIssuer\":{\"type\":\"Role\",\"arn\":\"arn:aws:iam::%s:role/svc-%03u\",\"accountId\":\"%s\",\"userName\":"
	       "\"svc-%03u\"},\"attributes\":{\"creationDate\":\"%s\",\"mfaAuthenticated\":\"false\"}}},\"eventTime\":\"%s\",\"awsRegion\":\"%s\",\"sourceIPAddress\":\"10.%u.%u.%u\",\"userAgent\":"
	       "\"Boto3/1.34.84 md/Botocore#1.34.84\",", role, role, account, role, role, account, below(1U << 31), role, account, role, account, role, when, when, region, own % 4, own / 4 % 8, 1 + below(4));
	put_target(own, region, account);
	if (below(100) < 3)
		printf("\"errorCode\":\"AccessDenied\",\"errorMessage\":\"not authorized to perform the operation\",");
	printf("\"responseElements\":null,\"requestID\":\"%08x-7c2d-4b1e-9f3a-%012" PRIx64 "\",\"eventID\":\"%08x-51aa-4f0e-8a2b-%012" PRIx64 "\",\"readOnly\":true,\"eventType\":\"AwsApiCall\","
	       "\"recipientAccountId\":\"%s\"}\n", below(1U << 31), i, below(1U << 31), i, account);
}

int main(int argc, char **argv)
{
	const uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000;

	for (uint64_t i = 0; i < n; i++)
		put_event(i);
	return 0;
}
