/* A row of a table of CloudTrail events (Athena, CloudTrail Lake) as the JSON record that it was made of, so that one parser reads both. Columns are told by their names in any case; structs and
 * maps are text as Trino writes them, or JSON:
 *
 *   {type=AssumedRole, principalid=AROA…:s, arn=arn:aws:sts::…, sessioncontext={sessionissuer={type=Role, arn=arn:aws:iam::…}}}      [{arn=arn:aws:s3:::b, accountid=…, type=…}]
 *
 * That text has no quotes, so a value that holds ", name=" cannot be told from two members; names of IAM and sessions have no blanks, so an identity is always right.
 * Columns: docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table.html, docs.aws.amazon.com/awscloudtrail/latest/userguide/query-supported-event-schemas.html
 */
#include "base/jw.h"
#include "collect/logs/envelope.h"

enum { DEPTH_MAX = 12, ROW_MAX = 4 << 20 };
enum form { SCALAR, LOGIC, NESTED };
struct column {
	const char *name;
	enum form form;
};
static const struct column columns[] = {
	{"eventID", SCALAR}, {"eventTime", SCALAR}, {"eventSource", SCALAR}, {"eventName", SCALAR}, {"awsRegion", SCALAR}, {"sourceIPAddress", SCALAR}, {"userAgent", SCALAR}, {"errorCode", SCALAR},
	{"errorMessage", SCALAR}, {"eventType", SCALAR}, {"eventVersion", SCALAR}, {"eventCategory", SCALAR}, {"recipientAccountId", SCALAR}, {"managementEvent", LOGIC}, {"readOnly", LOGIC},
	{"userIdentity", NESTED}, {"requestParameters", NESTED}, {"resources", NESTED},
};
/* Parts of userIdentity, alone as columns too (SELECT userIdentity.arn gives a column arn). */
static const char *const identity[] = {"type", "principalId", "arn", "accountId", "accessKeyId", "userName", "invokedBy", "identityProvider", "sessionContext", "sessionIssuer", "attributes",
                                       "onBehalfOf", "userId"};
enum { N_IDENTITY = sizeof identity / sizeof *identity, N_ALONE = 8 };

static struct aisp_slice usual_name(struct aisp_slice key)
{
	for (size_t i = 0; i < N_IDENTITY; i++)
		if (aisp_slice_eqi(key, aisp_slice_z(identity[i])))
			return aisp_slice_z(identity[i]);
	return key;
}

static bool is_null(struct aisp_slice s)
{
	return !s.n || aisp_slice_eqz(s, "null");
}

/* ---- Trino's text ---- */

static bool is_key(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' || c == ':' || c == '/' || c == '@';
}

static void skip_blanks(struct aisp_slice *s)
{
	while (s->n && s->p[0] == ' ')
		*s = aisp_slice_from(*s, 1);
}

/* Does a member begin here: "name="? */
static bool begins_member(struct aisp_slice s)
{
	size_t i = 0;

	while (i < s.n && is_key(s.p[i]))
		i++;
	return i > 0 && i < s.n && s.p[i] == '=';
}

static struct aisp_slice take_scalar(struct aisp_slice *s, bool in_list)
{
	size_t i = 0;

	for (; i < s->n && s->p[i] != '}' && s->p[i] != ']'; i++)
		if (s->p[i] == ',' && i + 1 < s->n && s->p[i + 1] == ' ' && (in_list || begins_member(aisp_slice_from(*s, i + 2))))
			break;
	const struct aisp_slice text = aisp_slice_to(*s, i);
	*s = aisp_slice_from(*s, i);
	return text;
}

static void put_value(struct aisp_jw *w, struct aisp_slice *s, bool in_list, unsigned depth);

static void put_members(struct aisp_jw *w, struct aisp_slice *s, char end, unsigned depth)
{
	const bool list = end == ']';

	*s = aisp_slice_from(*s, 1);
	list ? aisp_jw_arr(w) : aisp_jw_obj(w);
	for (skip_blanks(s); s->n && s->p[0] != end; skip_blanks(s)) {
		if (!list) {
			size_t n = 0;

			while (n < s->n && is_key(s->p[n]))
				n++;
			if (n == s->n || n == 0 || s->p[n] != '=') {
				s->n = 0; /* not this form */
				break;
			}
			aisp_jw_keys(w, usual_name(aisp_slice_to(*s, n)));
			*s = aisp_slice_from(*s, n + 1);
		}
		put_value(w, s, list, depth + 1);
		skip_blanks(s);
		if (!s->n || s->p[0] != ',')
			break;
		*s = aisp_slice_from(*s, 1);
	}
	if (s->n && s->p[0] == end)
		*s = aisp_slice_from(*s, 1);
	else
		s->n = 0;
	aisp_jw_end(w);
}

static void put_value(struct aisp_jw *w, struct aisp_slice *s, bool in_list, unsigned depth)
{
	if (s->n && depth < DEPTH_MAX && (s->p[0] == '{' || s->p[0] == '[')) {
		put_members(w, s, s->p[0] == '{' ? '}' : ']', depth);
		return;
	}
	const struct aisp_slice text = take_scalar(s, in_list);
	is_null(text) ? aisp_jw_null(w) : aisp_jw_str(w, text);
}

static void put_nested(struct aisp_arena *a, struct aisp_jw *w, struct aisp_slice text)
{
	static const struct aisp_doc_limits limits = {.max_bytes = 1 << 20, .max_depth = 64, .max_values = 1 << 16};
	const struct aisp_doc *doc = NULL;

	if (aisp_json_parse(a, text, &limits, &doc, NULL) == 0)
		aisp_jw_doc(w, doc);
	else
		put_value(w, &text, false, 0);
}

/* ---- the row ---- */

static struct aisp_slice value_of(const struct aisp_slice *names, const struct aisp_slice *values, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (aisp_slice_eqi(names[i], aisp_slice_z(name)))
			return is_null(values[i]) ? (struct aisp_slice){0} : values[i];
	return (struct aisp_slice){0};
}

static void put_identity(struct aisp_jw *w, const struct aisp_slice *names, const struct aisp_slice *values, size_t n)
{
	aisp_jw_key(w, "userIdentity");
	aisp_jw_obj(w);
	for (size_t i = 0; i < N_ALONE; i++) {
		char with[48] = "userIdentity.";
		struct aisp_slice v;

		memcpy(with + 13, identity[i], strlen(identity[i]) + 1);
		v = value_of(names, values, n, with);
		if (!v.n)
			v = value_of(names, values, n, identity[i]);
		if (v.n)
			aisp_jw_kstr(w, identity[i], v);
	}
	aisp_jw_end(w);
}

int aisp_log__trail_row(struct aisp_arena *a, const struct aisp_slice *names, const struct aisp_slice *values, size_t n, struct aisp_slice *ret, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf out = {0};
	const struct aisp_slice whole = value_of(names, values, n, "eventJson");
	struct aisp_jw w;

	if (whole.n && whole.p[0] == '{') {
		*ret = whole;
		return 0;
	}
	if (!value_of(names, values, n, "eventName").n || !value_of(names, values, n, "eventSource").n)
		return aisp_fail(err, AISP_E_PARSE, "no row of CloudTrail: eventName or eventSource is missing");
	aisp_buf_init(&out, ROW_MAX);
	aisp_jw_init(&w, &out, false);
	aisp_jw_obj(&w);
	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
		const struct aisp_slice v = value_of(names, values, n, columns[i].name);

		if (!v.n)
			continue;
		aisp_jw_key(&w, columns[i].name);
		if (columns[i].form == NESTED)
			put_nested(a, &w, v);
		else if (columns[i].form == LOGIC)
			aisp_jw_bool(&w, aisp_slice_eqi(v, AISP_S("true")));
		else
			aisp_jw_str(&w, v);
	}
	if (!value_of(names, values, n, "userIdentity").n)
		put_identity(&w, names, values, n);
	aisp_jw_end(&w);
	if (out.bad == AISP_E_LIMIT)
		return aisp_fail(err, AISP_E_PARSE, "a row of CloudTrail of more than 4 MiB");
	*ret = aisp_arena_dup(a, aisp_buf_slice(&out));
	return out.bad || !ret->p ? aisp_fail(err, AISP_E_NOMEM, "out of memory while reading CloudTrail") : 0;
}
