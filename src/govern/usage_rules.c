/* rules/usage.yaml: what a use is of, which log can tell, how long it must have watched. */
#include "base/doc.h"
#include "base/fs.h"
#include "govern/usage_int.h"
#include <fcntl.h>
#include <stdio.h>

static int broken(struct aisp_err *err, const char *file, uint32_t line, const char *what)
{
	return aisp_fail(err, AISP_E_USAGE, "%s:%u: %s; docs/usage.md tells the fields", file, line, what);
}

static unsigned class_of(struct aisp_slice words)
{
	static const struct {
		const char *name;
		unsigned bit;
	} names[] = {{"read", AISP_USE_READ}, {"write", AISP_USE_WRITE}, {"call", AISP_USE_CALL}, {"act", AISP_USE_ACT}};
	struct aisp_slice word;
	unsigned bits = 0;
	while (aisp_slice_split(&words, '+', &word)) {
		size_t i = 0;
		while (i < 4 && !aisp_slice_eqz(word, names[i].name))
			i++;
		if (i == 4)
			return 0;
		bits |= names[i].bit;
	}
	return bits;
}

static int read_actions(struct aisp_usage_rules *r, const struct aisp_doc *list, const char *file, struct aisp_err *err)
{
	for (uint32_t i = 0; i < aisp_doc_count(list); i++) {
		const struct aisp_doc *row = aisp_doc_at(list, i), *match = aisp_doc_get(row, "match");
		const unsigned as = class_of(aisp_doc_getstr(row, "as"));
		if (!as || !aisp_doc_count(match))
			return broken(err, file, aisp_doc_line(row), "an action needs `as` (read, write, call, act; joined by +) and `match` (a list of patterns)");
		for (uint32_t k = 0; k < aisp_doc_count(match); k++)
			if (aisp_vec_push(&r->actions, (struct aisp_usage_action){as, aisp_doc_str(aisp_doc_at(match, k))}) < 0)
				return aisp_fail(err, AISP_E_NOMEM, "out of memory while reading %s", file);
	}
	return 0;
}

static int read_texts(struct aisp_arena *a, const struct aisp_doc *list, const struct aisp_slice **ret, size_t *ret_n, struct aisp_err *err)
{
	struct aisp_slice *v = aisp_arena_zalloc(a, aisp_doc_count(list) + 1u, sizeof *v);
	if (!v)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while reading the rules of use");
	for (uint32_t i = 0; i < aisp_doc_count(list); i++)
		v[i] = aisp_doc_str(aisp_doc_at(list, i));
	*ret = v;
	*ret_n = aisp_doc_count(list);
	return 0;
}

/* Bit of a word of `of`; 64: unknown. */
static unsigned of_bit(struct aisp_slice word)
{
	const enum aisp_edge_kind edge = aisp_edge_kind_find(word);
	return edge ? (unsigned)edge : aisp_slice_eqz(word, "identity") ? AISP_OF_IDENTITY : aisp_slice_eqz(word, "credential") ? AISP_OF_CREDENTIAL
	       : aisp_slice_eqz(word, "asset")                        ? AISP_OF_ASSET
	                                                              : 64;
}

static int read_bits(const struct aisp_doc *row, struct aisp_usage_row *ret, const char *file, struct aisp_err *err)
{
	const struct aisp_doc *of = aisp_doc_get(row, "of"), *kinds = aisp_doc_get(row, "kinds");
	for (uint32_t i = 0; i < aisp_doc_count(of); i++) {
		const unsigned bit = of_bit(aisp_doc_str(aisp_doc_at(of, i)));
		if (bit >= 64)
			return broken(err, file, aisp_doc_line(row), "`of` names kinds of edges, identity, credential, asset");
		ret->of |= UINT64_C(1) << bit;
	}
	for (uint32_t i = 0; i < aisp_doc_count(kinds); i++) {
		const enum aisp_node_kind kind = aisp_node_kind_find(aisp_doc_str(aisp_doc_at(kinds, i)));
		if (!kind)
			return broken(err, file, aisp_doc_line(row), "`kinds` names kinds of nodes");
		ret->kinds |= UINT64_C(1) << kind;
	}
	return ret->of ? 0 : broken(err, file, aisp_doc_line(row), "a grant needs `of`");
}

static int one_of(struct aisp_slice word, const char *const *words, int n)
{
	if (!word.n)
		return 0;
	for (int i = 0; i < n; i++)
		if (aisp_slice_eqz(word, words[i]))
			return i;
	return -1;
}

static const char *const systems[] = {"any", "aws", "kubernetes", "postgres"};

struct aisp_usage_days aisp_usage__days_word(struct aisp_slice word)
{
	const enum aisp_node_kind kind = aisp_node_kind_find(word);
	const unsigned of = of_bit(word);
	const int system = one_of(word, systems, 4);
	if (aisp_slice_eqz(word, "all"))
		return (struct aisp_usage_days){AISP_DAYS_ALL, 0, 0};
	if (system > 0)
		return (struct aisp_usage_days){AISP_DAYS_SYSTEM, (unsigned)system, 0};
	if (of < 64)
		return (struct aisp_usage_days){AISP_DAYS_OF, of, 0};
	return (struct aisp_usage_days){kind ? AISP_DAYS_KIND : 0, kind, 0};
}

bool aisp_usage_is_days_word(struct aisp_slice of)
{
	return aisp_usage__days_word(of).level != 0;
}

static int read_row(struct aisp_usage_rules *r, struct aisp_arena *a, const struct aisp_doc *row, const char *file, struct aisp_err *err)
{
	static const char *const proofs[] = {"none", "asset", "identity"};
	const int system = one_of(aisp_doc_getstr(row, "system"), systems, 4), proof = one_of(aisp_doc_getstr(row, "proof"), proofs, 3);
	struct aisp_usage_row out = {.days = aisp_doc_int(aisp_doc_get(row, "days"), 0), .why = aisp_doc_getstr(row, "why")};
	if (system < 0 || proof < 0)
		return broken(err, file, aisp_doc_line(row), "`system` is aws, kubernetes or postgres; `proof` none, asset or identity");
	if (out.days < 1 || out.days > 3650)
		return broken(err, file, aisp_doc_line(row), "`days` is a number from 1 to 3650");
	out.system = (enum aisp_usage_system)system;
	out.proof = (enum aisp_usage_proof)proof;
	int e = read_bits(row, &out, file, err);
	if (e == 0)
		e = read_texts(a, aisp_doc_get(row, "services"), &out.services, &out.n_services, err);
	if (e == 0)
		e = read_texts(a, aisp_doc_get(row, "sees"), &out.sees, &out.n_sees, err);
	if (e == 0 && !out.n_sees)
		e = broken(err, file, aisp_doc_line(row), "a grant needs `sees`: which logs can tell");
	if (e == 0 && aisp_vec_push(&r->rows, out) < 0)
		e = aisp_fail(err, AISP_E_NOMEM, "out of memory while reading %s", file);
	return e;
}

int aisp_usage__rules_parse(struct aisp_usage_rules *r, struct aisp_arena *a, struct aisp_slice text, const char *file, struct aisp_err *err)
{
	struct aisp_docs docs = {0};
	struct aisp_err why = {0};
	const struct aisp_doc_limits limits = {.max_bytes = 1 << 20, .max_depth = 16, .max_values = 100000};
	if (!text.n)
		return broken(err, file, 1, "the file is empty");
	if (aisp_yaml_parse(a, text, &limits, &docs, &why) < 0)
		return aisp_fail(err, AISP_E_USAGE, "%s: %s", file, why.msg);
	const struct aisp_doc *d = docs.n == 1 ? docs.docs : NULL, *grants = aisp_doc_get(d, "grants");
	if (aisp_doc_int(aisp_doc_get(d, "version"), 0) != 1)
		return broken(err, file, 1, "`version: 1` is expected");
	r->fresh_days = aisp_doc_int(aisp_doc_get(d, "fresh_days"), 7);
	r->rare_per_30_days = aisp_doc_int(aisp_doc_get(d, "rare_per_30_days"), 4);
	r->grant_minutes = aisp_doc_int(aisp_doc_get(d, "grant_minutes"), 60);
	if (r->fresh_days < 0 || r->fresh_days > 3650 || r->rare_per_30_days < 0 || r->rare_per_30_days > 1000000 || r->grant_minutes < 1 || r->grant_minutes > 43200)
		return broken(err, file, 1, "fresh_days, rare_per_30_days or grant_minutes is out of range");
	int e = read_actions(r, aisp_doc_get(d, "actions"), file, err);
	for (uint32_t i = 0; e == 0 && i < aisp_doc_count(grants); i++)
		e = read_row(r, a, aisp_doc_at(grants, i), file, err);
	return e;
}

int aisp_usage__rules(struct aisp_usage_rules *r, struct aisp_arena *a, const char *dir, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf text = {0}, path = {0};
	int e = AISP_E_NOTFOUND;
	aisp_buf_init(&text, 1 << 20);
	aisp_buf_init(&path, 4096);
	if (dir) {
		aisp_buf_printf(&path, "%s/usage.yaml", dir);
		e = aisp_buf_check(&path, err);
		if (e == 0)
			e = aisp_fs_read(AT_FDCWD, path.p, false, 1 << 20, &text, err);
	}
	if (e == AISP_E_NOTFOUND)
		return aisp_usage__rules_parse(r, a, aisp_slice_of((const char *)aisp_usage__builtin, aisp_usage__builtin_n), "rules/usage.yaml", err);
	return e < 0 ? aisp_wrap(err, e, "while reading the rules of use") : aisp_usage__rules_parse(r, a, aisp_buf_slice(&text), path.p, err);
}

void aisp_usage__rules_done(struct aisp_usage_rules *r)
{
	aisp_vec_done(&r->actions);
	aisp_vec_done(&r->rows);
}

unsigned aisp_usage__class(const struct aisp_usage_rules *r, struct aisp_slice action)
{
	for (size_t i = 0; i < r->actions.n; i++)
		if (aisp_slice_glob(r->actions.v[i].match, action))
			return r->actions.v[i].as;
	return 0;
}
