/* rbac_decide [--explain] <LINES: the same lines as main.go reads, the same answers as it writes, from our engine. With
 * --explain also why, as text. Ends with 1 on a line that cannot be read.
 */
#include "access/kubernetes/rbac.h"
#include "base/mem.h"
#include "base/vec.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct state {
	struct aisp_arena *policy_arena, *line_arena;
	AISP_VEC(struct aisp_rbac_role) roles;
	AISP_VEC(struct aisp_rbac_binding) bindings;
	struct aisp_rbac_policy p;
	struct aisp_rbac *r;
	bool explain;
};

static void load(struct state *s, struct aisp_slice text)
{
	const struct aisp_doc *d;
	struct aisp_err err = {0};

	aisp_rbac_free(s->r);
	s->r = NULL;
	s->roles.n = s->bindings.n = 0;
	aisp_arena_reset(s->policy_arena);
	if (aisp_json_parse(s->policy_arena, text, NULL, &d, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		exit(1);
	}
	const struct aisp_doc *items = aisp_doc_path(d, "policy.items");
	for (uint32_t i = 0; i < aisp_doc_count(items); i++) {
		const struct aisp_doc *o = aisp_doc_at(items, i);
		struct aisp_rbac_role role;
		struct aisp_rbac_binding binding;
		int code = 0;
		if (aisp_rbac_read_role(s->policy_arena, o, &role, NULL) == 0)
			code = aisp_vec_push(&s->roles, role);
		else if (aisp_rbac_read_binding(s->policy_arena, o, &binding, NULL) == 0)
			code = aisp_vec_push(&s->bindings, binding);
		if (code < 0)
			exit(1);
	}
	s->p = (struct aisp_rbac_policy){s->roles.v, s->roles.n, s->bindings.v, s->bindings.n};
	if (aisp_rbac_compile(&s->p, &s->r, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		exit(1);
	}
}

/* The subject as the authorizer's reason names it: name and namespace the other way round than one expects. */
static void put_subject(const struct aisp_rbac_binding *b, const struct aisp_rbac_subject *s)
{
	struct aisp_slice ns = s->ns.n ? s->ns : b->ns;

	if (s->kind == AISP_RBAC_SERVICE_ACCOUNT)
		printf("ServiceAccount \"%.*s/%.*s\"\n", AISP_FMT(s->name), AISP_FMT(ns));
	else
		printf("%s \"%.*s\"\n", s->kind == AISP_RBAC_GROUP ? "Group" : "User", AISP_FMT(s->name));
}

static void put_answer(const struct state *s, const struct aisp_rbac_answer *a)
{
	if (!a->allowed) {
		puts("0");
		return;
	}
	if (a->before_rbac) {
		puts("1 ");
		return;
	}
	const struct aisp_rbac_binding *b = &s->p.bindings[a->binding];
	if (b->ns.n)
		printf("1 RBAC: allowed by RoleBinding \"%.*s/%.*s\"", AISP_FMT(b->name), AISP_FMT(b->ns));
	else
		printf("1 RBAC: allowed by ClusterRoleBinding \"%.*s\"", AISP_FMT(b->name));
	printf(" of %s \"%.*s\" to ", b->to_cluster_role ? "ClusterRole" : "Role", AISP_FMT(b->role));
	put_subject(b, &b->subjects[a->subject]);
}

static void ask(struct state *s, struct aisp_slice text)
{
	const struct aisp_doc *d;
	struct aisp_err err = {0};
	struct aisp_slice groups[64];
	struct aisp_rbac_answer a;

	aisp_arena_reset(s->line_arena);
	if (aisp_json_parse(s->line_arena, text, NULL, &d, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		exit(1);
	}
	const struct aisp_doc *g = aisp_doc_get(d, "g");
	struct aisp_rbac_request q = {
		.user = aisp_doc_getstr(d, "u"), .verb = aisp_doc_getstr(d, "v"), .group = aisp_doc_getstr(d, "a"),
		.resource = aisp_doc_getstr(d, "r"), .sub = aisp_doc_getstr(d, "s"), .name = aisp_doc_getstr(d, "n"),
		.ns = aisp_doc_getstr(d, "ns"), .is_url = aisp_doc_get(d, "p") != NULL, .url = aisp_doc_getstr(d, "p"),
	};
	for (uint32_t i = 0; i < aisp_doc_count(g) && q.groups.n < 64; i++)
		groups[q.groups.n++] = aisp_doc_str(aisp_doc_at(g, i));
	q.groups.v = groups;
	aisp_rbac_authorize(s->r, &q, &a);
	put_answer(s, &a);
	if (s->explain) {
		AISP_AUTOBUF struct aisp_buf out;
		aisp_buf_init(&out, 0);
		aisp_rbac_explain_text(s->r, &q, &out);
		printf("%.*s", AISP_FMT(aisp_buf_slice(&out)));
	}
}

int main(int argc, char **argv)
{
	struct state s = {.policy_arena = aisp_arena_new(0), .line_arena = aisp_arena_new(0)};
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	s.explain = argc > 1 && strcmp(argv[1], "--explain") == 0;
	while (s.policy_arena && s.line_arena && (n = getline(&line, &cap, stdin)) > 0) {
		struct aisp_slice text = aisp_slice_of(line, (size_t)n);
		if (aisp_slice_starts(text, AISP_S("{\"policy\"")))
			load(&s, text);
		else
			ask(&s, text);
	}
	free(line);
	aisp_rbac_free(s.r);
	aisp_vec_done(&s.roles);
	aisp_vec_done(&s.bindings);
	aisp_arena_free(s.policy_arena);
	aisp_arena_free(s.line_arena);
	return 0;
}
