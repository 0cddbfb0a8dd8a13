#!/usr/bin/env python3
"""Writes the labelled corpus of model files: OUTDIR/files/… and OUTDIR/labels.jsonl. Deterministic; nothing in it is ever loaded here.

Each part is a module with `cases()`, which yields dicts: name (path below files/), data (bytes), label ("malicious" or "benign"),
kind (the class of attack or of near miss), and optionally runs (True: loading it with Python alone really runs the marker), load (how:
"pickle", "pickles", "zip", "gzip", "bz2", "xz", "zlib", "npy"), holdout. The malicious ones run `touch aisp-ran` or the like.
Usage: generate.py OUTDIR"""
import hashlib
import importlib
import json
import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
PARTS = ["gen_pickle", "gen_formats"]


def held_out(name):
    """A third of the cases, chosen by name alone, is never looked at while the scanner is tuned."""
    return hashlib.sha256(name.encode()).digest()[0] % 3 == 0


def main():
    out = pathlib.Path(sys.argv[1])
    sys.path.insert(0, str(HERE))
    labels, seen = [], set()
    for part in PARTS:
        if not (HERE / f"{part}.py").exists():
            continue
        for case in importlib.import_module(part).cases():
            data, name = case.pop("data"), case["name"]
            assert name not in seen, name
            seen.add(name)
            path = out / "files" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            case.setdefault("holdout", held_out(name))
            labels.append({"file": name, **{k: v for k, v in case.items() if k != "name"}})
    real = HERE / "files-real"
    if real.exists():
        for path in sorted(p for p in real.rglob("*") if p.is_file() and p.suffix != ".md"):
            name = "real/" + str(path.relative_to(real))
            (out / "files" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, out / "files" / name)
            labels.append({"file": name, "label": "benign", "kind": "real", "holdout": held_out(name)})
    with open(out / "labels.jsonl", "w") as f:
        for label in labels:
            f.write(json.dumps(label, sort_keys=True) + "\n")
    n = sum(x["label"] == "malicious" for x in labels)
    print(f"{len(labels)} files: {n} malicious, {len(labels) - n} benign")


if __name__ == "__main__":
    main()
