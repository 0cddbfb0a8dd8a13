/* A hit in JSON, without the value. */
#include "base/jw.h"
#include "base/secret.h"
#include "scan/secrets/secrets.h"
#include <math.h>

static const char *const kinds[] = {
	"",
#define X(sym, name) name,
	AISP_SECRET_KINDS(X)
#undef X
};

const char *aisp_secret_kind_name(enum aisp_secret_kind k)
{
	return (unsigned)k < AISP_SECRET_KIND_END ? kinds[k] : "";
}

enum aisp_secret_kind aisp_secret_kind_find(struct aisp_slice name)
{
	for (unsigned k = 1; k < AISP_SECRET_KIND_END; k++)
		if (aisp_slice_eqz(name, kinds[k]))
			return (enum aisp_secret_kind)k;
	return AISP_SECRET_KIND_NONE;
}

void aisp_secret_write(const struct aisp_secret_hit *h, struct aisp_slice path, struct aisp_jw *w)
{
	static const char *const certainties[] = {"", "possible", "likely", "sure"};
	char preview[AISP_PREVIEW_MAX];

	aisp_preview(h->value, preview);
	aisp_jw_obj(w);
	aisp_jw_kz(w, "detector", "secrets");
	aisp_jw_kstr(w, "path", path);
	aisp_jw_kz(w, "rule", h->rule);
	aisp_jw_kz(w, "issuer", h->issuer);
	aisp_jw_kz(w, "kind", aisp_secret_kind_name(h->kind));
	aisp_jw_kz(w, "certainty", certainties[h->certainty & 3]);
	aisp_jw_kz(w, "severity", h->severity);
	aisp_jw_kint(w, "line", h->line);
	aisp_jw_kint(w, "column", h->column);
	aisp_jw_kint(w, "end_line", h->end_line);
	aisp_jw_kint(w, "end_column", h->end_column);
	aisp_jw_kint(w, "length", (int64_t)h->n);
	aisp_jw_key(w, "entropy");
	aisp_jw_real(w, round(h->entropy * 1000) / 1000);
	aisp_jw_key(w, "facts");
	aisp_jw_obj(w);
	for (uint32_t i = 0; i < h->n_facts; i++)
		aisp_jw_kstr(w, h->facts[i].key, h->facts[i].value);
	aisp_jw_end(w);
	aisp_jw_kz(w, "preview", preview);
	aisp_jw_end(w);
}
