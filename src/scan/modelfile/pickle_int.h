/* Inside the pickle reader: symbolic values, the stack machine, and what a call means.
 *
 *   pickle_read.c   bytes → opcodes          streaming; payloads are places in the input, not copies
 *   pickle_vm.c     opcodes → stack, memo    symbolic values
 *   pickle_text.c   values → text            for messages, and to follow computed names and nested data
 *   pickle_call.c   calls → issues
 *   pickle.c        several pickles in one input, what stands behind them, the reader's row
 */
#pragma once
#include "base/map.h"
#include "base/vec.h"
#include "scan/modelfile/callable_int.h"

struct aisp_pk_bytes {
	uint64_t at, n; /* in the input */
};
enum aisp_pk_arg { AISP_PK_ARG_NONE, AISP_PK_ARG_NUMBER, AISP_PK_ARG_BYTES, AISP_PK_ARG_LINE, AISP_PK_ARG_TWO_LINES };
struct aisp_pk_op {
	uint8_t code;
	uint64_t at;
	int64_t number; /* index, length, small integer */
	struct aisp_pk_bytes s, s2;
};
struct aisp_pk_reader {
	const struct aisp_input *in;
	uint64_t at;
	char *window;
	uint64_t window_at;
	size_t window_n, next_fill;
	bool io_error;
};
enum { AISP_PK_WINDOW = 64 << 10 };
enum aisp_pk_read { AISP_PK_OK, AISP_PK_END, AISP_PK_TRUNCATED, AISP_PK_BAD_OPCODE, AISP_PK_BAD_ARGUMENT };
enum aisp_pk_read aisp_pk_next(struct aisp_pk_reader *r, struct aisp_pk_op *ret_op);
/* Is this a byte that can begin an opcode? */
bool aisp_pk_is_opcode(uint8_t code);

enum aisp_pk_kind {
	AISP_PK_UNKNOWN, /* forgotten, or never known */
	AISP_PK_NONE,
	AISP_PK_INT,     /* a: the value (bool too) */
	AISP_PK_DATA,    /* a number or other plain datum */
	AISP_PK_STR,     /* text, at a, n bytes; see form */
	AISP_PK_BYTES,
	AISP_PK_TUPLE, AISP_PK_LIST, AISP_PK_DICT, AISP_PK_SET, /* a: node */
	AISP_PK_GLOBAL,  /* n: index of the global */
	AISP_PK_CALL,    /* a: node, head called with kids */
	AISP_PK_NEW,     /* a: node, object of the class head */
	AISP_PK_PERSID,
};
enum aisp_pk_form { AISP_PK_RAW, AISP_PK_QUOTED, AISP_PK_UNICODE_ESCAPES, AISP_PK_OWN /* a: pointer */ };
struct aisp_pk_val {
	uint8_t kind, form;
	uint32_t n;
	uint64_t a;
};
enum aisp_pk_how { AISP_PK_REDUCE, AISP_PK_INST, AISP_PK_OBJ, AISP_PK_NEWOBJ, AISP_PK_BUILD };
struct aisp_pk_node {
	struct aisp_pk_val head, state;
	struct aisp_pk_val *kids;
	uint32_t n, cap;
	uint64_t at;
	uint32_t danger; /* 1 + index of a dangerous global somewhere in it */
	uint8_t how, has_state_told;
};
struct aisp_pk_global {
	struct aisp_slice module, qualname; /* qualname "": the module itself */
	struct aisp_name name;
	uint64_t at;
	bool called, told;
};
struct aisp_pk_mark {
	size_t base;
	uint64_t dropped;
	uint32_t danger;
};
struct aisp_pickle {
	struct aisp_model_run *run;
	const struct aisp_input *in;
	struct aisp_slice where;
	struct aisp_pk_reader r;
	AISP_VEC(struct aisp_pk_val) stack, memo;
	AISP_VEC(struct aisp_pk_mark) marks;
	AISP_VEC(struct aisp_pk_global) globals;
	struct aisp_map global_map;
	uint64_t ops, nodes, gets, dups, memo_count;
	uint64_t frame_end;
	int proto;
	bool forgot; /* values were given up for memory */
	bool joblib; /* raw arrays stand between opcodes */
	bool persids, broke_off;
	struct {
		uint64_t storages, items;
		struct aisp_map seen;
		uint64_t by_type[8];
		struct aisp_slice types[8];
	} torch;
	uint64_t skipped; /* bytes of raw arrays */
	struct {
		int64_t code;
		uint32_t global;
	} ext[8];
	size_t n_ext;
};

/* vm */
enum aisp_pk_stop { AISP_PK_STOPPED, AISP_PK_STOP_TRUNCATED, AISP_PK_STOP_BROKEN, AISP_PK_STOP_LIMIT };
bool aisp_pk_init(struct aisp_pickle *p, struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice where);
void aisp_pk_done(struct aisp_pickle *p);
/* One pickle from r.at on. Leaves the stack's top in *ret_top. */
enum aisp_pk_stop aisp_pk_run(struct aisp_pickle *p, struct aisp_pk_val *ret_top);
struct aisp_pk_node *aisp_pk_node(const struct aisp_pk_val *v); /* NULL when it has none */
struct aisp_pk_val aisp_pk_make(struct aisp_pickle *p, enum aisp_pk_kind kind, uint64_t at);
void aisp_pk_add(struct aisp_pickle *p, struct aisp_pk_node *to, struct aisp_pk_val kid);
struct aisp_pk_val aisp_pk_global_val(struct aisp_pickle *p, struct aisp_slice module, struct aisp_slice qualname, uint64_t at);
uint32_t aisp_pk_danger(const struct aisp_pickle *p, const struct aisp_pk_val *v);
void aisp_pk_issue(struct aisp_pickle *p, const char *rule, enum aisp_model_severity severity, uint64_t at, struct aisp_slice what,
                   const char *why, const char *reference);

/* text */
/* The text (or bytes) of a value, decoded and followed through calls that only compute; false when it cannot be told. */
bool aisp_pk_text(struct aisp_pickle *p, const struct aisp_pk_val *v, size_t max, struct aisp_buf *to);
/* As Python would write it, cut. */
void aisp_pk_describe(struct aisp_pickle *p, const struct aisp_pk_val *v, int depth, struct aisp_buf *to);
/* Does any text stand in it? */
bool aisp_pk_has_text(const struct aisp_pk_val *v, int depth);

/* call */
struct aisp_pk_val aisp_pk_call(struct aisp_pickle *p, struct aisp_pk_val f, struct aisp_pk_val args, enum aisp_pk_how how, uint64_t at);
void aisp_pk_build(struct aisp_pickle *p, struct aisp_pk_val *object, struct aisp_pk_val state, uint64_t at);
void aisp_pk_set_items(struct aisp_pickle *p, struct aisp_pk_val *target, uint64_t at);
/* References that were never called. */
void aisp_pk_tell_references(struct aisp_pickle *p);

extern const struct aisp_model_reader aisp_model__pickle_reader;
/* A persistent id, which in PyTorch's files describes a storage. */
void aisp_pk_torch_storage(struct aisp_pickle *p, const struct aisp_pk_node *id);
void aisp_pk_torch_facts(struct aisp_pickle *p);
/* joblib.c: after BUILD of an array wrapper, skips the raw array that follows. False: could not tell how long it is. */
bool aisp_pk_joblib_array(struct aisp_pickle *p, const struct aisp_pk_node *wrapper);
