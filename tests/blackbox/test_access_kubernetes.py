"""Decisions of Kubernetes told from what a scan of manifests left in the store: yes and no."""
import json

import jsonschema
import pytest
from conftest import ROOT

SCHEMA = json.loads((ROOT / "docs/schema/explain.json").read_text())
MANIFEST = """
apiVersion: v1
kind: Namespace
metadata: {name: ml}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: bot, namespace: ml}
---
apiVersion: v1
kind: Secret
metadata: {name: token, namespace: ml}
---
apiVersion: v1
kind: Secret
metadata: {name: other, namespace: ml}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: ml}
rules:
- {apiGroups: [""], resources: [secrets], resourceNames: [token], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: bot-reads, namespace: ml}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects:
- {kind: ServiceAccount, name: bot, namespace: ml}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: agent, namespace: ml}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {serviceAccountName: bot, containers: [{name: a, image: example.com/agent}]}
"""


@pytest.fixture
def cluster(aisp, tmp_path):
    folder = tmp_path / "manifests"
    folder.mkdir()
    (folder / "all.yaml").write_text(MANIFEST)
    aisp.scan(folder)
    aisp.ids = {n["id"].split("/", 4)[-1]: n["id"] for n in aisp.json("export")["nodes"] if n["id"].startswith("k8s://")}
    return aisp


def explain(cluster, identity, resource, *action):
    told = cluster.json("access", "--explain", cluster.ids[identity], cluster.ids[resource], *action)
    jsonschema.validate(told, SCHEMA)
    return told


def test_yes_names_binding_and_rule(cluster):
    told = explain(cluster, "serviceaccount/bot", "secret/token", "get")
    assert (told["engine"], told["verdict"]) == ("kubernetes", "allowed")
    assert any("bot-reads" in line for line in told["reasons"])


@pytest.mark.parametrize("resource, action", [("secret/other", "get"), ("secret/token", "update"), ("deployment/agent", "create exec")])
def test_no_says_why(cluster, resource, action):
    told = explain(cluster, "serviceaccount/bot", resource, action)
    assert (told["engine"], told["verdict"]) == ("kubernetes", "denied")
    assert told["reasons"]


def test_a_workload_is_asked_about_as_its_account(cluster):
    told = explain(cluster, "deployment/agent", "secret/token", "get")
    assert told["verdict"] == "allowed" and told["identity"].endswith("serviceaccount/bot")


def test_table_and_words(cluster):
    done = cluster.run("access", "--explain", cluster.ids["serviceaccount/bot"], cluster.ids["secret/other"], "get")
    assert done.returncode == 0 and "verdict    denied" in done.stdout
    assert explain(cluster, "serviceaccount/bot", "secret/token", "read")["engine"] == "graph"


def test_an_administrators_policy_without_any_service(aisp, tree):
    repo = tree({"net.yaml": """
apiVersion: v1
kind: Namespace
metadata: {name: a, labels: {x: y}}
---
apiVersion: v1
kind: Pod
metadata: {name: p, namespace: a}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: n}
spec:
  priority: 5
  subject: {namespaces: {}}
  egress:
  - {action: Deny, to: [{namespaces: {}}]}
"""})
    aisp.scan(repo)
    assert aisp.sql("SELECT what FROM gap") == []
    assert len(aisp.sql("SELECT id FROM node WHERE id LIKE 'k8s://%/a/pod/p'")) == 1
