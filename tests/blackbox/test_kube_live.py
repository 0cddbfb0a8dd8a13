"""A real API server: collected, decided, and held against what the server itself answers. `make check-live`."""
import base64
import http.server
import json
import random
import shutil
import ssl
import subprocess
import threading
import urllib.error
import urllib.request

import pytest

import kubeserver
from conftest import AISP, ROOT

APISERVER = kubeserver.build()
pytestmark = pytest.mark.skipif(APISERVER is None or not shutil.which("etcd"), reason="no kube-apiserver (AISP_LIVE_BUILD=yes builds it) or no etcd")
RBAC = "rbac.authorization.k8s.io"


def meta(name, ns=None, **more):
    return {"name": name, **({"namespace": ns} if ns else {}), **more}


def deployment(ns, name, image="nginx:1.27", **spec):
    labels = {"app": name}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta(name, ns),
            "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels},
                     "spec": {"containers": [{"name": "c", "image": image, "ports": [{"containerPort": 8000, "name": "web"}]}], **spec}}}}


def service(ns, name, **spec):
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta(name, ns), "spec": {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8000}], **spec}}


def role(name, rules, ns=None):
    return {"apiVersion": f"{RBAC}/v1", "kind": "Role" if ns else "ClusterRole", "metadata": meta(name, ns), "rules": rules}


def binding(name, role_name, subjects, ns=None, cluster_role=False):
    return {"apiVersion": f"{RBAC}/v1", "kind": "RoleBinding" if ns else "ClusterRoleBinding", "metadata": meta(name, ns), "subjects": subjects,
            "roleRef": {"apiGroup": RBAC, "kind": "Role" if ns and not cluster_role else "ClusterRole", "name": role_name}}


def user(name):
    return {"kind": "User", "name": name, "apiGroup": RBAC}


SCANNER_RULES = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["list", "watch", "get"]}]
HALF_RULES = [{"apiGroups": [""], "resources": ["namespaces", "pods", "services", "serviceaccounts"], "verbs": ["list"]},
              {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["list"]}]


def crd(group, plural, kind, version="v1", scope="Namespaced"):
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": f"{plural}.{group}", "annotations": {"api-approved.kubernetes.io": "unapproved, test only"}},
            "spec": {"group": group, "scope": scope, "names": {"plural": plural, "singular": kind.lower(), "kind": kind},
                     "versions": [{"name": version, "served": True, "storage": True,
                                   "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}}]}}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    s = kubeserver.Server(tmp_path_factory.mktemp("kube"))
    try:
        s.start(APISERVER)
        fill(s)
        yield s
    finally:
        s.stop()


def fill(s):
    for ns in ("shop", "ml", "tools"):
        s.create({"apiVersion": "v1", "kind": "Namespace", "metadata": meta(ns, labels={"team": ns, "pod-security.kubernetes.io/enforce": "baseline"})})
    s.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta("reader", "shop")},
             {"apiVersion": "v1", "kind": "Secret", "metadata": meta("db", "shop"), "type": "Opaque",
              "data": {"password": base64.b64encode(b"S3cr3t-Of-The-Database").decode(), "username": base64.b64encode(b"app").decode()}},
             {"apiVersion": "v1", "kind": "Secret", "metadata": meta("old-token", "shop", annotations={"kubernetes.io/service-account.name": "reader"}),
              "type": "kubernetes.io/service-account-token"},
             {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta("settings", "shop"), "data": {"PGHOST": "db.example"}},
             deployment("shop", "web", serviceAccountName="reader"), service("shop", "web"), deployment("shop", "back"), service("shop", "back"),
             deployment("ml", "llm", image="vllm/vllm-openai:v0.9"), service("ml", "llm", type="LoadBalancer"), deployment("tools", "job"),
             {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta("back", "shop"),
              "spec": {"podSelector": {"matchLabels": {"app": "back"}}, "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]}]}},
             role("scanner", SCANNER_RULES), binding("scanner", "scanner", [user("scanner")]), role("half", HALF_RULES), binding("half", "half", [user("half")]),
             role("secrets", [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list"]}], "shop"),
             binding("secrets", "secrets", [{"kind": "ServiceAccount", "name": "reader", "namespace": "shop"}], "shop"))
    for i in range(40):  # more than one page
        s.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta(f"page-{i:02}", "tools"), "data": {"k": "v"}})
    s.create(crd("ray.io", "rayclusters", "RayCluster"), crd("policy.networking.k8s.io", "adminnetworkpolicies", "AdminNetworkPolicy", "v1alpha1", "Cluster"))
    for _ in range(100):
        try:
            s.get("/apis/ray.io/v1/rayclusters")
            s.get("/apis/policy.networking.k8s.io/v1alpha1/adminnetworkpolicies")
            break
        except urllib.error.HTTPError:
            threading.Event().wait(0.2)
    s.create({"apiVersion": "ray.io/v1", "kind": "RayCluster", "metadata": meta("train", "ml"),
              "spec": {"headGroupSpec": {"template": {"spec": {"containers": [{"name": "head", "image": "rayproject/ray:2.40"}]}}}}},
             {"apiVersion": "policy.networking.k8s.io/v1alpha1", "kind": "AdminNetworkPolicy", "plural": "adminnetworkpolicies", "metadata": meta("isolate"),
              "spec": {"priority": 10, "subject": {"namespaces": {"matchLabels": {"team": "ml"}}},
                       "ingress": [{"action": "Deny", "from": [{"namespaces": {"matchLabels": {"team": "tools"}}}]}]}})


def scan(aisp, config, extra="", codes=(0, 3)):
    return aisp.scan(f"kube:?kubeconfig={config}{extra}", codes=codes, timeout=180)


def token_config(server, who, name=None, **more):
    return server.kubeconfig(name or f"{who}.conf", {"token": kubeserver.TOKENS[who]}, **more)


def graph(aisp):
    """Everything of the last scan: (nodes, edges) as sets of text, without evidence."""
    n = {(x["kind"], x["id"]) for x in lines(aisp) if "from" not in x and "id" in x and "kind" in x}
    e = {(x["from"], x["kind"], x["to"], x.get("condition") or "") for x in lines(aisp) if "from" in x}
    return n, e


def refused(aisp, config):
    """What a scan says that gets nothing."""
    done = aisp.run("scan", f"kube:?kubeconfig={config}", timeout=180)
    assert done.returncode == 2 or (done.returncode == 3 and "failed" in done.stdout), (done.returncode, done.stderr)
    return " ".join((done.stdout + done.stderr).split())


def lines(aisp):
    done = aisp.run("export", "--format", "ndjson")
    assert done.returncode == 0, done.stderr
    return [json.loads(x) for x in done.stdout.splitlines() if x]


def test_everything(aisp, server):
    report = scan(aisp, token_config(server, "scanner"))
    n, e = graph(aisp)
    ids = {i for _, i in n}
    assert {"k8s://live/shop/deployment/web", "k8s://live/ml/deployment/llm", "k8s://live/shop/secret/db", "k8s://live/ml/raycluster/train"} <= ids
    assert ("inference_endpoint", "k8s://live/ml/deployment/llm#inference/8000") in n
    assert ("internet", "EXPOSES", "k8s://live/ml/service/llm", "") in e
    assert ("k8s://live/shop/deployment/web", "RUNS_AS", "k8s://live/shop/serviceaccount/reader", "") in e
    assert any(k == "AUTHENTICATES" and t == "k8s://live/shop/serviceaccount/reader" for _, k, t, _ in e)
    # the NetworkPolicy: only web reaches back
    allowed = {f for f, k, t, _ in e if k == "ATTACHED_TO" and t == "k8s://live/shop/networkpolicy/back#ingress/0"}
    assert "k8s://live/shop/deployment/web" in allowed and "k8s://live/tools/deployment/job" not in allowed
    # the administrator's policy: tools do not reach ml, shop does
    let_in = {f for f, k, t, _ in e if k == "ATTACHED_TO" and t == "k8s://live/ml/service/llm#admitted"}
    assert "network://k8s/live/shop" in let_in and "network://k8s/live/tools" not in let_in
    assert "S3cr3t-Of-The-Database" not in json.dumps(report) and not any("S3cr3t" in x for x in map(json.dumps, lines(aisp)))


def test_pages_are_put_together(aisp, server):
    scan(aisp, token_config(server, "scanner"), "&page=7")
    n, _ = graph(aisp)
    assert sum(i.startswith("k8s://live/tools/configmap/page-") for _, i in n) == 40


def test_secret_keys_only_when_asked(aisp, server):
    scan(aisp, token_config(server, "scanner"))
    assert not any("credential://k8s://live/shop/secret/db" in i for _, i in graph(aisp)[0])
    scan(aisp, token_config(server, "scanner"), "&secret_keys=yes")
    text = json.dumps(lines(aisp))
    assert "password" in text and "S3cr3t" not in text and base64.b64encode(b"S3cr3t-Of-The-Database").decode() not in text


def test_a_capture_gives_the_same_facts(aisp, server, tmp_path):
    config = token_config(server, "scanner")
    scan(aisp, config)
    live = graph(aisp)
    done = aisp.run("capture", f"kube:?kubeconfig={config}&secret_keys=yes", "--out", tmp_path / "cap", timeout=180)
    assert done.returncode in (0, 3), done.stderr
    assert not any("S3cr3t" in p.read_text() or base64.b64encode(b"S3cr3t-Of-The-Database").decode() in p.read_text() for p in (tmp_path / "cap").iterdir())
    done = aisp.run("capture", f"kube:?kubeconfig={config}", "--out", tmp_path / "cap2", timeout=180)
    assert done.returncode in (0, 3), done.stderr
    aisp.store = tmp_path / "other.db"
    aisp.scan(tmp_path / "cap2", timeout=180)
    saved = graph(aisp)
    assert live == saved


def test_half_may_not_be_read(aisp, server):
    report = scan(aisp, token_config(server, "half"))
    text = json.dumps(report)
    assert "secrets" in text and "forbidden" in text
    n, _ = graph(aisp)
    assert ("workload", "k8s://live/shop/deployment/web") in n
    cluster = [x for x in lines(aisp) if x.get("id") == "k8s://live"]
    assert "secrets" in json.dumps(cluster) and "networkpolicies.networking.k8s.io" in json.dumps(cluster)


def test_nothing_may_be_read(aisp, server):
    text = refused(aisp, token_config(server, "nobody"))
    assert "nothing of the cluster could be read" in text and "forbidden" in text
    text = refused(aisp, server.kubeconfig("bad.conf", {"token": "wr0ng-t0ken"}))
    assert "does not accept the credentials" in text and "wr0ng-t0ken" not in text


def test_client_certificates_and_a_name_for_tls(aisp, server):
    cert, key = ({f"client-{n}-data": base64.b64encode((server.folder / f"client.{e}").read_bytes()).decode()} for n, e in (("certificate", "crt"), ("key", "key")))
    scan(aisp, server.kubeconfig("cert.conf", {**cert, **key}, **{"tls-server-name": "kubernetes.example"}))
    assert ("workload", "k8s://live/shop/deployment/web") in graph(aisp)[0]
    assert "gives no answer" in refused(aisp, server.kubeconfig("other.conf", {**cert, **key}, **{"tls-server-name": "other.example"}))


def test_programs_are_run_only_when_asked(aisp, server, tmp_path):
    plugin = tmp_path / "plugin"
    plugin.write_text("#!/bin/sh\ntouch " + str(tmp_path / "ran") + "\n"
                      'echo \'{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"' + kubeserver.TOKENS["scanner"] + '"}}\'\n')
    plugin.chmod(0o755)
    config = server.kubeconfig("exec.conf", {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": str(plugin), "args": ["token"]}})
    assert "run_exec=yes" in refused(aisp, config) and not (tmp_path / "ran").exists()
    scan(aisp, config, "&run_exec=yes")
    assert (tmp_path / "ran").exists()


def test_namespaces(aisp, server):
    scan(aisp, token_config(server, "scanner"), "&namespace=shop,ml")
    ids = {i for _, i in graph(aisp)[0]}
    assert "k8s://live/shop/deployment/web" in ids and "k8s://live/ml/deployment/llm" in ids and "k8s://live/tools/deployment/job" not in ids


def test_changes_are_seen_while_it_watches(aisp, server):
    timer = threading.Timer(6, lambda: server.create(deployment("tools", "late")))
    timer.start()
    scan(aisp, token_config(server, "scanner"), "&watch=15")
    timer.join()
    found = ("workload", "k8s://live/tools/deployment/late") in graph(aisp)[0]
    server.request("DELETE", "/apis/apps/v1/namespaces/tools/deployments/late")
    assert found


class Proxy:
    """Between the scanner and the server, breaking answers."""

    def __init__(self, server, breaks):
        outer = self
        self.server, self.breaks, self.calls = server, breaks, {}

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def do_GET(self):
                context = ssl.create_default_context(cafile=server.folder / "ca.crt")
                outer.calls[self.path] = outer.calls.get(self.path, 0) + 1
                status, body = outer.breaks(self.path, outer.calls[self.path]) or (None, None)
                if status is None:
                    q = urllib.request.Request(server.url + self.path, headers={k: self.headers[k] for k in ("Authorization", "Accept") if self.headers[k]})
                    try:
                        with urllib.request.urlopen(q, context=context) as r:
                            status, data = r.status, r.read()
                    except urllib.error.HTTPError as e:
                        status, data = e.code, e.read()
                    if callable(body):
                        data = body(data)
                else:
                    data = body
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def config(self):
        return self.server.kubeconfig("proxy.conf", {"token": kubeserver.TOKENS["scanner"]}, server=f"http://127.0.0.1:{self.http.server_port}")

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.http.shutdown()


GONE = json.dumps({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": "continue token expired", "reason": "Expired", "code": 410}).encode()


def test_an_expired_place_begins_again(aisp, server):
    with Proxy(server, lambda path, n: (410, GONE) if "configmaps" in path and "continue" in path and n == 1 and "first" not in seen and not seen.add("first") else None) as p:
        scan(aisp, p.config(), "&page=9")
        assert sum(i.startswith("k8s://live/tools/configmap/page-") for _, i in graph(aisp)[0]) == 40


seen = set()


def test_expired_for_ever_is_a_gap(aisp, server):
    with Proxy(server, lambda path, n: (410, GONE) if "configmaps" in path and "continue" in path else None) as p:
        report = scan(aisp, p.config(), "&page=9")
        assert "changed faster" in json.dumps(report)
        assert ("workload", "k8s://live/shop/deployment/web") in graph(aisp)[0]


def test_cut_and_foreign_answers_are_gaps(aisp, server):
    def breaks(path, n):
        if "/deployments" in path:
            return None, lambda data: data[:len(data) // 2]
        if "/services?" in path:
            return 200, b'{"kind": "PodList", "items": 7}'
        if "/networkpolicies" in path:
            return 200, b"[1, 2"
        return None
    with Proxy(server, lambda p, n: breaks(p, n)) as p:
        report = scan(aisp, p.config())
        text = json.dumps(report)
        assert "deployments.apps" in text and "services" in text and "networkpolicies" in text
        assert ("service_account", "k8s://live/shop/serviceaccount/reader") in graph(aisp)[0]


# Rights: what the server answers (SubjectAccessReview) against our engine on what was captured.

VERBS = ["get", "list", "watch", "create", "update", "patch", "delete", "bind", "escalate", "impersonate", "*"]
THINGS = [("", "pods", ""), ("", "pods", "exec"), ("", "pods", "log"), ("", "secrets", ""), ("", "configmaps", ""), ("apps", "deployments", ""), ("apps", "deployments", "scale"),
          ("batch", "jobs", ""), (RBAC, "clusterroles", ""), ("ray.io", "rayclusters", ""), ("", "nodes", "proxy"), ("", "serviceaccounts", "token")]
SPACES, NAMES, PEOPLE, GROUPS = ["shop", "ml", "tools"], ["", "a", "b"], ["ann", "bob", "eve"], ["dev", "ops"]


def random_rules(r, cluster):
    out = []
    for _ in range(r.randint(1, 3)):
        if cluster and r.random() < 0.2:
            out.append({"nonResourceURLs": r.sample(["/metrics", "/logs/*", "*", "/healthz"], 1), "verbs": r.sample(["get", "post", "*"], 1)})
            continue
        group, resource, sub = r.choice(THINGS)
        rule = {"apiGroups": r.choice([[group], ["*"], [group, "x.example"]]), "verbs": r.sample(VERBS[:7], r.randint(1, 3)) if r.random() < 0.85 else ["*"],
                "resources": r.choice([[resource + ("/" + sub if sub else "")], [resource], ["*"], ["*/" + (sub or "status")]])}
        if r.random() < 0.25:
            rule["resourceNames"] = r.sample(["a", "b", "c"], r.randint(1, 2))
        out.append(rule)
    return out


def random_subject(r):
    form = r.randrange(3)
    if form == 0:
        return user(r.choice(PEOPLE))
    if form == 1:
        return {"kind": "Group", "name": r.choice(GROUPS + ["system:serviceaccounts", "system:serviceaccounts:ml", "system:authenticated"]), "apiGroup": RBAC}
    return {"kind": "ServiceAccount", "name": r.choice(["default", "reader"]), "namespace": r.choice(SPACES)}


def random_request(r):
    if r.random() < 0.3:
        ns, name = r.choice(SPACES), r.choice(["default", "reader"])
        who = {"u": f"system:serviceaccount:{ns}:{name}", "g": ["system:serviceaccounts", f"system:serviceaccounts:{ns}", "system:authenticated"]}
    else:
        who = {"u": r.choice(PEOPLE + ["nobody"]), "g": r.sample(GROUPS, r.randrange(3)) + ["system:authenticated"]}
    if r.random() < 0.1:
        return {**who, "v": r.choice(["get", "post"]), "p": r.choice(["/metrics", "/logs/x", "/healthz", "/version", "/api"])}
    group, resource, sub = r.choice(THINGS)
    return {**who, "v": r.choice(VERBS), "a": group, "r": resource, "s": sub, "n": r.choice(NAMES), "ns": r.choice(SPACES + [""])}


def reviewed(server, requests):
    """The server's own answers, over one connection a thread: "1 REASON" or "0"."""
    import http.client
    answers = [None] * len(requests)

    def work(start):
        context = ssl.create_default_context(cafile=server.folder / "ca.crt")
        connection = http.client.HTTPSConnection("127.0.0.1", server.port, context=context, timeout=60)
        for i in range(start, len(requests), 4):
            q = requests[i]
            spec = {"user": q["u"], "groups": q["g"]}
            if "p" in q:
                spec["nonResourceAttributes"] = {"path": q["p"], "verb": q["v"]}
            else:
                spec["resourceAttributes"] = {"verb": q["v"], "group": q["a"], "resource": q["r"], "subresource": q["s"], "name": q["n"], "namespace": q["ns"]}
            connection.request("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", headers={"Authorization": f"Bearer {kubeserver.TOKENS['admin']}", "Content-Type": "application/json"},
                               body=json.dumps({"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}))
            status = json.loads(connection.getresponse().read())["status"]
            answers[i] = "1 " + status.get("reason", "") if status.get("allowed") else "0"
    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return answers


def test_rights_are_the_servers_own(aisp, server, tmp_path):
    r = random.Random(7)
    for i in range(40):
        ns = r.choice(SPACES) if r.random() < 0.5 else None
        server.create(role(f"r{i}", random_rules(r, ns is None), ns), binding(f"b{i}", f"r{i}", [random_subject(r) for _ in range(r.randint(1, 2))], ns))
        if ns is None:  # a cluster's role, bound in one namespace
            server.create(binding(f"n{i}", f"r{i}", [random_subject(r)], r.choice(SPACES), cluster_role=True))
    config = token_config(server, "scanner")
    done = aisp.run("capture", f"kube:?kubeconfig={config}", "--out", tmp_path / "cap", timeout=180)
    assert done.returncode in (0, 3), done.stderr
    items = [o for p in sorted((tmp_path / "cap").glob(f"*.{RBAC}-*.json")) for o in json.loads(p.read_text())["items"]]
    requests = [random_request(r) for _ in range(4000)]
    lines_in = [json.dumps({"policy": {"items": items}}, separators=(",", ":"))] + [json.dumps(q) for q in requests]
    built = [b / "tests/oracle/kubernetes/rbac/rbac_decide" for b in (AISP.parent, ROOT / "build-check")]
    decide = next((b for b in built if b.exists()), None)
    assert decide, "rbac_decide is not built: ninja -C build-check"
    ours = subprocess.run([decide], input="\n".join(lines_in) + "\n", capture_output=True, text=True, timeout=120).stdout.splitlines()
    theirs = reviewed(server, requests)
    assert len(ours) == len(theirs)
    different = [(q, a, b) for q, a, b in zip(requests, ours, theirs) if a[0] != b[0]]
    assert not different, (len(different), different[:5])
    allowed = sum(a[0] == "1" for a in ours)
    assert 100 < allowed < 3900
    # where several bindings allow it the server names one of them in an order of its own
    assert sum(a == b for a, b in zip(ours, theirs)) > 0.9 * len(ours)
