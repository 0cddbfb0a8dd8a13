/* Dockerfiles: see dockerfile.h. */
#include "collect/files/dockerfile.h"
#include "collect/files/settings.h"

enum { MAX_STAGES = 64, MAX_WORDS = 256 };

struct stage {
	struct aisp_slice name, from; /* as written, variables put in */
	int base;                     /* the stage it is built on, or -1 */
	struct aisp_slice entrypoint, cmd, user, workdir;
};

struct reader {
	struct aisp_emit *e;
	struct aisp_slice path;
	aisp_node file, component;
	struct stage stages[MAX_STAGES];
	int n_stages;
	char escape;
	struct aisp_settings globals; /* ARG before the first FROM */
	struct aisp_settings env;     /* ENV and ARG defaults, in order */
	struct aisp_texts texts;
	bool first; /* no Dockerfile of this component was read before */
};

static struct stage *current(struct reader *d)
{
	return d->n_stages ? &d->stages[d->n_stages - 1] : NULL;
}

static int push_setting(struct aisp_settings *s, struct aisp_slice name, struct aisp_slice value, uint32_t line)
{
	struct aisp_setting item = {.name = name, .value = value.p ? value : AISP_S(""), .line = line};

	return aisp_vec_push(&s->v, item);
}

static struct aisp_slice unquote(struct aisp_slice v)
{
	if (v.n >= 2 && (v.p[0] == '"' || v.p[0] == '\'') && v.p[v.n - 1] == v.p[0])
		return aisp_slice_of(v.p + 1, v.n - 2);
	return v;
}

/* The next word: white space ends it, quotes hold it together. */
static bool next_word(struct aisp_slice *rest, struct aisp_slice *ret)
{
	size_t i = 0;
	char quote = 0;

	*rest = aisp_slice_trim(*rest);
	if (rest->n == 0)
		return false;
	for (; i < rest->n; i++) {
		char c = rest->p[i];
		if (quote) {
			if (c == quote)
				quote = 0;
		} else if (c == '"' || c == '\'') {
			quote = c;
		} else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
			break;
		}
	}
	*ret = aisp_slice_to(*rest, i);
	*rest = aisp_slice_from(*rest, i);
	return true;
}

/* Without a comment's or a continuation's leftovers: flags such as --from=x in front. */
static struct aisp_slice skip_flags(struct aisp_slice rest, struct aisp_slice *ret_from)
{
	struct aisp_slice w, before = rest;

	while (next_word(&rest, &w) && aisp_slice_starts(w, AISP_S("--"))) {
		if (ret_from && aisp_slice_starts(w, AISP_S("--from=")))
			*ret_from = aisp_slice_from(w, 7);
		before = rest;
	}
	return aisp_slice_trim(before);
}

static struct aisp_slice substitute(struct reader *d, struct aisp_slice v)
{
	struct aisp_env_file env = {.v = d->globals.v.v, .n = d->globals.v.n};
	struct aisp_slice out = v;
	struct aisp_err err = {0};

	aisp_emit_fail(d->e, aisp_texts_interpolate(&d->texts, v, &env, &out, &err), &err);
	return out;
}

static void on_from(struct reader *d, struct aisp_slice rest, uint32_t line)
{
	struct aisp_slice image = {0}, as = {0}, name = {0};
	struct aisp_place at = {.path = d->path, .line = line};

	rest = skip_flags(rest, NULL);
	if (!next_word(&rest, &image) || d->n_stages == MAX_STAGES)
		return;
	if (next_word(&rest, &as) && aisp_slice_eqi(as, AISP_S("as")))
		next_word(&rest, &name);
	struct stage s = {.name = name, .from = substitute(d, image), .base = -1};
	for (int i = 0; i < d->n_stages; i++)
		if (d->stages[i].name.n && aisp_slice_eqi(d->stages[i].name, s.from))
			s.base = i;
	if (s.base >= 0) {
		const struct stage *b = &d->stages[s.base];
		s.entrypoint = b->entrypoint;
		s.cmd = b->cmd;
		s.user = b->user;
		s.workdir = b->workdir;
	} else if (!aisp_slice_eqz(s.from, "scratch")) {
		aisp_emit_image(d->e, s.from, &at);
		if (!aisp_value_is_reference(s.from))
			aisp_emit_item(d->e, d->component, "base_images", s.from);
	}
	d->stages[d->n_stages++] = s;
}

static void on_env(struct reader *d, struct aisp_slice rest, uint32_t line)
{
	struct aisp_slice w, whole = rest;

	if (!next_word(&rest, &w))
		return;
	if (aisp_slice_chr(w, '=') == SIZE_MAX) { /* the old form: ENV NAME the rest */
		if (push_setting(&d->env, w, unquote(aisp_slice_trim(rest)), line) < 0)
			aisp_emit_fail(d->e, AISP_E_NOMEM, NULL);
		return;
	}
	for (rest = whole; next_word(&rest, &w);) {
		size_t eq = aisp_slice_chr(w, '=');
		if (eq != SIZE_MAX && eq > 0 && push_setting(&d->env, aisp_slice_to(w, eq), unquote(aisp_slice_from(w, eq + 1)), line) < 0)
			aisp_emit_fail(d->e, AISP_E_NOMEM, NULL);
	}
}

static void on_arg(struct reader *d, struct aisp_slice rest, uint32_t line)
{
	struct aisp_slice w;

	while (next_word(&rest, &w)) {
		size_t eq = aisp_slice_chr(w, '=');
		if (eq == SIZE_MAX || eq == 0)
			continue;
		struct aisp_settings *to = d->n_stages ? &d->env : &d->globals;
		if (push_setting(to, aisp_slice_to(w, eq), unquote(aisp_slice_from(w, eq + 1)), line) < 0)
			aisp_emit_fail(d->e, AISP_E_NOMEM, NULL);
	}
}

/* ["a", "b"] or a shell line, as one text without secrets. */
static struct aisp_slice command_text(struct reader *d, struct aisp_slice rest, uint32_t line)
{
	struct aisp_place at = {.path = d->path, .line = line};
	struct aisp_slice words[MAX_WORDS];
	const struct aisp_doc *doc;
	size_t n = 0;

	rest = aisp_slice_trim(rest);
	if (rest.n && rest.p[0] == '[' && aisp_json_parse(d->e->a, rest, NULL, &doc, NULL) == 0) {
		for (; n < aisp_doc_count(doc) && n < MAX_WORDS; n++)
			words[n] = aisp_doc_str(aisp_doc_at(doc, (uint32_t)n));
		struct aisp_slice text = aisp_args_show(d->e, words, n, &d->file, 1, &at);
		aisp_doc_wipe(doc);
		return text;
	}
	words[0] = rest;
	return aisp_args_show(d->e, words, 1, &d->file, 1, &at);
}

static void on_copy(struct reader *d, struct aisp_slice rest, uint32_t line)
{
	struct aisp_slice from = {0};

	(void)line;
	rest = skip_flags(rest, &from);
	if (from.n == 0 && d->first)
		aisp_emit_item(d->e, d->component, "copies", aisp_slice_to(rest, rest.n < 512 ? rest.n : 512));
}

static void on_expose(struct reader *d, struct aisp_slice rest, uint32_t line)
{
	struct aisp_slice w;

	(void)line;
	while (next_word(&rest, &w))
		if (d->first && !aisp_value_is_reference(w))
			aisp_emit_item(d->e, d->component, "exposed_ports", w);
}

static void on_user(struct reader *d, struct aisp_slice rest, uint32_t line)
{
	(void)line;
	if (current(d))
		current(d)->user = aisp_slice_trim(rest);
}

static void on_workdir(struct reader *d, struct aisp_slice rest, uint32_t line)
{
	(void)line;
	if (current(d))
		current(d)->workdir = unquote(aisp_slice_trim(rest));
}

static void on_entrypoint(struct reader *d, struct aisp_slice rest, uint32_t line)
{
	if (!current(d))
		return;
	current(d)->entrypoint = command_text(d, rest, line);
	current(d)->cmd = (struct aisp_slice){0}; /* an ENTRYPOINT takes an inherited CMD away */
}

static void on_cmd(struct reader *d, struct aisp_slice rest, uint32_t line)
{
	if (current(d))
		current(d)->cmd = command_text(d, rest, line);
}

static void on_run(struct reader *d, struct aisp_slice rest, uint32_t line)
{
	command_text(d, rest, line);
}

static const struct {
	const char *name;
	void (*run)(struct reader *, struct aisp_slice, uint32_t);
} instructions[] = {
	{"FROM", on_from},       {"ARG", on_arg},   {"ENV", on_env},         {"COPY", on_copy},
	{"ADD", on_copy},        {"USER", on_user}, {"EXPOSE", on_expose},   {"ENTRYPOINT", on_entrypoint},
	{"CMD", on_cmd},         {"RUN", on_run},   {"WORKDIR", on_workdir}, {"LABEL", on_run},
	{"HEALTHCHECK", on_run},
};

static void instruction(struct reader *d, struct aisp_slice text, uint32_t line)
{
	struct aisp_slice word, rest = text;

	if (!next_word(&rest, &word))
		return;
	for (size_t i = 0; i < sizeof instructions / sizeof *instructions; i++)
		if (aisp_slice_eqi(word, aisp_slice_z(instructions[i].name)))
			instructions[i].run(d, aisp_slice_trim(rest), line);
}

/* The word behind << of a here-document; empty when the line opens none. */
static struct aisp_slice heredoc(struct aisp_slice line)
{
	size_t at = aisp_slice_find(line, AISP_S("<<")), i = 0;
	struct aisp_slice w = {0};

	if (at == SIZE_MAX)
		return w;
	w = aisp_slice_from(line, at + 2);
	while (w.n > 0 && memchr("-'\"", w.p[0], 3))
		w = aisp_slice_from(w, 1);
	while (i < w.n && ((w.p[i] | 32) >= 'a' || w.p[i] == '_' || (w.p[i] >= '0' && w.p[i] <= '9')) && (w.p[i] | 32) <= 'z')
		i++;
	return aisp_slice_to(w, i);
}

/* Runs an instruction whose lines were put together; what its words borrow from lives until the file is done. */
static void run_whole(struct reader *d, struct aisp_buf *whole, uint32_t line)
{
	char *p = whole->bad == 0 && whole->n ? aisp_mem_alloc(whole->n) : NULL;

	if (whole->bad == AISP_E_LIMIT) {
		aisp_emit_gap(d->e, d->path, AISP_E_LIMIT, AISP_S("an instruction of over 1 MiB was passed over"));
	} else if (whole->bad || (whole->n && !p) || (p && aisp_vec_push(&d->texts.v, aisp_slice_of(p, whole->n)) < 0)) {
		aisp_mem_free(p);
		aisp_emit_fail(d->e, AISP_E_NOMEM, NULL);
	} else if (p) {
		memcpy(p, whole->p, whole->n);
		instruction(d, aisp_slice_of(p, whole->n), line);
	}
	if (whole->p)
		explicit_bzero(whole->p, whole->n);
	aisp_buf_clear(whole);
}

/* One line; true when the instruction ends with it. */
static bool put_line(struct reader *d, struct aisp_buf *whole, struct aisp_slice l)
{
	bool more = l.p[l.n - 1] == d->escape;

	aisp_buf_put(whole, aisp_slice_to(l, l.n - more));
	if (more)
		aisp_buf_putc(whole, ' ');
	return !more;
}

/* Puts continued lines together and runs each instruction. */
static void read_lines(struct reader *d, struct aisp_slice text)
{
	struct aisp_slice rest = text, line, end_word = {0};
	struct aisp_buf whole;
	uint32_t n = 0, first = 0;

	aisp_buf_init(&whole, 1 << 20);
	while (rest.p && aisp_slice_split(&rest, '\n', &line)) {
		struct aisp_slice l = aisp_slice_trim(line);
		n++;
		if (end_word.n) { /* inside a here-document */
			if (aisp_slice_eq(l, end_word))
				end_word.n = 0;
			continue;
		}
		if (n <= 3 && aisp_slice_starts(l, AISP_S("# escape=")) && l.n == 10)
			d->escape = l.p[9];
		if (l.n == 0 || l.p[0] == '#')
			continue;
		if (whole.n == 0)
			first = n;
		if (put_line(d, &whole, l)) {
			end_word = heredoc(l);
			run_whole(d, &whole, first);
		}
	}
	if (whole.n)
		aisp_emit_gap(d->e, d->path, AISP_E_PARSE, AISP_S("the last instruction is continued beyond the end of the file"));
	if (whole.p)
		explicit_bzero(whole.p, whole.n);
	aisp_buf_done(&whole);
}

static void finish(struct reader *d)
{
	const struct stage *last = current(d);

	if (!last) {
		aisp_emit_gap(d->e, d->path, AISP_E_PARSE, AISP_S("no FROM instruction: not a Dockerfile"));
		return;
	}
	struct aisp_holder h = {.node = d->file, .id = aisp_emit_file_id(d->e, d->path), .path = d->path, .file = d->file};
	aisp_holder_add(d->e, &h, d->env.v.v, d->env.v.n);
	aisp_holder_add(d->e, &h, d->globals.v.v, d->globals.v.n);
	if (!d->first)
		return;
	aisp_emit_str(d->e, d->component, "dockerfile", d->path);
	aisp_emit_str(d->e, d->component, "entrypoint",
	              aisp_slice_trim(aisp_emit_fmt(d->e, "%.*s %.*s", AISP_FMT(last->entrypoint), AISP_FMT(last->cmd))));
	if (!aisp_value_is_reference(last->workdir))
		aisp_emit_str(d->e, d->component, "workdir", last->workdir);
	if (!aisp_value_is_reference(last->user))
		aisp_emit_str(d->e, d->component, "user", last->user);
}

void aisp_dockerfile_add(struct aisp_emit *e, struct aisp_slice path, struct aisp_slice text)
{
	struct reader *d = e->bad ? NULL : aisp_mem_zalloc(1, sizeof *d);

	if (!d) {
		aisp_emit_fail(e, AISP_E_NOMEM, NULL);
		return;
	}
	d->e = e;
	d->path = path;
	d->escape = '\\';
	d->component = aisp_emit_component(e, aisp_slice_dirname(path), path);
	d->file = aisp_emit_file(e, path);
	d->first = !e->bad && aisp_graph_prop(e->g, d->component, "dockerfile").n == 0;
	if (aisp_slice_starts(text, AISP_S("\xef\xbb\xbf")))
		text = aisp_slice_from(text, 3);
	read_lines(d, text);
	finish(d);
	aisp_settings_done(&d->env);
	aisp_settings_done(&d->globals);
	aisp_texts_done(&d->texts);
	aisp_mem_free(d);
}
