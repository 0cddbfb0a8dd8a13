/* Kubernetes objects from files: manifests, saved `kubectl get -o yaml|json`, lists. All documents of a target are put in
 * first; finish then turns them into facts together, since names, labels, policies and roles refer to each other.
 *
 * Not for: templates (Helm, Kustomize overlays), which are not rendered; live clusters.
 */
#pragma once
#include "collect/files/emit.h"

struct aisp_kube;

struct aisp_kube *aisp_kube_new(struct aisp_emit *e); /* NULL when out of memory */
void aisp_kube_free(struct aisp_kube *k);
/* Does the document look like an object of Kubernetes (apiVersion and kind)? */
bool aisp_kube_is(const struct aisp_doc *doc);
/* Takes a document in; path and document are borrowed until free. */
void aisp_kube_add(struct aisp_kube *k, struct aisp_slice path, const struct aisp_doc *doc);
/* Writes all facts. */
void aisp_kube_finish(struct aisp_kube *k);
