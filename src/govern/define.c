/* Which bytes define a control object: JSON pointers in JSON and YAML, and what of AWS is declared in templates and Terraform. Each cut is tried: what is read from the text after it must
 * be what was there before without the one thing.
 */
#include "govern/define.h"
#include <stdarg.h>
#include <stdio.h>

static bool ends(struct aisp_slice s, const char *end)
{
	return aisp_slice_ends(s, aisp_slice_z(end));
}

static bool is_hcl(struct aisp_slice name)
{
	return ends(name, ".tf") || ends(name, ".tofu");
}

int aisp_define__none(struct aisp_maker *m, const struct aisp_where *w, const char *fmt, ...)
{
	char why[512];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	return aisp_step__note(m, "no patch of %.*s: %s", AISP_FMT(w->name), why);
}

struct aisp_slice aisp_define__without(struct aisp_maker *m, struct aisp_slice text, struct aisp_range cut)
{
	char *p = aisp_arena_alloc(m->a, text.n - (cut.end - cut.from) + 1);
	if (!p)
		return (struct aisp_slice){0};
	memcpy(p, text.p, cut.from);
	memcpy(p + cut.from, text.p + cut.end, text.n - cut.end);
	return aisp_slice_of(p, text.n - (cut.end - cut.from));
}

/* ---- The same but for one ---- */

static bool same_scalar(const struct aisp_doc *x, const struct aisp_doc *y)
{
	switch (x->type) {
	case AISP_DOC_BOOL:
		return x->b == y->b;
	case AISP_DOC_INT:
		return x->i == y->i;
	case AISP_DOC_REAL:
		return memcmp(&x->r, &y->r, sizeof x->r) == 0;
	case AISP_DOC_STR:
		return aisp_slice_eq(x->s, y->s);
	default:
		return true;
	}
}

static const struct aisp_doc *nth(const struct aisp_doc *d, uint32_t i)
{
	return d->type == AISP_DOC_ARR ? &d->items[i] : &d->members[i].value;
}

static bool same_key(const struct aisp_doc *x, uint32_t i, const struct aisp_doc *y, uint32_t k)
{
	return x->type == AISP_DOC_ARR || aisp_slice_eq(x->members[i].key, y->members[k].key);
}

/* How many things are gone; 2 for any other difference. Documents are at most as deep as their parser lets them be. */
static unsigned missing(const struct aisp_doc *b, const struct aisp_doc *a)
{
	unsigned sum = 0;
	uint32_t k = 0;
	if (b->type != a->type)
		return aisp_doc_count(b) == 1 && a->type == AISP_DOC_NULL ? 1 : 2;
	if (b->type != AISP_DOC_ARR && b->type != AISP_DOC_OBJ)
		return same_scalar(b, a) ? 0 : 2;
	if (b->n != a->n && b->n != a->n + 1)
		return 2;
	for (uint32_t i = 0; i < b->n && sum < 2; i++) {
		const unsigned one = k < a->n && same_key(b, i, a, k) ? missing(nth(b, i), nth(a, k)) : 2;
		if (one == 0 || (b->n == a->n && one < 2)) {
			sum += one;
			k++;
		} else {
			sum += i == k && b->n > a->n ? 1 : 2; /* the first that differs is the one that is gone */
		}
	}
	return sum < 2 && k == a->n ? sum : 2;
}

bool aisp_define__one_less(const struct aisp_doc *before, const struct aisp_doc *after)
{
	return missing(before, after) == 1;
}

/* ---- What the control object says ---- */

static bool split(struct aisp_slice s, const char *mark, struct aisp_slice *a, struct aisp_slice *b)
{
	const size_t at = aisp_slice_find(s, aisp_slice_z(mark));
	if (at == SIZE_MAX)
		return false;
	*a = aisp_slice_to(s, at);
	*b = aisp_slice_from(s, at + strlen(mark));
	return true;
}

static void count_going(struct aisp_maker *m, struct aisp_defined *d)
{
	d->going = 0;
	for (size_t i = 0; i < m->n_controls; i++)
		d->going += aisp_slice_starts(m->controls[i], d->policy) && aisp_slice_starts(aisp_slice_from(m->controls[i], d->policy.n), AISP_S("#/Statement"));
	d->going = d->going ? d->going : 1;
}

/* A policy of AWS is nowhere declared, only its attachment: the only one, else 0. */
static aisp_edge attachment_of(const struct aisp_maker *m, struct aisp_slice policy)
{
	const aisp_node n = m->s ? aisp_snapshot_find(m->s, policy) : 0;
	aisp_edge only = 0;
	for (uint32_t i = n ? m->s->in_at[n] : 0; n && i < m->s->in_at[n + 1]; i++) {
		const struct aisp_sedge *e = &m->s->edges[m->s->in_edges[i]];
		if (e->kind != AISP_EDGE_GRANTED || aisp_slice_find(aisp_snapshot_text(m->s, e->control), AISP_S("#attached/")) == SIZE_MAX)
			continue;
		if (only)
			return 0;
		only = m->s->in_edges[i];
	}
	return only;
}

static void read_managed(const struct aisp_maker *m, struct aisp_defined *d)
{
	d->form = AISP_DEFINE_MANAGED;
	if (aisp_slice_find(d->policy, AISP_S("::aws:policy/")) == SIZE_MAX)
		return;
	const aisp_edge e = attachment_of(m, d->policy);
	d->form = e ? AISP_DEFINE_ATTACHED : AISP_DEFINE_NONE;
	d->who = e ? aisp_snapshot_text(m->s, m->s->nodes[m->s->edges[e].from].id) : d->who;
	d->attachment = e;
}

bool aisp_define__read(struct aisp_maker *m, struct aisp_defined *d)
{
	const struct aisp_slice c = m->step->control;
	struct aisp_slice tail;
	*d = (struct aisp_defined){0};
	if (split(c, "#/Statement", &d->policy, &tail)) {
		if (tail.n && (tail.p[0] != '/' || !aisp_slice_u64(aisp_slice_from(tail, 1), &d->n)))
			return false;
		if (split(d->policy, "#inline/", &d->who, &d->name))
			d->form = AISP_DEFINE_INLINE;
		else if (ends(d->policy, "#trust"))
			d->form = AISP_DEFINE_TRUST;
		else if (ends(d->policy, "#policy"))
			d->form = AISP_DEFINE_RESOURCE;
		else if (aisp_slice_find(d->policy, AISP_S(":policy/")) != SIZE_MAX)
			read_managed(m, d);
		count_going(m, d);
	} else if (split(c, "#attached/", &d->who, &d->policy)) {
		d->form = AISP_DEFINE_ATTACHED;
	} else if (split(c, "#group/", &d->who, &d->policy)) {
		d->form = AISP_DEFINE_GROUP;
	}
	return d->form != AISP_DEFINE_NONE;
}

static bool names_action(struct aisp_slice part, const struct aisp_doc *action)
{
	return action->type != AISP_DOC_STR || aisp_slice_find(part, action->s) != SIZE_MAX;
}

const char *aisp_define__compare(struct aisp_maker *m, const struct aisp_defined *d, size_t count, struct aisp_slice part, bool *ret_all)
{
	const aisp_node n = aisp_snapshot_find(m->s, d->policy);
	const struct aisp_slice text = n ? aisp_snapshot_prop_str(m->s, n, "document") : (struct aisp_slice){0};
	const struct aisp_doc *doc = NULL, *all, *one, *actions;
	*ret_all = d->going >= count;
	if (!text.n || aisp_json_parse(m->a, text, NULL, &doc, NULL) < 0)
		return "what the policy says was not read";
	all = aisp_doc_get(doc, "Statement");
	if (count != (all && all->type == AISP_DOC_ARR ? all->n : 1) || d->n >= count)
		return "it has another number of statements than what was read";
	one = all && all->type == AISP_DOC_ARR ? &all->items[d->n] : all;
	actions = aisp_doc_get(one, "Action") ? aisp_doc_get(one, "Action") : aisp_doc_get(one, "NotAction");
	bool ok = !actions || actions->type != AISP_DOC_STR || names_action(part, actions);
	for (uint32_t i = 0; actions && actions->type == AISP_DOC_ARR && i < actions->n; i++)
		ok &= names_action(part, &actions->items[i]);
	return ok ? NULL : "the statement there does not name the actions that were read: it was changed, or they come from elsewhere";
}

/* ---- Evidence ---- */

/* Where policies and attachments are declared; an attachment is also evidence of the policy that it names. */
static bool is_place(const struct aisp_maker *m, const struct aisp_evidence *ev, enum aisp_define_form form)
{
	static const char *const managed = "aws_iam_policy.";
	const struct aisp_slice name = aisp_snapshot_text(m->s, ev->locator), at = aisp_snapshot_text(m->s, ev->pointer);
	if (ev->form != AISP_EV_FILE || !ev->locator)
		return false;
	if (is_hcl(name) || ends(name, ".tf.json"))
		return aisp_slice_starts(at, AISP_S("aws_")) && (form != AISP_DEFINE_MANAGED || aisp_slice_starts(at, aisp_slice_z(managed)));
	return aisp_slice_starts(at, AISP_S("/Resources/")) && (ends(name, ".yaml") || ends(name, ".yml") || ends(name, ".template") || ends(name, ".json"));
}

static const struct aisp_evidence *among(const struct aisp_maker *m, uint32_t at, uint32_t n, enum aisp_define_form form)
{
	for (uint32_t i = 0; i < n; i++)
		if (is_place(m, &m->s->evidence[at + i], form))
			return &m->s->evidence[at + i];
	return NULL;
}

const struct aisp_evidence *aisp_define__evidence(struct aisp_maker *m)
{
	const struct aisp_evidence *ev = NULL;
	struct aisp_defined d;
	if (!aisp_define__read(m, &d))
		return NULL;
	if (d.attachment)
		return among(m, m->s->edges[d.attachment].ev_at, m->s->edges[d.attachment].ev_n, d.form);
	const aisp_node n = d.form == AISP_DEFINE_ATTACHED || d.form == AISP_DEFINE_GROUP ? 0 : aisp_snapshot_find(m->s, d.policy);
	if (n)
		ev = among(m, m->s->nodes[n].ev_at, m->s->nodes[n].ev_n, d.form);
	for (size_t i = 0; i < m->step->n_edges && !ev; i++) {
		const struct aisp_sedge *e = &m->s->edges[m->step->edges[i]];
		ev = among(m, e->ev_at, e->ev_n, d.form);
	}
	return ev;
}

/* ---- JSON and YAML ---- */

static bool is_json(struct aisp_slice name, struct aisp_slice text)
{
	const struct aisp_slice t = aisp_slice_trim(text);
	return ends(name, ".json") || ends(name, ".jsonc") || (ends(name, ".template") && t.n && t.p[0] == '{');
}

static bool cut_json(struct aisp_maker *m, struct aisp_slice text, struct aisp_slice pointer, struct aisp_range *ret)
{
	const struct aisp_doc *before = NULL, *after = NULL;
	if (!aisp_range_json(text, pointer, ret) || aisp_jsonc_parse(m->a, text, NULL, &before, NULL) < 0)
		return false;
	const struct aisp_slice left = aisp_define__without(m, text, *ret);
	return left.p && aisp_jsonc_parse(m->a, left, NULL, &after, NULL) == 0 && aisp_define__one_less(before, after);
}

/* The document of a stream in which a line is. */
static size_t document_at(const struct aisp_docs *docs, uint32_t line)
{
	size_t at = 0;
	for (size_t i = 0; i < docs->n; i++)
		if (docs->docs[i].line <= line)
			at = i;
	return at;
}

/* In a list of Kubernetes the pointer is that of an item. */
static struct aisp_slice in_list(struct aisp_maker *m, const struct aisp_doc *d, struct aisp_slice pointer, uint32_t line)
{
	const struct aisp_doc *items = aisp_doc_get(d, "items");
	uint32_t at = UINT32_MAX;
	for (uint32_t i = 0; i < aisp_doc_count(items) && items->type == AISP_DOC_ARR && aisp_slice_ends(aisp_doc_getstr(d, "kind"), AISP_S("List")); i++)
		if (items->items[i].line <= line)
			at = i;
	return at == UINT32_MAX ? pointer : aisp_step__fmt(m, "/items/%u%.*s", at, AISP_FMT(pointer));
}

static bool cut_yaml(struct aisp_maker *m, struct aisp_slice text, const struct aisp_docs *docs, size_t at, struct aisp_slice pointer, struct aisp_range *ret)
{
	struct aisp_docs left = {0};
	if (!aisp_step__at(&docs->docs[at], pointer) || !aisp_range_yaml_at(text, at, pointer, ret))
		return false;
	const struct aisp_slice after = aisp_define__without(m, text, *ret);
	if (!after.p || aisp_yaml_parse(m->a, after, NULL, &left, NULL) < 0 || left.n != docs->n)
		return false;
	for (size_t i = 0; i < left.n; i++)
		if (missing(&docs->docs[i], &left.docs[i]) != (i == at))
			return false;
	return true;
}

/* A NetworkPolicy without policyTypes limits egress only as long as it has rules of egress. */
static bool implies_egress(const struct aisp_doc *d, struct aisp_slice pointer)
{
	const size_t cut = aisp_slice_find(pointer, AISP_S("/spec/egress/"));
	const struct aisp_doc *policy = cut == SIZE_MAX ? NULL : aisp_step__at(d, aisp_slice_to(pointer, cut));
	return policy && aisp_slice_eqz(aisp_doc_getstr(policy, "kind"), "NetworkPolicy") && !aisp_doc_get(aisp_doc_get(policy, "spec"), "policyTypes");
}

static int cut_template(struct aisp_maker *m, const struct aisp_where *w, struct aisp_slice text, struct aisp_range *ret)
{
	const struct aisp_doc *d = NULL;
	struct aisp_docs docs = {0};
	struct aisp_slice pointer;
	const bool json = is_json(w->name, text);
	if (json ? aisp_json_parse(m->a, text, NULL, &d, NULL) < 0 : aisp_yaml_parse(m->a, text, NULL, &docs, NULL) < 0 || docs.n != 1)
		return aisp_define__none(m, w, "it cannot be read as one document any more");
	const int r = aisp_define__template(m, w, json ? d : docs.docs, text, &pointer);
	if (r <= 0)
		return r;
	return (json ? cut_json(m, text, pointer, ret) : cut_yaml(m, text, &docs, 0, pointer, ret)) ? 1 : aisp_define__none(m, w, "%.*s is not written so that it can be cut out and all else stays", AISP_FMT(pointer));
}

int aisp_define__file(struct aisp_maker *m, struct aisp_where *w)
{
	return is_hcl(w->name) && !w->pointer.n ? aisp_define__terraform(m, w) : 0;
}

int aisp_define__range(struct aisp_maker *m, const struct aisp_where *w, struct aisp_slice text, struct aisp_range *ret)
{
	struct aisp_docs docs = {0};
	bool ok = false;
	if (w->known) {
		*ret = w->cut;
		return text.n == w->size && ret->from < ret->end && ret->end <= text.n;
	}
	if (is_hcl(w->name))
		return 0;
	if (!w->pointer.n) {
		const int r = aisp_slice_starts(w->at, AISP_S("/Resources/")) ? cut_template(m, w, text, ret) : ends(w->name, ".tf.json") ? aisp_define__none(m, w, "Terraform's JSON is changed by hand") : 0;
		return r;
	}
	if (is_json(w->name, text)) {
		ok = cut_json(m, text, w->pointer, ret);
	} else if ((ends(w->name, ".yaml") || ends(w->name, ".yml")) && aisp_yaml_parse(m->a, text, NULL, &docs, NULL) == 0 && docs.n) {
		const size_t at = document_at(&docs, w->line);
		const struct aisp_slice pointer = in_list(m, &docs.docs[at], w->pointer, w->line);
		if (implies_egress(&docs.docs[at], pointer))
			return aisp_define__none(m, w, "it has no policyTypes: without its last egress rule it would limit no egress at all, so write policyTypes first");
		ok = cut_yaml(m, text, &docs, at, pointer, ret);
	} else {
		return 0;
	}
	return ok ? 1 : aisp_define__none(m, w, "%.*s is not there any more, or not written so that it can be cut out and all else stays", AISP_FMT(w->pointer));
}
