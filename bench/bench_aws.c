/* Measures AWS decisions: one identity policy of 1 and of 100 statements, 64 requests in turn, one core, policies compiled before.
 *
 *   bench_aws [--rows FILE] [--dump FILE] [--seconds S]
 *
 * The limit is a naive matcher that walks all statements comparing patterns and knows no conditions. --dump writes policies and requests as
 * JSON for the peer. What is counted: whole decisions without explanation (quick), and with all steps (full).
 */
#include "access/aws/iam.h"
#include "base/buf.h"
#include "base/mem.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { REQUESTS = 64 };
static const char *const services[] = {"s3", "sqs", "lambda", "dynamodb", "secretsmanager", "sns", "ec2", "bedrock", "sagemaker", "logs"};
static const char *const verbs[] = {"Get", "Put", "List", "Delete", "Describe", "Create", "Update", "Tag", "Start", "Stop"};

struct bench {
	struct aisp_arena *a;
	struct aisp_slice text[2]; /* the policies */
	const struct aisp_iam_policy *policy[2];
	struct aisp_slice action[REQUESTS], resource[REQUESTS];
	FILE *rows;
	double seconds;
};

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "bench_aws: %s\n", what);
	exit(4);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void statement(struct aisp_buf *b, unsigned i)
{
	const char *s = services[i % 10], *v = verbs[i / 10 % 10];

	aisp_buf_printf(b, "%s{\"Sid\":\"S%u\",\"Effect\":\"%s\",\"Action\":[\"%s:%sObject%u\",\"%s:%sItem%u\",\"%s:%sX%u*\"],", i ? "," : "", i,
	                i % 13 == 12 ? "Deny" : "Allow", s, v, i % 10, s, v, i % 10, s, v, i % 10);
	aisp_buf_printf(b, "\"Resource\":[\"arn:aws:%s:us-east-1:111111111111:thing/team-%u/*\",\"arn:aws:%s:::bucket-%u/*\"]", s, i, s, i);
	if (i % 5 == 4)
		aisp_buf_printf(b, ",\"Condition\":{\"StringEquals\":{\"aws:PrincipalOrgID\":\"o-1\"},\"IpAddress\":{\"aws:SourceIp\":\"10.0.0.0/8\"}}");
	aisp_buf_putc(b, '}');
}

static void make(struct bench *b)
{
	static const unsigned counts[2] = {1, 100};
	struct aisp_err err = {0};

	for (unsigned k = 0; k < 2; k++) {
		AISP_AUTOBUF struct aisp_buf t;
		aisp_buf_init(&t, 0);
		aisp_buf_putz(&t, "{\"Version\":\"2012-10-17\",\"Statement\":[");
		for (unsigned i = 0; i < counts[k]; i++)
			statement(&t, i);
		aisp_buf_putz(&t, "]}");
		b->text[k] = aisp_arena_dup(b->a, aisp_buf_slice(&t));
		if (!b->text[k].p || aisp_iam_policy_parse(b->a, b->text[k], AISP_IAM_IDENTITY, &b->policy[k], &err) < 0)
			die(err.msg);
	}
	for (unsigned i = 0; i < REQUESTS; i++) {
		unsigned n = i % 4 == 3 ? 0 : i * 37 % 100; /* a quarter ask what the first statement gives */
		b->action[i] = aisp_arena_printf(b->a, "%s:%sObject%u", services[n % 10], verbs[n / 10 % 10], n % 10);
		b->resource[i] = aisp_arena_printf(b->a, "arn:aws:%s:::bucket-%u/a/b/c-%u.csv", services[n % 10], i % 3 ? n : n + 1, i);
	}
}

static volatile unsigned allowed;

static double engine(struct bench *b, unsigned k, bool quick)
{
	const struct aisp_slice org = AISP_S("o-1"), ip = AISP_S("10.1.2.3");
	const struct aisp_iam_key keys[] = {{AISP_S("aws:PrincipalOrgID"), AISP_IAM_KNOWN, &org, 1, false}, {AISP_S("aws:SourceIp"), AISP_IAM_KNOWN, &ip, 1, false}};
	const struct aisp_iam_named named = {AISP_S("p"), b->policy[k]};
	struct aisp_iam_request q = {.principal = {.kind = AISP_IAM_USER, .arn = AISP_S("arn:aws:iam::111111111111:user/bob"), .account = AISP_S("111111111111")}};
	const struct aisp_iam_bearing bearing = {.identity = {&named, 1}};
	struct aisp_iam_scratch *s = aisp_iam_scratch_new();
	struct aisp_iam_decision d;
	struct aisp_err err = {0};
	double begun = now(), took = 0;
	uint64_t n = 0;

	if (!s)
		die("out of memory");
	q.context = (struct aisp_iam_context){keys, 2, AISP_IAM_ABSENT};
	while ((took = now() - begun) < b->seconds)
		for (unsigned i = 0; i < 4096; i++, n++) {
			q.action = b->action[i % REQUESTS];
			q.resource = b->resource[i % REQUESTS];
			if (aisp_iam_decide(&q, &bearing, s, quick, &d, &err) < 0)
				die(err.msg);
			allowed += d.verdict == AISP_IAM_ALLOWED;
		}
	aisp_iam_scratch_free(s);
	return (double)n / took;
}

/* Patterns as text, every statement, no index, no conditions. */
static double naive(struct bench *b, unsigned k)
{
	double begun = now(), took = 0;
	uint64_t n = 0;

	while ((took = now() - begun) < b->seconds)
		for (unsigned i = 0; i < 1024; i++, n++) {
			bool allow = false, deny = false;
			for (uint32_t st = 0; st < aisp_iam_statements(b->policy[k]); st++) {
				struct aisp_iam_lists l = aisp_iam_statement_lists(b->policy[k], st);
				bool action = false, resource = false;
				for (size_t m = 0; m < l.n_actions && !action; m++)
					action = aisp_iam_match(l.actions[m], b->action[i % REQUESTS], true);
				for (size_t m = 0; m < l.n_resources && action && !resource; m++)
					resource = aisp_iam_match(l.resources[m], b->resource[i % REQUESTS], false);
				*(aisp_iam_statement_allows(b->policy[k], st) ? &allow : &deny) |= action && resource;
			}
			allowed += allow && !deny;
		}
	return (double)n / took;
}

static void row(struct bench *b, const char *name, double value, double limit)
{
	printf("  %-28s %12.0f /s (naive matcher %.0f /s)\n", name, value, limit);
	if (b->rows)
		fprintf(b->rows, "{\"name\":\"%s\",\"value\":%.6g,\"unit\":\"1/s\",\"better\":\"higher\",\"peer\":null,\"peer_value\":null,\"limit_value\":%.6g,\"command\":\"bench_aws\"}\n",
		        name, value, limit);
}

static void dump(const struct bench *b, const char *path)
{
	FILE *f = fopen(path, "w");

	if (!f)
		die(path);
	fprintf(f, "{\"policies\":[%.*s,%.*s],\"requests\":[", AISP_FMT(b->text[0]), AISP_FMT(b->text[1]));
	for (unsigned i = 0; i < REQUESTS; i++)
		fprintf(f, "%s[\"%.*s\",\"%.*s\"]", i ? "," : "", AISP_FMT(b->action[i]), AISP_FMT(b->resource[i]));
	fprintf(f, "]}\n");
	fclose(f);
}

int main(int argc, char **argv)
{
	struct bench b = {.a = aisp_arena_new(0), .seconds = 1};

	if (!b.a)
		die("out of memory");
	make(&b);
	for (int i = 1; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "--rows"))
			b.rows = fopen(argv[i + 1], "a");
		else if (!strcmp(argv[i], "--dump"))
			dump(&b, argv[i + 1]);
		else if (!strcmp(argv[i], "--seconds"))
			b.seconds = strtod(argv[i + 1], NULL);
		else
			die("usage: bench_aws [--rows FILE] [--dump FILE] [--seconds S]");
	}
	double one = naive(&b, 0), hundred = naive(&b, 1);
	row(&b, "aws.decide.1.per_s", engine(&b, 0, true), one);
	row(&b, "aws.decide.100.per_s", engine(&b, 1, true), hundred);
	row(&b, "aws.decide.1.full.per_s", engine(&b, 0, false), one);
	row(&b, "aws.decide.100.full.per_s", engine(&b, 1, false), hundred);
	if (b.rows)
		fclose(b.rows);
	aisp_arena_free(b.a);
	return 0;
}
