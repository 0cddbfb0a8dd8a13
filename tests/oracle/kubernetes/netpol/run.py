"""Truth tables of three engines of network policies on cyclonus' cases, on netpol-analyzer's test folders and on N random clusters.

usage: run.py ORACLE NET_DECIDE N [SEED]
The graph must say what our engine says, and ours must be what cyclonus says (address ranges mean pods too) and what netpol-analyzer says (they do not), on every source,
destination and port. Exits with 1 and shows the case otherwise.
"""
import glob, json, os, random, subprocess, sys

APPS, ENVS, PORTS, PROTOCOLS = ["a", "b", "c"], ["dev", "prod"], [80, 81, 8080, 9000], ["TCP", "UDP", "SCTP"]


def selector(r, keys):
    """A random label selector of any form."""
    form, key, values = r.randrange(8), *r.choice(keys)
    if form < 2:
        return {}
    if form < 4:
        return {"matchLabels": {key: r.choice(values)}}
    if form == 4:
        return {"matchExpressions": [{"key": key, "operator": "NotIn", "values": r.sample(values, r.randint(1, len(values)))}]}
    if form == 5:
        return {"matchExpressions": [{"key": key, "operator": "In", "values": r.sample(values, r.randint(1, len(values)))}]}
    if form == 6:
        return {"matchExpressions": [{"key": key, "operator": r.choice(["Exists", "DoesNotExist"])}]}
    other, more = r.choice(keys)
    return {"matchLabels": {key: r.choice(values)}, "matchExpressions": [{"key": other, "operator": r.choice(["In", "NotIn"]), "values": [r.choice(more)]}]}


def pod_selector(r):
    return selector(r, [("app", APPS), ("env", ENVS)])


def ns_selector(r):
    return selector(r, [("team", ["t0", "t1"]), ("kubernetes.io/metadata.name", ["n0", "n1", "n2"])])


def block(r):
    cidr, inner = r.choice([("10.0.0.0/8", "10.0.1.0/24"), ("10.0.0.0/24", "10.0.0.0/28"), ("0.0.0.0/0", "10.0.0.0/16"), ("8.8.0.0/16", "8.8.8.0/24"),
                            ("10.0.0.1/32", None), ("0.0.0.0/0", "8.8.8.8/32"), ("10.0.1.0/25", "10.0.1.2/31"), ("1.2.3.4/32", None)])
    out = {"cidr": cidr}
    if inner and r.random() < 0.6:
        out["except"] = [inner]
    return {"ipBlock": out}


def peer(r):
    form = r.randrange(7)
    if form < 2:
        return {"podSelector": pod_selector(r)}
    if form < 4:
        return {"namespaceSelector": ns_selector(r)}
    if form < 6:
        return {"namespaceSelector": ns_selector(r), "podSelector": pod_selector(r)}
    return block(r)


def port(r, names):
    form, protocol = r.randrange(6), r.choice(PROTOCOLS)
    if form == 0:
        return {"protocol": protocol}
    if form < 3:
        return {"protocol": protocol, "port": r.choice(PORTS)}
    if form == 3:
        return {"port": r.choice(PORTS)}
    if form == 4:
        low = r.choice([1, 80, 81, 8000])
        return {"protocol": protocol, "port": low, "endPort": low + r.choice([0, 1, 1000])}
    name, of = r.choice(names)
    return {"protocol": of, "port": name}


def rules(r, key, names):
    if r.random() < 0.15:
        return []
    out = []
    for _ in range(r.randint(1, 2)):
        rule = {}
        if r.random() < 0.8:
            rule[key] = [peer(r) for _ in range(r.randint(1, 2))]
        if r.random() < 0.5:
            rule["ports"] = [port(r, names) for _ in range(r.randint(1, 2))]
        out.append(rule)
    return out


def policy(r, i, names):
    types = r.choice([["Ingress"], ["Egress"], ["Ingress", "Egress"]])
    spec = {"podSelector": pod_selector(r), "policyTypes": types}
    if "Ingress" in types:
        spec["ingress"] = rules(r, "from", names)
    if "Egress" in types:
        spec["egress"] = rules(r, "to", names)
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": f"p{i}", "namespace": r.choice(["n0", "n1", "n2"])}, "spec": spec}


def admin_pods(r):
    return {"namespaces": ns_selector(r)} if r.random() < 0.5 else {"pods": {"namespaceSelector": ns_selector(r), "podSelector": pod_selector(r)}}


def admin_peer(r, egress):
    if egress and r.random() < 0.2:
        return {"networks": r.sample(["10.0.0.0/24", "8.8.8.0/24", "0.0.0.0/0", "1.2.3.4/32"], r.randint(1, 2))}
    return admin_pods(r)


def admin_port(r, names):
    form, protocol = r.randrange(4), r.choice(PROTOCOLS)
    if form < 2:
        return {"portNumber": {"protocol": protocol, "port": r.choice(PORTS)}}
    if form == 2:
        low = r.choice([1, 80, 81, 8000])
        return {"portRange": {"protocol": protocol, "start": low, "end": low + r.choice([1, 20, 1000])}}
    return {"namedPort": r.choice(names)[0]}


def admin_rules(r, egress, baseline, names):
    out = []
    for _ in range(r.randint(1, 3)):
        rule = {"action": r.choice(["Allow", "Deny"] + ([] if baseline else ["Pass"])), "to" if egress else "from": [admin_peer(r, egress) for _ in range(r.randint(1, 2))]}
        if r.random() < 0.5:
            rule["ports"] = [admin_port(r, names) for _ in range(r.randint(1, 2))]
        out.append(rule)
    return out


def admin(r, kind, name, priority, names):
    spec = {"subject": admin_pods(r)}
    if priority is not None:
        spec["priority"] = priority
    if r.random() < 0.7:
        spec["ingress"] = admin_rules(r, False, priority is None, names)
    if r.random() < 0.7:
        spec["egress"] = admin_rules(r, True, priority is None, names)
    return {"apiVersion": "policy.networking.k8s.io/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec}


def cluster(r, i):
    """Three namespaces with two or three pods each; named ports differ from pod to pod."""
    objects, names, whole = [], [], r.random() < 0.5  # whole: every pod and namespace has every label (see notInOnAbsent)
    for n in range(3):
        labels = {"kubernetes.io/metadata.name": f"n{n}"}
        if whole or r.random() < 0.8:
            labels["team"] = f"t{r.randrange(2)}"
        objects.append({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"n{n}", "labels": labels}})
    for n in range(3):
        for p in range(r.randint(2, 3)):
            labels = {"app": r.choice(APPS)}
            if whole or r.random() < 0.7:
                labels["env"] = r.choice(ENVS)
            ports = []
            numbers = r.sample(PORTS, 3)  # one name for each number: cyclonus is asked with one
            for name, protocol in r.sample([("web", "TCP"), ("web2", "TCP"), ("dns", "UDP")], r.randint(0, 3)):
                ports.append({"name": name, "protocol": protocol, "containerPort": numbers.pop()})
                names.append((name, protocol))
            ip = f"10.0.{n}.{p + 1}"
            objects.append({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"w{p}", "namespace": f"n{n}", "labels": labels},
                            "spec": {"containers": [{"name": "c", "image": "x", "ports": ports}]},
                            "status": {"podIP": ip, "podIPs": [{"ip": ip}], "hostIP": "10.9.9.9"}})
    names = names or [("web", "TCP")]
    for i in range(r.randint(1, 4)):
        target = r.choice(PORTS + ["web"])
        objects.append({"apiVersion": "v1", "kind": "Service", "metadata": {"name": f"s{i}", "namespace": f"n{r.randrange(3)}"},
                        "spec": {"selector": {"app": r.choice(APPS)}, "ports": [{"port": 80, "targetPort": target, "protocol": "TCP"}]}})
    objects += [policy(r, p, names) for p in range(r.randint(0, 4))]
    if r.random() < 0.5:
        priorities = r.sample(range(1000), r.randint(0, 3))
        objects += [admin(r, "AdminNetworkPolicy", f"a{p}", q, names) for p, q in enumerate(priorities)]
        if r.random() < 0.6:
            objects.append(admin(r, "BaselineAdminNetworkPolicy", "default", None, names))
    return {"name": f"random {i}", "objects": objects, "ports": [[x, y] for x in PROTOCOLS for y in PORTS], "externals": ["8.8.8.8", "1.2.3.4"]}


def folders(root):
    """netpol-analyzer's own test folders: all YAML documents of one, as one case; those without pods of their own are left out."""
    import yaml
    out = []
    for folder in sorted(glob.glob(os.path.join(root, "tests", "*"))):
        objects, bad = [], False
        for path in sorted(glob.glob(os.path.join(folder, "**", "*.y*ml"), recursive=True)):
            try:
                docs = list(yaml.safe_load_all(open(path)))
            except Exception:
                bad = True
                break
            for d in docs:
                objects += [x for x in (d.get("items") or [d]) if isinstance(x, dict)] if isinstance(d, dict) else []
        pods, kept = {}, []
        for o in objects:
            kind, meta = o.get("kind"), o.get("metadata") or {}
            if kind == "Pod":
                ns = meta.setdefault("namespace", "default")
                o.pop("status", None)
                meta.pop("ownerReferences", None)
                pods[(ns, meta.get("name"))] = o
            elif kind in ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job"):
                t = (o.get("spec") or {}).get("template") or {}
                ns = meta.get("namespace") or "default"
                labels = (t.get("metadata") or {}).get("labels") or {}
                pods[(ns, f"{kind.lower()}-{meta.get('name')}")] = {"apiVersion": "v1", "kind": "Pod", "spec": t.get("spec") or {},
                    "metadata": {"name": f"{kind.lower()}-{meta.get('name')}", "namespace": ns, "labels": labels}}
            elif kind in ("NetworkPolicy", "AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "Namespace"):
                if kind == "NetworkPolicy":
                    meta.setdefault("namespace", "default")
                kept.append(o)
        for o in kept:
            if o["kind"] == "Namespace":
                o["metadata"].setdefault("labels", {})
                o["metadata"]["labels"] = {**(o["metadata"]["labels"] or {}), "kubernetes.io/metadata.name": o["metadata"]["name"]}
        named = {o["metadata"]["name"] for o in kept if o["kind"] == "Namespace"}
        for ns in sorted({k[0] for k in pods} - named):
            kept.insert(0, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ns, "labels": {"kubernetes.io/metadata.name": ns}}})
        if bad or not pods or len(pods) > 40 or not any("Policy" in o["kind"] for o in kept):
            continue
        for i, k in enumerate(sorted(pods)):
            ip = f"10.200.{i // 200}.{i % 200 + 1}"
            pods[k]["status"] = {"podIP": ip, "podIPs": [{"ip": ip}], "hostIP": "10.9.9.9"}
        ports = sorted({(p.get("protocol", "TCP"), p["containerPort"]) for o in pods.values() for c in o["spec"].get("containers") or [] for p in c.get("ports") or [] if "containerPort" in p})
        out.append({"name": "folder " + os.path.basename(folder), "objects": kept + [pods[k] for k in sorted(pods)],
                    "ports": [list(p) for p in (ports + [("TCP", 80), ("UDP", 53), ("TCP", 5432)])[:10]], "externals": ["8.8.8.8", "1.2.3.4"]})
    return out


def defaulted(case):
    """As the API server stores it: a port without a protocol is TCP, a namespace has its name as label."""
    for o in case["objects"]:
        if o["kind"] == "Namespace":
            o["metadata"]["labels"] = {**(o["metadata"].get("labels") or {}), "kubernetes.io/metadata.name": o["metadata"]["name"]}
        for side in ("ingress", "egress") if o["kind"] == "NetworkPolicy" else ():
            for rule in o["spec"].get(side) or []:
                for p in rule.get("ports") or []:
                    p.setdefault("protocol", "TCP")
    return case


def ask(program, args, text):
    r = subprocess.run([program, *args], input=text, capture_output=True, text=True)
    if r.returncode:
        sys.exit(f"{program} failed:\n{r.stderr[-2000:]}")
    return r.stdout.splitlines()


def main():
    oracle, ours, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    r = random.Random(seed)
    root = os.environ.get("AISP_NETPOL_ANALYZER", "")
    given = [defaulted(json.loads(x)) for x in ask(oracle, ["cases"], "")]
    test_folders = [defaulted(x) for x in folders(root)] if root else []
    tables = {"cyclonus": 0, "netpol-analyzer": 0}
    answers, silent, total = 0, dict.fromkeys(tables, 0), 0
    work = [("given", given), ("folders", test_folders)] + [("random", None)] * ((n + 999) // 1000)
    for kind, cases in work:
        if kind == "random":
            count = min(1000, n - total)
            cases = [cluster(r, total + i) for i in range(count)]
            total += count
        if not cases:
            continue
        text = "".join(json.dumps(c) + "\n" for c in cases)
        theirs, own = ask(oracle, ["decide"], text), ask(ours, [], text)
        if len(theirs) != len(cases) or len(own) != len(cases):
            sys.exit(f"{len(cases)} cases, {len(theirs)} and {len(own)} answers")
        for c, t, o in zip(cases, theirs, own):
            t, o, depends = t.split(), o.split(), '"nodes"' in json.dumps(c)
            if o[2] != "same":
                json.dump(c, open("/tmp/netpol-difference.json", "w"))
                sys.exit(f"{c['name']}: the graph is not what the engine says: {o[2]} (/tmp/netpol-difference.json)")
            for i, name in enumerate(tables):
                if t[i][0] == "-" or "?" in t[i]:
                    silent[name] += 1
                    continue
                tables[name] += 1
                answers += len(t[i])
                if depends:  # which node an address belongs to is not known: "it depends" is no difference
                    t[i] = "".join("i" if y == "i" else x for x, y in zip(t[i], o[i]))
                if t[i] != o[i]:
                    json.dump(c, open("/tmp/netpol-difference.json", "w"))
                    at = next((k for k, (x, y) in enumerate(zip(t[i], o[i])) if x != y), min(len(t[i]), len(o[i])))
                    peers = [f"{x['metadata']['namespace']}/{x['metadata']['name']}" for x in c["objects"] if x["kind"] == "Pod"] + c["externals"]
                    pods = len(peers) - len(c["externals"])
                    asked = [(a, b, p) for a in range(len(peers)) for b in range(len(peers)) if a != b and (a < pods or b < pods) for p in c["ports"]]
                    a, b, p = asked[at] if at < len(asked) else (0, 0, None)
                    sys.exit(f"{c['name']}: {name} differs at {at} of {len(t[i])}/{len(o[i])}: {peers[a]} -> {peers[b]} {p}: it says {t[i][at:at+1]}, we {o[i][at:at+1]} (/tmp/netpol-difference.json)")
        print(f"{kind}: {len(cases)} clusters equal", flush=True)
    print(f"{tables['cyclonus']} truth tables as cyclonus, {tables['netpol-analyzer']} as netpol-analyzer (without an answer: {silent['cyclonus']}, {silent['netpol-analyzer']}), {answers} answers in all; seed {seed}")


main()
