/* Joins through a role's trust: whose tokens it takes. A Kubernetes service account or a CI job ─CAN_ASSUME▶ role when the trust
 * policy says so; an annotation alone is only a wish (property `refuted` where the trust does not take it).
 */
#pragma once
#include "resolve/aws/world.h"
#include "resolve/resolve_int.h"

void aisp_aws_federate(struct aisp_resolve *r, const struct aisp_aws_world *w);
/* The part about everybody's tokens (public.c). */
void aisp_aws__take_strangers(struct aisp_resolve *r, const struct aisp_aws_world *w, struct aisp_iam_scratch *s);
