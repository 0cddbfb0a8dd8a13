"""Bad input: each gives a named gap, and nothing else is lost."""
import os
import time

import pytest

GOOD = {"good/app.py": "from openai import OpenAI\nclient = OpenAI()\nclient.chat.completions.create(model='gpt-4o', messages=[])\n"}


def models(aisp):
    return [row["name"] for row in aisp.sql("SELECT name FROM node WHERE kind = 'model' ORDER BY name")]


def gaps(report):
    return {gap["what"]: gap for gap in report["gaps"]}


@pytest.mark.parametrize("name,content", [
    ("deep.json", b"[" * 10000 + b"]" * 10000),
    ("k8s/deep.yaml", b"apiVersion: v1\nkind: ConfigMap\nx: " + b"[" * 10000 + b"]" * 10000),
    ("bomb.yaml", b"apiVersion: v1\nkind: ConfigMap\na: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
        b"%c: &%c [%s]\n" % (i, i, b",".join([b"*%c" % (i - 1)] * 9)) for i in b"bcdefghijk")),
    (".mcp.json", b"{\"mcpServers\": {\"x\": "),
    ("docker-compose.yml", b"services: [\x00\xff\xfe"),
    (".cursor/mcp.json", b"\x7fELF\x00\x00\x01"),
])
def test_broken_file_is_a_gap(aisp, tree, name, content):
    root = tree({**GOOD, name: content})
    began = time.monotonic()
    report = aisp.scan(root)
    assert time.monotonic() - began < 20
    assert models(aisp) == ["gpt-4o"]
    if not name.endswith("deep.json"):  # a JSON file of no known name is no business of ours
        assert any(name in what for what in gaps(report)), gaps(report)


def test_unreadable_folder(aisp, tree):
    root = tree({**GOOD, "locked/x.py": "import openai\n", "shut.py": "import openai\n"})
    os.chmod(root / "locked", 0)
    os.chmod(root / "shut.py", 0)
    # root reads everything, unless it gives up the capability to
    prefix = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    report = aisp.scan(root, codes=(3,), prefix=prefix)
    os.chmod(root / "locked", 0o755)
    found = gaps(report)
    assert found["locked"]["why"] == "access" and found["shut.py"]["why"] == "access"
    assert models(aisp) == ["gpt-4o"]


def test_links_never_lead_out(aisp, tree, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.py").write_text("from openai import OpenAI\nOpenAI().chat.completions.create(model='gpt-outside', messages=[])\n")
    root = tree(GOOD)
    (root / "way-out").symlink_to(outside)
    (root / "file.py").symlink_to(outside / "secret.py")
    (root / "loop").symlink_to(root)
    (root / "good" / "self").symlink_to("self")
    aisp.scan(root)
    assert models(aisp) == ["gpt-4o"]


def test_names_with_escapes_do_not_reach_the_terminal(aisp, tree):
    root = tree({**GOOD, "evil\x1b[2J\x07dir/.mcp.json": "{broken", "\u202ename/.mcp.json": "{broken"})
    done = aisp.run("scan", root)
    assert done.returncode == 3
    assert "\x1b" not in done.stdout + done.stderr and "\x07" not in done.stdout and "\u202e" not in done.stdout
    report = aisp.scan(root)
    assert len(report["gaps"]) >= 2 and models(aisp) == ["gpt-4o"]


def test_gigabyte_line(aisp, tree):
    root = tree(GOOD)
    with open(root / "big.py", "wb") as f:
        f.write(b"x = '")
        f.seek(1 << 30)
        f.write(b"'\n")
    with open(root / "big.yaml", "wb") as f:
        f.write(b"apiVersion: v1\nkind: Secret\n")
        f.seek(1 << 30)
        f.write(b"x\n")
    report = aisp.scan(root)
    assert models(aisp) == ["gpt-4o"]
    assert any("big.py" in what for what in gaps(report)) and any("big.yaml" in what for what in gaps(report))


def test_pipes_and_devices(aisp, tree):
    root = tree(GOOD)
    os.mkfifo(root / "pipe.py")
    os.mkfifo(root / ".mcp.json")
    aisp.run("scan", root, timeout=20)
    assert models(aisp) == ["gpt-4o"]


def test_binary_junk_everywhere(aisp, tree):
    junk = bytes((i * 131 + 7) % 256 for i in range(65536))
    root = tree({**GOOD, **{f"junk/{n}": junk for n in ("a.py", "b.ts", "c.yaml", "d.json", ".env", "Dockerfile", "e.ipynb", "f.toml")}})
    aisp.scan(root)
    assert models(aisp) == ["gpt-4o"]


def test_no_secret_in_clear_anywhere(aisp, tree):
    secret = "Hq9-velvet-Tundra-77x"
    root = tree({
        **GOOD,
        ".env": f"DATABASE_URL=postgres://app:{secret}@db:5432/app\nOPENAI_API_KEY=sk-proj-{secret}{secret}\n",
        ".mcp.json": '{"mcpServers": {"db": {"command": "npx", "args": ["-y", "@modelcontextprotocol/server-postgres", '
                     f'"postgresql://app:{secret}@db:5432/app"], "env": {{"API_TOKEN": "{secret}"}}}}}}}}',
        "k8s.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: x}\nstringData: {password: " + secret + "}\n",
        "docker-compose.yml": f"services:\n  db:\n    image: postgres\n    environment: [POSTGRES_PASSWORD={secret}]\n",
        "app/db.py": f"import psycopg\npsycopg.connect('postgresql://app:{secret}@db/app')\n",
    })
    outputs = [aisp.run("scan", root, "--verbose")]
    for form in ("json", "ndjson", "sarif", "opengraph"):
        outputs.append(aisp.run("export", "--format", form))
    outputs.append(aisp.run("report", "-o", "report.html"))
    text = "".join(o.stdout + o.stderr for o in outputs)
    for path in aisp.folder.glob("aisp.db*"):
        assert secret.encode() not in path.read_bytes(), path
    assert secret not in text and secret not in (aisp.folder / "report.html").read_text()
    assert aisp.sql("SELECT count(*) AS n FROM node WHERE kind = 'credential'")[0]["n"] not in ("0", 0)
