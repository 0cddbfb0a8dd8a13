/* Thrift's compact protocol, reading only: just enough for the footer and the page headers of Parquet.
 *
 * Sticky failure: after the end or nonsense everything reads as zero and `bad` is set. Nesting is capped.
 */
#pragma once
#include "base/slice.h"

enum { AISP_THRIFT_TRUE = 1, AISP_THRIFT_FALSE = 2, AISP_THRIFT_BYTE = 3, AISP_THRIFT_I16 = 4, AISP_THRIFT_I32 = 5, AISP_THRIFT_I64 = 6,
       AISP_THRIFT_DOUBLE = 7, AISP_THRIFT_BINARY = 8, AISP_THRIFT_LIST = 9, AISP_THRIFT_SET = 10, AISP_THRIFT_MAP = 11, AISP_THRIFT_STRUCT = 12 };
struct aisp_thrift {
	const uint8_t *p, *end;
	bool bad;
};
struct aisp_thrift_field {
	int id, type;
};
/* The next field of a struct (begin with a zeroed field); false at its end. */
bool aisp_thrift_next(struct aisp_thrift *t, struct aisp_thrift_field *f);
int64_t aisp_thrift_int(struct aisp_thrift *t, int type);
struct aisp_slice aisp_thrift_binary(struct aisp_thrift *t);
/* Number of elements and their type; never more than bytes are left. */
uint32_t aisp_thrift_list(struct aisp_thrift *t, int *ret_type);
void aisp_thrift_skip(struct aisp_thrift *t, int type, unsigned depth);
