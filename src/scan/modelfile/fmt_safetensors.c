/* safetensors: a length, a JSON header, tensor bytes. The format cannot run code, so what matters is whether the file is what it
 * says: the header is read as a stream, in fixed memory but for 24 bytes a tensor, and the tensors must cover the rest of the
 * file without holes or overlaps, as the reference reader demands (huggingface/safetensors, `Metadata::validate`).
 *
 *   u64 LE n │ n bytes of JSON, spaces behind │ tensors
 *
 * Invariant: of the tensors only a few bytes are read, so the time does not grow with the file.
 */
#include "base/buf.h"
#include "base/mem.h"
#include "base/vec.h"
#include "scan/modelfile/fmt.h"
#include <stdlib.h>

enum { HEADER_MAX = 100000000, WINDOW = 16384, TEXT_MAX = 64 << 10, PROBES = 256, DEPTH_MAX = 64 };

struct tensor {
	uint64_t begin, end, name_hash;
};
struct header {
	struct aisp_model_run *run;
	const struct aisp_input *in;
	uint64_t pos, end; /* of the window's end, of the header */
	char buf[WINDOW];
	size_t i, n;
	bool broken;
	struct aisp_buf text; /* last string, cut */
	uint64_t hash;        /* of all of it */
	AISP_VEC(struct tensor) tensors;
	uint64_t parameters;
	uint64_t by_dtype[32];
	bool odd; /* something that the reference reader refuses was seen */
};

static const struct {
	const char *name;
	unsigned bits;
} dtypes[] = {{"F32", 32}, {"F16", 16}, {"BF16", 16}, {"I8", 8}, {"U8", 8}, {"BOOL", 8}, {"I16", 16}, {"U16", 16}, {"I32", 32}, {"U32", 32},
              {"F64", 64}, {"I64", 64}, {"U64", 64}, {"F8_E5M2", 8}, {"F8_E4M3", 8}, {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8},
              {"C64", 64}, {"F4", 4}, {"F6_E2M3", 6}, {"F6_E3M2", 6}};
enum { DTYPES = sizeof dtypes / sizeof *dtypes };

static int peek(struct header *h)
{
	if (h->i == h->n) {
		uint64_t left = h->end - h->pos;

		h->n = left < WINDOW ? (size_t)left : WINDOW;
		h->i = 0;
		if (!h->n || !aisp_model__go_on(h->run) || !aisp_model__read(h->run, h->in, h->pos, h->buf, h->n)) {
			h->n = 0;
			return -1;
		}
		h->pos += h->n;
	}
	return (unsigned char)h->buf[h->i];
}

static int skip_space(struct header *h)
{
	int c;

	while ((c = peek(h)) == ' ' || c == '\t' || c == '\n' || c == '\r')
		h->i++;
	return c;
}

static bool expect(struct header *h, char c)
{
	if (skip_space(h) != c) {
		h->broken = true;
		return false;
	}
	h->i++;
	return true;
}

static void put(struct header *h, char c)
{
	h->hash = (h->hash ^ (unsigned char)c) * 0x100000001b3ULL;
	if (h->text.n < TEXT_MAX)
		aisp_buf_putc(&h->text, c);
}

static void escape(struct header *h)
{
	int c = peek(h);
	uint32_t cp = 0;

	if (c < 0)
		return;
	h->i++;
	if (c != 'u') {
		put(h, c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c == 'b' ? '\b' : c == 'f' ? '\f' : (char)c);
		return;
	}
	for (int k = 0; k < 4; k++) {
		c = peek(h);
		if (c < 0 || !strchr("0123456789abcdefABCDEF", c))
			return;
		cp = cp * 16 + (uint32_t)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
		h->i++;
	}
	if (cp >= 0x800)
		put(h, (char)(0xe0 | cp >> 12));
	if (cp >= 0x80) {
		put(h, (char)(cp >= 0x800 ? 0x80 | (cp >> 6 & 63) : 0xc0 | cp >> 6));
		cp = 0x80 | (cp & 63);
	}
	put(h, (char)cp);
}

static bool string(struct header *h)
{
	int c;

	aisp_buf_clear(&h->text);
	h->hash = 0xcbf29ce484222325ULL;
	if (!expect(h, '"'))
		return false;
	while ((c = peek(h)) >= 0 && c != '"') {
		h->i++;
		if (c == '\\')
			escape(h);
		else
			put(h, (char)c);
	}
	if (c < 0)
		h->broken = true;
	else
		h->i++;
	return !h->broken;
}

static bool number(struct header *h, uint64_t *ret)
{
	uint64_t v = 0;
	int c = skip_space(h);
	bool any = false;

	while ((c = peek(h)) >= '0' && c <= '9') {
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, (uint64_t)(c - '0'), &v))
			v = UINT64_MAX;
		h->i++;
		any = true;
	}
	*ret = v;
	if (!any || c == '.' || c == 'e' || c == 'E' || c == '-')
		h->broken = true;
	return !h->broken;
}

/* Any value; nested ones by counting brackets. */
static void skip_value(struct header *h)
{
	unsigned depth = 0;

	for (;;) {
		int c = skip_space(h);
		bool open = c == '{' || c == '[', close = c == '}' || c == ']';

		if (c < 0 || depth > DEPTH_MAX)
			h->broken = true;
		if (h->broken || (!depth && (close || c == ',')))
			return; /* behind a number or a word */
		if (c == '"')
			string(h);
		else
			h->i++;
		depth = depth + open - close;
		if (!depth && (close || c == '"'))
			return;
	}
}

static void structure(struct header *h, struct aisp_slice where, const char *what, const char *why)
{
	h->odd = true;
	aisp_model__issue(h->run, "safetensors-structure", AISP_MODEL_HIGH, where, 8, aisp_slice_z(what), why, "");
}

/* ---- metadata */

static void metadata_value(struct header *h, struct aisp_slice key)
{
	static const struct {
		const char *key, *fact;
	} known[] = {{"modelspec.author", "author"}, {"modelspec.license", "license"}, {"modelspec.architecture", "architecture"},
	             {"modelspec.title", "name"}, {"modelspec.date", "created"}, {"ss_sd_model_name", "base_model"}, {"base_model", "base_model"},
	             {"ss_base_model_version", "architecture"}, {"author", "author"}, {"license", "license"}, {"format", "producer"},
	             {"ss_training_comment", "comment"}, {"sd_merge_models", "base_model"}, {"dataset", "dataset"}, {"model_type", "architecture"},
	             {"ss_sd_scripts_commit_hash", "framework_version"}, {"modelspec.implementation", "producer"}};
	struct aisp_slice value = aisp_buf_slice(&h->text);
	const char *hint = aisp_model__code_hint(value);

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (aisp_slice_eqz(key, known[i].key))
			aisp_model__fact(h->run, known[i].fact, value);
	if (hint)
		aisp_model__issue(h->run, "metadata-code", AISP_MODEL_MEDIUM, aisp_model__join(h->run, AISP_S("__metadata__"), key), 8,
		                  aisp_slice_trim(value), "text that looks like code stands where only data should be; nothing runs it on loading", "");
	if (aisp_slice_eqz(key, "chat_template") || (value.n > 20 && aisp_model__prefixed(value, "{%") && aisp_model__contains(key, "template")))
		aisp_model__template(h->run, aisp_model__join(h->run, AISP_S("__metadata__"), key), aisp_arena_dup(h->run->tmp, value));
}

static void metadata(struct header *h)
{
	if (skip_space(h) != '{') {
		structure(h, AISP_S("__metadata__"), "not an object", "metadata are a map from text to text");
		skip_value(h);
		return;
	}
	h->i++;
	if (skip_space(h) == '}') {
		h->i++;
		return;
	}
	while (!h->broken) {
		struct aisp_slice key;

		if (!string(h))
			return;
		key = aisp_arena_dup(h->run->tmp, aisp_slice_to(aisp_buf_slice(&h->text), 200));
		if (!key.p || !expect(h, ':'))
			return;
		if (skip_space(h) == '"') {
			if (string(h))
				metadata_value(h, key);
		} else {
			structure(h, aisp_model__join(h->run, AISP_S("__metadata__"), key), "not a text", "metadata are a map from text to text");
			skip_value(h);
		}
		if (skip_space(h) == ',') {
			h->i++;
			continue;
		}
		expect(h, '}');
		return;
	}
}

/* ---- tensors */

struct entry {
	uint64_t elements, begin, end;
	unsigned bits;
	bool overflow, has_dtype, has_shape, has_offsets;
};

static void shape(struct header *h, struct entry *e)
{
	if (!expect(h, '['))
		return;
	e->elements = 1;
	e->has_shape = true;
	if (skip_space(h) == ']') {
		h->i++;
		return;
	}
	while (!h->broken) {
		uint64_t dim;

		if (number(h, &dim) && __builtin_mul_overflow(e->elements, dim, &e->elements))
			e->overflow = true;
		if (skip_space(h) != ',')
			break;
		h->i++;
	}
	expect(h, ']');
}

static void dtype(struct header *h, struct entry *e)
{
	if (!string(h))
		return;
	e->has_dtype = true;
	for (unsigned i = 0; i < DTYPES; i++)
		if (aisp_slice_eqz(aisp_buf_slice(&h->text), dtypes[i].name)) {
			e->bits = dtypes[i].bits;
			h->by_dtype[i]++;
		}
}

static void entry_fields(struct header *h, struct entry *e)
{
	while (!h->broken) {
		struct aisp_slice key;

		if (!string(h) || !expect(h, ':'))
			return;
		key = aisp_buf_slice(&h->text);
		if (aisp_slice_eqz(key, "dtype")) {
			dtype(h, e);
		} else if (aisp_slice_eqz(key, "shape")) {
			shape(h, e);
		} else if (aisp_slice_eqz(key, "data_offsets")) {
			e->has_offsets = expect(h, '[') && number(h, &e->begin) && expect(h, ',') && number(h, &e->end) && expect(h, ']');
		} else {
			structure(h, aisp_arena_dup(h->run->tmp, aisp_slice_to(key, 200)), "a field that a tensor does not have", "the format's readers refuse it");
			skip_value(h);
		}
		if (skip_space(h) != ',')
			break;
		h->i++;
	}
	expect(h, '}');
}

static void tensor(struct header *h, struct aisp_slice name, uint64_t hash)
{
	struct entry e = {0};
	uint64_t bits;

	if (!expect(h, '{'))
		return;
	entry_fields(h, &e);
	if (h->broken)
		return;
	if (!e.has_dtype || !e.has_shape || !e.has_offsets) {
		structure(h, name, "dtype, shape or data_offsets is missing", "the format's readers refuse it");
		return;
	}
	if (e.overflow || __builtin_mul_overflow(e.elements, e.bits ? e.bits : 8, &bits))
		structure(h, name, "the shape's product overflows", "a reader that does not check allocates too little and writes beyond it");
	else if (e.begin > e.end)
		structure(h, name, "the tensor ends before it begins", "a reader that does not check reads outside the file");
	else if (!e.bits)
		aisp_model__issue(h->run, "safetensors-dtype", AISP_MODEL_LOW, name, 8, AISP_S("unknown dtype"), "the tensor's size cannot be checked", "");
	else if ((bits + 7) / 8 != e.end - e.begin)
		structure(h, name, aisp_model__text(h->run, "shape needs %llu bytes, %llu are given", (unsigned long long)((bits + 7) / 8),
		                                    (unsigned long long)(e.end - e.begin)).p, "a reader that trusts the shape reads outside the tensor");
	if (!e.overflow)
		h->parameters += e.elements;
	if (aisp_vec_push(&h->tensors, (struct tensor){e.begin, e.end, hash}) < 0)
		aisp_model__nomem(h->run);
}

static void entries(struct header *h)
{
	if (!expect(h, '{'))
		return;
	if (skip_space(h) == '}') {
		h->i++;
		return;
	}
	while (!h->broken && !h->run->bad) {
		uint64_t hash;
		char keep[200];
		struct aisp_slice name;

		if (!string(h))
			return;
		name = aisp_slice_of(keep, h->text.n < sizeof keep ? h->text.n : sizeof keep);
		if (name.n)
			memcpy(keep, h->text.p, name.n);
		hash = h->hash;
		if (!expect(h, ':'))
			return;
		if (aisp_slice_eqz(name, "__metadata__"))
			metadata(h);
		else
			tensor(h, name, hash);
		if (skip_space(h) != ',')
			break;
		h->i++;
	}
	expect(h, '}');
}

/* ---- layout */

static int by_begin(const void *va, const void *vb)
{
	const struct tensor *a = va, *b = vb;

	if (a->begin != b->begin)
		return a->begin < b->begin ? -1 : 1;
	return a->end < b->end ? -1 : a->end > b->end;
}

static int by_name(const void *va, const void *vb)
{
	const struct tensor *a = va, *b = vb;

	return a->name_hash < b->name_hash ? -1 : a->name_hash > b->name_hash;
}

static void layout(struct header *h, uint64_t data)
{
	uint64_t covered = 0, have = h->in->size - data;
	const struct tensor *t = h->tensors.v;
	size_t n = h->tensors.n;

	if (n)
		qsort(h->tensors.v, n, sizeof *t, by_name);
	for (size_t i = 1; i < n; i++)
		if (t[i].name_hash == t[i - 1].name_hash)
			structure(h, AISP_S(""), "two tensors have the same name", "readers disagree about which of them counts");
	if (n)
		qsort(h->tensors.v, n, sizeof *t, by_begin);
	for (size_t i = 0; i < n; i++) {
		if (t[i].begin > covered) {
			structure(h, AISP_S(""), "a hole between tensors", "bytes that no tensor uses can carry something else");
			if (covered < have)
				aisp_model__uncovered(h->run, h->in, data + covered, data + (t[i].begin < have ? t[i].begin : have), "between tensors");
		} else if (t[i].begin < covered && t[i].end > t[i].begin) {
			structure(h, AISP_S(""), "tensors overlap", "the same bytes are two tensors; the format's readers refuse it");
		}
		if (t[i].end > covered)
			covered = t[i].end;
	}
	if (covered < have) {
		aisp_model__uncovered(h->run, h->in, data + covered, h->in->size, "behind the last tensor");
	} else if (covered > have) {
		bool cut = !h->odd && covered / 64 < h->in->size;

		if (cut)
			aisp_model__partial(h->run, "the file is cut: %llu of %llu bytes of tensors are there", (unsigned long long)have,
			                    (unsigned long long)covered);
		aisp_model__issue(h->run, "safetensors-structure", cut ? AISP_MODEL_MEDIUM : AISP_MODEL_HIGH, AISP_S(""), data,
		                  AISP_S("tensors reach beyond the file's end"), "a reader that does not check reads outside the file", "");
	}
}

/* The begin of the tensors: programs and archives do not stand there by chance. */
static void probe(struct header *h, uint64_t data)
{
	size_t step = h->tensors.n / PROBES + 1;

	for (size_t i = 0; i < h->tensors.n; i += step) {
		char b[16];
		const char *kind;

		if (h->tensors.v[i].end - h->tensors.v[i].begin < sizeof b || h->tensors.v[i].begin > h->in->size - data ||
		    !aisp_model__read(h->run, h->in, data + h->tensors.v[i].begin, b, sizeof b))
			continue;
		if (memcmp(b, "\x7f" "ELF", 4) != 0 && memcmp(b, "PK\3\4", 4) != 0 && memcmp(b, "#!/bin/", 7) != 0 && memcmp(b, "MZ\x90\0", 4) != 0)
			continue;
		kind = aisp_model__payload_kind(aisp_slice_of(b, sizeof b));
		aisp_model__issue(h->run, "tensor-payload", AISP_MODEL_MEDIUM, AISP_S(""), data + h->tensors.v[i].begin,
		                  aisp_slice_z(kind ? kind : "a program"), "a tensor's bytes begin as a program or archive does", "");
	}
}

static void facts(struct header *h)
{
	unsigned most = 0;

	for (unsigned i = 1; i < DTYPES; i++)
		if (h->by_dtype[i] > h->by_dtype[most])
			most = i;
	aisp_model__fact_u64(h->run, "tensors", h->tensors.n);
	aisp_model__fact_u64(h->run, "parameters", h->parameters);
	if (h->by_dtype[most])
		aisp_model__fact(h->run, "quantisation", aisp_slice_z(dtypes[most].name));
}

static void scan(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice path)
{
	struct header *h = aisp_arena_zalloc(run->tmp, 1, sizeof *h);
	char first[8];
	uint64_t n;

	(void)path;
	if (!h) {
		aisp_model__nomem(run);
		return;
	}
	if (!aisp_model__read(run, in, 0, first, 8))
		return;
	n = aisp_le64(first);
	*h = (struct header){.run = run, .in = in, .pos = 8, .end = n <= in->size - 8 ? 8 + n : in->size};
	aisp_buf_init(&h->text, TEXT_MAX + 16);
	if (n > HEADER_MAX || n > in->size - 8) {
		structure(h, AISP_S(""), aisp_model__text(run, "the header says it has %llu bytes", (unsigned long long)n).p,
		          n > HEADER_MAX ? "a reader without a limit takes that much memory" : "longer than the file");
		if (h->end > 8 + HEADER_MAX)
			h->end = 8 + HEADER_MAX;
	}
	entries(h);
	if (h->broken || run->bad) {
		if (!run->bad && n <= in->size - 8)
			structure(h, AISP_S(""), "the header is not what the format says", "readers that are less strict may read something else");
		aisp_model__partial(run, "the header could not be read to its end");
	} else {
		int c = skip_space(h);

		if (c >= 0 && c != 0)
			aisp_model__uncovered(run, in, h->pos - (h->n - h->i), h->end, "in the padding of the header");
		if (n <= in->size - 8)
			layout(h, 8 + n);
		if (n <= in->size - 8)
			probe(h, 8 + n);
		facts(h);
	}
	aisp_model__zip_tail(run, in);
	aisp_vec_done(&h->tensors);
	aisp_buf_done(&h->text);
}

static int detect(const struct aisp_input *in, struct aisp_slice head, struct aisp_slice path)
{
	uint64_t n;
	struct aisp_slice json;

	if (head.n < 10 || head.p[8] != '{')
		return 0;
	n = aisp_le64(head.p);
	json = aisp_slice_trim(aisp_slice_from(head, 9));
	if (!json.n || (json.p[0] != '"' && json.p[0] != '}'))
		return 0;
	if (n <= in->size - 8 && n >= 2 && (json.p[0] == '}' || aisp_model__contains(json, "\"dtype\"") || aisp_model__contains(json, "__metadata__")))
		return 95;
	if (aisp_model__suffixed_i(path, ".safetensors") || aisp_model__contains(json, "\"data_offsets\""))
		return 80;
	return 0;
}

const struct aisp_model_reader aisp_model__safetensors_reader = {AISP_MODEL_SAFETENSORS, detect, scan};
