/* The target's text: aws:PROFILE[?region=a,b&role=ARN&external_id=X&accounts=1,2&endpoint=URL&run_credential_process=yes]. It holds no secret. */
#include "collect/aws/live_int.h"

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* With %XX resolved; p is NULL when out of memory. */
static struct aisp_slice decode(struct aisp_arena *a, struct aisp_slice s)
{
	char *p = aisp_arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; p && i < s.n; i++) {
		const bool coded = s.p[i] == '%' && i + 2 < s.n && hex(s.p[i + 1]) >= 0 && hex(s.p[i + 2]) >= 0;
		p[n++] = coded ? (char)(hex(s.p[i + 1]) * 16 + hex(s.p[i + 2])) : s.p[i];
		i += coded ? 2 : 0;
	}
	if (p)
		p[n] = '\0';
	return aisp_slice_of(p, p ? n : 0);
}

static int read_list(struct aisp_arena *a, struct aisp_slice value, const struct aisp_slice **ret, size_t *ret_n, struct aisp_err *err)
{
	size_t n = 1;
	struct aisp_slice part;

	for (size_t i = 0; i < value.n; i++)
		n += value.p[i] == ',';
	struct aisp_slice *list = aisp_arena_zalloc(a, n, sizeof *list);
	if (!list)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a target");
	n = 0;
	while (aisp_slice_split(&value, ',', &part))
		if (aisp_slice_trim(part).n)
			list[n++] = aisp_slice_trim(part);
	*ret = list;
	*ret_n = n;
	return 0;
}

static bool is_arn_of_role(struct aisp_slice s)
{
	return aisp_slice_starts(s, AISP_S("arn:aws")) && aisp_slice_find(s, AISP_S(":iam::")) != SIZE_MAX && aisp_slice_find(s, AISP_S(":role/")) != SIZE_MAX && s.n < 2048;
}

static int check(const struct aisp_aws_target *t, struct aisp_err *err)
{
	uint64_t number;

	for (size_t i = 0; i < t->n_regions; i++)
		if (!aisp_aws__is_region(t->regions[i]))
			return aisp_fail(err, AISP_E_USAGE, "aws: '%.*s' is no AWS region (region=eu-central-1,us-east-1)", AISP_FMT(aisp_slice_to(t->regions[i], 60)));
	for (size_t i = 0; i < t->n_accounts; i++)
		if (t->accounts[i].n != 12 || !aisp_slice_u64(t->accounts[i], &number))
			return aisp_fail(err, AISP_E_USAGE, "aws: '%.*s' is no account: 12 digits are expected", AISP_FMT(aisp_slice_to(t->accounts[i], 60)));
	if (t->n_accounts && t->role.n == 0)
		return aisp_fail(err, AISP_E_USAGE, "aws: accounts=… needs role=NAME, the role to assume in each of them");
	if (!t->n_accounts && t->role.n && !is_arn_of_role(t->role))
		return aisp_fail(err, AISP_E_USAGE, "aws: role= needs the ARN of a role (or its name, together with accounts=…)");
	if (t->endpoint.n && !aisp_slice_starts(t->endpoint, AISP_S("https://")) && !aisp_slice_starts(t->endpoint, AISP_S("http://")))
		return aisp_fail(err, AISP_E_USAGE, "aws: endpoint= needs a URL (http://127.0.0.1:5000)");
	return 0;
}

static int read_option(struct aisp_arena *a, struct aisp_slice key, struct aisp_slice value, struct aisp_aws_target *t, struct aisp_err *err)
{
	if (aisp_slice_eqz(key, "region"))
		return read_list(a, value, &t->regions, &t->n_regions, err);
	if (aisp_slice_eqz(key, "accounts"))
		return read_list(a, value, &t->accounts, &t->n_accounts, err);
	if (aisp_slice_eqz(key, "role"))
		t->role = value;
	else if (aisp_slice_eqz(key, "external_id"))
		t->external_id = value;
	else if (aisp_slice_eqz(key, "endpoint"))
		t->endpoint = value;
	else if (aisp_slice_eqz(key, "run_credential_process") && (aisp_slice_eqz(value, "yes") || aisp_slice_eqz(value, "no")))
		t->run_process = aisp_slice_eqz(value, "yes");
	else
		return aisp_fail(err, AISP_E_USAGE, "aws: '%.*s' is not understood; a target may say region, accounts, role, external_id, endpoint and run_credential_process=yes",
				 AISP_FMT(aisp_slice_to(key, 60)));
	return 0;
}

int aisp_aws_target_parse(struct aisp_arena *a, struct aisp_slice text, struct aisp_aws_target *ret, struct aisp_err *err)
{
	struct aisp_aws_target t = {0};
	int r = 0;

	if (!aisp_slice_starts(text, AISP_S("aws:")) || text.n > 65536 || memchr(text.p, '\0', text.n))
		return aisp_fail(err, AISP_E_USAGE, "an AWS target begins with aws:");
	text = aisp_slice_from(text, 4);
	size_t mark = aisp_slice_chr(text, '?');
	struct aisp_slice rest = mark == SIZE_MAX ? (struct aisp_slice){0} : aisp_slice_from(text, mark + 1), part;
	t.profile = decode(a, aisp_slice_to(text, mark));
	if (!t.profile.p)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a target");
	while (r == 0 && rest.n && aisp_slice_split(&rest, '&', &part)) {
		size_t equal = aisp_slice_chr(part, '=');
		struct aisp_slice value = decode(a, aisp_slice_from(part, equal == SIZE_MAX ? part.n : equal + 1));
		r = !value.p ? aisp_fail(err, AISP_E_NOMEM, "out of memory for a target") : part.n ? read_option(a, aisp_slice_to(part, equal), value, &t, err) : 0;
	}
	if (r == 0)
		r = check(&t, err);
	if (r == 0)
		*ret = t;
	return r;
}
