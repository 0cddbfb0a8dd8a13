"""Decisions, owners, the log and policies, as people use them."""
import json
import shutil

import jsonschema
import pytest
from conftest import ROOT

DAY = 86_400_000_000
NOW = 1_795_000_000_000_000  # 2026-11-18
CONFIG = ROOT / "examples/support-bot/aisp.yaml"


def at(us, **more):
    return {"AISP_NOW": str(us), "AISP_USER": "ada", **more}


@pytest.fixture
def company(aisp, copy_example):
    aisp.root = copy_example
    aisp.scan("--config", copy_example / "aisp.yaml", env=at(NOW))
    return aisp


def findings(aisp, *args, when=NOW, **kw):
    return {f["fingerprint"]: f for f in aisp.json("findings", *args, env=at(when), **kw)["findings"]}


def by_rule(aisp, rule, **kw):
    return next(f for f in findings(aisp, **kw).values() if f["rule"] == rule)


def accept(aisp, fingerprint, until="2027-01-31", when=NOW):
    return aisp.json("decide", fingerprint, "--accept", "--until", until, "--reason", "replaced soon", env=at(when))


def test_accepted_until_a_day_and_back_by_itself(company):
    f = by_rule(company, "AISP-PATH-001")
    accept(company, f["fingerprint"], "2026-12-31")
    assert f["fingerprint"] not in findings(company)
    shown = findings(company, "--all")[f["fingerprint"]]["state"]
    assert shown["name"] == "accepted" and shown["by"] == "ada" and shown["hidden"] and shown["until"] == "2026-12-31"
    late = findings(company, when=NOW + 60 * DAY)[f["fingerprint"]]["state"]
    assert late["name"] == "reopened" and "2026-12-31" in late["why"] and not late["hidden"]


def test_exit_code_and_sarif_agree_with_the_file_of_accepted_findings(company):
    rules = {f["rule"] for f in findings(company).values() if f["severity"] == "critical"}
    assert company.run("findings", "--fail-on", "critical", env=at(NOW)).returncode == 1
    for rule in rules:
        for f in [f for f in findings(company).values() if f["rule"] == rule]:
            accept(company, f["fingerprint"])
    assert company.run("findings", "--fail-on", "high", env=at(NOW)).returncode == 1
    assert company.run("findings", "--fail-on", "critical", env=at(NOW)).returncode == 0
    assert company.run("findings", "--all", "--fail-on", "critical", env=at(NOW)).returncode == 0
    sarif = json.loads(company.run("findings", "--all", "--format", "sarif", env=at(NOW)).stdout)
    hidden = [r for r in sarif["runs"][0]["results"] if r["suppressions"]]
    assert hidden and all(r["suppressions"][0]["justification"] == "replaced soon" for r in hidden)
    ignore = company.folder / "aisp-ignore.yaml"
    ignore.write_text("ignore:\n  - rule: AISP-PATH-*\n    reason: known\n")
    states = [f["state"] for f in findings(company, "--all").values() if f["rule"].startswith("AISP-PATH-")]
    assert all(s["name"] == "accepted" and s["hidden"] for s in states)
    assert any("aisp-ignore.yaml:2" in s["where"] for s in states)


def test_a_moved_line_changes_nothing_but_changed_evidence_reopens(company):
    f = by_rule(company, "AISP-PATH-001")
    accept(company, f["fingerprint"])
    app = company.root / "bot/app.py"
    app.write_text("# moved\n# moved\n\n" + app.read_text())
    company.scan("--config", company.root / "aisp.yaml", env=at(NOW))
    assert f["fingerprint"] not in findings(company)
    # The way in from the internet is another one now.
    bot = company.root / "k8s/bot.yaml"
    before = bot.read_text()
    bot.write_text(before.replace("name: support-bot\n", "name: support-front\n", 1) if "kind: Service" in before else before)
    path = company.root / "k8s/bot.yaml"
    text = path.read_text().replace("help.acme.example", "desk.acme.example")
    path.write_text(text.replace("support-front", "support-bot"))
    company.scan("--config", company.root / "aisp.yaml", env=at(NOW + DAY))
    state = findings(company, when=NOW + DAY)[f["fingerprint"]]["state"]
    assert state["name"] == "reopened"
    assert "no longer: " in state["why"] and "help.acme.example" in state["why"] and "desk.acme.example" in state["why"]


def test_what_decide_refuses(company):
    f = by_rule(company, "AISP-PATH-001")["fingerprint"]
    for args, word in [(["--accept", "--reason", "x"], "--until"), (["--accept", "--until", "2027-01-01"], "--reason"),
                       (["--accept", "--until", "2020-01-01", "--reason", "x"], "passed"), (["--false-positive"], "--reason"),
                       (["--accept", "--triage", "--until", "2027-01-01", "--reason", "x"], "one decision")]:
        done = company.run("decide", f, *args, env=at(NOW))
        assert done.returncode == 2 and word in done.stderr, (args, done.stderr)
    done = company.run("decide", "ffffffff", "--triage", env=at(NOW))
    assert done.returncode == 2 and "ffffffff" in done.stderr
    assert not (company.folder / "aisp.db.log").exists()


def test_triaged_reopened_listed(company):
    f = by_rule(company, "AISP-PATH-001")["fingerprint"]
    company.json("decide", f[:8], "--triage", env=at(NOW))
    assert findings(company)[f]["state"]["name"] == "triaged"
    company.json("decide", f, "--reopen", "--reason", "looked again", env=at(NOW))
    state = findings(company)[f]["state"]
    assert (state["name"], state["why"]) == ("reopened", "looked again")
    listed = company.json("decide", env=at(NOW))["decisions"]
    assert len(listed) == 1 and listed[0]["action"] == "reopen" and listed[0]["by"] == "ada"


def test_a_tampered_log_is_found_and_nothing_is_added(company):
    f = by_rule(company, "AISP-PATH-001")["fingerprint"]
    accept(company, f)
    log = company.folder / "aisp.db.log"
    good = log.read_bytes()
    assert company.run("audit", "verify").returncode == 0
    key = json.loads(good.splitlines()[0])["data"]["public_key"]
    assert company.run("audit", "verify", "--key", key).returncode == 0
    assert company.run("audit", "verify", "--key", "00" * 32).returncode == 1
    for bad in (good.replace(b"replaced soon", b"replaced never"), good.replace(b"2027-01-31", b"2028-01-31"), b"".join(good.splitlines(True)[:1] + good.splitlines(True)[2:])):
        log.write_bytes(bad)
        report = company.json("audit", "verify", codes=(1,))
        assert not report["ok"] and report["wrong"] >= 2
        assert company.run("findings", env=at(NOW)).returncode == 4 or company.run("findings", env=at(NOW)).returncode == 2
        assert company.run("decide", f, "--triage", env=at(NOW)).returncode not in (0, 1)
        assert log.read_bytes() == bad
    log.write_bytes(good)
    kinds = [e["kind"] for e in company.json("audit", "log")["entries"]]
    assert kinds == ["begin", "decide", "checkpoint"]


def test_every_bit_of_a_log(company):
    """Each single bit of a small log, by the program's own words."""
    accept(company, by_rule(company, "AISP-PATH-001")["fingerprint"])
    log = company.folder / "aisp.db.log"
    good = log.read_bytes()
    for at_byte in range(0, len(good), max(1, len(good) // 64)):
        bad = bytearray(good)
        bad[at_byte] ^= 1 << (at_byte % 8)
        log.write_bytes(bad)
        assert company.run("audit", "verify").returncode == 1, at_byte


def test_owners_claims_disputes(company):
    owners = company.root / ".github/CODEOWNERS"
    owners.parent.mkdir(exist_ok=True)
    owners.write_text("* @acme/everybody\n/bot/ @acme/support  # the bot\n")
    company.scan("--config", company.root / "aisp.yaml", env=at(NOW))
    told = company.json("own", "support_agent", env=at(NOW))["nodes"][0]
    assert told["owner"] == "@acme/support" and told["evidence"][0]["rank"] == "codeowners" and not told["disputed"]
    company.run("own", "support_agent", "--claim", "--to", "team-a", "--reason", "ours", env=at(NOW))
    assert company.json("own", "support_agent", env=at(NOW))["nodes"][0]["owner"] == "team-a"
    company.run("own", "support_agent", "--claim", "--to", "team-b", env=at(NOW))
    assert company.json("own", "support_agent", env=at(NOW))["nodes"][0]["disputed"]
    company.run("own", "support_agent", "--decline", "--to", "team-a", env=at(NOW))
    told = company.json("own", "support_agent", env=at(NOW))["nodes"][0]
    assert told["owner"] == "team-b" and not told["disputed"]
    cover = company.json("own", env=at(NOW))["coverage"]
    assert 0 < cover["owned"] < cover["assets"] and cover["ai_owned"] <= cover["ai_assets"]


POLICY = """policies:
  - id: no-public-invoices
    title: The internet does not reach invoices through an agent
    severity: critical
    deny:
      from: {kind: internet}
      to: {kind: table, name: "*invoices"}
      mode: [read, read_via]
"""


def test_policy_as_code(company):
    config = company.folder / "aisp.yaml"
    config.write_text(POLICY)
    broken = list(findings(company, "--policies").values())
    assert [f["rule"] for f in broken] == ["AISP-POLICY/no-public-invoices"] and broken[0]["path"]["hops"]
    assert company.run("findings", "--policies", "--fail-on", "high", env=at(NOW)).returncode == 1
    config.write_text(POLICY + "    except:\n      - {from: {kind: internet}, reason: until the new bot is there, until: 2026-12-01}\n")
    assert not findings(company, "--policies")
    assert findings(company, "--policies", when=NOW + 30 * DAY)
    config.write_text(POLICY)
    company.json("decide", broken[0]["fingerprint"][:10], "--false-positive", "--reason", "a test", env=at(NOW))
    assert company.run("findings", "--policies", "--fail-on", "high", env=at(NOW)).returncode == 0


@pytest.mark.parametrize("old,new,line,word", [
    ("kind: table", "kind: tabel", 7, "tabel"), ("mode: [read, read_via]", "mode: peek", 8, "peek"), ("severity: critical", "severity: bad", 4, "bad"),
    ("deny:", "denies:", 5, "denies"), ("from: {kind: internet}", "from: {kinds: internet}", 6, "kinds")])
def test_a_broken_policy_is_named_by_file_and_line(company, old, new, line, word):
    (company.folder / "aisp.yaml").write_text(POLICY.replace(old, new))
    done = company.run("findings", env=at(NOW))
    assert done.returncode == 2 and f"aisp.yaml:{line}:" in done.stderr and word in done.stderr


def test_policies_on_a_proposed_change(company, tmp_path):
    (company.folder / "aisp.yaml").write_text(POLICY)
    same = company.json("what-if", "--policies", company.root, "--name", "support-bot", env=at(NOW))
    assert not same["broken"] and not same["mended"]
    proposed = tmp_path / "proposal"
    shutil.copytree(company.root, proposed)
    tools = proposed / "bot/app.py"
    tools.write_text(tools.read_text().replace("lookup_invoice", "lookup_nothing"))
    runs = len(company.json("runs"))
    mended = company.json("what-if", "--policies", proposed, "--name", "support-bot", env=at(NOW))
    assert [m["policy"] for m in mended["mended"]] == ["AISP-POLICY/no-public-invoices"] and not mended["broken"]
    assert len(company.json("runs")) == runs
    # And the other way round: what is stored is fine, what is proposed is not.
    company.scan(proposed, "--name", "support-bot", env=at(NOW))
    broken = company.json("what-if", "--policies", company.root, "--name", "support-bot", codes=(1,), env=at(NOW))
    assert [b["policy"] for b in broken["broken"]] == ["AISP-POLICY/no-public-invoices"]


def test_review_asks_answers_escalates(company):
    company.run("own", "billing.invoices", "--claim", "--to", "team-billing", env=at(NOW))
    made = company.json("review", "new", "--asset", "billing.invoices", "--due", "2026-12-15", env=at(NOW))["reviews"][0]
    assert made["escalate_to"] == "team-billing" and made["items"] and all(i["last_use"] == "no telemetry" for i in made["items"])
    asked = {r["identity"] for r in made["items"]}
    reached = {a["identity"] if isinstance(a["identity"], str) else a["identity"]["id"] for a in company.json("access", "--to", "billing.invoices", codes=(0, 3))["access"]}
    assert asked <= reached and any("role" in i for i in asked)
    rid = str(made["id"])
    assert company.run("review", "answer", rid, "1", "remove", env=at(NOW)).returncode == 2
    done = company.json("review", "answer", rid, "1", "remove", "--reason", "left the team", env=at(NOW))["reviews"][0]
    assert done["items"][0]["answer"] == "remove" and done["items"][0]["entry"] > made["id"]
    assert company.run("review", rid, "--fail-on-overdue", env=at(NOW)).returncode == 0
    late = company.run("review", rid, "--fail-on-overdue", env=at(NOW + 60 * DAY))
    assert late.returncode == 1 and "team-billing" in late.stdout
    export = json.loads(company.run("review", "export", rid, env=at(NOW + 60 * DAY)).stdout)["reviews"][0]
    assert not export["items"][0]["overdue"] and all(i["overdue"] for i in export["items"][1:])
    for args in (["answer", rid, "9999", "keep"], ["answer", "9999", "1", "keep"], ["answer", rid, "1", "perhaps"]):
        assert company.run("review", *args, "--reason", "x", env=at(NOW)).returncode == 2


@pytest.mark.parametrize("name,args", [
    ("decisions", ["decide"]), ("audit", ["audit", "verify"]), ("audit-log", ["audit", "log"]), ("own", ["own"]), ("review", ["review"]),
    ("proposal", ["what-if", "--policies", ".", "--name", "support-bot"])])
def test_answers_fit_their_schema(company, name, args):
    (company.folder / "aisp.yaml").write_text(POLICY)
    decided = accept(company, by_rule(company, "AISP-PATH-001")["fingerprint"])
    jsonschema.validate(decided, json.loads((ROOT / "docs/schema/decided.json").read_text()))
    made = company.json("review", "new", "--asset", "billing.invoices", "--due", "2026-12-15", env=at(NOW))["reviews"][0]
    company.json("review", "answer", made["id"], "1", "keep", "--reason", "needed", env=at(NOW))
    args = [company.root if a == "." else a for a in args]
    jsonschema.validate(company.json(*args, codes=(0, 1), env=at(NOW)), json.loads((ROOT / f"docs/schema/{name}.json").read_text()))
