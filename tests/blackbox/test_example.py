"""The first story: the example company, from its files and the capture of its database, gives exactly what a careful
engineer would find, no more and no less (examples/support-bot/expected.json, with the reasons in its README)."""
import json
import os

from conftest import ROOT

FILE = ROOT / "examples/support-bot/expected.json"
VECTOR_TABLE = "langchain_pg_embedding"


def found(example):
    """What the program says now, in the form of expected.json."""
    reads = example.json("access", "--to", VECTOR_TABLE)["access"]
    credential = example.sql("SELECT \"to\" AS id FROM edge WHERE kind = 'HOLDS' AND \"from\" LIKE '%.cursor/mcp.json'")
    assert len(credential) == 1
    blast = example.json("access", "--from", credential[0]["id"])["access"]
    findings = example.json("findings")["findings"]
    return {
        "read_vectors": sorted([r["kind"], r["identity"], r["mode"], r["certainty"]] for r in reads),
        "blast_radius": sorted([r["asset"]["kind"], r["asset"]["id"], r["mode"], r["certainty"]] for r in blast),
        "findings": sorted(([f["rule"], f["severity"], f["subject"]["id"], (f.get("start") or {}).get("id"),
                             (f.get("target") or {}).get("id"), "certain" if f["certain"] else "possible"] for f in findings), key=str),
        "assets": sorted([n["kind"], n["id"]] for n in example.json("assets")["assets"]),
        "gaps": sorted([g["what"], g["why"]] for g in example.json("gaps")["gaps"]),
    }


def test_exactly_what_a_careful_engineer_finds(example):
    now = json.loads(json.dumps(found(example)).replace(fingerprint(example), "FINGERPRINT"))
    if os.environ.get("AISP_GOLDEN") == "update":
        lines = [f'  {json.dumps(k)}: [\n' + ",\n".join("    " + json.dumps(row) for row in rows) + "\n  ]" for k, rows in now.items()]
        FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    expected = json.loads(FILE.read_text())
    for key in expected:
        missing = [row for row in expected[key] if row not in now[key]]
        more = [row for row in now[key] if row not in expected[key]]
        assert (missing, more) == ([], []), key
    assert expected.keys() == now.keys()


def fingerprint(example):
    """The key of fingerprints is made anew for every store."""
    rows = example.sql("SELECT id FROM node WHERE kind = 'credential' AND id LIKE 'credential://fp1:%'")
    assert len(rows) == 1
    return rows[0]["id"].split("fp1:")[1]


def test_every_answer_is_explained(example):
    for row in example.json("access", "--to", VECTOR_TABLE)["access"]:
        assert row["via"] == ("via_agent" if row["mode"] == "read_via" else "direct")
        hops = row["path"]["hops"]
        assert hops[0]["from"]["id"] == row["identity"] and hops[-1]["to"]["id"] == row["asset"]["id"]
        for hop in hops:
            assert hop["gained"]
            assert hop["evidence"] or hop["step"] != "edge", hop


def test_at_least_twelve_rules_speak(example):
    assert len({f["rule"] for f in example.json("findings")["findings"]}) >= 12


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


def test_the_last_word_of_a_name_is_enough(example):
    """README: --to customers; a tool is called search_customers, columns lie below the table."""
    assert {a["asset"]["id"] for a in example.json("access", "--to", "customers", codes=(0, 3))["access"]} == {"postgres://127.0.0.1:54329/support/crm/customers"}
    assert example.run("access", "--to", "ustome").returncode == 2
