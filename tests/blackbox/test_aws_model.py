"""src/collect/aws/ops.c against the vendor's published model of its services (botocore): every row asks what exists, as it must be asked."""
import json
import re

import pytest

try:
    import botocore  # noqa: F401
except ImportError as why:
    raise ImportError(f"{why}: this test needs tests/requirements.txt (tools/setup installs it into .venv)") from why
import aws_shapes  # noqa: E402
from conftest import ROOT  # noqa: E402

PROTOCOL = {"query": "AISP_AWS_QUERY", "ec2": "AISP_AWS_EC2", "json": "AISP_AWS_JSON", "rest-json": "AISP_AWS_REST_JSON", "rest-xml": "AISP_AWS_REST_XML"}
ROWS = list(aws_shapes.rows())
SHAPES = aws_shapes.Shapes()


def test_shapes_are_current():
    assert aws_shapes.OUT.read_text() == aws_shapes.text()
    assert len(ROWS) > 180


@pytest.mark.parametrize("row", ROWS, ids=lambda r: f"{r['service']}-{r['operation']}")
def test_row(row):
    model, op = SHAPES.operation(row["service"], row["operation"])
    meta, given, answer = model.metadata, op.input_shape.members if op.input_shape else {}, op.output_shape.members if op.output_shape else {}
    known = {PROTOCOL[p] for p in [meta["protocol"], *meta.get("protocols", [])] if p in PROTOCOL}
    assert row["protocol"] in known
    params = json.loads(row.get("params", "{}"))
    assert set(params) <= set(given), "parameters that do not exist"
    assert set(op.input_shape.required_members if op.input_shape else ()) <= set(params), "a required parameter is missing"
    if row["list"]:
        assert row["list"] in answer
    if "version" in row:
        want = f"{meta['targetPrefix']}|{meta['jsonVersion']}" if row["protocol"] == "AISP_AWS_JSON" else meta["apiVersion"]
        assert row["version"] == want and row["request"] == op.name
    else:
        method, uri = op.http["method"], op.http["requestUri"]
        labels = {m.serialization.get("name", n): n for n, m in given.items() if m.serialization.get("location") == "uri"}
        uri = re.sub(r"\{(\w+)\+?\}", lambda g: "{" + labels[g[1]] + "}", uri)
        assert row["request"].replace("?max-buckets=1000", "") == f"{method} {uri}"
        for name in params:
            where = given[name].serialization
            assert where.get("location") in ("uri", "header") or where.get("name", name) == name
    if "token_in" in row:
        assert row["token_out"] in answer
        assert row["token_in"] in given or row["token_in"] in {m.serialization.get("name") for m in given.values()}


def test_each_names_what_exists():
    lists = {(r["service"], r["operation"]): r for r in ROWS}
    for row in ROWS:
        for each in filter(None, row.get("each", "").split("|")):
            service, _, operation = each.rpartition("/")
            of = lists[service or row["service"], operation]
            assert of["list"], (row, "asks about the items of an answer without a list")
        if "fallback_of" in row:
            assert (row["service"], row["fallback_of"]) in lists


def test_permissions_page():
    text = (ROOT / "docs/collectors/aws.md").read_text()
    missing = {r["permission"] for r in ROWS} - set(re.findall(r'"([a-z0-9-]+:\w+)"', text))
    assert not missing, f"docs lack {sorted(missing)}"
    service, known = "", set()
    for line in (ROOT / "third_party/iam-data/actions.tsv").read_text().splitlines():
        first, second = (line.split("\t") + [""])[:2]
        service = second if first == "service" else service
        known.add(f"{service}:{first}".lower())
    assert len(known) > 10000 and not [r["permission"] for r in ROWS if r["permission"].lower() not in known], "not actions of IAM"
