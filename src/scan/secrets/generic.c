/* Secrets by their context: passwords, keys and tokens that no issuer's format gives away, but the name they are given to does, or the
 * place: a URL with a password, a Basic header, a command line, SQL. See generic_int.h for the way from an anchor to a hit. */
#include "scan/secrets/generic_int.h"

#define NAME GENERIC_TAG_NAME
#define KEY GENERIC_TAG_KEY
/* "pass" and "key" are too common alone: only with an operator or a quote behind them. */
const struct aisp_secrets__anchor aisp_secrets__anchors[] = {
	{"passw", NAME}, {"passphrase", NAME}, {"pwd", NAME}, {"passcode", NAME}, {"secret", NAME}, {"token", NAME}, {"credential", NAME},
	{"apikey", NAME}, {"privkey", NAME}, {"nonce", NAME}, {"salt", NAME}, {"requirepass", NAME}, {"storepass", NAME},
	        {"keypass", NAME},
	{"pass:", KEY}, {"pass=", KEY}, {"pass =", KEY}, {"pass\"", KEY}, {"pass'", KEY}, {"pass\\\"", KEY}, {"pass :", KEY},
	        {"pass>", KEY},
	{"key:", KEY}, {"key=", KEY}, {"key =", KEY}, {"key\"", KEY}, {"key'", KEY}, {"key\\\"", KEY}, {"key :", KEY}, {"key>",
	        KEY}, {"key  ", KEY},
	{"key(\"", KEY}, {"key('", KEY}, {"_key ", KEY}, {"pw:", KEY}, {"pw=", KEY}, {"pw =", KEY}, {"pw\"", KEY}, {"pw'", KEY},
	{"psw", NAME}, {"auth:", KEY}, {"auth=", KEY}, {"auth =", KEY}, {"auth\"", KEY}, {"auth'", KEY}, {"authorization", NAME},
	        {"auth_", NAME},
	{"authcode", NAME}, {"ticket", NAME}, {"seed", NAME}, {"_psk", NAME}, {"sessionid", NAME}, {"session_id", NAME}, {"passwd", NAME},
	{"://", GENERIC_TAG_URL}, {"basic ", GENERIC_TAG_BASIC}, {"bearer ", GENERIC_TAG_BEARER}, {"identified", GENERIC_TAG_SQL},
	{"-key ", KEY}, {"_key \"", KEY}, {"chpasswd", GENERIC_TAG_CHPASSWD}, {"-u ", GENERIC_TAG_USER}, {"-user ",
	        GENERIC_TAG_USER}, {"-user=", GENERIC_TAG_USER}, {"mysql", GENERIC_TAG_MYSQL},
	{"sshpass", GENERIC_TAG_SSHPASS}, {NULL, 0},
};

void aisp_secrets__generic_begin(struct aisp_secrets__generic_ctx *g)
{
	g->hints = aisp_secrets__generic_file_hints(g->path);
	g->done = 0;
}

size_t aisp_secrets__generic_judge(struct aisp_secrets__generic_ctx *g, unsigned tag, size_t at,
                                   struct generic_candidate ret[static GENERIC_MULTI])
{
	if (at >= g->text.n)
		return 0;
	size_t n = aisp_secrets__generic_parse(g, tag, at, ret), kept = 0;
	for (size_t i = 0; i < n; i++)
		if (aisp_secrets__generic_score(g, &ret[i], true))
			ret[kept++] = ret[i];
	return kept;
}

struct verdict {
	const char *rule, *description;
	enum aisp_secret_kind kind;
};

static const struct verdict verdicts[] = {
	{"url-credentials", "Password in a URL", AISP_SECRET_CONNECTION_STRING},
	{"basic-auth", "User and password in a Basic authorization header", AISP_SECRET_PASSWORD},
	{"bearer-token", "Token in a Bearer authorization header", AISP_SECRET_TOKEN},
	{"sql-password", "Password in an SQL statement", AISP_SECRET_PASSWORD},
	{"command-line-password", "Password on a command line", AISP_SECRET_PASSWORD},
	{"generic-password", "Password given as a literal", AISP_SECRET_PASSWORD},
	{"salt-or-nonce", "Salt or nonce given as a literal", AISP_SECRET_OTHER},
	{"encryption-key", "Encryption or signing key given as a literal", AISP_SECRET_OTHER},
	{"generic-api-key", "API key given as a literal", AISP_SECRET_API_KEY},
	{"generic-token", "Token given as a literal", AISP_SECRET_TOKEN},
	{"generic-secret", "Secret given as a literal", AISP_SECRET_OTHER},
};

static const struct verdict *verdict_of(const struct generic_candidate *c)
{
	const struct generic_features *f = &c->features;
#define HAS(k) generic_has(f, GENERIC_##k)
	switch (c->form) {
	case GENERIC_AS_URL:
		return &verdicts[0];
	case GENERIC_AS_BASIC:
		return &verdicts[1];
	case GENERIC_AS_BEARER:
		return &verdicts[2];
	case GENERIC_AS_SQL:
		return &verdicts[3];
	case GENERIC_AS_COMMAND:
		return &verdicts[4];
	default:
		break;
	}
	if (HAS(N_PASSWORD) || HAS(N_PASS))
		return c->form == GENERIC_AS_FLAG ? &verdicts[4] : &verdicts[5];
	if (HAS(N_SALT) || HAS(N_NONCE))
		return &verdicts[6];
	if (HAS(N_CRYPT) && HAS(N_KEY))
		return &verdicts[7];
	if (HAS(N_APIKEY))
		return &verdicts[8];
	if (HAS(N_TOKEN) || HAS(N_JWT) || HAS(N_COOKIE))
		return &verdicts[9];
	return &verdicts[10];
#undef HAS
}

static void add_fact(struct aisp_secret_hit *h, const char *key, struct aisp_slice value)
{
	if (value.n == 0 || value.n > 256)
		return;
	h->facts[h->n_facts].key = key;
	h->facts[h->n_facts++].value = value;
}

static int report(const struct generic_candidate *c, aisp_secret_sink *emit, void *emit_ctx)
{
	const struct verdict *v = verdict_of(c);
	bool weak = generic_has(&c->features, GENERIC_V_COMMON), likely = c->score >= GENERIC_LIKELY && !weak;
	struct aisp_secret_hit h = {
		.rule = v->rule,
		.description = v->description,
		.issuer = "",
		.severity = weak || v == &verdicts[6] ? "low" : likely ? "high" : "medium",
		.kind = v->kind,
		.certainty = likely ? AISP_SECRET_LIKELY : AISP_SECRET_POSSIBLE,
		.at = c->value_at,
		.n = c->value.n,
		.match_at = c->name_at < c->value_at ? c->name_at : c->value_at,
	};
	h.match_n = (c->match_end > h.at + h.n ? c->match_end : h.at + h.n) - h.match_at;
	add_fact(&h, "user", c->user);
	add_fact(&h, "host", c->host);
	return emit(emit_ctx, &h);
}

int aisp_secrets__generic(struct aisp_secrets__generic_ctx *g, unsigned tag, size_t at, aisp_secret_sink *emit, void *emit_ctx)
{
	struct generic_candidate c[GENERIC_MULTI];
	size_t n = at < g->text.n ? aisp_secrets__generic_parse(g, tag, at, c) : 0;
	for (size_t i = 0; i < n; i++) {
		if (!aisp_secrets__generic_score(g, &c[i], false) || c[i].score < GENERIC_POSSIBLE)
			continue;
		int r = report(&c[i], emit, emit_ctx);
		if (r < 0)
			return r;
	}
	return 0;
}

int aisp_secrets__generic_url(struct aisp_secrets__generic_ctx *g, size_t at, bool *ret_weak)
{
	struct generic_candidate c[GENERIC_MULTI];
	*ret_weak = false;
	if (aisp_secrets__generic_parse(g, GENERIC_TAG_URL, at, c) == 0)
		return -1;
	if (!aisp_secrets__generic_score(g, &c[0], true))
		return 0;
	*ret_weak = generic_has(&c[0].features, GENERIC_V_COMMON);
	if (c[0].score < (*ret_weak ? GENERIC_POSSIBLE : GENERIC_URL_POSSIBLE))
		return 0;
	return c[0].score >= GENERIC_LIKELY && !*ret_weak ? AISP_SECRET_LIKELY : AISP_SECRET_POSSIBLE;
}
