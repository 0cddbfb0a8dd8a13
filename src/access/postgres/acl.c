/* See acl.h. Pure text; the text may come from a hostile capture. */
#include "access/postgres/acl.h"

const struct aisp_pg_class_row aisp_pg_classes[AISP_PG_CLASS_END] = {
#define X(sym, keyword, all, to_public) [AISP_PG_CLASS_##sym] = {keyword, all, to_public},
	AISP_PG_CLASSES(X)
#undef X
};

const struct aisp_pg_priv_row aisp_pg_privs[AISP_PG_PRIV_COUNT] = {
#define X(sym, letter, word) [AISP_PG__##sym##_BIT] = {letter, word},
	AISP_PG_PRIVILEGES(X)
#undef X
};

unsigned aisp_pg_priv_find(struct aisp_slice word)
{
	for (unsigned i = 0; i < AISP_PG_PRIV_COUNT; i++)
		if (aisp_slice_eqi(word, aisp_slice_z(aisp_pg_privs[i].word)))
			return 1u << i;
	return 0;
}

void aisp_pg_put_privs(unsigned privs, struct aisp_slice columns, const char *separator, struct aisp_buf *out)
{
	/* SELECT first: the order people write */
	static const unsigned char order[AISP_PG_PRIV_COUNT] = {1, 0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};
	bool first = true;
	for (unsigned i = 0; i < AISP_PG_PRIV_COUNT; i++) {
		if (!(privs & 1u << order[i]))
			continue;
		if (!first)
			aisp_buf_putz(out, separator);
		first = false;
		aisp_buf_putz(out, aisp_pg_privs[order[i]].word);
		if (columns.n) {
			aisp_buf_putz(out, " (");
			aisp_buf_put(out, columns);
			aisp_buf_putc(out, ')');
		}
	}
}

void aisp_pg_put_ident(struct aisp_slice name, struct aisp_buf *out)
{
	bool plain = name.n > 0 && ((name.p[0] >= 'a' && name.p[0] <= 'z') || name.p[0] == '_');
	for (size_t i = 0; plain && i < name.n; i++) {
		char c = name.p[i];
		plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
	}
	if (plain) {
		aisp_buf_put(out, name);
		return;
	}
	aisp_buf_putc(out, '"');
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == '"')
			aisp_buf_putc(out, '"');
		aisp_buf_putc(out, name.p[i]);
	}
	aisp_buf_putc(out, '"');
}

/* The inside of a quoted element; *rest begins behind the opening quote. */
static bool quoted(struct aisp_slice *rest, struct aisp_buf *out)
{
	for (size_t i = 0; i < rest->n; i++) {
		char c = rest->p[i];
		if (c == '"') {
			*rest = aisp_slice_from(*rest, i + 1);
			return true;
		}
		if (c == '\\') {
			if (++i >= rest->n)
				return false;
			c = rest->p[i];
		}
		aisp_buf_putc(out, c);
	}
	return false;
}

bool aisp_pg_array_next(struct aisp_slice *rest, struct aisp_buf *out, bool *ret_null, bool *ret_bad)
{
	aisp_buf_clear(out);
	*ret_null = false;
	*ret_bad = false;
	if (rest->n == 0)
		return false;
	if (rest->p[0] == '"') {
		*rest = aisp_slice_from(*rest, 1);
		*ret_bad = !quoted(rest, out);
	} else {
		size_t n = 0;
		while (n < rest->n && rest->p[n] != ',')
			n++;
		struct aisp_slice item = aisp_slice_to(*rest, n);
		*ret_null = aisp_slice_eqz(item, "NULL");
		*ret_bad = n == 0 || memchr(item.p, '{', n) || memchr(item.p, '"', n) || memchr(item.p, '\\', n);
		aisp_buf_put(out, item);
		*rest = aisp_slice_from(*rest, n);
	}
	if (*ret_bad)
		return false;
	if (rest->n == 0)
		return true;
	*ret_bad = rest->p[0] != ',' || rest->n == 1;
	*rest = aisp_slice_from(*rest, 1);
	return !*ret_bad;
}

/* A role name as putid() writes it: bare, or in double quotes with "" for one. Gives its position in `names`. */
static bool take_name(struct aisp_slice *s, struct aisp_buf *names, size_t *ret_at, size_t *ret_n)
{
	size_t at = names->n, i = 0;
	if (s->n && s->p[0] == '"') {
		for (i = 1; i < s->n; i++) {
			if (s->p[i] == '"') {
				if (i + 1 >= s->n || s->p[i + 1] != '"')
					break;
				i++;
			}
			aisp_buf_putc(names, s->p[i]);
		}
		if (i >= s->n)
			return false;
		i++;
	} else {
		while (i < s->n && s->p[i] != '=' && s->p[i] != '/' && s->p[i] != '"')
			aisp_buf_putc(names, s->p[i++]);
	}
	*s = aisp_slice_from(*s, i);
	*ret_at = at;
	*ret_n = names->n - at;
	return true;
}

static unsigned letter_bit(char c)
{
	for (unsigned i = 0; i < AISP_PG_PRIV_COUNT; i++)
		if (aisp_pg_privs[i].letter == c)
			return 1u << i;
	return 0;
}

/* grantee=letters/grantor, a star behind a letter is its grant option. */
static bool read_item(struct aisp_slice s, struct aisp_buf *names, struct aisp_pg_aclitem_text *ret)
{
	size_t grantee_at, grantee_n, grantor_at, grantor_n;
	if (!take_name(&s, names, &grantee_at, &grantee_n) || s.n == 0 || s.p[0] != '=')
		return false;
	unsigned privs = 0;
	size_t i = 1;
	for (; i < s.n && s.p[i] != '/'; i++) {
		unsigned bit = letter_bit(s.p[i]);
		if (bit == 0)
			continue; /* a privilege of a later version */
		privs |= bit;
		if (i + 1 < s.n && s.p[i + 1] == '*') {
			privs |= bit << AISP_PG_GOPT_SHIFT;
			i++;
		}
	}
	if (i >= s.n)
		return false;
	s = aisp_slice_from(s, i + 1);
	if (!take_name(&s, names, &grantor_at, &grantor_n) || s.n != 0 || grantor_n == 0 || names->bad != AISP_OK)
		return false;
	ret->grantee = aisp_slice_of(grantee_n ? names->p + grantee_at : "", grantee_n);
	ret->grantor = aisp_slice_of(names->p + grantor_at, grantor_n);
	ret->privs = privs;
	return true;
}

int aisp_pg_acl_read(struct aisp_slice text, struct aisp_buf *scratch,
		     int (*f)(void *ctx, const struct aisp_pg_aclitem_text *item, struct aisp_err *err), void *ctx,
		     struct aisp_err *err)
{
	if (text.n < 2 || text.p[0] != '{' || text.p[text.n - 1] != '}')
		return aisp_fail(err, AISP_E_PARSE, "an access control list is not of the form {…}");
	struct aisp_slice rest = aisp_slice_of(text.p + 1, text.n - 2);
	AISP_AUTOBUF struct aisp_buf element = {0};
	aisp_buf_init(&element, 1u << 16);
	bool is_null = false, bad = false;
	while (aisp_pg_array_next(&rest, &element, &is_null, &bad)) {
		struct aisp_pg_aclitem_text item;
		aisp_buf_clear(scratch);
		if (element.bad != AISP_OK)
			return aisp_buf_check(&element, err);
		if (is_null || !read_item(aisp_buf_slice(&element), scratch, &item))
			return scratch->bad != AISP_OK
				       ? aisp_buf_check(scratch, err)
				       : aisp_fail(err, AISP_E_PARSE,
						   "an access control item is not of the form who=letters/grantor");
		int r = f(ctx, &item, err);
		if (r < 0)
			return r;
	}
	if (element.bad != AISP_OK)
		return aisp_buf_check(&element, err);
	return bad ? aisp_fail(err, AISP_E_PARSE, "an access control list is cut or badly quoted") : AISP_OK;
}
