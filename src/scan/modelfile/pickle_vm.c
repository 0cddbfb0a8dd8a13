/* The pickle stack machine over symbolic values. Nothing is executed: a call becomes a node that remembers what was called with
 * what, so that names and data that were computed on the way can be followed.
 *
 * Bounded: a run of pushed items is thinned in its middle, containers keep their first items (and a dangerous one), nodes and memo
 * have a maximum; what was given up is unknown, never harmless.
 */
#include "base/hash.h"
#include "base/mem.h"
#include "scan/modelfile/pickle_int.h"
#include <stdio.h>

enum {
	STACK_MAX = 2 << 20,
	MARKS_MAX = 100000,
	RUN_MAX = 8192,  /* items over a mark before the middle is dropped */
	RUN_KEEP = 64,   /* … of which the first stay */
	MEMO_MAX = 4 << 20,
	NODES_MAX = 800000,
	GLOBALS_MAX = 20000,
	KIDS_MAX = 48,
	NAME_BYTES = 600,
	MEMO_EMPTY = 0xff,
	MEMO_BOMB = 1 << 28, /* Python grows its table to twice the index */
};

bool aisp_pk_init(struct aisp_pickle *p, struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice where)
{
	*p = (struct aisp_pickle){.run = run, .in = in, .where = where, .r = {.in = in}};
	p->r.window = aisp_mem_alloc(AISP_PK_WINDOW);
	return p->r.window || aisp_model__nomem(run);
}

void aisp_pk_done(struct aisp_pickle *p)
{
	aisp_mem_free(p->r.window);
	aisp_vec_done(&p->stack);
	aisp_vec_done(&p->memo);
	aisp_vec_done(&p->marks);
	aisp_vec_done(&p->globals);
	aisp_map_done(&p->global_map);
	aisp_map_done(&p->torch.seen);
}

void aisp_pk_issue(struct aisp_pickle *p, const char *rule, enum aisp_model_severity severity, uint64_t at, struct aisp_slice what,
                   const char *why, const char *reference)
{
	aisp_model__issue(p->run, rule, severity, p->where, at, what, why, reference);
}

/* ---- values ---- */

struct aisp_pk_node *aisp_pk_node(const struct aisp_pk_val *v)
{
	switch ((enum aisp_pk_kind)v->kind) {
	case AISP_PK_TUPLE:
	case AISP_PK_LIST:
	case AISP_PK_DICT:
	case AISP_PK_SET:
	case AISP_PK_CALL:
	case AISP_PK_NEW:
		return (struct aisp_pk_node *)(uintptr_t)v->a;
	default:
		return NULL;
	}
}

struct aisp_pk_val aisp_pk_make(struct aisp_pickle *p, enum aisp_pk_kind kind, uint64_t at)
{
	struct aisp_pk_node *n = p->nodes < NODES_MAX ? aisp_arena_zalloc(p->run->tmp, 1, sizeof *n) : NULL;

	if (!n) {
		p->forgot = true;
		return (struct aisp_pk_val){.kind = AISP_PK_UNKNOWN};
	}
	p->nodes++;
	n->at = at;
	return (struct aisp_pk_val){.kind = (uint8_t)kind, .a = (uint64_t)(uintptr_t)n};
}

uint32_t aisp_pk_danger(const struct aisp_pickle *p, const struct aisp_pk_val *v)
{
	const struct aisp_pk_node *n = aisp_pk_node(v);

	if (v->kind == AISP_PK_GLOBAL)
		return p->globals.v[v->n].name.kind == AISP_NAME_DANGEROUS ? v->n + 1 : 0;
	return n ? n->danger : 0;
}

void aisp_pk_add(struct aisp_pickle *p, struct aisp_pk_node *to, struct aisp_pk_val kid)
{
	uint32_t danger = aisp_pk_danger(p, &kid);

	if (danger && !to->danger)
		to->danger = danger;
	if (to->n == to->cap && to->cap < KIDS_MAX) {
		uint32_t cap = to->cap ? 2 * to->cap : 4;
		if (cap > KIDS_MAX)
			cap = KIDS_MAX;
		struct aisp_pk_val *more = aisp_arena_alloc(p->run->tmp, cap * sizeof *more);
		if (more) {
			if (to->n)
				memcpy(more, to->kids, to->n * sizeof *more);
			to->kids = more;
			to->cap = cap;
		} else {
			p->forgot = true;
		}
	}
	if (to->n < to->cap)
		to->kids[to->n++] = kid;
	else if (danger && to->n)
		to->kids[to->n - 1] = kid;
}

struct aisp_pk_val aisp_pk_global_val(struct aisp_pickle *p, struct aisp_slice module, struct aisp_slice qualname, uint64_t at)
{
	struct aisp_key key = {aisp_hash64(module.p, module.n, 11) ^ (qualname.n * 31), aisp_hash64(qualname.p, qualname.n, 12)};
	uint32_t had = aisp_map_get(&p->global_map, key);

	if (had)
		return (struct aisp_pk_val){.kind = AISP_PK_GLOBAL, .n = had - 1};
	if (p->globals.n >= GLOBALS_MAX) {
		aisp_model__partial(p->run, "names more than %d functions and classes", GLOBALS_MAX);
		return (struct aisp_pk_val){.kind = AISP_PK_UNKNOWN};
	}
	struct aisp_pk_global g = {.module = aisp_arena_dup(p->run->tmp, module), .qualname = aisp_arena_dup(p->run->tmp, qualname), .at = at};
	if (!g.module.p || !g.qualname.p || aisp_vec_push(&p->globals, g) < 0 ||
	    aisp_map_put(&p->global_map, key, (uint32_t)p->globals.n, NULL) < 0) {
		aisp_model__nomem(p->run);
		return (struct aisp_pk_val){.kind = AISP_PK_UNKNOWN};
	}
	struct aisp_pk_global *made = &p->globals.v[p->globals.n - 1];
	made->name = aisp_model__name(made->module, made->qualname);
	return (struct aisp_pk_val){.kind = AISP_PK_GLOBAL, .n = (uint32_t)p->globals.n - 1};
}

/* ---- stack ---- */

static struct aisp_pk_mark *top_mark(struct aisp_pickle *p)
{
	return p->marks.n ? &p->marks.v[p->marks.n - 1] : NULL;
}

static void thin(struct aisp_pickle *p)
{
	struct aisp_pk_mark *m = top_mark(p);
	size_t base = m ? m->base : 0, from = base + RUN_KEEP, to = p->stack.n - RUN_MAX / 2;

	for (size_t i = from; i < to; i++) {
		uint32_t danger = aisp_pk_danger(p, &p->stack.v[i]);
		if (danger && m && !m->danger)
			m->danger = danger;
	}
	memmove(p->stack.v + from, p->stack.v + to, (p->stack.n - to) * sizeof *p->stack.v);
	p->stack.n -= to - from;
	if (m)
		m->dropped += to - from;
}

static bool push(struct aisp_pickle *p, struct aisp_pk_val v)
{
	struct aisp_pk_mark *m = top_mark(p);

	if (p->stack.n - (m ? m->base : 0) >= RUN_MAX)
		thin(p);
	if (p->stack.n >= STACK_MAX) {
		aisp_pk_issue(p, "pickle-memory", AISP_MODEL_MEDIUM, p->r.at, AISP_S("stack"), "fills the unpickler's stack", "");
		aisp_model__partial(p->run, "a pickle's stack grew over %d items", STACK_MAX);
		return false;
	}
	return aisp_vec_push(&p->stack, v) == 0 || aisp_model__nomem(p->run);
}

static bool push_kind(struct aisp_pickle *p, enum aisp_pk_kind kind)
{
	return push(p, (struct aisp_pk_val){.kind = (uint8_t)kind});
}

static struct aisp_pk_val pop(struct aisp_pickle *p)
{
	struct aisp_pk_mark *m = top_mark(p);

	if (m && p->stack.n <= m->base + RUN_KEEP && m->dropped) {
		m->dropped--;
		return (struct aisp_pk_val){.kind = AISP_PK_UNKNOWN};
	}
	/* Python takes items from under a mark only by way of the mark; a short stack is an error there. */
	if (p->stack.n == 0)
		return (struct aisp_pk_val){.kind = AISP_PK_UNKNOWN};
	struct aisp_pk_val v = p->stack.v[--p->stack.n];
	if (m && p->stack.n < m->base)
		m->base = p->stack.n;
	return v;
}

static struct aisp_pk_val *top(struct aisp_pickle *p)
{
	static struct aisp_pk_val none;

	none = (struct aisp_pk_val){.kind = AISP_PK_UNKNOWN};
	return p->stack.n ? &p->stack.v[p->stack.n - 1] : &none;
}

static bool mark(struct aisp_pickle *p)
{
	if (p->marks.n >= MARKS_MAX) {
		aisp_model__partial(p->run, "a pickle has more than %d open marks", MARKS_MAX);
		return false;
	}
	return aisp_vec_push(&p->marks, (struct aisp_pk_mark){.base = p->stack.n}) == 0 || aisp_model__nomem(p->run);
}

/* Takes the topmost mark off; its items are stack.v[ret.base …], which the caller cuts off. */
static struct aisp_pk_mark take_mark(struct aisp_pickle *p)
{
	struct aisp_pk_mark m = {.base = p->stack.n};

	if (p->marks.n)
		m = p->marks.v[--p->marks.n];
	/* Items may have been taken from under the mark, and so from under the one below. */
	struct aisp_pk_mark *below = top_mark(p);
	if (below && below->base > m.base)
		below->base = m.base;
	return m;
}

/* A container of what is over the mark (from `skip` items on). */
static struct aisp_pk_val gather(struct aisp_pickle *p, struct aisp_pk_mark m, enum aisp_pk_kind kind, size_t skip, uint64_t at)
{
	struct aisp_pk_val v = aisp_pk_make(p, kind, at);
	struct aisp_pk_node *n = aisp_pk_node(&v);

	for (size_t i = m.base + skip; n && i < p->stack.n; i++)
		aisp_pk_add(p, n, p->stack.v[i]);
	if (n && m.danger && !n->danger)
		n->danger = m.danger;
	return v;
}

static bool collect(struct aisp_pickle *p, enum aisp_pk_kind kind, uint64_t at)
{
	struct aisp_pk_mark m = take_mark(p);
	struct aisp_pk_val v = gather(p, m, kind, 0, at);

	p->stack.n = m.base;
	return push(p, v);
}

static bool tuple_of(struct aisp_pickle *p, size_t n, uint64_t at)
{
	struct aisp_pk_val v = aisp_pk_make(p, AISP_PK_TUPLE, at), items[3];
	struct aisp_pk_node *node = aisp_pk_node(&v);

	for (size_t i = n; i-- > 0;)
		items[i] = pop(p);
	for (size_t i = 0; node && i < n; i++)
		aisp_pk_add(p, node, items[i]);
	return push(p, v);
}

/* Items over the mark go into the container under it. */
static bool extend(struct aisp_pickle *p, uint64_t at)
{
	struct aisp_pk_mark m = take_mark(p);
	size_t n = p->stack.n - m.base;

	if (m.base > 0) {
		struct aisp_pk_val *to = &p->stack.v[m.base - 1];
		struct aisp_pk_node *node = aisp_pk_node(to);
		if (n || m.dropped)
			aisp_pk_set_items(p, to, at);
		bool call = to->kind == AISP_PK_CALL || to->kind == AISP_PK_NEW;
		for (size_t i = m.base; node && i < p->stack.n; i++) {
			uint32_t danger = aisp_pk_danger(p, &p->stack.v[i]);
			if (!call)
				aisp_pk_add(p, node, p->stack.v[i]);
			else if (danger && !node->danger)
				node->danger = danger;
		}
		if (node && m.danger && !node->danger)
			node->danger = m.danger;
	}
	p->stack.n = m.base;
	return true;
}

static bool add_items(struct aisp_pickle *p, size_t n, uint64_t at)
{
	struct aisp_pk_val items[2];

	for (size_t i = n; i-- > 0;)
		items[i] = pop(p);
	struct aisp_pk_val *to = top(p);
	struct aisp_pk_node *node = aisp_pk_node(to);
	aisp_pk_set_items(p, to, at);
	for (size_t i = 0; node && i < n; i++) {
		uint32_t danger = aisp_pk_danger(p, &items[i]);
		if (to->kind != AISP_PK_CALL && to->kind != AISP_PK_NEW)
			aisp_pk_add(p, node, items[i]);
		else if (danger && !node->danger)
			node->danger = danger;
	}
	return true;
}

/* ---- memo ---- */

static bool memo_put(struct aisp_pickle *p, uint64_t index, uint64_t at)
{
	if (index >= MEMO_BOMB)
		aisp_pk_issue(p, "pickle-memory", AISP_MODEL_MEDIUM, at, AISP_S("memo index"),
		              "makes the unpickler reserve gigabytes for one memo index", "");
	if (index >= MEMO_MAX) {
		p->forgot = true;
		return true;
	}
	if (index >= p->memo.n) {
		size_t more = (size_t)index + 1 - p->memo.n;
		if (aisp_vec_reserve(&p->memo, more) < 0)
			return aisp_model__nomem(p->run);
		memset(p->memo.v + p->memo.n, MEMO_EMPTY, more * sizeof *p->memo.v);
		p->memo.n = (size_t)index + 1;
	}
	p->memo_count += p->memo.v[index].kind == MEMO_EMPTY;
	p->memo.v[index] = *top(p);
	return true;
}

static bool memo_get(struct aisp_pickle *p, uint64_t index)
{
	p->gets++;
	bool known = index < p->memo.n && p->memo.v[index].kind != MEMO_EMPTY;
	return push(p, known ? p->memo.v[index] : (struct aisp_pk_val){.kind = AISP_PK_UNKNOWN});
}

static bool read_line_number(struct aisp_pickle *p, struct aisp_pk_bytes s, int64_t *ret_n)
{
	char text[32];
	size_t n = s.n < sizeof text ? (size_t)s.n : sizeof text;

	if (aisp_input_read(p->in, s.at, text, n, NULL) < 0)
		return false;
	return aisp_slice_i64(aisp_slice_trim(aisp_slice_of(text, n)), ret_n);
}

static bool memo_line(struct aisp_pickle *p, const struct aisp_pk_op *op)
{
	int64_t n;

	if (!read_line_number(p, op->s, &n) || n < 0)
		return op->code == 'p' ? true : push_kind(p, AISP_PK_UNKNOWN);
	return op->code == 'p' ? memo_put(p, (uint64_t)n, op->at) : memo_get(p, (uint64_t)n);
}

/* ---- names ---- */

static bool name_of(struct aisp_pickle *p, struct aisp_pk_bytes s, struct aisp_buf *to)
{
	size_t n = s.n < NAME_BYTES ? (size_t)s.n : NAME_BYTES;

	aisp_buf_clear(to);
	return aisp_input_append(p->in, s.at, n, to, NULL) == 0;
}

static struct aisp_pk_val global_line(struct aisp_pickle *p, const struct aisp_pk_op *op)
{
	struct aisp_buf AISP_AUTOBUF module = {0}, AISP_AUTOBUF name = {0};

	if (!name_of(p, op->s, &module) || !name_of(p, op->s2, &name))
		return (struct aisp_pk_val){.kind = AISP_PK_UNKNOWN};
	struct aisp_slice m = aisp_buf_slice(&module), q = aisp_buf_slice(&name);
	return aisp_pk_global_val(p, m, q, op->at);
}

static bool stack_global(struct aisp_pickle *p, uint64_t at)
{
	struct aisp_buf AISP_AUTOBUF module = {0}, AISP_AUTOBUF name = {0};
	struct aisp_pk_val q = pop(p), m = pop(p);

	bool known = aisp_pk_text(p, &m, NAME_BYTES, &module) && aisp_pk_text(p, &q, NAME_BYTES, &name);
	if ((m.kind == AISP_PK_CALL || q.kind == AISP_PK_CALL || !known) && p->run->bad == 0)
		aisp_pk_issue(p, "pickle-computed-name", AISP_MODEL_HIGH, at, known ? aisp_buf_slice(&module) : AISP_S("STACK_GLOBAL"),
		              "the name of what is imported is computed while loading, which hides it", "");
	if (!known)
		return push_kind(p, AISP_PK_UNKNOWN);
	return push(p, aisp_pk_global_val(p, aisp_buf_slice(&module), aisp_buf_slice(&name), at));
}

static bool extension(struct aisp_pickle *p, const struct aisp_pk_op *op)
{
	char what[48];

	for (size_t i = 0; i < p->n_ext; i++)
		if (p->ext[i].code == op->number)
			return push(p, (struct aisp_pk_val){.kind = AISP_PK_GLOBAL, .n = p->ext[i].global});
	snprintf(what, sizeof what, "extension code %lld", (long long)op->number);
	aisp_pk_issue(p, "pickle-extension", AISP_MODEL_MEDIUM, op->at, aisp_slice_z(what),
	              "names what it loads by a number that only the loading program can resolve", "");
	return push_kind(p, AISP_PK_UNKNOWN);
}

/* ---- calls ---- */

static bool call_reduce(struct aisp_pickle *p, const struct aisp_pk_op *op)
{
	struct aisp_pk_val args = pop(p), f = pop(p);

	return push(p, aisp_pk_call(p, f, args, op->code == 'R' ? AISP_PK_REDUCE : AISP_PK_NEWOBJ, op->at));
}

static bool call_marked(struct aisp_pickle *p, const struct aisp_pk_op *op)
{
	struct aisp_pk_val f = {.kind = AISP_PK_UNKNOWN};
	struct aisp_pk_mark m = take_mark(p);

	if (op->code == 'i')
		f = global_line(p, op);
	else if (m.base < p->stack.n)
		f = p->stack.v[m.base];
	struct aisp_pk_val args = gather(p, m, AISP_PK_TUPLE, op->code == 'o', op->at);
	p->stack.n = m.base;
	return push(p, aisp_pk_call(p, f, args, op->code == 'i' ? AISP_PK_INST : AISP_PK_OBJ, op->at));
}

static bool new_object_ex(struct aisp_pickle *p, const struct aisp_pk_op *op)
{
	struct aisp_pk_val named = pop(p), args = pop(p), f = pop(p);
	struct aisp_pk_node *n = aisp_pk_node(&args);

	if (n && args.kind == AISP_PK_TUPLE)
		aisp_pk_add(p, n, named);
	return push(p, aisp_pk_call(p, f, args, AISP_PK_NEWOBJ, op->at));
}

static bool build(struct aisp_pickle *p, uint64_t at)
{
	struct aisp_pk_val state = pop(p);

	aisp_pk_build(p, top(p), state, at);
	return true;
}

/* ---- one opcode ---- */

static bool push_text(struct aisp_pickle *p, const struct aisp_pk_op *op, enum aisp_pk_kind kind, enum aisp_pk_form form)
{
	uint32_t n = op->s.n > UINT32_MAX ? UINT32_MAX : (uint32_t)op->s.n;

	return push(p, (struct aisp_pk_val){.kind = (uint8_t)kind, .form = (uint8_t)form, .n = n, .a = op->s.at});
}

static bool push_int(struct aisp_pickle *p, int64_t n)
{
	return push(p, (struct aisp_pk_val){.kind = AISP_PK_INT, .a = (uint64_t)n});
}

static bool int_line(struct aisp_pickle *p, const struct aisp_pk_op *op)
{
	int64_t n;
	struct aisp_pk_bytes s = op->s;

	if (op->code == 'L' && s.n)
		s.n--;
	return read_line_number(p, s, &n) ? push_int(p, n) : push_kind(p, AISP_PK_DATA);
}

static bool long_bytes(struct aisp_pickle *p, const struct aisp_pk_op *op)
{
	unsigned char b[8];
	uint64_t v = 0;

	if (op->s.n > 8 || aisp_input_read(p->in, op->s.at, b, (size_t)op->s.n, NULL) < 0)
		return push_kind(p, AISP_PK_DATA);
	for (size_t i = (size_t)op->s.n; i-- > 0;)
		v = v << 8 | b[i];
	if (op->s.n > 0 && op->s.n < 8 && (b[op->s.n - 1] & 0x80))
		v |= ~(uint64_t)0 << (8 * op->s.n);
	return push_int(p, (int64_t)v);
}

static bool pop_mark(struct aisp_pickle *p)
{
	struct aisp_pk_mark m = take_mark(p);

	p->stack.n = m.base;
	return true;
}

static bool pop_one(struct aisp_pickle *p)
{
	struct aisp_pk_mark *m = top_mark(p);

	/* Over a bare mark, POP takes the mark. */
	if (m && m->base == p->stack.n && !m->dropped)
		take_mark(p);
	else
		pop(p);
	return true;
}

static bool duplicate(struct aisp_pickle *p)
{
	p->dups++;
	return push(p, *top(p));
}

static bool persistent(struct aisp_pickle *p, const struct aisp_pk_op *op)
{
	p->persids = true;
	if (op->code == 'Q') {
		struct aisp_pk_val id = pop(p);
		const struct aisp_pk_node *n = aisp_pk_node(&id);
		if (n)
			aisp_pk_torch_storage(p, n);
	}
	return push_kind(p, AISP_PK_PERSID);
}

static bool protocol(struct aisp_pickle *p, const struct aisp_pk_op *op, bool first)
{
	if (op->number > 5)
		aisp_pk_issue(p, "pickle-protocol", AISP_MODEL_LOW, op->at, AISP_S("PROTO"), "states a protocol that does not exist", "");
	else if (!first)
		aisp_pk_issue(p, "pickle-protocol", AISP_MODEL_LOW, op->at, AISP_S("PROTO"), "states the protocol in the midst of the data", "");
	p->proto = (int)op->number;
	return true;
}

static bool frame(struct aisp_pickle *p, const struct aisp_pk_op *op)
{
	uint64_t n = (uint64_t)op->number;

	if (n > p->in->size - p->r.at)
		aisp_pk_issue(p, "pickle-frame", AISP_MODEL_LOW, op->at, AISP_S("FRAME"), "a frame is longer than the file", "");
	else if (p->frame_end > p->r.at)
		aisp_pk_issue(p, "pickle-frame", AISP_MODEL_LOW, op->at, AISP_S("FRAME"), "a frame begins within another, which readers take differently", "");
	p->frame_end = n > p->in->size - p->r.at ? p->in->size : p->r.at + n;
	return true;
}

/* Strings, numbers, containers: what cannot run anything. */
static bool step_data(struct aisp_pickle *p, const struct aisp_pk_op *op, bool *ret_done)
{
	*ret_done = true;
	switch (op->code) {
	case 'N':
		return push_kind(p, AISP_PK_NONE);
	case 0x88:
	case 0x89:
		return push_int(p, op->code == 0x88);
	case 'I':
	case 'L':
		return int_line(p, op);
	case 'J':
	case 'K':
	case 'M':
		return push_int(p, op->number);
	case 0x8a:
	case 0x8b:
		return long_bytes(p, op);
	case 'F':
	case 'G':
		return push_kind(p, AISP_PK_DATA);
	case 'S':
		return push_text(p, op, AISP_PK_STR, AISP_PK_QUOTED);
	case 'V':
		return push_text(p, op, AISP_PK_STR, AISP_PK_UNICODE_ESCAPES);
	case 'T':
	case 'U':
	case 'X':
	case 0x8c:
	case 0x8d:
		return push_text(p, op, AISP_PK_STR, AISP_PK_RAW);
	case 'B':
	case 'C':
	case 0x8e:
	case 0x96:
		return push_text(p, op, AISP_PK_BYTES, AISP_PK_RAW);
	case 0x97:
		return push_kind(p, AISP_PK_DATA);
	case 0x98:
		return true;
	case ')':
		return push(p, aisp_pk_make(p, AISP_PK_TUPLE, op->at));
	case ']':
		return push(p, aisp_pk_make(p, AISP_PK_LIST, op->at));
	case '}':
		return push(p, aisp_pk_make(p, AISP_PK_DICT, op->at));
	case 0x8f:
		return push(p, aisp_pk_make(p, AISP_PK_SET, op->at));
	case 0x85:
	case 0x86:
	case 0x87:
		return tuple_of(p, op->code - 0x84u, op->at);
	case 't':
		return collect(p, AISP_PK_TUPLE, op->at);
	case 'l':
		return collect(p, AISP_PK_LIST, op->at);
	case 'd':
		return collect(p, AISP_PK_DICT, op->at);
	case 0x91:
		return collect(p, AISP_PK_SET, op->at);
	case 'e':
	case 'u':
	case 0x90:
		return extend(p, op->at);
	case 'a':
		return add_items(p, 1, op->at);
	case 's':
		return add_items(p, 2, op->at);
	}
	*ret_done = false;
	return true;
}

static bool step(struct aisp_pickle *p, const struct aisp_pk_op *op, bool first)
{
	bool done;
	bool ok = step_data(p, op, &done);

	if (done)
		return ok;
	switch (op->code) {
	case '(':
		return mark(p);
	case '0':
		return pop_one(p);
	case '1':
		return pop_mark(p);
	case '2':
		return duplicate(p);
	case 'p':
	case 'g':
		return memo_line(p, op);
	case 'q':
	case 'r':
		return memo_put(p, (uint64_t)op->number, op->at);
	case 'h':
	case 'j':
		return memo_get(p, (uint64_t)op->number);
	case 0x94:
		/* The number of entries, whatever their indices. */
		return memo_put(p, p->memo_count, op->at);
	case 'c':
		return push(p, global_line(p, op));
	case 0x93:
		return stack_global(p, op->at);
	case 'i':
	case 'o':
		return call_marked(p, op);
	case 'R':
	case 0x81:
		return call_reduce(p, op);
	case 0x92:
		return new_object_ex(p, op);
	case 'b':
		return build(p, op->at);
	case 0x82:
	case 0x83:
	case 0x84:
		return extension(p, op);
	case 'P':
	case 'Q':
		return persistent(p, op);
	case 0x80:
		return protocol(p, op, first);
	case 0x95:
		return frame(p, op);
	}
	return true;
}

enum aisp_pk_stop aisp_pk_run(struct aisp_pickle *p, struct aisp_pk_val *ret_top)
{
	uint64_t start = p->r.at;
	struct aisp_pk_op op;

	p->stack.n = p->memo.n = p->marks.n = 0;
	p->frame_end = p->memo_count = 0;
	for (;;) {
		if (!aisp_model__go_on(p->run))
			return AISP_PK_STOP_LIMIT;
		enum aisp_pk_read got = aisp_pk_next(&p->r, &op);
		p->ops++;
		if (got == AISP_PK_OK && op.code == '.') {
			*ret_top = *top(p);
			return AISP_PK_STOPPED;
		}
		if (got == AISP_PK_END || got == AISP_PK_TRUNCATED)
			return AISP_PK_STOP_TRUNCATED;
		if (got != AISP_PK_OK)
			return AISP_PK_STOP_BROKEN;
		if (!step(p, &op, op.at == start))
			return AISP_PK_STOP_LIMIT;
	}
}
