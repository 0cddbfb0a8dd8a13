/* Model files: what would run when this file is loaded, and what the file says about itself. Nothing is loaded: bytes are
 * interpreted. The format is told by content, never by name; a file of tens of GiB is looked at by reading what matters.
 *
 * Three answers: clean (all that can run code was read and nothing was found), findings, partial (something that could run
 * code was not fully read; never called clean).
 */
#pragma once
#include "base/arena.h"
#include "base/input.h"

/* Columns: symbol, name, what loading such a file may do */
#define AISP_MODEL_FORMATS(X)                                                                                          \
	X(PICKLE, "pickle", AISP_MODEL_RUNS_CODE)                                                                      \
	X(TORCH_ZIP, "pytorch", AISP_MODEL_RUNS_CODE)                                                                  \
	X(TORCH_LEGACY, "pytorch-legacy", AISP_MODEL_RUNS_CODE)                                                        \
	X(TORCHSCRIPT, "torchscript", AISP_MODEL_RUNS_CODE)                                                            \
	X(JOBLIB, "joblib", AISP_MODEL_RUNS_CODE)                                                                      \
	X(NUMPY, "numpy", AISP_MODEL_MAY)                                                                              \
	X(KERAS_ZIP, "keras", AISP_MODEL_MAY)                                                                          \
	X(HDF5, "hdf5", AISP_MODEL_MAY)                                                                                \
	X(SAVED_MODEL, "tensorflow-savedmodel", AISP_MODEL_MAY)                                                        \
	X(ONNX, "onnx", AISP_MODEL_MAY)                                                                                \
	X(GGUF, "gguf", AISP_MODEL_MAY)                                                                                \
	X(GGML, "ggml", AISP_MODEL_DATA)                                                                               \
	X(SAFETENSORS, "safetensors", AISP_MODEL_DATA)                                                                 \
	X(TFLITE, "tflite", AISP_MODEL_MAY)                                                                            \
	X(NEMO, "nemo", AISP_MODEL_RUNS_CODE)                                                                          \
	X(MAR, "torchserve-mar", AISP_MODEL_RUNS_CODE)                                                                 \
	X(LLAMAFILE, "llamafile", AISP_MODEL_RUNS_CODE)                                                                \
	X(R_DATA, "r-data", AISP_MODEL_MAY)                                                                            \
	X(SKOPS, "skops", AISP_MODEL_MAY)                                                                              \
	X(COREML, "coreml", AISP_MODEL_MAY)                                                                            \
	X(OPENVINO, "openvino", AISP_MODEL_MAY)                                                                        \
	X(PMML, "pmml", AISP_MODEL_MAY)                                                                                \
	X(TORCH7, "torch7", AISP_MODEL_RUNS_CODE)                                                                      \
	X(ORT, "onnxruntime-ort", AISP_MODEL_MAY)                                                                      \
	X(PADDLE, "paddle", AISP_MODEL_MAY)                                                                            \
	X(MXNET, "mxnet", AISP_MODEL_MAY)                                                                              \
	X(XGBOOST, "xgboost", AISP_MODEL_DATA)                                                                         \
	X(LIGHTGBM, "lightgbm", AISP_MODEL_DATA)                                                                       \
	X(CATBOOST, "catboost", AISP_MODEL_DATA)                                                                       \
	X(EXECUTABLE, "executable", AISP_MODEL_RUNS_CODE)                                                              \
	X(TEMPLATE, "chat-template", AISP_MODEL_MAY)   /* tokenizer_config.json, chat_template.jinja */                \
	X(CONFIG, "model-config", AISP_MODEL_MAY)      /* config.json with auto_map, adapter_config.json, hydra YAML */ \
	X(ARCHIVE, "archive", AISP_MODEL_MAY)          /* a container with model files inside */
enum aisp_model_runs {
	AISP_MODEL_DATA,      /* the format cannot run code */
	AISP_MODEL_MAY,       /* usual files are data; the format has parts that run code or reach files */
	AISP_MODEL_RUNS_CODE, /* loading runs what the file says */
};
enum aisp_model_format {
	AISP_MODEL_NONE,
#define X(sym, ...) AISP_MODEL_##sym,
	AISP_MODEL_FORMATS(X)
#undef X
	AISP_MODEL_FORMAT_END
};
const char *aisp_model_format_name(enum aisp_model_format f);
enum aisp_model_runs aisp_model_format_runs(enum aisp_model_format f);

enum aisp_model_severity {
	AISP_MODEL_INFO,   /* worth knowing: odd but harmless */
	AISP_MODEL_LOW,
	AISP_MODEL_MEDIUM, /* could be harmful and cannot be told: an unknown callable */
	AISP_MODEL_HIGH,   /* code, commands, files or network on loading */
	AISP_MODEL_CRITICAL, /* the same, and what it does was read (a command, a URL) */
};
struct aisp_model_issue {
	const char *rule;            /* static: "pickle-call", "keras-lambda", "gguf-template", "zip-name-differs" … */
	enum aisp_model_severity severity;
	struct aisp_slice where;     /* member path joined by "!", layer, tensor, metadata key; "" for the file */
	uint64_t offset;             /* of the opcode or element in that member */
	struct aisp_slice what;      /* "os.system(\"curl …\")": printable, at most 200 bytes, secrets redacted */
	struct aisp_slice why;       /* one clause: what would happen, on which act of loading */
	struct aisp_slice reference; /* CVE or GHSA id, or "" */
};
struct aisp_model_fact {
	const char *key;             /* static: "author", "license", "base_model", "dataset", "producer", "architecture", "parameters",
	                                "quantisation", "tensors", "framework_version", "created" */
	struct aisp_slice value;     /* printable, at most 500 bytes */
};
enum aisp_model_state {
	AISP_MODEL_CLEAN,
	AISP_MODEL_FINDINGS,
	AISP_MODEL_PARTIAL, /* beside which there may be issues too */
};
struct aisp_model_report {
	enum aisp_model_format format;
	enum aisp_model_state state;
	const struct aisp_model_issue *issues; /* highest severity first, then by place */
	size_t n_issues;
	const struct aisp_model_fact *facts;
	size_t n_facts;
	struct aisp_slice partial; /* why it could not be read fully */
	uint64_t bytes_read;
};
struct aisp_model_limits {
	uint64_t max_bytes;   /* read at all; 0 = 512 MiB */
	uint32_t max_depth;   /* containers within containers; 0 = 8 */
	uint32_t max_issues;  /* 0 = 100; more are counted in the last one */
	uint64_t timeout_ms;  /* 0 = 30,000 */
};
/* By content; NONE: not a model file. `path` only breaks ties between formats with the same content (JSON, YAML, XML). */
enum aisp_model_format aisp_model_detect(const struct aisp_input *in, struct aisp_slice path);
/* ret_report lives in the arena; NULL when it is no model file. AISP_E_NOMEM, AISP_E_IO; all else is in the report. */
int aisp_model_scan(const struct aisp_input *in, struct aisp_slice path, const struct aisp_model_limits *limits,
                    struct aisp_arena *a, const struct aisp_model_report **ret_report, struct aisp_err *err);
