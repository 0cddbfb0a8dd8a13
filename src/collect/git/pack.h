/* Packs: the files in which git keeps its objects, read here so that each is inflated once and in the order that its differences
 * ask for. A quick way beside libgit2, never another opinion: what is not as expected here (an index of version 1, SHA-256, a
 * base in another file, damage, a thing too large) is "not found", and libgit2 is asked.
 *
 *   index (version 2)   ff 't' 'O' 'c' | 2 | 256 counts | n ids, sorted | n checksums | n offsets | long offsets | 2 hashes
 *   pack  (2 or 3)      'P' 'A' 'C' 'K' | version | n | objects | hash
 *   object              type and size, 7 bits a byte | [offset or id of the base] | zlib stream
 *   difference          size of base | size of result | (copy offset, length) or (insert bytes) …
 *
 * Source: "gitformat-pack" of git's documentation. Files are mapped: one that is cut while it is read ends the process
 * (inspect's worker is started again by its parent), as with libgit2.
 */
#pragma once
#include "base/buf.h"
#include "base/err.h"

enum { AISP_PACK_COMMIT = 1, AISP_PACK_TREE, AISP_PACK_BLOB, AISP_PACK_TAG, AISP_PACK_BY_OFFSET = 6, AISP_PACK_BY_ID };

struct aisp_packs;
struct aisp_pack_at {
	uint64_t offset;
	uint32_t pack;
};
struct aisp_pack_head {
	unsigned type;       /* AISP_PACK_… */
	uint64_t size;       /* of what comes out of the zlib stream */
	uint64_t data;       /* where the stream begins */
	uint64_t base;       /* offset in the same pack; 0 when it is whole */
};

/* None at first. */
int aisp_packs_new(struct aisp_packs **ret, struct aisp_err *err);
void aisp_packs_free(struct aisp_packs *p);
/* One more from memory, borrowed until the end. AISP_E_PARSE when it is not one for us. */
int aisp_packs_add(struct aisp_packs *p, struct aisp_slice index, struct aisp_slice pack, struct aisp_err *err);
/* All of a repository's: FOLDER/pack/pack-*.idx. Those that are not for us are left out, silently. */
int aisp_packs_open(const char *objects, struct aisp_packs **ret, struct aisp_err *err);
/* How many objects, and where the nth (of an index) is; false when the index does not say. */
size_t aisp_packs_count(const struct aisp_packs *p);
bool aisp_packs_nth(const struct aisp_packs *p, size_t n, struct aisp_pack_at *ret);
bool aisp_packs_find(const struct aisp_packs *p, const unsigned char id[20], struct aisp_pack_at *ret);
/* False when it is damaged, or its base is not in this pack. */
bool aisp_packs_head(const struct aisp_packs *p, struct aisp_pack_at at, struct aisp_pack_head *ret);
/* Says that n bytes of packs were looked at and may leave memory again: keeps what is resident small. Thread-safe. */
void aisp_packs_passed(struct aisp_packs *p, uint64_t n);
enum { AISP_PACKS_ALL = 1 << 30 }; /* passes everything */

/* One a thread. */
struct aisp_inflater;
struct aisp_inflater *aisp_inflater_new(void); /* NULL when out of memory */
void aisp_inflater_free(struct aisp_inflater *z);
/* head->size bytes into `to`; exactly that many come out, or false. */
bool aisp_packs_inflate(struct aisp_packs *p, struct aisp_inflater *z, uint32_t pack, const struct aisp_pack_head *head, char *to);

/* Takes both sizes off the begin of a difference. */
bool aisp_delta_begin(struct aisp_slice *delta, uint64_t *ret_base_n, uint64_t *ret_result_n);
/* Makes exactly n bytes; `delta` is what aisp_delta_begin left. */
bool aisp_delta_apply(struct aisp_slice delta, struct aisp_slice base, char *to, size_t n);

/* Single objects, with what was read last (and the bases on the way) kept in memory. Not thread-safe. */
struct aisp_objects;
struct aisp_object {
	struct aisp_slice text;
	unsigned type;
};
/* Keeps up to max_bytes; objects over max_object are "not found". `packs` is borrowed. */
struct aisp_objects *aisp_objects_new(struct aisp_packs *packs, size_t max_bytes, uint64_t max_object); /* NULL when out of memory */
void aisp_objects_free(struct aisp_objects *o);
/* AISP_E_NOTFOUND, AISP_E_NOMEM (neither with a message). What is had stays until it is put back. */
int aisp_objects_get(struct aisp_objects *o, const unsigned char id[20], const struct aisp_object **ret);
void aisp_objects_put(struct aisp_objects *o, const struct aisp_object *object);
/* Reads all objects of a type ahead, until the memory is full. What is damaged is passed over; so is a lack of memory. */
void aisp_objects_read_ahead(struct aisp_objects *o, unsigned type);

/* Many objects, in parallel, each base inflated once (aisp_task_each). */
struct aisp_pack_want {
	struct aisp_pack_at at;
	uint32_t item; /* the caller's number */
};
struct aisp_forest_options {
	uint64_t max_size;  /* of an object */
	size_t max_held;    /* bytes in one worker's hands */
	int (*f)(void *ctx, uint32_t item, unsigned worker, struct aisp_slice text); /* negative stops all */
	bool (*go_on)(void *ctx);
	void *ctx;
	uint8_t *done; /* by item: set when f had it. What stays 0 (damaged, too large, based on such) is to be read in another way. */
};
int aisp_forest_each(struct aisp_packs *packs, const struct aisp_pack_want *want, size_t n, const struct aisp_forest_options *o,
                     struct aisp_err *err);
