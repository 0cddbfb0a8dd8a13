/* Collectors: one row each. A collector fetches (I/O) and parses (pure) one kind of source and writes nodes, edges and
 * gaps with evidence into the graph builder. It never runs or changes what it inspects. What cannot be read is a gap
 * and the rest goes on; only when nothing at all can be had does scan fail (then the source's earlier facts stand).
 */
#pragma once
#include "base/buf.h"
#include "base/log.h"
#include "base/secret.h"
#include "graph/graph.h"

struct aisp_content;
struct aisp_watch;

/* What the user configured for one target (aisp.yaml or the command line); all optional. */
struct aisp_target {
	struct aisp_slice text;              /* as given: a path, postgres://…, … (may hold a password: never stored) */
	struct aisp_slice name;              /* display and source name; else made from the text */
	struct aisp_slice cluster;           /* files: name of the cluster that the manifests describe */
	const struct aisp_slice *also_known_as; /* postgres: further host:port names of the server */
	size_t n_also_known_as;
	const struct aisp_slice *exclude;    /* files: gitignore patterns to leave out */
	size_t n_exclude;
	bool history, unreachable;           /* files: also the git history's secrets; and objects that nothing leads to */
};
struct aisp_collect {
	struct aisp_graph *graph;
	uint16_t source;                 /* registered by the caller under collector->source_key */
	const struct aisp_fpkey *fpkey;  /* for fingerprints */
	struct aisp_progress *progress;  /* may be NULL */
	unsigned timeout_s;              /* for the whole source; 0 = 600 */
	const struct aisp_content *content; /* files: the content detectors (content/content.h); NULL: none */
	struct aisp_watch *watch;        /* worker/worker.h: tell it which item is read; may be NULL */
};
struct aisp_collector {
	const char *name;        /* "files" */
	const char *target_form; /* for help: "DIR" */
	const char *description;
	/* 0 = not mine; the highest answer wins. Looks at the text and may look at the file system (is it a folder?). */
	int (*recognise)(struct aisp_slice target);
	/* The stable key of the source, never with a secret: "files:support-bot". Appended to out. */
	int (*source_key)(const struct aisp_target *t, struct aisp_buf *out, struct aisp_err *err);
	/* True when the target lies still and needs no network: then scan runs in a confined worker process. NULL: never. */
	bool (*at_rest)(const struct aisp_target *t);
	int (*scan)(const struct aisp_collect *c, const struct aisp_target *t, struct aisp_err *err);
	/* Fetches only, into a folder that scan recognises later; NULL where the target is already at rest. */
	int (*capture)(const struct aisp_collect *c, const struct aisp_target *t, const char *dir, struct aisp_err *err);
};
extern const struct aisp_collector *const aisp_collectors[]; /* NULL-terminated; list.c is the one line to add */
