/* CoreML (.mlmodel, the model in a .mlpackage) and PaddlePaddle (.pdmodel): protobuf messages. Custom layers and models name classes
 * of the application that loads them; linked models and weights name other files.
 *
 * Source: Model.proto and NeuralNetwork.proto of coremltools, framework.proto of Paddle.
 */
#include "scan/modelfile/fmt.h"

enum { DEPTH_MAX = 12, TEXT_MAX = 64 << 10, PART_MAX = 16 << 20 };

struct coreml {
	struct aisp_model_run *run;
	const struct aisp_input *in;
};

static struct aisp_slice bytes(struct coreml *c, const struct aisp_pbin *pb, uint64_t max)
{
	return pb->n <= max ? aisp_model__bytes(c->run, c->in, pb->at, pb->n) : aisp_slice_of(NULL, 0);
}

static void class_name(struct coreml *c, struct aisp_slice layer, struct aisp_slice name, uint64_t at, const char *kind)
{
	bool bad = aisp_model__code_hint(name) || aisp_model__contains(name, "shell") || aisp_model__contains(name, "exec") || aisp_model__contains(name, "system(") ||
	           aisp_model__path_kind(name) != AISP_PATH_PLAIN;

	aisp_model__issue(c->run, "coreml-custom", bad ? AISP_MODEL_HIGH : AISP_MODEL_MEDIUM, layer, at, aisp_model__text(c->run, "%s %.*s", kind, AISP_FMT(aisp_slice_to(name, 150))),
	                  "a class of the application is called by this name when the model is loaded", "");
}

static void layer(struct coreml *c, uint64_t at, uint64_t n)
{
	struct aisp_pbin pb = {.in = c->in, .pos = at, .end = at + n};
	struct aisp_slice name = {0};

	while (aisp_model__go_on(c->run) && aisp_pbin__next(c->run, &pb)) {
		if (pb.field == 1 && pb.wire == 2)
			name = aisp_slice_to(bytes(c, &pb, TEXT_MAX), 200);
		else if (pb.field == 500 && pb.wire == 2) {
			struct aisp_pbin params = {.in = c->in, .pos = pb.at, .end = pb.at + pb.n};

			while (aisp_pbin__next(c->run, &params))
				if (params.field == 10 && params.wire == 2)
					class_name(c, name, bytes(c, &params, TEXT_MAX), params.at, "custom layer");
		}
	}
	if (pb.broken)
		aisp_model__partial(c->run, "a layer could not be read");
}

static void network(struct coreml *c, uint64_t at, uint64_t n)
{
	struct aisp_pbin pb = {.in = c->in, .pos = at, .end = at + n};

	while (aisp_model__go_on(c->run) && aisp_pbin__next(c->run, &pb))
		if (pb.field == 1 && pb.wire == 2)
			layer(c, pb.at, pb.n);
}

static void user_defined(struct coreml *c, struct aisp_slice entry)
{
	struct aisp_slice key = aisp_pb__bytes(entry, 1), value = aisp_pb__bytes(entry, 2);
	const char *hint = aisp_model__code_hint(value);

	if (aisp_slice_eqz(key, "com.github.apple.coremltools.source") || aisp_slice_eqz(key, "com.github.apple.coremltools.version"))
		aisp_model__fact(c->run, "framework_version", value);
	if (hint)
		aisp_model__issue(c->run, "metadata-code", AISP_MODEL_MEDIUM, key, 0, value, "text that looks like code stands where only data should be; nothing runs it on loading", "");
}

static void description(struct coreml *c, uint64_t at, uint64_t n)
{
	struct aisp_slice meta = aisp_pb__bytes(aisp_model__bytes(c->run, c->in, at, n < PART_MAX ? n : PART_MAX), 100);
	struct aisp_pb pb = aisp_pb__of(meta);

	while (aisp_pb__next(&pb)) {
		if (pb.wire != 2)
			continue;
		if (pb.field == 1)
			aisp_model__fact(c->run, "description", pb.bytes);
		else if (pb.field == 3)
			aisp_model__fact(c->run, "author", pb.bytes);
		else if (pb.field == 4)
			aisp_model__fact(c->run, "license", pb.bytes);
		else if (pb.field == 100)
			user_defined(c, pb.bytes);
	}
}

/* Weights of an ML program are files below "@model_path/". */
static void program(struct coreml *c, uint64_t at, uint64_t n)
{
	struct aisp_slice rest = aisp_model__bytes(c->run, c->in, at, n < PART_MAX ? n : PART_MAX);

	if (n > PART_MAX)
		aisp_model__partial(c->run, "an ML program of %llu bytes was not read fully", (unsigned long long)n);
	for (size_t i; (i = aisp_slice_find(rest, AISP_S("@model_path/"))) != SIZE_MAX; rest = aisp_slice_from(rest, i + 12)) {
		struct aisp_slice path = aisp_slice_to(aisp_slice_from(rest, i + 12), 200);
		size_t len = 0;

		while (len < path.n && path.p[len] > 32 && path.p[len] < 127)
			len++;
		path = aisp_slice_to(path, len);
		if (aisp_model__path_kind(path) != AISP_PATH_PLAIN)
			aisp_model__issue(c->run, "coreml-file", AISP_MODEL_HIGH, AISP_S("mlProgram"), at + i, path, "loading reads a file outside the package", "");
	}
}

static void model(struct coreml *c, uint64_t at, uint64_t n, unsigned depth);

static void pipeline(struct coreml *c, uint64_t at, uint64_t n, unsigned depth, bool wrapped)
{
	struct aisp_pbin pb = {.in = c->in, .pos = at, .end = at + n};

	while (aisp_model__go_on(c->run) && aisp_pbin__next(c->run, &pb)) {
		if (pb.wire != 2 || pb.field != 1)
			continue;
		if (wrapped)
			pipeline(c, pb.at, pb.n, depth, false);
		else
			model(c, pb.at, pb.n, depth + 1);
	}
}

static void linked(struct coreml *c, struct aisp_slice msg, uint64_t at)
{
	struct aisp_slice file = aisp_pb__bytes(msg, 1), name, search;

	name = aisp_pb__bytes(aisp_pb__bytes(file, 1), 1);
	search = aisp_pb__bytes(aisp_pb__bytes(file, 2), 1);
	aisp_model__issue(c->run, "coreml-linked-model",
	                  aisp_model__path_kind(name) != AISP_PATH_PLAIN || aisp_model__path_kind(search) != AISP_PATH_PLAIN ? AISP_MODEL_HIGH : AISP_MODEL_LOW, AISP_S(""), at,
	                  aisp_model__text(c->run, "%.*s in %.*s", AISP_FMT(aisp_slice_to(name, 90)), AISP_FMT(aisp_slice_to(search, 90))), "loading loads another model", "");
}

static void model(struct coreml *c, uint64_t at, uint64_t n, unsigned depth)
{
	struct aisp_pbin pb = {.in = c->in, .pos = at, .end = at + n};

	if (depth > DEPTH_MAX) {
		aisp_model__partial(c->run, "models within models, more than %d deep", (int)DEPTH_MAX);
		return;
	}
	while (aisp_model__go_on(c->run) && aisp_pbin__next(c->run, &pb)) {
		if (pb.wire != 2)
			continue;
		switch (pb.field) {
		case 2:
			description(c, pb.at, pb.n);
			break;
		case 200:
		case 201:
			pipeline(c, pb.at, pb.n, depth, true);
			break;
		case 202:
			pipeline(c, pb.at, pb.n, depth, false);
			break;
		case 303:
		case 403:
		case 500:
			network(c, pb.at, pb.n);
			break;
		case 502:
			program(c, pb.at, pb.n);
			break;
		case 555:
			class_name(c, AISP_S("customModel"), aisp_pb__bytes(bytes(c, &pb, PART_MAX), 10), pb.at, "custom model");
			break;
		case 556:
			linked(c, bytes(c, &pb, TEXT_MAX), pb.at);
			break;
		default:
			break;
		}
	}
	if (pb.broken)
		aisp_model__partial(c->run, "the model could not be read to its end");
}

static int detect(const struct aisp_input *in, struct aisp_slice head, struct aisp_slice path)
{
	struct aisp_pb_look look;

	if (head.n < 8 || head.p[0] != 0x08)
		return 0;
	look = aisp_pb__look(in);
	if (!look.ok || look.first_varint > 50 || !look.high || look.seen & ~(6ull | 1ull << 10))
		return 0;
	return aisp_model__suffixed_i(path, ".mlmodel") || (look.bytes & 4) ? 85 : 50;
}

static void scan(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice path)
{
	struct coreml c = {run, in};

	(void)path;
	model(&c, 0, in->size, 0);
}

const struct aisp_model_reader aisp_model__coreml_reader = {AISP_MODEL_COREML, detect, scan};

/* ---- Paddle: ProgramDesc { blocks { idx, parent, vars, ops { inputs, outputs, type, attrs } } } */

static void paddle_op(struct coreml *c, uint64_t at, uint64_t n)
{
	static const char *const bad[] = {"py_func", "py_layer", "run_program", "read_file", "write_file", "load", "load_combine", "save", "save_combine", NULL};
	struct aisp_pbin pb = {.in = c->in, .pos = at, .end = at + n};
	struct aisp_slice type;

	while (aisp_pbin__next(c->run, &pb)) {
		if (pb.field != 3 || pb.wire != 2)
			continue;
		type = bytes(c, &pb, 256);
		if (!aisp_model__one_of(type, bad))
			continue;
		if (aisp_model__prefixed(type, "py_"))
			aisp_model__issue(c->run, "paddle-python", AISP_MODEL_HIGH, AISP_S(""), at, type, "the program calls Python code when it is run", "");
		else
			aisp_model__issue(c->run, "paddle-file", aisp_model__suffixed_i(type, "_file") ? AISP_MODEL_HIGH : AISP_MODEL_MEDIUM, AISP_S(""), at, type,
			                  "the program reads or writes a file when it is run", "");
	}
}

static void paddle_scan(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice path)
{
	struct coreml c = {run, in};
	struct aisp_pbin pb = {.in = in, .end = in->size};

	(void)path;
	while (aisp_model__go_on(run) && aisp_pbin__next(run, &pb)) {
		struct aisp_pbin block = {.in = in, .pos = pb.at, .end = pb.at + pb.n};

		while (pb.wire == 2 && pb.field == 1 && aisp_model__go_on(run) && aisp_pbin__next(run, &block))
			if (block.field == 4 && block.wire == 2)
				paddle_op(&c, block.at, block.n);
	}
	if (pb.broken)
		aisp_model__partial(run, "the program could not be read to its end");
}

static int paddle_detect(const struct aisp_input *in, struct aisp_slice head, struct aisp_slice path)
{
	struct aisp_pb_look look, block;

	if (head.n < 8 || head.p[0] != 0x0a)
		return 0;
	look = aisp_pb__look(in);
	if (!look.ok || look.seen & ~(1ull << 1 | 1ull << 4 | 1ull << 5))
		return 0;
	block = aisp_pb__look(&look.f1);
	/* idx and parent are numbers, variables and operators messages */
	if (!(block.seen & 2) || block.bytes & 2 || block.bytes & 4 || !(block.seen & 4))
		return 0;
	return aisp_model__suffixed_i(path, ".pdmodel") || aisp_slice_eqz(aisp_slice_basename(path), "__model__") ? 90 : block.bytes & (1ull << 3 | 1ull << 4) ? 80 : 0;
}

const struct aisp_model_reader aisp_model__paddle_reader = {AISP_MODEL_PADDLE, paddle_detect, paddle_scan};
