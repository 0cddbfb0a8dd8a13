/* The fast path of CloudTrail: the tokens of a window at once, then one walk over each event that picks its fields where they stand, without a tree and without copies.
 *
 * What it does not understand (an escape in a field that matters, an envelope, a value of another kind) it leaves to the ordinary way, record by record; both give the same events.
 * Nested values that say nothing of use are stepped over by their brackets and not checked further.
 */
#include "collect/logs/cloudtrail_int.h"
#include "collect/logs/tokens.h"
#include <stddef.h>

struct walk {
	const char *p;
	const uint32_t *t; /* t[n] is the length of the text */
	uint32_t n, i;
	bool odd;          /* leave this record to the ordinary way */
	bool escapes;      /* the text has a backslash somewhere */
};

/* The string whose opening quote is token i: up to the quote before the next token. */
static inline struct aisp_slice string_at(const struct walk *w, uint32_t i)
{
	size_t from = w->t[i] + 1, to = w->t[i + 1];

	while (to > from && w->p[to - 1] != '"')
		to--;
	return aisp_slice_of(w->p + from, to > from ? to - 1 - from : 0);
}

static inline char at(const struct walk *w, uint32_t i)
{
	return i < w->n ? w->p[w->t[i]] : '\0';
}

/* The token behind the object or array that begins with token i; n when it does not end here. */
static uint32_t behind_brackets(const struct walk *w, uint32_t i)
{
	static const signed char deeper[256] = {['{'] = 1, ['['] = 1, ['}'] = -1, [']'] = -1};
	int depth = 0;

	for (; i < w->n; i++) {
		depth += deeper[(unsigned char)w->p[w->t[i]]];
		if (depth == 0)
			return i + 1;
	}
	return w->n;
}

static inline uint32_t behind(const struct walk *w, uint32_t i)
{
	return (w->p[w->t[i]] | 0x20) == '{' ? behind_brackets(w, i) : i + 1;
}

/* The next member of the object: its key, and its value's token in *ret_value. False at the closing brace (w->i is behind it) and when the text is odd. */
static inline bool member(struct walk *w, struct aisp_slice *ret_key, uint32_t *ret_value)
{
	char c = at(w, w->i);

	if (c == ',' )
		c = at(w, ++w->i);
	if (c == '}') {
		w->i++;
		return false;
	}
	if (c != '"' || at(w, w->i + 1) != ':' || w->i + 2 >= w->n) {
		w->odd = true;
		return false;
	}
	*ret_key = string_at(w, w->i);
	*ret_value = w->i += 2;
	if (w->escapes && memchr(ret_key->p, '\\', ret_key->n))
		w->odd = true;
	return true;
}

/* Behind the value there must be a comma or the end. */
static inline void past(struct walk *w, uint32_t next)
{
	w->i = next;
	const char c = at(w, next);

	if (c != ',' && c != '}')
		w->odd = true;
}

static inline void take(struct walk *w, uint32_t value, struct aisp_slice *to)
{
	if (at(w, value) != '"')
		return;
	*to = string_at(w, value);
	if (w->escapes && to->n && memchr(to->p, '\\', to->n))
		w->odd = true;
}

/* Fields by the length of their key, its first letter and its third from the end: no two have the same place (else the compiler refuses), so that one comparison tells. */
#define PLACE(n, first, third) (((unsigned)(n) + (unsigned char)(first) + (unsigned char)(third) * 3u) & 63)
struct field { const char *key; size_t n; size_t to; };
#define FIELD(name, first, third, member) [PLACE(sizeof(name) - 1, first, third)] = {name, sizeof(name) - 1, offsetof(struct ct_event, member)}
static const struct field top[64] = {
	FIELD("eventID", 'e', 't', id), FIELD("eventTime", 'e', 'i', time), FIELD("eventName", 'e', 'a', name), FIELD("awsRegion", 'a', 'i', region), FIELD("eventType", 'e', 'y', type),
	FIELD("userAgent", 'u', 'e', agent), FIELD("errorCode", 'e', 'o', error), FIELD("eventSource", 'e', 'r', source), FIELD("errorMessage", 'e', 'a', message),
	FIELD("eventCategory", 'e', 'o', category), FIELD("sourceIPAddress", 's', 'e', address), FIELD("recipientAccountId", 'r', 't', account),
};
static const struct field inner[64] = {
	FIELD("arn", 'a', 'a', arn), FIELD("type", 't', 'y', who), FIELD("userName", 'u', 'a', user), FIELD("accountId", 'a', 't', who_account), FIELD("invokedBy", 'i', 'd', invoked),
	FIELD("principalId", 'p', 'l', principal), FIELD("accessKeyId", 'a', 'y', key), FIELD("identityProvider", 'i', 'd', provider),
};

/* Short texts of equal length, without a call. */
static inline bool same(const char *a, const char *b, size_t n)
{
	uint64_t a8, b8, a9, b9;
	uint32_t a4, b4, a5, b5;

	if (n >= 8 && n <= 16) {
		memcpy(&a8, a, 8);
		memcpy(&b8, b, 8);
		memcpy(&a9, a + n - 8, 8);
		memcpy(&b9, b + n - 8, 8);
		return a8 == b8 && a9 == b9;
	}
	if (n >= 4 && n < 8) {
		memcpy(&a4, a, 4);
		memcpy(&b4, b, 4);
		memcpy(&a5, a + n - 4, 4);
		memcpy(&b5, b + n - 4, 4);
		return a4 == b4 && a5 == b5;
	}
	return memcmp(a, b, n) == 0;
}

static inline const struct field *find(const struct field fields[64], struct aisp_slice key)
{
	if (key.n < 3)
		return NULL;
	const struct field *f = &fields[PLACE(key.n, key.p[0], key.p[key.n - 3])];
	return f->n == key.n && same(f->key, key.p, key.n) ? f : NULL;
}

static inline bool is(struct aisp_slice key, const char *name, size_t n)
{
	return key.n == n && same(key.p, name, n);
}
#define IS(key, name) is(key, name, sizeof(name) - 1)

/* A text within nested objects: path of keys, up to an empty one. */
static void nested(struct walk *w, uint32_t value, const struct aisp_slice *path, struct aisp_slice *to)
{
	struct walk in = *w;
	struct aisp_slice key;
	uint32_t v;

	if (at(w, value) != '{')
		return;
	in.i = value + 1;
	while (member(&in, &key, &v)) {
		if (is(key, path[0].p, path[0].n)) {
			if (path[1].n)
				nested(&in, v, path + 1, to); /* as deep as the path is long */
			else
				take(&in, v, to);
			break; /* the first counts */
		}
		past(&in, behind(&in, v));
		if (in.odd)
			break;
	}
	w->odd |= in.odd;
}

/* Returns the token behind it, as `behind` does: one walk for both. */
static uint32_t identity(struct walk *w, uint32_t value, struct ct_event *e)
{
	static const struct aisp_slice issuer[] = {{"sessionIssuer", 13}, {"arn", 3}, {0}}, behalf[] = {{"userId", 6}, {0}};
	struct walk in = *w;
	struct aisp_slice key;
	uint32_t v;
	uint64_t seen = 0;

	if (at(w, value) != '{')
		return behind(w, value);
	in.i = value + 1;
	while (!in.odd && member(&in, &key, &v)) {
		const struct field *f = find(inner, key);

		if (f) {
			in.odd |= seen >> (f - inner) & 1;
			seen |= (uint64_t)1 << (f - inner);
			take(&in, v, (struct aisp_slice *)(void *)((char *)e + f->to));
		} else if (IS(key, "sessionContext") && !e->issuer.n) {
			nested(&in, v, issuer, &e->issuer);
		} else if (IS(key, "onBehalfOf") && !e->behalf.n) {
			nested(&in, v, behalf, &e->behalf);
		}
		past(&in, behind(&in, v));
	}
	w->odd |= in.odd;
	return in.i;
}

static void resources(struct walk *w, uint32_t value, struct ct_event *e)
{
	static const struct aisp_slice upper[] = {{"ARN", 3}, {0}}, lower[] = {{"arn", 3}, {0}};

	if (at(w, value) != '[')
		return;
	for (uint32_t i = value + 1; i < w->n && at(w, i) != ']' && e->n_resources < CT_RESOURCES && !w->odd;) {
		struct aisp_slice *to = &e->resources[e->n_resources];

		*to = (struct aisp_slice){0};
		nested(w, i, upper, to);
		if (!to->n)
			nested(w, i, lower, to);
		e->n_resources += to->n > 0;
		i = behind(w, i);
		if (at(w, i) == ',')
			i++;
	}
}

struct params {
	const struct walk *w;
	uint32_t value;
};

static struct aisp_slice param(const void *from, struct aisp_slice name)
{
	const struct params *p = from;
	struct walk in = *p->w;
	struct aisp_slice key, found = {0};
	uint32_t v;

	if (at(&in, p->value) != '{')
		return found;
	in.i = p->value + 1;
	while (!in.odd && member(&in, &key, &v)) {
		if (aisp_slice_eq(key, name)) {
			take(&in, v, &found);
			break;
		}
		past(&in, behind(&in, v));
	}
	return found;
}

/* Other members that matter, and such that make it something else than a plain event. */
static void other(struct walk *w, struct aisp_slice key, uint32_t v, uint32_t next, struct ct_event *e, struct params *params)
{
	switch (key.n) {
	case 6:
	case 7:
	case 11:
		w->odd |= IS(key, "detail") || IS(key, "Records") || IS(key, "detail-type");
		break;
	case 9:
		if (IS(key, "resources") && !w->odd) {
			w->odd |= e->n_resources > 0;
			resources(w, v, e);
		}
		break;
	case 15:
		if (IS(key, "managementEvent"))
			e->data = at(w, v) == 'f';
		else
			w->odd |= IS(key, "digestStartTime");
		break;
	case 17:
		if (IS(key, "requestParameters")) {
			w->odd |= params->value != 0;
			params->value = v;
			/* The asset is among them: with an escape, let the ordinary way read it. */
			w->odd |= w->escapes && next < w->n && memchr(w->p + w->t[v], '\\', w->t[next] - w->t[v]) != NULL;
		}
		break;
	default:
		break;
	}
}

/* One event from the brace at w->i. False: leave it (w->odd, or it does not end in this text). */
static bool event(struct walk *w, struct ct_event *e, struct params *params)
{
	struct aisp_slice key;
	uint32_t v;
	uint64_t seen = 0;

	w->i++;
	while (!w->odd && member(w, &key, &v)) {
		const struct field *f = find(top, key);
		uint32_t next;

		if (f) {
			next = behind(w, v);
			w->odd |= seen >> (f - top) & 1; /* which of two counts is for the ordinary way to say */
			seen |= (uint64_t)1 << (f - top);
			take(w, v, (struct aisp_slice *)(void *)((char *)e + f->to));
		} else if (IS(key, "userIdentity")) {
			w->odd |= e->who.n || e->arn.n;
			next = identity(w, v, e);
		} else {
			next = behind(w, v);
			other(w, key, v, next, e, params);
		}
		past(w, next);
	}
	return !w->odd && e->id.n && e->name.n && e->source.n;
}

/* Tokens are sought in text that ends outside of a string: behind a line, or between two objects. */
static size_t safe_end(struct aisp_slice text)
{
	const char *nl = memrchr(text.p, '\n', text.n);

	if (nl)
		return (size_t)(nl - text.p) + 1;
	for (size_t i = text.n; i >= 4; i--)
		if (text.p[i - 1] == '"' && memcmp(text.p + i - 4, "},{", 3) == 0)
			return i - 3;
	return text.n;
}

static struct ct_state *state_of(struct aisp_log_parser *p)
{
	struct ct_state *s = aisp_ct__state(p);

	if (s && !s->tokens)
		s->tokens = aisp_tokens_new();
	return s && s->tokens ? s : NULL;
}

int aisp_log__cloudtrail_block(struct aisp_log_parser *p, struct aisp_slice text, aisp_use_sink *sink, void *ctx, size_t *ret_used, struct aisp_err *err)
{
	struct ct_state *s = state_of(p);
	struct walk w = {.p = text.p};
	int r;

	*ret_used = 0;
	if (!s)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while reading CloudTrail");
	text = aisp_slice_to(text, safe_end(text));
	if (!text.n)
		return 0;
	r = aisp_tokens_find(s->tokens, text, &w.t, &w.n, NULL);
	if (r < 0)
		return r == AISP_E_NOMEM ? aisp_fail(err, AISP_E_NOMEM, "out of memory while reading CloudTrail") : 0;
	w.escapes = memchr(text.p, '\\', text.n) != NULL;
	while (w.i < w.n) {
		struct params params = {.w = &w};
		struct ct_event e;

		explicit_bzero(&e, offsetof(struct ct_event, resources)); /* the library's: inlined, memset would be `rep stos`, three times as slow */
		e.param = param;
		e.from = &params;

		if (at(&w, w.i) == ',') {
			w.i++;
			continue;
		}
		if (at(&w, w.i) != '{' || !event(&w, &e, &params))
			break;
		const size_t used = w.t[w.i - 1] + 1;
		if (!params.value)
			e.param = NULL;
		struct aisp_err why;
		r = aisp_ct__emit(s, &e, sink, ctx, &why);
		if (r == AISP_E_PARSE)
			break;
		if (r < 0) {
			if (err)
				*err = why;
			return r;
		}
		*ret_used = used;
	}
	return 0;
}

void aisp_log__cloudtrail_end(struct aisp_log_parser *p)
{
	const struct ct_state *s = p->state;

	if (s)
		aisp_tokens_free(s->tokens);
}
