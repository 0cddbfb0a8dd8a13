/* Allowlists, as gitleaks has them: by path before anything is looked for, by secret, match, line and stop word for each hit. Commits
 * count when the caller says of which one the text is (aisp_secrets_scratch_commit), or asks later (aisp_secrets_commit_allowed). */
#include "scan/secrets/rules_int.h"

static bool any(struct aisp_secrets__matcher *m, struct aisp_secrets__pattern *v, uint32_t n, struct aisp_slice text)
{
	struct aisp_secrets__span groups[AISP_SECRETS__GROUPS];

	for (uint32_t i = 0; text.n && i < n; i++)
		if (aisp_secrets__match(m, &v[i], text, 0, SIZE_MAX, AISP_SECRETS__UTF, groups) > 0)
			return true;
	return false;
}

static bool has_stopword(const struct aisp_secrets__allow *a, struct aisp_slice secret)
{
	for (uint32_t i = 0; i < a->n_stopwords; i++)
		if (aisp_slice_findi(secret, a->stopwords[i]) != SIZE_MAX)
			return true;
	return false;
}

static bool has_commit(const struct aisp_secrets__allow *a, struct aisp_slice commit)
{
	for (uint32_t i = 0; commit.n && i < a->n_commits; i++)
		if (aisp_slice_eqi(commit, a->commits[i]))
			return true;
	return false;
}

/* By lists that ask for nothing else. */
static bool commit_allows(const struct aisp_secrets__allows *a, struct aisp_slice commit)
{
	for (uint32_t i = 0; i < a->n; i++)
		if ((!a->v[i].all || (!a->v[i].n_paths && !a->v[i].n_regexes && !a->v[i].n_stopwords)) && has_commit(&a->v[i], commit))
			return true;
	return false;
}

bool aisp_secrets_commit_allowed(const struct aisp_secrets *s, const char *rule, struct aisp_slice commit)
{
	if (commit_allows(&s->allows, commit))
		return true;
	for (uint32_t i = 0; rule && i < s->n; i++)
		if (strcmp(s->rules[i].id, rule) == 0)
			return commit_allows(&s->rules[i].allows, commit);
	return false;
}

bool aisp_secrets__path_allowed(struct aisp_secrets__matcher *m, const struct aisp_secrets__allows *a, struct aisp_slice path)
{
	for (uint32_t i = 0; i < a->n; i++) {
		struct aisp_secrets__allow *x = &a->v[i];
		bool only_path = !x->n_commits && !x->n_regexes && !x->n_stopwords;

		if (x->n_paths && (!x->all || only_path) && any(m, x->paths, x->n_paths, path))
			return true;
	}
	return false;
}

static bool one_allows(struct aisp_secrets__matcher *m, struct aisp_secrets__allow *a, const struct aisp_secrets__judged *j)
{
	struct aisp_slice target = a->target == AISP_SECRETS__ON_MATCH  ? j->match
	                           : a->target == AISP_SECRETS__ON_LINE ? j->line
	                                                                : j->secret;

	struct aisp_slice commit = aisp_slice_z(j->commit);

	if (!a->all)
		return has_commit(a, commit) || any(m, a->regexes, a->n_regexes, target) || has_stopword(a, j->secret);
	return (!a->n_commits || has_commit(a, commit)) && (!a->n_paths || any(m, a->paths, a->n_paths, j->path)) &&
	       (!a->n_regexes || any(m, a->regexes, a->n_regexes, target)) && (!a->n_stopwords || has_stopword(a, j->secret));
}

bool aisp_secrets__allowed(struct aisp_secrets__matcher *m, const struct aisp_secrets__allows *a, const struct aisp_secrets__judged *j)
{
	for (uint32_t i = 0; i < a->n; i++)
		if (one_allows(m, &a->v[i], j))
			return true;
	return false;
}
