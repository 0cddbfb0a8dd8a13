#!/usr/bin/env python3
"""Servers that hang, die or lie: every scan ends in time, with a message that says what happened, and without the password.
And on real servers: a saved capture gives the live scan's graph byte for byte, and no value of a table is in either.

    tests/oracle/postgres/hostile.py --decide build/tests/oracle/postgres/pg_decide
"""
import argparse
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../lib"))
import pgcluster  # noqa: E402

PASSWORD = "s3cr3t-pass"
LIMIT_S = 25


def msg(kind, body=b""):
    return kind + struct.pack("!i", len(body) + 4) + body


def rowset(names, rows):
    out = struct.pack("!h", len(names))
    for n in names:
        out += n.encode() + b"\0" + struct.pack("!ihihih", 0, 0, 25, -1, -1, 0)
    out = msg(b"T", out)
    for r in rows:
        body = struct.pack("!h", len(r))
        for v in r:
            body += struct.pack("!i", -1) if v is None else struct.pack("!i", len(v)) + v
        out += msg(b"D", body)
    return out + msg(b"C", b"SELECT %d\0" % len(rows))


READY = msg(b"Z", b"T")
HELLO = msg(b"R", struct.pack("!i", 0)) + msg(b"S", b"server_version\0" b"16.1\0") + msg(b"S", b"client_encoding\0UTF8\0") + msg(b"Z", b"I")
SERVER = ["version_num", "version", "in_recovery", "database", "ssl", "password_encryption"]


class Fake:
    """Accepts connections; behave(socket, query number, sql) is called for every query, None = before the start-up packet."""

    def __init__(self, behave, hello=HELLO):
        self.behave, self.hello = behave, hello
        self.s = socket.socket()
        self.s.bind(("127.0.0.1", 0))
        self.s.listen(8)
        self.port = self.s.getsockname()[1]
        threading.Thread(target=self.loop, daemon=True).start()

    def loop(self):
        while True:
            try:
                c, _ = self.s.accept()
            except OSError:
                return
            threading.Thread(target=self.one, args=(c,), daemon=True).start()

    def read(self, c, n):
        data = b""
        while len(data) < n:
            part = c.recv(n - len(data))
            if not part:
                raise OSError("gone")
            data += part
        return data

    def one(self, c):
        try:
            while True:
                n, code = struct.unpack("!ii", self.read(c, 8))
                self.read(c, n - 8)
                if code not in (80877103, 80877104):
                    break
                c.sendall(b"N")
            if self.hello is None:
                return self.behave(c, -1, "")
            c.sendall(self.hello)
            k = 0
            while True:
                kind, n = struct.unpack("!ci", self.read(c, 5))
                sql = self.read(c, n - 4)
                if kind == b"X":
                    return
                self.behave(c, k, sql.decode(errors="replace").rstrip("\0"))
                k += 1
        except OSError:
            pass
        finally:
            c.close()


def begin_ok(then):
    """Answers the BEGIN; `then` gets the queries after it."""
    def behave(c, k, sql):
        if k == 0:
            c.sendall(b"".join(msg(b"C", t + b"\0") for t in (b"BEGIN", b"SET", b"SAVEPOINT")) + READY)
        else:
            then(c, k, sql)
    return behave


def sleep_forever(c, *_):
    time.sleep(600)


def garbage(c, *_):
    c.sendall(os.urandom(4096))
    time.sleep(600)


def die(c, *_):
    c.close()


def half_row(c, k, sql):
    c.sendall(rowset(SERVER, [])[:40])
    c.close()


def wrong_columns(c, k, sql):
    c.sendall(rowset(["surprise"], [[b"1"]]) + READY)


def lying_version(c, k, sql):
    c.sendall(rowset(SERVER, [[b"not a number", b"x", b"f", b"d", b"off", b"md5"]]) + READY)


def copy_in(c, k, sql):
    c.sendall(msg(b"G", struct.pack("!bh", 0, 0)))
    time.sleep(600)


def huge_row(c, k, sql):
    c.sendall(rowset(SERVER, [])[:-len(msg(b"C", b"SELECT 0\0"))])
    c.sendall(b"D" + struct.pack("!i", 1 << 30))
    block = b"\0" * (1 << 20)
    for _ in range(1024):
        c.sendall(block)


def endless_notices(c, k, sql):
    note = msg(b"N", b"SNOTICE\0C00000\0M" + b"x" * 60000 + b"\0\0")
    while True:
        c.sendall(note)


def password_echo(c, k, sql):
    c.sendall(msg(b"E", b"SERROR\0C42501\0Myour password is " + PASSWORD.encode() + b", thank you\0\0") + READY)


def refuse_login(c, *_):
    c.sendall(msg(b"E", b"SFATAL\0C28P01\0Mpassword authentication failed for \"" + PASSWORD.encode() + b"\"\0\0"))


CASES = [  # name, server, words one of which the message must have
    ("hangs before hello", Fake(sleep_forever, None), ["no answer in time"]),
    ("hangs at BEGIN", Fake(sleep_forever), ["no answer in time"]),
    ("hangs at a query", Fake(begin_ok(sleep_forever)), ["no answer in time"]),
    ("speaks garbage at once", Fake(garbage, None), ["cannot connect"]),
    ("speaks garbage later", Fake(begin_ok(garbage)), ["lost the connection", "lost synchronization", "not answered"]),
    ("dies at hello", Fake(die, None), ["cannot connect"]),
    ("dies at a query", Fake(begin_ok(die)), ["lost the connection", "connection"]),
    ("dies in a row", Fake(begin_ok(half_row)), ["lost the connection", "connection"]),
    ("answers another question", Fake(begin_ok(wrong_columns)), ["other columns"]),
    ("lies about its version", Fake(begin_ok(lying_version)), ["plausible version"]),
    ("wants data", Fake(begin_ok(copy_in)), ["something else than rows"]),
    ("sends a row of 1 GiB", Fake(begin_ok(huge_row)), ["a row of more than", "no answer in time"]),
    ("sends notices without end", Fake(begin_ok(endless_notices)), ["no answer in time", "a row of more than"]),
    ("echoes the password", Fake(begin_ok(password_echo)), ["your password is …"]),
    ("refuses", Fake(refuse_login, None), ["authentication failed"]),
]


def run(decide, *args, **env):
    start = time.monotonic()
    r = subprocess.run([decide, *args], capture_output=True, text=True, timeout=LIMIT_S * 2, env={**os.environ, **env}, preexec_fn=limit_memory)
    return r, time.monotonic() - start


def limit_memory():
    import resource
    resource.setrlimit(resource.RLIMIT_DATA, (2 << 30, 2 << 30))


def killed_in_the_middle(decide):
    """A real server that is killed while it is being scanned: an error or gaps, never silence and never a hang."""
    whole = None
    for delay in (None, 0.3, 0.2, 0.15, 0.1, 0.05, 0.02):  # first undisturbed; a kill behind the last query changes nothing
        with pgcluster.Cluster() as c:
            c.psql("CREATE ROLE r LOGIN; SELECT format('CREATE TABLE t%s (id int, email text)', i) FROM generate_series(1, 3000) i \\gexec")
            killer = threading.Timer(delay or 60, c.proc.kill)
            killer.start()
            r, took = run(decide, "--graph", c.uri(), PG_DECIDE_TIMEOUT_S="8")
            killer.cancel()
        if delay is None:
            whole = r.stdout.count("\n")
        elif r.returncode == 4 or "gap " in r.stdout:
            return True, took, (r.stderr.strip() or "gaps")[:150]
        elif r.stdout.count("\n") != whole:
            return False, took, "part of an answer without a gap"
    return False, took, "no kill hit the scan"


def refusing_roles(decide):
    """A role that may read next to nothing still gets a graph, with a gap for each thing refused."""
    with pgcluster.Cluster() as c:
        c.psql("CREATE ROLE poor LOGIN; CREATE TABLE closed (id int, email text); REVOKE ALL ON pg_catalog.pg_policy FROM PUBLIC")
        r, took = run(decide, "--graph", c.uri(user="poor"))
        fails = r.returncode == 4 and "row security policies" in r.stderr  # cannot be done without
        c.psql("GRANT SELECT ON pg_catalog.pg_policy TO PUBLIC")
        r, took = run(decide, "--graph", c.uri(user="poor"))
        wanted = ["pg_hba.conf", "kinds of stored passwords", "sampled values: access: 1 table"]
        return fails and r.returncode == 0 and all("gap " in r.stdout and w in r.stdout for w in wanted), took, "gaps: %d" % r.stdout.count("\ngap ")


def same_from_capture(decide):
    """Live and from a capture: the same bytes; and values, sampled or not, stay where they are."""
    took, ok, said = 0, True, []
    for major in pgcluster.versions():
        with pgcluster.Cluster(major) as c, tempfile.TemporaryDirectory() as folder:
            c.psql("""CREATE ROLE app LOGIN PASSWORD 'hidden-pw'; CREATE ROLE g; GRANT g TO app; CREATE TABLE people (id int, email text, born date);
                      INSERT INTO people SELECT i, 'canary' || i || '@example.com', '2000-01-01' FROM generate_series(1, 300) i;
                      GRANT SELECT ON people TO g; ALTER TABLE people ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON people TO g USING (email LIKE 'x\\_%');
                      CREATE VIEW v AS SELECT email FROM people; GRANT SELECT ON v TO PUBLIC; CREATE SERVER s2 FOREIGN DATA WRAPPER w2;
                   """.replace("CREATE SERVER", "CREATE FOREIGN DATA WRAPPER w2; CREATE SERVER") + "CREATE USER MAPPING FOR app SERVER s2 OPTIONS (\"user\" 'u', password 'hidden-pw');")
            live, took = run(decide, "--graph", c.uri())
            run(decide, "--capture", c.uri(), folder)
            again, _ = run(decide, "--graph", folder)
            text = "".join(open(os.path.join(folder, f)).read() for f in os.listdir(folder)) + live.stdout
            good = live.returncode == 0 and live.stdout == again.stdout and "canary" not in text and "hidden-pw" not in text and "sampled_rows=200" in live.stdout
            ok = ok and good
            said.append("%d: %d bytes %s" % (major, len(live.stdout), "same" if good else "BAD " + live.stderr[:80]))
    return ok, took, "; ".join(said)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--decide", default=os.environ.get("PG_DECIDE", "build/tests/oracle/postgres/pg_decide"))
    a = p.parse_args()
    failed = 0
    for name, server, words in CASES:
        with tempfile.TemporaryDirectory() as folder:
            uri = "postgresql://user:%s@127.0.0.1:%d/db?connect_timeout=5&sslmode=disable" % (PASSWORD, server.port)
            r, took = run(a.decide, "--graph", uri, PG_DECIDE_TIMEOUT_S="6")
            said = r.stdout + r.stderr
            ok = r.returncode == 4 and any(w in said for w in words) and PASSWORD not in said and took < LIMIT_S and not os.listdir(folder)
        failed += not ok
        print("%-4s %-28s %5.1f s  %s" % ("ok" if ok else "BAD", name, took, said.strip()[:150] if not ok else r.stderr.strip()[:110]))
    for case in (killed_in_the_middle, refusing_roles, same_from_capture):
        ok, took, said = case(a.decide)
        failed += not ok
        print("%-4s %-28s %5.1f s  %s" % ("ok" if ok else "BAD", case.__name__.replace("_", " "), took, said))
    print("%d cases, %d failed" % (len(CASES) + 3, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
