"""The stories of the design, end to end against real systems: found, planned, applied, the old access tried and refused, the allowed use tried and working,
taken back, tried again. Story 1 is test_example.py; story 5 (the drill) is test_drill.py."""
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

import kubeserver
from conftest import ROOT
from pgcluster import Cluster, versions

psycopg = pytest.importorskip("psycopg")
APISERVER = kubeserver.build()
needs_kube = pytest.mark.skipif(APISERVER is None or not shutil.which("etcd"), reason="no kube-apiserver (AISP_LIVE_BUILD=yes builds it) or no etcd")
needs_vector = pytest.mark.skipif(16 not in versions(), reason="needs the PostgreSQL 16 with pgvector of .venv")


def applied(aisp, plan, *more, **kw):
    done = aisp.run("apply", plan, *more, "--execute", "--by", "ada", timeout=300, **kw)
    assert done.returncode == 0, (done.stdout, done.stderr)
    return done.stdout


def undone(aisp, plan, *more, **kw):
    done = aisp.run("undo", plan, *more, "--execute", "--by", "ada", timeout=300, **kw)
    assert done.returncode == 0, (done.stdout, done.stderr)


# ---- Story 2, Kubernetes: a model's endpoint in production is open to a development tenant ----

class Kube:
    def __init__(self, folder):
        self.s = kubeserver.Server(folder)

    def call(self, namespace, account):
        """May this service account call the model through the API server? A real request; let through it is 404 or 503, for nothing runs behind."""
        answer = self.s.request("POST", f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token",
                                {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 3600}})
        q = urllib.request.Request(f"{self.s.url}/api/v1/namespaces/prod/services/chat-predictor/proxy/v1/models", headers={"Authorization": "Bearer " + answer["status"]["token"]})
        try:
            urllib.request.urlopen(q, context=ssl.create_default_context(cafile=self.s.folder / "ca.crt"), timeout=30)
        except urllib.error.HTTPError as e:
            assert e.code in (403, 404, 503), e.code
            return e.code != 403
        return True


def kube_objects():
    rbac = "rbac.authorization.k8s.io"
    yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "prod", "labels": {"environment": "production"}}}
    yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "dev", "labels": {"environment": "development", "tenant": "dev"}}}
    for ns, name in (("dev", "notebook"), ("prod", "frontend")):
        yield {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": ns}}
    labels = {"app": "chat", "serving.kserve.io/inferenceservice": "chat"}
    yield {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "chat-predictor", "namespace": "prod"}, "spec": {"selector": {"app": "chat"}, "ports": [{"port": 80, "targetPort": 8080}]}}
    yield {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "chat-predictor", "namespace": "prod", "labels": labels},
           "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": {"containers": [
               {"name": "c", "image": "kserve/huggingfaceserver:v0.15", "ports": [{"containerPort": 8080}]}]}}}}
    yield {"apiVersion": f"{rbac}/v1", "kind": "Role", "metadata": {"name": "chat-user", "namespace": "prod"},
           "rules": [{"apiGroups": [""], "resources": ["services/proxy"], "resourceNames": ["chat-predictor"], "verbs": ["get", "create"]}]}
    for name, ns, account in (("chat-dev", "dev", "notebook"), ("chat-frontend", "prod", "frontend")):
        yield {"apiVersion": f"{rbac}/v1", "kind": "RoleBinding", "metadata": {"name": name, "namespace": "prod"},
               "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": ns}], "roleRef": {"apiGroup": rbac, "kind": "Role", "name": "chat-user"}}


@pytest.fixture(scope="module")
def kube(tmp_path_factory):
    k = Kube(tmp_path_factory.mktemp("kube"))
    try:
        k.s.start(APISERVER)
        k.s.create({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "inferenceservices.serving.kserve.io"},
                    "spec": {"group": "serving.kserve.io", "scope": "Namespaced", "names": {"plural": "inferenceservices", "singular": "inferenceservice", "kind": "InferenceService"},
                             "versions": [{"name": "v1beta1", "served": True, "storage": True,
                                           "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}}]}})
        k.s.create(*kube_objects())
        for _ in range(100):
            try:
                k.s.create({"apiVersion": "serving.kserve.io/v1beta1", "kind": "InferenceService", "plural": "inferenceservices", "metadata": {"name": "chat", "namespace": "prod"},
                            "spec": {"predictor": {"model": {"modelFormat": {"name": "huggingface"}, "storageUri": "s3://acme-models/chat"}}}})
                break
            except RuntimeError:  # its kind is not served yet
                time.sleep(0.2)
        yield k
    finally:
        k.s.stop()


@needs_kube
def test_revoke_in_kubernetes(aisp, kube):
    config = kube.s.kubeconfig("story", {"token": kubeserver.TOKENS["admin"]})
    target = f"kube:?kubeconfig={config}"
    aisp.scan(target)
    found = aisp.json("findings", codes=(0, 3))["findings"]
    assert [f for f in found if f["rule"] == "AISP-PATH-005" and f["target"]["id"].endswith("inferenceservice/chat#inference")], [f["rule"] for f in found]
    cluster = aisp.sql("SELECT id FROM node WHERE kind = 'cluster'")[0]["id"]
    endpoint, notebook, frontend = f"{cluster}/prod/inferenceservice/chat#inference", f"{cluster}/dev/serviceaccount/notebook", f"{cluster}/prod/serviceaccount/frontend"
    assert kube.call("dev", "notebook") and kube.call("prod", "frontend")

    plan = aisp.folder / "plan.json"
    told = aisp.json("plan", "--from", notebook, "--to", endpoint, "--mode", "call", "--keep", f"{frontend},{endpoint},call", "--save", plan, "--with", target)
    assert [s["control"] for s in told["steps"]] == [f"{cluster}/prod/rolebinding/chat-dev"] and told["result"]["proved"], told
    dry = aisp.run("apply", plan, "--with", target)
    assert dry.returncode == 0 and kube.call("dev", "notebook"), dry.stderr

    before = kube.s.get("/apis/rbac.authorization.k8s.io/v1/namespaces/prod/rolebindings/chat-dev")
    applied(aisp, plan, "--with", target)
    assert not kube.call("dev", "notebook"), "the old access must be refused"
    assert kube.call("prod", "frontend"), "the allowed use must go on"
    assert aisp.run("verify").returncode == 0

    # Somebody gives it back by another binding: verify finds it and names the change.
    again = dict(before, metadata={"name": "chat-dev-again", "namespace": "prod"})
    kube.s.create({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", **{k: again[k] for k in ("metadata", "subjects", "roleRef")}})
    aisp.scan(target)
    back = aisp.run("verify")
    assert back.returncode == 1 and "chat-dev-again" in back.stdout, (back.stdout, back.stderr)
    kube.s.request("DELETE", "/apis/rbac.authorization.k8s.io/v1/namespaces/prod/rolebindings/chat-dev-again")
    aisp.scan(target)
    assert aisp.run("verify").returncode == 0

    undone(aisp, plan, "--with", target)
    assert kube.call("dev", "notebook")
    after = kube.s.get("/apis/rbac.authorization.k8s.io/v1/namespaces/prod/rolebindings/chat-dev")
    assert after["subjects"] == before["subjects"] and after["roleRef"] == before["roleRef"]


# ---- Story 2, AWS: an inference endpoint is called by a role of the development account's people ----

ACCOUNT = "123456789012"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    """moto, which asks IAM for every request once the accounts are filled."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    log = open(tmp_path_factory.mktemp("moto") / "log", "wb")
    server = subprocess.Popen([sys.executable, "-m", "moto.server", "-p", str(port)], stdout=log, stderr=log)
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(url + "/moto-api/data.json", timeout=2).read()
                break
            except OSError:
                time.sleep(0.1)
        yield url
    finally:
        server.kill()
        server.wait(10)


def client(url, service, keys=("testing", "testing"), token=None):
    import boto3
    return boto3.client(service, endpoint_url=url, region_name="us-east-1", aws_access_key_id=keys[0], aws_secret_access_key=keys[1], aws_session_token=token)


def enforce(url, on):
    """From now on every request is decided by IAM (or none is)."""
    urllib.request.urlopen(urllib.request.Request(url + "/moto-api/reset-auth", data=b"0" if on else b"1000000000", headers={"Content-Type": "text/plain"}, method="POST"), timeout=10).read()


def statement(*actions, resource="*"):
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


def cloud_with_two_roles(url):
    iam, sage, sqs = client(url, "iam"), client(url, "sagemaker"), client(url, "sqs")
    runs = iam.create_role(RoleName="model-runner", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}]}))["Role"]["Arn"]
    sage.create_model(ModelName="chat", ExecutionRoleArn=runs, PrimaryContainer={"Image": "1.dkr.ecr.us-east-1.amazonaws.com/chat:1"})
    sage.create_endpoint_config(EndpointConfigName="chat", ProductionVariants=[{"VariantName": "a", "ModelName": "chat", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}])
    endpoint = sage.create_endpoint(EndpointName="chat", EndpointConfigName="chat", Tags=[{"Key": "environment", "Value": "production"}])["EndpointArn"]
    queue = sqs.create_queue(QueueName="tickets")["QueueUrl"]
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/operator"}, "Action": "sts:AssumeRole"}]}
    keys = {}
    for name in ("dev-notebook", "frontend"):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
        iam.put_role_policy(RoleName=name, PolicyName="work", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
            statement("sagemaker:InvokeEndpoint"), statement("sqs:SendMessage", "sqs:GetQueueUrl")]}))  # moto knows no ARN of what is asked for
    # Whoever collects and applies is a user with a key, so that what moto lets it do is what IAM says.
    iam.create_user(UserName="operator")
    iam.attach_user_policy(UserName="operator", PolicyArn=iam.create_policy(PolicyName="all", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"}]}))["Policy"]["Arn"])
    k = iam.create_access_key(UserName="operator")["AccessKey"]
    keys["operator"] = (k["AccessKeyId"], k["SecretAccessKey"])
    return endpoint, queue, keys


def as_role(url, keys, name):
    c = client(url, "sts", keys).assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{name}", RoleSessionName=name)["Credentials"]
    return (c["AccessKeyId"], c["SecretAccessKey"]), c["SessionToken"]


def invokes(url, operator, name):
    import botocore.exceptions
    keys, token = as_role(url, operator, name)
    try:
        client(url, "sagemaker-runtime", keys, token).invoke_endpoint(EndpointName="chat", Body=b"{}", ContentType="application/json")
        return True
    except botocore.exceptions.ClientError as e:
        assert "AccessDenied" in str(e), e
        return False


def sends(url, operator, name, queue):
    keys, token = as_role(url, operator, name)
    return client(url, "sqs", keys, token).send_message(QueueUrl=queue, MessageBody="x")["MessageId"]


def test_revoke_in_aws(aisp, cloud):
    endpoint, queue, keys = cloud_with_two_roles(cloud)
    operator = keys["operator"]
    env = {**{k: "" for k in os.environ if k.startswith("AWS_")}, "AWS_ACCESS_KEY_ID": operator[0], "AWS_SECRET_ACCESS_KEY": operator[1], "AWS_EC2_METADATA_DISABLED": "true",
           "AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent"}
    target = f"aws:?endpoint={cloud}&region=us-east-1"
    enforce(cloud, True)
    try:
        aisp.scan(target, env=env, timeout=300)
        assert invokes(cloud, operator, "dev-notebook") and invokes(cloud, operator, "frontend")
        dev, front = (f"arn:aws:iam::{ACCOUNT}:role/{n}" for n in ("dev-notebook", "frontend"))
        readers = {a["name"] for a in aisp.json("access", "--to", endpoint, "--mode", "call", codes=(0, 3))["access"]}
        assert {"dev-notebook", "frontend"} <= readers
        plan = aisp.folder / "plan.json"
        told = aisp.json("plan", "--from", dev, "--to", endpoint, "--mode", "call", "--keep", f"{front},{endpoint},call", "--save", plan, "--with", target, env=env)
        assert [s["control"] for s in told["steps"]] == [f"{dev}#inline/work#/Statement/0"], told["steps"]
        before = client(cloud, "iam", operator).get_role_policy(RoleName="dev-notebook", PolicyName="work")["PolicyDocument"]
        applied(aisp, plan, "--with", target, env=env)
        assert not invokes(cloud, operator, "dev-notebook"), "the old access must be refused"
        assert invokes(cloud, operator, "frontend") and sends(cloud, operator, "dev-notebook", queue), "the allowed uses must go on"
        undone(aisp, plan, "--with", target, env=env)
        assert invokes(cloud, operator, "dev-notebook")
        assert client(cloud, "iam", operator).get_role_policy(RoleName="dev-notebook", PolicyName="work")["PolicyDocument"] == before
    finally:
        enforce(cloud, False)


# ---- Story 4: a public agent's billing and ticketing tools; what was used; what need not stand ----

@needs_vector
def test_reduce_a_public_agent(aisp, copy_example):
    with Cluster(16, settings={"logging_collector": "on", "log_destination": "csvlog", "log_directory": "log", "log_filename": "server.log", "log_statement": "all",
                               "log_file_mode": "0644"}) as pg:
        pg.psql("CREATE DATABASE support")
        for script in sorted((copy_example / "db").glob("*.sql")):
            pg.psql(script.read_text(), db="support")
        pg.psql("ALTER ROLE support_bot PASSWORD 'x'")
        uri, server = pg.uri("support"), f"127.0.0.1:{pg.port}"

        def bot(sql):
            with psycopg.connect(pg.uri("support", user="support_bot", password="x"), autocommit=True) as db:
                return db.execute(sql)

        opens = "INSERT INTO support.tickets (subject, body) VALUES ('late', 'where is it?')"
        looks = "SELECT amount, status FROM billing.invoices"
        for _ in range(3):
            bot(opens)
        aisp.scan(copy_example, "--cluster", "acme", "--name", "support-bot", "--exclude", "capture/")
        aisp.scan(uri, "--also-known-as", "support-db.support-prod.svc.cluster.local:5432")
        reached = {a["asset"]["id"] for a in aisp.json("access", "--from", "internet", "--mode", "read_via", codes=(0, 3))["access"]}
        invoices, tickets = (f"postgres://{server}/support/{t}" for t in ("billing/invoices", "support/tickets"))
        assert invoices in reached, reached

        # What the log says: tickets were opened, invoices never looked at.
        time.sleep(1)
        folder = os.path.join(pg.dir, "data") if os.path.isdir(os.path.join(pg.dir, "data")) else pg.dir
        shutil.copy(os.path.join(folder, "log", "server.csv"), aisp.folder / "server.csv")
        bot(looks)
        told = aisp.json("ingest", aisp.folder / "server.csv", "--name", server)
        assert told["sources"][0]["source"].startswith("postgresql"), told
        usage = aisp.json("usage", f"postgres://{server}#role/support_bot")  # also what it has through the role bot_read
        used = [g for g in usage["grants"] if g["answer"] == "used" and g["asset"]["id"] == tickets]
        assert used and used[0]["count"] >= 3, json.dumps(usage["grants"], indent=1)[:3000]

        plan = aisp.folder / "plan.json"
        bot_role = f"postgres://{server}#role/support_bot"
        told = aisp.json("plan", "--from", bot_role, "--to", invoices, "--mode", "read", "--save", plan, "--with", uri)
        assert told["result"]["closed"] and any(k["target"] == tickets for k in told["keeps"]), told
        applied(aisp, plan, "--with", uri)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            bot(looks)
        bot(opens)
        undone(aisp, plan, "--with", uri)
        bot(looks)
        out = aisp.folder / "jit"
        assert aisp.run("usage", "--out", out).returncode in (0, 3)
        assert any(out.rglob("*.sql")), list(out.rglob("*"))
