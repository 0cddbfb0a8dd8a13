/* Files beside a model that decide what runs: config.json (auto_map: code of the repository), tokenizer_config.json and others with a
 * chat template, adapter_config.json, diffusers' model_index.json, sentence-transformers' modules.json, hydra and NeMo YAML
 * (`_target_`), and the front matter of README.md (licence, base model, datasets).
 */
#include "base/doc.h"
#include "scan/modelfile/fmt.h"

enum { CONFIG_MAX = 64 << 20, HEAD_SEARCH = 64 << 10 };

/* ---- hydra */

static bool known_root(struct aisp_slice target)
{
	static const char *const roots[] = {"nemo", "torch", "torchvision", "torchaudio", "torchmetrics", "pytorch_lightning", "lightning", "omegaconf", "hydra", "transformers",
	    "diffusers", "timm", "torchtune", "megatron", "ldm", "sgm", "peft", "accelerate", "monai", "fairseq", "numpy", "sklearn", "albumentations", "kornia", "einops",
	    "tensorflow", "keras", "datasets", "tokenizers", "apex", "flash_attn", "detectron2", "segment_anything", "sam2", "collections", "functools", "models", "src",
	    "wandb", "mlflow", "optuna", "ray", "deepspeed", "bitsandbytes", "trl", "vllm", "audiocraft", "demucs", "matcha", "hydra_plugins", "gluonts", "chronos", "xgboost",
	    "lightgbm", "catboost", "pyannote", "speechbrain", "nemo_text_processing", "open_clip", "clip", "taming", "jax", "flax", "optax", "uni2ts", "anemoi", "metatrain", NULL};

	for (const char *const *r = roots; *r; r++) {
		size_t n = strlen(*r);

		if (aisp_model__prefixed(target, *r) && target.n > n && target.p[n] == '.')
			return true;
	}
	return false;
}

static void target(struct aisp_model_run *run, struct aisp_slice where, struct aisp_slice name, uint32_t line)
{
	size_t dot = aisp_slice_rchr(name, '.');
	struct aisp_slice module = dot == SIZE_MAX ? AISP_S("builtins") : aisp_slice_to(name, dot);
	struct aisp_slice object = dot == SIZE_MAX ? name : aisp_slice_from(name, dot + 1);
	const char *why = NULL;
	enum aisp_callable c = aisp_model__callable(module, object, &why);

	if (c == AISP_CALLABLE_DANGEROUS)
		aisp_model__issue(run, "config-target", AISP_MODEL_HIGH, where, line, name, why ? why : "imported and called when the configuration is instantiated", "CVE-2025-23304");
	else if (c == AISP_CALLABLE_UNKNOWN && !known_root(name))
		aisp_model__issue(run, "config-target", AISP_MODEL_LOW, where, line, name, "imported and called when the configuration is instantiated: a package that is not known here", "");
}

static void targets(struct aisp_model_run *run, struct aisp_slice where, const struct aisp_doc *d, unsigned depth)
{
	static const char *const keys[] = {"_target_", "_component_", "target", "class_path", "_target", "__target__", "_call_", NULL};

	if (depth > 200 || !aisp_model__go_on(run))
		return;
	for (uint32_t i = 0; d->type == AISP_DOC_ARR && i < d->n; i++)
		targets(run, where, &d->items[i], depth + 1);
	for (uint32_t i = 0; d->type == AISP_DOC_OBJ && i < d->n; i++) {
		const struct aisp_member *m = &d->members[i];
		bool loose = aisp_slice_eqz(m->key, "target") || aisp_slice_eqz(m->key, "class_path");

		if (aisp_model__one_of(m->key, keys) && m->value.type == AISP_DOC_STR && aisp_slice_chr(m->value.s, ' ') == SIZE_MAX &&
		    (!loose || (aisp_slice_chr(m->value.s, '.') != SIZE_MAX && aisp_slice_chr(m->value.s, '/') == SIZE_MAX)))
			target(run, aisp_model__join(run, where, m->key), m->value.s, m->line);
		else if (m->value.type >= AISP_DOC_ARR)
			targets(run, where, &m->value, depth + 1);
	}
}

void aisp_model__targets(struct aisp_model_run *run, struct aisp_slice where, const struct aisp_doc *d)
{
	targets(run, where, d, 0);
}

/* ---- transformers, diffusers, sentence-transformers */

static void auto_class(struct aisp_model_run *run, struct aisp_slice key, struct aisp_slice value, uint32_t line)
{
	bool remote = aisp_slice_find(value, AISP_S("--")) != SIZE_MAX;

	if (!value.n)
		return;
	aisp_model__issue(run, remote ? "remote-code" : "repository-code", remote ? AISP_MODEL_MEDIUM : AISP_MODEL_LOW, aisp_model__join(run, AISP_S("auto_map"), key), line, value,
	                  remote ? "with trust_remote_code, Python code of that other repository runs when the model is loaded"
	                         : "with trust_remote_code, Python code of this repository runs when the model is loaded", "");
}

static void auto_map(struct aisp_model_run *run, const struct aisp_doc *map)
{
	for (uint32_t i = 0; map && map->type == AISP_DOC_OBJ && i < map->n; i++) {
		const struct aisp_member *m = &map->members[i];

		auto_class(run, m->key, aisp_doc_str(&m->value), m->line);
		for (uint32_t k = 0; m->value.type == AISP_DOC_ARR && k < m->value.n; k++)
			auto_class(run, m->key, aisp_doc_str(&m->value.items[k]), m->line);
	}
}

static void chat_templates(struct aisp_model_run *run, const struct aisp_doc *d)
{
	static const char *const keys[] = {"chat_template", "default_chat_template", "tool_chat_template", "prompt_template", "template", "tool_template"};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		const struct aisp_doc *t = aisp_doc_get(d, keys[i]);

		if (t && t->type == AISP_DOC_STR && (i == 0 || aisp_model__contains(t->s, "{%") || aisp_model__contains(t->s, "{{")))
			aisp_model__template(run, aisp_slice_z(keys[i]), t->s);
		for (uint32_t k = 0; t && t->type >= AISP_DOC_ARR && k < t->n; k++) {
			bool arr = t->type == AISP_DOC_ARR;
			const struct aisp_doc *one = arr ? &t->items[k] : &t->members[k].value;
			struct aisp_slice text = one->type == AISP_DOC_STR ? one->s : aisp_doc_getstr(one, "template");

			if (text.n)
				aisp_model__template(run, aisp_model__join(run, aisp_slice_z(keys[i]), arr ? aisp_doc_getstr(one, "name") : t->members[k].key), text);
		}
	}
}

static void facts(struct aisp_model_run *run, const struct aisp_doc *d)
{
	static const struct {
		const char *key, *fact;
	} known[] = {{"model_type", "architecture"}, {"_name_or_path", "base_model"}, {"base_model_name_or_path", "base_model"}, {"transformers_version", "framework_version"},
	             {"_diffusers_version", "framework_version"}, {"torch_dtype", "quantisation"}, {"peft_type", "architecture"}, {"license", "license"}, {"author", "author"},
	             {"_class_name", "architecture"}};
	const struct aisp_doc *arch = aisp_doc_get(d, "architectures");

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		aisp_model__fact(run, known[i].fact, aisp_doc_getstr(d, known[i].key));
	for (uint32_t i = 0; i < aisp_doc_count(arch); i++)
		aisp_model__fact(run, "architecture", aisp_doc_str(aisp_doc_at(arch, i)));
	aisp_model__fact(run, "quantisation", aisp_doc_str(aisp_doc_path(d, "quantization_config.quant_method")));
}

static void imported(struct aisp_model_run *run, struct aisp_slice where, struct aisp_slice module, struct aisp_slice name, uint32_t line)
{
	struct aisp_slice what = aisp_model__text(run, "%.*s.%.*s", AISP_FMT(aisp_slice_to(module, 100)), AISP_FMT(aisp_slice_to(name, 100)));
	const char *why = NULL;

	if (aisp_model__callable(module, name, &why) == AISP_CALLABLE_DANGEROUS)
		aisp_model__issue(run, "config-class", AISP_MODEL_HIGH, where, line, what, why ? why : "imported when the pipeline is loaded", "");
	else
		aisp_model__issue(run, "repository-code", AISP_MODEL_LOW, where, line, what, "code of the repository runs when the pipeline is loaded", "");
}

/* { "_class_name": …, "unet": ["diffusers", "UNet2DConditionModel"], … } */
static void pipeline(struct aisp_model_run *run, const struct aisp_doc *d)
{
	static const char *const libraries[] = {"diffusers", "transformers", "stable_diffusion", "latent_diffusion", "onnxruntime", "optimum", "pipelines", "schedulers",
	                                        "models", "peft", "audioldm2", "stable_diffusion_safe", "paint_by_example", "deepfloyd_if", "kandinsky", "wuerstchen",
	                                        "stable_cascade", "unidiffuser", "controlnet", "stable_audio", "spectrogram_diffusion", "k_diffusion", "shap_e", "flax", NULL};

	for (uint32_t i = 0; d->type == AISP_DOC_OBJ && i < d->n; i++) {
		const struct aisp_member *m = &d->members[i];
		struct aisp_slice lib = aisp_doc_str(aisp_doc_at(&m->value, 0)), name = aisp_doc_str(aisp_doc_at(&m->value, 1));

		if (m->value.type == AISP_DOC_ARR && m->value.n == 2 && lib.n && name.n && !aisp_model__one_of(lib, libraries))
			imported(run, m->key, lib, name, m->line);
	}
}

static void modules(struct aisp_model_run *run, const struct aisp_doc *d)
{
	for (uint32_t i = 0; i < aisp_doc_count(d); i++) {
		struct aisp_slice type = aisp_doc_getstr(aisp_doc_at(d, i), "type"), name = aisp_doc_getstr(aisp_doc_at(d, i), "name");
		size_t dot = aisp_slice_rchr(type, '.');

		if (dot != SIZE_MAX && !aisp_model__prefixed(type, "sentence_transformers."))
			imported(run, name, aisp_slice_to(type, dot), aisp_slice_from(type, dot + 1), aisp_doc_at(d, i)->line);
	}
}

/* ---- the file */

static bool named(struct aisp_slice path, const char *const *names)
{
	return aisp_model__one_of(aisp_slice_basename(path), names);
}

static const char *const json_names[] = {"config.json", "tokenizer_config.json", "chat_template.json", "processor_config.json", "preprocessor_config.json", "adapter_config.json",
                                         "generation_config.json", "model_index.json", "modules.json", "config_sentence_transformers.json", NULL};

/* Keys that make any JSON a model's configuration. */
static bool telling(struct aisp_slice s)
{
	static const char *const keys[] = {"\"chat_template\"", "\"auto_map\"", "\"_target_\"", "\"model_type\"", "\"_diffusers_version\"", "\"base_model_name_or_path\"",
	                                   "\"transformers_version\"", "\"tokenizer_class\"", "\"_component_\"", "\"custom_pipelines\"", NULL};

	for (const char *const *k = keys; *k; k++)
		if (aisp_slice_find(s, aisp_slice_z(*k)) != SIZE_MAX)
			return true;
	return aisp_slice_find(s, AISP_S("\"class_name\"")) != SIZE_MAX &&
	       (aisp_slice_find(s, AISP_S("\"keras_version\"")) != SIZE_MAX || aisp_slice_find(s, AISP_S("\"registered_name\"")) != SIZE_MAX ||
	        aisp_slice_find(s, AISP_S("\"config\"")) != SIZE_MAX);
}

static bool is_yaml_name(struct aisp_slice path)
{
	return aisp_model__suffixed_i(path, ".yaml") || aisp_model__suffixed_i(path, ".yml");
}

static int json_detect(struct aisp_slice head, struct aisp_slice path)
{
	/* these two names are used for other things too */
	static const char *const common[] = {"config.json", "modules.json", NULL};

	if (telling(head))
		return named(path, json_names) ? 65 : 50;
	return named(path, json_names) && (!named(path, common) || aisp_model__contains(head, "sentence_transformers")) ? 65 : 0;
}

/* "target: ldm.models.X", as latent diffusion's configurations have it; not "target: 90%". */
static bool dotted_target(struct aisp_slice h)
{
	for (size_t i; (i = aisp_slice_find(h, AISP_S("target: "))) != SIZE_MAX; h = aisp_slice_from(h, i + 8)) {
		struct aisp_slice v = aisp_slice_to(aisp_slice_from(h, i + 8), 200);
		size_t end = aisp_slice_chr(v, '\n'), dots = 0, n = 0;

		v = aisp_slice_trim(aisp_slice_to(v, end == SIZE_MAX ? v.n : end));
		for (; n < v.n && (v.p[n] == '.' || v.p[n] == '_' || (v.p[n] >= '0' && v.p[n] <= '9') || ((v.p[n] | 32) >= 'a' && (v.p[n] | 32) <= 'z')); n++)
			dots += v.p[n] == '.';
		if (dots && n == v.n && v.p[0] > '9' && v.p[v.n - 1] != '.')
			return true;
	}
	return false;
}

static bool yaml_detect(struct aisp_slice h, struct aisp_slice path)
{
	if (!is_yaml_name(path))
		return !path.n && aisp_slice_find(h, AISP_S("_target_:")) != SIZE_MAX;
	return aisp_slice_find(h, AISP_S("_target_:")) != SIZE_MAX || aisp_slice_find(h, AISP_S("_component_:")) != SIZE_MAX ||
	       aisp_slice_eqz(aisp_slice_basename(path), "model_config.yaml") || dotted_target(h);
}

static int detect(const struct aisp_input *in, struct aisp_slice head, struct aisp_slice path)
{
	struct aisp_slice h = aisp_slice_trim(head);
	static const char *const readme[] = {"README.md", "MODEL_CARD.md", NULL};

	(void)in;
	if (!h.n || aisp_slice_chr(head, 0) != SIZE_MAX)
		return 0;
	if (h.p[0] == '{' || h.p[0] == '[')
		return json_detect(head, path);
	if (named(path, readme) && aisp_model__prefixed(h, "---") &&
	    (aisp_model__contains(h, "base_model") || aisp_model__contains(h, "license:") || aisp_model__contains(h, "library_name") || aisp_model__contains(h, "pipeline_tag")))
		return 60;
	return yaml_detect(h, path) ? 55 : 0;
}

static void card(struct aisp_model_run *run, struct aisp_slice text)
{
	static const struct {
		const char *key, *fact;
	} known[] = {{"license", "license"}, {"license_name", "license"}, {"base_model", "base_model"}, {"datasets", "dataset"}, {"library_name", "producer"},
	             {"author", "author"}, {"model_creator", "author"}, {"quantized_by", "author"}};
	size_t end = aisp_slice_find(aisp_slice_from(text, 3), AISP_S("\n---"));
	struct aisp_docs docs = {0};

	if (end == SIZE_MAX || aisp_yaml_parse(run->a, aisp_slice_to(aisp_slice_from(text, 3), end), NULL, &docs, &run->err) < 0 || !docs.n)
		return;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		const struct aisp_doc *v = aisp_doc_get(&docs.docs[0], known[i].key);

		aisp_model__fact(run, known[i].fact, aisp_doc_str(v));
		for (uint32_t k = 0; v && v->type == AISP_DOC_ARR && k < v->n && k < 50; k++)
			aisp_model__fact(run, known[i].fact, aisp_doc_str(&v->items[k]));
	}
}

static void json_config(struct aisp_model_run *run, struct aisp_slice text, struct aisp_slice path)
{
	const struct aisp_doc *d = aisp_model__json(run, text);

	if (!d) {
		/* A broken file still may be read by a lenient reader. */
		aisp_model__partial(run, "the configuration is not JSON");
		return;
	}
	facts(run, d);
	auto_map(run, aisp_doc_get(d, "auto_map"));
	chat_templates(run, d);
	aisp_model__targets(run, AISP_S(""), d);
	if (aisp_doc_get(d, "_diffusers_version") || aisp_slice_eqz(aisp_slice_basename(path), "model_index.json"))
		pipeline(run, d);
	if (d->type == AISP_DOC_ARR && aisp_doc_get(aisp_doc_at(d, 0), "type"))
		modules(run, d);
	if (aisp_slice_find(text, AISP_S("\"class_name\"")) != SIZE_MAX)
		aisp_model__keras_config(run, AISP_S(""), text);
	for (uint32_t i = 0; i < aisp_doc_count(aisp_doc_get(d, "custom_pipelines")); i++) {
		const struct aisp_doc *p = &aisp_doc_get(d, "custom_pipelines")->members[i].value;

		if (aisp_doc_get(d, "custom_pipelines")->type == AISP_DOC_OBJ)
			auto_class(run, AISP_S("custom_pipelines"), aisp_doc_getstr(p, "impl"), p->line);
	}
}

static void scan(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice path)
{
	struct aisp_slice text = aisp_model__all(run, in, CONFIG_MAX), t = aisp_slice_trim(text);
	struct aisp_docs docs = {0};
	int r;

	if (!t.n)
		return;
	if (t.p[0] == '{' || t.p[0] == '[') {
		json_config(run, text, path);
		return;
	}
	if (aisp_model__suffixed_i(path, ".md")) {
		card(run, t);
		return;
	}
	r = aisp_yaml_parse(run->a, text, NULL, &docs, &run->err);
	if (r == AISP_E_NOMEM)
		aisp_model__nomem(run);
	else if (r < 0)
		aisp_model__partial(run, "the YAML could not be read");
	for (size_t i = 0; i < docs.n; i++) {
		aisp_model__targets(run, AISP_S(""), &docs.docs[i]);
		facts(run, &docs.docs[i]);
	}
}

const struct aisp_model_reader aisp_model__config_reader = {AISP_MODEL_CONFIG, detect, scan};
