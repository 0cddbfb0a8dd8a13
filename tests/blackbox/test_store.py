"""History and crashes: what a second scan writes, what a failed source leaves, what a kill can do."""
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time

from conftest import AISP, ROOT


def facts(path):
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    tables = [r[0] for r in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {t: db.execute(f'SELECT count(*) FROM "{t}"').fetchone()[0] for t in tables}


def test_second_scan_of_the_same_writes_only_its_run(aisp, copy_example):
    aisp.scan("--config", copy_example / "aisp.yaml")
    before = facts(aisp.store)
    aisp.scan("--config", copy_example / "aisp.yaml")
    after = facts(aisp.store)
    grown = {t for t in after if after[t] != before[t]}
    assert all(t.startswith("run") for t in grown) and grown, grown
    runs = aisp.json("runs")
    assert len(runs) == 2 and runs[0]["facts_added"] == 0 and runs[0]["facts_removed"] == 0


def test_diff_names_what_changed(aisp, copy_example):
    aisp.scan("--config", copy_example / "aisp.yaml")
    (copy_example / ".cursor/mcp.json").unlink()
    aisp.scan("--config", copy_example / "aisp.yaml")
    diff = aisp.json("diff")
    gone = {n["kind"] for n in diff["nodes_removed"]}
    assert {"mcp_client", "mcp_server", "credential"} <= gone and diff["nodes_added"] == []
    lost = {(c["identity"].split("#")[-1], c["change"]) for c in diff["access"]}
    assert ("readers", "lost") in lost


def test_failed_source_keeps_its_facts(aisp, copy_example):
    aisp.scan("--config", copy_example / "aisp.yaml")
    tables = "SELECT id FROM node WHERE kind = 'table' ORDER BY id"
    before = aisp.sql(tables)
    (copy_example / "capture/tables.ndjson").write_text("{broken")
    report = aisp.scan("--config", copy_example / "aisp.yaml", codes=(3,))
    assert [s["outcome"] for s in report["sources"] if s["kind"] == "postgres"] == ["failed"]
    assert any("tables.ndjson" in g["detail"] for g in report["gaps"])
    assert aisp.sql(tables) == before and len(before) > 3
    assert aisp.sql("SELECT DISTINCT stale FROM node WHERE kind = 'column'") == [{"stale": "1"}]


def test_broken_capture_header_is_named(aisp, copy_example):
    aisp.scan("--config", copy_example / "aisp.yaml")
    before = aisp.sql("SELECT id FROM node WHERE kind = 'table' ORDER BY id")
    (copy_example / "capture/capture.json").write_text("{broken")
    report = aisp.scan("--config", copy_example / "aisp.yaml", codes=(3,))
    assert any("capture.json" in g["detail"] for g in report["gaps"])
    assert aisp.sql("SELECT id FROM node WHERE kind = 'table' ORDER BY id") == before


def test_kill_at_any_moment(aisp, copy_example):
    """200 kills of scans that add or remove something each time: what is visible is always one whole scan."""
    config = copy_example / "aisp.yaml"
    env = {**os.environ, "AISP_STORE": str(aisp.store)}
    extra = copy_example / "extra.py"
    texts = ["", "from openai import OpenAI\nOpenAI().chat.completions.create(model='gpt-4.1-nano', messages=[])\n"]
    complete = set()
    for text in texts:
        extra.write_text(text)
        began = time.monotonic()
        aisp.scan("--config", config)
        took = time.monotonic() - began
        complete.add(state(aisp))
    assert len(complete) == 2
    rng = random.Random(7)
    killed = 0
    for i in range(200):
        extra.write_text(texts[i % 2])
        child = subprocess.Popen([AISP, "scan", "--config", config], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(rng.random() * took * 1.1)
        child.send_signal(signal.SIGKILL)
        killed += child.wait() == -signal.SIGKILL
        if i % 10 == 9:
            assert state(aisp) in complete
    db = sqlite3.connect(aisp.store)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert killed >= 100
    extra.write_text("")
    aisp.scan("--config", config)
    assert state(aisp) in complete


def state(aisp):
    rows = aisp.sql("SELECT id FROM node ORDER BY id") + aisp.sql('SELECT "from", kind, "to" FROM edge ORDER BY 1, 2, 3')
    return hash(str(rows))


def test_store_survives_a_foreign_file(aisp, tmp_path):
    aisp.store.write_text("this is no database, but somebody's notes\n")
    done = aisp.run("scan", ROOT / "examples/support-bot/bot")
    assert done.returncode in (2, 4) and "aisp.db" in done.stderr
    assert aisp.store.read_text().startswith("this is no database")


def test_two_scans_at_once(aisp, copy_example):
    env = {**os.environ, "AISP_STORE": str(aisp.store)}
    children = [subprocess.Popen([AISP, "scan", "--config", copy_example / "aisp.yaml"], env=env, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE) for _ in range(3)]
    codes = [(c.communicate()[1], c.returncode)[1] for c in children]
    assert codes.count(3) >= 1 and all(c in (3, 4) for c in codes)
    assert len(aisp.sql("SELECT id FROM node WHERE kind = 'agent'")) == 1


def test_store_is_private(aisp, copy_example):
    aisp.scan("--config", copy_example / "aisp.yaml")
    for path in aisp.folder.glob("aisp.db*"):
        assert path.stat().st_mode & 0o077 == 0, path
    shutil.rmtree(copy_example)
