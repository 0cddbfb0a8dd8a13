/* What is told about a tool beside its name; private to this folder. */
#pragma once
#include "base/buf.h"
#include "scan/source/flow.h"

/* The path of what an expression is, by the imports of its file: "stripe.Refund.create", "smtplib.SMTP.sendmail", also of an instance
 * or an answer. False when it is something of the repository, or not known. */
bool aisp_source__path_of(struct program *P, struct sx *x, struct aisp_buf *out, unsigned depth);
/* A description, trimmed and bounded to whole characters. */
struct aisp_slice aisp_source__tool_text(struct aisp_slice s);
/* Description and parameters of the tool. */
void aisp_source__tool_words(struct program *P, uint32_t hit);
/* The scopes that run when f does, over at most so many calls: in g->queue. */
void aisp_source__near(struct program *P, struct graph *g, struct sscope *f, unsigned depth);
/* Descriptions, parameters and calls of all tools. */
void aisp_source__tools(struct program *P, struct graph *g);
