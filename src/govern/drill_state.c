/* What a drill remembers: facts in the journal, values in files of mode 0600, and the lock that tells the living from the dead. */
#include "base/clock.h"
#include "base/fs.h"
#include "base/jw.h"
#include "base/mem.h"
#include "govern/drill_int.h"
#include "govern/log.h"
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

void aisp_drill__buf_wipe(struct aisp_buf *b)
{
	if (b->p)
		sodium_memzero(b->p, b->cap);
	aisp_buf_done(b);
}

void aisp_drill__init(struct aisp_drill *d, const struct aisp_drill_options *o)
{
	*d = (struct aisp_drill){.o = o, .lock = -1, .begun_us = aisp_clock_now_us(), .begun_ns = aisp_clock_mono_ns(), .planted_ms = -1, .found_ms = -1, .used_ms = -1, .seen_ms = -1,
				 .contain_ms = -1, .contained_ms = -1};
	d->mem = aisp_arena_new((size_t)256 << 20);
}

void aisp_drill__done(struct aisp_drill *d)
{
	if (d->kind && d->kind->end)
		d->kind->end(d);
	for (size_t i = 0; i < d->n_pairs; i++) {
		aisp_secret_done(&d->pairs[i].value);
		aisp_secret_done(&d->pairs[i].bare);
	}
	aisp_secret_done(&d->planted);
	aisp_act_free(d->act);
	aisp_vec_done(&d->targets);
	aisp_vec_done(&d->logs);
	aisp_vec_done(&d->facts);
	aisp_vec_done(&d->steps);
	aisp_vec_done(&d->reached);
	if (d->lock >= 0)
		close(d->lock);
	aisp_arena_free(d->mem);
}

int aisp_drill__random(size_t n, char *ret)
{
	static const char letters[] = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

	if (sodium_init() < 0)
		return AISP_E_INTERNAL;
	for (size_t i = 0; i < n; i++)
		ret[i] = letters[randombytes_uniform(sizeof letters - 1)];
	ret[n] = '\0';
	return 0;
}

int aisp_drill__name(struct aisp_drill *d, const char *id, struct aisp_err *err)
{
	static const char letters[] = "0123456789abcdefghjkmnpqrstvwxyz";

	if (!d->mem || sodium_init() < 0)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a drill");
	for (size_t i = 0; i < AISP_DRILL_ID; i++)
		d->id[i] = id ? id[i] : letters[randombytes_uniform(sizeof letters - 1)];
	d->name = aisp_arena_printf(d->mem, "aisp-drill-%s", d->id);
	d->dir = aisp_arena_printf(d->mem, "%s.drill/%s", d->o->store, d->id);
	return d->name.p && d->dir.p ? 0 : aisp_fail(err, AISP_E_NOMEM, "out of memory for a drill");
}

int aisp_drill__fact(struct aisp_drill *d, const char *key, struct aisp_slice value, struct aisp_err *err)
{
	const struct aisp_drill_fact f = {aisp_arena_dup(d->mem, aisp_slice_z(key)), value.n ? aisp_arena_dup(d->mem, value) : AISP_S("")};

	for (size_t i = 0; i < d->facts.n; i++)
		if (aisp_slice_eqz(d->facts.v[i].key, key)) {
			d->facts.v[i].value = f.value;
			return f.value.p ? 0 : aisp_fail(err, AISP_E_NOMEM, "out of memory for a drill");
		}
	if (!f.key.p || !f.value.p || aisp_vec_push(&d->facts, f) < 0)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a drill");
	return 0;
}

struct aisp_slice aisp_drill__get(const struct aisp_drill *d, const char *key)
{
	for (size_t i = 0; i < d->facts.n; i++)
		if (aisp_slice_eqz(d->facts.v[i].key, key))
			return d->facts.v[i].value;
	return (struct aisp_slice){0};
}

int aisp_drill__pair(struct aisp_drill *d, const char *name, struct aisp_slice value, struct aisp_slice bare, struct aisp_err *err)
{
	struct aisp_drill_pair *p = &d->pairs[d->n_pairs];

	if (d->n_pairs == AISP_DRILL_PAIRS)
		return aisp_fail(err, AISP_E_INTERNAL, "a drill has too many values");
	p->name = name;
	int r = aisp_secret_init(&p->value, value, err);
	if (r == 0)
		r = aisp_secret_init(&p->bare, bare, err);
	d->n_pairs++;
	return r;
}

/* ---- The folder ---- */

int aisp_drill__lock(struct aisp_drill *d, bool make, bool *ret_held, struct aisp_err *err)
{
	*ret_held = false;
	int r = make ? aisp_fs_mkdirs(d->dir.p, err) : 0;
	if (r < 0)
		return aisp_wrap(err, r, "while making the drill's folder");
	const int fd = open(d->dir.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : aisp_fail(err, aisp_code_from_errno(errno), "cannot open %s: %s", d->dir.p, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		close(fd);
		*ret_held = true;
		return 0;
	}
	d->lock = fd;
	return 0;
}

int aisp_drill__keep(struct aisp_drill *d, struct aisp_err *err)
{
	AISP_DRILL_WIPEBUF struct aisp_buf out = {0};
	struct aisp_slice path = aisp_arena_printf(d->mem, "%s/state", d->dir.p);
	struct aisp_jw w;

	aisp_buf_init(&out, AISP_DRILL_FILE_MAX);
	aisp_jw_init(&w, &out, true);
	aisp_jw_obj(&w);
	aisp_jw_kz(&w, "drill", d->id);
	aisp_jw_key(&w, "with");
	aisp_jw_arr(&w);
	for (size_t i = 0; i < d->targets.n; i++)
		aisp_jw_z(&w, d->targets.v[i]);
	aisp_jw_end(&w);
	aisp_jw_kstr(&w, "planted", aisp_slice_of(d->planted.p, d->planted.n));
	aisp_jw_end(&w);
	int r = path.p ? aisp_buf_check(&out, err) : aisp_fail(err, AISP_E_NOMEM, "out of memory for a drill");
	if (r == 0)
		r = aisp_fs_write(path.p, aisp_buf_slice(&out), 0600, err);
	return r < 0 ? aisp_wrap(err, r, "while keeping what the drill has to clean up") : 0;
}

int aisp_drill__recall(struct aisp_drill *d, struct aisp_err *err)
{
	AISP_DRILL_WIPEBUF struct aisp_buf text = {0};
	struct aisp_slice path = aisp_arena_printf(d->mem, "%s/state", d->dir.p);
	const struct aisp_doc *doc = NULL;

	aisp_buf_init(&text, AISP_DRILL_FILE_MAX);
	int r = path.p ? aisp_fs_read(AT_FDCWD, path.p, true, AISP_DRILL_FILE_MAX, &text, err) : aisp_fail(err, AISP_E_NOMEM, "out of memory for a drill");
	if (r == AISP_E_NOTFOUND)
		return 0;
	if (r == 0)
		r = aisp_json_parse(d->mem, aisp_buf_slice(&text), NULL, &doc, err);
	if (r < 0)
		return aisp_wrap(err, r, "while reading what the drill %s has to clean up", d->id);
	const struct aisp_doc *with = aisp_doc_get(doc, "with");
	for (uint32_t i = 0; r == 0 && d->o->n_with == 0 && i < aisp_doc_count(with); i++)
		if (aisp_vec_push(&d->targets, aisp_doc_str(aisp_doc_at(with, i)).p) < 0)
			r = aisp_fail(err, AISP_E_NOMEM, "out of memory for a drill");
	const struct aisp_slice planted = aisp_doc_getstr(doc, "planted");
	return r == 0 && planted.n ? aisp_secret_init(&d->planted, planted, err) : r;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path) < 0 && errno != ENOENT ? -1 : 0;
}

int aisp_drill__forget(struct aisp_drill *d, struct aisp_err *err)
{
	if (nftw(d->dir.p, remove_one, 16, FTW_DEPTH | FTW_PHYS) < 0 && errno != ENOENT)
		return aisp_fail(err, aisp_code_from_errno(errno), "cannot remove %s: %s; it holds the drill's credential", d->dir.p, strerror(errno));
	struct aisp_slice above = aisp_arena_dup(d->mem, aisp_slice_dirname(d->dir));
	if (above.p)
		(void)rmdir(above.p); /* stays while another drill is in it */
	return 0;
}

/* ---- The journal ---- */

static int add_entry(struct aisp_drill *d, struct aisp_slice data, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf path = {0};
	struct aisp_govlog *log = NULL;
	int r = AISP_E_CONFLICT;

	aisp_buf_init(&path, 4096);
	aisp_buf_printf(&path, "%s.log", d->o->store);
	if (aisp_buf_check(&path, err) < 0)
		return path.bad;
	for (int i = 0; r == AISP_E_CONFLICT && i < 60; i++) { /* another command writes: its entries are short */
		if (i)
			usleep(50000);
		r = aisp_govlog_open(path.p, true, &log, err);
	}
	if (r == 0)
		r = aisp_govlog_add(log, aisp_slice_z(d->o->by && *d->o->by ? d->o->by : "aisp"), AISP_S("drill"), data, NULL, err);
	aisp_govlog_close(log);
	return r < 0 ? aisp_wrap(err, r, "while writing the drill's journal") : 0;
}

int aisp_drill__journal(struct aisp_drill *d, const char *event, struct aisp_slice report, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf out = {0};
	const struct aisp_doc *doc = NULL;
	struct aisp_jw w;

	aisp_buf_init(&out, 1 << 20);
	aisp_jw_init(&w, &out, false);
	aisp_jw_obj(&w);
	aisp_jw_kz(&w, "drill", d->id);
	aisp_jw_kz(&w, "event", event);
	if (strcmp(event, "begin") == 0) {
		aisp_jw_kz(&w, "kind", d->o->kind);
		aisp_jw_kz(&w, "place", d->o->place);
		aisp_jw_key(&w, "facts");
		aisp_jw_obj(&w);
		for (size_t i = 0; i < d->facts.n; i++) {
			aisp_jw_keys(&w, d->facts.v[i].key);
			aisp_jw_str(&w, d->facts.v[i].value);
		}
		aisp_jw_end(&w);
	}
	if (report.n && aisp_json_parse(d->mem, report, NULL, &doc, NULL) == 0) {
		aisp_jw_key(&w, "report");
		aisp_jw_doc(&w, doc);
	}
	aisp_jw_end(&w);
	int r = aisp_buf_check(&out, err);
	return r == 0 ? add_entry(d, aisp_buf_slice(&out), err) : r;
}
