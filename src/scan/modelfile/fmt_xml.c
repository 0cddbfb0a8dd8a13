/* Models in XML: OpenVINO IR (.xml beside a .bin) and PMML. A small tokenizer reads tags and attributes; nothing is expanded and
 * nothing is fetched. What matters: document types with entities (files and addresses read by a careless parser), libraries and
 * paths, code in extensions.
 */
#include "scan/modelfile/fmt.h"

enum { XML_MAX = 256 << 20, ISSUES_EACH = 20 };

enum event { END, OPEN, CLOSE, TEXT, DOCTYPE, INSTRUCTION };
struct xml {
	struct aisp_slice rest;
	const char *begin;
	enum event event;
	struct aisp_slice name;  /* of a tag */
	struct aisp_slice inner; /* attributes, text, or what a declaration says */
};

static struct aisp_slice until(struct xml *x, const char *end)
{
	size_t i = aisp_slice_find(x->rest, aisp_slice_z(end));
	struct aisp_slice s = aisp_slice_to(x->rest, i == SIZE_MAX ? x->rest.n : i);

	x->rest = aisp_slice_from(x->rest, s.n + strlen(end));
	return s;
}

/* The end of a tag: '>' outside quotes. */
static struct aisp_slice tag(struct xml *x)
{
	char quote = 0;
	size_t i = 0;
	struct aisp_slice s;

	for (; i < x->rest.n; i++) {
		char c = x->rest.p[i];

		if (quote)
			quote = c == quote ? 0 : quote;
		else if (c == '"' || c == '\'')
			quote = c;
		else if (c == '>')
			break;
	}
	s = aisp_slice_to(x->rest, i);
	x->rest = aisp_slice_from(x->rest, i + 1);
	return s;
}

/* A document type ends behind its "[…]". */
static struct aisp_slice doctype(struct xml *x)
{
	size_t close = aisp_slice_chr(x->rest, '>'), open = aisp_slice_chr(x->rest, '[');

	if (open != SIZE_MAX && open < close) {
		struct aisp_slice s = until(x, "]");

		until(x, ">");
		return s;
	}
	return until(x, ">");
}

static bool next(struct xml *x)
{
	struct aisp_slice t;
	size_t n = 0;

	while (x->rest.n) {
		size_t lt = aisp_slice_chr(x->rest, '<');

		if (lt != 0) {
			x->event = TEXT;
			x->inner = aisp_slice_to(x->rest, lt == SIZE_MAX ? x->rest.n : lt);
			x->rest = aisp_slice_from(x->rest, x->inner.n);
			return true;
		}
		if (aisp_model__prefixed(x->rest, "<!--")) {
			until(x, "-->");
			continue;
		}
		if (aisp_model__prefixed(x->rest, "<![CDATA[")) {
			x->rest = aisp_slice_from(x->rest, 9);
			x->event = TEXT;
			x->inner = until(x, "]]>");
			return true;
		}
		x->rest = aisp_slice_from(x->rest, 1);
		if (aisp_model__prefixed(x->rest, "!")) {
			x->event = DOCTYPE;
			x->inner = doctype(x);
			return true;
		}
		if (aisp_model__prefixed(x->rest, "?")) {
			x->event = INSTRUCTION;
			x->inner = until(x, "?>");
			return true;
		}
		t = tag(x);
		x->event = aisp_model__prefixed(t, "/") ? CLOSE : OPEN;
		if (x->event == CLOSE)
			t = aisp_slice_from(t, 1);
		while (n < t.n && !strchr(" \t\r\n/", t.p[n]))
			n++;
		x->name = aisp_slice_to(t, n);
		if (aisp_slice_rchr(x->name, ':') != SIZE_MAX)
			x->name = aisp_slice_from(x->name, aisp_slice_rchr(x->name, ':') + 1);
		x->inner = aisp_slice_from(t, n);
		return true;
	}
	x->event = END;
	return false;
}

/* Takes the next attribute off the tag's inside. */
static bool attribute(struct aisp_slice *s, struct aisp_slice *ret_name, struct aisp_slice *ret_value)
{
	size_t eq = aisp_slice_chr(*s, '='), close;
	struct aisp_slice v;

	if (eq == SIZE_MAX)
		return false;
	*ret_name = aisp_slice_trim(aisp_slice_to(*s, eq));
	v = aisp_slice_trim(aisp_slice_from(*s, eq + 1));
	if (!v.n || (v.p[0] != '"' && v.p[0] != '\''))
		return false;
	close = aisp_slice_chr(aisp_slice_from(v, 1), v.p[0]);
	if (close == SIZE_MAX)
		return false;
	*ret_value = aisp_slice_to(aisp_slice_from(v, 1), close);
	*s = aisp_slice_from(v, close + 2);
	return true;
}

static struct aisp_slice get(struct aisp_slice attributes, const char *name)
{
	struct aisp_slice k, v;

	while (attribute(&attributes, &k, &v))
		if (aisp_slice_eqz(k, name))
			return v;
	return aisp_slice_of(NULL, 0);
}

static uint64_t at(const struct xml *x)
{
	return (uint64_t)(x->rest.p - x->begin);
}

static void declaration(struct aisp_model_run *run, const struct xml *x)
{
	bool entity = aisp_model__contains(x->inner, "<!ENTITY"), outside = aisp_model__contains(x->inner, "SYSTEM") || aisp_model__contains(x->inner, "PUBLIC");

	if (!aisp_model__prefixed(x->inner, "!DOCTYPE") && !entity)
		return;
	aisp_model__issue(run, "xml-entity", entity || outside ? AISP_MODEL_HIGH : AISP_MODEL_LOW, AISP_S(""), at(x), x->inner,
	                  outside ? "a careless XML parser reads that file or address" : entity ? "a careless XML parser expands this without end" : "models have no document type", "");
}

/* ---- OpenVINO */

static void library(struct aisp_model_run *run, const struct xml *x, struct aisp_slice layer)
{
	struct aisp_slice rest = x->inner, k, v;

	while (attribute(&rest, &k, &v)) {
		static const char *const paths[] = {"path", "file", "filename", "library", "location", "source", "extension", "lib", "weights_path", "bin", "kernel", "plugin", NULL};
		bool lib = aisp_model__suffixed_i(v, ".so") || aisp_model__suffixed_i(v, ".dll") || aisp_model__suffixed_i(v, ".dylib");

		if (lib)
			aisp_model__issue(run, "openvino-library", AISP_MODEL_HIGH, layer, at(x), aisp_model__text(run, "%.*s = %.*s", AISP_FMT(aisp_slice_to(k, 40)), AISP_FMT(aisp_slice_to(v, 150))),
			                  "native code is loaded with the model", "");
		else if (aisp_model__one_of(k, paths) && (aisp_model__path_kind(v) != AISP_PATH_PLAIN || aisp_model__path_sensitive(v)))
			aisp_model__issue(run, "openvino-path", AISP_MODEL_HIGH, layer, at(x), v, "a file outside the model's folder is read", "");
		else if (aisp_model__code_hint(v))
			aisp_model__issue(run, "openvino-code", AISP_MODEL_HIGH, layer, at(x), v, "code stands where only data should be", "");
	}
}

static void layer(struct aisp_model_run *run, const struct xml *x)
{
	struct aisp_slice version = get(x->inner, "version"), type = get(x->inner, "type"), name = get(x->inner, "name");
	static const char *const known[] = {"opset", "experimental", "util", "ie_internal_opset", "type_relaxed_opset", "gpu_opset", "cpu_plugin_opset", NULL};
	bool standard = !version.n;

	for (const char *const *k = known; *k && !standard; k++)
		standard = aisp_model__prefixed(version, *k);
	if (aisp_model__contains(type, "python") || aisp_model__contains(type, "shell") || aisp_slice_eqz(type, "PyOp"))
		aisp_model__issue(run, "openvino-operator", AISP_MODEL_HIGH, name, at(x), type, "an operator of this name runs code where it is installed", "");
	else if (!standard && !aisp_slice_eqz(version, "extension") && !aisp_model__prefixed(version, "extension"))
		aisp_model__issue(run, "openvino-operator", AISP_MODEL_MEDIUM, name, at(x), aisp_model__text(run, "%.*s of %.*s", AISP_FMT(aisp_slice_to(type, 80)), AISP_FMT(aisp_slice_to(version, 80))),
		                  "native code from outside the runtime is needed to run this operator", "");
	else if (!standard)
		aisp_model__issue(run, "openvino-operator", AISP_MODEL_LOW, name, at(x), type, "an extension library is needed to run this operator", "");
}

static void openvino_scan(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice path)
{
	struct aisp_slice all = aisp_model__all(run, in, XML_MAX), where = {0};
	struct xml x = {.rest = all, .begin = all.p};

	(void)path;
	while (aisp_model__go_on(run) && next(&x)) {
		if (x.event == DOCTYPE)
			declaration(run, &x);
		if (x.event != OPEN)
			continue;
		if (aisp_slice_eqz(x.name, "net")) {
			aisp_model__fact(run, "name", get(x.inner, "name"));
			aisp_model__fact(run, "framework_version", aisp_model__text(run, "IR v%.*s", AISP_FMT(get(x.inner, "version"))));
		} else if (aisp_slice_eqz(x.name, "layer")) {
			where = get(x.inner, "name");
			layer(run, &x);
		} else if (aisp_slice_eqz(x.name, "CustomLayer") || aisp_slice_eqz(x.name, "Kernel") || aisp_slice_eqz(x.name, "extension")) {
			aisp_model__issue(run, "openvino-operator", AISP_MODEL_MEDIUM, where, at(&x), x.name, "a kernel from outside the runtime is compiled and run", "");
		} else if (aisp_slice_eqz(x.name, "MO_version")) {
			aisp_model__fact(run, "producer", get(x.inner, "value"));
		}
		if (!aisp_slice_eqz(x.name, "rt_info") && x.inner.n)
			library(run, &x, where);
	}
}

static int openvino_detect(const struct aisp_input *in, struct aisp_slice head, struct aisp_slice path)
{
	struct aisp_slice h = aisp_slice_trim(head);

	(void)in;
	(void)path;
	if (!h.n || (h.p[0] != '<' && h.p[0] != '\xef') || !aisp_model__contains(h, "<net"))
		return 0;
	return aisp_model__contains(h, "<layers") || (aisp_model__contains(h, "version=") && aisp_model__contains(h, "<layer")) ? 90 : 0;
}

const struct aisp_model_reader aisp_model__openvino_reader = {AISP_MODEL_OPENVINO, openvino_detect, openvino_scan};

/* ---- PMML */

static void apply(struct aisp_model_run *run, const struct xml *x)
{
	struct aisp_slice f = get(x->inner, "function");
	bool bad = aisp_model__contains(f, "java.lang.") || aisp_model__contains(f, "ProcessBuilder") || aisp_model__contains(f, "Runtime") || aisp_model__contains(f, "ScriptEngine");

	if (bad || aisp_model__prefixed(f, "javax."))
		aisp_model__issue(run, "pmml-function", AISP_MODEL_HIGH, AISP_S("Apply"), at(x), f, "a class of the evaluating program is called by this name", "");
	else if (aisp_slice_chr(f, '.') != SIZE_MAX && aisp_slice_chr(f, '.') != aisp_slice_rchr(f, '.'))
		aisp_model__issue(run, "pmml-function", AISP_MODEL_MEDIUM, AISP_S("Apply"), at(x), f, "a class of the evaluating program is called by this name", "");
}

static void extension_text(struct aisp_model_run *run, const struct xml *x, struct aisp_slice text)
{
	const char *hint = aisp_model__code_hint(text);

	if (hint || aisp_model__contains(text, "java.lang.Runtime") || aisp_model__contains(text, "os.system") || aisp_model__contains(text, "eval("))
		aisp_model__issue(run, "pmml-extension", AISP_MODEL_HIGH, AISP_S("Extension"), at(x), aisp_slice_trim(text), "code in an extension: runs where a program understands the extension", "");
}

static void pmml_open(struct aisp_model_run *run, const struct xml *x, unsigned *extension)
{
	struct aisp_slice rest = x->inner, k, v;
	static const char *const scripts[] = {"script", "Script", "include", "object", "applet", "iframe", NULL};

	if (aisp_slice_eqz(x->name, "Extension")) {
		*extension += x->inner.n && x->inner.p[x->inner.n - 1] == '/' ? 0 : 1;
		while (attribute(&rest, &k, &v)) {
			extension_text(run, x, v);
			if (aisp_model__one_of(v, scripts))
				aisp_model__issue(run, "pmml-extension", AISP_MODEL_MEDIUM, AISP_S("Extension"), at(x), x->inner, "an extension that holds a script", "");
		}
	} else if (aisp_slice_eqz(x->name, "Apply")) {
		apply(run, x);
	} else if (aisp_slice_eqz(x->name, "Application")) {
		aisp_model__fact(run, "producer", get(x->inner, "name"));
		aisp_model__fact(run, "framework_version", get(x->inner, "version"));
	} else if (aisp_slice_eqz(x->name, "Header")) {
		aisp_model__fact(run, "license", get(x->inner, "copyright"));
		aisp_model__fact(run, "description", get(x->inner, "description"));
	} else if (aisp_model__one_of(x->name, scripts)) {
		aisp_model__issue(run, "pmml-script", AISP_MODEL_HIGH, AISP_S(""), at(x), aisp_model__text(run, "<%.*s%.*s>", AISP_FMT(x->name), AISP_FMT(aisp_slice_to(x->inner, 120))),
		                  "an element that is not of PMML and brings code or other files", "");
	}
	if (!aisp_slice_eqz(x->name, "PMML") && !aisp_slice_eqz(x->name, "Extension")) {
		rest = x->inner;
		while (attribute(&rest, &k, &v))
			if (v.n > 8 && (aisp_model__prefixed(v, "file://") || aisp_model__prefixed(v, "jar:") || aisp_model__prefixed(v, "ldap:") || aisp_model__prefixed(v, "rmi:")))
				aisp_model__issue(run, "pmml-url", AISP_MODEL_HIGH, x->name, at(x), v, "an address in a model", "");
	}
}

static void pmml_scan(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice path)
{
	struct aisp_slice all = aisp_model__all(run, in, XML_MAX), created = {0};
	struct xml x = {.rest = all, .begin = all.p};
	unsigned extension = 0;

	(void)path;
	while (aisp_model__go_on(run) && next(&x)) {
		if (x.event == DOCTYPE) {
			declaration(run, &x);
		} else if (x.event == INSTRUCTION && aisp_model__contains(x.inner, "href=")) {
			aisp_model__issue(run, "pmml-url", AISP_MODEL_MEDIUM, AISP_S(""), at(&x), x.inner, "a style sheet is fetched by a viewer", "");
		} else if (x.event == OPEN) {
			created = aisp_slice_eqz(x.name, "Timestamp") ? x.name : aisp_slice_of(NULL, 0);
			pmml_open(run, &x, &extension);
		} else if (x.event == CLOSE && aisp_slice_eqz(x.name, "Extension") && extension) {
			extension--;
		} else if (x.event == TEXT && extension) {
			extension_text(run, &x, x.inner);
		} else if (x.event == TEXT && created.n) {
			aisp_model__fact(run, "created", aisp_slice_trim(x.inner));
			created.n = 0;
		}
	}
}

static int pmml_detect(const struct aisp_input *in, struct aisp_slice head, struct aisp_slice path)
{
	struct aisp_slice h = aisp_slice_trim(head);

	(void)in;
	if (!h.n || (h.p[0] != '<' && h.p[0] != '\xef'))
		return 0;
	if (aisp_model__contains(h, "<PMML") || aisp_model__contains(h, "dmg.org/PMML"))
		return 90;
	return aisp_model__suffixed_i(path, ".pmml") ? 80 : 0;
}

const struct aisp_model_reader aisp_model__pmml_reader = {AISP_MODEL_PMML, pmml_detect, pmml_scan};
