/* What the tests of scan/secrets share: scan a template, look at the hits. */
#pragma once
#include "base/buf.h"
#include "base/mem.h"
#include "scan/secrets/secrets.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

struct seen {
	char rule[96], value[512], facts[1024];
	enum aisp_secret_certainty certainty;
	uint32_t line, column, end_line, end_column;
	size_t at, n;
};
struct scanned {
	struct seen v[256];
	size_t n;
	int r;
};

static inline int seen_add(void *ctx, const struct aisp_secret_hit *h)
{
	struct scanned *s = ctx;
	struct seen *x = &s->v[s->n];

	if (s->n == sizeof s->v / sizeof *s->v)
		return 0;
	s->n++;
	*x = (struct seen){.certainty = h->certainty, .line = h->line, .column = h->column, .end_line = h->end_line,
	                   .end_column = h->end_column, .at = h->at, .n = h->n};
	snprintf(x->rule, sizeof x->rule, "%s", h->rule);
	snprintf(x->value, sizeof x->value, "%.*s", AISP_FMT(h->value));
	for (uint32_t i = 0; i < h->n_facts; i++) {
		size_t at = strlen(x->facts);

		snprintf(x->facts + at, sizeof x->facts - at, "%s=%.*s;", h->facts[i].key, AISP_FMT(h->facts[i].value));
	}
	return 0;
}

static inline struct aisp_secrets *rules_of(const char *toml, bool builtin)
{
	struct aisp_slice text = aisp_slice_z(toml);
	struct aisp_secrets_config c = {.rule_files = &text, .n_rule_files = toml ? 1 : 0, .no_builtin = !builtin};
	struct aisp_secrets *s = NULL;
	struct aisp_err err = {0};

	if (aisp_secrets_new(&c, &s, &err) < 0)
		fail_msg("%s", err.msg);
	return s;
}

static inline struct scanned *scan_text(const struct aisp_secrets *s, const char *path, struct aisp_slice text)
{
	static struct scanned all;
	struct aisp_secrets_scratch *x = NULL;

	all.n = 0;
	assert_int_equal(aisp_secrets_scratch_new(s, &x, NULL), 0);
	all.r = aisp_secrets_scan(s, x, aisp_slice_z(path), text, seen_add, &all, NULL);
	aisp_secrets_scratch_free(x);
	return &all;
}

static inline struct scanned *scan_template(const struct aisp_secrets *s, const char *path, const char *template, const char *check)
{
	struct aisp_buf b;
	struct scanned *all;

	aisp_buf_init(&b, 0);
	assert_int_equal(aisp_secrets_expand(aisp_slice_z(template), aisp_slice_z(check), 42, &b, NULL), 0);
	all = scan_text(s, path, aisp_buf_slice(&b));
	aisp_buf_done(&b);
	return all;
}

static inline const struct seen *seen_rule(const struct scanned *all, const char *rule)
{
	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->v[i].rule, rule) == 0)
			return &all->v[i];
	return NULL;
}
