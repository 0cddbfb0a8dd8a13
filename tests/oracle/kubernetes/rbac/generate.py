#!/usr/bin/env python3
"""Random RBAC policies and requests, one JSON line each, for main.go and rbac_decide: generate.py N [SEED] [FILE…].

Most requests are made from a rule of the policy and then perhaps changed in one place, so that most are near the edge
between yes and no. Each FILE (YAML or JSON with a list of objects, such as Kubernetes' own bootstrap policy) is used as a
policy of its own in turn.
"""
import json
import random
import sys

VERBS = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "impersonate", "bind", "escalate", "*", "use", "Get"]
GROUPS = ["", "apps", "batch", "rbac.authorization.k8s.io", "certificates.k8s.io", "*", "x.example.com"]
RESOURCES = ["pods", "pods/exec", "pods/log", "secrets", "serviceaccounts/token", "*", "*/exec", "*/*", "pods/*", "*/", "/", "nodes/proxy",
             "deployments", "deployments/scale", "*/scale", "clusterroles", "users", "podsexec", "", "pods/", "signers", "*/token/x", "**"]
NAMES = ["a", "b", "db-0", "*", "", "kubernetes.io/kube-apiserver-client", "ü-名"]
SPACES = ["n1", "n2", "kube-system", "n3"]
URLS = ["*", "/", "/api", "/api/*", "/healthz", "/healthz/*", "/apis*", "/a**", "/metrics", "*x", ""]
PATHS = ["/", "/api", "/api/", "/api/v1", "/healthz", "/healthz/ping", "/apis", "/apis/apps", "/a", "/ab", "/metrics", "", "/x", "*"]
USERS = ["ana", "bob", "*", "system:serviceaccount:n1:ci", "system:serviceaccount:n2:ci", "system:anonymous", "system:serviceaccount:n1:",
         "system:serviceaccount:", "system:node:x", ""]
TEAMS = ["dev", "ops", "system:authenticated", "system:unauthenticated", "system:serviceaccounts", "system:serviceaccounts:n1", "*", ""]
LABELS = [("agg", "x"), ("agg", "y"), ("tier", "1"), ("rbac.example.com/to-admin", "true")]


def some(r, of, most=3, none=0.0):
    return [] if r.random() < none else [r.choice(of) for _ in range(r.randint(1, most))]


def rule(r, cluster):
    if cluster and r.random() < 0.2:
        return {"verbs": some(r, VERBS), "nonResourceURLs": some(r, URLS)}
    out = {"verbs": some(r, VERBS), "apiGroups": some(r, GROUPS), "resources": some(r, RESOURCES)}
    if r.random() < 0.4:
        out["resourceNames"] = some(r, NAMES)
    if r.random() < 0.03:
        out["apiGroups" if r.random() < 0.5 else "verbs"] = []
    return out


def selector(r):
    out, (k, v) = {}, r.choice(LABELS)
    if r.random() < 0.7:
        out["matchLabels"] = {k: v}
    if r.random() < 0.5:
        op = r.choice(["In", "NotIn", "Exists", "DoesNotExist"])
        k, v = r.choice(LABELS)
        out["matchExpressions"] = [{"key": k, "operator": op, **({"values": some(r, ["x", "y", "1"])} if "In" in op else {})}]
    return out


def role(r, name, ns):
    meta = {"name": name, **({"namespace": ns} if ns else {})}
    if r.random() < 0.5:
        meta["labels"] = dict(r.choice(LABELS) for _ in range(r.randint(1, 2)))
    out = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role" if ns else "ClusterRole", "metadata": meta,
           "rules": [rule(r, not ns) for _ in range(r.randint(0, 4))]}
    if not ns and r.random() < 0.25:
        out["aggregationRule"] = {"clusterRoleSelectors": [selector(r) for _ in range(r.randint(1, 2))]}
    return out


def subject(r):
    kind = r.choice(["User", "Group", "ServiceAccount", "ServiceAccount", "user", "Robot"] if r.random() < 0.2 else ["User", "Group", "ServiceAccount"])
    out = {"kind": kind, "name": r.choice({"User": USERS, "Group": TEAMS}.get(kind, ["ci", "default", "", "ana"]))}
    if kind == "ServiceAccount" and r.random() < 0.8:
        out["namespace"] = r.choice(SPACES)
    elif kind != "ServiceAccount":
        out["apiGroup"] = "rbac.authorization.k8s.io"
    return out


def binding(r, name, ns, roles):
    of = r.choice(roles) if roles and r.random() < 0.9 else {"kind": r.choice(["Role", "ClusterRole", "Rolle"]), "metadata": {"name": "lost"}}
    return {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding" if ns else "ClusterRoleBinding",
            "metadata": {"name": name, **({"namespace": ns} if ns else {})}, "subjects": [subject(r) for _ in range(r.randint(0, 3))],
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": of["kind"], "name": of["metadata"]["name"]}}


def policy(r):
    roles = []
    for i in range(r.randint(1, 8)):
        ns = r.choice(SPACES) if r.random() < 0.5 else ""
        roles.append(role(r, f"r{i}", ns))
    out = list(roles)
    for i in range(r.randint(1, 10)):
        out.append(binding(r, f"b{i}", r.choice(SPACES) if r.random() < 0.6 else "", roles))
    r.shuffle(out)
    return out


def near(r, q, rules):
    """A request that a rule allows, or nearly."""
    of = r.choice(rules)
    pick = lambda key, other: r.choice(of.get(key) or other)
    q["v"] = pick("verbs", VERBS)
    if of.get("nonResourceURLs"):
        q["p"] = pick("nonResourceURLs", URLS).rstrip("*" if r.random() < 0.8 else "") + r.choice(["", "", "x", "/y"])
        return
    q["a"] = pick("apiGroups", GROUPS)
    q["r"], _, q["s"] = pick("resources", RESOURCES).partition("/")
    if q["r"] == "*" and r.random() < 0.7:
        q["r"] = "pods"
    q["n"] = pick("resourceNames", NAMES)
    if r.random() < 0.3:
        key, of = r.choice([("v", VERBS), ("a", GROUPS), ("n", NAMES), ("s", ["", "exec", "token", "scale", "x"])])
        q[key] = r.choice(of)


def held(r, q, items):
    """A caller that a binding names, and the rules that it gets; None when that binding gives none."""
    b = r.choice([o for o in items if o["kind"].endswith("Binding")])
    ref = b["roleRef"]
    role = [o for o in items if o["kind"] == ref["kind"] and o["metadata"]["name"] == ref["name"]]
    if not b.get("subjects") or not role or not role[0].get("rules"):
        return None
    s, ns = r.choice(b["subjects"]), b["metadata"].get("namespace", r.choice(SPACES))
    if s["kind"] == "Group":
        q["g"].append(s["name"])
    else:
        q["u"] = s["name"] if s["kind"] == "User" else f"system:serviceaccount:{s.get('namespace', ns)}:{s['name']}"
    return role[0]["rules"], ns


def request(r, items, rules, users, teams):
    q = {"u": r.choice(users), "g": [r.choice(teams) for _ in range(r.choice([0, 1, 2, 3, 5]))], "v": r.choice(VERBS)}
    if r.random() < 0.01:
        q["g"].append("system:masters")
    known = held(r, q, items) if r.random() < 0.7 else None
    if known:
        near(r, q, known[0])
    elif r.random() < 0.6 and rules:
        near(r, q, rules)
    elif r.random() < 0.1:
        q["p"] = r.choice(PATHS)
    else:
        q["a"] = r.choice(GROUPS)
        q["r"], _, q["s"] = r.choice(RESOURCES).partition("/")
        q["n"] = r.choice(NAMES)
    if "p" not in q:
        q["ns"] = known[1] if known and r.random() < 0.9 else r.choice(SPACES + [""])
    return q


def given(paths):
    import yaml
    out = []
    for p in paths:
        for d in yaml.safe_load_all(open(p)):
            out += (d or {}).get("items", [d] if d else [])
    for o in out:
        if o.get("aggregationRule"):
            o["rules"] = []
    return out


def main():
    n, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    r, files, done, write = random.Random(seed), sys.argv[3:], 0, sys.stdout.write
    fixed = given(files) if files else None
    while done < n:
        real = fixed is not None and (done == 0 or r.random() < 0.02)
        items = fixed + [binding(r, f"more{i}", r.choice(SPACES), [o for o in fixed if "ClusterRole" == o["kind"]]) for i in range(20)] if real else policy(r)
        rules = [x for o in items for x in o.get("rules") or []]
        subjects = [s for o in items for s in o.get("subjects") or []]
        users = USERS + ["system:serviceaccount:%s:%s" % (s.get("namespace", "n1"), s["name"]) if s["kind"] == "ServiceAccount" else s["name"] for s in subjects]
        teams = TEAMS + [s["name"] for s in subjects if s["kind"] == "Group"]
        write(json.dumps({"policy": {"items": items}}) + "\n")
        for _ in range(min(n - done, 1000 if real else 100)):
            write(json.dumps(request(r, items, rules, users, teams)) + "\n")
            done += 1


main()
