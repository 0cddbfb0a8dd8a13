/* Models: whose they are, what they are called, where they answer; and the models of an agent. */
#include "scan/source/finish.h"
#include "scan/source/names.h"

static struct phit *at(struct program *P, uint32_t hit)
{
	return P->hits.v[hit - 1];
}

struct host_row {
	const char *host, *provider;
};
static const struct host_row hosts[] = {
	{"api.openai.com", "openai"},       {"openai.azure.com", "azure-openai"}, {"api.groq.com", "groq"},
	{"api.together.xyz", "together"},   {"openrouter.ai", "openrouter"},      {"api.mistral.ai", "mistral"},
	{"api.deepseek.com", "deepseek"},   {"api.x.ai", "xai"},                  {"api.anthropic.com", "anthropic"},
	{"api.fireworks.ai", "fireworks"},  {"api.perplexity.ai", "perplexity"},  {"generativelanguage.googleapis.com", "google"},
	{"api.cerebras.ai", "cerebras"},    {"integrate.api.nvidia.com", "nvidia"}, {"dashscope.aliyuncs.com", "dashscope"},
	{":11434", "ollama"},               {"api.deepinfra.com", "deepinfra"},   {"router.huggingface.co", "huggingface"},
	{NULL, NULL},
};

static const char *provider_of_url(struct aisp_slice url)
{
	for (const struct host_row *r = hosts; r->host; r++)
		if (aisp_slice_find(url, aisp_slice_z(r->host)) != SIZE_MAX)
			return r->provider;
	return "openai-compatible";
}

/* What LiteLLM and LangChain take a bare name for (docs.litellm.ai/docs/providers, init_chat_model's docs). */
static const char *provider_of_name(struct aisp_slice m)
{
	static const struct host_row names[] = {
		{"gpt-", "openai"},       {"o1", "openai"},         {"o3", "openai"},          {"o4-", "openai"},
		{"chatgpt-", "openai"},   {"text-embedding-", "openai"}, {"claude", "anthropic"},   {"command", "cohere"},
		{"gemini", "google"},     {"mistral", "mistral"},   {"deepseek", "deepseek"},  {"amazon.", "bedrock"},
		{"anthropic.", "bedrock"}, {"meta.", "bedrock"},     {"us.anthropic.", "bedrock"}, {NULL, NULL},
	};

	for (const struct host_row *r = names; r->host; r++)
		if (aisp_slice_starts(m, aisp_slice_z(r->host)))
			return r->provider;
	return NULL;
}

static const char *provider_word(struct aisp_slice p)
{
	static const struct host_row words[] = {
		{"openai", "openai"},     {"azure", "azure-openai"},  {"azure_openai", "azure-openai"}, {"azure-openai", "azure-openai"},
		{"anthropic", "anthropic"}, {"bedrock", "bedrock"},   {"bedrock_converse", "bedrock"},  {"vertex_ai", "vertex"},
		{"google_vertexai", "vertex"}, {"google-vertex", "vertex"}, {"gemini", "google"},      {"google_genai", "google"},
		{"google-gla", "google"}, {"google", "google"},       {"ollama", "ollama"},            {"ollama_chat", "ollama"},
		{"groq", "groq"},         {"mistral", "mistral"},     {"mistralai", "mistral"},        {"cohere", "cohere"},
		{"huggingface", "huggingface"}, {"together_ai", "together"}, {"together", "together"}, {"replicate", "replicate"},
		{"deepseek", "deepseek"}, {"xai", "xai"},             {"openrouter", "openrouter"},    {"fireworks_ai", "fireworks"},
		{"fireworks", "fireworks"}, {"perplexity", "perplexity"}, {"nvidia_nim", "nvidia"},    {"watsonx", "watsonx"},
		{"openai-responses", "openai"}, {"openai-chat", "openai"}, {"google-vertexai", "vertex"}, {NULL, NULL},
	};

	for (const struct host_row *r = words; r->host; r++)
		if (aisp_slice_eqz(p, r->host))
			return r->provider;
	return NULL;
}

static void split_provider(struct phit *h)
{
	static const char *const routers[] = {"litellm/", "any-llm/", NULL}; /* before the provider's prefix: OpenAI Agents SDK */
	struct aisp_slice *t = &h->h.value.text;
	size_t sep, colon;
	const char *p;

	if (!t->n)
		return;
	for (int i = 0; routers[i]; i++) {
		if (!aisp_slice_starts(*t, aisp_slice_z(routers[i])))
			continue;
		*t = aisp_slice_from(*t, strlen(routers[i]));
		h->h.what = i ? "any-llm" : "litellm";
	}
	sep = aisp_slice_chr(*t, '/');
	colon = aisp_slice_chr(*t, ':');
	if (colon < sep)
		sep = colon;
	p = sep == SIZE_MAX ? NULL : provider_word(aisp_slice_to(*t, sep));
	if (p) {
		*t = aisp_slice_from(*t, sep + 1);
		h->h.what = p;
		return;
	}
	p = provider_of_name(*t);
	if (p)
		h->h.what = p;
}

static bool is_path(struct aisp_slice s)
{
	static const char *const ends[] = {".gguf", ".bin", ".pt", ".pth", ".safetensors", ".pkl", ".onnx", ".h5", ".ggml", NULL};

	if (!s.n)
		return false;
	if (s.p[0] == '.' || s.p[0] == '/' || s.p[0] == '~')
		return true;
	for (int i = 0; ends[i]; i++)
		if (aisp_slice_ends(s, aisp_slice_z(ends[i])))
			return true;
	for (size_t i = 0, n = 0; i < s.n; i++) { /* a hub's name has one slash at most */
		n += s.p[i] == '/';
		if (n > 1)
			return true;
	}
	return false;
}

void aisp_source__merge(struct program *P, uint32_t from, uint32_t into)
{
	into = aisp_source__hit_now(P, into);
	if (!into || from == into || at(P, from)->merged)
		return;
	at(P, from)->merged = true;
	at(P, from)->into = into;
	at(P, into)->bound |= at(P, from)->bound;
	at(P, into)->h.flags |= at(P, from)->h.flags;
}

/* The model object that this one only wraps, 0 if none: pipeline(model=m), ChatHuggingFace(llm=m). */
static uint32_t wrapped(struct program *P, const struct phit *h, const struct sval *model)
{
	const struct sval *v = model && aisp_source__sv_hit(model) ? model : aisp_source__role(P, h->row, h->call, "llm");
	uint32_t inner = v ? aisp_source__hit_now(P, aisp_source__sv_hit(v)) : 0;

	return inner && at(P, inner)->h.kind == AISP_SOURCE_MODEL ? inner : 0;
}

/* Its provider, from the prefix of the name, an argument, or the address. */
static void model_provider(struct program *P, struct phit *h)
{
	const struct sval *provider = aisp_source__role(P, h->row, h->call, "provider");

	if (h->row->flags & ROW_PREFIXED)
		split_provider(h);
	if (provider && provider->kind == SV_STR && provider_word(provider->s))
		h->h.what = provider_word(provider->s);
	if (h->h.more.kind != AISP_SOURCE_UNRESOLVED && h->h.more.text.n &&
	    (strcmp(h->h.what, "openai") == 0 || strcmp(h->h.what, "openai-compatible") == 0))
		h->h.what = provider_of_url(h->h.more.text);
	else if (h->h.value.kind != AISP_SOURCE_UNRESOLVED && !aisp_source__is_placeholder(h->h.value.text) &&
	         aisp_source__is_foreign(h->h.what, h->h.value.text)) /* the address is given where we do not see it */
		h->h.what = strcmp(h->h.what, "openai") == 0 ? "openai-compatible" : "anthropic-compatible";
}

/* A text that stands for a name is none; an Amazon resource's name says what it is. */
static void model_name(struct phit *h)
{
	struct aisp_source_value *v = &h->h.value;
	struct aisp_slice service, kind;

	if (v->kind == AISP_SOURCE_FROM_ENV && v->text.n && aisp_source__is_placeholder(v->text))
		v->text = (struct aisp_slice){NULL, 0};
	if (v->kind != AISP_SOURCE_LITERAL)
		return;
	if (aisp_source__arn(&v->text, &service, &kind)) {
		h->h.name = kind;
		if (aisp_slice_eqz(service, "sagemaker") && strcmp(h->h.what, "bedrock") == 0)
			h->h.what = "sagemaker";
	}
	if (aisp_source__is_placeholder(v->text) && (h->h.kind == AISP_SOURCE_MODEL))
		*v = (struct aisp_source_value){.kind = AISP_SOURCE_UNRESOLVED, .reason = AISP_S("a placeholder")};
}

/* What a role of the thing called on says, when the call can be on several: only what all of them agree on. */
static const struct sval *agreed(struct program *P, const struct phit *h, const char *role, bool *ret_differs)
{
	const struct sval *f = h->call && h->call->kind == SX_CALL && h->call->a ? aisp_source__eval(P, h->call->a) : NULL, *v = NULL, *first = NULL;
	const struct phit *o = h->origin ? at(P, h->origin) : NULL;
	bool some = false;

	*ret_differs = false;
	if (!o || !f || f->kind != SV_UNION)
		return o ? aisp_source__role(P, o->row, o->call, role) : NULL;
	for (uint32_t i = 0; i < f->n; i++) {
		uint32_t hit = f->items[i]->kind == SV_OBJ ? f->items[i]->hit : 0;

		o = hit ? at(P, hit) : NULL;
		v = o && o->row ? aisp_source__role(P, o->row, o->call, role) : NULL;
		if (v && v->kind == SV_NULL)
			v = NULL;
		if (!some)
			first = v;
		else
			*ret_differs |= v && first ? !aisp_source__sv_equal(v, first) : v != first;
		some = true;
	}
	return *ret_differs ? aisp_source__sv_unknown(P, "differs between branches or callers") : first;
}

/* A data set that is fetched like a model, or a model that is a file here. */
static void model_kind(struct program *P, struct phit *h)
{
	const struct sval *type = aisp_source__role(P, h->row, h->call, "dataset");

	if (type && type->kind == SV_STR && aisp_slice_eqz(type->s, "dataset"))
		h->h.kind = AISP_SOURCE_DATASET;
	else if ((h->row->flags & ROW_PATH_CODE) && h->h.value.kind == AISP_SOURCE_LITERAL && is_path(h->h.value.text))
		h->h.kind = AISP_SOURCE_MODEL_FILE;
	if (h->row->flags & ROW_EMBEDDING)
		h->h.flags |= AISP_SOURCE_F_EMBEDDING;
	if (aisp_source__is_true(aisp_source__role(P, h->row, h->call, "trust")))
		h->h.flags |= AISP_SOURCE_F_EXECUTES;
}

void aisp_source__finish_model(struct program *P, uint32_t hit)
{
	struct phit *h = at(P, hit);
	const struct sval *v = aisp_source__role(P, h->row, h->call, "model"), *base = aisp_source__role(P, h->row, h->call, "base");
	uint32_t inner;
	bool differs = false;

	if (h->origin && (!v || v->kind == SV_NULL))
		v = agreed(P, h, "model", &differs);
	if (h->origin && !base)
		base = agreed(P, h, "base", &differs);
	inner = wrapped(P, h, v);
	if (inner) {
		aisp_source__merge(P, hit, inner);
		return;
	}
	h->h.value = aisp_source__value_of(P, v);
	if (h->h.value.kind == AISP_SOURCE_ABSENT && h->row->fixed) {
		h->h.value = (struct aisp_source_value){.kind = AISP_SOURCE_LITERAL, .text = aisp_slice_z(h->row->fixed)};
	} else if (h->h.value.kind == AISP_SOURCE_ABSENT) {
		h->h.value.kind = AISP_SOURCE_UNRESOLVED;
		h->h.value.reason = AISP_S("not named here: the library's default");
	}
	h->h.more = aisp_source__value_of(P, base);
	model_provider(P, h);
	model_kind(P, h);
	model_name(h);
	aisp_source__finish_prompts(P, hit);
	v = aisp_source__role(P, h->row, h->call, "tools");
	if (aisp_source__some_tools(v)) {
		h->bound = true;
		aisp_source__finish_tools(P, hit, v, true, 0);
	}
}

/* A model that is only named: llm="gpt-4o", model="openai:gpt-4o". */
static void named_model(struct program *P, uint32_t agent, const struct sval *v, bool prefixed)
{
	static const struct row bare = {.does = DOES_MODEL, .flags = ROW_PREFIXED};
	struct phit *a = at(P, agent);
	const char *what = a->h.what;
	const struct sval *p;
	uint32_t h = aisp_source__hit_new(P, AISP_SOURCE_MODEL, &bare, NULL, a->scope, AISP_S("model"), a->h.line);

	if (!h)
		return;
	at(P, h)->finished = true;
	at(P, h)->h.value = aisp_source__value_of(P, v);
	if (strncmp(what, "openai", 6) == 0 || strcmp(what, "autogen") == 0)
		at(P, h)->h.what = "openai";
	else if (strcmp(what, "google-adk") == 0)
		at(P, h)->h.what = "google";
	else if (strcmp(what, "ai-sdk") == 0)
		at(P, h)->h.what = "gateway";
	else if (a->row->fixed && a->row->does == DOES_AGENT)
		at(P, h)->h.what = a->row->fixed;
	else
		at(P, h)->h.what = strcmp(what, "crewai") == 0 ? "litellm" : what;
	if (prefixed)
		split_provider(at(P, h));
	p = aisp_source__role(P, a->row, a->call, "provider");
	if (p && p->kind == SV_STR && provider_word(p->s))
		at(P, h)->h.what = provider_word(p->s);
	model_name(at(P, h));
	aisp_source__relate(P, agent, AISP_SOURCE_ROLE_CALLS_MODEL, h);
}

void aisp_source__finish_llm(struct program *P, uint32_t agent, const struct sval *v, unsigned depth)
{
	uint32_t h = v ? aisp_source__hit_now(P, aisp_source__sv_hit(v)) : 0;
	const struct sval *m;

	if (!v || depth > 5 || !spend(P))
		return;
	if (h) {
		enum aisp_source_kind k = at(P, h)->h.kind;

		if (k == AISP_SOURCE_MODEL || k == AISP_SOURCE_MODEL_FILE)
			aisp_source__relate(P, agent, AISP_SOURCE_ROLE_CALLS_MODEL, h);
		else if (k == AISP_SOURCE_AGENT || k == AISP_SOURCE_CHAIN)
			aisp_source__merge(P, h, agent);
		return;
	}
	switch (v->kind) {
	case SV_STR:
	case SV_ENV:
		named_model(P, agent, v, (at(P, agent)->row->flags & ROW_PREFIXED) || v->kind == SV_STR);
		break;
	case SV_TEXT:
	case SV_UNKNOWN:
		break;
	case SV_DICT: /* AutoGen: {"config_list": [{"model": …}]} */
		m = aisp_source__sv_member(v, AISP_S("model"));
		if (!m)
			m = aisp_source__sv_member(v, AISP_S("config_list"));
		aisp_source__finish_llm(P, agent, m, depth + 1);
		break;
	case SV_LIST:
	case SV_UNION:
		for (uint32_t i = 0; i < v->n; i++)
			aisp_source__finish_llm(P, agent, v->items[i], depth + 1);
		break;
	default:
		break;
	}
}
