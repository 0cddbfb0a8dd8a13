/* What serves, trains and experiments with models in a cluster: known by the container's image (servers of models), or by the
 * kind of object (KServe, Ray, Kubeflow, Argo, Knative, …). A kind is one row: where its pods' templates are and which label its
 * controller puts on the pods.
 *
 * Where the pods' own controllers (deployments, jobs) are among the objects too, these are the workloads and the row's object
 * only says what they are for; else the object itself is the workload.
 */
#include "collect/files/kube_int.h"
#include <stdio.h>

/* Servers of models, by a part of the image's name. `keys`: an argument or variable by which they ask for a key. */
static const struct server {
	const char *image, *engine;
	uint16_t port;
	const char *keys[3];
	const char *models[3]; /* arguments or variables that name the model */
} servers[] = {
	{"ollama/ollama", "ollama", 11434, {NULL}, {NULL}},
	{"vllm/vllm-openai", "vllm", 8000, {"--api-key", "VLLM_API_KEY", NULL}, {"--model", "MODEL_NAME", NULL}},
	{"vllm", "vllm", 8000, {"--api-key", "VLLM_API_KEY", NULL}, {"--model", "MODEL_NAME", NULL}},
	{"text-generation-inference", "tgi", 80, {"--api-key", "API_KEY", NULL}, {"--model-id", "MODEL_ID", NULL}},
	{"text-embeddings-inference", "tei", 80, {"--api-key", "API_KEY", NULL}, {"--model-id", "MODEL_ID", NULL}},
	{"tritonserver", "triton", 8000, {NULL}, {NULL}},
	{"llama.cpp", "llama.cpp", 8080, {"--api-key", "LLAMA_API_KEY", "--api-key-file"}, {"--hf-repo", "-hf", "--model"}},
	{"llama-cpp-python", "llama-cpp-python", 8000, {"--api_key", "API_KEY", NULL}, {"--model", "MODEL", NULL}},
	{"localai", "localai", 8080, {"API_KEY", "LOCALAI_API_KEY", "--api-keys"}, {NULL}},
	{"local-ai", "localai", 8080, {"API_KEY", "LOCALAI_API_KEY", "--api-keys"}, {NULL}},
	{"lmsysorg/sglang", "sglang", 30000, {"--api-key", NULL}, {"--model-path", "--model", NULL}},
	{"nvcr.io/nim/", "nim", 8000, {NULL}, {"NIM_MODEL_NAME", NULL}},
	{"tensorflow/serving", "tensorflow-serving", 8501, {NULL}, {"MODEL_NAME", NULL}},
	{"openvino/model_server", "openvino", 9000, {NULL}, {"--model_name", NULL}},
	{"lmdeploy", "lmdeploy", 23333, {"--api-keys", NULL}, {NULL}},
	{"xinference", "xinference", 9997, {"--auth-config", NULL}, {NULL}},
	{"mlserver", "mlserver", 8080, {NULL}, {"MLSERVER_MODEL_NAME", NULL}},
	{"kserve/huggingfaceserver", "kserve", 8080, {NULL}, {"--model_id", "--model_name", NULL}},
	{"litellm", "litellm", 4000, {"LITELLM_MASTER_KEY", "--master_key", NULL}, {"--model", NULL}},
	{"koboldcpp", "koboldcpp", 5001, {"--password", NULL}, {"--model", NULL}},
	{"stable-diffusion-webui", "stable-diffusion-webui", 7860, {"--api-auth", "--gradio-auth", NULL}, {NULL}},
	{"comfyui", "comfyui", 8188, {NULL}, {NULL}},
	{"infinity", "infinity", 7997, {"--api-key", "INFINITY_API_KEY", NULL}, {"--model-id", NULL}},
};

enum purpose { PLAIN, SERVES_MODEL, TRAINS, NOTEBOOK, RAY, STEPS };
static const struct custom {
	const char *kind, *group;
	const char *paths[3]; /* of pod specs; * is every item or member */
	const char *label;
	enum purpose purpose;
} customs[] = {
	{"inferenceservice", "serving.kserve.io", {"spec.predictor", "spec.transformer", "spec.explainer"}, "serving.kserve.io/inferenceservice", SERVES_MODEL},
	{"llminferenceservice", "serving.kserve.io", {"spec.template", "spec.worker", "spec.prefill.template"}, "app.kubernetes.io/name", SERVES_MODEL},
	{"seldondeployment", "machinelearning.seldon.io", {"spec.predictors.*.componentSpecs.*.spec", NULL, NULL}, "seldon-deployment-id", SERVES_MODEL},
	{"raycluster", "ray.io", {"spec.headGroupSpec.template.spec", "spec.workerGroupSpecs.*.template.spec", NULL}, "ray.io/cluster", RAY},
	{"rayjob", "ray.io", {"spec.rayClusterSpec.headGroupSpec.template.spec", "spec.rayClusterSpec.workerGroupSpecs.*.template.spec", NULL}, "ray.io/originated-from-cr-name", RAY},
	{"rayservice", "ray.io", {"spec.rayClusterConfig.headGroupSpec.template.spec", "spec.rayClusterConfig.workerGroupSpecs.*.template.spec", NULL}, "ray.io/originated-from-cr-name", RAY},
	{"notebook", "kubeflow.org", {"spec.template.spec", NULL, NULL}, "notebook-name", NOTEBOOK},
	{"pytorchjob", "kubeflow.org", {"spec.pytorchReplicaSpecs.*.template.spec", NULL, NULL}, "training.kubeflow.org/job-name", TRAINS},
	{"tfjob", "kubeflow.org", {"spec.tfReplicaSpecs.*.template.spec", NULL, NULL}, "training.kubeflow.org/job-name", TRAINS},
	{"mpijob", "kubeflow.org", {"spec.mpiReplicaSpecs.*.template.spec", NULL, NULL}, "training.kubeflow.org/job-name", TRAINS},
	{"xgboostjob", "kubeflow.org", {"spec.xgbReplicaSpecs.*.template.spec", NULL, NULL}, "training.kubeflow.org/job-name", TRAINS},
	{"paddlejob", "kubeflow.org", {"spec.paddleReplicaSpecs.*.template.spec", NULL, NULL}, "training.kubeflow.org/job-name", TRAINS},
	{"jaxjob", "kubeflow.org", {"spec.jaxReplicaSpecs.*.template.spec", NULL, NULL}, "training.kubeflow.org/job-name", TRAINS},
	{"trainjob", "trainer.kubeflow.org", {"spec.trainer", NULL, NULL}, "jobset.sigs.k8s.io/jobset-name", TRAINS},
	{"jobset", "jobset.x-k8s.io", {"spec.replicatedJobs.*.template.spec.template.spec", NULL, NULL}, "jobset.sigs.k8s.io/jobset-name", PLAIN},
	{"job.batch.volcano.sh", "batch.volcano.sh", {"spec.tasks.*.template.spec", NULL, NULL}, "volcano.sh/job-name", PLAIN},
	{"service.serving.knative.dev", "serving.knative.dev", {"spec.template.spec", NULL, NULL}, "serving.knative.dev/service", PLAIN},
	{"workflow", "argoproj.io", {"spec.templates.*", NULL, NULL}, "workflows.argoproj.io/workflow", STEPS},
	{"workflowtemplate", "argoproj.io", {"spec.templates.*", NULL, NULL}, NULL, STEPS},
	{"clusterworkflowtemplate", "argoproj.io", {"spec.templates.*", NULL, NULL}, NULL, STEPS},
	{"cronworkflow", "argoproj.io", {"spec.workflowSpec.templates.*", NULL, NULL}, "workflows.argoproj.io/cron-workflow", STEPS},
};

static int64_t gpus_of(const struct aisp_doc *container)
{
	static const char *const names[] = {"nvidia.com/", "amd.com/gpu", "gpu.intel.com/", "habana.ai/", "aws.amazon.com/neuron", "google.com/tpu"};
	const struct aisp_doc *limits = aisp_doc_path(container, "resources.limits");
	int64_t n = 0;

	for (uint32_t l = 0; limits && limits->type == AISP_DOC_OBJ && l < limits->n; l++)
		for (size_t g = 0; g < sizeof names / sizeof *names; g++) {
			const struct aisp_doc *v = &limits->members[l].value;
			uint64_t text = 0;
			if (!aisp_slice_starts(limits->members[l].key, aisp_slice_z(names[g])))
				continue;
			int64_t count = aisp_slice_u64(aisp_doc_str(v), &text) && text < 100000 ? (int64_t)text : aisp_doc_int(v, 0);
			n += count > 0 && count < 100000 ? count : 0;
		}
	return n;
}

int64_t aisp_kube__gpus(const struct aisp_doc *spec)
{
	const struct aisp_doc *containers = aisp_doc_get(spec, "containers");
	int64_t n = 0;

	for (uint32_t i = 0; containers && containers->type == AISP_DOC_ARR && i < containers->n; i++)
		n += gpus_of(&containers->items[i]);
	return n;
}

/* The value of an argument ("--model x", "--model=x") or variable of a container; p NULL when not there. */
static struct aisp_slice setting_of(const struct aisp_doc *c, const char *name)
{
	static const char *const lists[] = {"command", "args"};
	const struct aisp_doc *env = aisp_doc_get(c, "env");
	const struct aisp_slice key = aisp_slice_z(name), none = {0};

	for (uint32_t i = 0; env && env->type == AISP_DOC_ARR && i < env->n; i++)
		if (aisp_slice_eq(aisp_doc_getstr(&env->items[i], "name"), key)) {
			struct aisp_slice v = aisp_doc_getstr(&env->items[i], "value");
			return v.p ? v : AISP_S("");
		}
	for (size_t l = 0; l < 2; l++) {
		const struct aisp_doc *words = aisp_doc_get(c, lists[l]);
		for (uint32_t i = 0; words && words->type == AISP_DOC_ARR && i < words->n; i++) {
			struct aisp_slice w = aisp_doc_str(&words->items[i]);
			size_t at = aisp_slice_find(w, key); /* a whole command line may stand in one word (sh -c) */
			if (at == SIZE_MAX || (at > 0 && w.p[at - 1] != ' '))
				continue;
			struct aisp_slice rest = aisp_slice_from(w, at + key.n);
			if (rest.n == 0)
				return i + 1 < words->n ? aisp_doc_str(&words->items[i + 1]) : AISP_S("");
			if (rest.p[0] != '=' && rest.p[0] != ' ')
				continue;
			rest = aisp_slice_from(rest, 1);
			return aisp_slice_to(rest, aisp_slice_chr(rest, ' '));
		}
	}
	return none;
}

static bool is_model_name(struct aisp_slice s)
{
	if (s.n == 0 || s.n > 200 || s.p[0] == '-' || s.p[0] == '$')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= 'A' && s.p[i] <= 'Z') || (s.p[i] >= '0' && s.p[i] <= '9') ||
		      memchr("./_:-@", s.p[i], 6)))
			return false;
	return true;
}

static void serve_model(struct aisp_kube *k, aisp_node endpoint, struct aisp_slice name, const struct aisp_place *at)
{
	if (!is_model_name(name))
		return;
	const bool is_path = name.p[0] == '/' || name.p[0] == '.';
	aisp_node m = aisp_emit_node(k->e, is_path ? AISP_NODE_MODEL_FILE : AISP_NODE_MODEL,
	                             is_path ? aisp_emit_fmt(k->e, "modelfile://%.*s%s%.*s", AISP_FMT(k->e->cluster), name.p[0] == '/' ? "" : "/", AISP_FMT(name))
	                                     : aisp_emit_fmt(k->e, "model://huggingface/%.*s", AISP_FMT(name)), at);
	aisp_emit_str(k->e, m, "name", name);
	aisp_emit_edge(k->e, endpoint, is_path ? AISP_EDGE_LOADS : AISP_EDGE_SERVES, m, at);
}

void aisp_kube__add_server(struct aisp_kube *k, const struct kube_object *o, aisp_node workload, const struct aisp_doc *c,
                           const struct aisp_place *at)
{
	struct aisp_slice image = aisp_doc_getstr(c, "image");
	const struct aisp_doc *ports = aisp_doc_get(c, "ports");
	const struct server *s = NULL;
	const char *auth = "none";

	for (size_t i = 0; i < sizeof servers / sizeof *servers && !s; i++)
		if (aisp_slice_findi(image, aisp_slice_z(servers[i].image)) != SIZE_MAX)
			s = &servers[i];
	const struct aisp_slice behind = aisp_doc_getstr(aisp_doc_path(o->d, "metadata.labels"), "serving.kserve.io/inferenceservice");
	if (!s || (behind.n && aisp_kube__find(k, aisp_kube__id(k, o->ns, "inferenceservice", behind)))) /* then that is the endpoint */
		return;
	for (size_t i = 0; i < 3 && s->keys[i]; i++)
		if (setting_of(c, s->keys[i]).p)
			auth = "required";
	int64_t port = aisp_doc_int(aisp_doc_get(aisp_doc_at(ports, 0), "containerPort"), s->port);
	aisp_node n = aisp_emit_node(k->e, AISP_NODE_INFERENCE_ENDPOINT, aisp_emit_fmt(k->e, "%.*s#inference/%lld", AISP_FMT(o->id), (long long)port), at);
	aisp_emit_str(k->e, n, "name", aisp_emit_fmt(k->e, "%s of %.*s", s->engine, AISP_FMT(o->name)));
	aisp_emit_strz(k->e, n, "engine", s->engine);
	aisp_emit_int(k->e, n, "port", port);
	aisp_emit_strz(k->e, n, "auth", auth);
	aisp_emit_edge(k->e, workload, AISP_EDGE_SERVES, n, at);
	const struct aisp_kube__namespace *ns = aisp_kube__namespace(k, o->ns, at);
	aisp_emit_edge(k->e, ns ? ns->node : 0, AISP_EDGE_CONTAINS, n, at);
	for (size_t i = 0; i < 3 && s->models[i]; i++) {
		struct aisp_slice v = setting_of(c, s->models[i]);
		if (v.p) {
			serve_model(k, n, v, at);
			break;
		}
	}
}

/* Model files: "s3://bucket/key", "gs://…", "hf://org/model", "pvc://claim/path", "oci://…", https. */
static void load_model(struct aisp_kube *k, const struct kube_object *o, aisp_node endpoint, struct aisp_slice uri, bool executes,
                       const struct aisp_place *at)
{
	struct aisp_slice id = uri;
	const struct aisp_edge_in in = {.flags = executes ? AISP_EF_EXECUTES : 0, .control = aisp_emit_fmt(k->e, "%.*s#/spec/predictor", AISP_FMT(o->id))};
	size_t sep = aisp_slice_find(uri, AISP_S("://"));

	if (sep == SIZE_MAX || uri.n > 1000 || aisp_slice_chr(uri, '@') != SIZE_MAX || aisp_slice_chr(uri, '?') != SIZE_MAX)
		return;
	struct aisp_slice rest = aisp_slice_from(uri, sep + 3), bucket = aisp_slice_to(rest, aisp_slice_chr(rest, '/'));
	if (aisp_slice_starts(uri, AISP_S("pvc://")))
		id = aisp_emit_fmt(k->e, "modelfile://%.*s/%.*s/pvc/%.*s", AISP_FMT(k->e->cluster), AISP_FMT(o->ns), AISP_FMT(rest));
	aisp_node n = aisp_emit_node(k->e, AISP_NODE_MODEL_FILE, id, at);
	aisp_emit_str(k->e, n, "name", aisp_slice_basename(uri.p[uri.n - 1] == '/' ? aisp_slice_to(uri, uri.n - 1) : uri));
	aisp_emit_edge_in(k->e, endpoint, AISP_EDGE_LOADS, n, &in, at);
	if (bucket.n && (aisp_slice_starts(uri, AISP_S("s3://")) || aisp_slice_starts(uri, AISP_S("gs://")))) {
		aisp_node b = aisp_emit_node(k->e, AISP_NODE_BUCKET, uri.p[0] == 's' ? aisp_emit_fmt(k->e, "arn:aws:s3:::%.*s", AISP_FMT(bucket))
		                                                                  : aisp_emit_fmt(k->e, "gs://%.*s", AISP_FMT(bucket)), at);
		aisp_emit_str(k->e, b, "name", bucket);
		aisp_emit_edge(k->e, n, AISP_EDGE_STORED_IN, b, at);
	}
}

/* Formats whose usual loader runs code from the file. */
static bool format_executes(struct aisp_slice format)
{
	return aisp_slice_eqi(format, AISP_S("sklearn")) || aisp_slice_eqi(format, AISP_S("pytorch")) || aisp_slice_eqi(format, AISP_S("mlflow"));
}

static void add_inference(struct aisp_kube *k, const struct kube_object *o, const aisp_node *workloads, size_t n)
{
	static const char *const old[] = {"sklearn", "xgboost", "tensorflow", "pytorch", "triton", "onnx", "huggingface", "lightgbm", "paddle", "pmml"};
	const struct aisp_doc *predictor = aisp_doc_path(o->d, "spec.predictor"), *model = aisp_doc_get(predictor, "model");
	struct aisp_slice format = aisp_doc_str(aisp_doc_path(model, "modelFormat.name")), uri = aisp_doc_getstr(model, "storageUri");
	struct aisp_place at = aisp_kube__place(k, o, predictor, "/spec/predictor");

	for (size_t i = 0; i < sizeof old / sizeof *old && !model; i++)
		if (aisp_doc_get(predictor, old[i])) {
			model = aisp_doc_get(predictor, old[i]);
			format = aisp_slice_z(old[i]);
			uri = aisp_doc_getstr(model, "storageUri");
		}
	if (uri.n == 0)
		uri = aisp_doc_str(aisp_doc_path(o->d, "spec.model.uri")); /* LLMInferenceService */
	aisp_node e = aisp_emit_node(k->e, AISP_NODE_INFERENCE_ENDPOINT, aisp_emit_fmt(k->e, "%.*s#inference", AISP_FMT(o->id)), &at);
	const struct aisp_kube__namespace *ns = aisp_kube__namespace(k, o->ns, &at);
	aisp_emit_edge(k->e, ns ? ns->node : 0, AISP_EDGE_CONTAINS, e, &at);
	aisp_emit_str(k->e, e, "name", o->name);
	aisp_emit_str(k->e, e, "engine", aisp_slice_starts(o->group, AISP_S("serving.kserve.io")) ? AISP_S("kserve") : AISP_S("seldon"));
	aisp_emit_str(k->e, e, "model_format", format);
	aisp_emit_str(k->e, e, "url", aisp_doc_str(aisp_doc_path(o->d, "status.url")));
	const struct aisp_doc *auth = aisp_kube__annotation(o, "security.opendatahub.io/enable-auth");
	aisp_emit_strz(k->e, e, "auth", aisp_slice_eqz(aisp_doc_str(auth), "true") ? "required" : "none");
	for (size_t i = 0; i < n; i++)
		aisp_emit_edge(k->e, workloads[i], AISP_EDGE_SERVES, e, &at);
	if (n && gpus_of(model))
		aisp_emit_int(k->e, workloads[0], "gpus", gpus_of(model));
	if (uri.n)
		load_model(k, o, e, uri, format_executes(format), &at);
}

static void add_training(struct aisp_kube *k, const struct kube_object *o, const aisp_node *workloads, size_t n, enum aisp_node_kind kind)
{
	struct aisp_place at = aisp_kube__place(k, o, NULL, "");
	aisp_node t = aisp_emit_node(k->e, kind, aisp_emit_fmt(k->e, "%.*s#%s", AISP_FMT(o->id), kind == AISP_NODE_NOTEBOOK ? "notebook" : "training"), &at);

	aisp_emit_str(k->e, t, "name", o->name);
	aisp_emit_str(k->e, t, "framework", o->kind);
	for (size_t i = 0; i < n; i++)
		aisp_emit_edge(k->e, workloads[i], AISP_EDGE_SERVES, t, &at);
}

/* Ray's head takes jobs from whoever reaches its dashboard port: arbitrary code (CVE-2023-48022, by design). */
static void add_ray(struct aisp_kube *k, const struct kube_object *o, aisp_node head)
{
	struct aisp_place at = aisp_kube__place(k, o, NULL, "");
	const struct aisp_doc *auth = aisp_doc_path(o->d, "spec.authOptions.mode");
	const bool token = aisp_slice_eqz(aisp_doc_str(auth), "token");
	aisp_node t = aisp_emit_node(k->e, AISP_NODE_TOOL, aisp_emit_fmt(k->e, "%.*s#ray-jobs", AISP_FMT(o->id)), &at);

	aisp_emit_str(k->e, t, "name", aisp_emit_fmt(k->e, "job submission of Ray cluster %.*s", AISP_FMT(o->name)));
	aisp_emit_bool(k->e, t, "executes_code", true);
	aisp_emit_int(k->e, t, "port", 8265);
	aisp_emit_strz(k->e, head, "auth", token ? "required" : "none");
	aisp_emit_edge(k->e, head, AISP_EDGE_SERVES, t, &at);
}

/* Pods' templates: a small tree walk with "*". */

struct found {
	struct aisp_kube *k;
	struct kube_object *o;
	const struct custom *row;
	aisp_node nodes[64];
	size_t n;
};

static struct aisp_doc *new_doc(struct aisp_kube *k, struct aisp_doc d)
{
	struct aisp_doc *p = aisp_kube__alloc(k, 1, sizeof *p);

	if (p)
		*p = d;
	return p;
}

/* A pod spec for what says only a container: {"containers": [c], …rest of `from`}. */
static const struct aisp_doc *spec_around(struct aisp_kube *k, const struct aisp_doc *c, const struct aisp_doc *from)
{
	static const char *const kept[] = {"serviceAccountName", "volumes", "automountServiceAccountToken", "imagePullSecrets", "hostNetwork"};
	struct aisp_member *m = aisp_kube__alloc(k, 1 + sizeof kept / sizeof *kept, sizeof *m);
	struct aisp_doc *list = new_doc(k, *c);
	uint32_t n = 0;

	if (!m || !list)
		return NULL;
	m[n++] = (struct aisp_member){.key = AISP_S("containers"), .line = c->line, .value = {.type = AISP_DOC_ARR, .line = c->line, .n = 1, .items = list}};
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
		const struct aisp_doc *v = aisp_doc_get(from, kept[i]);
		if (v)
			m[n++] = (struct aisp_member){.key = aisp_slice_z(kept[i]), .line = v->line, .value = *v};
	}
	return new_doc(k, (struct aisp_doc){.type = AISP_DOC_OBJ, .line = c->line, .n = n, .members = m});
}

static const struct kube_object *runtime_of(struct aisp_kube *k, const struct kube_object *o, struct aisp_slice name)
{
	const struct kube_object *r = name.n ? aisp_kube__find(k, aisp_kube__id(k, o->ns, "servingruntime", name)) : NULL;

	return r || !name.n ? r : aisp_kube__find(k, aisp_kube__id(k, AISP_S("-"), "clusterservingruntime", name));
}

/* The pod spec that stands at a row's path, made whole where the kind says it in its own way. */
static const struct aisp_doc *spec_at(const struct found *f, const struct aisp_doc *d)
{
	const struct aisp_doc *one = aisp_doc_get(d, "container") ? aisp_doc_get(d, "container") : aisp_doc_get(d, "script");
	struct aisp_kube *k = f->k;

	if (aisp_doc_count(aisp_doc_get(d, "containers")))
		return d;
	if (f->row->purpose == STEPS) {
		const struct aisp_doc *whole = aisp_doc_path(f->o->d, "spec.workflowSpec");
		const struct aisp_doc *from = aisp_doc_get(d, "serviceAccountName") ? d : whole ? whole : aisp_doc_get(f->o->d, "spec");
		return one && one->type == AISP_DOC_OBJ ? spec_around(k, one, from) : NULL;
	}
	if (f->row->purpose == TRAINS && aisp_doc_get(d, "image"))
		return spec_around(k, d, d);
	if (f->row->purpose != SERVES_MODEL || d->type != AISP_DOC_OBJ)
		return NULL;
	const struct kube_object *runtime = runtime_of(k, f->o, aisp_doc_str(aisp_doc_path(d, "model.runtime")));
	const struct aisp_doc *containers = runtime ? aisp_doc_path(runtime->d, "spec.containers") : NULL;
	static const struct aisp_doc empty = {.type = AISP_DOC_OBJ};
	const struct aisp_doc *model = aisp_doc_get(d, "model");
	return spec_around(k, aisp_doc_count(containers) ? aisp_doc_at(containers, 0) : model && model->type == AISP_DOC_OBJ ? model : &empty, d);
}

static void take(struct found *f, const struct aisp_doc *d, const char *path)
{
	struct kube_object *o = f->o;
	const struct aisp_doc *spec = f->n < 64 ? spec_at(f, d) : NULL;
	char *own = aisp_kube__alloc(f->k, strlen(path) + 1, 1);

	if (!spec || !own)
		return;
	memcpy(own, path, strlen(path));
	struct kube_template t = {.path = own, .spec = spec, .label = f->row->label};
	if (f->n > 0) { /* further pods of the same object */
		o = aisp_kube__alloc(f->k, 1, sizeof *o);
		if (!o)
			return;
		*o = *f->o;
		o->id = aisp_emit_fmt(f->k->e, "%.*s/%s", AISP_FMT(f->o->id), own);
	}
	f->nodes[f->n] = aisp_kube__add_workload(f->k, o, &t);
	f->n += f->nodes[f->n] != 0;
}

static void walk(struct found *f, const struct aisp_doc *d, const char *rest, char path[256], size_t n, unsigned depth)
{
	size_t len = strcspn(rest, ".");

	if (!d || depth > 16 || f->k->e->bad)
		return;
	if (len == 0) {
		path[n] = '\0';
		take(f, d, path);
		return;
	}
	const char *next = rest[len] == '.' ? rest + len + 1 : rest + len;
	if (rest[0] != '*') {
		char key[64];
		if (len >= sizeof key || n + len + 2 > 255)
			return;
		memcpy(key, rest, len);
		key[len] = '\0';
		int put = snprintf(path + n, 256 - n, "%s%s", n ? "." : "", key);
		walk(f, aisp_doc_get(d, key), next, path, n + (size_t)put, depth + 1);
		return;
	}
	for (uint32_t i = 0; i < aisp_doc_count(d) && i < 64; i++) {
		const bool obj = d->type == AISP_DOC_OBJ;
		struct aisp_slice key = obj ? d->members[i].key : (struct aisp_slice){0};
		int put = obj ? snprintf(path + n, 256 - n, ".%.*s", AISP_FMT(key)) : snprintf(path + n, 256 - n, ".%u", i);
		if (put > 0 && n + (size_t)put < 250)
			walk(f, obj ? &d->members[i].value : &d->items[i], next, path, n + (size_t)put, depth + 1);
	}
}

/* Workloads that the object's controller made: by the label on their pods. */
static void find_made(struct found *f)
{
	const struct aisp_slice label = f->row->label ? aisp_slice_z(f->row->label) : (struct aisp_slice){0};

	for (size_t i = 0; label.n && i < f->k->workloads.n && f->n < 64; i++) {
		const struct kube_workload *w = &f->k->workloads.v[i];
		if (w->o != f->o && aisp_slice_eq(w->o->ns, f->o->ns) && aisp_slice_eq(aisp_labels_get(&w->pod.labels, label), f->o->name))
			f->nodes[f->n++] = w->o->node;
	}
}

static void add_knative(struct aisp_kube *k, const struct kube_object *o, const struct found *f)
{
	struct aisp_place at = aisp_kube__place(k, o, NULL, "");
	const struct aisp_doc *labels = aisp_doc_path(o->d, "metadata.labels");
	struct aisp_slice url = aisp_doc_str(aisp_doc_path(o->d, "status.url"));
	struct aisp_edge_in in = {.condition = AISP_S("only if the internet reaches Knative's ingress"), .control = o->id};
	const bool local = aisp_slice_eqz(aisp_doc_getstr(labels, "networking.knative.dev/visibility"), "cluster-local");

	aisp_node e = aisp_emit_node(k->e, AISP_NODE_ENDPOINT, url.n ? aisp_emit_fmt(k->e, "%.*s/", AISP_FMT(url)) : o->id, &at);
	aisp_emit_str(k->e, e, "name", url.n ? url : o->name);
	aisp_emit_strz(k->e, e, "auth", "none");
	for (size_t i = 0; i < f->n; i++)
		aisp_emit_edge(k->e, e, AISP_EDGE_ROUTES_TO, f->nodes[i], &at);
	aisp_emit_edge(k->e, k->cluster_network, AISP_EDGE_EXPOSES, e, &at);
	if (!local) {
		aisp_node internet = aisp_emit_node(k->e, AISP_NODE_INTERNET, AISP_S("internet"), &at);
		aisp_emit_strz(k->e, internet, "name", "internet");
		aisp_emit_edge_in(k->e, internet, AISP_EDGE_EXPOSES, e, &in, &at);
	}
}

static void add_custom(struct aisp_kube *k, struct kube_object *o, const struct custom *row)
{
	struct found f = {.k = k, .o = o, .row = row};
	char path[256];

	find_made(&f);
	const bool is_made = f.n > 0;
	for (size_t i = 0; i < 3 && row->paths[i] && !is_made; i++)
		walk(&f, o->d, row->paths[i], path, 0, 0);
	if (row->purpose == SERVES_MODEL)
		add_inference(k, o, f.nodes, f.n);
	else if (row->purpose == TRAINS || row->purpose == NOTEBOOK)
		add_training(k, o, f.nodes, f.n, row->purpose == TRAINS ? AISP_NODE_TRAINING_JOB : AISP_NODE_NOTEBOOK);
	else if (row->purpose == RAY && f.n)
		add_ray(k, o, f.nodes[0]);
	else if (aisp_slice_eqz(o->group, "serving.knative.dev"))
		add_knative(k, o, &f);
}

void aisp_kube__add_ai(struct aisp_kube *k)
{
	for (size_t i = 0; i < k->objects.n && !k->e->bad; i++)
		for (size_t c = 0; c < sizeof customs / sizeof *customs; c++)
			if (aisp_slice_eqz(k->objects.v[i].kind, customs[c].kind) && aisp_slice_eqz(k->objects.v[i].group, customs[c].group))
				add_custom(k, &k->objects.v[i], &customs[c]);
}
