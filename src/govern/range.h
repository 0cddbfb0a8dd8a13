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
