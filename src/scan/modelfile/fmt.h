/* Shared by the readers of formats that are not Python pickling (fmt_*.c): the list of them, bounded reading, walkers for the
 * encodings that several formats use, and the judgement of paths, URLs and operation names.
 *
 * Not for: pickle, and containers in general (archive formats live with the pickle readers).
 */
#pragma once
#include "scan/modelfile/modelfile_int.h"

/* Every reader here is `aisp_model__NAME_reader`; readers.c lists them by this. */
#define AISP_MODEL_FMT_READERS(X)                                                                                      \
	X(safetensors)                                                                                                 \
	X(gguf)                                                                                                        \
	X(ggml)                                                                                                        \
	X(hdf5)                                                                                                        \
	X(keras_zip)                                                                                                   \
	X(skops)                                                                                                       \
	X(coreml_package)                                                                                              \
	X(saved_model)                                                                                                 \
	X(saved_model_text)                                                                                            \
	X(onnx)                                                                                                        \
	X(coreml)                                                                                                      \
	X(paddle)                                                                                                      \
	X(tflite)                                                                                                      \
	X(ort)                                                                                                         \
	X(rdata)                                                                                                       \
	X(torch7)                                                                                                      \
	X(mxnet)                                                                                                       \
	X(xgboost)                                                                                                     \
	X(lightgbm)                                                                                                    \
	X(catboost)                                                                                                    \
	X(openvino)                                                                                                    \
	X(pmml)                                                                                                        \
	X(llamafile)                                                                                                   \
	X(executable)                                                                                                  \
	X(template)                                                                                                    \
	X(config)
#define X(name) extern const struct aisp_model_reader aisp_model__##name##_reader;
AISP_MODEL_FMT_READERS(X)
#undef X

/* ---- reading */
/* n bytes at `at` into `to`; false when the input ends before (says nothing) or cannot be read (says partial). */
/* (`run` may be NULL) */
bool aisp_model__read(struct aisp_model_run *run, const struct aisp_input *in, uint64_t at, void *to, size_t n);
/* Up to n bytes at `at`: of a memory input a part of it, else a copy that lives while the file is scanned. Empty at the end or on failure. */
struct aisp_slice aisp_model__bytes(struct aisp_model_run *run, const struct aisp_input *in, uint64_t at, uint64_t n);
/* All of it; when it is larger than `max`, the first `max` bytes and the run is partial. */
struct aisp_slice aisp_model__all(struct aisp_model_run *run, const struct aisp_input *in, uint64_t max);
static inline uint32_t aisp_le16(const void *p)
{
	const unsigned char *b = p;

	return (uint32_t)b[0] | (uint32_t)b[1] << 8;
}
static inline uint32_t aisp_le32(const void *p)
{
	const unsigned char *b = p;

	return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}
static inline uint64_t aisp_le64(const void *p)
{
	return aisp_le32(p) | (uint64_t)aisp_le32((const char *)p + 4) << 32;
}
static inline uint32_t aisp_be32(const void *p)
{
	return __builtin_bswap32(aisp_le32(p));
}
static inline uint64_t aisp_be64(const void *p)
{
	return __builtin_bswap64(aisp_le64(p));
}

/* ---- text */
/* printf into the arena; the empty slice when memory is gone (which the run then knows). */
struct aisp_slice aisp_model__text(struct aisp_model_run *run, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A place: "a/b", or one of them when the other is empty. */
struct aisp_slice aisp_model__join(struct aisp_model_run *run, struct aisp_slice a, struct aisp_slice b);
/* Base64 (white space ignored) into the arena; p is NULL when it is none. */
struct aisp_slice aisp_model__base64(struct aisp_model_run *run, struct aisp_slice text);
void aisp_model__fact_u64(struct aisp_model_run *run, const char *key, uint64_t value);
bool aisp_model__contains(struct aisp_slice s, const char *needle); /* ASCII case ignored */
bool aisp_model__prefixed(struct aisp_slice s, const char *prefix);
bool aisp_model__suffixed_i(struct aisp_slice s, const char *suffix); /* ASCII case ignored */
/* The whole slice is one of the words, a NULL-terminated list. */
bool aisp_model__one_of(struct aisp_slice s, const char *const *words);
/* Parses JSON for a reader; NULL when it is none (says nothing). */
struct aisp_doc;
const struct aisp_doc *aisp_model__json(struct aisp_model_run *run, struct aisp_slice text);

/* ---- judgement */
enum aisp_path_kind {
	AISP_PATH_PLAIN,    /* a relative path inside the folder */
	AISP_PATH_ABSOLUTE, /* "/etc/x", "C:\x", "\\host\x", "~/x" */
	AISP_PATH_ESCAPES,  /* has ".." components */
	AISP_PATH_URL,      /* "scheme://…" */
};
enum aisp_path_kind aisp_model__path_kind(struct aisp_slice path);
/* A system or credential file ("/etc/passwd", ".ssh/id_rsa", ".aws/credentials", "/proc/self/environ"). */
bool aisp_model__path_sensitive(struct aisp_slice path);
/* Shell or script text as an attacker would place it ("curl … | sh", "os.system(", "powershell -enc"); returns the
 * static name of what was seen, or NULL. For text that should be data: one hit is a hint, not a proof. */
const char *aisp_model__code_hint(struct aisp_slice text);
/* What stands where nothing should be (padding, behind the end): "zip", "elf", "pickle", "script" …, or NULL. */
const char *aisp_model__payload_kind(struct aisp_slice bytes);

/* The file, whatever it begins with, ends as a zip archive does: an issue, and its members are looked at. */
void aisp_model__zip_tail(struct aisp_model_run *run, const struct aisp_input *in);
/* The same where an archive behind the model is usual (TFLite's metadata, llamafile): only its members are looked at; true when
 * there is one. */
bool aisp_model__zip_behind(struct aisp_model_run *run, const struct aisp_input *in);
/* Bytes that no part of the format covers, [from, to): an issue that says what they look like; looks inside. `what`: "behind the
 * last tensor", "between tensors". */
void aisp_model__uncovered(struct aisp_model_run *run, const struct aisp_input *in, uint64_t from, uint64_t to, const char *what);
/* Members of a zip, read leniently: sink sees those that `wanted` names, up to `max` bytes each; every other member is looked
 * at as a file of its own. Oddities of the archive become issues. */
struct aisp_container_member;
void aisp_model__zip_members(struct aisp_model_run *run, const struct aisp_input *in,
                             bool (*sink)(struct aisp_model_run *run, void *ctx, const struct aisp_container_member *m), void *ctx);

/* The central directory lists a member of this name (at any depth; "*.gguf": ending so); reads at most 300 KiB. */
bool aisp_model__zip_has(const struct aisp_input *in, const char *name);

/* ---- protobuf wire format */
struct aisp_pb {
	struct aisp_slice s; /* rest of the message */
	uint32_t field;
	uint32_t wire;       /* 0 varint, 1 fixed64, 2 bytes, 5 fixed32 */
	uint64_t value;      /* of 0, 1, 5 */
	struct aisp_slice bytes; /* of 2 */
	bool broken;         /* set by next when the bytes are no message */
};
struct aisp_pb aisp_pb__of(struct aisp_slice s);
/* The next field; false at the end or when broken. */
bool aisp_pb__next(struct aisp_pb *pb);
/* The first field of this number and wire type 2, or empty. */
struct aisp_slice aisp_pb__bytes(struct aisp_slice msg, uint32_t field);
/* The first varint field of this number, or `otherwise`. */
uint64_t aisp_pb__u64(struct aisp_slice msg, uint32_t field, uint64_t otherwise);
/* The same over an input, without holding large fields: `at` is where the field's bytes are in the input. */
struct aisp_pbin {
	const struct aisp_input *in;
	uint64_t pos, end;
	uint32_t field, wire;
	uint64_t value;
	uint64_t at, n; /* of wire type 2 */
	bool broken;
};
bool aisp_pbin__next(struct aisp_model_run *run, struct aisp_pbin *pb);

/* What the top level of an input looks like as a protobuf message: the first 64 fields. */
struct aisp_pb_look {
	bool ok;               /* nothing broken so far */
	uint64_t seen, bytes;  /* bits of field numbers under 64; those of wire type 2 */
	bool high;             /* a field number of 200–999 was there */
	uint64_t first_varint; /* of field 1 */
	struct aisp_input f1, f2, f7; /* first of each with wire type 2; size 0 when absent */
};
struct aisp_pb_look aisp_pb__look(const struct aisp_input *in);

/* ---- flatbuffers: every accessor checks its bounds; 0 means absent or broken */
struct aisp_fb {
	struct aisp_slice s;
};
uint32_t aisp_fb__root(const struct aisp_fb *fb);
uint32_t aisp_fb__table(const struct aisp_fb *fb, uint32_t table, unsigned slot);                    /* a subtable */
struct aisp_slice aisp_fb__string(const struct aisp_fb *fb, uint32_t table, unsigned slot);
uint32_t aisp_fb__vector(const struct aisp_fb *fb, uint32_t table, unsigned slot, uint32_t *ret_n); /* first element */
uint32_t aisp_fb__item(const struct aisp_fb *fb, uint32_t first, uint32_t n, uint32_t i);            /* table in a vector */
int32_t aisp_fb__i32(const struct aisp_fb *fb, uint32_t table, unsigned slot, int32_t otherwise);
int8_t aisp_fb__i8(const struct aisp_fb *fb, uint32_t table, unsigned slot, int8_t otherwise);

/* ---- parts shared between readers */
/* A Keras configuration at any depth (JSON text): Lambda code, classes outside Keras, files and URLs. */
void aisp_model__keras_config(struct aisp_model_run *run, struct aisp_slice where, struct aisp_slice json);
/* JSON or YAML tree: `_target_` and alike (hydra); `_component_`. */
void aisp_model__targets(struct aisp_model_run *run, struct aisp_slice where, const struct aisp_doc *d);
/* A TensorFlow GraphDef message in memory. */
void aisp_model__graph_def(struct aisp_model_run *run, struct aisp_slice where, struct aisp_slice msg);
/* One operation of a TensorFlow graph, wherever it was named (graph, function, Flex op of TFLite). `arg`: a constant path or
 * URL that belongs to it, or "". */
void aisp_model__tf_op(struct aisp_model_run *run, struct aisp_slice where, struct aisp_slice op, struct aisp_slice arg);
/* An ONNX ModelProto message in an input. */
void aisp_model__onnx(struct aisp_model_run *run, const struct aisp_input *in);
/* A Keras HDF5 file. */
void aisp_model__hdf5(struct aisp_model_run *run, const struct aisp_input *in);
