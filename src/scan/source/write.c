/* The facts as JSON: for golden files and debugging. */
#include "base/jw.h"
#include "scan/source/source.h"

static void value(struct aisp_jw *w, const char *key, const struct aisp_source_value *v)
{
	if (v->kind == AISP_SOURCE_ABSENT)
		return;
	aisp_jw_key(w, key);
	aisp_jw_obj(w);
	if (v->kind == AISP_SOURCE_LITERAL) {
		aisp_jw_kstr(w, "literal", v->text);
	} else if (v->kind == AISP_SOURCE_FROM_ENV) {
		aisp_jw_kstr(w, "env", v->env);
		if (v->text.p)
			aisp_jw_kstr(w, "default", v->text);
	} else {
		aisp_jw_kstr(w, "unresolved", v->reason);
		if (v->text.n)
			aisp_jw_kstr(w, "known", v->text);
	}
	aisp_jw_end(w);
}

static void names(struct aisp_jw *w, const char *key, const struct aisp_slice *list, uint32_t n)
{
	if (!n)
		return;
	aisp_jw_key(w, key);
	aisp_jw_arr(w);
	for (uint32_t i = 0; i < n; i++)
		aisp_jw_str(w, list[i]);
	aisp_jw_end(w);
}

static void flags(struct aisp_jw *w, unsigned f)
{
	static const char *const words[] = {"executes", "inferred", "embedding", "dynamic", "vector", "receives", "whole_database",
	                                    "table", "writes"};

	if (!f)
		return;
	aisp_jw_key(w, "flags");
	aisp_jw_arr(w);
	for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
		if (f >> i & 1)
			aisp_jw_z(w, words[i]);
	aisp_jw_end(w);
}

static void hit(struct aisp_jw *w, const struct aisp_source_facts *f, size_t at, struct aisp_source_module *const *modules)
{
	static const char *const auth[] = {"unknown", "none", "required"};
	const struct aisp_source_hit *h = &f->hits[at];

	aisp_jw_obj(w);
	aisp_jw_kz(w, "kind", aisp_source_kind_name(h->kind));
	aisp_jw_kstr(w, "path", aisp_source_path(modules[h->module]));
	aisp_jw_kint(w, "line", h->line);
	aisp_jw_kstr(w, "symbol", h->symbol);
	if (h->what && h->what[0])
		aisp_jw_kz(w, "what", h->what);
	if (h->name.n)
		aisp_jw_kstr(w, "name", h->name);
	value(w, "value", &h->value);
	value(w, "more", &h->more);
	names(w, "reads", h->reads, h->n_reads);
	names(w, "writes", h->writes, h->n_writes);
	if (h->kind == AISP_SOURCE_ROUTE)
		aisp_jw_kz(w, "auth", auth[h->auth]);
	flags(w, h->flags);
	if (h->description.n)
		aisp_jw_kstr(w, "description", h->description);
	if (h->n_params) {
		aisp_jw_key(w, "params");
		aisp_jw_arr(w);
		for (uint32_t i = 0; i < h->n_params; i++) {
			aisp_jw_arr(w);
			aisp_jw_str(w, h->params[i].name);
			aisp_jw_str(w, h->params[i].type);
			aisp_jw_end(w);
		}
		aisp_jw_end(w);
	}
	names(w, "calls", h->calls, h->n_calls);
	if (h->note.n)
		aisp_jw_kstr(w, "note", h->note);
	for (size_t i = 0, open = 0; i <= f->n_relations; i++) {
		const struct aisp_source_relation *r = i < f->n_relations ? &f->relations[i] : NULL;

		if (r && r->from == at) {
			if (!open) {
				aisp_jw_key(w, "to");
				aisp_jw_arr(w);
			}
			open = 1;
			aisp_jw_arr(w);
			aisp_jw_z(w, aisp_source_role_name(r->role));
			aisp_jw_z(w, aisp_source_kind_name(f->hits[r->to].kind));
			aisp_jw_str(w, f->hits[r->to].symbol);
			aisp_jw_end(w);
		}
		if (!r && open)
			aisp_jw_end(w);
	}
	aisp_jw_end(w);
}

void aisp_source_write(const struct aisp_source_facts *facts, struct aisp_source_module *const *modules, size_t n,
                       struct aisp_jw *w)
{
	aisp_jw_obj(w);
	aisp_jw_key(w, "hits");
	aisp_jw_arr(w);
	for (size_t i = 0; i < facts->n_hits; i++)
		hit(w, facts, i, modules);
	aisp_jw_end(w);
	aisp_jw_key(w, "imports");
	aisp_jw_arr(w);
	for (size_t i = 0; i < facts->n_imports; i++) {
		aisp_jw_obj(w);
		aisp_jw_kstr(w, "from", aisp_source_path(modules[facts->imports[i].from]));
		aisp_jw_kstr(w, "to", aisp_source_path(modules[facts->imports[i].to]));
		aisp_jw_end(w);
	}
	aisp_jw_end(w);
	(void)n;
	aisp_jw_end(w);
}
