/* What open conditions on one key have to do with each other, so that "k is a" and "k is b" never hold together; and their words.
 *
 * Sound: a world is ruled out only if it surely cannot be. Exact for equality, numbers, dates, booleans and address ranges (one
 * witness for each region that the values cut out); pair by pair for wildcards.
 */
#include "access/aws/iam_int.h"
#include <arpa/inet.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_GROUP = 12, MAX_WITNESS_VALUES = 64, MAX_PAIR_WORK = 4096 };

struct group {
	const struct aisp_iam__atom *atom[MAX_GROUP];
	uint32_t bit[MAX_GROUP]; /* its place among all */
	uint32_t n;
	uint64_t allowed[1 << (MAX_GROUP - 6)];
};

static bool plain(const struct aisp_iam__atom *a)
{
	if (a->kind != AISP_IAM__A_COND || a->opaque || a->cond->quant != AISP_IAM__ONE_VALUE)
		return false;
	for (uint32_t i = 0; i < a->cond->n; i++)
		if (a->cond->values[i].kind == AISP_IAM__PAT_VAR)
			return false;
	return true;
}

enum family { F_NONE, F_TEXT, F_TEXT_ANY_CASE, F_NUMBER, F_DATE, F_BOOL, F_IP };

static enum family family_of(enum aisp_iam__op op)
{
	switch (op) {
	case AISP_IAM__STR_EQ: return F_TEXT;
	case AISP_IAM__STR_EQI: return F_TEXT_ANY_CASE;
	case AISP_IAM__BOOL: return F_BOOL;
	case AISP_IAM__IP: return F_IP;
	case AISP_IAM__NUM_EQ: case AISP_IAM__NUM_LT: case AISP_IAM__NUM_LE: case AISP_IAM__NUM_GT: case AISP_IAM__NUM_GE: return F_NUMBER;
	case AISP_IAM__DATE_EQ: case AISP_IAM__DATE_LT: case AISP_IAM__DATE_LE: case AISP_IAM__DATE_GT: case AISP_IAM__DATE_GE: return F_DATE;
	default: return F_NONE;
	}
}

/* The one family of all conditions of a group; NONE when they are mixed or too many. */
static enum family family(const struct group *g)
{
	enum family f = F_NONE;
	uint32_t values = 0;

	for (uint32_t i = 0; i < g->n; i++) {
		if (g->atom[i]->kind == AISP_IAM__A_ABSENT)
			continue;
		enum family mine = plain(g->atom[i]) ? family_of(g->atom[i]->cond->op) : F_NONE;
		if (mine == F_NONE || (f != F_NONE && f != mine))
			return F_NONE;
		f = mine;
		values += g->atom[i]->cond->n;
	}
	return values <= MAX_WITNESS_VALUES ? f : F_NONE;
}

static void allow(struct group *g, uint32_t world)
{
	g->allowed[world / 64] |= UINT64_C(1) << (world % 64);
}

/* A value, or no value at all (p NULL), as a possible world. */
static void witness(struct group *g, struct aisp_slice value)
{
	uint32_t world = 0;

	for (uint32_t i = 0; i < g->n; i++) {
		const struct aisp_iam__atom *a = g->atom[i];
		bool holds = a->kind == AISP_IAM__A_ABSENT && !value.p;
		for (uint32_t k = 0; a->kind == AISP_IAM__A_COND && value.p && k < a->cond->n && !holds; k++)
			holds = aisp_iam__compare(a->cond->op, value, a->cond->values[k].form);
		world |= (uint32_t)holds << i;
	}
	allow(g, world);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void witness_number(struct group *g, double v)
{
	char z[64];
	int n = snprintf(z, sizeof z, "%.17f", v);

	witness(g, aisp_slice_of(z, (size_t)n));
}

static bool numbers(struct group *g, bool date)
{
	double v[MAX_WITNESS_VALUES];
	uint32_t n = 0;

	for (uint32_t i = 0; i < g->n; i++)
		for (uint32_t k = 0; g->atom[i]->kind == AISP_IAM__A_COND && k < g->atom[i]->cond->n; k++) {
			struct aisp_slice form = g->atom[i]->cond->values[k].form;
			if (date ? aisp_iam__date(form, &v[n]) : aisp_iam__number(form, &v[n]))
				n++;
		}
	for (uint32_t i = 0; i < n; i++)
		if (!(fabs(v[i]) < 1e15))
			return false;
	if (n)
		qsort(v, n, sizeof *v, by_value);
	for (uint32_t i = 0; i < n; i++) {
		witness_number(g, v[i]);
		witness_number(g, i + 1 < n ? (v[i] + v[i + 1]) / 2 : v[i] + 1);
	}
	if (n)
		witness_number(g, v[0] - 1);
	return true;
}

/* An address `by` (1 or -1) beyond the one given, unless there is none. */
static void witness_address(struct group *g, const unsigned char *from, unsigned n, int by)
{
	unsigned char a[16];
	char z[64];
	unsigned i = n;

	memcpy(a, from, n);
	if (by) {
		unsigned char wrap = by > 0 ? 0xff : 0;
		while (i > 0 && a[i - 1] == wrap)
			a[--i] = (unsigned char)~wrap;
		if (i == 0)
			return;
		a[i - 1] = (unsigned char)(a[i - 1] + by);
	}
	if (inet_ntop(n == 4 ? AF_INET : AF_INET6, a, z, sizeof z))
		witness(g, aisp_slice_z(z));
}

static void addresses(struct group *g)
{
	static const unsigned char zero[16];

	for (uint32_t i = 0; i < g->n; i++)
		for (uint32_t k = 0; g->atom[i]->kind == AISP_IAM__A_COND && k < g->atom[i]->cond->n; k++) {
			struct aisp_iam__cidr c;
			if (!aisp_iam__cidr(g->atom[i]->cond->values[k].form, &c))
				continue;
			witness_address(g, c.from, c.n, 0);
			witness_address(g, c.to, c.n, 0);
			witness_address(g, c.from, c.n, -1);
			witness_address(g, c.to, c.n, 1);
		}
	witness_address(g, zero, 4, 0);
	witness_address(g, zero, 16, 0);
}

static bool witnesses(struct group *g, enum family f)
{
	if (f == F_NONE)
		return false;
	memset(g->allowed, 0, sizeof g->allowed);
	witness(g, (struct aisp_slice){0});
	witness(g, AISP_S("\1"));
	if (f == F_NUMBER || f == F_DATE)
		return numbers(g, f == F_DATE);
	if (f == F_IP)
		addresses(g);
	if (f == F_BOOL) {
		witness(g, AISP_S("true"));
		witness(g, AISP_S("false"));
	}
	for (uint32_t i = 0; i < g->n && f != F_IP; i++)
		for (uint32_t k = 0; g->atom[i]->kind == AISP_IAM__A_COND && k < g->atom[i]->cond->n; k++)
			witness(g, g->atom[i]->cond->values[k].form);
	return true;
}

/* ---- Pairs ---- */

static bool texts(const struct aisp_iam__atom *a)
{
	return plain(a) && (a->cond->op == AISP_IAM__STR_EQ || a->cond->op == AISP_IAM__STR_LIKE || a->cond->op == AISP_IAM__ARN);
}

static bool within(const struct aisp_iam__pat *v, enum aisp_iam__op op, const struct aisp_iam__cond *y)
{
	for (uint32_t k = 0; k < y->n; k++) {
		if (op == y->op && aisp_slice_eq(v->form, y->values[k].form))
			return true;
		if (v->kind == AISP_IAM__PAT_EXACT && aisp_iam__compare(y->op, v->form, y->values[k].form))
			return true;
		if (y->op == AISP_IAM__STR_LIKE && y->values[k].kind == AISP_IAM__PAT_ANY)
			return true;
	}
	return false;
}

static bool implies(const struct aisp_iam__cond *x, const struct aisp_iam__cond *y)
{
	for (uint32_t i = 0; i < x->n; i++)
		if (!within(&x->values[i], x->op, y))
			return false;
	return true;
}

static bool apart(const struct aisp_iam__cond *x, const struct aisp_iam__cond *y)
{
	for (uint32_t i = 0; i < x->n; i++)
		for (uint32_t k = 0; k < y->n; k++)
			if (aisp_iam__overlap(x->values[i].form, y->values[k].form))
				return false;
	return true;
}

/* Bit 2·b+a: a world in which x is a and y is b cannot be. */
static unsigned pair(const struct aisp_iam__atom *x, const struct aisp_iam__atom *y)
{
	unsigned bad = 0;

	if (y->kind == AISP_IAM__A_ABSENT) {
		if (x->kind == AISP_IAM__A_COND && !x->opaque)
			return x->cond->quant == AISP_IAM__FOR_ALL ? 1u << 2 : 1u << 3;
		return 0;
	}
	if (x->kind == AISP_IAM__A_ABSENT) {
		if (!y->opaque)
			return y->cond->quant == AISP_IAM__FOR_ALL ? 1u << 1 : 1u << 3;
		return 0;
	}
	if (!texts(x) || !texts(y) || (uint64_t)x->cond->n * y->cond->n > MAX_PAIR_WORK)
		return 0;
	if (apart(x->cond, y->cond))
		bad |= 1u << 3;
	if (implies(x->cond, y->cond))
		bad |= 1u << 1;
	if (implies(y->cond, x->cond))
		bad |= 1u << 2;
	return bad;
}

static void pairs(struct group *g)
{
	memset(g->allowed, 0xff, sizeof g->allowed);
	for (uint32_t i = 0; i < g->n; i++)
		for (uint32_t k = i + 1; k < g->n; k++) {
			unsigned bad = pair(g->atom[i], g->atom[k]);
			for (uint32_t w = 0; bad && w < 1u << g->n; w++)
				if (bad >> (2 * (w >> k & 1) + (w >> i & 1)) & 1)
					g->allowed[w / 64] &= ~(UINT64_C(1) << (w % 64));
		}
}

void aisp_iam__impossible(struct aisp_iam_scratch *s, const uint32_t *atoms, uint32_t n, uint64_t *out)
{
	bool done[MAX_GROUP] = {false};

	for (uint32_t i = 0; i < n && n <= MAX_GROUP; i++) {
		struct group g = {.n = 0};
		const struct aisp_iam__atom *first = &s->atoms.v[atoms[i]];
		if (done[i] || first->kind == AISP_IAM__A_TEXT)
			continue;
		for (uint32_t k = i; k < n; k++) {
			const struct aisp_iam__atom *a = &s->atoms.v[atoms[k]];
			if (a->kind == AISP_IAM__A_TEXT || !aisp_slice_eqi(a->key, first->key))
				continue;
			done[k] = true;
			g.atom[g.n] = a;
			g.bit[g.n++] = k;
		}
		if (g.n == 1 && first->kind == AISP_IAM__A_ABSENT)
			continue;
		if (!witnesses(&g, family(&g)))
			pairs(&g);
		for (uint32_t w = 0; w < 1u << n; w++) {
			uint32_t mine = 0;
			for (uint32_t k = 0; k < g.n; k++)
				mine |= (w >> g.bit[k] & 1) << k;
			if (!(g.allowed[mine / 64] >> (mine % 64) & 1))
				out[w / 64] |= UINT64_C(1) << (w % 64);
		}
	}
}

/* ---- Words ---- */

static void put_value(struct aisp_buf *b, struct aisp_slice v)
{
	bool bare = v.n > 0;

	for (size_t i = 0; i < v.n && bare; i++)
		bare = (v.p[i] >= '0' && v.p[i] <= '9') || (v.p[i] >= 'A' && v.p[i] <= 'Z') || (v.p[i] >= 'a' && v.p[i] <= 'z') ||
		       strchr("_:/.*?@+=$-{}%", v.p[i]);
	if (bare) {
		aisp_buf_put(b, v);
		return;
	}
	aisp_buf_putc(b, '"');
	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] == '"' || v.p[i] == '\\')
			aisp_buf_putc(b, '\\');
		aisp_buf_putc(b, v.p[i]);
	}
	aisp_buf_putc(b, '"');
}

static const char *relation(enum aisp_iam__op op)
{
	static const char *const words[] = {
		[AISP_IAM__STR_EQ] = "", [AISP_IAM__STR_EQI] = "in any case ", [AISP_IAM__STR_LIKE] = "like ", [AISP_IAM__NUM_EQ] = "equal to ",
		[AISP_IAM__NUM_LT] = "below ", [AISP_IAM__NUM_LE] = "at most ", [AISP_IAM__NUM_GT] = "above ", [AISP_IAM__NUM_GE] = "at least ",
		[AISP_IAM__DATE_EQ] = "at ", [AISP_IAM__DATE_LT] = "before ", [AISP_IAM__DATE_LE] = "not after ", [AISP_IAM__DATE_GT] = "after ",
		[AISP_IAM__DATE_GE] = "not before ", [AISP_IAM__BOOL] = "", [AISP_IAM__BINARY] = "the bytes ", [AISP_IAM__IP] = "in ",
		[AISP_IAM__ARN] = "like ", [AISP_IAM__NULL] = "",
	};
	return words[op];
}

void aisp_iam__atom_text(struct aisp_buf *b, const struct aisp_iam__atom *a, bool negated)
{
	const struct aisp_iam__cond *c = a->cond;

	if (a->kind == AISP_IAM__A_TEXT) {
		aisp_buf_put(b, negated ? a->no : a->yes);
		return;
	}
	if (a->kind == AISP_IAM__A_ABSENT) {
		aisp_buf_put(b, a->key);
		aisp_buf_putz(b, negated ? " is present" : " is absent");
		return;
	}
	if (c->quant == AISP_IAM__FOR_ALL)
		aisp_buf_putz(b, negated ? "not every value of " : "every value of ");
	else if (c->quant == AISP_IAM__FOR_ANY)
		aisp_buf_putz(b, negated ? "no value of " : "some value of ");
	aisp_buf_put(b, a->key);
	aisp_buf_putz(b, negated && c->quant == AISP_IAM__ONE_VALUE ? " is not " : " is ");
	aisp_buf_putz(b, relation(c->op));
	aisp_buf_putz(b, c->n > 1 ? "one of " : c->n == 0 ? "one of none" : "");
	for (uint32_t i = 0; i < c->n; i++) {
		if (i)
			aisp_buf_putz(b, ", ");
		put_value(b, c->values[i].text);
	}
}
