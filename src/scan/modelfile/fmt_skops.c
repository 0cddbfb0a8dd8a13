/* skops files: a zip with schema.json, a tree of nodes { __class__, __module__, __loader__, content }. The loader imports what the
 * schema names, if the user trusts it. Also CoreML packages (.mlpackage), which are a folder or a zip with a Manifest.json.
 *
 * Source: skops/io (loaders by name; types trusted by default are those of numpy, scipy, scikit-learn and builtins' data types).
 */
#include "base/doc.h"
#include "scan/container/container.h"
#include "scan/modelfile/fmt.h"

enum { SCHEMA_MAX = 64 << 20 };

static bool trusted(struct aisp_slice module)
{
	static const char *const roots[] = {"sklearn", "numpy", "scipy", "builtins", "collections", "lightgbm", "xgboost", "catboost", "quantile_forest",
	                                    "datetime", "pandas", NULL};

	for (const char *const *r = roots; *r; r++) {
		size_t n = strlen(*r);

		if (aisp_model__prefixed(module, *r) && (module.n == n || module.p[n] == '.'))
			return true;
	}
	return false;
}

static void node(struct aisp_model_run *run, const struct aisp_doc *d)
{
	struct aisp_slice klass = aisp_doc_getstr(d, "__class__"), module = aisp_doc_getstr(d, "__module__"), loader = aisp_doc_getstr(d, "__loader__");
	struct aisp_slice what = aisp_model__text(run, "%.*s.%.*s", AISP_FMT(aisp_slice_to(module, 100)), AISP_FMT(aisp_slice_to(klass, 100)));
	const char *why = NULL;
	enum aisp_callable c = aisp_model__callable(module, klass, &why);
	struct aisp_slice fn = aisp_doc_str(aisp_doc_path(d, "content.function")), fm = aisp_doc_str(aisp_doc_path(d, "content.module_path"));

	if (aisp_slice_eqz(loader, "FunctionNode") && fm.n)
		c = aisp_model__callable(fm, fn, &why);
	if (c == AISP_CALLABLE_DANGEROUS)
		aisp_model__issue(run, "skops-type", AISP_MODEL_HIGH, AISP_S("schema.json"), 0, what, why ? why : "imported and called on loading", "");
	else if (aisp_slice_eqz(loader, "OperatorFuncNode") || aisp_slice_eqz(loader, "MethodNode"))
		aisp_model__issue(run, "skops-type", trusted(module) ? AISP_MODEL_LOW : AISP_MODEL_HIGH, AISP_S("schema.json"), 0, what,
		                  "a method or operator is taken by name on loading", "CVE-2025-54413");
	else if (c == AISP_CALLABLE_UNKNOWN && !trusted(module))
		aisp_model__issue(run, "skops-type", AISP_MODEL_MEDIUM, AISP_S("schema.json"), 0, what,
		                  "a type outside what skops trusts: loading imports it when the user agrees", "");
}

static void walk(struct aisp_model_run *run, const struct aisp_doc *d)
{
	if (!aisp_model__go_on(run))
		return;
	if (d->type == AISP_DOC_OBJ && aisp_doc_getstr(d, "__class__").n)
		node(run, d);
	for (uint32_t i = 0; d->type == AISP_DOC_ARR && i < d->n; i++)
		walk(run, &d->items[i]);
	for (uint32_t i = 0; d->type == AISP_DOC_OBJ && i < d->n; i++)
		walk(run, &d->members[i].value);
}

static bool member(struct aisp_model_run *run, void *ctx, const struct aisp_container_member *m)
{
	const struct aisp_doc *d;

	(void)ctx;
	if (!aisp_slice_eqz(m->name, "schema.json"))
		return false;
	d = aisp_model__json(run, aisp_model__all(run, &m->input, SCHEMA_MAX));
	if (!d) {
		aisp_model__partial(run, "schema.json could not be read");
		return true;
	}
	aisp_model__fact(run, "framework_version", aisp_model__text(run, "skops %.*s", AISP_FMT(aisp_doc_getstr(d, "_skops_version"))));
	walk(run, d);
	return true;
}

static int detect(const struct aisp_input *in, struct aisp_slice head, struct aisp_slice path)
{
	if (!aisp_model__prefixed(head, "PK\3\4") || !aisp_model__zip_has(in, "schema.json"))
		return 0;
	return aisp_model__suffixed_i(path, ".skops") ? 95 : 70;
}

static void scan(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice path)
{
	(void)path;
	aisp_model__zip_members(run, in, member, NULL);
}

const struct aisp_model_reader aisp_model__skops_reader = {AISP_MODEL_SKOPS, detect, scan};

static int package_detect(const struct aisp_input *in, struct aisp_slice head, struct aisp_slice path)
{
	(void)path;
	return aisp_model__prefixed(head, "PK\3\4") && aisp_model__zip_has(in, "Manifest.json") && aisp_model__zip_has(in, "model.mlmodel") ? 90 : 0;
}

static void package_scan(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice path)
{
	(void)path;
	aisp_model__zip_members(run, in, NULL, NULL);
}

const struct aisp_model_reader aisp_model__coreml_package_reader = {AISP_MODEL_COREML, package_detect, package_scan};
