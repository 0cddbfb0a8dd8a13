/* Rights in AWS that no policy document gives: S3 ACLs that name everybody (GRANTED with the property `permission`), grants of KMS (`operations`). */
#pragma once
#include "resolve/aws/world_int.h"
#include "resolve/resolve_int.h"

void aisp_aws_lists(struct aisp_resolve *r, const struct aisp_aws_world *w);
