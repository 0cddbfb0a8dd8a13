/* The target's text: "kube:CONTEXT?option=value&…". */
#include "collect/kubernetes/live_int.h"

static bool is_yes(struct aisp_slice v)
{
	return aisp_slice_eqz(v, "yes") || aisp_slice_eqz(v, "true") || aisp_slice_eqz(v, "1");
}

static int take_namespaces(struct aisp_kl_target *t, struct aisp_slice v, struct aisp_err *err)
{
	struct aisp_slice part;

	while (aisp_slice_split(&v, ',', &part)) {
		if (part.n == 0 || part.n > 253)
			return aisp_fail(err, AISP_E_USAGE, "namespace= in the target has an empty or too long name");
		if (t->n_namespaces == sizeof t->namespaces / sizeof *t->namespaces)
			return aisp_fail(err, AISP_E_USAGE, "namespace= in the target takes up to %zu names; leave it out for all", t->n_namespaces);
		t->namespaces[t->n_namespaces++] = part;
	}
	return 0;
}

static int take_number(struct aisp_slice key, struct aisp_slice v, uint64_t max, unsigned *ret, struct aisp_err *err)
{
	uint64_t n;

	if (!aisp_slice_u64(v, &n) || n == 0 || n > max)
		return aisp_fail(err, AISP_E_USAGE, "%.*s= in the target takes a number from 1 to %llu", AISP_FMT(key), (unsigned long long)max);
	*ret = (unsigned)n;
	return 0;
}

static int take_option(struct aisp_kl_target *t, struct aisp_slice part, struct aisp_err *err)
{
	size_t eq = aisp_slice_chr(part, '=');
	struct aisp_slice key = aisp_slice_to(part, eq), v = eq == SIZE_MAX ? (struct aisp_slice){0} : aisp_slice_from(part, eq + 1);

	if (aisp_slice_eqz(key, "kubeconfig") && v.n)
		t->kubeconfig = v;
	else if (aisp_slice_eqz(key, "namespace"))
		return take_namespaces(t, v, err);
	else if (aisp_slice_eqz(key, "run_exec"))
		t->run_exec = is_yes(v);
	else if (aisp_slice_eqz(key, "secret_keys"))
		t->secret_keys = is_yes(v);
	else if (aisp_slice_eqz(key, "watch"))
		return take_number(key, v, 3600, &t->watch_s, err);
	else if (aisp_slice_eqz(key, "page"))
		return take_number(key, v, 10000, &t->page, err);
	else
		return aisp_fail(err, AISP_E_USAGE, "the target's option \"%.*s\" is not known: there are kubeconfig=PATH, namespace=a,b, run_exec=yes, secret_keys=yes, "
		                                    "watch=SECONDS and page=N", AISP_FMT(key));
	return 0;
}

int aisp_kl_target_parse(struct aisp_slice text, struct aisp_kl_target *ret, struct aisp_err *err)
{
	struct aisp_kl_target t = {.page = 500};
	size_t q = aisp_slice_chr(text, '?');
	struct aisp_slice rest, part;
	int r = 0;

	if (!aisp_slice_starts(text, AISP_S("kube:")) || memchr(text.p, 0, text.n))
		return aisp_fail(err, AISP_E_USAGE, "not a Kubernetes target: kube:CONTEXT, or kube: for the current context");
	t.context = aisp_slice_from(aisp_slice_to(text, q), 5);
	rest = q == SIZE_MAX ? (struct aisp_slice){0} : aisp_slice_from(text, q + 1);
	while (r == 0 && rest.p && aisp_slice_split(&rest, '&', &part))
		if (part.n)
			r = take_option(&t, part, err);
	if (r == 0)
		*ret = t;
	return r;
}
