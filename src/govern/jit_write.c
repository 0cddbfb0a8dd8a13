/* Writing the folders: README with reason, risk and steps, and the artefacts of the grant's system beside it. */
#include "base/clock.h"
#include "base/fs.h"
#include "govern/jit_int.h"
#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

enum { MAX_HOLDERS = 65536 };

struct aisp_slice aisp_jit__id(const struct aisp_jit_out *o, aisp_node n)
{
	return aisp_snapshot_text(o->s, o->s->nodes[n].id);
}

struct aisp_slice aisp_jit__name(const struct aisp_jit_out *o, aisp_node n)
{
	return aisp_snapshot_text(o->s, o->s->nodes[n].name);
}

void aisp_jit__step(struct aisp_jit_out *o, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	aisp_buf_vprintf(&o->steps, fmt, ap);
	va_end(ap);
	aisp_buf_putc(&o->steps, '\n');
}

void aisp_jit__placeholder(struct aisp_jit_out *o, const char *name, const char *what)
{
	if (aisp_slice_find(aisp_buf_slice(&o->placeholders), aisp_slice_z(name)) == SIZE_MAX)
		aisp_buf_printf(&o->placeholders, "- `%s`: %s\n", name, what);
}

int aisp_jit__file(struct aisp_jit_out *o, const char *name, struct aisp_slice content, const char *what)
{
	AISP_AUTOBUF struct aisp_buf path = {0};
	aisp_buf_init(&path, 4096);
	aisp_buf_printf(&path, "%s/%s", o->dir, name);
	int r = aisp_buf_check(&path, o->err);
	if (r == 0)
		r = aisp_fs_write(path.p, content, 0644, o->err);
	aisp_buf_printf(&o->files, "%s\n", name);
	aisp_jit__step(o, "- `%s`: %s", name, what);
	return r;
}

/* ---- whose uses count ---- */

static int add_holder(struct aisp_jit_out *o, aisp_node n)
{
	struct aisp_jit_lists *l = o->l;
	if (l->holder[n] || l->holders.n >= MAX_HOLDERS || o->s->nodes[n].flags & AISP_NF_STAND_IN)
		return 0;
	l->holder[n] = true;
	return aisp_vec_push(&l->holders, n) < 0 ? aisp_fail(o->err, AISP_E_NOMEM, "out of memory while writing advice") : 0;
}

/* All to whom the control object gives something, and backwards those who share in it. */
static int find_holders(struct aisp_jit_out *o)
{
	struct aisp_jit_lists *l = o->l;
	const aisp_sym control = o->s->edges[o->g->edges[0]].control;
	for (size_t i = 0; i < l->holders.n; i++)
		l->holder[l->holders.v[i]] = false;
	l->holders.n = 0;
	int r = add_holder(o, o->g->identity);
	for (aisp_edge e = control ? aisp_map_get(&l->first_edge, (struct aisp_key){0, control}) : 0; r == 0 && e; e = l->next_edge[e])
		r = add_holder(o, o->s->edges[e].from);
	for (size_t i = 0; r == 0 && i < l->holders.n; i++) {
		const aisp_node n = l->holders.v[i];
		for (uint32_t k = o->s->in_at[n]; r == 0 && k < o->s->in_at[n + 1]; k++) {
			const struct aisp_sedge *d = &o->s->edges[o->s->in_edges[k]];
			const bool role = d->kind == AISP_EDGE_CAN_ASSUME && o->s->nodes[d->from].kind == AISP_NODE_DB_ROLE && o->s->nodes[n].kind == AISP_NODE_DB_ROLE;
			if (d->kind == AISP_EDGE_MEMBER_OF || role)
				r = add_holder(o, d->from);
		}
	}
	return r;
}

int aisp_jit__each_use(struct aisp_jit_out *o, int (*f)(void *ctx, const struct aisp_tied_use *t), void *ctx)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < o->l->holders.n; i++)
		for (uint32_t k = o->l->first_use[o->l->holders.v[i]]; r == 0 && k; k = o->l->next_use[k - 1])
			r = f(ctx, &o->u->uses.v[k - 1]);
	return r;
}

static void lists_done(struct aisp_jit_lists *l)
{
	aisp_mem_free(l->first_use);
	aisp_mem_free(l->next_use);
	aisp_mem_free(l->next_edge);
	aisp_mem_free(l->holder);
	aisp_map_done(&l->first_edge);
	aisp_vec_done(&l->holders);
}

static int lists_make(const struct aisp_snapshot *s, const struct aisp_usage *u, struct aisp_jit_lists *l, struct aisp_err *err)
{
	l->first_use = aisp_mem_zalloc((size_t)s->n_nodes + 1, sizeof *l->first_use);
	l->next_use = aisp_mem_zalloc(u->uses.n + 1, sizeof *l->next_use);
	l->next_edge = aisp_mem_zalloc((size_t)s->n_edges + 1, sizeof *l->next_edge);
	l->holder = aisp_mem_zalloc((size_t)s->n_nodes + 1, sizeof *l->holder);
	if (!l->first_use || !l->next_use || !l->next_edge || !l->holder)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while writing advice");
	for (size_t i = 0; i < u->uses.n; i++) {
		const aisp_node who = u->uses.v[i].identity;
		if (who) {
			l->next_use[i] = l->first_use[who];
			l->first_use[who] = (uint32_t)i + 1;
		}
	}
	int r = 0;
	for (aisp_edge e = s->n_edges; r == 0 && e >= 1; e--) {
		const struct aisp_key key = {0, s->edges[e].control};
		if (!s->edges[e].control)
			continue;
		l->next_edge[e] = aisp_map_get(&l->first_edge, key);
		r = aisp_map_put(&l->first_edge, key, e, err);
	}
	return r;
}

/* ---- README ---- */

static void put_code(struct aisp_buf *b, struct aisp_slice text)
{
	aisp_buf_putc(b, '`');
	for (size_t i = 0; i < text.n; i++)
		aisp_buf_putc(b, text.p[i] == '`' || (unsigned char)text.p[i] < ' ' ? ' ' : text.p[i]);
	aisp_buf_putc(b, '`');
}

static int write_readme(struct aisp_jit_out *o)
{
	static const char *const answers[] = {[AISP_NO_TELEMETRY] = "no telemetry", [AISP_NOT_USED] = "not used", [AISP_USED] = "used"};
	AISP_AUTOBUF struct aisp_buf b = {0}, path = {0};
	char iso[AISP_ISO_LEN + 1];
	aisp_buf_init(&b, 1 << 20);
	aisp_buf_init(&path, 4096);
	aisp_buf_printf(&b, "# %s: ", aisp_jit_advice_name(o->g->advice));
	put_code(&b, aisp_jit__id(o, o->g->identity));
	aisp_buf_printf(&b, "\n\n- Why: %.*s.\n- Risk: %.*s.\n- Given by: ", AISP_FMT(o->g->reason), AISP_FMT(o->g->risk));
	put_code(&b, o->g->control.n ? o->g->control : AISP_S("not known"));
	if (o->g->last_us) {
		aisp_clock_iso(o->g->last_us, iso);
		aisp_buf_printf(&b, "\n- Used %lld times, last %s", (long long)o->g->count, iso);
	}
	aisp_buf_putz(&b, "\n\n| right | on | answer | times |\n|---|---|---|---|\n");
	for (size_t i = 0; i < o->g->n_edges && i < 200; i++) {
		const struct aisp_sedge *d = &o->s->edges[o->g->edges[i]];
		const struct aisp_edge_use use = aisp_usage_of_edge(o->u, o->g->edges[i]);
		aisp_buf_printf(&b, "| %s | ", aisp_edge_kinds[d->kind].name);
		put_code(&b, aisp_jit__id(o, d->to));
		aisp_buf_printf(&b, " | %s%s%s | %lld |\n", answers[use.answer], *use.why ? ": " : "", use.why, (long long)use.count);
	}
	aisp_buf_putz(&b, "\n## What to do\n\n");
	aisp_buf_put(&b, o->steps.n ? aisp_buf_slice(&o->steps) : AISP_S("There is no artefact for a grant of this kind: take it away where it is defined.\n"));
	if (o->placeholders.n) {
		aisp_buf_putz(&b, "\n## To be filled in\n\nWhat aisp does not know stands as a name in angle brackets:\n\n");
		aisp_buf_put(&b, aisp_buf_slice(&o->placeholders));
	}
	aisp_buf_putz(&b, "\nNothing was changed. `aisp plan` makes reviewed, undoable changes; after a change, scan again.\n");
	aisp_buf_printf(&path, "%s/README.md", o->dir);
	int r = aisp_buf_check(&b, o->err);
	if (r == 0)
		r = aisp_buf_check(&path, o->err);
	return r == 0 ? aisp_fs_write(path.p, aisp_buf_slice(&b), 0644, o->err) : r;
}

static int write_grant(struct aisp_jit_out *o, const char *dir)
{
	static int (*const writers[])(struct aisp_jit_out *) = {aisp_jit__aws, aisp_jit__postgres, aisp_jit__kubernetes, aisp_jit__tools, aisp_jit__azure, aisp_jit__gcp};
	AISP_AUTOBUF struct aisp_buf path = {0};
	aisp_buf_init(&path, 4096);
	aisp_buf_printf(&path, "%s/%.*s", dir, AISP_FMT(o->g->folder));
	aisp_buf_init(&o->steps, 1 << 20);
	aisp_buf_init(&o->placeholders, 1 << 16);
	aisp_buf_init(&o->files, 1 << 16);
	int r = aisp_buf_check(&path, o->err);
	o->dir = path.p;
	if (r == 0)
		r = aisp_fs_mkdirs(o->dir, o->err);
	if (r == 0)
		r = find_holders(o);
	for (size_t i = 0; r == 0 && i < sizeof writers / sizeof *writers; i++)
		r = writers[i](o);
	if (r >= 0)
		r = write_readme(o);
	if (r == 0)
		o->g->files = aisp_arena_printf(o->a, "README.md\n%.*s", AISP_FMT(aisp_buf_slice(&o->files)));
	aisp_buf_done(&o->steps);
	aisp_buf_done(&o->placeholders);
	aisp_buf_done(&o->files);
	return r;
}

/* A new folder only: what is there may be somebody's edited advice. */
static int check_folder(const char *dir, struct aisp_err *err)
{
	DIR *d = opendir(dir);
	int n = 0;
	if (!d)
		return aisp_fs_mkdirs(dir, err);
	for (struct dirent *e; (e = readdir(d)) && n < 3;)
		n++;
	closedir(d);
	return n > 2 ? aisp_fail(err, AISP_E_USAGE, "%s is not empty; name a new folder with --out", dir) : 0;
}

static int write_index(const struct aisp_jit *j, const struct aisp_snapshot *s, const char *dir, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf b = {0}, path = {0};
	aisp_buf_init(&b, 64 << 20);
	aisp_buf_init(&path, 4096);
	aisp_buf_putz(&b, "# From standing to just-in-time\n\nEvery right that stands on a path which starts or ends at an AI asset, as `aisp usage --out` saw it.\n\n| advice | who | given by | why | folder |\n|---|---|---|---|---|\n");
	for (size_t i = 0; i < j->n; i++) {
		const struct aisp_jit_grant *g = &j->v[i];
		aisp_buf_printf(&b, "| %s | ", aisp_jit_advice_name(g->advice));
		put_code(&b, aisp_snapshot_text(s, s->nodes[g->identity].id));
		aisp_buf_putz(&b, " | ");
		put_code(&b, g->control);
		aisp_buf_printf(&b, " | %.*s | %.*s |\n", AISP_FMT(g->reason), AISP_FMT(g->files.n ? g->folder : AISP_S("")));
	}
	aisp_buf_printf(&path, "%s/README.md", dir);
	int r = aisp_buf_check(&b, err);
	if (r == 0)
		r = aisp_buf_check(&path, err);
	return r == 0 ? aisp_fs_write(path.p, aisp_buf_slice(&b), 0644, err) : r;
}

int aisp_jit_write(struct aisp_jit *j, const struct aisp_snapshot *s, const struct aisp_usage *u, const char *dir, struct aisp_err *err)
{
	struct aisp_jit_lists l = {0};
	int r = check_folder(dir, err);
	if (r == 0)
		r = lists_make(s, u, &l, err);
	for (size_t i = 0; r == 0 && i < j->n; i++) {
		struct aisp_jit_out o = {.s = s, .u = u, .a = j->arena, .g = &j->v[i], .l = &l, .err = err};
		if (j->v[i].advice != AISP_JIT_KEEP)
			r = write_grant(&o, dir);
	}
	lists_done(&l);
	return r == 0 ? write_index(j, s, dir, err) : r;
}
