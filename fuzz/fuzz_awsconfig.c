/* ~/.aws/config and credentials, and targets' texts: what is found lies in the input; no line becomes two settings. */
#include "collect/aws/live_int.h"
#include "fuzz_doc.h"

static void inside(struct aisp_slice text, struct aisp_slice s)
{
	FUZZ_CHECK(s.n == 0 || (s.p >= text.p && s.p + s.n <= text.p + text.n) || aisp_slice_eqz(s, "profile") || aisp_slice_eqz(s, "?"));
}

static void one(struct aisp_slice text, bool credentials)
{
	struct aisp_aws_profiles p = {0};
	struct aisp_err err = {0};
	size_t lines = 1;

	for (size_t i = 0; i < text.n; i++)
		lines += text.p[i] == '\n';
	int r = aisp_aws__profiles_parse(text, credentials, &p, &err);
	FUZZ_CHECK(r == 0 || (err.code == (enum aisp_code)r && err.msg[0]));
	FUZZ_CHECK(p.all.n <= lines);
	for (size_t i = 0; i < p.all.n; i++) {
		const struct aisp_aws_setting *s = &p.all.v[i];
		inside(text, s->kind);
		inside(text, s->section);
		inside(text, s->key);
		inside(text, s->value);
		FUZZ_CHECK(!memchr(s->value.n ? s->value.p : "", '\n', s->value.n));
		if (i < 20)
			FUZZ_CHECK(!aisp_slice_eqz(s->kind, "profile") || aisp_aws__profile_is(&p, "profile", s->section));
	}
	aisp_vec_done(&p.all);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aisp_slice text = {(const char *)data, size};
	struct aisp_arena *a = aisp_arena_new((size_t)1 << 20);
	struct aisp_aws_target t;
	struct aisp_aws_endpoint e;

	one(text, false);
	one(text, true);
	if (aisp_aws_target_parse(a, text, &t, NULL) == 0)
		for (size_t i = 0; i < t.n_regions; i++)
			FUZZ_CHECK(aisp_aws__endpoint(AISP_S("s3control"), t.regions[i], AISP_S("111122223333"), false, &e, NULL) == 0 && !strchr(e.host, '/') && !strchr(e.host, '@'));
	aisp_arena_free(a);
	return 0;
}
