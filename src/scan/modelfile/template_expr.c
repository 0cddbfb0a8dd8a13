/* Jinja expressions: a reader that knows just enough of the language to follow attribute walks through constants, whichever
 * way the constants are put together (~, +, %, join, format, reverse, replace, slices, escapes, dict keys, variables), and to
 * tell where a condition looks at what a message says or at the clock.
 *
 * Not for: rendering. A value is a known text, a known number, a list of known things, or unknown.
 * Invariants: recursion is capped; every step counts against aisp_jinja.steps.
 */
#include "base/buf.h"
#include "scan/modelfile/template_int.h"
#include <stdlib.h>

enum { DEPTH_MAX = 60, ITEMS_MAX = 4096 };

enum tok { T_END, T_NAME, T_STR, T_NUM, T_OP };
struct expr {
	struct aisp_jinja *j;
	const char *p, *end;
	enum tok t;
	struct aisp_slice text; /* name, operator, or decoded string */
	int64_t num;
	bool escaped;
	const char *at;         /* where the token begins */
	unsigned depth;
};

static struct aisp_jinja_val ternary(struct expr *x);

bool aisp_jinja__ident(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80 || (!first && c >= '0' && c <= '9');
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 32);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One escape behind a backslash; returns behind it. */
static const char *unescape(struct aisp_buf *b, const char *p, const char *end, bool *ret_hex)
{
	char c = *p++;
	unsigned digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
	uint32_t cp = 0;
	unsigned i = 0;

	if (digits) {
		for (; i < digits && p + i < end && hex(p[i]) >= 0; i++)
			cp = cp << 4 | (uint32_t)hex(p[i]);
		if (i == digits) {
			*ret_hex = true;
			aisp_jinja__put_cp(b, cp);
		}
		return p + i;
	}
	if (c >= '0' && c <= '7') {
		for (p--; i < 3 && p + i < end && p[i] >= '0' && p[i] <= '7'; i++)
			cp = cp * 8 + (uint32_t)(p[i] - '0');
		*ret_hex = true;
		aisp_jinja__put_cp(b, cp);
		return p + i;
	}
	aisp_buf_putc(b, c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c);
	return p;
}

static void lex_string(struct expr *x)
{
	struct aisp_buf AISP_AUTOBUF b = {0};
	char quote = *x->p++;
	const char *from = x->p;
	bool plain = true;

	aisp_buf_init(&b, 1 << 20);
	x->t = T_STR;
	while (x->p < x->end && *x->p != quote) {
		if (*x->p == '\\' && x->p + 1 < x->end) {
			if (plain)
				aisp_buf_put(&b, aisp_slice_of(from, (size_t)(x->p - from)));
			plain = false;
			x->p = unescape(&b, x->p + 1, x->end, &x->escaped);
		} else {
			if (!plain)
				aisp_buf_putc(&b, *x->p);
			x->p++;
		}
	}
	x->text = plain ? aisp_slice_of(from, (size_t)(x->p - from)) : aisp_arena_dup(x->j->run->a, aisp_buf_slice(&b));
	if (!x->text.p)
		x->text = AISP_S("");
	if (x->p < x->end)
		x->p++;
}

static void lex_number(struct expr *x)
{
	x->t = T_NUM;
	x->num = 0;
	while (x->p < x->end && ((*x->p >= '0' && *x->p <= '9') || *x->p == '_')) {
		if (*x->p != '_' && x->num < INT64_MAX / 20)
			x->num = x->num * 10 + (*x->p - '0');
		x->p++;
	}
	if (x->p < x->end && (*x->p == 'e' || *x->p == 'E'))
		for (x->p++; x->p < x->end && *x->p >= '0' && *x->p <= '9'; x->p++)
			x->num = INT64_MAX / 20;
}

static void next(struct expr *x)
{
	static const char *const two[] = {"//", "**", "==", "!=", ">=", "<="};

	while (x->p < x->end && strchr(" \t\r\n", *x->p) && *x->p)
		x->p++;
	x->at = x->p;
	x->escaped = false;
	x->text = aisp_slice_of(x->p, 0);
	if (x->p >= x->end || x->j->steps == 0) {
		x->t = T_END;
		return;
	}
	x->j->steps--;
	if (*x->p == '"' || *x->p == '\'') {
		lex_string(x);
		return;
	}
	if (aisp_jinja__ident(*x->p, true)) {
		while (x->p < x->end && aisp_jinja__ident(*x->p, false))
			x->p++;
		x->t = T_NAME;
		x->text = aisp_slice_of(x->at, (size_t)(x->p - x->at));
		return;
	}
	if (*x->p >= '0' && *x->p <= '9') {
		lex_number(x);
		return;
	}
	x->t = T_OP;
	for (size_t i = 0; i < sizeof two / sizeof *two; i++)
		if (x->end - x->p >= 2 && memcmp(x->p, two[i], 2) == 0) {
			x->p += 2;
			x->text = aisp_slice_of(x->at, 2);
			return;
		}
	x->p++;
	x->text = aisp_slice_of(x->at, 1);
}

static bool is_op(const struct expr *x, const char *op)
{
	return x->t == T_OP && aisp_slice_eqz(x->text, op);
}

static bool is_word(const struct expr *x, const char *w)
{
	return x->t == T_NAME && aisp_slice_eqz(x->text, w);
}

static bool take_op(struct expr *x, const char *op)
{
	if (!is_op(x, op))
		return false;
	next(x);
	return true;
}

/* ---- arguments, calls, filters */

struct args {
	struct aisp_jinja_val v[16];
	size_t n; /* positional and named, in order */
	struct aisp_slice names[16];
	unsigned flags;
};

static void arguments(struct expr *x, struct args *args)
{
	memset(args, 0, sizeof *args);
	while (x->t != T_END && !is_op(x, ")")) {
		struct aisp_slice name = aisp_slice_of(NULL, 0);
		struct expr save = *x;
		struct aisp_jinja_val v;

		if (is_op(x, "*") || is_op(x, "**"))
			next(x);
		if (x->t == T_NAME) {
			name = x->text;
			next(x);
			if (!take_op(x, "=")) {
				*x = save;
				name = aisp_slice_of(NULL, 0);
			}
		}
		v = ternary(x);
		args->flags |= v.flags;
		if (args->n < 16) {
			args->names[args->n] = name;
			args->v[args->n++] = v;
		}
		if (!take_op(x, ",") && !is_op(x, ")"))
			next(x);
	}
	take_op(x, ")");
}

static void check_range(struct expr *x, const struct args *args, const char *at)
{
	int64_t from = 0, to = 0, step = 1;
	uint64_t count;

	if (!args->n || !args->v[args->n > 1 ? 1 : 0].is_num)
		return;
	to = args->v[args->n > 1 ? 1 : 0].num;
	if (args->n > 1 && args->v[0].is_num)
		from = args->v[0].num;
	if (args->n > 2 && args->v[2].is_num && args->v[2].num > 0)
		step = args->v[2].num;
	if (to <= from)
		return;
	count = ((uint64_t)to - (uint64_t)from) / (uint64_t)step;
	x->j->loop_product = count;
	if (count >= 100000)
		aisp_jinja__issue(x->j, count >= 1000000 ? AISP_MODEL_HIGH : AISP_MODEL_MEDIUM, at, aisp_model__text(x->j->run, "range(%lld)", (long long)to),
		                  "rendering the template takes memory and time without use");
}

static void check_big(struct expr *x, struct aisp_slice name, const struct args *args, const char *at)
{
	static const char *const pads[] = {"center", "indent", "ljust", "rjust", "wordwrap", "zfill", "lipsum", "generate_lorem_ipsum", NULL};

	if (aisp_model__one_of(name, pads) && args->n && args->v[0].is_num && args->v[0].num >= 1000000)
		aisp_jinja__issue(x->j, AISP_MODEL_HIGH, at, name, "rendering the template takes memory without use");
}

/* What a text's method or a filter of the same name makes of a constant; false when it is none of them. */
static bool transform(struct expr *x, const struct aisp_jinja_val *on, struct aisp_slice name, const struct args *args, bool filter, struct aisp_jinja_val *ret)
{
	struct aisp_jinja *j = x->j;

	if (!on->is_str)
		return false;
	if (aisp_slice_eqz(name, "format"))
		*ret = aisp_jinja__format(j, x->at, on, args->v, args->n, !filter);
	else if (aisp_slice_eqz(name, "replace"))
		*ret = aisp_jinja__replaced(j, x->at, on, args->v, args->n);
	else if (aisp_slice_eqz(name, "lower") || aisp_slice_eqz(name, "upper"))
		*ret = aisp_jinja__cased(j, x->at, on, name.p[0] == 'u');
	else if (filter && aisp_slice_eqz(name, "reverse"))
		*ret = aisp_jinja__reversed(j, x->at, on);
	else if (!filter && aisp_slice_eqz(name, "join") && args->n)
		*ret = aisp_jinja__join(j, x->at, &args->v[0], on->s);
	else
		return false;
	return true;
}

/* dict(a=1, b=2) joined gives "ab": the names are kept as a list. */
static struct aisp_jinja_val dict_names(struct expr *x, const struct args *args)
{
	struct aisp_jinja_val v = aisp_jinja__unknown(args->flags), *items = aisp_arena_zalloc(x->j->run->a, args->n, sizeof *items);

	for (size_t i = 0; items && i < args->n; i++)
		items[i] = (struct aisp_jinja_val){.is_str = true, .s = args->names[i]};
	v.items = items;
	v.n_items = items ? args->n : 0;
	return v;
}

/* A call of `name`, a global or a method. */
static struct aisp_jinja_val called(struct expr *x, const struct aisp_jinja_val *on, struct aisp_slice name, const struct args *args, const char *at)
{
	static const char *const runs[] = {"popen", "system", "eval", "exec", "check_output", "Popen", "execfile", "import_module", "__import__",
	                                   "getoutput", "spawn", "urlopen", "run_path", "load_module", NULL};
	static const char *const clock[] = {"strftime_now", "now", "utcnow", "today", "time", "localtime", "strftime", NULL};
	static const char *const looks[] = {"startswith", "endswith", "find", "count", "index", "rfind", NULL};
	unsigned flags = (on ? on->flags : 0) | args->flags;
	bool text = args->n && args->v[0].is_str;
	struct aisp_jinja_val v;

	if (text && aisp_model__one_of(name, runs))
		aisp_jinja__issue(x->j, AISP_MODEL_CRITICAL, at,
		                  aisp_model__text(x->j->run, "%.*s(\"%.*s\")", AISP_FMT(name), AISP_FMT(aisp_slice_to(args->v[0].s, 150))),
		                  "runs this when the template is rendered outside a sandbox");
	if (aisp_slice_eqz(name, "range"))
		check_range(x, args, at);
	if (aisp_slice_eqz(name, "dict") && args->n)
		return dict_names(x, args);
	if (aisp_model__one_of(name, clock))
		return aisp_jinja__unknown(flags | AISP_JINJA_DATE);
	if (on && transform(x, on, name, args, false, &v))
		return v;
	v = aisp_jinja__unknown(flags);
	if (on && text && (on->flags & AISP_JINJA_CONTENT) && aisp_model__one_of(name, looks)) {
		v.flags |= AISP_JINJA_TRIGGER;
		v.s = args->v[0].s; /* the word looked for */
	}
	return v;
}

static struct aisp_jinja_val filtered(struct expr *x, const struct aisp_jinja_val *on, struct aisp_slice name, const struct args *args, const char *at)
{
	static const char *const same[] = {"safe", "string", "trim", "list", "e", "escape", NULL};
	struct aisp_jinja_val v;

	if (aisp_slice_eqz(name, "attr")) {
		if (args->n && args->v[0].is_str)
			aisp_jinja__attribute(x->j, args->v[0].s, args->v[0].flags & AISP_JINJA_BUILT, at);
		else
			aisp_jinja__issue(x->j, AISP_MODEL_HIGH, at, AISP_S("attr(…)"), "takes an attribute whose name is not a constant");
		return aisp_jinja__unknown(on->flags);
	}
	check_big(x, name, args, at);
	if (aisp_slice_eqz(name, "join"))
		return aisp_jinja__join(x->j, x->at, on, args->n && args->v[0].is_str ? args->v[0].s : AISP_S(""));
	if (transform(x, on, name, args, true, &v))
		return v;
	if (on->n_items && (aisp_slice_eqz(name, "first") || aisp_slice_eqz(name, "last")))
		return on->items[name.p[0] == 'f' ? 0 : on->n_items - 1];
	return aisp_model__one_of(name, same) ? *on : aisp_jinja__unknown(on->flags | args->flags);
}

/* ---- primaries */

static struct aisp_jinja_val sequence(struct expr *x, const char *close)
{
	struct aisp_jinja_val out = {0}, *items = NULL;
	size_t n = 0, cap = 0;
	bool comma = false;

	while (x->t != T_END && !is_op(x, close)) {
		struct aisp_jinja_val v = ternary(x);

		out.flags |= v.flags & ~(unsigned)AISP_JINJA_BUILT;
		if (n == cap && n < ITEMS_MAX) {
			size_t more = cap ? cap * 2 : 8;
			struct aisp_jinja_val *grown = aisp_arena_zalloc(x->j->run->a, more, sizeof *grown);

			if (!grown)
				break;
			if (n)
				memcpy(grown, items, n * sizeof *items);
			items = grown;
			cap = more;
		}
		if (n < cap)
			items[n++] = v;
		if (take_op(x, ",") || take_op(x, ":"))
			comma = true;
		else if (!is_op(x, close))
			next(x);
	}
	take_op(x, close);
	if (n == 1 && !comma && *close == ')')
		return items[0];
	out.items = items;
	out.n_items = n;
	return out;
}

static void check_global(struct expr *x, struct aisp_slice name, const char *at)
{
	static const char *const lead[] = {"lipsum", "cycler", "joiner", "namespace", "self", "request", "url_for", "get_flashed_messages",
	                                   "config", "session", "g", "application", "caller", "varargs", NULL};
	static const char *const flask[] = {"request", "config", "session", "g", "caller", "varargs", "application", "self", NULL};
	bool attribute = is_op(x, ".") || is_op(x, "[") || is_op(x, "|");
	struct expr ahead = *x;

	if (!attribute || !aisp_model__one_of(name, lead) || aisp_jinja__get(x->j, name))
		return;
	next(&ahead);
	if (aisp_model__one_of(name, flask)) {
		static const char *const ways[] = {"application", "environ", "args", "cookies", "headers", "values", "form", "from_object",
		                                   "from_pyfile", "from_envvar", "SECRET_KEY", "_get_current_object", NULL};

		if (ahead.t != T_NAME || !aisp_model__one_of(ahead.text, ways))
			return;
	}
	aisp_jinja__issue(x->j, AISP_MODEL_HIGH, at, aisp_slice_of(at, (size_t)(ahead.p - at)),
	                  "reaches into an object of the template engine, from which code can be reached");
}

static struct aisp_jinja_val name_value(struct expr *x)
{
	static const char *const msgs[] = {"messages", "message", "msg", "m", "conversation", "loop_messages", "user_message", "user_input",
	                                   "prompt", "last_message", "user_query", "query", "content", "turn", NULL};
	struct aisp_slice name = x->text;
	const char *at = x->at;
	const struct aisp_jinja_val *known = aisp_jinja__get(x->j, name);
	struct aisp_jinja_val v = known ? *known : aisp_jinja__unknown(0);

	next(x);
	if (!known)
		v.name = name;
	if (!known && (aisp_slice_eqz(name, "user_message") || aisp_slice_eqz(name, "user_input") || aisp_slice_eqz(name, "prompt") ||
	               aisp_slice_eqz(name, "user_query") || aisp_slice_eqz(name, "query") || aisp_slice_eqz(name, "content")))
		v.flags |= AISP_JINJA_CONTENT;
	if (!known && !aisp_model__one_of(name, msgs))
		check_global(x, name, at);
	if (aisp_jinja__leads_out(name))
		aisp_jinja__attribute(x->j, name, false, at);
	return v;
}

static struct aisp_jinja_val string_value(struct expr *x)
{
	struct aisp_jinja_val v = {.is_str = true, .s = x->text, .flags = x->escaped ? AISP_JINJA_BUILT : 0};
	const char *at = x->at;

	next(x);
	aisp_jinja__constant(x->j, &v, at);
	aisp_jinja__said(x->j, v.s);
	while (x->t == T_STR) {
		struct aisp_jinja_val more = {.is_str = true, .s = x->text, .flags = x->escaped ? AISP_JINJA_BUILT : 0};

		next(x);
		v = aisp_jinja__concat(x->j, x->at, &v, &more);
	}
	return v;
}

static struct aisp_jinja_val primary(struct expr *x)
{
	struct aisp_jinja_val v;

	if (x->t == T_STR)
		return string_value(x);
	if (x->t == T_NUM) {
		v = (struct aisp_jinja_val){.is_num = true, .num = x->num};
		next(x);
		return v;
	}
	if (x->t == T_NAME)
		return name_value(x);
	if (take_op(x, "("))
		return sequence(x, ")");
	if (take_op(x, "["))
		return sequence(x, "]");
	if (take_op(x, "{")) {
		v = sequence(x, "}");
		v.items = NULL;
		return v;
	}
	if (x->t != T_END)
		next(x);
	return aisp_jinja__unknown(0);
}

static struct aisp_jinja_val item(struct expr *x, const struct aisp_jinja_val *on, const struct aisp_jinja_val *key, const char *at)
{
	struct aisp_jinja_val v = aisp_jinja__unknown(on->flags);

	if (key->is_str) {
		aisp_jinja__attribute(x->j, key->s, key->flags & AISP_JINJA_BUILT, at);
		if (aisp_slice_eqz(key->s, "content"))
			v.flags |= AISP_JINJA_CONTENT;
		v.method = key->s;
	} else if (key->is_num && key->num >= 0) {
		uint64_t i = (uint64_t)key->num;

		if (on->items && i < on->n_items)
			return on->items[i];
		if (on->is_str && i < on->s.n)
			v = (struct aisp_jinja_val){.is_str = true, .s = aisp_slice_of(on->s.p + i, 1), .flags = AISP_JINJA_BUILT};
	}
	return v;
}

/* v[…]: an index, a slice, or a name. */
static struct aisp_jinja_val subscript(struct expr *x, const struct aisp_jinja_val *on, const char *at)
{
	struct aisp_jinja_val first = aisp_jinja__unknown(0), v = aisp_jinja__unknown(on->flags);
	unsigned colons = 0;
	bool negative = false;

	while (x->t != T_END && !is_op(x, "]")) {
		if (take_op(x, ":")) {
			colons++;
			continue;
		}
		negative = is_op(x, "-");
		struct aisp_jinja_val part = ternary(x);

		if (!colons)
			first = part;
		if (!take_op(x, ",") && !is_op(x, "]") && !is_op(x, ":"))
			next(x);
	}
	take_op(x, "]");
	if (colons)
		return colons == 2 && negative && on->is_str ? aisp_jinja__reversed(x->j, x->at, on) : v;
	return item(x, on, &first, at);
}

static struct aisp_jinja_val dotted(struct expr *x, const struct aisp_jinja_val *on)
{
	struct aisp_slice name = x->text;
	const char *at = x->at;
	struct aisp_jinja_val v;
	struct args args;

	if (x->t != T_NAME) {
		next(x);
		return aisp_jinja__unknown(on->flags);
	}
	next(x);
	aisp_jinja__attribute(x->j, name, false, at);
	if (take_op(x, "(")) {
		if (aisp_slice_eqz(name, "mro"))
			aisp_jinja__issue(x->j, AISP_MODEL_HIGH, at, AISP_S("mro()"), "leads from a value to the interpreter");
		arguments(x, &args);
		if (aisp_slice_eqz(name, "get") && args.n && args.v[0].is_str && aisp_slice_eqz(args.v[0].s, "content"))
			return aisp_jinja__unknown(on->flags | AISP_JINJA_CONTENT);
		return called(x, on, name, &args, at);
	}
	v = aisp_jinja__unknown(on->flags);
	if (aisp_slice_eqz(name, "content"))
		v.flags |= AISP_JINJA_CONTENT;
	v.method = name;
	return v;
}

static struct aisp_jinja_val postfix(struct expr *x)
{
	const char *at = x->at;
	struct aisp_jinja_val v = primary(x);
	struct args args;

	while (x->j->steps) {
		const char *here = x->at;

		if (take_op(x, ".")) {
			v = dotted(x, &v);
		} else if (take_op(x, "[")) {
			v = subscript(x, &v, here);
		} else if (take_op(x, "(")) {
			struct aisp_slice name = v.name.n ? v.name : v.method;

			arguments(x, &args);
			check_big(x, name, &args, at);
			v = called(x, NULL, name, &args, at);
		} else if (take_op(x, "|")) {
			struct aisp_slice name = x->text;

			if (x->t == T_END)
				break;
			next(x);
			while (take_op(x, ".") && x->t == T_NAME)
				next(x);
			memset(&args, 0, sizeof args);
			if (take_op(x, "("))
				arguments(x, &args);
			v = filtered(x, &v, name, &args, here);
		} else {
			break;
		}
	}
	return v;
}

/* ---- operators, loosest last */

static struct aisp_jinja_val unary(struct expr *x)
{
	struct aisp_jinja_val v;

	if (++x->depth > DEPTH_MAX) {
		if (x->j->steps)
			aisp_model__partial(x->j->run, "a template's expression is too deep to follow");
		x->j->steps = 0;
		x->t = T_END;
		x->depth--;
		return aisp_jinja__unknown(0);
	}
	if (is_op(x, "-") || is_op(x, "+")) {
		bool minus = is_op(x, "-");

		next(x);
		v = unary(x);
		if (minus && v.is_num)
			v.num = -v.num;
	} else {
		v = postfix(x);
		if (is_op(x, "**")) {
			const char *at = x->at;
			next(x);
			struct aisp_jinja_val power = unary(x);

			if (v.is_num && power.is_num && power.num > 64) {
				aisp_jinja__issue(x->j, power.num > 10000 ? AISP_MODEL_HIGH : AISP_MODEL_MEDIUM, at, AISP_S("**"), "a huge power is computed on rendering");
				v.num = INT64_MAX / 20;
			} else if (v.is_num && power.is_num) {
				int64_t base = v.num;

				v.num = 1;
				for (int64_t i = 0; i < power.num; i++)
					if (__builtin_mul_overflow(v.num, base, &v.num))
						v.num = INT64_MAX / 20;
			} else {
				v = aisp_jinja__unknown(v.flags);
			}
		}
	}
	x->depth--;
	return v;
}

static struct aisp_jinja_val times(struct expr *x, const struct aisp_jinja_val *a, const struct aisp_jinja_val *b, const char *at)
{
	struct aisp_jinja_val v = aisp_jinja__unknown(a->flags | b->flags);
	const struct aisp_jinja_val *text = a->is_str || a->items ? a : b, *count = text == a ? b : a;

	if ((text->is_str || text->items) && count->is_num) {
		int64_t already = text->num > 1 ? text->num : 1;

		v = *text;
		if (count->num >= 0 && (__builtin_mul_overflow(already, count->num, &v.num) || v.num >= 1000000))
			aisp_jinja__issue(x->j, AISP_MODEL_HIGH, at, AISP_S("a repeated text"), "rendering the template takes memory without use");
		if (text->is_str && already == 1 && count->num <= 16)
			for (int64_t i = 1; i < count->num; i++)
				v = aisp_jinja__concat(x->j, x->at, i > 1 ? &v : text, text);
	} else if (a->is_num && b->is_num) {
		v.is_num = true;
		if (__builtin_mul_overflow(a->num, b->num, &v.num))
			v.num = INT64_MAX / 20;
	}
	return v;
}

static struct aisp_jinja_val product(struct expr *x)
{
	struct aisp_jinja_val v = unary(x);

	while (is_op(x, "*") || is_op(x, "/") || is_op(x, "//") || is_op(x, "%")) {
		char op = x->text.p[0];
		const char *at = x->at;

		next(x);
		struct aisp_jinja_val b = unary(x);

		if (op == '*')
			v = times(x, &v, &b, at);
		else if (op == '%' && v.is_str)
			v = b.items ? aisp_jinja__format(x->j, x->at, &v, b.items, b.n_items, false) : aisp_jinja__format(x->j, x->at, &v, &b, 1, false);
		else
			v = aisp_jinja__unknown(v.flags | b.flags);
	}
	return v;
}

static struct aisp_jinja_val sum(struct expr *x)
{
	struct aisp_jinja_val v = product(x);

	while (is_op(x, "+") || is_op(x, "-") || is_op(x, "~")) {
		char op = x->text.p[0];

		next(x);
		struct aisp_jinja_val b = product(x);

		if (op == '~' || (op == '+' && v.is_str && b.is_str)) {
			if (v.is_str && !b.is_str && !b.is_num)
				aisp_jinja__url_tail(x->j, v.s);
			v = aisp_jinja__concat(x->j, x->at, &v, &b);
		} else if (v.is_num && b.is_num) {
			v.num = op == '+' ? v.num / 2 + b.num / 2 + (v.num % 2 + b.num % 2) : 0;
		} else {
			if (v.is_str && op == '+')
				aisp_jinja__url_tail(x->j, v.s);
			v = aisp_jinja__unknown(v.flags | b.flags);
		}
	}
	return v;
}

/* A word that a person would write, not a marker of the format ("<|tool|>", "/no_think", "</think>"). */
static bool natural(struct aisp_slice s)
{
	size_t letters = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (strchr("<>|[]{}/_#@=\\\n`*:", c) && c)
			return false;
		letters += ((c | 32) >= 'a' && (c | 32) <= 'z') || (unsigned char)c >= 0x80;
	}
	return letters >= 3;
}

static unsigned trigger(const struct aisp_jinja_val *a, const struct aisp_jinja_val *b)
{
	unsigned flags = 0;

	if ((a->flags | b->flags) & AISP_JINJA_DATE)
		flags |= AISP_JINJA_TRIGGER | AISP_JINJA_CLOCK;
	if (a->is_str && (b->flags & AISP_JINJA_CONTENT) && natural(a->s))
		flags |= AISP_JINJA_TRIGGER;
	if (b->is_str && (a->flags & AISP_JINJA_CONTENT) && natural(b->s))
		flags |= AISP_JINJA_TRIGGER;
	if ((a->flags & AISP_JINJA_TRIGGER) && a->s.n && !natural(a->s))
		flags &= ~(unsigned)AISP_JINJA_TRIGGER;
	return flags;
}

static bool is_comparison(const struct expr *x)
{
	static const char *const ops[] = {"==", "!=", "<", ">", "<=", ">=", NULL};

	return is_word(x, "in") || (x->t == T_OP && aisp_model__one_of(x->text, ops));
}

/* The right side, behind the operator: does the truth depend on a word in a message, or on the date? */
static struct aisp_jinja_val compared(struct expr *x, const struct aisp_jinja_val *v, bool inverted)
{
	bool differs = is_op(x, "!="), equals = is_op(x, "==");
	struct aisp_jinja_val b;
	unsigned flags;
	bool neg;

	next(x);
	b = sum(x);
	flags = trigger(v, &b);
	/* content in ["a", "b"] */
	for (size_t i = 0; b.items && i < b.n_items && (v->flags & AISP_JINJA_CONTENT); i++)
		flags |= trigger(v, &b.items[i]);
	if (((v->flags | b.flags) & AISP_JINJA_TRIGGER) && !v->is_str && natural(v->s))
		flags |= AISP_JINJA_TRIGGER;
	neg = inverted || differs;
	if ((v->flags & AISP_JINJA_TRIGGER) && b.is_num)
		neg = equals && b.num < 0; /* content.find("x") == -1 */
	if (neg && (flags & AISP_JINJA_TRIGGER))
		flags |= AISP_JINJA_NEG;
	return (struct aisp_jinja_val){.flags = flags};
}

/* "is defined", "is not divisibleby(3)" */
static void test(struct expr *x)
{
	struct args args;

	next(x);
	if (is_word(x, "not"))
		next(x);
	if (x->t == T_NAME)
		next(x);
	if (take_op(x, "("))
		arguments(x, &args);
}

static struct aisp_jinja_val compare(struct expr *x)
{
	struct aisp_jinja_val v;

	if (x->depth < DEPTH_MAX && is_word(x, "not")) {
		next(x);
		x->depth++;
		v = compare(x);
		x->depth--;
		v.flags ^= AISP_JINJA_NEG;
		return (struct aisp_jinja_val){.flags = v.flags};
	}
	v = sum(x);
	while (x->j->steps) {
		bool inverted = is_word(x, "not");

		if (inverted)
			next(x);
		if (is_comparison(x)) {
			v = compared(x, &v, inverted);
		} else if (is_word(x, "is")) {
			test(x);
			v = aisp_jinja__unknown(0);
		} else {
			break;
		}
	}
	if ((v.flags & AISP_JINJA_TRIGGER) && v.s.n && !v.is_str && !natural(v.s))
		v.flags &= ~(unsigned)AISP_JINJA_TRIGGER;
	return v;
}

static struct aisp_jinja_val logic(struct expr *x)
{
	struct aisp_jinja_val v = compare(x);

	while (is_word(x, "and") || is_word(x, "or")) {
		next(x);
		struct aisp_jinja_val b = compare(x);
		unsigned flags = v.flags | b.flags;

		if (!(v.flags & AISP_JINJA_NEG) && (v.flags & AISP_JINJA_TRIGGER))
			flags &= ~(unsigned)AISP_JINJA_NEG;
		v = (struct aisp_jinja_val){.flags = flags};
	}
	return v;
}

static struct aisp_jinja_val ternary(struct expr *x)
{
	struct aisp_jinja_val v;

	if (++x->depth > DEPTH_MAX) {
		if (x->j->steps)
			aisp_model__partial(x->j->run, "a template's expression is too deep to follow");
		x->j->steps = 0;
		x->t = T_END;
		x->depth--;
		return aisp_jinja__unknown(0);
	}
	v = logic(x);
	if (is_word(x, "if")) {
		next(x);
		struct aisp_jinja_val cond = logic(x), other = {0};

		if ((cond.flags & AISP_JINJA_TRIGGER) && v.is_str) {
			struct aisp_jinja *j = x->j;

			if (j->n_ifs < 64) {
				aisp_jinja__open(j, cond.flags & ~(unsigned)AISP_JINJA_NEG, x->at, aisp_slice_of(x->at, 0));
				aisp_jinja__said(j, v.s);
				aisp_jinja__close(j);
			}
		}
		if (is_word(x, "else")) {
			next(x);
			other = ternary(x);
		}
		if (!v.is_str || other.is_str)
			v = aisp_jinja__unknown(v.flags | other.flags);
	}
	x->depth--;
	return v;
}

struct aisp_jinja_val aisp_jinja__expr(struct aisp_jinja *j, struct aisp_slice e, struct aisp_slice *ret_rest)
{
	struct expr x = {.j = j, .p = e.p, .end = e.p + e.n};
	struct aisp_jinja_val v;

	next(&x);
	v = ternary(&x);
	if (ret_rest) {
		*ret_rest = aisp_slice_of(x.at, (size_t)(x.end - x.at));
		return v;
	}
	/* What the grammar here does not know is read on, so that nothing hides behind it. */
	while (x.t != T_END) {
		const char *before = x.p;

		if (is_op(&x, ",") || is_op(&x, ")") || is_op(&x, "]") || is_op(&x, "}") || is_op(&x, ":") || is_op(&x, "="))
			next(&x);
		else
			ternary(&x);
		if (x.p == before && x.t != T_END)
			next(&x);
	}
	return v;
}
