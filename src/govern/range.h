/* Where a value stands in a text. */
#pragma once
#include "base/slice.h"

struct aisp_range {
	size_t from, end; /* bytes; to be cut out, with the comma that goes with it */
};
/* The member or item at a JSON pointer in JSON, comments allowed. false: not there, or not plain enough to be sure. */
bool aisp_range_json(struct aisp_slice text, struct aisp_slice pointer, struct aisp_range *ret);
/* The lines of the block YAML key (or list item) that begins in this line; comments and blank lines behind it stay. */
bool aisp_range_yaml(struct aisp_slice text, uint32_t line, bool item, struct aisp_range *ret);
/* What a JSON pointer names in one document of a YAML stream, block or flow style. False also where the text is shared by an alias, or its line with others. */
bool aisp_range_yaml_at(struct aisp_slice text, size_t document, struct aisp_slice pointer, struct aisp_range *ret);
/* The whole lines of an assignment in a .env file: of this key (of several, the one in that line), or, with no key, what stands in that line. ret_key: empty for a comment. */
bool aisp_range_env(struct aisp_slice text, struct aisp_slice key, uint32_t line, struct aisp_range *ret, struct aisp_slice *ret_key);
/* ".env", ".env.local", "prod.env", ".envrc". */
bool aisp_range_is_env(struct aisp_slice path);
