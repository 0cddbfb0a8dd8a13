/* Inside jit: one grant's folder while it is written, and the writers of artefacts. */
#pragma once
#include "base/buf.h"
#include "base/doc.h"
#include "base/jw.h"
#include "govern/jit.h"
#include "govern/usage_int.h"

/* Looked up once for all grants. */
struct aisp_jit_lists {
	uint32_t *first_use, *next_use;   /* by identity: index + 1 */
	aisp_edge *next_edge;             /* the next edge with the same control */
	struct aisp_map first_edge;       /* control's symbol → edge */
	bool *holder;                     /* who has the grant at hand: those it is given to and who share in it */
	AISP_VEC(aisp_node) holders;
};
struct aisp_jit_out {
	const struct aisp_snapshot *s;
	const struct aisp_usage *u;
	struct aisp_arena *a;
	struct aisp_jit_grant *g;
	struct aisp_jit_lists *l;
	const char *dir;             /* DIR/FOLDER */
	struct aisp_buf steps;       /* README: what to do, a line each */
	struct aisp_buf placeholders; /* README: names that a person must fill in */
	struct aisp_buf files;
	struct aisp_err *err;
};
/* Writes one file of the folder, with a line for the README of what it is. */
int aisp_jit__file(struct aisp_jit_out *o, const char *name, struct aisp_slice content, const char *what);
void aisp_jit__step(struct aisp_jit_out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void aisp_jit__placeholder(struct aisp_jit_out *o, const char *name, const char *what);
struct aisp_slice aisp_jit__id(const struct aisp_jit_out *o, aisp_node n);
struct aisp_slice aisp_jit__name(const struct aisp_jit_out *o, aisp_node n);
/* Calls f for each use of somebody who has the grant at hand, until it returns non-zero. */
int aisp_jit__each_use(struct aisp_jit_out *o, int (*f)(void *ctx, const struct aisp_tied_use *t), void *ctx);
/* Each writer looks whether the grant is of its system; 1: wrote something, 0: not its own. */
int aisp_jit__aws(struct aisp_jit_out *o);
int aisp_jit__postgres(struct aisp_jit_out *o);
int aisp_jit__kubernetes(struct aisp_jit_out *o);
int aisp_jit__tools(struct aisp_jit_out *o);
int aisp_jit__azure(struct aisp_jit_out *o);
int aisp_jit__gcp(struct aisp_jit_out *o);
/* A cut and put Terraform list, when the statement is defined in a .tf that is at hand; see jit_terraform.c. */
int aisp_jit__terraform(struct aisp_jit_out *o, const struct aisp_slice *actions, size_t n);
