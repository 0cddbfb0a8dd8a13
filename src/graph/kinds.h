/* The kinds of nodes and edges, confidences and sensitivities: one table each. Help, docs, formats and colours come from
 * these rows; adding a kind is one line here (and, if something flows along a new edge kind, rows in
 * reach/semantics.c).
 *
 * New rows go to the end: stores keep the numbers.
 *
 * Columns of a node kind:  symbol, name, group, OpenGraph kind, colour, icon, flags, description
 * Columns of an edge kind: symbol, name, OpenGraph kind, description
 */
#pragma once
#include "base/slice.h"

/* Flags of a node kind. */
enum {
	AISP_NK_ASSET = 1,    /* listed by `aisp assets` */
	AISP_NK_IDENTITY = 2, /* listed by `aisp identities`; may be an actor */
	AISP_NK_NHI = 4,      /* a non-human identity */
	AISP_NK_GATED = 8,    /* permission alone does not suffice: a network connection is needed too */
	AISP_NK_AI = 16,      /* an AI asset */
	AISP_NK_START = 32,   /* where attacks start: internet, tenant */
};

#define AISP_NODE_KINDS(X)                                                                                             \
	X(MODEL, "model", "ai", "Model", "#7c3aed", "brain", AISP_NK_ASSET | AISP_NK_AI, "a model that is called or loaded, by provider and name") \
	X(AGENT, "agent", "ai", "Agent", "#6d28d9", "robot", AISP_NK_ASSET | AISP_NK_AI | AISP_NK_NHI, "a program that lets a model choose its steps or answers with retrieved content") \
	X(TOOL, "tool", "ai", "Tool", "#8b5cf6", "wrench", AISP_NK_ASSET | AISP_NK_AI, "a function that an agent may call") \
	X(MCP_SERVER, "mcp_server", "ai", "McpServer", "#a78bfa", "plug", AISP_NK_ASSET | AISP_NK_AI, "a Model Context Protocol server, configured or running") \
	X(MCP_CLIENT, "mcp_client", "ai", "McpClient", "#c4b5fd", "desktop", AISP_NK_ASSET | AISP_NK_AI, "an application with a configuration of MCP servers") \
	X(PROMPT, "prompt", "ai", "Prompt", "#5b21b6", "message", AISP_NK_ASSET | AISP_NK_AI, "instructions that an agent follows") \
	X(VECTOR_STORE, "vector_store", "ai", "VectorStore", "#0e7490", "layer-group", AISP_NK_ASSET | AISP_NK_AI, "a service or extension that holds embeddings") \
	X(COLLECTION, "collection", "ai", "Collection", "#0891b2", "cubes", AISP_NK_ASSET | AISP_NK_AI, "a named set of embedded documents in a vector store") \
	X(DATASET, "dataset", "ai", "Dataset", "#0d9488", "table", AISP_NK_ASSET | AISP_NK_AI, "data that is used to train, tune or evaluate a model") \
	X(PROMPT_LOG, "prompt_log", "ai", "PromptLog", "#0f766e", "scroll", AISP_NK_ASSET | AISP_NK_AI, "recorded prompts and answers") \
	X(INFERENCE_ENDPOINT, "inference_endpoint", "ai", "InferenceEndpoint", "#9333ea", "server", AISP_NK_ASSET | AISP_NK_AI | AISP_NK_GATED, "an address that answers with a model's output") \
	X(MODEL_FILE, "model_file", "ai", "ModelFile", "#7e22ce", "file-code", AISP_NK_ASSET | AISP_NK_AI, "weights or a pipeline in a file") \
	X(NOTEBOOK, "notebook", "ai", "Notebook", "#a21caf", "book", AISP_NK_ASSET | AISP_NK_AI, "an interactive notebook") \
	X(TRAINING_JOB, "training_job", "ai", "TrainingJob", "#86198f", "dumbbell", AISP_NK_ASSET | AISP_NK_AI, "a run that trains or tunes a model or builds embeddings") \
	X(USER, "user", "identity", "User", "#b45309", "user", AISP_NK_IDENTITY, "a person's account") \
	X(GROUP, "group", "identity", "Group", "#d97706", "users", AISP_NK_IDENTITY, "a set of identities that share what is granted to it") \
	X(SERVICE_ACCOUNT, "service_account", "identity", "ServiceAccount", "#c2410c", "id-badge", AISP_NK_IDENTITY | AISP_NK_NHI, "an account that workloads run as") \
	X(DB_ROLE, "db_role", "identity", "DbRole", "#ea580c", "user-lock", AISP_NK_IDENTITY | AISP_NK_NHI, "a role of a database server") \
	X(RBAC_ROLE, "rbac_role", "identity", "RbacRole", "#f59e0b", "scale-balanced", 0, "a set of permissions that is bound to identities") \
	X(CREDENTIAL, "credential", "credential", "Credential", "#dc2626", "key", 0, "what proves an identity; only its kind, fingerprint and place are kept") \
	X(SECRET, "secret", "data", "Secret", "#be123c", "lock", AISP_NK_ASSET, "an entry of a secret store, by key names only") \
	X(CONFIG_MAP, "config_map", "data", "ConfigMap", "#9f1239", "sliders", 0, "configuration handed to workloads") \
	X(VARIABLE, "variable", "config", "Variable", "#64748b", "dollar-sign", 0, "an environment variable, set by a holder or needed by code") \
	X(DB_SERVER, "db_server", "data", "DbServer", "#1d4ed8", "database", AISP_NK_ASSET | AISP_NK_GATED, "a database server") \
	X(DATABASE, "database", "data", "Database", "#2563eb", "database", AISP_NK_ASSET | AISP_NK_GATED, "a database") \
	X(SCHEMA, "schema", "data", "Schema", "#3b82f6", "folder", AISP_NK_GATED, "a namespace inside a database") \
	X(TABLE, "table", "data", "Table", "#1e40af", "table", AISP_NK_ASSET | AISP_NK_GATED, "a table, view, materialised view or foreign table") \
	X(COLUMN, "column", "data", "Column", "#60a5fa", "columns", AISP_NK_GATED, "a column of a table") \
	X(FUNCTION, "function", "data", "Function", "#1e3a8a", "code", AISP_NK_GATED, "a function or procedure of a database") \
	X(BUCKET, "bucket", "data", "Bucket", "#0369a1", "bucket", AISP_NK_ASSET, "object storage") \
	X(FILE, "file", "code", "File", "#475569", "file", 0, "a file") \
	X(REPOSITORY, "repository", "code", "Repository", "#334155", "code-branch", AISP_NK_ASSET, "a source repository or scanned directory") \
	X(COMPONENT, "component", "code", "Component", "#1f2937", "box", 0, "the code of one buildable part of a repository") \
	X(WORKLOAD, "workload", "compute", "Workload", "#15803d", "cube", AISP_NK_ASSET | AISP_NK_NHI, "something that runs: deployment, job, compose service") \
	X(IMAGE, "image", "compute", "Image", "#166534", "compact-disc", AISP_NK_ASSET, "a container image") \
	X(CLUSTER, "cluster", "compute", "Cluster", "#14532d", "dharmachakra", AISP_NK_ASSET, "a Kubernetes cluster or compose project") \
	X(NAMESPACE, "namespace", "compute", "Namespace", "#4d7c0f", "object-group", 0, "a namespace of a cluster") \
	X(INTERNET, "internet", "network", "Internet", "#ef4444", "globe", AISP_NK_START, "anyone on the internet, without any credential") \
	X(NETWORK, "network", "network", "Network", "#f97316", "network-wired", AISP_NK_START, "a network position: whoever has it can open what is exposed there") \
	X(TENANT, "tenant", "network", "Tenant", "#fb923c", "building", AISP_NK_START, "an environment or tenant whose workloads and people start from inside") \
	X(ENDPOINT, "endpoint", "network", "Endpoint", "#0284c7", "door-open", AISP_NK_ASSET, "an address that accepts connections: ingress, URL, port") \
	X(SERVICE, "service", "network", "Service", "#0ea5e9", "shuffle", 0, "a name inside a cluster that leads to workloads") \
	X(NETWORK_RULE, "network_rule", "network", "NetworkRule", "#38bdf8", "shield", 0, "a written rule about who may connect") \
	X(EXTERNAL_SERVICE, "external_service", "network", "ExternalService", "#7dd3fc", "cloud", AISP_NK_ASSET, "a service of somebody else, called by URL") \
	X(CONTENT, "content", "network", "UntrustedContent", "#b91c1c", "biohazard", AISP_NK_START, "content that outsiders write and that is consumed: tickets, mail, web pages") \
	X(SYSTEM, "system", "org", "System", "#0f172a", "sitemap", AISP_NK_ASSET, "the assets that serve one purpose together") \
	X(LIBRARY, "library", "code", "Library", "#6b7280", "book-open", 0, "a package that makes, calls or watches models, by package URL") \
	X(ROLE, "role", "identity", "Role", "#ca8a04", "id-badge", AISP_NK_IDENTITY | AISP_NK_NHI, "a role of a cloud that identities assume") \
	X(IDENTITY_PROVIDER, "identity_provider", "identity", "IdentityProvider", "#a16207", "user-lock", AISP_NK_IDENTITY, "an issuer of tokens that a cloud or cluster trusts") \
	X(POLICY, "policy", "identity", "Policy", "#eab308", "scale-balanced", 0, "a written access policy, as its document stands") \
	X(ACCOUNT, "account", "org", "Account", "#1e293b", "building", AISP_NK_ASSET, "a cloud account, organisation unit or organisation") \
	X(ENCRYPTION_KEY, "encryption_key", "data", "EncryptionKey", "#e11d48", "key", AISP_NK_ASSET, "a key of a key management service") \
	X(QUEUE, "queue", "data", "Queue", "#0284c7", "shuffle", AISP_NK_ASSET, "a queue, topic, stream or bus") \
	X(GUARDRAIL, "guardrail", "ai", "Guardrail", "#4f46e5", "shield", AISP_NK_ASSET | AISP_NK_AI, "a filter between a model and its callers") \
	X(MACHINE, "machine", "compute", "Machine", "#065f46", "server", AISP_NK_ASSET | AISP_NK_NHI, "a virtual or physical machine, such as a node of a cluster") \
	X(CLOUD_RESOURCE, "cloud_resource", "data", "CloudResource", "#0c4a6e", "cloud", AISP_NK_ASSET, "a resource of a cloud that has no kind of its own here") \
	X(RESOURCE_SET, "resource_set", "data", "ResourceSet", "#94a3b8", "object-group", 0, "resources on which a decision is the same; it stands for many arrows")

#define AISP_EDGE_KINDS(X)                                                                                             \
	X(CONTAINS, "CONTAINS", "Contains", "structure: the parent has the child; nothing flows")                      \
	X(HAS_DATA, "HAS_DATA", "HasData", "the child is part of the parent's content: who reads the parent reads the child") \
	X(DEFINES, "DEFINES", "Defines", "the file or component is where the thing is written down")                   \
	X(PART_OF, "PART_OF", "PartOf", "membership in a system")                                                      \
	X(EXPOSES, "EXPOSES", "Exposes", "from this network position one can open a connection to it")                 \
	X(ATTACHED_TO, "ATTACHED_TO", "AttachedTo", "the workload or identity is in this network position")            \
	X(ROUTES_TO, "ROUTES_TO", "RoutesTo", "lets through what it accepts: ingress to service, service to workload") \
	X(CONNECTS_TO, "CONNECTS_TO", "ConnectsTo", "is configured to open connections to it")                         \
	X(SERVES, "SERVES", "Serves", "the workload or endpoint runs the agent, model or server and passes calls on")  \
	X(RUNS_AS, "RUNS_AS", "RunsAs", "the workload has this identity")                                              \
	X(RUNS_IMAGE, "RUNS_IMAGE", "RunsImage", "the workload runs this image")                                       \
	X(BUILT_FROM, "BUILT_FROM", "BuiltFrom", "the image is built from this code")                                  \
	X(SETS, "SETS", "Sets", "the holder sets this variable")                                                       \
	X(NEEDS, "NEEDS", "Needs", "the code reads this variable")                                                     \
	X(TAKES_FROM, "TAKES_FROM", "TakesFrom", "the variable's value comes from this secret or config map")          \
	X(MOUNTS, "MOUNTS", "Mounts", "the workload is handed the secret or config map")                               \
	X(HOLDS, "HOLDS", "Holds", "whoever reads it has the credential")                                              \
	X(AUTHENTICATES, "AUTHENTICATES", "Authenticates", "the credential proves this identity")                      \
	X(MEMBER_OF, "MEMBER_OF", "MemberOf", "shares what is granted to the group")                                   \
	X(CAN_ASSUME, "CAN_ASSUME", "CanAssume", "can become it: SET ROLE, assume role, exec into, mint a token")      \
	X(CAN_READ, "CAN_READ", "CanRead", "decided by an access engine: is authorised to read")                       \
	X(CAN_WRITE, "CAN_WRITE", "CanWrite", "decided by an access engine: is authorised to change")                  \
	X(CAN_CALL, "CAN_CALL", "CanCall", "decided by an access engine: is authorised to call or connect")            \
	X(GRANTED, "GRANTED", "Granted", "a written grant, as it stands; what follows from it are the CAN_… edges")    \
	X(BOUND_TO, "BOUND_TO", "BoundTo", "the identity is bound to this set of permissions")                         \
	X(OWNS, "OWNS", "Owns", "is the owner")                                                                        \
	X(HAS_TOOL, "HAS_TOOL", "HasTool", "the agent or MCP client may call the tool or MCP server")                  \
	X(READS, "READS", "Reads", "the code of it reads this asset")                                                  \
	X(WRITES, "WRITES", "Writes", "the code of it changes this asset")                                             \
	X(CALLS, "CALLS", "Calls", "the code of it calls this model, endpoint, agent or service")                      \
	X(RETRIEVES_FROM, "RETRIEVES_FROM", "RetrievesFrom", "the agent puts content found there before its model")    \
	X(CONSUMES, "CONSUMES", "Consumes", "the agent puts content written by outsiders before its model")            \
	X(LOGS_TO, "LOGS_TO", "LogsTo", "prompts and answers are recorded there")                                      \
	X(INSTRUCTED_BY, "INSTRUCTED_BY", "InstructedBy", "the agent follows these instructions")                      \
	X(CONFIGURES, "CONFIGURES", "Configures", "the file decides what is started or called")                        \
	X(LOADS, "LOADS", "Loads", "loads this model file")                                                            \
	X(TRAINED_ON, "TRAINED_ON", "TrainedOn", "made or tuned from this data")                                       \
	X(STORED_IN, "STORED_IN", "StoredIn", "the collection, log or dataset is kept in this table, bucket or file")  \
	X(IMPORTS, "IMPORTS", "Imports", "the source file imports this one")                                           \
	X(ALLOWS, "ALLOWS", "Allows", "the network rule lets connections through to it")                                      \
	X(DEPENDS_ON, "DEPENDS_ON", "DependsOn", "the component declares or locks this package") \
	X(LIMITED_BY, "LIMITED_BY", "LimitedBy", "the identity, account or network way can do no more than this policy lets it: boundary, SCP, RCP, endpoint policy; nothing flows") \
	X(GOVERNED_BY, "GOVERNED_BY", "GovernedBy", "this policy is attached to the thing itself and says who may use it; nothing flows") \
	X(INCLUDES, "INCLUDES", "Includes", "the set has this member: a right on the set is a right on the member")

enum aisp_node_kind {
	AISP_NODE_NONE,
#define X(sym, ...) AISP_NODE_##sym,
	AISP_NODE_KINDS(X)
#undef X
	AISP_NODE_KIND_END
};
enum aisp_edge_kind {
	AISP_EDGE_NONE,
#define X(sym, ...) AISP_EDGE_##sym,
	AISP_EDGE_KINDS(X)
#undef X
	AISP_EDGE_KIND_END
};

struct aisp_node_kind_row {
	const char *name, *group, *opengraph, *colour, *icon;
	unsigned flags;
	const char *description;
};
struct aisp_edge_kind_row {
	const char *name, *opengraph, *description;
};
/* Indexed by kind; row 0 is empty names. */
extern const struct aisp_node_kind_row aisp_node_kinds[AISP_NODE_KIND_END];
extern const struct aisp_edge_kind_row aisp_edge_kinds[AISP_EDGE_KIND_END];
enum aisp_node_kind aisp_node_kind_find(struct aisp_slice name); /* NONE if unknown */
enum aisp_edge_kind aisp_edge_kind_find(struct aisp_slice name);

/* Ordered: a higher one is better known. */
enum aisp_confidence {
	AISP_CONF_UNRESOLVED = 1, /* we could not tell */
	AISP_CONF_INFERRED = 2,   /* concluded by us */
	AISP_CONF_DECLARED = 3,   /* written by its owner */
	AISP_CONF_OBSERVED = 4,   /* seen live or in a log */
};
const char *aisp_confidence_name(enum aisp_confidence c);
enum aisp_confidence aisp_confidence_find(struct aisp_slice name); /* 0 if unknown */

enum aisp_sensitivity {
	AISP_SENS_UNKNOWN,
	AISP_SENS_PUBLIC,
	AISP_SENS_INTERNAL,
	AISP_SENS_CONFIDENTIAL,
	AISP_SENS_RESTRICTED,
};
const char *aisp_sensitivity_name(enum aisp_sensitivity s);
enum aisp_sensitivity aisp_sensitivity_find(struct aisp_slice name); /* UNKNOWN if none */
