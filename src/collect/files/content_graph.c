/* See content_graph.h. */
#include "collect/files/content_graph.h"
#include "base/map.h"
#include "collect/files/agentfile.h"
#include "collect/files/holder.h"
#include "scan/secrets/ignore.h"
#include <stdio.h>

enum { TEXT_HITS_MIN = 3, ROWS_MIN = 3, ISSUES_MAX = 20 };

struct known { /* a credential that the parsers found, at one place */
	struct aisp_slice value_fp, path;
	uint32_t line;
	aisp_node node;
};
struct aisp_content_graph {
	struct aisp_emit *e;
	const struct aisp_secrets_ignore *ignore;
	AISP_VEC(struct known) known;
	struct aisp_map by_fp; /* digits of a fingerprint → 1 + first in known */
};

static struct aisp_key fp_key(struct aisp_slice fp)
{
	struct aisp_key k = {0};

	for (size_t i = 4; i < fp.n && i < 36; i++) {
		uint64_t d = (uint64_t)(fp.p[i] <= '9' ? fp.p[i] - '0' : fp.p[i] - 'a' + 10) & 15;
		if (i < 20)
			k.a = k.a << 4 | d;
		else
			k.b = k.b << 4 | d;
	}
	return k;
}

static int add_known(struct aisp_content_graph *g, aisp_node n)
{
	struct known k = {.value_fp = aisp_emit_dup(g->e, aisp_graph_prop(g->e->g, n, "fingerprint")), .node = n};
	struct aisp_evidence_in ev;

	if (!k.value_fp.n)
		return 0;
	if (aisp_graph_node_first_evidence(g->e->g, n, &ev)) {
		k.path = aisp_emit_dup(g->e, ev.locator);
		k.line = ev.line;
	}
	if (aisp_vec_push(&g->known, k) < 0)
		return AISP_E_NOMEM;
	if (aisp_map_get(&g->by_fp, fp_key(k.value_fp)))
		return 0;
	return aisp_map_put(&g->by_fp, fp_key(k.value_fp), (uint32_t)g->known.n, NULL);
}

struct aisp_content_graph *aisp_content_graph_new(struct aisp_emit *e, const struct aisp_secrets_ignore *ignore)
{
	struct aisp_content_graph *g = aisp_mem_zalloc(1, sizeof *g);
	uint32_t n = aisp_graph_node_count(e->g);

	if (!g)
		return NULL;
	g->e = e;
	g->ignore = ignore;
	for (uint32_t i = 1; i <= n; i++) {
		struct aisp_node_view v = aisp_graph_node_at(e->g, i);
		if (v.alive && v.kind == AISP_NODE_CREDENTIAL && add_known(g, i) < 0) {
			aisp_content_graph_free(g);
			return NULL;
		}
	}
	return g;
}

void aisp_content_graph_free(struct aisp_content_graph *g)
{
	if (!g)
		return;
	aisp_vec_done(&g->known);
	aisp_map_done(&g->by_fp);
	aisp_mem_free(g);
}

/* Secrets. */

/* The parsers' node of this very secret: the one at this place, or the only one with this value. */
static aisp_node find_known(const struct aisp_content_graph *g, const struct aisp_content_secret *s, struct aisp_slice path, bool *ret_here)
{
	uint32_t at = aisp_map_get(&g->by_fp, fp_key(aisp_slice_z(s->value_fp)));
	aisp_node only = 0;
	bool several = false;

	*ret_here = false;
	for (size_t i = at ? at - 1 : g->known.n; i < g->known.n; i++) {
		const struct known *k = &g->known.v[i];
		if (!aisp_slice_eqz(k->value_fp, s->value_fp))
			continue;
		if (aisp_slice_eq(k->path, path) && k->line == s->line) {
			*ret_here = true;
			return k->node;
		}
		several = several || (only && only != k->node);
		only = k->node;
	}
	return several ? 0 : only;
}

static struct aisp_slice fact(const struct aisp_content_secret *s, const char *key)
{
	for (uint32_t i = 0; i < s->n_facts; i++)
		if (strcmp(s->facts[i].key, key) == 0)
			return s->facts[i].value;
	return (struct aisp_slice){0};
}

/* Who the value itself says that it proves: an account of AWS, a service account of Google Cloud, the subject of a token. (Logins are
 * joined to their roles by the resolver, from the db_* properties.) */
static void add_principal(struct aisp_emit *e, aisp_node cred, const struct aisp_content_secret *s, const struct aisp_place *at)
{
	struct aisp_slice account = fact(s, "account"), user = fact(s, "user"), subject = fact(s, "subject"), issuer = fact(s, "issuer_url"), id = {0}, name = {0};
	struct aisp_place why = *at;

	if (strcmp(s->issuer, "aws") == 0 && account.n) {
		id = aisp_emit_fmt(e, "arn:aws:iam::%.*s:unresolved/%s", AISP_FMT(account), s->fingerprint);
		name = aisp_emit_fmt(e, "a principal of AWS account %.*s", AISP_FMT(account));
	} else if (aisp_slice_ends(user, AISP_S(".iam.gserviceaccount.com"))) {
		id = aisp_emit_fmt(e, "identity://gcp/%.*s", AISP_FMT(user));
		name = user;
	} else if (issuer.n && subject.n) {
		id = aisp_emit_fmt(e, "identity://%.*s/%.*s", AISP_FMT(issuer), AISP_FMT(subject));
		name = aisp_emit_fmt(e, "%.*s of %.*s", AISP_FMT(subject), AISP_FMT(issuer));
	}
	if (!id.n)
		return;
	why.confidence = AISP_CONF_INFERRED;
	why.note = AISP_S("the credential's own text says whose it is");
	aisp_node who = aisp_emit_node(e, AISP_NODE_SERVICE_ACCOUNT, id, &why);
	aisp_emit_str(e, who, "name", name);
	if (account.n)
		aisp_emit_str(e, who, "account", account);
	aisp_emit_edge(e, cred, AISP_EDGE_AUTHENTICATES, who, &why);
}

static void describe(struct aisp_emit *e, aisp_node n, const struct aisp_content_secret *s)
{
	static const char *const certainties[] = {"", "possible", "likely", "sure"};

	if (aisp_graph_prop(e->g, n, "credential_kind").n == 0) {
		struct aisp_slice kind = s->issuer[0] ? aisp_emit_fmt(e, "%s_%s", s->issuer, aisp_secret_kind_name(s->kind))
		                                      : aisp_slice_z(aisp_secret_kind_name(s->kind));
		aisp_emit_str(e, n, "credential_kind", kind);
		aisp_emit_strz(e, n, "provider", s->issuer);
		aisp_emit_str(e, n, "name", aisp_slice_z(s->rule));
		aisp_emit_strz(e, n, "fingerprint", s->value_fp);
		aisp_emit_strz(e, n, "preview", s->preview);
		if (s->connection)
			aisp_connection_props(e, n, s->connection);
	}
	aisp_emit_strz(e, n, "secret_rule", s->rule);
	aisp_emit_strz(e, n, "certainty", certainties[s->certainty]);
	aisp_emit_strz(e, n, "secret_severity", s->severity);
	for (uint32_t i = 0; i < s->n_facts; i++)
		if (aisp_graph_prop(e->g, n, s->facts[i].key).n == 0)
			aisp_emit_str(e, n, s->facts[i].key, s->facts[i].value);
}

static void hold(struct aisp_emit *e, aisp_node holder, aisp_node cred, const struct aisp_place *at)
{
	struct aisp_edge_in in = {.control = at->pointer.n ? aisp_emit_fmt(e, "%.*s#%.*s", AISP_FMT(at->path), AISP_FMT(at->pointer))
	                                                   : aisp_emit_fmt(e, "%.*s:%u", AISP_FMT(at->path), at->line)};

	aisp_emit_edge_in(e, holder, AISP_EDGE_HOLDS, cred, &in, at);
}

static struct aisp_place place_of(struct aisp_content_graph *g, struct aisp_slice path, const struct aisp_content_secret *s)
{
	return (struct aisp_place){.path = path, .line = s->line, .pointer = s->inner, .note = aisp_emit_fmt(g->e, "%s (%s)", s->rule, s->preview),
	                           .confidence = s->certainty == AISP_SECRET_SURE ? AISP_CONF_DECLARED : AISP_CONF_INFERRED};
}

static aisp_node credential(struct aisp_content_graph *g, struct aisp_slice path, const struct aisp_content_secret *s,
                            const struct aisp_place *at, bool *ret_here)
{
	aisp_node n = find_known(g, s, path, ret_here);

	if (!n)
		n = aisp_emit_node(g->e, AISP_NODE_CREDENTIAL, aisp_emit_fmt(g->e, "credential://%s", s->fingerprint), at);
	describe(g->e, n, s);
	add_principal(g->e, n, s, at);
	return n;
}

static void add_secrets(struct aisp_content_graph *g, struct aisp_slice path, const struct aisp_content_report *r)
{
	int64_t allowed = 0;

	for (size_t i = 0; i < r->n_secrets; i++) {
		const struct aisp_content_secret *s = &r->secrets[i];
		struct aisp_place at = place_of(g, path, s);
		bool here;
		if (aisp_secrets_ignore_find(g->ignore, AISP_S(""), path, aisp_slice_z(s->rule), s->line)) {
			allowed++;
			continue;
		}
		aisp_node n = credential(g, path, s, &at, &here);
		if (!here)
			hold(g->e, aisp_emit_file(g->e, path), n, &at);
	}
	if (allowed)
		aisp_emit_int(g->e, aisp_emit_file(g->e, path), "secrets_allowed", allowed);
}

void aisp_content_graph_add_history(struct aisp_content_graph *g, struct aisp_slice path, const struct aisp_content_report *r,
                                    const struct aisp_content_commit *commit)
{
	for (size_t i = 0; i < r->n_secrets; i++) {
		const struct aisp_content_secret *s = &r->secrets[i];
		struct aisp_place at = place_of(g, path, s);
		bool here;
		if (aisp_secrets_ignore_find(g->ignore, commit->id, path, aisp_slice_z(s->rule), s->line))
			continue;
		at.pointer = commit->id.n ? aisp_emit_fmt(g->e, "commit:%.*s", AISP_FMT(commit->id)) : AISP_S("unreachable object");
		at.note = aisp_emit_fmt(g->e, "%s (%s) by %.*s on %.*s, in %u commits%s", s->rule, s->preview, AISP_FMT(commit->author),
		                        AISP_FMT(commit->date), commit->commits, commit->in_head ? "" : ", no longer in the files");
		aisp_node n = credential(g, path, s, &at, &here);
		hold(g->e, g->e->repo_node, n, &at);
		if (aisp_graph_prop(g->e->g, n, "first_commit").n == 0) {
			aisp_emit_str(g->e, n, "first_commit", commit->id);
			aisp_emit_str(g->e, n, "first_author", commit->author);
			aisp_emit_str(g->e, n, "first_seen", commit->date);
		}
	}
}

/* Personal data. */

struct data {
	enum aisp_sensitivity sensitivity;
	aisp_node node;
};

static void add_class(struct aisp_content_graph *g, struct data *d, struct aisp_slice path, enum aisp_personal_class cls,
                      const struct aisp_place *at)
{
	enum aisp_sensitivity s = aisp_personal_class_sensitivity(cls);

	if (!d->node) {
		d->node = aisp_emit_node(g->e, AISP_NODE_DATASET, aisp_emit_fmt(g->e, "dataset://%.*s/%.*s", AISP_FMT(g->e->repo), AISP_FMT(path)), at);
		aisp_emit_str(g->e, d->node, "name", aisp_slice_basename(path));
		aisp_emit_edge(g->e, aisp_emit_file(g->e, path), AISP_EDGE_HAS_DATA, d->node, at);
	} else {
		aisp_emit_node(g->e, AISP_NODE_DATASET, aisp_emit_fmt(g->e, "dataset://%.*s/%.*s", AISP_FMT(g->e->repo), AISP_FMT(path)), at);
	}
	aisp_emit_item(g->e, d->node, "data_classes", aisp_slice_z(aisp_personal_class_name(cls)));
	if (s > d->sensitivity) {
		d->sensitivity = s;
		aisp_emit_strz(g->e, d->node, "sensitivity", aisp_sensitivity_name(s));
	}
}

static void add_personal(struct aisp_content_graph *g, struct aisp_slice path, const struct aisp_content_report *r)
{
	struct data d = {0};

	for (size_t i = 0; i < r->n_columns; i++) {
		const struct aisp_content_column *c = &r->columns[i];
		struct aisp_place at = {.path = path, .confidence = AISP_CONF_INFERRED};
		/* Credentials are found by their look; a table of one or two rows is a setting. */
		if (c->verdict.certainty < AISP_PERSONAL_LIKELY || c->verdict.cls == AISP_PERSONAL_CREDENTIAL || c->verdict.looked_at < ROWS_MIN)
			continue;
		at.pointer = c->table.n ? aisp_emit_fmt(g->e, "%.*s.%.*s", AISP_FMT(c->table), AISP_FMT(c->column)) : c->column;
		at.note = aisp_emit_fmt(g->e, "%s: %s", aisp_personal_class_name(c->verdict.cls), c->verdict.reason);
		add_class(g, &d, path, c->verdict.cls, &at);
	}
	for (size_t i = 0; i < r->n_personal; i++) {
		const struct aisp_content_personal *p = &r->personal[i];
		struct aisp_place at = {.path = path, .line = p->first_line, .pointer = p->inner, .confidence = AISP_CONF_INFERRED};
		if (p->certainty < AISP_PERSONAL_LIKELY || p->cls == AISP_PERSONAL_CREDENTIAL || (p->count < TEXT_HITS_MIN && p->certainty < AISP_PERSONAL_SURE))
			continue;
		at.note = aisp_emit_fmt(g->e, "%u × %s (%s)", p->count, aisp_personal_class_name(p->cls), p->reason);
		add_class(g, &d, path, p->cls, &at);
	}
	if (d.node && r->sampling.n)
		aisp_emit_str(g->e, d.node, "sampling", r->sampling);
}

/* Model files. */

static bool is_about_files(enum aisp_model_format f)
{
	return f != AISP_MODEL_CONFIG && f != AISP_MODEL_TEMPLATE && f != AISP_MODEL_ARCHIVE && f != AISP_MODEL_EXECUTABLE;
}

static void add_issues(struct aisp_emit *e, aisp_node n, struct aisp_slice id, struct aisp_slice path, const struct aisp_model_report *m)
{
	for (size_t i = 0; i < m->n_issues && i < ISSUES_MAX; i++) {
		const struct aisp_model_issue *x = &m->issues[i];
		const char *severity = aisp_content_severity(x->severity);
		struct aisp_place at = {.path = path, .confidence = AISP_CONF_OBSERVED};
		at.pointer = aisp_emit_fmt(e, "%.*s@%llu", AISP_FMT(x->where), (unsigned long long)x->offset);
		at.note = aisp_emit_fmt(e, "%s %s: %.*s: %.*s", severity, x->rule, AISP_FMT(x->what), AISP_FMT(x->why));
		aisp_emit_node(e, AISP_NODE_MODEL_FILE, id, &at);
		aisp_emit_item(e, n, "model_issues", aisp_emit_fmt(e, "%s %s: %.*s", severity, x->rule, AISP_FMT(x->what)));
		if (x->reference.n)
			aisp_emit_item(e, n, "references", x->reference);
	}
	if (m->n_issues) {
		aisp_emit_strz(e, n, "model_severity", aisp_content_severity(m->issues[0].severity));
		aisp_emit_str(e, n, "model_what", m->issues[0].what);
		aisp_emit_str(e, n, "model_why", m->issues[0].why);
	}
}

static void add_model(struct aisp_content_graph *g, struct aisp_slice path, const struct aisp_content_report *r)
{
	static const char *const runs[] = {"data", "may", "runs_code"};
	const struct aisp_model_report *m = r->model;
	struct aisp_emit *e = g->e;
	struct aisp_place at = {.path = path, .confidence = AISP_CONF_OBSERVED};

	if (!is_about_files(m->format) && m->n_issues == 0)
		return;
	struct aisp_slice id = aisp_emit_fmt(e, "modelfile://%.*s/%.*s", AISP_FMT(e->repo), AISP_FMT(path));
	at.note = aisp_emit_fmt(e, "%s file", aisp_model_format_name(m->format));
	aisp_node n = aisp_emit_node(e, AISP_NODE_MODEL_FILE, id, &at);
	aisp_emit_str(e, n, "name", aisp_slice_basename(path));
	aisp_emit_strz(e, n, "format", aisp_model_format_name(m->format));
	aisp_emit_strz(e, n, "loading", runs[aisp_model_format_runs(m->format)]);
	aisp_emit_strz(e, n, "model_state", aisp_content_model_state(m->state));
	if (r->sha256[0]) {
		aisp_emit_strz(e, n, "sha256", r->sha256);
		aisp_emit_alias(e, n, aisp_emit_fmt(e, "sha256:%s", r->sha256));
	}
	for (size_t i = 0; i < m->n_facts; i++)
		aisp_emit_item(e, n, aisp_emit_fmt(e, "model_%s", m->facts[i].key).p, m->facts[i].value);
	add_issues(e, n, id, path, m);
	aisp_emit_edge(e, aisp_emit_file(e, path), AISP_EDGE_HAS_DATA, n, &at);
}

/* Instructions. */

static int severity_rank(const char *severity)
{
	static const char *const order[] = {"low", "medium", "high", "critical"};

	for (int i = 0; i < 4; i++)
		if (strcmp(severity, order[i]) == 0)
			return i;
	return 0;
}

static void add_instructions(struct aisp_content_graph *g, struct aisp_slice path, const struct aisp_content_report *r)
{
	struct aisp_emit *e = g->e;
	const char *worst = "low";
	int64_t n = 0;

	for (size_t i = 0; i < r->n_instructions; i++) {
		const struct aisp_content_instruction *x = &r->instructions[i];
		struct aisp_place at = {.path = path, .line = x->line, .pointer = x->inner, .confidence = AISP_CONF_OBSERVED};
		if (severity_rank(x->severity) < 1 || n >= ISSUES_MAX)
			continue;
		n++;
		at.note = aisp_emit_fmt(e, "%s %s: %s: %.*s", x->severity, x->rule, x->reason, AISP_FMT(x->excerpt));
		aisp_node file = aisp_emit_file(e, path);
		aisp_emit_node(e, AISP_NODE_FILE, aisp_emit_file_id(e, path), &at);
		aisp_emit_item(e, file, "instruction_issues", aisp_emit_fmt(e, "%s (line %u): %s", x->rule, x->line, x->reason));
		if (n == 1 || severity_rank(x->severity) > severity_rank(worst)) {
			worst = x->severity;
			aisp_emit_strz(e, file, "instruction_severity", worst);
			aisp_emit_strz(e, file, "instruction_rule", x->rule);
			aisp_emit_strz(e, file, "instruction_reason", x->reason);
			aisp_emit_int(e, file, "instruction_line", x->line);
		}
	}
	if (n)
		aisp_emit_bool(e, aisp_emit_file(e, path), "instructs_models", aisp_content_role(path) == AISP_TEXT_INSTRUCTION);
}

void aisp_content_graph_add(struct aisp_content_graph *g, struct aisp_slice path, const struct aisp_content_report *r)
{
	add_secrets(g, path, r);
	add_personal(g, path, r);
	if (r->model)
		add_model(g, path, r);
	add_instructions(g, path, r);
	for (size_t i = 0; i < r->n_partial; i++)
		aisp_emit_gap(g->e, path, AISP_E_LIMIT, r->partial[i]);
}
