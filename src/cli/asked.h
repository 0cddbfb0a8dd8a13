/* How a source was asked for, kept with it in the store, so that collecting it again asks exactly the same: its name, what was left out, how far it was looked. Never a secret. */
#pragma once
#include "collect/collect.h"

struct aisp_asked {
	struct aisp_slice plain;         /* the source's key without name and cluster: tells whether another text leads to the same */
	struct aisp_slice path;          /* of a folder, file or capture: absolute; empty: asked over a network */
	struct aisp_slice scope;         /* of the target's own options those that say what is looked at: "region=eu-west-1&accounts=…" */
	struct aisp_slice name, cluster;
	const struct aisp_slice *also_known_as, *exclude, *secret_rules; /* the last: paths, each with a zero byte behind it */
	size_t n_also_known_as, n_exclude, n_secret_rules;
	bool history, unreachable;
	int64_t timeout_s;               /* 0: not said */
	bool known;                      /* else the source was collected by an aisp that did not note it */
};
/* The options as they are kept. `rules` are the files of rules for secrets that were used. */
int aisp_asked_json(const struct aisp_collector *c, const struct aisp_target *t, struct aisp_slice key, const struct aisp_slice *rules, size_t n_rules, int64_t timeout_s, struct aisp_buf *out,
		    struct aisp_err *err);
/* An empty text is not known. In the arena. */
int aisp_asked_read(struct aisp_arena *a, struct aisp_slice json, struct aisp_asked *ret, struct aisp_err *err);
/* Is it the same place that was asked before, whatever it is called here? */
bool aisp_asked_leads(const struct aisp_asked *asked, const struct aisp_collector *c, const struct aisp_target *t);
/* The text by which a target is reached now, with what was looked at then. In the arena. */
int aisp_asked_text(struct aisp_arena *a, const struct aisp_asked *asked, struct aisp_slice text, struct aisp_slice *ret, struct aisp_err *err);
