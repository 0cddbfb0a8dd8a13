/* Docker Compose files (versions 2, 3 and the Compose Specification): services as workloads, their networks, ports,
 * variables and secrets. Rules: https://docs.docker.com/reference/compose-file/
 *
 * Ports published on all interfaces: network://unknown ─EXPOSES▶ service (who reaches the host is not known); on a loopback
 * address: network://loopback. Services of one network reach each other: network ─EXPOSES▶ service.
 */
#pragma once
#include "collect/files/settings.h"

/* Is it one? A map "services" whose members are maps with an image, a build or the like. */
bool aisp_compose_is(const struct aisp_doc *doc);
/* `envs`: files of settings of the same target, for ${X} (the .env beside the file) and env_file. May be empty. */
void aisp_compose_add(struct aisp_emit *e, struct aisp_slice path, const struct aisp_doc *doc, const struct aisp_env_files *envs);
