/* ONNX (ModelProto): tensors kept in other files, operators outside the standard, graphs within graphs, facts. ORT's own
 * flatbuffer form is told apart and looked at for the same names.
 *
 * Source: onnx/onnx.proto (field numbers), onnx/docs/ExternalData.md.
 */
#include "scan/modelfile/fmt.h"

enum { DEPTH_MAX = 32, SMALL = 64 << 10 };

struct onnx {
	struct aisp_model_run *run;
	const struct aisp_input *in;
	uint64_t n_external, n_tensors, parameters;
	struct aisp_slice external; /* last one, to say each file once */
};

static struct aisp_slice bytes(struct onnx *o, const struct aisp_pbin *pb, uint64_t max)
{
	return pb->n <= max ? aisp_model__bytes(o->run, o->in, pb->at, pb->n) : aisp_slice_of(NULL, 0);
}

/* ---- external data */

static void location(struct onnx *o, struct aisp_slice tensor, struct aisp_slice path, uint64_t at)
{
	static const char *const refs[] = {"", "CVE-2025-51480", "CVE-2024-27318", ""};
	enum aisp_path_kind kind = aisp_model__path_kind(path);

	o->n_external++;
	if (kind == AISP_PATH_PLAIN && aisp_slice_chr(path, 0) == SIZE_MAX) {
		if (!aisp_slice_eq(o->external, path))
			aisp_model__fact(o->run, "external_data", path);
		o->external = path;
		if (aisp_model__path_sensitive(path))
			aisp_model__issue(o->run, "onnx-external-data", AISP_MODEL_MEDIUM, tensor, at, path, "loading reads that file as a tensor", "");
		return;
	}
	aisp_model__issue(o->run, "onnx-external-data", AISP_MODEL_HIGH, tensor, at, path,
	                  "loading reads a file outside the model's folder as a tensor; saving again writes it", kind == AISP_PATH_ESCAPES ? "CVE-2022-25882" : refs[kind]);
}

static void external_entry(struct onnx *o, struct aisp_slice tensor, struct aisp_slice entry, uint64_t at)
{
	struct aisp_slice key = aisp_pb__bytes(entry, 1), value = aisp_pb__bytes(entry, 2);
	uint64_t n;

	if (aisp_slice_eqz(key, "location"))
		location(o, tensor, aisp_arena_dup(o->run->tmp, value), at);
	else if ((aisp_slice_eqz(key, "offset") || aisp_slice_eqz(key, "length")) && (!aisp_slice_u64(value, &n) || n > 1ull << 50))
		aisp_model__issue(o->run, "onnx-external-data", AISP_MODEL_HIGH, tensor, at, aisp_model__text(o->run, "%.*s = %.*s", AISP_FMT(key), AISP_FMT(aisp_slice_to(value, 60))),
		                  "a reader that does not check reads outside the file", "");
}

/* ---- tensors */

static unsigned type_bytes(uint64_t t)
{
	static const unsigned char size[] = {0, 4, 1, 1, 2, 2, 4, 8, 0, 1, 2, 8, 4, 8, 8, 16, 2, 1, 1, 1, 1};

	return t < sizeof size ? size[t] : 0;
}

static void add_dims(struct aisp_slice packed, uint64_t *elements, bool *overflow)
{
	/* A packed list is a run of varints: read each as a field's value. */
	while (packed.n) {
		uint64_t v = 0;
		size_t i = 0;

		for (; i < packed.n && i < 10; i++) {
			v |= (uint64_t)((unsigned char)packed.p[i] & 0x7f) << 7 * i;
			if (!((unsigned char)packed.p[i] & 0x80))
				break;
		}
		packed = aisp_slice_from(packed, i + 1);
		*overflow |= v > INT64_MAX || __builtin_mul_overflow(*elements, v, elements);
	}
}

struct tensor {
	struct aisp_slice name, entries[8];
	uint64_t elements, type, raw, external;
	size_t n_entries;
	bool overflow;
};

static void tensor_field(struct onnx *o, const struct aisp_pbin *pb, struct tensor *t)
{
	switch (pb->field << 3 | pb->wire) {
	case 1 << 3 | 0:
		t->overflow |= pb->value > INT64_MAX || __builtin_mul_overflow(t->elements, pb->value, &t->elements);
		break;
	case 1 << 3 | 2:
		add_dims(bytes(o, pb, SMALL), &t->elements, &t->overflow);
		break;
	case 2 << 3 | 0:
		t->type = pb->value;
		break;
	case 8 << 3 | 2:
		t->name = aisp_slice_to(bytes(o, pb, SMALL), 200);
		break;
	case 9 << 3 | 2:
		t->raw = pb->n;
		break;
	case 13 << 3 | 2:
		if (t->n_entries < 8)
			t->entries[t->n_entries++] = bytes(o, pb, SMALL);
		break;
	case 14 << 3 | 0:
		t->external = pb->value;
		break;
	default:
		break;
	}
}

static void tensor(struct onnx *o, uint64_t at, uint64_t n)
{
	struct aisp_pbin pb = {.in = o->in, .pos = at, .end = at + n};
	struct tensor t = {.elements = 1, .raw = UINT64_MAX};
	uint64_t need;

	o->n_tensors++;
	while (aisp_model__go_on(o->run) && aisp_pbin__next(o->run, &pb))
		tensor_field(o, &pb, &t);
	if (pb.broken)
		aisp_model__partial(o->run, "a tensor could not be read");
	for (size_t i = 0; i < t.n_entries; i++)
		external_entry(o, t.name, t.entries[i], at);
	if (t.overflow || t.elements > 1ull << 50) {
		aisp_model__issue(o->run, "onnx-structure", AISP_MODEL_HIGH, t.name, at, AISP_S("the shape's product overflows or is absurd"),
		                  "a reader that does not check allocates too little or too much", "");
		return;
	}
	o->parameters += t.elements;
	need = t.elements * type_bytes(t.type);
	if (t.raw != UINT64_MAX && !t.external && type_bytes(t.type) && need != t.raw)
		aisp_model__issue(o->run, "onnx-structure", AISP_MODEL_MEDIUM, t.name, at,
		                  aisp_model__text(o->run, "shape needs %llu bytes, %llu are given", (unsigned long long)need, (unsigned long long)t.raw),
		                  "a reader that trusts the shape reads outside the tensor", "");
}

/* ---- nodes */

static bool standard(struct aisp_slice domain)
{
	static const char *const known[] = {"ai.onnx", "ai.onnx.ml", "ai.onnx.training", "ai.onnx.preview.training", "com.microsoft", "com.microsoft.nchwc",
	                                    "com.microsoft.experimental", "com.microsoft.mlfeaturizers", "ai.onnx.contrib", "pkg.onnxscript.torch_lib",
	                                    "pkg.onnxscript.torch_lib.common", "org.pytorch.aten", "com.ms.internal.nhwc", "com.intel.ai", "com.qti.aisw",
	                                    "trt.plugins", "ai.onnx.preview", "onnx.quantize", "qonnx.custom_op.general", "pkg.torch", "com.nvidia",
	                                    "com.microsoft.extensions", "mmdeploy", "mmcv", "org.openvinotoolkit", "local", "this", "pkg.transformers",
	                                    "finn", "brevitas.onnx", "custom.spox", NULL};

	return !domain.n || aisp_model__one_of(domain, known) || aisp_model__prefixed(domain, "pkg.") || aisp_model__prefixed(domain, "com.microsoft.");
}

static void operator(struct onnx *o, struct aisp_slice name, struct aisp_slice op, struct aisp_slice domain, uint64_t at)
{
	static const char *const python[] = {"PythonOp", "PyOp", "PyCustomOp", "PythonOpGrad", "PythonFunction", "PyFunc", NULL};
	struct aisp_slice what = aisp_model__text(o->run, "%.*s%s%.*s", AISP_FMT(aisp_slice_to(domain, 80)), domain.n ? "::" : "", AISP_FMT(aisp_slice_to(op, 80)));

	if (aisp_model__one_of(op, python) || aisp_model__prefixed(op, "PyOp") || aisp_model__contains(op, "PythonOp"))
		aisp_model__issue(o->run, "onnx-python", AISP_MODEL_HIGH, name, at, what, "the graph calls Python code when it is run", "");
	else if (aisp_model__contains(op, "Shell") || aisp_model__contains(op, "SystemC") || aisp_model__contains(op, "ExecuteC") || aisp_model__contains(op, "Subprocess") ||
	         aisp_model__contains(op, "RunCommand"))
		aisp_model__issue(o->run, "onnx-operator", AISP_MODEL_HIGH, name, at, what, "an operator of this name runs commands where it is installed", "");
	else if (!standard(domain))
		aisp_model__issue(o->run, "onnx-operator", AISP_MODEL_LOW, name, at, what, "native code from outside the runtime is needed to run this operator", "");
}

static void graph(struct onnx *o, uint64_t at, uint64_t n, unsigned depth);

static void attribute(struct onnx *o, struct aisp_slice node, uint64_t at, uint64_t n, unsigned depth)
{
	struct aisp_pbin pb = {.in = o->in, .pos = at, .end = at + n};
	struct aisp_slice name = {0};

	while (aisp_model__go_on(o->run) && aisp_pbin__next(o->run, &pb)) {
		if (pb.wire != 2)
			continue;
		if (pb.field == 1) {
			name = bytes(o, &pb, 256);
		} else if ((pb.field == 4 || pb.field == 9) && pb.n > 6 && pb.n < SMALL) {
			struct aisp_slice s = bytes(o, &pb, SMALL);
			const char *hint = aisp_model__code_hint(s);

			if (hint)
				aisp_model__issue(o->run, "onnx-attribute", AISP_MODEL_HIGH, aisp_model__join(o->run, node, name), pb.at, s, "code stands in an attribute of an operator", "");
		} else if (pb.field == 5 || pb.field == 10) {
			tensor(o, pb.at, pb.n);
		} else if (pb.field == 6 || pb.field == 11) {
			graph(o, pb.at, pb.n, depth + 1);
		}
	}
}

static void node(struct onnx *o, uint64_t at, uint64_t n, unsigned depth)
{
	struct aisp_pbin pb = {.in = o->in, .pos = at, .end = at + n};
	struct aisp_slice name = {0}, op = {0}, domain = {0};

	while (aisp_model__go_on(o->run) && aisp_pbin__next(o->run, &pb)) {
		if (pb.wire != 2)
			continue;
		if (pb.field == 3)
			name = aisp_slice_to(bytes(o, &pb, SMALL), 200);
		else if (pb.field == 4)
			op = bytes(o, &pb, 1024);
		else if (pb.field == 7)
			domain = bytes(o, &pb, 1024);
		else if (pb.field == 5)
			attribute(o, name, pb.at, pb.n, depth);
	}
	if (pb.broken)
		aisp_model__partial(o->run, "an operator could not be read");
	operator(o, name, op, domain, at);
}

static void graph(struct onnx *o, uint64_t at, uint64_t n, unsigned depth)
{
	struct aisp_pbin pb = {.in = o->in, .pos = at, .end = at + n};

	if (depth > DEPTH_MAX) {
		aisp_model__partial(o->run, "graphs within graphs, more than %d deep", (int)DEPTH_MAX);
		return;
	}
	while (aisp_model__go_on(o->run) && aisp_pbin__next(o->run, &pb)) {
		if (pb.wire != 2)
			continue;
		if (pb.field == 1) {
			node(o, pb.at, pb.n, depth);
		} else if (pb.field == 5) {
			tensor(o, pb.at, pb.n);
		} else if (pb.field == 15) {
			struct aisp_pbin sparse = {.in = o->in, .pos = pb.at, .end = pb.at + pb.n};

			while (aisp_pbin__next(o->run, &sparse))
				if (sparse.wire == 2 && sparse.field <= 2)
					tensor(o, sparse.at, sparse.n);
		}
	}
	if (pb.broken)
		aisp_model__partial(o->run, "a graph could not be read to its end");
}

/* A function's nodes, or the two graphs of training information. */
static void function(struct onnx *o, uint64_t at, uint64_t n, bool training)
{
	struct aisp_pbin pb = {.in = o->in, .pos = at, .end = at + n};

	while (aisp_model__go_on(o->run) && aisp_pbin__next(o->run, &pb)) {
		if (pb.wire == 2 && !training && pb.field == 7)
			node(o, pb.at, pb.n, 0);
		else if (pb.wire == 2 && training && pb.field <= 2)
			graph(o, pb.at, pb.n, 1);
	}
}

static void property(struct onnx *o, struct aisp_slice entry)
{
	static const struct {
		const char *key, *fact;
	} known[] = {{"author", "author"}, {"model_author", "author"}, {"license", "license"}, {"model_license", "license"}, {"base_model", "base_model"},
	             {"dataset", "dataset"}, {"date", "created"}, {"description", "description"}, {"task", "task"}};
	struct aisp_slice key = aisp_pb__bytes(entry, 1), value = aisp_pb__bytes(entry, 2);
	const char *hint = aisp_model__code_hint(value);

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (aisp_slice_eqi(key, aisp_slice_z(known[i].key)))
			aisp_model__fact(o->run, known[i].fact, value);
	if (hint)
		aisp_model__issue(o->run, "metadata-code", AISP_MODEL_MEDIUM, key, 0, value, "text that looks like code stands where only data should be; nothing runs it on loading", "");
}

void aisp_model__onnx(struct aisp_model_run *run, const struct aisp_input *in)
{
	struct onnx o = {.run = run, .in = in};
	struct aisp_pbin pb = {.in = in, .end = in->size};

	while (aisp_model__go_on(run) && aisp_pbin__next(run, &pb)) {
		if (pb.field == 2 && pb.wire == 2)
			aisp_model__fact(run, "producer", bytes(&o, &pb, 1024));
		else if (pb.field == 3 && pb.wire == 2)
			aisp_model__fact(run, "framework_version", bytes(&o, &pb, 1024));
		else if (pb.field == 7 && pb.wire == 2)
			graph(&o, pb.at, pb.n, 0);
		else if (pb.field == 14 && pb.wire == 2)
			property(&o, bytes(&o, &pb, SMALL * 4));
		else if (pb.field == 20 && pb.wire == 2)
			function(&o, pb.at, pb.n, true);
		else if (pb.field == 25 && pb.wire == 2)
			function(&o, pb.at, pb.n, false);
	}
	if (pb.broken) {
		if (pb.pos + 32 < in->size)
			aisp_model__uncovered(run, in, pb.pos, in->size, "behind the model");
		aisp_model__partial(run, "the model could not be read to its end");
	}
	aisp_model__fact_u64(run, "tensors", o.n_tensors);
	aisp_model__fact_u64(run, "parameters", o.parameters);
}

static int detect(const struct aisp_input *in, struct aisp_slice head, struct aisp_slice path)
{
	struct aisp_pb_look look;

	if (head.n < 8 || (head.p[0] != 0x08 && head.p[0] != 0x12 && head.p[0] != 0x3a && head.p[0] != 0x42))
		return 0;
	look = aisp_pb__look(in);
	/* ir_version, graph, opset_import; nothing that the message does not have */
	if (!look.ok || look.high || look.seen & ~(0x1feull | 1ull << 14 | 1ull << 20 | 1ull << 25 | 1ull << 26) || !(look.bytes & 1ull << 7))
		return 0;
	if (look.first_varint > 0 && look.first_varint < 100 && (look.bytes & (1ull << 8)))
		return 85;
	return look.first_varint < 100 || aisp_model__suffixed_i(path, ".onnx") ? 65 : 0;
}

static void scan(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice path)
{
	(void)path;
	aisp_model__onnx(run, in);
	aisp_model__zip_tail(run, in);
}

const struct aisp_model_reader aisp_model__onnx_reader = {AISP_MODEL_ONNX, detect, scan};
