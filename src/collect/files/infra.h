/* Infrastructure as code: the AI services (and what they stand on) that Terraform and CloudFormation files declare. One row a
 * resource type; attributes are named as Terraform names them, CloudFormation's are turned into that (FoundationModel →
 * foundation_model). References inside one module or template are followed; nothing is evaluated.
 *
 * Not for: permissions of roles (access engines), what runs in fact (live collectors).
 */
#pragma once
#include "base/doc.h"
#include "collect/files/emit.h"

struct aisp_infra;
struct aisp_infra *aisp_infra_new(struct aisp_emit *e); /* NULL when out of memory */
void aisp_infra_free(struct aisp_infra *x);
/* Is this document a CloudFormation template? */
bool aisp_infra_is_template(const struct aisp_doc *doc);
/* Keeps the resources of one file; the document must live until finish. */
void aisp_infra_add(struct aisp_infra *x, struct aisp_slice path, const struct aisp_doc *doc);
/* Makes nodes and follows references. */
void aisp_infra_finish(struct aisp_infra *x);

/* The rows. */
struct aisp_infra_row {
	const char *terraform, *cloudformation; /* type names; "" when there is none */
	enum aisp_node_kind kind;
	const char *provider;  /* "bedrock", "vertex", … */
	const char *name;      /* attribute with the display name */
	const char *model;     /* attribute that names a model, or "" */
	const char *role;      /* attribute with the identity that it runs as, or "" */
	const char *to;        /* attribute that refers to another resource, or "" */
	enum aisp_edge_kind edge; /* to it; NONE: none */
	const char *open;      /* attribute that, when absent or true, leaves it open to the internet; "" */
};
extern const struct aisp_infra_row aisp_infra_rows[];
extern const size_t aisp_infra_row_count;
