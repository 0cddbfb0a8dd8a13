/* Rules from TOML: gitleaks' format with its meaning, and the table [rules.aisp] for ours (docs/scanners.md).
 *
 * Texts are loaded one after the other; a rule with the id of an earlier one takes its place, or, in a text with [extend], changes what
 * it names. Extend.path is the caller's (he reads the file and gives its text before this one): nothing is opened here.
 */
#include "scan/secrets/rules_int.h"
#include "base/vec.h"
#include <stdlib.h>

struct at { /* for messages */
	const char *file, *rule;
};

static int wrong(const struct at *at, struct aisp_err *err, const char *what)
{
	return aisp_fail(err, AISP_E_USAGE, "%s: rule %s: %s", at->file, at->rule ? at->rule : "(none)", what);
}

static int no_memory(struct aisp_err *err)
{
	return aisp_fail(err, AISP_E_NOMEM, "no memory for the rules of secrets");
}

static double real(const struct aisp_doc *d)
{
	return !d ? 0 : d->type == AISP_DOC_REAL ? d->r : d->type == AISP_DOC_INT ? (double)d->i : 0;
}

static int pattern(struct aisp_secrets__loader *l, const struct at *at, struct aisp_slice text, bool own, struct aisp_secrets__pattern *ret,
                   struct aisp_err *err)
{
	int r = aisp_secrets__regex(l->a, text, own ? AISP_SECRETS__OWN : 0, &ret->re, err);

	if (r == 0 && !own)
		r = aisp_secrets__pattern_check(ret, err); /* ours are compiled by the tests */
	return r < 0 ? aisp_wrap(err, r == AISP_E_NOMEM ? r : AISP_E_USAGE, "in %s, rule %s", at->file, at->rule ? at->rule : "(none)") : 0;
}

static int patterns(struct aisp_secrets__loader *l, const struct at *at, const struct aisp_doc *list, struct aisp_secrets__pattern **ret,
                    uint32_t *ret_n, struct aisp_err *err)
{
	uint32_t n = aisp_doc_count(list);

	*ret = n ? aisp_arena_zalloc(l->a, n, sizeof **ret) : NULL;
	if (n && !*ret)
		return no_memory(err);
	for (uint32_t i = 0; i < n; i++) {
		int r = pattern(l, at, aisp_doc_str(aisp_doc_at(list, i)), false, &(*ret)[i], err);

		if (r < 0)
			return r;
	}
	*ret_n = n;
	return 0;
}

/* Texts of a list, in lower case, after `*n` that are there already. */
static int words(struct aisp_secrets__loader *l, const struct aisp_doc *list, struct aisp_slice **v, uint32_t *n, bool lower, struct aisp_err *err)
{
	uint32_t more = aisp_doc_count(list);
	struct aisp_slice *all = aisp_arena_zalloc(l->a, *n + more + 1, sizeof *all);

	if (!all)
		return no_memory(err);
	if (*n)
		memcpy(all, *v, *n * sizeof *all);
	for (uint32_t i = 0; i < more; i++) {
		struct aisp_slice s = aisp_arena_dup(l->a, aisp_slice_trim(aisp_doc_str(aisp_doc_at(list, i))));
		char *p;

		if (!s.p)
			return no_memory(err);
		p = (char *)(uintptr_t)s.p; /* our copy */
		for (size_t k = 0; lower && k < s.n; k++)
			p[k] = p[k] >= 'A' && p[k] <= 'Z' ? (char)(p[k] | 0x20) : p[k];
		if (s.n)
			all[(*n)++] = s;
	}
	*v = all;
	return 0;
}

static int allow(struct aisp_secrets__loader *l, const struct at *at, const struct aisp_doc *d, struct aisp_secrets__allow *a, struct aisp_err *err)
{
	struct aisp_slice condition = aisp_doc_getstr(d, "condition"), target = aisp_doc_getstr(d, "regexTarget");
	int r;

	a->all = aisp_slice_eqi(condition, AISP_S("and")) || aisp_slice_eqz(condition, "&&");
	if (!a->all && condition.n && !aisp_slice_eqi(condition, AISP_S("or")) && !aisp_slice_eqz(condition, "||"))
		return wrong(at, err, "the condition of an allowlist is neither AND nor OR");
	if (aisp_slice_eqz(target, "match"))
		a->target = AISP_SECRETS__ON_MATCH;
	else if (aisp_slice_eqz(target, "line"))
		a->target = AISP_SECRETS__ON_LINE;
	else if (target.n && !aisp_slice_eqz(target, "secret"))
		return wrong(at, err, "the regexTarget of an allowlist is none of secret, match, line");
	r = patterns(l, at, aisp_doc_get(d, "paths"), &a->paths, &a->n_paths, err);
	r = r < 0 ? r : patterns(l, at, aisp_doc_get(d, "regexes"), &a->regexes, &a->n_regexes, err);
	r = r < 0 ? r : words(l, aisp_doc_get(d, "stopwords"), &a->stopwords, &a->n_stopwords, true, err);
	r = r < 0 ? r : words(l, aisp_doc_get(d, "commits"), &a->commits, &a->n_commits, true, err);
	r = r < 0 ? r : words(l, aisp_doc_get(d, "targetRules"), &a->targets, &a->n_targets, false, err);
	if (r == 0 && !a->n_paths && !a->n_regexes && !a->n_stopwords && !a->n_commits)
		return wrong(at, err, "an allowlist needs commits, paths, regexes or stopwords");
	return r;
}

/* Both forms, [[x.allowlists]] and the older [x.allowlist]; not both at once. */
static int allows(struct aisp_secrets__loader *l, const struct at *at, const struct aisp_doc *d, struct aisp_secrets__allows *into,
                  struct aisp_err *err)
{
	const struct aisp_doc *many = aisp_doc_get(d, "allowlists"), *one = aisp_doc_get(d, "allowlist");
	uint32_t n = aisp_doc_count(many) + (one ? 1 : 0);
	struct aisp_secrets__allow *all;

	if (one && aisp_doc_count(many))
		return wrong(at, err, "allowlist and allowlists cannot stand together");
	if (!n)
		return 0;
	all = aisp_arena_zalloc(l->a, into->n + n, sizeof *all);
	if (!all)
		return no_memory(err);
	if (into->n)
		memcpy(all, into->v, into->n * sizeof *all);
	for (uint32_t i = 0; i < n; i++) {
		int r = allow(l, at, one ? one : aisp_doc_at(many, i), &all[into->n + i], err);

		if (r < 0)
			return r;
	}
	into->v = all;
	into->n += n;
	return 0;
}

static int required(struct aisp_secrets__loader *l, const struct at *at, const struct aisp_doc *list, struct aisp_secrets__rule *rule,
                    struct aisp_err *err)
{
	uint32_t n = aisp_doc_count(list);

	if (!n)
		return 0;
	rule->required = aisp_arena_zalloc(l->a, n, sizeof *rule->required);
	if (!rule->required)
		return no_memory(err);
	for (uint32_t i = 0; i < n; i++) {
		const struct aisp_doc *d = aisp_doc_at(list, i);

		rule->required[i].id = aisp_doc_getstr(d, "id");
		rule->required[i].lines = aisp_doc_int(aisp_doc_get(d, "withinLines"), -1);
		rule->required[i].columns = aisp_doc_int(aisp_doc_get(d, "withinColumns"), -1);
		if (!rule->required[i].id.n)
			return wrong(at, err, "a required rule without id");
	}
	rule->n_required = n;
	return 0;
}

static const char *known(struct aisp_slice s, const char *const *names)
{
	for (; *names; names++)
		if (aisp_slice_eqz(s, *names))
			return *names;
	return NULL;
}

/* [rules.aisp] */
static int extra(const struct at *at, const struct aisp_doc *d, struct aisp_secrets__rule *rule, struct aisp_err *err)
{
	static const char *const severities[] = {"critical", "high", "medium", "low", NULL};
	static const char *const certainties[] = {"possible", "likely", "sure", NULL};
	struct aisp_slice kind = aisp_doc_getstr(d, "kind"), severity = aisp_doc_getstr(d, "severity"),
	                  certainty = aisp_doc_getstr(d, "certainty"), check = aisp_doc_getstr(d, "check"), issuer = aisp_doc_getstr(d, "issuer");
	const struct aisp_doc *facts = aisp_doc_get(d, "facts");

	if (!d)
		return 0;
	rule->positive = aisp_doc_get(d, "positive");
	rule->negative = aisp_doc_get(d, "negative");
	rule->tests_path = aisp_doc_getstr(d, "sample_path");
	rule->span = (uint32_t)aisp_doc_int(aisp_doc_get(d, "window"), 0) & 0xffff;
	if (issuer.n)
		rule->issuer = issuer.p;
	if (kind.n && !(rule->kind = aisp_secret_kind_find(kind)))
		return wrong(at, err, "an unknown kind");
	if (severity.n && !(rule->severity = known(severity, severities)))
		return wrong(at, err, "an unknown severity");
	if (check.n && !(rule->check = aisp_secrets__check_find(check)))
		return wrong(at, err, "an unknown check");
	if (certainty.n) {
		const char *c = known(certainty, certainties);

		if (!c)
			return wrong(at, err, "an unknown certainty");
		rule->certainty = *c == 'p' ? AISP_SECRET_POSSIBLE : *c == 'l' ? AISP_SECRET_LIKELY : AISP_SECRET_SURE;
	}
	for (uint32_t i = 0; facts && facts->type == AISP_DOC_OBJ && i < facts->n && rule->n_facts < AISP_SECRET_FACTS_MAX; i++) {
		int64_t group = aisp_doc_int(&facts->members[i].value, 0);

		if (group < 1 || group >= AISP_SECRETS__GROUPS || (uint64_t)group > rule->regex.re.groups)
			return wrong(at, err, "a fact from a group that the regex does not have");
		rule->facts[rule->n_facts].key = facts->members[i].key.p;
		rule->facts[rule->n_facts++].group = (uint32_t)group;
	}
	return 0;
}

static struct aisp_secrets__rule *find(struct aisp_secrets__loader *l, struct aisp_slice id)
{
	for (size_t i = 0; i < l->n; i++)
		if (aisp_slice_eqz(id, l->rules[i]->id))
			return l->rules[i];
	return NULL;
}

/* What a rule says, over what is in `rule` already. */
static int read_rule(struct aisp_secrets__loader *l, const struct at *at, const struct aisp_doc *d, bool own, struct aisp_secrets__rule *rule,
                     struct aisp_err *err)
{
	struct aisp_slice regex = aisp_doc_getstr(d, "regex"), path = aisp_doc_getstr(d, "path"), description = aisp_doc_getstr(d, "description");
	const struct aisp_doc *entropy = aisp_doc_get(d, "entropy"), *group = aisp_doc_get(d, "secretGroup");
	int r = 0;

	if (description.n)
		rule->description = description.p;
	if (real(entropy) != 0)
		rule->entropy = real(entropy);
	if (aisp_doc_int(group, 0) > 0)
		rule->secret_group = (uint32_t)aisp_doc_int(group, 0);
	if (regex.n) {
		rule->own = own;
		rule->regex = (struct aisp_secrets__pattern){0};
		r = pattern(l, at, regex, own, &rule->regex, err);
	}
	if (r == 0 && path.n) {
		rule->path = (struct aisp_secrets__pattern){0};
		r = pattern(l, at, path, false, &rule->path, err);
	}
	rule->skip_report |= aisp_doc_bool(aisp_doc_get(d, "skipReport"), false);
	r = r < 0 ? r : words(l, aisp_doc_get(d, "keywords"), &rule->keywords, &rule->n_keywords, true, err);
	r = r < 0 ? r : allows(l, at, d, &rule->allows, err);
	r = r < 0 ? r : required(l, at, aisp_doc_get(d, "required"), rule, err);
	r = r < 0 ? r : extra(at, aisp_doc_get(d, "aisp"), rule, err);
	if (r < 0)
		return r;
	if (!rule->regex.re.pattern.n && !rule->path.re.pattern.n)
		return wrong(at, err, "neither regex nor path");
	if (rule->secret_group > rule->regex.re.groups || rule->secret_group >= AISP_SECRETS__GROUPS)
		return wrong(at, err, "secretGroup is not a group of the regex");
	return 0;
}

static int load_rule(struct aisp_secrets__loader *l, const char *file, const struct aisp_doc *d, bool own, bool extends, struct aisp_err *err)
{
	struct aisp_slice id = aisp_doc_getstr(d, "id");
	struct at at = {file, id.n ? id.p : NULL};
	struct aisp_secrets__rule *old = find(l, id), *rule = aisp_arena_zalloc(l->a, 1, sizeof *rule);

	if (!id.n)
		return wrong(&at, err, "a rule without id");
	if (own && old)
		return wrong(&at, err, "its id is used twice");
	if (!rule)
		return no_memory(err);
	*rule = (struct aisp_secrets__rule){.id = id.p, .description = "", .issuer = "", .severity = "high", .kind = AISP_SECRET_OTHER,
	                                    .certainty = AISP_SECRET_LIKELY, .own = own};
	if (old && extends)
		memcpy(rule, old, sizeof *rule);
	rule->generic = aisp_slice_findi(id, AISP_S("generic")) != SIZE_MAX;
	int r = read_rule(l, &at, d, own, rule, err);

	if (r < 0)
		return r;
	if (old) {
		memcpy(old, rule, sizeof *old);
		return 0;
	}
	if (aisp_vec__grow((void **)&l->rules, l->n, &l->cap, 1, sizeof *l->rules) < 0)
		return no_memory(err);
	l->rules[l->n++] = rule;
	return 0;
}

static void disable(struct aisp_secrets__loader *l, const struct aisp_doc *ids)
{
	for (uint32_t i = 0; i < aisp_doc_count(ids); i++)
		for (size_t k = 0; k < l->n; k++)
			if (aisp_slice_eqz(aisp_doc_str(aisp_doc_at(ids, i)), l->rules[k]->id)) {
				memmove(&l->rules[k], &l->rules[k + 1], (l->n - k - 1) * sizeof *l->rules);
				l->n--;
				break;
			}
}

int aisp_secrets__load(struct aisp_secrets__loader *l, const char *name, struct aisp_slice text, bool own, struct aisp_err *err)
{
	const struct aisp_doc *d = NULL, *rules, *extend;
	struct aisp_secrets__allows global = {0};
	struct at at = {name, NULL};
	int r = aisp_toml_parse(l->a, text, NULL, &d, err);

	if (r < 0)
		return aisp_wrap(err, r == AISP_E_NOMEM ? r : AISP_E_USAGE, "in %s", name);
	rules = aisp_doc_get(d, "rules");
	extend = aisp_doc_get(d, "extend");
	if (aisp_doc_bool(aisp_doc_get(extend, "useDefault"), false) && aisp_doc_getstr(extend, "path").n)
		return wrong(&at, err, "extend.path and extend.useDefault cannot stand together");
	disable(l, aisp_doc_get(extend, "disabledRules"));
	for (uint32_t i = 0; r == 0 && rules && rules->type == AISP_DOC_ARR && i < rules->n; i++)
		r = load_rule(l, name, aisp_doc_at(rules, i), own, extend != NULL, err);
	r = r < 0 ? r : allows(l, &at, d, &global, err);
	for (uint32_t i = 0; r == 0 && i < global.n; i++) {
		if (aisp_vec__grow((void **)&l->allows, l->n_allows, &l->cap_allows, 1, sizeof *l->allows) < 0)
			return no_memory(err);
		l->allows[l->n_allows++] = &global.v[i];
	}
	return r;
}

struct aisp_slice aisp_secrets_extend_path(struct aisp_arena *a, struct aisp_slice text)
{
	const struct aisp_doc *d = NULL;

	return aisp_toml_parse(a, text, NULL, &d, NULL) < 0 ? (struct aisp_slice){0} : aisp_doc_getstr(aisp_doc_get(d, "extend"), "path");
}

static int by_id(const void *a, const void *b)
{
	return strcmp((*(struct aisp_secrets__rule *const *)a)->id, (*(struct aisp_secrets__rule *const *)b)->id);
}

static struct aisp_secrets__rule *rule_of(struct aisp_secrets *s, struct aisp_slice id)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (aisp_slice_eqz(id, s->rules[i].id))
			return &s->rules[i];
	return NULL;
}

/* An allowlist with targetRules becomes these rules' own. */
static int target(struct aisp_secrets *s, const struct aisp_secrets__allow *a, struct aisp_err *err)
{
	for (uint32_t t = 0; t < a->n_targets; t++) {
		struct aisp_secrets__rule *rule = rule_of(s, a->targets[t]);
		struct aisp_secrets__allow *all;

		if (!rule)
			return aisp_fail(err, AISP_E_USAGE, "an allowlist's target rule %.*s does not exist", AISP_FMT(a->targets[t]));
		all = aisp_arena_zalloc(s->arena, rule->allows.n + 1, sizeof *all);
		if (!all)
			return no_memory(err);
		if (rule->allows.n)
			memcpy(all, rule->allows.v, rule->allows.n * sizeof *all);
		memcpy(&all[rule->allows.n], a, sizeof *a);
		rule->allows = (struct aisp_secrets__allows){all, rule->allows.n + 1};
	}
	return 0;
}

int aisp_secrets__loaded(struct aisp_secrets__loader *l, struct aisp_secrets *s, struct aisp_err *err)
{
	s->rules = aisp_arena_zalloc(l->a, l->n + 1, sizeof *s->rules);
	s->allows.v = aisp_arena_zalloc(l->a, l->n_allows + 1, sizeof *s->allows.v);
	if (!s->rules || !s->allows.v)
		return no_memory(err);
	if (l->n)
		qsort(l->rules, l->n, sizeof *l->rules, by_id);
	for (size_t i = 0; i < l->n; i++)
		memcpy(&s->rules[i], l->rules[i], sizeof *s->rules);
	s->n = (uint32_t)l->n;
	for (size_t i = 0; i < l->n_allows; i++) {
		int r = target(s, l->allows[i], err);

		if (r < 0)
			return r;
		if (!l->allows[i]->n_targets)
			memcpy(&s->allows.v[s->allows.n++], l->allows[i], sizeof *s->allows.v);
	}
	for (uint32_t i = 0; i < s->n; i++)
		for (uint32_t k = 0; k < s->rules[i].n_required; k++) {
			struct aisp_secrets__rule *other = rule_of(s, s->rules[i].required[k].id);

			if (!other || other->own)
				return aisp_fail(err, AISP_E_USAGE, "rule %s requires a rule %.*s, which does not exist", s->rules[i].id,
				                 AISP_FMT(s->rules[i].required[k].id));
			s->rules[i].required[k].rule = (uint32_t)(other - s->rules);
			other->is_required = true;
		}
	return 0;
}
