"""What the sandbox takes away is nothing that a parser needs: with and without it, the same bytes come out."""
import json
import lzma
import os
import pathlib
import pickle
import random
import re
import shutil
import sqlite3
import struct
import subprocess
import tarfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Runs:
    def __reduce__(self):
        return (os.system, ("id",))


def varied(folder):
    """Files of every kind that a library reads: SQLite (with a log beside it), archives, tables, models, a history."""
    rnd = random.Random(5)
    key = "sk-proj-" + "".join(rnd.choices("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", k=64))
    folder.mkdir()
    (folder / "a.env").write_text(f"OPENAI_API_KEY={key}\n")
    (folder / "a.csv").write_text("name,email\n" + "".join(f"Ann{i},ann{i}@example.org\n" for i in range(50)))
    db = sqlite3.connect(folder / "a.db")
    db.execute("pragma journal_mode=wal")
    db.execute("create table users(name text, email text, iban text)")
    db.executemany("insert into users values(?,?,?)", [(f"A{i}", f"a{i}@example.org", "DE89370400440532013000") for i in range(500)])
    db.commit()
    shutil.copy(folder / "a.db", folder / "live.db")
    shutil.copy(folder / "a.db-wal", folder / "live.db-wal")  # as a program that is running leaves it
    db.close()
    (folder / "m.pkl").write_bytes(pickle.dumps(Runs()))
    header = json.dumps({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()
    (folder / "m.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + b"\0" * 8)
    with zipfile.ZipFile(folder / "z.zip", "w", zipfile.ZIP_DEFLATED) as z:
        z.write(folder / "a.env", "in/a.env")
        z.write(folder / "a.db", "in/a.db")
        z.write(folder / "m.pkl", "in/m.pkl")
    with zipfile.ZipFile(folder / "lzma.zip", "w", zipfile.ZIP_LZMA) as z:
        z.write(folder / "a.csv", "a.csv")
    for form in ("gz", "bz2", "xz"):
        with tarfile.open(folder / f"t.tar.{form}", f"w:{form}") as t:
            t.add(folder / "z.zip", "z.zip")
            t.add(folder / "a.csv", "a.csv")
    (folder / "only.lzma").write_bytes(lzma.compress((folder / "a.env").read_bytes(), format=lzma.FORMAT_ALONE))
    for seeds in ("parquet", "arrow", "sqlitefile", "container", "torch", "gguf", "hdf5", "keras", "onnx"):
        shutil.copytree(ROOT / "fuzz/corpus" / seeds, folder / seeds)
    git = ["git", "-C", folder, "-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "init", "-q", folder], check=True)
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-qm", "one"], check=True)
    subprocess.run([*git, "rm", "-q", "a.env"], check=True)
    subprocess.run([*git, "commit", "-qm", "two"], check=True)
    subprocess.run([*git, "gc", "-q"], check=True)


def without_times(text):
    return re.sub(r"20\d\d-\d\d-\d\dT[0-9:.]+Z", "", text)


def test_same_with_and_without(aisp, tmp_path):
    folder = tmp_path / "varied"
    varied(folder)
    aisp.scan(folder)  # makes the store, whose key the fingerprints are made with
    answers = {}
    for way in ((), ("--no-sandbox",)):
        answers[way] = [
            aisp.run("inspect", "-q", "-f", "json", *way, folder).stdout,
            aisp.run("inspect", "-q", "-f", "json", "--unreachable", *way, folder).stdout,
            without_times(aisp.run("scan", "-q", "-f", "json", "--unreachable", *way, folder).stdout),
        ]
    confined, free = answers.values()
    assert len(confined[0]) > 2000 and "OPENAI" not in confined[0]
    assert "a.env" in confined[1]  # from the history: the file is gone
    for a, b in zip(confined, free):
        assert a == b
