/* Parsing ahead: linking asks for files one after the other, as values lead to them, and each would be parsed when it is
 * asked for. Which they will be is known from the imports, so they are parsed in waves on all cores: first what the parsed
 * files import, then what these import, and so on. What was parsed ahead is put aside and becomes part of the program only
 * when it is asked for, in the same order as without workers, so the answer is the same.
 */
#include "base/task.h"
#include "scan/source/eval.h"

enum { WAVES_MAX = 64 };

static bool may_be_needed(const struct aisp_source_module *m)
{
	return !m->parsed && !m->too_late && m->text.n && !m->ahead;
}

static void want(struct program *P, struct aisp_source_module *m)
{
	struct sahead *h;

	if (!m || !may_be_needed(m))
		return;
	h = aisp_arena_zalloc(P->a, 1, sizeof *h);
	if (!h || aisp_vec_push(&P->wave, m) < 0)
		P->bad = AISP_E_NOMEM;
	else
		m->ahead = h;
}

static void want_import(struct program *P, struct aisp_source_module *m, const struct smention *i)
{
	char path[600];
	size_t n = i->module.n;

	P->fuel = FUEL;
	if (aisp_source__is_shaped(m->lang)) {
		want(P, aisp_source__shape_find(P, m, i->module, i->name));
		return;
	}
	want(P, aisp_source__find_module(P, m, i->module));
	if (!aisp_source__is_python(m->lang) || !i->name.n || n + i->name.n + 2 > sizeof path || aisp_slice_eqz(i->name, "*"))
		return;
	memcpy(path, i->module.p, n); /* from . import tools */
	if (n == 0 || path[n - 1] != '.')
		path[n++] = '.';
	memcpy(path + n, i->name.p, i->name.n);
	want(P, aisp_source__find_module(P, m, aisp_slice_of(path, n + i->name.n)));
}

static int parse_one(void *ctx, size_t i, unsigned worker)
{
	struct program *P = ctx;
	struct aisp_source_module *m = P->wave.v[i];
	struct sahead *h = m->ahead, before = {.mentions = m->mentions, .mentions_tail = m->mentions_tail, .stars = m->stars, .partial = m->partial};

	m->partial = NULL;
	h->r = aisp_source__parse(m, P->workers[worker], NULL);
	h->top = m->top;
	h->mentions = m->mentions;
	h->mentions_tail = m->mentions_tail;
	h->stars = m->stars;
	h->partial = m->partial;
	m->parsed = false;
	m->top = NULL;
	m->mentions = before.mentions;
	m->mentions_tail = before.mentions_tail;
	m->stars = before.stars;
	m->partial = before.partial;
	return 0;
}

int aisp_source__take_ahead(struct aisp_source_module *m)
{
	const struct sahead *h = m->ahead;

	if (h->r < 0)
		return h->r;
	m->top = h->top;
	m->mentions = h->mentions;
	m->mentions_tail = m->mentions ? h->mentions_tail : &m->mentions;
	m->stars = h->stars;
	if (h->partial)
		m->partial = h->partial;
	m->parsed = true;
	return 0;
}

void aisp_source__parse_ahead(struct program *P)
{
	if (aisp_task_workers() > P->n_workers)
		return;
	for (size_t i = 0; i < P->n_mods && !P->bad; i++)
		for (const struct smention *s = P->mods[i]->parsed ? P->mods[i]->mentions : NULL; s; s = s->next)
			want_import(P, P->mods[i], s);
	for (unsigned wave = 0; wave < WAVES_MAX && P->wave.n && !P->bad; wave++) {
		size_t n = P->wave.n;

		if (aisp_task_each(n, parse_one, P, NULL) < 0)
			P->bad = AISP_E_NOMEM;
		for (size_t i = 0; i < n && !P->bad; i++) {
			struct aisp_source_module *m = P->wave.v[i];

			for (const struct smention *s = m->ahead->mentions; s; s = s->next)
				want_import(P, m, s);
		}
		memmove(P->wave.v, P->wave.v + n, (P->wave.n - n) * sizeof *P->wave.v);
		P->wave.n -= n;
	}
}
