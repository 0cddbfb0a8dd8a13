/* Looking into documents and ARNs. See facts_int.h. */
#include "collect/aws/facts_int.h"
#include "base/hash.h"

static char fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool aisp_awsf__same_key(struct aisp_slice a, struct aisp_slice b)
{
	size_t i = 0, k = 0;

	for (;;) {
		while (i < a.n && (a.p[i] == '_' || a.p[i] == '-'))
			i++;
		while (k < b.n && (b.p[k] == '_' || b.p[k] == '-'))
			k++;
		if (i >= a.n || k >= b.n)
			return i >= a.n && k >= b.n;
		if (fold(a.p[i++]) != fold(b.p[k++]))
			return false;
	}
}

/* A member as it is spelt, else but for case and underscores. */
static const struct aisp_doc *member(const struct aisp_doc *d, struct aisp_slice key)
{
	if (!d || d->type != AISP_DOC_OBJ)
		return NULL;
	for (uint32_t i = 0; i < d->n; i++)
		if (aisp_slice_eq(d->members[i].key, key))
			return &d->members[i].value;
	for (uint32_t i = 0; i < d->n; i++)
		if (aisp_awsf__same_key(d->members[i].key, key))
			return &d->members[i].value;
	return NULL;
}

static const struct aisp_doc *path(const struct aisp_doc *d, struct aisp_slice dotted)
{
	struct aisp_slice part;

	while (d && dotted.p && aisp_slice_split(&dotted, '.', &part)) {
		if (d->type == AISP_DOC_ARR)
			d = aisp_doc_at(d, 0);
		d = member(d, part);
	}
	return d;
}

const struct aisp_doc *aisp_awsf__get(const struct aisp_doc *d, const char *names)
{
	struct aisp_slice rest = aisp_slice_z(names), one;

	if (!d || !names || !names[0])
		return NULL;
	while (rest.p && aisp_slice_split(&rest, '|', &one)) {
		const struct aisp_doc *v = path(d, one);
		if (v && v->type != AISP_DOC_NULL)
			return v;
	}
	return NULL;
}

struct aisp_slice aisp_awsf__str(const struct aisp_doc *d, const char *names)
{
	struct aisp_slice rest = aisp_slice_z(names), one, s = {0};

	if (!d || !names || !names[0])
		return s;
	while (rest.p && !s.n && aisp_slice_split(&rest, '|', &one))
		s = aisp_doc_str(path(d, one));
	return s;
}

struct aisp_slice aisp_awsf__text(struct aisp_awsf__item *it, const char *names)
{
	const struct aisp_doc *v = aisp_awsf__get(it->d, names);

	if (v && v->type == AISP_DOC_INT)
		return aisp_emit_fmt(&it->f->e, "%lld", (long long)v->i);
	return aisp_doc_str(v);
}

bool aisp_awsf__is(const struct aisp_doc *d, const char *names, const char *value)
{
	return aisp_slice_eqi(aisp_awsf__str(d, names), aisp_slice_z(value));
}

struct aisp_slice aisp_awsf__str_or_about(const struct aisp_awsf__item *it, const char *names)
{
	struct aisp_slice s = aisp_awsf__str(it->d, names);

	return s.n ? s : aisp_awsf__str(it->about, names);
}

uint32_t aisp_awsf__list_n(const struct aisp_awsf__item *it, const char *name)
{
	const struct aisp_doc *v = aisp_awsf__get(it->d, name);

	return v && v->type == AISP_DOC_ARR ? v->n : v && v->type == AISP_DOC_OBJ ? 1 : 0;
}

struct aisp_awsf__item aisp_awsf__list_at(const struct aisp_awsf__item *it, const char *name, uint32_t i)
{
	const struct aisp_doc *v = aisp_awsf__get(it->d, name);
	char first[64];
	size_t n = strcspn(name, "|");

	n = n < sizeof first ? n : sizeof first - 1;
	memcpy(first, name, n);
	first[n] = '\0';
	struct aisp_awsf__item in = aisp_awsf__inner(it, v->type == AISP_DOC_ARR ? &v->items[i] : v, first, i);
	return in;
}

static int digit64(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' : c >= 'a' && c <= 'z' ? c - 'a' + 26 : c >= '0' && c <= '9' ? c - '0' + 52 : c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

struct aisp_slice aisp_awsf__unbase64(struct aisp_aws_facts *f, struct aisp_slice s)
{
	char *p = aisp_arena_alloc(f->arena, s.n / 4 * 3 + 4);
	uint32_t bits = 0;
	unsigned have = 0;
	size_t n = 0;

	if (!p) {
		aisp_emit_fail(&f->e, AISP_E_NOMEM, NULL);
		return (struct aisp_slice){0};
	}
	for (size_t i = 0; i < s.n && s.p[i] != '='; i++) {
		int v = digit64(s.p[i]);
		if (v < 0 && memchr(" \t\r\n", s.p[i], 4))
			continue;
		if (v < 0)
			return (struct aisp_slice){0};
		bits = (bits << 6 | (uint32_t)v) & 0xffffff;
		have += 6;
		if (have >= 8) {
			have -= 8;
			p[n++] = (char)(bits >> have & 0xff);
		}
	}
	return aisp_slice_of(p, n);
}

/* ---- ARNs ---- */

bool aisp_awsf__is_account(struct aisp_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n == 12;
}

bool aisp_awsf__arn_part(struct aisp_slice arn, unsigned part, struct aisp_slice *ret)
{
	if (!aisp_slice_starts(arn, AISP_S("arn:")) || arn.n > 2048)
		return false;
	for (unsigned i = 0; i < part; i++) {
		size_t colon = aisp_slice_chr(arn, ':');
		if (colon == SIZE_MAX)
			return false;
		arn = aisp_slice_from(arn, colon + 1);
	}
	size_t end = part < 5 ? aisp_slice_chr(arn, ':') : arn.n;
	if (end == SIZE_MAX)
		return false;
	*ret = aisp_slice_to(arn, end);
	return true;
}

struct aisp_slice aisp_awsf__arn_account(struct aisp_slice arn)
{
	struct aisp_slice s = {0}, none = {0};

	return aisp_awsf__arn_part(arn, 4, &s) && aisp_awsf__is_account(s) ? s : none;
}

/* Where the template's name begins in the resource part, or SIZE_MAX: "lambda:{r}:{a}:function:{n}" is "function:". */
static struct aisp_slice resource_prefix(const char *form)
{
	struct aisp_slice s = aisp_slice_z(form), part;

	for (unsigned i = 0; i < 3 && s.p; i++)
		aisp_slice_split(&s, ':', &part);
	return aisp_slice_to(s, aisp_slice_find(s, AISP_S("{n}")) == SIZE_MAX ? s.n : aisp_slice_find(s, AISP_S("{n}")));
}

const struct aisp_awsf__type *aisp_awsf__type_of_arn(struct aisp_slice arn)
{
	const struct aisp_awsf__type *best = NULL;
	struct aisp_slice service, resource;
	size_t best_n = 0;

	if (!aisp_awsf__arn_part(arn, 2, &service) || !aisp_awsf__arn_part(arn, 5, &resource))
		return NULL;
	for (size_t i = 0; i < aisp_awsf__type_count; i++) {
		struct aisp_slice form = aisp_slice_z(aisp_awsf__types[i].arn);
		if (!form.n || !aisp_slice_starts(form, service) || form.n <= service.n || form.p[service.n] != ':')
			continue;
		struct aisp_slice prefix = resource_prefix(aisp_awsf__types[i].arn);
		if (aisp_slice_starts(resource, prefix) && (!best || prefix.n > best_n)) {
			best = &aisp_awsf__types[i];
			best_n = prefix.n;
		}
	}
	return best;
}

const struct aisp_awsf__type *aisp_awsf__type_find(struct aisp_slice type)
{
	for (size_t i = 0; i < aisp_awsf__type_count; i++)
		if (aisp_slice_eqz(type, aisp_awsf__types[i].type))
			return &aisp_awsf__types[i];
	return NULL;
}

struct aisp_slice aisp_awsf__arn_make(struct aisp_awsf__item *it, const struct aisp_awsf__type *t, struct aisp_slice name)
{
	struct aisp_slice form = aisp_slice_z(t->arn), none = {0};
	AISP_AUTOBUF struct aisp_buf b = {0};

	if (!t->arn[0] || !name.n || name.n > 1024)
		return none;
	aisp_buf_init(&b, 2048);
	aisp_buf_printf(&b, "arn:%.*s:", AISP_FMT(it->partition));
	while (form.n) {
		struct aisp_slice v = aisp_slice_starts(form, AISP_S("{r}")) ? it->region : aisp_slice_starts(form, AISP_S("{a}")) ? it->account : name;
		if (form.p[0] != '{') {
			aisp_buf_putc(&b, form.p[0]);
			form = aisp_slice_from(form, 1);
			continue;
		}
		if (!v.n) /* an account or region that is not known: no ARN is better than a wrong one */
			return none;
		aisp_buf_put(&b, v);
		form = aisp_slice_from(form, 3);
	}
	if (b.bad == AISP_E_NOMEM)
		aisp_emit_fail(&it->f->e, AISP_E_NOMEM, NULL);
	return b.bad ? none : aisp_emit_dup(&it->f->e, aisp_buf_slice(&b));
}

static struct aisp_key name_key(struct aisp_awsf__item *it, const char *type, struct aisp_slice name)
{
	struct aisp_slice text = aisp_emit_fmt(&it->f->e, "%.*s:%s:%.*s", AISP_FMT(it->account), type, AISP_FMT(name));
	struct aisp_digest d = aisp_digest_of(text.p ? text.p : "", text.n);
	struct aisp_key k;

	memcpy(&k.a, d.b, 8);
	memcpy(&k.b, d.b + 8, 8);
	return k;
}

void aisp_awsf__name_put(struct aisp_awsf__item *it, const char *type, struct aisp_slice name, struct aisp_slice arn)
{
	struct aisp_aws_facts *f = it->f;

	if (!name.n || f->e.bad)
		return;
	if (aisp_vec_push(&f->arns, arn) < 0 || aisp_map_put(&f->names, name_key(it, type, name), (uint32_t)f->arns.n, NULL) < 0)
		aisp_emit_fail(&f->e, AISP_E_NOMEM, NULL);
}

struct aisp_slice aisp_awsf__arn_of(struct aisp_awsf__item *it, const char *type, struct aisp_slice text)
{
	const struct aisp_awsf__type *t = aisp_awsf__type_find(aisp_slice_z(type));

	if (strncmp(type, "iam:", 4) == 0 && it->f->arns.n && !aisp_slice_starts(text, AISP_S("arn:"))) {
		uint32_t i = aisp_map_get(&it->f->names, name_key(it, type, text));
		if (i)
			return it->f->arns.v[i - 1];
	}

	if (aisp_slice_starts(text, AISP_S("arn:")) || !t)
		return text;
	if (text.n && text.p[0] == '/' && strcmp(type, "ssm:parameter") == 0)
		text = aisp_slice_from(text, 1);
	return aisp_awsf__arn_make(it, t, text);
}
