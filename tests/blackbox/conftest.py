"""Black-box tests run the built program, build/aisp, as people do."""
import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
AISP = pathlib.Path(os.environ.get("AISP_BUILD", ROOT / "build")) / "aisp"
sys.path.insert(0, str(ROOT / "tests/lib"))


class Aisp:
    """The program with a store of its own."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.store = self.folder / "aisp.db"

    def run(self, *args, timeout=120, env=None, cwd=None, binary=False, prefix=()):
        done = subprocess.run([*prefix, AISP, *map(str, args)], capture_output=True, timeout=timeout, cwd=cwd or self.folder,
                              env={**os.environ, "AISP_STORE": str(self.store), **(env or {})}, stdin=subprocess.DEVNULL)
        if not binary:
            done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
        return done

    def json(self, *args, codes=(0,), **kw):
        done = self.run(*args, "--format", "json", **kw)
        assert done.returncode in codes, (done.returncode, done.stderr)
        return json.loads(done.stdout)

    def sql(self, query):
        return self.json("sql", query)

    def scan(self, *args, codes=(0, 3), **kw):
        return self.json("scan", *args, codes=codes, **kw)


@pytest.fixture
def aisp(tmp_path):
    return Aisp(tmp_path)


@pytest.fixture(scope="session")
def example(tmp_path_factory):
    """The example company, scanned once."""
    program = Aisp(tmp_path_factory.mktemp("example"))
    program.report = program.scan("--config", ROOT / "examples/support-bot/aisp.yaml", codes=(3,))
    return program


@pytest.fixture
def tree(tmp_path):
    """Makes files: tree({"a/b.py": "text", …}) → folder."""
    def make(files, name="repo"):
        root = tmp_path / name
        for path, text in files.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text if isinstance(text, bytes) else text.encode())
        return root
    return make


@pytest.fixture
def copy_example(tmp_path):
    target = tmp_path / "support-bot"
    shutil.copytree(ROOT / "examples/support-bot", target)
    return target
