/* Secrets and ConfigMaps: key names, and values in memory only, to see what they are. */
#include "collect/files/kube_int.h"

static int digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

/* Base64 into a text that is wiped; p NULL when it is none. */
static struct aisp_slice decode(struct aisp_kube *k, struct aisp_slice s)
{
	struct aisp_slice none = {0};
	uint32_t bits = 0;
	unsigned have = 0;
	size_t n = 0;
	char *p = aisp_mem_alloc(s.n + 1);

	if (!p) {
		aisp_emit_fail(k->e, AISP_E_NOMEM, NULL);
		return none;
	}
	for (size_t i = 0; i < s.n && s.p[i] != '='; i++) {
		int d = digit(s.p[i]);
		if (d < 0 && (s.p[i] == '\n' || s.p[i] == ' ' || s.p[i] == '\r'))
			continue;
		if (d < 0) {
			explicit_bzero(p, n);
			aisp_mem_free(p);
			return none;
		}
		bits = bits << 6 | (uint32_t)d;
		have += 6;
		if (have >= 8) {
			have -= 8;
			p[n++] = (char)(bits >> have & 255);
		}
	}
	p[n] = '\0';
	if (!KUBE_PUSH(k, &k->texts.v, aisp_slice_of(p, n))) {
		explicit_bzero(p, n);
		aisp_mem_free(p);
		return none;
	}
	return aisp_slice_of(p, n);
}

struct aisp_slice aisp_kube__store_value(struct aisp_kube *k, const struct kube_object *store, struct aisp_slice key)
{
	struct aisp_slice none = {0};

	if (!store)
		return none;
	struct aisp_slice text = aisp_doc_str(aisp_doc_gets(aisp_doc_get(store->d, "stringData"), key));
	if (text.p)
		return text;
	const struct aisp_doc *data = aisp_doc_gets(aisp_doc_get(store->d, "data"), key);
	if (!data || data->type != AISP_DOC_STR)
		return none;
	if (aisp_slice_eqz(store->kind, "configmap"))
		return data->s;
	return aisp_value_is_reference(data->s) || aisp_value_is_placeholder(data->s) ? none : decode(k, data->s);
}

aisp_node aisp_kube__store(struct aisp_kube *k, bool secret, struct aisp_slice ns, struct aisp_slice name, const struct aisp_place *at,
                     struct aisp_slice *ret_id)
{
	struct aisp_slice id = aisp_kube__id(k, ns, secret ? "secret" : "configmap", name);
	aisp_node n = k->e->bad ? 0 : aisp_graph_find(k->e->g, id);

	if (ret_id)
		*ret_id = id;
	if (n)
		return n;
	struct aisp_kube__namespace *space = aisp_kube__namespace(k, ns, at);
	n = aisp_emit_node(k->e, secret ? AISP_NODE_SECRET : AISP_NODE_CONFIG_MAP, id, at);
	aisp_emit_str(k->e, n, "name", name);
	aisp_emit_edge(k->e, space ? space->node : 0, AISP_EDGE_CONTAINS, n, at);
	return n;
}

/* Keys of a Secret that are no credential by themselves. */
static bool is_plain_key(struct aisp_slice key)
{
	static const char *const keys[] = {"username", "user", "host", "hostname", "port", "dbname", "database", "name", "ca.crt",
	                                   "tls.crt", "namespace", "email", "region", "server", "type", "uid"};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (aisp_slice_eqi(key, aisp_slice_z(keys[i])))
			return true;
	return false;
}

static const char *kind_of_key(const struct kube_object *o, struct aisp_slice key)
{
	struct aisp_slice type = aisp_doc_getstr(o->d, "type");
	const char *kind = aisp_key_credential_kind(key);

	if (aisp_slice_eqz(key, "tls.key") || aisp_slice_eqz(key, "ssh-privatekey"))
		return "private_key";
	if (aisp_slice_eqz(key, ".dockerconfigjson") || aisp_slice_eqz(key, ".dockercfg"))
		return "registry_login";
	if (aisp_slice_eqz(type, "kubernetes.io/service-account-token") && aisp_slice_eqz(key, "token"))
		return "service_account_token";
	return kind;
}

/* Keys whose value is not known, or known and of no form that tells anything: a credential by its place alone. */
static void add_by_place(struct aisp_kube *k, const struct kube_object *o, aisp_node n, struct aisp_slice id,
                         struct aisp_slice key, struct aisp_slice value, const struct aisp_place *at)
{
	struct aisp_value v;
	const char *kind = kind_of_key(o, key);

	aisp_value_classify(key, value, &v);
	if (value.p && (v.kind == AISP_VALUE_SECRET || v.kind == AISP_VALUE_PLAIN ||
	                (v.kind == AISP_VALUE_CONNECTION && v.connection.password.n) || v.kind == AISP_VALUE_EMPTY))
		return;
	if (value.p && v.kind == AISP_VALUE_PLACEHOLDER)
		return;
	if (!kind && !is_plain_key(key))
		kind = "secret";
	if (!kind)
		return;
	aisp_node c = aisp_credential_of_key(k->e, n, id, key, kind, at);
	if (v.kind == AISP_VALUE_CONNECTION)
		aisp_connection_props(k->e, c, &v.connection);
}

/* A long-lived token of a service account. Its annotation stays where only an object's metadata may be read. */
static void add_account_token(struct aisp_kube *k, const struct kube_object *o, aisp_node n, struct aisp_slice id, const struct aisp_place *at)
{
	struct aisp_slice name = aisp_doc_str(aisp_kube__annotation(o, "kubernetes.io/service-account.name"));
	struct aisp_slice type = aisp_doc_getstr(o->d, "type");

	if (name.n == 0 || (type.n && !aisp_slice_eqz(type, "kubernetes.io/service-account-token")))
		return;
	aisp_node c = aisp_credential_of_key(k->e, n, id, AISP_S("token"), "service_account_token", at);
	aisp_emit_edge(k->e, c, AISP_EDGE_AUTHENTICATES, aisp_kube__service_account(k, o->ns, name, at), at);
	aisp_emit_strz(k->e, c, "lifetime", "until deleted");
}

static void add_secret(struct aisp_kube *k, struct kube_object *o)
{
	static const char *const maps[] = {"/data", "/stringData"};
	struct aisp_emit *e = k->e;
	struct aisp_place at = aisp_kube__place(k, o, NULL, "");
	struct aisp_slice id;
	aisp_node n = aisp_kube__store(k, true, o->ns, o->name, &at, &id), file = aisp_emit_file(e, o->path);
	struct aisp_holder h = {.node = n, .id = id, .path = o->path, .file = file, .bare = true};
	struct aisp_settings all = {0};

	o->node = n;
	aisp_emit_edge(e, file, AISP_EDGE_DEFINES, n, &at);
	aisp_emit_str(e, n, "secret_type", aisp_doc_getstr(o->d, "type"));
	if (aisp_slice_starts(o->name, AISP_S("sh.helm.release.v1."))) {
		aisp_emit_strz(e, n, "undecoded", "a Helm release: the manifests inside it are not read");
		return;
	}
	add_account_token(k, o, n, id, &at);
	for (size_t m = 0; m < 2; m++) {
		const struct aisp_doc *map = aisp_doc_get(o->d, maps[m] + 1);
		for (uint32_t i = 0; map && map->type == AISP_DOC_OBJ && i < map->n; i++) {
			struct aisp_setting s = {.name = map->members[i].key, .line = map->members[i].line};
			s.pointer = aisp_emit_fmt(e, "%.*s%s/%.*s", AISP_FMT(o->pointer), maps[m], AISP_FMT(s.name));
			s.value = aisp_kube__store_value(k, o, s.name);
			struct aisp_place key_at = {.path = o->path, .line = s.line, .pointer = s.pointer};
			aisp_emit_item(e, n, "keys", s.name);
			add_by_place(k, o, n, id, s.name, s.value, &key_at);
			KUBE_PUSH(k, &all.v, s);
		}
	}
	aisp_holder_add(e, &h, all.v.v, all.v.n);
	aisp_settings_done(&all);
}

/* SealedSecret, ExternalSecret: the names of the Secret and of its keys. */
static void add_keys_only(struct aisp_kube *k, const struct kube_object *o)
{
	struct aisp_emit *e = k->e;
	struct aisp_place at = aisp_kube__place(k, o, NULL, "");
	bool sealed = aisp_slice_eqz(o->kind, "sealedsecret");
	struct aisp_slice name = aisp_doc_str(aisp_doc_path(o->d, sealed ? "spec.template.metadata.name" : "spec.target.name")), id;
	const struct aisp_doc *keys = aisp_doc_path(o->d, sealed ? "spec.encryptedData" : "spec.data");

	aisp_node n = aisp_kube__store(k, true, o->ns, name.n ? name : o->name, &at, &id);
	aisp_emit_edge(e, aisp_emit_file(e, o->path), AISP_EDGE_DEFINES, n, &at);
	aisp_emit_strz(e, n, "managed_by", sealed ? "sealed-secrets" : "external-secrets");
	for (uint32_t i = 0; i < aisp_doc_count(keys); i++) {
		struct aisp_slice key = keys->type == AISP_DOC_OBJ ? keys->members[i].key : aisp_doc_getstr(&keys->items[i], "secretKey");
		struct aisp_place key_at = aisp_kube__place(k, o, keys->type == AISP_DOC_OBJ ? &keys->members[i].value : &keys->items[i], "");
		struct aisp_slice unknown = {0};
		aisp_emit_item(e, n, "keys", key);
		if (key.n)
			add_by_place(k, o, n, id, key, unknown, &key_at);
	}
}

static void add_config_map(struct aisp_kube *k, struct kube_object *o)
{
	struct aisp_emit *e = k->e;
	struct aisp_place at = aisp_kube__place(k, o, NULL, "");
	const struct aisp_doc *data = aisp_doc_get(o->d, "data");
	struct aisp_slice id;
	aisp_node holders[2];

	o->node = holders[0] = aisp_kube__store(k, false, o->ns, o->name, &at, &id);
	holders[1] = aisp_emit_file(e, o->path);
	aisp_emit_edge(e, holders[1], AISP_EDGE_DEFINES, o->node, &at);
	for (uint32_t i = 0; data && data->type == AISP_DOC_OBJ && i < data->n; i++) {
		struct aisp_place key_at = aisp_kube__place(k, o, &data->members[i].value, "/data");
		aisp_emit_item(e, o->node, "keys", data->members[i].key);
		aisp_credential_add(e, data->members[i].key, aisp_doc_str(&data->members[i].value), holders, 2, &key_at);
	}
}

void aisp_kube__add_stores(struct aisp_kube *k)
{
	for (size_t i = 0; i < k->objects.n && !k->e->bad; i++) {
		struct kube_object *o = &k->objects.v[i];
		if (aisp_slice_eqz(o->kind, "secret"))
			add_secret(k, o);
		else if (aisp_slice_eqz(o->kind, "sealedsecret") || aisp_slice_eqz(o->kind, "externalsecret"))
			add_keys_only(k, o);
		else if (aisp_slice_eqz(o->kind, "configmap"))
			add_config_map(k, o);
	}
}
