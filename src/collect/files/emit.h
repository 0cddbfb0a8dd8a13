/* Emit: how the parsers of this folder write facts about one target into the graph. Wraps the builder with the target's
 * source, repository and components, and with a sticky failure: emit as often as you like, check once with
 * aisp_emit_check. After a failure everything is a no-op and nodes are 0; a node or edge of 0 is passed over.
 *
 * Not for: deciding what is a fact (the parsers), values that may be secret (holder.h).
 */
#pragma once
#include "base/arena.h"
#include "base/vec.h"
#include "collect/collect.h"

/* Where a fact stands. `path` is relative to the target; confidence 0 means declared. */
struct aisp_place {
	struct aisp_slice path;
	uint32_t line;
	struct aisp_slice pointer; /* JSON pointer or symbol */
	struct aisp_slice note;    /* one clause, never a secret */
	enum aisp_confidence confidence;
};

struct aisp_component {
	struct aisp_slice dir; /* "" for the root; no slash at the end */
	aisp_node node;
};

struct aisp_emit {
	struct aisp_graph *g;           /* borrowed */
	uint16_t source;
	const struct aisp_fpkey *fpkey; /* borrowed */
	struct aisp_arena *a;           /* borrowed: ids and texts, as long as the scan */
	struct aisp_slice repo;         /* NAME of repo://NAME */
	struct aisp_slice cluster;      /* name of the cluster that the manifests describe */
	aisp_node repo_node;
	AISP_VEC(struct aisp_component) components; /* sorted by dir; [0] is the root */
	enum aisp_evidence_form form;   /* of all evidence; 0: FILE */
	enum aisp_confidence confidence; /* of places that say none; 0: declared */
	int bad; /* 0 or the code of the first failure */
	struct aisp_err err;
};

/* Makes the repository node, its root component and the synthetic group of its readers. `evidence` is a path that shows
 * that the repository is there (".git/config" or "."). */
void aisp_emit_init(struct aisp_emit *e, const struct aisp_collect *c, struct aisp_arena *a, struct aisp_slice repo,
                    struct aisp_slice evidence);
void aisp_emit_done(struct aisp_emit *e);
/* 0, or the first failure. */
int aisp_emit_check(const struct aisp_emit *e, struct aisp_err *err);
/* Records a failure that happened elsewhere (r < 0; NOMEM and the like): the first one stands. */
void aisp_emit_fail(struct aisp_emit *e, int r, const struct aisp_err *err);

/* Text in the arena; the empty slice after a failure. */
struct aisp_slice aisp_emit_fmt(struct aisp_emit *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
struct aisp_slice aisp_emit_dup(struct aisp_emit *e, struct aisp_slice s);

aisp_node aisp_emit_node(struct aisp_emit *e, enum aisp_node_kind kind, struct aisp_slice id, const struct aisp_place *at);
aisp_edge aisp_emit_edge(struct aisp_emit *e, aisp_node from, enum aisp_edge_kind kind, aisp_node to,
                         const struct aisp_place *at);
/* With a control object, a condition or flags. */
aisp_edge aisp_emit_edge_in(struct aisp_emit *e, aisp_node from, enum aisp_edge_kind kind, aisp_node to,
                            const struct aisp_edge_in *in, const struct aisp_place *at);
void aisp_emit_alias(struct aisp_emit *e, aisp_node n, struct aisp_slice alias);
/* An empty text or n = 0 sets nothing. */
void aisp_emit_str(struct aisp_emit *e, aisp_node n, const char *key, struct aisp_slice v);
void aisp_emit_strz(struct aisp_emit *e, aisp_node n, const char *key, const char *v);
void aisp_emit_bool(struct aisp_emit *e, aisp_node n, const char *key, bool v);
void aisp_emit_int(struct aisp_emit *e, aisp_node n, const char *key, int64_t v);
void aisp_emit_item(struct aisp_emit *e, aisp_node n, const char *key, struct aisp_slice v);
void aisp_emit_edge_str(struct aisp_emit *e, aisp_edge ed, const char *key, struct aisp_slice v);
void aisp_emit_gap(struct aisp_emit *e, struct aisp_slice what, enum aisp_code why, struct aisp_slice detail);

/* repo://NAME/PATH */
struct aisp_slice aisp_emit_file_id(struct aisp_emit *e, struct aisp_slice path);
/* The file's node, tied to the repository (HAS_DATA) and to its component (CONTAINS). Ask only for files with facts. */
aisp_node aisp_emit_file(struct aisp_emit *e, struct aisp_slice path);
/* The component of this folder, made if new; `marker` is the path of the file that makes it one. */
aisp_node aisp_emit_component(struct aisp_emit *e, struct aisp_slice dir, struct aisp_slice marker);
/* component://NAME/DIR */
struct aisp_slice aisp_emit_component_id(struct aisp_emit *e, struct aisp_slice dir);
/* The nearest component above a path; the root's at least. */
const struct aisp_component *aisp_emit_component_of(const struct aisp_emit *e, struct aisp_slice path);
/* A container image, its registry made explicit ("nginx" → image://docker.io/library/nginx). 0 for no or a templated name. */
aisp_node aisp_emit_image(struct aisp_emit *e, struct aisp_slice ref, const struct aisp_place *at);
/* "a/b" + "../c" → "a/c" in the arena; p is NULL when it leaves the target or is absolute. */
struct aisp_slice aisp_emit_join(struct aisp_emit *e, struct aisp_slice dir, struct aisp_slice rel);
