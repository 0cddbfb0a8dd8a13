/* Pickle opcodes from a stream: pickletools' table, protocols 0 to 5. Payloads are skipped, not read: the window is filled again
 * where the next opcode is, with little at first and more while it goes on in order.
 */
#include "base/mem.h"
#include "scan/modelfile/pickle_int.h"

enum { FILL_MIN = 512 };

/* How each opcode's argument is written. */
enum arg {
	BAD, NO, U1, U2, U4, U8, I4, F8, LINE, LINES, LEN1, LEN4, LEN8, LEN4_SIGNED
};
static const uint8_t args[256] = {
	['('] = NO, ['.'] = NO, ['0'] = NO, ['1'] = NO, ['2'] = NO, ['F'] = LINE, ['I'] = LINE, ['J'] = I4, ['K'] = U1, ['L'] = LINE,
	['M'] = U2, ['N'] = NO, ['P'] = LINE, ['Q'] = NO, ['R'] = NO, ['S'] = LINE, ['T'] = LEN4_SIGNED, ['U'] = LEN1, ['V'] = LINE,
	['X'] = LEN4, ['a'] = NO, ['b'] = NO, ['c'] = LINES, ['d'] = NO, ['e'] = NO, ['g'] = LINE, ['h'] = U1, ['i'] = LINES, ['j'] = U4,
	['l'] = NO, ['o'] = NO, ['p'] = LINE, ['q'] = U1, ['r'] = U4, ['s'] = NO, ['t'] = NO, ['u'] = NO, [')'] = NO, ['}'] = NO,
	[']'] = NO, ['G'] = F8, [0x80] = U1, [0x81] = NO, [0x82] = U1, [0x83] = U2, [0x84] = I4, [0x85] = NO, [0x86] = NO, [0x87] = NO,
	[0x88] = NO, [0x89] = NO, [0x8a] = LEN1, [0x8b] = LEN4_SIGNED, ['B'] = LEN4, ['C'] = LEN1, [0x8c] = LEN1, [0x8d] = LEN8,
	[0x8e] = LEN8, [0x8f] = NO, [0x90] = NO, [0x91] = NO, [0x92] = NO, [0x93] = NO, [0x94] = NO, [0x95] = U8, [0x96] = LEN8,
	[0x97] = NO, [0x98] = NO,
};

bool aisp_pk_is_opcode(uint8_t code)
{
	return args[code] != BAD;
}

/* n bytes at the reader's place, or NULL. */
static const char *look(struct aisp_pk_reader *r, size_t n)
{
	if (r->at >= r->window_at && r->at - r->window_at <= r->window_n && n <= r->window_n - (r->at - r->window_at))
		return r->window + (r->at - r->window_at);
	if (r->at > r->in->size || n > r->in->size - r->at)
		return NULL;
	bool in_order = r->at >= r->window_at && r->at - r->window_at <= r->window_n;
	size_t fill = in_order ? 4 * r->next_fill : FILL_MIN, got = 0;
	if (fill > AISP_PK_WINDOW)
		fill = AISP_PK_WINDOW;
	if (fill < n)
		fill = n;
	r->next_fill = fill;
	r->window_n = 0;
	if (aisp_input_read_some(r->in, r->at, r->window, fill, &got, NULL) < 0) {
		r->io_error = true;
		return NULL;
	}
	r->window_at = r->at;
	r->window_n = got;
	return got >= n ? r->window : NULL;
}

static bool number(struct aisp_pk_reader *r, size_t n, uint64_t *ret_n)
{
	const unsigned char *p = (const unsigned char *)look(r, n);
	uint64_t v = 0;

	if (!p)
		return false;
	for (size_t i = n; i-- > 0;)
		v = v << 8 | p[i];
	r->at += n;
	*ret_n = v;
	return true;
}

/* Up to a newline, which is passed. Only places are kept, so a line may be as long as it likes. */
static bool line(struct aisp_pk_reader *r, struct aisp_pk_bytes *ret)
{
	uint64_t from = r->at;

	for (;;) {
		const char *p = look(r, 1);
		if (!p)
			return false;
		size_t n = r->window_n - (size_t)(r->at - r->window_at);
		const char *end = memchr(p, '\n', n);
		r->at += end ? (size_t)(end - p) + 1 : n;
		if (end) {
			*ret = (struct aisp_pk_bytes){from, r->at - 1 - from};
			return true;
		}
	}
}

static enum aisp_pk_read payload(struct aisp_pk_reader *r, size_t width, bool with_sign, struct aisp_pk_op *op)
{
	uint64_t n;

	if (!number(r, width, &n))
		return AISP_PK_TRUNCATED;
	if (with_sign && (n & 0x80000000u))
		return AISP_PK_BAD_ARGUMENT;
	op->s = (struct aisp_pk_bytes){r->at, n};
	if (n > r->in->size - r->at) {
		op->s.n = r->in->size - r->at;
		op->number = n > INT64_MAX ? INT64_MAX : (int64_t)n;
		r->at = r->in->size;
		return AISP_PK_TRUNCATED;
	}
	r->at += n;
	return AISP_PK_OK;
}

enum aisp_pk_read aisp_pk_next(struct aisp_pk_reader *r, struct aisp_pk_op *ret_op)
{
	uint64_t code, n = 0;
	bool ok = true;

	*ret_op = (struct aisp_pk_op){.at = r->at};
	if (!number(r, 1, &code))
		return AISP_PK_END;
	ret_op->code = (uint8_t)code;
	switch ((enum arg)args[code]) {
	case BAD:
		r->at--;
		return AISP_PK_BAD_OPCODE;
	case NO:
		return AISP_PK_OK;
	case U1:
		ok = number(r, 1, &n);
		break;
	case U2:
		ok = number(r, 2, &n);
		break;
	case U4:
		ok = number(r, 4, &n);
		break;
	case I4:
		ok = number(r, 4, &n);
		n = (uint64_t)(int64_t)(int32_t)(uint32_t)n;
		break;
	case U8:
	case F8:
		ok = number(r, 8, &n);
		break;
	case LINE:
		ok = line(r, &ret_op->s);
		break;
	case LINES:
		ok = line(r, &ret_op->s) && line(r, &ret_op->s2);
		break;
	case LEN1:
		return payload(r, 1, false, ret_op);
	case LEN4:
		return payload(r, 4, false, ret_op);
	case LEN4_SIGNED:
		return payload(r, 4, true, ret_op);
	case LEN8:
		return payload(r, 8, false, ret_op);
	}
	ret_op->number = (int64_t)n;
	return ok ? AISP_PK_OK : AISP_PK_TRUNCATED;
}
