/* What the files of the drill share. */
#pragma once
#include "base/arena.h"
#include "base/vec.h"
#include "govern/act.h"
#include "govern/drill.h"

enum { AISP_DRILL_ID = 10, AISP_DRILL_PAIRS = 3, AISP_DRILL_WAYS = 3, AISP_DRILL_FILE_MAX = 64 << 20 };

/* A text that is planted, NAME=VALUE; secret or not (a user's name, a key's id). */
struct aisp_drill_pair {
	const char *name;
	struct aisp_secret value;
	struct aisp_secret bare; /* the password inside of a connection string, the value else */
};
/* What has to be known to clean up: no secret among them. In the journal, in this order. */
struct aisp_drill_fact {
	struct aisp_slice key, value;
};
struct aisp_drill_step {
	const char *phase, *result; /* static */
	struct aisp_slice what, note;
	int64_t at_ms, took_ms;     /* after the drill's begin */
};
struct aisp_drill_reached {
	struct aisp_slice what;
	bool predicted, answered, tried;
};
enum aisp_drill_answer { AISP_DRILL_WORKS = 1, AISP_DRILL_REFUSED, AISP_DRILL_UNKNOWN };

struct aisp_drill;
struct aisp_drill_contain {
	const char *what;
	int (*run)(struct aisp_drill *d, struct aisp_err *err);
};
struct aisp_drill_kind {
	const char *name, *what, *made; /* made: what is created, for the plan; %s is the name */
	const char *reach;              /* what "reach" compares, for people */
	const char *target;             /* how its target begins; NULL: it needs none, and no graph knows it */
	/* Facts (names, server …) and what can be known of the value; reads only. */
	int (*prepare)(struct aisp_drill *d, struct aisp_slice detail, struct aisp_err *err);
	int (*create)(struct aisp_drill *d, struct aisp_err *err); /* makes it, and fills the pairs */
	const char *ways[AISP_DRILL_WAYS + 1];
	/* Does it work? UNKNOWN with the reason in `why` where that could not be learnt. */
	enum aisp_drill_answer (*try)(struct aisp_drill *d, unsigned way, struct aisp_buf *why);
	/* What of what was predicted really answers; adds to d->reached. May be NULL. */
	int (*reach_try)(struct aisp_drill *d, struct aisp_err *err);
	const struct aisp_drill_contain *contain; /* in order; what NULL ends it */
	/* Takes away all that create may have made; nothing there is fine. */
	int (*clean)(struct aisp_drill *d, struct aisp_err *err);
	void (*end)(struct aisp_drill *d); /* closes what is open in this process; may be NULL */
};
struct aisp_drill_place {
	const char *name, *form, *what;
	bool scan, history; /* found by a scan of the target, else by inspecting fact "path" (its history) */
	int (*prepare)(struct aisp_drill *d, struct aisp_slice detail, struct aisp_err *err);
	int (*plant)(struct aisp_drill *d, struct aisp_err *err);
	int (*clean)(struct aisp_drill *d, struct aisp_err *err);
};
extern const struct aisp_drill_kind *const *aisp_drill__kinds; /* NULL ends it */
extern const struct aisp_drill_place aisp_drill__places[];      /* name NULL ends it */

struct aisp_drill {
	const struct aisp_drill_options *o;
	struct aisp_arena *mem;
	const struct aisp_drill_kind *kind;
	const struct aisp_drill_place *place;
	char id[AISP_DRILL_ID + 1];
	struct aisp_slice name;           /* "aisp-drill-ID" */
	struct aisp_slice dir;            /* "<store>.drill/ID" */
	int lock;                         /* held while the drill lives; -1 */
	AISP_VEC(const char *) targets, logs;
	struct aisp_act *act;
	AISP_VEC(struct aisp_drill_fact) facts;
	struct aisp_drill_pair pairs[AISP_DRILL_PAIRS];
	size_t n_pairs;
	struct aisp_secret planted;       /* the bytes as they were put into a file, where the place is one */
	AISP_VEC(struct aisp_drill_step) steps;
	AISP_VEC(struct aisp_drill_reached) reached;
	struct aisp_slice reach_note;
	void *open;                       /* the kind's own: an open session, a server */
	int64_t begun_us;
	uint64_t begun_ns;
	int64_t planted_ms, found_ms, used_ms, seen_ms, contain_ms, contained_ms; /* -1: did not happen */
	const char *found_why, *seen_why; /* why not */
	struct aisp_slice found_rule;
};

/* ---- drill_state.c: facts, files of mode 0600, journal ---- */
void aisp_drill__init(struct aisp_drill *d, const struct aisp_drill_options *o);
void aisp_drill__done(struct aisp_drill *d); /* wipes */
int aisp_drill__name(struct aisp_drill *d, const char *id, struct aisp_err *err); /* NULL: a new one */
int aisp_drill__fact(struct aisp_drill *d, const char *key, struct aisp_slice value, struct aisp_err *err);
struct aisp_slice aisp_drill__get(const struct aisp_drill *d, const char *key);
int aisp_drill__pair(struct aisp_drill *d, const char *name, struct aisp_slice value, struct aisp_slice bare, struct aisp_err *err);
/* Where the state is kept: made, locked, and written whole; false in *ret_held when another process holds it. */
int aisp_drill__lock(struct aisp_drill *d, bool make, bool *ret_held, struct aisp_err *err);
int aisp_drill__keep(struct aisp_drill *d, struct aisp_err *err);
int aisp_drill__recall(struct aisp_drill *d, struct aisp_err *err); /* what was kept: targets, planted; nothing there is fine */
int aisp_drill__forget(struct aisp_drill *d, struct aisp_err *err); /* the folder goes */
int aisp_drill__journal(struct aisp_drill *d, const char *event, struct aisp_slice report, struct aisp_err *err);
int aisp_drill__parse(struct aisp_drill *d, struct aisp_err *err);  /* kind, place, targets and logs of the options */
int aisp_drill__random(size_t n, char *ret); /* n letters and digits */
/* A target by its scheme ("postgres", "aws:", "kube:"); NULL: none. */
const char *aisp_drill__target(const struct aisp_drill *d, const char *scheme);
void aisp_drill__buf_wipe(struct aisp_buf *b);
#define AISP_DRILL_WIPEBUF __attribute__((cleanup(aisp_drill__buf_wipe)))
int aisp_drill__act(struct aisp_drill *d, bool dry, struct aisp_err *err); /* opens d->act once, with folders of the place */
int aisp_drill__json(struct aisp_drill *d, const char *state, const char *why, struct aisp_buf *out, struct aisp_err *err);
int aisp_drill__clean_all(struct aisp_drill *d, struct aisp_err *err); /* place, kind, folder, journal */

/* ---- drill_text.c: pure parts ---- */
/* Where text has to be put so that it is the first item of the array (open '[') or member of the object ('{') that the top level's member `key` is. */
int aisp_drill__json_at(struct aisp_slice text, const char *key, char open, size_t *ret_at, bool *ret_empty, struct aisp_err *err);
/* The bytes to put into a file of a place, and where. created: the file was not there. */
struct aisp_drill_insert {
	size_t at;
	struct aisp_buf bytes;
};
int aisp_drill__insert(const char *place, struct aisp_slice name, const struct aisp_drill_pair *pairs, size_t n, struct aisp_slice before, bool created, const char *when,
                       struct aisp_drill_insert *ret, struct aisp_err *err);
/* before without the planted bytes; false: they are not in it. */
bool aisp_drill__without(struct aisp_slice text, struct aisp_slice planted, struct aisp_buf *out);
/* One line NAME=VALUE each, under a line that tells what they are. */
void aisp_drill__lines(struct aisp_slice name, const struct aisp_drill_pair *pairs, size_t n, struct aisp_buf *out);
/* SCRAM-SHA-256 verifier (RFC 5802, as PostgreSQL keeps it): the password itself is in no statement. salt: 16 bytes. */
int aisp_drill__scram(struct aisp_slice password, const unsigned char salt[16], struct aisp_buf *out, struct aisp_err *err);
void aisp_drill__ident(struct aisp_buf *out, struct aisp_slice name);   /* "x""y" */
void aisp_drill__literal(struct aisp_buf *out, struct aisp_slice text); /* E'…' */
/* "HOST:PORT" of a postgres target; its database. Userinfo is never in it. */
int aisp_drill__pg_server(struct aisp_arena *mem, struct aisp_slice target, struct aisp_slice *ret_server, struct aisp_slice *ret_database, struct aisp_err *err);
/* The same target with another login. */
int aisp_drill__pg_login(struct aisp_slice target, struct aisp_slice role, struct aisp_slice password, struct aisp_buf *out, struct aisp_err *err);
/* INSERT into a table whose columns are rows {name, type, required, key} (texts); AISP_E_USAGE: no column takes a text, or one that must be filled cannot. */
int aisp_drill__row(struct aisp_slice table, const struct aisp_doc *columns, struct aisp_slice text, struct aisp_buf *out, struct aisp_slice *ret_column, struct aisp_err *err);

/* ---- drill_*.c: kinds and places ---- */
int aisp_drill__file_prepare(struct aisp_drill *d, struct aisp_slice detail, struct aisp_err *err);
int aisp_drill__file_plant(struct aisp_drill *d, struct aisp_err *err);
int aisp_drill__file_clean(struct aisp_drill *d, struct aisp_err *err);
int aisp_drill__git_prepare(struct aisp_drill *d, struct aisp_slice detail, struct aisp_err *err);
int aisp_drill__git_plant(struct aisp_drill *d, struct aisp_err *err);
int aisp_drill__git_clean(struct aisp_drill *d, struct aisp_err *err);
int aisp_drill__table_prepare(struct aisp_drill *d, struct aisp_slice detail, struct aisp_err *err);
int aisp_drill__table_plant(struct aisp_drill *d, struct aisp_err *err);
int aisp_drill__table_clean(struct aisp_drill *d, struct aisp_err *err);
extern const struct aisp_drill_kind aisp_drill__postgres, aisp_drill__aws, aisp_drill__kube, aisp_drill__mock;
/* drill_watch.c: detection and reach */
int aisp_drill__detect(struct aisp_drill *d, struct aisp_err *err);
int aisp_drill__reach(struct aisp_drill *d, struct aisp_err *err);
int aisp_drill__step(struct aisp_drill *d, const char *phase, const char *result, struct aisp_slice what, struct aisp_slice note, uint64_t from_ns, struct aisp_err *err);
int64_t aisp_drill__ms(const struct aisp_drill *d); /* since the begin */
