"""Plans in which two control objects are parts of one thing that is read, checked or put as a whole: a policy document, a list of a Kubernetes object, the rights on one table."""
import json
import os
import shutil

import pytest

import kubeserver
from test_apply import APISERVER, ENV, cloud, cluster, pg  # noqa: F401 (fixtures)

needs_kube = pytest.mark.skipif(APISERVER is None or not shutil.which("etcd"), reason="no kube-apiserver (AISP_LIVE_BUILD=yes builds it) or no etcd")
RBAC = "rbac.authorization.k8s.io"


def controls(step):
    return [c.rpartition("#")[2] for c in step["control"].split(" and ")]


class Runner:
    def __init__(self, aisp, folder, target, env=None):
        self.aisp, self.path, self.target, self.more = aisp, folder / "whole.json", target, {"env": env} if env else {}

    def plan(self, *args):
        made = self.aisp.run("plan", *args, "--save", self.path, "--with", self.target, **self.more)
        assert made.returncode == 0, made.stdout + made.stderr
        self.text = made.stdout
        return json.loads(self.path.read_text())["steps"]

    def apply(self):
        done = self.aisp.run("apply", self.path, "--with", self.target, "--execute", **self.more)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def undo(self):
        done = self.aisp.run("undo", self.path, "--with", self.target, "--execute", **self.more)
        assert done.returncode == 0, done.stdout + done.stderr


# ---- AWS ----

def allow(*actions, sid=None, resource="*", **more):
    return {**({"Sid": sid} if sid else {}), "Effect": "Allow", "Action": list(actions), **({"Resource": resource} if resource else {}), **more}


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=1)


@pytest.fixture
def aws(cloud, aisp, tmp_path):  # noqa: F811
    from botocore.exceptions import ClientError
    url, client, keys = cloud
    env = {**{k: "" for k in os.environ if k.startswith("AWS_")}, "AWS_ACCESS_KEY_ID": keys["admin"][0], "AWS_SECRET_ACCESS_KEY": keys["admin"][1], "AWS_EC2_METADATA_DISABLED": "true",
           "AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent"}
    r = Runner(aisp, tmp_path, f"aws:?endpoint={url}&region=us-east-1", env)
    r.iam, r.s3 = client("iam", keys["admin"]), client("s3", keys["admin"])

    def reads(who):
        try:
            return client("s3", keys[who]).get_object(Bucket="acme-docs", Key="a")["Body"].read() == b"text"
        except ClientError as e:
            assert e.response["ResponseMetadata"]["HTTPStatusCode"] == 403, e
            return False

    def scan():
        aisp.scan(r.target, env=env)
        r.ids = [x["id"] for x in aisp.sql("SELECT id FROM node")]
    r.reads, r.scan, r.id = reads, scan, lambda end: next(i for i in r.ids if i.endswith(end))
    return r


READS = (allow("s3:ListBucket", sid="List"), allow("s3:GetObject", sid="Read"), allow("iam:GetUser"), allow("s3:Get*", sid="ReadMore"))


def inline(aws):
    return aws.iam.get_user_policy(UserName="dev", PolicyName="docs")["PolicyDocument"]


def test_two_statements_of_an_inline_policy(aws):
    aws.iam.put_user_policy(UserName="dev", PolicyName="docs", PolicyDocument=document(*READS))
    aws.scan()
    before = inline(aws)
    steps = aws.plan("--from", aws.id(":user/dev"), "--to", aws.id("s3:::acme-docs"), "--mode", "read", "--keep", f"{aws.id(':user/bot')},{aws.id('s3:::acme-docs')},read")
    assert [controls(s) for s in steps] == [["/Statement/1", "/Statement/3"]] and steps[0]["price"] == 2
    assert steps[0]["what"].startswith('statements 2 and 4 of 4 ("Read", "ReadMore") of inline policy docs of user dev')
    assert aws.reads("dev")
    aws.apply()
    assert not aws.reads("dev") and aws.reads("bot") and [s.get("Sid") for s in inline(aws)["Statement"]] == ["List", None]
    aws.undo()
    assert aws.reads("dev") and inline(aws) == before


def test_all_statements_of_an_inline_policy(aws):
    aws.iam.put_user_policy(UserName="dev", PolicyName="docs", PolicyDocument=document(READS[1], READS[3]))
    aws.scan()
    before = inline(aws)
    steps = aws.plan("--from", aws.id(":user/dev"), "--to", aws.id("s3:::acme-docs"), "--mode", "read")
    assert len(steps) == 1 and steps[0]["what"].startswith("all 2 statements") and steps[0]["does"][0]["arguments"]["operation"] == "iam:DeleteUserPolicy"
    aws.apply()
    assert not aws.reads("dev") and aws.iam.list_user_policies(UserName="dev")["PolicyNames"] == []
    aws.undo()
    assert aws.reads("dev") and inline(aws) == before


def test_two_statements_of_a_managed_policy(aws):
    aws.iam.delete_user_policy(UserName="dev", PolicyName="docs")
    arn = aws.iam.create_policy(PolicyName="docs", PolicyDocument=document(*READS))["Policy"]["Arn"]
    aws.iam.attach_user_policy(UserName="dev", PolicyArn=arn)
    aws.scan()
    steps = aws.plan("--from", aws.id(":user/dev"), "--to", aws.id("s3:::acme-docs"), "--mode", "read", "--price", "#attached/=never")
    assert [controls(s) for s in steps] == [["/Statement/1", "/Statement/3"]] and steps[0]["kind"] == "aws.managed"
    aws.apply()
    assert not aws.reads("dev") and aws.iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v2"
    aws.undo()
    assert aws.reads("dev") and [v["VersionId"] for v in aws.iam.list_policy_versions(PolicyArn=arn)["Versions"]] == ["v1"]


def test_two_statements_of_a_bucket_policy(aws):
    for u in ("dev", "bot"):
        aws.iam.delete_user_policy(UserName=u, PolicyName="docs")
    who = {u: {"AWS": f"arn:aws:iam::123456789012:user/{u}"} for u in ("dev", "bot")}
    text = document(*(allow(a, sid=f"{u}{i}", resource="arn:aws:s3:::acme-docs/*", Principal=who[u]) for i, (u, a) in enumerate([("dev", "s3:GetObject"), ("bot", "s3:GetObject"), ("dev", "s3:Get*")])))
    aws.s3.put_bucket_policy(Bucket="acme-docs", Policy=text)
    aws.scan()
    steps = aws.plan("--from", aws.id(":user/dev"), "--to", aws.id("s3:::acme-docs"), "--mode", "read", "--keep", f"{aws.id(':user/bot')},{aws.id('s3:::acme-docs')},read")
    assert [controls(s) for s in steps] == [["/Statement/0", "/Statement/2"]] and steps[0]["kind"] == "aws.resource-policy"
    aws.apply()
    assert [s["Sid"] for s in json.loads(aws.s3.get_bucket_policy(Bucket="acme-docs")["Policy"])["Statement"]] == ["bot1"]
    aws.undo()
    assert aws.s3.get_bucket_policy(Bucket="acme-docs")["Policy"] == text


def test_two_statements_of_a_trust_policy(aws):
    who = {u: {"AWS": f"arn:aws:iam::123456789012:user/{u}"} for u in ("dev", "bot")}
    trust = [allow("sts:AssumeRole", sid=f"{u}{i}", resource=None, Principal=who[u]) for i, u in enumerate(("dev", "bot", "dev"))]
    aws.iam.create_role(RoleName="ops", AssumeRolePolicyDocument=document(*trust))
    aws.iam.put_user_policy(UserName="dev", PolicyName="docs", PolicyDocument=document(allow("sts:AssumeRole")))
    aws.scan()
    before = aws.iam.get_role(RoleName="ops")["Role"]["AssumeRolePolicyDocument"]
    steps = aws.plan("--from", aws.id(":user/dev"), "--to", aws.id(":role/ops"), "--mode", "act", "--price", "#inline/=never")
    assert [controls(s) for s in steps] == [["/Statement/0", "/Statement/2"]] and steps[0]["kind"] == "aws.trust"
    aws.apply()
    assert [s["Sid"] for s in aws.iam.get_role(RoleName="ops")["Role"]["AssumeRolePolicyDocument"]["Statement"]] == ["bot1"]
    aws.undo()
    assert aws.iam.get_role(RoleName="ops")["Role"]["AssumeRolePolicyDocument"] == before


# ---- Kubernetes ----

def workload(ns, name, account=None, **labels):
    labels = {"app": name, **labels}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": ns}, "spec": {"selector": {"matchLabels": {"app": name}}, "template": {
        "metadata": {"labels": labels}, "spec": {**({"serviceAccountName": account} if account else {}), "containers": [{"name": "c", "image": "example.com/c:1", "ports": [{"containerPort": 8080}]}]}}}}


def service(ns, name, **spec):
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": ns}, "spec": {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8080}], **spec}}


@pytest.fixture
def kube(aisp, tmp_path):
    server = kubeserver.Server((tmp_path / "kube"))
    (tmp_path / "kube").mkdir(exist_ok=True)
    try:
        server.start(APISERVER)
        for ns in ("prod", "dev"):
            server.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ns}})
        r = Runner(aisp, tmp_path, f"kube:?kubeconfig={server.kubeconfig('admin.conf', {'token': kubeserver.TOKENS['admin']})}")
        r.server = server

        def scan():
            aisp.scan(r.target)
            r.ids = [x["id"] for x in aisp.sql("SELECT id FROM node")]
        r.scan, r.id = scan, lambda end: next(i for i in r.ids if i.endswith(end))
        r.holds = lambda start, target, mode: bool(json.loads(aisp.run("explain", start, target, "--mode", mode, "--format", "json", check=False).stdout).get("paths"))
        yield r
    finally:
        server.stop()


@needs_kube
def test_an_account_written_as_a_user(kube):
    """As itself, as a user by its name, and by a group: all of one binding, others keep it."""
    s = kube.server
    for name in ("bot", "old"):
        s.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": "prod"}})
    s.create({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": "prod"}, "data": {"password": "eA=="}},
             {"apiVersion": f"{RBAC}/v1", "kind": "Role", "metadata": {"name": "secrets", "namespace": "prod"}, "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]},
             {"apiVersion": f"{RBAC}/v1", "kind": "RoleBinding", "metadata": {"name": "secrets", "namespace": "prod"}, "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": "secrets"},
              "subjects": [{"kind": "User", "apiGroup": RBAC, "name": "system:serviceaccount:prod:bot"}, {"kind": "ServiceAccount", "name": "old", "namespace": "prod"},
                           {"kind": "ServiceAccount", "name": "bot", "namespace": "prod"}, {"kind": "User", "apiGroup": RBAC, "name": "ada"}]})
    where = f"/apis/{RBAC}/v1/namespaces/prod/rolebindings/secrets"
    before = s.get(where)["subjects"]

    def reads(user):
        return s.request("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", {
            "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
            "spec": {"user": user, "resourceAttributes": {"namespace": "prod", "verb": "get", "resource": "secrets", "name": "db"}}})["status"]["allowed"]
    kube.scan()
    steps = kube.plan("--from", kube.id("serviceaccount/bot"), "--to", kube.id("secret/db"), "--mode", "read", "--keep", f"{kube.id('serviceaccount/old')},{kube.id('secret/db')},read")
    assert [controls(x) for x in steps] == [["/subjects/0", "/subjects/2"]] and "2 other subjects" in steps[0]["note"]
    assert reads("system:serviceaccount:prod:bot")
    kube.apply()
    assert not reads("system:serviceaccount:prod:bot") and reads("system:serviceaccount:prod:old") and reads("ada") and s.get(where)["subjects"] == [before[1], before[3]]
    kube.undo()
    assert s.get(where)["subjects"] == before
    x = s.get(where)  # only as a user
    x["subjects"] = before[:2]
    s.request("PUT", where, x)
    kube.scan()
    assert [controls(x) for x in kube.plan("--from", kube.id("serviceaccount/bot"), "--to", kube.id("secret/db"), "--mode", "read")] == [["/subjects/0"]]
    kube.apply()
    assert not reads("system:serviceaccount:prod:bot") and s.get(where)["subjects"] == before[1:2]
    kube.undo()
    assert s.get(where)["subjects"] == before[:2]


def namespace_is(name):
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


@needs_kube
@pytest.mark.parametrize("rules, gone", [
    ([namespace_is("dev"), namespace_is("prod"), {**namespace_is("dev"), "podSelector": {"matchLabels": {"app": "notebook"}}}], ["/spec/ingress/0", "/spec/ingress/2"]),
    ([namespace_is("dev"), {**namespace_is("dev"), "podSelector": {"matchLabels": {"app": "notebook"}}}], ["/spec/ingress/0", "/spec/ingress/1"]),
    ([namespace_is("dev"), namespace_is("dev"), namespace_is("prod")], ["/spec/ingress/0", "/spec/ingress/1"]),
    ([namespace_is("dev")], ["/spec/ingress/0"]),
], ids=["two of three", "all", "two alike", "the only one"])
def test_rules_of_a_network_policy(kube, rules, gone):
    s = kube.server
    s.create(workload("dev", "notebook"), workload("prod", "front"), workload("prod", "db"), service("prod", "db"),
             {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "plural": "networkpolicies", "metadata": {"name": "db", "namespace": "prod"},
              "spec": {"podSelector": {"matchLabels": {"app": "db"}}, "policyTypes": ["Ingress"], "ingress": [{"from": [r]} for r in rules]}})
    where = "/apis/networking.k8s.io/v1/namespaces/prod/networkpolicies/db"
    before = s.get(where)["spec"]
    kube.scan()
    args = ["--from", kube.id("deployment/notebook"), "--to", kube.id("service/db"), "--mode", "net"]
    if namespace_is("prod") in rules:
        args += ["--keep", f"{kube.id('deployment/front')},{kube.id('service/db')},net"]
    steps = kube.plan(*args)
    assert [controls(x) for x in steps] == [gone], steps
    kube.apply()
    left = s.get(where)["spec"]
    assert left.get("ingress", []) == [r for i, r in enumerate(before["ingress"]) if f"/spec/ingress/{i}" not in gone] and left["policyTypes"] == ["Ingress"]
    kube.undo()
    assert s.get(where)["spec"] == before


@needs_kube
@pytest.mark.parametrize("paths, gone", [(("/", "/admin", "/health"), 2), (("/", "/admin"), 2), (("/",), 1)], ids=["two of three", "all", "the only one"])
def test_paths_of_an_ingress(kube, paths, gone):
    s = kube.server
    backend = {p: {"service": {"name": "other" if p == "/health" else "bot", "port": {"number": 80}}} for p in paths}
    s.create(*(workload("prod", n) for n in ("bot", "other")), *(service("prod", n) for n in ("bot", "other")),
             {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "plural": "ingresses", "metadata": {"name": "web", "namespace": "prod"},
              "spec": {"rules": [{"host": "bot.example.com", "http": {"paths": [{"path": p, "pathType": "Prefix", "backend": backend[p]} for p in paths]}}]}})
    where = "/apis/networking.k8s.io/v1/namespaces/prod/ingresses/web"
    before = s.get(where)["spec"]
    kube.scan()
    steps = kube.plan("--from", "internet", "--to", kube.id("service/bot"), "--mode", "net", "--price", "selector=never")
    assert [len(controls(x)) for x in steps] == [gone], steps
    kube.apply()
    rule = s.get(where)["spec"]["rules"][0]
    assert rule["host"] == "bot.example.com" and [p["path"] for p in rule.get("http", {}).get("paths", [])] == (["/health"] if len(paths) == 3 else [])
    kube.undo()
    assert s.get(where)["spec"] == before


# ---- PostgreSQL ----

def test_two_rights_on_one_table(pg, tmp_path):  # noqa: F811
    """SELECT for all and for the role: two grants in one list of rights, and more of it that stays."""
    with pg.conn("admin") as c:
        c.execute("GRANT SELECT, INSERT ON customers TO PUBLIC; GRANT SELECT, UPDATE ON customers TO dev WITH GRANT OPTION")
    pg.aisp.scan(pg.uri, env=ENV)
    r, before = Runner(pg.aisp, tmp_path, pg.uri, ENV), pg.acl()
    steps = r.plan("--from", pg.role("dev"), "--to", pg.table("customers"), "--mode", "read", "--keep", f"{pg.role('bot')},{pg.table('customers')},read")
    assert sorted(s["control"] for s in steps) == ["GRANT SELECT ON TABLE public.customers TO PUBLIC", "GRANT SELECT ON TABLE public.customers TO dev"]
    assert pg.reads("dev", "customers")
    r.apply()
    assert not pg.reads("dev", "customers") and pg.reads("bot", "customers")
    with pg.conn("dev") as c:
        c.execute("INSERT INTO customers VALUES ('a'); UPDATE customers SET email = 'b'")
    r.undo()
    assert pg.reads("dev", "customers") and pg.acl() == before


@needs_kube
def test_a_policy_is_added_where_nothing_can_be_taken_away(kube):
    """No network policy speaks of the database: one is added that keeps out the notebook and lets in everybody else."""
    s = kube.server
    s.create(workload("dev", "notebook"), workload("dev", "trainer"), workload("prod", "front"), workload("prod", "db"), service("prod", "db"))
    where = "/apis/networking.k8s.io/v1/namespaces/prod/networkpolicies"
    kube.scan()
    front, trainer, db = kube.id("deployment/front"), kube.id("deployment/trainer"), kube.id("service/db")
    steps = kube.plan("--from", kube.id("deployment/notebook"), "--to", db, "--mode", "net", "--keep", f"{front},{db},net", "--keep", f"{trainer},{db},net")
    assert [(x["kind"], x["automatic"]) for x in steps] == [("kubernetes.isolation", True)], steps
    assert "keeps out deployment dev/notebook, on" in steps[0]["note"] and "LOST" not in kube.text, kube.text
    manifest = json.loads("".join(line[1:] for line in steps[0]["patch"].splitlines() if line.startswith("+") and not line.startswith("+++")))
    assert manifest == steps[0]["does"][0]["arguments"]["body"]
    kube.apply()
    assert [p["spec"] for p in s.get(where)["items"]] == [manifest["spec"]]
    kube.undo()
    assert s.get(where)["items"] == []


@needs_kube
def test_who_cannot_be_told_apart_is_kept_out_too(kube):
    """Another workload with the same labels; and a service from outside is left to a person."""
    s = kube.server
    twin = workload("dev", "twin")
    twin["spec"]["template"]["metadata"]["labels"] = {"app": "notebook"}
    twin["spec"]["selector"]["matchLabels"] = {"app": "notebook"}
    s.create(workload("dev", "notebook"), twin, workload("prod", "db"), service("prod", "db"), service("prod", "web", type="NodePort", selector={"app": "db"}))
    kube.scan()
    steps = kube.plan("--from", kube.id("deployment/notebook"), "--to", kube.id("service/db"), "--mode", "net")
    assert steps[0]["kind"] == "kubernetes.isolation" and "kept out too, because no label tells them apart: deployment dev/twin" in steps[0]["note"]
    steps = kube.plan("--from", kube.id("deployment/notebook"), "--to", kube.id("service/web"), "--mode", "net", "--price", "spec/type=never")
    assert steps[0]["kind"] == "kubernetes.isolation" and not steps[0]["automatic"] and '"kind":"NetworkPolicy"' in steps[0]["does"][0]["text"]


def test_a_column_grant_beneath_a_table_grant(pg, tmp_path):  # noqa: F811
    """The right on the table covers that on the column; the plan knows both, so that the proof finds nothing left."""
    with pg.conn("admin") as c:
        c.execute("GRANT SELECT (email), UPDATE (email) ON customers TO dev")
    pg.aisp.scan(pg.uri, env=ENV)
    r, before = Runner(pg.aisp, tmp_path, pg.uri, ENV), pg.acl()
    steps = r.plan("--from", pg.role("dev"), "--to", pg.table("customers"), "--mode", "read", "--keep", f"{pg.role('bot')},{pg.table('customers')},read")
    assert sorted(s["control"] for s in steps) == ["GRANT SELECT (email) ON TABLE public.customers TO dev", "GRANT SELECT ON TABLE public.customers TO dev"]
    r.apply()

    def column(privilege):
        with pg.conn("admin") as c:
            return c.execute("SELECT has_column_privilege('dev', 'customers', 'email', %s)", (privilege,)).fetchone()[0]
    assert not column("SELECT") and column("UPDATE") and not pg.reads("dev", "customers") and pg.reads("bot", "customers")
    r.undo()
    with pg.conn("admin") as c:
        assert c.execute("SELECT attacl::text FROM pg_attribute WHERE attrelid = 'customers'::regclass AND attname = 'email'").fetchone()[0] == "{dev=rw/admin}"
    assert pg.reads("dev", "customers") and pg.acl() == before
