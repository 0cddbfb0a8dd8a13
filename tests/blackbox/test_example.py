"""The first story: the example company, from its files and the capture of its database, gives exactly what a careful
engineer would find, no more and no less (examples/support-bot/expected.json, with the reasons in its README)."""
import json

from conftest import ROOT

EXPECTED = json.loads((ROOT / "examples/support-bot/expected.json").read_text())
VECTOR_TABLE = "langchain_pg_embedding"


def short(node_id):
    return node_id


def test_who_reads_the_customer_vectors(example):
    answer = example.json("access", "--to", VECTOR_TABLE)
    rows = {(row["identity"]["id"], row["mode"]): row for row in answer["access"]}
    assert sorted([i, m, r["certainty"]] for (i, m), r in rows.items()) == sorted(EXPECTED["read_vectors"])
    for row in rows.values():
        assert row["via"] == ("agent" if row["mode"] == "read_via" else "direct")
        assert row["path"]["hops"], row["identity"]
        for hop in row["path"]["hops"]:
            assert hop["mode"], hop
            if hop["step"] == "edge":
                assert hop["evidence"], hop


def test_blast_radius_of_the_leaked_password(example):
    credential = example.sql("SELECT e.\"to\" AS id FROM edge e WHERE e.kind = 'HOLDS' AND e.\"from\" LIKE '%.cursor/mcp.json'")
    assert len(credential) == 1
    answer = example.json("access", "--from", credential[0]["id"])
    rows = [[row["target"]["id"], row["mode"], row["certainty"]] for row in answer["access"]]
    assert sorted(rows) == sorted(EXPECTED["blast_radius"])


def test_findings_are_exactly_these(example):
    answer = example.json("findings")
    rows = [[f["rule"]["id"], f["severity"], f["subject"]["id"], (f.get("start") or {}).get("id"), (f.get("target") or {}).get("id"), f["certainty"]]
            for f in answer["findings"]]
    assert sorted(rows, key=str) == sorted(EXPECTED["findings"], key=str)


def test_inventory(example):
    answer = example.json("assets")
    rows = [[n["kind"], n["id"]] for n in answer["nodes"]]
    assert sorted(rows) == sorted(EXPECTED["assets"])


def test_gaps(example):
    rows = [[g["what"], g["why"]] for g in example.json("gaps")["gaps"]]
    assert sorted(rows) == sorted(EXPECTED["gaps"])


def test_at_least_twelve_rules_speak(example):
    assert len({f[0] for f in EXPECTED["findings"]}) >= 12


def test_what_if_revoking_the_analysts_grant(example):
    hops = [h for row in example.json("path", "--from", "readers", "--to", VECTOR_TABLE)["access"] for h in row["path"]["hops"]]
    control = next(h["control"] for h in hops if h.get("control", "").startswith("GRANT SELECT"))
    answer = example.json("what-if", "--remove", control)
    lost = {(c["identity"].split("#")[-1], c["change"]) for c in answer["access"]}
    assert ("role/dev_reader", "lost") in lost and all(change == "lost" for _, change in lost)


def test_same_input_same_bytes(example, tmp_path):
    for form in ("json", "ndjson", "opengraph", "sarif"):
        one = example.run("export", "--format", form, binary=True).stdout
        assert one == example.run("export", "--format", form, binary=True, env={"AISP_JOBS": "1"}).stdout and len(one) > 1000


def test_counts_agree_across_formats(example):
    nodes = int(example.sql("SELECT count(*) AS n FROM node")[0]["n"])
    edges = int(example.sql("SELECT count(*) AS n FROM edge")[0]["n"])
    graph = json.loads(example.run("export", "--format", "opengraph").stdout)["graph"]
    assert (len(graph["nodes"]), len(graph["edges"])) == (nodes, edges)
    assert all(":" not in n["id"] for n in graph["nodes"])
    findings = example.json("findings")["findings"]
    sarif = json.loads(example.run("findings", "--format", "sarif").stdout)
    assert len(sarif["runs"][0]["results"]) == len(findings)
    lines = [json.loads(line) for line in example.run("findings", "--format", "ndjson").stdout.splitlines()]
    assert len([line for line in lines if line.get("type") == "finding"]) == len(findings)
