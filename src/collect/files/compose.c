/* Docker Compose: see compose.h. */
#include "collect/files/compose.h"

enum { MAX_WORDS = 256 };

struct project {
	struct aisp_emit *e;
	struct aisp_slice path, dir, base; /* base: NAME or NAME/DIR, as in ids */
	struct aisp_slice name;            /* the project's name, of which images are named */
	const struct aisp_doc *doc;
	const struct aisp_env_files *envs;
	const struct aisp_env_file *env; /* the .env beside */
	struct aisp_env_file shown;      /* of these, what may stand in text that is shown */
	struct aisp_texts texts;
	aisp_node file, cluster;
};

struct service {
	struct project *p;
	struct aisp_slice name, id, pointer;
	const struct aisp_doc *d;
	aisp_node node;
	uint32_t line;
};

static struct aisp_place place(const struct service *s, const struct aisp_doc *d, const char *key)
{
	return (struct aisp_place){
		.path = s->p->path,
		.line = d ? aisp_doc_line(d) : s->line,
		.pointer = key ? aisp_emit_fmt(s->p->e, "%.*s/%s", AISP_FMT(s->pointer), key) : s->pointer,
	};
}

bool aisp_compose_is(const struct aisp_doc *doc)
{
	const struct aisp_doc *services = aisp_doc_get(doc, "services");

	if (!services || services->type != AISP_DOC_OBJ || aisp_doc_get(doc, "kind"))
		return false;
	for (uint32_t i = 0; i < services->n; i++) {
		const struct aisp_doc *s = &services->members[i].value;
		if (aisp_doc_get(s, "image") || aisp_doc_get(s, "build") || aisp_doc_get(s, "extends") || aisp_doc_get(s, "command") ||
		    aisp_doc_get(s, "environment"))
			return true;
	}
	return false;
}

static struct aisp_slice put_in(struct project *p, struct aisp_slice v, const struct aisp_env_file *env)
{
	struct aisp_err err = {0};
	struct aisp_slice out = v;

	aisp_emit_fail(p->e, aisp_texts_interpolate(&p->texts, v, env, &out, &err), &err);
	return out;
}

/* A text of the file with its variables put in; the reference itself where one is not known or is a secret. */
static struct aisp_slice text_of(struct project *p, struct aisp_slice v)
{
	return put_in(p, v, &p->shown);
}

/* The settings of the .env that are no secrets. */
static void read_shown(struct project *p)
{
	struct aisp_setting *v = p->env && !p->e->bad ? aisp_arena_zalloc(p->e->a, p->env->n + 1, sizeof *v) : NULL;

	if (!v && p->env)
		aisp_emit_fail(p->e, AISP_E_NOMEM, NULL);
	for (size_t i = 0; v && i < p->env->n; i++) {
		struct aisp_value value;
		aisp_value_classify(p->env->v[i].name, p->env->v[i].value, &value);
		if (value.kind != AISP_VALUE_SECRET && !(value.kind == AISP_VALUE_CONNECTION && value.credential_kind))
			v[p->shown.n++] = p->env->v[i];
	}
	p->shown.v = v;
}

static struct aisp_slice scalar(struct project *p, const struct aisp_doc *d)
{
	struct aisp_slice none = {0};

	if (!d)
		return none;
	switch (d->type) {
	case AISP_DOC_STR:
		return text_of(p, d->s);
	case AISP_DOC_INT:
		return aisp_emit_fmt(p->e, "%lld", (long long)d->i);
	case AISP_DOC_BOOL:
		return aisp_slice_z(d->b ? "true" : "false");
	case AISP_DOC_REAL:
		return aisp_emit_fmt(p->e, "%g", d->r);
	default:
		return none;
	}
}

/* Image and code. */

static void add_build(struct service *s, aisp_node image)
{
	struct aisp_emit *e = s->p->e;
	const struct aisp_doc *build = aisp_doc_get(s->d, "build");
	struct aisp_slice context = scalar(s->p, build), dockerfile = AISP_S("Dockerfile");
	struct aisp_place at = place(s, build, "build");

	if (!build)
		return;
	if (build->type == AISP_DOC_OBJ) {
		context = scalar(s->p, aisp_doc_get(build, "context"));
		if (aisp_doc_getstr(build, "dockerfile").n)
			dockerfile = text_of(s->p, aisp_doc_getstr(build, "dockerfile"));
	}
	if (context.n == 0)
		context = AISP_S(".");
	if (aisp_value_is_reference(context) || aisp_slice_find(context, AISP_S("://")) != SIZE_MAX)
		return;
	struct aisp_slice dir = aisp_emit_join(e, s->p->dir, context);
	if (!dir.p) {
		aisp_emit_gap(e, s->p->path, AISP_E_ACCESS, AISP_S("a build context lies outside the scanned folder"));
		return;
	}
	aisp_node component = aisp_emit_component(e, dir, s->p->path);
	if (!image) {
		at.confidence = AISP_CONF_INFERRED;
		image = aisp_emit_node(e, AISP_NODE_IMAGE,
		                       aisp_emit_fmt(e, "image://localhost/%.*s-%.*s", AISP_FMT(s->p->name), AISP_FMT(s->name)), &at);
		aisp_emit_edge(e, s->node, AISP_EDGE_RUNS_IMAGE, image, &at);
		at.confidence = AISP_CONF_DECLARED;
	}
	aisp_emit_edge(e, image, AISP_EDGE_BUILT_FROM, component, &at);
	aisp_emit_str(e, s->node, "dockerfile", aisp_emit_join(e, dir, dockerfile));
}

static void add_image(struct service *s)
{
	struct aisp_emit *e = s->p->e;
	const struct aisp_doc *d = aisp_doc_get(s->d, "image");
	struct aisp_place at = place(s, d, "image");
	struct aisp_slice ref = scalar(s->p, d);
	aisp_node image = aisp_emit_image(e, ref, &at);

	aisp_emit_edge(e, s->node, AISP_EDGE_RUNS_IMAGE, image, &at);
	if (ref.n && !image)
		aisp_emit_gap(e, s->p->path, AISP_E_PARSE,
		              aisp_emit_fmt(e, "the image of service %.*s has a variable without a value", AISP_FMT(s->name)));
	add_build(s, image);
}

static size_t words_of(struct project *p, const struct aisp_doc *d, struct aisp_slice *words, size_t n)
{
	if (!d)
		return n;
	if (d->type == AISP_DOC_STR && n < MAX_WORDS)
		words[n++] = text_of(p, d->s);
	for (uint32_t i = 0; d->type == AISP_DOC_ARR && i < d->n && n < MAX_WORDS; i++)
		words[n++] = scalar(p, &d->items[i]);
	return n;
}

static void add_command(struct service *s)
{
	struct aisp_slice words[MAX_WORDS];
	const struct aisp_doc *entrypoint = aisp_doc_get(s->d, "entrypoint"), *command = aisp_doc_get(s->d, "command");
	size_t n = words_of(s->p, command, words, words_of(s->p, entrypoint, words, 0));
	struct aisp_place at = place(s, command ? command : entrypoint, command ? "command" : "entrypoint");
	const aisp_node holders[] = {s->node, s->p->file};

	if (n)
		aisp_emit_str(s->p->e, s->node, "command", aisp_args_show(s->p->e, words, n, holders, 2, &at));
}

/* Environment. */

static void push_setting(struct project *p, struct aisp_settings *all, struct aisp_setting s)
{
	for (size_t i = 0; i < all->v.n; i++)
		if (aisp_slice_eq(all->v.v[i].name, s.name)) {
			all->v.v[i] = s; /* environment wins over env_file, a later file over an earlier one */
			return;
		}
	if (aisp_vec_push(&all->v, s) < 0)
		aisp_emit_fail(p->e, AISP_E_NOMEM, NULL);
}

static void read_env_file(struct service *s, struct aisp_slice rel, uint32_t line, bool required, struct aisp_settings *all)
{
	struct aisp_emit *e = s->p->e;
	struct aisp_slice path = aisp_emit_join(e, s->p->dir, text_of(s->p, rel));
	const struct aisp_env_file *f = path.p ? aisp_env_files_find(s->p->envs, path) : NULL;

	if (!f && required)
		aisp_emit_gap(e, s->p->path, path.p ? AISP_E_NOTFOUND : AISP_E_ACCESS,
		              aisp_emit_fmt(e, "env_file of service %.*s is not among the files read", AISP_FMT(s->name)));
	for (size_t i = 0; f && i < f->n; i++) {
		struct aisp_setting x = f->v[i];
		x.line = line;
		x.elsewhere = true;
		x.pointer = aisp_emit_fmt(e, "%.*s/env_file", AISP_FMT(s->pointer));
		push_setting(s->p, all, x);
	}
}

static void read_env_files(struct service *s, struct aisp_settings *all)
{
	const struct aisp_doc *d = aisp_doc_get(s->d, "env_file");

	if (d && d->type == AISP_DOC_STR)
		read_env_file(s, d->s, d->line, true, all);
	for (uint32_t i = 0; d && d->type == AISP_DOC_ARR && i < d->n; i++) {
		const struct aisp_doc *item = &d->items[i];
		if (item->type == AISP_DOC_STR)
			read_env_file(s, item->s, item->line, true, all);
		else if (aisp_doc_getstr(item, "path").n)
			read_env_file(s, aisp_doc_getstr(item, "path"), item->line, aisp_doc_bool(aisp_doc_get(item, "required"), true), all);
	}
}

static void read_environment(struct service *s, struct aisp_settings *all)
{
	const struct aisp_doc *d = aisp_doc_get(s->d, "environment");
	struct aisp_emit *e = s->p->e;

	for (uint32_t i = 0; i < aisp_doc_count(d); i++) {
		struct aisp_setting x = {0};
		const struct aisp_doc *v = d->type == AISP_DOC_OBJ ? &d->members[i].value : &d->items[i];
		struct aisp_slice raw = {0};
		if (d->type == AISP_DOC_OBJ) {
			x.name = d->members[i].key;
			raw = v->type == AISP_DOC_STR ? v->s : (struct aisp_slice){0};
			x.value = raw.p ? put_in(s->p, raw, s->p->env) : scalar(s->p, v);
		} else {
			size_t eq = aisp_slice_chr(aisp_doc_str(v), '=');
			x.name = aisp_slice_to(aisp_doc_str(v), eq == SIZE_MAX ? aisp_doc_str(v).n : eq);
			if (eq != SIZE_MAX) {
				raw = aisp_slice_from(v->s, eq + 1);
				x.value = put_in(s->p, raw, s->p->env);
			}
		}
		if (x.name.n == 0)
			continue;
		if (!x.value.p || v->type == AISP_DOC_NULL) /* passed through from the shell or the .env */
			x.value = aisp_env_file_get(s->p->env, x.name);
		x.elsewhere = x.value.p != raw.p && x.value.p && (aisp_slice_chr(raw, '$') != SIZE_MAX || raw.n == 0) &&
		              aisp_slice_find(raw, AISP_S(":-")) == SIZE_MAX;
		x.line = aisp_doc_line(v);
		x.pointer = aisp_emit_fmt(e, "%.*s/environment/%.*s", AISP_FMT(s->pointer), AISP_FMT(x.name));
		push_setting(s->p, all, x);
	}
}

static void add_environment(struct service *s)
{
	struct aisp_emit *e = s->p->e;
	struct aisp_settings all = {0};
	struct aisp_slice image = scalar(s->p, aisp_doc_get(s->d, "image")), name = aisp_emit_dup(e, s->name);
	struct aisp_holder h = {.node = s->node, .id = s->id, .path = s->p->path, .file = s->p->file, .acts = true};

	read_env_files(s, &all);
	read_environment(s, &all);
	h.server_scheme = aisp_family_scheme(aisp_slice_basename(image));
	if (!h.server_scheme[0])
		h.server_scheme = aisp_family_scheme(image);
	if (h.server_scheme[0] && name.n)
		h.server_host = name.p;
	for (size_t i = 0; i < all.v.n; i++)
		if (aisp_slice_eqz(all.v.v[i].name, "POSTGRES_HOST_AUTH_METHOD") && aisp_slice_eqz(all.v.v[i].value, "trust"))
			aisp_emit_strz(e, s->node, "auth", "none");
	aisp_holder_add(e, &h, all.v.v, all.v.n);
	aisp_settings_done(&all);
}

/* Networks and ports. */

static aisp_node network(struct project *p, struct aisp_slice name, const struct aisp_place *at)
{
	struct aisp_emit *e = p->e;
	aisp_node n = aisp_emit_node(e, AISP_NODE_NETWORK, aisp_emit_fmt(e, "network://compose/%.*s/%.*s", AISP_FMT(p->base), AISP_FMT(name)), at);

	aisp_emit_str(e, n, "name", name);
	return n;
}

static void attach(struct service *s, struct aisp_slice name, const struct aisp_doc *where)
{
	struct aisp_place at = place(s, where, where ? "networks" : NULL);
	struct aisp_edge_in in = {0};

	if (name.n == 0)
		return;
	aisp_node n = network(s->p, name, &at);

	in.control = aisp_emit_fmt(s->p->e, "%.*s#%.*s/networks", AISP_FMT(s->p->path), AISP_FMT(s->pointer));
	aisp_emit_edge_in(s->p->e, s->node, AISP_EDGE_ATTACHED_TO, n, &in, &at);
	aisp_emit_edge_in(s->p->e, n, AISP_EDGE_EXPOSES, s->node, &in, &at);
}

static void expose(struct service *s, const char *id, const char *note, const struct aisp_doc *d)
{
	struct aisp_emit *e = s->p->e;
	struct aisp_place at = place(s, d, "ports");
	struct aisp_edge_in in = {0};

	at.note = aisp_slice_z(note);
	in.control = aisp_emit_fmt(e, "%.*s#%.*s/ports", AISP_FMT(s->p->path), AISP_FMT(s->pointer));
	aisp_node n = aisp_emit_node(e, AISP_NODE_NETWORK, aisp_slice_z(id), &at);
	aisp_emit_strz(e, n, "name", id + strlen("network://"));
	aisp_emit_edge_in(e, n, AISP_EDGE_EXPOSES, s->node, &in, &at);
}

static bool is_loopback(struct aisp_slice ip)
{
	return aisp_slice_starts(ip, AISP_S("127.")) || aisp_slice_eqz(ip, "localhost") || aisp_slice_eqz(ip, "::1") ||
	       aisp_slice_eqz(ip, "[::1]");
}

/* [IP:][HOST:]CONTAINER[/PROTOCOL] */
static void add_port(struct service *s, const struct aisp_doc *d)
{
	struct aisp_slice text = scalar(s->p, d), ip = {0}, container;
	struct aisp_emit *e = s->p->e;

	if (d->type == AISP_DOC_OBJ) {
		ip = scalar(s->p, aisp_doc_get(d, "host_ip"));
		container = scalar(s->p, aisp_doc_get(d, "target"));
		text = aisp_emit_fmt(e, "%.*s:%.*s", AISP_FMT(scalar(s->p, aisp_doc_get(d, "published"))), AISP_FMT(container));
	} else {
		size_t last = aisp_slice_rchr(text, ':');
		container = last == SIZE_MAX ? text : aisp_slice_from(text, last + 1);
		struct aisp_slice rest = aisp_slice_to(text, last == SIZE_MAX ? 0 : last);
		size_t mid = aisp_slice_rchr(rest, ':');
		if (mid != SIZE_MAX)
			ip = aisp_slice_to(rest, mid);
	}
	if (text.n == 0)
		return;
	aisp_emit_item(e, s->node, "ports", text);
	if (is_loopback(ip))
		expose(s, "network://loopback", "published on a loopback address of the host", d);
	else
		expose(s, "network://unknown", "published on an address of the host; who reaches the host is not known", d);
}

static void add_networks(struct service *s)
{
	const struct aisp_doc *networks = aisp_doc_get(s->d, "networks"), *ports = aisp_doc_get(s->d, "ports");
	struct aisp_slice mode = scalar(s->p, aisp_doc_get(s->d, "network_mode"));
	struct aisp_emit *e = s->p->e;

	aisp_emit_str(e, s->node, "network_mode", mode);
	if (aisp_slice_eqz(mode, "host")) {
		expose(s, "network://unknown", "uses the host's network; who reaches the host is not known",
		       aisp_doc_get(s->d, "network_mode"));
		return;
	}
	for (uint32_t i = 0; i < aisp_doc_count(networks); i++)
		attach(s, networks->type == AISP_DOC_OBJ ? networks->members[i].key : scalar(s->p, &networks->items[i]), networks);
	if (aisp_doc_count(networks) == 0 && mode.n == 0)
		attach(s, AISP_S("default"), NULL);
	for (uint32_t i = 0; ports && ports->type == AISP_DOC_ARR && i < ports->n; i++)
		add_port(s, &ports->items[i]);
}

/* Secrets: files or variables handed over at /run/secrets. */
static void add_secret(struct service *s, struct aisp_slice name, const struct aisp_doc *where)
{
	struct aisp_emit *e = s->p->e;
	const struct aisp_doc *top = aisp_doc_gets(aisp_doc_get(s->p->doc, "secrets"), name);
	struct aisp_place at = place(s, where, "secrets"), def = at;
	struct aisp_slice id = aisp_emit_fmt(e, "compose://%.*s#secret/%.*s", AISP_FMT(s->p->base), AISP_FMT(name));
	aisp_node n = aisp_emit_node(e, AISP_NODE_SECRET, id, &at);

	aisp_emit_str(e, n, "name", name);
	aisp_emit_edge(e, s->node, AISP_EDGE_MOUNTS, n, &at);
	def.line = aisp_doc_line(top);
	def.pointer = aisp_emit_fmt(e, "/secrets/%.*s", AISP_FMT(name));
	struct aisp_slice file = scalar(s->p, aisp_doc_get(top, "file")), variable = aisp_doc_getstr(top, "environment");
	struct aisp_slice path = file.n ? aisp_emit_join(e, s->p->dir, file) : file;
	if (path.p && path.n && !aisp_value_is_reference(path))
		aisp_emit_edge(e, n, AISP_EDGE_STORED_IN, aisp_emit_file(e, path), &def);
	if (aisp_key_credential_kind(name) || variable.n || file.n)
		aisp_credential_of_key(e, n, id, name, aisp_key_credential_kind(name), &def);
	if (variable.n) {
		const aisp_node holder[] = {n};
		aisp_credential_add(e, variable, aisp_env_file_get(s->p->env, variable), holder, 1, &def);
	}
}

static void add_secrets(struct service *s)
{
	const struct aisp_doc *d = aisp_doc_get(s->d, "secrets");

	for (uint32_t i = 0; d && d->type == AISP_DOC_ARR && i < d->n; i++) {
		const struct aisp_doc *item = &d->items[i];
		struct aisp_slice name = item->type == AISP_DOC_STR ? item->s : aisp_doc_getstr(item, "source");
		if (name.n)
			add_secret(s, name, item);
	}
}

static void add_list(struct service *s, const char *key)
{
	const struct aisp_doc *d = aisp_doc_get(s->d, key);

	for (uint32_t i = 0; i < aisp_doc_count(d); i++)
		aisp_emit_item(s->p->e, s->node, key, d->type == AISP_DOC_OBJ ? d->members[i].key : aisp_doc_str(&d->items[i]));
}

static bool mounts_docker_socket(const struct aisp_doc *volumes)
{
	for (uint32_t i = 0; volumes && volumes->type == AISP_DOC_ARR && i < volumes->n; i++) {
		struct aisp_slice v = aisp_doc_str(&volumes->items[i]);
		if (v.n == 0)
			v = aisp_doc_getstr(&volumes->items[i], "source");
		if (aisp_slice_find(v, AISP_S("docker.sock")) != SIZE_MAX)
			return true;
	}
	return false;
}

static void add_service(struct project *p, const struct aisp_member *m)
{
	struct aisp_emit *e = p->e;
	struct service s = {.p = p, .name = m->key, .d = &m->value, .line = m->line};

	if (m->value.type != AISP_DOC_OBJ) {
		if (m->value.type != AISP_DOC_NULL)
			aisp_emit_gap(e, p->path, AISP_E_PARSE,
			              aisp_emit_fmt(e, "service %.*s is not a map", AISP_FMT(m->key)));
		return;
	}
	s.pointer = aisp_emit_fmt(e, "/services/%.*s", AISP_FMT(m->key));
	s.id = aisp_emit_fmt(e, "compose://%.*s/%.*s", AISP_FMT(p->base), AISP_FMT(m->key));
	struct aisp_place at = place(&s, NULL, NULL);
	s.node = aisp_emit_node(e, AISP_NODE_WORKLOAD, s.id, &at);
	aisp_emit_str(e, s.node, "name", s.name);
	aisp_emit_strz(e, s.node, "workload_kind", "compose_service");
	aisp_emit_edge(e, p->cluster, AISP_EDGE_CONTAINS, s.node, &at);
	aisp_emit_edge(e, p->file, AISP_EDGE_DEFINES, s.node, &at);
	add_image(&s);
	add_command(&s);
	add_environment(&s);
	add_networks(&s);
	add_secrets(&s);
	add_list(&s, "depends_on");
	add_list(&s, "profiles");
	if (aisp_doc_bool(aisp_doc_get(s.d, "privileged"), false))
		aisp_emit_bool(e, s.node, "privileged", true);
	if (mounts_docker_socket(aisp_doc_get(s.d, "volumes")))
		aisp_emit_bool(e, s.node, "docker_socket", true);
}

void aisp_compose_add(struct aisp_emit *e, struct aisp_slice path, const struct aisp_doc *doc, const struct aisp_env_files *envs)
{
	struct project p = {.e = e, .path = path, .dir = aisp_slice_dirname(path), .doc = doc, .envs = envs};
	const struct aisp_doc *services = aisp_doc_get(doc, "services");
	struct aisp_place at = {.path = path, .line = 1};

	if (e->bad || !services || services->type != AISP_DOC_OBJ)
		return;
	p.base = aisp_emit_fmt(e, "%.*s%s%.*s", AISP_FMT(e->repo), p.dir.n ? "/" : "", AISP_FMT(p.dir));
	p.env = aisp_env_files_find(envs, aisp_emit_fmt(e, "%.*s%s.env", AISP_FMT(p.dir), p.dir.n ? "/" : ""));
	read_shown(&p);
	p.name = scalar(&p, aisp_doc_get(doc, "name"));
	if (p.name.n == 0)
		p.name = p.dir.n ? aisp_slice_basename(p.dir) : e->repo;
	p.file = aisp_emit_file(e, path);
	p.cluster = aisp_emit_node(e, AISP_NODE_CLUSTER, aisp_emit_fmt(e, "compose://%.*s", AISP_FMT(p.base)), &at);
	aisp_emit_str(e, p.cluster, "name", p.name);
	for (uint32_t i = 0; i < services->n && !e->bad; i++)
		add_service(&p, &services->members[i]);
	aisp_texts_done(&p.texts);
}
