"""More of decisions, owners, reviews and policies: names that change, findings that come back, evidence of owners from git, annotations and logs, and every word of a policy."""
import csv
import datetime
import io
import json
import subprocess

import jsonschema
import pytest
from conftest import ROOT, Aisp
from test_govern import DAY, NOW, accept, at, by_rule, company, findings  # noqa: F401 (a fixture)
from test_usage import DOCS, IAM, LOGS, Trail, day, read, role, user
from test_usage import NOW as LOG_NOW

LOG_TIME = int(LOG_NOW.timestamp()) * 1_000_000


def git(folder, *args, who="eve", when="2026-05-01T10:00:00Z"):
    env = {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when, "GIT_CONFIG_GLOBAL": "/dev/null", "HOME": str(folder), "PATH": "/usr/bin:/bin"}
    subprocess.run(["git", "-C", str(folder), "-c", f"user.name={who}", "-c", f"user.email={who}@example.com", *args], check=True, capture_output=True, env=env)


def values(aisp, key):
    rows = aisp.sql(f"SELECT value FROM prop WHERE key = '{key}'")
    rows = rows["rows"] if isinstance(rows, dict) else rows
    return [line for r in rows for line in str(r[0] if isinstance(r, list) else r["value"]).splitlines()]


def evidence(aisp, ref, when=NOW):
    return aisp.json("own", ref, env=at(when))["nodes"][0]["evidence"]


def rank(aisp, ref, name, when=NOW):
    return next((e for e in evidence(aisp, ref, when) if e["rank"] == name), None)


# ---- Decisions ----

def rescan(company, when=NOW):
    company.scan("--config", company.root / "aisp.yaml", env=at(when))


def test_a_false_positive_stands_until_its_evidence_changes(company):
    f = by_rule(company, "AISP-PATH-001")["fingerprint"]
    company.json("decide", f, "--false-positive", "--reason", "a honeypot", env=at(NOW))
    assert f not in findings(company, when=NOW + 400 * DAY)
    shown = findings(company, "--all")[f]["state"]
    assert shown["name"] == "false_positive" and shown["hidden"] and "until" not in shown
    bot = company.root / "k8s/bot.yaml"
    text = bot.read_text()
    bot.write_text(text.replace("help.acme.example", "desk.acme.example"))
    rescan(company, NOW + DAY)
    state = findings(company, when=NOW + DAY)[f]["state"]
    assert state["name"] == "reopened" and "desk.acme.example" in state["why"]
    bot.write_text(text)
    rescan(company, NOW + 2 * DAY)
    assert f not in findings(company, when=NOW + 2 * DAY)


def test_resolved_and_found_again(company):
    f = by_rule(company, "AISP-PATH-001")["fingerprint"]
    company.json("decide", f, "--triage", env=at(NOW))
    bot = company.root / "k8s/bot.yaml"
    text = bot.read_text()
    parts = text.split("---\n")
    bot.write_text("---\n".join(p for p in parts if "kind: Ingress" not in p))
    rescan(company, NOW + DAY)
    assert f not in findings(company, "--all", when=NOW + DAY)
    bot.write_text(text)
    rescan(company, NOW + 2 * DAY)
    state = findings(company, when=NOW + 2 * DAY)[f]["state"]
    assert state["name"] == "reopened" and "is back" in state["why"], state


def test_a_decision_stays_when_an_id_changes_with_its_alias(company):
    """The database server is known by another of its names afterwards; fingerprints are made of ids."""
    before = findings(company)
    decided = {f: accept(company, f) for f, x in before.items() if x["rule"].startswith("AISP-PATH-")}
    assert decided
    capture = company.root / "capture"
    changed = 0
    for file in capture.rglob("*"):
        if file.is_file() and "127.0.0.1" in file.read_text(errors="replace"):
            file.write_text(file.read_text().replace("127.0.0.1", "db.internal.example"))
            changed += 1
    assert changed
    config = company.root / "aisp.yaml"
    config.write_text(config.read_text().replace('"db.acme.example:5432"]', '"db.acme.example:5432", "127.0.0.1:54329"]'))
    log = company.folder / "aisp.db.log"
    moved = Aisp(company.folder / "moved")
    moved.folder.mkdir()
    moved.store.with_name("aisp.db.log").write_bytes(log.read_bytes())
    moved.scan("--config", config, env=at(NOW))
    now = findings(moved)
    every = findings(moved, "--all")
    renamed = [f for f, x in every.items() if x["rule"].startswith("AISP-PATH-") and f not in before]
    assert renamed, "no fingerprint changed: the test shows nothing"
    for f in renamed:
        assert every[f]["state"]["name"] in ("accepted", "reopened")
    assert any(every[f]["state"]["name"] == "accepted" and f not in now for f in renamed), [every[f]["state"] for f in renamed]


def test_planned_by_a_plan(company):
    f = by_rule(company, "AISP-PATH-001")["fingerprint"]
    saved = company.folder / "plan.json"
    done = company.run("plan", f, "--save", saved, "--format", "json", env=at(NOW))
    assert done.returncode == 0, done.stderr
    state = findings(company)[f]["state"]
    assert state["name"] == "planned" and not state["hidden"]


# ---- Owners ----

def test_the_last_who_changed_the_file(aisp, copy_example):
    git(copy_example, "init", "-q", "-b", "main")
    git(copy_example, "add", "-A")
    git(copy_example, "commit", "-qm", "one", when="2026-04-01T10:00:00Z")
    app = copy_example / "bot/app.py"
    original = app.read_text()
    # A branch changes the agent; main changes something else; both are joined: not the merge but the branch's commit is the last.
    git(copy_example, "checkout", "-qb", "side")
    app.write_text(original + "# side\n")
    git(copy_example, "commit", "-qam", "side", who="sid", when="2026-04-02T10:00:00Z")
    git(copy_example, "checkout", "-q", "main")
    (copy_example / "README.md").write_text("changed\n")
    git(copy_example, "commit", "-qam", "readme", who="max", when="2026-04-03T10:00:00Z")
    git(copy_example, "merge", "-q", "--no-ff", "-m", "join", "side", who="merger", when="2026-04-04T10:00:00Z")
    aisp.scan("--config", copy_example / "aisp.yaml", env=at(NOW))
    last = rank(aisp, "support_agent", "committer")
    shown = subprocess.run(["git", "-C", str(copy_example), "log", "-1", "--format=%h %an <%ae>", "--abbrev=12", "--", "bot/app.py"], capture_output=True, text=True, check=True).stdout.split(" ", 1)
    assert last["who"] == shown[1].strip() == "sid <sid@example.com>" and shown[0] in last["why"] and "2026-04-02" in last["why"] and "bot/app.py" in last["why"]
    # What git says of every file that something stands in.
    rows = [r.split("\t") for r in values(aisp, "last_changes")]
    assert len(rows) > 5
    for path, when, commit, who in rows:
        said = subprocess.run(["git", "-C", str(copy_example), "log", "-1", "--format=%h|%an <%ae>|%cs", "--abbrev=12", "--", path], capture_output=True, text=True, check=True).stdout.strip()
        assert said == f"{commit}|{who}|{when}", path
    # It makes likely, not owned.
    cover = aisp.json("own", env=at(NOW))["coverage"]
    assert cover["likely"] > 0 and cover["owned"] + cover["likely"] <= cover["assets"]
    # What is changed but not committed is nobody's yet, and a shallow clone's first commit is nobody's work.
    clone = copy_example.parent / "clone"
    subprocess.run(["git", "clone", "-q", "--depth", "1", copy_example.as_uri(), str(clone)], check=True, capture_output=True)
    other = Aisp(copy_example.parent / "other")
    other.folder.mkdir()
    other.scan(clone, "--name", "support-bot", env=at(NOW))
    assert rank(other, "support_agent", "committer") is None


MANIFEST = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  labels: {app.kubernetes.io/managed-by: Helm, app.kubernetes.io/part-of: suite}
  annotations: {backstage.io/owner: team-web, password: hunter2-not-to-be-kept}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx}]}
---
apiVersion: v1
kind: Secret
metadata: {name: key, namespace: shop, labels: {team: team-keys}}
data: {k: eA==}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, annotations: {owner: team-shop}}
---
apiVersion: v1
kind: Secret
metadata: {name: other, namespace: shop}
data: {k: eA==}
"""


def test_annotations_and_labels_of_manifests(aisp, tree):
    aisp.scan(tree({"a.yaml": MANIFEST}), "--cluster", "c", env=at(NOW))
    web = evidence(aisp, "k8s://c/shop/deployment/web")
    assert (web[0]["rank"], web[0]["who"], web[0]["why"]) == ("annotation", "team-web", "annotation backstage.io/owner")
    assert not {"Helm", "suite"} & {e["who"] for e in web}
    assert (evidence(aisp, "k8s://c/shop/secret/key")[0]["rank"], evidence(aisp, "k8s://c/shop/secret/key")[0]["who"]) == ("tag", "team-keys")
    inherited = evidence(aisp, "k8s://c/shop/secret/other")[0]
    assert (inherited["rank"], inherited["who"], inherited["why"]) == ("annotation", "team-shop", "annotation owner of shop")
    assert b"hunter2" not in aisp.store.read_bytes()


def test_who_made_it_by_the_audit_log(aisp):
    aisp.scan(ROOT / "examples/aws-bot", codes=(0,))
    t = Trail()
    bucket = {"bucketName": "acme-bot-logs"}
    t.add(day(80), user("dana"), "s3", "CreateBucket", [LOGS], bucket)
    t.add(day(90), user("ops"), "s3", "PutBucketPolicy", [LOGS], bucket)           # earlier, but it only sets up
    t.add(day(70), role("report-job", "x"), "s3", "CreateBucket", [LOGS], bucket, error="BucketAlreadyExists")
    t.add(day(60), role("chat-function", "x"), "s3", "PutObject", [LOGS], bucket, True)
    t.add(day(50), user("ops"), "s3", "PutBucketTagging", [DOCS], {"bucketName": "acme-customer-docs"})
    assert aisp.run("ingest", t.write(aisp.folder / "trail.ndjson")).returncode == 0
    made = rank(aisp, LOGS, "creator", LOG_TIME)
    assert made["who"] == IAM + "user/dana" and "s3:CreateBucket" in made["why"] and (LOG_NOW - datetime.timedelta(days=80)).strftime("%Y-%m-%d") in made["why"]
    assert rank(aisp, DOCS, "creator", LOG_TIME)["who"] == IAM + "user/ops"


def test_coverage_in_the_scan(company, copy_example):
    before = company.scan("--config", company.root / "aisp.yaml", env=at(NOW))["summary"]["ownership"]
    company.run("own", "support_agent", "--claim", "--to", "team-a", env=at(NOW))
    report = company.scan("--config", company.root / "aisp.yaml", env=at(NOW))
    after = report["summary"]["ownership"]
    assert after["owned"] == before["owned"] + 1 and after["ai_owned"] == before["ai_owned"] + 1 and after["assets"] == before["assets"]
    own = company.json("own", env=at(NOW))["coverage"]
    assert {k: own[k] for k in after} == after
    table = company.run("scan", "--config", company.root / "aisp.yaml", env=at(NOW)).stdout
    assert f'{after["owned"]} of {after["assets"]} assets' in table


def test_claiming_again_after_declining(company):
    for args in (["--claim", "--to", "a"], ["--decline", "--to", "a"], ["--claim", "--to", "a", "--reason", "after all"]):
        assert company.run("own", "support_agent", *args, env=at(NOW)).returncode == 0
    told = company.json("own", "support_agent", env=at(NOW))["nodes"][0]
    assert told["owner"] == "a" and "after all" in told["evidence"][0]["why"] and not told["disputed"]


# ---- Reviews ----

def test_a_review_knows_the_last_use(aisp):
    aisp.scan(ROOT / "examples/aws-bot", codes=(0,))
    t = Trail()
    for d in range(95, -1, -1):  # somebody watched all the time
        read(t, day(d), role("chat-knowledge", "BedrockKnowledgeBase"), DOCS)
    read(t, day(5), role("report-job", "x"), DOCS, error="AccessDenied")
    assert aisp.run("ingest", t.write(aisp.folder / "trail.ndjson")).returncode == 0
    made = aisp.json("review", "new", "--asset", DOCS, "--due", "2026-12-15", env=at(LOG_TIME))["reviews"][0]
    uses = {i["identity"].rsplit("/", 1)[-1]: i["last_use"] for i in made["items"]}
    assert uses["chat-knowledge"].startswith(day(0)[:16]), uses
    assert "none seen" in {u for who, u in uses.items() if who != "chat-knowledge"}, uses
    quiet = aisp.json("review", "new", "--asset", LOGS, "--due", "2026-12-15", env=at(LOG_TIME))["reviews"][-1]
    assert quiet["items"] and all(not i["last_use"].startswith("2026") for i in quiet["items"])
    written = aisp.json("review", "new", "--asset", DOCS, "--mode", "write", "--due", "2026-12-15", env=at(LOG_TIME))["reviews"][-1]
    assert written["mode"] == "write"
    holders = {a["identity"] if isinstance(a["identity"], str) else a["identity"]["id"] for a in aisp.json("access", "--to", DOCS, "--mode", "write", codes=(0, 3))["access"]}
    assert {i["identity"] for i in written["items"]} <= holders
    assert aisp.run("review", "new", "--asset", DOCS, "--mode", "peek", "--due", "2026-12-15", env=at(LOG_TIME)).returncode == 2


def test_export_as_evidence(company):
    made = company.json("review", "new", "--asset", "billing.invoices", "--due", "2026-12-15", env=at(NOW))["reviews"][0]
    rid = str(made["id"])
    company.json("review", "answer", rid, "1", "keep", "--reason", '=1+1, "needed"', env=at(NOW))
    entries = {e["entry"]: e for e in company.json("audit", "log", env=at(NOW))["entries"]}
    whole = json.loads(company.run("review", "export", rid, env=at(NOW)).stdout)
    jsonschema.validate(whole, json.loads((ROOT / "docs/schema/review.json").read_text()))
    review = whole["reviews"][0]
    assert review["hash"] == entries[review["id"]]["hash"] and review["items"][0]["hash"] == entries[review["items"][0]["entry"]]["hash"]
    lines = company.run("review", "export", rid, "--format", "ndjson", env=at(NOW)).stdout.splitlines()
    assert len(lines) == 1 and json.loads(lines[0]) == review
    file = company.folder / "r.csv"
    assert company.run("review", "export", rid, "--output", file, env=at(NOW)).returncode == 0
    rows = list(csv.DictReader(io.StringIO(file.read_text())))
    assert [r["identity"] for r in rows] == [i["identity"] for i in review["items"]]
    assert rows[0]["answer"] == "keep" and rows[0]["reason"] == "'=1+1, \"needed\"" and rows[0]["hash"] == review["items"][0]["hash"] and rows[1]["answer"] == "open"


# ---- Policies ----

def pairs(company, deny, when=NOW, **more):
    (company.folder / "aisp.yaml").write_text(json.dumps({"policies": [{"id": "p", "deny": deny, **more}]}))
    return {(f["start"]["id"], f["target"]["id"]) for f in findings(company, "--policies", when=when).values()}


def test_words_of_a_policy(company):
    internet = pairs(company, {"from": {"kind": "internet"}, "to": {"kind": "table"}, "mode": ["read", "read_via"]})
    assert internet
    everybody = pairs(company, {"to": {"kind": "table"}, "mode": "read"})
    assert everybody
    roles = pairs(company, {"from": {"kind": "db_role"}, "to": {"kind": "table"}, "mode": "read"})
    others = pairs(company, {"from": {"not": {"kind": "db_role"}}, "to": {"kind": "table"}, "mode": "read"})
    assert roles and others and not roles & others and roles | others == everybody
    certain = pairs(company, {"to": {"kind": "table"}, "mode": "read", "certain": True})
    assert certain < everybody or certain == everybody
    public = pairs(company, {"from": {"kind": "agent", "public": True}, "to": {"kind": "tool"}, "mode": ["call", "steer"]})
    private = pairs(company, {"from": {"kind": "agent", "public": False}, "to": {"kind": "tool"}, "mode": ["call", "steer"]})
    assert public and not public & private
    one = sorted(public)[0]
    assert (one[0], one[1]) in pairs(company, {"from": {"id": one[0]}, "to": {"id": one[1]}, "mode": ["call", "steer"]})
    assert not pairs(company, {"from": {"id": one[0]}, "to": {"id": one[1]}, "mode": ["call", "steer"]}, **{"except": [{"from": {"id": one[0]}, "reason": "known"}]})


def test_label_and_action(company):
    labelled = pairs(company, {"to": {"label": "app=support-bot"}, "mode": ["act", "call", "net", "steer"]})
    assert labelled and all("support-bot" in to for _, to in labelled)
    assert not pairs(company, {"to": {"label": "app=none"}, "mode": ["act", "call", "net", "steer"]})
    known = sorted(set(values(company, "actions")))
    assert known
    hit = {a: pairs(company, {"to": {"kind": "tool", "action": a}, "mode": ["call", "steer"]}) for a in known}
    assert any(hit.values())
    assert not pairs(company, {"to": {"kind": "tool", "action": "no-such-action"}, "mode": ["call", "steer"]})


def test_owner_is_the_owner_that_stands(company):
    """By CODEOWNERS, then by a claim; a claim that is declined leaves what was before."""
    owners = company.root / ".github/CODEOWNERS"
    owners.parent.mkdir(exist_ok=True)
    owners.write_text("/bot/ @acme/support @eve\n")
    rescan(company)
    deny = {"from": {"kind": "internet"}, "to": {"kind": "agent", "owner": "@eve"}, "mode": ["call", "steer", "net"]}
    by_file = pairs(company, deny)
    assert any("support_agent" in to for _, to in by_file)
    company.run("own", "support_agent", "--claim", "--to", "team-a", env=at(NOW))
    assert not [to for _, to in pairs(company, deny) if "#support_agent" in to]
    claimed = pairs(company, {**deny, "to": {"kind": "agent", "owner": "team-a"}})
    assert claimed and all("support_agent" in to for _, to in claimed)
    company.run("own", "support_agent", "--decline", "--to", "team-a", env=at(NOW))
    assert pairs(company, deny) == by_file
