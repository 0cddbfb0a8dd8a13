/* Keras configurations (config.json of .keras files, model_config of .h5 files, keras_metadata.pb): a tree of objects that the
 * loader builds by class name and module. What runs code or reaches files: Lambda layers (marshalled code), modules outside
 * Keras, functions of Keras that fetch or load files, vocabularies given as a path, wrapped torch modules.
 *
 * Source: keras/src/saving/serialization_lib.py (what deserialize_keras_object imports), and the CVEs named below.
 */
#include "base/doc.h"
#include "scan/container/container.h"
#include "scan/modelfile/fmt.h"

enum { CONFIG_MAX = 64 << 20, CODE_MAX = 4 << 20 };

struct walk {
	struct aisp_model_run *run;
	struct aisp_slice where;
	bool h5;
	bool in_lambda; /* below a Lambda layer, whose code was looked at */
};

static bool keras_module(struct aisp_slice m)
{
	static const char *const roots[] = {"keras", "tf_keras", "keras_core", "keras_nlp", "keras_cv", "keras_hub", "keras_tuner", "tensorflow.keras",
	                                    "tensorflow.python.keras", "tensorflow_addons", "tensorflow.python.ops", "tensorflow_probability",
	                                    "tensorflow_model_optimization", "tensorflow_hub", "transformers", "keras_preprocessing",
	                                    "kerastuner", "keras_rs", "bayesflow", "keras_cv_attention_models", NULL};

	for (const char *const *r = roots; *r; r++) {
		size_t n = strlen(*r);

		if (aisp_model__prefixed(m, *r) && (m.n == n || m.p[n] == '.'))
			return true;
	}
	return false;
}

/* Functions inside Keras that load, fetch or switch off the guard. */
static const char *keras_gadget(struct aisp_slice name, const char **ret_reference)
{
	static const struct {
		const char *name, *why, *reference;
	} gadgets[] = {
	    {"get_file", "downloads a file (and unpacks it) when the model is loaded or called", "CVE-2025-8747"},
	    {"enable_unsafe_deserialization", "switches off the guard against code in models", "CVE-2025-9906"},
	    {"extract_archive", "unpacks an archive over the file system", "CVE-2025-12060"},
	    {"load_model", "loads another model file", "CVE-2025-8747"},
	    {"load_weights", "loads another file", ""},
	    {"save_model", "writes a file", ""},
	    {"save_weights", "writes a file", ""},
	    {"save_img", "writes a file", ""},
	    {"load_img", "reads a file", ""},
	    {"model_from_json", "builds another model", ""},
	    {"model_from_yaml", "builds another model", ""},
	    {"func_load", "builds a function from marshalled code", "CVE-2024-3660"},
	    {"plot_model", "runs a program and writes a file", ""},
	    {"image_dataset_from_directory", "reads a directory", ""},
	    {"text_dataset_from_directory", "reads a directory", ""},
	    {"audio_dataset_from_directory", "reads a directory", ""},
	    {"deserialize_keras_object", "builds any object", ""},
	    {"TorchModuleWrapper", "unpickles a torch module", "CVE-2025-49655"},
	    {"TFSMLayer", "loads a SavedModel from a path", ""},
	    {"CSVLogger", "writes a file", ""},
	    {"ModelCheckpoint", "writes a file", ""},
	    {"TensorBoard", "writes files", ""},
	    {"BackupAndRestore", "writes files", ""},
	    {"RemoteMonitor", "sends data to a server", ""},
	};

	for (size_t i = 0; i < sizeof gadgets / sizeof *gadgets; i++)
		if (aisp_slice_eqz(name, gadgets[i].name)) {
			*ret_reference = gadgets[i].reference;
			return gadgets[i].why;
		}
	return NULL;
}

static struct aisp_slice place(const struct walk *w, struct aisp_slice name)
{
	return aisp_model__join(w->run, w->where, name);
}

/* A name of the interpreter's as it stands in marshalled code: length, then text. */
static const char *code_calls(struct aisp_slice code)
{
	static const char *const names[] = {"system", "popen", "subprocess", "Popen", "__import__", "eval", "exec", "execfile", "compile", "socket",
	    "urlopen", "urllib", "requests", "check_output", "importlib", "import_module", "__builtins__", "__subclasses__", "__globals__", "pickle",
	    "marshal", "ctypes", "shutil", "rmtree", "unlink", "builtins", "base64", "b64decode", "getattr", "spawn", "fork", "execv", "execve",
	    "pty", "os", "sys", "open", "http", "ftplib", "smtplib", "paramiko", "globals", "setattr", "runpy", "getenv", "environ", NULL};

	for (const char *const *n = names; *n; n++) {
		size_t len = strlen(*n);
		struct aisp_slice rest = code;

		for (size_t i; (i = aisp_slice_find(rest, aisp_slice_z(*n))) != SIZE_MAX; rest = aisp_slice_from(rest, i + 1))
			if (i > 0 && (unsigned char)rest.p[i - 1] == len)
				return *n;
	}
	return NULL;
}

static void lambda_code(struct walk *w, struct aisp_slice layer, struct aisp_slice text)
{
	struct aisp_slice code = text.n <= CODE_MAX ? aisp_model__base64(w->run, text) : aisp_slice_of(NULL, 0);
	const char *reference = w->h5 ? "CVE-2025-9905" : "CVE-2024-3660", *calls;

	if (!code.p || code.n < 4) {
		aisp_model__issue(w->run, "keras-lambda", AISP_MODEL_HIGH, place(w, layer), 0, aisp_slice_to(text, 80),
		                  "a Lambda layer whose code is not what Keras writes", reference);
		return;
	}
	calls = code_calls(code);
	aisp_model__issue(w->run, "keras-lambda", calls || ((unsigned char)code.p[0] & 0x7f) != 'c' ? AISP_MODEL_HIGH : AISP_MODEL_MEDIUM, place(w, layer), 0,
	                  calls ? aisp_model__text(w->run, "Lambda layer with code that uses %s", calls) : AISP_S("Lambda layer with marshalled code"),
	                  "its Python code runs when the model is loaded and called", reference);
	aisp_model__python(w->run, place(w, layer), 0, code);
}

/* A Lambda layer's `function`: [code, defaults, closure], {"class_name": "__lambda__", "config": {"code"}}, or a name. */
static void lambda(struct walk *w, struct aisp_slice layer, const struct aisp_doc *config)
{
	static const char *const keys[] = {"function", "output_shape", "mask"};
	bool any = false;

	for (size_t i = 0; i < 3; i++) {
		const struct aisp_doc *f = aisp_doc_get(config, keys[i]);
		struct aisp_slice code = {0};

		if (f && f->type == AISP_DOC_ARR)
			code = aisp_doc_str(aisp_doc_at(f, 0));
		else if (f && f->type == AISP_DOC_OBJ)
			code = aisp_doc_str(aisp_doc_path(f, "config.code"));
		if (!code.n && f && f->type == AISP_DOC_OBJ && aisp_slice_eqz(aisp_doc_getstr(f, "class_name"), "__lambda__"))
			code = aisp_doc_str(aisp_doc_get(f, "config"));
		if (f && f->type == AISP_DOC_STR && i == 0 && !aisp_slice_eqz(aisp_doc_getstr(config, "function_type"), "function") && f->s.n > 40)
			code = f->s;
		if (code.n) {
			lambda_code(w, layer, code);
			any = true;
		}
	}
	if (!any && aisp_doc_get(config, "function"))
		aisp_model__issue(w->run, "keras-lambda", AISP_MODEL_LOW, place(w, layer), 0, AISP_S("Lambda layer that names a function"),
		                  "the loader must be given the function; the file holds no code", "");
}

static void imported(struct walk *w, struct aisp_slice layer, struct aisp_slice module, struct aisp_slice name)
{
	const char *why = NULL, *reference = "CVE-2025-1550";
	enum aisp_callable c;
	struct aisp_slice what = aisp_model__text(w->run, "%.*s.%.*s", AISP_FMT(aisp_slice_to(module, 100)), AISP_FMT(aisp_slice_to(name, 90)));

	if (keras_module(module)) {
		why = keras_gadget(name, &reference);
		if (why)
			aisp_model__issue(w->run, "keras-gadget", AISP_MODEL_HIGH, place(w, layer), 0, what, why, reference);
		return;
	}
	c = aisp_model__callable(module, name, &why);
	if (c == AISP_CALLABLE_DANGEROUS)
		aisp_model__issue(w->run, "keras-module", AISP_MODEL_HIGH, place(w, layer), 0, what, why ? why : "imported and called when the model is loaded",
		                  reference);
	else if (c == AISP_CALLABLE_UNKNOWN && !aisp_model__prefixed(module, "builtins") && !aisp_model__prefixed(module, "__main__"))
		aisp_model__issue(w->run, "keras-module", AISP_MODEL_MEDIUM, place(w, layer), 0, what,
		                  "a module outside Keras is imported when the model is loaded", reference);
}

static void vocabulary(struct walk *w, struct aisp_slice layer, const struct aisp_doc *config)
{
	static const char *const keys[] = {"vocabulary", "filepath", "file_path", "vocabulary_file", "idf_weights", "proto", "merges", "path", "fname"};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		const struct aisp_doc *v = aisp_doc_get(config, keys[i]);
		bool bad;

		if (!v || v->type != AISP_DOC_STR || !v->s.n)
			continue;
		bad = aisp_model__path_kind(v->s) != AISP_PATH_PLAIN || aisp_model__path_sensitive(v->s);
		aisp_model__issue(w->run, "keras-file", bad ? AISP_MODEL_HIGH : AISP_MODEL_MEDIUM, place(w, layer), 0,
		                  aisp_model__text(w->run, "%s = %.*s", keys[i], AISP_FMT(aisp_slice_to(v->s, 150))),
		                  "loading reads that file (or fetches that address) and puts its lines into the model", "CVE-2025-12058");
	}
}

static void arguments_url(struct walk *w, struct aisp_slice layer, const struct aisp_doc *d, unsigned depth)
{
	if (d->type == AISP_DOC_STR && aisp_model__path_kind(d->s) == AISP_PATH_URL)
		aisp_model__issue(w->run, "keras-url", AISP_MODEL_CRITICAL, place(w, layer), 0, d->s, "fetched when the model is loaded or called", "CVE-2025-8747");
	for (uint32_t i = 0; depth < 6 && d->type == AISP_DOC_ARR && i < d->n; i++)
		arguments_url(w, layer, &d->items[i], depth + 1);
	for (uint32_t i = 0; depth < 6 && d->type == AISP_DOC_OBJ && i < d->n; i++)
		arguments_url(w, layer, &d->members[i].value, depth + 1);
}

/* "package>Class", registered by somebody else than Keras. */
static bool custom_name(struct aisp_slice registered)
{
	return aisp_slice_chr(registered, '>') != SIZE_MAX && !aisp_model__prefixed(registered, "keras") && !aisp_model__prefixed(registered, "Keras") &&
	       !aisp_model__prefixed(registered, "Addons>");
}

static void named_object(struct walk *w, const struct aisp_doc *d, struct aisp_slice klass)
{
	static const char *const lookups[] = {"StringLookup", "IntegerLookup", "TextVectorization", "IndexLookup", "WordPieceTokenizer",
	                                      "SentencePieceTokenizer", "BytePairTokenizer", NULL};
	const struct aisp_doc *config = aisp_doc_get(d, "config");
	struct aisp_slice module = aisp_doc_getstr(d, "module"), name = aisp_doc_getstr(config, "name"), registered = aisp_doc_getstr(d, "registered_name");
	struct aisp_slice layer = name.n ? name : klass, fn = aisp_doc_getstr(d, "fn_name");
	const char *reference = "", *gadget = keras_gadget(klass, &reference);

	if (!fn.n)
		fn = aisp_slice_eqz(klass, "function") && config && config->type == AISP_DOC_STR ? config->s : klass;
	if (aisp_slice_eqz(klass, "Lambda") || aisp_model__suffixed_i(registered, ">lambda"))
		lambda(w, layer, config);
	else if (!w->in_lambda && aisp_slice_eqz(klass, "__lambda__") && aisp_doc_getstr(config, "code").n)
		lambda_code(w, layer, aisp_doc_getstr(config, "code"));
	if (aisp_model__one_of(klass, lookups) || gadget)
		vocabulary(w, layer, config);
	if (module.n)
		imported(w, layer, module, fn);
	else if (gadget)
		aisp_model__issue(w->run, "keras-gadget", AISP_MODEL_HIGH, place(w, layer), 0, klass, gadget, reference);
	if (gadget || aisp_slice_eqz(fn, "get_file"))
		arguments_url(w, layer, d, 0);
	if (custom_name(registered))
		aisp_model__issue(w->run, "keras-custom-object", AISP_MODEL_LOW, place(w, layer), 0, registered,
		                  "a class that the loader must bring: look at where its code comes from", "");
}

static void loose_modules(struct walk *w, const struct aisp_doc *d)
{
	static const char *const pairs[][2] = {{"fn_module", "fn_name"}, {"fn_module", "fn"}, {"function_module", "function"}, {"module", "function"},
	                                       {"loss_module", "loss"}, {"metric_module", "metric"}};

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		struct aisp_slice m = aisp_doc_getstr(d, pairs[i][0]), f = aisp_doc_getstr(d, pairs[i][1]);

		if (m.n && (f.n || pairs[i][0][0] == 'f'))
			imported(w, aisp_doc_getstr(d, "name"), m, f.n ? f : AISP_S("?"));
	}
}

static void walk(struct walk *w, const struct aisp_doc *d)
{
	if (d->type == AISP_DOC_ARR) {
		for (uint32_t i = 0; i < d->n; i++)
			walk(w, &d->items[i]);
		return;
	}
	if (d->type != AISP_DOC_OBJ || !aisp_model__go_on(w->run))
		return;
	struct aisp_slice klass = aisp_doc_getstr(d, "class_name");
	bool outer = w->in_lambda;

	if (klass.n)
		named_object(w, d, klass);
	else
		loose_modules(w, d);
	w->in_lambda |= aisp_slice_eqz(klass, "Lambda");
	for (uint32_t i = 0; i < d->n; i++)
		if (d->members[i].value.type >= AISP_DOC_ARR)
			walk(w, &d->members[i].value);
	w->in_lambda = outer;
}

void aisp_model__keras_config(struct aisp_model_run *run, struct aisp_slice where, struct aisp_slice json)
{
	struct walk w = {.run = run, .where = where, .h5 = aisp_model__suffixed_i(where, "config")};
	const struct aisp_doc *d = aisp_model__json(run, json);
	static const char *const raw[] = {"\"Lambda\"", "__lambda__", "\"function_type\"", "marshal", NULL};

	if (d) {
		walk(&w, d);
		return;
	}
	aisp_model__partial(run, "a Keras configuration could not be read");
	for (const char *const *r = raw; *r; r++)
		if (aisp_model__contains(json, *r)) {
			aisp_model__issue(run, "keras-lambda", AISP_MODEL_HIGH, where, 0, AISP_S("Lambda in a configuration that is not JSON"),
			                  "its Python code may run when the model is loaded", "CVE-2024-3660");
			return;
		}
}

/* ---- .keras: a zip of config.json, metadata.json, model.weights.h5, assets/ */

static bool keras_member(struct aisp_model_run *run, void *ctx, const struct aisp_container_member *m)
{
	struct aisp_slice base = aisp_slice_basename(m->name);
	struct aisp_slice outer = run->where;

	(void)ctx;
	if (m->input.size == 0)
		return false;
	if (aisp_slice_eqz(base, "config.json")) {
		aisp_model__keras_config(run, m->name, aisp_model__all(run, &m->input, CONFIG_MAX));
		return true;
	}
	if (aisp_slice_eqz(base, "metadata.json")) {
		const struct aisp_doc *d = aisp_model__json(run, aisp_model__all(run, &m->input, 1 << 20));

		aisp_model__fact(run, "framework_version", aisp_model__text(run, "keras %.*s", AISP_FMT(aisp_doc_getstr(d, "keras_version"))));
		aisp_model__fact(run, "created", aisp_doc_getstr(d, "date_saved"));
		return true;
	}
	if (aisp_model__suffixed_i(base, ".weights.h5")) {
		run->where = aisp_model__place(run, m->name);
		aisp_model__hdf5(run, &m->input);
		run->where = outer;
		return true;
	}
	return false;
}

static int detect(const struct aisp_input *in, struct aisp_slice head, struct aisp_slice path)
{
	if (!aisp_model__prefixed(head, "PK\3\4") || !aisp_model__zip_has(in, "config.json"))
		return 0;
	if (aisp_model__zip_has(in, "model.weights.h5") || (aisp_model__zip_has(in, "metadata.json") && aisp_model__contains(head, "keras")))
		return 95;
	return aisp_model__suffixed_i(path, ".keras") ? 95 : 0;
}

static void scan(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice path)
{
	(void)path;
	aisp_model__zip_members(run, in, keras_member, NULL);
}

const struct aisp_model_reader aisp_model__keras_zip_reader = {AISP_MODEL_KERAS_ZIP, detect, scan};
