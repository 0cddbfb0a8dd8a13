"""The AWS example: a small account, as saved answers of the command line, gives exactly what a careful engineer would find, no more and no less
(examples/aws-bot/expected.json, with the reasons in its README)."""
import json
import os
import shutil

import pytest
from conftest import ROOT, Aisp

FILE = ROOT / "examples/aws-bot/expected.json"
DOCS, LOGS = "arn:aws:s3:::acme-customer-docs", "arn:aws:s3:::acme-bot-logs"
ORDERS = "arn:aws:iam::111122223333:role/orders-function"


@pytest.fixture(scope="module")
def bot(tmp_path_factory):
    aisp = Aisp(tmp_path_factory.mktemp("aws-bot"))
    assert aisp.scan(ROOT / "examples/aws-bot", codes=(0,))
    return aisp


def direct(program, asset, kind):
    """Who the policies let at it, by arrows of the decision; forms ("with any policy") are somebody else's doing."""
    rows = program.sql(f"SELECT \"from\" AS who, condition FROM edge WHERE \"to\" = '{asset}' AND kind = '{kind}'")
    return sorted({(r["who"], r["condition"]) for r in rows if "#any-policy" not in r["who"] and "#in/" not in r["who"]}, key=str)


def found(program):
    """What the program says now, in the form of expected.json."""
    findings = program.json("findings")["findings"]
    internet = program.json("access", "--from", "internet")["access"]
    return {
        "findings": sorted(([f["rule"], f["severity"], f["subject"]["id"], (f.get("start") or {}).get("id"), (f.get("target") or {}).get("id"),
                             "certain" if f["certain"] else "possible"] for f in findings), key=str),
        "the_internet": sorted([r["asset"]["kind"], r["asset"]["id"], r["mode"], r["certainty"]] for r in internet),
        "read_documents": [list(x) for x in direct(program, DOCS, "CAN_READ")],
        "read_log": [list(x) for x in direct(program, LOGS, "CAN_READ")],
        "assets": sorted([n["kind"], n["id"]] for n in program.json("assets")["assets"]),
        "gaps": sorted([g["what"], g["why"]] for g in program.json("gaps")["gaps"]),
    }


def test_exactly_what_a_careful_engineer_finds(bot):
    now = json.loads(json.dumps(found(bot)))
    if os.environ.get("AISP_GOLDEN") == "update":
        lines = [f'  {json.dumps(k)}: [\n' + ",\n".join("    " + json.dumps(row) for row in rows) + "\n  ]" if rows else f'  {json.dumps(k)}: []' for k, rows in now.items()]
        FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    expected = json.loads(FILE.read_text())
    for key in expected:
        missing = [row for row in expected[key] if row not in now[key]]
        more = [row for row in now[key] if row not in expected[key]]
        assert (missing, more) == ([], []), key
    assert expected.keys() == now.keys()


def test_an_administrator_is_no_finding(bot):
    assert not [f for f in bot.json("findings")["findings"] if f["subject"]["id"].endswith(":user/ops")]
    mine = [f for f in bot.json("findings")["findings"] if f["subject"]["id"].endswith(":user/dana")]
    assert {f["target"]["id"] for f in mine} == {ORDERS, ORDERS.replace("orders-function", "chat-function"), ORDERS.replace("orders-function", "report-job")}


def test_the_statement_that_is_to_be_changed_is_named(bot):
    (row,) = bot.sql(f"SELECT control, condition FROM edge WHERE kind = 'CAN_READ' AND \"from\" LIKE '%:role/report-job' AND \"to\" = '{DOCS}'")
    assert "report-job#inline/read-docs" in row["control"] and "SourceIp" in row["condition"]


def test_without_the_too_wide_policy_the_documents_are_safe_from_the_tool(bot):
    control = bot.sql(f"SELECT control FROM edge WHERE kind = 'CAN_WRITE' AND \"from\" = '{ORDERS}' AND \"to\" = '{DOCS}'")[0]["control"]
    lost = {(c["identity"], c["mode"]) for c in bot.json("what-if", "--remove", control)["access"] if c["change"] == "lost" and c["target"] == DOCS}
    assert (ORDERS, "write") in lost and ("arn:aws:iam::111122223333:user/dana", "write") in lost
    assert not [who for who, _ in lost if who.endswith(":user/ops")]


def test_asking_an_agent_is_not_being_it(bot):
    """Who changes the chat function's code asks the agent as its customers do; what the agent may read is not theirs."""
    modes = {r["mode"] for r in bot.json("access", "--to", DOCS)["access"] if r["identity"].endswith((":user/dana", ":function:chat")) and r["certainty"] == "certain"}
    assert modes == {"read_via"}


def test_what_is_missing_is_a_gap(bot, tmp_path):
    """Without the bucket's policy the same right is open, not certain."""
    shutil.copytree(ROOT / "examples/aws-bot", tmp_path / "cut")
    policy = tmp_path / "cut/s3api/get-bucket-policy.acme-customer-docs.json"
    policy.write_bytes(policy.read_bytes()[:40])
    cut = Aisp(tmp_path)
    cut.scan(tmp_path / "cut", codes=(0, 3))
    assert [g for g in cut.json("gaps")["gaps"] if "acme-customer-docs" in g["what"]]
