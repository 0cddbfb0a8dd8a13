/* The rows of the semantics table. See semantics.h for how they are read and ARCHITECTURE.md for a drawing. */
#include "reach/semantics.h"

static const struct {
	const char *name, *description;
} modes[AISP_MODE_END] = {
#define X(sym, name, description) [AISP_MODE_##sym] = {name, description},
	AISP_MODES(X)
#undef X
};

const char *aisp_mode_name(enum aisp_mode m)
{
	return (unsigned)m < AISP_MODE_END ? modes[m].name : "";
}

const char *aisp_mode_description(enum aisp_mode m)
{
	return (unsigned)m < AISP_MODE_END ? modes[m].description : "";
}

int aisp_mode_find(struct aisp_slice name)
{
	for (int m = 0; m < AISP_MODE_END; m++)
		if (aisp_slice_eqz(name, modes[m].name))
			return m;
	return -1;
}

#define ROW(edge, dir, have, gain, guard, why)                                                                         \
	{AISP_EDGE_##edge, dir, AISP_MODE_##have, AISP_MODE_##gain, AISP_GUARD_##guard, why}
enum { FWD = false, BACK = true };

const struct aisp_flow_row aisp_flow_rows[] = {
	/* The network */
	ROW(EXPOSES, FWD, ACT, NET, NONE, "who is in the position can open what is exposed there"),
	ROW(ATTACHED_TO, FWD, ACT, ACT, NONE, "who acts as the workload sends from its place in the network"),
	ROW(ROUTES_TO, FWD, CALL, NET, NONE, "a proxy opens the connection behind it only for what it has let through (Kubernetes Ingress)"),
	ROW(CONNECTS_TO, FWD, ACT, NET, NONE, "the owner configured this connection, so the place it is made from can open it"),
	ROW(ALLOWS, FWD, ACT, NET, NONE, "the rule lets it through"),

	/* What runs what */
	ROW(SERVES, FWD, NET, NET, NONE, "the served thing answers where the workload listens"),
	ROW(SERVES, FWD, CALL, CALL, NONE, "a call to the workload is a call to what it serves"),
	ROW(SERVES, FWD, ACT, ACT, NONE, "who acts as the process acts as what runs in it"),
	ROW(SERVES, BACK, ACT, ACT, NONE, "what runs in a process has the process's authority"),
	ROW(RUNS_AS, FWD, ACT, ACT, NONE, "a workload holds its identity's token"),
	ROW(RUNS_IMAGE, BACK, WRITE, ACT, NONE, "who changes the image runs code in the workload (ATT&CK T1525)"),
	ROW(BUILT_FROM, BACK, WRITE, WRITE, NONE, "the image is made from this code"),
	ROW(CONFIGURES, FWD, WRITE, ACT, NONE, "who edits the configuration decides what is started"),
	ROW(LOADS, BACK, WRITE, ACT, EDGE_EXECUTES, "the format runs code on loading (ATLAS AML.T0011.000)"),
	ROW(LOADS, BACK, WRITE, STEER, EDGE_INERT, "changed weights change the answers (ATLAS AML.T0018)"),

	/* Data inside data */
	ROW(HAS_DATA, FWD, NET, NET, NONE, "the part answers where the whole does"),
	ROW(HAS_DATA, FWD, READ, READ, NONE, "the whole's content includes the part's"),
	ROW(HAS_DATA, FWD, WRITE, WRITE, NONE, "the whole's content includes the part's"),
	ROW(HAS_DATA, FWD, ACT, READ, NONE, "who acts as the holder, such as a database server's process, reads what it holds"),
	ROW(HAS_DATA, FWD, ACT, WRITE, NONE, "who acts as the holder changes what it holds"),
	ROW(HAS_DATA, FWD, READ_VIA, READ_VIA, NONE, "the whole's content includes the part's"),
	ROW(HAS_DATA, FWD, WRITE_VIA, WRITE_VIA, NONE, "the whole's content includes the part's"),
	ROW(STORED_IN, FWD, READ, READ, NONE, "the content is in the place where it is kept"),
	ROW(STORED_IN, FWD, WRITE, WRITE, NONE, "the content is in the place where it is kept"),
	ROW(STORED_IN, FWD, READ_VIA, READ_VIA, NONE, "the content is in the place where it is kept"),
	ROW(STORED_IN, FWD, WRITE_VIA, WRITE_VIA, NONE, "the content is in the place where it is kept"),
	ROW(STORED_IN, BACK, NET, NET, NONE, "what is kept there answers where the place does"),
	ROW(STORED_IN, BACK, READ, READ, NONE, "who reads the place reads what is kept there"),
	ROW(STORED_IN, BACK, WRITE, WRITE, NONE, "who changes the place changes what is kept there"),
	ROW(STORED_IN, BACK, READ_VIA, READ_VIA, NONE, "who reads the place reads what is kept there"),
	ROW(STORED_IN, BACK, WRITE_VIA, WRITE_VIA, NONE, "who changes the place changes what is kept there"),

	/* Credentials and identities */
	ROW(HOLDS, FWD, READ, READ, NONE, "the credential stands in the content"),
	ROW(HOLDS, FWD, ACT, READ, NONE, "a process can read what it was handed"),
	ROW(HOLDS, FWD, READ_VIA, READ, NONE, "content got through an agent is got"),
	ROW(MOUNTS, FWD, ACT, READ, NONE, "a process can read what is mounted into it"),
	ROW(AUTHENTICATES, FWD, READ, ACT, NONE, "who has the credential is taken for the identity"),
	ROW(MEMBER_OF, FWD, ACT, ACT, NONE, "members share the group's authority"),
	ROW(CAN_ASSUME, FWD, ACT, MAY_ACT, NONE, "may become it; a database server's process only over a connection to it"),

	/* What access engines decided */
	ROW(CAN_READ, FWD, ACT, MAY_READ, NONE, "decided by the permission system"),
	ROW(CAN_WRITE, FWD, ACT, MAY_WRITE, NONE, "decided by the permission system"),
	ROW(CAN_CALL, FWD, ACT, MAY_CALL, NONE, "decided by the permission system"),

	ROW(INCLUDES, FWD, MAY_READ, MAY_READ, NONE, "what was decided for the set holds for each of it"),
	ROW(INCLUDES, FWD, MAY_WRITE, MAY_WRITE, NONE, "what was decided for the set holds for each of it"),
	ROW(INCLUDES, FWD, MAY_CALL, MAY_CALL, NONE, "what was decided for the set holds for each of it"),
	ROW(INCLUDES, FWD, MAY_ACT, MAY_ACT, NONE, "what was decided for the set holds for each of it"),

	/* Agents and tools */
	ROW(HAS_TOOL, FWD, CALL, STEER, NONE, "the caller's words choose the tool's arguments (OWASP ASI02)"),
	ROW(HAS_TOOL, FWD, STEER, STEER, NONE, "injected words choose the tool's arguments (OWASP LLM01)"),
	ROW(HAS_TOOL, FWD, ACT, ACT, NONE, "a tool works with the authority its agent gives it"),
	ROW(READS, FWD, STEER, READ_VIA, NONE, "what is steered fetches for the actor: the confused deputy (CWE-441)"),
	ROW(READS, FWD, ACT, MAY_READ, NONE, "the code works with a right to read it"),
	ROW(WRITES, FWD, STEER, WRITE_VIA, NONE, "what is steered changes for the actor: the confused deputy (CWE-441)"),
	ROW(WRITES, FWD, ACT, MAY_WRITE, NONE, "the code works with a right to change it"),
	ROW(CALLS, FWD, ACT, MAY_CALL, NONE, "the code works with a right to call it"),
	ROW(CALLS, FWD, STEER, CALL, NONE, "what is steered calls with the actor's words (OWASP ASI07)"),
	ROW(CALLS, BACK, WRITE, STEER, NONE, "who changes a model changes the answers that its callers get"),
	ROW(CALLS, BACK, ACT, STEER, NONE, "who acts as what is called decides the answers that its callers get"),
	ROW(RETRIEVES_FROM, FWD, STEER, READ_VIA, NONE, "the agent looks up what it is asked for (OWASP LLM08)"),
	ROW(RETRIEVES_FROM, FWD, ACT, MAY_READ, NONE, "the code works with a right to read it"),
	ROW(RETRIEVES_FROM, BACK, WRITE, STEER, NONE, "poisoned documents reach the prompt (OWASP LLM04, ASI06)"),
	ROW(RETRIEVES_FROM, BACK, WRITE_VIA, STEER, NONE, "poisoned documents reach the prompt (OWASP LLM04, ASI06)"),
	ROW(CONSUMES, BACK, WRITE, STEER, NONE, "outsiders' words reach the prompt: indirect injection (OWASP LLM01)"),
	ROW(CONSUMES, BACK, WRITE_VIA, STEER, NONE, "outsiders' words reach the prompt: indirect injection (OWASP LLM01)"),
	ROW(LOGS_TO, FWD, CALL, WRITE_VIA, NONE, "what is asked is recorded"),
	ROW(LOGS_TO, FWD, ACT, MAY_WRITE, NONE, "the code works with a right to write it"),
	ROW(INSTRUCTED_BY, FWD, STEER, READ_VIA, NONE, "agents can be made to tell their instructions (OWASP LLM07)"),
	ROW(INSTRUCTED_BY, BACK, WRITE, STEER, NONE, "the agent follows these words"),
	ROW(TRAINED_ON, BACK, WRITE, WRITE, NONE, "poisoned training data changes the model (ATLAS AML.T0020)"),
	ROW(DEFINES, FWD, WRITE, WRITE, NONE, "the prompt or data set is what the file says"),
};
const size_t aisp_flow_row_count = sizeof aisp_flow_rows / sizeof *aisp_flow_rows;
#undef ROW

#define ROW(kind, have, with, gain, guard, why)                                                                        \
	{AISP_NODE_##kind, AISP_MODE_##have, with, AISP_MODE_##gain, AISP_GUARD_##guard, why}
enum { ALONE = -1 };

const struct aisp_inside_row aisp_inside_rows[] = {
	/* Authorised and, where a connection is needed, connected: by the same actor */
	ROW(NONE, MAY_CALL, AISP_MODE_NET, CALL, NODE_GATED, "authorised and connected"),
	ROW(NONE, MAY_READ, AISP_MODE_NET, READ, NODE_GATED, "authorised and connected"),
	ROW(NONE, MAY_WRITE, AISP_MODE_NET, WRITE, NODE_GATED, "authorised and connected"),
	ROW(NONE, MAY_ACT, AISP_MODE_NET, ACT, NODE_GATED, "authorised and connected"),
	ROW(NONE, MAY_CALL, ALONE, CALL, NODE_OPEN, "authorised; it answers from anywhere"),
	ROW(NONE, MAY_READ, ALONE, READ, NODE_OPEN, "authorised; it answers from anywhere"),
	ROW(NONE, MAY_WRITE, ALONE, WRITE, NODE_OPEN, "authorised; it answers from anywhere"),
	ROW(NONE, MAY_ACT, ALONE, ACT, NODE_OPEN, "authorised; it answers from anywhere"),
	/* A form of a principal (resolve/aws/escalate.h): to become it and to change its policies */
	ROW(ROLE, MAY_ACT, AISP_MODE_MAY_WRITE, ACT, NODE_GATED, "who is it and may change its policies has any right that its limits leave"),
	ROW(USER, MAY_ACT, AISP_MODE_MAY_WRITE, ACT, NODE_GATED, "who is it and may change its policies has any right that its limits leave"),
	/* Nobody asks who calls */
	ROW(ENDPOINT, NET, ALONE, CALL, NODE_AUTH_NONE, "no authentication is asked"),
	ROW(ENDPOINT, NET, ALONE, CALL, NODE_AUTH_UNKNOWN, "whether authentication is asked is not known"),
	ROW(SERVICE, NET, ALONE, CALL, NONE, "a cluster service passes every connection on (Kubernetes Service)"),
	ROW(WORKLOAD, NET, ALONE, CALL, NODE_AUTH_NONE, "no authentication is asked"),
	ROW(WORKLOAD, NET, ALONE, CALL, NODE_AUTH_UNKNOWN, "whether authentication is asked is not known"),
	ROW(AGENT, NET, ALONE, CALL, NODE_AUTH_NONE, "its own routes ask for no authentication"),
	ROW(INFERENCE_ENDPOINT, NET, ALONE, CALL, NODE_AUTH_NONE, "no authentication is asked"),
	ROW(INFERENCE_ENDPOINT, NET, ALONE, CALL, NODE_AUTH_UNKNOWN, "whether authentication is asked is not known"),
	ROW(MCP_SERVER, NET, ALONE, CALL, NODE_AUTH_NONE, "no authentication is asked"),
	/* Asking is steering */
	ROW(AGENT, CALL, ALONE, STEER, NONE, "an agent does what its callers say (OWASP LLM01)"),
	ROW(MCP_SERVER, CALL, ALONE, STEER, NONE, "a tool server does what its callers say"),
	ROW(TOOL, CALL, ALONE, STEER, NONE, "a tool does what its callers say"),
	ROW(TOOL, STEER, ALONE, ACT, NODE_EXECUTES, "its input is code that it runs (OWASP ASI05)"),
	ROW(MCP_SERVER, STEER, ALONE, ACT, NODE_EXECUTES, "its input is code that it runs (OWASP ASI05)"),
	ROW(AGENT, STEER, ALONE, ACT, NODE_EXECUTES, "its input is code that it runs (OWASP ASI05)"),
};
const size_t aisp_inside_row_count = sizeof aisp_inside_rows / sizeof *aisp_inside_rows;
#undef ROW

#define ROW(kind, edge, dir, mode, why) {AISP_NODE_##kind, AISP_EDGE_##edge, dir, AISP_MODE_##mode, why}

const struct aisp_seed_row aisp_seed_rows[] = {
	ROW(NONE, NONE, FWD, ACT, "an actor has its own authority"),
	ROW(CREDENTIAL, NONE, FWD, READ, "the start is that somebody has it"),
	ROW(SECRET, NONE, FWD, READ, "the start is that somebody has it"),
	ROW(FILE, NONE, FWD, READ, "the start is that somebody has it"),
	ROW(TENANT, NONE, FWD, ACT, "an actor has its own authority"),
	ROW(TENANT, CONTAINS, FWD, ACT, "a tenant acts through the workloads that it runs"),
	ROW(CONTENT, NONE, FWD, WRITE, "outsiders write it"),
	ROW(SERVICE_ACCOUNT, NONE, FWD, ACT, "an actor has its own authority"),
	ROW(SERVICE_ACCOUNT, RUNS_AS, BACK, ACT, "a service account acts through the workloads that run as it"),
	ROW(DB_ROLE, NONE, FWD, ACT, "an actor has its own authority"),
	ROW(DB_ROLE, CAN_CALL, FWD, NET, "a role's session is by its nature connected to the database that admits it"),
};
const size_t aisp_seed_row_count = sizeof aisp_seed_rows / sizeof *aisp_seed_rows;
