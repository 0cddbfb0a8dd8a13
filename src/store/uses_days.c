/* The calendar of a sum: how many of its events fell on which UTC day, so that a count of a window is a count and no guess.
 *
 *   batch:  sum { day at hand: done, denied } ─▶ sum_days: day ─▶ day ─▶ …           a list a sum, in no order; a day may be there twice
 *   row:    from │ day │ done·2+d │ [denied] │ day - day before │ done·2+d │ …        numbers as LEB128; d: there were refused ones
 *
 * Invariants: a row keeps the newest AISP_USE_DAYS days with events; once one was dropped, `from` is behind it, and what is older is not kept again: days at or after `from` are whole.
 */
#include "store/uses_int.h"
#include <stdlib.h>

enum { NEAR = 2 };

static int put_by(struct aisp_uses *u, struct uses_sum *s, struct aisp_err *err)
{
	unsigned looked = 0;

	for (uint32_t i = s->days; i && looked < NEAR; i = u->sum_days.v[i].next, looked++)
		if (u->sum_days.v[i].day == s->day) {
			u->sum_days.v[i].done += s->day_done;
			u->sum_days.v[i].denied += s->day_denied;
			return 0;
		}
	if (!u->sum_days.n && aisp_vec_push(&u->sum_days, (struct uses_sum_day){0}) < 0)
		return aisp_uses__nomem(err);
	if (aisp_vec_push(&u->sum_days, (struct uses_sum_day){.day = s->day, .done = s->day_done, .denied = s->day_denied, .next = s->days}) < 0)
		return aisp_uses__nomem(err);
	s->days = (uint32_t)u->sum_days.n - 1;
	return 0;
}

int aisp_uses__day_count(struct aisp_uses *u, struct uses_sum *s, uint32_t day, bool done, bool denied, struct aisp_err *err)
{
	if (s->day != day) {
		int r = s->day_done || s->day_denied ? put_by(u, s, err) : 0;

		if (r < 0)
			return r;
		s->day = day;
		s->day_done = s->day_denied = 0;
	}
	s->day_done += done;
	s->day_denied += denied;
	return 0;
}

/* ---- the row ---- */

static void put_number(struct aisp_buf *out, uint64_t n)
{
	for (; n >= 0x80; n >>= 7)
		aisp_buf_putc(out, (char)(n | 0x80));
	aisp_buf_putc(out, (char)n);
}

static bool get_number(const unsigned char **p, const unsigned char *end, int64_t *ret)
{
	uint64_t n = 0;

	for (unsigned shift = 0; *p < end && shift < 63; shift += 7) {
		const unsigned char c = *(*p)++;

		n |= (uint64_t)(c & 0x7f) << shift;
		if (!(c & 0x80)) {
			*ret = (int64_t)n;
			return true;
		}
	}
	return false;
}

size_t aisp_uses__days_read(const void *blob, size_t n, struct aisp_use_day ret[AISP_USE_DAYS], int64_t *ret_from)
{
	const unsigned char *p = blob, *end = p ? p + n : NULL;
	int64_t day = 0, delta, done;
	size_t at = 0;

	*ret_from = 0;
	if (p == end || !get_number(&p, end, ret_from))
		return 0;
	while (at < AISP_USE_DAYS && p < end) {
		struct aisp_use_day d = {0};

		if (!get_number(&p, end, &delta) || !get_number(&p, end, &done) || (done & 1 && !get_number(&p, end, &d.denied)))
			break;
		if (delta > UINT32_MAX || (at && !delta))
			break;
		day += delta;
		d.day = day;
		d.done = done >> 1;
		ret[at++] = d;
	}
	return at;
}

static int by_day(const void *a, const void *b)
{
	const struct aisp_use_day *x = a, *y = b;

	return x->day < y->day ? -1 : x->day > y->day;
}

/* Sorted, each day once. */
static void settle(uses_days_vec *v)
{
	size_t to = 0;

	if (v->n > 1)
		qsort(v->v, v->n, sizeof *v->v, by_day);
	for (size_t i = 1; i < v->n; i++) {
		if (v->v[i].day == v->v[to].day) {
			v->v[to].done += v->v[i].done;
			v->v[to].denied += v->v[i].denied;
		} else {
			v->v[++to] = v->v[i];
		}
	}
	if (v->n)
		v->n = to + 1;
}

static void write_row(const uses_days_vec *v, int64_t from, struct aisp_buf *out)
{
	const size_t drop = v->n > AISP_USE_DAYS ? v->n - AISP_USE_DAYS : 0;
	int64_t before = 0;

	if (drop && v->v[drop - 1].day >= from)
		from = v->v[drop - 1].day + 1;
	put_number(out, (uint64_t)from);
	for (size_t i = drop; i < v->n; i++) {
		const struct aisp_use_day *d = &v->v[i];

		put_number(out, (uint64_t)(d->day - before));
		put_number(out, (uint64_t)d->done << 1 | (d->denied > 0));
		if (d->denied > 0)
			put_number(out, (uint64_t)d->denied);
		before = d->day;
	}
}

int aisp_uses__days_merge(struct aisp_uses *u, struct uses_sum *s, const struct aisp_use_day *old, size_t n_old, int64_t from, uses_days_vec *v, struct aisp_buf *out)
{
	v->n = 0;
	for (size_t i = 0; i < n_old; i++)
		if (aisp_vec_push(v, old[i]) < 0)
			return AISP_E_NOMEM;
	if ((s->day_done || s->day_denied) && aisp_vec_push(v, (struct aisp_use_day){.day = s->day, .done = s->day_done, .denied = s->day_denied}) < 0)
		return AISP_E_NOMEM;
	for (uint32_t i = s->days; i; i = u->sum_days.v[i].next)
		if (aisp_vec_push(v, (struct aisp_use_day){.day = u->sum_days.v[i].day, .done = u->sum_days.v[i].done, .denied = u->sum_days.v[i].denied}) < 0)
			return AISP_E_NOMEM;
	s->day = s->day_done = s->day_denied = s->days = 0;
	settle(v);
	write_row(v, from, out);
	return out->bad ? AISP_E_NOMEM : 0;
}
