/* Texts and Rust's macros of the languages lowered by tables (lower_shape.h). */
#include "scan/source/lower_shape.h"

/* The text between the quotes, whatever stands before them: "x", r#"x"#, @"x", """x""", %q(x). */
static struct aisp_slice between(struct aisp_slice s)
{
	size_t from = 0, to = s.n, quotes;

	while (from < s.n && s.p[from] != '"' && s.p[from] != '\'' && s.p[from] != '`')
		from++;
	if (from == s.n)
		return s;
	quotes = s.n >= from + 6 && s.p[from + 1] == s.p[from] && s.p[from + 2] == s.p[from] ? 3 : 1;
	while (to > from && s.p[to - 1] != s.p[from])
		to--;
	return to >= from + 2 * quotes ? aisp_slice_of(s.p + from + quotes, to - from - 2 * quotes) : aisp_slice_z("");
}

static void heredoc_body(struct lower *L, struct kid k, struct sx *x)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct sx *parts = aisp_source__sx_kids(L, SX_CONCAT, k.node, NULL, 0);
	sx_vec v = {0};

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i);

		if (c.kind == S_PIECE)
			aisp_source__sxs_add(L, &v, aisp_source__sx_str(L, c.node, aisp_source__node_text(L, c.node)));
		else if (c.kind == S_HOLE)
			aisp_source__sxs_add(L, &v, aisp_source__shape_expr(L, c));
	}
	aisp_source__kids_done(L, ks);
	if (x && parts && v.n == 1 && v.v[0]->kind == SX_STR) {
		x->s = v.v[0]->s;
	} else if (x && parts && v.n) {
		x->kind = SX_CONCAT;
		x->s = aisp_slice_z("");
		x->kids = aisp_source__sxs_take(L, &v, &x->n);
	}
	aisp_vec_done(&v);
}

static struct sx *heredoc(struct lower *L, struct kid k)
{
	struct sx *x;

	if (k.kind == S_HEREDOC) {
		x = aisp_source__sx_str(L, k.node, aisp_slice_z(""));
		if (x && L->n_heredocs < sizeof L->heredocs / sizeof *L->heredocs)
			L->heredocs[L->n_heredocs++] = x;
		return x;
	}
	x = L->n_heredocs ? L->heredocs[0] : NULL;
	heredoc_body(L, k, x);
	if (L->n_heredocs) {
		L->n_heredocs--;
		memmove(L->heredocs, L->heredocs + 1, L->n_heredocs * sizeof *L->heredocs);
	}
	return NULL;
}

/* One part of a text: what is written, or an expression; NULL for quotes and the like. */
static struct sx *piece(struct lower *L, struct kid c)
{
	struct sx *x;

	if (c.kind == S_PIECE)
		return aisp_source__sx_str(L, c.node, aisp_source__unescape(L, aisp_source__node_text(L, c.node)));
	if (!c.named || c.kind == S_SKIP || c.kind == S_WORD)
		return NULL;
	x = aisp_source__shape_expr(L, c);
	return x ? x : aisp_source__sx_new(L, SX_UNKNOWN, c.node);
}

struct sx *aisp_source__shape_string(struct lower *L, struct kid k)
{
	struct aisp_slice whole = aisp_source__node_text(L, k.node);
	struct kids ks;
	sx_vec v = {0};
	struct sx *x;
	bool holes = false;

	if (k.kind == S_HEREDOC || k.kind == S_HEREDOC_BODY)
		return heredoc(L, k);
	if (k.kind == S_SYMBOL)
		return aisp_source__sx_str(L, k.node, aisp_source__shape_name(L, k));
	if (k.kind == S_RAW)
		return aisp_source__sx_str(L, k.node, between(whole));
	ks = aisp_source__kids_of(L, k.node);
	for (size_t i = 0; i < ks.n; i++) {
		aisp_source__sxs_add(L, &v, piece(L, kid_at(L, ks, i)));
		holes |= kid_at(L, ks, i).named && kid_at(L, ks, i).kind != S_PIECE && kid_at(L, ks, i).kind != S_SKIP;
	}
	aisp_source__kids_done(L, ks);
	if (!holes && L->m->lang != AISP_SOURCE_PHP && v.n != 1)
		x = aisp_source__sx_str(L, k.node, aisp_source__unescape(L, between(whole)));
	else if (v.n == 0)
		x = aisp_source__sx_str(L, k.node, between(whole));
	else if (v.n == 1 && v.v[0]->kind == SX_STR)
		x = v.v[0];
	else
		x = aisp_source__sx_kids(L, SX_CONCAT, k.node, v.v, v.n);
	aisp_vec_done(&v);
	return x;
}

/* One argument of a macro: the tokens from i to the next comma. A single expression counts, "name = value" is named. */
static void macro_arg(struct lower *L, struct kids ks, size_t from, size_t to, arg_vec *v)
{
	struct sx_arg arg = {0};
	size_t named = 0;

	for (size_t i = from; i < to; i++)
		named += kid_at(L, ks, i).named;
	if (to == from || named == 0)
		return;
	if (to - from == 1) {
		arg.value = aisp_source__shape_expr(L, kid_at(L, ks, from));
	} else if (to - from == 3 && aisp_slice_eqz(aisp_source__node_text(L, kid_at(L, ks, from + 1).node), "=")) {
		arg.name = aisp_source__shape_name(L, kid_at(L, ks, from));
		arg.value = aisp_source__shape_expr(L, kid_at(L, ks, to - 1));
	} else {
		sx_vec parts = {0};

		for (size_t i = from; i < to; i++)
			if (kid_at(L, ks, i).named)
				aisp_source__sxs_add(L, &parts, aisp_source__shape_expr(L, kid_at(L, ks, i)));
		arg.value = aisp_source__sx_kids(L, SX_UNKNOWN, kid_at(L, ks, from).node, parts.v, parts.n);
		aisp_vec_done(&parts);
	}
	aisp_source__args_add(L, v, arg);
}

static void macro_args(struct lower *L, struct kid k, arg_vec *v)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	size_t from = 1;

	for (size_t i = 1; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i);

		if (i + 1 < ks.n && (c.named || ts_node_end_byte(c.node) - ts_node_start_byte(c.node) != 1 ||
		                     L->text.p[ts_node_start_byte(c.node)] != ','))
			continue;
		macro_arg(L, ks, from, i, v);
		from = i + 1;
	}
	aisp_source__kids_done(L, ks);
}

/* "… {} …" of format! with its parts unknown. */
static struct sx *format(struct lower *L, struct kid k, arg_vec *v)
{
	struct aisp_slice rest = v->v[0].value->s;
	sx_vec parts = {0};
	struct sx *x;

	while (rest.n && parts.n < 64) {
		size_t open = aisp_slice_chr(rest, '{'), close;

		if (open == SIZE_MAX)
			break;
		close = aisp_slice_chr(aisp_slice_from(rest, open), '}');
		if (close == SIZE_MAX)
			break;
		aisp_source__sxs_add(L, &parts, aisp_source__sx_str(L, k.node, aisp_slice_to(rest, open)));
		aisp_source__sxs_add(L, &parts, close > 1 ? aisp_source__sx_name(L, k.node, aisp_slice_of(rest.p + open + 1, close - 1))
		                                         : aisp_source__sx_new(L, SX_UNKNOWN, k.node));
		rest = aisp_slice_from(rest, open + close + 1);
	}
	aisp_source__sxs_add(L, &parts, aisp_source__sx_str(L, k.node, rest));
	x = aisp_source__sx_kids(L, SX_CONCAT, k.node, parts.v, parts.n);
	aisp_vec_done(&parts);
	return x;
}

static struct sx *macro_value(struct lower *L, struct kid k, struct sx *name, arg_vec *v)
{
	struct aisp_slice s = name && (name->kind == SX_NAME || name->kind == SX_ATTR) ? name->s : aisp_slice_z("");
	struct sx *x;

	if (aisp_slice_eqz(s, "vec")) {
		sx_vec items = {0};

		for (size_t i = 0; i < v->n; i++)
			aisp_source__sxs_add(L, &items, v->v[i].value);
		x = aisp_source__sx_kids(L, SX_LIST, k.node, items.v, items.n);
		aisp_vec_done(&items);
		return x;
	}
	if (aisp_slice_eqz(s, "format") && v->n && v->v[0].value->kind == SX_STR)
		return format(L, k, v);
	x = aisp_source__sx_new(L, SX_CALL, k.node);
	if (!x)
		return NULL;
	if (name->kind == SX_NAME && (aisp_slice_eqz(s, "env") || aisp_slice_eqz(s, "option_env")))
		name->s = AISP_S("env!");
	x->a = name;
	x->args = aisp_source__args_take(L, v, &x->n);
	return x;
}

struct sx *aisp_source__shape_macro(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct sx *x = NULL, *name = NULL;
	struct kid c;
	arg_vec v = {0};

	if (aisp_source__kid_field(L, ks, F_name, &c))
		name = aisp_source__shape_expr(L, c);
	if (name && aisp_source__shape_kid(L, ks, S_ARGS, &c))
		macro_args(L, c, &v);
	aisp_source__kids_done(L, ks);
	if (name)
		x = macro_value(L, k, name, &v);
	aisp_vec_done(&v);
	return x;
}
