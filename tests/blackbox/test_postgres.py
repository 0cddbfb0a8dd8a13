"""Against real PostgreSQL servers: live and captured are the same, a server that is gone keeps its facts, no password shows, and
sampled values say what tables hold without leaving the scan."""
import json
import random
import string

import pytest
from conftest import ROOT
from pgcluster import Cluster, versions


def build(cluster):
    cluster.psql("CREATE DATABASE support")
    for script in sorted((ROOT / "examples/support-bot/db").glob("*.sql")):
        cluster.psql(script.read_text(), db="support")


def facts(program):
    nodes = program.sql("SELECT id, kind FROM node ORDER BY id")
    edges = program.sql('SELECT "from", kind, "to", control, condition FROM edge ORDER BY 1, 2, 3, 4, 5')
    return nodes, edges


needs_vector = pytest.mark.skipif(16 not in versions(), reason="needs the PostgreSQL 16 with pgvector of .venv")


@needs_vector
def test_live_and_capture_agree(tmp_path):
    from conftest import Aisp
    with Cluster(16) as cluster:
        build(cluster)
        (tmp_path / "live").mkdir()
        (tmp_path / "saved").mkdir()
        live, saved = Aisp(tmp_path / "live"), Aisp(tmp_path / "saved")
        live.scan(cluster.uri("support"))
        done = saved.run("capture", cluster.uri("support"), "--out", tmp_path / "capture")
        assert done.returncode == 0, done.stderr
        before = cluster.psql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'aisp'")
    saved.scan(tmp_path / "capture")
    assert facts(live) == facts(saved) and len(facts(live)[0]) > 50
    assert before.strip() == "0"
    readers = {row["name"] for row in live.json("access", "--to", "langchain_pg_embedding")["access"] if row["certainty"] == "certain"}
    assert readers == {"support_bot", "embed_job", "dev_reader", "release_bot", "postgres"}


@needs_vector
def test_server_that_is_gone_keeps_its_facts(aisp):
    with Cluster(16) as cluster:
        build(cluster)
        uri = cluster.uri("support")
        aisp.scan(uri)
    before = facts(aisp)
    report = aisp.scan(uri, codes=(3,))
    assert [s["outcome"] for s in report["sources"] if s["kind"] == "postgres"] == ["failed"]
    assert facts(aisp) == before
    assert aisp.sql("SELECT DISTINCT stale FROM node WHERE kind = 'table'") == [{"stale": "1"}]


@pytest.mark.parametrize("major", sorted(versions()))
def test_password_never_shows(aisp, major):
    secret = "Zx-umbra-Kestrel-5519"
    with Cluster(major) as cluster:
        cluster.psql(f"CREATE ROLE looker LOGIN PASSWORD '{secret}'; CREATE TABLE t (id int, email text)")
        good = cluster.uri("postgres", user="looker", password=secret)
        outputs = [aisp.run("scan", good, "--verbose"), aisp.run("scan", good.replace(secret, secret + "x").replace("/postgres", "/nothing")),
                   aisp.run("capture", good, "--out", aisp.folder / "capture"), aisp.run("export", "--format", "json")]
    text = "".join(o.stdout + o.stderr for o in outputs)
    assert outputs[0].returncode in (0, 3) and secret not in text
    for path in [*aisp.folder.glob("aisp.db*"), *(aisp.folder / "capture").iterdir()]:
        assert secret.encode() not in path.read_bytes(), path
    assert json.loads(outputs[3].stdout)["summary"]["nodes"] > 5


# ---- What sampled values say ----

def iban(rng):
    """A German account number with the right check digits (ISO 13616)."""
    account = "".join(rng.choices(string.digits, k=18))
    return f"DE{98 - int(account + '131400') % 97:02}{account}"


def person_tables(rng):
    """Columns whose names mislead; the values that must not show."""
    ibans = [iban(rng) for _ in range(60)]
    rows = ",".join(f"({i}, '{v}', '{100000 + i * 37}', '10.1.{i}.7', date '1950-01-01' + {i * 91}, {1.5 * i}, 'row {i}')" for i, v in enumerate(ibans))
    return ibans, f"""CREATE TABLE ledger (id int, misc_ref text, email text, seen_from inet, birth_date date, ratio float8, label text);
        INSERT INTO ledger VALUES {rows};
        CREATE VIEW people AS SELECT id, misc_ref, birth_date FROM ledger;
        CREATE TABLE nobody (phone text);
        CREATE TABLE closed (id int, first_name text); INSERT INTO closed VALUES (1, 'Anna');"""


def classes(program):
    rows = program.sql("SELECT n.id AS id, i.value AS value FROM item i JOIN node n ON n.ref = i.node_ref WHERE i.key = 'data_classes' ORDER BY 1, 2")
    return {(r["id"].split("/public/")[1], r["value"]) for r in rows}


def everything(program, *outputs, folders=()):
    """All that a scan leaves behind, as bytes."""
    files = [*program.folder.glob("aisp.db*")] + [f for folder in folders for f in folder.iterdir()]
    return b"".join(f.read_bytes() for f in files) + "".join(o.stdout + o.stderr for o in outputs).encode()


@pytest.mark.parametrize("major", sorted(versions()))
def test_values_say_what_columns_hold(tmp_path, major):
    from conftest import Aisp
    ibans, sql = person_tables(random.Random(11))
    (tmp_path / "live").mkdir()
    (tmp_path / "saved").mkdir()
    live, saved = Aisp(tmp_path / "live"), Aisp(tmp_path / "saved")
    with Cluster(major) as cluster:
        cluster.psql(sql + "CREATE ROLE looker LOGIN; GRANT SELECT ON ledger, people, nobody TO looker")
        outputs = [live.run("scan", cluster.uri("postgres", user="looker"), "--verbose"),
                   live.run("capture", cluster.uri("postgres", user="looker"), "--out", tmp_path / "capture")]
    saved.scan(tmp_path / "capture")
    outputs.append(live.run("export", "--format", "json"))
    assert classes(live) == classes(saved) == {
        ("ledger", "bank_account"), ("ledger/misc_ref", "bank_account"),       # by its values: the name says nothing
        ("ledger", "ip_address"), ("ledger/seen_from", "ip_address"),
        ("ledger", "birth_date"), ("ledger/birth_date", "birth_date"),         # not ledger/email: it is full of numbers
        ("people", "birth_date"), ("people/birth_date", "birth_date"),         # a view: by its names alone
        ("nobody", "phone"), ("nobody/phone", "phone"),                        # empty: by its name
        ("closed", "name"), ("closed/first_name", "name")}                     # refused: by its name, and a gap says so
    rows = live.sql("SELECT owner AS id, confidence, note FROM evidence WHERE owner LIKE '%/public/%' AND note LIKE '%: %'")
    reasons = {r["id"].split("/public/")[1]: (r["confidence"], r["note"]) for r in rows}
    assert reasons["ledger/misc_ref"][0] == "observed" and "60 of 60 sampled values" in reasons["ledger/misc_ref"][1]
    assert reasons["people/birth_date"][0] == "inferred"
    assert any(g["what"].endswith("sampled values") for g in live.json("gaps")["gaps"])
    left = everything(live, *outputs, folders=[tmp_path / "capture"])
    assert not [v for v in ibans if v.encode() in left]


def test_secret_in_a_table_becomes_a_credential(tmp_path):
    from conftest import Aisp
    rng = random.Random(5)
    key = "sk-ant-" + "api03-" + "".join(rng.choices(string.ascii_letters + string.digits, k=93)) + "AA"
    plain = "Zq7-" + "".join(rng.choices(string.ascii_letters + string.digits, k=20))
    program = Aisp(tmp_path)
    with Cluster() as cluster:
        cluster.psql(f"""CREATE TABLE settings (key text, value text);
            INSERT INTO settings VALUES ('theme', 'dark and green'), ('model_key', '{key}'), ('smtp_password', '{plain}'), ('limit', '100000000');
            CREATE TABLE plain (value text); INSERT INTO plain VALUES ('f3b0c442-98fc-1c14-9afb-f4c8996fb924'), ('hello world, it is I');
            CREATE ROLE reader LOGIN; GRANT SELECT ON settings TO reader""")
        outputs = [program.run("scan", cluster.uri("postgres"), "--verbose"), program.run("capture", cluster.uri("postgres"), "--out", tmp_path / "capture")]
    held = program.sql("SELECT e.\"from\" AS holder, n.id AS id, n.ref AS ref FROM edge e JOIN node n ON n.ref = e.to_ref "
                       "WHERE e.kind = 'HOLDS' AND n.kind = 'credential'")
    props = {r["id"]: program.sql(f"SELECT prop_value({r['ref']}, 'provider') AS provider, prop_value({r['ref']}, 'preview') AS preview")[0] for r in held}
    assert {r["holder"].split("/public/")[1] for r in held} == {"settings/value"}
    assert [p["preview"][:4] for p in props.values() if p["provider"] == "anthropic"] == ["sk-a"]
    assert all(i.startswith("credential://fp1:") for i in props)
    assert ("settings/value", "credential") in classes(program)
    reached = program.json("access", "--from", "reader")["access"]
    assert any(r["asset"]["id"] in props and r["mode"] == "read" for r in reached)
    outputs += [program.run("export", "--format", f) for f in ("json", "sarif")]
    left = everything(program, *outputs, folders=[tmp_path / "capture"])
    assert key.encode() not in left and plain.encode() not in left and key[7:40].encode() not in left
