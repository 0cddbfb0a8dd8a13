/* What a named value is: a secret, a part of a connection, something that cannot be a secret, or a placeholder. Pure:
 * bytes in, class out. Used for environment variables, property files, arguments, headers and source literals.
 *
 * Not for: writing to the graph (holder.h). Invariant: nothing here copies a password anywhere; `password` borrows from
 * the value that was given.
 */
#pragma once
#include "base/secret.h"
#include "base/slice.h"

/* A connection string's parts. Parts that are placeholders ("${DB_HOST}") are empty. */
struct aisp_connection {
	const char *scheme;         /* family, static: "postgres", "mysql", "redis", "mongodb", "amqp", "http", …; "" unknown */
	char host[256];             /* lower case; first of several; "" when none */
	char name[128];             /* database, vhost, … percent-decoded */
	char user[128];             /* percent-decoded */
	struct aisp_slice password; /* borrowed, as written (may be percent-encoded); n = 0 when none */
	bool password_encoded;      /* percent-encoded in a URL */
	bool placeholder;           /* the password is one; then `password` is empty */
	uint16_t port;              /* the scheme's own when none is written; 0 unknown */
};
/* Understands URLs (postgresql+psycopg://…, redis://, mongodb+srv://, amqp://, mysql://, jdbc:…, http(s)://), key=value
 * strings ("host=db user=app password=x", "Server=db;User Id=app;Password=x") and Go's user:pass@tcp(host:port)/db.
 * False when the value is none of these. */
bool aisp_connection_parse(struct aisp_slice value, struct aisp_connection *ret);
/* Is it a database (or cache or queue), not a web address? */
bool aisp_connection_is_store(const struct aisp_connection *c);
/* The identity of a login, "scheme://user:password@host:port/name", as a fingerprint: the same login written as a URL and
 * as PGHOST, PGUSER, … is one credential. */
void aisp_connection_fingerprint(const struct aisp_fpkey *key, const struct aisp_connection *c,
                                 char ret_fp[AISP_FINGERPRINT_LEN + 1]);
uint16_t aisp_scheme_port(const char *scheme); /* 0 unknown */

enum aisp_value_class {
	AISP_VALUE_EMPTY,
	AISP_VALUE_PLACEHOLDER, /* "changeme", "<password>", "sk-xxxx": noted, not a credential */
	AISP_VALUE_REFERENCE,   /* "${X}", "$(X)", "{{ x }}": the value stands elsewhere */
	AISP_VALUE_PLAIN,       /* cannot be a secret: may be shown */
	AISP_VALUE_CONNECTION,  /* a connection string; its password, if any, is the secret */
	AISP_VALUE_SECRET,      /* a credential */
	AISP_VALUE_OPAQUE,      /* may or may not be secret: not shown, not a credential */
};
struct aisp_value {
	enum aisp_value_class kind;
	const char *credential_kind; /* static: "openai_api_key", "password", …; for SECRET and CONNECTION with a password */
	struct aisp_connection connection; /* for CONNECTION */
};
/* key may be empty (a bare argument or literal). */
void aisp_value_classify(struct aisp_slice key, struct aisp_slice value, struct aisp_value *ret);

/* What the name alone says: the credential kind ("openai_api_key", "password", "token", …) or NULL. Static. */
const char *aisp_key_credential_kind(struct aisp_slice key);
/* The provider whose API the key opens ("openai"), or NULL. Static. */
const char *aisp_credential_provider(const char *credential_kind);
/* What the form of the value alone says ("sk-ant-…" → "anthropic_api_key"), or NULL. Static. */
const char *aisp_token_kind(struct aisp_slice value);
bool aisp_value_is_placeholder(struct aisp_slice value);
bool aisp_value_is_reference(struct aisp_slice value);
/* A URL without user, password, query and long path parts, to show: bytes written to ret (cap >= 1), 0 = not a URL. */
size_t aisp_url_show(struct aisp_slice url, char *ret, size_t cap);

/* A member of a family of variables that make one connection together: PGHOST, DB_USER, POSTGRES_PASSWORD, … */
enum aisp_family_part {
	AISP_FAMILY_NONE,
	AISP_FAMILY_HOST,
	AISP_FAMILY_PORT,
	AISP_FAMILY_USER,
	AISP_FAMILY_PASSWORD,
	AISP_FAMILY_NAME,
	AISP_FAMILY_SCHEME, /* DB_ENGINE, DB_CONNECTION */
	AISP_FAMILY_URL,    /* spring.datasource.url beside username and password */
	AISP_FAMILY_PART_END
};
/* ret_prefix: "DB" of "DB_USER", "PG" of "PGHOST", "" of "username" (borrowed). */
enum aisp_family_part aisp_family_part_of(struct aisp_slice key, struct aisp_slice *ret_prefix);
/* The scheme that a prefix or an image's or driver's name tells ("POSTGRES", "pgvector/pgvector:pg16" → "postgres"); ""
 * when it tells none. Static. */
const char *aisp_family_scheme(struct aisp_slice text);
/* Does the prefix say that a database is meant at all (DB, DATABASE, PG, MYSQL, …)? */
bool aisp_family_is_store(struct aisp_slice prefix);
