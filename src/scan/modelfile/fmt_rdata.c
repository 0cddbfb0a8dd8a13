/* R data (.rds, .RData): R's serialisation, walked without R. What runs: a promise is evaluated when its variable is first
 * looked at (CVE-2024-27322), and `.First` and the like by their name. Functions inside ordinary fitted models (their
 * bodies may well call eval or do.call) are data until somebody calls them.
 *
 * Forms: XDR ("X\n"), ASCII ("A\n"), native little endian ("B\n"), each also behind "RDX3\n" and alike and behind gzip, bzip2, xz.
 * Source: R Internals, "Serialization Formats"; the numbers of the types are those of Rinternals.h.
 */
#include "base/buf.h"
#include "scan/container/container.h"
#include "scan/modelfile/fmt.h"

enum { DEPTH_MAX = 1000, SYMBOLS_MAX = 1 << 20, TEXT_MAX = 4096, WINDOW = 65536 };

enum form { XDR, ASCII, NATIVE };
enum where { DATA, CLOSURE, PROMISE };

struct call {
	const char *name;      /* of what it calls, when that is worth a word */
	bool grave;            /* commands, code, network; not merely eval */
	struct aisp_slice arg; /* first constant text */
	uint64_t offset;
};
struct rdata {
	struct aisp_model_run *run;
	const struct aisp_input *in;
	uint64_t pos;
	char buf[WINDOW];
	size_t i, n;
	enum form form;
	bool broken;
	struct aisp_slice *symbols; /* reference table: names of symbols, empty for the rest */
	size_t n_symbols, cap_symbols;
	unsigned depth;
	struct call *call;          /* innermost call that is of interest */
	struct aisp_slice binding;  /* name of the variable being read */
	enum where at;
	uint64_t n_promises, n_closures;
};
struct item {
	unsigned type;
	struct aisp_slice text; /* symbol's or string's */
};

static struct item read_item(struct rdata *r);

static uint64_t here(const struct rdata *r)
{
	return r->pos - (r->n - r->i);
}

static const char *get(struct rdata *r, size_t n)
{
	if (r->n - r->i < n) {
		uint64_t at = here(r);
		size_t want = r->in->size - at < WINDOW ? (size_t)(r->in->size - at) : WINDOW;

		r->i = r->n = 0;
		r->pos = at;
		if (r->broken || want < n || !aisp_model__go_on(r->run) || !aisp_model__read(r->run, r->in, at, r->buf, want)) {
			r->broken = true;
			return NULL;
		}
		r->n = want;
		r->pos = at + want;
	}
	r->i += n;
	return r->buf + r->i - n;
}

static void skip(struct rdata *r, uint64_t n)
{
	if (n <= r->n - r->i) {
		r->i += (size_t)n;
		return;
	}
	n += here(r);
	if (n > r->in->size || n < here(r)) {
		r->broken = true;
		return;
	}
	r->pos = n;
	r->i = r->n = 0;
}

static struct aisp_slice word(struct rdata *r, char store[64])
{
	size_t n = 0;
	const char *p;

	while ((p = get(r, 1)) && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
		continue;
	while (p && *p != ' ' && *p != '\n' && *p != '\r' && *p != '\t') {
		if (n < 63)
			store[n++] = *p;
		p = here(r) < r->in->size ? get(r, 1) : NULL;
	}
	return aisp_slice_of(store, n);
}

static int32_t get_int(struct rdata *r)
{
	char store[64];
	int64_t v = 0;
	const char *p;

	if (r->form != ASCII) {
		p = get(r, 4);
		return !p ? 0 : (int32_t)(r->form == XDR ? aisp_be32(p) : aisp_le32(p));
	}
	struct aisp_slice w = word(r, store);

	if (aisp_slice_eqz(w, "NA"))
		return INT32_MIN;
	if (!aisp_slice_i64(w, &v) || v > INT32_MAX || v < INT32_MIN)
		r->broken = true;
	return (int32_t)v;
}

static uint64_t get_length(struct rdata *r)
{
	int32_t n = get_int(r);
	uint64_t hi;

	if (n == -1) {
		hi = (uint32_t)get_int(r);
		return hi << 32 | (uint32_t)get_int(r);
	}
	if (n < 0)
		r->broken = true;
	return n < 0 ? 0 : (uint64_t)n;
}

static char ascii_char(struct rdata *r)
{
	const char *p = get(r, 1);
	unsigned v = 0;

	if (!p || *p != '\\')
		return p ? *p : 0;
	p = get(r, 1);
	if (!p)
		return 0;
	if (*p < '0' || *p > '7')
		return *p == 'n' ? '\n' : *p == 't' ? '\t' : *p;
	for (int i = 0; p && i < 3 && *p >= '0' && *p <= '7'; i++) {
		v = v * 8 + (unsigned)(*p - '0');
		p = i < 2 ? get(r, 1) : NULL;
	}
	if (p)
		r->i--;
	return (char)v;
}

static struct aisp_slice get_text(struct rdata *r, uint64_t n)
{
	char *p;
	size_t keep = n < TEXT_MAX ? (size_t)n : TEXT_MAX;

	if (r->broken || n > r->in->size - here(r)) {
		r->broken = true;
		return aisp_slice_of(NULL, 0);
	}
	p = aisp_arena_alloc(r->run->tmp, keep + 1);
	if (!p) {
		if (!aisp_arena_full(r->run->tmp))
			aisp_model__nomem(r->run);
		r->broken = true;
		return aisp_slice_of(NULL, 0);
	}
	if (r->form == ASCII) {
		const char *nl = get(r, 0);
		bool first = true;

		(void)nl;
		for (uint64_t i = 0; i < n && !r->broken; i++) {
			char c = ascii_char(r);

			while (first && (c == '\n' || c == ' '))
				c = ascii_char(r);
			first = false;
			if (i < keep)
				p[i] = c;
		}
	} else {
		const char *from = get(r, keep);

		if (!from)
			return aisp_slice_of(NULL, 0);
		memcpy(p, from, keep);
		skip(r, n - keep);
	}
	return aisp_slice_of(p, keep);
}

static void add_ref(struct rdata *r, struct aisp_slice name)
{
	if (r->n_symbols == r->cap_symbols) {
		size_t cap = r->cap_symbols ? r->cap_symbols * 2 : 256;
		struct aisp_slice *more = r->cap_symbols < SYMBOLS_MAX ? aisp_arena_zalloc(r->run->tmp, cap, sizeof *more) : NULL;

		if (!more) {
			r->broken = true;
			return;
		}
		if (r->n_symbols)
			memcpy(more, r->symbols, r->n_symbols * sizeof *more);
		r->symbols = more;
		r->cap_symbols = cap;
	}
	r->symbols[r->n_symbols++] = name;
}

/* ---- judgement */

static const struct {
	const char *name;
	bool grave;
} calls[] = {
    {"system", true},      {"system2", true},      {"shell", true},        {"shell.exec", true},     {"source", true},
    {"sys.source", true},  {"download.file", true}, {"dyn.load", true},    {"library.dynam", true},  {"pipe", true},
    {"unserialize", true}, {"readRDS", true},      {"socketConnection", true}, {"url", true},        {"unlink", true},
    {"file.remove", true}, {"Sys.setenv", true},   {"writeLines", true},   {"install.packages", true}, {"eval", false},
    {"evalq", false},      {"parse", false},       {"do.call", false},     {"str2lang", false},      {"assign", false},
    {"load", true},        {"file", true},         {"processx", true},     {"GET", true},            {"POST", true},
    {"makeActiveBinding", false}, {"delayedAssign", false}, {"reg.finalizer", true}, {"loadNamespace", false}, {"base64_dec", false},
    {"str2expression", false}, {"writeBin", true}, {"file.copy", true}, {"curl_download", true}, {"on.exit", false}, {"q", false},
};

static void judge(struct rdata *r, const struct call *c)
{
	static const char *const auto_run[] = {".First", ".Last", ".onLoad", ".onAttach", ".onUnload", ".First.sys", ".Last.value", NULL};
	struct aisp_slice what = aisp_model__text(r->run, "%s(%s%.*s%s)", c->name, c->arg.n ? "\"" : "…", AISP_FMT(aisp_slice_to(c->arg, 150)), c->arg.n ? "\"" : "");
	const char *hint = c->arg.n ? aisp_model__code_hint(c->arg) : NULL;
	bool outward = hint || aisp_model__path_kind(c->arg) == AISP_PATH_URL;

	if (r->at == PROMISE)
		aisp_model__issue(r->run, "r-promise", c->grave && c->arg.n ? AISP_MODEL_CRITICAL : AISP_MODEL_HIGH, r->binding, c->offset, what,
		                  "a promise: runs when the loaded object is first looked at", "CVE-2024-27322");
	else if (aisp_model__one_of(r->binding, auto_run))
		aisp_model__issue(r->run, "r-hook", AISP_MODEL_HIGH, r->binding, c->offset, what, "R calls a function of this name by itself when the file is a workspace", "");
	else if (r->at == DATA && c->grave)
		aisp_model__issue(r->run, "r-call", c->arg.n || outward ? AISP_MODEL_HIGH : AISP_MODEL_MEDIUM, r->binding, c->offset, what,
		                  "an unevaluated call outside any function: it runs when the object is evaluated", "");
	else if (c->grave && (strncmp(c->name, "system", 6) == 0 || strncmp(c->name, "shell", 5) == 0 || strcmp(c->name, "pipe") == 0 || outward))
		aisp_model__issue(r->run, "r-function", outward ? AISP_MODEL_HIGH : c->arg.n ? AISP_MODEL_MEDIUM : AISP_MODEL_LOW, r->binding, c->offset, what,
		                  "in the body of a function that the object carries; runs when the function is called", "");
}

/* ---- items */

static struct item pairs(struct rdata *r, unsigned flags, struct item *first);

/* A call: the function is the first element; `pkg::name` is itself a call. */
static void language(struct rdata *r, unsigned flags)
{
	struct call mine = {.offset = here(r)}, *outer = r->call;
	struct item f = {0};

	r->call = &mine;
	pairs(r, flags, &f);
	r->call = outer;
	if (mine.name) {
		judge(r, &mine);
		if (outer && mine.arg.n && !outer->arg.n)
			outer->arg = mine.arg;
	}
}

static void name_call(struct rdata *r, struct aisp_slice name)
{
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		if (aisp_slice_eqz(name, calls[i].name) && r->call) {
			r->call->name = calls[i].name;
			r->call->grave = calls[i].grave;
		}
}

/* Behind the last pair: the end, or something that is no list, which is read as an item of those flags. */
static struct item tail(struct rdata *r, unsigned flags)
{
	struct item none = {0};

	if ((flags & 255) == 254 || r->broken)
		return none;
	if (r->form == ASCII || r->i < 4) {
		r->broken = true;
		return none;
	}
	r->i -= 4;
	return read_item(r);
}

/* LISTSXP, LANGSXP, DOTSXP: attributes, tag, head; then the rest in a loop. */
static struct item pairs(struct rdata *r, unsigned flags, struct item *first)
{
	struct aisp_slice binding = r->binding;
	struct item last = {0};
	bool head = true, call = (flags & 255) == 6;
	struct aisp_slice fn = {0};
	unsigned n = 0;

	for (;;) {
		struct item tag = {0}, car;

		if (flags & 0x200)
			read_item(r);
		if (flags & 0x400)
			tag = read_item(r);
		if (tag.text.n)
			r->binding = tag.text;
		car = read_item(r);
		if (head) {
			*first = car;
			fn = car.text;
			if (call && car.type == 1)
				name_call(r, car.text);
		} else if (call && n == 2 && car.type == 1 && (aisp_slice_eqz(fn, "::") || aisp_slice_eqz(fn, ":::"))) {
			name_call(r, car.text);
		}
		head = false;
		n++;
		flags = r->broken ? 254 : (unsigned)get_int(r);
		if ((flags & 255) != 2 && (flags & 255) != 6) {
			last = tail(r, flags);
			break;
		}
	}
	r->binding = binding;
	return last;
}

static void vector(struct rdata *r, unsigned type)
{
	static const unsigned char size[] = {[10] = 4, [13] = 4, [14] = 8, [15] = 16, [24] = 1};
	uint64_t n = get_length(r), bytes;

	if (type == 16 || type == 19 || type == 20) {
		for (uint64_t i = 0; i < n && !r->broken && aisp_model__go_on(r->run); i++) {
			struct item s = read_item(r);

			if (type == 16 && r->call && !r->call->arg.n)
				r->call->arg = s.text;
		}
		return;
	}
	if (r->form == ASCII) {
		char store[64];
		uint64_t words = type == 15 ? 2 * n : n;

		for (uint64_t i = 0; i < words && !r->broken && aisp_model__go_on(r->run); i++)
			word(r, store);
		return;
	}
	if (__builtin_mul_overflow(n, (uint64_t)size[type], &bytes))
		r->broken = true;
	else
		skip(r, bytes);
}

static void closure(struct rdata *r, unsigned flags)
{
	enum where outer = r->at;
	struct call *call = r->call;

	r->call = NULL;
	if (flags & 0x200)
		read_item(r);
	/* environment, formals, body */
	read_item(r);
	if (r->at == DATA)
		r->at = CLOSURE;
	read_item(r);
	read_item(r);
	r->at = outer;
	r->call = call;
	r->n_closures++;
}

static void promise(struct rdata *r, unsigned flags)
{
	enum where outer = r->at;
	struct item env, value, expr;

	if (flags & 0x200)
		read_item(r);
	env.type = 254;
	if (flags & 0x400)
		env = read_item(r);
	value = read_item(r);
	/* A promise that was evaluated before has its value; its expression does not run again. */
	if (value.type == 252)
		r->at = PROMISE;
	expr = read_item(r);
	r->at = outer;
	r->n_promises++;
	if (value.type == 252 && (expr.type == 6 || expr.type == 21))
		aisp_model__issue(r->run, "r-promise", AISP_MODEL_MEDIUM, r->binding, here(r), AISP_S("an expression that was not evaluated yet"),
		                  "a promise: runs when the loaded object is first looked at", "CVE-2024-27322");
	(void)env;
}

static void environment(struct rdata *r)
{
	get_int(r);
	add_ref(r, aisp_slice_of(NULL, 0));
	for (int i = 0; i < 4; i++)
		read_item(r);
}

static void string_vector(struct rdata *r)
{
	uint64_t n;

	get_int(r);
	n = get_length(r);
	for (uint64_t i = 0; i < n && !r->broken; i++)
		read_item(r);
	add_ref(r, aisp_slice_of(NULL, 0));
}

static void bytecode_lang(struct rdata *r, unsigned type)
{
	bool attributes = false;
	struct item car = {0};

	if (++r->depth > DEPTH_MAX)
		r->broken = true;
	while (!r->broken) {
		if (type == 243) {
			get_int(r);
			break;
		}
		if (type != 244 && type != 6 && type != 2 && type != 240 && type != 239) {
			car = read_item(r);
			if (car.type == 1)
				name_call(r, car.text);
			break;
		}
		if (type == 244) {
			get_int(r);
			type = (unsigned)get_int(r);
		}
		attributes = type == 240 || type == 239;
		if (attributes)
			read_item(r);
		read_item(r);
		struct call mine = {.offset = here(r)}, *outer = r->call;
		bool call = type == 6 || type == 240;

		if (call)
			r->call = &mine;
		bytecode_lang(r, (unsigned)get_int(r));
		type = (unsigned)get_int(r);
		if (call) {
			/* arguments still belong to this call */
			if (type == 2 || type == 239 || type == 244)
				bytecode_lang(r, type);
			else
				bytecode_lang(r, type);
			r->call = outer;
			if (mine.name)
				judge(r, &mine);
			break;
		}
	}
	r->depth--;
}

static void bytecode(struct rdata *r)
{
	int32_t n;

	if (++r->depth > DEPTH_MAX)
		r->broken = true;
	read_item(r); /* the code: integers */
	n = get_int(r);
	for (int32_t i = 0; i < n && !r->broken && aisp_model__go_on(r->run); i++) {
		unsigned type = (unsigned)get_int(r);

		if (type == 21)
			bytecode(r);
		else
			bytecode_lang(r, type);
	}
	r->depth--;
}

static struct item reference(struct rdata *r, unsigned flags)
{
	uint32_t i = flags >> 8;
	struct item it = {.type = 255};

	if (!i)
		i = (uint32_t)get_int(r);
	if (i && i <= r->n_symbols && r->symbols[i - 1].n) {
		it.type = 1;
		it.text = r->symbols[i - 1];
	}
	return it;
}

static struct item simple(struct rdata *r, unsigned type, unsigned flags)
{
	struct item it = {.type = type};

	switch (type) {
	case 9: {
		int32_t n = get_int(r);

		if (n >= 0)
			it.text = get_text(r, (uint64_t)n);
		else if (n != -1)
			r->broken = true;
		break;
	}
	case 7:
	case 8: {
		int32_t n = get_int(r);

		it.text = get_text(r, n > 0 ? (uint64_t)n : 0);
		it.type = 1;
		break;
	}
	case 10: case 13: case 14: case 15: case 16: case 19: case 20: case 24:
		vector(r, type);
		break;
	case 22:
		add_ref(r, aisp_slice_of(NULL, 0));
		read_item(r);
		read_item(r);
		break;
	case 23:
		add_ref(r, aisp_slice_of(NULL, 0));
		break;
	case 25:
		break;
	case 21:
		get_int(r);
		bytecode(r);
		break;
	default:
		r->broken = true;
		return it;
	}
	if (flags & 0x200)
		read_item(r);
	return it;
}

static struct item read_item(struct rdata *r)
{
	struct item it = {0}, first;
	unsigned flags, type;

	if (r->broken || ++r->depth > DEPTH_MAX || !aisp_model__go_on(r->run)) {
		r->depth -= !r->broken;
		r->broken = true;
		return it;
	}
	flags = (unsigned)get_int(r);
	type = flags & 255;
	it.type = type;
	switch (type) {
	case 241: case 242: case 250: case 251: case 252: case 253: case 254:
		break; /* constants without a body: NULL, the global environment, … */
	case 255:
		it = reference(r, flags);
		break;
	case 1:
		it.text = read_item(r).text;
		add_ref(r, it.text);
		break;
	case 247: case 248: case 249:
		string_vector(r);
		break;
	case 6:
		language(r, flags);
		break;
	case 240:
		language(r, (flags & ~255u) | 0x206);
		break;
	case 2: case 17:
		pairs(r, flags, &first);
		break;
	case 239:
		pairs(r, (flags & ~255u) | 0x202, &first);
		break;
	case 3:
		closure(r, flags);
		break;
	case 5:
		promise(r, flags);
		break;
	case 4:
		environment(r);
		break;
	case 238:
		read_item(r);
		read_item(r);
		read_item(r);
		break;
	default:
		it = simple(r, type, flags);
		break;
	}
	r->depth--;
	return it;
}

/* ---- the file */

/* Bytes before the form's letter: 0, or 5 for a workspace; -1 when it is no R data. */
static int magic(struct aisp_slice s, enum form *ret_form)
{
	int skip_n = 0;
	bool workspace = s.n > 10 && (memcmp(s.p, "RDX", 3) == 0 || memcmp(s.p, "RDA", 3) == 0 || memcmp(s.p, "RDB", 3) == 0) && s.p[4] == '\n';

	if (workspace) {
		s = aisp_slice_from(s, 5);
		skip_n = 5;
	}
	if (s.n < 14 || s.p[1] != '\n')
		return -1;
	*ret_form = s.p[0] == 'X' ? XDR : s.p[0] == 'A' ? ASCII : NATIVE;
	if (s.p[0] == 'X' && (aisp_be32(s.p + 2) == 2 || aisp_be32(s.p + 2) == 3))
		return skip_n;
	if (s.p[0] == 'A' && (s.p[2] == '2' || s.p[2] == '3') && s.p[3] == '\n')
		return skip_n;
	if (s.p[0] == 'B' && (aisp_le32(s.p + 2) == 2 || aisp_le32(s.p + 2) == 3))
		return skip_n;
	return -1;
}

static void serialised(struct aisp_model_run *run, const struct aisp_input *in)
{
	struct rdata *r = aisp_arena_zalloc(run->tmp, 1, sizeof *r);
	struct aisp_slice head = aisp_model__bytes(run, in, 0, 32);
	int at, version;
	uint32_t writer;

	if (!r) {
		aisp_model__nomem(run);
		return;
	}
	r->run = run;
	r->in = in;
	at = magic(head, &r->form);
	if (at < 0) {
		aisp_model__partial(run, "the compressed content is not R data");
		return;
	}
	skip(r, (uint64_t)at + 2);
	version = get_int(r);
	writer = (uint32_t)get_int(r);
	get_int(r);
	if (version == 3)
		get_text(r, (uint64_t)(uint32_t)get_int(r));
	aisp_model__fact(run, "framework_version", aisp_model__text(run, "R %u.%u.%u", writer >> 16 & 255, writer >> 8 & 255, writer & 255));
	read_item(r);
	if (r->broken && !run->bad)
		aisp_model__partial(run, "the R data could not be read beyond byte %llu", (unsigned long long)here(r));
	if (r->n_closures)
		aisp_model__fact_u64(run, "functions", r->n_closures);
}

static int one_stream(void *ctx, const struct aisp_container_member *m)
{
	struct aisp_model_run *run = ctx;

	if (m->oddities & (AISP_ODDITY(RATIO) | AISP_ODDITY(TRUNCATED)) || m->why_not != AISP_OK)
		aisp_model__partial(run, "could not be unpacked fully");
	if (m->input.size)
		serialised(run, &m->input);
	return 0;
}

static int detect(const struct aisp_input *in, struct aisp_slice head, struct aisp_slice path)
{
	enum form form;
	bool packed = aisp_model__prefixed(head, "\x1f\x8b") || aisp_model__prefixed(head, "BZh") || aisp_model__prefixed(head, "\xfd" "7zXZ");

	(void)in;
	if (magic(head, &form) >= 0)
		return 90;
	return packed && (aisp_model__suffixed_i(path, ".rds") || aisp_model__suffixed_i(path, ".rdata") || aisp_model__suffixed_i(path, ".rda")) ? 90 : 0;
}

static void scan(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice path)
{
	struct aisp_slice head = aisp_model__bytes(run, in, 0, 32);
	struct aisp_err err = {0};
	enum form form;
	int r;

	(void)path;
	if (magic(head, &form) >= 0) {
		serialised(run, in);
		return;
	}
	r = aisp_container_each(in, aisp_container_detect(in), NULL, NULL, one_stream, run, NULL, &err);
	if (r == AISP_E_NOMEM)
		aisp_model__nomem(run);
	else if (r < 0)
		aisp_model__partial(run, "could not be unpacked");
}

const struct aisp_model_reader aisp_model__rdata_reader = {AISP_MODEL_R_DATA, detect, scan};
