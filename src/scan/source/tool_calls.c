/* What a tool's code calls: symbols of libraries, over functions of the program that it calls, in order. */
#include "base/buf.h"
#include "scan/source/tool.h"
#include <stdlib.h>

enum { CALLS_MAX = 64, CALL_DEPTH = 4, SCOPES_MAX = 200, PATH_MAX_BYTES = 240, STEPS = 40000 };

static struct phit *at(struct program *P, uint32_t hit)
{
	return P->hits.v[hit - 1];
}

/* The calls of each scope, in order of the text. */
struct sites {
	struct sx **v;
	uint32_t *start; /* of scope id */
};

static int by_place(const void *a, const void *b)
{
	const struct sx *x = *(struct sx *const *)a, *y = *(struct sx *const *)b;

	if (x->in->id != y->in->id)
		return x->in->id < y->in->id ? -1 : 1;
	return x->pos < y->pos ? -1 : x->pos > y->pos;
}

static bool index_sites(struct program *P, struct sites *S)
{
	size_t n = 0;

	S->v = aisp_arena_alloc(P->a, (P->sites.n + 1) * sizeof(struct sx *));
	S->start = aisp_arena_zalloc(P->a, P->scopes.n + 2, sizeof *S->start);
	if (!S->v || !S->start) {
		P->bad = AISP_E_NOMEM;
		return false;
	}
	for (size_t i = 0; i < P->sites.n; i++)
		if (P->sites.v[i].call->in && P->sites.v[i].call->in->id < P->scopes.n)
			S->v[n++] = P->sites.v[i].call;
	if (n)
		qsort(S->v, n, sizeof(struct sx *), by_place);
	for (size_t i = 0; i < n; i++)
		S->start[S->v[i]->in->id + 1]++;
	for (size_t i = 1; i < P->scopes.n + 2; i++)
		S->start[i] += S->start[i - 1];
	return true;
}

/* Libraries whose calls say nothing of what a tool does. */
static bool is_noise(struct aisp_slice s)
{
	static const char *const fronts[] = {"logging", "typing", "json", "re", "datetime", "dataclasses", "collections", "itertools", "functools", "enum",
	                                     "pydantic", "zod", "abc", "math", "fmt", "strings", "strconv", "errors", "java.util", "java.lang", "System.Linq",
	                                     "loguru", "structlog", "Console", "String", "Math", "Arrays", "List", "JSON", "Date", "Error", "Ok", "Err", "Some",
	                                     "os.path", "path", "random", "contextlib", "time", "urllib.parse", "traceback", "uuid", "base64", "textwrap", "copy",
	                                     "asyncio.sleep", "asyncio.Event", "asyncio.gather", "asyncio.run", "asyncio.get_running_loop",
	                                     "asyncio.get_event_loop", "asyncio.CancelledError", "os.environ", "os.getenv", "process.env", "process.cwd",
	                                     "lodash", "util", "url", "zod/v3", "zod/v4", "hashlib", "Box", "Vec", "Result", "Promise", "Task", "Object", NULL};

	for (int i = 0; fronts[i]; i++) {
		struct aisp_slice f = aisp_slice_z(fronts[i]);

		if (aisp_slice_starts(s, f) && (s.n == f.n || s.p[f.n] == '.'))
			return true;
	}
	return false;
}

/* A part of a URL's path that is a word, and no id or token. */
static bool is_word(struct aisp_slice s)
{
	bool version = s.n >= 2 && s.n <= 4 && s.p[0] == 'v';

	for (size_t i = 0; i < s.n; i++) {
		bool letter = (s.p[i] >= 'a' && s.p[i] <= 'z') || s.p[i] == '_' || s.p[i] == '-' || s.p[i] == '.' || (s.p[i] >= 'A' && s.p[i] <= 'Z');

		if (!letter && !(version && s.p[i] >= '0' && s.p[i] <= '9'))
			return false;
	}
	return s.n > 0 && s.n <= 32;
}

/* Scheme, host, and of the path what are words; no user, no query: those may be secret. */
static void put_url(struct aisp_buf *b, struct aisp_slice url)
{
	size_t sep = aisp_slice_find(url, AISP_S("://"));
	struct aisp_slice rest = aisp_slice_from(url, sep + 3), part;
	size_t user;

	for (size_t i = 0; i < rest.n; i++)
		if (rest.p[i] == '?' || rest.p[i] == '#' || rest.p[i] == '\001' || rest.p[i] == '{')
			rest = aisp_slice_to(rest, i);
	if (!aisp_slice_split(&rest, '/', &part))
		return;
	user = aisp_slice_rchr(part, '@');
	aisp_buf_put(b, aisp_slice_to(url, sep + 3));
	aisp_buf_put_printable(b, user == SIZE_MAX ? part : aisp_slice_from(part, user + 1));
	while (rest.n && aisp_slice_split(&rest, '/', &part) && is_word(part)) {
		aisp_buf_putc(b, '/');
		aisp_buf_put(b, part);
	}
}

/* The address among the first two arguments, if it is written. */
static struct aisp_slice url_of(struct program *P, const struct sx *call)
{
	for (uint32_t i = 0; i < call->n && i < 2; i++) {
		const struct sval *v = aisp_source__eval(P, call->args[i].value);

		if ((v->kind == SV_STR || v->kind == SV_TEXT) && (aisp_slice_starts(v->s, AISP_S("https://")) || aisp_slice_starts(v->s, AISP_S("http://"))))
			return v->s;
	}
	return aisp_slice_z("");
}

/* GET, POST … of requests.post, client.get, fetch(url, {method: "POST"}). */
static const char *verb_of(struct program *P, const struct sx *call, struct aisp_slice callee)
{
	static const char *const verbs[] = {"get", "post", "put", "patch", "delete", "head", NULL};
	static const char *const shown[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"};
	static const struct row row = {.roles = "method=method,#1.method"};
	const struct sval *m = aisp_source__role(P, &row, call, "method");
	struct aisp_slice word = m && m->kind == SV_STR ? m->s : callee;

	if (aisp_slice_eqi(word, AISP_S("request")) && call->n && call->args[0].value->kind == SX_STR)
		word = call->args[0].value->s;
	for (int i = 0; verbs[i]; i++)
		if (aisp_slice_eqi(word, aisp_slice_z(verbs[i])))
			return shown[i];
	return aisp_slice_eqz(callee, "fetch") ? "GET" : NULL;
}

/* Methods of texts, lists and answers: data is taken apart. */
static bool takes_apart(struct aisp_slice name)
{
	static const char *const names[] = {"get", "json", "text", "split", "strip", "trim", "join", "filter", "map", "reduce", "find", "forEach", "push", "append",
	                                    "items", "keys", "values", "format", "replace", "lower", "upper", "toLowerCase", "toUpperCase", "toString", "charAt",
	                                    "startsWith", "endsWith", "startswith", "endswith", "match", "slice", "includes", "decode", "encode", "hexdigest",
	                                    "raise_for_status", "sort", "some", "then", "catch", "isoformat", "strftime", "has", "indexOf", "splitlines", NULL};

	for (int i = 0; names[i]; i++)
		if (aisp_slice_eqz(name, names[i]))
			return true;
	return false;
}

struct calls {
	struct aisp_slice v[CALLS_MAX];
	uint32_t n;
};

static void add(struct program *P, struct calls *c, struct aisp_buf *b)
{
	struct aisp_slice s = aisp_buf_slice(b);

	if (b->bad || !s.n || c->n == CALLS_MAX)
		return;
	for (uint32_t i = 0; i < c->n; i++)
		if (aisp_slice_eq(c->v[i], s))
			return;
	s = aisp_arena_dup(P->a, s);
	if (s.p)
		c->v[c->n++] = s;
	else
		P->bad = AISP_E_NOMEM;
}

/* open(path, "w") writes. */
static void put_mode(struct aisp_buf *b, const struct sx *call)
{
	for (uint32_t i = 1; aisp_slice_eqz(aisp_buf_slice(b), "open") && i < call->n && i < 3; i++) {
		const struct sx_arg *a = &call->args[i];

		if ((a->name.n == 0 || aisp_slice_eqz(a->name, "mode")) && a->value->kind == SX_STR && a->value->s.n && a->value->s.n < 4) {
			aisp_buf_putc(b, '(');
			aisp_buf_putc(b, a->value->s.p[0]);
			aisp_buf_putc(b, ')');
			return;
		}
	}
}

static void one_call(struct program *P, struct sx *call, struct calls *c)
{
	AISP_AUTOBUF struct aisp_buf b;
	struct aisp_slice url;
	const char *verb;

	aisp_buf_init(&b, PATH_MAX_BYTES * 2);
	P->path_answer = false;
	if (!aisp_source__path_of(P, call->a, &b, 0) || (P->path_answer && takes_apart(call->a->s)) || b.n > PATH_MAX_BYTES || is_noise(aisp_buf_slice(&b)))
		return;
	url = url_of(P, call);
	put_mode(&b, call);
	if (url.n) {
		aisp_buf_putc(&b, ' ');
		put_url(&b, url);
	}
	add(P, c, &b);
	verb = url.n ? verb_of(P, call, call->a->s) : NULL;
	if (!verb)
		return;
	aisp_buf_clear(&b);
	aisp_buf_putz(&b, "HTTP ");
	aisp_buf_putz(&b, verb);
	aisp_buf_putc(&b, ' ');
	put_url(&b, url);
	add(P, c, &b);
}

static void tool_calls(struct program *P, struct graph *g, const struct sites *S, uint32_t hit)
{
	struct phit *h = at(P, hit);
	struct calls c = {.n = 0};
	struct aisp_slice *copy;

	aisp_source__near(P, g, h->func, CALL_DEPTH);
	P->path_steps = STEPS;
	for (size_t i = 0; i < g->n && i < SCOPES_MAX; i++) {
		const struct sscope *s = g->queue[i];

		for (uint32_t k = S->start[s->id]; k < S->start[s->id + 1] && c.n < CALLS_MAX && !P->bad; k++)
			one_call(P, S->v[k], &c);
	}
	copy = c.n ? aisp_arena_alloc(P->a, c.n * sizeof *copy) : NULL;
	if (c.n && !copy)
		P->bad = AISP_E_NOMEM;
	if (!copy)
		return;
	memcpy(copy, c.v, c.n * sizeof *copy);
	at(P, hit)->h.calls = copy;
	at(P, hit)->h.n_calls = c.n;
}

void aisp_source__tools(struct program *P, struct graph *g)
{
	struct sites S = {0};
	size_t n = P->hits.n;

	for (uint32_t i = 1; i <= n && !P->bad; i++) {
		struct phit *h = at(P, i);

		if (h->h.kind != AISP_SOURCE_TOOL || h->hidden || h->merged)
			continue;
		P->fuel = FUEL;
		aisp_source__tool_words(P, i);
		if (!h->func || (!S.v && !index_sites(P, &S)))
			continue;
		tool_calls(P, g, &S, i);
	}
}
