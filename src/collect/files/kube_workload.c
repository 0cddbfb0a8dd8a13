/* Workloads: what makes pods, what they run, as whom, and what they are handed. */
#include "collect/files/kube_int.h"

enum { MAX_WORDS = 256 };

static const struct {
	const char *kind, *spec, *meta;
} workload_kinds[] = {
	{"deployment", "spec.template.spec", "spec.template.metadata"},
	{"statefulset", "spec.template.spec", "spec.template.metadata"},
	{"daemonset", "spec.template.spec", "spec.template.metadata"},
	{"replicaset", "spec.template.spec", "spec.template.metadata"},
	{"replicationcontroller", "spec.template.spec", "spec.template.metadata"},
	{"job", "spec.template.spec", "spec.template.metadata"},
	{"cronjob", "spec.jobTemplate.spec.template.spec", "spec.jobTemplate.spec.template.metadata"},
	{"pod", "spec", "metadata"},
};

/* What the parts of one workload share. */
struct work {
	struct aisp_kube *k;
	struct aisp_emit *e;
	const struct kube_object *o;
	const struct aisp_doc *spec;
	struct aisp_slice pointer; /* of the pod's spec */
	aisp_node node, file;
};

static struct aisp_place place(const struct work *w, const struct aisp_doc *d, struct aisp_slice pointer)
{
	return (struct aisp_place){.path = w->o->path, .line = d ? aisp_doc_line(d) : aisp_doc_line(w->o->d), .pointer = pointer};
}

/* "$(NAME)" from what stands before it in the list (kubectl explain pod.spec.containers.env.value). */
static struct aisp_slice expand(struct work *w, struct aisp_slice v, const struct aisp_settings *before, bool *ret_changed)
{
	AISP_AUTOBUF struct aisp_buf b = {0};
	bool changed = false;

	if (aisp_slice_find(v, AISP_S("$(")) == SIZE_MAX || v.n > 65536)
		return v;
	aisp_buf_init(&b, 1 << 20);
	aisp_buf_room(&b, v.n + 4096);
	for (size_t i = 0; i < v.n; i++) {
		struct aisp_slice rest = aisp_slice_from(v, i), known = {0};
		size_t close = aisp_slice_starts(rest, AISP_S("$(")) ? aisp_slice_chr(rest, ')') : SIZE_MAX;
		for (size_t s = 0; close != SIZE_MAX && s < before->v.n; s++)
			if (aisp_slice_eq(before->v.v[s].name, aisp_slice_of(rest.p + 2, close - 2)))
				known = before->v.v[s].value;
		if (known.p && !aisp_value_is_reference(known)) {
			aisp_buf_put(&b, known);
			i += close;
			changed = true;
		} else {
			aisp_buf_putc(&b, v.p[i]);
		}
	}
	if (!changed || b.bad || b.n == 0)
		return v;
	struct aisp_slice out = aisp_slice_of(b.p, b.n);
	if (!KUBE_PUSH(w->k, &w->k->texts.v, out)) {
		explicit_bzero(b.p, b.n);
		return v;
	}
	(void)AISP_TAKE(b.p); /* the text owns it now and wipes it */
	b.n = b.cap = 0;
	*ret_changed = true;
	return out;
}

static void take_from(struct work *w, struct aisp_setting *s, bool secret, struct aisp_slice name, struct aisp_slice key,
                      const struct aisp_place *at)
{
	s->store = aisp_kube__store(w->k, secret, w->o->ns, name, at, &s->store_id);
	s->store_key = key;
	s->store_is_secret = secret;
	s->value = aisp_kube__store_value(w->k, aisp_kube__find(w->k, s->store_id), key);
	s->elsewhere = true;
}

static void add_env(struct work *w, const struct aisp_doc *env, struct aisp_slice pointer, struct aisp_settings *all)
{
	for (uint32_t i = 0; env && env->type == AISP_DOC_ARR && i < env->n; i++) {
		const struct aisp_doc *d = &env->items[i], *from = aisp_doc_get(d, "valueFrom");
		const struct aisp_doc *secret = aisp_doc_get(from, "secretKeyRef"), *config = aisp_doc_get(from, "configMapKeyRef");
		struct aisp_setting s = {.name = aisp_doc_getstr(d, "name"), .line = d->line};
		if (s.name.n == 0)
			continue;
		s.pointer = aisp_emit_fmt(w->e, "%.*s/env/%u", AISP_FMT(pointer), i);
		struct aisp_place at = place(w, d, s.pointer);
		const struct aisp_doc *ref = secret ? secret : config;
		if (ref && aisp_doc_getstr(ref, "name").n)
			take_from(w, &s, secret != NULL, aisp_doc_getstr(ref, "name"), aisp_doc_getstr(ref, "key"), &at);
		else if (!from)
			s.value = expand(w, aisp_doc_getstr(d, "value"), all, &s.elsewhere);
		KUBE_PUSH(w->k, &all->v, s);
	}
}

/* Whole Secrets and ConfigMaps as variables. */
static void add_env_from(struct work *w, const struct aisp_doc *list, struct aisp_slice pointer, struct aisp_settings *all)
{
	for (uint32_t i = 0; list && list->type == AISP_DOC_ARR && i < list->n; i++) {
		const struct aisp_doc *d = &list->items[i], *secret = aisp_doc_get(d, "secretRef");
		struct aisp_slice name = aisp_doc_getstr(secret ? secret : aisp_doc_get(d, "configMapRef"), "name"), id;
		struct aisp_slice where = aisp_emit_fmt(w->e, "%.*s/envFrom/%u", AISP_FMT(pointer), i);
		struct aisp_place at = place(w, d, where);
		if (name.n == 0)
			continue;
		aisp_node store = aisp_kube__store(w->k, secret != NULL, w->o->ns, name, &at, &id);
		aisp_emit_edge(w->e, w->node, AISP_EDGE_MOUNTS, store, &at);
		const struct kube_object *o = aisp_kube__find(w->k, id);
		for (size_t m = 0; o && m < 2; m++) {
			const struct aisp_doc *map = aisp_doc_get(o->d, m ? "stringData" : "data");
			for (uint32_t n = 0; map && map->type == AISP_DOC_OBJ && n < map->n; n++) {
				struct aisp_setting s = {.line = d->line, .pointer = where};
				s.name = aisp_emit_fmt(w->e, "%.*s%.*s", AISP_FMT(aisp_doc_getstr(d, "prefix")), AISP_FMT(map->members[n].key));
				take_from(w, &s, secret != NULL, name, map->members[n].key, &at);
				KUBE_PUSH(w->k, &all->v, s);
			}
		}
	}
}

static size_t words_of(const struct aisp_doc *d, struct aisp_slice *words, size_t n)
{
	for (uint32_t i = 0; d && d->type == AISP_DOC_ARR && i < d->n && n < MAX_WORDS; i++)
		if (aisp_doc_str(&d->items[i]).n)
			words[n++] = d->items[i].s;
	return n;
}

static void add_ports(struct work *w, const struct aisp_doc *ports)
{
	for (uint32_t i = 0; ports && ports->type == AISP_DOC_ARR && i < ports->n; i++) {
		int64_t port = aisp_doc_int(aisp_doc_get(&ports->items[i], "containerPort"), 0);
		if (port > 0)
			aisp_emit_item(w->e, w->node, "ports", aisp_emit_fmt(w->e, "%lld", (long long)port));
	}
}

static void add_container(struct work *w, const struct aisp_doc *c, const char *list, uint32_t i, bool is_main)
{
	struct aisp_slice pointer = aisp_emit_fmt(w->e, "%.*s/%s/%u", AISP_FMT(w->pointer), list, i), words[MAX_WORDS];
	struct aisp_place at = place(w, c, pointer);
	const aisp_node holders[] = {w->node, w->file};
	struct aisp_settings all = {0};
	struct aisp_holder h = {.node = w->node, .id = w->o->id, .path = w->o->path, .file = w->file, .acts = true};
	struct aisp_slice image_ref = aisp_doc_getstr(c, "image"), name = aisp_doc_getstr(c, "name");

	aisp_node image = aisp_emit_image(w->e, image_ref, &at);
	if (image_ref.n && !image)
		aisp_emit_gap(w->e, w->o->id, AISP_E_PARSE, AISP_S("the image's name is a template"));
	aisp_edge runs = aisp_emit_edge(w->e, w->node, AISP_EDGE_RUNS_IMAGE, image, &at);
	struct aisp_slice command =
		aisp_args_show(w->e, words, words_of(aisp_doc_get(c, "args"), words, words_of(aisp_doc_get(c, "command"), words, 0)),
	                       holders, 2, &at);
	aisp_emit_edge_str(w->e, runs, "container", name);
	aisp_emit_edge_str(w->e, runs, "command", command);
	if (is_main)
		aisp_emit_str(w->e, w->node, "command", command);
	add_env_from(w, aisp_doc_get(c, "envFrom"), pointer, &all);
	add_env(w, aisp_doc_get(c, "env"), pointer, &all);
	h.server_scheme = aisp_family_scheme(image_ref);
	if (h.server_scheme[0])
		h.server_host = w->o->name.p; /* NUL-terminated: documents' texts are */
	aisp_holder_add(w->e, &h, all.v.v, all.v.n);
	aisp_settings_done(&all);
	add_ports(w, aisp_doc_get(c, "ports"));
	if (aisp_doc_bool(aisp_doc_path(c, "securityContext.privileged"), false))
		aisp_emit_bool(w->e, w->node, "privileged", true);
	aisp_kube__add_server(w->k, w->o, w->node, c, &at);
}

static void mount(struct work *w, bool secret, struct aisp_slice name, const struct aisp_place *at)
{
	if (name.n)
		aisp_emit_edge(w->e, w->node, AISP_EDGE_MOUNTS, aisp_kube__store(w->k, secret, w->o->ns, name, at, NULL), at);
}

/* True when a volume brings a service account token. */
static bool add_volume(struct work *w, const struct aisp_doc *v, struct aisp_slice pointer)
{
	struct aisp_place at = place(w, v, pointer);
	const struct aisp_doc *sources = aisp_doc_path(v, "projected.sources");
	bool token = false;

	mount(w, true, aisp_doc_str(aisp_doc_path(v, "secret.secretName")), &at);
	mount(w, false, aisp_doc_str(aisp_doc_path(v, "configMap.name")), &at);
	for (uint32_t i = 0; sources && sources->type == AISP_DOC_ARR && i < sources->n; i++) {
		const struct aisp_doc *s = &sources->items[i], *t = aisp_doc_get(s, "serviceAccountToken");
		mount(w, true, aisp_doc_str(aisp_doc_path(s, "secret.name")), &at);
		mount(w, false, aisp_doc_str(aisp_doc_path(s, "configMap.name")), &at);
		if (t && aisp_doc_getstr(t, "audience").n)
			aisp_emit_item(w->e, w->node, "token_audiences", aisp_doc_getstr(t, "audience"));
		else if (t)
			token = true;
	}
	aisp_emit_item(w->e, w->node, "host_paths", aisp_doc_str(aisp_doc_path(v, "hostPath.path")));
	aisp_emit_item(w->e, w->node, "secret_provider_classes",
	               aisp_doc_str(aisp_doc_path(v, "csi.volumeAttributes.secretProviderClass")));
	return token;
}

static void add_identity(struct work *w, bool token_volume)
{
	struct aisp_slice name = aisp_doc_getstr(w->spec, "serviceAccountName");
	const struct aisp_doc *own = aisp_doc_get(w->spec, "automountServiceAccountToken");
	struct aisp_place at = place(w, aisp_doc_get(w->spec, "serviceAccountName"), aisp_emit_fmt(w->e, "%.*s/serviceAccountName", AISP_FMT(w->pointer)));

	if (name.n == 0)
		name = aisp_doc_getstr(w->spec, "serviceAccount");
	if (name.n == 0) {
		name = AISP_S("default");
		at = place(w, w->spec, w->pointer);
		at.note = AISP_S("no service account is named: the namespace's default");
	}
	aisp_node account = aisp_kube__service_account(w->k, w->o->ns, name, &at);
	const struct kube_object *o = aisp_kube__find(w->k, aisp_kube__id(w->k, w->o->ns, "serviceaccount", name));
	bool token = token_volume ||
	             (own ? aisp_doc_bool(own, true) : !o || aisp_doc_bool(aisp_doc_get(o->d, "automountServiceAccountToken"), true));
	aisp_emit_str(w->e, w->node, "service_account", name);
	aisp_emit_bool(w->e, w->node, "token_mounted", token);
	if (token) {
		struct aisp_edge_in in = {.control = aisp_emit_fmt(w->e, "%.*s#%.*s/serviceAccountName", AISP_FMT(w->o->id), AISP_FMT(w->pointer))};
		aisp_emit_edge_in(w->e, w->node, AISP_EDGE_RUNS_AS, account, &in, &at);
	}
}

static void add_pod(struct work *w)
{
	static const char *const lists[] = {"containers", "initContainers", "ephemeralContainers"};
	const struct aisp_doc *volumes = aisp_doc_get(w->spec, "volumes"), *pull = aisp_doc_get(w->spec, "imagePullSecrets");
	bool token = false;

	for (size_t l = 0; l < 3; l++) {
		const struct aisp_doc *list = aisp_doc_get(w->spec, lists[l]);
		for (uint32_t i = 0; list && list->type == AISP_DOC_ARR && i < list->n; i++)
			add_container(w, &list->items[i], lists[l], i, l == 0 && i == 0);
	}
	for (uint32_t i = 0; volumes && volumes->type == AISP_DOC_ARR && i < volumes->n; i++)
		token |= add_volume(w, &volumes->items[i], aisp_emit_fmt(w->e, "%.*s/volumes/%u", AISP_FMT(w->pointer), i));
	for (uint32_t i = 0; pull && pull->type == AISP_DOC_ARR && i < pull->n; i++)
		aisp_emit_item(w->e, w->node, "image_pull_secrets", aisp_doc_getstr(&pull->items[i], "name"));
	int64_t gpus = aisp_kube__gpus(w->spec);
	if (gpus)
		aisp_emit_int(w->e, w->node, "gpus", gpus);
	if (aisp_doc_bool(aisp_doc_get(w->spec, "hostNetwork"), false))
		aisp_emit_bool(w->e, w->node, "host_network", true);
	if (aisp_doc_bool(aisp_doc_get(w->spec, "hostPID"), false))
		aisp_emit_bool(w->e, w->node, "host_pid", true);
	add_identity(w, token);
}

/* The ports that containers of a pod name, for policies and services. */
static void read_ports(struct aisp_kube *k, const struct aisp_doc *spec, struct aisp_net_pod *pod)
{
	const struct aisp_doc *containers = aisp_doc_get(spec, "containers");
	size_t n = 0;

	for (uint32_t i = 0; containers && containers->type == AISP_DOC_ARR && i < containers->n; i++)
		n += aisp_doc_count(aisp_doc_get(&containers->items[i], "ports"));
	struct aisp_net_target *v = n ? aisp_kube__alloc(k, n, sizeof *v) : NULL;
	n = 0;
	for (uint32_t i = 0; v && i < containers->n; i++) {
		const struct aisp_doc *ports = aisp_doc_get(&containers->items[i], "ports");
		for (uint32_t p = 0; p < aisp_doc_count(ports); p++) {
			const struct aisp_doc *d = aisp_doc_at(ports, p);
			int64_t number = aisp_doc_int(aisp_doc_get(d, "containerPort"), 0);
			v[n++] = (struct aisp_net_target){.protocol = aisp_doc_getstr(d, "protocol"), .name = aisp_doc_getstr(d, "name"),
			                                  .number = number > 0 && number < 65536 ? (uint32_t)number : 0};
		}
	}
	pod->ports = v;
	pod->n_ports = n;
}

static void add_properties(struct work *w, const struct aisp_kube__namespace *ns, const struct aisp_labels *labels)
{
	const struct aisp_doc *replicas = aisp_doc_path(w->o->d, "spec.replicas");
	struct aisp_labels own = aisp_kube__labels(w->k, aisp_doc_path(w->o->d, "metadata.labels"));
	struct aisp_slice environment = aisp_labels_get(&own, AISP_S("environment"));

	aisp_emit_str(w->e, w->node, "name", w->o->name);
	aisp_emit_str(w->e, w->node, "workload_kind", w->o->kind);
	aisp_emit_str(w->e, w->node, "namespace", w->o->ns);
	if (replicas)
		aisp_emit_int(w->e, w->node, "replicas", aisp_doc_int(replicas, 1));
	for (size_t i = 0; i < labels->n; i++)
		aisp_emit_item(w->e, w->node, "labels",
		               aisp_emit_fmt(w->e, "%.*s=%.*s", AISP_FMT(labels->v[i].key), AISP_FMT(labels->v[i].value)));
	aisp_emit_str(w->e, w->node, "schedule", aisp_doc_str(aisp_doc_path(w->o->d, "spec.schedule")));
	if (!ns)
		return;
	if (environment.n == 0)
		environment = aisp_labels_get(&ns->labels, AISP_S("environment"));
	if (environment.n == 0)
		environment = aisp_labels_get(&ns->labels, AISP_S("env"));
	aisp_emit_str(w->e, w->node, "environment", environment);
	aisp_emit_str(w->e, w->node, "tenant", aisp_labels_get(&ns->labels, AISP_S("tenant")));
	const struct aisp_place at = place(w, NULL, (struct aisp_slice){0});
	aisp_emit_edge(w->e, ns->tenant, AISP_EDGE_CONTAINS, w->node, &at);
}

/* "spec.workers.0.template" as a JSON pointer behind the object's own. */
static struct aisp_slice pointer_of(struct aisp_kube *k, const struct kube_object *o, const char *path)
{
	size_t n = strlen(path);
	char *p = aisp_kube__alloc(k, o->pointer.n + n + 2, 1);

	if (!p)
		return (struct aisp_slice){0};
	if (o->pointer.n)
		memcpy(p, o->pointer.p, o->pointer.n);
	p[o->pointer.n] = '/';
	for (size_t i = 0; i < n; i++)
		p[o->pointer.n + 1 + i] = path[i] == '.' ? '/' : path[i];
	return aisp_slice_of(p, o->pointer.n + 1 + n);
}

aisp_node aisp_kube__add_workload(struct aisp_kube *k, struct kube_object *o, const struct kube_template *t)
{
	struct work w = {.k = k, .e = k->e, .o = o, .spec = t->spec, .pointer = pointer_of(k, o, t->path)};
	struct aisp_place at = aisp_kube__place(k, o, NULL, "");
	struct kube_workload out = {.o = o, .spec = t->spec, .meta = t->meta, .spec_pointer = w.pointer};

	if (k->e->bad)
		return 0;
	w.file = aisp_emit_file(k->e, o->path);
	o->node = w.node = aisp_emit_node(k->e, AISP_NODE_WORKLOAD, o->id, &at);
	aisp_emit_edge(k->e, w.file, AISP_EDGE_DEFINES, w.node, &at);
	const struct aisp_kube__namespace *ns = aisp_kube__namespace(k, o->ns, &at);
	aisp_emit_edge(k->e, ns ? ns->node : 0, AISP_EDGE_CONTAINS, w.node, &at);
	out.pod.ns = o->ns;
	out.pod.labels = aisp_kube__labels(k, aisp_doc_get(out.meta, "labels"));
	if (t->label) { /* what the controller adds to the pods */
		struct aisp_label *v = aisp_kube__alloc(k, out.pod.labels.n + 1, sizeof *v);
		if (v && out.pod.labels.n)
			memcpy(v, out.pod.labels.v, out.pod.labels.n * sizeof *v);
		if (v)
			v[out.pod.labels.n++] = (struct aisp_label){aisp_slice_z(t->label), o->name};
		out.pod.labels.v = v;
	}
	if (ns)
		out.pod.ns_labels = ns->labels;
	out.pod.host_network = aisp_doc_bool(aisp_doc_get(w.spec, "hostNetwork"), false);
	read_ports(k, w.spec, &out.pod);
	add_properties(&w, ns, &out.pod.labels);
	add_pod(&w);
	KUBE_PUSH(k, &k->workloads, out);
	return w.node;
}

static bool is_workload_kind(struct aisp_slice kind)
{
	for (size_t w = 0; w < sizeof workload_kinds / sizeof *workload_kinds; w++)
		if (aisp_slice_eqz(kind, workload_kinds[w].kind))
			return true;
	return false;
}

const struct kube_object *aisp_kube__maker(struct aisp_kube *k, const struct kube_object *o)
{
	const struct kube_object *best = o;

	for (unsigned depth = 0; o && depth < 8; depth++) {
		o = aisp_kube__controller(k, o);
		if (o && is_workload_kind(o->kind))
			best = o;
	}
	return best;
}

static void add_standard(struct aisp_kube *k, struct kube_object *o, size_t kind)
{
	struct kube_template t = {.path = workload_kinds[kind].spec};

	t.spec = aisp_doc_path(o->d, workload_kinds[kind].spec);
	t.meta = aisp_doc_path(o->d, workload_kinds[kind].meta);
	if (!t.spec)
		aisp_emit_gap(k->e, o->id, AISP_E_PARSE, AISP_S("has no pod specification"));
	else
		aisp_kube__add_workload(k, o, &t);
}

void aisp_kube__add_workloads(struct aisp_kube *k)
{
	for (size_t i = 0; i < k->objects.n && !k->e->bad; i++) {
		struct kube_object *o = &k->objects.v[i];
		for (size_t w = 0; w < sizeof workload_kinds / sizeof *workload_kinds; w++)
			if (aisp_slice_eqz(o->kind, workload_kinds[w].kind) && aisp_kube__maker(k, o) == o)
				add_standard(k, o, w);
	}
	aisp_kube__add_pods(k);
	aisp_kube__add_ai(k);
}
