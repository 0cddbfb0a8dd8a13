/* Inside resolve/aws: what a world keeps beside what it shows.
 *
 *   doc ─ text: documents with equal words share one (compiled once)
 *   text ─ statements[n] ─ action patterns, resource patterns      what compression sorts resources by
 *        ├ mentions: which principals its Principal elements name  who is worth asking about
 *        └ keys: which condition keys and variables it has         what a decision can depend on
 */
#pragma once
#include "base/map.h"
#include "resolve/aws/world.h"

struct aisp_aws_strings {
	const struct aisp_slice *v;
	uint32_t n;
};
struct aisp_aws_statement {
	bool allow, not_action, not_resource;
	struct aisp_aws_strings actions, resources; /* no Resource element: "*" */
};
/* A condition key that the caller chooses the value of, with the values that documents speak of. */
struct aisp_aws_choice {
	struct aisp_slice key;
	struct aisp_aws_strings values;
};
struct aisp_aws_text {
	const struct aisp_iam_policy *policy; /* NULL: refused, see `bad` */
	struct aisp_slice text, bad;
	const struct aisp_aws_statement *st;
	uint32_t n_st;
	/* Principal elements of Allow statements */
	bool anyone;    /* "*", NotPrincipal, or something that is no ARN and no account */
	struct aisp_aws_strings accounts, arns; /* named whole; named by ARN (or unique id) */
	/* Keys */
	bool by_principal;      /* aws:PrincipalArn, aws:username, aws:userid, … in a condition or variable */
	bool by_whole_principal; /* the same, but more than which of principal_arns fit */
	struct aisp_aws_strings principal_arns; /* what conditions compare aws:PrincipalArn with */
	bool by_principal_tags;
	bool by_resource_tags;
	bool tag_session;       /* lets sessions bring tags (sts:TagSession) */
	const struct aisp_aws_choice *choices;
	uint32_t n_choices;
};
struct aisp_aws_levels {
	struct aisp_iam_level *v;
	struct aisp_aws_refs *docs; /* of each level */
	uint32_t n;
};
struct aisp_aws_key_grant {
	struct aisp_slice operations; /* "Decrypt,GenerateDataKey" */
	bool constrained;             /* by an encryption context */
	uint32_t next;                /* further grant of the same two + 1; 0: none */
};
struct aisp_aws_org { /* of an account */
	struct aisp_aws_levels scp, rcp;
	struct aisp_slice id;   /* "o-…"; empty: none or not known */
	struct aisp_slice path; /* "o-…/r-…/ou-…/"; empty: not known */
};
enum { AISP_AWS__KEYS = 24 }; /* of a principal, beside its tags */
struct aisp_aws_inside {
	struct aisp_aws_world w; /* first */
	struct aisp_aws_text *texts; uint32_t n_texts;
	uint32_t *text_of;      /* doc → text; NONE: no document */
	struct aisp_slice **control; /* doc → "ID#/Statement/0" of each statement */
	struct aisp_aws_org *orgs;   /* of each account */
	struct aisp_iam_set *identity;  /* of each principal; has room for one more policy behind its end */
	struct aisp_iam_set *boundary;
	struct aisp_aws_principal *principals;
	uint32_t cap_principals, n_sorted; /* the first n_sorted principals are sorted by ARN; forms come behind */
	struct aisp_iam_named *trust;   /* of each doc, for bearings */
	struct aisp_aws_strings principal_tags, resource_tags; /* key names that documents speak of: "aws:ResourceTag/team" */
	struct aisp_map accounts_by_id; /* hash of the digits → account + 1 */
	struct aisp_map forms;          /* what decisions depend on → first form of it + 1 */
	struct aisp_map key_grants;     /* (principal's node, key's node) → grant + 1; (0, key's node) → 1: it has some. Of a graph only: it is for drawing arrows */
	const struct aisp_aws_key_grant *grants;
	const struct aisp_iam_policy *allow_all;
	struct aisp_map by_words;       /* while building: hash of a text → text + 1 */
};
static inline const struct aisp_aws_inside *aisp_aws__in(const struct aisp_aws_world *w)
{
	return (const struct aisp_aws_inside *)w;
}

/* Reading a graph or a snapshot alike. */
struct aisp_aws_view {
	const struct aisp_graph *g;
	const struct aisp_snapshot *s;
};
uint32_t aisp_aws__nodes(const struct aisp_aws_view *v);
bool aisp_aws__node(const struct aisp_aws_view *v, aisp_node n, enum aisp_node_kind *ret_kind, struct aisp_slice *ret_id); /* false: dead */
struct aisp_slice aisp_aws__prop(const struct aisp_aws_view *v, aisp_node n, const char *key); /* text; "true" */
struct aisp_slice aisp_aws__list(const struct aisp_aws_view *v, aisp_node n, const char *key, struct aisp_arena *a); /* a line an item */
/* The other end of the next edge of a kind; *at begins with 0. 0: no more. */
aisp_node aisp_aws__out(const struct aisp_aws_view *v, aisp_node n, enum aisp_edge_kind kind, uint32_t *at);
aisp_node aisp_aws__into(const struct aisp_aws_view *v, aisp_node n, enum aisp_edge_kind kind, uint32_t *at);
bool aisp_aws__has_line(struct aisp_slice lines, struct aisp_slice line);

/* Documents (docs.c). The number of the text; use decides how it is compiled. */
int aisp_aws__text(struct aisp_aws_inside *in, struct aisp_slice json, enum aisp_iam_use use, uint32_t *ret, struct aisp_err *err);
bool aisp_aws__names_action(const struct aisp_aws_statement *st, struct aisp_slice action);
/* Is this key its caller's to choose? The reason, or NULL. */
const char *aisp_aws__choice(struct aisp_slice key);
/* The value of one tag in lines k=v; false: it has none of that name. */
bool aisp_aws__tag(struct aisp_slice lines, struct aisp_slice key, struct aisp_slice *ret);

/* Principals and accounts that are only named in somebody's policy; before any form. */
int aisp_aws__add_strangers(struct aisp_aws_world *w, const struct aisp_aws_principal *v, uint32_t n, struct aisp_err *err);
int aisp_aws__add_account(struct aisp_aws_world *w, const struct aisp_aws_account *a, uint32_t *ret, struct aisp_err *err);

uint32_t aisp_aws__account(const struct aisp_aws_world *w, struct aisp_slice id); /* NONE */

/* A question with parts left out (which layers give the right?) and the resource known. */
enum { AISP_AWS__NO_IDENTITY = 1, AISP_AWS__NO_RESOURCE = 2 };
int aisp_aws__ask(const struct aisp_aws_world *w, const struct aisp_aws_question *q, uint32_t resource, unsigned without, struct aisp_iam_scratch *s,
                  struct aisp_iam_decision *ret, struct aisp_err *err);
/* The resource that this ARN is or lies in, AISP_AWS_NONE if none. */
uint32_t aisp_aws__holder(const struct aisp_aws_world *w, struct aisp_slice arn);
/* The document behind a step, NONE: built in. */
uint32_t aisp_aws__step_doc(const struct aisp_aws_world *w, const struct aisp_aws_question *q, const struct aisp_iam_step *step);
/* Variables of a resource pattern with what is known of the principal; what is not becomes "*". In the arena; the text itself if it has none. */
struct aisp_slice aisp_aws__expand(const struct aisp_aws_world *w, uint32_t principal, struct aisp_slice pattern, struct aisp_arena *a);
