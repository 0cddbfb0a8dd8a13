/* Steps on local files that are themselves what counts: a server of an MCP configuration, a line of a .env file. A step says which bytes go and what the file is before and after (digests);
 * the bytes themselves stand in no plan and in no log (act_file.c). Steps on one file follow each other, the last place first, each made on what the one before leaves.
 */
#include "base/fs.h"
#include "base/mem.h"
#include "govern/define.h"
#include "govern/shown.h"
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdlib.h>

enum { MOST_BYTES = 1 << 20, CONTEXT = 4 };

static void wipe_donep(struct aisp_buf *b)
{
	if (b->p)
		explicit_bzero(b->p, b->n);
	aisp_buf_done(b);
}
#define AUTOWIPE __attribute__((cleanup(wipe_donep)))

static bool is_env(const struct aisp_step *st)
{
	return aisp_slice_eqz(st->kind, "file.env");
}

/* ".env:3" → 3; ".env#NAME" → NAME. */
static void split(struct aisp_slice control, struct aisp_slice *ret_path, struct aisp_slice *ret_key, uint32_t *ret_line)
{
	const size_t hash = aisp_slice_chr(control, '#'), colon = aisp_slice_rchr(control, ':');
	uint64_t line = 0;
	*ret_key = hash != SIZE_MAX ? aisp_slice_from(control, hash + 1) : (struct aisp_slice){0};
	*ret_path = aisp_slice_to(control, hash != SIZE_MAX ? hash : colon);
	*ret_line = hash == SIZE_MAX && colon != SIZE_MAX && aisp_slice_u64(aisp_slice_from(control, colon + 1), &line) ? (uint32_t)line : 0;
}

/* The name of a credential that this step takes away. A line's number is of the last scan: is what stands there now still it? */
static bool is_same_line(const struct aisp_maker *m, struct aisp_slice text, struct aisp_slice key)
{
	bool other = false;
	for (size_t i = 0; i < m->step->n_edges; i++) {
		const struct aisp_sedge *e = &m->s->edges[m->step->edges[i]];
		const struct aisp_slice name = aisp_snapshot_text(m->s, m->s->nodes[e->to].name);
		struct aisp_range at;
		struct aisp_slice k;
		if (m->s->nodes[e->to].kind != AISP_NODE_CREDENTIAL || !name.n)
			continue;
		if (aisp_slice_eq(name, key))
			return true;
		other = other || aisp_range_env(text, name, 0, &at, &k);
	}
	return !other;
}

/* 1: found; 0: not, or not sure. */
static int range_of(struct aisp_maker *m, const struct aisp_where *w, struct aisp_slice text, struct aisp_range *ret)
{
	struct aisp_slice path, key, found;
	uint32_t line;
	if (!is_env(m->step))
		return aisp_define__range(m, w, text, ret);
	split(m->step->control, &path, &key, &line);
	if (!aisp_range_env(text, key, line ? line : w->line, ret, &found))
		return 0;
	return line == 0 || is_same_line(m, text, found);
}

static int read_file(struct aisp_slice path, struct aisp_buf *ret)
{
	struct aisp_err none = {0};
	aisp_buf_init(ret, MOST_BYTES + 1);
	return aisp_fs_read(AT_FDCWD, path.p, true, MOST_BYTES, ret, &none);
}

int aisp_step__file(struct aisp_maker *m, const struct aisp_where *w)
{
	AUTOWIPE struct aisp_buf text = {0};
	struct aisp_where *kept = aisp_arena_alloc(m->a, sizeof *kept);
	const struct aisp_slice path = aisp_step__fmt(m, "%.*s/%.*s", AISP_FMT(w->root), AISP_FMT(w->name));
	struct aisp_range cut;
	if (!kept || !path.p)
		return aisp_step__nomem(m);
	*kept = *w;
	char real[PATH_MAX];
	if (read_file(path, &text) < 0 || !realpath(path.p, real)) /* gone meanwhile: a person looks */
		return 0;
	const int r = range_of(m, w, aisp_buf_slice(&text), &cut);
	if (r == 0)
		return aisp_step__note(m, "where it stands in the file is not certain (it may have changed since the scan), so a person takes it out");
	if (r < 0)
		return r;
	m->step->file = aisp_arena_dup(m->a, aisp_slice_z(real)); /* apply and undo may run in another folder */
	m->step->at = cut.from;
	m->step->where = kept;
	m->step->automatic = true;
	return m->step->file.p ? 0 : aisp_step__nomem(m);
}

/* ---- All steps of a plan on one file ---- */

static void digest(struct aisp_slice s, char ret[65])
{
	unsigned char b[32];
	crypto_generichash(b, sizeof b, (const unsigned char *)s.p, s.n, NULL, 0);
	sodium_bin2hex(ret, 65, b, sizeof b);
}

static uint32_t line_of(struct aisp_slice s, size_t at)
{
	uint32_t n = 1;
	for (size_t i = 0; i < at && i < s.n; i++)
		n += s.p[i] == '\n';
	return n;
}

static int patch(struct aisp_maker *m, struct aisp_slice old, struct aisp_slice new, const struct aisp_range *cut)
{
	AISP_AUTOBUF struct aisp_buf diff = {0};
	const uint32_t from = line_of(old, cut->from), to = line_of(old, cut->end);
	const char *why = NULL;
	if (!aisp_slice_is_utf8(old))
		return aisp_step__note(m, "the file is not UTF-8, so no patch is shown");
	int r = aisp_shown__hides(m, m->step->where->name, old, from > CONTEXT ? from - CONTEXT : 1, to + CONTEXT, &why);
	if (r < 0 || why)
		return r < 0 ? r : aisp_step__note(m, "%s", why);
	aisp_buf_init(&diff, 4 * MOST_BYTES);
	if (aisp_unified_diff(m->step->where->name, old, new, &diff) || diff.bad)
		return aisp_step__nomem(m);
	m->step->patch = aisp_arena_dup(m->a, aisp_buf_slice(&diff));
	return m->step->patch.p ? 0 : aisp_step__nomem(m);
}

static int operations(struct aisp_maker *m, struct aisp_slice old, struct aisp_slice new, const struct aisp_range *cut)
{
	const struct aisp_slice path = m->step->file, p = aisp_step__json_str(m, path);
	char was[65], is[65];
	digest(old, was);
	digest(new, is);
	if (!p.p)
		return aisp_step__nomem(m);
	m->step->n_does = m->step->n_undoes = m->step->n_checks = 0;
	const uint32_t from = line_of(old, cut->from), to = line_of(old, cut->end > cut->from ? cut->end - 1 : cut->end);
	int r = aisp_step__add(m, AISP_DOES, AISP_STEP_FILE, aisp_step__fmt(m, "{\"path\":%.*s,\"expect\":\"%s\",\"cut\":[%zu,%zu],\"becomes\":\"%s\"}", AISP_FMT(p), was, cut->from, cut->end, is),
			       from == to ? aisp_step__fmt(m, "cut bytes %zu to %zu (line %u) out of %.*s", cut->from, cut->end, from, AISP_FMT(path))
					  : aisp_step__fmt(m, "cut bytes %zu to %zu (lines %u to %u) out of %.*s", cut->from, cut->end, from, to, AISP_FMT(path)));
	if (r == 0)
		r = aisp_step__add(m, AISP_UNDOES, AISP_STEP_FILE, aisp_step__fmt(m, "{\"path\":%.*s,\"expect\":\"%s\",\"insert\":%zu,\"becomes\":\"%s\"}", AISP_FMT(p), is, cut->from, was),
				   aisp_step__fmt(m, "put what was cut out of %.*s back at byte %zu", AISP_FMT(path), cut->from));
	return r == 0 ? aisp_step__check(m, AISP_STEP_FILE, aisp_step__fmt(m, "{\"path\":%.*s}", AISP_FMT(p)), aisp_step__fmt(m, "b2sum -l 256 %.*s", AISP_FMT(path)),
					 aisp_step__fmt(m, "{\"digest\":\"%s\"}", was), aisp_step__fmt(m, "{\"digest\":\"%s\"}", is), (struct aisp_slice){0})
		      : r;
}

/* One step on what the steps before it leave; *text becomes what it leaves. */
static int make_one(struct aisp_maker *m, struct aisp_buf *text)
{
	AUTOWIPE struct aisp_buf after = {0};
	const struct aisp_slice old = aisp_buf_slice(text);
	struct aisp_range cut;
	int r = range_of(m, m->step->where, old, &cut);
	if (r == 0 || (r > 0 && (cut.from >= cut.end || cut.end > old.n)))
		return aisp_step__manual(m, aisp_step__fmt(m, "Take %.*s away: after the other changes of this plan to its file aisp cannot tell where it stands", AISP_FMT(m->step->control)));
	if (r < 0)
		return r;
	aisp_buf_init(&after, MOST_BYTES + 1);
	(void)aisp_buf_room(&after, old.n);
	aisp_buf_put(&after, aisp_slice_to(old, cut.from));
	aisp_buf_put(&after, aisp_slice_from(old, cut.end));
	if (after.bad)
		return aisp_step__nomem(m);
	r = operations(m, old, aisp_buf_slice(&after), &cut);
	if (r == 0)
		r = patch(m, old, aisp_buf_slice(&after), &cut);
	if (r == 0 && is_env(m->step))
		r = aisp_step__note(m, "renew the credential, for it was seen");
	if (r == 0) {
		const struct aisp_buf was = *text;
		*text = after;
		after = was;
	}
	return r;
}

/* By file; the last place first, and what lies within another before that. */
static int by_place(const void *a, const void *b)
{
	const struct aisp_step *x = a, *y = b;
	const int files = aisp_slice_cmp(x->file, y->file);
	if (files)
		return files;
	if (x->at != y->at)
		return x->at > y->at ? -1 : 1;
	return x->control.n != y->control.n ? (x->control.n > y->control.n ? -1 : 1) : aisp_slice_cmp(x->control, y->control);
}

static int make_file(struct aisp_maker *m, struct aisp_step *steps, size_t n)
{
	AUTOWIPE struct aisp_buf text = {0};
	const bool there = read_file(steps[0].file, &text) == 0;
	int r = 0;
	for (size_t i = 0; r == 0 && i < n; i++) {
		m->step = &steps[i];
		r = there ? make_one(m, &text) : aisp_step__manual(m, aisp_step__fmt(m, "Take %.*s away; its file could not be read", AISP_FMT(steps[i].control)));
	}
	return r;
}

int aisp_step__files(struct aisp_maker *m, struct aisp_step *steps, size_t n)
{
	size_t first = 0, end;
	int r = 0;
	while (first < n && !(steps[first].automatic && steps[first].where))
		first++;
	for (end = first; end < n && steps[end].automatic && steps[end].where;)
		end++;
	if (end > first)
		qsort(&steps[first], end - first, sizeof *steps, by_place);
	for (size_t i = first, k; r == 0 && i < end; i = k) {
		for (k = i + 1; k < end && aisp_slice_eq(steps[k].file, steps[i].file);)
			k++;
		r = make_file(m, &steps[i], k - i);
	}
	for (size_t i = first; i < end;) { /* what a person must do comes behind */
		if (steps[i].automatic) {
			i++;
			continue;
		}
		const struct aisp_step by_hand = steps[i];
		memmove(&steps[i], &steps[i + 1], (--end - i) * sizeof *steps);
		steps[end] = by_hand;
	}
	return r;
}
