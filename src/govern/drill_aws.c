/* Kind: the access key of an AWS user without permissions, /aisp-drill/aisp-drill-ID. Containment in the order of the vendor's guidance: key inactive, deny-all, sessions that were
 * made before now, key deleted. */
#include "base/fs.h"
#include "base/jw.h"
#include "collect/aws/live_int.h"
#include "govern/drill_int.h"
#include <stdlib.h>
#include <time.h>

static struct aisp_slice user(const struct aisp_drill *d)
{
	return aisp_drill__get(d, "user");
}

/* One IAM operation; params: a JSON object's text, %s is the user's name. */
static int iam(struct aisp_drill *d, const char *op, const struct aisp_buf *params, const struct aisp_doc **ret, struct aisp_err *err)
{
	const struct aisp_doc *p = NULL, *answer = NULL;

	int r = aisp_buf_check(params, err);
	if (r == 0)
		r = aisp_json_parse(d->mem, aisp_buf_slice(params), NULL, &p, err);
	if (r == 0)
		r = aisp_act_aws(d->act, (struct aisp_slice){0}, (struct aisp_slice){0}, aisp_slice_z(op), p, d->mem, &answer, err);
	if (r == 0 && ret)
		*ret = answer;
	return r;
}

/* {"UserName": …, key: value, …} */
static int user_op(struct aisp_drill *d, const char *op, const char *const *more, const struct aisp_doc **ret, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf b = {0};
	struct aisp_jw w;

	aisp_buf_init(&b, 1 << 16);
	aisp_jw_init(&w, &b, false);
	aisp_jw_obj(&w);
	aisp_jw_kstr(&w, "UserName", user(d));
	for (; more && *more; more += 2)
		aisp_jw_kz(&w, more[0], more[1]);
	aisp_jw_end(&w);
	return iam(d, op, &b, ret, err);
}

static int prepare(struct aisp_drill *d, struct aisp_slice detail, struct aisp_err *err)
{
	if (detail.n)
		return aisp_fail(err, AISP_E_USAGE, "aws-key takes nothing behind ':'");
	if (!aisp_drill__target(d, "aws:"))
		return aisp_fail(err, AISP_E_USAGE, "an aws-key needs the account to make it in: --with aws:PROFILE");
	int r = aisp_drill__fact(d, "user", d->name, err);
	return r == 0 ? aisp_drill__fact(d, "credential", d->name, err) : r;
}

static int create(struct aisp_drill *d, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf b = {0};
	const struct aisp_doc *answer = NULL;

	aisp_buf_init(&b, 1 << 16);
	aisp_buf_printf(&b, "{\"UserName\": \"%.*s\", \"Path\": \"/aisp-drill/\", \"Tags\": [{\"Key\": \"aisp-drill\", \"Value\": \"%s\"}]}", AISP_FMT(user(d)), d->id);
	int r = iam(d, "iam:CreateUser", &b, NULL, err);
	if (r == 0)
		r = user_op(d, "iam:CreateAccessKey", NULL, &answer, err);
	if (r < 0)
		return r;
	const struct aisp_doc *key = aisp_doc_get(answer, "AccessKey");
	const struct aisp_slice id = aisp_doc_getstr(key, "AccessKeyId"), secret = aisp_doc_getstr(key, "SecretAccessKey");
	if (!id.n || !secret.n)
		return aisp_fail(err, AISP_E_REMOTE, "iam:CreateAccessKey gave no key");
	r = aisp_drill__pair(d, "AWS_ACCESS_KEY_ID", id, id, err);
	if (r == 0)
		r = aisp_drill__pair(d, "AWS_SECRET_ACCESS_KEY", secret, secret, err);
	return r == 0 ? aisp_drill__fact(d, "key_id", id, err) : r;
}

/* The user's target, as the drill's profile in a file of its own. */
static int target_of_key(struct aisp_drill *d, struct aisp_slice *ret_target, struct aisp_slice *ret_file, struct aisp_err *err)
{
	AISP_DRILL_WIPEBUF struct aisp_buf file = {0};
	AISP_AUTOBUF struct aisp_buf text = {0};
	struct aisp_slice query = aisp_slice_z(aisp_drill__target(d, "aws:")), part;
	const size_t mark = aisp_slice_chr(query, '?');

	query = mark == SIZE_MAX ? (struct aisp_slice){0} : aisp_slice_from(query, mark + 1);
	aisp_buf_init(&file, 4096);
	aisp_buf_init(&text, 8192);
	*ret_file = aisp_arena_printf(d->mem, "%s/credentials", d->dir.p);
	aisp_buf_printf(&file, "[drill]\naws_access_key_id = %.*s\naws_secret_access_key = %.*s\n", (int)d->pairs[0].value.n, d->pairs[0].value.p, (int)d->pairs[1].value.n, d->pairs[1].value.p);
	aisp_buf_putz(&text, "aws:drill?");
	while (query.p && aisp_slice_split(&query, '&', &part))
		if (aisp_slice_starts(part, AISP_S("endpoint=")) || aisp_slice_starts(part, AISP_S("region=")))
			aisp_buf_printf(&text, "%.*s&", AISP_FMT(part));
	text.n -= text.n > 0; /* the last & or ? */
	*ret_target = aisp_arena_dup(d->mem, aisp_buf_slice(&text));
	if (!ret_file->p || !ret_target->p)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a drill");
	int r = aisp_buf_check(&file, err);
	return r == 0 ? aisp_fs_write(ret_file->p, aisp_buf_slice(&file), 0600, err) : r;
}

/* The variables that would stand over the file; put back afterwards. No other thread runs with this kind. */
static const char *const variables[] = {"AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE", "AWS_DEFAULT_REGION"};
enum { VARIABLES = sizeof variables / sizeof *variables };

/* The caller's identity: what every key may ask, also one without any permission. */
static int whoami(struct aisp_drill *d, struct aisp_err *err)
{
	struct aisp_slice text, file, account, kept[VARIABLES];
	struct aisp_aws_target t = {0};

	int r = target_of_key(d, &text, &file, err);
	struct aisp_slice none = aisp_arena_printf(d->mem, "%s/no-config", d->dir.p);
	if (r < 0 || !none.p)
		return r < 0 ? r : aisp_fail(err, AISP_E_NOMEM, "out of memory for a drill");
	for (size_t i = 0; i < VARIABLES; i++) {
		const char *v = getenv(variables[i]);
		kept[i] = v ? aisp_arena_dup(d->mem, aisp_slice_z(v)) : (struct aisp_slice){0};
	}
	setenv("AWS_SHARED_CREDENTIALS_FILE", file.p, 1);
	setenv("AWS_CONFIG_FILE", none.p, 1);
	setenv("AWS_DEFAULT_REGION", "us-east-1", 0);
	r = aisp_aws_target_parse(d->mem, text, &t, err);
	if (r == 0)
		r = aisp_aws__whoami(&t, d->mem, &account, err);
	for (size_t i = 0; i < VARIABLES; i++) {
		if (kept[i].p)
			setenv(variables[i], kept[i].p, 1);
		else
			unsetenv(variables[i]);
	}
	return r;
}

static enum aisp_drill_answer try(struct aisp_drill *d, unsigned way, struct aisp_buf *why)
{
	struct aisp_err e = {0};

	(void)way;
	const int r = whoami(d, &e);
	if (r == 0)
		return AISP_DRILL_WORKS;
	aisp_buf_putz(why, e.msg);
	static const char *const words[] = {"InvalidClientTokenId", "InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied", "UnrecognizedClient"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strstr(e.msg, words[i]))
			return AISP_DRILL_REFUSED;
	return AISP_DRILL_UNKNOWN;
}

static int inactive(struct aisp_drill *d, struct aisp_err *err)
{
	const char *const more[] = {"AccessKeyId", aisp_drill__get(d, "key_id").p, "Status", "Inactive", NULL};
	return user_op(d, "iam:UpdateAccessKey", more, NULL, err);
}

static int deny(struct aisp_drill *d, struct aisp_err *err)
{
	static const char *const more[] = {"PolicyName", "aisp-drill-deny", "PolicyDocument",
					   "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}]}", NULL};
	return user_op(d, "iam:PutUserPolicy", more, NULL, err);
}

static int end_sessions(struct aisp_drill *d, struct aisp_err *err)
{
	char at[32];
	const time_t now = time(NULL);
	struct tm tm;

	(void)strftime(at, sizeof at, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
	struct aisp_slice text = aisp_arena_printf(d->mem, "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\","
							   "\"Condition\":{\"DateLessThan\":{\"aws:TokenIssueTime\":\"%s\"}}}]}", at);
	const char *const more[] = {"PolicyName", "aisp-drill-older-sessions", "PolicyDocument", text.p, NULL};
	return text.p ? user_op(d, "iam:PutUserPolicy", more, NULL, err) : aisp_fail(err, AISP_E_NOMEM, "out of memory for a drill");
}

static int gone_is_fine(int r)
{
	return r == AISP_E_NOTFOUND ? 0 : r;
}

static int delete_keys(struct aisp_drill *d, struct aisp_err *err)
{
	const struct aisp_doc *answer = NULL;
	int r = user_op(d, "iam:ListAccessKeys", NULL, &answer, err);
	const struct aisp_doc *keys = aisp_doc_get(answer, "AccessKeyMetadata");

	for (uint32_t i = 0; r == 0 && i < aisp_doc_count(keys); i++) {
		const char *const more[] = {"AccessKeyId", aisp_doc_getstr(aisp_doc_at(keys, i), "AccessKeyId").p, NULL};
		r = gone_is_fine(user_op(d, "iam:DeleteAccessKey", more, NULL, err));
	}
	return gone_is_fine(r);
}

static int clean(struct aisp_drill *d, struct aisp_err *err)
{
	static const char *const policies[] = {"aisp-drill-deny", "aisp-drill-older-sessions"};

	if (!user(d).n)
		return 0;
	int r = delete_keys(d, err);
	for (size_t i = 0; r == 0 && i < 2; i++) {
		const char *const more[] = {"PolicyName", policies[i], NULL};
		r = gone_is_fine(user_op(d, "iam:DeleteUserPolicy", more, NULL, err));
	}
	return r == 0 ? gone_is_fine(user_op(d, "iam:DeleteUser", NULL, NULL, err)) : r;
}

static const struct aisp_drill_contain steps[] = {
	{"iam:UpdateAccessKey: the key becomes inactive", inactive},
	{"iam:PutUserPolicy: deny everything", deny},
	{"iam:PutUserPolicy: deny sessions that were issued before now (aws:TokenIssueTime)", end_sessions},
	{"iam:DeleteAccessKey", delete_keys},
	{NULL, NULL},
};
const struct aisp_drill_kind aisp_drill__aws = {
	.name = "aws-key", .what = "the access key of an AWS user without permissions (path /aisp-drill/)",
	.made = "AWS user /aisp-drill/%s without permissions, tag aisp-drill, with one access key", .reach = "what the graph says that the user reaches: nothing is expected",
	.target = "aws:", .prepare = prepare, .create = create, .ways = {"sts:GetCallerIdentity with the key"}, .try = try, .contain = steps, .clean = clean,
};
