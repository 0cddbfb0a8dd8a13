/* Reading policies: every word that is not known is an error with its line, so that a typing mistake is no silent hole. */
#include "base/clock.h"
#include "base/doc.h"
#include "base/fs.h"
#include "base/mem.h"
#include "govern/decide_int.h"
#include "govern/policy_int.h"
#include <fcntl.h>
#include <unistd.h>

enum { MAX_BYTES = 4 << 20 };
static const char *const field_names[AISP_SEL_FIELDS] = {
	[AISP_SEL_KIND] = "kind",     [AISP_SEL_NAME] = "name",     [AISP_SEL_ID] = "id",           [AISP_SEL_OWNER] = "owner",
	[AISP_SEL_ENVIRONMENT] = "environment", [AISP_SEL_TENANT] = "tenant", [AISP_SEL_SYSTEM] = "system", [AISP_SEL_SENSITIVITY] = "sensitivity",
	[AISP_SEL_DATA] = "data",     [AISP_SEL_LABEL] = "label",   [AISP_SEL_ACTION] = "action",
};

struct reading {
	struct aisp_policies *p;
	const char *file;
	struct aisp_err *err;
};

static int bad(const struct reading *r, uint32_t line, const char *what, struct aisp_slice word)
{
	return aisp_fail(r->err, AISP_E_USAGE, "%s:%u: %s%s%.*s%s", r->file, line, what, word.n ? " '" : "", AISP_FMT(word), word.n ? "'" : "");
}

static int nomem(const struct reading *r)
{
	return aisp_fail(r->err, AISP_E_NOMEM, "out of memory while reading %s", r->file);
}

/* A text or a list of texts. */
static int read_texts(const struct reading *r, const struct aisp_member *m, struct aisp_sel_list *ret)
{
	const struct aisp_doc *d = &m->value;
	const uint32_t n = d->type == AISP_DOC_ARR ? d->n : 1;
	struct aisp_slice *v = aisp_arena_zalloc(r->p->a, (size_t)n + 1, sizeof *v);
	if (!v)
		return nomem(r);
	for (uint32_t i = 0; i < n; i++) {
		const struct aisp_doc *item = d->type == AISP_DOC_ARR ? &d->items[i] : d;
		if (item->type != AISP_DOC_STR || !item->s.n)
			return bad(r, item->line, "a text, or a list of texts, is expected for", m->key);
		v[i] = item->s;
	}
	if (n == 0)
		return bad(r, m->line, "the list is empty, so nothing fits:", m->key);
	*ret = (struct aisp_sel_list){v, n};
	return 0;
}

static int check_field(const struct reading *r, enum aisp_sel_field f, const struct aisp_sel_list *l, uint32_t line)
{
	for (size_t i = 0; i < l->n; i++) {
		bool known = f != AISP_SEL_KIND && f != AISP_SEL_SENSITIVITY;
		for (int k = 1; f == AISP_SEL_KIND && k < AISP_NODE_KIND_END; k++)
			known |= aisp_slice_eqz(l->v[i], aisp_node_kinds[k].name) || aisp_slice_eqz(l->v[i], aisp_node_kinds[k].group);
		if (f == AISP_SEL_SENSITIVITY)
			known = aisp_sensitivity_find(l->v[i]) != AISP_SENS_UNKNOWN;
		if (!known)
			return bad(r, line, f == AISP_SEL_KIND ? "there is no kind or group" : "sensitivity is public, internal, confidential or restricted, not", l->v[i]);
	}
	return 0;
}

static int read_props(const struct reading *r, const struct aisp_member *m, struct aisp_selector *s)
{
	if (m->value.type != AISP_DOC_OBJ)
		return bad(r, m->line, "a mapping of names to texts is expected for", m->key);
	s->props = aisp_arena_zalloc(r->p->a, (size_t)m->value.n + 1, sizeof *s->props);
	if (!s->props)
		return nomem(r);
	for (uint32_t i = 0; i < m->value.n; i++) {
		s->props[i].key = m->value.members[i].key;
		const int e = read_texts(r, &m->value.members[i], &s->props[i].want);
		if (e < 0)
			return e;
	}
	s->n_props = m->value.n;
	return 0;
}

static int read_selector(const struct reading *r, const struct aisp_member *at, bool nested, struct aisp_selector *ret);

static int read_side(const struct reading *r, const struct aisp_member *m, bool nested, struct aisp_selector *s)
{
	for (int f = 0; f < AISP_SEL_FIELDS; f++)
		if (aisp_slice_eqz(m->key, field_names[f])) {
			const int e = read_texts(r, m, &s->fields[f]);
			return e < 0 ? e : check_field(r, (enum aisp_sel_field)f, &s->fields[f], m->line);
		}
	if (aisp_slice_eqz(m->key, "property"))
		return read_props(r, m, s);
	if (aisp_slice_eqz(m->key, "public")) {
		if (m->value.type != AISP_DOC_BOOL)
			return bad(r, m->line, "true or false is expected for", m->key);
		s->is_public = m->value.b;
		return 0;
	}
	if (aisp_slice_eqz(m->key, "not") && !nested) {
		struct aisp_selector *not = aisp_arena_zalloc(r->p->a, 1, sizeof *not);
		s->not = not;
		return not ? read_selector(r, m, true, not) : nomem(r);
	}
	return bad(r, m->line, "a side has kind, name, id, owner, environment, tenant, system, sensitivity, data, label, action, property, public and (once) not, but not", m->key);
}

static int read_selector(const struct reading *r, const struct aisp_member *at, bool nested, struct aisp_selector *ret)
{
	*ret = (struct aisp_selector){.said = true, .is_public = -1};
	if (at->value.type != AISP_DOC_OBJ || at->value.n == 0)
		return bad(r, at->line, "a mapping such as {kind: agent} is expected for", at->key);
	for (uint32_t i = 0; i < at->value.n; i++) {
		const int e = read_side(r, &at->value.members[i], nested, ret);
		if (e < 0)
			return e;
	}
	return 0;
}

static int read_modes(const struct reading *r, const struct aisp_member *m, unsigned *ret)
{
	struct aisp_sel_list l = {0};
	const int e = read_texts(r, m, &l);
	for (size_t i = 0; e == 0 && i < l.n; i++) {
		const int mode = aisp_mode_find(l.v[i]);
		if (mode < 0)
			return bad(r, m->line, "there is no mode", l.v[i]);
		*ret |= 1u << mode;
	}
	return e;
}

static int read_deny(const struct reading *r, const struct aisp_member *at, struct aisp_policy *p)
{
	int e = 0;
	if (at->value.type != AISP_DOC_OBJ)
		return bad(r, at->line, "a mapping with from, to and mode is expected for", at->key);
	for (uint32_t i = 0; e == 0 && i < at->value.n; i++) {
		const struct aisp_member *m = &at->value.members[i];
		if (aisp_slice_eqz(m->key, "from"))
			e = read_selector(r, m, false, &p->from);
		else if (aisp_slice_eqz(m->key, "to"))
			e = read_selector(r, m, false, &p->to);
		else if (aisp_slice_eqz(m->key, "mode"))
			e = read_modes(r, m, &p->modes);
		else if (aisp_slice_eqz(m->key, "certain") && m->value.type == AISP_DOC_BOOL)
			p->certain = m->value.b;
		else
			e = bad(r, m->line, "deny has from, to, mode and certain (true or false), but not", m->key);
	}
	if (e == 0 && !p->to.said)
		e = bad(r, at->line, "deny needs a 'to': what must not be reached", (struct aisp_slice){0});
	return e;
}

static int read_exception(const struct reading *r, const struct aisp_doc *d, struct aisp_exception *x)
{
	bool reason = false;
	int e = 0;
	if (d->type != AISP_DOC_OBJ)
		return bad(r, d->line, "an exception is a mapping with from or to, a reason, and perhaps until", (struct aisp_slice){0});
	for (uint32_t i = 0; e == 0 && i < d->n; i++) {
		const struct aisp_member *m = &d->members[i];
		const struct aisp_slice text = aisp_doc_str(&m->value);
		if (aisp_slice_eqz(m->key, "from"))
			e = read_selector(r, m, false, &x->from);
		else if (aisp_slice_eqz(m->key, "to"))
			e = read_selector(r, m, false, &x->to);
		else if (aisp_slice_eqz(m->key, "reason") && aisp_slice_trim(text).n)
			reason = true;
		else if (aisp_slice_eqz(m->key, "until") && (x->until_us = aisp_decide__end_of(text)) > 0)
			continue;
		else
			e = bad(r, m->line, "an exception has from, to, reason (a text) and until (a day: 2027-06-30), but not like this:", m->key);
	}
	if (e == 0 && (!reason || (!x->from.said && !x->to.said)))
		e = bad(r, d->line, "an exception needs a reason, and from or to", (struct aisp_slice){0});
	return e;
}

static int read_exceptions(const struct reading *r, const struct aisp_member *m, struct aisp_policy *p)
{
	if (m->value.type != AISP_DOC_ARR)
		return bad(r, m->line, "a list is expected for", m->key);
	p->except = aisp_arena_zalloc(r->p->a, (size_t)m->value.n + 1, sizeof *p->except);
	if (!p->except)
		return nomem(r);
	p->n_except = m->value.n;
	for (uint32_t i = 0; i < m->value.n; i++) {
		const int e = read_exception(r, &m->value.items[i], &p->except[i]);
		if (e < 0)
			return e;
	}
	return 0;
}

static int set_id(const struct reading *r, const struct aisp_member *m, struct aisp_slice id, struct aisp_policy *p)
{
	bool good = id.n > 0 && id.n <= 64;
	for (size_t i = 0; good && i < id.n; i++)
		good = (id.p[i] >= 'a' && id.p[i] <= 'z') || (id.p[i] >= 'A' && id.p[i] <= 'Z') || (id.p[i] >= '0' && id.p[i] <= '9') || strchr("-_.", id.p[i]);
	if (!good)
		return bad(r, m->line, "an id is letters, digits, '-', '_' and '.', at most 64", (struct aisp_slice){0});
	p->rule.id = aisp_arena_printf(r->p->a, "AISP-POLICY/%.*s", AISP_FMT(id));
	for (size_t i = 0; p->rule.id.p && i < r->p->v.n; i++)
		if (aisp_slice_eq(r->p->v.v[i]->rule.id, p->rule.id))
			return bad(r, m->line, "two policies have the id", id);
	return p->rule.id.p ? 0 : nomem(r);
}

static int read_member(const struct reading *r, const struct aisp_member *m, struct aisp_policy *p, bool *denies)
{
	const struct aisp_slice text = aisp_doc_str(&m->value);
	const struct {
		const char *key;
		struct aisp_slice *to;
	} texts[] = {{"title", &p->rule.title}, {"description", &p->rule.description}, {"remediation", &p->rule.remediation}};
	if (aisp_slice_eqz(m->key, "id"))
		return set_id(r, m, text, p);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (aisp_slice_eqz(m->key, texts[i].key) && text.n) {
			*texts[i].to = text;
			return 0;
		}
	if (aisp_slice_eqz(m->key, "severity"))
		return (p->rule.severity = aisp_severity_find(text)) ? 0 : bad(r, m->line, "severity is info, low, medium, high or critical, not", text);
	if (aisp_slice_eqz(m->key, "deny")) {
		*denies = true;
		return read_deny(r, m, p);
	}
	if (aisp_slice_eqz(m->key, "except"))
		return read_exceptions(r, m, p);
	return bad(r, m->line, "a policy has id, title, description, remediation (texts), severity, deny and except, but not like this:", m->key);
}

static int read_policy(const struct reading *r, const struct aisp_doc *d)
{
	struct aisp_policy *p = aisp_arena_zalloc(r->p->a, 1, sizeof *p);
	bool denies = false;
	int e = 0;

	if (!p)
		return nomem(r);
	if (d->type != AISP_DOC_OBJ)
		return bad(r, d->line, "a policy is a mapping with id, title and deny", (struct aisp_slice){0});
	p->from.is_public = p->to.is_public = -1;
	p->rule.severity = AISP_SEV_HIGH;
	p->rule.file = aisp_arena_printf(r->p->a, "%s:%u", r->file, d->line);
	for (uint32_t i = 0; e == 0 && i < d->n; i++)
		e = read_member(r, &d->members[i], p, &denies);
	if (e == 0 && (!p->rule.id.n || !denies))
		e = bad(r, d->line, "a policy needs an id and what it denies (deny)", (struct aisp_slice){0});
	if (e < 0)
		return e;
	p->modes = p->modes ? p->modes : 1u << AISP_MODE_READ;
	if ((p->modes & (p->modes - 1)) == 0)
		p->rule.path_mode = aisp_slice_z(aisp_mode_name((enum aisp_mode)__builtin_ctz(p->modes)));
	p->rule.title = p->rule.title.n ? p->rule.title : p->rule.id;
	p->rule.description = p->rule.description.n ? p->rule.description : p->rule.title;
	p->rule.remediation = p->rule.remediation.n ? p->rule.remediation : AISP_S("Take the path away (aisp plan), or write an exception with reason and end into the policy.");
	return aisp_vec_push(&r->p->v, p) < 0 ? nomem(r) : 0;
}

static int read_all(const struct reading *r, struct aisp_slice text)
{
	struct aisp_docs docs = {0};
	struct aisp_err why = {0};
	int e = aisp_yaml_parse(r->p->a, text.p ? text : AISP_S(""), NULL, &docs, &why);
	if (e < 0)
		return aisp_fail(r->err, e == AISP_E_NOMEM ? e : AISP_E_USAGE, "%s: %s", r->file, why.msg);
	for (size_t i = 0; e == 0 && i < docs.n; i++) {
		const struct aisp_doc *list = aisp_doc_get(&docs.docs[i], "policies");
		if (list && list->type != AISP_DOC_ARR)
			return bad(r, list->line, "policies is a list", (struct aisp_slice){0});
		for (uint32_t k = 0; e == 0 && k < aisp_doc_count(list); k++)
			e = read_policy(r, &list->items[k]);
	}
	return e;
}

int aisp_policies_parse(struct aisp_slice text, const char *file, struct aisp_policies **ret, struct aisp_err *err)
{
	struct aisp_policies *p = aisp_mem_zalloc(1, sizeof *p);
	if (!p || !(p->a = aisp_arena_new((size_t)256 << 20))) {
		aisp_mem_free(p);
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while reading %s", file);
	}
	const struct reading r = {p, file, err};
	const int e = read_all(&r, text);
	if (e < 0) {
		aisp_policies_free(p);
		return e;
	}
	*ret = p;
	return 0;
}

int aisp_policies_load(const char *path, bool *ret_found, struct aisp_policies **ret, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf text = {0};
	const char *file = path ? path : "aisp.yaml";
	const bool found = path || access(file, R_OK) == 0;
	int r = 0;

	aisp_buf_init(&text, MAX_BYTES);
	if (found)
		r = aisp_fs_read(AT_FDCWD, file, false, MAX_BYTES, &text, err);
	if (r == 0)
		r = aisp_policies_parse(aisp_buf_slice(&text), file, ret, err);
	if (r == 0 && ret_found)
		*ret_found = found;
	return r;
}

void aisp_policies_free(struct aisp_policies *p)
{
	if (!p)
		return;
	aisp_vec_done(&p->v);
	aisp_arena_free(p->a);
	aisp_mem_free(p);
}

size_t aisp_policies_count(const struct aisp_policies *p)
{
	return p ? p->v.n : 0;
}
