/* Connection strings: see variable.h. Rules: RFC 3986 for URLs; libpq "Connection Strings"
 * (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING); SQLAlchemy "Database URLs"
 * (dialect+driver); JDBC's jdbc:subprotocol:; go-sql-driver's DSN.
 */
#include "base/hash.h"
#include "base/mem.h"
#include "collect/files/variable.h"
#include <stdio.h>

static const struct {
	const char *written, *family;
	uint16_t port;
} schemes[] = {
	{"postgres", "postgres", 5432},   {"postgresql", "postgres", 5432}, {"pgsql", "postgres", 5432},
	{"postgis", "postgres", 5432},    {"pgvector", "postgres", 5432},   {"timescaledb", "postgres", 5432},
	{"cockroachdb", "postgres", 26257}, {"redshift", "postgres", 5439}, {"mysql", "mysql", 3306},
	{"mysql2", "mysql", 3306},        {"mariadb", "mysql", 3306},       {"redis", "redis", 6379},
	{"rediss", "redis", 6379},        {"valkey", "redis", 6379},        {"mongodb", "mongodb", 27017},
	{"mongo", "mongodb", 27017},      {"amqp", "amqp", 5672},           {"amqps", "amqp", 5671},
	{"rabbitmq", "amqp", 5672},       {"mssql", "mssql", 1433},         {"sqlserver", "mssql", 1433},
	{"oracle", "oracle", 1521},       {"clickhouse", "clickhouse", 9000}, {"elasticsearch", "http", 9200},
	{"neo4j", "neo4j", 7687},         {"bolt", "neo4j", 7687},          {"nats", "nats", 4222},
	{"kafka", "kafka", 9092},         {"ldap", "ldap", 389},            {"ldaps", "ldap", 636},
	{"smtp", "smtp", 25},             {"smtps", "smtp", 465},           {"ftp", "ftp", 21},
	{"http", "http", 80},             {"https", "http", 443},           {"ws", "http", 80},
	{"wss", "http", 443},             {"milvus", "milvus", 19530},      {"cassandra", "cassandra", 9042},
};

uint16_t aisp_scheme_port(const char *scheme)
{
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
		if (strcmp(schemes[i].family, scheme) == 0)
			return schemes[i].port;
	return 0;
}

bool aisp_connection_is_store(const struct aisp_connection *c)
{
	static const char *const not_stores[] = {"", "http", "ldap", "smtp", "ftp"};

	for (size_t i = 0; i < sizeof not_stores / sizeof *not_stores; i++)
		if (strcmp(c->scheme, not_stores[i]) == 0)
			return false;
	return true;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Percent-decodes into dst (NUL-terminated); the length, or SIZE_MAX when it does not fit. */
static size_t decode(struct aisp_slice s, bool encoded, char *dst, size_t cap)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (encoded && c == '%' && i + 2 < s.n && hex(s.p[i + 1]) >= 0 && hex(s.p[i + 2]) >= 0) {
			c = (char)(hex(s.p[i + 1]) * 16 + hex(s.p[i + 2]));
			i += 2;
		}
		if (n + 1 >= cap)
			return SIZE_MAX;
		dst[n++] = c;
	}
	dst[n] = '\0';
	return n;
}

static bool is_host_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' ||
	       c == ':';
}

/* A part that stands elsewhere is left empty; one that does not fit or has control characters too. */
static void set_text(char *dst, size_t cap, struct aisp_slice s, bool encoded)
{
	if (aisp_value_is_reference(s) || decode(s, encoded, dst, cap) == SIZE_MAX)
		dst[0] = '\0';
	for (size_t i = 0; dst[i]; i++)
		if ((unsigned char)dst[i] < 0x20 || dst[i] == 0x7f)
			dst[0] = '\0';
}

static void set_host(struct aisp_connection *c, struct aisp_slice s)
{
	c->host[0] = '\0';
	if (s.n == 0 || s.n >= sizeof c->host || aisp_value_is_reference(s))
		return;
	for (size_t i = 0; i < s.n; i++)
		if (!is_host_char(s.p[i]))
			return;
	for (size_t i = 0; i < s.n; i++)
		c->host[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] + 32 : s.p[i]);
	c->host[s.n] = '\0';
}

static void set_port(struct aisp_connection *c, struct aisp_slice s)
{
	uint64_t n;

	if (aisp_slice_u64(aisp_slice_trim(s), &n) && n > 0 && n <= 65535)
		c->port = (uint16_t)n;
}

static void set_password(struct aisp_connection *c, struct aisp_slice s, bool encoded)
{
	if (s.n == 0)
		return;
	if (aisp_value_is_reference(s) || aisp_value_is_placeholder(s)) {
		c->placeholder = true;
		return;
	}
	c->password = s;
	c->password_encoded = encoded;
}

/* "host", "host:port", "[::1]:port"; the first of a comma-separated list. */
static void set_hostport(struct aisp_connection *c, struct aisp_slice s)
{
	size_t comma = aisp_slice_chr(s, ','), colon;

	if (comma != SIZE_MAX)
		s = aisp_slice_to(s, comma);
	if (s.n > 0 && s.p[0] == '[') {
		size_t close = aisp_slice_chr(s, ']');
		if (close == SIZE_MAX)
			return;
		set_host(c, aisp_slice_of(s.p + 1, close - 1));
		if (close + 1 < s.n && s.p[close + 1] == ':')
			set_port(c, aisp_slice_from(s, close + 2));
		return;
	}
	colon = aisp_slice_rchr(s, ':');
	if (colon == SIZE_MAX) {
		set_host(c, s);
		return;
	}
	set_host(c, aisp_slice_to(s, colon));
	set_port(c, aisp_slice_from(s, colon + 1));
}

/* One key=value of a query or a DSN. True when the key is one of ours. */
static bool set_pair(struct aisp_connection *c, struct aisp_slice key, struct aisp_slice value, bool encoded)
{
	static const struct {
		const char *key;
		enum aisp_family_part part;
	} keys[] = {
		{"host", AISP_FAMILY_HOST},     {"hostaddr", AISP_FAMILY_HOST},    {"server", AISP_FAMILY_HOST},
		{"data source", AISP_FAMILY_HOST}, {"address", AISP_FAMILY_HOST},  {"port", AISP_FAMILY_PORT},
		{"user", AISP_FAMILY_USER},     {"username", AISP_FAMILY_USER},    {"user id", AISP_FAMILY_USER},
		{"uid", AISP_FAMILY_USER},      {"password", AISP_FAMILY_PASSWORD}, {"pwd", AISP_FAMILY_PASSWORD},
		{"dbname", AISP_FAMILY_NAME},   {"database", AISP_FAMILY_NAME},    {"initial catalog", AISP_FAMILY_NAME},
		{"databasename", AISP_FAMILY_NAME},
	};
	enum aisp_family_part part = AISP_FAMILY_NONE;

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (aisp_slice_eqi(key, aisp_slice_z(keys[i].key)))
			part = keys[i].part;
	if (part == AISP_FAMILY_HOST && value.n > 0 && value.p[0] == '/')
		return true; /* a folder of sockets */
	if (part == AISP_FAMILY_HOST) {
		struct aisp_slice v = value;
		if (aisp_slice_starts(v, AISP_S("tcp:")))
			v = aisp_slice_from(v, 4);
		size_t comma = aisp_slice_chr(v, ',');
		if (comma != SIZE_MAX && c->scheme[0] == '\0') /* SQL Server: "host,port" */
			set_port(c, aisp_slice_from(v, comma + 1));
		set_hostport(c, aisp_slice_to(v, comma == SIZE_MAX ? v.n : comma));
	} else if (part == AISP_FAMILY_PORT) {
		set_port(c, value);
	} else if (part == AISP_FAMILY_USER) {
		set_text(c->user, sizeof c->user, value, encoded);
	} else if (part == AISP_FAMILY_PASSWORD) {
		set_password(c, value, encoded);
	} else if (part == AISP_FAMILY_NAME) {
		set_text(c->name, sizeof c->name, value, encoded);
	}
	return part != AISP_FAMILY_NONE;
}

static void set_query(struct aisp_connection *c, struct aisp_slice query, char sep, bool encoded)
{
	struct aisp_slice pair;

	while (query.p && aisp_slice_split(&query, sep, &pair)) {
		size_t eq = aisp_slice_chr(pair, '=');
		if (eq != SIZE_MAX)
			set_pair(c, aisp_slice_trim(aisp_slice_to(pair, eq)), aisp_slice_from(pair, eq + 1), encoded);
	}
}

/* The family of "postgresql+psycopg"; NULL when unknown. */
static const char *family_of(struct aisp_slice scheme)
{
	size_t plus = aisp_slice_chr(scheme, '+');

	if (plus != SIZE_MAX)
		scheme = aisp_slice_to(scheme, plus);
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
		if (aisp_slice_eqi(scheme, aisp_slice_z(schemes[i].written)))
			return schemes[i].family;
	return NULL;
}

static uint16_t port_as_written(struct aisp_slice scheme)
{
	size_t plus = aisp_slice_chr(scheme, '+');

	if (plus != SIZE_MAX)
		scheme = aisp_slice_to(scheme, plus);
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
		if (aisp_slice_eqi(scheme, aisp_slice_z(schemes[i].written)))
			return schemes[i].port;
	return 0;
}

/* Where the authority ends: at the first of / ? # behind the last @ that is still before them. A password with an
 * unescaped slash is not RFC 3986, but people write it; libpq refuses it, so do we. */
static size_t authority_end(struct aisp_slice rest)
{
	size_t i = 0;

	while (i < rest.n && rest.p[i] != '/' && rest.p[i] != '?' && rest.p[i] != '#')
		i++;
	return i;
}

static bool parse_url(struct aisp_slice v, struct aisp_connection *c)
{
	size_t sep = aisp_slice_find(v, AISP_S("://"));

	if (sep == SIZE_MAX || sep == 0 || sep > 32)
		return false;
	struct aisp_slice scheme = aisp_slice_to(v, sep), rest = aisp_slice_from(v, sep + 3);
	const char *family = family_of(scheme);

	if (!family || aisp_slice_chr(v, '\n') != SIZE_MAX)
		return false;
	c->scheme = family;
	c->port = port_as_written(scheme);
	size_t end = authority_end(rest);
	struct aisp_slice authority = aisp_slice_to(rest, end), path = aisp_slice_from(rest, end);
	size_t at = aisp_slice_rchr(authority, '@');
	if (at != SIZE_MAX) {
		struct aisp_slice info = aisp_slice_to(authority, at);
		size_t colon = aisp_slice_chr(info, ':');
		set_text(c->user, sizeof c->user, aisp_slice_to(info, colon == SIZE_MAX ? info.n : colon), true);
		if (colon != SIZE_MAX)
			set_password(c, aisp_slice_from(info, colon + 1), true);
		authority = aisp_slice_from(authority, at + 1);
	}
	set_hostport(c, authority);
	size_t q = aisp_slice_chr(path, '?');
	struct aisp_slice name = aisp_slice_to(path, q == SIZE_MAX ? path.n : q);
	size_t hash = aisp_slice_chr(name, '#');
	name = aisp_slice_to(name, hash == SIZE_MAX ? name.n : hash);
	if (name.n > 1 && aisp_connection_is_store(c))
		set_text(c->name, sizeof c->name, aisp_slice_from(name, 1), true);
	if (q != SIZE_MAX && aisp_connection_is_store(c))
		set_query(c, aisp_slice_from(path, q + 1), '&', true);
	return true;
}

/* jdbc:postgresql://h/db?user=u&password=p; jdbc:sqlserver://h:1433;databaseName=d;user=u;password=p */
static bool parse_jdbc(struct aisp_slice v, struct aisp_connection *c)
{
	if (!aisp_slice_starts(v, AISP_S("jdbc:")))
		return false;
	v = aisp_slice_from(v, 5);
	size_t semi = aisp_slice_chr(v, ';');
	if (!parse_url(aisp_slice_to(v, semi == SIZE_MAX ? v.n : semi), c))
		return false;
	if (semi != SIZE_MAX)
		set_query(c, aisp_slice_from(v, semi + 1), ';', false);
	return true;
}

/* Go: user:pass@tcp(host:3306)/db?x=y */
static bool parse_go(struct aisp_slice v, struct aisp_connection *c)
{
	size_t tcp = aisp_slice_find(v, AISP_S("@tcp("));

	if (tcp == SIZE_MAX || aisp_slice_find(v, AISP_S("://")) != SIZE_MAX)
		return false;
	struct aisp_slice info = aisp_slice_to(v, tcp), rest = aisp_slice_from(v, tcp + 5);
	size_t close = aisp_slice_chr(rest, ')'), colon = aisp_slice_chr(info, ':');
	if (close == SIZE_MAX)
		return false;
	c->scheme = "mysql";
	c->port = 3306;
	set_text(c->user, sizeof c->user, aisp_slice_to(info, colon == SIZE_MAX ? info.n : colon), false);
	if (colon != SIZE_MAX)
		set_password(c, aisp_slice_from(info, colon + 1), false);
	set_hostport(c, aisp_slice_to(rest, close));
	rest = aisp_slice_from(rest, close + 1);
	size_t q = aisp_slice_chr(rest, '?');
	rest = aisp_slice_to(rest, q == SIZE_MAX ? rest.n : q);
	if (rest.n > 1 && rest.p[0] == '/')
		set_text(c->name, sizeof c->name, aisp_slice_from(rest, 1), false);
	return true;
}

/* One word of a libpq string: up to white space, or quoted with ' and \ . The value borrows; a quoted one with an escape
 * inside keeps the escape, which only makes its fingerprint its own. */
static struct aisp_slice libpq_value(struct aisp_slice *rest)
{
	struct aisp_slice s = *rest;
	size_t i = 0;

	if (s.n > 0 && s.p[0] == '\'') {
		for (i = 1; i < s.n && s.p[i] != '\''; i++)
			if (s.p[i] == '\\' && i + 1 < s.n)
				i++;
		*rest = aisp_slice_from(s, i + 1);
		return aisp_slice_of(s.p + 1, (i < s.n ? i : s.n) - 1);
	}
	while (i < s.n && s.p[i] != ' ' && s.p[i] != '\t')
		i++;
	*rest = aisp_slice_from(s, i);
	return aisp_slice_to(s, i);
}

/* host=db port=5432 dbname=x user=y password=z (at least a host or dbname, and nothing but pairs) */
static bool parse_libpq(struct aisp_slice v, struct aisp_connection *c)
{
	struct aisp_slice rest = aisp_slice_trim(v);
	unsigned known = 0;

	while (rest.n > 0) {
		size_t eq = aisp_slice_chr(rest, '=');
		if (eq == SIZE_MAX || eq == 0 || eq > 40)
			return false;
		struct aisp_slice key = aisp_slice_trim(aisp_slice_to(rest, eq));
		if (aisp_slice_chr(key, ' ') != SIZE_MAX || aisp_slice_chr(key, ';') != SIZE_MAX)
			return false;
		rest = aisp_slice_trim(aisp_slice_from(rest, eq + 1));
		known += set_pair(c, key, libpq_value(&rest), false);
		rest = aisp_slice_trim(rest);
	}
	c->scheme = "postgres";
	if (c->port == 0)
		c->port = 5432;
	return known >= 2 && (c->host[0] || c->name[0]);
}

/* Server=db;Port=5432;Database=x;User Id=y;Password=z */
static bool parse_ado(struct aisp_slice v, struct aisp_connection *c)
{
	struct aisp_slice rest = v, pair;
	unsigned known = 0;

	if (aisp_slice_chr(v, ';') == SIZE_MAX || aisp_slice_chr(v, '=') == SIZE_MAX)
		return false;
	c->scheme = "";
	while (rest.p && aisp_slice_split(&rest, ';', &pair)) {
		size_t eq = aisp_slice_chr(pair, '=');
		if (aisp_slice_trim(pair).n == 0)
			continue;
		if (eq == SIZE_MAX)
			return false;
		known += set_pair(c, aisp_slice_trim(aisp_slice_to(pair, eq)), aisp_slice_trim(aisp_slice_from(pair, eq + 1)),
		                  false);
	}
	if (known < 3 || !c->host[0])
		return false;
	if (c->port == 5432 || aisp_slice_findi(v, AISP_S("username=")) != SIZE_MAX)
		c->scheme = "postgres"; /* Npgsql's spelling */
	else if (c->port == 3306 || aisp_slice_findi(v, AISP_S("uid=")) != SIZE_MAX)
		c->scheme = "mysql";
	else
		c->scheme = "mssql";
	if (c->port == 0)
		c->port = aisp_scheme_port(c->scheme);
	return true;
}

bool aisp_connection_parse(struct aisp_slice value, struct aisp_connection *ret)
{
	static bool (*const forms[])(struct aisp_slice, struct aisp_connection *) = {parse_jdbc, parse_url, parse_go,
	                                                                             parse_libpq, parse_ado};
	struct aisp_slice v = aisp_slice_trim(value);

	if (v.n < 8 || v.n > 4096)
		return false;
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		struct aisp_connection c = {.scheme = ""};
		if (forms[i](v, &c)) {
			*ret = c;
			return true;
		}
	}
	return false;
}

void aisp_connection_fingerprint(const struct aisp_fpkey *key, const struct aisp_connection *c,
                                 char ret_fp[AISP_FINGERPRINT_LEN + 1])
{
	char text[8192], password[4200];
	size_t n = decode(c->password, c->password_encoded, password, sizeof password);
	int m;

	if (n == SIZE_MAX)
		n = 0;
	m = snprintf(text, sizeof text, "%s://%s:%.*s@%s:%u/%s", c->scheme, c->user, (int)n, password, c->host, c->port, c->name);
	aisp_fingerprint(key, aisp_slice_of(text, (size_t)m), ret_fp);
	explicit_bzero(text, sizeof text);
	explicit_bzero(password, sizeof password);
}
