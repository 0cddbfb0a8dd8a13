/* GGUF (llama.cpp's format) v1–v3, little and big endian: a header of counts, key/value metadata, tensor descriptions, tensor bytes.
 * What can hurt: counts and lengths that a trusting reader allocates or adds up; and the chat template in the metadata, which
 * is a program for a template engine. The format: ggml/docs/gguf.md.
 *
 *   "GGUF" │ version │ n tensors │ n keys │ keys… │ tensors… │ padding │ tensor bytes
 *
 * Invariant: of the tensors' bytes only the end of the file is read, so the time does not grow with the file.
 */
#include "base/mem.h"
#include "base/vec.h"
#include "scan/modelfile/fmt.h"
#include <stdlib.h>

enum { WINDOW = 65536, TEXT_KEEP = 4 << 20, KEYS_MAX = 1 << 20, TENSORS_MAX = 4 << 20 };

enum gguf_type { G_U8, G_I8, G_U16, G_I16, G_U32, G_I32, G_F32, G_BOOL, G_STRING, G_ARRAY, G_U64, G_I64, G_F64, G_TYPES };
static const unsigned char type_size[G_TYPES] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

/* ggml tensor types: elements a block, bytes a block; 0 where the number is not in use. */
static const struct {
	const char *name;
	uint16_t block, bytes;
} ggml_types[] = {
    [0] = {"F32", 1, 4},          [1] = {"F16", 1, 2},          [2] = {"Q4_0", 32, 18},      [3] = {"Q4_1", 32, 20},
    [4] = {"Q4_2", 16, 10},       [5] = {"Q4_3", 16, 12},       [6] = {"Q5_0", 32, 22},      [7] = {"Q5_1", 32, 24},
    [8] = {"Q8_0", 32, 34},       [9] = {"Q8_1", 32, 36},       [10] = {"Q2_K", 256, 84},    [11] = {"Q3_K", 256, 110},
    [12] = {"Q4_K", 256, 144},    [13] = {"Q5_K", 256, 176},    [14] = {"Q6_K", 256, 210},   [15] = {"Q8_K", 256, 292},
    [16] = {"IQ2_XXS", 256, 66},  [17] = {"IQ2_XS", 256, 74},   [18] = {"IQ3_XXS", 256, 98}, [19] = {"IQ1_S", 256, 50},
    [20] = {"IQ4_NL", 32, 18},    [21] = {"IQ3_S", 256, 110},   [22] = {"IQ2_S", 256, 82},   [23] = {"IQ4_XS", 256, 136},
    [24] = {"I8", 1, 1},          [25] = {"I16", 1, 2},         [26] = {"I32", 1, 4},        [27] = {"I64", 1, 8},
    [28] = {"F64", 1, 8},         [29] = {"IQ1_M", 256, 56},    [30] = {"BF16", 1, 2},       [31] = {"Q4_0_4_4", 32, 18},
    [32] = {"Q4_0_4_8", 32, 18},  [33] = {"Q4_0_8_8", 32, 18},  [34] = {"TQ1_0", 256, 54},   [35] = {"TQ2_0", 256, 66},
    [36] = {"IQ4_NL_4_4", 32, 18}, [37] = {"IQ4_NL_4_8", 32, 18}, [38] = {"IQ4_NL_8_8", 32, 18}, [39] = {"MXFP4", 32, 17},
};
enum { GGML_TYPES = sizeof ggml_types / sizeof *ggml_types };

struct span {
	uint64_t begin, end;
};
struct gguf {
	struct aisp_model_run *run;
	const struct aisp_input *in;
	uint64_t pos; /* of buf[n] */
	char buf[WINDOW];
	size_t i, n;
	bool big, broken;
	uint32_t version;
	uint64_t alignment;
	AISP_VEC(struct span) spans;
	AISP_VEC(uint64_t) keys;
	uint64_t parameters;
	uint64_t by_type[GGML_TYPES];
	bool odd;
};

static void refuse(struct gguf *g, struct aisp_slice where, struct aisp_slice what, const char *why, const char *reference)
{
	g->odd = true;
	aisp_model__issue(g->run, "gguf-structure", AISP_MODEL_HIGH, where, g->pos - (g->n - g->i), what, why, reference);
}

static uint64_t here(const struct gguf *g)
{
	return g->pos - (g->n - g->i);
}

static uint64_t left(const struct gguf *g)
{
	return g->in->size - here(g);
}

/* n <= WINDOW bytes at once; NULL at the end. */
static const char *get(struct gguf *g, size_t n)
{
	if (g->n - g->i < n) {
		uint64_t at = here(g);
		size_t want = g->in->size - at < WINDOW ? (size_t)(g->in->size - at) : WINDOW;

		g->i = g->n = 0;
		g->pos = at;
		if (want < n || !aisp_model__go_on(g->run) || !aisp_model__read(g->run, g->in, at, g->buf, want)) {
			g->broken = true;
			return NULL;
		}
		g->n = want;
		g->pos = at + want;
	}
	g->i += n;
	return g->buf + g->i - n;
}

static uint32_t get32(struct gguf *g)
{
	const char *p = get(g, 4);

	return !p ? 0 : g->big ? aisp_be32(p) : aisp_le32(p);
}

static uint64_t get64(struct gguf *g)
{
	const char *p = get(g, 8);

	return !p ? 0 : g->big ? aisp_be64(p) : aisp_le64(p);
}

static uint64_t get_size(struct gguf *g)
{
	return g->version == 1 ? get32(g) : get64(g);
}

static void skip(struct gguf *g, uint64_t n)
{
	if (n > left(g)) {
		g->broken = true;
	} else if (n <= g->n - g->i) {
		g->i += (size_t)n;
	} else {
		g->pos = here(g) + n;
		g->i = g->n = 0;
	}
}

/* Length checked; p NULL when wrong. Longer than `keep`: skipped, an empty text. */
static struct aisp_slice get_string(struct gguf *g, uint64_t keep, struct aisp_slice where)
{
	uint64_t n = get_size(g);
	struct aisp_slice s;

	if (g->broken)
		return aisp_slice_of(NULL, 0);
	if (n > left(g)) {
		refuse(g, where, aisp_model__text(g->run, "a text of %llu bytes, %llu are left", (unsigned long long)n, (unsigned long long)left(g)),
		       "a reader that trusts the length writes beyond what it allocated", "CVE-2024-21825");
		g->broken = true;
		return aisp_slice_of(NULL, 0);
	}
	if (n > keep) {
		skip(g, n);
		return AISP_S("");
	}
	if (n <= 512) {
		const char *p = get(g, (size_t)n);
		s = p ? aisp_arena_dup(g->run->tmp, aisp_slice_of(p, (size_t)n)) : aisp_slice_of(NULL, 0);
		return s;
	}
	s = aisp_model__bytes(g->run, g->in, here(g), n);
	skip(g, n);
	return s;
}

/* ---- keys */

static void string_value(struct gguf *g, struct aisp_slice key, struct aisp_slice value)
{
	static const struct {
		const char *key, *fact;
	} known[] = {{"general.architecture", "architecture"}, {"general.name", "name"}, {"general.author", "author"},
	             {"general.organization", "author"}, {"general.quantized_by", "author"}, {"general.license", "license"},
	             {"general.license.link", "license"}, {"general.size_label", "parameters"}, {"general.finetune", "finetune"},
	             {"general.basename", "base_name"}, {"general.url", "url"}, {"general.source.url", "url"}, {"general.repo_url", "url"},
	             {"general.source.huggingface.repository", "base_model"}, {"general.file_type", "quantisation"},
	             {"general.type", "type"}, {"general.datasets", "dataset"}, {"quantize.imatrix.dataset", "dataset"},
	             {"general.tags", "tag"}, {"general.languages", "language"}};

	if (!value.n)
		return;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (aisp_slice_eqz(key, known[i].key))
			aisp_model__fact(g->run, known[i].fact, value);
	if (aisp_model__prefixed(key, "general.base_model.") && (aisp_model__suffixed_i(key, ".name") || aisp_model__suffixed_i(key, "url")))
		aisp_model__fact(g->run, "base_model", value);
	if (aisp_model__prefixed(key, "general.dataset.") && (aisp_model__suffixed_i(key, ".name") || aisp_model__suffixed_i(key, "url")))
		aisp_model__fact(g->run, "dataset", value);
	/* A template under another name is one all the same when it has statements. */
	if (aisp_model__prefixed(key, "tokenizer.chat_template") || (aisp_model__contains(key, "template") && aisp_model__contains(value, "{")) ||
	    (aisp_model__contains(value, "{%") && aisp_model__contains(value, "%}"))) {
		aisp_model__template(g->run, key, value);
	} else {
		const char *hint = value.n < 65536 ? aisp_model__code_hint(value) : NULL;

		if (hint)
			aisp_model__issue(g->run, "metadata-code", AISP_MODEL_MEDIUM, key, here(g), value,
			                  "text that looks like code stands where only data should be; nothing runs it on loading", "");
	}
}

static void array_value(struct gguf *g, struct aisp_slice key)
{
	uint32_t type = get32(g);
	uint64_t n = get_size(g), least;

	if (g->broken)
		return;
	if (type >= G_TYPES || type == G_ARRAY) {
		refuse(g, key, aisp_model__text(g->run, "array of type %u", type), "a reader that trusts the type reads outside a table", "CVE-2024-21825");
		g->broken = true;
		return;
	}
	least = type == G_STRING ? (g->version == 1 ? 4 : 8) : type_size[type];
	if (n > left(g) / least) {
		refuse(g, key, aisp_model__text(g->run, "an array of %llu, %llu bytes are left", (unsigned long long)n, (unsigned long long)left(g)),
		       "a reader that trusts the length writes beyond what it allocated", "CVE-2024-21825");
		g->broken = true;
		return;
	}
	if (type != G_STRING) {
		skip(g, n * least);
		return;
	}
	for (uint64_t i = 0; i < n && !g->broken; i++) {
		bool want = aisp_model__prefixed(key, "general.") || aisp_model__contains(key, "template");
		struct aisp_slice s = get_string(g, want && i < 1000 ? TEXT_KEEP : 0, key);

		if (want)
			string_value(g, key, s);
	}
}

static const char *file_type_name(uint64_t t)
{
	static const char *const names[] = {"F32", "F16", "Q4_0", "Q4_1", "Q4_1_F16", "Q4_2", "Q4_3", "Q8_0", "Q5_0", "Q5_1", "Q2_K", "Q3_K_S",
	    "Q3_K_M", "Q3_K_L", "Q4_K_S", "Q4_K_M", "Q5_K_S", "Q5_K_M", "Q6_K", "IQ2_XXS", "IQ2_XS", "Q2_K_S", "IQ3_XS", "IQ3_XXS", "IQ1_S",
	    "IQ4_NL", "IQ3_S", "IQ3_M", "IQ2_S", "IQ2_M", "IQ4_XS", "IQ1_M", "BF16", "Q4_0_4_4", "Q4_0_4_8", "Q4_0_8_8", "TQ1_0", "TQ2_0",
	    "MXFP4"};

	return t < sizeof names / sizeof *names ? names[t] : NULL;
}

static void number_value(struct gguf *g, struct aisp_slice key, uint64_t v)
{
	if (aisp_slice_eqz(key, "general.alignment")) {
		if (v == 0 || v > 1 << 20 || (v & (v - 1)))
			refuse(g, key, aisp_model__text(g->run, "alignment %llu", (unsigned long long)v), "a reader divides by it or runs past the file's end", "");
		else
			g->alignment = v;
	} else if (aisp_slice_eqz(key, "general.file_type") && file_type_name(v)) {
		aisp_model__fact(g->run, "quantisation", aisp_slice_z(file_type_name(v)));
	} else if (aisp_slice_eqz(key, "general.parameter_count")) {
		aisp_model__fact_u64(g->run, "parameters", v);
	}
}

static void one_key(struct gguf *g)
{
	struct aisp_slice key = get_string(g, 65535, AISP_S("")), copy;
	uint32_t type = get32(g);
	uint64_t v = 0;

	if (g->broken)
		return;
	copy = aisp_slice_to(key, 200);
	for (size_t i = 0; i < key.n; i++)
		v = (v ^ (unsigned char)key.p[i]) * 0x100000001b3ULL;
	if (aisp_vec_push(&g->keys, v) < 0)
		aisp_model__nomem(g->run);
	if (type == G_STRING) {
		struct aisp_slice value = get_string(g, TEXT_KEEP, copy);

		if (value.p && !value.n && aisp_model__contains(key, "template"))
			aisp_model__partial(g->run, "a template over %u bytes was not read", (unsigned)TEXT_KEEP);
		string_value(g, copy, value);
	} else if (type == G_ARRAY) {
		array_value(g, copy);
	} else if (type < G_TYPES) {
		const char *p = get(g, type_size[type]);

		v = 0;
		for (unsigned i = 0; p && i < type_size[type]; i++)
			v |= (uint64_t)(unsigned char)p[g->big ? type_size[type] - 1 - i : i] << 8 * i;
		if (p && type != G_F32 && type != G_F64)
			number_value(g, copy, v);
	} else {
		refuse(g, copy, aisp_model__text(g->run, "a value of type %u", type), "a reader that trusts the type reads outside a table", "CVE-2024-21825");
		g->broken = true;
	}
}

static int by_value(const void *va, const void *vb)
{
	const uint64_t *a = va, *b = vb;

	return *a < *b ? -1 : *a > *b;
}

static void repeated_keys(struct gguf *g)
{
	if (g->keys.n)
		qsort(g->keys.v, g->keys.n, sizeof *g->keys.v, by_value);
	for (size_t i = 1; i < g->keys.n; i++)
		if (g->keys.v[i] == g->keys.v[i - 1]) {
			refuse(g, AISP_S(""), AISP_S("a key stands twice"), "readers disagree about which value counts", "");
			return;
		}
}

/* ---- tensors */

static void one_tensor(struct gguf *g)
{
	struct aisp_slice name = get_string(g, 4096, AISP_S(""));
	uint32_t dims = get32(g), type;
	uint64_t elements = 1, offset, bytes = 0;
	bool overflow = false;

	if (g->broken)
		return;
	name = aisp_slice_to(name, 200);
	if (dims > 4) {
		refuse(g, name, aisp_model__text(g->run, "%u dimensions", dims), "a reader that trusts the count writes beyond its array of four", "CVE-2024-21802");
		if (dims > 64) {
			g->broken = true;
			return;
		}
	}
	for (uint32_t i = 0; i < dims; i++)
		overflow |= __builtin_mul_overflow(elements, get_size(g), &elements);
	type = get32(g);
	offset = get64(g);
	if (g->broken)
		return;
	if (type < GGML_TYPES) {
		uint64_t blocks = elements / ggml_types[type].block + (elements % ggml_types[type].block != 0);

		g->by_type[type]++;
		overflow |= __builtin_mul_overflow(blocks, (uint64_t)ggml_types[type].bytes, &bytes);
		if (ggml_types[type].block > 1 && elements % ggml_types[type].block)
			aisp_model__issue(g->run, "gguf-structure", AISP_MODEL_MEDIUM, name, here(g), AISP_S("the shape does not fill whole blocks"),
			                  "readers refuse it", "");
	} else if (type > 200) {
		refuse(g, name, aisp_model__text(g->run, "tensor type %u", type), "a reader that trusts the type reads outside a table", "CVE-2024-21836");
	} else {
		aisp_model__issue(g->run, "gguf-type", AISP_MODEL_INFO, name, here(g), aisp_model__text(g->run, "tensor type %u", type),
		                  "a type that is not known here: its size cannot be checked", "");
	}
	if (overflow || elements > 1ull << 60) {
		refuse(g, name, AISP_S("the shape's product overflows"), "a reader that does not check allocates too little and writes beyond it", "CVE-2024-21802");
		return;
	}
	g->parameters += elements;
	if (offset % g->alignment)
		refuse(g, name, aisp_model__text(g->run, "offset %llu is not aligned", (unsigned long long)offset), "readers refuse it", "");
	if (offset > UINT64_MAX / 2 || bytes > UINT64_MAX / 4)
		refuse(g, name, AISP_S("offset out of range"), "a reader that adds it up reads outside the file", "");
	else if (aisp_vec_push(&g->spans, (struct span){offset, offset + bytes}) < 0)
		aisp_model__nomem(g->run);
}

static int by_begin(const void *va, const void *vb)
{
	const struct span *a = va, *b = vb;

	if (a->begin != b->begin)
		return a->begin < b->begin ? -1 : 1;
	return a->end < b->end ? -1 : a->end > b->end;
}

static void padding(struct gguf *g, uint64_t data)
{
	char pad[64];
	size_t n = data - here(g) < sizeof pad ? (size_t)(data - here(g)) : sizeof pad;

	if (data <= g->in->size && n > 1 && aisp_model__read(g->run, g->in, here(g), pad, n) && aisp_model__payload_kind(aisp_slice_of(pad, n)))
		aisp_model__uncovered(g->run, g->in, here(g), data, "in the padding");
}

static void layout(struct gguf *g)
{
	uint64_t data = here(g), covered = 0, have;

	data += (g->alignment - data % g->alignment) % g->alignment;
	have = data < g->in->size ? g->in->size - data : 0;
	padding(g, data);
	if (g->spans.n)
		qsort(g->spans.v, g->spans.n, sizeof *g->spans.v, by_begin);
	for (size_t i = 0; i < g->spans.n; i++) {
		const struct span *s = &g->spans.v[i];

		if (s->begin < covered && s->end > s->begin) {
			refuse(g, AISP_S(""), AISP_S("tensors overlap"), "the same bytes are two tensors; readers refuse it", "");
			break;
		}
		if (s->begin > covered && s->begin - covered >= g->alignment)
			aisp_model__uncovered(g->run, g->in, data + covered, data + s->begin, "between tensors");
		covered = s->end > covered ? s->end : covered;
	}
	if (covered > have) {
		bool cut = !g->odd && covered / 64 < g->in->size;

		if (cut)
			aisp_model__partial(g->run, "the file is cut: %llu of %llu bytes of tensors are there", (unsigned long long)have, (unsigned long long)covered);
		aisp_model__issue(g->run, "gguf-structure", cut ? AISP_MODEL_MEDIUM : AISP_MODEL_HIGH, AISP_S(""), data,
		                  AISP_S("tensors reach beyond the file's end"), "a reader that does not check reads outside the file", "");
	} else if (have - covered >= g->alignment && data + covered < g->in->size) {
		aisp_model__uncovered(g->run, g->in, data + covered, g->in->size, "behind the last tensor");
	}
}

static void body(struct gguf *g)
{
	uint64_t n_tensors, n_keys;
	const char *head = get(g, 8);
	unsigned most = 0;

	if (!head)
		return;
	g->version = aisp_le32(head + 4);
	if ((g->version & 0xffff) == 0) {
		g->big = true;
		g->version = __builtin_bswap32(g->version);
	}
	if (g->version == 0 || g->version > 3) {
		aisp_model__partial(g->run, "GGUF version %u is not known here", g->version);
		return;
	}
	n_tensors = get_size(g);
	n_keys = get_size(g);
	if (n_keys > left(g) / 9 || n_keys > KEYS_MAX)
		refuse(g, AISP_S(""), aisp_model__text(g->run, "%llu keys", (unsigned long long)n_keys), "a reader that trusts the count allocates too much or too little", "CVE-2024-23605");
	if (n_tensors > left(g) / 16 || n_tensors > TENSORS_MAX)
		refuse(g, AISP_S(""), aisp_model__text(g->run, "%llu tensors", (unsigned long long)n_tensors), "a reader that trusts the count allocates too much or too little", "CVE-2024-21836");
	for (uint64_t i = 0; i < n_keys && !g->broken && !g->run->bad; i++)
		one_key(g);
	repeated_keys(g);
	for (uint64_t i = 0; i < n_tensors && !g->broken && !g->run->bad; i++)
		one_tensor(g);
	if (g->broken)
		return;
	aisp_model__fact_u64(g->run, "tensors", n_tensors);
	aisp_model__fact_u64(g->run, "parameters", g->parameters);
	aisp_model__fact(g->run, "framework_version", aisp_model__text(g->run, "GGUF v%u%s", g->version, g->big ? " big endian" : ""));
	for (unsigned i = 1; i < GGML_TYPES; i++)
		if (g->by_type[i] > g->by_type[most])
			most = i;
	if (g->by_type[most])
		aisp_model__fact(g->run, "quantisation", aisp_slice_z(ggml_types[most].name));
	layout(g);
}

static void scan(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice path)
{
	struct gguf *g = aisp_arena_alloc(run->tmp, sizeof *g);

	(void)path;
	if (!g) {
		aisp_model__nomem(run);
		return;
	}
	memset(g, 0, sizeof *g);
	g->run = run;
	g->in = in;
	g->alignment = 32;
	if (in->size >= 8)
		body(g);
	if ((g->broken || in->size < 8) && !run->bad) {
		aisp_model__partial(run, "the header ends before its end");
		if (!run->n_issues)
			aisp_model__issue(run, "gguf-structure", AISP_MODEL_MEDIUM, AISP_S(""), 0, AISP_S("the header ends before its end"),
			                  "the file is cut, or its counts are wrong", "");
	}
	aisp_model__zip_tail(run, in);
	aisp_vec_done(&g->spans);
	aisp_vec_done(&g->keys);
}

static int detect(const struct aisp_input *in, struct aisp_slice head, struct aisp_slice path)
{
	(void)in;
	(void)path;
	return aisp_model__prefixed(head, "GGUF") ? 95 : 0;
}

const struct aisp_model_reader aisp_model__gguf_reader = {AISP_MODEL_GGUF, detect, scan};

/* ---- GGML, GGMF, GGJT, GGLA: the formats before GGUF. Numbers, a vocabulary, tensors: data. */

static int ggml_detect(const struct aisp_input *in, struct aisp_slice head, struct aisp_slice path)
{
	static const char *const magics[] = {"lmgg", "fmgg", "tjgg", "algg"};

	(void)in;
	(void)path;
	for (size_t i = 0; i < 4; i++)
		if (head.n >= 24 && memcmp(head.p, magics[i], 4) == 0)
			return 80;
	return 0;
}

static void ggml_scan(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice path)
{
	struct aisp_slice head = aisp_model__bytes(run, in, 0, 64);
	static const char *const names[] = {"GGML", "GGMF", "GGJT", "GGLA"};
	static const char first[] = "lfta";
	const char *which = head.n >= 24 ? strchr(first, head.p[0]) : NULL;
	size_t at = which && which > first ? 8 : 4;

	(void)path;
	if (!which || !*which)
		return;
	aisp_model__fact(run, "producer", aisp_slice_z(names[which - first]));
	if (at == 8)
		aisp_model__fact_u64(run, "framework_version", aisp_le32(head.p + 4));
	/* hyperparameters: vocabulary, width … as 32-bit numbers; none of them is negative or huge in a real file */
	for (size_t i = 0; i < 4; i++)
		if (aisp_le32(head.p + at + 4 * i) > 1u << 28) {
			aisp_model__issue(run, "ggml-structure", AISP_MODEL_MEDIUM, AISP_S(""), at + 4 * i,
			                  aisp_model__text(run, "a size of %u", aisp_le32(head.p + at + 4 * i)), "old readers allocate by this number without a check", "");
			break;
		}
	aisp_model__zip_tail(run, in);
}

const struct aisp_model_reader aisp_model__ggml_reader = {AISP_MODEL_GGML, ggml_detect, ggml_scan};
