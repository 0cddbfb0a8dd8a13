"""Against real PostgreSQL servers: live and captured are the same, a server that is gone keeps its facts, and no password shows."""
import json

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
