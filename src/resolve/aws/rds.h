/* Logging in to a database of RDS as an identity of AWS: principal ─CAN_ASSUME▶ role of the database. */
#pragma once
#include "resolve/aws/world_int.h"
#include "resolve/resolve_int.h"

void aisp_aws_database_logins(struct aisp_resolve *r, const struct aisp_aws_world *w);
