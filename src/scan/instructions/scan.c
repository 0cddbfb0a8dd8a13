/* One text: all passes, then the hits in order of place with line, column and a printable excerpt. */
#include "base/buf.h"
#include "scan/instructions/instructions_int.h"
#include <stdlib.h>

enum { ARENA_MAX = 64 << 20, MAX_TEXT = 256 << 20, SUBJECT_MAX = 512 << 10 };

static const char *const severities[] = {"", "low", "medium", "high", "critical"};

void aisp_instructions__hit(struct scan *s, const char *rule, enum severity sev, size_t at, size_t n, const char *reason,
                            struct aisp_slice decoded)
{
	if (sev == SEV_NONE || s->hits.n >= MAX_HITS)
		return;
	/* The same rule over the same place counts once, with the worse severity. */
	for (size_t i = s->hits.n; i-- > 0 && i + 8 > s->hits.n;) {
		struct ihit *h = &s->hits.v[i];

		if (strcmp(h->rule, rule) == 0 && at < h->at + h->n && h->at < at + n) {
			if (h->severity < sev) {
				h->severity = sev;
				h->reason = reason;
			}
			return;
		}
	}
	struct ihit hit = {.rule = rule, .reason = reason, .severity = sev, .at = at, .n = n, .score = INT32_MIN, .decoded = decoded};

	if (aisp_vec_push(&s->hits, hit) < 0)
		s->nomem = true;
}

enum severity aisp_instructions__judge_decoded(struct scan *s, struct aisp_slice text)
{
	struct scan in = {.role = s->role == AISP_TEXT_INSTRUCTION ? AISP_TEXT_INSTRUCTION : s->role, .path = s->path, .text = text, .a = s->a, .depth = s->depth + 1,
		.is_test = s->is_test, .is_drill = s->is_drill, .security = s->security};
	enum severity worst = SEV_NONE;

	aisp_instructions__phrases(&in);
	for (size_t i = 0; i < in.hits.n; i++)
		worst = in.hits.v[i].severity > worst ? in.hits.v[i].severity : worst;
	s->nomem |= in.nomem;
	aisp_vec_done(&in.hits);
	aisp_vec_done(&in.regions);
	return worst;
}

/* ---- The path ---- */

static bool has(struct aisp_slice path, const char *part)
{
	return aisp_slice_findi(path, aisp_slice_z(part)) != SIZE_MAX;
}

bool aisp_instructions__is_record(struct aisp_slice text)
{
	unsigned brackets = 0;

	for (size_t i = 0; i < text.n && i < 64; i++) {
		char c = text.p[i];

		if (c == '{' || (c == '[' && brackets))
			brackets += 1u + (c == '{');
		else if (c == '[')
			brackets++;
		else if (c == '"' && i == 0)
			continue; /* an object in a string */
		else if (c == '"' || c == '\'')
			return brackets >= 2;
		else if (c != ' ' && c != '\n' && c != '\r' && c != '\t')
			return false;
	}
	return false;
}

static void read_path(struct scan *s)
{
	static const char *const tests[] = {"/test/", "/tests/", "test_", "_test.", ".test.", ".spec.", "/fixtures/", "/fixture/", "/testdata/", "/__tests__/",
		"/spec/"};
	static const char *const drills[] = {"redteam", "red-team", "red_team", "jailbreak", "prompt-injection", "prompt_injection", "promptinjection", "/payloads/", "garak", "/attacks/"};
	static const char *const code[] = {".py", ".js", ".ts", ".tsx", ".go", ".rs", ".java", ".c", ".h", ".cpp", ".cs", ".rb", ".php", ".json", ".jsonl", ".yaml",
		".yml", ".toml", ".ipynb", ".sh", ".csv"};
	AISP_AUTOBUF struct aisp_buf b;

	aisp_buf_init(&b, 8192);
	aisp_buf_putc(&b, '/');
	aisp_buf_put(&b, aisp_slice_to(s->path, 4096));
	struct aisp_slice path = aisp_buf_slice(&b);

	s->nomem |= aisp_buf_check(&b, NULL) < 0;
	for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
		s->is_test |= s->role != AISP_TEXT_TOOL && has(path, tests[i]);
	for (size_t i = 0; i < sizeof drills / sizeof *drills; i++)
		s->is_drill |= s->role != AISP_TEXT_TOOL && has(path, drills[i]);
	for (size_t i = 0; i < sizeof code / sizeof *code; i++)
		s->is_code |= aisp_slice_ends(path, aisp_slice_z(code[i]));
	s->is_record = aisp_instructions__is_record(s->text);
	s->is_code |= s->is_record;
}

bool aisp_instructions__is_template(struct scan *s)
{
	static const char *const words[] = {"tokenizer", "chat_template", "chat template", "fine-tun", "finetun", "special token", "prompt format", "chatml"};
	struct aisp_slice text = aisp_slice_to(s->text, SUBJECT_MAX);

	for (size_t i = 0; i < sizeof words / sizeof *words && !s->subject_known; i++)
		s->is_template |= has(text, words[i]);
	s->subject_known = true;
	return s->is_template;
}

/* ---- Handing over ---- */

static int by_place(const void *a, const void *b)
{
	const struct ihit *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->severity != y->severity ? (x->severity > y->severity ? -1 : 1) : strcmp(x->rule, y->rule);
}

/* Printable, one line, at most EXCERPT bytes, whole characters. */
static struct aisp_slice excerpt_of(const struct scan *s, const struct ihit *h, struct aisp_buf *b)
{
	struct aisp_slice text = h->decoded.n ? h->decoded : aisp_slice_of(s->text.p + h->at, h->n);

	char line[EXCERPT * 2];

	text = aisp_slice_to(text, sizeof line);
	for (size_t i = 0; i < text.n; i++)
		line[i] = text.p[i] == '\n' || text.p[i] == '\t' || text.p[i] == '\r' ? ' ' : text.p[i];
	aisp_buf_clear(b);
	aisp_buf_put_printable(b, aisp_slice_of(line, text.n));
	struct aisp_slice out = aisp_slice_to(aisp_buf_slice(b), EXCERPT);

	while (out.n && out.n < b->n && ((unsigned char)b->p[out.n] & 0xC0) == 0x80)
		out.n--;
	return out;
}

struct place {
	size_t at, line_at;
	uint32_t line;
};

static void go_to(const struct scan *s, struct place *p, size_t at)
{
	while (p->at < at) {
		const char *nl = memchr(s->text.p + p->at, '\n', at - p->at);

		if (!nl) {
			p->at = at;
			return;
		}
		p->at = p->line_at = (size_t)(nl - s->text.p) + 1;
		p->line++;
	}
}

/* Two windows that overlap find the same. */
static bool same_place(const struct ihit *a, const struct ihit *b)
{
	return a->at == b->at && a->n == b->n && a->severity == b->severity && strcmp(a->rule, b->rule) == 0;
}

static int hand_over(struct scan *s, aisp_instruction_sink *sink, void *ctx, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf b;
	struct place p = {0, 0, 1};
	int r = 0;

	aisp_buf_init(&b, 8192);
	if (s->hits.n)
		qsort(s->hits.v, s->hits.n, sizeof *s->hits.v, by_place);
	for (size_t i = 0; i < s->hits.n && r == 0; i++) {
		const struct ihit *h = &s->hits.v[i];

		if (i && same_place(h, h - 1))
			continue;
		go_to(s, &p, h->at);
		struct place end = p;

		go_to(s, &end, h->at + (h->n ? h->n - 1 : 0));
		struct aisp_instruction_hit hit = {.rule = h->rule, .severity = severities[h->severity], .at = h->at, .n = h->n, .line = p.line,
			.column = (uint32_t)(h->at - p.line_at + 1), .end_line = end.line, .excerpt = excerpt_of(s, h, &b), .reason = h->reason};

		if (b.bad == AISP_E_NOMEM)
			return aisp_fail(err, AISP_E_NOMEM, "no memory for an excerpt");
		r = sink(ctx, &hit);
	}
	return r;
}

int aisp_instructions_scan(enum aisp_text_role role, struct aisp_slice path, struct aisp_slice text, aisp_instruction_sink *sink, void *ctx,
                           struct aisp_err *err)
{
	AISP_CLEANUP(aisp_arena_freep) struct aisp_arena *a = aisp_arena_new(ARENA_MAX);
	struct scan s = {.role = role, .path = path, .text = text, .a = a};
	int r;

	if (text.n > MAX_TEXT)
		return aisp_fail(err, AISP_E_LIMIT, "a text of %zu bytes is over %d: no instructions are looked for in it", text.n, MAX_TEXT);
	if (!a)
		return aisp_fail(err, AISP_E_NOMEM, "no memory to look for instructions");
	read_path(&s);
	aisp_instructions__hidden(&s);
	if (role != AISP_TEXT_CODE && !s.nomem) {
		aisp_instructions__markup(&s);
		aisp_instructions__phrases(&s);
		aisp_instructions__encoded(&s);
	}
	r = s.nomem ? aisp_fail(err, AISP_E_NOMEM, "no memory to look for instructions") : hand_over(&s, sink, ctx, err);
	aisp_vec_done(&s.hits);
	aisp_vec_done(&s.regions);
	return r;
}
