/* TensorFlow graphs: SavedModel (saved_model.pb and .pbtxt), MetaGraph (.meta), frozen GraphDef (.pb), Keras' metadata beside them. A
 * graph is a program: most operations compute, a few read and write files, call Python or reach the network. Those are found in
 * graphs and in the function library. Save, restore and file name operations are in every SavedModel and say nothing.
 *
 * Source: graph, node_def, function, attr_value, saved_model and meta_graph.proto of tensorflow/core, and its registered operations.
 */
#include "base/hash.h"
#include "base/vec.h"
#include "scan/modelfile/fmt.h"

enum { VALUE_MAX = 256 << 10, NODE_MAX = 4 << 20, DEPTH_MAX = 8, CONSTS_MAX = 100000 };

struct hot {
	struct aisp_slice op, name, arg;
	uint64_t inputs[4];
	unsigned n_inputs;
	uint64_t offset;
};
struct text_const {
	uint64_t name;
	struct aisp_slice value;
};
struct graph {
	struct aisp_model_run *run;
	const struct aisp_input *in;
	struct aisp_slice where;
	AISP_VEC(struct hot) hot;
	AISP_VEC(struct text_const) consts;
	uint64_t nodes;
};

/* ---- operations */

enum when { ALWAYS, WITH_PATH }; /* WITH_PATH: only a constant path outside the model's folder makes it an issue */
static const struct {
	const char *op; /* a '*' at the end: any name that begins so */
	enum aisp_model_severity severity;
	enum when when;
	const char *why;
} ops[] = {
    {"ReadFile", AISP_MODEL_HIGH, ALWAYS, "the graph reads a file when it is run"},
    {"WriteFile", AISP_MODEL_HIGH, ALWAYS, "the graph writes a file when it is run"},
    {"MatchingFiles", AISP_MODEL_HIGH, ALWAYS, "the graph lists files when it is run"},
    {"MatchingFilesDataset", AISP_MODEL_HIGH, ALWAYS, "the graph lists files when it is run"},
    {"PyFunc*", AISP_MODEL_HIGH, ALWAYS, "the graph calls Python code when it is run"},
    {"EagerPyFunc", AISP_MODEL_HIGH, ALWAYS, "the graph calls Python code when it is run"},
    {"ImmutableConst", AISP_MODEL_HIGH, ALWAYS, "the graph maps a file as a tensor when it is run"},
    {"DebugIdentity*", AISP_MODEL_HIGH, WITH_PATH, "the graph writes tensors to that address when it is run"},
    {"DebugNanCount*", AISP_MODEL_HIGH, WITH_PATH, "the graph writes tensors to that address when it is run"},
    {"DebugNumericSummary*", AISP_MODEL_HIGH, WITH_PATH, "the graph writes tensors to that address when it is run"},
    {"PrintV2", AISP_MODEL_HIGH, WITH_PATH, "the graph writes text to that file when it is run"},
    {"DumpTensor*", AISP_MODEL_HIGH, ALWAYS, "the graph writes a file when it is run"},
    {"TextLineDataset", AISP_MODEL_HIGH, WITH_PATH, "the graph reads that file when it is run"},
    {"TFRecordDataset*", AISP_MODEL_HIGH, WITH_PATH, "the graph reads that file when it is run"},
    {"FixedLengthRecordDataset*", AISP_MODEL_HIGH, WITH_PATH, "the graph reads that file when it is run"},
    {"CSVDataset*", AISP_MODEL_HIGH, WITH_PATH, "the graph reads that file when it is run"},
    {"ExperimentalCSVDataset", AISP_MODEL_HIGH, WITH_PATH, "the graph reads that file when it is run"},
    {"SqlDataset", AISP_MODEL_HIGH, ALWAYS, "the graph queries a database when it is run"},
    {"ExperimentalSqlDataset", AISP_MODEL_HIGH, ALWAYS, "the graph queries a database when it is run"},
    {"LMDBDataset", AISP_MODEL_HIGH, WITH_PATH, "the graph reads that file when it is run"},
    {"LMDBReader", AISP_MODEL_MEDIUM, ALWAYS, "the graph reads a file when it is run"},
    {"WholeFileReader*", AISP_MODEL_HIGH, ALWAYS, "the graph reads files when it is run"},
    {"TextLineReader*", AISP_MODEL_HIGH, ALWAYS, "the graph reads files when it is run"},
    {"TFRecordReader*", AISP_MODEL_MEDIUM, ALWAYS, "the graph reads files when it is run"},
    {"FixedLengthRecordReader*", AISP_MODEL_HIGH, ALWAYS, "the graph reads files when it is run"},
    {"ReaderReadUpTo*", AISP_MODEL_LOW, ALWAYS, "the graph reads from a reader when it is run"},
    {"FileSystemSetConfiguration", AISP_MODEL_HIGH, ALWAYS, "the graph changes how files are reached"},
    {"GcsConfigureCredentials", AISP_MODEL_HIGH, ALWAYS, "the graph sets credentials of cloud storage"},
    {"GcsConfigureBlockCache", AISP_MODEL_MEDIUM, ALWAYS, "the graph sets up cloud storage"},
    {"BigQueryReader", AISP_MODEL_HIGH, ALWAYS, "the graph reads a database when it is run"},
    {"RpcCall", AISP_MODEL_HIGH, ALWAYS, "the graph calls a server when it is run"},
    {"RpcClient", AISP_MODEL_HIGH, ALWAYS, "the graph calls a server when it is run"},
    {"RpcServer", AISP_MODEL_HIGH, ALWAYS, "the graph opens a server when it is run"},
    {"TryRpc", AISP_MODEL_HIGH, ALWAYS, "the graph calls a server when it is run"},
    {"Rpc", AISP_MODEL_HIGH, ALWAYS, "the graph calls a server when it is run"},
    {"CreateSummaryFileWriter", AISP_MODEL_MEDIUM, ALWAYS, "the graph writes log files when it is run"},
    {"CreateSummaryDbWriter", AISP_MODEL_MEDIUM, ALWAYS, "the graph writes a database when it is run"},
    {"SaveDataset*", AISP_MODEL_MEDIUM, ALWAYS, "the graph writes files when it is run"},
    {"LoadDataset", AISP_MODEL_HIGH, WITH_PATH, "the graph reads that file when it is run"},
    {"DatasetToTFRecord", AISP_MODEL_HIGH, ALWAYS, "the graph writes a file when it is run"},
    {"SnapshotDataset*", AISP_MODEL_MEDIUM, ALWAYS, "the graph writes files when it is run"},
    {"CacheDataset*", AISP_MODEL_HIGH, WITH_PATH, "the graph writes that file when it is run"},
    {"DecodeProtoV2", AISP_MODEL_LOW, WITH_PATH, "the graph reads a description from that file"},
    {"LoadLibrary*", AISP_MODEL_HIGH, ALWAYS, "the graph loads native code when it is run"},
    {"DeleteFile*", AISP_MODEL_HIGH, ALWAYS, "the graph deletes a file when it is run"},
    {"CopyFile", AISP_MODEL_HIGH, ALWAYS, "the graph copies a file when it is run"},
};

/* Names that no operation of TensorFlow's has. */
static bool runs_commands(struct aisp_slice op)
{
	static const char *const words[] = {"Shell", "Subprocess", "SystemCall", "SystemCommand", "ExecuteCommand", "RunCommand", "ExecCommand", "EvalPython",
	                                    "PythonOp", "ExecPython", "OsSystem", "Popen", "LoadLibrary", "ExecuteCode", "RunScript", "SystemExec",
	                                    "CommandExec", "ProcessExec", "ShellExec", "PyExec", "RunPython", "HttpRequest", "DownloadFile", "LoadDll",
	                                    "DynamicLibrary", NULL};

	for (const char *const *w = words; *w; w++)
		if (aisp_model__contains(op, *w))
			return true;
	return aisp_slice_eqz(op, "System") || aisp_slice_eqz(op, "Exec") || aisp_slice_eqz(op, "Eval") || aisp_slice_eqz(op, "Execute");
}

static bool op_is(struct aisp_slice op, const char *pattern)
{
	size_t n = strlen(pattern);

	if (pattern[n - 1] != '*')
		return aisp_slice_eqz(op, pattern);
	return aisp_slice_starts(op, aisp_slice_of(pattern, n - 1));
}

static int find_op(struct aisp_slice op)
{
	for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
		if (op_is(op, ops[i].op))
			return (int)i;
	return -1;
}

static bool is_hot(struct aisp_slice op)
{
	return find_op(op) >= 0 || runs_commands(op);
}

void aisp_model__tf_op(struct aisp_model_run *run, struct aisp_slice where, struct aisp_slice op, struct aisp_slice arg)
{
	int i = find_op(op);
	enum aisp_path_kind kind = aisp_model__path_kind(arg);
	struct aisp_slice what = arg.n ? aisp_model__text(run, "%.*s(\"%.*s\")", AISP_FMT(op), AISP_FMT(aisp_slice_to(arg, 120))) : op;

	if (i < 0) {
		if (runs_commands(op))
			aisp_model__issue(run, "tensorflow-op", AISP_MODEL_HIGH, where, 0, what, "an operation of this name runs commands or code where it is installed", "");
		return;
	}
	if (ops[i].when == WITH_PATH && (!arg.n || (kind == AISP_PATH_PLAIN && !aisp_model__path_sensitive(arg))))
		return;
	aisp_model__issue(run, "tensorflow-op", arg.n && ops[i].severity == AISP_MODEL_HIGH && kind != AISP_PATH_PLAIN ? AISP_MODEL_CRITICAL : ops[i].severity,
	                  where, 0, what, ops[i].why, "");
}

/* ---- nodes */

static uint64_t name_hash(struct aisp_slice name)
{
	size_t colon = aisp_slice_rchr(name, ':');

	if (colon != SIZE_MAX)
		name = aisp_slice_to(name, aisp_slice_chr(name, ':'));
	if (name.n && name.p[0] == '^')
		name = aisp_slice_from(name, 1);
	return aisp_hash64(name.p, name.n, 7);
}

static struct aisp_slice short_bytes(struct graph *g, const struct aisp_pbin *pb, uint64_t max)
{
	return pb->n <= max ? aisp_model__bytes(g->run, g->in, pb->at, pb->n) : aisp_slice_of(NULL, 0);
}

/* An attribute that can hold a path: "value" of a text constant, "debug_urls", "output_stream", "memory_region_name". */
static void attribute(struct graph *g, struct hot *node, struct aisp_slice entry)
{
	static const char *const paths[] = {"debug_urls", "output_stream", "memory_region_name", "filename", "file_pattern", "descriptor_source", "path",
	                                    "token", "command", "cmd", "shared_name", "tensor_name", "url", "address", NULL};
	struct aisp_slice key = aisp_pb__bytes(entry, 1), value = aisp_pb__bytes(entry, 2), text;

	if (aisp_slice_eqz(key, "value")) {
		struct aisp_slice tensor = aisp_pb__bytes(value, 8);

		text = aisp_pb__bytes(tensor, 8);
		if (aisp_pb__u64(tensor, 1, 0) == 7 && text.n && text.n < 4096 && g->consts.n < CONSTS_MAX &&
		    aisp_vec_push(&g->consts, (struct text_const){name_hash(node->name), text}) < 0)
			aisp_model__nomem(g->run);
		return;
	}
	if (!aisp_model__one_of(key, paths) || aisp_slice_eqz(key, "shared_name") || aisp_slice_eqz(key, "tensor_name"))
		return;
	text = aisp_pb__bytes(value, 2);
	if (!text.n)
		text = aisp_pb__bytes(aisp_pb__bytes(value, 1), 2);
	if (text.n && !node->arg.n && !aisp_slice_eqz(text, "stderr") && !aisp_slice_eqz(text, "stdout"))
		node->arg = text;
}

static void one_node(struct graph *g, uint64_t at, uint64_t n)
{
	struct aisp_pbin pb = {.in = g->in, .pos = at, .end = at + n};
	struct hot node = {.offset = at};

	g->nodes++;
	while (aisp_model__go_on(g->run) && aisp_pbin__next(g->run, &pb)) {
		if (pb.wire != 2)
			continue;
		if (pb.field == 1) {
			node.name = short_bytes(g, &pb, 1024);
		} else if (pb.field == 2) {
			node.op = short_bytes(g, &pb, 256);
		} else if (pb.field == 3 && node.n_inputs < 4) {
			node.inputs[node.n_inputs++] = name_hash(short_bytes(g, &pb, 1024));
		} else if (pb.field == 5 && pb.n <= VALUE_MAX) {
			bool want = aisp_slice_eqz(node.op, "Const") || is_hot(node.op) || !node.op.n;

			if (want && pb.n < NODE_MAX)
				attribute(g, &node, short_bytes(g, &pb, VALUE_MAX));
		}
	}
	if (pb.broken)
		aisp_model__partial(g->run, "a node of the graph could not be read");
	if (is_hot(node.op) && aisp_vec_push(&g->hot, node) < 0)
		aisp_model__nomem(g->run);
}

static void function(struct graph *g, uint64_t at, uint64_t n)
{
	struct aisp_pbin pb = {.in = g->in, .pos = at, .end = at + n};

	while (aisp_model__go_on(g->run) && aisp_pbin__next(g->run, &pb))
		if (pb.field == 3 && pb.wire == 2)
			one_node(g, pb.at, pb.n);
	if (pb.broken)
		aisp_model__partial(g->run, "a function of the graph could not be read");
}

static struct aisp_slice constant(const struct graph *g, uint64_t name)
{
	for (size_t i = 0; i < g->consts.n; i++)
		if (g->consts.v[i].name == name)
			return g->consts.v[i].value;
	return aisp_slice_of(NULL, 0);
}

static void finish(struct graph *g)
{
	for (size_t i = 0; i < g->hot.n && i < 2000; i++) {
		struct hot *hot = &g->hot.v[i];
		struct aisp_slice arg = hot->arg, other;

		for (unsigned k = 0; k < hot->n_inputs && !arg.n; k++)
			arg = constant(g, hot->inputs[k]);
		/* A path that no constant input names may still be in the graph: any constant that is a telling path. */
		for (size_t k = 0; k < g->consts.n && !arg.n; k++) {
			other = g->consts.v[k].value;
			if (aisp_model__path_sensitive(other) && aisp_slice_chr(other, ' ') == SIZE_MAX)
				arg = other;
		}
		aisp_model__tf_op(g->run, aisp_model__join(g->run, g->where, hot->name), hot->op, arg);
	}
	aisp_vec_done(&g->hot);
	aisp_vec_done(&g->consts);
}

static void graph_at(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice where, uint64_t at, uint64_t n)
{
	struct graph g = {.run = run, .in = in, .where = where};
	struct aisp_pbin pb = {.in = in, .pos = at, .end = at + n};

	while (aisp_model__go_on(run) && aisp_pbin__next(run, &pb)) {
		if (pb.wire != 2)
			continue;
		if (pb.field == 1) {
			one_node(&g, pb.at, pb.n);
		} else if (pb.field == 2) {
			struct aisp_pbin lib = {.in = in, .pos = pb.at, .end = pb.at + pb.n};

			while (aisp_model__go_on(run) && aisp_pbin__next(run, &lib))
				if (lib.field == 1 && lib.wire == 2)
					function(&g, lib.at, lib.n);
		}
	}
	if (pb.broken)
		aisp_model__partial(run, "the graph could not be read to its end");
	finish(&g);
}

void aisp_model__graph_def(struct aisp_model_run *run, struct aisp_slice where, struct aisp_slice msg)
{
	struct aisp_input in = aisp_input_mem(msg);

	graph_at(run, &in, where, 0, in.size);
}

static void meta_info(struct aisp_model_run *run, struct aisp_slice info)
{
	struct aisp_pb pb = aisp_pb__of(info);

	while (aisp_pb__next(&pb)) {
		if (pb.wire == 2 && pb.field == 4)
			aisp_model__fact(run, "tag", pb.bytes);
		else if (pb.wire == 2 && pb.field == 5)
			aisp_model__fact(run, "framework_version", aisp_model__text(run, "tensorflow %.*s", AISP_FMT(aisp_slice_to(pb.bytes, 50))));
	}
}

/* Keras' own description of each object is JSON in the object graph (before 2.6) or in keras_metadata.pb. */
static void keras_object(struct aisp_model_run *run, struct aisp_slice object)
{
	struct aisp_slice user = aisp_pb__bytes(object, 4), json = aisp_pb__bytes(user, 3);

	if (json.n && json.p[0] == '{' && (aisp_model__contains(json, "class_name") || aisp_model__contains(json, "Lambda")))
		aisp_model__keras_config(run, AISP_S("object_graph"), json);
}

static void meta_graph(struct aisp_model_run *run, const struct aisp_input *in, uint64_t at, uint64_t n)
{
	struct aisp_pbin pb = {.in = in, .pos = at, .end = at + n};

	while (aisp_model__go_on(run) && aisp_pbin__next(run, &pb)) {
		if (pb.wire != 2)
			continue;
		if (pb.field == 1) {
			meta_info(run, aisp_model__bytes(run, in, pb.at, pb.n < NODE_MAX ? pb.n : NODE_MAX));
		} else if (pb.field == 2) {
			graph_at(run, in, AISP_S(""), pb.at, pb.n);
		} else if (pb.field == 6) {
			struct aisp_slice file = aisp_pb__bytes(aisp_model__bytes(run, in, pb.at, pb.n < VALUE_MAX ? pb.n : VALUE_MAX), 2);

			if (aisp_model__path_kind(file) != AISP_PATH_PLAIN)
				aisp_model__issue(run, "tensorflow-asset", AISP_MODEL_HIGH, AISP_S("asset_file_def"), pb.at, file, "an asset outside the model's folder is read on loading", "");
		} else if (pb.field == 7) {
			struct aisp_pbin og = {.in = in, .pos = pb.at, .end = pb.at + pb.n};

			while (aisp_model__go_on(run) && aisp_pbin__next(run, &og))
				if (og.field == 1 && og.wire == 2 && og.n < NODE_MAX && og.n > 40)
					keras_object(run, aisp_model__bytes(run, in, og.at, og.n));
		}
	}
	if (pb.broken)
		aisp_model__partial(run, "the model's graph could not be read to its end");
}

/* ---- the files */

enum shape { NOT, SAVED, META, GRAPH, KERAS };

static bool is_node(const struct aisp_input *in)
{
	struct aisp_pb_look look = aisp_pb__look(in);
	struct aisp_input op = look.f2;
	char b[64];
	size_t n = 0;

	if (!look.ok || !(look.bytes & 2) || !(look.bytes & 4) || look.seen & ~0xfeull || op.size > 60 ||
	    aisp_input_read_some(&op, 0, b, sizeof b, &n, NULL) < 0 || !n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (b[i] <= 32 || b[i] > 126)
			return false;
	return true;
}

static bool is_meta(const struct aisp_input *in)
{
	struct aisp_pb_look look = aisp_pb__look(in), inner;

	if (!look.ok || !(look.bytes & 4) || look.seen & ~0x1feull || (look.seen & ~look.bytes & 0xff))
		return false;
	inner = look.f2.size ? aisp_pb__look(&look.f2) : look;
	return (inner.ok && (inner.bytes & 2) && is_node(&inner.f1)) || ((look.bytes & 2) && look.f2.size == 0);
}

static enum shape shape_of(const struct aisp_input *in, struct aisp_slice head, struct aisp_slice path)
{
	struct aisp_pb_look look;

	if (head.n < 8 || (head.p[0] != 0x08 && head.p[0] != 0x0a && head.p[0] != 0x12))
		return NOT;
	look = aisp_pb__look(in);
	if (!look.ok)
		return NOT;
	if (aisp_model__contains(aisp_slice_basename(path), "keras_metadata") ||
	    (look.seen == 2 && aisp_model__contains(head, "\"class_name\"") && aisp_model__contains(head, "_tf_keras")))
		return KERAS;
	if (!(look.seen & ~6ull) && (look.bytes & 4) && !(look.bytes & 2) && is_meta(&look.f2))
		return SAVED;
	if (is_meta(in) && (look.bytes & 6) == 6)
		return META;
	if (!(look.seen & ~0x1eull) && (look.bytes & 2) && is_node(&look.f1))
		return GRAPH;
	return NOT;
}

static int detect(const struct aisp_input *in, struct aisp_slice head, struct aisp_slice path)
{
	return shape_of(in, head, path) == NOT ? 0 : 75;
}

static void scan(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice path)
{
	struct aisp_pbin pb = {.in = in, .end = in->size};
	enum shape shape = shape_of(in, aisp_model__bytes(run, in, 0, 4096), path);

	if (shape == META) {
		meta_graph(run, in, 0, in->size);
		return;
	}
	if (shape == GRAPH) {
		graph_at(run, in, AISP_S(""), 0, in->size);
		return;
	}
	while (aisp_model__go_on(run) && aisp_pbin__next(run, &pb)) {
		if (shape == SAVED && pb.field == 2 && pb.wire == 2) {
			meta_graph(run, in, pb.at, pb.n);
		} else if (shape == KERAS && pb.field == 1 && pb.wire == 2) {
			struct aisp_slice object = aisp_model__bytes(run, in, pb.at, pb.n < NODE_MAX ? pb.n : NODE_MAX);
			struct aisp_slice json = aisp_pb__bytes(object, 5);

			if (json.n)
				aisp_model__keras_config(run, aisp_pb__bytes(object, 3), json);
		}
	}
	if (pb.broken)
		aisp_model__partial(run, "the model could not be read to its end");
}

const struct aisp_model_reader aisp_model__saved_model_reader = {AISP_MODEL_SAVED_MODEL, detect, scan};

/* ---- text form: node { name: "x" op: "ReadFile" … } */

static int text_detect(const struct aisp_input *in, struct aisp_slice head, struct aisp_slice path)
{
	bool named = aisp_model__suffixed_i(path, ".pbtxt");

	(void)in;
	if (aisp_slice_chr(head, 0) != SIZE_MAX)
		return 0;
	if (aisp_model__contains(head, "saved_model_schema_version") && aisp_model__contains(head, "meta_graphs"))
		return 75;
	return named && (aisp_model__contains(head, "node {") || aisp_model__contains(head, "node_def {") || aisp_model__contains(head, "graph_def")) ? 70 : 0;
}

/* The quoted text behind `key` in the rest of a line, or empty. */
static struct aisp_slice quoted(struct aisp_slice line, const char *key)
{
	size_t at = aisp_slice_find(line, aisp_slice_z(key)), open, close;

	if (at == SIZE_MAX)
		return aisp_slice_of(NULL, 0);
	line = aisp_slice_from(line, at);
	open = aisp_slice_chr(line, '"');
	if (open == SIZE_MAX)
		return aisp_slice_of(NULL, 0);
	line = aisp_slice_from(line, open + 1);
	close = aisp_slice_chr(line, '"');
	return close == SIZE_MAX ? aisp_slice_of(NULL, 0) : aisp_slice_to(line, close);
}

static void text_scan(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice path)
{
	struct aisp_slice rest = aisp_model__all(run, in, 64 << 20), line, name = {0}, arg = {0}, value;
	AISP_VEC(struct hot) found = {0};

	(void)path;
	while (aisp_slice_split(&rest, '\n', &line) && aisp_model__go_on(run)) {
		/* Several fields may share a line. */
		if ((value = quoted(line, "name:")).n)
			name = value;
		if ((value = quoted(line, "string_val:")).n && (!arg.n || aisp_model__path_sensitive(value)))
			arg = value;
		if ((value = quoted(line, "s:")).n && aisp_model__path_kind(value) == AISP_PATH_URL)
			arg = value;
		for (struct aisp_slice at = line; (value = quoted(at, "op:")).n; at = aisp_slice_of(value.p + value.n, (size_t)(line.p + line.n - value.p) - value.n))
			if (is_hot(value) && found.n < 1000 && aisp_vec_push(&found, (struct hot){.op = value, .name = name}) < 0)
				aisp_model__nomem(run);
	}
	for (size_t i = 0; i < found.n; i++)
		aisp_model__tf_op(run, found.v[i].name, found.v[i].op, arg);
	aisp_vec_done(&found);
}

const struct aisp_model_reader aisp_model__saved_model_text_reader = {AISP_MODEL_SAVED_MODEL, text_detect, text_scan};
