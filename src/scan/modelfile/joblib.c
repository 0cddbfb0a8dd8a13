/* joblib: a pickle, compressed or not, in which raw arrays stand behind the objects that describe them (joblib/numpy_pickle.py). */
#include "base/mem.h"
#include "scan/modelfile/archive_int.h"
#include "scan/modelfile/pickle_int.h"

enum { ZFILE_HEADER = 21, NAME_BYTES = 64, UNPACKED_MAX = 256 << 20, NEST_MAX = 6 };

/* ---- arrays ---- */

/* The value of a key in a state dictionary. */
static const struct aisp_pk_val *entry(struct aisp_pickle *p, const struct aisp_pk_node *dict, const char *key)
{
	for (uint32_t i = 0; i + 1 < dict->n; i += 2) {
		struct aisp_buf AISP_AUTOBUF b = {0};
		if (aisp_pk_text(p, &dict->kids[i], NAME_BYTES, &b) && aisp_slice_eqz(aisp_buf_slice(&b), key))
			return &dict->kids[i + 1];
	}
	return NULL;
}

/* Bytes of one item of numpy.dtype("f8", …); 0: objects. False when it cannot be told. */
static bool item_size(struct aisp_pickle *p, const struct aisp_pk_val *dtype, uint64_t *ret_size)
{
	const struct aisp_pk_node *n = dtype ? aisp_pk_node(dtype) : NULL;
	struct aisp_buf AISP_AUTOBUF b = {0};
	uint64_t size;

	if (!n || n->n == 0 || !aisp_pk_text(p, &n->kids[0], NAME_BYTES, &b) || b.n < 2)
		return false;
	struct aisp_slice code = aisp_buf_slice(&b);
	if (code.p[0] == '<' || code.p[0] == '>' || code.p[0] == '|' || code.p[0] == '=')
		code = aisp_slice_from(code, 1);
	if (!aisp_slice_u64(aisp_slice_from(code, 1), &size))
		return false;
	if (code.p[0] == 'U')
		size *= 4;
	if (code.p[0] == 'O')
		size = 0;
	else if (size == 0)
		return false;
	*ret_size = size;
	return true;
}

static bool items(const struct aisp_pk_val *shape, uint64_t *ret_n)
{
	const struct aisp_pk_node *n = shape ? aisp_pk_node(shape) : NULL;
	uint64_t all = 1;

	if (!n || shape->kind != AISP_PK_TUPLE)
		return false;
	for (uint32_t i = 0; i < n->n; i++)
		if (n->kids[i].kind != AISP_PK_INT || (int64_t)n->kids[i].a < 0 || __builtin_mul_overflow(all, n->kids[i].a, &all))
			return false;
	*ret_n = all;
	return true;
}

/* An array of objects is a pickle of its own in the midst of this one. */
static bool nested(struct aisp_pickle *p)
{
	struct aisp_pickle q;
	struct aisp_pk_val top;
	bool ok = false;

	if (p->run->depth >= NEST_MAX || !aisp_pk_init(&q, p->run, p->in, p->where)) {
		if (p->run->depth < NEST_MAX)
			aisp_pk_done(&q);
		aisp_model__partial(p->run, "arrays of objects within one another");
		return false;
	}
	p->run->depth++;
	q.r.at = p->r.at;
	ok = aisp_pk_run(&q, &top) == AISP_PK_STOPPED;
	p->r.at = q.r.at;
	p->run->depth--;
	aisp_pk_tell_references(&q);
	aisp_pk_done(&q);
	return ok;
}

bool aisp_pk_joblib_array(struct aisp_pickle *p, const struct aisp_pk_node *wrapper)
{
	const struct aisp_pk_node *state = aisp_pk_node(&wrapper->state);
	uint64_t size, n, bytes;
	unsigned char pad = 0;

	if (!state || wrapper->state.kind != AISP_PK_DICT || !item_size(p, entry(p, state, "dtype"), &size))
		return false;
	if (size == 0)
		return nested(p);
	if (!items(entry(p, state, "shape"), &n) || __builtin_mul_overflow(n, size, &bytes))
		return false;
	const struct aisp_pk_val *aligned = entry(p, state, "numpy_array_alignment_bytes");
	if (aligned && aligned->kind == AISP_PK_INT) {
		if (aisp_input_read(p->in, p->r.at, &pad, 1, NULL) < 0)
			return false;
		bytes += 1u + pad;
	}
	if (bytes > p->in->size - p->r.at)
		return false;
	p->r.at += bytes;
	p->skipped += bytes;
	return true;
}

/* ---- compressed files ---- */

static bool is_compressed(enum aisp_container_form form)
{
	return form == AISP_CONTAINER_GZIP || form == AISP_CONTAINER_BZIP2 || form == AISP_CONTAINER_XZ || form == AISP_CONTAINER_ZSTD ||
	       form == AISP_CONTAINER_LZ4 || form == AISP_CONTAINER_ZLIB;
}

/* joblib before 0.10: "ZF", the length in hexadecimal, a zlib stream. */
static struct aisp_input stream_of(const struct aisp_input *in, struct aisp_slice head)
{
	if (aisp_slice_starts(head, AISP_S("ZF0x")) && head.n > ZFILE_HEADER + 1)
		return aisp_input_part(in, ZFILE_HEADER + (head.p[ZFILE_HEADER] == ' '), in->size);
	return *in;
}

static int peek(void *ctx, const struct aisp_container_member *m)
{
	char head[4096];
	size_t n = 0;

	if (aisp_input_read_some(&m->input, 0, head, sizeof head, &n, NULL) == 0)
		*(int *)ctx = aisp_model__pickle_reader.detect(&m->input, aisp_slice_of(head, n), AISP_S("")) >= 60;
	return 1;
}

static int detect(const struct aisp_input *in, struct aisp_slice head, struct aisp_slice path)
{
	struct aisp_input stream = stream_of(in, head);
	enum aisp_container_form form = aisp_container_detect_head(&stream);
	struct aisp_container_limits limits = {.max_member = 256 << 10, .max_ratio = 1u << 30};
	int pickled = 0;

	if (is_compressed(form)) {
		(void)aisp_container_each(&stream, form, &limits, NULL, peek, &pickled, NULL, NULL);
		return pickled ? 85 : 0;
	}
	if ((unsigned char)(head.n ? head.p[0] : 0) == 0x80 && aisp_slice_find(head, AISP_S("joblib")) != SIZE_MAX &&
	    aisp_slice_find(head, AISP_S("numpy_pickle")) != SIZE_MAX)
		return aisp_model__pickle_reader.detect(in, head, path) ? 85 : 0;
	return 0;
}

static int unpacked(void *ctx, const struct aisp_container_member *m)
{
	struct aisp_model_run *run = ctx;

	if (m->why_not != AISP_OK)
		aisp_model__partial(run, "could not be unpacked");
	else if (m->oddities & AISP_ODDITY(RATIO))
		aisp_model__partial(run, "unpacked only in part: over a limit");
	else if (m->oddities & AISP_ODDITY(TRUNCATED))
		aisp_model__partial(run, "the compressed data end before their end");
	run->read += m->input.size;
	aisp_model__pickle(run, &m->input, AISP_S(""));
	return 0;
}

static void scan(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice path)
{
	char head[64];
	size_t n = 0;
	struct aisp_container_limits limits = {.max_member = UNPACKED_MAX};

	(void)path;
	if (aisp_input_read_some(in, 0, head, sizeof head, &n, NULL) < 0)
		return;
	struct aisp_input stream = stream_of(in, aisp_slice_of(head, n));
	enum aisp_container_form form = aisp_container_detect_head(&stream);
	if (!is_compressed(form)) {
		aisp_model__pickle(run, in, AISP_S(""));
		return;
	}
	int r = aisp_container_each(&stream, form, &limits, NULL, unpacked, run, NULL, NULL);
	if (r == AISP_E_NOMEM)
		aisp_model__nomem(run);
	else if (r < 0)
		aisp_model__partial(run, "could not be unpacked");
}

const struct aisp_model_reader aisp_model__joblib_reader = {AISP_MODEL_JOBLIB, detect, scan};
