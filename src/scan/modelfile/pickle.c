/* Pickle files: is it one, each of the pickles in it, and what stands between and behind them.
 *
 * A file may hold several pickles; a loader reads as many as it likes. What stands behind the last is looked at as a file of its
 * own, and searched for further pickles.
 */
#include "base/mem.h"
#include "scan/container/container.h"
#include "scan/modelfile/archive_int.h"
#include "scan/modelfile/pickle_int.h"
#include <stdio.h>

enum {
	PROBE_OPS = 4000,
	PROBE_BYTES = 64 << 10,
	PICKLES_MAX = 10000,
	SEARCH_BYTES = 64 << 20,
	SEARCH_STEP = 64 << 10,
	EXPANSION_DUPS = 100,
};

/* ---- is it a pickle? ---- */

struct probe {
	unsigned ops, names, calls, old_names, bad_names;
	bool stopped, broken, truncated;
	bool underflow; /* an opcode took what was not there */
	unsigned depth, marks;
};

/* What an opcode of protocols 0 and 1 takes from the stack and puts there. Text that is a run of opcodes by chance nearly always
 * takes more than there is. */
static void keep_stack(struct probe *pr, uint8_t code)
{
	static const char to_mark[] = "tldoieu", puts[] = "ILJKMFGSVUXNcP])}hgjBTC";
	static const struct {
		char code;
		unsigned takes, gives;
	} ops[] = {{'b', 2, 1}, {'R', 2, 1}, {'a', 2, 1}, {'s', 3, 1}, {'0', 1, 0}, {'2', 1, 2}, {'p', 1, 1}, {'q', 1, 1}, {'r', 1, 1}, {'Q', 1, 1}, {'.', 1, 0}};

	if (code == '(') {
		pr->marks++;
	} else if (code && strchr(to_mark, code)) {
		pr->underflow = pr->underflow || pr->marks == 0;
		pr->marks -= pr->marks > 0;
		pr->depth++; /* what is above the mark is not counted: it may be anything */
	} else if (code && strchr(puts, code)) {
		pr->depth++;
	}
	for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
		if ((uint8_t)ops[i].code != code)
			continue;
		pr->underflow = pr->underflow || pr->depth + pr->marks < ops[i].takes;
		pr->depth = (pr->depth > ops[i].takes ? pr->depth - ops[i].takes : 0) + ops[i].gives;
	}
}

/* A dotted name, as an import could read it: text that begins with "import" or "class" is no GLOBAL. */
static bool is_name(const struct aisp_input *in, struct aisp_pk_bytes s)
{
	char text[200];

	if (s.n == 0 || s.n > sizeof text || aisp_input_read(in, s.at, text, (size_t)s.n, NULL) < 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)text[i];
		if (!(c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '<' ||
		      c == '>' || (c == '\r' && i + 1 == s.n)))
			return false;
	}
	return true;
}

/* Opcodes without a stack machine: do they follow one another? */
static struct probe probe(const struct aisp_input *in, uint64_t at, char *window)
{
	struct aisp_input begin = aisp_input_part(in, at, in->size);
	struct aisp_pk_reader r = {.in = &begin, .window = window};
	struct probe pr = {0};
	struct aisp_pk_op op;

	while (pr.ops < PROBE_OPS && r.at < begin.size) {
		enum aisp_pk_read got = aisp_pk_next(&r, &op);
		if (got != AISP_PK_OK) {
			pr.broken = got == AISP_PK_BAD_OPCODE || got == AISP_PK_BAD_ARGUMENT;
			pr.truncated = !pr.broken;
			break;
		}
		pr.ops++;
		keep_stack(&pr, op.code);
		pr.names += op.code == 'c' || op.code == 'i' || op.code == 0x93 || (op.code >= 0x82 && op.code <= 0x84);
		if (op.code == 'c' || op.code == 'i') {
			bool good = is_name(&begin, op.s) && is_name(&begin, op.s2);
			pr.old_names += good;
			pr.bad_names += !good;
		}
		pr.calls += op.code == 'R' || op.code == 'o' || op.code == 'i' || op.code == 0x81 || op.code == 0x92 || op.code == 'b';
		if (op.code == '.') {
			pr.stopped = true;
			break;
		}
	}
	return pr;
}

static bool named_so(struct aisp_slice path)
{
	static const char *const ends[] = {".pkl", ".pickle", ".pck", ".dill", ".joblib", ".p", ".pth", ".pt", ".ckpt", ".data", ".pkl2"};

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (path.n >= strlen(ends[i]) &&
		    aisp_slice_eqi(aisp_slice_from(path, path.n - strlen(ends[i])), aisp_slice_z(ends[i])))
			return true;
	return false;
}

static int sure_with_protocol(const struct probe *pr, bool named)
{
	if (named)
		return 80;
	return pr->ops < 2 || (pr->broken && pr->ops < 4) ? 0 : 80;
}

static int sure_by_probe(const struct probe *pr, bool named)
{
	if ((pr->bad_names || pr->underflow) && !named)
		return 0;
	if (pr->names && pr->calls && pr->old_names)
		return 75;
	if (pr->stopped && (pr->ops > 5 || named))
		return pr->broken ? 0 : 60;
	if (pr->names && !pr->broken && pr->ops > 2)
		return 55;
	return named && pr->ops > 1 && !pr->broken ? 40 : 0;
}

static int detect(const struct aisp_input *in, struct aisp_slice head, struct aisp_slice path)
{
	if (head.n < 2 || !aisp_pk_is_opcode((uint8_t)head.p[0]))
		return 0;
	char *AISP_AUTOFREE window = aisp_mem_alloc(AISP_PK_WINDOW);
	if (!window)
		return 0;
	bool proto = (unsigned char)head.p[0] == 0x80 && (unsigned char)head.p[1] <= 5;
	bool named = named_so(path);
	struct probe pr = probe(in, 0, window);
	/* Text is a run of opcodes by chance more often than one thinks; names and calls are not. */
	return proto ? sure_with_protocol(&pr, named) : sure_by_probe(&pr, named);
}

/* ---- the pickles of one input ---- */

static void stopped_early(struct aisp_pickle *p, enum aisp_pk_stop why, uint64_t start)
{
	p->broke_off = true;
	if (p->r.io_error)
		aisp_model__partial(p->run, "could not read the file at byte %llu", (unsigned long long)p->r.at);
	if (why == AISP_PK_STOP_TRUNCATED)
		aisp_model__partial(p->run, "the pickle at byte %llu ends before its end", (unsigned long long)start);
	else if (why == AISP_PK_STOP_BROKEN)
		aisp_model__partial(p->run, "the pickle at byte %llu breaks off at byte %llu", (unsigned long long)start, (unsigned long long)p->r.at);
}

/* The next place from `at` on where a pickle that names or calls something may begin. */
static uint64_t search(struct aisp_pickle *p, uint64_t at, uint64_t *left)
{
	char *AISP_AUTOFREE block = aisp_mem_alloc(SEARCH_STEP), *AISP_AUTOFREE window = aisp_mem_alloc(AISP_PK_WINDOW);

	while (block && window && at < p->in->size && *left && aisp_model__go_on(p->run)) {
		size_t n = 0;
		if (aisp_input_read_some(p->in, at, block, SEARCH_STEP, &n, NULL) < 0 || n < 4)
			break;
		*left -= n < *left ? n : *left;
		for (size_t i = 0; i + 3 < n && *left; i++) {
			if ((unsigned char)block[i] != 0x80 || (unsigned char)block[i + 1] < 2 || (unsigned char)block[i + 1] > 5)
				continue;
			struct probe pr = probe(p->in, at + i, window);
			if ((pr.stopped && pr.ops > 3) || (pr.names && pr.calls))
				return at + i;
			/* Opcodes that lead nowhere cost as well. */
			*left -= 8u * pr.ops < *left ? 8u * pr.ops : *left;
		}
		if (n < SEARCH_STEP)
			break;
		at += n - 3;
	}
	return UINT64_MAX;
}

static bool is_padding(struct aisp_pickle *p, uint64_t at)
{
	char b[64];
	size_t n = 0;

	if (p->in->size - at > sizeof b || aisp_input_read_some(p->in, at, b, sizeof b, &n, NULL) < 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (b[i] != 0 && b[i] != '\n' && b[i] != ' ' && b[i] != '\r')
			return false;
	return true;
}

static void trailing(struct aisp_pickle *p, uint64_t at)
{
	char what[64];

	if (is_padding(p, at))
		return;
	struct aisp_slice s = aisp_slice_of(what, (size_t)snprintf(what, sizeof what, "%llu bytes", (unsigned long long)(p->in->size - at)));
	aisp_pk_issue(p, "pickle-trailing", AISP_MODEL_LOW, at, s, "data follow the pickle, which its loader does not read", "");
	struct aisp_input rest = aisp_input_part(p->in, at, p->in->size - at);
	if (aisp_container_detect(&rest) != AISP_CONTAINER_NONE)
		aisp_model__inside(p->run, &rest, AISP_S("trailing data"));
}

/* Pickles from `at` on that stand one behind the other. Returns where they end. */
static uint64_t run_of_pickles(struct aisp_pickle *p, uint64_t at, bool forced)
{
	struct aisp_pk_val top;
	char *AISP_AUTOFREE window = aisp_mem_alloc(AISP_PK_WINDOW);

	for (unsigned i = 0; window && i < PICKLES_MAX && at < p->in->size; i++) {
		if (i || !forced) {
			struct probe pr = probe(p->in, at, window);
			if (pr.ops < 2 || (pr.broken && !pr.calls))
				break;
		}
		p->r.at = at;
		enum aisp_pk_stop stop = aisp_pk_run(p, &top);
		if (stop != AISP_PK_STOPPED) {
			stopped_early(p, stop, at);
			return stop == AISP_PK_STOP_BROKEN ? p->r.at : p->in->size;
		}
		at = p->r.at;
	}
	return at;
}

static void expansion(struct aisp_pickle *p)
{
	if (p->dups > EXPANSION_DUPS && p->dups > p->ops / 4)
		aisp_pk_issue(p, "pickle-expansion", AISP_MODEL_MEDIUM, 0, AISP_S("DUP"), "builds far more than the file holds", "");
}

static void all(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice where, bool raw_tail)
{
	struct aisp_pickle p;
	uint64_t left = SEARCH_BYTES;

	if (!aisp_pk_init(&p, run, in, where)) {
		aisp_pk_done(&p);
		return;
	}
	uint64_t end = run_of_pickles(&p, 0, true);
	bool told = false;
	while (!raw_tail && end < in->size && aisp_model__go_on(run)) {
		if (!told && !p.joblib)
			trailing(&p, end);
		told = true;
		uint64_t next = search(&p, end, &left);
		if (next == UINT64_MAX)
			break;
		uint64_t after = run_of_pickles(&p, next, true);
		end = after > next ? after : next + 1;
	}
	if (left == 0)
		aisp_model__partial(run, "only %d MiB behind a pickle were searched", SEARCH_BYTES >> 20);
	expansion(&p);
	aisp_pk_tell_references(&p);
	aisp_pk_torch_facts(&p);
	aisp_pk_done(&p);
}

void aisp_model__pickle(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice where)
{
	all(run, in, where, false);
}

void aisp_model__torch_pickle(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice where, bool raw_tail)
{
	all(run, in, where, raw_tail);
}

static void scan(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice path)
{
	(void)path;
	aisp_model__pickle(run, in, AISP_S(""));
}

const struct aisp_model_reader aisp_model__pickle_reader = {AISP_MODEL_PICKLE, detect, scan};
