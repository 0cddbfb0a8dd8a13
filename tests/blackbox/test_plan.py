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
    assert was and not findings(before, "AISP-PATH-005")


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
