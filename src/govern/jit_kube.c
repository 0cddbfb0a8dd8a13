/* Kubernetes: the role with the rules that are used, or the binding without the subject; a token that ends with its pod instead of a standing one. The control object is the binding. */
#include "govern/jit_int.h"

struct parts {
	struct aisp_slice cluster, ns, kind, name;
};

static bool split_id(struct aisp_slice id, struct parts *ret)
{
	if (!aisp_slice_starts(id, AISP_S("k8s://")))
		return false;
	id = aisp_slice_from(id, 6);
	return aisp_slice_split(&id, '/', &ret->cluster) && aisp_slice_split(&id, '/', &ret->ns) && aisp_slice_split(&id, '/', &ret->kind) && (ret->name = aisp_slice_to(id, aisp_slice_find(id, AISP_S("#/")))).n > 0;
}

struct binding {
	struct aisp_jit_out *o;
	struct parts id;
	bool clusterwide;
	aisp_node role;
	struct aisp_slice role_text;
	const struct aisp_doc *role_doc;
	size_t subjects;
	uint64_t verbs[64];   /* of each rule: bits of the verbs that are used */
	AISP_VEC(struct aisp_slice) names[64]; /* of each rule: things that were named; empty and all[]: not only by name */
	bool all[64], failed;
};

static struct aisp_slice text_at(const struct aisp_doc *list, uint32_t i)
{
	return aisp_doc_str(aisp_doc_at(list, i));
}

static bool has(const struct aisp_doc *list, struct aisp_slice word)
{
	for (uint32_t i = 0; i < aisp_doc_count(list); i++)
		if (aisp_slice_eqz(text_at(list, i), "*") || aisp_slice_eq(text_at(list, i), word))
			return true;
	return false;
}

/* What one use takes of one rule. */
static void take(struct binding *b, uint32_t i, const struct aisp_doc *verbs, struct aisp_slice verb, struct aisp_slice name)
{
	static const char *const unnamed[] = {"create", "list", "watch", "deletecollection"};
	bool all = !name.n;
	for (uint32_t k = 0; k < aisp_doc_count(verbs) && k < 64; k++)
		if (aisp_slice_eq(text_at(verbs, k), verb) || aisp_slice_eqz(text_at(verbs, k), "*"))
			b->verbs[i] |= UINT64_C(1) << k;
	for (size_t k = 0; k < sizeof unnamed / sizeof *unnamed; k++)
		all = all || aisp_slice_eqz(verb, unnamed[k]);
	if (all)
		b->all[i] = true;
	else if (b->names[i].n < 64)
		b->failed = b->failed || aisp_vec_push(&b->names[i], name) < 0;
}

/* "get secrets" on "NS/secrets/NAME": the rules that let it, with the verb and the name. */
static int see(void *ctx, const struct aisp_tied_use *t)
{
	struct binding *b = ctx;
	struct aisp_slice rest = t->use.action, verb = {0}, asset = t->use.asset, part = {0}, name;
	const struct aisp_doc *rules = aisp_doc_get(b->role_doc, "rules");
	if (!t->use.done || !aisp_slice_split(&rest, ' ', &verb) || !rest.n)
		return 0;
	aisp_slice_split(&asset, '/', &part);
	if (!b->clusterwide && !aisp_slice_eq(part, b->id.ns))
		return 0; /* another namespace: not by this binding */
	const size_t slash = aisp_slice_chr(asset, '/');
	name = slash == SIZE_MAX ? AISP_S("") : aisp_slice_from(asset, slash + 1);
	for (uint32_t i = 0; i < aisp_doc_count(rules) && i < 64; i++) {
		const struct aisp_doc *rule = aisp_doc_at(rules, i), *verbs = aisp_doc_get(rule, "verbs"), *names = aisp_doc_get(rule, "resourceNames");
		if (!has(aisp_doc_get(rule, "resources"), rest) || (aisp_doc_count(names) && !has(names, name)))
			continue;
		take(b, i, verbs, verb, name);
	}
	return 0;
}

static void put_rule(const struct binding *b, uint32_t i, const struct aisp_doc *rule, struct aisp_jw *w)
{
	aisp_jw_obj(w);
	for (uint32_t m = 0; m < rule->n; m++) {
		const struct aisp_member *x = &rule->members[m];
		aisp_jw_keys(w, x->key);
		if (!aisp_slice_eqz(x->key, "verbs")) {
			aisp_jw_doc(w, &x->value);
			continue;
		}
		aisp_jw_arr(w);
		for (uint32_t k = 0; k < aisp_doc_count(&x->value) && k < 64; k++)
			if (b->verbs[i] >> k & 1)
				aisp_jw_str(w, text_at(&x->value, k));
		aisp_jw_end(w);
	}
	if (!b->all[i] && b->names[i].n && b->names[i].n < 64 && !aisp_doc_get(rule, "resourceNames")) {
		aisp_jw_key(w, "resourceNames");
		aisp_jw_arr(w);
		for (size_t k = 0; k < b->names[i].n; k++) {
			bool twice = false;
			for (size_t p = 0; p < k; p++)
				twice = twice || aisp_slice_eq(b->names[i].v[p], b->names[i].v[k]);
			if (!twice)
				aisp_jw_str(w, b->names[i].v[k]);
		}
		aisp_jw_end(w);
	}
	aisp_jw_end(w);
}

/* JSON patch: only when the rules are still those that were seen. */
static int write_patch(const struct binding *b)
{
	AISP_AUTOBUF struct aisp_buf out = {0}, back = {0};
	struct aisp_jw w, u;
	const struct aisp_doc *rules = aisp_doc_get(b->role_doc, "rules");
	aisp_buf_init(&out, 1 << 20);
	aisp_buf_init(&back, 1 << 20);
	aisp_jw_init(&w, &out, true);
	aisp_jw_init(&u, &back, true);
	aisp_jw_arr(&w);
	aisp_jw_obj(&w);
	aisp_jw_kz(&w, "op", "test");
	aisp_jw_kz(&w, "path", "/rules");
	aisp_jw_key(&w, "value");
	aisp_jw_doc(&w, rules);
	aisp_jw_end(&w);
	aisp_jw_obj(&w);
	aisp_jw_kz(&w, "op", "replace");
	aisp_jw_kz(&w, "path", "/rules");
	aisp_jw_key(&w, "value");
	aisp_jw_arr(&w);
	for (uint32_t i = 0; i < aisp_doc_count(rules) && i < 64; i++)
		if (b->verbs[i])
			put_rule(b, i, aisp_doc_at(rules, i), &w);
	aisp_jw_end(&w);
	aisp_jw_end(&w);
	aisp_jw_end(&w);
	aisp_buf_putc(&out, '\n');
	aisp_jw_arr(&u);
	aisp_jw_obj(&u);
	aisp_jw_kz(&u, "op", "replace");
	aisp_jw_kz(&u, "path", "/rules");
	aisp_jw_key(&u, "value");
	aisp_jw_doc(&u, rules);
	aisp_jw_end(&u);
	aisp_jw_end(&u);
	aisp_buf_putc(&back, '\n');
	struct parts role = {0};
	split_id(aisp_jit__id(b->o, b->role), &role);
	const bool wide = aisp_slice_eqz(role.kind, "clusterrole");
	int r = aisp_buf_check(&out, b->o->err);
	if (r == 0)
		r = aisp_jit__file(b->o, "role.patch.json", aisp_buf_slice(&out), "JSON patch of the role: only the rules, verbs and names that were used");
	if (r == 0)
		r = aisp_jit__file(b->o, "role.undo.json", aisp_buf_slice(&back), "the way back");
	aisp_jit__step(b->o, "- `kubectl patch %.*s %.*s%s%.*s --type=json --patch-file role.patch.json` (`--dry-run=server` first)", AISP_FMT(role.kind), AISP_FMT(role.name), wide ? "" : " -n ", AISP_FMT(wide ? AISP_S("") : role.ns));
	return r;
}

/* Does the edge bind a subject of this binding? Its control is the binding, or one subject of it. */
static bool is_of(const struct binding *b, const struct aisp_sedge *e)
{
	const struct aisp_slice mine = b->o->g->control, other = aisp_snapshot_text(b->o->s, e->control);
	return e->kind == AISP_EDGE_BOUND_TO && aisp_slice_eq(aisp_slice_to(mine, aisp_slice_find(mine, AISP_S("#/"))), aisp_slice_to(other, aisp_slice_find(other, AISP_S("#/"))));
}

/* The other subjects of the binding: what stays. */
static int write_binding(struct binding *b)
{
	AISP_AUTOBUF struct aisp_buf out = {0};
	struct aisp_jw w;
	struct parts role = {0};
	split_id(aisp_jit__id(b->o, b->role), &role);
	aisp_buf_init(&out, 1 << 20);
	aisp_jw_init(&w, &out, true);
	aisp_jw_arr(&w);
	for (uint32_t i = b->o->s->in_at[b->role]; i < b->o->s->in_at[b->role + 1]; i++) {
		const struct aisp_sedge *d = &b->o->s->edges[b->o->s->in_edges[i]];
		struct parts who = {0};
		if (!is_of(b, d) || d->from == b->o->g->identity || !split_id(aisp_jit__id(b->o, d->from), &who))
			continue;
		const bool account = aisp_slice_eqz(who.kind, "serviceaccount");
		aisp_jw_obj(&w);
		aisp_jw_kz(&w, "kind", account ? "ServiceAccount" : aisp_slice_eqz(who.kind, "group") ? "Group" : "User");
		aisp_jw_kstr(&w, "name", who.name);
		if (account)
			aisp_jw_kstr(&w, "namespace", who.ns);
		else
			aisp_jw_kz(&w, "apiGroup", "rbac.authorization.k8s.io");
		aisp_jw_end(&w);
	}
	aisp_jw_end(&w);
	AISP_AUTOBUF struct aisp_buf patch = {0};
	aisp_buf_init(&patch, 1 << 20);
	aisp_buf_printf(&patch, "[{\"op\": \"replace\", \"path\": \"/subjects\", \"value\": %.*s}]\n", AISP_FMT(aisp_buf_slice(&out)));
	int r = aisp_buf_check(&out, b->o->err);
	if (r == 0)
		r = aisp_jit__file(b->o, "binding.patch.json", aisp_buf_slice(&patch), "JSON patch of the binding: the subjects that stay");
	aisp_jit__step(b->o, "- `kubectl patch %.*s %.*s%s%.*s --type=json --patch-file binding.patch.json`", AISP_FMT(b->id.kind), AISP_FMT(b->id.name), b->clusterwide ? "" : " -n ", AISP_FMT(b->clusterwide ? AISP_S("") : b->id.ns));
	return r;
}

static int take_away(struct binding *b)
{
	int r = 0;
	if (b->subjects > 1) {
		r = write_binding(b);
	} else {
		aisp_jit__step(b->o, "- it binds only this one: `kubectl delete %.*s %.*s%s%.*s`", AISP_FMT(b->id.kind), AISP_FMT(b->id.name), b->clusterwide ? "" : " -n ", AISP_FMT(b->clusterwide ? AISP_S("") : b->id.ns));
		aisp_jit__step(b->o, "- before: `kubectl get %.*s %.*s%s%.*s -o yaml > binding.before.yaml`, the way back", AISP_FMT(b->id.kind), AISP_FMT(b->id.name), b->clusterwide ? "" : " -n ", AISP_FMT(b->clusterwide ? AISP_S("") : b->id.ns));
	}
	return r;
}

/* A short token for whoever asks, bound to an object that can be deleted. */
static int write_token(struct binding *b)
{
	struct parts who = {0};
	if (!split_id(aisp_jit__id(b->o, b->o->g->identity), &who) || !aisp_slice_eqz(who.kind, "serviceaccount"))
		return 0;
	AISP_AUTOBUF struct aisp_buf out = {0};
	aisp_buf_init(&out, 4096);
	aisp_buf_printf(&out, "#!/bin/sh\n# A token of the service account that ends by itself, and at once when the object that it is bound to is deleted.\nset -eu\n"
	                      "kubectl create token %.*s --namespace %.*s --duration %lldm --bound-object-kind Secret --bound-object-name \"${1:?name of a Secret in %.*s made for this grant}\"\n",
	                AISP_FMT(who.name), AISP_FMT(who.ns), (long long)(b->o->u->rules.grant_minutes < 10 ? 10 : b->o->u->rules.grant_minutes), AISP_FMT(who.ns));
	int r = aisp_buf_check(&out, b->o->err);
	return r == 0 ? aisp_jit__file(b->o, "token.sh", aisp_buf_slice(&out), "a bound token instead of a standing one; set `automountServiceAccountToken: false` on the account") : r;
}

static void find_role(struct binding *b)
{
	const struct aisp_snapshot *s = b->o->s;
	const aisp_sym sym = s->edges[b->o->g->edges[0]].control;
	for (aisp_edge e = aisp_map_get(&b->o->l->first_edge, (struct aisp_key){0, sym}); e; e = b->o->l->next_edge[e])
		if (s->edges[e].kind == AISP_EDGE_BOUND_TO)
			b->role = s->edges[e].to;
	for (uint32_t i = s->in_at[b->role]; b->role && i < s->in_at[b->role + 1]; i++)
		b->subjects += is_of(b, &s->edges[s->in_edges[i]]);
	b->role_text = b->role ? aisp_snapshot_prop_str(s, b->role, "document") : AISP_S("");
	if (b->role_text.n && aisp_json_parse(b->o->a, b->role_text, NULL, &b->role_doc, NULL) < 0)
		b->role_doc = NULL;
}

static bool role_is_shared(const struct binding *b)
{
	const struct aisp_snapshot *s = b->o->s;
	for (uint32_t i = s->in_at[b->role]; i < s->in_at[b->role + 1]; i++)
		if (s->edges[s->in_edges[i]].kind == AISP_EDGE_BOUND_TO && s->edges[s->in_edges[i]].from != b->o->g->identity)
			return true;
	return false;
}

int aisp_jit__kubernetes(struct aisp_jit_out *o)
{
	struct binding b = {.o = o};
	if (!o->g->control.n || !split_id(o->g->control, &b.id) || (!aisp_slice_eqz(b.id.kind, "rolebinding") && !aisp_slice_eqz(b.id.kind, "clusterrolebinding")))
		return 0;
	b.clusterwide = aisp_slice_eqz(b.id.kind, "clusterrolebinding");
	find_role(&b);
	int r = aisp_jit__each_use(o, see, &b);
	if (r == 0 && o->g->advice == AISP_JIT_REDUCE && b.role_doc && !role_is_shared(&b))
		r = write_patch(&b);
	else if (r == 0 && o->g->advice == AISP_JIT_REDUCE)
		aisp_jit__step(o, "- Others are bound to the same role, or its rules are not in the store: give this identity a role of its own with the rights used above.");
	else if (r == 0)
		r = take_away(&b);
	if (r == 0 && o->g->advice == AISP_JIT_JUST_IN_TIME)
		r = write_token(&b);
	for (size_t i = 0; i < 64; i++)
		aisp_vec_done(&b.names[i]);
	return r == 0 && b.failed ? aisp_fail(o->err, AISP_E_NOMEM, "out of memory while reducing a role") : r;
}
