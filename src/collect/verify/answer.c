/* What an issuer's answer means. Pure; the answer is as untrusted as any other input: bounded, parsed, and what is taken from it is made
 * printable and must not give the credential back. */
#include "collect/verify/verify_int.h"
#include <stdio.h>

enum { WHO_PART = 64, ECHO_MIN = 16 };

/* "data.0.name": numbers index arrays. */
static const struct aisp_doc *walk(const struct aisp_doc *d, const char *path)
{
	struct aisp_slice rest = aisp_slice_z(path), part;
	uint64_t i;

	while (d && rest.n && aisp_slice_split(&rest, '.', &part))
		d = d->type == AISP_DOC_ARR ? (aisp_slice_u64(part, &i) && i < UINT32_MAX ? aisp_doc_at(d, (uint32_t)i) : NULL) : aisp_doc_gets(d, part);
	return d;
}

/* A scalar as text; n = 0 for what is none. */
static struct aisp_slice scalar(const struct aisp_doc *d, char room[32])
{
	if (!d)
		return (struct aisp_slice){0};
	switch (d->type) {
	case AISP_DOC_STR:
		return d->s;
	case AISP_DOC_INT:
		return aisp_slice_of(room, (size_t)snprintf(room, 32, "%lld", (long long)d->i));
	case AISP_DOC_BOOL:
		return d->b ? AISP_S("true") : AISP_S("false");
	case AISP_DOC_NULL:
		return AISP_S("null");
	default:
		return (struct aisp_slice){0};
	}
}

static bool says(const struct aisp_verify_answer *a, const struct aisp_doc *doc)
{
	char room[32];
	const struct aisp_doc *d = a->path ? walk(doc, a->path) : NULL;

	if (!a->path)
		return true;
	if (!d)
		return false;
	if (!a->words)
		return d->type != AISP_DOC_NULL && (d->type != AISP_DOC_BOOL || d->b);
	struct aisp_slice text = scalar(d, room), rest = aisp_slice_z(a->words), word;
	const bool contains = a->words[0] == '~';
	if (contains)
		rest = aisp_slice_from(rest, 1);
	while (rest.p && aisp_slice_split(&rest, '|', &word))
		if (contains ? text.n && aisp_slice_find(text, word) != SIZE_MAX : aisp_slice_eq(text, word))
			return true;
	return false;
}

/* Does text give a good part of the secret back? */
static bool echoes(struct aisp_slice text, const struct aisp_secret *s)
{
	size_t n = s->n < ECHO_MIN ? s->n : ECHO_MIN;

	for (size_t i = 0; n && i + n <= s->n; i++)
		if (aisp_slice_find(text, aisp_slice_of(s->p + i, n)) != SIZE_MAX)
			return true;
	return false;
}

/* Cuts at a character's border. */
static struct aisp_slice cut(struct aisp_slice s, size_t max)
{
	if (s.n <= max)
		return s;
	while (max && ((unsigned char)s.p[max] & 0xc0) == 0x80)
		max--;
	return aisp_slice_to(s, max);
}

static void add_who(struct aisp_verify__job *j, struct aisp_slice text)
{
	AISP_AUTOBUF struct aisp_buf b = {0};
	size_t have = strlen(j->who);

	if (!text.n || echoes(text, &j->value) || (j->other_fp[0] && echoes(text, &j->other)))
		return;
	aisp_buf_init(&b, 1 << 12);
	aisp_buf_put_printable(&b, cut(text, WHO_PART));
	struct aisp_slice shown = cut(aisp_buf_slice(&b), WHO_PART);
	if (b.bad || have + shown.n + 3 > sizeof j->who)
		return;
	snprintf(j->who + have, sizeof j->who - have, "%s%.*s", have ? ", " : "", AISP_FMT(shown));
}

static void decide(struct aisp_verify__job *j, long status, const struct aisp_doc *doc)
{
	const struct aisp_verify_row *row = j->row;

	j->state = AISP_VERIFY_UNKNOWN;
	for (size_t i = 0; i < AISP_VERIFY_ANSWERS && row->answers[i].status; i++)
		if (row->answers[i].status == status && says(&row->answers[i], doc)) {
			j->state = row->answers[i].state;
			break;
		}
	if (j->state == AISP_VERIFY_INVALID && row->elsewhere) {
		j->state = AISP_VERIFY_UNKNOWN;
		snprintf(j->why, sizeof j->why, "%s", row->elsewhere);
	} else if (j->state == AISP_VERIFY_UNKNOWN && status == 429) {
		snprintf(j->why, sizeof j->why, "the issuer limits how often it may be asked");
	} else if (j->state == AISP_VERIFY_UNKNOWN && status >= 300 && status < 400) {
		snprintf(j->why, sizeof j->why, "the issuer redirects elsewhere (%ld); that is not followed", status);
	} else if (j->state == AISP_VERIFY_UNKNOWN) {
		snprintf(j->why, sizeof j->why, "an answer that says neither (HTTP %ld)", status);
	}
}

void aisp_verify__judge(struct aisp_verify__job *j, long status, struct aisp_slice body, struct aisp_slice header)
{
	const struct aisp_doc_limits limits = {.max_bytes = AISP_VERIFY__ANSWER_MAX, .max_depth = 32, .max_values = 20000};
	struct aisp_arena *a = aisp_arena_new((size_t)4 << 20);
	const struct aisp_doc *doc = NULL;
	char room[32];

	j->who[0] = j->why[0] = '\0';
	if (!a || (body.n && aisp_json_parse(a, body, &limits, &doc, NULL) < 0))
		doc = NULL;
	decide(j, status, doc);
	if (j->state == AISP_VERIFY_VALID) {
		for (size_t i = 0; i < AISP_VERIFY_WHO && j->row->who[i]; i++) {
			const struct aisp_doc *d = walk(doc, j->row->who[i]);
			if (d && (d->type == AISP_DOC_STR || d->type == AISP_DOC_INT))
				add_who(j, scalar(d, room));
		}
		add_who(j, header);
	}
	aisp_arena_free(a);
}
