"""aisp usage: what was granted beside what was used. Logs are made for the examples, ingested for real, and the whole table is asserted: used, not used while somebody watched, and no
telemetry, which is never called unused. Artefacts are applied where there is something to apply them to."""
import datetime
import fcntl
import json
import os
import pathlib
import pty
import random
import shutil
import sqlite3
import struct
import subprocess
import termios
import time
import urllib.error

import pytest
from conftest import AISP, ROOT, Aisp

NOW = datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.timezone.utc)
ENV = {"AISP_NOW": str(int(NOW.timestamp()) * 1_000_000)}
ACCOUNT = "111122223333"
IAM, BOT = f"arn:aws:iam::{ACCOUNT}:", f"arn:aws:bedrock:eu-central-1:{ACCOUNT}:"
DOCS, LOGS = "arn:aws:s3:::acme-customer-docs", "arn:aws:s3:::acme-bot-logs"
CLAUDE = "anthropic.claude-3-5-sonnet-20240620-v1:0"


def day(n, minute=0):
    return (NOW - datetime.timedelta(days=n, minutes=minute)).strftime("%Y-%m-%dT%H:%M:%SZ")


def role(name, session, account=ACCOUNT):
    return {"type": "AssumedRole", "arn": f"arn:aws:sts::{account}:assumed-role/{name}/{session}", "accountId": account, "accessKeyId": "ASIAEXAMPLEEXAMPLE00",
            "sessionContext": {"sessionIssuer": {"type": "Role", "arn": f"arn:aws:iam::{account}:role/{name}", "accountId": account, "userName": name}}}


def user(name):
    return {"type": "IAMUser", "arn": f"{IAM}user/{name}", "accountId": ACCOUNT, "userName": name, "accessKeyId": "AKIAEXAMPLEEXAMPLE00"}


class Trail:
    def __init__(self):
        self.lines = []

    def add(self, when, who, service, event, resources=(), params=None, data=False, error=None):
        e = {"eventVersion": "1.11", "userIdentity": who, "eventTime": when, "eventSource": f"{service}.amazonaws.com", "eventName": event, "awsRegion": "eu-central-1",
             "sourceIPAddress": "203.0.113.9", "userAgent": "test", "requestParameters": params, "responseElements": None, "requestID": f"r{len(self.lines)}",
             "eventID": f"00000000-0000-4000-8000-{len(self.lines):012d}", "readOnly": True, "eventType": "AwsApiCall", "managementEvent": not data,
             "recipientAccountId": ACCOUNT, "eventCategory": "Data" if data else "Management"}
        if resources:
            e["resources"] = [{"ARN": r, "accountId": ACCOUNT} for r in resources]
        if error:
            e["errorCode"] = error
        self.lines.append(json.dumps(e))

    def write(self, path):
        path.write_text("\n".join(self.lines) + "\n")
        return path


def read(trail, when, who, bucket, error=None):
    name = bucket.rsplit(":", 1)[1]
    trail.add(when, who, "s3", "GetObject", [bucket + "/a/b.txt", bucket], {"bucketName": name, "key": "a/b.txt"}, True, error)


def invoke(trail, when, who, model=CLAUDE):
    trail.add(when, who, "bedrock", "InvokeModel", [], {"modelId": model})


def year_of_the_bot(days=95):
    """Every day: the administrator looks around, the agent asks its model, its knowledge base reads a document. Twice Dana looks at a log. Others come once."""
    t = Trail()
    for d in range(days, -1, -1):
        t.add(day(d), user("ops"), "sts", "GetCallerIdentity")
        invoke(t, day(d, 1), role("chat-agent", "BedrockAgents-AGENTCHAT1"))
        read(t, day(d, 2), role("chat-knowledge", "BedrockKnowledgeBase"), DOCS)
    for d in (9, 2):
        read(t, day(d, 3), user("dana"), LOGS)
    read(t, day(5, 4), role("report-job", "report"), DOCS, error="AccessDenied")
    t.add(day(4, 5), role("chat-function", "chat"), "sts", "GetCallerIdentity")
    t.add(day(4, 6), role("visitor", "x", "999988887777"), "sts", "GetCallerIdentity")
    t.add(day(4, 7), role("ghost", "x"), "sts", "GetCallerIdentity")
    t.add(day(4, 8), {"type": "AWSService", "invokedBy": "lambda.amazonaws.com"}, "sts", "AssumeRole", [IAM + "role/orders-function"], {"roleArn": IAM + "role/orders-function"})
    return t


@pytest.fixture(scope="module")
def bot(tmp_path_factory):
    aisp = Aisp(tmp_path_factory.mktemp("usage-aws"))
    aisp.scan(ROOT / "examples/aws-bot", codes=(0,))
    log = year_of_the_bot().write(aisp.folder / "trail.ndjson")
    done = aisp.run("ingest", log)
    assert done.returncode == 0, done.stderr
    return aisp


def grants(aisp, *args):
    return {(g["identity"]["id"], g["edge"], g["asset"]["id"]): g for g in aisp.json("usage", *args, env=ENV)["grants"]}


def answers(aisp, *args):
    return {(who.rsplit("/", 1)[-1], edge, what): g["answer"] for (who, edge, what), g in grants(aisp, *args).items()}


def test_the_three_answers_for_an_account(bot):
    now = answers(bot)
    model = f"model://bedrock/{CLAUDE}"
    titan = "model://bedrock/amazon.titan-embed-text-v2:0"
    assert now[("chat-agent", "CAN_CALL", model)] == "used"
    assert now[("chat-knowledge", "CAN_READ", DOCS)] == "used"
    assert now[("dana", "CAN_READ", LOGS)] == "used"
    # The account's trail was watched for 95 days, and nobody used these.
    assert now[("chat-knowledge", "CAN_CALL", titan)] == "not_used"
    # Reading the documents is logged (the knowledge base's reads are there), and the report never read one: it was refused.
    assert now[("report-job", "CAN_READ", DOCS)] == "not_used"
    # Reads of the log bucket are logged, as Dana's show; nobody ever wrote to it, so nobody knows whether writes are.
    assert now[("orders-function", "CAN_READ", LOGS)] == "not_used"
    assert now[("orders-function", "CAN_WRITE", LOGS)] == "no_telemetry"
    # Data events of the knowledge base and of the agent were never seen.
    assert now[("chat-agent", "CAN_READ", BOT + "knowledge-base/KBDOCS0001")] == "no_telemetry"
    assert now[("chat-function", "CAN_CALL", BOT + "agent/AGENTCHAT1")] == "no_telemetry"


def test_counts_times_and_places(bot):
    row = grants(bot)[(IAM + "role/chat-agent", "CAN_CALL", f"model://bedrock/{CLAUDE}")]
    assert (row["count"], row["first"], row["last"]) == (96, day(95, 1), day(0, 1))
    assert row["from"] == [{"address": "203.0.113.9", "count": 96}]
    assert row["threshold_days"] == 60
    refused = grants(bot)[(IAM + "role/report-job", "CAN_READ", DOCS)]
    assert (refused["count"], refused["refused"]) == (0, 1)


def test_how_much_is_tied_and_why_not_the_rest(bot):
    a = bot.json("usage", env=ENV)["attribution"]
    events = 96 * 3 + 2 + 1 + 4
    assert a["events"] == events
    assert a["identity"] == {"tied": events - 3, "no_name": 0, "unknown": 1, "ambiguous": 0, "foreign": 1, "service": 1}
    assert a["identity_tied"] == events - 3
    # GetCallerIdentity is on nothing.
    assert a["asset"]["no_name"] == 96 + 3
    assert a["asset_tied"] == events - 99
    text = bot.run("usage", env=ENV).stdout
    assert "attribution: of 295 events" in text and "1 of an account, cluster or server that was not scanned" in text


def test_a_function_is_behind_its_role(bot):
    rows = bot.json("sql", "SELECT identity, workload, action, count, reason FROM observation WHERE workload IS NOT NULL ORDER BY workload", env=ENV)
    assert [(r["identity"].rsplit("/")[-1], r["workload"].rsplit(":")[-1]) for r in rows] == [("chat-function", "chat"), ("report-job", "report")]
    reasons = {r["reason"] for r in bot.json("sql", "SELECT reason FROM observation", env=ENV)}
    assert "identity: of an account, cluster or server that was not scanned" in reasons and None in reasons


def test_of_one_identity_and_since(bot):
    whole = bot.json("usage", IAM + "user/dana", env=ENV)
    assert whole["as_a_whole"]["answer"] == "used" and whole["as_a_whole"]["count"] == 2
    assert {g["identity"]["id"] for g in whole["grants"]} == {IAM + "user/dana"}
    assert answers(bot, IAM + "user/dana", "--since", "1")[("dana", "CAN_READ", LOGS)] == "not_used"
    assert bot.run("usage", "--since", "yesterday", env=ENV).returncode == 2


def test_counts_of_a_window_are_of_its_days(bot):
    """Whole UTC days: the day on which the window begins counts from its beginning."""
    model = (IAM + "role/chat-agent", "CAN_CALL", f"model://bedrock/{CLAUDE}")
    for since, days in (("30", 31), ("1", 2), ("2026-11-20", 4), ("2026-11-20T18:00Z", 4), ("90", 91)):
        row = grants(bot, "--since", since)[model]
        assert (row["count"], row["count_all"], row["at_least"]) == (days, 96, False), since
    assert grants(bot)[model]["count"] == grants(bot)[model]["count_all"] == 96
    answer = bot.json("usage", IAM + "user/dana", "--since", "5", env=ENV)
    assert answer["since"] == "2026-11-18T00:00:00Z"
    assert (answer["as_a_whole"]["count"], answer["as_a_whole"]["count_all"]) == (1, 2)
    refused = grants(bot, "--since", "3")[(IAM + "role/report-job", "CAN_READ", DOCS)]
    assert refused["refused"] == 0 and grants(bot, "--since", "7")[(IAM + "role/report-job", "CAN_READ", DOCS)]["refused"] == 1
    assert "times: since the beginning of 2026-10-24, by whole UTC days" in bot.run("usage", "--since", "30", env=ENV).stdout


def test_counts_of_a_window_whatever_the_delivery(tmp_path):
    """Late, in no order, twice, in parts and by a store of before that kept no days."""
    aisp = Aisp(tmp_path)
    aisp.scan(ROOT / "examples/aws-bot", codes=(0,))
    lines = year_of_the_bot().lines
    random.Random(5).shuffle(lines)
    model = (IAM + "role/chat-agent", "CAN_CALL", f"model://bedrock/{CLAUDE}")
    for i in range(0, len(lines), 37):
        (tmp_path / f"part{i}").write_text("\n".join(lines[max(0, i - 20):i + 37]) + "\n")
        assert aisp.run("ingest", f"part{i}", env={"AISP_INGEST_BATCH": "5"}).returncode == 0
    row = grants(aisp, "--since", "30")[model]
    assert (row["count"], row["count_all"], row["at_least"]) == (31, 96, False)
    # What an aisp that kept no days has counted is known as a whole only.
    with sqlite3.connect(f"{aisp.store}.uses") as db:
        db.execute("ALTER TABLE use DROP COLUMN days")
        db.execute("PRAGMA user_version = 1")
    row = grants(aisp, "--since", "30")[model]
    assert (row["answer"], row["count"], row["count_all"], row["at_least"]) == ("used", 1, 96, True)
    assert grants(aisp, "--since", "200")[model]["count"] == 96
    t = Trail()
    for n in range(5):
        t.add(day(-1, n), role("chat-agent", "x"), "bedrock", "InvokeModel", [], {"modelId": CLAUDE})
    t.lines = [x.replace("00000000-0000-4000", "00000000-0000-4001") for x in t.lines]
    aisp.run("ingest", t.write(tmp_path / "new"))
    later = {"AISP_NOW": str(int((NOW + datetime.timedelta(days=1, hours=1)).timestamp()) * 1_000_000)}
    rows = {(g["identity"]["id"], g["edge"], g["asset"]["id"]): g for g in aisp.json("usage", "--since", "1", env=later)["grants"]}
    assert (rows[model]["count"], rows[model]["count_all"], rows[model]["at_least"]) == (6, 101, True)  # the last of those before is known to the moment
    text = aisp.run("usage", "--since", "1", env=later).stdout
    assert "≥6" in text and "at least 6 times" in text


def terminal(width, program, *args, env=None):
    """What is printed to a terminal of so many columns."""
    pid, fd = pty.fork()
    if pid == 0:
        time.sleep(0.3)
        os.chdir(program.folder)
        os.execve(AISP, [str(AISP), *args], {**os.environ, "AISP_STORE": str(program.store), "NO_COLOR": "1", **(env or {})})
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    out = b""
    try:
        while data := os.read(fd, 65536):
            out += data
    except OSError:
        pass
    os.waitpid(pid, 0)
    return out.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("command", [("usage",), ("usage", "--since", "30"), ("own",), ("own", DOCS)])
def test_tables_fit_the_terminal(bot, width, command):
    text = terminal(width, bot, *command, env=ENV)
    lines = text.split("\n")
    assert len(lines) > 2 and not [x for x in lines if x != x.rstrip()]
    # One sentence at the end of usage is longer than 80 columns: it is prose and names an option.
    assert [x for x in lines if len(x) > width and "--all shows" not in x] == []
    if command[0] == "usage":
        head = next(x for x in lines if x.startswith("  ANSWER"))
        at = head.index("WHAT")
        rows = [x for x in lines if x.startswith(("  used  ", "  not used  ", "  no telemetry  "))]
        assert len(rows) > 10 and {x[at - 1] for x in rows} == {" "} and all(x[at] != " " for x in rows)
    whole = bot.run(*command, env=ENV).stdout
    assert "…" not in whole.split("attribution:")[0]


def test_what_is_not_tied_is_named(bot):
    untied = bot.json("usage", env=ENV)["attribution"]["untied"]
    assert {"of": "identity", "why": "foreign", "text": "arn:aws:sts::999988887777:assumed-role/visitor/x", "events": 1} in untied
    assert {"of": "identity", "why": "unknown", "text": f"arn:aws:sts::{ACCOUNT}:assumed-role/ghost/x", "events": 1} in untied
    assert {"of": "asset", "why": "no_name", "action": "sts:GetCallerIdentity", "events": 99} in untied
    text = bot.run("usage", env=ENV).stdout
    assert f"arn:aws:sts::{ACCOUNT}:assumed-role/ghost/x 1×" in text and "sts:GetCallerIdentity 99×" in text and "aisp gaps" in text


def test_little_or_old_telemetry_is_none(tmp_path):
    aisp = Aisp(tmp_path)
    aisp.scan(ROOT / "examples/aws-bot", codes=(0,))
    assert {g["answer"] for g in aisp.json("usage", env=ENV)["grants"]} == {"no_telemetry"}
    aisp.run("ingest", year_of_the_bot(days=20).write(tmp_path / "short.ndjson"))
    row = grants(aisp)[(IAM + "role/chat-knowledge", "CAN_CALL", "model://bedrock/amazon.titan-embed-text-v2:0")]
    assert (row["answer"], row["why"]) == ("no_telemetry", "logs cover 21 of 60 days")
    later = {"AISP_NOW": str(int((NOW + datetime.timedelta(days=30)).timestamp()) * 1_000_000)}
    row = next(g for g in aisp.json("usage", env=later)["grants"] if g["identity"]["id"].endswith("chat-knowledge") and g["edge"] == "CAN_CALL")
    assert (row["answer"], row["why"]) == ("no_telemetry", "the log ends on 2026-11-23")
    # Thresholds are data.
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "usage.yaml").write_text((ROOT / "rules/usage.yaml").read_text().replace("days: 60", "days: 20"))
    assert answers(aisp, "--rules", rules)[("chat-knowledge", "CAN_CALL", "model://bedrock/amazon.titan-embed-text-v2:0")] == "not_used"
    (rules / "usage.yaml").write_text("version: 1\ngrants:\n  - {of: [nothing], sees: [x], days: 3}\n")
    bad = aisp.run("usage", "--rules", rules, env=ENV)
    assert bad.returncode == 2 and "usage.yaml:3:" in bad.stderr


def test_thresholds_of_the_configuration(bot, tmp_path):
    """`usage: {days: …}` of aisp.yaml over rules/usage.yaml: the most specific that fits."""
    titan = ("chat-knowledge", "CAN_CALL", "model://bedrock/amazon.titan-embed-text-v2:0")
    config = tmp_path / "aisp.yaml"

    def with_days(text, *args):
        config.write_text(f"usage:\n  days: {text}\n")
        return next(g for (who, edge, what), g in grants(bot, "--config", config, *args).items() if (who.rsplit("/", 1)[-1], edge, what) == titan)
    row = with_days("{all: 200}")
    assert (row["answer"], row["why"], row["threshold"]) == ("no_telemetry", "logs cover 96 of 200 days", "usage.days of aisp.yaml")
    row = with_days("{model: 20, CAN_CALL: 300, aws: 400, all: 200}")
    assert (row["answer"], row["threshold_days"]) == ("not_used", 20)
    assert with_days("{CAN_CALL: 300, aws: 20}")["threshold_days"] == 300
    row = with_days("{postgres: 300, secret: 300}")
    assert (row["answer"], row["threshold_days"]) == ("not_used", 60)
    for wrong, said in (("{moddel: 20}", "'moddel'"), ("{model: 0}", "1 to 3650"), ("30", "{days: {KIND: N}}")):
        config.write_text(f"usage:\n  days: {wrong}\n")
        bad = bot.run("usage", "--config", config, env=ENV)
        assert bad.returncode == 2 and said in bad.stderr and ":2:" in bad.stderr, bad.stderr


def findings_of(aisp, env=ENV):
    return aisp.json("findings", env=env)["findings"]


def seen(findings):
    return {f["fingerprint"] for f in findings if {"what": "seen in use", "points": 5} in f["terms"]}


def test_findings_that_are_seen_in_use(tmp_path):
    """What the logs show in use weighs more: in findings, a new scan, and the report; not when the logs are old."""
    aisp = Aisp(tmp_path)
    aisp.scan(ROOT / "examples/aws-bot", codes=(0,))
    plain = {f["fingerprint"]: f["priority"] for f in findings_of(aisp)}
    t = Trail()
    t.add(day(3), user("dana"), "lambda", "UpdateFunctionCode20150331v2", [], {"functionName": "report"})
    assert aisp.run("ingest", t.write(tmp_path / "trail.ndjson")).returncode == 0
    now = findings_of(aisp)
    used = seen(now)
    assert [(f["rule"], f["start"]["name"], f["target"]["name"]) for f in now if f["fingerprint"] in used] == [("AISP-IAM-001", "dana", "report-job")]
    for f in now:
        assert f["priority"] == plain[f["fingerprint"]] + (5 if f["fingerprint"] in used else 0)
    order = [f["fingerprint"] for f in now if f["rule"] == "AISP-IAM-001"]
    assert len(order) == 3 and order[0] in used  # before the two of the same weight
    scan = aisp.json("scan", ROOT / "examples/aws-bot", env=ENV)
    assert seen(scan["findings"]) == used
    assert aisp.run("report", "--output", tmp_path / "r.html", env=ENV).returncode == 0
    assert "seen in use" in (tmp_path / "r.html").read_text()
    later = {"AISP_NOW": str(int((NOW + datetime.timedelta(days=91)).timestamp()) * 1_000_000)}
    assert not seen(findings_of(aisp, env=later))
    # Sums that cannot be read withhold no finding.
    pathlib.Path(str(aisp.store) + ".uses").write_text("this is no database" * 100)
    done = aisp.run("findings", "--format", "json", env=ENV)
    assert done.returncode == 0 and "weighs nothing" in done.stderr, done.stderr
    assert {f["fingerprint"]: f["priority"] for f in json.loads(done.stdout)["findings"]} == plain


def test_answers_fit_their_schema(bot, tmp_path):
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((ROOT / "docs/schema/usage.json").read_text())
    for args in ([], [IAM + "user/dana"], ["--all", "--out", tmp_path / "advice"]):
        jsonschema.Draft202012Validator(schema).validate(bot.json("usage", *args, env=ENV))


@pytest.fixture(scope="module")
def advice(bot, tmp_path_factory):
    folder = tmp_path_factory.mktemp("advice") / "out"
    report = bot.json("usage", "--out", folder, env=ENV)
    return folder, report["recommendations"]


def one(recommendations, who, part):
    found = [r for r in recommendations if r["identity"]["id"].endswith(who) and part in r["control"]]
    assert len(found) == 1, found
    return found[0]


def allowed(aisp, who, what, action):
    return aisp.json("access", "--explain", who, what, action)["verdict"] != "denied"


def test_advice_for_aws(bot, advice):
    folder, list_ = advice
    assert one(list_, "role/chat-agent", "#inline/agent#/Statement/0")["advice"] == "keep"
    assert one(list_, "role/report-job", "read-docs#/Statement/0")["advice"] == "remove"
    dana = one(list_, "user/dana", "deploy-functions#/Statement/1")
    assert dana["advice"] == "just-in-time"
    assert "team-eligibility.json" in dana["files"]
    text = (folder / dana["folder"] / "README.md").read_text()
    assert "<PERMISSION-SET-ARN>" in text and "used only 2 times" in text
    eligibility = json.loads((folder / dana["folder"] / "team-eligibility.json").read_text())
    assert set(eligibility) == {"id", "name", "type", "accounts", "ous", "permissions", "ticketNo", "approvalRequired", "duration"}
    assert eligibility["accounts"][0]["id"] == ACCOUNT
    # A second writing into the same folder is refused: somebody may have worked on it.
    assert bot.run("usage", "--out", folder, env=ENV).returncode == 2


def replace_policy(source, target, policy, document):
    """The saved answers of the example with one inline policy changed, as `put-role-policy` would."""
    shutil.copytree(source, target)
    path = target / "iam/get-account-authorization-details.json"
    details = json.loads(path.read_text())
    done = 0
    for kind in ("RoleDetailList", "GroupDetailList", "UserDetailList"):
        for thing in details.get(kind, []):
            for key in ("RolePolicyList", "GroupPolicyList", "UserPolicyList"):
                for p in list(thing.get(key, [])):
                    if f"{thing['Arn']}#inline/{p['PolicyName']}" == policy:
                        p["PolicyDocument"] = document
                        if not document["Statement"]:
                            thing[key].remove(p)
                        done += 1
    assert done == 1
    path.write_text(json.dumps(details))


def test_the_reduced_policy_is_decided_as_said(bot, advice, tmp_path):
    """What was used is still allowed, what was not is denied: by the policies as written, scanned again."""
    folder, list_ = advice
    reduced = [r for r in list_ if "policy.reduced.json" in r["files"] and "#inline/" in r["control"] and "role/" in r["identity"]["id"]]
    assert reduced
    decided = set()
    for r in reduced:
        document = json.loads((folder / r["folder"] / "policy.reduced.json").read_text())
        assert json.loads((folder / r["folder"] / "policy.original.json").read_text()) != document
        after = Aisp(tmp_path / r["folder"])
        after.folder.mkdir()
        replace_policy(ROOT / "examples/aws-bot", after.folder / "aws-bot", r["control"].split("#/Statement")[0], document)
        after.scan(after.folder / "aws-bot", codes=(0,))
        before = {(e["from"], e["kind"], e["to"]) for e in bot.sql(f"SELECT \"from\", kind, \"to\" FROM edge WHERE control = '{r['control']}' AND \"from\" = '{r['identity']['id']}'")}
        left = {(e["from"], e["kind"], e["to"]) for e in after.sql(f"SELECT \"from\", kind, \"to\" FROM edge WHERE \"from\" = '{r['identity']['id']}'")}
        told = grants(bot, "--all")
        action = {("CAN_READ", "arn:aws:s3"): "s3:GetObject", ("CAN_WRITE", "arn:aws:s3"): "s3:PutObject", ("CAN_CALL", "model://bedr"): "bedrock:InvokeModel"}
        for edge in before:
            if edge not in told:
                continue
            if told[edge]["answer"] == "not_used" and told[edge]["control"] == r["control"]:
                assert edge not in left, (r["control"], edge)
            else:
                assert edge in left, (r["control"], edge)
            words = next((w for (kind, begin), w in action.items() if kind == edge[1] and edge[2].startswith(begin)), None)
            if words:  # the same by the decision itself, statement by statement
                what = edge[2] + "/a/b.txt" if edge[2].startswith("arn:aws:s3") else edge[2].replace("model://bedrock/", "arn:aws:bedrock:eu-central-1::foundation-model/")
                assert allowed(bot, edge[0], what, words), (edge, words)
                assert allowed(after, edge[0], what, words) == (edge in left), (edge, words)
                decided.add((words, edge in left))
    assert {("s3:GetObject", False), ("bedrock:InvokeModel", False)} <= decided, decided


MODULE = """resource "aws_s3_bucket" "docs" {
  bucket = "acme-tf-docs"
}
resource "aws_iam_role" "agent" {
  name               = "agent"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "bedrock.amazonaws.com" }, Action = "sts:AssumeRole" }] })
}
resource "aws_bedrockagent_agent" "bot" {
  agent_name              = "bot"
  foundation_model        = "anthropic.claude-3-5-sonnet-20240620-v1:0"
  agent_resource_role_arn = aws_iam_role.agent.arn
}
resource "aws_iam_role_policy" "docs" {
  name = "docs"
  role = aws_iam_role.agent.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Action = [
        "s3:GetObject",
        "s3:PutObject",
      ]
      Resource = "${aws_s3_bucket.docs.arn}/*"
    }]
  })
}
# the end: what lies behind the statement stays
"""


def test_the_terraform_diff_is_applied(tmp_path):
    """The diff fits the file that was scanned, git takes it, and in the module scanned again the right that nobody used is gone."""
    module = tmp_path / "infra"
    module.mkdir()
    (module / "main.tf").write_text(MODULE)
    aisp = Aisp(tmp_path)
    aisp.scan(module)
    query = "SELECT \"from\", kind, \"to\" FROM edge WHERE control LIKE '%#inline/docs#/Statement/0' ORDER BY kind"
    assert [e["kind"] for e in aisp.sql(query)] == ["CAN_READ", "CAN_WRITE"]
    account = aisp.sql(query)[0]["from"].split(":")[4]
    bucket = "arn:aws:s3:::acme-tf-docs"
    t = Trail()
    for d in range(95, -1, -1):
        t.add(day(d), user("ops"), "sts", "GetCallerIdentity")
        read(t, day(d, 1), role("agent", "BedrockAgents-1", account), bucket)
    t.add(day(7), user("ops"), "s3", "PutObject", [bucket + "/a", bucket], {"bucketName": "acme-tf-docs", "key": "a"}, True)  # writes are logged
    log = tmp_path / "trail.ndjson"
    log.write_text("\n".join(t.lines).replace(ACCOUNT, account) + "\n")
    assert aisp.run("ingest", log).returncode == 0
    list_ = aisp.json("usage", "--out", tmp_path / "advice", env=ENV)["recommendations"]
    found = one(list_, "role/agent", "#inline/docs#/Statement/0")
    assert (found["advice"], found["used"], found["not_used"]) == ("reduce", 1, 1) and "terraform.diff" in found["files"]
    diff = tmp_path / "advice" / found["folder"] / "terraform.diff"
    for tool in (["git", "apply", "--check", diff], ["patch", "-p1", "-s", "-i", diff]):
        done = subprocess.run(list(map(str, tool)), cwd=module, capture_output=True, text=True)
        assert done.returncode == 0, (tool, done.stderr, done.stdout, diff.read_text())
    after = (module / "main.tf").read_text()
    assert "s3:PutObject" not in after and after.startswith(MODULE.split('      Action = [')[0]) and after.endswith(MODULE.split('      Resource =')[1])
    again = Aisp(tmp_path / "again")
    again.folder.mkdir()
    again.scan(module)
    assert [(e["kind"], e["to"]) for e in again.sql(query)] == [("CAN_READ", bucket)]


def test_an_unused_mcp_server_is_taken_out(tmp_path):
    """The patch applied to the client's configuration and scanned again: the server nobody called is gone, the one that was called is there. A client of which only calls were seen that
    fit no server says nothing about its servers."""
    repo = tmp_path / "desk"
    (repo / ".gemini").mkdir(parents=True)
    settings = repo / ".gemini/settings.json"
    servers = {"files": {"command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem", "/srv/data"]}, "memory": {"command": "npx", "args": ["-y", "@modelcontextprotocol/server-memory"]}}
    settings.write_text(json.dumps({"mcpServers": servers}))
    aisp = Aisp(tmp_path)
    aisp.scan(repo)
    query = "SELECT \"to\" FROM edge WHERE kind = 'HAS_TOOL' ORDER BY \"to\""
    assert [e["to"].rsplit("#")[-1] for e in aisp.sql(query)] == ["files", "memory"]
    log = tmp_path / "spans.jsonl"
    log.write_text("\n".join(span(d, day(d), "gemini-cli", "something_else") for d in range(40, -1, -1)) + "\n")
    other = Aisp(tmp_path / "other")
    other.folder.mkdir()
    other.scan(repo)
    assert other.run("ingest", log).returncode == 0
    rows = {g["asset"]["name"]: g for g in other.json("usage", "--all", env=ENV)["grants"] if g["edge"] == "HAS_TOOL"}
    assert {r["answer"] for r in rows.values()} == {"no_telemetry"} and "fit no tool" in rows["files"]["why"]
    log.write_text("\n".join(span(d, day(d), "gemini-cli", "files") for d in range(40, -1, -1)) + "\n")
    assert aisp.run("ingest", log).returncode == 0
    report = aisp.json("usage", "--all", "--out", tmp_path / "advice", env=ENV)
    assert {g["asset"]["name"]: g["answer"] for g in report["grants"] if g["edge"] == "HAS_TOOL"} == {"files": "used", "memory": "not_used"}
    found = one(report["recommendations"], "gemini-cli", "/mcpServers/memory")
    assert found["advice"] == "remove"
    patch = json.loads((tmp_path / "advice" / found["folder"] / "mcp.patch.json").read_text())
    assert patch == [{"op": "remove", "path": "/mcpServers/memory"}]
    document = json.loads(settings.read_text())
    del document["mcpServers"]["memory"]
    settings.write_text(json.dumps(document))
    aisp.scan(repo)
    assert [e["to"].rsplit("#")[-1] for e in aisp.sql(query)] == ["files"]


# ---- a real PostgreSQL: used rights go on working, the others are refused, undo gives them back ----

pgcluster = pytest.importorskip("pgcluster")
needs_postgres = pytest.mark.skipif(not [v for v in pgcluster.versions() if v >= 15], reason="no PostgreSQL 15 or later (tests/lib/pgcluster.py)")
LOGGED = {"logging_collector": "on", "log_destination": "jsonlog", "log_directory": "log", "log_statement": "all", "log_connections": "on"}
ONE_DAY = ("version: 1\nfresh_days: 9\nrare_per_30_days: 4\nactions:\n  - {as: call, match: [CONNECT]}\n  - {as: read, match: [SELECT]}\n  - {as: write, match: [INSERT, UPDATE, DELETE]}\n"
           "grants:\n  - {of: [CAN_READ, CAN_WRITE], system: postgres, sees: [postgres], proof: asset, days: 1}\n"
           "  - {of: [CAN_CALL, CAN_ASSUME, identity], system: postgres, sees: [postgres], days: 1}\n")


@needs_postgres
def test_postgresql_for_real(tmp_path):
    import psycopg
    with pgcluster.Cluster(settings=LOGGED) as c:
        c.psql("CREATE DATABASE shop")
        c.psql("CREATE SCHEMA crm; CREATE TABLE crm.tickets (id int, t text); CREATE TABLE crm.invoices (id int); CREATE TABLE crm.notes (id int);"
               "CREATE ROLE bot LOGIN PASSWORD 'Quiet-Otter-81'; GRANT CONNECT ON DATABASE shop TO bot; GRANT USAGE ON SCHEMA crm TO bot;"
               "GRANT SELECT, INSERT, UPDATE ON crm.tickets TO bot; GRANT SELECT ON crm.invoices TO bot; GRANT SELECT ON crm.notes TO bot", db="shop")
        repo = tmp_path / "desk"
        repo.mkdir()
        (repo / ".mcp.json").write_text(json.dumps({"mcpServers": {"shop": {"command": "npx", "args": [
            "-y", "@modelcontextprotocol/server-postgres", f"postgresql://bot:Quiet-Otter-81@127.0.0.1:{c.port}/shop"]}}}))

        def tries(statement):
            try:
                with psycopg.connect(c.uri("shop", user="bot", password="Quiet-Otter-81"), autocommit=True) as bot:
                    bot.execute(statement)
                return True
            except psycopg.errors.InsufficientPrivilege:
                return False
        for _ in range(9):
            assert tries("SELECT * FROM crm.tickets")
            assert tries("INSERT INTO crm.tickets VALUES (1, 'x')")
        # Others read invoices and change tickets, which shows that this is logged; nobody looks at the notes.
        for statement in ("SELECT * FROM crm.invoices", "UPDATE crm.tickets SET t = 'y'", "SELECT * FROM crm.tickets"):
            c.psql(statement, db="shop")
        logs = tmp_path / "logs"
        shutil.copytree(pathlib.Path(c.dir) / "data/log", logs)  # before the scan, which looks at the tables itself
        aisp = Aisp(tmp_path)
        aisp.scan(repo, c.uri("shop"))
        for f in logs.iterdir():
            f.suffix != ".json" and f.unlink()
        done = aisp.run("ingest", logs, "--name", f"127.0.0.1:{c.port}")
        assert done.returncode == 0, (done.stdout, done.stderr)
        (tmp_path / "rules").mkdir()
        (tmp_path / "rules/usage.yaml").write_text(ONE_DAY)
        report = aisp.json("usage", "--rules", tmp_path / "rules", "--out", tmp_path / "advice")
        short = {(g["edge"], g["asset"]["name"]): g["answer"] for g in report["grants"] if g["identity"]["name"] == "bot"}
        assert short[("CAN_READ", "tickets")] == "used" and short[("CAN_WRITE", "tickets")] == "used"
        assert short[("CAN_READ", "invoices")] == "not_used"
        assert short[("CAN_READ", "notes")] == "no_telemetry"
        by = {r["control"]: r for r in report["recommendations"]}
        unused = next(r for control, r in by.items() if "crm.invoices" in control and "bot" in control)
        unwatched = next(r for control, r in by.items() if "crm.notes" in control and "bot" in control)
        assert (unused["advice"], unwatched["advice"]) == ("remove", "keep")
        folder = tmp_path / "advice" / unused["folder"]
        assert "revoke.sql" in unused["files"] and "undo.sql" in unused["files"]
        assert "Quiet-Otter-81" not in "".join(p.read_text() for p in (tmp_path / "advice").rglob("*") if p.is_file())
        c.psql((folder / "revoke.sql").read_text(), db="shop")
        assert not tries("SELECT * FROM crm.invoices")
        assert tries("SELECT * FROM crm.tickets") and tries("INSERT INTO crm.tickets VALUES (2, 'z')") and tries("SELECT * FROM crm.notes")
        c.psql((folder / "undo.sql").read_text(), db="shop")
        assert tries("SELECT * FROM crm.invoices")


@needs_postgres
def test_a_role_that_ends_by_itself(tmp_path):
    """A right that is seldom used and strong: the standing grant goes, grant.sql makes a role that can log in for an hour, end.sql ends it."""
    import psycopg
    with pgcluster.Cluster(settings=LOGGED) as c:
        c.psql("CREATE DATABASE shop")
        c.psql("CREATE TABLE pay (id int); CREATE ROLE bot LOGIN PASSWORD 'Quiet-Otter-82'; GRANT INSERT ON pay TO bot", db="shop")
        repo = tmp_path / "desk"
        repo.mkdir()
        (repo / ".mcp.json").write_text(json.dumps({"mcpServers": {"shop": {"command": "npx", "args": [
            "-y", "@modelcontextprotocol/server-postgres", f"postgresql://bot:Quiet-Otter-82@127.0.0.1:{c.port}/shop"]}}}))
        with psycopg.connect(c.uri("shop", user="bot", password="Quiet-Otter-82"), autocommit=True) as bot:
            bot.execute("INSERT INTO pay VALUES (1)")
        aisp = Aisp(tmp_path)
        aisp.scan(repo, c.uri("shop"))
        log = next((pathlib.Path(c.dir) / "data/log").glob("*.json"))
        aisp.run("ingest", shutil.copy(log, tmp_path / "pg.json"), "--name", f"127.0.0.1:{c.port}")
        (tmp_path / "rules").mkdir()
        (tmp_path / "rules/usage.yaml").write_text(ONE_DAY)
        list_ = aisp.json("usage", "--rules", tmp_path / "rules", "--out", tmp_path / "advice")["recommendations"]
        pay = next(r for r in list_ if "pay" in r["control"] and "INSERT" in r["control"])
        assert pay["advice"] == "just-in-time", pay
        folder = tmp_path / "advice" / pay["folder"]

        def psql(name, **variables):
            words = [w for k, v in variables.items() for w in ("-v", f"{k}={v}")]
            return subprocess.run([c.bin + "/psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", *words, c.uri("shop")], stdin=open(folder / name), capture_output=True, text=True, env=c._env())
        if not pathlib.Path(c.bin + "/psql").exists():
            pytest.skip("this PostgreSQL has no psql")
        assert psql("revoke.sql").returncode == 0
        until = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)).strftime("%Y-%m-%d %H:%M:%S+00")
        done = psql("grant.sql", role="bot_now", password="Brisk-Heron-17", until=until)
        assert done.returncode == 0, done.stderr
        with psycopg.connect(c.uri("shop", user="bot_now", password="Brisk-Heron-17"), autocommit=True) as now:
            now.execute("INSERT INTO pay VALUES (2)")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                now.execute("SELECT * FROM pay")
        with psycopg.connect(c.uri("shop", user="bot", password="Quiet-Otter-82"), autocommit=True) as bot, pytest.raises(psycopg.errors.InsufficientPrivilege):
            bot.execute("INSERT INTO pay VALUES (3)")
        assert c.psql("SELECT rolvaliduntil IS NOT NULL FROM pg_roles WHERE rolname = 'bot_now'").strip() == "t"
        done = psql("end.sql", role="bot_now")
        assert done.returncode == 0, done.stderr
        assert c.psql("SELECT count(*) FROM pg_roles WHERE rolname = 'bot_now'").strip() == "0"


# ---- the example company: Kubernetes, agents, MCP ----

def audit(n, when, who, verb, ns, resource, name="", code=200, pod=None):
    u = {"username": who}
    if pod:
        u["extra"] = {"authentication.kubernetes.io/pod-name": [pod]}
    ref = {"resource": resource, "namespace": ns, "apiVersion": "v1"}
    if name:
        ref["name"] = name
    return json.dumps({"kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata", "auditID": f"a{n}", "stage": "ResponseComplete", "requestURI": "/", "verb": verb, "user": u,
                       "sourceIPs": ["10.1.2.3"], "objectRef": ref, "responseStatus": {"metadata": {}, "code": code}, "requestReceivedTimestamp": when, "stageTimestamp": when})


def span(n, when, agent, tool):
    at = int(datetime.datetime.strptime(when, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc).timestamp())
    attributes = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": tool, "gen_ai.agent.name": agent}
    return json.dumps({"resourceSpans": [{"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "support"}}]}, "scopeSpans": [{"spans": [{
        "traceId": f"{n:032x}", "spanId": f"{n:016x}", "name": f"execute_tool {tool}", "kind": 1, "startTimeUnixNano": f"{at}000000000", "endTimeUnixNano": f"{at}500000000",
        "attributes": [{"key": k, "value": {"stringValue": v}} for k, v in attributes.items()]}]}]}]})


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    aisp = Aisp(tmp_path_factory.mktemp("usage-desk"))
    aisp.scan("--config", ROOT / "examples/support-bot/aisp.yaml", codes=(3,))
    notebook = "system:serviceaccount:support-dev:notebook"
    lines = [audit(2 * d, day(d), "system:kube-scheduler", "list", "support-prod", "pods") for d in range(100, -1, -1)]
    lines += [audit(2 * d + 1, day(d), notebook, "get", "support-prod", "secrets", "support-bot-db", pod="notebook-6f7c9d-x2x4z") for d in range(99, -1, -3)]
    (aisp.folder / "audit.log").write_text("\n".join(lines) + "\n")
    spans = [span(d, day(d), "support_agent", "lookup_invoice") for d in range(40, -1, -1)]
    (aisp.folder / "spans.jsonl").write_text("\n".join(spans) + "\n")
    for args in (("audit.log", "--name", "acme"), ("spans.jsonl",)):
        done = aisp.run("ingest", *args)
        assert done.returncode == 0, (done.stdout, done.stderr)
    return aisp


def test_tools_of_an_agent(desk):
    now = {g["asset"]["name"]: g["answer"] for g in desk.json("usage", "agent:support_agent", env=ENV)["grants"] if g["edge"] == "HAS_TOOL"}
    assert now == {"lookup_invoice": "used", "refund_payment": "not_used", "open_ticket": "not_used", "search_customers": "not_used"}
    # The client is not instrumented: nobody knows.
    now = {g["answer"] for g in desk.json("usage", "mcpclient://support-bot/.cursor/mcp.json#cursor", env=ENV)["grants"]}
    assert now == {"no_telemetry"}


def test_secrets_of_a_namespace(desk, tmp_path):
    report = desk.json("usage", "--out", tmp_path / "out", env=ENV)
    now = {g["asset"]["name"]: g["answer"] for g in report["grants"] if g["identity"]["name"] == "notebook" and g["edge"] == "CAN_READ"}
    assert now["support-bot-db"] == "used" and now["embed-job-db"] == "not_used"
    found = [r for r in report["recommendations"] if r["control"] == "k8s://acme/support-prod/rolebinding/notebook-secret-reader"]
    assert [(r["advice"], r["used"], r["not_used"]) for r in found] == [("reduce", 1, 4)]
    folder = tmp_path / "out" / found[0]["folder"]
    patch = json.loads((folder / "role.patch.json").read_text())
    assert [p["op"] for p in patch] == ["test", "replace"]
    assert patch[1]["value"] == [{"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"], "resourceNames": ["support-bot-db"]}]
    tools = [r for r in report["recommendations"] if r["identity"]["name"] == "support_agent" and r["not_used"]]
    assert tools and tools[0]["advice"] == "reduce"
    text = (tmp_path / "out" / tools[0]["folder"] / "README.md").read_text()
    assert "take the tool `refund_payment` out" in text


def test_the_role_patch_is_taken_by_a_real_api_server(desk, tmp_path):
    kubeserver = pytest.importorskip("kubeserver")
    program = kubeserver.build()
    if program is None or not shutil.which("etcd"):
        pytest.skip("no kube-apiserver (AISP_LIVE_BUILD=yes builds it) or no etcd")
    report = desk.json("usage", "--out", tmp_path / "out", env=ENV)
    found = next(r for r in report["recommendations"] if r["control"].endswith("notebook-secret-reader"))
    (tmp_path / "kube").mkdir()
    server = kubeserver.Server(tmp_path / "kube")
    try:
        server.start(program)
        server.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "support-prod"}},
                      {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "secret-reader", "namespace": "support-prod"},
                       "rules": [{"verbs": ["get", "list"], "apiGroups": [""], "resources": ["secrets"]}]})
        import ssl
        import urllib.request
        path = "/apis/rbac.authorization.k8s.io/v1/namespaces/support-prod/roles/secret-reader"

        def patch(name, query):
            request = urllib.request.Request(server.url + path + query, method="PATCH", data=(tmp_path / "out" / found["folder"] / name).read_bytes(),
                                             headers={"Content-Type": "application/json-patch+json", "Authorization": f"Bearer {kubeserver.TOKENS['admin']}"})
            with urllib.request.urlopen(request, context=ssl._create_unverified_context()) as answer:
                return json.load(answer)["rules"]
        reduced = [{"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"], "resourceNames": ["support-bot-db"]}]
        assert patch("role.patch.json", "?dryRun=All") == reduced
        assert patch("role.patch.json", "") == reduced
        with pytest.raises(urllib.error.HTTPError):  # it is no longer as it was seen
            patch("role.patch.json", "")
        assert patch("role.undo.json", "")[0]["verbs"] == ["get", "list"]
    finally:
        server.stop()
