"""aisp plan: what is closed, what goes on working, steps that can be undone, patches that do it."""
import json
import shutil
import subprocess

import jsonschema
import pytest

from conftest import ROOT, Aisp

SCHEMA = json.loads((ROOT / "docs/schema/plan.json").read_text())


def plan(aisp, *args, codes=(0,)):
    doc = aisp.json("plan", *args, codes=codes)
    jsonschema.validate(doc, SCHEMA)
    return doc


@pytest.fixture(scope="module")
def aws(tmp_path_factory):
    program = Aisp(tmp_path_factory.mktemp("aws"))
    program.scan(ROOT / "examples/aws-bot", codes=(0,))
    return program


def patch(folder, text):
    done = subprocess.run(["patch", "-p1"], cwd=folder, input=text, text=True, capture_output=True)
    assert done.returncode == 0, (done.stdout, done.stderr, text)


def findings(aisp, rule):
    return {f["fingerprint"] for f in aisp.json("findings", codes=(0, 1, 3))["findings"] if f["rule"] == rule}


def test_example_file_fits_the_schema():
    jsonschema.validate(json.loads((ROOT / "tests/unit/govern/plan_example.json").read_text()), SCHEMA)


def test_by_rule(example):
    doc = plan(example, "AISP-PATH-005")
    assert doc["result"]["closed"] and doc["result"]["proved"]
    assert doc["result"]["cost"] == doc["result"]["bound"] == sum(s["price"] for s in doc["steps"])
    assert {g["finding"] for g in doc["goals"]} == findings(example, "AISP-PATH-005")
    assert all(s["does"] and (s["undoes"] and s["checks"] if s["automatic"] else True) for s in doc["steps"])
    assert doc["plan"] == plan(example, "AISP-PATH-005")["plan"] or doc["made_at"] != plan(example, "AISP-PATH-005")["made_at"]


def test_a_fingerprints_begin_is_enough_and_four_signs_at_least(example):
    fingerprint = sorted(findings(example, "AISP-PATH-001"))[0]
    assert plan(example, fingerprint[:8])["goals"][0]["finding"] == fingerprint
    done = example.run("plan", fingerprint[:3])
    assert done.returncode != 0 and "fingerprint" in done.stderr


def test_wrong_questions_say_what_is_expected(example):
    for args, word in ((("zzzzzz",), "no finding"), ((), "plan what?"), (("--from", "dev"), "--to"), (("--from", "dev", "--to", "billing.invoices", "--mode", "fly"), "--mode takes"),
                       (("AISP-PATH-005", "--price", "x"), "CONTROL=N"), (("AISP-PATH-005", "--price", "x=-1"), "CONTROL=N"), (("AISP-PATH-005", "--keep", "x"), "FROM,TO,MODE")):
        done = example.run("plan", *args)
        assert done.returncode == 2 or "no finding" in done.stderr, (args, done.returncode)
        assert word in done.stderr, done.stderr


def test_a_use_that_must_be_kept_is_kept(example):
    """The bot's own way to its table goes through the same network rule as the tenant's."""
    bot, table = "postgres://127.0.0.1:54329#role/support_bot", "langchain_pg_embedding"
    doc = plan(example, "--from", "dev", "--to", table, "--keep", f"{bot},{table},may_read", "--price", "networkpolicy=0.5")
    assert [k["kept"] for k in doc["keeps"]] == [True]
    assert doc["result"]["closed"]


def test_untouchable_objects_stay(example):
    first = plan(example, "AISP-PATH-005")
    prices = [a for s in first["steps"] for a in ("--price", s["control"] + "=never")]
    second = plan(example, "AISP-PATH-005", *prices, codes=(0, 1))
    assert not {s["control"] for s in first["steps"]} & {s["control"] for s in second["steps"]}
    assert not second["result"]["closed"] or second["result"]["cost"] >= first["result"]["cost"]


def test_the_patch_of_a_manifest_closes_it(copy_example, tmp_path):
    before = Aisp(tmp_path)
    config = copy_example / "aisp.yaml"
    before.scan("--config", config, codes=(3,))
    was = findings(before, "AISP-PATH-005")
    doc = plan(before, "AISP-PATH-005", "--price", "networkpolicy=0.1")
    step = next(s for s in doc["steps"] if s["kind"] == "kubernetes.network-rule")
    assert step["definition"]["file"] == "k8s/database.yaml" and step["patch"].count("\n@@") + step["patch"].startswith("@@") == 1
    text = (copy_example / "k8s/database.yaml").read_text()
    patch(copy_example, step["patch"])
    now = (copy_example / "k8s/database.yaml").read_text()
    assert set(now.splitlines()) < set(text.splitlines()) and len(now) < len(text)
    before.scan("--config", config, codes=(3,))
    assert was and not held(before, "dev") & {"read", "call", "write"}
    # what is left goes through the agent, not through the database's port
    assert held(before, "dev") <= {"read_via", "write_via"} and findings(before, "AISP-PATH-005") < was


def held(aisp, start):
    """Modes of the paths of what AISP-PATH-005 finds."""
    return {f["path"]["hops"][-1]["gained"] for f in aisp.json("findings", codes=(0, 1, 3))["findings"] if f["rule"] == "AISP-PATH-005"}


def test_what_is_left_of_a_finding_is_said_and_any_closes_it(example):
    """The rule also counts what is held through an agent: the plan says so, and `--mode any` goes on until nothing is left."""
    short = example.run("plan", "AISP-PATH-005")
    assert "WHAT IS LEFT OF THE FINDINGS" in short.stdout and "--mode any" in short.stdout and "read_via" in short.stdout
    doc = plan(example, "AISP-PATH-005", "--mode", "any", codes=(0, 1))
    assert {g["mode"] for g in doc["goals"]} > {"read"} and {g["finding"] for g in doc["goals"]} == findings(example, "AISP-PATH-005")
    if doc["result"]["closed"]:
        assert "WHAT IS LEFT" not in example.run("plan", "AISP-PATH-005", "--mode", "any").stdout


def test_the_patch_of_a_binding_takes_its_edges(copy_example, tmp_path):
    aisp = Aisp(tmp_path)
    aisp.scan("--config", copy_example / "aisp.yaml", codes=(3,))
    doc = plan(aisp, "--from", "k8s://acme/support-dev/serviceaccount/notebook", "--to", "k8s://acme/support-prod/secret/embed-job-db", "--mode", "read")
    step, = doc["steps"]
    assert step["kind"] == "kubernetes.binding" and step["automatic"] and "notebook" in step["what"]
    patch(copy_example, step["patch"])
    aisp.scan("--config", copy_example / "aisp.yaml", codes=(3,))
    doc = plan(aisp, "--from", "k8s://acme/support-dev/serviceaccount/notebook", "--to", "k8s://acme/support-prod/secret/embed-job-db", "--mode", "read")
    assert doc["steps"] == [] and doc["result"]["closed"]


def test_a_grant_is_given_back_as_its_grantor_gave_it(example):
    doc = plan(example, "--from", "postgres://127.0.0.1:54329#role/tenant_dev", "--to", "langchain_pg_embedding", "--mode", "may_read")
    step = next(s for s in doc["steps"] if s["kind"] == "postgres.grant")
    sql = [o["arguments"]["sql"] for o in step["does"] + step["undoes"]]
    assert all("SET LOCAL ROLE" in s for s in sql) and "REVOKE SELECT ON TABLE public.langchain_pg_embedding FROM tenant_dev" in sql[0] and "GRANT SELECT" in sql[1]
    assert step["does"][0]["arguments"]["server"] == "127.0.0.1:54329" and step["does"][0]["arguments"]["database"] == "support"
    assert step["patch"].startswith("--- /dev/null\n+++ b/revoke-") and "+REVOKE SELECT" in step["patch"]


def test_a_statement_goes_and_the_rest_of_the_policy_stays(aws):
    doc = plan(aws, "--from", "arn:aws:iam::111122223333:role/report-job", "--to", "arn:aws:s3:::acme-customer-docs", "--mode", "may_read", codes=(0, 1))
    step = next(s for s in doc["steps"] if s["kind"] == "aws.inline")
    before, after = step["checks"][0]["before"]["equals"], step["checks"][0]["after"]["equals"]
    gone = int(step["control"].rsplit("/", 1)[1])
    assert after["Statement"] == before["Statement"][:gone] + before["Statement"][gone + 1:]
    put = step["does"][0]["arguments"]
    assert put["operation"] == "iam:PutRolePolicy" and json.loads(put["params"]["PolicyDocument"]) == after
    assert step["undoes"][0]["arguments"]["params"]["PolicyDocument"] == {"$saved": "document"} and step["checks"][0]["save"] == {"document": "/PolicyDocument"}


def test_saving_writes_the_file_the_log_and_marks_the_finding(copy_example, tmp_path):
    aisp = Aisp(tmp_path)
    aisp.scan("--config", copy_example / "aisp.yaml", codes=(3,))
    done = aisp.run("plan", "AISP-PATH-005", "--save", "plan.json", "--by", "ada", "--until-resolved", "AISP-PATH-001")
    assert done.returncode == 0, done.stderr
    doc = json.loads((tmp_path / "plan.json").read_text())
    jsonschema.validate(doc, SCHEMA)
    assert doc["conditions"]["until_resolved"] and doc["approvals"] == []
    entries = [json.loads(line) for line in (tmp_path / "aisp.db.log").read_text().splitlines()]
    mine = [e for e in entries if e.get("kind") == "plan"]
    assert len(mine) == 1 and mine[0]["by"] == "ada" and mine[0]["data"]["plan"] == doc["plan"]
    assert {e["data"]["fingerprint"] for e in entries if e.get("kind") == "decide"} == {g["finding"] for g in doc["goals"]}


def test_a_server_of_an_mcp_file_is_taken_out_and_put_back(tree, aisp):
    root = tree({".cursor/mcp.json": '{\n  // ours\n  "mcpServers": {\n    "a": {"url": "https://a.example/mcp"},\n    "b": {"url": "https://b.example/mcp"}\n  }\n}\n'})
    aisp.scan(root)
    to = next(r for r in aisp.sql("SELECT id FROM node WHERE id LIKE 'https://a.example%'"))
    to = to["id"] if isinstance(to, dict) else to[0]
    rows = aisp.sql(f"SELECT \"from\", control FROM edge WHERE \"to\" = '{to}' AND control IS NOT NULL")
    assert rows


def test_table_is_readable(example):
    done = example.run("plan", "AISP-PATH-005")
    assert done.returncode == 0
    for word in ("PLAN ", "CLOSES", "CHANGES", "undo", "Nothing was changed"):
        assert word in done.stdout


BINDING = """apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: secrets, namespace: shop}
rules:
- {apiGroups: [""], resources: [secrets], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: secrets, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: secrets}
subjects:
- kind: ServiceAccount
  name: reader   # stays
  namespace: shop
- kind: ServiceAccount
  name: bot
  namespace: shop
- {kind: User, apiGroup: rbac.authorization.k8s.io, name: "system:serviceaccount:shop:bot"}
- {kind: User, apiGroup: rbac.authorization.k8s.io, name: ann}
---
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: bot, namespace: shop}
"""


def test_one_subject_of_a_binding_in_a_manifest(tmp_path):
    """The patch takes one subject out and no more; who is named twice needs both places changed."""
    (tmp_path / "repo").mkdir()
    (tmp_path / "repo/rbac.yaml").write_text(BINDING)
    program = Aisp(tmp_path)
    program.scan(tmp_path / "repo", codes=(0, 1))
    ids = [r["id"] for r in program.sql("SELECT id FROM node")]
    ann, bot, reader, db = (next(i for i in ids if i.endswith(e)) for e in ("user/ann", "serviceaccount/bot", "serviceaccount/reader", "secret/db"))
    doc = plan(program, "--from", ann, "--to", db, "--mode", "read", "--keep", f"{reader},{db},read")
    assert [s["control"].rpartition("#")[2] for s in doc["steps"]] == ["/subjects/3"] and doc["steps"][0]["automatic"]
    patch(tmp_path / "repo", doc["steps"][0]["patch"])
    assert (tmp_path / "repo/rbac.yaml").read_text() == BINDING.replace("- {kind: User, apiGroup: rbac.authorization.k8s.io, name: ann}\n", "")
    (tmp_path / "repo/rbac.yaml").write_text(BINDING)
    doc = plan(program, "--from", bot, "--to", db, "--mode", "read", "--keep", f"{reader},{db},read", "--keep", f"{ann},{db},read")
    assert [s["control"].count("#/subjects/") for s in doc["steps"]] == [2] and "#/subjects/1 and " in doc["steps"][0]["control"]
    patch(tmp_path / "repo", doc["steps"][0]["patch"])
    user = '- {kind: User, apiGroup: rbac.authorization.k8s.io, name: "system:serviceaccount:shop:bot"}\n'
    assert (tmp_path / "repo/rbac.yaml").read_text() == BINDING.replace("- kind: ServiceAccount\n  name: bot\n  namespace: shop\n" + user, "")


TEMPLATE = """Resources:
  Bot:
    Type: AWS::IAM::Role
    Properties:
      RoleName: bot
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]
      Policies:
        - PolicyName: data
          PolicyDocument:
            Statement:
              - Effect: Allow # logs
                Action: "logs:PutLogEvents"
                Resource: "*"
              # who needs this?
              - {Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::customer-docs/*"}
        - PolicyName: more
          PolicyDocument:
            Statement: [{Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::customer-docs/*"}]
  Docs:
    Type: AWS::S3::Bucket
    Properties: {BucketName: customer-docs}
"""


def test_statements_of_a_template_are_cut_out_of_it(tree, aisp):
    """One of two statements goes alone, the only one of its policy with the policy; git apply takes both patches; scanned again, the access is gone and the rest is there."""
    root = tree({"stack.yaml": TEMPLATE})
    aisp.scan(root)
    role, = (r["id"] for r in aisp.sql("SELECT id FROM node WHERE id LIKE '%:role/bot'"))
    doc = plan(aisp, "--from", role, "--to", "arn:aws:s3:::customer-docs", "--mode", "may_read", "--price", "aws:any-policy=never", codes=(0, 1))
    patches = {s["control"].split("#", 1)[1]: s["patch"] for s in doc["steps"] if s["kind"] == "aws.inline"}
    assert set(patches) == {"inline/data#/Statement/1", "inline/more#/Statement/0"} and all(patches.values()), doc["steps"]
    for policy in ("data", "more"):  # their lines touch: the second is made from what is there after the first
        doc = plan(aisp, "--from", role, "--to", "arn:aws:s3:::customer-docs", "--mode", "may_read", "--price", "aws:any-policy=never", codes=(0, 1))
        text, = (s["patch"] for s in doc["steps"] if f"#inline/{policy}#" in s["control"])
        done = subprocess.run(["git", "apply", "-"], cwd=root, input=text, text=True, capture_output=True)
        assert done.returncode == 0, (done.stderr, text)
        aisp.scan(root)
    now = (root / "stack.yaml").read_text()
    assert "customer-docs/*" not in now and "logs:PutLogEvents" in now and "# who needs this?" in now and "more" not in now
    aisp.scan(root)
    assert not [e for e in aisp.sql(f"SELECT control FROM edge WHERE \"from\" = '{role}' AND kind = 'CAN_READ' AND control LIKE '%Statement%'")]
