"""src/govern/act_encode.c against the vendor's published model of its services: every row, with every parameter that it has, as botocore writes it."""
import base64
import hashlib
import json
import subprocess
import urllib.parse
import xml.etree.ElementTree as ET

import botocore.serialize
import botocore.session
import pytest
from conftest import AISP, ROOT

PRINT = next((p for b in (AISP.parent, ROOT / "build-check") if (p := b / "tests/unit/govern/govern_print_encode").exists()), ROOT / "build-check/tests/unit/govern/govern_print_encode")
ROWS = [r.split() for r in subprocess.run([PRINT, "rows"], check=True, capture_output=True, text=True).stdout.splitlines()] if PRINT.exists() else []
SESSION = botocore.session.get_session()


def sample(shape, name="x", depth=0):
    """A value of the shape with every member: texts that need escaping where they may."""
    if shape.type_name == "structure":
        return {k: sample(v, k, depth + 1) for k, v in shape.members.items() if depth < 6 and v.type_name not in ("timestamp", "blob", "double", "float")}
    if shape.type_name == "list":
        return [sample(shape.member, name, depth + 1), sample(shape.member, name + "2", depth + 1)]
    if shape.type_name == "map":
        return {"first": sample(shape.value, name, depth + 1), "second key": sample(shape.value, name, depth + 1)}
    if shape.type_name in ("integer", "long"):
        return 7
    if shape.type_name == "boolean":
        return True
    return shape.enum[0] if getattr(shape, "enum", None) else f"{name} <&/é+\"=~.-_"


def params_of(service, op):
    """What plans use goes into the body, path and query; members that are headers are left out."""
    return {k: sample(v, k) for k, v in op.input_shape.members.items() if v.serialization.get("location") != "header" and v.type_name != "timestamp"} if op.input_shape else {}


def tree(e):
    return e.tag, (e.text or "").strip(), [tree(c) for c in e]


def test_there_are_rows():
    assert len(ROWS) > 80, f"{PRINT} is not built: ninja -C build-check"


@pytest.mark.parametrize("row", ROWS, ids=[r[0] for r in ROWS])
def test_row(row):
    name, protocol, what = row
    service, operation = name.split(":")
    model = SESSION.get_service_model(service)
    op = model.operation_model(operation)
    assert protocol in [model.metadata["protocol"], *model.metadata.get("protocols", [])]
    reading = ("Get", "List", "Describe")
    assert (what == "reads") == operation.startswith(reading)
    params = params_of(service, op)
    given = subprocess.run([PRINT], input=f"{name} {json.dumps(params)}\n", check=True, capture_output=True, text=True)
    got = json.loads(given.stdout)
    want = botocore.serialize.create_serializer(protocol, include_validation=False).serialize_to_request(json.loads(json.dumps(params)), op)
    url = urllib.parse.urlsplit(want["url_path"])
    assert got["method"] == want["method"]
    assert urllib.parse.unquote(got["path"]) == urllib.parse.unquote(url.path)
    query = {**dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True)), **{k: str(v) for k, v in (want["query_string"] or {}).items()}}
    assert dict(urllib.parse.parse_qsl(got["query"], keep_blank_values=True)) == query
    body = want["body"]
    if protocol in ("query", "ec2"):
        body = {k: "true" if v is True else "false" if v is False else str(v) for k, v in body.items()}
        assert dict(urllib.parse.parse_qsl(got["body"], keep_blank_values=True)) == body
        assert got["type"] == "content-type:application/x-www-form-urlencoded; charset=utf-8"
    elif protocol == "json":
        assert json.loads(got["body"]) == json.loads(body)
        assert got["target"] == "x-amz-target:" + want["headers"]["X-Amz-Target"] and got["type"] == "content-type:" + want["headers"]["Content-Type"]
    elif protocol == "rest-json":
        assert (json.loads(got["body"]) if got["body"] else {}) == (json.loads(body) if body else {})
        assert bool(got["body"]) == bool(got["type"])
    elif body and body.startswith(b"<" if isinstance(body, bytes) else "<") and got["body"].startswith("<"):
        assert tree(ET.fromstring(got["body"])) == tree(ET.fromstring(body))
    else:
        assert got["body"].encode() == (body.encode() if isinstance(body, str) else body or b"")
    if service == "s3" and got["body"]:
        assert got["checksum"] == "x-amz-checksum-sha256:" + base64.b64encode(hashlib.sha256(got["body"].encode()).digest()).decode()
