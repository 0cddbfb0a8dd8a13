/* audit: is the log of decisions as it was written? And what does it say? */
#include "base/clock.h"
#include "cli/decided.h"
#include <sodium.h>

static int read_key(const char *hex, unsigned char key[32], struct aisp_err *err)
{
	size_t n = 0;
	if (sodium_hex2bin(key, 32, hex, strlen(hex), NULL, &n, NULL) != 0 || n != 32)
		return aisp_fail(err, AISP_E_USAGE, "--key takes the 64 hex digits of the public key, as the first entry of the log has it");
	return 0;
}

static int no_log(const char *path, int r, struct aisp_err *err)
{
	return r == AISP_E_NOTFOUND ? aisp_fail(err, AISP_E_USAGE, "there is no log of decisions at %s: nothing was decided yet", path) : r;
}

static int verify(struct aisp_options *o, const char *path, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf out = {0};
	struct aisp_govlog_report rep = {0};
	unsigned char key[32];
	struct aisp_jw w;
	int r = o->key ? read_key(o->key, key, err) : 0;

	if (r == 0)
		r = no_log(path, aisp_govlog_verify(path, o->key ? key : NULL, &rep, err), err);
	if (r < 0)
		return r;
	aisp_buf_init(&out, 0);
	const uint64_t unsigned_n = rep.entries - rep.last_signed;
	if (o->format && strcmp(o->format, "json") == 0) {
		aisp_jw_init(&w, &out, true);
		aisp_jw_obj(&w);
		aisp_jw_kz(&w, "schema", "aisp/audit/1");
		aisp_jw_kz(&w, "log", path);
		aisp_jw_kbool(&w, "ok", rep.wrong == 0);
		aisp_jw_kint(&w, "entries", (int64_t)rep.entries);
		aisp_jw_kint(&w, "checkpoints", (int64_t)rep.checkpoints);
		aisp_jw_kint(&w, "last_signed", (int64_t)rep.last_signed);
		if (rep.wrong) {
			aisp_jw_kint(&w, "wrong", (int64_t)rep.wrong);
			aisp_jw_kz(&w, "why", rep.why);
		}
		aisp_jw_end(&w);
		aisp_buf_putc(&out, '\n');
	} else if (rep.wrong) {
		aisp_buf_printf(&out, "CHANGED: %s: %s\nEntries 1 to %llu are as they were written. Compare with a copy, and with the last checkpoint that was kept elsewhere.\n", path,
		                rep.why, (unsigned long long)rep.wrong - 1);
	} else {
		aisp_buf_printf(&out, "whole: %s: %llu entries, %llu signed checkpoints", path, (unsigned long long)rep.entries, (unsigned long long)rep.checkpoints);
		if (unsigned_n)
			aisp_buf_printf(&out, ", the last %llu not yet signed", (unsigned long long)unsigned_n);
		aisp_buf_printf(&out, "%s\n", o->key ? "; signed with the expected key" : "");
	}
	r = aisp_buf_check(&out, err);
	if (r == 0)
		r = aisp_output(o, aisp_buf_slice(&out), err);
	return r < 0 ? r : rep.wrong ? AISP_EXIT_FINDINGS : AISP_EXIT_OK;
}

struct printing {
	const struct aisp_options *o;
	struct aisp_buf *out;
	struct aisp_jw w;
	bool json;
	int64_t since_us;
	uint64_t shown, from; /* entries before `from` are left out (--limit: the last ones) */
};

static int print(void *ctx, const struct aisp_govlog_entry *e)
{
	struct printing *p = ctx;
	char at[AISP_ISO_LEN + 1];
	if (e->at_us < p->since_us || e->n < p->from)
		return 0;
	aisp_clock_iso(e->at_us, at);
	p->shown++;
	if (p->json) {
		aisp_jw_obj(&p->w);
		aisp_jw_kint(&p->w, "entry", (int64_t)e->n);
		aisp_jw_kz(&p->w, "at", at);
		aisp_jw_kstr(&p->w, "by", e->by);
		aisp_jw_kstr(&p->w, "kind", e->kind);
		aisp_jw_kstr(&p->w, "hash", e->hash);
		aisp_jw_key(&p->w, "data");
		aisp_jw_doc(&p->w, e->data);
		aisp_jw_end(&p->w);
		return 0;
	}
	aisp_buf_printf(p->out, "%6llu  %s  %-11.*s ", (unsigned long long)e->n, at, AISP_FMT(e->kind));
	aisp_buf_put_printable(p->out, e->by);
	static const char *const shown[] = {"action", "id", "fingerprint", "rule", "subject", "asset", "item", "answer", "step", "plan", "to", "until", "reason"};
	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
		const struct aisp_slice s = aisp_doc_getstr(e->data, shown[i]);
		if (!s.n)
			continue;
		aisp_buf_printf(p->out, "  %s ", shown[i]);
		aisp_buf_put_printable(p->out, i == 2 ? aisp_slice_to(s, 12) : s);
	}
	aisp_buf_putc(p->out, '\n');
	return 0;
}

static int read_since(const char *text, int64_t *ret, struct aisp_err *err)
{
	int64_t days;
	if (!text)
		return 0;
	if (aisp_slice_i64(aisp_slice_z(text), &days) && days >= 0 && days < 100000) {
		*ret = aisp_clock_now_us() - days * 24 * 3600 * 1000000;
		return 0;
	}
	return aisp_clock_parse(text, ret) < 0 ? aisp_fail(err, AISP_E_USAGE, "--since takes a number of days or a time such as 2026-11-23, not '%s'", text) : 0;
}

static int print_log(struct aisp_options *o, const char *path, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf out = {0};
	struct printing p = {.o = o, .out = &out, .json = o->format && strcmp(o->format, "json") == 0};
	struct aisp_govlog_report rep = {0};
	struct aisp_govlog *log = NULL;
	int r = read_since(o->since, &p.since_us, err);

	aisp_buf_init(&out, (size_t)4 << 30);
	if (r == 0 && o->limit)
		r = no_log(path, aisp_govlog_verify(path, NULL, &rep, err), err);
	p.from = o->limit && rep.entries > (uint64_t)o->limit ? rep.entries - (uint64_t)o->limit + 1 : 0;
	if (r == 0)
		r = no_log(path, aisp_govlog_open(path, false, &log, err), err);
	if (r < 0)
		return r;
	aisp_jw_init(&p.w, &out, true);
	if (p.json) {
		aisp_jw_obj(&p.w);
		aisp_jw_kz(&p.w, "schema", "aisp/audit-log/1");
		aisp_jw_key(&p.w, "entries");
		aisp_jw_arr(&p.w);
	}
	r = aisp_govlog_each(log, print, &p, err);
	aisp_govlog_close(log);
	if (p.json) {
		aisp_jw_end(&p.w);
		aisp_jw_end(&p.w);
		aisp_buf_putc(&out, '\n');
	}
	if (r == 0)
		r = aisp_buf_check(&out, err);
	return r == 0 ? aisp_output(o, aisp_buf_slice(&out), err) : r;
}

int aisp_cmd_audit(struct aisp_options *o, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf path = {0};
	aisp_buf_init(&path, 8192);
	int r = aisp_log_path(aisp_session_store_path(o), &path, err);
	if (r < 0)
		return r;
	if (o->args.n == 1 && strcmp(o->args.v[0], "verify") == 0)
		return verify(o, path.p, err);
	if (o->args.n == 1 && strcmp(o->args.v[0], "log") == 0)
		return print_log(o, path.p, err);
	return aisp_fail(err, AISP_E_USAGE, "audit verify checks the log of decisions, audit log prints it");
}
