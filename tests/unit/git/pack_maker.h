/* Makes a pack and its index in memory, entry by entry, as wrong as one likes: for the tests and the fuzz target of packs. Streams
 * are stored blocks, so that what is inside is what was given. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { MAKER_ENTRIES = 64, MAKER_BYTES = 1 << 18, MAKER_ID = 20 };

struct maker_entry {
	uint8_t id[MAKER_ID];
	uint32_t offset;
};
struct maker {
	uint8_t pack[MAKER_BYTES], index[8 + 1024 + MAKER_ENTRIES * 28 + 40];
	size_t n, index_n;
	struct maker_entry entries[MAKER_ENTRIES];
	unsigned n_entries;
};

static inline void maker_be32(uint8_t *to, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(v >> (24 - 8 * i));
}

static inline void maker_begin(struct maker *m)
{
	m->n_entries = 0;
	m->n = 12;
	memcpy(m->pack, "PACK\0\0\0\2", 8);
}

/* A zlib stream of stored blocks. */
static inline void maker_stream(struct maker *m, const uint8_t *data, size_t n)
{
	uint32_t a = 1, b = 0;
	size_t at = 0;

	m->pack[m->n++] = 0x78;
	m->pack[m->n++] = 0x01;
	do {
		size_t part = n - at < 0xffff ? n - at : 0xffff;
		m->pack[m->n++] = at + part == n;
		m->pack[m->n++] = (uint8_t)part;
		m->pack[m->n++] = (uint8_t)(part >> 8);
		m->pack[m->n++] = (uint8_t)~part;
		m->pack[m->n++] = (uint8_t)(~part >> 8);
		if (part)
			memcpy(m->pack + m->n, data + at, part);
		m->n += part;
		at += part;
	} while (at < n);
	for (size_t i = 0; i < n; i++) {
		a = (a + data[i]) % 65521;
		b = (b + a) % 65521;
	}
	maker_be32(m->pack + m->n, b << 16 | a);
	m->n += 4;
}

/* type 6: base is how many bytes before; type 7: base_id. `said` is the size in the head. False when there is no more room. */
static inline bool maker_add(struct maker *m, const uint8_t id[MAKER_ID], unsigned type, uint64_t said, uint64_t base, const uint8_t *base_id,
                             const uint8_t *data, size_t n)
{
	uint8_t distance[10];
	size_t at = sizeof distance;

	if (m->n_entries == MAKER_ENTRIES || n > MAKER_BYTES / 4 || m->n + n + 256 > MAKER_BYTES)
		return false;
	memcpy(m->entries[m->n_entries].id, id, MAKER_ID);
	m->entries[m->n_entries++].offset = (uint32_t)m->n;
	uint8_t first = (uint8_t)(type << 4 | (said & 15));
	for (said >>= 4; said; said >>= 7) {
		m->pack[m->n++] = first | 0x80;
		first = (uint8_t)(said & 0x7f);
	}
	m->pack[m->n++] = first;
	if (type == 6) {
		distance[--at] = (uint8_t)(base & 0x7f);
		while (base >>= 7)
			distance[--at] = (uint8_t)(0x80 | (--base & 0x7f));
		memcpy(m->pack + m->n, distance + at, sizeof distance - at);
		m->n += sizeof distance - at;
	} else if (type == 7) {
		memcpy(m->pack + m->n, base_id, MAKER_ID);
		m->n += MAKER_ID;
	}
	maker_stream(m, data, n);
	return true;
}

/* Ends the pack and makes its index. */
static inline void maker_end(struct maker *m)
{
	uint8_t *ids = m->index + 8 + 1024;
	unsigned n = m->n_entries;

	for (unsigned i = 1; i < n; i++)
		for (unsigned j = i; j > 0 && memcmp(m->entries[j].id, m->entries[j - 1].id, MAKER_ID) < 0; j--) {
			struct maker_entry e = m->entries[j];
			m->entries[j] = m->entries[j - 1];
			m->entries[j - 1] = e;
		}
	maker_be32(m->pack + 8, n);
	memset(m->pack + m->n, 0x5a, MAKER_ID);
	m->n += MAKER_ID;
	memset(m->index, 0, sizeof m->index);
	memcpy(m->index, "\377tOc\0\0\0\2", 8);
	for (unsigned byte = 0, i = 0; byte < 256; byte++) {
		while (i < n && m->entries[i].id[0] <= byte)
			i++;
		maker_be32(m->index + 8 + (size_t)byte * 4, i);
	}
	for (unsigned i = 0; i < n; i++) {
		memcpy(ids + (size_t)i * MAKER_ID, m->entries[i].id, MAKER_ID);
		maker_be32(ids + (size_t)n * 24 + (size_t)i * 4, m->entries[i].offset);
	}
	m->index_n = 8 + 1024 + (size_t)n * 28 + 40;
}
