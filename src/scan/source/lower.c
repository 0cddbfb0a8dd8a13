/* What the lowering of both languages shares. */
#include "scan/source/lower.h"

struct kids aisp_source__kids_of(struct lower *L, TSNode node)
{
	struct kids k = {L->pool.n, 0};

	ts_tree_cursor_reset(&L->cursor, node);
	if (L->bad < 0 || !ts_tree_cursor_goto_first_child(&L->cursor))
		return k;
	do {
		TSNode n = ts_tree_cursor_current_node(&L->cursor);
		TSSymbol sym = ts_node_symbol(n);
		TSFieldId f = ts_tree_cursor_current_field_id(&L->cursor);
		struct kid c = {n, sym < L->n_symbols ? L->kind_of[sym] : 0, f <= L->n_fields ? L->field_of[f] : 0,
		                ts_node_is_named(n)};

		if (ts_node_is_extra(n) && c.named && c.kind == 0) /* comments */
			continue;
		if (aisp_vec_push(&L->pool, c) < 0) {
			L->bad = AISP_E_NOMEM;
			break;
		}
		k.n++;
	} while (ts_tree_cursor_goto_next_sibling(&L->cursor));
	return k;
}

void aisp_source__kids_done(struct lower *L, struct kids k)
{
	L->pool.n = k.first;
}

bool aisp_source__kid_field(const struct lower *L, struct kids k, uint16_t field, struct kid *ret_kid)
{
	for (size_t i = 0; i < k.n; i++) {
		if (L->pool.v[k.first + i].field != field)
			continue;
		*ret_kid = L->pool.v[k.first + i];
		return true;
	}
	return false;
}

struct aisp_slice aisp_source__node_text(const struct lower *L, TSNode node)
{
	uint32_t from = ts_node_start_byte(node), to = ts_node_end_byte(node);

	if (to > L->text.n)
		to = (uint32_t)L->text.n;
	return from < to ? aisp_slice_of(L->text.p + from, to - from) : aisp_slice_of(NULL, 0);
}

uint32_t aisp_source__node_line(const struct lower *L, TSNode node)
{
	uint32_t row = ts_node_start_point(node).row;

	if (L->line_map)
		return row < L->n_lines ? L->line_map[row] : 0;
	return row + 1;
}

void *aisp_source__lower_alloc(struct lower *L, size_t n)
{
	void *p = L->bad < 0 ? NULL : aisp_arena_zalloc(L->a, 1, n);

	if (!p && L->bad == 0)
		L->bad = aisp_arena_full(L->a) ? AISP_E_LIMIT : AISP_E_NOMEM;
	return p;
}

struct sx *aisp_source__sx_new(struct lower *L, enum sx_kind kind, TSNode at)
{
	struct sx *x = aisp_source__lower_alloc(L, sizeof *x);

	if (x) {
		x->kind = (uint8_t)kind;
		x->line = aisp_source__node_line(L, at);
		x->pos = ts_node_start_byte(at);
		x->block = L->block;
		x->in = L->scope;
	}
	return x;
}

struct sx *aisp_source__sx_str(struct lower *L, TSNode at, struct aisp_slice s)
{
	struct sx *x = aisp_source__sx_new(L, SX_STR, at);

	if (x)
		x->s = s;
	return x;
}

struct sx *aisp_source__sx_kids(struct lower *L, enum sx_kind kind, TSNode at, struct sx *const *kids, size_t n)
{
	struct sx *x = aisp_source__sx_new(L, kind, at);
	struct sx **copy = n ? aisp_source__lower_alloc(L, n * sizeof *copy) : NULL;

	if (!x || (n && !copy))
		return NULL;
	for (size_t i = 0; i < n; i++)
		copy[i] = kids[i];
	x->kids = copy;
	x->n = (uint32_t)n;
	return x;
}

struct sx *aisp_source__sx_name(struct lower *L, TSNode at, struct aisp_slice name)
{
	struct sx *x = aisp_source__sx_new(L, SX_NAME, at);

	if (x)
		x->s = name;
	return x;
}

struct sx *aisp_source__sx_import(struct lower *L, TSNode at, struct aisp_slice module, struct aisp_slice symbol)
{
	struct sx *x = aisp_source__sx_new(L, SX_IMPORT, at);
	struct aisp_slice *sym = aisp_source__lower_alloc(L, sizeof *sym);

	if (!x || !sym)
		return NULL;
	*sym = symbol;
	x->s = module;
	x->symbol = sym;
	return x;
}

static struct aisp_slice qualified(struct lower *L, struct aisp_slice outer, struct aisp_slice name)
{
	struct aisp_slice q = name;

	if (outer.n && name.n && outer.n + name.n < 512)
		q = aisp_arena_printf(L->a, "%.*s.%.*s", AISP_FMT(outer), AISP_FMT(name));
	else if (!name.n)
		q = outer;
	if (!q.p && q.n)
		L->bad = AISP_E_NOMEM;
	return q;
}

struct sscope *aisp_source__scope_push(struct lower *L, enum sscope_kind kind, struct aisp_slice name, TSNode at)
{
	struct sscope *s = aisp_source__lower_alloc(L, sizeof *s);

	if (!s)
		return NULL;
	s->kind = kind;
	s->name = name;
	s->parent = L->scope;
	s->mod = L->m;
	s->line = aisp_source__node_line(L, at);
	s->qual = qualified(L, L->scope ? L->scope->qual : aisp_slice_z(""), name);
	if (kind != SSCOPE_MODULE && !aisp_source__is_python(L->m->lang))
		s->doc = aisp_source__doc_before(L, ts_node_start_byte(at));
	s->kids_tail = &s->kids;
	s->binds_tail = &s->binds;
	s->roots_tail = &s->roots;
	s->returns_tail = &s->returns;
	s->decorators_tail = &s->decorators;
	if (L->scope) {
		*L->scope->kids_tail = s;
		L->scope->kids_tail = &s->next;
	}
	L->scope = s;
	(void)aisp_source__block_push(L);
	return s;
}

void aisp_source__scope_pop(struct lower *L, struct sscope *s, uint32_t outer_block)
{
	if (s)
		L->scope = s->parent;
	L->block = outer_block;
}

uint32_t aisp_source__block_push(struct lower *L)
{
	struct aisp_source_module *m = L->m;
	uint32_t outer = L->block;

	if (m->n_blocks == m->cap_blocks) {
		uint32_t cap = m->cap_blocks ? m->cap_blocks * 2 : 64;
		uint32_t *p = aisp_source__lower_alloc(L, cap * sizeof *p);

		if (!p)
			return outer;
		if (m->n_blocks)
			memcpy(p, m->blocks, m->n_blocks * sizeof *p);
		m->blocks = p;
		m->cap_blocks = cap;
	}
	m->blocks[m->n_blocks] = outer;
	L->block = m->n_blocks++;
	return outer;
}

struct sbind *aisp_source__bind(struct lower *L, struct sscope *s, struct aisp_slice name, struct sx *value, uint32_t pos)
{
	struct sbind *b = s && name.n ? aisp_source__lower_alloc(L, sizeof *b) : NULL;

	if (!b)
		return NULL;
	b->name = name;
	b->value = value;
	b->pos = pos;
	b->block = L->block;
	*s->binds_tail = b;
	s->binds_tail = &b->next;
	s->n_binds++;
	return b;
}

void aisp_source__root_add(struct lower *L, struct sroot ***tail, struct sx *x)
{
	struct sroot *r = x ? aisp_source__lower_alloc(L, sizeof *r) : NULL;

	if (!r)
		return;
	r->x = x;
	**tail = r;
	*tail = &r->next;
}

void aisp_source__mention(struct lower *L, struct aisp_slice module, struct aisp_slice name, uint32_t line)
{
	struct smention *n = module.n ? aisp_source__lower_alloc(L, sizeof *n) : NULL;

	if (!n)
		return;
	n->module = module;
	n->name = name;
	n->line = line;
	*L->m->mentions_tail = n;
	L->m->mentions_tail = &n->next;
}

void aisp_source__star_add(struct lower *L, struct aisp_slice module)
{
	struct sstar *s = aisp_source__lower_alloc(L, sizeof *s);

	if (!s)
		return;
	s->module = module;
	s->next = L->m->stars;
	L->m->stars = s;
}

struct sscope *aisp_source__class_around(struct sscope *s)
{
	for (; s; s = s->parent) {
		if (s->kind == SSCOPE_CLASS)
			return s;
		if (s->kind == SSCOPE_MODULE)
			return NULL;
	}
	return NULL;
}

/* The value of n hexadecimal digits at p, or UINT32_MAX. */
static uint32_t hex_of(const char *p, size_t n)
{
	uint32_t v = 0;

	for (size_t i = 0; i < n; i++) {
		char c = p[i];

		v <<= 4;
		if (c >= '0' && c <= '9')
			v |= (uint32_t)(c - '0');
		else if ((c | 32) >= 'a' && (c | 32) <= 'f')
			v |= (uint32_t)((c | 32) - 'a' + 10);
		else
			return UINT32_MAX;
	}
	return v;
}

static size_t put_utf8(char *out, uint32_t cp)
{
	if (cp < 0x80) {
		out[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		out[0] = (char)(0xC0 | cp >> 6);
		out[1] = (char)(0x80 | (cp & 63));
		return 2;
	}
	out[0] = (char)(0xE0 | cp >> 12);
	out[1] = (char)(0x80 | (cp >> 6 & 63));
	out[2] = (char)(0x80 | (cp & 63));
	return 3;
}

/* One escape at in[0] == '\\'; writes to out, gives the bytes read. */
static size_t unescape_one(struct aisp_slice in, char *out, size_t *n_out)
{
	char c = in.p[1];
	size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : 0;
	uint32_t cp;

	switch (c) {
	case 'n':
		out[(*n_out)++] = '\n';
		return 2;
	case 't':
		out[(*n_out)++] = '\t';
		return 2;
	case 'r':
		out[(*n_out)++] = '\r';
		return 2;
	case '\n':
		return 2;
	case 'x':
	case 'u':
		cp = in.n >= 2 + digits ? hex_of(in.p + 2, digits) : UINT32_MAX;
		if (cp > 0xFFFF || cp == 0 || (cp >= 0xD800 && cp <= 0xDFFF))
			break;
		*n_out += put_utf8(out + *n_out, cp);
		return 2 + digits;
	default:
		break;
	}
	if (c != '\\' && c != '\'' && c != '"' && c != '`' && c != '$' && c != '/')
		out[(*n_out)++] = '\\';
	out[(*n_out)++] = c;
	return 2;
}

struct aisp_slice aisp_source__unescape(struct lower *L, struct aisp_slice s)
{
	char *out;
	size_t n = 0;

	if (aisp_slice_chr(s, '\\') == SIZE_MAX)
		return s;
	out = aisp_source__lower_alloc(L, s.n + 1);
	if (!out)
		return aisp_slice_of(NULL, 0);
	for (size_t i = 0; i < s.n;) {
		if (s.p[i] == '\\' && i + 1 < s.n)
			i += unescape_one(aisp_slice_from(s, i), out, &n);
		else
			out[n++] = s.p[i++];
	}
	return aisp_slice_of(out, n);
}

void aisp_source__sxs_add(struct lower *L, sx_vec *v, struct sx *x)
{
	if (x && aisp_vec_push(v, x) < 0)
		L->bad = AISP_E_NOMEM;
}

void aisp_source__args_add(struct lower *L, arg_vec *v, struct sx_arg a)
{
	if (a.value && aisp_vec_push(v, a) < 0)
		L->bad = AISP_E_NOMEM;
}

struct sx **aisp_source__sxs_take(struct lower *L, sx_vec *v, uint32_t *ret_n)
{
	struct sx **p = v->n ? aisp_source__lower_alloc(L, v->n * sizeof *p) : NULL;

	*ret_n = 0;
	if (p) {
		memcpy(p, v->v, v->n * sizeof *p);
		*ret_n = (uint32_t)v->n;
	}
	aisp_vec_done(v);
	return p;
}

struct sx_arg *aisp_source__args_take(struct lower *L, arg_vec *v, uint32_t *ret_n)
{
	struct sx_arg *p = v->n ? aisp_source__lower_alloc(L, v->n * sizeof *p) : NULL;

	*ret_n = 0;
	if (p) {
		memcpy(p, v->v, v->n * sizeof *p);
		*ret_n = (uint32_t)v->n;
	}
	aisp_vec_done(v);
	return p;
}

bool aisp_source__lower_enter(struct lower *L)
{
	if (L->depth >= L->max_depth) {
		L->m->partial = "code nested deeper than the limit was left out";
		return false;
	}
	L->depth++;
	return L->bad == 0;
}
