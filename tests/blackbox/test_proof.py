"""The proof of a change is sound, and collecting again asks exactly what was asked before."""
import json
import shutil
import sqlite3

import jsonschema
import pytest

from test_apply import ENV, SCHEMAS, Pg, apply, cluster, entries, pg, plan, simple, write  # noqa: F401

MCP = json.dumps({"mcpServers": {"tickets": {"url": "https://t.example/mcp"}, "notes": {"url": "https://n.example/mcp"}}}, indent=1) + "\n"


def sources(aisp):
    with sqlite3.connect(aisp.store) as db:
        return {key: json.loads(options) for key, options in db.execute("SELECT key, options FROM source WHERE options <> ''")}


def facts(aisp):
    return ([(r["id"], r["kind"]) for r in aisp.sql("SELECT id, kind FROM node ORDER BY id")],
            sorted(json.dumps({k: v for k, v in r.items() if k != "ref"}, sort_keys=True) for r in aisp.sql("SELECT * FROM edge")))


# ---- Collected again as before ----

@pytest.fixture
def shop(aisp, tree):
    return tree({".cursor/mcp.json": MCP, "vendor/.cursor/mcp.json": MCP.replace("t.example", "v.example"), "k8s/bot.yaml":
                 "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: bot, namespace: shop}\n", "README.md": "x"})


def close_tickets(aisp, path, **kw):
    done = aisp.run("plan", "--from", next(r["id"] for r in aisp.sql("SELECT id FROM node") if r["id"].endswith("/.cursor/mcp.json#cursor")), "--to", "https://t.example/mcp", "--mode", "any",
                    "--save", path, **kw)
    assert done.returncode == 0, (done.stdout, done.stderr)
    return done.stdout


OPTIONS = [
    (["--name", "shop"], {"name": "shop"}),
    (["--name", "shop", "--cluster", "prod"], {"name": "shop", "cluster": "prod"}),
    (["--exclude", "vendor"], {"exclude": ["vendor"]}),
    (["--cluster", "prod", "--exclude", "vendor", "--also-known-as", "db:1", "--timeout", "77"], {"cluster": "prod", "exclude": ["vendor"], "also_known_as": ["db:1"], "timeout_s": 77}),
    ([], {}),
]


@pytest.mark.parametrize("args, kept", OPTIONS, ids=lambda x: "-".join(x).replace("--", "") if isinstance(x, list) else "")
def test_options_of_a_scan(aisp, shop, tmp_path, args, kept):
    aisp.scan(shop, *args)
    before, path = facts(aisp), tmp_path / "plan.json"
    (key, options), = sources(aisp).items()
    assert {k: v for k, v in options.items() if k not in ("plain", "path")} == kept and options["path"] == str(shop) and options["plain"] == "files:repo"
    close_tickets(aisp, path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = aisp.run("apply", path, "--with", shop, "--execute", cwd=elsewhere)
    assert done.returncode == 0, done.stderr
    assert sources(aisp) == {key: options} and "https://t.example/mcp" not in [n for n, _ in facts(aisp)[0]]
    ok = aisp.run("verify", "--watch", "1", "--limit", "1", "--with", shop, cwd=elsewhere)
    assert ok.returncode == 0 and "holds" in ok.stdout, ok.stderr
    undone = aisp.run("undo", path, "--with", shop, "--execute", cwd=elsewhere)
    assert undone.returncode == 0 and "store is behind" not in undone.stdout, undone.stderr
    assert facts(aisp) == before and sources(aisp) == {key: options}


def test_by_hand_as_ever(aisp, shop):
    aisp.scan(shop, "--name", "shop", "--exclude", "vendor")
    aisp.scan(shop)  # without a name it is another source, with all that lies in it
    assert set(sources(aisp)) == {"files:shop", "files:repo"} and "exclude" not in sources(aisp)["files:repo"]
    aisp.scan(shop, "--name", "shop")
    assert "exclude" not in sources(aisp)["files:shop"]


def test_aisp_yaml_names_the_way_not_the_source(aisp, shop, tmp_path):
    aisp.scan(shop, "--name", "shop", "--exclude", "vendor")
    before, path = facts(aisp), tmp_path / "plan.json"
    close_tickets(aisp, path)
    (tmp_path / "aisp.yaml").write_text(f"targets: [{{path: {shop}, name: other}}]\n")
    assert aisp.run("apply", path, "--with", shop, "--execute").returncode == 0
    assert aisp.run("undo", path, "--with", shop, "--execute").returncode == 0
    assert facts(aisp) == before and set(sources(aisp)) == {"files:shop"}


def test_further_rules_for_secrets(aisp, tree, tmp_path):
    repo, rules = tree({".cursor/mcp.json": MCP, "a.txt": "key = zz-0123456789abcdefghij\n"}), tmp_path / "rules.toml"
    rules.write_text("[[rules]]\nid = 'house'\ndescription = 'a key of the house'\nregex = '''zz-[a-z0-9]{20}'''\n")
    aisp.scan(repo, "--secret-rules", rules)
    before, path = facts(aisp), tmp_path / "plan.json"
    assert any(kind == "credential" for _, kind in before[0])
    close_tickets(aisp, path)
    assert aisp.run("apply", path, "--with", repo, "--execute").returncode == 0
    assert any(kind == "credential" for _, kind in facts(aisp)[0])
    assert aisp.run("undo", path, "--with", repo, "--execute").returncode == 0 and facts(aisp) == before


def test_no_secret_is_kept(pg):
    for target in (pg.uri.replace("admin@", "admin:sekrit-1@"), f"postgres://{pg.server}/app?user=admin&password=sekrit-2", f"postgres:host=127.0.0.1 port={pg.c.port} dbname=app user=admin password=sekrit-3"):
        pg.aisp.scan(target, "--also-known-as", "db.internal:5432", env=ENV)
    everything = b"".join(f.read_bytes() for f in pg.aisp.store.parent.glob(pg.aisp.store.name + "*"))
    assert b"sekrit" not in everything
    assert sources(pg.aisp)[f"postgres://{pg.server}/app"]["also_known_as"] == ["db.internal:5432"]


def test_postgres_options(pg, tmp_path):
    pg.aisp.scan(pg.uri + "?aisp_sample=0", "--also-known-as", "db.internal:5432", env=ENV)
    before, path = facts(pg.aisp), write(tmp_path, simple(pg))
    options = sources(pg.aisp)
    assert options[f"postgres://{pg.server}/app"] == {"plain": f"postgres://{pg.server}/app", "scope": "aisp_sample=0", "also_known_as": ["db.internal:5432"]}
    assert apply(pg, path, "--execute").returncode == 0
    assert pg.aisp.run("undo", path, "--with", pg.uri, "--execute", env=ENV).returncode == 0
    assert facts(pg.aisp) == before and sources(pg.aisp) == options


def test_an_old_store(aisp, shop, tmp_path):
    """Of before options were kept: read as it is, brought up to date by the next scan."""
    aisp.scan(shop)
    before = facts(aisp)
    with sqlite3.connect(aisp.store) as db:
        db.execute("ALTER TABLE source DROP COLUMN options")
        db.execute("PRAGMA user_version = 1")
    assert facts(aisp) == before
    close_tickets(aisp, tmp_path / "plan.json")
    done = aisp.run("apply", tmp_path / "plan.json", "--with", shop, "--execute")
    assert done.returncode == 0, done.stderr
    assert sources(aisp)["files:repo"]["path"] == str(shop)


# ---- What is no proof ----

def not_proved(aisp, done, *words):
    assert done.returncode == 4 and "taken back" in done.stderr, (done.stdout, done.stderr)
    for word in words:
        assert word in done.stderr, done.stderr
    assert [e["data"]["phase"] for e in entries(aisp, "step")][-1] == "undone"


def test_a_target_that_is_called_otherwise_now(pg, tmp_path):
    """The table is renamed by the step: whoever reached it still does."""
    p = simple(pg)
    where = {"server": pg.server, "database": "app"}
    sql = ["ALTER TABLE customers RENAME TO clients", "ALTER TABLE clients RENAME TO customers"]
    check = "SELECT count(*)::text AS n FROM pg_catalog.pg_class WHERE relname = 'customers'"
    p["steps"][0].update(does=[{"system": "postgres", "arguments": {**where, "sql": sql[0]}, "text": sql[0]}], undoes=[{"system": "postgres", "arguments": {**where, "sql": sql[1]}, "text": sql[1]}],
                         checks=[{"system": "postgres", "arguments": {**where, "sql": check}, "text": "is it there?", "before": {"equals": [{"n": "1"}]}, "after": {"equals": [{"n": "0"}]}}])
    p["keeps"] = []
    not_proved(pg.aisp, apply(pg, write(tmp_path, p), "--execute"), "is not known", "nothing in the plan takes it away", f"postgres://{pg.server}/app")
    assert pg.reads("dev", "customers")


def test_a_role_that_sees_less(pg, tmp_path):
    """Collected again as a role that may not read what the first one read."""
    with pg.conn("admin") as c:
        c.execute("CREATE ROLE viewer LOGIN PASSWORD 'x'")
    try:
        pg.aisp.scan(pg.uri, env=ENV)
        path = write(tmp_path, simple(pg))
        (tmp_path / "aisp.yaml").write_text(f"targets: [{{url: 'postgres://viewer@{pg.server}/app'}}]\n")
        not_proved(pg.aisp, apply(pg, path, "--execute"), "is not known", "has a gap that was not there before", "pg_authid")
        assert pg.reads("dev", "customers")
    finally:
        with pg.conn("admin") as c:
            c.execute("DROP ROLE viewer")


def test_a_catalogue_that_may_not_be_read(pg, tmp_path):
    with pg.conn("admin") as c:
        c.execute("CREATE ROLE viewer LOGIN PASSWORD 'x'; REVOKE SELECT ON pg_catalog.pg_auth_members FROM PUBLIC")
    try:
        path = write(tmp_path, simple(pg))
        (tmp_path / "aisp.yaml").write_text(f"targets: [{{url: 'postgres://viewer@{pg.server}/app'}}]\n")
        not_proved(pg.aisp, apply(pg, path, "--execute"), "could not be collected again", "role memberships")
        assert pg.reads("dev", "customers")
    finally:
        with pg.conn("admin") as c:
            c.execute("GRANT SELECT ON pg_catalog.pg_auth_members TO PUBLIC; DROP ROLE viewer")


def test_verify_of_what_could_not_be_read(pg, tmp_path):
    path = write(tmp_path, simple(pg))
    assert apply(pg, path, "--execute").returncode == 0
    pg.aisp.scan(pg.uri.replace("admin@", "nobody@"), env=ENV)
    done = pg.aisp.run("verify", path, "--format", "json")
    answer = json.loads(done.stdout)
    jsonschema.validate(answer, SCHEMAS["verify"])
    goal = answer["plans"][0]["proof"][0]
    assert done.returncode == 3 and (answer["holding"], answer["broken"], answer["unknown"]) == (0, 0, 1) and answer["plans"][0]["status"] == "unknown"
    assert goal["holds"] == "unknown" and not goal["ok"] and f"postgres://{pg.server}/app could not be collected" in goal["why"]
    table = pg.aisp.run("verify", path).stdout
    assert "NOT PROVED" in table and "closed" not in table.replace("not closed", "")
    pg.aisp.scan(pg.uri, env=ENV)
    assert pg.aisp.run("verify", path).returncode == 0
    assert [e["data"].get("unknown", 0) for e in entries(pg.aisp, "verify")] == [1, 0]


def test_a_file_that_cannot_be_understood_any_more(aisp, shop, tmp_path):
    """A configuration that told of a part of the path is broken between plan and proof."""
    (shop / ".mcp.json").write_text(MCP.replace("n.example", "m.example"))
    aisp.scan(shop)
    path = tmp_path / "plan.json"
    close_tickets(aisp, path)
    p = json.loads(path.read_text())
    other = next(r["id"] for r in aisp.sql("SELECT id FROM node") if r["id"].endswith("/.mcp.json#claude-code"))
    p["goals"].append({**p["goals"][0], "start": other, "target": "https://m.example/mcp"})  # nothing in the plan closes it
    path.write_text(json.dumps(p))
    (shop / ".mcp.json").write_text("{\"mcpServers\": {\"tick")
    done = aisp.run("apply", path, "--with", shop, "--execute")
    not_proved(aisp, done, "is not known", ".mcp.json", "has a gap that was not there before")
    assert (shop / ".cursor/mcp.json").read_text() == MCP
    (shop / ".mcp.json").write_text(MCP.replace("n.example", "m.example"))
    aisp.scan(shop)
    (shop / ".mcp.json").unlink()  # gone for good, read whole: but the plan did not do that
    not_proved(aisp, aisp.run("apply", path, "--with", shop, "--execute"), "nothing in the plan takes it away")


def test_a_gap_that_hides_nothing(aisp, shop, tmp_path):
    """A new file that cannot be understood tells nothing of what was known before."""
    aisp.scan(shop)
    close_tickets(aisp, tmp_path / "plan.json")
    (shop / "new").mkdir()
    (shop / "new/.mcp.json").write_text("{")
    done = aisp.run("apply", tmp_path / "plan.json", "--with", shop, "--execute")
    assert done.returncode == 0, done.stderr


def test_a_source_that_moved(aisp, shop, tmp_path):
    aisp.scan(shop, "--name", "shop")
    path = tmp_path / "plan.json"
    close_tickets(aisp, path)
    assert aisp.run("apply", path, "--with", shop, "--execute").returncode == 0
    shutil.move(shop, tmp_path / "moved")
    done = aisp.run("verify", "--watch", "1", "--limit", "1", "--with", tmp_path / "moved")
    assert done.returncode == 2 and "files:shop cannot be collected again" in done.stderr, done.stderr


# ---- Every mode ----

def test_every_mode(pg):
    with pg.conn("admin") as c:
        c.execute("GRANT UPDATE, DELETE ON customers TO dev; REVOKE SELECT ON orders FROM dev; GRANT INSERT ON orders TO dev")
    pg.aisp.scan(pg.uri, env=ENV)
    dev, customers, orders, notes = pg.role("dev"), pg.table("customers"), pg.table("orders"), pg.table("notes")
    with_modes = lambda to: {g["mode"] for g in pg.aisp.json("plan", "--from", dev, "--to", to, "--mode", "any")["goals"] if g["target"] == to}
    assert pg.reads("dev", "customers") and not pg.reads("dev", "orders")
    assert {"read", "write"} <= with_modes(customers) and "read" not in with_modes(orders) and "write" in with_modes(orders)
    done = pg.aisp.run("plan", "--from", dev, "--to", customers, "--mode", "any")
    assert "All of that is to be closed" in done.stdout and done.stdout.count("✓ dev") >= 2
    done = pg.aisp.run("plan", "--from", dev, "--to", orders)
    assert "does not hold read over" in done.stdout and "--mode any closes them all" in done.stdout and "write" in done.stdout
    assert "does not hold" not in pg.aisp.run("plan", "--from", dev, "--to", notes).stdout
    done = pg.aisp.run("plan", "--from", customers, "--to", orders, "--mode", "any")
    assert done.returncode == 0 and "holds nothing over" in done.stdout
