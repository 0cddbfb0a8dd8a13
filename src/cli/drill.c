/* drill: leaks a harmless credential on purpose. This file gives govern/drill.h what it has not: scans, the content detectors, reading logs. */
#include "base/clock.h"
#include "cli/decided.h"
#include "cli/session.h"
#include "collect/content/inspect.h"
#include "collect/worker/collect.h"
#include "collect/worker/worker.h"
#include "govern/drill.h"
#include <stdlib.h>

struct hooks {
	const struct aisp_options *o;
	struct aisp_secrets *secrets;
};

static int run_inspect(void *ctx, struct aisp_watch *watch, struct aisp_buf *out, struct aisp_err *err)
{
	return aisp_inspect_run(ctx, watch, out, err);
}

static int inspect(void *ctx, const char *path, bool history, const struct aisp_fpkey *key, struct aisp_buf *lines, struct aisp_err *err)
{
	struct hooks *h = ctx;
	const struct aisp_content content = {.secrets = h->secrets, .fpkey = key, .what = AISP_CONTENT_SECRETS, .all_texts = true};
	const struct aisp_target t = {.text = aisp_slice_z(path)};
	struct aisp_progress progress;
	struct aisp_readable readable = {0};
	struct aisp_inspect in = {.content = &content, .path = path, .history = history, .ignored = true, .timeout_s = (unsigned)h->o->timeout_s, .progress = &progress};
	struct aisp_arena *a = aisp_arena_new(1 << 20);

	if (!a)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	aisp_collect_readable(&t, a, &readable);
	const struct aisp_worker w = {.run = run_inspect, .ctx = &in, .readable = readable.v, .n_readable = readable.n};
	aisp_progress_start(&progress, false, path);
	const int r = aisp_worker_run(&w, lines, err);
	aisp_progress_end(&progress);
	aisp_arena_free(a);
	return r;
}

/* What a command that runs inside of a drill prints: a file in the drill's folder, beside the store it works on. (Never /dev/null: an output is written beside and renamed.) */
static int output_beside(const char *store, struct aisp_buf *path, struct aisp_err *err)
{
	aisp_buf_init(path, 4096);
	aisp_buf_printf(path, "%s.out", store);
	return aisp_buf_check(path, err);
}

/* The command itself, with a store of its own. */
static int scan(void *ctx, const char *const *targets, size_t n, const char *store, struct aisp_snapshot **ret, struct aisp_fpkey *ret_key, struct aisp_err *err)
{
	const struct hooks *h = ctx;
	struct aisp_options o = {.store = store, .format = "ndjson", .quiet = true, .timeout_s = h->o->timeout_s};
	AISP_AUTOBUF struct aisp_buf key = {0}, out = {0};
	struct aisp_session s AISP_CLEANUP(aisp_session_done) = {0};
	int r = output_beside(store, &out, err);

	if (r < 0)
		return r;
	o.output = out.p;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = aisp_vec_push(&o.args, targets[i]);
	r = r < 0 ? aisp_fail(err, AISP_E_NOMEM, "out of memory") : aisp_cmd_scan(&o, err);
	aisp_vec_done(&o.args);
	aisp_buf_init(&key, 4096);
	if (r >= 0)
		r = aisp_store_key_path(store, &key, err);
	if (r == 0)
		r = aisp_fpkey_load(key.p, ret_key, err);
	if (r == 0)
		r = aisp_session_open(&o, &s, err);
	if (r == 0)
		*ret = AISP_TAKE(s.snapshot);
	return r;
}

static int ingest(void *ctx, const char *log, const char *store, struct aisp_err *err)
{
	struct aisp_options o = {.store = store, .format = "json", .quiet = true};
	AISP_AUTOBUF struct aisp_buf out = {0};
	int r = output_beside(store, &out, err);

	(void)ctx;
	if (r < 0)
		return r;
	o.output = out.p;
	if (aisp_vec_push(&o.args, log) < 0)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	r = aisp_cmd_ingest(&o, err);
	aisp_vec_done(&o.args);
	return r < 0 ? r : 0;
}

static void say(void *ctx, const char *text)
{
	(void)ctx;
	aisp_log(AISP_LOG_INFO, "%s", text);
}

/* ---- Answers ---- */

static int print(const struct aisp_options *o, struct aisp_slice json, struct aisp_err *err)
{
	const char *format = o->format ? o->format : "table";
	AISP_AUTOBUF struct aisp_buf out = {0};
	struct aisp_arena *a AISP_CLEANUP(aisp_arena_freep) = aisp_arena_new((size_t)256 << 20);
	const struct aisp_doc *doc = NULL;

	if (strcmp(format, "json") == 0)
		return aisp_output(o, json, err);
	int r = a ? aisp_json_parse(a, json, NULL, &doc, err) : aisp_fail(err, AISP_E_NOMEM, "out of memory");
	aisp_buf_init(&out, (size_t)256 << 20);
	if (r == 0 && strcmp(format, "html") == 0)
		aisp_drill_html(doc, &out);
	else if (r == 0)
		aisp_drill_table(doc, &out);
	if (r == 0)
		r = aisp_buf_check(&out, err);
	return r == 0 ? aisp_output(o, aisp_buf_slice(&out), err) : r;
}

static int clean(const struct aisp_options *o, const struct aisp_drill_options *d, bool asked, struct aisp_err *err)
{
	struct aisp_drill_cleaned n = {0};

	const int r = aisp_drill_clean(d, &n, err);
	if (n.cleaned && !o->quiet)
		aisp_log(AISP_LOG_INFO, "cleaned up what %zu earlier drill%s left", n.cleaned, n.cleaned == 1 ? "" : "s");
	if (r < 0)
		return r;
	if (asked && !o->quiet && n.found == 0)
		aisp_log(AISP_LOG_INFO, "no drill left anything%s", n.running ? "; one is running" : "");
	return AISP_EXIT_OK;
}

static int leak(const struct aisp_options *o, struct aisp_drill_options *d, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf out = {0}, shown = {0};
	struct hooks *h = d->hooks.ctx;

	if (!o->kind || !o->place)
		return aisp_fail(err, AISP_E_USAGE, "a drill needs --kind and --place: %s", o->kind ? "commit:REPO, notebook:FILE, prompt-log:FILE, mcp:FILE or vector-store:TABLE"
					: "postgres-role, aws-key, kubernetes-token or mock-key");
	aisp_buf_init(&out, (size_t)64 << 20);
	aisp_buf_init(&shown, (size_t)64 << 20);
	int r = 0;
	if (!o->execute) {
		r = aisp_drill_plan(d, &out, err);
		return r == 0 ? print(o, aisp_buf_slice(&out), err) : r;
	}
	r = aisp_secrets_for(o, NULL, 0, &h->secrets, err);
	if (r == 0)
		r = aisp_drill_run(d, &out, err);
	aisp_secrets_free(h->secrets);
	if (r < 0)
		return r;
	/* with the earlier ones of its kind and place; its id stands in its document */
	struct aisp_slice id = aisp_slice_from(aisp_buf_slice(&out), aisp_slice_find(aisp_buf_slice(&out), AISP_S("\"id\": \"")) + 7);
	char name[64] = "";
	const size_t n = aisp_slice_chr(id, '"');
	memcpy(name, id.p, n < sizeof name ? n : 0);
	r = aisp_drill_show(d->store, name, &shown, err);
	if (r == 0)
		r = print(o, aisp_buf_slice(&shown), err);
	if (r < 0)
		return r;
	return aisp_slice_find(aisp_buf_slice(&out), AISP_S("\"state\": \"done\"")) != SIZE_MAX ? AISP_EXIT_OK : AISP_EXIT_FAILED;
}

static int ask(const struct aisp_options *o, const struct aisp_drill_options *d, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf out = {0};

	aisp_buf_init(&out, (size_t)256 << 20);
	int r = strcmp(o->args.v[0], "list") == 0 ? aisp_drill_list(d->store, &out, err) : aisp_drill_show(d->store, o->args.v[1], &out, err);
	return r == 0 ? print(o, aisp_buf_slice(&out), err) : r;
}

static bool is_word(const struct aisp_options *o, const char *word, size_t n)
{
	return o->args.n == n && strcmp(o->args.v[0], word) == 0;
}

int aisp_cmd_drill(struct aisp_options *o, struct aisp_err *err)
{
	struct hooks h = {.o = o};
	struct aisp_drill_options d = {.kind = o->kind, .place = o->place, .with = o->with.v, .n_with = o->with.n, .store = aisp_session_store_path(o),
				       .by = aisp_who(o), .timeout_s = o->timeout_s > 0 && o->timeout_s < 86400 ? (unsigned)o->timeout_s : 0,
				       .hooks = {.ctx = &h, .inspect = inspect, .scan = scan, .ingest = ingest, .say = o->quiet ? NULL : say}};

	if (o->format && strcmp(o->format, "table") != 0 && strcmp(o->format, "json") != 0 && strcmp(o->format, "html") != 0)
		return aisp_fail(err, AISP_E_USAGE, "drill prints table, json or html, not %s", o->format);
	if (is_word(o, "list", 1) || is_word(o, "show", 2))
		return ask(o, &d, err);
	if (is_word(o, "clean", 1))
		return clean(o, &d, true, err);
	if (!is_word(o, "leak", 1))
		return aisp_fail(err, AISP_E_USAGE, "aisp drill leak --kind KIND --place PLACE, list, show ID or clean is expected");
	/* What an earlier one left goes first, with its own targets; a dry run touches nothing. */
	struct aisp_drill_options before = d;
	before.with = NULL;
	before.n_with = 0;
	const int r = o->execute ? clean(o, &before, false, err) : 0;
	return r < 0 ? r : leak(o, &d, err);
}
