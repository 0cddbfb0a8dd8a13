/* HDF5 (Keras .h5 and .weights.h5, PyTables, anything else): every object's header is walked, without the HDF5 library, for what
 * reaches other files when it is read (external links, external storage, virtual datasets) and for attributes that hold a
 * model's configuration, where Keras keeps code (Lambda layers).
 *
 * Not for: the values of datasets; filters are only noted. Specification: HDF5 File Format 3.0, superblocks 0–3.
 */
#include "base/mem.h"
#include "scan/modelfile/hdf5_int.h"

enum { OBJECTS_MAX = 200000, CHUNK_MAX = 16 << 20, CHUNKS_MAX = 1000 };

struct object {
	struct aisp_slice path;
};

static void enqueue(struct aisp_h5 *h, uint64_t addr, struct aisp_slice parent, struct aisp_slice name)
{
	struct aisp_key key = {addr, 1};
	struct aisp_slice path;

	if (addr == AISP_H5_NONE || aisp_map_get(&h->seen, key))
		return;
	if (h->queue.n >= OBJECTS_MAX) {
		aisp_model__partial(h->run, "more than %d objects in the HDF5 file", (int)OBJECTS_MAX);
		return;
	}
	path = name.n ? aisp_arena_printf(h->run->tmp, "%.*s/%.*s", AISP_FMT(aisp_slice_to(parent, 300)), AISP_FMT(aisp_slice_to(name, 200)))
	              : AISP_S("");
	if (!path.p || aisp_map_put(&h->seen, key, 1, NULL) < 0 || aisp_vec_push(&h->queue, (struct aisp_h5_object){addr, path}) < 0)
		aisp_model__nomem(h->run);
}

/* ---- what reaches outside */

static void outside(struct aisp_h5 *h, struct aisp_slice where, struct aisp_slice file, const char *how)
{
	bool bad = aisp_model__path_kind(file) != AISP_PATH_PLAIN || aisp_model__path_sensitive(file);

	h->n_outside++;
	aisp_model__issue(h->run, "hdf5-external", bad || h->keras ? AISP_MODEL_HIGH : AISP_MODEL_MEDIUM, where, 0,
	                  aisp_model__text(h->run, "%s: %.*s", how, AISP_FMT(aisp_slice_to(file, 150))),
	                  "loading reads another file and takes its bytes as the model's", "CVE-2026-1669");
}

static void external_link(struct aisp_h5 *h, struct aisp_slice where, struct aisp_slice info)
{
	struct aisp_slice file;
	size_t nul;

	if (info.n < 2)
		return;
	file = aisp_slice_from(info, 1);
	nul = aisp_slice_chr(file, 0);
	outside(h, where, nul == SIZE_MAX ? file : aisp_slice_to(file, nul), "external link");
}

static void external_storage(struct aisp_h5 *h, struct aisp_slice where, struct aisp_slice m)
{
	unsigned n, step = 3 * h->lsize;
	uint64_t heap;

	if (m.n < 8 + (size_t)h->osize)
		return;
	n = aisp_le16(m.p + 6);
	heap = aisp_h5__addr(h, m.p + 8);
	m = aisp_slice_from(m, 8 + h->osize);
	if (!n)
		outside(h, where, AISP_S("?"), "external storage");
	for (unsigned i = 0; i < n && i < 100 && m.n >= step; i++, m = aisp_slice_from(m, step))
		outside(h, where, aisp_h5__local_text(h, heap, aisp_h5__num(m.p, h->lsize)), "external storage");
}

static void virtual_layout(struct aisp_h5 *h, struct aisp_slice where, struct aisp_slice m)
{
	struct aisp_slice s, file;
	size_t nul;

	if (m.n < 2 + (size_t)h->osize + 4)
		return;
	s = aisp_h5__global(h, aisp_h5__addr(h, m.p + 2), aisp_le32(m.p + 2 + h->osize));
	if (s.n < 2 + (size_t)h->lsize)
		return;
	file = aisp_slice_from(s, 1 + h->lsize);
	nul = aisp_slice_chr(file, 0);
	if (nul == SIZE_MAX)
		return;
	file = aisp_slice_to(file, nul);
	if (file.n && !aisp_slice_eqz(file, "."))
		outside(h, where, file, "virtual dataset");
}

/* ---- links */

static void link_message(struct aisp_h5 *h, void *ctx, struct aisp_slice m)
{
	const struct object *o = ctx;
	const char *p = aisp_h5__take(&m, 2);
	unsigned flags, type = 0, wide;
	struct aisp_slice name;
	uint64_t n;

	if (!p)
		return;
	flags = (unsigned char)p[1];
	if ((flags & 8) && (p = aisp_h5__take(&m, 1)))
		type = (unsigned char)p[0];
	if (flags & 4)
		aisp_h5__take(&m, 8);
	if (flags & 16)
		aisp_h5__take(&m, 1);
	wide = 1u << (flags & 3);
	p = aisp_h5__take(&m, wide);
	if (!p)
		return;
	n = aisp_h5__num(p, wide);
	if (n > m.n)
		return;
	name = aisp_slice_to(m, (size_t)n);
	m = aisp_slice_from(m, (size_t)n);
	if (type == 0 && m.n >= h->osize) {
		enqueue(h, aisp_h5__addr(h, m.p), o->path, name);
	} else if (type >= 64 && m.n > 2) {
		uint64_t len = aisp_le16(m.p);

		m = aisp_slice_to(aisp_slice_from(m, 2), (size_t)len);
		if (type == 64)
			external_link(h, aisp_model__join(h->run, o->path, name), m);
		else
			outside(h, aisp_model__join(h->run, o->path, name), AISP_S("user-defined link"), "link");
	}
}

static void symbol_node(struct aisp_h5 *h, struct object *o, uint64_t addr, uint64_t heap)
{
	struct aisp_slice head = aisp_h5__at(h, addr, 8), s;
	unsigned n, step = 2 * h->osize + 24;

	if (!head.n || memcmp(head.p, "SNOD", 4) != 0) {
		aisp_model__partial(h->run, "a group of the HDF5 file could not be read");
		return;
	}
	n = aisp_le16(head.p + 6);
	s = aisp_h5__at(h, addr + 8, (uint64_t)n * step);
	for (unsigned i = 0; i < n && s.n >= (i + 1) * (size_t)step; i++) {
		const char *p = s.p + i * step;

		enqueue(h, aisp_h5__addr(h, p + h->osize), o->path, aisp_h5__local_text(h, heap, aisp_h5__num(p, h->osize)));
	}
}

/* A v1 B-tree of a group. */
static void group_tree(struct aisp_h5 *h, struct object *o, uint64_t addr, uint64_t heap, unsigned depth)
{
	unsigned fixed = 8 + 2 * h->osize, step = h->lsize + h->osize, n, level;
	struct aisp_slice s = aisp_h5__at(h, addr, fixed);

	if (depth > 20 || h->nodes++ > OBJECTS_MAX || !aisp_model__go_on(h->run) || !s.n || memcmp(s.p, "TREE", 4) != 0 || s.p[4] != 0) {
		if (addr != AISP_H5_NONE)
			aisp_model__partial(h->run, "a group of the HDF5 file could not be read");
		return;
	}
	level = (unsigned char)s.p[5];
	n = aisp_le16(s.p + 6);
	s = aisp_h5__at(h, addr + fixed, (uint64_t)n * step + h->lsize);
	for (unsigned i = 0; i < n && s.n; i++) {
		uint64_t child = aisp_h5__addr(h, s.p + i * step + h->lsize);

		if (level)
			group_tree(h, o, child, heap, depth + 1);
		else
			symbol_node(h, o, child, heap);
	}
}

/* ---- attributes */

static void text_attribute(struct aisp_h5 *h, struct aisp_slice path, struct aisp_slice name, struct aisp_slice value)
{
	struct aisp_slice where = aisp_model__join(h->run, path, name);
	struct aisp_input in;

	while (value.n && !value.p[value.n - 1])
		value.n--;
	if (aisp_slice_eqz(name, "keras_version")) {
		h->keras = true;
		aisp_model__fact(h->run, "framework_version", aisp_model__text(h->run, "keras %.*s", AISP_FMT(value)));
	} else if (aisp_slice_eqz(name, "backend")) {
		aisp_model__fact(h->run, "producer", value);
	} else if (aisp_slice_eqz(name, "model_config") || aisp_slice_eqz(name, "training_config") ||
	           (value.n > 2 && value.p[0] == '{' && aisp_model__contains(value, "class_name"))) {
		h->keras = true;
		aisp_model__keras_config(h->run, where, value);
	} else if (value.n > 4 && aisp_model__payload_kind(value) && strcmp(aisp_model__payload_kind(value), "pickle") == 0) {
		/* PyTables and pandas unpickle such attributes on opening */
		in = aisp_input_mem(value);
		aisp_model__pickle(h->run, &in, where);
	}
}

static uint64_t elements(struct aisp_h5 *h, struct aisp_slice space)
{
	unsigned rank, at;
	uint64_t n = 1;

	if (space.n < 4)
		return 1;
	rank = (unsigned char)space.p[1];
	at = space.p[0] == 1 ? 8 : 4;
	for (unsigned i = 0; i < rank && at + h->lsize <= space.n; i++, at += h->lsize)
		if (__builtin_mul_overflow(n, aisp_h5__num(space.p + at, h->lsize), &n))
			return 0;
	return n;
}

/* The texts of an attribute's value: n elements of a datatype, fixed or variable in length. */
static void attribute_value(struct aisp_h5 *h, const struct object *o, struct aisp_slice name, struct aisp_slice type, uint64_t n, struct aisp_slice m)
{
	unsigned klass = (unsigned char)type.p[0] & 15, size = aisp_le32(type.p + 4);

	if (klass == 3 && size) {
		for (uint64_t i = 0; i < n && i < 64 && m.n >= size; i++, m = aisp_slice_from(m, size))
			text_attribute(h, o->path, name, aisp_slice_to(m, size));
		return;
	}
	for (uint64_t i = 0; klass == 9 && i < n && i < 64 && m.n >= 8u + h->osize; i++) {
		uint32_t len = aisp_le32(m.p);
		struct aisp_slice v = aisp_h5__global(h, aisp_h5__addr(h, m.p + 4), aisp_le32(m.p + 4 + h->osize));

		if (len && !v.p && aisp_model__contains(name, "config"))
			aisp_model__partial(h->run, "the text of attribute %.*s could not be found", AISP_FMT(aisp_slice_to(name, 100)));
		text_attribute(h, o->path, name, aisp_slice_to(v, len));
		m = aisp_slice_from(m, 8u + h->osize);
	}
}

static void attribute(struct aisp_h5 *h, void *ctx, struct aisp_slice m)
{
	const struct object *o = ctx;
	unsigned version, flags, name_n, type_n, space_n, pad;
	struct aisp_slice name, type, space;
	const char *p = aisp_h5__take(&m, 8);

	if (!p)
		return;
	version = (unsigned char)p[0];
	flags = version > 1 ? (unsigned char)p[1] : 0;
	name_n = aisp_le16(p + 2);
	type_n = aisp_le16(p + 4);
	space_n = aisp_le16(p + 6);
	if (version >= 3)
		aisp_h5__take(&m, 1);
	pad = version == 1 ? 7 : 0;
	name = aisp_slice_to(m, name_n);
	if (!aisp_h5__take(&m, (name_n + pad) & ~pad))
		return;
	type = aisp_slice_to(m, type_n);
	if (!aisp_h5__take(&m, (type_n + pad) & ~pad))
		return;
	space = aisp_slice_to(m, space_n);
	if (!aisp_h5__take(&m, (space_n + pad) & ~pad))
		return;
	if (name.n && !name.p[name.n - 1])
		name.n--;
	if ((flags & 1) || type.n < 8) {
		if (aisp_model__contains(name, "config"))
			aisp_model__partial(h->run, "the type of attribute %.*s is kept elsewhere", AISP_FMT(aisp_slice_to(name, 100)));
		return;
	}
	attribute_value(h, o, name, type, elements(h, space), m);
}

/* ---- object headers */

static void info_message(struct aisp_h5 *h, struct object *o, struct aisp_slice m, bool links)
{
	const char *p = aisp_h5__take(&m, 2);
	uint64_t heap, btree;

	if (!p)
		return;
	if ((unsigned char)p[1] & 1)
		aisp_h5__take(&m, links ? 8 : 2);
	if (m.n < 2u * h->osize)
		return;
	heap = aisp_h5__addr(h, m.p);
	btree = aisp_h5__addr(h, m.p + h->osize);
	aisp_h5__dense(h, heap, btree, links ? 4 : 0, links ? link_message : attribute, o);
}

static void message(struct aisp_h5 *h, struct object *o, unsigned type, struct aisp_slice m)
{
	switch (type) {
	case 0x02:
		info_message(h, o, m, true);
		break;
	case 0x06:
		link_message(h, o, m);
		break;
	case 0x07:
		external_storage(h, o->path, m);
		break;
	case 0x08:
		h->n_datasets++;
		if (m.n > 2 && m.p[0] >= 4 && m.p[1] == 3)
			virtual_layout(h, o->path, m);
		break;
	case 0x0c:
		attribute(h, o, m);
		break;
	case 0x11:
		if (m.n >= 2u * h->osize)
			group_tree(h, o, aisp_h5__addr(h, m.p), aisp_h5__addr(h, m.p + h->osize), 0);
		break;
	case 0x15:
		info_message(h, o, m, false);
		break;
	default:
		break;
	}
}

struct chunks {
	struct {
		uint64_t addr, n;
	} v[CHUNKS_MAX];
	unsigned n;
};

static void continuation(struct aisp_h5 *h, struct chunks *c, struct aisp_slice m, unsigned trim)
{
	if (m.n < h->osize + h->lsize)
		return;
	if (c->n == CHUNKS_MAX) {
		aisp_model__partial(h->run, "an object of the HDF5 file is in too many pieces");
		return;
	}
	c->v[c->n].addr = aisp_h5__addr(h, m.p);
	c->v[c->n].n = aisp_h5__num(m.p + h->osize, h->lsize);
	if (trim && c->v[c->n].n >= trim && c->v[c->n].addr < UINT64_MAX - 4) {
		c->v[c->n].addr += 4; /* "OCHK" … checksum */
		c->v[c->n].n -= trim;
	}
	c->n++;
}

static void header_v1(struct aisp_h5 *h, struct object *o, uint64_t addr, struct chunks *c)
{
	struct aisp_slice head = aisp_h5__at(h, addr, 16);

	if (!head.n)
		return;
	c->v[0].addr = addr + 16;
	c->v[0].n = aisp_le32(head.p + 8);
	c->n = 1;
	for (unsigned i = 0; i < c->n; i++) {
		struct aisp_slice s = c->v[i].n <= CHUNK_MAX ? aisp_h5__at(h, c->v[i].addr, c->v[i].n) : aisp_slice_of(NULL, 0);
		const char *p;

		if (c->v[i].n && !s.n)
			aisp_model__partial(h->run, "an object header of the HDF5 file could not be read");
		while ((p = aisp_h5__take(&s, 8)) && aisp_model__go_on(h->run)) {
			unsigned n = aisp_le16(p + 2);
			struct aisp_slice m = aisp_slice_to(s, n);

			if (aisp_le16(p) == 0x10)
				continuation(h, c, m, 0);
			else
				message(h, o, aisp_le16(p), m);
			s = aisp_slice_from(s, n);
		}
	}
}

static void header_v2(struct aisp_h5 *h, struct object *o, uint64_t addr, struct chunks *c)
{
	struct aisp_slice head = aisp_h5__at(h, addr, 6), s;
	unsigned flags, wide, skip, per;

	if (!head.n)
		return;
	flags = (unsigned char)head.p[5];
	wide = 1u << (flags & 3);
	skip = 6u + (flags & 0x20 ? 16u : 0u) + (flags & 0x10 ? 4u : 0u);
	s = aisp_h5__at(h, addr + skip, wide);
	if (!s.n)
		return;
	c->v[0].addr = addr + skip + wide;
	c->v[0].n = aisp_h5__num(s.p, wide);
	c->n = 1;
	per = flags & 4 ? 6 : 4;
	for (unsigned i = 0; i < c->n; i++) {
		const char *p;

		s = c->v[i].n <= CHUNK_MAX ? aisp_h5__at(h, c->v[i].addr, c->v[i].n) : aisp_slice_of(NULL, 0);
		if (c->v[i].n && !s.n)
			aisp_model__partial(h->run, "an object header of the HDF5 file could not be read");
		while ((p = aisp_h5__take(&s, per)) && aisp_model__go_on(h->run)) {
			unsigned n = aisp_le16(p + 1);
			struct aisp_slice m = aisp_slice_to(s, n);

			if (p[0] == 0x10)
				continuation(h, c, m, 8);
			else
				message(h, o, (unsigned char)p[0], m);
			s = aisp_slice_from(s, n);
		}
	}
}

static void one_object(struct aisp_h5 *h, const struct aisp_h5_object *q, struct chunks *c)
{
	struct aisp_slice head = aisp_h5__at(h, q->addr, 4);
	struct object o = {.path = q->path};

	if (!head.n) {
		aisp_model__partial(h->run, "an object of the HDF5 file is outside the file");
		return;
	}
	if (memcmp(head.p, "OHDR", 4) == 0)
		header_v2(h, &o, q->addr, c);
	else if (head.p[0] == 1)
		header_v1(h, &o, q->addr, c);
	else
		aisp_model__partial(h->run, "an object header of the HDF5 file could not be read");
}

/* ---- the file */

static uint64_t signature(struct aisp_model_run *run, const struct aisp_input *in)
{
	char b[8];

	for (uint64_t at = 0; at < in->size && at <= 1 << 20; at = at ? at * 2 : 512)
		if (aisp_model__read(run, in, at, b, 8) && memcmp(b, "\x89HDF\r\n\x1a\n", 8) == 0)
			return at;
	return UINT64_MAX;
}

static uint64_t superblock(struct aisp_h5 *h, uint64_t at)
{
	struct aisp_slice s = aisp_model__bytes(h->run, h->in, at, 120);
	unsigned version = s.n > 20 ? (unsigned char)s.p[8] : 99, off;

	if (version > 3)
		return AISP_H5_NONE;
	h->osize = (unsigned char)s.p[version < 2 ? 13 : 9];
	h->lsize = (unsigned char)s.p[version < 2 ? 14 : 10];
	if ((h->osize != 2 && h->osize != 4 && h->osize != 8) || (h->lsize != 2 && h->lsize != 4 && h->lsize != 8))
		return AISP_H5_NONE;
	off = version == 0 ? 24 : version == 1 ? 28 : 12;
	if (s.n < off + 6u * h->osize)
		return AISP_H5_NONE;
	h->base = aisp_h5__num(s.p + off, h->osize);
	if (h->base > h->in->size)
		return AISP_H5_NONE;
	if (h->base == 0)
		h->base = at; /* a block of the user's may be in front of it */
	return version < 2 ? aisp_h5__addr(h, s.p + off + 5 * h->osize) : aisp_h5__addr(h, s.p + off + 3 * h->osize);
}

void aisp_model__hdf5(struct aisp_model_run *run, const struct aisp_input *in)
{
	struct aisp_h5 h = {.run = run, .in = in};
	struct chunks *chunks = aisp_arena_alloc(run->tmp, sizeof *chunks);
	uint64_t at = signature(run, in), root;

	if (!chunks) {
		aisp_model__nomem(run);
		return;
	}
	root = at == UINT64_MAX ? AISP_H5_NONE : superblock(&h, at);
	if (root == AISP_H5_NONE) {
		aisp_model__partial(run, "the HDF5 file's first block could not be read");
		return;
	}
	if (aisp_model__contains(run->where, ".keras") || aisp_model__contains(run->where, "weights"))
		h.keras = true;
	enqueue(&h, root, AISP_S(""), AISP_S(""));
	for (size_t i = 0; i < h.queue.n && aisp_model__go_on(run); i++) {
		struct aisp_h5_object o = h.queue.v[i];

		one_object(&h, &o, chunks);
	}
	if (h.n_datasets)
		aisp_model__fact_u64(run, "tensors", h.n_datasets);
	aisp_vec_done(&h.queue);
	aisp_map_done(&h.seen);
}

static int detect(const struct aisp_input *in, struct aisp_slice head, struct aisp_slice path)
{
	char b[8];

	(void)path;
	if (head.n >= 8 && memcmp(head.p, "\x89HDF\r\n\x1a\n", 8) == 0)
		return 95;
	for (uint64_t at = 512; at + 8 < in->size && at <= 1 << 20; at *= 2)
		if (aisp_input_read(in, at, b, 8, NULL) == 0 && memcmp(b, "\x89HDF\r\n\x1a\n", 8) == 0)
			return 60;
	return 0;
}

static void scan(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice path)
{
	char first[8];

	(void)path;
	aisp_model__hdf5(run, in);
	if (aisp_model__read(run, in, 0, first, 8) && memcmp(first, "\x89HDF", 4) != 0)
		aisp_model__issue(run, "polyglot", AISP_MODEL_LOW, AISP_S(""), 0, AISP_S("bytes in front of the HDF5 file"),
		                  "other readers may see another format", "");
	aisp_model__zip_tail(run, in);
}

const struct aisp_model_reader aisp_model__hdf5_reader = {AISP_MODEL_HDF5, detect, scan};
