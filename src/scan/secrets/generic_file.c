/* What a path says about its text: code or configuration, tests, examples, translations. */
#include "scan/secrets/generic_int.h"
#include "scan/secrets/words_int.h"
#include <pthread.h>

struct extension {
	const char *text;
	unsigned hints;
};
enum { CODE = GENERIC_FILE_CODE, BARE = GENERIC_HINT_BARE };

static const struct extension extensions[] = {
	{"py", CODE}, {"pyi", CODE}, {"js", CODE}, {"jsx", CODE}, {"ts", CODE}, {"tsx", CODE}, {"mjs", CODE}, {"cjs", CODE},
	        {"vue", CODE},
	{"svelte", CODE}, {"java", CODE}, {"kt", CODE}, {"kts", CODE}, {"scala", CODE}, {"groovy", CODE}, {"gradle", CODE}, {"go", CODE},
	{"c", CODE}, {"h", CODE}, {"cc", CODE}, {"cpp", CODE}, {"cxx", CODE}, {"hpp", CODE}, {"cs", CODE}, {"vb", CODE}, {"fs", CODE},
	{"m", CODE}, {"mm", CODE}, {"swift", CODE}, {"rs", CODE}, {"rb", CODE}, {"erb", CODE}, {"rake", CODE}, {"php", CODE},
	        {"pl", CODE},
	{"pm", CODE}, {"lua", CODE}, {"ex", CODE}, {"exs", CODE}, {"erl", CODE}, {"hs", CODE}, {"clj", CODE}, {"cljs", CODE},
	        {"dart", CODE},
	{"r", CODE}, {"jl", CODE}, {"zig", CODE}, {"nim", CODE}, {"cshtml", CODE}, {"jsp", CODE}, {"proto", CODE}, {"graphql", CODE},
	{"coffee", CODE}, {"inc", CODE}, {"pas", CODE}, {"d", CODE}, {"ml", CODE}, {"mli", CODE}, {"s", CODE}, {"asm", CODE},
	{"sh", GENERIC_FILE_SHELL | BARE}, {"bash", GENERIC_FILE_SHELL | BARE}, {"zsh", GENERIC_FILE_SHELL | BARE},
	{"fish", GENERIC_FILE_SHELL | BARE}, {"ps1", GENERIC_FILE_SHELL | BARE}, {"psm1", GENERIC_FILE_SHELL | BARE},
	{"bat", GENERIC_FILE_SHELL | BARE}, {"cmd", GENERIC_FILE_SHELL | BARE}, {"dockerfile", GENERIC_FILE_SHELL | BARE},
	{"mk", GENERIC_FILE_SHELL | BARE}, {"ks", GENERIC_FILE_SHELL | BARE},
	{"ini", GENERIC_FILE_CONFIG | BARE}, {"cfg", GENERIC_FILE_CONFIG | BARE}, {"conf", GENERIC_FILE_CONFIG | BARE},
	{"cnf", GENERIC_FILE_CONFIG | BARE}, {"config", GENERIC_FILE_CONFIG | BARE}, {"properties", GENERIC_FILE_CONFIG | BARE},
	{"env", GENERIC_FILE_CONFIG | BARE | GENERIC_HINT_DEPLOY}, {"toml", GENERIC_FILE_CONFIG}, {"tf", GENERIC_FILE_CONFIG},
	{"tfvars", GENERIC_FILE_CONFIG | GENERIC_HINT_DEPLOY}, {"hcl", GENERIC_FILE_CONFIG}, {"example", GENERIC_FILE_CONFIG | BARE},
	{"sample", GENERIC_FILE_CONFIG | BARE}, {"dist", GENERIC_FILE_CONFIG | BARE}, {"template", GENERIC_FILE_CONFIG | BARE},
	{"tmpl", GENERIC_FILE_CONFIG | BARE}, {"npmrc", GENERIC_FILE_CONFIG | BARE}, {"netrc", GENERIC_FILE_CONFIG | BARE},
	{"pypirc", GENERIC_FILE_CONFIG | BARE}, {"reg", GENERIC_FILE_CONFIG | BARE}, {"service", GENERIC_FILE_CONFIG | BARE},
	{"rsp", GENERIC_FILE_CONFIG | BARE}, {"local", GENERIC_FILE_CONFIG | BARE}, {"production", GENERIC_FILE_CONFIG | BARE},
	{"development", GENERIC_FILE_CONFIG | BARE}, {"test", GENERIC_FILE_CONFIG | BARE}, {"ovpn", GENERIC_FILE_CONFIG | BARE},
	{"yml", GENERIC_FILE_YAML | BARE}, {"yaml", GENERIC_FILE_YAML | BARE}, {"json", GENERIC_FILE_JSON}, {"jsonl", GENERIC_FILE_JSON},
	{"json5", GENERIC_FILE_JSON}, {"ipynb", GENERIC_FILE_JSON}, {"har", GENERIC_FILE_JSON}, {"tfstate", GENERIC_FILE_JSON},
	{"ndjson", GENERIC_FILE_JSON}, {"xml", GENERIC_FILE_MARKUP}, {"html", GENERIC_FILE_MARKUP}, {"htm", GENERIC_FILE_MARKUP},
	{"xhtml", GENERIC_FILE_MARKUP}, {"csproj", GENERIC_FILE_MARKUP}, {"plist", GENERIC_FILE_MARKUP}, {"xaml", GENERIC_FILE_MARKUP},
	{"resx", GENERIC_FILE_MARKUP | GENERIC_HINT_LOCALE}, {"svg", GENERIC_FILE_STYLE}, {"pom", GENERIC_FILE_MARKUP},
	{"md", GENERIC_FILE_DOC | BARE}, {"markdown", GENERIC_FILE_DOC | BARE}, {"mdx", GENERIC_FILE_DOC | BARE},
	{"rst", GENERIC_FILE_DOC | BARE}, {"txt", GENERIC_FILE_DOC | BARE}, {"adoc", GENERIC_FILE_DOC | BARE},
	{"asciidoc", GENERIC_FILE_DOC | BARE}, {"org", GENERIC_FILE_DOC | BARE}, {"tex", GENERIC_FILE_DOC | BARE},
	{"sql", GENERIC_FILE_SQL | BARE}, {"log", GENERIC_FILE_DATA | BARE}, {"csv", GENERIC_FILE_DATA | BARE},
	{"tsv", GENERIC_FILE_DATA | BARE}, {"snap", CODE}, {"lock", GENERIC_FILE_LOCK}, {"sum", GENERIC_FILE_LOCK},
	{"css", GENERIC_FILE_STYLE}, {"scss", GENERIC_FILE_STYLE}, {"less", GENERIC_FILE_STYLE}, {"sass", GENERIC_FILE_STYLE},
	{"po", GENERIC_FILE_DATA | GENERIC_HINT_LOCALE}, {"pot", GENERIC_FILE_DATA | GENERIC_HINT_LOCALE},
	{"xlf", GENERIC_FILE_MARKUP | GENERIC_HINT_LOCALE}, {"strings", GENERIC_FILE_CONFIG | GENERIC_HINT_LOCALE},
	{"map", GENERIC_FILE_LOCK}, {"tscn", GENERIC_FILE_LOCK},
};

/* Whole names of files, or parts of paths. */
static const char *const part_words[] = {
	"test", "spec", "fixture", "mock", "e2e", "cassette", "example", "sample", "demo", "tutorial", "/doc/", "/docs/", "readme",
	"changelog", "locale", "i18n", "/lang/", "translation", "l10n", "messages_", "/languages/", "vendor/", "node_modules",
	"third_party", "site-packages", "bower_components", ".min.", "bundle.js", "docker-compose", "deploy", "k8s", "kubernetes",
	"helm", "/.env", "compose.y", "terraform",
};
static const unsigned part_hints[] = {
	GENERIC_HINT_TEST, GENERIC_HINT_TEST, GENERIC_HINT_TEST, GENERIC_HINT_TEST, GENERIC_HINT_TEST, GENERIC_HINT_TEST,
	GENERIC_HINT_EXAMPLE, GENERIC_HINT_EXAMPLE, GENERIC_HINT_EXAMPLE, GENERIC_HINT_EXAMPLE, GENERIC_HINT_DOCS, GENERIC_HINT_DOCS,
	GENERIC_HINT_DOCS, GENERIC_HINT_DOCS, GENERIC_HINT_LOCALE, GENERIC_HINT_LOCALE, GENERIC_HINT_LOCALE, GENERIC_HINT_LOCALE,
	GENERIC_HINT_LOCALE, GENERIC_HINT_LOCALE, GENERIC_HINT_LOCALE, GENERIC_HINT_VENDOR, GENERIC_HINT_VENDOR, GENERIC_HINT_VENDOR,
	GENERIC_HINT_VENDOR, GENERIC_HINT_VENDOR, GENERIC_HINT_MINIFIED, GENERIC_HINT_MINIFIED, GENERIC_HINT_DEPLOY,
	GENERIC_HINT_DEPLOY, GENERIC_HINT_DEPLOY, GENERIC_HINT_DEPLOY, GENERIC_HINT_DEPLOY, GENERIC_HINT_DEPLOY, GENERIC_HINT_DEPLOY,
	GENERIC_HINT_DEPLOY,
};
static const struct extension names[] = {
	{"dockerfile", GENERIC_FILE_SHELL | BARE | GENERIC_HINT_DEPLOY}, {"makefile", GENERIC_FILE_SHELL | BARE},
	{"package-lock.json", GENERIC_FILE_LOCK}, {"npm-shrinkwrap.json", GENERIC_FILE_LOCK}, {"go.sum", GENERIC_FILE_LOCK},
	{"go.mod", GENERIC_FILE_LOCK}, {"yarn.lock", GENERIC_FILE_LOCK}, {"pnpm-lock.yaml", GENERIC_FILE_LOCK},
	{"cargo.lock", GENERIC_FILE_LOCK}, {"vagrantfile", CODE}, {"jenkinsfile", CODE}, {"gemfile", CODE}, {"rakefile", CODE},
	{".env", GENERIC_FILE_CONFIG | BARE | GENERIC_HINT_DEPLOY},
};

static struct aisp_secrets__words parts;

static void parts_fill(void)
{
	for (size_t i = 0; i < sizeof(part_words) / sizeof(*part_words); i++)
		aisp_secrets__words_add(&parts, &part_words[i], 1, part_hints[i]);
}

unsigned aisp_secrets__generic_file_hints(struct aisp_slice path)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, parts_fill);
	if (path.n > GENERIC_WINDOW)
		path = aisp_slice_from(path, path.n - GENERIC_WINDOW);
	unsigned kind = GENERIC_FILE_OTHER | BARE, hints;
	struct aisp_slice base = aisp_slice_basename(path);
	size_t dot = aisp_slice_rchr(base, '.');
	if (dot != SIZE_MAX) {
		struct aisp_slice ext = aisp_slice_from(base, dot + 1);
		for (size_t i = 0; i < sizeof(extensions) / sizeof(*extensions); i++)
			if (aisp_secrets__is_word(ext, extensions[i].text))
				kind = extensions[i].hints;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (aisp_secrets__is_word(base, names[i].text))
			kind = names[i].hints;
	if (base.n > 5 && aisp_slice_eqi(aisp_slice_to(base, 5), AISP_S(".env.")))
		kind = GENERIC_FILE_CONFIG | BARE | GENERIC_HINT_DEPLOY;
	hints = (unsigned)aisp_secrets__words_find(&parts, path);
	return kind | hints;
}

bool aisp_secrets__generic_decodes(const struct aisp_secrets__generic_ctx *g)
{
	unsigned kind = g->hints & 0xff;
	return kind != GENERIC_FILE_CODE && kind != GENERIC_FILE_STYLE && kind != GENERIC_FILE_LOCK;
}
