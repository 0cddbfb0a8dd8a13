/* Pipelines: GitHub Actions workflows and GitLab CI files. Each job becomes a workload: which AI keys and other secrets it is
 * handed, which cloud roles it becomes through OIDC, which AI agents it runs, and whether outsiders' text starts or feeds it.
 *
 * Rules: https://docs.github.com/actions/reference/workflow-syntax-for-github-actions, https://docs.gitlab.com/ci/yaml/
 * Not for: deciding whether a cloud role trusts the job (access engines).
 */
#pragma once
#include "base/doc.h"
#include "collect/files/emit.h"

bool aisp_ci_takes(struct aisp_slice path);
void aisp_ci_add(struct aisp_emit *e, struct aisp_slice path, const struct aisp_doc *doc);
