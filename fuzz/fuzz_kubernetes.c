/* Kubernetes manifests: any documents, all kinds. Secrets of a Secret object never come out in clear. */
#include "collect/files/kube.h"
#include "fuzz_files.h"

/* Beside the input: a Secret with the canary, which the input may refer to, mount and take into variables. */
static const char fixed[] = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n"
                            "stringData: {password: " FUZZ_CANARY "1, url: 'postgres://u:" FUZZ_CANARY "@h/d'}\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aisp_slice text = {(const char *)data, size};
	struct fuzz_world w;
	struct aisp_docs docs[2] = {{0}, {0}};

	if (size > 65536 || aisp_slice_find(text, AISP_S(FUZZ_CANARY)) != SIZE_MAX)
		return 0;
	fuzz_begin(&w);
	struct aisp_kube *k = aisp_kube_new(&w.e);
	FUZZ_CHECK(k);
	FUZZ_CHECK(aisp_yaml_parse(w.a, AISP_S(fixed), NULL, &docs[0], NULL) == 0);
	aisp_yaml_parse(w.a, text, &fuzz_limits, &docs[1], NULL);
	for (size_t d = 0; d < 2; d++)
		for (size_t i = 0; i < docs[d].n && i < 200; i++)
			aisp_kube_add(k, d ? AISP_S("deploy/in.yaml") : AISP_S("secret.yaml"), &docs[d].docs[i]);
	aisp_kube_finish(k);
	aisp_kube_free(k);
	fuzz_end(&w, true);
	return 0;
}
