"""AWS from saved command-line answers: arrows, and decisions told statement by statement."""
import json

import jsonschema
import pytest
from conftest import ROOT

ACCOUNT = "111122223333"
SCHEMA = json.loads((ROOT / "docs/schema/explain.json").read_text())


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action, resource, **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def role(name, policies, trust):
    return {"Path": "/", "RoleName": name, "RoleId": "AROA" + name.upper().ljust(17, "A"), "Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
            "CreateDate": "2024-01-01T00:00:00Z", "AssumeRolePolicyDocument": document(trust), "InstanceProfileList": [], "Tags": [],
            "RolePolicyList": [{"PolicyName": k, "PolicyDocument": v} for k, v in policies.items()], "AttachedManagedPolicies": []}


@pytest.fixture
def cloud(aisp, tmp_path):
    folder = tmp_path / "cloud"
    folder.mkdir()
    github = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
    details = {
        "UserDetailList": [{"Path": "/", "UserName": "ann", "UserId": "AIDAAAAAAAAAAAAAAAAA1", "Arn": f"arn:aws:iam::{ACCOUNT}:user/ann",
                            "CreateDate": "2024-01-01T00:00:00Z", "GroupList": ["dev"], "AttachedManagedPolicies": [], "Tags": []}],
        "GroupDetailList": [{"Path": "/", "GroupName": "dev", "GroupId": "AGPAAAAAAAAAAAAAAAAA1", "Arn": f"arn:aws:iam::{ACCOUNT}:group/dev",
                             "GroupPolicyList": [{"PolicyName": "r", "PolicyDocument": document(allow("s3:GetObject", "arn:aws:s3:::docs/public/*"))}],
                             "AttachedManagedPolicies": []}],
        "RoleDetailList": [
            role("app", {"data": document(allow("s3:*", "*", Sid="Read", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
                                          {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::docs/secret/*"})},
                 {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/ann"}, "Action": "sts:AssumeRole"}),
            role("deploy", {"all": document(allow("*", "*"))},
                 {"Effect": "Allow", "Principal": {"Federated": github}, "Action": "sts:AssumeRoleWithWebIdentity",
                  "Condition": {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"},
                                "StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme/other:*"}}}),
        ],
        "Policies": [],
    }
    (folder / "details.json").write_text(json.dumps(details))
    (folder / "buckets.json").write_text(json.dumps({"Buckets": [{"Name": "docs", "CreationDate": "2024-01-01T00:00:00Z"}], "Owner": {"ID": "x"}}))
    aisp.scan(folder)
    return aisp


def explain(aisp, *words):
    told = aisp.json("access", "--explain", *words)
    jsonschema.validate(told, SCHEMA)
    return told


def statements(told, layer):
    return [(d["id"], s) for part in told["layers"] if part["layer"] == layer for d in part["documents"] for s in d["statements"]]


def test_yes_names_the_statement(cloud):
    told = explain(cloud, "ann", "arn:aws:s3:::docs/public/x", "s3:GetObject")
    assert told["verdict"] == "allowed" and told["condition"] == ""
    assert statements(told, "identity policy") == [(f"arn:aws:iam::{ACCOUNT}:group/dev#inline/r", {"effect": "Allow", "pointer": "/Statement/0", "sid": "", "if": ""})]


def test_no_names_the_deny(cloud):
    told = explain(cloud, "role/app", "arn:aws:s3:::docs/secret/x", "s3:GetObject")
    assert told["verdict"] == "denied" and "explicit Deny" in told["by"]
    assert ("Deny", "/Statement/1") in [(s["effect"], s["pointer"]) for _, s in statements(told, "identity policy")]


def test_no_without_a_statement_names_what_was_looked_at(cloud):
    told = explain(cloud, "ann", "arn:aws:s3:::docs/other", "s3:GetObject")
    assert told["verdict"] == "denied" and statements(told, "identity policy") == []
    assert [d["id"] for part in told["layers"] for d in part["documents"]] == [f"arn:aws:iam::{ACCOUNT}:group/dev#inline/r"]


def test_if_names_the_condition(cloud):
    told = explain(cloud, "role/app", "docs", "s3:ListBucket")
    assert told["verdict"] == "allowed if" and "10.0.0.0/8" in told["condition"]


def test_table(cloud):
    done = cloud.run("access", "--explain", "role/app", "arn:aws:s3:::docs/secret/x", "s3:GetObject")
    assert done.returncode == 0
    assert "verdict    denied" in done.stdout and "DENY   /Statement/1" in done.stdout


def test_by_edges(cloud):
    told = explain(cloud, "ann", "arn:aws:iam::111122223333:role/app", "assume")
    assert told["engine"] == "graph" and told["verdict"] == "allowed"
    hop = told["chains"][0][0]
    assert hop["control"].endswith("role/app#trust#/Statement/0") and hop["locator"] == "details.json" and hop["pointer"].endswith("/Statement/0")


def test_wrong_words_are_told(cloud):
    assert cloud.run("access", "--explain", "ann", "docs").returncode == 2
    assert "s3:GetObject" in cloud.run("access", "--explain", "ann", "docs", "frobnicate").stderr


def test_arrows_carry_scope_and_statement(cloud):
    read = [e for e in cloud.json("export")["edges"] if e["kind"] == "CAN_READ" and e["from"].endswith("user/ann")]
    assert len(read) == 1 and read[0]["to"] == "arn:aws:s3:::docs"
    assert read[0]["control"] == f"arn:aws:iam::{ACCOUNT}:group/dev#inline/r#/Statement/0"
    assert read[0]["properties"]["scope"] == "public/*"


def test_everybody_is_nobody_here(cloud):
    """No policy lets everybody in, so there is no such group."""
    assert not [n for n in cloud.json("export")["nodes"] if n["id"] in ("aws:anyone", "aws:anonymous")]


def test_a_pipeline_that_the_trust_refuses(aisp, cloud, tree):
    workflow = ("on: push\njobs:\n  ship:\n    runs-on: ubuntu-latest\n    permissions: {id-token: write}\n    steps:\n"
                f"      - uses: aws-actions/configure-aws-credentials@v4\n        with: {{role-to-assume: 'arn:aws:iam::{ACCOUNT}:role/deploy', aws-region: eu-west-1}}\n")
    for name, taken in (("mine", False), ("other", True)):
        repo = tree({".github/workflows/ship.yml": workflow, ".git/config": f'[remote "origin"]\n\turl = https://github.com/acme/{name}.git\n', ".git/HEAD": "ref: refs/heads/main\n"}, name)
        aisp.scan(repo)
        out = cloud.json("export")
        jobs = [n for n in out["nodes"] if n["id"].startswith(f"ci://{name}/")]
        assert len(jobs) == 1
        ways = [e["kind"] for e in out["edges"] if e["from"] == jobs[0]["id"] and e["to"].endswith("role/deploy")]
        assert ("CAN_ASSUME" in ways) == taken
        assert ("RUNS_AS" in ways) == taken
        assert ("refuted" in jobs[0]["properties"]) != taken
