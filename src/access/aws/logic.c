/* Conditions left open, as boolean expressions: solved exactly by tables of all worlds while there are few of them, and
 * written out as the shortest sum of products that the tables give (Minato-Morreale), what cannot be being taken as free.
 *
 * Invariants: an expression's parts have smaller numbers than it has; what cannot be solved is open, never yes or no.
 */
#include "access/aws/iam_int.h"

enum { MAX_ATOMS = 12, MAX_WORDS = 1 << (MAX_ATOMS - 6), MAX_TABLE = 1 << 19, MAX_CUBES = 200, MAX_TEXT = 16384, MAX_NEST = 24 };

static aisp_iam__x node(struct aisp_iam_scratch *s, int op, aisp_iam__x a, aisp_iam__x b)
{
	struct aisp_iam__node n = {.a = a, .b = b};

	n.op = (__typeof__(n.op))op;
	/* The same thing was often just made. */
	for (size_t i = s->nodes.n, k = 0; i > 2 && k < 16; k++) {
		i--;
		if (s->nodes.v[i].op == n.op && s->nodes.v[i].a == a && s->nodes.v[i].b == b)
			return (aisp_iam__x)i;
	}
	if (s->nodes.n == 0 && aisp_vec_reserve(&s->nodes, 64) < 0) {
		s->failed = true;
		return AISP_IAM__FALSE;
	}
	if (s->nodes.n == 0)
		s->nodes.n = 2;
	if (aisp_vec_push(&s->nodes, n) < 0) {
		s->failed = true;
		return AISP_IAM__FALSE;
	}
	return (aisp_iam__x)(s->nodes.n - 1);
}

aisp_iam__x aisp_iam__not(struct aisp_iam_scratch *s, aisp_iam__x a)
{
	if (a <= AISP_IAM__TRUE)
		return !a;
	return s->nodes.v[a].op == AISP_IAM__N_NOT ? s->nodes.v[a].a : node(s, AISP_IAM__N_NOT, a, 0);
}

static bool opposite(const struct aisp_iam_scratch *s, aisp_iam__x a, aisp_iam__x b)
{
	return (s->nodes.v[a].op == AISP_IAM__N_NOT && s->nodes.v[a].a == b) || (s->nodes.v[b].op == AISP_IAM__N_NOT && s->nodes.v[b].a == a);
}

aisp_iam__x aisp_iam__and(struct aisp_iam_scratch *s, aisp_iam__x a, aisp_iam__x b)
{
	if (a == AISP_IAM__FALSE || b == AISP_IAM__FALSE)
		return AISP_IAM__FALSE;
	if (a == AISP_IAM__TRUE || a == b)
		return b;
	if (b == AISP_IAM__TRUE)
		return a;
	return opposite(s, a, b) ? AISP_IAM__FALSE : node(s, AISP_IAM__N_AND, a, b);
}

aisp_iam__x aisp_iam__or(struct aisp_iam_scratch *s, aisp_iam__x a, aisp_iam__x b)
{
	if (a == AISP_IAM__TRUE || b == AISP_IAM__TRUE)
		return AISP_IAM__TRUE;
	if (a == AISP_IAM__FALSE || a == b)
		return b;
	if (b == AISP_IAM__FALSE)
		return a;
	return opposite(s, a, b) ? AISP_IAM__TRUE : node(s, AISP_IAM__N_OR, a, b);
}

static bool same_atom(const struct aisp_iam__atom *x, const struct aisp_iam__atom *y)
{
	if (x->kind != y->kind || x->opaque != y->opaque || !aisp_slice_eqi(x->key, y->key) || !aisp_slice_eq(x->yes, y->yes))
		return false;
	if (x->kind != AISP_IAM__A_COND || x->cond == y->cond)
		return true;
	if (x->cond->op != y->cond->op || x->cond->quant != y->cond->quant || x->cond->n != y->cond->n)
		return false;
	for (uint32_t i = 0; i < x->cond->n; i++)
		if (!aisp_slice_eq(x->cond->values[i].form, y->cond->values[i].form))
			return false;
	return true;
}

aisp_iam__x aisp_iam__atom_add(struct aisp_iam_scratch *s, const struct aisp_iam__atom *atom)
{
	size_t i = 0;

	while (i < s->atoms.n && !same_atom(&s->atoms.v[i], atom))
		i++;
	if (i == s->atoms.n && aisp_vec_push(&s->atoms, *atom) < 0) {
		s->failed = true;
		return AISP_IAM__FALSE;
	}
	for (size_t k = 2; k < s->nodes.n; k++)
		if (s->nodes.v[k].op == AISP_IAM__N_ATOM && s->nodes.v[k].a == i)
			return (aisp_iam__x)k;
	return node(s, AISP_IAM__N_ATOM, (aisp_iam__x)i, 0);
}

/* ---- Tables ---- */

struct table {
	uint32_t atoms[MAX_ATOMS];
	uint32_t n; /* atoms */
	size_t words;
	uint64_t *value, *cannot; /* of the expression; worlds that cannot be */
};

static size_t words_of(uint32_t n)
{
	return n <= 6 ? 1 : (size_t)1 << (n - 6);
}

static uint64_t full(uint32_t n)
{
	return n >= 6 ? UINT64_MAX : (UINT64_C(1) << (1u << n)) - 1;
}

static void variable_table(uint64_t *out, uint32_t var, size_t words)
{
	static const uint64_t low[6] = {0xaaaaaaaaaaaaaaaaULL, 0xccccccccccccccccULL, 0xf0f0f0f0f0f0f0f0ULL, 0xff00ff00ff00ff00ULL, 0xffff0000ffff0000ULL, 0xffffffff00000000ULL};

	for (size_t w = 0; w < words; w++)
		out[w] = var < 6 ? low[var] : (w >> (var - 6)) & 1 ? UINT64_MAX : 0;
}

/* Which nodes x has, and its atoms; false when there are too many. */
static bool reach(struct aisp_iam_scratch *s, aisp_iam__x x, uint32_t *row, uint32_t *rows, struct table *t)
{
	*rows = 0;
	row[x] = 1;
	for (aisp_iam__x i = x; i >= 2; i--) {
		const struct aisp_iam__node *n = &s->nodes.v[i];
		if (!row[i])
			continue;
		++*rows;
		if (n->op == AISP_IAM__N_ATOM) {
			if (t->n == MAX_ATOMS)
				return false;
			t->atoms[t->n++] = n->a;
			continue;
		}
		row[n->a] = 1;
		if (n->op != AISP_IAM__N_NOT)
			row[n->b] = 1;
	}
	/* In order of first use, so that equal questions have equal texts. */
	for (uint32_t i = 1; i < t->n; i++)
		for (uint32_t k = i; k > 0 && t->atoms[k - 1] > t->atoms[k]; k--) {
			uint32_t swap = t->atoms[k];
			t->atoms[k] = t->atoms[k - 1];
			t->atoms[k - 1] = swap;
		}
	return true;
}

static void fill_row(const struct aisp_iam_scratch *s, const struct table *t, aisp_iam__x i, const uint32_t *row, uint64_t *all)
{
	const struct aisp_iam__node *n = &s->nodes.v[i];
	uint64_t *out = all + (row[i] - 1) * t->words;

	if (n->op == AISP_IAM__N_ATOM) {
		uint32_t k = 0;
		while (k + 1 < t->n && t->atoms[k] != n->a)
			k++;
		variable_table(out, k, t->words);
		return;
	}
	const uint64_t *a = all + (row[n->a] - 1) * t->words, *b = n->op == AISP_IAM__N_NOT ? a : all + (row[n->b] - 1) * t->words;
	for (size_t w = 0; w < t->words; w++)
		out[w] = n->op == AISP_IAM__N_NOT ? ~a[w] : n->op == AISP_IAM__N_AND ? a[w] & b[w] : a[w] | b[w];
}

/* 1 when made, 0 when there are too many atoms or nodes, negative when out of memory. */
static int make_table(struct aisp_iam_scratch *s, aisp_iam__x x, struct table *ret)
{
	uint32_t *row = aisp_arena_zalloc(s->arena, x + 1, sizeof *row), rows = 0, number = 0;
	struct table t = {.n = 0};
	uint64_t *all;

	if (!row)
		return -1;
	if (!reach(s, x, row, &rows, &t))
		return 0;
	t.words = words_of(t.n);
	if ((size_t)rows * t.words > MAX_TABLE)
		return 0;
	all = aisp_arena_alloc(s->arena, (size_t)rows * t.words * sizeof *all);
	t.cannot = aisp_arena_zalloc(s->arena, t.words, sizeof *all);
	if (!all || !t.cannot)
		return -1;
	for (aisp_iam__x i = 2; i <= x; i++)
		if (row[i]) {
			row[i] = ++number;
			fill_row(s, &t, i, row, all);
		}
	t.value = all + (row[x] - 1) * t.words;
	aisp_iam__impossible(s, t.atoms, t.n, t.cannot);
	for (size_t w = 0; w < t.words; w++) {
		t.value[w] &= full(t.n);
		t.cannot[w] &= full(t.n);
	}
	*ret = t;
	return 1;
}

unsigned aisp_iam__solve(struct aisp_iam_scratch *s, aisp_iam__x x)
{
	struct table t;
	bool can = false, can_not = false;
	int r;

	if (x <= AISP_IAM__TRUE || s->failed)
		return x > AISP_IAM__TRUE ? 2 : x;
	r = make_table(s, x, &t);
	if (r < 0)
		s->failed = true;
	if (r <= 0)
		return 2;
	for (size_t w = 0; w < t.words; w++) {
		can |= (t.value[w] & ~t.cannot[w]) != 0;
		can_not |= (~t.value[w] & ~t.cannot[w] & full(t.n)) != 0;
	}
	return can && can_not ? 2 : can;
}

/* ---- Sums of products ---- */

struct cube {
	uint32_t yes, no; /* bits of atoms */
};
struct cover {
	struct cube v[MAX_CUBES];
	uint32_t n;
	bool full;
	uint64_t *room; /* a stack of tables */
};

static bool all_zero(const uint64_t *t, size_t words)
{
	for (size_t w = 0; w < words; w++)
		if (t[w])
			return false;
	return true;
}

static bool all_ones(const uint64_t *t, size_t words, uint32_t n)
{
	for (size_t w = 0; w < words; w++)
		if ((t[w] & full(n)) != full(n))
			return false;
	return true;
}

/* The half of a table over n variables in which variable n-1 has the value v. */
static void half(uint64_t *out, const uint64_t *t, uint32_t n, unsigned v)
{
	if (n > 6)
		memcpy(out, t + (v ? words_of(n - 1) : 0), words_of(n - 1) * sizeof *t);
	else
		out[0] = (v ? t[0] >> (1u << (n - 1)) : t[0]) & full(n - 1);
}

static void join(uint64_t *out, const uint64_t *lo, const uint64_t *hi, uint32_t n)
{
	size_t words = words_of(n - 1);

	if (n > 6) {
		memcpy(out, lo, words * sizeof *lo);
		memcpy(out + words, hi, words * sizeof *lo);
	} else {
		out[0] = (lo[0] & full(n - 1)) | (hi[0] & full(n - 1)) << (1u << (n - 1));
	}
}

static void mark(struct cover *c, uint32_t from, uint32_t yes, uint32_t no)
{
	for (uint32_t i = from; i < c->n; i++) {
		c->v[i].yes |= yes;
		c->v[i].no |= no;
	}
}

/* Cubes that cover all of lo and nothing beyond hi (Minato, Morreale); f: what they cover. Depth: n, at most 12. */
static void isop(struct cover *c, const uint64_t *lo, const uint64_t *hi, uint32_t n, uint64_t *f)
{
	size_t words = words_of(n), w = n ? words_of(n - 1) : 1;
	uint64_t *l0 = c->room, *l1 = l0 + w, *h0 = l1 + w, *h1 = h0 + w, *x = h1 + w, *f0 = x + w, *f1 = f0 + w, *fs = f1 + w;
	uint32_t from = c->n;

	if (c->full || all_zero(lo, words) || all_ones(hi, words, n) || n == 0) {
		bool one = !c->full && !all_zero(lo, words);
		memset(f, one ? 0xff : 0, words * sizeof *f);
		if (one && c->n < MAX_CUBES)
			c->v[c->n++] = (struct cube){0, 0};
		else if (one)
			c->full = true;
		return;
	}
	c->room = fs + w;
	half(l0, lo, n, 0);
	half(l1, lo, n, 1);
	half(h0, hi, n, 0);
	half(h1, hi, n, 1);
	for (size_t i = 0; i < w; i++)
		x[i] = l0[i] & ~h1[i];
	isop(c, x, h0, n - 1, f0);
	mark(c, from, 0, 1u << (n - 1));
	from = c->n;
	for (size_t i = 0; i < w; i++)
		x[i] = l1[i] & ~h0[i];
	isop(c, x, h1, n - 1, f1);
	mark(c, from, 1u << (n - 1), 0);
	for (size_t i = 0; i < w; i++) {
		x[i] = ((l0[i] & ~f0[i]) | (l1[i] & ~f1[i])) & full(n - 1);
		h0[i] &= h1[i];
	}
	isop(c, x, h0, n - 1, fs);
	for (size_t i = 0; i < w; i++) {
		f0[i] |= fs[i];
		f1[i] |= fs[i];
	}
	join(f, f0, f1, n);
	c->room = l0;
}

/* ---- Text ---- */

static void literals(struct aisp_iam_scratch *s, const struct table *t, struct cube c)
{
	bool first = true;

	for (uint32_t i = 0; i < t->n; i++) {
		if (!((c.yes | c.no) >> i & 1))
			continue;
		if (!first)
			aisp_buf_putz(&s->text, " and ");
		first = false;
		aisp_iam__atom_text(&s->text, &s->atoms.v[t->atoms[i]], c.no >> i & 1);
	}
}

static void cover_text(struct aisp_iam_scratch *s, const struct table *t, struct cover *c)
{
	struct cube common = {UINT32_MAX, UINT32_MAX};

	for (uint32_t i = 0; i < c->n; i++) {
		common.yes &= c->v[i].yes;
		common.no &= c->v[i].no;
	}
	literals(s, t, common);
	if (c->n <= 1)
		return;
	aisp_buf_putz(&s->text, common.yes | common.no ? " and (" : "(");
	for (uint32_t i = 0; i < c->n; i++) {
		struct cube rest = {c->v[i].yes & ~common.yes, c->v[i].no & ~common.no};
		uint32_t bits = rest.yes | rest.no;
		bool several = (bits & (bits - 1)) != 0;
		aisp_buf_putz(&s->text, i == 0 ? "" : " or ");
		aisp_buf_putz(&s->text, several ? "(" : "");
		literals(s, t, rest);
		aisp_buf_putz(&s->text, several ? ")" : "");
	}
	aisp_buf_putc(&s->text, ')');
}

/* As the expression was built, for those with too many atoms for a table. */
static void nested(struct aisp_iam_scratch *s, aisp_iam__x x, bool negated, unsigned depth)
{
	while (s->nodes.v[x].op == AISP_IAM__N_NOT) {
		x = s->nodes.v[x].a;
		negated = !negated;
	}
	int op = (int)s->nodes.v[x].op;
	if (op == AISP_IAM__N_ATOM) {
		aisp_iam__atom_text(&s->text, &s->atoms.v[s->nodes.v[x].a], negated);
		return;
	}
	if (depth >= MAX_NEST || s->text.n > MAX_TEXT) {
		aisp_buf_putz(&s->text, "further conditions hold");
		return;
	}
	/* A chain of the same operator leans to the left: its right ends, from the innermost on. */
	AISP_VEC(aisp_iam__x) parts = {0};
	aisp_iam__x at = x;
	while ((int)s->nodes.v[at].op == op && !s->failed) {
		if (aisp_vec_push(&parts, s->nodes.v[at].b) < 0)
			s->failed = true;
		at = s->nodes.v[at].a;
	}
	if (aisp_vec_push(&parts, at) < 0)
		s->failed = true;
	bool is_and = (op == AISP_IAM__N_AND) != negated;
	if (!is_and || depth)
		aisp_buf_putc(&s->text, '(');
	size_t left = parts.n;
	for (; left > 0 && s->text.n <= MAX_TEXT; left--) {
		nested(s, parts.v[left - 1], negated, depth + 1);
		if (left > 1)
			aisp_buf_putz(&s->text, is_and ? " and " : " or ");
	}
	if (left > 0)
		aisp_buf_printf(&s->text, "%zu further conditions", left);
	if (!is_and || depth)
		aisp_buf_putc(&s->text, ')');
	aisp_vec_done(&parts);
}

static bool table_text(struct aisp_iam_scratch *s, const struct table *t)
{
	struct cover *c = aisp_arena_zalloc(s->arena, 1, sizeof *c);
	uint64_t *lo = aisp_arena_alloc(s->arena, 3 * t->words * sizeof *lo);

	if (c)
		c->room = aisp_arena_alloc(s->arena, (16 * t->words + 8 * (MAX_ATOMS + 1)) * sizeof *lo);
	if (!c || !lo || !c->room) {
		s->failed = true;
		return false;
	}
	for (size_t w = 0; w < t->words; w++) {
		lo[w] = t->value[w] & ~t->cannot[w];
		lo[t->words + w] = t->value[w] | t->cannot[w];
	}
	isop(c, lo, lo + t->words, t->n, lo + 2 * t->words);
	if (!c->full)
		cover_text(s, t, c);
	return !c->full;
}

struct aisp_slice aisp_iam__text(struct aisp_iam_scratch *s, aisp_iam__x x)
{
	struct table t;
	struct aisp_slice ret;
	int r;

	if (x == AISP_IAM__TRUE || s->failed)
		return (struct aisp_slice){0};
	if (x == AISP_IAM__FALSE)
		return AISP_S("never");
	aisp_buf_clear(&s->text);
	r = make_table(s, x, &t);
	if (r < 0)
		s->failed = true;
	if (r <= 0 || !table_text(s, &t))
		nested(s, x, false, 0);
	if (aisp_buf_check(&s->text, NULL) < 0)
		s->failed = true;
	ret = aisp_arena_dup(s->arena, aisp_buf_slice(&s->text));
	if (!ret.p)
		s->failed = true;
	return ret;
}
