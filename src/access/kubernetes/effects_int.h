/* The rows of effects, for effects.c. */
#pragma once
#include "access/kubernetes/effects.h"

enum aisp_rbac__naming {
	AISP_RBAC__BY_NAME, /* the request names the object */
	AISP_RBAC__BY_POD,  /* the request names a pod of the workload */
	AISP_RBAC__BY_NODE, /* the request names the node */
	AISP_RBAC__CREATED, /* the request has no name; a rule with names fits only with patch too (server-side apply) */
	AISP_RBAC__FREE,    /* any name will do */
};
/* A request that gives something by itself. */
struct aisp_rbac__row {
	enum aisp_rbac_effect effect;
	enum aisp_rbac_target target;
	const char *verbs; /* one of them, separated by spaces */
	const char *group, *resource, *sub;
	enum aisp_rbac__naming naming;
	bool cluster; /* the resource has no namespace */
	const char *condition;
};
extern const struct aisp_rbac__row aisp_rbac__rows[];
extern const size_t aisp_rbac__n_rows;

/* What pods are made from. */
struct aisp_rbac__maker {
	const char *group, *resource, *kind; /* kind: of the object, in lower case, with its group where the core has one of that name */
	bool changes; /* its pods follow when it is changed */
	bool custom;  /* of a custom resource: needs its controller */
};
extern const struct aisp_rbac__maker aisp_rbac__makers[];
extern const size_t aisp_rbac__n_makers;
