/* .gitleaksignore: fingerprints in a table by hash, compared whole. */
#include "scan/secrets/ignore.h"
#include "base/hash.h"

enum { LINES_MAX = 1000000 };

struct entry {
	struct aisp_slice commit, path, rule;
	uint32_t line, of; /* of the finding; of the file */
	uint32_t next;     /* + 1 */
};
struct aisp_secrets_ignore {
	struct entry *v;
	size_t n, mask;
	uint32_t *heads; /* + 1 */
};

static uint64_t hash(struct aisp_slice path, struct aisp_slice rule, uint32_t line)
{
	return aisp_hash_mix(aisp_hash64(path.p, path.n, 1) ^ aisp_hash64(rule.p, rule.n, 2) ^ line);
}

/* The part behind the last colon. */
static bool take(struct aisp_slice *s, struct aisp_slice *ret)
{
	size_t colon = aisp_slice_rchr(*s, ':');

	if (colon == SIZE_MAX)
		return false;
	*ret = aisp_slice_from(*s, colon + 1);
	*s = aisp_slice_to(*s, colon);
	return ret->n > 0;
}

static bool is_commit(struct aisp_slice s)
{
	if (s.n != 40 && s.n != 64)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= '0' && s.p[i] <= '9') && !((s.p[i] | 0x20) >= 'a' && (s.p[i] | 0x20) <= 'f'))
			return false;
	return true;
}

static bool parse(struct aisp_arena *a, struct aisp_slice s, struct entry *e)
{
	struct aisp_slice number;
	uint64_t line;
	size_t colon;

	if (!take(&s, &number) || !aisp_slice_u64(number, &line) || line > UINT32_MAX || !take(&s, &e->rule) || !s.n)
		return false;
	e->line = (uint32_t)line;
	colon = aisp_slice_chr(s, ':');
	if (colon != SIZE_MAX && is_commit(aisp_slice_to(s, colon))) {
		e->commit = aisp_arena_dup(a, aisp_slice_to(s, colon));
		s = aisp_slice_from(s, colon + 1);
	}
	e->rule = aisp_arena_dup(a, e->rule);
	e->path = aisp_arena_dup(a, s);
	for (size_t i = 0; e->path.p && i < e->path.n; i++)
		if (e->path.p[i] == '\\')
			((char *)(uintptr_t)e->path.p)[i] = '/'; /* our copy */
	return true;
}

int aisp_secrets_ignore_new(struct aisp_arena *a, struct aisp_slice text, struct aisp_secrets_ignore **ret, size_t *ret_skipped,
                            struct aisp_err *err)
{
	struct aisp_secrets_ignore *ig = aisp_arena_zalloc(a, 1, sizeof *ig);
	size_t lines = 1, skipped = 0;
	uint32_t number = 0;
	struct aisp_slice line;

	for (size_t i = 0; i < text.n; i++)
		lines += text.p[i] == '\n';
	if (lines > LINES_MAX)
		return aisp_fail(err, AISP_E_LIMIT, "more than %d lines of fingerprints", LINES_MAX);
	size_t cap = 16;

	while (cap < lines * 2)
		cap *= 2;
	if (ig) {
		ig->v = aisp_arena_zalloc(a, lines, sizeof *ig->v);
		ig->heads = aisp_arena_zalloc(a, cap, sizeof *ig->heads);
		ig->mask = cap - 1;
	}
	if (!ig || !ig->v || !ig->heads)
		return aisp_fail(err, AISP_E_NOMEM, "no memory for fingerprints");
	while (aisp_slice_split(&text, '\n', &line)) {
		struct entry *e = &ig->v[ig->n];

		number++;
		line = aisp_slice_trim(line);
		if (!line.n || line.p[0] == '#')
			continue;
		*e = (struct entry){.of = number};
		if (!parse(a, line, e)) {
			skipped++;
			continue;
		}
		if (!e->rule.p || !e->path.p)
			return aisp_fail(err, AISP_E_NOMEM, "no memory for fingerprints");
		uint32_t *head = &ig->heads[hash(e->path, e->rule, e->line) & ig->mask];

		e->next = *head;
		*head = (uint32_t)++ig->n;
	}
	*ret_skipped = skipped;
	*ret = ig;
	return 0;
}

uint32_t aisp_secrets_ignore_find(const struct aisp_secrets_ignore *ig, struct aisp_slice commit, struct aisp_slice path,
                                  struct aisp_slice rule, uint32_t line)
{
	uint32_t next = ig ? ig->heads[hash(path, rule, line) & ig->mask] : 0;

	while (next) {
		const struct entry *e = &ig->v[next - 1];

		if (e->line == line && aisp_slice_eq(e->rule, rule) && aisp_slice_eq(e->path, path) &&
		    (!e->commit.n || aisp_slice_eqi(e->commit, commit)))
			return e->of;
		next = e->next;
	}
	return 0;
}
