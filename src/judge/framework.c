/* Frameworks from YAML: id, title, version, date, url, and controls as a mapping of id to title. */
#include "judge/judge_int.h"
#include <stdlib.h>

static int read_controls(struct aisp_rules *r, struct aisp_slice file, const struct aisp_doc *d, struct aisp_framework *f,
                         struct aisp_err *err)
{
	const struct aisp_doc *list = aisp_doc_get(d, "controls");
	if (!list || list->type != AISP_DOC_OBJ || list->n == 0)
		return aisp_rules__broken(err, file, list ? list->line : d->line, "controls must be a mapping of id to title");
	struct aisp_control *c = aisp_arena_zalloc(r->arena, list->n, sizeof *c);
	if (!c)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for frameworks");
	for (uint32_t i = 0; i < list->n; i++) {
		const struct aisp_member *m = &list->members[i];
		struct aisp_slice title = aisp_doc_str(&m->value);
		if (!title.n || !m->key.n)
			return aisp_rules__broken(err, file, m->line, "control %.*s has no title", AISP_FMT(m->key));
		c[i] = (struct aisp_control){f->id, m->key, title};
	}
	f->controls = c;
	f->n_controls = list->n;
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct aisp_framework *const *x = a, *const *y = b;
	return aisp_slice_cmp((*x)->id, (*y)->id);
}

int aisp_framework__add(struct aisp_rules *r, struct aisp_slice file, struct aisp_slice text, struct aisp_err *err)
{
	static const char *const keys[] = {"id", "title", "version", "date", "url", "controls", "note"};
	const struct aisp_doc *d = NULL;
	int e = aisp_rules__parse(r, file, text, &d, err);
	if (e < 0)
		return e;
	for (uint32_t i = 0; i < d->n; i++) {
		size_t k = 0;
		while (k < sizeof keys / sizeof *keys && !aisp_slice_eqz(d->members[i].key, keys[k]))
			k++;
		if (k == sizeof keys / sizeof *keys)
			return aisp_rules__broken(err, file, d->members[i].line, "a framework has no '%.*s'",
			                          AISP_FMT(d->members[i].key));
	}
	struct aisp_framework *f = aisp_arena_zalloc(r->arena, 1, sizeof *f);
	if (!f)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for frameworks");
	*f = (struct aisp_framework){.id = aisp_doc_getstr(d, "id"), .title = aisp_doc_getstr(d, "title"),
	                             .version = aisp_doc_getstr(d, "version"), .date = aisp_doc_getstr(d, "date"),
	                             .url = aisp_doc_getstr(d, "url")};
	if (!f->id.n || !f->title.n || aisp_slice_chr(f->id, ':') != SIZE_MAX)
		return aisp_rules__broken(err, file, d->line, "a framework needs an id without colon and a title");
	e = read_controls(r, file, d, f, err);
	if (e < 0)
		return e;
	for (size_t i = 0; i < r->frameworks.n; i++)
		if (aisp_slice_eq(r->frameworks.v[i]->id, f->id)) {
			r->frameworks.v[i] = f;
			return 0;
		}
	if (aisp_vec_push(&r->frameworks, f) < 0)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for frameworks");
	qsort(r->frameworks.v, r->frameworks.n, sizeof *r->frameworks.v, compare);
	return 0;
}

size_t aisp_rules_framework_count(const struct aisp_rules *r)
{
	return r->frameworks.n;
}

const struct aisp_framework *aisp_rules_framework_at(const struct aisp_rules *r, size_t i)
{
	return i < r->frameworks.n ? r->frameworks.v[i] : NULL;
}

const struct aisp_control *aisp_rules_control(const struct aisp_rules *r, struct aisp_slice name)
{
	size_t colon = aisp_slice_chr(name, ':');
	if (colon == SIZE_MAX)
		return NULL;
	struct aisp_slice framework = aisp_slice_to(name, colon), id = aisp_slice_from(name, colon + 1);
	for (size_t i = 0; i < r->frameworks.n; i++) {
		const struct aisp_framework *f = r->frameworks.v[i];
		for (size_t k = 0; aisp_slice_eq(f->id, framework) && k < f->n_controls; k++)
			if (aisp_slice_eq(f->controls[k].id, id))
				return &f->controls[k];
	}
	return NULL;
}
