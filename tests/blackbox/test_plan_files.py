"""Plans on local files: servers of MCP configurations and lines of .env files are cut out and put back byte for byte, also after a kill, and no secret ever stands in a plan, in the log or in
what is printed."""
import json
import os
import random
import shutil
import signal
import subprocess
import time

import jsonschema
import pytest

from conftest import AISP, ROOT

SCHEMA = json.loads((ROOT / "docs/schema/plan.json").read_text())
KILLS = int(os.environ.get("AISP_KILLS", "20"))
SECRETS = ["not-a-real-pw", "hunter2-Zq81xKKw", "swordfish", "opensesame", "tok-in-args-77", "s3cr3t-Zq81x", "sk-proj-abcdefghij", "MIIEabcdefXYZ", "guest-pw-line", "query-key-1", "a-seen-header"]

MCP = """{
  // ours
  "mcpServers": {
    "tickets": {"url": "https://tickets.example.com/mcp"},
    "db": {
      "command": "npx", "args": ["-y", "pg-mcp", "--token", "tok-in-args-77"],
      "env": {"DATABASE_URL": "postgres://billing:not-a-real-pw@db.example.com/x", "PLAIN": "swordfish"}
    },
    "crm": {
      "url": "https://crm.example.com/mcp?apikey=query-key-1",
      "headers": {"X-Pass": "a-seen-header"}
    }
  }
}
"""
# another client keeps the servers in the facts
OTHER = {".vscode/mcp.json": '{"servers": {"tickets": {"url": "https://tickets.example.com/mcp"}}}\n'}
KNOWN = {"deploy/settings.env": "DATABASE_URL=postgres://app@db.internal:5432/app\n"}
ENV = """# local
A=1
export DATABASE_URL=postgres://app:s3cr3t-Zq81x@db.internal:5432/app   # the real one
SIGNING_KEY="-----BEGIN RSA PRIVATE KEY-----
MIIEabcdefXYZ
-----END RSA PRIVATE KEY-----"
OPENAI_API_KEY='sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCD'
LAST=opensesame"""


def secret_free(text, where):
    for s in SECRETS:
        assert s.encode() not in (text if isinstance(text, bytes) else text.encode()), (where, s)


def nothing_leaks(aisp, *texts):
    """Neither what was printed nor any file beside the store tells one; but what is kept for the undo, which nobody else may read."""
    for t in texts:
        secret_free(t, "printed")
    for f in sorted(aisp.store.parent.iterdir()):
        if f.is_file() and (f.name.startswith("aisp.db") or f.suffix in (".json", ".html", ".sarif")):
            secret_free(f.read_bytes(), f.name)


def kept(aisp):
    folder = aisp.store.parent / (aisp.store.name + ".undo")
    return sorted(f for f in folder.iterdir() if f.name != ".gitignore") if folder.exists() else []


def make(aisp, name, *args):
    done = aisp.run("plan", *args, "--save", name)
    assert done.returncode == 0, (done.stdout, done.stderr)
    doc = json.loads((aisp.folder / name).read_text())
    jsonschema.validate(doc, SCHEMA)
    nothing_leaks(aisp, done.stdout, done.stderr)
    return doc


def node(aisp, like):
    found = aisp.sql(f"SELECT id FROM node WHERE id LIKE '{like}'")
    assert found, like
    return found[0]["id"]


def leftovers(folder):
    return [f for f in folder.rglob(".aisp-*")]


def test_a_server_beside_a_password(aisp, tree):
    repo = tree({".cursor/mcp.json": MCP, **OTHER})
    file = repo / ".cursor/mcp.json"
    file.chmod(0o640)
    aisp.scan(repo)
    doc = make(aisp, "plan.json", "--from", "Cursor", "--to", "https://tickets.example.com/mcp", "--mode", "act")
    step, = doc["steps"]
    assert step["automatic"] and step["kind"] == "file.json" and set(step["does"][0]["arguments"]) == {"path", "expect", "cut", "becomes"}
    assert set(step["undoes"][0]["arguments"]) == {"path", "expect", "insert", "becomes"}
    assert step["patch"] == "" and "not shown" in step["note"]  # its context holds the other server's variables
    dry = aisp.run("apply", "plan.json", "--with", repo)
    done = aisp.run("apply", "plan.json", "--with", repo, "--execute", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert file.read_text() == MCP.replace('"tickets": {"url": "https://tickets.example.com/mcp"},\n    ', "") and file.stat().st_mode & 0o777 == 0o640
    nothing_leaks(aisp, dry.stdout, dry.stderr, done.stdout, done.stderr)
    one, = kept(aisp)
    assert one.stat().st_mode & 0o777 == 0o600 and one.parent.stat().st_mode & 0o777 == 0o700
    assert one.read_text() == '"tickets": {"url": "https://tickets.example.com/mcp"},\n    ' and (one.parent / ".gitignore").read_text() == "*\n"
    undone = aisp.run("undo", doc["plan"], "--with", repo, "--execute", cwd="/")
    assert undone.returncode == 0, undone.stderr
    assert file.read_text() == MCP and file.stat().st_mode & 0o777 == 0o640 and kept(aisp) == [] and not one.parent.exists() and not leftovers(repo)
    nothing_leaks(aisp, undone.stdout, undone.stderr)


def test_all_servers_of_one_file(aisp, tree):
    """Both ways to one target go through one file: the steps follow each other from the last place to the first, and back."""
    text = MCP.replace("https://crm.example.com/mcp?apikey=query-key-1", "https://tickets.example.com/mcp")
    repo = tree({".cursor/mcp.json": text, **OTHER})
    file = repo / ".cursor/mcp.json"
    aisp.scan(repo)
    doc = make(aisp, "both.json", "--from", "Cursor", "--to", "https://tickets.example.com/mcp", "--mode", "act")
    if len(doc["steps"]) == 1:
        pytest.fail(f"one control object for both servers: {doc['steps'][0]['control']}")
    assert [s["control"].rpartition("/")[2] for s in doc["steps"]] == ["crm", "tickets"] and all(s["automatic"] for s in doc["steps"])
    assert doc["steps"][0]["does"][0]["arguments"]["becomes"] == doc["steps"][1]["does"][0]["arguments"]["expect"]
    dry = aisp.run("apply", "both.json", "--with", repo)
    assert dry.returncode == 0 and dry.stdout.count("as planned") == 2, dry.stdout
    done = aisp.run("apply", "both.json", "--with", repo, "--execute")
    assert done.returncode == 0, done.stderr
    assert list(json.loads(file.read_text().replace("// ours", ""))["mcpServers"]) == ["db"] and len(kept(aisp)) == 2
    assert aisp.run("apply", "both.json", "--with", repo).stdout.count("already so") == 2
    nothing_leaks(aisp, done.stdout, done.stderr)
    undone = aisp.run("undo", "both.json", "--with", repo, "--execute")
    assert undone.returncode == 0, undone.stderr
    assert file.read_text() == text and kept(aisp) == [] and not leftovers(repo)


def env_plan(aisp, name="env.json", to="%role/app"):
    readers, role = node(aisp, "repo://%#readers"), node(aisp, to)
    return make(aisp, name, "--from", readers, "--to", role, "--mode", "act")


@pytest.mark.parametrize("others", [KNOWN, {}], ids=["known elsewhere", "the only mention"])
def test_a_line_of_an_env_file(aisp, tree, others):
    repo = tree({".env": ENV, **others})
    file = repo / ".env"
    file.chmod(0o600)
    aisp.scan(repo)
    doc = env_plan(aisp)
    step = next(s for s in doc["steps"] if s["kind"] == "file.env")
    assert step["automatic"] and step["patch"] == "" and "renew" in step["note"] and "DATABASE_URL" in step["what"]
    done = aisp.run("apply", "env.json", "--with", repo, "--execute")
    assert done.returncode == 0, done.stderr
    assert file.read_text() == "".join(line for line in ENV.splitlines(True) if "DATABASE_URL" not in line)
    assert kept(aisp)[0].read_text() == ENV.splitlines(True)[2]
    nothing_leaks(aisp, done.stdout, done.stderr)
    undone = aisp.run("undo", "env.json", "--with", repo, "--execute")
    assert undone.returncode == 0 and file.read_text() == ENV and file.stat().st_mode & 0o777 == 0o600 and kept(aisp) == [], undone.stderr
    nothing_leaks(aisp, undone.stdout, undone.stderr)
    for form in ("json", "html", "sarif"):
        out = aisp.run("report", f"report.{form}") if form == "html" else aisp.run("export", "--format", form) if form == "sarif" else aisp.run("findings", "--format", form)
        nothing_leaks(aisp, out.stdout, out.stderr)


def test_a_file_that_changed_is_left_alone(aisp, tree):
    repo = tree({".env": ENV, **KNOWN})
    aisp.scan(repo)
    doc = env_plan(aisp)
    (repo / ".env").write_text(ENV + "\nMORE=1\n")
    refused = aisp.run("apply", "env.json", "--with", repo, "--execute")
    assert refused.returncode == 4 and "nothing was changed" in refused.stderr and kept(aisp) == []
    (repo / ".env").write_text(ENV)
    assert aisp.run("apply", "env.json", "--with", repo, "--execute").returncode == 0
    now = (repo / ".env").read_text()
    (repo / ".env").write_text(now + "\nMORE=1\n")
    refused = aisp.run("undo", doc["plan"], "--with", repo, "--execute")
    assert refused.returncode == 4 and "changed" in refused.stderr and (repo / ".env").read_text() == now + "\nMORE=1\n" and len(kept(aisp)) == 1
    forced = aisp.run("undo", doc["plan"], "--with", repo, "--execute", "--force", "--reason", "try")
    assert forced.returncode == 4 and "by hand" in forced.stderr and len(kept(aisp)) == 1
    (repo / ".env").write_text(ENV)  # by hand
    assert aisp.run("undo", doc["plan"], "--with", repo, "--execute").returncode == 0 and kept(aisp) == []
    nothing_leaks(aisp, refused.stderr, forced.stderr)


def test_nothing_kept_nothing_put_back(aisp, tree):
    repo = tree({".env": ENV, **KNOWN})
    aisp.scan(repo)
    doc = env_plan(aisp)
    assert aisp.run("apply", "env.json", "--with", repo, "--execute").returncode == 0
    now = (repo / ".env").read_text()
    keep, = kept(aisp)
    keep.write_text("something else")
    refused = aisp.run("undo", doc["plan"], "--with", repo, "--execute")
    assert refused.returncode == 4 and "is not what was cut out" in refused.stderr and (repo / ".env").read_text() == now
    shutil.rmtree(keep.parent)
    refused = aisp.run("undo", doc["plan"], "--with", repo, "--execute")
    assert refused.returncode == 4 and "put the file back" in refused.stderr and (repo / ".env").read_text() == now


@pytest.mark.parametrize("change, words", [
    ({"content": "x"}, "not those of its system"), ({"cut": [5, 5]}, "bytes to cut"), ({"cut": [-1, 5]}, "bytes to cut"), ({"cut": [1]}, "bytes to cut"), ({"cut": None}, "bytes to cut"),
    ({"becomes": "x"}, "digests"), ({"insert": 3}, "bytes to cut"), ({"cut": [0, 10 ** 15]}, "are not in"), ({"cut": [1, 7]}, "would not be what the plan says")])
def test_wrong_operations(aisp, tree, change, words):
    repo = tree({".env": ENV, **KNOWN})
    aisp.scan(repo)
    doc = env_plan(aisp)
    doc["steps"][0]["does"][0]["arguments"].update(change)
    (aisp.folder / "env.json").write_text(json.dumps(doc))
    done = aisp.run("apply", "env.json", "--with", repo, "--execute")
    assert done.returncode in (2, 4) and words in done.stderr, done.stderr
    assert (repo / ".env").read_text() == ENV and kept(aisp) == []


def test_a_plan_cannot_lead_out_of_the_keeping_folder(aisp, tree):
    repo = tree({".env": ENV, **KNOWN})
    aisp.scan(repo)
    doc = env_plan(aisp)
    doc["plan"] = "../../../../../x"
    (aisp.folder / "env.json").write_text(json.dumps(doc))
    assert aisp.run("apply", "env.json", "--with", repo, "--execute").returncode == 2 and (repo / ".env").read_text() == ENV


def kill_somewhere(aisp, args, moment):
    p = subprocess.Popen([AISP, *map(str, args), "--quiet"], cwd=aisp.folder, env={**os.environ, "AISP_STORE": str(aisp.store)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    log = aisp.store.parent / (aisp.store.name + ".log")
    had, end = log.stat().st_size if log.exists() else 0, time.monotonic() + 10
    while (log.stat().st_size if log.exists() else 0) == had and p.poll() is None and time.monotonic() < end:
        time.sleep(0.0005)
    time.sleep(moment)
    p.send_signal(signal.SIGKILL)
    p.wait()


def two(aisp, tree):
    text = MCP.replace("https://crm.example.com/mcp?apikey=query-key-1", "https://tickets.example.com/mcp")
    repo = tree({".cursor/mcp.json": text, **OTHER})
    aisp.scan(repo)
    make(aisp, "both.json", "--from", "Cursor", "--to", "https://tickets.example.com/mcp", "--mode", "act")
    return repo, repo / ".cursor/mcp.json", text


def test_killed_at_any_moment(aisp, tree):
    """kill -9 of apply and of undo; then apply goes on or undo takes back: the bytes are the same, and nothing is left."""
    rng = random.Random(3)
    repo, file, text = two(aisp, tree)
    half = 0
    for i in range(KILLS):
        kill_somewhere(aisp, ("apply", "both.json", "--with", repo, "--execute"), rng.random() * 0.05)
        half += file.read_text() != text
        if i % 3 == 1:
            done = aisp.run("apply", "both.json", "--with", repo, "--execute")
            assert done.returncode == 0 or "applied already" in done.stderr, done.stderr
            assert list(json.loads(file.read_text().replace("// ours", ""))["mcpServers"]) == ["db"]
        if i % 3 == 2:
            kill_somewhere(aisp, ("undo", "both.json", "--with", repo, "--execute"), rng.random() * 0.05)
        undone = aisp.run("undo", "both.json", "--with", repo, "--execute")
        assert undone.returncode == 0 or "was never applied" in undone.stderr, undone.stderr
        assert file.read_text() == text and kept(aisp) == [] and not leftovers(repo), i
    nothing_leaks(aisp)
    print(f"kills {KILLS}, left half-way {half}")


@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")
@pytest.mark.parametrize("command", ["apply", "undo"])
def test_killed_at_every_call(aisp, tree, command):
    """Killed at each system call that touches the file or what is kept, one after the other."""
    repo, file, text = two(aisp, tree)
    if command == "undo":
        assert aisp.run("apply", "both.json", "--with", repo, "--execute").returncode == 0
    changed = kills = 0
    for call in ("fsync", "renameat", "unlinkat", "fchmod", "fchmodat", "mkdir", "rmdir"):
        for when in range(1, 60):
            done = aisp.run(command, "both.json", "--with", repo, "--execute", prefix=("strace", "-f", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={when}"))
            if "not permitted" in done.stderr:
                pytest.skip("ptrace is not allowed here")
            killed = done.returncode in (-9, 137)
            kills += killed
            now = file.read_text()
            changed += now != text
            undone = aisp.run("undo", "both.json", "--with", repo, "--execute")
            assert undone.returncode == 0 or "was never applied" in undone.stderr, (call, when, undone.stderr)
            assert file.read_text() == text and kept(aisp) == [] and not leftovers(repo), (call, when)
            if command == "undo":
                again = aisp.run("apply", "both.json", "--with", repo, "--execute")
                assert again.returncode == 0, (call, when, again.stderr)
            if not killed:
                break
    nothing_leaks(aisp)
    print(f"{command}: killed {kills} times, left changed {changed}")
    assert kills > 15


def test_patch_is_shown_where_nothing_is_secret(aisp, tree):
    text = '{\n  "mcpServers": {\n    "a": {\n      "url": "https://tickets.example.com/mcp"\n    },\n    "b": {\n      "command": "npx",\n      "args": ["-y", "pg-mcp"],\n      "env": {"PW": "${env:PW}"}\n    }\n  }\n}\n'
    repo = tree({".cursor/mcp.json": text, **OTHER})
    aisp.scan(repo)
    step, = make(aisp, "plan.json", "--from", "Cursor", "--to", "https://tickets.example.com/mcp", "--mode", "act")["steps"]
    assert step["automatic"] and step["patch"]
    done = subprocess.run(["patch", "-p1"], cwd=repo, input=step["patch"], text=True, capture_output=True)
    assert done.returncode == 0, done.stdout
    assert list(json.loads((repo / ".cursor/mcp.json").read_text())["mcpServers"]) == ["b"]


@pytest.mark.parametrize("near", ['"env": {"X": "guest-pw-line"}', '"headers": {"X-Y": "guest-pw-line"}', '"args": ["--db-password", "guest-pw-line"]', '"args": ["DB_PASSWORD=guest-pw-line"]',
                                  '"args": ["-H", "X-Key: guest-pw-line"]', '"url": "https://u:guest-pw-line@h.example/mcp"', '"url": "https://h.example/mcp?k=guest-pw-line"', '"args": ["postgres://u:guest-pw-line@h/x"]',
                                  '"password": "guest-pw-line"', '"command": "npx" // token: guest-pw-line', '"env": {"X": ["guest-pw-line"]}', '"transport": {"headers": {"A": "guest-pw-line"}}'])
def test_no_patch_shows_what_may_be_secret(aisp, tree, near):
    text = '{\n  "mcpServers": {\n    "a": {\n      "url": "https://tickets.example.com/mcp"\n    },\n    "b": {\n      %s\n    }\n  }\n}\n' % near
    repo = tree({".cursor/mcp.json": text, **OTHER})
    aisp.scan(repo)
    step, = make(aisp, "plan.json", "--from", "Cursor", "--to", "https://tickets.example.com/mcp", "--mode", "act")["steps"]
    assert step["automatic"] and step["patch"] == "" and "not shown" in step["note"]


def test_what_is_kept_in_the_folder_that_is_scanned(aisp, tree):
    """The store lies in the folder itself: what is kept beside it is neither collected again nor offered to git."""
    repo = tree({".env": ENV, **KNOWN})
    env = {"AISP_STORE": str(repo / "aisp.db")}
    aisp.store = repo / "aisp.db"
    subprocess.run(["git", "init", "-q", "."], cwd=repo, check=True)
    aisp.scan(".", cwd=repo, env=env)
    readers, role = node(aisp, "repo://%#readers"), node(aisp, "%role/app")
    assert aisp.run("plan", "--from", readers, "--to", role, "--mode", "act", "--save", "p.json", cwd=repo).returncode == 0
    done = aisp.run("apply", "p.json", "--with", ".", "--execute", cwd=repo)
    assert done.returncode == 0 and len(kept(aisp)) == 1, done.stderr
    aisp.scan(".", cwd=repo)
    assert not [r for r in aisp.sql("SELECT id FROM node") if "aisp.db.undo" in r["id"]]
    assert "aisp.db.undo" not in subprocess.run(["git", "status", "--porcelain", "-uall"], cwd=repo, capture_output=True, text=True).stdout
    undone = aisp.run("undo", "p.json", "--with", ".", "--execute", cwd=repo)
    assert undone.returncode == 0 and (repo / ".env").read_text() == ENV and kept(aisp) == [], undone.stderr
