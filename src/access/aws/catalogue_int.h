/* The tables behind catalogue.h; made at build time from third_party/iam-data/actions.tsv. */
#pragma once
#include "access/aws/catalogue.h"

struct aisp_aws__service {
	const char *name;
	bool rcp;
	uint32_t begin, end; /* of its actions */
};
extern const struct aisp_aws__service aisp_aws__services[];
extern const size_t aisp_aws__n_services;
extern const struct aisp_aws_action aisp_aws__actions[];
extern const size_t aisp_aws__n_actions;
extern const struct aisp_aws_type aisp_aws__types[];
extern const size_t aisp_aws__n_types;
