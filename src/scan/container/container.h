/* Containers: archives and compressed files, by content and never by name. Members are handed out as inputs; nothing is
 * written to disk. Two uses: looking for secrets inside archives and wheels, and taking model files apart.
 *
 * A zip is read as hostile readers disagree about it: the central directory, the local headers and a scan for headers that
 * neither mentions; where they differ (name, method, size, CRC, flag bits, duplicate names, prefixed or trailing data) the
 * member says so and every reading is handed out.
 */
#pragma once
#include "base/arena.h"
#include "base/input.h"

enum aisp_container_form {
	AISP_CONTAINER_NONE,
	AISP_CONTAINER_ZIP,
	AISP_CONTAINER_TAR,
	AISP_CONTAINER_GZIP, /* one compressed stream: its content is the only member, "" */
	AISP_CONTAINER_BZIP2,
	AISP_CONTAINER_XZ,
	AISP_CONTAINER_ZSTD,
	AISP_CONTAINER_LZ4,
	AISP_CONTAINER_ZLIB,
	AISP_CONTAINER_7Z,   /* and others that libarchive reads: rar, cpio, ar, iso */
	AISP_CONTAINER_OTHER,
};
const char *aisp_container_form_name(enum aisp_container_form f);

/* Oddities of a member or of the whole. Columns: symbol, name */
#define AISP_CONTAINER_ODDITIES(X)                                                                                     \
	X(NAME_DIFFERS, "names differ between local header and central directory")                                     \
	X(SIZE_DIFFERS, "sizes differ between local header and central directory")                                     \
	X(BAD_CRC, "checksum is wrong")                                                                                \
	X(ENCRYPTED, "encrypted, or marked so")                                                                        \
	X(DUPLICATE, "another member has the same name")                                                               \
	X(UNLISTED, "not in the central directory")                                                                    \
	X(ESCAPES, "its path leaves the folder")                                                                       \
	X(LINK, "a link")                                                                                              \
	X(OVERLAP, "its data overlap another member's")                                                                \
	X(PREFIXED, "data before the archive")                                                                         \
	X(TRAILING, "data behind the archive")                                                                         \
	X(RATIO, "unpacks to more than a limit allows")                                                                \
	X(TRUNCATED, "ends before its end")                                                                            \
	X(METHOD, "compressed in a way that is not read here")
enum aisp_container_oddity_bit {
#define X(sym, name) AISP_CONTAINER_BIT_##sym,
	AISP_CONTAINER_ODDITIES(X)
#undef X
	AISP_CONTAINER_BIT_END
};
#define AISP_ODDITY(sym) (1u << AISP_CONTAINER_BIT_##sym)
const char *aisp_container_oddity_name(unsigned bit);

struct aisp_container_member {
	struct aisp_slice name;   /* "" for a compressed stream */
	uint64_t size;            /* unpacked, as far as known */
	uint64_t offset;          /* of its data in the container */
	unsigned oddities;
	bool stored;              /* not compressed: `input` is a part of the container, nothing was copied */
	struct aisp_input input;  /* unpacked bytes; memory ones live while the callback runs */
	enum aisp_code why_not;   /* AISP_OK, or input is empty and this says why (LIMIT, PARSE, ACCESS when encrypted) */
};
struct aisp_container_limits {
	uint64_t max_member;   /* unpacked bytes held of one member; 0 = 64 MiB. A larger one is handed out cut, with RATIO */
	uint64_t max_total;    /* unpacked bytes of all; 0 = 1 GiB */
	uint32_t max_members;  /* 0 = 100,000 */
	uint32_t max_ratio;    /* unpacked to packed, once over 1 MiB; 0 = 1,000 */
};
typedef int aisp_container_sink(void *ctx, const struct aisp_container_member *m);
/* Reads some bytes of the begin and the end. */
enum aisp_container_form aisp_container_detect(const struct aisp_input *in);
/* By the begin alone: a zip behind other data is not seen, but little is read. For inputs of which there are many. */
enum aisp_container_form aisp_container_detect_head(const struct aisp_input *in);
/* Calls sink for every member in order of offset. `wanted` (may be NULL) decides by name and size before anything is
 * unpacked. ret_oddities: of the whole (may be NULL). A broken part is reported by why_not and the rest goes on.
 * AISP_E_PARSE when nothing could be read, AISP_E_LIMIT when a limit ended it, what sink returned, AISP_E_NOMEM. */
int aisp_container_each(const struct aisp_input *in, enum aisp_container_form form, const struct aisp_container_limits *limits,
                        bool (*wanted)(void *ctx, const struct aisp_container_member *m), aisp_container_sink *sink, void *ctx,
                        unsigned *ret_oddities, struct aisp_err *err);
