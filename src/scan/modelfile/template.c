/* Chat templates (Jinja): what would run when the template is rendered, and what it tells the model behind the reader's back.
 *
 * Three things are looked for: ways out of the template engine (attribute walks, by whichever spelling; other templates;
 * objects of web frameworks); work without end (huge ranges, powers, repetitions); and hidden instructions: a sentence that
 * enters the prompt only when a message holds some word or the clock some date, text that turns the model against its user,
 * and URLs that carry the conversation away.
 *
 * Not for: rendering. Ordinary templates (roles, tools, macros, the date as a text) are clean.
 */
#include "base/doc.h"
#include "scan/modelfile/template_int.h"

enum { SOURCE_MAX = 4 << 20, VARS_MAX = 512, STEPS_MAX = 4000000, SENTENCE = 5 };

void aisp_jinja__issue(struct aisp_jinja *j, enum aisp_model_severity severity, const char *at, struct aisp_slice what, const char *why)
{
	uint64_t offset = at >= j->src.p && at <= j->src.p + j->src.n ? (uint64_t)(at - j->src.p) : 0;

	aisp_model__issue(j->run, "template", severity, j->where, offset, what, why,
	                  severity >= AISP_MODEL_HIGH && strstr(why, "interpreter") ? "CVE-2024-34359" : "");
}

void aisp_jinja__set(struct aisp_jinja *j, struct aisp_slice name, const struct aisp_jinja_val *val)
{
	size_t i = 0;

	while (i < j->n_vars && !aisp_slice_eq(j->vars[i].name, name))
		i++;
	if (i == VARS_MAX)
		return;
	if (i == j->n_vars)
		j->n_vars++;
	j->vars[i] = (struct aisp_jinja_var){name, *val};
	j->vars[i].val.name = aisp_slice_of(NULL, 0);
	j->vars[i].val.flags &= AISP_JINJA_CONTENT | AISP_JINJA_DATE | AISP_JINJA_TRIGGER | AISP_JINJA_CLOCK | AISP_JINJA_BUILT | AISP_JINJA_NEG;
}

const struct aisp_jinja_val *aisp_jinja__get(const struct aisp_jinja *j, struct aisp_slice name)
{
	for (size_t i = 0; i < j->n_vars; i++)
		if (aisp_slice_eq(j->vars[i].name, name))
			return &j->vars[i].val;
	return NULL;
}

static unsigned count_words(struct aisp_slice s)
{
	unsigned words = 0;
	size_t letters = 0;

	for (size_t i = 0; i <= s.n; i++) {
		char c = i < s.n ? s.p[i] : ' ';
		bool letter = ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '\'' || (unsigned char)c >= 0x80;

		if (letter) {
			letters++;
			continue;
		}
		/* "<|im_start|>" and "tool_call" are no words */
		words += letters >= 2 && (c == ' ' || c == '\n' || c == '.' || c == ',' || c == '!' || c == '?' || c == ':' || c == ';');
		letters = 0;
	}
	return words;
}

/* Words that turn the model against its user. Columns: must be there, must be there too, severity */
static const struct {
	const char *a, *b;
	enum aisp_model_severity severity;
} phrases[] = {
    {"ignore previous instructions", "", AISP_MODEL_HIGH},
    {"ignore all previous", "", AISP_MODEL_HIGH},
    {"ignore the previous", "instruction", AISP_MODEL_HIGH},
    {"ignore any previous", "", AISP_MODEL_HIGH},
    {"ignore your previous", "", AISP_MODEL_HIGH},
    {"ignore all prior", "", AISP_MODEL_HIGH},
    {"ignore prior instructions", "", AISP_MODEL_HIGH},
    {"ignore the above", "instruction", AISP_MODEL_HIGH},
    {"ignore all safety", "", AISP_MODEL_HIGH},
    {"ignore your safety", "", AISP_MODEL_HIGH},
    {"ignore safety", "", AISP_MODEL_HIGH},
    {"ignore the user's", "", AISP_MODEL_MEDIUM},
    {"ignore all instructions", "", AISP_MODEL_HIGH},
    {"disregard previous", "", AISP_MODEL_HIGH},
    {"disregard all", "instruction", AISP_MODEL_HIGH},
    {"disregard any", "instruction", AISP_MODEL_HIGH},
    {"disregard the", "instruction", AISP_MODEL_MEDIUM},
    {"forget all previous", "", AISP_MODEL_HIGH},
    {"forget your previous", "", AISP_MODEL_HIGH},
    {"forget previous instructions", "", AISP_MODEL_HIGH},
    {"bypass", "safety", AISP_MODEL_HIGH},
    {"override", "safety", AISP_MODEL_HIGH},
    {"disable", "safety", AISP_MODEL_HIGH},
    {"you have no restrictions", "", AISP_MODEL_HIGH},
    {"without any restrictions", "", AISP_MODEL_MEDIUM},
    {"without restrictions", "", AISP_MODEL_MEDIUM},
    {"do anything now", "", AISP_MODEL_HIGH},
    {"developer mode enabled", "", AISP_MODEL_HIGH},
    {"not tell the user", "", AISP_MODEL_HIGH},
    {"n't tell the user", "", AISP_MODEL_HIGH},
    {"never tell the user", "", AISP_MODEL_HIGH},
    {"not inform the user", "", AISP_MODEL_HIGH},
    {"not alert the user", "", AISP_MODEL_HIGH},
    {"not notify the user", "", AISP_MODEL_HIGH},
    {"not warn the user", "", AISP_MODEL_HIGH},
    {"not mention this", "", AISP_MODEL_HIGH},
    {"n't mention this", "", AISP_MODEL_HIGH},
    {"never mention this", "", AISP_MODEL_HIGH},
    {"not reveal this", "", AISP_MODEL_HIGH},
    {"never reveal this", "", AISP_MODEL_HIGH},
    {"not disclose this", "", AISP_MODEL_HIGH},
    {"never disclose this", "", AISP_MODEL_HIGH},
    {"not acknowledge this", "", AISP_MODEL_HIGH},
    {"without telling the user", "", AISP_MODEL_HIGH},
    {"without informing the user", "", AISP_MODEL_HIGH},
    {"without mentioning", "instruction", AISP_MODEL_HIGH},
    {"without notifying", "", AISP_MODEL_HIGH},
    {"without the user", "know", AISP_MODEL_HIGH},
    {"keep this secret", "", AISP_MODEL_HIGH},
    {"keep this instruction", "", AISP_MODEL_HIGH},
    {"exfiltrate", "", AISP_MODEL_HIGH},
    {"secretly", "", AISP_MODEL_HIGH},
    {"covertly", "", AISP_MODEL_HIGH},
    {"silently", "http", AISP_MODEL_HIGH},
    {"always include", "http", AISP_MODEL_HIGH},
    {"always append", "http", AISP_MODEL_HIGH},
    {"always recommend", "http", AISP_MODEL_HIGH},
    {"always insert", "http", AISP_MODEL_HIGH},
    {"append", "](http", AISP_MODEL_HIGH},
    {"<script", "src=", AISP_MODEL_HIGH},
    {"<img", "src=\"http", AISP_MODEL_HIGH},
    {"![", "](http", AISP_MODEL_HIGH},
    {"curl ", "| sh", AISP_MODEL_HIGH},
    {"curl ", "| bash", AISP_MODEL_HIGH},
    {"curl ", "|bash", AISP_MODEL_HIGH},
    {"curl ", "|sh", AISP_MODEL_HIGH},
    {"send ", " to http", AISP_MODEL_HIGH},
    {"send the", "https://", AISP_MODEL_HIGH},
    {"post ", " to http", AISP_MODEL_HIGH},
    {"upload ", " to http", AISP_MODEL_HIGH},
    {"forward ", " to http", AISP_MODEL_HIGH},
    {"direct the user to", "http", AISP_MODEL_MEDIUM},
    {"recommend", "http", AISP_MODEL_MEDIUM},
    {"visit ", "http", AISP_MODEL_LOW},
};

static void check_phrases(struct aisp_jinja *j, struct aisp_slice text)
{
	static const char why[] = "every conversation is given this instruction, which whoever talks to the model does not see";

	if (text.n < 12 || !count_words(text))
		return;
	for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++) {
		size_t at = aisp_slice_findi(text, aisp_slice_z(phrases[i].a));

		if (at == SIZE_MAX || (*phrases[i].b && !aisp_model__contains(aisp_slice_from(text, at), phrases[i].b)))
			continue;
		at = at > 60 ? at - 60 : 0;
		aisp_model__issue(j->run, "template-instruction", phrases[i].severity, j->where,
		                  text.p >= j->src.p && text.p < j->src.p + j->src.n ? (uint64_t)(text.p - j->src.p) : 0,
		                  aisp_slice_trim(aisp_slice_to(aisp_slice_from(text, at), 190)), why, "");
		if (phrases[i].severity >= AISP_MODEL_HIGH)
			return;
	}
}

static void check_hidden(struct aisp_jinja *j)
{
	struct aisp_slice rest = j->src;
	unsigned tags = 0, bidi = 0;
	uint64_t offset = 0;

	while (rest.n) {
		uint32_t cp = 0;
		size_t n = aisp_slice_utf8(rest, &cp);

		if (n && ((cp >= 0xE0020 && cp <= 0xE007F) || (cp >= 0x202A && cp <= 0x202E) || (cp >= 0x2066 && cp <= 0x2069))) {
			if (!tags && !bidi)
				offset = (uint64_t)(rest.p - j->src.p);
			tags += cp >= 0xE0000;
			bidi += cp < 0xE0000;
		}
		rest = aisp_slice_from(rest, n ? n : 1);
	}
	/* Three tag characters make the flag of a region; a text is longer. */
	if (tags > 8 || bidi > 1)
		aisp_model__issue(j->run, "template-hidden-text", tags > 8 ? AISP_MODEL_HIGH : AISP_MODEL_MEDIUM, j->where, offset,
		                  tags > 8 ? AISP_S("Unicode tag characters") : AISP_S("bidirectional control characters"),
		                  "text that the model reads and a person does not see", "");
}

void aisp_jinja__said(struct aisp_jinja *j, struct aisp_slice text)
{
	unsigned words;

	if (j->silent || text.n < 3)
		return;
	words = count_words(text);
	check_phrases(j, text);
	if (!words)
		return;
	for (unsigned i = 0; i < j->n_ifs; i++) {
		struct aisp_jinja_if *f = &j->ifs[i];

		if (!f->on)
			continue;
		f->words += words;
		if (text.n > f->said.n)
			f->said = text;
	}
}

void aisp_jinja__url_tail(struct aisp_jinja *j, struct aisp_slice text)
{
	struct aisp_slice tail = aisp_slice_from(text, text.n > 300 ? text.n - 300 : 0);
	size_t at = aisp_slice_find(tail, AISP_S("://"));
	struct aisp_slice url;

	if (j->silent || at == SIZE_MAX)
		return;
	for (size_t next; (next = aisp_slice_find(aisp_slice_from(tail, at + 3), AISP_S("://"))) != SIZE_MAX;)
		at += 3 + next;
	url = aisp_slice_from(tail, at > 8 ? at - 8 : 0);
	for (size_t i = 8; i < url.n; i++)
		if (strchr(" \t\n\"'<>)", url.p[i]))
			return;
	aisp_model__issue(j->run, "template-url", AISP_MODEL_HIGH, j->where, 0, url,
	                  "what is said in the conversation is put into a URL, which the model or its reader may then fetch", "");
}

void aisp_jinja__open(struct aisp_jinja *j, unsigned flags, const char *at, struct aisp_slice cond)
{
	if (j->n_ifs == 64) {
		j->deeper++;
		return;
	}
	j->ifs[j->n_ifs++] = (struct aisp_jinja_if){.flags = flags, .cond = cond, .offset = (uint64_t)(at - j->src.p),
	                                            .on = (flags & AISP_JINJA_TRIGGER) != 0};
}

static void judge_branch(struct aisp_jinja *j)
{
	struct aisp_jinja_if *f = &j->ifs[j->n_ifs - 1];

	if (!f->on || f->reported || f->words < ((f->flags & AISP_JINJA_CLOCK) ? 3 : SENTENCE))
		return;
	f->reported = true;
	aisp_model__issue(j->run, "template-trigger", AISP_MODEL_HIGH, j->where, f->offset,
	                  aisp_model__text(j->run, "%.*s → %.*s", AISP_FMT(aisp_slice_to(aisp_slice_trim(f->cond), 90)),
	                                   AISP_FMT(aisp_slice_to(aisp_slice_trim(f->said), 90))),
	                  f->flags & AISP_JINJA_CLOCK ? "text enters the prompt only at certain dates"
	                                              : "text enters the prompt only when the conversation holds certain words", "");
}

void aisp_jinja__close(struct aisp_jinja *j)
{
	if (j->deeper) {
		j->deeper--;
		return;
	}
	if (!j->n_ifs)
		return;
	judge_branch(j);
	j->n_ifs--;
}

/* elif, else: the next branch of the same statement. */
static void branch(struct aisp_jinja *j, unsigned flags, const char *at, struct aisp_slice cond, bool is_else)
{
	struct aisp_jinja_if *f;

	if (j->deeper || !j->n_ifs)
		return;
	judge_branch(j);
	f = &j->ifs[j->n_ifs - 1];
	f->words = 0;
	f->said = aisp_slice_of(NULL, 0);
	f->reported = false;
	if (is_else) {
		f->on = (f->flags & AISP_JINJA_TRIGGER) && (f->flags & AISP_JINJA_NEG);
		return;
	}
	f->flags = flags;
	f->cond = cond;
	f->offset = (uint64_t)(at - j->src.p);
	f->on = (flags & AISP_JINJA_TRIGGER) != 0;
}

/* ---- statements */

static struct aisp_slice word(struct aisp_slice *s)
{
	struct aisp_slice t = aisp_slice_trim(*s), w;
	size_t n = 0;

	while (n < t.n && aisp_jinja__ident(t.p[n], n == 0))
		n++;
	w = aisp_slice_to(t, n);
	*s = aisp_slice_from(t, n);
	return w;
}

static void set_statement(struct aisp_jinja *j, struct aisp_slice rest)
{
	struct aisp_slice names[8];
	size_t n = 0;
	struct aisp_jinja_val v;

	do {
		struct aisp_slice name = word(&rest);

		rest = aisp_slice_trim(rest);
		if (rest.n && rest.p[0] == '.') {
			rest = aisp_slice_from(rest, 1);
			name = word(&rest); /* ns.found: known by its last part */
			rest = aisp_slice_trim(rest);
		}
		if (n < 8 && name.n)
			names[n++] = name;
		if (!rest.n || rest.p[0] != ',')
			break;
		rest = aisp_slice_from(rest, 1);
	} while (rest.n);
	if (!rest.n || rest.p[0] != '=')
		return; /* a block set: its text is read as text */
	v = aisp_jinja__expr(j, aisp_slice_from(rest, 1), NULL);
	for (size_t i = 0; i < n; i++) {
		struct aisp_jinja_val part = n > 1 && v.items && i < v.n_items ? v.items[i] : v;

		aisp_jinja__set(j, names[i], &part);
	}
}

static void for_statement(struct aisp_jinja *j, struct aisp_slice rest)
{
	size_t in = aisp_slice_find(rest, AISP_S(" in "));
	struct aisp_slice names, name;
	struct aisp_jinja_val v, item = {0};
	uint64_t around = j->n_loops ? j->loops[j->n_loops - 1] : 1, here;

	if (in == SIZE_MAX)
		return;
	names = aisp_slice_to(rest, in);
	j->loop_product = 0;
	v = aisp_jinja__expr(j, aisp_slice_from(rest, in + 4), NULL);
	here = j->loop_product ? j->loop_product : 1;
	if (__builtin_mul_overflow(around, here, &here))
		here = UINT64_MAX;
	if (here >= 10000000 && here > around && around > 1)
		aisp_jinja__issue(j, AISP_MODEL_HIGH, rest.p, aisp_slice_to(rest, 60), "rendering the template runs loops for very long");
	if (j->n_loops < 64)
		j->loops[j->n_loops++] = here;
	item.flags = v.flags & (AISP_JINJA_CONTENT | AISP_JINJA_DATE);
	while (aisp_slice_split(&names, ',', &name)) {
		struct aisp_slice w = word(&name);

		if (w.n)
			aisp_jinja__set(j, w, &item);
	}
}

static void macro_statement(struct aisp_jinja *j, struct aisp_slice rest)
{
	struct aisp_jinja_val none = {0};

	word(&rest);
	for (size_t i = 0; i < rest.n; i++) {
		if (aisp_jinja__ident(rest.p[i], true) && (rest.p[i] < '0' || rest.p[i] > '9')) {
			struct aisp_slice from = aisp_slice_from(rest, i), name = word(&from);

			/* parameters hide what the name meant outside; defaults are read as part of the expression below */
			if (aisp_slice_chr(aisp_slice_to(rest, i), '=') == SIZE_MAX)
				aisp_jinja__set(j, name, &none);
			i += name.n;
		}
	}
}

static void statement(struct aisp_jinja *j, struct aisp_slice s)
{
	struct aisp_slice rest = s, name = word(&rest);
	static const char *const loads[] = {"include", "import", "from", "extends", NULL};
	static const char *const conds[] = {"if", "elif", NULL};
	static const char *const exprs[] = {"do", "print", "call", "filter", "with", "trans", NULL};

	if (aisp_model__one_of(name, conds)) {
		struct aisp_jinja_val v;

		j->silent = true;
		v = aisp_jinja__expr(j, rest, NULL);
		j->silent = false;
		if (name.p[0] == 'i')
			aisp_jinja__open(j, v.flags, rest.p, rest);
		else
			branch(j, v.flags, rest.p, rest, false);
	} else if (aisp_slice_eqz(name, "else")) {
		branch(j, 0, s.p, aisp_slice_of(NULL, 0), true);
	} else if (aisp_slice_eqz(name, "endif")) {
		aisp_jinja__close(j);
	} else if (aisp_slice_eqz(name, "set")) {
		set_statement(j, rest);
	} else if (aisp_slice_eqz(name, "for")) {
		aisp_jinja__open(j, 0, s.p, rest); /* so that its else belongs to it */
		for_statement(j, rest);
	} else if (aisp_slice_eqz(name, "endfor")) {
		aisp_jinja__close(j);
		j->n_loops -= j->n_loops > 0;
	} else if (aisp_slice_eqz(name, "macro")) {
		macro_statement(j, rest);
	} else if (aisp_model__one_of(name, loads)) {
		aisp_jinja__issue(j, AISP_MODEL_HIGH, s.p, aisp_slice_trim(s), "the template reads another template, which is not part of the model");
	} else if (aisp_model__one_of(name, exprs)) {
		aisp_jinja__expr(j, rest, NULL);
	} else if (rest.n) {
		aisp_jinja__expr(j, rest, NULL); /* an extension's own */
	}
}

/* ---- the source */

/* The end of a tag's inside: where `close` stands outside strings and braces. */
static size_t tag_end(struct aisp_slice s, const char *close)
{
	unsigned braces = 0;
	char quote = 0;

	for (size_t i = 0; i + 1 < s.n; i++) {
		char c = s.p[i];

		if (quote) {
			if (c == '\\')
				i++;
			else if (c == quote)
				quote = 0;
			continue;
		}
		if (c == close[0] && s.p[i + 1] == close[1] && braces == 0)
			return i;
		if (c == '"' || c == '\'')
			quote = c;
		else if (c == '{')
			braces++;
		else if (c == '}' && braces)
			braces--;
	}
	return SIZE_MAX;
}

/* "{%- x -%}": what is between, without the marks that cut white space. */
static struct aisp_slice inside(struct aisp_slice s)
{
	if (s.n && (s.p[0] == '-' || s.p[0] == '+'))
		s = aisp_slice_from(s, 1);
	if (s.n && (s.p[s.n - 1] == '-' || s.p[s.n - 1] == '+'))
		s = aisp_slice_to(s, s.n - 1);
	return s;
}

static struct aisp_slice skip_raw(struct aisp_jinja *j, struct aisp_slice rest)
{
	struct aisp_slice at = rest;

	for (size_t i; (i = aisp_slice_find(at, AISP_S("{%"))) != SIZE_MAX;) {
		struct aisp_slice in = inside(aisp_slice_from(at, i + 2));

		if (aisp_slice_eqz(word(&in), "endraw")) {
			aisp_jinja__said(j, aisp_slice_to(rest, (size_t)(at.p - rest.p) + i));
			return aisp_slice_from(at, i);
		}
		at = aisp_slice_from(at, i + 2);
	}
	return aisp_slice_of(rest.p + rest.n, 0);
}

/* Text up to the next tag; returns where the tag begins, or the end. */
static size_t text_end(struct aisp_slice s)
{
	for (size_t i = 0; i + 1 < s.n;) {
		size_t at = aisp_slice_chr(aisp_slice_from(s, i), '{');

		if (at == SIZE_MAX || i + at + 1 >= s.n)
			return s.n;
		i += at;
		if (strchr("{%#", s.p[i + 1]) && s.p[i + 1])
			return i;
		i++;
	}
	return s.n;
}

static void source(struct aisp_jinja *j)
{
	struct aisp_slice rest = j->src;

	while (rest.n && j->steps && aisp_model__go_on(j->run)) {
		size_t n = text_end(rest), end;
		struct aisp_slice text = aisp_slice_to(rest, n), in, w;
		char kind;

		aisp_jinja__said(j, text);
		rest = aisp_slice_from(rest, n);
		if (rest.n < 2)
			break;
		kind = rest.p[1];
		rest = aisp_slice_from(rest, 2);
		if (kind == '#') {
			end = aisp_slice_find(rest, AISP_S("#}"));
			if (end == SIZE_MAX)
				break;
			rest = aisp_slice_from(rest, end + 2);
			continue;
		}
		end = tag_end(rest, kind == '{' ? "}}" : "%}");
		if (end == SIZE_MAX)
			end = rest.n; /* unfinished: read what is there */
		in = inside(aisp_slice_to(rest, end));
		rest = aisp_slice_from(rest, end + 2);
		if (kind == '{') {
			struct aisp_jinja_val v;

			aisp_jinja__url_tail(j, text);
			v = aisp_jinja__expr(j, in, NULL);
			if (v.is_str && (v.flags & AISP_JINJA_BUILT))
				check_phrases(j, v.s);
			continue;
		}
		w = in;
		if (aisp_slice_eqz(word(&w), "raw"))
			rest = skip_raw(j, rest);
		else
			statement(j, in);
	}
	while (j->n_ifs)
		aisp_jinja__close(j);
}

void aisp_model__template(struct aisp_model_run *run, struct aisp_slice where, struct aisp_slice text)
{
	struct aisp_jinja *j = aisp_arena_zalloc(run->a, 1, sizeof *j);

	if (!j || !(j->vars = aisp_arena_zalloc(run->a, VARS_MAX, sizeof *j->vars))) {
		aisp_model__nomem(run);
		return;
	}
	if (text.n > SOURCE_MAX) {
		aisp_model__partial(run, "a chat template of %zu bytes was not read fully", text.n);
		text = aisp_slice_to(text, SOURCE_MAX);
	}
	j->run = run;
	j->where = where;
	j->src = text;
	j->steps = STEPS_MAX;
	check_hidden(j);
	source(j);
	if (!j->steps && !run->partial.n)
		aisp_model__partial(run, "a chat template is too long to be followed to its end");
}

/* ---- files that are a template: chat_template.jinja, *.j2 */

static int detect(const struct aisp_input *in, struct aisp_slice head, struct aisp_slice path)
{
	struct aisp_slice name = aisp_slice_basename(path);

	(void)in;
	if (aisp_slice_chr(head, 0) != SIZE_MAX)
		return 0;
	if (aisp_model__suffixed_i(name, ".jinja") || aisp_model__suffixed_i(name, ".jinja2") || aisp_model__suffixed_i(name, ".j2"))
		return 70;
	return aisp_model__contains(name, "chat_template") && !aisp_model__suffixed_i(name, ".json") && aisp_model__contains(head, "{%") ? 60 : 0;
}

static void scan(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice path)
{
	(void)path;
	aisp_model__template(run, AISP_S(""), aisp_model__all(run, in, SOURCE_MAX));
}

const struct aisp_model_reader aisp_model__template_reader = {AISP_MODEL_TEMPLATE, detect, scan};
