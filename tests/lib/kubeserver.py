"""A real API server: etcd (Debian's etcd-server) and kube-apiserver built from the published modules (tests/oracle/kubernetes/apiserver)."""
import json
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CACHE = pathlib.Path(os.environ.get("AISP_LIVE_CACHE", pathlib.Path.home() / ".cache/aisp-live"))
VERSION = "1.36.3"
TOKENS = {"admin": "admin-token-0123456789", "scanner": "scanner-token-0123456789", "half": "half-token-0123456789", "nobody": "nobody-token-0123456789"}


def build():
    """The path of kube-apiserver, built if it is not in the cache; None when it cannot be had."""
    path = CACHE / "kube-apiserver"
    if path.exists():
        return path
    if not shutil.which("go") or os.environ.get("AISP_LIVE_BUILD") != "yes":
        return None
    CACHE.mkdir(parents=True, exist_ok=True)
    flags = f"-s -w -X k8s.io/component-base/version.gitVersion=v{VERSION} -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36"
    done = subprocess.run(["go", "build", "-trimpath", "-ldflags", flags, "-o", str(path) + ".new", "."], cwd=ROOT / "tests/oracle/kubernetes/apiserver",
                          env={**os.environ, "CGO_ENABLED": "0"})
    if done.returncode:
        print("kube-apiserver could not be built (see above): the live tests of Kubernetes are not run", file=sys.stderr)
        return None
    os.rename(str(path) + ".new", path)
    return path


def port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.processes = []
        self.port, self.etcd, self.peer = port(), port(), port()
        self.url = f"https://127.0.0.1:{self.port}"

    def run(self, name, *args):
        log = open(self.folder / f"{name}.log", "wb")
        self.processes.append(subprocess.Popen([str(a) for a in args], stdout=log, stderr=log, cwd=self.folder))

    def openssl(self, *args):
        subprocess.run(["openssl", *map(str, args)], cwd=self.folder, check=True, capture_output=True)

    def certificate(self, name, subject, san=None):
        self.openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", subject)
        ext = self.folder / f"{name}.ext"
        ext.write_text(f"subjectAltName={san}\nextendedKeyUsage=serverAuth\n" if san else "extendedKeyUsage=clientAuth\n")
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-out", f"{name}.crt", "-extfile", ext)

    def start(self, apiserver):
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=test-ca")
        self.certificate("server", "/CN=kube-apiserver", "DNS:kubernetes.example,DNS:localhost,IP:127.0.0.1,IP:10.96.0.1")
        self.certificate("client", "/O=system:masters/CN=root")
        self.openssl("genrsa", "-out", "sa.key", "2048")
        (self.folder / "tokens.csv").write_text("".join(f'{t},{u},{u},"{"system:masters" if u == "admin" else "people"}"\n' for u, t in TOKENS.items()))
        self.run("etcd", "etcd", "--data-dir", self.folder / "etcd", "--listen-client-urls", f"http://127.0.0.1:{self.etcd}", "--advertise-client-urls",
                 f"http://127.0.0.1:{self.etcd}", "--listen-peer-urls", f"http://127.0.0.1:{self.peer}", "--initial-advertise-peer-urls", f"http://127.0.0.1:{self.peer}",
                 "--initial-cluster", f"default=http://127.0.0.1:{self.peer}")
        self.run("apiserver", apiserver, "--etcd-servers", f"http://127.0.0.1:{self.etcd}", "--secure-port", self.port, "--bind-address", "127.0.0.1",
                 "--tls-cert-file", "server.crt", "--tls-private-key-file", "server.key", "--client-ca-file", "ca.crt", "--token-auth-file", "tokens.csv",
                 "--service-account-key-file", "sa.key", "--service-account-signing-key-file", "sa.key", "--service-account-issuer", "https://issuer.example",
                 "--service-cluster-ip-range", "10.96.0.0/16", "--authorization-mode", "RBAC", "--disable-admission-plugins", "ServiceAccount",
                 "--allow-privileged=true", "--cert-dir", self.folder / "certs", "--watch-cache=true")
        end = time.time() + 180
        while time.time() < end:
            if any(p.poll() is not None for p in self.processes):
                raise RuntimeError("a server ended: " + (self.folder / "apiserver.log").read_text(errors="replace")[-2000:])
            try:
                if self.get("/readyz", raw=True) == b"ok":
                    return self
            except (urllib.error.URLError, ConnectionError, OSError):
                pass
            time.sleep(0.5)
        raise RuntimeError("the API server did not become ready")

    def stop(self):
        """At once: nothing of it is needed any more, and a server whose etcd is gone takes 20 seconds to end in good order."""
        for p in reversed(self.processes):
            p.kill()
        for p in self.processes:
            p.wait(20)

    def request(self, method, path, body=None, token="admin", raw=False):
        context = ssl.create_default_context(cafile=self.folder / "ca.crt")
        q = urllib.request.Request(self.url + path, method=method, data=json.dumps(body).encode() if body is not None else None,
                                   headers={"Authorization": f"Bearer {TOKENS[token]}", "Content-Type": "application/json", "Accept": "application/json"})
        with urllib.request.urlopen(q, context=context, timeout=30) as r:
            data = r.read()
        return data if raw else json.loads(data)

    def get(self, path, **kw):
        return self.request("GET", path, **kw)

    def create(self, *objects):
        for o in objects:
            group, ns = o["apiVersion"], o["metadata"].get("namespace")
            kind = o["kind"].lower()
            plural = {"networkpolicy": "networkpolicies", "ingress": "ingresses"}.get(kind, kind + "s")
            path = ("/api/" if "/" not in group else "/apis/") + group + (f"/namespaces/{ns}" if ns else "") + "/" + o.get("plural", plural)
            try:
                self.request("POST", path, {k: v for k, v in o.items() if k != "plural"})
            except urllib.error.HTTPError as e:
                raise RuntimeError(f"{path}: {e.read().decode()[:500]}") from None

    def kubeconfig(self, name, user, server=None, cluster="live", **more):
        """A kubeconfig with contexts for tokens and for the client certificate; `more` goes to the cluster."""
        config = {"apiVersion": "v1", "kind": "Config", "current-context": "it",
                  "clusters": [{"name": cluster, "cluster": {"server": server or self.url, "certificate-authority": "ca.crt", **more}}],
                  "users": [{"name": "u", "user": user}], "contexts": [{"name": "it", "context": {"cluster": cluster, "user": "u"}}]}
        path = self.folder / name
        path.write_text(json.dumps(config))
        return path


class Audited(Server):
    """One that writes its audit log."""

    def run(self, name, *args):
        if name == "apiserver":
            (self.folder / "policy.yaml").write_text(json.dumps({"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": [{"level": "RequestResponse"}]}))
            args = (*args, "--audit-policy-file", "policy.yaml", "--audit-log-path", "audit.log", "--audit-log-mode", "blocking-strict")
        super().run(name, *args)
