/* What the content detectors said, as facts: credentials and who holds them, sensitive datasets, model files, instructions. */
#pragma once
#include "collect/content/content.h"
#include "collect/files/emit.h"

struct aisp_content_graph;
/* Make it after the parsers' facts were added: a credential that they know is not made twice. NULL when out of memory. */
struct aisp_secrets_ignore;
/* `ignore`: of the repository's .gitleaksignore; may be NULL. */
struct aisp_content_graph *aisp_content_graph_new(struct aisp_emit *e, const struct aisp_secrets_ignore *ignore);
void aisp_content_graph_free(struct aisp_content_graph *g);
void aisp_content_graph_add(struct aisp_content_graph *g, struct aisp_slice path, const struct aisp_content_report *r);

/* A secret in a blob of the history. */
struct aisp_content_commit {
	struct aisp_slice id, author, date;
	uint32_t commits;
	bool in_head;
};
void aisp_content_graph_add_history(struct aisp_content_graph *g, struct aisp_slice path, const struct aisp_content_report *r,
                                    const struct aisp_content_commit *commit);
