/* See infra.h. */
#include "collect/files/infra.h"
#include <stdlib.h>

struct resource {
	const struct aisp_infra_row *row;
	struct aisp_slice path, scope; /* scope: folder of a Terraform module, path of a template */
	struct aisp_slice type, name;  /* as references spell them: "aws_iam_role", "bot"; a template: "", logical id */
	const struct aisp_doc *d;      /* its attributes */
	aisp_node node;
};
struct aisp_infra {
	struct aisp_emit *e;
	AISP_VEC(struct resource) resources; /* in order of scope, type and name when they refer to each other */
};

struct aisp_infra *aisp_infra_new(struct aisp_emit *e)
{
	struct aisp_infra *x = aisp_mem_zalloc(1, sizeof *x);

	if (x)
		x->e = e;
	return x;
}

void aisp_infra_free(struct aisp_infra *x)
{
	if (!x)
		return;
	aisp_vec_done(&x->resources);
	aisp_mem_free(x);
}

bool aisp_infra_is_template(const struct aisp_doc *doc)
{
	const struct aisp_doc *r = aisp_doc_get(doc, "Resources");

	return r && r->type == AISP_DOC_OBJ && r->n && aisp_slice_find(aisp_doc_getstr(&r->members[0].value, "Type"), AISP_S("::")) != SIZE_MAX;
}

static const struct aisp_infra_row *row_of(struct aisp_slice type, bool template)
{
	for (size_t i = 0; i < aisp_infra_row_count; i++)
		if (type.n && aisp_slice_eqz(type, template ? aisp_infra_rows[i].cloudformation : aisp_infra_rows[i].terraform))
			return &aisp_infra_rows[i];
	return NULL;
}

static void keep(struct aisp_infra *x, const struct resource *r)
{
	if (r->row && r->d->type == AISP_DOC_OBJ && aisp_vec_push(&x->resources, *r) < 0)
		aisp_emit_fail(x->e, AISP_E_NOMEM, NULL);
}

/* { type: { name: body } }; in Terraform's JSON each of these may be a list of such. */
static const struct aisp_doc *one_of(const struct aisp_doc *d, uint32_t i)
{
	const struct aisp_doc *one = d->type == AISP_DOC_ARR ? aisp_doc_at(d, i) : i == 0 ? d : NULL;

	return one && one->type == AISP_DOC_OBJ ? one : NULL;
}

static uint32_t how_many(const struct aisp_doc *d)
{
	return d->type == AISP_DOC_ARR ? d->n : 1;
}

static void add_bodies(struct aisp_infra *x, struct aisp_slice path, struct aisp_slice type, const struct aisp_doc *names)
{
	for (uint32_t k = 0; k < how_many(names); k++) {
		const struct aisp_doc *d = one_of(names, k);
		for (uint32_t n = 0; d && n < d->n; n++) {
			const struct aisp_doc *body = one_of(&d->members[n].value, 0);
			if (body)
				keep(x, &(struct resource){.row = row_of(type, false), .path = path, .scope = aisp_slice_dirname(path), .type = type,
				                           .name = d->members[n].key, .d = body});
		}
	}
}

static void add_types(struct aisp_infra *x, struct aisp_slice path, const struct aisp_doc *types)
{
	for (uint32_t k = 0; k < how_many(types); k++) {
		const struct aisp_doc *d = one_of(types, k);
		for (uint32_t t = 0; d && t < d->n; t++)
			add_bodies(x, path, d->members[t].key, &d->members[t].value);
	}
}

void aisp_infra_add(struct aisp_infra *x, struct aisp_slice path, const struct aisp_doc *doc)
{
	static const struct aisp_doc none = {.type = AISP_DOC_OBJ};

	if (aisp_infra_is_template(doc)) {
		const struct aisp_doc *all = aisp_doc_get(doc, "Resources");
		for (uint32_t i = 0; i < all->n; i++) {
			const struct aisp_doc *d = &all->members[i].value, *p = aisp_doc_get(d, "Properties");
			keep(x, &(struct resource){.row = row_of(aisp_doc_getstr(d, "Type"), true), .path = path, .scope = path,
			                           .name = all->members[i].key, .d = p ? p : &none});
		}
		return;
	}
	/* A type may stand in several members of one name. */
	for (uint32_t i = 0; doc->type == AISP_DOC_OBJ && i < doc->n; i++)
		if (aisp_slice_eqz(doc->members[i].key, "resource"))
			add_types(x, path, &doc->members[i].value);
}

/* "FoundationModel" is "foundation_model". */
static bool same_key(struct aisp_slice key, struct aisp_slice snake)
{
	size_t k = 0;

	for (size_t i = 0; i < snake.n; i++) {
		if (snake.p[i] == '_')
			continue;
		char c = k < key.n ? key.p[k] : '\0';
		if (c == '_') {
			i--;
			k++;
			continue;
		}
		c = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
		if (c != snake.p[i])
			return false;
		k++;
	}
	return k == key.n;
}

/* A dotted attribute; blocks in lists (or repeated) are looked into at their first. */
static const struct aisp_doc *attribute(const struct aisp_doc *d, const char *dotted)
{
	struct aisp_slice rest = aisp_slice_z(dotted), part;

	if (!dotted[0])
		return NULL;
	while (d && rest.p && aisp_slice_split(&rest, '.', &part)) {
		const struct aisp_doc *next = NULL;
		if (d->type == AISP_DOC_ARR)
			d = aisp_doc_at(d, 0);
		for (uint32_t i = 0; d && d->type == AISP_DOC_OBJ && i < d->n && !next; i++)
			if (same_key(d->members[i].key, part))
				next = &d->members[i].value;
		d = next;
	}
	return d;
}

static bool is_literal(struct aisp_slice v)
{
	return v.n && aisp_slice_find(v, AISP_S("${")) == SIZE_MAX;
}

static int by_place(const void *a, const void *b)
{
	const struct resource *x = a, *y = b;
	int r = aisp_slice_cmp(x->scope, y->scope);

	r = r ? r : aisp_slice_cmp(x->type, y->type);
	r = r ? r : aisp_slice_cmp(x->name, y->name);
	r = r ? r : aisp_slice_cmp(x->path, y->path);
	return r ? r : (x->d->line > y->d->line) - (x->d->line < y->d->line);
}

static const struct resource *find(const struct aisp_infra *x, struct aisp_slice scope, struct aisp_slice type, struct aisp_slice name)
{
	static const struct aisp_doc none = {.type = AISP_DOC_OBJ};
	const struct resource want = {.scope = scope, .type = type, .name = name, .path = AISP_S(""), .d = &none};
	size_t low = 0, high = x->resources.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (by_place(&x->resources.v[mid], &want) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	const struct resource *r = low < x->resources.n ? &x->resources.v[low] : NULL;
	return r && aisp_slice_eq(r->scope, scope) && aisp_slice_eq(r->type, type) && aisp_slice_eq(r->name, name) ? r : NULL;
}

/* The resource that a value refers to: "${aws_iam_role.bot.arn}", {"Fn::GetAtt": ["Bot", "Arn"]}, {"Ref": "Bot"}, "Bot.Arn",
 * {"Fn::Sub": "${Bot.Arn}"}. */
static const struct resource *referred(const struct aisp_infra *x, const struct resource *from, const struct aisp_doc *v)
{
	struct aisp_slice text = aisp_doc_str(v), type = {0}, name;
	const struct aisp_doc *get = aisp_doc_get(v, "Fn::GetAtt");

	if (get)
		text = get->type == AISP_DOC_ARR ? aisp_doc_str(aisp_doc_at(get, 0)) : aisp_doc_str(get);
	else if (aisp_doc_get(v, "Ref"))
		text = aisp_doc_getstr(v, "Ref");
	else if (aisp_doc_get(v, "Fn::Sub"))
		text = aisp_doc_getstr(v, "Fn::Sub");
	if (text.n == 0)
		return NULL;
	size_t at = aisp_slice_find(text, AISP_S("${"));
	if (at != SIZE_MAX)
		text = aisp_slice_trim(aisp_slice_from(text, at + 2));
	if (from->type.n) {
		if (at == SIZE_MAX)
			return NULL;
		if (!aisp_slice_split(&text, '.', &type) || !text.p)
			return NULL;
	}
	size_t n = 0;
	while (n < text.n && text.p[n] != '.' && text.p[n] != '}' && text.p[n] != '[' && text.p[n] != '"')
		n++;
	name = aisp_slice_to(text, n);
	return find(x, from->scope, type, name);
}

static struct aisp_place place(const struct aisp_infra *x, const struct resource *r, const struct aisp_doc *d)
{
	struct aisp_slice pointer = r->type.n ? aisp_emit_fmt(x->e, "%.*s.%.*s", AISP_FMT(r->type), AISP_FMT(r->name))
	                                      : aisp_emit_fmt(x->e, "/Resources/%.*s", AISP_FMT(r->name));

	return (struct aisp_place){.path = r->path, .line = aisp_doc_line(d ? d : r->d), .pointer = pointer};
}

/* CloudFormation says RoleName where Terraform says name. */
static struct aisp_slice display_name(const struct resource *r)
{
	static const char *const others[] = {"name", "role_name", "bucket_name", "display_name"};
	struct aisp_slice s = aisp_doc_str(attribute(r->d, r->row->name));

	for (size_t i = 0; !s.n && !r->type.n && i < sizeof others / sizeof *others; i++)
		s = aisp_doc_str(attribute(r->d, others[i]));
	return s;
}

static void make_node(struct aisp_infra *x, struct resource *r)
{
	struct aisp_emit *e = x->e;
	struct aisp_place at = place(x, r, NULL);
	struct aisp_slice shown = display_name(r);
	struct aisp_slice id = aisp_emit_fmt(e, "%s://%.*s/%.*s%s%.*s", r->type.n ? "terraform" : "cloudformation", AISP_FMT(e->repo), AISP_FMT(r->scope),
	                                     r->scope.n ? "/" : "", AISP_FMT(r->type.n ? aisp_emit_fmt(e, "%.*s.%.*s", AISP_FMT(r->type), AISP_FMT(r->name)) : r->name));

	r->node = aisp_emit_node(e, r->row->kind, id, &at);
	aisp_emit_str(e, r->node, "name", is_literal(shown) ? shown : r->name);
	aisp_emit_strz(e, r->node, "provider", r->row->provider);
	aisp_emit_strz(e, r->node, "resource_type", r->type.n ? r->row->terraform : r->row->cloudformation);
	aisp_emit_edge(e, aisp_emit_file(e, r->path), AISP_EDGE_DEFINES, r->node, &at);
	if (r->row->open[0]) {
		const struct aisp_doc *open = attribute(r->d, r->row->open);
		struct aisp_slice text = aisp_doc_str(open);
		bool closed = open && (!aisp_doc_bool(open, true) || aisp_slice_eqz(text, "Disabled"));
		aisp_emit_strz(e, r->node, "public_network_access", closed ? "closed" : open && text.n && !is_literal(text) ? "unknown" : "open");
	}
}

static struct aisp_edge_in control(const struct aisp_infra *x, const struct aisp_place *at)
{
	return (struct aisp_edge_in){.control = aisp_emit_fmt(x->e, "%.*s#%.*s", AISP_FMT(at->path), AISP_FMT(at->pointer))};
}

static void add_model(struct aisp_infra *x, const struct resource *r)
{
	const struct aisp_doc *d = attribute(r->d, r->row->model);
	struct aisp_slice model = aisp_doc_str(d);
	struct aisp_place at = place(x, r, d);

	if (!model.n)
		return;
	if (aisp_slice_find(model, AISP_S("foundation-model/")) != SIZE_MAX)
		model = aisp_slice_from(model, aisp_slice_find(model, AISP_S("foundation-model/")) + 17);
	bool known = is_literal(model);
	if (!known)
		at.confidence = AISP_CONF_UNRESOLVED;
	aisp_node n = aisp_emit_node(x->e, AISP_NODE_MODEL,
	                             known ? aisp_emit_fmt(x->e, "model://%s/%.*s", r->row->provider, AISP_FMT(model))
	                                   : aisp_emit_fmt(x->e, "model://%s/unresolved/model/%.*s/%.*s#%.*s", r->row->provider, AISP_FMT(x->e->repo),
	                                                   AISP_FMT(r->path), AISP_FMT(at.pointer)), &at);
	aisp_emit_strz(x->e, n, "provider", r->row->provider);
	aisp_emit_edge(x->e, r->node, r->row->kind == AISP_NODE_TRAINING_JOB ? AISP_EDGE_TRAINED_ON : AISP_EDGE_CALLS, n, &at);
}

static void add_role(struct aisp_infra *x, const struct resource *r)
{
	const struct aisp_doc *d = attribute(r->d, r->row->role);
	const struct resource *role = d ? referred(x, r, d) : NULL;
	struct aisp_slice text = aisp_doc_str(d);
	struct aisp_place at = place(x, r, d);
	struct aisp_edge_in in = control(x, &at);
	aisp_node n = role ? role->node : 0;

	if (!n && is_literal(text) && aisp_slice_starts(text, AISP_S("arn:"))) {
		n = aisp_emit_node(x->e, AISP_NODE_ROLE, text, &at);
		aisp_emit_str(x->e, n, "name", aisp_slice_basename(text));
	}
	if (n)
		aisp_emit_edge_in(x->e, r->node, AISP_EDGE_RUNS_AS, n, &in, &at);
}

static void add_reference(struct aisp_infra *x, const struct resource *r)
{
	const struct aisp_doc *d = attribute(r->d, r->row->to);
	const struct resource *to = d ? referred(x, r, d) : NULL;
	struct aisp_place at = place(x, r, d);
	struct aisp_edge_in in = control(x, &at);

	if (!to)
		return;
	if (r->row->kind == AISP_NODE_TOOL)
		aisp_emit_edge_in(x->e, to->node, AISP_EDGE_HAS_TOOL, r->node, &in, &at);
	else if (r->row->edge != AISP_EDGE_NONE)
		aisp_emit_edge_in(x->e, r->node, r->row->edge, to->node, &in, &at);
	else
		aisp_emit_edge_in(x->e, to->node, AISP_EDGE_CONTAINS, r->node, &in, &at);
}

void aisp_infra_finish(struct aisp_infra *x)
{
	if (x->resources.n)
		qsort(x->resources.v, x->resources.n, sizeof *x->resources.v, by_place);
	for (size_t i = 0; i < x->resources.n && !x->e->bad; i++)
		make_node(x, &x->resources.v[i]);
	for (size_t i = 0; i < x->resources.n && !x->e->bad; i++) {
		add_model(x, &x->resources.v[i]);
		add_role(x, &x->resources.v[i]);
		add_reference(x, &x->resources.v[i]);
	}
}
