/* Documents: one value tree for JSON, JSON with comments, YAML and TOML, each value with its line, so that every fact
 * read from it can say where it stands.
 *
 * All text is copied into the arena; the input may go away. Parsers are pure and bounded: size, depth, count of values
 * and, for YAML, the expansion of aliases. Broken input is AISP_E_PARSE, a cap AISP_E_LIMIT; neither touches ret.
 *
 *   struct aisp_doc  ARR → items[n]          OBJ → members[n] { key, line, value }, in order of the text
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

enum aisp_doc_type {
	AISP_DOC_NULL,
	AISP_DOC_BOOL,
	AISP_DOC_INT,
	AISP_DOC_REAL,
	AISP_DOC_STR,
	AISP_DOC_ARR,
	AISP_DOC_OBJ,
};
struct aisp_doc {
	enum aisp_doc_type type;
	uint32_t line; /* 1-based line where the value begins */
	uint32_t n;    /* items or members */
	union {
		bool b;
		int64_t i;
		double r;
		struct aisp_slice s; /* also NUL-terminated */
		const struct aisp_doc *items;
		const struct aisp_member *members;
	};
};
struct aisp_member {
	struct aisp_slice key;
	uint32_t line; /* of the key */
	struct aisp_doc value;
};
struct aisp_doc_limits {
	size_t max_bytes;  /* 0 = 64 MiB */
	uint32_t max_depth; /* 0 = 128; at most 1,024, so that walking a tree by recursion is safe */
	uint32_t max_values; /* 0 = 4 million */
};
struct aisp_docs { /* a stream of documents (YAML); n may be 0 */
	const struct aisp_doc *docs;
	size_t n;
};

int aisp_json_parse(struct aisp_arena *a, struct aisp_slice text, const struct aisp_doc_limits *limits,
                    const struct aisp_doc **ret_doc, struct aisp_err *err);
/* JSON with // and block comments and trailing commas, as editors write it. */
int aisp_jsonc_parse(struct aisp_arena *a, struct aisp_slice text, const struct aisp_doc_limits *limits,
                     const struct aisp_doc **ret_doc, struct aisp_err *err);
/* YAML 1.2 core schema plus 1.1 booleans as text; all documents of the stream; anchors and merge keys resolved. */
int aisp_yaml_parse(struct aisp_arena *a, struct aisp_slice text, const struct aisp_doc_limits *limits,
                    struct aisp_docs *ret_docs, struct aisp_err *err);
int aisp_toml_parse(struct aisp_arena *a, struct aisp_slice text, const struct aisp_doc_limits *limits,
                    const struct aisp_doc **ret_doc, struct aisp_err *err);

/* HCL (Terraform), as the tree that Terraform's JSON syntax would give; what is not literal stays text: "${var.x}". */
int aisp_hcl_parse(struct aisp_arena *a, struct aisp_slice text, const struct aisp_doc_limits *limits,
                   const struct aisp_doc **ret_doc, struct aisp_err *err);
/* One lexical piece of HCL at i < text.n: a string with all that is in it, a heredoc, a comment, else a byte. Where it ends; SIZE_MAX: it has no end. */
size_t aisp_hcl_piece(struct aisp_slice text, size_t i);

/* Accessors: never fail; a missing or wrongly typed thing gives NULL, the empty slice or the default. `d` may be NULL. */
const struct aisp_doc *aisp_doc_get(const struct aisp_doc *d, const char *key);
const struct aisp_doc *aisp_doc_gets(const struct aisp_doc *d, struct aisp_slice key);
const struct aisp_doc *aisp_doc_path(const struct aisp_doc *d, const char *dotted); /* "spec.template.spec" */
const struct aisp_doc *aisp_doc_at(const struct aisp_doc *d, uint32_t index);       /* item of an array */
struct aisp_slice aisp_doc_str(const struct aisp_doc *d);                           /* STR only */
struct aisp_slice aisp_doc_getstr(const struct aisp_doc *d, const char *key);
bool aisp_doc_bool(const struct aisp_doc *d, bool otherwise);
int64_t aisp_doc_int(const struct aisp_doc *d, int64_t otherwise);
uint32_t aisp_doc_line(const struct aisp_doc *d); /* 0 when NULL */
static inline uint32_t aisp_doc_count(const struct aisp_doc *d)
{
	return d && (d->type == AISP_DOC_ARR || d->type == AISP_DOC_OBJ) ? d->n : 0;
}
