/* Saving a scan: its facts are compared with those that stand, table by table, and only what changed is written.
 *
 *   1  read the rows that stand: digest of content → row id; what each row's source did in this scan decides its fate
 *   2  go through the snapshot's facts: what is found in (1) is marked, the others are remembered by their place
 *   3  end the rows that should have been found: X_fact → X_past
 *   4  go through the snapshot's facts again and write those remembered, into the row ids that became free first, so that
 *      ids stay dense (loading uses them as array indices)
 *
 * All of it inside one transaction that was begun for writing. In an empty table (1) to (3) have nothing to do.
 */
#include "base/hash.h"
#include "base/mem.h"
#include "base/vec.h"
#include "store/sqlite/facts.h"

/* What is to become of a row that stands. */
enum fate {
	FATE_NONE,     /* no such row: the id is free */
	FATE_STAYS,    /* its source was not asked or failed */
	FATE_ENDS,     /* its source was read and has not said it (yet) */
	FATE_FOUND,    /* said again */
	FATE_REPLACED, /* its source failed, but said something newer of the same thing */
};

struct standing {
	struct aisp_map by_content;  /* rows of the sources in this scan */
	struct aisp_map by_identity; /* rows of those that failed or were kept */
	uint8_t *fate;               /* by row id */
	uint32_t max;                /* highest row id */
	uint32_t next_free;
	uint64_t *new_facts; /* bits by place among the snapshot's facts of this table */
	size_t n_words;
	bool first; /* nothing stood: all facts are new */
};

struct saver {
	struct aisp_store *st;
	const struct aisp_snapshot *s;
	const struct aisp_store_save *in;
	int64_t run;
	uint32_t *text_of;    /* symbol of the snapshot → number of the text, 0 = not asked yet */
	uint32_t *source_of;  /* source of the snapshot → id in the store */
	uint8_t *outcome_of;  /* id of a source in the store → enum sq_outcome, 0 = not in this scan */
	uint32_t n_sources;   /* highest id */
	sqlite3_stmt *add_text, *add_fact, *add_source;
	enum fact_table_id table;
	struct standing old;
	bool writing;        /* step 4, else step 2 */
	size_t place;
	struct aisp_buf extra;
	AISP_VEC(struct aisp_evidence) ev;
	AISP_VEC(struct aisp_prop) props;
	uint32_t n_added, n_ended, n_ok, n_failed, n_noted;
	int r; /* first failure, or 0 */
	struct aisp_err *err;
};

/* Texts. */

static uint32_t text_number(struct saver *v, aisp_sym sym)
{
	aisp_sym number = 0;

	if (sym == 0 || v->r < 0)
		return 0;
	if (v->text_of[sym])
		return v->text_of[sym];
	struct aisp_slice text = aisp_symtab_get(v->s->syms, sym);
	uint32_t before = aisp_symtab_count(v->st->dict);

	v->r = aisp_symtab_add(v->st->dict, text, &number, v->err);
	if (v->r == 0 && number > before) {
		sqlite3_bind_int64(v->add_text, 1, number);
		aisp_store__sq_bind_text(v->add_text, 2, text);
		v->r = aisp_store__sq_run(v->add_text, v->err);
	}
	v->text_of[sym] = number;
	return number;
}

/* Step 1. */

static uint8_t fate_of(const struct saver *v, const struct fact *f)
{
	switch (f->source <= v->n_sources ? v->outcome_of[f->source] : 0) {
	case SQ_OK:
	case SQ_DROPPED:
		return FATE_ENDS;
	case SQ_FAILED:
		return v->table == FACT_GAP && (f->meta & GAP_OF_FAILURE) ? FATE_ENDS : FATE_STAYS;
	default:
		return FATE_STAYS;
	}
}

static int remember(struct saver *v, uint32_t id, const struct fact *f)
{
	unsigned outcome = f->source <= v->n_sources ? v->outcome_of[f->source] : 0;
	int r = 0;

	v->old.fate[id] = fate_of(v, f);
	if (outcome == 0)
		return 0;
	r = aisp_map_put(&v->old.by_content, aisp_store__fact_digest(f), id, v->err);
	if (r == 0 && (outcome == SQ_FAILED || outcome == SQ_KEPT) && v->table <= FACT_EDGE)
		r = aisp_map_put(&v->old.by_identity, aisp_store__fact_identity(f), id, v->err);
	return r;
}

static int read_standing(struct saver *v)
{
	SQ_AUTO sqlite3_stmt *q = NULL;
	AISP_AUTOBUF struct aisp_buf sql = {0};
	int64_t max, id;
	struct fact f = {0};
	int r;

	aisp_buf_printf(&sql, "SELECT max(id) FROM %s_fact", aisp_store__fact_tables[v->table].name);
	if ((r = aisp_buf_check(&sql, v->err)) < 0 || (r = aisp_store__sq_number(v->st->db, sql.p, &max, v->err)) < 0)
		return r;
	if (max < 0 || max > INT32_MAX)
		return aisp_store__sq_fail(v->st->db, SQLITE_CORRUPT, v->err, "");
	v->old.max = (uint32_t)max;
	v->old.first = max == 0;
	v->old.next_free = 1;
	v->old.fate = aisp_mem_zalloc((size_t)max + 1, 1);
	if (!v->old.fate)
		return aisp_store__sq_nomem(v->err);
	if (v->old.first)
		return 0;
	if ((r = aisp_store__fact_select(v->st->db, v->table, false, "", &q, v->err)) < 0)
		return r;
	while ((r = aisp_store__sq_step(q, v->err)) > 0) {
		aisp_store__fact_read(q, &aisp_store__fact_tables[v->table], &f, &id);
		if (id < 1 || id > max)
			return aisp_store__sq_fail(v->st->db, SQLITE_CORRUPT, v->err, "");
		if ((r = remember(v, (uint32_t)id, &f)) < 0)
			return r;
	}
	return r;
}

/* Steps 2 and 4: one fact of the snapshot. */

static int compare(struct saver *v, struct fact *f, unsigned outcome)
{
	uint32_t id = aisp_map_get(&v->old.by_content, aisp_store__fact_digest(f));
	size_t word = v->place / 64;

	if (!id && outcome == SQ_FAILED && v->table == FACT_GAP) {
		f->meta |= GAP_OF_FAILURE;
		id = aisp_map_get(&v->old.by_content, aisp_store__fact_digest(f));
	}
	if (id) {
		v->old.fate[id] = FATE_FOUND;
		return 0;
	}
	if (word >= v->old.n_words) {
		size_t n = v->old.n_words ? v->old.n_words * 2 : 64;

		while (n <= word)
			n *= 2;
		uint64_t *bits = aisp_mem_resize(v->old.new_facts, n, sizeof *bits);

		if (!bits)
			return aisp_store__sq_nomem(v->err);
		memset(bits + v->old.n_words, 0, (n - v->old.n_words) * sizeof *bits);
		v->old.new_facts = bits;
		v->old.n_words = n;
	}
	v->old.new_facts[word] |= 1ULL << v->place % 64;
	if (v->table <= FACT_EDGE && (id = aisp_map_get(&v->old.by_identity, aisp_store__fact_identity(f))) != 0 &&
	    v->old.fate[id] == FATE_STAYS)
		v->old.fate[id] = FATE_REPLACED;
	return 0;
}

static int write_fact(struct saver *v, struct fact *f, unsigned outcome)
{
	struct standing *old = &v->old;

	if (!old->first && (v->place / 64 >= old->n_words || !(old->new_facts[v->place / 64] >> v->place % 64 & 1)))
		return 0;
	if (v->table == FACT_GAP && outcome == SQ_FAILED)
		f->meta |= GAP_OF_FAILURE;
	while (old->next_free <= old->max && old->fate[old->next_free] != FATE_NONE)
		old->next_free++;
	if (old->next_free > INT32_MAX)
		return aisp_fail(v->err, AISP_E_LIMIT, "the store holds more than 2^31 facts of one kind");
	v->n_added++;
	return aisp_store__fact_write(v->add_fact, v->table, old->next_free++, f, v->run, v->err);
}

static void take_fact(struct saver *v, struct fact *f)
{
	unsigned outcome = v->outcome_of[f->source];

	/* A dropped source says nothing any more. */
	if (v->r < 0 || outcome == SQ_DROPPED)
		return;
	f->extra = v->extra.p;
	f->extra_n = (uint32_t)v->extra.n;
	if (v->writing)
		v->r = write_fact(v, f, outcome);
	else
		v->r = compare(v, f, outcome);
	v->place++;
}

/* The rows of one source of a node or edge, with texts instead of symbols, become the rest of f. */
static void take_rows(struct saver *v, struct fact *f, const struct aisp_evidence *ev, uint32_t n_ev, const struct aisp_prop *props,
                      uint32_t n_props)
{
	v->ev.n = v->props.n = 0;
	if (aisp_vec_reserve(&v->ev, n_ev) < 0 || aisp_vec_reserve(&v->props, n_props) < 0) {
		v->r = aisp_store__sq_nomem(v->err);
		return;
	}
	for (uint32_t i = 0; i < n_ev; i++) {
		struct aisp_evidence e = ev[i];

		e.locator = text_number(v, e.locator);
		e.pointer = text_number(v, e.pointer);
		e.note = text_number(v, e.note);
		v->ev.v[v->ev.n++] = e;
	}
	for (uint32_t i = 0; i < n_props; i++) {
		struct aisp_prop p = props[i];

		p.key = text_number(v, p.key);
		if (p.type == AISP_PROP_STR || p.type == AISP_PROP_LIST)
			p.s = text_number(v, p.s);
		v->props.v[v->props.n++] = p;
	}
	aisp_buf_clear(&v->extra);
	if (n_ev) {
		const struct aisp_evidence *first = v->ev.v;

		f->meta |= (uint32_t)first->form << 16 | (uint32_t)first->confidence << 24;
		f->locator = first->locator;
		f->line = first->line;
		f->pointer = first->pointer;
		f->note = first->note;
		n_ev--;
	}
	aisp_store__fact_extra_put(&v->extra, v->ev.v ? v->ev.v + (v->ev.n - n_ev) : NULL, n_ev, v->props.v, n_props);
	if (v->r == 0)
		v->r = aisp_buf_check(&v->extra, v->err);
	take_fact(v, f);
}

/* One fact for each source that has rows of this node or edge; both kinds of rows are sorted by source. */
static void take_owner(struct saver *v, const struct fact *head, uint32_t ev_at, uint32_t n_ev, uint32_t prop_at, uint32_t n_props)
{
	const struct aisp_evidence *ev = v->s->evidence + ev_at;
	const struct aisp_prop *props = v->s->props + prop_at;

	for (uint32_t e = 0, p = 0; (e < n_ev || p < n_props) && v->r == 0;) {
		uint32_t source = e < n_ev ? ev[e].source : UINT32_MAX, e0 = e, p0 = p;
		struct fact f = *head;

		if (p < n_props && props[p].source < source)
			source = props[p].source;
		while (e < n_ev && ev[e].source == source)
			e++;
		while (p < n_props && props[p].source == source)
			p++;
		f.source = v->source_of[source];
		take_rows(v, &f, ev + e0, e - e0, props + p0, p - p0);
	}
}

static void take_nodes(struct saver *v)
{
	for (uint32_t i = 1; i <= v->s->n_nodes && v->r == 0; i++) {
		const struct aisp_snode *n = &v->s->nodes[i];
		struct fact f = {.a = text_number(v, n->id), .meta = n->kind};

		take_owner(v, &f, n->ev_at, n->ev_n, n->prop_at, n->prop_n);
	}
}

static void take_edges(struct saver *v)
{
	for (uint32_t i = 1; i <= v->s->n_edges && v->r == 0; i++) {
		const struct aisp_sedge *e = &v->s->edges[i];
		struct fact f = {.a = text_number(v, v->s->nodes[e->from].id), .b = text_number(v, v->s->nodes[e->to].id),
		                 .meta = e->kind | (uint32_t)e->flags << 8, .control = text_number(v, e->control),
		                 .condition = text_number(v, e->condition)};

		take_owner(v, &f, e->ev_at, e->ev_n, e->prop_at, e->prop_n);
	}
}

static void take_aliases(struct saver *v)
{
	for (uint32_t i = 0; i < v->s->n_aliases && v->r == 0; i++) {
		const struct aisp_alias_row *a = &v->s->aliases[i];
		struct fact f = {.source = v->source_of[a->source], .a = text_number(v, a->alias),
		                 .b = text_number(v, v->s->nodes[a->node].id)};

		take_fact(v, &f);
	}
}

static void take_gaps(struct saver *v)
{
	for (uint32_t i = 0; i < v->s->n_gaps && v->r == 0; i++) {
		const struct aisp_gap_row *g = &v->s->gaps[i];
		struct fact f = {.source = v->source_of[g->source], .a = text_number(v, g->what), .b = text_number(v, g->detail),
		                 .meta = g->why};

		take_fact(v, &f);
	}
}

static int take_all(struct saver *v, bool writing)
{
	static void (*const take[FACT_TABLES])(struct saver *) = {take_nodes, take_edges, take_aliases, take_gaps};

	v->writing = writing;
	v->place = 0;
	aisp_buf_clear(&v->extra);
	take[v->table](v);
	return v->r;
}

/* Step 3. */

static int prepare_ending(struct saver *v, sqlite3_stmt **ret_copy, sqlite3_stmt **ret_delete)
{
	const struct fact_table *t = &aisp_store__fact_tables[v->table];
	AISP_AUTOBUF struct aisp_buf columns = {0}, sql = {0};
	int r;

	for (unsigned i = 0; i < t->n_columns; i++)
		aisp_buf_printf(&columns, "%s, ", t->columns[i].name);
	aisp_buf_printf(&columns, "%sfrom_run", t->has_extra ? "extra, " : "");
	if ((r = aisp_buf_check(&columns, v->err)) < 0)
		return r;
	aisp_buf_printf(&sql, "INSERT INTO %s_past(%s, to_run) SELECT %s, ?2 FROM %s_fact WHERE id = ?1", t->name, columns.p,
	                columns.p, t->name);
	if ((r = aisp_buf_check(&sql, v->err)) < 0 || (r = aisp_store__sq_prepare(v->st->db, sql.p, ret_copy, v->err)) < 0)
		return r;
	aisp_buf_clear(&sql);
	aisp_buf_printf(&sql, "DELETE FROM %s_fact WHERE id = ?1", t->name);
	r = aisp_buf_check(&sql, v->err);
	return r < 0 ? r : aisp_store__sq_prepare(v->st->db, sql.p, ret_delete, v->err);
}

static int end_rows(struct saver *v)
{
	SQ_AUTO sqlite3_stmt *copy = NULL, *delete = NULL;
	int r = prepare_ending(v, &copy, &delete);

	if (r < 0)
		return r;
	sqlite3_bind_int64(copy, 2, v->run);
	for (uint32_t id = 1; id <= v->old.max; id++) {
		if (v->old.fate[id] != FATE_ENDS && v->old.fate[id] != FATE_REPLACED)
			continue;
		sqlite3_bind_int64(copy, 1, id);
		sqlite3_bind_int64(delete, 1, id);
		if ((r = aisp_store__sq_run(copy, v->err)) < 0 || (r = aisp_store__sq_run(delete, v->err)) < 0)
			return r;
		v->old.fate[id] = FATE_NONE;
		v->n_ended++;
	}
	return 0;
}

static void forget_standing(struct saver *v)
{
	aisp_map_done(&v->old.by_content);
	aisp_map_done(&v->old.by_identity);
	aisp_mem_free(v->old.fate);
	aisp_mem_free(v->old.new_facts);
	v->old = (struct standing){0};
	aisp_store__sq_finalize(&v->add_fact);
}

static int save_table(struct saver *v, enum fact_table_id table)
{
	int r;

	v->table = table;
	if ((r = read_standing(v)) == 0 && (v->old.first || (r = take_all(v, false)) == 0)) {
		/* Only the marks are needed from here on. */
		aisp_map_done(&v->old.by_content);
		aisp_map_done(&v->old.by_identity);
		if ((r = end_rows(v)) == 0 && (r = aisp_store__fact_insert(v->st->db, table, &v->add_fact, v->err)) == 0)
			r = take_all(v, true);
	}
	forget_standing(v);
	return r;
}

/* Sources. */

/* The id of a source, its row made or brought up to date; kind and target may be unknown (n = 0). */
static int source_row(struct saver *v, struct aisp_slice key, struct aisp_slice kind, struct aisp_slice target, uint32_t *ret_id)
{
	SQ_AUTO sqlite3_stmt *find = NULL, *put = NULL;
	int r = aisp_store__sq_prepare(v->st->db, "SELECT id, kind, target FROM source WHERE key = ?", &find, v->err);
	int64_t id = 0;

	if (r < 0)
		return r;
	aisp_store__sq_bind_text(find, 1, key);
	if ((r = aisp_store__sq_step(find, v->err)) < 0)
		return r;
	if (r > 0) {
		id = sqlite3_column_int64(find, 0);
		*ret_id = (uint32_t)id;
		if (kind.n == 0 || (aisp_slice_eq(kind, aisp_store__sq_text(find, 1)) && aisp_slice_eq(target, aisp_store__sq_text(find, 2))))
			return 0;
	}
	const char *sql = id ? "UPDATE source SET key = ?2, kind = ?3, target = ?4 WHERE id = ?1"
	                     : "INSERT INTO source(id, key, kind, target) VALUES(?1, ?2, ?3, ?4)";

	if ((!id && (r = aisp_store__sq_number(v->st->db, "SELECT count(*) + 1 FROM source", &id, v->err)) < 0) ||
	    (r = aisp_store__sq_prepare(v->st->db, sql, &put, v->err)) < 0)
		return r;
	*ret_id = (uint32_t)id;
	sqlite3_bind_int64(put, 1, id);
	aisp_store__sq_bind_text(put, 2, key);
	aisp_store__sq_bind_text(put, 3, kind);
	aisp_store__sq_bind_text(put, 4, target);
	return aisp_store__sq_run(put, v->err);
}

/* With what a source was collected; a failure says it only where nothing is known. Nothing is written where nothing changes. */
static int note_options(struct saver *v, size_t i)
{
	SQ_AUTO sqlite3_stmt *put = NULL;
	const struct aisp_store_outcome *x = &v->in->outcomes[i];

	if (!v->in->options || !v->in->options[i].n)
		return 0;
	int r = aisp_store__sq_prepare(v->st->db, "UPDATE source SET options = ?2 WHERE key = ?1 AND options <> ?2 AND (?3 OR options = '')", &put, v->err);

	if (r < 0)
		return r;
	aisp_store__sq_bind_text(put, 1, x->key);
	aisp_store__sq_bind_text(put, 2, v->in->options[i]);
	sqlite3_bind_int(put, 3, x->ok);
	return aisp_store__sq_run(put, v->err);
}

/* How a source fared: as told, else it was kept. */
static enum sq_outcome outcome_of(const struct saver *v, struct aisp_slice key)
{
	for (size_t i = 0; i < v->in->n_outcomes; i++)
		if (aisp_slice_eq(v->in->outcomes[i].key, key))
			return v->in->outcomes[i].ok ? SQ_OK : SQ_FAILED;
	return SQ_KEPT;
}

/* Writes that the source took part in this run, unless that was written already. */
static int note_source(struct saver *v, uint32_t id, enum sq_outcome outcome, int64_t collected_us)
{
	sqlite3_stmt *put = v->add_source;

	if (id == 0 || id > v->n_sources)
		return aisp_store__sq_fail(v->st->db, SQLITE_CORRUPT, v->err, "");
	if (v->outcome_of[id])
		return 0;
	v->outcome_of[id] = (uint8_t)outcome;
	v->n_ok += outcome == SQ_OK;
	v->n_failed += outcome == SQ_FAILED;
	sqlite3_bind_int64(put, 1, v->run);
	sqlite3_bind_int64(put, 2, ++v->n_noted);
	sqlite3_bind_int64(put, 3, id);
	sqlite3_bind_int64(put, 4, outcome);
	sqlite3_bind_int64(put, 5, collected_us);
	return aisp_store__sq_run(put, v->err);
}

/* The snapshot's sources in their order, which is that of priority; then those that are told but not in it. */
static int note_sources(struct saver *v)
{
	uint32_t id = 0;
	int r;

	for (uint32_t i = 1; i <= v->s->n_sources; i++) {
		const struct aisp_source_row *x = &v->s->sources[i];
		struct aisp_slice key = aisp_snapshot_text(v->s, x->key);
		enum sq_outcome outcome = outcome_of(v, key);

		if ((r = source_row(v, key, aisp_snapshot_text(v->s, x->kind), aisp_snapshot_text(v->s, x->target), &id)) < 0 ||
		    (r = note_source(v, id, outcome, outcome == SQ_OK ? x->collected_us : 0)) < 0)
			return r;
		v->source_of[i] = id;
	}
	for (size_t i = 0; i < v->in->n_outcomes; i++) {
		const struct aisp_store_outcome *x = &v->in->outcomes[i];

		if ((r = source_row(v, x->key, AISP_S(""), AISP_S(""), &id)) < 0 ||
		    (r = note_source(v, id, x->ok ? SQ_OK : SQ_FAILED, x->ok ? v->in->finished_us : 0)) < 0 ||
		    (r = note_options(v, i)) < 0)
			return r;
	}
	for (size_t i = 0; i < v->in->n_dropped; i++)
		if ((r = source_row(v, v->in->dropped[i], AISP_S(""), AISP_S(""), &id)) < 0 ||
		    (r = note_source(v, id, SQ_DROPPED, 0)) < 0)
			return r;
	return 0;
}

static int save_sources(struct saver *v)
{
	int64_t known;
	int r = aisp_store__sq_number(v->st->db, "SELECT count(*) FROM source", &known, v->err);

	if (r < 0)
		return r;
	v->n_sources = (uint32_t)((size_t)known + v->s->n_sources + v->in->n_outcomes + v->in->n_dropped);
	v->outcome_of = aisp_mem_zalloc((size_t)v->n_sources + 1, sizeof *v->outcome_of);
	v->source_of = aisp_mem_zalloc((size_t)v->s->n_sources + 1, sizeof *v->source_of);
	if (!v->outcome_of || !v->source_of)
		return aisp_store__sq_nomem(v->err);
	r = aisp_store__sq_prepare(v->st->db, "INSERT INTO run_source(run, position, source, outcome, collected_us) VALUES(?, ?, ?, ?, ?)",
	               &v->add_source, v->err);
	return r < 0 ? r : note_sources(v);
}

/* The run. */

static int save_run(struct saver *v)
{
	SQ_AUTO sqlite3_stmt *put = NULL;
	int r = aisp_store__sq_prepare(v->st->db, "INSERT INTO run(id, started_us, finished_us, title, added, removed, sources_ok, sources_failed,"
	                              " n_nodes, n_edges, n_gaps, n_findings) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", &put, v->err);

	if (r < 0)
		return r;
	sqlite3_bind_int64(put, 1, v->run);
	sqlite3_bind_int64(put, 2, v->in->started_us);
	sqlite3_bind_int64(put, 3, v->in->finished_us);
	aisp_store__sq_bind_text(put, 4, v->in->title);
	sqlite3_bind_int64(put, 5, v->n_added);
	sqlite3_bind_int64(put, 6, v->n_ended);
	sqlite3_bind_int64(put, 7, v->n_ok);
	sqlite3_bind_int64(put, 8, v->n_failed);
	sqlite3_bind_int64(put, 9, v->s->n_nodes);
	sqlite3_bind_int64(put, 10, v->s->n_edges);
	sqlite3_bind_int64(put, 11, v->s->n_gaps);
	sqlite3_bind_int64(put, 12, (int64_t)v->in->n_findings);
	return aisp_store__sq_run(put, v->err);
}

/* Is every source whose facts stand one that was looked at in this scan? */
static int all_settled(struct saver *v, bool *ret_all)
{
	AISP_CLEANUP(aisp_arena_freep) struct aisp_arena *a = aisp_arena_new(0);
	struct sq_source *sources;
	size_t n;
	bool all = true;

	if (!a)
		return aisp_store__sq_nomem(v->err);
	int r = aisp_store__sq_sources_at(v->st->db, v->run, a, &sources, &n, v->err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n && all; i++)
		all = sources[i].id <= v->n_sources && v->outcome_of[sources[i].id] != 0 &&
		      v->outcome_of[sources[i].id] != SQ_FAILED;
	*ret_all = all;
	return 0;
}

static int save_findings(struct saver *v)
{
	struct sq_settled settled = {.in = v->in, .outcome = v->outcome_of, .n_sources = v->n_sources};
	int r = all_settled(v, &settled.all);

	return r < 0 ? r : aisp_store__sq_findings_save(v->st->db, v->run, v->s, &settled, v->err);
}

static int save_all(struct saver *v)
{
	int64_t last;
	int r;

	if ((r = aisp_store__sq_number(v->st->db, "SELECT max(id) FROM run", &last, v->err)) < 0)
		return r;
	v->run = last + 1;
	v->text_of = aisp_mem_zalloc((size_t)aisp_symtab_count(v->s->syms) + 1, sizeof *v->text_of);
	if (!v->st->dict)
		v->st->dict = aisp_symtab_new();
	if (!v->text_of || !v->st->dict)
		return aisp_store__sq_nomem(v->err);
	if ((r = aisp_store__sq_dict_read(v->st->db, v->st->dict, v->err)) < 0 ||
	    (r = aisp_store__sq_prepare(v->st->db, "INSERT INTO text(id, text) VALUES(?, ?)", &v->add_text, v->err)) < 0 ||
	    (r = save_sources(v)) < 0)
		return r;
	for (unsigned t = 0; t < FACT_TABLES; t++)
		if ((r = save_table(v, (enum fact_table_id)t)) < 0)
			return r;
	if ((r = save_findings(v)) < 0)
		return r;
	return save_run(v);
}

int aisp_store_save(struct aisp_store *st, const struct aisp_snapshot *snapshot, const struct aisp_store_save *in,
                    int64_t *ret_run, struct aisp_err *err)
{
	struct saver v = {.st = st, .s = snapshot, .in = in, .err = err};
	int r;

	if (st->flags & AISP_STORE_READONLY)
		return aisp_fail(err, AISP_E_ACCESS, "the store %s was opened for reading only", st->path);
	if ((r = aisp_store__sq_exec(st->db, "BEGIN IMMEDIATE", err)) < 0)
		return r;
	r = save_all(&v);
	aisp_store__sq_finalize(&v.add_text);
	aisp_store__sq_finalize(&v.add_source);
	if (r == 0)
		r = aisp_store__sq_exec(st->db, "COMMIT", err);
	if (r < 0) {
		sqlite3_exec(st->db, "ROLLBACK", NULL, NULL, NULL);
		/* It may hold texts that were rolled back. */
		aisp_symtab_freep(&st->dict);
	} else {
		/* The scan is safe already; this only moves it from the log into the file, as far as readers allow. */
		sqlite3_wal_checkpoint_v2(st->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
		*ret_run = v.run;
	}
	aisp_mem_free(v.text_of);
	aisp_mem_free(v.source_of);
	aisp_mem_free(v.outcome_of);
	aisp_buf_done(&v.extra);
	aisp_vec_done(&v.ev);
	aisp_vec_done(&v.props);
	return r;
}
