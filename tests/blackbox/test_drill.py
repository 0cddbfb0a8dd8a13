"""aisp drill leak against real systems: PostgreSQL with pgvector and its log, a repository, files, a mock cloud with authentication, an API server. Each drill is looked at from
the outside: was the credential there, does it work no more, is nothing left."""
import gzip
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import uuid

import jsonschema
import pytest

from conftest import AISP, ROOT
from pgcluster import Cluster, versions

SCHEMA = json.loads((ROOT / "docs/schema/drill.json").read_text())
KILLS = int(os.environ.get("AISP_KILLS", "25"))  # make check-live: 100
HBA = "local all all trust\nhost all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
LOGGED = {"log_connections": "on", "log_disconnections": "on", "logging_collector": "on", "log_destination": "jsonlog", "log_directory": "pg_log", "log_filename": "server.log"}
NOTEBOOK = {"cells": [{"cell_type": "code", "execution_count": None, "id": "a", "metadata": {}, "outputs": [], "source": ["1 + 1"]}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
MCP = '{\n  // ours\n  "mcpServers": {\n    "files": {"command": "npx", "args": ["-y", "files"]}\n  }\n}\n'


@pytest.fixture(scope="module")
def database():
    with Cluster(16 if 16 in versions() else None, settings=LOGGED, hba=HBA) as c:
        if 16 in versions():
            c.psql("CREATE EXTENSION vector; CREATE TABLE docs (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), embedding vector(8) NOT NULL, document text, cmetadata jsonb)")
        c.psql("CREATE TABLE prompts (id serial PRIMARY KEY, at timestamptz NOT NULL, request jsonb NOT NULL); CREATE TABLE open_to_all (x int); GRANT SELECT ON open_to_all TO PUBLIC;"
               "CREATE ROLE reader; CREATE TABLE wages (x int); GRANT SELECT ON wages TO reader")
        yield c


def log_of(cluster):
    return pathlib.Path(cluster.dir) / "data/pg_log/server.json"


def left(cluster):
    rows = cluster.psql("SELECT rolname FROM pg_roles WHERE rolname LIKE 'aisp_drill%'") + cluster.psql("SELECT id FROM prompts WHERE request::text LIKE '%aisp-drill%'")
    if 16 in versions():
        rows += cluster.psql("SELECT id FROM docs WHERE document LIKE '%aisp-drill%'")
    return rows.strip()


def git(repo, *args):
    env = {**os.environ, "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.com", "GIT_CONFIG_GLOBAL": "/dev/null"}
    return subprocess.run(["git", "-C", str(repo), *args], check=True, capture_output=True, text=True, env=env).stdout


def repository(folder):
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / ".gitlab-ci.yml").write_text("build:\n  script: make\n")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "first")
    return folder


def files_of(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def drill(aisp, kind, place, *more, codes=(0,), **kw):
    report = aisp.json("drill", "leak", "--kind", kind, "--place", place, "--execute", "--quiet", *more, codes=codes, timeout=300, **kw)
    jsonschema.validate(report, SCHEMA)
    return report


def results(report, phase):
    return [s["result"] for s in report["steps"] if s["phase"] == phase]


def assert_done(report, ways):
    m = report["measures"]
    assert report["state"] == "done", report
    assert results(report, "try") == ["works"] * ways
    assert results(report, "try again") == ["refused"] * ways
    assert m["contained_s"] is not None and m["contained_s"] < 60
    assert "failed" not in results(report, "contain"), report["steps"]
    assert m["detected_by_scanners_s"] is not None, m


def place_of(name, tmp_path):
    """→ place, the folder that must be as before."""
    folder = tmp_path / "place"
    if name == "commit":
        return f"commit:{repository(folder)}", folder
    folder.mkdir()
    path, text = {"notebook": ("n.ipynb", json.dumps(NOTEBOOK, indent=1)), "prompt-log": ("p.jsonl", '{"messages": []}\n'), "mcp": ("mcp.json", MCP)}[name]
    (folder / path).write_text(text)
    return f"{name}:{folder / path}", folder


@pytest.mark.parametrize("name", ["commit", "notebook", "prompt-log", "mcp"])
def test_role_in_a_file(aisp, database, tmp_path, name):
    place, folder = place_of(name, tmp_path)
    before = files_of(folder)
    report = drill(aisp, "postgres-role", place, "--with", database.uri(), "--with", log_of(database))
    assert_done(report, 2)
    m = report["measures"]
    assert m["seen_in_logs_s"] is not None, m
    answered = {i["what"].split("/")[-1] for i in report["reach"]["items"] if i["answered"]}
    assert "open_to_all" in answered and "wages" not in answered
    assert m["reach_predicted"] == m["reach_answered"] == m["reach_both"] >= 1, report["reach"]
    assert files_of(folder) == before
    assert left(database) == ""
    assert not list(tmp_path.glob("aisp.db.drill*"))
    log = (tmp_path / "aisp.db.log").read_text()
    assert "PASSWORD" not in log and "postgresql://aisp" not in log


def test_member_of_a_role_reaches_more(aisp, database, tmp_path):
    place, _ = place_of("mcp", tmp_path)
    report = drill(aisp, "postgres-role:reader", place, "--with", database.uri())
    assert_done(report, 2)
    assert {"wages", "open_to_all"} <= {i["what"].split("/")[-1] for i in report["reach"]["items"] if i["answered"] and i["predicted"]}
    assert report["measures"]["not_seen_in_logs"].startswith("no log")
    assert left(database) == ""


@pytest.mark.skipif(16 not in versions(), reason="needs pgvector")
@pytest.mark.parametrize("place", ["vector-store:docs", "prompt-log:table=public.prompts"])
def test_role_in_a_table(aisp, database, place):
    report = drill(aisp, "postgres-role", place, "--with", database.uri())
    assert_done(report, 2)
    assert left(database) == ""


@pytest.mark.parametrize("name", ["commit", "notebook", "prompt-log", "mcp"])
def test_mock_key(aisp, tmp_path, name):
    place, folder = place_of(name, tmp_path)
    before = files_of(folder)
    report = drill(aisp, "mock-key", place)
    assert_done(report, 1)
    assert report["measures"]["seen_in_logs_s"] is not None, report["measures"]
    assert report["measures"]["reach_both"] == 1
    assert files_of(folder) == before


def test_dry_run_touches_nothing(aisp, database, tmp_path):
    place, folder = place_of("commit", tmp_path)
    before = files_of(tmp_path)
    plan = aisp.json("drill", "leak", "--kind", "postgres-role", "--place", place, "--with", database.uri())
    jsonschema.validate(plan, SCHEMA)
    assert plan["state"] == "planned" and {"create", "plant", "contain", "try again", "clean"} <= {s["phase"] for s in plan["steps"]}
    table = aisp.run("drill", "leak", "--kind", "postgres-role", "--place", place, "--with", database.uri())
    assert table.returncode == 0 and "NOLOGIN" in table.stdout and "--execute" in table.stdout
    assert files_of(tmp_path) == before and left(database) == ""


def test_list_show_and_trend(aisp, tmp_path):
    place, _ = place_of("prompt-log", tmp_path)
    first, second = drill(aisp, "mock-key", place), drill(aisp, "mock-key", place)
    assert first["earlier"] == [] and [e["id"] for e in second["earlier"]] == [first["id"]]
    listed = aisp.json("drill", "list")
    jsonschema.validate(listed, SCHEMA)
    assert [d["id"] for d in listed["drills"]] == [first["id"], second["id"]]
    assert aisp.json("drill", "show", second["id"][:9]) == second
    page = aisp.run("drill", "show", second["id"], "--format", "html").stdout
    assert "<script" not in page and second["id"] in page and "Earlier drills" in page
    assert aisp.run("drill", "show", second["id"]).stdout.count("GET /v1/models") >= 2


def test_a_file_that_was_not_there(aisp, tmp_path):
    for name in ("notebook:new.ipynb", "prompt-log:new.jsonl", "mcp:new.json"):
        report = drill(aisp, "mock-key", name)
        assert report["state"] == "done"
    assert not list(tmp_path.glob("new*"))


def test_wrong_usage(aisp, database, tmp_path):
    place, _ = place_of("mcp", tmp_path)
    (tmp_path / "broken.ipynb").write_text('{"nbformat": 4}')
    for args, word in [(["leak"], "--kind"), (["leak", "--kind", "x", "--place", place], "no kind"), (["leak", "--kind", "mock-key", "--place", "y"], "no place"),
                       (["leak", "--kind", "postgres-role", "--place", place], "--with"), (["leak", "--kind", "aws-key", "--place", place], "aws:"),
                       (["leak", "--kind", "kubernetes-token", "--place", place], "kube:"), (["leak", "--kind", "mock-key", "--place", "commit:" + str(tmp_path)], "repository"),
                       (["leak", "--kind", "mock-key", "--place", f"notebook:{tmp_path}/broken.ipynb"], "cells"), (["leak", "--kind", "mock-key", "--place", place, "--with", "none.log"], "none.log"),
                       (["leak", "--kind", "mock-key", "--place", "vector-store:nothing", "--with", database.uri()], "no table"), (["show", "zzz"], "no drill"), (["nonsense"], "leak"),
                       (["leak", "--kind", "mock-key", "--place", place, "--format", "sarif"], "table, json or html")]:
        done = aisp.run("drill", *args)
        assert done.returncode == 2 and word in done.stderr, (args, done.stderr)
    assert not (tmp_path / "aisp.db.log").exists()


def test_changed_by_others_meanwhile(aisp, database, tmp_path):
    """Somebody adds a line behind ours while the drill waits: theirs stays, ours goes."""
    place, folder = place_of("prompt-log", tmp_path)
    path = folder / "p.jsonl"
    log = tmp_path / "empty.log"
    log.write_text("")
    child = subprocess.Popen([AISP, "drill", "leak", "--kind", "mock-key", "--place", place, "--execute", "--format", "json", "--with", database.uri(), "--timeout", "5"],
                             cwd=tmp_path, env={**os.environ, "AISP_STORE": str(aisp.store)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for _ in range(500):
        if "aisp-drill" in path.read_text():
            break
        time.sleep(0.01)
    with open(path, "a") as f:
        f.write('{"messages": ["theirs"]}\n')
    assert child.wait(120) == 0, child.stderr.read()
    assert path.read_text() == '{"messages": []}\n{"messages": ["theirs"]}\n'


# ---- Killed ----

def start(aisp, *args):
    return subprocess.Popen([AISP, "drill", "leak", *args, "--execute", "--quiet", "--timeout", "20"], cwd=aisp.folder,
                            env={**os.environ, "AISP_STORE": str(aisp.store)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


def kill_many(aisp, args, seconds, check, times):
    """Kills at random moments, and half of them cleans by the next drill's start only."""
    rng, reached = random.Random(7), 0
    for i in range(times):
        child = start(aisp, *args)
        time.sleep(rng.uniform(0, seconds))
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        reached += check() is not None
        done = aisp.run("drill", "clean", timeout=120)
        assert done.returncode == 0, (i, done.stderr)
        assert check() is None, (i, check())
    return reached


@pytest.mark.parametrize("name", ["commit", "notebook", "mcp"])
def test_killed_leaves_nothing(aisp, database, tmp_path, name):
    place, folder = place_of(name, tmp_path)
    before = files_of(folder)

    def check():
        now = files_of(folder)
        return (left(database) or sorted(set(now) ^ set(before)) or [k for k in now if now[k] != before[k]] or list(tmp_path.glob("aisp.db.drill*"))) or None
    args = ["--kind", "postgres-role", "--place", place, "--with", database.uri(), "--with", log_of(database)]
    begin = time.monotonic()
    assert start(aisp, *args).wait(120) == 0
    times = KILLS // 3 + 1
    assert kill_many(aisp, args, time.monotonic() - begin, check, times) > times // 4  # most died with something to clean up
    if name == "commit":
        assert git(folder, "fsck", "--unreachable", "--no-reflogs").strip() == "" and git(folder, "status", "--porcelain") == ""
    assert aisp.run("audit", "verify").returncode == 0


@pytest.mark.skipif(16 not in versions(), reason="needs pgvector")
def test_killed_leaves_no_row(aisp, database):
    args = ["--kind", "mock-key", "--place", "vector-store:docs", "--with", database.uri()]
    assert kill_many(aisp, args, 1.5, lambda: left(database) or None, KILLS // 3) > 0


def test_clean_tells_what_it_cannot_reach(aisp, tmp_path):
    place, folder = place_of("mcp", tmp_path)
    with Cluster(hba=HBA) as c:
        child = start(aisp, "--kind", "postgres-role", "--place", place, "--with", c.uri())
        for _ in range(1000):
            if "aisp_drill" in c.psql("SELECT string_agg(rolname, ' ') FROM pg_roles"):
                break
            time.sleep(0.005)
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        port = c.port
    done = aisp.run("drill", "clean")
    assert done.returncode == 4 and "not cleaned up" in done.stderr and str(port) in done.stderr, done.stderr
    assert (folder / "mcp.json").read_text() == MCP  # what could be cleaned is
    assert [d["state"] for d in aisp.json("drill", "list")["drills"]] == ["cut short, not cleaned up"]


# ---- AWS ----

@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    """moto that checks who asks: an administrator's profile → target, environment."""
    boto3 = pytest.importorskip("boto3")
    pytest.importorskip("moto")
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    url, folder = f"http://127.0.0.1:{port}", tmp_path_factory.mktemp("moto")
    with open(folder / "log", "wb") as log:
        server = subprocess.Popen([sys.executable, "-m", "moto.server", "-p", str(port)], stdout=log, stderr=log, env={**os.environ, "INITIAL_NO_AUTH_ACTION_COUNT": "3"})
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(url + "/moto-api/data.json", timeout=2).read()
                break
            except OSError:
                time.sleep(0.1)
        iam = boto3.client("iam", endpoint_url=url, region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing")
        iam.create_user(UserName="admin")
        key = iam.create_access_key(UserName="admin")["AccessKey"]
        iam.put_user_policy(UserName="admin", PolicyName="all", PolicyDocument='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}')
        env = {**{k: "" for k in os.environ if k.startswith("AWS_")}, "AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
               "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent"}
        yield f"aws:?endpoint={url}&region=us-east-1", env, boto3.client("iam", endpoint_url=url, region_name="us-east-1", aws_access_key_id=key["AccessKeyId"],
                                                                         aws_secret_access_key=key["SecretAccessKey"])
    finally:
        server.kill()
        server.wait(10)


@pytest.mark.parametrize("name", ["commit", "mcp"])
def test_aws_key(aisp, cloud, tmp_path, name):
    target, env, iam = cloud
    place, folder = place_of(name, tmp_path)
    before = files_of(folder)
    report = drill(aisp, "aws-key", place, "--with", target, env=env)
    assert_done(report, 1)
    assert report["measures"]["reach_predicted"] == 0
    assert [u["UserName"] for u in iam.list_users()["Users"]] == ["admin"]
    assert files_of(folder) == before


class Trail:
    """CloudTrail as AWS documents its files (cloudtrail-log-file-examples.html): moto has none. What goes through the proxy is delivered half a second later, packed, as one file of Records."""

    def __init__(self, folder, iam):
        self.folder, self.iam, self.n, self.lock = folder, iam, 0, threading.Lock()
        folder.mkdir()

    def __call__(self, key, service, action, status):
        try:
            name = self.iam.get_access_key_last_used(AccessKeyId=key)["UserName"] if key else ""
        except Exception:
            name = ""
        with self.lock:
            self.n += 1
            n = self.n
        event = {"eventVersion": "1.11", "userIdentity": {"type": "IAMUser", "principalId": "AIDAEXAMPLEEXAMPLE00", "arn": f"arn:aws:iam::123456789012:user/{name}", "accountId": "123456789012",
                                                          "accessKeyId": key, "userName": name},
                 "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "eventSource": f"{service}.amazonaws.com", "eventName": action, "awsRegion": "us-east-1",
                 "sourceIPAddress": "127.0.0.1", "userAgent": "aisp", "requestParameters": None, "responseElements": None, "requestID": f"r{n}", "eventID": str(uuid.uuid4()), "readOnly": True,
                 "eventType": "AwsApiCall", "managementEvent": True, "recipientAccountId": "123456789012", "eventCategory": "Management"}
        if status >= 400:
            event["errorCode"] = "InvalidClientTokenId"
        threading.Timer(0.5, self.deliver, [n, event]).start()

    def deliver(self, n, event):
        new = self.folder / f".{n}"
        new.write_bytes(gzip.compress(json.dumps({"Records": [event]}).encode()))
        new.rename(self.folder / f"123456789012_CloudTrail_us-east-1_{n:06d}.json.gz")


def test_aws_key_is_seen_in_the_trail(aisp, cloud, tmp_path):
    """The key's first use after the leak is found by its id, as the trail's next file comes; a trail of others shows nothing."""
    from aws_proxy import Proxy
    target, env, iam = cloud
    place, _ = place_of("mcp", tmp_path)
    trail = Trail(tmp_path / "trail", iam)
    with Proxy(target.split("endpoint=")[1].split("&")[0], after=trail) as proxy:
        report = drill(aisp, "aws-key", place, "--with", f"aws:?endpoint={proxy.url}&region=us-east-1", "--with", trail.folder, env=env)
    assert_done(report, 1)
    m = report["measures"]
    assert m["seen_in_logs_s"] is not None and m["seen_in_logs_s"] >= 0.3, m
    assert [s["result"] for s in report["steps"] if s["phase"] == "detect"] == ["found", "seen"]
    time.sleep(1)  # what is still on its way

    others = tmp_path / "others"
    others.mkdir()
    admin = [gzip.decompress(f.read_bytes()) for f in trail.folder.glob("*.gz")]
    for i, data in enumerate(d for d in admin if b"user/admin" in d):
        (others / f"{i}.json.gz").write_bytes(gzip.compress(data))
    assert list(others.iterdir())
    report = drill(aisp, "aws-key", place, "--with", target, "--with", others, "--timeout", "2", env=env)
    assert report["measures"]["seen_in_logs_s"] is None
    assert [s["result"] for s in report["steps"] if s["phase"] == "detect"] == ["found", "not seen"]
    assert [u["UserName"] for u in iam.list_users()["Users"]] == ["admin"]


def test_aws_killed(aisp, cloud, tmp_path):
    target, env, iam = cloud
    place, folder = place_of("mcp", tmp_path)
    rng = random.Random(3)
    for _ in range(max(KILLS // 8, 3)):
        child = subprocess.Popen([AISP, "drill", "leak", "--kind", "aws-key", "--place", place, "--with", target, "--execute", "--quiet"], cwd=tmp_path,
                                 env={**os.environ, **env, "AISP_STORE": str(aisp.store)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        time.sleep(rng.uniform(0, 1.5))
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        assert aisp.run("drill", "clean", env=env).returncode == 0
        assert [u["UserName"] for u in iam.list_users()["Users"]] == ["admin"] and (folder / "mcp.json").read_text() == MCP


# ---- Kubernetes ----

@pytest.fixture(scope="module")
def kube(tmp_path_factory):
    import shutil

    import kubeserver
    apiserver = kubeserver.build()
    if apiserver is None or not shutil.which("etcd"):
        pytest.skip("no kube-apiserver (AISP_LIVE_BUILD=yes builds it) or no etcd")
    server = kubeserver.Audited(tmp_path_factory.mktemp("kube"))
    try:
        server.start(apiserver)
        server.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
        yield server, server.kubeconfig("admin", {"token": kubeserver.TOKENS["admin"]})
    finally:
        server.stop()


def kube_left(server):
    names = [o["metadata"]["name"] for kind in ("serviceaccounts", "secrets") for o in server.get(f"/api/v1/namespaces/shop/{kind}")["items"]]
    return [n for n in names if n.startswith("aisp-drill")]


@pytest.mark.parametrize("name", ["notebook", "mcp"])
def test_kubernetes_token(aisp, kube, tmp_path, name):
    server, config = kube
    place, folder = place_of(name, tmp_path)
    before = files_of(folder)
    report = drill(aisp, "kubernetes-token:shop", place, "--with", f"kube:?kubeconfig={config}", "--with", server.folder / "audit.log")
    assert_done(report, 1)
    # The API server's own audit log shows the token's use.
    assert report["measures"]["seen_in_logs_s"] is not None, report
    assert kube_left(server) == [] and files_of(folder) == before


def test_kubernetes_killed(aisp, kube, tmp_path):
    server, config = kube
    place, folder = place_of("mcp", tmp_path)
    args = ["--kind", "kubernetes-token:shop", "--place", place, "--with", f"kube:?kubeconfig={config}"]
    kill_many(aisp, args, 2.0, lambda: kube_left(server) or ((folder / "mcp.json").read_text() != MCP or None), max(KILLS // 8, 3))
