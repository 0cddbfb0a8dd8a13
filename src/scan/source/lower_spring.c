/* The settings of Spring AI and Quarkus LangChain4j (application.yml, application.properties), as calls of the common form:
 * "spring.ai.openai.chat.options.model: gpt-4o" is settings:openai(model = "gpt-4o"). What is no setting of a model or of a
 * datasource is left out (docs.spring.io/spring-ai/reference, docs.quarkiverse.io/quarkus-langchain4j).
 */
#include "base/doc.h"
#include "scan/source/lower_shape.h"

enum { PATH_MAX_SETTING = 256, DEPTH_MAX = 12 };

static struct sx *at_line(struct lower *L, enum sx_kind kind, uint32_t line)
{
	TSNode at = {.context = {line, line ? line - 1 : 0, 0, 0}};

	return aisp_source__sx_new(L, kind, at);
}

/* "${NAME:default}" as a reading of the environment, else the text. */
static struct sx *value_of(struct lower *L, struct aisp_slice v, uint32_t line)
{
	struct sx *s = at_line(L, SX_STR, line), *x, *f;

	if (!s)
		return NULL;
	s->s = v;
	if (!aisp_slice_starts(v, AISP_S("${")) || v.p[v.n - 1] != '}')
		return s;
	x = at_line(L, SX_CALL, line);
	f = at_line(L, SX_NAME, line);
	if (!x || !f)
		return s;
	f->s = AISP_S("settings:env");
	x->a = f;
	x->args = aisp_source__lower_alloc(L, sizeof *x->args);
	if (!x->args)
		return s;
	x->args[0].value = s;
	x->n = 1;
	return x;
}

static void call(struct lower *L, struct aisp_slice callee, struct aisp_slice key, struct aisp_slice value, uint32_t line)
{
	struct sx *x = at_line(L, SX_CALL, line), *f = at_line(L, SX_NAME, line);
	struct sx_arg *arg = aisp_source__lower_alloc(L, sizeof *arg);

	if (!x || !f || !arg || !L->scope)
		return;
	f->s = callee;
	arg->name = key;
	arg->value = value_of(L, value, line);
	x->a = f;
	x->s = callee;
	x->args = arg;
	x->n = arg->value != NULL;
	aisp_source__root_add(L, &L->scope->roots_tail, x);
}

static const char *provider(struct aisp_slice path)
{
	static const struct {
		const char *part, *name;
	} rows[] = {
		{"azure-openai", "azure-openai"}, {"azure.openai", "azure-openai"}, {"openai", "openai"},     {"anthropic", "anthropic"},
		{"ollama", "ollama"},             {"bedrock", "bedrock"},           {"vertex", "vertex"},     {"gemini", "google"},
		{"google", "google"},             {"mistral", "mistral"},           {"huggingface", "huggingface"}, {"deepseek", "deepseek"},
		{"cohere", "cohere"},             {NULL, NULL},
	};

	for (int i = 0; rows[i].part; i++)
		if (aisp_slice_find(path, aisp_slice_z(rows[i].part)) != SIZE_MAX)
			return rows[i].name;
	return NULL;
}

static void setting(struct lower *L, struct aisp_slice path, struct aisp_slice value, uint32_t line)
{
	bool ai = aisp_slice_starts(path, AISP_S("spring.ai.")) || aisp_slice_starts(path, AISP_S("quarkus.langchain4j.")) ||
	          aisp_slice_starts(path, AISP_S("langchain4j."));
	size_t dot = aisp_slice_rchr(path, '.');
	struct aisp_slice key = dot == SIZE_MAX ? path : aisp_slice_from(path, dot + 1), name;
	const char *p = ai ? provider(path) : NULL;
	bool model = aisp_slice_eqz(key, "model") || aisp_slice_eqz(key, "model-name") || aisp_slice_eqz(key, "model-id") ||
	             aisp_slice_eqz(key, "deployment-name") || aisp_slice_eqz(key, "modelName");

	if (!value.n)
		return;
	if (p && model) {
		name = aisp_arena_printf(L->a, "settings:%s%s", p, aisp_slice_find(path, AISP_S("embedding")) != SIZE_MAX ? ":embedding" : "");
		if (name.p)
			call(L, name, AISP_S("model"), value, line);
	} else if (aisp_slice_eqz(path, "spring.datasource.url") || aisp_slice_eqz(path, "quarkus.datasource.jdbc.url")) {
		call(L, AISP_S("settings:datasource"), AISP_S("url"), value, line);
	}
}

static void walk(struct lower *L, const struct aisp_doc *d, char *path, size_t n, unsigned depth)
{
	for (uint32_t i = 0; d->type == AISP_DOC_OBJ && i < d->n && depth < DEPTH_MAX; i++) {
		const struct aisp_member *m = &d->members[i];
		size_t to = n;

		if (n + m->key.n + 2 > PATH_MAX_SETTING)
			continue;
		if (to)
			path[to++] = '.';
		memcpy(path + to, m->key.p, m->key.n);
		to += m->key.n;
		if (m->value.type == AISP_DOC_STR)
			setting(L, aisp_slice_of(path, to), aisp_doc_str(&m->value), m->line);
		walk(L, &m->value, path, to, depth + 1);
	}
}

static void properties(struct lower *L)
{
	struct aisp_slice rest = L->text, l;
	uint32_t line = 0;

	while (rest.n && aisp_slice_split(&rest, '\n', &l)) {
		size_t eq = aisp_slice_chr(l, '=');

		line++;
		if (eq != SIZE_MAX && *aisp_slice_trim(l).p != '#')
			setting(L, aisp_slice_trim(aisp_slice_to(l, eq)), aisp_slice_trim(aisp_slice_from(l, eq + 1)), line);
	}
}

int aisp_source__lower_settings(struct lower *L, struct aisp_err *err)
{
	char path[PATH_MAX_SETTING];
	struct aisp_doc_limits lim = {.max_bytes = L->m->limits.max_bytes};
	struct aisp_docs docs;
	int r;

	if (aisp_slice_ends(L->m->path, AISP_S(".properties"))) {
		properties(L);
		return 0;
	}
	r = aisp_yaml_parse(L->a, L->text, &lim, &docs, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < docs.n; i++)
		walk(L, &docs.docs[i], path, 0, 0);
	return 0;
}
