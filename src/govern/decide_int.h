/* Inside govern: evidence, names and states of findings. */
#pragma once
#include "govern/decide.h"

/* The moment at which a day has passed; 0: no day, or none that can be read. */
int64_t aisp_decide__end_of(struct aisp_slice until);

/* Aliases by node. */
struct aisp_names {
	const struct aisp_snapshot *s;
	const struct aisp_alias_row **v; /* sorted by node */
	size_t n;
};
int aisp_names__make(const struct aisp_snapshot *s, struct aisp_arena *a, struct aisp_names *ret, struct aisp_err *err);
/* The fingerprints of the finding when its subject, start and target are called by their other names; at most 64. */
int aisp_names__fingerprints(const struct aisp_names *names, const struct aisp_finding *f, struct aisp_arena *a, struct aisp_slice **ret, size_t *ret_n, struct aisp_err *err);

/* What differs between the evidence that a decision cites and that of now, in words; empty: nothing. Names that changed into others of the same thing do not count. */
int aisp_basis__differs(const struct aisp_snapshot *s, const struct aisp_basis *then, const struct aisp_basis *now, struct aisp_arena *a, struct aisp_slice *ret, struct aisp_err *err);
