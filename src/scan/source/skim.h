/* What the skims of the languages share; private to this folder. */
#pragma once
#include "scan/source/lower.h"

struct skim {
	struct aisp_source_module *m;
	struct aisp_slice text;
	struct lower L; /* for mention() */
	bool wanted;
	char group; /* Go: inside import ( … ) 'i', or const ( … ) 'd' */
};
bool aisp_source__skim_has_any(struct aisp_slice text, const char *tokens);
/* An import: mentioned, and the file is wanted when its module is of interest. */
void aisp_source__skim_see(struct skim *s, struct aisp_slice module, struct aisp_slice name, uint32_t line);
void aisp_source__skim_wants(struct skim *s, struct aisp_slice module);
void aisp_source__skim_shape(struct skim *s);
