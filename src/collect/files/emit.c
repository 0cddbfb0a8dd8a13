/* Emit: see emit.h. */
#include "collect/files/emit.h"
#include <stdarg.h>
#include <stdio.h>

void aisp_emit_fail(struct aisp_emit *e, int r, const struct aisp_err *err)
{
	if (e->bad || r >= 0)
		return;
	e->bad = r;
	if (err && err->code)
		e->err = *err;
	else
		aisp_fail(&e->err, (enum aisp_code)r, "%s", r == AISP_E_NOMEM ? "out of memory" : aisp_code_name((enum aisp_code)r));
}

int aisp_emit_check(const struct aisp_emit *e, struct aisp_err *err)
{
	if (e->bad && err)
		*err = e->err;
	return e->bad;
}

static void out_of_memory(struct aisp_emit *e)
{
	struct aisp_err err;
	int r;

	if (aisp_arena_full(e->a))
		r = aisp_fail(&err, AISP_E_LIMIT, "the target has more facts than fit the cap of memory for one scan; "
		                                  "scan parts of it as targets of their own");
	else
		r = aisp_fail(&err, AISP_E_NOMEM, "out of memory");
	aisp_emit_fail(e, r, &err);
}

struct aisp_slice aisp_emit_fmt(struct aisp_emit *e, const char *fmt, ...)
{
	struct aisp_slice s = {0};
	va_list ap, again;
	int n;

	if (e->bad)
		return s;
	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	char *p = n < 0 ? NULL : aisp_arena_alloc(e->a, (size_t)n + 1);
	if (p) {
		vsnprintf(p, (size_t)n + 1, fmt, again);
		s = aisp_slice_of(p, (size_t)n);
	} else {
		out_of_memory(e);
	}
	va_end(again);
	return s;
}

struct aisp_slice aisp_emit_dup(struct aisp_emit *e, struct aisp_slice s)
{
	struct aisp_slice d = {0};

	if (e->bad || s.n == 0)
		return d;
	d = aisp_arena_dup(e->a, s);
	if (!d.p) {
		d.n = 0;
		out_of_memory(e);
	}
	return d;
}

static struct aisp_evidence_in evidence(const struct aisp_emit *e, const struct aisp_place *at)
{
	return (struct aisp_evidence_in){
		.source = e->source,
		.form = e->form ? e->form : AISP_EV_FILE,
		.confidence = at->confidence ? at->confidence : e->confidence ? e->confidence : AISP_CONF_DECLARED,
		.locator = at->path,
		.line = at->line,
		.pointer = at->pointer,
		.note = at->note,
	};
}

aisp_node aisp_emit_node(struct aisp_emit *e, enum aisp_node_kind kind, struct aisp_slice id, const struct aisp_place *at)
{
	aisp_node n = 0;
	struct aisp_err err = {0};

	if (e->bad || id.n == 0)
		return 0;
	struct aisp_evidence_in ev = evidence(e, at);
	int r = aisp_graph_add_node(e->g, kind, id, &ev, &n, &err);
	aisp_emit_fail(e, r, &err);
	return r < 0 ? 0 : n;
}

aisp_edge aisp_emit_edge_in(struct aisp_emit *e, aisp_node from, enum aisp_edge_kind kind, aisp_node to,
                            const struct aisp_edge_in *in, const struct aisp_place *at)
{
	aisp_edge ed = 0;
	struct aisp_err err = {0};

	if (e->bad || !from || !to)
		return 0;
	struct aisp_evidence_in ev = evidence(e, at);
	int r = aisp_graph_add_edge(e->g, from, kind, to, in, &ev, &ed, &err);
	aisp_emit_fail(e, r, &err);
	return r < 0 ? 0 : ed;
}

aisp_edge aisp_emit_edge(struct aisp_emit *e, aisp_node from, enum aisp_edge_kind kind, aisp_node to,
                         const struct aisp_place *at)
{
	const struct aisp_edge_in none = {0};

	return aisp_emit_edge_in(e, from, kind, to, &none, at);
}

void aisp_emit_alias(struct aisp_emit *e, aisp_node n, struct aisp_slice alias)
{
	struct aisp_err err = {0};

	if (!e->bad && n && alias.n)
		aisp_emit_fail(e, aisp_graph_add_alias(e->g, n, alias, e->source, &err), &err);
}

void aisp_emit_str(struct aisp_emit *e, aisp_node n, const char *key, struct aisp_slice v)
{
	struct aisp_err err = {0};

	if (!e->bad && n && v.n)
		aisp_emit_fail(e, aisp_graph_set_str(e->g, n, e->source, key, v, &err), &err);
}

void aisp_emit_strz(struct aisp_emit *e, aisp_node n, const char *key, const char *v)
{
	aisp_emit_str(e, n, key, aisp_slice_z(v));
}

void aisp_emit_bool(struct aisp_emit *e, aisp_node n, const char *key, bool v)
{
	struct aisp_err err = {0};

	if (!e->bad && n)
		aisp_emit_fail(e, aisp_graph_set_bool(e->g, n, e->source, key, v, &err), &err);
}

void aisp_emit_int(struct aisp_emit *e, aisp_node n, const char *key, int64_t v)
{
	struct aisp_err err = {0};

	if (!e->bad && n)
		aisp_emit_fail(e, aisp_graph_set_int(e->g, n, e->source, key, v, &err), &err);
}

void aisp_emit_item(struct aisp_emit *e, aisp_node n, const char *key, struct aisp_slice v)
{
	struct aisp_err err = {0};

	if (aisp_slice_chr(v, '\n') != SIZE_MAX) { /* separates items in the graph */
		v = aisp_emit_dup(e, v);
		for (char *p = (char *)(uintptr_t)v.p; p && p < v.p + v.n; p++)
			if (*p == '\n')
				*p = ' ';
	}
	if (!e->bad && n && v.n)
		aisp_emit_fail(e, aisp_graph_add_item(e->g, n, e->source, key, v, &err), &err);
}

void aisp_emit_edge_str(struct aisp_emit *e, aisp_edge ed, const char *key, struct aisp_slice v)
{
	struct aisp_err err = {0};

	if (!e->bad && ed && v.n)
		aisp_emit_fail(e, aisp_graph_edge_set_str(e->g, ed, e->source, key, v, &err), &err);
}

void aisp_emit_gap(struct aisp_emit *e, struct aisp_slice what, enum aisp_code why, struct aisp_slice detail)
{
	struct aisp_err err = {0};

	if (!e->bad)
		aisp_emit_fail(e, aisp_graph_add_gap(e->g, e->source, what, why, detail, &err), &err);
}

/* Repository, components, files. */

struct aisp_slice aisp_emit_file_id(struct aisp_emit *e, struct aisp_slice path)
{
	return aisp_emit_fmt(e, "repo://%.*s/%.*s", AISP_FMT(e->repo), AISP_FMT(path));
}

struct aisp_slice aisp_emit_component_id(struct aisp_emit *e, struct aisp_slice dir)
{
	return aisp_emit_fmt(e, "component://%.*s/%.*s", AISP_FMT(e->repo), AISP_FMT(dir));
}

static size_t lower_bound(const struct aisp_emit *e, struct aisp_slice dir)
{
	size_t lo = 0, hi = e->components.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (aisp_slice_cmp(e->components.v[mid].dir, dir) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

aisp_node aisp_emit_component(struct aisp_emit *e, struct aisp_slice dir, struct aisp_slice marker)
{
	struct aisp_place at = {.path = marker, .note = AISP_S("a folder with a manifest is one buildable part")};
	size_t i = lower_bound(e, dir);

	if (e->bad)
		return 0;
	if (i < e->components.n && aisp_slice_eq(e->components.v[i].dir, dir))
		return e->components.v[i].node;
	struct aisp_component c = {.dir = aisp_emit_dup(e, dir)};
	c.node = aisp_emit_node(e, AISP_NODE_COMPONENT, aisp_emit_component_id(e, dir), &at);
	aisp_emit_str(e, c.node, "name", dir.n ? aisp_slice_basename(dir) : e->repo);
	aisp_emit_edge(e, e->repo_node, AISP_EDGE_CONTAINS, c.node, &at);
	if (e->bad)
		return 0;
	if (aisp_vec_reserve(&e->components, 1) < 0) {
		out_of_memory(e);
		return 0;
	}
	memmove(e->components.v + i + 1, e->components.v + i, (e->components.n - i) * sizeof *e->components.v);
	e->components.v[i] = c;
	e->components.n++;
	return c.node;
}

const struct aisp_component *aisp_emit_component_of(const struct aisp_emit *e, struct aisp_slice path)
{
	struct aisp_slice dir = path;

	if (e->components.n == 0)
		return NULL;
	do {
		dir = aisp_slice_dirname(dir);
		size_t i = lower_bound(e, dir);
		if (i < e->components.n && aisp_slice_eq(e->components.v[i].dir, dir))
			return &e->components.v[i];
	} while (dir.n > 0);
	return &e->components.v[0];
}

aisp_node aisp_emit_file(struct aisp_emit *e, struct aisp_slice path)
{
	struct aisp_place at = {.path = path, .confidence = AISP_CONF_OBSERVED};
	struct aisp_slice id = aisp_emit_file_id(e, path);
	aisp_node n = e->bad ? 0 : aisp_graph_find(e->g, id);

	if (n || e->bad || (e->form == AISP_EV_API && !e->repo_node)) /* what a live system tells stands in no file */
		return n;
	n = aisp_emit_node(e, AISP_NODE_FILE, id, &at);
	aisp_emit_str(e, n, "name", aisp_slice_basename(path));
	aisp_emit_edge(e, e->repo_node, AISP_EDGE_HAS_DATA, n, &at);
	const struct aisp_component *c = aisp_emit_component_of(e, path);
	aisp_emit_edge(e, c ? c->node : 0, AISP_EDGE_CONTAINS, n, &at);
	return n;
}

void aisp_emit_init(struct aisp_emit *e, const struct aisp_collect *c, struct aisp_arena *a, struct aisp_slice repo,
                    struct aisp_slice evidence_path)
{
	*e = (struct aisp_emit){.g = c->graph, .source = c->source, .fpkey = c->fpkey, .a = a};
	e->repo = aisp_emit_dup(e, repo);
	e->cluster = e->repo;
	struct aisp_place at = {.path = evidence_path, .confidence = AISP_CONF_OBSERVED};
	struct aisp_place inferred = {
		.path = evidence_path,
		.confidence = AISP_CONF_INFERRED,
		.note = AISP_S("whoever can read the repository; its membership is not known from files"),
	};
	e->repo_node = aisp_emit_node(e, AISP_NODE_REPOSITORY, aisp_emit_fmt(e, "repo://%.*s", AISP_FMT(e->repo)), &at);
	aisp_emit_str(e, e->repo_node, "name", e->repo);
	aisp_emit_component(e, AISP_S(""), evidence_path);
	aisp_node readers =
		aisp_emit_node(e, AISP_NODE_GROUP, aisp_emit_fmt(e, "repo://%.*s#readers", AISP_FMT(e->repo)), &inferred);
	aisp_emit_str(e, readers, "name", aisp_emit_fmt(e, "readers of %.*s", AISP_FMT(e->repo)));
	aisp_emit_edge(e, readers, AISP_EDGE_CAN_READ, e->repo_node, &inferred);
}

void aisp_emit_done(struct aisp_emit *e)
{
	aisp_vec_done(&e->components);
}

/* Docker's rule: the first part is a registry when it has a dot or a colon or is "localhost", else it is docker.io's
 * (https://github.com/distribution/reference, ParseNormalizedNamed). */
aisp_node aisp_emit_image(struct aisp_emit *e, struct aisp_slice ref, const struct aisp_place *at)
{
	const char *prefix = "";

	ref = aisp_slice_trim(ref);
	if (ref.n == 0 || ref.n > 1024 || aisp_slice_chr(ref, '$') != SIZE_MAX || aisp_slice_chr(ref, '{') != SIZE_MAX ||
	    aisp_slice_chr(ref, ' ') != SIZE_MAX)
		return 0;
	size_t slash = aisp_slice_chr(ref, '/');
	struct aisp_slice first = aisp_slice_to(ref, slash == SIZE_MAX ? 0 : slash);
	if (slash == SIZE_MAX)
		prefix = "docker.io/library/";
	else if (aisp_slice_chr(first, '.') == SIZE_MAX && aisp_slice_chr(first, ':') == SIZE_MAX &&
	         !aisp_slice_eqz(first, "localhost"))
		prefix = "docker.io/";
	else if (aisp_slice_eqz(first, "index.docker.io") || aisp_slice_eqz(first, "registry-1.docker.io")) {
		prefix = "docker.io/";
		ref = aisp_slice_from(ref, slash + 1);
	}
	aisp_node n = aisp_emit_node(e, AISP_NODE_IMAGE, aisp_emit_fmt(e, "image://%s%.*s", prefix, AISP_FMT(ref)), at);
	aisp_emit_str(e, n, "name", ref);
	return n;
}

struct aisp_slice aisp_emit_join(struct aisp_emit *e, struct aisp_slice dir, struct aisp_slice rel)
{
	struct aisp_slice none = {0}, rest = rel, part;
	char *p = aisp_arena_alloc(e->a, dir.n + rel.n + 2);
	size_t n = 0;

	if (!p) {
		out_of_memory(e);
		return none;
	}
	if (rel.n > 0 && rel.p[0] == '/')
		return none;
	if (dir.n)
		memcpy(p, dir.p, dir.n);
	n = dir.n;
	while (rest.p && aisp_slice_split(&rest, '/', &part)) {
		if (part.n == 0 || aisp_slice_eqz(part, "."))
			continue;
		if (aisp_slice_eqz(part, "..")) {
			if (n == 0)
				return none;
			n = aisp_slice_dirname(aisp_slice_of(p, n)).n;
			continue;
		}
		if (n > 0)
			p[n++] = '/';
		memcpy(p + n, part.p, part.n);
		n += part.n;
	}
	p[n] = '\0';
	return aisp_slice_of(p, n);
}
