/* The classes by name. */
#include "scan/personal/personal.h"

static const struct {
	const char *name;
	enum aisp_sensitivity sensitivity;
} classes[AISP_PERSONAL_END] = {
	[AISP_PERSONAL_NONE] = {"", AISP_SENS_UNKNOWN},
#define X(sym, name, sensitivity, what) [AISP_PERSONAL_##sym] = {name, sensitivity},
	AISP_PERSONAL_CLASSES(X)
#undef X
};

const char *aisp_personal_class_name(enum aisp_personal_class c)
{
	return (unsigned)c < AISP_PERSONAL_END ? classes[c].name : "";
}

enum aisp_sensitivity aisp_personal_class_sensitivity(enum aisp_personal_class c)
{
	return (unsigned)c < AISP_PERSONAL_END ? classes[c].sensitivity : AISP_SENS_UNKNOWN;
}
