"""Precision, recall and F1 of the detector of personal data on the corpus of generate.py.

Usage: evaluate.py CORPUS PROGRAM [--verbose]    PROGRAM prints one JSON object a hit (tests/unit/scan_personal/inspect_personal.c)
A hit counts from certainty "likely" on. A place is a line of a text or a column of a table; its classes are compared as a set.
"""
import collections
import json
import pathlib
import subprocess
import sys


def key(x):
    return (x["path"], x.get("line") or (x.get("table", ""), x["column"]))


def figures(want, got):
    tp, fp, fn = len(want & got), len(got - want), len(want - got)
    p, r = tp / (tp + fp) if tp + fp else 0.0, tp / (tp + fn) if tp + fn else 0.0
    return {"precision": round(p, 4), "recall": round(r, 4), "f1": round(2 * p * r / (p + r), 4) if p + r else 0.0, "tp": tp, "fp": fp, "fn": fn}


def main():
    corpus, program, verbose = pathlib.Path(sys.argv[1]), sys.argv[2], "--verbose" in sys.argv
    labels = [json.loads(line) for line in (corpus / "labels.jsonl").open(encoding="utf-8")]
    paths = sorted({x["path"] for x in labels})
    out = subprocess.run([program, "-"], input="\n".join(str((corpus / "files" / p).resolve()) for p in paths), capture_output=True, text=True, check=True).stdout
    base = str((corpus / "files").resolve()) + "/"
    hits, sure_wrong = collections.defaultdict(dict), 0
    for line in out.splitlines():
        h = json.loads(line)
        h["path"] = h["path"].removeprefix(base)
        if h["certainty"] in ("likely", "sure"):
            hits[key(h)].setdefault(h["class"], h)
    result = {}
    for part, chosen in (("dev", [x for x in labels if not x["holdout"]]), ("holdout", [x for x in labels if x["holdout"]])):
        for kind in ("text", "table", "all"):
            mine = [x for x in chosen if kind == "all" or x["path"].startswith(kind)]
            want = {(key(x), x["class"]) for x in mine if x["class"] != "none"}
            got = {(key(x), c) for x in mine for c in hits.get(key(x), {})}
            result[f"{part}.{kind}"] = figures(want, got)
            if kind != "all":
                sure_wrong += sum(hits[k][c]["certainty"] == "sure" for k, c in got - want)
                if verbose:
                    for k, c in sorted(got - want, key=str):
                        print("wrong ", part, k, c, hits[k][c]["detector"], hits[k][c]["certainty"], hits[k][c]["reason"])
                    for k, c in sorted(want - got, key=str):
                        print("missed", part, k, c)
    result["sure_and_wrong"] = sure_wrong
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
