"""Logs written by the real programs, read by `aisp ingest`: PostgreSQL (csvlog, jsonlog, stderr, pgaudit where it is installed), OpenTelemetry's SDK and encoders, an MCP client and server, kube-apiserver's
audit log, nginx. What was done is found, what was refused is an attempt, and no literal, prompt or argument is in the store."""
import asyncio
import glob
import json
import pathlib
import shutil
import sqlite3
import struct
import subprocess
import sys
import time

import pytest

import kubeserver
from conftest import AISP  # noqa: F401
from pgcluster import Cluster, free_port, versions

SECRET = "Zx-umbra-Kestrel-5519"


def ingest(aisp, *paths, codes=(0,)):
    done = aisp.run("ingest", "--name", "here", *paths)
    assert done.returncode in codes, done.stderr
    for path in aisp.folder.glob("aisp.db*"):
        assert SECRET.encode() not in path.read_bytes(), path
    with sqlite3.connect(f"{aisp.store}.uses") as db:
        db.row_factory = sqlite3.Row
        return [dict(r) for r in db.execute("SELECT win.source, win.origin, use.* FROM use JOIN win ON win.id = use.win")]


def uses(rows, **where):
    return [r for r in rows if all(r[k] == v for k, v in where.items())]


WORK = f"""CREATE TABLE public.orders (id int, note text); CREATE SCHEMA hr; CREATE TABLE hr.salaries (id int); CREATE ROLE agent LOGIN; CREATE ROLE idle LOGIN;
GRANT SELECT, INSERT ON orders TO agent; GRANT USAGE ON SCHEMA hr TO agent"""


def exercise(cluster):
    cluster.psql(WORK)
    uri = cluster.uri("postgres", user="agent") + ("&" if "?" in cluster.uri("postgres", user="agent") else "?") + "application_name=billing"
    run = lambda sql: subprocess.run(["psql", uri, "-X", "-q", "-c", sql], capture_output=True, text=True)  # noqa: E731
    assert run(f"INSERT INTO orders VALUES (1, '{SECRET}')").returncode == 0
    assert run(f"SELECT *\nFROM public.orders\nWHERE note = '{SECRET}'").returncode == 0
    assert run(f"SELECT '{SECRET}' FROM hr.salaries").returncode != 0
    assert run("DELETE FROM orders").returncode != 0


def hold_postgres(rows, source):
    mine = [r for r in uses(rows, source=source) if r["identity"] == "agent@postgres"]
    by = {(r["action"], r["asset"].replace("public.", "")): r for r in mine}
    assert by["INSERT", "postgres/orders"]["done"] == 1 and by["SELECT", "postgres/orders"]["done"] == 1
    assert by["SELECT", "postgres/hr.salaries"]["denied"] == 1 and by["SELECT", "postgres/hr.salaries"]["done"] == 0
    assert by["DELETE", "postgres/orders"]["denied"] == 1 and by["DELETE", "postgres/orders"]["done"] == 0
    assert by["CONNECT", "postgres"]["done"] == 4
    assert not [r for r in rows if r["identity"].startswith("idle@")]


@pytest.mark.parametrize("major", sorted(versions()))
@pytest.mark.parametrize("form", ["csvlog", "jsonlog", "stderr"])
def test_postgresql(aisp, major, form):
    """Each way of logging statements gives the same uses: log_statement (before they run), log_min_duration_statement (after)."""
    if form == "jsonlog" and major < 15:
        pytest.skip("jsonlog came with PostgreSQL 15")
    source, end = {"csvlog": ("postgresql-csv", "csv"), "jsonlog": ("postgresql-json", "json"), "stderr": ("postgresql", "log")}[form]
    for how in ({"log_statement": "all"}, {"log_min_duration_statement": "0"}):
        with Cluster(major, settings={"logging_collector": "on", "log_destination": form, "log_directory": "logs", "log_filename": "pg.log", "log_connections": "on", "log_line_prefix": "%m [%p] %q%u@%d/%a ",
                                      **how}) as cluster:
            exercise(cluster)
            time.sleep(0.3)
            path = aisp.folder / f"pg-{'-'.join(how)}.{end}"
            shutil.copy(f"{cluster.dir}/data/logs/pg.{end}", path)
        for old in aisp.folder.glob("aisp.db.uses*"):
            old.unlink()
        hold_postgres(ingest(aisp, path), source)


def pgaudit():
    found = [(int(p.split("/")[4]), p) for p in glob.glob("/usr/lib/postgresql/*/lib/pgaudit.so")]
    return next(((v, p) for v, p in found if v in versions()), None)


@pytest.mark.skipif(pgaudit() is None, reason="pgaudit is not installed (Debian: postgresql-15-pgaudit)")
def test_pgaudit(aisp):
    major, library = pgaudit()
    with Cluster(major, settings={"logging_collector": "on", "log_destination": "csvlog", "log_directory": "logs", "log_filename": "pg.log", "log_connections": "on", "shared_preload_libraries": library[:-3],
                                  "pgaudit.log": "all", "pgaudit.log_relation": "on", "log_statement": "all"}) as cluster:
        exercise(cluster)
        time.sleep(0.3)
        shutil.copy(f"{cluster.dir}/data/logs/pg.csv", aisp.folder / "pg.csv")
    rows = ingest(aisp, aisp.folder / "pg.csv")
    hold_postgres(rows, "postgresql-csv")
    assert uses(rows, identity="agent@postgres", action="SELECT", asset="postgres/public.orders")[0]["done"] == 1


def spans():
    """A request of an agent as an application's tracer sees it: children end before their parents."""
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    memory = InMemorySpanExporter()
    provider = TracerProvider(resource=Resource.create({"service.name": "support-api", "k8s.pod.name": "support-0"}))
    provider.add_span_processor(SimpleSpanProcessor(memory))
    t = provider.get_tracer("t")
    for n in range(3):
        with t.start_as_current_span("invoke_agent", attributes={"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "support"}):
            with t.start_as_current_span("chat", attributes={"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o", "gen_ai.input.messages": SECRET}):
                pass
            with t.start_as_current_span("execute_tool", attributes={"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "refund", "gen_ai.tool.call.arguments": SECRET}):
                with t.start_as_current_span("q", attributes={"db.system.name": "postgresql", "db.namespace": "shop", "db.query.text": f"UPDATE pay.orders SET x = '{SECRET}'"}):
                    pass
    return memory.get_finished_spans()


@pytest.mark.parametrize("form", ["json-lines", "json-document", "protobuf-one", "protobuf-varint", "protobuf-be32"])
def test_opentelemetry(aisp, form):
    pytest.importorskip("opentelemetry.exporter.otlp.proto.common", reason="opentelemetry-exporter-otlp-proto-common is not installed (PyPI)")
    from google.protobuf import json_format
    from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans

    messages = [encode_spans([s]) for s in spans()] if form != "json-document" else [encode_spans(spans())]
    path = aisp.folder / "spans"
    if form.startswith("json"):
        def hexed(o):
            import base64
            if isinstance(o, dict):
                return {k: base64.b64decode(v).hex() if k in ("traceId", "spanId", "parentSpanId") else hexed(v) for k, v in o.items()}
            return [hexed(x) for x in o] if isinstance(o, list) else o
        docs = [hexed(json_format.MessageToDict(m)) for m in messages]
        path.write_text("".join(json.dumps(d, indent=2 if form == "json-document" else None) + "\n" for d in docs))
    else:
        raw = [m.SerializeToString() for m in messages]

        def varint(n):
            return bytes([n]) if n < 128 else bytes([n & 127 | 128]) + varint(n >> 7)
        lead = {"protobuf-one": lambda n: b"", "protobuf-varint": varint, "protobuf-be32": lambda n: struct.pack(">I", n)}[form]
        path.write_bytes(b"".join(lead(len(r)) + r for r in raw))
    rows = ingest(aisp, path)
    assert {(r["identity"], r["action"], r["asset"], r["done"]) for r in rows} == {
        ("support", "chat", "gpt-4o", 3), ("support", "execute_tool refund", "refund", 3), ("support", "UPDATE", "shop/pay.orders", 3), ("support-api", "invoke_agent", "support", 3)}
    assert {r["via"] for r in rows} == {"support-0"} and {r["origin"] for r in rows} == {"support-api"}


SERVER = '''
import sys
try:
    from mcp.server.mcpserver import MCPServer as Server
except ImportError:
    from mcp.server.fastmcp import FastMCP as Server
s = Server("payments")
@s.tool()
def refund(card: str) -> str:
    return "done " + card
@s.tool()
def broken(card: str) -> str:
    raise ValueError("no")
s.run("stdio")
'''
# What stands between client and server, and writes each message down as a host does.
TEE = '''
import subprocess, sys, threading, datetime
log = open(sys.argv[1], "ab", buffering=0)
p = subprocess.Popen([sys.executable, sys.argv[2]], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
lock = threading.Lock()
def copy(a, b, who):
    for line in a:
        with lock:
            log.write(datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3].encode() + b"Z [payments] [info] Message from " + who + b": " + line)
        b.write(line); b.flush()
    b.close()
t = threading.Thread(target=copy, args=(p.stdout, sys.stdout.buffer, b"server")); t.start()
copy(sys.stdin.buffer, p.stdin, b"client"); t.join()
'''


def test_mcp(aisp):
    pytest.importorskip("mcp", reason="mcp is not installed (PyPI)")
    from mcp import ClientSession, StdioServerParameters
    from mcp.client.stdio import stdio_client

    (aisp.folder / "server.py").write_text(SERVER)
    (aisp.folder / "tee.py").write_text(TEE)
    log = aisp.folder / "mcp-server-payments.log"

    async def talk():
        async with stdio_client(StdioServerParameters(command=sys.executable, args=[str(aisp.folder / "tee.py"), str(log), str(aisp.folder / "server.py")])) as (r, w):
            async with ClientSession(r, w) as session:
                await session.initialize()
                for _ in range(2):
                    await session.call_tool("refund", {"card": SECRET})
                await session.call_tool("broken", {"card": SECRET})
    asyncio.run(asyncio.wait_for(talk(), 60))
    assert SECRET in log.read_text()
    rows = ingest(aisp, log)
    assert {(r["action"], r["asset"], r["done"], r["failed"]) for r in rows} == {("tools/call refund", "refund", 2, 0), ("tools/call broken", "broken", 0, 1)}
    assert {(r["identity"], r["origin"]) for r in rows} == {("mcp", "payments")}


APISERVER = kubeserver.build()


@pytest.mark.skipif(APISERVER is None or not shutil.which("etcd"), reason="no kube-apiserver (AISP_LIVE_BUILD=yes builds it) or no etcd")
def test_kube_apiserver(aisp):
    import urllib.error
    server = kubeserver.Audited(aisp.folder)
    try:
        server.start(APISERVER)
        server.request("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
        server.request("POST", "/api/v1/namespaces/shop/secrets", {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"}, "stringData": {"password": SECRET}})
        for _ in range(3):
            server.get("/api/v1/namespaces/shop/secrets/db")
        with pytest.raises(urllib.error.HTTPError):
            server.request("GET", "/api/v1/namespaces/shop/secrets/db", token="nobody")
        server.request("GET", "/api/v1/namespaces/shop/secrets?watch=true&timeoutSeconds=1", raw=True)
    finally:
        server.stop()
    rows = ingest(aisp, aisp.folder / "audit.log")
    get = uses(rows, action="get secrets", asset="shop/secrets/db")
    assert {(r["identity"], r["done"], r["denied"]) for r in get} == {("admin", 3, 0), ("nobody", 0, 1)}
    assert [r["done"] for r in uses(rows, action="watch secrets", identity="admin", asset="shop/secrets")] == [1]
    assert uses(rows, action="create secrets", identity="admin") and {r["origin"] for r in rows} == {"here"}


@pytest.mark.skipif(not shutil.which("nginx"), reason="no nginx (Debian: nginx-light)")
def test_nginx(aisp):
    import urllib.error
    import urllib.request
    port, folder = free_port(), pathlib.Path(aisp.folder)
    (folder / "nginx.conf").write_text(f"""daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}
http {{ client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
log_format j escape=json '{{"time_iso8601":"$time_iso8601","remote_addr":"$remote_addr","remote_user":"$remote_user","request":"$request","status":$status,"host":"$host","request_id":"$request_id","http_user_agent":"$http_user_agent"}}';
access_log {folder}/access.log combined; access_log {folder}/access.json j;
server {{ listen 127.0.0.1:{port}; location /v1/ {{ return 200 "ok"; }} location /no {{ return 403; }} }} }}""")
    p = subprocess.Popen(["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)])
    try:
        for _ in range(100):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/chat/deep?key={SECRET}", timeout=5).read()
                break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.05)
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/no/way", timeout=5)
    finally:
        p.terminate()
        p.wait(20)
    rows = ingest(aisp, folder / "access.log", folder / "access.json")
    assert {(r["source"], r["action"], r["asset"], r["done"], r["denied"], r["via"].split("/")[0]) for r in rows} == {
        ("http-access", "GET", "/v1/chat", 1, 0, "Python-urllib"), ("http-access", "GET", "/no/way", 0, 1, "Python-urllib"),
        ("http-access-json", "GET", "127.0.0.1/v1/chat", 1, 0, "Python-urllib"), ("http-access-json", "GET", "127.0.0.1/no/way", 0, 1, "Python-urllib")}
