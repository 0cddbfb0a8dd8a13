/* Loading a snapshot: all cores read ranges of rows at the same time, each through its own connection, straight to the
 * places where the rows belong.
 *
 *   row id ─▶ slot: nodes[slot], edges[slot]       (ids are dense: see save.c; holes are closed afterwards)
 *   first evidence ─▶ evidence[slot]               evidence: [ nodes' slots | edges' slots | tails of the parts ]
 *   two evidences or more, properties ─▶ the part's own tail, joined at the end
 *
 * Texts keep their numbers as symbols, so rows need no translation; only the ends of edges are texts (ids) and become
 * node numbers through an array. Rows that ended are read only for an earlier moment; they get the slots behind.
 * All connections must see the same moment: they begin to read, then say which run is their last; if one differs, a scan
 * was just written, and all begin anew.
 */
#include "base/mem.h"
#include "base/task.h"
#include "base/vec.h"
#include "store/sqlite/facts.h"

enum { MAX_WORKERS = 64, ROWS_WORTH_THREADS = 20000, TRIES = 20 };

enum part_kind { PART_TEXTS, PART_FACTS };

/* A range of rows of one table. */
struct part {
	enum part_kind kind;
	enum fact_table_id table;
	bool past;
	uint32_t lo, hi;  /* row ids */
	uint32_t slot;    /* of row lo; rows that ended come one after another */
	uint32_t n_slots; /* room */
	AISP_VEC(struct aisp_evidence) ev;
	AISP_VEC(struct aisp_prop) props;
	AISP_VEC(struct aisp_alias_row) aliases; /* node is still a text */
	AISP_VEC(struct aisp_gap_row) gaps;
	struct aisp_err err;
};

struct loader {
	struct aisp_store *st;
	int64_t run;
	bool latest;
	sqlite3 *db[MAX_WORKERS]; /* [0] is the store's own */
	unsigned n_db;
	struct aisp_snapshot *s;
	AISP_VEC(struct part) parts;
	uint32_t n_node_slots, n_edge_slots; /* slots run from 1 */
	struct sq_source *sources;           /* whose facts stand, in the arena */
	size_t n_standing;
	uint16_t *source_number;             /* id of a source in the store → in the snapshot, 0 = none */
	uint32_t n_sources;
	aisp_node *node_of; /* text → node */
	struct aisp_arena *arena;
	struct aisp_err *err;
};

static int damaged(const struct loader *l, struct aisp_err *err)
{
	return aisp_store__sq_fail(l->st->db, SQLITE_CORRUPT, err, "");
}

/* Connections. */

static void disconnect(struct loader *l)
{
	for (unsigned i = 1; i < l->n_db; i++)
		sqlite3_close(l->db[i]);
	l->n_db = 1;
}

static int last_run(sqlite3 *db, int64_t *ret_run, struct aisp_err *err)
{
	return aisp_store__sq_number(db, "SELECT max(id) FROM run", ret_run, err);
}

/* Opens the others and lets them begin; 1 when they do not see what the first one sees. */
static int connect_others(struct loader *l, unsigned want, int64_t last)
{
	for (unsigned i = 1; i < want; i++) {
		int64_t seen;
		int r = aisp_store__sq_connect(l->st->path, SQLITE_OPEN_READONLY, &l->db[i], l->err);

		if (r < 0)
			return r;
		l->n_db = i + 1;
		if ((r = aisp_store__sq_begin(l->db[i], l->err)) < 0 || (r = last_run(l->db[i], &seen, l->err)) < 0)
			return r;
		if (seen != last)
			return 1;
	}
	return 0;
}

static int connect_all(struct loader *l)
{
	int64_t last, rows;
	int r;

	l->db[0] = l->st->db;
	l->n_db = 1;
	for (int tries = 0; tries < TRIES; tries++) {
		if ((r = aisp_store__sq_begin(l->db[0], l->err)) < 0)
			return r;
		if ((r = last_run(l->db[0], &last, l->err)) < 0 ||
		    (r = aisp_store__sq_number(l->db[0], "SELECT coalesce(max(id), 0) FROM edge_fact", &rows, l->err)) < 0)
			return r;
		/* A thread is worth its connection only from some size on. */
		if ((r = connect_others(l, rows > ROWS_WORTH_THREADS ? aisp_task_workers() : 1, last)) < 0)
			return r;
		if (r == 0) {
			l->latest = l->run == 0 || l->run == last;
			return aisp_store__sq_run_check(l->db[0], &l->run, l->err);
		}
		disconnect(l);
		sqlite3_exec(l->db[0], "ROLLBACK", NULL, NULL, NULL);
	}
	return aisp_fail(l->err, AISP_E_CONFLICT, "the store %s is being written to all the time; try again", l->st->path);
}

/* Reading one part. */

struct reader {
	struct loader *l;
	struct part *part;
	uint32_t next; /* slot of the next row that ended */
	int r;
};

/* The slot of a row, 0 when it has none (a damaged store). */
static uint32_t slot_of(struct reader *rd, int64_t id)
{
	const struct part *p = rd->part;
	uint32_t at = p->past ? rd->next++ : (uint32_t)(id - p->lo);

	return at < p->n_slots ? p->slot + at : 0;
}

/* Further evidence and properties go to the part's tail; *ev_at, *ev_n, *prop_at and *prop_n say what the owner has. With
 * two evidences or more all of them are in the tail. */
static void read_extra(struct reader *rd, const struct fact *f, uint16_t source, uint32_t *ev_at, uint32_t *ev_n, uint32_t *prop_at,
                       uint32_t *prop_n)
{
	struct part *p = rd->part;
	struct fact_extra x;
	struct aisp_evidence ev;
	struct aisp_prop prop;
	uint32_t ev_begin = (uint32_t)p->ev.n;

	aisp_store__fact_extra_begin(&x, f);
	*prop_at = (uint32_t)p->props.n;
	*prop_n = 0;
	while (rd->r == 0 && aisp_store__fact_extra_evidence(&x, &ev)) {
		if (p->ev.n == ev_begin && *ev_n) {
			struct aisp_evidence first;

			aisp_store__fact_first_evidence(f, &first);
			first.source = source;
			rd->r = aisp_vec_push(&p->ev, first);
		}
		ev.source = source;
		if (rd->r == 0)
			rd->r = aisp_vec_push(&p->ev, ev);
	}
	while (rd->r == 0 && aisp_store__fact_extra_prop(&x, &prop)) {
		prop.source = source;
		rd->r = aisp_vec_push(&p->props, prop);
		++*prop_n;
	}
	if (x.bad)
		rd->r = AISP_E_PARSE;
	if (p->ev.n > ev_begin) {
		*ev_at = ev_begin;
		*ev_n = (uint32_t)p->ev.n - ev_begin;
	}
}

/* Puts the first evidence in its slot and reads the rest. */
static void read_rows(struct reader *rd, const struct fact *f, uint16_t source, uint32_t slot, uint32_t *ev_at, uint32_t *ev_n,
                      uint32_t *prop_at, uint32_t *prop_n)
{
	struct aisp_evidence *first = &rd->l->s->evidence[slot];

	*ev_at = slot;
	*ev_n = aisp_store__fact_first_evidence(f, first);
	first->source = *ev_n ? source : 0;
	*prop_at = *prop_n = 0;
	if (f->extra_n)
		read_extra(rd, f, source, ev_at, ev_n, prop_at, prop_n);
}

static void read_node(struct reader *rd, const struct fact *f, uint16_t source, int64_t id)
{
	uint32_t slot = slot_of(rd, id), ev_at, ev_n, prop_at, prop_n;
	struct aisp_snode *n = &rd->l->s->nodes[slot];

	if (slot == 0) {
		rd->r = AISP_E_PARSE;
		return;
	}
	read_rows(rd, f, source, slot, &ev_at, &ev_n, &prop_at, &prop_n);
	/* `name` holds the source until the nodes are finished: it decides which kind stands. */
	*n = (struct aisp_snode){.id = f->a, .name = source, .ev_at = ev_at, .prop_at = prop_at, .ev_n = (uint16_t)ev_n,
	                         .prop_n = (uint16_t)prop_n, .kind = f->meta & 255};
}

static void read_edge(struct reader *rd, const struct fact *f, uint16_t source, int64_t id)
{
	uint32_t slot = slot_of(rd, id), ev_at, ev_n, prop_at, prop_n;
	struct aisp_sedge *e = &rd->l->s->edges[slot];

	if (slot == 0) {
		rd->r = AISP_E_PARSE;
		return;
	}
	read_rows(rd, f, source, rd->l->n_node_slots + slot, &ev_at, &ev_n, &prop_at, &prop_n);
	*e = (struct aisp_sedge){.from = f->a, .to = f->b, .control = f->control, .condition = f->condition, .ev_at = ev_at,
	                         .prop_at = prop_at & 0x1fffffff, .prop_n = prop_n & 7, .kind = f->meta & 255,
	                         .flags = f->meta >> 8 & 255, .ev_n = (uint8_t)ev_n};
}

static void read_fact(struct reader *rd, const struct fact *f, int64_t id)
{
	uint16_t source = f->source <= rd->l->n_sources ? rd->l->source_number[f->source] : 0;
	struct part *p = rd->part;

	if (source == 0)
		return;
	switch (p->table) {
	case FACT_NODE:
		read_node(rd, f, source, id);
		break;
	case FACT_EDGE:
		read_edge(rd, f, source, id);
		break;
	case FACT_ALIAS:
		rd->r = aisp_vec_push(&p->aliases, (struct aisp_alias_row){f->a, f->b, source});
		break;
	default:
		rd->r = aisp_vec_push(&p->gaps, (struct aisp_gap_row){source, f->meta & 255, f->a, f->b});
	}
}

static const char *moment(const struct loader *l, bool past)
{
	if (past)
		return "WHERE id BETWEEN ?1 AND ?2 AND from_run <= ?3 AND to_run > ?3 ORDER BY id";
	return l->latest ? "WHERE id BETWEEN ?1 AND ?2 ORDER BY id" : "WHERE id BETWEEN ?1 AND ?2 AND from_run <= ?3 ORDER BY id";
}

static int read_facts(struct loader *l, struct part *p, sqlite3 *db)
{
	SQ_AUTO sqlite3_stmt *q = NULL;
	struct reader rd = {.l = l, .part = p};
	const struct fact_table *t = &aisp_store__fact_tables[p->table];
	struct fact f = {0};
	int64_t id;
	int r = aisp_store__fact_select(db, p->table, p->past, moment(l, p->past), &q, &p->err);

	if (r < 0)
		return r;
	sqlite3_bind_int64(q, 1, p->lo);
	sqlite3_bind_int64(q, 2, p->hi);
	if (p->past || !l->latest)
		sqlite3_bind_int64(q, 3, l->run);
	while (rd.r == 0 && (r = aisp_store__sq_step(q, &p->err)) > 0) {
		aisp_store__fact_read(q, t, &f, &id);
		read_fact(&rd, &f, id);
	}
	if (r < 0 || rd.r == 0)
		return r;
	return rd.r == AISP_E_NOMEM ? aisp_store__sq_nomem(&p->err) : damaged(l, &p->err);
}

static int run_part(void *ctx, size_t i, unsigned worker)
{
	struct loader *l = ctx;
	struct part *p = &l->parts.v[i];

	if (p->kind == PART_TEXTS)
		return aisp_store__sq_dict_read(l->db[worker], l->s->syms, &p->err);
	return read_facts(l, p, l->db[worker]);
}

/* Planning. */

static int count(struct loader *l, enum fact_table_id table, bool past, uint32_t *ret_n)
{
	AISP_AUTOBUF struct aisp_buf sql = {0};
	int64_t n;
	int r;

	/* Of what stands, the highest id: ids are slots. Of what ended, only what stood at that moment. */
	aisp_buf_printf(&sql, past ? "SELECT count(*) FROM %s_past WHERE from_run <= %lld AND to_run > %lld" : "SELECT max(id) FROM %s_fact",
	                aisp_store__fact_tables[table].name, (long long)l->run, (long long)l->run);
	if ((r = aisp_buf_check(&sql, l->err)) < 0 || (r = aisp_store__sq_number(l->db[0], sql.p, &n, l->err)) < 0)
		return r;
	if (n < 0 || n > INT32_MAX)
		return damaged(l, l->err);
	*ret_n = (uint32_t)n;
	return 0;
}

/* The rows of a table as parts; *slots grows by their room. */
static int plan(struct loader *l, enum fact_table_id table, uint32_t *slots)
{
	uint32_t n, ended = 0, pieces = l->n_db > 1 && table <= FACT_EDGE ? l->n_db * 4 : 1;
	int r = count(l, table, false, &n);

	if (r < 0 || (!l->latest && (r = count(l, table, true, &ended)) < 0))
		return r;
	if ((uint64_t)*slots + n + ended > INT32_MAX)
		return aisp_fail(l->err, AISP_E_LIMIT, "the store holds more than 2^31 facts of one kind");
	for (uint32_t i = 0; i < pieces; i++) {
		uint32_t lo = (uint32_t)((uint64_t)n * i / pieces) + 1, hi = (uint32_t)((uint64_t)n * (i + 1) / pieces);

		if (hi >= lo && aisp_vec_push(&l->parts, (struct part){.kind = PART_FACTS, .table = table, .lo = lo, .hi = hi,
		                                                         .slot = *slots + lo, .n_slots = hi - lo + 1}) < 0)
			return aisp_store__sq_nomem(l->err);
	}
	*slots += n;
	if (ended && aisp_vec_push(&l->parts, (struct part){.kind = PART_FACTS, .table = table, .past = true, .lo = 1, .hi = INT32_MAX,
	                                                      .slot = *slots + 1, .n_slots = ended}) < 0)
		return aisp_store__sq_nomem(l->err);
	*slots += ended;
	return 0;
}

static int plan_all(struct loader *l)
{
	uint32_t none = 0;
	int r;

	if (aisp_vec_push(&l->parts, (struct part){.kind = PART_TEXTS}) < 0)
		return aisp_store__sq_nomem(l->err);
	if ((r = plan(l, FACT_NODE, &l->n_node_slots)) < 0 || (r = plan(l, FACT_EDGE, &l->n_edge_slots)) < 0 ||
	    (r = plan(l, FACT_ALIAS, &none)) < 0 || (r = plan(l, FACT_GAP, &none)) < 0)
		return r;
	l->s->nodes = aisp_mem_zalloc((size_t)l->n_node_slots + 1, sizeof *l->s->nodes);
	l->s->edges = aisp_mem_zalloc((size_t)l->n_edge_slots + 1, sizeof *l->s->edges);
	l->s->evidence = aisp_mem_zalloc((size_t)l->n_node_slots + l->n_edge_slots + 1, sizeof *l->s->evidence);
	l->s->syms = aisp_symtab_new();
	return l->s->nodes && l->s->edges && l->s->evidence && l->s->syms ? 0 : aisp_store__sq_nomem(l->err);
}

static int number_sources(struct loader *l)
{
	int64_t ids;
	int r;

	if ((r = aisp_store__sq_sources_at(l->db[0], l->run, l->arena, &l->sources, &l->n_standing, l->err)) < 0 ||
	    (r = aisp_store__sq_number(l->db[0], "SELECT count(*) FROM source", &ids, l->err)) < 0)
		return r;
	if (l->n_standing > UINT16_MAX)
		return aisp_fail(l->err, AISP_E_LIMIT, "the store holds more than %d sources", UINT16_MAX);
	l->n_sources = (uint32_t)ids;
	l->source_number = aisp_arena_zalloc(l->arena, (size_t)ids + 1, sizeof *l->source_number);
	l->s->sources = aisp_mem_zalloc(l->n_standing + 1, sizeof *l->s->sources);
	if (!l->source_number || !l->s->sources)
		return aisp_store__sq_nomem(l->err);
	l->s->n_sources = (uint32_t)l->n_standing;
	for (size_t i = 0; i < l->n_standing; i++)
		l->source_number[l->sources[i].id] = (uint16_t)(i + 1);
	return 0;
}

/* The texts of the sources can be interned only when all others have their numbers. */
static int name_sources(struct loader *l)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < l->n_standing; i++) {
		const struct sq_source *x = &l->sources[i];
		struct aisp_source_row *row = &l->s->sources[i + 1];

		row->stale = x->stale;
		row->collected_us = x->collected_us;
		if ((r = aisp_symtab_add(l->s->syms, x->key, &row->key, l->err)) == 0 &&
		    (r = aisp_symtab_add(l->s->syms, x->kind, &row->kind, l->err)) == 0)
			r = aisp_symtab_add(l->s->syms, x->target, &row->target, l->err);
	}
	return r;
}

/* Joining. */

/* Moves the parts' tails behind the slots and corrects where their owners look for them. */
static int join_tails(struct loader *l)
{
	struct aisp_snapshot *s = l->s;
	size_t n_ev = (size_t)l->n_node_slots + l->n_edge_slots + 1, n_props = 0;

	for (size_t i = 0; i < l->parts.n; i++) {
		n_ev += l->parts.v[i].ev.n;
		n_props += l->parts.v[i].props.n;
	}
	if (n_ev > UINT32_MAX || n_props > 0x1fffffff)
		return aisp_fail(l->err, AISP_E_LIMIT, "the store holds more rows of evidence or properties than fit");
	struct aisp_evidence *evidence = aisp_mem_resize(s->evidence, n_ev, sizeof *evidence);

	if (!evidence)
		return aisp_store__sq_nomem(l->err);
	s->evidence = evidence;
	s->props = aisp_mem_alloc((n_props + 1) * sizeof *s->props);
	if (!s->props)
		return aisp_store__sq_nomem(l->err);
	s->n_evidence = l->n_node_slots + l->n_edge_slots + 1;
	for (size_t i = 0; i < l->parts.n; i++) {
		struct part *p = &l->parts.v[i];

		for (uint32_t k = p->slot; p->table == FACT_NODE && k < p->slot + p->n_slots; k++) {
			s->nodes[k].ev_at += s->nodes[k].ev_n > 1 ? s->n_evidence : 0;
			s->nodes[k].prop_at += s->nodes[k].prop_n ? s->n_props : 0;
		}
		for (uint32_t k = p->slot; p->table == FACT_EDGE && k < p->slot + p->n_slots; k++) {
			s->edges[k].ev_at += s->edges[k].ev_n > 1 ? s->n_evidence : 0;
			s->edges[k].prop_at = (s->edges[k].prop_at + (s->edges[k].prop_n ? s->n_props : 0)) & 0x1fffffff;
		}
		if (p->ev.n)
			memcpy(s->evidence + s->n_evidence, p->ev.v, p->ev.n * sizeof *s->evidence);
		if (p->props.n)
			memcpy(s->props + s->n_props, p->props.v, p->props.n * sizeof *s->props);
		s->n_evidence += (uint32_t)p->ev.n;
		s->n_props += (uint32_t)p->props.n;
		aisp_vec_done(&p->ev);
		aisp_vec_done(&p->props);
	}
	return 0;
}

/* Closes the holes, and finds each text's node. What several sources say of one node are several rows with one id; all
 * get the kind that the first source gave, and finishing unites them. */
static int join_nodes(struct loader *l)
{
	struct aisp_snapshot *s = l->s;
	uint32_t n_texts = aisp_symtab_count(s->syms);

	l->node_of = aisp_mem_zalloc((size_t)n_texts + 1, sizeof *l->node_of);
	if (!l->node_of)
		return aisp_store__sq_nomem(l->err);
	for (uint32_t i = 1; i <= l->n_node_slots; i++) {
		struct aisp_snode *n = &s->nodes[i];

		if (n->kind == 0)
			continue;
		if (n->id == 0 || n->id > n_texts)
			return damaged(l, l->err);
		aisp_node *known = &l->node_of[n->id];

		s->nodes[++s->n_nodes] = *n;
		if (*known == 0 || n->name < s->nodes[*known].name)
			*known = s->n_nodes;
	}
	for (uint32_t i = 1; i <= s->n_nodes; i++)
		s->nodes[i].kind = s->nodes[l->node_of[s->nodes[i].id]].kind;
	return 0;
}

static int join_edges(struct loader *l)
{
	struct aisp_snapshot *s = l->s;
	uint32_t n_texts = aisp_symtab_count(s->syms);

	for (uint32_t i = 1; i <= l->n_edge_slots; i++) {
		struct aisp_sedge *e = &s->edges[i];

		if (e->kind == 0)
			continue;
		if (e->from > n_texts || e->to > n_texts)
			return damaged(l, l->err);
		e->from = l->node_of[e->from];
		e->to = l->node_of[e->to];
		/* Its source failed while another stopped knowing one of its ends. */
		if (e->from == 0 || e->to == 0)
			continue;
		if (++s->n_edges != i)
			s->edges[s->n_edges] = *e;
	}
	return 0;
}

static int join_rest(struct loader *l)
{
	struct aisp_snapshot *s = l->s;
	uint32_t n_texts = aisp_symtab_count(s->syms);
	size_t n_aliases = 0, n_gaps = 0;

	for (size_t i = 0; i < l->parts.n; i++) {
		n_aliases += l->parts.v[i].aliases.n;
		n_gaps += l->parts.v[i].gaps.n;
	}
	s->aliases = aisp_mem_alloc((n_aliases + 1) * sizeof *s->aliases);
	s->gaps = aisp_mem_alloc((n_gaps + 1) * sizeof *s->gaps);
	if (!s->aliases || !s->gaps)
		return aisp_store__sq_nomem(l->err);
	for (size_t i = 0; i < l->parts.n; i++) {
		struct part *p = &l->parts.v[i];

		for (size_t k = 0; k < p->aliases.n; k++) {
			struct aisp_alias_row row = p->aliases.v[k];

			row.node = row.node <= n_texts ? l->node_of[row.node] : 0;
			if (row.node)
				s->aliases[s->n_aliases++] = row;
		}
		for (size_t k = 0; k < p->gaps.n; k++)
			s->gaps[s->n_gaps++] = p->gaps.v[k];
	}
	return 0;
}

static int when_taken(struct loader *l)
{
	SQ_AUTO sqlite3_stmt *q = NULL;
	int r = aisp_store__sq_prepare(l->db[0], "SELECT finished_us FROM run WHERE id = ?", &q, l->err);

	if (r < 0)
		return r;
	sqlite3_bind_int64(q, 1, l->run);
	if ((r = aisp_store__sq_step(q, l->err)) < 0)
		return r;
	l->s->taken_us = r > 0 ? sqlite3_column_int64(q, 0) : 0;
	return 0;
}

static int read_parts(struct loader *l)
{
	int r = l->n_db > 1 ? aisp_task_each(l->parts.n, run_part, l, l->err) : 0;

	/* One connection, one thread. */
	for (size_t i = 0; l->n_db == 1 && r == 0 && i < l->parts.n; i++)
		r = run_part(l, i, 0);
	for (size_t i = 0; r < 0 && i < l->parts.n; i++)
		if (l->parts.v[i].err.code != AISP_OK) {
			if (l->err)
				*l->err = l->parts.v[i].err;
			return l->parts.v[i].err.code;
		}
	return r;
}

static int load(struct loader *l)
{
	int r;

	if ((r = connect_all(l)) < 0 || (r = number_sources(l)) < 0 || (r = plan_all(l)) < 0 || (r = when_taken(l)) < 0 ||
	    (r = read_parts(l)) < 0 || (r = name_sources(l)) < 0)
		return r;
	if ((r = join_tails(l)) < 0 || (r = join_nodes(l)) < 0 || (r = join_edges(l)) < 0 || (r = join_rest(l)) < 0)
		return r;
	r = aisp_snapshot_finish(l->s, l->err);
	return r == AISP_E_INTERNAL ? damaged(l, l->err) : r;
}

int aisp_store_load(struct aisp_store *st, int64_t run, struct aisp_snapshot **ret_snapshot, struct aisp_err *err)
{
	struct loader l = {.st = st, .run = run, .n_db = 1, .err = err};
	int r = 0;

	l.arena = aisp_arena_new(0);
	l.s = aisp_mem_zalloc(1, sizeof *l.s);
	r = l.arena && l.s ? load(&l) : aisp_store__sq_nomem(err);
	disconnect(&l);
	sqlite3_exec(st->db, "ROLLBACK", NULL, NULL, NULL);
	for (size_t i = 0; i < l.parts.n; i++) {
		aisp_vec_done(&l.parts.v[i].ev);
		aisp_vec_done(&l.parts.v[i].props);
		aisp_vec_done(&l.parts.v[i].aliases);
		aisp_vec_done(&l.parts.v[i].gaps);
	}
	aisp_vec_done(&l.parts);
	aisp_mem_free(l.node_of);
	aisp_arena_free(l.arena);
	if (r < 0) {
		aisp_snapshot_free(l.s);
		return r;
	}
	*ret_snapshot = l.s;
	return 0;
}
