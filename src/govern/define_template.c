/* Statements and attachments in CloudFormation templates, as JSON pointers. */
#include "govern/define.h"

/* "/Resources/NAME/LIST/INDEX": the name, and the index if there is one. */
static bool read_at(struct aisp_slice at, struct aisp_slice *ret_name, uint64_t *ret_index)
{
	struct aisp_slice rest = aisp_slice_from(at, 11), tail = {0};
	*ret_index = UINT64_MAX;
	if (!aisp_slice_starts(at, AISP_S("/Resources/")) || !aisp_slice_split(&rest, '/', ret_name))
		return false;
	const size_t cut = rest.p ? aisp_slice_rchr(rest, '/') : SIZE_MAX;
	if (cut != SIZE_MAX)
		tail = aisp_slice_from(rest, cut + 1);
	if (tail.n && !aisp_slice_u64(tail, ret_index))
		*ret_index = UINT64_MAX;
	return ret_name->n > 0 && aisp_slice_chr(*ret_name, '~') == SIZE_MAX;
}

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* How often the logical name stands in the text, as a whole word. */
static size_t mentions(struct aisp_slice text, struct aisp_slice name)
{
	size_t n = 0, at;
	for (struct aisp_slice rest = text; name.n && (at = aisp_slice_find(rest, name)) != SIZE_MAX; rest = aisp_slice_from(rest, at + name.n)) {
		const size_t from = (size_t)(rest.p - text.p) + at, behind = from + name.n;
		n += (from == 0 || !is_name(text.p[from - 1])) && (behind >= text.n || !is_name(text.p[behind]));
	}
	return n;
}

struct place {
	struct aisp_maker *m;
	const struct aisp_where *w;
	const struct aisp_doc *root, *res, *props;
	struct aisp_slice text, name;
	uint64_t index;
};

static size_t shared_by(const struct aisp_doc *props)
{
	return aisp_doc_count(aisp_doc_get(props, "Roles")) + aisp_doc_count(aisp_doc_get(props, "Users")) + aisp_doc_count(aisp_doc_get(props, "Groups"));
}

/* The resource, if nothing refers to it and others are left. */
static int whole(struct place *p, struct aisp_slice *ret)
{
	const struct aisp_slice type = aisp_doc_getstr(p->res, "Type");
	if (!aisp_slice_ends(type, AISP_S("Policy")) && !aisp_slice_ends(type, AISP_S("Addition")))
		return aisp_define__none(p->m, p->w, "it is the only statement of %.*s, which must have one", AISP_FMT(p->name));
	if (mentions(p->text, p->name) > 1)
		return aisp_define__none(p->m, p->w, "nothing would be left of %.*s, and something else in the template refers to it", AISP_FMT(p->name));
	if (aisp_doc_count(aisp_doc_get(p->root, "Resources")) < 2)
		return aisp_define__none(p->m, p->w, "nothing would be left of the template: delete the stack");
	*ret = aisp_step__fmt(p->m, "/Resources/%.*s", AISP_FMT(p->name));
	const int r = aisp_step__note(p->m, "the patch takes resource %.*s out, of which nothing would be left", AISP_FMT(p->name));
	return r < 0 ? r : 1;
}

/* An item of a list of the resource; the list itself, if it is its only one. */
static int listed(struct place *p, const char *member, struct aisp_slice *ret)
{
	const struct aisp_doc *list = aisp_doc_get(p->props, member);
	if (!list || list->type != AISP_DOC_ARR || p->index >= list->n)
		return aisp_define__none(p->m, p->w, "%.*s has no list %s with it", AISP_FMT(p->name), member);
	if (list->n > 1)
		*ret = aisp_step__fmt(p->m, "/Resources/%.*s/Properties/%s/%llu", AISP_FMT(p->name), member, (unsigned long long)p->index);
	else
		*ret = aisp_step__fmt(p->m, "/Resources/%.*s/Properties/%s", AISP_FMT(p->name), member);
	return ret->p ? 1 : AISP_E_NOMEM;
}

static int attached(struct place *p, const struct aisp_defined *d, struct aisp_slice *ret)
{
	const struct aisp_slice type = aisp_doc_getstr(p->res, "Type");
	const bool addition = aisp_slice_ends(type, AISP_S("Addition")), managed = aisp_slice_ends(type, AISP_S("ManagedPolicy"));
	if (addition && aisp_doc_count(aisp_doc_get(p->props, "Users")) == 1)
		return whole(p, ret);
	if (addition)
		return listed(p, "Users", ret);
	if (managed)
		return listed(p, aisp_slice_find(d->who, AISP_S(":role/")) != SIZE_MAX ? "Roles" : aisp_slice_find(d->who, AISP_S(":user/")) != SIZE_MAX ? "Users" : "Groups", ret);
	return listed(p, d->form == AISP_DEFINE_GROUP ? "Groups" : "ManagedPolicyArns", ret);
}

/* The document and its pointer below the resource: "Policies/0/PolicyDocument". */
static const struct aisp_doc *document(struct place *p, const struct aisp_defined *d, struct aisp_slice *ret_pointer, const char **ret_why)
{
	static const char *const names[] = {"PolicyDocument", "KeyPolicy", "ResourcePolicy", "Policy"};
	const struct aisp_doc *list = aisp_doc_get(p->props, "Policies"), *one;
	if (d->form == AISP_DEFINE_TRUST) {
		*ret_pointer = AISP_S("AssumeRolePolicyDocument");
		return aisp_doc_get(p->props, "AssumeRolePolicyDocument");
	}
	if (d->form == AISP_DEFINE_INLINE && list) {
		one = p->index < aisp_doc_count(list) ? aisp_doc_at(list, (uint32_t)p->index) : NULL;
		const struct aisp_slice name = aisp_doc_getstr(one, "PolicyName");
		if (name.n && aisp_slice_chr(name, '$') == SIZE_MAX && aisp_slice_chr(name, '.') == SIZE_MAX && !aisp_slice_eq(name, d->name) && !aisp_doc_get(aisp_doc_get(p->root, "Resources"), name.p))
			return NULL;
		*ret_pointer = aisp_step__fmt(p->m, "Policies/%llu/PolicyDocument", (unsigned long long)p->index);
		return aisp_doc_get(one, "PolicyDocument");
	}
	if (d->form == AISP_DEFINE_INLINE && shared_by(p->props) > 1) {
		*ret_why = "others have the same policy by it";
		return NULL;
	}
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if ((one = aisp_doc_get(p->props, names[i]))) {
			*ret_pointer = aisp_slice_z(names[i]);
			return one;
		}
	return NULL;
}

int aisp_define__template(struct aisp_maker *m, const struct aisp_where *w, const struct aisp_doc *template, struct aisp_slice text, struct aisp_slice *ret_pointer)
{
	struct place p = {.m = m, .w = w, .root = template, .text = text};
	struct aisp_defined d;
	struct aisp_slice at = {0};
	const char *why = "the document is not there any more";
	bool all = false;
	if (!aisp_define__read(m, &d) || !read_at(w->at, &p.name, &p.index))
		return 0;
	p.res = aisp_doc_gets(aisp_doc_get(template, "Resources"), p.name);
	p.props = aisp_doc_get(p.res, "Properties");
	if (!p.props)
		return aisp_define__none(m, w, "%.*s is not there any more", AISP_FMT(p.name));
	if (d.form == AISP_DEFINE_ATTACHED || d.form == AISP_DEFINE_GROUP)
		return attached(&p, &d, ret_pointer);
	const struct aisp_doc *doc = document(&p, &d, &at, &why), *st = aisp_doc_get(doc, "Statement");
	if (!st)
		return aisp_define__none(m, w, "%s", why);
	const size_t count = st->type == AISP_DOC_ARR ? st->n : 1;
	why = aisp_define__compare(m, &d, count, text, &all);
	if (why)
		return aisp_define__none(m, w, "%s", why);
	if (!all) {
		*ret_pointer = aisp_step__fmt(m, "/Resources/%.*s/Properties/%.*s/Statement/%llu", AISP_FMT(p.name), AISP_FMT(at), (unsigned long long)d.n);
		return ret_pointer->p ? 1 : aisp_step__nomem(m);
	}
	if (aisp_slice_starts(at, AISP_S("Policies/")))
		return listed(&p, "Policies", ret_pointer);
	return whole(&p, ret_pointer);
}
