/* A report as JSON, one object a hit: what `aisp inspect` prints. */
#include "base/jw.h"
#include "collect/content/content_int.h"

static const char *const certainties[] = {"", "possible", "likely", "sure"};

static void begin(struct aisp_jw *w, const char *what, struct aisp_slice path, struct aisp_slice inner)
{
	aisp_jw_obj(w);
	aisp_jw_kz(w, "what", what);
	aisp_jw_kstr(w, "path", path);
	if (inner.n)
		aisp_jw_kstr(w, "inside", inner);
}

static void end(struct aisp_jw *w)
{
	aisp_jw_end(w);
	aisp_buf_putc(w->out, '\n');
	aisp_jw_init(w, w->out, false);
}

static void put_line(struct aisp_jw *w, uint32_t line, uint32_t column, uint32_t end_line)
{
	if (line)
		aisp_jw_kint(w, "line", line);
	if (column)
		aisp_jw_kint(w, "column", column);
	if (end_line > line)
		aisp_jw_kint(w, "end_line", end_line);
}

static void put_secret(const struct aisp_content_secret *s, struct aisp_slice path, struct aisp_jw *w)
{
	begin(w, "secret", path, s->inner);
	aisp_jw_kz(w, "rule", s->rule);
	aisp_jw_kz(w, "severity", s->severity);
	aisp_jw_kz(w, "certainty", certainties[s->certainty]);
	put_line(w, s->line, s->column, s->end_line);
	aisp_jw_kz(w, "kind", aisp_secret_kind_name(s->kind));
	if (s->issuer[0])
		aisp_jw_kz(w, "issuer", s->issuer);
	aisp_jw_kz(w, "description", s->description);
	aisp_jw_kz(w, "fingerprint", s->fingerprint);
	aisp_jw_kz(w, "preview", s->preview);
	for (uint32_t i = 0; i < s->n_facts; i++)
		aisp_jw_kstr(w, s->facts[i].key, s->facts[i].value);
	end(w);
}

static void put_column(const struct aisp_content_column *c, struct aisp_slice path, struct aisp_jw *w)
{
	begin(w, "personal", path, c->table);
	aisp_jw_kstr(w, "column", c->column);
	aisp_jw_kz(w, "class", aisp_personal_class_name(c->verdict.cls));
	aisp_jw_kz(w, "detector", c->verdict.detector);
	aisp_jw_kz(w, "certainty", certainties[c->verdict.certainty]);
	aisp_jw_kint(w, "looked_at", c->verdict.looked_at);
	aisp_jw_kint(w, "matched", c->verdict.matched);
	aisp_jw_kz(w, "reason", c->verdict.reason);
	end(w);
}

static void put_personal(const struct aisp_content_personal *p, struct aisp_slice path, struct aisp_jw *w)
{
	begin(w, "personal", path, p->inner);
	aisp_jw_kz(w, "class", aisp_personal_class_name(p->cls));
	aisp_jw_kz(w, "detector", p->detector);
	aisp_jw_kz(w, "certainty", certainties[p->certainty]);
	put_line(w, p->first_line, 0, 0);
	aisp_jw_kint(w, "count", p->count);
	aisp_jw_kz(w, "reason", p->reason);
	end(w);
}

static void put_instruction(const struct aisp_content_instruction *i, struct aisp_slice path, struct aisp_jw *w)
{
	begin(w, "instruction", path, i->inner);
	aisp_jw_kz(w, "rule", i->rule);
	aisp_jw_kz(w, "severity", i->severity);
	put_line(w, i->line, i->column, i->end_line);
	aisp_jw_kz(w, "reason", i->reason);
	aisp_jw_kstr(w, "excerpt", i->excerpt);
	end(w);
}

static const char *const states[] = {"clean", "findings", "partial"};
static const char *const runs[] = {"data", "may", "runs_code"};
static const char *const severities[] = {"info", "low", "medium", "high", "critical"};

const char *aisp_content_severity(enum aisp_model_severity s)
{
	return severities[s];
}

const char *aisp_content_model_state(enum aisp_model_state s)
{
	return states[s];
}

static void put_model(const struct aisp_content_report *r, struct aisp_slice path, struct aisp_jw *w)
{
	const struct aisp_model_report *m = r->model;

	begin(w, "model", path, AISP_S(""));
	aisp_jw_kz(w, "format", aisp_model_format_name(m->format));
	aisp_jw_kz(w, "runs", runs[aisp_model_format_runs(m->format)]);
	aisp_jw_kz(w, "state", states[m->state]);
	if (r->sha256[0])
		aisp_jw_kz(w, "sha256", r->sha256);
	if (m->partial.n)
		aisp_jw_kstr(w, "partial", m->partial);
	aisp_jw_kint(w, "bytes_read", (int64_t)m->bytes_read);
	aisp_jw_key(w, "issues");
	aisp_jw_arr(w);
	for (size_t i = 0; i < m->n_issues; i++) {
		const struct aisp_model_issue *x = &m->issues[i];
		aisp_jw_obj(w);
		aisp_jw_kz(w, "rule", x->rule);
		aisp_jw_kz(w, "severity", severities[x->severity]);
		aisp_jw_kstr(w, "where", x->where);
		aisp_jw_kint(w, "offset", (int64_t)x->offset);
		aisp_jw_kstr(w, "what", x->what);
		aisp_jw_kstr(w, "why", x->why);
		if (x->reference.n)
			aisp_jw_kstr(w, "reference", x->reference);
		aisp_jw_end(w);
	}
	aisp_jw_end(w);
	aisp_jw_key(w, "facts");
	aisp_jw_arr(w);
	for (size_t i = 0; i < m->n_facts; i++) {
		aisp_jw_obj(w);
		aisp_jw_kstr(w, m->facts[i].key, m->facts[i].value);
		aisp_jw_end(w);
	}
	aisp_jw_end(w);
	end(w);
}

void aisp_content_write(const struct aisp_content_report *r, struct aisp_slice path, struct aisp_jw *w)
{
	for (size_t i = 0; i < r->n_secrets; i++)
		put_secret(&r->secrets[i], path, w);
	for (size_t i = 0; i < r->n_columns; i++)
		put_column(&r->columns[i], path, w);
	for (size_t i = 0; i < r->n_personal; i++)
		put_personal(&r->personal[i], path, w);
	for (size_t i = 0; i < r->n_instructions; i++)
		put_instruction(&r->instructions[i], path, w);
	if (r->model)
		put_model(r, path, w);
	for (size_t i = 0; i < r->n_partial; i++) {
		begin(w, "gap", path, AISP_S(""));
		aisp_jw_kstr(w, "why", r->partial[i]);
		end(w);
	}
}
