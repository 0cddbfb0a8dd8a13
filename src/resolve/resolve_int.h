/* What the joins share: the builder, the source of concluded facts, and ways to say what a conclusion rests on. */
#pragma once
#include "base/arena.h"
#include "base/vec.h"
#include "resolve/resolve.h"

struct aisp_resolve {
	struct aisp_graph *g;    /* borrowed */
	struct aisp_arena *a;    /* ids and notes */
	uint16_t source;
	int bad;                 /* first failure; everything after is a no-op */
	AISP_VEC(aisp_node) buildable; /* components with a Dockerfile */
	AISP_VEC(aisp_node) servers;   /* database servers */
	struct aisp_err *err;
};

/* A conclusion: which join, from what in plain words, and up to two facts (edges) that it rests on. */
struct aisp_because {
	const char *join;         /* "connection-to-role" */
	enum aisp_confidence confidence;
	struct aisp_slice note;
	aisp_edge from[2];        /* their first evidence is repeated on the conclusion; 0 = none */
	aisp_node node;           /* likewise, a node's */
	const char *condition;    /* NULL = unconditional */
};
struct aisp_slice aisp_resolve__fmt(struct aisp_resolve *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
aisp_node aisp_resolve__node(struct aisp_resolve *r, enum aisp_node_kind kind, struct aisp_slice id, const struct aisp_because *why);
aisp_edge aisp_resolve__edge(struct aisp_resolve *r, aisp_node from, enum aisp_edge_kind kind, aisp_node to, const struct aisp_because *why);
void aisp_resolve__set(struct aisp_resolve *r, aisp_node n, const char *key, struct aisp_slice v);
void aisp_resolve__fail(struct aisp_resolve *r, int code);

/* Walking: the first edge of this kind out of or into a node behind `after` (0 to begin); 0 = no more. */
aisp_edge aisp_resolve__out(const struct aisp_resolve *r, aisp_node n, enum aisp_edge_kind kind, aisp_edge after);
aisp_edge aisp_resolve__in(const struct aisp_resolve *r, aisp_node n, enum aisp_edge_kind kind, aisp_edge after);
static inline aisp_node aisp_resolve__to(const struct aisp_resolve *r, aisp_edge e)
{
	return aisp_graph_edge_at(r->g, e).to;
}
static inline aisp_node aisp_resolve__from(const struct aisp_resolve *r, aisp_edge e)
{
	return aisp_graph_edge_at(r->g, e).from;
}
bool aisp_resolve__joined(const struct aisp_resolve *r, aisp_node from, enum aisp_edge_kind kind, aisp_node to);
/* Calls f for every living node of a kind that was there when the walk began. */
void aisp_resolve__each(struct aisp_resolve *r, enum aisp_node_kind kind, void (*f)(struct aisp_resolve *r, aisp_node n));

/* The joins, in the order in which they build on each other. */
void aisp_resolve__images(struct aisp_resolve *r);      /* image → code */
void aisp_resolve__paths(struct aisp_resolve *r);       /* paths in code → model files and datasets */
void aisp_resolve__cloud(struct aisp_resolve *r);       /* URLs and image names → buckets and registries */
void aisp_resolve__code(struct aisp_resolve *r);        /* workload → agents and what else runs in it */
void aisp_resolve__models(struct aisp_resolve *r);      /* variable → model */
void aisp_resolve__connections(struct aisp_resolve *r); /* connection facts → server, database, role */
void aisp_resolve__tables(struct aisp_resolve *r);      /* names in code → tables; refuted uses dropped */
void aisp_resolve__logs(struct aisp_resolve *r);        /* tables that keep prompts and answers */
void aisp_resolve__declared(struct aisp_resolve *r);    /* infrastructure code → the live thing that it declares */
void aisp_resolve__aws(struct aisp_resolve *r);         /* policies of AWS → who may do what, who may become whom */

/* The workloads that run the code of a file, agent, tool or collection: calls f for each. */
void aisp_resolve__runners(struct aisp_resolve *r, aisp_node code, void (*f)(struct aisp_resolve *r, aisp_node workload, void *ctx), void *ctx);
/* The last part of an image reference's name: "registry/x/bot:1.2@sha256:…" → "bot". */
struct aisp_slice aisp_resolve__image_name(struct aisp_slice id);
