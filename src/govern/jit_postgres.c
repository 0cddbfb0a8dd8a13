/* PostgreSQL: REVOKE of what is not used, the same GRANT to a role that ends by itself, and the way back. The control object is the statement that gives the right. */
#include "base/clock.h"
#include "govern/jit_int.h"

/* Position of a word outside of quotes, the last one when `last`; SIZE_MAX. */
static size_t find_word(struct aisp_slice text, const char *word, bool last)
{
	const struct aisp_slice w = aisp_slice_z(word);
	size_t found = SIZE_MAX;
	bool quoted = false;
	for (size_t i = 0; i < text.n; i++) {
		quoted = text.p[i] == '"' ? !quoted : quoted;
		if (!quoted && aisp_slice_starts(aisp_slice_from(text, i), w)) {
			found = i;
			if (!last)
				break;
		}
	}
	return found;
}

struct statement {
	struct aisp_slice privileges, object, grantee; /* object empty: a membership */
};

static bool split_grant(struct aisp_slice text, struct statement *ret)
{
	static const char *const ends[] = {" WITH GRANT OPTION", " WITH ADMIN", " WITH INHERIT", " WITH SET", " GRANTED BY"};
	if (!aisp_slice_starts(text, AISP_S("GRANT ")))
		return false;
	const size_t to = find_word(text, " TO ", true);
	if (to == SIZE_MAX)
		return false;
	const struct aisp_slice left = aisp_slice_from(aisp_slice_to(text, to), 6);
	ret->grantee = aisp_slice_from(text, to + 4);
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		const size_t at = find_word(ret->grantee, ends[i], false);
		ret->grantee = at == SIZE_MAX ? ret->grantee : aisp_slice_to(ret->grantee, at);
	}
	const size_t on = find_word(left, " ON ", false);
	ret->privileges = on == SIZE_MAX ? left : aisp_slice_to(left, on);
	ret->object = on == SIZE_MAX ? AISP_S("") : aisp_slice_from(left, on + 4);
	return true;
}

/* The next privilege of the list; one with columns ("SELECT (a, b)") is whole. */
static bool next_privilege(struct aisp_slice *rest, struct aisp_slice *ret)
{
	size_t depth = 0, i = 0;
	while (i < rest->n && (depth || rest->p[i] != ',')) {
		depth += rest->p[i] == '(' ? 1 : 0;
		depth -= rest->p[i] == ')' && depth ? 1 : 0;
		i++;
	}
	if (!rest->n)
		return false;
	*ret = aisp_slice_trim(aisp_slice_to(*rest, i));
	*rest = aisp_slice_from(*rest, i + 1);
	return true;
}

/* Privileges of the statement of which some use was seen: bits by their place in the list. */
struct seen {
	struct aisp_jit_out *o;
	struct aisp_slice privileges;
	uint64_t used;
};

static bool is_of(struct aisp_slice action, struct aisp_slice privilege)
{
	privilege = aisp_slice_to(privilege, aisp_slice_chr(privilege, '(') == SIZE_MAX ? privilege.n : aisp_slice_chr(privilege, '('));
	privilege = aisp_slice_trim(privilege);
	if (aisp_slice_eqi(action, privilege))
		return true;
	if (aisp_slice_eqz(privilege, "INSERT"))
		return aisp_slice_eqz(action, "COPY FROM") || aisp_slice_eqz(action, "COPY") || aisp_slice_eqz(action, "MERGE") || aisp_slice_eqz(action, "WRITE");
	if (aisp_slice_eqz(privilege, "SELECT"))
		return aisp_slice_eqz(action, "COPY TO") || aisp_slice_eqz(action, "READ") || aisp_slice_eqz(action, "COPY") || aisp_slice_eqz(action, "UPDATE") || aisp_slice_eqz(action, "DELETE");
	return (aisp_slice_eqz(privilege, "UPDATE") || aisp_slice_eqz(privilege, "DELETE")) && (aisp_slice_eqz(action, "MERGE") || aisp_slice_eqz(action, "WRITE"));
}

static bool is_target(const struct aisp_jit_out *o, aisp_node n)
{
	for (size_t i = 0; i < o->g->n_edges; i++)
		if (o->s->edges[o->g->edges[i]].to == n)
			return true;
	return false;
}

static int see(void *ctx, const struct aisp_tied_use *t)
{
	struct seen *s = ctx;
	struct aisp_slice rest = s->privileges, one;
	if (!t->use.done || !is_target(s->o, t->asset))
		return 0;
	for (int i = 0; i < 64 && next_privilege(&rest, &one); i++)
		if (is_of(t->use.action, one))
			s->used |= UINT64_C(1) << i;
	return 0;
}

/* The privileges of one sort, with commas; false: none. A list with columns ("SELECT (a, b)") is one. */
static bool put_privileges(struct aisp_buf *b, const struct seen *s, bool used)
{
	struct aisp_slice rest = s->privileges, one;
	bool any = false;
	for (int i = 0; i < 64 && next_privilege(&rest, &one); i++)
		if ((s->used >> i & 1) == used) {
			aisp_buf_printf(b, "%s%.*s", any ? ", " : "", AISP_FMT(one));
			any = true;
		}
	return any;
}

static int write_reduced(struct aisp_jit_out *o, const struct statement *st, struct seen *seen)
{
	AISP_AUTOBUF struct aisp_buf b = {0};
	aisp_buf_init(&b, 1 << 16);
	aisp_buf_putz(&b, "BEGIN;\nREVOKE ");
	if (o->g->advice == AISP_JIT_REMOVE || !st->object.n || !put_privileges(&b, seen, false)) {
		if (o->g->advice == AISP_JIT_REDUCE && st->object.n)
			return 0; /* each privilege is used somewhere */
		aisp_buf_put(&b, st->privileges);
	}
	if (st->object.n)
		aisp_buf_printf(&b, " ON %.*s", AISP_FMT(st->object));
	aisp_buf_printf(&b, " FROM %.*s;\nCOMMIT;\n", AISP_FMT(st->grantee));
	int r = aisp_buf_check(&b, o->err);
	return r == 0 ? aisp_jit__file(o, "revoke.sql", aisp_buf_slice(&b), "run it as the grantor or a superuser: psql -v ON_ERROR_STOP=1 -f revoke.sql") : r;
}

static int write_timed(struct aisp_jit_out *o, const struct statement *st, const struct seen *seen)
{
	AISP_AUTOBUF struct aisp_buf b = {0}, end = {0};
	aisp_buf_init(&b, 1 << 16);
	aisp_buf_init(&end, 1 << 16);
	aisp_buf_printf(&b, "-- psql -v ON_ERROR_STOP=1 -v role=NAME -v password=… -v until=\"$(date -u -d '+%lld minutes' '+%%Y-%%m-%%d %%H:%%M:%%S+00')\" -f grant.sql\n", (long long)o->u->rules.grant_minutes);
	aisp_buf_putz(&b, "-- VALID UNTIL ends logins by password only: end.sql ends what is still connected and takes the role away.\nBEGIN;\n"
	                  "CREATE ROLE :\"role\" LOGIN PASSWORD :'password' VALID UNTIL :'until' CONNECTION LIMIT 2;\nGRANT ");
	if (!st->object.n || !put_privileges(&b, seen, true))
		aisp_buf_put(&b, st->privileges);
	if (st->object.n)
		aisp_buf_printf(&b, " ON %.*s", AISP_FMT(st->object));
	aisp_buf_putz(&b, " TO :\"role\";\nCOMMIT;\n");
	aisp_buf_putz(&end, "-- psql -v ON_ERROR_STOP=1 -v role=NAME -f end.sql\nALTER ROLE :\"role\" NOLOGIN;\nSELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = :'role';\n"
	                    "DROP OWNED BY :\"role\";\nDROP ROLE :\"role\";\n");
	int r = aisp_buf_check(&b, o->err);
	if (r == 0)
		r = aisp_jit__file(o, "grant.sql", aisp_buf_slice(&b), "when somebody needs it: a role that can no longer log in after the time");
	return r == 0 ? aisp_jit__file(o, "end.sql", aisp_buf_slice(&end), "when the time is over (by a timer, or by hand)") : r;
}

/* Schema and database must be usable too; those grants are told, not guessed. */
static void tell_schema(struct aisp_jit_out *o)
{
	aisp_jit__step(o, "- The temporary role also needs CONNECT on the database and USAGE on the schema, which PUBLIC often has; grant them in grant.sql where it has not.");
}

int aisp_jit__postgres(struct aisp_jit_out *o)
{
	const struct aisp_slice id = aisp_jit__id(o, o->g->identity), c = o->g->control;
	struct statement st = {0};
	if (!aisp_slice_starts(id, AISP_S("postgres://")) || !c.n)
		return 0;
	if (!split_grant(c, &st)) {
		if (aisp_slice_starts(c, AISP_S("ALTER ROLE ")) && aisp_slice_ends(c, AISP_S(" SUPERUSER")) && o->g->advice != AISP_JIT_REDUCE) {
			AISP_AUTOBUF struct aisp_buf b = {0}, back = {0};
			aisp_buf_init(&b, 4096);
			aisp_buf_init(&back, 4096);
			aisp_buf_printf(&b, "%.*sNOSUPERUSER;\n", AISP_FMT(aisp_slice_to(c, c.n - 9)));
			aisp_buf_printf(&back, "%.*s;\n", AISP_FMT(c));
			int r = aisp_jit__file(o, "revoke.sql", aisp_buf_slice(&b), "run it as another superuser; keep one that can");
			return r == 0 ? aisp_jit__file(o, "undo.sql", aisp_buf_slice(&back), "the way back") : r;
		}
		aisp_jit__step(o, "- An owner's rights cannot be revoked for good: change the owner (`ALTER … OWNER TO …`) to a role that nobody logs in with.");
		return 0;
	}
	struct seen seen = {.o = o, .privileges = st.privileges};
	AISP_AUTOBUF struct aisp_buf undo = {0};
	aisp_buf_init(&undo, 1 << 16);
	aisp_buf_printf(&undo, "%.*s;\n", AISP_FMT(c));
	aisp_jit__each_use(o, see, &seen);
	int r = 0;
	if (o->g->advice == AISP_JIT_JUST_IN_TIME) {
		struct seen all = seen;
		all.used = 0;
		const enum aisp_jit_advice advice = o->g->advice;
		o->g->advice = AISP_JIT_REMOVE; /* the standing grant goes as a whole */
		r = write_reduced(o, &st, &all);
		o->g->advice = advice;
		if (r == 0)
			r = write_timed(o, &st, &seen);
		tell_schema(o);
	} else {
		r = write_reduced(o, &st, &seen);
	}
	return r == 0 ? aisp_jit__file(o, "undo.sql", aisp_buf_slice(&undo), "the way back: the grant as it stands now") : r;
}
