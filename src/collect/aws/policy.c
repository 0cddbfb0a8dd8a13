/* Policy documents as nodes, and what attaches them. See docs/access.md, "Raw facts". */
#include "collect/aws/facts_int.h"
#include "base/jw.h"

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* IAM answers documents percent-escaped (RFC 3986). */
static struct aisp_slice unescape(struct aisp_aws_facts *f, struct aisp_slice s)
{
	char *p = aisp_arena_alloc(f->arena, s.n + 1);
	size_t n = 0;

	if (!p) {
		aisp_emit_fail(&f->e, AISP_E_NOMEM, NULL);
		return (struct aisp_slice){0};
	}
	for (size_t i = 0; i < s.n; i++) {
		int h = s.p[i] == '%' && i + 2 < s.n ? hex(s.p[i + 1]) : -1, l = h >= 0 ? hex(s.p[i + 2]) : -1;
		p[n++] = l >= 0 ? (char)(h * 16 + l) : s.p[i];
		i += l >= 0 ? 2 : 0;
	}
	p[n] = '\0';
	return aisp_slice_of(p, n);
}

/* The document as one line of JSON; empty when it is none. */
static struct aisp_slice normal(struct aisp_awsf__item *it, const struct aisp_doc *d)
{
	const struct aisp_doc_limits limits = {.max_bytes = 1 << 20, .max_depth = 32, .max_values = 100000};
	AISP_AUTOBUF struct aisp_buf b = {0};
	struct aisp_slice none = {0};
	struct aisp_jw w;

	if (d->type == AISP_DOC_STR) {
		struct aisp_slice text = aisp_slice_trim(d->s);
		if (text.n && text.p[0] == '%')
			text = unescape(it->f, text);
		const struct aisp_doc *parsed = NULL;
		int r = aisp_json_parse(it->f->arena, text, &limits, &parsed, NULL);
		if (r == AISP_E_NOMEM)
			aisp_emit_fail(&it->f->e, r, NULL);
		if (r < 0)
			return none;
		d = parsed;
	}
	if (d->type != AISP_DOC_OBJ)
		return none;
	aisp_buf_init(&b, 1 << 20);
	aisp_jw_init(&w, &b, false);
	aisp_jw_doc(&w, d);
	if (b.bad == AISP_E_NOMEM)
		aisp_emit_fail(&it->f->e, AISP_E_NOMEM, NULL);
	return b.bad ? none : aisp_emit_dup(&it->f->e, aisp_buf_slice(&b));
}

aisp_node aisp_awsf__policy(struct aisp_awsf__item *it, struct aisp_slice id, const char *policy_type, struct aisp_slice name, const struct aisp_doc *document)
{
	aisp_node n = aisp_awsf__node(it, AISP_NODE_POLICY, id);

	aisp_emit_strz(&it->f->e, n, "policy_type", policy_type);
	aisp_emit_str(&it->f->e, n, "name", name);
	if (!document || !n)
		return n;
	struct aisp_slice text = normal(it, document);
	aisp_emit_str(&it->f->e, n, "document", text);
	if (!text.n)
		aisp_emit_gap(&it->f->e, id, AISP_E_PARSE, document->type == AISP_DOC_STR && aisp_slice_starts(document->s, AISP_S("(unresolved)"))
				      ? AISP_S("the policy refers to what is not known here; what it says is left open")
				      : AISP_S("the policy document is not a JSON object; what it says is left open"));
	return n;
}

void aisp_awsf__resource_policy(struct aisp_awsf__item *it, aisp_node resource, struct aisp_slice arn, const struct aisp_doc *document)
{
	if (!document || !resource || (document->type == AISP_DOC_STR && document->s.n == 0))
		return;
	aisp_node p = aisp_awsf__policy(it, aisp_emit_fmt(&it->f->e, "%.*s#policy", AISP_FMT(arn)), "resource",
	                               aisp_emit_fmt(&it->f->e, "policy of %.*s", AISP_FMT(it->name.n ? it->name : arn)), document);
	aisp_awsf__edge(it, resource, AISP_EDGE_GOVERNED_BY, p, "");
}

void aisp_awsf__attach(struct aisp_awsf__item *it, aisp_node principal, struct aisp_slice principal_arn, struct aisp_slice policy_arn, struct aisp_slice name)
{
	if (!principal || !aisp_slice_starts(policy_arn, AISP_S("arn:")))
		return;
	struct aisp_edge_in in = {.control = aisp_emit_fmt(&it->f->e, "%.*s#attached/%.*s", AISP_FMT(principal_arn), AISP_FMT(policy_arn))};
	aisp_node p = aisp_awsf__policy(it, policy_arn, "managed", name.n ? name : aisp_slice_basename(policy_arn), NULL);
	aisp_emit_edge_in(&it->f->e, principal, AISP_EDGE_GRANTED, p, &in, &it->at);
}

void aisp_awsf__inline(struct aisp_awsf__item *it, aisp_node principal, struct aisp_slice principal_arn, struct aisp_slice name, const struct aisp_doc *document)
{
	if (!principal || !name.n)
		return;
	struct aisp_slice id = aisp_emit_fmt(&it->f->e, "%.*s#inline/%.*s", AISP_FMT(principal_arn), AISP_FMT(name));
	struct aisp_edge_in in = {.control = id};
	aisp_node p = aisp_awsf__policy(it, id, "inline", name, document);
	aisp_emit_edge_in(&it->f->e, principal, AISP_EDGE_GRANTED, p, &in, &it->at);
}
