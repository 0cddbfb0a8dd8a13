"""Logs that lie in something else: CloudWatch Logs (subscriptions through Firehose, filter-log-events, get-log-events, Insights, export tasks), CloudTrail's look-ups, rows of Lake and Athena. What is counted is
what lies within, each event once, whatever it came in. CloudWatch Logs, Firehose and S3 are moto's, which writes the envelopes itself; what moto lacks is written as AWS documents it."""
import csv
import gzip
import io
import json
import random
import sqlite3
import time

import boto3
import pytest
from cloudtrail import events, ndjson
from conftest import ROOT
from moto import mock_aws
from test_ingest import compact, expected, uses

MADE = events(600, seed=7)
GROUP = "aws-cloudtrail-logs"


def data_message(messages, first=0, group=GROUP):
    return {"messageType": "DATA_MESSAGE", "owner": "111122223333", "logGroup": group, "logStream": "111122223333_CloudTrail_eu-central-1", "subscriptionFilters": ["all"],
            "logEvents": [{"id": f"{31953106606966983378809025079804211143289615424298221568 + first + i}", "timestamp": 1761955200000 + i, "message": m} for i, m in enumerate(messages)]}


CONTROL = {"messageType": "CONTROL_MESSAGE", "owner": "CloudwatchLogs", "logGroup": "", "logStream": "", "subscriptionFilters": [],
           "logEvents": [{"id": "", "timestamp": 1761955200000, "message": "CWL CONTROL MESSAGE: Checking health of destination Firehose."}]}


def trino(v):
    """A value as Trino (Athena, Lake) writes rows, maps and arrays as text."""
    if isinstance(v, dict):
        return "{" + ", ".join(f"{k}={trino(x)}" for k, x in v.items()) + "}"
    if isinstance(v, list):
        return "[" + ", ".join(trino(x) for x in v) + "]"
    return "null" if v is None else str(v).lower() if isinstance(v, bool) else str(v)


def lower(v):
    return {k.lower(): lower(x) for k, x in v.items()} if isinstance(v, dict) else [lower(x) for x in v] if isinstance(v, list) else v


def athena(made):
    """As `SELECT * FROM cloudtrail_logs` gives it: names in small letters, structs as text, parameters as JSON."""
    rows = [{"eventversion": e["eventVersion"], "useridentity": trino(lower(e["userIdentity"])), "eventtime": e["eventTime"], "eventsource": e["eventSource"], "eventname": e["eventName"],
             "awsregion": e["awsRegion"], "sourceipaddress": e["sourceIPAddress"], "useragent": e["userAgent"], "errorcode": e.get("errorCode"), "errormessage": e.get("errorMessage"),
             "requestparameters": compact(e["requestParameters"]), "responseelements": None, "eventid": e["eventID"], "resources": trino(lower(e["resources"])), "eventtype": e["eventType"],
             "readonly": "true", "managementevent": "false", "recipientaccountid": e["recipientAccountId"], "eventcategory": e["eventCategory"]} for e in made]
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0], quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def lake(made, whole=False):
    rows = []
    for e in made:
        cells = {"eventJson": compact(e)} if whole else {
            "eventID": e["eventID"], "eventTime": e["eventTime"].replace("T", " ").replace("Z", ".000"), "eventName": e["eventName"], "eventSource": e["eventSource"], "awsRegion": e["awsRegion"],
            "userIdentity": trino({k.lower(): v for k, v in e["userIdentity"].items() if k != "sessionContext"}), "requestParameters": trino(e["requestParameters"]),
            "errorCode": e.get("errorCode", "null"), "sourceIPAddress": e["sourceIPAddress"], "recipientAccountId": e["recipientAccountId"], "managementEvent": "false", "eventCategory": "Data",
            "resources": trino(e["resources"])}
        rows.append([{k: v} for k, v in cells.items()])
    return json.dumps({"QueryStatus": "FINISHED", "QueryStatistics": {"ResultsCount": len(rows), "TotalResultsCount": len(rows), "BytesScanned": 1}, "QueryResultRows": rows}, indent=4)


def alone(made):
    """Only what was asked for, parts of the identity by themselves."""
    names = ["eventTime", "eventSource", "eventName", "arn", "type", "recipientAccountId", "awsRegion", "errorCode", "requestParameters", "eventID", "managementEvent", "eventCategory"]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(names)
    for e in made:
        row = {**e, "arn": e["userIdentity"]["arn"], "type": e["userIdentity"]["type"], "requestParameters": compact(e["requestParameters"]), "managementEvent": "false"}
        writer.writerow([row.get(n, "") for n in names])
    return out.getvalue()


def insights(messages):
    return json.dumps({"results": [[{"field": "@timestamp", "value": "2025-11-01 00:00:00.000"}, {"field": "@message", "value": m}, {"field": "@ptr", "value": "x"}] for m in messages],
                       "statistics": {"recordsMatched": 1.0, "recordsScanned": 1.0, "bytesScanned": 1.0}, "status": "Complete"}, indent=2)


LINES = [compact(e) for e in MADE]
LOOKED_UP = {"Events": [{"EventId": e["eventID"], "EventName": e["eventName"], "ReadOnly": "true", "EventTime": e["eventTime"], "EventSource": e["eventSource"], "Username": "x", "Resources": [],
                         "CloudTrailEvent": compact(e)} for e in MADE]}
CARRIERS = {
    "subscription, a line each": "".join(compact(data_message(LINES[i:i + 50], i)) + "\n" for i in range(0, 600, 50)),
    "subscription, nothing between": compact(CONTROL) + "".join(compact(data_message(LINES[i:i + 50], i)) for i in range(0, 600, 50)),
    "subscription, one long first": compact(data_message(LINES[:400])) + compact(data_message(LINES[400:], 400)),
    "subscription, pretty": json.dumps(data_message(LINES), indent=2),
    "lookup-events": json.dumps(LOOKED_UP, indent=4),
    "lookup-events, in pages": json.dumps({"Events": LOOKED_UP["Events"][:300], "NextToken": "x"}) + json.dumps({"Events": LOOKED_UP["Events"][300:]}),
    "subscription, what tells it at its end": compact(dict(reversed(data_message(LINES).items()))),
    "insights": insights(LINES),
    "lake": lake(MADE),
    "lake, whole events": lake(MADE, True),
    "athena": athena(MADE),
    "athena, some columns": alone(MADE),
    "firehose without line ends": "".join(LINES),
}


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("packed", [False, True])
def test_cloudtrail_in_anything(aisp, carrier, packed):
    data = CARRIERS[carrier].encode()
    (aisp.folder / "log").write_bytes(gzip.compress(data) if packed else data)
    got = aisp.json("ingest", "log")
    assert got["gaps"] == [] and got["summary"]["events"] == len(MADE) and got["summary"]["duplicates"] == 0
    assert uses(aisp) == expected(MADE)
    assert {s["source"] for s in got["sources"]} == {"cloudtrail"}
    # What was read from the trail's own files counts once.
    if "some columns" not in carrier:  # without userAgent and accessKeyId it is not quite the same
        (aisp.folder / "trail").write_text(ndjson(MADE))
        again = aisp.json("ingest", "trail")["summary"]
        assert (again["events"], again["duplicates"]) == (0, len(MADE)), again


def test_read_in_parts_and_again(aisp):
    """Kills and growing files: a position is always between two envelopes."""
    parts = [compact(data_message(LINES[i:i + 20], i)) for i in range(0, 600, 20)]
    log = aisp.folder / "log"
    text = "".join(parts)
    for cut in sorted(random.Random(3).sample(range(1, len(text)), 5)) + [len(text)]:
        log.write_text(text[:cut])
        aisp.run("ingest", "log")
    assert uses(aisp) == expected(MADE)
    assert aisp.json("ingest", "log")["summary"]["events"] == 0


def test_overlapping_questions_count_once(aisp):
    """filter-log-events asked twice with times that overlap, of lines that have no id of their own: CloudWatch's id tells them."""
    flow = [f"2 111122223333 eni-0123456789abcdef0 10.0.0.5 10.0.1.9 {40000 + i} 5432 6 10 840 1761955200 1761955260 ACCEPT OK" for i in range(30)]
    seen = [{"logStreamName": "eni", "timestamp": 1761955200000, "message": m, "ingestionTime": 1761955201000, "eventId": f"3195310660{i:04d}"} for i, m in enumerate(flow)]
    for name, part in (("first", seen[:20]), ("second", seen[10:])):
        (aisp.folder / name).write_text(json.dumps({"events": part, "searchedLogStreams": []}, indent=4))
    got = aisp.json("ingest", "first", "second")["summary"]
    assert (got["events"], got["duplicates"]) == (30, 10)


def test_firehose_and_cloudwatch_of_moto(aisp):
    """Log group → subscription → Firehose → S3, and the same group asked."""
    with mock_aws():
        s3, logs, firehose = (boto3.client(x, region_name="eu-central-1") for x in ("s3", "logs", "firehose"))
        s3.create_bucket(Bucket="landing", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        stream = firehose.create_delivery_stream(DeliveryStreamName="d", S3DestinationConfiguration={"RoleARN": "arn:aws:iam::123456789012:role/r", "BucketARN": "arn:aws:s3:::landing"})
        logs.create_log_group(logGroupName=GROUP)
        logs.create_log_stream(logGroupName=GROUP, logStreamName="s")
        logs.put_subscription_filter(logGroupName=GROUP, filterName="all", filterPattern="", destinationArn=stream["DeliveryStreamARN"], roleArn="arn:aws:iam::123456789012:role/r")
        now = int(time.time() * 1000)
        for i in range(0, 600, 100):
            logs.put_log_events(logGroupName=GROUP, logStreamName="s", logEvents=[{"timestamp": now, "message": m} for m in LINES[i:i + 100]])
        folder = aisp.folder / "s3"
        folder.mkdir()
        keys = [o["Key"] for o in s3.list_objects_v2(Bucket="landing").get("Contents", [])]
        for i, key in enumerate(keys):
            (folder / str(i)).write_bytes(s3.get_object(Bucket="landing", Key=key)["Body"].read())
        asked = [page for page in logs.get_paginator("filter_log_events").paginate(logGroupName=GROUP)]
        got = logs.get_log_events(logGroupName=GROUP, logStreamName="s", startFromHead=True, limit=10000)
    assert keys
    strip = lambda answer: json.dumps({k: v for k, v in answer.items() if k != "ResponseMetadata"}, indent=4)  # noqa: E731
    (aisp.folder / "asked").write_text("\n".join(strip(a) for a in asked))
    (aisp.folder / "got").write_text(strip(got))
    first = aisp.json("ingest", "s3")
    assert first["gaps"] == [] and first["summary"]["events"] == 600
    assert uses(aisp) == expected(MADE)
    for other in ("asked", "got"):
        answer = aisp.json("ingest", other)
        assert answer["gaps"] == [] and (answer["summary"]["events"], answer["summary"]["duplicates"]) == (0, 600), other


@pytest.mark.parametrize("kind", ["bedrock-invocation", "kubernetes-audit", "litellm", "otel-genai", "postgresql-json"])
def test_other_formats_in_cloudwatch(aisp, kind):
    """Every JSON log of the golden tests gives the same uses from within."""
    text = (ROOT / f"tests/golden/logs/{kind}.log").read_text()
    lines = []
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):  # values, however they lie
        try:
            value, at = decoder.raw_decode(text, at)
            lines.append(compact(value))
        except ValueError:
            at = len(text) if "\n" not in text[at:] else text.index("\n", at) + 1
        while at < len(text) and text[at] in " \r\n\t":
            at += 1
    (aisp.folder / "plain").write_text("\n".join(lines) + "\n")
    (aisp.folder / "in").write_text(compact(data_message(lines)))
    (aisp.folder / "export").write_text("".join(f"2025-11-01T00:00:00.{i:03d}Z {line}\n" for i, line in enumerate(lines)))

    def sums(name):
        for f in aisp.folder.glob("aisp.db*"):
            f.unlink()
        got = aisp.json("ingest", name)
        return got["summary"]["not_understood"], [(s["source"], s["events"]) for s in got["sources"]], sorted(uses_whole(aisp))

    plain = sums("plain")
    assert plain[2] and plain[1][0][0] == kind
    assert sums("in") == plain
    assert sums("export") == plain


def uses_whole(program):
    with sqlite3.connect(f"file:{program.store}.uses?mode=ro", uri=True) as db:
        return db.execute("SELECT identity, via, credential, action, asset, done, denied, failed FROM use").fetchall()


def test_the_other_logs_of_eks_are_passed_over(aisp):
    audit = (ROOT / "tests/golden/logs/kubernetes-audit.log").read_text().splitlines()[0]
    def message(stream, text):
        return compact({**data_message([text], group="/aws/eks/shop/cluster"), "logStream": stream})
    (aisp.folder / "log").write_text(message("authenticator-0", 'time="2025-11-01T00:00:00Z" level=info msg="access granted"') + message("kube-apiserver-audit-0", audit)
                                     + message("kube-apiserver-0", "I1101 00:00:00.000000 trace.go:236] Trace"))
    got = aisp.json("ingest", "log")
    assert got["gaps"] == [] and got["summary"]["not_understood"] == 0 and {s["source"] for s in got["sources"]} == {"kubernetes-audit"}


def test_what_carries_nothing_and_what_is_broken(aisp):
    (aisp.folder / "empty").write_text('{"events": [], "searchedLogStreams": []}')
    (aisp.folder / "none").write_text('{"Events": []}')
    (aisp.folder / "control").write_text(compact(CONTROL))
    got = aisp.json("ingest", "control")
    assert got["summary"]["events"] == 0 and got["gaps"] == []
    (aisp.folder / "broken").write_text(compact(data_message(LINES[:3] + ["{not json", '{"a":1}'] + LINES[3:6])))
    done = aisp.run("ingest", "--format", "json", "broken")
    got = json.loads(done.stdout)
    assert got["summary"]["events"] == 6 and got["summary"]["not_understood"] == 2 and len(got["gaps"]) == 2
