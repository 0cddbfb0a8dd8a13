/* Classifying values: see variable.h. A wrong "secret" costs a node; a wrong "plain" would print a secret. So plain is a
 * short list of forms, and a key that names a secret is never plain.
 */
#include "collect/files/variable.h"
#include <stdio.h>

/* Names of variables whose whole name tells the credential. `provider` is the AI provider, or "". */
static const struct {
	const char *key, *kind, *provider;
} known_keys[] = {
	{"OPENAI_API_KEY", "openai_api_key", "openai"},
	{"OPENAI_KEY", "openai_api_key", "openai"},
	{"AZURE_OPENAI_API_KEY", "azure_openai_api_key", "azure_openai"},
	{"AZURE_OPENAI_KEY", "azure_openai_api_key", "azure_openai"},
	{"AZURE_API_KEY", "azure_openai_api_key", "azure_openai"},
	{"ANTHROPIC_API_KEY", "anthropic_api_key", "anthropic"},
	{"ANTHROPIC_AUTH_TOKEN", "anthropic_api_key", "anthropic"},
	{"CLAUDE_API_KEY", "anthropic_api_key", "anthropic"},
	{"GEMINI_API_KEY", "google_ai_api_key", "google"},
	{"GOOGLE_API_KEY", "google_ai_api_key", "google"},
	{"GOOGLE_GENERATIVE_AI_API_KEY", "google_ai_api_key", "google"},
	{"MISTRAL_API_KEY", "mistral_api_key", "mistral"},
	{"COHERE_API_KEY", "cohere_api_key", "cohere"},
	{"CO_API_KEY", "cohere_api_key", "cohere"},
	{"GROQ_API_KEY", "groq_api_key", "groq"},
	{"TOGETHER_API_KEY", "together_api_key", "together"},
	{"TOGETHERAI_API_KEY", "together_api_key", "together"},
	{"FIREWORKS_API_KEY", "fireworks_api_key", "fireworks"},
	{"PERPLEXITY_API_KEY", "perplexity_api_key", "perplexity"},
	{"PPLX_API_KEY", "perplexity_api_key", "perplexity"},
	{"DEEPSEEK_API_KEY", "deepseek_api_key", "deepseek"},
	{"XAI_API_KEY", "xai_api_key", "xai"},
	{"OPENROUTER_API_KEY", "openrouter_api_key", "openrouter"},
	{"CEREBRAS_API_KEY", "cerebras_api_key", "cerebras"},
	{"NVIDIA_API_KEY", "nvidia_api_key", "nvidia"},
	{"DASHSCOPE_API_KEY", "dashscope_api_key", "alibaba"},
	{"WATSONX_APIKEY", "watsonx_api_key", "ibm"},
	{"REPLICATE_API_TOKEN", "replicate_api_token", "replicate"},
	{"HF_TOKEN", "huggingface_token", "huggingface"},
	{"HUGGINGFACE_API_KEY", "huggingface_token", "huggingface"},
	{"HUGGINGFACE_TOKEN", "huggingface_token", "huggingface"},
	{"HUGGINGFACEHUB_API_TOKEN", "huggingface_token", "huggingface"},
	{"HUGGING_FACE_HUB_TOKEN", "huggingface_token", "huggingface"},
	{"VOYAGE_API_KEY", "voyage_api_key", "voyage"},
	{"JINA_API_KEY", "jina_api_key", "jina"},
	{"ELEVENLABS_API_KEY", "elevenlabs_api_key", "elevenlabs"},
	{"ASSEMBLYAI_API_KEY", "assemblyai_api_key", "assemblyai"},
	{"DEEPGRAM_API_KEY", "deepgram_api_key", "deepgram"},
	{"STABILITY_API_KEY", "stability_api_key", "stability"},
	{"PINECONE_API_KEY", "pinecone_api_key", "pinecone"},
	{"WEAVIATE_API_KEY", "weaviate_api_key", "weaviate"},
	{"QDRANT_API_KEY", "qdrant_api_key", "qdrant"},
	{"CHROMA_API_KEY", "chroma_api_key", "chroma"},
	{"ZILLIZ_TOKEN", "zilliz_token", "zilliz"},
	{"LANGCHAIN_API_KEY", "langsmith_api_key", "langsmith"},
	{"LANGSMITH_API_KEY", "langsmith_api_key", "langsmith"},
	{"LANGFUSE_SECRET_KEY", "langfuse_secret_key", "langfuse"},
	{"LITELLM_MASTER_KEY", "litellm_master_key", "litellm"},
	{"LLAMA_CLOUD_API_KEY", "llamacloud_api_key", "llamaindex"},
	{"UNSTRUCTURED_API_KEY", "unstructured_api_key", "unstructured"},
	{"WANDB_API_KEY", "wandb_api_key", "wandb"},
	{"COMET_API_KEY", "comet_api_key", "comet"},
	{"TAVILY_API_KEY", "tavily_api_key", "tavily"},
	{"SERPAPI_API_KEY", "serpapi_api_key", "serpapi"},
	{"SERPER_API_KEY", "serper_api_key", "serper"},
	{"EXA_API_KEY", "exa_api_key", "exa"},
	{"BRAVE_API_KEY", "brave_api_key", "brave"},
	{"FIRECRAWL_API_KEY", "firecrawl_api_key", "firecrawl"},
	{"E2B_API_KEY", "e2b_api_key", "e2b"},
	{"AWS_SECRET_ACCESS_KEY", "aws_secret_access_key", ""},
	{"AWS_SESSION_TOKEN", "aws_session_token", ""},
	{"AWS_BEARER_TOKEN_BEDROCK", "bedrock_api_key", "bedrock"},
	{"DATABRICKS_TOKEN", "databricks_token", "databricks"},
	{"GITHUB_TOKEN", "github_token", ""},
	{"GH_TOKEN", "github_token", ""},
	{"GITHUB_PERSONAL_ACCESS_TOKEN", "github_token", ""},
	{"GITLAB_TOKEN", "gitlab_token", ""},
	{"GITLAB_PERSONAL_ACCESS_TOKEN", "gitlab_token", ""},
	{"SLACK_BOT_TOKEN", "slack_token", ""},
	{"STRIPE_SECRET_KEY", "stripe_secret_key", ""},
	{"STRIPE_API_KEY", "stripe_secret_key", ""},
	{"SENDGRID_API_KEY", "sendgrid_api_key", ""},
	{"NOTION_TOKEN", "notion_token", ""},
	{"SUPABASE_SERVICE_ROLE_KEY", "supabase_service_role_key", ""},
};

/* Forms of values that tell the credential: prefix, at least so many bytes in all. Vendors' own documents and
 * https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns */
static const struct {
	const char *prefix;
	size_t min;
	const char *kind;
} token_forms[] = {
	{"sk-ant-", 24, "anthropic_api_key"}, {"sk-or-v1-", 24, "openrouter_api_key"}, {"sk-proj-", 24, "openai_api_key"},
	{"sk-svcacct-", 24, "openai_api_key"}, {"sk-lf-", 20, "langfuse_secret_key"}, {"sk-", 24, "openai_api_key"},
	{"hf_", 20, "huggingface_token"},     {"gsk_", 24, "groq_api_key"},           {"AIza", 35, "google_ai_api_key"},
	{"xai-", 24, "xai_api_key"},          {"pplx-", 24, "perplexity_api_key"},    {"r8_", 24, "replicate_api_token"},
	{"nvapi-", 24, "nvidia_api_key"},     {"tvly-", 16, "tavily_api_key"},        {"pcsk_", 24, "pinecone_api_key"},
	{"lsv2_", 24, "langsmith_api_key"},   {"e2b_", 20, "e2b_api_key"},            {"csk-", 24, "cerebras_api_key"},
	{"ghp_", 30, "github_token"},         {"gho_", 30, "github_token"},           {"ghs_", 30, "github_token"},
	{"ghu_", 30, "github_token"},         {"github_pat_", 30, "github_token"},    {"glpat-", 20, "gitlab_token"},
	{"xoxb-", 20, "slack_token"},         {"xoxp-", 20, "slack_token"},           {"xapp-", 20, "slack_token"},
	{"sk_live_", 20, "stripe_secret_key"}, {"rk_live_", 20, "stripe_secret_key"}, {"sk_test_", 20, "stripe_secret_key"},
	{"SG.", 40, "sendgrid_api_key"},      {"ntn_", 20, "notion_token"},           {"npm_", 30, "npm_token"},
	{"pypi-", 30, "pypi_token"},          {"dckr_pat_", 20, "docker_token"},      {"dapi", 34, "databricks_token"},
	{"hvs.", 20, "vault_token"},          {"AGE-SECRET-KEY-", 40, "age_key"},     {"whsec_", 20, "webhook_secret"},
	{"-----BEGIN RSA PRIVATE KEY", 40, "private_key"}, {"-----BEGIN PRIVATE KEY", 40, "private_key"},
	{"-----BEGIN EC PRIVATE KEY", 40, "private_key"},  {"-----BEGIN OPENSSH PRIVATE KEY", 40, "private_key"},
	{"-----BEGIN ENCRYPTED PRIVATE KEY", 40, "private_key"}, {"-----BEGIN PGP PRIVATE KEY", 40, "private_key"},
};

/* Addresses whose path is the secret. */
static const char *const webhook_hosts[] = {"hooks.slack.com/", "discord.com/api/webhooks/", "discordapp.com/api/webhooks/",
                                            ".webhook.office.com/", "api.telegram.org/bot"};

#define COUNT(a) (sizeof(a) / sizeof *(a))

static char upper(char c)
{
	return (char)(c >= 'a' && c <= 'z' ? c - 32 : c == '-' || c == '.' || c == ' ' ? '_' : c);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Key in upper case with underscores: "spring.datasource.password", "api-key", "apiKey" → API_KEY. Cut at 127 bytes. */
static struct aisp_slice normalise(struct aisp_slice key, char buf[128])
{
	size_t n = 0;

	for (size_t i = 0; i < key.n && n + 2 < 128; i++) {
		if (i > 0 && key.p[i] >= 'A' && key.p[i] <= 'Z' && key.p[i - 1] >= 'a' && key.p[i - 1] <= 'z')
			buf[n++] = '_';
		buf[n++] = upper(key.p[i]);
	}
	buf[n] = '\0';
	return aisp_slice_of(buf, n);
}

static bool has(struct aisp_slice s, const char *z)
{
	return aisp_slice_find(s, aisp_slice_z(z)) != SIZE_MAX;
}

static bool ends(struct aisp_slice s, const char *z)
{
	return aisp_slice_ends(s, aisp_slice_z(z));
}

/* s is the word, or ends with _ and the word. */
static bool last_word(struct aisp_slice s, const char *word)
{
	size_t n = strlen(word);

	return ends(s, word) && (s.n == n || s.p[s.n - n - 1] == '_');
}

/* Names that sound like secrets and are none. */
static bool names_no_secret(struct aisp_slice k)
{
	static const char *const words[] = {"PUBLIC_KEY", "PUBLISHABLE_KEY", "KEY_ID", "KEY_NAME", "KEY_VERSION", "SECRET_NAME",
	                                    "SECRET_ID", "FILE", "PATH", "DIR", "URL", "URI", "ENABLED", "DISABLED", "TTL",
	                                    "EXPIRY", "EXPIRE", "EXPIRES", "EXPIRATION", "TIMEOUT", "LIMIT", "COUNT", "LENGTH",
	                                    "TYPE", "HEADER", "ALGORITHM", "ISSUER", "AUDIENCE", "TOKENS", "PREFIX", "POLICY",
	                                    "ROTATION", "MANAGER", "ENDPOINT", "HOST", "PORT", "SIZE", "BUDGET", "REGION",
	                                    "PROVIDER", "CONTEXT", "METHOD", "MODEL", "TOKENIZER", "PARALLELISM"};

	for (size_t i = 0; i < COUNT(words); i++)
		if (last_word(k, words[i]))
			return true;
	return has(k, "TOKENIZERS_") || has(k, "MAX_TOKEN") || has(k, "PUBLIC_KEY") || has(k, "TOKEN_LIMIT");
}

const char *aisp_key_credential_kind(struct aisp_slice key)
{
	static const struct {
		const char *word, *kind;
	} words[] = {
		{"PASSWORD", "password"},     {"PASSWD", "password"},       {"PWD", "password"},
		{"PASS", "password"},         {"PASSPHRASE", "password"},   {"PGPASSWORD", "password"},
		{"API_KEY", "api_key"},       {"APIKEY", "api_key"},        {"ACCESS_KEY", "access_key"},
		{"SECRET_KEY", "secret_key"}, {"PRIVATE_KEY", "private_key"}, {"SIGNING_KEY", "secret_key"},
		{"ENCRYPTION_KEY", "secret_key"}, {"MASTER_KEY", "secret_key"}, {"ACCOUNT_KEY", "access_key"},
		{"CLIENT_SECRET", "client_secret"}, {"SECRET", "secret"},   {"TOKEN", "token"},
		{"PAT", "token"},             {"CREDENTIALS", "secret"},    {"CREDENTIAL", "secret"},
		{"AUTHORIZATION", "token"},   {"JWT", "token"},             {"BEARER", "token"},
		{"SALT", "secret"},           {"KEY", "api_key"},
	};
	char buf[128];
	struct aisp_slice k = normalise(key, buf);

	if (k.n == 0 || aisp_slice_eqz(k, "PWD") || aisp_slice_eqz(k, "OLDPWD"))
		return NULL;
	for (size_t i = 0; i < COUNT(known_keys); i++)
		if (last_word(k, known_keys[i].key))
			return known_keys[i].kind;
	if (names_no_secret(k))
		return NULL;
	for (size_t i = 0; i < COUNT(words); i++)
		if (last_word(k, words[i].word) && !(aisp_slice_eqz(k, "KEY")))
			return words[i].kind;
	if (has(k, "PASSWORD") || has(k, "SECRET_ACCESS"))
		return "password";
	if (has(k, "API_KEY") || has(k, "SECRET_KEY"))
		return "api_key";
	return NULL;
}

const char *aisp_credential_provider(const char *credential_kind)
{
	for (size_t i = 0; credential_kind && i < COUNT(known_keys); i++)
		if (strcmp(known_keys[i].kind, credential_kind) == 0 && known_keys[i].provider[0])
			return known_keys[i].provider;
	return NULL;
}

static bool is_jwt(struct aisp_slice v)
{
	unsigned dots = 0;

	if (v.n < 40 || !aisp_slice_starts(v, AISP_S("eyJ")))
		return false;
	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] == '.')
			dots++;
		else if (!is_alpha(v.p[i]) && !is_digit(v.p[i]) && v.p[i] != '-' && v.p[i] != '_' && v.p[i] != '=')
			return false;
	}
	return dots == 2 || dots == 4;
}

const char *aisp_token_kind(struct aisp_slice value)
{
	struct aisp_slice v = aisp_slice_trim(value);

	if (v.n > 7 && aisp_slice_eqi(aisp_slice_to(v, 7), AISP_S("bearer ")))
		v = aisp_slice_trim(aisp_slice_from(v, 7));
	for (size_t i = 0; i < COUNT(token_forms); i++) {
		if (v.n < token_forms[i].min || !aisp_slice_starts(v, aisp_slice_z(token_forms[i].prefix)))
			continue;
		if (token_forms[i].prefix[0] == '-' || (aisp_slice_chr(v, ' ') == SIZE_MAX && aisp_slice_chr(v, '/') == SIZE_MAX))
			return aisp_value_is_placeholder(v) ? NULL : token_forms[i].kind;
	}
	return is_jwt(v) ? "jwt" : NULL;
}

bool aisp_value_is_reference(struct aisp_slice value)
{
	struct aisp_slice v = aisp_slice_trim(value);

	if (has(v, "${") || has(v, "{{") || has(v, "$(") || has(v, "<%"))
		return true;
	if (v.n > 2 && v.p[0] == '$' && (is_alpha(v.p[1]) || v.p[1] == '_'))
		return true;
	return (v.n > 2 && v.p[0] == '%' && v.p[v.n - 1] == '%') || aisp_slice_starts(v, AISP_S("op://")) ||
	       aisp_slice_starts(v, AISP_S("vault:")) || aisp_slice_starts(v, AISP_S("file:/")) ||
	       aisp_slice_starts(v, AISP_S("ref+"));
}

static bool one_char_only(struct aisp_slice v)
{
	size_t same = 1;

	while (same < v.n && v.p[same] == v.p[0])
		same++;
	return v.n >= 3 && same == v.n;
}

bool aisp_value_is_placeholder(struct aisp_slice value)
{
	static const char *const parts[] = {"changeme",   "change-me",   "change_me", "changethis", "change-this", "placeholder",
	                                    "replaceme",  "replace-me",  "replace_me", "replace-with", "replace_with",
	                                    "insert-",    "insert_",     "your-",     "your_",      "yourapikey",  "xxxx",
	                                    "redacted",   "dummy",       "****",      "todo",       "-here",       "_here",
	                                    "not-a-real", "not-set",     "notset",    "fill-in",    "fillme",      "fakekey"};
	static const char *const whole[] = {"none", "null", "nil", "undefined", "n/a", "tbd", "example", "...", "sk-...", "value"};
	struct aisp_slice v = aisp_slice_trim(value);

	if (v.n == 0)
		return true;
	if ((v.p[0] == '<' && v.p[v.n - 1] == '>') || aisp_slice_starts(v, AISP_S("...")))
		return true;
	if (v.n > 5 && aisp_slice_eqi(aisp_slice_to(v, 5), AISP_S("your ")))
		return true;
	if (v.n > 4 && aisp_slice_starts(v, AISP_S("__")) && aisp_slice_ends(v, AISP_S("__")))
		return true;
	if (one_char_only(v) && !is_digit(v.p[0]))
		return true;
	for (size_t i = 0; i < COUNT(whole); i++)
		if (aisp_slice_eqi(v, aisp_slice_z(whole[i])))
			return true;
	for (size_t i = 0; v.n < 200 && i < COUNT(parts); i++)
		if (aisp_slice_findi(v, aisp_slice_z(parts[i])) != SIZE_MAX)
			return true;
	return v.n < 200 && aisp_slice_findi(v, AISP_S("example")) != SIZE_MAX && !has(v, ".") && !has(v, "@");
}

/* What cannot be a secret. */

static bool is_small_int(struct aisp_slice v)
{
	int64_t i;

	return v.n <= 7 && aisp_slice_i64(v, &i);
}

static bool is_boolean(struct aisp_slice v)
{
	static const char *const words[] = {"true", "false", "yes", "no", "on", "off"};

	for (size_t i = 0; i < COUNT(words); i++)
		if (aisp_slice_eqi(v, aisp_slice_z(words[i])))
			return true;
	return false;
}

static bool is_hostname(struct aisp_slice v)
{
	size_t colon = aisp_slice_rchr(v, ':');
	uint64_t port;

	if (colon != SIZE_MAX && aisp_slice_u64(aisp_slice_from(v, colon + 1), &port) && port <= 65535)
		v = aisp_slice_to(v, colon);
	if (v.n == 0 || v.n > 253)
		return false;
	struct aisp_slice rest = v, label;
	while (rest.p && aisp_slice_split(&rest, '.', &label)) {
		if (label.n == 0 || label.n > 40) /* DNS allows 63; a long label may be a key */
			return false;
		for (size_t i = 0; i < label.n; i++)
			if (!is_alpha(label.p[i]) && !is_digit(label.p[i]) && label.p[i] != '-' && label.p[i] != '_')
				return false;
	}
	return true;
}

static bool is_host_valued(struct aisp_slice k, struct aisp_slice v)
{
	static const char *const keys[] = {"HOST", "HOSTNAME", "SERVER", "ADDR", "ADDRESS", "ENDPOINT", "URL", "URI",
	                                   "BASE", "DOMAIN", "PGHOST", "BROKER", "SERVERS", "HOSTS", "SERVICE"};

	if (!is_hostname(v))
		return false;
	if (ends(v, ".svc") || ends(v, ".cluster.local") || aisp_slice_eqz(v, "localhost"))
		return true;
	for (size_t i = 0; i < COUNT(keys); i++)
		if (last_word(k, keys[i]))
			return true;
	return false;
}

/* Model, collection and table names: short, of few characters, and under a key that says so. */
static bool is_name_valued(struct aisp_slice k, struct aisp_slice v)
{
	static const char *const keys[] = {"MODEL", "COLLECTION", "TABLE", "SCHEMA", "NAMESPACE", "ENVIRONMENT"};
	bool keyed = false;

	for (size_t i = 0; i < COUNT(keys); i++)
		keyed |= has(k, keys[i]);
	if (!keyed || v.n == 0 || v.n > 80)
		return false;
	for (size_t i = 0; i < v.n; i++)
		if (!is_alpha(v.p[i]) && !is_digit(v.p[i]) && !memchr("._:/@-", v.p[i], 6))
			return false;
	return is_alpha(v.p[0]) || v.p[0] == '@' || v.p[0] == '_';
}

/* The path of a URL as it may be shown: without query and fragment, and nothing at all when a part is long. */
static struct aisp_slice shown_path(struct aisp_slice path)
{
	struct aisp_slice parts, part;
	size_t n = 0;

	while (n < path.n && path.p[n] != '?' && path.p[n] != '#')
		n++;
	path = parts = aisp_slice_to(path, n);
	while (parts.p && aisp_slice_split(&parts, '/', &part))
		if (part.n > 24) /* may be a key */
			path.n = 0;
	return path;
}

size_t aisp_url_show(struct aisp_slice url, char *ret, size_t cap)
{
	size_t sep = aisp_slice_find(url, AISP_S("://")), end = 0;

	ret[0] = '\0';
	if (sep == SIZE_MAX || sep == 0 || sep > 16)
		return 0;
	for (size_t i = 0; i < url.n; i++)
		if ((unsigned char)url.p[i] <= 0x20 || url.p[i] == 0x7f || url.p[i] == '"')
			return 0;
	struct aisp_slice rest = aisp_slice_from(url, sep + 3);
	while (end < rest.n && !memchr("/?#", rest.p[end], 3))
		end++;
	struct aisp_slice authority = aisp_slice_to(rest, end), path = shown_path(aisp_slice_from(rest, end));
	size_t at = aisp_slice_rchr(authority, '@');
	if (at != SIZE_MAX)
		authority = aisp_slice_from(authority, at + 1);
	if (authority.n == 0 || aisp_value_is_reference(authority))
		return 0;
	int m = snprintf(ret, cap, "%.*s://%.*s%.*s", (int)sep, url.p, AISP_FMT(authority), AISP_FMT(path));
	if (m < 0 || (size_t)m >= cap) {
		ret[0] = '\0';
		return 0;
	}
	return (size_t)m;
}

/* A URL whose user, query and path could not hide a secret. */
static bool is_plain_url(struct aisp_slice v, const struct aisp_connection *c)
{
	char shown[1024];

	if (c->user[0] || c->password.n || c->placeholder || aisp_slice_chr(v, '?') != SIZE_MAX ||
	    aisp_slice_chr(v, '@') != SIZE_MAX)
		return false;
	return aisp_url_show(v, shown, sizeof shown) == v.n;
}

static bool is_webhook(struct aisp_slice v)
{
	for (size_t i = 0; i < COUNT(webhook_hosts); i++)
		if (has(v, webhook_hosts[i]) && aisp_slice_starts(v, AISP_S("http")))
			return true;
	return false;
}

static void classify_connection(struct aisp_slice v, struct aisp_value *ret)
{
	const struct aisp_connection *c = &ret->connection;

	ret->kind = AISP_VALUE_CONNECTION;
	if (is_webhook(v)) {
		ret->kind = AISP_VALUE_SECRET;
		ret->credential_kind = "webhook_url";
	} else if (c->password.n) {
		ret->credential_kind = aisp_connection_is_store(c) ? "connection_string" : "password";
	} else if (!aisp_connection_is_store(c)) {
		ret->kind = is_plain_url(v, c) ? AISP_VALUE_PLAIN : AISP_VALUE_OPAQUE;
	}
}

/* Issued keys and tokens are long and of one word: "KEY" or "Your openai key" stands for one. A password can be anything. */
static bool is_too_short_for(const char *credential_kind, struct aisp_slice v)
{
	enum { SHORTEST_ISSUED = 12 };

	if (!aisp_credential_provider(credential_kind) && !aisp_slice_ends(aisp_slice_z(credential_kind), AISP_S("api_key")))
		return false;
	return v.n < SHORTEST_ISSUED || aisp_slice_chr(v, ' ') != SIZE_MAX;
}

/* "GUEST_SIGNING_KEY=guest_signing_key": the name again stands for a value. A password may well be "password". */
static bool repeats_its_name(const char *credential_kind, struct aisp_slice key, struct aisp_slice v)
{
	return !strstr(credential_kind, "password") && v.n >= 3 && aisp_slice_findi(key, v) != SIZE_MAX;
}

void aisp_value_classify(struct aisp_slice key, struct aisp_slice value, struct aisp_value *ret)
{
	struct aisp_slice v = aisp_slice_trim(value);
	char buf[128];
	struct aisp_slice k = normalise(key, buf);
	const char *by_key = aisp_key_credential_kind(key), *by_form;

	*ret = (struct aisp_value){.kind = AISP_VALUE_EMPTY, .connection = {.scheme = ""}};
	if (v.n == 0)
		return;
	if (aisp_connection_parse(v, &ret->connection)) {
		classify_connection(v, ret);
		return;
	}
	by_form = aisp_token_kind(v);
	if (by_form) {
		ret->kind = AISP_VALUE_SECRET;
		ret->credential_kind = by_key && aisp_credential_provider(by_key) ? by_key : by_form;
	} else if (aisp_value_is_reference(v)) {
		ret->kind = AISP_VALUE_REFERENCE;
	} else if (by_key) {
		ret->kind = aisp_value_is_placeholder(v) || is_boolean(v) || is_too_short_for(by_key, v) || repeats_its_name(by_key, key, v)
		                    ? AISP_VALUE_PLACEHOLDER : AISP_VALUE_SECRET;
		ret->credential_kind = ret->kind == AISP_VALUE_SECRET ? by_key : NULL;
	} else if (is_boolean(v) || is_small_int(v) || is_host_valued(k, v) || is_name_valued(k, v)) {
		ret->kind = AISP_VALUE_PLAIN;
	} else {
		ret->kind = AISP_VALUE_OPAQUE;
	}
}

/* Families. */

enum aisp_family_part aisp_family_part_of(struct aisp_slice key, struct aisp_slice *ret_prefix)
{
	static const struct {
		const char *word;
		enum aisp_family_part part;
	} words[] = { /* the longest first */
		{"DATABASE_NAME", AISP_FAMILY_NAME}, {"DB_NAME", AISP_FAMILY_NAME},    {"HOSTADDR", AISP_FAMILY_HOST},
		{"HOSTNAME", AISP_FAMILY_HOST},      {"USERNAME", AISP_FAMILY_USER},   {"PASSWORD", AISP_FAMILY_PASSWORD},
		{"DATABASE", AISP_FAMILY_NAME},      {"DIALECT", AISP_FAMILY_SCHEME},  {"CONNECTION", AISP_FAMILY_SCHEME},
		{"DBNAME", AISP_FAMILY_NAME},        {"ENGINE", AISP_FAMILY_SCHEME},   {"DRIVER", AISP_FAMILY_SCHEME},
		{"PASSWD", AISP_FAMILY_PASSWORD},    {"SERVER", AISP_FAMILY_HOST},     {"LOGIN", AISP_FAMILY_USER},
		{"ADDR", AISP_FAMILY_HOST},          {"HOST", AISP_FAMILY_HOST},       {"PORT", AISP_FAMILY_PORT},
		{"USER", AISP_FAMILY_USER},          {"PASS", AISP_FAMILY_PASSWORD},   {"NAME", AISP_FAMILY_NAME},
		{"TYPE", AISP_FAMILY_SCHEME},        {"PWD", AISP_FAMILY_PASSWORD},    {"URL", AISP_FAMILY_URL},
		{"URI", AISP_FAMILY_URL},            {"DSN", AISP_FAMILY_URL},         {"DB", AISP_FAMILY_NAME},
	};

	for (size_t i = 0; i < COUNT(words); i++) {
		size_t n = strlen(words[i].word);
		if (key.n < n || !aisp_slice_eqi(aisp_slice_from(key, key.n - n), aisp_slice_z(words[i].word)))
			continue;
		struct aisp_slice prefix = aisp_slice_to(key, key.n - n);
		if (prefix.n == 0 || aisp_slice_eqi(prefix, AISP_S("PG"))) {
			*ret_prefix = prefix;
			return words[i].part;
		}
		if (memchr("_.-", prefix.p[prefix.n - 1], 3)) {
			*ret_prefix = aisp_slice_to(prefix, prefix.n - 1);
			return words[i].part;
		}
	}
	return AISP_FAMILY_NONE;
}

const char *aisp_family_scheme(struct aisp_slice text)
{
	static const struct {
		const char *part, *scheme;
	} rows[] = {{"postgres", "postgres"}, {"pgvector", "postgres"}, {"pgsql", "postgres"}, {"timescale", "postgres"},
	            {"psycopg", "postgres"},  {"cockroach", "postgres"}, {"mysql", "mysql"},   {"mariadb", "mysql"},
	            {"redis", "redis"},       {"valkey", "redis"},       {"mongo", "mongodb"}, {"rabbit", "amqp"},
	            {"amqp", "amqp"},         {"clickhouse", "clickhouse"}, {"neo4j", "neo4j"}, {"milvus", "milvus"},
	            {"mssql", "mssql"},       {"sqlserver", "mssql"},    {"smtp", "smtp"}};

	if (aisp_slice_eqi(text, AISP_S("PG")) || aisp_slice_eqi(aisp_slice_to(text, 3), AISP_S("PG_")))
		return "postgres";
	for (size_t i = 0; i < COUNT(rows); i++)
		if (aisp_slice_findi(text, aisp_slice_z(rows[i].part)) != SIZE_MAX)
			return rows[i].scheme;
	return "";
}

bool aisp_family_is_store(struct aisp_slice prefix)
{
	char buf[128];
	struct aisp_slice k = normalise(prefix, buf);
	const char *scheme = aisp_family_scheme(prefix);

	if (scheme[0])
		return strcmp(scheme, "smtp") != 0;
	return last_word(k, "DB") || has(k, "DATABASE") || has(k, "DATASOURCE") || has(k, "SQL") || aisp_slice_eqz(k, "DB") ||
	       aisp_slice_starts(k, AISP_S("DB_"));
}
