/* Holders: see holder.h. */
#include "collect/files/holder.h"
#include "base/hash.h"
#include <stdio.h>

void aisp_connection_props(struct aisp_emit *e, aisp_node n, const struct aisp_connection *c)
{
	aisp_emit_strz(e, n, "db_scheme", c->scheme);
	aisp_emit_strz(e, n, "db_host", c->host);
	if (c->port)
		aisp_emit_int(e, n, "db_port", c->port);
	aisp_emit_strz(e, n, "db_name", c->name);
	aisp_emit_strz(e, n, "db_user", c->user);
}

static void describe(struct aisp_emit *e, aisp_node n, const char *kind, struct aisp_slice key)
{
	const char *provider = aisp_credential_provider(kind);

	aisp_emit_strz(e, n, "credential_kind", kind);
	aisp_emit_strz(e, n, "provider", provider);
	aisp_emit_str(e, n, "name", key.n ? key : aisp_slice_z(kind));
}

/* The credential node of a login or of a bare secret. */
static aisp_node credential(struct aisp_emit *e, struct aisp_slice key, struct aisp_slice secret, const char *kind,
                            const struct aisp_connection *c, const struct aisp_place *at)
{
	char id_fp[AISP_FINGERPRINT_LEN + 1], fp[AISP_FINGERPRINT_LEN + 1], preview[AISP_PREVIEW_MAX];

	if (e->bad)
		return 0;
	aisp_fingerprint(e->fpkey, secret, fp);
	aisp_preview(secret, preview);
	memcpy(id_fp, fp, sizeof fp);
	if (c)
		aisp_connection_fingerprint(e->fpkey, c, id_fp);
	aisp_node n = aisp_emit_node(e, AISP_NODE_CREDENTIAL, aisp_emit_fmt(e, "credential://%s", id_fp), at);
	describe(e, n, kind, key);
	aisp_emit_strz(e, n, "fingerprint", fp);
	aisp_emit_strz(e, n, "preview", preview);
	if (c)
		aisp_connection_props(e, n, c);
	return n;
}

static void hold(struct aisp_emit *e, const aisp_node *holders, size_t n, aisp_node cred, const struct aisp_place *at)
{
	struct aisp_edge_in in = {0};

	in.control = at->pointer.n ? aisp_emit_fmt(e, "%.*s#%.*s", AISP_FMT(at->path), AISP_FMT(at->pointer))
	                           : aisp_emit_fmt(e, "%.*s:%u", AISP_FMT(at->path), at->line);
	for (size_t i = 0; i < n; i++)
		aisp_emit_edge_in(e, holders[i], AISP_EDGE_HOLDS, cred, &in, at);
}

static aisp_node credential_of(struct aisp_emit *e, struct aisp_slice key, struct aisp_slice value, const struct aisp_value *v,
                               const struct aisp_place *at)
{
	if (v->kind == AISP_VALUE_CONNECTION && v->connection.password.n)
		return credential(e, key, v->connection.password, v->credential_kind, &v->connection, at);
	if (v->kind == AISP_VALUE_SECRET) {
		struct aisp_slice s = aisp_slice_trim(value);
		if (s.n > 7 && aisp_slice_eqi(aisp_slice_to(s, 7), AISP_S("bearer ")))
			s = aisp_slice_trim(aisp_slice_from(s, 7));
		return credential(e, key, s, v->credential_kind, NULL, at);
	}
	return 0;
}

aisp_node aisp_credential_add(struct aisp_emit *e, struct aisp_slice key, struct aisp_slice value, const aisp_node *holders,
                              size_t n, const struct aisp_place *at)
{
	struct aisp_value v;

	aisp_value_classify(key, value, &v);
	aisp_node cred = credential_of(e, key, value, &v, at);
	hold(e, holders, n, cred, at);
	return cred;
}

aisp_node aisp_credential_of_key(struct aisp_emit *e, aisp_node store, struct aisp_slice store_id, struct aisp_slice key,
                                 const char *kind, const struct aisp_place *at)
{
	aisp_node n = aisp_emit_node(e, AISP_NODE_CREDENTIAL,
	                             aisp_emit_fmt(e, "credential://%.*s/%.*s", AISP_FMT(store_id), AISP_FMT(key)), at);

	describe(e, n, kind, key);
	hold(e, &store, 1, n, at);
	return n;
}

/* Families: the members that a prefix has among the settings. */
struct family {
	struct aisp_slice prefix;
	const struct aisp_setting *part[AISP_FAMILY_PART_END];
	bool done;
};

static struct aisp_slice known(const struct family *f, enum aisp_family_part part)
{
	const struct aisp_setting *s = f->part[part];
	struct aisp_slice none = {0};

	return s && s->value.p && !aisp_value_is_reference(s->value) ? aisp_slice_trim(s->value) : none;
}

static void copy(char *dst, size_t cap, struct aisp_slice s)
{
	if (s.n >= cap)
		s.n = 0;
	if (s.n)
		memcpy(dst, s.p, s.n);
	dst[s.n] = '\0';
}

static void lower(char *s)
{
	for (; *s; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s = (char)(*s + 32);
}

/* Host and port, which may stand in one value. */
static void set_address(struct aisp_connection *c, struct aisp_slice host, struct aisp_slice port_text)
{
	size_t colon = aisp_slice_rchr(host, ':');
	uint64_t port;

	if (colon != SIZE_MAX && aisp_slice_chr(host, ':') == colon && aisp_slice_u64(aisp_slice_from(host, colon + 1), &port) &&
	    port <= 65535) {
		c->port = (uint16_t)port;
		host = aisp_slice_to(host, colon);
	}
	if (host.n)
		copy(c->host, sizeof c->host, host);
	lower(c->host);
	if (aisp_slice_u64(port_text, &port) && port > 0 && port <= 65535)
		c->port = (uint16_t)port;
}

static const char *scheme_of_port(uint16_t port)
{
	return port == 5432 ? "postgres" : port == 3306 ? "mysql" : port == 1433 ? "mssql" : port == 27017 ? "mongodb" : "";
}

/* What the members say beside URL and password. */
static void take_members(const struct family *f, const struct aisp_holder *h, struct aisp_connection *c)
{
	struct aisp_slice host = known(f, AISP_FAMILY_HOST);
	bool server = h->server_host && h->server_scheme && strcmp(c->scheme, h->server_scheme) == 0;

	if (host.n == 0 && server && f->part[AISP_FAMILY_PASSWORD]) { /* POSTGRES_PASSWORD of the server itself */
		host = aisp_slice_z(h->server_host);
		copy(c->user, sizeof c->user, strcmp(c->scheme, "postgres") == 0 ? AISP_S("postgres") : AISP_S("root"));
	}
	set_address(c, host, known(f, AISP_FAMILY_PORT));
	if (!c->scheme[0])
		c->scheme = scheme_of_port(c->port);
	if (c->port == 0)
		c->port = aisp_scheme_port(c->scheme);
	if (known(f, AISP_FAMILY_USER).n)
		copy(c->user, sizeof c->user, known(f, AISP_FAMILY_USER));
	if (known(f, AISP_FAMILY_NAME).n)
		copy(c->name, sizeof c->name, known(f, AISP_FAMILY_NAME));
	else if (server && strcmp(c->scheme, "postgres") == 0 && !c->name[0])
		memcpy(c->name, c->user, sizeof c->name); /* the image's default: a database named as the user */
}

/* The connection a family makes; false when it makes none. */
static bool family_connection(const struct family *f, const struct aisp_holder *h, struct aisp_connection *c)
{
	struct aisp_slice password = known(f, AISP_FAMILY_PASSWORD);
	bool store = aisp_family_is_store(f->prefix);

	if (aisp_connection_parse(known(f, AISP_FAMILY_URL), c)) {
		if (!aisp_connection_is_store(c) || c->password.n || !f->part[AISP_FAMILY_PASSWORD])
			return false; /* complete by itself, or a web address */
		store = true;
	} else {
		*c = (struct aisp_connection){.scheme = aisp_family_scheme(f->prefix)};
		if (!c->scheme[0])
			c->scheme = aisp_family_scheme(known(f, AISP_FAMILY_SCHEME));
	}
	take_members(f, h, c);
	c->placeholder = password.n > 0 && aisp_value_is_placeholder(password);
	if (!c->placeholder)
		c->password = password;
	return c->host[0] && (store || aisp_connection_is_store(c)) &&
	       (c->user[0] || c->name[0] || f->part[AISP_FAMILY_PASSWORD]);
}

static struct aisp_place place_of(const struct aisp_holder *h, const struct aisp_setting *s)
{
	return (struct aisp_place){.path = h->path, .line = s->line, .pointer = s->pointer};
}

static aisp_node variable_of(struct aisp_emit *e, const struct aisp_holder *h, const struct aisp_setting *s)
{
	struct aisp_place at = place_of(h, s);

	if (h->bare)
		return 0;
	aisp_node v = aisp_emit_node(e, AISP_NODE_VARIABLE,
	                             aisp_emit_fmt(e, "%.*s#env/%.*s", AISP_FMT(h->id), AISP_FMT(s->name)), &at);
	aisp_emit_str(e, v, "name", s->name);
	aisp_emit_edge(e, h->node, AISP_EDGE_SETS, v, &at);
	return v;
}

/* Who holds a literal: the variable, the file it is written in, and the holder if it runs. */
static size_t holders_of(const struct aisp_holder *h, const struct aisp_setting *s, aisp_node variable, aisp_node out[3])
{
	size_t n = 0;

	if (variable)
		out[n++] = variable;
	if (h->file && !s->elsewhere)
		out[n++] = h->file;
	if (h->node && (h->acts || h->bare))
		out[n++] = h->node;
	return n;
}

static void add_family(struct aisp_emit *e, const struct aisp_holder *h, const struct family *f,
                       const struct aisp_connection *c)
{
	const struct aisp_setting *host = f->part[AISP_FAMILY_HOST], *pass = f->part[AISP_FAMILY_PASSWORD];

	if (!host)
		host = f->part[AISP_FAMILY_URL];
	aisp_node out[3], cred = 0;

	if (host)
		aisp_connection_props(e, variable_of(e, h, host), c);
	if (!pass)
		return;
	struct aisp_place at = place_of(h, pass);
	aisp_node v = variable_of(e, h, pass);
	aisp_connection_props(e, v, c);
	if (pass->store_id.n && pass->store_is_secret) {
		cred = aisp_credential_of_key(e, pass->store, pass->store_id, pass->store_key, "password", &at);
		aisp_connection_props(e, cred, c);
		hold(e, (const aisp_node[]){v, h->acts ? h->node : 0}, 2, cred, &at);
	} else if (c->password.n) {
		cred = credential(e, pass->name, c->password, "password", c, &at);
		hold(e, out, holders_of(h, pass, v, out), cred, &at);
	}
	if (cred && h->bare) { /* a Secret of its own: the key names the same thing */
		aisp_emit_alias(e, cred, aisp_emit_fmt(e, "credential://%.*s/%.*s", AISP_FMT(h->id), AISP_FMT(pass->name)));
	}
}

/* What is handed a key of a store has the credential in it; not the rest of the store. */
static void add_store_reference(struct aisp_emit *e, const struct aisp_holder *h, const struct aisp_setting *s, aisp_node v,
                                const struct aisp_place *at)
{
	struct aisp_edge_in in = {0};
	const char *kind = aisp_key_credential_kind(s->name);
	struct aisp_value value;

	in.control = aisp_emit_fmt(e, "%.*s#%.*s", AISP_FMT(at->path), AISP_FMT(at->pointer));
	aisp_edge ed = aisp_emit_edge_in(e, v, AISP_EDGE_TAKES_FROM, s->store, &in, at);
	aisp_emit_edge_str(e, ed, "key", s->store_key);
	if (!s->store_is_secret)
		return;
	aisp_emit_item(e, s->store, "keys", s->store_key);
	aisp_value_classify(s->name, s->value, &value);
	if (value.kind == AISP_VALUE_CONNECTION)
		aisp_connection_props(e, v, &value.connection);
	if (kind || aisp_key_credential_kind(s->store_key) || value.credential_kind) {
		const aisp_node out[2] = {v, h->acts ? h->node : 0};
		aisp_node cred = aisp_credential_of_key(
			e, s->store, s->store_id, s->store_key,
			kind ? kind : value.credential_kind ? value.credential_kind : aisp_key_credential_kind(s->store_key), at);
		hold(e, out, 2, cred, at);
	}
}

/* The variable that a connection string takes its password from: "postgres://app:$(DB_PASSWORD)@db/app". */
static struct aisp_slice password_variable(struct aisp_slice value)
{
	struct aisp_slice none = {0};
	const size_t at = aisp_slice_rchr(value, '@');
	struct aisp_slice login = aisp_slice_to(value, at);
	const size_t open = aisp_slice_rchr(login, ':');

	if (at == SIZE_MAX || open == SIZE_MAX)
		return none;
	login = aisp_slice_from(login, open + 1);
	if (login.n < 4 || login.p[0] != '$' || (login.p[1] != '(' && login.p[1] != '{') ||
	    login.p[login.n - 1] != (login.p[1] == '(' ? ')' : '}'))
		return none;
	login = aisp_slice_of(login.p + 2, login.n - 3);
	return aisp_slice_to(login, aisp_slice_chr(login, ':')); /* "${NAME:-default}" */
}

static void add_setting(struct aisp_emit *e, const struct aisp_holder *h, const struct aisp_setting *s, bool in_family)
{
	static const char *const class_names[] = {"empty", "placeholder", "reference", "plain", "connection", "secret", "opaque"};
	struct aisp_place at = place_of(h, s);
	aisp_node v = variable_of(e, h, s), out[3];
	struct aisp_value value;

	if (s->store_id.n)
		add_store_reference(e, h, s, v, &at);
	if (!s->value.p || (s->store_id.n && s->store_is_secret))
		return;
	aisp_value_classify(s->name, s->value, &value);
	aisp_emit_strz(e, v, "value_class", class_names[value.kind]);
	if (value.kind == AISP_VALUE_PLAIN)
		aisp_emit_str(e, v, "value", aisp_slice_trim(s->value));
	if (value.kind == AISP_VALUE_CONNECTION) {
		aisp_connection_props(e, v, &value.connection);
		aisp_emit_str(e, v, "password_from", password_variable(s->value));
	}
	if (in_family)
		return;
	aisp_node cred = credential_of(e, s->name, s->value, &value, &at);
	hold(e, out, holders_of(h, s, v, out), cred, &at);
	if (cred && h->bare)
		aisp_emit_alias(e, cred, aisp_emit_fmt(e, "credential://%.*s/%.*s", AISP_FMT(h->id), AISP_FMT(s->name)));
}

/* The family of this prefix, made if new; NULL when there are too many. */
static struct family *family_for(struct family *fams, size_t *n, size_t cap, struct aisp_slice prefix)
{
	for (size_t i = 0; i < *n; i++)
		if (aisp_slice_eqi(fams[i].prefix, prefix))
			return &fams[i];
	if (*n == cap)
		return NULL;
	fams[*n] = (struct family){.prefix = prefix};
	return &fams[(*n)++];
}

void aisp_holder_add(struct aisp_emit *e, const struct aisp_holder *h, const struct aisp_setting *settings, size_t n)
{
	struct family fams[64];
	size_t n_fams = 0;
	struct aisp_slice prefix;

	for (size_t i = 0; i < n; i++) {
		enum aisp_family_part part = aisp_family_part_of(settings[i].name, &prefix);
		struct family *f = part ? family_for(fams, &n_fams, sizeof fams / sizeof *fams, prefix) : NULL;
		if (f && !f->part[part])
			f->part[part] = &settings[i];
	}
	for (size_t i = 0; i < n_fams; i++) {
		struct aisp_connection c;
		if (!family_connection(&fams[i], h, &c))
			continue;
		add_family(e, h, &fams[i], &c);
		fams[i].done = true;
	}
	for (size_t i = 0; i < n; i++) {
		bool in_family = false;
		for (size_t k = 0; k < n_fams; k++)
			in_family |= fams[k].done && fams[k].part[AISP_FAMILY_PASSWORD] == &settings[i];
		add_setting(e, h, &settings[i], in_family);
	}
}

/* Command lines. */

static bool is_flag(struct aisp_slice a)
{
	return a.n > 1 && a.p[0] == '-';
}

static struct aisp_slice flag_name(struct aisp_slice a)
{
	while (a.n > 0 && a.p[0] == '-')
		a = aisp_slice_from(a, 1);
	return a;
}

/* A command line being shown. `key` is what the last flag or header name announced. */
struct shown {
	struct aisp_emit *e;
	struct aisp_buf out;
	struct aisp_slice key;
	const aisp_node *holders;
	size_t n_holders;
	const struct aisp_place *at;
};

/* A bare word that may be a key: long, of one piece, and mixed as people do not write. */
static bool looks_random(struct aisp_slice w)
{
	bool upper = false, lower_case = false, digit = false, hex = true;

	for (size_t i = 0; i < w.n; i++) {
		char c = w.p[i];
		bool d = c >= '0' && c <= '9', u = c >= 'A' && c <= 'Z', l = c >= 'a' && c <= 'z';
		if (!d && !u && !l && !memchr("+=_-", c, 4))
			return false;
		upper |= u;
		lower_case |= l;
		digit |= d;
		hex &= d || ((c | 32) >= 'a' && (c | 32) <= 'f');
	}
	return (w.n >= 32 && hex) || (w.n >= 20 && upper && lower_case && digit);
}

/* A word that holds a secret is shown as "[secret]", a connection string as scheme://user@host/name. */
static bool put_if_secret(struct shown *sh, struct aisp_slice key, struct aisp_slice word)
{
	struct aisp_value v;

	aisp_value_classify(key, word, &v);
	if (v.kind != AISP_VALUE_SECRET && v.kind != AISP_VALUE_CONNECTION && looks_random(word)) {
		aisp_buf_putz(&sh->out, "[hidden]");
		return true;
	}
	if (v.kind != AISP_VALUE_SECRET && v.kind != AISP_VALUE_CONNECTION)
		return false;
	hold(sh->e, sh->holders, sh->n_holders, credential_of(sh->e, key, word, &v, sh->at), sh->at);
	const struct aisp_connection *c = &v.connection;
	if (v.kind == AISP_VALUE_CONNECTION && c->host[0])
		aisp_buf_printf(&sh->out, "%s://%s%s%s%s%s", c->scheme, c->user, c->user[0] ? "@" : "", c->host, c->name[0] ? "/" : "",
		                c->name);
	else
		aisp_buf_putz(&sh->out, "[secret]");
	return true;
}

static struct aisp_slice unquote(struct aisp_slice w)
{
	while (w.n > 0 && memchr("\"'`", w.p[0], 3))
		w = aisp_slice_from(w, 1);
	while (w.n > 0 && memchr("\"'`;,", w.p[w.n - 1], 5))
		w.n--;
	return w;
}

static void put_value(struct shown *sh, struct aisp_slice key, struct aisp_slice value)
{
	if (!put_if_secret(sh, key, value))
		aisp_buf_put(&sh->out, value);
}

/* "--name", or a header's name with its colon: announces the next word. */
static bool announces(struct shown *sh, struct aisp_slice w)
{
	if (!is_flag(w) && (w.n < 2 || w.p[w.n - 1] != ':'))
		return false;
	sh->key = flag_name(w);
	if (sh->key.n && sh->key.p[sh->key.n - 1] == ':')
		sh->key.n--;
	return true;
}

static bool is_scheme_word(struct aisp_slice w)
{
	return aisp_slice_eqi(w, AISP_S("bearer")) || aisp_slice_eqi(w, AISP_S("basic")) || aisp_slice_eqi(w, AISP_S("token"));
}

/* "--name=value", "NAME=value", "-e", "Authorization:", or the word behind one of these. */
static void put_word(struct shown *sh, struct aisp_slice raw)
{
	struct aisp_slice w = unquote(raw);
	size_t eq = aisp_slice_chr(w, '='), url = aisp_slice_find(w, AISP_S("://"));

	if (eq != SIZE_MAX && eq > 0 && eq < 64 && (url == SIZE_MAX || url > eq)) {
		struct aisp_slice key = flag_name(aisp_slice_to(w, eq)), value = unquote(aisp_slice_from(w, eq + 1));
		aisp_buf_put(&sh->out, aisp_slice_to(w, eq + 1));
		put_value(sh, key, value);
		sh->key = key.n && aisp_value_is_placeholder(value) ? key : (struct aisp_slice){0};
		return;
	}
	if (is_scheme_word(w) || announces(sh, w)) {
		aisp_buf_put(&sh->out, raw);
		return;
	}
	size_t colon = aisp_slice_chr(w, ':');
	struct aisp_slice name = aisp_slice_to(w, colon == SIZE_MAX ? 0 : colon);
	if (name.n && name.n < 64 && aisp_key_credential_kind(name)) { /* "X-Api-Key:value" */
		aisp_buf_put(&sh->out, aisp_slice_to(w, colon + 1));
		put_value(sh, name, aisp_slice_from(w, colon + 1));
	} else if (!put_if_secret(sh, sh->key, w)) {
		aisp_buf_put(&sh->out, raw);
	}
	sh->key.n = 0;
}

static void put_arg(struct shown *sh, struct aisp_slice arg)
{
	size_t i = 0;

	if (sh->key.n && !is_flag(arg) && aisp_key_credential_kind(sh->key) && put_if_secret(sh, sh->key, arg)) {
		sh->key.n = 0;
		return;
	}
	while (i < arg.n) {
		size_t from = i;
		while (i < arg.n && !memchr(" \t\r\n", arg.p[i], 4))
			i++;
		if (i > from)
			put_word(sh, aisp_slice_of(arg.p + from, i - from));
		for (from = i; i < arg.n && memchr(" \t\r\n", arg.p[i], 4); i++)
			;
		if (i > from)
			aisp_buf_putc(&sh->out, ' ');
	}
}

struct aisp_slice aisp_args_show(struct aisp_emit *e, const struct aisp_slice *args, size_t n, const aisp_node *holders,
                                 size_t n_holders, const struct aisp_place *at)
{
	struct shown sh = {.e = e, .holders = holders, .n_holders = n_holders, .at = at};
	struct aisp_slice text = {0};

	aisp_buf_init(&sh.out, 65536);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			aisp_buf_putc(&sh.out, ' ');
		put_arg(&sh, args[i]);
	}
	if (sh.out.bad == AISP_E_NOMEM)
		aisp_emit_fail(e, AISP_E_NOMEM, NULL);
	else if (sh.out.n)
		text = aisp_emit_dup(e, aisp_slice_trim(aisp_buf_slice(&sh.out)));
	if (sh.out.p)
		explicit_bzero(sh.out.p, sh.out.n);
	aisp_buf_done(&sh.out);
	return text;
}
