"""apply, undo and verify against real systems: the old access is tried and refused, the allowed use tried and working, then all is taken back and tried again."""
import hashlib
import fcntl
import json
import os
import random
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request

import jsonschema
import pytest

import kubeserver
from conftest import AISP, ROOT
from pgcluster import Cluster

psycopg = pytest.importorskip("psycopg")
SCHEMAS = {name: json.loads((ROOT / f"docs/schema/{name}.json").read_text()) for name in ("plan", "apply", "verify")}
KILLS = int(os.environ.get("AISP_KILLS", "100"))


# ---- plan files by hand ----

def plan(goals, keeps, steps, run=1, until=()):
    p = {"schema": "aisp/plan/1", "plan": "", "made_at": "2026-11-23T07:00:00Z", "store": {"run": run, "taken_at": "2026-11-23T06:00:00Z", "facts": "0" * 32}, "certainty": "possible",
         "goals": [{"start": s, "target": t, "mode": m, "finding": f, "rule": None, "closed": True} for s, t, m, f in goals],
         "keeps": [{"identity": s, "target": t, "mode": m, "price": None, "why": "asked for", "kept": True} for s, t, m in keeps],
         "result": {"closed": True, "proved": True, "cost": len(steps), "bound": len(steps), "rounds": 1, "paths": 1},
         "steps": [{"n": i + 1, "control": s["what"], "kind": "test", "price": 1, "automatic": True, "note": "", "definition": None, "patch": "", "edges": [], "shared_uses": 0, **s}
                   for i, s in enumerate(steps)],
         "other_access": [], "conditions": {"until_resolved": list(until)}, "approvals": []}
    p["plan"] = hashlib.blake2b(json.dumps(p).encode(), digest_size=8).hexdigest()
    return p


def write(folder, p, name="plan.json"):
    path = folder / name
    path.write_text(json.dumps(p, indent=1))
    return path


def entries(aisp, kind=None):
    log = aisp.store.parent / (aisp.store.name + ".log")
    rows = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    return [r for r in rows if kind in (None, r["kind"])]


# ---- PostgreSQL ----

class Pg:
    def __init__(self, cluster, aisp):
        self.c, self.aisp, self.server = cluster, aisp, f"127.0.0.1:{cluster.port}"

    def conn(self, user):
        return psycopg.connect(host="127.0.0.1", port=self.c.port, dbname="app", user=user, password="x", autocommit=True)

    def reads(self, user, table):
        with self.conn(user) as c:
            try:
                c.execute(f"SELECT * FROM {table}").fetchall()
                return True
            except psycopg.errors.InsufficientPrivilege:
                return False

    def acl(self):
        with self.conn("admin") as c:
            rows = c.execute("SELECT relname, relacl::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'").fetchall()
        return {name: sorted(acl.strip("{}").split(",")) for name, acl in rows}  # the order is that of granting

    def step(self, table, role, good=True):
        where = {"server": self.server, "database": "app"}
        sql = f"REVOKE SELECT ON {table} FROM {role}" if good else f"REVOKE SELECT ON {table}, no_such_table FROM {role}"
        check = (f"SELECT count(*)::text AS n FROM pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) a WHERE c.oid = 'public.{table}'::regclass AND a.privilege_type = 'SELECT' "
                 f"AND a.grantee = '{role}'::regrole")
        return {"system": "postgres", "what": f"SELECT on {table} for {role}",
                "does": [{"system": "postgres", "arguments": {**where, "sql": sql}, "text": sql}],
                "undoes": [{"system": "postgres", "arguments": {**where, "sql": f"GRANT SELECT ON {table} TO {role}"}, "text": f"GRANT SELECT ON {table} TO {role}"}],
                "checks": [{"system": "postgres", "arguments": {**where, "sql": check}, "text": "is it granted?", "before": {"equals": [{"n": "1"}]}, "after": {"equals": [{"n": "0"}]}}]}

    def role(self, name):
        return self.one(f"SELECT id FROM node WHERE id LIKE '%{self.server}%role/{name}'")

    def table(self, name):
        return self.one(f"SELECT id FROM node WHERE kind = 'table' AND id LIKE '%{self.server}/app/public/{name}'")

    def one(self, query):
        rows = self.aisp.sql(query)
        assert len(rows) == 1, (query, rows)
        return rows[0]["id"]

    @property
    def uri(self):
        return f"postgres://admin@{self.server}/app"


ENV = {"PGPASSWORD": "x"}


@pytest.fixture(scope="module")
def cluster():
    with Cluster() as c:
        c.psql("CREATE ROLE admin SUPERUSER LOGIN PASSWORD 'x'; CREATE ROLE dev LOGIN PASSWORD 'x'; CREATE ROLE bot LOGIN PASSWORD 'x'")
        c.psql("CREATE DATABASE app")
        yield c


@pytest.fixture
def pg(cluster, aisp):
    p = Pg(cluster, aisp)
    with p.conn("admin") as c:
        c.execute("DROP TABLE IF EXISTS customers, orders, notes; CREATE TABLE customers(email text); CREATE TABLE orders(n int); CREATE TABLE notes(t text);"
                  "GRANT SELECT ON customers, orders, notes TO dev, bot")
    aisp.scan(p.uri, env=ENV)
    return p


def simple(pg, tables=("customers",), bad=None, **more):
    return plan([(pg.role("dev"), pg.table(t), "read", None) for t in tables], [(pg.role("bot"), pg.table(t), "read") for t in tables],
                [pg.step(t, "dev", good=t != bad) for t in tables], **more)


def apply(pg, path, *args, **kw):
    return pg.aisp.run("apply", path, "--with", pg.uri, *args, env={**ENV, **kw.pop("env", {})}, **kw)


def test_dry_run_changes_nothing(pg, tmp_path):
    before, path = pg.acl(), write(tmp_path, simple(pg))
    done = apply(pg, path)
    assert done.returncode == 0 and "as planned" in done.stdout and "REVOKE SELECT ON customers FROM dev" in done.stdout, (done.stdout, done.stderr)
    assert pg.acl() == before and pg.reads("dev", "customers") and not entries(pg.aisp)


def test_apply_and_undo(pg, tmp_path):
    before, p = pg.acl(), simple(pg)
    path = write(tmp_path, p)
    assert pg.reads("dev", "customers")
    done = apply(pg, path, "--execute", "--format", "json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    jsonschema.validate(p, SCHEMAS["plan"])
    jsonschema.validate(answer, SCHEMAS["apply"])
    assert answer["status"] == "applied" and [s["state"] for s in answer["steps"]] == ["done"] and all(x["ok"] for x in answer["proof"]) and len(answer["proof"]) == 2
    assert not pg.reads("dev", "customers") and pg.reads("bot", "customers") and pg.reads("dev", "orders")
    again = apply(pg, path, "--execute")
    assert again.returncode == 4 and "applied already" in again.stderr
    ok = pg.aisp.run("verify")
    assert ok.returncode == 0 and "holds" in ok.stdout, ok.stderr
    undone = pg.aisp.run("undo", p["plan"], "--with", pg.uri, "--execute", env=ENV)  # by its id: the log is enough
    assert undone.returncode == 0 and "taken back" in undone.stdout, undone.stderr
    assert pg.reads("dev", "customers") and pg.acl() == before
    assert [e["data"]["phase"] for e in entries(pg.aisp, "step")] == ["begin", "done", "undoing", "undone"]
    assert pg.aisp.run("verify").stdout.startswith("No plan is applied")


def test_changed_meanwhile(pg, tmp_path):
    path = write(tmp_path, simple(pg, ("orders", "customers")))
    with pg.conn("admin") as c:
        c.execute("DROP TABLE customers")
    before = pg.acl()
    dry = apply(pg, path)
    assert dry.returncode == 3 and "not looked at" in dry.stdout
    done = apply(pg, path, "--execute")
    assert done.returncode == 4 and "nothing was changed" in done.stderr and not entries(pg.aisp, "step"), done.stderr
    assert pg.acl() == before and pg.reads("dev", "orders")


def test_not_as_planned(pg, tmp_path):
    p = simple(pg, ("orders",))
    p["steps"][0]["checks"][0]["before"] = {"equals": [{"n": "7"}]}
    before, path = pg.acl(), write(tmp_path, p)
    assert apply(pg, path).returncode == 1
    done = apply(pg, path, "--execute")
    assert done.returncode == 4 and "not as when the plan was made" in done.stderr and "nothing was changed" in done.stderr, done.stderr
    assert pg.acl() == before and not entries(pg.aisp, "step")


def test_failure_in_the_second_step(pg, tmp_path):
    before, path = pg.acl(), write(tmp_path, simple(pg, ("orders", "customers", "notes"), bad="customers"))
    done = apply(pg, path, "--execute")
    assert done.returncode == 4 and "42P01" in done.stderr and "taken back" in done.stderr, done.stderr
    assert pg.acl() == before and pg.reads("dev", "orders") and pg.reads("dev", "notes")
    assert [(e["data"]["n"], e["data"]["phase"]) for e in entries(pg.aisp, "step")] == [(1, "begin"), (1, "done"), (2, "begin"), (2, "undoing"), (2, "undone"), (1, "undoing"), (1, "undone")]


def test_unproved_is_taken_back(pg, tmp_path):
    """The step does what it says, but the path stays open: another grant. Found by collecting again only."""
    with pg.conn("admin") as c:
        c.execute("GRANT SELECT ON customers TO PUBLIC")
    pg.aisp.scan(pg.uri, env=ENV)
    before, path = pg.acl(), write(tmp_path, simple(pg))
    done = apply(pg, path, "--execute")
    assert done.returncode == 4 and "do not prove" in done.stderr and "taken back" in done.stderr, done.stderr
    assert pg.acl() == before


def test_lost_use_is_taken_back(pg, tmp_path):
    p = simple(pg)
    p["steps"].append({**p["steps"][0], **pg.step("customers", "bot"), "n": 2})
    done = apply(pg, write(tmp_path, p), "--execute")
    assert done.returncode == 4 and "has lost" in done.stderr, done.stderr
    assert pg.reads("dev", "customers") and pg.reads("bot", "customers")


def test_approval_by_another(pg, tmp_path):
    p = simple(pg)
    path = write(tmp_path, p)
    (tmp_path / "aisp.yaml").write_text(f"targets: [{{url: '{pg.uri}'}}]\napprovals: {{plans: 2, other_than_author: no}}\n")
    assert apply(pg, path, "--execute").returncode == 4
    for who, code in (("ada", 0), ("ada", 4), ("bob", 0)):
        assert pg.aisp.run("apply", path, "--approve", "--by", who).returncode == code, who
    text = path.read_text()
    path.write_text(text.replace('"note": ""', '"note": "changed"'))
    done = apply(pg, path, "--execute")
    assert done.returncode == 4 and "needs 2 approvals of this very file and has 0" in done.stderr and pg.reads("dev", "customers")
    path.write_text(text)
    assert apply(pg, path, "--execute").returncode == 0 and not pg.reads("dev", "customers")
    (tmp_path / "aisp.yaml").write_text(f"targets: [{{url: '{pg.uri}'}}]\napprovals: {{plans: 1, other_than_author: yes}}\n")
    assert "who made it is not in this log" in apply(pg, write(tmp_path, {**p, "plan": "0" * 16}, "other.json"), "--execute").stderr


def test_comes_back(pg, tmp_path):
    p = simple(pg)
    p["goals"][0]["finding"] = "f" * 32
    path = write(tmp_path, p)
    assert apply(pg, path, "--execute").returncode == 0
    with pg.conn("admin") as c:
        c.execute("CREATE ROLE helpers; GRANT SELECT ON customers TO helpers; GRANT helpers TO dev")
    try:
        done = pg.aisp.run("verify", path, "--watch", "1", "--limit", "1", "--with", pg.uri, "--format", "json", env=ENV)
        assert done.returncode == 1, done.stderr
        jsonschema.validate(json.loads(done.stdout), SCHEMAS["verify"])
        got = json.loads(done.stdout)["plans"][0]
        assert not got["holds"] and got["changes"] and any("helpers" in c["control"] or "helpers" in c["to"] for c in got["changes"]), got
        assert all(c["run"] > 1 and c["source"] for c in got["changes"])
        reopened = [e for e in entries(pg.aisp, "decide") if e["data"]["action"] == "reopen"]
        assert len(reopened) == 1 and reopened[0]["data"]["fingerprint"] == "f" * 32 and "is open again" in reopened[0]["data"]["reason"]
        assert pg.aisp.run("verify").returncode == 1 and len(entries(pg.aisp, "decide")) == 1  # said once
    finally:
        with pg.conn("admin") as c:
            c.execute("DROP OWNED BY helpers; DROP ROLE helpers")


def test_verify_while_another_writes(pg, tmp_path):
    """verify only reads; what it would note waits for the next verify."""
    path = write(tmp_path, simple(pg))
    assert apply(pg, path, "--execute").returncode == 0
    with open(pg.aisp.store.parent / (pg.aisp.store.name + ".log"), "r+b") as log:
        fcntl.flock(log, fcntl.LOCK_EX)
        had = len(entries(pg.aisp))
        done = pg.aisp.run("verify", path)
        assert done.returncode == 0 and "not noted in the log" in done.stderr, done.stderr
        assert len(entries(pg.aisp)) == had
    assert pg.aisp.run("verify", path).stderr == "" and len(entries(pg.aisp, "verify")) == 1
    assert pg.aisp.run("verify", path).returncode == 0 and len(entries(pg.aisp, "verify")) == 1  # the same again is not said


def test_conditions(pg, tmp_path):
    path = write(tmp_path, simple(pg, until=["abcdef"]))
    assert apply(pg, path, "--execute").returncode == 0
    refused = pg.aisp.run("undo", path, "--with", pg.uri, "--execute", env=ENV)
    assert refused.returncode == 4 and "until 1 findings are resolved" in refused.stderr and not pg.reads("dev", "customers")
    assert pg.aisp.run("undo", path, "--with", pg.uri, "--execute", "--force", env=ENV).returncode == 2
    done = pg.aisp.run("undo", path, "--with", pg.uri, "--execute", "--force", "--reason", "a mistake", env=ENV)
    assert done.returncode == 0 and pg.reads("dev", "customers"), done.stderr
    assert entries(pg.aisp, "undo")[0]["data"] == {"plan": json.loads(path.read_text())["plan"], "phase": "begin", "why": "a mistake", "force": True}


def test_somebody_changed_it_since(pg, tmp_path):
    p = simple(pg)
    p["steps"][0]["checks"][0]["arguments"]["sql"] = p["steps"][0]["checks"][0]["arguments"]["sql"].replace("a.privilege_type = 'SELECT'", "a.privilege_type IN ('SELECT', 'INSERT', 'DELETE')")
    path = write(tmp_path, p)
    assert apply(pg, path, "--execute").returncode == 0
    with pg.conn("admin") as c:
        c.execute("GRANT INSERT, DELETE ON customers TO dev")
    done = pg.aisp.run("undo", path, "--with", pg.uri, "--execute", env=ENV)
    assert done.returncode == 4 and "somebody has changed" in done.stderr and not pg.reads("dev", "customers"), done.stderr


@pytest.mark.parametrize("change, words", [
    ({"schema": "aisp/plan/2"}, "schema"), ({"surprise": 1}, "not known"), ({"approvals": [{"by": "me"}]}, "belong into the log"), ({"plan": "x"}, "id"), ({"goals": None}, "goals")])
def test_wrong_files(pg, tmp_path, change, words):
    done = apply(pg, write(tmp_path, {**simple(pg), **change}), "--execute")
    assert done.returncode == 2 and words in done.stderr, done.stderr


def test_of_another_store(pg, tmp_path):
    p = simple(pg)
    p["goals"][0]["target"] += "-of-somebody-else"
    done = apply(pg, write(tmp_path, p), "--execute")
    assert done.returncode == 4 and "not of this store" in done.stderr and pg.reads("dev", "customers")


def test_without_a_connection(pg, tmp_path):
    done = pg.aisp.run("apply", write(tmp_path, simple(pg)), "--execute")
    assert done.returncode in (2, 4) and "no --with leads to the PostgreSQL server" in done.stderr


# ---- AWS: moto with IAM enforced ----

DENY_READ = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}]})
READ = '{"Version": "2012-10-17",  "Statement": [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}, {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "*"}]}'


@pytest.fixture
def cloud(tmp_path):
    boto3 = pytest.importorskip("boto3")
    pytest.importorskip("moto")
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with open(tmp_path / "moto.log", "wb") as log:
        server = subprocess.Popen([sys.executable, "-m", "moto.server", "-p", str(port)], stdout=log, stderr=log)
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(url + "/moto-api/data.json", timeout=2).read()
                break
            except OSError:
                time.sleep(0.1)

        def client(service, keys=("testing", "testing")):
            return boto3.client(service, endpoint_url=url, region_name="us-east-1", aws_access_key_id=keys[0], aws_secret_access_key=keys[1])
        iam, s3 = client("iam"), client("s3")
        s3.create_bucket(Bucket="acme-docs")
        s3.put_object(Bucket="acme-docs", Key="a", Body=b"text")
        keys = {}
        for name in ("admin", "dev", "bot"):
            iam.create_user(UserName=name)
            k = iam.create_access_key(UserName=name)["AccessKey"]
            keys[name] = (k["AccessKeyId"], k["SecretAccessKey"])
        admin = iam.create_policy(PolicyName="all", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}))["Policy"]["Arn"]
        iam.attach_user_policy(UserName="admin", PolicyArn=admin)
        for name in ("dev", "bot"):
            iam.put_user_policy(UserName=name, PolicyName="docs", PolicyDocument=READ)
        urllib.request.urlopen(urllib.request.Request(url + "/moto-api/reset-auth", data=b"0", headers={"Content-Type": "text/plain"}, method="POST"), timeout=5).read()  # from now on rights count
        yield url, client, keys
    finally:
        server.kill()
        server.wait(10)


def test_aws(cloud, aisp, tmp_path):
    from botocore.exceptions import ClientError
    url, client, keys = cloud
    env = {**{k: "" for k in os.environ if k.startswith("AWS_")}, "AWS_ACCESS_KEY_ID": keys["admin"][0], "AWS_SECRET_ACCESS_KEY": keys["admin"][1], "AWS_EC2_METADATA_DISABLED": "true",
           "AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent"}
    target = f"aws:?endpoint={url}&region=us-east-1"
    admin = client("iam", keys["admin"])

    def reads(who):
        try:
            return client("s3", keys[who]).get_object(Bucket="acme-docs", Key="a")["Body"].read() == b"text"
        except ClientError as e:
            assert e.response["ResponseMetadata"]["HTTPStatusCode"] == 403, e
            return False

    def document(who):
        import urllib.parse
        import botocore.handlers
        raw = admin.get_user_policy(UserName=who, PolicyName="docs")["PolicyDocument"]
        return raw if isinstance(raw, str) else json.dumps(raw)

    aisp.scan(target, env=env)
    ids = [r["id"] for r in aisp.sql("SELECT id FROM node")]
    dev, bot, bucket = (next(i for i in ids if i.endswith(e)) for e in (":user/dev", ":user/bot", "s3:::acme-docs"))
    args = {"account": "123456789012", "region": ""}
    check = {"system": "aws", "arguments": {**args, "operation": "iam:GetUserPolicy", "params": {"UserName": "dev", "PolicyName": "docs"}}, "text": "aws iam get-user-policy",
             "before": {"at": "/PolicyDocument", "equals": json.loads(READ)}, "after": {"at": "/PolicyDocument", "equals": json.loads(DENY_READ)}, "save": {"old": "/PolicyDocument"}}
    put = {"UserName": "dev", "PolicyName": "docs"}
    step = {"system": "aws", "what": "statement 2 of inline policy docs of user dev", "checks": [check],
            "does": [{"system": "aws", "arguments": {**args, "operation": "iam:PutUserPolicy", "params": {**put, "PolicyDocument": DENY_READ}}, "text": "aws iam put-user-policy"}],
            "undoes": [{"system": "aws", "arguments": {**args, "operation": "iam:PutUserPolicy", "params": {**put, "PolicyDocument": {"$saved": "old"}}}, "text": "aws iam put-user-policy, as it was"}]}
    path = write(tmp_path, plan([(dev, bucket, "read", None)], [(bot, bucket, "read")], [step]))
    before = document("dev")
    assert reads("dev") and reads("bot")
    dry = aisp.run("apply", path, "--with", target, env=env)
    assert dry.returncode == 0 and "as planned" in dry.stdout, (dry.stdout, dry.stderr)
    done = aisp.run("apply", path, "--with", target, "--execute", env=env)
    assert done.returncode == 0, done.stderr
    assert not reads("dev") and reads("bot")
    undone = aisp.run("undo", path, "--with", target, "--execute", env=env)
    assert undone.returncode == 0, undone.stderr
    assert reads("dev") and document("dev") == before
    saved = entries(aisp, "step")[0]["data"]["undoes"][0]["arguments"]["params"]["PolicyDocument"]
    assert saved == READ  # byte for byte, two blanks and all
    assert keys["admin"][1] not in (aisp.store.parent / (aisp.store.name + ".log")).read_text()
    # the same with a plan of aisp's own
    own = tmp_path / "own.json"
    made = aisp.run("plan", "--from", dev, "--to", bucket, "--mode", "read", "--keep", f"{bot},{bucket},read", "--save", own, "--with", target, env=env)
    assert made.returncode == 0, made.stderr
    done = aisp.run("apply", own, "--with", target, "--execute", env=env)
    assert done.returncode == 0, done.stderr
    assert not reads("dev") and reads("bot")
    assert aisp.run("undo", own, "--with", target, "--execute", env=env).returncode == 0
    assert reads("dev") and document("dev") == before


def test_a_statement_for_several_principals(cloud, aisp, tmp_path):
    """It goes as a whole; the plan says that others lose it too."""
    url, client, keys = cloud
    env = {**{k: "" for k in os.environ if k.startswith("AWS_")}, "AWS_ACCESS_KEY_ID": keys["admin"][0], "AWS_SECRET_ACCESS_KEY": keys["admin"][1], "AWS_EC2_METADATA_DISABLED": "true",
           "AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent"}
    target, iam, s3 = f"aws:?endpoint={url}&region=us-east-1", client("iam", keys["admin"]), client("s3", keys["admin"])
    for u in ("dev", "bot"):
        iam.delete_user_policy(UserName=u, PolicyName="docs")
    s3.put_bucket_policy(Bucket="acme-docs", Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": [f"arn:aws:iam::123456789012:user/{u}" for u in ("dev", "bot")]}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-docs/*"}]}))
    aisp.scan(target, env=env)
    ids = [r["id"] for r in aisp.sql("SELECT id FROM node")]
    dev, bucket, own = next(i for i in ids if i.endswith(":user/dev")), next(i for i in ids if i.endswith("s3:::acme-docs")), tmp_path / "own.json"
    made = aisp.run("plan", "--from", dev, "--to", bucket, "--mode", "read", "--save", own, "--with", target, env=env)
    assert made.returncode == 0, made.stderr
    p = json.loads(own.read_text())
    assert [s["kind"] for s in p["steps"]] == ["aws.resource-policy"] and "names 2 principals" in p["steps"][0]["note"]
    assert any(o["identity"].endswith(":user/bot") and o["target"] == bucket for o in p["other_access"]), p["other_access"]


def test_kill_aws(cloud, aisp, tmp_path):
    """kill -9 at any moment of changing three documents; after the undo each is as it was, byte for byte."""
    rng, (url, client, keys) = random.Random(11), cloud
    env = {**{k: "" for k in os.environ if k.startswith("AWS_")}, "AWS_ACCESS_KEY_ID": keys["admin"][0], "AWS_SECRET_ACCESS_KEY": keys["admin"][1], "AWS_EC2_METADATA_DISABLED": "true",
           "AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent"}
    target, admin, users = f"aws:?endpoint={url}&region=us-east-1", client("iam", keys["admin"]), ("dev", "bot", "old")
    admin.create_user(UserName="old")
    admin.put_user_policy(UserName="old", PolicyName="docs", PolicyDocument=READ)

    def documents():
        return [admin.get_user_policy(UserName=u, PolicyName="docs")["PolicyDocument"] for u in users]

    def call(operation, user, **more):
        return {"system": "aws", "arguments": {"account": "123456789012", "region": "", "operation": operation, "params": {"UserName": user, "PolicyName": "docs", **more}}, "text": operation}
    aisp.scan(target, env=env)
    ids = [r["id"] for r in aisp.sql("SELECT id FROM node")]
    bucket, who = next(i for i in ids if i.endswith("s3:::acme-docs")), {u: next(i for i in ids if i.endswith(f":user/{u}")) for u in users}
    steps = [{"system": "aws", "what": f"inline policy docs of user {u}",
              "checks": [{**call("iam:GetUserPolicy", u), "before": {"at": "/PolicyDocument", "equals": json.loads(READ)}, "after": {"at": "/PolicyDocument", "equals": json.loads(DENY_READ)},
                          "save": {"old": "/PolicyDocument"}}],
              "does": [call("iam:PutUserPolicy", u, PolicyDocument=DENY_READ)], "undoes": [call("iam:PutUserPolicy", u, PolicyDocument={"$saved": "old"})]} for u in users]
    path = write(tmp_path, plan([(who[u], bucket, "read", None) for u in users], [], steps))
    before, log, half = documents(), aisp.store.parent / (aisp.store.name + ".log"), 0
    for i in range(20):
        p = subprocess.Popen([AISP, "apply", str(path), "--with", target, "--execute", "--quiet"], cwd=tmp_path, env={**os.environ, **env, "AISP_STORE": str(aisp.store)},
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        had, end = log.stat().st_size if log.exists() else 0, time.monotonic() + 10
        while (log.stat().st_size if log.exists() else 0) == had and p.poll() is None and time.monotonic() < end:
            time.sleep(0.001)
        time.sleep(rng.random() * 0.15)
        p.send_signal(signal.SIGKILL)
        p.wait()
        half += 0 < sum(d != b for d, b in zip(documents(), before)) < 3
        undone = aisp.run("undo", path, "--with", target, "--execute", "--quiet", env=env)
        assert undone.returncode == 0 or "was never applied" in undone.stderr, (i, undone.stderr)
        assert documents() == before, i
    print(f"kills 20, left half-way {half}")
    assert half > 2


# ---- Kubernetes ----

APISERVER = kubeserver.build()


@pytest.mark.skipif(APISERVER is None or not shutil.which("etcd"), reason="no kube-apiserver (AISP_LIVE_BUILD=yes builds it) or no etcd")
def test_kubernetes(aisp, tmp_path):
    rbac = "rbac.authorization.k8s.io"
    (tmp_path / "kube").mkdir()
    server = kubeserver.Server(tmp_path / "kube")
    try:
        server.start(APISERVER)
        server.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
        for name in ("reader", "bot"):
            server.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": "shop"}})
        server.create({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": "shop"}, "data": {"password": "eA=="}},
                      {"apiVersion": f"{rbac}/v1", "kind": "Role", "metadata": {"name": "secrets", "namespace": "shop"}, "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list"]}]},
                      {"apiVersion": f"{rbac}/v1", "kind": "RoleBinding", "metadata": {"name": "secrets", "namespace": "shop"}, "roleRef": {"apiGroup": rbac, "kind": "Role", "name": "secrets"},
                       "subjects": [{"kind": "ServiceAccount", "name": n, "namespace": "shop"} for n in ("reader", "bot")]},
                      {"apiVersion": f"{rbac}/v1", "kind": "RoleBinding", "metadata": {"name": "bot", "namespace": "shop"}, "roleRef": {"apiGroup": rbac, "kind": "Role", "name": "secrets"},
                       "subjects": [{"kind": "ServiceAccount", "name": "bot", "namespace": "shop"}]})
        tokens = {n: server.request("POST", f"/api/v1/namespaces/shop/serviceaccounts/{n}/token", {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}})["status"]["token"]
                  for n in ("reader", "bot")}
        context = ssl.create_default_context(cafile=server.folder / "ca.crt")

        def reads(who):
            q = urllib.request.Request(server.url + "/api/v1/namespaces/shop/secrets/db", headers={"Authorization": f"Bearer {tokens[who]}"})
            try:
                with urllib.request.urlopen(q, context=context, timeout=30) as r:
                    return r.status == 200
            except urllib.error.HTTPError as e:
                assert e.code == 403
                return False

        def reviewed(who):
            return server.request("POST", f"/apis/authorization.k8s.io/v1/subjectaccessreviews", {
                "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
                "spec": {"user": f"system:serviceaccount:shop:{who}", "resourceAttributes": {"namespace": "shop", "verb": "get", "resource": "secrets", "name": "db"}}})["status"]["allowed"]
        target = f"kube:?kubeconfig={server.kubeconfig('admin.conf', {'token': kubeserver.TOKENS['admin']})}"
        aisp.scan(target)
        ids = [r["id"] for r in aisp.sql("SELECT id FROM node")]
        reader, bot, secret = (next(i for i in ids if i.endswith(e)) for e in ("serviceaccount/reader", "serviceaccount/bot", "secret/db"))
        where = f"/apis/{rbac}/v1/namespaces/shop/rolebindings/secrets"
        subject = {"kind": "ServiceAccount", "name": "reader", "namespace": "shop"}
        step = {"system": "kubernetes", "what": "service account reader in role binding secrets",
                "checks": [{"system": "kubernetes", "arguments": {"cluster": "live", "method": "GET", "path": where}, "text": "kubectl get rolebinding secrets", "before": {"at": "/subjects", "has": subject},
                            "after": {"at": "/subjects", "lacks": subject}, "save": {"subjects": "/subjects"}}],
                "does": [{"system": "kubernetes", "arguments": {"cluster": "live", "method": "PATCH", "path": where, "content_type": "application/json-patch+json",
                                                                "body": [{"op": "test", "path": "/subjects", "value": {"$saved": "subjects"}}, {"op": "remove", "path": "/subjects/0"}]}, "text": "kubectl patch"}],
                "undoes": [{"system": "kubernetes", "arguments": {"cluster": "live", "method": "PATCH", "path": where, "content_type": "application/json-patch+json",
                                                                  "body": [{"op": "add", "path": "/subjects", "value": {"$saved": "subjects"}}]}, "text": "kubectl patch, as it was"}]}
        path = write(tmp_path, plan([(reader, secret, "read", None)], [(bot, secret, "read")], [step]))
        before = server.get(where)
        assert reads("reader") and reviewed("reader") and reads("bot")
        done = aisp.run("apply", path, "--with", target, "--execute")
        assert done.returncode == 0, done.stderr
        assert not reads("reader") and not reviewed("reader") and reads("bot") and reviewed("bot")
        undone = aisp.run("undo", path, "--with", target, "--execute")
        assert undone.returncode == 0, undone.stderr
        after = server.get(where)
        assert reads("reader") and after["subjects"] == before["subjects"] and after["roleRef"] == before["roleRef"]
        own = tmp_path / "own.json"  # the same with a plan of aisp's own
        made = aisp.run("plan", "--from", reader, "--to", secret, "--mode", "read", "--keep", f"{bot},{secret},read", "--save", own, "--with", target)
        assert made.returncode == 0, made.stdout
        done = aisp.run("apply", own, "--with", target, "--execute")
        assert done.returncode == 0, done.stderr
        assert not reads("reader") and reads("bot")
        assert aisp.run("undo", own, "--with", target, "--execute").returncode == 0
        assert reads("reader") and server.get(where)["subjects"] == before["subjects"]
        log = (aisp.store.parent / (aisp.store.name + ".log")).read_text()
        assert kubeserver.TOKENS["admin"] not in log
    finally:
        server.stop()


@pytest.fixture
def shop(aisp, tmp_path):
    """A namespace with one role binding for several: three accounts and a group."""
    if APISERVER is None or not shutil.which("etcd"):
        pytest.skip("no kube-apiserver (AISP_LIVE_BUILD=yes builds it) or no etcd")
    rbac, server = "rbac.authorization.k8s.io", kubeserver.Server((tmp_path / "kube"))
    (tmp_path / "kube").mkdir(exist_ok=True)
    try:
        server.start(APISERVER)
        server.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
        for name in ("reader", "bot", "old"):
            server.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": "shop"}})
        server.create({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": "shop"}, "data": {"password": "eA=="}},
                      {"apiVersion": f"{rbac}/v1", "kind": "Role", "metadata": {"name": "secrets", "namespace": "shop"}, "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list"]}]},
                      {"apiVersion": f"{rbac}/v1", "kind": "RoleBinding", "metadata": {"name": "secrets", "namespace": "shop"}, "roleRef": {"apiGroup": rbac, "kind": "Role", "name": "secrets"},
                       "subjects": [{"kind": "ServiceAccount", "name": n, "namespace": "shop"} for n in ("reader", "bot", "old")] + [{"kind": "Group", "apiGroup": rbac, "name": "ops"}]})
        server.where = f"/apis/{rbac}/v1/namespaces/shop/rolebindings/secrets"
        server.target = f"kube:?kubeconfig={server.kubeconfig('admin.conf', {'token': kubeserver.TOKENS['admin']})}"
        aisp.scan(server.target)
        ids = [r["id"] for r in aisp.sql("SELECT id FROM node")]
        server.ids = {e: next(i for i in ids if i.endswith(e)) for e in ("serviceaccount/reader", "serviceaccount/bot", "serviceaccount/old", "group/ops", "secret/db")}

        def reads(user, *groups):
            return server.request("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", {
                "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
                "spec": {"user": user, "groups": list(groups), "resourceAttributes": {"namespace": "shop", "verb": "get", "resource": "secrets", "name": "db"}}})["status"]["allowed"]
        server.who = lambda: {n for n in ("reader", "bot", "old") if reads(f"system:serviceaccount:shop:{n}")} | ({"ops"} if reads("someone", "ops") else set())
        yield server
    finally:
        server.stop()


def plan_of(aisp, server, path, lose, keep=()):
    args = ["plan"]
    for e in lose:
        args += ["--from", server.ids[e], "--to", server.ids["secret/db"], "--mode", "read"]
    for e in keep:
        args += ["--keep", f"{server.ids[e]},{server.ids['secret/db']},read"]
    made = aisp.run(*args, "--save", path, "--with", server.target)
    assert made.returncode == 0, made.stdout + made.stderr
    return json.loads(path.read_text())


def test_one_subject_of_several(aisp, shop, tmp_path):
    before, path = shop.get(shop.where)["subjects"], tmp_path / "one.json"
    p = plan_of(aisp, shop, path, ["serviceaccount/bot"], ["serviceaccount/reader", "serviceaccount/old", "group/ops"])
    assert [s["control"].rpartition("/rolebinding/")[2] for s in p["steps"]] == ["secrets#/subjects/1"] and p["steps"][0]["kind"] == "kubernetes.subject"
    assert "3 other subjects of the binding keep it" in p["steps"][0]["note"]
    done = aisp.run("apply", path, "--with", shop.target, "--execute")
    assert done.returncode == 0, done.stderr
    assert shop.who() == {"reader", "old", "ops"}
    assert aisp.run("undo", path, "--with", shop.target, "--execute").returncode == 0
    assert shop.get(shop.where)["subjects"] == before and shop.who() == {"reader", "bot", "old", "ops"}


def test_a_reordered_list_is_refused(aisp, shop, tmp_path):
    path = tmp_path / "one.json"
    plan_of(aisp, shop, path, ["serviceaccount/bot"], ["serviceaccount/reader"])
    turned = shop.get(shop.where)
    turned["subjects"].reverse()
    shop.request("PUT", shop.where, turned)
    done = aisp.run("apply", path, "--with", shop.target, "--execute")
    assert done.returncode != 0, done.stderr
    assert shop.who() == {"reader", "bot", "old", "ops"} and shop.get(shop.where)["subjects"] == turned["subjects"]


def bind(aisp, server, *subjects):
    x = server.get(server.where)
    x["subjects"] = [{"kind": "ServiceAccount", "name": s, "namespace": "shop"} if ":" not in s else {"kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": s} for s in subjects]
    server.request("PUT", server.where, x)
    aisp.scan(server.target)
    return server.get(server.where)["subjects"]


def test_every_subject_one_by_one(aisp, shop, tmp_path):
    """All items of one list go in one step; that empties it, and the undo builds it again."""
    path, before = tmp_path / "all.json", bind(aisp, shop, "bot", "system:serviceaccounts:shop", "system:serviceaccounts")
    p = plan_of(aisp, shop, path, ["serviceaccount/bot"])
    assert [[c.rpartition("#")[2] for c in s["control"].split(" and ")] for s in p["steps"]] == [["/subjects/0", "/subjects/1", "/subjects/2"]]
    done = aisp.run("apply", path, "--with", shop.target, "--execute")
    assert done.returncode == 0, done.stderr
    assert shop.who() == set() and not shop.get(shop.where).get("subjects")
    undone = aisp.run("undo", path, "--with", shop.target, "--execute")
    assert undone.returncode == 0, undone.stderr
    assert shop.get(shop.where)["subjects"] == before


def test_kill_kubernetes(aisp, shop, tmp_path):
    """kill -9 at any moment of changing a real cluster; after the undo the binding is as it was."""
    rng, path = random.Random(7), tmp_path / "kill.json"
    before, log = bind(aisp, shop, "old", "bot", "system:serviceaccounts:shop", "system:serviceaccounts"), aisp.store.parent / (aisp.store.name + ".log")
    rolled = shop.request("GET", shop.where)
    for i in range(3):  # three bindings, so that there is something half-way
        shop.create({"apiVersion": rolled["apiVersion"], "kind": "RoleBinding", "metadata": {"name": f"more{i}", "namespace": "shop"}, "roleRef": rolled["roleRef"],
                     "subjects": [{"kind": "ServiceAccount", "name": n, "namespace": "shop"} for n in ("bot", "old")]})
    aisp.scan(shop.target)
    assert len(plan_of(aisp, shop, path, ["serviceaccount/bot"])["steps"]) == 4
    wheres = [shop.where] + [shop.where.replace("/secrets", f"/more{i}") for i in range(3)]
    lists = [shop.get(w)["subjects"] for w in wheres]
    half = changed = 0
    for i in range(20):
        p = subprocess.Popen([AISP, "apply", str(path), "--with", shop.target, "--execute", "--quiet"], cwd=tmp_path, env={**os.environ, "AISP_STORE": str(aisp.store)},
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        had, end = log.stat().st_size if log.exists() else 0, time.monotonic() + 10
        while (log.stat().st_size if log.exists() else 0) == had and p.poll() is None and time.monotonic() < end:
            time.sleep(0.001)
        time.sleep(rng.random() * 0.12)
        p.send_signal(signal.SIGKILL)
        p.wait()
        now = sum(shop.get(w).get("subjects", []) != had for w, had in zip(wheres, lists))
        half += 0 < now < 4
        changed += now > 0
        undone = aisp.run("undo", path, "--with", shop.target, "--execute", "--quiet")
        assert undone.returncode == 0 or "was never applied" in undone.stderr, (i, undone.stderr)
        assert [shop.get(w)["subjects"] for w in wheres] == lists and lists[0] == before, i
    print(f"kills 20, changed something {changed}, left half-way {half}")
    assert changed > 2


# ---- Files ----

def test_files(aisp, tree, tmp_path):
    old, new = '{"mcpServers": {"tickets": {"url": "https://t.example/mcp"}}}\n', '{"mcpServers": {}}\n'
    repo = tree({".cursor/mcp.json": old, "README.md": "x"})
    (repo / ".cursor/mcp.json").chmod(0o640)
    aisp.scan(repo)
    file = repo / ".cursor/mcp.json"
    h = {t: hashlib.blake2b(t.encode(), digest_size=32).hexdigest() for t in (old, new)}
    cut = old.index('"tickets"')
    step = {"system": "file", "what": "MCP server tickets", "checks": [{"system": "file", "arguments": {"path": str(file)}, "text": "b2sum", "before": {"digest": h[old]}, "after": {"digest": h[new]}}],
            "does": [{"system": "file", "arguments": {"path": str(file), "expect": h[old], "cut": [cut, cut + len(old) - len(new)], "becomes": h[new]}, "text": "cut"}],
            "undoes": [{"system": "file", "arguments": {"path": str(file), "expect": h[new], "insert": cut, "becomes": h[old]}, "text": "put back"}]}
    path = write(tmp_path, plan([], [], [step]))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert "no --with leads to the file" in aisp.run("apply", path, "--with", elsewhere, "--execute").stderr and file.read_text() == old
    done = aisp.run("apply", path, "--with", repo, "--execute")
    assert done.returncode == 0, done.stderr
    assert file.read_text() == new and file.stat().st_mode & 0o777 == 0o640
    assert aisp.run("undo", path, "--with", repo, "--execute").returncode == 0 and file.read_text() == old
    file.write_text(old + " ")
    refused = aisp.run("apply", path, "--with", repo, "--execute")
    assert refused.returncode == 4 and "nothing was changed" in refused.stderr and file.read_text() == old + " "


def test_kill(pg, tmp_path):
    """kill -9 at any moment; then undo, or apply again. Never half a plan without its undo."""
    rng = random.Random(5)
    tables = ("customers", "orders", "notes")
    half = wrong = resumed = 0
    start = time.monotonic()
    apply(pg, write(tmp_path, simple(pg, tables), "first.json"), "--execute")
    whole = time.monotonic() - start
    assert pg.aisp.run("undo", tmp_path / "first.json", "--with", pg.uri, "--execute", env=ENV).returncode == 0
    before, log = pg.acl(), pg.aisp.store.parent / (pg.aisp.store.name + ".log")
    path = write(tmp_path, {**simple(pg, tables), "made_at": "2026-11-23T08:00:00Z"})
    for i in range(KILLS):
        p = subprocess.Popen([AISP, "apply", str(path), "--with", pg.uri, "--execute", "--quiet"], cwd=tmp_path, env={**os.environ, **ENV, "AISP_STORE": str(pg.aisp.store)},
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if i % 5 == 0:  # any moment
            time.sleep(rng.random() * whole * 1.05)
        else:           # while steps are done
            end = time.monotonic() + 10
            for _ in range(rng.randint(1, 8)):
                had = log.stat().st_size
                while log.stat().st_size == had and p.poll() is None and time.monotonic() < end:
                    time.sleep(0.0002)
            time.sleep(rng.random() * 0.003)
        p.send_signal(signal.SIGKILL)
        p.wait()
        open_now = [t for t in tables if pg.reads("dev", t)]
        half += 0 < len(open_now) < 3
        if i % 4 == 3:  # go on instead
            done = apply(pg, path, "--execute", "--quiet")
            assert done.returncode == 0 or "applied already" in done.stderr, done.stderr
            assert not any(pg.reads("dev", t) for t in tables)
            resumed += 1
        done = pg.aisp.run("undo", path, "--with", pg.uri, "--execute", "--quiet", env=ENV)
        assert done.returncode == 0 or "was never applied" in done.stderr, (i, done.stderr)
        now = pg.acl()
        wrong += now != before
        assert now == before, i
    print(f"kills {KILLS}, left half-way {half}, went on {resumed}, wrong after undo {wrong}")
    assert KILLS < 50 or half > KILLS // 10  # else the kills came at dull moments
    numbers = [e["n"] for e in entries(pg.aisp)]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_with_a_plan_of_aisp(pg, tmp_path):
    """The whole way: asked for, planned, approved by somebody else, applied, tried, taken back."""
    before, path = pg.acl(), tmp_path / "own.json"
    made = pg.aisp.run("plan", "--from", pg.role("dev"), "--to", pg.table("customers"), "--mode", "read", "--keep", f"{pg.role('bot')},{pg.table('customers')},read", "--save", path, "--with", pg.uri,
                       "--by", "ada", env=ENV)
    assert made.returncode == 0 and path.exists(), made.stderr
    jsonschema.validate(json.loads(path.read_text()), SCHEMAS["plan"])
    (tmp_path / "aisp.yaml").write_text(f"targets: [{{url: '{pg.uri}'}}]\napprovals: {{plans: 1, other_than_author: yes}}\n")
    assert "somebody else" in pg.aisp.run("apply", path, "--approve", "--by", "ada").stderr
    assert apply(pg, path, "--execute").returncode == 4 and pg.reads("dev", "customers")
    assert pg.aisp.run("apply", path, "--approve", "--by", "bob").returncode == 0
    done = apply(pg, path, "--execute")
    assert done.returncode == 0, done.stderr
    assert not pg.reads("dev", "customers") and pg.reads("bot", "customers") and pg.reads("dev", "orders")
    undone = pg.aisp.run("undo", path, "--with", pg.uri, "--execute", env=ENV)
    assert undone.returncode == 0, undone.stderr
    assert pg.reads("dev", "customers") and pg.acl() == before
