#!/usr/bin/env python3
"""A made-up cluster as saved lists (`kubectl get -o json`), for bench_k8s: k8s_gen.py FOLDER [PODS [admin]]. 30,000 pods: 500 namespaces,
3,000 deployments with their replica sets, 2,000 roles and bindings, 1,000 network policies, 3,000 services, 300 nodes; with "admin" an AdminNetworkPolicy over all namespaces, both ways. Always the same."""
import json
import os
import random
import sys

OUT, PODS = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 30000
R = random.Random(5)
NS, DEPLOYMENTS, NODES = max(PODS // 60, 5), max(PODS // 10, 10), max(PODS // 100, 3)
ROLES, POLICIES = max(PODS // 30, 10), max(PODS // 30, 10)
RULES = [([""], ["secrets"], ["get", "list"]), ([""], ["configmaps", "pods", "services"], ["get", "list", "watch"]), ([""], ["pods/exec"], ["create"]),
         (["apps"], ["deployments"], ["get", "list", "watch", "create", "update", "patch", "delete"]), (["batch"], ["jobs"], ["create", "get"]),
         ([""], ["pods"], ["get", "list", "watch"]), ([""], ["events"], ["create", "patch"]), (["coordination.k8s.io"], ["leases"], ["*"])]


def write(name, items):
    os.makedirs(OUT, exist_ok=True)
    with open(os.path.join(OUT, name + ".json"), "w") as f:
        json.dump({"apiVersion": "v1", "kind": "List", "items": items}, f)


def meta(name, ns=None, **more):
    return {"name": name, **({"namespace": ns} if ns else {}), "uid": "%032x" % R.getrandbits(128), "creationTimestamp": "2026-01-01T00:00:00Z",
            "resourceVersion": str(R.randrange(10**8)), **more}


def spec(app, i):
    c = {"name": "main", "image": f"registry.example.com/team/{app}:1.{i % 40}", "imagePullPolicy": "IfNotPresent",
         "ports": [{"containerPort": 8080, "name": "http", "protocol": "TCP"}],
         "env": [{"name": "LOG_LEVEL", "value": "info"}, {"name": "PEER", "value": f"http://app-{(i * 7) % DEPLOYMENTS}.ns-{(i * 7) % DEPLOYMENTS % NS}:8080"}],
         "envFrom": [{"secretRef": {"name": f"env-{i}"}}] if i % 4 == 0 else [],
         "resources": {"limits": {"cpu": "1", "memory": "512Mi"}, "requests": {"cpu": "100m", "memory": "128Mi"}},
         "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
         "volumeMounts": [{"mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "name": "token", "readOnly": True}],
         "livenessProbe": {"httpGet": {"path": "/healthz", "port": "http", "scheme": "HTTP"}, "periodSeconds": 10, "timeoutSeconds": 1},
         "securityContext": {"privileged": True} if i % 500 == 3 else {"runAsNonRoot": True, "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}}
    return {"containers": [c], "serviceAccountName": f"sa-{i}", "dnsPolicy": "ClusterFirst", "restartPolicy": "Always", "schedulerName": "default-scheduler",
            "terminationGracePeriodSeconds": 30, "tolerations": [{"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}],
            "volumes": [{"name": "token", "projected": {"defaultMode": 420, "sources": [{"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}}]}}]}


def workloads():
    deployments, sets, pods, services, accounts, secrets = [], [], [], [], [], []
    for i in range(DEPLOYMENTS):
        ns, app, labels = f"ns-{i % NS}", f"app-{i}", {"app": f"app-{i}", "tier": ["web", "api", "db"][i % 3]}
        template = {"metadata": {"labels": labels}, "spec": spec(app, i)}
        body = {"replicas": PODS // DEPLOYMENTS, "selector": {"matchLabels": {"app": app}}, "template": template}
        deployments.append({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta(app, ns, labels=labels), "spec": body})
        rs = f"{app}-{R.getrandbits(32):08x}"
        owner = lambda kind, name: [{"apiVersion": "apps/v1", "kind": kind, "name": name, "controller": True, "uid": "%032x" % R.getrandbits(128)}]
        sets.append({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": meta(rs, ns, labels=labels, ownerReferences=owner("Deployment", app)), "spec": body})
        for p in range(PODS // DEPLOYMENTS):
            s = dict(template["spec"], nodeName=f"node-{R.randrange(NODES)}")
            pods.append({"apiVersion": "v1", "kind": "Pod", "metadata": meta(f"{rs}-{R.getrandbits(20):05x}", ns, labels=labels, ownerReferences=owner("ReplicaSet", rs)),
                         "spec": s, "status": {"phase": "Running", "podIP": f"10.{p}.{i >> 8}.{i & 255}", "hostIP": "192.168.0.1",
                                               "containerStatuses": [{"name": "main", "ready": True, "restartCount": 0, "image": s["containers"][0]["image"],
                                                                      "imageID": "registry.example.com/team/%s@sha256:%064x" % (app, i), "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}}}],
                                               "conditions": [{"type": t, "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"} for t in ("Ready", "Initialized", "PodScheduled")]}})
        services.append({"apiVersion": "v1", "kind": "Service", "metadata": meta(app, ns), "spec": {"clusterIP": f"172.16.{i >> 8}.{i & 255}", "selector": {"app": app},
                         "ports": [{"port": 8080, "targetPort": "http"}], "type": "LoadBalancer" if i % 100 == 0 else "ClusterIP"}})
        accounts.append({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta(f"sa-{i}", ns)})
        if i % 4 == 0:
            secrets.append({"apiVersion": "v1", "kind": "Secret", "metadata": meta(f"env-{i}", ns), "type": "Opaque", "data": {"API_KEY": "", "DB_PASSWORD": ""}})
    return {"deployments": deployments, "replicasets": sets, "pods": pods, "services": services, "serviceaccounts": accounts, "secrets": secrets}


def rbac():
    out, group = [], "rbac.authorization.k8s.io"
    for i in range(ROLES):
        cluster, ns = i % 20 == 0, f"ns-{i % NS}"
        rules = [{"apiGroups": g, "resources": r, "verbs": v} for g, r, v in R.sample(RULES, R.randint(1, 3))]
        if i % 10 == 5:
            rules[0] = dict(rules[0], resourceNames=[f"env-{i}", f"app-{i}"])
        name = f"role-{i}"
        scope = None if cluster else ns
        subject = {"kind": "ServiceAccount", "name": f"sa-{i % DEPLOYMENTS}", "namespace": f"ns-{i % DEPLOYMENTS % NS}"} if i % 3 else {"kind": "Group", "apiGroup": group, "name": f"team-{i % 50}"}
        ref = {"apiGroup": group, "kind": "ClusterRole" if cluster else "Role", "name": name}
        if i % 50 == 7:
            ref = {"apiGroup": group, "kind": "ClusterRole", "name": ["cluster-admin", "admin", "edit", "view"][i // 50 % 4]}
            scope = None if i % 100 == 7 else ns
        out.append({"apiVersion": group + "/v1", "kind": "ClusterRole" if cluster else "Role", "metadata": meta(name, None if cluster else ns), "rules": rules})
        out.append({"apiVersion": group + "/v1", "kind": "RoleBinding" if scope else "ClusterRoleBinding", "metadata": meta(f"binding-{i}", scope), "roleRef": ref, "subjects": [subject]})
    return out


def policies():
    out = []
    for i in range(POLICIES):
        ns = f"ns-{i % NS}"
        if i < NS:
            body = {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": []}
        else:
            body = {"podSelector": {"matchLabels": {"tier": "api"}}, "policyTypes": ["Ingress", "Egress"],
                    "ingress": [{"from": [{"podSelector": {"matchLabels": {"tier": "web"}}}, {"namespaceSelector": {"matchLabels": {"team": f"t{i % 25}"}}}], "ports": [{"port": "http"}]}],
                    "egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.9.0.0/16"]}}, {"podSelector": {}}]}]}
        out.append({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta(f"np-{i}", ns), "spec": body})
    return out


lists = workloads()
lists["rbac"] = rbac()
lists["networkpolicies"] = policies()
lists["namespaces"] = [{"apiVersion": "v1", "kind": "Namespace", "metadata": meta(f"ns-{i}", labels={"team": f"t{i % 25}", "pod-security.kubernetes.io/enforce": ["restricted", "baseline", "privileged"][i % 3]})} for i in range(NS)]
lists["nodes"] = [{"apiVersion": "v1", "kind": "Node", "metadata": meta(f"node-{i}", labels={"topology.kubernetes.io/zone": f"z{i % 3}"}),
                   "spec": {"providerID": f"aws:///eu-west-1a/i-{i:017x}"}, "status": {"addresses": [{"type": "InternalIP", "address": f"192.168.{i >> 8}.{i & 255}"}]}} for i in range(NODES)]
if "admin" in sys.argv[3:]:
    lists["adminnetworkpolicies"] = [{"apiVersion": "policy.networking.k8s.io/v1alpha1", "kind": "AdminNetworkPolicy", "metadata": {"name": "all"}, "spec": {
        "priority": 10, "subject": {"namespaces": {}}, "egress": [{"name": "d", "action": "Deny", "to": [{"networks": ["169.254.169.254/32"]}]}],
        "ingress": [{"name": "a", "action": "Deny", "from": [{"namespaces": {"matchLabels": {"team": "t3"}}}]}, {"name": "p", "action": "Pass", "from": [{"namespaces": {}}]}]}}]
for name, items in lists.items():
    for part in range(0, len(items), 5000):
        write(f"{name}-{part // 5000}", items[part:part + 5000])
