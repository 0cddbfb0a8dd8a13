/* Every rule finds its positive samples, leaves its negative ones, and has both; its expression is one that PCRE2 takes. */
#include "scan/secrets/rules_int.h"
#include "secrets_test.h"

static void told(void *ctx, const char *rule, const char *what, struct aisp_slice template)
{
	size_t *well = ctx;

	if (!what)
		++*well;
	else
		fprintf(stderr, "%s: %s: %.*s\n", rule, what, AISP_FMT(template));
}

static void samples(void **state)
{
	struct aisp_secrets *s = rules_of(NULL, true);
	struct aisp_err err = {0};
	size_t failed = 0, well = 0;

	(void)state;
	if (aisp_secrets_test_rules(s, (struct aisp_slice){0}, told, &well, &failed, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(failed, 0);
	assert_int_equal(well, aisp_secrets_count(s));
	assert_true(well >= 250);
	aisp_secrets_free(s);
}

static void patterns(void **state)
{
	struct aisp_secrets *s = rules_of(NULL, true);
	size_t keyed = 0;

	(void)state;
	for (uint32_t i = 0; i < s->n; i++) {
		struct aisp_err err = {0};

		if (aisp_secrets__pattern_check(&s->rules[i].regex, &err) < 0 || aisp_secrets__pattern_check(&s->rules[i].path, &err) < 0)
			fail_msg("%s: %s", s->rules[i].id, err.msg);
		keyed += s->rules[i].keyed;
	}
	/* Rules that have no literal cost more; they must stay few. */
	assert_true(keyed * 20 <= s->n);
	aisp_secrets_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(patterns), cmocka_unit_test(samples)};

	return cmocka_run_group_tests_name("secrets/samples", tests, NULL, NULL);
}
