/* The target's text: what it names, without ever showing it (it may hold a password).
 *
 * libpq reads the connection string itself (PQconninfoParse), so every form it knows works: URIs, key=value, service
 * names, several hosts, sslmode and the rest. Environment variables and ~/.pgpass apply as usual.
 */
#include "collect/postgres/postgres_int.h"
#include <libpq-fe.h>

/* Takes the options that are ours out of the text: "…?aisp_sample=0&sslmode=require" or "service=x aisp_sample=0". */
static void strip_own(struct aisp_slice text, char separator, struct aisp_pgc_target *t, struct aisp_buf *out)
{
	struct aisp_slice part;
	bool first = true;
	while (aisp_slice_split(&text, separator, &part)) {
		if (aisp_slice_starts(part, AISP_S("aisp_"))) {
			if (aisp_slice_eqz(part, "aisp_sample=0"))
				t->sample = false;
			continue;
		}
		if (!first)
			aisp_buf_putc(out, separator);
		first = false;
		aisp_buf_put(out, part);
	}
}

static void plain_conninfo(struct aisp_slice text, struct aisp_pgc_target *t, struct aisp_buf *out)
{
	if (aisp_slice_starts(text, AISP_S("postgres://")) || aisp_slice_starts(text, AISP_S("postgresql://"))) {
		size_t q = aisp_slice_chr(text, '?');
		aisp_buf_put(out, aisp_slice_to(text, q));
		if (q == SIZE_MAX)
			return;
		AISP_AUTOBUF struct aisp_buf rest = {0};
		aisp_buf_init(&rest, 1u << 16);
		strip_own(aisp_slice_from(text, q + 1), '&', t, &rest);
		if (rest.n)
			aisp_buf_printf(out, "?%.*s", AISP_FMT(aisp_buf_slice(&rest)));
		return;
	}
	strip_own(aisp_slice_from(text, sizeof "postgres:" - 1), ' ', t, out);
}

struct aisp_slice aisp_pgc_host(struct aisp_arena *arena, struct aisp_slice host)
{
	size_t comma = aisp_slice_chr(host, ',');
	host = aisp_slice_to(host, comma);
	if (host.n == 0 || host.p[0] == '/' || host.p[0] == '@')
		return AISP_S("localhost");
	bool v6 = aisp_slice_chr(host, ':') != SIZE_MAX && host.p[0] != '[';
	struct aisp_slice s = aisp_arena_printf(arena, v6 ? "[%.*s]" : "%.*s", AISP_FMT(host));
	for (size_t i = 0; s.p && i < s.n; i++)
		if (s.p[i] >= 'A' && s.p[i] <= 'Z')
			((char *)s.p)[i] = (char)(s.p[i] + 32);
	return s;
}

static void adopt(struct aisp_pgc_target *t, const PQconninfoOption *o, bool given, unsigned *n)
{
	if (!o->val || !*o->val)
		return;
	struct aisp_slice value = aisp_arena_dup(t->arena, aisp_slice_z(o->val));
	struct aisp_slice keyword = aisp_arena_dup(t->arena, aisp_slice_z(o->keyword));
	if (!value.p || !keyword.p)
		return;
	if (strcmp(o->keyword, "host") == 0 || (strcmp(o->keyword, "hostaddr") == 0 && t->host.n == 0))
		t->host = value;
	else if (strcmp(o->keyword, "port") == 0)
		t->port = aisp_slice_to(value, aisp_slice_chr(value, ','));
	else if (strcmp(o->keyword, "dbname") == 0)
		t->database = value;
	else if (strcmp(o->keyword, "user") == 0)
		t->user = value;
	else if (strcmp(o->keyword, "service") == 0)
		t->service = value;
	uint64_t seconds;
	if (strcmp(o->keyword, "connect_timeout") == 0 && aisp_slice_u64(value, &seconds) && seconds > 0 &&
	    seconds < 3600)
		t->connect_timeout_s = (unsigned)seconds;
	if (given && *n < 56) {
		t->keywords[*n] = keyword.p;
		t->values[(*n)++] = value.p;
	}
}

static bool has_keyword(const struct aisp_pgc_target *t, const char *keyword)
{
	for (unsigned i = 0; t->keywords[i]; i++)
		if (strcmp(t->keywords[i], keyword) == 0)
			return true;
	return false;
}

static int read_options(struct aisp_pgc_target *t, const char *conninfo, struct aisp_err *err)
{
	char *message = NULL;
	PQconninfoOption *defaults = PQconndefaults();
	PQconninfoOption *given = PQconninfoParse(conninfo, &message);
	unsigned n = 0;
	PQfreemem(message); /* it may quote a part of the password */
	if (!given || !defaults) {
		PQconninfoFree(defaults);
		PQconninfoFree(given);
		return aisp_fail(err, AISP_E_USAGE,
				 "the PostgreSQL connection string is not of a form that libpq accepts "
				 "(postgresql://user@host:port/database or postgres:key=value …); special characters "
				 "in it must be %%-encoded");
	}
	for (const PQconninfoOption *o = defaults; o->keyword; o++)
		if (strcmp(o->keyword, "password") != 0)
			adopt(t, o, false, &n);
	for (const PQconninfoOption *o = given; o->keyword; o++)
		adopt(t, o, true, &n);
	PQconninfoFree(defaults);
	PQconninfoFree(given);
	static const char *const ours[][2] = {{"application_name", "aisp"}, {"client_encoding", "UTF8"}};
	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
		if (has_keyword(t, ours[i][0]))
			continue;
		t->keywords[n] = ours[i][0];
		t->values[n++] = ours[i][1];
	}
	return AISP_OK;
}

int aisp_pgc_target_parse(struct aisp_slice text, struct aisp_pgc_target *ret, struct aisp_err *err)
{
	struct aisp_pgc_target t = {.sample = true, .connect_timeout_s = 15};
	AISP_AUTOBUF struct aisp_buf conninfo = {0};
	aisp_buf_init(&conninfo, 1u << 16);
	plain_conninfo(text, &t, &conninfo);
	aisp_buf_putz(&conninfo, "");
	int r = aisp_buf_check(&conninfo, err);
	if (r < 0)
		return r;
	t.arena = aisp_arena_new(1u << 20);
	if (!t.arena)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a target");
	r = aisp_fault_hit() ? aisp_fail(err, AISP_E_NOMEM, "out of memory for a target")
			     : read_options(&t, conninfo.p ? conninfo.p : "", err);
	if (conninfo.p)
		explicit_bzero(conninfo.p, conninfo.n);
	if (r == AISP_OK) {
		t.host = aisp_pgc_host(t.arena, t.host);
		if (t.database.n == 0) /* as libpq does */
			t.database = t.user;
		if (t.service.n) /* what it stands for is known only once connected */
			t.host = aisp_arena_printf(t.arena, "service-%.*s", AISP_FMT(t.service));
		if (!t.host.p)
			r = aisp_fail(err, AISP_E_NOMEM, "out of memory for a target");
	}
	if (r < 0) {
		aisp_pgc_target_done(&t);
		return r;
	}
	*ret = t;
	return AISP_OK;
}

void aisp_pgc_target_done(struct aisp_pgc_target *t)
{
	for (unsigned i = 0; t->keywords[i]; i++)
		if (strcmp(t->keywords[i], "client_encoding") != 0 && strcmp(t->keywords[i], "application_name") != 0)
			explicit_bzero((char *)(uintptr_t)t->values[i], strlen(t->values[i]));
	aisp_arena_freep(&t->arena);
	*t = (struct aisp_pgc_target){0};
}
