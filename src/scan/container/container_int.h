/* Inside container/: the walk that every form shares, decompression, and the little-endian reading of headers. */
#pragma once
#include "scan/container/container.h"

enum aisp_container_method {
	AISP_CONTAINER_STORE,
	AISP_CONTAINER_RAW_DEFLATE,
	AISP_CONTAINER_DEFLATE_ZLIB,
	AISP_CONTAINER_DEFLATE_GZIP, /* several members in a row are one content */
	AISP_CONTAINER_BZ2,
	AISP_CONTAINER_LZMA_XZ,  /* .xz and the older .lzma, told by content */
	AISP_CONTAINER_LZMA_ZIP, /* as in a zip: 4 bytes of version, properties, raw stream */
	AISP_CONTAINER_ZSTANDARD,
	AISP_CONTAINER_LZ4_FRAME,
	AISP_CONTAINER_UNKNOWN_METHOD,
};
struct aisp_container_walk {
	const struct aisp_input *in;
	struct aisp_container_limits limits; /* filled in */
	bool (*wanted)(void *ctx, const struct aisp_container_member *m);
	aisp_container_sink *sink;
	void *ctx;
	uint64_t total;   /* unpacked so far */
	uint32_t members; /* seen so far */
	unsigned oddities;
	struct aisp_err *err;
};
struct aisp_container_pack {
	enum aisp_container_method method;
	struct aisp_input packed;
	bool has_crc, encrypted;
	uint32_t crc;
};
struct aisp_unpacked {
	struct aisp_buf out;
	uint64_t consumed; /* packed bytes that were used */
	bool cut;          /* a limit ended it */
	bool truncated;    /* the packed bytes end before their end */
	bool broken;       /* not of this form (from some place on) */
};
/* Unpacks up to `max` bytes and up to `ratio` times what was read (once over 1 MiB). Always 0, or AISP_E_NOMEM, AISP_E_IO. */
int aisp_container__unpack(enum aisp_container_method method, const struct aisp_input *in, uint64_t max, uint32_t ratio,
                           struct aisp_unpacked *to, struct aisp_err *err);
/* Asks `wanted`, unpacks, checks the sum and calls the sink. ret_consumed (may be NULL): packed bytes used, or 0. */
int aisp_container__offer(struct aisp_container_walk *w, struct aisp_container_member *m, const struct aisp_container_pack *pack,
                          uint64_t *ret_consumed);
/* Does a path lead out of the folder it is unpacked in? */
bool aisp_container__escapes(struct aisp_slice name);

int aisp_container__zip(struct aisp_container_walk *w);
int aisp_container__tar(struct aisp_container_walk *w);
int aisp_container__other(struct aisp_container_walk *w);
/* Is there a tar header at `at`? */
bool aisp_container__is_tar(const struct aisp_input *in, uint64_t at);
bool aisp_container__is_other(const struct aisp_input *in, struct aisp_slice head);
/* Where a zip's end record is; false when there is none. */
bool aisp_container__zip_end(const struct aisp_input *in, uint64_t *ret_at);

static inline uint32_t aisp_le16(const char *p)
{
	return (uint32_t)(unsigned char)p[0] | (uint32_t)(unsigned char)p[1] << 8;
}
static inline uint32_t aisp_le32(const char *p)
{
	return aisp_le16(p) | aisp_le16(p + 2) << 16;
}
static inline uint64_t aisp_le64(const char *p)
{
	return (uint64_t)aisp_le32(p) | (uint64_t)aisp_le32(p + 4) << 32;
}

/* ---- zip ---- */

/* One reading of one member. */
struct aisp_zip_entry {
	struct aisp_slice name; /* in the walk's arena */
	uint64_t local;         /* of its local header */
	uint64_t packed, unpacked;
	uint32_t crc;
	uint16_t flags, method;
	unsigned oddities;
	uint64_t data, end; /* filled from the local header; 0 while unknown */
};
struct aisp_zip {
	struct aisp_arena *a;
	struct aisp_zip_entry *v;
	size_t n, cap;
	uint64_t end_at, directory_at; /* of the end record and the directory; the input's size when there is none */
};
/* A local header. False when there is none at `at`. */
bool aisp_container__zip_local(const struct aisp_input *in, uint64_t at, struct aisp_zip *z, struct aisp_zip_entry *ret_e);
/* Reads every central directory that a reader could use. AISP_E_NOMEM, AISP_E_LIMIT, AISP_E_IO. */
int aisp_container__zip_directory(struct aisp_container_walk *w, struct aisp_zip *z);
int aisp_container__zip_push(struct aisp_zip *z, const struct aisp_zip_entry *e);
