"""The formats of src/show/ seen from outside: schemas, agreement of counts, rules of SARIF and of OpenGraph.

Runs the program show-render (AISP_SHOW_RENDER, else that of build-check or build) on its samples.
AISP_SARIF_SCHEMA may name the official SARIF 2.1.0 schema file (e.g. from npm @microsoft/jest-sarif); our own checks
run without it.
"""
import json
import os
import pathlib
import re
import subprocess
import urllib.parse

import jsonschema
import pytest
from referencing import Registry, Resource

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILT = [ROOT / build / "tests/unit/show/show-render" for build in ("build-check", "build")]
RENDER = os.environ.get("AISP_SHOW_RENDER") or next((str(path) for path in BUILT if path.exists()), None)
if not RENDER:
    pytest.skip("show-render is not built: meson setup build-check -Dtests=true", allow_module_level=True)
SCHEMAS = {p.name: json.loads(p.read_text()) for p in (ROOT / "docs/schema").glob("*.json")}
REGISTRY = Registry().with_resources((name, Resource.from_contents(s)) for name, s in SCHEMAS.items())
SAMPLES = ["bot", "empty", "hostile", "big"]
VIEWS = ["scan", "assets", "identities", "findings", "gaps", "access", "path", "graph"]


def render(fmt, view, sample):
    done = subprocess.run([RENDER, fmt, view, sample], capture_output=True, check=True)
    return done.stdout.decode("utf-8")


def validator(name):
    return jsonschema.Draft202012Validator({"$ref": name}, registry=REGISTRY)


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_schemas_are_schemas(name):
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("view", VIEWS)
def test_json_fits_its_schema(view, sample):
    document = json.loads(render("json", view, sample))
    assert document["schema"] == f"aisp/{view}/1"
    validator(f"{view}.json").validate(document)


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("view", VIEWS)
def test_ndjson_says_the_same_as_json(view, sample):
    lines = [json.loads(line) for line in render("ndjson", view, sample).splitlines()]
    document = json.loads(render("json", view, sample))
    check = validator("ndjson.json")
    for line in lines if sample != "big" else lines[:50] + lines[-50:]:
        check.validate(line)
    header, *rest = lines
    assert header.pop("type") == "header"
    assert all(document[k] == v for k, v in header.items())
    parts = {"source": "sources", "access": "access", "finding": "findings", "gap": "gaps", "edge": "edges"}
    parts["node"] = {"assets": "assets", "identities": "identities"}.get(view, "nodes")
    for kind, member in parts.items():
        got = [{k: v for k, v in line.items() if k != "type"} for line in rest if line["type"] == kind]
        assert got == document.get(member, [])


@pytest.mark.parametrize("sample", SAMPLES)
def test_counts_agree_across_formats(sample):
    scan = json.loads(render("json", "scan", sample))
    graph = json.loads(render("json", "graph", sample))
    s = scan["summary"]
    assert s == {**graph["summary"]}
    assert len(graph["nodes"]) == s["nodes"] == sum(s["kinds"].values())
    assert len(graph["edges"]) == s["edges"]
    assert len(scan["findings"]) == s["findings"] == sum(s["severities"].values())
    assert len(scan["gaps"]) == s["gaps"] and len(scan["access"]) == s["access"]
    assert sum(a["certainty"] == "certain" for a in scan["access"]) == s["access_certain"]
    for view, member in (("assets", "assets"), ("identities", "identities")):
        document = json.loads(render("json", view, sample))
        assert len(document[view]) == s[member] == document["summary"]["listed"]
    open_graph = json.loads(render("opengraph", "graph", sample))["graph"]
    assert (len(open_graph["nodes"]), len(open_graph["edges"])) == (s["nodes"], s["edges"])
    run = json.loads(render("sarif", "scan", sample))["runs"][0]
    assert len(run["results"]) == s["findings"]
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert sum(n["descriptor"]["id"] == "coverage-gap" for n in notes) == s["gaps"]
    table = render("table", "scan", sample)
    things, relations = re.search(r"INVENTORY  ([\d,]+) things?, ([\d,]+) relations?", table).groups()
    assert (int(things.replace(",", "")), int(relations.replace(",", ""))) == (s["nodes"], s["edges"])
    assert f"FINDINGS  {s['findings']}" in table
    page = render("html", "scan", sample)
    assert page.count('<details class="card finding"') == s["findings"]
    assert page.count('<article class="card path"') == s["access"]
    shown = {t: int(n.replace(",", "")) for n, t in re.findall(r'stat[^>]*><b>([\d,]+)</b><span>([^<]+)<', page)}
    assert shown["findings"] == s["findings"] and shown["AI assets"] == s["ai_assets"]
    assert shown["identities"] == s["identities"] and shown["sensitive assets"] == s["sensitive_assets"]
    assert shown.get("coverage gaps", shown.get("coverage gap")) == s["gaps"]
    assert shown["access paths"] == s["access"] + s["access_left_out"]


def locations(result):
    yield from result["locations"]
    for flow in result.get("codeFlows", []):
        for thread in flow["threadFlows"]:
            yield from (step["location"] for step in thread["locations"])


@pytest.mark.parametrize("sample", SAMPLES)
def test_sarif(sample):
    log = json.loads(render("sarif", "findings", sample))
    assert log["version"] == "2.1.0" and len(log["runs"]) == 1
    run = log["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert [r["id"] for r in rules] == sorted({r["id"] for r in rules})
    for rule in rules:
        assert len(rule["properties"]["tags"]) <= 20
        assert 0 <= float(rule["properties"]["security-severity"]) <= 10
        assert rule["help"]["text"] and rule["help"]["markdown"]
    seen = set()
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note") and 0 <= result["rank"] <= 100
        seen.add(result["partialFingerprints"]["aisp/v1"])
        for location in locations(result):
            assert location["logicalLocations"]
            if "physicalLocation" not in location:
                continue
            artifact = location["physicalLocation"]["artifactLocation"]
            parts = urllib.parse.urlsplit(artifact["uri"])
            assert not parts.scheme and not parts.netloc and not parts.path.startswith("/")
            assert re.fullmatch(r"(?:[A-Za-z0-9\-._~/]|%[0-9A-F]{2})+", artifact["uri"])
            assert artifact["uriBaseId"] in run["originalUriBaseIds"]
            assert location["physicalLocation"]["region"]["startLine"] >= 1
    assert len(seen) == len(run["results"])
    scan = json.loads(render("json", "scan", sample))
    assert run["invocations"][0]["executionSuccessful"] == (not scan["incomplete"])
    official = os.environ.get("AISP_SARIF_SCHEMA")
    if official:
        schema = json.loads(pathlib.Path(official).read_text())
        jsonschema.validators.validator_for(schema)(schema).validate(log)


def check_properties(properties):
    for key, value in properties.items():
        assert re.fullmatch(r"[A-Za-z0-9_]+", key) and key.lower() not in ("objectid", "lastseen", "reconcile", "environmentid")
        items = value if isinstance(value, list) else [value]
        assert items and len({type(i) for i in items}) == 1
        assert all(isinstance(i, (str, int, float, bool)) for i in items)


@pytest.mark.parametrize("sample", SAMPLES)
def test_opengraph(sample):
    payload = json.loads(render("opengraph", "graph", sample))
    extension = json.loads(render("opengraph-schema", "graph", sample))
    node_kinds = {k["name"] for k in extension["node_kinds"]}
    edge_kinds = {k["name"]: k["is_traversable"] for k in extension["relationship_kinds"]}
    assert set(payload) == {"metadata", "graph"} and set(payload["metadata"]) == {"source_kind"}
    ids = set()
    for node in payload["graph"]["nodes"]:
        assert re.fullmatch(r"[0-9A-F]{32}", node["id"]) and 1 <= len(node["kinds"]) <= 3
        assert set(node["kinds"]) <= node_kinds and not any(k.lower().startswith("tag_") for k in node["kinds"])
        check_properties(node["properties"])
        ids.add(node["id"])
    assert len(ids) == len(payload["graph"]["nodes"])
    for edge in payload["graph"]["edges"]:
        assert re.fullmatch(r"[A-Za-z0-9_]+", edge["kind"]) and edge["kind"] in edge_kinds
        assert edge["start"]["value"] in ids and edge["end"]["value"] in ids
        check_properties(edge["properties"])
    assert all(name.startswith("AISPM_") for name in node_kinds | set(edge_kinds))
    assert edge_kinds["AISPM_CanRead"] is True and edge_kinds["AISPM_Contains"] is False
    assert re.fullmatch(r"v\d+\.\d+\.\d+", extension["schema"]["version"]) and extension["schema"]["namespace"] == "AISPM"
