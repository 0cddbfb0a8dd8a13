/* Compose files: any document, with a .env beside it whose secrets never come out in clear. */
#include "collect/files/compose.h"
#include "fuzz_files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct aisp_setting settings[] = {
		{.name = AISP_S("P"), .value = AISP_S("plain")},
		{.name = AISP_S("DB_PASSWORD"), .value = AISP_S(FUZZ_CANARY)},
		{.name = AISP_S("DATABASE_URL"), .value = AISP_S("postgres://u:" FUZZ_CANARY "2@h/d")},
		{.name = AISP_S("E"), .value = AISP_S("")},
	};
	const struct aisp_env_file file = {.path = AISP_S("dir/.env"), .v = settings, .n = 4};
	const struct aisp_env_files envs = {.v = &file, .n = 1};
	struct aisp_slice text = {(const char *)data, size};
	struct aisp_docs docs = {0};
	struct fuzz_world w;

	if (size > 65536 || aisp_slice_find(text, AISP_S(FUZZ_CANARY)) != SIZE_MAX)
		return 0;
	fuzz_begin(&w);
	aisp_yaml_parse(w.a, text, &fuzz_limits, &docs, NULL);
	for (size_t i = 0; i < docs.n && i < 50; i++) {
		aisp_compose_is(&docs.docs[i]);
		aisp_compose_add(&w.e, AISP_S("dir/docker-compose.yml"), &docs.docs[i], &envs);
	}
	/* a secret that the file itself gives to a variable that is named as something else is the file's own doing */
	bool named = aisp_slice_find(text, AISP_S("DB_PASSWORD")) != SIZE_MAX || aisp_slice_find(text, AISP_S("DATABASE_URL")) != SIZE_MAX;
	fuzz_end(&w, !named || aisp_slice_find(text, AISP_S("environment")) == SIZE_MAX);
	return 0;
}
