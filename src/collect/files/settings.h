/* Files of names and values: .env, .properties, and configuration trees (application.yml, appsettings.json, values.yaml).
 * Values are borrowed from the text that was read, which the caller wipes; see holder.h for what leaves.
 */
#pragma once
#include "collect/files/holder.h"

struct aisp_settings {
	AISP_VEC(struct aisp_setting) v;
};
/* KEY=value lines as dotenv reads them: "export", comments, quotes (over several lines too). No escapes are undone and no
 * ${X} is put in. Names and values borrow from text. */
int aisp_settings_parse_env(struct aisp_slice text, struct aisp_settings *ret, struct aisp_err *err);
/* Java properties: key=value, key: value; '#' and '!' comments. A value that goes on in the next line is cut. */
int aisp_settings_parse_properties(struct aisp_slice text, struct aisp_settings *ret, struct aisp_err *err);
/* The leaves of a tree as "a.b.c"; names are made in the arena, values borrow. Only texts and numbers. */
int aisp_settings_parse_tree(struct aisp_arena *a, const struct aisp_doc *doc, struct aisp_settings *ret, struct aisp_err *err);
void aisp_settings_done(struct aisp_settings *s);

/* A file of settings as facts: file ─SETS▶ variable … */
void aisp_settings_add(struct aisp_emit *e, struct aisp_slice path, const struct aisp_settings *s);
/* As above, but only what is a credential or a connection: configuration trees are mostly neither. */
void aisp_settings_add_tree(struct aisp_emit *e, struct aisp_slice path, const struct aisp_settings *s);

/* Settings of one file, kept while a scan runs, so that compose files can look values up. */
struct aisp_env_file {
	struct aisp_slice path;
	const struct aisp_setting *v;
	size_t n;
};
struct aisp_env_files {
	const struct aisp_env_file *v; /* sorted by path */
	size_t n;
};
const struct aisp_env_file *aisp_env_files_find(const struct aisp_env_files *f, struct aisp_slice path);
/* The value of a name in a file; p NULL when absent (f may be NULL). */
struct aisp_slice aisp_env_file_get(const struct aisp_env_file *f, struct aisp_slice name);

/* Texts that may be secret and live while a file is turned into facts: wiped on done. */
struct aisp_texts {
	AISP_VEC(struct aisp_slice) v;
};
void aisp_texts_done(struct aisp_texts *t);
/* Compose's interpolation of $X, ${X}, ${X:-default}, ${X-default}, ${X:?error}, ${X:+other}, $$. The value itself when
 * there is nothing to do or a name is not known (then the reference stays as it is); else a new text in t. */
int aisp_texts_interpolate(struct aisp_texts *t, struct aisp_slice value, const struct aisp_env_file *env,
                           struct aisp_slice *ret, struct aisp_err *err);
/* Overwrites all texts of a document (they were copied into an arena that does not wipe). */
void aisp_doc_wipe(const struct aisp_doc *doc);
