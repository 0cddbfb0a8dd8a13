/* The kinds of credentials by name. */
#include "scan/secrets/secrets.h"

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
