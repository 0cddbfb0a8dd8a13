/* CloudTrail: the fields of an event that matter, however they were read, and what is made of them. */
#pragma once
#include "collect/logs/logs_int.h"

enum { CT_RESOURCES = 16, CT_CACHE = 512, CT_TEXT = 128, CT_ARN = 1100 };
/* Texts of the event; empty where it has none. */
struct ct_event {
	struct aisp_slice id, time, source, name, region, account, error, message, address, agent, category, type;
	struct aisp_slice who, arn, principal, who_account, user, invoked, key, provider, behalf, issuer; /* of userIdentity */
	unsigned n_resources;
	bool data; /* "managementEvent": false */
	/* A member of requestParameters that is text; empty when there is none. */
	struct aisp_slice (*param)(const void *from, struct aisp_slice key);
	const void *from;
	struct aisp_slice resources[CT_RESOURCES]; /* n_resources of them; the last member, so that the rest can be cleared alone */
};
/* Source and name of an event → action and rows of assets, remembered: there are few. */
struct ct_cached {
	uint8_t n_source, n_name, n_action, n_service;
	uint16_t row; /* of ct_assets; its service's first */
	char text[CT_TEXT], action[CT_TEXT]; /* text: source, then name */
};
struct ct_state {
	struct aisp_tokens *tokens; /* of the fast path */
	const struct aisp_log_parser *parser;
	struct ct_cached cache[CT_CACHE];
	char identity[CT_ARN], origin[160], assets[CT_RESOURCES][CT_ARN];
};
/* The parser's state, made on first use; NULL: out of memory. */
struct ct_state *aisp_ct__state(struct aisp_log_parser *p);
/* Events of one record; AISP_E_PARSE: it lacks what every event has. */
int aisp_ct__emit(struct ct_state *s, const struct ct_event *e, aisp_use_sink *sink, void *ctx, struct aisp_err *err);
