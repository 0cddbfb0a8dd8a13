/* A plan: the smallest change that closes given paths (reach/cut.h), as steps that can be done, undone and proved, written to a file that people review (docs/schema/plan.json).
 *
 * A step changes one control object. control.c says of a control object's text what it is and where it lives: a statement of an AWS policy, a role binding's subjects, an
 * SQL grant or membership, a network rule, a line of a file, a credential. For it patch_*.c writes `does`, `undoes` and `checks` for the live system, and definition.c the patch (unified diff)
 * for the file in which it is defined, where a source tells that (manifest, policy file, configuration).
 */
#pragma once
#include "base/arena.h"
#include "govern/usage.h"
#include "reach/cut.h"

struct aisp_where;
enum aisp_step_system { AISP_STEP_MANUAL = 0, AISP_STEP_POSTGRES, AISP_STEP_KUBERNETES, AISP_STEP_AWS, AISP_STEP_FILE };
const char *aisp_step_system_name(enum aisp_step_system s);
/* One operation as data, executed by apply.c through act.h; `arguments` in the plan file:
 *   postgres:   {"server","database","sql"}
 *   kubernetes: {"cluster","method","path","content_type","body"}
 *   aws:        {"account","region","operation","params"}
 *   file:       {"path","expect","cut":[from,end],"becomes"}; to undo {"path","expect","insert":from,"becomes"}   (digests and bytes' places; never the bytes: they may be a secret)
 *   manual:     {"text"}                            (what a person must do, and why aisp cannot)
 * {"$saved": "NAME"} in it stands for what an earlier check or operation of the step saved. */
struct aisp_operation {
	enum aisp_step_system system;
	struct aisp_slice json;       /* object as above */
	struct aisp_slice text;       /* the same for people: the SQL statement, the kubectl, aws or edit command */
	struct aisp_slice save;       /* {"NAME": "/pointer"}: kept of the answer; empty: nothing */
};
struct aisp_step {
	struct aisp_slice control;    /* the control object's text */
	struct aisp_slice kind;       /* form: "postgres.grant", … */
	enum aisp_step_system system;
	struct aisp_slice what;       /* "statement 2 of inline policy bot-data of role bot" */
	struct aisp_slice note;       /* what to know before; may be empty */
	double price;
	bool automatic;               /* aisp apply can do it */
	struct aisp_operation *does, *undoes; /* in order */
	size_t n_does, n_undoes;
	/* Reads; expects: what the answer must be before (the object is still as planned) and after an undo; expects_after: when it is done. Conditions as in docs/schema/plan.json. */
	struct aisp_operation *checks;
	struct aisp_slice *expects, *expects_after; /* one per check */
	size_t n_checks;
	struct aisp_slice definition, patch; /* file in which it is defined, and a unified diff; empty: not known where */
	uint32_t definition_line;
	struct aisp_slice file;       /* steps on local files: the file, where it begins in it, and what there; where NULL: none */
	size_t at;
	const struct aisp_where *where;
	aisp_edge *edges;             /* all edges that the control object carries */
	size_t n_edges;
	size_t shared_uses;           /* uses tied to these edges that another grant still allows */
};

/* What is to be closed. */
struct aisp_plan_goal {
	struct aisp_cut_goal goal;
	struct aisp_slice finding, rule; /* fingerprint and rule; empty: asked for by hand */
};
struct aisp_plan_keep {
	struct aisp_cut_keep keep;
	struct aisp_slice why;        /* "used 12 times, last 2026-11-20T10:00:00Z", "--keep" */
};
struct aisp_plan_price {
	struct aisp_slice control;    /* whole text, or a part of it */
	double price;                 /* INFINITY: not to be touched */
};
/* Folders of sources: what stands in front of the paths in evidence. */
struct aisp_plan_in {
	const struct aisp_snapshot *snapshot;
	int64_t run, now_us;
	const struct aisp_plan_goal *goals;
	size_t n_goals;
	const struct aisp_plan_keep *keeps; /* asked for */
	size_t n_keeps;
	const struct aisp_usage *usage; /* observed uses, kept too; NULL: none */
	const struct aisp_plan_price *prices;
	size_t n_prices;
	enum aisp_certainty certainty;
	const struct aisp_slice *until_resolved;
	size_t n_until_resolved;
	unsigned max_ms;
};
struct aisp_plan_access { /* what goes too */
	aisp_node identity, target;
	enum aisp_mode mode;
	bool certain;
};
struct aisp_plan {
	struct aisp_arena *arena;
	const struct aisp_snapshot *snapshot;
	struct aisp_cut cut;
	enum aisp_certainty certainty;
	int64_t run, now_us;
	char id[17], facts[33];
	struct aisp_step *steps;
	size_t n_steps;
	struct aisp_plan_goal *goals;
	size_t n_goals;
	struct aisp_plan_keep *keeps;   /* given and observed */
	size_t n_keeps;
	struct aisp_plan_access *others;
	size_t n_others;
	struct aisp_slice *until_resolved;
	size_t n_until_resolved;
	size_t goals_already;           /* goals given that do not hold now: nothing to close */
};
/* Makes it. The snapshot is borrowed and must live longer. AISP_E_USAGE: no goal. A plan whose cut does not close everything is still a plan: cut.closed, cut.open say so. */
int aisp_plan_make(const struct aisp_plan_in *in, struct aisp_plan *ret, struct aisp_err *err);
void aisp_plan_done(struct aisp_plan *p);
/* The plan file (docs/schema/plan.json). */
int aisp_plan_json(const struct aisp_plan *p, struct aisp_buf *out, struct aisp_err *err);
/* For people. `width` columns, 0 = 100. */
void aisp_plan_text(const struct aisp_plan *p, unsigned width, bool color, struct aisp_buf *out);

/* The form of a control object's text, and what taking it away costs unless the user says otherwise. kind NULL: not known. */
struct aisp_control_form {
	const char *kind;               /* "postgres.grant" */
	enum aisp_step_system system;
	double price;
	const char *text;               /* for docs: how the text looks */
};
const struct aisp_control_form *aisp_control_form(struct aisp_slice control);
extern const struct aisp_control_form aisp_control_unknown;
/* Rows, for docs and tests; index until NULL. */
const struct aisp_control_form *aisp_control_form_at(size_t i);
