/* PCRE2: compiling when first needed, matching within limits.
 *
 * Invariants: a pattern is compiled at most once for bytes and once for UTF-8 (two threads may race; the loser's work is thrown away);
 * no match takes more than MATCH_LIMIT steps.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "scan/secrets/rules_int.h"
#include <pcre2.h>

enum { MATCH_LIMIT = 500000, STACK_MIN = 32 << 10, STACK_MAX = 1 << 20 };

static void *take(size_t n, void *ctx)
{
	(void)ctx;
	return aisp_mem_alloc(n);
}

static void give(void *p, void *ctx)
{
	(void)ctx;
	aisp_mem_free(p);
}

static int compile(const struct aisp_secrets__pattern *p, bool utf, pcre2_code **ret, struct aisp_err *err)
{
	pcre2_general_context *g = pcre2_general_context_create(take, give, NULL);
	pcre2_compile_context *c = g ? pcre2_compile_context_create(g) : NULL;
	const struct aisp_secrets__regex *re = &p->re;
	uint32_t options = (p->anchored ? PCRE2_ANCHORED : 0) | (p->limited ? PCRE2_USE_OFFSET_LIMIT : 0) | PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_CIRCUMFLEX | (utf ? PCRE2_UTF | PCRE2_MATCH_INVALID_UTF : 0);
	pcre2_code *code = NULL;
	int number = PCRE2_ERROR_NOMEMORY, r = 0;
	size_t at = 0;

	if (c) {
		pcre2_set_newline(c, PCRE2_NEWLINE_LF);
		code = pcre2_compile((PCRE2_SPTR)re->pattern.p, re->pattern.n, options, &number, &at, c);
	}
	if (!code) {
		unsigned char text[200] = "";

		pcre2_get_error_message(number, text, sizeof text);
		r = number == PCRE2_ERROR_NOMEMORY || number == 121
		            ? aisp_fail(err, AISP_E_NOMEM, "no memory for a regular expression")
		            : aisp_fail(err, AISP_E_USAGE, "a regular expression that is not understood: %s at byte %zu", (const char *)text, at);
	}
	pcre2_compile_context_free(c);
	pcre2_general_context_free(g);
	if (r == 0)
		*ret = code;
	return r;
}

int aisp_secrets__pattern_check(const struct aisp_secrets__pattern *p, struct aisp_err *err)
{
	pcre2_code *code;

	if (!p->re.pattern.n)
		return 0;
	int r = compile(p, p->re.utf, &code, err);

	if (r == 0)
		pcre2_code_free(code);
	return r;
}

void aisp_secrets__pattern_done(struct aisp_secrets__pattern *p)
{
	for (int i = 0; i < 2; i++) {
		pcre2_code_free(atomic_load(&p->code[i]));
		atomic_store(&p->code[i], NULL);
	}
}

/* The code, compiled by now; NULL without memory. */
static pcre2_code *ready(struct aisp_secrets__pattern *p, bool utf)
{
	void *code = atomic_load_explicit(&p->code[utf], memory_order_acquire);
	pcre2_code *made = NULL;

	if (code)
		return code;
	if (compile(p, utf, &made, NULL) < 0)
		return NULL;
	/* Without JIT (no memory for it, or a system that forbids it) the match works all the same. */
	(void)pcre2_jit_compile(made, PCRE2_JIT_COMPLETE);
	if (!atomic_compare_exchange_strong(&p->code[utf], &code, made)) {
		pcre2_code_free(made);
		return code;
	}
	return made;
}

struct aisp_secrets__matcher {
	pcre2_general_context *g;
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
	pcre2_match_data *data;
};

int aisp_secrets__matcher_new(struct aisp_secrets__matcher **ret, struct aisp_err *err)
{
	struct aisp_secrets__matcher *m = aisp_mem_zalloc(1, sizeof *m);

	if (m) {
		m->g = pcre2_general_context_create(take, give, NULL);
		m->context = m->g ? pcre2_match_context_create(m->g) : NULL;
		m->stack = m->g ? pcre2_jit_stack_create(STACK_MIN, STACK_MAX, m->g) : NULL;
		m->data = m->g ? pcre2_match_data_create(AISP_SECRETS__GROUPS, m->g) : NULL;
	}
	if (!m || !m->context || !m->stack || !m->data) {
		aisp_secrets__matcher_free(m);
		return aisp_fail(err, AISP_E_NOMEM, "no memory for matching");
	}
	pcre2_set_match_limit(m->context, MATCH_LIMIT);
	pcre2_set_heap_limit(m->context, 16 << 10);
	pcre2_jit_stack_assign(m->context, NULL, m->stack);
	*ret = m;
	return 0;
}

void aisp_secrets__matcher_free(struct aisp_secrets__matcher *m)
{
	if (!m)
		return;
	pcre2_match_data_free(m->data);
	pcre2_jit_stack_free(m->stack);
	pcre2_match_context_free(m->context);
	pcre2_general_context_free(m->g);
	aisp_mem_free(m);
}

int aisp_secrets__match(struct aisp_secrets__matcher *m, struct aisp_secrets__pattern *p, struct aisp_slice subject, size_t from,
                        size_t last, unsigned flags, struct aisp_secrets__span ret_groups[AISP_SECRETS__GROUPS])
{
	pcre2_code *code = ready(p, p->re.utf || (flags & AISP_SECRETS__UTF && p->re.wide));
	uint32_t options = 0;

	if (!code)
		return AISP_E_NOMEM;
	options |= flags & AISP_SECRETS__NOT_BEGIN ? PCRE2_NOTBOL : 0;
	options |= flags & AISP_SECRETS__NOT_END ? PCRE2_NOTEOL : 0;
	pcre2_set_offset_limit(m->context, p->limited ? last : PCRE2_UNSET);
	int r = pcre2_match(code, (PCRE2_SPTR)(subject.p ? subject.p : ""), subject.n, from, options, m->data, m->context);

	if (r == PCRE2_ERROR_NOMATCH || r == PCRE2_ERROR_BADOFFSET || r == PCRE2_ERROR_BADUTFOFFSET)
		return 0;
	if (r < 0)
		return r == PCRE2_ERROR_NOMEMORY ? AISP_E_NOMEM : AISP_E_LIMIT;
	const size_t *o = pcre2_get_ovector_pointer(m->data);
	int n = r == 0 ? AISP_SECRETS__GROUPS : r;

	for (int i = 0; i < AISP_SECRETS__GROUPS; i++) {
		bool set = i < n && o[2 * i] != PCRE2_UNSET;

		ret_groups[i] = set ? (struct aisp_secrets__span){o[2 * i], o[2 * i + 1]} : (struct aisp_secrets__span){1, 0};
	}
	return 1;
}
