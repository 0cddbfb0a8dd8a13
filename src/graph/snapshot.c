/* Reading a snapshot: by id, by what a person types, properties (see snapshot.h). Making one: freeze.c and finish.c. */
#include "base/buf.h"
#include "graph/graph_int.h"

void aisp_snapshot_free(struct aisp_snapshot *s)
{
	if (!s)
		return;
	aisp_symtab_free(s->syms);
	aisp_mem_free(s->nodes);
	aisp_mem_free(s->edges);
	aisp_mem_free(s->out_at);
	aisp_mem_free(s->in_at);
	aisp_mem_free(s->in_edges);
	aisp_mem_free(s->evidence);
	aisp_mem_free(s->props);
	aisp_mem_free(s->sources);
	aisp_mem_free(s->gaps);
	aisp_mem_free(s->aliases);
	aisp_map_done(&s->by_id);
	aisp_mem_free(s);
}

void aisp_snapshot_freep(struct aisp_snapshot **s)
{
	aisp_snapshot_free(*s);
	*s = NULL;
}

struct aisp_slice aisp_snapshot_text(const struct aisp_snapshot *s, aisp_sym sym)
{
	return aisp_symtab_get(s->syms, sym);
}

const char *aisp_snapshot_z(const struct aisp_snapshot *s, aisp_sym sym)
{
	return aisp_symtab_z(s->syms, sym);
}

const struct aisp_prop *aisp_snapshot_prop(const struct aisp_snapshot *s, aisp_node n, const char *key)
{
	aisp_sym sym = aisp_symtab_find(s->syms, aisp_slice_z(key));

	if (!sym || n == 0 || n > s->n_nodes)
		return NULL;
	const struct aisp_prop *props = s->props + s->nodes[n].prop_at;

	/* Sorted by source: the first found is that of the first source. */
	for (uint32_t i = 0; i < s->nodes[n].prop_n; i++)
		if (props[i].key == sym)
			return &props[i];
	return NULL;
}

struct aisp_slice aisp_snapshot_prop_str(const struct aisp_snapshot *s, aisp_node n, const char *key)
{
	const struct aisp_prop *p = aisp_snapshot_prop(s, n, key);

	if (!p || (p->type != AISP_PROP_STR && p->type != AISP_PROP_LIST))
		return (struct aisp_slice){0};
	return aisp_symtab_get(s->syms, p->s);
}

aisp_node aisp_snapshot_find(const struct aisp_snapshot *s, struct aisp_slice id_or_alias)
{
	aisp_sym sym = aisp_symtab_find(s->syms, id_or_alias);

	return sym ? aisp_map_get(&s->by_id, (struct aisp_key){sym, 0}) : 0;
}

/* What a person types. */

struct ref {
	const struct aisp_snapshot *s;
	struct aisp_slice whole, part;
	aisp_node begin, end; /* nodes of the kind that was named, else all */
};

enum match { MATCH_NAME, MATCH_END, MATCH_PART };

/* Is it the last word, or words, of the text: "customers" of "crm.customers" and of "…/crm/customers"? */
static bool ends_with_word(struct aisp_slice text, struct aisp_slice part)
{
	if (text.n <= part.n || !aisp_slice_eqi(aisp_slice_from(text, text.n - part.n), part))
		return false;
	return strchr("/#:.@", text.p[text.n - part.n - 1]) != NULL;
}

static bool matches(const struct ref *ref, aisp_node n, enum match how)
{
	struct aisp_slice name = aisp_symtab_get(ref->s->syms, ref->s->nodes[n].name);

	if (how == MATCH_NAME)
		return aisp_slice_eq(name, ref->part);
	if (how == MATCH_END)
		return ends_with_word(name, ref->part) || ends_with_word(aisp_symtab_get(ref->s->syms, ref->s->nodes[n].id), ref->part);
	return aisp_slice_findi(name, ref->part) != SIZE_MAX ||
	       aisp_slice_findi(aisp_symtab_get(ref->s->syms, ref->s->nodes[n].id), ref->part) != SIZE_MAX;
}

static int ambiguous(const struct ref *ref, enum match how, uint32_t n_found, struct aisp_err *err)
{
	enum { SHOWN = 10 };
	AISP_AUTOBUF struct aisp_buf list = {.max = AISP_ERR_MSG_MAX - 128};
	uint32_t shown = 0;

	for (aisp_node n = ref->begin; n < ref->end && shown < SHOWN; n++) {
		if (!matches(ref, n, how))
			continue;
		struct aisp_slice id = aisp_symtab_get(ref->s->syms, ref->s->nodes[n].id);

		if (list.n + id.n + 32 > list.max)
			break;
		aisp_buf_printf(&list, "%s%s ", shown ? ", " : "", aisp_node_kinds[ref->s->nodes[n].kind].name);
		aisp_buf_put_printable(&list, id);
		shown++;
	}
	if (n_found > shown)
		return aisp_fail(err, AISP_E_AMBIGUOUS, "\"%.*s\" fits %u things: %s and %u more; give more of the id",
		                 AISP_FMT(ref->whole), n_found, list.p ? list.p : "", n_found - shown);
	return aisp_fail(err, AISP_E_AMBIGUOUS, "\"%.*s\" fits %u things: %s; give more of the id", AISP_FMT(ref->whole),
	                 n_found, list.p ? list.p : "");
}

/* 0 found, 1 nothing fits, else an error. */
static int match_all(const struct ref *ref, enum match how, aisp_node *ret_node, struct aisp_err *err)
{
	uint32_t n_found = 0;
	aisp_node found = 0;

	for (aisp_node n = ref->begin; n < ref->end; n++)
		if (matches(ref, n, how) && n_found++ == 0)
			found = n;
	if (n_found == 0)
		return 1;
	if (n_found > 1)
		return ambiguous(ref, how, n_found, err);
	*ret_node = found;
	return 0;
}

/* Edits (insert, delete, replace one byte, ASCII case ignored) between two short texts; `most` or more is given as `most`. */
static unsigned edits(struct aisp_slice a, struct aisp_slice b, unsigned most)
{
	enum { LONGEST = 64 };
	unsigned char row[LONGEST + 1];

	if (a.n > LONGEST || b.n > LONGEST || a.n + most <= b.n || b.n + most <= a.n)
		return most;
	for (size_t k = 0; k <= b.n; k++)
		row[k] = (unsigned char)k;
	for (size_t i = 1; i <= a.n; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned char)i;
		for (size_t k = 1; k <= b.n; k++) {
			bool same = aisp_slice_eqi(aisp_slice_of(a.p + i - 1, 1), aisp_slice_of(b.p + k - 1, 1));
			unsigned best = diagonal + !same, up = row[k] + 1U, left = row[k - 1] + 1U;

			diagonal = row[k];
			best = up < best ? up : best;
			row[k] = (unsigned char)(left < best ? left : best);
		}
	}
	return row[b.n] < most ? row[b.n] : most;
}

static int nothing_fits(const struct ref *ref, struct aisp_err *err)
{
	enum { NEAR = 3 };
	struct {
		aisp_node n;
		unsigned edits;
	} best[NEAR] = {0};
	unsigned most = 2 + (unsigned)(ref->part.n < 60 ? ref->part.n / 3 : 20);
	AISP_AUTOBUF struct aisp_buf list = {.max = AISP_ERR_MSG_MAX - 128};

	for (aisp_node n = 1; n <= ref->s->n_nodes; n++) {
		unsigned d = edits(ref->part, aisp_symtab_get(ref->s->syms, ref->s->nodes[n].name), most);
		size_t k = NEAR;

		while (d < most && k > 0 && (best[k - 1].n == 0 || d < best[k - 1].edits))
			k--;
		if (d >= most || k == NEAR)
			continue;
		memmove(best + k + 1, best + k, (NEAR - 1 - k) * sizeof *best);
		best[k].n = n;
		best[k].edits = d;
	}
	for (size_t k = 0; k < NEAR && best[k].n; k++) {
		aisp_buf_printf(&list, "%s%s ", k ? ", " : "", aisp_node_kinds[ref->s->nodes[best[k].n].kind].name);
		aisp_buf_put_printable(&list, aisp_symtab_get(ref->s->syms, ref->s->nodes[best[k].n].id));
	}
	if (list.n)
		return aisp_fail(err, AISP_E_NOTFOUND, "nothing is called \"%.*s\"; near it: %s", AISP_FMT(ref->whole), list.p);
	return aisp_fail(err, AISP_E_NOTFOUND, "nothing is called \"%.*s\"; `aisp assets` and `aisp identities` list what there is",
	                 AISP_FMT(ref->whole));
}

int aisp_snapshot_ref(const struct aisp_snapshot *s, struct aisp_slice text, aisp_node *ret_node, struct aisp_err *err)
{
	struct ref ref = {.s = s, .whole = text, .part = text, .begin = 1, .end = s->n_nodes + 1};
	size_t colon = aisp_slice_chr(text, ':');
	aisp_node n = aisp_snapshot_find(s, text);

	if (text.n == 0)
		return aisp_fail(err, AISP_E_USAGE, "empty reference; give an id, an alias or a part of a name");
	if (n == 0 && colon != SIZE_MAX) {
		enum aisp_node_kind kind = aisp_node_kind_find(aisp_slice_to(text, colon));

		if (kind != AISP_NODE_NONE) {
			ref.part = aisp_slice_from(text, colon + 1);
			ref.begin = s->kind_at[kind];
			ref.end = s->kind_at[kind + 1];
			n = aisp_snapshot_find(s, ref.part);
			n = n >= ref.begin && n < ref.end ? n : 0;
		}
	}
	if (n) {
		*ret_node = n;
		return 0;
	}
	int r = match_all(&ref, MATCH_NAME, ret_node, err);

	if (r == 1)
		r = match_all(&ref, MATCH_END, ret_node, err);
	if (r == 1)
		r = match_all(&ref, MATCH_PART, ret_node, err);
	return r == 1 ? nothing_fits(&ref, err) : r;
}
