/* Files of names and values: see settings.h. */
#include "collect/files/settings.h"

void aisp_settings_done(struct aisp_settings *s)
{
	aisp_vec_done(&s->v);
}

static int push(struct aisp_settings *s, struct aisp_slice name, struct aisp_slice value, uint32_t line, struct aisp_err *err)
{
	struct aisp_setting item = {.name = name, .value = value, .line = line, .pointer = name};

	if (!item.value.p)
		item.value = AISP_S("");
	if (s->v.n >= 100000)
		return aisp_fail(err, AISP_E_LIMIT, "more than 100,000 settings in one file");
	if (aisp_vec_push(&s->v, item) < 0)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for settings");
	return 0;
}

static bool is_name(struct aisp_slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-'))
			return false;
	}
	return s.n > 0 && s.n <= 256;
}

static struct aisp_slice without_bom(struct aisp_slice text)
{
	return aisp_slice_starts(text, AISP_S("\xef\xbb\xbf")) ? aisp_slice_from(text, 3) : text;
}

/* The end of a quoted value that begins at text[i] (a quote): position of the closing quote, or of the line's end when it
 * is never closed. */
static size_t closing_quote(struct aisp_slice text, size_t i, bool *ret_closed)
{
	char q = text.p[i];
	size_t k = i + 1;

	while (k < text.n && text.p[k] != q) {
		if (q == '"' && text.p[k] == '\\' && k + 1 < text.n)
			k++;
		k++;
	}
	*ret_closed = k < text.n;
	if (k < text.n)
		return k;
	for (k = i + 1; k < text.n && text.p[k] != '\n'; k++)
		;
	return k;
}

/* Where the unquoted value ends: the line, or " #". */
static size_t unquoted_end(struct aisp_slice text, size_t i)
{
	while (i < text.n && text.p[i] != '\n') {
		if (text.p[i] == '#' && i > 0 && (text.p[i - 1] == ' ' || text.p[i - 1] == '\t'))
			break;
		i++;
	}
	return i;
}

/* NAME= at the begin of a line; 0 = no setting, else the position behind the "=". */
static size_t env_name(struct aisp_slice text, size_t i, size_t eol, struct aisp_slice *ret_name)
{
	struct aisp_slice l = aisp_slice_trim(aisp_slice_of(text.p + i, eol - i));

	if (aisp_slice_starts(l, AISP_S("export ")))
		l = aisp_slice_trim(aisp_slice_from(l, 7));
	size_t eq = aisp_slice_chr(l, '=');
	*ret_name = aisp_slice_trim(aisp_slice_to(l, eq == SIZE_MAX ? 0 : eq));
	if (l.n == 0 || l.p[0] == '#' || !is_name(*ret_name))
		return 0;
	return (size_t)(l.p - text.p) + eq + 1;
}

static size_t line_end(struct aisp_slice text, size_t i)
{
	while (i < text.n && text.p[i] != '\n')
		i++;
	return i;
}

/* A quoted value at text[at]; *eol moves to the end of the line it closes on. */
static struct aisp_slice quoted(struct aisp_slice text, size_t at, size_t *eol)
{
	bool closed;
	size_t end = closing_quote(text, at, &closed);
	struct aisp_slice v = aisp_slice_of(text.p + at + 1, end - at - 1);

	*eol = line_end(text, end);
	return closed ? v : aisp_slice_trim(v);
}

int aisp_settings_parse_env(struct aisp_slice text, struct aisp_settings *ret, struct aisp_err *err)
{
	uint32_t line = 1;
	int r = 0;

	text = without_bom(text);
	for (size_t i = 0, eol; r == 0 && i < text.n; i = eol + 1, line++) {
		struct aisp_slice name, value;
		eol = line_end(text, i);
		size_t at = env_name(text, i, eol, &name);
		uint32_t first = line;
		if (at == 0)
			continue;
		while (at < eol && (text.p[at] == ' ' || text.p[at] == '\t'))
			at++;
		if (at < eol && memchr("\"'`", text.p[at], 3)) {
			value = quoted(text, at, &eol);
			for (size_t k = at; k < eol; k++)
				line += text.p[k] == '\n';
		} else {
			value = aisp_slice_trim(aisp_slice_of(text.p + at, unquoted_end(text, at) - at));
		}
		r = push(ret, name, value, first, err);
	}
	return r;
}

/* "key=value" or "key: value" of one line; false when it is neither. */
static bool property(struct aisp_slice l, bool goes_on, struct aisp_slice *name, struct aisp_slice *value)
{
	size_t sep = 0;

	if (l.n == 0 || memchr("#![;", l.p[0], 4))
		return false;
	while (sep < l.n && l.p[sep] != '=' && l.p[sep] != ':')
		sep++;
	*name = aisp_slice_trim(aisp_slice_to(l, sep));
	*value = aisp_slice_trim(aisp_slice_from(l, sep + 1));
	if (sep == l.n || !is_name(*name))
		return false;
	if (goes_on && value->n)
		*value = aisp_slice_trim(aisp_slice_to(*value, value->n - 1));
	if (value->n >= 2 && (value->p[0] == '"' || value->p[0] == '\'') && value->p[value->n - 1] == value->p[0])
		*value = aisp_slice_of(value->p + 1, value->n - 2);
	return true;
}

int aisp_settings_parse_properties(struct aisp_slice text, struct aisp_settings *ret, struct aisp_err *err)
{
	struct aisp_slice rest = without_bom(text), l, name, value;
	bool goes_on = false;
	uint32_t line = 0;
	int r = 0;

	while (r == 0 && rest.p && aisp_slice_split(&rest, '\n', &l)) {
		bool part = goes_on;
		line++;
		l = aisp_slice_trim(l);
		goes_on = l.n > 0 && l.p[l.n - 1] == '\\';
		if (!part && property(l, goes_on, &name, &value))
			r = push(ret, name, value, line, err);
	}
	return r;
}

static int tree(struct aisp_arena *a, const struct aisp_doc *d, struct aisp_slice name, struct aisp_settings *ret,
                struct aisp_err *err)
{
	int r = 0;

	if (!d)
		return 0;
	if (d->type == AISP_DOC_STR)
		return name.n && name.n <= 256 ? push(ret, name, d->s, d->line, err) : 0;
	if (d->type == AISP_DOC_INT) {
		struct aisp_slice text = aisp_arena_printf(a, "%lld", (long long)d->i);
		if (!text.p)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory for settings");
		return name.n && name.n <= 256 ? push(ret, name, text, d->line, err) : 0;
	}
	for (uint32_t i = 0; r == 0 && i < aisp_doc_count(d) && name.n <= 256; i++) {
		const struct aisp_doc *child = d->type == AISP_DOC_OBJ ? &d->members[i].value : &d->items[i];
		struct aisp_slice sub;
		if (d->type == AISP_DOC_OBJ)
			sub = aisp_arena_printf(a, "%.*s%s%.*s", AISP_FMT(name), name.n ? "." : "", AISP_FMT(d->members[i].key));
		else
			sub = aisp_arena_printf(a, "%.*s.%u", AISP_FMT(name), i);
		if (!sub.p)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory for settings");
		r = tree(a, child, sub, ret, err);
	}
	return r;
}

int aisp_settings_parse_tree(struct aisp_arena *a, const struct aisp_doc *doc, struct aisp_settings *ret, struct aisp_err *err)
{
	return tree(a, doc, AISP_S(""), ret, err);
}

void aisp_settings_add(struct aisp_emit *e, struct aisp_slice path, const struct aisp_settings *s)
{
	if (s->v.n == 0)
		return;
	struct aisp_holder h = {.id = aisp_emit_file_id(e, path), .path = path};
	h.node = h.file = aisp_emit_file(e, path);
	aisp_holder_add(e, &h, s->v.v, s->v.n);
}

void aisp_settings_add_tree(struct aisp_emit *e, struct aisp_slice path, const struct aisp_settings *s)
{
	struct aisp_settings some = {0};
	bool any = false;

	for (size_t i = 0; i < s->v.n; i++) {
		const struct aisp_setting *x = &s->v.v[i];
		struct aisp_value v;
		struct aisp_slice prefix;
		aisp_value_classify(x->name, x->value, &v);
		bool keep = v.kind == AISP_VALUE_SECRET || v.kind == AISP_VALUE_CONNECTION;
		any |= keep;
		if (!keep && (!aisp_family_part_of(x->name, &prefix) || !aisp_family_is_store(prefix)))
			continue;
		if (aisp_vec_push(&some.v, *x) < 0)
			aisp_emit_fail(e, AISP_E_NOMEM, NULL);
	}
	if (any)
		aisp_settings_add(e, path, &some);
	aisp_settings_done(&some);
}

/* Looking values up. */

const struct aisp_env_file *aisp_env_files_find(const struct aisp_env_files *f, struct aisp_slice path)
{
	size_t lo = 0, hi = f ? f->n : 0;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = aisp_slice_cmp(f->v[mid].path, path);
		if (c == 0)
			return &f->v[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

struct aisp_slice aisp_env_file_get(const struct aisp_env_file *f, struct aisp_slice name)
{
	struct aisp_slice none = {0};

	for (size_t i = f ? f->n : 0; i-- > 0;)
		if (aisp_slice_eq(f->v[i].name, name))
			return f->v[i].value;
	return none;
}

void aisp_texts_done(struct aisp_texts *t)
{
	for (size_t i = 0; i < t->v.n; i++) {
		char *p = (char *)(uintptr_t)t->v.v[i].p;
		explicit_bzero(p, t->v.v[i].n);
		aisp_mem_free(p);
	}
	aisp_vec_done(&t->v);
}

/* Where the name that begins at s[i] ends. */
static size_t name_end(struct aisp_slice s, size_t i)
{
	while (i < s.n && (s.p[i] == '_' || (s.p[i] >= '0' && s.p[i] <= '9') || ((s.p[i] | 32) >= 'a' && (s.p[i] | 32) <= 'z')))
		i++;
	return i;
}

/* The brace that closes the one before s[i]; s.n when there is none. */
static size_t closing_brace(struct aisp_slice s, size_t i)
{
	for (unsigned depth = 1; i < s.n; i++) {
		if (s.p[i] == '{')
			depth++;
		if (s.p[i] == '}' && --depth == 0)
			break;
	}
	return i;
}

/* ${NAME op word}: op is "-", "+", "?" or these behind a colon, which takes an empty value for none. */
static struct aisp_slice with_operator(struct aisp_slice value, struct aisp_slice op)
{
	bool colon = op.n > 0 && op.p[0] == ':';
	bool set = value.p && (!colon || value.n > 0);

	op = aisp_slice_from(op, colon);
	if (op.n == 0)
		return value;
	struct aisp_slice word = aisp_slice_of(op.p + 1, op.n - 1);
	if (op.p[0] == '-')
		return set ? value : word;
	if (op.p[0] == '+')
		return set ? word : AISP_S("");
	return value;
}

/* One reference at s[i] == '$'. Gives its length, and its value (p NULL: not known). */
static size_t reference(struct aisp_slice s, size_t i, const struct aisp_env_file *env, struct aisp_slice *ret)
{
	size_t from = i + 1, end;
	bool braces = from < s.n && s.p[from] == '{';

	*ret = (struct aisp_slice){0};
	if (from < s.n && s.p[from] == '$') {
		*ret = AISP_S("$");
		return 2;
	}
	from += braces;
	end = name_end(s, from);
	struct aisp_slice value = aisp_env_file_get(env, aisp_slice_of(s.p + from, end - from));
	if (!braces) {
		*ret = value;
		return end == from ? 1 : end - i;
	}
	size_t close = closing_brace(s, end);
	if (close >= s.n)
		return s.n - i;
	*ret = with_operator(value, aisp_slice_of(s.p + end, close - end));
	return close + 1 - i;
}

/* Writes the result to out when it is not NULL; its length, or SIZE_MAX when a name is not known. */
static size_t interpolate(struct aisp_slice s, const struct aisp_env_file *env, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n;) {
		struct aisp_slice v = aisp_slice_of(s.p + i, 1);
		size_t len = s.p[i] == '$' ? reference(s, i, env, &v) : 1;
		if (!v.p || aisp_slice_find(v, AISP_S("${")) != SIZE_MAX)
			return SIZE_MAX;
		if (out && v.n)
			memcpy(out + n, v.p, v.n);
		n += v.n;
		i += len;
	}
	return n;
}

int aisp_texts_interpolate(struct aisp_texts *t, struct aisp_slice value, const struct aisp_env_file *env,
                           struct aisp_slice *ret, struct aisp_err *err)
{
	size_t n = aisp_slice_chr(value, '$') == SIZE_MAX || value.n > 65536 ? SIZE_MAX : interpolate(value, env, NULL);

	*ret = value;
	if (n == SIZE_MAX || n > 1 << 20)
		return 0;
	char *p = aisp_mem_alloc(n + 1);
	if (!p)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a value");
	interpolate(value, env, p);
	p[n] = '\0';
	if (aisp_vec_push(&t->v, aisp_slice_of(p, n)) < 0) {
		explicit_bzero(p, n);
		aisp_mem_free(p);
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a value");
	}
	*ret = aisp_slice_of(p, n);
	return 0;
}

void aisp_doc_wipe(const struct aisp_doc *doc)
{
	if (!doc)
		return;
	if (doc->type == AISP_DOC_STR && doc->s.n)
		explicit_bzero((char *)(uintptr_t)doc->s.p, doc->s.n);
	for (uint32_t i = 0; i < aisp_doc_count(doc); i++)
		aisp_doc_wipe(doc->type == AISP_DOC_OBJ ? &doc->members[i].value : &doc->items[i]);
}
