/* The evidence of a finding as parts that can be compared later. A part is fields with tabs between:
 *
 *   severity<TAB>high      certainty<TAB>certain      data<TAB>restricted
 *   edge<TAB>CAN_READ<TAB>FROM<TAB>TO<TAB>CONTROL<TAB>CONDITION
 *
 * Line numbers are left out, so that a decision stays when a line moves; ids are compared by what they lead to now.
 */
#include "base/hash.h"
#include "base/mem.h"
#include "govern/decide_int.h"
#include <stdlib.h>

enum { MAX_FINGERPRINTS = 64, MAX_TOLD = 3 };

/* ---- Making ---- */

/* Behind a file's name? Only there is ":12" the number of a line; elsewhere it may be a port. */
static bool ends_in_file(struct aisp_slice s)
{
	static const char *const suffixes[] = {".py", ".js", ".ts", ".go", ".rb", ".sh", ".tf", ".java", ".yaml", ".yml", ".json", ".toml", ".env", ".sql", ".ipynb", ".md", "Dockerfile"};
	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
		if (aisp_slice_ends(s, aisp_slice_z(suffixes[i])))
			return true;
	return false;
}

/* A text as one field: no tabs, no line numbers. */
static void put_field(struct aisp_buf *out, struct aisp_slice s)
{
	const size_t from = out->n;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == ':' && i + 1 < s.n && s.p[i + 1] >= '0' && s.p[i + 1] <= '9' && ends_in_file(aisp_slice_of(out->p + from, out->n - from))) {
			while (i + 1 < s.n && s.p[i + 1] >= '0' && s.p[i + 1] <= '9')
				i++;
			continue;
		}
		aisp_buf_putc(out, (unsigned char)s.p[i] < 0x20 ? ' ' : s.p[i]);
	}
}

static void put_edge(struct aisp_buf *out, const struct aisp_snapshot *s, const struct aisp_sedge *e)
{
	const struct aisp_slice fields[] = {aisp_snapshot_text(s, s->nodes[e->from].id), aisp_snapshot_text(s, s->nodes[e->to].id), aisp_snapshot_text(s, e->control),
		aisp_snapshot_text(s, e->condition)};
	aisp_buf_printf(out, "edge\t%s", aisp_edge_kinds[e->kind].name);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		aisp_buf_putc(out, '\t');
		put_field(out, fields[i]);
	}
}

static int by_text(const void *a, const void *b)
{
	return aisp_slice_cmp(*(const struct aisp_slice *)a, *(const struct aisp_slice *)b);
}

static void finish(struct aisp_basis *b, struct aisp_buf *scratch)
{
	size_t n = 0;
	qsort(b->parts, b->n, sizeof *b->parts, by_text);
	for (size_t i = 0; i < b->n; i++)
		if (n == 0 || !aisp_slice_eq(b->parts[n - 1], b->parts[i]))
			b->parts[n++] = b->parts[i];
	b->n = n;
	aisp_buf_clear(scratch);
	for (size_t i = 0; i < n; i++) {
		aisp_buf_put(scratch, b->parts[i]);
		aisp_buf_putc(scratch, '\n');
	}
	const struct aisp_digest d = aisp_digest_of(scratch->p, scratch->n);
	aisp_digest_hex(&d, b->digest);
}

int aisp_basis_of(const struct aisp_snapshot *s, const struct aisp_finding *f, struct aisp_arena *a, struct aisp_basis *ret, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf scratch = {0};
	const aisp_node about = f->target ? f->target : f->subject;
	struct aisp_basis b = {.parts = aisp_arena_zalloc(a, f->path.n + 3, sizeof *b.parts)};
	bool whole = b.parts != NULL;

	aisp_buf_init(&scratch, 8 << 20);
	if (whole) {
		b.parts[b.n++] = aisp_arena_printf(a, "severity\t%s", aisp_severity_name(f->severity));
		b.parts[b.n++] = aisp_arena_printf(a, "certainty\t%s", f->certain ? "certain" : "possible");
		if (s->nodes[about].sensitivity)
			b.parts[b.n++] = aisp_arena_printf(a, "data\t%s", aisp_sensitivity_name(s->nodes[about].sensitivity));
	}
	for (size_t i = 0; whole && i < f->path.n; i++) {
		const aisp_edge e = f->path.hops[i].edge;
		if (!e || e > s->n_edges)
			continue;
		aisp_buf_clear(&scratch);
		put_edge(&scratch, s, &s->edges[e]);
		whole = aisp_buf_check(&scratch, NULL) == 0;
		b.parts[b.n++] = aisp_arena_dup(a, aisp_buf_slice(&scratch));
	}
	for (size_t i = 0; whole && i < b.n; i++)
		whole = b.parts[i].p != NULL;
	if (whole) {
		finish(&b, &scratch);
		whole = aisp_buf_check(&scratch, NULL) == 0;
	}
	if (!whole)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while writing down the evidence of a finding");
	*ret = b;
	return 0;
}

/* ---- Comparing ---- */

static bool has(const struct aisp_basis *b, struct aisp_slice part)
{
	return bsearch(&part, b->parts, b->n, sizeof part, by_text) != NULL;
}

/* Where an id may be divided: what stands before is the id of what contains it. 0: nowhere any more. */
static size_t shorter(struct aisp_slice id, size_t n)
{
	while (n > 1 && id.p[n - 1] != '/' && id.p[n - 1] != '#')
		n--;
	return n > 1 ? n - 1 : 0;
}

/* The node that goes by this name, also when only what contains it has another name now (a server that is reached at another address). */
static aisp_node find_renamed(const struct aisp_snapshot *s, struct aisp_slice name)
{
	AISP_AUTOBUF struct aisp_buf now = {0};
	aisp_node n = aisp_snapshot_find(s, name);
	aisp_buf_init(&now, 1 << 16);
	for (size_t at = shorter(name, name.n); !n && at; at = shorter(name, at)) {
		const aisp_node whole = aisp_snapshot_find(s, aisp_slice_to(name, at));
		if (!whole)
			continue;
		aisp_buf_clear(&now);
		aisp_buf_put(&now, aisp_snapshot_text(s, s->nodes[whole].id));
		aisp_buf_put(&now, aisp_slice_from(name, at));
		n = aisp_buf_check(&now, NULL) == 0 ? aisp_snapshot_find(s, aisp_buf_slice(&now)) : 0;
	}
	return n;
}

/* The part with ids as they are called now. */
static int renamed(const struct aisp_snapshot *s, struct aisp_slice part, struct aisp_buf *out)
{
	struct aisp_slice rest = part, field;
	aisp_buf_clear(out);
	for (size_t i = 0; aisp_slice_split(&rest, '\t', &field); i++) {
		const aisp_node n = i == 2 || i == 3 ? find_renamed(s, field) : 0;
		if (i)
			aisp_buf_putc(out, '\t');
		if (n)
			put_field(out, aisp_snapshot_text(s, s->nodes[n].id));
		else
			aisp_buf_put(out, field);
	}
	return aisp_buf_check(out, NULL);
}

/* "CAN_READ role/app → table/customers (GRANT …)" */
static void tell(struct aisp_buf *out, struct aisp_slice part)
{
	struct aisp_slice rest = part, f[6] = {{0}};
	for (size_t i = 0; i < 6 && aisp_slice_split(&rest, '\t', &f[i]); i++)
		;
	if (!aisp_slice_eqz(f[0], "edge")) {
		aisp_buf_put_printable(out, f[1]);
		if (aisp_slice_eqz(f[0], "severity") || aisp_slice_eqz(f[0], "data"))
			aisp_buf_printf(out, " %.*s", AISP_FMT(f[0]));
		return;
	}
	aisp_buf_put_printable(out, f[2]);
	aisp_buf_printf(out, " %.*s ", AISP_FMT(f[1]));
	aisp_buf_put_printable(out, f[3]);
	if (f[4].n) {
		aisp_buf_putz(out, " by ");
		aisp_buf_put_printable(out, f[4]);
	}
	if (f[5].n) {
		aisp_buf_putz(out, " if ");
		aisp_buf_put_printable(out, f[5]);
	}
}

static void tell_more(struct aisp_buf *out, const char *what, struct aisp_slice part, size_t *told)
{
	if (*told < MAX_TOLD) {
		aisp_buf_printf(out, "%s%s", out->n ? "; " : "", what);
		tell(out, part);
	}
	++*told;
}

int aisp_basis__differs(const struct aisp_snapshot *s, const struct aisp_basis *then, const struct aisp_basis *now, struct aisp_arena *a, struct aisp_slice *ret, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf out = {0}, scratch = {0};
	struct aisp_basis old = {.parts = aisp_arena_zalloc(a, then->n + 1, sizeof *old.parts), .n = then->n};
	size_t told_old = 0, told_new = 0;
	bool whole = old.parts != NULL;

	*ret = (struct aisp_slice){0};
	if (strcmp(then->digest, now->digest) == 0)
		return 0;
	aisp_buf_init(&out, 1 << 20);
	aisp_buf_init(&scratch, 8 << 20);
	for (size_t i = 0; whole && i < then->n; i++) {
		whole = renamed(s, then->parts[i], &scratch) == 0;
		old.parts[i] = aisp_arena_dup(a, aisp_buf_slice(&scratch));
		whole = whole && old.parts[i].p;
	}
	if (!whole)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while comparing evidence");
	finish(&old, &scratch);
	for (size_t i = 0; i < old.n; i++)
		if (!has(now, old.parts[i]))
			tell_more(&out, "no longer: ", old.parts[i], &told_old);
	for (size_t i = 0; i < now->n; i++)
		if (!has(&old, now->parts[i]))
			tell_more(&out, "now: ", now->parts[i], &told_new);
	const size_t more = (told_old > MAX_TOLD ? told_old - MAX_TOLD : 0) + (told_new > MAX_TOLD ? told_new - MAX_TOLD : 0);
	if (more)
		aisp_buf_printf(&out, "; and %zu more", more);
	if (aisp_buf_check(&out, NULL) < 0 || !(*ret = aisp_arena_dup(a, aisp_buf_slice(&out))).p)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while comparing evidence");
	return 0;
}

/* ---- Names ---- */

static int by_node(const void *a, const void *b)
{
	const struct aisp_alias_row *x = *(const struct aisp_alias_row *const *)a, *y = *(const struct aisp_alias_row *const *)b;
	return x->node != y->node ? (x->node < y->node ? -1 : 1) : x->alias != y->alias ? (x->alias < y->alias ? -1 : 1) : 0;
}

int aisp_names__make(const struct aisp_snapshot *s, struct aisp_arena *a, struct aisp_names *ret, struct aisp_err *err)
{
	const struct aisp_alias_row **v = aisp_arena_zalloc(a, (size_t)s->n_aliases + 1, sizeof *v);
	if (!v)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while listing names");
	for (uint32_t i = 0; i < s->n_aliases; i++)
		v[i] = &s->aliases[i];
	qsort(v, s->n_aliases, sizeof *v, by_node);
	*ret = (struct aisp_names){s, v, s->n_aliases};
	return 0;
}

/* The first alias of a node in the list. */
static size_t aliases_at(const struct aisp_names *x, aisp_node n)
{
	size_t lo = 0, hi = x->n;
	while (lo < hi) {
		const size_t mid = lo + (hi - lo) / 2;
		if (x->v[mid]->node < n)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Canonical id first, then aliases, then what it is called when what contains it goes by an alias. false: out of memory. */
static bool names_of(const struct aisp_names *x, aisp_node n, struct aisp_arena *a, struct aisp_slice *ret, size_t max, size_t *ret_count)
{
	const struct aisp_slice id = n ? aisp_snapshot_text(x->s, x->s->nodes[n].id) : (struct aisp_slice){0};
	size_t count = 0;
	ret[count++] = id;
	for (size_t i = n ? aliases_at(x, n) : x->n; i < x->n && x->v[i]->node == n && count < max; i++)
		ret[count++] = aisp_snapshot_text(x->s, x->v[i]->alias);
	for (size_t at = shorter(id, id.n); at && count < max; at = shorter(id, at)) {
		const aisp_node whole = aisp_snapshot_find(x->s, aisp_slice_to(id, at));
		if (!whole || aisp_snapshot_text(x->s, x->s->nodes[whole].id).n != at)
			continue;
		for (size_t i = aliases_at(x, whole); i < x->n && x->v[i]->node == whole && count < max; i++) {
			const struct aisp_slice name = aisp_arena_printf(a, "%.*s%.*s", AISP_FMT(aisp_snapshot_text(x->s, x->v[i]->alias)), AISP_FMT(aisp_slice_from(id, at)));
			bool known = false;
			for (size_t k = 0; k < count; k++)
				known |= aisp_slice_eq(ret[k], name);
			if (!name.p)
				return false;
			if (!known)
				ret[count++] = name;
		}
	}
	*ret_count = count;
	return true;
}

int aisp_names__fingerprints(const struct aisp_names *names, const struct aisp_finding *f, struct aisp_arena *a, struct aisp_slice **ret, size_t *ret_n, struct aisp_err *err)
{
	enum { EACH = 8 };
	AISP_AUTOBUF struct aisp_buf scratch = {0};
	struct aisp_slice id[3][EACH];
	const aisp_node nodes[3] = {f->subject, f->start, f->counts_target ? f->target : 0};
	size_t count[3] = {0}, n = 0;
	bool whole = true;
	char hex[33];

	aisp_buf_init(&scratch, 1 << 20);
	for (size_t i = 0; whole && i < 3; i++)
		whole = names_of(names, nodes[i], a, id[i], EACH, &count[i]);
	struct aisp_slice *v = whole ? aisp_arena_zalloc(a, MAX_FINGERPRINTS, sizeof *v) : NULL;
	whole = v != NULL;
	for (size_t at = 1; whole && at < count[0] * count[1] * count[2] && n < MAX_FINGERPRINTS; at++) {
		const size_t i = at % count[0], j = at / count[0] % count[1], k = at / count[0] / count[1];
		/* The same thing is called the same wherever it stands in the finding. */
		if ((nodes[1] == nodes[0] && i != j) || (nodes[2] == nodes[0] && i != k) || (nodes[2] && nodes[2] == nodes[1] && j != k))
			continue;
		const struct aisp_slice ids[3] = {id[0][i], id[1][j], id[2][k]};
		whole = aisp_finding_fingerprint(f->rule->id, ids, &scratch, hex, NULL) == 0 && (v[n] = aisp_arena_dup(a, aisp_slice_z(hex))).p;
		n++;
	}
	if (!whole)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while naming a finding");
	*ret = v;
	*ret_n = n;
	return 0;
}
