"""Compares answers as aisp has them with what boto3, the vendor's own reader, makes of the same server's answers."""
import datetime
import json
import re

from botocore import xform_name

from aws_fill import client

SERVICE = {"s3api": "s3"}
NOISE = {"ResponseMetadata", "IsTruncated", "MaxKeys", "MaxItems", "Prefix", "KeyCount", "NextToken", "nextToken", "Marker", "NextMarker", "position", "Truncated", "GrantCount"}
VOLATILE = re.compile(r"Date|Time|time|Age|LastModified|RequestId|CodeSha|elapsed|Owner|[cC]reatedAt|updatedAt")


def plain(value, key=""):
    if isinstance(value, dict):
        return {k: plain(v, k) for k, v in value.items() if not VOLATILE.search(k)}
    if isinstance(value, list):
        return sorted((plain(v) for v in value), key=lambda v: json.dumps(v, sort_keys=True, default=str))
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value


def policies(value):
    """boto3 gives IAM's policy documents as objects, the wire as percent-encoded text."""
    import urllib.parse
    if isinstance(value, dict):
        return {k: json.loads(urllib.parse.unquote(v)) if isinstance(v, str) and v[:3] in ("%7B", '{"V') and k.endswith("Document") else policies(v) for k, v in value.items()}
    return [policies(v) for v in value] if isinstance(value, list) else value


def without_empty(value):
    if isinstance(value, dict):
        return {k: w for k, v in value.items() if (w := without_empty(v)) not in (None, "", [], {})}
    return [without_empty(v) for v in value] if isinstance(value, list) else value


def lacks(want, got, at=""):
    """Where got is not what want says; members beyond it are newer than boto3's model. None: nowhere."""
    if isinstance(want, dict) and isinstance(got, dict):
        return next((d for k, v in want.items() if (d := lacks(v, got.get(k), f"{at}.{k}"))), None)
    if isinstance(want, list) and isinstance(got, list) and len(want) == len(got):
        return next((d for i, (a, b) in enumerate(zip(want, got)) if (d := lacks(a, b, f"{at}[{i}]"))), None)
    return None if want == got else f"{at}: want {want!r}, got {got!r}"


def expected(endpoint, service, operation, region, about):
    c = client(endpoint, SERVICE.get(service, service), region or "us-east-1")
    name = {xform_name(n, "-"): xform_name(n) for n in c.meta.service_model.operation_names}[operation]
    if c.can_paginate(name):
        answer = c.get_paginator(name).paginate(**about).build_full_result()
    else:
        answer = getattr(c, name)(**about)
    return {k: v for k, v in answer.items() if k not in NOISE}


def difference(endpoint, record):
    """None when they agree, else a text."""
    about = record.get("about") or {}
    about = json.loads(about) if isinstance(about, str) else about
    if record["operation"] == "list-policies" and about.get("OnlyAttached"):
        about["OnlyAttached"] = True
    if "embed" in about:
        about["embed"] = [about["embed"]]
    want = without_empty(policies(plain(expected(endpoint, record["service"], record["operation"], record["region"], about))))
    got = without_empty(policies(plain({k: v for k, v in record["answer"].items() if k not in NOISE})))
    wrong = lacks(want, got)
    return f"{record['service']} {record['operation']} {about}: {wrong}" if wrong else None
