"""aisp ingest: all framings and packings, duplicates, torn lines, following, kills, bounded memory."""
import bz2
import gzip
import json
import lzma
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import time
from collections import Counter

import jsonschema
import pytest
from conftest import AISP, ROOT, Aisp
from cloudtrail import events, ndjson

MADE = events(3000)


def expected(made):
    sums = Counter()
    for e in made:
        action = {"HeadObject": "s3:GetObject"}.get(e["eventName"], "s3:" + e["eventName"])
        sums[(e["userIdentity"]["arn"], action, "arn:aws:s3:::" + e["requestParameters"]["bucketName"],
              f'{e["recipientAccountId"]}/{e["awsRegion"]}', "denied" if "errorCode" in e else "done")] += 1
    return sums


def uses(program):
    with sqlite3.connect(f"file:{program.store}.uses?mode=ro", uri=True) as db:
        rows = db.execute("SELECT identity, action, asset, origin, done, denied, failed FROM use JOIN win ON win.id = use.win").fetchall()
    sums = Counter()
    for identity, action, asset, origin, done, denied, failed in rows:
        assert failed == 0
        for outcome, n in (("done", done), ("denied", denied)):
            if n:
                sums[(identity, action, asset, origin, outcome)] += n
    return sums


def everything(program):
    """All that the store says, but for numbers of rows."""
    with sqlite3.connect(f"file:{program.store}.uses?mode=ro", uri=True) as db:
        return (sorted(db.execute("SELECT source, origin, sees, identity, via, credential, action, asset, done, denied, failed, use.first_us, use.last_us, tried_first_us,"
                                  " tried_last_us, from_others, came, hex(days) FROM use JOIN win ON win.id = use.win")),
                sorted(db.execute("SELECT source, origin, sees, first_us, last_us, events, not_understood FROM win")),
                sorted(db.execute("SELECT source, origin, day, day.events FROM day JOIN win ON win.id = day.win")),
                db.execute("SELECT sum(length(keys)) FROM seen").fetchone())


def compact(value):
    return json.dumps(value, separators=(",", ":"))


FRAMINGS = {
    "ndjson": ndjson(MADE),
    "without the last line end": ndjson(MADE)[:-1],
    "records": compact({"Records": MADE}),
    "records, pretty": json.dumps({"Records": MADE}, indent=2),
    "records, twice": compact({"Records": MADE[:1000]}) + "\n" + compact({"Records": MADE[1000:]}),
    "records and more": compact({"Records": MADE, "more": {"x": [1, "}"]}}),
    "array": json.dumps(MADE),
    "pretty values": "\n".join(json.dumps(e, indent=1) for e in MADE),
    "envelopes": ndjson([{"version": "0", "detail-type": "AWS API Call via CloudTrail", "detail": e} for e in MADE]),
    "crlf": ndjson(MADE).replace("\n", "\r\n"),
}


@pytest.mark.parametrize("framing", FRAMINGS)
def test_framings(aisp, framing):
    (aisp.folder / "log").write_text(FRAMINGS[framing])
    got = aisp.json("ingest", "log")
    assert got["summary"]["events"] == len(MADE) and got["summary"]["duplicates"] == 0 and got["gaps"] == []
    assert uses(aisp) == expected(MADE)


def zstd(data):
    tool = shutil.which("zstd")
    if not tool:
        pytest.skip("no zstd")
    return subprocess.run([tool, "-q", "-c"], input=data, capture_output=True, check=True).stdout


PACKINGS = {"gzip": gzip.compress, "gzip of two members": lambda d: gzip.compress(d[:100001]) + gzip.compress(d[100001:]), "bzip2": bz2.compress, "xz": lzma.compress, "zstd": zstd}


@pytest.mark.parametrize("packing", PACKINGS)
def test_packings(aisp, packing):
    (aisp.folder / "log").write_bytes(PACKINGS[packing](ndjson(MADE).encode()))
    assert aisp.json("ingest", "log")["summary"]["events"] == len(MADE)
    assert uses(aisp) == expected(MADE)
    again = aisp.json("ingest", "log")["summary"]
    assert (again["events"], again["duplicates"], again["unchanged"]) == (0, 0, 1)


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_packed_file_that_ends_too_soon(aisp, packing):
    whole = PACKINGS[packing](ndjson(MADE).encode())
    (aisp.folder / "log").write_bytes(whole[:len(whole) * 2 // 3])
    first = aisp.json("ingest", "log", codes=(3,))
    assert first["gaps"] and first["summary"]["unread"] == 1
    os.rename(aisp.folder / "log", aisp.folder / "cut")
    (aisp.folder / "log").write_bytes(whole)
    aisp.json("ingest", "log")
    assert uses(aisp) == expected(MADE)


def test_stdin(aisp):
    done = subprocess.run([AISP, "ingest", "-", "--format", "json"], input=ndjson(MADE).encode(), capture_output=True, cwd=aisp.folder,
                          env={**os.environ, "AISP_STORE": str(aisp.store)})
    assert done.returncode == 0 and json.loads(done.stdout)["summary"]["events"] == len(MADE)
    assert uses(aisp) == expected(MADE)


def test_duplicates_across_files_and_runs(aisp):
    r = random.Random(5)
    late = MADE[:]
    r.shuffle(late)
    (aisp.folder / "a").mkdir()
    (aisp.folder / "a/1.json").write_text(ndjson(late[:2000]))
    (aisp.folder / "a/2.json.gz").write_bytes(gzip.compress(compact({"Records": late[1000:]}).encode()))
    got = aisp.json("ingest", "a")["summary"]
    assert (got["events"], got["duplicates"]) == (3000, 1000)
    (aisp.folder / "b.json").write_text(ndjson(MADE))
    got = aisp.json("ingest", "b.json", "b.json")["summary"]
    assert (got["events"], got["duplicates"], got["uses"]) == (0, 3000, 0)
    assert uses(aisp) == expected(MADE)


def test_lines_without_an_id_are_told_by_their_place(aisp):
    line = "2 111122223333 eni-0a1b2c3d 10.0.0.1 10.0.0.2 50000 5432 6 1 40 1761955200 1761955260 ACCEPT OK\n"
    (aisp.folder / "flow").write_text(line * 3)
    assert aisp.json("ingest", "flow")["summary"]["events"] == 3
    shutil.copy(aisp.folder / "flow", aisp.folder / "copy")
    assert aisp.json("ingest", "copy")["summary"]["duplicates"] == 3
    with open(aisp.folder / "copy", "a") as f:
        f.write(line)
    got = aisp.json("ingest", "copy")["summary"]
    assert (got["events"], got["duplicates"]) == (1, 0)


def test_what_is_not_understood_is_a_gap_with_its_place(aisp):
    lines = ndjson(MADE).splitlines(keepends=True)
    lines[100] = '{"eventVersion": "1.09", "userIdentity": {"type": "Assum\n'
    lines[200] = "\x00\xff\n"
    lines[300] = '{"some":"thing"}\n'
    (aisp.folder / "log").write_text("".join(lines), encoding="latin-1")
    got = aisp.json("ingest", "log", codes=(3,))
    jsonschema.validate(got, json.loads((ROOT / "docs/schema/ingest.json").read_text()))
    assert got["summary"]["not_understood"] == 3 and got["summary"]["events"] == 2997
    assert [g["offset"] for g in got["gaps"]] == [sum(len(s) for s in lines[:i]) for i in (100, 200, 300)]
    assert uses(aisp) == expected([e for i, e in enumerate(MADE) if i not in (100, 200, 300)])


def test_a_torn_line_waits(aisp):
    text = ndjson(MADE)
    cut = len(ndjson(MADE[:1500])) + 200
    (aisp.folder / "log").write_text(text[:cut])
    got = aisp.json("ingest", "log", codes=(3,))["summary"]
    assert (got["events"], got["torn"]) == (1500, 1)
    with open(aisp.folder / "log", "a") as f:
        f.write(text[cut:])
    got = aisp.json("ingest", "log")["summary"]
    assert (got["events"], got["duplicates"], got["torn"]) == (1500, 0, 0)
    assert uses(aisp) == expected(MADE)


def test_unknown_and_missing(aisp):
    (aisp.folder / "log").write_text("nothing that is known\n")
    got = aisp.json("ingest", "log", "not-there", codes=(3,))
    assert got["summary"]["unread"] == 2 and {g["path"] for g in got["gaps"]} == {"log", "not-there"}
    assert aisp.run("ingest").returncode == 2
    assert "cloudtrail" in aisp.run("ingest", "--kind", "no-such", "log").stderr


def wait_for(check, seconds=20):
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end
        time.sleep(.05)


def test_follow(aisp):
    """What is written while it is followed is counted, over a rotation and a new file, and a torn line waits."""
    text, log = ndjson(MADE), aisp.folder / "logs/app.log"
    log.parent.mkdir()
    log.write_text(ndjson(MADE[:1000]))
    child = subprocess.Popen([AISP, "ingest", "--follow", "logs", "--format", "json"], cwd=aisp.folder, stdout=subprocess.PIPE,
                             env={**os.environ, "AISP_STORE": str(aisp.store)})
    try:
        def counted():
            try:
                return sum(uses(aisp).values())
            except sqlite3.OperationalError:
                return 0
        wait_for(lambda: counted() == 1000)
        half = len(ndjson(MADE[:1500])) + 77
        with open(log, "a") as f:
            f.write(text[len(ndjson(MADE[:1000])):half])
        wait_for(lambda: counted() == 1500)
        with open(log, "a") as f:
            f.write(text[half:len(ndjson(MADE[:2000]))])
        os.rename(log, log.parent / "app.log.1")
        log.write_text(ndjson(MADE[2000:2500]))
        (log.parent / "other.log").write_text(ndjson(MADE[2500:]))
        wait_for(lambda: counted() == 3000)
    finally:
        child.send_signal(signal.SIGTERM)
        out, _ = child.communicate(timeout=20)
    assert child.returncode == 0
    assert json.loads(out)["summary"]["events"] == 3000
    assert uses(aisp) == expected(MADE)


def test_kill(tmp_path):
    """Killed a hundred times at any moment, then finished: the same as an unbroken run."""
    kills, n = 100, 40_000
    made, logs = events(n, seed=7), tmp_path / "logs"
    logs.mkdir()
    for i in range(8):
        part = made[i * n // 8:(i + 1) * n // 8] + made[:50]
        if i % 2:
            (logs / f"{i}.json.gz").write_bytes(gzip.compress(compact({"Records": part}).encode(), 1))
        else:
            (logs / f"{i}.json").write_text(ndjson(part))
    whole, broken = Aisp(tmp_path / "whole"), Aisp(tmp_path / "broken")
    for program in (whole, broken):
        program.folder.mkdir()
    begun = time.monotonic()
    assert whole.json("ingest", logs)["summary"]["events"] == n
    took = time.monotonic() - begun
    r = random.Random(11)
    env = {**os.environ, "AISP_STORE": str(broken.store), "AISP_INGEST_BATCH": "700"}
    killed = 0
    for _ in range(kills):
        child = subprocess.Popen([AISP, "ingest", logs], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(r.random() * took * .5)
        child.kill()
        killed += child.wait() == -signal.SIGKILL
    assert killed > kills / 4
    got = broken.json("ingest", logs)
    assert got["gaps"] == []
    assert everything(broken) == everything(whole)


@pytest.mark.parametrize("packed", [False, True])
def test_memory_is_bounded(aisp, packed):
    """A log of many different uses, and address space for little more than the program itself."""
    text = ndjson(events(20_000, seed=3)).encode()
    path = aisp.folder / "log"
    with (gzip.open(path, "wb", 1) if packed else open(path, "wb")) as f:
        for i in range(10):
            f.write(text.replace(b"svc-", b"s%02d-" % i).replace(b'"eventID":"', b'"eventID":"%02d' % i))
    got = subprocess.run([AISP, "ingest", path, "--format", "json"], capture_output=True, cwd=aisp.folder, env={**os.environ, "AISP_STORE": str(aisp.store)},
                         preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (200 << 20, 200 << 20)))
    assert got.returncode == 0, got.stderr
    assert json.loads(got.stdout)["summary"]["events"] == 200_000
