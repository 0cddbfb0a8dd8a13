/* Inside the OpenTelemetry formats: a span as far as it says something of use, whichever encoding it came in. */
#pragma once
#include "collect/logs/formats_int.h"

/* Attributes that are read; the keys of each, of the present and earlier conventions, are in otel.c. */
enum aisp_otel_field {
	OT_NONE,
	OT_OPERATION, OT_KIND, OT_AGENT, OT_AGENT_ID, OT_TOOL, OT_ENTITY, OT_MODEL, OT_MODEL_ANSWERED, OT_DATA_SOURCE, OT_DB_SYSTEM, OT_DB, OT_DB_TABLE, OT_DB_OPERATION, OT_DB_TEXT, OT_SERVER,
	OT_CLIENT, OT_MCP_METHOD, OT_MCP_RESOURCE, OT_PROMPT, OT_ERROR, OT_HTTP_STATUS,
	OT_SERVICE, OT_POD, /* of the resource */
	OT_FIELDS
};
struct aisp_otel_span {
	struct aisp_slice f[OT_FIELDS];
	uint64_t key, parent;        /* of (trace id, span id); parent 0: a root */
	struct aisp_slice id;        /* hex of both */
	struct aisp_slice name;
	struct aisp_slice who;       /* whose work it was, where that is not the service's */
	int64_t at_us, kind, status; /* kind 2: server, 3: client; status 2: error */
};
enum aisp_otel_field aisp_otel__field(struct aisp_slice key);
/* A span of one record; aisp_otel__settle after the record's last. */
struct aisp_otel_ctx {
	struct aisp_log_parser *p;
	aisp_use_sink *sink;
	void *ctx;
	struct aisp_err *err;
	uint32_t spans;
};
int aisp_otel__begin(struct aisp_otel_ctx *c);
int aisp_otel__span(struct aisp_otel_ctx *c, struct aisp_otel_span *s);
int aisp_otel__settle(struct aisp_otel_ctx *c);
uint64_t aisp_otel__key(struct aisp_slice trace, struct aisp_slice span); /* raw bytes; 0 for none */
