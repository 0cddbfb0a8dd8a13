/* What a model's name alone says: that it is none, that it is another maker's, that it is an Amazon resource. */
#include "scan/source/names.h"
#include <string.h>

static bool starts_with_any(struct aisp_slice s, const char *const *list)
{
	for (; *list; list++) {
		size_t n = strlen(*list);

		if (s.n >= n && aisp_slice_eqi(aisp_slice_to(s, n), aisp_slice_z(*list)))
			return true;
	}
	return false;
}

static bool is_any(struct aisp_slice s, const char *const *list)
{
	for (; *list; list++)
		if (aisp_slice_eqi(s, aisp_slice_z(*list)))
			return true;
	return false;
}

static bool has_any(struct aisp_slice s, const char *const *list)
{
	for (; *list; list++)
		if (aisp_slice_findi(s, aisp_slice_z(*list)) != SIZE_MAX)
			return true;
	return false;
}

/* MODEL_NAME, YOU-IMPORT-MODEL-ARN: capitals, and the word for what is to be put in. */
static bool is_shouted(struct aisp_slice s)
{
	static const char *const words[] = {"MODEL", "ARN", "DEPLOYMENT", "ENDPOINT", "NAME", NULL};
	bool joined = false;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] >= 'a' && s.p[i] <= 'z')
			return false;
		joined |= s.p[i] == '_' || s.p[i] == '-';
	}
	return joined && has_any(s, words);
}

bool aisp_source__is_placeholder(struct aisp_slice s)
{
	static const char *const fronts[] = {"your-", "your_", "your ", "my-model", "my_model", "replace", "insert-", "insert_", "insert ", "enter-", "enter_",
	                                     "dummy", "fake-", "fake_", "mock", "some-model", "some_model", "put-your", "put_your", NULL};
	static const char *const inside[] = {"-your-", "_your_", "/your-", "/your_", "placeholder", "change-me", "changeme", "change_me", "replace_with",
	                                     "replace-with", "xxxx", "...", "\xe2\x80\xa6", NULL};
	static const char *const whole[] = {"test", "unknown", "model", "model-name", "model_name", "modelname", "model-id", "model_id", "none", "null",
	                                    "todo", "tbd", "n/a", "foo", "bar", "test-model", "test_model", "local-model", "model-arn", "your", "xxx", "unused", NULL};

	if (!s.n)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (strchr("<>{} ", s.p[i]) && s.p[i])
			return true;
	return s.p[0] == '$' || starts_with_any(s, fronts) || has_any(s, inside) || is_any(s, whole) || is_shouted(s);
}

/* Families of models by the front of their names, as their makers and the hubs write them. */
static const char *const openai_names[] = {"gpt-3", "gpt-4", "gpt-5", "gpt-image", "gpt-audio", "gpt-realtime", "o1-", "o3-", "o4-", "chatgpt-", "dall-e-",
                                           "text-embedding-3", "text-embedding-ada", "text-davinci", "davinci-", "whisper-1", "tts-1", NULL};
static const char *const anthropic_names[] = {"claude", NULL};
static const char *const other_names[] = {
	"gemini",    "gemma",    "llama",     "meta-llama", "codellama", "tinyllama", "mistral",   "mixtral",  "codestral", "ministral", "pixtral",
	"magistral", "devstral", "deepseek",  "qwen",       "qwq",       "command-r", "command-a", "c4ai-",    "aya-",      "phi-",      "phi3",
	"phi4",      "grok",     "glm-",      "chatglm",    "kimi",      "moonshot",  "jamba",     "dbrx",     "falcon",    "vicuna",    "hermes",
	"nous-",     "wizardlm", "solar-",    "sonar",      "ernie",     "hunyuan",   "minimax",   "starcoder", "granite",  "nemotron",  "zephyr",
	"openchat",  "yi-",      "baichuan",  "internlm",   "doubao",    "step-",     "amazon.",   "nova-",    "titan-",    "dolphin",   "gpt-oss",
	"nomic-",    "bge-",     "mxbai-",    "all-minilm", "orca-",     "stablelm",  "smollm",    "olmo",     "cogito",    "r1",        NULL};

bool aisp_source__is_foreign(const char *provider, struct aisp_slice name)
{
	bool openai = strcmp(provider, "openai") == 0;
	size_t slash = aisp_slice_rchr(name, '/');

	if (!name.n || (!openai && strcmp(provider, "anthropic") != 0))
		return false;
	if (starts_with_any(name, other_names) || starts_with_any(name, openai ? anthropic_names : openai_names))
		return true;
	return slash != SIZE_MAX && slash > 0 && aisp_slice_chr(name, ':') == SIZE_MAX; /* maker/model, as hubs and routers write it */
}

bool aisp_source__arn(struct aisp_slice *name, struct aisp_slice *ret_service, struct aisp_slice *ret_kind)
{
	struct aisp_slice rest = *name, part[5];
	size_t end;

	if (!aisp_slice_starts(rest, AISP_S("arn:aws")))
		return false;
	for (int i = 0; i < 5; i++)
		if (!aisp_slice_split(&rest, ':', &part[i]))
			return false;
	*ret_service = part[2];
	for (end = 0; end < rest.n && rest.p[end] != '/' && rest.p[end] != ':'; end++)
		;
	*ret_kind = aisp_slice_to(rest, end);
	if (!aisp_slice_eqz(part[2], "bedrock") || !aisp_slice_eqz(*ret_kind, "foundation-model") || end + 1 >= rest.n)
		return true;
	*name = aisp_slice_from(rest, end + 1);
	*ret_kind = aisp_slice_z("");
	return true;
}
