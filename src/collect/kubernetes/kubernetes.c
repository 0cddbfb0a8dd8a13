/* The Kubernetes collector: the row. See docs/collectors/kubernetes.md for what it reads and what it needs for it.
 *
 * Not for: what objects mean (collect/files/kube*.c) and what follows from them (access/kubernetes).
 */
#include "collect/kubernetes/live_int.h"

static bool is_live(struct aisp_slice text)
{
	return aisp_slice_starts(text, AISP_S("kube:"));
}

static int to_path(struct aisp_slice text, struct aisp_buf *path)
{
	if (memchr(text.p ? text.p : "", '\0', text.n))
		return AISP_E_USAGE;
	aisp_buf_put(path, text);
	while (path->n > 1 && path->p[path->n - 1] == '/')
		path->p[--path->n] = '\0';
	return path->bad == AISP_OK && path->n ? AISP_OK : AISP_E_USAGE;
}

static int recognise(struct aisp_slice text)
{
	AISP_AUTOBUF struct aisp_buf path = {0};

	aisp_buf_init(&path, 1u << 16);
	if (is_live(text))
		return 100;
	return to_path(text, &path) == AISP_OK && aisp_kl_is_capture(path.p) ? 100 : 0;
}

static int key_of_capture(struct aisp_slice text, struct aisp_buf *out, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf path = {0};
	struct aisp_kl_capture cap;

	aisp_buf_init(&path, 1u << 16);
	if (to_path(text, &path) < 0)
		return aisp_fail(err, AISP_E_USAGE, "not a Kubernetes target");
	int r = aisp_kl_capture_init(&cap, err);
	if (r < 0)
		return r;
	r = aisp_kl_capture_read_header(&cap, path.p, NULL);
	if (r == 0)
		aisp_buf_put(out, cap.key);
	else /* the scan will fail and say why */
		aisp_buf_printf(out, "kube-capture:%.*s", AISP_FMT(aisp_slice_basename(aisp_slice_z(path.p))));
	aisp_kl_capture_done(&cap);
	return aisp_buf_check(out, err);
}

static int source_key(const struct aisp_target *target, struct aisp_buf *out, struct aisp_err *err)
{
	struct aisp_kl_config config __attribute__((cleanup(aisp_kl_config_done))) = {0};
	struct aisp_kl_target t;

	if (!is_live(target->text))
		return key_of_capture(target->text, out, err);
	int r = aisp_kl_target_parse(target->text, &t, err);
	if (r == 0)
		r = aisp_kl_config_init(&config, err);
	if (r == 0)
		r = aisp_kl_config_load(&t, &config, err);
	if (r < 0)
		return r;
	aisp_buf_printf(out, "kube:%.*s", AISP_FMT(target->cluster.n ? target->cluster : config.cluster));
	return aisp_buf_check(out, err);
}

static bool at_rest(const struct aisp_target *t)
{
	return !is_live(t->text);
}

static int get(const struct aisp_collect *c, const struct aisp_target *t, struct aisp_kl_capture *cap, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf path = {0};

	aisp_buf_init(&path, 1u << 16);
	if (is_live(t->text))
		return aisp_kl_fetch(c, t, cap, err);
	if (to_path(t->text, &path) < 0)
		return aisp_fail(err, AISP_E_USAGE, "not a Kubernetes target");
	return aisp_kl_capture_read(cap, path.p, err);
}

static int scan(const struct aisp_collect *c, const struct aisp_target *t, struct aisp_err *err)
{
	struct aisp_kl_capture cap;
	int r = aisp_kl_capture_init(&cap, err);

	if (r < 0)
		return r;
	r = get(c, t, &cap, err);
	if (r == 0)
		r = aisp_kl_emit(c, &cap, err);
	aisp_kl_capture_done(&cap);
	return r;
}

static int capture(const struct aisp_collect *c, const struct aisp_target *t, const char *dir, struct aisp_err *err)
{
	struct aisp_kl_capture cap;
	int r = aisp_kl_capture_init(&cap, err);

	if (r < 0)
		return r;
	r = get(c, t, &cap, err);
	if (r == 0)
		r = aisp_kl_capture_write(&cap, dir, err);
	aisp_kl_capture_done(&cap);
	return r;
}

const struct aisp_collector aisp_collector_kubernetes = {
	.name = "kubernetes",
	.target_form = "kube:[CONTEXT][?OPTIONS]",
	.description = "a Kubernetes cluster through its API: workloads, rights, network policies, gateways, model servers and training",
	.recognise = recognise,
	.source_key = source_key,
	.at_rest = at_rest,
	.scan = scan,
	.capture = capture,
};
