/* The table of effects: which request gives what. See effects.h.
 * https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks and the handlers of the API server. */
#include "access/kubernetes/effects_int.h"

#define ROW(effect, target, verbs, group, resource, sub, naming, ...)                                                  \
	{AISP_RBAC_##effect, AISP_RBAC_##target, verbs, group, resource, sub, AISP_RBAC__##naming, __VA_ARGS__}
#define UPGRADES "only if the API server is older than 1.35 or lets get requests upgrade to a stream"
#define NEW_PODS "as soon as its pods are created anew"
#define WRITTEN "as soon as it is written again"
#define ADMISSION "admissionregistration.k8s.io"
enum { SPACED = false, CLUSTER = true };

const struct aisp_rbac__row aisp_rbac__rows[] = {
	/* The answer to a patch is the whole object. */
	ROW(READS, SECRET, "get list watch patch", "", "secrets", "", BY_NAME, SPACED, NULL),
	ROW(READS, CONFIG_MAP, "get list watch patch", "", "configmaps", "", BY_NAME, SPACED, NULL),
	ROW(WRITES, SECRET, "update patch", "", "secrets", "", BY_NAME, SPACED, NULL),
	ROW(WRITES, CONFIG_MAP, "update patch", "", "configmaps", "", BY_NAME, SPACED, NULL),
	ROW(WRITES, ACCOUNT, "update patch", "", "serviceaccounts", "", BY_NAME, SPACED, NULL),

	/* Code in pods that run */
	ROW(EXECS, WORKLOAD, "create", "", "pods", "exec", BY_POD, SPACED, NULL),
	ROW(EXECS, WORKLOAD, "get", "", "pods", "exec", BY_POD, SPACED, UPGRADES),
	ROW(ATTACHES, WORKLOAD, "create", "", "pods", "attach", BY_POD, SPACED, NULL),
	ROW(ATTACHES, WORKLOAD, "get", "", "pods", "attach", BY_POD, SPACED, UPGRADES),
	ROW(ADDS_CONTAINER, WORKLOAD, "update patch", "", "pods", "ephemeralcontainers", BY_POD, SPACED, NULL),
	ROW(CHANGES_POD, WORKLOAD, "update patch", "", "pods", "", BY_POD, SPACED, NULL),
	/* Websockets begin with a get, which the kubelet takes as enough. */
	ROW(PROXIES_NODE, WORKLOAD, "get create", "", "nodes", "proxy", BY_NODE, CLUSTER, NULL),
	ROW(MUTATES, WORKLOAD, "create update patch", ADMISSION, "mutatingwebhookconfigurations", "", FREE, CLUSTER, NEW_PODS),
	ROW(MUTATES, WORKLOAD, "create update patch", ADMISSION, "mutatingadmissionpolicies", "", FREE, CLUSTER, NEW_PODS),

	/* Connections */
	ROW(CONNECTS, WORKLOAD, "create", "", "pods", "portforward", BY_POD, SPACED, NULL),
	ROW(CONNECTS, WORKLOAD, "get", "", "pods", "portforward", BY_POD, SPACED, UPGRADES),
	ROW(CONNECTS, WORKLOAD, "get create update patch delete", "", "pods", "proxy", BY_POD, SPACED, NULL),
	ROW(CONNECTS, SERVICE, "get create update patch delete", "", "services", "proxy", BY_NAME, SPACED, NULL),
	ROW(REDIRECTS, SERVICE, "update patch", "", "services", "", BY_NAME, SPACED, NULL),
	ROW(REDIRECTS, SERVICE, "update patch", "", "endpoints", "", BY_NAME, SPACED, NULL),
	ROW(REDIRECTS, SERVICE, "create update patch", "discovery.k8s.io", "endpointslices", "", FREE, SPACED, NULL),

	/* Other identities */
	ROW(MINTS_TOKEN, ACCOUNT, "create", "", "serviceaccounts", "token", BY_NAME, SPACED, NULL),
	ROW(IMPERSONATES, ACCOUNT, "impersonate", "", "serviceaccounts", "", BY_NAME, SPACED, NULL),
	ROW(IMPERSONATES, USERS, "impersonate", "", "users", "", BY_NAME, CLUSTER, NULL),

	/* What passes through admission */
	ROW(SEES_WRITES, SECRET, "create update patch", ADMISSION, "mutatingwebhookconfigurations", "", FREE, CLUSTER, WRITTEN),
	ROW(SEES_WRITES, SECRET, "create update patch", ADMISSION, "validatingwebhookconfigurations", "", FREE, CLUSTER, WRITTEN),
};
const size_t aisp_rbac__n_rows = sizeof aisp_rbac__rows / sizeof *aisp_rbac__rows;

/* The template of a job cannot be changed. */
const struct aisp_rbac__maker aisp_rbac__makers[] = {
	{"", "pods", "pod", false, false},
	{"", "replicationcontrollers", "replicationcontroller", true, false},
	{"apps", "deployments", "deployment", true, false},
	{"apps", "daemonsets", "daemonset", true, false},
	{"apps", "statefulsets", "statefulset", true, false},
	{"apps", "replicasets", "replicaset", true, false},
	{"batch", "jobs", "job", false, false},
	{"batch", "cronjobs", "cronjob", true, false},
	{"argoproj.io", "workflows", "workflow", false, true},
	{"argoproj.io", "cronworkflows", "cronworkflow", true, true},
	{"argoproj.io", "workflowtemplates", "workflowtemplate", true, true},
	{"argoproj.io", "rollouts", "rollout", true, true},
	{"argoproj.io", "sensors", "sensor", true, true},
	{"tekton.dev", "taskruns", "taskrun", false, true},
	{"tekton.dev", "pipelineruns", "pipelinerun", false, true},
	{"serving.knative.dev", "services", "service.serving.knative.dev", true, true},
	{"serving.knative.dev", "configurations", "configuration", true, true},
	{"serving.kserve.io", "inferenceservices", "inferenceservice", true, true},
	{"serving.kserve.io", "llminferenceservices", "llminferenceservice", true, true},
	{"serving.kserve.io", "servingruntimes", "servingruntime", true, true},
	{"ray.io", "rayclusters", "raycluster", true, true},
	{"ray.io", "rayjobs", "rayjob", false, true},
	{"ray.io", "rayservices", "rayservice", true, true},
	{"kubeflow.org", "notebooks", "notebook", true, true},
	{"kubeflow.org", "pytorchjobs", "pytorchjob", false, true},
	{"kubeflow.org", "tfjobs", "tfjob", false, true},
	{"kubeflow.org", "mpijobs", "mpijob", false, true},
	{"kubeflow.org", "xgboostjobs", "xgboostjob", false, true},
	{"kubeflow.org", "paddlejobs", "paddlejob", false, true},
	{"kubeflow.org", "jaxjobs", "jaxjob", false, true},
	{"kubeflow.org", "experiments", "experiment", false, true},
	{"trainer.kubeflow.org", "trainjobs", "trainjob", false, true},
	{"trainer.kubeflow.org", "trainingruntimes", "trainingruntime", true, true},
	{"sparkoperator.k8s.io", "sparkapplications", "sparkapplication", true, true},
	{"sparkoperator.k8s.io", "scheduledsparkapplications", "scheduledsparkapplication", true, true},
	{"batch.volcano.sh", "jobs", "job.batch.volcano.sh", false, true},
	{"jobset.x-k8s.io", "jobsets", "jobset", false, true},
	{"leaderworkerset.x-k8s.io", "leaderworkersets", "leaderworkerset", true, true},
	{"apps.kruise.io", "clonesets", "cloneset", true, true},
	{"keda.sh", "scaledjobs", "scaledjob", true, true},
	{"machinelearning.seldon.io", "seldondeployments", "seldondeployment", true, true},
};
const size_t aisp_rbac__n_makers = sizeof aisp_rbac__makers / sizeof *aisp_rbac__makers;

static const struct {
	enum aisp_rbac_gain gain;
	const char *name, *text;
} effects[AISP_RBAC_EFFECT_END] = {
#define X(sym, gain, text) [AISP_RBAC_##sym] = {AISP_RBAC_GAIN_##gain, #sym, text},
	AISP_RBAC_EFFECTS(X)
#undef X
};

enum aisp_rbac_gain aisp_rbac_effect_gain(enum aisp_rbac_effect e)
{
	return (unsigned)e < AISP_RBAC_EFFECT_END ? effects[e].gain : AISP_RBAC_GAIN_READ;
}

const char *aisp_rbac_effect_text(enum aisp_rbac_effect e)
{
	return (unsigned)e < AISP_RBAC_EFFECT_END ? effects[e].text : "";
}

const char *aisp_rbac_effect_name(enum aisp_rbac_effect e)
{
	return (unsigned)e < AISP_RBAC_EFFECT_END ? effects[e].name : "";
}
