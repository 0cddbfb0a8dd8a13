/* Configurations of MCP clients: which tool servers an application starts or calls, with what command, package, address and
 * credentials. One row a client and place in aisp_mcp_clients; help and docs come from the rows.
 * Rules: https://modelcontextprotocol.io/ and each client's own page.
 *
 *   file ─CONFIGURES▶ mcp_client ─HAS_TOOL▶ mcp_server ─HOLDS▶ credential;  file ─CONFIGURES▶ mcp_server
 */
#pragma once
#include "collect/files/settings.h"

enum aisp_doc_form { AISP_FORM_NONE, AISP_FORM_JSON, AISP_FORM_JSONC, AISP_FORM_YAML, AISP_FORM_TOML, AISP_FORM_HCL };

/* Names of the fields of one server's entry; alternatives are separated by '|', levels by '/'. */
struct aisp_mcp_fields {
	const char *command, *args, *env, *url, *headers, *type, *disabled, *enabled;
};
struct aisp_mcp_client {
	const char *client;  /* "cursor": the last part of mcpclient://NAME/PATH#CLIENT */
	const char *name;    /* "Cursor" */
	const char *paths;   /* patterns of the end of the path, '|' between them */
	enum aisp_doc_form form;
	const char *servers; /* where the servers stand: '|' alternatives, '/' levels, '*' any member */
	const struct aisp_mcp_fields *fields;
};
extern const struct aisp_mcp_client aisp_mcp_clients[];
extern const size_t aisp_mcp_client_count;

/* The row whose path pattern fits, NULL if none. The first one wins. */
const struct aisp_mcp_client *aisp_mcp_client_of(struct aisp_slice path);
/* All rows that fit the path are read (an editor's settings may hold the servers of several clients). */
void aisp_mcp_add(struct aisp_emit *e, struct aisp_slice path, const struct aisp_doc *doc);

/* What a package of a known server does. */
struct aisp_mcp_known {
	const char *package; /* name, or the begin of it when it ends with '*' */
	bool executes_code;  /* its input is code or commands that it runs */
	const char *data;    /* what it reads: "database", "files", "web", "mail", …; NULL nothing to tell */
};
extern const struct aisp_mcp_known aisp_mcp_known_servers[];
extern const size_t aisp_mcp_known_count;
/* NULL when not known. `package` without version. */
const struct aisp_mcp_known *aisp_mcp_known_find(struct aisp_slice package);

/* The package behind a command line: npx, uvx, docker run, …; false when it is none. */
struct aisp_mcp_package {
	struct aisp_slice ecosystem, name, version; /* "npm", "@modelcontextprotocol/server-postgres", "" */
	bool pinned;                                /* an exact version or a digest */
};
bool aisp_mcp_package_of(struct aisp_slice command, const struct aisp_slice *args, size_t n, struct aisp_mcp_package *ret);
