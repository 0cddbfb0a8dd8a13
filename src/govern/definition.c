/* Where a control object is written, and the patch for it: the part is cut out of the text, everything else keeps its bytes. A file that holds a credential is copied nowhere:
 * no patch whose lines would show one, and no whole content.
 */
#include "base/fs.h"
#include "base/hash.h"
#include "base/mem.h"
#include "govern/plan_int.h"
#include "govern/range.h"
#include <fcntl.h>
#include <sodium.h>

enum { MOST_BYTES = 1 << 20 };

static bool has_end(struct aisp_slice s, const char *const *ends)
{
	for (; *ends; ends++)
		if (aisp_slice_ends(s, aisp_slice_z(*ends)))
			return true;
	return false;
}

/* Does a line from … to of this file tell a credential? */
static bool has_secret(const struct aisp_maker *m, const struct aisp_evidence *where, uint32_t from, uint32_t to)
{
	for (aisp_node n = m->s->kind_at[AISP_NODE_CREDENTIAL]; n < m->s->kind_at[AISP_NODE_CREDENTIAL + 1]; n++)
		for (uint32_t i = 0; i < m->s->nodes[n].ev_n; i++) {
			const struct aisp_evidence *ev = &m->s->evidence[m->s->nodes[n].ev_at + i];
			if (ev->locator == where->locator && ev->source == where->source && ev->line >= from && ev->line <= to)
				return true;
		}
	return false;
}

static uint32_t line_of(struct aisp_slice s, size_t at)
{
	uint32_t n = 1;
	for (size_t i = 0; i < at && i < s.n; i++)
		n += s.p[i] == '\n';
	return n;
}

static void digest(struct aisp_slice s, char ret[65])
{
	unsigned char b[32];
	crypto_generichash(b, sizeof b, (const unsigned char *)s.p, s.n, NULL, 0);
	sodium_bin2hex(ret, 65, b, sizeof b);
}

/* The line where the value at a pointer begins, in the document of a stream that has this line. */
static uint32_t yaml_line(struct aisp_maker *m, struct aisp_slice text, struct aisp_slice pointer, uint32_t near, bool *ret_item)
{
	struct aisp_docs docs;
	const struct aisp_doc *in = NULL, *d;
	if (aisp_yaml_parse(m->a, text, NULL, &docs, NULL) < 0)
		return 0;
	for (size_t i = 0; i < docs.n; i++)
		if (docs.docs[i].line <= near)
			in = &docs.docs[i];
	const size_t cut = aisp_slice_rchr(pointer, '/');
	d = in && cut != SIZE_MAX ? aisp_step__at(in, aisp_slice_to(pointer, cut)) : NULL;
	const struct aisp_doc *it = in ? aisp_step__at(in, pointer) : NULL;
	if (!d || !it)
		return 0;
	*ret_item = d->type == AISP_DOC_ARR;
	if (*ret_item)
		return it->line;
	for (uint32_t i = 0; i < d->n; i++)
		if (&d->members[i].value == it)
			return d->members[i].line;
	return 0;
}

/* ---- CloudFormation: a statement of a policy that begins in a known line ---- */

struct spot {
	const struct aisp_doc *policy, *list; /* the object in that line; the array that holds it, NULL for none */
	uint32_t key_line;                    /* of the array */
};

enum { MOST_DEEP = 64 };
/* The outermost object whose value begins in this line and that holds a Statement. */
static bool find_policy(const struct aisp_doc *d, uint32_t line, unsigned depth, struct spot *ret)
{
	if (depth > MOST_DEEP)
		return false;
	for (uint32_t i = 0; d->type == AISP_DOC_ARR && i < d->n; i++) {
		if (d->items[i].type == AISP_DOC_OBJ && d->items[i].line == line) {
			*ret = (struct spot){&d->items[i], d, ret->key_line};
			return true;
		}
		if (find_policy(&d->items[i], line, depth + 1, ret))
			return true;
	}
	for (uint32_t i = 0; d->type == AISP_DOC_OBJ && i < d->n; i++) {
		const struct aisp_doc *v = &d->members[i].value;
		if (v->type == AISP_DOC_OBJ && v->line == line) {
			*ret = (struct spot){v, NULL, 0};
			return true;
		}
		ret->key_line = d->members[i].line;
		if (find_policy(v, line, depth + 1, ret))
			return true;
	}
	return false;
}

static uint64_t statement_of(struct aisp_slice control)
{
	const size_t at = aisp_slice_find(control, AISP_S("#/Statement/"));
	uint64_t n;
	return at != SIZE_MAX && aisp_slice_u64(aisp_slice_from(control, at + 12), &n) ? n : UINT64_MAX;
}

/* One of several statements: it goes. The only one of a policy among others: the policy goes, for one without statements is refused; the only policy: the list of them. */
static bool cut_template(struct aisp_maker *m, struct aisp_slice text, uint32_t line, struct aisp_range *ret)
{
	const struct aisp_doc *d = NULL;
	const uint64_t n = statement_of(m->step->control);
	struct aisp_docs docs;
	struct spot at = {0};
	if (aisp_yaml_parse(m->a, text, NULL, &docs, NULL) < 0 || docs.n != 1 || !aisp_doc_get(&docs.docs[0], "Resources") || !find_policy(&docs.docs[0], line, 0, &at))
		return false;
	const struct aisp_slice name = aisp_doc_getstr(at.policy, "PolicyName");
	const size_t inl = aisp_slice_find(m->step->control, AISP_S("#inline/"));
	d = aisp_doc_get(aisp_doc_get(at.policy, "PolicyDocument"), "Statement");
	if (n >= aisp_doc_count(d) || (inl != SIZE_MAX && name.n && !aisp_slice_starts(aisp_slice_from(m->step->control, inl + 8), name)))
		return false;
	if (aisp_doc_count(d) > 1)
		return aisp_range_yaml(text, aisp_doc_at(d, (uint32_t)n)->line, true, ret);
	if (!at.list)
		return false;
	return at.list->n > 1 ? aisp_range_yaml(text, line, true, ret) : aisp_range_yaml(text, at.key_line, false, ret);
}

static bool cut_of(struct aisp_maker *m, struct aisp_slice text, struct aisp_slice name, struct aisp_slice pointer, uint32_t near, struct aisp_range *ret)
{
	static const char *const json[] = {".json", ".jsonc", NULL}, *const yaml[] = {".yaml", ".yml", NULL};
	bool item = false;
	if (pointer.n == 0)
		return has_end(name, yaml) && cut_template(m, text, near, ret);
	if (has_end(name, json))
		return aisp_range_json(text, pointer, ret);
	if (!has_end(name, yaml))
		return false;
	const uint32_t line = yaml_line(m, text, pointer, near, &item);
	return line && aisp_range_yaml(text, line, item, ret);
}

/* For a local file that is itself what counts: do, undo and check with whole contents. */
static int make_live(struct aisp_maker *m, struct aisp_slice path, struct aisp_slice before, struct aisp_slice after)
{
	char was[65], is[65];
	digest(before, was);
	digest(after, is);
	const struct aisp_slice p = aisp_step__json_str(m, path), b = aisp_step__json_str(m, before), f = aisp_step__json_str(m, after);
	if (!p.p || !b.p || !f.p)
		return aisp_step__nomem(m);
	m->step->automatic = true;
	m->step->n_does = 0;
	int r = aisp_step__add(m, AISP_DOES, AISP_STEP_FILE, aisp_step__fmt(m, "{\"path\":%.*s,\"expect\":\"%s\",\"content\":%.*s}", AISP_FMT(p), was, AISP_FMT(f)),
			       aisp_step__fmt(m, "edit %.*s", AISP_FMT(path)));
	if (r == 0)
		r = aisp_step__add(m, AISP_UNDOES, AISP_STEP_FILE, aisp_step__fmt(m, "{\"path\":%.*s,\"expect\":\"%s\",\"content\":%.*s}", AISP_FMT(p), is, AISP_FMT(b)),
				   aisp_step__fmt(m, "put %.*s back", AISP_FMT(path)));
	return r == 0 ? aisp_step__check(m, AISP_STEP_FILE, aisp_step__fmt(m, "{\"path\":%.*s}", AISP_FMT(p)), aisp_step__fmt(m, "b2sum -l 256 %.*s", AISP_FMT(path)),
					 aisp_step__fmt(m, "{\"digest\":\"%s\"}", was), aisp_step__fmt(m, "{\"digest\":\"%s\"}", is), (struct aisp_slice){0})
		      : r;
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
	const struct aisp_slice name = aisp_snapshot_text(m->s, ev->locator), root = root_of(m->s, ev);
	const struct aisp_slice path = aisp_step__fmt(m, "%.*s/%.*s%c", AISP_FMT(root), AISP_FMT(name), 0);
	struct aisp_range cut;
	struct aisp_err none = {0};
	aisp_buf_init(&text, MOST_BYTES + 1);
	aisp_buf_init(&after, MOST_BYTES + 1);
	aisp_buf_init(&diff, MOST_BYTES + 1);
	if (!path.p)
		return aisp_step__nomem(m);
	if (!root.n)
		return 0;
	/* gone or changed meanwhile: then there is no patch */
	if (aisp_fs_read(AT_FDCWD, path.p, true, MOST_BYTES, &text, &none) < 0 || !aisp_slice_is_utf8(aisp_buf_slice(&text)) ||
	    !cut_of(m, aisp_buf_slice(&text), name, pointer, ev->line, &cut))
		return 0;
	const struct aisp_slice old = aisp_buf_slice(&text);
	const uint32_t from = line_of(old, cut.from), to = line_of(old, cut.end);
	if (has_secret(m, ev, from > 4 ? from - 4 : 0, to + 4))
		return aisp_step__note(m, "the lines hold a credential, so no patch is written; renew the credential too");
	aisp_buf_put(&after, aisp_slice_to(old, cut.from));
	aisp_buf_put(&after, aisp_slice_from(old, cut.end));
	if (after.bad || aisp_unified_diff(name, old, aisp_buf_slice(&after), &diff) || diff.bad)
		return aisp_step__nomem(m);
	m->step->patch = aisp_arena_dup(m->a, aisp_buf_slice(&diff));
	if (!m->step->patch.p)
		return aisp_step__nomem(m);
	if (m->step->system != AISP_STEP_FILE)
		return 0;
	if (has_secret(m, ev, 0, UINT32_MAX))
		return aisp_step__note(m, "the file holds a credential elsewhere, so aisp does not copy it: apply the patch by hand");
	return make_live(m, aisp_slice_to(path, path.n - 1), old, aisp_buf_slice(&after));
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

int aisp_step__define(struct aisp_maker *m)
{
	static const char *const sources[] = {".tf", ".tf.json", ".yaml", ".yml", ".template", NULL};
	struct aisp_step *st = m->step;
	const struct aisp_slice pointer = pointer_of(st);
	const bool aws = aisp_slice_starts(st->kind, AISP_S("aws."));
	if (st->system == AISP_STEP_POSTGRES && st->automatic && st->n_does)
		return migration(m);
	for (size_t i = 0; i < st->n_edges; i++) {
		const struct aisp_sedge *e = &m->s->edges[st->edges[i]];
		const struct aisp_evidence *ev = aisp_step__file_evidence(m->s, e->ev_at, e->ev_n);
		if (!ev || (aws && !has_end(aisp_snapshot_text(m->s, ev->locator), sources)))
			continue;
		if ((aisp_slice_eqz(st->kind, "kubernetes.binding") || aisp_slice_eqz(st->kind, "kubernetes.subject")) && e->kind != AISP_EDGE_BOUND_TO)
			continue; /* the others' evidence is of the role */
		st->definition = aisp_snapshot_text(m->s, ev->locator);
		st->definition_line = ev->line;
		return pointer.n || (aws && statement_of(st->control) != UINT64_MAX) ? write_patch(m, ev, pointer) : 0;
	}
	return 0;
}
