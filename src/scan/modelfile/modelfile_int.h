/* Inside modelfile/: one row a format; readers write into one run. */
#pragma once
#include "scan/modelfile/modelfile.h"

struct aisp_model_run {
	struct aisp_arena *a;
	struct aisp_model_limits limits; /* filled in */
	uint64_t deadline_ns;
	uint32_t depth;
	struct aisp_slice where;  /* prefix of issues' places: path of members joined by "!" */
	uint64_t bytes_left;
	struct aisp_model_issue *issues;
	size_t n_issues, cap_issues, over_issues;
	struct aisp_model_fact *facts;
	size_t n_facts, cap_facts;
	struct aisp_slice partial;
	int bad; /* AISP_E_NOMEM */
	struct aisp_err err;
	uint64_t read;      /* bytes read so far: inputs handed to readers count here */
	uint64_t next_look; /* aisp_model__go_on looks at the clock now and then */
	struct aisp_arena *tmp; /* dies with the run: for readers' own tables; capped at 256 MiB */
};
/* Adds an issue; texts are copied, made printable and cut. A repeated (rule, where, what) is added once. `reference` may be "". */
void aisp_model__issue(struct aisp_model_run *run, const char *rule, enum aisp_model_severity severity, struct aisp_slice where,
                       uint64_t offset, struct aisp_slice what, const char *why, const char *reference);
/* Repeated keys are kept (several datasets); the same key and value once. */
void aisp_model__fact(struct aisp_model_run *run, const char *key, struct aisp_slice value);
/* The first reason stands. */
void aisp_model__partial(struct aisp_model_run *run, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* False when time or bytes ran out (and says so by aisp_model__partial). Call in every loop. */
bool aisp_model__go_on(struct aisp_model_run *run);
/* Looks at another input found inside (a member, an embedded blob) as a file of its own: detect, scan, depth and limits counted. */
void aisp_model__inside(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice name);

/* Adds AISP_E_NOMEM to the run (a failed allocation); always returns false. */
bool aisp_model__nomem(struct aisp_model_run *run);
/* The place of `where` in the whole: the run's prefix, "!", where. */
struct aisp_slice aisp_model__place(struct aisp_model_run *run, struct aisp_slice where);
/* Up to n bytes of `in` from `at` in run->tmp; fewer at the end; p is NULL after an I/O error or without memory (which are noted). */
struct aisp_slice aisp_model__take(struct aisp_model_run *run, const struct aisp_input *in, uint64_t at, size_t n);

/* One row a format: `aisp_model__NAME_reader`; NAME stands in a list of readers.c. */
struct aisp_model_reader {
	enum aisp_model_format format;
	/* 0 = not mine … 100 = sure. `head` is the begin of the input (up to 4 KiB). */
	int (*detect)(const struct aisp_input *in, struct aisp_slice head, struct aisp_slice path);
	void (*scan)(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice path);
};
extern const struct aisp_model_reader *const aisp_model__readers[]; /* NULL-terminated; readers.c lists them */

/* What a callable named in a pickle, Keras config, hydra target … does. Shared by all formats that name Python objects. */
enum aisp_callable {
	AISP_CALLABLE_UNKNOWN,
	AISP_CALLABLE_HARMLESS,   /* reconstructs data: on the list of exact names */
	AISP_CALLABLE_DANGEROUS,  /* runs code or commands, opens files or connections, imports, or leads to what does */
};
/* `module` and `qualname` as written ("torch._utils", "_rebuild_tensor_v2"; dotted qualnames are walked); Python 2 names are
 * mapped. ret_why: static clause, set when dangerous. */
enum aisp_callable aisp_model__callable(struct aisp_slice module, struct aisp_slice qualname, const char **ret_why);
/* Jinja source: adds issues (code that leaves the sandbox, hidden instructions). */
void aisp_model__template(struct aisp_model_run *run, struct aisp_slice where, struct aisp_slice source);
/* Pickle bytes found anywhere. */
void aisp_model__pickle(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice where);
/* Python source or marshalled code found inside (TorchScript, Lambda). */
void aisp_model__python(struct aisp_model_run *run, struct aisp_slice where, uint64_t offset, struct aisp_slice source);
