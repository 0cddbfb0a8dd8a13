/* Tools that are given together: one whose name is another's, or looks like it, one whose server's name imitates a known one,
 * one whose description gives orders about another server's tool.
 */
#include "base/hash.h"
#include "base/map.h"
#include "scan/instructions/instructions_int.h"

enum { NAME_MAX_BYTES = 200, DESCRIPTION_MAX = 16 << 10, MAX_FOUND = 10000 };

struct shadow {
	const struct aisp_shadow_tool *tools;
	size_t n;
	struct aisp_map names; /* folded name → first tool + 1 */
	AISP_VEC(struct aisp_shadow_hit) found;
	uint32_t *next; /* next tool of the same folded name; UINT32_MAX = none */
	struct aisp_err *err;
};

/* Lower case, without what joins words, look-alikes as what they look like; tells whether there were such. */
static size_t fold(struct aisp_slice name, char *out, bool *ret_alike)
{
	size_t n = 0;

	*ret_alike = false;
	for (size_t i = 0; i < name.n && n < NAME_MAX_BYTES;) {
		uint32_t cp = (unsigned char)name.p[i];
		size_t took = cp < 0x80 ? 1 : aisp_slice_utf8(aisp_slice_from(name, i), &cp);

		took = took ? took : 1;
		if (cp >= 0x80) {
			char c = aisp_instructions__look_alike(cp);

			*ret_alike |= c != 0;
			if (c)
				out[n++] = c;
			else if (!aisp_cp_is_hidden(cp))
				out[n++] = name.p[i];
			else
				*ret_alike = true;
		} else if (cp != '_' && cp != '-' && cp != '.' && cp != ' ') {
			out[n++] = (char)(cp >= 'A' && cp <= 'Z' ? cp + 32 : cp);
		}
		i += took;
	}
	return n;
}

static struct aisp_key key_of(struct aisp_slice name, bool *ret_alike)
{
	char folded[NAME_MAX_BYTES + 4];
	size_t n = fold(name, folded, ret_alike);
	struct aisp_key key = {aisp_hash64(folded, n, 1), aisp_hash64(folded, n, 2)};

	return key;
}

static int add(struct shadow *s, size_t tool, uint32_t other, const char *rule, const char *severity, const char *reason)
{
	if (s->found.n >= MAX_FOUND)
		return 0;
	struct aisp_shadow_hit hit = {(uint32_t)tool, other, rule, severity, reason};

	return aisp_vec_push(&s->found, hit) < 0 ? aisp_fail(s->err, AISP_E_NOMEM, "no memory to compare tools") : 0;
}

/* The first tool of another server that has this name; UINT32_MAX if none. */
static uint32_t other_server(const struct shadow *s, uint32_t first, size_t tool)
{
	unsigned steps = 0;

	for (uint32_t t = first; t != UINT32_MAX && steps++ < 64; t = s->next[t])
		if (t != tool && !aisp_slice_eq(s->tools[t].server, s->tools[tool].server))
			return t;
	return UINT32_MAX;
}

static int judge_name(struct shadow *s, size_t tool)
{
	bool alike;
	uint32_t first = aisp_map_get(&s->names, key_of(s->tools[tool].name, &alike));
	uint32_t other = first ? other_server(s, first - 1, tool) : UINT32_MAX;

	if (alike)
		return add(s, tool, other, "confusable-name", "high", other == UINT32_MAX ? "its name has letters of another script or hidden characters" :
		                                                     "its name looks like that of another server's tool and is not the same");
	if (other == UINT32_MAX || other > tool)
		return 0;
	if (aisp_slice_eq(s->tools[other].name, s->tools[tool].name))
		return add(s, tool, other, "same-name", "medium", "a tool of another server has this name; which one is called is not certain");
	return add(s, tool, other, "confusable-name", "medium", "its name differs from that of another server's tool only in case or in what joins words");
}

/* ---- Servers that imitate ---- */

static bool one_edit(const char *a, size_t n, const char *b, size_t m)
{
	size_t i = 0;

	if (n > m + 1 || m > n + 1)
		return false;
	while (i < n && i < m && a[i] == b[i])
		i++;
	if (n == m) {
		bool swapped = i + 1 < n && a[i] == b[i + 1] && a[i + 1] == b[i] && memcmp(a + i + 2, b + i + 2, n - i - 2) == 0;

		return i < n && (swapped || memcmp(a + i + 1, b + i + 1, n - i - 1) == 0);
	}
	return n > m ? memcmp(a + i + 1, b + i, m - i) == 0 : memcmp(a + i, b + i + 1, n - i) == 0;
}

static int judge_server(struct shadow *s, size_t tool)
{
	static const char *const known[] = {"github", "gitlab", "stripe", "filesystem", "postgres", "puppeteer", "playwright", "notion", "supabase", "linear",
		"atlassian", "confluence", "paypal", "mongodb", "kubernetes", "terraform", "cloudflare", "salesforce", "hubspot", "snowflake", "browserbase",
		"firecrawl", "whatsapp", "telegram", "discord", "dropbox", "slack", "gmail", "sentry"};
	char folded[NAME_MAX_BYTES + 4];
	bool alike;
	struct aisp_slice server = s->tools[tool].server;

	for (size_t i = 0; i < tool && i < 8; i++)
		if (aisp_slice_eq(s->tools[tool - 1 - i].server, server))
			return 0;
	size_t n = fold(aisp_slice_basename(server), folded, &alike);

	for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
		size_t m = strlen(known[k]);
		bool same = n == m && memcmp(folded, known[k], n) == 0;

		if (same && alike)
			return add(s, tool, UINT32_MAX, "imitates-server", "high", "its server's name looks like a well-known one and is not the same");
		if (same)
			return 0;
	}
	for (size_t k = 0; k < sizeof known / sizeof *known; k++)
		if (strlen(known[k]) >= 6 && one_edit(folded, n, known[k], strlen(known[k])))
			return add(s, tool, UINT32_MAX, "imitates-server", "medium", "its server's name is one letter from a well-known one");
	return 0;
}

/* ---- Descriptions that speak of others ---- */

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || (unsigned char)c >= 0x80;
}

/* A word that nobody writes but as a name: joined, or with a hump. */
static bool is_identifier(struct aisp_slice w)
{
	bool hump = false;

	for (size_t i = 1; i < w.n; i++)
		hump |= w.p[i] >= 'A' && w.p[i] <= 'Z' && w.p[i - 1] >= 'a' && w.p[i - 1] <= 'z';
	return w.n >= 5 && (hump || aisp_slice_chr(w, '_') != SIZE_MAX || aisp_slice_chr(w, '-') != SIZE_MAX);
}

static bool says(struct aisp_slice text, const char *const *words)
{
	for (; *words; words++) {
		size_t at = aisp_slice_findi(text, aisp_slice_z(*words));

		if (at != SIZE_MAX && (at == 0 || !is_name_char(text.p[at - 1])))
			return true;
	}
	return false;
}

static int judge_mention(struct shadow *s, size_t tool, uint32_t other, struct aisp_slice text, size_t at)
{
	static const char *const strong[] = {"instead", "always", "must", "even if", "replace", "do not use", "don't use", "never use", "ignore", "deprecated", NULL};
	static const char *const weak[] = {"before", "after", "when", "first", "should", "prior to", "every", NULL};
	size_t from = at > 160 ? at - 160 : 0;
	struct aisp_slice near = aisp_slice_to(aisp_slice_from(text, from), 360);

	if (says(near, strong))
		return add(s, tool, other, "cross-tool", "high", "its description gives orders about another server's tool");
	if (says(near, weak))
		return add(s, tool, other, "cross-tool", "medium", "its description says how another server's tool is to be used");
	return add(s, tool, other, "cross-tool", "low", "its description speaks of another server's tool");
}

static int judge_description(struct shadow *s, size_t tool)
{
	struct aisp_slice text = aisp_slice_to(s->tools[tool].description, DESCRIPTION_MAX);
	int r = 0;

	for (size_t i = 0; i < text.n;) {
		size_t end = i;
		bool alike;

		while (end < text.n && is_name_char(text.p[end]))
			end++;
		struct aisp_slice word = aisp_slice_of(text.p + i, end - i);

		i = end + 1;
		if (word.n > NAME_MAX_BYTES || !is_identifier(word))
			continue;
		uint32_t first = aisp_map_get(&s->names, key_of(word, &alike));
		uint32_t other = first ? other_server(s, first - 1, tool) : UINT32_MAX;
		bool own = false;
		unsigned steps = 0;

		for (uint32_t t = first ? first - 1 : UINT32_MAX; t != UINT32_MAX && steps++ < 64; t = s->next[t])
			own |= aisp_slice_eq(s->tools[t].server, s->tools[tool].server);
		if (other == UINT32_MAX || own)
			continue;
		r = judge_mention(s, tool, other, text, end - word.n);
		return r;
	}
	return r;
}

static int index_names(struct shadow *s)
{
	for (size_t i = s->n; i-- > 0;) {
		bool alike;
		struct aisp_key key = key_of(s->tools[i].name, &alike);
		uint32_t first = aisp_map_get(&s->names, key);
		int r = aisp_map_put(&s->names, key, (uint32_t)i + 1, s->err);

		if (r < 0)
			return r;
		s->next[i] = first ? first - 1 : UINT32_MAX;
	}
	return 0;
}

static int judge_all(struct shadow *s)
{
	int r = index_names(s);

	for (size_t i = 0; i < s->n && r == 0; i++) {
		r = judge_name(s, i);
		if (r == 0)
			r = judge_server(s, i);
		if (r == 0)
			r = judge_description(s, i);
	}
	return r;
}

int aisp_instructions_shadow(const struct aisp_shadow_tool *tools, size_t n, struct aisp_arena *a, const struct aisp_shadow_hit **ret, size_t *ret_n,
                             struct aisp_err *err)
{
	struct shadow s = {.tools = tools, .n = n, .err = err};

	if (n > 1000000)
		return aisp_fail(err, AISP_E_LIMIT, "%zu tools are too many to compare", n);
	s.next = aisp_arena_zalloc(a, n + 1, sizeof *s.next);
	if (!s.next)
		return aisp_fail(err, AISP_E_NOMEM, "no memory to compare tools");
	int r = judge_all(&s);
	struct aisp_shadow_hit *out = r == 0 ? aisp_arena_zalloc(a, s.found.n + 1, sizeof *out) : NULL;

	if (out) {
		if (s.found.n)
			memcpy(out, s.found.v, s.found.n * sizeof *out);
		*ret = out;
		*ret_n = s.found.n;
	} else if (r == 0) {
		r = aisp_fail(err, AISP_E_NOMEM, "no memory to compare tools");
	}
	aisp_vec_done(&s.found);
	aisp_map_done(&s.names);
	return r;
}
