/* Dockerfiles: what the image of a component runs, from what it is made, and secrets written into it.
 * Rules: https://docs.docker.com/reference/dockerfile/ . RUN lines are looked through for credentials only.
 *
 *   component: dockerfile, entrypoint, workdir, user, base_images, exposed_ports, copies (of the final stage and those it
 *   is built on); file ─SETS▶ variable (ENV, ARG with a default) ─HOLDS▶ credential
 */
#pragma once
#include "collect/files/emit.h"

void aisp_dockerfile_add(struct aisp_emit *e, struct aisp_slice path, struct aisp_slice text);
