/* Kubernetes audit logs: audit.k8s.io Event and EventList, as kube-apiserver writes them (--audit-log-path, webhooks).
 * https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/
 *
 * A request is logged in stages; RequestReceived says nothing of its end and is passed over. A watch (exec, port-forward) is logged when its response has begun and again when it is complete: both
 * carry the same auditID and the same time of receipt, which are the event's id and time here, so that the store counts it once. */
#include "collect/logs/formats_int.h"

struct kube {
	struct aisp_log_parser *p;
	aisp_use_sink *sink;
	void *ctx;
	struct aisp_err *err;
};

static bool is_event(const struct aisp_doc *d)
{
	return aisp_slice_eqz(aisp_doc_getstr(d, "kind"), "Event") && aisp_slice_starts(aisp_doc_getstr(d, "apiVersion"), AISP_S("audit.k8s.io/"));
}
static int test(const struct aisp_doc *d)
{
	if (aisp_slice_eqz(aisp_doc_getstr(d, "kind"), "EventList") && aisp_slice_starts(aisp_doc_getstr(d, "apiVersion"), AISP_S("audit.k8s.io/")))
		return 98;
	return is_event(d) && aisp_log__has(d, "auditID") && aisp_log__has(d, "verb") ? 98 : 0;
}
int aisp_log__kube_recognise(struct aisp_slice head)
{
	return aisp_log__recognise(head, test);
}
/* First text of a list, in user.extra or sourceIPs. */
static struct aisp_slice first_of(const struct aisp_doc *list)
{
	return aisp_doc_str(aisp_doc_at(list, 0));
}
static struct aisp_slice extra(const struct aisp_doc *user, const char *key)
{
	return first_of(aisp_doc_get(aisp_doc_get(user, "extra"), key));
}
/* Who: the impersonated identity, and by whom; else the user, and the pod, node or program behind it. */
static void who(const struct aisp_doc *d, struct aisp_use_event *e)
{
	const struct aisp_doc *user = aisp_doc_get(d, "user"), *as = aisp_doc_get(d, "impersonatedUser");

	e->identity = aisp_doc_getstr(user, "username");
	e->credential = extra(user, "authentication.kubernetes.io/credential-id");
	if (aisp_doc_getstr(as, "username").n) {
		e->via = e->identity;
		e->identity = aisp_doc_getstr(as, "username");
		return;
	}
	e->via = extra(user, "authentication.kubernetes.io/pod-name");
	if (!e->via.n)
		e->via = extra(user, "authentication.kubernetes.io/node-name");
	if (!e->via.n)
		e->via = aisp_log__product(aisp_doc_getstr(d, "userAgent"));
}
/* What, to what. Names of things that come by the thousand (events) are left out. */
static void what(struct aisp_arena *a, const struct aisp_doc *d, struct aisp_use_event *e)
{
	const struct aisp_doc *ref = aisp_doc_get(d, "objectRef");
	struct aisp_slice verb = aisp_doc_getstr(d, "verb"), resource = aisp_doc_getstr(ref, "resource"), group = aisp_doc_getstr(ref, "apiGroup"), sub = aisp_doc_getstr(ref, "subresource"),
			  name = aisp_doc_getstr(ref, "name"), ns = aisp_doc_getstr(ref, "namespace");

	if (!resource.n) {
		e->action = verb;
		e->asset = aisp_log__path(a, aisp_doc_getstr(d, "requestURI"));
		return;
	}
	if (group.n)
		resource = aisp_arena_printf(a, "%.*s.%.*s", AISP_FMT(resource), AISP_FMT(group));
	if (aisp_slice_starts(resource, AISP_S("events")))
		name.n = 0;
	e->action = aisp_arena_printf(a, "%.*s %.*s%s%.*s", AISP_FMT(verb), AISP_FMT(resource), sub.n ? "/" : "", AISP_FMT(sub));
	e->asset = aisp_arena_printf(a, "%.*s/%.*s%s%.*s", AISP_FMT(ns), AISP_FMT(resource), name.n ? "/" : "", AISP_FMT(name));
}
static int event(void *ctx, const struct aisp_doc *d)
{
	struct kube *k = ctx;
	struct aisp_use_event e = {.outcome = AISP_USE_DONE};
	struct aisp_slice stage = aisp_doc_getstr(d, "stage");
	int64_t code = aisp_doc_int(aisp_doc_path(d, "responseStatus.code"), 0);

	if (!d || d->type != AISP_DOC_OBJ || !aisp_doc_getstr(d, "auditID").n || !aisp_doc_getstr(d, "verb").n)
		return aisp_fail(k->err, AISP_E_PARSE, "no audit event: auditID or verb is missing");
	if (!aisp_slice_eqz(stage, "ResponseComplete") && !aisp_slice_eqz(stage, "Panic") && !aisp_slice_eqz(stage, "ResponseStarted"))
		return 0;
	who(d, &e);
	what(k->p->record, d, &e);
	e.at_us = aisp_log__doc_time(aisp_doc_get(d, "requestReceivedTimestamp"));
	if (!e.at_us)
		e.at_us = aisp_log__doc_time(aisp_doc_get(d, "stageTimestamp"));
	e.id = aisp_doc_getstr(d, "auditID");
	e.from = first_of(aisp_doc_get(d, "sourceIPs"));
	e.origin = k->p->name;
	if (code == 401 || code == 403 || aisp_slice_eqz(aisp_doc_getstr(aisp_doc_get(d, "annotations"), "authorization.k8s.io/decision"), "forbid"))
		e.outcome = AISP_USE_DENIED;
	else if (code >= 400 || aisp_slice_eqz(stage, "Panic"))
		e.outcome = AISP_USE_FAILED;
	return aisp_log__emit(k->p, &e, k->sink, k->ctx, k->err);
}
int aisp_log__kube_record(struct aisp_log_parser *p, struct aisp_slice text, const struct aisp_doc *doc, aisp_use_sink *sink, void *ctx, struct aisp_err *err)
{
	struct kube k = {p, sink, ctx, err};

	(void)text;
	return aisp_log__each(doc, "items", event, &k);
}
