/* Detection, by scanners and by use in logs, and the reach that the graph predicts. */
#include "base/clock.h"
#include "collect/content/content.h"
#include "govern/drill_int.h"
#include "reach/reach.h"
#include "store/uses.h"
#include <sodium.h>
#include <time.h>
#include <unistd.h>

enum { POLL_MS = 250, LOOK_AGAIN_MS = 2000, LOOKS_MAX = 3, DEFAULT_TIMEOUT_S = 60 };

/* ---- By scanners ---- */

/* Is it one of the planted secrets'? */
static bool is_planted(const struct aisp_drill *d, const struct aisp_fpkey *key, struct aisp_slice fp)
{
	char a[AISP_FINGERPRINT_LEN + 1], b[AISP_FINGERPRINT_LEN + 1];

	for (size_t i = 0; fp.n && i < d->n_pairs; i++) {
		const struct aisp_drill_pair *p = &d->pairs[i];
		const struct aisp_slice value = aisp_slice_of(p->value.p, p->value.n), bare = aisp_slice_of(p->bare.p, p->bare.n);
		if (!bare.n)
			continue; /* an address */
		aisp_content_fingerprint(key, value.n != bare.n ? AISP_SECRET_CONNECTION_STRING : AISP_SECRET_TOKEN, value, a, b);
		if (aisp_slice_eqz(fp, a) || aisp_slice_eqz(fp, b))
			return true;
		aisp_fingerprint(key, bare, a);
		if (aisp_slice_eqz(fp, a))
			return true;
	}
	return false;
}

static int inspect(struct aisp_drill *d, bool *ret_found, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf lines = {0};
	struct aisp_arena *a AISP_CLEANUP(aisp_arena_freep) = aisp_arena_new((size_t)64 << 20);
	struct aisp_fpkey key;
	struct aisp_slice rest, line;

	if (!a)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a drill");
	randombytes_buf(key.k, sizeof key.k);
	aisp_buf_init(&lines, (size_t)1 << 30);
	int r = d->o->hooks.inspect(d->o->hooks.ctx, aisp_drill__get(d, "path").p, d->place->history, &key, &lines, err);
	rest = aisp_buf_slice(&lines);
	while (r == 0 && !*ret_found && rest.p && aisp_slice_split(&rest, '\n', &line)) {
		const struct aisp_doc *doc = NULL;
		aisp_arena_reset(a);
		if (!line.n || aisp_json_parse(a, line, NULL, &doc, NULL) < 0 || !is_planted(d, &key, aisp_doc_getstr(doc, "fingerprint")))
			continue;
		*ret_found = true;
		d->found_rule = aisp_arena_dup(d->mem, aisp_doc_getstr(doc, "rule"));
	}
	return r;
}

static int scan(struct aisp_drill *d, const char *name, struct aisp_snapshot **ret, struct aisp_fpkey *ret_key, struct aisp_err *err)
{
	struct aisp_slice store = aisp_arena_printf(d->mem, "%s/%s.db", d->dir.p, name);

	return store.p ? d->o->hooks.scan(d->o->hooks.ctx, d->targets.v, d->targets.n, store.p, ret, ret_key, err) : aisp_fail(err, AISP_E_NOMEM, "out of memory for a drill");
}

static int look_in_graph(struct aisp_drill *d, unsigned turn, bool *ret_found, struct aisp_err *err)
{
	struct aisp_snapshot *s AISP_CLEANUP(aisp_snapshot_freep) = NULL;
	struct aisp_fpkey key;
	char name[24] = "find-0";

	name[5] = (char)('0' + turn % 10);
	int r = scan(d, name, &s, &key, err);
	for (aisp_node n = 1; r == 0 && n <= s->n_nodes && !*ret_found; n++) {
		const struct aisp_snode *node = &s->nodes[n];
		if (node->kind != AISP_NODE_CREDENTIAL)
			continue;
		for (uint32_t i = 0; i < node->prop_n && !*ret_found; i++) {
			const struct aisp_prop *p = &s->props[node->prop_at + i];
			if (p->type == AISP_PROP_STR && aisp_slice_eqz(aisp_snapshot_text(s, p->key), "fingerprint"))
				*ret_found = is_planted(d, &key, aisp_snapshot_text(s, p->s));
		}
		if (*ret_found)
			d->found_rule = aisp_arena_dup(d->mem, aisp_snapshot_text(s, node->name));
	}
	return r;
}

/* Looks a few times: what a look did not find may be found by the next (a scan that could not read, a sample that left the row out). */
static int by_scanners(struct aisp_drill *d, struct aisp_err *err)
{
	const uint64_t from = aisp_clock_mono_ns();
	bool found = false;
	struct aisp_err why = {0};
	int r = 0;

	if (d->place->scan ? !d->o->hooks.scan : !d->o->hooks.inspect) {
		d->found_why = "no scanner is at hand";
		return 0;
	}
	for (unsigned turn = 0; turn < LOOKS_MAX && !found; turn++) {
		if (turn)
			usleep(LOOK_AGAIN_MS * 1000);
		r = d->place->scan ? look_in_graph(d, turn, &found, &why) : inspect(d, &found, &why);
		if (r == AISP_E_NOMEM || r == AISP_E_USAGE)
			return aisp_fail(err, (enum aisp_code)r, "%s", why.msg);
	}
	if (found)
		d->found_ms = aisp_drill__ms(d);
	else
		d->found_why = r < 0 ? "the scan failed" : "no rule found it, looked three times";
	return aisp_drill__step(d, "detect", found ? "found" : "not found", d->place->scan ? AISP_S("scan of the database") : AISP_S("content detectors on the place"),
				found ? d->found_rule : aisp_slice_z(r < 0 ? why.msg : d->found_why), from, err);
}

/* ---- By use ---- */

struct search {
	const struct aisp_drill *d;
	int64_t since_us;
	bool found;
};

static bool names_it(const struct aisp_drill *d, struct aisp_slice text)
{
	const struct aisp_slice id = aisp_drill__get(d, "key_id"), name = aisp_drill__get(d, "credential");
	return text.n && ((name.n && aisp_slice_find(text, name) != SIZE_MAX) || (id.n && aisp_slice_find(text, id) != SIZE_MAX));
}

static int is_use(void *ctx, const struct aisp_use *u)
{
	struct search *s = ctx;
	const int64_t last = u->tried_last_us > u->last_us ? u->tried_last_us : u->last_us;

	/* logs have whole seconds, some of them */
	s->found |= (last == 0 || last + 1000000 >= s->since_us) && (names_it(s->d, u->identity) || names_it(s->d, u->credential) || names_it(s->d, u->via));
	return s->found;
}

static bool used_in(const struct aisp_drill *d, const char *store, int64_t since_us)
{
	struct aisp_uses *u AISP_CLEANUP(aisp_uses_closep) = NULL;
	struct search s = {.d = d, .since_us = since_us};

	if (aisp_uses_open(store, false, &u, NULL) == 0)
		(void)aisp_uses_each(u, is_use, &s, NULL);
	return s.found;
}

static bool has_uses(const struct aisp_drill *d)
{
	struct aisp_slice path = aisp_arena_printf(d->mem, "%s.uses", d->o->store);
	return path.p && access(path.p, R_OK) == 0;
}

static int by_use(struct aisp_drill *d, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf why = {0};
	const unsigned timeout_s = d->o->timeout_s ? d->o->timeout_s : DEFAULT_TIMEOUT_S;
	struct aisp_slice store = aisp_arena_printf(d->mem, "%s/ingest.db", d->dir.p);
	struct aisp_err bad = {0};
	struct timespec now;
	bool seen = false;

	if (!store.p)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a drill");
	if ((d->logs.n == 0 || !d->o->hooks.ingest) && !has_uses(d)) {
		d->seen_why = "no log was named (--with LOG) and none is ingested";
		return 0;
	}
	aisp_buf_init(&why, 4096);
	clock_gettime(CLOCK_REALTIME, &now);
	const uint64_t from = aisp_clock_mono_ns(), until = from + (uint64_t)timeout_s * 1000000000u;
	const int64_t since = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
	d->used_ms = aisp_drill__ms(d);
	if (d->kind->try(d, 0, &why) != AISP_DRILL_WORKS) {
		d->seen_why = "the credential could not be used";
		return 0;
	}
	while (!seen) {
		for (size_t i = 0; i < d->logs.n && d->o->hooks.ingest && bad.code == 0; i++)
			(void)d->o->hooks.ingest(d->o->hooks.ctx, d->logs.v[i], store.p, &bad);
		seen = used_in(d, store.p, since) || used_in(d, d->o->store, since);
		if (seen || bad.code || aisp_clock_mono_ns() > until)
			break;
		usleep(POLL_MS * 1000);
	}
	if (seen)
		d->seen_ms = aisp_drill__ms(d);
	else
		d->seen_why = bad.code ? "the log could not be read" : "the logs did not show it in time";
	return aisp_drill__step(d, "detect", seen ? "seen" : "not seen", AISP_S("its use, in logs"), aisp_slice_z(seen ? "" : bad.code ? bad.msg : d->seen_why), from, err);
}

int aisp_drill__detect(struct aisp_drill *d, struct aisp_err *err)
{
	int r = by_scanners(d, err);
	return r == 0 ? by_use(d, err) : r;
}

/* ---- Reach ---- */

struct collecting {
	struct aisp_drill *d;
	const struct aisp_snapshot *s;
	int failed;
};

static int take_node(void *ctx, aisp_node n, unsigned modes)
{
	struct collecting *c = ctx;
	static const char *const wanted[] = {"read", "write"};
	const struct aisp_snode *node = &c->s->nodes[n];
	bool held = false;

	for (size_t i = 0; i < 2; i++) {
		const int m = aisp_mode_find(aisp_slice_z(wanted[i]));
		held |= m >= 0 && (modes & 1u << m);
	}
	if (!held || !(aisp_node_kinds[node->kind].flags & AISP_NK_ASSET) || node->kind == AISP_NODE_DB_SERVER || node->kind == AISP_NODE_DATABASE)
		return 0;
	const struct aisp_slice what = aisp_arena_dup(c->d->mem, aisp_snapshot_text(c->s, node->id));
	if (!what.p || aisp_vec_push(&c->d->reached, (struct aisp_drill_reached){.what = what, .predicted = true}) < 0)
		c->failed = AISP_E_NOMEM;
	return c->failed;
}

static aisp_node identity_in(const struct aisp_drill *d, const struct aisp_snapshot *s)
{
	const struct aisp_slice name = aisp_drill__get(d, "credential");

	for (aisp_node n = 1; n <= s->n_nodes; n++)
		if (aisp_snode_flags(&s->nodes[n]) & AISP_NK_IDENTITY && aisp_slice_ends(aisp_snapshot_text(s, s->nodes[n].id), name))
			return n;
	return 0;
}

/* What is certain: what hangs on a condition that the scan cannot know (keys that only a service may use) is no prediction. */
static int predict(struct aisp_drill *d, struct aisp_err *err)
{
	struct aisp_snapshot *s AISP_CLEANUP(aisp_snapshot_freep) = NULL;
	struct aisp_reach *reach AISP_CLEANUP(aisp_reach_freep) = NULL;
	struct aisp_reach_answer *answer AISP_CLEANUP(aisp_reach_answer_freep) = NULL;
	struct aisp_fpkey key;

	int r = scan(d, "reach", &s, &key, err);
	if (r < 0)
		return r;
	const struct aisp_actor actor = {.node = identity_in(d, s)};
	struct collecting c = {.d = d, .s = s};
	if (!actor.node) {
		d->reach_note = AISP_S("the fresh scan does not show the new identity, so nothing could be predicted");
		return 0;
	}
	r = aisp_reach_new(s, NULL, &reach, err);
	if (r == 0)
		r = aisp_reach_forward(reach, &actor, 1, AISP_CERTAIN, &answer, err);
	if (r == 0)
		(void)aisp_reach_each(answer, 0, take_node, &c);
	return c.failed ? aisp_fail(err, AISP_E_NOMEM, "out of memory for a drill") : r;
}

int aisp_drill__reach(struct aisp_drill *d, struct aisp_err *err)
{
	const uint64_t from = aisp_clock_mono_ns();
	struct aisp_err why = {0};
	size_t predicted = 0, answered = 0, both = 0;
	int r = 0;

	d->reach_note = aisp_slice_z(d->kind->reach);
	if (d->kind->target && d->o->hooks.scan)
		r = predict(d, &why);
	if (r == 0 && d->kind->reach_try)
		r = d->kind->reach_try(d, &why);
	if (r == AISP_E_NOMEM)
		return aisp_fail(err, AISP_E_NOMEM, "%s", why.msg);
	for (size_t i = 0; i < d->reached.n; i++) {
		predicted += d->reached.v[i].predicted;
		answered += d->reached.v[i].answered;
		both += d->reached.v[i].predicted && d->reached.v[i].answered;
	}
	struct aisp_slice what = aisp_arena_printf(d->mem, "%zu predicted, %zu answered, %zu both", predicted, answered, both);
	return aisp_drill__step(d, "reach", r < 0 ? "failed" : predicted == both && answered == both ? "as predicted" : d->kind->reach_try ? "differs" : "predicted", what,
				r < 0 ? aisp_slice_z(why.msg) : (struct aisp_slice){0}, from, err);
}
