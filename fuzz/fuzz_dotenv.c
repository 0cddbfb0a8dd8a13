/* Environment and property files, values, connection strings and command lines. A secret in a line before the input stays
 * out of the graph.
 */
#include "collect/files/settings.h"
#include "fuzz_files.h"
#include <string.h>

static void one_value(struct aisp_slice text)
{
	struct aisp_connection c;
	struct aisp_value v;
	struct aisp_slice prefix;
	char shown[1024];

	if (aisp_connection_parse(text, &c)) {
		FUZZ_CHECK(memchr(c.host, 0, sizeof c.host) && memchr(c.user, 0, sizeof c.user) && memchr(c.name, 0, sizeof c.name));
		FUZZ_CHECK(!c.password.n || (c.password.p >= text.p && c.password.p + c.password.n <= text.p + text.n));
	}
	size_t nl = aisp_slice_chr(text, '\n');
	aisp_value_classify(aisp_slice_to(text, nl == SIZE_MAX ? 0 : nl), aisp_slice_from(text, nl == SIZE_MAX ? 0 : nl + 1), &v);
	aisp_family_part_of(text, &prefix);
	FUZZ_CHECK(aisp_url_show(text, shown, sizeof shown) < sizeof shown);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char fixed[] = "A_PASSWORD=" FUZZ_CANARY "\nPGPASSWORD=" FUZZ_CANARY "3\nU=postgres://a:" FUZZ_CANARY "@h/x\n";
	struct aisp_slice text = {(const char *)data, size}, args[64], rest = text, line;
	struct aisp_settings s = {0}, p = {0};
	struct aisp_buf all;
	struct fuzz_world w;
	size_t n = 0;

	if (size > 65536 || aisp_slice_find(text, AISP_S(FUZZ_CANARY)) != SIZE_MAX)
		return 0;
	one_value(text);
	fuzz_begin(&w);
	aisp_buf_init(&all, 0);
	aisp_buf_putz(&all, fixed);
	aisp_buf_put(&all, text);
	FUZZ_CHECK(aisp_settings_parse_env(aisp_buf_slice(&all), &s, NULL) == 0);
	FUZZ_CHECK(aisp_settings_parse_properties(aisp_buf_slice(&all), &p, NULL) == 0);
	FUZZ_CHECK(s.v.n >= 3 && p.v.n >= 3);
	aisp_settings_add(&w.e, AISP_S(".env"), &s);
	aisp_settings_add_tree(&w.e, AISP_S("x.properties"), &p);
	while (rest.p && n < 64 && aisp_slice_split(&rest, '\n', &line))
		args[n++] = line;
	struct aisp_place at = {.path = AISP_S("Dockerfile"), .line = 1};
	aisp_args_show(&w.e, args, n, &w.e.repo_node, 1, &at);
	const struct aisp_env_file env = {.v = s.v.v, .n = s.v.n};
	struct aisp_texts t = {0};
	struct aisp_slice out;
	FUZZ_CHECK(aisp_texts_interpolate(&t, text, &env, &out, NULL) == 0);
	aisp_texts_done(&t);
	fuzz_end(&w, true);
	aisp_settings_done(&s);
	aisp_settings_done(&p);
	aisp_buf_done(&all);
	return 0;
}
