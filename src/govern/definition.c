/* Where a control object is written, and the patch for it: the part is cut out of the text, everything else keeps its bytes. No patch shows a line that may
 * hold a secret (shown.c).
 */
#include "base/fs.h"
#include "base/hash.h"
#include "base/mem.h"
#include "govern/define.h"
#include "govern/shown.h"
#include <fcntl.h>

enum { MOST_BYTES = 1 << 20 };

static bool has_end(struct aisp_slice s, const char *const *ends)
{
	for (; *ends; ends++)
		if (aisp_slice_ends(s, aisp_slice_z(*ends)))
			return true;
	return false;
}

static uint32_t line_of(struct aisp_slice s, size_t at)
{
	uint32_t n = 1;
	for (size_t i = 0; i < at && i < s.n; i++)
		n += s.p[i] == '\n';
	return n;
}

/* The folder of this evidence. What resolvers found has their source, so the folder is known only when a single one was read. */
static struct aisp_slice root_of(const struct aisp_snapshot *s, const struct aisp_evidence *ev)
{
	size_t folders = 0, at = ev->source;
	if (aisp_slice_eqz(aisp_snapshot_text(s, s->sources[at].kind), "files"))
		return aisp_snapshot_text(s, s->sources[at].target);
	for (size_t i = 1; i <= s->n_sources; i++)
		if (aisp_slice_eqz(aisp_snapshot_text(s, s->sources[i].kind), "files")) {
			folders++;
			at = i;
		}
	return folders == 1 ? aisp_snapshot_text(s, s->sources[at].target) : (struct aisp_slice){0};
}

static int write_patch(struct aisp_maker *m, const struct aisp_evidence *ev, struct aisp_slice pointer)
{
	AISP_AUTOBUF struct aisp_buf text = {0}, after = {0}, diff = {0};
	const struct aisp_slice root = root_of(m->s, ev);
	struct aisp_where w = {.root = root, .name = aisp_snapshot_text(m->s, ev->locator), .pointer = pointer, .at = aisp_snapshot_text(m->s, ev->pointer), .line = ev->line};
	int r = root.n ? aisp_define__file(m, &w) : 0;
	const struct aisp_slice name = w.name; /* may be another file than the evidence's */
	const struct aisp_slice path = aisp_step__fmt(m, "%.*s/%.*s%c", AISP_FMT(root), AISP_FMT(name), 0);
	struct aisp_range cut;
	struct aisp_err none = {0};
	aisp_buf_init(&text, MOST_BYTES + 1);
	aisp_buf_init(&after, MOST_BYTES + 1);
	aisp_buf_init(&diff, MOST_BYTES + 1);
	const char *why = NULL;
	if (!path.p || r < 0)
		return aisp_step__nomem(m);
	if (!root.n)
		return 0;
	if (m->step->system == AISP_STEP_FILE)
		return aisp_step__file(m, &w);
	/* gone or changed meanwhile: then there is no patch */
	if (aisp_fs_read(AT_FDCWD, path.p, true, MOST_BYTES, &text, &none) < 0 || !aisp_slice_is_utf8(aisp_buf_slice(&text)))
		return 0;
	r = aisp_define__range(m, &w, aisp_buf_slice(&text), &cut);
	if (r <= 0)
		return r;
	const struct aisp_slice old = aisp_buf_slice(&text);
	const uint32_t from = line_of(old, cut.from), to = line_of(old, cut.end);
	r = aisp_shown__hides(m, name, old, from > 4 ? from - 4 : 1, to + 4, &why);
	if (r < 0 || why)
		return r < 0 ? r : aisp_step__note(m, "%s", why);
	aisp_buf_put(&after, aisp_slice_to(old, cut.from));
	aisp_buf_put(&after, aisp_slice_from(old, cut.end));
	if (after.bad || aisp_unified_diff(name, old, aisp_buf_slice(&after), &diff) || diff.bad)
		return aisp_step__nomem(m);
	m->step->patch = aisp_arena_dup(m->a, aisp_buf_slice(&diff));
	return m->step->patch.p ? 0 : aisp_step__nomem(m);
}

/* What stands for the control object in its file: the pointer. */
static struct aisp_slice pointer_of(const struct aisp_step *st)
{
	const size_t hash = aisp_slice_find(st->control, AISP_S("#/"));
	if (aisp_slice_eqz(st->kind, "kubernetes.binding"))
		return AISP_S("/subjects");
	if (aisp_slice_starts(st->kind, AISP_S("kubernetes.")) || aisp_slice_starts(st->kind, AISP_S("file.")))
		return hash == SIZE_MAX ? (struct aisp_slice){0} : aisp_slice_from(st->control, hash + 1);
	return (struct aisp_slice){0};
}

/* A new file for the folder of migrations: nothing that was run is changed. */
static int migration(struct aisp_maker *m)
{
	AISP_AUTOBUF struct aisp_buf sql = {0}, diff = {0};
	const struct aisp_digest d = aisp_digest_of(m->step->control.p, m->step->control.n);
	char hex[33];
	aisp_digest_hex(&d, hex);
	aisp_buf_init(&sql, 1u << 20);
	aisp_buf_init(&diff, 1u << 20);
	for (size_t i = 0; i < m->step->n_does; i++) {
		const struct aisp_slice line = m->step->does[i].text;
		bool twice = false;
		for (size_t k = 0; k < i && !twice; k++)
			twice = aisp_slice_eq(m->step->does[k].text, line);
		if (!twice)
			aisp_buf_printf(&sql, "%.*s;\n", AISP_FMT(line));
	}
	if (aisp_unified_diff(aisp_step__fmt(m, "revoke-%.8s.sql", hex), (struct aisp_slice){0}, aisp_buf_slice(&sql), &diff) || diff.bad || sql.bad)
		return aisp_step__nomem(m);
	m->step->patch = aisp_arena_dup(m->a, aisp_buf_slice(&diff));
	return m->step->patch.p ? 0 : aisp_step__nomem(m);
}

/* "FILE#…", "FILE:…": is the control object in this file? */
static bool is_of(struct aisp_slice control, struct aisp_slice file)
{
	return aisp_slice_starts(control, file) && control.n > file.n && (control.p[file.n] == '#' || control.p[file.n] == ':');
}

int aisp_step__define(struct aisp_maker *m)
{
	static const char *const sources[] = {".tf", ".tf.json", ".yaml", ".yml", ".template", NULL};
	struct aisp_step *st = m->step;
	const struct aisp_slice pointer = pointer_of(st);
	const bool aws = aisp_slice_starts(st->kind, AISP_S("aws."));
	if (st->system == AISP_STEP_POSTGRES && st->automatic && st->n_does)
		return migration(m);
	const struct aisp_evidence *declared = aws ? aisp_define__evidence(m) : NULL;
	if (declared) {
		st->definition = aisp_snapshot_text(m->s, declared->locator);
		st->definition_line = declared->line;
		return write_patch(m, declared, pointer);
	}
	for (size_t i = 0; i < st->n_edges; i++) {
		const struct aisp_sedge *e = &m->s->edges[st->edges[i]];
		const struct aisp_evidence *ev = aisp_step__file_evidence(m->s, e->ev_at, e->ev_n);
		if (!ev || (aws && !has_end(aisp_snapshot_text(m->s, ev->locator), sources)))
			continue;
		if ((aisp_slice_eqz(st->kind, "kubernetes.binding") || aisp_slice_eqz(st->kind, "kubernetes.subject")) && e->kind != AISP_EDGE_BOUND_TO)
			continue; /* the others' evidence is of the role */
		if (st->system == AISP_STEP_FILE && !is_of(st->control, aisp_snapshot_text(m->s, ev->locator)))
			continue;
		st->definition = aisp_snapshot_text(m->s, ev->locator);
		st->definition_line = ev->line;
		return pointer.n || st->system == AISP_STEP_FILE ? write_patch(m, ev, pointer) : 0;
	}
	return 0;
}
