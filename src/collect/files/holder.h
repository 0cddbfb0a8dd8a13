/* Holders: whatever sets named values (a workload's environment, a .env file, a Secret, an MCP server's configuration).
 * Turns names and values into variable and credential nodes, and parts of connections into db_* properties.
 *
 * A value is looked at here and nowhere else after parsing; only what variable.h calls plain, the parts of a connection
 * without the password, a keyed fingerprint and a redacted preview reach the graph.
 *
 *   holder ─SETS▶ variable ─HOLDS▶ credential          literal
 *                          ─TAKES_FROM▶ store ─HOLDS▶ credential://STORE-ID/KEY   reference to a Secret's key
 *   file ─HOLDS▶ credential; holder ─HOLDS▶ credential when it acts (a workload, an MCP server)
 */
#pragma once
#include "collect/files/emit.h"
#include "collect/files/variable.h"

struct aisp_setting {
	struct aisp_slice name;
	struct aisp_slice value; /* p NULL: not known. Borrowed while the call lasts */
	struct aisp_slice store_id; /* canonical id of the Secret or ConfigMap it is taken from; n = 0: written here */
	aisp_node store;
	struct aisp_slice store_key;
	bool store_is_secret;
	bool elsewhere;          /* the value stands in another file that is read by itself: it does not make this file hold it */
	uint32_t line;
	struct aisp_slice pointer;
};
struct aisp_holder {
	aisp_node node;
	struct aisp_slice id;
	struct aisp_slice path;    /* of the file that says all this */
	aisp_node file;            /* may be 0 */
	bool acts;                 /* the node is something that runs: it holds what it is handed */
	bool bare;                 /* no variable nodes: only credentials (a Secret's keys) */
	const char *server_host;   /* the holder is itself a server of this name (POSTGRES_PASSWORD sets its password); or NULL */
	const char *server_scheme; /* and of this scheme */
};

/* All settings of one holder together: families (PGHOST, PGUSER, …) make one connection. */
void aisp_holder_add(struct aisp_emit *e, const struct aisp_holder *h, const struct aisp_setting *settings, size_t n);

/* A credential by its value, with fingerprint, preview and db_* properties, held by `holders[0..n)` (0 ones are passed
 * over). 0 when the value is not a credential. The one way a literal becomes a credential node. */
aisp_node aisp_credential_add(struct aisp_emit *e, struct aisp_slice key, struct aisp_slice value, const aisp_node *holders,
                              size_t n, const struct aisp_place *at);
/* credential://STORE-ID/KEY, held by the store. kind may be NULL. */
aisp_node aisp_credential_of_key(struct aisp_emit *e, aisp_node store, struct aisp_slice store_id, struct aisp_slice key,
                                 const char *kind, const struct aisp_place *at);
/* db_scheme, db_host, db_port, db_name, db_user; never the password. */
void aisp_connection_props(struct aisp_emit *e, aisp_node n, const struct aisp_connection *c);

/* A command line as text in the arena with secrets taken out ("--token=[secret]"); each becomes a credential held by
 * `holders`. */
struct aisp_slice aisp_args_show(struct aisp_emit *e, const struct aisp_slice *args, size_t n, const aisp_node *holders,
                                 size_t n_holders, const struct aisp_place *at);
