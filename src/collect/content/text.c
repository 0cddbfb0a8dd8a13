/* Text detectors on one text at hand: secrets (also in decoded JSON strings), personal data, instructions. */
#include "collect/content/content_int.h"
#include "collect/files/variable.h"

enum { STRINGS_MAX = 200000, HITS_MAX = 10000 };

/* Secrets. */

/* The parts of a login, by which it is joined to the role that it proves. */
static int keep_connection(struct aisp_content__run *run, const struct aisp_secret_hit *hit, struct aisp_content_secret *s)
{
	struct aisp_connection c, *kept;

	if (hit->kind != AISP_SECRET_CONNECTION_STRING || !aisp_connection_parse(hit->value, &c) || !c.host[0] || !aisp_connection_is_store(&c))
		return 0;
	kept = aisp_arena_alloc(run->a, sizeof *kept);
	if (!kept)
		return AISP_E_NOMEM;
	*kept = c;
	kept->password = (struct aisp_slice){0}; /* borrowed from the text, and nobody's business */
	s->connection = kept;
	return 0;
}

static int keep_facts(struct aisp_content__run *run, const struct aisp_secret_hit *hit, struct aisp_content_secret *s)
{
	struct aisp_secret_fact *facts = aisp_arena_zalloc(run->a, hit->n_facts + 1, sizeof *facts);

	if (!facts)
		return AISP_E_NOMEM;
	for (uint32_t i = 0; i < hit->n_facts; i++) {
		facts[i] = (struct aisp_secret_fact){hit->facts[i].key, aisp_arena_dup(run->a, hit->facts[i].value)};
		if (!facts[i].value.p)
			return AISP_E_NOMEM;
	}
	s->facts = facts;
	s->n_facts = hit->n_facts;
	return keep_connection(run, hit, s);
}

/* The same one was seen here already: by another view of the same bytes. */
static bool is_known(const struct aisp_content__run *run, const struct aisp_content_secret *s)
{
	for (size_t i = run->secrets.n; i-- > 0;) {
		const struct aisp_content_secret *o = &run->secrets.v[i];
		if (memcmp(o->fingerprint, s->fingerprint, sizeof s->fingerprint) == 0 && aisp_slice_eq(o->inner, s->inner) &&
		    (o->line == s->line || run->line_fixed))
			return true;
		if (run->secrets.n - i > 1000)
			return false;
	}
	return false;
}

/* The value itself, only when the user wants its issuer to be asked. */
static int keep_value(struct aisp_content__run *run, struct aisp_slice value, struct aisp_content_secret *s)
{
	for (size_t i = 0; i < run->c->n_verify; i++)
		if (aisp_slice_eqz(run->c->verify[i], s->issuer)) {
			s->value = aisp_arena_dup(run->a, value);
			return s->value.p ? 0 : AISP_E_NOMEM;
		}
	return 0;
}

static int on_secret(void *ctx, const struct aisp_secret_hit *hit)
{
	struct aisp_content__run *run = ctx;
	struct aisp_slice value = hit->value;
	struct aisp_content_secret s = {.rule = hit->rule, .description = hit->description, .issuer = hit->issuer, .severity = hit->severity,
	                                .kind = hit->kind, .certainty = hit->certainty, .inner = run->inner, .entropy = hit->entropy,
	                                .column = hit->column};

	if (hit->at + hit->n <= run->new_from)
		return 0;
	s.line = run->line_fixed ? run->line_fixed : hit->line + run->line_base;
	s.end_line = run->line_fixed ? run->line_fixed : hit->end_line + run->line_base;
	if (run->line_fixed)
		s.column = 0;
	aisp_content_fingerprint(run->c->fpkey, hit->kind, value, s.fingerprint, s.value_fp);
	aisp_preview(value, s.preview);
	if (is_known(run, &s))
		return 0;
	if (run->secrets.n >= HITS_MAX)
		return aisp_content__partial(run, "more than %d secrets in one file; further ones are left out", HITS_MAX);
	if (keep_facts(run, hit, &s) < 0 || keep_value(run, value, &s) < 0 || aisp_vec_push(&run->secrets, s) < 0)
		return AISP_E_NOMEM;
	return 0;
}

static int scan_secrets(struct aisp_content__run *run, struct aisp_slice text)
{
	struct aisp_err err = {0};

	int r = aisp_secrets_scan(run->c->secrets, run->w->secrets, run->path, text, on_secret, run, &err);
	if (r == AISP_E_LIMIT)
		return aisp_content__partial(run, "looking for secrets was cut short: %s", err.msg);
	return r;
}

/* One escape at p ("\\n", "\\u0041"): decoded bytes are appended; how many bytes it took. */
static size_t unescape(const char *p, const char *end, struct aisp_buf *out)
{
	static const char from[] = "nrtbf\"\\/", to[] = "\n\r\t\b\f\"\\/";
	uint32_t cp = 0;

	if (end - p < 2)
		return 1;
	const char *known = strchr(from, p[1]);
	if (known && p[1]) {
		aisp_buf_putc(out, to[known - from]);
		return 2;
	}
	if (p[1] != 'u' || end - p < 6)
		return 2;
	for (int i = 2; i < 6; i++) {
		char c = p[i];
		cp = cp << 4 | (uint32_t)(c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : 0);
	}
	if (cp < 0x80) {
		aisp_buf_putc(out, (char)cp);
	} else if (cp < 0x800) {
		aisp_buf_putc(out, (char)(0xc0 | cp >> 6));
		aisp_buf_putc(out, (char)(0x80 | (cp & 63)));
	} else {
		aisp_buf_putc(out, (char)(0xe0 | cp >> 12));
		aisp_buf_putc(out, (char)(0x80 | (cp >> 6 & 63)));
		aisp_buf_putc(out, (char)(0x80 | (cp & 63)));
	}
	return 6;
}

/* The string that begins behind the quote at p: its end (the closing quote, or where the line or text ends), and whether it has
 * escapes worth decoding. */
static const char *string_end(const char *p, const char *end, bool *ret_escaped)
{
	*ret_escaped = false;
	for (; p < end && *p != '"' && *p != '\n'; p++)
		if (*p == '\\' && p + 1 < end) {
			*ret_escaped = *ret_escaped || p[1] == '"' || p[1] == 'n' || p[1] == 'u' || p[1] == '/';
			p++;
		}
	return p < end ? p : end;
}

int aisp_content__json_strings(struct aisp_content__run *run, struct aisp_slice text)
{
	const char *p = text.p, *end = text.p + text.n, *counted = text.p;
	struct aisp_buf *plain = &run->w->plain;
	uint32_t line = 1 + run->line_base, n = 0;
	size_t new_from = run->new_from;
	bool escaped;
	int r = 0;

	while (r == 0 && p < end && (p = memchr(p, '"', (size_t)(end - p))) != NULL) {
		const char *close = string_end(++p, end, &escaped);
		if (close == end || *close != '"') { /* behind it, not in it: a line of quotes is read once */
			p = close;
			continue;
		}
		if (escaped && close - p >= 16 && n++ >= STRINGS_MAX)
			return aisp_content__partial(run, "more than %d strings with escapes; further ones were looked at as they stand", STRINGS_MAX);
		if (escaped && close - p >= 16) {
			for (const char *nl = counted; (nl = memchr(nl, '\n', (size_t)(p - nl))) != NULL; nl++)
				line++;
			counted = p;
			aisp_buf_clear(plain);
			for (const char *q = p; q < close;) {
				const char *slash = memchr(q, '\\', (size_t)(close - q));
				aisp_buf_put(plain, aisp_slice_of(q, (size_t)((slash ? slash : close) - q)));
				q = slash ? slash + unescape(slash, close, plain) : close;
			}
			run->line_fixed = line;
			run->new_from = 0; /* that counts bytes of the window, not of the decoded text */
			if (plain->bad == AISP_E_LIMIT)
				r = aisp_content__partial(run, "a string with escapes that is too long to decode was looked at as it stands");
			else
				r = plain->bad ? plain->bad : scan_secrets(run, aisp_buf_slice(plain));
			run->line_fixed = 0;
			run->new_from = new_from;
		}
		p = close + 1;
	}
	return r;
}

/* Personal data: one row a class and detector. */
static int on_personal(void *ctx, const struct aisp_personal_hit *hit)
{
	struct aisp_content__run *run = ctx;

	if (hit->at + hit->n <= run->new_from)
		return 0;
	/* rows of one text are the last ones */
	for (size_t i = run->personal.n; i-- > 0 && aisp_slice_eq(run->personal.v[i].inner, run->inner);) {
		struct aisp_content_personal *p = &run->personal.v[i];
		if (p->cls != hit->cls || strcmp(p->detector, hit->detector) != 0)
			continue;
		p->count++;
		if (hit->certainty > p->certainty) {
			p->certainty = hit->certainty;
			p->reason = hit->reason;
		}
		return 0;
	}
	if (run->personal.n >= HITS_MAX)
		return aisp_content__partial(run, "personal data in too many members of one file; further ones are left out");
	struct aisp_content_personal p = {hit->cls, hit->detector, hit->reason, hit->certainty, 1, hit->line + run->line_base, run->inner};
	return aisp_vec_push(&run->personal, p) < 0 ? AISP_E_NOMEM : 0;
}

static int on_instruction(void *ctx, const struct aisp_instruction_hit *hit)
{
	struct aisp_content__run *run = ctx;

	if (hit->at + hit->n <= run->new_from)
		return 0;
	if (run->instructions.n >= HITS_MAX)
		return aisp_content__partial(run, "more than %d places with orders to a model in one file; further ones are left out", HITS_MAX);
	struct aisp_content_instruction i = {hit->rule, hit->severity, hit->reason, hit->line + run->line_base, hit->column,
	                                     hit->end_line + run->line_base, aisp_arena_dup(run->a, hit->excerpt), run->inner};
	return !i.excerpt.p || aisp_vec_push(&run->instructions, i) < 0 ? AISP_E_NOMEM : 0;
}

int aisp_content__text(struct aisp_content__run *run, struct aisp_slice text, unsigned what)
{
	int r = 0;

	if (what & AISP_CONTENT_SECRETS && run->c->secrets) {
		r = scan_secrets(run, text);
		if (r == 0 && aisp_content__ends(run->path, (const char *const[]){".ipynb", ".json", ".jsonl", ".ndjson"}, 4))
			r = aisp_content__json_strings(run, text);
	}
	if (r == 0 && what & AISP_CONTENT_PERSONAL)
		r = aisp_personal_text(text, on_personal, run, run->err);
	if (r == 0 && what & AISP_CONTENT_INSTRUCTIONS)
		r = aisp_instructions_scan(aisp_content_role(run->path), run->path, text, on_instruction, run, run->err);
	return r;
}
