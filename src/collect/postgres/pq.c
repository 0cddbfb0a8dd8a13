/* libpq with limits: nothing here waits longer than it was told to, and no server can make us keep more than a cap.
 *
 * Everything is asynchronous over poll(); rows come one at a time (single-row mode) and are handed on at once. After a
 * failure that leaves the protocol in doubt the connection is closed and stays "dead". Notices are dropped: they may
 * come from what is inspected. Only the lookup of the host's name blocks, for as long as the system's resolver does.
 *
 * Invariant: no message built here contains the password, not even when the server sends it back.
 */
#include "base/clock.h"
#include "collect/postgres/postgres_int.h"
#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <sys/ioctl.h>

enum { MAX_UNREAD = 256 << 20, MAX_MESSAGE = 500 };

struct aisp_pgc_conn {
	PGconn *pg;
	uint64_t deadline_ns;
	uint64_t unread; /* bytes that came since the last row: a row has a cap */
	bool dead;
	bool one; /* the statement is sent by the extended protocol */
	char host[256], port[16], database[128];
};

static void drop_notice(void *ctx, const PGresult *result)
{
	(void)ctx;
	(void)result;
}

/* The first line of libpq's message, printable, without the password. */
static void put_scrubbed(const struct aisp_pgc_conn *c, const char *message, struct aisp_buf *out)
{
	struct aisp_slice text = aisp_slice_trim(aisp_slice_z(message)), line;
	struct aisp_slice password = aisp_slice_z(c->pg ? PQpass(c->pg) : "");
	if (!aisp_slice_split(&text, '\n', &line))
		return;
	if (line.n > MAX_MESSAGE)
		line = aisp_slice_to(line, MAX_MESSAGE);
	while (password.n) {
		size_t at = aisp_slice_find(line, password);
		if (at == SIZE_MAX)
			break;
		aisp_buf_put_printable(out, aisp_slice_to(line, at));
		aisp_buf_putz(out, "…");
		line = aisp_slice_from(line, at + password.n);
	}
	aisp_buf_put_printable(out, line);
}

static enum aisp_code code_of_state(const char *sqlstate)
{
	static const struct {
		const char *state;
		enum aisp_code code;
	} states[] = {{"42501", AISP_E_ACCESS},
		      {"57014", AISP_E_TIMEOUT},
		      {"55P03", AISP_E_TIMEOUT},
		      {"3D000", AISP_E_NOTFOUND}};
	for (size_t i = 0; sqlstate && i < sizeof states / sizeof *states; i++)
		if (strcmp(sqlstate, states[i].state) == 0)
			return states[i].code;
	return sqlstate && strncmp(sqlstate, "28", 2) == 0 ? AISP_E_ACCESS : AISP_E_REMOTE;
}

static int fail_with(struct aisp_pgc_conn *c, enum aisp_code code, const char *what, const char *message,
		     struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf text = {0};
	aisp_buf_init(&text, 8192);
	put_scrubbed(c, message, &text);
	return aisp_fail(err, code, "%s postgres://%s:%s/%s: %.*s", what, c->host, c->port, c->database,
			 AISP_FMT(aisp_buf_slice(&text)));
}

static int fail_io(struct aisp_pgc_conn *c, const char *what, struct aisp_err *err)
{
	c->dead = true;
	return fail_with(c, AISP_E_REMOTE, what, PQerrorMessage(c->pg), err);
}

/* Waits until the socket is ready; AISP_E_TIMEOUT when until_ns or the whole deadline passes. */
static int wait_socket(struct aisp_pgc_conn *c, short events, uint64_t until_ns, const char *what, struct aisp_err *err)
{
	if (until_ns > c->deadline_ns)
		until_ns = c->deadline_ns;
	for (;;) {
		uint64_t now = aisp_clock_mono_ns();
		struct pollfd p = {.fd = PQsocket(c->pg), .events = events};
		if (now >= until_ns) {
			c->dead = true;
			return aisp_fail(err, AISP_E_TIMEOUT,
					 "%s postgres://%s:%s/%s: no answer in time; is the server overloaded, or not "
					 "a PostgreSQL server?",
					 what, c->host, c->port, c->database);
		}
		uint64_t left_ms = (until_ns - now) / 1000000 + 1;
		int n = aisp_fault_hit() ? -1 : poll(&p, 1, left_ms > 1000 ? 1000 : (int)left_ms);
		if (n > 0)
			return AISP_OK;
		if (n < 0 && errno != EINTR) {
			c->dead = true;
			return aisp_fail(err, AISP_E_IO, "%s postgres://%s:%s/%s: waiting failed: %s", what, c->host,
					 c->port, c->database, strerror(errno));
		}
	}
}

static int finish_connect(struct aisp_pgc_conn *c, uint64_t until_ns, struct aisp_err *err)
{
	for (short events = POLLOUT;;) {
		if (PQsocket(c->pg) < 0 || PQstatus(c->pg) == CONNECTION_BAD)
			break;
		int r = wait_socket(c, events, until_ns, "cannot connect to", err);
		if (r < 0)
			return r;
		PostgresPollingStatusType status = PQconnectPoll(c->pg);
		if (status == PGRES_POLLING_OK)
			return PQsetnonblocking(c->pg, 1) == 0 ? AISP_OK : fail_io(c, "cannot connect to", err);
		if (status == PGRES_POLLING_FAILED)
			break;
		events = status == PGRES_POLLING_READING ? POLLIN : POLLOUT;
	}
	c->dead = true;
	const char *message = PQerrorMessage(c->pg);
	bool denied = strstr(message, "authentication") || strstr(message, "no password supplied") ||
		      strstr(message, "pg_hba.conf") || strstr(message, "does not have CONNECT privilege") ||
		      strstr(message, "not permitted to log in");
	return fail_with(c, denied ? AISP_E_ACCESS : AISP_E_REMOTE, "cannot connect to", message, err);
}

static void copy_text(const char *from, const char *otherwise, char *to, size_t size)
{
	const char *s = from && *from ? from : otherwise;
	size_t n = strlen(s);
	if (n >= size)
		n = size - 1;
	memcpy(to, s, n);
	to[n] = '\0';
}

static void learn_names(struct aisp_pgc_conn *c, const struct aisp_pgc_target *t)
{
	bool up = PQstatus(c->pg) == CONNECTION_OK;
	copy_text(up ? PQhost(c->pg) : NULL, t->host.p ? t->host.p : "localhost", c->host, sizeof c->host);
	copy_text(up ? PQport(c->pg) : NULL, t->port.n ? t->port.p : "5432", c->port, sizeof c->port);
	copy_text(PQdb(c->pg), t->database.n ? t->database.p : "postgres", c->database, sizeof c->database);
}

int aisp_pgc_connect(const struct aisp_pgc_target *t, uint64_t deadline_ns, struct aisp_pgc_conn **ret,
		     struct aisp_err *err)
{
	struct aisp_pgc_conn *c AISP_CLEANUP(aisp_pgc_closep) = aisp_mem_zalloc(1, sizeof *c);
	if (!c)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a connection");
	c->deadline_ns = deadline_ns;
	c->pg = aisp_fault_hit() ? NULL : PQconnectStartParams(t->keywords, t->values, 0);
	if (!c->pg)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a connection");
	PQsetNoticeReceiver(c->pg, drop_notice, NULL);
	learn_names(c, t);
	int r = finish_connect(c, aisp_clock_mono_ns() + (uint64_t)t->connect_timeout_s * 1000000000u, err);
	if (r < 0)
		return r;
	learn_names(c, t);
	*ret = AISP_TAKE(c);
	return AISP_OK;
}

void aisp_pgc_close(struct aisp_pgc_conn *c)
{
	if (!c)
		return;
	PQfinish(c->pg);
	aisp_mem_free(c);
}

void aisp_pgc_closep(struct aisp_pgc_conn **c)
{
	aisp_pgc_close(*c);
	*c = NULL;
}

struct aisp_slice aisp_pgc_conn_host(const struct aisp_pgc_conn *c)
{
	return aisp_slice_z(c->host);
}

struct aisp_slice aisp_pgc_conn_port(const struct aisp_pgc_conn *c)
{
	return aisp_slice_z(c->port);
}

struct aisp_slice aisp_pgc_conn_database(const struct aisp_pgc_conn *c)
{
	return aisp_slice_z(c->database);
}

bool aisp_pgc_alive(const struct aisp_pgc_conn *c)
{
	return !c->dead;
}

static int send_statement(struct aisp_pgc_conn *c, const char *sql, uint64_t until_ns, struct aisp_err *err)
{
	if (aisp_fault_hit() || !(c->one ? PQsendQueryParams(c->pg, sql, 0, NULL, NULL, NULL, NULL, 0) : PQsendQuery(c->pg, sql)))
		return fail_io(c, "cannot send a query to", err);
	if (!PQsetSingleRowMode(c->pg))
		return fail_io(c, "cannot send a query to", err);
	for (;;) {
		int left = PQflush(c->pg);
		if (left == 0)
			return AISP_OK;
		if (left < 0)
			return fail_io(c, "cannot send a query to", err);
		int r = wait_socket(c, POLLOUT | POLLIN, until_ns, "cannot send a query to", err);
		if (r < 0)
			return r;
		if (!PQconsumeInput(c->pg))
			return fail_io(c, "lost the connection to", err);
	}
}

/* The next result, NULL at the end. */
static int next_result(struct aisp_pgc_conn *c, uint64_t until_ns, PGresult **ret, struct aisp_err *err)
{
	while (PQisBusy(c->pg)) {
		int waiting = 0;
		int r = wait_socket(c, POLLIN, until_ns, "a query was not answered by", err);
		if (r < 0)
			return r;
		if (ioctl(PQsocket(c->pg), FIONREAD, &waiting) == 0 && waiting > 0)
			c->unread += (uint64_t)waiting;
		if (c->unread > MAX_UNREAD) {
			c->dead = true;
			return aisp_fail(err, AISP_E_LIMIT, "postgres://%s:%s/%s sent a row of more than %d MiB",
					 c->host, c->port, c->database, MAX_UNREAD >> 20);
		}
		if (!PQconsumeInput(c->pg))
			return fail_io(c, "lost the connection to", err);
	}
	*ret = PQgetResult(c->pg);
	c->unread = 0;
	return AISP_OK;
}

enum { MAX_COLUMNS = 2048 };

static int give_columns(const PGresult *res, const struct aisp_pgc_sink *sink, struct aisp_err *err)
{
	int n = PQnfields(res);
	if (n > MAX_COLUMNS)
		return aisp_fail(err, AISP_E_LIMIT, "an answer has more than %d columns", MAX_COLUMNS);
	struct aisp_slice names[MAX_COLUMNS];
	for (int i = 0; i < n; i++)
		names[i] = aisp_slice_z(PQfname(res, i));
	return sink->columns ? sink->columns(sink->ctx, names, (uint32_t)n, err) : AISP_OK;
}

static int give_rows(const PGresult *res, const struct aisp_pgc_sink *sink, struct aisp_err *err)
{
	int n = PQnfields(res), r = AISP_OK;
	struct aisp_slice cells[MAX_COLUMNS];
	for (int row = 0; r == AISP_OK && row < PQntuples(res) && n <= MAX_COLUMNS; row++) {
		for (int i = 0; i < n; i++)
			cells[i] = PQgetisnull(res, row, i)
					   ? (struct aisp_slice){0}
					   : aisp_slice_of(PQgetvalue(res, row, i), (size_t)PQgetlength(res, row, i));
		r = sink->row(sink->ctx, cells, (uint32_t)n, err);
	}
	return r;
}

/* Takes one result in; *ret_first turns false once the columns were given. */
static int take_result(struct aisp_pgc_conn *c, const PGresult *res, const struct aisp_pgc_sink *sink, bool *ret_first,
		       struct aisp_err *err)
{
	switch (PQresultStatus(res)) {
	case PGRES_SINGLE_TUPLE:
	case PGRES_TUPLES_OK: {
		int r = AISP_OK;
		if (!sink)
			return AISP_OK;
		if (*ret_first)
			r = give_columns(res, sink, err);
		*ret_first = false;
		return r < 0 ? r : give_rows(res, sink, err);
	}
	case PGRES_COMMAND_OK:
	case PGRES_EMPTY_QUERY:
		return AISP_OK;
	case PGRES_FATAL_ERROR: {
		const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
		const char *primary = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
		if (PQstatus(c->pg) != CONNECTION_OK)
			return fail_io(c, "lost the connection to", err);
		int r = fail_with(c, code_of_state(state), "a query was refused by", primary ? primary : PQresultErrorMessage(res), err);
		return c->one ? aisp_wrap(err, r, "SQLSTATE %.5s", state ? state : "?") : r;
	}
	default:
		c->dead = true;
		return aisp_fail(err, AISP_E_REMOTE,
				 "postgres://%s:%s/%s answered a query with something else than rows", c->host, c->port,
				 c->database);
	}
}

int aisp_pgc_exec(struct aisp_pgc_conn *c, const char *sql, unsigned timeout_ms, const struct aisp_pgc_sink *sink,
		  struct aisp_err *err)
{
	if (c->dead)
		return aisp_fail(err, AISP_E_REMOTE, "the connection to postgres://%s:%s/%s is lost", c->host, c->port,
				 c->database);
	uint64_t until_ns = aisp_clock_mono_ns() + (uint64_t)timeout_ms * 1000000u;
	struct aisp_err first_err = {0};
	bool first = true;
	int r = send_statement(c, sql, until_ns, err), answer = AISP_OK;
	c->unread = 0;
	while (r == AISP_OK) {
		PGresult *res = NULL;
		r = next_result(c, until_ns, &res, err);
		if (r < 0 || !res)
			break;
		int one = answer < 0 ? AISP_OK : take_result(c, res, sink, &first, &first_err);
		if (one < 0)
			answer = one;
		PQclear(res);
		if (c->dead)
			break;
	}
	if (answer < 0 && err)
		*err = first_err;
	return answer < 0 ? answer : r;
}

int aisp_pgc_exec_one(struct aisp_pgc_conn *c, const char *sql, unsigned timeout_ms, const struct aisp_pgc_sink *sink, struct aisp_err *err)
{
	c->one = true;
	int r = aisp_pgc_exec(c, sql, timeout_ms, sink, err);
	c->one = false;
	return r;
}
