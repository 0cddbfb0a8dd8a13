/* Expressions of the languages lowered by tables (lower_shape.h). */
#include "scan/source/lower_shape.h"

const struct shape_field_name aisp_source__shape_fields[] = {
	{"name", F_name},           {"field", F_name},           {"method", F_name},      {"macro", F_name},
	{"object", F_object},       {"operand", F_object},       {"expression", F_object}, {"path", F_object},
	{"scope", F_object},        {"package", F_object},       {"qualifier", F_object}, {"receiver", F_object},
	{"function", F_callee},     {"arguments", F_arguments},  {"left", F_left},        {"right", F_right},
	{"operator", F_operator},   {"type", F_type},            {"value", F_value},      {"default_value", F_value},
	{"body", F_body},           {"parameters", F_parameters}, {"condition", F_condition}, {"consequence", F_then},
	{"alternative", F_else},    {"key", F_key},              {"initializer", F_initializer}, {"pattern", F_pattern},
	{"index", F_index},         {"subscript", F_index},      {"alias", F_alias},      {"superclass", F_bases},
	{"interfaces", F_bases},    {"trait", F_bases},          {"block", F_block},      {"prefix", F_prefix},
	{"attributes", F_marks},    {"list", F_list},            {"declarator", F_declarator}, {"result", F_result},
	{"returns", F_result},      {"return_type", F_result},   {"argument", F_list},    {NULL, 0},
};

bool aisp_source__shape_kid(const struct lower *L, struct kids ks, enum shape_form form, struct kid *ret_kid)
{
	for (size_t i = 0; i < ks.n; i++) {
		if (!kid_at(L, ks, i).named || kid_at(L, ks, i).kind != form)
			continue;
		*ret_kid = kid_at(L, ks, i);
		return true;
	}
	return false;
}

struct sx *aisp_source__shape_attr(struct lower *L, TSNode at, struct sx *of, struct aisp_slice name)
{
	struct sx *x = aisp_source__sx_new(L, SX_ATTR, at);

	if (x) {
		x->a = of;
		x->s = name;
	}
	return x;
}

struct aisp_slice aisp_source__shape_name(struct lower *L, struct kid k)
{
	struct aisp_slice s = aisp_source__node_text(L, k.node);

	if (s.n && (s.p[0] == '$' || s.p[0] == ':'))
		s = aisp_slice_from(s, 1);
	if (k.kind == S_GENERIC || s.n > 200) { /* Name<T> */
		size_t lt = aisp_slice_chr(s, '<');

		s = aisp_slice_to(s, lt == SIZE_MAX ? (s.n > 200 ? 200 : s.n) : lt);
	}
	return s;
}

struct sx *aisp_source__shape_walk(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	sx_vec v = {0};
	struct sx *x = NULL;

	for (size_t i = 0; i < ks.n; i++)
		if (kid_at(L, ks, i).named)
			aisp_source__sxs_add(L, &v, aisp_source__shape_expr(L, kid_at(L, ks, i)));
	aisp_source__kids_done(L, ks);
	if (v.n)
		x = aisp_source__sx_kids(L, SX_UNKNOWN, k.node, v.v, v.n);
	aisp_vec_done(&v);
	return x;
}

/* Some(x), (T) x */
static struct sx *last(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct sx *x = NULL;

	for (size_t i = ks.n; i-- > 0 && !x;)
		if (kid_at(L, ks, i).named)
			x = aisp_source__shape_expr(L, kid_at(L, ks, i));
	aisp_source__kids_done(L, ks);
	return x;
}

/* \OpenAI\Client */
static struct sx *qualified(struct lower *L, struct kid k)
{
	struct aisp_slice rest = aisp_source__shape_path(L, k.node), part;
	struct sx *x = NULL;

	while (rest.n && aisp_slice_split(&rest, '.', &part))
		if (part.n)
			x = x ? aisp_source__shape_attr(L, k.node, x, part) : aisp_source__sx_name(L, k.node, part);
	return x;
}

struct sx *aisp_source__shape_first(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct sx *x = NULL;

	for (size_t i = 0; i < ks.n && !x; i++)
		if (kid_at(L, ks, i).named)
			x = aisp_source__shape_expr(L, kid_at(L, ks, i));
	aisp_source__kids_done(L, ks);
	return x;
}

/* A key's text; Ruby's has its colon. */
static struct aisp_slice key_name(struct lower *L, struct kid k)
{
	struct aisp_slice s = aisp_source__shape_name(L, k);

	if (s.n && s.p[s.n - 1] == ':')
		s.n--;
	return s;
}

/* S_ARG: value, name: value, and C#'s [Attribute(Name = value)]. */
static struct sx_arg one_arg(struct lower *L, struct kids ks)
{
	struct sx_arg arg = {0};
	struct kid name, val;

	if (ks.n == 1 && kid_at(L, ks, 0).kind == S_ASSIGN) {
		struct kids in = aisp_source__kids_of(L, kid_at(L, ks, 0).node);

		if (aisp_source__kid_field(L, in, F_left, &name) && aisp_source__kid_field(L, in, F_right, &val)) {
			arg.name = aisp_source__shape_name(L, name);
			arg.value = aisp_source__shape_expr(L, val);
		}
		aisp_source__kids_done(L, in);
		return arg;
	}
	if (aisp_source__kid_field(L, ks, F_name, &name) && ks.n > 1)
		arg.name = aisp_source__shape_name(L, name);
	for (size_t i = 0; i < ks.n && !arg.value; i++)
		if (kid_at(L, ks, i).named && kid_at(L, ks, i).field != F_name)
			arg.value = aisp_source__shape_expr(L, kid_at(L, ks, i));
	if (!arg.value && ks.n == 1)
		arg.value = aisp_source__shape_expr(L, kid_at(L, ks, 0));
	return arg;
}

/* One thing among arguments or elements. */
static void add_arg(struct lower *L, struct kid c, arg_vec *v)
{
	struct kids ks = aisp_source__kids_of(L, c.node);
	struct sx_arg arg = {0};
	struct kid name, val;

	if (c.kind == S_PAIR && aisp_source__kid_field(L, ks, F_key, &name)) { /* name: value, name = value */
		arg.name = name.kind == S_STR ? aisp_slice_z("") : key_name(L, name);
		arg.value = aisp_source__kid_field(L, ks, F_value, &val) ? aisp_source__shape_expr(L, val)
		                                                        : aisp_source__sx_name(L, c.node, arg.name);
	} else if (c.kind == S_ARG) {
		arg = one_arg(L, ks);
	} else {
		arg.value = aisp_source__shape_expr(L, c);
	}
	aisp_source__kids_done(L, ks);
	if (!arg.value)
		arg.value = aisp_source__sx_new(L, SX_UNKNOWN, c.node);
	if (arg.value && arg.value->kind == SX_SPREAD) {
		arg.value = arg.value->a;
		arg.spread = true;
	}
	aisp_source__args_add(L, v, arg);
}

void aisp_source__shape_args(struct lower *L, struct kid k, arg_vec *v)
{
	struct kids ks = aisp_source__kids_of(L, k.node);

	for (size_t i = 0; i < ks.n; i++)
		if (kid_at(L, ks, i).named && kid_at(L, ks, i).kind != S_SKIP)
			add_arg(L, kid_at(L, ks, i), v);
	aisp_source__kids_done(L, ks);
}

static void types_in(struct lower *L, struct kid k, arg_vec *v)
{
	struct kids ks = aisp_source__kids_of(L, k.node);

	for (size_t i = 0; i < ks.n; i++)
		if (kid_at(L, ks, i).named)
			aisp_source__args_add(L, v, (struct sx_arg){.name = AISP_S("type"), .value = aisp_source__shape_expr(L, kid_at(L, ks, i))});
	aisp_source__kids_done(L, ks);
}

/* f<T>(…): what T names is an argument "type". */
static void type_args(struct lower *L, struct kid k, arg_vec *v, unsigned depth)
{
	struct kids ks = aisp_source__kids_of(L, k.node);

	for (size_t i = 0; i < ks.n && depth < 3; i++) {
		struct kid c = kid_at(L, ks, i);

		if (c.kind == S_GENERIC)
			type_args(L, c, v, depth + 1);
		else if (c.kind == S_EXPRS)
			types_in(L, c, v);
	}
	aisp_source__kids_done(L, ks);
}

/* A call on the answer of a call continues a chain. */
static void chain(struct sx *x)
{
	struct sx *of = x->a && x->a->kind == SX_ATTR ? x->a->a : NULL;

	while (of && of->kind == SX_ATTR)
		of = of->a;
	if (of && of->kind == SX_CALL && !of->outer)
		of->outer = x;
}

/* obj.name: from the fields, else from the first and the last child. */
static struct sx *attr(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct kid o, n;
	struct sx *x = NULL;
	bool has_o = aisp_source__kid_field(L, ks, F_object, &o) || aisp_source__kid_field(L, ks, F_value, &o);
	bool has_n = aisp_source__kid_field(L, ks, F_name, &n);

	for (size_t i = 0; i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i);

		if (!c.named || c.field == F_name)
			continue;
		if (!has_o)
			o = c;
		has_o = true;
		if (!aisp_source__kid_field(L, ks, F_name, &n))
			n = c;
		has_n = true;
	}
	if (has_n && has_o && aisp_slice_eqz(aisp_source__node_text(L, n.node), "class")) { /* Foo::class is Foo */
		x = aisp_source__shape_expr(L, o);
		aisp_source__kids_done(L, ks);
		return x;
	}
	if (has_o && has_n && !ts_node_eq(o.node, n.node)) {
		struct sx *of = aisp_source__shape_expr(L, o);

		x = of ? aisp_source__shape_attr(L, k.node, of, aisp_source__shape_name(L, n)) : aisp_source__sx_name(L, k.node, aisp_source__shape_name(L, n));
	} else if (has_n) {
		x = aisp_source__sx_name(L, k.node, aisp_source__shape_name(L, n));
	}
	aisp_source__kids_done(L, ks);
	return x;
}

static struct sx *callee(struct lower *L, struct kid k, struct kids ks, arg_vec *v)
{
	struct kid f, o, n;
	struct sx *of;

	if (aisp_source__kid_field(L, ks, F_callee, &f)) {
		type_args(L, f, v, f.kind == S_GENERIC ? 2 : 0);
		if (f.kind == S_GENERIC)
			return aisp_source__sx_name(L, f.node, aisp_source__shape_name(L, f));
		return aisp_source__shape_expr(L, f);
	}
	if (!aisp_source__kid_field(L, ks, F_name, &n))
		return aisp_source__kid_field(L, ks, F_object, &o) ? aisp_source__shape_attr(L, k.node, aisp_source__shape_expr(L, o), AISP_S("call")) : NULL;
	if (!aisp_source__kid_field(L, ks, F_object, &o)) {
		of = aisp_source__sx_name(L, n.node, aisp_source__shape_name(L, n));
		if (of)
			of->hole = true; /* the name of what is called, not of its answer */
		return of;
	}
	of = aisp_source__shape_expr(L, o);
	return of ? aisp_source__shape_attr(L, n.node, of, aisp_source__shape_name(L, n)) : NULL;
}

/* Ruby: X.new(…) makes an X; require and the like are imports, which the skim and the names themselves say. */
static void ruby_new(struct lower *L, struct sx *x)
{
	if (L->m->lang != AISP_SOURCE_RUBY || !x->a || x->a->kind != SX_ATTR || !aisp_slice_eqz(x->a->s, "new") || !x->a->a)
		return;
	x->a = x->a->a;
	x->is_new = true;
}

/* Ruby: require "x". */
static void ruby_require(struct lower *L, const struct sx *x)
{
	if (L->m->lang == AISP_SOURCE_RUBY && x->a && x->a->kind == SX_NAME && aisp_slice_starts(x->a->s, AISP_S("require")) && x->n == 1 &&
	    x->args[0].value->kind == SX_STR)
		aisp_source__mention(L, x->args[0].value->s, aisp_slice_z(""), x->line);
}

static struct sx *call(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct sx *x = aisp_source__sx_new(L, SX_CALL, k.node);
	arg_vec v = {0}, types = {0};
	struct kid as;

	if (x) {
		x->a = callee(L, k, ks, &types);
		ruby_new(L, x);
		if (aisp_source__kid_field(L, ks, F_arguments, &as) || aisp_source__shape_kid(L, ks, S_ARGS, &as))
			aisp_source__shape_args(L, as, &v);
		for (size_t i = 0; i < types.n; i++)
			aisp_source__args_add(L, &v, types.v[i]);
		if (aisp_source__kid_field(L, ks, F_block, &as))
			aisp_source__args_add(L, &v, (struct sx_arg){.value = aisp_source__shape_lambda(L, as)});
		chain(x);
	}
	aisp_vec_done(&types);
	aisp_source__kids_done(L, ks);
	if (x)
		x->args = aisp_source__args_take(L, &v, &x->n);
	else
		aisp_vec_done(&v);
	if (x)
		ruby_require(L, x);
	return x;
}

static bool has_key(const struct lower *L, struct kids ks, struct kid *ret_key)
{
	return aisp_source__kid_field(L, ks, F_key, ret_key) || aisp_source__kid_field(L, ks, F_left, ret_key) ||
	       aisp_source__kid_field(L, ks, F_name, ret_key);
}

/* The name or text inside Go's literal_element and C#'s ["key"]. */
static struct kid inner_key(struct lower *L, struct kid key)
{
	for (unsigned depth = 0; key.kind != S_NAME && key.kind != S_STR && key.kind != S_SYMBOL && depth < 3; depth++) {
		struct kids in = aisp_source__kids_of(L, key.node);
		size_t i = 0;

		while (i < in.n && !kid_at(L, in, i).named)
			i++;
		if (i < in.n)
			key = kid_at(L, in, i);
		aisp_source__kids_done(L, in);
		if (i == in.n)
			break;
	}
	return key;
}

/* key: value of a literal or an initializer, whichever way it is written. */
static void member(struct lower *L, struct kid c, arg_vec *v)
{
	struct kids ks = aisp_source__kids_of(L, c.node);
	struct kid key, val;
	struct sx_arg arg = {0};
	struct sx *kx;

	if (has_key(L, ks, &key) && (aisp_source__kid_field(L, ks, F_value, &val) || aisp_source__kid_field(L, ks, F_right, &val))) {
		key = inner_key(L, key);
		kx = key.kind == S_STR || key.kind == S_RAW ? aisp_source__shape_expr(L, key) : NULL;
		arg.name = kx ? (kx->kind == SX_STR ? kx->s : aisp_slice_z("")) : key_name(L, key);
		arg.value = aisp_source__shape_expr(L, val);
	} else if (c.kind == S_PAIR && aisp_source__kid_field(L, ks, F_key, &key)) { /* {name:} */
		arg.name = aisp_source__shape_name(L, key);
		arg.value = aisp_source__sx_name(L, c.node, arg.name);
	} else if (c.kind == S_PAIR && ks.n == 1) { /* Rust: the shorthand of a field */
		arg.name = aisp_source__shape_name(L, kid_at(L, ks, 0));
		arg.value = aisp_source__sx_name(L, c.node, arg.name);
	} else {
		arg.value = aisp_source__shape_expr(L, c);
		arg.spread = arg.value && arg.value->kind == SX_SPREAD;
		if (arg.spread)
			arg.value = arg.value->a;
	}
	aisp_source__kids_done(L, ks);
	aisp_source__args_add(L, v, arg);
}

/* The members of {…}: a dict when any is named, else a list. */
static struct sx *members(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct sx *x = aisp_source__sx_new(L, SX_DICT, k.node);
	arg_vec v = {0};
	sx_vec list = {0};
	bool named = false;

	for (size_t i = 0; i < ks.n; i++)
		if (kid_at(L, ks, i).named)
			member(L, kid_at(L, ks, i), &v);
	aisp_source__kids_done(L, ks);
	for (size_t i = 0; i < v.n; i++)
		named |= v.v[i].name.n > 0;
	if (named && x) {
		x->args = aisp_source__args_take(L, &v, &x->n);
		return x;
	}
	for (size_t i = 0; i < v.n; i++)
		aisp_source__sxs_add(L, &list, v.v[i].value);
	x = aisp_source__sx_kids(L, SX_LIST, k.node, list.v, list.n);
	aisp_vec_done(&list);
	aisp_vec_done(&v);
	return x;
}

/* The type written at an object; false when none is. A list's or map's type gives no expression. */
static bool object_type(struct lower *L, struct kid k, struct kids ks, struct sx **ret_type)
{
	struct kid t;
	bool has = aisp_source__kid_field(L, ks, F_type, &t) || (k.kind == S_LITERAL && aisp_source__kid_field(L, ks, F_name, &t));

	for (size_t i = 0; !has && i < ks.n; i++) { /* PHP: new Name(…) */
		t = kid_at(L, ks, i);
		has = t.named && t.kind != S_ARGS && t.kind != S_BODY;
	}
	*ret_type = has ? aisp_source__shape_expr(L, t) : NULL;
	if (*ret_type && (*ret_type)->kind == SX_INDEX)
		*ret_type = (*ret_type)->a;
	return has;
}

/* An object of a class, not a list or a map. */
static bool is_object(struct kid k, bool has_type, const struct sx *type, const struct sx *in)
{
	if (!type)
		return !has_type && k.kind != S_LITERAL && !in; /* C#: new(…) */
	return (type->kind == SX_NAME || type->kind == SX_ATTR) && !(in && in->kind == SX_LIST && in->n && k.kind == S_LITERAL);
}

/* T{field: value} and new T(…) {Field = value}. A list or map type gives a list or dict. */
static struct sx *object(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct kid as, body;
	struct sx *x = NULL, *type = NULL, *in = NULL;
	bool has_type;
	arg_vec v = {0};

	if (aisp_source__kid_field(L, ks, F_initializer, &body) || aisp_source__shape_kid(L, ks, S_BODY, &body) ||
	    (k.kind == S_LITERAL && aisp_source__kid_field(L, ks, F_body, &body)))
		in = members(L, body);
	has_type = object_type(L, k, ks, &type);
	if (!is_object(k, has_type, type, in)) {
		aisp_source__kids_done(L, ks);
		return in ? in : aisp_source__sx_new(L, SX_UNKNOWN, k.node);
	}
	x = aisp_source__sx_new(L, SX_CALL, k.node);
	if (x) {
		x->a = type;
		x->is_new = true;
		x->literal = k.kind == S_LITERAL || in;
		if (aisp_source__kid_field(L, ks, F_arguments, &as) || aisp_source__shape_kid(L, ks, S_ARGS, &as))
			aisp_source__shape_args(L, as, &v);
	}
	for (uint32_t i = 0; x && in && i < in->n; i++)
		aisp_source__args_add(L, &v, in->kind == SX_DICT ? in->args[i] : (struct sx_arg){.value = in->kids[i]});
	aisp_source__kids_done(L, ks);
	if (x)
		x->args = aisp_source__args_take(L, &v, &x->n);
	else
		aisp_vec_done(&v);
	return x;
}

static struct sx *index_of(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct sx *x = aisp_source__sx_new(L, SX_INDEX, k.node);
	struct kid o, i;
	bool has = aisp_source__kid_field(L, ks, F_object, &o), at = aisp_source__kid_field(L, ks, F_index, &i);

	for (size_t j = 0; j < ks.n; j++) {
		struct kid c = kid_at(L, ks, j);

		if (!c.named || (has && ts_node_eq(c.node, o.node)))
			continue;
		if (!has) {
			o = c;
			has = true;
		} else if (!at) {
			i = c;
			at = true;
		}
	}
	if (x && has) {
		x->a = aisp_source__shape_expr(L, o);
		x->kids = at ? aisp_source__lower_alloc(L, sizeof *x->kids) : NULL;
		if (x->kids) {
			x->kids[0] = i.kind == S_ARGS ? aisp_source__shape_first(L, i) : aisp_source__shape_expr(L, i);
			x->n = x->kids[0] != NULL;
		}
	}
	aisp_source__kids_done(L, ks);
	return x;
}

/* Name<T>: a type with the types inside it. */
static struct sx *generic(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct sx *x = aisp_source__sx_new(L, SX_INDEX, k.node);
	sx_vec v = {0};

	for (size_t i = 0; x && i < ks.n; i++) {
		struct kid c = kid_at(L, ks, i);

		if (!c.named)
			continue;
		if (!x->a && c.kind != S_EXPRS) {
			x->a = aisp_source__shape_expr(L, c);
		} else if (c.kind == S_EXPRS) {
			struct kids in = aisp_source__kids_of(L, c.node);

			for (size_t j = 0; j < in.n; j++)
				if (kid_at(L, in, j).named)
					aisp_source__sxs_add(L, &v, aisp_source__shape_expr(L, kid_at(L, in, j)));
			aisp_source__kids_done(L, in);
		}
	}
	aisp_source__kids_done(L, ks);
	if (x)
		x->kids = aisp_source__sxs_take(L, &v, &x->n);
	else
		aisp_vec_done(&v);
	return x && x->n ? x : x ? x->a : NULL;
}

static struct sx *binary(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct kid l, r, op;
	struct sx *x = NULL;

	if (aisp_source__kid_field(L, ks, F_left, &l) && aisp_source__kid_field(L, ks, F_right, &r)) {
		struct aisp_slice o = aisp_source__kid_field(L, ks, F_operator, &op) ? aisp_source__node_text(L, op.node) : aisp_slice_z("");
		struct sx *two[2] = {aisp_source__shape_expr(L, l), aisp_source__shape_expr(L, r)};
		bool either = aisp_slice_eqz(o, "||") || aisp_slice_eqz(o, "??") || aisp_slice_eqz(o, "or") || aisp_slice_eqz(o, "?:");
		bool joins = aisp_slice_eqz(o, "+") || (aisp_slice_eqz(o, ".") && L->m->lang == AISP_SOURCE_PHP);

		if (two[0] && two[1])
			x = aisp_source__sx_kids(L, either ? SX_OR : joins ? SX_CONCAT : SX_UNKNOWN, k.node, two, 2);
		else
			x = two[0] ? two[0] : two[1];
		aisp_source__kids_done(L, ks);
		return x;
	}
	aisp_source__kids_done(L, ks);
	return aisp_source__shape_walk(L, k);
}

/* a ? b : c; PHP's a ?: c. */
static struct sx *ternary(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct kid c, a, b;
	struct sx *x = NULL, *two[2];

	if (aisp_source__kid_field(L, ks, F_condition, &c) && aisp_source__kid_field(L, ks, F_else, &b)) {
		bool both = aisp_source__kid_field(L, ks, F_then, &a) || aisp_source__kid_field(L, ks, F_body, &a);

		two[0] = aisp_source__shape_expr(L, both ? a : c);
		two[1] = aisp_source__shape_expr(L, b);
		if (both && L->scope)
			aisp_source__root_add(L, &L->scope->roots_tail, aisp_source__shape_expr(L, c));
		if (two[0] && two[1])
			x = aisp_source__sx_kids(L, both ? SX_COND : SX_OR, k.node, two, 2);
	}
	aisp_source__kids_done(L, ks);
	return x;
}

static struct sx *list(struct lower *L, struct kid k)
{
	struct sx *x = aisp_source__shape_walk(L, k);

	if (!x)
		return aisp_source__sx_kids(L, SX_LIST, k.node, NULL, 0);
	x->kind = SX_LIST;
	return x;
}

/* PHP: ['a' => x] and ['a', 'b'] are written the same way. */
static struct sx *array(struct lower *L, struct kid k)
{
	struct kids ks = aisp_source__kids_of(L, k.node);
	struct sx *x = aisp_source__sx_new(L, SX_DICT, k.node);
	arg_vec v = {0};
	sx_vec items = {0};
	bool keys = false;

	for (size_t i = 0; i < ks.n; i++) {
		struct kids in = aisp_source__kids_of(L, kid_at(L, ks, i).node);
		struct kid e[2];
		struct sx_arg arg = {0};
		size_t n = 0;

		for (size_t j = 0; j < in.n; j++)
			if (kid_at(L, in, j).named && n < 2)
				e[n++] = kid_at(L, in, j);
		aisp_source__kids_done(L, in);
		if (!kid_at(L, ks, i).named || n == 0)
			continue;
		if (n == 2) {
			struct sx *key = aisp_source__shape_expr(L, e[0]);

			keys = true;
			arg.name = key && key->kind == SX_STR ? key->s : aisp_slice_z("");
			arg.computed = !arg.name.n;
		}
		arg.value = aisp_source__shape_expr(L, e[n - 1]);
		aisp_source__args_add(L, &v, arg);
		aisp_source__sxs_add(L, &items, arg.value);
	}
	aisp_source__kids_done(L, ks);
	if (keys && x) {
		x->args = aisp_source__args_take(L, &v, &x->n);
	} else {
		x = aisp_source__sx_kids(L, SX_LIST, k.node, items.v, items.n);
		aisp_vec_done(&v);
	}
	aisp_vec_done(&items);
	return x;
}

static struct sx *leaf(struct lower *L, struct kid k)
{
	struct sx *x;

	switch (k.kind) {
	case S_NUM:
		x = aisp_source__sx_new(L, SX_NUM, k.node);
		if (x)
			x->s = aisp_source__node_text(L, k.node);
		return x;
	case S_TRUE:
	case S_FALSE:
		x = aisp_source__sx_new(L, SX_BOOL, k.node);
		if (x)
			x->n = k.kind == S_TRUE;
		return x;
	case S_NULL:
		return aisp_source__sx_new(L, SX_NULL, k.node);
	case S_THIS:
		return aisp_source__sx_name(L, k.node, AISP_S("this"));
	case S_MEMBER_NAME:
		return aisp_source__shape_attr(L, k.node, aisp_source__sx_name(L, k.node, AISP_S("this")), aisp_source__shape_name(L, k));
	default:
		return aisp_source__sx_name(L, k.node, aisp_source__shape_name(L, k));
	}
}

static struct sx *spread(struct lower *L, struct kid k)
{
	struct sx *in = aisp_source__shape_first(L, k), *x = in ? aisp_source__sx_new(L, SX_SPREAD, k.node) : NULL;

	if (x)
		x->a = in;
	return x;
}

static struct sx *text_form(struct lower *L, struct kid k)
{
	struct sx *x, *s;

	if (k.kind == S_MACRO)
		return aisp_source__shape_macro(L, k);
	if (k.kind != S_SHELL)
		return aisp_source__shape_string(L, k);
	x = aisp_source__sx_new(L, SX_CALL, k.node); /* `ls` */
	s = aisp_source__shape_string(L, k);
	if (!x || !s)
		return x;
	x->a = aisp_source__sx_name(L, k.node, AISP_S("`"));
	x->args = aisp_source__lower_alloc(L, sizeof *x->args);
	if (x->args) {
		x->args[0].value = s;
		x->n = 1;
	}
	return x;
}

static struct sx *expr_in(struct lower *L, struct kid k)
{
	switch ((enum shape_form)k.kind) {
	case S_SKIP:
	case S_WORD:
	case S_PIECE:
		return NULL;
	case S_PASS:
	case S_ARG:
	case S_HOLE:
		return aisp_source__shape_first(L, k);
	case S_LAST:
		return last(L, k);
	case S_QUAL:
		return qualified(L, k);
	case S_NAME:
	case S_THIS:
	case S_MEMBER_NAME:
	case S_NUM:
	case S_TRUE:
	case S_FALSE:
	case S_NULL:
		return leaf(L, k);
	case S_STR:
	case S_RAW:
	case S_SYMBOL:
	case S_SHELL:
	case S_HEREDOC:
	case S_HEREDOC_BODY:
	case S_MACRO:
		return text_form(L, k);
	case S_CALL:
		return call(L, k);
	case S_NEW:
	case S_LITERAL:
		return object(L, k);
	case S_ATTR:
		return attr(L, k);
	case S_INDEX:
		return index_of(L, k);
	case S_GENERIC:
		return generic(L, k);
	case S_BINARY:
		return binary(L, k);
	case S_COND:
		return ternary(L, k);
	case S_ASSIGN:
		return aisp_source__shape_assignment(L, k);
	case S_LIST:
		return list(L, k);
	case S_DICT:
	case S_BODY:
		return members(L, k);
	case S_ARRAY:
		return array(L, k);
	case S_SPREAD:
		return spread(L, k);
	case S_LAMBDA:
		return aisp_source__shape_lambda(L, k);
	case S_WALK:
	case S_PAIR:
	case S_ARGS:
	case S_EXPRS:
		return aisp_source__shape_walk(L, k);
	default:
		return aisp_source__shape_stmt(L, k);
	}
}

struct sx *aisp_source__shape_expr(struct lower *L, struct kid k)
{
	struct sx *x;

	if (!aisp_source__lower_enter(L))
		return aisp_source__sx_new(L, SX_UNKNOWN, k.node);
	x = expr_in(L, k);
	L->depth--;
	return x;
}
