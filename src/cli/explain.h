/* access --explain: one decision, statement by statement. */
#pragma once
#include "cli/cli.h"

int aisp_cmd_explain(struct aisp_options *o, struct aisp_err *err);
