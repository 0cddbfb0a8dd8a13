/* The words of a name: "dbPassword", "DB_PASSWORD" and "db-password" are "db", "password". Which words say that a secret
 * stands behind the name, and which say that something else does (an id, a file, a length, a policy). */
#include "scan/secrets/generic_int.h"

struct word {
	const char *text; /* lower case, sorted */
	uint16_t feature, feature2; /* + 1; 0 none */
};
#define W(word, a) {word, GENERIC_##a + 1, 0}
#define W2(word, a, b) {word, GENERIC_##a + 1, GENERIC_##b + 1}

static const struct word words[] = {
	W("access", N_ACCESS),
	W("accesskey", N_APIKEY),
	W("accesstoken", N_TOKEN),
	W("account", N_USER),
	W("action", N_ACTION),
	W("admin", N_ROOT),
	W("aes", N_CRYPT),
	W("after", N_TIME),
	W("age", N_TIME),
	W("alg", N_TYPE),
	W("algorithm", N_TYPE),
	W("alias", N_NAME),
	W("allow", N_BOOL),
	W("allowed", N_BOOL),
	W("annotation", N_MAP),
	W("answer", N_VALUE),
	W("api", N_API),
	W("apikey", N_APIKEY),
	W("apisecret", N_SECRET),
	W("apitoken", N_TOKEN),
	W("app", N_CLIENT),
	W("arg", N_FIELD),
	W("argument", N_FIELD),
	W("arn", N_ID),
	W("attempt", N_STATE),
	W("attr", N_FIELD),
	W("attribute", N_FIELD),
	W("auth", N_AUTH),
	W("authentication", N_AUTH),
	W("authenticator", N_STATE),
	W("authenticity", N_CSRF),
	W("authorization", N_AUTH),
	W("authtoken", N_TOKEN),
	W("bad", N_WRONG),
	W("bcrypt", N_HASH),
	W("bearer", N_TOKEN),
	W("bot", N_OAUTH),
	W("bucket", N_FILE),
	W("button", N_LABEL),
	W("bypass", N_STATE),
	W("cache", N_CACHE),
	W("callback", N_URL),
	W("cert", N_FILE),
	W("certificate", N_FILE),
	W("change", N_ACTION),
	W("changed", N_ACTION),
	W("char", N_SIZE),
	W("check", N_ACTION),
	W("checksum", N_HASH),
	W("cipher", N_CRYPT),
	W("class", N_TYPE),
	W("client", N_CLIENT),
	W("clientsecret", N_SECRET),
	W("code", N_CODE),
	W("col", N_FIELD),
	W("column", N_FIELD),
	W("command", N_PARSE),
	W("config", N_MAP),
	W("confirm", N_NEW),
	W("confirmation", N_NEW),
	W("connect", N_REMOTE),
	W("connection", N_REMOTE),
	W("consumer", N_OAUTH),
	W("cookie", N_COOKIE),
	W("count", N_SIZE),
	W("create", N_ACTION),
	W("created", N_TIME),
	W("credential", N_CREDENTIAL),
	W("credentials", N_CREDENTIAL),
	W("crypt", N_CRYPT),
	W("csrf", N_CSRF),
	W("current", N_NEW),
	W("cursor", N_PAGE),
	W("data", N_MAP),
	W("database", N_DB),
	W("date", N_TIME),
	W("db", N_DB),
	W("dbpassword", N_PASSWORD),
	W("default", N_NEW),
	W("delete", N_ACTION),
	W("desc", N_LABEL),
	W("description", N_LABEL),
	W("dict", N_MAP),
	W("digest", N_HASH),
	W("dir", N_FILE),
	W("directory", N_FILE),
	W("disable", N_BOOL),
	W("disabled", N_BOOL),
	W("docker", N_REMOTE),
	W("dummy", N_TEST),
	W("email", N_USER),
	W("empty", N_WRONG),
	W("enable", N_BOOL),
	W("enabled", N_BOOL),
	W("enc", N_CRYPT),
	W("encoded", N_HASH),
	W("encoder", N_TYPE),
	W("encrypt", N_CRYPT),
	W("encrypted", N_HASH),
	W("encryption", N_CRYPT),
	W("endpoint", N_URL),
	W("env", N_FIELD),
	W("error", N_LABEL),
	W("event", N_ACTION),
	W("example", N_TEST),
	W("exception", N_LABEL),
	W("expected", N_TEST),
	W("expiration", N_TIME),
	W("expire", N_TIME),
	W("expired", N_TIME),
	W("expires", N_TIME),
	W("expiry", N_TIME),
	W("factory", N_TYPE),
	W("fake", N_TEST),
	W("field", N_FIELD),
	W("file", N_FILE),
	W("filename", N_FILE),
	W("fingerprint", N_HASH),
	W("flag", N_BOOL),
	W("folder", N_FILE),
	W("foreign", N_MAP),
	W("forgot", N_ACTION),
	W("forgotten", N_ACTION),
	W("form", N_PAGE),
	W("format", N_TYPE),
	W("ftp", N_REMOTE),
	W("generator", N_TYPE),
	W("get", N_ACTION),
	W("github", N_REMOTE),
	W("grant", N_TYPE),
	W("group", N_MAP),
	W("handler", N_TYPE),
	W("has", N_BOOL),
	W("hash", N_HASH),
	W("hashed", N_HASH),
	W("header", N_HEADER),
	W("help", N_LABEL),
	W("hint", N_LABEL),
	W("history", N_STATE),
	W("hmac", N_CRYPT),
	W("host", N_URL),
	W("hotkey", N_MAP),
	W("icon", N_LABEL),
	W("id", N_ID),
	W("identifier", N_ID),
	W("ids", N_ID),
	W("incorrect", N_WRONG),
	W("index", N_MAP),
	W("input", N_PAGE),
	W("invalid", N_WRONG),
	W("is", N_BOOL),
	W("issuer", N_URL),
	W("item", N_MAP),
	W("jwt", N_JWT),
	W("key", N_KEY),
	W("keyboard", N_MAP),
	W("keyid", N_ID),
	W("keyname", N_NAME),
	W("keypass", N_PASSWORD),
	W("keys", N_KEY),
	W("keystore", N_FILE),
	W("keyword", N_PARSE),
	W("keywords", N_PARSE),
	W("kind", N_TYPE),
	W("label", N_LABEL),
	W("last", N_TIME),
	W("ldap", N_REMOTE),
	W("len", N_SIZE),
	W("length", N_SIZE),
	W("level", N_TYPE),
	W("license", N_CODE),
	W("lifetime", N_TIME),
	W("limit", N_SIZE),
	W("link", N_URL),
	W("list", N_MAP),
	W("location", N_FILE),
	W("lock", N_STATE),
	W("login", N_USER),
	W("mail", N_REMOTE),
	W("manager", N_TYPE),
	W("mandatory", N_LABEL),
	W("map", N_MAP),
	W("master", N_ROOT),
	W("match", N_LABEL),
	W("matching", N_LABEL),
	W("max", N_SIZE),
	W("md", N_HASH),
	W("message", N_LABEL),
	W("metadata", N_MAP),
	W("method", N_TYPE),
	W("min", N_SIZE),
	W("mode", N_TYPE),
	W("model", N_TYPE),
	W("mount", N_FILE),
	W("msg", N_LABEL),
	W("must", N_LABEL),
	W("mysql", N_DB),
	W("name", N_NAME),
	W("names", N_NAME),
	W("namespace", N_NAME),
	W("new", N_NEW),
	W("next", N_PAGE),
	W("nkey", N_NKEY),
	W("nonce", N_NONCE),
	W("not", N_LABEL),
	W("num", N_SIZE),
	W("number", N_SIZE),
	W("oauth", N_OAUTH),
	W("object", N_MAP),
	W("old", N_NEW),
	W("option", N_FIELD),
	W("options", N_FIELD),
	W("oracle", N_DB),
	W("otp", N_OTP),
	W("page", N_PAGE),
	W("param", N_FIELD),
	W("parameter", N_FIELD),
	W("parser", N_PARSE),
	W("partition", N_MAP),
	W("pass", N_PASS),
	W("passcode", N_PASSWORD),
	W("passphrase", N_PASSWORD),
	W("passwd", N_PASSWORD),
	W("password", N_PASSWORD),
	W2("passwordhash", N_PASSWORD, N_HASH),
	W2("passwords", N_PASSWORD, N_PLURAL),
	W("passwort", N_PASSWORD),
	W("path", N_FILE),
	W("pattern", N_POLICY),
	W("pgpassword", N_PASSWORD),
	W("placeholder", N_LABEL),
	W("plugin", N_TYPE),
	W("policy", N_POLICY),
	W("postgres", N_DB),
	W("prefix", N_AFFIX),
	W("press", N_MAP),
	W("primary", N_MAP),
	W("private", N_PRIVATE),
	W("privatekey", N_PRIVATE),
	W("privkey", N_PRIVATE),
	W("prompt", N_LABEL),
	W("property", N_FIELD),
	W("protocol", N_TYPE),
	W("provider", N_TYPE),
	W("provisioning", N_STATE),
	W("proxy", N_REMOTE),
	W("psk", N_PASSWORD),
	W("psw", N_PASSWORD),
	W("pubkey", N_PUBLIC),
	W("public", N_PUBLIC),
	W("publickey", N_PUBLIC),
	W("pw", N_PASS),
	W("pwd", N_PASSWORD),
	W("recover", N_ACTION),
	W("recovery", N_ACTION),
	W("redis", N_DB),
	W("ref", N_MAP),
	W("refresh", N_TOKEN),
	W("regex", N_POLICY),
	W("region", N_TYPE),
	W("registry", N_REMOTE),
	W("remember", N_STATE),
	W("repository", N_FILE),
	W("request", N_ACTION),
	W("requested", N_ACTION),
	W("require", N_BOOL),
	W("required", N_BOOL),
	W("reset", N_ACTION),
	W("resourcekey", N_ID),
	W("reuse", N_STATE),
	W("role", N_TYPE),
	W("root", N_ROOT),
	W("rotation", N_STATE),
	W("routing", N_MAP),
	W("rule", N_POLICY),
	W("sa", N_ROOT),
	W("salt", N_SALT),
	W("schema", N_TYPE),
	W("scheme", N_TYPE),
	W("scope", N_TYPE),
	W("secret", N_SECRET),
	W("secretkey", N_SECRET),
	W2("secrets", N_SECRET, N_PLURAL),
	W("seed", N_OTP),
	W("selector", N_PAGE),
	W("send", N_ACTION),
	W("separator", N_PARSE),
	W("server", N_REMOTE),
	W("service", N_TYPE),
	W("session", N_COOKIE),
	W("sha", N_HASH),
	W("shortcut", N_MAP),
	W("show", N_ACTION),
	W("sid", N_ID),
	W("sign", N_CRYPT),
	W("signature", N_CRYPT),
	W("signing", N_CRYPT),
	W("size", N_SIZE),
	W("smtp", N_REMOTE),
	W("sort", N_MAP),
	W("sortkey", N_MAP),
	W("spec", N_TYPE),
	W("ssh", N_REMOTE),
	W("state", N_STATE),
	W("status", N_STATE),
	W("storage", N_FILE),
	W("store", N_FILE),
	W("storepass", N_PASSWORD),
	W("strategy", N_TYPE),
	W("strength", N_POLICY),
	W("success", N_LABEL),
	W("suffix", N_AFFIX),
	W("syntax", N_PARSE),
	W("table", N_FIELD),
	W("test", N_TEST),
	W("text", N_LABEL),
	W("ticket", N_TOKEN),
	W("time", N_TIME),
	W("timeout", N_TIME),
	W("title", N_LABEL),
	W("tmp", N_TEST),
	W("token", N_TOKEN),
	W("tokenizer", N_PARSE),
	W2("tokens", N_TOKEN, N_PLURAL),
	W("tooltip", N_LABEL),
	W("topic", N_MAP),
	W("totp", N_OTP),
	W("translation", N_MAP),
	W("ttl", N_TIME),
	W("twitter", N_OAUTH),
	W("type", N_TYPE),
	W("types", N_TYPE),
	W("unique", N_MAP),
	W("update", N_ACTION),
	W("updated", N_TIME),
	W("uri", N_URL),
	W("url", N_URL),
	W("use", N_BOOL),
	W("user", N_USER),
	W("username", N_USER),
	W("uuid", N_ID),
	W("valid", N_POLICY),
	W("validate", N_POLICY),
	W("validation", N_POLICY),
	W("validator", N_POLICY),
	W("value", N_VALUE),
	W("vapid", N_CRYPT),
	W("var", N_FIELD),
	W("vault", N_FILE),
	W("verification", N_STATE),
	W("verify", N_STATE),
	W("version", N_TYPE),
	W("view", N_PAGE),
	W("webhook", N_APIKEY),
	W("wrong", N_WRONG),
	W("xsrf", N_CSRF),
};

static int compare(const char *a, size_t n, const char *b)
{
	for (size_t i = 0; i < n; i++) {
		int d = (unsigned char)generic_lower(a[i]) - (unsigned char)b[i];
		if (d)
			return d;
	}
	return b[n] ? -1 : 0;
}

static const struct word *lookup(const char *p, size_t n)
{
	size_t lo = 0, hi = sizeof(words) / sizeof(*words);
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int d = compare(p, n, words[mid].text);
		if (d == 0)
			return &words[mid];
		if (d < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

/* Secret words inside a word that is in no table ("mypassword", "userpasswd1"). */
static const struct word *inside(const char *p, size_t n)
{
	static const struct word parts[] = {W("password", N_PASSWORD), W("passwd", N_PASSWORD), W("passphrase", N_PASSWORD),
	        W("passwort", N_PASSWORD), W("pwd", N_PASSWORD), W("secret", N_SECRET), W("token", N_TOKEN), W("apikey", N_APIKEY)};
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (aisp_slice_findi(aisp_slice_of(p, n), aisp_slice_z(parts[i].text)) != SIZE_MAX)
			return &parts[i];
	return NULL;
}

static bool strong(unsigned feature)
{
	return feature >= GENERIC_N_PASSWORD && feature <= GENERIC_N_NKEY && feature != GENERIC_N_API && feature != GENERIC_N_CLIENT &&
	       feature != GENERIC_N_ACCESS;
}

static const struct word *add_word(const char *p, size_t n, struct generic_features *f)
{
	const struct word *w = lookup(p, n);
	if (!w && n > 1 && generic_lower(p[n - 1]) == 's')
		w = lookup(p, n - 1);
	if (!w && n > 4)
		w = inside(p, n);
	if (!w)
		return NULL;
	generic_set(f, (enum generic_feature)(w->feature - 1));
	if (w->feature2)
		generic_set(f, (enum generic_feature)(w->feature2 - 1));
	return w;
}

/* Where the word at i ends: before a capital behind a small letter, before the last capital of a run, at what is no letter. */
static size_t word_end(struct aisp_slice s, size_t i)
{
	size_t e = i + 1;
	while (e < s.n && generic_is_alpha(s.p[e])) {
		bool up = s.p[e] < 'a', was_up = s.p[e - 1] < 'a';
		if (up && !was_up)
			break;
		if (up && was_up && e + 1 < s.n && generic_is_alpha(s.p[e + 1]) && s.p[e + 1] >= 'a' && e - i > 1 &&
		    !(s.p[e + 1] == 's' && (e + 2 == s.n || !generic_is_alpha(s.p[e + 2]))))
			break;
		e++;
	}
	return e;
}

void aisp_secrets__generic_name(struct aisp_slice s, struct generic_features *f)
{
	size_t n_words = 0, n_strong = 0, lower = 0, upper = 0;
	const struct word *last = NULL;
	for (size_t i = 0; i < s.n;) {
		if (!generic_is_alpha(s.p[i])) {
			if (s.p[i] == '.')
				generic_set(f, GENERIC_N_DOTTED);
			i++;
			continue;
		}
		size_t e = word_end(s, i);
		for (size_t k = i; k < e; k++)
			*(s.p[k] < 'a' ? &upper : &lower) += 1;
		last = add_word(s.p + i, e - i, f);
		n_words++;
		n_strong += last && strong(last->feature - 1u);
		i = e;
	}
	if (last && strong(last->feature - 1u))
		generic_set(f, GENERIC_N_LAST_STRONG);
	if (n_words && n_words == n_strong)
		generic_set(f, GENERIC_N_ONLY_STRONG);
	if (upper && !lower)
		generic_set(f, GENERIC_N_UPPER);
	if (upper && lower)
		generic_set(f, GENERIC_N_CAMEL);
	if (n_words > 4)
		generic_set(f, GENERIC_N_LONG);
	if (generic_has(f, GENERIC_N_API) && generic_has(f, GENERIC_N_KEY))
		generic_set(f, GENERIC_N_APIKEY);
	if (generic_has(f, GENERIC_N_ACCESS) && generic_has(f, GENERIC_N_KEY))
		generic_set(f, GENERIC_N_APIKEY);
}
