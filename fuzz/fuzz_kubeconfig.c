/* What the live Kubernetes collector reads: the first byte says what the rest is. Promise: refused with a code, or parts that lie in
 * the arena; a page or watch never leaves a Secret's last applied manifest in what is kept.
 */
#include "base/doc.h"
#include "collect/kubernetes/live_int.h"
#include "fuzz.h"
#include <string.h>

static void config(struct aisp_slice text)
{
	struct aisp_kl_config c;
	struct aisp_kl_file files[4];
	struct aisp_docs docs = {0};
	struct aisp_err err = {0};
	size_t n = 0;

	FUZZ_CHECK(aisp_kl_config_init(&c, NULL) == 0);
	static const struct aisp_doc_limits limits = {.max_bytes = 1 << 20, .max_depth = 64, .max_values = 100000};
	if (aisp_yaml_parse(c.arena, text, &limits, &docs, NULL) == 0)
		for (; n < docs.n && n < 4; n++)
			files[n] = (struct aisp_kl_file){AISP_S("/home/u/.kube"), &docs.docs[n]};
	int r = aisp_kl_config_resolve(files, n, (struct aisp_slice){0}, &c, &err);
	FUZZ_CHECK(r == 0 || (err.code == r && err.msg[0]));
	if (r == 0) {
		const char *headers[4];
		FUZZ_CHECK(c.server.n && c.server.p[c.server.n - 1] != '/' && c.cluster.n);
		FUZZ_CHECK(aisp_kl_headers(&c, "Accept: application/json", headers, &err) == 0);
	}
	aisp_kl_config_done(&c);
}

static void lists(struct aisp_slice text, bool watch)
{
	struct aisp_kl_capture cap;
	struct aisp_err err = {0};
	struct aisp_slice more = {0};
	size_t changes = 0;

	FUZZ_CHECK(aisp_kl_capture_init(&cap, NULL) == 0);
	struct aisp_kl_list *list = &cap.lists[text.n % aisp_kl_row_count];
	list->api_version = AISP_S("v1");
	int r = watch ? aisp_kl_events(&cap, list, text, &changes, &err) : aisp_kl_page(&cap, list, text, &more, &err);
	FUZZ_CHECK(r == 0 || (err.code == r && err.msg[0]));
	for (size_t i = 0; i < list->items.n; i++) {
		const struct aisp_doc *notes = aisp_doc_path(list->items.v[i], "metadata.annotations");
		FUZZ_CHECK(aisp_slice_eqz(aisp_doc_getstr(list->items.v[i], "kind"), list->row->kind));
		FUZZ_CHECK(!aisp_doc_get(notes, "kubectl.kubernetes.io/last-applied-configuration"));
		FUZZ_CHECK(!aisp_doc_path(list->items.v[i], "metadata.managedFields"));
	}
	aisp_kl_capture_done(&cap);
}

static void others(struct aisp_slice text, unsigned what)
{
	struct aisp_kl_config c;
	struct aisp_kl_capture cap;
	struct aisp_kl_target t;
	struct aisp_err err = {0};
	int r = 0;

	FUZZ_CHECK(aisp_kl_config_init(&c, NULL) == 0);
	FUZZ_CHECK(aisp_kl_capture_init(&cap, NULL) == 0);
	if (what == 0)
		r = aisp_kl_exec_answer(text, &c, &err);
	else if (what == 1)
		r = aisp_kl_capture_header(&cap, text, &err);
	else
		r = aisp_kl_target_parse(text, &t, &err);
	FUZZ_CHECK(r == 0 || (err.code == r && err.msg[0]));
	FUZZ_CHECK(what != 0 || r < 0 || c.token.n || (c.cert.n && c.key.n));
	aisp_kl_capture_done(&cap);
	aisp_kl_config_done(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1 || size > 65536)
		return 0;
	struct aisp_slice text = {(const char *)data + 1, size - 1};
	switch (data[0] % 6) {
	case 0:
		config(text);
		break;
	case 1:
	case 2:
		lists(text, data[0] % 6 == 2);
		break;
	default:
		others(text, data[0] % 6 - 3u);
	}
	return 0;
}
