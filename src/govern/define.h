/* Which bytes of which file define a control object: what a patch cuts out. Where this is not sure, there is none, and the step's note says why. */
#pragma once
#include "govern/plan_int.h"
#include "govern/range.h"

struct aisp_where {
	struct aisp_slice root, name;   /* the folder that was scanned; the file below it */
	struct aisp_slice pointer;      /* JSON pointer of what goes; empty: what the control object says */
	struct aisp_slice at;           /* what the evidence names in the file: "aws_iam_role.bot", "/Resources/Bot/Policies/0" */
	uint32_t line;
	bool known;                     /* cut is set, for a text of this size */
	size_t size;
	struct aisp_range cut;
};
/* For AWS: the evidence that says best where the control object is declared; NULL: in no file that a patch can be made of. */
const struct aisp_evidence *aisp_define__evidence(struct aisp_maker *m);
/* The file in which the text stands may be another than the evidence's (a data source, file("x.json")): then name and line change. AISP_OK, also if nothing is found; AISP_E_NOMEM. */
int aisp_define__file(struct aisp_maker *m, struct aisp_where *w);
/* The bytes of this text. 1: found; 0: no patch; AISP_E_NOMEM. */
int aisp_define__range(struct aisp_maker *m, const struct aisp_where *w, struct aisp_slice text, struct aisp_range *ret);

/* ---- Between define.c, define_template.c and define_terraform.c ---- */

/* What an AWS control object says. */
enum aisp_define_form { AISP_DEFINE_NONE, AISP_DEFINE_INLINE, AISP_DEFINE_MANAGED, AISP_DEFINE_TRUST, AISP_DEFINE_RESOURCE, AISP_DEFINE_ATTACHED, AISP_DEFINE_GROUP };
struct aisp_defined {
	enum aisp_define_form form;
	struct aisp_slice policy; /* node of the policy; of what is attached; the group */
	struct aisp_slice who;    /* the principal or resource */
	struct aisp_slice name;   /* of an inline policy */
	uint64_t n;               /* number of the statement */
	aisp_edge attachment;     /* of a policy of AWS, which is declared nowhere else; 0 */
	size_t going;             /* statements of this document that go in the same step, this one too */
};
bool aisp_define__read(struct aisp_maker *m, struct aisp_defined *ret);
/* Is this the document that was read: as many statements, and do these bytes name the actions of the one that goes? Else the reason; ret_all: all of its statements go. */
const char *aisp_define__compare(struct aisp_maker *m, const struct aisp_defined *d, size_t count, struct aisp_slice part, bool *ret_all);
/* "no patch for FILE: …" in the note; 0 or AISP_E_NOMEM. */
int aisp_define__none(struct aisp_maker *m, const struct aisp_where *w, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* A statement of a CloudFormation template: 1, with the pointer of what goes; 0; AISP_E_NOMEM. */
int aisp_define__template(struct aisp_maker *m, const struct aisp_where *w, const struct aisp_doc *template, struct aisp_slice text, struct aisp_slice *ret_pointer);
/* In Terraform's language: sets name, line, known and cut. */
int aisp_define__terraform(struct aisp_maker *m, struct aisp_where *w);
/* Is `after` the same as `before` but for one item or member that is gone? A list or object of which nothing is left may have become null. */
bool aisp_define__one_less(const struct aisp_doc *before, const struct aisp_doc *after);
struct aisp_slice aisp_define__without(struct aisp_maker *m, struct aisp_slice text, struct aisp_range cut); /* NULL p: no memory */
